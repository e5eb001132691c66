//! What the command line says of scripts that play otherwise than they read, and which exit status it ends with.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

const SONG: &str = "session{}\naudioOut('out') videoOut('screen')\nsampler('k', {samples = {'factory:kick|red'}})\n\
                    sequencer('s') connect('s', 'k')\npattern('p', 'kick*2')\nbind('s', 'p')\n";

/// Exit status, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_videotracker")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn with(script: &str, arguments: &[&str]) -> (i32, String, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.lua"), script).unwrap();
    std::fs::write(folder.path().join("broken.wgsl"), "fn nonsense(").unwrap();
    let (code, out, err) = run(folder.path(), arguments);
    (code, out, err, folder)
}

const RENDER: &[&str] = &["render", "song.lua", "--bars", "1", "--audio", "out.wav", "--events", "out.jsonl"];

#[test]
fn a_render_that_lacks_something_is_written_and_ends_with_1_and_the_reason_unless_that_is_allowed() {
    for (what, more, reason) in [
        ("a medium", "sampler('x', {samples = {'gone.wav'}})", "gone.wav"),
        ("a cycle", "sequencer('g') connect('g', 'k') pattern('q', fn([[error('boom')]])) bind('g', 'q')", "boom"),
        ("a callback", "engine:onStateChange(function() error('bang') end)", "bang"),
        ("a shader", "videoSource('v', {shader = 'gone.wgsl'})", "gone.wgsl"),
    ] {
        let script = format!("{SONG}{more}\n");
        let (code, out, err, folder) = with(&script, RENDER);
        let strict = (code, err.contains(reason));
        // A shader that can't be read at all is refused by the run itself.
        if what == "a shader" && out.is_empty() {
            assert_eq!(strict, (1, true), "{what}: {err}");
            continue;
        }
        assert_eq!(strict, (1, true), "{what}: {out}{err}");
        assert!(err.contains("--allow-missing"), "{what}: {err}");
        assert!(folder.path().join("out.wav").metadata().unwrap().len() > 100_000, "{what}: the sound is written");
        assert!(std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap().lines().count() >= 2, "{what}: the table is written");
        let (code, _, err, _folder) = with(&script, &[RENDER, &["--allow-missing"]].concat());
        assert_eq!((code, err.contains(reason)), (0, true), "{what}, allowed: {err}");
    }
    let (code, _, err, _folder) = with(SONG, RENDER);
    assert_eq!((code, &*err), (0, ""), "a whole render says nothing");
}

#[test]
fn check_and_render_say_what_the_console_says_with_the_line() {
    let script = format!(
        "{SONG}pattern('lone', 'kick')\npattern('typo', 'kik')\nbind('s', 'typo')\nsampler('mute', {{samples = {{'factory:hat'}}}})\ndisconnect('mute', 'out')\n"
    );
    for arguments in [&["check", "song.lua"][..], RENDER] {
        let (code, _, err, _folder) = with(&script, arguments);
        assert_eq!(code, 0, "warnings are no failure: {err}");
        for wanted in [
            "song.lua:6: s does not play p",
            "song.lua:7: nothing plays pattern lone",
            "song.lua:8: pattern typo: no sample that s plays is called \"kik\"",
            "song.lua:10: sampler mute reaches no audioOut",
        ] {
            assert_eq!(err.matches(wanted).count(), 1, "{wanted}: {err}");
        }
    }
    let (code, out, _, _folder) = with(&script, &["check", "song.lua"]);
    assert!(code == 0 && out.contains("4 warnings"), "{out}");
    let (code, out, err, _folder) = with(SONG, &["check", "song.lua"]);
    assert!(code == 0 && out.contains("nothing wrong") && err.is_empty(), "{out}{err}");
}

