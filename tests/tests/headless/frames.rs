//! Every frame of a film shows the frame of its clip that arithmetic predicts, forwards, backwards, at any speed, looped,
//! grained and from any position; in a folder of images, and in a film that the loaded plugin writes in an offline bounce.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "tells what was skipped")]

use std::{fmt::Write, path::Path, process::Command};

use videotracker_engine::media::{FrameReader, factory::read_counter};
use videotracker_tests::{
    bundle,
    counter::{Counter, Play},
    events::{self, frame_of_beat},
    film::Film,
};

/// What the renderer says where there is neither a graphics card nor a software one.
const NO_ADAPTER: &str = "no graphics adapter";

/// Silent and with sound, in three frame rates, and one long enough that a position in single precision misses its frame.
const CLIPS: [Counter; 4] = [
    Counter { file: "thirty.mov", base: 0x1000, fps: (30, 1), frames: 120, sound: 0 },
    Counter { file: "film.mov", base: 0x2000, fps: (24, 1), frames: 100, sound: 204_000 },
    Counter { file: "ntsc.mov", base: 0x3000, fps: (30_000, 1001), frames: 90, sound: 0 },
    Counter { file: "long.mov", base: 0x4000, fps: (25, 1), frames: 15_000, sound: 0 },
];

/// One step: a clip, how it is played, and for how many beats before the next one takes its place.
struct Case {
    clip: usize,
    play: Play,
    beats: i64,
}

/// Every speed with every way of playing, over clips and positions in turn.
fn cases() -> Vec<Case> {
    let speeds = [1.0, -1.0, 2.0, -2.0, 4.0, 0.5, -0.5, 1.5, -1.5, 3.0, 0.25, 1.1, -0.7, 0.0];
    let positions = [0.0, 0.25, 0.5, 0.7, 0.9];
    let mut cases = Vec::new();
    for (place, speed) in speeds.into_iter().enumerate() {
        for (turn, (looping, grain)) in [(false, 0.0), (true, 0.0), (true, 0.25), (true, 0.1)].into_iter().enumerate() {
            let (clip, position) = ((place + turn) % CLIPS.len(), positions[(place * 3 + turn) % positions.len()]);
            let region = if turn == 1 { (0.25, 0.75) } else { (0.0, 1.0) };
            cases.push(Case { clip, play: Play { speed, position, region, looping, grain }, beats: 1 + (place % 2) as i64 });
        }
    }
    // Long enough to run out of a clip, and over a loop's edge many times.
    for (speed, looping) in [(4.0, false), (-2.0, false), (4.0, true), (-2.0, true), (1.0, false)] {
        cases.push(Case { clip: 0, play: Play { speed, looping, ..Play::default() }, beats: 12 });
    }
    cases
}

fn script(cases: &[Case]) -> String {
    let files: Vec<String> = CLIPS.iter().map(|clip| format!("\"{}\"", clip.file)).collect();
    let mut steps = String::new();
    for Case { clip, play, beats } in cases {
        let Play { speed, position, region: (begin, end), looping, grain } = play;
        let style = f64::from(u8::from(*looping)) + f64::from(u8::from(*grain > 0.0));
        let _ = writeln!(
            steps,
            "  {{index = {clip}, length = {beats}, speed = {speed}, position = {position}, regionStart = {begin}, \
             regionEnd = {end}, playStyle = {style}, grainSize = {grain}}},{}",
            " {},".repeat(*beats as usize - 1)
        );
    }
    format!(
        "session{{}}\naudioOut(\"out\")\nvideoOut(\"screen\")\n\
         sampler(\"clips\", {{samples = {{{}}}, polyphony = \"mono\", releaseMs = 0, volume = 0.1}})\n\
         sequencer(\"seq\") connect(\"seq\", \"clips\")\n\
         pattern(\"all\", {{\n{steps}}}, {{stepsPerBeat = 1}})\nbind(\"seq\", \"all\")\n",
        files.join(", ")
    )
}

/// A render's tempo, rates and cuts.
#[derive(Clone, Copy, Debug)]
struct Setting {
    bpm: (i64, i64),
    rate: u32,
    fps: (u32, u32),
    block: &'static str,
}

