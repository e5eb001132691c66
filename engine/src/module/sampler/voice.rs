//! One voice: a path through a medium, an envelope and a gain.

use std::sync::Arc;

use super::{
    kernel::{Amplitude, ONE},
    long::{read_ahead, there},
    path::{ENDLESS, Extent, Path, Shape, Turn},
    sound::{Reader, add},
    strips::Strip,
    values::{Layers, Style, TriggerOverrides},
};
use crate::{
    dsp::envelope::Envelope,
    media::{AudioData, soundfont::Tone, stream::Pages},
    module::picture::SHOWN,
    signal::{
        bank::Sends,
        ramp::{RAMP_FRAMES, Ramp, RampPiece},
    },
    view::VoiceView,
};

/// The way a voice came, fading out under the way it jumped to.
#[derive(Debug)]
pub struct Leaving {
    path: Path,
    gain: Ramp,
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
    /// Names its medium ([`crate::module::samples::SampleContent::medium`]).
    pub medium: usize,
    /// Media frames a second.
    pub media_rate: f64,
    /// The medium as its path sees it.
    pub extent: Extent,
    /// Where its path runs.
    pub shape: Shape,
    /// Its way through the medium.
    pub path: Path,
    /// Where it jumped from, while that fades out.
    pub leaving: Option<Leaving>,
    /// Says that the shape changed again meanwhile.
    pub late: bool,
    /// How the zone sounds that it plays, where its sample is a patch.
    pub tone: Option<Tone>,
    /// Its envelope.
    pub envelope: Envelope,
    /// Frames before the path's end at which the release begins by itself.
    pub tail: u64,
    /// Its gain.
    pub gain: Ramp,
    /// The gain it should have.
    pub level: [f32; 2],
    /// Says that a piece of its sound was not there in time.
    pub starved: bool,
    /// Says that the gain leads to silence, where the voice ends.
    pub dying: bool,
    /// Says that it plays on when its event ends.
    pub outlasts: bool,
    /// Says that it plays `next`.
    pub resumes: bool,
    /// What its trigger said.
    pub overrides: TriggerOverrides,
    /// Number of its receiver, and the levels of what goes there.
    pub sends: Sends,
    /// Opacity and blend in force.
    pub picture: (f32, u8),
    /// Where the picture lies.
    pub place: [f32; SHOWN.len()],
    /// What its sound goes through, where its trigger says something of it.
    pub strip: Option<Strip>,
    /// The group in which others end it; 0 is none.
    pub group: u16,
}

impl Voice {
    /// Whether nothing more comes of it from `clock` on.
    #[must_use]
    pub fn is_over(&self, clock: u64) -> bool {
        self.path.remaining == 0 || self.envelope.is_done() || (self.dying && self.leaving.is_none() && self.gain.is_zero(clock))
    }

    /// Leads to silence within the fixed ramp.
    pub fn cut(&mut self, clock: u64) {
        self.gain.head_for([0.0; 2], clock);
        self.dying = true;
    }

    /// Begins the release; a loop that lasts no longer is left.
    pub fn release(&mut self) {
        if self.shape.leaves {
            self.shape.looping = false;
            self.path.leave_loop();
        }
        self.envelope.release(self.release_frames());
    }

    /// Frames in which a release ends at the latest: with the sound. A patch's goes on as if that were longer.
    const fn release_frames(&self) -> u64 {
        if self.tone.is_some() { ENDLESS } else { self.path.remaining }
    }

    /// Takes over the values in force.
    pub fn follow(&mut self, layers: &Layers<'_>, rate: f64, clock: u64) {
        if self.dying {
            return;
        }
        if !layers.enabled() {
            return self.cut(clock);
        }
        let (inc, mut shape, form) = (layers.increment(self.media_rate, rate), layers.shape(self.media_rate), layers.form(rate));
        shape.looping &= !(shape.leaves && self.envelope.is_released());
        let mut moved = inc != self.path.inc || form.adsr.release != self.envelope.release_frames();
        self.path.set_speed(inc);
        self.envelope.reshape(form, RAMP_FRAMES);
        if shape != self.shape {
            self.shape = shape;
            self.resumes = layers.style() == Style::Next;
            // One jump after the other: each needs its ramp.
            self.late = self.leaving.is_some();
            if !self.late {
                self.turn(clock);
                moved = true;
            }
        }
        if moved {
            self.plan(clock);
        }
        self.resumes = layers.style() == Style::Next;
        (self.picture, self.place) = (layers.picture(), layers.place());
        self.level = layers.gains(inc);
        if !self.dying && !self.starved {
            self.gain.head_for(self.level, clock);
        }
    }

