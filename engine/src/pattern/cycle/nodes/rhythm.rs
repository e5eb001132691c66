//! Combinators that give structure: Euclidean rhythms, segments, and what happens every n cycles.

use super::basic::{pure, with_steps};
use super::combine::{From, Op, app};
use super::time::{fast, late, moved};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Const, Value};

/// The most steps of a Euclidean rhythm.
pub(crate) const MAX_STEPS: usize = 512;

/// A rhythm of up to [`MAX_STEPS`] steps, one bit each.
#[derive(Clone, Copy)]
pub(crate) struct Rhythm {
    bits: Bits,
    len: usize,
}

/// Steps as bits, the first in the lowest bit of the first word.
type Bits = [u64; MAX_STEPS / 64];

/// Sets the `count` bits from `at` on to those of `word`.
fn put(bits: &mut Bits, at: usize, word: &Bits, count: usize) {
    for i in 0..count {
        if word[i / 64] >> (i % 64) & 1 == 1 {
            bits[(at + i) / 64] |= 1 << ((at + i) % 64);
        }
    }
}

impl Rhythm {
    /// How many steps there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The numbers of the steps that have a pulse.
    #[inline]
    pub(crate) fn pulses(&self) -> impl Iterator<Item = i64> + '_ {
        (0_i64..).zip(0..self.len).filter(|(_, i)| self.bits[i / 64] >> (i % 64) & 1 == 1).map(|(n, _)| n)
    }

    /// What working it out and looking through it costs, in steps of a query.
    #[allow(clippy::cast_possible_truncation, reason = "at most MAX_STEPS")]
    const fn work(&self) -> u32 {
        // Short ones are words, which cost nothing worth counting.
        if self.len <= 64 { 1 } else { self.len as u32 / 2 }
    }

    /// `pulses` spread over `steps` as evenly as can be, turned by `rotation` steps to the right.
    ///
    /// The algorithm is Bjorklund's (E. Bjorklund, "The theory of rep-rate pattern generation
    /// in the SNS timing system", 2003) with groups of equal words: all words of the first
    /// group are alike, and so are those of the second, so two words and two counts suffice.
    /// Negative pulses swap pulses and rests.
    pub(crate) fn euclid(pulses: f64, steps: f64, rotation: f64) -> Result<Self, Fault> {
        let fail = Fault::Euclid { pulses, steps };
        let whole = |x: f64| if x.fract() == 0.0 { Rational::from_f64(x).map(Rational::floor) } else { Err(fail) };
        let (ons, len) = (whole(pulses).map_err(|_| fail)?, whole(steps).map_err(|_| fail)?);
        let count = usize::try_from(len).ok().filter(|n| *n <= MAX_STEPS).ok_or(fail)?;
        let on_count = usize::try_from(ons.unsigned_abs()).map_err(|_| fail)?;
        let off_count = count.checked_sub(on_count).ok_or(fail)?;
        let mut out = Self { bits: [0; MAX_STEPS / 64], len: count };
        if count <= 64 {
            out.bits[0] = spread_short(on_count, off_count);
        } else {
            spread(on_count, off_count, &mut out.bits);
        }
        if ons < 0 {
            out.bits.iter_mut().for_each(|w| *w = !*w);
        }
        // Turning by the length or further leaves the rhythm as it is, as Strudel does.
        let turn = Rational::from_f64(rotation.trunc())?.floor();
        if let Ok(by) = usize::try_from(turn.unsigned_abs())
            && by < count
            && by > 0
        {
            // Step i comes from step i + left.
            let left = if turn > 0 { count - by } else { by };
            let old = out.bits;
            out.bits = [0; MAX_STEPS / 64];
            for i in 0..count {
                let from = (i + left) % count;
                out.bits[i / 64] |= (old[from / 64] >> (from % 64) & 1) << (i % 64);
            }
        }
        Ok(out)
    }
}

/// Spreads over at most 64 steps.
fn spread_short(ons: usize, offs: usize) -> u64 {
    let shift = |word: u64, by: usize| if by < 64 { word << by } else { 0 };
    let (mut a, mut a_len, mut a_count) = (1_u64, 1_usize, ons);
    let (mut b, mut b_len, mut b_count) = (0_u64, 1_usize, offs);
    while a_count.min(b_count) > 1 {
        let joined = a | shift(b, a_len);
        let joined_len = a_len + b_len;
        if a_count > b_count {
            (b, b_len, a_count, b_count) = (a, a_len, b_count, a_count - b_count);
        } else {
            b_count -= a_count;
        }
        (a, a_len) = (joined, joined_len);
    }
    let mut out = 0;
    let mut at = 0;
    for _ in 0..a_count {
        out |= shift(a, at);
        at += a_len;
    }
    for _ in 0..b_count {
        out |= shift(b, at);
        at += b_len;
    }
    out
}

