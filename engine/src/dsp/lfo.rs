//! Waves of low-frequency oscillators, as functions of a phase.

use std::f64::consts::TAU;

/// Form of a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wave {
    /// From 0 up to 1, down to −1 and back to 0.
    #[default]
    Sine,
    /// The same in straight lines.
    Triangle,
    /// From −1 up to 1, and back at once.
    Saw,
    /// 1 for the first half of a cycle, −1 for the second.
    Square,
    /// A random number for each cycle.
    Random,
    /// A random number at the beginning of each cycle, and a smooth way to the next one.
    Smooth,
}

impl Wave {
    /// All waves, in the order of their declaration.
    pub const ALL: [Self; 6] = [Self::Sine, Self::Triangle, Self::Saw, Self::Square, Self::Random, Self::Smooth];
}

/// Returns a wave's value between −1 and 1 at a phase in cycles.
///
/// The value depends on nothing else: the whole part of the phase is the cycle's number, which the random waves turn, with the
/// seed, into their numbers. Phases before 0 continue the waves backwards; what is no number counts as 0.
#[must_use]
pub fn lfo(wave: Wave, phase: f64, seed: u32) -> f32 {
    let phase = if phase.is_finite() { phase } else { 0.0 };
    let cycle = phase.floor();
    let part = phase - cycle;
    let value = match wave {
        Wave::Sine => (TAU * part).sin(),
        Wave::Triangle => 1.0 - 4.0 * ((part + 0.25).fract() - 0.5).abs(),
        Wave::Saw => 2.0 * part - 1.0,
        Wave::Square if part < 0.5 => 1.0,
        Wave::Square => -1.0,
        Wave::Random => random(cycle, seed),
        Wave::Smooth => {
            let (from, to) = (random(cycle, seed), random(cycle + 1.0, seed));
            from + (to - from) * part * part * (3.0 - 2.0 * part)
        }
    };
    value as f32
}

/// Returns the value between 0 and 1 that stands for one between −1 and 1.
#[must_use]
pub fn unipolar(value: f32) -> f32 {
    0.5 + 0.5 * value
}

/// Returns a cycle's random number from −1 up to 1: the finaliser of SplitMix64 (Steele, Lea and Flood, *Fast Splittable
/// Pseudorandom Number Generators*, 2014) of the cycle's number and the seed.
fn random(cycle: f64, seed: u32) -> f64 {
    let mut bits = (cycle as i64 as u64).wrapping_add(u64::from(seed) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_have_their_values_at_the_quarters() {
        let quarters = |wave| [0.0, 0.25, 0.5, 0.75].map(|part| lfo(wave, 7.0 + part, 0));
        assert!(quarters(Wave::Sine).iter().zip([0.0, 1.0, 0.0, -1.0]).all(|(x, y)| (x - y).abs() < 1e-6));
        assert_eq!(quarters(Wave::Triangle), [0.0, 1.0, 0.0, -1.0]);
        assert_eq!(quarters(Wave::Saw), [-1.0, -0.5, 0.0, 0.5]);
        assert_eq!(quarters(Wave::Square), [1.0, 1.0, -1.0, -1.0]);
        let random = quarters(Wave::Random);
        assert!(random.iter().all(|x| *x == random[0]));
        assert_eq!(unipolar(-1.0), 0.0);
    }

    #[test]
    fn a_wave_depends_on_the_phase_alone() {
        for wave in Wave::ALL {
            let there = lfo(wave, 123_456.78, 5);
            let _ = lfo(wave, 3.0, 5);
            assert_eq!(lfo(wave, 123_456.78, 5), there);
            assert!(lfo(wave, -2.25, 1).abs() <= 1.0 && lfo(wave, f64::NAN, 1).is_finite() && lfo(wave, 1e18, 1).is_finite());
        }
        assert_eq!(lfo(Wave::Saw, -0.25, 0), 0.5);
    }

    #[test]
    fn random_waves_fill_their_range_and_differ_with_the_seed() {
        let values: Vec<f32> = (0..10_000).map(|cycle| lfo(Wave::Random, f64::from(cycle), 3)).collect();
        let mean = values.iter().sum::<f32>() / 10_000.0;
        let square = values.iter().map(|x| x * x).sum::<f32>() / 10_000.0;
        assert!(mean.abs() < 0.02 && (square - 1.0 / 3.0).abs() < 0.01, "{mean}, {square}");
        assert!(values.iter().enumerate().all(|(cycle, x)| lfo(Wave::Random, cycle as f64, 4) != *x));
        let neighbours = values.windows(2).map(|w| w[0] * w[1]).sum::<f32>() / 10_000.0;
        assert!(neighbours.abs() < 0.02);
    }

    #[test]
    fn the_smooth_wave_passes_through_the_random_ones_numbers() {
        for cycle in 0..100 {
            let cycle = f64::from(cycle);
            assert_eq!(lfo(Wave::Smooth, cycle, 9), lfo(Wave::Random, cycle, 9));
            let near = lfo(Wave::Smooth, cycle + 1.0 - 1e-6, 9);
            assert!((near - lfo(Wave::Random, cycle + 1.0, 9)).abs() < 1e-4);
        }
    }
}
