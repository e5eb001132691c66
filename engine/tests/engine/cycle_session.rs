//! Cycle patterns in a session: they play, are kept, and are written back.

use crate::rig::{DRUMS, Rig};
use videotracker_engine::{project::Project, script::generate::generate};

fn sound(pattern: &str) -> Vec<f32> {
    Rig::undisturbed(&format!("{DRUMS}\n{pattern}\nbind('seq', 'p')"), 800)
}

#[test]
fn words_play_as_the_steps_they_stand_for() {
    let steps = sound("pattern('p', {{index = 0}, {index = 1}, {index = 1}, {index = 1}}, {stepsPerBeat = 1})");
    assert!(steps.iter().any(|s| s.abs() > 0.01), "silent");
    for text in ["kick hat*3", "kick hat hat hat", "0 1 1 1", "kick <hat hat> hat 1"] {
        let alike = sound(&format!("pattern('p', '{text}')")) == steps;
        assert_eq!(alike, text != "kick hat*3", "{text}");
    }
    assert!(sound("pattern('p', 'kick hat', {muted = true})").iter().all(|s| *s == 0.0));
}

#[test]
fn a_session_keeps_the_text_and_writes_it_back() {
    let rig =
        Rig::new(&format!("{DRUMS}\npattern('p', \"bd(3,8) hh*8\\n, [sn cp]\\\\ \", {{origin = 2}}) bind('seq', 'p')").replace("\\\\", ""));
    let project = rig.engine.snapshot().project.clone();
    let script = generate(&project);
    assert!(script.contains("bd(3,8) hh*8"), "{script}");
    let mut again = Rig::new(&script);
    assert_eq!(again.engine.snapshot().project.patterns, project.patterns);
    assert_eq!(generate(&again.engine.snapshot().project), script);
    let json = serde_json::to_string(&project).unwrap();
    assert_eq!(serde_json::from_str::<Project>(&json).unwrap().patterns, project.patterns);
    again.play(10);
    let version = again.engine.snapshot().version;
    assert_eq!(again.engine.run_script_and_wait("again", &script).error, None);
    assert_eq!(again.engine.snapshot().version, version, "the same script changes nothing");
}

