//! The filter.

use super::{
    common, effect, param,
    unit::{Adapter, At},
    whole,
};
use crate::{
    dsp::{
        Move,
        filter::{Filter, FilterMode, FilterParams, FilterSlope},
        from_db,
    },
    module::{ModuleType, ParamSpec, joined},
};

const MODE: &[&str] = &["lowpass", "highpass", "bandpass", "notch"];
const SLOPE: &[&str] = &["12db", "24db"];

const OWN: [ParamSpec; 4] = [
    ParamSpec::float("cutoff", 20.0, 20_000.0, 1000.0, "Hz", "Corner of the filter, or its middle.").also(&["lpf", "ctf", "lp"]),
    ParamSpec::float("resonance", -20.0, 40.0, 1.0, "dB", "Level at the corner; -3 is the flattest. A band grows narrower with it.")
        .also(&["lpq"]),
    ParamSpec::choice("mode", MODE, "What passes."),
    ParamSpec::choice("slope", SLOPE, "How much it falls with each octave.").also(&["ftype"]),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<FilterFx>("Lets tones below, above or around its cutoff pass.", &PARAMS);

#[derive(Default)]
struct FilterFx;

impl Adapter for FilterFx {
    type Kernel = Filter;

    fn kernel(rate: f64) -> Filter {
        Filter::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> FilterParams {
        let modes = [FilterMode::Low, FilterMode::High, FilterMode::Band, FilterMode::Notch];
        FilterParams {
            mode: modes.get(whole(moves[2].to)).copied().unwrap_or_default(),
            slope: if moves[3].to < 0.5 { FilterSlope::Db12 } else { FilterSlope::Db24 },
            cutoff: moves[0].map(|hertz| hertz as f32),
            resonance: moves[1].map(|db| from_db(db as f32)),
        }
    }
}
