//! The row of tabs above the code: script tabs, the session, closed texts, and what can be done with the code.

use egui::{Align, Button, Color32, Layout, RichText, ScrollArea, Stroke, Ui};
use videotracker_engine::presets::{PRESETS, Preset};

use super::{
    files,
    keys::{self, Act},
    panels::{self, Panels},
    theme,
};
use crate::{
    instance::{Instance, Layout as Places},
    scripts::Tab,
};

/// What the row is clicked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Show a script tab.
    Script(u64),
    /// Open an empty script tab.
    New,
    /// Close a script tab.
    Close(u64),
    /// Open a closed text again.
    Reopen(u64),
    /// Show the session.
    Session,
    /// Open or close a panel.
    Panel(&'static str),
    /// Open or save a script.
    File(files::Request),
    /// Open a preset in a tab and run it.
    Preset(&'static Preset),
    /// Run the chosen script tab.
    RunAll,
    /// Run the block under the cursor.
    RunBlock,
    /// Something that a key does as well.
    Act(Act),
}

/// Room for the button that opens an empty tab.
const PLUS: f32 = 28.0;
/// A row below this width stands closer together.
const NARROW: f32 = 760.0;

/// Shows the row; `session` says whether the session is shown instead of a script.
pub fn show(ui: &mut Ui, instance: &Instance, session: bool, panels: &Panels, places: &Places) -> Option<Request> {
    let mut request = None;
    if ui.available_width() < NARROW {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 6.0;
    }
    ui.horizontal_centered(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            // They keep their places in the Session view, so that no menu moves.
            let reads = "The Session view is read, not run; choose a script tab first";
            for (text, hint, of) in [
                ("Run all", "Ctrl+Shift+Enter, Alt+Enter or Ctrl+R", Request::RunAll),
                ("Run block", "Ctrl+Enter: the selection, else the block under the cursor", Request::RunBlock),
            ] {
                let button = ui.add_enabled(!session, Button::new(text)).on_hover_text(hint).on_disabled_hover_text(reads);
                if button.clicked() {
                    request = Some(of);
                }
            }
            ui.separator();
            request = panels::menu(ui, panels, places).map(Request::Panel).or(request);
            if flat(ui, "Session", session, "The whole session as Lua, as it stands; typing opens a script tab with a copy").clicked() {
                request = Some(Request::Session);
            }
            request = edit(ui, session).or(request);
            request = file(ui).or(request);
            ui.separator();
            request = closed(ui, instance).or(request);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let bar = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
                let room = (ui.available_width() - PLUS - ui.spacing().item_spacing.x).max(0.0);
                ScrollArea::horizontal().id_salt("script tabs").max_width(room).scroll_bar_visibility(bar).animated(false).show(ui, |ui| {
                    request = scripts(ui, instance, session).or(request);
                });
                if flat(ui, "+", false, "Opens an empty script tab").clicked() {
                    request = Some(Request::New);
                }
            });
        });
    });
    request
}

/// The script tabs, each with a cross where there are several. A tab that was just chosen comes in sight.
fn scripts(ui: &mut Ui, instance: &Instance, session: bool) -> Option<Request> {
    let mut request = None;
    let (tabs, chosen) = instance.scripts(|scripts| {
        let file = |tab: &Tab| tab.file.as_ref().map(|file| file.path.display().to_string());
        let of = |tab: &Tab| (tab.id, tab.name.clone(), tab.text.trim().is_empty(), tab.is_unsaved(), file(tab));
        let tabs: Vec<_> = scripts.tabs().iter().map(of).collect();
        (tabs, scripts.chosen().map(|tab| tab.id))
    });
    ui.spacing_mut().item_spacing.x = 2.0;
    let seen = egui::Id::unique("the tab that came in sight");
    for (id, name, empty, unsaved, file) in &tabs {
        let on = !session && chosen == Some(*id);
        let hint = match (file, unsaved) {
            (Some(file), true) => format!("{file}\nIt was changed since it was saved: Ctrl+S"),
            (Some(file), false) => file.clone(),
            (None, _) => "Your own text; it is saved with the session, and Ctrl+S saves it to a file".to_owned(),
        };
        let text = if *unsaved { format!("{name} •") } else { name.clone() };
        let mut tab = flat(ui, &text, on, &hint);
        if tab.clicked() {
            request = Some(Request::Script(*id));
        }
        if on && (tabs.len() > 1 || !empty) {
            let cross = Button::new(RichText::new("×").color(theme::WEAK)).small().fill(Color32::TRANSPARENT).stroke(Stroke::NONE);
            let cross = ui.add(cross).on_hover_text("Closes this tab; its text stays in the list of closed ones");
            cross.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Close {name}")));
            if cross.clicked() {
                request = Some(Request::Close(*id));
            }
            tab |= cross;
        }
        // Only then: who scrolls the row by hand is not called back. Another name or place moves the tab as well.
        let now = (*id, tabs.len(), text, ui.clip_rect().width().to_bits());
        if on && ui.data(|data| data.get_temp(seen)).as_ref() != Some(&now) {
            ui.data_mut(|data| data.insert_temp(seen, now));
            tab.scroll_to_me(None);
        }
    }
    request
}

