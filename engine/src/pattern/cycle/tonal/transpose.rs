//! `transpose`: notes moved by semitones or by an interval.

use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow, Got, Needs};
use crate::pattern::cycle::note::{Interval, NoteName, is_note};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Key, Value};

/// Sends `e` on with another note: as the control `note` of a map, else as the value.
pub(super) fn put(e: &Event<'_>, note: Value<'_>, sink: &mut Sink<'_>) -> Flow {
    match e.value {
        Value::Map(m) => {
            let mut m = *m;
            m.set(Key::NOTE, note)?;
            sink(&e.with_value(Value::Map(&m)))
        }
        _ => sink(&e.with_value(note)),
    }
}

/// The distance as semitones, and as an interval where it is one.
fn distance(v: &Value<'_>) -> Result<(f64, Option<Interval>), Fault> {
    match v {
        Value::Number(x) => {
            let whole = Rational::from_f64(x.trunc())?.floor();
            Ok((*x, i32::try_from(whole).ok().and_then(Interval::from_semitones)))
        }
        Value::Text(t) => {
            let i = Interval::parse(t).ok_or_else(|| Fault::Given { call: "transpose", needs: Needs::Interval, got: Got::of(v) })?;
            Ok((f64::from(i.semitones), Some(i)))
        }
        other => Err(Fault::Given { call: "transpose", needs: Needs::Interval, got: Got::of(other) }),
    }
}

struct Transpose {
    by: Param,
    pat: Pattern,
}

impl Query for Transpose {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (semitones, interval) = self.by.lend(cx, |v| distance(&v))?;
        self.pat.query(cx, span, &mut |e| {
            let note = match e.value {
                Value::Map(m) => match m.get(Key::NOTE) {
                    Some(n) => n,
                    None => return sink(e),
                },
                v => v,
            };
            let name = match note {
                Value::Number(x) => return put(e, Value::Number(x + semitones), sink),
                Value::Note(n) => Some(n),
                Value::Text(t) if is_note(t) => NoteName::parse(t),
                _ => return sink(e),
            };
            match name.zip(interval).and_then(|(n, i)| n.transpose(i)) {
                Some(n) => put(e, Value::Note(n), sink),
                None => put(e, Value::Text(""), sink),
            }
        })
    }
}

/// Notes moved by semitones or an interval; names keep their spelling with intervals.
pub(crate) fn transpose(by: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let period = matches!(by, Param::Const { .. }).then_some(1).and(t.period);
    let traits = Traits { period, peak: f64::INFINITY, ..t.clone() };
    Pattern::make(Transpose { by: by.clone(), pat: pat.clone() }, traits, &[pat])
}
