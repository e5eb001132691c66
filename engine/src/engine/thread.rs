//! The Controller's thread: runs scripts and console lines, polls what came home, tells callbacks.

use std::{
    any::Any,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering, mpsc},
    time::{Duration, Instant},
};

use super::{
    Job, Shared, TICK, ViewReader,
    allowance::{Allowance, Verdict},
    cycles::{Cycles, WorkedOut},
    lock, seat,
};
use crate::{
    command::{Command, CommandError, refuse},
    control::Due,
    files,
    media::{
        import::{banks, listed},
        resolve, soundfont,
        words::spelled,
    },
    name::Name,
    panics::words,
    param::Value,
    pattern::{cycle::program::Program, given::Given},
    project::{Facts, MAX_SAMPLES, Project, Removed, Sample},
    review::Places,
    script::{Limits, Request, RunResult, Vm, console, is_quick},
    session::DEFAULT_SCRIPT,
    snapshot::{Message, Severity, Snapshot},
    text::media,
    transaction::{Author, Transaction},
    trust::Giver,
};

/// How long this thread waits for shader files that it looks at.
const READING: Duration = Duration::from_secs(1);
/// How often it is looked around once nothing has moved for [`AWAKE`]: each look wakes the processor.
const RESTING: Duration = Duration::from_millis(50);
/// How long after something moved it is looked around as often as while it moves.
const AWAKE: Duration = Duration::from_secs(1);
/// How often shader files are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long cycles are worked out while something else waits.
const TURN: Duration = Duration::from_millis(100);
/// Memory that cycles of generative patterns may take together with what scripts keep, in bytes.
const MAX_CYCLES: usize = 16 << 20;
/// Errors inside of this thread that are said; what fails at every turn is not said for ever.
const MAX_FAILURES: u32 = 8;
/// How long a host may not call until it counts as one that does not.
const CALL_PATIENCE: Duration = Duration::from_secs(1);

/// The Controller's thread.
pub(super) fn run(shared: &Shared, inbox: &mpsc::Receiver<Job>) {
    let mut thread = Thread {
        shared,
        vm: None,
        foreign: false,
        announced: 0,
        applied: 0,
        looked: Instant::now(),
        looked_for: None,
        heard: (shared.gauges.blocks.load(Ordering::Relaxed), Instant::now()),
        cycles: Cycles::default(),
        allowance: Allowance::new(Instant::now()),
        failures: 0,
        retired: BTreeSet::new(),
        moved: Instant::now(),
    };
    let mut view = seat(shared);
    while !shared.quit.load(Ordering::Acquire) {
        match catch_unwind(AssertUnwindSafe(|| thread.turn(inbox, &mut view))) {
            Ok(true) => {}
            Ok(false) => break,
            Err(payload) => thread.recover(payload),
        }
    }
}

/// A message whose text begins with its place in a script, as errors' do.
fn placed(script: &str, mut message: Message) -> Message {
    if let Some(line) = message.line {
        message.text = format!("{script}:{line}: {}", message.text);
    }
    message
}

struct Thread<'a> {
    shared: &'a Shared,
    vm: Option<Vm>,
    /// Whether the VM holds what a stranger's script left in it.
    foreign: bool,
    /// Version that callbacks have seen.
    announced: u64,
    /// Applied version that waiting functions have seen.
    applied: u64,
    /// When it last looked at shader files.
    looked: Instant,
    /// The session for which there was nothing to look at at once.
    looked_for: Option<Arc<Snapshot>>,
    /// Blocks that the host called for when it was last heard, and when that was.
    heard: (u64, Instant),
    /// Cycles of generative patterns that were worked out.
    cycles: Cycles,
    /// Time that callbacks have left.
    allowance: Allowance,
    /// Errors inside of this thread so far.
    failures: u32,
    /// Labels of runs that ended callbacks of runs before them.
    retired: BTreeSet<String>,
    /// When something moved last.
    moved: Instant,
}

