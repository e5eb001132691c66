//! Faults that people reported, each with what is right; those that concern sounds, media and exit codes are tested where these are.

use videotracker_engine::engine::Engine;

use crate::rig::Rig;

const BAND: &str = "audioOut('out') sampler('kick', {samples = {'factory:kick'}}) sequencer('beat') connect('beat', 'kick')\n";

#[test]
fn an_error_names_the_call_its_value_and_the_line_itself() {
    for (script, wanted) in [
        ("pattern('p', s('kick'):keep(n('9')))", &["song:2:", "keep: takes numbers or words", "control n"][..]),
        ("pattern('p', s('kick'):invert())", &["song:2:", "invert: takes numbers or words", "control s"]),
        ("pattern('p', s('kick'):lpf(n('9')))", &["song:2:", "lpf: takes numbers or words", "control n"]),
        ("pattern('p', s('kick'):every(2, function(x)\n  local y = x:fast(2)\n  return y:nonsense(1)\nend))", &["song:4:", "nonsense"]),
        ("pattern('p', s('kick'):every(2, function(x)\n  local y = x:fast(2)\n  return nil + y\nend))", &["song:4:"]),
        ("pattern('p', s('kick'):every(2, function(x)\n  return x:scale('C:wrong')\nend))", &["scale needs a scale it knows", "C wrong"]),
        ("pattern('p', n('0'):scale('C:wrong'))", &["song:2:", "scale needs a scale it knows", "\"C wrong\""]),
        ("pattern('p', note('c'):transpose('foo'))", &["song:2:", "transpose needs semitones", "\"foo\""]),
        ("pattern('p', s('kick'):fast('x'))", &["song:2:", "fast needs a number", "\"x\""]),
        ("pattern('p', s('kick'):fats(2))", &["song:2:", "did you mean \"fast\"?"]),
        ("pattern('p', s('kick'):lfp(200))", &["song:2:", "did you mean \"lpf\"?"]),
        ("pattern('p', s('kick')\n\n", &["song:2:8:", "nothing closes this \"(\"; \")\" is missing"]),
        ("x = {1, 2", &["song:2:5:", "nothing closes this \"{\"; \"}\" is missing"]),
        ("for i = 1, 2 do\n  print(i)\n", &["song:2:14:", "nothing closes this \"do\"; \"end\" is missing"]),
        ("pattern('p', s('kick'):qqqqq(2))", &["song:2:", "\"qqqqq\"; see the reference"]),
    ] {
        let engine = Engine::empty();
        let error = engine.run_script_and_wait("song", &format!("{BAND}{script}")).error.unwrap_or_default();
        for part in wanted {
            assert!(error.contains(part), "{script}: {error}");
        }
    }
}

#[test]
fn a_number_goes_around_within_the_samples_of_its_word() {
    const KIT: &str = "session{} audioOut('out') sampler('kit', {samples = {bd = 'factory:bd:0', cp = {'factory:cp:0', 'factory:cp:1'}, \
        sd = 'factory:sd:1'}}) sequencer('s') connect('s', 'kit') bind('s', pattern('p', ";
    let sound = |pattern: &str| Rig::undisturbed(&format!("{KIT}{pattern}))"), 800);
    for (asked, meant) in
        [("s('cp*2:<0 4 5 1>')", "s('cp*2:<0 0 1 1>')"), ("s('bd:7')", "s('bd')"), ("n('5*4')", "n('1*4')"), ("s('bd'):n(-3)", "s('bd:0')")]
    {
        let heard = sound(asked);
        assert!(heard.iter().any(|sample| sample.abs() > 0.01), "{asked} is silent");
        assert!(heard == sound(meant), "{asked} is not {meant}");
    }
}

#[test]
fn an_error_within_nested_functions_names_the_innermost_call_once() {
    let deep = |inner: &str, outer: &[&str]| {
        outer.iter().rev().fold(inner.to_owned(), |inner, word| format!("function(x) return x:{word}(2, {inner}) end"))
    };
    let mixed: Vec<&str> = ["every", "lastOf", "firstOf"].into_iter().cycle().take(30).collect();
    for (function, names) in [
        (deep("function(x) return nil + x end", &["every"; 30]), &["every: "][..]),
        (deep("function(x) return x:lpf(n('9')) end", &["every"; 30]), &["every: ", "lpf: takes numbers or words"]),
        (deep("lpf(n('9'))", &mixed), &["lastOf: ", "lpf: takes numbers or words"]),
    ] {
        let script = format!("{BAND}pattern('p', s('kick'):every(2, {function}))");
        let error = Engine::empty().run_script_and_wait("song", &script).error.unwrap_or_default();
        for part in names {
            assert!(error.contains(part), "{function}: {error}");
        }
        let calls = ["every: ", "lastOf: ", "firstOf: "].iter().map(|word| error.matches(word).count()).sum::<usize>();
        assert_eq!(calls, 1, "{error}");
    }
}

#[test]
fn a_command_answers_with_a_text_that_has_the_fields_of_the_original() {
    let engine = Engine::empty();
    let ran = engine.run_script_and_wait(
        "song",
        "local made = exec('add sampler kick')
         assert(made.success == true and made.error == '', 'the fields')
         assert(made.message == tostring(made) and #made == #made.message, 'the text')
         assert(('> ' .. made) == '> ' .. made.message and made:find('kick') and made:upper() == made.message:upper(), 'as a text')
         assert(made.nothing == nil)
         local set = engine:executeCommand('set kick volume 0.5')
         if not set.success then error(set.error) end
         print(made)",
    );
    assert_eq!(ran.error, None);
    let refused = engine.run_script_and_wait("song", "\nexec('frobnicate')").error.unwrap_or_default();
    assert!(refused.contains("song:2"), "{refused}");
}
