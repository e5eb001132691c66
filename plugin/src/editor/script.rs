//! The Script tab: the player's own text, run whole or block by block.

use std::{collections::HashMap, path::PathBuf};

use egui::{
    Align2, Color32, FontId, Id, Key, KeyboardShortcut, Modifiers, Rect, ScrollArea, TextBuffer, TextEdit, Ui, pos2,
    text::{CCursor, CCursorRange},
    text_edit::{TextEditOutput, TextEditState},
    util::undoer::{Settings, Undoer},
};
use egui_code_editor::{CodeEditor, Syntax, highlighting::highlight};
use videotracker_engine::{
    snapshot::{Message, Severity},
    view::ViewFrame,
};

use super::{
    blocks::{self, Lines},
    gestures::{self, Gesture, LONGEST},
    history::{History, Selection},
    lights::{Lights, fault_in_text},
    theme,
};
use crate::{instance::Instance, scripts::Tab};

/// How long a block that was run lights up, in seconds.
const FLASH: f64 = 0.45;
const RUN_ALL: [KeyboardShortcut; 2] =
    [KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Enter), KeyboardShortcut::new(Modifiers::COMMAND, Key::R)];
const RUN_BLOCK: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);

/// An error of the last run, at its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, counted from 0.
    pub line: usize,
    /// What is wrong.
    pub text: String,
    /// The character inside a text of mini-notation that can't be read.
    pub character: Option<usize>,
    /// The line as it was when it failed: once it reads otherwise, the error says nothing of it.
    reads: String,
    /// How many steps redo could go forward then: where it can go further, the session went back.
    redo_depth: usize,
}

impl Fault {
    fn still_stands(&self, text: &str, redo_depth: usize) -> bool {
        redo_depth <= self.redo_depth && text.split('\n').nth(self.line).unwrap_or_default() == self.reads
    }
}

/// What the editor knows of one text beside the text.
#[derive(Debug, Default)]
struct Pane {
    history: History,
    /// Where the cursor was last, also after something else took the keys; `None` while it was never placed.
    selection: Option<Selection>,
}

/// The script tabs: the chosen one's text, and what is known of each.
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
    /// The tab that ran last.
    ran: u64,
    fault: Option<Fault>,
    flash: Option<(Lines, f64)>,
    scroll_to: Option<usize>,
    /// Keys that came behind one with a meaning of its own, to be served in the next frame.
    waiting: Vec<egui::Event>,
    lights: Lights,
    syntax: Syntax,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("bytes", &self.text.len()).field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl Default for Script {
    fn default() -> Self {
        Self {
            text: String::new(),
            tab: 0,
            name: String::new(),
            folder: None,
            panes: HashMap::new(),
            revision: 0,
            runs: 0,
            ran: 0,
            fault: None,
            flash: None,
            scroll_to: None,
            waiting: Vec::new(),
            lights: Lights::default(),
            syntax: syntax(),
        }
    }
}

/// The widget of a tab's text.
#[must_use]
pub fn widget(tab: u64) -> Id {
    Id::unique(("script", tab))
}

/// Lua, with the words of videoTracker's own.
pub fn syntax() -> Syntax {
    let mut syntax = Syntax::lua();
    syntax.types.extend(["engine", "session", "clear"]);
    syntax.types.extend(videotracker_engine::module::MODULES.iter().map(|kind| kind.name));
    syntax.special.extend(["connect", "disconnect", "pattern", "chain", "bind", "macro", "setParam", "getParam", "import", "exec"]);
    syntax
}

impl Script {
    /// Takes over a text that was loaded or chosen, and the result of a run that ended; whether one ended well.
    pub fn update(&mut self, instance: &Instance) -> bool {
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
        if runs != self.runs {
            self.runs = runs;
            self.fault = result.filter(|result| !result.success && self.ran == self.tab).and_then(|result| {
                let line = usize::try_from(result.line?).ok()?.checked_sub(1)?;
                let text = result.error.unwrap_or_default();
                let character = fault_in_text(&self.text, line, &text).map(|at| self.text[..at].chars().count());
                let reads = self.text.split('\n').nth(line).unwrap_or_default().to_owned();
                Some(Fault { line, text, character, reads, redo_depth: instance.engine.snapshot().redo_depth })
            });
            self.scroll_to = self.fault.as_ref().map(|fault| fault.line);
        }
        let redo_depth = instance.engine.snapshot().redo_depth;
        self.fault.take_if(|fault| !fault.still_stands(&self.text, redo_depth));
        ended_well
    }

