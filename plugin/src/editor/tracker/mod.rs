//! The tracker grid: a pattern's lines and columns for hands that know trackers, with the chain beside it.
//!
//! Every change goes to the session as one command; the panel keeps only what it shows and how ([`memory`]). Cycle patterns are shown as
//! the steps that they come to.

pub mod acts;
mod bar;
mod cells;
mod chain;
mod cursor;
mod edit;
mod entry;
mod fields;
mod grid;
mod hand;
mod memory;
mod offers;
mod playing;

use egui::{Id, RichText, Ui, UiBuilder};
use videotracker_engine::{
    command::Command,
    module::samples::words_of,
    name::Name,
    pattern::{Cycle, Pattern, Tracker, steps::Grid},
    project::{Project, Source},
    snapshot::{Message, Severity},
};

use self::{
    cells::{Field, Words},
    cursor::Cursor,
    edit::Sheet,
    entry::Entry,
    grid::Look,
    memory::Memory,
    playing::Now,
};
use super::{
    panels::{About, Dock, Panel, Scene},
    theme,
};

pub use grid::id as grid_id;

/// Width of the chain.
const CHAIN: f32 = 196.0;
/// Width from which the chain stands beside the grid, not below it.
const BESIDE: f32 = 460.0;
/// Seconds after a hand was in the grid for which it stays where the hand is.
const STAYS: f64 = 2.5;

/// The tracker grid; its memory is a [`Memory`].
#[derive(Debug, Default)]
pub struct TrackerPanel {
    memory: Memory,
    /// The memory as it was read last.
    kept: String,
    /// The pattern of the chain that was followed to; a layout that changed by itself would be an edit to the host.
    followed: Option<Name>,
    /// The pattern in the last picture.
    shown: Option<Name>,
    cursor: Cursor,
    entry: Option<Entry>,
    /// Why the last thing that was asked for was refused.
    said: Option<String>,
    /// What was copied last.
    clip: String,
    /// Whether the cursor is to be brought into sight.
    reveal: bool,
    /// When a hand was in the grid last.
    touched_at: f64,
    words: Words,
    /// The session and the sequencer whose words they are.
    words_of: Option<(u64, Option<Name>)>,
    written: Option<Written>,
    /// How often dice were thrown.
    thrown: u64,
    /// Whether the last picture was drawn without it.
    was_hidden: bool,
    /// The column that was added, for the cursor to go to once it is there.
    added: Option<usize>,
    /// Whether the keys are to go to the grid once it is drawn.
    takes_keys: bool,
    /// The first control above the grid, where the keyboard goes on when it leaves.
    door: Option<Id>,
    /// What columns are searched for.
    searched: String,
    keyboard: hand::Keyboard,
}

/// A cycle pattern as steps.
#[derive(Debug)]
struct Written {
    of: (u64, Name, u32),
    lanes: Result<Vec<Tracker>, String>,
}

/// What is shown.
struct Ground<'a> {
    project: &'a Project,
    sequencer: Option<Name>,
    /// The pattern's name and content.
    pattern: Option<(Name, &'a Pattern)>,
    now: Option<Now>,
}

impl Ground<'_> {
    fn name(&self) -> Option<&Name> {
        self.pattern.as_ref().map(|(name, _)| name)
    }

    fn tracker(&self) -> Option<&Tracker> {
        self.pattern.as_ref().and_then(|(_, pattern)| pattern.as_tracker())
    }
}

/// Says that something was refused.
fn refuse(scene: &Scene<'_>, why: &str) {
    scene.instance.notify([Message { severity: Severity::Error, text: why.to_owned(), line: None, column: None }]);
}

impl Panel for TrackerPanel {
    fn about(&self) -> &'static About {
        &About {
            name: "tracker",
            title: "Tracker",
            hint: "Patterns as lines and columns, and the chain that plays them",
            dock: Dock::Below,
            size: 320.0,
            lowest: 190.0,
            open: false,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, memory: &mut String) {
        if *memory != self.kept {
            self.memory = Memory::read(memory);
            self.kept.clone_from(memory);
        }
        let ground = self.ground(ui, scene);
        self.learn(&ground, scene);
        if self.shown.as_ref() != ground.name() {
            self.entry = None;
            self.shown = ground.name().cloned();
        }
        self.takes_keys |= std::mem::take(&mut self.was_hidden);
        let inside = egui::Frame::new().inner_margin(egui::Margin { left: 8, right: 6, top: 2, bottom: 4 });
        inside.show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::vec2(4.0, 3.0);
            self.bar(ui, scene, &ground);
            self.body(ui, scene, &ground);
        });
        self.kept = self.memory.written();
        if *memory != self.kept && self.memory != Memory::read(memory) {
            memory.clone_from(&self.kept);
        } else {
            self.kept.clone_from(memory);
        }
    }

    fn hidden(&mut self) {
        self.was_hidden = true;
        self.entry = None;
        self.written = None;
        self.words_of = None;
    }
}

