//! The mixer: a strip for each module that makes or takes sound, with meter, volume, pan, mute, solo and bus.
//!
//! Everything is a parameter of a module: its own volume and pan where it has them, else those of the input that it feeds; mute and
//! solo are those of the inputs that it feeds, or the module's own switch.

use egui::{Button, Color32, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use videotracker_engine::{
    command::Command,
    module::{ParamKind, PortKind, Role as Place, Value},
    name::Name,
    project::Project,
    snapshot::{Message, Severity},
    view::Meter,
};

use super::{
    panels::{About, Dock, Panel, Scene},
    theme,
};

/// Width of a strip.
const STRIP: f32 = 74.0;
/// What the meters show, in decibels below full scale.
const FLOOR: f32 = 60.0;
/// Pixels of drag from one end of a pan to the other.
const TRAVEL: f32 = 120.0;

/// The mixer.
#[derive(Debug, Default)]
pub struct Mixer;

/// A parameter that a strip moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Handle {
    /// The module that has it.
    pub module: Name,
    /// Its name there.
    pub param: Name,
    /// Its value, with toggles as 0 and 1.
    pub value: f64,
    /// Smallest, largest and usual value.
    pub range: [f64; 3],
}

impl Handle {
    fn of(project: &Project, module: &Name, param: &str) -> Option<Self> {
        let instance = project.modules.get(module)?;
        let found = instance.module_type().param(param)?;
        let value = instance.param(param)?;
        let value = found.spec.number_of(&value)?;
        let range = [found.spec.min, found.spec.max, found.spec.default];
        Some(Self { module: module.clone(), param: instance.module_type().canonical(found), value, range })
    }

    fn set(&self, value: Value) -> Command {
        Command::SetParameter { module: self.module.clone(), param: self.param.clone(), value }
    }
}

/// What a strip shows and moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The module.
    pub module: Name,
    /// Whether its sound leaves the plugin.
    pub is_out: bool,
    /// How loud.
    pub volume: Option<Handle>,
    /// Left to right.
    pub pan: Option<Handle>,
    /// What silences it: any of these.
    pub mute: Vec<Handle>,
    /// What silences the others.
    pub solo: Vec<Handle>,
    /// The host's bus it goes to, and the buses there are.
    pub bus: Option<(Handle, &'static [&'static str])>,
}

/// The strips of a session: outputs last.
#[must_use]
pub fn strips(project: &Project) -> Vec<Strip> {
    let mut found: Vec<Strip> = project.modules.keys().filter_map(|name| strip(project, name)).collect();
    found.sort_by_key(|strip| strip.is_out);
    found
}

fn strip(project: &Project, name: &Name) -> Option<Strip> {
    let kind = project.modules.get(name)?.module_type();
    let is_out = kind.role == Place::Master(PortKind::Audio);
    if !kind.sends(PortKind::Audio) && !is_out {
        return None;
    }
    // The inputs that it feeds: a receiver's input is counted among its cables of that kind.
    let mut counts = std::collections::BTreeMap::<&Name, usize>::new();
    let mut fed = Vec::new();
    for cable in project.connections.iter().filter(|cable| cable.kind == PortKind::Audio && cable.input().is_none()) {
        let count = counts.entry(&cable.to).or_default();
        if &cable.from == name {
            fed.push((cable.to.clone(), *count));
        }
        *count += 1;
    }
    let input = |param: &str| fed.iter().filter_map(|(to, at)| Handle::of(project, to, &format!("{param}_{at}"))).collect::<Vec<_>>();
    let own = |param: &str| Handle::of(project, name, param);
    let mute = input("connectionMute");
    // What only passes its inputs on when it is off can't silence anything so.
    let falls_silent = !kind.takes(PortKind::Audio) || !kind.per_input.is_empty();
    let bus = own("bus").and_then(|handle| match kind.param("bus")?.spec.kind {
        ParamKind::Choice(names) => Some((handle, names)),
        _ => None,
    });
    Some(Strip {
        module: name.clone(),
        is_out,
        volume: own("volume").or_else(|| input("connectionVolume").into_iter().next()),
        pan: own("pan").or_else(|| input("connectionPan").into_iter().next()),
        mute: if mute.is_empty() { own("enabled").filter(|_| falls_silent).into_iter().collect() } else { mute },
        solo: input("connectionSolo"),
        bus,
    })
}

/// Whether a switch of a strip is on. A module's own switch says the contrary: that it is not silent.
fn is_on(handles: &[Handle]) -> bool {
    !handles.is_empty() && handles.iter().all(|handle| (handle.value >= 0.5) != (&*handle.param == "enabled"))
}

