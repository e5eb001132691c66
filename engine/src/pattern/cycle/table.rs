//! Events worked out beforehand: a stretch of cycles that repeats, as a sorted table.
//!
//! All times of a table share one denominator, so that reading an event is one addition.

use crate::pattern::cycle::core::{Cx, Event, Loc, Pattern, Query, Sink, Traits, join_periods};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::meter;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::tonal::scale::Scale;
use crate::pattern::cycle::value::Const;
use std::cell::Cell;

/// One event, in units of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The whole's beginning and end.
    pub whole: (i32, i32),
    /// The part's beginning and end, within one cycle.
    pub part: (i32, i32),
    /// Which value.
    pub value: u32,
    pub loc: Loc,
}

/// Rows that repeat together.
struct Layer {
    rows: std::ops::Range<usize>,
    /// After how many cycles they repeat.
    period: i64,
    /// Where in the index this layer's buckets start; none for short layers.
    index: Option<usize>,
    /// A bucket is two to this power of units long.
    shift: u32,
}

/// Sorted rows that repeat after some cycles, in layers.
pub(crate) struct Table {
    rows: Vec<Row>,
    /// For each bucket of the longer layers, the first row that may still sound in it.
    index: Vec<u32>,
    values: Vec<(Const, Option<Scale>)>,
    layers: Vec<Layer>,
    /// Units per cycle.
    den: i64,
}

/// From how many rows on a layer has an index.
const SEARCHED: usize = 24;

/// Collects rows, layer by layer.
pub(crate) struct Builder {
    rows: Vec<Row>,
    values: Vec<(Const, Option<Scale>)>,
    layers: Vec<Layer>,
    den: i64,
    density: f64,
}

impl Builder {
    /// Starts a table of `den` units per cycle.
    pub(crate) fn new(values: Vec<(Const, Option<Scale>)>, den: i64, room: usize) -> Self {
        Self { rows: Vec::with_capacity(room), values, layers: Vec::with_capacity(2), den, density: 0.0 }
    }

    /// Adds rows that repeat after `period` cycles.
    pub(crate) fn layer(&mut self, rows: impl Iterator<Item = Row>, period: u32) {
        let start = self.rows.len();
        self.rows.extend(rows);
        let new = &mut self.rows[start..];
        if !new.is_sorted_by_key(|r| r.part.0) {
            new.sort_by_key(|r| r.part.0);
        }
        let mut most = 0;
        let mut at = 0;
        for c in 1..=i64::from(period) {
            let left = new[at..].iter().take_while(|r| i64::from(r.part.0) < c * self.den).count();
            most = most.max(left);
            at += left;
        }
        self.density += f64::from(u32::try_from(most).unwrap_or(u32::MAX));
        self.layers.push(Layer { rows: start..self.rows.len(), period: i64::from(period), index: None, shift: 0 });
    }

    /// Makes the pattern that reads the table.
    pub(crate) fn pattern(mut self, steps: Option<Rational>) -> Pattern {
        let peak = self.values.iter().fold(f64::NEG_INFINITY, |p, (v, _)| match v {
            Const::Number(x) => p.max(*x),
            _ => f64::INFINITY,
        });
        let mut index = Vec::new();
        for l in &mut self.layers {
            if l.rows.len() > SEARCHED {
                l.index = Some(index.len());
                l.shift = add_buckets(&self.rows[l.rows.clone()], l.rows.start, l.period * self.den, &mut index);
            }
        }
        let period = self.layers.iter().try_fold(1, |p, l| join_periods(Some(p), u32::try_from(l.period).ok()));
        let traits = Traits { steps, period, density: self.density, peak };
        let table = Table { rows: self.rows, index, values: self.values, layers: self.layers, den: self.den };
        Pattern::leaf(table, traits)
    }
}

/// Adds the buckets of a layer `units` long to the index: for each the first row whose part, or
/// that of a row after it, ends beyond the beginning of the bucket. Gives the buckets' length.
fn add_buckets(rows: &[Row], start: usize, units: i64, index: &mut Vec<u32>) -> u32 {
    let mut shift = 0;
    let most = i64::try_from(rows.len()).unwrap_or(i64::MAX).max(1);
    while units >> shift > most {
        shift += 1;
    }
    let mut at = 0;
    for bucket in 0..=(units >> shift) {
        // Rows are sorted by beginning, not by end: stop at the first that reaches in.
        while rows.get(at).is_some_and(|r| i64::from(r.part.1) <= bucket << shift) {
            at += 1;
        }
        index.push(u32::try_from(start + at).unwrap_or(u32::MAX));
    }
    shift
}

