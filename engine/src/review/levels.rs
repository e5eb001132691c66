//! What keeps a pattern from being heard that plays: sequencers that are muted or not alone, and levels that are missing.

use super::{Finding, Subject};
use crate::{
    module::Value,
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
    let sequencers = || project.modules.iter().filter(|(_, module)| module.module_type().is_sequencer());
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

/// Which levels of [`SHAPES`] a module or a pattern that is played gives.
pub(super) struct Sent([bool; SHAPES.len()]);

/// Looks which levels are given.
pub(super) fn sent(project: &Project) -> Sent {
    let levels = SHAPES.map(|(level, ..)| level);
    let by_module = |level| project.modules.values().any(|module| matches!(module.params.get(level), Some(Value::Number(x)) if *x > 0.0));
    let mut sent = levels.map(by_module);
    let played = project.all_played();
    for slot in played.iter().filter_map(|name| project.patterns.get(name)) {
        match slot.pattern.as_cycle() {
            Some(Cycle::Fn(_)) | None => return Sent([true; SHAPES.len()]),
            Some(cycle) => {
                let controls = cycle.controls();
                for (sent, level) in sent.iter_mut().zip(levels) {
                    *sent |= controls.iter().any(|control| &**control == level);
                }
            }
        }
    }
    Sent(sent)
}

impl Sent {
    /// What a pattern says of a delay or a room to which nothing in the session is sent.
    pub(super) fn unsent(&self, controls: &[std::sync::Arc<str>]) -> Vec<String> {
        let unsent = SHAPES.iter().zip(self.0).filter(|(_, sent)| !sent);
        unsent
            .filter_map(|((level, example, shapes), _)| {
                let shape = controls.iter().find(|control| shapes.contains(&&***control))?;
                Some(format!("sets \"{shape}\", but nothing is sent there, so nothing comes of it; add :{level}({example})"))
            })
            .collect()
    }
}