impl TrackerPanel {
    /// What there is to show.
    fn ground<'a>(&mut self, ui: &Ui, scene: &Scene<'a>) -> Ground<'a> {
        let project = &scene.snapshot.project;
        let chosen =
            project.modules.get_key_value(self.memory.sequencer.as_str()).filter(|(_, module)| module.module_type().is_sequencer());
        let sequencer = chosen.map(|(name, _)| name).or_else(|| project.sequencers().next()).cloned();
        let head = &scene.view.playhead;
        let now = sequencer.as_ref().filter(|_| head.playing).and_then(|sequencer| Now::at(project, sequencer, head.beat));
        let is_left_alone = self.entry.is_none() && ui.input(|input| input.time) - self.touched_at > STAYS;
        if let Some(now) = now.as_ref().filter(|now| self.memory.follow && is_left_alone && now.entry.is_some()) {
            self.followed = Some(now.pattern.clone());
        }
        let played = || match project.bindings.get(sequencer.as_ref()?)? {
            Source::Pattern(name) => Some(name),
            Source::Chain(chain) => project.chains.get(chain)?.entries.first().map(|entry| &entry.pattern),
        };
        let found = |name: &str| project.patterns.get_key_value(name);
        let followed = self.followed.as_ref().and_then(|name| found(name));
        let shown =
            followed.or_else(|| found(&self.memory.pattern)).or_else(|| found(played()?)).or_else(|| project.patterns.iter().next());
        let pattern = shown.map(|(name, slot)| (name.clone(), &*slot.pattern));
        Ground { project, sequencer, pattern, now }
    }

    /// Takes in what the samples are called that the sequencer triggers.
    fn learn(&mut self, ground: &Ground<'_>, scene: &Scene<'_>) {
        self.words.octave = self.memory.octave;
        let of = Some((scene.snapshot.version, ground.sequencer.clone()));
        if self.words_of == of {
            return;
        }
        self.words_of = of;
        let hearers = ground.sequencer.as_ref().map(|sequencer| ground.project.hearers(sequencer)).unwrap_or_default();
        let sampler = hearers.iter().filter_map(|name| ground.project.modules.get(*name)).find(|module| !module.samples.is_empty());
        let words = |module: &std::sync::Arc<videotracker_engine::project::Module>| {
            module.samples.iter().map(|sample| words_of(sample).into_iter().map(std::borrow::Cow::into_owned).collect()).collect()
        };
        self.words.samples = sampler.map(words).unwrap_or_default();
    }

    /// The grid and the chain.
    fn body(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, ground: &Ground<'_>) {
        let full = ui.available_rect_before_wrap();
        let mut area = full;
        if let Some(chain) = ground.sequencer.as_ref().and_then(|sequencer| bound_chain(ground.project, sequencer)) {
            let place = if full.width() >= BESIDE {
                area.max.x -= CHAIN;
                full.with_min_x(area.max.x + 6.0)
            } else {
                area.max.y -= (full.height() * 0.36).min(120.0);
                full.with_min_y(area.max.y + 4.0)
            };
            let mut side = ui.new_child(UiBuilder::new().id_salt("chain beside").max_rect(place));
            side.shrink_clip_rect(place);
            self.chain(&mut side, scene, ground, &chain);
        }
        let mut inside = ui.new_child(UiBuilder::new().id_salt("grid beside").max_rect(area));
        inside.shrink_clip_rect(area);
        inside.painter().rect_filled(area, 3.0, *theme::WELL);
        self.pattern(&mut inside, scene, ground);
        ui.allocate_rect(full, egui::Sense::hover());
    }

    fn chain(&mut self, ui: &mut Ui, scene: &Scene<'_>, ground: &Ground<'_>, name: &Name) {
        let Some(chain) = ground.project.chains.get(name) else { return };
        let wanted = chain::show(ui, name, chain, ground.now.as_ref(), ground.name());
        if let Some(pattern) = wanted.show {
            self.choose(ui, &pattern);
        }
        if let Some((label, command)) = wanted.change {
            self.send(scene, &label, vec![command]);
        }
    }

    /// The pattern as lines and columns, or why there is none.
    fn pattern(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, ground: &Ground<'_>) {
        let Some((name, pattern)) = &ground.pattern else {
            ui.centered_and_justified(|ui| {
                let text = "No pattern yet: New makes one and lets a sequencer play it";
                ui.add(egui::Label::new(RichText::new(text).color(*theme::WEAK)).wrap());
            });
            return;
        };
        match pattern {
            Pattern::Tracker(tracker) => self.steps(ui, scene, ground, name, tracker),
            Pattern::Cycle(cycle) => self.cycles(ui, scene, ground, (name, cycle)),
        }
    }

    fn steps(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, ground: &Ground<'_>, name: &Name, tracker: &Tracker) {
        let fields: Vec<(usize, Field)> = tracker.columns.iter().map(|column| (0, Field::of(ground.project, column))).collect();
        if let Some(column) = self.added.filter(|column| *column < fields.len()) {
            self.cursor = Cursor { column, anchor: None, ..self.cursor };
            self.added = None;
        }
        self.cursor.keep((tracker.length, fields.len()));
        let is_typed =
            |entry: &Entry| entry.pattern == *name && fields.get(self.cursor.column).is_some_and(|(_, field)| field.column == entry.column);
        if !self.entry.as_ref().is_none_or(is_typed) {
            self.entry = None;
        }
        let plays = ground.now.as_ref().filter(|now| now.pattern == *name);
        let id = scene.snapshot.pattern_ids.get(name).copied();
        let playing = scene.view.playing[..scene.view.playing_count].iter().filter(|playing| Some(playing.pattern) == id);
        let sounding: Vec<usize> = playing.filter_map(|playing| usize::try_from(playing.step).ok()).collect();
        let look = Look {
            name,
            lanes: std::slice::from_ref(tracker),
            fields: &fields,
            words: &self.words,
            now: plays.map(|now| (now.line, now.at)),
            sounding: &sounding,
            cursor: Some(&self.cursor),
            entry: self.entry.as_ref().map(|entry| (entry.text.as_str(), entry.caret)),
            reveal: self.revealed(ui, plays.map(|now| now.line)),
            cycle: 0,
        };
        let mut heads = Vec::new();
        let (response, touched) = grid::show(ui, &look, |ui, column, place| {
            heads.extend(bar::head(ui, &fields[column].1, column, fields.len(), place));
        });
        self.reveal = false;
        if std::mem::take(&mut self.takes_keys) {
            response.request_focus();
        }
        for head in heads {
            self.head(ui, scene, ground, head);
        }
        self.touched(ui, scene, &response, &touched);
    }

    /// The line to bring into sight: where the hand is, else what plays.
    fn revealed(&self, ui: &Ui, plays: Option<usize>) -> Option<(usize, bool)> {
        if self.reveal {
            return Some((self.cursor.line, false));
        }
        let is_left_alone = ui.input(|input| input.time) - self.touched_at > STAYS;
        plays.filter(|_| self.memory.follow && is_left_alone && self.entry.is_none()).map(|line| (line, true))
    }

    /// A cycle pattern as the steps that it comes to.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred lines")]
    fn cycles(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, ground: &Ground<'_>, (name, cycle): (&Name, &Cycle)) {
        let of = (scene.snapshot.version, name.clone(), self.memory.cycles);
        if self.written.as_ref().is_none_or(|written| written.of != of) {
            let grid = Grid { cycles: self.memory.cycles, steps_per_beat: None };
            self.written = Some(Written { of, lanes: ground.project.write_out_lanes(name, cycle, grid) });
        }
        let Some(Written { lanes, .. }) = &self.written else { return };
        let lanes = match lanes {
            Ok(lanes) => lanes,
            Err(why) => {
                let text = format!("{}\n\nIt can't be shown as steps: {why}", cycle.source());
                ui.add(egui::Label::new(RichText::new(text).monospace().size(12.0).color(*theme::WEAK)).wrap());
                return;
            }
        };
        let fields = held_fields(ground.project, lanes);
        let per_cycle = lanes.first().map_or(1, |lane| lane.length) / self.memory.cycles.max(1) as usize;
        let plays = ground.now.as_ref().filter(|now| now.pattern == *name).map(|now| {
            let at = now.at.rem_euclid(f64::from(self.memory.cycles)) * per_cycle as f64;
            (at as usize, at)
        });
        let look = Look {
            name,
            lanes,
            fields: &fields,
            words: &self.words,
            now: plays,
            sounding: &[],
            cursor: None,
            entry: None,
            reveal: self.revealed(ui, plays.map(|(line, _)| line)).filter(|(_, centre)| *centre),
            cycle: per_cycle,
        };
        let (response, touched) = grid::show(ui, &look, |ui, column, place| {
            let (_, field) = &fields[column];
            let at = place.left_center() + egui::vec2(5.0, 0.0);
            ui.painter().text(at, egui::Align2::LEFT_CENTER, &field.title, egui::FontId::proportional(11.5), grid::tint(&field.column));
        });
        self.reveal = false;
        if touched.pressed.is_some() {
            response.request_focus();
        }
        if response.has_focus() {
            self.listen(ui, scene);
        }
    }

    /// Shows another pattern.
    fn choose(&mut self, ui: &Ui, pattern: &Name) {
        self.touch(ui);
        self.entry = None;
        self.shown = Some(pattern.clone());
        self.followed = None;
        self.memory.pattern = pattern.to_string();
        self.cursor.anchor = None;
        self.reveal = true;
    }

    /// Lets the grid stay where the hand is for a while.
    fn touch(&mut self, ui: &Ui) {
        self.touched_at = ui.input(|input| input.time);
    }

    /// Sends commands as one step of undo; whether they were taken.
    fn send(&mut self, scene: &Scene<'_>, label: &str, commands: Vec<Command>) -> bool {
        let done = scene.instance.engine.apply(label, commands);
        self.said = done.as_ref().err().map(ToString::to_string);
        if let Some(why) = &self.said {
            refuse(scene, why);
        }
        done.is_ok()
    }

    /// Changes the shown pattern as it is by now, as one step of undo.
    fn edit<T>(&mut self, scene: &Scene<'_>, word: &str, change: impl FnOnce(&mut Sheet<'_>, &Words) -> T) -> Option<T> {
        let snapshot = scene.instance.engine.snapshot();
        let (name, slot) = snapshot.project.patterns.get_key_value(self.shown.as_deref()?)?;
        let before = slot.pattern.as_tracker()?;
        let fields: Vec<Field> = before.columns.iter().map(|column| Field::of(&snapshot.project, column)).collect();
        let mut sheet = Sheet { tracker: before.clone(), fields: &fields };
        let given = change(&mut sheet, &self.words);
        let after = sheet.tracker;
        if after == *before {
            return Some(given);
        }
        let command = changed(name, before, after);
        self.send(scene, &format!("{word} pattern {name}"), vec![command]).then_some(given)
    }
}