    fn take(&mut self, tab: Tab) {
        if self.tab == tab.id && self.text != tab.text {
            // Steps of another text would bring parts of it into this one.
            self.panes.remove(&tab.id);
        }
        let is_shown = self.tab == tab.id && self.text == tab.text;
        self.folder = tab.file.and_then(|file| file.path.parent().filter(|_| file.is_given).map(PathBuf::from));
        (self.tab, self.text, self.name) = (tab.id, tab.text, tab.name);
        self.ran = if self.ran == 0 { self.tab } else { self.ran };
        if is_shown {
            return;
        }
        (self.fault, self.flash, self.scroll_to) = (None, None, None);
        self.waiting.clear();
    }

    /// Whether an error of the last run is marked.
    #[cfg(test)]
    pub const fn has_fault(&self) -> bool {
        self.fault.is_some()
    }

    /// Runs the whole text.
    pub fn run_all(&mut self, ui: &Ui, instance: &Instance) {
        self.light(ui, 0..self.text.split('\n').count());
        self.run(instance, &self.text.clone());
    }

    /// Runs the selection, or the block under the cursor. Without a cursor nothing runs: which block is meant is not to be guessed.
    pub fn run_block(&mut self, ui: &Ui, instance: &Instance) {
        let Some(characters) = self.pane().selection.clone() else {
            say(instance, "Nothing ran: click into the block that shall run first. Ctrl+Shift+Enter runs the whole script.");
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
        self.light(ui, lines);
        self.run(instance, &excerpt);
    }

    fn run(&mut self, instance: &Instance, text: &str) {
        self.ran = self.tab;
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
        let begin = self.text.split('\n').take(line).map(|before| before.chars().count() + 1).sum::<usize>();
        let at = begin.min(self.text.chars().count());
        let id = widget(self.tab);
        let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        state.set_undoer(no_copies());
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(at))));
        state.store(ui.ctx(), id);
        self.pane().selection = Some(at..at);
        self.scroll_to = Some(line);
        self.focus(ui);
    }

    /// Goes on typing in a tab, where another field stood.
    pub fn enter(&mut self, ui: &Ui, tab: u64, field: &TextEditState) {
        let mut state = TextEditState::default();
        state.cursor = field.cursor;
        state.set_undoer(no_copies());
        state.store(ui.ctx(), widget(tab));
        self.panes.entry(tab).or_default().selection = field.cursor.char_range().map(selected);
        self.focus(ui);
    }

    /// Gives the keys back to the text, after a button took them.
    pub fn focus(&self, ui: &Ui) {
        ui.memory_mut(|memory| memory.request_focus(widget(self.tab)));
    }

    fn light(&mut self, ui: &Ui, lines: Lines) {
        self.flash = Some((lines, ui.input(|input| input.time)));
    }

    fn pane(&mut self) -> &mut Pane {
        self.panes.entry(self.tab).or_default()
    }

    /// Shows the text and takes its keys.
    pub fn show(&mut self, ui: &mut Ui, instance: &Instance, view: &ViewFrame, font_size: f32) {
        let id = widget(self.tab);
        if ui.memory(|memory| memory.has_focus(id)) {
            self.take_keys(ui, instance, id);
        } else {
            let pressed = |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
            if RUN_ALL.iter().any(pressed) {
                self.run_all(ui, instance);
            } else if pressed(&RUN_BLOCK) {
                self.run_block(ui, instance);
            }
        }
        let before = self.text.clone();
        let output = ScrollArea::vertical()
            .animated(false)
            .id_salt(id)
            .auto_shrink(false)
            .show(ui, |ui| {
                let output = code(ui, id, &mut self.text, &self.syntax, font_size);
                self.marks(ui, &output, font_size);
                for word in self.lights.sounding(&self.text, &instance.engine.snapshot(), view) {
                    light_word(ui, &output, word);
                }
                keep_cursor_in_sight(ui, &output);
                output
            })
            .inner;
        let selection = output.cursor_range.map(selected);
        let time = ui.input(|input| input.time);
        let pane = self.panes.entry(self.tab).or_default();
        if let Some(selection) = selection {
            let old = pane.selection.replace(selection.clone()).unwrap_or(0..0);
            if before != self.text {
                pane.history.record((&before, old), (&self.text, selection), time);
            } else if old != selection {
                pane.history.close();
            }
        } else if before != self.text {
            pane.history.record((&before, 0..0), (&self.text, 0..0), time);
        }
        if before != self.text {
            instance.edit_draft(&self.text);
        }
    }

    /// Serves the keys that mean something of their own here, in the order they were pressed: what comes behind one that the
    /// text field has to see first waits for the next frame.
    fn take_keys(&mut self, ui: &Ui, instance: &Instance, id: Id) {
        let mut keys = std::mem::take(&mut self.waiting);
        ui.input_mut(|input| {
            let (own, others) = std::mem::take(&mut input.events).into_iter().partition(gestures::is_key);
            input.events = others;
            keys.extend::<Vec<_>>(own);
        });
        let mut passed = Vec::new();
        let mut keys = keys.into_iter();
        while let Some(key) = keys.next() {
            match gestures::gesture(&key) {
                Some(gesture) if passed.is_empty() => self.carry_out(ui, instance, id, gesture),
                Some(_) => {
                    self.waiting = std::iter::once(key).chain(keys.by_ref()).collect();
                    ui.ctx().request_repaint();
                }
                None => passed.push(key),
            }
        }
        ui.input_mut(|input| input.events.extend(passed));
    }

    fn carry_out(&mut self, ui: &Ui, instance: &Instance, id: Id, gesture: Gesture) {
        let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
        let selection = state.cursor.char_range().map_or(0..0, selected);
        let (before, time) = (self.text.clone(), ui.input(|input| input.time));
        let moved = match gesture {
            Gesture::RunAll => return self.run_all(ui, instance),
            Gesture::RunBlock => return self.run_block(ui, instance),
            Gesture::Nothing => return,
            Gesture::Indent => Some(gestures::indent(&mut self.text, selection.clone())),
            Gesture::Dedent => Some(gestures::dedent(&mut self.text, selection.clone())),
            Gesture::Insert(ref text) if self.text.len() + text.len() > LONGEST => {
                let text = format!(
                    "Nothing was pasted: the clipboard holds {} kB, and a script takes at most {} kB.",
                    text.len() / 1024,
                    LONGEST / 1024
                );
                return say(instance, &text);
            }
            Gesture::Insert(ref text) => {
                let start = CCursorRange::two(CCursor::new(selection.start), CCursor::new(selection.end));
                let mut cursor = self.text.delete_selected(&start);
                self.text.insert_text_at(&mut cursor, text, usize::MAX);
                Some(cursor.index.0..cursor.index.0)
            }
            Gesture::Undo => {
                let (pane, text) = (self.panes.entry(self.tab).or_default(), &mut self.text);
                pane.history.undo(text)
            }
            Gesture::Redo => {
                let (pane, text) = (self.panes.entry(self.tab).or_default(), &mut self.text);
                pane.history.redo(text)
            }
        };
        let Some(moved) = moved else { return };
        if !matches!(gesture, Gesture::Undo | Gesture::Redo) {
            let history = &mut self.panes.entry(self.tab).or_default().history;
            history.close();
            history.record((&before, selection), (&self.text, moved.clone()), time);
            history.close();
        }
        self.pane().selection = Some(moved.clone());
        state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(moved.start), CCursor::new(moved.end))));
        state.store(ui.ctx(), id);
        if before != self.text {
            instance.edit_draft(&self.text);
        }
    }

    /// Lights the block that was run and marks the line of an error.
    fn marks(&mut self, ui: &Ui, output: &TextEditOutput, font_size: f32) {
        let clip = ui.clip_rect();
        let band = |lines: &Lines| {
            let (top, bottom) = (row_of(output, lines.start)?, row_of(output, lines.end.saturating_sub(1)).or_else(|| last_row(output))?);
            Some(Rect::from_x_y_ranges(clip.x_range(), top.top()..=bottom.bottom()))
        };
        if let Some((lines, since)) = self.flash.clone() {
            let age = ui.input(|input| input.time) - since;
            if age >= FLASH {
                self.flash = None;
            } else if let Some(band) = band(&lines) {
                #[allow(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
                let strength = (1.0 - age / FLASH) as f32;
                ui.painter().rect_filled(band, 0.0, theme::ACCENT.gamma_multiply(0.22 * strength));
                ui.ctx().request_repaint();
            }
        }
        if let Some(fault) = &self.fault
            && let Some(row) = row_of(output, fault.line).or_else(|| last_row(output))
        {
            let band = Rect::from_x_y_ranges(clip.x_range(), row.y_range());
            ui.painter().rect_filled(band, 0.0, theme::ERROR.gamma_multiply(0.13));
            ui.painter().rect_filled(Rect::from_min_size(band.min, egui::vec2(3.0, band.height())), 0.0, theme::ERROR);
            if let Some(at) = fault.character {
                let place = word_rect(output, at..at + 1);
                let wide = place.with_max_x(place.right().max(place.left() + font_size * 0.5));
                ui.painter().rect_filled(wide, 2.0, theme::ERROR.gamma_multiply(0.45));
            }
            let at = pos2(row.right().max(output.galley_pos.x) + 18.0, row.center().y);
            let text = fault.text.lines().next().unwrap_or_default();
            note(ui, at, text, theme::ERROR, font_size - 1.5);
        }
        if let Some(row) = self.scroll_to.take().and_then(|line| row_of(output, line).or_else(|| last_row(output))) {
            ui.scroll_to_rect(row, None);
        }
    }
}

