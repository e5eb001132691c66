//! Patterns laid out by their steps.

use super::basic::{silence, slowcat, stack, with_steps};
use super::time::{compress, fast, repeat_cycles, slow, zoom};
use crate::pattern::cycle::core::{Cx, Pattern, Query, Sink, Traits, join_periods, join_steps};
use crate::pattern::cycle::fault::{Error, Fault, Flow, call_error};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::Const;
use std::cell::Cell;

/// The most parts that stepwise functions lay out.
const MAX_PARTS: usize = 4096;
/// The most cycles of an argument that are laid out.
const MAX_CYCLES: u32 = 128;
/// Steps of asking an argument for one cycle.
const WORK: u32 = 100_000;

/// Nothing, so many steps long.
pub(crate) fn gap(steps: Rational) -> Result<Pattern, Error> {
    with_steps(&silence(), Some(steps))
}

/// Nothing, no steps long.
pub(crate) fn nothing() -> Result<Pattern, Error> {
    gap(Rational::ZERO)
}

/// All in turn within the cycle, each so many steps long.
pub(crate) fn stepcat(parts: &[(Rational, Pattern)]) -> Result<Pattern, Error> {
    if let [(steps, pat)] = parts {
        // As in Strudel, one pattern that has no steps gets none.
        return if pat.steps().is_some() { with_steps(pat, Some(*steps)) } else { Ok(pat.clone()) };
    }
    if parts.len() > MAX_PARTS {
        return Err(call_error("stepcat", format!("lays out {} parts, but {MAX_PARTS} is the most; use fewer", parts.len())));
    }
    let mut total = Rational::ZERO;
    for (steps, _) in parts {
        total = total.add(*steps)?;
    }
    if !total.is_positive() {
        return nothing();
    }
    let (mut begin, mut placed) = (Rational::ZERO, Vec::with_capacity(parts.len()));
    for (steps, pat) in parts.iter().filter(|(steps, _)| steps.is_positive()) {
        let end = begin.add(*steps)?;
        placed.push(compress(&Param::time_of(begin.div(total)?), &Param::time_of(end.div(total)?), pat)?);
        begin = end;
    }
    with_steps(&stack(placed)?, Some(total))
}

/// The steps of a pattern, 1 where it has none, with it.
pub(crate) fn counted(pat: Pattern) -> (Rational, Pattern) {
    (pat.steps().unwrap_or(Rational::ONE), pat)
}

/// The patterns one after another, with the sum of their steps.
fn stepcat_of(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let parts: Vec<_> = pats.into_iter().filter(|p| p.steps().is_some_and(Rational::is_positive)).map(counted).collect();
    stepcat(&parts)
}

struct Prime(Box<[Pattern]>);

impl Query for Prime {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let len = i64::try_from(self.0.len()).map_err(|_| Fault::Overflow)?;
        cx.cycles(span, |part| {
            let index = usize::try_from(part.begin.floor().rem_euclid(len)).unwrap_or(0);
            self.0.get(index).map_or(Ok(()), |pat| pat.query(cx, part, sink))
        })
    }
}

/// One cycle of each in turn; the cycles go on while a pattern is not heard.
pub(crate) fn slowcat_prime(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    if pats.len() <= 1 {
        return Ok(pats.into_iter().next().unwrap_or_else(silence));
    }
    let count = u32::try_from(pats.len()).ok();
    let traits = Traits {
        steps: pats.first().and_then(Pattern::steps),
        period: pats.iter().map(Pattern::period).fold(count, join_periods),
        density: pats.iter().map(|p| p.traits().density).fold(0.0, f64::max),
        peak: pats.iter().map(|p| p.traits().peak).fold(f64::NEG_INFINITY, f64::max),
    };
    let children = pats.clone();
    Pattern::make(Prime(pats.into()), traits, &children.iter().collect::<Vec<_>>())
}

/// So many steps a cycle.
pub(crate) fn pace(steps: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    match pat.steps() {
        None => Ok(pat.clone()),
        Some(own) if own.is_zero() => nothing(),
        Some(own) => with_steps(&fast(&Param::time_of(steps.div(own)?), pat)?, Some(steps)),
    }
}

