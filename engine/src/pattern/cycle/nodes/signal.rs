//! Continuous signals, chance, and what is drawn from them.
//!
//! Draws follow Strudel's default generator: the cycle time, folded to 300 cycles and spread
//! over 29 bits, goes through an xorshift (as in Tidal's `timeToRand`).

use super::rhythm::continuous;
use crate::pattern::cycle::core::{Cx, Exchange, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Const, Value};

#[allow(clippy::cast_possible_truncation, reason = "the argument lies within 2^29")]
const fn to_i32(x: f64) -> i32 {
    x as i32
}

/// The number without its fraction, without a call where processors lack the instruction.
#[inline]
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked to be exact")]
fn whole_part(x: f64) -> f64 {
    if x.abs() < 4.0e15 { x as i64 as f64 } else { x.trunc() }
}

/// How far draws spread.
const RANGE: i32 = 1 << 29;

#[inline]
const fn stirred(x: i32) -> i32 {
    let a = (x << 13) ^ x;
    let b = (a >> 17) ^ a;
    (b << 5) ^ b
}

/// The draws for a time, one after another, from -1 to 1.
#[derive(Clone, Copy)]
pub(crate) struct Draws(i32);

impl Draws {
    #[inline]
    pub(crate) fn at(time: f64) -> Self {
        let folded = time / 300.0;
        Self(stirred(to_i32((folded - whole_part(folded)) * f64::from(RANGE))))
    }

    #[inline]
    pub(crate) fn draw(&mut self) -> f64 {
        let x = f64::from(self.0 % RANGE) / f64::from(RANGE);
        self.0 = stirred(self.0);
        x
    }
}

/// The draw for a time, from 0 to below 1.
#[inline]
pub(crate) fn rand_at(time: f64) -> f64 {
    Draws::at(time).draw().abs()
}

/// Rises from half the draw of this cycle by half that of the next.
fn berlin_at(t: f64, seed: f64) -> f64 {
    let (a, x) = (t.floor(), t - t.floor());
    f64::midpoint(rand_at(a + seed), x * rand_at(a + 1.0 + seed))
}

fn perlin_at(t: f64, seed: f64) -> f64 {
    let (a, x) = (t.floor(), t - t.floor());
    let (ra, rb) = (rand_at(a + seed), rand_at(a + 1.0 + seed));
    let smooth = 6.0 * x.powi(5) - 15.0 * x.powi(4) + 10.0 * x.powi(3);
    ra + smooth * (rb - ra)
}

/// A function of time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    Saw,
    Isaw,
    Sine,
    Cosine,
    /// From -1 to 1.
    Sine2,
    Cosine2,
    Square,
    Rand,
    Perlin,
    Berlin,
    /// The time itself, in cycles.
    Time,
}

impl Signal {
    fn at(self, time: Rational, seed: f64) -> f64 {
        let t = time.to_f64();
        match self {
            Self::Saw => t % 1.0,
            Self::Isaw => 1.0 - t % 1.0,
            Self::Sine => (sine(t) + 1.0) / 2.0,
            Self::Cosine => (sine(quarter(time)) + 1.0) / 2.0,
            Self::Sine2 => sine(t),
            Self::Cosine2 => sine(quarter(time)),
            Self::Square => ((t * 2.0) % 2.0).floor(),
            Self::Rand => rand_at(t + seed),
            Self::Perlin => perlin_at(t, seed),
            Self::Berlin => berlin_at(t, seed),
            Self::Time => t,
        }
    }
}

/// A sine wave from -1 to 1.
fn sine(t: f64) -> f64 {
    (std::f64::consts::PI * 2.0 * t).sin()
}

/// A quarter of a cycle later.
fn quarter(time: Rational) -> f64 {
    time.add(Rational::raw(1, 4)).map_or(time.to_f64(), Rational::to_f64)
}

impl Query for Signal {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        sink(&continuous(span, Value::Number(self.at(span.begin, cx.seed()))))
    }
}

/// A continuous pattern of a signal.
pub(crate) fn signal(s: Signal) -> Pattern {
    Pattern::leaf(s, Traits { steps: None, period: None, density: 1.0, peak: if matches!(s, Signal::Time) { f64::INFINITY } else { 1.0 } })
}

struct Steady(Const);

impl Query for Steady {
    fn query(&self, _: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.lend(|value| sink(&continuous(span, value)))
    }
}

/// One value, continuously.
pub(crate) fn steady(value: Const) -> Pattern {
    let peak = if let Const::Number(x) = value { x } else { f64::INFINITY };
    Pattern::leaf(Steady(value), Traits { steps: None, period: None, density: 1.0, peak })
}

struct Degrade {
    amount: Param,
    offset: Rational,
    /// Keeps what the plain form drops.
    inverse: bool,
    pat: Pattern,
}

impl Query for Degrade {
    fn exchanged(&self, itself: &Pattern, f: &Exchange<'_>) -> Result<Option<Pattern>, Error> {
        let pat = f(&self.pat)?;
        let Self { amount, offset, inverse, .. } = self;
        let made = Self { amount: amount.clone(), offset: *offset, inverse: *inverse, pat: pat.clone() };
        Pattern::make(made, itself.traits().clone(), &[&pat]).map(Some)
    }

    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let amount = self.amount.number(cx)?;
        self.pat.query(cx, span, &mut |e| {
            let begin = e.whole_or_part().begin;
            let time = match begin.add_to_f64(self.offset) {
                Some(t) => t,
                None => begin.add(self.offset)?.to_f64(),
            };
            let r = rand_at(time + cx.seed());
            let r = if self.inverse { 1.0 - r } else { r };
            // Reading the draw over the whole cuts the part to it.
            if r <= amount {
                return Ok(());
            }
            match e.whole {
                Some(w) if e.part.begin < w.begin || e.part.end > w.end => match e.part.sect(w) {
                    Some(part) => sink(&e.with_spans(e.whole, part)),
                    None => Ok(()),
                },
                _ => sink(e),
            }
        })
    }
}

