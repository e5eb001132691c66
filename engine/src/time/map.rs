//! Beats to frames at one tempo.

use super::{Ratio, Tempo, floor_to_i64, to_f64};

/// Farthest a position may lie from a whole frame and still count as on it, in frames.
pub const ON_FRAME: f64 = 1e-3;
/// Rounding noise of hosts' positions, in frames.
pub const NOISE: f64 = 1e-7;

/// Maps beats to song frames at one tempo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeMap {
    tempo: Tempo,
    /// Song frame of the anchor.
    frame: i64,
    /// The anchor: a beat, or, where beat 0 lies a whole number of frames away, that number.
    anchor: Anchor,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Anchor {
    /// The formula of beat 0 holds; `frame` is what to add to it.
    Whole,
    /// This beat falls on `frame`.
    Beat(f64),
}

impl TimeMap {
    /// A map in which `beat` falls on song frame `frame`.
    #[must_use]
    pub fn new(tempo: Tempo, beat: f64, frame: i64) -> Self {
        let exact = beat * tempo.frames_per_beat();
        if (exact - exact.round()).abs() < ON_FRAME {
            return Self { tempo, frame: frame - floor_to_i64(exact.round()), anchor: Anchor::Whole };
        }
        Self { tempo, frame, anchor: Anchor::Beat(beat) }
    }

    /// Quarter notes a minute.
    #[must_use]
    pub const fn bpm(&self) -> f64 {
        self.tempo.bpm
    }

    /// The song frame of a beat.
    #[must_use]
    pub fn frame_of(&self, beat: Ratio) -> i64 {
        match self.anchor {
            Anchor::Whole => self.frame + self.tempo.frame_of(beat),
            Anchor::Beat(zero) => self.frame + floor_to_i64((beat.to_f64() - zero) * self.tempo.frames_per_beat() + 0.5 + NOISE),
        }
    }

    /// The beat of a song frame (or of a place between two).
    #[must_use]
    pub fn beat_of(&self, frame: f64) -> f64 {
        let since = frame - to_f64(self.frame);
        match self.anchor {
            Anchor::Whole => self.tempo.beat_of(since),
            Anchor::Beat(zero) => zero + since / self.tempo.frames_per_beat(),
        }
    }

    /// The tempo it maps at.
    #[must_use]
    pub const fn tempo(&self) -> Tempo {
        self.tempo
    }
}
