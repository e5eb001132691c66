//! The VM: runs, callbacks, and the way out of an endless script.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use mlua::{Lua, MultiValue, chunk::ChunkMode};

use super::{
    Request, generative,
    host::{Callback, Host, Reading, joined},
    place::{self, ScriptError},
    sandbox::{self, Ended, Watch},
    state,
};
use crate::{
    command::{Command, CommandError},
    needs::provide,
    pattern::{
        Generator,
        cycle::{
            self,
            meter::{Kept, Meter},
        },
    },
    project::{Facts, Project, Removed},
    snapshot::{Message, Severity, Snapshot},
    transaction::Transaction,
    view::Playhead,
};

/// Failures in a row after which a callback is removed.
const MAX_FAILURES: u32 = 3;

/// Most lines of patterns that are bound to nothing which are told of one run.
const MAX_LOOSE_TOLD: usize = 5;

/// What a script may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory of the whole VM and of what its scripts keep outside of it, in bytes.
    pub memory: usize,
    /// Time of one run.
    pub run: Duration,
    /// Time of one callback.
    pub callback: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 64 << 20, run: Duration::from_secs(1), callback: Duration::from_millis(100) }
    }
}

/// How a script run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunResult {
    /// Whether the run's commands may be committed; else its transaction is to be dropped.
    pub success: bool,
    /// What to tell the player, printed lines first.
    pub messages: Vec<Message>,
    /// The error's text, name and place first.
    pub error: Option<String>,
    /// Line of the error, counted from 1.
    pub line: Option<u32>,
    /// Column of the error in its line, in characters counted from 1, where it could be found.
    pub column: Option<u32>,
    /// Version the run committed, or the one in force where it changed nothing; filled in by whoever commits.
    pub receipt: u64,
    /// What the run took out of the session; filled in by whoever commits.
    pub removed: Removed,
    /// What the run asks of whoever commits it, after the commit.
    pub requests: Vec<Request>,
}

/// Why a cycle of a generative pattern can't be worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCycle {
    /// The error's text, with the line it happened in.
    pub text: String,
    /// Whether it ran out of time.
    pub is_slow: bool,
}

/// Ends a running script from another thread.
#[derive(Clone, Debug)]
pub struct InterruptHandle(Arc<Watch>);

impl InterruptHandle {
    /// Ends the script that runs, also an endless one, and every later one, until [`rearm`](Self::rearm).
    pub fn interrupt(&self) {
        self.0.interrupt(true);
    }

    /// Lets scripts run again.
    pub fn rearm(&self) {
        self.0.interrupt(false);
    }
}

/// A sandboxed Luau VM: one for each instance, used from its Controller's thread.
///
/// Globals that a script sets stay for later runs, so that a block can be run on its own; [`Vm::reset`] forgets them.
#[derive(Debug)]
pub struct Vm {
    lua: Result<Lua, String>,
    limits: Limits,
    watch: Arc<Watch>,
    /// What scripts make outside of Lua.
    meter: Arc<Meter>,
}

impl Default for Vm {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Vm {
    /// A fresh VM. Should Lua refuse to start, every run says so.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let watch = Arc::new(Watch::new());
        let asked = Arc::clone(&watch);
        let meter = Meter::new(limits.memory, u64::MAX, move || asked.ended().map(|why| why.text().to_owned()));
        Self { lua: start(limits, &watch, &meter), limits, watch, meter }
    }

    /// Forgets every global, callback and waiting function.
    pub fn reset(&mut self) {
        self.lua = start(self.limits, &self.watch, &self.meter);
    }

