//! Musical time: exact fractions of a beat, tempo, and the frame a beat falls on.
//!
//! A *beat* is a quarter note, as the host counts. A *frame* is one moment across all channels.

pub mod map;

use serde::{Deserialize, Serialize};

/// An exact fraction, always in lowest terms with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "(i64, i64)", from = "(i64, i64)")]
pub struct Ratio {
    num: i64,
    den: i64,
}

impl From<(i64, i64)> for Ratio {
    fn from((num, den): (i64, i64)) -> Self {
        Self::new(num, den)
    }
}

impl From<Ratio> for (i64, i64) {
    fn from(ratio: Ratio) -> Self {
        (ratio.num, ratio.den)
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The smallest number that both divide; the largest there is where it does not fit.
#[must_use]
pub fn lcm(a: i64, b: i64) -> i64 {
    let common = i64::try_from(gcd(a.unsigned_abs(), b.unsigned_abs())).unwrap_or(1).max(1);
    (a / common).saturating_mul(b)
}

impl Ratio {
    /// Zero.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// One.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// The fraction `num / den`; a zero denominator counts as one.
    #[must_use]
    pub fn new(num: i64, den: i64) -> Self {
        if den == 0 {
            return Self { num, den: 1 };
        }
        let common = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1);
        let common = i64::try_from(common).unwrap_or(1);
        let sign = if den < 0 { -1 } else { 1 };
        Self { num: num / common * sign, den: (den / common).saturating_abs() }
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(num: i64) -> Self {
        Self { num, den: 1 }
    }

    /// The simplest fraction within 1e-9 of `value` whose denominator is at most 65536 (continued fractions).
    /// Not a number counts as zero.
    #[must_use]
    pub fn approximate(value: f64) -> Self {
        if !value.is_finite() || value.abs() > 1e12 {
            return Self::ZERO;
        }
        let (mut p0, mut q0, mut p1, mut q1) = (0_i64, 1_i64, 1_i64, 0_i64);
        let mut rest = value;
        loop {
            let whole = rest.floor();
            #[allow(clippy::cast_possible_truncation, reason = "bounded by 1e12 above, by the denominator below")]
            let term = whole as i64;
            let (Some(p), Some(q)) =
                (term.checked_mul(p1).and_then(|x| x.checked_add(p0)), term.checked_mul(q1).and_then(|x| x.checked_add(q0)))
            else {
                break;
            };
            if q > 65_536 {
                break;
            }
            (p0, q0, p1, q1) = (p1, q1, p, q);
            let fraction = rest - whole;
            if (to_f64(p1) / to_f64(q1) - value).abs() <= 1e-9 * value.abs().max(1.0) || fraction < 1e-12 {
                break;
            }
            rest = 1.0 / fraction;
        }
        Self::new(p1, q1)
    }

    /// Numerator, in lowest terms.
    #[must_use]
    pub const fn num(self) -> i64 {
        self.num
    }

    /// Denominator, positive.
    #[must_use]
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        to_f64(self.num) / to_f64(self.den)
    }

    fn combine(num: i128, den: i128) -> Self {
        let mut a = num.unsigned_abs();
        let mut b = den.unsigned_abs();
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let common = i128::try_from(a.max(1)).unwrap_or(1);
        match (i64::try_from(num / common), i64::try_from(den / common)) {
            (Ok(num), Ok(den)) => Self { num, den },
            // Beyond 2^63: only reachable billions of beats away; the nearest representable value keeps order.
            _ => Self { num: if num < 0 { i64::MIN + 1 } else { i64::MAX }, den: 1 },
        }
    }
}

impl std::ops::Add for Ratio {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (a, b) = (i128::from(self.num), i128::from(self.den));
        let (c, d) = (i128::from(other.num), i128::from(other.den));
        Self::combine(a * d + c * b, b * d)
    }
}

impl std::ops::Sub for Ratio {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + Self { num: -other.num, den: other.den }
    }
}

impl std::ops::Mul for Ratio {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::combine(i128::from(self.num) * i128::from(other.num), i128::from(self.den) * i128::from(other.den))
    }
}

#[allow(clippy::cast_precision_loss, reason = "positions stay far below 2^53")]
pub(crate) const fn to_f64(value: i64) -> f64 {
    value as f64
}

/// Rounds down, within what an `i64` holds. Plain x86-64 has no instruction for `floor` and calls a function instead.
#[allow(clippy::cast_possible_truncation, reason = "frames stay far below 2^53")]
pub(crate) const fn floor_to_i64(value: f64) -> i64 {
    let whole = value as i64;
    if to_f64(whole) > value { whole.saturating_sub(1) } else { whole }
}

/// A constant tempo at a sample rate: how beats and frames relate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempo {
    /// Quarter notes a minute.
    pub bpm: f64,
    /// Frames a second.
    pub rate: f64,
}

impl Tempo {
    /// Frames in one beat.
    #[must_use]
    pub fn frames_per_beat(self) -> f64 {
        60.0 * self.rate / self.bpm
    }

    /// The frame of a beat counted from beat 0: `floor(beat · 60 / bpm · rate + ½)`.
    ///
    /// All products come before the one division, so that a tie is met exactly.
    #[must_use]
    pub fn frame_of(self, beat: Ratio) -> i64 {
        floor_to_i64(to_f64(beat.num) * 60.0 * self.rate / (to_f64(beat.den) * self.bpm) + 0.5)
    }

    /// The position of a frame in beats.
    #[must_use]
    pub fn beat_of(self, frame: f64) -> f64 {
        frame * self.bpm / (60.0 * self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_reduced_and_exact() {
        assert_eq!(Ratio::new(6, -4), Ratio::new(-3, 2));
        assert_eq!(Ratio::approximate(1.0 / 3.0), Ratio::new(1, 3));
        assert_eq!(Ratio::approximate(-0.0625), Ratio::new(-1, 16));
        assert_eq!(Ratio::approximate(96.0), Ratio::whole(96));
        assert_eq!(Ratio::new(1, 3) + Ratio::new(1, 6), Ratio::new(1, 2));
    }

    #[test]
    fn a_tie_goes_up() {
        let tempo = Tempo { bpm: 120.0, rate: 44_100.0 };
        assert_eq!(tempo.frame_of(Ratio::new(1, 12)), 1838);
        assert_eq!(tempo.frame_of(Ratio::new(1, 4)), 5513);
        assert_eq!(tempo.frame_of(Ratio::new(-1, 4)), -5512);
    }
}
