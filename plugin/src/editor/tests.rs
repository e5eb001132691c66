//! The panels with events as a window would give them, without a window.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, RawInput, Rect, pos2, vec2};
use videotracker_engine::{engine::Engine, module::Value, name::Name, project::Project};

use super::*;

mod tracker;
mod undo;

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

mod tune;

const CODE: (f32, f32) = (300.0, 200.0);
const CONSOLE: (f32, f32) = (300.0, 602.0);

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
fn a_script_is_opened_and_saved_by_keys_and_by_lines_and_no_foreign_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let song = folder.path().join("my song.lua");
    let path = song.display().to_string();
    std::fs::write(&song, "-- one").unwrap();
    let mut bench = Bench::new();
    let line = |bench: &mut Bench, text: &str| {
        let answer = bench.instance.engine.console_and_wait(text);
        bench.frame(vec![]);
        answer
    };
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    assert_eq!(line(&mut bench, &format!("open '{path}'")), Ok(String::new()));
    assert_eq!(texts(&bench), (vec!["mine".into(), "-- one".into()], vec![]));
    bench.place("my song.lua");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.write("!");
    bench.place("my song.lua •");
    let patiently = |bench: &mut Bench, holds: &dyn Fn(&Bench) -> bool| {
        let began = std::time::Instant::now();
        while !holds(bench) {
            assert!(began.elapsed().as_secs() < 20, "{:?}", std::fs::read_to_string(&song));
            std::thread::sleep(std::time::Duration::from_millis(5));
            bench.frame(vec![]);
        }
        bench.frame(vec![]);
    };
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.scripts(|scripts| scripts.tabs()[1].file.is_some() && !scripts.tabs()[1].is_unsaved()));
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- one!");
    // Somebody else writes the file: nothing of theirs is lost without a word.
    std::fs::write(&song, "-- theirs").unwrap();
    bench.write("?");
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.desk().doubt().is_some());
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- theirs");
    bench.frame(vec![]);
    bench.click_on("Open it");
    patiently(&mut bench, &|bench| texts(bench).0.len() == 3);
    assert_eq!(texts(&bench).0, ["mine", "-- one!?", "-- theirs"]);
    bench.click_on("my song.lua •");
    bench.frame(vec![key(Key::S, CTRL)]);
    patiently(&mut bench, &|bench| bench.instance.desk().doubt().is_some());
    bench.frame(vec![]);
    bench.click_on("Overwrite");
    patiently(&mut bench, &|bench| {
        bench.instance.desk().doubt().is_none() && bench.instance.scripts(|scripts| !scripts.tabs()[1].is_unsaved())
    });
    assert_eq!(std::fs::read_to_string(&song).unwrap(), "-- one!?");
    // A tab without a file asks where.
    bench.click_on("Script");
    bench.frame(vec![key(Key::S, CTRL)]);
    bench.frame(vec![]);
    bench.key(Key::A, Modifiers::COMMAND);
    bench.write(&folder.path().join("other.lua").display().to_string());
    bench.key(Key::Enter, Modifiers::NONE);
    patiently(&mut bench, &|bench| bench.instance.scripts(|scripts| scripts.tabs()[0].file.is_some()));
    assert_eq!(std::fs::read_to_string(folder.path().join("other.lua")).unwrap(), "mine");
    bench.place("other.lua");
}

#[test]
fn an_error_names_its_tab_and_a_click_on_it_goes_there() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("-- fine");
    bench.click_on("+");
    bench.write("-- \nnonsense()");
    bench.click_on("Run all");
    let failed = |bench: &Bench| bench.instance.engine.messages(0).iter().any(|(_, message)| message.text.starts_with("Script 2:2"));
    let began = std::time::Instant::now();
    while !failed(&bench) {
        assert!(began.elapsed().as_secs() < 10, "{:?}", bench.instance.engine.messages(0));
        bench.frame(vec![]);
    }
    bench.frame(vec![]);
    bench.click_on("Script");
    // The line below the window says the same; in the console it goes over two rows.
    let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes);
    let says = |text: Option<&str>| text.is_some_and(|text| text.starts_with("Script 2:2"));
    let lines = nodes.filter(|(_, node)| says(node.value()) || says(node.label())).filter_map(|(_, node)| node.bounds());
    let line = lines.min_by(|a, b| a.y0.total_cmp(&b.y0)).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
    bench.click(line.x0 as f32 + 20.0, line.y0 as f32 + 4.0);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.write("-- ");
    assert_eq!(bench.instance.draft().as_deref(), Some("-- \n-- nonsense()"));
}

