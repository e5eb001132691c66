//! The chain beside the grid: its entries with repeats and mutes, in an order that a hand can change.

use egui::{Align, Button, Color32, Label, Layout, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, vec2};
use videotracker_engine::{
    command::Command,
    name::Name,
    pattern::{Chain, ChainEntry, chain::MAX_REPEATS},
};

use super::{super::theme, fields, playing::Now};

/// Height of an entry.
const ROW: f32 = 22.0;

/// What the hand asks for.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The pattern to show.
    pub show: Option<Name>,
    /// What to change, and what that is called.
    pub change: Option<(String, Command)>,
}

/// What is asked of an entry.
enum Ask {
    Show,
    Repeats(u32),
    Mute,
    Move { from: usize, to: usize },
    Drop,
}

fn plain(text: RichText) -> Button<'static> {
    Button::new(text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE)
}

fn small(ui: &mut Ui, text: &str, tint: Color32, is_able: bool, name: &str) -> bool {
    let button = ui.add_enabled(is_able, plain(RichText::new(text).size(12.0).color(tint)).min_size(vec2(17.0, 18.0)));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, is_able, name));
    button.on_hover_text(name).clicked()
}

/// Shows a chain; `shown` is the pattern that the grid shows.
pub fn show(ui: &mut Ui, name: &Name, chain: &Chain, now: Option<&Now>, shown: Option<&Name>) -> Wanted {
    let mut wanted = Wanted::default();
    ui.spacing_mut().item_spacing = vec2(2.0, 1.0);
    ui.spacing_mut().button_padding = vec2(4.0, 1.0);
    ui.horizontal(|ui| {
        let on = ui.add(Button::selectable(chain.enabled, RichText::new("On").size(11.0)));
        on.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, chain.enabled, format!("Chain {name} plays")));
        if on.on_hover_text("Off: what plays the chain is silent").clicked() {
            let next = Chain { enabled: !chain.enabled, ..chain.clone() };
            wanted.change = Some(change(name, if next.enabled { "turn on" } else { "turn off" }, next));
        }
        if let Some(shown) = shown {
            let add = ui.add(Button::new(RichText::new(format!("+ {shown}")).size(11.0)).truncate());
            add.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Add {shown} to chain {name}")));
            if add.on_hover_text("Adds the pattern of the grid at the end").clicked() {
                let mut next = chain.clone();
                next.entries.push(ChainEntry { pattern: shown.clone(), repeats: 1, muted: false });
                wanted.change = Some(change(name, "add to", next));
            }
        }
        ui.add(Label::new(RichText::new(format!("Chain {name}")).small().color(*theme::WEAK)).truncate());
    });
    if chain.entries.is_empty() {
        ui.add(Label::new(RichText::new("No entries yet: + adds the pattern of the grid").small().color(*theme::WEAK)).wrap());
    }
    let area = ScrollArea::vertical().id_salt("chain").auto_shrink(false);
    area.show_rows(ui, ROW, chain.entries.len(), |ui, range| {
        for at in range {
            let ask = entry(ui, chain, at, now.filter(|now| now.entry == Some(at)), shown);
            match ask {
                Some(Ask::Show) => wanted.show = chain.entries.get(at).map(|entry| entry.pattern.clone()),
                Some(ask) => wanted.change = Some(asked(name, chain, at, &ask)),
                None => {}
            }
        }
    });
    wanted
}

fn change(name: &Name, word: &str, chain: Chain) -> (String, Command) {
    (format!("{word} chain {name}"), Command::SetChain { name: name.clone(), chain })
}

/// What becomes of the chain.
fn asked(name: &Name, chain: &Chain, at: usize, ask: &Ask) -> (String, Command) {
    let mut next = chain.clone();
    let word = match ask {
        Ask::Repeats(repeats) => {
            next.entries[at].repeats = *repeats;
            "repeat in"
        }
        Ask::Mute => {
            next.entries[at].muted ^= true;
            "mute in"
        }
        Ask::Move { from, to } => {
            let entry = next.entries.remove(*from);
            next.entries.insert((*to).min(next.entries.len()), entry);
            "reorder"
        }
        Ask::Drop => {
            next.entries.remove(at);
            "take out of"
        }
        Ask::Show => "show",
    };
    change(name, word, next)
}

