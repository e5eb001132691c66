//! One voice: a source, the envelope of its level, and what moves its pitch.

use std::sync::Arc;

use super::{
    param,
    source::{LEVEL, Moving, Shape, Source, Wave},
    values::{DRUM_ROOT, Layers, Modulator, PitchSweep, ROOT, Side, Travel, TriggerOverrides, narrow},
};
use crate::{
    dsp::{
        envelope::{Adsr, Envelope},
        osc::Waves,
        strip::{Fade, Moment, Rows, Time},
        wavetable::Wavetable,
    },
    signal::{GRID, bank::Sends},
};

/// Frames that a stolen voice fades out in.
const STOLEN: u32 = 64;
/// Seconds that a voice fades out in whose cut group another takes, and in which the rest of a strip dies away.
const CUT_SECS: f64 = 0.01;

/// Multiplies frames by an envelope's level, and moves it on.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "at most 32 frames, of stages of at most 10 s")]
fn apply(envelope: &mut Envelope, mut samples: &mut [f32]) {
    while !samples.is_empty() {
        let count = samples.len().min(envelope.left());
        let (from, step, at) = envelope.piece();
        let (now, later) = samples.split_at_mut(count);
        if step == 0.0 {
            now.iter_mut().for_each(|sample| *sample *= from);
        } else {
            // Signed numbers become fractions in a single step.
            now.iter_mut().zip(at.cast_signed()..).for_each(|(sample, at)| *sample *= from + step * at as f32);
        }
        samples = later;
        envelope.advance(count);
    }
}

/// What moves a voice's pitch.
#[derive(Clone, Copy, Debug)]
struct Pitch {
    /// Without anything that moves it.
    hz: f64,
    sweep: Option<PitchSweep>,
    /// Vibrato in cycles a frame, and its depth in semitones.
    vibrato: (f64, f64),
    /// Octaves a frame.
    accelerate: f64,
    /// Octaves from here to where the glide begins, and its frames.
    glide: (f64, f64),
    /// The drum's: semitones at its onset, and the frames in which they fall to a hundred-thousandth.
    fall: Option<(f64, f64)>,
}

impl Pitch {
    fn of(layers: &Layers<'_>, wave: Wave) -> Self {
        let fall = (wave == Wave::Drum).then(|| layers.drum_pitch());
        let (rate, depth) = layers.vibrato();
        Self {
            hz: layers.hz(if fall.is_some() { DRUM_ROOT } else { ROOT }),
            sweep: layers.pitch().filter(|_| fall.is_none()),
            vibrato: (rate / layers.rate, depth),
            accelerate: layers.get(param::ACCELERATE) / layers.rate,
            glide: (0.0, 0.0),
            fall,
        }
    }

    /// Hz at an age in frames.
    fn at(&self, age: u32, held: Option<f32>) -> f64 {
        let frames = f64::from(age);
        let mut octaves = self.accelerate * frames;
        #[allow(clippy::cast_precision_loss, reason = "an age of more than 2^24 frames is long past all envelopes")]
        if let Some(sweep) = &self.sweep {
            octaves += f64::from(sweep.at(age as f32, held)) / 12.0;
        }
        if self.vibrato.0 > 0.0 {
            octaves += self.vibrato.1 * (std::f64::consts::TAU * (self.vibrato.0 * frames).fract()).sin() / 12.0;
        }
        if frames < self.glide.1 {
            octaves += self.glide.0 * (1.0 - frames / self.glide.1);
        }
        if let Some((semitones, length)) = self.fall
            && frames < length
        {
            octaves += semitones * (1e-5_f64 / semitones.abs().max(1e-4)).powf(frames / length) / 12.0;
        }
        self.hz * octaves.clamp(-20.0, 20.0).exp2()
    }
}

/// What moves beside the pitch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Motion {
    /// The width of pulse, the rate in periods a frame and the sweep of the triangle that moves it.
    pulse: [f64; 3],
    noise: f32,
    density: f32,
    /// Where it stands among the cycles of its wavetable.
    travel: Travel,
}

impl Motion {
    fn of(layers: &Layers<'_>, wave: Wave) -> Self {
        let [width, rate, sweep] = layers.pulse();
        Self {
            pulse: [width, rate / layers.rate, sweep],
            noise: layers.single(param::NOISE),
            density: layers.single(param::DENSITY) * 0.01,
            travel: if wave.is_table() { layers.travel() } else { Travel::default() },
        }
    }

