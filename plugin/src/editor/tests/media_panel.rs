//! The panel of media.

use super::*;

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
