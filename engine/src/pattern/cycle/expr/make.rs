//! Expressions to patterns.

use std::cell::Cell;

use super::{Argument, Expr, REFERENCE};
use crate::pattern::cycle::{
    core::Pattern,
    fault::{Error, Fault, call_error},
    registry::{Arg, apply, apply_control, find, reify},
};

/// What is around an expression: the session it belongs to.
pub trait Surroundings {
    /// Another pattern of the session.
    ///
    /// # Errors
    /// Where there is none, or it can't be made.
    fn pattern(&self, name: &str) -> Result<Pattern, Error>;

    /// Whether a control that is no combinator may be set, such as a module's parameter.
    fn is_control(&self, name: &str) -> bool;
}

/// How deep calls may nest while a pattern is made, those of patterns that it names included.
const MAX_NESTED: usize = 2 * super::MAX_DEPTH;

thread_local! {
    /// How many calls are being made, one within the other.
    static NESTED: Cell<usize> = const { Cell::new(0) };
}

/// A call that is being made.
struct Nested;

impl Nested {
    fn begin() -> Result<Self, Error> {
        if NESTED.get() >= MAX_NESTED {
            return Err(call_error(
                "pattern",
                format!("with the patterns that it names, calls are nested more than {MAX_NESTED} deep; use fewer"),
            ));
        }
        NESTED.set(NESTED.get() + 1);
        Ok(Self)
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        NESTED.set(NESTED.get() - 1);
    }
}

/// Makes the pattern that an expression stands for.
///
/// # Errors
/// What its combinators report.
pub fn make(expr: &Expr, around: &dyn Surroundings) -> Result<Pattern, Error> {
    Maker { session: around }.pattern(expr, &mut Vec::new())
}

/// Functions around, with the patterns they were given.
type Around = Vec<(Argument, Pattern)>;

struct Maker<'a> {
    session: &'a dyn Surroundings,
}

impl Maker<'_> {
    fn pattern(&self, expr: &Expr, around: &mut Around) -> Result<Pattern, Error> {
        match expr {
            Expr::Function(..) => Err(call_error("pattern", "a function stands where a pattern belongs")),
            Expr::Call(call) => self.call(call, around),
            other => reify("pattern", self.arg(other, around)?),
        }
    }

    fn call(&self, call: &super::Call, around: &mut Around) -> Result<Pattern, Error> {
        let _nested = Nested::begin()?;
        if &*call.name == REFERENCE && call.receiver.is_none() {
            return match &*call.args {
                [Expr::Text(name, _)] => self.session.pattern(name),
                _ => Err(call_error(REFERENCE, "takes the name of a pattern")),
            };
        }
        let receiver = call.receiver.as_ref().map(|receiver| self.pattern(receiver, around)).transpose()?;
        let known = find(&call.name).is_some();
        if !known && (receiver.is_none() || !self.session.is_control(&call.name)) {
            return Err(call_error(&call.name, "there is no such function or control; see the reference for the names there are"));
        }
        let args = call.args.iter().map(|arg| self.arg(arg, around)).collect::<Result<Vec<_>, _>>()?;
        if known { apply(&call.name, receiver.as_ref(), args) } else { apply_control(&call.name, receiver.as_ref(), args) }
    }

    fn arg<'m>(&'m self, expr: &'m Expr, around: &mut Around) -> Result<Arg<'m>, Error> {
        Ok(match expr {
            Expr::Number(x) => Arg::Number(*x),
            Expr::Bool(on) => Arg::Bool(*on),
            Expr::Text(text, base) => Arg::Placed(text.clone(), *base),
            Expr::List(items) => Arg::List(items.iter().map(|item| self.arg(item, around)).collect::<Result<_, _>>()?),
            Expr::Table(items) => {
                let named = items.iter().map(|(name, item)| Ok((name.to_string(), self.arg(item, around)?)));
                Arg::Table(named.collect::<Result<_, Error>>()?)
            }
            Expr::Argument(argument) => {
                let given = around.iter().rev().find(|(known, _)| known == argument);
                Arg::Pattern(given.ok_or(Fault::Escaped)?.1.clone())
            }
            Expr::Call(call) => Arg::Pattern(self.call(call, around)?),
            Expr::Lua(_) => return Err(call_error("pattern", "a function of values runs only where its cycles are worked out ahead")),
            Expr::Function(argument, body) => {
                let mut around = around.clone();
                Arg::Function(Box::new(move |given, _| {
                    around.push((*argument, given.clone()));
                    let made = self.pattern(body, &mut around);
                    around.pop();
                    made
                }))
            }
        })
    }
}
