//! Statements.

use tree_sitter::Node;

use super::{Writer, text};
use crate::pattern::cycle::expr::quoted;

/// Calls that load sounds or change the page; a session names its files itself.
const SETS_UP: &[&str] = &["samples", "aliasBank", "soundAlias", "initAudio", "initHydra", "loadCsound", "setDefault", "useRNG"];
/// Calls that draw or listen.
const DRAWS: &[&str] = &["pianoroll", "scope", "spectrum", "punchcard", "wordfall", "slider", "hush"];
/// Patterns without a name that have a player of their own.
const PLAYERS: usize = 16;

impl<'s> Writer<'s> {
    /// Writes a whole tune.
    pub(super) fn program(&mut self, root: Node<'s>) -> Result<(), String> {
        // A tree begins with its first word; comments before that are the tune's too.
        self.statements(root, 0, self.source.len())
    }

    /// Writes the statements of a block, with what lies between them.
    fn statements(&mut self, block: Node<'s>, from: usize, to: usize) -> Result<(), String> {
        let mut cursor = block.walk();
        let all: Vec<Node<'s>> =
            block.named_children(&mut cursor).filter(|node| !matches!(node.kind(), "comment" | "hash_bang_line")).collect();
        let last_value = all.iter().rposition(|node| node.kind() == "expression_statement");
        let labelled = all.iter().any(|node| node.kind() == "labeled_statement");
        let mut at = from;
        for (place, node) in all.iter().enumerate() {
            self.gap(at, node.start_byte());
            let is_pattern = block.kind() == "program" && !labelled && last_value == Some(place);
            self.statement(*node, is_pattern)?;
            at = end(*node);
        }
        self.gap(at, to);
        Ok(())
    }

