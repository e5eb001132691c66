//! What a voice is told, and the laws that make its settings of it.
//!
//! The laws are Strudel's, as measured on its own sound engine (version 1.3.0 of superdough).

use super::{
    OF_STRIP, PARAMS,
    laws::{self, level},
    param,
};
use crate::{
    dsp::{
        are_same,
        envelope::Adsr,
        strip::{Course, Curve, Filter, Levels, Phaser, Settings, Sweep, Time, Tremolo, Wobble},
    },
    module::ParamKind,
    signal::{ControlMap, Controls, bank::Sends, control, ramp::pan_gains},
};

/// The module's numbers, by place.
pub type Numbers = [f64; PARAMS.len()];

/// Loudest that a voice's level is changed to.
const MAX_GAIN: f64 = 16.0;
/// Semitones that a note can be bent by, up or down.
const MAX_BEND: f64 = 96.0;
/// Octaves that a low-pass can be opened or closed by.
const MAX_OCTAVES: f64 = 10.0;
/// Rate in Hz of the vibrato of a voice that has none of its own.
const VIBRATO_HZ: f64 = 5.5;
/// Pitch of a trigger without one, as a MIDI number; the drum has its own.
pub const ROOT: f64 = 36.0;
/// The drum's.
pub const DRUM_ROOT: f64 = 29.0;

/// The module's numbers within their ranges; each default where there is none.
#[must_use]
pub fn playable(params: &[f64]) -> Numbers {
    std::array::from_fn(|index| {
        let spec = &PARAMS[index];
        params.get(index).filter(|value| value.is_finite()).map_or(spec.default, |value| value.clamp(spec.min, spec.max))
    })
}

/// Which parameter each control sets.
#[derive(Clone, Debug)]
pub struct Hears(Box<[u8]>);

/// Says that a control sets no parameter.
const NONE: u8 = u8::MAX;

impl Hears {
    /// The controls that bear the parameters' names.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "fewer than 255 parameters")]
    pub fn new(controls: &Controls) -> Self {
        let index = |id: u16| PARAMS.iter().position(|spec| spec.name == controls.name(id));
        // The module's own switches and what concerns it as a whole are not a voice's.
        let is_own = |index: &usize| {
            !matches!(*index, param::ENABLED | param::VOLUME | param::POLYPHONY | param::VOICES | param::WAVE | param::TRANSPOSE)
        };
        Self((0..controls.len()).map(|id| index(id).filter(is_own).map_or(NONE, |index| index as u8)).collect())
    }
}

/// What a trigger says, for the life of its voice.
#[derive(Clone, Copy, Debug)]
pub struct TriggerOverrides {
    /// By place; not a number where it says nothing.
    numbers: Numbers,
    /// Level before the filters.
    gain: f64,
    /// MIDI number.
    note: Option<f64>,
    /// Partials that a wave is cut to; 0 is the whole wave.
    pub partials: f64,
    /// Semitones added while it sounds.
    bend: f64,
    /// Level factors while it sounds: its own gain, and its expression.
    swell: f64,
    expression: f64,
    /// Octaves that its low-pass is opened by.
    brightness: f64,
    /// Semitones of vibrato besides its own.
    vibrato: f64,
}

impl TriggerOverrides {
    /// What `controls` say, within each parameter's range.
    #[must_use]
    pub fn of(controls: ControlMap<'_>, hears: &Hears) -> Self {
        let mut numbers = [f64::NAN; PARAMS.len()];
        let (mut gain, mut velocity, mut note, mut partials, mut bend) = (None, None, None, 0.0, 0.0);
        for (id, value) in controls.iter().filter(|(_, value)| value.is_finite()) {
            match id {
                control::GAIN => gain = Some(value),
                control::VELOCITY => velocity = Some(value),
                control::NOTE => note = Some(value).filter(|note| *note != 0.0),
                control::N => partials = value,
                control::TUNING => bend = value.clamp(-MAX_BEND, MAX_BEND),
                _ => {}
            }
            if let Some(index) = hears.0.get(usize::from(id)).filter(|index| **index != NONE) {
                let spec = &PARAMS[usize::from(*index)];
                numbers[usize::from(*index)] = value.clamp(spec.min, spec.max);
            }
        }
        Self { numbers, gain: level(gain, velocity), note, partials, bend, swell: 1.0, expression: 1.0, brightness: 0.0, vibrato: 0.0 }
    }

