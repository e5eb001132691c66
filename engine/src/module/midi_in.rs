//! MIDI in: turns the host's notes into triggers.

use super::{ModuleType, ParamSpec, PortKind};

/// What a note does.
pub const MODE: &[&str] = &["chromatic", "index"];

/// Places in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Chromatic or by index.
    pub const MODE: usize = 1;
    /// Channel, 0 for all.
    pub const CHANNEL: usize = 2;
    /// Note that plays index 0.
    pub const BASE: usize = 3;
}

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: passes nothing on."),
    ParamSpec::choice("mode", MODE, "chromatic: notes transpose the sample (60 as recorded); index: notes choose the sample."),
    ParamSpec::integer("channel", 0.0, 16.0, 0.0, "MIDI channel it hears; 0 hears all."),
    ParamSpec::integer("base", 0.0, 127.0, 36.0, "Note that plays sample 0 in index mode."),
];

/// The description of MIDI in. Its translation is the scheduler's, in `audio`.
pub static TYPE: ModuleType = ModuleType {
    name: "midiIn",
    aliases: &["midi"],
    doc: "Plays connected samplers from the host's MIDI notes.",
    inputs: &[],
    outputs: &[PortKind::Event],
    params: PARAMS,
    per_input: &[],
    has_samples: false,
    build: |_| None,
};
