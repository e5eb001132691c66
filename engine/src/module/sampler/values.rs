//! The values in force for a voice: those of its trigger, of its sample, of the module, in this order.
//!
//! A voice keeps what its trigger said and asks for the rest whenever the module or its sample changes, so that changes reach
//! it while it plays. What a value means for sound and picture is worked out here.

use super::{PARAMS, param, path::Shape};
use crate::{
    dsp::envelope::{Adsr, Form},
    media::soundfont::{Looping, Tone},
    module::{picture::SHOWN, synth::laws},
    signal::{ControlMap, bank::Sends, control, ramp::pan_gains},
};

/// Loudest `gain` of a trigger.
const MAX_GAIN: f64 = 16.0;
/// Level of the patches of SoundFonts, whose samples are as loud as they can be: that of Strudel, which goes with its waves and drums.
const PATCH_LEVEL: f64 = 0.3;
/// Notes of patches whose triggers say none: that of samples, and Strudel's.
const NO_NOTE: [f64; 2] = [60.0, 48.0];
/// Fastest that anything is played.
const FASTEST: f64 = 10_240.0;

/// Numbers by index in the parameter list.
pub type Numbers = [f64; PARAMS.len()];
/// Overrides by index in the parameter list.
pub type Overrides = [Option<f64>; PARAMS.len()];

/// Controls that set a parameter of the voice, each with the parameter's index: those that have its name, and `begin` and `end`. These stand
/// first, so that `regionStart` and `regionEnd`, which mean the same, count where a trigger carries both.
const CONTROLS: [(u16, usize); named() + 2] = {
    let mut pairs = [(control::BEGIN, param::REGION_START); named() + 2];
    pairs[1] = (control::END, param::REGION_END);
    let (mut count, mut index) = (2, 0);
    while index < PARAMS.len() {
        if let Some(control) = control_of(index) {
            pairs[count] = (control, index);
            count += 1;
        }
        index += 1;
    }
    pairs
};

/// The control that has a parameter's name.
const fn control_of(index: usize) -> Option<u16> {
    // Which sample a trigger plays is decided before its voice begins.
    if index == param::INDEX { None } else { control::well_known(PARAMS[index].name) }
}

/// How many parameters have a control.
const fn named() -> usize {
    let (mut count, mut index) = (0, 0);
    while index < PARAMS.len() {
        if control_of(index).is_some() {
            count += 1;
        }
        index += 1;
    }
    count
}

/// The module's numbers as far as they can be played.
#[must_use]
pub fn playable(params: &[f64]) -> Numbers {
    std::array::from_fn(|index| params.get(index).copied().filter(|value| value.is_finite()).unwrap_or(PARAMS[index].default))
}

/// How a voice moves, by place in [`super::PLAY_STYLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// To the region's end.
    Once,
    /// Around the region.
    Loop,
    /// Around a grain.
    Grain,
    /// On from where the voice before stopped.
    Next,
    /// Around the region as long as the event lasts, then on to its end.
    Sustain,
    /// To the region's end, where its event ends before as well.
    Shot,
    /// Around the loop that the file or the sample says, else to the region's end.
    File,
}

impl Style {
    /// The style of a number.
    #[must_use]
    pub fn of(number: f64) -> Self {
        match number {
            x if x >= 5.5 => Self::File,
            x if x >= 4.5 => Self::Shot,
            x if x >= 3.5 => Self::Sustain,
            x if x >= 2.5 => Self::Next,
            x if x >= 1.5 => Self::Grain,
            x if x >= 0.5 => Self::Loop,
            _ => Self::Once,
        }
    }
}

/// What a trigger says, for the life of its voice.
#[derive(Clone, Copy, Debug)]
pub struct TriggerOverrides {
    /// By index; not a number where it says nothing.
    numbers: Numbers,
    /// Further level: gain times velocity.
    accent: f32,
    /// The same without the velocity, and that: patches have laws of their own for it.
    struck: (f64, f64),
    /// MIDI note, where it says one.
    note: Option<f64>,
    /// That of a patch where it says none.
    no_note: f64,
    /// Semitones added while it sounds.
    bend: f64,
    /// Level factor while it sounds.
    swell: f32,
    /// The same of its expression.
    expression: f32,
    /// Whether its voice plays on when its event ends, unless it loops.
    pub outlasts: bool,
}

