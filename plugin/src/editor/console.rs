//! The console: what the engine says, and a line to talk back.

use std::{collections::VecDeque, ops::Range};

use egui::{Key, Modifiers, RichText, ScrollArea, Sense, TextEdit, Ui};
use videotracker_engine::snapshot::{Message, Severity, Snapshot};

use super::{
    completion,
    panels::{About, Dock, Panel, Scene},
    theme, wrap,
};
use crate::instance::Instance;

/// The panel's name.
pub const NAME: &str = "console";
/// Lines kept.
const LINES: usize = 1000;
/// Console lines remembered for the arrow keys.
const HISTORY: usize = 200;

/// Whether the cursor stands in a console's line in which nothing is typed.
pub fn is_at_rest(ctx: &egui::Context) -> bool {
    let line = ctx.memory(|memory| memory.focused());
    line.is_some_and(|line| ctx.data(|data| data.get_temp(line)) == Some(Rest))
}

/// Marks a line in which nothing is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rest;

/// The lines as rows of equal height, which is what lets a thousand of them scroll for free.
#[derive(Debug, Default)]
struct Rows {
    /// Columns and revision they were made for.
    made_for: (usize, u64),
    /// The line of each row, and its part of it in bytes.
    rows: Vec<(usize, Range<usize>)>,
}

impl Rows {
    fn make(&mut self, lines: &VecDeque<Message>, columns: usize, revision: u64) {
        if self.made_for != (columns, revision) {
            self.made_for = (columns, revision);
            let of = |(line, message): (usize, &Message)| wrap::rows(&message.text, columns).into_iter().map(move |row| (line, row));
            self.rows = lines.iter().enumerate().flat_map(of).collect();
        }
    }
}

/// What was said, also while no console is open.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<Message>,
    /// How many of them came since something was last asked for.
    since: usize,
    seen: u64,
    /// Grows when lines come or go.
    revision: u64,
    /// Grows when something is asked for whose answer is to be seen.
    asked: u64,
}

/// The panel of the console.
#[derive(Debug, Default)]
pub struct Console {
    rows: Rows,
    input: String,
    history: Vec<String>,
    /// Place in the history while the arrow keys walk through it.
    recalled: Option<usize>,
    /// What was typed before they did.
    typed: String,
    /// Candidates of the last Tab, shown until the next key.
    candidates: Vec<String>,
    /// Whether the newest line is in sight, and how many rows there were then: new ones are followed.
    follows: Option<usize>,
    /// What was asked for when it last showed the newest line.
    answered: u64,
}

/// A place in a script that a line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tab.
    pub tab: u64,
    /// The line, counted from 1.
    pub line: u32,
}

/// The place that a message begins with, where a tab is called so.
fn place_of(text: &str, tabs: &[(u64, String)]) -> Option<Place> {
    tabs.iter().find_map(|(tab, name)| {
        let rest = text.strip_prefix(name.as_str())?.strip_prefix(':')?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest[digits..].starts_with(':').then(|| rest[..digits].parse().ok().map(|line| Place { tab: *tab, line }))?
    })
}

impl Log {
    /// Takes over what was said since the last frame; the newest, if any.
    pub fn update(&mut self, instance: &Instance) -> bool {
        let engine = instance.engine.messages(self.seen);
        let notices = instance.take_notices();
        let news = !engine.is_empty() || !notices.is_empty();
        if let Some((number, _)) = engine.last() {
            self.seen = *number;
        }
        for message in notices.into_iter().chain(engine.into_iter().map(|(_, message)| message)) {
            self.take(message);
        }
        news
    }

    /// Adds a message, each of its lines as one of its own.
    fn take(&mut self, message: Message) {
        let Message { severity, text, line, column } = message;
        self.since += text.trim_end().split('\n').count();
        if text.starts_with("> ") {
            self.since = 0;
        }
        self.lines.extend(text.trim_end().split('\n').map(|row| Message { severity, text: row.to_owned(), line, column }));
        self.lines.drain(..self.lines.len().saturating_sub(LINES));
        self.revision += 1;
    }

    /// The line that says most of what is new: the newest error since something was last asked for, else the newest line, unless that
    /// is an error that is over.
    #[must_use]
    pub fn newest(&self) -> Option<&Message> {
        let answers = self.lines.len() - self.lines.len().min(self.since);
        let error = self.lines.iter().skip(answers).rev().find(|line| line.severity == Severity::Error && !line.text.starts_with(' '));
        error.or_else(|| self.lines.back().filter(|line| line.severity != Severity::Error || self.since > 0))
    }

