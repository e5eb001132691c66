//! Looking for words in a script, putting others in their place, and going to a line: a line above the code.

use std::ops::Range;

use egui::{Key, Modifiers, RichText, TextEdit, Ui};

use super::theme;

/// Width of a field beside another.
const NARROW: f32 = 130.0;
/// Width below which the two fields stand one above the other.
const TWO_ROWS: f32 = 520.0;
/// Most places that are marked.
const MOST: usize = 10_000;

/// What the line is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Words.
    Find,
    /// Words, and others in their place.
    Replace,
    /// A line's number.
    Line,
}

/// What is asked of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Select the next place, or the one before.
    Go(bool),
    /// Put the new words in this place, in bytes, and go on.
    Replace,
    /// The same in all places.
    ReplaceAll,
    /// Go to a line, counted from 1.
    Line(u32),
    /// Go back to the code.
    Close,
}

/// The line.
#[derive(Debug, Default)]
pub struct Find {
    open: Option<For>,
    /// What is looked for.
    words: String,
    /// What is put in its place.
    others: String,
    line: String,
    /// Whether the field takes the keys in the next picture.
    enters: bool,
    /// Whether the other field takes them in this one.
    goes_on: bool,
    /// Where it stands in the text that it was last looked for in.
    found: Vec<Range<usize>>,
    looked_in: (String, String),
}

/// Where words stand in a text, in bytes: as they are written where one of their letters is large, else whatever their size.
#[must_use]
pub fn places(text: &str, words: &str) -> Vec<Range<usize>> {
    if words.is_empty() {
        return Vec::new();
    }
    let exact = words.chars().any(char::is_uppercase) || !words.is_ascii();
    let (bytes, wanted) = (text.as_bytes(), words.as_bytes());
    let (mut found, mut at) = (Vec::new(), 0);
    while at + wanted.len() <= bytes.len() && found.len() < MOST {
        let here = &bytes[at..at + wanted.len()];
        let alike = if exact { here == wanted } else { here.eq_ignore_ascii_case(wanted) };
        if alike && text.is_char_boundary(at) && text.is_char_boundary(at + wanted.len()) {
            found.push(at..at + wanted.len());
            at += wanted.len();
        } else {
            at += 1;
        }
    }
    found
}

impl Find {
    /// Opens the line; `selected` is looked for where it is a part of a line.
    pub fn open(&mut self, open: For, selected: &str) {
        if open != For::Line && !selected.is_empty() && !selected.contains('\n') {
            selected.clone_into(&mut self.words);
        }
        self.line.clear();
        (self.open, self.enters) = (Some(open), true);
    }

    /// Closes it; whether it was open.
    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    /// The places of what is looked for, while the line is open.
    pub fn found(&mut self, text: &str) -> &[Range<usize>] {
        if !matches!(self.open, Some(For::Find | For::Replace)) {
            return &[];
        }
        self.look(text);
        &self.found
    }

    fn look(&mut self, text: &str) {
        if self.looked_in.0 != text || self.looked_in.1 != self.words {
            self.found = places(text, &self.words);
            self.looked_in = (text.to_owned(), self.words.clone());
        }
    }

    /// The place after or before a cursor, in bytes; around the end and the beginning.
    #[must_use]
    pub fn next(&mut self, text: &str, from: &Range<usize>, forward: bool) -> Option<Range<usize>> {
        self.look(text);
        let found = &self.found;
        let place = if forward {
            let at_it = usize::from(!from.is_empty());
            found.iter().find(|place| place.start >= from.start + at_it).or(found.first())
        } else {
            found.iter().rev().find(|place| place.start < from.start).or(found.last())
        };
        place.cloned()
    }

    /// The text with the others in one place, and the place behind them.
    #[must_use]
    pub fn replaced(&mut self, text: &str, selected: &Range<usize>) -> Option<(String, usize)> {
        self.look(text);
        let place = self.found.iter().find(|place| *place == selected)?;
        let mut written = text.to_owned();
        written.replace_range(place.clone(), &self.others);
        Some((written, place.start + self.others.len()))
    }

    /// The text with the others in all places, and how many these are.
    #[must_use]
    pub fn replaced_all(&mut self, text: &str) -> (String, usize) {
        self.look(text);
        let (mut written, mut at) = (String::with_capacity(text.len()), 0);
        for place in &self.found {
            written.push_str(&text[at..place.start]);
            written.push_str(&self.others);
            at = place.end;
        }
        written.push_str(&text[at..]);
        (written, self.found.len())
    }

    /// Shows the line; `at` is the selection, in bytes.
    pub fn show(&mut self, ui: &mut Ui, text: &str, at: &Range<usize>) -> Option<Request> {
        let open = self.open?;
        if open != For::Line {
            self.look(text);
        }
        let frame = theme::bar().inner_margin(egui::Margin::symmetric(8, 3));
        // Between two panels, what is put in their place stands below the words.
        let two_rows = open == For::Replace && ui.available_width() < TWO_ROWS;
        let height = if two_rows { 60.0 } else { 32.0 };
        let line = egui::Panel::top(("find", two_rows)).exact_size(height).resizable(false).frame(frame);
        let shown = line.show(ui, |ui| {
            if !two_rows {
                let line = |ui: &mut Ui| {
                    let first = self.content(ui, open, at);
                    self.others(ui, open).or(first)
                };
                return ui.horizontal_centered(line).inner;
            }
            let first = ui.horizontal(|ui| self.content(ui, open, at)).inner;
            let second = ui.horizontal(|ui| self.others(ui, open)).inner;
            first.or(second)
        });
        shown.inner
    }

