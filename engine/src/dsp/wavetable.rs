//! Wavetables of a user's own: cycles of a wave, each without the partials that would fold back, read by a phase and a position.
//!
//! As in [`super::osc`], a level holds so many harmonics of each cycle and nothing above. Levels stand half an octave apart, so that a
//! tone lacks at most the top half octave of what it could have.

use std::sync::atomic::{AtomicBool, Ordering};

use realfft::{RealFftPlanner, num_complex::Complex};

use super::osc::Phase;

/// Most cycles of a wavetable.
pub const MOST_CYCLES: usize = 256;
/// Shortest and longest cycle, in frames.
pub const CYCLE: std::ops::RangeInclusive<usize> = 8..=16_384;
/// Most harmonics: a cycle of 1024 frames has no more.
const MOST_HARMONICS: usize = 512;
/// Values that stand before a cycle and after it, so that a curve through four of them needs no turn.
const BEFORE: usize = 1;
const AFTER: usize = 2;

/// Cycles with so many harmonics: `2^bits` values each, and a few of their neighbours again.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Level {
    harmonics: usize,
    bits: u32,
    offset: usize,
}

impl Level {
    const fn stride(self) -> usize {
        (1 << self.bits) + BEFORE + AFTER
    }
}

/// A wavetable.
#[derive(Clone, Debug, PartialEq)]
pub struct Wavetable {
    cycles: usize,
    levels: Vec<Level>,
    data: Box<[f32]>,
}

/// Numbers of harmonics that have a level: 1, 2, 3, 4, 6, 8, 12, …
fn counts() -> impl Iterator<Item = usize> {
    let pairs = (1..).map(|power| 1_usize << power).flat_map(|octave| [octave, octave + octave / 2]);
    std::iter::once(1).chain(pairs).take_while(|count| *count <= MOST_HARMONICS)
}

/// At least eight values for each turn of the highest harmonic: what a curve through four of them adds lies below −70 dB of it.
fn bits(harmonics: usize) -> u32 {
    (harmonics * 8).next_power_of_two().max(512).trailing_zeros()
}

impl Wavetable {
    /// The cycles of a sound, `length` frames each; what is left of it at its end, and cycles beyond [`MOST_CYCLES`], are left out. `None` where it
    /// holds none, or `stop` is set meanwhile. Takes up to half a second and 84 kB for each cycle: not for the audio thread.
    #[must_use]
    pub fn new(sound: &[f32], length: usize, stop: &AtomicBool) -> Option<Self> {
        let cycles = (sound.len() / length.max(1)).min(MOST_CYCLES);
        if cycles == 0 || !CYCLE.contains(&length) {
            return None;
        }
        let mut planner = RealFftPlanner::<f64>::new();
        let forward = planner.plan_fft_forward(length);
        let (mut wave, mut spectrum) = (forward.make_input_vec(), forward.make_output_vec());
        let mut spectra = Vec::with_capacity(cycles);
        for cycle in sound.chunks_exact(length).take(cycles) {
            // A sample that is no number counts as silence.
            wave.iter_mut().zip(cycle).for_each(|(to, from)| *to = if from.is_finite() { f64::from(*from) } else { 0.0 });
            // Both buffers have the plan's sizes.
            let _ = forward.process(&mut wave, &mut spectrum);
            let kept: Vec<Complex<f64>> =
                spectrum.iter().skip(1).take(MOST_HARMONICS.min((length - 1) / 2)).map(|bin| bin / length as f64).collect();
            spectra.push(kept);
        }
        let (mut levels, mut data) = (Vec::new(), Vec::new());
        for harmonics in counts() {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let bits = bits(harmonics);
            let size = 1_usize << bits;
            let inverse = planner.plan_fft_inverse(size);
            let (mut bins, mut wave) = (inverse.make_input_vec(), inverse.make_output_vec());
            levels.push(Level { harmonics, bits, offset: data.len() });
            for spectrum in &spectra {
                bins.fill(Complex::default());
                bins.iter_mut().skip(1).zip(spectrum).take(harmonics).for_each(|(bin, kept)| *bin = *kept);
                let _ = inverse.process(&mut bins, &mut wave);
                let ring = wave.iter().skip(size - BEFORE).chain(&wave).chain(wave.iter().take(AFTER));
                data.extend(ring.map(|value| *value as f32));
            }
            // Richer levels would be the same.
            if spectra.iter().all(|spectrum| spectrum.len() <= harmonics) {
                break;
            }
        }
        Some(Self { cycles, levels, data: data.into_boxed_slice() })
    }

    /// How many cycles it has.
    #[must_use]
    pub const fn cycles(&self) -> usize {
        self.cycles
    }

    /// The richest level with at most so many harmonics; the poorest has one.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn level(&self, most: f64) -> usize {
        self.levels.partition_point(|level| level.harmonics as f64 <= most).saturating_sub(1)
    }

    /// The wave at a phase, `position` cycles from the first one on: between two cycles what lies between them.
    ///
    /// # Realtime safety
    /// Never allocates, never panics.
    #[inline]
    #[must_use]
    pub fn at(&self, level: usize, phase: Phase, position: f32) -> f32 {
        let Some(level) = self.levels.get(level) else { return 0.0 };
        let position = position.max(0.0).min((self.cycles - 1) as f32);
        let (cycle, between) = (position as usize, position - position.floor());
        let place = phase >> (40 - level.bits);
        let index = (place >> 24) as usize;
        let share = (place & 0xff_ffff) as i32 as f32 * (1.0 / 16_777_216.0);
        let of_cycle = |cycle: usize| {
            let begin = level.offset + cycle * level.stride() + index;
            self.data.get(begin..begin + 4).map_or(0.0, |four| curve(four, share))
        };
        let first = of_cycle(cycle);
        if between == 0.0 { first } else { first + (of_cycle(cycle + 1) - first) * between }
    }
}

