//! Expressions.

use tree_sitter::Node;

use super::{MAX_DEPTH, Writer, text};
use crate::{
    module::event_params,
    pattern::cycle::{
        expr::{LUA_WORDS, quoted},
        registry::{CallForm, find},
    },
};

/// Words that scripts have beside those of the pattern language.
const SCRIPT: &[&str] = &["setcpm", "setcps", "mini", "p", "hush"];
/// What plays several patterns beside or behind each other, so that the others count where one is silent.
const GATHERS: &[&str] =
    &["stack", "cat", "slowcat", "seq", "sequence", "fastcat", "superimpose", "layer", "polymeter", "arrange", "pm", "pr"];
/// The operators of both languages, where they are written otherwise.
const OPERATORS: &[(&str, &str)] = &[("===", "=="), ("!==", "~="), ("!=", "~="), ("&&", "and"), ("||", "or"), ("??", "or"), ("**", "^")];
/// Operators that have no counterpart.
const BITS: &[&str] = &["&", "|", "^", "<<", ">>", ">>>", "in", "instanceof"];

impl<'s> Writer<'s> {
    /// Writes an expression whose value is used as it is: a text with double quotes or backquotes is a pattern there.
    pub(super) fn value(&mut self, node: Node<'s>) -> Result<(), String> {
        if self.is_pattern_text(node) {
            self.out.push_str("mini(");
            self.string(node)?;
            self.out.push(')');
            return Ok(());
        }
        self.expression(node)
    }

    fn is_pattern_text(&self, node: Node<'s>) -> bool {
        node.kind() == "template_string" || node.kind() == "string" && self.text(node).starts_with('"')
    }

