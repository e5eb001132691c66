//! The sequencer: plays a pattern or a chain and sends its triggers to every connected event input, and with `auto` to the
//! instrument that knows their word.

use super::{Module, ModuleType, PLAIN, ParamSpec, Port, PortKind, Role, Value};

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
    /// Whether triggers find their instruments.
    pub const AUTO: usize = 4;
    /// Whether the others are silent that are not.
    pub const SOLO: usize = 5;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: sends nothing."),
    ParamSpec::toggle("muted", false, "Keeps its place but sends nothing."),
    ParamSpec::float("swing", 0.0, 1.0, 0.0, "", "Delays every second step by this share of half a step."),
    ParamSpec::choice("quantize", QUANTIZE, "When a newly bound pattern takes over."),
    ParamSpec::toggle(
        AUTO,
        false,
        "On: triggers find their instruments without cables. A word (s) sounds in the instrument that knows it, the latest made where several do; without a word a synth plays. Cables play besides. d1 … d16 and p make such sequencers.",
    ),
    ParamSpec::toggle("solo", false, "On: every sequencer that is not solo keeps its place but sends nothing."),
];

/// The parameter that lets triggers find their instruments. The cables of a plan follow from it, so nothing moves it but commands.
pub const AUTO: &str = "auto";

/// Whether a module is a sequencer whose triggers find their instruments.
#[must_use]
pub fn is_auto(module: &Module) -> bool {
    module.module_type().role == Role::Sequencer && module.params.get(AUTO) == Some(&Value::Bool(true))
}
