//! The Session tab: the whole session as Lua, as it stands. Typing in it opens a script tab with a copy.

use egui::{Id, ScrollArea, Ui, text_edit::TextEditState};

use super::{
    gestures::{self, Gesture},
    highlight::Coloured,
    script,
};
use crate::instance::Instance;

/// The Session tab.
#[derive(Default)]
pub struct Session {
    generated: String,
    /// Version the text was made from.
    version: Option<u64>,
    /// What the widget edits; differs from `generated` only in the frame in which the player types.
    shown: String,
    coloured: Coloured,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("version", &self.version).finish_non_exhaustive()
    }
}

impl Session {
    /// Shows the session; where the player typed, gives the text as it was and as it is now, with the field's state, so that typing
    /// goes on elsewhere.
    pub fn show(&mut self, ui: &mut Ui, instance: &Instance, version: u64, font_size: f32) -> Option<(String, String, TextEditState)> {
        if self.version != Some(version) {
            self.version = Some(version);
            self.generated = instance.engine.generated_script();
            self.shown.clone_from(&self.generated);
        }
        let id = Id::unique("session text");
        if ui.memory(|memory| memory.has_focus(id)) {
            // What moves or runs lines belongs to a script.
            let stays = |event: &egui::Event| !gestures::gesture(event).is_some_and(|gesture| !matches!(gesture, Gesture::Insert(_)));
            ui.input_mut(|input| input.events.retain(stays));
        }
        let output = ScrollArea::vertical()
            .id_salt(id)
            .auto_shrink(false)
            .show(ui, |ui| script::code(ui, id, &mut self.shown, &mut self.coloured, font_size))
            .inner;
        (self.shown != self.generated).then(|| {
            let typed = std::mem::take(&mut self.shown);
            self.shown.clone_from(&self.generated);
            (self.generated.clone(), typed, output.state)
        })
    }
}
