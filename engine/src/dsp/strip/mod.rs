//! The strip of a voice: level, filters, vowel, coarse, crush, curves, tremolo, phaser and place, for eight voices side by side.
//!
//! A [`Group`] has eight lanes of one channel each; a voice takes one, or two where it is stereo. Each stage runs only where a lane
//! uses it and leaves the others' samples as they are, to the bit. What moves has its value at points of the grid of
//! [`Cell::LEN`](super::Cell::LEN) frames, and goes from point to point in straight lines; a lane that starts between two points
//! starts at its own value. Cuts of the calls change nothing.

mod course;
mod filter;
mod lanes;
mod shape;
mod wide;

pub use course::{Course, Levels, exponential};
use filter::{Bank, Ladder, LadderSetting, Pass, corner, corners};
pub use lanes::{LANES, Rows};
use lanes::{Lanes, MOST, Mask, Way};
pub use shape::{Curve, DISTORTIONS, VOWELS};
use shape::{Hold, Vowel, crushed, each};
use wide::Width;

use super::math::exp2;

/// Kinds of filters, in the order of their numbers: 12 dB an octave, the ladder, 24 dB an octave.
pub const SLOPES: &[&str] = &["12db", "ladder", "24db"];

/// Forms of the waves that move levels and corners, in the order of their numbers.
pub const SHAPES: &[&str] = &["tri", "sine", "ramp", "saw", "square"];

/// The highest corner that an envelope reaches, in Hz.
pub const HIGHEST: f32 = 20_000.0;

/// The sweep of a filter's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Its times.
    pub course: Course,
    /// Its corners, as binary logarithms of Hz.
    pub levels: Levels,
}

impl Sweep {
    /// Leads over `octaves` from a corner in Hz; `anchor` is the share of the way that lies below it, and `sustain` a level between
    /// both ends, straight in Hz. Below 0 octaves both ends change places.
    #[must_use]
    pub fn new(hz: f32, octaves: f32, anchor: f32, sustain: f32, course: Course) -> Self {
        let bounded = |octaves: f32| (hz.max(0.01) * octaves.exp2()).max(0.01).min(HIGHEST);
        let ends = (bounded(-octaves.abs() * anchor), bounded(octaves.abs() * (1.0 - anchor)));
        let (low, high) = if octaves < 0.0 { (ends.1, ends.0) } else { ends };
        let held = low + (high - low) * sustain;
        Self { course, levels: Levels { low: low.log2(), high: high.log2(), sustain: held.max(0.01).log2() } }
    }
}

/// A wave that moves a filter's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wobble {
    /// Place in [`SHAPES`].
    pub shape: u8,
    /// Periods a second, from the song's start on; 0 where `per_bar` counts.
    pub rate: f32,
    /// Periods in a bar.
    pub per_bar: f32,
    /// From the lowest to the highest value: of a filter's corner in Hz.
    pub depth: f32,
    /// Added to the wave, which goes from 0 to 1.
    pub offset: f32,
    /// Where in a period the wave is highest.
    pub skew: f32,
}

impl Wobble {
    /// What it adds at a place in the song.
    #[must_use]
    pub fn at(&self, time: Time) -> f32 {
        (wave(self.shape, time.phase(self.rate, self.per_bar), self.skew) + self.offset) * self.depth
    }
}

/// One of a voice's filters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// Corner in Hz.
    pub hz: f32,
    /// 1/Q.
    pub damping: f32,
    /// Resonance as it was said, which the ladder takes.
    pub resonance: f32,
    /// What moves the corner.
    pub sweep: Option<Sweep>,
    /// What moves it further.
    pub wobble: Option<Wobble>,
}

impl Filter {
    /// A low- or high-pass: resonance in dB at the corner.
    #[must_use]
    pub fn with_db(hz: f32, db: f32) -> Self {
        Self { hz, damping: exp2(-db / 6.020_6), resonance: db, sweep: None, wobble: None }
    }

