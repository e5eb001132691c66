//! The zones of a font's patches, worked out: what its levels say together ("SoundFont Technical Specification", version 2.04,
//! sections 7 to 9).

use std::{ops::Range, sync::Arc};

use super::{
    super::{AudioData, Frames},
    file::{Generator, Modulator, SampleHeader, Tables},
    sound::{Cut, Samples},
};

/// Most zones of all patches together, and of one: each note looks through those of its own.
const MOST_ZONES: usize = 1 << 17;
const MOST_OF_PATCH: usize = 1 << 13;
/// Most zones and generators that are looked at.
const MOST_STEPS: usize = 1 << 24;
/// Rates of samples, in Hz, that are believed.
const RATES: Range<u32> = 400..768_001;
/// What of a number of hundredths of a dB is heard: synthesizers of the format have always played it so, and fonts count on it.
const HEARD: f64 = 0.4;
/// dB between full level and silence.
const RANGE_DB: f64 = 100.0;
/// Least seconds of a release, so that no voice ends with a click; half a tenth of the shortest note.
const LEAST_RELEASE: f64 = 0.015;
/// Corner in Hz from which on a low-pass does nothing.
const OPEN_HZ: f64 = 19_900.0;

/// Numbers of generators.
mod generator {
    pub const START: usize = 0;
    pub const END: usize = 1;
    pub const LOOP_START: usize = 2;
    pub const LOOP_END: usize = 3;
    pub const START_COARSE: usize = 4;
    pub const ENVELOPE_TO_CUTOFF: usize = 11;
    pub const END_COARSE: usize = 12;
    pub const CUTOFF: usize = 8;
    pub const RESONANCE: usize = 9;
    pub const PAN: usize = 17;
    /// Delay, attack, hold, decay, sustain, release of what moves pitch and filter.
    pub const ENVELOPE: usize = 25;
    /// The same of the level.
    pub const LEVEL: usize = 33;
    pub const HOLD_BY_KEY: usize = 39;
    pub const DECAY_BY_KEY: usize = 40;
    pub const INSTRUMENT: usize = 41;
    pub const KEYS: usize = 43;
    pub const VELOCITIES: usize = 44;
    pub const LOOP_START_COARSE: usize = 45;
    pub const KEY: usize = 46;
    pub const VELOCITY: usize = 47;
    pub const ATTENUATION: usize = 48;
    pub const LOOP_END_COARSE: usize = 50;
    pub const COARSE_TUNE: usize = 51;
    pub const FINE_TUNE: usize = 52;
    pub const SAMPLE: usize = 53;
    pub const LOOPS: usize = 54;
    pub const SCALE: usize = 56;
    pub const CLASS: usize = 57;
    pub const ROOT: usize = 58;
    pub const COUNT: usize = 60;
}

use generator as g;

/// How a zone's sample goes around its loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looping {
    /// Never.
    Not,
    /// As long as its voice sounds.
    Always,
    /// Until its note ends; then it plays on to its end.
    Held,
}

/// A course of attack and what follows, in seconds; the level that is held is between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Before it begins.
    pub delay: f64,
    /// From nothing to all.
    pub attack: f64,
    /// At all of it.
    pub hold: f64,
    /// From all of it to 100 dB below, if the way were not shorter.
    pub decay: f64,
    /// What is held.
    pub sustain: f64,
    /// From all of it to 100 dB below, if the way were not shorter.
    pub release: f64,
}

/// A low-pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowPass {
    /// Its corner in Hz.
    pub hz: f64,
    /// Its resonance in dB at the corner.
    pub db: f64,
    /// What moves it: octaves, and the course.
    pub moved: Option<(f64, Course)>,
}

/// How a zone's sample sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// The key at which it sounds as recorded.
    root: f64,
    /// Semitones from key to key.
    scale: f64,
    /// Semitones added.
    tune: f64,
    /// The key it sounds at, whatever is played.
    key: Option<f64>,
    /// The velocity it sounds at, of 127, whatever is played.
    velocity: Option<f64>,
    /// Its level as a factor.
    gain: f64,
    /// Power of the velocity that is its level.
    power: f64,
    /// Left and right.
    pub sides: [f32; 2],
    /// What is played, as shares of the sample.
    pub region: (f64, f64),
    /// Where its loop is, as shares of the sample.
    pub inner: (f64, f64),
    /// How it loops.
    pub looping: Looping,
    course: Course,
    /// How much shorter hold and decay are from key to key, in octaves.
    by_key: [f64; 2],
    /// Its low-pass.
    pub low: Option<LowPass>,
    /// A voice ends those of its class in the same patch; 0 is none.
    pub class: u16,
}