/// The commands that turn a switch of a strip.
fn turned(handles: &[Handle], on: bool) -> Vec<Command> {
    handles.iter().map(|handle| handle.set(Value::Bool(on != (&*handle.param == "enabled")))).collect()
}

impl Panel for Mixer {
    fn about(&self) -> &'static About {
        &About {
            name: "mixer",
            title: "Mixer",
            hint: "Every module with a sound: meter, volume, pan, mute, solo and bus",
            dock: Dock::Below,
            size: 230.0,
            lowest: 150.0,
            open: false,
        }
    }

    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, _: &mut String) {
        let strips = strips(&scene.snapshot.project);
        if strips.is_empty() {
            let text = "Nothing sounds here yet: run a script, or add a module in the console with  add sampler";
            ui.centered_and_justified(|ui| ui.add(egui::Label::new(RichText::new(text).color(theme::WEAK)).wrap()));
            return;
        }
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            let height = (ui.available_height() - 4.0).max(128.0);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
                ui.add_space(6.0);
                for strip in &strips {
                    show(ui, scene, strip, height);
                }
                ui.add_space(6.0);
            });
        });
    }
}

fn send(scene: &Scene<'_>, commands: Vec<Command>) {
    let Some(label) = commands.first().map(Command::describe) else { return };
    if let Err(error) = scene.instance.engine.apply(&label, commands) {
        scene.instance.notify([Message { severity: Severity::Error, text: error.to_string(), line: None, column: None }]);
    }
}

fn show(ui: &mut Ui, scene: &Scene<'_>, strip: &Strip, height: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(STRIP, height), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    // What stands within the strip leaves the place of the next one alone.
    let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.painter().rect_filled(rect, 5.0, if strip.is_out { theme::WELL } else { theme::GROUND });
    let name = Rect::from_min_size(rect.min + vec2(4.0, 4.0), vec2(STRIP - 8.0, 14.0));
    let title = ui.interact(name, ui.scope_id().with(("strip", &*strip.module)), Sense::hover());
    let galley = egui::WidgetText::from(RichText::new(&*strip.module).size(11.5).color(theme::TEXT));
    let galley = galley.into_galley(ui, Some(egui::TextWrapMode::Truncate), name.width(), egui::TextStyle::Small);
    ui.painter().galley(pos2(name.center().x - galley.size().x / 2.0, name.top()), galley, *theme::TEXT);
    let kind = scene.snapshot.project.modules.get(&strip.module).map(|module| module.kind.to_string()).unwrap_or_default();
    title.widget_info(|| WidgetInfo::labeled(Role::Label, true, &*strip.module));
    title.on_hover_text(format!("{}: {kind}", strip.module));
    let mut bottom = rect.bottom() - 4.0;
    let mut row = |height: f32| {
        bottom -= height + 3.0;
        Rect::from_min_size(pos2(rect.left() + 4.0, bottom + 3.0), vec2(STRIP - 8.0, height))
    };
    if let Some((handle, names)) = &strip.bus {
        bus(ui, scene, strip, handle, names, row(18.0));
    }
    if !strip.mute.is_empty() || !strip.solo.is_empty() {
        switches(ui, scene, strip, row(18.0));
    }
    if let Some(handle) = &strip.pan {
        pan(ui, scene, handle, &format!("Pan of {}", strip.module), row(12.0));
    }
    let value = row(12.0);
    let top = name.bottom() + 4.0;
    let column = Rect::from_min_max(pos2(rect.left() + 4.0, top), pos2(rect.right() - 4.0, value.top() - 3.0));
    if column.height() > 12.0 {
        meter(ui, scene, &strip.module, Rect::from_min_max(pos2(column.right() - 14.0, column.top()), column.max));
        if let Some(handle) = &strip.volume {
            fader(ui, scene, handle, &format!("Volume of {}", strip.module), column.with_max_x(column.right() - 20.0));
        }
    }
    if let Some(handle) = &strip.volume {
        let text = if handle.value > 1e-4 { format!("{:+.1} dB", 20.0 * handle.value.log10()) } else { "−∞ dB".to_owned() };
        let font = egui::FontId::proportional(10.0);
        ui.painter().text(value.center(), egui::Align2::CENTER_CENTER, text, font, *theme::WEAK);
    }
}

