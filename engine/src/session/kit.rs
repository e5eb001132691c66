//! The factory kit: what the sampler `kit` holds that the first need of it makes.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{command::Command, media::words::words, name::Name, project::Sample};

/// Its media, in order: the sound that a word names, with a picture of its own.
const MEDIA: &[&str] = &["factory:bd|ember", "factory:sd|halo", "factory:hh|spark", "factory:cp|tide"];

/// The commands that make a sampler without samples the kit: its samples, and whatever of its parameters is not at its default.
#[must_use]
pub fn commands(module: &Name) -> Vec<Command> {
    let samples = MEDIA.iter().map(|asset| Sample { asset: Name::new(asset), params: BTreeMap::new() }).collect();
    vec![Command::SetSamples { module: module.clone(), samples }]
}

/// The words it knows.
pub fn known() -> impl Iterator<Item = Cow<'static, str>> {
    MEDIA.iter().flat_map(|asset| words(asset))
}
