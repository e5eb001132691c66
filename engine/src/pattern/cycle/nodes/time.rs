//! Combinators that move events in time.

use super::basic::{silence, slowcat_query};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};

/// The period after time runs `rate` times as fast.
pub(crate) fn scaled_period(period: Option<u32>, rate: Rational) -> Option<u32> {
    if rate.den() == 1 && period == Some(1) {
        return period;
    }
    let r = rate.reduced();
    let (p, q) = (r.num().unsigned_abs(), r.den().unsigned_abs());
    let total = u64::from(period?).checked_mul(q)?;
    let (mut a, mut b) = (total, p);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    u32::try_from(total / a.max(1)).ok().filter(|p| *p <= 10_000)
}

/// The result of an event at `e` whose times go through `f`.
#[inline]
pub(crate) fn moved<'a>(e: &Event<'a>, mut f: impl FnMut(Rational) -> Result<Rational, Fault>) -> Result<Event<'a>, Fault> {
    let whole = e.whole.map(|w| w.map(&mut f)).transpose()?;
    Ok(e.with_spans(whole, e.part.map(&mut f)?))
}

struct Fast {
    rate: Param,
    invert: bool,
    pat: Pattern,
}

impl Query for Fast {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let rate = self.rate.time(cx)?;
        if !rate.is_positive() {
            return Ok(());
        }
        let rate = if self.invert { Rational::ONE.div(rate)? } else { rate };
        let inner = span.map(|t| t.mul(rate))?;
        self.pat.query(cx, inner, &mut |e| sink(&moved(e, |t| t.div(rate))?))
    }
}

fn speed_change(rate: &Param, invert: bool, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let fixed = match rate.fixed() {
        Some(r) if !r.is_positive() => return Ok(silence()),
        Some(r) if invert => Some(Rational::ONE.div(r)?),
        r => r,
    };
    if fixed == Some(Rational::ONE) {
        return Ok(pat.clone());
    }
    let factor = match fixed {
        Some(r) => r.to_f64(),
        None if invert => 1.0,
        None => rate.peak().max(0.0),
    };
    let traits =
        Traits { steps: t.steps, period: fixed.and_then(|r| scaled_period(t.period, r)), density: t.density * factor, peak: t.peak };
    let rate = fixed.map_or_else(|| rate.clone(), Param::time_of);
    let invert = invert && fixed.is_none();
    Pattern::make(Fast { rate, invert, pat: pat.clone() }, traits, &[pat])
}

/// `rate` times as fast.
pub(crate) fn fast(rate: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    speed_change(rate, false, pat)
}

/// `rate` times as slow.
pub(crate) fn slow(rate: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    speed_change(rate, true, pat)
}

struct Shift {
    by: Param,
    late: bool,
    pat: Pattern,
}

impl Query for Shift {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let by = self.by.time(cx)?;
        let by = if self.late { by.neg()? } else { by };
        shifted(cx, by, span, &self.pat, sink)
    }
}

/// Asks `pat` played `by` cycles early.
pub(crate) fn shifted(cx: &Cx<'_>, by: Rational, span: Span, pat: &Pattern, sink: &mut Sink<'_>) -> Flow {
    pat.query(cx, span.map(|t| t.add(by))?, &mut |e| sink(&moved(e, |t| t.sub(by))?))
}

fn shift(by: &Param, late: bool, pat: &Pattern) -> Result<Pattern, Error> {
    if by.fixed().is_some_and(Rational::is_zero) {
        return Ok(pat.clone());
    }
    let t = pat.traits();
    let traits = Traits { period: by.fixed().and(t.period), ..t.clone() };
    Pattern::make(Shift { by: by.clone(), late, pat: pat.clone() }, traits, &[pat])
}

/// Shifted forwards: sounds earlier.
pub(crate) fn early(by: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    shift(by, false, pat)
}

/// Shifted backwards: sounds later.
pub(crate) fn late(by: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    shift(by, true, pat)
}