/// What can be done with files, and the presets.
fn file(ui: &mut Ui) -> Option<Request> {
    let mut request = None;
    let title = RichText::new("File").color(theme::WEAK);
    let menu = egui::containers::menu::MenuButton::from_button(Button::new(title).fill(Color32::TRANSPARENT).stroke(Stroke::NONE));
    menu.ui(ui, |ui| {
        for (text, keys, of) in [
            ("Open…", "Ctrl+O", files::Request::Open),
            ("Save", "Ctrl+S", files::Request::Save),
            ("Save as…", "Ctrl+Shift+S", files::Request::SaveAs),
        ] {
            if ui.add(Button::new(text).shortcut_text(keys)).clicked() {
                request = Some(Request::File(of));
                ui.close();
            }
        }
        ui.separator();
        ui.menu_button("Presets", |ui| {
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for preset in PRESETS {
                    let hint =
                        format!("{}\nOpens in a tab and plays in place of what is there; undo brings that back.", preset.description());
                    if ui.button(preset.name()).on_hover_text(hint).clicked() {
                        request = Some(Request::Preset(preset));
                        ui.close();
                    }
                }
            });
        });
    });
    request
}

/// What can be done with the text and the session.
///
/// In the Session view nothing is looked for, so that those entries are grey there.
fn edit(ui: &mut Ui, session: bool) -> Option<Request> {
    let mut request = None;
    let title = RichText::new("Edit").color(theme::WEAK);
    let menu = egui::containers::menu::MenuButton::from_button(Button::new(title).fill(Color32::TRANSPARENT).stroke(Stroke::NONE));
    menu.ui(ui, |ui| {
        for (text, act) in [
            ("Undo", Act::Undo),
            ("Redo", Act::Redo),
            ("Find…", Act::Find),
            ("Replace…", Act::Replace),
            ("Go to line…", Act::GoToLine),
            ("Larger letters", Act::ZoomIn),
            ("Smaller letters", Act::ZoomOut),
            ("Hush", Act::Hush),
            ("Panic", Act::Panic),
            ("Keys…", Act::Help),
        ] {
            let can = !session || !matches!(act, Act::Find | Act::Replace | Act::GoToLine);
            let button = ui.add_enabled(can, Button::new(text).shortcut_text(keys::of(ui.ctx(), act)));
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, can, format!("Edit: {text}")));
            if button.clicked() {
                request = Some(Request::Act(act));
                ui.close();
            }
        }
    });
    request
}

/// The list of closed texts, where there are any.
fn closed(ui: &mut Ui, instance: &Instance) -> Option<Request> {
    let closed: Vec<_> =
        instance.scripts(|scripts| scripts.closed().iter().rev().map(|one| (one.tab.id, one.tab.name.clone(), one.line())).collect());
    if closed.is_empty() {
        return None;
    }
    let mut request = None;
    let title = RichText::new(format!("Closed ({})", closed.len())).color(theme::WEAK);
    let menu = ui.menu_button(title, |ui| {
        ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
            for (id, name, line) in &closed {
                if ui.button(format!("{name}: {line}")).on_hover_text("Opens this text in a tab again").clicked() {
                    request = Some(Request::Reopen(*id));
                    ui.close();
                }
            }
        });
    });
    menu.response.on_hover_text("Texts of tabs that were closed, and those that a loaded session took the place of");
    request
}

/// A word to click, without a frame.
fn flat(ui: &mut Ui, text: &str, on: bool, hint: &str) -> egui::Response {
    let text = RichText::new(text).color(if on { theme::ACCENT } else { theme::WEAK });
    ui.add(Button::new(text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE)).on_hover_text(hint)
}
