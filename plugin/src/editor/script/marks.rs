//! What is drawn behind the text: what is looked for, brackets, the block that ran, the lines of an error and of warnings.

use egui::{Align2, Color32, FontId, Rect, RichText, Ui, pos2, text_edit::TextEditOutput};
use videotracker_engine::script::lua;

use super::{
    FLASH, Script,
    field::{last_row, row_of, word_rect},
    full_stop,
};
use crate::editor::{blocks::Lines, gestures::byte, theme};

impl Script {
    /// Marks what is looked for, where it is in sight.
    pub(super) fn found(&mut self, ui: &Ui, output: &TextEditOutput) {
        let selected = self.selected_bytes();
        let places = self.find.found(&self.text);
        if places.is_empty() {
            return;
        }
        let clip = ui.clip_rect();
        let (mut line_at, mut places) = (0, places.iter().peekable());
        for (line, row) in self.text.split('\n').zip(&output.galley.rows) {
            let end = line_at + line.len();
            let y = row.rect().translate(output.galley_pos.to_vec2()).y_range();
            while let Some(place) = places.next_if(|place| place.start <= end) {
                if clip.y_range().intersects(y) {
                    let x = |at: usize| {
                        let column = line.get(..at.saturating_sub(line_at).min(line.len())).map_or(0, |before| before.chars().count());
                        row.pos.x + row.x_offset(egui::epaint::text::CharIndex(column)) + output.galley_pos.x
                    };
                    let rect = Rect::from_x_y_ranges(x(place.start)..=x(place.end), y);
                    // The one that is selected has to be seen while the keys go to the line above.
                    let fill = if *place == selected { theme::WARN.gamma_multiply(0.35) } else { Color32::TRANSPARENT };
                    ui.painter().rect(rect, 2.0, fill, egui::Stroke::new(1.0, theme::WARN), egui::StrokeKind::Inside);
                }
            }
            line_at = end + 1;
        }
    }

    /// Marks the bracket at the cursor and the one that belongs to it.
    pub(super) fn brackets(&self, ui: &Ui, output: &TextEditOutput) {
        let Some(range) = output.cursor_range.filter(|range| range.is_empty() && output.response.has_focus()) else { return };
        let cursor = byte(&self.text, range.primary.index.0);
        // The colours may be those of the text before the last key.
        let Some((one, other)) = lua::brackets(&self.text, &self.coloured.tokens, cursor).filter(|_| self.coloured.is_of(&self.text))
        else {
            return;
        };
        for at in [one, other] {
            let character = self.text[..at].chars().count();
            let place = word_rect(output, character..character + 1);
            ui.painter().rect_stroke(place, 2.0, egui::Stroke::new(1.0, theme::WEAK), egui::StrokeKind::Outside);
        }
    }

    /// Lights the block that was run and marks the line of an error.
    pub(super) fn marks(&mut self, ui: &Ui, output: &TextEditOutput, font_size: f32) {
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
        self.warned(ui, output);
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
            let text = format!("{} Nothing changed.", full_stop(fault.text.lines().next().unwrap_or_default()));
            ui.painter().text(at, Align2::LEFT_CENTER, text, FontId::proportional(font_size - 1.5), *theme::ERROR);
        }
        if let Some(row) = self.scroll_to.take().and_then(|line| row_of(output, line).or_else(|| last_row(output))) {
            ui.scroll_to_rect(row, None);
        }
    }

    /// Marks the lines that the last run warned of; what it said is told where a pointer rests, and to screen readers.
    fn warned(&self, ui: &Ui, output: &TextEditOutput) {
        let clip = ui.clip_rect();
        for (at, warning) in self.warnings().iter().enumerate() {
            let Some(row) = row_of(output, warning.line).filter(|row| row.y_range().intersects(clip.y_range())) else { continue };
            let band = Rect::from_x_y_ranges(clip.x_range(), row.y_range());
            ui.painter().rect_filled(band, 0.0, theme::WARN.gamma_multiply(0.09));
            ui.painter().rect_filled(Rect::from_min_size(band.min, egui::vec2(3.0, band.height())), 0.0, theme::WARN);
            let gutter = band.with_max_x(output.galley_pos.x.clamp(band.left(), band.right()));
            let response = ui.interact(gutter, output.response.id.with(("warning", at)), egui::Sense::hover());
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Line {}: {}", warning.line + 1, warning.text)));
            response.on_hover_text(RichText::new(&warning.text).color(theme::WARN));
        }
    }
}
