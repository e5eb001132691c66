//! The sound as shaders read it: its wave and its spectrum, as 16-bit floats.

use std::sync::{Arc, LazyLock};

use realfft::{RealFftPlanner, RealToComplex};
use videotracker_engine::view::SCOPE_POINTS;

/// Width and height of the wave: a row for each channel.
pub(super) const WAVE_SIZE: (u32, u32) = (SCOPE_POINTS as u32, 2);
/// Width and height of the spectrum.
pub(super) const SPECTRUM_SIZE: (u32, u32) = (SCOPE_POINTS as u32 / 2, 1);
/// Level that shows as 0, in decibels below full scale.
const FLOOR_DB: f32 = -80.0;

/// Both channels, left first; silence lies at 0.5.
pub(super) fn wave(points: &[[f32; 2]; SCOPE_POINTS]) -> Vec<u16> {
    let row = |channel: usize| points.iter().map(move |point| half((0.5 + 0.5 * point[channel]).clamp(0.0, 1.0)));
    row(0).chain(row(1)).collect()
}

/// The level of each frequency in the sum of both channels, lowest first: 0 at −80 dB, 1 at full scale.
#[allow(clippy::cast_precision_loss, reason = "counts of a few hundred")]
pub(super) fn spectrum(points: &[[f32; 2]; SCOPE_POINTS]) -> Vec<u16> {
    static TRANSFORM: LazyLock<Arc<dyn RealToComplex<f32>>> = LazyLock::new(|| RealFftPlanner::new().plan_fft_forward(SCOPE_POINTS));
    let mut samples: Vec<f32> = (0..SCOPE_POINTS)
        .map(|n| {
            // Hann's window.
            let turn = std::f32::consts::TAU * n as f32 / SCOPE_POINTS as f32;
            let sample = 0.5 * (points[n][0] + points[n][1]);
            if sample.is_finite() { sample * (0.5 - 0.5 * turn.cos()) } else { 0.0 }
        })
        .collect();
    let mut bins = TRANSFORM.make_output_vec();
    // It refuses only buffers of other lengths.
    let _ = TRANSFORM.process(&mut samples, &mut bins);
    // A sine of full scale has a quarter of the length as its peak.
    let full = SCOPE_POINTS as f32 / 4.0;
    let level = |n: usize| {
        let size = bins[n].norm() / full;
        half((1.0 - 20.0 * size.max(1e-9).log10() / FLOOR_DB).clamp(0.0, 1.0))
    };
    (0..SCOPE_POINTS / 2).map(level).collect()
}

/// A number from 0 to 1 as IEEE 754's half, rounded down.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = (bits >> 23) & 0xff;
    if exponent < 113 {
        // Below the smallest normal half: nothing.
        return 0;
    }
    u16::try_from(((exponent - 112) << 10) | ((bits >> 13) & 0x3ff)).unwrap_or(0x3c00)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_stands_in_its_own_bin_at_full_scale() {
        let mut points = [[0.0; 2]; SCOPE_POINTS];
        for (n, point) in points.iter_mut().enumerate() {
            *point = [(std::f32::consts::TAU * 32.0 * n as f32 / SCOPE_POINTS as f32).sin(); 2];
        }
        let levels = spectrum(&points);
        assert_eq!(levels.len(), SCOPE_POINTS / 2);
        assert!(levels[32] >= half(0.99), "{:x}", levels[32]);
        assert_eq!((levels[8], levels[100]), (0, 0));
    }

    #[test]
    fn halves_are_those_of_the_standard() {
        for (value, want) in [(0.0, 0), (1.0, 0x3c00), (0.5, 0x3800), (0.25, 0x3400), (0.75, 0x3a00)] {
            assert_eq!(half(value), want, "{value}");
        }
    }
}
