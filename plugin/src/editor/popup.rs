//! The list of what can stand at the cursor, and the line about the call around it. The keys stay with the text.

use egui::{Align2, Key, Modifiers, Rect, RichText, ScrollArea, Ui};

use super::{
    suggest::{Offer, Offers},
    theme,
};

/// Rows seen at once.
const ROWS: f32 = 8.0;
/// Height of a row.
const ROW: f32 = 18.0;
/// Width of the list.
const WIDTH: f32 = 380.0;
/// How far page keys move.
const PAGE: usize = 8;

/// The list.
#[derive(Debug, Default)]
pub struct Popup {
    open: bool,
    /// Whether a person asked for the list, or moved in it, at this word.
    asked: bool,
    /// Whether it was just opened, at whichever word.
    fresh: bool,
    /// Whether Enter and Tab take what is chosen: a person asked for it, or typed a part of a word.
    armed: bool,
    /// Where the cursor was when it opened by itself, in bytes: before that place nothing calls for it.
    begins: Option<usize>,
    chosen: usize,
    /// Whether the row that is chosen has to come in sight.
    moved: bool,
    offers: Offers,
    call: Option<(String, String)>,
    /// Whether the call around the cursor is shown where nothing is offered.
    tells: bool,
}

impl Popup {
    /// Whether it is seen.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Opens it; `asked` says that a person asked for it, rather than typed something that calls for it, and `tells` that the call
    /// around the cursor is shown also where nothing is offered.
    pub fn open(&mut self, asked: bool, tells: bool) {
        (self.open, self.asked, self.chosen, self.moved, self.tells) = (true, asked, 0, true, tells);
        (self.armed, self.fresh, self.begins) = (asked, true, None);
    }

    /// Notes where the cursor stands, in bytes; whether that still is where this was opened for, or behind.
    pub fn follows(&mut self, at: usize) -> bool {
        self.asked || at >= *self.begins.get_or_insert(at)
    }

    /// Closes it; whether it was open.
    pub fn close(&mut self) -> bool {
        self.offers = Offers::default();
        self.call = None;
        std::mem::take(&mut self.open)
    }

    /// Takes in what can stand at the cursor now, and the call around it.
    pub fn fill(&mut self, mut offers: Offers, call: Option<(String, String)>) {
        let typed = !offers.range.is_empty();
        let same_word = offers.range.start == self.offers.range.start;
        // At another word nobody has asked for anything.
        self.asked &= std::mem::take(&mut self.fresh) || same_word;
        self.armed = self.asked || typed;
        if !self.armed && !typed {
            // Nobody asked for a list of everything.
            offers.offers.retain(|offer| offer.near);
        }
        let before = self.chosen().map(|offer| offer.word.clone());
        self.chosen =
            before.and_then(|word| offers.offers.iter().position(|offer| offer.word == word)).filter(|_| same_word && !typed).unwrap_or(0);
        self.moved = true;
        (self.offers, self.call) = (offers, call);
        if self.offers.offers.is_empty() && (self.call.is_none() || !self.tells) {
            self.close();
        }
    }

