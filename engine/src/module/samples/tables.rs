//! Wavetables as a synthesizer's processor has them. Built, and freed, on the Controller's side.

use std::sync::Arc;

use super::{
    super::{ParamSpec, Sample, Value},
    zone::{CHOICE, words_of},
};
use crate::{
    dsp::wavetable::{CYCLE, Wavetable},
    signal::word::{Word, WordTable},
};

/// Most voices that may outlast the wavetable that they play.
const MOST_RETIRED: usize = 256;

const CYCLE_LENGTH: ParamSpec = ParamSpec::integer(
    "cycle",
    *CYCLE.start() as f64,
    *CYCLE.end() as f64,
    2048.0,
    "Frames of each cycle in its file, where that does not say it; a shorter file is a single cycle.",
);

/// What a wavetable says of itself.
pub const OF_TABLE: &[ParamSpec] = &[CHOICE[0], CYCLE_LENGTH];

/// Frames of each cycle of a wavetable, where the session says it.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its range")]
pub fn cycle_of(sample: &Sample) -> Option<usize> {
    match sample.params.get(CYCLE_LENGTH.name) {
        Some(Value::Number(frames)) => Some(frames.round() as usize),
        _ => None,
    }
}

/// All wavetables of a synthesizer, handed over through [`crate::signal::Node::exchange`].
///
/// What comes back in its place holds everything the processor has done with, to be dropped by the Controller.
#[derive(Debug)]
pub struct Tables {
    /// In the order of the module's list; `None` where it is not loaded, or no wavetable.
    tables: Vec<Option<Arc<Wavetable>>>,
    /// What triggers call them by.
    words: WordTable<Vec<usize>>,
    /// Those replaced earlier whose voices have ended meanwhile.
    retired: Vec<Arc<Wavetable>>,
}

impl Default for Tables {
    fn default() -> Self {
        Self { tables: Vec::new(), words: WordTable::default(), retired: Vec::with_capacity(MOST_RETIRED) }
    }
}

impl Tables {
    /// The wavetables of a module's list.
    #[must_use]
    pub fn new(list: &[Sample], tables: Vec<Option<Arc<Wavetable>>>) -> Self {
        let mut banks: Vec<(Word, Vec<usize>)> = Vec::new();
        for (index, sample) in list.iter().enumerate() {
            for word in words_of(sample).iter().map(|word| Word::of(word)) {
                match banks.iter_mut().find(|(known, _)| *known == word) {
                    Some((_, bank)) => bank.push(index),
                    None => banks.push((word, vec![index])),
                }
            }
        }
        Self { tables, words: WordTable::new(banks), ..Self::default() }
    }

    /// The wavetable that a word names, the `n`-th of those that share it; `None` where none does, `Some(None)` where it is not there.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "within the count")]
    pub fn named(&self, word: f64, n: f64) -> Option<Option<&Arc<Wavetable>>> {
        let bank = self.words.get(word)?;
        let count = bank.len().max(1);
        let at = if n.is_finite() { ((n + 0.5).floor().rem_euclid(count as f64) as usize).min(count - 1) } else { 0 };
        Some(bank.get(at).and_then(|index| self.tables.get(*index)?.as_ref()))
    }

    /// How many it takes home whose voices have ended.
    #[cfg(test)]
    pub fn retired(&self) -> usize {
        self.retired.len()
    }

    /// Takes in what a voice held that has ended, so that nothing is freed here.
    ///
    /// # Realtime safety
    /// Never allocates, and frees nothing: the last holder of a wavetable is a list of these.
    pub fn retire(&mut self, table: Arc<Wavetable>) {
        let is_held = self.tables.iter().flatten().any(|held| Arc::ptr_eq(held, &table));
        if !is_held && self.retired.len() < self.retired.capacity() {
            self.retired.push(table);
        }
    }
}
