//! What live coders from other systems type, and what does nothing as it stands, is said where it stands, in their words.

use videotracker_engine::{
    engine::Engine,
    pattern::cycle::{program::Program, rational::Span},
    script::Vm,
    snapshot::Severity,
};

/// The warnings of a run, with its lines.
fn warnings(engine: &Engine, script: &str) -> Vec<String> {
    let result = engine.run_script_and_wait("song", script);
    assert_eq!(result.error, None, "{script}");
    result.messages.into_iter().filter(|m| m.severity == Severity::Warning).map(|m| m.text).collect()
}

#[test]
fn what_does_nothing_or_is_out_of_range_is_said_with_its_line() {
    // Script, and what is said; nothing where no words stand.
    for (script, wanted) in [
        ("\nd1(n('0 2'):add(1))", &["song:2:", "add(1) changes nothing", "add(n(1))"][..]),
        ("d1(note('c e'):sub('<1 2>'))", &["sub(\"<1 2>\") changes nothing", "sub(note("]),
        ("d1(n(mini('0 2'):add(1)):s('bd'))", &[]),
        ("d1(n('0 2'):add(n(1)):s('bd'))", &[]),
        ("d1(s('bd'):struct('x ~ x'):mask('1 0'))", &[]),
        ("d1(s('bd'):fast(0))", &["song:1:", "fast takes more than 0", "given 0"]),
        ("d1(s('bd'):fast('<1 2>'))", &[]),
        ("d1(s('bd'):every(2, fast(-1)))", &["fast takes more than 0", "rev plays backwards"]),
        ("d1(s('bd'):ply('0 2'))", &["ply takes more than 0"]),
        ("\n\nd1(s('bd'):gain(-1))", &["song:3:", "gain takes 0 and more", "given -1"]),
        ("d1(s('bd'):slice(4, '0 5'))", &["takes 0 to 1", "1.25", "from 0"]),
        ("d1(s('bd'):slice(4, '0 3'))", &[]),
        ("d1(s('bd'):room(0.3):orbit(65))", &["orbit takes 1 to 64", "given 65"]),
        ("d1(s('bd'):room(0.3):orbit(0))", &["orbit takes 1 to 64", "given 0"]),
        ("d1(s('bd'):roomsize(4))", &["sets \"roomsize\"", "add :room(0.5)"]),
        ("d1(s('bd'):delaytime(0.2))", &["sets \"delaytime\"", "add :delay(0.5)"]),
        ("d1(s('bd'):room(0.2):roomsize(4))", &[]),
        ("d1(s('bd'):roomsize(4)) d2(s('hh'):room(0.4))", &[]),
        ("d1(s('bd'):sustain(7))", &["sustain takes 0 to 1", "given 7"]),
        ("d1(s('bd'):lpf(800):resonance(10):speed(-1):pan(0.5):cut(1):coarse(2):attack(0.2))", &[]),
        // Names.
        ("sampler('k', {samples = {'my-kick.wav', 'Loud Snare.wav'}}) d1(s('my-kick Loud_Snare bd')) p('bass line', note('c2'))", &[]),
        ("sampler('k', {samples = {'Loud Snare.wav'}}) d1(s('loud bd'))", &["did you mean \"Loud_Snare\"", "written _"]),
        // Words that nobody knows.
        ("d1(s('gm_piano'))", &["no instrument knows \"gm_piano\"", "sawtooth", "import(\"FILE.sf2\")"]),
        ("d1(note('c'):s('piano'):room(0.4))", &["no instrument knows \"piano\"", "pluck"]),
        ("sampler('kit', {samples = {'factory:hat'}}) d1(s('bd hat'))", &[]),
        ("sampler('kit', {samples = {'factory:hat'}}) d1(s('bf'))", &["\"bf\"", "did you mean \"bd\""]),
    ] {
        let said = warnings(&Engine::empty(), script);
        if wanted.is_empty() {
            assert_eq!(said, [] as [String; 0], "{script}");
            continue;
        }
        assert!(said.iter().any(|text| wanted.iter().all(|part| text.contains(part))), "{script}: {said:?}");
        assert!(said.len() <= 2, "{script}: {said:?}");
    }
}

#[test]
fn what_is_refused_names_the_call_and_the_cure() {
    for (script, wanted) in [
        ("\nd1(4)", &["song:2:1", "d1 takes a pattern, not the number 4", "n(\"4\")"][..]),
        ("d1(nil)", &["song:1:1", "d1 was given no pattern (nil)"]),
        ("d1(drums)", &["d1 was given no pattern (nil)"]),
        ("d1(fast(2))", &["d1 takes a pattern", "function of patterns"]),
        ("d1(function() end)", &["d1 takes a pattern", "fn([["]),
        ("d1(s('bd'), s('hh'))", &["d1 plays one pattern; stack(a, b)"]),
        ("p('x', 3)", &["p takes a pattern, not the number 3"]),
        ("d17(s('bd'))", &["song:1:1", "there is no d17", "p(17, …)"]),
        ("d1(s('bd'):lpf())", &["lpf: takes numbers or words, and was given none", "lpf(\"1 2\")"]),
        ("d1(lpf())", &["lpf: needs a value"]),
        ("d1(s('bd') .. s('hh'))", &["two patterns can't be joined by .."]),
        ("d1(s('bd'):every(2, 'x'))", &["every", "speed(2), which is then set"]),
        ("d1(s('bd'):jux(mini('0 1')))", &["jux", "must be a function"]),
        ("sampler('k', {sample = 'a.wav'})", &["there is no key \"sample\"", "samples = {"]),
        ("sampler('my-kick')", &["can't name a module", "as in \"my_kick\""]),
        ("sampler('k', {samples = 3})", &["samples is 3", "import(…)"]),
        // Other languages.
        ("d1(s('bd'))\n$: s('hh')", &["song:2:1", "d1(…)", "videotracker translate"]),
        ("d1 $ sound 'bd sd'", &["song:1:4", "Tidal"]),
        ("d1(s 'bd' # speed 2)", &["song:1:11", ":speed(2)"]),
        ("d1(s('bd'):every(2, x => x:rev()))", &["function(x) return"]),
        ("// a kick\nd1(s('bd'))", &["song:1:1", "begins with --"]),
        ("d1(s('bd')) // a kick\nd2(s('hh'))", &["song:1:13", "begins with --"]),
    ] {
        let error = Engine::empty().run_script_and_wait("song", script).error.unwrap_or_else(|| panic!("{script}: no error"));
        for part in wanted {
            assert!(error.contains(part), "{script}: {error}");
        }
    }
}