    /// A band-pass: Q is the corner over the bandwidth.
    #[must_use]
    pub fn with_q(hz: f32, q: f32) -> Self {
        Self { hz, damping: 1.0 / q.max(0.001), resonance: q, sweep: None, wobble: None }
    }

    /// The corner in Hz at an age in frames and a place in the song; `held` is the age at which the gate closed.
    #[must_use]
    pub fn corner(&self, age: f32, held: Option<f32>, time: Time) -> f32 {
        let hz = self.sweep.map_or(self.hz, |sweep| exp2(sweep.course.at(age, held, &sweep.levels)));
        self.moved(hz, time)
    }

    /// The corner in Hz with what moves it further.
    fn moved(&self, hz: f32, time: Time) -> f32 {
        match self.wobble {
            Some(wobble) => (hz + wobble.at(time)).max(30.0).min(HIGHEST),
            None => hz,
        }
    }
}

/// A wave from 0 to 1 at a phase in periods; `skew` is where in a period a triangle is highest, and a square falls.
#[must_use]
pub fn wave(shape: u8, phase: f32, skew: f32) -> f32 {
    let (part, skew) = (phase - phase.floor(), skew.max(0.0).min(1.0));
    match shape {
        1 => 0.5 + 0.5 * (std::f32::consts::TAU * part).sin(),
        2 => part,
        3 => 1.0 - part,
        4 => f32::from(u8::from(part < skew)),
        _ if part < skew => part / skew,
        _ => (1.0 - part) / (1.0 - skew).max(1e-6),
    }
}

/// A level that follows the song.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tremolo {
    /// Periods a second; 0 where `per_bar` counts.
    pub rate: f32,
    /// Periods a bar.
    pub per_bar: f32,
    /// Depth; 1 goes down to silence.
    pub depth: f32,
    /// Where in a period it is loudest.
    pub skew: f32,
    /// Where in its period it stands at the song's start.
    pub phase: f32,
    /// Place in [`SHAPES`].
    pub shape: u8,
}

impl Tremolo {
    /// The level at a place in the song.
    #[must_use]
    pub fn level(&self, time: Time) -> f32 {
        let cycles = if self.rate > 0.0 { f64::from(self.rate) * time.secs } else { f64::from(self.per_bar) * time.bars };
        let phase = cycles + f64::from(self.phase);
        let moved = (self.depth * wave(self.shape, (phase - phase.floor()) as f32, self.skew)).max(0.0).min(1.0);
        (1.0 - self.depth).max(0.0) + moved * moved.sqrt()
    }
}

/// A notch that a triangle sweeps, from its lowest place at the song's start on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phaser {
    /// Sweeps a second.
    pub rate: f32,
    /// Width of the notch, 0–1.
    pub depth: f32,
    /// Middle in Hz.
    pub center: f32,
    /// Octaves up and down.
    pub sweep: f32,
}

/// Where the notch lies above what the phaser's middle says, in Hz.
const ABOVE: f32 = 282.0;

impl Phaser {
    /// Where the notch lies at a place in the song, in Hz.
    #[must_use]
    pub fn corner(&self, time: Time) -> f32 {
        let swing = 1.0 - (4.0 * (time.phase(self.rate, 0.0) - 0.5)).abs();
        (self.center + ABOVE) * exp2(self.sweep * swing)
    }

    fn damping(&self) -> f32 {
        1.0 / (2.0 - (2.0 * self.depth).max(0.0).min(1.9))
    }
}

/// A level on its straight way to silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fade {
    /// Frames of the whole way.
    pub total: u32,
    /// Frames that are left of it.
    pub left: u32,
}

impl Fade {
    /// A way of so many frames, at its beginning.
    #[must_use]
    pub const fn new(frames: u32) -> Self {
        Self { total: frames, left: frames }
    }

    /// The level some frames from here.
    fn level(&self, ahead: usize) -> f32 {
        let left = (self.left as usize).saturating_sub(ahead);
        left as f32 / self.total.max(1) as f32
    }
}