#[test]
fn the_bar_of_an_error_goes_with_the_line_that_was_wrong() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("nonsense()");
    bench.frame(vec![key(Key::Enter, CTRL | Modifiers::SHIFT)]);
    let began = std::time::Instant::now();
    while !bench.window.script_has_fault() {
        assert!(began.elapsed().as_secs() < 10);
        bench.frame(vec![]);
    }
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert!(!bench.window.script_has_fault(), "{:?}", bench.instance.draft());
}

#[test]
fn the_cursor_is_in_sight_at_both_ends_of_a_long_line() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    let line = format!("print('{}')", "long ".repeat(60));
    bench.write(&line);
    let places = |bench: &Bench| {
        let mut texts = bench.shapes.iter().filter_map(|shape| match &shape.shape {
            egui::Shape::Text(text) if text.galley.text() == line => Some((text.pos.x, text.galley.rect.width())),
            _ => None,
        });
        let (left, width) = texts.next_back().unwrap_or_else(|| panic!("the line is not drawn"));
        (left, left + width)
    };
    let code = 20.0..750.0;
    for _ in 0..3 {
        for (pressed, at_end) in [(Key::Home, false), (Key::End, true)] {
            bench.frame(vec![key(pressed, Modifiers::NONE)]);
            for _ in 0..20 {
                bench.frame(vec![]);
            }
            let (left, right) = places(&bench);
            assert!(code.contains(if at_end { &right } else { &left }), "{pressed:?}: {left} to {right}");
        }
    }
}

#[test]
fn the_console_follows_again_once_it_was_scrolled_down() {
    let mut bench = Bench::new();
    let say = |bench: &mut Bench, from: u32| {
        for number in from..from + 60 {
            let text = format!("line {number}");
            bench.instance.notify([videotracker_engine::snapshot::Message::warning(text)]);
        }
        for _ in 0..3 {
            bench.frame(vec![]);
        }
    };
    let sees = |bench: &Bench, text: &str| {
        let console = Rect::from_min_max(pos2(0.0, 440.0), pos2(760.0, 600.0));
        let nodes = bench.tree.iter().flat_map(|tree| &tree.nodes);
        // The line below the window may say the same.
        let mut found = nodes.filter(|(_, node)| node.value() == Some(text) || node.label() == Some(text));
        #[allow(clippy::cast_possible_truncation, reason = "points on a screen")]
        found.any(|(_, node)| node.bounds().is_some_and(|bounds| console.contains(pos2(bounds.x0 as f32 + 2.0, bounds.y0 as f32 + 2.0))))
    };
    let wheel = |bench: &mut Bench, lines: f32| {
        bench.frame(vec![Event::PointerMoved(pos2(300.0, 520.0))]);
        bench.frame(vec![Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, lines),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        }]);
        for _ in 0..30 {
            bench.frame(vec![]);
        }
    };
    say(&mut bench, 0);
    assert!(sees(&bench, "line 59"));
    wheel(&mut bench, 5.0);
    say(&mut bench, 60);
    assert!(!sees(&bench, "line 119"), "who reads is not disturbed");
    wheel(&mut bench, -200.0);
    say(&mut bench, 120);
    assert!(sees(&bench, "line 179"));
}