    /// The way to end a script from another thread.
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.watch))
    }

    /// Memory the VM holds, in bytes.
    #[must_use]
    pub fn used_memory(&self) -> usize {
        self.lua.as_ref().map_or(0, Lua::used_memory)
    }

    /// Memory that patterns made by scripts hold outside of the VM, in bytes.
    #[must_use]
    pub fn kept_outside(&self) -> usize {
        self.meter.kept()
    }

    /// Counts memory that what scripts made takes outside of the VM, in bytes, until the answer is dropped.
    #[must_use]
    pub fn keep(&self, bytes: usize) -> Kept {
        self.meter.during(|| Kept::new(bytes))
    }

    /// Forgets every callback and waiting function.
    pub fn forget_callbacks(&mut self) {
        if let Ok(lua) = &self.lua {
            let forgotten = edit(lua, |host| (std::mem::take(&mut host.callbacks), std::mem::take(&mut host.waiting)));
            drop(forgotten);
        }
    }

    /// Runs `f` with what it makes outside of Lua counted, and with as much memory for Lua as that leaves. What the run before
    /// left behind makes room first where it takes most of the memory.
    fn metered<R>(&self, lua: &Lua, f: impl FnOnce() -> R) -> R {
        if lua.used_memory() + self.meter.kept() > self.limits.memory / 4 * 3 {
            // A collection that fails leaves the memory as it is, and the limit refuses the run.
            let _ = lua.gc_collect();
        }
        // Refused only where Lua has no allocator of its own.
        let _ = lua.set_memory_limit(self.limits.memory.saturating_sub(self.meter.kept()).max(self.limits.memory / 8));
        self.meter.during(f)
    }

    /// Whether anybody waits for state changes.
    #[must_use]
    pub fn has_callbacks(&self) -> bool {
        self.lua.as_ref().is_ok_and(|lua| lua.app_data_ref::<Host>().is_some_and(|host| !host.callbacks.is_empty()))
    }

    /// The numbers of those who wait for state changes.
    #[must_use]
    pub fn callbacks(&self) -> Vec<u64> {
        let numbers = |host: &Host| host.callbacks.iter().map(|callback| callback.id).collect();
        self.lua.as_ref().ok().and_then(|lua| lua.app_data_ref::<Host>().map(|host| numbers(&host))).unwrap_or_default()
    }

    /// Whether any function waits for a version to be heard.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.lua.as_ref().is_ok_and(|lua| lua.app_data_ref::<Host>().is_some_and(|host| !host.waiting.is_empty()))
    }

    /// Where `import` may look for folders in the next run; `None` for a script that came with a loaded session, whose callbacks
    /// look nowhere either.
    pub fn set_roots(&mut self, roots: Option<Vec<std::path::PathBuf>>) {
        if let Ok(lua) = &self.lua {
            edit(lua, |host| {
                host.guest = roots.is_none();
                host.roots = roots.unwrap_or_default();
            });
        }
    }

    /// Runs `source`, called `name` in errors, against `transaction`. Where the run fails, the caller drops the transaction;
    /// where it succeeds, the caller commits it and tells [`committed`](Self::committed) the version.
    ///
    /// A run that changed nothing leaves a project equal to the transaction's base.
    pub fn run(&mut self, source: &str, name: &str, transaction: &mut Transaction) -> RunResult {
        let lua = match &self.lua {
            Ok(lua) => lua.clone(),
            Err(why) => return failed(ScriptError { text: why.clone(), script: name.to_owned(), ..ScriptError::default() }),
        };
        if let Err(text) = sandbox::check_length("script", source) {
            return failed(ScriptError { text, script: name.to_owned(), ..ScriptError::default() });
        }
        let (script, text) = (Arc::<str>::from(name), Arc::<str>::from(source));
        let before = edit(&lua, |host| {
            host.enter(transaction, &script, &text);
            host.follow_patterns();
            (host.callbacks.clone(), host.waiting.clone(), host.next_id)
        });
        self.watch.begin(self.limits.run);
        let ran = self.metered(&lua, || {
            // Editors of other systems begin files with a byte-order mark.
            let chunk = lua.load(source.strip_prefix('\u{feff}').unwrap_or(source)).set_name(format!("={name}")).set_mode(ChunkMode::Text);
            let values = chunk.into_function()?.call::<MultiValue>(())?;
            show_returned(&lua, values);
            Ok(())
        });
        let ended = self.watch.ended();
        self.watch.end();
        let error = match (ran, ended) {
            (Err(error), _) => Some(place::locate(&error, name, source)),
            (Ok(()), Some(why)) => Some(ScriptError { text: why.text().to_owned(), script: name.to_owned(), ..ScriptError::default() }),
            (Ok(()), None) => None,
        };
        if error.is_none() {
            tell_loose(&lua);
        }
        let (mut messages, requests) = edit(&lua, |host| {
            if error.is_none() {
                meet_needs(host);
                finish(host);
                retire_callbacks(host, before.2);
            } else {
                (host.callbacks, host.waiting) = (before.0, before.1);
                host.requests.clear();
            }
            let requests = std::mem::take(&mut host.requests);
            (host.leave(transaction), requests)
        });
        let Some(error) = error else { return RunResult { success: true, messages, requests, ..RunResult::default() } };
        messages.extend(self.recover(&lua));
        RunResult { messages, ..failed(error) }
    }

    /// The pattern that a Lua expression gives, such as `s("bd*2"):fast(2)`; mini-notation in quotes is one too.
    /// A script that returns a pattern will also do. Of one that calls functions while it plays, it gives the first four cycles.
    ///
    /// # Errors
    /// The error's text, with the line it happened in.
    pub fn cycle_pattern(&mut self, source: &str, name: &str) -> Result<cycle::core::Pattern, String> {
        self.cycles_of(source, name, 0..4)
    }

    /// As [`cycle_pattern`](Self::cycle_pattern), with the cycles to work out where the pattern calls functions.
    ///
    /// # Errors
    /// The error's text, with the line it happened in.
    pub fn cycles_of(&mut self, source: &str, name: &str, cycles: std::ops::Range<i64>) -> Result<cycle::core::Pattern, String> {
        sandbox::check_length("expression", source)?;
        self.beside_a_session(source, name, self.limits.run, None, |lua| {
            let load = |text: &str| lua.load(text).set_name(format!("={name}")).set_mode(ChunkMode::Text).into_function();
            let function = load(&format!("return {source}")).or_else(|why| load(source).map_err(|_| why))?;
            generative::first_cycles(lua, function, cycles)
        })
        .0
        .map_err(|(_, why)| why)
    }

    /// The events of a generative pattern in one cycle, or why there are none, with what it was told of `session`; `None` where it was
    /// interrupted. What runs out of time is tried once more: the machine may have stood still.
    pub fn cycle_of(
        &mut self,
        session: &Project,
        generator: &Generator,
        cycle: i64,
    ) -> Option<(Result<cycle::core::Pattern, NoCycle>, Facts)> {
        let mut attempt = || {
            let limit = self.limits.callback;
            let reads = Some(session);
            self.beside_a_session(&generator.source, generative::NAME, limit, reads, |lua| generative::cycle_of(lua, generator, cycle))
        };
        let (made, facts) = match attempt() {
            (Err((Some(Ended::TimeUp), _)), _) => attempt(),
            made => made,
        };
        match made {
            Err((Some(Ended::Interrupted), _)) => None,
            made => Some((made.map_err(|(ended, text)| NoCycle { text, is_slow: ended.is_some() }), facts)),
        }
    }

    /// Runs `f`, which reads `source`, against an empty session that is thrown away. What it asks of the session `reads` is told and
    /// noted.
    fn beside_a_session<T>(
        &mut self,
        source: &str,
        name: &str,
        limit: Duration,
        reads: Option<&Project>,
        f: impl FnOnce(&Lua) -> mlua::Result<Result<T, String>>,
    ) -> (Result<T, (Option<Ended>, String)>, Facts) {
        let lua = match self.lua.clone() {
            Ok(lua) => lua,
            Err(why) => return (Err((None, why)), Facts::default()),
        };
        let mut transaction = Transaction::new(Project::default(), Playhead::default());
        let (script, text) = (Arc::<str>::from(name), Arc::<str>::from(source));
        edit(&lua, |host| {
            host.enter(&mut transaction, &script, &text);
            host.guest = true;
            host.reading = reads.map(Reading::of);
        });
        self.watch.begin(limit);
        let done = self.metered(&lua, || f(&lua));
        let ended = self.watch.ended();
        self.watch.end();
        let facts = edit(&lua, |host| {
            host.leave(&mut transaction);
            host.reading.take().map_or_else(Facts::default, |reading| reading.facts)
        });
        let said = match (done, ended) {
            (Ok(_), Some(why)) => why.text().to_owned(),
            (Ok(done), None) => return (done.map_err(|why| (None, why)), facts),
            (Err(error), _) => place::locate(&error, name, source).to_string(),
        };
        self.tidy(&lua);
        (Err((ended, said)), facts)
    }

    /// Says which version the last run was committed as, for the functions it gave to `onApplied` without a receipt.
    pub fn committed(&mut self, version: u64) {
        if let Ok(lua) = &self.lua {
            edit(lua, |host| {
                host.version = version;
                for waiting in host.waiting.iter_mut().filter(|waiting| waiting.receipt.is_none()) {
                    waiting.receipt = Some(version);
                }
            });
        }
    }

    /// Calls every `onStateChange` callback with `snapshot` as a table. What they command goes into `transaction`, except
    /// from those that fail; they are reported, and removed after three failures in a row.
    pub fn notify(&mut self, snapshot: &Snapshot, transaction: &mut Transaction) -> Vec<Message> {
        let Ok(lua) = self.lua.clone() else { return Vec::new() };
        let callbacks = edit(&lua, |host| {
            host.version = snapshot.version;
            host.callbacks.clone()
        });
        if callbacks.is_empty() {
            return Vec::new();
        }
        let began = Instant::now();
        let mut messages = Vec::new();
        for callback in callbacks {
            let left = self.limits.run.saturating_sub(began.elapsed());
            if left.is_zero() {
                messages.push(complaint("callbacks took all their time; the rest is not called this time".to_owned()));
                break;
            }
            // A table for each: they may write to theirs.
            let table = match state::table(&lua, &snapshot.project, snapshot.version, transaction.playhead()) {
                Ok(table) => table,
                Err(error) => {
                    messages.push(complaint(format!("the session does not fit into the memory that scripts may take: {error}")));
                    break;
                }
            };
            let called = self.call(&lua, &callback, table, left, transaction, &mut messages);
            let failures = match called {
                Ok(()) => 0,
                Err(Ended::Interrupted) => break,
                Err(Ended::TimeUp) => callback.failures + 1,
            };
            edit(&lua, |host| {
                if failures >= MAX_FAILURES {
                    host.callbacks.retain(|kept| kept.id != callback.id);
                    messages.push(complaint(format!("callback {} failed {MAX_FAILURES} times in a row and is removed", callback.id)));
                } else if let Some(kept) = host.callbacks.iter_mut().find(|kept| kept.id == callback.id) {
                    kept.failures = failures;
                }
            });
        }
        messages
    }

    /// Calls the functions that waited for `version`, or an earlier one, to be heard.
    pub fn applied(&mut self, version: u64, transaction: &mut Transaction) -> Vec<Message> {
        let Ok(lua) = self.lua.clone() else { return Vec::new() };
        let due = edit(&lua, |host| {
            let (due, later) = std::mem::take(&mut host.waiting).into_iter().partition(|w| w.receipt.is_some_and(|r| r <= version));
            host.waiting = later;
            Vec::from_iter::<Vec<_>>(due)
        });
        let mut messages = Vec::new();
        for waiting in due {
            edit(&lua, |host| host.depth = waiting.depth);
            let called = self.call(&lua, &waiting.callback, version, self.limits.callback, transaction, &mut messages);
            edit(&lua, |host| host.depth = 0);
            if called == Err(Ended::Interrupted) {
                break;
            }
        }
        messages
    }

    /// Calls one callback; where it fails, `transaction` is as before. A failure counts as [`Ended::TimeUp`].
    fn call(
        &self,
        lua: &Lua,
        callback: &Callback,
        argument: impl mlua::IntoLua,
        left: Duration,
        transaction: &mut Transaction,
        messages: &mut Vec<Message>,
    ) -> Result<(), Ended> {
        let before = transaction.mark();
        transaction.set_trusted(!callback.guest);
        edit(lua, |host| {
            host.enter(transaction, &callback.script, &Arc::from(""));
            host.in_callback = true;
            host.guest = callback.guest;
        });
        self.watch.begin(self.limits.callback.min(left));
        let called = self.metered(lua, || callback.function.call::<()>(argument));
        let ended = self.watch.ended();
        self.watch.end();
        messages.extend(edit(lua, |host| {
            if called.is_ok() && ended.is_none() {
                meet_needs(host);
            }
            host.leave(transaction)
        }));
        let error = match (called, ended) {
            (Ok(()), None) => return Ok(()),
            (_, Some(Ended::Interrupted)) => None,
            (Err(error), _) => Some(place::locate(&error, &callback.script, "")),
            (Ok(()), Some(why)) => {
                Some(ScriptError { text: why.text().to_owned(), script: callback.script.to_string(), ..ScriptError::default() })
            }
        };
        transaction.go_back(before);
        self.tidy(lua);
        let Some(error) = error else { return Err(Ended::Interrupted) };
        let line = error.line;
        messages.push(Message {
            severity: Severity::Error,
            text: format!("callback {}: {error}", callback.id),
            line,
            column: error.column,
        });
        Err(Ended::TimeUp)
    }

    /// Collects what nobody holds, where memory is scarce; says whether half of it is free.
    fn tidy(&self, lua: &Lua) -> bool {
        let is_roomy = || lua.used_memory() + self.meter.kept() < self.limits.memory / 2;
        if !is_roomy() {
            // Twice: the first collection may only finish one that was under way.
            let _ = lua.gc_collect().and_then(|()| lua.gc_collect());
        }
        is_roomy()
    }

    /// Makes room after a failed run; where its globals hold too much memory, forgets everything.
    fn recover(&mut self, lua: &Lua) -> Option<Message> {
        if self.tidy(lua) {
            return None;
        }
        self.reset();
        Some(complaint("scripts' variables and callbacks filled the memory and are forgotten; run the script again".to_owned()))
    }
}

