//! Band-limited waves: tables of partial sums, read by a phase.
//!
//! A table holds the first so many harmonics of a wave and nothing above, so that what it plays never folds back as long as its
//! highest harmonic lies below half the sample rate. Tables are dense where there are few harmonics (one for each number up to 32)
//! and stand a third of an octave apart above.

use std::sync::LazyLock;

use realfft::{RealFftPlanner, num_complex::Complex};

/// A phase: a whole turn is 2^64.
pub type Phase = u64;

/// Turns as a phase or as a step between two frames; whole turns drop out.
#[must_use]
pub fn turns(cycles: f64) -> Phase {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    let part = cycles - cycles.floor();
    // In two halves, because a double that is rounded up to 2^64 would not fit.
    if part >= 0.5 { ((part - 0.5) * 2.0 * HALF) as u64 | 1 << 63 } else { (part * 2.0 * HALF) as u64 }
}

/// The form of a family of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// From −1 up to 1, the jump at phase 0: −2/π · Σ sin(k·x)/k.
    Saw,
    /// From 0 up to 1, down to −1 and back: 8/π² · Σ ±sin(k·x)/k² over the odd `k`.
    Triangle,
    /// The same from its peak on: 8/π² · Σ cos(k·x)/k² over the odd `k`.
    Peaked,
}

/// One table: `2^bits` values of a turn, and the first again.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    harmonics: u32,
    bits: u32,
    offset: usize,
    /// Largest magnitude.
    peak: f32,
}

/// A family of tables.
#[derive(Debug)]
pub struct Family {
    /// By rising number of harmonics.
    tables: Vec<Table>,
    data: Vec<f32>,
}

/// Numbers of harmonics that have a table.
fn counts(most: u32) -> impl Iterator<Item = u32> {
    let steps = (0..).map(|third| (32.0 * (f64::from(third) / 3.0).exp2()).floor() as u32).skip(1);
    (1..=32).chain(steps).take_while(move |count| *count <= most)
}

impl Family {
    fn new(series: Series, most: u32) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        let (mut tables, mut data) = (Vec::new(), Vec::new());
        for harmonics in counts(most) {
            // At least 32 values for each turn of the highest harmonic up to 128, so that what straight lines between them add lies below
            // −80 dB; no more, so that the tables of many voices stay near the processor.
            let bits = match harmonics {
                0..=64 => 11,
                65..=128 => 12,
                129..=512 => 13,
                _ => 14,
            };
            let size = 1_usize << bits;
            let inverse = planner.plan_fft_inverse(size);
            let (mut spectrum, mut wave) = (inverse.make_input_vec(), inverse.make_output_vec());
            for (k, bin) in (1..=harmonics).zip(spectrum.iter_mut().skip(1)) {
                *bin = harmonic(series, k);
            }
            // The plan and both buffers have the same size.
            let _ = inverse.process(&mut spectrum, &mut wave);
            let offset = data.len();
            data.extend(wave.iter().chain(wave.first()).map(|value| *value as f32));
            let peak = data[offset..].iter().fold(0.0, |peak: f32, value| peak.max(value.abs()));
            tables.push(Table { harmonics, bits, offset, peak });
        }
        Self { tables, data }
    }

    /// The richest table with at most so many harmonics; none without one.
    #[must_use]
    pub fn table(&self, most: f64) -> Option<&Table> {
        let after = self.tables.partition_point(|table| f64::from(table.harmonics) <= most);
        self.tables.get(after.checked_sub(1)?)
    }

    /// The values of a table.
    #[must_use]
    pub fn values(&self, table: &Table) -> Values<'_> {
        Values { values: self.data.get(table.offset..=table.offset + (1 << table.bits)).unwrap_or(&[]), bits: table.bits }
    }
}

/// Half of a harmonic's complex amplitude, as the inverse transform takes it.
fn harmonic(series: Series, k: u32) -> Complex<f64> {
    use std::f64::consts::PI;
    let (order, is_odd) = (f64::from(k), k % 2 == 1);
    // A sine of amplitude a is −i·a/2.
    match series {
        Series::Saw => Complex::new(0.0, 1.0 / (PI * order)),
        _ if !is_odd => Complex::new(0.0, 0.0),
        Series::Triangle => {
            let sign = if k % 4 == 1 { -1.0 } else { 1.0 };
            Complex::new(0.0, sign * 4.0 / (PI * order).powi(2))
        }
        Series::Peaked => Complex::new(4.0 / (PI * order).powi(2), 0.0),
    }
}