impl Thread<'_> {
    /// Serves the next job, if one comes, and does what is due; says whether it goes on.
    fn turn(&mut self, inbox: &mpsc::Receiver<Job>, view: &mut ViewReader) -> bool {
        let shared = self.shared;
        let busy = shared.gauges.awaited.load(Ordering::Relaxed) > 0 || shared.gauges.starving.load(Ordering::Relaxed);
        let tick = match (busy, self.moved.elapsed() < AWAKE) {
            (true, _) => TICK.0,
            (false, true) => TICK.1,
            (false, false) => RESTING,
        };
        match inbox.recv_timeout(tick) {
            Ok(Job::Wake) | Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            Ok(job) => {
                self.moved = Instant::now();
                shared.running.store(true, Ordering::Release);
                shared.queued.fetch_sub(1, Ordering::AcqRel);
                self.serve(job);
                shared.running.store(false, Ordering::Release);
            }
        }
        self.look_at_shaders();
        let messages = lock(&shared.controller).pump();
        if busy || !messages.is_empty() || view.read().playhead.playing {
            self.moved = Instant::now();
        }
        shared.say_all(messages);
        self.work_out_cycles();
        self.listen_to_host();
        let playhead = view.read().playhead;
        *lock(&shared.playhead) = playhead;
        self.announce();
        true
    }

    /// After a panic: whatever was under way is dropped, and so are the scripts' callbacks and functions; the session stays as it
    /// was committed last.
    fn recover(&mut self, payload: Box<dyn Any + Send>) {
        self.failures += 1;
        if self.failures <= MAX_FAILURES {
            let text = format!(
                "An error inside videoTracker ({}) ended what the session's thread was doing. The session plays on; callbacks and functions of \
                 scripts are gone until you run the script again",
                words(&*payload)
            );
            self.shared.say(Severity::Error, text);
        } else {
            // What fails at every turn does not take all of a core.
            std::thread::sleep(CALL_PATIENCE);
        }
        if self.shared.running.swap(false, Ordering::AcqRel) {
            let mut last = lock(&self.shared.last_run);
            *last = (last.0 + 1, Some(super::broken_off()));
        }
        *lock(&self.shared.interrupt) = None;
        let vm = self.vm.take();
        self.cycles = Cycles::default();
        // What is dropped may panic again.
        let _ = catch_unwind(AssertUnwindSafe(|| drop((vm, payload))));
    }

    fn vm(&mut self) -> &mut Vm {
        let shared = self.shared;
        self.vm.get_or_insert_with(|| {
            let vm = Vm::new(Limits::default());
            *lock(&shared.interrupt) = Some(vm.interrupt_handle());
            if shared.quit.load(Ordering::Acquire) {
                vm.interrupt_handle().interrupt();
            }
            vm
        })
    }

    fn begin(&self) -> Transaction {
        lock(&self.shared.controller).begin(*lock(&self.shared.playhead))
    }

    fn serve(&mut self, job: Job) {
        match job {
            Job::Run { name, source, reply } => {
                let result = self.run_script(&name, &source);
                {
                    let mut last = lock(&self.shared.last_run);
                    *last = (last.0 + 1, Some(result.clone()));
                }
                if let Some(reply) = reply {
                    let _ = reply.send(result);
                }
            }
            Job::Console { line, reply } => {
                let answer = self.run_console(&line);
                if let Some(reply) = reply {
                    let _ = reply.send(answer);
                }
            }
            Job::Revive { script, restored } => self.revive(&script, restored),
            Job::Wake => {}
        }
    }

    fn run_script(&mut self, name: &str, source: &str) -> RunResult {
        let restored = lock(&self.shared.controller).restored();
        let mut transaction = self.begin();
        let roots = lock(&self.shared.controller).roots().to_vec();
        self.leave_strangers();
        self.vm().set_roots(Some(roots));
        let callbacks = self.vm().callbacks();
        let mut result = self.vm().run(source, name, &mut transaction);
        let mut change = None;
        let mut controller = lock(&self.shared.controller);
        if result.success && controller.restored() != restored {
            result.success = false;
            result.error = Some(format!("{name}: another session was loaded while the script ran; run it again if it belongs to this one"));
        }
        if result.success {
            // What it names is given by the user; what else the session lists is not.
            controller.admit(transaction.given().iter().cloned(), Giver::Script);
            controller.trusted().ran(source);
            let before = controller.project().clone();
            let places = Places::of(&transaction);
            match controller.commit(transaction, &format!("run {name}"), Some(Arc::from(source))) {
                Ok(version) => {
                    result.receipt = version;
                    change = Some((before, controller.project().clone()));
                    result.messages.extend(controller.told(&places).into_iter().map(|told| placed(name, told)));
                }
                Err(error) => {
                    result.success = false;
                    result.error = Some(format!("{name}: the session was changed while the script ran: {error}; run it again"));
                }
            }
        }
        drop(controller);
        if let Some((before, after)) = change {
            result.removed = Removed::between(&before, &after);
        }
        if result.success {
            let receipt = result.receipt;
            self.vm().committed(receipt);
            // A run that changed nothing has a version that may be heard already: its functions hear of that.
            self.applied = self.applied.min(receipt.saturating_sub(1));
            let left = self.vm().callbacks();
            let label = format!("run {name}");
            if callbacks.iter().all(|callback| left.contains(callback)) {
                self.retired.remove(&label);
            } else {
                self.retired.insert(label);
            }
            for request in std::mem::take(&mut result.requests) {
                self.carry_out(request, Giver::Script);
            }
        } else {
            result.receipt = lock(&self.shared.controller).version();
        }
        self.shared.say_all(result.messages.iter().cloned());
        if let Some(text) = &result.error {
            let text = format!("{text} (the session is as it was: a run that fails changes nothing)");
            self.shared.say_all([Message { severity: Severity::Error, text, line: result.line, column: result.column }]);
        } else if !result.removed.is_empty() {
            self.shared.say(Severity::Note, format!("the run removed {}; the console's undo brings it all back", result.removed));
        }
        result
    }

    /// Does what was asked for; `giver` says who names the media in it.
    fn carry_out(&mut self, request: Request, giver: Giver) {
        let answer = match request {
            Request::Undo => {
                let undone = lock(&self.shared.controller).undo();
                undone.map_or("nothing to undo".to_owned(), |label| {
                    let lost = if self.retired.contains(&label) {
                        "; the callbacks that this run ended do not come back: run the script they stand in again"
                    } else {
                        ""
                    };
                    format!("undone: {label}{lost}")
                })
            }
            Request::Redo => lock(&self.shared.controller).redo().map_or("nothing to redo".to_owned(), |l| format!("redone: {l}")),
            Request::ClearConsole => {
                lock(&self.shared.log).messages.clear();
                return;
            }
            Request::Import(path) => return self.answer(self.import(&path, None, giver)),
            Request::Sample { sampler, path } => return self.answer(self.import(&path, Some(sampler), giver)),
            Request::Cancel(asset) => return self.answer(self.shared.cancel(&asset)),
            Request::Missing => self.shared.missing(),
            Request::Trust(request) => return self.answer(self.shared.trust(&request)),
            Request::Distrust(asset) => return self.answer(self.shared.distrust(&asset)),
            Request::Record(request) => match self.shared.record(request) {
                Ok(answer) => answer,
                Err(why) => return self.shared.say(Severity::Error, why),
            },
            Request::Relink { asset, to } => return self.answer(self.shared.relink(&asset, &to, giver)),
            Request::Outside { word, words } => match self.shared.outside(&word, &words) {
                Ok(answer) => answer,
                Err(why) => return self.shared.say(Severity::Error, why),
            },
            Request::Collect(folder) => return self.answer(self.shared.collect(folder.as_ref()).map(|done| done.to_string())),
        };
        self.shared.say(Severity::Note, answer);
    }

    fn answer(&self, answer: Result<String, CommandError>) {
        match answer {
            Ok(text) => self.shared.say(Severity::Note, text),
            Err(error) => self.shared.say(Severity::Error, error.to_string()),
        }
    }

    /// Lists a file, or every medium in a folder; gives them to a sampler, where one is named.
    fn import(&self, path: &str, sampler: Option<Name>, giver: Giver) -> Result<String, CommandError> {
        // The folder is read without holding the Controller.
        let (roots, known, font) = {
            let controller = lock(&self.shared.controller);
            let font = controller.medium(&Name::new(path)).and_then(|media| media.info.font.clone());
            (controller.roots().to_vec(), controller.project().assets.contains_key(path), font)
        };
        let wants_patches = sampler.is_some() && soundfont::is_named(path);
        // What is listed already is a medium, and the disk is not asked about one that nobody has trusted.
        let place = path.to_owned();
        let found = files::within_patience(move || {
            let paths = if known { vec![place.clone()] } else { listed(&place, &roots) };
            let folders = if paths.is_empty() { banks(&place, &roots, MAX_SAMPLES) } else { Vec::new() };
            let there = || resolve(&place, &roots).into_iter().find(|place| files::is_regular(place));
            let patches = match (font, there().filter(|_| wants_patches && !known)) {
                (Some(font), _) if wants_patches => Ok(font.named()),
                (_, Some(place)) => soundfont::patches(&place),
                (_, None) => Ok(Vec::new()),
            };
            (paths, folders, patches)
        });
        let Some((mut paths, folders, patches)) = found else {
            refuse!("{path}: its disk does not answer; see that it is connected, or give files of another");
        };
        // Of a folder of folders, each medium with its folder's word.
        let mut words = Vec::new();
        if paths.is_empty() {
            for (word, media) in folders {
                words.extend(media.iter().map(|_| Name::new(&spelled(&word))));
                paths.extend(media);
            }
        }
        if paths.is_empty() {
            refuse!("{path}: there are no media in this folder; give another folder, or a file");
        }
        let patches = match patches {
            Ok(patches) => patches,
            Err(why) => refuse!("{why}"),
        };
        let mut controller = lock(&self.shared.controller);
        let mut transaction = controller.begin(*lock(&self.shared.playhead));
        for path in &paths {
            transaction.apply(Command::AddAsset { path: Name::new(path) })?;
        }
        let mut said = format!("listed {}", media(paths.len()));
        // A medium of the session that a sampler is given is not trusted by that.
        let given = if known && sampler.is_some() { Vec::new() } else { paths.iter().map(|path| Name::new(path)).collect() };
        if let Some(module) = sampler {
            said = match patches.len() {
                0 => format!("{module} plays {} more {}", paths.len(), if paths.len() == 1 { "medium" } else { "media" }),
                count => format!("{module} plays the {count} patches of {path}"),
            };
            let mut samples = transaction.project().modules.get(&module).map(|held| held.samples.clone()).unwrap_or_default();
            samples.extend(patches.iter().map(|patch| {
                let text = |text: &str| Value::Text(Name::new(text));
                let params = [("patch", text(&patch.number.to_string())), ("word", text(&patch.words_in(path)))];
                Sample { asset: Name::new(path), params: params.map(|(name, value)| (Name::new(name), value)).into_iter().collect() }
            }));
            let mut words = words.into_iter();
            samples.extend(paths.iter().filter(|_| patches.is_empty()).map(|path| {
                let word = words.next().map(|word| (Name::new("word"), Value::Text(word)));
                Sample { asset: Name::new(path), params: word.into_iter().collect() }
            }));
            transaction.apply(Command::SetSamples { module, samples })?;
        }
        controller.admit(given, giver);
        controller.commit(transaction, &format!("import {path}"), None)?;
        Ok(said)
    }

    fn run_console(&mut self, line: &str) -> Result<String, String> {
        let mut transaction = self.begin().by(Author::Hand);
        self.shared.say(Severity::Note, format!("> {line}"));
        let done = console::execute(line, &mut transaction).and_then(|answer| {
            let mut controller = lock(&self.shared.controller);
            controller.admit(transaction.given().iter().cloned(), Giver::Person);
            controller.commit(transaction, line, None)?;
            Ok(answer)
        });
        match done {
            Ok(console::Answer::Text(text)) => {
                if !text.is_empty() {
                    self.shared.say(Severity::Note, text.clone());
                }
                Ok(text)
            }
            Ok(console::Answer::Ask(request)) => {
                self.carry_out(request, Giver::Person);
                Ok(String::new())
            }
            Err(error) => {
                self.shared.say(Severity::Error, error.to_string());
                Err(error.to_string())
            }
        }
    }

    /// Works out the cycles of generative patterns that the audio thread asks for.
    fn work_out_cycles(&mut self) {
        let wanted = lock(&self.shared.controller).take_wanted();
        let began = Instant::now();
        for wanted in wanted {
            // Whoever waits for a script or a console line waits no longer than this.
            if began.elapsed() > TURN && self.shared.queued.load(Ordering::Acquire) > 0 || self.shared.quit.load(Ordering::Acquire) {
                lock(&self.shared.controller).want_again(wanted);
                continue;
            }
            let Some(due) = lock(&self.shared.controller).due(wanted) else { continue };
            let known = self.cycles.get(&due);
            let made = known.or_else(|| self.work_out(&due));
            let mut controller = lock(&self.shared.controller);
            match made {
                Some(made) => controller.give(Given { wanted, program: Some(made.program) }, &due.generator, &made.facts),
                None => controller.want_again(wanted),
            }
        }
    }

    /// Works out a cycle; `None` where that was stopped for a session that is being loaded, so that it stays wanted until scripts may run
    /// again.
    fn work_out(&mut self, due: &Due) -> Option<WorkedOut> {
        let Due { wanted, name, .. } = due;
        if self.cycles.is_hopeless(wanted.generation) {
            return Some(WorkedOut::new(None, Facts::default(), self.vm().keep(0)));
        }
        let (made, facts) = self.vm().cycle_of(&due.session, &due.generator, wanted.cycle)?;
        if self.cycles.fails_for_good(wanted.generation, made.as_ref().err().is_some_and(|why| why.is_slow)) {
            let text = format!("pattern {name} is silent from now on: its Lua took too much time again and again; let it do less");
            self.shared.say(Severity::Error, text);
        }
        let program = made.map_err(|why| why.text).and_then(|made| Program::compile(&made).map_err(|why| why.to_string()));
        if let Err(why) = &program
            && self.cycles.is_news(due.writing)
        {
            self.shared.say(Severity::Error, format!("pattern {name} is silent in cycle {}: {why}", wanted.cycle));
        }
        if self.vm().kept_outside() > MAX_CYCLES {
            self.cycles.forget();
        }
        let kept = self.vm().keep(facts.bytes());
        let made = WorkedOut::new(program.ok(), facts, kept);
        self.cycles.keep(due, &made);
        Some(made)
    }

    /// Before a script of the user's own: what a stranger's script put into the VM is forgotten, for it could stand in the place of
    /// functions that the user's script calls, and name media in the user's name.
    fn leave_strangers(&mut self) {
        if !std::mem::take(&mut self.foreign) {
            return;
        }
        if let Some(vm) = &mut self.vm {
            let held = vm.has_callbacks() || vm.has_waiting();
            vm.reset();
            if held {
                let text = "the callbacks that came with the loaded session have ended, because you ran a script of your own; run the session's script to have them again";
                self.shared.say(Severity::Note, text.to_owned());
            }
        }
    }

    /// Runs a loaded script for its callbacks and functions only, in place of those of the session before.
    fn revive(&mut self, script: &str, restored: u64) {
        if lock(&self.shared.controller).restored() != restored {
            // The script of the session that was loaded since is on its way.
            return;
        }
        if let Some(interrupt) = &*lock(&self.shared.interrupt) {
            interrupt.rearm();
        }
        if let Some(vm) = &mut self.vm {
            vm.reset();
        }
        self.foreign = false;
        if script.trim().is_empty() {
            return;
        }
        let trust = lock(&self.shared.controller).trusted();
        // The script of every fresh instance is nobody's in particular.
        self.foreign = script != DEFAULT_SCRIPT && !trust.is_own_script(script);
        if self.foreign && !is_quick(script) {
            let text = "the loaded session plays, but its script was not run: it is so long that compiling it would hold up the host; \
                        run it yourself if you know where it is from";
            self.shared.say(Severity::Warning, text.to_owned());
            return;
        }
        self.vm().set_roots(None);
        let mut transaction = lock(&self.shared.controller).begin_for_guest(*lock(&self.shared.playhead));
        let result = self.vm().run(script, "loaded script", &mut transaction);
        if let Some(error) = result.error {
            self.shared.say(Severity::Warning, format!("the loaded session plays, but its script fails: {error}"));
        } else if transaction.project() != transaction.base() {
            let text = "the loaded script would make another session than the one that was saved; the saved one plays (run the script to hear its own)";
            self.shared.say(Severity::Warning, text.to_owned());
        }
        // What waits for "this run" waits for the session that was loaded.
        let version = self.shared.snapshot.load().version;
        self.vm().committed(version);
        // It may be heard already.
        self.applied = self.applied.min(version.saturating_sub(1));
    }

    /// Reads shader files that are new or have changed; compiling holds no lock.
    fn look_at_shaders(&mut self) {
        let snapshot = self.shared.snapshot.load_full();
        if self.looked_for.as_ref().is_some_and(|before| Arc::ptr_eq(before, &snapshot)) && self.looked.elapsed() < LOOK {
            return;
        }
        let (jobs, waiting) = lock(&self.shared.controller).shader_files();
        if jobs.is_empty() {
            self.looked = Instant::now();
        }
        self.looked_for = (!waiting).then_some(snapshot);
        if jobs.is_empty() || !waiting && self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        let store = lock(&self.shared.controller).shader_store();
        // What takes longer is taken in when it is there; a disk that does not answer holds up nothing else.
        store.look(&jobs, READING);
        let messages = lock(&self.shared.controller).take_in_shaders();
        self.shared.say_all(messages);
    }

    /// Notes whether the host calls for blocks.
    fn listen_to_host(&mut self) {
        let blocks = self.shared.gauges.blocks.load(Ordering::Relaxed);
        if blocks != self.heard.0 {
            self.heard = (blocks, Instant::now());
            self.shared.called.store(true, Ordering::Release);
        } else if self.heard.1.elapsed() >= CALL_PATIENCE {
            self.shared.called.store(false, Ordering::Release);
        }
    }

    /// Tells callbacks about the newest snapshot, and waiting functions about the version that is heard.
    fn announce(&mut self) {
        let snapshot = self.shared.snapshot.load_full();
        let applied = self.shared.gauges.applied.load(Ordering::Acquire);
        let Some(vm) = &mut self.vm else {
            self.announced = snapshot.version;
            return;
        };
        let is_news = snapshot.version > self.announced && vm.has_callbacks() || applied > self.applied && vm.has_waiting();
        if is_news && !self.allowance.may_call(Instant::now()) {
            // The newest version is told as soon as they may be called again.
            return;
        }
        let began = Instant::now();
        self.tell(&snapshot, applied);
        if is_news {
            self.account(began.elapsed());
        }
    }

    /// Counts time that callbacks took.
    fn account(&mut self, took: Duration) {
        match self.allowance.spend(took) {
            Verdict::Fine => {}
            Verdict::Slowed => {
                let text = "the script's callbacks take more than an eighth of the time, so they are called less often; let them do less";
                self.shared.say(Severity::Warning, text.to_owned());
            }
            Verdict::TooMuch => {
                if let Some(vm) = &mut self.vm {
                    vm.forget_callbacks();
                }
                let text =
                    "the script's callbacks took too much time again and again, and are removed; let them do less and run the script again";
                self.shared.say(Severity::Error, text.to_owned());
            }
        }
    }

    fn tell(&mut self, snapshot: &Snapshot, applied: u64) {
        let Some(vm) = &mut self.vm else { return };
        if snapshot.version > self.announced {
            self.announced = snapshot.version;
            if vm.has_callbacks() {
                let mut transaction = callbacks_copy(self.shared, snapshot.project.clone()).by(Author::Callback);
                let messages = vm.notify(snapshot, &mut transaction);
                self.shared.say_all(messages);
                self.finish_callback(transaction);
            }
        }
        if applied > self.applied {
            self.applied = applied;
            let Some(vm) = self.vm.as_mut().filter(|vm| vm.has_waiting()) else { return };
            let mut transaction = callbacks_copy(self.shared, snapshot.project.clone()).by(Author::Callback);
            let messages = vm.applied(applied, &mut transaction);
            self.shared.say_all(messages);
            self.finish_callback(transaction);
        }
    }

    /// Commits what callbacks commanded; that batch is not announced to callbacks.
    fn finish_callback(&mut self, transaction: Transaction) {
        if transaction.commands().is_empty() {
            return;
        }
        let mut controller = lock(&self.shared.controller);
        controller.admit(transaction.given().iter().cloned(), Giver::Script);
        let done = controller.commit(transaction, "callback", None);
        drop(controller);
        match done {
            Ok(version) => self.announced = version,
            Err(error) => self.shared.say(Severity::Error, format!("a callback's commands were refused: {error}")),
        }
    }
}

