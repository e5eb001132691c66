//! The envelope of a voice's level: attack, decay, sustain, release in straight pieces, counted in whole frames.

/// Where an envelope stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Attack,
    Decay,
    Sustain,
    Release,
    Done,
}

/// Lengths in frames and the sustain level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adsr {
    /// Frames from 0 to 1.
    pub attack: u32,
    /// Frames from 1 to the sustain level.
    pub decay: u32,
    /// Level after the decay, 0–1.
    pub sustain: f32,
    /// Frames from where it stands to 0.
    pub release: u32,
}

/// An envelope in motion. Its level is `from + step · at`, never a running sum.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    shape: Adsr,
    stage: Stage,
    from: f32,
    step: f32,
    at: u32,
    len: u32,
}

#[allow(clippy::cast_precision_loss, reason = "stages last at most 10 s: below 2^24 frames")]
impl Envelope {
    /// An envelope at its first frame.
    #[must_use]
    pub fn new(shape: Adsr) -> Self {
        let mut envelope = Self { shape, stage: Stage::Attack, from: 0.0, step: 0.0, at: 0, len: shape.attack };
        if shape.attack == 0 {
            envelope.next_stage();
        } else {
            envelope.step = 1.0 / shape.attack as f32;
        }
        envelope
    }

    fn next_stage(&mut self) {
        self.at = 0;
        match self.stage {
            Stage::Attack if self.shape.decay > 0 => {
                self.stage = Stage::Decay;
                (self.from, self.len) = (1.0, self.shape.decay);
                self.step = (self.shape.sustain - 1.0) / self.len as f32;
            }
            Stage::Attack | Stage::Decay => {
                self.stage = Stage::Sustain;
                (self.from, self.step, self.len) = (self.shape.sustain, 0.0, u32::MAX);
            }
            Stage::Sustain | Stage::Release | Stage::Done => {
                self.stage = Stage::Done;
                (self.from, self.step, self.len) = (0.0, 0.0, u32::MAX);
            }
        }
    }

    /// The level at this frame, 0–1.
    #[must_use]
    pub fn level(&self) -> f32 {
        self.from + self.step * self.at as f32
    }

    /// Start, step and place of the straight piece it is in.
    #[must_use]
    pub const fn piece(&self) -> (f32, f32, u32) {
        (self.from, self.step, self.at)
    }

    /// Frames left of this piece.
    #[must_use]
    pub const fn left(&self) -> usize {
        if self.len == u32::MAX { usize::MAX } else { (self.len - self.at) as usize }
    }

    /// Whether this piece is silent throughout.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.from == 0.0 && self.step == 0.0
    }

    /// Moves on by `frames`, at most [`Self::left`].
    #[allow(clippy::cast_possible_truncation, reason = "at most `left`")]
    pub fn advance(&mut self, frames: usize) {
        if self.len == u32::MAX {
            return;
        }
        self.at += frames as u32;
        if self.at >= self.len {
            self.next_stage();
        }
    }

    /// Takes over another shape for what is still to come; a sustain that sounds leads over within `ramp` frames.
    pub fn reshape(&mut self, shape: Adsr, ramp: u32) {
        let before = std::mem::replace(&mut self.shape, shape);
        if before.sustain == shape.sustain {
            return;
        }
        let frames = match self.stage {
            Stage::Decay => self.len - self.at,
            Stage::Sustain => ramp,
            Stage::Attack | Stage::Release | Stage::Done => return,
        };
        self.from = self.level();
        self.stage = Stage::Decay;
        (self.at, self.len) = (0, frames);
        self.step = (shape.sustain - self.from) / frames as f32;
    }

    /// Frames a release takes.
    #[must_use]
    pub const fn release_frames(&self) -> u32 {
        self.shape.release
    }

    /// Begins the release, which lasts `frames` at most; one that has begun goes on, shortened to `frames`.
    #[allow(clippy::cast_possible_truncation, reason = "below the release's length, a u32")]
    pub fn release(&mut self, frames: u64) {
        let planned = match self.stage {
            Stage::Done => return,
            Stage::Release if u64::from(self.len - self.at) <= frames => return,
            Stage::Release => self.len - self.at,
            _ => self.shape.release,
        };
        let frames = u64::from(planned).min(frames) as u32;
        self.from = self.level();
        self.stage = Stage::Release;
        (self.at, self.len) = (0, frames);
        if frames == 0 {
            self.next_stage();
        } else {
            self.step = -self.from / frames as f32;
        }
    }

    /// Whether it has been released.
    #[must_use]
    pub const fn is_released(&self) -> bool {
        matches!(self.stage, Stage::Release | Stage::Done)
    }

    /// Whether nothing more comes.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stages_follow_each_other_in_straight_lines() {
        let mut envelope = Envelope::new(Adsr { attack: 4, decay: 2, sustain: 0.5, release: 2 });
        let mut levels = Vec::new();
        for frame in 0..12 {
            if frame == 9 {
                envelope.release(u64::MAX);
            }
            levels.push(envelope.level());
            envelope.advance(1);
        }
        assert_eq!(levels, [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.5, 0.5, 0.5, 0.25, 0.0]);
        assert!(envelope.is_done());
    }

    #[test]
    fn another_shape_counts_for_what_is_still_to_come() {
        let shape = Adsr { attack: 4, decay: 4, sustain: 0.5, release: 8 };
        let mut envelope = Envelope::new(shape);
        envelope.advance(2);
        envelope.reshape(Adsr { attack: 100, decay: 2, sustain: 0.0, ..shape }, 64);
        envelope.advance(2);
        envelope.advance(1);
        assert_eq!(envelope.level(), 0.5, "the attack goes on as it began, the decay is the new one");
        envelope.reshape(Adsr { sustain: 1.0, ..shape }, 64);
        envelope.advance(1);
        assert_eq!(envelope.level(), 1.0);
        envelope.reshape(Adsr { sustain: 0.5, release: 4, ..shape }, 64);
        envelope.advance(32);
        assert_eq!(envelope.level(), 0.75, "a sustain leads over");
        envelope.advance(32);
        envelope.release(u64::MAX);
        envelope.advance(2);
        assert_eq!(envelope.level(), 0.25);
    }

    #[test]
    fn without_attack_the_first_frame_is_full() {
        assert_eq!(Envelope::new(Adsr { attack: 0, decay: 0, sustain: 1.0, release: 480 }).level(), 1.0);
    }
}
