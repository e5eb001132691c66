//! What can be added: columns from the parameter tables of what hears the sequencer, and patterns.

use videotracker_engine::{
    command::Command,
    module::{ParamKind, ParamSpec, Value},
    name::Name,
    pattern::{Chain, ChainEntry, Column, Pattern, Source, Tracker},
    project::Project,
};

/// The columns that every pattern may have.
pub const FIXED: [(Column, &str); 5] = [
    (Column::Index, "The sample that a step plays"),
    (Column::Note, "The note that a step plays"),
    (Column::Length, "How many lines a step lasts"),
    (Column::Chance, "How likely a step plays, in percent"),
    (Column::Ratio, "In which turn of how many a step plays"),
];

/// A parameter that a column can set.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The module that hears it; none for those that no connected module has.
    pub module: Option<&'a Name>,
    /// What it is.
    pub spec: &'static ParamSpec,
}

/// The parameters that columns can set: first those of the modules that hear the sequencer, then, where something is searched for,
/// all others of the session.
#[must_use]
pub fn columns<'a>(project: &'a Project, sequencer: Option<&'a Name>, has: &[Column], searched: &str) -> Vec<Offer<'a>> {
    let searched = searched.trim().to_lowercase();
    let fits = |spec: &ParamSpec| spec.name.to_lowercase().contains(&searched) || spec.doc.to_lowercase().contains(&searched);
    let mut found: Vec<Offer<'a>> = Vec::new();
    let mut offer = |module: Option<&'a Name>, spec: &'static ParamSpec| {
        let is_there = has.iter().any(|column| matches!(column, Column::Param(name) if **name == *spec.name));
        let is_known = found.iter().any(|offer| offer.spec.name == spec.name) || FIXED.iter().any(|(column, _)| fixed(column, spec.name));
        if !is_there && !is_known && !matches!(spec.kind, ParamKind::Text(_)) && fits(spec) {
            found.push(Offer { module, spec });
        }
    };
    // Every voice hears it.
    project.event_param("velocity").into_iter().for_each(|spec| offer(None, spec));
    let hearers = sequencer.map(|name| project.hearers(name)).unwrap_or_default();
    let hears = !hearers.is_empty();
    for name in hearers {
        let Some(kind) = project.modules.get(name).map(|module| module.module_type()).filter(|kind| kind.set_by_triggers) else { continue };
        kind.params.iter().filter(|spec| project.event_param(spec.name).is_some()).for_each(|spec| offer(Some(name), spec));
    }
    if !searched.is_empty() || !hears {
        project.event_params().for_each(|spec| offer(None, spec));
    }
    found
}

fn fixed(column: &Column, name: &str) -> bool {
    super::cells::word(column) == name
}

/// What makes a new pattern, lets a sequencer play it, and its name; where there is no sequencer, one is made that finds its instruments.
/// In a chain it comes behind the entry that `after` names.
#[must_use]
pub fn pattern(project: &Project, sequencer: Option<&Name>, tracker: Tracker, after: Option<usize>) -> (Name, Name, Vec<Command>) {
    let free = |stem: &str, taken: &dyn Fn(&str) -> bool| {
        let mut names = (1_u32..).map(|number| format!("{stem}{number}"));
        names.find(|name| !taken(name)).map(|name| Name::new(&name)).unwrap_or_default()
    };
    let name = free("pattern", &|name| project.patterns.contains_key(name));
    let mut commands = vec![Command::SetPattern { name: name.clone(), pattern: Pattern::Tracker(tracker) }];
    let sequencer = match sequencer {
        Some(sequencer) => sequencer.clone(),
        None => {
            let sequencer = free("sequencer", &|name| project.modules.contains_key(name));
            commands.push(Command::AddModule { kind: Name::new("sequencer"), name: Some(sequencer.clone()) });
            commands.push(Command::SetParameter { module: sequencer.clone(), param: Name::new("auto"), value: Value::Bool(true) });
            sequencer
        }
    };
    match project.bindings.get(&sequencer) {
        Some(Source::Chain(bound)) => {
            if let Some(chain) = project.chains.get(bound) {
                let mut chain = Chain::clone(chain);
                let place = after.map_or(chain.entries.len(), |after| after + 1).min(chain.entries.len());
                chain.entries.insert(place, ChainEntry { pattern: name.clone(), repeats: 1, muted: false });
                commands.push(Command::SetChain { name: bound.clone(), chain });
            }
        }
        _ => commands.push(Command::Bind { sequencer: sequencer.clone(), source: Source::Pattern(name.clone()) }),
    }
    (name, sequencer, commands)
}