/// Drops events by chance; `offset` shifts the time the draw is taken at.
pub(crate) fn degrade(amount: &Param, offset: Rational, inverse: bool, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Traits { period: None, ..pat.traits().clone() };
    Pattern::make(Degrade { amount: amount.clone(), offset, inverse, pat: pat.clone() }, traits, &[pat])
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the length")]
pub(crate) fn index(x: f64, len: usize) -> usize {
    (x.floor().max(0.0) as usize).min(len.saturating_sub(1))
}

struct RandCat {
    offset: Rational,
    pats: Box<[Pattern]>,
}

impl Query for RandCat {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        cx.cycles(span, |span| {
            cx.step()?;
            let r = rand_at(span.begin.sam().add(self.offset)?.to_f64() + cx.seed());
            let n = f64::from(u32::try_from(self.pats.len()).unwrap_or(u32::MAX));
            match self.pats.get(index(r * n, self.pats.len())) {
                Some(p) => p.query(cx, span, sink),
                None => Ok(()),
            }
        })
    }
}

/// One of the patterns each cycle, by chance.
pub(crate) fn rand_cat(offset: Rational, pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let traits = Traits {
        steps: None,
        period: None,
        density: pats.iter().map(|p| p.traits().density).fold(0.0, f64::max),
        peak: pats.iter().map(|p| p.traits().peak).fold(f64::NEG_INFINITY, f64::max),
    };
    let children = pats.clone();
    Pattern::make(RandCat { offset, pats: pats.into() }, traits, &children.iter().collect::<Vec<_>>())
}

struct Choose(Box<[Pattern]>);

impl Query for Choose {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        // Scaling the draw reads a constant, which splits the span into cycles; all pieces
        // share the draw at the beginning of the span.
        let n = f64::from(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        let i = index(rand_at(span.begin.to_f64() + cx.seed()) * n, self.0.len());
        let Some(pat) = self.0.get(i) else { return Ok(()) };
        cx.cycles(span, |span| pat.query(cx, span, &mut |e| sink(&e.with_spans(None, e.part))))
    }
}

/// A continuous pattern that takes one of the patterns by chance.
pub(crate) fn choose(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let traits =
        Traits { steps: None, period: None, density: pats.iter().map(|p| p.traits().density).fold(0.0, f64::max), peak: f64::INFINITY };
    let children = pats.clone();
    Pattern::make(Choose(pats.into()), traits, &children.iter().collect::<Vec<_>>())
}

struct IRand(Pattern);

impl Query for IRand {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, &mut |e| {
            let n = e.value.numeral()?;
            let value = Value::Number((rand_at(e.part.begin.to_f64() + cx.seed()) * n).trunc());
            sink(&continuous(e.part, value))
        })
    }
}

/// Whole numbers from 0 to below those of `n`, by chance.
pub(crate) fn irand(n: &Pattern) -> Result<Pattern, Error> {
    let t = n.traits();
    Pattern::make(IRand(n.clone()), Traits { steps: None, period: None, density: t.density, peak: t.peak }, &[n])
}

struct Round(Pattern);

impl Query for Round {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, &mut |e| {
            // JavaScript rounds halves up.
            let x = (e.value.numeral()? + 0.5).floor();
            sink(&e.with_value(Value::Number(x)))
        })
    }
}

/// Values rounded to whole numbers.
pub(crate) fn round(pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Round(pat.clone()), pat.traits().clone(), &[pat])
}

struct Arp {
    indices: Pattern,
    pat: Pattern,
}

/// The most different extents among the events of one `arp` query.
const GROUPS: usize = 128;

impl Query for Arp {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        // The extents met so far, with the part of the first event and the number of events.
        let mut groups: [Option<(Option<Span>, Span, u32)>; GROUPS] = [None; GROUPS];
        let mut len = 0;
        self.pat.query(cx, span, &mut |e| {
            cx.step()?;
            match groups[..len].iter_mut().flatten().find(|(w, ..)| *w == e.whole) {
                Some((.., n)) => *n += 1,
                None => {
                    *groups.get_mut(len).ok_or(crate::pattern::cycle::fault::Fault::TooDense)? = Some((e.whole, e.part, 1));
                    len += 1;
                }
            }
            Ok(())
        })?;
        groups[..len].iter().flatten().try_for_each(|(whole, part, n)| {
            self.indices.query(cx, *part, &mut |i| {
                let want = i.value.numeral()? % f64::from(*n);
                let mut at = 0_u32;
                self.pat.query(cx, span, &mut |e| {
                    if e.whole == *whole {
                        #[allow(clippy::float_cmp, reason = "only whole numbers name an event")]
                        if f64::from(at) == want {
                            let loc = i.loc.or(e.loc);
                            sink(&crate::pattern::cycle::core::Event {
                                whole: i.whole,
                                part: i.part,
                                value: e.value,
                                loc,
                                scale: e.scale,
                            })?;
                        }
                        at += 1;
                    }
                    Ok(())
                })
            })
        })
    }
}

/// Plays the notes of each chord one after another, as `indices` says.
pub(crate) fn arp(indices: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    let (i, p) = (indices.traits(), pat.traits());
    let period = join_periods(i.period, p.period);
    let traits = Traits { steps: None, period, density: i.density * p.density.max(1.0), peak: p.peak };
    Pattern::make(Arp { indices: indices.clone(), pat: pat.clone() }, traits, &[indices, pat])
}
