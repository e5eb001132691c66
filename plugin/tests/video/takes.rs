//! Armed once, a film of each time the song plays.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::{
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::record_common::SCRIPT;
use videotracker::{instance::Instance, video::recorder::Status};
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::{Engine, MediaRoots},
    project::MACROS,
    snapshot::Message,
};

const RATE: usize = 48_000;

/// An instance whose scripts write into `folder`.
fn instance(folder: &Path) -> Instance {
    let instance = Instance::new(Arc::new(Engine::new()));
    instance.engine.set_media_roots(MediaRoots(vec![folder.to_owned()]));
    instance
}

/// Runs the script and `line`; `None`, with a line, where adapter or ffmpeg are missing.
fn run(instance: &Instance, line: &str) -> Option<()> {
    let before = instance.engine.messages(0).last().map_or(0, |(number, _)| *number);
    let result = instance.engine.run_script_and_wait("test", &format!("{SCRIPT}\n{line}"));
    assert!(result.success, "{result:?}");
    assert!(instance.engine.wait_for_media(Duration::from_secs(20)), "media load");
    let said: Vec<Message> = instance.engine.messages(before).into_iter().map(|(_, message)| message).collect();
    let lacks = said.iter().find(|message| message.text.contains("ffmpeg program") || message.text.contains("adapter"));
    lacks.map_or(Some(()), |message| {
        println!("skipped: {}", message.text);
        None
    })
}