/// The command that makes one pattern of another: a single step's where no more changes.
fn changed(name: &Name, before: &Tracker, after: Tracker) -> Command {
    let is_alike = before.steps.len() == after.steps.len()
        && Tracker { steps: Vec::new(), ..before.clone() } == Tracker { steps: Vec::new(), ..after.clone() };
    let mut other = (0..after.steps.len()).filter(|step| before.steps.get(*step) != after.steps.get(*step));
    match (is_alike, other.next(), other.next()) {
        (true, Some(step), None) => Command::SetStep { name: name.clone(), step, value: after.steps[step].clone() },
        _ => Command::SetPattern { name: name.clone(), pattern: Pattern::Tracker(after) },
    }
}

/// The columns of patterns side by side in which something is held.
fn held_fields(project: &Project, lanes: &[Tracker]) -> Vec<(usize, Field)> {
    let mut all = Vec::new();
    for (lane, tracker) in lanes.iter().enumerate() {
        for column in &tracker.columns {
            let mut field = Field::of(project, column);
            if tracker.steps.iter().any(|step| field.held(step) != cells::Held::Nothing) {
                if lane > 0 {
                    field.title = format!("{} {}", field.title, lane + 1);
                }
                all.push((lane, field));
            }
        }
    }
    all
}

/// The chain that a sequencer plays.
fn bound_chain(project: &Project, sequencer: &Name) -> Option<Name> {
    match project.bindings.get(sequencer)? {
        Source::Chain(chain) => Some(chain.clone()),
        Source::Pattern(_) => None,
    }
}
