//! The line in which a path is written: completed from the disk as one types.

use std::path::{Path, PathBuf};

use egui::{Id, Key, Modifiers, RichText, TextEdit, Ui};
use videotracker_engine::name::Name;

use super::{super::theme, texts};

/// Most entries of a folder that are looked at.
const LOOKED_AT: usize = 4096;
/// Most entries that are shown.
const SHOWN: usize = 100;

/// What a path is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// To list what lies there.
    Import,
    /// To let a medium name it.
    Relink(Name),
    /// To copy the session's media there.
    Collect,
    /// To open a script.
    OpenScript,
    /// To save a script there.
    SaveScript,
}

impl Ask {
    fn caption(&self) -> String {
        match self {
            Self::Import => "Import".to_owned(),
            Self::Relink(asset) => format!("Relink {} to", texts::short(asset)),
            Self::Collect => "Collect into".to_owned(),
            Self::OpenScript => "Open".to_owned(),
            Self::SaveScript => "Save as".to_owned(),
        }
    }

    const fn hint(&self) -> &'static str {
        match self {
            Self::Import => "a file or folder",
            Self::Relink(_) => "the file to play in its place",
            Self::OpenScript => "a script, or a tune of Strudel's; it opens in a tab of its own",
            Self::SaveScript => "the file to write, such as song.lua",
            Self::Collect => "a folder; the media are copied into media/ below it",
        }
    }

    /// The console line that does it.
    #[must_use]
    pub fn line(&self, path: &str) -> String {
        match self {
            Self::Import => texts::line("import", &[path]),
            Self::Relink(asset) => texts::line("relink", &[asset, path]),
            Self::Collect => texts::line("collect", &[path]),
            Self::OpenScript => texts::line("open", &[path]),
            Self::SaveScript => texts::line("save", &[path]),
        }
    }
}

/// How asking ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With a path.
    Path(String),
    /// Without one.
    None,
}

/// A question for a path.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What for.
    pub ask: Ask,
    text: String,
    /// What the text can become, and the text they were looked up for.
    found: Vec<String>,
    found_for: Option<String>,
    fresh: bool,
}

impl Prompt {
    /// A question that begins in a folder.
    #[must_use]
    pub fn new(ask: Ask, begin: String) -> Self {
        Self { ask, text: begin, found: Vec::new(), found_for: None, fresh: true }
    }

    /// Shows the question; the answer, once there is one.
    pub fn show(&mut self, ui: &mut Ui) -> Option<Answer> {
        let id = Id::unique(("path", self.ask.caption()));
        let mut answer = None;
        ui.label(RichText::new(self.ask.caption()).color(theme::WEAK));
        let focused = ui.memory(|memory| memory.has_focus(id));
        let mut replaced = false;
        if focused && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Tab)) {
            replaced = self.complete();
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            return Some(Answer::None);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("Close").on_hover_text("Escape").clicked() {
                answer = Some(Answer::None);
            }
            if ui.add_enabled(!self.text.trim().is_empty(), egui::Button::new("OK")).on_hover_text("Enter").clicked() {
                answer = Some(self.path());
            }
            let edit = TextEdit::singleline(&mut self.text)
                .id(id)
                .font(egui::TextStyle::Monospace)
                .desired_width(f32::INFINITY)
                .lock_focus(true)
                .hint_text(self.ask.hint());
            let mut output = edit.show(ui);
            if std::mem::take(&mut self.fresh) {
                ui.memory_mut(|memory| memory.request_focus(id));
                replaced = true;
            }
            let field = output.response.rect;
            if self.offers(ui, field) {
                ui.memory_mut(|memory| memory.request_focus(id));
                replaced = true;
            }
            if replaced {
                let end = egui::text::CCursor::new(self.text.chars().count());
                output.state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                output.state.store(ui.ctx(), id);
            }
            if output.response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !self.text.trim().is_empty() {
                answer = Some(self.path());
            }
        });
        answer
    }

    fn path(&self) -> Answer {
        Answer::Path(expanded(self.text.trim()).to_string_lossy().into_owned())
    }

    /// Shows what the text can become; whether one was taken.
    fn offers(&mut self, ui: &Ui, field: egui::Rect) -> bool {
        if self.found_for.as_ref() != Some(&self.text) {
            self.found = completions(&self.text, self.ask == Ask::Collect);
            self.found_for = Some(self.text.clone());
        }
        if self.found.is_empty() {
            return false;
        }
        let mut taken = None;
        let area =
            egui::Area::new(Id::unique("media paths")).order(egui::Order::Foreground).fixed_pos(field.left_bottom() + egui::vec2(0.0, 3.0));
        area.show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).fill(*theme::PANEL).show(ui, |ui| {
                ui.set_width(field.width() - 14.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.spacing_mut().interact_size.y = 19.0;
                ui.spacing_mut().button_padding = egui::vec2(4.0, 1.0);
                egui::ScrollArea::vertical().max_height(164.0).auto_shrink([false, true]).show(ui, |ui| {
                    for path in &self.found {
                        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
                        let folder = if path.ends_with('/') { "/" } else { "" };
                        let text = RichText::new(format!("{name}{folder}")).monospace().size(12.0);
                        let text = if folder.is_empty() { text } else { text.color(theme::ACCENT) };
                        let button = egui::Button::new(text).fill(egui::Color32::TRANSPARENT).stroke(egui::Stroke::NONE);
                        if ui.add(button).clicked() {
                            taken = Some(path.clone());
                        }
                    }
                });
            });
        });
        taken.is_some_and(|path| {
            self.text = path;
            true
        })
    }

    /// Writes on as far as all that fits agrees; whether anything was added.
    fn complete(&mut self) -> bool {
        let found = completions(&self.text, self.ask == Ask::Collect);
        let Some(shared) = found.iter().cloned().reduce(|a, b| {
            let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
            a.chars().take(same).collect()
        }) else {
            return false;
        };
        let longer = shared.chars().count() >= self.text.chars().count();
        if longer {
            self.text = shared;
        }
        longer
    }
}