/// The texts of the tabs, and those of the closed ones.
fn texts(bench: &Bench) -> (Vec<String>, Vec<String>) {
    bench.instance.scripts(|scripts| {
        let open = scripts.tabs().iter().map(|tab| tab.text.clone()).collect();
        (open, scripts.closed().iter().map(|one| one.tab.text.clone()).collect())
    })
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

#[test]
fn typing_in_the_session_opens_a_tab_and_goes_on_there() {
    let (mut bench, generated) = in_session();
    bench.write("--x");
    bench.write("y");
    let (open, closed) = texts(&bench);
    assert_eq!((open.len(), open[0].as_str(), closed.len()), (2, "mine", 0));
    assert!(open[1].contains("--xy") && open[1].replace("--xy", "") == generated, "{}", open[1]);
}

#[test]
fn a_text_that_is_closed_or_replaced_can_be_opened_again() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one");
    bench.click_on("+");
    bench.write("two");
    bench.click_on("Close Script 2");
    assert_eq!(texts(&bench), (vec!["one".into()], vec!["two".into()]));
    bench.instance.set_draft("theirs".into());
    bench.frame(vec![]);
    assert_eq!(texts(&bench), (vec!["theirs".into()], vec!["two".into(), "one".into()]));
    bench.click_on("Closed (2)");
    bench.click_on("Script: one");
    assert_eq!(texts(&bench), (vec!["theirs".into(), "one".into()], vec!["two".into()]));
    bench.write("!");
    assert_eq!(bench.instance.draft().map(|text| text.replace('!', "")).as_deref(), Some("one"));
}

fn key(key: Key, modifiers: Modifiers) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

const CTRL: Modifiers = Modifiers { alt: false, ctrl: true, shift: false, mac_cmd: false, command: true };

#[test]
fn tab_indents_a_selection_and_no_key_of_a_terminal_erases() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one\ntwo");
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("  one\n  two"));
    bench.frame(vec![key(Key::Tab, Modifiers::SHIFT)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("one\ntwo"));
    for erases in [Key::K, Key::U, Key::W, Key::Tab] {
        bench.frame(vec![key(erases, CTRL)]);
        assert_eq!(bench.instance.draft().as_deref(), Some("one\ntwo"), "{erases:?}");
    }
}

#[test]
fn keys_that_come_in_one_frame_keep_their_order() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![]);
    let runs = bench.instance.engine.last_run().0;
    let typed = |text: &str| Event::Text(text.to_owned());
    bench.frame(vec![
        typed("a"),
        key(Key::Tab, Modifiers::NONE),
        typed("b"),
        key(Key::A, CTRL),
        key(Key::Tab, Modifiers::NONE),
        typed("c"),
    ]);
    for _ in 0..4 {
        bench.frame(vec![]);
    }
    assert_eq!(bench.instance.draft().as_deref(), Some("c"), "all is selected when c is typed");
    assert_eq!(bench.instance.engine.last_run().0, runs);
    bench.frame(vec![key(Key::A, CTRL), typed("print('x')"), key(Key::Enter, CTRL | Modifiers::SHIFT), key(Key::A, CTRL), typed("-")]);
    bench.until(|_| true);
    let began = std::time::Instant::now();
    while bench.instance.engine.last_run().0 == runs && began.elapsed().as_secs() < 10 {
        bench.frame(vec![]);
    }
    assert_eq!(
        bench.instance.engine.last_run().1.map(|run| run.messages.iter().map(|m| m.text.clone()).collect()),
        Some(vec!["x".to_owned()])
    );
}

#[test]
fn undo_takes_back_a_word_at_a_time_and_never_a_loaded_text() {
    let mut bench = Bench::new();
    bench.instance.set_draft("loaded ".into());
    bench.frame(vec![]);
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    for letter in "one two\nthree".chars() {
        let event = if letter == '\n' { key(Key::Enter, Modifiers::NONE) } else { Event::Text(letter.to_string()) };
        bench.frame(vec![event]);
    }
    for expected in ["loaded one two\n", "loaded one two", "loaded one ", "loaded ", "loaded "] {
        bench.frame(vec![key(Key::Z, CTRL)]);
        assert_eq!(bench.instance.draft().as_deref(), Some(expected));
    }
    for expected in ["loaded one ", "loaded one two"] {
        bench.frame(vec![key(Key::Z, CTRL | Modifiers::SHIFT)]);
        assert_eq!(bench.instance.draft().as_deref(), Some(expected));
    }
    bench.frame(vec![key(Key::Backspace, Modifiers::NONE)]);
    bench.instance.set_draft("another text".into());
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Z, CTRL)]);
    assert_eq!(bench.instance.draft().as_deref(), Some("another text"));
}

#[test]
fn a_clipboard_that_is_too_large_replaces_nothing() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("mine");
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![Event::Text("x\n".repeat(gestures::LONGEST))]);
    assert_eq!(bench.instance.draft().as_deref(), Some("mine"));
    bench.frame(vec![Event::Text("a\r\nb".to_owned())]);
    assert_eq!(bench.instance.draft().as_deref(), Some("a\nb"));
}

