//! The strips of a sampler's voices: only voices that use one have one, because their trigger or the module says something of it.

use super::voice::Voice;
use crate::{
    dsp::strip::{Course, Fade, Filter, Group, LANES, Moment, Rows, Settings, Sweep},
    media::soundfont::LowPass,
    module::synth::{TriggerOverrides, VoiceStrip},
    signal::{ControlMap, GRID, bank::Sends},
};

/// Groups of lanes; a voice takes two lanes.
const GROUPS: usize = 20;
/// Most strips.
const MOST: usize = GROUPS * LANES / 2;
/// Seconds in which what a strip still holds dies away when its voice has ended.
const RING_SECS: f64 = 0.01;

/// A lane: its group and its place there.
pub type Place = (usize, usize);

/// What a voice's strip is.
#[derive(Clone, Copy, Debug)]
pub struct Strip {
    lanes: [Place; 2],
    /// The place of what its trigger said.
    slot: usize,
}

/// The low-pass of a patch's zone.
#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
fn filter(low: &LowPass, rate: f64) -> Filter {
    let frames = |secs: f64| (secs * rate) as f32;
    let sweep = low.moved.map(|(octaves, course)| {
        let ways = Course {
            attack: frames(course.delay + course.attack),
            decay: frames(course.hold + course.decay),
            release: frames(course.release),
        };
        Sweep::new(low.hz as f32, octaves as f32, 0.0, course.sustain as f32, ways)
    });
    Filter { sweep, ..Filter::with_db(low.hz as f32, low.db as f32) }
}

/// A strip whose voice has ended.
#[derive(Clone, Copy, Debug)]
struct Ring {
    strip: Strip,
    /// Where its voice went.
    sends: Sends,
    fade: Fade,
}

/// The strips.
#[derive(Debug)]
pub struct Strips {
    laws: VoiceStrip,
    /// What the triggers of strips said, and the places there that are free.
    overrides: Box<[TriggerOverrides]>,
    free_slots: Vec<usize>,
    /// The low-passes of patches' zones, which count where nothing else says one.
    lows: Box<[Option<Filter>]>,
    rate: f64,
    groups: Box<[Group]>,
    rows: Box<[Rows]>,
    rings: Vec<Ring>,
    ring: u32,
    sounding: usize,
}

