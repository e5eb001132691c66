//! Patterns: immutable data that answers which events a span of song time holds.

use serde::{Deserialize, Serialize};

pub mod chain;
pub mod cycle;
pub mod given;
pub mod misfit;
pub mod play;
pub mod program;
pub mod score;
pub mod steps;
mod tracked;
pub mod tracker;

pub use chain::{Chain, ChainEntry};
pub use play::{CycleProgram, Hearing};
pub use program::{Hit, Program};
pub use score::{Cycle, Generator};
pub use tracked::tracked;
pub use tracker::{Column, Step, Tracker};

/// A pattern as the project keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pattern {
    /// Steps in columns.
    Tracker(Tracker),
    /// Cycles of events: mini-notation, or what combinators made.
    Cycle(Cycle),
}

impl Pattern {
    /// Checks every range, and that it can be compiled in its session.
    ///
    /// # Errors
    /// Names what does not fit and what it takes.
    pub fn check(&self, session: &dyn cycle::expr::Surroundings) -> Result<(), String> {
        match self {
            Self::Tracker(tracker) => tracker.check(),
            Self::Cycle(cycle) => cycle.check(session),
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
