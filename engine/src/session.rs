//! The session a fresh instance begins with.

pub mod kit;

use std::collections::BTreeMap;

use crate::{
    command::Command,
    module::Value,
    name::Name,
    pattern::{Column, Pattern, Step, Tracker},
    presets::PRESETS,
    project::{Project, Sample, Source},
};

/// The script of the default session; running it in a fresh instance changes nothing.
pub const DEFAULT_SCRIPT: &str = PRESETS[0].source;

/// The steps of `beat`: index, volume, chance, ratio.
const BEAT: [(i32, f64, u32, (u32, u32)); 16] = [
    (0, 1.0, 100, (1, 1)),
    (-1, 1.0, 100, (1, 1)),
    (2, 0.5, 100, (1, 1)),
    (-1, 1.0, 100, (1, 1)),
    (1, 1.0, 100, (1, 1)),
    (-1, 1.0, 100, (1, 1)),
    (2, 0.5, 100, (1, 1)),
    (2, 0.3, 60, (1, 1)),
    (0, 1.0, 100, (1, 1)),
    (-1, 1.0, 100, (1, 1)),
    (2, 0.5, 100, (1, 1)),
    (0, 0.6, 100, (1, 1)),
    (1, 1.0, 100, (1, 1)),
    (-1, 1.0, 100, (1, 1)),
    (2, 0.5, 100, (1, 1)),
    (2, 0.3, 100, (2, 2)),
];

/// The project that [`DEFAULT_SCRIPT`] makes, without starting Lua: hosts load and drop plugins while they scan.
#[must_use]
pub fn default_project() -> Project {
    let mut project = Project::default();
    for command in commands() {
        let done = project.apply(&command);
        debug_assert!(done.is_ok(), "the default session refuses {command:?}: {done:?}");
    }
    project
}

fn commands() -> Vec<Command> {
    let add = |kind: &str, name: &str| Command::AddModule { kind: name_of(kind), name: Some(name_of(name)) };
    let set = |module: &str, param: &str, value: f64| Command::SetParameter {
        module: name_of(module),
        param: name_of(param),
        value: Value::Number(value),
    };
    let samples = |module: &str, assets: &[&str]| Command::SetSamples {
        module: name_of(module),
        samples: assets.iter().map(|asset| Sample { asset: name_of(asset), params: BTreeMap::new() }).collect(),
    };
    let connect = |from: &str, to: &str| Command::Connect { from: name_of(from), to: name_of(to), kind: None, auto: false };
    vec![
        add("audioOut", "out"),
        add("videoOut", "screen"),
        add("sampler", "drums"),
        samples("drums", &["factory:kick|ember", "factory:snare|halo", "factory:hat|spark"]),
        add("sampler", "keys"),
        samples("keys", &["factory:tone|tide"]),
        set("keys", "volume", 0.5),
        set("keys", "attackMs", 2.0),
        set("keys", "releaseMs", 120.0),
        Command::SetPattern { name: name_of("beat"), pattern: Pattern::Tracker(beat()) },
        add("sequencer", "seq"),
        connect("seq", "drums"),
        Command::Bind { sequencer: name_of("seq"), source: Source::Pattern(name_of("beat")) },
        add("midiIn", "midi"),
        connect("midi", "keys"),
    ]
}

fn beat() -> Tracker {
    let mut tracker = Tracker::new(BEAT.len());
    tracker.columns.push(Column::Param(name_of("volume")));
    for (step, (index, volume, chance, ratio)) in tracker.steps.iter_mut().zip(BEAT) {
        *step = Step { index, chance, ratio, ..Step::default() };
        if volume < 1.0 {
            step.values.insert(name_of("volume"), volume);
        }
    }
    tracker
}

fn name_of(text: &str) -> Name {
    Name::new(text)
}
