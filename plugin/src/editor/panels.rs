//! Panels around the code: a type with one trait each. A new one is a file and a line in [`all`].
//!
//! A panel reads snapshot and view and sends commands. Which panels are open, and where, is kept by name in the layout, and with it
//! in the saved state. Each side of the window shows one of its open panels and a tab for each of them, so that the smallest
//! window has room for whatever is open.
//!
//! The docks are plain: a side, a front, a size. `egui_tiles` would let panels be split at will, but a saved tree of tiles is a
//! stranger's data structure to walk (a state may name circles), and it gives a panel no height of its own.

use std::time::Duration;

use egui::{Align, Button, Color32, Key, KeyboardShortcut, Layout as Flow, Modifiers, Pos2, Rect, RichText, Role, Stroke, Ui, WidgetInfo};
use videotracker_engine::{media::import::Progress, name::Name, snapshot::Snapshot, view::ViewFrame};

use super::{
    console::{Console, Log, Place as LinePlace},
    host::HostControl,
    macros::Macros,
    media::MediaPanel,
    mixer::Mixer,
    presets::Presets,
    routing::Routing,
    settings::SettingsPanel,
    theme,
    tracker::TrackerPanel,
};
use crate::instance::{Instance, Layout, Place};

/// Every panel, in the order of the menu.
#[must_use]
pub fn all() -> Vec<Box<dyn Panel>> {
    vec![
        Box::<Console>::default(),
        Box::<MediaPanel>::default(),
        Box::<Macros>::default(),
        Box::<Mixer>::default(),
        Box::<Routing>::default(),
        Box::<TrackerPanel>::default(),
        Box::<Presets>::default(),
        Box::<SettingsPanel>::default(),
    ]
}

/// Lowest height of the code, where the window allows it.
pub const CODE: f32 = 130.0;
/// Least width of the code.
const CODE_WIDTH: f32 = 320.0;
/// Height of the row of tabs above a panel.
const HEAD: f32 = 22.0;

/// A side of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dock {
    /// Below the code.
    Below,
    /// On its left.
    Left,
    /// On its right.
    Right,
}

impl Dock {
    const ALL: [Self; 3] = [Self::Below, Self::Left, Self::Right];

    const fn word(self) -> &'static str {
        match self {
            Self::Below => "below",
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Below => "Put it below the code",
            Self::Left => "Put it on the left of the code",
            Self::Right => "Put it on the right of the code",
        }
    }
}

/// What is known of a panel without showing it.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in saved states; it stays for ever.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// What it shows, in a sentence.
    pub hint: &'static str,
    /// Where it stands unless it was moved.
    pub dock: Dock,
    /// Height below or width beside the code unless it was changed, in logical pixels.
    pub size: f32,
    /// The smallest of that with which it can be used.
    pub lowest: f32,
    /// Whether it is open in a new session.
    pub open: bool,
}

/// What a panel is shown with.
pub struct Scene<'a> {
    /// The instance: commands go to its engine.
    pub instance: &'a Instance,
    /// Host parameters.
    pub host: &'a HostControl,
    /// The session.
    pub snapshot: &'a Snapshot,
    /// What plays.
    pub view: &'a ViewFrame,
    /// Imports under way.
    pub imports: &'a [(Name, Progress)],
    /// What was said.
    pub log: &'a mut Log,
    /// The place in a script that the window is to go to.
    pub go_to: &'a mut Option<LinePlace>,
}

/// A moment at which panels may open by themselves.
#[derive(Clone, Copy)]
pub enum Occasion<'a> {
    /// A session was loaded.
    Loaded(&'a Snapshot),
    /// Files are held over the window or were dropped on it.
    Files,
}

/// A panel.
pub trait Panel: std::fmt::Debug + Send {
    /// Its name and what else is known of it.
    fn about(&self) -> &'static About;

    /// Shows it; `memory` is kept with the layout.
    fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, memory: &mut String);

    /// Says that a picture is drawn without it.
    fn hidden(&mut self) {}

    /// In how long it wants its next picture, though nothing changes that the watch sees.
    fn wants_picture(&self) -> Option<Duration> {
        None
    }

    /// Whether it opens by itself.
    fn opens_for(&self, _: Occasion<'_>) -> bool {
        false
    }

    /// The sampler that files which are dropped there go to.
    fn sampler_at(&self, _: Pos2) -> Option<Name> {
        None
    }
}

/// The panels of a window.
#[derive(Debug)]
pub struct Panels {
    all: Vec<Box<dyn Panel>>,
    /// Name, place and content of each panel in the last picture.
    #[cfg(test)]
    pub drawn: Vec<(&'static str, Rect, Rect)>,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            all: all(),
            #[cfg(test)]
            drawn: Vec::new(),
        }
    }
}

/// The key that opens and closes the panel that stands at a place of the menu.
#[must_use]
pub fn shortcut(index: usize) -> Option<KeyboardShortcut> {
    const KEYS: [Key; 9] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    KEYS.get(index).map(|key| KeyboardShortcut::new(Modifiers::COMMAND, *key))
}