    /// Every line.
    #[cfg(test)]
    pub fn texts(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.text.clone()).collect()
    }

    /// Forgets which errors are news: something new was asked for.
    pub fn asked(&mut self) {
        self.since = 0;
        self.asked += 1;
    }

    /// Adds a line of the editor's own.
    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        self.take(Message { severity, text: text.into(), line: None, column: None });
    }

    /// Empties it.
    fn clear(&mut self) {
        self.lines.clear();
        self.since = 0;
        self.revision += 1;
    }
}

impl Panel for Console {
    fn about(&self) -> &'static About {
        &About {
            name: NAME,
            title: "Console",
            hint: "What the engine says, and a line to talk back",
            dock: Dock::Below,
            size: 168.0,
            lowest: 72.0,
            open: true,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, _: &mut String) {
        egui::Panel::bottom("console input").frame(theme::well().inner_margin(egui::Margin::symmetric(10, 5))).show(ui, |ui| {
            theme::frameless(ui);
            self.input_line(ui, scene.instance, scene.snapshot, scene.log);
        });
        let place = egui::CentralPanel::default()
            .frame(theme::well().inner_margin(egui::Margin::symmetric(10, 4)))
            .show(ui, |ui| self.lines(ui, scene.instance, scene.log))
            .inner;
        if place.is_some() {
            *scene.go_to = place;
        }
    }
}

impl Console {
    /// Shows the lines; the place that one was clicked for.
    fn lines(&mut self, ui: &mut Ui, instance: &Instance, log: &Log) -> Option<Place> {
        let height = ui.text_style_height(&egui::TextStyle::Monospace);
        ui.spacing_mut().item_spacing.y = 2.0;
        let font = egui::TextStyle::Monospace.resolve(ui.style());
        let advance = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a window has few columns")]
        let columns = ((ui.available_width() - ui.spacing().scroll.bar_width - 4.0) / advance.max(1.0)).max(8.0) as usize;
        self.rows.make(&log.lines, columns, log.revision);
        let rows = &self.rows.rows;
        let mut area = ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true);
        if std::mem::replace(&mut self.answered, log.asked) != log.asked {
            self.follows = Some(0);
        }
        if self.follows.unwrap_or(rows.len()) != rows.len() {
            #[allow(clippy::cast_precision_loss, reason = "a thousand lines")]
            let all = rows.len() as f32 * (height + 2.0) - 2.0;
            area = area.vertical_scroll_offset((all - ui.available_height()).max(0.0));
        }
        let tabs: Vec<_> = instance.scripts(|scripts| scripts.tabs().iter().map(|tab| (tab.id, tab.name.clone())).collect());
        let mut clicked = None;
        let shown = area.show_rows(ui, height, rows.len(), |ui, shown| {
            for (at, part) in rows.get(shown).unwrap_or_default() {
                if let Some(message) = log.lines.get(*at) {
                    clicked = line(ui, message, part.clone(), columns, &tabs).or(clicked);
                }
            }
        });
        let below = shown.content_size.y - shown.inner_rect.height() - shown.state.clamped_offset().y;
        self.follows = (below < height).then_some(rows.len());
        clicked
    }

    fn input_line(&mut self, ui: &mut Ui, instance: &Instance, snapshot: &Snapshot, log: &mut Log) {
        if !self.candidates.is_empty() {
            ui.label(RichText::new(self.candidates.join("   ")).small().color(theme::WEAK));
        }
        ui.horizontal(|ui| {
            ui.label(RichText::new(">").monospace().color(theme::ACCENT));
            let id = ui.make_persistent_id("console line");
            let focused = ui.memory(|memory| memory.has_focus(id));
            let mut to_end = false;
            if focused {
                to_end = self.keys(ui, snapshot);
            }
            let edit = TextEdit::singleline(&mut self.input)
                .id(id)
                .font(egui::TextStyle::Monospace)
                .frame(egui::Frame::NONE)
                .desired_width(f32::INFINITY)
                .lock_focus(true)
                .align(egui::Align2::LEFT_CENTER)
                .min_size(egui::vec2(0.0, 24.0))
                .hint_text("list · help · set kick volume 0.8 · route kick mixer …");
            let mut output = edit.show(ui);
            if to_end {
                let end = egui::text::CCursor::new(self.input.chars().count());
                output.state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                output.state.store(ui.ctx(), id);
            }
            if output.response.changed() {
                self.recalled = None;
                self.candidates.clear();
            }
            if output.response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                self.enter(instance, log);
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            let is_empty = self.input.is_empty();
            ui.data_mut(|data| {
                if is_empty {
                    data.insert_temp(id, Rest);
                } else {
                    data.remove::<Rest>(id);
                }
            });
        });
    }

    /// Arrow keys and Tab; says whether the text was replaced.
    fn keys(&mut self, ui: &Ui, snapshot: &Snapshot) -> bool {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowUp) {
            return self.recall(-1);
        }
        if pressed(Key::ArrowDown) {
            return self.recall(1);
        }
        if pressed(Key::Tab) {
            let (completed, candidates) = completion::complete(&self.input, snapshot);
            self.candidates = candidates;
            self.input = completed;
            return true;
        }
        false
    }

    fn recall(&mut self, step: i8) -> bool {
        let end = self.history.len();
        if self.recalled.is_none() {
            self.typed.clone_from(&self.input);
        }
        let now = self.recalled.unwrap_or(end);
        let next = if step < 0 { now.saturating_sub(1) } else { (now + 1).min(end) };
        self.recalled = Some(next);
        self.input = self.history.get(next).unwrap_or(&self.typed).clone();
        true
    }

    fn enter(&mut self, instance: &Instance, log: &mut Log) {
        let line = std::mem::take(&mut self.input);
        self.recalled = None;
        self.candidates.clear();
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return;
        }
        if self.history.last().map(String::as_str) != Some(trimmed) {
            self.history.push(trimmed.to_owned());
            if self.history.len() > HISTORY {
                self.history.remove(0);
            }
        }
        if matches!(trimmed.to_ascii_lowercase().as_str(), "clear" | "cls") {
            log.clear();
            return;
        }
        // Whoever asks wants to see the answer.
        self.follows = Some(0);
        // The engine repeats the line before its answer.
        instance.engine.console(trimmed);
    }
}