/// Asks `pat` sped up by `factor` within each cycle, the rest of the cycle left silent.
fn fast_gap_query(cx: &Cx<'_>, factor: Rational, span: Span, pat: &Pattern, sink: &mut Sink<'_>) -> Flow {
    if !factor.is_positive() {
        return Ok(());
    }
    cx.cycles(span, |span| {
        cx.step()?;
        let cycle = span.begin.sam();
        let inside = |t: Rational| Ok(t.sub(cycle)?.mul(factor)?.min(Rational::ONE));
        let begin = inside(span.begin)?;
        if begin >= Rational::ONE {
            return Ok(());
        }
        let inner = Span::new(cycle.add(begin)?, cycle.add(inside(span.end)?)?);
        pat.query(cx, inner, &mut |e| {
            let cycle = e.part.begin.sam();
            let back = |t: Rational| cycle.add(t.sub(cycle)?.div(factor)?.min(Rational::ONE));
            let part = e.part.map(back)?;
            let whole = match e.whole {
                None => None,
                Some(w) => Some(Span::new(
                    part.begin.sub(e.part.begin.sub(w.begin)?.div(factor)?)?,
                    part.end.add(w.end.sub(e.part.end)?.div(factor)?)?,
                )),
            };
            sink(&e.with_spans(whole, part))
        })
    })
}

struct FastGap {
    factor: Param,
    pat: Pattern,
}

impl Query for FastGap {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        fast_gap_query(cx, self.factor.time(cx)?, span, &self.pat, sink)
    }
}

/// Each cycle `factor` times as fast, then silent.
pub(crate) fn fast_gap(factor: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { steps: None, period: factor.fixed().and(t.period), ..t.clone() };
    Pattern::make(FastGap { factor: factor.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Compress {
    begin: Param,
    end: Param,
    pat: Pattern,
}

impl Query for Compress {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (b, e) = (self.begin.time(cx)?, self.end.time(cx)?);
        if b >= e || e > Rational::ONE || b < Rational::ZERO {
            return Ok(());
        }
        let factor = Rational::ONE.div(e.sub(b)?)?;
        let inner = span.map(|t| t.sub(b))?;
        fast_gap_query(cx, factor, inner, &self.pat, &mut |ev| sink(&moved(ev, |t| t.add(b))?))
    }
}

/// Each cycle squeezed into the stretch from `begin` to `end` of the cycle.
pub(crate) fn compress(begin: &Param, end: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let fixed = begin.fixed().and(end.fixed());
    let traits = Traits { steps: None, period: fixed.and(t.period), ..t.clone() };
    Pattern::make(Compress { begin: begin.clone(), end: end.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Zoom {
    begin: Param,
    end: Param,
    pat: Pattern,
}

/// Asks only the stretch from `s` to `e` of each cycle, stretched to the whole cycle.
pub(crate) fn zoom_query(cx: &Cx<'_>, s: Rational, e: Rational, span: Span, pat: &Pattern, sink: &mut Sink<'_>) -> Flow {
    if s >= e {
        return Ok(());
    }
    let d = e.sub(s)?;
    // Times of one span count from the cycle its beginning lies in.
    let within = |span: Span, f: &dyn Fn(Rational) -> Result<Rational, Fault>| {
        let sam = span.begin.sam();
        span.map(|t| sam.add(f(t.sub(sam)?)?))
    };
    let back = |t: Rational| t.sub(s)?.div(d);
    cx.cycles(span, |span| {
        cx.step()?;
        let inner = within(span, &|t| t.mul(d)?.add(s))?;
        pat.query(cx, inner, &mut |ev| {
            let whole = ev.whole.map(|w| within(w, &back)).transpose()?;
            sink(&ev.with_spans(whole, within(ev.part, &back)?))
        })
    })
}

impl Query for Zoom {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        zoom_query(cx, self.begin.time(cx)?, self.end.time(cx)?, span, &self.pat, sink)
    }
}

/// The stretch from `begin` to `end` of each cycle, as long as a cycle.
pub(crate) fn zoom(begin: &Param, end: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let fixed = begin.fixed().zip(end.fixed());
    let steps = match (fixed, t.steps) {
        (Some((b, e)), Some(s)) if b < e => Some(s.mul(e.sub(b)?)?),
        _ => None,
    };
    let traits = Traits { steps, period: fixed.and(t.period), ..t.clone() };
    Pattern::make(Zoom { begin: begin.clone(), end: end.clone(), pat: pat.clone() }, traits, &[pat])
}

/// The first `t` of each cycle, repeated to fill as many cycles as it came from.
pub(crate) fn linger(t: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    if t.fixed().is_some_and(|t| !t.is_positive()) {
        return Ok(silence());
    }
    let zoomed = zoom(&Param::number_of(0.0), t, pat)?;
    super::basic::with_steps(&slow(t, &zoomed)?, pat.steps())
}

struct Rev(Pattern);

impl Query for Rev {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        cx.cycles(span, |span| {
            cx.step()?;
            let mirror = span.begin.sam().add(span.begin.next_sam()?)?;
            let reflect = |s: Span| Ok(Span::new(mirror.sub(s.end)?, mirror.sub(s.begin)?));
            self.0.query(cx, reflect(span)?, &mut |e| {
                let whole = e.whole.map(reflect).transpose()?;
                sink(&e.with_spans(whole, reflect(e.part)?))
            })
        })
    }
}

/// Each cycle backwards.
pub(crate) fn rev(pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Rev(pat.clone()), pat.traits().clone(), &[pat])
}

struct Repeat {
    times: Param,
    pat: Pattern,
}

impl Query for Repeat {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let n = self.times.time(cx)?;
        if !n.is_positive() {
            return Ok(());
        }
        cx.cycles(span, |span| {
            cx.step()?;
            let cycle = span.begin.sam();
            let delta = cycle.sub(cycle.div(n)?.sam())?;
            shifted(cx, delta.neg()?, span, &self.pat, sink)
        })
    }
}

/// Each cycle `times` times over.
pub(crate) fn repeat_cycles(times: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let period = match (times.fixed(), t.period) {
        (Some(n), Some(p)) if n.sam() == n && n.is_positive() => {
            u32::try_from(n.floor()).ok().and_then(|n| n.checked_mul(p)).filter(|p| *p <= 10_000)
        }
        _ => None,
    };
    Pattern::make(Repeat { times: times.clone(), pat: pat.clone() }, Traits { period, ..t.clone() }, &[pat])
}

struct Iter {
    times: Param,
    back: bool,
    pat: Pattern,
}

impl Query for Iter {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (count, n) = self.times.pieces(cx)?;
        match count {
            0 => return Ok(()),
            1 => return self.pat.query(cx, span, sink),
            _ => {}
        }
        slowcat_query(cx, span, count, sink, |cx, i, span, sink| {
            let by = Rational::int(i).div(n)?;
            let by = if self.back { by.neg()? } else { by };
            shifted(cx, by, span, &self.pat, sink)
        })
    }
}

