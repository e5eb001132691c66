//! A guard against runaway levels at the output.
//!
//! It is written here because the crates' limiters look ahead (`fundsp`), which would add latency, and touch what is not too
//! loud. The gain falls at once, sample by sample, so that nothing passes full scale, and comes back in an exponential.

use super::{Cell, Kernel, pair};

/// Magnitude up to which a sample passes untouched: −0.3 dBFS.
pub const THRESHOLD: f32 = 0.966_050_9;

/// What the limiter needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimiterParams {
    /// Seconds in which 1 − 1/e of the lost gain comes back.
    pub release: f32,
}

impl Default for LimiterParams {
    fn default() -> Self {
        Self { release: 0.1 }
    }
}

/// Keeps both channels within full scale.
///
/// While nothing was louder than [`THRESHOLD`], and once the gain has come back after something was, its output is its input to
/// the bit. Samples that are no numbers become zero.
#[derive(Clone, Copy, Debug)]
pub struct Limiter {
    rate: f32,
    /// What is missing from a gain of 1.
    lost: f32,
}

impl Limiter {
    /// A limiter at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate: rate as f32, lost: 0.0 }
    }

    /// Returns the gain after the last frame, for a meter.
    #[must_use]
    pub const fn gain(&self) -> f32 {
        1.0 - self.lost
    }
}

/// Returns the magnitude a peak is brought to: `x` up to the threshold, and from there a curve with the same slope that nears 1.
fn curve(peak: f32) -> f32 {
    const ROOM: f32 = 1.0 - THRESHOLD;
    let over = (peak - THRESHOLD) / ROOM;
    THRESHOLD + ROOM * (1.0 - 1.0 / (1.0 + over))
}

impl Kernel for Limiter {
    type Params = LimiterParams;

    fn process(&mut self, _cell: Cell, params: &LimiterParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        // A comparison that fails for what is no number.
        let is_calm = |samples: &[f32]| samples.iter().fold(true, |calm, x| calm & (x.abs() <= THRESHOLD));
        if self.lost == 0.0 && is_calm(left) && is_calm(right) {
            return;
        }
        let keeps = super::math::keeps(params.release, self.rate);
        for (l, r) in left.iter_mut().zip(right) {
            for x in [&mut *l, &mut *r] {
                *x = if x.is_finite() { *x } else { 0.0 };
            }
            let peak = l.abs().max(r.abs());
            self.lost *= keeps;
            if self.lost < 1e-6 {
                self.lost = 0.0;
            }
            if peak > THRESHOLD {
                self.lost = self.lost.max(1.0 - curve(peak) / peak);
            }
            if self.lost > 0.0 {
                *l = (*l * (1.0 - self.lost)).clamp(-1.0, 1.0);
                *r = (*r * (1.0 - self.lost)).clamp(-1.0, 1.0);
            }
        }
    }

    fn reset(&mut self) {
        self.lost = 0.0;
    }

    fn tail_frames(&self, _params: &LimiterParams) -> u64 {
        0
    }

    fn is_silent(&self) -> bool {
        self.lost == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, jump, noise, peak, render, sine};
    use super::*;

    fn run(limiter: &mut Limiter, input: &[f32]) -> Vec<f32> {
        render(limiter, |_| LimiterParams::default(), input, input).0
    }

    #[test]
    fn it_is_transparent_below_its_threshold() {
        assert!((super::super::to_db(THRESHOLD) + 0.3).abs() < 1e-4);
        let mut input: Vec<_> = noise(20_000, 1).iter().map(|x| x * THRESHOLD).collect();
        input[3] = THRESHOLD;
        input[5] = -0.0;
        input[7] = 1e-42;
        let output = run(&mut Limiter::new(RATE), &input);
        assert!(input.iter().zip(&output).all(|(x, y)| x.to_bits() == y.to_bits()));
    }

    #[test]
    fn nothing_passes_full_scale() {
        for scale in [1.0, 1.5, 10.0, 1e6, 1e30, f32::MAX] {
            let mut input: Vec<_> = noise(5000, 2).iter().map(|x| x * scale).collect();
            input[100] = f32::INFINITY;
            input[101] = f32::NAN;
            assert!(peak(&run(&mut Limiter::new(RATE), &input)) <= 1.0);
        }
        let output = run(&mut Limiter::new(RATE), &[f32::NAN, 0.5, f32::NEG_INFINITY]);
        assert_eq!(output, [0.0, 0.5, 0.0]);
    }

    #[test]
    fn the_gain_comes_back_smoothly_and_wholly() {
        let mut limiter = Limiter::new(RATE);
        let mut input = sine(96_000, 100.0, RATE);
        input.iter_mut().take(4800).for_each(|x| *x *= 4.0);
        input.iter_mut().skip(4800).for_each(|x| *x *= 0.5);
        let output = run(&mut limiter, &input);
        assert!(jump(&output[4800..]) < 0.01);
        assert!(limiter.gain() == 1.0 && output[90_000..] == input[90_000..]);
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(|| Limiter::new(RATE), |s, _| LimiterParams { release: s[0] * 0.5 });
    }
}