/// Moves a parameter by drag and keys; double-click for the usual value. `axis` is what a drag counts along, in pixels of full travel.
fn moved(ui: &Ui, scene: &Scene<'_>, handle: &Handle, name: &str, rect: Rect, axis: egui::Vec2) -> egui::Response {
    let id = ui.scope_id().with((&*handle.module, &*handle.param));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let [min, max, usual] = handle.range;
    response.widget_info(|| WidgetInfo::slider(true, handle.value, name));
    let mut next = None;
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(id, handle.value));
    }
    if response.dragged() {
        let fine = if ui.input(|input| input.modifiers.shift) { 0.1 } else { 1.0 };
        let delta = response.drag_delta();
        let share = f64::from(delta.x * axis.x + delta.y * axis.y) * fine;
        // The session may answer late: the hand's position is kept here.
        let held = ui.data(|data| data.get_temp(id)).unwrap_or(handle.value);
        let value = share.mul_add(max - min, held).clamp(min, max);
        ui.data_mut(|data| data.insert_temp(id, value));
        next = (delta != egui::Vec2::ZERO).then_some(value);
    }
    if response.double_clicked() {
        next = Some(usual);
    }
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        let step = (max - min) / 50.0;
        let lock = egui::EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: false };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, lock));
        for (key, by) in
            [(egui::Key::ArrowUp, step), (egui::Key::ArrowRight, step), (egui::Key::ArrowDown, -step), (egui::Key::ArrowLeft, -step)]
        {
            if ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key)) {
                next = Some((handle.value + by).clamp(min, max));
            }
        }
        ui.painter().rect_stroke(rect.expand(1.0), 3.0, Stroke::new(1.0, theme::ACCENT), egui::StrokeKind::Outside);
    }
    // Four digits are more than a hand can aim at, and read well in the script.
    if let Some(value) = next.map(|value| (value * 1e4).round() / 1e4).filter(|value| (value - handle.value).abs() > 1e-9) {
        send(scene, vec![handle.set(Value::Number(value))]);
    }
    response.on_hover_text(format!("{name}: {}.{}\nDrag, Shift for fine, arrows; double-click for {usual}", handle.module, handle.param))
}

fn share(handle: &Handle) -> f32 {
    let [min, max, _] = handle.range;
    #[allow(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
    let share = ((handle.value - min) / (max - min)) as f32;
    share.clamp(0.0, 1.0)
}

fn fader(ui: &Ui, scene: &Scene<'_>, handle: &Handle, name: &str, rect: Rect) {
    let response = moved(ui, scene, handle, name, rect, vec2(0.0, -1.0 / rect.height().max(1.0)));
    let rail = Rect::from_center_size(rect.center(), vec2(4.0, rect.height()));
    ui.painter().rect_filled(rail, 2.0, theme::RAISED);
    let y = rect.bottom() - share(handle) * rect.height();
    ui.painter().rect_filled(rail.with_min_y(y), 2.0, theme::ACCENT);
    let knob = Rect::from_center_size(pos2(rect.center().x, y.clamp(rect.top() + 3.0, rect.bottom() - 3.0)), vec2(26.0, 7.0));
    ui.painter().rect_filled(knob, 2.0, if response.hovered() || response.dragged() { theme::TEXT } else { theme::WEAK });
}

fn pan(ui: &Ui, scene: &Scene<'_>, handle: &Handle, name: &str, rect: Rect) {
    let response = moved(ui, scene, handle, name, rect, vec2(1.0 / TRAVEL, 0.0));
    let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 6.0));
    ui.painter().rect_filled(bar, 3.0, theme::RAISED);
    let x = bar.left() + share(handle) * bar.width();
    let from = bar.center().x;
    ui.painter().rect_filled(Rect::from_x_y_ranges(from.min(x)..=from.max(x), bar.y_range()), 0.0, theme::ACCENT.gamma_multiply(0.6));
    let tint = if response.hovered() || response.dragged() { theme::TEXT } else { theme::WEAK };
    ui.painter().rect_filled(
        Rect::from_center_size(pos2(x.clamp(bar.left() + 2.0, bar.right() - 2.0), bar.center().y), vec2(4.0, 11.0)),
        2.0,
        tint,
    );
}

/// Peaks of both channels, with the mean as a line.
fn meter(ui: &Ui, scene: &Scene<'_>, module: &Name, rect: Rect) {
    let id = scene.snapshot.ids.get(module).copied();
    let meters = &scene.view.meters[..scene.view.meter_count];
    let Meter { peak, rms, .. } = meters.iter().find(|meter| Some(meter.module) == id).copied().unwrap_or_default();
    let share = |level: f32| ((20.0 * level.max(1e-6).log10() + FLOOR) / FLOOR).clamp(0.0, 1.0);
    for channel in 0..2 {
        let left = rect.left() + if channel == 0 { 0.0 } else { 8.0 };
        let bar = Rect::from_min_size(pos2(left, rect.top()), vec2(6.0, rect.height()));
        ui.painter().rect_filled(bar, 1.5, theme::RAISED);
        let tint = if peak[channel] >= 1.0 { theme::ERROR } else { theme::ACCENT };
        ui.painter().rect_filled(bar.with_min_y(bar.bottom() - share(peak[channel]) * bar.height()), 1.5, tint);
        let mean = bar.bottom() - share(rms[channel]) * bar.height();
        if share(rms[channel]) > 0.0 {
            ui.painter().hline(bar.x_range(), mean, Stroke::new(1.0, theme::TEXT));
        }
    }
}

