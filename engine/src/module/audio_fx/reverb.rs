//! The reverb.

use super::{
    common, effect, param,
    unit::{Adapter, At},
};
use crate::{
    dsp::{
        Move,
        reverb::{Reverb, ReverbParams},
        room::{Room, RoomParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const OWN: [ParamSpec; 5] = [
    ParamSpec::float("decay", 0.1, 100.0, 2.0, "s", "Time in which the sound falls by 60 dB.").also(&["roomsize", "rsize", "sz"]),
    ParamSpec::float("size", 0.0, 1.0, 0.5, "", "Distance of the walls; a change fades."),
    ParamSpec::float("damp", 0.0, 1.0, 0.5, "", "How much sooner the heights end."),
    ParamSpec::float("preDelayMs", 0.0, 500.0, 10.0, "ms", "Time before the first reflection; a change fades."),
    ParamSpec::float("width", 0.0, 1.0, 1.0, "", "From one point, 0, to all around, 1."),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(0.3), &OWN);

pub(super) static TYPE: ModuleType = effect::<ReverbFx>("A room.", &PARAMS);

#[derive(Default)]
struct ReverbFx;

impl Adapter for ReverbFx {
    type Kernel = Reverb;

    fn kernel(rate: f64) -> Reverb {
        Reverb::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> ReverbParams {
        let single = |way: Move<f64>| way.map(|value| value as f32);
        ReverbParams {
            decay: single(moves[0]),
            size: moves[1].to as f32,
            damp: single(moves[2]),
            pre_delay: moves[3].to as f32 * 0.001,
            width: single(moves[4]),
        }
    }
}

/// The room of orbits: size, fade and both corners.
#[derive(Default)]
pub(super) struct RoomFx;

impl Adapter for RoomFx {
    type Kernel = Room;

    fn kernel(rate: f64) -> Room {
        Room::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> RoomParams {
        let single = |way: Move<f64>| way.map(|value| value as f32);
        RoomParams { size: single(moves[0]), fade: moves[1].to as f32, low: single(moves[2]), dim: single(moves[3]) }
    }
}
