//! Functions that give the same bits on every machine: additions, multiplications, divisions and square roots only, whose results
//! IEEE 754 fixes, where a system's own sine or exponential may differ in the last place.

use std::f64::consts::{LN_2, LOG2_E, TAU};

/// Sum of a power series by Horner's rule, lowest power first.
fn series<const N: usize>(x: f64, terms: &[f64; N]) -> f64 {
    terms.iter().rev().fold(0.0, |sum, term| sum * x + term)
}

/// 2 to the power of `x`, within a share of 1e-12; `x` is held between −1000 and 1000.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 23 and 2023")]
pub(super) fn exp2(x: f64) -> f64 {
    /// 1/n!
    const TERMS: [f64; 11] = [
        1.0,
        1.0,
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
    ];
    let x = x.clamp(-1000.0, 1000.0);
    let whole = (x + 0.5).floor();
    f64::from_bits(((whole as i64 + 1023) as u64) << 52) * series((x - whole) * LN_2, &TERMS)
}

/// e to the power of `x`.
#[must_use]
pub(super) fn exp(x: f64) -> f64 {
    exp2(x * LOG2_E)
}

/// Hyperbolic tangent.
#[must_use]
pub(super) fn tanh(x: f64) -> f64 {
    let doubled = exp(2.0 * x.clamp(-20.0, 20.0));
    (doubled - 1.0) / (doubled + 1.0)
}

/// Sine of an angle in turns, within 1e-11.
#[must_use]
pub(super) fn sine(turns: f64) -> f64 {
    /// ±1/(2n + 1)!
    const TERMS: [f64; 8] = [
        1.0,
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
    ];
    let turns = turns - (turns + 0.5).floor();
    // The outer quarters mirror the inner ones.
    let folded = if turns > 0.25 {
        0.5 - turns
    } else if turns < -0.25 {
        -0.5 - turns
    } else {
        turns
    };
    let x = folded * TAU;
    x * series(x * x, &TERMS)
}

/// Tangent of an angle in turns, below a quarter.
#[must_use]
pub(super) fn tangent(turns: f64) -> f64 {
    sine(turns) / sine(turns + 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_functions_are_near_the_systems_and_known_to_the_bit() {
        for i in -4000..4000 {
            let x = f64::from(i) * 0.0173;
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 1e-12, "{x}");
            assert!((sine(x) - (TAU * x).sin()).abs() < 1e-11, "{x}");
            assert!((tanh(x) - x.tanh()).abs() < 1e-11, "{x}");
        }
        assert!((tangent(0.1) - (TAU * 0.1).tan()).abs() < 1e-10);
        // The bits on any machine.
        let bits = [exp(-1.25), sine(0.123), tanh(0.4), tangent(0.07)].map(f64::to_bits);
        assert_eq!(bits, [4_598_832_831_503_423_567, 4_604_463_734_586_920_355, 4_600_516_171_937_235_671, 4_602_148_552_403_991_578]);
    }
}
