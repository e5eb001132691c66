//! Silence, constants, stacks and concatenations.

use crate::pattern::cycle::core::{Cx, Event, Exchange, Loc, Pattern, Query, Sink, Traits, join_periods, join_steps};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Const, Value};

struct Silence;

impl Query for Silence {
    fn query(&self, _: &Cx<'_>, _: Span, _: &mut Sink<'_>) -> Flow {
        Ok(())
    }
}

/// Nothing, for one step.
pub(crate) fn silence() -> Pattern {
    Pattern::leaf(Silence, Traits { steps: Some(Rational::ONE), period: Some(1), density: 0.0, peak: 0.0 })
}

/// Gives one event per cycle of `span` to `f`, as (whole, part).
#[inline]
pub(crate) fn each_cycle(cx: &Cx<'_>, span: Span, mut f: impl FnMut(Span, Span) -> Flow) -> Flow {
    cx.cycles(span, |part| f(Span::new(part.begin.sam(), part.begin.next_sam()?), part))
}

struct Pure {
    value: Const,
    loc: Loc,
}

impl Query for Pure {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.value
            .lend(|value| each_cycle(cx, span, |whole, part| sink(&Event { whole: Some(whole), part, value, loc: self.loc, scale: None })))
    }
}

const fn peak_of(value: &Const) -> f64 {
    match value {
        Const::Number(x) => *x,
        _ => f64::INFINITY,
    }
}

fn pure_traits(value: &Const) -> Traits {
    Traits { steps: Some(Rational::ONE), period: Some(1), density: 1.0, peak: peak_of(value) }
}

/// One value per cycle.
pub(crate) fn pure(value: Const) -> Pattern {
    let traits = pure_traits(&value);
    Pattern::constant(Pure { value: value.clone(), loc: Loc::default() }, traits, value)
}

/// One value per cycle that comes from the source at `loc`.
pub(crate) fn atom(value: Const, loc: Loc) -> Pattern {
    let traits = pure_traits(&value);
    Pattern::leaf(Pure { value, loc }, traits)
}

struct PureParam(Param);

impl Query for PureParam {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.lend(cx, |value| {
            each_cycle(cx, span, |whole, part| sink(&Event { whole: Some(whole), part, value, loc: Loc::default(), scale: None }))
        })
    }
}

/// One bound argument per cycle.
pub(crate) fn pure_param(p: &Param) -> Pattern {
    if let Param::Const { value, .. } = p {
        return pure(value.clone());
    }
    let traits = Traits { steps: Some(Rational::ONE), period: None, density: 1.0, peak: p.peak() };
    Pattern::leaf(PureParam(p.clone()), traits)
}

struct Stack(Box<[Pattern]>);

impl Query for Stack {
    fn exchanged(&self, itself: &Pattern, f: &Exchange<'_>) -> Result<Option<Pattern>, Error> {
        let pats: Box<[Pattern]> = self.0.iter().map(f).collect::<Result<_, Error>>()?;
        let children: Vec<Pattern> = pats.to_vec();
        Pattern::make(Self(pats), itself.traits().clone(), &children.iter().collect::<Vec<_>>()).map(Some)
    }

    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.iter().try_for_each(|p| p.query(cx, span, sink))
    }
}

fn peak(pats: &[Pattern]) -> f64 {
    pats.iter().map(|p| p.traits().peak).fold(f64::NEG_INFINITY, f64::max)
}

fn periods(pats: &[Pattern]) -> Option<u32> {
    pats.iter().map(Pattern::period).fold(Some(1), join_periods)
}

/// All patterns at once.
pub(crate) fn stack(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let traits = Traits {
        steps: join_steps(&pats),
        period: periods(&pats),
        density: pats.iter().map(|p| p.traits().density).sum(),
        peak: peak(&pats),
    };
    let children: Vec<_> = pats.clone();
    Pattern::make(Stack(pats.into()), traits, &children.iter().collect::<Vec<_>>())
}

struct Slowcat(Box<[Pattern]>);

/// Splits `span` into cycles and asks, for each, `pick(cycle)` shifted back by the cycles the
/// others took, so that no cycle of any pattern is skipped.
pub(crate) fn slowcat_query(
    cx: &Cx<'_>,
    span: Span,
    len: i64,
    sink: &mut Sink<'_>,
    mut ask: impl FnMut(&Cx<'_>, i64, Span, &mut Sink<'_>) -> Flow,
) -> Flow {
    cx.cycles(span, |part| {
        let cycle = part.begin.floor();
        let offset = Rational::int(cycle.checked_sub(cycle.div_euclid(len)).ok_or(Fault::Overflow)?);
        let inner = part.map(|t| t.sub(offset))?;
        ask(cx, cycle.rem_euclid(len), inner, &mut |e| {
            let whole = e.whole.map(|w| w.map(|t| t.add(offset))).transpose()?;
            sink(&e.with_spans(whole, e.part.map(|t| t.add(offset))?))
        })
    })
}

impl Query for Slowcat {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let len = i64::try_from(self.0.len()).map_err(|_| Fault::Overflow)?;
        slowcat_query(cx, span, len, sink, |cx, i, span, sink| match usize::try_from(i).ok().and_then(|i| self.0.get(i)) {
            Some(p) => p.query(cx, span, sink),
            None => Ok(()),
        })
    }
}