    /// Takes up what changes while the voice sounds: bend in semitones, level as factors of its own (`gain`, `expression`), pan,
    /// brightness in octaves, vibrato in semitones.
    pub fn change(&mut self, controls: ControlMap<'_>) {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        if let Some(bend) = value_of(control::TUNING) {
            self.bend = bend.clamp(-MAX_BEND, MAX_BEND);
        }
        if let Some(gain) = value_of(control::GAIN) {
            self.swell = gain.clamp(0.0, MAX_GAIN);
        }
        if let Some(pan) = value_of(control::PAN) {
            self.numbers[param::PAN] = pan.clamp(-1.0, 1.0);
        }
        if let Some(factor) = value_of(control::EXPRESSION) {
            self.expression = factor.clamp(0.0, MAX_GAIN);
        }
        if let Some(octaves) = value_of(control::BRIGHTNESS) {
            self.brightness = octaves.clamp(-MAX_OCTAVES, MAX_OCTAVES);
        }
        if let Some(semitones) = value_of(control::VIBRATO) {
            self.vibrato = semitones.clamp(0.0, PARAMS[param::VIBMOD].max);
        }
    }
}

/// What moves a voice's pitch, in semitones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchSweep {
    course: Course,
    levels: Levels,
    is_exponential: bool,
}

impl PitchSweep {
    /// Semitones at an age in frames.
    #[must_use]
    pub fn at(&self, age: f32, held: Option<f32>) -> f32 {
        if self.is_exponential {
            self.course.along(age, held, &self.levels, crate::dsp::strip::exponential)
        } else {
            self.course.at(age, held, &self.levels)
        }
    }
}

/// Where a voice stands among the cycles of its wavetable.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Travel {
    base: f32,
    sweep: Option<(Course, Levels)>,
    wobble: Option<Wobble>,
}

impl Travel {
    /// From 0, the first cycle, to 1, the last, at an age in frames and a place in the song.
    #[must_use]
    pub fn at(&self, age: f32, held: Option<f32>, time: Time) -> f32 {
        let swept = self.sweep.map_or(0.0, |(course, levels)| course.at(age, held, &levels));
        (self.base + swept + self.wobble.map_or(0.0, |wobble| wobble.at(time))).clamp(0.0, 1.0)
    }

    /// Whether it moves by itself.
    #[must_use]
    pub const fn moves(&self) -> bool {
        self.sweep.is_some() || self.wobble.is_some()
    }
}

/// A modulator of the frequency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Modulator {
    /// Peak deviation as a multiple of its frequency.
    pub index: f32,
    /// Its frequency as a multiple of the voice's.
    pub ratio: f64,
    /// Place in the list of waves.
    pub wave: u8,
    /// The index' course between 0 and 1; `true` where its ways are exponential.
    pub course: Option<(Course, Levels, bool)>,
}

impl Modulator {
    /// The index at an age in frames.
    #[must_use]
    pub fn index(&self, age: f32, held: Option<f32>) -> f32 {
        match &self.course {
            Some((course, levels, true)) => self.index * course.along(age, held, levels, crate::dsp::strip::exponential),
            Some((course, levels, false)) => self.index * course.at(age, held, levels),
            None => self.index,
        }
    }
}

/// The places of an envelope's values: attack, decay, sustain, release.
type Envelope = [usize; 4];