impl Strips {
    /// Free strips; everything they will ever need is allocated here.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate, and some hundred frames")]
    pub fn new(rate: f64) -> Self {
        let laws = VoiceStrip::new(rate);
        Self {
            overrides: vec![laws.overrides(ControlMap::default()); MOST].into_boxed_slice(),
            lows: vec![None; MOST].into_boxed_slice(),
            rate,
            free_slots: (0..MOST).collect(),
            laws,
            groups: (0..GROUPS).map(|_| Group::new(rate as f32)).collect(),
            rows: vec![Rows::default(); GROUPS].into_boxed_slice(),
            rings: Vec::with_capacity(MOST),
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
    pub fn is_overridden(&self, controls: ControlMap<'_>) -> bool {
        self.laws.is_overridden(controls)
    }

    /// Whether every voice has a strip.
    #[must_use]
    pub const fn is_always(&self) -> bool {
        self.laws.is_always()
    }

    /// What a trigger says of its strip, and its cut group, where it or the module says something.
    #[must_use]
    pub fn overrides(&self, controls: ControlMap<'_>) -> Option<(TriggerOverrides, u16)> {
        let overrides = (self.is_always() || self.laws.is_overridden(controls)).then(|| self.laws.overrides(controls))?;
        Some((overrides, self.laws.cut(&overrides)))
    }

    /// What the trigger of a voice without a strip said.
    #[must_use]
    pub fn nothing(&self) -> TriggerOverrides {
        self.laws.overrides(ControlMap::default())
    }

    /// Takes over what the module says; says whether strips have to follow.
    pub fn follow(&mut self, values: &[f64]) -> bool {
        self.laws.follow(values)
    }

    /// Gives a strip what the module says now.
    pub fn set(&mut self, strip: Strip) {
        let settings = self.settings(strip.slot);
        for ((group, lane), settings) in strip.lanes.into_iter().zip(&settings) {
            self.groups[group].set(lane, settings);
        }
    }

    /// What a strip's trigger, its zone and the module say.
    fn settings(&self, key: usize) -> [Settings; 2] {
        let low = self.lows[key];
        self.laws.settings(&self.overrides[key]).map(|settings| Settings { low: settings.low.or(low), ..settings })
    }

    /// Changes what the trigger of a strip's voice said.
    pub fn change(&mut self, strip: Strip, controls: ControlMap<'_>) {
        self.overrides[strip.slot].change(controls);
        self.set(strip);
    }

    /// Starts a strip, with the low-pass of a patch's zone where there is one; `None` where all are in use.
    pub fn start(&mut self, overrides: &TriggerOverrides, low: Option<&LowPass>, moment: Moment) -> Option<Strip> {
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
        // There are as many places as pairs of lanes.
        let slot = self.free_slots.pop()?;
        self.sounding += 1;
        let strip = Strip { lanes, slot };
        self.overrides[strip.slot] = *overrides;
        self.lows[strip.slot] = low.map(|low| filter(low, self.rate));
        let settings = self.settings(strip.slot);
        for ((group, lane), settings) in lanes.into_iter().zip(&settings) {
            self.groups[group].start(lane, settings, moment);
        }
        Some(strip)
    }

    fn free_lanes(&self) -> Option<[Place; 2]> {
        let mut free = self.groups.iter().enumerate().flat_map(|(group, lanes)| lanes.free_lanes().map(move |lane| (group, lane)));
        Some([free.next()?, free.next()?])
    }

    fn free(&mut self, strip: Strip) {
        for (group, lane) in strip.lanes {
            self.groups[group].free(lane);
        }
        self.free_slots.push(strip.slot);
        self.sounding -= 1;
    }

    /// Lets the strip of a voice that has ended die away.
    pub fn let_go(&mut self, voice: &mut Voice) {
        if let Some(strip) = voice.strip.take() {
            if self.rings.len() == self.rings.capacity() {
                let oldest = self.rings.remove(0);
                self.free(oldest.strip);
            }
            self.rings.push(Ring { strip, sends: voice.sends, fade: Fade::new(self.ring) });
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        for group in &mut self.groups {
            (0..LANES).for_each(|lane| group.free(lane));
        }
        self.rings.clear();
        self.free_slots.clear();
        self.free_slots.extend(0..MOST);
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
            self.rows[group].0[lane].iter_mut().zip(samples).for_each(|(to, sample)| *to = sample[side]);
        }
    }

    /// Goes over the frames of all strips.
    pub fn process(&mut self, count: usize) {
        for index in 0..self.rings.len() {
            let strip = self.rings[index].strip;
            self.take(strip, &[[0.0; 2]; GRID][..count]);
        }
        for (group, rows) in self.groups.iter_mut().zip(&mut self.rows).filter(|(group, _)| !group.is_free()) {
            group.process(rows, count);
        }
    }

    /// Adds what a strip made.
    pub fn add(&self, strip: Strip, fade: Option<Fade>, out: &mut [[f32; 2]]) {
        for (group, lane) in strip.lanes {
            self.groups[group].add(lane, &self.rows[group], fade, out);
        }
    }

    /// Hands on what dies away, each made in `apart`, with where its voice went; then moves all strips on.
    #[allow(clippy::cast_possible_truncation, reason = "at most 32")]
    pub fn finish(&mut self, apart: &mut [[f32; 2]], mut add: impl FnMut(&[[f32; 2]], &Sends)) {
        let count = apart.len();
        for index in 0..self.rings.len() {
            let Ring { strip, sends, fade } = self.rings[index];
            apart.fill([0.0; 2]);
            self.add(strip, Some(fade), apart);
            add(apart, &sends);
            self.rings[index].fade.left = fade.left.saturating_sub(count as u32);
        }
        self.groups.iter_mut().filter(|group| !group.is_free()).for_each(|group| group.advance(count));
        while let Some(index) = self.rings.iter().position(|ring| ring.fade.left == 0) {
            let ended = self.rings.remove(index);
            self.free(ended.strip);
        }
    }
}
