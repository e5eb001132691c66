//! Statements.

use tree_sitter::Node;

use super::{Writer, text};
use crate::pattern::cycle::expr::quoted;

/// Calls that change the page or its engine.
const SETS_UP: &[&str] = &["aliasBank", "soundAlias", "initAudio", "initHydra", "loadCsound", "setDefault", "useRNG", "clearHydra"];
/// Calls that draw or listen.
const DRAWS: &[&str] = &["pianoroll", "scope", "spectrum", "punchcard", "wordfall", "slider"];
/// Patterns without a name that have a player of their own.
const PLAYERS: usize = 16;
/// The statement that goes through a list, for tunes that do.
const MAP: &str = "local function map(list, f) local all = {} for i, item in list do all[i] = f(item, i - 1) end return all end ";
/// The statement that joins lists, for tunes that spread some among others.
const JOIN: &str = "local function joined(...) local all = {} for _, list in {...} do for _, item in list do table.insert(all, item) end end return all end ";

impl<'s> Writer<'s> {
    /// Writes a whole tune.
    pub(super) fn program(&mut self, root: Node<'s>) -> Result<(), String> {
        self.look_ahead(root);
        // A tree begins with its first word; comments before that are the tune's too.
        self.statements(root, 0, self.source.len())?;
        if self.maps {
            self.out.insert_str(0, MAP);
        }
        if self.joins {
            self.out.insert_str(0, JOIN);
        }
        if root.has_error() && self.unread == 0 {
            self.unread = 1;
            self.mark(first_error(root), "this can't be read as JavaScript");
        }
        if !self.plays && self.unread == 0 {
            self.mark(root, "nothing in this tune plays; Strudel plays patterns behind $: and the last expression");
        }
        Ok(())
    }

