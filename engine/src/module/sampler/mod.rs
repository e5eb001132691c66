//! The sampler: one trigger starts a sound and a picture.
//!
//! Each value of a voice is its trigger's, else its sample's, else the module's. What a trigger says holds for its voice; changes
//! of samples and module reach the voices that play, on sound and picture alike:
//!
//! | parameter | a change reaches a playing voice |
//! |---|---|
//! | `enabled` | off: fades out in the ramp of 64 frames |
//! | `volume`, `pan` | in that ramp |
//! | `speed`, `transpose`, `root` | at once; the position goes on from where it is |
//! | `regionStart`, `regionEnd`, `slices`, `slice` | at once. Outside of the new region a loop wraps into it; `once` and `next` jump to its beginning where it lies before them, and fade out where it lies behind; the way they came fades out under the new one |
//! | `playStyle`, `loopBegin`, `loopEnd` | at once, in the same way: a loop that becomes `once` plays to its end |
//! | `grainSize` | at once, in style `grain` |
//! | `position` | at once in style `grain`, whose grain it moves; in the others it says where a trigger begins |
//! | `attackMs`, `decayMs` | where that stage is still to come |
//! | `sustain` | in the ramp, or with the decay that is under way |
//! | `releaseMs` | where the voice is not released yet |
//! | `quality` | at once |
//! | `opacity`, `blend`, `x` … `flip`, `fit` | at once |
//! | `cutoff` … `phasersweep`, `postgain` | on the way to the next point of the grid; a voice that had no strip has one from there on |
//! | `index`, `polyphony`, `voices`, `rules`, `orbit`, `delay`, `room`, `cut` | no; the next trigger takes it |
//!
//! A jump that comes while another fades waits for its end, at most 64 frames. Changes by numbers of other modules come on the
//! grid of 32 song frames, others at the start of a block; from there on everything counts in frames, so that blocks may be cut
//! anywhere.

use super::{
    Content, ModuleType, PLAIN, ParamSpec, Picture, Plays, Port, PortKind, joined,
    picture::{BLEND, SHOWN},
    synth::STRIP,
};

mod kernel;
mod long;
mod node;
mod path;
mod sinc;
mod sound;
mod strips;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_facts;
#[cfg(test)]
mod tests_live;
#[cfg(test)]
mod tests_sound;
mod values;
mod voice;

pub use kernel::Kernel;
pub use node::SamplerNode;
pub(super) use {node::extent, values::Overrides};

/// Most voices at once, those that fade out after being stolen included.
pub const MAX_SOUNDING: usize = 128;

/// How a voice moves through its region.
pub const PLAY_STYLE: &[&str] = &["once", "loop", "grain", "next", "sustain", "shot", "file"];
/// How many voices sound at once.
pub const POLYPHONY: &[&str] = &["poly", "mono"];

/// How well what lies between the frames of a sound is worked out.
pub const QUALITY: &[&str] = &["draft", "normal", "best"];

/// Whose laws a sampler's voices keep.
pub const RULES: &[&str] = &["plain", "strudel"];

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Sample of a trigger without an index.
    pub const INDEX: usize = 1;
    /// Start within the region.
    pub const POSITION: usize = 2;
    /// Playing speed.
    pub const SPEED: usize = 3;
    /// Level.
    pub const VOLUME: usize = 4;
    /// Length of the grain, in seconds.
    pub const GRAIN_SIZE: usize = 5;
    /// Where the region begins.
    pub const REGION_START: usize = 6;
    /// Where the region ends.
    pub const REGION_END: usize = 7;
    /// Index into [`super::PLAY_STYLE`].
    pub const PLAY_STYLE: usize = 8;
    /// Index into [`super::POLYPHONY`].
    pub const POLYPHONY: usize = 9;
    /// Most voices at once.
    pub const VOICES: usize = 10;
    /// Attack, in milliseconds.
    pub const ATTACK_MS: usize = 11;
    /// Decay, in milliseconds.
    pub const DECAY_MS: usize = 12;
    /// Sustain level.
    pub const SUSTAIN: usize = 13;
    /// Release, in milliseconds.
    pub const RELEASE_MS: usize = 14;
    /// Left to right.
    pub const PAN: usize = 15;
    /// Semitones.
    pub const TRANSPOSE: usize = 16;
    /// Opacity of the picture.
    pub const OPACITY: usize = 17;
    /// Index into [`super::BLEND`].
    pub const BLEND: usize = 18;
    /// Equal slices of the region.
    pub const SLICES: usize = 19;
    /// Slice that is played.
    pub const SLICE: usize = 20;
    /// Number of the orbit that a voice goes to.
    pub const ORBIT: usize = 21;
    /// Level of what goes to its delay.
    pub const DELAY: usize = 22;
    /// Level of what goes to its room.
    pub const ROOM: usize = 23;
    /// MIDI note at which a sample sounds as recorded.
    pub const ROOT: usize = 24;
    /// Index into [`super::RULES`].
    pub const RULES: usize = 25;
    /// Where the loop begins.
    pub const LOOP_BEGIN: usize = 26;
    /// Where the loop ends.
    pub const LOOP_END: usize = 27;
    /// Index into [`super::QUALITY`].
    pub const QUALITY: usize = 28;
    /// First of [`crate::module::picture::SHOWN`].
    pub const PLACE: usize = 29;
}