fn dock_of(about: &About, place: &Place) -> Dock {
    Dock::ALL.into_iter().find(|dock| dock.word() == place.dock).unwrap_or(about.dock)
}

impl Panels {
    /// Names and more of all panels, in the order of the menu.
    pub fn abouts(&self) -> impl Iterator<Item = &'static About> + '_ {
        self.all.iter().map(|panel| panel.about())
    }

    /// Gives each panel that a layout does not name its place.
    pub fn settle(&self, layout: &mut Layout) {
        for about in self.abouts() {
            if !layout.panels.contains_key(about.name) {
                let (open, size, memory) = layout.formerly(about.name).unwrap_or((about.open, about.size, String::new()));
                let size = if size > 0.0 { size } else { about.size };
                let place = Place { open, dock: about.dock.word().to_owned(), front: false, size, memory };
                layout.panels.insert(about.name.to_owned(), place);
            }
        }
    }

    /// Opens a panel in front of the others on its side, or closes it.
    pub fn set_open(&self, layout: &mut Layout, name: &str, open: bool) {
        let Some(about) = self.abouts().find(|about| about.name == name) else { return };
        let Some(dock) = layout.panels.get(name).map(|place| dock_of(about, place)) else { return };
        for other in self.abouts() {
            if let Some(place) = layout.panels.get_mut(other.name)
                && dock_of(other, place) == dock
            {
                let is_it = other.name == name;
                place.front = if open { is_it } else { place.front && !is_it };
                place.open = if is_it { open } else { place.open };
            }
        }
    }

    /// Whether a panel is open in front of the others on its side.
    #[must_use]
    pub fn is_seen(&self, layout: &Layout, name: &str) -> bool {
        Dock::ALL.into_iter().any(|dock| self.front(layout, dock).is_some_and(|at| self.all[at].about().name == name))
    }

    /// Opens a panel that is closed or behind another, and closes one that is seen.
    pub fn toggle(&self, layout: &mut Layout, name: &str) {
        self.set_open(layout, name, !self.is_seen(layout, name));
    }

    /// Opens what opens by itself; whether anything does.
    pub fn occasion(&self, layout: &mut Layout, occasion: Occasion<'_>) -> bool {
        let opening: Vec<&About> = self.all.iter().filter(|panel| panel.opens_for(occasion)).map(|panel| panel.about()).collect();
        opening.iter().for_each(|about| self.set_open(layout, about.name, true));
        !opening.is_empty()
    }

    /// The sampler that files which are dropped there go to.
    #[must_use]
    pub fn sampler_at(&self, at: Option<Pos2>) -> Option<Name> {
        self.all.iter().find_map(|panel| panel.sampler_at(at?))
    }

    /// In how long a picture is wanted though nothing changes that the watch sees.
    #[must_use]
    pub fn wants_picture(&self, layout: &Layout) -> Option<Duration> {
        let seen = Dock::ALL.into_iter().filter_map(|dock| self.front(layout, dock));
        seen.filter_map(|at| self.all[at].wants_picture()).min()
    }

    /// The places of the open panels of a side in [`all`].
    fn open_in(&self, layout: &Layout, dock: Dock) -> Vec<usize> {
        let is_open = |about: &About| layout.panels.get(about.name).is_some_and(|place| place.open && dock_of(about, place) == dock);
        self.all.iter().enumerate().filter(|(_, panel)| is_open(panel.about())).map(|(at, _)| at).collect()
    }

    /// The place of the panel of a side that is seen.
    fn front(&self, layout: &Layout, dock: Dock) -> Option<usize> {
        let open = self.open_in(layout, dock);
        let is_front = |at: &&usize| layout.panels.get(self.all[**at].about().name).is_some_and(|place| place.front);
        open.iter().find(is_front).or(open.first()).copied()
    }

    /// Begins a picture.
    pub fn begin(&mut self, layout: &Layout) {
        #[cfg(test)]
        self.drawn.clear();
        let seen: Vec<usize> = Dock::ALL.into_iter().filter_map(|dock| self.front(layout, dock)).collect();
        for (at, panel) in self.all.iter_mut().enumerate() {
            if !seen.contains(&at) {
                panel.hidden();
            }
        }
    }

