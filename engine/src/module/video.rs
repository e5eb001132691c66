//! Video mixer and video output: they have no sound, so their processor is the video renderer.

use super::{ModuleType, ParamSpec, PortKind};

/// Ways to put a layer over what lies below; in linear light.
pub const BLEND: &[&str] = &["alpha", "add", "multiply", "screen", "difference", "lighten", "darken", "overlay"];

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: shows nothing."),
    ParamSpec::float("masterOpacity", 0.0, 1.0, 1.0, "", "Opacity of the whole picture.").also(&["opacity"]),
    ParamSpec::choice("blendMode", BLEND, "How inputs without a blend of their own are put over each other."),
    ParamSpec::toggle("autoNormalize", true, "Scales added layers so that they do not white out."),
];

/// Blend of an input: `inherit` takes the voice's own blend where it is set, else the mixer's `blendMode`.
pub const INPUT_BLEND: &[&str] = &["inherit", "alpha", "add", "multiply", "screen", "difference", "lighten", "darken", "overlay"];

const PER_INPUT: &[ParamSpec] = &[
    ParamSpec::float("connectionOpacity", 0.0, 1.0, 1.0, "", "Opacity of one input."),
    ParamSpec::choice("connectionBlend", INPUT_BLEND, "Blend of one input."),
];

/// Places in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Opacity of the whole picture.
    pub const MASTER_OPACITY: usize = 1;
    /// Blend of inputs without one.
    pub const BLEND_MODE: usize = 2;
    /// Add without white-out.
    pub const AUTO_NORMALIZE: usize = 3;
    /// First per-input parameter.
    pub const PER_INPUT: usize = 4;
    /// Parameters each input has.
    pub const EACH: usize = 2;
}

/// The video mixer.
pub static MIXER: ModuleType = ModuleType {
    name: "videoMixer",
    aliases: &[],
    doc: "Composes its video inputs, in order, into one picture.",
    inputs: &[PortKind::Video],
    outputs: &[PortKind::Video],
    params: PARAMS,
    per_input: PER_INPUT,
    has_samples: false,
    build: |_| None,
};

/// The video output.
pub static OUT: ModuleType = ModuleType {
    name: "videoOut",
    aliases: &["videoOutput"],
    doc: "Shows its video inputs in the output window and in recordings.",
    inputs: &[PortKind::Video],
    outputs: &[],
    params: PARAMS,
    per_input: PER_INPUT,
    has_samples: false,
    build: |_| None,
};
