//! The level of a module's sound, as a number.

use super::{Made, Points, Stereo};
use crate::dsp::{
    Cell,
    follower::{Follower, FollowerParams},
};

/// Follows a sound with the usual times of a follower.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The level's place among the module's numbers.
    pub index: usize,
    follower: Follower,
}

impl Level {
    /// A level at 0, at a sample rate.
    #[must_use]
    pub const fn new(index: usize, rate: f64) -> Self {
        Self { index, follower: Follower::new(rate) }
    }

    /// Goes on from where another one stands.
    pub const fn carry(&mut self, before: &Self) {
        self.follower = before.follower;
    }

    /// Hears a block; a point has the level of what lies before it.
    #[allow(clippy::cast_possible_truncation, reason = "an offset is below 32")]
    pub fn hear(&mut self, sound: &Stereo, points: Points, made: &mut [Made]) {
        let Some(made) = made.get_mut(self.index) else { return };
        for piece in points.pieces() {
            if let Some(point) = piece.point.and_then(|point| made.points.get_mut(point)) {
                *point = f64::from(self.follower.level());
            }
            let cell = Cell { frame: 0, at: piece.at as u32, len: Cell::LEN };
            self.follower.process(cell, &FollowerParams::default(), &sound.left[piece.frames.clone()], &sound.right[piece.frames]);
        }
    }
}
