//! What plays otherwise than a script reads is said once a run, with its line.

use videotracker_engine::{
    engine::{Engine, SavedSession},
    session::DEFAULT_SCRIPT,
    snapshot::Severity,
};

/// The warnings of a run: line and text.
fn warnings(engine: &Engine, script: &str) -> Vec<(Option<u32>, String)> {
    let result = engine.run_script_and_wait("song", script);
    assert_eq!(result.error, None, "{script}");
    result.messages.into_iter().filter(|m| m.severity == Severity::Warning).map(|m| (m.line, m.text)).collect()
}

fn fresh(script: &str) -> Vec<(Option<u32>, String)> {
    warnings(&Engine::empty(), script)
}

const BAND: &str = "audioOut('out') videoOut('screen')\n\
    sampler('kick', {samples = {'factory:kick|red', 'factory:hat'}})\n\
    sequencer('beat') connect('beat', 'kick')\n";

/// Lines of a script, each with words that its warning holds.
type Wanted<'a> = &'a [(u32, &'a [&'a str])];

#[test]
fn each_kind_of_silence_is_said_with_its_line_and_nothing_else() {
    // After the three lines of `BAND`: the script, then line and words of every warning.
    let table: &[(&str, Wanted)] = &[
        ("pattern('p', 'kick hat:0 KICK red Kick:1 c4') bind('beat', 'p')", &[]),
        ("pattern('p', {{index = 1}, {index = 7}}) bind('beat', 'p')", &[(4, &["plays the sample with index 7", "kick has 2 samples"])]),
        ("pattern('p', {{index = 7}}) bind('beat', 'p') setParam('kick', 'slices', 16)", &[]),
        ("pattern('p', 'kick\\n snare') bind('beat', 'p')", &[(4, &["\"snare\"", "kick, hat, red"])]),
        ("pattern('p', s('kik'))\n\nbind('beat', 'p')", &[(4, &["did you mean \"kick\""])]),
        ("pattern('p', s('kick'):speed('fast')) bind('beat', 'p')", &[(4, &["speed takes a number", "\"fast\""])]),
        ("pattern('p', s('kick'):playStyle('bounce')) bind('beat', 'p')", &[(4, &["playStyle takes once, loop", "\"bounce\""])]),
        ("pattern('p', note('h4 q')) bind('beat', 'p')", &[(4, &["note takes notes", "\"h4\""]), (4, &["\"q\""])]),
        ("pattern('p', s('kick'):transient(0.4)) bind('beat', 'p')", &[(4, &["sets \"transient\"", "no module of the session hears"])]),
        (
            "pattern('p', s('kick'):room(0.4)) bind('beat', 'p')",
            &[(4, &["sets \"room\"", "leads to no orbit", "connect(\"kick\", \"orbit1\")"])],
        ),
        (
            "pattern('p', s('kick'):room(0.4)) bind('beat', 'p') orbit('o') connect('kick', 'o')",
            &[(4, &["o does not hear what it says of an orbit", "connect(\"beat\", \"o\")"])],
        ),
        ("pattern('p', s('kick'):room(0.4):attack(0.1)) bind('beat', 'p') orbit('o') connect('kick', 'o') connect('beat', 'o')", &[]),
        ("pattern('p', 'kick')\nbind('beat', 'p')\npattern('q', 'hat')", &[(6, &["nothing plays pattern q", "bind(\"beat\", \"q\")"])]),
        (
            "pattern('p', 'kick')\npattern('q', 'hat')\nbind('beat', 'p')\n\nbind('beat', 'q')",
            &[(6, &["beat does not play p", "line 8", "q"])],
        ),
        ("pattern('p', 'kick')\nbind('beat', 'p') bind('beat', 'p')", &[]),
        (
            "pattern('p', 'kick') pattern('q', 'hat')\nbind('beat', 'p') unbind('beat')\nbind('beat', 'q')",
            &[(4, &["nothing plays pattern p"])],
        ),
        (
            "pattern('p', 'kick')\nchain('c', {'p'})\nsequencer('free')\nbind('beat', 'p')",
            &[(5, &["nothing plays chain c", "bind(\"free\", \"c\")"]), (6, &["sequencer free has nothing to play"])],
        ),
        ("pattern('p', 'kick')\npattern('q', getPattern('p'):fast(2))\nbind('beat', 'q')", &[]),
        (
            "pattern('p', 'kick')\nsequencer('s2')\nbind('s2', 'p') bind('beat', 'p')",
            &[(5, &["sequencer s2 plays p but triggers nothing", "connect(\"s2\", \"kick\")"])],
        ),
        (
            "pattern('p', 'kick') bind('beat', 'p')\nsampler('late', {samples = {'a.wav'}})\ndisconnect('late', 'out')",
            &[(5, &["sampler late reaches no audioOut", "connect(\"late\", \"out\")"])],
        ),
        (
            "pattern('p', 'kick') bind('beat', 'p')\naudioMixer('m') disconnect('m', 'out')\ndisconnect('kick', 'out') connect('kick', 'm')",
            &[(2, &["sampler kick reaches no audioOut"])],
        ),
        (
            "pattern('p', 'kick') bind('beat', 'p')\ndisconnect('kick', 'screen')",
            &[(2, &["its picture is not shown", "connect(\"kick\", \"screen\")"])],
        ),
        (
            "pattern('p', 'kick') bind('beat', 'p')\noscilloscope('scope') disconnect('scope', 'screen')",
            &[(5, &["oscilloscope scope reaches no videoOut"])],
        ),
        ("pattern('p', 'kick') bind('beat', 'p')\nsampler('empty') connect('beat', 'empty')", &[(5, &["sampler empty has no samples"])]),
        (
            "pattern('q', '0 5')\nbind('beat', 'q')",
            &[(4, &["pattern q plays the sample with index 5", "kick has 2 samples", "n(5) goes around"])],
        ),
        ("pattern('q', n('0 5*4'))\nbind('beat', 'q')", &[]),
        ("sampler('cut', {samples = {'factory:kick'}, slices = 8}) connect('beat', 'cut') pattern('q', '0 5') bind('beat', 'q')", &[]),
        ("exec('pattern create p')", &[(4, &["nothing plays pattern p"])]),
        // Sequencers that find their instruments.
        ("d1(s('kick hat'))", &[]),
        ("d1(s('kick')) hush()", &[]),
        ("d1(s('kick'))\nd1(s('hat'))", &[(4, &["d1 does not play this", "line 5"])]),
        ("d1(s('kick'))\nd1(s('kick'))", &[]),
        ("d1(s('kick'))\nd2(s('kik'))", &[(5, &["no instrument knows \"kik\"", "did you mean \"kick\""])]),
        ("\nd1(s('bf'))", &[(5, &["no instrument knows \"bf\"", "did you mean \"bd\""])]),
        ("s('kick')\nlocal lost = s('hat')\nkept = s('hat')\nd1(s('kick'))", &[(4, &["bound to nothing"]), (5, &["bound to nothing"])]),
        ("d1(s('kick'):room(0.2):orbit(irand(3):add(2)))", &[(4, &["chooses orbit", "is not there", "sounds in orbit 1"])]),
        ("d1(s('kick'):duck(irand(3):add(2)))", &[(4, &["ducks orbit", "is not there", "number ="])]),
        ("d1(s('kick'))\ndisconnect('kick', 'out')", &[(2, &["sampler kick reaches no audioOut"])]),
    ];
    for (script, wanted) in table {
        let found = fresh(&format!("{BAND}{script}"));
        assert_eq!(found.len(), wanted.len(), "{script}: {found:#?}");
        for ((line, text), (at, words)) in found.iter().zip(*wanted) {
            assert_eq!(*line, Some(*at), "{script}: {text}");
            assert!(words.iter().all(|word| text.contains(word)), "{script}: {text}");
        }
    }
}