fn line(ui: &mut Ui, message: &Message, part: Range<usize>, columns: usize, tabs: &[(u64, String)]) -> Option<Place> {
    let colour = match message.severity {
        Severity::Note if message.text.starts_with("> ") => theme::ACCENT,
        Severity::Note => theme::TEXT,
        Severity::Warning => theme::WARN,
        Severity::Error => theme::ERROR,
    };
    let indent = if part.start == 0 { 0 } else { wrap::indent(&message.text, columns) };
    let text = format!("{:indent$}{}", "", message.text.get(part).unwrap_or_default());
    let label = egui::Label::new(RichText::new(text).monospace().color(colour)).selectable(true).extend();
    let Some(place) = place_of(&message.text, tabs) else {
        ui.add(label);
        return None;
    };
    let row = ui.add(label.sense(Sense::click())).on_hover_cursor(egui::CursorIcon::PointingHand);
    row.on_hover_text(format!("Click to go to line {}", place.line)).clicked().then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrow_keys_walk_the_history_and_come_back_to_what_was_being_typed() {
        let mut console = Console { history: vec!["one".into(), "two".into()], input: "half".into(), ..Console::default() };
        for (step, expected) in [(-1, "two"), (-1, "one"), (-1, "one"), (1, "two"), (1, "half"), (1, "half")] {
            console.recall(step);
            assert_eq!(console.input, expected);
        }
    }

    #[test]
    fn a_thousand_lines_are_kept() {
        let mut console = Log::default();
        let instance = Instance::default();
        instance.notify((0..1500).map(|number| Message { severity: Severity::Note, text: number.to_string(), line: None, column: None }));
        assert!(console.update(&instance));
        assert_eq!(console.lines.len(), LINES);
        assert_eq!(console.newest().map(|line| line.text.as_str()), Some("1499"));
    }

    #[test]
    fn a_message_names_the_place_of_a_tab_that_is_there() {
        let tabs = [(1, "kick".to_owned()), (4, "kick: 2".to_owned())];
        for (text, expected) in [
            ("kick:12: no such thing", Some((1, 12))),
            ("kick: 2:3:7: no such thing", Some((4, 3))),
            ("kick: 5", None),
            ("hat:1: no such thing", None),
            ("kick:99999999999: no such thing", None),
        ] {
            assert_eq!(place_of(text, &tabs), expected.map(|(tab, line)| Place { tab, line }), "{text}");
        }
    }

    #[test]
    fn an_error_is_the_news_until_something_else_is_asked_for() {
        let mut console = Log::default();
        let newest = |console: &Log| console.newest().map(|line| line.text.clone());
        console.say(Severity::Error, "bad");
        console.say(Severity::Warning, "no font");
        assert_eq!(newest(&console).as_deref(), Some("bad"));
        console.say(Severity::Note, "> list");
        console.say(Severity::Note, "nothing");
        assert_eq!(newest(&console).as_deref(), Some("nothing"));
        console.say(Severity::Error, "bad");
        console.asked();
        console.say(Severity::Note, "fine");
        assert_eq!(newest(&console).as_deref(), Some("fine"));
        console.say(Severity::Error, "bad");
        console.asked();
        assert_eq!(newest(&console), None, "it is over");
    }
}