    /// What it is at an age in frames and a place in the song.
    #[allow(clippy::cast_precision_loss, reason = "an age of more than 2^24 frames is long past all envelopes")]
    fn at(&self, age: u32, held: Option<f32>, time: Time) -> Moving {
        let [width, rate, sweep] = self.pulse;
        let swing = if rate > 0.0 { 0.5 - (2.0 * (rate * f64::from(age)).fract() - 1.0).abs() } else { 0.0 };
        Moving {
            width: narrow((width + sweep * swing).clamp(-0.99, 0.99)),
            noise: self.noise,
            density: self.density,
            position: self.travel.at(age as f32, held, time),
        }
    }
}

/// A lane: its group and its place there.
pub type Place = (usize, usize);

/// A sounding voice.
#[derive(Debug)]
pub struct Voice {
    /// Names the gate that opened it.
    pub gate: u64,
    /// The processor's clock at its first frame.
    pub onset: u64,
    /// The group in which others end it; 0 is none.
    pub cut: u16,
    /// Where it goes beside the module's sound.
    pub sends: Sends,
    /// What its trigger said.
    pub overrides: TriggerOverrides,
    /// Whether it is stolen or cut.
    pub dying: bool,
    /// Its way to silence.
    pub fade: Option<Fade>,
    /// Whether its strip has something that goes on when its source is silent.
    pub rings: bool,
    wave: Wave,
    lanes: [Place; 2],
    sides: usize,
    source: Source,
    envelope: Envelope,
    pitch: Pitch,
    motion: Motion,
    /// Whether something moves by itself, and at how many points since then nothing did.
    moves: bool,
    still: u8,
    /// Its pitch at the next point.
    next_hz: f64,
    age: u32,
    held: Option<u32>,
    /// Age at which it ends by itself.
    end: u32,
    rate: f64,
}

/// What a voice begins with.
#[derive(Clone, Debug)]
pub struct Onset {
    /// Names the gate.
    pub gate: u64,
    /// The processor's clock.
    pub clock: u64,
    /// The song there.
    pub now: Time,
    /// The wave, and the wavetable that it reads.
    pub wave: Wave,
    pub table: Option<Arc<Wavetable>>,
    /// Seed of its random numbers.
    pub seed: u64,
    /// Pitch that it glides from.
    pub from: Option<f64>,
}

