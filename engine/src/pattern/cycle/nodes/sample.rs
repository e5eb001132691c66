//! Combinators that cut samples: chop, striate, slice, splice, loopAt, fit.
//!
//! Where seconds matter, a cycle takes one.

use super::combine::{Op, op_in};
use super::control::set_control;
use super::time::{fast, moved, slow, squeeze};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Const, Key, Map, Value};

struct Chop {
    n: Param,
    pat: Pattern,
}

/// The piece `i` of `n` of the sample stretch in `a`.
fn piece<'a>(a: &Map<'a>, i: i64, n: Rational) -> Result<Map<'a>, Fault> {
    let at = |i: i64| Rational::int(i).to_f64() / n.to_f64();
    let (mut begin, mut end) = (at(i), at(i + 1));
    if let (Some(b), Some(e)) = (a.get(Key::BEGIN), a.get(Key::END)) {
        let (b, e) = (b.numeral()?, e.numeral()?);
        let d = e - b;
        (begin, end) = (b + begin * d, b + end * d);
    }
    let mut m = *a;
    m.set(Key::BEGIN, Value::Number(begin))?;
    m.set(Key::END, Value::Number(end))?;
    Ok(m)
}

impl Query for Chop {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (count, n) = self.n.pieces(cx)?;
        if count == 0 {
            return Ok(());
        }
        let rate = Rational::int(count);
        self.pat.query(cx, span, &mut |outer| {
            let Value::Map(a) = outer.value else {
                return Err(Fault::Value { doing: "chop", needs: "controls; name the sample first, as in s(…)" });
            };
            squeeze(outer, sink, |span, sink| {
                super::basic::each_cycle(cx, span.map(|t| t.mul(rate))?, |whole, part| {
                    let m = piece(a, whole.begin.floor().rem_euclid(count), n)?;
                    let e = Event { whole: Some(whole), part, ..outer.with_value(Value::Map(&m)) };
                    sink(&moved(&e, |t| t.div(rate))?)
                })
            })
        })
    }
}

fn times(steps: Option<Rational>, n: &Param) -> Result<Option<Rational>, Error> {
    Ok(match (steps, n.fixed()) {
        (Some(s), Some(n)) => Some(s.mul(n)?),
        _ => None,
    })
}

