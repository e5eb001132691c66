//! Patterns: immutable data that answers which events a span of song time holds.

use std::sync::Arc;

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
pub use play::{ControlTable, CycleProgram};
pub use program::{Hit, Program};
pub use score::{Cycle, Generator};
pub use tracked::tracked;
pub use tracker::{Column, Step, Tracker};

use crate::name::Name;

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

/// A pattern with its playing state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatternSlot {
    /// What it holds.
    pub pattern: Arc<Pattern>,
    /// Muted by `pause` or `stop`.
    #[serde(default)]
    pub muted: bool,
    /// The beat it counts from, moved by `reset`.
    #[serde(default)]
    pub origin: f64,
}

/// What a sequencer plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// One pattern, over and over.
    Pattern(Name),
    /// A chain of patterns.
    Chain(Name),
}

impl Source {
    /// The pattern's or chain's name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Self::Pattern(name) | Self::Chain(name) => name,
        }
    }
}
