//! The chorus, which is a flanger with short times and feedback.

use super::{
    common, effect, param, swing,
    unit::{Adapter, At},
    whole,
};
use crate::{
    dsp::{
        Move,
        chorus::{Chorus, ChorusParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const TIMES: [ParamSpec; 5] = [
    ParamSpec::float("delayMs", 0.5, 50.0, 12.0, "ms", "Middle of the copies' times; a flanger has 1 to 5."),
    ParamSpec::float("depth", 0.0, 1.0, 0.3, "", "How far the times swing, as a share of their middle."),
    ParamSpec::float("feedback", -0.95, 0.95, 0.0, "", "Share of the copies that comes back."),
    ParamSpec::float("spread", 0.0, 0.5, 0.25, "cycles", "How far the right channel is ahead."),
    ParamSpec::integer("voices", 1.0, 4.0, 2.0, "Number of copies."),
];
const OWN: [ParamSpec; swing::COUNT + TIMES.len()] = joined(&swing::params(0.5, &[]), &TIMES);
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(0.5), &OWN);

pub(super) static TYPE: ModuleType = effect::<ChorusFx>("Copies whose times swing: a chorus, or a flanger.", &PARAMS);

#[derive(Default)]
struct ChorusFx;

impl Adapter for ChorusFx {
    type Kernel = Chorus;

    fn kernel(rate: f64) -> Chorus {
        Chorus::new(rate)
    }

    fn params(&mut self, at: &At<'_>, moves: &[Move<f64>]) -> ChorusParams {
        let (phase, wave) = swing::swing(at, moves);
        let own = &moves[swing::COUNT..];
        let single = |way: Move<f64>| way.map(|value| value as f32);
        ChorusParams {
            phase,
            wave,
            seed: 0,
            delay: own[0].map(|ms| ms as f32 * 0.001),
            depth: single(own[1]),
            feedback: single(own[2]),
            spread: single(own[3]),
            voices: u32::try_from(whole(own[4].to)).unwrap_or(1),
        }
    }
}
