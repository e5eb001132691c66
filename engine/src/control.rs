//! The Controller: owns the project, its history, the ways to the audio thread and the media.
//!
//! It is never called from the audio thread, and never waits for Lua: a script works on its own [`Transaction`].

mod macros;
mod media;
mod onsets;
mod patterns;
mod reports;
mod shaders;
mod trusted;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use imbl::OrdMap;

pub use macros::Waiting;
use macros::{Macros, Target};
use reports::Reports;

use crate::{
    audio::{
        film::Film,
        processor::{Gauges, Processor},
        queue::{Batch, CAPACITY, ControlEnds, TriggerReport, ViewWriter, queues},
    },
    command::{Command, CommandError, TransportAction},
    media::{Library, Limits, Media, Origin, resolve, stream::Streams},
    module::{
        Content, listener,
        sampler::{Cuts, SampleWords, SamplerContent},
    },
    name::Name,
    pattern::given::Wanted,
    plan::{Compiled, Ids, Layout, Namer, Planner, numbers, renewed_by},
    project::{ClockSource, Module, Project, Sample},
    review::{Finding, Places, review},
    shader::{ShaderState, Shelf, Store},
    signal::{Controls, control},
    snapshot::{MediaState, Message, Severity, Snapshot},
    transaction::Transaction,
    trust::{Giver, Trust},
    view::{Playhead, tape::Tape},
};

/// Steps undo goes back, and the memory they may take.
pub const UNDO_STEPS: usize = 4096;
const UNDO_BYTES: usize = 64 << 20;
/// Transport orders kept for a processor that is still to come.
const KEPT_ORDERS: usize = 64;
/// How long an order to play may wait until the player is told that the host does not call.
const PLAY_PATIENCE: Duration = Duration::from_secs(1);
/// What is said then.
const HOST_IS_DEAF: &str =
    "the host isn't calling the plugin, so nothing plays; start the host's audio engine, or turn the plugin or its track on";

/// One step of the history: both ends of a change, so that undoing is exact by construction. Projects share
/// everything they have in common, which makes a step as small as the change.
#[derive(Clone, Debug)]
struct Edit {
    label: String,
    before: Project,
    after: Project,
    /// The script before and after: what is saved with the session is the one that made it.
    scripts: [Arc<str>; 2],
    /// Bytes that the step keeps alive, at most.
    bytes: usize,
}

/// The content a sampler was sent last: its samples, which load of each medium they had, and how they were cut.
type Sent = (Vec<Sample>, Vec<u64>, Vec<Option<(Cuts, bool)>>);

/// The owner of a session.
pub struct Controller {
    project: Project,
    version: u64,
    script: Arc<str>,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
    modules: Ids,
    patterns: Ids,
    sources: Ids,
    controls: Controls,
    layout: Layout,
    sample_rate: f64,
    ends: Option<ControlEnds>,
    in_flight: usize,
    backlog: VecDeque<Box<Batch>>,
    high_water: usize,
    gauges: Arc<Gauges>,
    library: Library,
    streams: Streams,
    loaded: HashMap<Name, (Media, u64)>,
    loads: u64,
    /// Says that media came which the audio thread was not told of.
    untold: bool,
    /// Onsets of media, as far as they are wanted.
    onsets: HashMap<Name, onsets::Search>,
    media: OrdMap<Name, MediaState>,
    origins: OrdMap<Name, Arc<Origin>>,
    sent: HashMap<Name, Sent>,
    /// Counts processors.
    activation: u32,
    /// What modules that draw sound hear, by processor and id; those of the processor before stay for who still draws it.
    tapes: HashMap<(u32, u32), Arc<Tape>>,
    shaders: Arc<Store>,
    /// Where each shader file stood when it was last told.
    drawn: OrdMap<Name, ShaderState>,
    roots: Vec<PathBuf>,
    /// What is trusted on this machine; its generation when that was last looked at, and when that was.
    trust: Trust,
    trusted_at: (u64, Option<Instant>),
    /// Media that somebody here has given, as they are written: they may lie anywhere.
    given: HashSet<Name>,
    /// Media that wait for what is trusted to be read, and since when.
    unread: Option<Instant>,
    /// Untrusted media that nobody was told of yet.
    untold_guests: Vec<Name>,
    reports: Reports,
    /// Cycles of generative patterns that are wanted, how many are being worked out, and how many are under way.
    wanted: Vec<Wanted>,
    owed: usize,
    cycles_out: usize,
    /// What plays otherwise than it reads.
    findings: Vec<Finding>,
    /// What the plan that was sent last leaves out, in words.
    unplayed: Vec<String>,
    /// Warnings about what plays now, and those of them that nobody was told yet.
    warned: HashSet<String>,
    /// Samples that were no sound, as far as that was said.
    unsound: u64,
    /// Buses of which it was said that they are not heard, a bit for each.
    unheard: u32,
    unsaid: Vec<Message>,
    /// Transport orders that wait for a processor.
    ordered: Vec<TransportAction>,
    /// When the audio thread was told to play, as long as it has not taken that up.
    told_to_play: Option<Instant>,
    /// How many states were loaded.
    restored: u64,
    macros: Macros,
    published: Arc<ArcSwap<Snapshot>>,
}