    /// What is chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&Offer> {
        self.offers.offers.get(self.chosen)
    }

    /// Moves in the list; whether the key was its own.
    pub fn moves(&mut self, key: Key, held: Modifiers) -> bool {
        let last = self.offers.offers.len().saturating_sub(1);
        if !self.open || self.offers.offers.is_empty() || held.any() {
            return false;
        }
        self.chosen = match key {
            Key::ArrowDown if self.chosen == last => 0,
            Key::ArrowDown => self.chosen + 1,
            Key::ArrowUp => self.chosen.checked_sub(1).unwrap_or(last),
            Key::PageDown => (self.chosen + PAGE).min(last),
            Key::PageUp => self.chosen.saturating_sub(PAGE),
            _ => return false,
        };
        (self.asked, self.armed, self.moved) = (true, true, true);
        true
    }

    /// What Enter and Tab put there, and in which place; none where they mean what they always mean.
    #[must_use]
    pub fn taken(&self, text: &str) -> Option<(std::ops::Range<usize>, String)> {
        let offer = self.chosen().filter(|_| self.open && self.armed)?;
        let range = self.offers.range.clone();
        (text.get(range.clone())? != offer.insert).then(|| (range, offer.insert.clone()))
    }

    /// Shows it at the cursor; the place and text of a row that was clicked.
    pub fn show(&mut self, ui: &Ui, cursor: Rect) -> Option<(std::ops::Range<usize>, String)> {
        if !self.open {
            return None;
        }
        let mut clicked = None;
        let screen = ui.ctx().content_rect();
        let above =
            cursor.bottom() + ROWS * ROW + 70.0 > screen.bottom() && cursor.top() - screen.top() > screen.bottom() - cursor.bottom();
        let (pivot, at) = if above {
            (Align2::LEFT_BOTTOM, cursor.left_top() - egui::vec2(4.0, 2.0))
        } else {
            (Align2::LEFT_TOP, cursor.left_bottom() + egui::vec2(-4.0, 2.0))
        };
        let area = egui::Area::new(egui::Id::unique("what can stand here")).order(egui::Order::Foreground).constrain_to(screen);
        area.pivot(pivot).fixed_pos(at).show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).inner_margin(4).show(ui, |ui| {
                let width = WIDTH.min(screen.width() - 24.0);
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                let count = self.offers.offers.len();
                if count > 0 {
                    clicked = self.list(ui, width);
                }
                let about = self.chosen().map(|offer| (offer.signature.clone(), offer.doc.clone())).filter(|_| self.armed);
                if let Some((signature, doc)) = about.or_else(|| self.call.clone()) {
                    if count > 0 {
                        ui.separator();
                    }
                    ui.add(egui::Label::new(RichText::new(signature).monospace().size(11.5).color(theme::ACCENT)).wrap());
                    if !doc.is_empty() {
                        ui.add_space(2.0);
                        ui.add(egui::Label::new(RichText::new(first_sentence(&doc)).size(11.5).color(theme::WEAK)).wrap());
                    }
                }
            });
        });
        clicked
    }

    fn list(&mut self, ui: &mut Ui, width: f32) -> Option<(std::ops::Range<usize>, String)> {
        let mut clicked = None;
        let count = self.offers.offers.len();
        #[allow(clippy::cast_precision_loss, reason = "some hundred rows")]
        let (height, place) = ((count as f32).min(ROWS) * ROW, self.chosen as f32 * ROW);
        let mut area = ScrollArea::vertical()
            .id_salt("offers")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .animated(false);
        if std::mem::take(&mut self.moved) {
            // The chosen row stands in the middle, as far as the list goes.
            area = area.vertical_scroll_offset((place - height / 2.0).max(0.0));
        }
        area.show_rows(ui, ROW, count, |ui, rows| {
            for at in rows {
                let Some(offer) = self.offers.offers.get(at) else { continue };
                let on = at == self.chosen;
                let (rect, row) = ui.allocate_exact_size(egui::vec2(width, ROW), egui::Sense::click());
                row.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListItem, true, on, &offer.word));
                if on || row.hovered() {
                    ui.painter().rect_filled(rect, 3.0, if on { theme::HOVER } else { theme::RAISED });
                }
                let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
                let left = rect.left_center() + egui::vec2(5.0, 0.0);
                let word = painter.text(left, Align2::LEFT_CENTER, &offer.word, egui::FontId::monospace(12.0), *theme::TEXT);
                let rest = egui::pos2(word.right().max(rect.left() + 120.0) + 10.0, left.y);
                painter.text(rest, Align2::LEFT_CENTER, &offer.signature, egui::FontId::proportional(11.0), *theme::WEAK);
                if row.clicked() {
                    clicked = Some((self.offers.range.clone(), offer.insert.clone()));
                }
            }
        });
        clicked
    }
}

/// The first sentence of a text.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| &text[..=first.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(typed: usize, words: &[&str]) -> Offers {
        let offer =
            |word: &&str| Offer { word: (*word).into(), insert: (*word).into(), signature: String::new(), doc: String::new(), near: true };
        Offers { range: 0..typed, offers: words.iter().map(offer).collect() }
    }

    #[test]
    fn keys_are_taken_only_from_who_asked_for_the_list_or_typed_in_it() {
        let mut popup = Popup::default();
        assert!(!popup.moves(Key::ArrowDown, Modifiers::NONE));
        popup.open(false, true);
        popup.fill(offers(0, &["one", "two"]), None);
        assert_eq!(popup.taken("x"), None, "Enter is a new line");
        assert!(popup.moves(Key::ArrowDown, Modifiers::NONE));
        assert_eq!(popup.taken("x"), Some((0..0, "two".into())));
        assert!(popup.close());
        popup.open(false, true);
        popup.fill(offers(1, &["one"]), None);
        assert_eq!(popup.taken("o"), Some((0..1, "one".into())));
        popup.fill(offers(3, &["one"]), None);
        assert_eq!(popup.taken("one"), None, "it stands there already");
        popup.fill(offers(0, &[]), None);
        assert!(!popup.is_open());
    }

    #[test]
    fn help_is_one_sentence() {
        assert_eq!(first_sentence("Sets a thing. And more."), "Sets a thing.");
        assert_eq!(first_sentence("Sets 0.5"), "Sets 0.5");
    }
}