#[test]
fn a_sampler_without_an_output_is_said_however_the_session_came_to_have_none() {
    for (script, line, words) in [
        ("session{autoRoute = false}\nsampler('k', {samples = {'factory:kick'}})", 2, "audioOut(\"out\") connect(\"k\", \"out\")"),
        ("session{autoRoute = false}\naudioOut('o')\nsampler('k', {samples = {'factory:kick'}})", 3, "connect(\"k\", \"o\")"),
        ("sampler('k', {samples = {'factory:kick'}})", 1, "audioOut(\"out\") makes one"),
        ("sampler('k', {samples = {'film.mov'}})", 1, "audioOut"),
    ] {
        let found = fresh(script);
        assert!(found.iter().any(|(at, text)| *at == Some(line) && text.contains(words)), "{script}: {found:?}");
    }
    for script in [
        "videoOut('s') sampler('k', {samples = {'film.mov'}})",
        "audioOut('o') sampler('k', {samples = {'film.mov', 'loop.wav'}})",
        "videoOut('s') sampler('k', {samples = {'still.png', 'factory:red'}})",
        "sampler('k')",
    ] {
        assert_eq!(fresh(script), [], "{script}");
    }
}

#[test]
fn a_run_tells_of_what_it_touched_and_once() {
    let engine = Engine::empty();
    let nobody = "sampler('k', {samples = {'factory:kick'}})";
    assert_eq!(warnings(&engine, nobody).len(), 1);
    assert_eq!(warnings(&engine, nobody).len(), 1, "the same run says the same");
    assert_eq!(warnings(&engine, "audioOut('o') disconnect('k', 'o')").len(), 1, "a block that cuts it off");
    assert_eq!(warnings(&engine, "print('x')"), [], "what a block does not touch is not its matter");
    assert_eq!(warnings(&engine, "sequencer('s')"), [], "half a session, block by block");
    assert_eq!(warnings(&engine, "pattern('p', 'kick')").len(), 1);
    assert_eq!(warnings(&engine, "connect('s', 'k') connect('k', 'o') bind('s', 'p')"), []);
    let said = engine.messages(0).into_iter().filter(|(_, m)| m.severity == Severity::Warning).count();
    assert_eq!(said, 4, "the console hears what the run says");
}

