//! Stepwise functions: those that count and lay out steps.

use super::{also, either, given};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::nodes::steps as st;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::registry::{Arg, Combinator, Invocation, Takes, reify, reify_all};
use crate::pattern::cycle::value::Const;

/// Laid out by what `f` makes of each value of the argument.
fn stepwise(mut c: Invocation<'_, '_>, f: fn(Rational, &Pattern) -> Result<Pattern, Error>) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let arg = reify(c.name, c.one("a number of steps")?)?;
    st::stepwise(c.name, &arg, &mut |value| f(number(c.name, value)?, pat))
}

fn number(name: &str, value: &Const) -> Result<Rational, Error> {
    match value {
        Const::Number(x) => Ok(Rational::from_f64(*x)?),
        _ => Err(call_error(name, "takes numbers")),
    }
}

/// Shrinks or grows; a list says by how much and how often.
fn shrinking(mut c: Invocation<'_, '_>, grow: bool) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let arg = reify(c.name, c.one("a number of steps")?)?;
    st::stepwise(c.name, &arg, &mut |value| match value {
        Const::List(items) => match &**items {
            [by, times] => st::shrink(number(c.name, by)?, Some(number(c.name, times)?), grow, pat),
            _ => Err(call_error(c.name, "takes a number, or two as in \"1:3\"")),
        },
        by => st::shrink(number(c.name, by)?, None, grow, pat),
    })
}

fn groups(c: Invocation<'_, '_>) -> Result<Pattern, Error> {
    let mut all: Vec<Vec<Pattern>> = c.receiver.map(|p| vec![p.clone()]).into_iter().collect();
    for arg in c.args {
        all.push(match arg {
            Arg::List(items) => reify_all(c.name, items)?,
            other => vec![reify(c.name, other)?],
        });
    }
    st::stepalt(&all)
}

const STEPS: &[Takes] = &[Takes::Value("steps")];
const FACTOR: &[Takes] = &[Takes::Value("factor")];

pub(super) static WORDS: &[Combinator] = &[
    also(
        given("pace", STEPS, "Plays so many steps a cycle.", |mut c| {
            let pat = c.pattern()?;
            let arg = reify(c.name, c.one("a number of steps")?)?;
            if let Some(value) = arg.as_constant() {
                return st::pace(number(c.name, value)?, pat);
            }
            // Another number of steps is another speed.
            let paced = match pat.steps() {
                Some(own) if !own.is_zero() => {
                    let share = crate::pattern::cycle::registry::apply("div", Some(&arg), vec![Arg::Number(own.to_f64())])?;
                    crate::pattern::cycle::registry::apply("fast", Some(pat), vec![Arg::Pattern(share)])?
                }
                _ => pat.clone(),
            };
            Ok(paced)
        }),
        &["steps"],
    ),
    given("take", STEPS, "Plays the first steps only, the last where negative.", |c| stepwise(c, st::take)),
    given("drop", STEPS, "Plays without the first steps, the last where negative.", |c| stepwise(c, st::drop_steps)),
    given("extend", FACTOR, "Plays factor times as fast, with as many steps more: more cycles in turn.", |c| stepwise(c, st::extend)),
    given("replicate", FACTOR, "Plays each cycle factor times within the cycle, with as many steps more.", |c| stepwise(c, st::replicate)),
    given("expand", FACTOR, "Counts factor times as many steps; heard in stepcat.", |c| stepwise(c, st::expand)),
    given("contract", FACTOR, "Counts factor times fewer steps.", |c| stepwise(c, st::contract)),
    given(
        "shrink",
        STEPS,
        "Plays the pattern again and again, each time so many steps shorter at its begin, at its end where negative.",
        |c| shrinking(c, false),
    ),
    given(
        "grow",
        STEPS,
        "Plays the pattern again and again, each time so many steps longer at its end, at its begin where negative.",
        |c| shrinking(c, true),
    ),
    given("tour", &[Takes::Patterns], "Moves the pattern through a row of others, from last to first.", |mut c| {
        let pat = c.pattern()?;
        let many = reify_all(c.name, std::mem::take(&mut c.args))?;
        st::tour(pat, &many)
    }),
    either("zip", &[Takes::Patterns], "Plays the steps of all patterns in turn: first steps, then second ones.", |mut c| {
        st::zip(c.patterns()?)
    }),
    either("stepalt", &[Takes::Groups], "Plays the alternatives of each group in turn, step after step.", groups),
];