/// A path with the home folder in place of `~`.
fn expanded(text: &str) -> PathBuf {
    match (text.strip_prefix('~'), std::env::home_dir()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            let rest = rest.trim_start_matches('/');
            if rest.is_empty() { home } else { home.join(rest) }
        }
        _ => PathBuf::from(text),
    }
}

/// The entries of the folder that begin as the text goes on, written as the text is: folders first, with `/` behind.
/// Hidden ones only where the text asks for them.
fn completions(text: &str, folders_only: bool) -> Vec<String> {
    let Some(cut) = text.rfind('/') else { return Vec::new() };
    let (folder, stem) = text.split_at(cut + 1);
    let stem = stem.to_lowercase();
    let Ok(entries) = std::fs::read_dir(expanded(folder)) else { return Vec::new() };
    let fits = |name: &str| name.to_lowercase().starts_with(&stem) && (stem.starts_with('.') || !name.starts_with('.'));
    let mut found: Vec<(bool, String)> = entries
        .take(LOOKED_AT)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok().filter(|name| fits(name))?;
            let is_folder = Path::new(&entry.path()).is_dir();
            (is_folder || !folders_only).then(|| (!is_folder, format!("{folder}{name}{}", if is_folder { "/" } else { "" })))
        })
        .collect();
    found.sort();
    found.truncate(SHOWN);
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_completes_from_the_disk() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        for name in ["kick one.wav", "kick two.wav", "Hat.wav", ".hidden"] {
            std::fs::write(folder.path().join(name), "").unwrap_or_default();
        }
        std::fs::create_dir(folder.path().join("kits")).unwrap_or_default();
        let at = |rest: &str| format!("{}/{rest}", folder.path().display());
        for (typed, collect, found) in [
            ("", false, vec!["kits/", "Hat.wav", "kick one.wav", "kick two.wav"]),
            ("h", false, vec!["Hat.wav"]),
            ("ki", true, vec!["kits/"]),
            (".", false, vec![".hidden"]),
            ("x", false, vec![]),
            ("none/x", false, vec![]),
        ] {
            assert_eq!(completions(&at(typed), collect), found.into_iter().map(at).collect::<Vec<_>>(), "{typed}");
        }
        let mut prompt = Prompt::new(Ask::Import, at("kick"));
        assert!(prompt.complete());
        assert_eq!(prompt.text, at("kick "));
    }
}