/// What lets a sequencer play a chain of one pattern.
#[must_use]
pub fn chain(project: &Project, sequencer: &Name, pattern: &Name) -> Vec<Command> {
    let name = (1_u32..).map(|number| Name::new(&format!("chain{number}"))).find(|name| !project.chains.contains_key(name));
    let name = name.unwrap_or_default();
    let chain = Chain { entries: vec![ChainEntry { pattern: pattern.clone(), repeats: 1, muted: false }], enabled: true };
    vec![Command::SetChain { name: name.clone(), chain }, Command::Bind { sequencer: sequencer.clone(), source: Source::Chain(name) }]
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn columns_come_from_what_hears_the_sequencer_and_from_everything_where_something_is_searched() {
        let engine = Engine::empty();
        let script = "autoRoute(false) sampler('k') synth('y') sequencer('s') sequencer('alone') connect('s', 'k')";
        assert_eq!(engine.run_script_and_wait("s", script).error, None);
        let project = engine.snapshot().project.clone();
        let sequencer = Name::new("s");
        let named = |sequencer: &Name, has: &[Column], searched: &str| -> Vec<(Option<String>, &str)> {
            let found = columns(&project, Some(sequencer), has, searched);
            found.iter().map(|offer| (offer.module.map(ToString::to_string), offer.spec.name)).collect()
        };
        let all = named(&sequencer, &[], "");
        assert!(
            all.contains(&(Some("k".into()), "volume")) && all[1..].iter().all(|(module, _)| module.as_deref() == Some("k")),
            "{all:?}"
        );
        assert_eq!(all[0], (None, "velocity"));
        assert!(!all.iter().any(|(_, name)| ["index", "note"].contains(name)), "those have columns of their own");
        assert!(!named(&sequencer, &[Column::Param("volume".into())], "").iter().any(|(_, name)| *name == "volume"));
        assert!(named(&sequencer, &[], "detune").contains(&(None, "detune")));
        assert!(!named(&Name::new("alone"), &[], "").is_empty(), "nothing hears it yet");
    }

    #[test]
    fn a_new_pattern_is_played_at_once_and_one_undo_takes_it_back() {
        for (script, binding) in [
            ("session{}", "sequencer1 pattern1"),
            ("session{} sequencer('s') pattern('pattern1', 'bd')", "s pattern2"),
            ("session{} sequencer('s') pattern('a', 4) pattern('b', 4) chain('c', {'a', 'b'}) bind('s', 'c')", "s c a pattern1 b"),
        ] {
            let engine = Engine::empty();
            assert_eq!(engine.run_script_and_wait("s", script).error, None);
            let before = engine.snapshot().project.clone();
            let sequencer = before.sequencers().next();
            let (name, made, commands) = pattern(&before, sequencer, Tracker::new(16), Some(0));
            engine.apply("new", commands).unwrap();
            let project = engine.snapshot().project.clone();
            let mut said = vec![made.to_string(), project.bindings[&made].name().to_string()];
            if let Some(chain) = project.chains.get("c") {
                said.extend(chain.entries.iter().map(|entry| entry.pattern.to_string()));
            }
            assert_eq!(said.join(" "), binding);
            assert!(project.patterns.contains_key(&name));
            assert!(engine.undo().is_some());
            assert_eq!(engine.snapshot().project, before);
        }
    }
}
