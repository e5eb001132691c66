//! The engine as hosts, views and tests hold it: one per plugin instance.
//!
//! Locks here are held for the time it takes to build a plan, and never by the audio thread. A script runs without any.

mod allowance;
mod assets;
mod cycles;
mod film;
mod outside;
mod thread;

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

pub use assets::{AssetFacts, Collected};
use film::FilmSeat;
pub use film::{FilmReader, RecordHook};

pub use crate::{control::Outside, script::RecordRequest};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::{
    audio::{
        processor::{Gauges, Processor},
        queue::ViewWriter,
        stack::Stack,
    },
    command::{Command, CommandError},
    control::{Alive, Controller, Triggered, Waiting},
    files,
    media::{VideoInfo, preview::Previews},
    name::Name,
    project::Project,
    script::{InterruptHandle, RunResult, generate},
    session,
    snapshot::{Message, Severity, Snapshot},
    text::printable,
    transaction::Author,
    trust::Trust,
    view::{Playhead, ViewFrame, tape::Tape},
};

/// Messages kept for the console.
const KEPT_MESSAGES: usize = 1000;
/// How often the Controller's thread looks around while something is under way, and otherwise.
const TICK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// Longest an activation waits for media and the first cycles of generative patterns.
const ACTIVATION_PATIENCE: Duration = Duration::from_secs(2);

/// Longest that closing waits for the Controller's thread, and for what is trusted to be written: a disk may not answer.
const CLOSING: Duration = Duration::from_secs(2);

/// What a host saves of a session. Each section stands on its own, so that a damaged one does not take the others along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The last script that ran with success.
    pub script: String,
    /// The text in the editor, where it differs.
    pub draft: String,
    /// The session.
    pub project: Project,
}

/// Where relative media paths are looked for, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaRoots(pub Vec<PathBuf>);

/// One plugin instance's engine. Dropping it ends its thread, also out of an endless script.
#[derive(Debug)]
pub struct Engine {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
    idle: Mutex<Option<mpsc::Receiver<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    controller: Mutex<Controller>,
    snapshot: Arc<ArcSwap<Snapshot>>,
    log: Mutex<Log>,
    last_run: Mutex<(u64, Option<RunResult>)>,
    running: AtomicBool,
    called: AtomicBool,
    quit: AtomicBool,
    interrupt: Mutex<Option<InterruptHandle>>,
    gauges: Arc<Gauges>,
    playhead: Mutex<Playhead>,
    readers: Mutex<Vec<Weak<Seat>>>,
    film: Mutex<Weak<FilmSeat>>,
    record: film::Hook,
    queued: AtomicU64,
    /// Nanoseconds.
    output_latency: AtomicU64,
    previews: Previews,
    trust: Mutex<Trust>,
}

#[derive(Debug, Default)]
struct Log {
    last: u64,
    messages: VecDeque<(u64, Message)>,
}

#[derive(Debug)]
enum Job {
    Run {
        name: String,
        source: String,
        reply: Option<mpsc::Sender<RunResult>>,
    },
    Console {
        line: String,
        reply: Option<mpsc::Sender<Result<String, String>>>,
    },
    /// Brings back a loaded script's callbacks and functions; the session stays as it was loaded.
    Revive {
        script: Arc<str>,
        restored: u64,
    },
    Wake,
}

/// Where a reader finds its end of the newest triple buffer.
#[derive(Debug)]
struct Seat {
    next: Mutex<Option<triple_buffer::Output<ViewFrame>>>,
    alive: Arc<AtomicBool>,
}

/// A reader of what the audio thread shows. Each reader has its own triple buffer; nobody waits.
#[derive(Debug)]
pub struct ViewReader {
    seat: Arc<Seat>,
    output: triple_buffer::Output<ViewFrame>,
    _alive: Alive,
}

impl ViewReader {
    /// The newest view.
    pub fn read(&mut self) -> &ViewFrame {
        if let Ok(mut next) = self.seat.next.try_lock()
            && let Some(output) = next.take()
        {
            self.output = output;
        }
        self.output.read()
    }
}

/// The result of a run that an error inside of the thread ended.
fn broken_off() -> RunResult {
    let text = "an error inside videoTracker ended the run, as the console says; what it had committed stays";
    RunResult { error: Some(text.to_owned()), ..RunResult::default() }
}