const OWN: [ParamSpec; param::PLACE] = [
    ParamSpec::toggle("enabled", true, "Off: silent and dark."),
    ParamSpec::integer("index", 0.0, 1023.0, 0.0, "Sample that a trigger without an index plays, counted from 0. For the next trigger."),
    ParamSpec::float(
        "position",
        0.0,
        1.0,
        0.0,
        "",
        "Start within the region, counted from its end where speed is negative. For the next trigger; in playStyle grain it moves the grain that plays.",
    ),
    ParamSpec::float("speed", -10.0, 10.0, 1.0, "", "Playing speed; negative plays backwards."),
    ParamSpec::float("volume", 0.0, 2.0, 1.0, "", "Level of the module."),
    ParamSpec::float("grainSize", 0.0, 10.0, 0.0, "s", "Length of the grain that playStyle grain loops; 0 is the whole region.")
        .also(&["loopSize"]),
    ParamSpec::float(
        "regionStart",
        0.0,
        1.0,
        0.0,
        "",
        "Where the region begins, as a share of the media. A voice outside of it jumps into it.",
    ),
    ParamSpec::float(
        "regionEnd",
        0.0,
        1.0,
        1.0,
        "",
        "Where the region ends, as a share of the media. A voice behind it loops back into it, or ends.",
    ),
    ParamSpec::choice(
        "playStyle",
        PLAY_STYLE,
        "once stops at the region's end, loop loops it, grain loops grainSize from position, next resumes where it left off, sustain loops until its event ends and plays on to the region's end, shot plays to the region's end even where its event ends before, file loops where the file or its sample says where.",
    ),
    ParamSpec::choice("polyphony", POLYPHONY, "poly: voices overlap; mono: a trigger releases the voice before. For the next trigger."),
    ParamSpec::integer("voices", 1.0, 64.0, 16.0, "Most voices at once; the oldest is stolen. For the next trigger."),
    ParamSpec::float("attackMs", 0.0, 10_000.0, 0.0, "ms", "Attack of the envelope. For attacks to come."),
    ParamSpec::float("decayMs", 0.0, 10_000.0, 0.0, "ms", "Decay of the envelope. For decays to come."),
    ParamSpec::float("sustain", 0.0, 1.0, 1.0, "", "Sustain level of the envelope."),
    ParamSpec::float("releaseMs", 0.0, 10_000.0, 10.0, "ms", "Release of the envelope. For releases to come."),
    ParamSpec::float("pan", -1.0, 1.0, 0.0, "", "Left to right; equal power, centre at full level."),
    ParamSpec::float("transpose", -48.0, 48.0, 0.0, "st", "Transposes by changing speed."),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
    ParamSpec::choice("blend", BLEND, "How the picture is put over what lies below."),
    ParamSpec::cuts(
        "slices",
        "A number: equal slices of the region. \"onsets\" or {onsets = sensitivity}: where the media is struck, once it is read. \"cues\": at the cue points of a WAV or the markers of an AIFF. {0, 0.25, 0.7}: at these shares of the media. An index after the last sample's plays the slices of the sliced samples, one after another.",
    ),
    ParamSpec::integer("slice", -1.0, 255.0, -1.0, "Slice that is played, counted from 0; -1 is the whole region."),
    ParamSpec::integer(
        "orbit",
        1.0,
        64.0,
        1.0,
        "Number of the orbit that a voice goes to, of those that a cable leads to. For the next trigger.",
    )
    .also(&["o"]),
    ParamSpec::float("delay", 0.0, 2.0, 0.0, "", "Level of what goes to the orbit's delay. For the next trigger."),
    ParamSpec::float("room", 0.0, 2.0, 0.0, "", "Level of what goes to the orbit's room. For the next trigger."),
    ParamSpec::float(
        "root",
        0.0,
        127.0,
        60.0,
        "",
        "MIDI note at which a sample sounds as recorded, where neither its file nor the sample says one. Strudel's is 36.",
    ),
    ParamSpec::choice(
        "rules",
        RULES,
        "strudel: as Strudel plays samples: to their end unless clip, release or a loop ends them with their event, at gain 0.8 unless it is said, and one value of the envelope changes the others. For the next trigger.",
    ),
    ParamSpec::float(
        "loopBegin",
        0.0,
        1.0,
        0.0,
        "",
        "Where the loop of loop and sustain begins, as a share of the media; what of the region lies before it is played once. What a file says of its loop counts where neither the trigger nor the sample does.",
    )
    .also(&["loopb"]),
    ParamSpec::float("loopEnd", 0.0, 1.0, 1.0, "", "Where the loop of loop and sustain ends, as a share of the media.").also(&["loope"]),
    ParamSpec::choice(
        "quality",
        QUALITY,
        "How sounds are played at other speeds than recorded. draft: in straight lines from frame to frame; normal: in curves; best: by a low-pass, so that nothing folds back up to ten times the speed and nothing is mirrored below it; it costs some ten times as much.",
    )
    .starting_at(1.0),
];

/// What a trigger or a sample may say in its place.
pub(super) const PARAMS: [ParamSpec; param::PLACE + SHOWN.len()] = joined(&OWN, &SHOWN);
/// Behind them what voices' strips are set to.
const ALL: [ParamSpec; PARAMS.len() + STRIP.len()] = joined(&PARAMS, &STRIP);

/// The sampler's description.
pub static TYPE: ModuleType = ModuleType {
    name: "sampler",
    aliases: &["MultiSampler", "multisampler", "mediaPool", "MediaPool"],
    doc: "Plays samples with sound, picture or both when it is triggered. What a trigger sets holds for its voice, before what its sample sets, before the module; changes of sample and module reach the voices that play, except where it says otherwise.",
    content: Content::Samples,
    picture: Picture::Voices,
    inputs: &[Port::of(PortKind::Event)],
    outputs: &[Port::of(PortKind::Audio), Port::of(PortKind::Video), Port::sends()],
    params: &ALL,
    made: &[super::LEVEL],
    plays: Plays::Words,
    build: |context| Some(Box::new(SamplerNode::new(context.sample_rate))),
    ..PLAIN
};
