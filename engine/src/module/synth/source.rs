//! What a voice sounds like before its strip: waves, noises and what modulates their frequency.

use std::sync::Arc;

use super::values::{Modulator, narrow};
use crate::dsp::{
    osc::{Brown, Dice, Family, Phase, Pink, Table, Values, Waves, turns},
    wavetable::Wavetable,
};

/// The waves, in the order of the parameter `wave`.
pub const WAVES: &[&str] =
    &["triangle", "sine", "square", "sawtooth", "pulse", "supersaw", "white", "pink", "brown", "crackle", "sbd", "one"];

/// Words of triggers: the waves' names, and shorter ones.
pub const WORDS: &[&str] = &[
    "triangle", "sine", "square", "sawtooth", "pulse", "supersaw", "white", "pink", "brown", "crackle", "sbd", "one", "tri", "sin", "sqr",
    "saw",
];

/// A wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// Odd harmonics, falling with their square.
    Triangle,
    /// One harmonic.
    Sine,
    /// Odd harmonics.
    Square,
    /// All harmonics.
    Saw,
    /// Two levels of different length.
    Pulse,
    /// Several saws, detuned and spread.
    Supersaw,
    /// The same power in each Hz.
    White,
    /// The same power in each octave.
    Pink,
    /// Falling by 6 dB an octave.
    Brown,
    /// Single impulses.
    Crackle,
    /// A bass drum.
    Drum,
    /// A constant.
    One,
    /// A wavetable of the user's.
    Table,
    /// Several of one, detuned and spread.
    Tables,
}

const ALL: [Wave; 12] = [
    Wave::Triangle,
    Wave::Sine,
    Wave::Square,
    Wave::Saw,
    Wave::Pulse,
    Wave::Supersaw,
    Wave::White,
    Wave::Pink,
    Wave::Brown,
    Wave::Crackle,
    Wave::Drum,
    Wave::One,
];

impl Wave {
    /// The wave of a place in [`WAVES`].
    #[must_use]
    pub fn of(index: usize) -> Self {
        ALL.get(index).copied().unwrap_or(Self::Triangle)
    }

    /// The wave of a place in [`WORDS`].
    #[must_use]
    pub fn of_word(index: usize) -> Self {
        match index {
            13 => Self::Sine,
            14 => Self::Square,
            15 => Self::Saw,
            _ => Self::of(index),
        }
    }

    /// Whether both sides differ.
    #[must_use]
    pub fn is_stereo(self) -> bool {
        matches!(self, Self::Supersaw | Self::Tables)
    }

    /// Whether it reads a wavetable.
    #[must_use]
    pub const fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Tables)
    }

    /// Whether noise can be mixed in, and its frequency can be modulated.
    #[must_use]
    pub const fn is_tone(self) -> bool {
        matches!(self, Self::Triangle | Self::Sine | Self::Square | Self::Saw)
    }
}

/// Level of every source but the drum.
pub const LEVEL: f32 = 0.3;
/// Level of pulse, whose two levels lie as far apart as its fundamental in the reference says.
const PULSE_LEVEL: f32 = 0.4479;
/// Most saws of supersaw.
pub const MOST_SAWS: usize = 32;
/// Frequencies stay below this share of the rate.
const HIGHEST: f64 = 0.499;
const HALF_TURN: Phase = 1 << 63;

/// Saws of supersaw.
#[derive(Clone, Copy, Debug)]
struct Saw {
    phase: Phase,
    step: i64,
    change: i64,
    ratio: f64,
    gains: [f32; 2],
}

/// What modulates a frequency.
#[derive(Clone, Copy, Debug, Default)]
struct Operator {
    modulator: Modulator,
    phase: Phase,
    index: f32,
    index_change: f32,
    pink: Pink,
    brown: Brown,
}

/// What a source is set to.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The wave.
    pub wave: Wave,
    /// Partials that it is cut to; 0 is the whole wave.
    pub partials: f64,
    /// Saws, their detuning in semitones and their spread.
    pub unison: (usize, f64, f64),
    /// Seed of random numbers.
    pub seed: u64,
    /// Modulators, and how many of them count.
    pub modulators: ([Modulator; 4], usize),
}

