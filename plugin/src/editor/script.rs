//! The Script tab: the player's own text, run whole or block by block.

use std::{collections::HashMap, ops::Range, path::PathBuf, sync::Arc};

use egui::{
    Event, Id, ScrollArea, Ui,
    text::{CCursor, CCursorRange},
    text_edit::{TextEditOutput, TextEditState},
};
use videotracker_engine::{
    script::lua,
    snapshot::{Message, Severity, Snapshot},
    view::ViewFrame,
};

mod faults;
mod field;
mod keyboard;
mod marks;

pub use field::code;

use self::{
    faults::{Fault, warnings},
    field::{keep_cursor_in_sight, light_word, no_copies, row_of},
};
use super::{
    blocks::{self, Lines},
    find::{self, Find},
    gestures::byte,
    highlight::Coloured,
    history::{History, Selection},
    keys::Act,
    lights::Lights,
    popup::{self, Popup},
    runs, suggest, theme,
    tune::{self, Tune},
};
use crate::{instance::Instance, scripts::Tab};

/// How long a block that was run lights up, in seconds.
const FLASH: f64 = 0.45;

/// What the editor knows of one text beside the text.
#[derive(Debug, Default)]
struct Pane {
    history: History,
    /// Where the cursor was last, also after something else took the keys; `None` while it was never placed.
    selection: Option<Selection>,
    /// What the last run that ended well warned of, by line.
    warnings: Vec<Fault>,
}

/// The script tabs: the chosen one's text, and what is known of each.
#[derive(Default)]
pub struct Script {
    /// The chosen tab's text.
    pub text: String,
    tab: u64,
    /// What the tab is called: errors name it.
    name: String,
    /// The folder of its file, where it has one: media with relative paths are looked for there.
    folder: Option<PathBuf>,
    panes: HashMap<u64, Pane>,
    revision: u64,
    runs: u64,
    /// The tab that ran last, and which of its lines.
    ran: u64,
    ran_lines: Lines,
    fault: Option<Fault>,
    /// The text and the steps of redo for which it was looked whether they still hold.
    held_for: (u64, usize),
    flash: Option<(Lines, f64)>,
    scroll_to: Option<usize>,
    /// Keys that came behind one with a meaning of its own, to be served in the next frame.
    waiting: Vec<egui::Event>,
    lights: Lights,
    coloured: Coloured,
    find: Find,
    tune: Tune,
    popup: Popup,
    /// Grows with every change of the text, and what the list of offers was made for: that and the cursor.
    edits: u64,
    offered_for: Option<(u64, usize)>,
    /// What keys asked for that is not the script's own to do.
    acts: Vec<Act>,
    /// Steps of the text that began since they were last asked for.
    steps: Vec<(u64, usize)>,
    /// The session before the run that was asked for last.
    asked: Option<Arc<Snapshot>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("bytes", &self.text.len()).field("fault", &self.fault).finish_non_exhaustive()
    }
}

/// The widget of a tab's text.
#[must_use]
pub fn widget(tab: u64) -> Id {
    Id::unique(("script", tab))
}

impl Script {
    /// Takes over a text that was loaded or chosen, and the result of a run that ended; whether errors said before are over, because
    /// one ended well or the text was mended.
    pub fn update(&mut self, instance: &Instance, view: &ViewFrame) -> bool {
        if !instance.has_draft() {
            instance.edit_draft(&instance.engine.snapshot().script);
            self.take(instance.scripts(|scripts| scripts.chosen().cloned()).unwrap_or_default());
        }
        if let Some((revision, tab)) = instance.draft_after(self.revision) {
            self.revision = revision;
            self.take(tab);
        }
        let (runs, result) = instance.engine.last_run();
        let ended_well = runs != self.runs && result.as_ref().is_some_and(|result| result.success);
        let redo_depth = instance.engine.snapshot().redo_depth;
        if runs != self.runs {
            self.runs = runs;
            // What a run removed, and that one failed, the engine says itself.
            if let (Some(before), true) = (self.asked.take(), ended_well)
                && let Some(line) = runs::line(&before.project, &instance.engine.snapshot().project, &view.playhead)
            {
                note(instance, line);
            }
            let here = result.filter(|_| self.ran == self.tab);
            if ended_well {
                // Whether the warnings of another tab's run still hold, nobody says.
                self.panes.values_mut().for_each(|pane| pane.warnings.clear());
                self.pane().warnings = here.as_ref().map(|result| warnings(&self.text, &self.name, result, redo_depth)).unwrap_or_default();
            }
            self.fault = here.filter(|result| !result.success).and_then(|result| {
                let line = usize::try_from(result.line?).ok()?.checked_sub(1)?;
                Some(Fault::of(&self.text, line, result.error.unwrap_or_default(), redo_depth))
            });
            self.scroll_to = self.fault.as_ref().map(|fault| fault.line);
        }
        let mended = self.fault.is_some();
        if std::mem::replace(&mut self.held_for, (self.edits, redo_depth)) != (self.edits, redo_depth) {
            let lines: Vec<&str> = self.text.split('\n').collect();
            self.fault.take_if(|fault| !fault.follows(&lines, redo_depth));
            let pane = self.panes.entry(self.tab).or_default();
            pane.warnings.retain_mut(|warning| warning.follows(&lines, redo_depth));
        }
        ended_well || mended && self.fault.is_none()
    }

