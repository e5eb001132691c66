//! What a binding sees of the run it serves: the transaction, moved in for the run, and what the run leaves behind.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mlua::{Function, Lua, Value};

use super::{Request, place};
use crate::{
    command::{Command, CommandError, Outcome},
    name::Name,
    pattern::cycle::meter::{self, Meter},
    project::{Answer, Fact, Facts, MAX_FACTS, Project},
    snapshot::{Message, Severity},
    text::counted,
    transaction::Transaction,
    view::Playhead,
};

/// Most lines one run prints.
const MAX_MESSAGES: usize = 1000;
/// Longest line that is kept, in bytes.
pub(super) const MAX_LINE: usize = 8192;
/// Memory the values of one run's commands may take outside the VM, in bytes.
const COMMAND_BYTES: usize = 64 << 20;

/// A Lua function kept for later.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    pub id: u64,
    pub function: Function,
    /// The script that registered it.
    pub script: Arc<str>,
    /// Failures in a row.
    pub failures: u32,
    /// Whether a script that came with a loaded session registered it: it gives no media and looks at no folder.
    pub guest: bool,
}

/// A function that waits for a version to be heard.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// The version; `None` stands for the run that registered it, until [`super::Vm::committed`] says which that is.
    pub receipt: Option<u64>,
    pub callback: Callback,
    /// How many such functions registered each other, one after another.
    pub depth: u32,
}

/// Most patterns of a run whose fate is followed, and most at once that nothing was made of yet.
const MAX_LOOSE: (usize, usize) = (10_000, 256);

/// The patterns that a run made and has made nothing of yet, each with its line.
#[derive(Debug, Default)]
pub(super) struct Loose {
    made: Vec<(Arc<AtomicBool>, u32)>,
    noted: usize,
    off: bool,
}

impl Loose {
    /// Nothing to begin with; where nobody is to be told, nothing is noted.
    fn begin(off: bool) -> Self {
        Self { off, ..Self::default() }
    }

    /// Whether a further pattern is to be noted.
    pub fn wants_more(&mut self) -> bool {
        if self.made.len() >= MAX_LOOSE.1 {
            self.made.retain(|(used, _)| !used.load(Ordering::Relaxed));
        }
        !self.off && self.noted < MAX_LOOSE.0 && self.made.len() < MAX_LOOSE.1
    }

    /// Notes a pattern; `used` is set once something is made of it.
    pub fn note(&mut self, used: Arc<AtomicBool>, line: u32) {
        self.noted += 1;
        self.made.push((used, line));
    }

    /// Whether nothing was made of some.
    pub fn has_any(&self) -> bool {
        self.made.iter().any(|(used, _)| !used.load(Ordering::Relaxed))
    }

    /// The lines of those of which nothing was made, and which nothing holds any more.
    pub fn lines(&mut self) -> BTreeSet<u32> {
        let lost = |(used, _): &(Arc<AtomicBool>, u32)| !used.load(Ordering::Relaxed) && Arc::strong_count(used) == 1;
        std::mem::take(&mut self.made).into_iter().filter(lost).map(|(_, line)| line).collect()
    }
}

/// The session that a generative pattern reads, and what it was told of it.
#[derive(Debug)]
pub(super) struct Reading {
    session: Project,
    pub facts: Facts,
}

impl Reading {
    /// Begins to read a session.
    pub fn of(session: &Project) -> Self {
        Self { session: session.clone(), facts: Facts::default() }
    }
}