/// The first `n` steps, or the last where negative.
pub(crate) fn take(n: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    let Some(steps) = pat.steps().filter(|s| s.is_positive()) else { return nothing() };
    if n.is_zero() {
        return nothing();
    }
    let part = if n.is_positive() { n } else { n.neg()? }.div(steps)?;
    if part >= Rational::ONE {
        return Ok(pat.clone());
    }
    let (begin, end) = if n.is_positive() { (Rational::ZERO, part) } else { (Rational::ONE.sub(part)?, Rational::ONE) };
    zoom(&Param::time_of(begin), &Param::time_of(end), pat)
}

/// Without the first `n` steps, or the last where negative.
pub(crate) fn drop_steps(n: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    let Some(steps) = pat.steps() else { return nothing() };
    if n < Rational::ZERO { take(steps.add(n)?, pat) } else { take(n.sub(steps)?, pat) }
}

/// Counts `factor` times as many steps.
pub(crate) fn expand(factor: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    let steps = pat.steps().map(|s| s.mul(factor)).transpose()?;
    with_steps(pat, steps)
}

/// Counts `factor` times fewer steps.
pub(crate) fn contract(factor: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    expand(Rational::ONE.div(factor)?, pat)
}

/// `factor` times as fast, with as many steps more.
pub(crate) fn extend(factor: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    expand(factor, &fast(&Param::time_of(factor), pat)?)
}

/// Each cycle `factor` times within the cycle, with as many steps more.
pub(crate) fn replicate(factor: Rational, pat: &Pattern) -> Result<Pattern, Error> {
    let n = Param::time_of(factor);
    expand(factor, &fast(&n, &repeat_cycles(&n, pat)?)?)
}

/// The pattern again and again, each time `by` steps shorter, `times` at most.
fn shrinking(by: Rational, times: Option<Rational>, pat: &Pattern) -> Result<Vec<Pattern>, Error> {
    let Some(steps) = pat.steps().filter(|s| s.is_positive()) else { return Ok(vec![pat.clone()]) };
    let times = times.unwrap_or(steps);
    if by.is_zero() || times.is_zero() {
        return Ok(vec![pat.clone()]);
    }
    let from_begin = by.is_positive();
    let share = if from_begin { by } else { by.neg()? }.div(steps)?;
    let mut all = Vec::new();
    for i in 0_i64.. {
        let gone = share.mul(Rational::int(i))?;
        if Rational::int(i) >= times || gone > Rational::ONE || all.len() >= MAX_PARTS {
            break;
        }
        let (begin, end) = if from_begin { (gone, Rational::ONE) } else { (Rational::ZERO, Rational::ONE.sub(gone)?) };
        if begin < end {
            all.push(zoom(&Param::time_of(begin), &Param::time_of(end), pat)?);
        }
    }
    Ok(all)
}

/// Shorter and shorter, or longer and longer where `grow`.
pub(crate) fn shrink(by: Rational, times: Option<Rational>, grow: bool, pat: &Pattern) -> Result<Pattern, Error> {
    if pat.steps().is_none() {
        return nothing();
    }
    let mut all = shrinking(if grow { by.neg()? } else { by }, times, pat)?;
    if grow {
        all.reverse();
    }
    stepcat_of(all)
}

/// `pat` moved through `many`, from last to first.
pub(crate) fn tour(pat: &Pattern, many: &[Pattern]) -> Result<Pattern, Error> {
    let mut all = Vec::new();
    for i in 0..=many.len() {
        let (before, after) = many.split_at(many.len() - i);
        all.extend(before.iter().chain([pat]).chain(after).cloned().map(counted));
    }
    stepcat(&all)
}

