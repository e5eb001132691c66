//! What the panel keeps with the layout: what it shows and how, nothing of the session.

use serde::{Deserialize, Serialize};

use super::acts::KeySet;

/// Highest octave of the note keys.
pub const MAX_OCTAVE: i32 = 8;
/// Most lines that the cursor goes on after something was entered.
pub const MAX_STEP: usize = 64;
/// Most cycles of a cycle pattern that are shown.
pub const MAX_CYCLES: u32 = 16;

/// What the panel shows and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The pattern that was chosen.
    pub pattern: String,
    /// The sequencer that was chosen.
    pub sequencer: String,
    /// The octave of the note keys.
    pub octave: i32,
    /// Lines that the cursor goes on after something was entered.
    pub step: usize,
    /// Whose keys the grid has.
    pub keys: KeySet,
    /// Whether the grid follows what plays.
    pub follow: bool,
    /// Cycles of a cycle pattern that are shown.
    pub cycles: u32,
}

impl Default for Memory {
    fn default() -> Self {
        Self { pattern: String::new(), sequencer: String::new(), octave: 4, step: 1, keys: KeySet::default(), follow: true, cycles: 1 }
    }
}

impl Memory {
    /// Reads what a layout kept; what can't be read is as at first.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut memory: Self = serde_json::from_str(text).unwrap_or_default();
        memory.octave = memory.octave.clamp(0, MAX_OCTAVE);
        memory.step = memory.step.min(MAX_STEP);
        memory.cycles = memory.cycles.clamp(1, MAX_CYCLES);
        memory
    }

    /// As the layout keeps it.
    #[must_use]
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_nonsense_is_as_at_first() {
        let kept = Memory { pattern: "ä \"p\"".into(), octave: 2, keys: KeySet::FastTracker, follow: false, ..Memory::default() };
        assert_eq!(Memory::read(&kept.written()), kept);
        for text in ["", "factory:kick", "{", "[1]", r#"{"octave": "x"}"#] {
            assert_eq!(Memory::read(text), Memory::default(), "{text}");
        }
        let far = Memory::read(r#"{"octave": 99, "step": 1000000, "cycles": 0, "later": 1}"#);
        assert_eq!((far.octave, far.step, far.cycles), (MAX_OCTAVE, MAX_STEP, 1));
    }
}