/// Starts each cycle one `times`th further on, or further back.
pub(crate) fn iter(times: &Param, back: bool, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Traits { period: None, ..pat.traits().clone() };
    Pattern::make(Iter { times: times.clone(), back, pat: pat.clone() }, traits, &[pat])
}

struct Ribbon {
    offset: Param,
    cycles: Param,
    pat: Pattern,
}

impl Query for Ribbon {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (offset, len) = (self.offset.time(cx)?, self.cycles.time(cx)?);
        if !len.is_positive() {
            return Ok(());
        }
        let mut lap = span.begin.div(len)?.sam();
        loop {
            cx.step()?;
            let outer = Span::new(lap.mul(len)?, lap.add(Rational::ONE)?.mul(len)?);
            if let Some(window) = span.sect(outer) {
                let by = offset.sub(outer.begin)?;
                shifted(cx, by, span, &self.pat, &mut |e| {
                    let Some(part) = e.part.sect(window) else { return Ok(()) };
                    let whole = e.whole.map(|w| w.sect(outer));
                    sink(&e.with_spans(whole.flatten(), part))
                })?;
            }
            if outer.end >= span.end {
                return Ok(());
            }
            lap = lap.add(Rational::ONE)?;
        }
    }
}

/// The stretch of `cycles` cycles from `offset` on, looped.
pub(crate) fn ribbon(offset: &Param, cycles: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let fixed = match (offset.fixed(), cycles.fixed()) {
        (Some(_), Some(c)) if c.is_positive() => {
            let c = c.reduced();
            pat.period().and_then(|_| u32::try_from(c.num()).ok()).filter(|p| *p <= 10_000)
        }
        _ => None,
    };
    let t = pat.traits();
    let shorter = cycles.fixed().map_or(1.0, Rational::to_f64).clamp(0.01, 1.0);
    let traits = Traits { steps: None, period: fixed, density: t.density.max(1.0) / shorter, peak: t.peak };
    Pattern::make(Ribbon { offset: offset.clone(), cycles: cycles.clone(), pat: pat.clone() }, traits, &[pat])
}

