//! The panels with events as a window would give them, without a window.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, RawInput, Rect, pos2, vec2};
use videotracker_engine::{engine::Engine, module::Value, name::Name, project::Project};

use super::*;
use crate::{
    desk::Desk,
    drafts::{Keeper, Text},
};

mod completing;
mod console_lines;
mod docks;
mod finding;
mod media_panel;
mod offered_texts;
mod running;
mod script_tabs;
mod tracker;
mod tune;
mod undo;
mod user_settings;
mod whole_window;
mod writing;

/// An editor at its smallest comfortable size.
struct Bench {
    ctx: egui::Context,
    window: EditorWindow,
    host: HostControl,
    instance: Arc<Instance>,
    time: f64,
    /// The window's size in logical pixels, and pixels of the screen for each.
    size: egui::Vec2,
    scale: f32,
    tree: Option<egui::accesskit::TreeUpdate>,
    /// When the window wants its next picture.
    next: std::time::Duration,
    shapes: Vec<egui::epaint::ClippedShape>,
}

/// A file as a window's system drops it.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("nobody reads it".to_owned())
    }
}

impl Bench {
    fn new() -> Self {
        Self::sized(vec2(960.0, 640.0))
    }

    fn sized(size: egui::Vec2) -> Self {
        Self::with(Instance::new(Arc::new(Engine::empty())), size)
    }

    fn of(instance: Instance) -> Self {
        Self::with(instance, vec2(960.0, 640.0))
    }

    fn with(instance: Instance, size: egui::Vec2) -> Self {
        let instance = Arc::new(instance);
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        let window = EditorWindow::new(Arc::clone(&instance), Box::new(EngineVideo::new(Arc::clone(&instance))));
        let host = HostControl::new(Arc::new(HostParams::new(&instance)));
        let mut bench =
            Self { ctx, window, host, instance, time: 0.0, size, scale: 1.0, tree: None, next: Default::default(), shapes: Vec::new() };
        bench.ctx.enable_accesskit();
        bench.frame(vec![]);
        bench.frame(vec![]);
        bench
    }

    fn frame(&mut self, events: Vec<Event>) {
        self.frame_with(events, &[]);
    }

    /// A frame in which files are dropped, too.
    fn frame_with(&mut self, events: Vec<Event>, dropped: &[&str]) {
        self.time += 0.1;
        // A window that is drawn smaller holds more points.
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), self.size / self.ctx.zoom_factor()));
        let modifiers = events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Key { modifiers, .. } => Some(*modifiers),
                _ => None,
            })
            .unwrap_or_default();
        let dropped_files = dropped.iter().map(|path| Arc::new(Dropped(path.into())) as egui::DroppedFileHandle).collect();
        let mut input = RawInput { screen_rect, time: Some(self.time), events, dropped_files, ..RawInput::default() };
        if let Some(viewport) = input.viewports.get_mut(&egui::ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        // Any event makes egui draw once more.
        if !input.events.is_empty() {
            input.events.insert(0, Event::ModifiersChanged(modifiers));
        }
        let mut output = self.ctx.run_ui(input, |ui| self.window.show(ui, &self.host));
        output.textures_delta.clear();
        self.next = output.viewport_output.values().map(|output| output.repaint_delay).min().unwrap_or_default();
        self.tree = output.platform_output.accesskit_update;
        self.shapes = output.shapes;
    }

    /// Where something with this name stands, as a screen reader would be told.
    fn place(&self, name: &str) -> Rect {
        let nodes = self.tree.iter().flat_map(|tree| &tree.nodes);
        let bounds = nodes.filter(|(_, node)| node.label() == Some(name) || node.value() == Some(name)).find_map(|(_, node)| node.bounds());
        let bounds = bounds.unwrap_or_else(|| panic!("nothing is called {name}"));
        #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
        let at = |x: f64, y: f64| pos2(x as f32, y as f32);
        Rect::from_min_max(at(bounds.x0, bounds.y0), at(bounds.x1, bounds.y1))
    }

    fn click_on(&mut self, name: &str) {
        let place = self.place(name).center();
        self.click(place.x, place.y);
        self.frame(vec![]);
    }

    /// Opens or closes a panel through the menu.
    fn panel(&mut self, title: &str) {
        self.click_on("Panels");
        self.click_on(title);
        self.frame(vec![]);
    }

    fn is_open(&self, panel: &str) -> bool {
        self.instance.layout().panels.get(panel).is_some_and(|place| place.open)
    }

    /// Presses at one place, moves to another, lets go.
    fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) {
        let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        self.frame(vec![Event::PointerMoved(from)]);
        self.frame(vec![button(from, true)]);
        for share in [0.3, 0.7, 1.0] {
            self.frame(vec![Event::PointerMoved(from + (to - from) * share)]);
        }
        self.frame(vec![button(to, false)]);
        self.frame(vec![]);
    }

    /// Frames until something holds, ten seconds at most.
    fn until(&mut self, holds: impl Fn(&Project) -> bool) {
        let began = std::time::Instant::now();
        while !holds(&self.instance.engine.snapshot().project) {
            assert!(began.elapsed().as_secs() < 10, "{:?}", self.instance.engine.messages(0));
            std::thread::sleep(std::time::Duration::from_millis(5));
            self.frame(vec![]);
        }
        self.frame(vec![]);
        self.frame(vec![]);
    }

    fn click(&mut self, x: f32, y: f32) {
        let pos = pos2(x, y);
        let button = |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        self.frame(vec![Event::PointerMoved(pos)]);
        self.frame(vec![button(true)]);
        self.frame(vec![button(false)]);
    }

    fn key(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            self.frame(vec![Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }]);
        }
    }

    fn write(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.to_owned())]);
        self.frame(vec![]);
    }
}

