//! What calls functions of values and times while the pattern plays: such a pattern is worked out ahead, cycle by cycle.

use super::{also, function, given};
use crate::pattern::cycle::called::{Way, called, of_time};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::{Error, call_error};
use crate::pattern::cycle::registry::{Arg, Combinator, Invocation, Takes};

const CALLED: &[Takes] = &[Takes::Called("function")];

fn through(mut c: Invocation<'_, '_>, way: Way) -> Result<Pattern, Error> {
    let pat = c.pattern()?;
    let [arg] = c.exactly("a function")?;
    match arg {
        Arg::Called(function) => called(way, function, pat),
        _ => Err(call_error(c.name, "takes a function of values, as in function(v) return v + 1 end")),
    }
}

pub(super) static WORDS: &[Combinator] = &[
    given("func", CALLED, "What a function makes of each value. Called while it plays: see `fn`.", |c| through(c, Way::Value)),
    also(
        given("withValue", CALLED, "What a function makes of each value. Called while it plays: see `fn`.", |c| through(c, Way::Value)),
        &["fmap"],
    ),
    given(
        "filter",
        CALLED,
        "Keeps the events for which a function of the event says yes: `h.value` is its value, `h.begin` and `h.finish` when it begins and \
         ends, in cycles. Called while it plays: see `fn`.",
        |c| through(c, Way::Filter),
    ),
    given("filterWhen", CALLED, "Keeps the events whose begin, in cycles, a function says yes to. Called while it plays: see `fn`.", |c| {
        through(c, Way::FilterWhen)
    }),
    given(
        "arpWith",
        CALLED,
        "What a function makes of the list of a chord's values, counted from 1: one of them, or a pattern of them. Called while it plays: see `fn`.",
        |c| through(c, Way::Arp),
    ),
    function("signal", CALLED, "What a function makes of the time in cycles, continuously. Called while it plays: see `fn`.", |mut c| {
        let [arg] = c.exactly("a function")?;
        match arg {
            Arg::Called(function) => Ok(of_time(function)),
            _ => Err(call_error(c.name, "takes a function of the time, as in function(t) return t % 1 end")),
        }
    }),
];
