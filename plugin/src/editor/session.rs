//! The Session tab: the whole session as Lua, as it stands. Typing in it makes a script of it.

use egui::{ScrollArea, Ui};
use egui_code_editor::Syntax;

use super::script;
use crate::instance::Instance;

/// The Session tab.
pub struct Session {
    generated: String,
    /// Version the text was made from.
    version: Option<u64>,
    /// What the widget edits; differs from `generated` only in the frame in which the player types.
    shown: String,
    syntax: Syntax,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { generated: String::new(), version: None, shown: String::new(), syntax: script::syntax() }
    }
}

impl Session {
    /// Shows the session; where the player typed, gives the changed text.
    pub fn show(&mut self, ui: &mut Ui, instance: &Instance, version: u64, font_size: f32) -> Option<String> {
        if self.version != Some(version) {
            self.version = Some(version);
            self.generated = instance.engine.generated_script();
            self.shown.clone_from(&self.generated);
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            script::code(ui, "session", &mut self.shown, &self.syntax, font_size);
        });
        (self.shown != self.generated).then(|| {
            let typed = std::mem::take(&mut self.shown);
            self.shown.clone_from(&self.generated);
            typed
        })
    }
}