const CODE: (f32, f32) = (300.0, 200.0);
const CONSOLE: (f32, f32) = (300.0, 602.0);

/// A session in which every panel has something to show.
const FULL: &str = "for i = 1, 12 do sampler('drum' .. i, {samples = {'factory:kick'}}) end audioMixer('mix') audioOut('main') \
    lfo('slow') connect('drum1', 'mix') connect('mix', 'main') connect('slow.value', 'drum1.pan') sequencer('seq') \
    pattern('p', 'kick hat') bind('seq', 'p') connect('seq', 'drum1')";

fn key(key: Key, modifiers: Modifiers) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

const CTRL: Modifiers = Modifiers { alt: false, ctrl: true, shift: false, mac_cmd: false, command: true };

/// The texts of the tabs, and those of the closed ones.
fn texts(bench: &Bench) -> (Vec<String>, Vec<String>) {
    bench.instance.scripts(|scripts| {
        let open = scripts.tabs().iter().map(|tab| tab.text.clone()).collect();
        (open, scripts.closed().iter().map(|one| one.tab.text.clone()).collect())
    })
}

/// What stands in the window under a name, if anything does.
fn is_there(bench: &Bench, name: &str) -> bool {
    bench.tree.iter().flat_map(|tree| &tree.nodes).any(|(_, node)| node.label() == Some(name) || node.value() == Some(name))
}

fn draft(bench: &Bench) -> String {
    bench.instance.draft().unwrap_or_default()
}

fn type_letters(bench: &mut Bench, text: &str) {
    for letter in text.chars() {
        bench.frame(vec![Event::Text(letter.to_string())]);
    }
    bench.frame(vec![]);
}

fn run_and_wait(bench: &mut Bench, keys: Event) {
    let runs = bench.instance.engine.last_run().0;
    bench.frame(vec![keys]);
    let began = std::time::Instant::now();
    while bench.instance.engine.last_run().0 == runs {
        assert!(began.elapsed().as_secs() < 10);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for _ in 0..3 {
        bench.frame(vec![]);
    }
}

/// An editor with a text of one's own and the cursor in the Session view, and what that shows.
fn in_session() -> (Bench, String) {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    bench.click_on("Session");
    let generated = bench.instance.engine.generated_script();
    bench.click(CODE.0, CODE.1);
    (bench, generated)
}
