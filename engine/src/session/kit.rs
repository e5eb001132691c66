//! The factory kit: what the sampler `kit` holds that the first need of it makes.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{media::words::words, name::Name, project::Sample};

/// Its media, in order: the sound that a word names, with a picture of its own.
const MEDIA: &[&str] = &["factory:bd|ember", "factory:sd|halo", "factory:hh|spark", "factory:cp|tide"];

/// Its samples.
#[must_use]
pub fn samples() -> Vec<Sample> {
    MEDIA.iter().map(|asset| Sample { asset: Name::new(asset), params: BTreeMap::new() }).collect()
}

/// The words it knows.
pub fn known() -> impl Iterator<Item = Cow<'static, str>> {
    MEDIA.iter().flat_map(|asset| words(asset))
}