/// Fits whole cycles of an inner pattern into the event `outer` (Strudel's `squeezeJoin`):
/// `ask` is given the inner span and a sink for inner events.
pub(crate) fn squeeze(outer: &Event<'_>, sink: &mut Sink<'_>, ask: impl FnOnce(Span, &mut Sink<'_>) -> Flow) -> Flow {
    let Some(frame) = outer.whole else { return Ok(()) };
    let len = frame.duration()?;
    if len.is_zero() {
        return Ok(());
    }
    let sam = frame.begin.sam();
    let inner = outer.part.map(|t| t.sub(frame.begin)?.div(len)?.add(sam))?;
    ask(inner, &mut |e| {
        let e = moved(e, |t| t.sub(sam)?.mul(len)?.add(frame.begin))?;
        let whole = match e.whole {
            None => None,
            Some(w) => match w.sect(frame) {
                Some(w) => Some(w),
                None => return Ok(()),
            },
        };
        let Some(part) = e.part.sect(outer.part) else { return Ok(()) };
        let e = e.with_spans(whole, part);
        sink(&Event { loc: e.loc.or(outer.loc), scale: e.scale.or(outer.scale), ..e })
    })
}

struct Ply {
    times: Param,
    pat: Pattern,
}

impl Query for Ply {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let rate = self.times.time(cx)?;
        if !rate.is_positive() {
            return Ok(());
        }
        self.pat.query(cx, span, &mut |outer| {
            squeeze(outer, sink, |span, sink| {
                super::basic::each_cycle(cx, span.map(|t| t.mul(rate))?, |whole, part| {
                    let e = Event { whole: Some(whole), part, ..*outer };
                    sink(&moved(&e, |t| t.div(rate))?)
                })
            })
        })
    }
}

/// Each event `times` times in its own time.
pub(crate) fn ply(times: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let steps = match (times.fixed(), t.steps) {
        (Some(n), Some(s)) => Some(s.mul(n)?),
        _ => None,
    };
    // What is left over of a fraction moves on from cycle to cycle.
    let own = times.fixed().and_then(|n| u32::try_from(n.reduced().den()).ok());
    let period = join_periods(own, t.period);
    let traits = Traits { steps, period, density: t.density * times.peak().max(0.0), peak: t.peak };
    Pattern::make(Ply { times: times.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Press(Param, Pattern);

impl Query for Press {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let from = self.0.time(cx)?;
        if from >= Rational::ONE || from < Rational::ZERO {
            return Ok(());
        }
        self.1.query(cx, span, &mut |outer| {
            squeeze(outer, sink, |span, sink| {
                cx.cycles(span, |span| {
                    cx.step()?;
                    let sam = span.begin.sam();
                    let whole = Span::new(sam.add(from)?, sam.add(Rational::ONE)?);
                    match span.sect(whole) {
                        Some(part) => sink(&outer.with_spans(Some(whole), part)),
                        None => Ok(()),
                    }
                })
            })
        })
    }
}

/// Each event in the second half of its time.
pub(crate) fn press(pat: &Pattern) -> Result<Pattern, Error> {
    press_by(&Param::time_of(Rational::raw(1, 2)), pat)
}

/// Each event in the part of its time that begins at `from`.
pub(crate) fn press_by(from: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { steps: None, period: from.fixed().and(t.period), ..t.clone() };
    Pattern::make(Press(from.clone(), pat.clone()), traits, &[pat])
}