    fn take(&mut self, tab: Tab) {
        if self.tab == tab.id && self.text != tab.text {
            // Steps of another text would bring parts of it into this one.
            self.panes.remove(&tab.id);
        }
        let is_shown = self.tab == tab.id && self.text == tab.text;
        let is_file = tab.file.as_ref().is_some_and(|file| file.is_given);
        self.folder = tab.file.and_then(|file| file.path.parent().filter(|_| file.is_given).map(PathBuf::from));
        (self.tab, self.text, self.name) = (tab.id, tab.text, tab.name);
        self.ran = if self.ran == 0 { self.tab } else { self.ran };
        if is_shown {
            return;
        }
        (self.fault, self.flash, self.scroll_to) = (None, None, None);
        self.waiting.clear();
        self.popup.close();
        self.edits += 1;
        self.tune.opened(&self.text, is_file.then_some(&self.name), self.edits);
    }

    /// Whether the text has the keys.
    #[must_use]
    pub fn has_focus(&self, ui: &Ui) -> bool {
        ui.memory(|memory| memory.has_focus(widget(self.tab)))
    }

    /// What keys asked for that the window has to do.
    #[must_use]
    pub fn take_acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.acts)
    }

    /// Steps of texts that began since the last call, by tab.
    #[must_use]
    pub fn take_steps(&mut self) -> Vec<(u64, usize)> {
        std::mem::take(&mut self.steps)
    }

    /// Does what concerns the script; whether it did.
    pub fn act(&mut self, ui: &Ui, instance: &Instance, act: Act) -> bool {
        match act {
            Act::RunAll => self.run_all(ui, instance),
            Act::RunBlock => self.run_block(ui, instance),
            Act::Find | Act::Replace | Act::GoToLine => {
                let open = match act {
                    Act::Find => find::For::Find,
                    Act::Replace => find::For::Replace,
                    _ => find::For::Line,
                };
                let selected = self.selected_bytes();
                let selected = self.text.get(selected).unwrap_or_default().to_owned();
                self.find.open(open, &selected);
                self.popup.close();
                ui.ctx().request_repaint();
            }
            _ => return false,
        }
        true
    }

    /// Takes the last step of the chosen tab's text back, or does it again; whether there was one.
    pub fn travel(&mut self, ui: &Ui, instance: &Instance, back: bool) -> bool {
        let (pane, text) = (self.panes.entry(self.tab).or_default(), &mut self.text);
        let moved = if back { pane.history.undo(text) } else { pane.history.redo(text) };
        let Some(moved) = moved else { return false };
        self.popup.close();
        self.select(ui, moved);
        self.changed(instance);
        true
    }

    /// Says that the text is another than before.
    fn changed(&mut self, instance: &Instance) {
        self.edits += 1;
        instance.edit_draft(&self.text);
    }

    /// The selection, in bytes.
    fn selected_bytes(&mut self) -> Range<usize> {
        let selection = self.pane().selection.clone().unwrap_or(0..0);
        byte(&self.text, selection.start)..byte(&self.text, selection.end)
    }

    /// Selects characters.
    fn select(&mut self, ui: &Ui, characters: Selection) {
        let id = widget(self.tab);
        let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        state.set_undoer(no_copies());
        let (start, end) = (CCursor::new(characters.start), CCursor::new(characters.end));
        state.cursor.set_char_range(Some(CCursorRange::two(start, end)));
        state.store(ui.ctx(), id);
        self.pane().selection = Some(characters);
    }

    /// Puts another text in the place of this one, as one step.
    fn rewrite(&mut self, ui: &Ui, instance: &Instance, written: String, selection: Selection) {
        self.popup.close();
        let before = std::mem::replace(&mut self.text, written);
        let (tab, old, time) = (self.tab, self.pane().selection.clone().unwrap_or(0..0), ui.input(|input| input.time));
        let history = &mut self.panes.entry(tab).or_default().history;
        let began = history.record_as_one((&before, old), (&self.text, selection.clone()), time);
        self.steps.push((tab, began));
        self.select(ui, selection);
        if before != self.text {
            self.changed(instance);
        }
    }

    /// Whether an error of the last run is marked.
    #[cfg(test)]
    pub const fn has_fault(&self) -> bool {
        self.fault.is_some()
    }

    /// Runs the whole text.
    pub fn run_all(&mut self, ui: &Ui, instance: &Instance) {
        let lines = 0..self.text.split('\n').count();
        self.light(ui, lines.clone());
        self.run(instance, &self.text.clone(), lines);
    }

    /// Runs the selection, or the block under the cursor. Without a cursor nothing runs: which block is meant is not to be guessed.
    pub fn run_block(&mut self, ui: &Ui, instance: &Instance) {
        let Some(characters) = self.pane().selection.clone() else {
            say(instance, "Nothing ran: click into the block that shall run first. Alt+Enter runs the whole script.");
            return;
        };
        let lines = if characters.is_empty() {
            blocks::around(&self.text, blocks::line_of(&self.text, characters.start))
        } else {
            Some(blocks::selected(&self.text, characters))
        };
        let Some(lines) = lines else {
            say(instance, "Nothing ran: the script is empty.");
            return;
        };
        let excerpt = blocks::excerpt(&self.text, &lines);
        self.light(ui, lines.clone());
        self.run(instance, &excerpt, lines);
    }

    fn run(&mut self, instance: &Instance, text: &str, lines: Lines) {
        (self.ran, self.ran_lines) = (self.tab, lines);
        self.asked = Some(instance.engine.snapshot());
        if let Some(folder) = &self.folder {
            let mut roots = instance.engine.media_roots();
            if !roots.0.contains(folder) {
                roots.0.insert(0, folder.clone());
                instance.engine.set_media_roots(roots);
            }
        }
        instance.engine.run_script(&self.name, text);
    }

    /// Goes to a line, counted from 1: the cursor stands at its beginning.
    pub fn go_to(&mut self, ui: &Ui, line: u32) {
        let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
        let line = line.min(self.text.split('\n').count() - 1);
        let begin = self.text.split('\n').take(line).map(|before| before.chars().count() + 1).sum::<usize>();
        self.select(ui, begin..begin);
        self.scroll_to = Some(line);
        self.focus(ui);
    }

    /// Goes on typing in the chosen tab, where another field stood: what was typed there is the tab's first step.
    pub fn enter(&mut self, ui: &Ui, instance: &Instance, (tab, field): (u64, &TextEditState), typed: String) {
        let mut state = TextEditState::default();
        state.cursor = field.cursor;
        state.set_undoer(no_copies());
        state.store(ui.ctx(), widget(tab));
        let selection = field.cursor.char_range().map(selected_characters);
        self.panes.entry(tab).or_default().selection = selection.clone();
        self.rewrite(ui, instance, typed, selection.unwrap_or(0..0));
        self.focus(ui);
    }

    /// Gives the keys back to the text, after a button took them.
    pub fn focus(&self, ui: &Ui) {
        ui.memory_mut(|memory| memory.request_focus(widget(self.tab)));
    }

    fn light(&mut self, ui: &Ui, lines: Lines) {
        self.flash = Some((lines, ui.input(|input| input.time)));
    }

    /// What the last run warned of in the chosen tab.
    fn warnings(&self) -> &[Fault] {
        self.panes.get(&self.tab).map_or(&[], |pane| &pane.warnings)
    }

    fn pane(&mut self) -> &mut Pane {
        self.panes.entry(self.tab).or_default()
    }

    /// Shows the text and takes its keys.
    pub fn show(&mut self, ui: &mut Ui, instance: &Instance, view: &ViewFrame, font_size: f32) {
        let id = widget(self.tab);
        let snapshot = instance.engine.snapshot();
        let wanted = self.tune.show(ui, self.edits);
        let (mut typed, mut pasted) = (None, None);
        if self.has_focus(ui) {
            self.take_keys(ui, instance, id);
            (typed, pasted) = ui.input(|input| {
                let typed = input.events.iter().rev().find_map(|event| match event {
                    Event::Text(text) => text.chars().next_back(),
                    _ => None,
                });
                (typed, input.events.iter().rev().find_map(tune::clipboard).map(str::to_owned))
            });
        }
        let selected = self.selected_bytes();
        if let Some(request) = self.find.show(ui, &self.text, &selected) {
            self.search(ui, instance, &request);
        }
        let before = self.text.clone();
        let output = ScrollArea::vertical()
            .animated(false)
            .id_salt(id)
            .auto_shrink(false)
            .show(ui, |ui| {
                let output = code(ui, id, &mut self.text, &mut self.coloured, font_size);
                self.marks(ui, &output, font_size);
                self.found(ui, &output);
                self.brackets(ui, &output);
                let ran = if self.ran == self.tab { blocks::bytes(&self.text, &self.ran_lines) } else { 0..0 };
                for word in self.lights.sounding(&self.text, &snapshot, view, &ran) {
                    light_word(ui, &output, word);
                }
                keep_cursor_in_sight(ui, &output);
                output
            })
            .inner;
        let selection = output.cursor_range.map(selected_characters);
        let time = ui.input(|input| input.time);
        let pane = self.panes.entry(self.tab).or_default();
        if let Some(selection) = selection.clone() {
            let old = pane.selection.replace(selection.clone()).unwrap_or(0..0);
            if before != self.text {
                let began = pane.history.record((&before, old), (&self.text, selection), time);
                self.steps.push((self.tab, began));
            } else if old != selection {
                pane.history.close();
            }
        } else if before != self.text {
            let began = pane.history.record((&before, 0..0), (&self.text, 0..0), time);
            self.steps.push((self.tab, began));
        }
        if before != self.text {
            self.changed(instance);
            if let Some((put, at)) = pasted.zip(selection) {
                self.tune.pasted(&self.text, &put, byte(&self.text, at.end), self.edits);
                ui.ctx().request_repaint();
            }
            if let Some(typed @ ('.' | ':' | '(' | '{' | ',' | '\'' | '"' | '`' | ' ')) = typed.filter(|_| !self.popup.is_open()) {
                self.popup.open(false, typed != ' ');
            }
        }
        self.offer(ui, instance, &output, &snapshot);
        self.hover(&output, &snapshot);
        if let Some(wanted) = wanted {
            // The field gives the keys away to a button that is clicked, so they are given back behind it.
            self.translate(ui, instance, wanted);
            self.focus(ui);
        }
    }

    /// Keeps the list of offers to what fits at the cursor, and shows it.
    fn offer(&mut self, ui: &Ui, instance: &Instance, output: &TextEditOutput, snapshot: &Snapshot) {
        if !self.popup.is_open() {
            self.offered_for = None;
            return;
        }
        let Some(range) = output.cursor_range.filter(|range| range.is_empty() && output.response.has_focus()) else {
            self.popup.close();
            return;
        };
        let now = (self.edits, range.primary.index.0);
        if self.offered_for != Some(now) {
            // A cursor that moves without a change of the text leaves what was offered.
            if self.offered_for.is_some_and(|(edits, at)| edits == self.edits && at != now.1) {
                self.popup.close();
                return;
            }
            self.offered_for = Some(now);
            let at = byte(&self.text, now.1);
            if !self.popup.follows(at) {
                self.popup.close();
                return;
            }
            let tokens = lua::tokens(&self.text);
            let offers = suggest::offers(&self.text, &tokens, at, snapshot);
            self.popup.fill(offers, suggest::call(&self.text, &tokens, at, snapshot));
        }
        let cursor = output.galley.pos_from_cursor(range.primary).translate(output.galley_pos.to_vec2());
        if let Some((place, text)) = self.popup.show(ui, cursor) {
            self.put(ui, instance, place, &text);
            self.focus(ui);
        }
    }

    /// Puts what was offered in the place of what was typed.
    fn put(&mut self, ui: &Ui, instance: &Instance, place: Range<usize>, text: &str) {
        let mut written = self.text.clone();
        if written.get(place.clone()).is_none() {
            return;
        }
        written.replace_range(place.clone(), text);
        let at = written[..place.start + text.len()].chars().count();
        self.rewrite(ui, instance, written, at..at);
        self.popup.close();
        if text.ends_with("= ") {
            self.popup.open(false, false);
        }
        ui.ctx().request_repaint();
    }

    /// Says what a run warned of in the line under a pointer that rests, and what the word there means.
    fn hover(&self, output: &TextEditOutput, snapshot: &Snapshot) {
        let Some(pointer) = output.response.hover_pos().filter(|_| output.response.contains_pointer() && !self.popup.is_open()) else {
            return;
        };
        let is_under = |warning: &&Fault| row_of(output, warning.line).is_some_and(|row| row.y_range().contains(pointer.y));
        let warned: Vec<&str> = self.warnings().iter().filter(is_under).map(|warning| &*warning.text).collect();
        let at = output.galley.cursor_from_pos(pointer - output.galley_pos);
        // Beyond a line's end the nearest letter is not meant.
        let place = output.galley.pos_from_cursor(at).translate(output.galley_pos.to_vec2());
        let is_on_it = (place.center().x - pointer.x).abs() <= place.height() && place.y_range().contains(pointer.y);
        let help = || suggest::help(&self.text, &self.coloured.tokens, byte(&self.text, at.index.0), snapshot);
        let help = is_on_it.then(help).flatten();
        if warned.is_empty() && help.is_none() {
            return;
        }
        egui::Response::clone(&output.response).on_hover_ui_at_pointer(|ui| {
            ui.set_max_width(420.0);
            for text in warned {
                ui.add(egui::Label::new(egui::RichText::new(text).color(theme::WARN)).wrap());
            }
            if let Some((signature, doc)) = help {
                ui.add(egui::Label::new(egui::RichText::new(signature).monospace().size(12.0).color(theme::ACCENT)).wrap());
                ui.add(egui::Label::new(popup::first_sentence(&doc)).wrap());
            }
        });
    }

    /// Does what the line for words asks for.
    fn search(&mut self, ui: &Ui, instance: &Instance, request: &find::Request) {
        let from = self.selected_bytes();
        let characters = |text: &str, place: Range<usize>| text[..place.start].chars().count()..text[..place.end].chars().count();
        match request {
            find::Request::Close => {
                self.find.close();
                self.focus(ui);
            }
            find::Request::Line(line) => {
                self.find.close();
                self.go_to(ui, *line);
            }
            find::Request::Go(forward) => {
                if let Some(place) = self.find.next(&self.text, &from, *forward) {
                    self.scroll_to = Some(self.text[..place.start].matches('\n').count());
                    let place = characters(&self.text, place);
                    self.select(ui, place);
                }
            }
            find::Request::Replace => {
                if let Some((written, at)) = self.find.replaced(&self.text, &from) {
                    let at = written[..at].chars().count();
                    self.rewrite(ui, instance, written, at..at);
                }
                self.search(ui, instance, &find::Request::Go(true));
            }
            find::Request::ReplaceAll => {
                let (written, count) = self.find.replaced_all(&self.text);
                let at = characters(&self.text, from).start.min(written.chars().count());
                self.rewrite(ui, instance, written, at..at);
                note(instance, format!("Replaced in {}", videotracker_engine::text::counted(count, "place")));
            }
        }
    }
}

fn say(instance: &Instance, text: &str) {
    instance.notify([Message { severity: Severity::Warning, text: text.to_owned(), line: None, column: None }]);
}

/// Says something that is no trouble.
fn note(instance: &Instance, text: String) {
    instance.notify([Message { severity: Severity::Note, text, line: None, column: None }]);
}

/// A text with a full stop.
fn full_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn selected_characters(range: CCursorRange) -> Selection {
    let range = range.as_sorted_char_range();
    range.start.0..range.end.0
}
