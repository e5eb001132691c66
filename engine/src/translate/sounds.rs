//! `samples(…)`: samplers of the tune's own files.

use tree_sitter::Node;

use super::Writer;
use crate::pattern::cycle::expr::quoted;

/// How places on the network begin.
const NETWORK: &[&str] = &["http:", "https:", "github:", "shabda", "bubo:", "local:", "//"];

impl<'s> Writer<'s> {
    /// `samples(map, base)` with files of this machine as a sampler; anything on the network is left as a comment, with what to do.
    pub(super) fn samples(&mut self, statement: Node<'s>, call: Node<'s>) -> Result<(), String> {
        let mut cursor = call.walk();
        let arguments = call.child_by_field_name("arguments");
        let given: Vec<Node<'s>> =
            arguments.map(|all| all.named_children(&mut cursor).filter(|node| node.kind() != "comment").collect()).unwrap_or_default();
        let base = given.get(1).filter(|base| base.kind() == "string").map(|base| self.text(*base).trim_matches(['"', '\'']));
        let Some(map) = given.first().copied().filter(|_| given.len() <= 2) else {
            return self.left_as(statement, "samples: takes a map of files; this is left as a comment");
        };
        if self.is_far(map) || base.is_some_and(is_network) {
            return self.left_as(
                statement,
                "samples: its files lie on the network, which nothing here uses; download them and name their folder, as in \
                 sampler(\"mine\", {samples = import(\"FOLDER\"), root = 36, rules = \"strudel\"})",
            );
        }
        let is_plain = match map.kind() {
            "object" => given.len() == 1 || base.is_some(),
            "string" => given.len() == 1,
            _ => given.len() == 1 && self.locals.contains(&self.text(map)),
        };
        if !is_plain {
            return self.left_as(
                statement,
                "samples: takes a map of files, as in samples({bd: \"bd.wav\"}, \"folder/\"); this is left as a comment",
            );
        }
        self.samplers += 1;
        let number = if self.samplers > 1 { self.samplers.to_string() } else { String::new() };
        self.out.push_str(&format!("sampler(\"samples{number}\", {{samples = "));
        if map.kind() == "string" {
            self.out.push_str(&format!("import({})", quoted(self.text(map).trim_matches(['"', '\'']))));
        } else {
            let start = self.out.len();
            self.value(map)?;
            if let Some(base) = base {
                let next = if map.named_child_count() > 0 { ", " } else { "" };
                self.out.insert_str(start + 1, &format!("_base = {}{next}", quoted(base)));
            }
        }
        self.out.push_str(", root = 36, rules = \"strudel\"})");
        Ok(())
    }

    /// Whether a map of files names places on the network.
    fn is_far(&self, node: Node<'_>) -> bool {
        match node.kind() {
            "string" | "template_string" => is_network(self.text(node).trim_matches(['"', '\'', '`'])),
            _ => {
                let mut cursor = node.walk();
                node.named_children(&mut cursor).any(|child| self.is_far(child))
            }
        }
    }
}

fn is_network(place: &str) -> bool {
    NETWORK.iter().any(|start| place.starts_with(start))
}