    /// Writes a statement; `is_pattern` says that its value is what the tune plays.
    fn statement(&mut self, node: Node<'s>, is_pattern: bool) -> Result<(), String> {
        if node.has_error() {
            self.mark(node, "this can't be read as JavaScript and is left as a comment");
            self.comment_out(self.until_end(node));
            return Ok(());
        }
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "empty_statement" => Ok(()),
            "expression_statement" => self.expression_statement(node, is_pattern),
            "labeled_statement" => self.labelled(node),
            "lexical_declaration" | "variable_declaration" => self.declaration(node),
            "function_declaration" => {
                let (Some(name), Some(parameters), Some(body)) = (field("name"), field("parameters"), field("body")) else {
                    return self.left(node);
                };
                self.locals.push(self.text(name));
                self.out.push_str(&format!("local function {}", text::name(self.text(name))));
                self.function_rest(parameters, body)
            }
            "return_statement" => {
                self.out.push_str("return");
                node.named_child(0).map_or(Ok(()), |value| {
                    self.out.push(' ');
                    self.value(value)
                })
            }
            "if_statement" => {
                let (Some(condition), Some(consequence)) = (field("condition"), field("consequence")) else { return self.left(node) };
                self.out.push_str("if ");
                self.condition(condition)?;
                self.out.push_str(" then ");
                self.block(consequence)?;
                if let Some(other) = field("alternative").and_then(|clause| clause.named_child(0)) {
                    self.out.push_str(" else ");
                    self.block(other)?;
                }
                self.out.push_str(" end");
                Ok(())
            }
            "statement_block" => {
                self.out.push_str("do ");
                self.block(node)?;
                self.out.push_str(" end");
                Ok(())
            }
            _ => self.left(node),
        }
    }

    /// A block's statements without its braces, or a single statement.
    pub(super) fn block(&mut self, node: Node<'s>) -> Result<(), String> {
        match node.kind() {
            "statement_block" => self.statements(node, node.start_byte() + 1, node.end_byte().saturating_sub(1)),
            _ => self.statement(node, false),
        }
    }

    /// Leaves a statement that has no counterpart as a comment.
    fn left(&mut self, node: Node<'s>) -> Result<(), String> {
        let first = self.text(node).lines().next().unwrap_or("").trim().to_owned();
        self.mark(node, format!("{first}: this statement has no counterpart and is left as a comment"));
        self.comment_out(self.until_end(node));
        Ok(())
    }

    /// A statement's text without what follows it in its line.
    fn until_end(&self, node: Node<'s>) -> &'s str {
        self.source.get(node.start_byte()..end(node)).unwrap_or("").trim_end()
    }

    /// Writes lines as comments.
    fn comment_out(&mut self, lines: &str) {
        for (place, line) in lines.lines().enumerate() {
            self.out.push_str(if place > 0 { "\n" } else { "" });
            // A comment can't begin with two brackets.
            self.out.push_str(&format!("-- {line}"));
        }
    }

    fn declaration(&mut self, node: Node<'s>) -> Result<(), String> {
        let mut cursor = node.walk();
        let all: Vec<Node<'s>> = node.named_children(&mut cursor).filter(|child| child.kind() == "variable_declarator").collect();
        for (place, declared) in all.iter().enumerate() {
            let Some(name) = declared.child_by_field_name("name").filter(|name| name.kind() == "identifier") else {
                return self.left(node);
            };
            self.out.push_str(if place > 0 { " " } else { "" });
            self.out.push_str(&format!("local {}", text::name(self.text(name))));
            if let Some(value) = declared.child_by_field_name("value") {
                self.out.push_str(" =");
                self.gap_or(name.end_byte(), value.start_byte(), " ");
                self.value(value)?;
            }
            self.locals.push(self.text(name));
        }
        Ok(())
    }

    /// `$: pattern`, `name: pattern` and their muted forms.
    fn labelled(&mut self, node: Node<'s>) -> Result<(), String> {
        let (Some(label), Some(body)) = (node.child_by_field_name("label"), node.child_by_field_name("body")) else {
            return self.left(node);
        };
        let whole = self.text(label);
        let Some(value) = Some(body).filter(|body| body.kind() == "expression_statement").and_then(|body| body.named_child(0)) else {
            return self.left(node);
        };
        let (muted, alone) = (whole.starts_with('_') || whole.ends_with('_'), whole.len() > 1 && whole.starts_with('S'));
        let name = whole.trim_matches('_');
        let name = if alone { name.trim_start_matches('S') } else { name };
        if alone {
            self.mark(node, format!("{whole}: plays alone there; here it plays with the others"));
        }
        let start = self.out.len();
        let opening = if name == "$" { self.next_player() } else { format!("p({}, ", quoted(name)) };
        self.out.push_str(&opening);
        self.gap_or(label.end_byte(), value.start_byte(), "");
        self.value(value)?;
        self.out.push(')');
        if muted {
            let written = self.out.split_off(start);
            self.mark(node, format!("{whole}: is muted, and left as a comment"));
            self.comment_out(&written);
        }
        Ok(())
    }

    /// The beginning of the call that plays the next pattern without a name.
    fn next_player(&mut self) -> String {
        self.players += 1;
        if self.players <= PLAYERS { format!("d{}(", self.players) } else { format!("p(\"{}\", ", self.players) }
    }

    fn expression_statement(&mut self, node: Node<'s>, is_pattern: bool) -> Result<(), String> {
        let Some(value) = node.named_child(0) else { return self.left(node) };
        let called = called_name(value).map(|name| self.text(name)).unwrap_or("");
        if SETS_UP.contains(&called) || called == "register" {
            self.mark(node, format!("{called}: a session names its files and words itself; this is left as a comment"));
            self.comment_out(self.until_end(node));
            return Ok(());
        }
        if DRAWS.contains(&called) || called.starts_with('_') {
            self.mark(node, format!("{called}: has no counterpart and is left as a comment"));
            self.comment_out(self.until_end(node));
            return Ok(());
        }
        let inner = if value.kind() == "await_expression" { value.named_child(0).unwrap_or(value) } else { value };
        if let Some((number, object)) = self.numbered(inner) {
            self.out.push_str(&format!("d{number}("));
            self.value(object)?;
            self.out.push(')');
            return Ok(());
        }
        let is_assignment = value.kind().contains("assignment");
        let is_pattern =
            is_pattern && !is_assignment && !matches!(called, "setcpm" | "setcps" | "setCpm" | "setCps") && !self.is_given_away(inner);
        if !is_pattern {
            let is_call = inner.kind() == "call_expression" && (called.is_empty() || self.is_known(called));
            return if is_call || is_assignment { self.value(value) } else { self.left(node) };
        }
        let opening = self.next_player();
        self.out.push_str(&opening);
        self.value(value)?;
        self.out.push(')');
        Ok(())
    }

    /// `pattern.d1` and its like: the number of a player, and the pattern.
    fn numbered(&self, value: Node<'s>) -> Option<(usize, Node<'s>)> {
        let word = self.text(value.child_by_field_name("property").filter(|_| value.kind() == "member_expression")?);
        let number = word.strip_prefix(['d', 'p', 'q'])?.parse().ok()?;
        (1..=PLAYERS).contains(&number).then_some((number, value.child_by_field_name("object")?))
    }

    /// Whether a pattern is given to a player by its own method, as in `pattern.p("drums")`.
    fn is_given_away(&self, value: Node<'s>) -> bool {
        let function = value.child_by_field_name("function").filter(|function| function.kind() == "member_expression");
        function.and_then(|function| function.child_by_field_name("property")).is_some_and(|word| self.text(word) == "p")
    }
}

/// Where a statement ends: comments behind it are part of it for the parser, since no semicolon came before them.
fn end(node: Node<'_>) -> usize {
    if node.has_error() {
        return node.end_byte();
    }
    let mut cursor = node.walk();
    let last = match node.kind() {
        "expression_statement" | "labeled_statement" | "lexical_declaration" | "variable_declaration" | "return_statement" => {
            node.named_children(&mut cursor).filter(|child| child.kind() != "comment").last()
        }
        _ => None,
    };
    last.map_or(node.end_byte(), end)
}

/// The name that a call calls, past an `await`.
fn called_name(value: Node<'_>) -> Option<Node<'_>> {
    let value = if value.kind() == "await_expression" { value.named_child(0)? } else { value };
    value.child_by_field_name("function").filter(|function| value.kind() == "call_expression" && function.kind() == "identifier")
}