/// Whose laws hold, by place in [`super::RULES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// This sampler's own.
    Plain,
    /// Strudel's.
    Strudel,
}

impl Rules {
    /// The rules of a module.
    #[must_use]
    pub fn of(module: &Numbers) -> Self {
        if module[param::RULES] >= 0.5 { Self::Strudel } else { Self::Plain }
    }
}

/// Semitones that a note can be bent by, up or down.
const MAX_BEND: f64 = 96.0;

impl TriggerOverrides {
    /// What `controls` say, within each parameter's range.
    #[must_use]
    pub fn of(controls: ControlMap<'_>, rules: Rules) -> Self {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        let mut numbers = [f64::NAN; PARAMS.len()];
        for (control, index) in CONTROLS {
            if let Some(value) = value_of(control) {
                numbers[index] = value.clamp(PARAMS[index].min, PARAMS[index].max);
            }
        }
        let (gain, velocity) = (value_of(control::GAIN), value_of(control::VELOCITY));
        let plain_note = value_of(control::NOTE).filter(|note| *note >= 0.0).map(|note| note.min(127.0));
        let velocity_of = velocity.unwrap_or(1.0).clamp(0.0, 1.0);
        let (note, accent, outlasts) = match rules {
            Rules::Plain => (plain_note, gain.unwrap_or(1.0).clamp(0.0, MAX_GAIN) * velocity_of, false),
            Rules::Strudel => {
                let hz = value_of(control::FREQ).and_then(laws::note_of).map(|note| note.clamp(0.0, 127.0));
                let ends = [control::CLIP, control::RELEASE_MS].into_iter().any(|control| value_of(control).is_some());
                (hz.or(plain_note), laws::level(gain, velocity), !ends)
            }
        };
        let bend = value_of(control::TUNING).map_or(0.0, |bend| bend.clamp(-MAX_BEND, MAX_BEND));
        let (plain, no_note) = match rules {
            Rules::Plain => (gain.unwrap_or(1.0).clamp(0.0, MAX_GAIN), NO_NOTE[0]),
            Rules::Strudel => (laws::level(gain, None), NO_NOTE[1]),
        };
        let struck = (plain, velocity_of);
        Self { numbers, accent: narrow(accent), struck, note, no_note, bend, swell: 1.0, expression: 1.0, outlasts }
    }

    /// The note that a patch plays.
    const fn note(&self) -> f64 {
        match self.note {
            Some(note) => note,
            None => self.no_note,
        }
    }

    /// The key and the velocity, of 127, by which a patch's zones are chosen.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 127")]
    pub fn key(&self) -> (u8, u8) {
        ((self.note() + 0.5).floor().clamp(0.0, 127.0) as u8, (self.struck.1 * 127.0).round().clamp(1.0, 127.0) as u8)
    }

    /// Takes up what changes while the voice sounds: bend in semitones, level as factors of its own (`gain`,
    /// `expression`), pan.
    pub fn change(&mut self, controls: ControlMap<'_>) {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        if let Some(bend) = value_of(control::TUNING) {
            self.bend = bend.clamp(-MAX_BEND, MAX_BEND);
        }
        if let Some(gain) = value_of(control::GAIN) {
            self.swell = narrow(gain.clamp(0.0, MAX_GAIN));
        }
        if let Some(factor) = value_of(control::EXPRESSION) {
            self.expression = narrow(factor.clamp(0.0, MAX_GAIN));
        }
        if let Some(pan) = value_of(control::PAN) {
            self.numbers[param::PAN] = pan.clamp(PARAMS[param::PAN].min, PARAMS[param::PAN].max);
        }
    }

    /// Holds `place` at `value`, which may lie outside of its range.
    pub const fn hold(&mut self, index: usize, value: f64) {
        self.numbers[index] = value;
    }
}

