//! Tracker patterns: up to 512 steps of index, note, length, chance, ratio and parameter values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{name::Name, time::Ratio};

/// Most steps a pattern plays.
pub const MAX_STEPS: usize = 512;
/// Longest step, in steps.
pub const MAX_LENGTH: u32 = 64;
/// Highest part of a ratio.
pub const MAX_RATIO: u32 = 16;
/// Fastest and slowest steps per beat.
pub const STEPS_PER_BEAT: (f64, f64) = (1.0 / 16.0, 96.0);
/// Most parameter values on one step.
pub const MAX_VALUES: usize = 16;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    /// Sample to trigger, counted from 0; −1 for none.
    pub index: i32,
    /// Gate length in steps, 1–64.
    pub length: u32,
    /// MIDI note, 0–127; −1 for none.
    pub note: i32,
    /// Probability in percent, 0–100.
    pub chance: u32,
    /// Plays in cycle `.0` (from 1) of every `.1` cycles.
    pub ratio: (u32, u32),
    /// Values of parameter columns, by parameter name.
    pub values: BTreeMap<Name, f64>,
}

impl Default for Step {
    fn default() -> Self {
        Self { index: -1, length: 1, note: -1, chance: 100, ratio: (1, 1), values: BTreeMap::new() }
    }
}

impl Step {
    /// Says whether the step triggers nothing.
    #[must_use]
    pub const fn is_rest(&self) -> bool {
        self.index < 0 && self.note < 0
    }
}

/// A column of the grid; hiding a column keeps its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// Sample index.
    Index,
    /// MIDI note.
    Note,
    /// Gate length.
    Length,
    /// Probability.
    Chance,
    /// Cycle condition.
    Ratio,
    /// A parameter of the triggered module.
    Param(Name),
}

/// A tracker pattern. Steps past `length` are kept but not played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tracker {
    /// The steps, at least `length` of them.
    pub steps: Vec<Step>,
    /// Steps that play, 1–512.
    pub length: usize,
    /// Steps in a beat, ±1/16…±96; negative plays backwards.
    pub steps_per_beat: Ratio,
    /// Columns shown and played; an index or a note column is always among them.
    pub columns: Vec<Column>,
    /// Seed of the chance draws.
    pub seed: u64,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::new(16)
    }
}

impl Tracker {
    /// `length` rests at 4 steps a beat with the default columns.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let length = length.clamp(1, MAX_STEPS);
        Self {
            steps: vec![Step::default(); length],
            length,
            steps_per_beat: Ratio::whole(4),
            columns: vec![Column::Index, Column::Note, Column::Length, Column::Chance, Column::Ratio],
            seed: 0,
        }
    }
}

impl Tracker {
    /// Checks every range.
    ///
    /// # Errors
    /// Names the step, the value and what it takes.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=MAX_STEPS).contains(&self.length) || self.steps.len() < self.length || self.steps.len() > MAX_STEPS {
            return Err(format!("it has {} steps, but takes 1 to {MAX_STEPS}", self.length));
        }
        let rate = self.steps_per_beat.to_f64().abs();
        if !(STEPS_PER_BEAT.0..=STEPS_PER_BEAT.1).contains(&rate) {
            return Err(format!(
                "stepsPerBeat is {}, but takes 1/16 to 96, or the same below 0 to play backwards",
                self.steps_per_beat.to_f64()
            ));
        }
        if !self.columns.iter().any(|c| matches!(c, Column::Index | Column::Note)) {
            return Err("it has no index and no note column; keep one of the two".to_owned());
        }
        for (index, step) in self.steps.iter().enumerate() {
            step.check().map_err(|why| format!("step {index}: {why}"))?;
        }
        Ok(())
    }
}

impl Step {
    fn check(&self) -> Result<(), String> {
        let range = |what: &str, value: i64, low: i64, high: i64| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(format!("{what} is {value}, but takes {low} to {high}")) }
        };
        range("index", self.index.into(), -1, 1023)?;
        range("length", self.length.into(), 1, MAX_LENGTH.into())?;
        range("note", self.note.into(), -1, 127)?;
        range("chance", self.chance.into(), 0, 100)?;
        range("ratio's count", self.ratio.1.into(), 1, MAX_RATIO.into())?;
        range("ratio's cycle", self.ratio.0.into(), 1, self.ratio.1.into())?;
        if self.values.len() > MAX_VALUES {
            return Err(format!("it has {} parameter values, but takes at most {MAX_VALUES}", self.values.len()));
        }
        match self.values.iter().find(|(_, value)| !value.is_finite()) {
            Some((name, value)) => Err(format!("{name} is {value}, but takes a number")),
            None => Ok(()),
        }
    }
}
