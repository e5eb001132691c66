//! Undo, redo and loaded states.

use std::sync::Arc;

use crate::rig::{Rig, SONG};
use arc_swap::ArcSwap;
use proptest::prelude::*;
use videotracker_engine::{
    command::{Command, PatternAction},
    control::Controller,
    engine::{Engine, SavedSession},
    module::{PortKind, Value},
    name::Name,
    pattern::{Chain, ChainEntry, Cycle, Pattern, Step, Tracker},
    project::{Curve, Link, Macro, MacroTarget, Project, Sample, Source},
    script::Vm,
    snapshot::Snapshot,
    view::Playhead,
};

fn name(stem: &'static str, count: u32) -> impl Strategy<Value = Name> {
    (0..count).prop_map(move |n| Name::new(&format!("{stem}{n}")))
}

fn module() -> impl Strategy<Value = Name> {
    name("m", 6)
}

/// Any command, sensible or not: what is refused must change nothing either.
fn command() -> impl Strategy<Value = Command> {
    let kinds = prop::sample::select(vec![
        "sampler",
        "sequencer",
        "audioMixer",
        "audioOut",
        "videoMixer",
        "videoOut",
        "oscilloscope",
        "spectrogram",
        "midiIn",
    ]);
    let params = prop::sample::select(vec!["volume", "pan", "enabled", "masterVolume", "connectionVolume_0", "swing", "opacity"]);
    let kind = prop::option::of(prop::sample::select(PortKind::ALL.to_vec()));
    let source = prop_oneof![name("p", 3).prop_map(Source::Pattern), name("c", 2).prop_map(Source::Chain)];
    let tracker = (1..20_usize, 0..4_i32).prop_map(|(length, index)| {
        let mut tracker = Tracker::new(length);
        tracker.steps[0].index = index;
        tracker
    });
    let mini = prop::sample::select(crate::cycle_dice::TEXTS.to_vec()).prop_map(|text| Cycle::Mini(text.to_owned()));
    // Patterns that name one another, in circles too, and such as are no patterns.
    let expr = any::<u64>().prop_map(|seed| {
        let mut dice = crate::cycle_dice::Dice::new(seed);
        let depth = dice.below(3);
        let expr = dice.makes(depth, &[], &crate::cycle_dice::Nobody).and_then(|expr| expr.write().ok()).unwrap_or_default();
        Cycle::Expr(match dice.below(4) {
            0 => format!("getPattern(\"p{}\"):fast(2)", dice.below(3)),
            1 => format!("stack(getPattern(\"p{}\"), {expr})", dice.below(3)),
            _ => expr,
        })
    });
    let cycle = prop_oneof![mini, expr].prop_map(Pattern::Cycle);
    prop_oneof![
        3 => (kinds, module()).prop_map(|(kind, name)| Command::AddModule { kind: Name::new(kind), name: Some(name) }),
        3 => (module(), params.clone(), -1.0..2.0_f64).prop_map(|(module, param, v)| Command::SetParameter { module, param: Name::new(param), value: Value::Number(v) }),
        1 => module().prop_map(|module| Command::RemoveModule { module }),
        1 => (module(), module()).prop_map(|(module, to)| Command::RenameModule { module, to }),
        1 => module().prop_map(|module| Command::PutFirst { module }),
        3 => (module(), module(), kind.clone()).prop_map(|(from, to, kind)| Command::Connect { from, to, kind, auto: false }),
        1 => (module(), prop::option::of(module()), kind).prop_map(|(from, to, kind)| Command::Disconnect { from: Some(from), to, kind }),
        2 => (name("p", 3), tracker).prop_map(|(name, t)| Command::SetPattern { name, pattern: Pattern::Tracker(t) }),
        2 => (name("p", 3), cycle).prop_map(|(name, pattern)| Command::SetPattern { name, pattern }),
        1 => (name("p", 3), 0..20_usize, 0..4_i32).prop_map(|(name, step, index)| Command::SetStep { name, step, value: Step { index, ..Step::default() } }),
        1 => (name("p", 3), prop::sample::select(vec![PatternAction::Pause, PatternAction::Play, PatternAction::Reset(4.0)])).prop_map(|(name, action)| Command::SetPatternState { name, action }),
        1 => name("p", 3).prop_map(|name| Command::RemovePattern { name }),
        1 => (name("c", 2), name("p", 3), 1..5_u32).prop_map(|(name, pattern, repeats)| Command::SetChain { name, chain: Chain { entries: vec![ChainEntry { pattern, repeats, muted: false }], enabled: true } }),
        1 => name("c", 2).prop_map(|name| Command::RemoveChain { name }),
        2 => (module(), source).prop_map(|(sequencer, source)| Command::Bind { sequencer, source }),
        1 => module().prop_map(|sequencer| Command::Unbind { sequencer }),
        1 => (module(), module(), params.clone(), params).prop_map(|(a, b, p, q)| Command::LinkParameter { link: Link { source: (a, Name::new(p)), target: (b, Name::new(q)), scale: 0.5, offset: 0.1, min: None, max: None, curve: Curve::Square } }),
        1 => (0..70_u32, module()).prop_map(|(index, module)| Command::SetMacro { index, value: Some(Macro { name: Name::new("x"), targets: vec![MacroTarget { module, param: Name::new("volume"), min: 0.0, max: 1.0 }] }) }),
        1 => (module(), name("factory:tone", 2)).prop_map(|(module, asset)| Command::SetSamples { module, samples: vec![Sample { asset, params: std::collections::BTreeMap::new() }] }),
        1 => (10.0..500.0_f64).prop_map(|bpm| Command::SetBpm { bpm }),
        1 => any::<bool>().prop_map(|on| Command::SetAutoRoute { on }),
        1 => Just(Command::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn undoing_everything_gives_the_first_session_back(commands in prop::collection::vec(command(), 1..60)) {
        let engine = Engine::empty();
        let first = engine.snapshot();
        let mut states = vec![first.project.clone()];
        for command in commands {
            let before = engine.snapshot();
            match engine.apply("any", vec![command]) {
                Ok(version) if version > before.version => states.push(engine.snapshot().project.clone()),
                Ok(_) | Err(_) => prop_assert_eq!(&engine.snapshot().project, &before.project),
            }
        }
        let last = states.len() - 1;
        for state in states[..last].iter().rev() {
            prop_assert!(engine.undo().is_some());
            prop_assert_eq!(&engine.snapshot().project, state);
        }
        prop_assert!(engine.undo().is_none());
        for state in &states[1..] {
            prop_assert!(engine.redo().is_some());
            prop_assert_eq!(&engine.snapshot().project, state);
        }
    }

    #[test]
    fn a_project_survives_json_and_rebuilding(commands in prop::collection::vec(command(), 1..80)) {
        let mut project = Project::default();
        for command in &commands {
            let before = project.clone();
            if project.apply(command).is_err() {
                prop_assert_eq!(&project, &before, "a refused command changed something");
            }
        }
        let json = serde_json::to_string(&project).expect("is JSON");
        let back: Project = serde_json::from_str(&json).expect("reads back");
        prop_assert_eq!(&back, &project);
        let (rebuilt, problems) = project.rebuilt();
        prop_assert_eq!(problems, Vec::<String>::new());
        prop_assert_eq!(rebuilt, project);
    }
}

#[test]
fn undo_brings_a_removed_module_back_with_everything_it_had() {
    let rig = Rig::new(SONG);
    let before = rig.engine.snapshot();
    for module in ["drums", "seq", "out"] {
        rig.engine.apply("remove", vec![Command::RemoveModule { module: Name::new(module) }]).expect("removes");
        assert_eq!(rig.engine.undo().as_deref(), Some("remove"));
        assert_eq!(rig.engine.snapshot().project, before.project);
    }
}

#[test]
fn a_saved_session_sounds_the_same_in_a_fresh_engine() {
    let mut rig = Rig::new(SONG);
    rig.play(300);
    let saved = rig.engine.save();
    let mut other = Rig::new("session{}");
    assert_eq!(other.engine.restore(saved.clone()), []);
    assert!(other.engine.wait_for_media(std::time::Duration::from_secs(20)));
    other.beat = 0.0;
    other.play(300);
    assert!(other.sound == rig.sound, "the restored session sounds different");
    assert_eq!(other.engine.save(), saved);
}

#[test]
fn what_a_state_gets_wrong_is_left_out_and_said_and_the_rest_plays() {
    let rig = Rig::new(SONG);
    let mut json = serde_json::to_value(rig.engine.save()).expect("is JSON");
    json["project"]["modules"]["drums"]["params"] = serde_json::json!({"volume": 99.0, "pan": 0.25});
    json["project"]["modules"]["alien"] = serde_json::json!({"type": "teleporter"});
    let saved: SavedSession = serde_json::from_value(json).expect("reads");
    let engine = Engine::empty();
    let messages = engine.restore(saved);
    assert_eq!(messages.len(), 2, "{messages:?}");
    let project = &engine.snapshot().project;
    assert_eq!(project.modules["drums"].param("pan"), Some(Value::Number(0.25)));
    assert_eq!(project.modules["drums"].param("volume"), Some(Value::Number(1.0)));
    assert!(!project.modules.contains_key("alien"));
}

#[test]
fn a_loaded_state_opens_none_of_its_media_unasked() {
    let engine = Engine::empty();
    let _processor = engine.activate(48_000.0);
    let mut project = Project::default();
    for path in ["/etc/passwd", "../secret.wav", "kick.wav"] {
        project.apply(&Command::AddAsset { path: Name::new(path) }).expect("lists");
    }
    let _ = engine.restore(SavedSession { project, ..SavedSession::default() });
    assert!(engine.wait_for_media(std::time::Duration::from_secs(10)));
    let media = &engine.snapshot().media;
    for path in ["/etc/passwd", "../secret.wav", "kick.wav"] {
        assert!(matches!(media[path], videotracker_engine::snapshot::MediaState::Untrusted), "{path}: {:?}", media[path]);
    }
}

#[test]
fn a_rename_that_comes_too_late_renames_nothing() {
    let shown = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
    let mut controller = Controller::new(Project::default(), "".into(), Arc::clone(&shown));
    let add = |name: &str| Command::AddModule { kind: Name::new("audioMixer"), name: Some(Name::new(name)) };
    let commit = |controller: &mut Controller, commands: &[Command]| {
        let mut transaction = controller.begin(Playhead::default());
        commands.iter().for_each(|command| drop(transaction.apply(command.clone()).expect("it applies")));
        controller.commit(transaction, "test", None)
    };
    commit(&mut controller, &[add("a")]).expect("a is there");
    let id = shown.load().ids[&Name::new("a")];
    let mut late = controller.begin(Playhead::default());
    late.apply(Command::RenameModule { module: Name::new("a"), to: Name::new("b") }).expect("a can be renamed");
    // Meanwhile somebody else takes the name.
    commit(&mut controller, &[add("b")]).expect("b is there");
    controller.commit(late, "late", None).expect_err("b is taken");
    commit(&mut controller, &[add("c")]).expect("c is there");
    let ids = &shown.load().ids;
    assert_eq!(ids[&Name::new("a")], id);
    let each: std::collections::BTreeSet<u32> = ids.values().copied().collect();
    assert_eq!(each.len(), 3, "each has an id of its own: {ids:?}");
}

#[test]
fn what_a_script_says_of_an_asset_outlives_what_changed_meanwhile() {
    let mut controller = Controller::new(Project::default(), "".into(), Arc::new(ArcSwap::from_pointee(Snapshot::default())));
    // What a script that describes the whole session does not say of an asset is taken over from the session before.
    for (script, bpm) in [("import('a.wav', {hash = 'c0ffee', size = 7})", 90.0), ("session{} import('a.wav')", 91.0)] {
        let mut late = controller.begin(Playhead::default());
        let ran = Vm::default().run(script, "test", &mut late);
        assert_eq!(ran.error, None);
        let mut other = controller.begin(Playhead::default());
        other.apply(Command::SetBpm { bpm }).expect("a tempo");
        controller.commit(other, "meanwhile", None).expect("nothing is in its way");
        controller.commit(late, "late", None).expect("nothing is in its way");
        let asset = &controller.project().assets["a.wav"];
        assert_eq!((asset.hash.as_deref(), asset.size), (Some("c0ffee"), Some(7)), "{script}");
    }
}
