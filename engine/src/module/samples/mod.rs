//! Samples: what a module with [`Content::Samples`](super::Content::Samples) holds, and how triggers choose among them; and the wavetables of one
//! with [`Content::Tables`](super::Content::Tables), which its instance lists in the same way.

use super::{
    Module, Sample,
    sampler::{PARAMS, param},
};

mod content;
mod tables;
mod words;
mod zone;

pub use crate::param::{Cuts, MAX_SLICES};
pub use content::{SampleContent, SamplerContent};
pub use tables::{OF_TABLE, Tables, cycle_of};
pub use words::{Named, SampleWords};
pub use zone::{CHOICE, choice, patch_of, words_of};

/// How a module cuts those of its samples that don't say it themselves; `None`: into equal slices.
#[must_use]
pub fn cuts_of(module: &Module) -> Option<Cuts> {
    Cuts::of_value(module.params.get("slices")?)
}

/// How a sample of a module is cut; `None`: into equal slices.
#[must_use]
pub fn cuts_of_sample(module: &Module, sample: &Sample) -> Option<Cuts> {
    sample.params.get("slices").map_or_else(|| cuts_of(module), Cuts::of_value)
}

/// Whether voices of a module's samples play on when their events end.
#[must_use]
pub fn outlasts_events(module: &Module) -> bool {
    let rules = &PARAMS[param::RULES];
    module.params.get(rules.name).and_then(|value| rules.number_of(value)).is_some_and(|rules| rules >= 0.5)
}

/// Whether a sample may have a value of its own, by index in the module's parameter list: not where it concerns the module as a whole.
#[must_use]
pub const fn is_of_samples(index: usize) -> bool {
    index < PARAMS.len()
        && !matches!(index, param::ENABLED | param::INDEX | param::POLYPHONY | param::VOICES | param::RULES | param::QUALITY)
}
