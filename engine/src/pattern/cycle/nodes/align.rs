//! Alignments: where the rhythm comes from when two patterns are put together, and how patterns inside of events play.

use super::combine::{From, Op, app};
use super::time::{fast, shifted, squeeze};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits, join_periods, join_steps};
use crate::pattern::cycle::fault::{Error, Flow};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Span;

/// How two patterns of an operator are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Rhythm from the left.
    In,
    /// Rhythm from the right.
    Out,
    /// Rhythm from both: the stretches that events share.
    Mix,
    /// A cycle of the right in each event of the left.
    Squeeze,
    /// A cycle of the left in each event of the right.
    SqueezeOut,
    /// The left begins its cycle anew at each event of the right.
    Reset,
    /// The left begins with its first cycle at each event of the right.
    Restart,
    /// Step against step.
    Poly,
}

/// How a pattern inside of an event plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// At the song's time, with its own events.
    Inner,
    /// At the song's time, with the outer event's extent.
    Outer,
    /// A cycle of it within the event.
    Squeeze,
    /// From the begin of its cycle.
    Reset,
    /// From its first cycle.
    Restart,
}

impl Join {
    /// Asks `inner` for what it plays inside of the event `outer`, of a pattern that was asked for `asked`.
    pub(crate) fn ask(self, cx: &Cx<'_>, asked: Span, outer: &Event<'_>, inner: &Pattern, sink: &mut Sink<'_>) -> Flow {
        let placed = |e: &Event<'_>, sink: &mut Sink<'_>| {
            let (loc, scale) = (e.loc.or(outer.loc), e.scale.or(outer.scale));
            sink(&Event { loc, scale, ..*e })
        };
        match self {
            Self::Inner => inner.query(cx, outer.part, &mut |e| placed(e, sink)),
            Self::Outer => inner.query(cx, outer.part, &mut |e| placed(&e.with_spans(outer.whole, e.part), sink)),
            Self::Squeeze => squeeze(outer, sink, |span, sink| inner.query(cx, span, sink)),
            Self::Reset | Self::Restart => {
                let Some(frame) = outer.whole else { return Ok(()) };
                let by = if self == Self::Restart { frame.begin } else { frame.begin.cycle_pos() };
                shifted(cx, by.neg()?, asked, inner, &mut |e| {
                    let whole = match e.whole.map(|w| w.sect(frame)) {
                        Some(None) => return Ok(()),
                        other => other.flatten(),
                    };
                    match e.part.sect(outer.part) {
                        Some(part) => placed(&e.with_spans(whole, part), sink),
                        None => Ok(()),
                    }
                })
            }
        }
    }

    /// What is known of a pattern whose events hold one of `inner`.
    pub(crate) fn traits<'p>(self, outer: &Traits, inner: impl Iterator<Item = &'p Pattern>) -> Traits {
        let (mut period, mut density, mut peak) = (outer.period, 0.0_f64, f64::NEG_INFINITY);
        for each in inner {
            let t = each.traits();
            if self != Self::Restart {
                period = join_periods(period, t.period);
            } else if t.period.is_none() {
                period = None;
            }
            (density, peak) = (density.max(t.density), peak.max(t.peak));
        }
        let density = match self {
            Self::Squeeze => outer.density * density,
            _ => outer.density + density,
        };
        Traits { steps: if self == Self::Outer { outer.steps } else { None }, period, density, peak }
    }
}

/// The values of events of `outer` with those that `inner` has inside of them.
struct Joined {
    op: Op,
    join: Join,
    /// Whether the outer values are the left ones.
    outer_is_left: bool,
    outer: Pattern,
    inner: Pattern,
}

impl Query for Joined {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.outer.query(cx, span, &mut |o| {
            self.join.ask(cx, span, o, &self.inner, &mut |i| {
                let (l, r) = if self.outer_is_left { (o.value, i.value) } else { (i.value, o.value) };
                self.op.combine(l, r, &mut |value| sink(&i.with_value(value)))
            })
        })
    }
}

fn joined(op: Op, join: Join, outer_is_left: bool, outer: &Pattern, inner: &Pattern) -> Result<Pattern, Error> {
    let (o, i) = (outer.traits(), inner.traits());
    let (l, r) = if outer_is_left { (o, i) } else { (i, o) };
    let traits = Traits { peak: op.peak(l.peak, r.peak), ..join.traits(o, std::iter::once(inner)) };
    let node = Joined { op, join, outer_is_left, outer: outer.clone(), inner: inner.clone() };
    Pattern::make(node, traits, &[outer, inner])
}

struct Mixed {
    op: Op,
    left: Pattern,
    right: Pattern,
}

impl Query for Mixed {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.left.query(cx, span, &mut |l| {
            self.right.query(cx, span, &mut |r| {
                let Some(part) = l.part.sect(r.part) else { return Ok(()) };
                let whole = match l.whole.zip(r.whole).map(|(l, r)| l.sect(r)) {
                    Some(None) => return Ok(()),
                    other => other.flatten(),
                };
                let (loc, scale) = (l.loc.or(r.loc), l.scale.or(r.scale));
                self.op.combine(l.value, r.value, &mut |value| sink(&Event { whole, part, value, loc, scale }))
            })
        })
    }
}

/// Combines with the structure of both patterns: the stretches that their events share.
pub(crate) fn mix(op: Op, left: &Pattern, right: &Pattern) -> Result<Pattern, Error> {
    let (l, r) = (left.traits(), right.traits());
    let traits = Traits {
        steps: join_steps([left, right]),
        period: join_periods(l.period, r.period),
        density: l.density + r.density,
        peak: op.peak(l.peak, r.peak),
    };
    Pattern::make(Mixed { op, left: left.clone(), right: right.clone() }, traits, &[left, right])
}

/// Combines two patterns, aligned as `how` says.
pub(crate) fn aligned(op: Op, how: How, left: &Pattern, right: &Pattern) -> Result<Pattern, Error> {
    match how {
        How::In => app(op, From::Left, left, right),
        How::Out => app(op, From::Right, left, right),
        How::Mix => mix(op, left, right),
        How::Squeeze => joined(op, Join::Squeeze, true, left, right),
        How::SqueezeOut => joined(op, Join::Squeeze, false, right, left),
        How::Reset => joined(op, Join::Reset, false, right, left),
        How::Restart => joined(op, Join::Restart, false, right, left),
        How::Poly => {
            let paced = match left.steps().zip(right.steps()) {
                Some((l, r)) if !r.is_zero() => fast(&Param::time_of(l.div(r)?), right)?,
                _ => right.clone(),
            };
            joined(op, Join::Outer, true, left, &paced)
        }
    }
}
