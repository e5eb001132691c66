//! Tracker patterns as cycles of events, for combinators to work on.

use super::{
    PatternSlot,
    cycle::{
        core::{Cx, Event, Loc, Pattern, Query, Sink, Traits},
        fault::{Error, Flow},
        rational::{Rational, Span},
        value::{Key, Map, Value},
    },
    program::TrackerProgram,
    tracker::Tracker,
};
use crate::{
    name::Name,
    signal::{Controls, Values, control},
    time::{Ratio, lcm},
};

/// Longest run of cycles after which a tracker pattern counts as repeating.
const MAX_PERIOD: i64 = 512;

struct Tracked {
    program: TrackerProgram,
    /// Keys by control id.
    keys: Box<[Option<Key>]>,
    /// Quarter notes in a cycle.
    beats: Ratio,
    /// The longest step with its gate, in quarter notes.
    reach: f64,
}

/// The events of a tracker pattern as a cycle pattern whose cycles last `cycle_beats` quarter notes. An index becomes `n`,
/// a note `note`, parameter columns controls of their name.
///
/// # Errors
/// Where its columns have more different names than there is room for.
pub fn tracked(name: &Name, tracker: &Tracker, slot: &PatternSlot, cycle_beats: f64) -> Result<Pattern, Error> {
    let mut controls = Controls::new();
    let still = PatternSlot { muted: false, origin: 0.0, ..slot.clone() };
    let program = TrackerProgram::compile(name, 0, tracker, &still, &mut controls);
    let keys = (0..controls.len()).map(|id| key_of(controls.name(id)).transpose()).collect::<Result<_, _>>()?;
    let beats = Ratio::approximate(cycle_beats);
    let beats = if beats.num() > 0 { beats } else { Ratio::whole(4) };
    let rate = tracker.steps_per_beat.to_f64().abs();
    let density = beats.to_f64() * rate;
    let reach = f64::from(super::tracker::MAX_LENGTH + 1) / rate;
    let steps = Rational::from_f64(density).ok();
    let traits = Traits { steps, period: period(tracker, &program, beats), density: density.ceil(), peak: f64::INFINITY };
    Ok(Pattern::leaf(Tracked { program, keys, beats, reach }, traits))
}

fn key_of(name: &str) -> Option<Result<Key, Error>> {
    match name {
        "" => None,
        "index" => Some(Ok(Key::N)),
        other => Some(Key::intern(other)),
    }
}

/// After how many cycles it repeats, where no chance is involved.
fn period(tracker: &Tracker, program: &TrackerProgram, beats: Ratio) -> Option<u32> {
    let played = || tracker.steps.iter().take(tracker.length);
    if played().any(|step| step.chance < 100) {
        return None;
    }
    let turns = played().map(|step| i64::from(step.ratio.1)).fold(1, lcm);
    let turn = program.cycle_beats() * Ratio::whole(turns);
    // The turn over the cycle, in lowest terms: its numerator counts the cycles.
    let share = Ratio::new(turn.num().checked_mul(beats.den())?, turn.den().checked_mul(beats.num())?);
    (share.num() <= MAX_PERIOD).then(|| u32::try_from(share.num()).ok()).flatten()
}

impl Tracked {
    fn map(&self, values: &Values) -> Result<Map<'static>, super::cycle::fault::Fault> {
        let mut map = Map::new();
        for (id, value) in values.iter() {
            let Some(key) = self.keys.get(usize::from(id)).copied().flatten() else { continue };
            // The pattern language counts pan from 0 (left) to 1, modules from -1.
            let value = if id == control::PAN { value.mul_add(0.5, 0.5) } else { value };
            map.set(key, Value::Number(value))?;
        }
        Ok(map)
    }
}

impl Query for Tracked {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let beats = self.beats.to_f64();
        // Wider than asked by a step; the exact times decide.
        let (from, to) = (span.begin.to_f64() * beats - self.reach, span.end.to_f64() * beats + self.reach / 64.0);
        let per_cycle = Rational::new(self.beats.num(), self.beats.den()).unwrap_or(Rational::ONE);
        let mut flow = Ok(());
        self.program.whole((from, to), &mut |hit| {
            if flow.is_err() {
                return;
            }
            flow = cx.step().and_then(|()| {
                let at = |beat: Ratio| Rational::new(beat.num(), beat.den()).unwrap_or(Rational::ZERO).div(per_cycle);
                let whole = Span::new(at(hit.beat)?, at(hit.beat + hit.duration)?);
                let Some(part) = whole.sect(span) else { return Ok(()) };
                let map = self.map(&hit.values)?;
                sink(&Event { whole: Some(whole), part, value: Value::Map(&map), loc: Loc::default(), scale: None })
            });
        });
        flow
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use super::*;
    use crate::pattern::{Column, Pattern as Kept, Step};

    fn events(tracker: &Tracker, beats: f64, span: (i64, i64)) -> Vec<(f64, f64, f64)> {
        let slot = PatternSlot { pattern: Arc::new(Kept::Tracker(tracker.clone())), muted: true, origin: 3.0 };
        let pattern = tracked(&Name::new("p"), tracker, &slot, beats).unwrap();
        let work = Cell::new(100_000);
        let mut found = Vec::new();
        let span = Span::new(Rational::int(span.0), Rational::int(span.1));
        pattern
            .query(&Cx::new(&work), span, &mut |event| {
                let Value::Map(map) = event.value else { panic!("controls") };
                let n = map.get(Key::N).map_or(-1.0, |n| n.numeral().unwrap());
                let whole = event.whole.unwrap();
                found.push((whole.begin.to_f64(), whole.duration().unwrap().to_f64(), n));
                Ok(())
            })
            .unwrap();
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        found
    }

    #[test]
    fn steps_become_events_of_cycles() {
        let mut tracker = Tracker::new(16);
        for index in [0, 6, 12] {
            tracker.steps[index] = Step { index: i32::try_from(index).unwrap(), length: 2, ..Step::default() };
        }
        assert_eq!(events(&tracker, 4.0, (0, 1)), [(0.0, 0.125, 0.0), (0.375, 0.125, 6.0), (0.75, 0.125, 12.0)]);
        assert_eq!(events(&tracker, 8.0, (5, 6)).len(), 6, "two turns in a cycle of eight beats");
        assert_eq!(events(&tracker, 4.0, (-1, 0))[0].0, -1.0);
    }

    #[test]
    fn a_gate_that_reaches_into_the_span_is_there() {
        let mut tracker = Tracker::new(16);
        tracker.steps[15] = Step { index: 1, length: 64, ..Step::default() };
        let found = events(&tracker, 4.0, (1, 2));
        assert_eq!(found.iter().filter(|event| event.0 < 1.0).count(), 1 + 3, "four turns back still sound: {found:?}");
    }

    #[test]
    fn it_repeats_with_its_turns_and_ratios_but_never_with_chance() {
        let period = |change: fn(&mut Tracker)| {
            let mut tracker = Tracker::new(12);
            tracker.steps[0].index = 0;
            change(&mut tracker);
            let slot = PatternSlot { pattern: Arc::new(Kept::Tracker(tracker.clone())), muted: false, origin: 0.0 };
            tracked(&Name::new("p"), &tracker, &slot, 4.0).unwrap().period()
        };
        assert_eq!(period(|_| ()), Some(3));
        assert_eq!(period(|t| t.steps[0].ratio = (1, 3)), Some(9));
        assert_eq!(period(|t| t.steps[0].chance = 50), None);
        assert_eq!(period(|t| t.columns.retain(|c| *c != Column::Ratio)), Some(3));
    }
}