/// Each event cut into `n` pieces of its sample, played in its time.
pub(crate) fn chop(n: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits =
        Traits { steps: times(t.steps, n)?, period: n.fixed().and(t.period), density: t.density * n.peak().max(1.0), peak: t.peak };
    Pattern::make(Chop { n: n.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Slices(Param);

impl Query for Slices {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (count, n) = self.0.pieces(cx)?;
        if count == 0 {
            return Ok(());
        }
        super::basic::each_cycle(cx, span, |whole, part| {
            let m = piece(&Map::new(), whole.begin.floor().rem_euclid(count), n)?;
            sink(&Event { whole: Some(whole), ..super::rhythm::continuous(part, Value::Map(&m)) })
        })
    }
}

/// `n` pieces of each sample, the pattern played once per piece in a cycle.
pub(crate) fn striate(n: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let period = n.fixed().and_then(|n| u32::try_from(n.floor()).ok()).filter(|n| *n > 0);
    let traits = Traits { steps: Some(Rational::ONE), period, density: 1.0, peak: f64::INFINITY };
    let slices = Pattern::leaf(Slices(n.clone()), traits);
    let sped = fast(n, &op_in(Op::Set, pat, &slices)?)?;
    super::basic::with_steps(&sped, times(pat.steps(), n)?)
}

struct Slice {
    n: Pattern,
    index: Pattern,
    pat: Pattern,
    /// Whether the speed is set so that each piece fills its event.
    splice: bool,
}

/// The stretch `i` of a sample cut into `n` equal parts, or at the points of the list `n`.
fn stretch(n: &Value<'_>, i: f64) -> Result<(f64, f64), Fault> {
    let Value::List(points) = n else {
        let n = n.numeral()?;
        return Ok((i / n, (i + 1.0) / n));
    };
    let at = |k: f64| {
        let found = (0_u8..).zip(points.iter()).find(|(j, _)| f64::from(*j).to_bits() == k.to_bits());
        found.map(|(_, v)| v.numeral()).unwrap_or(Err(Fault::Value { doing: "slice", needs: "an index inside its list" }))
    };
    Ok((at(i)?, at(i + 1.0)?))
}

/// In place of a number of pieces: the slices that the sampler cuts the sample into.
const ONSETS: &str = "onsets";

impl Slice {
    /// The slice of the sampler's own.
    fn own_slice(&self, index: &Event<'_>, sample: &Event<'_>, sink: &mut Sink<'_>) -> Flow {
        if self.splice {
            return Err(Fault::Value { doing: "splice", needs: "a number of pieces; the sampler's own slices are played by slice" });
        }
        let mut m = Map::new();
        match sample.value {
            Value::Map(o) => o.entries().try_for_each(|(k, v)| m.set(k, v))?,
            v => m.set(Key::S, v)?,
        }
        m.set(Key::SLICE, Value::Number(index.value.numeral()?))?;
        let (loc, scale) = (index.loc.or(sample.loc), sample.scale);
        sink(&Event { whole: index.whole, part: sample.part, value: Value::Map(&m), loc, scale })
    }

    fn cut(&self, n: &Value<'_>, index: &Event<'_>, sample: &Event<'_>, sink: &mut Sink<'_>) -> Flow {
        if matches!(n, Value::Text(word) if *word == ONSETS) {
            return self.own_slice(index, sample, sink);
        }
        let (begin, end) = stretch(n, index.value.numeral()?)?;
        let mut m = Map::new();
        m.set(Key::BEGIN, Value::Number(begin))?;
        m.set(Key::END, Value::Number(end))?;
        m.set(Key::SLICES, *n)?;
        match sample.value {
            Value::Map(o) => o.entries().try_for_each(|(k, v)| m.set(k, v))?,
            v => m.set(Key::S, v)?,
        }
        if self.splice {
            // A piece that has been cut before counts its own cuts.
            let cuts = m.get(Key::SLICES).unwrap_or(*n);
            if m.get(Key::SPEED).is_none() {
                let whole = index.whole_or_part().duration()?.to_f64();
                m.set(Key::SPEED, Value::Number(1.0 / cuts.numeral()? / whole))?;
            }
            if m.get(Key::UNIT).is_none() {
                m.set(Key::UNIT, Value::Text("c"))?;
            }
        }
        let (loc, scale) = (index.loc.or(sample.loc), sample.scale);
        sink(&Event { whole: index.whole, part: sample.part, value: Value::Map(&m), loc, scale })
    }
}

impl Query for Slice {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.n.query(cx, span, &mut |n| {
            self.index.query(cx, n.part, &mut |i| {
                self.pat.query(cx, i.part, &mut |o| cx.cycles(o.part, |part| self.cut(&n.value, i, &o.with_spans(o.whole, part), sink)))
            })
        })
    }
}

/// Pieces of the sample of `pat`, cut into `n`, picked by `index`.
pub(crate) fn slice(n: &Pattern, index: &Pattern, splice: bool, pat: &Pattern) -> Result<Pattern, Error> {
    let (nt, it, pt) = (n.traits(), index.traits(), pat.traits());
    let traits = Traits {
        steps: it.steps,
        period: join_periods(nt.period, join_periods(it.period, pt.period)),
        density: it.density + pt.density,
        peak: f64::INFINITY,
    };
    let node = Slice { n: n.clone(), index: index.clone(), pat: pat.clone(), splice };
    Pattern::make(node, traits, &[n, index, pat])
}

struct Fit(Pattern);

impl Query for Fit {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, &mut |e| {
            let Value::Map(m) = e.value else {
                return Err(Fault::Value { doing: "fit", needs: "controls; name the sample first, as in s(…)" });
            };
            let number = |key, default: f64| m.get(key).map_or(Ok(default), |v| v.numeral());
            let part = number(Key::END, 1.0)? - number(Key::BEGIN, 0.0)?;
            let whole = e.whole_or_part().duration()?.to_f64();
            let mut m = *m;
            m.set(Key::SPEED, Value::Number(1.0 / whole * part))?;
            m.set(Key::UNIT, Value::Text("c"))?;
            sink(&e.with_value(Value::Map(&m)))
        })
    }
}

/// Each sample sped up or down to fill its event.
pub(crate) fn fit(pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Fit(pat.clone()), pat.traits().clone(), &[pat])
}

struct Reciprocal(Param);

impl Query for Reciprocal {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let value = Value::Number(1.0 / self.0.number(cx)?);
        super::basic::each_cycle(cx, span, |whole, part| sink(&Event { whole: Some(whole), ..super::rhythm::continuous(part, value) }))
    }
}

/// Samples as long as `cycles` cycles, the pattern slowed to match.
pub(crate) fn loop_at(cycles: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Traits { steps: None, period: cycles.fixed().map(|_| 1), density: 1.0, peak: f64::INFINITY };
    let speed = Pattern::leaf(Reciprocal(cycles.clone()), traits);
    let pat_c = set_control(&[Key::SPEED], &speed, pat)?;
    let pat_c = set_control(&[Key::UNIT], &super::basic::pure(Const::Text("c".into())), &pat_c)?;
    let steps = match (pat.steps(), cycles.fixed()) {
        (Some(s), Some(c)) if !c.is_zero() => Some(s.div(c)?),
        _ => None,
    };
    super::basic::with_steps(&slow(cycles, &pat_c)?, steps)
}
