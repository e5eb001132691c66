//! `videotracker render`: every onset on its frame, whatever the host does, and a clear word when it can't.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    path::PathBuf,
    process::{Command, Output},
    time::{Duration, Instant},
};

use videotracker_tests::{
    audio::Audio,
    bundle,
    events::{self, Trigger, frame_of_beat},
};

/// One-frame impulses on every step of 12 a quarter note and bar.
const IMPULSES: &str = r#"
session{}
audioOut("out")
sampler("click", {samples = {"factory:impulse"}})
sequencer("beat")
connect("beat", "click", "event")
local steps = {}
for place = 1, 12 do steps[place] = {index = 0} end
pattern("even", steps, {stepsPerBeat = STEPS})
bind("beat", "even")
"#;

/// Long and short sounds, chances, ratios, lengths, columns, a chain, two sequencers, a slow and a fast pattern.
const SONG: &str = r#"
session{}
audioOut("out")
sampler("drums", {samples = {"factory:kick|red", "factory:snare|green", "factory:hat|blue"}, polyphony = "poly"})
sampler("bass", {samples = {"factory:bass|yellow"}, polyphony = "mono", attackMs = 3, releaseMs = 120, volume = 0.6})
sequencer("beat") sequencer("line")
connect("beat", "drums", "event") connect("line", "bass", "event")
pattern("one", {{index = 0}, {index = 2, volume = 0.5}, {index = 1, chance = 60}, {index = 2, ratio = "1:2"}, {index = 0, length = 2}, {}, {index = 1}, {index = 2, pan = -0.7}})
pattern("two", {{index = 1}, {}, {index = 0, position = 0.1}, {index = 2, speed = 1.7}}, {stepsPerBeat = 3})
pattern("low", {{index = 0, note = 36, length = 3}, {}, {}, {index = 0, note = 43}, {}, {index = 0, note = 31, length = 2}, {}}, {stepsPerBeat = 2})
chain("both", {{"one", 2}, "two"})
bind("beat", "both") bind("line", "low")
"#;

/// What a render left.
struct Rendered {
    wav: Vec<u8>,
    table: String,
    audio: Audio,
    events: Vec<Trigger>,
}

fn run(script: &str, arguments: &[&str]) -> (Output, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("song.lua");
    std::fs::write(&path, script).expect("a script");
    let mut command = Command::new(bundle::program());
    command.arg("render").arg(&path).args(arguments).current_dir(folder.path());
    let output = command.output().expect("videotracker runs");
    (output, folder.path().to_owned(), folder)
}

#[track_caller]
fn render(script: &str, arguments: &str) -> Rendered {
    let mut all: Vec<&str> = arguments.split_whitespace().collect();
    all.extend(["--audio", "out.wav", "--events", "out.jsonl"]);
    let (output, folder, _kept) = run(script, &all);
    assert!(output.status.success(), "render {arguments}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    Rendered {
        wav: std::fs::read(folder.join("out.wav")).expect("the sound"),
        table: std::fs::read_to_string(folder.join("out.jsonl")).expect("the table"),
        audio: Audio::read_wav(&folder.join("out.wav")).expect("a WAV file"),
        events: events::read(&folder.join("out.jsonl")).expect("an event table"),
    }
}

fn impulses(steps_a_beat: &str) -> String {
    IMPULSES.replace("STEPS", steps_a_beat)
}

fn frames(events: &[Trigger]) -> Vec<i64> {
    events.iter().map(|event| i64::try_from(event.frame).expect("a frame")).collect()
}

fn sounding(audio: &Audio) -> Vec<i64> {
    audio.sounding().into_iter().map(|frame| i64::try_from(frame).expect("a frame")).collect()
}

#[test]
fn block_length_changes_no_byte() {
    for song in [SONG.to_owned(), impulses("7")] {
        let reference = render(&song, "--bars 6 --bpm 133.7 --block 512");
        assert!(reference.events.len() > 20 && reference.audio.peak() > 0.05);
        for block in ["32", "64", "441", "1024", "2048", "random:7"] {
            let other = render(&song, &format!("--bars 6 --bpm 133.7 --block {block}"));
            assert!(other.table == reference.table, "--block {block}: other events");
            assert!(
                other.wav == reference.wav,
                "--block {block}: differs first at frame {:?}",
                other.audio.first_difference(&reference.audio)
            );
        }
    }
}