fn say(instance: &Instance, text: &str) {
    instance.notify([Message { severity: Severity::Warning, text: text.to_owned(), line: None, column: None }]);
}

fn selected(range: CCursorRange) -> Selection {
    let range = range.as_sorted_char_range();
    range.start.0..range.end.0
}

/// An undo history that keeps nothing: the field's own would keep a hundred copies of the text.
fn no_copies() -> Undoer<(CCursorRange, String)> {
    Undoer::with_settings(Settings { max_undos: 0, ..Settings::default() })
}

/// Lights a word that sounds.
fn light_word(ui: &Ui, output: &TextEditOutput, word: std::ops::Range<usize>) {
    let place = word_rect(output, word);
    if ui.clip_rect().intersects(place) {
        ui.painter().rect_filled(place.expand(1.0), 3.0, theme::ACCENT.gamma_multiply(0.32));
    }
}

/// Where characters of one line stand on the screen.
fn word_rect(output: &TextEditOutput, characters: std::ops::Range<usize>) -> Rect {
    let at = |character: usize| output.galley.pos_from_cursor(CCursor::new(character)).translate(output.galley_pos.to_vec2());
    let (start, end) = (at(characters.start), at(characters.end));
    if start.top() < end.top() { start } else { start.union(end) }
}

fn note(ui: &Ui, at: egui::Pos2, text: &str, colour: Color32, size: f32) {
    ui.painter().text(at, Align2::LEFT_CENTER, text, FontId::proportional(size), colour);
}

