//! The panel of macros: master volume, video opacity and the macros in pages of eight.

use egui::{RichText, Ui, vec2};
use nice_plug::params::{FloatParam, Param};
use videotracker_engine::{project::MACROS, snapshot::Snapshot};

use super::{
    host::HostControl,
    knob::knob,
    panels::{About, Dock, Panel, Scene},
    theme,
};

/// Macros on one page.
pub const PAGE: usize = 8;
/// Pages in all.
pub const PAGES: usize = MACROS / PAGE;

/// The panel of macros; its memory is the page that is seen, counted from 0.
#[derive(Debug, Default)]
pub struct Macros;

impl Panel for Macros {
    fn about(&self) -> &'static About {
        &About {
            name: "macros",
            title: "Macros",
            hint: "Master volume, opacity of the picture, and the host's 64 macros",
            dock: Dock::Right,
            size: 204.0,
            lowest: 190.0,
            open: true,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, memory: &mut String) {
        let mut page = memory.parse::<usize>().unwrap_or(0).min(PAGES - 1);
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 10, top: 0, bottom: 4 }).show(ui, |ui| {
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| show(ui, scene.host, scene.snapshot, &mut page));
        });
        *memory = page.to_string();
    }
}

/// Shows the knobs; `page` is which macros are seen.
fn show(ui: &mut Ui, host: &HostControl, snapshot: &Snapshot, page: &mut usize) {
    let params = &host.params;
    let half = (ui.available_width() - 8.0) / 2.0;
    let plain = |param: &FloatParam| param.normalized_value_to_string(param.modulated_normalized_value(), true);
    ui.horizontal(|ui| {
        knob(ui, host, &params.master, "Master", &plain(&params.master), vec2(half, 88.0)).on_hover_text("Master volume of the plugin");
        knob(ui, host, &params.opacity, "Video", &plain(&params.opacity), vec2(half, 88.0)).on_hover_text("Opacity of the whole picture");
    });
    ui.add_space(2.0);
    ui.separator();
    pages(ui, page);
    let rows = PAGE / 2;
    #[allow(clippy::cast_precision_loss, reason = "four rows")]
    let height = ((ui.available_height() - 6.0 * rows as f32) / rows as f32).clamp(62.0, 96.0);
    for row in 0..rows {
        ui.horizontal(|ui| {
            for index in [*page * PAGE + row * 2, *page * PAGE + row * 2 + 1] {
                let Some(param) = params.macros.get(index).map(|one| &one.value) else { continue };
                let name = u32::try_from(index).ok().and_then(|index| snapshot.project.macros.get(&index));
                let caption = name.map(|named| named.name.to_string()).filter(|name| !name.is_empty());
                let value = format!("{:.1} %", param.modulated_plain_value() * 100.0);
                let hint = hint(index, name.map(|named| &**named));
                knob(ui, host, param, &caption.unwrap_or_else(|| format!("Macro {}", index + 1)), &value, vec2(half, height))
                    .on_hover_text(hint);
            }
        });
    }
}

fn pages(ui: &mut Ui, page: &mut usize) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Macros").color(theme::WEAK));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add_enabled(*page + 1 < PAGES, egui::Button::new("›").small()).clicked() {
                *page += 1;
            }
            ui.label(format!("{}–{}", *page * PAGE + 1, (*page + 1) * PAGE));
            if ui.add_enabled(*page > 0, egui::Button::new("‹").small()).clicked() {
                *page -= 1;
            }
        });
    });
}

fn hint(index: usize, named: Option<&videotracker_engine::project::Macro>) -> String {
    let mut text = format!("Macro {}", index + 1);
    match named {
        Some(named) if !named.targets.is_empty() => {
            for target in &named.targets {
                text.push_str(&format!("\n{}.{}: {} … {}", target.module, target.param, target.min, target.max));
            }
        }
        _ => text.push_str("\nMap it in a script: macro(n, \"Name\", {…})"),
    }
    text
}
