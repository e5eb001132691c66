//! Shaders as parts of a session: their parameters in scripts, states, links, macros and patterns.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::time::Duration;

use crate::rig::Rig;
use videotracker_engine::{
    engine::{Engine, MediaRoots, SavedSession},
    module::{ParamKind, Value},
    name::Name,
    view::ViewFrame,
};

const OWN: &str = "//! A level.\n//! param level: 0..4 = 1  How much.\n//! whole sides: 3..9 = 4  Sides.\n//! toggle soft = true  Soft.\n//! choice mode: add, screen = screen  How.\nfn color(uv: vec2<f32>) -> vec4<f32> { return vec4<f32>(param.level + param.sides + param.soft + param.mode); }\n";

fn ran(engine: &Engine, script: &str) {
    let run = engine.run_script_and_wait("test", script);
    assert_eq!(run.error, None, "{script}");
}

/// A folder with `own.wgsl`, and an engine that looks for media there.
fn folder() -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.wgsl"), OWN).unwrap();
    let engine = Engine::empty();
    engine.set_media_roots(MediaRoots(vec![folder.path().to_owned()]));
    (folder, engine)
}

fn param(engine: &Engine, module: &str, param: &str) -> Option<Value> {
    engine.snapshot().project.modules[module].param(param)
}