#[test]
fn a_control_stands_for_setting_it_where_a_function_belongs() {
    for (short, long) in [
        ("s('bd sd'):every(2, speed(2))", "s('bd sd'):every(2, function(x) return x:speed(2) end)"),
        ("s('bd sd'):off(1/8, speed('<2 3>'))", "s('bd sd'):off(1/8, function(x) return x:speed('<2 3>') end)"),
        ("s('bd sd'):jux(fast(2) .. speed(2))", "s('bd sd'):jux(function(x) return x:fast(2):speed(2) end)"),
        ("s('bd sd'):jux(speed(2) .. rev)", "s('bd sd'):jux(function(x) return x:speed(2):rev() end)"),
        ("s('bd sd'):superimpose(speed(2), rev)", "s('bd sd'):superimpose(function(x) return x:speed(2) end, rev)"),
    ] {
        let events = |pattern: &str| {
            let made = Vm::default().cycle_pattern(pattern, "song").unwrap_or_else(|why| panic!("{pattern}: {why}"));
            let program = Program::compile(&made).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            let mut all: Vec<String> = Vec::new();
            for cycle in 0..4 {
                let asked = program.query(Span::cycle(cycle), &mut |event| {
                    all.push(format!("{:?} {:?}", event.whole, event.value));
                    Ok(())
                });
                assert_eq!(asked, Ok(()), "{pattern}");
            }
            all.sort();
            all
        };
        // What a session keeps of it is read without Lua.
        let engine = Engine::empty();
        assert_eq!(warnings(&engine, &format!("d1({short})")), [] as [String; 0], "{short}");
        let other = Engine::empty();
        assert_eq!(warnings(&other, &engine.generated_script()), [] as [String; 0], "{short}");
        assert!(other.snapshot().project == engine.snapshot().project, "{short}");
        assert_eq!(events(short), events(long), "{short}");
    }
}

#[test]
fn what_is_muted_or_not_alone_is_said_and_hush_forgets_it() {
    let engine = Engine::empty();
    assert_eq!(warnings(&engine, "d1(s('bd'))\nd2(s('hh'))"), [] as [String; 0]);
    assert_eq!(warnings(&engine, "mute(2)"), [] as [String; 0], "who mutes knows");
    let said = warnings(&engine, "\nd2(s('hh*2'))");
    assert!(
        matches!(&said[..], [only] if only.contains("song:2:") && only.contains("d2 is muted") && only.contains("unmute(\"d2\")")),
        "{said:?}"
    );
    assert_eq!(warnings(&engine, "unmute(2) solo(2)"), [] as [String; 0]);
    let said = warnings(&engine, "d1(s('bd*2'))");
    assert!(matches!(&said[..], [only] if only.contains("only d2 is to be heard") && only.contains("solo()")), "{said:?}");
    assert_eq!(warnings(&engine, "mute(1) hush()"), [] as [String; 0]);
    assert_eq!(warnings(&engine, "d1(s('bd')) d2(s('hh'))"), [] as [String; 0], "what plays after hush is heard");
    // A whole script says it of itself.
    let said = warnings(&Engine::empty(), "d1(s('bd'))\nd2(s('hh'))\nmute(2)");
    assert!(matches!(&said[..], [only] if only.contains("song:2:") && only.contains("d2 is muted")), "{said:?}");
}

#[test]
fn a_sequencer_that_is_not_there_is_said_and_the_rest_goes_on() {
    let engine = Engine::empty();
    let said = warnings(&engine, "solo(2)\nd1(s('bd'))");
    assert!(matches!(&said[..], [only] if only.contains("song:1:1") && only.contains("no sequencer \"d2\"")), "{said:?}");
    assert!(engine.snapshot().project.bindings.contains_key("d1"));
    let said = warnings(&engine, "mute(1, 7)");
    assert!(said.iter().any(|text| text.contains("\"d7\"")), "{said:?}");
    assert!(engine.console_and_wait("solo nobody").is_err_and(|why| why.contains("no sequencer \"nobody\"")));
}

#[test]
fn a_file_that_is_missing_is_said_and_not_a_table() {
    let engine = Engine::empty();
    let said = engine.run_script_and_wait("song", "sampler('k', {samples = import('nothing/here')})");
    assert_eq!(said.error, None);
    let snapshot = engine.snapshot();
    let sampler =
        snapshot.project.modules.get("k").map(|module| module.samples.iter().map(|sample| sample.asset.to_string()).collect::<Vec<_>>());
    assert_eq!(sampler, Some(vec!["nothing/here".to_owned()]), "and the medium that is not there is said as any other");
}
