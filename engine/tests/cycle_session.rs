//! Mini-notation in a session: it plays, it is kept, and it is written back.

mod rig;

use rig::Rig;
use videotracker_engine::{project::Project, script::generate::generate};

const MODULES: &str = r#"
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick", "factory:hat"}})
sequencer("seq") connect("seq", "drums")
"#;

fn sound(pattern: &str) -> Vec<f32> {
    Rig::undisturbed(&format!("{MODULES}\n{pattern}\nbind('seq', 'p')"), 800)
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
    let rig = Rig::new(
        &format!("{MODULES}\npattern('p', \"bd(3,8) hh*8\\n, [sn cp]\\\\ \", {{origin = 2}}) bind('seq', 'p')").replace("\\\\", ""),
    );
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
