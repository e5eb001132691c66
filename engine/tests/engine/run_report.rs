//! What a run says of what it changed, and that one undo brings all of it back.

use videotracker_engine::{engine::Engine, snapshot::Severity};

const SESSION: &str = "
session{}
audioOut('out') videoOut('screen') sampler('kick', {samples = {'factory:kick'}}) sampler('hat')
sequencer('seq') connect('seq', 'kick') connect('seq', 'hat')
pattern('beat', 'kick*4') chain('song', {'beat'}) bind('seq', 'beat')
macro(1, 'Level', {{'kick.volume', min = 0, max = 1}})
";

fn said(engine: &Engine, after: u64) -> Vec<(Severity, String)> {
    engine.messages(after).into_iter().map(|(_, message)| (message.severity, message.text)).collect()
}

#[test]
fn a_block_that_begins_a_session_says_what_it_removes_and_one_undo_brings_it_back() {
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("script", SESSION).error, None);
    let (before, script, after) = (engine.snapshot().project.clone(), engine.save().script, engine.last_message());
    let run = engine.run_script_and_wait("script", "session{}\naudioOut('out')");
    assert_eq!(run.removed.modules.iter().map(|name| &**name).collect::<Vec<_>>(), ["hat", "kick", "screen", "seq"]);
    let said = said(&engine, after);
    let expected = "the run removed 4 modules (hat, kick, screen, seq), 1 pattern (beat), 1 chain (song), 1 macro (1), ";
    let (severity, text) = said.last().expect("it says so");
    assert_eq!(*severity, Severity::Note);
    assert!(text.starts_with(expected) && text.contains("undo"), "{text}");
    assert!(engine.undo().is_some());
    assert_eq!(engine.snapshot().project, before);
    assert_eq!(engine.save().script, script, "what is saved with the session is the script that made it");
    assert!(engine.redo().is_some());
    assert_eq!(engine.save().script, "session{}\naudioOut('out')");
}

#[test]
fn a_run_that_takes_nothing_away_says_nothing() {
    let engine = Engine::empty();
    for script in [SESSION, SESSION, "sampler('more')"] {
        let after = engine.last_message();
        let run = engine.run_script_and_wait("script", script);
        assert!(run.success && run.removed.is_empty(), "{:?}", run.removed);
        let notes: Vec<_> = said(&engine, after).into_iter().filter(|(severity, _)| *severity == Severity::Note).collect();
        assert_eq!(notes, []);
    }
}

#[test]
fn a_run_that_fails_says_that_nothing_changed() {
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("script", SESSION).error, None);
    let (before, after) = (engine.snapshot(), engine.last_message());
    let run = engine.run_script_and_wait("script", "session{}\nsampler('new')\nnothing()");
    assert!(!run.success);
    let said = said(&engine, after);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].0, Severity::Error);
    assert!(said[0].1.contains("changes nothing"), "{}", said[0].1);
    assert_eq!(engine.snapshot().version, before.version);
}
