//! The first sound in one line: sequencers whose triggers find their instruments, and the modules that a run needs.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use videotracker_engine::{engine::Engine, name::Name, session::DEFAULT_SCRIPT, snapshot::Severity};

use crate::rig::Rig;

/// An engine that has run a script without a word of complaint but those that hold `but`.
fn ran(script: &str, but: &str) -> Engine {
    let engine = Engine::empty();
    run(&engine, script, but);
    engine
}

fn run(engine: &Engine, script: &str, but: &str) {
    let result = engine.run_script_and_wait("song", script);
    assert_eq!(result.error, None, "{script}");
    let said: Vec<_> =
        result.messages.iter().filter(|m| m.severity != Severity::Note && (but.is_empty() || !m.text.contains(but))).collect();
    assert!(said.is_empty(), "{script}: {said:?}");
}

/// `name:type` of every module, in the order in which they were made.
fn modules(engine: &Engine) -> String {
    let snapshot = engine.snapshot();
    let all = snapshot.project.modules_in_order().map(|(name, module)| format!("{name}:{}", module.kind));
    all.collect::<Vec<_>>().join(" ")
}

#[test]
fn one_line_is_a_whole_session() {
    let engine = ran("d1(s('bd*4, hh*8, ~ cp'))", "");
    let wanted = r#"session({autoRoute = false, bpm = 120, clock = "host"})

-- modules
audioOut("out")
videoOut("screen")
KIT
sequencer("d1", {auto = true})

-- connections
connect("kit", "screen", {type = "video", auto = true})
connect("kit", "out", {type = "audio", auto = true})

-- patterns
pattern("d1", s("bd*4, hh*8, ~ cp"))

-- bindings
bind("d1", "d1")

autoRoute(true)
"#;
    let written = engine.generated_script();
    let (from, to) = (written.find("sampler(\"kit\"").unwrap(), written.find("\nsequencer(").unwrap());
    assert_eq!(format!("{}KIT{}", &written[..from], &written[to..]), wanted);
    assert!(written[from..to].contains("root = 36") && written[from..to].contains("rules = \"strudel\""), "{written}");
    let mut rig = Rig::new("d1(s('bd*4, hh*8, ~ cp'))");
    rig.play(400);
    assert!(rig.sound.iter().any(|sample| sample.abs() > 0.3));
    assert_eq!(
        rig.engine.take_triggers().iter().map(|t| (t.report.beat.to_f64(), t.word.clone().unwrap())).take(3).collect::<Vec<_>>(),
        [(0.0, "bd".to_owned()), (0.0, "hh".to_owned()), (0.5, "hh".to_owned())]
    );
}

