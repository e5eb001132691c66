//! The window as a whole: its size, its pictures, its keys.

use super::*;

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

#[test]
fn the_list_of_keys_is_no_wider_than_its_title() {
    for size in [vec2(600.0, 400.0), vec2(1280.0, 800.0)] {
        let mut bench = Bench::sized(size);
        bench.frame(vec![key(Key::F1, Modifiers::NONE)]);
        for _ in 0..4 {
            bench.frame(vec![]);
        }
        let window = bench.ctx.memory(|memory| memory.area_rect(keys::list_id())).unwrap_or(Rect::NOTHING);
        assert!((window.width() - 560.0).abs() < 2.0, "{size}: {window}");
        for text in ["Run the whole script", "Close what is open above the code"] {
            assert!(bench.place(text).right() < window.right(), "{size}: {} in {window}", bench.place(text));
        }
    }
}

#[test]
fn no_button_is_out_of_reach_or_under_another_in_the_smallest_windows() {
    for size in [vec2(600.0, 400.0), vec2(SMALLEST.0, SMALLEST.1), vec2(901.0, 600.0)] {
        for is_called in [false, true] {
            let mut bench = Bench::sized(size);
            let _processor = is_called.then(|| bench.instance.engine.activate(48_000.0));
            for _ in 0..3 {
                bench.frame(vec![]);
            }
            let screen = Rect::from_min_size(pos2(0.0, 0.0), bench.size / bench.ctx.zoom_factor());
            let clock = if is_there(&bench, "internal clock") {
                "internal clock"
            } else if is_there(&bench, "not called") {
                "not called"
            } else {
                "the host isn't calling the plugin"
            };
            let names =
                ["Play", "Record", "Panic", "Undo", "Redo", clock, "Video window", "Script", "+", "File", "Edit", "Session", "Panels"];
            let places: Vec<_> = names.into_iter().chain(["Run block", "Run all"]).map(|name| (name, bench.place(name))).collect();
            for (at, (name, place)) in places.iter().enumerate() {
                assert!(screen.contains_rect(*place), "{name} at {size}: {place}, the screen is {screen}");
                for (other, there) in &places[at + 1..] {
                    let shared = place.intersect(*there);
                    assert!(shared.width() < 0.5 || shared.height() < 0.5, "{name} and {other} at {size}: {place} {there}");
                }
            }
            bench.click_on("Edit");
            bench.frame(vec![]);
            for name in ["Edit: Undo", "Edit: Panic", "Edit: Keys…"] {
                assert!(screen.contains_rect(bench.place(name)), "{name} at {size}: {}", bench.place(name));
            }
        }
    }
}