#[test]
fn a_shaders_parameters_are_its_modules_by_name_range_and_default() {
    let (_folder, engine) = folder();
    ran(&engine, r#"videoSource("o", {shader = "own.wgsl", level = 2.5}) videoFx("k", {shader = "kaleid"})"#);
    let kind = engine.snapshot().project.modules["o"].module_type();
    let level = kind.param("level").unwrap().spec;
    assert_eq!((level.min, level.max, level.default, level.doc), (0.0, 4.0, 1.0, "How much."));
    assert_eq!(kind.param("mode").unwrap().spec.kind, ParamKind::Choice(&["add", "screen"]));
    for (name, value) in [
        ("level", Value::Number(2.5)),
        ("sides", Value::Number(4.0)),
        ("soft", Value::Bool(true)),
        ("mode", Value::Text(Name::new("screen"))),
    ] {
        assert_eq!(param(&engine, "o", name), Some(value), "{name}");
    }
    assert_eq!(engine.console_and_wait("get k sides").unwrap(), "k: sides = 4 (1 to 64)");
    assert_eq!(engine.console_and_wait("set o sides 20").unwrap_err(), "o: sides is 20, but takes a whole number from 3 to 9");
    assert!(engine.console_and_wait("info o").unwrap().contains("mode = screen (add, screen)"));
    assert_eq!(engine.console_and_wait("set k shader=rotate angle=90"), Ok(String::new()));
    assert_eq!((param(&engine, "k", "angle"), param(&engine, "k", "sides")), (Some(Value::Number(90.0)), None));
}

#[test]
fn running_the_script_again_changes_nothing() {
    let (_folder, engine) = folder();
    let script = r#"videoOut("screen") videoSource("o", {shader = "own.wgsl", level = 2}) videoFx("k", {shader = "kaleid", sides = 5}) connect("o", "k") connect("k", "screen")"#;
    ran(&engine, script);
    assert!(engine.wait_for_media(Duration::from_secs(10)));
    let version = engine.snapshot().version;
    ran(&engine, script);
    assert_eq!(engine.snapshot().version, version);
}

#[test]
fn another_shader_drops_what_moved_the_old_ones_parameters_and_undo_brings_it_back() {
    let (_folder, engine) = folder();
    ran(
        &engine,
        r#"videoFx("k", {shader = "kaleid", sides = 5}) videoSource("o", {shader = "osc"}) local r = engine:getParameterRouter()
           r:link("o.frequency", "k.sides", {scale = 0.1}) r:link("o.frequency", "k.opacity", {scale = 0.01}) macro(1, "m", {"k.sides", "k.mix"})"#,
    );
    let before = engine.snapshot().project.clone();
    ran(&engine, r#"videoFx("k", {shader = "rotate"})"#);
    let after = engine.snapshot().project.clone();
    assert_eq!(after.links.iter().map(|l| l.target.1.to_string()).collect::<Vec<_>>(), ["opacity"]);
    assert_eq!(after.macros[&0].targets.iter().map(|t| t.param.to_string()).collect::<Vec<_>>(), ["mix"]);
    assert!(engine.undo().is_some());
    assert_eq!(engine.snapshot().project, before);
    for refused in [r#"macro(1, "m", {"k.shader"})"#, r#"engine:getParameterRouter():link("o.opacity", "k.shader")"#] {
        assert!(engine.run_script_and_wait("test", refused).error.unwrap().contains("is a text"), "{refused}");
    }
}

#[test]
fn a_state_keeps_a_shaders_parameters_though_its_file_is_gone() {
    let (folder, engine) = folder();
    ran(&engine, r#"videoSource("o", {shader = "own.wgsl", level = 2}) videoFx("k", {shader = "kaleid", sides = 7}) connect("o", "k")"#);
    assert!(engine.wait_for_media(Duration::from_secs(10)));
    let saved = serde_json::to_string(&engine.save()).unwrap();
    std::fs::remove_file(folder.path().join("own.wgsl")).unwrap();
    let other = Engine::empty();
    let messages = other.restore(serde_json::from_str::<SavedSession>(&saved).unwrap());
    assert_eq!(messages, []);
    assert_eq!(param(&other, "o", "level"), Some(Value::Number(2.0)));
    assert_eq!(other.snapshot().project.modules, engine.snapshot().project.modules);
    assert!(engine.snapshot().project.assets.contains_key("own.wgsl"));
}

#[test]
fn the_generated_script_rebuilds_the_session() {
    let (_folder, engine) = folder();
    ran(
        &engine,
        r#"videoOut("s") videoSource("o", {shader = "own.wgsl", level = 2, mode = "add"}) videoFx("k", {shader = "modulate", amount = 0.5}) connect("o", "k")"#,
    );
    let (project, script) = (engine.snapshot().project.clone(), engine.generated_script());
    ran(&engine, r#"session{} videoFx("k", {shader = "kaleid", sides = 3})"#);
    ran(&engine, &script);
    assert_eq!(engine.snapshot().project, project, "{script}");
}

#[test]
fn a_loaded_session_reads_no_shader_that_nobody_trusts() {
    let (folder, engine) = folder();
    let secret = folder.path().join("own.wgsl").display().to_string().replace('\\', "/");
    ran(&engine, &format!("videoSource(\"o\", {{shader = \"{secret}\"}})"));
    assert!(engine.wait_for_media(Duration::from_secs(10)));
    assert!(engine.snapshot().shaders[&*secret].program.is_some());
    let other = Engine::empty();
    other.set_trust(videotracker_engine::trust::Trust::of_nobody());
    other.set_media_roots(MediaRoots(vec![folder.path().join("elsewhere")]));
    let saved = engine.save();
    let _ = other.restore(SavedSession { script: saved.script, draft: String::new(), project: saved.project });
    assert!(other.wait_for_media(Duration::from_secs(10)));
    let snapshot = other.snapshot();
    assert!(snapshot.shaders[&*secret].program.is_none(), "{:?}", snapshot.shaders);
}

/// The newest view of a running rig.
fn view(rig: &mut Rig, blocks: usize) -> ViewFrame {
    let mut reader = rig.engine.view_reader();
    rig.play(blocks);
    reader.read().clone()
}

fn shown(rig: &Rig, view: &ViewFrame, module: &str, param: &str) -> f32 {
    let snapshot = rig.engine.snapshot();
    let place = snapshot.project.modules[module].module_type().param(param).unwrap().index;
    view.video[..view.video_count].iter().find(|video| video.module == snapshot.ids[module]).unwrap().values[place]
}

#[test]
fn links_macros_and_triggers_reach_what_the_picture_is_drawn_from() {
    let mut rig = Rig::new(
        r#"session{} videoOut("screen") videoSource("o", {shader = "osc", frequency = 50}) videoFx("k", {shader = "kaleid"})
           engine:getParameterRouter():link("o.frequency", "k.sides", {scale = 10})
           sequencer("seq") connect("seq", "o") pattern("p", {{index = 0, sync = 3}, {}, {}, {}}, {stepsPerBeat = 1}) bind("seq", "p")"#,
    );
    let seen = view(&mut rig, 40);
    assert_eq!(shown(&rig, &seen, "o", "sync"), 3.0, "the trigger's value");
    assert_eq!(shown(&rig, &seen, "o", "frequency"), 50.0);
    let sides = shown(&rig, &seen, "k", "sides");
    assert!(sides > 1.0 && sides <= 64.0, "{sides}");
    assert!((seen.playhead.secs - seen.playhead.beat / 2.0).abs() < 1e-9, "{:?}", seen.playhead);
    // Another shader while it plays: the new one's controls count.
    ran(&rig.engine, r#"videoSource("o", {shader = "noise"}) pattern("p", {{index = 0, scale = 33}, {}, {}, {}}, {stepsPerBeat = 1})"#);
    let seen = view(&mut rig, 600);
    assert_eq!(shown(&rig, &seen, "o", "scale"), 33.0);
    // Setting it otherwise lets go of what a trigger held.
    ran(&rig.engine, r#"setParam("o", "scale", 20)"#);
    let seen = view(&mut rig, 8);
    assert_eq!(shown(&rig, &seen, "o", "scale"), 20.0);
}

#[test]
fn a_steps_values_reach_a_shader_file() {
    let (folder, _) = folder();
    let path = folder.path().join("own.wgsl").display().to_string().replace('\\', "/");
    let mut rig = Rig::new(&format!(
        r#"session{{}} videoSource("o", {{shader = "{path}"}}) sequencer("seq") connect("seq", "o")
           pattern("p", {{{{index = 0, values = {{level = 3.5, mode = 0}}}}, {{}}, {{}}, {{}}}}, {{stepsPerBeat = 1}}) bind("seq", "p")"#
    ));
    let seen = view(&mut rig, 40);
    assert_eq!((shown(&rig, &seen, "o", "level"), shown(&rig, &seen, "o", "mode"), shown(&rig, &seen, "o", "sides")), (3.5, 0.0, 4.0));
}

#[test]
fn song_seconds_run_on_through_a_change_of_tempo() {
    let mut rig = Rig::new(r#"session{} videoSource("o")"#);
    let first = view(&mut rig, 100).playhead;
    rig.bpm = 90.0;
    let second = view(&mut rig, 100).playhead;
    let real = 256.0 * 100.0 / crate::rig::RATE;
    assert!((second.secs - first.secs - real).abs() < 0.02, "{} after {}", second.secs, first.secs);
    rig.beat = 90.0;
    let third = view(&mut rig, 8).playhead;
    assert!((third.secs - 60.0).abs() < 0.1, "a jump counts from the song's start: {}", third.secs);
}

/// A pattern that sets parameters which only `own.wgsl` declares, played to a module that draws with it.
fn played(folder: &std::path::Path, pattern: &str) -> String {
    let path = folder.join("own.wgsl").display().to_string().replace('\\', "/");
    format!(
        r#"session{{}} videoSource("o", {{shader = "{path}"}}) sequencer("seq") connect("seq", "o") pattern("p", {pattern}) bind("seq", "p")"#
    )
}

/// `own.wgsl` with names that no built-in shader has.
const NEW: &str = "//! A level.\n//! param warmth: 0..4 = 1  How much.\n//! choice feel: dry, wet = wet  How.\nfn color(uv: vec2<f32>) -> vec4<f32> { return vec4<f32>(param.warmth + param.feel); }\n";

fn new_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.wgsl"), NEW).unwrap();
    folder
}

#[test]
fn a_shader_files_parameters_are_methods_of_patterns_and_columns_of_steps() {
    let folder = new_folder();
    for pattern in [
        r#"mini("0"):warmth("3.5"):feel("dry")"#,
        r#"mini("0*4"):every(1, function(x) return x:warmth(3.5) end):feel(0)"#,
        r#"{{index = 0, warmth = 3.5, feel = 0}, {}}"#,
        r#"{{index = 0, values = {warmth = 3.5, feel = 0}}, {}}, {columns = {"index", "warmth", "feel"}}"#,
        r#"mini("0"):warmth(sine:range(3.5, 3.5)):feel("dry")"#,
        r#"mini("0"):warmth(99):feel("dry"):warmth(3.5)"#,
    ] {
        let mut rig = Rig::new(&played(folder.path(), pattern));
        let seen = view(&mut rig, 40);
        assert_eq!((shown(&rig, &seen, "o", "warmth"), shown(&rig, &seen, "o", "feel")), (3.5, 0.0), "{pattern}");
        // The session as a script, and as a saved state, makes the same session.
        let project = rig.engine.snapshot().project.clone();
        ran(&rig.engine, "session{}");
        ran(&rig.engine, &rig_script(&project));
        assert_eq!(rig.engine.snapshot().project.patterns, project.patterns, "{pattern}");
        let other = Engine::empty();
        assert_eq!(other.restore(rig_saved(&project)), []);
        assert_eq!(other.snapshot().project.patterns, project.patterns, "{pattern}");
    }
}

fn rig_script(project: &videotracker_engine::project::Project) -> String {
    videotracker_engine::script::generate::generate(project)
}

fn rig_saved(project: &videotracker_engine::project::Project) -> SavedSession {
    SavedSession { project: project.clone(), ..SavedSession::default() }
}

#[test]
fn a_name_that_no_shader_of_the_session_declares_is_refused_with_the_nearest_one() {
    let folder = new_folder();
    for (pattern, why) in [
        (r#"mini("0"):warmt(1)"#, "a pattern has no \"warmt\"; did you mean \"warmth\"?"),
        (r#"{{index = 0, warmt = 1}}"#, "there is no parameter \"warmt\" that a step could set; did you mean \"warmth\"?"),
        (r#"{{index = 0, warmth = 9}}"#, "warmth is 9, but takes a number from 0 to 4"),
        (r#"mini("0").warmth(1)"#, "write pattern:warmth(…), with a colon"),
    ] {
        let engine = Engine::empty();
        let error = engine.run_script_and_wait("test", &played(folder.path(), pattern)).error.unwrap_or_default();
        assert!(error.contains(why), "{pattern}: {error}");
    }
    // Without such a module there is no such method.
    let error = Engine::empty().run_script_and_wait("test", r#"pattern("p", mini("0"):warmth(1))"#).error.unwrap_or_default();
    assert!(error.contains("a pattern has no \"warmth\""), "{error}");
}

#[test]
fn a_pattern_plays_on_when_its_shaders_parameter_is_gone_and_says_so() {
    let folder = new_folder();
    let mut rig = Rig::new(&played(folder.path(), r#"mini("0"):warmth("3.5")"#));
    assert_eq!(shown_now(&mut rig, "warmth"), 3.5);
    ran(&rig.engine, r#"videoSource("o", {shader = "osc"}) sampler("k", {samples = {"factory:kick"}}) connect("seq", "k")"#);
    let began = std::time::Instant::now();
    while !rig.engine.messages(0).iter().any(|(_, message)| message.text.contains("sets \"warmth\", which no module of the session has")) {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", rig.engine.messages(0));
        view(&mut rig, 4);
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut voices = 0;
    for _ in 0..400 {
        voices += view(&mut rig, 1).voice_count;
    }
    assert!(voices > 0, "the pattern still triggers");
    let restored = Engine::empty();
    let _ = restored.restore(rig.engine.save());
    assert_eq!(restored.snapshot().project.patterns, rig.engine.snapshot().project.patterns);
}

fn shown_now(rig: &mut Rig, param: &str) -> f32 {
    let seen = view(rig, 40);
    shown(rig, &seen, "o", param)
}