impl Setting {
    fn tempo(&self) -> f64 {
        self.bpm.0 as f64 / self.bpm.1 as f64
    }

    /// The number on each of the first `frames` frames of the film.
    fn predicted(&self, cases: &[Case], frames: usize) -> Vec<Option<u32>> {
        self.predicted_from(&self.onsets(cases), cases, frames)
    }

    /// The audio frame of each case's onset, and of the last one's end.
    fn onsets(&self, cases: &[Case]) -> Vec<i64> {
        let mut beat = 0;
        let mut onsets = vec![0];
        for case in cases {
            beat += case.beats;
            onsets.push(frame_of_beat((beat, 1), self.bpm, i64::from(self.rate)));
        }
        onsets
    }

    /// As [`Self::predicted`], for onsets that a host has put elsewhere.
    fn predicted_from(&self, onsets: &[i64], cases: &[Case], frames: usize) -> Vec<Option<u32>> {
        let end = onsets.get(cases.len()).copied().unwrap_or(i64::MAX);
        let onsets: Vec<_> = onsets.iter().zip(cases).collect();
        let rate = f64::from(self.rate);
        let shown = |number: usize| {
            let time = number as f64 * f64::from(self.fps.1) / f64::from(self.fps.0);
            let reached = (time * rate + 1e-6).floor() as i64;
            let (onset, case) = onsets.iter().rev().find(|(onset, _)| **onset <= reached)?;
            if reached >= end {
                return None;
            }
            CLIPS[case.clip].shown(&case.play, time - **onset as f64 / rate, rate)
        };
        (0..frames).map(shown).collect()
    }
}

/// A folder with the clips and the script; `None`, with a line, where they can't be made.
fn folder() -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    for clip in &CLIPS {
        if let Err(why) = clip.make(folder.path()) {
            println!("skipped: {why:#}");
            return None;
        }
    }
    std::fs::write(folder.path().join("song.lua"), script(&cases())).unwrap();
    Some(folder)
}

fn beats() -> i64 {
    cases().iter().map(|case| case.beats).sum()
}

/// The number in a PNG; `None` where it is black.
fn number(path: &Path) -> Option<u32> {
    let mut reader = FrameReader::open(path).unwrap();
    let (width, height) = (reader.info().width, reader.info().height);
    let mut frame = videotracker_engine::media::FrameBuffer::default();
    reader.read(0, &mut frame).unwrap();
    shown(&frame.to_rgba8(), width, height)
}

/// The number in a picture; `None` where it is black.
fn shown(rgba: &[u8], width: u32, height: u32) -> Option<u32> {
    // The clips are grey above their number.
    let lit = rgba[..4].iter().take(3).any(|channel| *channel > 64);
    if lit { Some(read_counter(rgba, width, height).unwrap_or(u32::MAX)) } else { None }
}

/// Compares every frame; the message lists what differs.
#[track_caller]
fn compare(what: &str, seen: &[Option<u32>], predicted: &[Option<u32>]) {
    assert_eq!(seen.len(), predicted.len(), "{what}: frames");
    let wrong: Vec<String> = (0..seen.len())
        .filter(|frame| seen[*frame] != predicted[*frame])
        .map(|frame| format!("frame {frame}: {:x?} instead of {:x?}", seen[frame], predicted[frame]))
        .collect();
    assert!(wrong.is_empty(), "{what}: {} of {} frames differ\n{}", wrong.len(), seen.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn every_rendered_frame_shows_the_number_that_arithmetic_predicts() {
    let Some(folder) = folder() else { return };
    for setting in [
        Setting { bpm: (120, 1), rate: 48_000, fps: (30, 1), block: "512" },
        Setting { bpm: (1337, 10), rate: 44_100, fps: (30_000, 1001), block: "random:4" },
        Setting { bpm: (96, 1), rate: 48_000, fps: (24, 1), block: "random:9" },
    ] {
        let images = folder.path().join(format!("{}", setting.fps.0));
        let mut command = Command::new(bundle::program());
        command.args(["render", "song.lua", "--bars", &(beats() as f64 / 4.0).to_string(), "--bpm", &setting.tempo().to_string()]);
        command.args(["--sample-rate", &setting.rate.to_string(), "--block", setting.block, "--size", "64x36"]);
        command.args(["--fps", &format!("{}/{}", setting.fps.0, setting.fps.1), "--video", &format!("{}/", images.display())]);
        let output = command.current_dir(folder.path()).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        if words.contains(NO_ADAPTER) {
            return println!("skipped: {words}");
        }
        assert!(output.status.success(), "{}: {words}", output.status);
        let count =
            std::fs::read_dir(&images).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|e| e == "png")).count();
        let seen: Vec<Option<u32>> = (0..count).map(|frame| number(&images.join(format!("{frame:06}.png")))).collect();
        let seconds = beats() as f64 * 60.0 / setting.tempo();
        let expected = (seconds * f64::from(setting.fps.0) / f64::from(setting.fps.1) - 1e-6).ceil() as usize;
        compare(&format!("{setting:?}"), &seen, &setting.predicted(&cases(), expected));
    }
}