/// The first row of a line, on the screen.
fn row_of(output: &TextEditOutput, line: usize) -> Option<Rect> {
    let mut at = 0;
    for row in &output.galley.rows {
        if at == line {
            return Some(row.rect().translate(output.galley_pos.to_vec2()));
        }
        at += usize::from(row.ends_with_newline);
    }
    None
}

fn last_row(output: &TextEditOutput) -> Option<Rect> {
    output.galley.rows.last().map(|row| row.rect().translate(output.galley_pos.to_vec2()))
}

/// Follows the cursor while it moves.
fn keep_cursor_in_sight(ui: &Ui, output: &TextEditOutput) {
    let Some(range) = output.cursor_range.filter(|_| output.response.has_focus()) else { return };
    let id = output.response.id.with("cursor in sight");
    let index = range.primary.index.0;
    let before = ui.data_mut(|data| data.get_temp::<usize>(id).replace(index));
    ui.data_mut(|data| data.insert_temp(id, index));
    if before.is_some_and(|before| before != index) {
        let cursor = output.galley.pos_from_cursor(range.primary).translate(output.galley_pos.to_vec2());
        ui.scroll_to_rect(cursor.expand2(egui::vec2(24.0, cursor.height())), None);
    }
}

/// Code with line numbers, as high as the place at least, so that a click anywhere reaches the text.
pub fn code(ui: &mut Ui, id: Id, text: &mut String, syntax: &Syntax, font_size: f32) -> TextEditOutput {
    let digits = text.split('\n').count().max(99).to_string().len();
    let font = FontId::monospace(font_size);
    let (advance, height) = ui.fonts_mut(|fonts| (fonts.glyph_width(&font, '0'), fonts.row_height(&font)));
    #[allow(clippy::cast_precision_loss, reason = "a few digits")]
    let gutter = digits as f32 * advance + 14.0;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a window has few rows")]
    let rows = ((ui.clip_rect().height() - 12.0) / height.max(1.0)).floor().max(1.0) as usize;
    let left = ui.max_rect().left();
    #[allow(clippy::cast_possible_truncation, reason = "a gutter is narrow")]
    let margin = egui::Margin { left: gutter.min(120.0) as i8, ..egui::Margin::ZERO };
    let output = egui::Frame::new().inner_margin(margin).show(ui, |ui| field(ui, id, text, syntax, font_size, rows)).inner;
    number(ui, &output, left + gutter - 8.0, font_size);
    output
}