/// The VM's app data.
#[derive(Debug)]
pub(super) struct Host {
    /// The run's copy of the session; an empty one between runs.
    pub transaction: Transaction,
    pub messages: Vec<Message>,
    pub requests: Vec<Request>,
    pub loose: Loose,
    /// The sequencers that `d1` and its kind gave something to play.
    pub played: BTreeSet<Name>,
    pub callbacks: Vec<Callback>,
    pub waiting: Vec<Waiting>,
    pub next_id: u64,
    /// Name and text of the script that runs.
    pub script: Arc<str>,
    pub source: Arc<str>,
    /// The last version this VM heard of.
    pub version: u64,
    /// Whether `session{…}` made the run exact.
    pub exact: bool,
    /// Whether a callback runs, not a script.
    pub in_callback: bool,
    /// Commands the transaction held when the run began.
    pub first_command: usize,
    /// Where `import` may look for folders, for scripts of the user's own.
    pub roots: Vec<PathBuf>,
    /// Whether what runs came with a loaded session, or may not look at the disk for another reason.
    pub guest: bool,
    /// What a generative pattern reads whose cycle is worked out.
    pub reading: Option<Reading>,
    /// The depth of the waiting function that runs; 0 where none does.
    pub depth: u32,
    swallowed: usize,
    spent: usize,
    /// What patterns take outside of the VM, and how much that was after the last collection.
    meter: Arc<Meter>,
    collected: usize,
    /// Memory that the VM and what is kept outside of it may take.
    memory: usize,
}

impl Host {
    pub fn new(meter: Arc<Meter>, memory: usize) -> Self {
        Self {
            transaction: Transaction::new(Project::default(), Playhead::default()),
            messages: Vec::new(),
            requests: Vec::new(),
            loose: Loose::begin(true),
            played: BTreeSet::new(),
            callbacks: Vec::new(),
            waiting: Vec::new(),
            next_id: 1,
            script: Arc::from("script"),
            source: Arc::from(""),
            version: 0,
            exact: false,
            in_callback: false,
            first_command: 0,
            roots: Vec::new(),
            guest: true,
            reading: None,
            depth: 0,
            swallowed: 0,
            spent: 0,
            meter,
            collected: 0,
            memory,
        }
    }

    /// Takes `transaction` in and forgets the run before.
    pub fn enter(&mut self, transaction: &mut Transaction, script: &Arc<str>, source: &Arc<str>) {
        std::mem::swap(&mut self.transaction, transaction);
        self.script = Arc::clone(script);
        self.source = Arc::clone(source);
        self.first_command = self.transaction.commands().len();
        self.exact = false;
        self.in_callback = false;
        self.swallowed = 0;
        self.spent = 0;
        self.messages.clear();
        self.requests.clear();
        self.loose = Loose::begin(true);
        self.played.clear();
    }

    /// Notes the patterns of which nothing is made, for a script that somebody here runs.
    pub fn follow_patterns(&mut self) {
        self.loose = Loose::begin(self.guest);
    }

    /// Gives the transaction back, with everything printed.
    pub fn leave(&mut self, transaction: &mut Transaction) -> Vec<Message> {
        std::mem::swap(&mut self.transaction, transaction);
        if self.swallowed > 0 {
            let text = format!("… and {} more; a run prints at most {MAX_MESSAGES}", counted(self.swallowed, "line"));
            self.messages.push(note(text, None));
        }
        std::mem::take(&mut self.messages)
    }

    pub fn say(&mut self, severity: Severity, mut text: String, line: Option<u32>) {
        if self.messages.len() >= MAX_MESSAGES {
            self.swallowed += 1;
            return;
        }
        shorten(&mut text);
        self.messages.push(Message { severity, text, line, column: None });
    }

    /// The session that reads see: the run's copy, or the one that a generative pattern reads.
    pub fn session(&self) -> &Project {
        self.reading.as_ref().map_or_else(|| self.transaction.project(), |reading| &reading.session)
    }

    /// Answers a fact of [`Self::session`], and notes it where a generative pattern asks.
    pub fn ask(&mut self, fact: Fact) -> Result<Answer, Fault> {
        let Some(Reading { session, facts }) = &mut self.reading else { return Ok(self.transaction.project().answer(&fact)) };
        facts
            .ask(session, fact)
            .ok_or_else(|| Fault::Said(format!("a cycle reads more than {MAX_FACTS} parameters and macros of the session; read fewer")))
    }

    /// Applies one command to the run's copy.
    pub fn apply(&mut self, command: Command) -> Result<Outcome, Fault> {
        self.charge(size_of::<Command>() + command.bytes())?;
        Ok(self.transaction.apply(command)?)
    }