    fn expression(&mut self, node: Node<'s>) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("line {}: expressions are nested more than {MAX_DEPTH} deep", node.start_position().row + 1));
        }
        let done = self.expression_within(node);
        self.depth -= 1;
        done
    }

    fn expression_within(&mut self, node: Node<'s>) -> Result<(), String> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "string" | "template_string" => self.string(node),
            "number" => self.write(&text::number(self.text(node))),
            "true" | "false" => self.write(self.text(node)),
            "null" | "undefined" => self.write("nil"),
            "identifier" => self.identifier(node),
            "call_expression" => self.call(node),
            "member_expression" => self.member(node),
            "await_expression" => node.named_child(0).map_or(Ok(()), |inner| self.value(inner)),
            "parenthesized_expression" => {
                self.out.push('(');
                node.named_child(0).map_or(Ok(()), |inner| self.value(inner))?;
                self.write(")")
            }
            "arrow_function" | "function_expression" => {
                let (Some(head), Some(body)) = (field("parameters").or_else(|| field("parameter")), field("body")) else {
                    return self.aside(node);
                };
                self.out.push_str("function");
                self.function_rest(head, body)
            }
            "array" => self.items(node, "{", "}"),
            "object" => self.object(node),
            "subscript_expression" => {
                let (Some(object), Some(index)) = (field("object"), field("index")) else { return self.aside(node) };
                self.value(object)?;
                self.out.push('[');
                self.expression(index)?;
                // Lists of Lua count from 1.
                self.write(if index.kind() == "string" { "]" } else { " + 1]" })
            }
            "binary_expression" => self.binary(node),
            "unary_expression" => {
                let (Some(operator), Some(argument)) = (field("operator"), field("argument")) else { return self.aside(node) };
                match self.text(operator) {
                    "-" => self.out.push('-'),
                    "!" => self.out.push_str("not "),
                    "+" => {}
                    _ => return self.aside(node),
                }
                self.value(argument)
            }
            "ternary_expression" => {
                let (Some(condition), Some(yes), Some(no)) = (field("condition"), field("consequence"), field("alternative")) else {
                    return self.aside(node);
                };
                self.out.push_str("(if ");
                self.condition(condition)?;
                self.out.push_str(" then ");
                self.value(yes)?;
                self.out.push_str(" else ");
                self.value(no)?;
                self.write(")")
            }
            "assignment_expression" | "augmented_assignment_expression" => {
                let (Some(left), Some(right)) = (field("left"), field("right")) else { return self.aside(node) };
                self.expression(left)?;
                let operator = field("operator").map_or("=", |operator| self.text(operator));
                self.out.push_str(&format!(" {operator} "));
                self.value(right)
            }
            "spread_element" => {
                self.out.push_str("unpack(");
                node.named_child(0).map_or(Ok(()), |inner| self.value(inner))?;
                self.write(")")
            }
            _ => self.aside(node),
        }
    }

    /// Whether a name of the tune is its own, or a word here.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let word = text::word(name);
        self.locals.contains(&name) || find(word).is_some() || SCRIPT.contains(&word)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        self.out.push_str(text);
        Ok(())
    }

    /// Something without a counterpart where an expression has to stand: silence, with the tune's words beside it.
    fn aside(&mut self, node: Node<'s>) -> Result<(), String> {
        self.asides += 1;
        self.mark(node, format!("{}: has no counterpart; silence stands in its place", short(self.text(node))));
        self.out.push_str("silence ");
        self.set_aside(node, node.start_byte());
        Ok(())
    }

    /// A condition: numbers count as yes in Lua, also 0.
    pub(super) fn condition(&mut self, node: Node<'s>) -> Result<(), String> {
        let inner = if node.kind() == "parenthesized_expression" { node.named_child(0).unwrap_or(node) } else { node };
        let operator = inner.child_by_field_name("operator").map_or("", |operator| self.text(operator));
        let is_number =
            inner.kind() == "number" || inner.kind() == "binary_expression" && matches!(operator, "+" | "-" | "*" | "/" | "%" | "**");
        if is_number {
            self.out.push('(');
            self.value(inner)?;
            return self.write(") ~= 0");
        }
        self.value(inner)
    }

    /// The content of a text, with `${…}` as joined parts.
    fn string(&mut self, node: Node<'s>) -> Result<(), String> {
        let (mut parts, mut plain): (Vec<Option<Node<'s>>>, Vec<String>) = (Vec::new(), vec![String::new()]);
        let mut cursor = node.walk();
        let mut at = node.start_byte() + 1;
        for child in node.named_children(&mut cursor) {
            let last = plain.last_mut().ok_or("a text has no parts")?;
            last.push_str(self.source.get(at..child.start_byte()).unwrap_or(""));
            match child.kind() {
                "escape_sequence" => last.push_str(&text::unescaped(self.text(child))),
                "template_substitution" => {
                    parts.push(child.named_child(0));
                    plain.push(String::new());
                }
                _ => last.push_str(self.text(child)),
            }
            at = child.end_byte();
        }
        let last = plain.last_mut().ok_or("a text has no parts")?;
        last.push_str(self.source.get(at..node.end_byte().saturating_sub(1)).unwrap_or(""));
        for (place, text) in plain.iter().enumerate() {
            if place > 0 {
                self.out.push_str(" .. ");
                if let Some(Some(inner)) = parts.get(place - 1) {
                    self.expression(*inner)?;
                }
                self.out.push_str(" .. ");
            }
            self.out.push_str(&text::lua_text(text));
        }
        Ok(())
    }

    fn identifier(&mut self, node: Node<'s>) -> Result<(), String> {
        let name = self.text(node);
        if self.locals.contains(&name) {
            return self.write(&text::name(name));
        }
        let word = text::word(name);
        if !self.is_known(name) && !matches!(name, "Math" | "console") {
            return self.aside(node);
        }
        self.write(if name == "Math" { "math" } else { word })
    }

    fn binary(&mut self, node: Node<'s>) -> Result<(), String> {
        let field = |name: &str| node.child_by_field_name(name);
        let (Some(left), Some(operator), Some(right)) = (field("left"), field("operator"), field("right")) else { return self.aside(node) };
        let sign = self.text(operator);
        if BITS.contains(&sign) {
            return self.aside(node);
        }
        let is_text = |node: Node<'_>| matches!(node.kind(), "string" | "template_string");
        let joins = sign == "+" && (is_text(left) || is_text(right));
        let lua = if joins { ".." } else { OPERATORS.iter().find(|(js, _)| *js == sign).map_or(sign, |(_, lua)| lua) };
        self.expression(left)?;
        self.out.push_str(&format!(" {lua} "));
        self.expression(right)
    }

    /// Items in brackets, with what lies between them.
    fn items(&mut self, node: Node<'s>, open: &str, close: &str) -> Result<(), String> {
        self.out.push_str(open);
        let mut cursor = node.walk();
        let all: Vec<Node<'s>> = node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect();
        if spreads_early(&all) {
            let is_list = open == "{";
            self.out.truncate(self.out.len() - open.len());
            self.out.push_str(if is_list { "" } else { "unpack(" });
            self.joined(&all, (node.start_byte() + 1, node.end_byte().saturating_sub(1)), false)?;
            return self.write(if is_list { "" } else { ")" });
        }
        let mut at = node.start_byte() + 1;
        for (place, item) in all.iter().enumerate() {
            self.between(at, item.start_byte(), place > 0);
            self.expression(*item)?;
            at = item.end_byte();
        }
        self.gap(at, node.end_byte().saturating_sub(1));
        self.write(close)
    }

    /// Items of which some are spread lists, as one list: in Lua only the last of several may give more than one value.
    fn joined(&mut self, all: &[Node<'s>], (from, to): (usize, usize), as_values: bool) -> Result<(), String> {
        self.joins = true;
        self.out.push_str("joined(");
        let mut at = from;
        for (place, item) in all.iter().enumerate() {
            self.between(at, item.start_byte(), place > 0);
            let spread = item.named_child(0).filter(|_| item.kind() == "spread_element");
            self.out.push_str(if spread.is_some() { "" } else { "{" });
            match spread {
                Some(list) => self.value(list)?,
                None if as_values => self.value(*item)?,
                None => self.expression(*item)?,
            }
            self.out.push_str(if spread.is_some() { "" } else { "}" });
            at = item.end_byte();
        }
        self.gap(at, to);
        self.write(")")
    }

    /// A comma, where one stands there, and what lies around it.
    fn between(&mut self, from: usize, to: usize, comma: bool) {
        if comma {
            self.out.push(',');
        }
        let before = self.out.len();
        self.gap(from, to);
        if comma && self.out.len() == before {
            self.out.push(' ');
        }
    }

    fn object(&mut self, node: Node<'s>) -> Result<(), String> {
        self.out.push('{');
        let mut cursor = node.walk();
        let all: Vec<Node<'s>> = node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect();
        let mut at = node.start_byte() + 1;
        for (place, item) in all.iter().enumerate() {
            self.between(at, item.start_byte(), place > 0);
            match (item.kind(), item.child_by_field_name("key"), item.child_by_field_name("value")) {
                ("pair", Some(key), Some(value)) => {
                    self.key(key)?;
                    self.expression(value)?;
                }
                ("shorthand_property_identifier", ..) => {
                    let name = self.text(*item);
                    self.out.push_str(&format!("{name} = "));
                    self.identifier(*item)?;
                }
                _ => {
                    self.mark(*item, format!("{}: has no counterpart in a table", short(self.text(*item))));
                    self.set_aside(*item, item.start_byte());
                }
            }
            at = item.end_byte();
        }
        self.gap(at, node.end_byte().saturating_sub(1));
        self.write("}")
    }

    fn key(&mut self, key: Node<'s>) -> Result<(), String> {
        let word = self.text(key);
        match key.kind() {
            "property_identifier" if !LUA_WORDS.contains(&word) && !word.contains('$') => self.out.push_str(&format!("{word} = ")),
            "property_identifier" => self.out.push_str(&format!("[{}] = ", quoted(word))),
            "number" => self.out.push_str(&format!("[{}] = ", quoted(word))),
            "computed_property_name" => {
                self.out.push('[');
                key.named_child(0).map_or(Ok(()), |inner| self.expression(inner))?;
                self.out.push_str("] = ");
            }
            _ => {
                self.out.push('[');
                self.string(key)?;
                self.out.push_str("] = ");
            }
        }
        Ok(())
    }

    /// A function from its arguments on.
    pub(super) fn function_rest(&mut self, head: Node<'s>, body: Node<'s>) -> Result<(), String> {
        let before = self.locals.len();
        let mut cursor = head.walk();
        let parameters: Vec<Node<'s>> = if head.kind() == "identifier" { vec![head] } else { head.named_children(&mut cursor).collect() };
        let (mut names, mut defaults) = (Vec::new(), Vec::new());
        for parameter in parameters {
            let part = |name: &str| parameter.child_by_field_name(name).filter(|_| parameter.kind() == "assignment_pattern");
            let name = part("left").unwrap_or(parameter);
            if name.kind() == "identifier" {
                self.locals.push(self.text(name));
                names.push(text::name(self.text(name)));
                defaults.extend(part("right").map(|value| (name, value)));
            } else {
                self.mark(parameter, format!("{}: only plain names can be arguments here", short(self.text(parameter))));
                names.push("_".to_owned());
            }
        }
        self.out.push_str(&format!("({})", names.join(", ")));
        for (name, value) in defaults {
            let name = text::name(self.text(name));
            self.out.push_str(&format!(" if {name} == nil then {name} = "));
            self.value(value)?;
            self.out.push_str(" end");
        }
        if body.kind() == "statement_block" {
            if !self.text(body)[1..].starts_with(char::is_whitespace) {
                self.out.push(' ');
            }
            self.block(body)?;
        } else {
            self.out.push_str(" return ");
            // An object in brackets is a table.
            let inner = Some(body).filter(|body| body.kind() == "parenthesized_expression").and_then(|body| body.named_child(0));
            self.value(inner.filter(|inner| inner.kind() == "object").unwrap_or(body))?;
        }
        self.locals.truncate(before);
        let space = if self.out.ends_with([' ', '\n']) { "end" } else { " end" };
        self.write(space)
    }

    fn call(&mut self, node: Node<'s>) -> Result<(), String> {
        let (Some(function), Some(arguments)) = (node.child_by_field_name("function"), node.child_by_field_name("arguments")) else {
            return self.aside(node);
        };
        if function.kind() == "member_expression" {
            return self.method(node, function, arguments);
        }
        if function.kind() != "identifier" {
            let is_bare = function.kind() != "parenthesized_expression";
            self.out.push_str(if is_bare { "(" } else { "" });
            self.expression(function)?;
            self.out.push_str(if is_bare { ")" } else { "" });
            return self.arguments(arguments, true);
        }
        let name = self.text(function);
        let (is_local, word) = (self.locals.contains(&name), text::word(name));
        if !is_local
            && name == "slider"
            && let Some(first) = arguments.named_child(0)
        {
            self.mark(node, "slider: there is none; its first value stands in its place");
            return self.value(first);
        }
        if !self.is_known(name) {
            return self.aside(node);
        }
        if let Some((_, takes)) = self.registered.iter().find(|(known, _)| *known == name).copied()
            && arguments.named_child_count() + 1 == takes
        {
            // Called without its pattern it is a function.
            let written = format!("function(x) return {}", text::name(name));
            self.out.push_str(&written);
            self.arguments(arguments, true)?;
            return self.with_last_argument("x) end");
        }
        let asides = self.asides;
        self.out.push_str(&if is_local { text::name(name) } else { word.to_owned() });
        // Words of the language take mini-notation as a text; functions of the tune take patterns.
        self.arguments(arguments, is_local)?;
        if GATHERS.contains(&word) {
            self.asides = asides;
        }
        Ok(())
    }

    /// Puts one more argument at the end of a call that was just written.
    fn with_last_argument(&mut self, last: &str) -> Result<(), String> {
        let is_empty = self.out.ends_with("()");
        self.out.pop();
        self.write(if is_empty { "" } else { ", " })?;
        self.write(last)
    }

    /// A method's call; one that has no counterpart is set aside.
    fn method(&mut self, node: Node<'s>, function: Node<'s>, arguments: Node<'s>) -> Result<(), String> {
        let (Some(object), Some(property)) = (function.child_by_field_name("object"), function.child_by_field_name("property")) else {
            return self.aside(node);
        };
        let name = self.text(property);
        if object.kind() == "identifier" && matches!(self.text(object), "Math" | "console") && !self.locals.contains(&self.text(object)) {
            return self.library(node, self.text(object), name, arguments);
        }
        // `x.add.squeeze(…)`: an operator with the rhythm from elsewhere.
        let operator = Some(object).filter(|object| object.kind() == "member_expression");
        let operator = operator.and_then(|object| Some((object.child_by_field_name("object")?, object.child_by_field_name("property")?)));
        if let (Some((receiver, operator)), Some(suffix)) = (operator, text::alignment(name)) {
            let word = format!("{}{suffix}", text::word(self.text(operator)));
            if find(&word).is_some() {
                return self.method_of(receiver, operator, &word, arguments);
            }
        }
        if let Some((word, _)) = self.registered.iter().find(|(word, _)| *word == name).copied() {
            return self.registered_method(word, object, property, arguments);
        }
        if self.is_list(object) && matches!(name, "map" | "join") {
            return self.list_method(name, object, arguments);
        }
        let word = text::word(name);
        let is_param = event_params().any(|spec| spec.is_called(word));
        let is_word = find(word).is_some_and(|entry| matches!(entry.form, CallForm::Method | CallForm::Both)) || is_param || word == "p";
        if is_word {
            return self.method_of(object, property, word, arguments);
        }
        self.mark(property, format!(".{name}: has no counterpart and is set aside"));
        self.receiver(object)?;
        self.gap(object.end_byte(), property.start_byte());
        self.method_aside(node, property);
        Ok(())
    }

    /// Leaves a method of what was just written as a comment.
    fn method_aside(&mut self, node: Node<'s>, property: Node<'s>) {
        if !self.out.ends_with(char::is_whitespace) {
            self.out.push(' ');
        }
        self.set_aside(node, property.start_byte().saturating_sub(1));
    }

    /// `x.f(1)` of a function that the tune registers: `f(1, x)`.
    fn registered_method(&mut self, word: &str, object: Node<'s>, property: Node<'s>, arguments: Node<'s>) -> Result<(), String> {
        self.out.push_str(&text::name(word));
        self.arguments(arguments, true)?;
        self.with_last_argument("")?;
        self.value(object)?;
        self.gap(object.end_byte(), property.start_byte());
        self.write(")")
    }

    /// Whether something is surely a list.
    pub(super) fn is_list(&self, node: Node<'_>) -> bool {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "array" => true,
            "identifier" => self.lists.contains(&self.text(node)),
            "parenthesized_expression" => node.named_child(0).is_some_and(|inner| self.is_list(inner)),
            "call_expression" => field("function").is_some_and(|function| {
                let part = |name: &str| function.child_by_field_name(name);
                part("property").is_some_and(|name| self.text(name) == "map") && part("object").is_some_and(|object| self.is_list(object))
            }),
            _ => false,
        }
    }

    /// `list.map(f)` and `list.join(between)`.
    fn list_method(&mut self, name: &str, list: Node<'s>, arguments: Node<'s>) -> Result<(), String> {
        let is_map = name == "map";
        self.maps |= is_map;
        self.out.push_str(if is_map { "map(" } else { "table.concat(" });
        self.expression(list)?;
        self.out.push_str(", ");
        match arguments.named_child(0) {
            Some(first) => self.expression(first)?,
            None => self.out.push_str("\",\""),
        }
        self.write(")")
    }

    fn method_of(&mut self, object: Node<'s>, property: Node<'s>, word: &str, arguments: Node<'s>) -> Result<(), String> {
        self.receiver(object)?;
        self.gap(object.end_byte(), property.start_byte());
        let (start, asides) = (self.out.len(), self.asides);
        if word == "p" {
            self.through_all();
        }
        self.out.push_str(&format!(":{word}"));
        self.arguments(arguments, false)?;
        if self.asides > asides {
            self.asides = asides;
            // Silence as a value would silence the pattern; without the method it sounds.
            if !GATHERS.contains(&word)
                && let Some(call) = std::iter::successors(property.parent(), Node::parent).find(|node| node.kind() == "call_expression")
            {
                self.out.truncate(start);
                self.mark(property, format!(".{}: is set aside with that", self.text(property)));
                self.method_aside(call, property);
            }
        }
        Ok(())
    }

    /// What a method is called on.
    pub(super) fn receiver(&mut self, object: Node<'s>) -> Result<(), String> {
        let needs_brackets = matches!(object.kind(), "number" | "array" | "arrow_function" | "binary_expression" | "object");
        match object.kind() {
            "string" => {
                self.out.push_str("mini(");
                self.string(object)?;
                self.write(")")
            }
            "array" | "number" => {
                self.out.push_str(if object.kind() == "number" { "mini(" } else { "seq(" });
                if object.kind() == "number" {
                    self.expression(object)?
                } else {
                    self.items(object, "", "")?
                }
                self.write(")")
            }
            _ if needs_brackets => {
                self.out.push('(');
                self.expression(object)?;
                self.write(")")
            }
            _ => self.value(object),
        }
    }

    /// `Math.floor(x)` and its like.
    fn library(&mut self, node: Node<'s>, object: &str, name: &str, arguments: Node<'s>) -> Result<(), String> {
        let lua = match (object, name) {
            ("console", "log" | "warn" | "error") => "print",
            (
                "Math",
                "floor" | "ceil" | "abs" | "min" | "max" | "random" | "round" | "sin" | "cos" | "tan" | "sqrt" | "exp" | "log" | "pow"
                | "sign",
            ) => {
                self.out.push_str("math.");
                name
            }
            _ => return self.aside(node),
        };
        self.out.push_str(lua);
        self.arguments(arguments, false)
    }

    /// The arguments of a call; `as_values` says that texts are patterns.
    fn arguments(&mut self, arguments: Node<'s>, as_values: bool) -> Result<(), String> {
        self.out.push('(');
        // mini`bd sd`
        if arguments.kind() == "template_string" {
            self.string(arguments)?;
            return self.write(")");
        }
        let mut cursor = arguments.walk();
        let all: Vec<Node<'s>> = arguments.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect();
        if spreads_early(&all) {
            self.out.push_str("unpack(");
            self.joined(&all, (arguments.start_byte() + 1, arguments.end_byte().saturating_sub(1)), as_values)?;
            return self.write("))");
        }
        let mut at = arguments.start_byte() + 1;
        for (place, item) in all.iter().enumerate() {
            self.between(at, item.start_byte(), place > 0);
            if as_values {
                self.value(*item)?
            } else {
                self.expression(*item)?
            }
            at = item.end_byte();
        }
        self.gap(at, arguments.end_byte().saturating_sub(1));
        self.write(")")
    }

    /// Whether something is a value of the tune's own, which may have properties of any name.
    fn is_of_the_tune(&self, node: Node<'_>) -> bool {
        match node.kind() {
            "identifier" => self.locals.contains(&self.text(node)),
            "member_expression" | "subscript_expression" => {
                node.child_by_field_name("object").is_some_and(|object| self.is_of_the_tune(object))
            }
            "object" | "parenthesized_expression" | "array" => true,
            _ => false,
        }
    }

    /// A property that is not called.
    fn member(&mut self, node: Node<'s>) -> Result<(), String> {
        let (Some(object), Some(property)) = (node.child_by_field_name("object"), node.child_by_field_name("property")) else {
            return self.aside(node);
        };
        let name = self.text(property);
        if object.kind() == "identifier" && self.text(object) == "Math" {
            return if name == "PI" { self.write("math.pi") } else { self.aside(node) };
        }
        if name == "length" {
            self.out.push('#');
            return self.expression(object);
        }
        if !self.is_of_the_tune(object) {
            self.mark(property, format!(".{name}: has no counterpart and is set aside"));
            self.receiver(object)?;
            self.gap(object.end_byte(), property.start_byte());
            self.method_aside(node, property);
            return Ok(());
        }
        self.expression(object)?;
        match LUA_WORDS.contains(&name) {
            true => self.write(&format!("[{}]", quoted(name))),
            false => self.write(&format!(".{name}")),
        }
    }
}

/// Whether a list is spread before the last of some items.
fn spreads_early(items: &[Node<'_>]) -> bool {
    items.iter().rev().skip(1).any(|item| item.kind() == "spread_element")
}

/// The beginning of a text, in one line.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim();
    if line.chars().count() > 48 { format!("{}…", line.chars().take(48).collect::<String>()) } else { line.to_owned() }
}