const TRAVEL: Envelope = [param::WTATTACK, param::WTDECAY, param::WTSUSTAIN, param::WTRELEASE];
const PITCH: Envelope = [param::PATTACK, param::PDECAY, param::PSUSTAIN, param::PRELEASE];

/// The places of a wave's values: rate, periods in a bar, depth, form, offset, peak.
type WobblePlaces = [usize; 6];

/// The places of a filter's values.
struct FilterPlaces {
    envelope: Envelope,
    depth: usize,
    /// What moves it further.
    wobble: WobblePlaces,
}

const LOW: FilterPlaces = FilterPlaces {
    envelope: [param::LPATTACK, param::LPDECAY, param::LPSUSTAIN, param::LPRELEASE],
    depth: param::LPENV,
    wobble: [param::LPRATE, param::LPSYNC, param::LPDEPTH, param::LPSHAPE, param::LPDC, param::LPSKEW],
};
const HIGH: FilterPlaces = FilterPlaces {
    envelope: [param::HPATTACK, param::HPDECAY, param::HPSUSTAIN, param::HPRELEASE],
    depth: param::HPENV,
    wobble: [param::HPRATE, param::HPSYNC, param::HPDEPTH, param::HPSHAPE, param::HPDC, param::HPSKEW],
};
const BAND: FilterPlaces = FilterPlaces {
    envelope: [param::BPATTACK, param::BPDECAY, param::BPSUSTAIN, param::BPRELEASE],
    depth: param::BPENV,
    wobble: [param::BPRATE, param::BPSYNC, param::BPDEPTH, param::BPSHAPE, param::BPDC, param::BPSKEW],
};

/// Places of a modulator's values: index, ratio, envelope, its form, wave.
const MODULATORS: [(usize, usize, Envelope, usize, usize); 4] = [
    (param::FMI, param::FMH, [param::FMATTACK, param::FMDECAY, param::FMSUSTAIN, param::FMRELEASE], param::FMENV, param::FMWAVE),
    (param::FMI2, param::FMH2, [param::FMATTACK2, param::FMDECAY2, param::FMSUSTAIN2, param::FMRELEASE2], param::FMENV2, param::FMWAVE2),
    (param::FMI3, param::FMH3, [param::FMATTACK3, param::FMDECAY3, param::FMSUSTAIN3, param::FMRELEASE3], param::FMENV3, param::FMWAVE3),
    (param::FMI4, param::FMH4, [param::FMATTACK4, param::FMDECAY4, param::FMSUSTAIN4, param::FMRELEASE4], param::FMENV4, param::FMWAVE4),
];

/// What a lane is of its voice's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// All of it.
    Mono,
    /// The left side.
    Left,
    /// The right side.
    Right,
    /// Two sides that are the same.
    Both,
}

/// Everything that decides a voice's values.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// What the trigger said.
    pub overrides: &'a TriggerOverrides,
    /// What the module says.
    pub module: &'a Numbers,
    /// Frames a second.
    pub rate: f64,
}

