//! The bit crusher.

use super::{
    common, effect, param,
    unit::{Adapter, At},
};
use crate::{
    dsp::{
        Move,
        bitcrush::{Bitcrush, BitcrushParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

const OWN: [ParamSpec; 2] = [
    ParamSpec::float("bits", 1.0, 24.0, 8.0, "bits", "Bits of a sample; parts count.").also(&["crush"]),
    ParamSpec::float("hold", 1.0, 1000.0, 4.0, "frames", "Frames for which a sample is held.").also(&["coarse"]),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<BitcrushFx>("Fewer bits and a lower rate.", &PARAMS);

#[derive(Default)]
struct BitcrushFx;

impl Adapter for BitcrushFx {
    type Kernel = Bitcrush;

    fn kernel(rate: f64) -> Bitcrush {
        Bitcrush::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> BitcrushParams {
        BitcrushParams { bits: moves[0].map(|bits| bits as f32), hold: moves[1].to as f32 }
    }
}
