//! Functions that are called with values or times while a pattern is asked.
//!
//! A pattern that holds one is asked only where such functions may run, cycle by cycle, ahead of time: never on the audio thread. What they
//! gave is kept as [`worked_out`] makes it, and that plays.

use std::cell::Cell;
use std::sync::Arc;

use super::core::{Cx, Event, Loc, Pattern, Query, Sink, Traits};
use super::fault::{Error, Fault, Flow};
use super::program::{MAX_EVENTS_PER_CYCLE, MAX_WORK};
use super::rational::{Rational, Span};
use super::tonal::scale::Scale;
use super::value::{Const, Value};

/// What a function is called with.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// The value of an event.
    Value(&'a Value<'a>),
    /// An event.
    Event(&'a Event<'a>),
    /// A time, in cycles.
    Time(f64),
    /// The values of all notes of a chord, in order.
    Chord(&'a [Const]),
}

/// What a function gives.
#[derive(Clone, Debug)]
pub enum Output {
    /// A value.
    Value(Const),
    /// A pattern of values.
    Pattern(Pattern),
    /// Nothing.
    Nothing,
}

/// A function that a script hands over, to be called while the pattern is asked.
pub trait Function: Send + Sync {
    /// Calls it.
    ///
    /// # Errors
    /// [`Fault::Called`] where it fails, or may not run here.
    fn call(&self, input: Input<'_>) -> Result<Output, Fault>;
}

/// What a function does to a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It makes another value of each value.
    Value,
    /// It says which events stay.
    Filter,
    /// It says at which times events stay that begin then.
    FilterWhen,
    /// It makes a pattern of the values of each chord.
    Arp,
}

/// A pattern through a function.
struct Called {
    way: Way,
    function: Arc<dyn Function>,
    pat: Pattern,
}

impl Output {
    fn truthy(&self) -> bool {
        match self {
            Self::Value(value) => value.lend(|value| Ok(value.truthy())).unwrap_or(true),
            Self::Pattern(_) => true,
            Self::Nothing => false,
        }
    }

    fn value(self) -> Result<Const, Fault> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Pattern(_) | Self::Nothing => {
                Err(Fault::Value { doing: "a function of values", needs: "to give a number, a text, a list or a table of controls" })
            }
        }
    }
}

impl Called {
    fn keeps(&self, event: &Event<'_>) -> Result<bool, Fault> {
        let input = match self.way {
            Way::FilterWhen => Input::Time(event.whole_or_part().begin.to_f64()),
            _ => Input::Event(event),
        };
        self.function.call(input).map(|given| given.truthy())
    }

    /// The events of the patterns that the function makes of chords: events of one extent.
    fn arp(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let mut chords: Vec<(Option<Span>, Span, Vec<Const>)> = Vec::new();
        self.pat.query(cx, span, &mut |event| {
            cx.step()?;
            let value = Const::own(&event.value);
            let is_full = chords.len() >= MAX_EVENTS_PER_CYCLE as usize;
            match chords.iter_mut().rev().find(|(whole, ..)| *whole == event.whole) {
                Some((.., values)) => values.push(value),
                None if is_full => return Err(Fault::SinkFull),
                None => chords.push((event.whole, event.part, vec![value])),
            }
            Ok(())
        })?;
        for (_, part, values) in chords {
            let pattern = match self.function.call(Input::Chord(&values))? {
                Output::Pattern(pattern) => pattern,
                Output::Value(value) => super::nodes::basic::pure(value),
                Output::Nothing => continue,
            };
            let deep = Fault::Value { doing: "a function of chords", needs: "to give a pattern that does not call it again" };
            pattern.query(&cx.within(&pattern).ok_or(deep)?, part, sink)?;
        }
        Ok(())
    }
}

impl Query for Called {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        match self.way {
            Way::Value => self.pat.query(cx, span, &mut |event| {
                let value = self.function.call(Input::Value(&event.value))?.value()?;
                value.lend(|value| sink(&event.with_value(value)))
            }),
            Way::Filter | Way::FilterWhen => self.pat.query(cx, span, &mut |event| if self.keeps(event)? { sink(event) } else { Ok(()) }),
            Way::Arp => self.arp(cx, span, sink),
        }
    }
}