impl std::fmt::Debug for Controller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Controller at version {}", self.version)
    }
}

/// A trigger with the names it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Triggered {
    /// What the audio thread reported.
    pub report: TriggerReport,
    /// The sequencer.
    pub sequencer: Name,
    /// The pattern.
    pub pattern: Name,
    /// The modules that were triggered, in cable order.
    pub targets: Vec<Name>,
    /// Control values by name; the sample is the one that the first target which knows it plays.
    pub values: Vec<(String, f64)>,
    /// The word that names the sample.
    pub word: Option<String>,
}

impl Controller {
    /// A controller of a project, not connected to any processor yet.
    #[must_use]
    pub fn new(project: Project, script: Arc<str>, published: Arc<ArcSwap<Snapshot>>) -> Self {
        let mut controller = Self {
            project,
            version: 0,
            script,
            undo: Vec::new(),
            redo: Vec::new(),
            modules: Ids::default(),
            patterns: Ids::default(),
            sources: Ids::default(),
            controls: Controls::new(),
            layout: Layout::default(),
            sample_rate: 48_000.0,
            ends: None,
            in_flight: 0,
            backlog: VecDeque::new(),
            high_water: 0,
            gauges: Arc::default(),
            library: Library::new(Limits::default()),
            streams: Streams::default(),
            loaded: HashMap::new(),
            loads: 0,
            untold: false,
            onsets: HashMap::new(),
            media: OrdMap::new(),
            origins: OrdMap::new(),
            sent: HashMap::new(),
            activation: 0,
            tapes: HashMap::new(),
            shaders: Arc::default(),
            drawn: OrdMap::new(),
            roots: Vec::new(),
            trust: Trust::of_this_machine(),
            trusted_at: (0, None),
            given: HashSet::new(),
            unread: None,
            untold_guests: Vec::new(),
            reports: Reports::default(),
            wanted: Vec::new(),
            owed: 0,
            cycles_out: 0,
            findings: Vec::new(),
            unplayed: Vec::new(),
            warned: HashSet::new(),
            unsound: 0,
            unheard: 0,
            unsaid: Vec::new(),
            ordered: Vec::new(),
            told_to_play: None,
            restored: 0,
            macros: Macros::default(),
            published,
        };
        controller.publish();
        controller
    }