fn start(limits: Limits, watch: &Arc<Watch>, meter: &Arc<Meter>) -> Result<Lua, String> {
    sandbox::build(meter, limits.memory, watch).map_err(|error| format!("Lua does not start: {error}"))
}

/// Reaches the host from outside a run, where nobody else holds it. It is there from the VM's beginning to its end.
fn edit<R>(lua: &Lua, f: impl FnOnce(&mut Host) -> R) -> R {
    match lua.app_data_mut::<Host>() {
        Some(mut host) => f(&mut host),
        None => f(&mut Host::new(Meter::new(0, 0, || None), 0)),
    }
}

fn failed(error: ScriptError) -> RunResult {
    RunResult { error: Some(error.to_string()), line: error.line, column: error.column, ..RunResult::default() }
}

const fn complaint(text: String) -> Message {
    Message { severity: Severity::Error, text, line: None, column: None }
}

/// Shows what a script returned, as an interactive prompt does.
fn show_returned(lua: &Lua, values: MultiValue) {
    if !values.is_empty() {
        let shown = joined(values, "  ").unwrap_or_else(|error| error.to_string());
        edit(lua, |host| host.say(Severity::Note, shown, None));
    }
}

/// Removes the callbacks that earlier runs of this script registered, once this run has registered its own.
fn retire_callbacks(host: &mut Host, first_new: u64) {
    let (script, exact) = (Arc::clone(&host.script), host.exact);
    if exact || host.callbacks.iter().any(|callback| callback.id >= first_new) {
        host.callbacks.retain(|callback| callback.id >= first_new || callback.script != script);
    }
}

