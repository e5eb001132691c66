//! Looking ahead: what a sequencer will trigger, for those who prepare for it.

use std::{cell::Cell, collections::HashMap};

use super::{Compiled, Ids, Layout, Planner, Playing, Writings};
use crate::{
    module::known_controls,
    name::Name,
    pattern::{given::Supply, program::Hit},
    project::Project,
    signal::Values,
    time::Ratio,
};

/// What a sequencer triggers in a song's first `beats` quarter notes, in playing order, each thing once; at most `most`.
/// The values' controls are those that every engine knows. Generative patterns, which are not known ahead, give nothing.
#[must_use]
pub fn coming(project: &Project, sequencer: &Name, beats: f64, most: usize) -> Vec<Values> {
    let mut found: Vec<Values> = Vec::new();
    with_program(project, sequencer, |playing| {
        let sink = |hit: Hit| {
            if found.len() < most && !found.contains(&hit.values) {
                found.push(hit.values);
            }
        };
        // What can't be asked triggers nothing.
        let _ = playing.program.query(0.0, beats, Ratio::whole(0), &mut Supply::default(), sink);
    });
    found
}

/// Calls `each` for everything that a sequencer triggers in a song's first cycles, as [`coming`] does; looking takes of `steps`.
pub fn each_coming(project: &Project, sequencer: &Name, cycles: u32, steps: &Cell<u32>, mut each: impl FnMut(&Values)) {
    let beats = project.clock.cycle_beats;
    let mut supply = Supply::default();
    supply.allow(steps.get());
    with_program(project, sequencer, |playing| {
        for cycle in (0..cycles).map(f64::from) {
            let sink = |hit: Hit| each(&hit.values);
            // What can't be asked triggers nothing.
            let _ = playing.program.query(cycle * beats, (cycle + 1.0) * beats, Ratio::whole(0), &mut supply, sink);
        }
    });
    steps.set(supply.steps().get());
}

/// Calls `f` with what a sequencer plays, compiled.
fn with_program(project: &Project, sequencer: &Name, f: impl FnOnce(Playing)) {
    let Some(source) = project.bindings.get(sequencer) else { return };
    let (mut modules, mut patterns, mut sources) = <(Ids, Ids, Ids)>::default();
    let (mut controls, mut writings, before) = (known_controls(), Writings::default(), Layout::default());
    let mut planner = Planner {
        modules: &mut modules,
        patterns: &mut patterns,
        sources: &mut sources,
        writings: &mut writings,
        controls: &mut controls,
        sample_rate: 48_000.0,
        before: &before,
        holds: &HashMap::new(),
        content: HashMap::new(),
        table: None,
        warnings: Vec::new(),
        generations: Vec::new(),
        compiled: Compiled::default(),
    };
    if let Some(playing) = planner.playing(project, sequencer, source) {
        f(playing);
    }
}