#[test]
fn every_onset_is_on_its_frame_and_heard_there() {
    // Steps a beat, tempo and rate, as fractions.
    for ((steps, over), (bpm, bpm_over), rate) in [
        ((4, 1), (120, 1), 48_000),
        ((4, 1), (128, 1), 44_100),
        ((3, 1), (1337, 10), 44_100),
        ((7, 1), (9733, 100), 48_000),
        ((5, 2), (174, 1), 96_000),
        ((96, 1), (480, 1), 44_100),
        ((1, 16), (20, 1), 48_000),
    ] {
        let name = format!("{steps}/{over} steps a beat at {bpm}/{bpm_over} BPM and {rate} Hz");
        let bars = if steps == 1 { 12 } else { 5 };
        let tempo = f64::from(bpm) / f64::from(bpm_over);
        let done =
            render(&impulses(&format!("{steps}/{over}")), &format!("--bars {bars} --bpm {tempo} --sample-rate {rate} --block random:3"));
        let expected: Vec<i64> = (0..)
            .map(|step| frame_of_beat((step * over, steps), (bpm.into(), bpm_over.into()), rate))
            .take_while(|frame| *frame < done.audio.len() as i64)
            .collect();
        assert_eq!(frames(&done.events), expected, "{name}: onsets");
        assert_eq!(sounding(&done.audio), expected, "{name}: sounding frames");
        assert!(done.events.iter().all(|event| event.song_frame == event.frame as i64 && event.targets == ["click"]), "{name}");
        assert_eq!(done.events[0].step, Some(0), "{name}: step 0 sounds");
    }
}

/// Where a beat falls in seconds under a tempo map.
fn seconds(beat: f64, map: &[(f64, f64)]) -> f64 {
    let ends = map.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
    map.iter().zip(ends).map(|((from, bpm), end)| (beat.min(end) - from).max(0.0) * 60.0 / bpm).sum()
}

#[test]
fn a_tempo_map_moves_onsets_by_less_than_a_frame() {
    let map = [(0.0, 120.0), (3.0, 60.0), (7.5, 173.3), (11.0, 91.7)];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tempo.txt");
    std::fs::write(&path, map.map(|(beat, bpm)| format!("{beat} {bpm}\n")).concat()).unwrap();
    for block in ["64", "441", "2048", "random:5"] {
        let done = render(&impulses("4"), &format!("--bars 5 --block {block} --tempo-map {}", path.display()));
        assert_eq!(done.events.len(), 80, "block {block}: four a beat for 20 beats");
        for (step, event) in done.events.iter().enumerate() {
            let exact = seconds(step as f64 / 4.0, &map) * 48_000.0;
            assert!((event.frame as f64 - exact).abs() <= 1.0, "block {block}, step {step}: frame {} instead of {exact}", event.frame);
        }
        assert_eq!(sounding(&done.audio), frames(&done.events), "block {block}");
    }
}

