//! Opening and saving scripts: the line for a path above the code, and the question what is to become of a file that is another
//! than the one that was opened.

use std::{path::PathBuf, sync::Arc};

use egui::Ui;

use super::{
    media::prompt::{Answer, Ask, Prompt},
    theme,
};
use crate::instance::Instance;

/// What is to be done with files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Ask for a script to open.
    Open,
    /// Save the chosen tab.
    Save,
    /// Ask where to save it.
    SaveAs,
}

/// The lines above the code.
#[derive(Debug, Default)]
pub struct ScriptFiles {
    prompt: Option<Prompt>,
}

impl ScriptFiles {
    /// Does what was requested, or asks for what is missing.
    pub fn fulfil(&mut self, instance: &Instance, request: Request) {
        let (tab, folder, own) = instance.scripts(|scripts| {
            let tab = scripts.chosen();
            let own = tab.and_then(|tab| tab.file.clone());
            let folder = own.iter().chain(scripts.tabs().iter().filter_map(|tab| tab.file.as_ref())).next();
            let folder = folder.and_then(|file| Some(file.path.parent()?.to_path_buf()));
            (tab.map(|tab| (tab.id, tab.name.clone())), folder, own)
        });
        let Some((id, name)) = tab else { return };
        let folder = folder.or_else(std::env::home_dir).unwrap_or_else(|| PathBuf::from("/"));
        match request {
            Request::Save if own.as_ref().is_some_and(|file| file.is_given) => instance.desk().save_behind(id, None, false),
            Request::Open => self.prompt = Some(Prompt::new(Ask::OpenScript, folder.join("").to_string_lossy().into_owned())),
            Request::Save | Request::SaveAs => {
                let name = if name.contains('.') { name } else { format!("{}.lua", name.to_lowercase().replace(' ', "-")) };
                let path = own.map_or_else(|| folder.join(name), |file| file.path);
                self.prompt = Some(Prompt::new(Ask::SaveScript, path.to_string_lossy().into_owned()));
            }
        }
    }

    /// Shows the lines, where there is something to ask.
    pub fn show(&mut self, ui: &mut Ui, instance: &Arc<Instance>) {
        if let Some(prompt) = &mut self.prompt {
            let line = egui::Panel::top("script path").exact_size(36.0).resizable(false).frame(theme::bar());
            let answer = line.show(ui, |ui| ui.horizontal_centered(|ui| prompt.show(ui)).inner).inner;
            match answer {
                Some(Answer::Path(path)) => {
                    instance.engine.console(&prompt.ask.line(&path));
                    self.prompt = None;
                }
                Some(Answer::None) => self.prompt = None,
                None => {}
            }
        }
        let Some(doubt) = instance.desk().doubt() else { return };
        let name = doubt.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        super::offers::line(ui, "changed file", &format!("{name} on the disk is not what was opened or saved here"), |ui| {
            if ui.button("Cancel").on_hover_text("Leaves both as they are").clicked() {
                instance.desk().drop_doubt();
            }
            if ui.button("Overwrite").on_hover_text(format!("Writes this tab to {}", doubt.path.display())).clicked() {
                instance.desk().save_behind(doubt.tab, Some(doubt.path.clone()), true);
                instance.desk().drop_doubt();
            }
            if ui.button("Open it").on_hover_text("Shows what is on the disk in a tab of its own").clicked() {
                instance.engine.console(&Ask::OpenScript.line(&doubt.path.to_string_lossy()));
                instance.desk().drop_doubt();
            }
        });
    }
}
