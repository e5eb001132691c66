//! Combinators made of several others.

use super::basic::{fastcat, pure, pure_param, stack};
use super::rhythm::within;
use super::signal::degrade;
use super::time::{fast, late, slow};
use crate::pattern::cycle::core::{Pattern, Var, join_steps};
use crate::pattern::cycle::fault::Error;
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Rational;
use crate::pattern::cycle::value::Const;

/// A function from patterns to patterns, run while the pattern is made.
pub type Function<'f> = &'f mut dyn FnMut(&Pattern) -> Result<Pattern, Error>;

/// Events by chance through `f`, the others as they are.
pub(crate) fn sometimes_by(x: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let kept = degrade(x, Rational::ZERO, false, pat)?;
    let changed = f(&degrade(&x.affine(-1.0, 1.0), Rational::ZERO, true, pat)?)?;
    super::basic::cycle_by_cycle(&stack(vec![kept, changed])?)
}

/// `pat`, and on top of it a copy through `f`, `by` later.
pub(crate) fn off(by: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    stack(vec![pat.clone(), f(&late(by, pat)?)?])
}

/// `f` as if a cycle were `factor` cycles (`outside`) or a `factor`th (`inside`).
pub(crate) fn inside(factor: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    fast(factor, &f(&slow(factor, pat)?)?)
}

/// `f` on the pattern sped up, slowed down again.
pub(crate) fn outside(factor: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    slow(factor, &f(&fast(factor, pat)?)?)
}

/// `f` on the events that begin between `from` and `to` of the cycle.
pub(crate) fn within_with(from: &Param, to: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let changed = f(&within(from, to, true, pat)?)?;
    stack(vec![changed, within(from, to, false, pat)?])
}

/// `pat` to the left, a copy through `f` to the right, `by` apart.
pub(crate) fn jux_by(by: &Param, f: Function<'_>, pat: &Pattern) -> Result<Pattern, Error> {
    let left = super::control::pan_by(&by.affine(-0.5, 0.0), pat)?;
    let right = f(&super::control::pan_by(&by.affine(0.5, 0.0), pat)?)?;
    stack(vec![left, right])
}

/// Every second of `n` parts of a cycle late by half of `swing` of a part.
pub(crate) fn swing_by(swing: &Param, n: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let amounts = fastcat(vec![pure(Const::Number(0.0)), pure_param(&swing.affine(0.5, 0.0))])?;
    inside(
        n,
        &mut |p| {
            let var = Var::fresh();
            let body = late(&Param::bound(var, 1.0), p)?;
            super::basic::bind(vec![(amounts.clone(), var)], &body, p.steps())
        },
        pat,
    )
}

/// All patterns at once, each at the pace at which its steps line up with those of the others.
pub(crate) fn polymeter(pats: &[Pattern]) -> Result<Pattern, Error> {
    let Some(steps) = join_steps(pats) else { return Ok(super::basic::silence()) };
    if steps.is_zero() {
        return Ok(super::basic::silence());
    }
    let mut paced = Vec::with_capacity(pats.len());
    for p in pats {
        if let Some(own) = p.steps().filter(|s| !s.is_zero()) {
            paced.push(fast(&Param::time_of(steps.div(own)?), p)?);
        }
    }
    super::basic::with_steps(&stack(paced)?, Some(steps))
}

/// `n` rising numbers, from 0, per cycle.
pub(crate) fn range(min: &Param, max: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    use super::combine::{Op, op_in};
    let (Param::Const { .. }, Param::Const { .. }) = (min, max) else {
        return Pattern::make(
            Scaled { min: min.clone(), max: max.clone(), pat: pat.clone() },
            crate::pattern::cycle::core::Traits { period: None, peak: max.peak(), ..pat.traits().clone() },
            &[pat],
        );
    };
    let size = Param::number_of(max.peak() - min.peak());
    op_in(Op::Add, &op_in(Op::Mul, pat, &pure_param(&size))?, &pure_param(min))
}

struct Scaled {
    min: Param,
    max: Param,
    pat: Pattern,
}

impl crate::pattern::cycle::core::Query for Scaled {
    fn query(
        &self,
        cx: &crate::pattern::cycle::core::Cx<'_>,
        span: crate::pattern::cycle::rational::Span,
        sink: &mut crate::pattern::cycle::core::Sink<'_>,
    ) -> crate::pattern::cycle::fault::Flow {
        let (min, max) = (self.min.number(cx)?, self.max.number(cx)?);
        self.pat.query(cx, span, &mut |e| {
            let value = crate::pattern::cycle::value::Value::Number(e.value.numeral()? * (max - min) + min);
            let whole = e.whole_or_part();
            cx.cycles(e.part, |part| {
                // Constants split a continuous signal into cycles, and leave other events whole.
                let part = if e.whole.is_some() { whole.sect(e.part).unwrap_or(part) } else { part };
                sink(&e.with_spans(e.whole, part).with_value(value))
            })
        })
    }
}
