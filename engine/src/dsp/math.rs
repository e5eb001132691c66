//! Functions that the kernels share, written so that loops over them run in vector registers.

/// Whether two lists hold the same numbers, bit by bit. It does not stop at the first difference, so that the compiler compares several
/// values at once.
#[must_use]
pub fn are_same(some: &[f64], others: &[f64]) -> bool {
    let differ = some.iter().zip(others).fold(0, |all, (a, b)| all | (a.to_bits() ^ b.to_bits()));
    some.len() == others.len() && differ == 0
}

/// Returns the factor of a level in decibels; −∞ gives 0.
#[must_use]
pub fn from_db(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Returns a factor's level in decibels; 0 gives −∞.
#[must_use]
pub fn to_db(factor: f32) -> f32 {
    20.0 * factor.abs().log10()
}

/// Decibels of a doubling of the amplitude.
pub(super) const DB_PER_OCTAVE: f32 = 6.020_6;

/// Returns the binary logarithm of a positive normal number, within 2e-5; of smaller ones that of the smallest.
///
/// The exponent is read from the number's bits and the mantissa `m` in `√½ … √2` goes through the series of
/// `2·artanh((m − 1)/(m + 1))`, of which five terms are enough.
#[inline]
pub(super) fn log2(x: f32) -> f32 {
    let bits = x.max(f32::MIN_POSITIVE).to_bits() as i32;
    // The exponent that leaves the mantissa between √½ and √2.
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let mantissa = f32::from_bits((bits - (exponent << 23)) as u32);
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let series = t * (2.0 + t2 * (0.666_666_7 + t2 * (0.4 + t2 * 0.285_714_3)));
    exponent as f32 + series * std::f32::consts::LOG2_E
}

/// Returns 2 to the power of `x`, within a share of 1e-6; `x` is held between −126 and 126.
///
/// The whole part goes into the exponent's bits and the rest `r` in `−½ … ½` through the exponential series.
#[inline]
pub(super) fn exp2(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23: adding it leaves whole numbers
    let x = x.max(-126.0).min(126.0);
    let whole = (x + ROUND) - ROUND;
    let r = (x - whole) * std::f32::consts::LN_2;
    let series = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    f32::from_bits((((whole as i32) + 127) << 23) as u32) * series
}

/// Returns the level in decibels of a magnitude, at the least −758.
#[inline]
pub(super) fn fast_db(x: f32) -> f32 {
    log2(x) * DB_PER_OCTAVE
}

/// Returns the factor of a level in decibels.
#[inline]
pub(super) fn fast_factor(db: f32) -> f32 {
    exp2(db * (1.0 / DB_PER_OCTAVE))
}

/// Returns what a one-pole follower keeps of its distance to the target with each frame, so that it covers 1 − 1/e of it in
/// `seconds`.
pub(super) fn keeps(seconds: f32, rate: f32) -> f32 {
    if seconds > 0.0 { (-1.0 / (seconds * rate)).exp() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_functions_are_near_the_exact_ones() {
        for i in -2000..2000 {
            let x = i as f32 * 0.05;
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 2e-6, "{x}");
            let y = x.exp2() * 1.0371;
            assert!((log2(y) - y.log2()).abs() < 2e-5, "{y}");
        }
        assert_eq!(log2(1.0), 0.0);
        assert_eq!(exp2(0.0), 1.0);
        assert!(log2(0.0) <= -125.9 && log2(f32::NAN) <= -125.9);
    }

    #[test]
    fn decibels_and_factors_are_inverse() {
        assert_eq!(from_db(0.0), 1.0);
        assert_eq!(from_db(f32::NEG_INFINITY), 0.0);
        assert!((from_db(-20.0) - 0.1).abs() < 1e-7);
        assert!((to_db(0.5) + 6.0206).abs() < 1e-4);
    }
}
