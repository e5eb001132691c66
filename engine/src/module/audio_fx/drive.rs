//! The drive.

use super::{
    common, effect, param,
    unit::{Adapter, At},
    whole,
};
use crate::{
    dsp::{
        Move,
        drive::{Drive, DriveParams, DriveShape},
    },
    module::{ModuleType, ParamSpec, joined},
};

const SHAPE: &[&str] = &["tanh", "soft", "hard", "fold"];

const OWN: [ParamSpec; 3] = [
    ParamSpec::float("drive", -24.0, 60.0, 12.0, "dB", "Level at which the sound meets the curve."),
    ParamSpec::choice("shape", SHAPE, "The curve: tanh and soft bend, hard cuts, fold turns back what is too loud.").also(&["distorttype"]),
    ParamSpec::float("makeup", -60.0, 24.0, 0.0, "dB", "Level afterwards."),
];
const PARAMS: [ParamSpec; param::OWN + OWN.len()] = joined(&common(1.0), &OWN);

pub(super) static TYPE: ModuleType = effect::<DriveFx>("Distortion.", &PARAMS);

#[derive(Default)]
struct DriveFx;

impl Adapter for DriveFx {
    type Kernel = Drive;

    fn kernel(rate: f64) -> Drive {
        Drive::new(rate)
    }

    fn params(&mut self, _at: &At<'_>, moves: &[Move<f64>]) -> DriveParams {
        let shapes = [DriveShape::Tanh, DriveShape::Soft, DriveShape::Hard, DriveShape::Fold];
        DriveParams {
            drive: moves[0].map(|db| db as f32),
            shape: shapes[whole(moves[1].to).min(shapes.len() - 1)],
            level: moves[2].map(|db| db as f32),
        }
    }

    fn latency(kernel: &Drive) -> usize {
        kernel.latency()
    }
}
