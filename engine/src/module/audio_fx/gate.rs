//! The gate.

use super::{
    KEYED, common, effect, param,
    unit::{Adapter, At, Pair},
};
use crate::{
    dsp::{
        Cell, Move,
        gate::{Gate, GateParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const OWN: [ParamSpec; 6] = [
    ParamSpec::float("threshold", -60.0, 0.0, -40.0, "dB", "Level that opens it."),
    ParamSpec::float("hysteresis", 0.0, 60.0, 6.0, "dB", "How far below the threshold it stays open."),
    ParamSpec::float("attackMs", 0.0, 1000.0, 1.0, "ms", "Time in which it opens."),
    ParamSpec::float("holdMs", 0.0, 10_000.0, 20.0, "ms", "Time for which it stays open after the last loud sound."),
    ParamSpec::float("releaseMs", 1.0, 10_000.0, 100.0, "ms", "Time in which it covers two thirds of its way down."),
    ParamSpec::float("floor", -100.0, 0.0, -100.0, "dB", "Level while it is closed; silence below -90."),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = ModuleType {
    inputs: KEYED,
    ..effect::<GateFx>("Lets pass what is loud; what comes in at `sidechain` says when, where something is connected there.", &PARAMS)
};

#[derive(Default)]
struct GateFx;

impl Adapter for GateFx {
    type Kernel = Gate;

    fn kernel(rate: f64) -> Gate {
        Gate::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> GateParams {
        let single = |way: Move<f64>| way.map(|value| value as f32);
        GateParams {
            threshold: single(moves[0]),
            hysteresis: single(moves[1]),
            attack: moves[2].to as f32 * 0.001,
            hold: moves[3].to as f32 * 0.001,
            release: moves[4].to as f32 * 0.001,
            floor: single(moves[5]),
        }
    }

    fn keyed(kernel: &mut Gate, cell: Cell, params: &GateParams, key: Pair<'_>, [left, right]: [&mut [f32]; 2]) {
        kernel.process_keyed(cell, params, (key[0], key[1]), left, right);
    }

    fn rests(kernel: &Gate) -> bool {
        kernel.open() == 0.0
    }
}
