//! Further signals: those from -1 to 1, and what else goes on continuously.

use super::building::plain;
use super::{entry, function, wave};
use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::nodes::basic::fastcat;
use crate::pattern::cycle::nodes::signal::{Signal, signal, steady};
use crate::pattern::cycle::nodes::values::{Each, each};
use crate::pattern::cycle::registry::{CallForm, Combinator, Make, Takes};

fn two(s: Signal) -> Result<Pattern, Error> {
    each(Each::ToBipolar, &signal(s))
}

fn triangle(first: Signal, second: Signal) -> Result<Pattern, Error> {
    fastcat(vec![two(first)?, two(second)?])
}

pub(super) static WORDS: &[Combinator] = &[
    wave("itri", "Falls from 1 to 0 and rises back in each cycle.", || fastcat(vec![signal(Signal::Isaw), signal(Signal::Saw)])),
    wave("berlin", "Random saws: from half a random number up by half of another, one for each cycle.", || Ok(signal(Signal::Berlin))),
    wave("saw2", "As saw, from -1 to 1.", || two(Signal::Saw)),
    wave("isaw2", "As isaw, from 1 to -1.", || two(Signal::Isaw)),
    wave("sine2", "As sine, from -1 to 1.", || Ok(signal(Signal::Sine2))),
    wave("cosine2", "As cosine, from -1 to 1.", || Ok(signal(Signal::Cosine2))),
    wave("tri2", "As tri, from -1 to 1.", || triangle(Signal::Saw, Signal::Isaw)),
    wave("itri2", "As itri, from 1 to -1.", || triangle(Signal::Isaw, Signal::Saw)),
    wave("square2", "As square, -1 and 1.", || two(Signal::Square)),
    wave("rand2", "As rand, from -1 to 1.", || two(Signal::Rand)),
    entry("time", CallForm::Signal, &[], "Cycles since the start, continuously.", Make::Signal(|| Ok(signal(Signal::Time)))),
    function("steady", &[Takes::Plain("value")], "One value, continuously.", |mut c| {
        let [arg] = c.exactly("a value")?;
        Ok(steady(plain(c.name, arg)?))
    }),
];
