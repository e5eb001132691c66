//! The Script tab: the player's own text, run whole or block by block.

use egui::{
    Align2, Color32, FontId, Key, KeyboardShortcut, Modifiers, Rect, ScrollArea, Ui, pos2, text::CCursor, text_edit::TextEditOutput,
};
use egui_code_editor::{CodeEditor, Syntax};
use videotracker_engine::view::ViewFrame;

use super::{
    blocks::{self, Lines},
    lights::{Lights, fault_in_text},
    theme,
};
use crate::instance::Instance;

/// How long a block that was run lights up, in seconds.
const FLASH: f64 = 0.45;
/// The name errors give the text.
const NAME: &str = "script";

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
}

/// The Script tab.
pub struct Script {
    /// The text.
    pub text: String,
    revision: u64,
    runs: u64,
    fault: Option<Fault>,
    flash: Option<(Lines, f64)>,
    /// Characters selected in the last frame, in order.
    selection: Option<std::ops::Range<usize>>,
    scroll_to: Option<usize>,
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
            revision: 0,
            runs: 0,
            fault: None,
            flash: None,
            selection: None,
            scroll_to: None,
            lights: Lights::default(),
            syntax: syntax(),
        }
    }
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
    /// Takes over a text that was loaded, and the result of a run that ended.
    pub fn update(&mut self, instance: &Instance) {
        if let Some((revision, text)) = instance.draft_after(self.revision) {
            self.revision = revision;
            self.text = text;
            self.fault = None;
        } else if !instance.has_draft() {
            self.text = instance.engine.snapshot().script.to_string();
            instance.edit_draft(&self.text);
        }
        let (runs, result) = instance.engine.last_run();
        if runs != self.runs {
            self.runs = runs;
            self.fault = result.filter(|result| !result.success).and_then(|result| {
                let line = usize::try_from(result.line?).ok()?.checked_sub(1)?;
                let text = result.error.unwrap_or_default();
                let character = fault_in_text(&self.text, line, &text).map(|at| self.text[..at].chars().count());
                Some(Fault { line, text, character })
            });
            self.scroll_to = self.fault.as_ref().map(|fault| fault.line);
        }
    }

    /// Runs the whole text.
    pub fn run_all(&mut self, ui: &Ui, instance: &Instance) {
        self.light(ui, 0..self.text.split('\n').count());
        instance.engine.run_script(NAME, &self.text);
    }

    /// Runs the selection, or the block under the cursor.
    pub fn run_block(&mut self, ui: &Ui, instance: &Instance) {
        let lines = match self.selection.clone() {
            Some(characters) if !characters.is_empty() => Some(blocks::selected(&self.text, characters)),
            Some(characters) => blocks::around(&self.text, blocks::line_of(&self.text, characters.start)),
            None => blocks::around(&self.text, 0),
        };
        if let Some(lines) = lines {
            let excerpt = blocks::excerpt(&self.text, &lines);
            self.light(ui, lines);
            instance.engine.run_script(NAME, &excerpt);
        }
    }

    fn light(&mut self, ui: &Ui, lines: Lines) {
        self.flash = Some((lines, ui.input(|input| input.time)));
    }

    /// Shows the text and takes its keys.
    pub fn show(&mut self, ui: &mut Ui, instance: &Instance, view: &ViewFrame, font_size: f32) {
        let pressed = |shortcut: &KeyboardShortcut| ui.input_mut(|input| input.consume_shortcut(shortcut));
        if RUN_ALL.iter().any(pressed) {
            self.run_all(ui, instance);
        } else if pressed(&RUN_BLOCK) {
            self.run_block(ui, instance);
        }
        let before = self.text.len();
        let output = ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| {
                let output = code(ui, "script", &mut self.text, &self.syntax, font_size);
                self.marks(ui, &output, font_size);
                for word in self.lights.sounding(&self.text, &instance.engine.snapshot(), view) {
                    light_word(ui, &output, word);
                }
                keep_cursor_in_sight(ui, &output);
                output
            })
            .inner;
        if output.response.changed() || before != self.text.len() {
            instance.edit_draft(&self.text);
        }
        self.selection = output.cursor_range.map(|range| {
            let range = range.as_sorted_char_range();
            range.start.0..range.end.0
        });
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
            if self.scroll_to.take().is_some() {
                ui.scroll_to_rect(row, None);
            }
        }
    }
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
pub fn code(ui: &mut Ui, id: &str, text: &mut String, syntax: &Syntax, font_size: f32) -> TextEditOutput {
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
    let output = egui::Frame::new()
        .inner_margin(margin)
        .show(ui, |ui| {
            CodeEditor::default()
                .id_source(id)
                .with_theme_egui(theme::code())
                .with_fontsize(font_size)
                .with_rows(rows)
                .with_numlines(false)
                .with_clickable_links(false)
                .vscroll(false)
                .show(ui, text, syntax)
                .0
        })
        .inner;
    let (mut line, mut begins) = (1, true);
    let small = FontId::monospace(font_size - 2.0);
    for row in &output.galley.rows {
        let y = row.rect().center().y + output.galley_pos.y;
        if begins && ui.clip_rect().y_range().contains(y) {
            ui.painter().text(pos2(left + gutter - 8.0, y), Align2::RIGHT_CENTER, line, small.clone(), theme::GUTTER);
        }
        begins = row.ends_with_newline;
        line += usize::from(begins);
    }
    output
}
