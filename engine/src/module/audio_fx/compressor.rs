//! The compressor.

use super::{
    KEYED, common, effect, param,
    unit::{Adapter, At, Pair},
};
use crate::{
    dsp::{
        Cell, Move,
        compressor::{Compressor, CompressorParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const OWN: [ParamSpec; 7] = [
    ParamSpec::float("threshold", -60.0, 0.0, -18.0, "dB", "Level above which it lowers."),
    ParamSpec::float("ratio", 1.0, 100.0, 10.0, "", "Decibels above the threshold that become one.").also(&["compressorRatio"]),
    ParamSpec::float("knee", 0.0, 40.0, 10.0, "dB", "Width of the bend at the threshold.").also(&["compressorKnee"]),
    ParamSpec::float("attackMs", 0.0, 1000.0, 5.0, "ms", "Time in which it covers two thirds of its way down."),
    ParamSpec::float("releaseMs", 1.0, 10_000.0, 50.0, "ms", "Time in which it covers two thirds of its way up."),
    ParamSpec::float("makeup", -60.0, 24.0, 0.0, "dB", "Level afterwards."),
    ParamSpec::float("link", 0.0, 1.0, 1.0, "", "From channels that are lowered by themselves, 0, to both alike, 1."),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = ModuleType {
    inputs: KEYED,
    ..effect::<CompressorFx>("Lowers what is loud; what comes in at `sidechain` says when, where something is connected there.", &PARAMS)
};

#[derive(Default)]
struct CompressorFx;

impl Adapter for CompressorFx {
    type Kernel = Compressor;

    fn kernel(rate: f64) -> Compressor {
        Compressor::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> CompressorParams {
        let single = |way: Move<f64>| way.map(|value| value as f32);
        CompressorParams {
            threshold: single(moves[0]),
            ratio: single(moves[1]),
            knee: single(moves[2]),
            attack: moves[3].to as f32 * 0.001,
            release: moves[4].to as f32 * 0.001,
            makeup: single(moves[5]),
            link: single(moves[6]),
        }
    }

    fn keyed(kernel: &mut Compressor, cell: Cell, params: &CompressorParams, key: Pair<'_>, [left, right]: [&mut [f32]; 2]) {
        kernel.process_keyed(cell, params, (key[0], key[1]), left, right);
    }

    fn rests(kernel: &Compressor) -> bool {
        kernel.lowered() == [0.0; 2]
    }
}
