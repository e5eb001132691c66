//! Values changed one by one.

use crate::pattern::cycle::core::{Cx, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::note::NoteName;
use crate::pattern::cycle::rational::Span;
use crate::pattern::cycle::value::{Key, Map, Value};
use std::fmt::Write as _;

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Each {
    Floor,
    Ceil,
    Log2,
    Ln,
    Exp,
    ToBipolar,
    FromBipolar,
    /// Divides the first item of a list by the others.
    Ratio,
    /// Yes becomes no.
    Not,
    /// A list of itself.
    Alone,
    /// The gain of the first pattern of a fade from 0 to 1.
    FadeOut,
    /// The gain of the second.
    FadeIn,
}

impl Each {
    /// What becomes of a number.
    pub(crate) fn number(self, x: f64) -> f64 {
        match self {
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Log2 => x.log2(),
            Self::Ln => x.ln(),
            Self::Exp => x.exp(),
            Self::ToBipolar => x * 2.0 - 1.0,
            Self::FromBipolar => (x + 1.0) / 2.0,
            Self::FadeOut if x < 0.5 => 1.0,
            Self::FadeOut => 1.0 - (x - 0.5) / 0.5,
            Self::FadeIn if x > 0.5 => 1.0,
            Self::FadeIn => x / 0.5,
            Self::Ratio | Self::Not | Self::Alone => x,
        }
    }

    fn value(self, value: Value<'_>, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        match self {
            Self::Not => f(Value::Bool(!value.truthy())),
            Self::Alone => f(Value::List(&[value])),
            Self::Ratio => match value {
                Value::List([first, rest @ ..]) => {
                    let mut x = first.numeral()?;
                    for by in rest {
                        x /= by.numeral()?;
                    }
                    f(Value::Number(x))
                }
                other => f(other),
            },
            Self::FadeOut | Self::FadeIn => f(Value::Map(&Map::one(Key::GAIN, Value::Number(self.number(value.numeral()?))))),
            _ => match value {
                Value::Map(_) | Value::List(_) => {
                    Err(Fault::Value { doing: "rounding and the like", needs: "numbers, before they get a name" })
                }
                other => f(Value::Number(self.number(other.numeral()?))),
            },
        }
    }
}

struct Changed(Each, Pattern);

impl Query for Changed {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.1.query(cx, span, &mut |e| self.0.value(e.value, &mut |value| sink(&e.with_value(value))))
    }
}

/// The values of `pat` through `each`.
pub(crate) fn each(each: Each, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let peak = match each {
        Each::Floor | Each::Ceil | Each::Log2 | Each::Exp | Each::ToBipolar | Each::FromBipolar if t.peak.is_finite() => {
            each.number(t.peak).ceil()
        }
        _ => f64::INFINITY,
    };
    Pattern::make(Changed(each, pat.clone()), Traits { peak, ..t.clone() }, &[pat])
}

/// Whether the name of a note is spelt so.
pub(crate) fn spells(note: &NoteName, text: &str) -> bool {
    /// Compares what is written with a text.
    struct Rest<'t>(Option<&'t str>);
    impl std::fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> std::fmt::Result {
            self.0 = self.0.and_then(|rest| rest.strip_prefix(part));
            Ok(())
        }
    }
    let mut rest = Rest(Some(text));
    write!(rest, "{note}").is_ok() && rest.0 == Some("")
}
