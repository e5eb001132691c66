//! What modules that draw sound do on the audio thread: they put what they hear on a tape.

use std::sync::Arc;

use crate::{
    signal::{Io, Node},
    view::tape::Tape,
};

/// Most modules that have a tape; further ones draw silence.
pub const MOST: usize = 64;

/// What a listener's processor takes over: its tape.
pub type Content = Option<Arc<Tape>>;

/// Sums its inputs onto its tape.
#[derive(Debug, Default)]
pub struct Listener {
    tape: Content,
}

impl Node for Listener {
    fn process(&mut self, io: &mut Io<'_>) {
        let Some(tape) = &self.tape else { return };
        let frame = |at: usize| {
            let heard = io.inputs(0).iter().filter(|input| !input.is_silent());
            heard.fold([0.0; 2], |[left, right], input| [left + input.left[at], right + input.right[at]])
        };
        tape.write(io.block.clock, (0..io.block.frames).map(frame));
    }

    fn reset(&mut self) {}

    fn exchange(&mut self, content: &mut Box<dyn std::any::Any + Send>) {
        if let Some(content) = content.downcast_mut::<Content>() {
            std::mem::swap(&mut self.tape, content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Stereo, solo::Solo};

    #[test]
    fn what_comes_in_is_summed_and_silent_inputs_are_skipped() {
        let tape = Arc::new(Tape::new(8000.0));
        let mut node = Listener::default();
        let mut content: Box<dyn std::any::Any + Send> = Box::new(Some(Arc::clone(&tape)));
        node.exchange(&mut content);
        let sounding = |level: f32| {
            let mut stereo = Stereo::default();
            stereo.left[..4].fill(level);
            stereo.right[..4].fill(-level);
            stereo.set_silent(false);
            stereo
        };
        let mut stale = sounding(0.9);
        stale.set_silent(true);
        Solo::new(8000.0).block(&mut node, 96, 4, &[], &[], &[&sounding(0.5), &stale, &sounding(0.25)]);
        let mut heard = [[0.0; 2]; 5];
        assert!(tape.read(100, &mut heard));
        assert_eq!(heard, [[0.0; 2], [0.75, -0.75], [0.75, -0.75], [0.75, -0.75], [0.75, -0.75]]);
    }
}
