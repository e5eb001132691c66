//! Compiled patterns: what the audio thread asks. Immutable, made on the Controller's side.

use super::{
    PatternSlot,
    chain::Chain,
    cycle::fault::Fault,
    given::Supply,
    play::CycleProgram,
    tracker::{Column, Tracker},
};
use crate::{
    name::Name,
    signal::{Controls, Values, control},
    time::{Ratio, floor_to_i64, to_f64},
};

/// One onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Onset in quarter notes, swing included.
    pub beat: Ratio,
    /// Gate length in quarter notes.
    pub duration: Ratio,
    /// Id of the pattern it comes from.
    pub pattern: u32,
    /// Step within the pattern, counted from 0; in cycle patterns the byte its text begins at, or [`Hit::NOWHERE`].
    pub step: u32,
    /// What it carries.
    pub values: Values,
}

impl Hit {
    /// The step of what stands in no text.
    pub const NOWHERE: u32 = u32::MAX;
}

/// What a sequencer plays, compiled.
#[derive(Clone, Debug)]
pub enum Program {
    /// A tracker pattern, over and over.
    Tracker(TrackerProgram),
    /// A chain.
    Chain(ChainProgram),
    /// A cycle pattern, over and over.
    Cycle(CycleProgram),
}

/// A compiled tracker pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackerProgram {
    pattern: u32,
    steps: Box<[CompiledStep]>,
    backwards: bool,
    /// Steps a beat, positive.
    rate: Ratio,
    rate_f64: f64,
    origin: Ratio,
    muted: bool,
    seed: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct CompiledStep {
    rest: bool,
    chance: u32,
    ratio: (u32, u32),
    duration: Ratio,
    values: Box<[(u16, f64)]>,
}

/// A compiled chain.
#[derive(Clone, Debug)]
pub struct ChainProgram {
    parts: Box<[Part]>,
    total: Ratio,
    enabled: bool,
}

#[derive(Clone, Debug)]
struct Part {
    program: Entry,
    start: Ratio,
    repeats: i64,
    muted: bool,
}

/// What an entry of a chain plays: a repeat is one turn of a tracker pattern, or one cycle.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Steps.
    Tracker(TrackerProgram),
    /// Cycles, which count on from turn to turn of the chain.
    Cycle(CycleProgram),
}

impl Entry {
    /// How long one repeat lasts, in quarter notes.
    fn repeat_beats(&self) -> Ratio {
        match self {
            Self::Tracker(tracker) => tracker.cycle_beats(),
            Self::Cycle(cycle) => cycle.cycle_beats(),
        }
    }
}

impl Part {
    /// How far behind its end an onset can lie, in quarter notes: a swung step.
    fn overhang(&self) -> f64 {
        match &self.program {
            Entry::Tracker(tracker) => 1.0 / tracker.rate_f64,
            Entry::Cycle(_) => 0.0,
        }
    }

    /// What of `span` lies in the part.
    fn within(&self, begin: Ratio, span: (f64, f64)) -> (f64, f64) {
        let end = begin + self.program.repeat_beats() * Ratio::whole(self.repeats);
        (span.0.max(begin.to_f64()), span.1.min(end.to_f64()))
    }

    /// Calls `sink` for the onsets in `span` of the part that begins at `begin` in a turn of its chain.
    fn query(
        &self,
        (begin, turn): (Ratio, i64),
        span: (f64, f64),
        swing: Ratio,
        supply: &mut Supply,
        sink: &mut impl FnMut(Hit),
    ) -> Result<(), Fault> {
        let before = turn.saturating_mul(self.repeats);
        match &self.program {
            Entry::Tracker(tracker) => {
                tracker.query_from(begin, (0, tracker.len() * self.repeats), before, span, swing, sink);
                Ok(())
            }
            Entry::Cycle(cycle) => cycle.query_from((begin, before), self.within(begin, span), supply, sink),
        }
    }
}

