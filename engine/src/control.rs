//! The Controller: owns the project, its history, the ways to the audio thread and the media.
//!
//! It is never called from the audio thread, and never waits for Lua: a script works on its own [`Transaction`].

mod history;
mod ids;
mod line;
mod macros;
mod media;
mod notices;
mod outside;
mod patterns;
mod reports;
mod shaders;
mod studies;
mod trusted;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwap;
use imbl::OrdMap;

pub use history::UNDO_STEPS;
use history::{History, Step};
use ids::SessionIds;
use line::Line;
pub use macros::Waiting;
use macros::{Macros, Target};
use media::SessionMedia;
use notices::Notices;
pub use outside::Outside;
pub use patterns::Due;
use trusted::Guard;

use crate::{
    audio::{
        film::Film,
        processor::{Gauges, Processor},
        queue::{Batch, TriggerReport, ViewWriter, queues},
    },
    command::{Command, CommandError, TransportAction},
    media::resolve,
    module::{Content, listener, samples::cuts_of},
    name::Name,
    plan::{Compiled, Layout, Planner, numbers, renewed_by},
    project::{ClockSource, Namer, Project},
    review::{Places, review},
    shader::{ShaderState, Shelf, Store},
    signal::control,
    snapshot::{MediaState, Message, Severity, Snapshot},
    transaction::Transaction,
    trust::Giver,
    view::{Playhead, tape::Tape},
};

/// What is said where the audio thread does not take up that it is to play.
const HOST_IS_DEAF: &str =
    "the host isn't calling the plugin, so nothing plays; start the host's audio engine, or turn the plugin or its track on";