/// Plays (or rests) for `frames` frames.
fn play(processor: &mut Processor, frames: usize, playing: bool, offline: bool) {
    let macros = [0.0_f32; MACROS];
    for start in (0..frames).step_by(500) {
        let (mut left, mut right) = ([0.0; 500], [0.0; 500]);
        let beat = start as f64 / RATE as f64 * 2.0;
        let transport = HostTransport { playing, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("lists").map(|entry| entry.expect("lists").file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn told(instance: &Instance) -> Vec<String> {
    instance.take_notices().into_iter().map(|message| message.text).collect()
}

fn wait_for(instance: &Instance, status: Status) {
    let began = Instant::now();
    while instance.takes.status() != status && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(instance.takes.status(), status);
}

#[test]
fn every_bounce_is_a_film_of_its_own_and_equal_ones_are_equal_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    let mut processor = instance.engine.activate(RATE as f64);
    let Some(()) = run(&instance, r#"record("film.mp4", {size = "64x36", fps = 25, bounce = true})"#) else { return };
    wait_for(&instance, Status::Armed);
    play(&mut processor, 24_000, true, false);
    for _ in 0..2 {
        play(&mut processor, 5_000, false, true);
        play(&mut processor, 48_000, true, true);
    }
    play(&mut processor, 5_000, false, false);
    play(&mut processor, 24_000, true, false);
    instance.takes.end();
    assert_eq!(files(folder.path()), ["film-2.mp4", "film.mp4"], "{:?}", told(&instance));
    let read = |name| std::fs::read(folder.path().join(name)).expect("reads");
    assert!(read("film.mp4") == read("film-2.mp4"), "two bounces of the same song differ");
    let said = told(&instance);
    assert!(said.len() == 2 && said.iter().all(|text| text.contains("25 pictures")), "{said:?}");
    assert_eq!(instance.takes.status(), Status::Off);
}

#[test]
fn a_take_goes_from_where_the_song_starts_to_where_it_stops_and_survives_the_processor() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    // Armed before the host activates, and for two activations at different rates.
    let Some(()) = run(&instance, r#"record("clips/take.mov", {size = "64x36"})"#) else { return };
    for rate in [RATE as f64, 44_100.0] {
        let mut processor = instance.engine.activate(rate);
        assert!(instance.engine.wait_for_media(Duration::from_secs(20)), "media load");
        play(&mut processor, 1_000, false, true);
        play(&mut processor, 24_000, true, true);
        drop(processor);
    }
    instance.takes.end();
    let clips = folder.path().join("clips");
    assert_eq!(files(&clips), ["take-2.mov", "take.mov"], "{:?}", told(&instance));
    let probe = |name: &str| {
        let mut command = Command::new("ffprobe");
        command.args(["-v", "error", "-show_entries", "stream=codec_name,nb_frames,sample_rate,duration_ts", "-of", "compact=p=0:nk=1"]);
        String::from_utf8(command.arg(clips.join(name)).output().expect("runs").stdout).expect("is text")
    };
    for (name, sound, pictures) in [("take.mov", "48000", "|15"), ("take-2.mov", "44100", "|17")] {
        let shown = probe(name);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.first().is_some_and(|video| video.contains("hap") && video.ends_with(pictures)), "{shown}");
        assert!(
            lines.get(1).is_some_and(|audio| audio.contains("pcm_s24le") && audio.contains(sound) && audio.contains("24000")),
            "{shown}"
        );
    }
}

#[test]
fn the_same_wish_again_changes_nothing_and_another_ends_the_take() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    let mut processor = instance.engine.activate(RATE as f64);
    let Some(()) = run(&instance, r#"record("one.mp4", {size = "64x36"})"#) else { return };
    play(&mut processor, 24_000, true, true);
    run(&instance, r#"record("one.mp4", {size = "64x36"})"#).expect("as before");
    play(&mut processor, 24_000, true, true);
    run(&instance, r#"record("two.mp4", {size = "64x36"})"#).expect("as before");
    // The new recorder begins when the old one has written its film.
    let began = Instant::now();
    while !folder.path().join("one.mp4").exists() && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    run(&instance, "record(false)").expect("as before");
    instance.takes.end();
    assert_eq!(files(folder.path()), ["one.mp4"]);
    assert!(told(&instance).iter().any(|text| text.contains("30 pictures")), "the first film is whole");
}

#[cfg(unix)]
#[test]
fn a_script_records_below_its_folder_and_over_no_link() {
    let held = tempfile::tempdir().expect("a folder");
    let (folder, outside) = (held.path().join("song"), held.path().join("outside"));
    [&folder, &outside].into_iter().for_each(|folder| std::fs::create_dir(folder).expect("makes"));
    let link = |name: &str| std::os::unix::fs::symlink(outside.join("none.mp4"), folder.join(name)).expect("links");
    link("link.mp4");
    let instance = instance(&folder);
    let said = |before: u64| -> Vec<String> { instance.engine.messages(before).into_iter().map(|(_, message)| message.text).collect() };
    for path in ["link.mp4".to_owned(), "../film.mp4".to_owned(), "../../x/".to_owned(), outside.join("film.mp4").display().to_string()] {
        for line in [format!("record({path:?})"), format!("exec({:?})", format!("record {path}"))] {
            let before = instance.engine.messages(0).last().map_or(0, |(number, _)| *number);
            assert!(instance.engine.run_script_and_wait("stranger", &line).success);
            assert!(said(before).iter().any(|text| text.contains("A script records below")), "{line}: {:?}", said(before));
            assert_eq!(instance.takes.status(), Status::Off, "{line}");
        }
    }
    let mut processor = instance.engine.activate(RATE as f64);
    let Some(()) = run(&instance, r#"record("film.mp4", {size = "64x36", fps = 25})"#) else { return };
    // Even one that takes the name after it was checked is gone around.
    link("film.mp4");
    play(&mut processor, 24_000, true, true);
    play(&mut processor, 1_000, false, true);
    instance.takes.end();
    assert_eq!(files(&folder), ["film-2.mp4", "film.mp4", "link.mp4"], "{:?}", told(&instance));
    assert!(std::fs::symlink_metadata(folder.join("film.mp4")).expect("is there").is_symlink());
    assert_eq!(files(&outside), Vec::<String>::new());
    // What is typed into the window leads anywhere.
    let before = instance.engine.messages(0).last().map_or(0, |(number, _)| *number);
    instance.engine.console_and_wait(&format!("record {}", outside.join("typed.mp4").display())).expect("arms");
    assert!(said(before).iter().any(|text| text.contains("is recorded when the song plays")), "{:?}", said(before));
}

#[test]
fn switching_off_while_the_song_plays_ends_the_take_there_and_the_film_is_whole_while_it_plays_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    let mut processor = instance.engine.activate(RATE as f64);
    let Some(()) = run(&instance, r#"record("film.mp4", {size = "64x36", fps = 25})"#) else { return };
    play(&mut processor, 24_000, true, true);
    // The recorder may still have to look up.
    let began = Instant::now();
    while !matches!(instance.takes.status(), Status::Recording(_)) && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let before = instance.engine.messages(0).last().map_or(0, |(number, _)| *number);
    assert!(instance.engine.run_script_and_wait("test", "record(false)").success);
    let said: Vec<Message> = instance.engine.messages(before).into_iter().map(|(_, message)| message).collect();
    assert!(said.iter().any(|message| message.text.contains("the take ends here")), "{said:?}");
    assert_eq!(instance.takes.status(), Status::Off);
    let began = Instant::now();
    while files(folder.path()) != ["film.mp4"] && began.elapsed() < Duration::from_secs(120) {
        play(&mut processor, 500, true, true);
    }
    assert_eq!(files(folder.path()), ["film.mp4"], "the song still plays");
    play(&mut processor, 48_000, true, true);
    instance.takes.end();
    assert_eq!(files(folder.path()), ["film.mp4"]);
    let said = told(&instance);
    // Half a second, at 25 pictures a second: the thirteenth begins within it.
    assert!(said.len() == 1 && said[0].ends_with("is written, 13 pictures"), "{said:?}");
}

#[test]
fn pictures_that_come_too_late_are_told_as_a_share_and_leave_no_hole_in_the_film() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    let mut processor = instance.engine.activate(RATE as f64);
    let Some(()) = run(&instance, r#"record("film.mov", {size = "64x36"})"#) else { return };
    // Live, but as fast as it goes: the recorder can't keep up.
    play(&mut processor, 96_000, true, false);
    play(&mut processor, 1_000, false, false);
    instance.takes.end();
    let said = told(&instance);
    println!("{said:?}");
    assert!(said.len() == 1 && said[0].contains("is written, 60 pictures"), "{said:?}");
    assert!(!said[0].contains("too slow"), "{said:?}");
    if said[0].contains("too late") {
        assert!(said[0].contains(" %) came too late, and the picture before each stands in its place: "), "{said:?}");
        assert!(said[0].contains(" ms "), "what was measured: {said:?}");
    }
    let mut probe = Command::new("ffprobe");
    probe.args(["-v", "error", "-show_entries", "stream=nb_frames,duration", "-of", "compact=p=0:nk=1"]);
    let shown = String::from_utf8(probe.arg(folder.path().join("film.mov")).output().expect("runs").stdout).expect("is text");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with("|60") && lines.iter().all(|line| line.starts_with("2.000000")), "{shown}");
}

#[test]
fn wrong_wishes_are_refused_in_the_run_and_record_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = instance(folder.path());
    for (line, wanted) in [
        (r#"record("film.mp4", {size = "640"})"#, "written \"1280x720\""),
        (r#"record("film.mp4", {fps = 1000})"#, "goes from 1 to 240"),
        (r#"record("film.mp4", {sice = 1})"#, "size"),
        ("record(7)", "the film's path, true or false"),
    ] {
        let result = instance.engine.run_script_and_wait("test", line);
        assert!(!result.success && result.error.as_ref().is_some_and(|why| why.contains(wanted)), "{line}: {result:?}");
    }
    let before = instance.engine.messages(0).last().map_or(0, |(number, _)| *number);
    assert!(instance.engine.run_script_and_wait("test", r#"record("film.avi")"#).success);
    let said: Vec<Message> = instance.engine.messages(before).into_iter().map(|(_, message)| message).collect();
    assert!(said.iter().any(|message| message.text.contains("end the name in .mp4 or .mov")), "{said:?}");
    assert_eq!(instance.takes.status(), Status::Off);
    assert_eq!(files(folder.path()), Vec::<String>::new());
}
