//! The envelope of a voice's level: attack, decay, sustain, release in straight pieces, counted in whole frames; or falling as sounds do
//! that die away, by equal dB in equal times.

/// Where an envelope stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Delay,
    Attack,
    Hold,
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

/// An envelope with more stages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// Its stages. Where it falls by equal dB, decay and release are the frames that 100 dB would take.
    pub adsr: Adsr,
    /// Frames before it begins.
    pub delay: u32,
    /// Frames between attack and decay.
    pub hold: u32,
    /// Whether decay and release fall by equal dB in equal times.
    pub falls: bool,
}

impl From<Adsr> for Form {
    fn from(adsr: Adsr) -> Self {
        Self { adsr, delay: 0, hold: 0, falls: false }
    }
}

/// dB from full level to what counts as silence, and that level.
const RANGE_DB: f64 = 100.0;
const SILENCE: f32 = 1e-5;
/// A way by equal dB is made of straight pieces of this many: they stray by 0.015 dB at most.
const PIECE_DB: f64 = 1.0;
/// dB of a factor of 2.
const OCTAVE_DB: f64 = 6.020_599_913;

/// A way that falls by equal dB, of which the straight piece under way is a part.
#[derive(Clone, Copy, Debug, Default)]
struct Fall {
    from: f32,
    to: f32,
    /// Factors of 2 for each frame.
    slope: f64,
    /// All of its frames, and those before the piece.
    frames: u32,
    done: u32,
}

impl Fall {
    fn new(from: f32, to: f32, frames: u32) -> Self {
        let slope = (f64::from(to.max(SILENCE)).log2() - f64::from(from.max(SILENCE)).log2()) / f64::from(frames.max(1));
        Self { from, to, slope, frames, done: 0 }
    }

    /// Frames of the piece under way.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the frames that are left")]
    fn piece(&self) -> u32 {
        let left = self.frames - self.done;
        let most = PIECE_DB / (self.slope.abs() * OCTAVE_DB).max(1e-9);
        if most >= f64::from(left) { left } else { (most as u32).max(1) }
    }

    #[allow(clippy::cast_possible_truncation, reason = "levels between 0 and 1")]
    fn level(&self, at: u32) -> f32 {
        if at >= self.frames { self.to } else { (f64::from(self.from) * (self.slope * f64::from(at)).exp2()) as f32 }
    }
}

/// An envelope in motion. Its level is `from + step · at`, never a running sum.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    form: Form,
    stage: Stage,
    from: f32,
    step: f32,
    at: u32,
    len: u32,
    /// What the piece is a part of, where it falls by equal dB.
    fall: Option<Fall>,
}

#[allow(clippy::cast_precision_loss, reason = "stages last at most 10 s: below 2^24 frames")]
impl Envelope {
    /// An envelope at its first frame.
    #[must_use]
    pub fn new(form: impl Into<Form>) -> Self {
        let form = form.into();
        let mut envelope = Self { form, stage: Stage::Delay, from: 0.0, step: 0.0, at: 0, len: form.delay, fall: None };
        if form.delay == 0 {
            envelope.next_stage();
        }
        envelope
    }

    fn next_stage(&mut self) {
        let Form { adsr, hold, falls, .. } = self.form;
        (self.at, self.fall) = (0, None);
        match self.stage {
            Stage::Delay if adsr.attack > 0 => {
                self.stage = Stage::Attack;
                (self.from, self.step, self.len) = (0.0, 1.0 / adsr.attack as f32, adsr.attack);
            }
            Stage::Delay | Stage::Attack if hold > 0 => {
                self.stage = Stage::Hold;
                (self.from, self.step, self.len) = (1.0, 0.0, hold);
            }
            Stage::Delay | Stage::Attack | Stage::Hold if adsr.decay > 0 => {
                self.stage = Stage::Decay;
                if falls {
                    self.fall(1.0, adsr.sustain, share_of_fall(adsr.decay, 1.0, adsr.sustain));
                } else {
                    (self.from, self.len) = (1.0, adsr.decay);
                    self.step = (adsr.sustain - 1.0) / self.len as f32;
                }
            }
            Stage::Decay if falls && adsr.sustain == 0.0 => {
                self.stage = Stage::Done;
                (self.from, self.step, self.len) = (0.0, 0.0, u32::MAX);
            }
            Stage::Delay | Stage::Attack | Stage::Hold | Stage::Decay => {
                self.stage = Stage::Sustain;
                (self.from, self.step, self.len) = (adsr.sustain, 0.0, u32::MAX);
            }
            Stage::Sustain | Stage::Release | Stage::Done => {
                self.stage = Stage::Done;
                (self.from, self.step, self.len) = (0.0, 0.0, u32::MAX);
            }
        }
    }

    /// Falls from a level to another by equal dB, in `frames`.
    fn fall(&mut self, from: f32, to: f32, frames: u32) {
        if frames == 0 {
            return self.next_stage();
        }
        self.fall = Some(Fall::new(from, to, frames));
        self.next_piece(0);
    }