#[test]
fn a_block_runs_only_where_the_cursor_was_placed_and_a_button_does_not_move_it() {
    let mut bench = Bench::new();
    assert_eq!(bench.instance.engine.run_script_and_wait("s", "sampler('kept')").error, None);
    bench.instance.set_draft("session{}\n\nsampler('more')".into());
    bench.frame(vec![]);
    let before = bench.instance.engine.last_run().0;
    bench.click_on("Run block");
    bench.frame(vec![]);
    assert_eq!(bench.instance.engine.last_run().0, before, "nothing says which block is meant");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.click_on("Run block");
    bench.until(|project| project.modules.contains_key("more"));
    assert!(bench.instance.engine.snapshot().project.modules.contains_key("kept"));
    bench.write("!");
    assert!(bench.instance.draft().unwrap_or_default().ends_with("('more')!"), "the keys go to the text again");
}

#[test]
fn every_button_of_the_tabs_can_be_reached_in_the_smallest_window() {
    let mut bench = Bench::sized(vec2(SMALLEST.0, SMALLEST.1));
    let screen = Rect::from_min_size(pos2(0.0, 0.0), bench.size);
    for open in [true, false, true, false] {
        for name in ["Panels", "Session", "Run block", "Run all", "+"] {
            assert!(screen.contains_rect(bench.place(name)), "{name}: {:?}", bench.place(name));
        }
        bench.panel("Media");
        bench.frame(vec![]);
        assert_eq!(bench.is_open("media"), open);
        // As high as hands can make the panels.
        let mut layout = bench.instance.layout();
        layout.panels.values_mut().for_each(|place| place.size = 400.0);
        bench.instance.set_layout(layout);
        bench.instance.keep(Default::default());
        bench.frame(vec![]);
        bench.frame(vec![]);
        assert!(bench.window.code_height() >= 125.0, "open {open}: {}", bench.window.code_height());
    }
}

/// A session in which every panel has something to show.
const FULL: &str = "for i = 1, 12 do sampler('drum' .. i, {samples = {'factory:kick'}}) end audioMixer('mix') audioOut('main') \
    lfo('slow') connect('drum1', 'mix') connect('mix', 'main') connect('slow.value', 'drum1.pan') sequencer('seq') \
    pattern('p', 'kick hat') bind('seq', 'p') connect('seq', 'drum1')";

#[test]
fn every_panel_opens_closes_comes_back_from_a_state_and_stays_in_its_place_at_any_size() {
    let registry: Vec<_> = panels::all().iter().map(|panel| *panel.about()).collect();
    let mut names: Vec<_> = registry.iter().map(|about| about.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), registry.len(), "each has a name of its own");
    for (size, scale) in [(vec2(600.0, 400.0), 1.0), (vec2(1280.0, 800.0), 1.0), (vec2(1280.0, 800.0) / 2.0, 2.0)] {
        for about in &registry {
            let instance = Instance::new(Arc::new(Engine::empty()));
            let mut bench = Bench::with(instance, size);
            bench.scale = scale;
            assert_eq!(bench.instance.engine.run_script_and_wait("full", FULL).error, None);
            let drawn = |bench: &Bench| bench.window.drawn_panels().iter().find(|(name, ..)| *name == about.name).copied();
            if drawn(&bench).is_none() {
                bench.panel(about.title);
            }
            for _ in 0..3 {
                bench.frame(vec![]);
            }
            let screen = Rect::from_min_size(pos2(0.0, 0.0), bench.size / bench.ctx.zoom_factor());
            let (_, place, content) = drawn(&bench).unwrap_or_else(|| panic!("{} does not open at {size}", about.name));
            assert!(screen.expand(0.5).contains_rect(place), "{} at {size}: {place}, the screen is {screen}", about.name);
            assert!(place.expand(1.5).contains_rect(content), "{} at {size}: {content} leaves {place}", about.name);
            assert!(place.width() >= 100.0 && place.height() >= 50.0, "{} at {size}: {place}", about.name);
            assert!(bench.window.code_height() >= 60.0, "{} at {size} leaves {} for the code", about.name, bench.window.code_height());
            for name in [&format!("Panel {}", about.title), &format!("Close the panel {}", about.title), "Run all", "Panels"] {
                assert!(screen.contains_rect(bench.place(name)), "{name} at {size}: {}", bench.place(name));
            }
            // Through a saved state, with a panel that only a newer version knows.
            let mut layout = bench.instance.layout();
            let newer = crate::instance::Place { open: true, dock: "inside".into(), memory: "kept".into(), ..Default::default() };
            layout.panels.insert("of a newer version".into(), newer.clone());
            bench.instance.set_layout(layout);
            bench.instance.keep(Default::default());
            let state = crate::state::SessionField(Arc::downgrade(&bench.instance));
            let saved = nice_plug::params::persist::PersistentField::map(&state, Clone::clone);
            let other = Arc::new(Instance::new(Arc::new(Engine::empty())));
            let into = crate::state::SessionField(Arc::downgrade(&other));
            nice_plug::params::persist::PersistentField::set(&into, saved);
            assert_eq!(other.layout().panels.get(about.name), bench.instance.layout().panels.get(about.name), "{}", about.name);
            assert_eq!(other.layout().panels.get("of a newer version"), Some(&newer));
            assert!(other.take_notices().is_empty(), "{}", about.name);
            bench.click_on(&format!("Close the panel {}", about.title));
            bench.frame(vec![]);
            assert!(!bench.is_open(about.name) && drawn(&bench).is_none(), "{} does not close", about.name);
            assert!(!bench.instance.layout().panels["of a newer version"].memory.is_empty(), "it stays while panels come and go");
        }
    }
}

