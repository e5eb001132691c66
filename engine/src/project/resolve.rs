//! The session around a pattern: the other patterns it names, made once each.

use std::{cell::RefCell, collections::HashMap};

use super::Project;
use crate::{
    module::event_params,
    name::{Name, did_you_mean},
    pattern::{
        Pattern,
        cycle::{
            core,
            expr::{REFERENCE, Surroundings},
            fault::{Error, call_error},
            meter,
        },
        tracked,
    },
};

/// How many patterns may name each other in a row.
const MAX_DEPTH: usize = 32;

/// Finds and makes the patterns of a project that others name.
#[derive(Debug)]
pub struct Resolver<'a> {
    project: &'a Project,
    /// Patterns made; `None` while one is being made.
    made: RefCell<HashMap<Name, Option<core::Pattern>>>,
}

impl<'a> Resolver<'a> {
    /// For the patterns of `project`.
    #[must_use]
    pub fn new(project: &'a Project) -> Self {
        Self { project, made: RefCell::default() }
    }

    /// For the pattern called `name`, which may not come to name itself.
    #[must_use]
    pub fn of(project: &'a Project, name: &Name) -> Self {
        Self { project, made: RefCell::new(HashMap::from([(name.clone(), None)])) }
    }
}

/// Whether a trigger can set a parameter of this name in any session.
#[must_use]
pub fn is_event_param(name: &str) -> bool {
    event_params().any(|spec| spec.is_called(name))
}

impl Surroundings for Resolver<'_> {
    fn pattern(&self, name: &str) -> Result<core::Pattern, Error> {
        let refused = |reason: String| Err(call_error(REFERENCE, reason));
        match self.made.borrow().get(name) {
            Some(Some(made)) => return Ok(made.clone()),
            Some(None) => return refused(format!("pattern {name} would play itself; break the circle")),
            None => {}
        }
        meter::check()?;
        let Some(slot) = self.project.patterns.get(name) else {
            let known = self.project.patterns.keys().map(Name::as_str);
            let hint = did_you_mean(name, known);
            return refused(format!("there is no pattern \"{name}\"{hint}"));
        };
        if self.made.borrow().values().filter(|made| made.is_none()).count() >= MAX_DEPTH {
            return refused(format!("more than {MAX_DEPTH} patterns name each other in a row; use fewer"));
        }
        let key = Name::new(name);
        self.made.borrow_mut().insert(key.clone(), None);
        let made = match &*slot.pattern {
            Pattern::Tracker(tracker) => tracked(&key, tracker, slot, self.project.clock.cycle_beats)?,
            Pattern::Cycle(cycle) => cycle.pattern(self)?.unplaced()?,
        };
        self.made.borrow_mut().insert(key, Some(made.clone()));
        Ok(made)
    }

    /// Scripts refuse names that nothing in the session has. What was accepted once plays on when a shader file, edited,
    /// no longer declares the parameter, or its module is gone; the plan warns of it.
    fn is_control(&self, name: &str) -> bool {
        Name::is_identifier(name)
    }
}
