//! Rhythms between two others.

use super::rhythm::Rhythm;
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{LIST_CAPACITY, Value};

/// Gives, in each cycle of `span`, a `true` as long as `length` at each place.
fn pulses(
    cx: &Cx<'_>,
    span: Span,
    length: Rational,
    places: &mut dyn Iterator<Item = Result<Rational, Fault>>,
    sink: &mut Sink<'_>,
) -> Flow {
    for place in places {
        let begin = place?;
        cx.cycles(span, |part| {
            let begin = part.begin.sam().add(begin)?;
            let whole = Span::new(begin, begin.add(length)?);
            match part.sect(whole) {
                Some(part) => sink(&Event { whole: Some(whole), ..super::rhythm::continuous(part, Value::Bool(true)) }),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// The place that lies `by` of the way between step `a` of `from` and step `b` of `to`.
fn between((a, from): (i64, i64), (b, to): (i64, i64), by: Rational) -> Result<Rational, Fault> {
    let a = Rational::raw(a, from);
    Rational::raw(b, to).sub(a)?.mul(by)?.add(a)
}

struct Morph {
    from: Param,
    to: Param,
    by: Param,
}

const NEEDS_LISTS: Fault = Fault::Value { doing: "morph", needs: "two lists of 0 and 1, as in morph(\"1:0:1:0\", \"1:1:0:0\", 0.5)" };

/// The places of the ones among a list of 0 and 1, their number, and the list's length.
fn ones(v: &Value<'_>) -> Result<([i64; LIST_CAPACITY], usize, i64), Fault> {
    let Value::List(items) = v else { return Err(NEEDS_LISTS) };
    let (mut places, mut count) = ([0; LIST_CAPACITY], 0);
    for (index, _) in (0_i64..).zip(items.iter()).filter(|(_, item)| item.truthy()) {
        *places.get_mut(count).ok_or(Fault::Full)? = index;
        count += 1;
    }
    Ok((places, count, i64::try_from(items.len()).unwrap_or(1).max(1)))
}

impl Query for Morph {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (from, a, from_len) = self.from.lend(cx, |v| ones(&v))?;
        let (to, b, to_len) = self.to.lend(cx, |v| ones(&v))?;
        let by = self.by.time(cx)?;
        let mut places = from[..a].iter().zip(&to[..b]).map(|(a, b)| between((*a, from_len), (*b, to_len), by));
        pulses(cx, span, Rational::raw(1, from_len), &mut places, sink)
    }
}

/// A rhythm `by` of the way between two lists of 0 and 1.
pub(crate) fn morph(from: &Param, to: &Param, by: &Param) -> Result<Pattern, Error> {
    let period = by.fixed().map(|_| 1);
    let traits = Traits { steps: None, period, density: 16.0, peak: 1.0 };
    Ok(Pattern::leaf(Morph { from: from.clone(), to: to.clone(), by: by.clone() }, traits))
}

struct Euclidish {
    pulses: Param,
    steps: Param,
    by: Param,
}

impl Query for Euclidish {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (k, n, by) = (self.pulses.number(cx)?, self.steps.number(cx)?, self.by.time(cx)?);
        if k < 1.0 {
            return Ok(());
        }
        let rhythm = Rhythm::euclid(k, n, 0.0)?;
        cx.steps(u32::try_from(rhythm.len()).unwrap_or(u32::MAX))?;
        let len = i64::try_from(rhythm.len()).map_err(|_| Fault::Overflow)?;
        let count = Rational::from_f64(k)?.floor();
        let mut places = rhythm.pulses().zip(0_i64..).map(|(a, b)| between((a, len), (b, count), by));
        pulses(cx, span, Rational::raw(1, len), &mut places, sink)
    }
}

/// `pulses` on `steps`, drawn by an amount from that grid towards an even spread.
pub(crate) fn euclidish(count: &Param, steps: &Param, by: &Param) -> Result<Pattern, Error> {
    if let Some((k, n)) = count.fixed().zip(steps.fixed()) {
        Rhythm::euclid(k.to_f64(), n.to_f64(), 0.0)?;
    }
    let period = count.fixed().and(steps.fixed()).and(by.fixed()).map(|_| 1);
    let density = if count.peak().is_finite() { count.peak().abs() } else { 512.0 };
    let node = Euclidish { pulses: count.clone(), steps: steps.clone(), by: by.clone() };
    Ok(Pattern::leaf(node, Traits { steps: steps.fixed(), period, density, peak: 1.0 }))
}
