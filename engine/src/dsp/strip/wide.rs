//! Filters over eight lanes at once, in the registers that the processor has.
//!
//! Both ways do the same operations in the same order on each lane: nothing is contracted to fused operations, so that their results
//! are equal to the bit.

use super::{
    filter::{Bank, Pass},
    lanes::{Lanes, MOST, Rows},
};

/// The widest registers that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What every processor of its kind has: four lanes on x86-64.
    Usual,
    /// AVX2: eight lanes.
    Avx2,
}

impl Width {
    /// The widest that this processor has.
    #[must_use]
    pub fn here() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        Self::Usual
    }
}

/// Sends the first frames of all lanes through banks of filters, one after the other.
pub(super) fn filter(width: Width, banks: &mut [Bank], passes: &[Pass], rows: &mut Rows, count: usize) {
    match width {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the call of code for a processor that is known to be this one")]
        // SAFETY: only `Width::here` gives this width, where the processor has AVX2.
        Width::Avx2 => unsafe { avx2(banks, passes, rows, count) },
        _ => through(banks, passes, rows, count),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(banks: &mut [Bank], passes: &[Pass], rows: &mut Rows, count: usize) {
    through(banks, passes, rows, count);
}

#[inline(always)]
fn through(banks: &mut [Bank], passes: &[Pass], rows: &mut Rows, count: usize) {
    let mut frames = [Lanes::default(); MOST];
    rows.frames(&mut frames);
    for (bank, pass) in banks.iter_mut().zip(passes) {
        if bank.used.any() {
            bank.process(*pass, &mut frames[..count.min(MOST)]);
        }
    }
    rows.take(&frames);
}
