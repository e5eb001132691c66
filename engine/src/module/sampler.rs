//! The sampler: one trigger starts a sound and a picture.

use super::{ModuleType, ParamSpec, PortKind, video::BLEND};

/// How a voice moves through its region.
pub const PLAY_STYLE: &[&str] = &["once", "loop", "grain", "next"];
/// How many voices sound at once.
pub const POLYPHONY: &[&str] = &["poly", "mono"];

const PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: silent and dark."),
    ParamSpec::integer("index", 0.0, 1023.0, 0.0, "Sample that a trigger without an index plays, counted from 0."),
    ParamSpec::float("position", 0.0, 1.0, 0.0, "", "Start within the region."),
    ParamSpec::float("speed", -10.0, 10.0, 1.0, "", "Playing speed; negative plays backwards."),
    ParamSpec::float("volume", 0.0, 2.0, 1.0, "", "Level of the module."),
    ParamSpec::float("grainSize", 0.0, 10.0, 0.0, "s", "Length of the grain that playStyle grain loops; 0 is the whole region.")
        .also(&["loopSize"]),
    ParamSpec::float("regionStart", 0.0, 1.0, 0.0, "", "Where the region begins, as a share of the media."),
    ParamSpec::float("regionEnd", 0.0, 1.0, 1.0, "", "Where the region ends, as a share of the media."),
    ParamSpec::choice(
        "playStyle",
        PLAY_STYLE,
        "once stops at the region's end, loop loops it, grain loops grainSize from position, next resumes where it left off.",
    ),
    ParamSpec::choice("polyphony", POLYPHONY, "poly: voices overlap; mono: a trigger releases the voice before."),
    ParamSpec::integer("voices", 1.0, 64.0, 16.0, "Most voices at once; the oldest is stolen."),
    ParamSpec::float("attackMs", 0.0, 10_000.0, 0.0, "ms", "Attack of the envelope."),
    ParamSpec::float("decayMs", 0.0, 10_000.0, 0.0, "ms", "Decay of the envelope."),
    ParamSpec::float("sustain", 0.0, 1.0, 1.0, "", "Sustain level of the envelope."),
    ParamSpec::float("releaseMs", 0.0, 10_000.0, 10.0, "ms", "Release of the envelope."),
    ParamSpec::float("pan", -1.0, 1.0, 0.0, "", "Left to right; equal power, centre at full level."),
    ParamSpec::float("transpose", -48.0, 48.0, 0.0, "st", "Transposes by changing speed."),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
    ParamSpec::choice("blend", BLEND, "How the picture is put over what lies below."),
];

/// The sampler's description.
pub static TYPE: ModuleType = ModuleType {
    name: "sampler",
    aliases: &["MultiSampler", "multisampler", "mediaPool", "MediaPool"],
    doc: "Plays samples with sound, picture or both when it is triggered.",
    inputs: &[PortKind::Event, PortKind::Parameter],
    outputs: &[PortKind::Audio, PortKind::Video],
    params: PARAMS,
    per_input: &[],
    has_samples: true,
    build: |_| None,
};
