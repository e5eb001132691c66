//! The equaliser.

use super::{
    common, effect, param,
    unit::{Adapter, At},
};
use crate::{
    dsp::{
        Move,
        eq::{Band, Eq, EqParams},
    },
    module::{ModuleType, ParamSpec, joined},
};

/// Frequency, level and quality of a band.
const fn band(names: [&'static str; 3], hertz: f64, q: f64, what: [&'static str; 3]) -> [ParamSpec; 3] {
    [
        ParamSpec::float(names[0], 20.0, 20_000.0, hertz, "Hz", what[0]),
        ParamSpec::float(names[1], -48.0, 48.0, 0.0, "dB", what[1]),
        ParamSpec::float(names[2], 0.1, 40.0, q, "", what[2]),
    ]
}

const SHELF: &str = "Steepness of the shelf.";
const NARROW: &str = "How narrow the band is.";
const LOW: [ParamSpec; 3] = band(["lowFreq", "lowGain", "lowQ"], 120.0, 0.707, ["Where the lows end.", "Level of the lows.", SHELF]);
const FIRST: [ParamSpec; 3] =
    band(["mid1Freq", "mid1Gain", "mid1Q"], 500.0, 1.0, ["Middle of the first band.", "Level of the first band.", NARROW]);
const SECOND: [ParamSpec; 3] =
    band(["mid2Freq", "mid2Gain", "mid2Q"], 2500.0, 1.0, ["Middle of the second band.", "Level of the second band.", NARROW]);
const HIGH: [ParamSpec; 3] =
    band(["highFreq", "highGain", "highQ"], 8000.0, 0.707, ["Where the highs begin.", "Level of the highs.", SHELF]);

const BELOW: [ParamSpec; 6] = joined(&LOW, &FIRST);
const ABOVE: [ParamSpec; 6] = joined(&SECOND, &HIGH);
const OWN: [ParamSpec; 12] = joined(&BELOW, &ABOVE);
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<EqFx>("Raises and lowers four bands.", &PARAMS);

#[derive(Default)]
struct EqFx;

impl Adapter for EqFx {
    type Kernel = Eq;

    fn kernel(rate: f64) -> Eq {
        Eq::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> EqParams {
        let single = |way: Move<f64>| way.map(|value| value as f32);
        let band = |at: usize| Band { frequency: single(moves[at]), gain: single(moves[at + 1]), q: single(moves[at + 2]) };
        EqParams { bands: [band(0), band(3), band(6), band(9)] }
    }
}