#[test]
fn a_state_from_before_panels_had_places_opens_as_it_was() {
    let old = r#"{"width": 900.0, "macro_page": 3, "console_height": 111.0, "media_open": true, "media_height": 200.0, "media_chosen": "factory:hat"}"#;
    let mut layout: crate::instance::Layout = serde_json::from_str(old).unwrap();
    panels::Panels::default().settle(&mut layout);
    let place = |name: &str| layout.panels[name].clone();
    assert_eq!((place("console").open, place("console").size), (true, 111.0));
    assert_eq!((place("media").open, place("media").size, place("media").memory.as_str()), (true, 200.0, "factory:hat"));
    assert_eq!((place("macros").open, place("macros").memory.as_str()), (true, "3"));
    let before = layout.clone();
    layout.say_formerly();
    assert_eq!(layout, before, "older versions find what they know");
}

#[test]
fn a_panel_is_moved_to_another_side_and_brought_to_the_front() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    bench.panel("Media");
    bench.click_on("Panel Console");
    bench.frame(vec![]);
    assert!(bench.window.drawn_panels().iter().any(|(name, ..)| *name == "console"));
    bench.click_on("Move the panel Console");
    bench.click_on("Put it on the left of the code");
    for _ in 0..3 {
        bench.frame(vec![]);
    }
    let names: Vec<_> = bench.window.drawn_panels().iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, ["macros", "console", "media"]);
    bench.frame(vec![key(Key::Num1, CTRL)]);
    bench.frame(vec![]);
    assert!(!bench.is_open("console"));
}

#[test]
fn a_window_in_which_nothing_moves_wants_no_picture() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("words");
    for _ in 0..100 {
        bench.frame(vec![]);
    }
    assert!(bench.next.as_secs() > 60, "{:?}", bench.next);
    bench.write("more");
    assert!(bench.next.as_secs_f32() < 1.0, "the cursor blinks while somebody is at work");
}

fn samples(project: &Project, sampler: &str) -> Vec<String> {
    project.modules.get(sampler).map(|module| module.samples.iter().map(|s| s.asset.to_string()).collect()).unwrap_or_default()
}

#[test]
fn media_are_imported_by_path_and_by_dropping_and_undo_takes_them_off_again() {
    let mut bench = Bench::new();
    bench.panel("Media");
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
    bench.panel("Media");
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
    bench.panel("Media");
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
    bench.panel("Media");
    bench.click_on("factory:kick");
    let layout = bench.instance.layout();
    assert!(bench.is_open("media") && layout.panels["media"].memory == "factory:kick", "{layout:?}");
    let window = EditorWindow::new(Arc::clone(&bench.instance), Box::new(EngineVideo::new(Arc::clone(&bench.instance))));
    bench.window = window;
    bench.frame(vec![]);
    assert!(bench.place("time line of factory:kick").is_positive());
}