/// A cubic through the two in the middle of four values, with the slopes that their neighbours give (Catmull and Rom, 1974).
#[inline]
fn curve(four: &[f32], share: f32) -> f32 {
    let [a, b, c, d] = *four else { return 0.0 };
    let half = 0.5 * share;
    b + half * ((c - a) + share * ((2.0 * a - 5.0 * b + 4.0 * c - d) + share * (3.0 * (b - c) + d - a)))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::dsp::osc::turns;

    static STOP: AtomicBool = AtomicBool::new(false);

    fn sine(length: usize, harmonic: f64) -> impl Iterator<Item = f32> {
        (0..length).map(move |frame| (TAU * harmonic * frame as f64 / length as f64).sin() as f32)
    }

    fn saw(length: usize) -> impl Iterator<Item = f32> {
        (0..length).map(move |frame| (2.0 * frame as f64 / length as f64 - 1.0) as f32)
    }

    #[test]
    fn cycles_are_read_at_their_phases_and_between_each_other() {
        for length in [600, 2048] {
            let sound: Vec<f32> = sine(length, 1.0).chain(sine(length, 3.0)).collect();
            let table = Wavetable::new(&sound, length, &STOP).unwrap();
            assert_eq!(table.cycles(), 2);
            let level = table.level(1000.0);
            for phase in [0.0, 0.1, 0.25, 0.618, 0.999] {
                let (first, second) = ((TAU * phase).sin(), (TAU * 3.0 * phase).sin());
                for position in [-1.0, 0.0, 0.25, 1.0, 7.0] {
                    let share: f64 = f64::clamp(position, 0.0, 1.0);
                    let found = f64::from(table.at(level, turns(phase), position as f32));
                    assert!((found - (first + (second - first) * share)).abs() < 1e-5, "{length} {phase} {position}: {found}");
                }
            }
        }
    }

    #[test]
    fn levels_hold_no_more_than_their_harmonics() {
        let sound: Vec<f32> = saw(2048).collect();
        let table = Wavetable::new(&sound, 2048, &STOP).unwrap();
        for (most, held) in [(0.2, 1), (1.0, 1), (5.9, 4), (11.9, 8), (12.0, 12), (900.0, 512)] {
            let level = table.level(most);
            let wave: Vec<f64> = (0..4096).map(|at| f64::from(table.at(level, turns(f64::from(at) / 4096.0), 0.0))).collect();
            let line = |bin: usize| {
                let part = |of: fn(f64) -> f64| {
                    wave.iter().enumerate().map(|(at, value)| value * of(TAU * (at * bin % 4096) as f64 / 4096.0)).sum::<f64>() / 2048.0
                };
                part(f64::cos).hypot(part(f64::sin))
            };
            assert!((line(1) - 2.0 / std::f64::consts::PI).abs() < 1e-3);
            assert!(line(held) * held as f64 > 0.6, "{most}: {held}");
            assert!(line(held + 1) < 1e-4, "{most}: {} beyond {held}", line(held + 1));
        }
    }

    #[test]
    fn what_folds_back_of_a_sawtooth_at_2_khz_is_below_80_db() {
        let sound: Vec<f32> = saw(2048).collect();
        let table = Wavetable::new(&sound, 2048, &STOP).unwrap();
        let (bins, turns_) = (48_000_usize, 2003_usize);
        let level = table.level(24_000.0 / turns_ as f64);
        let step = turns(turns_ as f64 / bins as f64);
        let mut phase = 0_u64;
        let mut signal: Vec<f64> = (0..bins)
            .map(|_| {
                let value = f64::from(table.at(level, phase, 0.0));
                phase = phase.wrapping_add(step);
                value
            })
            .collect();
        let forward = RealFftPlanner::<f64>::new().plan_fft_forward(bins);
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut signal, &mut spectrum).unwrap();
        let folded = (1..12_000).filter(|bin| bin % turns_ != 0).map(|bin| spectrum[bin].norm()).fold(0.0, f64::max);
        let db = 20.0 * (folded / spectrum[turns_].norm()).log10();
        assert!(db < -80.0, "{db} dB");
    }

    #[test]
    fn sounds_that_are_no_wavetable_give_none_and_faulty_ones_stay_numbers() {
        assert_eq!(Wavetable::new(&[], 2048, &STOP), None);
        assert_eq!(Wavetable::new(&[0.5; 2047], 2048, &STOP), None);
        assert_eq!(Wavetable::new(&[0.5; 64], 4, &STOP), None);
        assert_eq!(Wavetable::new(&[0.5; 64], 0, &STOP), None);
        assert_eq!(Wavetable::new(&[0.5; 64], 64, &AtomicBool::new(true)), None);
        assert_eq!(Wavetable::new(&[0.1; 8 * 300], 8, &STOP).unwrap().cycles(), MOST_CYCLES);
        let mut sound: Vec<f32> = saw(64).collect();
        (sound[3], sound[9]) = (f32::NAN, f32::INFINITY);
        let table = Wavetable::new(&sound, 64, &STOP).unwrap();
        for position in [f32::NAN, f32::INFINITY, -1.0] {
            assert!((0..64).all(|at| table.at(99, at << 58, position).is_finite() && table.at(3, at << 58, position).is_finite()));
        }
    }
}
