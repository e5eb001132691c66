//! The presets browser: the scripts that come with the instrument, to look for, to hear and to open.

use egui::{Button, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};
use videotracker_engine::{
    command::{Command, TransportAction},
    presets::{PRESETS, Preset},
    snapshot::{Message, Severity},
};

use super::{
    console::Place,
    panels::{About, Dock, Panel, Scene},
    theme,
};

/// The presets browser; its memory is what is searched for.
#[derive(Debug, Default)]
pub struct Presets;

/// Whether a preset has all the words that are searched for, whatever their case.
fn fits(preset: &Preset, wanted: &str) -> bool {
    let about = [preset.word, preset.name(), preset.author(), preset.description()].join(" ").to_lowercase();
    let tags: Vec<String> = preset.tags().map(str::to_lowercase).collect();
    wanted.to_lowercase().split_whitespace().all(|word| about.contains(word) || tags.iter().any(|tag| tag.contains(word)))
}

impl Panel for Presets {
    fn about(&self) -> &'static About {
        &About {
            name: "presets",
            title: "Presets",
            hint: "The scripts that come with the instrument: search, play, open",
            dock: Dock::Right,
            size: 280.0,
            lowest: 200.0,
            open: false,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, memory: &mut String) {
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 4, top: 4, bottom: 4 }).show(ui, |ui| {
            let field = ui.add(TextEdit::singleline(memory).hint_text("Search").desired_width(ui.available_width() - 8.0));
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search the presets"));
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let mut found = PRESETS.iter().filter(|preset| fits(preset, memory)).peekable();
                if found.peek().is_none() {
                    ui.add(egui::Label::new(RichText::new("No preset has these words; take one of them out").color(theme::WEAK)).wrap());
                }
                for preset in found {
                    row(ui, scene, preset);
                }
            });
        });
    }
}

fn row(ui: &mut Ui, scene: &mut Scene<'_>, preset: &'static Preset) {
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(preset.name()).strong()).wrap()).on_hover_text(format!("preset(\"{}\")", preset.word));
    ui.add(egui::Label::new(RichText::new(preset.description()).small().color(theme::TEXT)).wrap());
    let tags: Vec<&str> = preset.tags().collect();
    ui.add(egui::Label::new(RichText::new(format!("{} · {}", tags.join(", "), preset.author())).small().color(theme::WEAK)).wrap());
    ui.horizontal(|ui| {
        let play = ui.add(Button::new("Play").small());
        play.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Play {}", preset.name())));
        if play.on_hover_text("Plays it in place of the session that is there; undo brings that back").clicked() {
            play_it(scene, preset);
        }
        let load = ui.add(Button::new("Load into a new tab").small());
        load.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Load {} into a new tab", preset.name())));
        if load.on_hover_text("Opens its text to be read and changed; nothing plays otherwise until you run it").clicked() {
            let tab = scene.instance.scripts(|scripts| {
                scripts.open(preset.name(), preset.source.to_owned(), false);
                scripts.chosen().map(|tab| tab.id)
            });
            *scene.go_to = tab.map(|tab| Place { tab, line: 1 });
        }
    });
    ui.separator();
}

/// Runs a preset's script, and lets the song go where it stands.
fn play_it(scene: &Scene<'_>, preset: &Preset) {
    let engine = &scene.instance.engine;
    engine.run_script(preset.word, preset.source);
    if scene.view.playhead.playing {
        return;
    }
    if let Err(error) = engine.apply("play a preset", vec![Command::SetTransport { action: TransportAction::Start }]) {
        scene.instance.notify([Message { severity: Severity::Error, text: error.to_string(), line: None, column: None }]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_found_by_every_word_of_their_header() {
        for preset in PRESETS {
            let tag = preset.tags().next().unwrap_or_default();
            for wanted in ["", preset.word, &preset.name().to_uppercase(), tag, &format!("{tag} {}", preset.name())] {
                assert!(fits(preset, wanted), "{wanted} finds {}", preset.word);
            }
            assert!(!fits(preset, &format!("{tag} nosuchword")));
        }
    }
}
