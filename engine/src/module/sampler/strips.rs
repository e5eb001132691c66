//! The strips of a sampler's voices: only voices that use one have one.

use super::voice::Voice;
use crate::{
    dsp::strip::{Group, LANES, Lanes, Moment, Settings},
    module::synth::VoiceStrip,
    signal::{ControlMap, GRID, bank::Sends},
};

/// Groups of lanes; a voice takes two lanes.
const GROUPS: usize = 20;
/// Seconds in which what a strip still holds dies away when its voice has ended.
const RING_SECS: f64 = 0.01;

/// A lane: its group and its place there.
pub type Place = (usize, usize);

/// What a voice's strip is.
#[derive(Clone, Copy, Debug)]
pub struct Strip {
    lanes: [Place; 2],
}

/// A strip whose voice has ended.
#[derive(Clone, Copy, Debug)]
struct Ring {
    strip: Strip,
    /// Where its voice went.
    sends: Sends,
    left: u32,
}

/// The strips.
#[derive(Debug)]
pub struct Strips {
    laws: VoiceStrip,
    groups: Box<[Group]>,
    frames: Box<[[Lanes; GRID]]>,
    rings: Vec<Ring>,
    ring: u32,
    sounding: usize,
}

impl Strips {
    /// Free strips; everything they will ever need is allocated here.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate, and some hundred frames")]
    pub fn new(rate: f64) -> Self {
        Self {
            laws: VoiceStrip::new(rate),
            groups: (0..GROUPS).map(|_| Group::new(rate as f32)).collect(),
            frames: vec![[Lanes::default(); GRID]; GROUPS].into_boxed_slice(),
            rings: Vec::with_capacity(GROUPS * LANES / 2),
            ring: (RING_SECS * rate) as u32,
            sounding: 0,
        }
    }

    /// Whether none is in use.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sounding == 0
    }

    /// Whether a trigger says something of a strip.
    #[must_use]
    pub fn is_said(&self, controls: ControlMap<'_>) -> bool {
        self.laws.is_said(controls)
    }

    /// What a trigger says of its strip, and its cut group, where it says something.
    #[must_use]
    pub fn said(&self, controls: ControlMap<'_>) -> Option<([Settings; 2], u16)> {
        self.laws.of(controls)
    }

    /// Starts a strip; `None` where all are in use.
    pub fn start(&mut self, settings: &[Settings; 2], moment: Moment) -> Option<Strip> {
        let lanes = loop {
            if let Some(lanes) = self.free_lanes() {
                break lanes;
            }
            if self.rings.is_empty() {
                return None;
            }
            let oldest = self.rings.remove(0);
            self.free(oldest.strip);
        };
        for ((group, lane), settings) in lanes.into_iter().zip(settings) {
            self.groups[group].start(lane, settings, moment);
        }
        self.sounding += 1;
        Some(Strip { lanes })
    }

    fn free_lanes(&self) -> Option<[Place; 2]> {
        let mut free = self.groups.iter().enumerate().flat_map(|(group, lanes)| lanes.free_lanes().map(move |lane| (group, lane)));
        Some([free.next()?, free.next()?])
    }

    fn free(&mut self, strip: Strip) {
        for (group, lane) in strip.lanes {
            self.groups[group].free(lane);
        }
        self.sounding -= 1;
    }

    /// Lets the strip of a voice that has ended die away.
    pub fn let_go(&mut self, voice: &mut Voice) {
        if let Some(strip) = voice.strip.take() {
            if self.rings.len() == self.rings.capacity() {
                let oldest = self.rings.remove(0);
                self.free(oldest.strip);
            }
            self.rings.push(Ring { strip, sends: voice.sends, left: self.ring });
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        for group in &mut self.groups {
            (0..LANES).for_each(|lane| group.free(lane));
        }
        self.rings.clear();
        self.sounding = 0;
    }

    /// Closes the gate of a voice's strip.
    pub fn release(&mut self, strip: Strip, moment: Moment) {
        for (group, lane) in strip.lanes {
            self.groups[group].release(lane, moment);
        }
    }

    /// Leads all strips to the next point.
    pub fn point(&mut self, moment: Moment, arrived: bool) {
        for group in self.groups.iter_mut().filter(|group| !group.is_free()) {
            group.point(moment, arrived);
        }
    }

    /// Takes a voice's frames, at most 32.
    pub fn take(&mut self, strip: Strip, samples: &[[f32; 2]]) {
        for (side, (group, lane)) in strip.lanes.into_iter().enumerate() {
            for (frame, sample) in self.frames[group].iter_mut().zip(samples) {
                frame.0[lane] = sample[side];
            }
        }
    }

    /// Goes over the frames of all strips.
    pub fn process(&mut self, count: usize) {
        for place in 0..self.rings.len() {
            let strip = self.rings[place].strip;
            self.take(strip, &[[0.0; 2]; GRID][..count]);
        }
        for (group, frames) in self.groups.iter_mut().zip(&mut self.frames).filter(|(group, _)| !group.is_free()) {
            group.process(&mut frames[..count]);
        }
    }

    /// Adds what a strip made.
    pub fn add(&self, strip: Strip, fade: [f32; 2], out: &mut [[f32; 2]]) {
        for (group, lane) in strip.lanes {
            self.groups[group].add(lane, &self.frames[group], fade, out);
        }
    }

    /// Hands on what dies away, each made in `apart`, with where its voice went; then moves all strips on.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some hundred frames")]
    pub fn finish(&mut self, apart: &mut [[f32; 2]], mut add: impl FnMut(&[[f32; 2]], &Sends)) {
        let (count, total) = (apart.len(), self.ring.max(1) as f32);
        for place in 0..self.rings.len() {
            let Ring { strip, sends, left } = self.rings[place];
            apart.fill([0.0; 2]);
            self.add(strip, [left as f32 / total, -1.0 / total], apart);
            add(apart, &sends);
            self.rings[place].left = left.saturating_sub(count as u32);
        }
        self.groups.iter_mut().filter(|group| !group.is_free()).for_each(|group| group.advance(count));
        while let Some(place) = self.rings.iter().position(|ring| ring.left == 0) {
            let ended = self.rings.remove(place);
            self.free(ended.strip);
        }
    }
}
