//! The panels with events as a window would give them, without a window.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, RawInput, Rect, pos2, vec2};
use videotracker_engine::{engine::Engine, module::Value, name::Name, project::Project};

use super::*;
use crate::{
    desk::Desk,
    drafts::{Keeper, Text},
};

/// An editor at its smallest comfortable size.
struct Bench {
    ctx: egui::Context,
    window: EditorWindow,
    host: HostControl,
    instance: Arc<Instance>,
    time: f64,
    tree: Option<egui::accesskit::TreeUpdate>,
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
        Self::of(Instance::new(Arc::new(Engine::empty())))
    }

    fn of(instance: Instance) -> Self {
        let instance = Arc::new(instance);
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        let window = EditorWindow::new(Arc::clone(&instance), Box::new(EngineVideo::new(Arc::clone(&instance))));
        let host = HostControl::new(Arc::new(HostParams::new(&instance)));
        let mut bench = Self { ctx, window, host, instance, time: 0.0, tree: None };
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
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(960.0, 640.0)));
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
        input.events.insert(0, Event::ModifiersChanged(modifiers));
        let mut output = self.ctx.run_ui(input, |ui| self.window.show(ui, &self.host));
        output.textures_delta.clear();
        self.tree = output.platform_output.accesskit_update;
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
const SESSION_TAB: (f32, f32) = (98.0, 60.0);

#[test]
fn typing_reaches_the_script_and_becomes_the_draft() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("bpm = 90");
    assert_eq!(bench.instance.draft().as_deref(), Some("bpm = 90"));
}

#[test]
fn a_loaded_text_replaces_what_the_editor_shows() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    bench.instance.set_draft("theirs".to_owned());
    bench.frame(vec![]);
    bench.write("!");
    assert_eq!(bench.instance.draft().map(|text| text.replace('!', "")).as_deref(), Some("theirs"));
}

#[test]
fn the_keys_for_running_run_and_write_no_line() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("print('a')\n\nprint('b')");
    for (key, modifiers) in
        [(Key::Enter, Modifiers::COMMAND), (Key::R, Modifiers::COMMAND), (Key::Enter, Modifiers::COMMAND | Modifiers::SHIFT)]
    {
        let runs = bench.instance.engine.last_run().0;
        bench.key(key, modifiers);
        let began = std::time::Instant::now();
        while bench.instance.engine.last_run().0 == runs && began.elapsed().as_secs() < 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(bench.instance.engine.last_run().0, runs + 1, "{key:?}");
    }
    assert_eq!(bench.instance.draft().as_deref(), Some("print('a')\n\nprint('b')"));
}

#[test]
fn a_console_line_is_answered_and_remembered() {
    let mut bench = Bench::new();
    bench.click(CONSOLE.0, CONSOLE.1);
    bench.write("nonsense");
    bench.key(Key::Enter, Modifiers::NONE);
    let began = std::time::Instant::now();
    while bench.instance.engine.messages(0).is_empty() && began.elapsed().as_secs() < 10 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(!bench.instance.engine.messages(0).is_empty());
    bench.write("list");
    bench.key(Key::Enter, Modifiers::NONE);
    assert_eq!(bench.instance.draft().as_deref(), Some(""));
}

#[test]
fn typing_in_the_session_makes_a_script_of_it() {
    let mut bench = Bench::new();
    bench.click(SESSION_TAB.0, SESSION_TAB.1);
    let generated = bench.instance.engine.generated_script();
    bench.click(CODE.0, CODE.1);
    bench.write("--x");
    let draft = bench.instance.draft().unwrap_or_default();
    assert!(draft.contains("--x") && draft.replace("--x", "") == generated, "{draft}");
}

fn samples(project: &Project, sampler: &str) -> Vec<String> {
    project.modules.get(sampler).map(|module| module.samples.iter().map(|s| s.asset.to_string()).collect()).unwrap_or_default()
}

#[test]
fn media_are_imported_by_path_and_by_dropping_and_undo_takes_them_off_again() {
    let mut bench = Bench::new();
    bench.click_on("Media");
    bench.click_on("Import…");
    bench.key(Key::A, Modifiers::COMMAND);
    bench.write("factory:kick");
    bench.key(Key::Enter, Modifiers::NONE);
    bench.until(|project| project.assets.contains_key("factory:kick"));
    bench.frame_with(vec![], &["/nowhere/it's a film.mov", "factory:counter"]);
    bench.until(|project| project.assets.contains_key("factory:counter"));
    assert!(bench.instance.engine.snapshot().project.assets.contains_key("/nowhere/it's a film.mov"));
    bench.click_on("factory:kick");
    bench.click_on("Forget");
    bench.until(|project| !project.assets.contains_key("factory:kick"));
    for _ in 0..4 {
        assert!(bench.instance.engine.undo().is_some());
    }
    assert!(bench.instance.engine.snapshot().project.assets.is_empty());
}

#[test]
fn what_is_dropped_on_a_samplers_name_and_what_its_plus_is_clicked_for_goes_to_that_sampler() {
    let mut bench = Bench::new();
    let script = "import('factory:counter') sampler('drum', {samples = {'factory:kick'}}) sampler('other')";
    assert_eq!(bench.instance.engine.run_script_and_wait("test", script).error, None);
    bench.click_on("Media");
    bench.click_on("factory:kick");
    let drum = bench.place("drum").center();
    bench.frame(vec![Event::PointerMoved(drum)]);
    bench.frame_with(vec![], &["factory:snare"]);
    bench.until(|project| samples(project, "drum") == ["factory:kick", "factory:snare"]);
    bench.click_on("factory:counter");
    bench.click_on("+ other");
    bench.until(|project| samples(project, "other") == ["factory:counter"]);
    let (from, to) = (bench.place("factory:kick").center(), bench.place("other").center());
    bench.drag(from, to);
    bench.until(|project| samples(project, "other") == ["factory:counter", "factory:kick"]);
    assert!(bench.instance.engine.undo().is_some());
    assert_eq!(samples(&bench.instance.engine.snapshot().project, "other"), ["factory:counter"]);
}

