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
fn each_silence_of_one_line_is_said_with_its_line() {
    let script = "s('bd')\nd1(s('bd'))\nd1(s('hh'))\nd2(s('nobody'))\nd3(s('bd'):room(0.2):orbit(irand(2):add(5)))\npattern('lone', 'bd')\n\
                  audioOut('out') audioMixer('cut') disconnect('cut', 'out') sampler('mine', {samples = {'factory:hat'}}) connect('mine', 'cut') d4(s('hat'))\n";
    for arguments in [&["check", "song.lua"][..], RENDER] {
        let (code, _, err, _folder) = with(script, arguments);
        assert_eq!(code, 0, "warnings are no failure: {err}");
        for wanted in [
            "song.lua:1: this pattern is bound to nothing",
            "song.lua:2: d1 does not play this: line 3",
            "song.lua:4: pattern d2: no instrument knows \"nobody\"",
            "song.lua:5: pattern d3 chooses orbit 5, which is not there, so it sounds in orbit 1",
            "song.lua:6: nothing plays pattern lone",
            "song.lua:7: sampler mine reaches no audioOut",
        ] {
            assert_eq!(err.matches(wanted).count(), 1, "{wanted}: {err}");
        }
    }
}

#[test]
fn a_file_of_one_line_is_heard_from_its_first_bar_and_seen() {
    let one = "d1(s(\"bd*4, hh*8, ~ cp\"))\n";
    let (code, out, err, folder) = with(one, RENDER);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("13 triggers"), "{out}");
    let table = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    assert!(
        table.lines().next().unwrap().contains("\"beat\":0.0") && table.lines().all(|line| line.contains("\"targets\":[\"kit\"]")),
        "{table}"
    );
    let wave = std::fs::read(folder.path().join("out.wav")).unwrap();
    let samples = wave[wave.len() - 96_000 * 8..].as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let first = samples.clone().position(|sample| sample.abs() > 0.1).unwrap();
    assert!(first < 2000, "the first sound begins {first} samples behind the bar");
    // A picture of lights is larger than a black one.
    let film = |script: &str| {
        let (code, _, err, folder) =
            with(script, &["render", "song.lua", "--bars", "1", "--video", "film/", "--size", "64x36", "--fps", "8"]);
        let size = |name: &str| std::fs::metadata(folder.path().join("film").join(name)).map_or(0, |file| file.len());
        (code, err.contains("no graphics adapter"), size("000001.png"))
    };
    match (film(one), film("videoOut('screen')")) {
        ((_, true, _), _) => {}
        ((code, _, lit), (_, _, black)) => assert!(code == 0 && lit > 4 * black && black > 0, "{lit} {black}"),
    }
}

#[test]
fn a_wrong_command_line_says_what_is_wrong_first_and_no_whole_help() {
    for (arguments, wanted) in [
        (&["rendr", "song.lua"][..], &["no command and no script \"rendr\"", "did you mean \"render\"?"][..]),
        (&["render", "song.lua", "--loudly"], &["--loudly", "usage: videotracker render SCRIPT"]),
        (&["render", "song.lua", "--audio", "x.mp3"], &["--audio writes a WAV file, not mp3", "ffmpeg -i x.wav x.mp3"]),
        (&["translate"], &["path of a tune", "usage: videotracker translate TUNE.js"]),
        (&["--loudly"], &["--loudly", "videotracker help"]),
    ] {
        let (code, out, err, folder) = with(SONG, arguments);
        assert_eq!((code, &*out), (2, ""), "{arguments:?}: {err}");
        assert!(wanted.iter().all(|part| err.contains(part)) && err.lines().count() <= 2, "{arguments:?}: {err}");
        assert!(!folder.path().join("x.mp3").exists());
    }
}

#[test]
fn a_render_that_keeps_nothing_says_so() {
    let (code, out, err, _folder) = with(SONG, &["render", "song.lua", "--bars", "1"]);
    assert!(code == 0 && out.contains("nothing is kept, for none of --audio F.wav"), "{out}{err}");
}

#[test]
fn a_tune_that_can_not_be_read_ends_with_1_and_the_rest_is_written() {
    for (tune, status, written, said) in [
        ("$: s(\"bd\")", 0, "d1(s(\"bd\"))", ""),
        ("$: s(\"bd\").glow()", 0, ".glow()", "tune.js:1: .glow"),
        ("$: s(\"bd\")\n$: s(\"hh\"", 1, "d1(s(\"bd\"))", "tune.js:2: this can't be read"),
        ("d1(s(\"bd\"):fast(2))", 1, "--", "Lua already"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tune.js"), tune).unwrap();
        let (code, out, err) = run(folder.path(), &["translate", "tune.js"]);
        assert_eq!((code, out.contains(written), err.contains(said)), (status, true, true), "{tune}: {out}{err}");
    }
}

#[test]
fn a_folder_of_folders_is_imported_whole() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["banks/bd/a.wav", "banks/bd/b.wav", "banks/sd/a.wav"] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut wav = hound::WavWriter::create(path, spec).unwrap();
        (0..100).for_each(|_| wav.write_sample(1000_i16).unwrap());
        wav.finalize().unwrap();
    }
    let (code, out, err) = run(folder.path(), &["import", "banks"]);
    assert_eq!((code, out.lines().count(), &*err), (0, 3, ""), "{out}");
}

#[test]
fn whatever_fails_ends_with_1() {
    let fails = format!("{SONG}pattern('q', fn([[error('boom')]])) bind('s', 'q')");
    let endless = format!("{SONG}pattern('q', fn([[local n = 0\n\nwhile true do n = n + 1 end]])) bind('s', 'q')");
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
        (&*endless, RENDER, "fn:3: it ran too long"),
        (&*endless, &["check", "song.lua"], "fn:3: it ran too long"),
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

#[test]
fn presets_are_listed_printed_and_taken_by_name_where_a_script_is() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = run(folder.path(), &["presets"]);
    assert_eq!((code, out.contains("first-light"), out.contains("glass")), (0, true, true), "{out}");
    let (code, script, _) = run(folder.path(), &["presets", "Glass"]);
    assert_eq!((code, script.starts_with("-- name: Glass")), (0, true), "{script}");
    assert_eq!(run(folder.path(), &["check", "glass"]).0, 0);
    let (code, _, err) = run(folder.path(), &["presets", "glas"]);
    assert_eq!((code, err.contains("did you mean \"glass\"")), (1, true), "{err}");
    let (code, _, err) = run(folder.path(), &["check", "glas"]);
    assert_eq!((code, err.contains("name of a preset")), (1, true), "{err}");
}

/// The drivers of some machines say nothing either way.
#[cfg(target_os = "linux")]
#[test]
fn a_film_is_rendered_without_a_display_and_without_a_word_about_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.lua"), SONG).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_videotracker"));
    command.args(["render", "song.lua", "--seconds", "0.2", "--size", "64x64", "--video", "pictures/"]).current_dir(folder.path());
    let output = ["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"].iter().fold(&mut command, |command, name| command.env_remove(name));
    let said = String::from_utf8_lossy(&output.output().unwrap().stderr).into_owned();
    assert!(!said.contains("XDG_RUNTIME_DIR") && !said.to_lowercase().contains("wayland"), "{said}");
}
