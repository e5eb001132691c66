//! Pictures of a high dynamic range as ordinary ones: a table for ffmpeg's filter `lut3d`, which every build has.
//!
//! The transfer functions are those of ITU-R BT.2100-2 (PQ, and HLG on a display of 1000 cd/m²). White of graphics, 203 cd/m² after
//! ITU-R BT.2408, becomes white; what is brighter leans against it, by the brightest of its three parts, so that colours keep
//! their hue. BT.2020's colours become BT.709's by ITU-R BT.2087; those outside are cut off.

use std::fmt::Write as _;

/// How a picture's numbers become light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Perceptual quantizer, SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma, ARIB STD-B67.
    Hlg,
}

/// Points of the table along each side.
const POINTS: u32 = 33;
/// Light of white, in cd/m².
const WHITE: f64 = 203.0;
/// Light up to which all stays as it is, for 1 as white.
const KNEE: f64 = 0.9;

impl Tone {
    /// By ffmpeg's name of the transfer function.
    pub fn named(transfer: Option<&str>) -> Option<Self> {
        match transfer? {
            "smpte2084" => Some(Self::Pq),
            "arib-std-b67" => Some(Self::Hlg),
            _ => None,
        }
    }

    /// The table, as text ("Cube LUT Specification" 1.0).
    pub fn table(self) -> String {
        let mut text = format!("LUT_3D_SIZE {POINTS}\n");
        let at = |n: u32| f64::from(n) / f64::from(POINTS - 1);
        // Red runs first.
        for (b, g, r) in (0..POINTS).flat_map(|b| (0..POINTS).flat_map(move |g| (0..POINTS).map(move |r| (b, g, r)))) {
            let [r, g, b] = self.shown([at(r), at(g), at(b)]);
            let _ = writeln!(text, "{r:.5} {g:.5} {b:.5}");
        }
        text
    }

    /// What is shown for the numbers of a pixel, from 0 to 1.
    pub fn shown(self, numbers: [f64; 3]) -> [f64; 3] {
        let light = match self {
            Self::Pq => numbers.map(pq),
            Self::Hlg => hlg(numbers),
        };
        let [r, g, b] = light.map(|light| light / WHITE);
        let rows = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]];
        let plain = rows.map(|row| (row[0] * r + row[1] * g + row[2] * b).max(0.0));
        let most = plain.into_iter().fold(0.0, f64::max);
        let gain = if most > KNEE { (KNEE + (1.0 - KNEE) * (1.0 - ((KNEE - most) / (1.0 - KNEE)).exp())) / most } else { 1.0 };
        plain.map(|light| srgb(light * gain))
    }
}

/// Light in cd/m² of a number in PQ.
fn pq(number: f64) -> f64 {
    const M: (f64, f64) = (2610.0 / 16_384.0, 2523.0 / 4096.0 * 128.0);
    const C: (f64, f64, f64) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
    let power = number.powf(1.0 / M.1);
    10_000.0 * ((power - C.0).max(0.0) / (C.1 - C.2 * power)).powf(1.0 / M.0)
}

/// Light in cd/m² of numbers in HLG, on a display of 1000 cd/m²: its gamma is 1.2.
fn hlg(numbers: [f64; 3]) -> [f64; 3] {
    const A: f64 = 0.178_832_77;
    let (b, c) = (1.0 - 4.0 * A, 0.5 - A * (4.0 * A).ln());
    let scene = numbers.map(|n| if n <= 0.5 { n * n / 3.0 } else { (((n - c) / A).exp() + b) / 12.0 });
    let y = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    scene.map(|light| 1000.0 * y.powf(0.2) * light)
}

/// A number of sRGB for light from 0 to 1 (IEC 61966-2-1).
fn srgb(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_white_grey_is_grey_and_nothing_is_brighter() {
        // Numbers of 203 cd/m² by BT.2408, table 1: 58 % of PQ, 75 % of HLG.
        for (tone, white) in [(Tone::Pq, 0.5806), (Tone::Hlg, 0.75)] {
            let grey = |number: f64| tone.shown([number; 3]).map(|part| part * 255.0);
            let [r, g, b] = grey(white);
            assert!(r > 249.0 && (r - g).abs() < 0.5 && (g - b).abs() < 0.5, "{tone:?}: {r} {g} {b}");
            assert!(grey(0.0)[0] < 0.01 && grey(1.0)[1] <= 255.0 && grey(1.0)[1] >= r, "{tone:?}");
            let steps: Vec<f64> = (0..=100).map(|n| grey(f64::from(n) / 100.0)[1]).collect();
            assert!(steps.is_sorted(), "{tone:?}");
        }
        // A fifth of white, in light.
        let [_, grey, _] = Tone::Pq.shown([0.4195; 3]);
        assert!((grey - srgb(0.2)).abs() < 0.01, "{grey} for {}", srgb(0.2));
        assert_eq!(Tone::Pq.table().lines().count(), 33 * 33 * 33 + 1);
    }
}