/// Takes a lock whose holder may have panicked: the values behind are replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine with the default session.
    #[must_use]
    pub fn new() -> Self {
        Self::with(session::default_project(), Arc::from(session::DEFAULT_SCRIPT))
    }

    /// An engine with an empty session.
    #[must_use]
    pub fn empty() -> Self {
        Self::with(Project::default(), Arc::from(""))
    }

    fn with(project: Project, script: Arc<str>) -> Self {
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let controller = Controller::new(project, script, Arc::clone(&snapshot));
        let gauges = Arc::clone(controller.gauges());
        let trust = controller.trusted();
        let shared = Shared {
            controller: Mutex::new(controller),
            snapshot,
            log: Mutex::default(),
            last_run: Mutex::default(),
            running: AtomicBool::new(false),
            called: AtomicBool::new(false),
            quit: AtomicBool::new(false),
            interrupt: Mutex::default(),
            gauges,
            playhead: Mutex::default(),
            readers: Mutex::default(),
            film: Mutex::default(),
            record: film::Hook::default(),
            queued: AtomicU64::new(0),
            output_latency: AtomicU64::new(0),
            previews: Previews::default(),
            trust: Mutex::new(trust),
        };
        let (jobs, idle) = mpsc::channel();
        Self { shared: Arc::new(shared), jobs, idle: Mutex::new(Some(idle)), thread: Mutex::default() }
    }

    /// Starts the Controller's thread with the first thing there is for it to do.
    fn wake(&self) {
        if let Some(inbox) = lock(&self.idle).take() {
            let shared = Arc::clone(&self.shared);
            let spawned = std::thread::Builder::new().name("videotracker".to_owned()).spawn(move || thread::run(&shared, &inbox));
            match spawned {
                Ok(thread) => *lock(&self.thread) = Some(thread),
                Err(why) => self.shared.say(Severity::Error, format!("no thread can be started ({why}); close other programs and reload")),
            }
        }
    }

    fn post(&self, job: Job) {
        self.wake();
        self.shared.queued.fetch_add(1, Ordering::AcqRel);
        if self.jobs.send(job).is_err() {
            self.shared.queued.fetch_sub(1, Ordering::AcqRel);
            self.shared.say(Severity::Error, "the session's thread has ended; reload the plugin".to_owned());
        }
    }

    /// Makes the processor for a sample rate; the one before becomes deaf. Its first plan is under way when this returns.
    /// Waits at most 2 s for media, so that the first block of a host that renders at once has its sounds.
    #[must_use]
    pub fn activate(&self, sample_rate: f64) -> Processor {
        self.wake();
        // Some hosts activate from an audio thread with 128 KiB of stack, which views alone would fill.
        let processor = Stack::default().run(|| self.connect(sample_rate));
        self.shared.called.store(true, Ordering::Release);
        let _ = self.jobs.send(Job::Wake);
        let _ = self.wait_until(ACTIVATION_PATIENCE, |controller| controller.media_settled() && controller.cycles_settled());
        processor
    }

    /// Makes the processor, and gives every reader a new end.
    fn connect(&self, sample_rate: f64) -> Processor {
        let processor = lock(&self.shared.controller).activate(sample_rate);
        let seats: Vec<_> = {
            let mut readers = lock(&self.shared.readers);
            readers.retain(|seat| seat.strong_count() > 0);
            readers.iter().filter_map(Weak::upgrade).collect()
        };
        for seat in seats {
            let output = self.shared.seat_output(&seat.alive);
            *lock(&seat.next) = Some(output);
        }
        self.shared.seat_film();
        processor
    }

    /// Applies commands as one batch; `label` names it in the undo history. Gives back the version in force.
    ///
    /// # Errors
    /// The first refused command's reason; nothing was applied.
    pub fn apply(&self, label: &str, commands: Vec<Command>) -> Result<u64, CommandError> {
        let mut transaction = lock(&self.shared.controller).begin(*lock(&self.shared.playhead)).by(Author::Hand);
        // Without the Controller: a command may name a shader file, whose disk may not answer.
        for command in commands {
            let repeats = command.media().any(|path| transaction.base().assets.contains_key(path));
            transaction.set_trusted(!repeats);
            transaction.apply(command)?;
        }
        lock(&self.shared.controller).commit_of_person(transaction, label)
    }

    /// Queues a script run; its result arrives as messages and as [`Self::last_run`]. Never waits.
    pub fn run_script(&self, name: &str, source: &str) {
        self.post(Job::Run { name: name.to_owned(), source: source.to_owned(), reply: None });
    }

    /// Runs a script and waits for its end (tests, command line).
    #[must_use]
    pub fn run_script_and_wait(&self, name: &str, source: &str) -> RunResult {
        let (reply, answer) = mpsc::channel();
        self.post(Job::Run { name: name.to_owned(), source: source.to_owned(), reply: Some(reply) });
        answer.recv().unwrap_or_else(|_| broken_off())
    }

    /// Queues a console line; its answer arrives as messages. Never waits.
    pub fn console(&self, line: &str) {
        self.post(Job::Console { line: line.to_owned(), reply: None });
    }

    /// Runs a console line and waits for its answer.
    ///
    /// # Errors
    /// Why the line was refused.
    pub fn console_and_wait(&self, line: &str) -> Result<String, String> {
        let (reply, answer) = mpsc::channel();
        self.post(Job::Console { line: line.to_owned(), reply: Some(reply) });
        answer.recv().unwrap_or_else(|_| Err("the session's thread has ended; reload the plugin".to_owned()))
    }

    /// The newest snapshot; wait-free.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// Messages with a number greater than `after`, with their numbers, oldest first (the last 1000 are kept).
    #[must_use]
    pub fn messages(&self, after: u64) -> Vec<(u64, Message)> {
        lock(&self.shared.log).messages.iter().filter(|(number, _)| *number > after).cloned().collect()
    }

    /// The number of the newest message; 0 while nothing was said.
    #[must_use]
    pub fn last_message(&self) -> u64 {
        lock(&self.shared.log).last
    }

    /// How many script runs have finished.
    #[must_use]
    pub fn runs(&self) -> u64 {
        lock(&self.shared.last_run).0
    }

    /// The result of the last finished script run, with a counter that grows by one with each run.
    #[must_use]
    pub fn last_run(&self) -> (u64, Option<RunResult>) {
        lock(&self.shared.last_run).clone()
    }

    /// Whether a script is running or waiting to run.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.shared.running.load(Ordering::Acquire) || self.shared.queued.load(Ordering::Acquire) > 0
    }

    /// Whether the host calls for blocks: not before the first activation, nor once it has not called for a second.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.shared.called.load(Ordering::Acquire)
    }

    /// Goes back one step of the undo history; the label of what was undone.
    #[must_use]
    pub fn undo(&self) -> Option<String> {
        lock(&self.shared.controller).undo()
    }

    /// Goes forward again.
    #[must_use]
    pub fn redo(&self) -> Option<String> {
        lock(&self.shared.controller).redo()
    }

    /// The whole session as Lua that rebuilds it (a view; makes no version).
    #[must_use]
    pub fn generated_script(&self) -> String {
        generate::generate(&self.snapshot().project)
    }

    /// What to save. Never waits for Lua.
    #[must_use]
    pub fn save(&self) -> SavedSession {
        let snapshot = self.snapshot();
        let mut project = snapshot.project.clone();
        for (path, state) in &snapshot.media {
            if let (crate::snapshot::MediaState::Ready(info), Some(asset)) = (state, project.assets.get_mut(path)) {
                (asset.hash, asset.size) = (Some(Name::new(&info.hash)), Some(info.size));
            }
        }
        self.shared.trusted().saved(&snapshot.script);
        SavedSession { script: snapshot.script.to_string(), draft: String::new(), project }
    }

    /// Takes over a saved session; the project is committed before this returns. The messages say what could not be kept.
    #[must_use]
    pub fn restore(&self, saved: SavedSession) -> Vec<Message> {
        self.restore_waiting(saved, &[])
    }

    /// As [`Self::restore`]; `waiting` are macro targets that keep their own value until the host moves the macro.
    #[must_use]
    pub fn restore_waiting(&self, saved: SavedSession, waiting: &[Waiting]) -> Vec<Message> {
        let (project, problems) = saved.project.rebuilt();
        let script: Arc<str> = Arc::from(saved.script);
        if let Some(interrupt) = &*lock(&self.shared.interrupt) {
            interrupt.interrupt();
        }
        let restored = lock(&self.shared.controller).restore(project, Arc::clone(&script), waiting);
        self.post(Job::Revive { script, restored });
        problems.into_iter().map(|text| Message { severity: Severity::Warning, text, line: None, column: None }).collect()
    }

    /// Goes by what is trusted elsewhere than in the user's own file.
    pub fn set_trust(&self, trust: Trust) {
        *lock(&self.shared.trust) = trust.clone();
        lock(&self.shared.controller).set_trust(trust);
    }

    /// The media that wait for somebody to trust them, by their names in the session.
    #[must_use]
    pub fn untrusted(&self) -> Vec<Name> {
        lock(&self.shared.controller).untrusted()
    }

    /// Where relative media paths are looked for.
    pub fn set_media_roots(&self, roots: MediaRoots) {
        lock(&self.shared.controller).set_roots(roots.0);
    }

    /// Where relative media paths are looked for.
    #[must_use]
    pub fn media_roots(&self) -> MediaRoots {
        MediaRoots(lock(&self.shared.controller).roots().to_vec())
    }

    /// The picture of a sampler's sample, by the ids a [`ViewFrame`] names; `None` while it loads or where it has none.
    #[must_use]
    pub fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        let info = lock(&self.shared.controller).sample_media(module, sample)?.info.clone();
        info.video.clone().map(Arc::new)
    }

    /// What a module that draws sound hears, by the `activation` of a [`ViewFrame`] and its id; `None` where it has no tape.
    #[must_use]
    pub fn tape(&self, activation: u32, module: u32) -> Option<Arc<Tape>> {
        lock(&self.shared.controller).tape(activation, module)
    }

    /// Waits until all wanted media are ready or missing, at most `limit`; says whether they are.
    #[must_use]
    pub fn wait_for_media(&self, limit: Duration) -> bool {
        self.wait_until(limit, |controller| controller.media_settled())
    }

    fn wait_until(&self, limit: Duration, settled: impl Fn(&Controller) -> bool) -> bool {
        self.wake();
        let began = Instant::now();
        loop {
            {
                let mut controller = lock(&self.shared.controller);
                let messages = controller.pump();
                self.shared.say_all(messages);
                if settled(&controller) {
                    return true;
                }
            }
            if began.elapsed() >= limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Seconds from a block's handing over to its being heard, beyond the block itself, where they are known.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn output_latency(&self) -> f64 {
        self.shared.output_latency.load(Ordering::Relaxed) as f64 * 1e-9
    }

    /// Says how long the way to the speakers is; pictures are shown that much later.
    pub fn set_output_latency(&self, latency: Duration) {
        self.shared.output_latency.store(u64::try_from(latency.as_nanos()).unwrap_or(0), Ordering::Relaxed);
    }

    /// A new reader of views (at most 7 at once; a further one takes another's place).
    #[must_use]
    pub fn view_reader(&self) -> ViewReader {
        seat(&self.shared)
    }

    /// The triggers since the last call, in playing order.
    #[must_use]
    pub fn take_triggers(&self) -> Vec<Triggered> {
        lock(&self.shared.controller).take_triggers()
    }

    /// The id of a module, as [`ViewFrame`]s name it.
    #[must_use]
    pub fn module_id(&self, name: &Name) -> Option<u32> {
        self.snapshot().ids.get(name).copied()
    }

    /// Scalars of the audio thread: applied version, load, losses.
    #[must_use]
    pub fn gauges(&self) -> &Gauges {
        &self.shared.gauges
    }

    /// Most batches that were ever on their way to the audio thread or waiting for it.
    #[must_use]
    pub fn high_water(&self) -> usize {
        lock(&self.shared.controller).high_water()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::Release);
        if let Some(interrupt) = &*lock(&self.shared.interrupt) {
            interrupt.interrupt();
        }
        let _ = self.jobs.send(Job::Wake);
        if let Some(thread) = lock(&self.thread).take() {
            files::join_within(thread, CLOSING);
        }
        // What was trusted last is written before the program ends.
        self.shared.trusted().settle(CLOSING);
    }
}

