//! Lines above the code that offer what would else be lost: unsaved scripts of hosts that ended, and damaged originals.

use std::{sync::Arc, time::Duration};

use egui::{RichText, Ui};

use super::theme;
use crate::{drafts::Offer, instance::Instance};

/// How often a window looks for what the disk answers before it waits for something else to happen.
const GLANCES: u8 = 40;

/// The lines.
#[derive(Debug, Default)]
pub struct Offers {
    looks: u64,
    glances: u8,
    drafts: Vec<Offer>,
    /// How many damaged originals there were when the line about them was put away.
    seen: usize,
}

impl Offers {
    /// Looks for what there is, as a window opens.
    pub fn look(&mut self, instance: &Instance) {
        instance.desk().drafts().look();
        self.glances = GLANCES;
    }

    /// Shows what there is; nothing where there is nothing.
    pub fn show(&mut self, ui: &mut Ui, instance: &Arc<Instance>) {
        let script = instance.engine.snapshot().script.clone();
        let before = self.looks;
        (self.looks, self.drafts) = instance.scripts(|scripts| {
            let is_here = |text: &str| text == script.as_ref() || scripts.holds(text);
            instance.desk().drafts().offers(is_here)
        });
        if self.looks == before && self.glances > 0 {
            self.glances -= 1;
            ui.ctx().request_repaint_after(Duration::from_millis(50));
        } else {
            self.glances = 0;
        }
        let (kept, bytes) = instance.desk().kept_count();
        if kept < self.seen {
            self.seen = kept;
        }
        if let Some(offer) = self.drafts.first().cloned() {
            let more = if self.drafts.len() > 1 { format!(" ({} more)", self.drafts.len() - 1) } else { String::new() };
            let text = format!("An unsaved script was left behind {}{more}", offer.describe());
            line(ui, "unsaved script", &text, |ui| {
                if ui.button("Discard").on_hover_text("Puts it among the closed tabs").clicked() {
                    instance.scripts(|scripts| offer.texts.iter().for_each(|text| scripts.set_aside(&text.title, text.text.clone())));
                    instance.desk().drafts().discard(&offer);
                }
                if ui
                    .button("Open")
                    .on_hover_text("Shows it; the text that is here stays reachable, and what was closed is under Closed")
                    .clicked()
                {
                    instance.desk().open_draft(&offer);
                }
            });
        }
        if kept > self.seen {
            let what = if kept == 1 { "a damaged original".to_owned() } else { format!("{kept} damaged originals") };
            let text = format!("This session keeps {what} of what was loaded ({} KB)", bytes.div_ceil(1024));
            line(ui, "damaged originals", &text, |ui| {
                if ui.button("Later").on_hover_text("Puts this line away; kept ls lists them").clicked() {
                    self.seen = kept;
                }
                if ui.button("Forget").on_hover_text("They are not saved again").clicked() {
                    instance.engine.console("kept forget all");
                }
                if ui.button("Export").on_hover_text("Writes them to files in the folder of the user's data").clicked() {
                    instance.engine.console("kept export");
                }
            });
        }
    }
}

/// A line above the code that warns, with buttons.
pub(super) fn line(ui: &mut Ui, id: &str, text: &str, buttons: impl FnOnce(&mut Ui)) {
    coloured_line(ui, id, text, *theme::WARN, buttons);
}

/// A line above the code, with buttons.
pub(super) fn coloured_line(ui: &mut Ui, id: &str, text: &str, tint: egui::Color32, buttons: impl FnOnce(&mut Ui)) {
    egui::Panel::top(id.to_owned()).exact_size(30.0).resizable(false).frame(theme::bar()).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                buttons(ui);
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(egui::Label::new(RichText::new(text).color(tint)).truncate());
                });
            });
        });
    });
}
