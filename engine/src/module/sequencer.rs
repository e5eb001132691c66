//! The sequencer: plays a pattern or a chain and sends its triggers to every connected event input.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind, Role};

/// When a newly bound pattern takes over.
pub const QUANTIZE: &[&str] = &["bar", "none", "beat", "cycle", "pattern"];

/// The sequencer's description. Its playing is the scheduler's, in `audio`.
pub static TYPE: ModuleType = ModuleType {
    name: "sequencer",
    aliases: &["TrackerSequencer", "seq"],
    doc: "Plays the pattern or chain bound to it and triggers what its event output is connected to.",
    role: Role::Sequencer,
    outputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    ..PLAIN
};

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Plays on silently.
    pub const MUTED: usize = 1;
    /// Delay of every second step.
    pub const SWING: usize = 2;
    /// When a newly bound pattern takes over.
    pub const QUANTIZE: usize = 3;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: sends nothing."),
    ParamSpec::toggle("muted", false, "Keeps its place but sends nothing."),
    ParamSpec::float("swing", 0.0, 1.0, 0.0, "", "Delays every second step by this share of half a step."),
    ParamSpec::choice("quantize", QUANTIZE, "When a newly bound pattern takes over."),
];
