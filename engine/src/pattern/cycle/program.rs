//! The compiled form: a pattern checked, worked out beforehand where it repeats, ready to be asked.

use crate::pattern::cycle::core::{Cx, Event, Pattern, Sink};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::meter;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::table::bake;
use std::cell::Cell;

/// The most events a cycle may hold.
pub const MAX_EVENTS_PER_CYCLE: u32 = 4096;
/// The most steps one query may take; a few milliseconds at worst.
pub const MAX_WORK: u32 = 150_000;
/// The most steps compiling may spend on trying a pattern out.
const TRIAL_WORK: u32 = 1_000_000;
/// A value that can't be used in one of so many first cycles refuses the pattern.
const EARLY: i64 = 4;
/// Above this estimate a pattern is refused without counting.
const HOPELESS: f64 = 2_000_000.0;

/// An immutable pattern that can be asked on the audio thread.
#[derive(Clone, Debug)]
pub struct Program {
    pattern: Pattern,
    busiest: u32,
}

impl Program {
    /// Checks and compiles a pattern.
    ///
    /// # Errors
    /// [`Error::Density`] where a cycle holds more than [`MAX_EVENTS_PER_CYCLE`] events,
    /// [`Error::Fault`] where asking it fails.
    ///
    /// # Examples
    /// ```
    /// use videotracker_engine::pattern::cycle::{mini::mini, program::Program};
    /// let p = Program::compile(&mini("bd*3 sn")?)?;
    /// assert_eq!(p.busiest(), 4);
    /// assert!(Program::compile(&mini("bd*1e6")?).is_err());
    /// # Ok::<(), videotracker_engine::pattern::cycle::fault::Error>(())
    /// ```
    pub fn compile(pattern: &Pattern) -> Result<Self, Error> {
        let estimate = pattern.traits().density;
        if estimate.is_finite() && estimate > HOPELESS {
            return Err(Error::Density { events: estimate.round(), limit: MAX_EVENTS_PER_CYCLE, exact: false });
        }
        if pattern.is_table() {
            // Tables know their busiest cycle.
            let busiest = count_f64(estimate);
            check_density(busiest)?;
            return Ok(Self { pattern: pattern.clone(), busiest });
        }
        let baked = bake(pattern)?;
        if baked.is_table() {
            let busiest = count_f64(baked.traits().density);
            check_density(busiest)?;
            return Ok(Self { pattern: baked, busiest });
        }
        let busiest = try_out(pattern, estimate)?;
        Ok(Self { pattern: baked, busiest })
    }

    /// A program that plays nothing.
    #[must_use]
    pub fn silence() -> Self {
        Self { pattern: crate::pattern::cycle::nodes::basic::silence(), busiest: 0 }
    }

    /// The events of the busiest cycle that was tried.
    #[must_use]
    pub const fn busiest(&self) -> u32 {
        self.busiest
    }

    /// Whether no query can fail but for times too large to count.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.pattern.is_table()
    }

    /// The pattern behind it.
    #[must_use]
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Gives every event that touches the half-open `span` to `sink`; a span that ends before it begins holds none.
    ///
    /// # Errors
    /// A [`Fault`] ends the query; events given until then must be dropped.
    ///
    /// # Realtime safety
    /// Never allocates, locks or waits; takes at most [`MAX_WORK`] steps.
    #[inline]
    pub fn query(&self, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.query_within(&Cell::new(MAX_WORK), span, sink)
    }

    /// As [`Program::query`], within `steps`, from which it takes those it needs: all that are left where they are too few.
    ///
    /// # Errors
    /// As [`Program::query`].
    pub fn query_within(&self, steps: &Cell<u32>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let allowed = steps.get().min(MAX_WORK);
        let work = Cell::new(allowed);
        let asked = self.asked(&work, span, sink);
        let too_few = allowed < MAX_WORK && asked == Err(Fault::TooDense);
        steps.set(if too_few { 0 } else { steps.get().saturating_sub(allowed - work.get()) });
        asked
    }

    fn asked(&self, work: &Cell<u32>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let cx = Cx::new(work);
        if span.begin > span.end {
            return Ok(());
        }
        if span.begin.num() >= 0 {
            return self.pattern.query(&cx, span, sink);
        }
        if span.end.num() <= 0 {
            return self.pattern.query(&cx.before_zero(), span, sink);
        }
        self.pattern.query(&cx.before_zero(), Span::new(span.begin, Rational::ZERO), sink)?;
        self.pattern.query(&cx, Span::new(Rational::ZERO, span.end), sink)
    }

    /// Gives only the beginnings of events in the half-open `span`.
    ///
    /// # Errors
    /// As [`Program::query`].
    ///
    /// # Realtime safety
    /// As [`Program::query`].
    pub fn onsets(&self, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.onsets_within(&Cell::new(MAX_WORK), span, sink)
    }

    /// As [`Program::onsets`], within `steps` as [`Program::query_within`].
    ///
    /// # Errors
    /// As [`Program::query`].
    pub fn onsets_within(&self, steps: &Cell<u32>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.query_within(steps, span, &mut |e: &Event<'_>| if e.has_onset() { sink(e) } else { Ok(()) })
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows in memory")]
const fn count_f64(x: f64) -> u32 {
    x as u32
}

const fn check_density(events: u32) -> Result<(), Error> {
    if events > MAX_EVENTS_PER_CYCLE {
        return Err(Error::Density { events: events as f64, limit: MAX_EVENTS_PER_CYCLE, exact: true });
    }
    Ok(())
}

/// Asks some cycles and counts; finds faults and too dense patterns before they play.
fn try_out(pattern: &Pattern, estimate: f64) -> Result<u32, Error> {
    let cycles = i64::from(pattern.period().unwrap_or(8)).clamp(1, 16);
    let total = Cell::new(TRIAL_WORK);
    let mut busiest = 0;
    for c in 0..cycles {
        // A query that takes more steps is refused when it plays, so that trying goes no further.
        let allowed = total.get().min(MAX_WORK + 1);
        let left = Cell::new(allowed);
        let mut events = 0_u32;
        let asked = pattern.query(&Cx::new(&left), Span::cycle(c), &mut |_| {
            events = events.saturating_add(1);
            Ok(())
        });
        match asked {
            // A value that can't be used later on is reported when it comes up; the pattern plays until then.
            Err(fault) if fault.is_of_values() && c >= EARLY => break,
            Err(Fault::TooDense) if c > 0 && events <= MAX_EVENTS_PER_CYCLE && allowed <= MAX_WORK => break,
            Err(Fault::TooDense) if events > MAX_EVENTS_PER_CYCLE => {
                let events = f64::from(events).max(if estimate.is_finite() { estimate.round() } else { 0.0 });
                return Err(Error::Density { events, limit: MAX_EVENTS_PER_CYCLE, exact: false });
            }
            other => other?,
        }
        let taken = allowed - left.get();
        total.set(total.get() - taken);
        meter::work(u64::from(taken))?;
        check_density(events)?;
        if taken > MAX_WORK {
            return Err(Fault::TooDense.into());
        }
        busiest = busiest.max(events);
    }
    Ok(busiest)
}

/// The span of `frames` audio frames from `start`, at `frames_per_cycle`.
///
/// # Errors
/// [`Fault::Overflow`] or [`Fault::DivisionByZero`].
pub fn block(start: Rational, frames: i64, frames_per_cycle: i64) -> Result<Span, Fault> {
    let len = Rational::int(frames).div(Rational::int(frames_per_cycle))?;
    Ok(Span::new(start, start.add(len)?))
}