impl Tone {
    /// Semitones by which it is transposed at a note.
    #[must_use]
    pub fn semitones(&self, note: f64) -> f64 {
        self.scale * (self.key.unwrap_or(note) - self.root) + self.tune
    }

    /// Its level as a factor at a velocity, which is at most 1.
    #[must_use]
    pub fn level(&self, velocity: f64) -> f64 {
        self.gain * self.velocity.map_or(velocity, |fixed| fixed / 127.0).powf(self.power)
    }

    /// The course of its level at a note.
    #[must_use]
    pub fn course(&self, note: f64) -> Course {
        let down = 60.0 - self.key.unwrap_or(note);
        let [hold, decay] = self.by_key.map(|octaves| (octaves * down).exp2());
        Course { hold: (self.course.hold * hold).min(20.0), decay: (self.course.decay * decay).min(200.0), ..self.course }
    }
}

/// A zone of a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    keys: (u8, u8),
    velocities: (u8, u8),
    /// Its sample.
    pub audio: Arc<AudioData>,
    /// How that sounds.
    pub tone: Tone,
}

impl Zone {
    /// Whether a key and a velocity, of 127, are its own.
    #[must_use]
    pub fn is_for(&self, key: u8, velocity: u8) -> bool {
        (self.keys.0..=self.keys.1).contains(&key) && (self.velocities.0..=self.velocities.1).contains(&velocity)
    }
}

/// What a zone of one level says.
#[derive(Clone)]
struct Said {
    amounts: [Option<i16>; g::COUNT],
    /// Hundredths of a dB between the softest and the loudest.
    velocity: Option<i16>,
}

impl Said {
    const NOTHING: Self = Self { amounts: [None; g::COUNT], velocity: None };

    fn take(&mut self, generators: &[Generator], modulators: &[Modulator]) {
        for generator in generators {
            if let Some(amount) = self.amounts.get_mut(usize::from(generator.kind)) {
                *amount = Some(generator.amount);
            }
        }
        // From note-on velocity, falling, between 0 and 1, concave: the one that every synthesizer of the format has.
        let is_level = |m: &&Modulator| (m.source, usize::from(m.target), m.by) == (0x0502, g::ATTENUATION, 0);
        if let Some(modulator) = modulators.iter().rfind(is_level) {
            self.velocity = Some(modulator.amount);
        }
    }

    fn get(&self, index: usize) -> Option<i16> {
        self.amounts[index]
    }

    /// A range of two bytes within 0 to 127.
    fn range(&self, index: usize) -> (u8, u8) {
        self.get(index).map_or((0, 127), |both| {
            let [low, high] = both.to_le_bytes();
            (low, high.min(127))
        })
    }

    /// A whole number that is never negative.
    #[allow(clippy::cast_sign_loss, reason = "the file's sixteen bits")]
    fn index(&self, index: usize) -> Option<usize> {
        self.get(index).map(|amount| usize::from(amount as u16))
    }
}

/// What keeps a font from being played.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It contradicts its format.
    Damaged(String),
    /// It is too much.
    TooMuch(String),
}

/// Bounds the work over one font: places in its tables may point at the same things again and again.
struct Steps(usize);

impl Steps {
    fn take(&mut self, count: usize) -> Result<(), Refusal> {
        self.0 =
            self.0.checked_sub(count + 1).ok_or_else(|| Refusal::Damaged("its zones refer to the same parts over and over".to_owned()))?;
        Ok(())
    }
}

/// The zones of a range of a level that name something, each with what the first one says for all; `names` is the generator that does.
fn zones_of(level: &super::file::Level, index: usize, names: usize, steps: &mut Steps) -> Result<Vec<Said>, Refusal> {
    let (mut all, mut found) = (Said::NOTHING, Vec::new());
    for (at, zone) in level.zones(index).enumerate() {
        let (generators, modulators) = (level.generators(zone), level.modulators(zone));
        steps.take(generators.len() + modulators.len())?;
        let mut said = all.clone();
        said.take(generators, modulators);
        if said.get(names).is_some() {
            steps.take(MOST_STEPS / MOST_ZONES)?;
            found.push(said);
        } else if at == 0 {
            all = said;
        }
    }
    Ok(found)
}