impl Voice {
    /// A voice at its onset, on `lanes`.
    #[must_use]
    pub fn new(waves: &'static Waves, onset: Onset, overrides: TriggerOverrides, layers: &Layers<'_>, lanes: [Place; 2]) -> Self {
        let Onset { wave, seed, .. } = onset;
        let mut pitch = Pitch::of(layers, wave);
        let glide = layers.get(param::GLIDE) * layers.rate;
        if let Some(from) = onset.from.filter(|from| glide >= 1.0 && *from > 0.0 && pitch.hz > 0.0) {
            pitch.glide = ((from / pitch.hz).log2(), glide);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 32")]
        let count = if wave.is_table() { layers.tables() } else { layers.get(param::UNISON).round() as usize };
        let unison = (count, layers.detune(), layers.get(param::SPREAD));
        let shape = Shape { wave, partials: overrides.partials, unison, seed, modulators: layers.modulators() };
        let (hz, motion) = (pitch.at(0, None), Motion::of(layers, wave));
        let mut source = Source::new((waves, onset.table), layers.rate, &shape, hz, motion.at(0, None, onset.now));
        let (envelope, end) = if wave == Wave::Drum {
            let (keeps, frames) = layers.drum_fall();
            source.strike(keeps);
            (Envelope::new(Adsr { attack: 0, decay: 0, sustain: 1.0, release: 0 }), frames)
        } else {
            (Envelope::new(layers.adsr()), u32::MAX)
        };
        Self {
            gate: onset.gate,
            onset: onset.clock,
            cut: layers.cut(),
            sends: layers.sends(),
            overrides,
            dying: false,
            fade: None,
            rings: false,
            wave,
            lanes,
            sides: if wave.is_stereo() { 2 } else { 1 },
            source,
            envelope,
            moves: moves(&pitch, &motion, &shape.modulators),
            still: 0,
            pitch,
            motion,
            next_hz: hz,
            age: 0,
            held: None,
            end,
            rate: layers.rate,
        }
    }

    /// Its lanes, and what each is of its sound.
    pub fn lanes(&self) -> impl Iterator<Item = (Place, Side)> + use<> {
        let sides = match (self.wave.is_stereo(), self.wave) {
            (true, _) => [Side::Left, Side::Right],
            (false, Wave::Pulse | Wave::Table) => [Side::Both; 2],
            (false, _) => [Side::Mono; 2],
        };
        self.lanes.into_iter().zip(sides).take(self.sides)
    }

    /// Gives up the wavetable that it read, once it has ended.
    pub fn take_table(&mut self) -> Option<Arc<Wavetable>> {
        self.source.take_table()
    }

    /// The pitch that a glide of the next voice begins at.
    #[must_use]
    pub const fn hz(&self) -> f64 {
        self.pitch.hz
    }

    #[allow(clippy::cast_precision_loss, reason = "an age of more than 2^24 frames is long past all envelopes")]
    fn held(&self) -> Option<f32> {
        self.held.map(|held| held as f32)
    }

    /// Leads to what it has at the next point; from where it is unless it `arrived` at a point.
    #[allow(clippy::cast_precision_loss, reason = "an age of more than 2^24 frames is long past all envelopes")]
    pub fn aim(&mut self, moment: Moment, arrived: bool) {
        let left = moment.left;
        // Where everything stands, it stays.
        if !self.moves && self.still > 1 {
            return;
        }
        self.still = self.still.saturating_add(1);
        let (age, held) = (self.age.saturating_add(left), self.held());
        let next = self.pitch.at(age, held);
        let from = arrived.then_some(self.next_hz);
        self.source.aim((from, next), self.motion.at(age, held, moment.then), left, (age as f32, held));
        self.next_hz = next;
    }

    /// Takes over the values in force.
    pub fn follow(&mut self, layers: &Layers<'_>) {
        let glide = self.pitch.glide;
        let modulators = layers.modulators();
        self.pitch = Pitch { glide, ..Pitch::of(layers, self.wave) };
        self.motion = Motion::of(layers, self.wave);
        (self.moves, self.still) = (moves(&self.pitch, &self.motion, &modulators), 0);
        self.source.set_modulators(&modulators.0);
    }

    /// Begins the release.
    pub fn release(&mut self) -> bool {
        if self.wave == Wave::Drum || self.held.is_some() {
            return false;
        }
        self.held = Some(self.age);
        self.envelope.release(u64::MAX);
        true
    }

    /// Leads to silence: at once, or as a cut group does.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred frames")]
    pub fn fade_out(&mut self, is_cut: bool) {
        let frames = if is_cut { (CUT_SECS * self.rate) as u32 } else { STOLEN };
        self.dying = true;
        match self.fade {
            // From the level that it has.
            Some(Fade { total, left }) if left > frames => self.fade = Some(Fade { total: total * frames / left, left: frames }),
            Some(_) => {}
            None => self.fade = Some(Fade::new(frames)),
        }
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.fade.is_some_and(|fade| fade.left == 0) || (!self.rings && self.is_silent())
    }

    fn is_silent(&self) -> bool {
        self.envelope.is_done() || self.age >= self.end
    }

    /// Writes at most 32 frames to its lanes.
    pub fn render(&mut self, frames: usize, groups: &mut [Rows]) {
        if self.is_silent() {
            self.lanes.into_iter().take(self.sides).for_each(|(group, lane)| groups[group].0[lane][..frames].fill(0.0));
            return;
        }
        let [(group, lane), (other, right_lane)] = self.lanes;
        let mut right = [0.0; GRID];
        self.source.render(&mut groups[group].0[lane][..frames], &mut right[..frames]);
        let before = self.envelope;
        self.shape(&mut groups[group].0[lane][..frames]);
        if self.sides > 1 {
            self.envelope = before;
            self.shape(&mut right[..frames]);
            groups[other].0[right_lane] = right;
        }
    }

    /// Gives the frames of a side the voice's level.
    fn shape(&mut self, side: &mut [f32]) {
        let level = if self.wave == Wave::Drum { 1.0 } else { LEVEL };
        side.iter_mut().for_each(|sample| *sample *= level);
        apply(&mut self.envelope, side);
        let until = usize::try_from(self.end - self.age).unwrap_or(usize::MAX);
        if until < side.len() {
            side[until..].fill(0.0);
        }
    }

    /// Counts frames that were rendered.
    pub fn advance(&mut self, frames: u32) {
        self.age = self.age.saturating_add(frames);
        if let Some(fade) = &mut self.fade {
            fade.left = fade.left.saturating_sub(frames);
        }
    }

    /// Arrives at a point: where its source has fallen silent, what its strip holds dies away from here on.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred frames")]
    pub fn arrive(&mut self) {
        if self.rings && self.fade.is_none() && self.is_silent() {
            self.fade = Some(Fade::new((CUT_SECS * self.rate) as u32));
        }
    }
}

/// Whether something moves by itself.
fn moves(pitch: &Pitch, motion: &Motion, (modulators, count): &([Modulator; 4], usize)) -> bool {
    let is_bent = pitch.sweep.is_some() || pitch.vibrato.0 > 0.0 || pitch.accelerate != 0.0 || pitch.glide.1 > 0.0 || pitch.fall.is_some();
    is_bent || motion.pulse[1] > 0.0 || motion.travel.moves() || modulators[..*count].iter().any(|modulator| modulator.course.is_some())
}
