//! Expressions to text.

use std::fmt::Write as _;

use super::{Argument, Expr, LUA_WORDS};
use crate::pattern::cycle::{
    fault::{Error, Fault, call_error},
    registry::{CallForm, find},
};

impl Expr {
    /// The expression as text, which [`super::read`] reads back: one way to write each.
    ///
    /// # Errors
    /// Where it would be too long or too deep, a number is not finite, or an argument was used outside its function.
    pub fn write(&self) -> Result<String, Error> {
        self.check()?;
        let mut writer = Writer { out: String::new(), around: Vec::new() };
        writer.expr(self)?;
        Ok(writer.out)
    }
}

struct Writer {
    out: String,
    /// Arguments of the functions around, outermost first.
    around: Vec<Argument>,
}

/// What the argument of a function is called, by how many functions are around it.
pub(super) fn argument_name(depth: usize) -> String {
    if depth == 0 { "x".to_owned() } else { format!("x{}", depth + 1) }
}

impl Writer {
    fn expr(&mut self, expr: &Expr) -> Result<(), Error> {
        match expr {
            Expr::Number(x) if !x.is_finite() => return Err(call_error("pattern", format!("{x} is no number a pattern can keep"))),
            // Writing to a string can't fail.
            Expr::Number(x) if x.fract() == 0.0 && x.abs() < 1e15 => drop(write!(self.out, "{x:.0}")),
            Expr::Number(x) => drop(write!(self.out, "{x:?}")),
            Expr::Bool(on) => drop(write!(self.out, "{on}")),
            Expr::Lua(text) => self.out.push_str(text),
            Expr::Text(text, _) => self.out.push_str(&quoted(text)),
            Expr::List(items) => {
                self.out.push('{');
                self.list(items)?;
                self.out.push('}');
            }
            Expr::Table(items) => {
                self.out.push('{');
                let mut items: Vec<_> = items.iter().collect();
                items.sort_by(|a, b| a.0.cmp(&b.0));
                for (place, (name, item)) in items.into_iter().enumerate() {
                    self.out.push_str(if place > 0 { ", " } else { "" });
                    if is_bare(name) {
                        self.out.push_str(name);
                    } else {
                        let _ = write!(self.out, "[{}]", quoted(name));
                    }
                    self.out.push_str(" = ");
                    self.expr(item)?;
                }
                self.out.push('}');
            }
            Expr::Function(argument, body) => {
                let _ = write!(self.out, "function({}) return ", argument_name(self.around.len()));
                self.around.push(*argument);
                self.expr(body)?;
                self.around.pop();
                self.out.push_str(" end");
            }
            Expr::Argument(argument) => {
                let depth = self.around.iter().rposition(|known| known == argument).ok_or(Fault::Escaped)?;
                self.out.push_str(&argument_name(depth));
            }
            Expr::Call(call) => {
                if let Some(receiver) = &call.receiver {
                    self.expr(receiver)?;
                    self.out.push(':');
                }
                self.out.push_str(&call.name);
                let bare = call.receiver.is_none() && call.args.is_empty();
                let signal = find(&call.name).is_some_and(|entry| entry.form == CallForm::Signal);
                if !(bare && signal) {
                    self.out.push('(');
                    self.list(&call.args)?;
                    self.out.push(')');
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, items: &[Expr]) -> Result<(), Error> {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.expr(item)?;
        }
        Ok(())
    }
}

/// Whether a table's key needs no quotes in Lua.
fn is_bare(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| plain(c) && !c.is_ascii_digit()) && name.chars().all(plain) && !LUA_WORDS.contains(&name)
}

/// A Lua string of any text.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "\\{byte:03}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
