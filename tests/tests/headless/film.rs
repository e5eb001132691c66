//! Films: each trigger shows its clip, and the place in it, on the frame that its time names.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "tells what was skipped")]

use std::process::Command;

use videotracker_tests::{
    bundle, events,
    film::{self, Film},
};

/// Sounds whose first sample is not 0, so that their onsets can be measured to the frame.
const SCRIPT: &str = r#"
session{}
audioOut("out")
videoOut("screen")
sampler("drums", {samples = {"factory:kick|red", "factory:snare|blue", "factory:hat|green", "factory:clap|yellow"}})
sequencer("seq") connect("seq", "drums")
pattern("beat", {
  {index = 0}, {}, {index = 2}, {}, {index = 1}, {}, {index = 3}, {index = 2, chance = 60},
  {index = 0}, {}, {index = 2}, {index = 0}, {index = 1}, {}, {index = 2}, {index = 3, ratio = {2, 2}},
})
bind("seq", "beat")
"#;

/// What the renderer says where there is neither a graphics card nor a software one.
const NO_ADAPTER: &str = "no graphics adapter";

fn has_ffmpeg() -> bool {
    Command::new("ffmpeg").arg("-version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn every_trigger_shows_its_clip_at_its_place() {
    if !has_ffmpeg() {
        return println!("skipped: ffmpeg is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.lua"), SCRIPT).unwrap();
    for (fps, size, bpm) in [("30", "640x360", "128"), ("25", "320x180", "97.3"), ("60", "640x360", "174")] {
        let mut command = Command::new(bundle::program());
        command.args(["render", "song.lua", "--bars", "4", "--bpm", bpm, "--fps", fps, "--size", size, "--video", "film.mp4"]);
        let output = command.args(["--audio", "film.wav", "--events", "film.jsonl"]).current_dir(folder.path()).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        if words.contains(NO_ADAPTER) {
            return println!("skipped: {words}");
        }
        assert!(output.status.success(), "{}: {words}", output.status);
        let triggers = events::read(&folder.path().join("film.jsonl")).unwrap();
        let film = Film::read(&folder.path().join("film.mp4")).unwrap();
        let seconds = 16.0 * 60.0 / bpm.parse::<f64>().unwrap();
        let expected = (seconds * fps.parse::<f64>().unwrap() - 1e-6).ceil() as usize;
        assert_eq!(film.frames.len(), expected, "{fps} fps: frames");
        assert_eq!(format!("{}x{}", film.size.0, film.size.1), size);
        let checked = film::check(&film, &triggers, 48_000.0, "drums", &["red", "blue", "green", "yellow"]).unwrap();
        assert!(checked * 10 >= triggers.len() * 9, "{fps} fps: only {checked} of {} triggers could be seen", triggers.len());
    }
}

#[test]
fn the_recorder_in_a_loaded_plugin_films_what_the_host_plays() {
    if !has_ffmpeg() {
        return println!("skipped: ffmpeg is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("song.lua"), SCRIPT).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vt-host"))
        .arg(&bundle::bundles().clap)
        .args(["--bars", "4", "--bpm", "128", "--block", "random:5", "--wav"])
        .arg(path("film.wav"))
        .arg("--events")
        .arg(path("film.jsonl"))
        .arg("--film")
        .arg(path("film.mp4"))
        .args(["--clips", "drums=red,blue,green,yellow"])
        .env("VIDEOTRACKER_SCRIPT", path("song.lua"))
        .env("VIDEOTRACKER_RECORD", path("film.mp4"))
        .env("VIDEOTRACKER_RECORD_EVENTS", path("film.jsonl"))
        .output()
        .unwrap();
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{words}");
    if words.contains(NO_ADAPTER) {
        return println!("skipped: there is nothing to draw with");
    }
    assert!(output.status.success(), "{}: {words}", output.status);
}
