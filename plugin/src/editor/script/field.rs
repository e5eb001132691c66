//! The field that shows code: its text, its line numbers, and where its words stand on the screen.

use egui::{
    Align2, FontId, Id, Rect, ScrollArea, TextBuffer, TextEdit, Ui, pos2,
    text::{CCursor, CCursorRange},
    text_edit::{TextEditOutput, TextEditState},
    util::undoer::{Settings, Undoer},
};

use crate::editor::{highlight::Coloured, theme};

/// An undo history that keeps nothing: the field's own would keep a hundred copies of the text.
pub(super) fn no_copies() -> Undoer<(CCursorRange, String)> {
    Undoer::with_settings(Settings { max_undos: 0, ..Settings::default() })
}

/// Lights a word that sounds.
pub(super) fn light_word(ui: &Ui, output: &TextEditOutput, word: std::ops::Range<usize>) {
    let place = word_rect(output, word);
    if ui.clip_rect().intersects(place) {
        ui.painter().rect_filled(place.expand(1.0), 3.0, theme::ACCENT.gamma_multiply(0.32));
    }
}

/// Where characters of one line stand on the screen.
pub(super) fn word_rect(output: &TextEditOutput, characters: std::ops::Range<usize>) -> Rect {
    let at = |character: usize| output.galley.pos_from_cursor(CCursor::new(character)).translate(output.galley_pos.to_vec2());
    let (start, end) = (at(characters.start), at(characters.end));
    if start.top() < end.top() { start } else { start.union(end) }
}

/// The first row of a line, on the screen.
pub(super) fn row_of(output: &TextEditOutput, line: usize) -> Option<Rect> {
    let mut at = 0;
    for row in &output.galley.rows {
        if at == line {
            return Some(row.rect().translate(output.galley_pos.to_vec2()));
        }
        at += usize::from(row.ends_with_newline);
    }
    None
}

pub(super) fn last_row(output: &TextEditOutput) -> Option<Rect> {
    output.galley.rows.last().map(|row| row.rect().translate(output.galley_pos.to_vec2()))
}

/// Follows the cursor while it moves.
pub(super) fn keep_cursor_in_sight(ui: &Ui, output: &TextEditOutput) {
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
pub fn code(ui: &mut Ui, id: Id, text: &mut String, coloured: &mut Coloured, font_size: f32) -> TextEditOutput {
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
    let output = egui::Frame::new().inner_margin(margin).show(ui, |ui| field(ui, id, text, coloured, font_size, rows)).inner;
    number(ui, &output, left + gutter - 8.0, font_size);
    output
}

/// The text with its colours. Undo is the editor's own, so the field keeps no copies.
///
/// This is egui's own `TextEdit` with a layouter. Judged by whether 5,000 lines scroll at full rate: the layouter gives the same job
/// while the text is the same, egui lays out paragraph by paragraph and keeps each, and paints only the rows in sight. A rope with a
/// view of its own (`cosmic-text`, `ropey`) would save the rest, and cost input methods, selection, the clipboard and AccessKit, which
/// `TextEdit` brings. `egui_code_editor` lexes the whole text for each look at it and knows neither long brackets nor our words.
fn field(ui: &mut Ui, id: Id, text: &mut String, coloured: &mut Coloured, font_size: f32, rows: usize) -> TextEditOutput {
    if TextEditState::load(ui.ctx(), id).is_none() {
        let mut state = TextEditState::default();
        state.set_undoer(no_copies());
        state.store(ui.ctx(), id);
    }
    let filter = egui::EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.horizontal_top(|ui| {
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
            coloured.take(text.as_str(), font_size);
            coloured.galley(ui)
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
                    .event_filter(filter)
                    .font(FontId::monospace(font_size))
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
            ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, line, small.clone(), *theme::GUTTER);
        }
        begins = row.ends_with_newline;
        line += usize::from(begins);
    }
}