#[test]
fn whatever_fails_ends_with_1() {
    let fails = format!("{SONG}pattern('q', fn([[error('boom')]])) bind('s', 'q')");
    for (script, arguments, reason) in [
        (&*fails, &["check", "song.lua"][..], "boom"),
        ("sampler('k', {samples = {'gone.wav'}})", &["check", "song.lua"], "song.lua:1:27: gone.wav"),
        ("sampler('k')\nimport('lost.wav')", &["check", "song.lua"], "song.lua:2:9: lost.wav"),
        ("sampler('k', {samples = {'gone.wav'}})", RENDER, "song.lua:1:27: gone.wav"),
        (
            "audioOut('o') sampler('k', {samples = {'factory:kick'}}) sequencer('s') connect('s', 'k') pattern('p', \
          fn([[return s('kick*' .. os.time())]])) bind('s', 'p')",
            RENDER,
            "fn:1",
        ),
        ("sampler('k'", &["check", "song.lua"], "song.lua:1"),
        ("sampler('k') engine:onStateChange(function() error('bang') end)", &["state", "song.lua"], "bang"),
        (SONG, &["render", "song.lua", "--bars", "1", "--events", "nowhere/out.jsonl"], "nowhere/out.jsonl"),
        (SONG, &["import", "song.lua", "gone.wav"], "gone.wav"),
    ] {
        let (code, _, err, _folder) = with(script, arguments);
        assert_eq!((code, err.contains(reason)), (1, true), "{arguments:?}: {err}");
    }
}

#[test]
fn a_batch_answers_every_line_and_ends_with_1_where_one_failed() {
    for (lines, wanted) in [("{\"mini\": \"a b\"}\n", 0), ("{\"mini\": \"a [\"}\n{\"mini\": \"a b\"}\n", 1)] {
        let mut query = Command::new(env!("CARGO_BIN_EXE_videotracker"));
        let mut query =
            query.args(["query", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        query.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let output = query.wait_with_output().unwrap();
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), lines.lines().count());
        assert_eq!(output.status.code(), Some(wanted), "{lines}");
    }
}

#[test]
fn a_render_whose_own_clock_nobody_started_says_so_and_one_that_was_started_plays() {
    let (code, _, err, _folder) = with(&SONG.replace("session{}", "session{clock = 'internal'}"), RENDER);
    assert_eq!((code, err.contains("nothing started it")), (0, true), "{err}");
    let started = format!("{}engine:getClock():play()", SONG.replace("session{}", "session{clock = 'internal'}"));
    let (code, out, err, _folder) = with(&started, RENDER);
    assert!(code == 0 && err.is_empty() && !out.contains(" 0 triggers"), "{out}{err}");
}

#[test]
fn record_in_a_script_is_left_to_the_plugin() {
    let (code, _, err, folder) = with(&format!("{SONG}record('film.mp4')"), RENDER);
    assert_eq!((code, err.contains("--video")), (0, true), "{err}");
    assert!(!folder.path().join("film.mp4").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_can_not_be_printed_ends_with_1_and_a_reader_that_went_away_with_0() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.lua"), SONG).unwrap();
    for arguments in [
        &["check", "song.lua"][..],
        &["state", "song.lua"],
        &["state", "song.lua", "--json"],
        &["query", "--mini", "a b"],
        &["render", "song.lua", "--bars", "1"],
        &["import", "song.lua"],
        &["--help"],
        &["--version"],
    ] {
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_videotracker"));
            command.args(arguments).current_dir(folder.path()).stderr(Stdio::piped());
            command
        };
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = command().stdout(full).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // `import` of what is no medium has nothing to print.
        let words = if arguments[0] == "import" { "song.lua" } else { "standard output can't be written" };
        assert_eq!((output.status.code(), told.contains(words)), (Some(1), true), "{arguments:?}: {told}");
        if arguments[0] != "import" {
            let mut closed = command().stdout(Stdio::piped()).spawn().unwrap();
            drop(closed.stdout.take());
            let output = closed.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!((output.status.code(), &*told), (Some(0), ""), "{arguments:?} into a closed pipe");
        }
    }
}

#[test]
fn names_that_turn_a_line_around_are_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let name = "song\u{202e}\u{2028}.lua";
    std::fs::write(folder.path().join(name), SONG).unwrap();
    let (code, out, err) = run(folder.path(), &["check", name]);
    assert!(code == 0 && out.starts_with("song\\u202e\\u2028.lua: "), "{out}{err}");
    let (code, _, err) = run(folder.path(), &["check", "gone\u{202e}.lua"]);
    assert!(code == 1 && err.starts_with("gone\\u202e.lua"), "{err}");
    // A medium is missing once, by what is said of it in the session and in the messages.
    std::fs::write(folder.path().join("one.lua"), "session{} audioOut('out') sampler('k', {samples = {'a\\27[31m.wav'}})").unwrap();
    let (code, _, err) = run(folder.path(), &["check", "one.lua"]);
    assert!(code == 1 && err.contains("1 thing wrong") && err.matches("not found").count() == 1, "{err}");
}
