//! What a script can and can't do to a session that plays.

use std::time::{Duration, Instant};

use crate::counting::{alone, live};
use crate::rig::{RATE, Rig, SONG};
use videotracker_engine::{
    command::Command,
    engine::{Engine, SavedSession},
    module::Value,
    name::Name,
    session::{DEFAULT_SCRIPT, default_project},
};

/// Threads of this process whose name begins with `name`.
fn threads(name: &str) -> usize {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return 0 };
    tasks.flatten().filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim().starts_with(name))).count()
}

fn set(module: &str, param: &str, value: f64) -> Command {
    Command::SetParameter { module: Name::new(module), param: Name::new(param), value: Value::Number(value) }
}

#[test]
fn the_default_session_is_what_its_script_makes() {
    let _alone = alone();
    let engine = Engine::new();
    assert_eq!(engine.snapshot().project, default_project());
    let result = engine.run_script_and_wait("first-light", DEFAULT_SCRIPT);
    assert_eq!(result.error, None);
    assert_eq!(engine.snapshot().version, 0, "running the default script changes nothing");
}

#[test]
fn a_run_that_fails_on_its_last_line_changes_nothing() {
    let _alone = alone();
    let undisturbed = Rig::undisturbed(SONG, 400);
    let mut rig = Rig::new(SONG);
    rig.play(100);
    let before = rig.engine.snapshot();
    let result =
        rig.engine.run_script_and_wait("broken", "clear()\nsampler('new')\nsampler('drums', {volume = 0})\nsetParam('drums', 'volume', 9)");
    assert!(!result.success);
    assert_eq!(result.line, Some(4), "{result:?}");
    let text = result.error.unwrap_or_default();
    assert!(text.contains("volume") && text.contains("from 0 to 2"), "{text}");
    rig.play(300);
    let after = rig.engine.snapshot();
    assert_eq!((after.version, &after.project), (before.version, &before.project));
    assert!(rig.sound == undisturbed, "the sound differs");
}

#[test]
fn running_an_unchanged_script_again_changes_no_version_and_no_sample() {
    let _alone = alone();
    let undisturbed = Rig::undisturbed(SONG, 400);
    let mut rig = Rig::new(SONG);
    let version = rig.engine.snapshot().version;
    for _ in 0..20 {
        rig.play(20);
        assert_eq!(rig.engine.run_script_and_wait("song", SONG).error, None);
    }
    assert_eq!(rig.engine.snapshot().version, version);
    assert!(rig.sound == undisturbed, "the sound differs");
}

/// Edits of a module that is not heard, so that what is heard must stay the same to the bit.
#[test]
fn ten_thousand_edits_while_playing_drop_nothing_and_leak_nothing() {
    let _alone = alone();
    let song = format!("{SONG}\nsampler('unheard')\ndisconnect('unheard')\n");
    let undisturbed = Rig::undisturbed(&song, 1000);
    let mut rig = Rig::new(&song);
    let first = rig.engine.snapshot().version;
    for edit in 0..10_000_u32 {
        let command = match edit % 4 {
            0 => set("unheard", "volume", f64::from(edit % 7) / 10.0),
            1 => set("unheard", "pan", f64::from(edit % 11) / 20.0),
            2 => Command::SetBpm { bpm: 100.0 + f64::from(edit % 100) },
            _ => set("drums", "volume", 1.0),
        };
        rig.engine.apply("edit", vec![command]).expect("applies");
        if edit % 10 == 0 {
            rig.play(1);
        }
    }
    assert!(rig.sound == undisturbed, "the sound differs");
    let last = rig.engine.snapshot().version;
    assert!(last - first > 5000);
    let began = Instant::now();
    while rig.engine.gauges().applied.load(std::sync::atomic::Ordering::Acquire) < last {
        rig.block_as(256, false);
        std::thread::sleep(Duration::from_millis(1));
        assert!(began.elapsed() < Duration::from_secs(60), "version {last} never arrives");
    }
    assert_eq!(rig.engine.gauges().lost_events.load(std::sync::atomic::Ordering::Relaxed), 0);
    println!("longest process call {:?}, most batches under way {}", rig.longest, rig.engine.high_water());
}

