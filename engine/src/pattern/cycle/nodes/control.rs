//! Controls: values with a name.

use super::combine::{Op, op_in};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Span;
use crate::pattern::cycle::value::{Key, Map, Value};

/// What becomes of the names that a short list leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rest {
    /// They stay unset.
    Leave,
    /// They take the first value.
    Same,
    /// They take a number.
    Number(f64),
    /// The last name takes a word, those before it 1.
    Kind(&'static str),
}

struct Control {
    /// The control, and those that further list items go to.
    keys: Box<[Key]>,
    rest: Rest,
    pat: Pattern,
}

impl Control {
    /// Names a value: an unnamed control (`value`) moves to the name, a list spreads over the names.
    fn name(&self, value: Value<'_>, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        let (mut bag, value, had_bag) = match value {
            Value::Map(m) => match m.get(Key::VALUE) {
                Some(v) => (m.without(&[Key::VALUE]), v, true),
                None => (Map::new(), value, false),
            },
            v => (Map::new(), v, false),
        };
        let Some(first) = self.keys.first() else { return Ok(()) };
        match value {
            Value::List(items) if self.keys.len() > 1 => {
                for (k, v) in self.keys.iter().zip(items) {
                    bag.set(*k, *v)?;
                }
            }
            // A map without an unnamed control becomes the value as it is.
            Value::Map(_) if !had_bag => bag.set(*first, value)?,
            v => bag.set(*first, v)?,
        }
        let given = if let Value::List(items) = value { items.len() } else { 1 };
        for (index, key) in self.keys.iter().enumerate().skip(given) {
            match self.rest {
                Rest::Leave => break,
                Rest::Same => bag.set(*key, bag.get(*first).unwrap_or(value))?,
                Rest::Number(x) => bag.set(*key, Value::Number(x))?,
                Rest::Kind(word) if index + 1 == self.keys.len() => bag.set(*key, Value::Text(word))?,
                Rest::Kind(_) => bag.set(*key, Value::Number(1.0))?,
            }
        }
        f(Value::Map(&bag))
    }
}

impl Query for Control {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.pat.query(cx, span, &mut |e| self.name(e.value, &mut |v| sink(&e.with_value(v))))
    }
}

/// The values of `pat` as the control named by `keys`.
pub(crate) fn control(keys: &[Key], pat: &Pattern) -> Result<Pattern, Error> {
    several(keys, Rest::Leave, pat)
}

/// The same, where names that a short list leaves are filled in.
pub(crate) fn several(keys: &[Key], rest: Rest, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Traits { peak: f64::INFINITY, ..pat.traits().clone() };
    Pattern::make(Control { keys: keys.into(), rest, pat: pat.clone() }, traits, &[pat])
}

/// `pat` with those controls set to the values of `to`.
pub(crate) fn set_several(keys: &[Key], rest: Rest, to: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    op_in(Op::Set, pat, &several(keys, rest, to)?)
}

/// `pat` with the control named by `keys` set to the values of `to`.
pub(crate) fn set_control(keys: &[Key], to: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    op_in(Op::Set, pat, &control(keys, to)?)
}

/// Sends `e` on with a control set to a number.
pub(crate) fn set_number(e: &Event<'_>, key: Key, x: f64, sink: &mut Sink<'_>) -> Flow {
    let mut m = match e.value {
        Value::Map(m) => *m,
        v => Map::one(Key::VALUE, v),
    };
    m.set(key, Value::Number(x))?;
    sink(&e.with_value(Value::Map(&m)))
}

struct OneControl {
    key: Key,
    value: Param,
}

impl Query for OneControl {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.value.lend(cx, |v| {
            let m = Map::one(self.key, v);
            super::basic::each_cycle(cx, span, |whole, part| {
                sink(&Event { whole: Some(whole), ..super::rhythm::continuous(part, Value::Map(&m)) })
            })
        })
    }
}

/// `pat` sped up by `rate`, its `speed` control too.
pub(crate) fn hurry(rate: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Traits {
        steps: Some(crate::pattern::cycle::rational::Rational::ONE),
        period: rate.fixed().map(|_| 1),
        density: 1.0,
        peak: f64::INFINITY,
    };
    let speed = Pattern::leaf(OneControl { key: Key::SPEED, value: rate.clone() }, traits);
    op_in(Op::Mul, &super::time::fast(rate, pat)?, &speed)
}

struct PanBy {
    by: Param,
    pat: Pattern,
}

impl Query for PanBy {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let by = self.by.number(cx)?;
        self.pat.query(cx, span, &mut |e| {
            let Value::Map(m) = e.value else {
                return Err(Fault::Value { doing: "jux", needs: "controls; name the values first, as in s(…) or n(…)" });
            };
            let pan = match m.get(Key::PAN) {
                Some(v) => v.numeral()?,
                None => 0.5,
            };
            set_number(e, Key::PAN, pan + by, sink)
        })
    }
}

/// `pat` with its pan moved by `by`, from the middle where it has none.
pub(crate) fn pan_by(by: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: by.fixed().and(t.period), ..t.clone() };
    Pattern::make(PanBy { by: by.clone(), pat: pat.clone() }, traits, &[pat])
}
