//! Text to expressions: the part of Lua that patterns are kept in.

use std::sync::Arc;

use super::{Argument, Expr, MAX_DEPTH, MAX_SOURCE, REFERENCE};
use crate::pattern::cycle::{
    fault::{Error, call_error},
    registry::{CallForm, Combinator, find},
};

/// The words of Luau's grammar; its soft keywords (`type`, `export`, `continue`) may name things.
pub const LUA_WORDS: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or", "repeat", "return",
    "then", "true", "until", "while",
];

/// An expression with what it holds.
#[derive(Debug)]
pub struct Source {
    /// The expression.
    pub expr: Expr,
    /// Its texts of mini-notation in order, with the place that their events' places count from.
    pub texts: Vec<(Arc<str>, u32)>,
    /// Other patterns of the session that it names.
    pub references: Vec<Arc<str>>,
    /// The controls that it sets beside those of the language itself, such as parameters of modules: each once, by its main name.
    pub controls: Vec<Arc<str>>,
}

/// Reads an expression.
///
/// # Errors
/// Names the character, counted from 1, and what was expected there.
pub fn read(text: &str) -> Result<Source, Error> {
    if text.len() > MAX_SOURCE {
        return Err(call_error("pattern", format!("its expression is longer than {MAX_SOURCE} bytes; split it")));
    }
    let mut reader =
        Reader { text, at: 0, depth: 0, around: Vec::new(), texts: Vec::new(), references: Vec::new(), controls: Vec::new(), next: 0 };
    let expr = reader.expr()?;
    reader.space();
    if reader.at < text.len() {
        return reader.fail("a method, as in :fast(2), or the end");
    }
    Ok(Source { expr, texts: reader.texts, references: reader.references, controls: reader.controls })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// Names and arguments of the functions around.
    around: Vec<(&'t str, Argument)>,
    texts: Vec<(Arc<str>, u32)>,
    references: Vec<Arc<str>>,
    controls: Vec<Arc<str>>,
    /// Where the next text begins among the texts.
    next: u32,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn fail<T>(&self, expected: &str) -> Result<T, Error> {
        let place = self.text[..self.at].chars().count() + 1;
        let found = self.rest().chars().next().map_or_else(|| "the end".to_owned(), |c| format!("\"{c}\""));
        Err(call_error("pattern", format!("at character {place} of its expression, expected {expected}, found {found}")))
    }

    /// Takes `word` where it comes next.
    fn takes(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn must(&mut self, word: &str) -> Result<(), Error> {
        if self.takes(word) { Ok(()) } else { self.fail(&format!("\"{word}\"")) }
    }

    fn name(&mut self) -> Option<&'t str> {
        self.space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest[..end].strip_prefix(|c: char| c.is_ascii_digit()).map_or(&rest[..end], |_| "");
        self.at += name.len();
        (!name.is_empty()).then_some(name)
    }

    fn expr(&mut self) -> Result<Expr, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail(&format!("no more than {MAX_DEPTH} calls and lists in each other"));
        }
        let mut expr = self.primary()?;
        while self.takes(":") {
            // What Lua can't read must not come into a session: its generated script would not run.
            if !matches!(expr, Expr::Call(_) | Expr::Argument(_)) {
                return self.fail("no method, as only patterns have some; write mini(…) around a text or a number");
            }
            let Some(name) = self.name() else { return self.fail("the name of a method") };
            if LUA_WORDS.contains(&name) {
                return self.fail(&format!("a method such as finish, as {name} is a word of Lua"));
            }
            self.note_control(name, find(name).is_none());
            self.must("(")?;
            let args = self.list(")")?;
            expr = Expr::call(name, Some(expr), args);
        }
        self.depth -= 1;
        expr.check()?;
        Ok(expr)
    }

    /// Notes the control that `name` sets; `other` says that it is no combinator.
    fn note_control(&mut self, name: &str, other: bool) {
        let set = if other { vec![name] } else { find(name).map(Combinator::sets).unwrap_or_default().to_vec() };
        for control in set.into_iter().take(1) {
            if !self.controls.iter().any(|known| **known == *control) {
                self.controls.push(control.into());
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Error> {
        self.space();
        match self.rest().bytes().next() {
            Some(b'"') => {
                let text: Arc<str> = self.string()?.into();
                let base = self.next;
                self.next = self.next.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)).saturating_add(1);
                self.texts.push((Arc::clone(&text), base));
                Ok(Expr::Text(text, base))
            }
            Some(b'{') => {
                self.at += 1;
                if self.is_table() { self.table() } else { Ok(Expr::List(self.list("}")?.into())) }
            }
            Some(c) if c.is_ascii_digit() || matches!(c, b'-' | b'.') => self.number(),
            _ => self.named(),
        }
    }

    /// What begins with a name: a function, an argument, a signal or a call.
    fn named(&mut self) -> Result<Expr, Error> {
        let begin = self.at;
        let Some(name) = self.name() else { return self.fail("a number, a text, a list or a function such as s(…)") };
        match name {
            "true" | "false" => return Ok(Expr::Bool(name == "true")),
            "function" => return self.function(),
            _ => {}
        }
        if let Some((_, argument)) = self.around.iter().rev().find(|(known, _)| *known == name) {
            return Ok(Expr::Argument(*argument));
        }
        if find(name).is_some_and(|entry| entry.form == CallForm::Signal) {
            return Ok(Expr::call(name, None, Vec::new()));
        }
        if !self.takes("(") {
            if self.rest().starts_with('.') {
                return self.fail("\"(\"");
            }
            self.at = begin;
            return self.fail(&format!("something known, not {name}"));
        }
        self.note_control(name, false);
        let counts = (self.texts.len(), self.next);
        let args = self.list(")")?;
        if name == REFERENCE {
            // A name is no mini-notation.
            self.texts.truncate(counts.0);
            self.next = counts.1;
            if let [Expr::Text(name, _)] = &*args {
                self.references.push(Arc::clone(name));
            }
        }
        Ok(Expr::call(name, None, args))
    }

    fn function(&mut self) -> Result<Expr, Error> {
        self.must("(")?;
        let Some(name) = self.name() else { return self.fail("the name of the function's argument") };
        self.must(")")?;
        self.must("return")?;
        let argument = Argument::fresh();
        self.around.push((name, argument));
        let body = self.expr()?;
        self.around.pop();
        self.must("end")?;
        Ok(Expr::Function(argument, Arc::new(body)))
    }

    fn list(&mut self, close: &str) -> Result<Vec<Expr>, Error> {
        let mut items = Vec::new();
        while !self.takes(close) {
            if !items.is_empty() {
                self.must(",")?;
            }
            items.push(self.expr()?);
        }
        Ok(items)
    }

    /// Whether the braces that were just opened hold named items.
    fn is_table(&self) -> bool {
        let rest = self.rest().trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.starts_with('[') || (end > 0 && rest[end..].trim_start().starts_with('='))
    }

    fn table(&mut self) -> Result<Expr, Error> {
        let mut items: Vec<(Arc<str>, Expr)> = Vec::new();
        while !self.takes("}") {
            if !items.is_empty() {
                self.must(",")?;
            }
            let name = if self.takes("[") {
                self.space();
                if !self.rest().starts_with('"') {
                    return self.fail("a name in quotes");
                }
                let name = self.string()?;
                self.must("]")?;
                name
            } else {
                match self.name() {
                    Some(name) => name.to_owned(),
                    None => return self.fail("a name, as in {a = \"bd\"}"),
                }
            };
            self.must("=")?;
            items.push((name.into(), self.expr()?));
        }
        Ok(Expr::Table(items.into()))
    }

    fn number(&mut self) -> Result<Expr, Error> {
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|c: char| {
            let sign = matches!(c, '-' | '+') && matches!(before, ' ' | 'e' | 'E');
            before = c;
            !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E') || sign)
        });
        let word = &rest[..end.unwrap_or(rest.len())];
        match word.parse::<f64>() {
            Ok(x) if x.is_finite() => {
                self.at += word.len();
                Ok(Expr::Number(x))
            }
            _ => self.fail("a number"),
        }
    }

    fn string(&mut self) -> Result<String, Error> {
        let mut out = Vec::new();
        let mut bytes = self.rest().bytes().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    self.at += at + 1;
                    return String::from_utf8(out).or_else(|_| self.fail("text in UTF-8"));
                }
                b'\\' => match bytes.next() {
                    Some((_, b'n')) => out.push(b'\n'),
                    Some((_, b'r')) => out.push(b'\r'),
                    Some((_, b't')) => out.push(b'\t'),
                    Some((_, digit)) if digit.is_ascii_digit() => {
                        let digits = [Some(digit), bytes.next().map(|(_, b)| b), bytes.next().map(|(_, b)| b)];
                        let code = digits.iter().try_fold(0_u32, |n, d| Some(n * 10 + char::from((*d)?).to_digit(10)?));
                        match code.and_then(|code| u8::try_from(code).ok()) {
                            Some(byte) => out.push(byte),
                            None => return self.fail("a text without unknown escapes"),
                        }
                    }
                    Some((_, other)) => out.push(other),
                    None => break,
                },
                other => out.push(other),
            }
        }
        self.fail("a text that ends with \"")
    }
}
