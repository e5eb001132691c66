//! The phaser.

use super::{
    common, effect, param, swing,
    unit::{Adapter, At},
    whole,
};
use crate::{
    dsp::{
        Move,
        phaser::{Phaser, PhaserParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const NOTCHES: [ParamSpec; 5] = [
    ParamSpec::float("center", 10.0, 20_000.0, 1000.0, "Hz", "Middle of the swinging.").also(&["phasercenter", "phc"]),
    ParamSpec::float("sweep", 0.0, 7200.0, 2000.0, "cents", "How far it swings to each side.").also(&["phasersweep", "phs"]),
    ParamSpec::float("feedback", -0.95, 0.95, 0.3, "", "Share of the last stage that comes back."),
    ParamSpec::float("spread", 0.0, 0.5, 0.0, "cycles", "How far the right channel is ahead."),
    ParamSpec::integer("stages", 2.0, 12.0, 6.0, "Stages, an even number: each pair makes a notch."),
];
const OWN: [ParamSpec; swing::COUNT + NOTCHES.len()] = joined(&swing::params(0.5, &["phaser", "phaserrate", "ph"]), &NOTCHES);
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<PhaserFx>("Notches that swing.", &PARAMS);

#[derive(Default)]
struct PhaserFx;

impl Adapter for PhaserFx {
    type Kernel = Phaser;

    fn kernel(rate: f64) -> Phaser {
        Phaser::new(rate)
    }

    fn params(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> PhaserParams {
        let (phase, wave) = swing::swing(at, moves);
        let own = &moves[swing::COUNT..];
        let single = |way: Move<f64>| way.map(|value| value as f32);
        PhaserParams {
            phase,
            wave,
            seed: 0,
            centre: single(own[0]),
            depth: own[1].map(|cents| (cents / 1200.0) as f32),
            feedback: single(own[2]),
            spread: single(own[3]),
            stages: u32::try_from(whole(own[4].to)).unwrap_or(2),
        }
    }
}
