//! Numbers as bits.

use super::align::Join;
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{LIST_CAPACITY, Value};

struct Length(Pattern);

impl Query for Length {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, &mut |e| {
            let bits = e.value.numeral()?.log2().floor() + 1.0;
            sink(&e.with_value(Value::Number(bits)))
        })
    }
}

/// How many bits each number needs.
pub(crate) fn length(n: &Pattern) -> Result<Pattern, Error> {
    let peak = n.traits().peak;
    let peak = if peak.is_finite() { peak.max(1.0).log2().floor() + 1.0 } else { f64::INFINITY };
    Pattern::make(Length(n.clone()), Traits { peak, ..n.traits().clone() }, &[n])
}

struct List {
    n: Pattern,
    count: Pattern,
}

impl Query for List {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.n.query(cx, span, &mut |n| {
            self.count.query(cx, n.whole_or_part(), &mut |count| {
                let Some(part) = n.part.sect(count.part) else { return Ok(()) };
                let len = Rational::from_f64(count.value.numeral()?.ceil())?.floor().max(0);
                let len = usize::try_from(len).ok().filter(|len| *len <= LIST_CAPACITY).ok_or(Fault::Full)?;
                let number = Rational::from_f64(n.value.numeral()?.trunc())?.floor();
                let mut list = [Value::Bool(false); LIST_CAPACITY];
                for (index, slot) in list[..len].iter_mut().enumerate() {
                    let bit = number >> (len - 1 - index) & 1;
                    *slot = Value::Number(if bit == 1 { 1.0 } else { 0.0 });
                }
                sink(&Event { part, ..n.with_value(Value::List(&list[..len])) })
            })
        })
    }
}

/// The bits of each number as one list, so many of them.
pub(crate) fn list(n: &Pattern, count: &Pattern) -> Result<Pattern, Error> {
    let t = Join::Inner.traits(n.traits(), std::iter::once(count));
    let traits = Traits { steps: n.steps(), period: join_periods(n.period(), count.period()), peak: f64::INFINITY, ..t };
    Pattern::make(List { n: n.clone(), count: count.clone() }, traits, &[n, count])
}
