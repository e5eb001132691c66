//! Which sample of a word a trigger plays, where notes and velocities decide.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    super::{ModuleType, ParamSpec, Sample},
    tables::OF_TABLE,
};
use crate::{
    media::{
        soundfont,
        words::{is_spelled, words},
    },
    name::Name,
    param::Value,
};

/// Longest word, in bytes.
const MAX_WORD: usize = 256;

/// What only samples have: what decides which of them a trigger plays, and where they begin and loop in frames of their files.
pub const CHOICE: &[ParamSpec] = &[
    ParamSpec::text("word", "", "What patterns call it, in place of its file's name; several words stand with blanks between them.")
        .read_by(reads_word),
    ParamSpec::integer("keyLow", 0.0, 127.0, 0.0, "Lowest note that it is for; of a word's samples the nearest to a note plays."),
    ParamSpec::integer("keyHigh", 0.0, 127.0, 127.0, "Highest note that it is for."),
    ParamSpec::integer("velocityLow", 0.0, 127.0, 0.0, "Least velocity that it is for, of 127."),
    ParamSpec::integer("velocityHigh", 0.0, 127.0, 127.0, "Greatest velocity that it is for."),
    ParamSpec::integer("frameBegin", 0.0, MOST_FRAMES, 0.0, "First frame of its file that is played, in place of regionStart."),
    ParamSpec::integer("frameEnd", 0.0, MOST_FRAMES, 0.0, "Last frame of its file that is played, in place of regionEnd."),
    ParamSpec::integer("loopFrameBegin", 0.0, MOST_FRAMES, 0.0, "First frame of its loop, in place of loopBegin."),
    ParamSpec::integer("loopFrameEnd", 0.0, MOST_FRAMES, 0.0, "Last frame of its loop, in place of loopEnd."),
    ParamSpec::text(
        "patch",
        "",
        "Bank and program of the patch that it is, of a SoundFont, such as 0:32; the first one where it says none.",
    )
    .read_by(|text| text.parse::<soundfont::Number>().map(drop)),
];

/// Places in [`CHOICE`]: the zone's values, and the frames.
const ZONE: std::ops::Range<usize> = 1..5;
const FRAMES: usize = 5;
/// Last frame that can be named.
const MOST_FRAMES: f64 = 2_147_483_647.0;

/// Where a sample says in frames that its region and its loop begin and end: frames before each of these places.
#[must_use]
pub fn frames_of(params: &BTreeMap<Name, Value>) -> [Option<f64>; 4] {
    std::array::from_fn(|index| match params.get(CHOICE[FRAMES + index].name) {
        // An end is the last frame before it.
        Some(Value::Number(frame)) => Some(frame + if index % 2 == 1 { 1.0 } else { 0.0 }),
        _ => None,
    })
}

fn reads_word(text: &str) -> Result<(), String> {
    if !text.trim().is_empty() && text.len() <= MAX_WORD && text.split(' ').all(is_spelled) {
        return Ok(());
    }
    Err(format!("a word of letters, digits, -, _, #, ., ^ and ~, of at most {MAX_WORD} bytes, not \"{text}\""))
}

/// A value that only what a type lists has, by its name.
#[must_use]
pub fn choice(kind: &ModuleType, name: &str) -> Option<&'static ParamSpec> {
    let own: &'static [ParamSpec] = if kind.has_tables() { OF_TABLE } else { CHOICE };
    own.iter().find(|spec| spec.name == name)
}

/// What patterns call a sample by, the usual word first.
#[must_use]
pub fn words_of(sample: &Sample) -> Vec<Cow<'_, str>> {
    match sample.params.get("word") {
        Some(Value::Text(word)) if !word.is_empty() => word.split_whitespace().map(Cow::Borrowed).collect(),
        _ => words(&sample.asset),
    }
}

/// The patch of a SoundFont that a sample names.
#[must_use]
pub fn patch_of(params: &BTreeMap<Name, Value>) -> Option<soundfont::Number> {
    match params.get("patch") {
        Some(Value::Text(number)) => number.parse().ok(),
        _ => None,
    }
}

/// The notes and velocities that a sample is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    keys: [f64; 2],
    velocities: [f64; 2],
}

impl Zone {
    /// The zone of a sample; `None` where it is for all.
    #[must_use]
    pub fn of(sample: &Sample) -> Option<Self> {
        let number = |index: usize| match sample.params.get(CHOICE[index].name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        let range = |low: usize| [low, low + 1].map(|index| number(index).unwrap_or(CHOICE[index].default));
        ZONE.into_iter().any(|index| number(index).is_some()).then(|| Self { keys: range(1), velocities: range(3) })
    }

    /// For everything.
    pub const ALL: Self = Self { keys: [0.0, 127.0], velocities: [0.0, 127.0] };

    /// How far a note and a velocity, of 127, lie outside of it.
    #[must_use]
    pub fn distance(&self, note: f64, velocity: f64) -> (f64, f64) {
        let outside = |[low, high]: [f64; 2], x: f64| (low - x).max(x - high).max(0.0);
        (outside(self.keys, note), outside(self.velocities, velocity))
    }
}