    /// Goes on in the shape it was given. Where that makes it jump, the way it came fades out while the new one fades in.
    fn turn(&mut self, clock: u64) {
        let before = self.path;
        let turn = self.path.reshape(&self.extent, &self.shape);
        // An end that comes up in front of the voice leaves no room for its ramp.
        let sudden = self.path.remaining != before.remaining && self.path.remaining < u64::from(RAMP_FRAMES);
        match if sudden { Turn::End } else { turn } {
            Turn::On => {}
            Turn::End => {
                self.path = before.endless();
                self.cut(clock);
            }
            Turn::Jump => {
                let (from, to) = (self.gain.value(clock), self.gain.target());
                if self.audio.is_some() && from != [0.0; 2] {
                    let mut gain = Ramp::still(from);
                    gain.head_for([0.0; 2], clock);
                    self.leaving = Some(Leaving { path: before.endless(), gain });
                    self.gain = Ramp::still([0.0; 2]);
                    self.gain.head_for(to, clock);
                }
            }
        }
    }

    /// Lets go of the way it came once that has faded out, and takes the next turn where one waits.
    fn settle(&mut self, clock: u64) {
        if self.leaving.as_ref().is_none_or(|leaving| !leaving.gain.is_zero(clock)) {
            return;
        }
        self.leaving = None;
        if std::mem::take(&mut self.late) && !self.dying {
            self.turn(clock);
            self.plan(clock);
        }
    }

    /// Plans the end anew; a release that has begun ends with the path.
    fn plan(&mut self, clock: u64) {
        self.plan_tail(clock);
        if self.envelope.is_released() {
            self.envelope.release(self.release_frames());
        }
    }

    /// Plans the release that ends with the path: at most half of the voice's life, so that a single frame sounds in full. What a
    /// patch's zone plays is whole, and only led to silence where it ends.
    pub fn plan_tail(&mut self, clock: u64) {
        let life = clock.saturating_sub(self.onset).saturating_add(self.path.remaining);
        let release = if self.tone.is_some() { RAMP_FRAMES } else { self.envelope.release_frames() };
        self.tail = if self.path.remaining == ENDLESS { 0 } else { u64::from(release).min(life / 2) };
    }

    /// Adds the voice to `out`, whose first frame is at `clock`, as far as it lasts; says whether it may have sounded.
    ///
    /// A long sound is played from `pages`. Where a piece of it is not there in time the voice goes silent in the fixed ramp, and
    /// comes back in time once there is enough.
    pub fn render(&mut self, reader: Reader, clock: u64, out: &mut [[f32; 2]], pages: Option<&mut Pages>, rate: f64) -> bool {
        let mut pages = pages.filter(|_| self.audio.as_ref().is_some_and(|audio| audio.frames.is_long()));
        if let (Some(pages), Some(audio)) = (&mut pages, &self.audio) {
            read_ahead(&self.path, &audio.frames, pages, rate);
        }
        let mut sounded = false;
        let mut done = 0;
        while done < out.len() && !self.is_over(clock + done as u64) {
            let waits = self.envelope.is_waiting();
            if self.path.remaining <= self.tail && !waits {
                self.envelope.release(self.path.remaining);
            }
            let most = match &pages {
                Some(pages) if !pages.waits() => self.supplied(pages, clock + done as u64, out.len() - done),
                _ => out.len() - done,
            };
            let gain = self.gain.piece(clock + done as u64);
            let mut count = most.min(self.envelope.left()).min(gain.frames);
            if self.path.remaining != ENDLESS {
                let until = if self.path.remaining > self.tail { self.path.remaining - self.tail } else { self.path.remaining };
                count = count.min(usize::try_from(until).unwrap_or(usize::MAX));
            }
            let fading = self.leaving.as_ref().map(|leaving| leaving.gain.piece(clock + done as u64));
            count = count.min(fading.map_or(usize::MAX, |gain| gain.frames));
            let out = &mut out[done..done + count];
            let (level, level_step, level_at) = self.envelope.piece();
            let amplitude =
                |gain: RampPiece| Amplitude { level, level_step, level_at, gain: gain.from, gain_step: gain.step, gain_at: gain.at };
            match &self.audio {
                Some(audio) if !(self.envelope.is_silent() || gain.is_zero()) => {
                    add(&mut self.path, audio, pages.as_deref_mut(), reader, amplitude(gain), out);
                    sounded = true;
                }
                _ if waits => {}
                _ => self.path.advance(count),
            }
            if let (Some(leaving), Some(gain), Some(audio)) = (&mut self.leaving, fading, &self.audio) {
                add(&mut leaving.path, audio, pages.as_deref_mut(), reader, amplitude(gain), out);
                sounded = true;
            }
            self.envelope.advance(count);
            done += count;
            self.settle(clock + done as u64);
        }
        sounded
    }

    /// Frames, of `wanted`, until the supply of a long sound must be looked at again.
    fn supplied(&mut self, pages: &Pages, clock: u64, wanted: usize) -> usize {
        let ramp = RAMP_FRAMES as usize;
        let Some(audio) = &self.audio else { return wanted };
        let there = there(&self.path, &audio.frames, pages, wanted + ramp);
        if there >= wanted + ramp {
            if std::mem::take(&mut self.starved) && !self.dying {
                self.gain.head_for(self.level, clock);
            }
            return wanted;
        }
        if self.starved || self.dying {
            return wanted;
        }
        if there > ramp {
            return (there - ramp).min(wanted);
        }
        self.starved = true;
        pages.count_missed();
        self.gain.head_for([0.0; 2], clock);
        wanted
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
