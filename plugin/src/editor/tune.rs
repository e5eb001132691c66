//! Tunes of Strudel's in the code: a line above it offers one that was pasted, opened or dropped as Lua.

use std::{ops::Range, path::Path};

use egui::Ui;
use videotracker_engine::{
    snapshot::{Message, Severity},
    text::counted,
    translate::{self, Translation},
};

use super::{keys, offers, theme};

/// What files of tunes end with.
const ENDINGS: &[&str] = &["js", "mjs", "strudel"];
/// What files of scripts end with.
const SCRIPTS: &[&str] = &["lua", "luau"];
/// Shortest text of one event that counts as pasted where the clipboard comes as typed text, in bytes.
const PASTED: usize = 8;
/// Most parts without a counterpart that are said one by one.
const SAID: usize = 12;

/// The line, while there is something to offer.
#[derive(Debug, Default)]
pub struct Tune {
    offered: Option<Offered>,
}

#[derive(Debug)]
struct Offered {
    /// Where the tune stands, in bytes.
    place: Range<usize>,
    /// Which edit of the text it came with: with the next one the offer ends.
    edit: u64,
    /// Whether it is the text of a file, which keeps its tab.
    is_file: bool,
}

/// A tune whose Lua is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it stands, in bytes.
    pub place: Range<usize>,
    /// Whether the Lua goes to a tab of its own, since the tune is a file's.
    pub is_file: bool,
}

/// Whether a file is opened as a text of the editor's where it is dropped: a script, or a tune.
#[must_use]
pub fn is_text(path: &str) -> bool {
    ends_with(path, SCRIPTS) || ends_with(path, ENDINGS)
}

fn ends_with(path: &str, endings: &[&str]) -> bool {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or("");
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// The text of an event that may be a clipboard's.
#[must_use]
pub fn clipboard(event: &egui::Event) -> Option<&str> {
    match event {
        egui::Event::Paste(text) => Some(text),
        egui::Event::Text(text) if text.len() >= PASTED => Some(text),
        _ => None,
    }
}

impl Tune {
    /// Offers what was put before the byte `end`, where that is a tune.
    pub fn pasted(&mut self, text: &str, put: &str, end: usize, edit: u64) {
        let place = end.saturating_sub(put.len())..end;
        if text.get(place.clone()) == Some(put) && translate::is_tune(put) {
            self.offered = Some(Offered { place, edit, is_file: false });
        }
    }

    /// Offers a whole text that was opened or chosen, where that is a tune; `file` is the name of its file.
    pub fn opened(&mut self, text: &str, file: Option<&str>, edit: u64) {
        let is_file = file.is_some_and(|name| ends_with(name, ENDINGS));
        self.offered = translate::is_tune(text).then_some(Offered { place: 0..text.len(), edit, is_file });
    }

    /// Ends the offer; whether there was one.
    pub fn close(&mut self) -> bool {
        self.offered.take().is_some()
    }

    /// The tune that is offered, which then is offered no more.
    pub fn take(&mut self, edit: u64) -> Option<Wanted> {
        let offered = self.offered.take().filter(|offered| offered.edit == edit)?;
        Some(Wanted { place: offered.place, is_file: offered.is_file })
    }

    /// Shows the line; the tune, where its Lua is wanted.
    pub fn show(&mut self, ui: &mut Ui, edit: u64) -> Option<Wanted> {
        self.offered.take_if(|offered| offered.edit != edit);
        let is_file = self.offered.as_ref()?.is_file;
        let (mut wanted, mut closes) = (false, false);
        offers::coloured_line(ui, "tune", "This reads as a tune of Strudel's", *theme::ACCENT, |ui| {
            closes = ui.button("Leave it").on_hover_text("Escape, or typing on").clicked();
            let hint = if is_file { "Opens the Lua in a tab of its own" } else { "Puts Lua in its place; undo brings it back" };
            let keys = keys::of_code(ui.ctx(), keys::Edit::Translate);
            wanted = ui.button("Turn it into Lua").on_hover_text(format!("{hint} ({keys})")).clicked();
        });
        if closes {
            self.offered = None;
        }
        if wanted { self.take(edit) } else { None }
    }
}

/// What is said of a translation that begins in `line`, counted from 0.
#[must_use]
pub fn report(made: &Translation, line: usize) -> Vec<Message> {
    let warning = |text: String, at: usize| Message {
        severity: Severity::Warning,
        text: format!("line {}: {text}", line + at),
        line: None,
        column: None,
    };
    let text = match made.marks.len() {
        0 => "The tune is Lua now, and nothing was left out. Run all plays it".to_owned(),
        marks => format!("The tune is Lua now, but for {}:", counted(marks, "part")),
    };
    let mut said = vec![Message { severity: Severity::Note, text, line: None, column: None }];
    said.extend(made.marks.iter().take(SAID).map(|mark| warning(mark.text.clone(), mark.line)));
    if made.marks.len() > SAID {
        let text = format!("and {} more", made.marks.len() - SAID);
        said.push(Message { severity: Severity::Warning, text, line: None, column: None });
    }
    said
}

/// The name of the tab for the Lua of a file: its own with another ending.
#[must_use]
pub fn lua_name(name: &str) -> String {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
    format!("{stem}.lua")
}