impl Table {
    /// How many harmonics it holds.
    #[must_use]
    pub const fn harmonics(&self) -> u32 {
        self.harmonics
    }

    /// Its largest magnitude.
    #[must_use]
    pub const fn peak(&self) -> f32 {
        self.peak
    }
}

/// A table's values.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    values: &'a [f32],
    bits: u32,
}

impl Values<'_> {
    /// The wave at a phase, in a straight line between two values.
    #[inline]
    #[must_use]
    pub fn at(&self, phase: Phase) -> f32 {
        self.between(phase >> (40 - self.bits))
    }

    /// The wave at a place in it, in 2^24ths of the way from a value to the next.
    #[inline]
    fn between(&self, place: u64) -> f32 {
        let index = (place >> 24) as usize;
        // A signed number becomes a fraction in a single step.
        let share = (place & 0xff_ffff) as i32 as f32 * (1.0 / 16_777_216.0);
        match self.values.get(index..index + 2) {
            Some([a, b]) => a + (b - a) * share,
            _ => 0.0,
        }
    }

    /// Writes the wave from a phase on, `scale` times as loud; `step` is what the phase moves by with each frame, `change` what the step does.
    /// Gives both as they are after it.
    // By itself, so that all it works with stays in registers.
    #[inline(never)]
    pub fn write(&self, out: &mut [f32], (mut phase, mut step, change): (Phase, i64, i64), scale: f32) -> (Phase, i64) {
        let shift = 40 - self.bits;
        for out in out {
            *out = self.between(phase >> shift) * scale;
            phase = phase.wrapping_add_signed(step);
            step = step.wrapping_add(change);
        }
        (phase, step)
    }

    /// The same, added to two sides.
    #[inline(never)]
    pub fn add(
        &self,
        left: &mut [f32],
        right: &mut [f32],
        (mut phase, mut step, change): (Phase, i64, i64),
        [by_left, by_right]: [f32; 2],
    ) -> (Phase, i64) {
        let shift = 40 - self.bits;
        for (left, right) in left.iter_mut().zip(right) {
            let value = self.between(phase >> shift);
            *left += value * by_left;
            *right += value * by_right;
            phase = phase.wrapping_add_signed(step);
            step = step.wrapping_add(change);
        }
        (phase, step)
    }
}

/// All tables.
#[derive(Debug)]
pub struct Waves {
    /// The sawtooth's; differences of two make squares and pulses.
    pub saw: Family,
    /// The triangle's.
    pub triangle: Family,
    /// The triangle's from its peak on.
    pub peaked: Family,
}

static WAVES: LazyLock<Waves> = LazyLock::new(|| Waves {
    saw: Family::new(Series::Saw, 1300),
    triangle: Family::new(Series::Triangle, 128),
    peaked: Family::new(Series::Peaked, 33),
});

/// The tables, made with the first call: not for the audio thread, which keeps what this gives.
#[must_use]
pub fn waves() -> &'static Waves {
    &WAVES
}

/// A source of random numbers: the finaliser of SplitMix64 over a counter (Steele, Lea and Flood, *Fast Splittable Pseudorandom
/// Number Generators*, 2014).
#[derive(Clone, Copy, Debug, Default)]
pub struct Dice(u64);

impl Dice {
    /// A source whose numbers follow from the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from −1 up to 1.
    #[inline]
    pub fn bipolar(&mut self) -> f32 {
        (self.bits() >> 40) as f32 * (1.0 / 8_388_608.0) - 1.0
    }
}

/// Pink noise: white noise through parallel one-pole filters, within 0.05 dB of −3 dB an octave from 9 Hz on at 44.1 kHz
/// (Paul Kellet, *Pink noise generation*, music-dsp list, 1999), scaled to an RMS of 0.194.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pink {
    poles: [f32; 6],
    last: f32,
}

impl Pink {
    /// The next value for one of white noise.
    #[inline]
    pub fn next(&mut self, white: f32) -> f32 {
        const KEEP: [f32; 6] = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
        const TAKE: [f32; 6] = [0.055_517_9, 0.075_075_9, 0.153_852, 0.310_485_6, 0.532_952_2, -0.016_898];
        let mut sum = self.last + white * 0.5362;
        for ((pole, keep), take) in self.poles.iter_mut().zip(KEEP).zip(TAKE) {
            *pole = keep * *pole + white * take;
            sum += *pole;
        }
        self.last = white * 0.115_926;
        sum * 0.11
    }
}

/// Brown noise: white noise through a leaky integrator, at an RMS of 0.058.
#[derive(Clone, Copy, Debug, Default)]
pub struct Brown(f32);

