//! Patterns chosen by the values of another, and by chance.

use super::align::Join;
use super::rhythm::continuous;
use super::signal::{Draws, index, rand_at};
use super::time::zoom_query;
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, Var};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{LIST_CAPACITY, Value, parse_number};

/// How a value names one of several patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By number from 0; what lies beyond is the first or the last.
    Clamped,
    /// By number, going round.
    Round,
    /// From 0 to 1, equal parts each.
    Spread,
    /// By name.
    Names(Box<[Box<str>]>),
}

impl Naming {
    fn place(&self, value: &Value<'_>, count: usize) -> Option<usize> {
        let number = |v: &Value<'_>| v.numeral().ok().filter(|x| !x.is_nan());
        match self {
            Self::Clamped => number(value).map(|x| index((x + 0.5).floor(), count)),
            Self::Round => {
                let len = f64::from(u32::try_from(count).ok()?);
                number(value).map(|x| index((x + 0.5).floor().rem_euclid(len), count))
            }
            Self::Spread => {
                let len = f64::from(u32::try_from(count).ok()?);
                number(value).map(|x| index(x * len, count))
            }
            Self::Names(names) => match value {
                Value::Text(word) => names.iter().position(|name| **name == **word),
                Value::Note(note) => names.iter().position(|name| super::values::spells(note, name)),
                Value::Number(x) => names.iter().position(|name| parse_number(name).is_some_and(|n| n.to_bits() == x.to_bits())),
                _ => None,
            },
        }
    }
}

struct Select {
    naming: Naming,
    join: Join,
    by: Pattern,
    of: Box<[Pattern]>,
}

impl Query for Select {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.by.query(cx, span, &mut |e| match self.naming.place(&e.value, self.of.len()).and_then(|place| self.of.get(place)) {
            Some(inner) => self.join.ask(cx, span, e, inner, sink),
            None => Ok(()),
        })
    }
}

/// The pattern of `of` that each value of `by` names, playing inside of its event as `join` says.
pub(crate) fn select(naming: Naming, join: Join, by: &Pattern, of: Vec<Pattern>) -> Result<Pattern, Error> {
    let Some(first) = of.first() else { return Ok(super::basic::silence()) };
    let traits = join.traits(by.traits(), of.iter());
    let traits = if of.len() == 1 { Traits { peak: first.traits().peak, ..traits } } else { traits };
    let mut children = of.clone();
    children.push(by.clone());
    Pattern::make(Select { naming, join, by: by.clone(), of: of.into() }, traits, &children.iter().collect::<Vec<_>>())
}

/// A number that says which of several patterns plays.
struct Numbered {
    which: Param,
    of: Box<[Pattern]>,
}

impl Query for Numbered {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (which, _) = self.which.pieces(cx)?;
        let index = usize::try_from(which).map_err(|_| Fault::Overflow)?;
        let pat = self.of.get(index).ok_or(Fault::Value { doing: "a number of copies", needs: "one that is known beforehand" })?;
        pat.query(cx, span, sink)
    }
}

/// The pattern of `of` that `which` counts to.
pub(crate) fn numbered(which: &Param, of: Vec<Pattern>) -> Result<Pattern, Error> {
    let fold = |f: fn(&Traits) -> f64, from: f64| of.iter().map(|p| f(p.traits())).fold(from, f64::max);
    let traits = Traits { steps: None, period: None, density: fold(|t| t.density, 0.0), peak: fold(|t| t.peak, f64::NEG_INFINITY) };
    let children = of.clone();
    Pattern::make(Numbered { which: which.clone(), of: of.into() }, traits, &children.iter().collect::<Vec<_>>())
}

/// The most patterns that a draw with weights chooses from.
pub(crate) const MAX_WEIGHTED: usize = 64;

struct Weighted {
    of: Box<[(Pattern, Pattern)]>,
    /// Whether one is drawn for each cycle, else continuously.
    cycles: bool,
}