#[test]
fn what_a_run_needs_is_added_and_nothing_else() {
    // Script, and the modules there are afterwards.
    let table = [
        ("d1(s('bd'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("d1('BD ~ hh')", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("session{} d1(s('bd'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("session{autoRoute = false} d1(s('bd'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("d1(note('c e g'))", "out:audioOut synth:synth d1:sequencer"),
        ("d1('c4 e4')", "out:audioOut synth:synth d1:sequencer"),
        ("d1(note('c'):s('sawtooth'))", "out:audioOut synth:synth d1:sequencer"),
        ("d1({{note = 60}, {}})", "out:audioOut synth:synth d1:sequencer"),
        ("d1({{index = 0}, {}})", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("d1('0 1')", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("d1(s('bd ~ ~ ~'):stack(note('c')))", "out:audioOut screen:videoOut kit:sampler synth:synth d1:sequencer"),
        ("d1(s('<~ ~ ~ bd>'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("d1(fn([[return 'bd']]))", "out:audioOut screen:videoOut kit:sampler synth:synth d1:sequencer"),
        ("d1(silence)", "d1:sequencer"),
        ("pattern('a', s('bd')) d1(getPattern('a'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("s('bd'):p('x')", "out:audioOut screen:videoOut kit:sampler x:sequencer"),
        ("p(3, s('bd'))", "out:audioOut screen:videoOut kit:sampler d3:sequencer"),
        ("d16(s('bd'))", "out:audioOut screen:videoOut kit:sampler d16:sequencer"),
        // Orbits: those that are written, and the first for the others.
        ("d1(note('c'):room(0.3))", "out:audioOut synth:synth orbit1:orbit d1:sequencer"),
        ("d1(note('c'):delay('0 0.4'))", "out:audioOut synth:synth orbit1:orbit d1:sequencer"),
        ("d1(note('c'):orbit(2))", "out:audioOut synth:synth orbit1:orbit orbit2:orbit d1:sequencer"),
        ("d1(note('c'):duck(2))", "out:audioOut synth:synth orbit1:orbit orbit2:orbit d1:sequencer"),
        ("d1(note('c'):duck('2:3'))", "out:audioOut synth:synth orbit1:orbit orbit2:orbit orbit3:orbit d1:sequencer"),
        ("d1(note('c'):compressor(-20))", "out:audioOut synth:synth orbit1:orbit d1:sequencer"),
        ("d1(note('c*4'):orbit('<1 3>*2'))", "out:audioOut synth:synth orbit1:orbit orbit3:orbit d1:sequencer"),
        ("d1(note('c'):every(2, function(x) return x:orbit(2) end))", "out:audioOut synth:synth orbit1:orbit orbit2:orbit d1:sequencer"),
        // What the script declares is taken.
        ("audioOut('main') d1(note('c'))", "synth:synth main:audioOut d1:sequencer"),
        ("sampler('drums', {samples = {'factory:hat'}}) d1(s('hat'))", "out:audioOut drums:sampler d1:sequencer"),
        ("d1(s('hat')) sampler('drums', {samples = {'factory:hat'}})", "out:audioOut d1:sequencer drums:sampler"),
        ("synth('bass') d1(note('c'))", "out:audioOut bass:synth d1:sequencer"),
        ("sampler('kit', {samples = {'factory:hat'}}) d1(s('hat'))", "out:audioOut kit:sampler d1:sequencer"),
        ("sampler('kit', {volume = 0.5}) d1(s('bd'))", "out:audioOut screen:videoOut kit:sampler d1:sequencer"),
        ("orbit('echo') d1(note('c'):delay(0.5))", "out:audioOut synth:synth echo:orbit d1:sequencer"),
        ("sequencer('d1', {swing = 0.2}) d1(note('c'))", "out:audioOut synth:synth d1:sequencer"),
        // Names that others have.
        ("synth('kit') d1(s('bd'))", "out:audioOut screen:videoOut kit2:sampler kit:synth d1:sequencer"),
        ("lfo('out') d1(note('c'))", "out2:audioOut synth:synth out:lfo d1:sequencer"),
        ("lfo('orbit1') d1(note('c'):room(1))", "out:audioOut synth:synth orbit1_2:orbit orbit1:lfo d1:sequencer"),
        ("synth('bass') p('bass', note('c'))", "out:audioOut bass:synth bass2:sequencer"),
    ];
    for (script, wanted) in table {
        let engine = ran(script, "");
        assert_eq!(modules(&engine), wanted, "{script}");
        // Run again it changes nothing, alone or as an exact run.
        let (version, written) = (engine.snapshot().version, engine.generated_script());
        run(&engine, script, "");
        assert_eq!((engine.snapshot().version, engine.generated_script()), (version, written.clone()), "{script}");
        // The generated script makes the same session, and needs nothing more.
        run(&engine, &written, "");
        assert_eq!(engine.snapshot().version, version, "{script}");
        let other = ran(&written, "");
        assert!(other.snapshot().project == engine.snapshot().project, "{script}");
        // Every instrument gets to the output.
        for (name, module) in engine.snapshot().project.modules.iter().filter(|(_, module)| module.module_type().is_instrument()) {
            assert!(engine.snapshot().project.connections.iter().any(|cable| cable.from == *name), "{script}: {name} ({})", module.kind);
        }
        engine.undo().unwrap();
        assert_eq!(modules(&engine), "", "{script}");
    }
}

#[test]
fn who_has_no_such_sequencer_gets_nothing() {
    for script in ["pattern('x', 'bd')", "sequencer('q') pattern('x', 'bd') bind('q', 'x')", "sampler('k', {samples = {'factory:hat'}})"] {
        let engine = Engine::empty();
        assert_eq!(engine.run_script_and_wait("song", script).error, None);
        let names = modules(&engine);
        assert!(!names.contains("out") && !names.contains("kit:"), "{script}: {names}");
    }
    // What was taken out of a session stays out of it until a run needs it again.
    let engine = ran("d1(s('bd'))", "");
    engine.console_and_wait("remove kit").unwrap();
    run(&engine, "setParam('d1', 'swing', 0.1)", "no instrument knows");
    let (version, written) = (engine.snapshot().version, engine.generated_script());
    run(&engine, &written, "no instrument knows");
    assert_eq!(engine.snapshot().version, version, "a session is what it says");
    let saved = engine.save();
    assert_eq!(modules(&engine), "out:audioOut screen:videoOut d1:sequencer");
    let loaded = Engine::empty();
    assert!(loaded.restore(saved).is_empty());
    let _ = loaded.console_and_wait("");
    assert_eq!(modules(&loaded), "out:audioOut screen:videoOut d1:sequencer");
    run(&engine, "d1(s('bd*2'))", "");
    assert_eq!(modules(&engine), "kit:sampler out:audioOut screen:videoOut d1:sequencer");
}

/// The modules that each trigger of the first bar reaches.
fn targets(script: &str) -> Vec<String> {
    let mut rig = Rig::new(script);
    rig.offline = true;
    rig.play(370);
    let joined = |names: &[Name]| names.iter().map(Name::as_str).collect::<Vec<_>>().join("+");
    rig.engine.take_triggers().iter().filter(|t| t.report.beat.to_f64() < 4.0).map(|t| joined(&t.targets)).collect()
}

#[test]
fn a_word_sounds_in_the_instrument_that_knows_it() {
    const BOTH: &str = "sampler('a', {samples = {'factory:hat', 'factory:bd'}}) sampler('b', {samples = {'factory:kick', 'factory:hat'}}) ";
    for (script, wanted) in [
        ("d1(s('bd kick hat hh'))", &["a", "b", "b", "kit"][..]),
        ("d1(s('KICK nothing bd:1 kick:3'))", &["b", "", "a", "b"]),
        ("d1('1 c4')", &["b", "synth"]),
        ("d1(s('~ bd')) connect('d1', 'b')", &["b+a"]),
        ("d1(s('kick hat')) connect('d1', 'b')", &["b", "b"]),
        ("d1(s('kick')) setParam('d1', 'auto', false) connect('d1', 'a')", &["a"]),
        ("d1(note('c e'):s('<sine>')) synth('late')", &["late", "late"]),
        ("d1(note('c'):room(1))", &["orbit1+synth"]),
        ("d1(s('bd')):setParameter('swing', 0)", &["a"]),
        // Sequencers of the old kind play what cables lead to.
        ("pattern('p', 'kick bd') sequencer('q') connect('q', 'a') bind('q', 'p')", &["a", "a"]),
    ] {
        let script = format!("audioOut('out') {BOTH}{script}");
        assert_eq!(targets(&script), wanted, "{script}");
    }
}

#[test]
fn an_instrument_that_comes_later_is_reached_and_one_that_goes_gives_way() {
    let mut rig = Rig::new("audioOut('out') videoOut('screen') d1(s('red*4'))");
    rig.play(50);
    assert!(rig.sound.iter().all(|sample| *sample == 0.0), "nobody knows the word");
    run(&rig.engine, "sampler('one', {samples = {'factory:kick|red'}})", "");
    assert!(rig.engine.wait_for_media(std::time::Duration::from_secs(20)));
    rig.play(200);
    assert!(rig.sound.iter().any(|sample| sample.abs() > 0.3));
    let last = |rig: &Rig| rig.engine.take_triggers().last().map(|t| t.targets.clone()).unwrap();
    assert_eq!(last(&rig), ["one".into()]);
    run(&rig.engine, "sampler('two', {samples = {'factory:kick|red'}})", "");
    rig.play(200);
    assert_eq!(last(&rig), ["two".into()]);
    rig.engine.console_and_wait("remove two").unwrap();
    rig.play(200);
    assert_eq!(last(&rig), ["one".into()]);
}

#[test]
fn an_orbit_leaves_the_dry_level_as_it_is() {
    let peak = |script: &str| {
        let mut rig = Rig::new(script);
        rig.play(200);
        rig.sound.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()))
    };
    let own = "audioOut('out') sampler('own', {samples = {'factory:kick'}}) ";
    for dry in ["d1(s('bd*4'):gain(0.2))", "d1(note('c*4'):gain(0.2))", &format!("{own}d1(s('kick*4'):volume(0.2))")] {
        let plain = peak(dry);
        assert!(plain > 0.01, "{dry}: {plain}");
        for more in ["d2(s('~'):room(0.5):orbit(2))", "d2(s('~'):orbit(1)) sampler('late', {samples = {'factory:hat'}})"] {
            let with = peak(&format!("{dry} {more}"));
            assert!((with / plain - 1.0).abs() < 0.01, "{dry} {more}: {plain} became {with}");
        }
    }
}

#[test]
fn an_instrument_that_comes_later_sends_to_the_orbits_that_need_made() {
    let engine = ran("d1(s('bd'):room(0.4))", "");
    run(&engine, "sampler('mine', {samples = {'factory:hat'}})", "");
    let written = engine.generated_script();
    assert!(written.contains("connect(\"mine.sends\", \"orbit1.sends\", {type = \"audio\", auto = true})"), "{written}");
    // What was led elsewhere on purpose stays there.
    run(&engine, "audioMixer('m') sampler('other', {samples = {'factory:clap'}}) connect('other', 'm')", "");
    run(&engine, "d1(s('clap'):room(0.4))", "");
    assert!(!engine.generated_script().contains("connect(\"other.sends\""));
}

#[test]
fn a_note_ends_where_it_began_though_the_plan_has_changed() {
    let mut rig = Rig::new("d1(note('c4 ~ ~ ~'))");
    rig.play(60);
    // Slots move, and another synthesizer plays what comes.
    run(&rig.engine, "lfo('aaa') synth('later')", "");
    rig.play(100);
    rig.sound.clear();
    rig.play(60);
    assert!(rig.sound.iter().all(|sample| sample.abs() < 1e-4), "the note hangs");
}

#[test]
fn a_pattern_begins_with_the_next_bar_and_an_edit_is_heard_at_once() {
    let mut rig = Rig::new("print('nothing yet')");
    let beats = |rig: &Rig| rig.engine.take_triggers().iter().map(|t| t.report.beat.to_f64()).collect::<Vec<_>>();
    rig.play(100);
    run(&rig.engine, "d1(s('bd*4'))", "");
    assert!(rig.engine.wait_for_media(std::time::Duration::from_secs(20)));
    rig.play(400);
    assert_eq!(beats(&rig)[..2], [4.0, 5.0]);
    let now = rig.beat.floor();
    run(&rig.engine, "d1(s('bd*8'))", "");
    rig.play(100);
    assert!(beats(&rig)[0] < now + 1.0);
    // In a fresh instance, whose own session plays on.
    let mut rig = Rig::new(DEFAULT_SCRIPT);
    rig.play(100);
    drop(rig.engine.take_triggers());
    run(&rig.engine, "d1('bd*4')", "");
    assert!(rig.engine.wait_for_media(std::time::Duration::from_secs(20)));
    rig.play(400);
    let first = rig.engine.take_triggers().into_iter().find(|t| &*t.sequencer == "d1").unwrap();
    assert_eq!((first.report.beat.to_f64(), &first.targets[..]), (4.0, &["kit".into()][..]));
    // Where the song stands there is nothing to wait for.
    let mut rig = Rig::new("d1(s('bd*4'))");
    rig.play(100);
    assert_eq!(beats(&rig)[0], 0.0);
}

#[test]
fn sequencers_are_hushed_muted_and_soloed_by_name_and_number() {
    let mut rig = Rig::new("d1(s('bd*4')) d2(s('hh*4')) p('low', note('c*4')) sequencer('hand')");
    let heard = |rig: &mut Rig| {
        drop(rig.engine.take_triggers());
        rig.play(200);
        let names: std::collections::BTreeSet<String> = rig.engine.take_triggers().iter().map(|t| t.sequencer.to_string()).collect();
        names.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(heard(&mut rig), "d1 d2 low");
    let table = [
        ("mute(1, 'low')", "mute d1 low", "d2"),
        ("unmute(1)", "unmute 1", "d1 d2"),
        ("unmute()", "unmute", "d1 d2 low"),
        ("solo('low', 2)", "solo low d2", "d2 low"),
        ("solo('d1')", "solo 1", "d1"),
        ("solo()", "solo", "d1 d2 low"),
        ("mute()", "mute", ""),
        ("unmute()", "unmute", "d1 d2 low"),
        ("hush()", "hush", ""),
    ];
    for (script, line, wanted) in table {
        run(&rig.engine, script, "");
        assert_eq!(heard(&mut rig), wanted, "{script}");
        let version = rig.engine.snapshot().version;
        rig.engine.console_and_wait(line).unwrap();
        assert_eq!(rig.engine.snapshot().version, version, "{line} says the same as {script}");
    }
    run(&rig.engine, "d1(s('bd*4'))", "");
    rig.play(400);
    assert_eq!(heard(&mut rig), "d1");
    let why = rig.engine.console_and_wait("mute d7").unwrap_err();
    assert!(why.contains("there is no sequencer \"d7\""), "{why}");
    // As a function of patterns it is the silent one.
    run(&rig.engine, "d1(s('bd*4'):every(1, hush))", "");
    assert_eq!(heard(&mut rig), "");
}

#[test]
fn what_a_sequencer_finds_is_no_circle_and_moves_by_commands_only() {
    let engine = ran("d1(note('c'))", "");
    run(&engine, "follower('f') connect('synth', 'out') connect('synth', 'f')", "");
    for script in ["connect('f', 'd1.swing')", "macro(1, 'x', {'d1.auto'})"] {
        assert!(engine.run_script_and_wait("song", script).error.is_some(), "{script}");
    }
}
