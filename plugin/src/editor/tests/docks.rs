//! Panels: where they stand, and what they send.

use super::*;

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
fn nothing_in_a_strip_of_the_mixer_lies_over_something_else() {
    let mut bench = Bench::sized(vec2(1280.0, 800.0));
    assert_eq!(bench.instance.engine.run_script_and_wait("full", FULL).error, None);
    bench.panel("Mixer");
    bench.frame(vec![]);
    for names in
        [&["Mute main", "Bus of main: main", "Volume of main"][..], &["Mute drum1", "Solo drum1", "Pan of drum1", "Volume of drum1"]]
    {
        for (at, name) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                let shared = bench.place(name).intersect(bench.place(other));
                assert!(shared.width() < 0.5 || shared.height() < 0.5, "{name} and {other}: {shared}");
            }
        }
    }
}
