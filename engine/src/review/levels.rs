//! What keeps a pattern from being heard that plays: sequencers that are muted or not alone, and levels that are missing.

use super::{Finding, Subject};
use crate::{
    module::{Role, Value},
    name::Name,
    pattern::Cycle,
    project::{Module, Project},
};

/// What makes a level heard, and the controls that only shape what it sends.
const SHAPES: [(&str, &str, &[&str]); 2] =
    [("room", "0.5", &["roomsize", "roomfade", "roomlp", "roomdim"]), ("delay", "0.5", &["delaytime", "delaysync", "delayfeedback"])];

/// Sequencers with something to play that are muted, or silent since others play alone.
pub(super) fn silenced(project: &Project, findings: &mut Vec<Finding>) {
    let is_on = |module: &Module, param: &str| module.params.get(param) == Some(&Value::Bool(true));
    let sequencers = || project.modules.iter().filter(|(_, module)| module.module_type().role == Role::Sequencer);
    let alone: Vec<&Name> = sequencers().filter(|(_, module)| is_on(module, "solo")).map(|(name, _)| name).collect();
    for (name, module) in sequencers() {
        let Some(source) = project.bindings.get(name) else { continue };
        let (why, known_by) = if is_on(module, "muted") {
            let what = if source.name() == name { "it" } else { source.name().as_str() };
            (format!("{name} is muted, so {what} is silent; unmute(\"{name}\") lets it be heard"), Subject::Muting(name.clone()))
        } else if !alone.is_empty() && !is_on(module, "solo") {
            let others: Vec<&str> = alone.iter().map(|name| name.as_str()).collect();
            let others = others.join(" and ");
            (format!("only {others} is to be heard (solo), so {name} is silent; solo() lets all be heard again"), Subject::Solo)
        } else {
            continue;
        };
        let about = vec![Subject::Binding(name.clone()), Subject::Pattern(source.name().clone())];
        findings.push(Finding { known_by: Some(known_by), ..Finding::of(about, why) });
    }
}

/// What a pattern says of a delay or a room to which nothing in the session is sent.
pub(super) fn unsent(project: &Project, controls: &[std::sync::Arc<str>]) -> Vec<String> {
    SHAPES
        .iter()
        .filter_map(|(level, example, shapes)| {
            let shape = controls.iter().find(|control| shapes.contains(&&***control))?;
            (!is_sent(project, level))
                .then(|| format!("sets \"{shape}\", but nothing is sent there, so nothing comes of it; add :{level}({example})"))
        })
        .collect()
}

/// Whether a module or a pattern that is played gives a level.
fn is_sent(project: &Project, level: &str) -> bool {
    let by_module = |module: &Module| matches!(module.params.get(level), Some(Value::Number(number)) if *number > 0.0);
    let by_pattern = |name: &Name| {
        project.patterns.get(name).is_some_and(|slot| match slot.pattern.as_cycle() {
            // What it gives is not known ahead.
            Some(Cycle::Fn(_)) => true,
            Some(cycle) => cycle.controls().iter().any(|control| &**control == level),
            None => true,
        })
    };
    let is_played = |sequencer: &Name| project.played(sequencer).into_iter().any(|name| by_pattern(&name));
    project.modules.values().any(|module| by_module(module)) || project.bindings.keys().any(is_played)
}