    fn content(&mut self, ui: &mut Ui, open: For, at: &Range<usize>) -> Option<Request> {
        let mut request = None;
        let enters = std::mem::take(&mut self.enters);
        let enter = |ui: &Ui, held| ui.input_mut(|input| input.consume_key(held, Key::Enter));
        if ui.button("×").on_hover_text("Escape").clicked() || ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            request = Some(Request::Close);
        }
        if open == For::Line {
            ui.label("Line");
            let field = ui.add(TextEdit::singleline(&mut self.line).desired_width(70.0).id(egui::Id::unique("line to go to")));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Line to go to"));
            if enters {
                field.request_focus();
            }
            // The code has the keys again in this very picture, and shall not see this one.
            if field.lost_focus() && enter(ui, Modifiers::NONE) {
                request = Some(self.line.trim().parse().map_or(Request::Close, Request::Line));
            }
            return request;
        }
        let width = if open == For::Replace { NARROW } else { 200.0 };
        let id = egui::Id::unique("words to find");
        if ui.memory(|memory| memory.has_focus(id)) {
            if enter(ui, Modifiers::SHIFT) {
                request = Some(Request::Go(false));
            } else if enter(ui, Modifiers::NONE) {
                request = Some(Request::Go(true));
            }
        }
        let edit = TextEdit::singleline(&mut self.words).desired_width(width).hint_text("Find").id(id);
        let mut output = edit.show(ui);
        output.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Find"));
        // Whoever has written what is looked for writes what takes its place: the buttons between come later.
        let goes_on =
            open == For::Replace && output.response.lost_focus() && ui.input(|input| input.key_pressed(Key::Tab) && !input.modifiers.any());
        if enters {
            output.response.request_focus();
            let all = egui::text::CCursorRange::two(egui::text::CCursor::new(0), egui::text::CCursor::new(self.words.chars().count()));
            output.state.cursor.set_char_range(Some(all));
            output.state.store(ui.ctx(), id);
        }
        let place = self.found.iter().position(|place| place == at).map_or_else(String::new, |place| format!("{} of ", place + 1));
        let count = if self.words.is_empty() { String::new() } else { format!("{place}{}", self.found.len()) };
        ui.label(RichText::new(count).small().color(theme::WEAK));
        let any = !self.found.is_empty();
        for (text, hint, forward) in [("‹", "The place before (Shift+Enter, Shift+F3)", false), ("›", "The next place (Enter, F3)", true)]
        {
            let button = ui.add_enabled(any, egui::Button::new(text).small()).on_hover_text(hint);
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, any, if forward { "Find next" } else { "Find before" }));
            if button.clicked() {
                request = Some(Request::Go(forward));
            }
        }
        self.goes_on = goes_on;
        request
    }

    /// What is put in the place of the words, and the buttons for it.
    fn others(&mut self, ui: &mut Ui, open: For) -> Option<Request> {
        let mut request = None;
        let enter = |ui: &Ui| ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let (any, goes_on) = (!self.found.is_empty(), std::mem::take(&mut self.goes_on));
        if open == For::Replace {
            let id = egui::Id::unique("words to put");
            if ui.memory(|memory| memory.has_focus(id)) && enter(ui) {
                request = Some(Request::Replace);
            }
            let edit = TextEdit::singleline(&mut self.others).desired_width(NARROW).hint_text("Replace by").id(id);
            let field = ui.add(edit);
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Replace by"));
            if goes_on {
                field.request_focus();
            }
            if ui.add_enabled(any, egui::Button::new("Replace").small()).clicked() {
                request = Some(Request::Replace);
            }
            if ui.add_enabled(any, egui::Button::new("All").small()).on_hover_text("Replaces all places; one undo takes it back").clicked()
            {
                request = Some(Request::ReplaceAll);
            }
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_size_unless_a_letter_is_large() {
        assert_eq!(places("Kick kick ä", "kick"), [0..4, 5..9]);
        assert_eq!(places("Kick kick", "Kick"), std::slice::from_ref(&(0..4)));
        assert_eq!(places("äÄ", "ä"), std::slice::from_ref(&(0..2)));
        assert_eq!(places("aaa", "aa"), std::slice::from_ref(&(0..2)));
        assert!(places("a", "").is_empty());
    }

    #[test]
    fn the_search_goes_around_and_replaces_one_or_all() {
        let mut find = Find { words: "a".into(), others: "bb".into(), ..Find::default() };
        let text = "a.a.a";
        assert_eq!(find.next(text, &(0..0), true), Some(0..1));
        assert_eq!(find.next(text, &(0..1), true), Some(2..3));
        assert_eq!(find.next(text, &(4..5), true), Some(0..1));
        assert_eq!(find.next(text, &(0..1), false), Some(4..5));
        assert_eq!(find.replaced(text, &(2..3)), Some(("a.bb.a".into(), 4)));
        assert_eq!(find.replaced(text, &(1..2)), None);
        assert_eq!(find.replaced_all(text), ("bb.bb.bb".into(), 3));
    }
}
