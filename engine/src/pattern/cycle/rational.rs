//! Exact time: a cycle position as a fraction of two 64-bit integers.
//!
//! A sum or product that no longer fits is a [`Fault::Overflow`], never a wrong time.
//! Fractions need not be in lowest terms: comparing is exact either way, and a table of
//! events that shares one denominator is read without a single division.

use crate::pattern::cycle::fault::Fault;
use std::cmp::Ordering;
use std::fmt;

/// A fraction of two integers with a positive denominator; equality compares the quantity.
#[derive(Clone, Copy, Debug)]
pub struct Rational {
    num: i64,
    den: i64,
}

fn gcd(a: u128, b: u128) -> u128 {
    if let (Ok(mut a), Ok(mut b)) = (u64::try_from(a), u64::try_from(b)) {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        return u128::from(a);
    }
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[allow(clippy::should_implement_trait, reason = "these report overflow, which the operators can't")]
impl Rational {
    /// Zero.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// One cycle.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// Makes `num/den` in lowest terms; `None` where `den` is zero or the sign can't be moved.
    #[must_use]
    pub fn new(num: i64, den: i64) -> Option<Self> {
        if den == 0 {
            return None;
        }
        Self::reduce(i128::from(num), i128::from(den)).ok()
    }

    /// Makes a whole number.
    #[must_use]
    pub const fn int(n: i64) -> Self {
        Self { num: n, den: 1 }
    }

    /// Makes `num/den` without reducing it; `den` must be positive.
    pub(crate) const fn raw(num: i64, den: i64) -> Self {
        debug_assert!(den > 0);
        Self { num, den }
    }

    /// `num/den` with positive `den`, left as it is where there is room for more.
    #[inline]
    fn short(num: i64, den: i64) -> Self {
        if den <= 1 << 32 { Self { num, den } } else { Self::reduce_short(num, den) }
    }

    #[inline(never)]
    fn reduce_short(num: i64, den: i64) -> Self {
        let (mut a, mut b) = (den.unsigned_abs(), num.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        match i64::try_from(a) {
            Ok(g) if g > 1 => Self { num: num / g, den: den / g },
            _ => Self { num, den },
        }
    }

    #[inline(never)]
    fn reduce(num: i128, den: i128) -> Result<Self, Fault> {
        if let (Ok(n), Ok(d)) = (i64::try_from(num), i64::try_from(den))
            && d > 0
        {
            return Ok(Self::reduce_short(n, d));
        }
        if den == 0 {
            return Err(Fault::DivisionByZero);
        }
        let g = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1);
        let g = i128::try_from(g).map_err(|_| Fault::Overflow)?;
        let sign = if den < 0 { -1 } else { 1 };
        let num = i64::try_from(num / g * sign).map_err(|_| Fault::Overflow)?;
        let den = i64::try_from(den / g * sign).map_err(|_| Fault::Overflow)?;
        Ok(Self { num, den })
    }

    /// The numerator, of this representation.
    #[must_use]
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator, of this representation; always positive.
    #[must_use]
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The same quantity in lowest terms.
    #[must_use]
    pub fn reduced(self) -> Self {
        if self.den == 1 || self.num == 1 {
            return self;
        }
        Self::reduce(i128::from(self.num), i128::from(self.den)).unwrap_or(self)
    }

    /// Adds.
    ///
    /// # Errors
    /// [`Fault::Overflow`] where the sum doesn't fit.
    #[inline]
    pub fn add(self, o: Self) -> Result<Self, Fault> {
        if self.den == o.den {
            if let Some(num) = self.num.checked_add(o.num) {
                return Ok(Self { num, den: self.den });
            }
        } else if o.den == 1 {
            if let Some(num) = o.num.checked_mul(self.den).and_then(|n| n.checked_add(self.num)) {
                return Ok(Self { num, den: self.den });
            }
        } else if self.den == 1
            && let Some(num) = self.num.checked_mul(o.den).and_then(|n| n.checked_add(o.num))
        {
            return Ok(Self { num, den: o.den });
        }
        if let (Some(ad), Some(cb), Some(bd)) = (self.num.checked_mul(o.den), o.num.checked_mul(self.den), self.den.checked_mul(o.den))
            && let Some(num) = ad.checked_add(cb)
        {
            return Ok(Self::short(num, bd));
        }
        let (a, b) = (i128::from(self.num), i128::from(self.den));
        let (c, d) = (i128::from(o.num), i128::from(o.den));
        let ad = a.checked_mul(d).ok_or(Fault::Overflow)?;
        let cb = c.checked_mul(b).ok_or(Fault::Overflow)?;
        Self::reduce(ad.checked_add(cb).ok_or(Fault::Overflow)?, b * d)
    }

    /// Subtracts.
    ///
    /// # Errors
    /// [`Fault::Overflow`] where the difference doesn't fit.
    #[inline]
    pub fn sub(self, o: Self) -> Result<Self, Fault> {
        self.add(o.neg()?)
    }

    /// Negates.
    ///
    /// # Errors
    /// [`Fault::Overflow`] for the most negative numerator.
    #[inline]
    pub fn neg(self) -> Result<Self, Fault> {
        Ok(Self { num: self.num.checked_neg().ok_or(Fault::Overflow)?, den: self.den })
    }

    /// Multiplies.
    ///
    /// # Errors
    /// [`Fault::Overflow`] where the product doesn't fit.
    #[inline]
    pub fn mul(self, o: Self) -> Result<Self, Fault> {
        if o.den == 1 && o.num == 1 {
            return Ok(self);
        }
        if let (Some(num), Some(den)) = (self.num.checked_mul(o.num), self.den.checked_mul(o.den)) {
            return Ok(Self::short(num, den));
        }
        Self::reduce(i128::from(self.num) * i128::from(o.num), i128::from(self.den) * i128::from(o.den))
    }

    /// Divides.
    ///
    /// # Errors
    /// [`Fault::DivisionByZero`], or [`Fault::Overflow`] where the quotient doesn't fit.
    #[inline]
    pub fn div(self, o: Self) -> Result<Self, Fault> {
        if o.den == 1 && o.num == 1 {
            return Ok(self);
        }
        if let (Some(num), Some(den)) = (self.num.checked_mul(o.den), self.den.checked_mul(o.num))
            && den > 0
        {
            return Ok(Self::short(num, den));
        }
        Self::reduce(i128::from(self.num) * i128::from(o.den), i128::from(self.den) * i128::from(o.num))
    }

    /// The largest whole number not above this: the cycle it lies in.
    #[inline]
    #[must_use]
    pub const fn floor(self) -> i64 {
        if self.den == 1 { self.num } else { self.num.div_euclid(self.den) }
    }

    /// The largest whole number not above it, as a float.
    #[must_use]
    pub(crate) fn floor_f64(self) -> f64 {
        Self::int(self.floor()).to_f64()
    }

    /// The start of the cycle this lies in.
    #[inline]
    #[must_use]
    pub const fn sam(self) -> Self {
        Self::int(self.floor())
    }

    /// The start of the next cycle.
    ///
    /// # Errors
    /// [`Fault::Overflow`] at the end of time.
    #[inline]
    pub fn next_sam(self) -> Result<Self, Fault> {
        Ok(Self::int(self.floor().checked_add(1).ok_or(Fault::Overflow)?))
    }

    /// The position within its cycle, from 0 to below 1.
    #[inline]
    #[must_use]
    pub const fn cycle_pos(self) -> Self {
        Self { num: self.num.rem_euclid(self.den), den: self.den }
    }

    /// The smaller of two.
    #[inline]
    #[must_use]
    pub fn min(self, o: Self) -> Self {
        if o < self { o } else { self }
    }

    /// The larger of two.
    #[inline]
    #[must_use]
    pub fn max(self, o: Self) -> Self {
        if o > self { o } else { self }
    }

    /// Whether this is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Whether this is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.num > 0
    }

    /// The nearest floating-point number.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "numerators are far below 2^53 in music")]
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// `self + o` as a floating-point number, the nearest one where the terms stay below 2^53.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "both terms are checked to be exact")]
    pub fn add_to_f64(self, o: Self) -> Option<f64> {
        let num = self.num.checked_mul(o.den)?.checked_add(o.num.checked_mul(self.den)?)?;
        let den = self.den.checked_mul(o.den)?;
        (num.unsigned_abs() < 1 << 53 && den < 1 << 53).then(|| num as f64 / den as f64)
    }

    /// The least common multiple of two positive fractions.
    ///
    /// # Errors
    /// [`Fault::Overflow`] where it doesn't fit.
    pub fn lcm(self, o: Self) -> Result<Self, Fault> {
        let (a, b) = (self.reduced(), o.reduced());
        if a.num == 0 || b.num == 0 {
            return Ok(Self::ZERO);
        }
        let (an, bn) = (i128::from(a.num).abs(), i128::from(b.num).abs());
        let g = i128::try_from(gcd(an.unsigned_abs(), bn.unsigned_abs())).map_err(|_| Fault::Overflow)?;
        let (ad, bd) = (a.den.unsigned_abs(), b.den.unsigned_abs());
        let d = i128::try_from(gcd(u128::from(ad), u128::from(bd))).map_err(|_| Fault::Overflow)?;
        Self::reduce((an / g).checked_mul(bn).ok_or(Fault::Overflow)?, d)
    }

    /// The small fraction nearest to a number: the first one met on the way down the
    /// Stern-Brocot tree whose floating-point quotient is the number, with terms up to
    /// 10 million. So 1/3 is exact, and 0.1 is 1/10.
    ///
    /// # Errors
    /// [`Fault::Overflow`] for numbers too large, infinite, or not a number.
    pub fn from_f64(x: f64) -> Result<Self, Fault> {
        if !x.is_finite() || x.abs() > 9.0e15 {
            return Err(Fault::Overflow);
        }
        let whole = Self::int(trunc_i64(x));
        #[allow(clippy::float_cmp, reason = "whole numbers are exact")]
        if whole.to_f64() == x {
            return Ok(whole);
        }
        let sign = if x < 0.0 { -1 } else { 1 };
        let mut p = x.abs();
        let mut scale = 1.0_f64;
        if p >= 1.0 {
            scale = 10_f64.powi(trunc_i32((1.0 + p.log10()).floor()));
            p /= scale;
        }
        let (n, d) = stern_brocot(p);
        let num = i128::from(n) * i128::from(trunc_i64(scale)) * sign;
        Self::reduce(num, i128::from(d))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the caller checked the range")]
fn trunc_i64(x: f64) -> i64 {
    x as i64
}

#[allow(clippy::cast_possible_truncation, reason = "a decimal exponent")]
fn trunc_i32(x: f64) -> i32 {
    x as i32
}

#[allow(clippy::cast_precision_loss, reason = "terms stay near 10 million")]
fn quotient(a: i64, b: i64) -> f64 {
    a as f64 / b as f64
}

/// Walks the Stern-Brocot tree towards `p` in (0, 1) in runs rather than single steps.
fn stern_brocot(p: f64) -> (i64, i64) {
    const LIMIT: i64 = 10_000_000;
    let (mut a, mut b, mut c, mut d) = (0_i64, 1_i64, 1_i64, 1_i64);
    while b <= LIMIT && d <= LIMIT {
        let mid = quotient(a + c, b + d);
        #[allow(clippy::float_cmp, reason = "the walk ends on the very quotient")]
        if mid == p {
            return if b + d <= LIMIT {
                (a + c, b + d)
            } else if d > b {
                (c, d)
            } else {
                (a, b)
            };
        }
        let right = p > mid;
        // How many steps in this direction stay short of `p`: double, then halve.
        let short = |k: i64| {
            if right {
                d * k + b <= LIMIT * 2 && quotient(a + k * c, b + k * d) < p
            } else {
                b * k + d <= LIMIT * 2 && quotient(c + k * a, d + k * b) > p
            }
        };
        let mut k = 1;
        while k < LIMIT && short(k * 2) {
            k *= 2;
        }
        let mut step = k;
        while step > 0 {
            if short(k + step) {
                k += step;
            }
            step /= 2;
        }
        // A run never passes the limit by more than one step.
        let over = if right { (LIMIT - b) / d + 1 } else { (LIMIT - d) / b + 1 };
        let k = k.min(over.max(1));
        if right {
            a += k * c;
            b += k * d;
        } else {
            c += k * a;
            d += k * b;
        }
    }
    if b > LIMIT { (c, d) } else { (a, b) }
}

impl PartialEq for Rational {
    #[inline]
    fn eq(&self, o: &Self) -> bool {
        self.cmp(o) == Ordering::Equal
    }
}

impl Eq for Rational {}

impl PartialOrd for Rational {
    #[inline]
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl Ord for Rational {
    #[inline]
    fn cmp(&self, o: &Self) -> Ordering {
        if self.den == o.den {
            return self.num.cmp(&o.num);
        }
        if let (Some(a), Some(b)) = (self.num.checked_mul(o.den), o.num.checked_mul(self.den)) {
            return a.cmp(&b);
        }
        (i128::from(self.num) * i128::from(o.den)).cmp(&(i128::from(o.num) * i128::from(self.den)))
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let r = self.reduced();
        if r.den == 1 { write!(f, "{}", r.num) } else { write!(f, "{}/{}", r.num, r.den) }
    }
}

/// A half-open stretch of time, `begin` to `end`, in cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it starts.
    pub begin: Rational,
    /// Where it ends, itself outside.
    pub end: Rational,
}

impl Span {
    /// Makes the span from `begin` to `end`.
    #[inline]
    #[must_use]
    pub const fn new(begin: Rational, end: Rational) -> Self {
        Self { begin, end }
    }

    /// The whole of cycle `c`.
    #[must_use]
    pub const fn cycle(c: i64) -> Self {
        Self { begin: Rational::int(c), end: Rational::int(c.saturating_add(1)) }
    }

    /// What both spans cover. A point counts, except at the end of a span that has length.
    #[inline]
    #[must_use]
    pub fn sect(self, o: Self) -> Option<Self> {
        let begin = self.begin.max(o.begin);
        let end = self.end.min(o.end);
        match begin.cmp(&end) {
            Ordering::Less => Some(Self { begin, end }),
            Ordering::Greater => None,
            Ordering::Equal => {
                let at_end = |s: Self| begin == s.end && s.begin < s.end;
                if at_end(self) || at_end(o) { None } else { Some(Self { begin, end }) }
            }
        }
    }

    /// How long it lasts, in cycles.
    ///
    /// # Errors
    /// [`Fault::Overflow`] where the difference doesn't fit.
    pub fn duration(self) -> Result<Rational, Fault> {
        self.end.sub(self.begin)
    }

    /// Applies `f` to both ends.
    ///
    /// # Errors
    /// Whatever `f` reports.
    #[inline]
    pub fn map(self, mut f: impl FnMut(Rational) -> Result<Rational, Fault>) -> Result<Self, Fault> {
        Ok(Self { begin: f(self.begin)?, end: f(self.end)? })
    }

    /// Calls `f` with each piece that lies within one cycle; a point is one piece.
    ///
    /// # Errors
    /// Whatever `f` reports.
    #[inline]
    pub fn cycles(self, mut f: impl FnMut(Self) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.begin == self.end {
            return f(self);
        }
        let mut begin = self.begin;
        while begin < self.end {
            let end = begin.next_sam()?.min(self.end);
            f(Self { begin, end })?;
            begin = end;
        }
        Ok(())
    }
}
