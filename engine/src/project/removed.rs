//! What a change takes out of a session, for whoever has to be told.

use std::{collections::BTreeSet, fmt};

use super::{Connection, Project};
use crate::{module::PortKind, name::Name, text::counted};

/// What a cable is, whoever laid it.
fn cable(connection: &Connection) -> (Name, Name, PortKind) {
    (connection.from_end(), connection.to_end(), connection.kind)
}

/// Most names that are written out for each kind.
const NAMED: usize = 4;

/// What was in one session and is not in the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Modules.
    pub modules: Vec<Name>,
    /// Patterns.
    pub patterns: Vec<Name>,
    /// Chains.
    pub chains: Vec<Name>,
    /// Macros by number, counted from 1.
    pub macros: Vec<Name>,
    /// Cables.
    pub connections: usize,
    /// Parameters that followed others.
    pub links: usize,
    /// Sequencers that played something.
    pub bindings: usize,
}

impl Removed {
    /// What `after` lacks of `before`.
    #[must_use]
    pub fn between(before: &Project, after: &Project) -> Self {
        let cables = |project: &'_ Project| project.connections.iter().map(cable).collect::<BTreeSet<_>>();
        let targets = |project: &'_ Project| project.links.iter().map(|link| link.target.clone()).collect::<BTreeSet<_>>();
        Self {
            modules: before.modules.keys().filter(|name| !after.modules.contains_key(*name)).cloned().collect(),
            patterns: before.patterns.keys().filter(|name| !after.patterns.contains_key(*name)).cloned().collect(),
            chains: before.chains.keys().filter(|name| !after.chains.contains_key(*name)).cloned().collect(),
            macros: before
                .macros
                .keys()
                .filter(|index| !after.macros.contains_key(*index))
                .map(|index| Name::new(&(u64::from(*index) + 1).to_string()))
                .collect(),
            connections: cables(before).difference(&cables(after)).count(),
            links: targets(before).difference(&targets(after)).count(),
            bindings: before.bindings.keys().filter(|name| !after.bindings.contains_key(*name)).count(),
        }
    }

    /// Whether nothing was removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Removed {
    /// Writes for example "2 modules (drums, keys), 1 pattern (beat) and 5 connections".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [(&self.modules, "module"), (&self.patterns, "pattern"), (&self.chains, "chain"), (&self.macros, "macro")];
        let mut parts: Vec<String> = Vec::new();
        for (names, what) in named.into_iter().filter(|(names, _)| !names.is_empty()) {
            let mut list: Vec<&str> = names.iter().take(NAMED).map(|name| &**name).collect();
            if names.len() > NAMED {
                list.push("…");
            }
            parts.push(format!("{} ({})", counted(names.len(), what), list.join(", ")));
        }
        let counts = [(self.connections, "connection"), (self.links, "link"), (self.bindings, "binding")];
        parts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(count, what)));
        match parts.split_last() {
            None => f.write_str("nothing"),
            Some((only, [])) => f.write_str(only),
            Some((last, others)) => write!(f, "{} and {last}", others.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_counted_and_named() {
        let names = |names: &[&str]| names.iter().map(|name| Name::new(name)).collect::<Vec<_>>();
        let table = [
            (Removed::default(), "nothing"),
            (Removed { modules: names(&["keys"]), ..Removed::default() }, "1 module (keys)"),
            (
                Removed { modules: names(&["a", "b"]), patterns: names(&["p"]), connections: 1, ..Removed::default() },
                "2 modules (a, b), 1 pattern (p) and 1 connection",
            ),
            (
                Removed { chains: names(&["a", "b", "c", "d", "e"]), bindings: 2, ..Removed::default() },
                "5 chains (a, b, c, d, …) and 2 bindings",
            ),
        ];
        for (removed, text) in table {
            assert_eq!((removed.to_string().as_str(), removed.is_empty()), (text, text == "nothing"));
        }
    }
}
