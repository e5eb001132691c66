//! Combinators that put the values of two patterns together.

use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::value::{Key, LIST_CAPACITY, Map, Value, parse_number};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// What becomes of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Set,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Equal,
    NotEqual,
    /// The left value where it counts as "no", else the right one.
    And,
    /// The left value where it counts as "yes", else the right one.
    Or,
    /// The left value.
    Keep,
    /// The left value where the right one counts as "yes".
    KeepIf,
    /// The right value appended to the left one, as a list.
    Tail,
}

/// A number as a signed integer of 32 bits, as JavaScript's operators on bits see it (`ToInt32` of ECMA-262).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^32")]
fn bits(x: f64) -> i32 {
    if x.is_finite() { (x.trunc().rem_euclid(4_294_967_296.0) as u32).cast_signed() } else { 0 }
}

/// How two values compare, as in JavaScript: words with each other letter by letter, all else as numbers.
fn compare(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (word(a), word(b)) {
        return Some(a.as_str().cmp(b.as_str()));
    }
    number_of(a).partial_cmp(&number_of(b))
}

/// Enough room for the name of any note.
struct Short {
    text: [u8; 112],
    len: usize,
}

impl std::fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.text.get_mut(self.len..self.len + text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// A word, or the name of a note spelt out.
enum Spelt<'a> {
    Word(&'a str),
    Note(Short),
}

impl Spelt<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Note(short) => short.text.get(..short.len).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or(""),
        }
    }
}

fn word<'a>(v: &Value<'a>) -> Option<Spelt<'a>> {
    match v {
        Value::Text(text) => Some(Spelt::Word(text)),
        Value::Note(note) => {
            let mut short = Short { text: [0; 112], len: 0 };
            // A name too long to spell is cut short.
            let _ = write!(short, "{note}");
            Some(Spelt::Note(short))
        }
        _ => None,
    }
}

fn number_of(v: &Value<'_>) -> f64 {
    match v {
        Value::Number(x) => *x,
        Value::Bool(on) => f64::from(u8::from(*on)),
        Value::Text("") => 0.0,
        Value::Text(text) => parse_number(text).unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Whether two values are the same; kinds never equal each other.
fn equal(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b) == Some(Ordering::Equal),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => match (word(a), word(b)) {
            (Some(a), Some(b)) => a.as_str() == b.as_str(),
            _ => false,
        },
    }
}

/// JavaScript-style remainder that follows the divisor's sign.
pub(crate) fn modulo(n: f64, m: f64) -> f64 {
    (n % m + m) % m
}

impl Op {
    fn numbers(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Mod => modulo(a, b),
            Self::Pow => a.powf(b),
            Self::BitAnd => f64::from(bits(a) & bits(b)),
            Self::BitOr => f64::from(bits(a) | bits(b)),
            Self::BitXor => f64::from(bits(a) ^ bits(b)),
            Self::ShiftLeft => f64::from(bits(a).wrapping_shl(bits(b).cast_unsigned())),
            Self::ShiftRight => f64::from(bits(a).wrapping_shr(bits(b).cast_unsigned())),
            _ => b,
        }
    }

    /// The largest number that may come of values up to `left` and `right`, for estimates.
    pub(crate) fn peak(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Mul => left.max(0.0) * right.max(0.0),
            Self::Set => right,
            Self::Keep | Self::KeepIf | Self::Sub | Self::Div => left,
            Self::Mod => right.abs(),
            Self::And | Self::Or => left.max(right),
            _ => f64::INFINITY,
        }
    }

    /// Combines two plain values.
    #[inline]
    fn plain<'a>(self, a: Value<'a>, b: Value<'a>) -> Result<Value<'a>, Fault> {
        match self {
            Self::Set => Ok(b),
            Self::Keep => Ok(a),
            Self::And => Ok(if a.truthy() { b } else { a }),
            Self::Or => Ok(if a.truthy() { a } else { b }),
            Self::Less => Ok(Value::Bool(compare(&a, &b) == Some(Ordering::Less))),
            Self::Greater => Ok(Value::Bool(compare(&a, &b) == Some(Ordering::Greater))),
            Self::LessOrEqual => Ok(Value::Bool(compare(&a, &b).is_some_and(Ordering::is_le))),
            Self::GreaterOrEqual => Ok(Value::Bool(compare(&a, &b).is_some_and(Ordering::is_ge))),
            Self::Equal => Ok(Value::Bool(equal(&a, &b))),
            Self::NotEqual => Ok(Value::Bool(!equal(&a, &b))),
            _ => Ok(Value::Number(self.numbers(a.numeral()?, b.numeral()?))),
        }
    }

    /// Combines `a` and `b` and hands the result to `f`; controls are united key by key.
    #[inline]
    pub(crate) fn combine(self, a: Value<'_>, b: Value<'_>, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        match (self, a, b) {
            (Self::KeepIf, a, b) => {
                if b.truthy() {
                    f(a)
                } else {
                    Ok(())
                }
            }
            (Self::Tail, a, b) => append(a, b, f),
            (_, Value::Map(_), _) | (_, _, Value::Map(_)) => self.unite(a, b, f),
            _ => f(self.plain(a, b)?),
        }
    }

    /// Unites controls; a plain value counts as the control `value`, which never overwrites.
    fn unite(self, a: Value<'_>, b: Value<'_>, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        let mut out = match a {
            Value::Map(m) => *m,
            v => Map::one(Key::VALUE, v),
        };
        if let Value::Map(b) = b
            && !(b.len() == 1 && b.get(Key::VALUE).is_some())
        {
            for (k, v) in b.entries() {
                let v = match out.get(k) {
                    Some(old) => match (old, v) {
                        (Value::Map(_), _) | (_, Value::Map(_)) if self != Self::Set => {
                            return Err(Fault::Value { doing: "arithmetic on controls", needs: "numbers" });
                        }
                        _ => self.plain(old, v)?,
                    },
                    None => v,
                };
                out.set(k, v)?;
            }
        }
        f(Value::Map(&out))
    }
}