impl Layers<'_> {
    /// What the trigger says, or the module beside its default.
    fn given(&self, index: usize) -> Option<f64> {
        let own = Some(self.overrides.numbers[index]).filter(|value| !value.is_nan());
        own.or_else(|| Some(self.module[index]).filter(|value| *value != PARAMS[index].default))
    }

    /// What holds for the voice.
    #[must_use]
    pub fn get(&self, index: usize) -> f64 {
        let own = self.overrides.numbers[index];
        if own.is_nan() { self.module[index] } else { own }
    }

    /// The same in single precision.
    #[must_use]
    pub fn single(&self, index: usize) -> f32 {
        narrow(self.get(index))
    }

    /// A choice's place.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    fn choice(&self, index: usize) -> u8 {
        debug_assert!(matches!(PARAMS[index].kind, ParamKind::Choice(_)));
        self.get(index).max(0.0) as u8
    }

    /// The orbit's number, and the levels of what goes to it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its range")]
    pub fn sends(&self) -> Sends {
        (self.get(param::ORBIT).round() as u32, [1.0, narrow(self.get(param::DELAY)), narrow(self.get(param::ROOM))])
    }

    /// The group in which a trigger ends the voices before it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 65535")]
    pub fn cut(&self) -> u16 {
        self.get(param::CUT).round() as u16
    }

    /// Attack, decay, sustain and release where any of them is given: times in the unit of the parameters, with the least of the
    /// others and of the release.
    fn envelope(&self, places: Envelope, least: (f64, f64)) -> Option<[f64; 4]> {
        laws::envelope(places.map(|index| self.given(index)), least)
    }

    /// The envelope of the level.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 10 s")]
    pub fn adsr(&self) -> Adsr {
        let places = [param::ATTACK_MS, param::DECAY_MS, param::SUSTAIN, param::RELEASE_MS];
        let defaults = places.map(|index| PARAMS[index].default);
        let [attack, decay, sustain, release] = self.envelope(places, (1.0, 10.0)).unwrap_or(defaults);
        let frames = |ms: f64| (ms * 0.001 * self.rate).round() as u32;
        Adsr { attack: frames(attack), decay: frames(decay), sustain: narrow(sustain), release: frames(release) }
    }

    fn course(&self, [attack, decay, _, release]: [f64; 4]) -> Course {
        let frames = |secs: f64| narrow(secs * self.rate);
        Course { attack: frames(attack), decay: frames(decay), release: frames(release) }
    }

    /// The pitch without what moves it, in Hz; `root` is the MIDI number of a trigger without one.
    #[must_use]
    pub fn hz(&self, root: f64) -> f64 {
        let semitones = self.get(param::TRANSPOSE) + 12.0 * self.get(param::OCTAVE) + self.overrides.bend;
        let own = self.get(param::FREQ);
        let base = if own > 0.0 { own } else { 440.0 * ((self.overrides.note.unwrap_or(root).clamp(-120.0, 240.0) - 69.0) / 12.0).exp2() };
        (base * (semitones / 12.0).exp2()).clamp(0.0, 0.5 * self.rate)
    }

    /// Rate of the vibrato in Hz, 0 for none, and its depth in semitones.
    #[must_use]
    pub fn vibrato(&self) -> (f64, f64) {
        let (rate, depth) = (self.get(param::VIB), self.get(param::VIBMOD));
        match self.overrides.vibrato {
            0.0 => (rate, depth),
            more if rate > 0.0 => (rate, depth + more),
            more => (VIBRATO_HZ, more),
        }
    }

    /// What the pitch envelope does.
    #[must_use]
    pub fn pitch(&self) -> Option<PitchSweep> {
        let depth = self.given(param::PENV);
        let own = self.envelope(PITCH, (0.001, 0.01));
        if depth.is_none() && own.is_none() && self.given(param::PANCHOR).is_none() {
            return None;
        }
        let values = own.unwrap_or(PITCH.map(|index| PARAMS[index].default));
        let (depth, sustain) = (depth.unwrap_or(1.0), values[2]);
        let low = -depth * self.given(param::PANCHOR).unwrap_or(sustain);
        let levels = Levels { low: narrow(low), high: narrow(low + depth), sustain: narrow(low + depth * sustain) };
        Some(PitchSweep { course: self.course(values), levels, is_exponential: self.get(param::PCURVE) >= 0.5 })
    }

    /// The modulators, the first of which moves the voice; those behind the first that is off count for nothing.
    #[must_use]
    pub fn modulators(&self) -> ([Modulator; 4], usize) {
        let all = MODULATORS.map(|(index, ratio, envelope, form, wave)| {
            let course = self.envelope(envelope, (0.001, 0.01)).map(|values| {
                let is_exponential = self.get(form) < 0.5;
                let low = if is_exponential { 0.001 } else { 0.0 };
                let levels = Levels { low, high: 1.0, sustain: low + (1.0 - low) * narrow(values[2]) };
                (self.course(values), levels, is_exponential)
            });
            Modulator { index: self.single(index), ratio: self.get(ratio), wave: self.choice(wave), course }
        });
        let count = all.iter().take_while(|modulator| modulator.index != 0.0).count();
        (all, count)
    }

    fn swept(&self, places: &FilterPlaces, mut filter: Filter) -> Filter {
        let own = self.envelope(places.envelope, (0.001, 0.01));
        let depth = self.given(places.depth);
        if depth.is_some() || own.is_some() {
            let values = own.unwrap_or(places.envelope.map(|index| PARAMS[index].default));
            let (depth, anchor) = (narrow(depth.unwrap_or(1.0)), self.single(param::FANCHOR));
            filter.sweep = Some(Sweep::new(filter.hz, depth, anchor, narrow(values[2]), self.course(values)));
        }
        filter.wobble = self.wobble(places.wobble).map(|wobble| Wobble { depth: wobble.depth * filter.hz, ..wobble });
        filter
    }

    fn wobble(&self, [rate, per_bar, depth, shape, offset, skew]: WobblePlaces) -> Option<Wobble> {
        (self.get(rate) > 0.0 || self.get(per_bar) > 0.0).then(|| Wobble {
            shape: self.choice(shape),
            rate: self.single(rate),
            per_bar: self.single(per_bar),
            depth: self.single(depth),
            offset: self.single(offset),
            skew: self.single(skew),
        })
    }

    /// How many of a wavetable sound at once.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 32")]
    pub fn tables(&self) -> usize {
        self.given(param::UNISON).map_or(1, |unison| unison.round() as usize)
    }

    /// Where a voice stands among the cycles of its wavetable.
    #[must_use]
    pub fn travel(&self) -> Travel {
        let (depth, own) = (self.given(param::WTENV), self.envelope(TRAVEL, (0.001, 0.01)));
        let sweep = (depth.is_some() || own.is_some()).then(|| {
            let values = own.unwrap_or(TRAVEL.map(|index| PARAMS[index].default));
            let high = narrow(depth.unwrap_or(0.5));
            (self.course(values), Levels { low: 0.0, high, sustain: high * narrow(values[2]) })
        });
        let wobble = [param::WTRATE, param::WTSYNC, param::WTDEPTH, param::WTSHAPE, param::WTDC, param::WTSKEW];
        Travel { base: self.single(param::WT), sweep, wobble: self.wobble(wobble) }
    }

    fn low(&self) -> Option<Filter> {
        let spec = &PARAMS[param::CUTOFF];
        let own = self.given(param::CUTOFF)?;
        let brightness = self.overrides.brightness;
        let hz = if brightness == 0.0 { own } else { (own * brightness.exp2()).clamp(spec.min.max(1.0), spec.max) };
        Some(self.swept(&LOW, Filter::with_db(narrow(hz), self.single(param::RESONANCE))))
    }

    fn high(&self) -> Option<Filter> {
        let hz = self.given(param::HCUTOFF)?;
        Some(self.swept(&HIGH, Filter::with_db(narrow(hz), self.single(param::HRESONANCE))))
    }

    fn band(&self) -> Option<Filter> {
        let hz = self.given(param::BANDF)?;
        Some(self.swept(&BAND, Filter::with_q(narrow(hz), self.single(param::BANDQ))))
    }

    fn tremolo(&self) -> Option<Tremolo> {
        let (rate, per_bar) = (self.single(param::TREMOLO), self.single(param::TREMOLOSYNC));
        if rate <= 0.0 && per_bar <= 0.0 {
            return None;
        }
        let shape = self.given(param::TREMOLOSHAPE);
        let skew = self.given(param::TREMOLOSKEW).unwrap_or(if shape.is_some() { 0.5 } else { 1.0 });
        Some(Tremolo {
            rate,
            per_bar,
            depth: self.single(param::TREMOLODEPTH),
            skew: narrow(skew),
            phase: self.single(param::TREMOLOPHASE),
            shape: self.choice(param::TREMOLOSHAPE),
        })
    }

    fn phaser(&self) -> Option<Phaser> {
        let (rate, depth) = (self.single(param::PHASERRATE), self.single(param::PHASERDEPTH));
        (rate > 0.0 && depth > 0.0).then(|| Phaser {
            rate,
            depth,
            center: self.single(param::PHASERCENTER),
            sweep: self.single(param::PHASERSWEEP) / 1200.0,
        })
    }

    /// Left and right level of a lane.
    ///
    /// A trigger's pan puts a mono source between the sides by the sine and cosine of a quarter turn; a stereo one keeps its sides
    /// at the middle, and has one folded into the other towards the edges. The module's own pan is a balance of equal power.
    fn gains(&self, side: Side) -> [f32; 2] {
        let level = narrow(self.get(param::POSTGAIN) * self.overrides.swell * self.overrides.expression);
        let pan = self.overrides.numbers[param::PAN];
        if pan.is_nan() {
            let [left, right] = pan_gains(narrow(self.module[param::PAN]));
            return match side {
                Side::Mono | Side::Both => [left * level, right * level],
                Side::Left => [left * level, 0.0],
                Side::Right => [0.0, right * level],
            };
        }
        let turned = |share: f64| {
            let (sin, cos) = (share * std::f64::consts::FRAC_PI_2).sin_cos();
            [narrow(cos), narrow(sin)]
        };
        let left = || if pan <= 0.0 { [1.0, 0.0] } else { turned(pan) };
        let right = || if pan <= 0.0 { turned(pan + 1.0) } else { [0.0, 1.0] };
        let gains: [f32; 2] = match side {
            Side::Mono => turned((pan + 1.0) * 0.5),
            Side::Left => left(),
            Side::Right => right(),
            Side::Both => [left()[0] + right()[0], left()[1] + right()[1]],
        };
        gains.map(|gain| gain * level)
    }

    /// The settings of the strip of a lane.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    pub fn strip(&self, side: Side) -> Settings {
        let curve = |volume: usize| self.single(volume).max(0.001);
        let amount = self.get(param::DISTORT);
        Settings {
            gain: narrow(self.overrides.gain),
            low: self.low(),
            high: self.high(),
            band: self.band(),
            slope: self.choice(param::FTYPE),
            drive: self.single(param::DRIVE),
            vowel: self.choice(param::VOWEL).checked_sub(1),
            coarse: self.single(param::COARSE),
            crush: self.given(param::CRUSH).map(|bits| narrow((bits.max(1.0) - 1.0).exp2())),
            shape: self.given(param::SHAPE).map(|amount| Curve::shape(narrow(amount), curve(param::SHAPEVOL))),
            distort: (amount > 0.0).then(|| Curve::distort(self.choice(param::DISTORTTYPE), narrow(amount), curve(param::DISTORTVOL))),
            tremolo: self.tremolo(),
            phaser: self.phaser(),
            gains: self.gains(side),
        }
    }

    /// Pulse's width, and the rate and the sweep of the triangle that moves it.
    #[must_use]
    pub fn pulse(&self) -> [f64; 3] {
        let (rate, sweep) = (self.given(param::PWRATE), self.given(param::PWSWEEP));
        let (rate, sweep) = match (rate, sweep) {
            (None, None) => (0.0, 0.0),
            (rate, sweep) => (rate.unwrap_or(1.0), sweep.unwrap_or(0.3)),
        };
        [self.get(param::PW), rate, sweep]
    }

    /// What the drum's pitch does: semitones at its onset, and the frames in which they fall.
    #[must_use]
    pub fn drum_pitch(&self) -> (f64, f64) {
        (self.given(param::PENV).unwrap_or(36.0), self.given(param::PDECAY).unwrap_or(0.5).max(0.001) * self.rate)
    }

    /// What of its level the drum keeps with each frame, and the age in frames at which it ends.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 10 s")]
    pub fn drum_fall(&self) -> (f32, u32) {
        let frames = (self.given(param::DECAY_MS).unwrap_or(500.0) * 0.001).max(0.001) * self.rate;
        (narrow(0.001_f64.powf(1.0 / frames)), (frames + 0.02 * self.rate) as u32)
    }

    /// The detuning of supersaw in semitones; the number of a trigger that says none counts in its place.
    #[must_use]
    pub fn detune(&self) -> f64 {
        let own = self.given(param::DETUNE);
        let number = Some(self.overrides.partials).filter(|n| *n != 0.0);
        own.or(number).map_or(PARAMS[param::DETUNE].default, |detune| detune.clamp(0.0, PARAMS[param::DETUNE].max))
    }
}

