//! The follower: the level of a sound, for parameters to follow.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::{
    dsp::{
        Cell,
        follower::{Follower, FollowerParams},
    },
    signal::{GRID, Io, Node},
};

/// Indices in the parameter list.
pub mod param {
    /// Time of a rise.
    pub const ATTACK_MS: usize = 0;
    /// Time of a fall.
    pub const RELEASE_MS: usize = 1;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::float("attackMs", 0.0, 10_000.0, 5.0, "ms", "Time in which it covers two thirds of a rise."),
    ParamSpec::float("releaseMs", 0.0, 10_000.0, 100.0, "ms", "Time in which it covers two thirds of a fall."),
];

const MADE: &[ParamSpec] = &[ParamSpec::float("value", 0.0, 1.0, 0.0, "", "The level; 1 for full scale.")];

/// The follower's description.
pub static TYPE: ModuleType = ModuleType {
    name: "follower",
    doc: "The level of its audio input, for parameters to follow: connect(\"drums\", \"follower1\") connect(\"follower1.value\", \"glow.size\").",
    inputs: &[Port::of(PortKind::Audio)],
    params: PARAMS,
    made: MADE,
    build: |context| Some(Box::new(FollowerNode { follower: Follower::new(context.sample_rate), sum: Box::new([[0.0; GRID]; 2]) })),
    ..PLAIN
};

/// Follows the level of the sum of its inputs.
#[derive(Debug)]
struct FollowerNode {
    follower: Follower,
    sum: Box<[[f32; GRID]; 2]>,
}

impl Node for FollowerNode {
    #[allow(clippy::cast_possible_truncation, reason = "the level needs no more than single precision; an offset is below 32")]
    fn process(&mut self, io: &mut Io<'_>) {
        for piece in io.block.points.pieces() {
            if let Some(point) = piece.point {
                if let Some(made) = io.made.first_mut() {
                    made.points[point] = f64::from(self.follower.level());
                }
                io.arrive(point);
            }
            let params =
                FollowerParams { attack: io.params[param::ATTACK_MS] as f32 * 0.001, release: io.params[param::RELEASE_MS] as f32 * 0.001 };
            let frames = piece.frames.len();
            let [left, right] = &mut *self.sum;
            left[..frames].fill(0.0);
            right[..frames].fill(0.0);
            for input in io.inputs(0).iter().filter(|input| !input.is_silent()) {
                left.iter_mut().zip(&input.left[piece.frames.clone()]).for_each(|(sum, sample)| *sum += sample);
                right.iter_mut().zip(&input.right[piece.frames.clone()]).for_each(|(sum, sample)| *sum += sample);
            }
            let at = Cell { frame: 0, at: piece.at as u32, len: Cell::LEN };
            self.follower.process(at, &params, &left[..frames], &right[..frames]);
        }
    }

    fn reset(&mut self) {
        self.follower.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{MAX_FRAMES, Stereo, solo::Solo};

    #[test]
    fn it_has_the_level_of_what_it_hears_wherever_blocks_are_cut() {
        let follow = |blocks: &[usize]| {
            let mut node = FollowerNode { follower: Follower::new(48_000.0), sum: Box::new([[0.0; GRID]; 2]) };
            let (mut solo, mut clock, mut all) = (Solo::with(48_000.0, 1, 1), 0, Vec::new());
            for frames in blocks {
                let mut input = Stereo::holding([0.0; MAX_FRAMES], [0.0; MAX_FRAMES]);
                for (k, sample) in input.left[..*frames].iter_mut().enumerate() {
                    *sample = if (clock as usize + k) < 9600 { 0.5 } else { 0.0 };
                }
                solo.block(&mut node, clock, *frames, &[5.0, 100.0], &[], &[&input]);
                let points = crate::signal::Block::alone(*frames, clock, 48_000.0).points;
                all.extend((0..points.len()).map(|point| solo.made[0].points[point].to_bits()));
                clock += *frames as u64;
            }
            all
        };
        let whole = follow(&[512; 30]);
        let cut = follow(&[100, 28, 512, 1, 31, 480, 7, 201, 480, 512, 300]);
        assert_eq!(whole[..cut.len()], cut);
        let level = |point: usize| f64::from_bits(whole[point]);
        assert!((level(290) - 0.5).abs() < 1e-4, "{}", level(290));
        // 0.1 s after the sound ended, 1/e of it is left.
        assert!((level(450) - 0.5 / std::f64::consts::E).abs() < 0.005, "{}", level(450));
    }
}