#[test]
fn a_strangers_session_shows_what_it_wants_and_one_button_trusts_it() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let paths = ["one.fs", "two.wav"].map(|name| folder.path().join(name).display().to_string());
    std::fs::write(&paths[0], "/*{}*/ void main() { gl_FragColor = vec4(1.0); }").unwrap_or_default();
    let mut bench = Bench::new();
    bench.instance.engine.set_trust(videotracker_engine::trust::Trust::of_nobody());
    let _processor = bench.instance.engine.activate(48_000.0);
    let mut project = Project::default();
    for path in &paths {
        project.apply(&videotracker_engine::command::Command::AddAsset { path: Name::new(path) }).unwrap_or_else(|error| panic!("{error}"));
    }
    let _ = bench.instance.engine.restore(videotracker_engine::engine::SavedSession { project, ..Default::default() });
    bench.until(|project| project.assets.len() == 2);
    assert!(bench.is_open("media"), "the panel opens for the question");
    bench.place("2 not trusted");
    bench.click_on("Trust all 2 media");
    let began = std::time::Instant::now();
    while !bench.instance.engine.untrusted().is_empty() {
        assert!(began.elapsed().as_secs() < 10, "{:?}", bench.instance.engine.messages(0));
        bench.frame(vec![]);
    }
    assert!(bench.instance.engine.messages(0).iter().any(|(_, message)| message.text == "> trust all"), "the console knows it");
    bench.frame(vec![]);
    let shown =
        bench.tree.iter().flat_map(|tree| &tree.nodes).any(|(_, node)| node.label().is_some_and(|label| label.starts_with("Trust")));
    assert!(!shown, "it asks once");
}

#[test]
fn what_a_host_that_died_had_not_saved_is_offered_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = |texts: &[&str]| {
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        for text in texts {
            keeper.note(vec![Text { title: "Script".to_owned(), text: (*text).to_owned(), closed: false }]);
        }
    };
    keeper(&["-- typed before it died"]);
    let desk = Arc::new(Desk::in_folder(folder.path().to_owned()));
    let mut bench = Bench::of(Instance::with_desk(Arc::new(Engine::empty()), desk));
    bench.click(400.0, 300.0);
    bench.write("-- typed here");
    assert_eq!(bench.instance.draft().as_deref(), Some("-- typed here"));
    bench.window.opened(&bench.ctx, None, &RepaintNotifier::new());
    let offered = |bench: &Bench| bench.instance.desk().drafts().offers(|_| false).1.len();
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
    while left.offers(|_| false).0 == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let texts: Vec<String> = left.offers(|_| false).1.into_iter().flat_map(|offer| offer.texts).map(|text| text.text).collect();
    assert_eq!(texts, ["-- typed here", "-- typed before it died"]);
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

/// The library resizes a window with its zoom, one picture after the zoom was asked for, unless it is told a size.
#[test]
fn a_window_below_the_smallest_size_is_drawn_smaller_and_stays_as_it_is() {
    let mut bench = Bench::new();
    let (size, mut zoom, mut asked) = (vec2(600.0, 400.0), 1.0, Vec::new());
    for _ in 0..6 {
        bench.time += 0.1;
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), size / zoom));
        let input = RawInput { screen_rect, time: Some(bench.time), ..RawInput::default() };
        let mut output = bench.ctx.run_ui(input, |ui| bench.window.show(ui, &bench.host));
        output.textures_delta.clear();
        let now = bench.ctx.zoom_factor();
        let with_zoom = ((now - zoom).abs() > 1e-6).then(|| size / zoom * now);
        let mut told = output.viewport_output.values().flat_map(|output| &output.commands).filter_map(|command| match command {
            egui::ViewportCommand::InnerSize(size) => Some(*size * now),
            _ => None,
        });
        asked.extend(told.next_back().or(with_zoom));
        zoom = now;
    }
    assert!((zoom - 600.0 / 720.0).abs() < 0.01, "{zoom}");
    assert!(asked.iter().all(|asked| (*asked - size).abs().max_elem() < 1.5), "{asked:?}");
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

