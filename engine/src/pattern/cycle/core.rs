//! The pattern itself: a question that depends on nothing but the stretch of time asked about.

use crate::pattern::cycle::fault::{Error, Fault, Flow, call_error};
use crate::pattern::cycle::meter::{self, Kept};
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Const, Value};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// How deep combinators may nest; each level takes stack on the audio thread.
pub const MAX_DEPTH: u16 = 160;

/// The characters of the source an event stems from; `start == end` where unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loc {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Loc {
    pub(crate) const fn or(self, o: Self) -> Self {
        if self.start == self.end { o } else { self }
    }
}

/// One answer of a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The event's full extent; `None` for a continuous signal.
    pub whole: Option<Span>,
    /// The piece of it inside the span asked about.
    pub part: Span,
    /// What it carries.
    pub value: Value<'a>,
    /// Where in the source it comes from.
    pub loc: Loc,
    /// The scale it was put in, for `scaleTranspose`.
    pub scale: Option<crate::pattern::cycle::tonal::scale::Scale>,
}

impl<'a> Event<'a> {
    /// The whole, or the part of a continuous signal.
    #[inline]
    #[must_use]
    pub fn whole_or_part(&self) -> Span {
        self.whole.unwrap_or(self.part)
    }

    /// Whether the part contains the beginning.
    #[must_use]
    pub fn has_onset(&self) -> bool {
        self.whole.is_some_and(|w| w.begin == self.part.begin)
    }

    /// The same event with another value.
    #[inline]
    #[must_use]
    pub fn with_value<'b>(&self, value: Value<'b>) -> Event<'b> {
        Event { whole: self.whole, part: self.part, value, loc: self.loc, scale: self.scale }
    }

    /// The same event elsewhere in time.
    #[inline]
    #[must_use]
    pub fn with_spans(&self, whole: Option<Span>, part: Span) -> Self {
        Event { whole, part, ..*self }
    }
}

/// Where events go.
pub type Sink<'s> = dyn FnMut(&Event<'_>) -> Flow + 's;

/// A value bound while a patterned argument is looked at, on the stack.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    up: Option<&'a Env<'a>>,
    var: Var,
    value: Value<'a>,
}

/// The name of a bound argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Var(u64);

impl Var {
    pub(crate) fn fresh() -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What accompanies a query: bound arguments and the work still allowed.
#[derive(Clone, Copy)]
pub struct Cx<'c> {
    env: Option<&'c Env<'c>>,
    work: &'c Cell<u32>,
    before_zero: bool,
    /// What is added to the times that draws are taken at.
    seed: f64,
    /// How deep the patterns are, together, that functions gave while they were asked, one within the other.
    given: u16,
}

impl<'c> Cx<'c> {
    /// Makes a context that allows as many steps as `work` holds.
    #[must_use]
    pub const fn new(work: &'c Cell<u32>) -> Self {
        Self { env: None, work, before_zero: false, seed: 0.0, given: 0 }
    }

    /// The same for a song position before 0.
    #[must_use]
    pub const fn before_zero(self) -> Self {
        Self { before_zero: true, ..self }
    }

    /// The same with other draws.
    pub(crate) const fn seeded(self, seed: f64) -> Self {
        Self { seed, ..self }
    }

    /// The same for asking a pattern that a function gave meanwhile; `None` where such patterns stand too deep in each other, as where a
    /// function gives the pattern that calls it.
    pub(crate) fn within(self, given: &Pattern) -> Option<Self> {
        let given = self.given.saturating_add(given.0.depth);
        (given <= MAX_DEPTH).then_some(Self { given, ..self })
    }

    /// What is added to the times that draws are taken at.
    pub(crate) const fn seed(&self) -> f64 {
        self.seed
    }

    /// Whether the song position asked about lies before 0.
    pub(crate) const fn is_before_zero(&self) -> bool {
        self.before_zero
    }

    /// Counts one step.
    #[inline]
    pub(crate) fn step(&self) -> Flow {
        self.steps(1)
    }

    /// Counts several steps.
    #[inline]
    pub(crate) fn steps(&self, n: u32) -> Flow {
        match self.work.get().checked_sub(n) {
            Some(left) => {
                self.work.set(left);
                Ok(())
            }
            None => Err(Fault::TooDense),
        }
    }

    /// Calls `f` with each piece of a span that lies within one cycle; each counts as a step, since a span may hold any number.
    #[inline]
    pub(crate) fn cycles(&self, span: Span, mut f: impl FnMut(Span) -> Flow) -> Flow {
        span.cycles(|part| {
            self.step()?;
            f(part)
        })
    }

    pub(crate) fn var(&self, var: Var) -> Result<Value<'c>, Fault> {
        let mut env = self.env;
        while let Some(e) = env {
            if e.var == var {
                return Ok(e.value);
            }
            env = e.up;
        }
        Err(Fault::Escaped)
    }

    /// Runs `f` with one more argument bound.
    pub(crate) fn bind<R>(&self, var: Var, value: Value<'_>, f: impl FnOnce(&Cx<'_>) -> R) -> R {
        let env = Env { up: self.env, var, value };
        f(&Cx { env: Some(&env), ..*self })
    }
}

/// What gives a pattern that answers as another does.
pub type Exchange<'f> = dyn Fn(&Pattern) -> Result<Pattern, Error> + 'f;

