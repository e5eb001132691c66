//! A transaction: commands applied to a private copy of the project, committed whole or not at all.

use std::collections::BTreeSet;

use crate::{
    command::{Command, CommandError, Outcome, TransportAction, refuse},
    module::{Value, shader::SHADER},
    name::Name,
    project::{MAX_BYTES, Project},
    shader::{Shelf, is_file},
    view::Playhead,
};

/// Most commands one transaction takes.
pub const MAX_COMMANDS: usize = 65_536;

/// On whose word a transaction changes the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Author {
    /// A script of the user's own: it says what the session is, so that a value it repeats is no change.
    #[default]
    Script,
    /// The user's hand, in a panel or in the console: what it sets is meant even where it is so already.
    Hand,
    /// A callback, which plays on by itself: it never moves what belongs to the host.
    Callback,
}

/// A private copy of the project with the commands that made it.
#[derive(Clone, Debug)]
pub struct Transaction {
    base: Project,
    project: Project,
    commands: Vec<Command>,
    transport: Vec<TransportAction>,
    /// The lines that commands stand in, as the number of commands that end there and the line.
    lines: Vec<(usize, u32)>,
    playhead: Playhead,
    shelf: Shelf,
    given: BTreeSet<Name>,
    author: Author,
    /// Bytes that the copy holds, at most; unknown until something adds to it.
    bytes: Option<usize>,
}

/// How far a transaction had come, to go back to.
#[derive(Clone, Debug)]
pub struct Mark {
    project: Project,
    commands: usize,
    transport: usize,
    given: BTreeSet<Name>,
}

impl Transaction {
    /// Starts from `project`; `playhead` is what `getBeat` and its like answer meanwhile.
    #[must_use]
    pub fn new(project: Project, playhead: Playhead) -> Self {
        Self {
            base: project.clone(),
            project,
            commands: Vec::new(),
            transport: Vec::new(),
            lines: Vec::new(),
            playhead,
            shelf: Shelf::default(),
            given: BTreeSet::new(),
            author: Author::default(),
            bytes: None,
        }
    }

    /// Lets commands name shader files.
    #[must_use]
    pub fn with_shelf(mut self, shelf: Shelf) -> Self {
        self.shelf = shelf;
        self
    }

    /// Says who commands from now on: somebody here, who gives the media that are named, or a loaded session's callback, which
    /// gives nothing.
    pub fn set_trusted(&mut self, trusted: bool) {
        self.shelf.trusted = trusted;
    }

    /// The media that commands of somebody here have named.
    #[must_use]
    pub const fn given(&self) -> &BTreeSet<Name> {
        &self.given
    }

    /// Says on whose word it changes the session.
    #[must_use]
    pub const fn by(mut self, author: Author) -> Self {
        self.author = author;
        self
    }

    /// On whose word it changes the session.
    #[must_use]
    pub const fn author(&self) -> Author {
        self.author
    }

    /// Applies one command at once, so that later reads see it.
    ///
    /// # Errors
    /// Says what is wrong with the command; the copy is as before.
    pub fn apply(&mut self, command: Command) -> Result<Outcome, CommandError> {
        if self.commands.len() >= MAX_COMMANDS {
            return Err(CommandError(format!("a script may give {MAX_COMMANDS} commands in one run; this one gives more")));
        }
        let command = self.with_interface(command)?;
        let outcome = if let Command::SetTransport { action } = command {
            if action == TransportAction::Start && self.author == Author::Callback && !self.shelf.trusted {
                refuse!(
                    "a callback that came with a loaded session does not start the song; run the session's script, or start it yourself"
                );
            }
            self.transport.push(action);
            Outcome::Changed
        } else {
            let before = self.project.clone();
            let outcome = self.project.apply(&command)?;
            self.weigh(before, command.bytes())?;
            outcome
        };
        if self.shelf.trusted {
            self.given.extend(command.media().cloned());
        }
        self.commands.push(command);
        Ok(outcome)
    }

    /// Refuses what makes the copy hold more than a session may, and more than it did.
    fn weigh(&mut self, before: Project, added: usize) -> Result<(), CommandError> {
        if added == 0 {
            return Ok(());
        }
        let most = self.bytes.unwrap_or_else(|| before.bytes()) + added;
        self.bytes = Some(most);
        if most <= MAX_BYTES {
            return Ok(());
        }
        let now = self.project.bytes();
        self.bytes = Some(now);
        if now > MAX_BYTES && now > before.bytes() {
            self.project = before;
            self.bytes = None;
            refuse!("a session holds at most {} MiB of patterns, samples and texts; remove some before adding more", MAX_BYTES >> 20);
        }
        Ok(())
    }

    /// How far it has come.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark { project: self.project.clone(), commands: self.commands.len(), transport: self.transport.len(), given: self.given.clone() }
    }

    /// Goes back to a mark of its own.
    pub fn go_back(&mut self, mark: Mark) {
        self.replace(mark.project);
        self.commands.truncate(mark.commands);
        self.lines.retain(|(end, _)| *end <= mark.commands);
        self.transport.truncate(mark.transport);
        self.given = mark.given;
    }

    /// The command with what a shader file that it names declares.
    fn with_interface(&self, command: Command) -> Result<Command, CommandError> {
        let (module, shader) = match &command {
            Command::SetParameter { module, param, value: Value::Text(shader) } if &**param == SHADER => (module, shader),
            Command::SetShader { module, shader, interface: None } => (module, shader),
            _ => return Ok(command),
        };
        if !is_file(shader) || self.project.modules.get(module).is_none_or(|m| !m.module_type().takes_shader()) {
            return Ok(command);
        }
        // A session that was loaded knows the parameters of its shaders.
        let held = self.base.modules.values().find(|held| held.shader_file() == Some(shader)).and_then(|held| held.interface);
        if let (false, Some(interface)) = (self.shelf.trusted, held) {
            return Ok(Command::SetShader { module: module.clone(), shader: shader.clone(), interface: Some(interface) });
        }
        let interface = self.shelf.interface(shader).map_err(|why| CommandError(format!("{module}: {why}")))?;
        Ok(Command::SetShader { module: module.clone(), shader: shader.clone(), interface: Some(interface) })
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

    /// Says that the commands since the last call stand in a line of the script.
    pub fn stand_in_line(&mut self, line: u32) {
        if self.lines.last().is_none_or(|(end, _)| *end < self.commands.len()) {
            self.lines.push((self.commands.len(), line));
        }
    }

    /// The commands whose lines are known, each with its line.
    pub fn commands_by_line(&self) -> impl Iterator<Item = (&Command, u32)> {
        let mut from = 0;
        self.lines.iter().flat_map(move |(end, line)| {
            let begin = std::mem::replace(&mut from, *end);
            self.commands.get(begin..*end).unwrap_or_default().iter().map(|command| (command, *line))
        })
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
        self.bytes = None;
    }
}
