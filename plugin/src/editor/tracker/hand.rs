//! What hands do in the grid: keys, letters and the pointer, in the order in which they come.

use egui::{Event, EventFilter, ImeEvent, Key, Modifiers, Response, Ui};
use videotracker_engine::command::{Command, TransportAction};

use super::{
    TrackerPanel,
    acts::{self, Act, Part},
    cells::{Field, Held, Words},
    cursor::{Area, Move},
    edit::{Dice, Sheet},
    entry::Entry,
    grid::{self, Touched},
    memory::{MAX_OCTAVE, MAX_STEP},
};
use crate::editor::panels::Scene;

/// What has to be known of the key before.
#[derive(Debug, Default)]
pub struct Keyboard {
    /// The last key that was pressed, and what was held with it.
    last: Option<(Key, Modifiers)>,
    /// Whether its letter means nothing any more.
    spent: bool,
}

/// The part of a pattern that an act is for.
fn area(part: Part, panel: &TrackerPanel, (lines, columns): (usize, usize)) -> Area {
    match part {
        Part::Marked => panel.cursor.here(),
        Part::Reach => panel.cursor.column(lines),
        Part::Column => Area { lines: 0..lines, columns: panel.cursor.column..panel.cursor.column + 1 },
        Part::Pattern => Area { lines: 0..lines, columns: 0..columns },
    }
}