/// A word of steps and how often it stands.
#[derive(Clone, Copy)]
struct Group {
    word: Bits,
    len: usize,
    count: usize,
}

impl Group {
    fn joined(&self, o: &Self, count: usize) -> Self {
        let mut g = *self;
        put(&mut g.word, self.len, &o.word, o.len);
        g.len += o.len;
        g.count = count;
        g
    }
}

/// Spreads over any number of steps.
fn spread(ons: usize, offs: usize, out: &mut Bits) {
    let mut a = Group { word: [0; MAX_STEPS / 64], len: 1, count: ons };
    let mut b = Group { word: [0; MAX_STEPS / 64], len: 1, count: offs };
    a.word[0] = 1;
    while a.count.min(b.count) > 1 {
        let (rest, joined) = if a.count > b.count {
            (Group { count: a.count - b.count, ..a }, b.count)
        } else {
            (Group { count: b.count - a.count, ..b }, a.count)
        };
        a = a.joined(&b, joined);
        b = rest;
    }
    let mut at = 0;
    for g in std::iter::repeat_n(&a, a.count).chain(std::iter::repeat_n(&b, b.count)) {
        put(out, at, &g.word, g.len);
        at += g.len;
    }
}

/// Takes the beginning and end of a slot within the cycle.
pub(crate) type Slot<'s> = dyn FnMut(Rational, Rational) -> Flow + 's;

/// Gives `pat` the structure of slots: `slots` hands (begin, end) within the cycle to its callee.
pub(crate) fn structured(cx: &Cx<'_>, span: Span, pat: &Pattern, sink: &mut Sink<'_>, slots: &dyn Fn(&mut Slot<'_>) -> Flow) -> Flow {
    cx.cycles(span, |span| {
        let sam = span.begin.sam();
        slots(&mut |begin, end| {
            cx.step()?;
            let whole = Span::new(sam.add(begin)?, sam.add(end)?);
            let Some(window) = span.sect(whole) else { return Ok(()) };
            pat.query(cx, whole, &mut |e| match e.part.sect(window) {
                Some(part) => sink(&e.with_spans(Some(whole), part)),
                None => Ok(()),
            })
        })
    })
}

struct Euclid {
    pulses: Param,
    steps: Param,
    rotation: Param,
    pat: Pattern,
}

impl Query for Euclid {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (k, n, r) = (self.pulses.number(cx)?, self.steps.number(cx)?, self.rotation.number(cx)?);
        let rhythm = Rhythm::euclid(k, n, r)?;
        cx.steps(rhythm.work())?;
        let den = i64::try_from(rhythm.len()).map_err(|_| Fault::Overflow)?;
        structured(cx, span, &self.pat, sink, &|slot| {
            for i in rhythm.pulses() {
                slot(Rational::raw(i, den), Rational::raw(i + 1, den))?;
            }
            Ok(())
        })
    }
}

/// `pulses` on `steps`, turned by `rotation`.
pub(crate) fn euclid(pulses: &Param, steps: &Param, rotation: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let fixed = pulses.fixed().zip(steps.fixed()).zip(rotation.fixed());
    if let Some(((k, n), r)) = fixed {
        Rhythm::euclid(k.to_f64(), n.to_f64(), r.to_f64())?;
    }
    let t = pat.traits();
    let known = |p: f64| if p.is_finite() { p.abs() } else { 512.0 };
    let traits = Traits {
        steps: steps.fixed(),
        period: fixed.and(t.period),
        density: known(pulses.peak()).max(1.0).min(known(steps.peak())) + t.density,
        peak: t.peak,
    };
    let node = Euclid { pulses: pulses.clone(), steps: steps.clone(), rotation: rotation.clone(), pat: pat.clone() };
    Pattern::make(node, traits, &[pat])
}

struct Bjork {
    list: Param,
    pat: Pattern,
}

