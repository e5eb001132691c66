//! What the triggers of a sequencer name, for whoever shows them or writes them down.

use std::{borrow::Cow, collections::HashSet};

use super::{Finder, Project};
use crate::{
    module::samples::{Named, SampleWords, words_of},
    name::Name,
    signal::{
        ControlMap, control,
        word::{Word, WordTable},
    },
};

/// The words of everything that hears a sequencer.
#[derive(Debug)]
pub struct Namer {
    /// Those of each sampler, with how many samples it has.
    samplers: Vec<(SampleWords, usize)>,
    words: WordTable<String>,
    /// The modules that hear every trigger.
    listeners: Vec<Name>,
    /// The instruments that triggers find.
    found: Finder<Name>,
}

impl Namer {
    /// The words of the modules that hear a sequencer.
    #[must_use]
    pub fn new(project: &Project, sequencer: &Name) -> Self {
        let hearers = project.hearers(sequencer).into_iter().filter_map(|to| project.modules.get(to));
        let samplers = hearers.filter(|module| module.module_type().has_samples() && !module.samples.is_empty());
        Self {
            samplers: samplers.map(|module| (SampleWords::of(&module.samples), module.samples.len())).collect(),
            words: WordTable::new(project.sounds(sequencer).into_iter().map(|word| (Word::of(&word), word))),
            listeners: project.listeners(sequencer).into_iter().cloned().collect(),
            found: if project.finds(sequencer) { Finder::new(project, Name::clone) } else { Finder::default() },
        }
    }

    /// The modules that hear a trigger: those that hear all of them, and the instrument that it finds.
    #[must_use]
    pub fn targets(&self, values: ControlMap<'_>) -> Vec<Name> {
        let found = self.found.find(values).filter(|found| !self.listeners.contains(found));
        self.listeners.iter().chain(found).cloned().collect()
    }

    /// The index of the sample that a trigger names: in the first sampler that knows its word.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "an index is small")]
    pub fn index(&self, values: ControlMap<'_>) -> Option<f64> {
        let said = |control: u16| values.get(control);
        if said(control::S).is_none() {
            return said(control::INDEX).or_else(|| said(control::N));
        }
        self.samplers.iter().find_map(|(words, count)| match words.named(values, || *count, 0.0) {
            Named::Sample(index) => Some(index as f64),
            Named::Rest | Named::Other => None,
        })
    }

    /// The word that a trigger names.
    #[must_use]
    pub fn word(&self, values: ControlMap<'_>) -> Option<&str> {
        values.get(control::S).and_then(|number| self.words.get(number)).map(String::as_str)
    }
}

impl Project {
    /// The words that the modules know which hear a sequencer: those of their samples, in order, first the usual word of each, then the
    /// others; and those of their types.
    #[must_use]
    pub fn sounds(&self, sequencer: &Name) -> Vec<String> {
        let hearers: Vec<_> = self.hearers(sequencer).into_iter().filter_map(|to| self.modules.get(to)).collect();
        let called: Vec<_> = hearers.iter().flat_map(|module| &module.samples).map(words_of).collect();
        let usual = called.iter().filter_map(|words| words.first().cloned());
        let others = called.iter().flat_map(|words| words.iter().skip(1).cloned());
        let typed = hearers.iter().flat_map(|module| module.module_type().words).map(|word| Cow::Borrowed(*word));
        let mut seen = HashSet::new();
        usual.chain(others).chain(typed).map(Cow::into_owned).filter(|word| seen.insert(word.clone())).collect()
    }
}