/// Makes strips of what triggers and a module say, for voices whose levels are another module's.
#[derive(Clone, Debug)]
pub struct VoiceStrip {
    hears: Hears,
    module: Numbers,
    /// The module's values as they were given last, in the order of [`super::STRIP`].
    told: [f64; OF_STRIP.len()],
    /// Whether the module says something beside its defaults.
    says: bool,
    rate: f64,
}

impl VoiceStrip {
    /// With every parameter at its default.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            hears: Hears::new(&Controls::new()),
            module: playable(&[]),
            told: OF_STRIP.map(|index| PARAMS[index].default),
            says: false,
            rate,
        }
    }

    /// Takes over the module's own values, in the order of [`super::STRIP`]; says whether any is another.
    pub fn follow(&mut self, values: &[f64]) -> bool {
        if values.is_empty() || are_same(&self.told, values) {
            return false;
        }
        self.told.iter_mut().zip(values).for_each(|(told, value)| *told = *value);
        for (index, value) in OF_STRIP.into_iter().zip(values) {
            let spec = &PARAMS[index];
            self.module[index] = if value.is_finite() { value.clamp(spec.min, spec.max) } else { spec.default };
        }
        self.says = OF_STRIP.into_iter().any(|index| self.module[index] != PARAMS[index].default);
        true
    }

    /// Whether voices have a strip whose triggers say nothing of it.
    #[must_use]
    pub const fn is_always(&self) -> bool {
        self.says
    }

    /// What a trigger says.
    #[must_use]
    pub fn overrides(&self, controls: ControlMap<'_>) -> TriggerOverrides {
        TriggerOverrides::of(controls, &self.hears)
    }

    /// The strips of both sides.
    #[must_use]
    pub fn settings(&self, overrides: &TriggerOverrides) -> [Settings; 2] {
        let layers = Layers { overrides, module: &self.module, rate: self.rate };
        let level = layers.single(param::POSTGAIN);
        let settings = Settings { gain: 1.0, ..layers.strip(Side::Mono) };
        let side = |gains: [f32; 2]| Settings { gains: gains.map(|gain| gain * level), ..settings };
        [side([1.0, 0.0]), side([0.0, 1.0])]
    }

    /// The group in which a trigger ends the voices before it.
    #[must_use]
    pub fn cut(&self, overrides: &TriggerOverrides) -> u16 {
        Layers { overrides, module: &self.module, rate: self.rate }.cut()
    }

    /// Whether a trigger says something of its strip.
    #[must_use]
    pub fn is_overridden(&self, controls: ControlMap<'_>) -> bool {
        controls.iter().any(|(id, _)| self.is_heard(id))
    }

    /// Whether a control is one of the strip's.
    fn is_heard(&self, id: u16) -> bool {
        let index = self.hears.0.get(usize::from(id)).copied().map(usize::from);
        index.is_some_and(|index| (param::CUTOFF..=param::PHASERSWEEP).contains(&index) || matches!(index, param::POSTGAIN | param::CUT))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
pub const fn narrow(value: f64) -> f32 {
    value as f32
}