/// What moves with time besides the frequency: values at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moving {
    /// The width of pulse.
    pub width: f32,
    /// Pink noise mixed in, 0–1.
    pub noise: f32,
    /// Impulses of crackle for each frame.
    pub density: f32,
    /// Place among the cycles of a wavetable, 0–1.
    pub position: f32,
}

/// A source in motion.
#[derive(Clone, Debug)]
pub struct Source {
    waves: &'static Waves,
    wave: Wave,
    rate: f64,
    partials: f64,
    /// Level of a wave that is cut to some partials.
    scale: f32,
    phase: Phase,
    step: i64,
    change: i64,
    /// The wavetable of the user's that it reads; its level in use, and the one before while the new one takes over.
    user: Option<Arc<Wavetable>>,
    level: usize,
    level_before: Option<usize>,
    /// The table in use, and the one before while the new one takes over.
    table: Option<&'static Table>,
    before: Option<&'static Table>,
    /// Share of the way to the new table, and its change with each frame.
    share: f32,
    share_change: f32,
    saws: [Saw; MOST_SAWS],
    unison: usize,
    operators: [Operator; 4],
    operating: usize,
    moving: Moving,
    moving_change: Moving,
    dice: Dice,
    pink: Pink,
    brown: Brown,
    /// Level of the drum and what it keeps of it with each frame; frames since the onset.
    drum: (f32, f32),
    age: u32,
}

impl Source {
    /// A source at its onset.
    #[must_use]
    pub fn new((waves, user): (&'static Waves, Option<Arc<Wavetable>>), rate: f64, shape: &Shape, hz: f64, moving: Moving) -> Self {
        let (unison, detune, spread) = (shape.unison.0.clamp(1, MOST_SAWS), shape.unison.1, shape.unison.2);
        let saws = std::array::from_fn(|index| saw(index, unison, detune, spread));
        let partials = if matches!(shape.wave, Wave::Triangle | Wave::Square | Wave::Saw) { shape.partials.max(0.0).round() } else { 0.0 };
        let mut source = Self {
            waves,
            wave: shape.wave,
            rate,
            partials,
            scale: 1.0,
            phase: 0,
            step: 0,
            change: 0,
            user,
            level: 0,
            level_before: None,
            table: None,
            before: None,
            share: 1.0,
            share_change: 0.0,
            saws,
            unison,
            operators: Default::default(),
            operating: if shape.wave.is_tone() || shape.wave == Wave::Table { shape.modulators.1 } else { 0 },
            moving,
            moving_change: Moving { width: 0.0, noise: 0.0, density: 0.0, position: 0.0 },
            dice: Dice::new(shape.seed),
            pink: Pink::default(),
            brown: Brown::default(),
            drum: (1.0, 1.0),
            age: 0,
        };
        for (operator, modulator) in source.operators.iter_mut().zip(shape.modulators.0) {
            (operator.modulator, operator.index) = (modulator, modulator.index(0.0, None));
        }
        if partials >= 1.0 {
            let family = source.family();
            let peak = family.table(partials).map_or(1.0, |table| match source.wave {
                Wave::Square => square_peak(family.values(table)),
                _ => table.peak(),
            });
            source.scale = 1.0 / peak.max(0.1);
        }
        source.step = source.step_of(hz);
        source.table = source.table_for(hz, hz);
        source.level = source.level_for(hz, hz);
        source.saws.iter_mut().for_each(|saw| saw.step = scaled(source.step, saw.ratio));
        source
    }

    /// Gives up the wavetable that it read; it is silent from then on.
    pub const fn take_table(&mut self) -> Option<Arc<Wavetable>> {
        self.user.take()
    }

    /// How the drum's level falls: what it keeps with each frame.
    pub const fn strike(&mut self, keeps: f32) {
        self.drum.1 = keeps;
    }

    fn step_of(&self, hz: f64) -> i64 {
        // Below half a turn, so that it fits.
        turns((hz / self.rate).clamp(0.0, HIGHEST)).cast_signed()
    }

    fn family(&self) -> &'static Family {
        match self.wave {
            Wave::Triangle if self.partials >= 1.0 => &self.waves.peaked,
            Wave::Triangle | Wave::Drum => &self.waves.triangle,
            _ => &self.waves.saw,
        }
    }

