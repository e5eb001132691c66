//! A gain that falls at an onset and comes back: how the voices of an orbit make room for a bass drum.
//!
//! Falls and returns are straight lines in decibels, as Strudel's are: down to `max(1 − √depth, 0.01)`, and back to 1. It is written here
//! because it is two lines, counted in whole frames from the onset.

use super::math::{exp2, log2};

/// Frames of the shortest fall: what would be a jump is a straight line of the gain itself, so that it does not click.
const SHORTEST: u32 = 64;
/// Lowest gain, and seconds of the shortest return.
const LOWEST: f64 = 0.01;
const LEAST_BACK: f64 = 0.002;
/// Longest fall and longest return in seconds.
const LONGEST: f64 = 16.0;

/// Falls and comes back.
#[derive(Clone, Copy, Debug)]
pub struct Duck {
    rate: f64,
    /// Frames since the last onset; none while the gain is 1.
    age: Option<u32>,
    /// The gain at the onset.
    from: f32,
    /// Binary logarithm of the lowest gain.
    low: f32,
    /// Frames of the fall, as wanted and as it is, and of the return.
    onset: f32,
    fall: u32,
    back: f32,
}

impl Duck {
    /// A gain of 1, at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, age: None, from: 1.0, low: 0.0, onset: 0.0, fall: 0, back: 1.0 }
    }

    /// Begins to fall: how far, from 0 to 1, within how many seconds, and in how many it is back from there.
    pub fn strike(&mut self, depth: f64, onset: f64, back: f64) {
        self.from = self.gain();
        self.low = log2((1.0 - depth.max(0.0).min(1.0).sqrt()).max(LOWEST) as f32);
        self.onset = (onset.max(0.0).min(LONGEST) * self.rate) as f32;
        self.fall = (self.onset as u32).max(SHORTEST);
        self.back = (back.max(LEAST_BACK).min(LONGEST) * self.rate) as f32;
        self.age = Some(0);
    }

    /// The gain at the next frame.
    #[must_use]
    pub fn gain(&self) -> f32 {
        self.age.map_or(1.0, |age| self.at(age))
    }

    /// Whether the gain is 1.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.age.is_none()
    }

    /// Multiplies frames by the gain and moves on. A frame's gain depends on its distance from the onset alone.
    pub fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        let Some(age) = self.age else { return };
        let frames = left.len().min(right.len());
        for (age, (l, r)) in (age..).zip(left.iter_mut().zip(right)) {
            let gain = self.at(age);
            *l *= gain;
            *r *= gain;
        }
        let age = age.saturating_add(frames as u32);
        self.age = Some(age).filter(|age| (*age as f32) < self.onset + self.back || *age < self.fall);
    }

    /// Lets the gain be 1 at once.
    pub const fn reset(&mut self) {
        self.age = None;
    }

    /// The gain on its way back.
    #[inline]
    fn returned(&self, age: f32) -> f32 {
        exp2(self.low * (1.0 - ((age - self.onset) / self.back).max(0.0).min(1.0)))
    }

    #[inline]
    fn at(&self, age: u32) -> f32 {
        let share = age as f32 / self.fall as f32;
        if age >= self.fall {
            self.returned(age as f32)
        } else if self.fall > SHORTEST {
            exp2(log2(self.from) * (1.0 - share) + self.low * share)
        } else {
            self.from + (self.returned(self.fall as f32) - self.from) * share
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::RATE;
    use super::*;

    /// The gain at each frame of some seconds, in calls of `cuts` frames; `strikes` are frames with what is said there.
    fn gains(strikes: &[(usize, [f64; 3])], seconds: f64, cuts: &[usize]) -> Vec<f32> {
        let (mut duck, mut gains) = (Duck::new(RATE), vec![1.0; (seconds * RATE) as usize]);
        let (mut at, mut turn) = (0, 0);
        while at < gains.len() {
            if let Some((_, [depth, onset, back])) = strikes.iter().find(|strike| strike.0 == at) {
                duck.strike(*depth, *onset, *back);
            }
            let next = strikes.iter().map(|strike| strike.0).find(|frame| *frame > at).unwrap_or(gains.len());
            let end = (at + cuts[turn % cuts.len()]).min(next).min(gains.len());
            let mut right = vec![1.0; end - at];
            duck.process(&mut gains[at..end], &mut right);
            assert_eq!(gains[at..end], right);
            (at, turn) = (end, turn + 1);
        }
        gains
    }

    #[test]
    fn it_falls_and_returns_in_straight_lines_of_decibels() {
        for (depth, onset, back) in
            [(1.0, 0.0, 0.1), (0.5, 0.0, 0.4), (0.25, 0.05, 0.2), (1.0, 0.2, 0.002), (2.0, 0.0, 0.1), (0.0, 0.0, 0.1)]
        {
            let low = (1.0 - f64::min(depth, 1.0).sqrt()).max(0.01);
            let gains = gains(&[(0, [depth, onset, back])], 1.0, &[64]);
            for (frame, gain) in gains.iter().enumerate().skip(SHORTEST as usize) {
                let secs = frame as f64 / RATE;
                let wanted = if secs < onset { low.powf(secs / onset) } else { low.powf((1.0 - (secs - onset) / back).max(0.0)) };
                assert!((f64::from(*gain) - wanted).abs() < 1e-4, "{depth} {onset} {back} at {secs}: {gain} for {wanted}");
            }
        }
    }

    #[test]
    fn no_onset_is_a_jump_and_cuts_change_nothing() {
        let strikes = [(100, [1.0, 0.0, 0.1]), (1000, [0.5, 0.0, 0.3]), (1020, [1.0, 0.01, 0.2]), (9000, [1.0, 0.0, 0.01])];
        let whole = gains(&strikes, 0.4, &[32]);
        assert!(whole.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.02), "a step of the gain is a click");
        for cuts in [&[1][..], &[7, 32, 3], &[512]] {
            assert_eq!(gains(&strikes, 0.4, cuts), whole);
        }
    }
}