    /// Counts commands that were applied otherwise, from the `first` on.
    pub fn charge_from(&mut self, first: usize) -> Result<(), Fault> {
        let bytes = self.transaction.commands().iter().skip(first).map(|command| size_of::<Command>() + command.bytes()).sum();
        self.charge(bytes)
    }

    /// Counts memory that a command's values take outside the VM, so that a script can't fill the machine with them.
    fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > COMMAND_BYTES {
            return Err(Fault::Said(format!("this run's steps, samples and texts take more than {} MiB; write less", COMMAND_BYTES >> 20)));
        }
        Ok(())
    }
}

/// Cuts a text that is longer than a line may be.
pub(super) fn shorten(text: &mut String) {
    if text.len() > MAX_LINE {
        text.truncate(text.floor_char_boundary(MAX_LINE));
        text.push('…');
    }
}

/// Values as one line shows them; where it gets longer than a line may be, the rest is left out.
///
/// # Errors
/// What a value's `__tostring` raises.
pub(super) fn joined(values: impl IntoIterator<Item = Value>, between: &str) -> mlua::Result<String> {
    let mut shown = String::new();
    for (index, value) in values.into_iter().enumerate() {
        if shown.len() > MAX_LINE {
            break;
        }
        if index > 0 {
            shown.push_str(between);
        }
        match value {
            Value::String(text) => {
                let bytes = text.as_bytes();
                shown.push_str(&String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_LINE + 4)]));
            }
            other => shown.push_str(&other.to_string()?),
        }
    }
    shorten(&mut shown);
    Ok(shown)
}

/// Ends a binding whose script must end, and makes room for patterns: Lua collects without knowing what they take. To be
/// called before patterns are made, with the host free.
pub(super) fn make_room(lua: &Lua) -> Result<(), Fault> {
    if let Some(why) = meter::over() {
        return Err(Fault::Said(why));
    }
    let used = lua.used_memory();
    let is_due = |host: &mut Host| {
        let kept = host.meter.kept();
        Ok(kept > host.collected + host.memory / 8 || kept + used > host.memory)
    };
    if !with_host(lua, is_due)? {
        return Ok(());
    }
    // Twice: the first may only finish a collection that was under way.
    lua.gc_collect()?;
    lua.gc_collect()?;
    let used = lua.used_memory();
    let (kept, memory) = with_host(lua, |host| {
        host.collected = host.meter.kept();
        Ok((host.collected, host.memory))
    })?;
    if kept + used > memory {
        let text = format!("variables and patterns take more than the {} MiB that a script may; keep fewer patterns", memory >> 20);
        return Err(Fault::Said(text));
    }
    lua.set_memory_limit(memory - kept)?;
    Ok(())
}

/// A note for the console.
pub(super) const fn note(text: String, line: Option<u32>) -> Message {
    Message { severity: Severity::Note, text, line, column: None }
}

/// Runs `f` with the host. Never call Lua from within `f`: bindings it reached would find the host taken.
pub(super) fn with_host<R>(lua: &Lua, f: impl FnOnce(&mut Host) -> Result<R, Fault>) -> Result<R, Fault> {
    let Ok(Some(mut host)) = lua.try_app_data_mut::<Host>() else {
        return Err(Fault::Said("the session is not at hand; call this from a script or a callback".to_owned()));
    };
    f(&mut host)
}

/// Why a binding refused.
#[derive(Debug)]
pub(super) enum Fault {
    /// In words; the place is added where it is raised.
    Said(String),
    /// From Lua itself.
    Lua(mlua::Error),
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        Self::Said(error.0)
    }
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Self {
        Self::Lua(error)
    }
}

impl From<String> for Fault {
    fn from(text: String) -> Self {
        Self::Said(text)
    }
}

impl Fault {
    /// The Lua error, placed at the call of `function`.
    pub fn raise(self, lua: &Lua, function: &str) -> mlua::Error {
        match self {
            Self::Said(text) => mlua::Error::external(place::at_call(lua, function, text)),
            Self::Lua(error) => error,
        }
    }
}

/// A binding's answer.
pub(super) type Reply = Result<mlua::Value, Fault>;
