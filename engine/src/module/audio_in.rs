//! The audio input: the host's side-chain as a sound in the graph.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::signal::{Io, MAX_FRAMES, Node, ramp::Ramp};

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Level.
    pub const VOLUME: usize = 1;
}

const PARAMS: &[ParamSpec] =
    &[ParamSpec::toggle("enabled", true, "Off: silent."), ParamSpec::float("volume", 0.0, 1.0, 1.0, "", "Level of what comes in.")];

/// The audio input's description.
pub static TYPE: ModuleType = ModuleType {
    name: "audioIn",
    aliases: &["audioInput"],
    doc: "What the host sends to the plugin's side-chain input; silence where there is none. \
          For example audioIn(\"kick\") follower(\"level\") connect(\"kick\", \"level\").",
    outputs: &[Port::of(PortKind::Audio)],
    params: PARAMS,
    made: &[super::LEVEL],
    build: |_| Some(Box::new(InNode { level: None })),
    ..PLAIN
};

/// Hands the side-chain on at its level.
#[derive(Debug)]
struct InNode {
    /// The level; `None` before the first block.
    level: Option<Ramp>,
}

impl Node for InNode {
    #[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        for piece in io.pieces() {
            if let Some(point) = piece.point {
                io.arrive(point);
            }
            let clock = io.block.clock + piece.frames.start as u64;
            let target = if io.params[param::ENABLED] < 0.5 { 0.0 } else { io.params[param::VOLUME] as f32 };
            let level = self.level.get_or_insert(Ramp::still([target; 2]));
            level.head_for([target; 2], clock);
            let Some(output) = io.outputs.first_mut().filter(|_| !io.side_chain.is_silent() && !level.is_zero(clock)) else { continue };
            for k in piece.frames.start..piece.frames.end.min(MAX_FRAMES) {
                let [left, right] = level.value(io.block.clock + k as u64);
                (output.left[k], output.right[k]) = (io.side_chain.left[k] * left, io.side_chain.right[k] * right);
            }
            output.set_silent(false);
        }
    }

    fn reset(&mut self) {
        self.level = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::solo::Solo;

    /// What comes out of blocks of these lengths while a ramp comes in, and the level changes at frame 100.
    fn heard(cuts: &[usize], silent: bool) -> Vec<[f32; 2]> {
        let (mut node, mut solo, mut clock, mut all) = (InNode { level: None }, Solo::new(48_000.0), 0, Vec::new());
        for frames in cuts {
            solo.side_chain.set_silent(silent);
            for k in 0..*frames {
                let sample = (clock + k as u64) as f32 / 1000.0;
                (solo.side_chain.left[k], solo.side_chain.right[k]) = (sample, -sample);
            }
            let params = [1.0, if clock < 100 { 1.0 } else { 0.25 }];
            let output = solo.block(&mut node, clock, *frames, &params, &[], &[]);
            assert_eq!(output.is_silent(), silent);
            all.extend((0..*frames).map(|k| [output.left[k], output.right[k]]));
            clock += *frames as u64;
        }
        all
    }

    #[test]
    fn the_side_chain_comes_in_at_its_level_wherever_blocks_are_cut() {
        let whole = heard(&[100, 300], false);
        assert_eq!(whole, heard(&[1; 400], false));
        assert_eq!(whole, heard(&[40, 60, 33, 200, 67], false));
        assert_eq!((whole[50], whole[300]), ([0.05, -0.05], [0.075, -0.075]));
    }

    #[test]
    fn without_a_side_chain_it_is_silent() {
        assert!(heard(&[100, 100], true).iter().all(|frame| *frame == [0.0; 2]));
    }
}