/// Rounds a quotient down; `d` is positive.
#[inline]
fn floor_div(n: i64, d: i64) -> i64 {
    match (u32::try_from(n), u32::try_from(d)) {
        // Short division takes a fraction of the time of long division.
        (Ok(n), Ok(d)) if d > 0 => i64::from(n / d),
        _ => n.div_euclid(d),
    }
}

/// A time in whole units, rounded down, and whether that was exact.
#[inline]
fn units(t: Rational, lap: i64, den: i64) -> Result<(i64, bool), Fault> {
    let d = t.den();
    let n = lap.checked_mul(d).and_then(|l| t.num().checked_sub(l)).ok_or(Fault::Overflow)?;
    if d == den {
        return Ok((n, true));
    }
    if d == 1 {
        return Ok((n.checked_mul(den).ok_or(Fault::Overflow)?, true));
    }
    match n.checked_mul(den) {
        Some(n) => {
            let floor = floor_div(n, d);
            Ok((floor, floor * d == n))
        }
        None => {
            let (n, d) = (i128::from(n) * i128::from(den), i128::from(d));
            let floor = i64::try_from(n.div_euclid(d)).map_err(|_| Fault::Overflow)?;
            Ok((floor, n.rem_euclid(d) == 0))
        }
    }
}

impl Table {
    /// Reads the rows of one lap of a layer that touch `span`; `lap` is the cycle the lap starts in.
    fn read(&self, cx: &Cx<'_>, layer: &Layer, lap: i64, span: Span, sink: &mut Sink<'_>) -> Flow {
        // The span in units, rounded outwards: rows lie on whole units, so comparing is exact.
        let (from, from_exact) = units(span.begin, lap, self.den)?;
        let (to, to_exact) = units(span.end, lap, self.den)?;
        let point = span.begin == span.end;
        // Rows must begin below this.
        let before = if to_exact && !point { to } else { to + 1 };
        let base = lap.checked_mul(self.den).ok_or(Fault::Overflow)?;
        // Beyond this no sum with a row's 32 bits can overflow.
        if base.unsigned_abs() > 1 << 62 {
            return Err(Fault::Overflow);
        }
        let mut rows = layer.rows.clone();
        if let Some(index) = layer.index {
            let bucket = usize::try_from(from.max(0) >> layer.shift).map_err(|_| Fault::Overflow)?;
            rows.start = self.index.get(index + bucket).map_or(rows.end, |r| *r as usize);
        }
        let at = |t: i32| Rational::raw(base + i64::from(t), self.den);
        // Looking is work even where there is nothing: a fast pattern of rests looks very often.
        let mut seen = 1;
        for r in &self.rows[rows] {
            let (begin, end) = (i64::from(r.part.0), i64::from(r.part.1));
            if begin >= before {
                break;
            }
            seen += 1;
            if end <= from {
                continue;
            }
            let whole = Span::new(at(r.whole.0), at(r.whole.1));
            let begins_inside = begin > from || (begin == from && from_exact);
            let begin = if begins_inside { at(r.part.0) } else { span.begin };
            let end = if end <= to && !point { at(r.part.1) } else { span.end };
            let Some((value, scale)) = self.values.get(r.value as usize) else { continue };
            value.lend(|value| sink(&Event { whole: Some(whole), part: Span::new(begin, end), value, loc: r.loc, scale: *scale }))?;
        }
        cx.steps(seen)
    }
}

impl Query for Table {
    fn is_table(&self) -> bool {
        true
    }

    fn heap(&self) -> usize {
        let mut text = 0;
        let values: usize = self.values.iter().map(|(value, _)| size_of::<(Const, Option<Scale>)>() + value.heap(&mut text)).sum();
        values + self.rows.len() * size_of::<Row>() + self.index.len() * 4 + self.layers.len() * size_of::<Layer>()
    }

    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let cycle = floor_div(span.begin.num(), span.begin.den());
        for layer in &self.layers {
            let turned = if layer.period == 1 { 0 } else { cycle.rem_euclid(layer.period) };
            let mut lap = cycle.checked_sub(turned).ok_or(Fault::Overflow)?;
            let mut begin = span.begin;
            loop {
                cx.step()?;
                let next = lap.checked_add(layer.period).ok_or(Fault::Overflow)?;
                let end = Rational::int(next);
                if span.end <= end {
                    self.read(cx, layer, lap, Span::new(begin, span.end), sink)?;
                    break;
                }
                self.read(cx, layer, lap, Span::new(begin, end), sink)?;
                (begin, lap) = (end, next);
            }
        }
        Ok(())
    }
}