#[test]
fn words_that_come_to_find_nothing_are_said_without_a_run_too() {
    let engine = Engine::empty();
    let song = format!("{BAND}pattern('p', 'kick hat') bind('beat', 'p')");
    assert_eq!(warnings(&engine, &song), []);
    let _processor = engine.activate(48_000.0);
    assert!(engine.console_and_wait("seq beat unbind").is_ok());
    let said = |engine: &Engine| {
        let _ = engine.wait_for_media(std::time::Duration::from_secs(10));
        engine.messages(0).into_iter().filter(|(_, m)| m.severity == Severity::Warning).map(|(_, m)| m.text).collect::<Vec<_>>()
    };
    assert_eq!(said(&engine), [] as [String; 0], "what a hand takes away is no mistake");
    assert_eq!(warnings(&engine, "sampler('kick', {samples = {'factory:kick'}}) bind('beat', 'p')").len(), 1);
    assert_eq!(said(&engine).len(), 1, "once, not a second time from the audio thread's plan");
    // A loaded session says its words, and of half-done work nothing.
    let loaded = Engine::empty();
    let saved = SavedSession { script: String::new(), ..engine.save() };
    assert!(loaded.restore(saved).is_empty());
    assert!(said(&loaded)[..].iter().all(|text| text.contains("\"hat\"")) && said(&loaded).len() == 1, "{:?}", said(&loaded));
}

#[test]
fn what_is_shipped_says_nothing() {
    for preset in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../presets")).expect("presets").flatten() {
        let text = std::fs::read_to_string(preset.path()).expect("a preset");
        assert_eq!(fresh(&text), [], "{}", preset.path().display());
    }
    assert_eq!(fresh(DEFAULT_SCRIPT), []);
}

#[test]
fn a_flood_of_findings_is_counted() {
    let found = fresh("for n = 1, 500 do pattern('p' .. n, 'a') end");
    assert_eq!(found.len(), 21);
    assert!(found[20].1.contains("480 more"), "{:?}", found[20]);
}