impl Weighted {
    /// Reads the weights from `place` on over `part` of a cycle; `sums` holds those before, added up.
    fn weigh(
        &self,
        cx: &Cx<'_>,
        draw: f64,
        (index, sums): (usize, &mut [f64; MAX_WEIGHTED]),
        (cycle, part): (Span, Span),
        sink: &mut Sink<'_>,
    ) -> Flow {
        let Some((_, weight)) = self.of.get(index) else {
            let total = index.checked_sub(1).and_then(|last| sums.get(last)).copied().unwrap_or(0.0);
            let found = sums[..index].iter().position(|sum| *sum > total * draw);
            let Some((pat, _)) = found.and_then(|index| self.of.get(index)) else { return Ok(()) };
            return pat.query(cx, part, &mut |e| if self.cycles { sink(e) } else { sink(&e.with_spans(None, e.part)) });
        };
        weight.query(cx, cycle, &mut |w| {
            let Some(part) = part.sect(w.part) else { return Ok(()) };
            let before = index.checked_sub(1).and_then(|last| sums.get(last)).copied().unwrap_or(0.0);
            *sums.get_mut(index).ok_or(Fault::Full)? = before + w.value.numeral()?;
            self.weigh(cx, draw, (index + 1, sums), (cycle, part), sink)
        })
    }
}

impl Query for Weighted {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let at = span.begin;
        cx.cycles(span, |part| {
            let cycle = Span::new(part.begin.sam(), part.begin.next_sam()?);
            let drawn_at = if self.cycles { cycle.begin } else { at };
            let draw = rand_at(drawn_at.to_f64() + cx.seed());
            self.weigh(cx, draw, (0, &mut [0.0; MAX_WEIGHTED]), (cycle, part), sink)
        })
    }
}

/// One of the patterns by chance, each with a weight; for each cycle, or continuously.
pub(crate) fn weighted(of: Vec<(Pattern, Pattern)>, cycles: bool) -> Result<Pattern, Error> {
    let density = of.iter().map(|(p, _)| p.traits().density).fold(0.0, f64::max);
    let peak = of.iter().map(|(p, _)| p.traits().peak).fold(f64::NEG_INFINITY, f64::max);
    let children: Vec<Pattern> = of.iter().flat_map(|(p, w)| [p.clone(), w.clone()]).collect();
    let traits = Traits { steps: None, period: None, density, peak };
    Pattern::make(Weighted { of: of.into(), cycles }, traits, &children.iter().collect::<Vec<_>>())
}

/// The most numbers that are put in random order.
const MAX_RUN: usize = 256;

struct RandRun(Param);

impl Query for RandRun {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (count, n) = self.0.pieces(cx)?;
        let len = usize::try_from(count).ok().filter(|len| *len <= MAX_RUN).ok_or(Fault::TooDense)?;
        if len == 0 {
            return Ok(());
        }
        cx.steps(u32::try_from(len).unwrap_or(u32::MAX))?;
        let mut draws = Draws::at(span.begin.floor_f64() + 0.5 + cx.seed());
        let mut order = [(0.0_f64, 0_u16); MAX_RUN];
        for (index, slot) in (0_u16..).zip(order[..len].iter_mut()) {
            *slot = (draws.draw(), index);
        }
        order[..len].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let at = usize::try_from(span.begin.cycle_pos().mul(n)?.floor()).unwrap_or(0) % len;
        sink(&continuous(span, Value::Number(f64::from(order[at].1))))
    }
}

/// The numbers from 0 to below `n` in random order, each for an `n`th of the cycle.
pub(crate) fn rand_run(n: &Param) -> Result<Pattern, Error> {
    let traits = Traits { steps: None, period: None, density: 1.0, peak: n.peak() };
    super::rhythm::segment(n, &Pattern::leaf(RandRun(n.clone()), traits))
}

struct RandList(Param);

impl Query for RandList {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let (count, _) = self.0.pieces(cx)?;
        let len = usize::try_from(count).ok().filter(|len| *len <= LIST_CAPACITY).ok_or(Fault::Full)?;
        let mut draws = Draws::at(span.begin.to_f64() + cx.seed());
        let mut list = [Value::Bool(false); LIST_CAPACITY];
        for slot in &mut list[..len] {
            *slot = Value::Number(draws.draw().abs());
        }
        sink(&continuous(span, Value::List(&list[..len])))
    }
}

/// Lists of `n` draws, continuously.
pub(crate) fn rand_list(n: &Param) -> Result<Pattern, Error> {
    Ok(Pattern::leaf(RandList(n.clone()), Traits { steps: None, period: None, density: 1.0, peak: f64::INFINITY }))
}

/// The part of each cycle that a bound number names.
struct Part {
    which: Param,
    n: Param,
    pat: Pattern,
}

impl Query for Part {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let ((count, n), which) = (self.n.pieces(cx)?, self.which.time(cx)?);
        if count == 0 {
            return Ok(());
        }
        let begin = which.div(n)?;
        zoom_query(cx, begin, which.add(Rational::ONE)?.div(n)?, span, &self.pat, sink)
    }
}

