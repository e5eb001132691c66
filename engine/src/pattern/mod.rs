//! Patterns: immutable data that answers which events a span of song time holds.

use serde::{Deserialize, Serialize};

pub mod chain;
pub mod cycle;
pub mod program;
pub mod score;
pub mod tracker;

pub use chain::{Chain, ChainEntry};
pub use program::{Hit, Program};
pub use score::{Cycle, CycleProgram};
pub use tracker::{Column, Step, Tracker};

/// A pattern as the project keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// Steps in columns.
    Tracker(Tracker),
    /// Cycles of events, written in mini-notation.
    Cycle(Cycle),
}

impl Pattern {
    /// Checks every range.
    ///
    /// # Errors
    /// Names what does not fit and what it takes.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Tracker(tracker) => tracker.check(),
            Self::Cycle(cycle) => cycle.check(),
        }
    }

    /// The tracker pattern, where it is one.
    #[must_use]
    pub const fn as_tracker(&self) -> Option<&Tracker> {
        match self {
            Self::Tracker(tracker) => Some(tracker),
            Self::Cycle(_) => None,
        }
    }

    /// The cycle pattern, where it is one.
    #[must_use]
    pub const fn as_cycle(&self) -> Option<&Cycle> {
        match self {
            Self::Cycle(cycle) => Some(cycle),
            Self::Tracker(_) => None,
        }
    }
}