/// Everything that decides a voice's values.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// What the trigger said.
    pub overrides: &'a TriggerOverrides,
    /// What the sample overrides.
    pub sample: &'a Overrides,
    /// Where the sample's slices begin, where their number is 0.
    pub cuts: &'a [f64],
    /// What the module says.
    pub module: &'a Numbers,
    /// What the zone says that is played, where the sample is a patch.
    pub tone: Option<&'a Tone>,
}

impl Layers<'_> {
    /// What the trigger or the sample says.
    #[must_use]
    pub fn own(&self, index: usize) -> Option<f64> {
        Some(self.overrides.numbers[index]).filter(|value| !value.is_nan()).or(self.sample[index])
    }

    /// What holds for the voice.
    #[must_use]
    pub fn get(&self, index: usize) -> f64 {
        self.own(index).unwrap_or(self.module[index])
    }

    fn single(&self, index: usize) -> f32 {
        narrow(self.get(index))
    }

    /// Whether the module is on.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.module[param::ENABLED] >= 0.5
    }

    /// How the voice moves.
    #[must_use]
    pub fn style(&self) -> Style {
        let of_tone = |tone: &Tone| match tone.looping {
            Looping::Not => Style::Once,
            Looping::Always => Style::Loop,
            Looping::Held => Style::Sustain,
        };
        let said = self.own(param::PLAY_STYLE).map(Style::of);
        match said.or(self.tone.map(of_tone)).unwrap_or_else(|| Style::of(self.module[param::PLAY_STYLE])) {
            Style::File => match self.tone {
                Some(tone) => of_tone(tone),
                None if self.sample[param::LOOP_END].is_some() => Style::Loop,
                None => Style::Once,
            },
            other => other,
        }
    }

    /// A place of the region or its loop: what a patch's zone says counts before what the module says.
    fn placed(&self, index: usize, of_tone: impl FnOnce(&Tone) -> f64) -> f64 {
        self.own(index).unwrap_or_else(|| self.tone.map_or(self.module[index], of_tone))
    }

    /// Change of position for each frame, for a medium of `media_rate` at `rate` frames a second.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "at most 10 · 2^10 · 2^32")]
    pub fn increment(&self, media_rate: f64, rate: f64) -> i64 {
        let note = match self.tone {
            Some(tone) => tone.semitones(self.overrides.note()),
            None => self.overrides.note.map_or(0.0, |note| note - self.get(param::ROOT)),
        };
        let semitones = note + self.overrides.bend + self.get(param::TRANSPOSE);
        let pitch = if semitones == 0.0 { 1.0 } else { (semitones / 12.0).exp2() };
        let speed = self.get(param::SPEED) * pitch * (media_rate / rate);
        (speed.clamp(-FASTEST, FASTEST) * 4_294_967_296.0).round() as i64
    }

    /// Left and right gain; a voice that stands still is silent.
    #[must_use]
    pub fn gains(&self, inc: i64) -> [f32; 2] {
        if inc == 0 {
            return [0.0; 2];
        }
        let (accent, sides) = match self.tone {
            Some(tone) => {
                let (gain, velocity) = self.overrides.struck;
                (narrow(PATCH_LEVEL * gain * tone.level(velocity)), tone.sides)
            }
            None => (self.overrides.accent, [1.0; 2]),
        };
        let level = self.single(param::VOLUME) * accent * self.overrides.swell * self.overrides.expression;
        let [left, right] = pan_gains(self.single(param::PAN));
        [left * level * sides[0], right * level * sides[1]]
    }

    /// Where a voice runs, in a medium of `media_rate` frames a second.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "at most 10 s")]
    pub fn shape(&self, media_rate: f64) -> Shape {
        let style = self.style();
        let grain = if style == Style::Grain { self.get(param::GRAIN_SIZE) * media_rate } else { 0.0 };
        let (region_start, region_end) = self.region();
        Shape {
            region_start,
            region_end,
            position: self.get(param::POSITION),
            looping: matches!(style, Style::Loop | Style::Grain | Style::Sustain),
            grain: (grain * super::kernel::ONE as f64).round() as i64,
            inner: (self.placed(param::LOOP_BEGIN, |tone| tone.inner.0), self.placed(param::LOOP_END, |tone| tone.inner.1)),
            leaves: style == Style::Sustain,
        }
    }

    /// The region, or the slice of it that is played, as shares of the medium.
    fn region(&self) -> (f64, f64) {
        let start = self.placed(param::REGION_START, |tone| tone.region.0);
        let end = self.placed(param::REGION_END, |tone| tone.region.1);
        let slice = self.get(param::SLICE).round();
        if slice < 0.0 {
            return (start, end);
        }
        let slices = self.get(param::SLICES).round();
        if slices < 1.0 {
            return self.listed_slice(slice).unwrap_or((start, end));
        }
        let (slice, width) = (slice.min(slices - 1.0), (end - start) / slices);
        (start + width * slice, start + width * (slice + 1.0))
    }

    /// How many slices there are, at least 1.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    pub fn slices(&self) -> usize {
        let equal = self.get(param::SLICES).round().clamp(0.0, 256.0) as usize;
        if equal == 0 { self.cuts.len().max(1) } else { equal }
    }

    /// The slice between two cuts; the last one lasts to the medium's end.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    fn listed_slice(&self, slice: f64) -> Option<(f64, f64)> {
        let index = (slice as usize).min(self.cuts.len().checked_sub(1)?);
        Some((*self.cuts.get(index)?, self.cuts.get(index + 1).copied().unwrap_or(1.0)))
    }

    /// The envelope, at `rate` frames a second.
    ///
    /// A patch's zone has one of its own, of which a trigger, its sample and what the module was set to change each value by itself; its
    /// decay and release are the times that 100 dB take.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some minutes")]
    pub fn form(&self, rate: f64) -> Form {
        let Some(tone) = self.tone else { return self.adsr(rate).into() };
        let course = tone.course(self.overrides.note());
        let frames = |secs: f64| (secs.max(0.0) * rate).round() as u32;
        let said = |index: usize| {
            let module = || Some(self.module[index]).filter(|value| *value != PARAMS[index].default);
            self.own(index).or_else(module)
        };
        let time = |index: usize, own: f64| frames(said(index).map_or(own, |ms| ms * 0.001));
        let adsr = Adsr {
            attack: time(param::ATTACK_MS, course.attack),
            decay: time(param::DECAY_MS, course.decay),
            sustain: narrow(said(param::SUSTAIN).unwrap_or(course.sustain)),
            release: time(param::RELEASE_MS, course.release),
        };
        Form { adsr, delay: frames(course.delay), hold: frames(course.hold), falls: true }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 10 s")]
    fn adsr(&self, rate: f64) -> Adsr {
        let places = [param::ATTACK_MS, param::DECAY_MS, param::SUSTAIN, param::RELEASE_MS];
        let [attack, decay, sustain, release] = match Rules::of(self.module) {
            Rules::Plain => places.map(|index| self.get(index)),
            Rules::Strudel => {
                let own = |index: usize| Some(self.module[index]).filter(|value| *value != PARAMS[index].default);
                laws::envelope(places.map(|index| self.own(index).or_else(|| own(index))), (1.0, 10.0)).unwrap_or([1.0, 1.0, 1.0, 10.0])
            }
        };
        let frames = |ms: f64| (ms.max(0.0) * 0.001 * rate).round() as u32;
        Adsr { attack: frames(attack), decay: frames(decay), sustain: narrow(sustain), release: frames(release) }
    }

    /// The orbit's number, and the levels of what goes to it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within its range")]
    pub fn sends(&self) -> Sends {
        (self.get(param::ORBIT).round() as u32, [1.0, self.single(param::DELAY), self.single(param::ROOM)])
    }

    /// Opacity and blend of the picture.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    pub fn picture(&self) -> (f32, u8) {
        (self.single(param::OPACITY), self.get(param::BLEND) as u8)
    }

    /// Where the picture lies, by the parameters of [`SHOWN`].
    #[must_use]
    pub fn place(&self) -> [f32; SHOWN.len()] {
        std::array::from_fn(|index| self.single(param::PLACE + index))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
const fn narrow(value: f64) -> f32 {
    value as f32
}