    /// Shows a side, where something is open there.
    pub fn show(&mut self, ui: &mut Ui, dock: Dock, scene: &mut Scene<'_>, layout: &mut Layout) {
        let Some(front) = self.front(layout, dock) else { return };
        let tabs: Vec<&'static About> = self.open_in(layout, dock).into_iter().map(|at| self.all[at].about()).collect();
        let about = self.all[front].about();
        let Some(mut place) = layout.panels.get(about.name).cloned() else { return };
        let upright = dock != Dock::Below;
        let usual = dock == about.dock;
        // A panel that lies on its side is as large as its kin there.
        let (lowest, usual_size) = match (usual, upright) {
            (true, _) => (about.lowest + if upright { 0.0 } else { HEAD }, about.size),
            (false, true) => (240.0, 280.0),
            (false, false) => (170.0, 200.0),
        };
        let room = if upright { ui.available_width() - CODE_WIDTH } else { ui.available_height() - CODE };
        let (lowest, most) = (lowest, room.max(lowest));
        // A default size beyond the largest would raise that.
        let size = if place.size > 0.0 { place.size } else { usual_size }.clamp(lowest, most);
        let id = (about.name, dock.word());
        let panel = match dock {
            Dock::Below => egui::Panel::bottom(id),
            Dock::Left => egui::Panel::left(id),
            Dock::Right => egui::Panel::right(id),
        };
        let panel = panel.resizable(true).default_size(size).min_size(lowest).max_size(most).frame(theme::bar().inner_margin(0));
        let mut request = None;
        let shown = panel.show(ui, |ui| {
            request = head(ui, &tabs, about, dock);
            let inside = ui.available_rect_before_wrap();
            // What a panel draws beyond its place is cut off, and does not make the place larger.
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt(about.name).max_rect(inside));
            child.shrink_clip_rect(inside);
            self.all[front].show(&mut child, scene, &mut place.memory);
            ui.expand_to_include_rect(inside);
            (inside, child.min_rect())
        });
        #[cfg(test)]
        self.drawn.push((about.name, shown.inner.0, shown.inner.1));
        let rect: Rect = shown.response.rect;
        place.size = if upright { rect.width() } else { rect.height() }.round();
        layout.panels.insert(about.name.to_owned(), place);
        match request {
            Some(Request::Front(name)) => self.set_open(layout, name, true),
            Some(Request::Close(name)) => self.set_open(layout, name, false),
            Some(Request::Move(name, to)) => {
                if let Some(place) = layout.panels.get_mut(name) {
                    (place.dock, place.size) = (to.word().to_owned(), 0.0);
                }
                self.set_open(layout, name, true);
            }
            None => {}
        }
        if request.is_some() {
            ui.ctx().request_repaint();
        }
    }
}

/// What the row above a panel is clicked for.
enum Request {
    Front(&'static str),
    Close(&'static str),
    Move(&'static str, Dock),
}

/// The tabs of a side, and what can be done with the panel that is seen.
fn head(ui: &mut Ui, tabs: &[&'static About], front: &'static About, dock: Dock) -> Option<Request> {
    let mut request = None;
    let size = egui::vec2(ui.available_width(), HEAD);
    ui.allocate_ui_with_layout(size, Flow::right_to_left(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = egui::vec2(6.0, 1.0);
        let plain = |text: RichText| Button::new(text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE).small();
        let close = ui.add(plain(RichText::new("×").color(theme::WEAK))).on_hover_text(format!("Closes {}", front.title));
        close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close the panel {}", front.title)));
        if close.clicked() {
            request = Some(Request::Close(front.name));
        }
        let menu = egui::containers::menu::MenuButton::from_button(plain(RichText::new("…").color(theme::WEAK)));
        let (menu, _) = menu.ui(ui, |ui| {
            for to in Dock::ALL.into_iter().filter(|to| *to != dock) {
                if ui.button(to.hint()).clicked() {
                    request = Some(Request::Move(front.name, to));
                    ui.close();
                }
            }
        });
        menu.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Move the panel {}", front.title)));
        ui.with_layout(Flow::left_to_right(Align::Center), |ui| {
            ui.add_space(4.0);
            for about in tabs {
                let on = about.name == front.name;
                let text = RichText::new(about.title).size(12.0).color(if on { theme::ACCENT } else { theme::WEAK });
                let tab = ui.add(plain(text)).on_hover_text(about.hint);
                tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, format!("Panel {}", about.title)));
                if tab.clicked() && !on {
                    request = Some(Request::Front(about.name));
                }
            }
        });
    });
    request
}

/// The menu of all panels; the name of the one to open or close.
pub fn menu(ui: &mut Ui, panels: &Panels, layout: &Layout) -> Option<&'static str> {
    let mut request = None;
    let title = RichText::new("Panels").color(theme::WEAK);
    let menu = egui::containers::menu::MenuButton::from_button(Button::new(title).fill(Color32::TRANSPARENT).stroke(Stroke::NONE));
    menu.ui(ui, |ui| {
        for (at, about) in panels.abouts().enumerate() {
            let open = layout.panels.get(about.name).is_some_and(|place| place.open);
            let keys = shortcut(at).map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
            let button = Button::selectable(open, about.title).shortcut_text(keys);
            let button = ui.add(button).on_hover_text(about.hint);
            button.widget_info(|| WidgetInfo::selected(Role::Button, true, open, about.title));
            if button.clicked() {
                request = Some(about.name);
                ui.close();
            }
        }
    });
    request
}