fn entry(ui: &mut Ui, chain: &Chain, at: usize, now: Option<&Now>, shown: Option<&Name>) -> Option<Ask> {
    let entry = chain.entries.get(at)?;
    let mut ask = None;
    let size = vec2(ui.available_width(), ROW);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        let place = ui.max_rect();
        if now.is_some() {
            ui.painter().rect_filled(place, 3.0, theme::ACCENT.gamma_multiply(0.22));
        }
        let handle = ui.add(Label::new(RichText::new(format!("{at:02}")).monospace().size(11.0).color(*theme::WEAK)).sense(Sense::drag()));
        handle.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Drag entry {at}")));
        handle.dnd_set_drag_payload(at);
        let _ = handle.on_hover_cursor(egui::CursorIcon::Grab);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if small(ui, "×", *theme::WEAK, true, &format!("Take out entry {at}")) {
                ask = Some(Ask::Drop);
            }
            if small(ui, "⏷", *theme::WEAK, at + 1 < chain.entries.len(), &format!("Move entry {at} down")) {
                ask = Some(Ask::Move { from: at, to: at + 1 });
            }
            if small(ui, "⏶", *theme::WEAK, at > 0, &format!("Move entry {at} up")) {
                ask = Some(Ask::Move { from: at, to: at.saturating_sub(1) });
            }
            let tint = if entry.muted { *theme::WARN } else { *theme::WEAK };
            if small(ui, "M", tint, true, &format!("{} entry {at}", if entry.muted { "Unmute" } else { "Mute" })) {
                ask = Some(Ask::Mute);
            }
            let name = format!("Repeats of entry {at}");
            let hint = "How often it plays before the next entry";
            if let Some(repeats) = fields::number(ui, &name, hint, ("×", ""), entry.repeats.into(), 1.0..=MAX_REPEATS.into()) {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 99")]
                let repeats = repeats as u32;
                ask = Some(Ask::Repeats(repeats));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let is_shown = shown == Some(&entry.pattern);
                let tint = match (entry.muted, now.is_some()) {
                    (true, _) => *theme::GUTTER,
                    (_, true) => *theme::ACCENT,
                    _ => *theme::TEXT,
                };
                let mut text = entry.pattern.to_string();
                if let Some(now) = now.filter(|_| entry.repeats > 1) {
                    text.push_str(&format!(" {}/{}", now.repeat + 1, entry.repeats));
                }
                let button = ui.add(Button::selectable(is_shown, RichText::new(text).size(12.0).color(tint)).truncate());
                button.widget_info(|| WidgetInfo::selected(Role::Button, true, is_shown, format!("Entry {at}: {}", entry.pattern)));
                if button.clicked() {
                    ask = Some(Ask::Show);
                }
            });
        });
    });
    // A row is no widget of its own: what is dropped looks where the pointer is.
    let target = row.response;
    if let Some(pointer) = ui.input(|input| input.pointer.interact_pos()).filter(|point| target.rect.contains(*point))
        && egui::DragAndDrop::has_payload_of_type::<usize>(ui.ctx())
    {
        let above = pointer.y < target.rect.center().y;
        let y = if above { target.rect.top() } else { target.rect.bottom() };
        ui.painter().hline(target.rect.x_range(), y, Stroke::new(2.0, *theme::ACCENT));
        if ui.input(|input| input.pointer.any_released())
            && let Some(from) = egui::DragAndDrop::take_payload::<usize>(ui.ctx())
        {
            let before = at + usize::from(!above);
            let to = before - usize::from(*from < before);
            if to != *from && *from < chain.entries.len() {
                return Some(Ask::Move { from: *from, to });
            }
        }
    }
    ask
}
