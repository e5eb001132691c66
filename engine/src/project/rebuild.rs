//! Rebuilding a project that came from outside, so that only what commands allow is in it.

use super::{Clock, Connection, EDITION, Module, Project};
use crate::{
    command::Command,
    module::{Value, samples::is_of_samples},
    name::Name,
};

/// Most different problems that are told one by one.
const MOST_PROBLEMS: usize = 100;

impl Project {
    /// The same project, made anew through commands: what they refuse is left out, and said.
    #[must_use]
    pub fn rebuilt(&self) -> (Self, Vec<String>) {
        let mut new = Self { auto_route: false, ..Self::default() };
        let (mut problems, mut more) = (Vec::new(), 0_usize);
        for command in self.commands() {
            if let Err(why) = new.apply(&command) {
                let problem = format!("left out of the loaded session: {why}");
                if problems.len() == MOST_PROBLEMS {
                    more += 1;
                } else if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        if more > 0 {
            problems.push(format!("left out of the loaded session: {more} more like these"));
        }
        new.auto_route = self.auto_route;
        for (path, asset) in &self.assets {
            if let Some(slot) = new.assets.get_mut(path) {
                *slot = asset.clone();
            }
        }
        for (name, slot) in &self.patterns {
            if let Some(new) = new.patterns.get_mut(name) {
                new.muted = slot.muted;
                new.origin = if slot.origin.is_finite() { slot.origin } else { 0.0 };
            }
        }
        (new, problems)
    }

    /// The commands that make this project from an empty one without default routing; assets' hashes and patterns'
    /// playing state are not in them.
    fn commands(&self) -> Vec<Command> {
        let Clock { bpm, source, cycle_beats, bar_beats } = self.clock;
        let mut list = vec![
            Command::SetBpm { bpm },
            Command::SetClockSource { source },
            Command::SetCycle { beats: cycle_beats },
            Command::SetBar { beats: bar_beats },
        ];
        list.extend(self.assets.keys().map(|path| Command::AddAsset { path: path.clone() }));
        for (name, module) in self.modules_in_order() {
            list.push(Command::AddModule { kind: module.kind.clone(), name: Some(name.clone()) });
            // First, because the other parameters are the shader's.
            if let Some(Value::Text(shader)) = module.params.get(crate::module::shader::SHADER) {
                list.push(Command::SetShader { module: name.clone(), shader: shader.clone(), interface: module.interface });
            }
            // As what decides which variant it is.
            let deciding = module.deciding();
            let mut params: Vec<_> = module.params.iter().filter(|(param, _)| &***param != crate::module::shader::SHADER).collect();
            params.sort_by_key(|(param, _)| deciding != Some(param.as_str()));
            for (param, value) in params {
                list.push(Command::SetParameter { module: name.clone(), param: param.clone(), value: value.clone() });
            }
            if self.edition < EDITION {
                list.extend(formerly(name, module));
            }
            if !module.samples.is_empty() {
                // Values that a sample can't have never had an effect.
                let mut samples = module.samples.clone();
                let kind = module.module_type();
                let counts = |param: &str| kind.param(param).is_none_or(|found| is_of_samples(found.index));
                samples.iter_mut().for_each(|sample| sample.params.retain(|param, _| counts(param)));
                list.push(Command::SetSamples { module: name.clone(), samples });
            }
        }
        // A cable laid on purpose takes the place of those laid by default, so all of them are there before any is on purpose.
        let cable = |c: &Connection, auto| Command::Connect { from: c.from_end(), to: c.to_end(), kind: Some(c.kind), auto };
        list.extend(self.connections.iter().map(|c| cable(c, true)));
        list.extend(self.connections.iter().filter(|c| !c.auto).map(|c| cable(c, false)));
        list.extend(self.links.iter().map(|link| Command::LinkParameter { link: link.clone() }));
        let patterns = self.patterns_in_order().into_iter();
        list.extend(patterns.map(|(name, slot)| Command::SetPattern { name: name.clone(), pattern: (*slot.pattern).clone() }));
        list.extend(self.chains.iter().map(|(name, chain)| Command::SetChain { name: name.clone(), chain: (**chain).clone() }));
        list.extend(self.bindings.iter().map(|(s, source)| Command::Bind { sequencer: s.clone(), source: source.clone() }));
        list.extend(self.macros.iter().map(|(index, value)| Command::SetMacro { index: *index, value: Some((**value).clone()) }));
        list
    }
}

/// Gives parameters that did not exist yet when a module was saved the values that leave it as it was.
fn formerly<'a>(name: &'a Name, module: &'a Module) -> impl Iterator<Item = Command> + 'a {
    let kind = module.module_type();
    let absent = kind.formerly.iter().filter(|(param, _)| !module.params.contains_key(*param));
    absent.filter_map(move |(param, number)| {
        let value = kind.param(param)?.spec.value_of(*number);
        Some(Command::SetParameter { module: name.clone(), param: Name::new(param), value })
    })
}