/// One cycle of each in turn.
pub(crate) fn slowcat(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    if pats.len() <= 1 {
        return Ok(pats.into_iter().next().unwrap_or_else(silence));
    }
    let n = u32::try_from(pats.len()).ok();
    let traits = Traits {
        steps: join_steps(&pats),
        period: periods(&pats).zip(n).and_then(|(p, n)| p.checked_mul(n)).filter(|p| *p <= 10_000),
        density: pats.iter().map(|p| p.traits().density).fold(0.0, f64::max),
        peak: peak(&pats),
    };
    let children = pats.clone();
    Pattern::make(Slowcat(pats.into()), traits, &children.iter().collect::<Vec<_>>())
}

/// All in turn, squeezed into one cycle.
pub(crate) fn fastcat(pats: Vec<Pattern>) -> Result<Pattern, Error> {
    let n = pats.len();
    let cat = slowcat(pats)?;
    if n <= 1 {
        return Ok(cat);
    }
    let steps = Rational::int(i64::try_from(n).map_err(|_| Fault::Overflow)?);
    with_steps(&super::time::fast(&Param::time_of(steps), &cat)?, Some(steps))
}

struct Same(Pattern);

impl Query for Same {
    fn exchanged(&self, itself: &Pattern, f: &Exchange<'_>) -> Result<Option<Pattern>, Error> {
        let pat = f(&self.0)?;
        Pattern::make(Self(pat.clone()), itself.traits().clone(), &[&pat]).map(Some)
    }

    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, sink)
    }
}

/// The same pattern with another number of steps.
pub(crate) fn with_steps(pat: &Pattern, steps: Option<Rational>) -> Result<Pattern, Error> {
    if pat.steps() == steps {
        return Ok(pat.clone());
    }
    Pattern::make(Same(pat.clone()), Traits { steps, ..pat.traits().clone() }, &[pat])
}

struct Cycles(Pattern);

impl Query for Cycles {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        cx.cycles(span, |span| self.0.query(cx, span, sink))
    }
}

/// The same pattern asked one cycle after the other, where continuous signals begin anew; without steps.
pub(crate) fn cycle_by_cycle(pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Cycles(pat.clone()), Traits { steps: None, ..pat.traits().clone() }, &[pat])
}

struct Bind {
    args: Box<[(Pattern, crate::pattern::cycle::core::Var)]>,
    body: Pattern,
}

impl Bind {
    /// Looks at argument `i` over `span`; when all are bound, asks the body over `part`.
    fn descend(&self, cx: &Cx<'_>, i: usize, span: Span, part: Option<Span>, sink: &mut Sink<'_>) -> Flow {
        let Some((arg, var)) = self.args.get(i) else {
            return self.body.query(cx, part.unwrap_or(span), sink);
        };
        arg.query(cx, span, &mut |e| {
            let part = match part {
                None => e.part,
                Some(p) => match p.sect(e.part) {
                    Some(p) => p,
                    None => return Ok(()),
                },
            };
            // Later arguments are read over the whole of the first.
            let next = if i == 0 { e.whole_or_part() } else { span };
            cx.bind(*var, e.value, |cx| self.descend(cx, i + 1, next, Some(part), sink))
        })
    }
}

impl Query for Bind {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.descend(cx, 0, span, None, sink)
    }
}

/// `body` with its bound arguments read from patterns (Strudel's `innerJoin` of a call).
pub(crate) fn bind(
    args: Vec<(Pattern, crate::pattern::cycle::core::Var)>,
    body: &Pattern,
    steps: Option<Rational>,
) -> Result<Pattern, Error> {
    let mut children: Vec<Pattern> = args.iter().map(|(p, _)| p.clone()).collect();
    children.push(body.clone());
    let events: f64 = args.iter().map(|(p, _)| p.traits().density.max(1.0)).product();
    let traits = Traits { steps, period: None, density: body.traits().density * events.min(2.0), peak: body.traits().peak };
    Pattern::make(Bind { args: args.into(), body: body.clone() }, traits, &children.iter().collect::<Vec<_>>())
}

struct If {
    cond: Param,
    yes: Pattern,
    no: Pattern,
}

impl Query for If {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let yes = self.cond.lend(cx, |v: Value<'_>| Ok(v.truthy()))?;
        if yes { self.yes.query(cx, span, sink) } else { self.no.query(cx, span, sink) }
    }
}

/// `yes` where the condition holds, else `no`.
pub(crate) fn choose_if(cond: &Param, yes: &Pattern, no: &Pattern) -> Result<Pattern, Error> {
    let fixed = match cond {
        Param::Const { value, .. } => Some(value.lend(|v| Ok(v.truthy()))?),
        Param::Bound { .. } => None,
    };
    if let Some(b) = fixed {
        return Ok(if b { yes.clone() } else { no.clone() });
    }
    let traits = Traits {
        steps: None,
        period: None,
        density: yes.traits().density.max(no.traits().density),
        peak: yes.traits().peak.max(no.traits().peak),
    };
    Pattern::make(If { cond: cond.clone(), yes: yes.clone(), no: no.clone() }, traits, &[yes, no])
}
