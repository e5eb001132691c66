//! The words of the pattern language, a family a file: name, what it takes, one line of documentation, how it is made.

mod basics;
mod building;
mod calling;
mod changing;
mod choosing;
mod controls;
mod operators;
mod signals;
mod steps;

use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::registry::{CallForm, Combinator, Invocation, Make, Takes};
use crate::pattern::cycle::value::Key;

/// All families, in the order of the reference.
pub(crate) static FAMILIES: &[&[Combinator]] = &[
    basics::WORDS,
    building::WORDS,
    steps::WORDS,
    changing::WORDS,
    choosing::WORDS,
    signals::WORDS,
    calling::WORDS,
    operators::WORDS,
    controls::WORDS,
];

const fn value(name: &'static str) -> Takes {
    Takes::Value(name)
}

const FUNCTION: Takes = Takes::Function("function");

const fn entry(name: &'static str, form: CallForm, takes: &'static [Takes], doc: &'static str, make: Make) -> Combinator {
    Combinator { name, aliases: &[], form, takes, doc, make }
}

const fn method(name: &'static str, takes: &'static [Takes], doc: &'static str, make: Make) -> Combinator {
    entry(name, CallForm::Method, takes, doc, make)
}

const fn also(c: Combinator, aliases: &'static [&'static str]) -> Combinator {
    Combinator { aliases, ..c }
}

const fn set(name: &'static str, keys: &'static [Key], doc: &'static str) -> Combinator {
    entry(name, CallForm::Both, &[Takes::Patterns], doc, Make::Control(keys))
}

const fn wave(name: &'static str, doc: &'static str, make: fn() -> Result<Pattern, Error>) -> Combinator {
    entry(name, CallForm::Signal, &[], doc, Make::Signal(make))
}

/// A method that reads its arguments by itself.
const fn given(
    name: &'static str,
    takes: &'static [Takes],
    doc: &'static str,
    make: fn(Invocation<'_, '_>) -> Result<Pattern, Error>,
) -> Combinator {
    entry(name, CallForm::Method, takes, doc, Make::Invocation(make))
}

/// The same as a function.
const fn function(
    name: &'static str,
    takes: &'static [Takes],
    doc: &'static str,
    make: fn(Invocation<'_, '_>) -> Result<Pattern, Error>,
) -> Combinator {
    entry(name, CallForm::Function, takes, doc, Make::Invocation(make))
}

/// The same as either.
const fn either(
    name: &'static str,
    takes: &'static [Takes],
    doc: &'static str,
    make: fn(Invocation<'_, '_>) -> Result<Pattern, Error>,
) -> Combinator {
    entry(name, CallForm::Both, takes, doc, Make::Invocation(make))
}