/// A well-mixed hash of two numbers (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
fn hash(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(b.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a over a name, so that draws of two patterns with one seed differ.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

impl TrackerProgram {
    /// Bytes that a tracker pattern takes once compiled.
    #[must_use]
    pub fn bytes(tracker: &Tracker) -> usize {
        let values: usize = tracker.steps.iter().map(|step| (step.values.len() + 2) * size_of::<(u16, f64)>()).sum();
        size_of::<Self>() + tracker.steps.len() * size_of::<CompiledStep>() + values
    }

    /// Compiles a pattern of the project. `id` names it in reports.
    #[must_use]
    pub fn compile(name: &Name, id: u32, tracker: &Tracker, slot: &PatternSlot, controls: &mut Controls) -> Self {
        let rate = tracker.steps_per_beat;
        let backwards = rate.num() < 0;
        let rate = if backwards { Ratio::ZERO - rate } else { rate };
        let has = |column: &Column| tracker.columns.contains(column);
        let (index, note, length) = (has(&Column::Index), has(&Column::Note), has(&Column::Length));
        let (chance, ratio) = (has(&Column::Chance), has(&Column::Ratio));
        let steps = tracker
            .steps
            .iter()
            .take(tracker.length)
            .map(|step| {
                let mut values = Values::default();
                let (step_index, step_note) = (if index { step.index } else { -1 }, if note { step.note } else { -1 });
                if let Ok(number) = u16::try_from(step_index) {
                    values.set(control::INDEX, f32::from(number));
                }
                if let Ok(number) = u16::try_from(step_note) {
                    values.set(control::NOTE, f32::from(number));
                }
                for (param, value) in &step.values {
                    if has(&Column::Param(param.clone())) {
                        values.set(controls.intern(param), *value);
                    }
                }
                let steps = i64::from(if length { step.length } else { 1 });
                CompiledStep {
                    rest: step_index < 0 && step_note < 0,
                    chance: if chance { step.chance } else { 100 },
                    ratio: if ratio { step.ratio } else { (1, 1) },
                    duration: Ratio::new(steps * rate.den(), rate.num()),
                    values: values.iter().collect(),
                }
            })
            .collect();
        Self {
            pattern: id,
            steps,
            backwards,
            rate,
            rate_f64: rate.to_f64(),
            origin: Ratio::approximate(slot.origin),
            muted: slot.muted,
            seed: hash(tracker.seed, name_hash(name)),
        }
    }

    fn len(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(1).max(1)
    }

    /// The duration of one cycle in quarter notes.
    pub(super) fn cycle_beats(&self) -> Ratio {
        Ratio::new(self.len() * self.rate.den(), self.rate.num())
    }

    /// Calls `sink` for each onset in `span` quarter notes, counted from 0 and without swing.
    pub(super) fn whole(&self, span: (f64, f64), sink: &mut impl FnMut(Hit)) {
        self.query_from(Ratio::ZERO, (i64::MIN / 4, i64::MAX / 4), 0, span, Ratio::ZERO, sink);
    }

    /// Where the `n`th step since `zero` begins.
    fn onset(&self, zero: Ratio, n: i64, swing: Ratio) -> Ratio {
        let straight = zero + Ratio::new(n * self.rate.den(), self.rate.num());
        if n.rem_euclid(2) == 1 && swing != Ratio::ZERO {
            straight + swing * Ratio::new(self.rate.den(), self.rate.num())
        } else {
            straight
        }
    }

    /// Calls `sink` for each onset of the steps `range` (counted from `zero`) that lies in `[from, to)`.
    /// `before` is how many whole cycles came before step 0 of `range`.
    fn query_from(&self, zero: Ratio, range: (i64, i64), before: i64, span: (f64, f64), swing: Ratio, sink: &mut impl FnMut(Hit)) {
        if self.muted {
            return;
        }
        let offset = zero.to_f64();
        let reach = swing.to_f64();
        let first = floor_to_i64((span.0 - offset) * self.rate_f64 - reach).max(range.0);
        let last = floor_to_i64((span.1 - offset) * self.rate_f64 + 1e-9).min(range.1 - 1);
        let length = self.len();
        for n in first..=last {
            let index = if self.backwards { -n } else { n }.rem_euclid(length);
            let Some(step) = usize::try_from(index).ok().and_then(|index| self.steps.get(index)) else { continue };
            if step.rest || !self.plays(step, n, n.div_euclid(length) + before) {
                continue;
            }
            let beat = self.onset(zero, n, swing);
            let at = beat.to_f64();
            if at < span.0 || at >= span.1 {
                continue;
            }
            let mut values = Values::default();
            for (control, number) in &step.values {
                values.set(*control, *number);
            }
            sink(Hit { beat, duration: step.duration, pattern: self.pattern, step: u32::try_from(index).unwrap_or(0), values });
        }
    }

    fn plays(&self, step: &CompiledStep, n: i64, cycle: i64) -> bool {
        let (a, b) = step.ratio;
        if b > 1 && cycle.rem_euclid(i64::from(b)) != i64::from(a) - 1 {
            return false;
        }
        let position = (cycle.wrapping_mul(self.len())).wrapping_add(n.rem_euclid(self.len()));
        #[allow(clippy::cast_sign_loss, reason = "only the bits matter to the hash")]
        let draw = hash(self.seed, position as u64) % 100;
        step.chance >= 100 || draw < u64::from(step.chance)
    }
}

impl ChainProgram {
    /// Compiles a chain of the project; `pattern` finds and compiles an entry's pattern.
    #[must_use]
    pub fn compile(chain: &Chain, mut pattern: impl FnMut(&Name) -> Option<Entry>) -> Self {
        let mut parts = Vec::with_capacity(chain.entries.len());
        let mut start = Ratio::ZERO;
        for entry in &chain.entries {
            let Some(program) = pattern(&entry.pattern) else { continue };
            let repeats = i64::from(entry.repeats);
            let beats = program.repeat_beats() * Ratio::whole(repeats);
            parts.push(Part { program, start, repeats, muted: entry.muted });
            start = start + beats;
        }
        Self { parts: parts.into_boxed_slice(), total: start, enabled: chain.enabled }
    }

    fn query(&self, span: (f64, f64), swing: Ratio, supply: &mut Supply, sink: &mut impl FnMut(Hit)) -> Result<(), Fault> {
        let mut done = Ok(());
        self.parts_in(span, swing.to_f64(), &mut |part, begin, turn| {
            if done.is_ok() && !part.muted {
                done = part.query((begin, turn), span, swing, supply, sink);
            }
        });
        done
    }

    /// Names the cycles that have to be given for a span of quarter notes, and `ahead` cycles beyond.
    fn wanted(&self, span: (f64, f64), ahead: i64, want: &mut impl FnMut(u32, i64)) {
        let cycle = self.parts.iter().map(|part| part.program.repeat_beats().to_f64()).fold(0.0, f64::max);
        let span = (span.0, span.1 + cycle * to_f64(ahead));
        self.parts_in(span, 0.0, &mut |part, begin, turn| {
            let within = part.within(begin, span);
            if let Entry::Cycle(cycle) = &part.program
                && !part.muted
                && within.0 < within.1
            {
                cycle.wanted((begin, turn.saturating_mul(part.repeats)), within, 0, want);
            }
        });
    }

    /// Names each part whose onsets may lie in `span`, with the beat it begins at and its turn of the chain.
    fn parts_in(&self, span: (f64, f64), swing: f64, show: &mut impl FnMut(&Part, Ratio, i64)) {
        if !self.enabled || self.parts.is_empty() {
            return;
        }
        let total = self.total.to_f64();
        // Swing moves an onset past its part's end by half a step at most, and a step lasts up to 16 beats:
        // those onsets belong to the turn before.
        let (first_turn, last_turn) = (floor_to_i64((span.0 - 16.0 * swing) / total), floor_to_i64(span.1 / total));
        for turn in first_turn..=last_turn {
            let zero = self.total * Ratio::whole(turn);
            let local = span.1 - zero.to_f64();
            let after = self.parts.partition_point(|part| part.start.to_f64() <= local);
            for part in self.parts[..after].iter().rev() {
                let begin = zero + part.start;
                let end = (begin + part.program.repeat_beats() * Ratio::whole(part.repeats)).to_f64();
                if end + part.overhang() < span.0 {
                    break;
                }
                show(part, begin, turn);
            }
        }
    }
}

impl Program {
    /// Calls `sink` for every onset in `[from, to)` quarter notes, in no particular order. `supply` holds the cycles of
    /// generative patterns, and counts what comes late. `swing` delays every
    /// second step of a tracker pattern by this share of a step.
    ///
    /// # Errors
    /// Why a cycle pattern can't be asked here; it gives nothing then.
    ///
    /// # Realtime safety
    /// Never allocates; the work is bounded by the onsets in the span.
    pub fn query(&self, from: f64, to: f64, swing: Ratio, supply: &mut Supply, mut sink: impl FnMut(Hit)) -> Result<(), Fault> {
        match self {
            Self::Tracker(t) => {
                t.query_from(t.origin, (i64::MIN / 4, i64::MAX / 4), 0, (from, to), swing, &mut sink);
                Ok(())
            }
            Self::Chain(chain) => chain.query((from, to), swing, supply, &mut sink),
            Self::Cycle(cycle) => cycle.query((from, to), supply, &mut sink),
        }
    }

    /// A bound of its onsets within so many quarter notes, where one is known without asking.
    #[must_use]
    pub fn at_most(&self, beats: f64) -> Option<usize> {
        match self {
            Self::Tracker(t) => usize::try_from(floor_to_i64(beats * t.rate_f64).saturating_add(2)).ok(),
            Self::Chain(_) => None,
            Self::Cycle(cycle) => cycle.at_most(beats),
        }
    }

    /// Names each pattern and cycle that has to be given for `[from, to)` quarter notes, and `ahead` cycles beyond.
    pub fn wanted(&self, span: (f64, f64), ahead: i64, mut want: impl FnMut(u32, i64)) {
        match self {
            Self::Tracker(_) => {}
            Self::Chain(chain) => chain.wanted(span, ahead, &mut want),
            Self::Cycle(cycle) => cycle.wanted((cycle.origin(), 0), span, ahead, &mut want),
        }
    }

    /// The duration of one turn in quarter notes, for switching at the pattern's end; with where it counts from.
    #[must_use]
    pub fn turn(&self) -> (f64, f64) {
        match self {
            Self::Tracker(t) => (t.origin.to_f64(), t.cycle_beats().to_f64()),
            Self::Chain(chain) => (0.0, chain.total.to_f64()),
            Self::Cycle(cycle) => cycle.turn(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pattern::{ChainEntry, Pattern, Step};

    fn tracker(steps: &[i32], rate: Ratio) -> Tracker {
        let mut t = Tracker::new(steps.len());
        t.steps_per_beat = rate;
        for (at, index) in steps.iter().enumerate() {
            t.steps[at] = Step { index: *index, ..Step::default() };
        }
        t
    }

    fn compile(t: &Tracker) -> TrackerProgram {
        let slot = PatternSlot { pattern: Arc::new(Pattern::Tracker(t.clone())), muted: false, origin: 0.0 };
        TrackerProgram::compile(&Name::new("p"), 0, t, &slot, &mut Controls::new())
    }

    fn onsets(program: &Program, from: f64, to: f64) -> Vec<(f64, u32)> {
        let mut found = Vec::new();
        program.query(from, to, Ratio::ZERO, &mut Supply::default(), |hit| found.push((hit.beat.to_f64(), hit.step))).unwrap();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found
    }

    #[test]
    fn step_zero_sounds_and_a_span_is_half_open() {
        let p = Program::Tracker(compile(&tracker(&[0, -1, 1, -1], Ratio::whole(4))));
        assert_eq!(onsets(&p, 0.0, 1.0), [(0.0, 0), (0.5, 2)]);
        assert_eq!(onsets(&p, -0.5, 0.5), [(-0.5, 2), (0.0, 0)]);
    }

    #[test]
    fn negative_rates_play_backwards_from_step_zero() {
        let p = Program::Tracker(compile(&tracker(&[0, 1, 2, -1], Ratio::whole(-2))));
        assert_eq!(onsets(&p, 0.0, 2.0), [(0.0, 0), (1.0, 2), (1.5, 1)]);
    }

    #[test]
    fn cutting_a_span_neither_loses_nor_doubles() {
        let mut t = tracker(&[0, 1, 2, 3, -1, 5, 6], Ratio::new(7, 3));
        t.steps[3].chance = 40;
        t.steps[5].ratio = (2, 3);
        let p = Program::Tracker(compile(&t));
        let whole = onsets(&p, -10.0, 100.0);
        let mut pieces = Vec::new();
        let mut at = -10.0;
        while at < 100.0 {
            pieces.extend(onsets(&p, at, at + 0.11));
            at += 0.11;
        }
        pieces.retain(|(beat, _)| *beat < 100.0);
        assert_eq!(whole, pieces);
        assert!(whole.len() > 100);
    }

    #[test]
    fn a_chain_follows_the_song_position_alone() {
        let (a, b) = (tracker(&[0, -1, -1, -1], Ratio::whole(4)), tracker(&[0, 1], Ratio::whole(1)));
        let entry = |n: &str, repeats, muted| ChainEntry { pattern: Name::new(n), repeats, muted };
        let chain = Chain { entries: vec![entry("a", 2, false), entry("b", 1, false), entry("a", 1, true)], enabled: true };
        let program = ChainProgram::compile(&chain, |n| Some(Entry::Tracker(compile(if &**n == "a" { &a } else { &b }))));
        let p = Program::Chain(program);
        assert_eq!(p.turn(), (0.0, 5.0));
        let first = onsets(&p, 0.0, 5.0);
        assert_eq!(first, [(0.0, 0), (1.0, 0), (2.0, 0), (3.0, 1)]);
        let later: Vec<_> = onsets(&p, 5000.0, 5005.0).into_iter().map(|(beat, step)| (beat - 5000.0, step)).collect();
        assert_eq!(later, first);
        let mut pieces = Vec::new();
        for n in 0..50 {
            pieces.extend(onsets(&p, f64::from(n) * 0.1, f64::from(n + 1) * 0.1));
        }
        assert_eq!(pieces, first);
    }
}