#[test]
fn two_bounces_in_the_loaded_plugin_are_the_predicted_film_to_the_byte() {
    let Some(folder) = folder() else { return };
    let setting = Setting { bpm: (120, 1), rate: 48_000, fps: (30, 1), block: "random:5" };
    let bars = (beats() + 3) / 4;
    let mut films = Vec::new();
    for name in ["one.mp4", "two.mp4"] {
        let path = folder.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_vt-host"))
            .arg(&bundle::bundles().clap)
            .args(["--bars", &bars.to_string(), "--bpm", "120", "--block", setting.block])
            .env("VIDEOTRACKER_SCRIPT", folder.path().join("song.lua"))
            .env("VIDEOTRACKER_RECORD", &path)
            .env("VIDEOTRACKER_RECORD_SIZE", "320x180")
            .output()
            .unwrap();
        let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if words.contains(NO_ADAPTER) {
            return println!("skipped: there is nothing to draw with");
        }
        assert!(output.status.success(), "{}: {words}", output.status);
        films.push(path);
    }
    let film = Film::read(&films[0]).unwrap();
    let (width, height) = film.size;
    let seen: Vec<Option<u32>> = film.frames.iter().map(|rgba| shown(rgba, width, height)).collect();
    let cases = cases();
    // Where a bar is filled up the pattern begins anew.
    let again: Vec<Case> = cases.into_iter().chain(self::cases()).collect();
    compare("the bounce", &seen, &setting.predicted(&again, bars as usize * 60));
    let bytes = |path: &Path| std::fs::read(path).unwrap();
    assert!(bytes(&films[0]) == bytes(&films[1]), "two bounces differ");
}

#[test]
fn two_bounces_in_ardour_are_the_predicted_film_to_the_byte() {
    const SECS: usize = 30;
    let present = |program: &&str| Command::new("which").arg(program).output().is_ok_and(|found| found.status.success());
    if let Some(missing) = ["ardour7-lua", "/usr/lib/ardour7/ardour-vst3-scanner"].iter().find(|program| !present(program)) {
        return println!("skipped: there is no {missing}");
    }
    let Some(folder) = folder() else { return };
    let song = format!("{}\nrecord(\"bounce.mp4\", {{size = \"320x180\", bounce = true}})\n", script(&cases()));
    std::fs::write(folder.path().join("song.lua"), song).unwrap();
    let films = ["bounce.mp4", "bounce-2.mp4"].map(|name| folder.path().join(name));
    let output = Command::new(bundle::workspace().join("tests/hosts/ardour_bounce.sh"))
        .arg(&bundle::bundles().vst3)
        .arg("videoTracker")
        .arg(folder.path().join("song.lua"))
        .arg(SECS.to_string())
        .args(&films)
        .output()
        .unwrap();
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if words.contains(NO_ADAPTER) {
        return println!("skipped: there is nothing to draw with");
    }
    assert!(output.status.success(), "{}: {words}", output.status);
    let film = Film::read(&films[0]).unwrap();
    let (width, height) = film.size;
    let seen: Vec<Option<u32>> = film.frames.iter().map(|rgba| shown(rgba, width, height)).collect();
    // Ardour's own session goes at 120 quarter notes a minute.
    let setting = Setting { bpm: (120, 1), rate: 48_000, fps: (30, 1), block: "Ardour's" };
    // Ardour plays the block in which the bounce ends to its end.
    assert!((SECS * 30..=SECS * 30 + 1).contains(&seen.len()), "{} frames", seen.len());
    // Its positions are rounded to 1920ths of a quarter note and its tempo is a little off: the onsets are where it put them.
    let triggers = events::read(&films[0].with_extension("mp4.jsonl")).unwrap();
    let onsets: Vec<i64> = triggers.iter().map(|trigger| trigger.frame as i64 - triggers[0].frame as i64).collect();
    let off = onsets.iter().zip(setting.onsets(&cases())).map(|(onset, due)| onset.abs_diff(due)).max();
    assert!(triggers[0].song_frame == 0 && off < Some(48), "onsets are {off:?} frames off");
    compare("Ardour's bounce", &seen, &setting.predicted_from(&onsets, &cases(), seen.len()));
    let bytes = |path: &Path| std::fs::read(path).unwrap();
    assert!(bytes(&films[0]) == bytes(&films[1]), "two bounces differ");
}

