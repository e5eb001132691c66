//! Commands applied to a project.

use super::Project;
use crate::command::{Command, CommandError, Outcome};

impl Project {
    /// Applies one command.
    ///
    /// # Errors
    /// Says what is wrong with the command; the project is as before.
    pub fn apply(&mut self, command: &Command) -> Result<Outcome, CommandError> {
        Err(CommandError(format!("{command:?} is not known")))
    }
}