/// A font's samples as sounds, and what is wrong with those that are none.
pub(super) fn sounds(tables: &Tables, samples: &Arc<Samples>) -> (Vec<Option<Arc<AudioData>>>, Vec<String>) {
    let mut faults = Vec::new();
    let sound = |header: &SampleHeader| {
        let fault = fault(header, samples.len());
        faults.extend(fault.map(|fault| format!("{} {fault}", header.name)));
        fault.is_none().then(|| {
            let cut = Cut::new(samples, header.start as usize, header.end as usize);
            Arc::new(AudioData { rate: f64::from(header.rate), frames: Frames::cut(cut) })
        })
    };
    (tables.samples.iter().map(sound).collect(), faults)
}

fn fault(header: &SampleHeader, count: usize) -> Option<&'static str> {
    match header {
        _ if header.kind & 0x8000 != 0 => Some("lies in the ROM of a sound card"),
        _ if header.start >= header.end => Some("has no length"),
        _ if header.end as usize > count => Some("goes on beyond the file's samples"),
        _ if !RATES.contains(&header.rate) => Some("has a rate that no sound has"),
        _ => None,
    }
}

/// The zones of each patch, in the order of the file.
///
/// # Errors
/// Where they are too many.
pub(super) fn zones(tables: &Tables, sounds: &[Option<Arc<AudioData>>]) -> Result<Vec<Box<[Zone]>>, Refusal> {
    let mut steps = Steps(MOST_STEPS);
    let mut instruments = Vec::with_capacity(tables.instruments.len());
    for index in 0..tables.instruments.len() {
        instruments.push(zones_of(&tables.instruments, index, g::SAMPLE, &mut steps)?);
    }
    let mut count = 0;
    let mut patches = Vec::with_capacity(tables.patches.len());
    for index in 0..tables.patches.len() {
        let mut zones = Vec::new();
        for patch in zones_of(&tables.patches, index, g::INSTRUMENT, &mut steps)? {
            let named = patch.index(g::INSTRUMENT).and_then(|named| instruments.get(named));
            for instrument in named.into_iter().flatten() {
                steps.take(0)?;
                zones.extend(zone(tables, sounds, &patch, instrument));
            }
            if count + zones.len() > MOST_ZONES || zones.len() > MOST_OF_PATCH {
                return Err(Refusal::TooMuch(format!("it has more than {MOST_ZONES} zones, or {MOST_OF_PATCH} in one of its patches")));
            }
        }
        count += zones.len();
        patches.push(zones.into_boxed_slice());
    }
    Ok(patches)
}

/// The zone that a patch's and an instrument's make; `None` where no key or no sound is left.
fn zone(tables: &Tables, sounds: &[Option<Arc<AudioData>>], patch: &Said, instrument: &Said) -> Option<Zone> {
    let both = |index: usize| {
        let (a, b) = (patch.range(index), instrument.range(index));
        Some((a.0.max(b.0), a.1.min(b.1))).filter(|range| range.0 <= range.1)
    };
    let (keys, velocities) = (both(g::KEYS)?, both(g::VELOCITIES)?);
    let index = instrument.index(g::SAMPLE)?;
    let (header, audio) = (tables.samples.get(index)?, sounds.get(index)?.as_ref()?);
    Some(Zone { keys, velocities, audio: Arc::clone(audio), tone: tone(header, audio.frames.len(), patch, instrument) })
}

/// What both levels say of a number: the instrument's or its default, and the patch's added.
struct Numbers<'a>(&'a Said, &'a Said);