/// The owner of a session.
pub struct Controller {
    project: Project,
    version: u64,
    script: Arc<str>,
    history: History,
    ids: SessionIds,
    layout: Layout,
    line: Line,
    gauges: Arc<Gauges>,
    media: SessionMedia,
    guard: Guard,
    /// What modules that draw sound hear, by processor and id; those of the processor before stay for who still draws it.
    tapes: HashMap<(u32, u32), Arc<Tape>>,
    shaders: Arc<Store>,
    /// Where each shader file stood when it was last told.
    drawn: OrdMap<Name, ShaderState>,
    notices: Notices,
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
            history: History::default(),
            ids: SessionIds::default(),
            layout: Layout::default(),
            line: Line::default(),
            gauges: Arc::default(),
            media: SessionMedia::default(),
            guard: Guard::default(),
            tapes: HashMap::new(),
            shaders: Arc::default(),
            drawn: OrdMap::new(),
            notices: Notices::default(),
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
        self.line.high_water()
    }

    /// Starts a transaction.
    #[must_use]
    pub fn begin(&self, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.media.roots.clone(), trusted: true };
        Transaction::new(self.project.clone(), playhead).with_shelf(shelf)
    }

    /// As [`Self::begin`], for the script of a loaded session and for callbacks: it reads no files, and what it names is given by
    /// nobody.
    #[must_use]
    pub fn begin_for_guest(&self, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.media.roots.clone(), trusted: false };
        Transaction::new(self.project.clone(), playhead).with_shelf(shelf)
    }

    /// Starts a transaction on `project` for callbacks. It may read no files until a callback of the user's own script is called with it.
    #[must_use]
    pub fn begin_for_callbacks(&self, project: Project, playhead: Playhead) -> Transaction {
        let shelf = Shelf { store: Arc::clone(&self.shaders), roots: self.media.roots.clone(), trusted: false };
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
                self.ids.modules.rename(module, to);
                if let Some(sent) = self.media.sent.remove(module) {
                    self.media.sent.insert(to.clone(), sent);
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
            let transport = self.line.order(transaction.transport());
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
        let transport = self.line.order(transaction.transport());
        self.adopt_with(project, transport, &rearmed);
        Ok(self.version)
    }

    /// Keeps the way back from `project` and the script there is to what is there and the script `before`.
    fn remember(&mut self, label: &str, project: &Project, before: Arc<str>, bytes: usize) {
        let scripts = [before, Arc::clone(&self.script)];
        self.history.remember(Step { label: label.to_owned(), before: self.project.clone(), after: project.clone(), scripts, bytes });
    }

    /// Returns the messages about a committed run: those findings about the session that concern lines of the run.
    #[must_use]
    pub fn told(&mut self, places: &Places) -> Vec<Message> {
        let told = places.told(&self.project, &self.notices.findings);
        self.notices.unsaid.retain(|unsaid| told.iter().all(|message| message.text != unsaid.text));
        told
    }

    /// Goes back one step; the label of what was undone.
    pub fn undo(&mut self) -> Option<String> {
        let step = self.history.back()?;
        let (label, project) = (step.label.clone(), step.before.clone());
        self.script = Arc::clone(&step.scripts[0]);
        let rearmed = self.settle_step(&project);
        self.adopt_with(project, Vec::new(), &rearmed);
        Some(label)
    }

    /// Goes forward one step; the label of what was redone.
    pub fn redo(&mut self) -> Option<String> {
        let step = self.history.forth()?;
        let (label, project) = (step.label.clone(), step.after.clone());
        self.script = Arc::clone(&step.scripts[1]);
        let rearmed = self.settle_step(&project);
        self.adopt_with(project, Vec::new(), &rearmed);
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
            self.media.untold = true;
            self.count_awaited();
            self.publish();
            return self.restored;
        }
        self.remember("load a state", &project, before, project.bytes());
        self.adopt(project, Vec::new());
        if self.line.is_connected() {
            self.anticipate();
        }
        self.restored
    }

    /// How many states were loaded: a script that began before the last one belongs to another session.
    #[must_use]
    pub const fn restored(&self) -> u64 {
        self.restored
    }

    /// Makes `project` the session under a new version, and sends it to the audio thread and to views.
    fn adopt(&mut self, project: Project, transport: Vec<TransportAction>) {
        self.adopt_with(project, transport, &[]);
    }

    /// As [`Self::adopt`]; `rearmed` are macro targets that keep their own value again.
    fn adopt_with(&mut self, project: Project, transport: Vec<TransportAction>, rearmed: &[Target]) {
        let before = std::mem::replace(&mut self.project, project);
        self.version += 1;
        for (name, module) in &before.modules {
            if self.project.modules.get(name).is_none_or(|now| now.kind != module.kind) {
                self.ids.modules.forget(name);
                self.media.sent.remove(name);
            }
        }
        self.want_media();
        let renewed = self.ids.writings.renew(&self.project);
        let mut batch = Batch { version: self.version, transport, ..Batch::default() };
        if before.clock.bpm.to_bits() != self.project.clock.bpm.to_bits() {
            batch.bpm = Some(self.project.clock.bpm);
        }
        if before.clock.source != self.project.clock.source {
            batch.internal = Some(self.project.clock.source == ClockSource::Internal);
        }
        match self.parameter_changes(&before) {
            Some(params) => {
                batch.params = params;
                if renewed {
                    batch.generations = self.generations();
                }
            }
            None => {
                self.notices.findings = review(&self.project);
                self.notices.warn();
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
            && before.order == now.order
            && before.clock.cycle_beats.to_bits() == now.clock.cycle_beats.to_bits()
            && before.clock.bar_beats.to_bits() == now.clock.bar_beats.to_bits();
        if !alike {
            return None;
        }
        let mut changes = Vec::new();
        for item in before.modules.diff(&now.modules) {
            let imbl::ordmap::DiffItem::Update { old: (name, old), new: (_, new) } = item else { return None };
            let cut_anew = cuts_of(old) != cuts_of(new) || renewed_by(old) != renewed_by(new) || old.is_auto() != new.is_auto();
            if !std::ptr::eq(old.module_type(), new.module_type()) || old.samples != new.samples || cut_anew {
                return None;
            }
            let slot = *self.layout.slots.get(&self.ids.modules.get(name)?)?;
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
        self.line.is_connected().then_some(())?;
        let mut content = self.media.new_content(&self.project);
        let deaf = self.lay_tapes(&mut content);
        let planner = Planner {
            modules: &mut self.ids.modules,
            patterns: &mut self.ids.patterns,
            sources: &mut self.ids.sources,
            writings: &mut self.ids.writings,
            controls: &mut self.ids.controls,
            sample_rate: self.line.sample_rate,
            before: &self.layout,
            holds: self.macros.holds(),
            content,
            table: None,
            warnings: Vec::new(),
            generations: Vec::new(),
            compiled: Compiled::default(),
        };
        let (plan, layout, mut warnings) = planner.plan(&self.project);
        warnings.extend(deaf);
        self.layout = layout;
        self.notices.leave_out(warnings);
        Some(Box::new(plan))
    }

    /// Gives every module that draws sound its tape; says which of too many have none.
    fn lay_tapes(&mut self, content: &mut HashMap<Name, Box<dyn std::any::Any + Send>>) -> Option<String> {
        let listening = self.project.modules.iter().filter(|(_, module)| module.module_type().content == Content::Tape);
        let names: Vec<Name> = listening.map(|(name, _)| name.clone()).collect();
        let ids: Vec<u32> = names.iter().map(|name| self.ids.modules.of(name)).collect();
        let now = self.line.activation;
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
            let rate = self.line.sample_rate;
            let tape = self.tapes.entry((now, id)).or_insert_with(|| Arc::new(Tape::new(rate)));
            content.insert(name, Box::new(Some(Arc::clone(tape)) as listener::Content));
        }
        deaf
    }

    fn count_awaited(&self) {
        self.gauges.awaited.store(self.media.awaited() + self.line.waiting(), Ordering::Release);
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
        let mut messages = std::mem::take(&mut self.notices.unsaid);
        self.line.take_in();
        self.flush();
        if self.line.is_deaf() {
            messages.push(Message::warning(HOST_IS_DEAF.to_owned()));
        }
        self.gauges.missed_sound.store(self.media.streams.missed(), Ordering::Relaxed);
        messages.extend(self.look_at_trust().into_iter().chain(self.guard.trust.take_complaints()).map(Message::warning));
        let mut arrived = false;
        while let Some((key, result)) = self.media.library.poll() {
            let path = Name::new(&key);
            if !self.project.assets.contains_key(&path) {
                continue;
            }
            arrived = true;
            match result {
                Ok(found) => {
                    if found.origin.moved {
                        let text = format!("{path}: found as {}", found.origin.path.display());
                        messages.push(Message { severity: Severity::Note, text, line: None, column: None });
                    }
                    if found.info.replaced > 0 {
                        messages.push(Message::warning(unsound(&path, found.info.replaced)));
                    }
                    messages.extend(found.info.notes.iter().map(|note| Message::warning(format!("{path}: {note}"))));
                    self.note_content(&found);
                    self.media.take(path, found);
                }
                Err(error) => {
                    messages.push(Message { severity: Severity::Error, text: error.to_string(), line: None, column: None });
                    self.guard.trust.failed(&resolve(&path, &self.media.roots));
                    let state = if error.is_missing() { MediaState::Missing } else { MediaState::Failed };
                    self.media.states.insert(path, state(error.to_string()));
                }
            }
        }
        if arrived {
            self.media.want_studies(&self.project);
        }
        self.media.untold |= self.media.take_findings() | arrived;
        if arrived {
            self.publish();
        }
        // A thousand clips that arrive one by one are not a thousand plans: while one is out, the others wait for each other.
        if self.media.untold && (self.line.is_idle() || self.media.is_settled()) {
            self.media.untold = false;
            if let Some(plan) = self.plan() {
                self.send(Batch { version: self.version, plan: Some(plan), ..Batch::default() });
            }
            self.count_awaited();
        }
        messages.extend(self.media.unsaid.drain(..).map(Message::warning));
        messages
    }

    /// Hands a batch over; where the way is full, it waits in order on this side.
    fn send(&mut self, batch: Batch) {
        self.line.send(batch);
        self.flush();
    }

    fn flush(&mut self) {
        if self.line.flush() {
            self.count_awaited();
        }
    }

    /// Connects a new processor at a sample rate; the one before becomes deaf. The first plan is on its way when this returns.
    pub fn activate(&mut self, sample_rate: f64) -> Processor {
        let (ends, audio) = queues();
        if self.line.sample_rate.to_bits() != sample_rate.to_bits() {
            self.media.clear();
        }
        let before = self.line.activation;
        self.line.connect(ends, sample_rate);
        self.anticipate();
        self.note_values();
        self.layout = Layout::default();
        self.media.sent.clear();
        self.tapes.retain(|(of, _), _| *of == before);
        self.gauges.applied.store(0, Ordering::Release);
        self.want_media();
        let batch = Batch {
            version: self.version,
            plan: self.plan(),
            bpm: Some(self.project.clock.bpm),
            internal: Some(self.project.clock.source == ClockSource::Internal),
            transport: self.line.take_ordered(),
            ..Batch::default()
        };
        self.send(batch);
        self.publish();
        Processor::new(sample_rate, audio, Arc::clone(&self.gauges)).numbered(self.line.activation)
    }

    /// Lets the audio thread write views into `writer`.
    pub fn add_view(&mut self, writer: ViewWriter) {
        self.send(Batch { version: self.version, view: Some(writer), ..Batch::default() });
    }

    /// Gives the audio thread a recorder's rings, or takes them away; says whether there is an audio thread.
    pub fn set_film(&mut self, film: Option<Film>) -> bool {
        self.send(Batch { version: self.version, film: Some(film), ..Batch::default() });
        self.line.is_connected()
    }

    /// The triggers since the last call, with names.
    pub fn take_triggers(&mut self) -> Vec<Triggered> {
        // What there is to say waits for whoever passes it on.
        let mut messages = self.pump();
        messages.append(&mut self.notices.unsaid);
        self.notices.unsaid = messages;
        let reports = self.line.take_reports();
        let mut namers = HashMap::new();
        reports.map(|report| self.named(report, &mut namers)).collect()
    }

    fn named(&self, report: TriggerReport, namers: &mut HashMap<u32, Namer>) -> Triggered {
        let sequencer = self.ids.modules.name(report.sequencer).cloned().unwrap_or_default();
        let namer = namers.entry(report.sequencer).or_insert_with(|| Namer::new(&self.project, &sequencer));
        let targets = namer.targets(report.values.map());
        let (index, word) = (namer.index(report.values.map()), namer.word(report.values.map()).map(str::to_owned));
        let named = report.values.iter().filter(|(id, _)| ![control::INDEX, control::S, control::N].contains(id));
        let mut values: Vec<(String, f64)> = named.map(|(id, value)| (self.ids.controls.name(id).to_owned(), value)).collect();
        values.extend(index.map(|index| (self.ids.controls.name(control::INDEX).to_owned(), index)));
        let pattern = self.ids.patterns.name(report.pattern).cloned().unwrap_or_default();
        Triggered { report, sequencer, pattern, targets, values, word }
    }

    /// What a module that draws sound hears, by the processor that a view names and the module's id.
    #[must_use]
    pub fn tape(&self, activation: u32, module: u32) -> Option<Arc<Tape>> {
        self.tapes.get(&(activation, module)).cloned()
    }

    fn publish(&mut self) {
        self.ids.tidy(&self.project);
        let ids = self.project.modules.keys().map(|name| (name.clone(), self.ids.modules.of(name))).collect();
        let pattern_ids = self.project.patterns.keys().map(|name| (name.clone(), self.ids.patterns.of(name))).collect();
        self.published.store(Arc::new(Snapshot {
            version: self.version,
            project: self.project.clone(),
            ids: Arc::new(ids),
            pattern_ids: Arc::new(pattern_ids),
            media: self.media.states.clone(),
            shaders: self.drawn.clone(),
            origins: self.media.origins.clone(),
            script: Arc::clone(&self.script),
            undo_depth: self.history.depth(),
            redo_depth: self.history.redo_depth(),
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
