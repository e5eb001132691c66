//! The level of a sound, as a number that moves parameters.
//!
//! A one-pole follower of the louder channel's magnitude with two time constants. It is written here because it is four lines,
//! which the crates (`fundsp`) have as a node of a graph only.

use super::{Cell, keep, math::keeps};

/// What the follower needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FollowerParams {
    /// Seconds in which it covers 1 − 1/e of a rise.
    pub attack: f32,
    /// Seconds in which it covers 1 − 1/e of a fall.
    pub release: f32,
}

impl Default for FollowerParams {
    fn default() -> Self {
        Self { attack: 0.005, release: 0.1 }
    }
}

/// Follows the magnitude of a sound.
#[derive(Clone, Copy, Debug)]
pub struct Follower {
    rate: f32,
    level: f32,
}

impl Follower {
    /// A follower at a sample rate, at 0.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate: rate as f32, level: 0.0 }
    }

    /// Hears the frames of both channels and returns the level after the last of them: 1 for a steady magnitude of 1.
    pub fn process(&mut self, cell: Cell, params: &FollowerParams, left: &[f32], right: &[f32]) -> f32 {
        let (up, down) = (keeps(params.attack, self.rate), keeps(params.release, self.rate));
        for piece in cell.pieces(left.len().min(right.len())) {
            if piece.is_step {
                self.level = keep(self.level);
            }
            for (l, r) in left[piece.start..piece.end].iter().zip(&right[piece.start..piece.end]) {
                let size = keep(l.abs().max(r.abs()));
                let keeps = if size > self.level { up } else { down };
                self.level = size + (self.level - size) * keeps;
            }
        }
        self.level
    }

    /// Returns the level.
    #[must_use]
    pub const fn level(&self) -> f32 {
        self.level
    }

    /// Forgets everything heard.
    pub const fn reset(&mut self) {
        self.level = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, noise};
    use super::*;

    fn run(follower: &mut Follower, params: &FollowerParams, input: &[f32], cuts: &[usize]) -> f32 {
        let (mut frame, mut turn) = (0, 0);
        while frame < input.len() {
            let cell = Cell::holding(frame as u64);
            let len = cuts[turn % cuts.len()].min((cell.len - cell.at) as usize).min(input.len() - frame);
            follower.process(cell, params, &input[frame..frame + len], &input[frame..frame + len]);
            frame += len;
            turn += 1;
        }
        follower.level()
    }

    #[test]
    fn it_rises_and_falls_in_its_times() {
        let params = FollowerParams { attack: 0.01, release: 0.1 };
        let mut follower = Follower::new(RATE);
        let rise = run(&mut follower, &params, &[-1.0; 480], &[32]);
        assert!((rise - 0.632).abs() < 0.001, "{rise}");
        run(&mut follower, &params, &[1.0; 9600], &[32]);
        let fall = run(&mut follower, &params, &[0.0; 4800], &[32]);
        assert!((fall - 0.368).abs() < 0.001, "{fall}");
        assert_eq!(run(&mut follower, &params, &[0.0; 150_000], &[32]), 0.0);
    }

    #[test]
    fn cuts_change_nothing_and_broken_samples_do_not_stay() {
        let params = FollowerParams { attack: 0.0, release: 0.02 };
        let input = noise(1000, 4);
        let whole = run(&mut Follower::new(RATE), &params, &input, &[32]);
        assert_eq!(whole.to_bits(), run(&mut Follower::new(RATE), &params, &input, &[1, 7, 20]).to_bits());
        let broken = run(&mut Follower::new(RATE), &params, &[f32::NAN, f32::INFINITY, 0.5], &[32]);
        assert_eq!(broken, 0.5);
    }
}