    /// Harmonics that fit below half the rate between two frequencies.
    fn most_harmonics(&self, from: f64, to: f64) -> f64 {
        let widest = self.saws[..self.unison].iter().map(|saw| saw.ratio).fold(1.0, f64::max);
        let highest = from.max(to).max(0.01) * if self.wave.is_stereo() { widest } else { 1.0 };
        (self.rate * 0.499_99 / highest).max(1.0)
    }

    /// The richest level of a wavetable that folds nothing back between two frequencies.
    fn level_for(&self, from: f64, to: f64) -> usize {
        self.user.as_ref().map_or(0, |user| user.level(self.most_harmonics(from, to)))
    }

    /// The richest table that folds nothing back between two frequencies.
    fn table_for(&self, from: f64, to: f64) -> Option<&'static Table> {
        if self.wave == Wave::Sine {
            return self.waves.saw.table(1.0);
        }
        let most = self.most_harmonics(from, to);
        self.family().table(if self.partials >= 1.0 { most.min(self.partials) } else { most })
    }

    /// Leads to the frequency that it has at the next point, so many frames from here, at an age of `age` frames there; from `from`,
    /// or from where it is.
    pub fn aim(&mut self, (from, to): (Option<f64>, f64), moving: Moving, frames: u32, (age, held): (f32, Option<f32>)) {
        let count = frames.max(1);
        if let Some(from) = from {
            self.step = self.step_of(from);
        }
        self.change = (self.step_of(to) - self.step) / i64::from(count);
        let table = self.table_for(from.unwrap_or(to), to);
        (self.before, self.share, self.share_change) = (None, 1.0, 0.0);
        let is_other = |a: Option<&Table>, b: Option<&Table>| a.map(Table::harmonics) != b.map(Table::harmonics);
        if is_other(table, self.table) {
            (self.before, self.share, self.share_change) = (self.table, 0.0, 1.0 / count as f32);
            self.table = table;
        }
        self.level_before = None;
        if self.wave.is_table() {
            let level = self.level_for(from.unwrap_or(to), to);
            if level != self.level {
                (self.level_before, self.share, self.share_change) = (Some(self.level), 0.0, 1.0 / count as f32);
                self.level = level;
            }
        }
        if self.wave.is_stereo() {
            for saw in &mut self.saws[..self.unison] {
                (saw.step, saw.change) = (scaled(self.step, saw.ratio), scaled(self.change, saw.ratio));
            }
        }
        for operator in &mut self.operators[..self.operating] {
            operator.index_change = way(&mut operator.index, operator.modulator.index(age, held), count);
        }
        self.moving_change = Moving {
            width: way(&mut self.moving.width, moving.width, count),
            noise: way(&mut self.moving.noise, moving.noise, count),
            density: way(&mut self.moving.density, moving.density, count),
            position: way(&mut self.moving.position, moving.position, count),
        };
    }

    /// Replaces the modulators' settings.
    pub fn set_modulators(&mut self, modulators: &[Modulator; 4]) {
        for (operator, modulator) in self.operators.iter_mut().zip(modulators) {
            operator.modulator = *modulator;
        }
    }

    /// Makes frames that lie before the next point: of both sides where it is stereo, else of the left one.
    pub fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        match self.wave {
            Wave::Triangle | Wave::Sine => self.tone(left, |values, phase, _| values.at(phase)),
            Wave::Square => self.tone(left, |values, phase, _| values.at(phase.wrapping_add(HALF_TURN)) - values.at(phase)),
            Wave::Saw if self.partials >= 1.0 => self.tone(left, |values, phase, _| values.at(phase)),
            Wave::Saw => self.tone(left, |values, phase, _| values.at(phase.wrapping_add(HALF_TURN))),
            Wave::Pulse => self.tone(left, |values, phase, width| {
                let low = turns(f64::from(0.5 - 0.5 * width));
                (values.at(phase.wrapping_add(low)) - values.at(phase)) * PULSE_LEVEL
            }),
            Wave::Supersaw => self.supersaw(left, right),
            Wave::White => left.iter_mut().for_each(|out| *out = self.dice.bipolar()),
            Wave::Pink => left.iter_mut().for_each(|out| *out = self.pink.next(self.dice.bipolar())),
            Wave::Brown => left.iter_mut().for_each(|out| *out = self.brown.next(self.dice.bipolar())),
            Wave::Crackle => left.iter_mut().for_each(|out| {
                let strikes = 0.5 * (self.dice.bipolar() + 1.0) < self.moving.density;
                *out = if strikes { self.dice.bipolar() } else { 0.0 };
                self.moving.density += self.moving_change.density;
            }),
            Wave::Drum => self.drummed(left),
            Wave::One => left.fill(1.0),
            Wave::Table => self.table(left),
            Wave::Tables => self.tables(left, right),
        }
        self.age = self.age.saturating_add(u32::try_from(left.len()).unwrap_or(u32::MAX));
    }

    fn values(&self, table: Option<&'static Table>) -> Option<Values<'static>> {
        table.map(|table| self.family().values(table))
    }

    /// A wave that is read from tables: as it stands where nothing but its frequency moves, which is the usual case.
    fn tone(&mut self, out: &mut [f32], read: impl Fn(&Values<'static>, Phase, f32) -> f32) {
        let Some(values) = self.values(self.table) else { return out.fill(0.0) };
        let before = self.before.and_then(|table| self.values(Some(table)));
        // A sine is the first partial of the saw, upside down and smaller.
        let scale = if self.wave == Wave::Sine { -std::f32::consts::FRAC_PI_2 } else { self.scale };
        let is_mixed = self.wave.is_tone() && (self.moving.noise > 0.0 || self.moving_change.noise != 0.0);
        if before.is_none() && !is_mixed && self.operating == 0 && self.moving_change.width == 0.0 {
            let (mut phase, mut step, change, width) = (self.phase, self.step, self.change, self.moving.width);
            let begin = if self.wave == Wave::Saw && self.partials < 1.0 { HALF_TURN } else { 0 };
            if matches!(self.wave, Wave::Sine | Wave::Triangle | Wave::Saw) {
                (phase, step) = values.write(out, (phase.wrapping_add(begin), step, change), scale);
                (self.phase, self.step) = (phase.wrapping_sub(begin), step);
                return;
            }
            for out in out {
                *out = read(&values, phase, width) * scale;
                phase = phase.wrapping_add_signed(step);
                step = step.wrapping_add(change);
            }
            (self.phase, self.step) = (phase, step);
            return;
        }
        for out in out {
            let mut value = read(&values, self.phase, self.moving.width);
            if let Some(before) = &before {
                let old = read(before, self.phase, self.moving.width);
                value = old + (value - old) * self.share;
                self.share += self.share_change;
            }
            value *= scale;
            if is_mixed {
                let noise = self.moving.noise;
                let pink = self.pink.next(self.dice.bipolar());
                value = value * (2.0 - 2.0 * noise).min(1.0) + pink * (2.0 * noise).min(1.0);
                self.moving.noise += self.moving_change.noise;
            }
            *out = value;
            self.moving.width += self.moving_change.width;
            let deviation = if self.operating > 0 { self.modulated() } else { 0 };
            self.phase = self.phase.wrapping_add_signed(self.step.wrapping_add(deviation));
            self.step = self.step.wrapping_add(self.change);
        }
    }

    /// What the modulators add to the step at a frame.
    #[allow(clippy::cast_precision_loss, reason = "steps of 2^53 are accurate to a millionth of a Hz")]
    fn modulated(&mut self) -> i64 {
        let step = self.step as f64;
        let mut deviation = 0_i64;
        for operator in self.operators[..self.operating].iter_mut().rev() {
            let own = step * operator.modulator.ratio;
            let wave = match operator.modulator.wave {
                0 => sine(self.waves, operator.phase),
                1 => {
                    if operator.phase < HALF_TURN {
                        1.0
                    } else {
                        -1.0
                    }
                }
                2 => triangle(operator.phase),
                3 => 2.0 * unit(operator.phase.wrapping_add(HALF_TURN)) - 1.0,
                4 => self.dice.bipolar(),
                5 => operator.pink.next(self.dice.bipolar()),
                6 => operator.brown.next(self.dice.bipolar()),
                _ if self.dice.bipolar() > 0.9996 => self.dice.bipolar(),
                _ => 0.0,
            };
            operator.phase = operator.phase.wrapping_add_signed(signed(own).wrapping_add(deviation));
            deviation = signed(own * f64::from(operator.index) * f64::from(wave));
            operator.index += operator.index_change;
        }
        deviation
    }

    fn supersaw(&mut self, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
        let Some(values) = self.values(self.table) else { return };
        let before = self.before.and_then(|table| self.values(Some(table)));
        for saw in &mut self.saws[..self.unison] {
            let mut share = self.share;
            if before.is_none() {
                let (phase, step) = values.add(left, right, (saw.phase.wrapping_add(HALF_TURN), saw.step, saw.change), saw.gains);
                (saw.phase, saw.step) = (phase.wrapping_sub(HALF_TURN), step);
                continue;
            }
            for (left, right) in left.iter_mut().zip(&mut *right) {
                let phase = saw.phase.wrapping_add(HALF_TURN);
                let mut value = values.at(phase);
                if let Some(before) = &before {
                    let old = before.at(phase);
                    value = old + (value - old) * share;
                    share += self.share_change;
                }
                *left += value * saw.gains[0];
                *right += value * saw.gains[1];
                saw.phase = saw.phase.wrapping_add_signed(saw.step);
                saw.step = saw.step.wrapping_add(saw.change);
            }
        }
        left.iter().for_each(|_| self.share += self.share_change);
        self.step = self.step.wrapping_add(self.change.wrapping_mul(i64::try_from(left.len()).unwrap_or(0)));
    }

    /// What a wavetable gives at a phase, while a level takes over from the one before as well.
    #[inline]
    fn read(&self, user: &Wavetable, phase: Phase, position: f32, share: f32) -> f32 {
        let value = user.at(self.level, phase, position);
        match self.level_before {
            Some(before) => {
                let old = user.at(before, phase, position);
                old + (value - old) * share
            }
            None => value,
        }
    }

    fn table(&mut self, out: &mut [f32]) {
        let Some(user) = self.user.take() else { return out.fill(0.0) };
        let last = (user.cycles() - 1) as f32;
        for out in out {
            *out = self.read(&user, self.phase, self.moving.position * last, self.share) * std::f32::consts::FRAC_1_SQRT_2;
            self.share += self.share_change;
            self.moving.position += self.moving_change.position;
            let deviation = if self.operating > 0 { self.modulated() } else { 0 };
            self.phase = self.phase.wrapping_add_signed(self.step.wrapping_add(deviation));
            self.step = self.step.wrapping_add(self.change);
        }
        self.user = Some(user);
    }

    fn tables(&mut self, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
        let Some(user) = self.user.take() else { return };
        let last = (user.cycles() - 1) as f32;
        let (share, position) = (self.share, self.moving.position);
        for index in 0..self.unison {
            let Saw { mut phase, mut step, change, gains, .. } = self.saws[index];
            let (mut share, mut position) = (share, position);
            for (left, right) in left.iter_mut().zip(&mut *right) {
                let value = self.read(&user, phase, position * last, share);
                *left += value * gains[0];
                *right += value * gains[1];
                share += self.share_change;
                position += self.moving_change.position;
                phase = phase.wrapping_add_signed(step);
                step = step.wrapping_add(change);
            }
            (self.saws[index].phase, self.saws[index].step) = (phase, step);
        }
        for _ in &*left {
            self.share += self.share_change;
            self.moving.position += self.moving_change.position;
        }
        self.step = self.step.wrapping_add(self.change.wrapping_mul(i64::try_from(left.len()).unwrap_or(0)));
        self.user = Some(user);
    }

    /// The drum: a triangle whose pitch falls, driven, and a burst of noise at its beginning.
    fn drummed(&mut self, out: &mut [f32]) {
        let Some(values) = self.values(self.table) else { return out.fill(0.0) };
        let rate = narrow(self.rate);
        let (hold, burst) = (0.02 * rate, 0.025 * rate);
        let mut age = self.age as f32;
        for out in out {
            let noise = self.brown.next(self.dice.bipolar());
            let fading = (1.0 - age / burst).max(0.0);
            *out = (2.0 * self.drum.0 * values.at(self.phase)).tanh() + 1.2 * fading * noise;
            if age >= hold {
                self.drum.0 *= self.drum.1;
            }
            self.phase = self.phase.wrapping_add_signed(self.step);
            self.step = self.step.wrapping_add(self.change);
            age += 1.0;
        }
    }
}

/// The change with each frame from a number to another; what is as good as there is there.
#[allow(clippy::cast_precision_loss, reason = "at most 32")]
fn way(now: &mut f32, to: f32, frames: u32) -> f32 {
    if (to - *now).abs() <= 1e-5 * (1.0 + to.abs()) {
        *now = to;
    }
    (to - *now) / frames as f32
}

/// One saw of several.
#[allow(clippy::cast_precision_loss, reason = "at most 32")]
fn saw(index: usize, unison: usize, detune: f64, spread: f64) -> Saw {
    let (at, all) = (index as f64, unison as f64);
    let semitones = if unison > 1 { detune * (at / (all - 1.0) - 0.5) } else { 0.0 };
    let lean = if unison > 1 { 0.5 * spread.clamp(0.0, 1.0) } else { 0.0 };
    let (less, more) = ((0.5 - lean).sqrt() / all.sqrt(), (0.5 + lean).sqrt() / all.sqrt());
    let gains = if index.is_multiple_of(2) { [less, more] } else { [more, less] };
    // Phases a golden section apart begin neither together nor in a pattern.
    let phase = turns(at * 0.618_033_988_749_894_8);
    Saw { phase, step: 0, change: 0, ratio: (semitones / 12.0).exp2(), gains: gains.map(narrow) }
}

/// The largest magnitude of the square that a table of saws makes.
fn square_peak(values: Values<'_>) -> f32 {
    // Its partials add up within the first half turn; their highest peak lies at one of these steps or very near.
    (0..1024_u64).map(|at| at << 53).map(|phase| (values.at(phase.wrapping_add(HALF_TURN)) - values.at(phase)).abs()).fold(0.0, f32::max)
}

fn sine(waves: &'static Waves, phase: Phase) -> f32 {
    waves.saw.table(1.0).map_or(0.0, |table| waves.saw.values(table).at(phase) * -std::f32::consts::FRAC_PI_2)
}

/// A phase as a number from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "24 bits are exact")]
fn unit(phase: Phase) -> f32 {
    (phase >> 40) as f32 * (1.0 / 16_777_216.0)
}

fn triangle(phase: Phase) -> f32 {
    1.0 - 4.0 * (unit(phase.wrapping_add(1 << 62)) - 0.5).abs()
}

#[allow(clippy::cast_precision_loss, reason = "steps of 2^53 are accurate to a millionth of a Hz")]
fn scaled(step: i64, ratio: f64) -> i64 {
    signed(step as f64 * ratio)
}

#[allow(clippy::cast_possible_truncation, reason = "saturates")]
fn signed(step: f64) -> i64 {
    step as i64
}