/// A pattern through a function that is called while it is asked.
pub(crate) fn called(way: Way, function: Arc<dyn Function>, pat: &Pattern) -> Result<Pattern, Error> {
    let of = pat.traits();
    let steps = if way == Way::Arp { None } else { of.steps };
    let peak = if matches!(way, Way::Filter | Way::FilterWhen) { of.peak } else { f64::INFINITY };
    // Nobody knows when what a function gives comes again.
    let traits = Traits { steps, period: None, density: of.density, peak };
    Pattern::make(Called { way, function, pat: pat.clone() }, traits, &[pat])
}

/// What a function makes of the time.
struct OfTime(Arc<dyn Function>);

impl Query for OfTime {
    fn query(&self, _: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let value = self.0.call(Input::Time(span.begin.to_f64()))?.value()?;
        value.lend(|value| sink(&Event { whole: None, part: span, value, loc: Loc::default(), scale: None }))
    }
}

/// A continuous pattern of what a function makes of the time in cycles.
pub(crate) fn of_time(function: Arc<dyn Function>) -> Pattern {
    Pattern::leaf(OfTime(function), Traits { steps: None, period: None, density: 1.0, peak: f64::INFINITY })
}

/// An event that was worked out.
struct Known {
    whole: Option<Span>,
    part: Span,
    value: Const,
    loc: Loc,
    scale: Option<Scale>,
    /// When the last of the events up to this one ends.
    until: Rational,
}

/// The events of some cycles, as they are; nothing in others.
struct WorkedOut(Box<[Known]>);

impl Query for WorkedOut {
    fn heap(&self) -> usize {
        let mut text = 0;
        self.0.iter().map(|event| size_of::<Known>() + event.value.heap(&mut text)).sum()
    }

    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let first = self.0.partition_point(|event| event.until <= span.begin);
        for event in self.0[first..].iter().take_while(|event| event.part.begin < span.end) {
            cx.step()?;
            if event.part.end <= span.begin {
                continue;
            }
            let part = Span::new(event.part.begin.max(span.begin), event.part.end.min(span.end));
            event.value.lend(|value| sink(&Event { whole: event.whole, part, value, loc: event.loc, scale: event.scale }))?;
        }
        Ok(())
    }
}

/// Most bytes that the values of a cycle which was worked out take.
const MAX_BYTES: usize = 8 << 20;

/// The pattern of the events of some cycles of another, asked one by one; it is silent in all others.
///
/// # Errors
/// What asking it reports, and [`Error::Density`] where a cycle holds too many events.
pub fn worked_out(pattern: &Pattern, cycles: std::ops::Range<i64>) -> Result<Pattern, Error> {
    let mut known = Vec::new();
    for cycle in cycles {
        let work = Cell::new(MAX_WORK);
        let cx = Cx::new(&work);
        let cx = if cycle < 0 { cx.before_zero() } else { cx };
        let (mut count, mut bytes) = (0, 0);
        pattern
            .query(&cx, Span::cycle(cycle), &mut |event| {
                count += 1;
                if count > MAX_EVENTS_PER_CYCLE {
                    return Err(Fault::SinkFull);
                }
                let Event { whole, part, loc, scale, .. } = *event;
                let value = Const::own(&event.value);
                bytes += value.heap(&mut 0);
                if bytes > MAX_BYTES {
                    return Err(Fault::Value { doing: "a cycle that functions give", needs: "shorter texts, or fewer of them" });
                }
                known.push(Known { whole, part, value, loc, scale, until: part.end });
                Ok(())
            })
            .map_err(|fault| match fault {
                Fault::SinkFull => Error::Density { events: f64::from(count), limit: MAX_EVENTS_PER_CYCLE, exact: false },
                fault => fault.into(),
            })?;
    }
    known.sort_by_key(|event| event.part.begin);
    let mut until = Rational::int(i64::MIN >> 8);
    for event in &mut known {
        until = until.max(event.until);
        event.until = until;
    }
    let traits = Traits { steps: pattern.steps(), period: None, density: f64::from(MAX_EVENTS_PER_CYCLE), peak: f64::INFINITY };
    Ok(Pattern::leaf(WorkedOut(known.into()), traits))
}
