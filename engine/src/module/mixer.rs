//! Audio mixer and audio output.

use super::{ModuleType, ParamSpec, PortKind};

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: silent."),
    ParamSpec::float("masterVolume", 0.0, 1.0, 1.0, "", "Level of the sum.").also(&["volume"]),
];

const PER_INPUT: &[ParamSpec] = &[
    ParamSpec::float("connectionVolume", 0.0, 1.0, 1.0, "", "Level of one input."),
    ParamSpec::float("connectionPan", -1.0, 1.0, 0.0, "", "Left to right for one input; equal power, centre at full level."),
    ParamSpec::toggle("connectionMute", false, "Silences one input."),
    ParamSpec::toggle("connectionSolo", false, "Silences every input that is not solo."),
];

/// The audio mixer.
pub static MIXER: ModuleType = ModuleType {
    name: "audioMixer",
    aliases: &[],
    doc: "Sums its audio inputs.",
    inputs: &[PortKind::Audio],
    outputs: &[PortKind::Audio],
    params: PARAMS,
    per_input: PER_INPUT,
    has_samples: false,
    build: |_| None,
};

/// The audio output.
pub static OUT: ModuleType = ModuleType {
    name: "audioOut",
    aliases: &["audioOutput"],
    doc: "Sends its audio inputs to the plugin's main bus.",
    inputs: &[PortKind::Audio],
    outputs: &[PortKind::Audio],
    params: PARAMS,
    per_input: PER_INPUT,
    has_samples: false,
    build: |_| None,
};