impl Shared {
    /// What is trusted on this machine.
    fn trusted(&self) -> Trust {
        lock(&self.trust).clone()
    }

    /// A new triple buffer; its other end goes to the audio thread.
    fn seat_output(&self, alive: &Arc<AtomicBool>) -> triple_buffer::Output<ViewFrame> {
        let (input, output) = triple_buffer::triple_buffer(&ViewFrame::default());
        lock(&self.controller).add_view(ViewWriter { input, alive: Arc::clone(alive) });
        output
    }

    fn say(&self, severity: Severity, text: String) {
        self.say_all([Message { severity, text, line: None, column: None }]);
    }

    fn say_all(&self, messages: impl IntoIterator<Item = Message>) {
        let mut log = lock(&self.log);
        for message in messages {
            log.last += 1;
            let number = log.last;
            // Names of files, and what scripts say, come from anywhere.
            let text = printable(&message.text).into_owned();
            log.messages.push_back((number, Message { text, ..message }));
            if log.messages.len() > KEPT_MESSAGES {
                log.messages.pop_front();
            }
        }
    }
}

/// A reader of views, known to the next activation.
fn seat(shared: &Shared) -> ViewReader {
    let alive = Arc::new(AtomicBool::new(true));
    let output = shared.seat_output(&alive);
    let seat = Arc::new(Seat { next: Mutex::new(None), alive: Arc::clone(&alive) });
    lock(&shared.readers).push(Arc::downgrade(&seat));
    ViewReader { seat, output, _alive: Alive(alive) }
}