/// A kind of pattern. One implementation per combinator.
pub trait Query: Send + Sync {
    /// Whether this is a table of events worked out beforehand.
    fn is_table(&self) -> bool {
        false
    }

    /// About how many bytes it holds beside itself and the patterns it asks.
    fn heap(&self) -> usize {
        0
    }

    /// The same with each pattern that it asks exchanged by `f`, which gives one that answers alike; `itself` is the pattern of this kind.
    /// `None` where nothing is to be gained.
    ///
    /// # Errors
    /// What `f` reports.
    fn exchanged(&self, _itself: &Pattern, _f: &Exchange<'_>) -> Result<Option<Pattern>, Error> {
        Ok(None)
    }

    /// Gives every event that touches `span` to `sink`.
    ///
    /// # Errors
    /// A [`Fault`] ends the query; what was given until then must not be used.
    ///
    /// # Realtime safety
    /// Never allocates; takes at most as many steps as `cx` allows.
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow;
}

/// What is known about a pattern without asking it.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    /// Steps per cycle, where it has a meaning (Strudel's `_steps`).
    pub steps: Option<Rational>,
    /// After how many cycles it repeats, where that is known and nothing is random.
    pub period: Option<u32>,
    /// An estimate, from above, of the events in a cycle.
    pub density: f64,
    /// The largest number among its values, where known.
    pub peak: f64,
}

struct Inner<N: ?Sized> {
    traits: Traits,
    constant: Option<Const>,
    depth: u16,
    _kept: Kept,
    node: N,
}

/// Bytes beside a node's own: counters, traits, and a pointer to each pattern it asks.
const fn node_bytes<N>(children: usize) -> usize {
    size_of::<Inner<N>>() + 32 + 32 * children
}

/// An immutable pattern; copying it is cheap.
#[derive(Clone)]
pub struct Pattern(Arc<Inner<dyn Query>>);

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("traits", &self.0.traits).finish_non_exhaustive()
    }
}

struct Unplaced(Pattern);

impl Query for Unplaced {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.0.query(cx, span, &mut |event| sink(&Event { loc: Loc::default(), ..*event }))
    }
}

impl Pattern {
    /// Makes a pattern of `node`, which asks `children`.
    pub(crate) fn make(node: impl Query + 'static, traits: Traits, children: &[&Self]) -> Result<Self, Error> {
        let depth = children.iter().map(|c| c.0.depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            return Err(call_error("pattern", "combinators are nested more than 160 deep; build it from fewer steps"));
        }
        meter::check()?;
        Ok(Self::keep(node, traits, None, depth, children.len()))
    }

    /// Makes a pattern that asks no other.
    pub(crate) fn leaf(node: impl Query + 'static, traits: Traits) -> Self {
        Self::keep(node, traits, None, 1, 0)
    }

    /// Makes a pattern of one value per cycle, known as a constant to combinators.
    pub(crate) fn constant(node: impl Query + 'static, traits: Traits, value: Const) -> Self {
        Self::keep(node, traits, Some(value), 1, 0)
    }

    fn keep<N: Query + 'static>(node: N, traits: Traits, constant: Option<Const>, depth: u16, children: usize) -> Self {
        let heap = node.heap() + constant.as_ref().map_or(0, |value| value.heap(&mut 0));
        Self(Arc::new(Inner { traits, constant, depth, _kept: Kept::new(node_bytes::<N>(children) + heap), node }))
    }

    pub(crate) fn traits(&self) -> &Traits {
        &self.0.traits
    }

    pub(crate) fn as_constant(&self) -> Option<&Const> {
        self.0.constant.as_ref()
    }

    pub(crate) fn is_table(&self) -> bool {
        self.0.node.is_table()
    }

    /// The same with each pattern that it asks exchanged by `f`; itself where nothing is to be gained.
    pub(crate) fn exchanged(&self, f: &Exchange<'_>) -> Result<Self, Error> {
        Ok(self.0.node.exchanged(self, f)?.unwrap_or_else(|| self.clone()))
    }

    /// The number of steps per cycle, where the pattern has one.
    #[must_use]
    pub fn steps(&self) -> Option<Rational> {
        self.0.traits.steps
    }

    /// After how many cycles the pattern repeats, where that is known.
    #[must_use]
    pub fn period(&self) -> Option<u32> {
        self.0.traits.period
    }

    /// The same without places in the source: its text is another one.
    ///
    /// # Errors
    /// Where patterns are nested too deep.
    pub fn unplaced(&self) -> Result<Self, Error> {
        Self::make(Unplaced(self.clone()), self.traits().clone(), &[self])
    }

    /// Gives every event that touches `span` to `sink`.
    ///
    /// # Errors
    /// A [`Fault`] ends the query.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[inline]
    pub fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        cx.step()?;
        self.0.node.query(cx, span, sink)
    }
}

/// The least common multiple of two periods; `None` beyond 10 000 cycles.
pub(crate) fn join_periods(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    let (a, b) = (a?, b?);
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    let p = (u64::from(a) / u64::from(x.max(1))) * u64::from(b);
    u32::try_from(p).ok().filter(|p| *p <= 10_000)
}

/// The least common multiple of the steps of several patterns, leaving out those without.
pub(crate) fn join_steps<'p>(pats: impl IntoIterator<Item = &'p Pattern>) -> Option<Rational> {
    let mut all = pats.into_iter().filter_map(Pattern::steps);
    let first = all.next()?;
    all.try_fold(first, |a, b| a.lcm(b).ok())
}
