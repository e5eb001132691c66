//! The factory kit as the sampler `kit` that the first need of it makes.

use std::collections::{BTreeMap, HashSet};

use crate::{
    command::Command,
    media::{factory, words::words},
    module::Value,
    name::Name,
    project::Sample,
};

/// The commands that make a sampler without samples the kit: its samples, and what differs from a plain sampler. Notes and levels
/// follow Strudel's rules, and `note("c2")` plays a sound as it is.
#[must_use]
pub fn commands(module: &Name) -> Vec<Command> {
    let samples = factory::kit().map(|(_, asset)| Sample { asset: Name::new(&asset), params: BTreeMap::new() }).collect();
    let set = |param: &str, value: Value| Command::SetParameter { module: module.clone(), param: Name::new(param), value };
    vec![
        Command::SetSamples { module: module.clone(), samples },
        set("root", Value::Number(36.0)),
        set("rules", Value::Text(Name::new("strudel"))),
    ]
}

/// Whether a sampler is the kit, or nothing yet: one with samples of its own only is another that has its name.
#[must_use]
pub fn is_kit(samples: &[Sample]) -> bool {
    let made: HashSet<String> = factory::kit().map(|(_, asset)| asset).collect();
    // Some may have been taken out, and others put in.
    samples.is_empty() || samples.iter().filter(|sample| made.contains(&*sample.asset)).count() * 2 >= made.len()
}

/// The words it knows, the usual one of each bank first.
#[must_use]
pub fn known() -> Vec<String> {
    let mut known: Vec<String> = factory::KIT.iter().map(|bank| bank.word.to_owned()).collect();
    for (_, asset) in factory::kit() {
        for word in words(&asset) {
            if known.iter().all(|other| *other != *word) {
                known.push(word.into_owned());
            }
        }
    }
    known
}