impl Query for Bjork {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        const NEEDS_LIST: Fault =
            Fault::Value { doing: "bjork", needs: "a list of pulses, steps and perhaps a rotation, as in bjork(\"3:8:2\")" };
        let rhythm = self.list.lend(cx, |v| match v {
            Value::List([k, n]) => Rhythm::euclid(k.numeral()?, n.numeral()?, 0.0),
            Value::List([k, n, r, ..]) => Rhythm::euclid(k.numeral()?, n.numeral()?, r.numeral()?),
            _ => Err(NEEDS_LIST),
        })?;
        cx.steps(rhythm.work())?;
        let den = i64::try_from(rhythm.len()).map_err(|_| Fault::Overflow)?;
        structured(cx, span, &self.pat, sink, &|slot| {
            for i in rhythm.pulses() {
                slot(Rational::raw(i, den), Rational::raw(i + 1, den))?;
            }
            Ok(())
        })
    }
}

/// A Euclidean rhythm of one list: pulses, steps, rotation.
pub(crate) fn bjork(list: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { steps: None, period: None, density: t.density + 16.0, peak: t.peak };
    Pattern::make(Bjork { list: list.clone(), pat: pat.clone() }, traits, &[pat])
}

struct EuclidLegato {
    pulses: Param,
    steps: Param,
    pat: Pattern,
}

impl Query for EuclidLegato {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (k, n) = (self.pulses.number(cx)?, self.steps.number(cx)?);
        if k < 1.0 {
            return Ok(());
        }
        let rhythm = Rhythm::euclid(k, n, 0.0)?;
        cx.steps(rhythm.work())?;
        let den = i64::try_from(rhythm.len()).map_err(|_| Fault::Overflow)?;
        structured(cx, span, &self.pat, sink, &|slot| {
            let mut onsets = rhythm.pulses().peekable();
            let first = onsets.peek().copied().unwrap_or(0);
            let total = den - first;
            while let Some(i) = onsets.next() {
                let end = onsets.peek().copied().unwrap_or(den);
                slot(Rational::raw(i - first, total), Rational::raw(end - first, total))?;
            }
            Ok(())
        })
    }
}

/// `pulses` on `steps`, each held until the next.
pub(crate) fn euclid_legato(pulses: &Param, steps: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let fixed = pulses.fixed().zip(steps.fixed());
    if let Some((k, n)) = fixed
        && k >= Rational::ONE
    {
        Rhythm::euclid(k.to_f64(), n.to_f64(), 0.0)?;
    }
    let t = pat.traits();
    let known = if pulses.peak().is_finite() { pulses.peak().abs() } else { 512.0 };
    let traits = Traits { steps: steps.fixed(), period: fixed.and(t.period), density: known + t.density, peak: t.peak };
    Pattern::make(EuclidLegato { pulses: pulses.clone(), steps: steps.clone(), pat: pat.clone() }, traits, &[pat])
}

/// `rate` samples of `pat` per cycle.
pub(crate) fn segment(rate: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let grid = fast(rate, &pure(Const::Bool(true)))?;
    with_steps(&app(Op::KeepIf, From::Right, pat, &grid)?, rate.fixed())
}

struct Nth {
    n: Param,
    last: bool,
    /// Whether cycles before 0 count like all others. Where they don't, and the song itself
    /// stands at 0 or later, only every `n`th of them sounds, as in Strudel: what is shifted
    /// into the song from before its start is silent in the others.
    wraps: bool,
    changed: Pattern,
    plain: Pattern,
}

impl Query for Nth {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let n = self.n.count(cx, 1)?;
        let turn = if self.last { n - 1 } else { 0 };
        cx.cycles(span, |span| {
            let cycle = span.begin.floor();
            let turned = cycle.rem_euclid(n);
            if cycle < 0 && turned != 0 && !self.wraps && !cx.is_before_zero() {
                return Ok(());
            }
            let hit = turned == turn;
            let pat = if hit { &self.changed } else { &self.plain };
            pat.query(cx, span, sink)
        })
    }
}

/// `changed` in the first (or last) of every `n` cycles, `plain` in the others.
pub(crate) fn nth(n: &Param, last: bool, changed: &Pattern, plain: &Pattern) -> Result<Pattern, Error> {
    turns(n, last, false, changed, plain)
}

fn turns(n: &Param, last: bool, wraps: bool, changed: &Pattern, plain: &Pattern) -> Result<Pattern, Error> {
    let (c, p) = (changed.traits(), plain.traits());
    let period = n.fixed().filter(|n| n.sam() == *n).and_then(|n| u32::try_from(n.floor()).ok());
    let traits = Traits {
        steps: None,
        period: crate::pattern::cycle::core::join_periods(period, crate::pattern::cycle::core::join_periods(c.period, p.period))
            .filter(|_| wraps),
        density: c.density.max(p.density),
        peak: c.peak.max(p.peak),
    };
    let node = Nth { n: n.clone(), last, wraps, changed: changed.clone(), plain: plain.clone() };
    Pattern::make(node, traits, &[changed, plain])
}

