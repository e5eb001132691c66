//! A transaction: commands applied to a private copy of the project, committed whole or not at all.

use crate::{
    command::{Command, CommandError, Outcome, TransportAction},
    project::Project,
    view::Playhead,
};

/// Most commands one transaction takes.
pub const MAX_COMMANDS: usize = 65_536;

/// A private copy of the project with the commands that made it.
#[derive(Clone, Debug)]
pub struct Transaction {
    base: Project,
    project: Project,
    commands: Vec<Command>,
    transport: Vec<TransportAction>,
    playhead: Playhead,
}

impl Transaction {
    /// Starts from `project`; `playhead` is what `getBeat` and its like answer meanwhile.
    #[must_use]
    pub fn new(project: Project, playhead: Playhead) -> Self {
        Self { base: project.clone(), project, commands: Vec::new(), transport: Vec::new(), playhead }
    }

    /// Applies one command at once, so that later reads see it.
    ///
    /// # Errors
    /// Says what is wrong with the command; the copy is as before.
    pub fn apply(&mut self, command: Command) -> Result<Outcome, CommandError> {
        if self.commands.len() >= MAX_COMMANDS {
            return Err(CommandError(format!("a script may give {MAX_COMMANDS} commands in one run; this one gives more")));
        }
        let outcome = if let Command::SetTransport { action } = command {
            self.transport.push(action);
            Outcome::Changed
        } else {
            self.project.apply(&command)?
        };
        self.commands.push(command);
        Ok(outcome)
    }

    /// The copy as it stands.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.project
    }

    /// The project it started from.
    #[must_use]
    pub const fn base(&self) -> &Project {
        &self.base
    }

    /// The commands so far.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// Transport actions so far, in order.
    #[must_use]
    pub fn transport(&self) -> &[TransportAction] {
        &self.transport
    }

    /// Where the song stood when the transaction began.
    #[must_use]
    pub const fn playhead(&self) -> &Playhead {
        &self.playhead
    }

    /// Replaces the whole copy, as `session{…}` and undo do.
    pub fn replace(&mut self, project: Project) {
        self.project = project;
    }
}