    /// The session's version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The session.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.project
    }

    /// The script that ran last with success.
    #[must_use]
    pub const fn script(&self) -> &Arc<str> {
        &self.script
    }

    /// Version the audio thread has applied.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.gauges.applied.load(Ordering::Acquire)
    }

    /// Scalars both sides see.
    #[must_use]
    pub const fn gauges(&self) -> &Arc<Gauges> {
        &self.gauges
    }

    /// Most batches that ever waited because the way to the audio thread was full or idle.
    #[must_use]
    pub const fn high_water(&self) -> usize {
        self.high_water
    }

    /// Starts a transaction.
    #[must_use]
    pub fn begin(&self, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.roots.clone(), trusted: true };
        Transaction::new(self.project.clone(), playhead).with_shelf(shelf)
    }

    /// As [`Self::begin`], for the script of a loaded session and for callbacks: it reads no files, and what it names is given by
    /// nobody.
    #[must_use]
    pub fn begin_for_guest(&self, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.roots.clone(), trusted: false };
        Transaction::new(self.project.clone(), playhead).with_shelf(shelf)
    }

    /// A copy of `project` for callbacks, which reads no files until somebody's own callback is called with it.
    #[must_use]
    pub fn begin_for_callbacks(&self, project: Project, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.roots.clone(), trusted: false };
        Transaction::new(project, playhead).with_shelf(shelf)
    }

    /// As [`Self::commit`], for what a person does in a view: media that are named anew are given by that. Those that the session
    /// listed before are not, for a view repeats them.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn commit_of_person(&mut self, transaction: Transaction, label: &str) -> Result<u64, CommandError> {
        let new = |path: &&Name| !transaction.base().assets.contains_key(*path);
        let given: Vec<Name> = transaction.commands().iter().flat_map(Command::media).filter(new).cloned().collect();
        self.admit(given, Giver::Person);
        self.commit(transaction, label, None)
    }

    /// Commits a transaction as one batch with one version; gives back the version in force. What changed nothing makes
    /// no version. Where the session moved on since the transaction began, its commands are applied to the newer session.
    ///
    /// # Errors
    /// Says which command no longer applies; nothing is changed then.
    pub fn commit(&mut self, transaction: Transaction, label: &str, script: Option<Arc<str>>) -> Result<u64, CommandError> {
        let project = if *transaction.base() == self.project {
            transaction.project().clone()
        } else {
            let mut rebased = self.project.clone();
            for command in transaction.commands().iter().filter(|c| c.is_edit()) {
                rebased.apply(command)?;
            }
            rebased
        };
        for command in transaction.commands() {
            if let Command::RenameModule { module, to } = command
                && !project.modules.contains_key(module)
            {
                self.modules.rename(module, to);
                if let Some(sent) = self.sent.remove(module) {
                    self.sent.insert(to.clone(), sent);
                }
            }
        }
        let before = Arc::clone(&self.script);
        let rearmed = self.settle_macros(&transaction, &project);
        let new_script = script.filter(|script| *script != self.script);
        if let Some(script) = &new_script {
            self.script = Arc::clone(script);
        }
        if project == self.project {
            let transport = self.order(transaction.transport());
            if !transport.is_empty() || !rearmed.is_empty() {
                let rearm = self.rearmed(&rearmed);
                self.send(Batch { version: self.version, transport, rearm, ..Batch::default() });
            }
            if new_script.is_some() {
                self.publish();
            }
            return Ok(self.version);
        }
        self.remember(label, &project, before, transaction.commands().iter().map(Command::bytes).sum());
        let transport = self.order(transaction.transport());
        self.adopt_with(project, transport, &rearmed);
        Ok(self.version)
    }

    /// Keeps the way back from `project` to what is there and its script, and forgets the oldest steps where there are too many or too large ones.
    fn remember(&mut self, label: &str, project: &Project, script: Arc<str>, bytes: usize) {
        self.redo.clear();
        let bytes = bytes.saturating_add(script.len());
        let scripts = [script, Arc::clone(&self.script)];
        self.undo.push(Edit { label: label.to_owned(), before: self.project.clone(), after: project.clone(), scripts, bytes });
        let mut kept = 0;
        let large = self.undo.iter().rev().take_while(|edit| {
            kept += edit.bytes;
            kept <= UNDO_BYTES
        });
        let keep = large.count().clamp(1, UNDO_STEPS);
        self.undo.drain(..self.undo.len().saturating_sub(keep));
    }

    /// The transport orders that the next batch takes along; where there is no processor yet, they wait for one.
    fn order(&mut self, transport: &[TransportAction]) -> Vec<TransportAction> {
        if self.ends.is_none() {
            self.ordered.extend(transport);
            let earliest = self.ordered.len().saturating_sub(KEPT_ORDERS);
            self.ordered.drain(..earliest);
            return Vec::new();
        }
        if transport.contains(&TransportAction::Start) {
            self.told_to_play = Some(Instant::now());
        }
        transport.to_vec()
    }

    /// What to tell of a run that has been committed: what of the session plays otherwise than the run's lines read.
    #[must_use]
    pub fn told(&mut self, places: &Places) -> Vec<Message> {
        let told = places.told(&self.project, &self.findings);
        self.unsaid.retain(|unsaid| told.iter().all(|message| message.text != unsaid.text));
        told
    }

    /// Says so where the audio thread does not take up that it is to play.
    fn is_deaf(&mut self) -> bool {
        if self.in_flight + self.backlog.len() == 0 {
            self.told_to_play = None;
        }
        let deaf = self.told_to_play.is_some_and(|since| since.elapsed() >= PLAY_PATIENCE);
        if deaf {
            self.told_to_play = None;
        }
        deaf
    }

    /// Goes back one step; the label of what was undone.
    pub fn undo(&mut self) -> Option<String> {
        let edit = self.undo.pop()?;
        self.script = Arc::clone(&edit.scripts[0]);
        let rearmed = self.settle_step(&edit.before);
        self.adopt_with(edit.before.clone(), Vec::new(), &rearmed);
        let label = edit.label.clone();
        self.redo.push(edit);
        self.publish();
        Some(label)
    }

    /// Goes forward one step; the label of what was redone.
    pub fn redo(&mut self) -> Option<String> {
        let edit = self.redo.pop()?;
        self.script = Arc::clone(&edit.scripts[1]);
        let rearmed = self.settle_step(&edit.after);
        self.adopt_with(edit.after.clone(), Vec::new(), &rearmed);
        let label = edit.label.clone();
        self.undo.push(edit);
        self.publish();
        Some(label)
    }

    /// Replaces the session by a loaded one; of its media only those are opened that are trusted on this machine. How many
    /// sessions were loaded with it.
    pub fn restore(&mut self, project: Project, script: Arc<str>, waiting: &[Waiting]) -> u64 {
        self.restored += 1;
        self.restore_waiting(&project, waiting);
        self.forget_gifts(&project);
        let before = std::mem::replace(&mut self.script, script);
        if project == self.project {
            self.want_media();
            self.untold = true;
            self.count_awaited();
            self.publish();
            return self.restored;
        }
        self.remember("load a state", &project, before, project.bytes());
        self.adopt(project, Vec::new());
        if self.ends.is_some() {
            self.anticipate();
        }
        self.restored
    }

    /// How many states were loaded: a script that began before the last one belongs to another session.
    #[must_use]
    pub const fn restored(&self) -> u64 {
        self.restored
    }

    /// Makes `project` the session, with a new version, and tells the audio thread and the views.
    fn adopt(&mut self, project: Project, transport: Vec<TransportAction>) {
        self.adopt_with(project, transport, &[]);
    }

    /// As [`Self::adopt`]; `rearmed` are macro targets that keep their own value again.
    fn adopt_with(&mut self, project: Project, transport: Vec<TransportAction>, rearmed: &[Target]) {
        let before = std::mem::replace(&mut self.project, project);
        self.version += 1;
        for (name, module) in &before.modules {
            if self.project.modules.get(name).is_none_or(|now| now.kind != module.kind) {
                self.modules.forget(name);
                self.sent.remove(name);
            }
        }
        self.want_media();
        let mut batch = Batch { version: self.version, transport, ..Batch::default() };
        if before.clock.bpm.to_bits() != self.project.clock.bpm.to_bits() {
            batch.bpm = Some(self.project.clock.bpm);
        }
        if before.clock.source != self.project.clock.source {
            batch.internal = Some(self.project.clock.source == ClockSource::Internal);
        }
        match self.parameter_changes(&before) {
            Some(params) => batch.params = params,
            None => {
                self.findings = review(&self.project);
                self.warn();
                batch.plan = self.plan();
            }
        }
        batch.rearm = self.rearmed(rearmed);
        self.send(batch);
        self.publish();
    }

    /// The single parameters that lead from `before` to the project, where nothing else changed.
    fn parameter_changes(&self, before: &Project) -> Option<Vec<(usize, usize, f64)>> {
        let now = &self.project;
        let alike = before.connections == now.connections
            && before.links == now.links
            && before.patterns == now.patterns
            && before.chains == now.chains
            && before.bindings == now.bindings
            && before.macros == now.macros
            && before.clock.cycle_beats.to_bits() == now.clock.cycle_beats.to_bits()
            && before.clock.bar_beats.to_bits() == now.clock.bar_beats.to_bits();
        if !alike {
            return None;
        }
        let mut changes = Vec::new();
        for item in before.modules.diff(&now.modules) {
            let imbl::ordmap::DiffItem::Update { old: (name, old), new: (_, new) } = item else { return None };
            let cut_anew = Cuts::of(old) != Cuts::of(new) || renewed_by(old) != renewed_by(new);
            if !std::ptr::eq(old.module_type(), new.module_type()) || old.samples != new.samples || cut_anew {
                return None;
            }
            let slot = *self.layout.slots.get(&self.modules.get(name)?)?;
            let inputs = new.module_type().inputs.first().map_or(0, |port| now.inputs(name, port.kind).count());
            let (was, is) = (numbers(before, name, inputs), numbers(now, name, inputs));
            if was.len() != is.len() {
                return None;
            }
            changes.extend(
                was.iter().zip(&is).enumerate().filter(|(_, (a, b))| a.to_bits() != b.to_bits()).map(|(param, (_, b))| (slot, param, *b)),
            );
        }
        Some(changes)
    }

    fn plan(&mut self) -> Option<Box<crate::plan::Plan>> {
        self.ends.as_ref()?;
        let mut content = self.new_content();
        let deaf = self.lay_tapes(&mut content);
        let planner = Planner {
            modules: &mut self.modules,
            patterns: &mut self.patterns,
            sources: &mut self.sources,
            controls: &mut self.controls,
            sample_rate: self.sample_rate,
            before: &self.layout,
            holds: self.macros.holds(),
            content,
            hearing: None,
            warnings: Vec::new(),
            generations: Vec::new(),
            compiled: Compiled::default(),
        };
        let (plan, layout, mut warnings) = planner.plan(&self.project);
        warnings.extend(deaf);
        self.layout = layout;
        self.unsaid.extend(warnings.iter().filter(|warning| !self.unplayed.contains(*warning)).cloned().map(Message::warning));
        self.unplayed = warnings;
        Some(Box::new(plan))
    }

    /// Gives every module that draws sound its tape; says which of too many have none.
    fn lay_tapes(&mut self, content: &mut HashMap<Name, Box<dyn std::any::Any + Send>>) -> Option<String> {
        let listening = self.project.modules.iter().filter(|(_, module)| module.module_type().content == Content::Tape);
        let names: Vec<Name> = listening.map(|(name, _)| name.clone()).collect();
        let ids: Vec<u32> = names.iter().map(|name| self.modules.of(name)).collect();
        let now = self.activation;
        self.tapes.retain(|(of, id), _| *of != now || ids.contains(id));
        let mut deaf = None;
        let mut room = listener::MOST.saturating_sub(self.tapes.keys().filter(|(of, _)| *of == now).count());
        for (name, id) in names.into_iter().zip(ids) {
            let new = !self.tapes.contains_key(&(now, id));
            if new && room == 0 {
                deaf.get_or_insert_with(|| format!("{name} draws silence: at most {} modules draw sound; remove another", listener::MOST));
                continue;
            }
            room -= usize::from(new);
            let rate = self.sample_rate;
            let tape = self.tapes.entry((now, id)).or_insert_with(|| Arc::new(Tape::new(rate)));
            content.insert(name, Box::new(Some(Arc::clone(tape)) as listener::Content));
        }
        deaf
    }

    /// Content for every sampler whose samples or media differ from what it was sent last.
    fn new_content(&mut self) -> HashMap<Name, Box<dyn std::any::Any + Send>> {
        let mut content: HashMap<Name, Box<dyn std::any::Any + Send>> = HashMap::new();
        for (name, module) in self.project.modules.iter().filter(|(_, m)| m.module_type().has_samples()) {
            let wanted = self.wanted_content(module);
            if self.sent.get(name) == Some(&wanted) {
                continue;
            }
            let samples = module.samples.iter().map(|sample| self.sample_content(module, sample)).collect();
            content.insert(
                name.clone(),
                Box::new(SamplerContent::new(samples).called(SampleWords::of(&module.samples)).with_streams(&self.streams)),
            );
            self.sent.insert(name.clone(), wanted);
        }
        content
    }

    fn wanted_content(&self, module: &Module) -> Sent {
        let loads = module.samples.iter().map(|s| self.loaded.get(&s.asset).map_or(0, |(_, load)| *load)).collect();
        let cuts =
            module.samples.iter().map(|s| Cuts::of_sample(module, s).map(|cuts| (cuts, self.onsets_of(&s.asset).is_some()))).collect();
        (module.samples.clone(), loads, cuts)
    }

    fn count_awaited(&self) {
        let loading =
            usize::from(self.untold) + self.media.values().filter(|state| matches!(state, MediaState::Loading)).count() + self.searches();
        self.gauges.awaited.store(loading + self.backlog.len(), Ordering::Release);
    }

    /// Does what is due: frees what came home, sends what waits, takes in loaded media and reports.
    /// Gives back messages for the console.
    pub fn pump(&mut self) -> Vec<Message> {
        self.note_moved_macros();
        if let Some(source) = self.gauges.failed.swap(0, Ordering::Relaxed).checked_sub(1) {
            self.tell_failure(source);
        }
        if let Some(module) = self.gauges.crowded.swap(0, Ordering::Relaxed).checked_sub(1) {
            self.tell_crowd(module);
        }
        self.tell_unsound();
        self.tell_unheard();
        let mut messages = std::mem::take(&mut self.unsaid);
        if let Some(ends) = &mut self.ends {
            while let Ok(batch) = ends.retired_rx.pop() {
                self.in_flight -= 1;
                drop(batch);
            }
            while let Ok(spent) = ends.spent_rx.pop() {
                self.cycles_out -= 1;
                drop(spent);
            }
            while let Ok(wanted) = ends.wanted_rx.pop() {
                self.wanted.push(wanted);
            }
            while let Ok(report) = ends.reports_rx.pop() {
                self.reports.keep(&report);
            }
        }
        self.flush();
        if self.is_deaf() {
            messages.push(Message::warning(HOST_IS_DEAF.to_owned()));
        }
        self.gauges.missed_sound.store(self.streams.missed(), Ordering::Relaxed);
        messages.extend(self.look_at_trust().into_iter().chain(self.trust.take_complaints()).map(Message::warning));
        let mut arrived = false;
        while let Some((key, result)) = self.library.poll() {
            let path = Name::new(&key);
            if !self.project.assets.contains_key(&path) {
                continue;
            }
            arrived = true;
            match result {
                Ok(found) => {
                    self.loads += 1;
                    if found.origin.moved {
                        let text = format!("{path}: found as {}", found.origin.path.display());
                        messages.push(Message { severity: Severity::Note, text, line: None, column: None });
                    }
                    if found.info.replaced > 0 {
                        messages.push(Message::warning(unsound(&path, found.info.replaced)));
                    }
                    self.note_content(&found);
                    self.media.insert(path.clone(), MediaState::Ready(Arc::clone(&found.info)));
                    self.origins.insert(path.clone(), found.origin);
                    self.loaded.insert(path, (found.media, self.loads));
                }
                Err(error) => {
                    messages.push(Message { severity: Severity::Error, text: error.to_string(), line: None, column: None });
                    self.trust.failed(&resolve(&path, &self.roots));
                    let state = if error.is_missing() { MediaState::Missing } else { MediaState::Failed };
                    self.media.insert(path, state(error.to_string()));
                }
            }
        }
        if arrived {
            self.want_onsets();
        }
        self.untold |= self.take_onsets() | arrived;
        if arrived {
            self.publish();
        }
        // A thousand clips that arrive one by one are not a thousand plans: while one is out, the others wait for each other.
        if self.untold && (self.in_flight == 0 || self.media_settled()) {
            self.untold = false;
            if let Some(plan) = self.plan() {
                self.send(Batch { version: self.version, plan: Some(plan), ..Batch::default() });
            }
            self.count_awaited();
        }
        messages
    }

    /// Hands a batch over; where the way is full, it waits in order on this side.
    fn send(&mut self, batch: Batch) {
        if self.ends.is_none() {
            return;
        }
        self.backlog.push_back(Box::new(batch));
        self.flush();
    }

    fn flush(&mut self) {
        let Some(ends) = &mut self.ends else { return };
        self.high_water = self.high_water.max(self.in_flight + self.backlog.len());
        while self.in_flight < CAPACITY {
            let Some(batch) = self.backlog.pop_front() else { break };
            match ends.to_audio_tx.push(batch) {
                Ok(()) => self.in_flight += 1,
                Err(rtrb::PushError::Full(batch)) => {
                    self.backlog.push_front(batch);
                    break;
                }
            }
        }
        self.count_awaited();
    }

    /// Connects a new processor at a sample rate; the one before becomes deaf. The first plan is on its way when this returns.
    pub fn activate(&mut self, sample_rate: f64) -> Processor {
        let (ends, audio) = queues();
        if self.sample_rate.to_bits() != sample_rate.to_bits() {
            self.media.clear();
            self.origins.clear();
            self.loaded.clear();
        }
        self.ends = Some(ends);
        self.backlog.clear();
        (self.in_flight, self.cycles_out, self.sample_rate) = (0, 0, sample_rate);
        self.anticipate();
        self.note_values();
        self.layout = Layout::default();
        self.sent.clear();
        let before = self.activation;
        self.activation = before.wrapping_add(1);
        self.tapes.retain(|(of, _), _| *of == before);
        self.gauges.applied.store(0, Ordering::Release);
        self.want_media();
        let batch = Batch {
            version: self.version,
            plan: self.plan(),
            bpm: Some(self.project.clock.bpm),
            internal: Some(self.project.clock.source == ClockSource::Internal),
            transport: std::mem::take(&mut self.ordered),
            ..Batch::default()
        };
        self.send(batch);
        self.publish();
        Processor::new(sample_rate, audio, Arc::clone(&self.gauges)).numbered(self.activation)
    }

    /// Lets the audio thread write views into `writer`.
    pub fn add_view(&mut self, writer: ViewWriter) {
        self.send(Batch { version: self.version, view: Some(writer), ..Batch::default() });
    }

    /// Gives the audio thread a recorder's rings, or takes them away; says whether there is an audio thread.
    pub fn set_film(&mut self, film: Option<Film>) -> bool {
        self.send(Batch { version: self.version, film: Some(film), ..Batch::default() });
        self.ends.is_some()
    }

    /// The triggers since the last call, with names.
    pub fn take_triggers(&mut self) -> Vec<Triggered> {
        // What there is to say waits for whoever passes it on.
        let mut messages = self.pump();
        messages.append(&mut self.unsaid);
        self.unsaid = messages;
        let reports = self.reports.take();
        let mut namers = HashMap::new();
        reports.map(|report| self.named(report, &mut namers)).collect()
    }

    fn named(&self, report: TriggerReport, namers: &mut HashMap<u32, Namer>) -> Triggered {
        let sequencer = self.modules.name(report.sequencer).cloned().unwrap_or_default();
        let targets = self.project.targets(&sequencer, crate::module::PortKind::Event).cloned().collect();
        let namer = namers.entry(report.sequencer).or_insert_with(|| Namer::new(&self.project, &sequencer));
        let (index, word) = (namer.index(report.values.map()), namer.word(report.values.map()).map(str::to_owned));
        let named = report.values.iter().filter(|(id, _)| ![control::INDEX, control::S, control::N].contains(id));
        let mut values: Vec<(String, f64)> = named.map(|(id, value)| (self.controls.name(id).to_owned(), value)).collect();
        values.extend(index.map(|index| (self.controls.name(control::INDEX).to_owned(), index)));
        let pattern = self.patterns.name(report.pattern).cloned().unwrap_or_default();
        Triggered { report, sequencer, pattern, targets, values, word }
    }

    /// What a module that draws sound hears, by the processor that a view names and the module's id.
    #[must_use]
    pub fn tape(&self, activation: u32, module: u32) -> Option<Arc<Tape>> {
        self.tapes.get(&(activation, module)).cloned()
    }

    fn publish(&mut self) {
        self.tidy_ids();
        let ids = self.project.modules.keys().map(|name| (name.clone(), self.modules.of(name))).collect();
        let pattern_ids = self.project.patterns.keys().map(|name| (name.clone(), self.patterns.of(name))).collect();
        self.published.store(Arc::new(Snapshot {
            version: self.version,
            project: self.project.clone(),
            ids: Arc::new(ids),
            pattern_ids: Arc::new(pattern_ids),
            media: self.media.clone(),
            shaders: self.drawn.clone(),
            origins: self.origins.clone(),
            script: Arc::clone(&self.script),
            undo_depth: self.undo.len(),
            redo_depth: self.redo.len(),
        }));
    }
}

/// Marks a reader of views as gone when it is dropped.
#[derive(Debug)]
pub struct Alive(pub Arc<AtomicBool>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// What is said of a medium some of whose samples no sound has.
fn unsound(path: &Name, samples: u64) -> String {
    format!(
        "{path}: {samples} of its samples are silent, because no sound has them (not a number, or more than 60 dB above full scale); \
         export it again, at a usual level"
    )
}