/// The copy of a session that callbacks work on: whose they are decides what they give.
fn callbacks_copy(shared: &Shared, project: Project) -> Transaction {
    lock(&shared.controller).begin_for_callbacks(project, *lock(&shared.playhead))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{control::Controller, engine::Engine};

    #[test]
    fn an_error_inside_the_thread_is_said_and_the_next_script_runs() {
        let engine = Engine::empty();
        engine.set_record_hook(Arc::new(|_| panic!("no film today")));
        let ran = engine.run_script_and_wait("x", "sampler('kept') engine:onStateChange(function() end) record('film.mp4')");
        assert!(!ran.success && ran.error.is_some_and(|why| why.contains("error inside videoTracker")));
        let said = || -> Vec<String> {
            engine.messages(0).into_iter().map(|(_, m)| m.text).filter(|text| text.contains("no film today")).collect()
        };
        // The run's end is known before the thread has caught the panic.
        let began = Instant::now();
        while said().is_empty() && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let said = said();
        assert!(said.len() == 1 && said[0].contains("run the script again"), "{said:?}");
        assert!(!engine.is_running());
        let ran = engine.run_script_and_wait("x", "sampler('other')");
        assert!(ran.success, "{:?}", ran.error);
        assert!(engine.console_and_wait("record film.mp4").is_err());
        let names: Vec<_> = engine.snapshot().project.modules.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["kept", "other"]);
    }

    #[test]
    fn undoing_a_run_says_that_the_callbacks_it_ended_stay_away() {
        let engine = Engine::empty();
        let callback = "engine:onStateChange(function() end)";
        for script in [format!("sampler('a') {callback}"), format!("sampler('b') {callback}")] {
            assert!(engine.run_script_and_wait("x", &script).success);
        }
        engine.console_and_wait("undo").expect("undoes");
        engine.console_and_wait("undo").expect("undoes");
        let said: Vec<_> = engine.messages(0).into_iter().map(|(_, m)| m.text).filter(|text| text.starts_with("undone")).collect();
        assert!(said[0].contains("do not come back"), "{said:?}");
    }

    #[test]
    fn a_loaded_sessions_callback_does_not_start_the_song() {
        let script = "engine:onStateChange(function() engine:getClock():play() end)";
        let engine = Engine::empty();
        let saved = crate::engine::SavedSession { script: script.to_owned(), ..Default::default() };
        drop(engine.restore(saved));
        let mut processor = engine.activate(48_000.0);
        engine.console_and_wait("add sampler a").expect("makes one");
        let told = |engine: &Engine, words: &str| engine.messages(0).into_iter().any(|(_, message)| message.text.contains(words));
        let began = Instant::now();
        while !told(&engine, "does not start the song") && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(told(&engine, "does not start the song"), "{:?}", engine.messages(0));
        let block = crate::audio::host::HostInput {
            transport: None,
            offline: false,
            midi: &[],
            macros: &[0.0; crate::project::MACROS],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let mut reader = engine.view_reader();
        for _ in 0..8 {
            processor.process(&block, &mut crate::audio::host::HostOutput::main(&mut [0.0; 512], &mut [0.0; 512]));
        }
        assert!(!reader.read().playhead.playing);
        assert!(engine.run_script_and_wait("mine", script).success);
    }

    #[test]
    fn what_a_loaded_script_gives_to_on_applied_is_called_once_the_session_is_heard() {
        let engine = Engine::empty();
        let script = "sampler('a') engine:onApplied(function() print('it is heard') end)".to_owned();
        assert!(engine.run_script_and_wait("x", "sampler('a')").success);
        let project = engine.save().project;
        drop(engine.restore(crate::engine::SavedSession { script, project, ..Default::default() }));
        let mut processor = engine.activate(48_000.0);
        let heard = || engine.messages(0).into_iter().any(|(_, message)| message.text == "it is heard");
        let began = Instant::now();
        while !heard() {
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", engine.messages(0));
            let block = crate::audio::host::HostInput {
                transport: None,
                offline: false,
                midi: &[],
                macros: &[0.0; crate::project::MACROS],
                master_volume: 1.0,
                video_opacity: 1.0,
                side_chain: None,
            };
            processor.process(&block, &mut crate::audio::host::HostOutput::main(&mut [0.0; 512], &mut [0.0; 512]));
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_cycle_that_a_loading_session_stopped_is_worked_out_afterwards() {
        let engine = Engine::empty();
        let ran = engine.run_script_and_wait("x", "pattern('p', fn([[return 'kick*2']]))");
        assert!(ran.success, "{:?}", ran.error);
        // As while a session is loaded: scripts are stopped, and the session is another one already.
        let interrupt = lock(&engine.shared.interrupt).clone().expect("there is a VM");
        interrupt.interrupt();
        let _processor = engine.connect(48_000.0);
        assert!(!engine.wait_until(Duration::from_millis(50), Controller::cycles_settled), "nothing can be worked out now");
        interrupt.rearm();
        assert!(engine.wait_until(Duration::from_secs(10), Controller::cycles_settled));
        let said: Vec<_> = engine.messages(0).into_iter().filter(|(_, m)| m.severity == Severity::Error).collect();
        assert!(said.is_empty(), "{said:?}");
    }
}
