//! What a module is to the graph.

use super::PortKind;

/// What a module is to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A part between others.
    Part,
    /// Plays patterns: the scheduler asks them in its place, by these of its parameters.
    Sequencer(Sequencing),
    /// What it is sent leaves the plugin: sound to a bus of the host's, pictures to the output window.
    Master(PortKind),
}

/// What the scheduler plays a sequencer by, as indices in its parameter list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequencing {
    /// On or off.
    pub enabled: usize,
    /// Plays on silently.
    pub muted: usize,
    /// Delay of every second step, 0–1 of half a step.
    pub swing: usize,
    /// When a newly bound pattern takes over: one of [`Quantize::NAMES`].
    pub quantize: usize,
    /// Whether triggers find their instruments. The cables of a plan follow from it, so nothing moves it but commands.
    pub auto: usize,
    /// Whether the others are silent that are not solo.
    pub solo: usize,
}

/// When a newly bound pattern takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantize {
    /// At the next bar.
    Bar,
    /// At once.
    None,
    /// At the next beat.
    Beat,
    /// At the next cycle.
    Cycle,
    /// Where the playing pattern begins again.
    Pattern,
}

impl Quantize {
    /// The names of its choices.
    pub const NAMES: &[&str] = &["bar", "none", "beat", "cycle", "pattern"];

    /// The choice of a parameter's number; one beyond the list means at once.
    #[must_use]
    pub fn of(number: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into a short list")]
        match number.max(0.0) as usize {
            0 => Self::Bar,
            2 => Self::Beat,
            3 => Self::Cycle,
            4 => Self::Pattern,
            _ => Self::None,
        }
    }
}
