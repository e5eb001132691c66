//! Where a sequencer stands in what it plays: it follows from the song's position alone, as its triggers do.

use videotracker_engine::{
    name::Name,
    pattern::{Pattern, PatternSlot, Tracker},
    project::{Project, Source},
};

/// Where a sequencer stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Now {
    /// The pattern that it plays.
    pub pattern: Name,
    /// The entry of its chain, from 0.
    pub entry: Option<usize>,
    /// Which repeat of the entry, from 0.
    pub repeat: u32,
    /// The line that plays.
    pub line: usize,
    /// How far the song has come, in lines from the top of the grid.
    pub at: f64,
}

/// How long one turn of a pattern lasts, in quarter notes.
fn turn(slot: &PatternSlot, cycle_beats: f64) -> f64 {
    match &*slot.pattern {
        Pattern::Tracker(tracker) => lines(tracker) / rate(tracker),
        Pattern::Cycle(_) => cycle_beats,
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few hundred lines")]
const fn lines(tracker: &Tracker) -> f64 {
    tracker.length as f64
}

fn rate(tracker: &Tracker) -> f64 {
    tracker.steps_per_beat.to_f64().abs().max(1e-6)
}

/// Which line plays so many lines after the pattern began, and how far the song has come in the grid.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a line of the grid")]
pub fn line_at(steps: f64, lines: f64, backwards: bool) -> (usize, f64) {
    // A step's first moment may lie a hair before it.
    let steps = steps + 1e-9;
    let (whole, part) = (steps.floor(), steps - steps.floor());
    let line = (if backwards { -whole } else { whole }).rem_euclid(lines);
    (line as usize, line + if backwards { 1.0 - part } else { part })
}

impl Now {
    fn of(project: &Project, pattern: &Name, beats: f64) -> Option<Self> {
        let slot = project.patterns.get(pattern)?;
        let (line, at) = match &*slot.pattern {
            Pattern::Tracker(tracker) => line_at(beats * rate(tracker), lines(tracker), tracker.steps_per_beat.num() < 0),
            // In cycles.
            Pattern::Cycle(_) => (0, beats / project.clock.cycle_beats),
        };
        Some(Self { pattern: pattern.clone(), entry: None, repeat: 0, line, at })
    }

    /// Where a sequencer stands at a beat of the song.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "99 repeats at most")]
    pub fn at(project: &Project, sequencer: &str, beat: f64) -> Option<Self> {
        let chain = match project.bindings.get(sequencer)? {
            Source::Pattern(name) => return Self::of(project, name, beat - project.patterns.get(name)?.origin),
            Source::Chain(chain) => project.chains.get(chain).filter(|chain| chain.enabled)?,
        };
        let turns = |pattern: &Name| project.patterns.get(pattern).map_or(0.0, |slot| turn(slot, project.clock.cycle_beats));
        let lasts: Vec<f64> = chain.entries.iter().map(|entry| turns(&entry.pattern) * f64::from(entry.repeats)).collect();
        let total: f64 = lasts.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let mut left = (beat + 1e-9).rem_euclid(total);
        let place = lasts.iter().position(|lasts| {
            let is_here = left < *lasts;
            left -= if is_here { 0.0 } else { *lasts };
            is_here
        });
        let place = place.unwrap_or(lasts.len() - 1);
        let entry = &chain.entries[place];
        let repeat = (left / turns(&entry.pattern).max(1e-9)).floor() as u32;
        Some(Self { entry: Some(place), repeat, ..Self::of(project, &entry.pattern, left)? })
    }
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn a_sequencer_stands_where_its_triggers_come_from() {
        let engine = Engine::empty();
        let script = "session{} sequencer('s') sequencer('c') sequencer('r') \
            pattern('p', 4, {stepsPerBeat = 2}) pattern('back', 4, {stepsPerBeat = -1}) pattern('m', 'bd sd') \
            chain('ch', {{'p', 2}, 'm', 'back'}) bind('s', 'p') bind('c', 'ch') bind('r', 'back')";
        assert_eq!(engine.run_script_and_wait("s", script).error, None);
        let project = &engine.snapshot().project;
        for (sequencer, beat, pattern, entry, repeat, line, at) in [
            ("s", 0.0, "p", None, 0, 0, 0.0),
            ("s", 1.75, "p", None, 0, 3, 3.5),
            ("s", -0.5, "p", None, 0, 3, 3.0),
            ("r", 0.0, "back", None, 0, 0, 1.0),
            ("r", 1.25, "back", None, 0, 3, 3.75),
            ("c", 0.0, "p", Some(0), 0, 0, 0.0),
            ("c", 2.5, "p", Some(0), 1, 1, 1.0),
            ("c", 6.0, "m", Some(1), 0, 0, 0.5),
            ("c", 9.0, "back", Some(2), 0, 3, 4.0),
            ("c", 12.0, "p", Some(0), 0, 0, 0.0),
            ("c", 1202.5, "p", Some(0), 1, 1, 1.0),
        ] {
            let now = Now::at(project, sequencer, beat).unwrap();
            assert_eq!((&*now.pattern, now.entry, now.repeat, now.line), (pattern, entry, repeat, line), "{sequencer} at {beat}");
            assert!((now.at - at).abs() < 1e-6, "{sequencer} at {beat}: {now:?}");
        }
        assert_eq!(Now::at(project, "nobody", 0.0), None);
    }
}