/// `n` parts of each cycle in the order of `order`.
pub(crate) fn rearranged(order: Pattern, n: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let var = Var::fresh();
    let traits = Traits { steps: None, period: None, ..pat.traits().clone() };
    let node = Part { which: Param::bound(var, f64::INFINITY), n: n.clone(), pat: pat.clone() };
    let part = Pattern::make(node, traits, &[pat])?;
    let body = super::time::fast(n, &super::time::repeat_cycles(n, &part)?)?;
    super::basic::bind(vec![(order, var)], &body, None)
}

struct Bite {
    n: Pattern,
    index: Pattern,
    pat: Pattern,
}

impl Query for Bite {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.index.query(cx, span, &mut |i| {
            self.n.query(cx, i.whole_or_part(), &mut |n| {
                let Some(part) = i.part.sect(n.part) else { return Ok(()) };
                let count = Rational::from_f64(n.value.numeral()?)?;
                if !count.is_positive() {
                    return Ok(());
                }
                let begin = Rational::from_f64(i.value.numeral()?)?.div(count)?.cycle_pos();
                let end = begin.add(Rational::ONE.div(count)?)?;
                let outer = Event { part, ..*i };
                super::time::squeeze(&outer, sink, |span, sink| zoom_query(cx, begin, end, span, &self.pat, sink))
            })
        })
    }
}

/// Parts of each cycle of `pat`, cut into `n`, named by `index` and squeezed into its events.
pub(crate) fn bite(n: &Pattern, index: &Pattern, pat: &Pattern) -> Result<Pattern, Error> {
    let traits = Join::Squeeze.traits(index.traits(), [n, pat].into_iter());
    Pattern::make(Bite { n: n.clone(), index: index.clone(), pat: pat.clone() }, traits, &[n, index, pat])
}

struct Seeded(Param, Pattern);

impl Query for Seeded {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let seed = self.0.number(cx)?;
        self.1.query(&cx.seeded(seed), span, sink)
    }
}

/// `pat` with the draws that `seed` cycles later would bring.
pub(crate) fn seeded(seed: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(Seeded(seed.clone(), pat.clone()), pat.traits().clone(), &[pat])
}

struct DegradeWith {
    draws: Pattern,
    amount: Param,
    pat: Pattern,
}

impl Query for DegradeWith {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let amount = self.amount.number(cx)?;
        self.pat.query(cx, span, &mut |e| {
            self.draws.query(cx, e.whole_or_part(), &mut |d| match e.part.sect(d.part) {
                Some(part) if d.value.numeral()? > amount => sink(&e.with_spans(e.whole, part)),
                _ => Ok(()),
            })
        })
    }
}

/// Drops events where `draws` is not above `amount`.
pub(crate) fn degrade_with(draws: &Pattern, amount: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: None, density: t.density + draws.traits().density, ..t.clone() };
    Pattern::make(DegradeWith { draws: draws.clone(), amount: amount.clone(), pat: pat.clone() }, traits, &[draws, pat])
}

struct Brand(Param);

impl Query for Brand {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let x = self.0.number(cx)?;
        sink(&continuous(span, Value::Bool(rand_at(span.begin.to_f64() + cx.seed()) < x)))
    }
}

/// True with a chance, continuously.
pub(crate) fn brand_by(chance: &Param) -> Result<Pattern, Error> {
    Ok(Pattern::leaf(Brand(chance.clone()), Traits { steps: None, period: None, density: 1.0, peak: 1.0 }))
}

struct CycleDraw(bool);

impl Query for CycleDraw {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        super::basic::each_cycle(cx, span, |whole, part| {
            let r = rand_at(whole.begin.to_f64() + cx.seed());
            let value = Value::Number(if self.0 { 1.0 - r } else { r });
            sink(&Event { whole: Some(whole), ..continuous(part, value) })
        })
    }
}

/// A draw for each cycle, or one minus it.
fn cycle_draw(inverse: bool) -> Pattern {
    Pattern::leaf(CycleDraw(inverse), Traits { steps: None, period: None, density: 1.0, peak: 1.0 })
}

/// Whole cycles through `f` by chance.
pub(crate) fn some_cycles_by(x: &Param, f: &mut dyn FnMut(&Pattern) -> Result<Pattern, Error>, pat: &Pattern) -> Result<Pattern, Error> {
    let kept = degrade_with(&cycle_draw(false), x, pat)?;
    let changed = f(&degrade_with(&cycle_draw(true), &x.affine(-1.0, 1.0), pat)?)?;
    super::basic::stack(vec![kept, changed])
}