fn switches(ui: &mut Ui, scene: &Scene<'_>, strip: &Strip, rect: Rect) {
    // A button is no higher than its row.
    ui.spacing_mut().button_padding = vec2(4.0, 1.0);
    ui.spacing_mut().interact_size.y = rect.height();
    let half = (rect.width() - 4.0) / 2.0;
    let all = [("M", "Mute", &strip.mute, theme::WARN, 0.0), ("S", "Solo", &strip.solo, theme::ACCENT, half + 4.0)];
    for (letter, word, handles, tint, x) in all {
        if handles.is_empty() {
            continue;
        }
        let on = is_on(handles);
        let place = Rect::from_min_size(rect.min + vec2(x, 0.0), vec2(half, rect.height()));
        let text = RichText::new(letter).size(11.0).color(if on { theme::GROUND } else { theme::TEXT });
        let button = ui.put(place, Button::new(text).fill(if on { tint } else { theme::RAISED }).min_size(place.size()));
        button.widget_info(|| WidgetInfo::selected(Role::Button, true, on, format!("{word} {}", strip.module)));
        if button.on_hover_text(format!("{word} {}", strip.module)).clicked() {
            send(scene, turned(handles, !on));
        }
    }
}

fn bus(ui: &mut Ui, scene: &Scene<'_>, strip: &Strip, handle: &Handle, names: &[&'static str], rect: Rect) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let now = names.get(handle.value.max(0.0) as usize).copied().unwrap_or_default();
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(("bus", &*strip.module)).max_rect(rect));
    child.spacing_mut().button_padding = vec2(4.0, 1.0);
    child.spacing_mut().interact_size.y = rect.height();
    let title =
        Button::new(RichText::new(now).size(11.0)).fill(theme::RAISED).min_size(rect.size()).stroke(Stroke::new(1.0, Color32::TRANSPARENT));
    let (response, _) = egui::containers::menu::MenuButton::from_button(title).ui(&mut child, |ui| {
        for name in names {
            if ui.add(Button::selectable(*name == now, *name)).clicked() {
                send(scene, vec![handle.set(Value::Text(Name::new(name)))]);
                ui.close();
            }
        }
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Bus of {}: {now}", strip.module)));
    response.on_hover_text("The host's bus that it goes to");
}

#[cfg(test)]
mod tests {
    use videotracker_engine::engine::Engine;

    use super::*;

    #[test]
    fn a_strip_moves_what_its_module_has_and_else_the_input_that_it_feeds() {
        let engine = Engine::empty();
        let script = "autoRoute(false) sampler('kick') audioMixer('mix') audioOut('out') oscilloscope('o') lfo('l') audioFx('fx') \
            connect('kick', 'fx') connect('fx', 'mix') connect('mix', 'out')";
        assert_eq!(engine.run_script_and_wait("s", script).error, None);
        let snapshot = engine.snapshot();
        let strips = strips(&snapshot.project);
        let names: Vec<&str> = strips.iter().map(|strip| &*strip.module).collect();
        assert_eq!(names.last(), Some(&"out"), "{names:?}");
        let strip = |name: &str| strips.iter().find(|strip| &*strip.module == name).unwrap();
        let moves = |handle: &Option<Handle>| handle.as_ref().map(|handle| format!("{}.{}", handle.module, handle.param));
        assert_eq!(moves(&strip("kick").volume).as_deref(), Some("kick.volume"));
        assert_eq!(moves(&strip("mix").volume).as_deref(), Some("mix.masterVolume"));
        assert_eq!(moves(&strip("fx").pan).as_deref(), Some("mix.connectionPan_0"));
        assert_eq!(strip("mix").mute[0].param.as_str(), "connectionMute_0");
        assert_eq!(strip("out").mute[0].param.as_str(), "enabled");
        assert!(strip("out").bus.is_some() && strip("out").solo.is_empty());
        for name in ["kick", "mix", "out"] {
            let before = engine.snapshot().project.clone();
            assert!(!is_on(&strip(name).mute), "{name}");
            engine.apply("mute", turned(&strip(name).mute, true)).unwrap();
            let now = super::strips(&engine.snapshot().project);
            assert!(is_on(&now.iter().find(|strip| &*strip.module == name).unwrap().mute), "{name}");
            assert!(engine.undo().is_some());
            assert_eq!(engine.snapshot().project, before, "{name}");
        }
    }
}