/// The steps of all patterns in turn.
pub(crate) fn zip(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let pats: Vec<Pattern> = pats.into_iter().filter(|p| p.steps().is_some_and(Rational::is_positive)).collect();
    let Some(steps) = join_steps(&pats) else { return Ok(silence()) };
    let slowed = pats.iter().map(|p| slow(&Param::time_of(p.steps().unwrap_or(Rational::ONE)), p)).collect::<Result<Vec<_>, _>>()?;
    with_steps(&fast(&Param::time_of(steps), &slowcat(slowed)?)?, Some(steps))
}

/// The alternatives of each group in turn, a round for each combination.
pub(crate) fn stepalt(groups: &[Vec<Pattern>]) -> Result<Pattern, Error> {
    let mut rounds = 1_usize;
    for group in groups.iter().filter(|group| !group.is_empty()) {
        let (mut a, mut b) = (rounds, group.len());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        rounds = rounds / a.max(1) * group.len();
        if rounds.saturating_mul(groups.len()) > MAX_PARTS {
            return Err(call_error("stepalt", format!("its groups have more than {MAX_PARTS} combinations; use fewer alternatives")));
        }
    }
    let mut all = Vec::new();
    for round in 0..rounds {
        all.extend(groups.iter().filter(|group| !group.is_empty()).map(|group| group[round % group.len()].clone()));
    }
    stepcat_of(all)
}

/// Values of an argument's cycle, with the stretch of the cycle that each fills.
type Stretches = Vec<(Span, Const)>;

/// What `f` makes of the values of an argument, in turn within the cycle, laid out by the steps of the results.
pub(crate) fn stepwise(name: &str, arg: &Pattern, f: &mut dyn FnMut(&Const) -> Result<Pattern, Error>) -> Result<Pattern, Error> {
    if let Some(value) = arg.as_constant() {
        return f(value);
    }
    let period = arg.period().filter(|p| *p <= MAX_CYCLES).ok_or_else(|| {
        call_error(
            name,
            format!("its argument has to be known beforehand: a pattern without chance that repeats within {MAX_CYCLES} cycles"),
        )
    })?;
    let mut cycles = Vec::new();
    for cycle in 0..i64::from(period) {
        let mut found: Stretches = Vec::new();
        let work = Cell::new(WORK);
        arg.query(&Cx::new(&work), Span::cycle(cycle), &mut |e| {
            found.push((e.part, Const::own(&e.value)));
            Ok(())
        })?;
        cycles.push(stepcat(&slices(Span::cycle(cycle), &found, f)?)?);
    }
    slowcat_prime(cycles)
}

/// The cycle cut wherever an event begins or ends, with what plays in each piece and how many steps it has.
fn slices(cycle: Span, found: &Stretches, f: &mut dyn FnMut(&Const) -> Result<Pattern, Error>) -> Result<Vec<(Rational, Pattern)>, Error> {
    let mut cuts: Vec<Rational> = found.iter().flat_map(|(part, _)| [part.begin, part.end]).chain([cycle.begin, cycle.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut pieces = Vec::new();
    for pair in cuts.windows(2) {
        let piece = Span::new(pair[0], pair[1]);
        let mut inside = Vec::new();
        for (_, value) in found.iter().filter(|(part, _)| part.begin <= piece.begin && part.end >= piece.end) {
            inside.push(f(value)?);
        }
        let steps = join_steps(&inside);
        pieces.push((piece.duration()?, steps, stack(inside)?));
    }
    // What has no steps of its own takes its share of those that have.
    let (mut share, mut steps) = (Rational::ZERO, Rational::ZERO);
    for (length, own, _) in &pieces {
        if let Some(own) = own {
            (share, steps) = (share.add(*length)?, steps.add(*own)?);
        }
    }
    let per_cycle = if share.is_zero() { None } else { Some(steps.div(share)?) };
    let weight = |length: Rational, own: Option<Rational>| match (own, per_cycle) {
        (Some(own), _) => Ok(own),
        (None, Some(per_cycle)) => length.mul(per_cycle),
        (None, None) => Ok(Rational::ONE),
    };
    pieces.into_iter().map(|(length, own, pat)| Ok((weight(length, own)?, pat))).collect()
}