    /// Notes what changes statements that come before it: functions that all patterns go through, and patterns that play alone.
    fn look_ahead(&mut self, root: Node<'s>) {
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor).filter(|node| !node.has_error()) {
            let label = node.child_by_field_name("label").filter(|_| node.kind() == "labeled_statement");
            self.alone |= label.is_some_and(|label| is_alone(self.text(label)));
            let value = node.named_child(0).filter(|_| node.kind() == "expression_statement");
            if let Some(value) = value
                && called_name(value).is_some_and(|name| matches!(self.text(name), "all" | "each"))
                && let Some(function) = value.child_by_field_name("arguments").and_then(|all| all.named_child(0))
                && self.is_function(function)
            {
                self.all.push(function);
            }
        }
    }

    /// Whether something can be a function of patterns here: what only draws can't.
    fn is_function(&self, node: Node<'_>) -> bool {
        match node.kind() {
            "identifier" => crate::pattern::cycle::registry::find(text::word(self.text(node))).is_some(),
            kind => matches!(kind, "arrow_function" | "function_expression" | "call_expression"),
        }
    }

    /// Writes the statements of a block, with what lies between them.
    fn statements(&mut self, block: Node<'s>, from: usize, to: usize) -> Result<(), String> {
        let mut cursor = block.walk();
        let all: Vec<Node<'s>> =
            block.named_children(&mut cursor).filter(|node| !matches!(node.kind(), "comment" | "hash_bang_line")).collect();
        let last_value = all.iter().rposition(|node| node.kind() == "expression_statement" && !self.is_set_up(*node));
        let labelled = all.iter().any(|node| node.kind() == "labeled_statement");
        let mut at = from;
        for (place, node) in all.iter().enumerate() {
            self.gap(at, node.start_byte());
            let is_pattern = block.kind() == "program" && !labelled && last_value == Some(place);
            let start = self.out.len();
            self.statement(*node, is_pattern)?;
            // Behind another statement Lua would take it for the arguments of a call.
            if place > 0 && self.out.get(start..).is_some_and(|written| written.starts_with('(')) {
                self.out.insert(start, ';');
            }
            at = end(*node);
        }
        self.gap(at, to);
        Ok(())
    }

    /// Whether a statement only sets something up, so that its value is nothing to play.
    fn is_set_up(&self, node: Node<'_>) -> bool {
        let called = node.named_child(0).and_then(called_name).map_or("", |name| self.text(name));
        SETS_UP.contains(&called)
            || DRAWS.contains(&called)
            || matches!(called, "samples" | "register" | "all" | "each" | "setcpm" | "setcps" | "setCpm" | "setCps" | "hush")
    }

    /// Writes a statement; `is_pattern` says that its value is what the tune plays.
    fn statement(&mut self, node: Node<'s>, is_pattern: bool) -> Result<(), String> {
        if node.has_error() {
            self.unread += 1;
            let wrong = first_error(node);
            let near = self.text(wrong).lines().next().unwrap_or("").trim();
            let near = if near.is_empty() { String::new() } else { format!(", at {}", super::expression::short(near)) };
            self.mark(wrong, format!("this can't be read as JavaScript{near}; the statement is left as a comment"));
            self.comment_out(node, self.until_end(node));
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
        self.left_as(node, format!("{first}: this statement has no counterpart and is left as a comment"))
    }

    /// Leaves a statement as a comment, for a reason.
    pub(super) fn left_as(&mut self, node: Node<'s>, why: impl Into<String>) -> Result<(), String> {
        self.mark(node, why);
        self.comment_out(node, self.until_end(node));
        Ok(())
    }

    /// A statement's text without what follows it in its line.
    fn until_end(&self, node: Node<'s>) -> &'s str {
        self.source.get(node.start_byte()..end(node)).unwrap_or("").trim_end()
    }

    /// Writes lines in the place of a statement as comments, which end with it where more of the tune stands in its line.
    fn comment_out(&mut self, node: Node<'_>, lines: &str) {
        let rest = self.source.get(end(node)..).unwrap_or("").lines().next().unwrap_or("").trim_start_matches([';', ' ', '\t']);
        let is_last = rest.trim().is_empty() || rest.starts_with("//");
        if !is_last || node.parent().is_none_or(|parent| parent.kind() != "program") {
            self.out.push_str(&text::aside(lines));
            return;
        }
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
            let start = self.out.len();
            self.out.push_str(&format!("local {}", text::name(self.text(name))));
            if let Some(value) = declared.child_by_field_name("value") {
                if called_name(value).is_some_and(|called| self.text(called) == "register") {
                    self.out.truncate(start);
                    self.register(node, value)?;
                    continue;
                }
                self.out.push_str(" =");
                self.gap_or(name.end_byte(), value.start_byte(), " ");
                let (from, asides) = (self.out.len(), self.asides);
                self.value(value)?;
                if self.asides > asides && self.out.get(from..).is_some_and(|written| written.starts_with("silence ")) {
                    // What uses it has no counterpart either.
                    self.asides = asides;
                    self.out.truncate(start);
                    self.out.push_str(&text::aside(self.text(*declared)));
                    continue;
                }
                if self.is_list(value) {
                    self.lists.push(self.text(name));
                }
            }
            self.locals.push(self.text(name));
        }
        Ok(())
    }

    /// `register(name, function)`: a function of the tune's own, which its calls name.
    fn register(&mut self, statement: Node<'s>, call: Node<'s>) -> Result<(), String> {
        let arguments = call.child_by_field_name("arguments");
        let (Some(first), Some(function)) = (
            arguments.and_then(|all| all.named_child(0)),
            arguments.and_then(|all| all.named_child(1)).filter(|f| f.kind().contains("function")),
        ) else {
            return self.left_as(statement, "register: takes a name and a function here; this is left as a comment");
        };
        let mut cursor = first.walk();
        let names: Vec<Node<'s>> = match first.kind() {
            "string" => vec![first],
            "array" => first.named_children(&mut cursor).filter(|name| name.kind() == "string").collect(),
            _ => Vec::new(),
        };
        let names: Vec<&'s str> = names.into_iter().map(|name| self.text(name).trim_matches(['"', '\''])).collect();
        if names.is_empty() || !names.iter().all(|name| crate::name::Name::is_identifier(name)) {
            return self.left_as(statement, "register: takes a plain name here; this is left as a comment");
        }
        let parameters = function.child_by_field_name("parameters").map_or(1, |all| all.named_child_count());
        for (place, name) in names.iter().enumerate() {
            self.out.push_str(if place > 0 { " " } else { "" });
            self.out.push_str(&format!("local {} = ", text::name(name)));
            match place {
                0 => self.value(function)?,
                _ => self.out.push_str(&text::name(names[0])),
            }
        }
        self.locals.extend(&names);
        self.registered.extend(names.iter().map(|name| (*name, parameters)));
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
        let muted = if whole.starts_with('_') || whole.ends_with('_') {
            Some("is muted, and left as a comment")
        } else {
            (self.alone && !is_alone(whole)).then_some("is silent since another plays alone (S), and left as a comment")
        };
        let name = whole.trim_matches('_');
        let name = if is_alone(name) { name.trim_start_matches('S') } else { name };
        self.name_all()?;
        let start = self.out.len();
        let opening = if name.contains('$') { self.next_player() } else { format!("p({}, ", quoted(name)) };
        self.out.push_str(&opening);
        self.gap_or(label.end_byte(), value.start_byte(), "");
        self.played(value)?;
        self.out.push(')');
        if let Some(why) = muted {
            let written = self.out.split_off(start);
            self.mark(node, format!("{whole}: {why}"));
            self.comment_out(node, &written);
        }
        self.plays = true;
        Ok(())
    }

    /// A pattern that a player is given, through the functions that all go through.
    fn played(&mut self, value: Node<'s>) -> Result<(), String> {
        if self.all.is_empty() {
            return self.value(value);
        }
        self.receiver(value)?;
        self.through_all();
        Ok(())
    }

    /// Writes that a pattern goes through the functions that all go through.
    pub(super) fn through_all(&mut self) {
        for number in 1..=self.named {
            self.out.push_str(&format!(":apply(all{number})"));
        }
    }

    /// Gives names to the functions that all patterns go through.
    fn name_all(&mut self) -> Result<(), String> {
        while let Some(function) = self.all.get(self.named).copied() {
            self.named += 1;
            self.out.push_str(&format!("local all{} = ", self.named));
            self.value(function)?;
            self.out.push(' ');
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
        let inner = if value.kind() == "await_expression" { value.named_child(0).unwrap_or(value) } else { value };
        match called {
            "samples" => return self.samples(node, inner),
            "register" => return self.register(node, inner),
            "all" | "each" => {
                let argument = inner.child_by_field_name("arguments").and_then(|all| all.named_child(0));
                return match argument.filter(|function| self.all.contains(function)) {
                    Some(_) => {
                        self.out.push_str(&text::aside(self.until_end(node)));
                        Ok(())
                    }
                    None => self.left_as(node, format!("{called}: what it does has no counterpart; it is left as a comment")),
                };
            }
            _ if SETS_UP.contains(&called) => {
                return self.left_as(node, format!("{called}: a session names its files and words itself; this is left as a comment"));
            }
            _ if DRAWS.contains(&called) || called.starts_with('_') => {
                return self.left_as(node, format!("{called}: has no counterpart and is left as a comment"));
            }
            _ => {}
        }
        if let Some((number, is_muted, object)) = self.numbered(inner) {
            self.name_all()?;
            let start = self.out.len();
            self.out.push_str(&format!("d{number}("));
            self.played(object)?;
            self.out.push(')');
            self.plays = true;
            if is_muted {
                let written = self.out.split_off(start);
                self.mark(node, format!("q{number}: is muted, and left as a comment"));
                self.comment_out(node, &written);
            }
            return Ok(());
        }
        let is_assignment = value.kind().contains("assignment");
        if is_pattern && !is_assignment || self.is_given_away(inner) {
            self.name_all()?;
        }
        let (start, asides, marks) = (self.out.len(), self.asides, self.marks.len());
        if is_pattern && !is_assignment && !self.is_given_away(inner) {
            let opening = self.next_player();
            self.out.push_str(&opening);
            self.played(value)?;
            self.out.push(')');
            self.plays = true;
            return Ok(());
        }
        let is_call = inner.kind() == "call_expression" && (called.is_empty() || self.is_known(called));
        if !is_call && !is_assignment {
            return self.left(node);
        }
        self.value(value)?;
        if self.asides > asides && self.out.get(start..).is_some_and(|written| written.starts_with("silence ")) {
            // A value alone is no statement of Lua's.
            self.out.truncate(start);
            self.marks.truncate(marks);
            return self.left(node);
        }
        self.plays |= self.is_given_away(inner);
        Ok(())
    }

    /// `pattern.d1` and its like: the number of a player, whether it is muted, and the pattern.
    fn numbered(&self, value: Node<'s>) -> Option<(usize, bool, Node<'s>)> {
        let word = self.text(value.child_by_field_name("property").filter(|_| value.kind() == "member_expression")?);
        let number = word.strip_prefix(['d', 'p', 'q'])?.parse().ok()?;
        (1..=PLAYERS).contains(&number).then_some((number, word.starts_with('q'), value.child_by_field_name("object")?))
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

/// Whether a label lets its pattern play alone, as `S$:` does.
fn is_alone(label: &str) -> bool {
    label.len() > 1 && label.starts_with('S')
}

/// The first place below a node that can't be read.
fn first_error(node: Node<'_>) -> Node<'_> {
    if node.is_error() || node.is_missing() {
        return node;
    }
    let mut cursor = node.walk();
    let within = node.children(&mut cursor).find(|child| child.has_error() || child.is_missing());
    within.map_or(node, first_error)
}