const HOSTILE: &[(&str, &str)] = &[
    ("an endless loop", "while true do end"),
    ("an endless loop in a coroutine", "coroutine.wrap(function() while true do end end)()"),
    ("an endless loop under pcall", "while true do pcall(function() while true do end end) end"),
    ("a string bomb", "local s = ('x'):rep(1e9)"),
    ("deep recursion", "local function f() return 1 + f() end f()"),
    ("backtracking", "string.find(('a'):rep(200), ('.-'):rep(60) .. 'b')"),
    ("a million modules", "for i = 1, 1e6 do sampler('s' .. i) end"),
    ("a table bomb", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"),
];

#[test]
fn hostile_scripts_end_in_an_error_and_the_music_plays_on() {
    let _alone = alone();
    for (name, script) in HOSTILE {
        let mut rig = Rig::new(SONG);
        let before = rig.engine.snapshot().version;
        rig.engine.run_script(name, script);
        let began = Instant::now();
        while rig.engine.is_running() || rig.engine.last_run().0 < 2 {
            rig.play(1);
            std::thread::sleep(Duration::from_millis(1));
            assert!(began.elapsed() < Duration::from_secs(60), "{name} is still running");
        }
        rig.play(100);
        let (_, result) = rig.engine.last_run();
        let error = result.and_then(|r| r.error).unwrap_or_default();
        assert!(!error.is_empty(), "{name} is no error");
        assert_eq!(rig.engine.snapshot().version, before, "{name} changed the session");
        let undisturbed = Rig::undisturbed(SONG, rig.sound.len() / 512);
        assert!(rig.sound == undisturbed, "{name} changes the sound");
        assert_eq!(rig.engine.run_script_and_wait("after", "setParam('drums', 'volume', 0.9)").error, None, "after {name}");
    }
}

#[test]
fn a_loaded_session_hears_its_own_callbacks_only() {
    let _alone = alone();
    let engine = Engine::empty();
    let loud = "sampler('a') engine:onStateChange(function() setParam('a', 'pan', 0.5) end)";
    assert_eq!(engine.run_script_and_wait("watch", loud).error, None);
    let quiet = Engine::empty();
    assert_eq!(quiet.run_script_and_wait("two", "sampler('a') sampler('b')").error, None);
    let silent = SavedSession { script: String::new(), ..quiet.save() };
    // A session without a script, and one that is overtaken by another before its script has run.
    for scripts in [vec![""], vec![loud, ""], vec!["while true do end", ""]] {
        for script in scripts {
            let problems = engine.restore(SavedSession { script: script.to_owned(), ..silent.clone() });
            assert!(problems.is_empty(), "{problems:?}");
        }
        engine.apply("change", vec![set("b", "volume", 0.25)]).expect("applies");
        assert_eq!(engine.run_script_and_wait("after", "setParam('b', 'volume', 0.75)").error, None);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(engine.snapshot().project.modules["a"].param("pan"), Some(Value::Number(0.0)));
    }
}

/// Pitfall of the original: the engine goes away while a script runs.
#[test]
fn dropping_the_engine_while_an_endless_script_runs_returns_and_leaves_no_thread() {
    let _alone = alone();
    for (name, script) in &HOSTILE[..3] {
        let rig = Rig::new(SONG);
        rig.engine.run_script(name, script);
        std::thread::sleep(Duration::from_millis(50));
        let began = Instant::now();
        let Rig { engine, processor, .. } = rig;
        drop(engine);
        assert!(began.elapsed() < Duration::from_secs(60), "{name}: took {:?}", began.elapsed());
        drop(processor);
    }
    let engine = Engine::empty();
    let before = threads("videotracker");
    engine.run_script("loop", "while true do end");
    std::thread::sleep(Duration::from_millis(50));
    drop(engine);
    assert!(threads("videotracker") <= before);
}

/// Pitfall of the original: a snapshot taken while commands are applied shows half of them.
#[test]
fn a_snapshot_never_shows_half_a_batch() {
    let _alone = alone();
    let engine = std::sync::Arc::new(Engine::empty());
    assert_eq!(engine.run_script_and_wait("two", "sampler('a') sampler('b')").error, None);
    let writer = {
        let engine = std::sync::Arc::clone(&engine);
        std::thread::spawn(move || {
            for n in 0..2000_u32 {
                let value = f64::from(n % 100) / 100.0;
                engine.apply("both", vec![set("a", "volume", value), set("b", "volume", value)]).expect("applies");
            }
        })
    };
    let mut last = 0;
    while !writer.is_finished() {
        let snapshot = engine.snapshot();
        let volume = |name: &str| snapshot.project.modules[name].param("volume");
        assert_eq!(volume("a"), volume("b"), "at version {}", snapshot.version);
        assert!(snapshot.version >= last, "versions run backwards");
        last = snapshot.version;
    }
    writer.join().expect("no panic");
}

/// Pitfall of the original: transport commands overtake what was said before them.
#[test]
fn transport_commands_keep_their_place_among_other_commands() {
    let _alone = alone();
    let mut rig = Rig::new(&format!("{SONG}\nengine:getClock():source('internal')\n"));
    let script = "local c = engine:getClock()\nc:setBPM(200) c:play()\nsetParam('drums', 'volume', 0.5)";
    assert_eq!(rig.engine.run_script_and_wait("go", script).error, None);
    rig.play(1);
    let version = rig.engine.snapshot().version;
    let mut view = rig.engine.view_reader();
    rig.play(20);
    let frame = view.read();
    assert_eq!(frame.version, version);
    assert!(frame.playhead.playing && (frame.playhead.bpm - 200.0).abs() < 1e-9, "{:?}", frame.playhead);
    // Started in the very block in which the tempo arrived; a view may be two blocks old.
    let block = 256.0 / RATE * 200.0 / 60.0;
    let blocks = frame.playhead.beat / block;
    assert!((18.0..=20.0).contains(&blocks.round()) && (blocks - blocks.round()).abs() < 1e-6, "{blocks} blocks");
}

/// Pitfalls of the original: a script view that asks for the state while it is built, and versions that feed back.
#[test]
fn the_script_view_and_callbacks_make_no_version_of_their_own() {
    let _alone = alone();
    let engine = Engine::empty();
    let script =
        "calls = 0\nsampler('a')\nengine:onStateChange(function(state) calls = calls + 1 engine:getState() setParam('a', 'pan', 0.5) end)";
    assert_eq!(engine.run_script_and_wait("watch", script).error, None);
    let began = Instant::now();
    while engine.snapshot().project.modules["a"].param("pan") != Some(Value::Number(0.5)) {
        assert!(began.elapsed() < Duration::from_secs(60), "the callback never ran: {:?}", engine.messages(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    let version = engine.snapshot().version;
    for _ in 0..100 {
        assert!(engine.generated_script().contains("sampler"));
    }
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(engine.snapshot().version, version, "versions feed back");
    assert_eq!(engine.run_script_and_wait("count", "print(calls)").messages[0].text, "1");
}

#[test]
fn a_receipt_is_reported_once_it_is_heard() {
    let _alone = alone();
    let mut rig = Rig::new(SONG);
    let result = rig.engine.run_script_and_wait("wait", "setParam('drums', 'volume', 0.3)\nengine:onApplied(function(v) heard = v end)");
    assert_eq!(result.error, None);
    assert_eq!(rig.engine.run_script_and_wait("ask", "print(heard)").messages[0].text, "nil");
    rig.play(1);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(rig.engine.run_script_and_wait("ask", "print(heard)").messages[0].text, result.receipt.to_string());
    // A run that changes nothing has the version that is heard already.
    let again = rig.engine.run_script_and_wait("again", "engine:onApplied(function(v) told = v end)");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(rig.engine.run_script_and_wait("ask", "print(told)").messages[0].text, again.receipt.to_string());
}

#[test]
fn removing_what_sounds_does_not_click() {
    let _alone = alone();
    let steepest =
        |sound: &[f32]| sound.chunks(2).map(|f| f[0]).collect::<Vec<_>>().windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    let song = "sampler('tone', {samples = {'factory:tone'}, playStyle = 'loop'}) audioOut('out') sequencer('seq') connect('seq', 'tone')\n\
                pattern('p', {{index = 0, length = 64}}, {stepsPerBeat = 0.0625}) bind('seq', 'p')";
    let usual = steepest(&Rig::undisturbed(song, 60));
    for script in ["engine:getModuleRegistry():getModule('tone'):remove()", "disconnect('tone', 'out')", "unbind('seq')"] {
        let mut rig = Rig::new(song);
        rig.play(40);
        let before = rig.sound.len();
        assert_eq!(rig.engine.run_script_and_wait("cut", script).error, None, "{script}");
        rig.play(60);
        let jump = steepest(&rig.sound[before - 64..]);
        assert!(jump < usual * 1.5, "{script}: jumps by {jump}, the sound itself by {usual}");
        assert!(rig.sound[rig.sound.len() - 512..].iter().all(|s| s.abs() < 1e-6), "{script}: still sounds");
    }
}

/// Nobody asks for the triggers of an instance that only plays.
#[test]
fn playing_for_hours_keeps_no_memory_for_triggers() {
    let _alone = alone();
    let mut rig = Rig::new(&format!("{SONG} pattern('beat', '0*64')"));
    rig.bpm = 480.0;
    let hours = |rig: &mut Rig, triggers: usize| {
        // 64 triggers and those of the line in four beats.
        let end = rig.beat + triggers as f64 / 16.0;
        while rig.beat < end {
            rig.block(512);
            rig.sound.clear();
            if rig.beat.fract() < 0.1 {
                assert!(rig.engine.wait_for_media(Duration::from_secs(20)));
            }
        }
    };
    hours(&mut rig, 10_000);
    let before = live();
    hours(&mut rig, 20_000);
    let grown = live().saturating_sub(before);
    assert!(grown < 200_000, "{grown} bytes more after 20,000 triggers");
    // Whoever asks gets the latest.
    let last = rig.engine.take_triggers();
    assert!(last.len() > 1000 && last.iter().all(|one| one.values.iter().any(|(name, _)| name == "index")), "{}", last.len());
}