impl TrackerPanel {
    /// Takes what the pointer did, and the keys while the grid has them.
    pub(super) fn touched(&mut self, ui: &Ui, scene: &Scene<'_>, response: &Response, touched: &Touched) {
        if let Some(((line, column), marks)) = touched.pressed.filter(|_| self.put_in(scene)) {
            response.request_focus();
            self.touch(ui);
            let anchor = (self.cursor.line, self.cursor.column);
            self.cursor.anchor = marks.then(|| self.cursor.anchor.unwrap_or(anchor));
            (self.cursor.line, self.cursor.column) = (line, column);
        }
        if let Some((line, column)) = touched.dragged.filter(|cell| *cell != (self.cursor.line, self.cursor.column)) {
            self.touch(ui);
            self.cursor.anchor.get_or_insert((self.cursor.line, self.cursor.column));
            (self.cursor.line, self.cursor.column) = (line, column);
            self.reveal = true;
        }
        if touched.opened {
            self.act(ui, scene, Act::Open);
        }
        if response.has_focus() {
            let all = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, all));
            self.listen(ui, scene);
        } else {
            self.put_in(scene);
            self.entry = None;
        }
    }

    /// Takes the keys out of the input, in their order.
    pub(super) fn listen(&mut self, ui: &Ui, scene: &Scene<'_>) {
        let events = ui.input_mut(|input| std::mem::take(&mut input.events));
        let (count, mut others) = (events.len(), Vec::with_capacity(events.len()));
        for event in events {
            if !self.hear(ui, scene, &event) {
                others.push(event);
            }
        }
        // What became of the keys is seen in the next picture.
        if others.len() < count {
            ui.ctx().request_repaint();
        }
        ui.input_mut(|input| input.events = others);
        self.keyboard.spent = false;
    }

    /// Whether an event was meant for the grid.
    fn hear(&mut self, ui: &Ui, scene: &Scene<'_>, event: &Event) -> bool {
        match event {
            Event::Key { key, physical_key, pressed: true, modifiers, .. } => {
                self.touch(ui);
                self.keyboard.last = Some((*key, *modifiers));
                self.keyboard.spent = self.press(ui, scene, (*key, physical_key.unwrap_or(*key)), *modifiers);
                self.keyboard.spent
            }
            Event::Text(text) | Event::Ime(ImeEvent::Commit(text)) => {
                let pastes = matches!(self.keyboard.last, Some((Key::V, held)) if held.command || held.ctrl);
                if pastes || text.contains(['\n', '\t']) {
                    self.keyboard.last = None;
                    self.paste(ui, scene, Part::Marked, text);
                } else if !std::mem::take(&mut self.keyboard.spent) {
                    self.write(ui, scene, text);
                }
                true
            }
            Event::Paste(text) => {
                self.paste(ui, scene, Part::Marked, text);
                true
            }
            // Some systems say so for keys that mean something else here.
            Event::Copy | Event::Cut => {
                let wanted =
                    if matches!(event, Event::Copy) { (Key::C, Act::Copy(Part::Marked)) } else { (Key::X, Act::Cut(Part::Marked)) };
                if self.keyboard.last.is_none_or(|(key, _)| key == wanted.0) {
                    self.act(ui, scene, wanted.1);
                }
                true
            }
            _ => false,
        }
    }

    /// A key, as it is called and where it lies; whether it means something.
    fn press(&mut self, ui: &Ui, scene: &Scene<'_>, (key, lies): (Key, Key), held: Modifiers) -> bool {
        if self.entry.is_some() {
            return self.press_in_entry(ui, scene, key, held);
        }
        let is_note = self.field(scene).is_some_and(|field| field.is_note());
        match acts::meaning(self.memory.keys, key, held) {
            // These come as what they mean for the clipboard.
            Some(Act::Copy(Part::Marked) | Act::Cut(Part::Marked) | Act::Paste(Part::Marked)) if held.command || held.ctrl => return true,
            Some(Act::EndNote) if !is_note => {}
            Some(act) => {
                self.act(ui, scene, act);
                return true;
            }
            None => {}
        }
        let is_plain = !(held.command || held.ctrl || held.alt || held.shift);
        match acts::note_of(lies).filter(|_| is_note && is_plain) {
            Some(semitones) => {
                self.play_note(scene, semitones);
                true
            }
            None => false,
        }
    }

    fn press_in_entry(&mut self, ui: &Ui, scene: &Scene<'_>, key: Key, held: Modifiers) -> bool {
        let step = Move::By(self.memory.step);
        match (key, held.shift) {
            _ if held.command || held.ctrl || held.alt => return false,
            (Key::Escape, _) => {
                self.entry = None;
                self.said = None;
            }
            (Key::Enter, _) => self.put_in_and(ui, scene, Act::Go(step)),
            (Key::ArrowUp, _) => self.put_in_and(ui, scene, Act::Go(Move::Up)),
            (Key::ArrowDown, _) => self.put_in_and(ui, scene, Act::Go(Move::Down)),
            (Key::Tab, back) => self.put_in_and(ui, scene, Act::Column(if back { -1 } else { 1 })),
            _ => return self.entry.as_mut().is_some_and(|entry| entry.press(key)),
        }
        true
    }

    /// Letters: into what is being typed, or to begin it.
    fn write(&mut self, ui: &Ui, scene: &Scene<'_>, text: &str) {
        self.touch(ui);
        if let Some(entry) = &mut self.entry {
            entry.insert(text);
        } else if !text.trim().is_empty() && self.field(scene).is_some_and(|field| !field.is_note()) {
            self.begin(scene, text);
        }
    }

    /// Begins to type into the cell at the cursor.
    fn begin(&mut self, scene: &Scene<'_>, text: &str) {
        let (Some(pattern), Some(field)) = (self.shown.clone(), self.field(scene)) else { return };
        self.cursor.anchor = None;
        self.said = None;
        self.reveal = true;
        let mut entry = Entry { pattern, line: self.cursor.line, column: field.column, text: String::new(), caret: 0 };
        entry.insert(text);
        self.entry = Some(entry);
    }

    /// The column at the cursor.
    fn field(&self, scene: &Scene<'_>) -> Option<Field> {
        let project = &scene.instance.engine.snapshot().project;
        let tracker = project.patterns.get(self.shown.as_deref()?)?.pattern.as_tracker()?;
        Some(Field::of(project, tracker.columns.get(self.cursor.column)?))
    }

    /// What the cell at the cursor holds, so that it can be typed over.
    fn written_here(&self, scene: &Scene<'_>) -> String {
        let snapshot = scene.instance.engine.snapshot();
        let slot = self.shown.as_deref().and_then(|name| snapshot.project.patterns.get(name));
        let step = slot.and_then(|slot| slot.pattern.as_tracker()?.steps.get(self.cursor.line));
        step.zip(self.field(scene)).map(|(step, field)| field.written(field.held(step))).unwrap_or_default()
    }

    /// Puts what was typed into its cell; whether it could be read.
    fn put_in(&mut self, scene: &Scene<'_>) -> bool {
        let Some(entry) = self.entry.clone() else { return true };
        let read = self.edit(scene, "type into", |sheet, words| -> Result<(), String> {
            let column = sheet.fields.iter().position(|field| field.column == entry.column);
            let Some((column, step)) = column.zip(sheet.tracker.steps.get(entry.line)) else { return Ok(()) };
            let field = &sheet.fields[column];
            let held = field.read(&entry.text, field.held(step), words)?;
            sheet.set(entry.line, column, held);
            Ok(())
        });
        match read {
            Some(Err(why)) => {
                self.said = Some(why);
                return false;
            }
            Some(Ok(())) => self.said = None,
            // The session refused it, and said why.
            None => {}
        }
        self.entry = None;
        true
    }

    fn put_in_and(&mut self, ui: &Ui, scene: &Scene<'_>, act: Act) {
        if self.put_in(scene) {
            self.act(ui, scene, act);
        }
    }

    /// Writes a note at the cursor and goes on.
    fn play_note(&mut self, scene: &Scene<'_>, semitones: i32) {
        let note = (self.memory.octave + 1) * 12 + semitones;
        if note > 127 {
            self.said = Some("the highest note is G-9; choose a lower octave".to_owned());
            return;
        }
        let (line, column) = (self.cursor.line, self.cursor.column);
        self.edit(scene, "write a note in", |sheet, _| sheet.set(line, column, Held::Number(note.into())));
        self.on(scene, Move::By(self.memory.step), false);
    }

    /// Lines and columns of the pattern as it is by now.
    fn size(&self, scene: &Scene<'_>) -> (usize, usize) {
        let snapshot = scene.instance.engine.snapshot();
        let tracker = self.shown.as_deref().and_then(|name| snapshot.project.patterns.get(name)).and_then(|slot| slot.pattern.as_tracker());
        tracker.map_or((1, 1), |tracker| (tracker.length, tracker.columns.len()))
    }

    fn on(&mut self, scene: &Scene<'_>, to: Move, marks: bool) {
        self.cursor.go(to, marks, self.size(scene));
        self.reveal = true;
    }

    /// Puts text in where the cursor is, or at the head of its column or of the pattern.
    fn paste(&mut self, ui: &Ui, scene: &Scene<'_>, part: Part, text: &str) {
        self.touch(ui);
        if let Some(entry) = &mut self.entry {
            entry.insert(text.lines().next().unwrap_or_default());
            return;
        }
        // Where the system's clipboard has nothing yet, or no more.
        let own = self.clip.clone();
        let text = if text.is_empty() { own.as_str() } else { text };
        if text.is_empty() {
            return;
        }
        let begin = area(part, self, self.size(scene));
        let at = (begin.lines.start, begin.columns.start);
        let done = self.edit(scene, Act::Paste(part).word(), |sheet, words| sheet.paste(at, text, words));
        if let Some((reached, refused)) = done {
            self.said = refused;
            let lines = self.size(scene).0;
            // One cell lets the cursor go on; several stay marked.
            if reached.lines.len() == 1 && reached.columns.len() == 1 {
                self.cursor.anchor = None;
                self.on(scene, Move::By(self.memory.step), false);
            } else if reached.lines.end <= lines {
                self.cursor.mark(&reached);
                self.reveal = true;
            }
        }
    }

    fn copy(&mut self, ui: &Ui, scene: &Scene<'_>, part: Part) {
        let area = area(part, self, self.size(scene));
        let snapshot = scene.instance.engine.snapshot();
        let slot = self.shown.as_deref().and_then(|name| snapshot.project.patterns.get(name));
        if let Some(tracker) = slot.and_then(|slot| slot.pattern.as_tracker()) {
            let fields: Vec<Field> = tracker.columns.iter().map(|column| Field::of(&snapshot.project, column)).collect();
            self.clip = Sheet { tracker: tracker.clone(), fields: &fields }.copy(&area);
            ui.copy_text(self.clip.clone());
        }
    }

    /// Does what a key or a menu asks for.
    pub(super) fn act(&mut self, ui: &Ui, scene: &Scene<'_>, act: Act) {
        self.touch(ui);
        let size = self.size(scene);
        match act {
            Act::Go(to) => self.on(scene, to, false),
            Act::Mark(to) => self.on(scene, to, true),
            Act::Column(by) => self.on(scene, if by < 0 { Move::Left } else { Move::Right }, false),
            Act::All => {
                let (column, all) = (area(Part::Column, self, size), area(Part::Pattern, self, size));
                let next = if self.cursor.marked() == Some(column.clone()) { all } else { column };
                self.cursor.mark(&next);
            }
            Act::Leave if self.cursor.anchor.take().is_some() => {}
            Act::Leave => match self.door {
                Some(door) => ui.memory_mut(|memory| memory.request_focus(door)),
                None => ui.memory_mut(|memory| memory.surrender_focus(grid::id())),
            },
            Act::Open => {
                let text = self.written_here(scene);
                self.begin(scene, &text);
            }
            Act::Play => {
                let action = if scene.view.playhead.playing { TransportAction::Stop } else { TransportAction::Start };
                self.send(scene, "transport", vec![Command::SetTransport { action }]);
            }
            Act::Follow => self.memory.follow ^= true,
            Act::Octave(by) => self.memory.octave = (self.memory.octave + by).clamp(0, MAX_OCTAVE),
            Act::OctaveAt(octave) => self.memory.octave = octave.clamp(0, MAX_OCTAVE),
            Act::Step(by) => self.memory.step = self.memory.step.saturating_add_signed(by).min(MAX_STEP),
            Act::Copy(part) => self.copy(ui, scene, part),
            Act::Paste(part) => {
                let text = self.clip.clone();
                self.paste(ui, scene, part, &text);
            }
            act => self.change(ui, scene, act, size),
        }
    }

    /// Does what changes the pattern.
    fn change(&mut self, ui: &Ui, scene: &Scene<'_>, act: Act, size: (usize, usize)) {
        if let Act::Cut(part) = act {
            self.copy(ui, scene, part);
        }
        if let Act::Pull { above: true, .. } = act {
            // What stands above goes, and the cursor takes its place.
            let Some(above) = self.cursor.line.checked_sub(1) else { return };
            (self.cursor.line, self.cursor.anchor) = (above, None);
        }
        self.thrown += 1;
        let dice = Dice(self.thrown ^ scene.instance.engine.snapshot().version.rotate_left(32));
        let (here, reach) = (self.cursor.here(), self.cursor.column(size.0));
        let line = Area { lines: self.cursor.line..self.cursor.line + 1, columns: 0..size.1 };
        let part = |part: Part| area(part, self, size);
        let (cut, raised) = match act {
            Act::Cut(of) => (part(of), None),
            Act::Raise(by, of) => (here.clone(), Some((part(of), by))),
            _ => (here.clone(), None),
        };
        let marked = self.cursor.marked();
        let whole = marked.clone().unwrap_or(Area { lines: 0..size.0, columns: 0..size.1 });
        let cell = Area { lines: line.lines.clone(), columns: here.columns.clone() };
        let change = |sheet: &mut Sheet<'_>, words: &Words| -> Option<Area> {
            match act {
                Act::Cut(_) => sheet.clear(&cut),
                Act::Clear => sheet.clear(&here),
                Act::ClearLine => sheet.clear(&line),
                Act::Push { line: all } => sheet.push_down(if all { &line } else { &cell }),
                Act::Pull { line: all, .. } => sheet.pull_up(if all { &line } else { &cell }),
                Act::Duplicate => return Some(sheet.duplicate(marked.as_ref().unwrap_or(&line))),
                Act::Shift(by) => sheet.slide(&reach, by, false),
                Act::Rotate(by) => sheet.slide(&reach, by, true),
                Act::Interpolate => sheet.interpolate(&reach),
                Act::Randomise => sheet.randomise(&reach, dice, words),
                Act::Legato => sheet.legato(&whole),
                Act::EndNote => sheet.end_note(line.lines.start),
                Act::Double => sheet.double(),
                Act::Halve => sheet.halve(),
                Act::Expand => sheet.expand(),
                Act::Shrink => sheet.shrink(),
                _ => {
                    if let Some((area, by)) = &raised {
                        sheet.raise(area, *by);
                    }
                }
            }
            None
        };
        let done = self.edit(scene, act.word(), change);
        match (act, done) {
            (Act::Duplicate, Some(Some(filled))) if self.cursor.marked().is_some() => self.cursor.mark(&filled),
            (Act::Duplicate, Some(Some(filled))) => self.cursor.line = filled.lines.start,
            (Act::Clear, Some(_)) if self.cursor.marked().is_none() => self.on(scene, Move::By(self.memory.step), false),
            (Act::EndNote, Some(_)) => self.on(scene, Move::By(self.memory.step), false),
            _ => {}
        }
        self.cursor.keep(self.size(scene));
        self.reveal = true;
    }
}
