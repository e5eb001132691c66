//! The oscilloscope: draws what it hears.

use super::{Content, ModuleType, PLAIN, ParamSpec, Picture, Port, PortKind, listener::Listener};

/// What the axes show.
pub const MODE: &[&str] = &["xy", "time"];

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: draws nothing."),
    ParamSpec::choice("mode", MODE, "xy draws left against right, time draws both over time."),
    ParamSpec::float("scale", 0.1, 5.0, 0.5, "", "Size of the figure."),
    ParamSpec::float("pointSize", 0.5, 8.0, 2.0, "px", "Size of a point."),
    ParamSpec::float("red", 0.0, 1.0, 0.2, "", "Colour of the figure."),
    ParamSpec::float("green", 0.0, 1.0, 1.0, "", "Colour of the figure."),
    ParamSpec::float("blue", 0.0, 1.0, 0.4, "", "Colour of the figure."),
    ParamSpec::float("background", 0.0, 1.0, 0.0, "", "Grey of the background; 0 is transparent."),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
];

/// The oscilloscope's description. Its drawing is the video renderer's.
pub static TYPE: ModuleType = ModuleType {
    name: "oscilloscope",
    aliases: &["scope"],
    doc: "Draws its audio input as a picture.",
    content: Content::Tape,
    picture: Picture::Wave,
    inputs: &[Port::of(PortKind::Audio)],
    outputs: &[Port::of(PortKind::Video)],
    params: PARAMS,
    build: |_| Some(Box::new(Listener::default())),
    ..PLAIN
};
