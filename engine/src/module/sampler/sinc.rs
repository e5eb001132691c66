//! Interpolation by a windowed sine: what `quality = best` reads sounds with.
//!
//! Julius O. Smith, *Digital Audio Resampling Home Page* (Stanford, 2002): the values of a low-pass around a position, from a table that is
//! read in straight lines. Where a sound is played faster, the low-pass is as much lower and longer, so that what would fold back is gone;
//! where it is played slower, what would be mirrored is. The window is Kaiser's.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "places in a table, and frames around a position"
)]

use std::sync::OnceLock;

use super::kernel::ONE;

/// Periods of the sine on each side.
const CROSSINGS: usize = 24;
/// Values of the table in half a period.
const STEPS: usize = 512;
/// Corner as a share of half the lower rate: what lies above that half is 66 dB lower, what lies a sixth below it passes.
const CORNER: f64 = 0.917;
/// Kaiser's parameter for 66 dB.
const BETA: f64 = 6.4;
/// Speed up to which the low-pass is as long as it should be.
const FASTEST: f64 = 10.0;
/// Most frames on each side of a position.
pub const MOST: usize = 263;

const _: () = assert!(MOST as f64 >= CROSSINGS as f64 * FASTEST / CORNER, "the longest low-pass fits");

/// The table: a half of the low-pass, and a value behind its end.
pub type Table = [f32; CROSSINGS * STEPS + 2];

/// Makes the table on first use, which allocates.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Box<Table>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let value = |index: usize| {
            let x = index as f64 / STEPS as f64;
            let share = x / CROSSINGS as f64;
            if share >= 1.0 {
                return 0.0;
            }
            let sine = if index == 0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
            (sine * bessel(BETA * (1.0 - share * share).sqrt()) / bessel(BETA)) as f32
        };
        let values: Vec<f32> = (0..CROSSINGS * STEPS + 2).map(value).collect();
        values.try_into().unwrap_or_else(|_| Box::new([0.0; CROSSINGS * STEPS + 2]))
    })
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

/// The low-pass for a speed.
#[derive(Clone, Copy, Debug)]
pub struct Sinc {
    table: &'static Table,
    /// Its corner over half the medium's rate.
    corner: f32,
    /// Frames on each side of a position.
    pub half: i64,
}

impl Sinc {
    /// The low-pass for a change of position for each frame.
    #[must_use]
    pub fn new(table: &'static Table, inc: i64) -> Self {
        let speed = (inc.unsigned_abs() as f64 / ONE as f64).clamp(1.0, FASTEST);
        let corner = CORNER / speed;
        Self { table, corner: corner as f32, half: ((CROSSINGS as f64 / corner).ceil() as i64).min(MOST as i64) }
    }

    /// The value at a fraction `t` behind the frame that lies `half − 1` behind the first of `taps`, which are twice `half`.
    #[must_use]
    pub fn at(&self, taps: &[[f32; 2]], t: f32) -> [f32; 2] {
        let mut sum = [0.0_f32; 2];
        let first = 1.0 - self.half as f32 - t;
        for (k, frame) in taps.iter().enumerate() {
            let x = ((first + k as f32) * self.corner).abs() * STEPS as f32;
            let index = (x as usize).min(CROSSINGS * STEPS);
            let [a, b] = [self.table[index], self.table[index + 1]];
            let share = (x - index as f32).min(1.0);
            let weight = a + (b - a) * share;
            sum[0] += frame[0] * weight;
            sum[1] += frame[1] * weight;
        }
        sum.map(|sum| sum * self.corner)
    }
}