    /// Begins the piece of a fall that comes after `done` of its frames.
    fn next_piece(&mut self, done: u32) {
        let Some(fall) = &mut self.fall else { return };
        fall.done = done;
        (self.at, self.len, self.from) = (0, fall.piece(), fall.level(done));
        self.step = (fall.level(done + self.len) - self.from) / self.len as f32;
    }

    /// Frames left of its stage.
    fn stage_left(&self) -> u32 {
        self.fall.map_or(self.len, |fall| fall.frames - fall.done) - self.at
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
        if self.at < self.len {
            return;
        }
        match self.fall.filter(|fall| fall.done + self.len < fall.frames) {
            Some(fall) => self.next_piece(fall.done + self.len),
            None => self.next_stage(),
        }
    }

    /// Takes over another shape for what is still to come; a sustain that sounds leads over within `ramp` frames.
    pub fn reshape(&mut self, form: impl Into<Form>, ramp: u32) {
        let form = form.into();
        let before = std::mem::replace(&mut self.form, form);
        let sustain = form.adsr.sustain;
        if before.adsr.sustain == sustain {
            return;
        }
        let (frames, falls) = match self.stage {
            Stage::Decay => (self.stage_left(), self.fall.is_some()),
            Stage::Sustain => (ramp, false),
            _ => return,
        };
        let from = self.level();
        self.stage = Stage::Decay;
        if falls {
            return self.fall(from, sustain, frames);
        }
        (self.from, self.at, self.len, self.fall) = (from, 0, frames, None);
        self.step = (sustain - self.from) / frames as f32;
    }

    /// Frames a release takes, from full level.
    #[must_use]
    pub const fn release_frames(&self) -> u32 {
        self.form.adsr.release
    }

    /// Whether it has not begun.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Delay)
    }

    /// Begins the release, which lasts `frames` at most; one that has begun goes on, shortened to `frames`.
    #[allow(clippy::cast_possible_truncation, reason = "below the release's length, a u32")]
    pub fn release(&mut self, frames: u64) {
        let planned = match self.stage {
            Stage::Done => return,
            Stage::Release if u64::from(self.stage_left()) <= frames => return,
            Stage::Release => self.stage_left(),
            _ if self.form.falls => share_of_fall(self.form.adsr.release, self.level(), 0.0),
            _ => self.form.adsr.release,
        };
        let frames = u64::from(planned).min(frames) as u32;
        let from = self.level();
        self.stage = Stage::Release;
        if self.form.falls {
            return self.fall(from, 0.0, frames);
        }
        (self.from, self.at, self.len) = (from, 0, frames);
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

/// Frames of a fall between two levels, where 100 dB take `whole`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of frames")]
fn share_of_fall(whole: u32, from: f32, to: f32) -> u32 {
    let octaves = f64::from(from.max(SILENCE)).log2() - f64::from(to.max(SILENCE)).log2();
    (f64::from(whole) * (octaves * OCTAVE_DB / RANGE_DB).clamp(0.0, 1.0)).round() as u32
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
    fn what_dies_away_falls_by_equal_db_wherever_it_is_cut() {
        let adsr = Adsr { attack: 4, decay: 10_000, sustain: 0.1, release: 5000 };
        let mut envelope = Envelope::new(Form { adsr, delay: 3, hold: 5, falls: true });
        let (mut levels, mut cut) = (Vec::new(), envelope);
        for frame in 0..9000 {
            if frame == 4000 {
                envelope.release(u64::MAX);
            }
            levels.push(envelope.level());
            envelope.advance(1);
        }
        let db = |frame: usize| 20.0 * f64::from(levels[frame]).log10();
        assert_eq!(levels[..12], [0.0, 0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]);
        // A hundredth of a dB for each frame, down to 20 dB below, and from there two hundredths.
        for (frame, wanted) in [(12, 0.0), (512, -5.0), (1012, -10.0), (2012, -20.0), (3999, -20.0), (4500, -30.0), (7500, -90.0)] {
            assert!((db(frame) - wanted).abs() < 0.03, "frame {frame}: {} dB", db(frame));
        }
        assert!(levels[8001..].iter().all(|level| *level == 0.0) && envelope.is_done());
        let mut at = 0;
        while at < 3999 {
            let step = cut.left().min(37).min(3999 - at);
            cut.advance(step);
            at += step;
            assert_eq!(cut.level(), levels[at], "frame {at}");
        }
        // A release that has begun goes on, shortened.
        let mut short =
            Envelope::new(Form { adsr: Adsr { attack: 0, decay: 0, sustain: 1.0, release: 5000 }, delay: 0, hold: 0, falls: true });
        short.release(u64::MAX);
        (0..1000).for_each(|_| short.advance(1));
        short.release(64);
        (0..64).for_each(|_| short.advance(1));
        assert!(short.is_done());
        let silent = Adsr { attack: 0, decay: 100, sustain: 0.0, release: 5000 };
        let mut silent = Envelope::new(Form { adsr: silent, delay: 0, hold: 0, falls: true });
        (0..100).for_each(|_| silent.advance(1));
        assert!(silent.is_done(), "what holds nothing ends");
    }

    #[test]
    fn without_attack_the_first_frame_is_full() {
        assert_eq!(Envelope::new(Adsr { attack: 0, decay: 0, sustain: 1.0, release: 480 }).level(), 1.0);
    }
}
