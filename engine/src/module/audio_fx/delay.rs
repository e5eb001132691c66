//! The delay.

use super::{
    common, effect, param,
    unit::{Adapter, At},
};
use crate::{
    dsp::{
        Move,
        delay::{Delay, DelayParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

/// Longest time in seconds.
const LONGEST: f64 = 16.0;

const OWN: [ParamSpec; 5] = [
    ParamSpec::float("timeMs", 0.0, LONGEST * 1000.0, 375.0, "ms", "Time of an echo, where `beats` is 0."),
    ParamSpec::float(
        "beats",
        0.0,
        32.0,
        0.0,
        "beats",
        "Quarter notes of an echo, to the whole frame, at most 16 s; 0 lets `timeMs` count.",
    ),
    ParamSpec::float("feedback", 0.0, 0.98, 0.5, "", "Level of each echo in the next one.").also(&["delayfeedback", "delayfb", "dfb"]),
    ParamSpec::float("damp", 200.0, 20_000.0, 20_000.0, "Hz", "Each echo loses what lies above on its way to the next one."),
    ParamSpec::float("pingPong", 0.0, 1.0, 0.0, "", "From echoes that stay on their side, 0, to echoes that change it, 1."),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(0.35), &OWN);

pub(super) static TYPE: ModuleType = effect::<DelayFx>("Echoes, in milliseconds or in beats.", &PARAMS);

#[derive(Default)]
pub(super) struct DelayFx {
    /// Frames of a quarter note at the end of the last cell.
    beat: Option<f64>,
    /// The time at the end of the last cell, and over this one.
    now: Option<f64>,
    way: Move<f64>,
}

impl DelayFx {
    /// The time over a cell in frames: a whole number where it stands.
    fn time(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> Move<f64> {
        if at.begins || self.now.is_none() {
            let beat = at.beat_frames();
            let frames = |ms: f64, beats: f64, beat: f64| if beats > 0.0 { beats * beat } else { ms * 0.001 * at.block.rate };
            let from = frames(moves[0].from, moves[1].from, self.beat.unwrap_or(beat));
            let to = frames(moves[0].to, moves[1].to, beat);
            let stands = from.to_bits() == to.to_bits();
            let to = (if stands { to.round() } else { to }).clamp(1.0, LONGEST * at.block.rate);
            self.way = Move { from: self.now.unwrap_or(to), to };
            (self.beat, self.now) = (Some(beat), Some(to));
        }
        self.way
    }
}

impl Adapter for DelayFx {
    type Kernel = Delay;

    fn kernel(rate: f64) -> Delay {
        Delay::new(rate, LONGEST)
    }

    fn params(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> DelayParams {
        let time = self.time(at, moves);
        // At its end the low-pass lets everything pass, so that echoes are exact.
        let damp = |hertz: f64| if hertz >= OWN[3].max { f32::MAX } else { hertz as f32 };
        DelayParams {
            time,
            feedback: moves[2].map(|share| share as f32),
            damp: moves[3].map(damp),
            ping_pong: moves[4].map(|share| share as f32),
        }
    }
}
