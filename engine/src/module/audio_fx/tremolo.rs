//! The tremolo, which pans where the channels swing apart.

use super::{
    common, effect, param, swing,
    unit::{Adapter, At},
};
use crate::{
    dsp::{
        Move,
        tremolo::{Tremolo, TremoloParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const LEVELS: [ParamSpec; 2] = [
    ParamSpec::float("depth", 0.0, 1.0, 1.0, "", "How far the level falls.").also(&["tremolodepth", "tremdepth"]),
    ParamSpec::float("spread", 0.0, 0.5, 0.0, "cycles", "How far the right channel is ahead; 0.5 swings from side to side."),
];
const OWN: [ParamSpec; swing::COUNT + LEVELS.len()] = joined(&swing::params(4.0, &["tremolo", "trem"]), &LEVELS);
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<TremoloFx>("A level that swings.", &PARAMS);

#[derive(Default)]
struct TremoloFx;

impl Adapter for TremoloFx {
    type Kernel = Tremolo;

    fn kernel(rate: f64) -> Tremolo {
        Tremolo::new(rate)
    }

    fn params(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> TremoloParams {
        let (phase, wave) = swing::swing(at, moves);
        let own = &moves[swing::COUNT..];
        TremoloParams { phase, wave, seed: 0, depth: own[0].map(|share| share as f32), spread: own[1].map(|share| share as f32) }
    }
}