#[test]
fn a_thousand_clips_in_one_sampler_load_and_each_shows_on_its_trigger() {
    const BASES: u32 = 16;
    const FRAMES: u32 = 64;
    let folder = tempfile::tempdir().unwrap();
    for base in 0..BASES {
        let clip = Counter { file: "made.mov", base: base << 8, fps: (30, 1), frames: FRAMES, sound: 0 };
        if let Err(why) = clip.make(folder.path()) {
            return println!("skipped: {why:#}");
        }
        for copy in (base..1000).step_by(BASES as usize) {
            std::fs::copy(folder.path().join("made.mov"), folder.path().join(format!("c{copy}.mov"))).unwrap();
        }
    }
    // Each stands on a frame of its own, so that no two samples show the same number.
    let own = |clip: u32| clip / BASES;
    let samples: Vec<String> =
        (0..1000).map(|clip| format!("{{\"c{clip}.mov\", position = {}}}", f64::from(own(clip)) / f64::from(FRAMES))).collect();
    let mut script = format!(
        "session{{}}\naudioOut(\"out\")\nvideoOut(\"screen\")\nsampler(\"clips\", {{samples = {{{}}}, polyphony = \"mono\", speed = 0, releaseMs = 0}})\n\
         sequencer(\"seq\") connect(\"seq\", \"clips\")\n",
        samples.join(", ")
    );
    // Every clip once, in an order that leaps from file to file.
    let order: Vec<u32> = (0..1000).map(|step| step * 377 % 1000).collect();
    for (part, steps) in order.chunks(250).enumerate() {
        let steps: String = steps.iter().map(|clip| format!("{{index = {clip}}},")).collect();
        let _ = writeln!(script, "pattern(\"p{part}\", {{{steps}}}, {{stepsPerBeat = 15}})");
    }
    script.push_str("chain(\"all\", {\"p0\", \"p1\", \"p2\", \"p3\"})\nbind(\"seq\", \"all\")\n");
    std::fs::write(folder.path().join("song.lua"), script).unwrap();
    let mut command = Command::new(bundle::program());
    command.args([
        "render",
        "song.lua",
        "--seconds",
        &(1000.0_f64 / 30.0).to_string(),
        "--bpm",
        "120",
        "--size",
        "64x36",
        "--video",
        "images/",
    ]);
    let began = std::time::Instant::now();
    let output = command.current_dir(folder.path()).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    if words.contains(NO_ADAPTER) {
        return println!("skipped: {words}");
    }
    assert!(output.status.success(), "{}: {words}", output.status);
    println!("loaded, triggered and rendered in {:?}", began.elapsed());
    let seen: Vec<Option<u32>> = (0..1000).map(|frame| number(&folder.path().join(format!("images/{frame:06}.png")))).collect();
    let wanted: Vec<Option<u32>> = order.iter().map(|clip| Some(((clip % BASES) << 8) + own(*clip))).collect();
    compare("a thousand clips", &seen, &wanted);
}
