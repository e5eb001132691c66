//! The session a fresh instance begins with.

use crate::{command::Command, name::Name, project::Project};

/// The script of the default session; running it in a fresh instance changes nothing.
pub const DEFAULT_SCRIPT: &str = include_str!("../../presets/first-light.lua");

/// The project that [`DEFAULT_SCRIPT`] makes, without starting Lua: hosts load and drop plugins while they scan.
#[must_use]
pub fn default_project() -> Project {
    let mut project = Project::default();
    for command in DEFAULT_PROJECT.with(Clone::clone) {
        // Refusals can't happen: a test runs the script against this.
        let _ = project.apply(&command);
    }
    project
}

fn named(text: &str) -> Name {
    Name::new(text)
}