struct Chunk {
    n: Param,
    /// Whether the last part comes after the first.
    back: bool,
    changed: Pattern,
    plain: Pattern,
}

impl Query for Chunk {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let n = self.n.count(cx, 1)?;
        cx.cycles(span, |span| {
            let cycle = span.begin.floor();
            let sam = span.begin.sam();
            let turn = if self.back { cycle.wrapping_neg().rem_euclid(n) } else { cycle.rem_euclid(n) };
            let mut i = span.begin.cycle_pos().mul(Rational::int(n))?.floor();
            loop {
                cx.step()?;
                let slot = Span::new(sam.add(Rational::raw(i, n))?, sam.add(Rational::raw(i + 1, n))?);
                let Some(part) = span.sect(slot) else { return Ok(()) };
                let pat = if i == turn { &self.changed } else { &self.plain };
                pat.query(cx, part, sink)?;
                i += 1;
                if i >= n {
                    return Ok(());
                }
            }
        })
    }
}

/// One of `n` parts of the cycle from `changed`, another one each cycle.
pub(crate) fn chunk(n: &Param, back: bool, changed: &Pattern, plain: &Pattern) -> Result<Pattern, Error> {
    let (c, p) = (changed.traits(), plain.traits());
    let density = c.density + p.density + if n.peak().is_finite() { n.peak() } else { 16.0 };
    let traits = Traits { steps: None, period: None, density, peak: c.peak.max(p.peak) };
    Pattern::make(Chunk { n: n.clone(), back, changed: changed.clone(), plain: plain.clone() }, traits, &[changed, plain])
}

struct Within {
    from: Param,
    to: Param,
    inside: bool,
    pat: Pattern,
}

impl Query for Within {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (from, to) = (self.from.time(cx)?, self.to.time(cx)?);
        self.pat.query(cx, span, &mut |e| {
            let pos = e.whole_or_part().begin.cycle_pos();
            if (pos >= from && pos <= to) == self.inside { sink(e) } else { Ok(()) }
        })
    }
}

/// Only the events that begin between `from` and `to` of the cycle, or only the others.
pub(crate) fn within(from: &Param, to: &Param, inside: bool, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: from.fixed().and(to.fixed()).and(t.period), ..t.clone() };
    Pattern::make(Within { from: from.clone(), to: to.clone(), inside, pat: pat.clone() }, traits, &[pat])
}

struct Echo {
    times: Param,
    time: Param,
    feedback: Param,
    pat: Pattern,
}

impl Query for Echo {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let ((times, _), time) = (self.times.pieces(cx)?, self.time.time(cx)?);
        let feedback = self.feedback.number(cx)?;
        for i in 0..times {
            cx.step()?;
            let by = time.mul(Rational::int(i))?;
            let gain = feedback.powf(Rational::int(i).to_f64());
            let inner = span.map(|t| t.sub(by))?;
            self.pat.query(cx, inner, &mut |e| {
                let e = moved(e, |t| t.add(by))?;
                let Some(part) = e.part.sect(e.whole_or_part()) else { return Ok(()) };
                let e = e.with_spans(e.whole, part);
                super::control::set_number(&e, crate::pattern::cycle::value::Key::GAIN, gain, sink)
            })?;
        }
        Ok(())
    }
}

/// `times` copies, each `time` later and `feedback` as loud as the one before.
pub(crate) fn echo(times: &Param, time: &Param, feedback: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let period = times.fixed().and(time.fixed()).and(feedback.fixed()).and(t.period);
    let traits = Traits { steps: t.steps, period, density: t.density * times.peak().max(1.0), peak: t.peak };
    let node = Echo { times: times.clone(), time: time.clone(), feedback: feedback.clone(), pat: pat.clone() };
    Pattern::make(node, traits, &[pat])
}

/// Each cycle from `seq(x, silence)` shifted a quarter, every other cycle.
pub(crate) fn brak(pat: &Pattern) -> Result<Pattern, Error> {
    let squeezed = super::basic::fastcat(vec![pat.clone(), super::basic::silence()])?;
    let shifted = late(&Param::time_of(Rational::raw(1, 4)), &squeezed)?;
    turns(&Param::number_of(2.0), true, true, &shifted, pat)
}

/// An event without extent in time other than that of `span`.
pub(crate) const fn continuous<'a>(span: Span, value: crate::pattern::cycle::value::Value<'a>) -> Event<'a> {
    Event { whole: None, part: span, value, loc: crate::pattern::cycle::core::Loc { start: 0, end: 0 }, scale: None }
}
