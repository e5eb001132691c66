//! One voice: a path through a medium, an envelope and a gain.

use std::sync::Arc;

use super::{
    envelope::Envelope,
    kernel::{Amplitude, Kernel, ONE, Stretch, add_frame, fraction},
    path::{ENDLESS, Path},
};
use crate::{
    audio::ramp::{Ramp, pan_gains},
    media::AudioData,
    module::video::PLACE,
    view::VoiceView,
};

/// What a voice takes from its trigger or its sample; what is absent follows the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Own {
    /// Level.
    pub volume: Option<f32>,
    /// Left to right.
    pub pan: Option<f32>,
    /// Playing speed.
    pub speed: Option<f64>,
    /// Semitones.
    pub transpose: Option<f64>,
    /// Opacity of the picture.
    pub opacity: Option<f32>,
    /// Blend of the picture.
    pub blend: Option<f32>,
    /// Where the picture lies, by the parameters of [`PLACE`].
    pub place: [Option<f32>; PLACE.len()],
    /// Further level: gain times velocity.
    pub accent: f32,
    /// Semitones above the note at which it plays as recorded.
    pub note: f64,
}

/// What playing voices take from the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Live {
    /// On or off.
    pub enabled: bool,
    /// Level.
    pub volume: f32,
    /// Left to right.
    pub pan: f32,
    /// Playing speed.
    pub speed: f64,
    /// Semitones.
    pub transpose: f64,
    /// Opacity of the picture.
    pub opacity: f32,
    /// Blend of the picture.
    pub blend: f32,
    /// Where the picture lies, by the parameters of [`PLACE`].
    pub place: [f32; PLACE.len()],
}

impl Own {
    /// Change of position for each frame, for a medium of `media_rate` at `rate` frames a second.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "at most 10 · 2^10 · 2^32")]
    pub fn increment(&self, live: &Live, media_rate: f64, rate: f64) -> i64 {
        let speed = self.speed.unwrap_or(live.speed);
        let semitones = self.note + self.transpose.unwrap_or(live.transpose);
        let pitch = if semitones == 0.0 { 1.0 } else { (semitones / 12.0).exp2() };
        (speed * pitch * (media_rate / rate) * 4_294_967_296.0).round() as i64
    }

    /// Left and right gain; a voice that stands still is silent.
    #[must_use]
    pub fn gains(&self, live: &Live, inc: i64) -> [f32; 2] {
        if inc == 0 {
            return [0.0; 2];
        }
        let level = self.volume.unwrap_or(live.volume) * self.accent;
        let [left, right] = pan_gains(self.pan.unwrap_or(live.pan));
        [left * level, right * level]
    }
}

/// A sounding or showing voice.
#[derive(Debug)]
pub struct Voice {
    /// Names the gate that opened it.
    pub gate: u64,
    /// Counts onsets.
    pub serial: u64,
    /// The processor's clock at its first frame.
    pub onset: u64,
    /// Sample index.
    pub sample: usize,
    /// Its sound. The node holds on to the same sound, so that dropping this frees nothing.
    pub audio: Option<Arc<AudioData>>,
    /// Names its medium ([`super::content::SampleContent::medium`]).
    pub medium: usize,
    /// Media frames a second.
    pub media_rate: f64,
    /// Its way through the medium.
    pub path: Path,
    /// Its envelope.
    pub envelope: Envelope,
    /// Frames before the path's end at which the release begins by itself.
    pub tail: u64,
    /// Its gain.
    pub gain: Ramp,
    /// Says that the gain leads to silence, where the voice ends.
    pub dying: bool,
    /// Says that it plays `next`.
    pub resumes: bool,
    /// Its own values.
    pub own: Own,
    /// Opacity and blend in force.
    pub picture: (f32, u8),
    /// Where the picture lies.
    pub place: [f32; PLACE.len()],
}

impl Voice {
    /// Whether nothing more comes of it from `clock` on.
    #[must_use]
    pub fn is_over(&self, clock: u64) -> bool {
        self.path.remaining == 0 || self.envelope.is_done() || (self.dying && self.gain.is_zero(clock))
    }

    /// Leads to silence within the fixed ramp.
    pub fn cut(&mut self, clock: u64) {
        self.gain.head_for([0.0; 2], clock);
        self.dying = true;
    }

    /// Begins the release.
    pub fn release(&mut self) {
        self.envelope.release(self.path.remaining);
    }

