//! The panels with events as a window would give them, without a window.

use std::sync::Arc;

use egui::{Event, Key, Modifiers, PointerButton, RawInput, Rect, pos2, vec2};
use videotracker_engine::engine::Engine;

use super::*;

/// An editor at its smallest comfortable size.
struct Bench {
    ctx: egui::Context,
    window: EditorWindow,
    host: HostControl,
    instance: Arc<Instance>,
    time: f64,
}

impl Bench {
    fn new() -> Self {
        let instance = Arc::new(Instance::new(Arc::new(Engine::empty())));
        let ctx = egui::Context::default();
        theme::apply(&ctx);
        let window = EditorWindow::new(Arc::clone(&instance), Box::new(EngineVideo::new(Arc::clone(&instance.engine))));
        let host = HostControl::new(Arc::new(HostParams::new(&instance)));
        let mut bench = Self { ctx, window, host, instance, time: 0.0 };
        bench.frame(vec![]);
        bench.frame(vec![]);
        bench
    }

    fn frame(&mut self, events: Vec<Event>) {
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
        let mut input = RawInput { screen_rect, time: Some(self.time), events, ..RawInput::default() };
        input.events.insert(0, Event::ModifiersChanged(modifiers));
        let mut output = self.ctx.run_ui(input, |ui| self.window.show(ui, &self.host));
        output.textures_delta.clear();
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