/// Everything that a lane's strip does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Level before the filters.
    pub gain: f32,
    /// The filters.
    pub low: Option<Filter>,
    /// As `low`, letting through what lies above.
    pub high: Option<Filter>,
    /// As `low`, letting through what lies around.
    pub band: Option<Filter>,
    /// Place in [`SLOPES`].
    pub slope: u8,
    /// Drive of the ladder, as an exponent.
    pub drive: f32,
    /// Place in [`VOWELS`].
    pub vowel: Option<u8>,
    /// Frames that a sample is held; none below 1.
    pub coarse: f32,
    /// Steps a unit that samples are rounded to.
    pub crush: Option<f32>,
    /// A curve.
    pub shape: Option<Curve>,
    /// Another curve.
    pub distort: Option<Curve>,
    /// A level that follows the song.
    pub tremolo: Option<Tremolo>,
    /// A swept notch.
    pub phaser: Option<Phaser>,
    /// Level of the lane on the left and on the right.
    pub gains: [f32; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gain: 1.0,
            low: None,
            high: None,
            band: None,
            slope: 0,
            drive: 0.69,
            vowel: None,
            coarse: 0.0,
            crush: None,
            shape: None,
            distort: None,
            tremolo: None,
            phaser: None,
            gains: [1.0; 2],
        }
    }
}

impl Settings {
    /// Whether anything moves by itself.
    fn moves(&self) -> bool {
        let swept = |filter: Option<Filter>| filter.is_some_and(|filter| filter.sweep.is_some() || filter.wobble.is_some());
        swept(self.low) || swept(self.high) || swept(self.band) || self.tremolo.is_some() || self.phaser.is_some()
    }

    /// Whether anything but the levels counts.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.low.is_some()
            || self.high.is_some()
            || self.band.is_some()
            || self.vowel.is_some()
            || self.coarse >= 1.0
            || self.crush.is_some()
            || self.shape.is_some()
            || self.distort.is_some()
            || self.tremolo.is_some()
            || self.phaser.is_some()
    }
}

/// Where the song stands, or what counts in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Time {
    /// Seconds since its start.
    pub secs: f64,
    /// Bars since its start.
    pub bars: f64,
}

impl Time {
    /// The part of a period, from 0 to 1, that a wave of so many periods a second stands at, or of so many in a bar where that is 0.
    #[allow(clippy::cast_possible_truncation, reason = "below 1")]
    fn phase(&self, rate: f32, per_bar: f32) -> f32 {
        let cycles = if rate > 0.0 { f64::from(rate) * self.secs } else { f64::from(per_bar) * self.bars };
        (cycles - cycles.floor()) as f32
    }
}

/// A frame from which on lanes move to the next point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Frames to the next point, at least 1.
    pub left: u32,
    /// The song at this frame.
    pub now: Time,
    /// The song at the next point.
    pub then: Time,
}

/// One lane's voice.
#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    settings: Settings,
    busy: bool,
    /// Frames since its onset, and those at which its gate closed.
    age: u32,
    held: Option<u32>,
    /// Whether something moves by itself, and at how many points since then nothing did.
    moves: bool,
    still: u8,
    ladder: Ladder,
    vowel: Vowel,
    hold: Hold,
}

/// A filter's place among a lane's.
const PASSES: [Pass; 3] = [Pass::Low, Pass::High, Pass::Band];

/// Eight lanes.
#[derive(Clone, Debug)]
pub struct Group {
    rate: f32,
    width: Width,
    lanes: [Lane; LANES],
    gain: Way,
    banks: [Bank; 3],
    /// Steps of the ladders' corners.
    ladder_ways: [Way; 3],
    ladders: [Mask; 3],
    /// Filters whose corners move by themselves.
    swept: [Mask; 3],
    vowels: Mask,
    coarse: Mask,
    crush: Mask,
    shape: Mask,
    distort: Mask,
    tremolo: Way,
    trembling: Mask,
    phaser: Bank,
    outs: [Way; 2],
}