#[test]
fn what_combinators_make_plays_as_the_notation_it_stands_for() {
    for (combined, text) in [
        (r#"s("kick hat"):fast(2)"#, "[kick hat]*2"),
        (r#"s("kick hat*3"):rev()"#, "hat*3 kick"),
        (r#"stack(s("kick"), mini("hat"):struct("~ t ~ t"))"#, "kick, ~ hat ~ hat"),
        (r#"cat(s("kick"), s("hat*2"))"#, "<kick hat*2>"),
        (r#"s("kick hat"):every(2, function(x) return x:fast(2) end)"#, "<[kick hat]*2 [kick hat]>"),
        (r#"n("1 0"):within(0.5, 1, function(x) return x:ply(2) end)"#, "1 [0 0]"),
    ] {
        assert!(sound(&format!("pattern('p', {combined})")) == sound(&format!("pattern('p', '{text}')")), "{combined}");
    }
}

#[test]
fn combinators_are_kept_as_text_and_written_back() {
    let rig = Rig::new(&format!(
        "{DRUMS}\n{}",
        r#"
        local soft = function(p) return p:gain(0.5):late(0.125) end
        local hats = s("hat*8"):degradeBy(0.3)
        pattern("p", stack(s("kick(3,8)"), hats):every(3, soft):off(0.25, function(x) return x:speed(-1) end))
        pattern("a copy", getPattern("p"):fast("<1 2>"))
        bind("seq", "p")
        "#
    ));
    let project = rig.engine.snapshot().project.clone();
    let script = generate(&project);
    let text = r#"pattern("p", stack(s("kick(3,8)"), s("hat*8"):degradeBy(0.3)):every(3, function(x) return x:gain(0.5):late(0.125) end):off(0.25, function(x) return x:speed(-1) end))"#;
    assert!(script.contains(text), "{script}");
    assert!(script.find("pattern(\"a copy\"") > script.find("pattern(\"p\""), "what is named comes first: {script}");
    let again = Rig::new(&script);
    assert_eq!(again.engine.snapshot().project.patterns, project.patterns);
    assert_eq!(generate(&again.engine.snapshot().project), script);
    let json = serde_json::to_string(&project).unwrap();
    let (rebuilt, problems) = serde_json::from_str::<Project>(&json).unwrap().rebuilt();
    assert_eq!((rebuilt.patterns, problems), (project.patterns.clone(), vec![]));
}

#[test]
fn a_pattern_made_of_another_follows_it_and_holds_it() {
    let mut rig = Rig::new(&format!(
        "{DRUMS}\n{}",
        r#"pattern("steps", {{index = 0}, {}, {}, {}}) pattern("p", stack(getPattern("steps"), s("hat"))) bind("seq", "p")"#
    ));
    rig.play(200);
    for (script, wanted) in [
        ("engine:getPatternRuntime():remove('steps')", "pattern p names pattern steps"),
        ("pattern('steps', getPattern('p'):rev())", "would play itself"),
        ("pattern('p', getPattern('p'))", "would play itself"),
        ("pattern('q', getPattern('stesp'))", "did you mean \"steps\""),
        (
            "pattern('q', s('kick'):every(2, function(x) escaped = x return x end)) pattern('r', escaped:fast(2))",
            "only inside that function",
        ),
        ("pattern('q', s('kick'):volum('0.5'))", "did you mean \"volume\""),
        ("local p = s('kick') for i = 1, 40 do p = stack(p, p) end pattern('q', p)", "longer than"),
    ] {
        let error = rig.engine.run_script_and_wait("wrong", script).error.unwrap_or_default();
        assert!(error.contains(wanted), "{script}: {error}");
    }
    let edited = Rig::undisturbed(
        &format!(
            "{DRUMS}\n{}",
            r#"pattern("steps", {{index = 0}, {}, {}, {}}) pattern("p", stack(getPattern("steps"), s("hat"))) bind("seq", "p")
            pattern("steps", {{index = 0}, {}, {index = 1}, {}})"#
        ),
        800,
    );
    assert!(edited == sound("pattern('p', '[0 ~ 1 ~]*4, hat')"), "an edit of the steps is heard in what is made of them");
}

#[test]
fn every_parameter_of_the_module_is_a_control() {
    let quiet = sound("pattern('p', s('kick*4'):volume('0.5 1 0.25 1'):pan(0))");
    let steps = "pattern('p', {{index = 0, volume = 0.5, pan = -1}, {index = 0, volume = 1, pan = -1}, {index = 0, volume = 0.25, pan = -1}, {index = 0, volume = 1, pan = -1}}, {stepsPerBeat = 1})";
    assert!(quiet == sound(steps));
    let looped = sound("pattern('p', s('kick*2'):playStyle('loop'):regionEnd(0.1))");
    assert!(looped != sound("pattern('p', s('kick*2'):regionEnd(0.1))"));
}

#[test]
fn chains_take_cycles_and_count_them_through() {
    let both = r#"
        pattern("steps", {{index = 0}, {}, {index = 1}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}})
        pattern("turn", "<kick [hat hat] hat*4>")
        chain("p", {{"turn", 2}, "steps"})
    "#;
    let alike = "pattern('p', '<kick [hat hat] [0 ~ 1 ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~] hat*4 kick [0 ~ 1 ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~ ~]>')";
    let long = |pattern: &str| Rig::undisturbed(&format!("{DRUMS}\n{pattern}\nbind('seq', 'p')"), 2200);
    assert!(long(both) == long(alike));
}

#[test]
fn a_word_without_a_sample_is_said_once() {
    let mut rig = Rig::new(&format!("{DRUMS}\npattern('p', 'kick hatt') bind('seq', 'p')"));
    rig.play(50);
    assert_eq!(rig.engine.run_script_and_wait("more", "setParam('drums', 'volume', 0.5)").error, None);
    rig.play(50);
    let said: Vec<_> = rig.engine.messages(0).into_iter().filter(|(_, m)| m.text.contains("hatt")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].1.text.contains("did you mean \"hat\""), "{said:?}");
}

#[test]
fn cycles_written_out_as_steps_play_alike() {
    for (text, cycles) in [("kick(3,8)", 1), ("kick hat*3", 1), ("<0 1 [1 1]>", 3), ("[0 ~ 1 _]*2", 1)] {
        let steps = sound(&format!("pattern('p', '{text}', {{as = 'steps', cycles = {cycles}}})"));
        assert!(steps == sound(&format!("pattern('p', '{text}')")), "{text}");
    }
    let controls = sound("pattern('p', n('0 1'):volume('0.5 1'):speed(0.5), {as = 'steps'})");
    assert!(controls == sound("pattern('p', n('0 1'):volume('0.5 1'):speed(0.5))"));
}

#[test]
fn what_steps_cannot_hold_is_said() {
    let rig = Rig::new(&format!("{DRUMS}\npattern('p', 'kick(3,8)')"));
    for (text, wanted) in
        [("kick, hat", "two events"), ("kick*97", "write out fewer cycles"), ("0.5 1", "index"), ("clap", "\"clap\" is no sample")]
    {
        let error = rig.engine.run_script_and_wait("x", &format!("pattern('q', '{text}', {{as = 'steps'}})")).error.unwrap_or_default();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    let grid = rig.engine.run_script_and_wait("x", "pattern('q', 'kick hat kick', {as = 'steps', stepsPerBeat = 4})").error;
    assert!(grid.clone().unwrap_or_default().contains("between steps"), "{grid:?}");
    assert_eq!(rig.engine.console_and_wait("pattern steps p"), Ok("p has 16 steps now, 4 a beat".to_owned()));
    assert!(rig.engine.undo().is_some());
    assert!(rig.engine.generated_script().contains("kick(3,8)"));
}

#[test]
fn a_sample_fitted_to_its_cycles_lasts_that_long_at_any_tempo() {
    for (bpm, pattern) in [(120.0, "s('kick'):loopAt(2)"), (90.0, "s('kick'):loopAt(1)"), (60.0, "s('kick ~'):fit()")] {
        let mut rig = Rig::new(&format!("{DRUMS}\npattern('p', {pattern}) bind('seq', 'p')"));
        rig.bpm = bpm;
        rig.play(4);
        let mut reader = rig.engine.view_reader();
        rig.play(4);
        let view = reader.read();
        let medium = rig.engine.snapshot().media.get("factory:kick").and_then(|m| match m {
            videotracker_engine::snapshot::MediaState::Ready(info) => Some(info.secs),
            _ => None,
        });
        let cycles = if pattern.contains("(2)") {
            2.0
        } else if pattern.contains("fit") {
            0.5
        } else {
            1.0
        };
        let wanted = medium.unwrap() / (cycles * 4.0 * 60.0 / bpm);
        let speed = view.voices[0].speed;
        assert!((speed - wanted).abs() < 1e-5, "{pattern} at {bpm}: {speed}, not {wanted}");
    }
}