#[test]
fn a_loop_loses_doubles_and_delays_nothing() {
    // (loop, tempo, steps a beat); a loop on whole frames and one between them, one that a block holds several times.
    for (from, to, bpm, steps) in [(1.0, 3.0, 120.0, 4), (0.5, 2.25, 133.7, 3), (0.0, 0.1, 120.0, 30)] {
        for (option, block) in
            [("--loop", "441"), ("--loop", "2048"), ("--loop-unsplit", "64"), ("--loop-unsplit", "2048"), ("--loop-unsplit", "random:9")]
        {
            let name = format!("{option} {from}:{to} at {bpm} BPM in blocks of {block}");
            let done = render(&impulses(&steps.to_string()), &format!("--seconds 6 --bpm {bpm} --block {block} {option} {from}:{to}"));
            let frames_a_beat = 60.0 / bpm * 48_000.0;
            let mut expected = Vec::new();
            let mut pass = 0.0;
            let last = done.audio.len() as f64 - 2.0;
            while pass * frames_a_beat < last {
                // The first pass begins at beat 0, every other at the loop's start; `pass` is where, in beats since the start.
                let begin = if pass == 0.0 { 0.0 } else { from };
                let first = (begin * f64::from(steps) - 1e-9).ceil() as i64;
                let end = (to * f64::from(steps) - 1e-9).ceil() as i64;
                expected.extend((first..end).map(|step| (pass + step as f64 / f64::from(steps) - begin) * frames_a_beat));
                pass += to - begin;
            }
            expected.retain(|frame| *frame < last);
            let heard: Vec<f64> = done.events.iter().map(|event| event.frame as f64).filter(|frame| *frame < last).collect();
            assert_eq!(heard.len(), expected.len(), "{name}: events");
            for (place, (heard, expected)) in heard.iter().zip(&expected).enumerate() {
                assert!((heard - expected).abs() <= 1.0, "{name}: event {place} at frame {heard} instead of {expected}");
            }
            let mut distinct = frames(&done.events);
            distinct.dedup();
            assert_eq!(sounding(&done.audio), distinct, "{name}: sounding frames");
        }
    }
}

#[test]
fn starting_at_beat_400_gives_the_tail_of_starting_at_0() {
    let offset = 400 * 24_000;
    for song in [SONG.to_owned(), impulses("5")] {
        let whole = render(&song, "--bars 104 --bpm 120 --block 1024");
        let tail = render(&song, "--start 400 --bars 4 --bpm 120 --block 1024");
        let expected: Vec<Trigger> = whole
            .events
            .into_iter()
            .filter(|event| event.frame >= offset)
            .map(|event| Trigger { frame: event.frame - offset, ..event })
            .collect();
        assert_eq!(tail.events, expected);
        let (mut old, mut new) = (whole.audio.tail(offset as usize), tail.audio);
        if song == SONG {
            // Voices that began before beat 400 have ended a second later.
            (old, new) = (old.tail(48_000), new.tail(48_000));
        }
        assert!(new.peak() > 0.05);
        assert_eq!(new.first_difference(&old), None);
    }
}

#[test]
fn nothing_plays_before_beat_0_that_should_not_and_negative_beats_play() {
    let done = render(&impulses("1"), "--start -4 --bars 2 --bpm 120");
    let expected: Vec<i64> = (0..8).map(|beat| beat * 24_000).collect();
    assert_eq!(frames(&done.events), expected);
    assert_eq!(done.events[0].song_frame, -96_000);
}

#[test]
fn the_same_render_twice_gives_the_same_bytes() {
    let (one, two) = (render(SONG, "--bars 4 --bpm 97"), render(SONG, "--bars 4 --bpm 97"));
    assert!(one.wav == two.wav && one.table == two.table);
}

/// Scripts that would stop the music, if they could.
const HOSTILE: &[(&str, &str)] = &[
    ("endless loop", "while true do end"),
    ("endless coroutine", "coroutine.wrap(function() while true do end end)()"),
    ("endless loop under pcall", "local function spin() while true do end end\nwhile true do pcall(spin) end"),
    ("string bomb", "local s = (\"x\"):rep(1e9)"),
    ("table bomb", "local t = {}\nwhile true do t[#t + 1] = (\"x\"):rep(1000) .. #t end"),
    ("deep recursion", "local function deep(n) return 1 + deep(n + 1) end\ndeep(0)"),
    (
        "backtracking",
        "string.find((\"a\"):rep(30), (\"a?\"):rep(30) .. (\"a\"):rep(30))\nstring.find((\"a\"):rep(50000), (\".-\"):rep(20) .. \"b\")",
    ),
    ("a million modules", "for n = 1, 1e6 do sampler(\"s\" .. n) end"),
];