impl Group {
    /// Eight free lanes at a sample rate.
    #[must_use]
    pub fn new(rate: f32) -> Self {
        let mut group = Self {
            rate,
            width: Width::here(),
            lanes: [Lane::default(); LANES],
            gain: Way::default(),
            banks: Default::default(),
            ladder_ways: Default::default(),
            ladders: Default::default(),
            swept: Default::default(),
            vowels: Mask::default(),
            coarse: Mask::default(),
            crush: Mask::default(),
            shape: Mask::default(),
            distort: Mask::default(),
            tremolo: Way::default(),
            trembling: Mask::default(),
            phaser: Bank::default(),
            outs: Default::default(),
        };
        (0..LANES).for_each(|lane| group.free(lane));
        group
    }

    /// The lanes that nothing uses.
    pub fn free_lanes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..LANES).filter(|lane| !self.lanes[*lane].busy)
    }

    /// Whether no lane is used.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.lanes.iter().all(|lane| !lane.busy)
    }

    /// Lets go of a lane.
    pub fn free(&mut self, lane: usize) {
        self.lanes[lane] = Lane::default();
        self.banks.iter_mut().chain([&mut self.phaser]).for_each(|bank| bank.clear(lane));
        self.ladder_ways.iter_mut().for_each(|way| way.put(lane, 0.0));
        for mask in self.masks() {
            mask.set(lane, false);
        }
        self.gain.put(lane, 0.0);
        self.tremolo.put(lane, 1.0);
        self.outs.iter_mut().for_each(|way| way.put(lane, 0.0));
    }

    fn masks(&mut self) -> [&mut Mask; 12] {
        let ([low, high, band], [a, b, c]) = (&mut self.ladders, &mut self.swept);
        let (vowels, coarse, crush) = (&mut self.vowels, &mut self.coarse, &mut self.crush);
        [low, high, band, a, b, c, vowels, coarse, crush, &mut self.shape, &mut self.distort, &mut self.trembling]
    }

    /// Starts a voice on a lane.
    ///
    /// # Realtime safety
    /// Never allocates; nor do the others.
    pub fn start(&mut self, lane: usize, settings: &Settings, moment: Moment) {
        self.free(lane);
        self.lanes[lane].busy = true;
        self.take(lane, settings, true);
        let first = self.lanes[lane];
        for index in 0..PASSES.len() {
            if let Some(filter) = filter(&first.settings, index) {
                self.put_corner(lane, index, filter.corner(0.0, None, moment.now));
                self.banks[index].k.put(lane, filter.damping);
            }
        }
        if let Some(phaser) = &first.settings.phaser {
            self.phaser.g.put(lane, corner(phaser.corner(moment.now), self.rate));
            self.phaser.k.put(lane, phaser.damping());
        }
        if let Some(tremolo) = &first.settings.tremolo {
            self.tremolo.put(lane, tremolo.level(moment.now));
        }
        self.gain.put(lane, settings.gain);
        for (out, gain) in self.outs.iter_mut().zip(settings.gains) {
            out.put(lane, gain);
        }
        self.aim(&Mask::of(lane), moment);
    }

    /// Gives a lane other settings, to which it moves from the next point on.
    pub fn set(&mut self, lane: usize, settings: &Settings) {
        if self.lanes[lane].settings != *settings {
            self.take(lane, settings, false);
        }
    }

    fn take(&mut self, lane: usize, settings: &Settings, is_new: bool) {
        let before = std::mem::replace(&mut self.lanes[lane].settings, *settings);
        (self.lanes[lane].moves, self.lanes[lane].still) = (settings.moves(), 0);
        self.gain.goal.0[lane] = settings.gain;
        for (out, gain) in self.outs.iter_mut().zip(settings.gains) {
            out.goal.0[lane] = gain;
        }
        for index in 0..PASSES.len() {
            let (now, is_ladder) = (filter(settings, index), is_ladder(settings, index));
            self.swept[index].set(lane, now.is_some_and(|now| now.sweep.is_some() || now.wobble.is_some()));
            if let Some(now) = now {
                self.banks[index].k.goal.0[lane] = now.damping;
                self.lead(index, lane, now.hz);
            }
            self.banks[index].used.set(lane, now.is_some() && !is_ladder);
            self.banks[index].twice.set(lane, settings.slope != 0);
            self.ladders[index].set(lane, now.is_some() && is_ladder);
            // A filter that begins while its voice sounds begins at its corner.
            if let Some(now) = now.filter(|_| !is_new && (filter(&before, index).is_none() || before.slope != settings.slope)) {
                let (age, held) = self.ages(lane, 0);
                self.put_corner(lane, index, now.corner(age, held, Time::default()));
                self.banks[index].k.put(lane, now.damping);
            }
        }
        if settings.vowel != before.vowel || is_new {
            self.lanes[lane].vowel.set(settings.vowel.map_or(usize::MAX, usize::from), self.rate);
        }
        self.vowels.set(lane, settings.vowel.is_some());
        self.coarse.set(lane, settings.coarse >= 1.0);
        self.crush.set(lane, settings.crush.is_some());
        self.shape.set(lane, settings.shape.is_some());
        self.distort.set(lane, settings.distort.is_some());
        self.trembling.set(lane, settings.tremolo.is_some());
        if settings.tremolo.is_some() && before.tremolo.is_none() {
            self.tremolo.put(lane, 1.0);
        }
        self.phaser.used.set(lane, settings.phaser.is_some());
        if let Some(phaser) = settings.phaser.filter(|_| !is_new && before.phaser.is_none()) {
            self.phaser.g.put(lane, corner(phaser.corner(Time::default()), self.rate));
            self.phaser.k.put(lane, phaser.damping());
        }
    }

    /// Leads a filter to a corner in Hz.
    fn lead(&mut self, index: usize, lane: usize, hz: f32) {
        self.banks[index].g.goal.0[lane] = corner(hz, self.rate);
        self.ladder_ways[index].goal.0[lane] = ladder_step(hz, self.rate);
    }

    fn put_corner(&mut self, lane: usize, index: usize, hz: f32) {
        self.banks[index].g.put(lane, corner(hz, self.rate));
        self.ladder_ways[index].put(lane, ladder_step(hz, self.rate));
    }

    /// A lane's age in frames, so many frames from here, and that at which its gate closed.
    fn ages(&self, lane: usize, ahead: u32) -> (f32, Option<f32>) {
        let Lane { age, held, .. } = self.lanes[lane];
        (age.saturating_add(ahead) as f32, held.map(|held| held as f32))
    }

    /// Leads some lanes to what they have at the next point.
    fn aim(&mut self, which: &Mask, moment: Moment) {
        let Moment { left, then, .. } = moment;
        for index in 0..PASSES.len() {
            if !(self.banks[index].used.any() || self.ladders[index].any()) {
                continue;
            }
            self.sweep(index, which, moment);
            self.banks[index].g.aim(which, left);
            self.banks[index].k.aim(which, left);
            if self.ladders[index].any() {
                self.ladder_ways[index].aim(which, left);
            }
        }
        if self.phaser.used.any() {
            for lane in which.lanes() {
                if let Some(phaser) = &self.lanes[lane].settings.phaser {
                    self.phaser.g.goal.0[lane] = corner(phaser.corner(then), self.rate);
                    self.phaser.k.goal.0[lane] = phaser.damping();
                }
            }
            self.phaser.g.aim(which, left);
            self.phaser.k.aim(which, left);
        }
        if self.trembling.any() {
            for lane in which.lanes() {
                self.tremolo.goal.0[lane] = self.lanes[lane].settings.tremolo.map_or(1.0, |tremolo| tremolo.level(then));
            }
            self.tremolo.aim(which, left);
        }
        self.gain.aim(which, left);
        self.outs.iter_mut().for_each(|way| way.aim(which, left));
    }

    /// Works out where corners that move lead.
    fn sweep(&mut self, index: usize, which: &Mask, moment: Moment) {
        if !self.swept[index].any() {
            return;
        }
        let lanes = || which.lanes().filter(|lane| self.swept[index].has(*lane));
        let mut octaves = Lanes::default();
        for lane in lanes() {
            let (age, held) = self.ages(lane, moment.left);
            if let Some(sweep) = filter(&self.lanes[lane].settings, index).and_then(|filter| filter.sweep.as_ref()) {
                octaves.0[lane] = sweep.course.at(age, held, &sweep.levels);
            }
        }
        let mut hz = octaves;
        hz.0.iter_mut().for_each(|octaves| *octaves = exp2(*octaves));
        for lane in lanes() {
            let Some(filter) = filter(&self.lanes[lane].settings, index) else { continue };
            if filter.sweep.is_none() {
                hz.0[lane] = filter.hz;
            }
            hz.0[lane] = filter.moved(hz.0[lane], moment.then);
        }
        let goal = corners(&hz, self.rate);
        let swept = which.and(&self.swept[index]);
        self.banks[index].g.goal = swept.choose(&goal, &self.banks[index].g.goal);
        if self.ladders[index].any() {
            for lane in swept.lanes() {
                self.ladder_ways[index].goal.0[lane] = ladder_step(hz.0[lane], self.rate);
            }
        }
    }

    fn arrive(&mut self, which: &Mask) {
        self.gain.arrive(which);
        self.tremolo.arrive(which);
        self.outs.iter_mut().chain(&mut self.ladder_ways).for_each(|way| way.arrive(which));
        for bank in self.banks.iter_mut().chain([&mut self.phaser]) {
            bank.g.arrive(which);
            bank.k.arrive(which);
        }
    }

    /// Leads all lanes to the next point: from the point that they `arrived` at, else from where they are.
    pub fn point(&mut self, moment: Moment, arrived: bool) {
        for bank in self.banks.iter_mut().chain([&mut self.phaser]).filter(|bank| bank.used.any()) {
            bank.settle();
        }
        let mut going = Mask::default();
        for lane in 0..LANES {
            let state = &mut self.lanes[lane];
            if !state.busy {
                continue;
            }
            // Where everything stands, it stays.
            let rests = !state.moves && state.still > 1 && arrived;
            state.still = if arrived { state.still.saturating_add(1) } else { 0 };
            going.set(lane, !rests);
            if self.ladders[0].has(lane) {
                state.ladder.settle();
            }
            if self.vowels.has(lane) {
                state.vowel.settle();
            }
        }
        if going.any() {
            if arrived {
                self.arrive(&going);
            }
            self.aim(&going, moment);
        }
    }

    /// Closes a lane's gate: its filters' envelopes are released.
    pub fn release(&mut self, lane: usize, moment: Moment) {
        let state = &mut self.lanes[lane];
        if state.held.is_none() {
            state.held = Some(state.age);
            self.aim(&Mask::of(lane), moment);
        }
    }

    /// Renders the first frames of its lanes, which lie before the next point, in place.
    pub fn process(&mut self, rows: &mut Rows, count: usize) {
        let count = count.min(MOST);
        for lane in 0..LANES {
            if self.lanes[lane].busy {
                self.gain.scale(lane, &mut rows.0[lane][..count]);
            }
        }
        if self.ladders[0].any() {
            self.ladder(rows, count);
        }
        if self.banks.iter().any(|bank| bank.used.any()) {
            wide::filter(self.width, &mut self.banks, &PASSES, rows, count);
        }
        self.bend(rows, count);
        for lane in self.trembling.lanes() {
            self.tremolo.scale(lane, &mut rows.0[lane][..count]);
        }
        if self.phaser.used.any() {
            wide::filter(self.width, std::slice::from_mut(&mut self.phaser), &[Pass::Notch], rows, count);
        }
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.lanes.iter_mut().filter(|lane| lane.busy).for_each(|lane| lane.age = lane.age.saturating_add(count));
    }

    fn ladder(&mut self, rows: &mut Rows, count: usize) {
        for lane in self.ladders[0].lanes() {
            let state = &mut self.lanes[lane];
            let resonance = filter(&state.settings, 0).map_or(0.0, |filter| filter.resonance);
            let setting = LadderSetting::new(resonance, state.settings.drive);
            let way = &mut self.ladder_ways[0];
            let (mut at, step) = (way.now.0[lane], way.step.0[lane]);
            each(&mut rows.0[lane][..count], |x| {
                let y = state.ladder.next(x, at, &setting);
                at += step;
                y
            });
            way.now.0[lane] = at;
        }
    }

    /// The stages that go over lanes one by one.
    fn bend(&mut self, rows: &mut Rows, count: usize) {
        for ((lane, state), row) in self.lanes.iter_mut().enumerate().zip(&mut rows.0).filter(|((_, state), _)| state.busy) {
            let (settings, row) = (&state.settings, &mut row[..count]);
            if self.vowels.has(lane) {
                each(row, |x| state.vowel.next(x));
            }
            if self.coarse.has(lane) {
                each(row, |x| state.hold.next(x, settings.coarse));
            }
            if let Some(steps) = settings.crush {
                each(row, |x| crushed(x, steps));
            }
            if let Some(curve) = settings.shape {
                each(row, |x| curve.of(x));
            }
            if let Some(curve) = settings.distort {
                each(row, |x| curve.of(x));
            }
        }
    }

    /// The levels of all lanes at the frames that were rendered last, for [`Self::add`]: left, right, and what they change by with
    /// each frame.
    fn levels(&self, lane: usize) -> ([f32; 2], [f32; 2]) {
        (self.outs.map(|way| way.now.0[lane]), self.outs.map(|way| way.step.0[lane]))
    }

    /// Adds a lane's frames, as many as `out` has, to both channels. Call it for each lane in the order that sums are to have, then
    /// [`Self::advance`].
    pub fn add(&self, lane: usize, rows: &Rows, fade: Option<Fade>, out: &mut [[f32; 2]]) {
        let ([mut left, mut right], [left_step, right_step]) = self.levels(lane);
        let row = &rows.0[lane];
        if fade.is_none() && left_step == 0.0 && right_step == 0.0 {
            for (sample, [l, r]) in row.iter().zip(out) {
                *l += sample * left;
                *r += sample * right;
            }
            return;
        }
        for (index, (sample, [l, r])) in row.iter().zip(out).enumerate() {
            let sample = sample * fade.map_or(1.0, |fade| fade.level(index));
            *l += sample * left;
            *r += sample * right;
            left += left_step;
            right += right_step;
        }
    }

    /// Moves the levels of [`Self::add`] on.
    pub fn advance(&mut self, frames: usize) {
        for way in self.outs.iter_mut().filter(|way| !way.is_still()) {
            (0..frames).for_each(|_| way.next());
        }
    }
}

const fn filter(settings: &Settings, index: usize) -> Option<&Filter> {
    match index {
        0 => settings.low.as_ref(),
        1 => settings.high.as_ref(),
        _ => settings.band.as_ref(),
    }
}

/// Whether a filter is a ladder: only the low-pass is, beside which the others have 24 dB an octave.
const fn is_ladder(settings: &Settings, index: usize) -> bool {
    settings.slope == 1 && index == 0
}

/// A ladder's step for a corner in Hz: 2π·f/rate.
fn ladder_step(hz: f32, rate: f32) -> f32 {
    (std::f32::consts::TAU * hz / rate).max(0.0).min(1.0)
}

#[cfg(test)]
mod tests;
