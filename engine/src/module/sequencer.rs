//! The sequencer: plays a pattern or a chain and sends its triggers to every connected event input, and with `auto` to the
//! instrument that knows their word.

use super::{ModuleType, PLAIN, ParamSpec, Port, PortKind, Quantize, Role, Sequencing};

/// The sequencer's description. Its playing is the scheduler's, in `audio`.
pub static TYPE: ModuleType = ModuleType {
    name: "sequencer",
    aliases: &["TrackerSequencer", "seq"],
    doc: "Plays the pattern or chain bound to it and triggers what its event output is connected to.",
    role: Role::Sequencer(Sequencing { enabled: 0, muted: 1, swing: 2, quantize: 3, auto: 4, solo: 5 }),
    outputs: &[Port::of(PortKind::Event)],
    params: PARAMS,
    ..PLAIN
};

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: sends nothing."),
    ParamSpec::toggle("muted", false, "Keeps its place but sends nothing."),
    ParamSpec::float("swing", 0.0, 1.0, 0.0, "", "Delays every second step by this share of half a step."),
    ParamSpec::choice("quantize", Quantize::NAMES, "When a newly bound pattern takes over."),
    ParamSpec::toggle(
        "auto",
        false,
        "On: triggers find their instruments without cables. A word (s) sounds in the instrument that knows it, the latest made where several do; without a word a synth plays. Cables play besides. d1 … d16 and p make such sequencers.",
    ),
    ParamSpec::toggle("solo", false, "On: every sequencer that is not solo keeps its place but sends nothing."),
];