/// Takes the time that programs compute that were started and have ended: what else the machine does is not in it. Where the system
/// doesn't tell, it takes the time of the clock.
struct Stopwatch {
    clock: Instant,
    computed: Option<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { clock: Instant::now(), computed: Self::computed() }
    }

    fn elapsed(&self) -> Duration {
        match (self.computed, Self::computed()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.clock.elapsed(),
        }
    }

    /// User's and system's time of children that were waited for, in Linux's hundredths of a second (proc(5), `cutime` and `cstime`).
    fn computed() -> Option<Duration> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Duration::from_millis(10 * (ticks(13)? + ticks(14)?)))
    }
}

#[test]
fn hostile_scripts_end_in_an_error_within_a_second_and_a_half() {
    // Starting the program is not the script's time.
    let begun = Stopwatch::start();
    drop(render(&impulses("1"), "--bars 1"));
    let start = begun.elapsed();
    for (name, script) in HOSTILE {
        let begun = Stopwatch::start();
        let (output, folder, _kept) = run(script, &["--bars", "1", "--audio", "out.wav"]);
        let took = begun.elapsed().saturating_sub(start);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {}\n{words}", output.status);
        assert!(took <= Duration::from_millis(1500), "{name}: took {took:?}");
        assert!(words.len() > 10 && !words.contains("panicked"), "{name}: {words}");
        assert!(!folder.join("out.wav").exists(), "{name}: leaves no file");
    }
}

#[test]
fn a_script_that_fails_names_its_line() {
    for (script, line, word) in [
        ("sampler(\"k\")\nsetParam(\"k\", \"volum\", 1)\n", 2, "volume"),
        ("sampler(\"k\")\n\nsetParam(\"k\", \"volume\", 7)", 3, "2"),
        ("sampler(\"k\"\n", 1, "nothing closes this \"(\""),
        ("local t = nil\nprint(t.x)", 2, "nil"),
        ("connect(\"nobody\", \"audioOut\")", 1, "nobody"),
        (&format!("{SONG}\nerror(\"at the very end\")"), SONG.lines().count() + 2, "at the very end"),
    ] {
        let (output, folder, _kept) = run(script, &["--bars", "1", "--audio", "out.wav"]);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{script}: {words}");
        assert!(words.contains(&format!(":{line}:")) || words.contains(&format!("line {line}")), "{script}: no line {line} in: {words}");
        assert!(words.contains(word), "{script}: no \"{word}\" in: {words}");
        assert!(words.contains("song.lua"), "{script}: no script name in: {words}");
        assert!(!folder.join("out.wav").exists(), "{script}: leaves no file");
    }
}

#[test]
fn usage_errors_exit_with_2_and_say_what_is_meant() {
    for arguments in [
        &["--nonsense"][..],
        &["--block", "0"],
        &["--block", "many"],
        &["--bpm", "loud"],
        &["--loop", "3:1"],
        &["--bars"],
        &["--start", "NaN"],
    ] {
        let (output, ..) = run(&impulses("4"), arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}\n{words}", output.status);
        assert!(words.contains(arguments[0].trim_start_matches('-')), "{arguments:?}: {words}");
    }
}

#[test]
fn the_scripts_in_the_readme_play() {
    let readme = std::fs::read_to_string(bundle::workspace().join("README.md")).unwrap();
    let scripts: Vec<&str> = readme.split("```lua\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        let done = render(script, "--bars 2");
        assert!(!done.events.is_empty() && done.audio.peak() > 0.05, "{script}");
    }
}

#[test]
fn every_preset_plays() {
    let presets = bundle::workspace().join("presets");
    let scripts = std::fs::read_dir(presets).unwrap().flatten().map(|entry| entry.path());
    let scripts: Vec<PathBuf> = scripts.filter(|path| path.extension().is_some_and(|extension| extension == "lua")).collect();
    assert!(!scripts.is_empty());
    for path in scripts {
        let done = render(&std::fs::read_to_string(&path).unwrap(), "--bars 4");
        assert!(!done.events.is_empty() && done.audio.peak() > 0.05 && done.audio.is_finite(), "{}", path.display());
    }
}