fn append(a: Value<'_>, b: Value<'_>, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
    let mut items = [Value::Bool(false); LIST_CAPACITY];
    let len = match a {
        Value::List(l) => {
            items.get_mut(..l.len()).ok_or(Fault::Full)?.copy_from_slice(l);
            l.len()
        }
        v => {
            items[0] = v;
            1
        }
    };
    *items.get_mut(len).ok_or(Fault::Full)? = b;
    f(Value::List(&items[..=len]))
}

/// Which side gives the events their extent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Left,
    Right,
}

struct App {
    op: Op,
    from: From,
    left: Pattern,
    right: Pattern,
}

impl Query for App {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (outer, inner) = match self.from {
            From::Left => (&self.left, &self.right),
            From::Right => (&self.right, &self.left),
        };
        outer.query(cx, span, &mut |o| {
            inner.query(cx, o.whole_or_part(), &mut |i| {
                let Some(part) = o.part.sect(i.part) else { return Ok(()) };
                let (l, r) = if self.from == From::Left { (o, i) } else { (i, o) };
                let (loc, scale) = (l.loc.or(r.loc), l.scale.or(r.scale));
                self.op.combine(l.value, r.value, &mut |value| sink(&Event { whole: o.whole, part, value, loc, scale }))
            })
        })
    }
}

use crate::pattern::cycle::rational::Span;

/// Combines values with `op`; events lie where those of `from` do.
pub(crate) fn app(op: Op, from: From, left: &Pattern, right: &Pattern) -> Result<Pattern, Error> {
    let (l, r) = (left.traits(), right.traits());
    let peak = op.peak(l.peak, r.peak);
    let traits = Traits {
        steps: if from == From::Left { l.steps } else { r.steps },
        period: join_periods(l.period, r.period),
        density: if from == From::Left { l.density.max(r.density.min(l.density * 2.0)) } else { r.density },
        peak,
    };
    Pattern::make(App { op, from, left: left.clone(), right: right.clone() }, traits, &[left, right])
}

/// Combines with the structure of the left pattern.
pub(crate) fn op_in(op: Op, left: &Pattern, right: &Pattern) -> Result<Pattern, Error> {
    app(op, From::Left, left, right)
}

struct Range {
    from: Pattern,
    to: Pattern,
}

impl Query for Range {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.from.query(cx, span, &mut |outer| {
            let a = number(&outer.value)?;
            super::time::squeeze(outer, sink, |span, sink| {
                self.to.query(cx, span, &mut |to| {
                    let b = number(&to.value)?;
                    run(cx, a, b, to, sink)
                })
            })
        })
    }
}

fn number(v: &Value<'_>) -> Result<f64, Fault> {
    match v {
        Value::Number(x) => Ok(*x),
        _ => Err(Fault::Value { doing: "a range (..)", needs: "numbers on both sides" }),
    }
}

/// The numbers from `a` to `b` in equal parts of the cycle, clipped to the event `to`.
fn run(cx: &Cx<'_>, a: f64, b: f64, to: &Event<'_>, sink: &mut Sink<'_>) -> Flow {
    use crate::pattern::cycle::rational::Rational;
    let count = ((b - a).abs() + 1.0).floor();
    if count.is_nan() || count > 100_000.0 {
        return Err(Fault::TooDense);
    }
    let n = Rational::from_f64(count)?;
    let up = if a < b { 1.0 } else { -1.0 };
    let inner = to.part.map(|t| t.mul(n))?;
    super::basic::each_cycle(cx, inner, |whole, part| {
        let whole = whole.map(|t| t.div(n))?;
        let part = part.map(|t| t.div(n))?;
        let i = whole.begin.cycle_pos().mul(n)?.floor();
        let value = Value::Number(a + up * Rational::int(i).to_f64());
        let Some(both) = to.whole.map(|w| w.sect(whole)).unwrap_or(Some(whole)) else { return Ok(()) };
        sink(&Event { whole: Some(both), part, value, loc: to.loc, scale: None })
    })
}

/// `from .. to`: the numbers in between, squeezed into the events of `from`.
pub(crate) fn range(from: &Pattern, to: &Pattern) -> Result<Pattern, Error> {
    let (f, t) = (from.traits(), to.traits());
    let count = (f.peak - t.peak).abs().max(f.peak.abs()).max(t.peak.abs()) + 1.0;
    let traits = Traits { steps: None, period: join_periods(f.period, t.period), density: f.density * count, peak: f.peak.max(t.peak) };
    Pattern::make(Range { from: from.clone(), to: to.clone() }, traits, &[from, to])
}