/// The text with its colours. Undo is the editor's own, so the field keeps no copies.
fn field(ui: &mut Ui, id: Id, text: &mut String, syntax: &Syntax, font_size: f32, rows: usize) -> TextEditOutput {
    if TextEditState::load(ui.ctx(), id).is_none() {
        let mut state = TextEditState::default();
        state.set_undoer(no_copies());
        state.store(ui.ctx(), id);
    }
    let colours = CodeEditor::default().with_theme_egui(theme::code()).with_fontsize(font_size);
    ui.horizontal_top(|ui| {
        theme::code().modify_style(ui, font_size);
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
            let (job, ..) = highlight(ui.ctx(), &colours, text.as_str(), syntax);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let room = ui.available_width();
        // Scrolling that takes time would lose a cursor that moves on meanwhile.
        ScrollArea::horizontal()
            .animated(false)
            .id_salt(id.with("across"))
            .show(ui, |ui| {
                // The field takes no more width than it is told, and what lies beyond could not be scrolled to.
                let needed = layouter(ui, text, f32::INFINITY).rect.width() + 24.0;
                TextEdit::multiline(text)
                    .id(id)
                    .lock_focus(true)
                    .desired_rows(rows)
                    .desired_width(needed.max(room))
                    .layouter(&mut layouter)
                    .show(ui)
            })
            .inner
    })
    .inner
}

/// Numbers the lines. What stands behind the last line's end is a line only once the cursor is in it.
fn number(ui: &Ui, output: &TextEditOutput, right: f32, font_size: f32) {
    let small = FontId::monospace(font_size - 2.0);
    let rows = &output.galley.rows;
    let cursor = output.cursor_range.map(|range| range.primary.index.0);
    let (mut line, mut begins) = (1, true);
    for (place, row) in rows.iter().enumerate() {
        let y = row.rect().center().y + output.galley_pos.y;
        let beyond = place > 0 && place + 1 == rows.len() && row.glyphs.is_empty() && cursor != Some(output.galley.end().index.0);
        if begins && !beyond && ui.clip_rect().y_range().contains(y) {
            ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, line, small.clone(), theme::GUTTER);
        }
        begins = row.ends_with_newline;
        line += usize::from(begins);
    }
}