    /// Takes over the module's values.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    pub fn follow(&mut self, live: &Live, rate: f64, clock: u64) {
        let inc = self.own.increment(live, self.media_rate, rate);
        if inc != self.path.inc {
            self.path.set_speed(inc);
            self.plan_tail(clock);
            if self.envelope.is_released() {
                self.envelope.release(self.path.remaining);
            }
        }
        self.picture = (self.own.opacity.unwrap_or(live.opacity), self.own.blend.unwrap_or(live.blend) as u8);
        for (place, (own, live)) in self.place.iter_mut().zip(self.own.place.iter().zip(live.place)) {
            *place = own.unwrap_or(live);
        }
        if !live.enabled {
            self.cut(clock);
        } else if !self.dying {
            self.gain.head_for(self.own.gains(live, inc), clock);
        }
    }

    /// Plans the release that ends with the path: at most half of the voice's life, so that a single frame sounds in full.
    pub fn plan_tail(&mut self, clock: u64) {
        let life = clock.saturating_sub(self.onset).saturating_add(self.path.remaining);
        self.tail = if self.path.remaining == ENDLESS { 0 } else { u64::from(self.envelope.release_frames()).min(life / 2) };
    }

    /// Adds the voice to `out`, whose first frame is at `clock`, as far as it lasts; says whether it may have sounded.
    pub fn render(&mut self, kernel: Kernel, clock: u64, out: &mut [[f32; 2]]) -> bool {
        let mut sounded = false;
        let mut done = 0;
        while done < out.len() && !self.is_over(clock + done as u64) {
            if self.path.remaining <= self.tail {
                self.envelope.release(self.path.remaining);
            }
            let gain = self.gain.piece(clock + done as u64);
            let mut count = (out.len() - done).min(self.envelope.left()).min(gain.frames);
            if self.path.remaining != ENDLESS {
                let until = if self.path.remaining > self.tail { self.path.remaining - self.tail } else { self.path.remaining };
                count = count.min(usize::try_from(until).unwrap_or(usize::MAX));
            }
            let (level, level_step, level_at) = self.envelope.piece();
            let amplitude = Amplitude { level, level_step, level_at, gain: gain.from, gain_step: gain.step, gain_at: gain.at };
            match &self.audio {
                Some(audio) if !(self.envelope.is_silent() || gain.is_zero()) => {
                    mix(&mut self.path, &audio.frames, kernel, amplitude, &mut out[done..done + count]);
                    sounded = true;
                }
                _ => self.path.advance(count),
            }
            self.envelope.advance(count);
            done += count;
        }
        sounded
    }

    /// What views see of it at this frame; the caller fills in the module.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "seconds of media, for the eye")]
    pub fn view(&self, rate: f64) -> VoiceView {
        let secs = |pos: i64| pos.max(0) as f64 / (ONE as f64 * self.media_rate);
        VoiceView {
            module: 0,
            sample: self.sample as u32,
            serial: self.serial,
            onset: self.onset,
            media_secs: secs(self.path.pos),
            speed: self.path.inc as f64 / ONE as f64 * rate / self.media_rate,
            loop_secs: if self.path.looping { (secs(self.path.start), secs(self.path.end)) } else { (0.0, 0.0) },
            opacity: self.picture.0,
            blend: self.picture.1,
            place: self.place.into(),
            level: self.envelope.level(),
        }
    }
}

/// Adds a stretch of constant amplitude pieces, over the medium's and the loop's edges, and moves the path on.
#[allow(clippy::cast_possible_wrap, reason = "media are shorter than 2^30 frames")]
fn mix(path: &mut Path, frames: &[[f32; 2]], kernel: Kernel, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    let length = frames.len() as i64;
    let (low, high) = if path.looping { (path.start >> 32, (path.end >> 32).min(length)) } else { (0, length) };
    let mut done = 0;
    while done < out.len() {
        let left = out.len() - done;
        let inside = path.frames_within((low + 1) * ONE, (high - 2) * ONE, left);
        if inside > 0 {
            let stretch = Stretch { frames, pos: path.pos, inc: path.inc, amplitude: amplitude.after(done) };
            stretch.add_to(kernel, &mut out[done..done + inside]);
            path.advance(inside);
            done += inside;
            continue;
        }
        let silent_end = if path.looping { ((path.end >> 32) - 3) * ONE } else { i64::MAX };
        let behind = path.frames_within((length + 2) * ONE, silent_end, left);
        if behind > 0 {
            path.advance(behind);
            done += behind;
            continue;
        }
        let at = (path.pos >> 32) - 1;
        let taps = [0, 1, 2, 3].map(|tap| read(path, frames, at + tap));
        add_frame(taps, fraction(path.pos), amplitude.at(done), &mut out[done]);
        path.advance(1);
        done += 1;
    }
}

/// A frame by its place: wrapped into the loop, silence outside the medium.
fn read(path: &Path, frames: &[[f32; 2]], mut at: i64) -> [f32; 2] {
    if path.looping {
        let (start, end) = (path.start >> 32, path.end >> 32);
        if at < start || at >= end {
            at = start + (at - start).rem_euclid((end - start).max(1));
        }
    }
    usize::try_from(at).ok().and_then(|at| frames.get(at)).copied().unwrap_or([0.0; 2])
}
