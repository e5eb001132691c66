//! Feedback: the one place where cables lead back.

use super::{LEVEL, ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::signal::{Followed, Io, MAX_FRAMES, Node};

/// Indices in the parameter list.
pub mod param {
    /// Level of what comes back.
    pub const AMOUNT: usize = 0;
}

const PARAMS: &[ParamSpec] = &[ParamSpec::float("amount", 0.0, 1.0, 0.5, "", "Level of what comes back.")];

/// The description of feedback.
pub static TYPE: ModuleType = ModuleType {
    name: "feedback",
    doc: "Sends its audio inputs on 512 frames later, so that cables may lead back through it: connect(\"echo\", \"feedback1\") connect(\"feedback1\", \"echo\").",
    inputs: &[Port::of(PortKind::Audio)],
    outputs: &[Port::of(PortKind::Audio)],
    params: PARAMS,
    made: &[LEVEL],
    delays: true,
    build: |_| Some(Box::new(FeedbackNode::default())),
    ..PLAIN
};

/// Frames that are kept: those to come, and those of the block that is made.
const KEPT: usize = 2 * MAX_FRAMES;

/// Samples beyond this don't come back: 18 dB above full scale.
const LOUDEST: f32 = 8.0;

/// A line of [`MAX_FRAMES`] frames.
#[derive(Debug)]
struct FeedbackNode {
    line: Box<[[f32; 2]; KEPT]>,
    /// Frames taken in so far.
    taken: usize,
    /// Frames since the last one that was not silent.
    quiet: usize,
    amount: Followed,
}

impl Default for FeedbackNode {
    fn default() -> Self {
        Self { line: Box::new([[0.0; 2]; KEPT]), taken: 0, quiet: KEPT, amount: Followed::new(1) }
    }
}

impl Node for FeedbackNode {
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        let frames = io.block.frames.min(MAX_FRAMES);
        let Some(output) = io.outputs.first_mut().filter(|_| self.quiet < MAX_FRAMES) else { return };
        // What was taken in MAX_FRAMES frames before.
        for (k, (left, right)) in output.left[..frames].iter_mut().zip(&mut output.right).enumerate() {
            [*left, *right] = self.line[(self.taken + MAX_FRAMES + k) % KEPT];
        }
        output.set_silent(false);
    }

    #[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
    fn absorb(&mut self, io: &mut Io<'_>) {
        let frames = io.block.frames.min(MAX_FRAMES);
        let sounds = io.inputs(0).iter().any(|input| !input.is_silent());
        self.quiet = if sounds { 0 } else { (self.quiet + frames).min(KEPT) };
        let Self { line, taken, amount, .. } = self;
        amount.pieces(io, |io, piece, moves| {
            for k in piece.frames.clone() {
                let heard = io.inputs(0).iter().filter(|input| !input.is_silent());
                let sum = heard.fold([0.0; 2], |[left, right], input| [left + input.left[k], right + input.right[k]]);
                let amount = moves[param::AMOUNT].at(piece.share(k)) as f32;
                // A loop that grows without end stays within what sound may be.
                line[(*taken + k) % KEPT] =
                    sum.map(|sample| Some(sample * amount).filter(|back| !back.is_nan()).map_or(0.0, |back| back.clamp(-LOUDEST, LOUDEST)));
            }
        });
        self.taken = (self.taken + frames) % KEPT;
    }

    /// What leads back may do so for ever.
    fn tail(&self, fed: bool) -> u64 {
        if fed || self.quiet < MAX_FRAMES { u64::MAX } else { 0 }
    }

    fn reset(&mut self) {
        self.line.fill([0.0; 2]);
        self.quiet = KEPT;
        self.amount.reset();
    }
}