impl Brown {
    /// The next value for one of white noise.
    #[inline]
    pub fn next(&mut self, white: f32) -> f32 {
        self.0 = (self.0 + 0.02 * white) * (1.0 / 1.02);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Amplitude of what a real signal has at a frequency, which lies on a bin of its length.
    fn line(signal: &[f32], bin: usize) -> f64 {
        let n = signal.len() as f64;
        let (mut re, mut im) = (0.0, 0.0);
        for (t, x) in signal.iter().enumerate() {
            let (sin, cos) = (TAU * (t * bin % signal.len()) as f64 / n).sin_cos();
            re += f64::from(*x) * cos;
            im += f64::from(*x) * sin;
        }
        2.0 * re.hypot(im) / n
    }

    #[test]
    fn phases_are_whole_turns() {
        assert_eq!(turns(0.25), 1 << 62);
        assert_eq!(turns(-0.25), 3 << 62);
        assert_eq!(turns(7.5), 1 << 63);
        assert!(turns(1.0 - 1e-17) < 1 << 63 || turns(1.0 - 1e-16) > 3 << 62);
    }

    #[test]
    fn tables_hold_exactly_their_harmonics() {
        let family = &waves().saw;
        for most in [1.0, 5.0, 11.0, 40.0] {
            let table = family.table(most).unwrap();
            assert!(f64::from(table.harmonics()) <= most && f64::from(table.harmonics()) > most * 0.75);
            let values = family.values(table);
            // At its own places, between which straight lines lead.
            let size = 1_u32 << table.bits;
            let signal: Vec<f32> = (0..size).map(|t| values.at(turns(f64::from(t) / f64::from(size)))).collect();
            for k in 1..60 {
                let want = if k <= table.harmonics() as usize { 2.0 / std::f64::consts::PI / k as f64 } else { 0.0 };
                assert!((line(&signal, k) - want).abs() < 1e-6, "{k} of {most}: {}", line(&signal, k));
            }
        }
        assert!(family.table(0.5).is_none());
        let square = |phase: f64| {
            let values = family.values(family.table(1000.0).unwrap());
            values.at(turns(phase + 0.5)) - values.at(turns(phase))
        };
        assert!((square(0.25) - 1.0).abs() < 0.01 && (square(0.75) + 1.0).abs() < 0.01);
        let triangle = waves().triangle.values(waves().triangle.table(100.0).unwrap());
        assert!((triangle.at(turns(0.25)) - 1.0).abs() < 0.01 && triangle.at(0).abs() < 1e-6);
    }

    /// A sawtooth near 2 kHz at 48 kHz: what is no harmonic of it is folded back.
    #[test]
    fn nothing_folds_back_below_12_khz() {
        let family = &waves().saw;
        // 2003 turns in 48000 frames: harmonics and what folds back lie on bins.
        let (bins, turns_) = (48_000_usize, 2003_usize);
        let values = family.values(family.table(24_000.0 / turns_ as f64).unwrap());
        let step = turns(turns_ as f64 / bins as f64);
        let mut phase = 0_u64;
        let signal: Vec<f64> = (0..bins)
            .map(|_| {
                let value = values.at(phase);
                phase = phase.wrapping_add(step);
                f64::from(value)
            })
            .collect();
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(bins);
        let (mut input, mut spectrum) = (signal, forward.make_output_vec());
        forward.process(&mut input, &mut spectrum).unwrap();
        let level = |bin: usize| spectrum[bin].norm() * 2.0 / bins as f64;
        let folded = (1..12_000).filter(|bin| bin % turns_ != 0).map(level).fold(0.0, f64::max);
        let db = 20.0 * (folded / level(turns_)).log10();
        assert!(db < -80.0, "{db} dB");
    }

    #[test]
    fn noises_have_their_levels() {
        let mut dice = Dice::new(3);
        let (mut pink, mut brown) = (Pink::default(), Brown::default());
        let mut sums = [0.0_f64; 4];
        for _ in 0..400_000 {
            let white = dice.bipolar();
            for (sum, value) in sums.iter_mut().zip([white, pink.next(white), brown.next(white), 1.0]) {
                *sum += f64::from(value * value);
            }
        }
        let rms = sums.map(|sum| (sum / 400_000.0).sqrt());
        assert!((rms[0] - 0.577).abs() < 0.01 && (rms[1] - 0.1938).abs() < 0.01 && (rms[2] - 0.058).abs() < 0.006, "{rms:?}");
    }
}
