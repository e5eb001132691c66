//! The numbers by which the audio thread and views know modules, patterns, bindings and controls.

use crate::{
    module::known_controls,
    plan::{Ids, Writings},
    project::Project,
    signal::Controls,
};

/// The ids of one instance.
#[derive(Debug)]
pub(super) struct SessionIds {
    pub modules: Ids,
    pub patterns: Ids,
    /// Of bindings: `p:` and a pattern's name, `c:` and a chain's.
    pub sources: Ids,
    pub writings: Writings,
    pub controls: Controls,
}

impl Default for SessionIds {
    fn default() -> Self {
        Self {
            modules: Ids::default(),
            patterns: Ids::default(),
            sources: Ids::default(),
            writings: Writings::default(),
            controls: known_controls(),
        }
    }
}

impl SessionIds {
    /// Forgets the ids of what the session no longer holds.
    pub fn tidy(&mut self, project: &Project) {
        self.modules.tidy(|name| project.modules.contains_key(name));
        self.patterns.tidy(|name| project.patterns.contains_key(name));
        self.sources.tidy(|name| match name.split_once(':') {
            Some(("p", name)) => project.patterns.contains_key(name),
            Some(("c", name)) => project.chains.contains_key(name),
            _ => false,
        });
        self.writings.tidy(project);
    }

    /// The pattern or chain of a binding; empty where that is gone.
    pub fn source_name(&self, source: u32) -> &str {
        self.sources.name(source).map_or("", |name| name.split_once(':').map_or("", |(_, name)| name))
    }
}
