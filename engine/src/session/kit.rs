//! The factory kit as the sampler `kit` that the first need of it makes.

use std::collections::BTreeMap;

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