/// Says which patterns the run made and bound to nothing. What a variable holds may be bound later.
fn tell_loose(lua: &Lua) {
    if !edit(lua, |host| host.loose.has_any()) {
        return;
    }
    // Twice: the first collection may only finish one that was under way. One that fails finds fewer.
    let _ = lua.gc_collect().and_then(|()| lua.gc_collect());
    edit(lua, |host| {
        for line in host.loose.lines().into_iter().take(MAX_LOOSE_TOLD) {
            let text = format!("{}:{line}: this pattern is bound to nothing, so it is silent; d1(…) plays it", host.script);
            host.say(Severity::Warning, text, Some(line));
        }
    });
}

/// Adds the modules that what the run plays needs.
fn meet_needs(host: &mut Host) {
    for problem in provide(&mut host.transaction, &std::mem::take(&mut host.played)) {
        host.say(Severity::Warning, problem, None);
    }
}

/// Ends a run that has to match the session it belongs to: takes over the contents of media, which scripts need not state, and replaces each
/// part that equals one of the base session by that very part, so that both share memory.
fn finish(host: &mut Host) {
    if !host.exact {
        return;
    }
    let expected: Vec<Command> = {
        let (asked, base) = (&host.transaction.project().assets, &host.transaction.base().assets);
        let unsaid = asked.iter().filter(|(_, asset)| asset.hash.is_none());
        let found = unsaid.filter_map(|(path, asset)| base.get(path).filter(|known| *known != asset).map(|known| (path, known)));
        found.map(|(path, known)| Command::ExpectAsset { path: path.clone(), hash: known.hash.clone(), size: known.size }).collect()
    };
    for command in expected {
        // What was listed a moment ago takes what is known of it.
        let _: Result<_, CommandError> = host.transaction.apply(command);
    }
    let base = host.transaction.base();
    let mut project = host.transaction.project().clone();
    let project = if project == *base {
        base.clone()
    } else {
        reunite(&mut project, base);
        project
    };
    host.transaction.replace(project);
}

/// Shares every equal part with `base`, so that unchanged things are the same things.
fn reunite(project: &mut Project, base: &Project) {
    for (name, old) in &base.modules {
        if let Some(module) = project.modules.get_mut(name).filter(|module| **module == *old) {
            *module = Arc::clone(old);
        }
    }
    for (name, old) in &base.patterns {
        if let Some(slot) = project.patterns.get_mut(name).filter(|slot| slot.pattern == old.pattern) {
            slot.pattern = Arc::clone(&old.pattern);
        }
    }
    for (name, old) in &base.chains {
        if let Some(chain) = project.chains.get_mut(name).filter(|chain| **chain == *old) {
            *chain = Arc::clone(old);
        }
    }
}