#[test]
fn what_can_stand_at_the_cursor_is_offered_and_taken_by_keys_alone() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    type_letters(&mut bench, "samp");
    assert!(!is_there(&bench, "sampler"), "letters alone open nothing");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    assert!(is_there(&bench, "sampler"));
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler");
    type_letters(&mut bench, "('k', {");
    assert!(is_there(&bench, "attackMs"), "a table offers its keys");
    bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!is_there(&bench, "attackMs"));
    type_letters(&mut bench, "vol");
    assert_eq!(draft(&bench), "sampler('k', {vol", "Escape left the keys where they were");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler('k', {volume = ");
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "sampler('k', {vol", "one undo takes it back");
    // A selection keeps its Tab.
    type_letters(&mut bench, ", ");
    bench.frame(vec![key(Key::Space, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![key(Key::A, CTRL)]);
    bench.frame(vec![key(Key::Tab, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "  sampler('k', {vol, ");
}

#[test]
fn a_list_that_nobody_asked_for_leaves_enter_and_arrows_take_it() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    type_letters(&mut bench, "s('bd'):");
    assert!(is_there(&bench, "add"));
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "s('bd'):\n");
    type_letters(&mut bench, "s('bd'):fas");
    bench.frame(vec![key(Key::Enter, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "s('bd'):\ns('bd'):fast");
}

#[test]
fn words_are_found_and_replaced_and_one_undo_brings_them_back() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("kick kick\nKick snare");
    bench.frame(vec![key(Key::H, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "kick kick\nKick snare", "it deletes nothing");
    bench.write("kick");
    bench.frame(vec![]);
    assert!(is_there(&bench, "3"), "three places");
    bench.click_on("Replace by");
    bench.write("drum");
    bench.click_on("All");
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "drum drum\ndrum snare");
    bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!is_there(&bench, "Replace by"));
    bench.frame(vec![key(Key::Z, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(draft(&bench), "kick kick\nKick snare");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::G, CTRL)]);
    bench.frame(vec![]);
    bench.frame(vec![]);
    bench.write("2");
    bench.key(Key::Enter, Modifiers::NONE);
    bench.frame(vec![]);
    bench.write("-- ");
    assert_eq!(draft(&bench), "kick kick\n-- Kick snare");
}

#[test]
fn keys_of_editors_that_people_know_do_here_what_they_do_there() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("one\ntwo");
    for (pressed, held, expected) in [
        (Key::Slash, CTRL, "one\n-- two"),
        (Key::Slash, CTRL, "one\ntwo"),
        (Key::D, CTRL, "one\ntwo\ntwo"),
        (Key::ArrowUp, Modifiers::ALT, "one\ntwo\ntwo"),
        (Key::ArrowUp, Modifiers::ALT, "two\none\ntwo"),
        (Key::ArrowDown, Modifiers::ALT, "one\ntwo\ntwo"),
        (Key::K, CTRL | Modifiers::SHIFT, "one\ntwo"),
        (Key::Enter, Modifiers::NONE, "one\n\ntwo"),
    ] {
        bench.frame(vec![key(pressed, held)]);
        bench.frame(vec![]);
        assert_eq!(draft(&bench), expected, "{pressed:?} {held:?}");
    }
    let before = bench.instance.layout().font_size;
    bench.frame(vec![key(Key::Plus, CTRL)]);
    bench.frame(vec![]);
    assert_eq!(bench.instance.layout().font_size, before + 1.0);
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

#[test]
fn a_run_says_what_changed_and_one_that_failed_that_nothing_did() {
    let mut bench = Bench::new();
    bench.click(CODE.0, CODE.1);
    bench.write("pattern('p', 'kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    assert!(bench.window.said().iter().any(|line| line == "Ran: 1 pattern added"), "{:?}", bench.window.said());
    bench.write(" nonsense()");
    run_and_wait(&mut bench, key(Key::Enter, CTRL));
    assert!(bench.window.said().iter().any(|line| line.starts_with("Nothing changed")), "{:?}", bench.window.said());
}

#[test]
fn one_undo_takes_back_texts_runs_and_panels_in_their_order() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    let first = bench.instance.engine.snapshot().project.clone();
    bench.click(CODE.0, CODE.1);
    bench.write("sampler('kick')");
    run_and_wait(&mut bench, key(Key::Enter, Modifiers::ALT));
    bench.panel("Mixer");
    bench.frame(vec![]);
    let fader = bench.place("Volume of kick");
    let ran = bench.instance.engine.snapshot().project.clone();
    bench.drag(fader.center(), fader.center_bottom());
    let moved = bench.instance.engine.snapshot().project.clone();
    assert_ne!(moved, ran, "the fader moved");
    bench.click(CODE.0, CODE.1);
    bench.frame(vec![key(Key::End, CTRL)]);
    bench.write("!");
    let snapshot = |bench: &Bench| bench.instance.engine.snapshot().project.clone();
    bench.click_on("Undo");
    assert_eq!((draft(&bench).as_str(), snapshot(&bench)), ("sampler('kick')", moved.clone()));
    bench.click_on("Undo");
    assert_eq!(snapshot(&bench), ran, "the whole drag goes back at once");
    bench.click_on("Undo");
    assert_eq!(snapshot(&bench), first);
    bench.click_on("Undo");
    assert_eq!(draft(&bench), "");
    for _ in 0..4 {
        bench.click_on("Redo");
    }
    assert_eq!((draft(&bench).as_str(), snapshot(&bench)), ("sampler('kick')!", moved));
}

#[test]
fn the_routing_list_and_the_mixers_switches_send_commands_that_undo_takes_back() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    assert_eq!(bench.instance.engine.run_script_and_wait("full", FULL).error, None);
    let before = bench.instance.engine.snapshot().project.clone();
    bench.panel("Routing");
    bench.frame(vec![]);
    bench.click_on("Search the routing");
    bench.write("mix");
    bench.frame(vec![]);
    bench.click_on("Remove the audio cable from drum1 to mix");
    let cables = |bench: &Bench| bench.instance.engine.snapshot().project.connections.len();
    assert_eq!(cables(&bench), before.connections.len() - 1);
    bench.click_on("Undo");
    assert_eq!(bench.instance.engine.snapshot().project, before);
    bench.panel("Mixer");
    bench.frame(vec![]);
    for name in ["Mute drum1", "Solo drum1", "Mute mix"] {
        bench.click_on(name);
        assert_ne!(bench.instance.engine.snapshot().project, before, "{name}");
        bench.click_on("Undo");
        assert_eq!(bench.instance.engine.snapshot().project, before, "{name}");
    }
}

#[test]
fn every_key_stands_in_the_list_that_f1_shows() {
    let mut bench = Bench::sized(vec2(1280.0, 1600.0));
    bench.frame(vec![key(Key::F1, Modifiers::NONE)]);
    for _ in 0..3 {
        bench.frame(vec![]);
    }
    for binding in keys::MAP.iter().filter(|binding| !binding.text.is_empty()) {
        assert!(is_there(&bench, binding.text), "{}", binding.text);
    }
    bench.frame(vec![key(Key::Escape, Modifiers::NONE)]);
    bench.frame(vec![]);
    assert!(!is_there(&bench, keys::MAP[0].text));
}

/// Says how long a picture of 5,000 lines takes; nothing depends on it.
#[test]
#[ignore = "measures"]
fn how_long_a_picture_of_five_thousand_lines_takes() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    let line = "local kick = s(\"bd*4 [hh sn]\"):fast(2):gain(0.8) -- a line like others\n";
    bench.instance.set_draft(line.repeat(5000));
    bench.frame(vec![]);
    bench.click(CODE.0, CODE.1);
    for _ in 0..5 {
        bench.frame(vec![]);
    }
    let mut time = |what: &str, event: &dyn Fn() -> Vec<Event>| {
        let began = std::time::Instant::now();
        for _ in 0..50 {
            bench.frame(event());
        }
        println!("{what}: {:.2} ms a picture", began.elapsed().as_secs_f64() * 20.0);
    };
    time("still", &Vec::new);
    let wheel = || {
        vec![Event::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, -3.0),
            phase: egui::TouchPhase::Move,
            modifiers: Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        }]
    };
    time("scrolling", &wheel);
    time("typing", &|| vec![Event::Text("x".to_owned())]);
}
