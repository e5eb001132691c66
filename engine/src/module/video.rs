//! Video mixer and video output: they have no sound, so their processor is the video renderer.

use super::{
    ModuleType, PLAIN, ParamSpec, Picture, Port, PortKind, Role, joined,
    picture::{BLEND, PLACE},
};

/// How layers are put over each other.
pub const ORDER: &[&str] = &["cables", "onsets"];

const OWN: [ParamSpec; 8] = [
    ParamSpec::toggle("enabled", true, "Off: shows nothing."),
    ParamSpec::float("masterOpacity", 0.0, 1.0, 1.0, "", "Opacity of the whole picture.").also(&["opacity"]),
    ParamSpec::choice("blendMode", BLEND, "How inputs without a blend of their own are put over each other."),
    ParamSpec::toggle("autoNormalize", true, "Scales added layers so that they do not white out."),
    ParamSpec::choice("order", ORDER, "cables: a later cable's layers lie on top; onsets: the voice that was triggered last does."),
    ParamSpec::float("feedback", 0.0, 1.0, 0.0, "", "Opacity of the picture before, which lies below all inputs."),
    ParamSpec::float("feedbackSize", 0.5, 2.0, 1.0, "", "Size of the picture before: below 1 it recedes, above it comes closer."),
    ParamSpec::float("feedbackRotation", -180.0, 180.0, 0.0, "°", "Turns the picture before clockwise."),
];

const SCREEN: [ParamSpec; 9] = [
    ParamSpec::float("backgroundRed", 0.0, 1.0, 0.0, "", "Colour behind all layers."),
    ParamSpec::float("backgroundGreen", 0.0, 1.0, 0.0, "", "Colour behind all layers."),
    ParamSpec::float("backgroundBlue", 0.0, 1.0, 0.0, "", "Colour behind all layers."),
    ParamSpec::integer("width", 0.0, 8192.0, 0.0, "Pixels across that the window's picture is composed in; 0 takes the window's."),
    ParamSpec::integer("height", 0.0, 8192.0, 0.0, "Pixels down that the window's picture is composed in; 0 takes the window's."),
    ParamSpec::float("offsetMs", -1000.0, 1000.0, 0.0, "ms", "Shows the window's picture this much later, to match screens and speakers."),
    ParamSpec::toggle("shared", false, "On: the windows of all instances in the host's process that are on show them all, as one picture."),
    ParamSpec::integer("sharedOrder", -64.0, 64.0, 0.0, "In the shared picture instances of a higher number lie on top."),
    ParamSpec::choice("sharedBlend", BLEND, "How this instance is put over those below in the shared picture."),
];

const MIXER_PARAMS: [ParamSpec; 17] = joined(&OWN, &PLACE);
const OUT_PARAMS: [ParamSpec; 26] = joined(&MIXER_PARAMS, &SCREEN);

/// Blend of an input: `inherit` takes the voice's own blend where it is set, else the mixer's `blendMode`.
pub const INPUT_BLEND: &[&str] = &["inherit", "alpha", "add", "multiply", "screen", "difference", "lighten", "darken", "overlay"];

const PER_INPUT: &[ParamSpec] = &[
    ParamSpec::float("connectionOpacity", 0.0, 1.0, 1.0, "", "Opacity of one input."),
    ParamSpec::choice("connectionBlend", INPUT_BLEND, "Blend of one input."),
    ParamSpec::integer("connectionOrder", -64.0, 64.0, 0.0, "Inputs of a higher number lie on top; equal ones as `order` says."),
];

/// The video mixer.
pub static MIXER: ModuleType = ModuleType {
    name: "videoMixer",
    doc: "Composes its video inputs, in order, into one picture.",
    picture: Picture::Layers,
    inputs: &[Port::of(PortKind::Video)],
    outputs: &[Port::of(PortKind::Video)],
    params: &MIXER_PARAMS,
    per_input: PER_INPUT,
    ..PLAIN
};

/// The video output.
pub static OUT: ModuleType = ModuleType {
    name: "videoOut",
    aliases: &["videoOutput"],
    doc: "Shows its video inputs in the output window and in recordings.",
    role: Role::Master(PortKind::Video),
    picture: Picture::Layers,
    inputs: &[Port::of(PortKind::Video)],
    params: &OUT_PARAMS,
    per_input: PER_INPUT,
    ..PLAIN
};