#[test]
fn an_edge_of_a_region_is_taken_by_hand_and_the_wheel_zooms() {
    let mut bench = Bench::new();
    assert_eq!(bench.instance.engine.run_script_and_wait("test", "sampler('drum', {samples = {'factory:kick'}})").error, None);
    let _processor = bench.instance.engine.activate(48_000.0);
    bench.click_on("Media");
    bench.click_on("factory:kick");
    let line = bench.place("time line of factory:kick");
    let start = |bench: &Bench| match bench.instance.engine.snapshot().project.modules["drum"].param("regionStart") {
        Some(Value::Number(share)) => share,
        other => panic!("{other:?}"),
    };
    bench.drag(line.left_center() + vec2(1.0, 0.0), line.center());
    assert!((start(&bench) - 0.5).abs() < 0.01, "{}", start(&bench));
    assert!(bench.instance.engine.undo().is_some());
    assert_eq!(start(&bench), 0.0);
    // Zoomed in on the right, the left edge is out of sight: the same hand moves the view, not the edge.
    bench.frame(vec![Event::PointerMoved(line.right_center() - vec2(20.0, 0.0))]);
    for _ in 0..40 {
        let wheel = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, 3.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        };
        bench.frame(vec![wheel]);
    }
    bench.drag(line.left_center() + vec2(1.0, 0.0), line.center());
    assert_eq!(start(&bench), 0.0);
}

#[test]
fn the_panel_of_media_and_what_is_chosen_in_it_are_saved_with_the_layout() {
    let mut bench = Bench::new();
    let _processor = bench.instance.engine.activate(48_000.0);
    for asset in ["factory:hat", "factory:kick"] {
        let command = videotracker_engine::command::Command::AddAsset { path: Name::new(asset) };
        bench.instance.engine.apply("list", vec![command]).unwrap_or_default();
    }
    assert!(bench.instance.engine.wait_for_media(std::time::Duration::from_secs(10)));
    bench.click_on("Media");
    bench.click_on("factory:kick");
    let layout = bench.instance.layout();
    assert!(layout.media_open && layout.media_chosen == "factory:kick", "{layout:?}");
    let window = EditorWindow::new(Arc::clone(&bench.instance), Box::new(EngineVideo::new(Arc::clone(&bench.instance))));
    bench.window = window;
    bench.frame(vec![]);
    assert!(bench.place("time line of factory:kick").is_positive());
}

#[test]
fn what_a_host_that_died_had_not_saved_is_offered_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = |texts: &[&str]| {
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        for text in texts {
            keeper.note(vec![Text { title: "Script".to_owned(), text: (*text).to_owned() }]);
        }
    };
    keeper(&["-- typed before it died"]);
    let desk = Arc::new(Desk::in_folder(folder.path().to_owned()));
    let mut bench = Bench::of(Instance::with_desk(Arc::new(Engine::empty()), desk));
    bench.click(400.0, 300.0);
    bench.write("-- typed here");
    assert_eq!(bench.instance.draft().as_deref(), Some("-- typed here"));
    bench.window.opened(None);
    let offered = |bench: &Bench| bench.instance.desk().drafts().offers(&[]).1.len();
    let began = std::time::Instant::now();
    while offered(&bench) == 0 {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.click_on("Open");
    bench.frame(vec![]);
    assert_eq!(bench.instance.draft().as_deref(), Some("-- typed before it died"));
    assert_eq!(offered(&bench), 0);
    // The text that was here is on the disk.
    drop(bench);
    let left = Keeper::in_folder(Some(folder.path().to_owned()));
    left.look();
    while left.offers(&[]).0 == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let texts: Vec<String> = left.offers(&[]).1.into_iter().map(|offer| offer.texts[0].text.clone()).collect();
    assert_eq!(texts, ["-- typed before it died", "-- typed here"]);
}

#[test]
fn damaged_originals_are_offered_for_export() {
    let mut bench = Bench::new();
    let mut kept = crate::state::kept::Kept::default();
    kept.add(b"no session at all");
    bench.instance.keep(kept);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.place("Export");
    bench.click_on("Forget");
    let began = std::time::Instant::now();
    while bench.instance.desk().kept_count().0 > 0 {
        assert!(began.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_panic_while_drawing_leaves_a_window_that_says_so() {
    crate::failure::provoke_next(crate::failure::Place::Editor);
    let instance = Arc::<Instance>::default();
    let params = Arc::new(HostParams::new(&instance));
    let mut app = App::new(&instance, &params, Box::new(EngineVideo::new(Arc::clone(&instance))));
    let ctx = egui::Context::default();
    theme::apply(&ctx);
    for frame in 0..3 {
        let mut output = ctx.run_ui(RawInput::default(), |ui| app.draw(ui));
        output.textures_delta.clear();
        let texts: Vec<String> = output
            .shapes
            .iter()
            .filter_map(|shape| match &shape.shape {
                egui::Shape::Text(text) => Some(text.galley.text().to_owned()),
                _ => None,
            })
            .collect();
        assert!(texts.iter().any(|text| text.contains("stopped")), "frame {frame}: {texts:?}");
    }
    assert!(instance.has_failed());
    assert!(instance.take_notices()[0].text.contains("drawing the editor"));
}