/// The most rows worth working out beforehand.
pub(crate) const MAX_ROWS: usize = 4096;

/// Most steps of working one out.
const BAKING: u32 = 1_000_000;

/// Works out a pattern beforehand where it repeats soon enough; otherwise what it asks and that repeats so.
///
/// # Errors
/// What asking the pattern reports.
pub(crate) fn bake(pat: &Pattern) -> Result<Pattern, Error> {
    if pat.period().is_some() {
        return bake_whole(pat, &Cell::new(BAKING));
    }
    // Of a pattern's parts no more is kept than of one that is worked out whole.
    bake_below(pat, &Cell::new(BAKING), &Cell::new(ROWS))
}

/// Estimated rows of what may be worked out beforehand.
const ROWS: f64 = 4096.0;

/// As [`bake`], within `work` steps and `rows` rows, from which it takes what it needs.
fn bake_below(pat: &Pattern, work: &Cell<u32>, rows: &Cell<f64>) -> Result<Pattern, Error> {
    let Some(period) = pat.period() else {
        return pat.exchanged(&|asked| bake_below(asked, work, rows));
    };
    let left = rows.get() - pat.traits().density * f64::from(period);
    // A density that is no number leaves nothing.
    if pat.is_table() || left.is_nan() || left < 0.0 {
        return Ok(pat.clone());
    }
    rows.set(left);
    match bake_whole(pat, work) {
        // Whether it may play is decided by trying it out.
        Err(Error::Fault(_)) => Ok(pat.clone()),
        baked => baked,
    }
}

fn bake_whole(pat: &Pattern, work: &Cell<u32>) -> Result<Pattern, Error> {
    let Some(period) = pat.period() else { return Ok(pat.clone()) };
    if pat.traits().density * f64::from(period) > ROWS || period > 512 {
        return Ok(pat.clone());
    }
    let allowed = work.get();
    let cx = Cx::new(work);
    let mut found: Vec<(Span, Span, Const, Loc, Option<Scale>)> = Vec::new();
    let mut fits = true;
    for c in 0..i64::from(period) {
        let asked = pat.query(&cx, Span::cycle(c), &mut |e| {
            match e.whole {
                Some(w) if found.len() < MAX_ROWS => found.push((w, e.part, Const::own(&e.value), e.loc, e.scale)),
                _ => fits = false,
            }
            Ok(())
        });
        if asked.is_err_and(|fault| fault.is_of_values()) {
            // Trying it out cycle by cycle decides whether it may play.
            return Ok(pat.clone());
        }
        asked?;
        meter::check()?;
        if !fits {
            return Ok(pat.clone());
        }
    }
    meter::work(u64::from(allowed - work.get()))?;
    let mut den = Rational::ONE;
    for (w, p, ..) in &found {
        for t in [w.begin, w.end, p.begin, p.end] {
            match den.lcm(Rational::int(t.reduced().den())) {
                Ok(d) if d.floor() < 1 << 30 => den = d,
                _ => return Ok(pat.clone()),
            }
        }
    }
    let mut rows = Vec::with_capacity(found.len());
    let mut values = Vec::with_capacity(found.len());
    for (i, (w, p, value, loc, scale)) in (0_u32..).zip(found) {
        let units = |s: Span| -> Result<Option<(i32, i32)>, Fault> {
            let (b, e) = (s.begin.mul(den)?.floor(), s.end.mul(den)?.floor());
            Ok(i32::try_from(b).ok().zip(i32::try_from(e).ok()))
        };
        let (Some(whole), Some(part)) = (units(w)?, units(p)?) else { return Ok(pat.clone()) };
        rows.push(Row { whole, part, value: i, loc });
        values.push((value, scale));
    }
    let mut table = Builder::new(values, den.floor(), rows.len());
    table.layer(rows.into_iter(), period);
    Ok(table.pattern(pat.steps()))
}
