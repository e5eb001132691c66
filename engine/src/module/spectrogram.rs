//! The spectrogram: draws the frequencies of what it hears, as they come and go.

use super::{Content, ModuleType, PLAIN, ParamSpec, Picture, Port, PortKind, listener::Listener};

/// How the samples of a spectrum are weighed.
pub const WINDOW: &[&str] = &["rect", "bartlett", "hann", "hamming", "sine"];

/// How frequencies lie from the lower edge to the upper.
pub const SCALE: &[&str] = &["lin", "log", "mel"];

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: draws nothing."),
    ParamSpec::integer("fftSize", 256.0, 8192.0, 2048.0, "Samples that a spectrum is made of; between powers of two the one below counts."),
    ParamSpec::choice("window", WINDOW, "How the samples of a spectrum are weighed.").starting_at(2.0),
    ParamSpec::float("speed", 0.1, 5.0, 1.0, "", "How fast the picture moves; at 1 it holds 10 seconds."),
    ParamSpec::choice("scale", SCALE, "How frequencies lie from 20 Hz at the lower edge to 20 kHz at the upper.").starting_at(1.0),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
];

/// The spectrogram's description. Its drawing is the video renderer's.
pub static TYPE: ModuleType = ModuleType {
    name: "spectrogram",
    doc: "Draws the frequencies of its audio input over time, from black at -120 dB to white at 0 dB.",
    content: Content::Tape,
    picture: Picture::Spectrum,
    inputs: &[Port::of(PortKind::Audio)],
    outputs: &[Port::of(PortKind::Video)],
    params: PARAMS,
    build: |_| Some(Box::new(Listener::default())),
    ..PLAIN
};