impl Numbers<'_> {
    fn of(&self, index: usize, default: f64, (low, high): (f64, f64)) -> f64 {
        let instrument = self.1.get(index).map_or(default, f64::from);
        (instrument + self.0.get(index).map_or(0.0, f64::from)).clamp(low, high)
    }

    /// Seconds of a number of timecents.
    fn secs(&self, index: usize, most: f64) -> f64 {
        let cents = self.of(index, -12_000.0, (-32_768.0, most));
        if cents <= -12_000.0 { 0.0 } else { (cents / 1200.0).exp2() }
    }

    fn course(&self, first: usize, sustain: f64) -> Course {
        Course {
            delay: self.secs(first, 5000.0),
            attack: self.secs(first + 1, 8000.0).min(20.0),
            hold: self.secs(first + 2, 5000.0),
            decay: self.secs(first + 3, 8000.0),
            sustain,
            release: self.secs(first + 5, 8000.0),
        }
    }
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^53")]
fn tone(header: &SampleHeader, length: usize, patch: &Said, instrument: &Said) -> Tone {
    let numbers = Numbers(patch, instrument);
    let length = length as f64;
    // Places are the instrument's alone.
    let moved = |fine: usize, coarse: usize| {
        let amount = |index: usize| instrument.get(index).map_or(0.0, f64::from);
        32_768.0_f64.mul_add(amount(coarse), amount(fine))
    };
    let start = moved(g::START, g::START_COARSE).clamp(0.0, length - 1.0);
    let end = (length + moved(g::END, g::END_COARSE)).clamp(start + 1.0, length);
    let within = |place: u32, moved: f64| f64::from(place) - f64::from(header.start) + moved;
    let loop_start = within(header.loop_start, moved(g::LOOP_START, g::LOOP_START_COARSE));
    let loop_end = within(header.loop_end, moved(g::LOOP_END, g::LOOP_END_COARSE));
    let is_loop = loop_start >= 0.0 && loop_end <= length && loop_start < loop_end;
    let looping = match instrument.get(g::LOOPS).unwrap_or(0) & 3 {
        1 if is_loop => Looping::Always,
        3 if is_loop => Looping::Held,
        _ => Looping::Not,
    };
    let key = instrument.get(g::ROOT).filter(|key| (0..=127).contains(key)).map_or(f64::from(header.key), f64::from);
    // Keys beyond 127 are those of sounds without a pitch.
    let key = if key > 127.0 { 60.0 } else { key };
    let pan = numbers.of(g::PAN, 0.0, (-500.0, 500.0));
    let (right, left) = ((pan + 500.0) / 1000.0 * std::f64::consts::FRAC_PI_2).sin_cos();
    let low = low_pass(&numbers);
    let db = HEARD * 0.1 * numbers.of(g::ATTENUATION, 0.0, (0.0, 1440.0))
        + low.map_or(0.0, |_| 0.05 * numbers.of(g::RESONANCE, 0.0, (0.0, 960.0)));
    let sustain = numbers.of(g::LEVEL + 4, 0.0, (0.0, 1440.0)) * 0.1;
    let course = numbers.course(g::LEVEL, if sustain >= RANGE_DB { 0.0 } else { 10.0_f64.powf(-sustain / 20.0) });
    let fixed = |index: usize| instrument.get(index).filter(|number| (0..=127).contains(number)).map(f64::from);
    let velocity = instrument.velocity.map_or(960.0, f64::from) + patch.velocity.map_or(0.0, f64::from);
    Tone {
        root: key - f64::from(header.cents) / 100.0,
        scale: numbers.of(g::SCALE, 100.0, (0.0, 1200.0)) / 100.0,
        tune: numbers.of(g::COARSE_TUNE, 0.0, (-120.0, 120.0)) + numbers.of(g::FINE_TUNE, 0.0, (-99.0, 99.0)) / 100.0,
        key: fixed(g::KEY),
        velocity: fixed(g::VELOCITY),
        gain: 10.0_f64.powf(-db / 20.0),
        power: (velocity / 480.0).clamp(0.0, 3.0),
        sides: [left as f32, right as f32],
        region: (start / length, end / length),
        inner: if is_loop { (loop_start / length, loop_end / length) } else { (0.0, 1.0) },
        looping,
        course: Course { release: course.release.max(LEAST_RELEASE), ..course },
        by_key: [g::HOLD_BY_KEY, g::DECAY_BY_KEY].map(|index| numbers.of(index, 0.0, (-1200.0, 1200.0)) / 1200.0),
        low,
        class: instrument.index(g::CLASS).map_or(0, |class| (class & 0xFFFF) as u16),
    }
}

fn low_pass(numbers: &Numbers<'_>) -> Option<LowPass> {
    let cents = |index: usize, default: f64, range| numbers.of(index, default, range);
    let hz = 8.176 * (cents(g::CUTOFF, 13_500.0, (1500.0, 13_500.0)) / 1200.0).exp2();
    let resonance = cents(g::RESONANCE, 0.0, (0.0, 960.0)) * 0.1;
    let octaves = cents(g::ENVELOPE_TO_CUTOFF, 0.0, (-12_000.0, 12_000.0)) / 1200.0;
    let sustain = 1.0 - cents(g::ENVELOPE + 4, 0.0, (0.0, 1000.0)) / 1000.0;
    let course = numbers.course(g::ENVELOPE, sustain);
    let is_open = hz >= OPEN_HZ && resonance == 0.0 && octaves >= 0.0;
    // Without resonance the corner lies 3 dB below.
    (!is_open).then(|| LowPass {
        hz: hz.min(20_000.0),
        db: resonance - 3.01,
        moved: Some((octaves, course)).filter(|moved| moved.0 != 0.0),
    })
}
