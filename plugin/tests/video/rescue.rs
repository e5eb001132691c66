//! What was recorded is kept when the encoder or the disk fails.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]
#![cfg(unix)]

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::record_common::{RATE, SCRIPT, engine, leftovers, play, probe, rest};
use videotracker::{
    instance::Instance,
    video::{
        Recorder, VideoError,
        recorder::{RecordOptions, Status},
    },
};
use videotracker_engine::engine::{Engine, MediaRoots};

/// A recording that has begun; `None`, with a line, where adapter or ffmpeg are missing.
fn begin(engine: &Arc<Engine>, options: RecordOptions) -> Option<Recorder> {
    match Recorder::start(engine, options) {
        Ok(started) => Some(started),
        Err(error @ (VideoError::NoAdapter { .. } | VideoError::NoDevice { .. } | VideoError::NoFfmpeg { .. })) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Our children that write into a folder.
fn encoders(folder: &Path) -> Vec<String> {
    let ours = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let of = |process: &PathBuf| {
        let status = std::fs::read_to_string(process.join("status")).unwrap_or_default();
        let words = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let child = status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == ours));
        child && String::from_utf8_lossy(&words).contains(&*folder.to_string_lossy())
    };
    processes.filter(of).filter_map(|process| Some(process.file_name()?.to_string_lossy().into_owned())).collect()
}

fn kill_encoder(folder: &Path) {
    let encoders = encoders(folder);
    assert_eq!(encoders.len(), 1, "one encoder runs");
    assert!(Command::new("kill").arg("-9").args(&encoders).status().expect("runs").success());
}

/// Pictures of a film that decode, and seconds of its sound.
fn content(film: &Path) -> (u64, f64) {
    let number = |text: &str, name: &str| {
        let found = text.split(['|', '\n']).find_map(|part| part.strip_prefix(name)?.parse::<f64>().ok());
        found.unwrap_or(0.0)
    };
    let (video, audio) = (probe(film, "v").expect("ffprobe"), probe(film, "a").expect("ffprobe"));
    println!("{}: {video} {audio}", film.display());
    (number(&video, "nb_read_frames=") as u64, number(&audio, "duration="))
}

fn sorted(folder: &Path) -> Vec<String> {
    let mut names = leftovers(folder);
    names.sort();
    names
}

/// A program in ffmpeg's place that runs these lines where it encodes pictures, and ffmpeg otherwise.
fn in_place_of_ffmpeg(folder: &Path, encoding: &str) -> PathBuf {
    let path = folder.join("ffmpeg");
    std::fs::write(&path, format!("#!/bin/sh\ncase \"$*\" in *rawvideo*)\n{encoding}\n;; esac\nexec ffmpeg \"$@\"\n")).expect("writes");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("may be run");
    path
}

#[test]
fn a_film_whose_encoder_is_killed_is_kept_up_to_there_and_goes_over_nothing() {
    for ending in ["mp4", "mov"] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(format!("film.{ending}"));
        let (engine, mut processor) = engine(SCRIPT);
        for name in [format!("film (incomplete).{ending}"), format!("film (incomplete 2).{ending}")] {
            let before = std::fs::read(folder.path().join(format!("film (incomplete).{ending}"))).ok();
            let options = RecordOptions { size: (64, 36), ..RecordOptions::new(&path) };
            let Some(recorder) = begin(&engine, options) else { return };
            play(&mut processor, 96_000);
            let began = Instant::now();
            while recorder.frames() < 60 && began.elapsed() < Duration::from_secs(120) {
                std::thread::sleep(Duration::from_millis(5));
            }
            // The encoder may still have some before it.
            std::thread::sleep(Duration::from_millis(300));
            kill_encoder(folder.path());
            play(&mut processor, 24_000);
            let error = recorder.finish().expect_err("its encoder is dead").to_string();
            println!("{error}");
            assert!(error.contains("is incomplete: ffmpeg failed") && error.contains(&name) && error.contains("again"), "{error}");
            let (pictures, secs) = content(&folder.path().join(&name));
            // H.264 keeps some pictures in hand before it writes them.
            let least = if ending == "mp4" { 40 } else { 58 };
            assert!(pictures >= least && (2.0..2.6).contains(&secs), "{pictures} pictures, {secs} s");
            assert!(error.contains("it ended early, signal: 9"), "{error}");
            assert!(error.contains(&format!("{pictures} of 6")), "{error}");
            let after = std::fs::read(folder.path().join(format!("film (incomplete).{ending}"))).ok();
            assert!(before.is_none() || before == after, "what was there stays");
        }
        let names = [format!("film (incomplete 2).{ending}"), format!("film (incomplete).{ending}")];
        assert_eq!(sorted(folder.path()), names, "and nothing else");
    }
}

#[test]
fn an_encoder_that_hangs_is_ended_and_what_it_wrote_is_kept() {
    let (folder, programs) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("film.mov");
    // Takes fifty pictures, and then nothing more.
    let ffmpeg = in_place_of_ffmpeg(programs.path(), "head -c 460800 | ffmpeg \"$@\"\nexec sleep 600");
    let (engine, mut processor) = engine(SCRIPT);
    let options = RecordOptions { size: (64, 36), ffmpeg, patience: Duration::from_secs(1), ..RecordOptions::new(&path) };
    let Some(recorder) = begin(&engine, options) else { return };
    let began = Instant::now();
    play(&mut processor, 192_000);
    let error = recorder.finish().expect_err("its encoder hangs").to_string();
    println!("{error} after {:?}", began.elapsed());
    assert!(error.contains("it took no picture for 1 s") && began.elapsed() < Duration::from_secs(60), "{error}");
    assert_eq!(sorted(folder.path()), ["film (incomplete).mov"]);
    assert_eq!(content(&folder.path().join("film (incomplete).mov")).0, 50);
}

#[test]
fn a_film_that_may_not_grow_is_kept_in_its_parts_where_they_can_not_be_joined() {
    let (folder, programs) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("film.mov");
    let ffmpeg = programs.path().join("ffmpeg");
    // Blocks of 512 bytes; whatever it writes ends there.
    std::fs::write(&ffmpeg, "#!/bin/sh\nulimit -f 400\nexec ffmpeg \"$@\"\n").expect("writes");
    std::fs::set_permissions(&ffmpeg, std::fs::Permissions::from_mode(0o755)).expect("may be run");
    let (engine, mut processor) = engine(SCRIPT);
    let options = RecordOptions { size: (320, 180), ffmpeg, ..RecordOptions::new(&path) };
    let Some(recorder) = begin(&engine, options) else { return };
    play(&mut processor, 480_000);
    let error = recorder.finish().expect_err("its film may not grow").to_string();
    println!("{error}");
    assert_eq!(sorted(folder.path()), ["film (incomplete).mov", "film (incomplete).wav"], "{error}");
    let film = folder.path().join("film (incomplete).mov");
    let (pictures, sound) = (content(&film).0, content(&folder.path().join("film (incomplete).wav")).1);
    assert!(pictures > 0 && sound > 0.0 && error.contains(&format!("{pictures} of ")), "{pictures} pictures, {sound} s: {error}");
    assert!(std::fs::metadata(&film).expect("is there").len() <= 400 * 1024);
}

/// A disk of a mebibyte.
struct Small(tempfile::TempDir);

impl Small {
    /// `None`, with a line, where it can't be had.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(folder)),
            other => {
                println!("skipped: no small disk can be mounted ({other:?})");
                None
            }
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0.path()).status());
    }
}

#[test]
fn a_full_disk_keeps_what_it_holds_of_a_film() {
    for ending in ["mp4", "mov"] {
        let Some(disk) = Small::mount() else { return };
        let path = disk.0.path().join(format!("film.{ending}"));
        let (engine, mut processor) = engine(SCRIPT);
        let Some(recorder) = begin(&engine, RecordOptions { size: (640, 360), ..RecordOptions::new(&path) }) else { return };
        play(&mut processor, 480_000);
        let error = recorder.finish().expect_err("the disk is full").to_string();
        println!("{error}");
        assert!(error.contains("No space left") && error.contains("Make room there"), "{error}");
        let names = sorted(disk.0.path());
        assert!(names.iter().all(|name| name.starts_with("film (incomplete).")), "{names:?}");
        let (pictures, _) = content(&disk.0.path().join(format!("film (incomplete).{ending}")));
        assert!(pictures > 5 && error.contains(&format!("{pictures} of ")), "{pictures} pictures: {error}");
    }
}

#[test]
fn a_full_disk_keeps_every_whole_image_and_their_sound() {
    let Some(disk) = Small::mount() else { return };
    let path = format!("{}/", disk.0.path().join("images").display());
    let (engine, mut processor) = engine(SCRIPT);
    let Some(recorder) = begin(&engine, RecordOptions { size: (320, 180), ..RecordOptions::new(&path) }) else { return };
    play(&mut processor, 960_000);
    let error = recorder.finish().expect_err("the disk is full").to_string();
    println!("{error}");
    assert!(error.contains("No space left") && error.contains("Make room there"), "{error}");
    assert_eq!(sorted(disk.0.path()), ["images (incomplete)"]);
    let folder = disk.0.path().join("images (incomplete)");
    let names = sorted(&folder);
    let images: Vec<_> = names.iter().filter(|name| name.ends_with(".png")).collect();
    println!("{} images", images.len());
    assert!(images.len() > 5 && error.contains(&format!("{} of {}", images.len(), images.len())), "{error}");
    images.iter().for_each(|name| drop(image::open(folder.join(name)).expect("a whole image")));
    let sound = hound::WavReader::open(folder.join("audio.wav")).expect("opens");
    assert_eq!(sound.spec().sample_rate, RATE);
    assert!(sound.duration() > RATE / 8, "{} frames", sound.duration());
    assert_eq!(names.len(), images.len() + 1, "{names:?}");
}

#[test]
fn the_console_names_the_take_that_is_incomplete_and_the_next_one_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let instance = Instance::new(Arc::new(Engine::new()));
    instance.engine.set_media_roots(MediaRoots(vec![folder.path().to_owned()]));
    let mut processor = instance.engine.activate(f64::from(RATE));
    let run = instance.engine.run_script_and_wait("test", &format!("{SCRIPT}\nrecord('take.mov', {{size = '64x36'}})"));
    assert!(run.success, "{run:?}");
    assert!(instance.engine.wait_for_media(Duration::from_secs(20)), "media load");
    if instance.takes.status() == Status::Off {
        return println!("skipped: nothing can be recorded here: {:?}", instance.engine.messages(0));
    }
    play(&mut processor, 48_000);
    let began = Instant::now();
    while !matches!(instance.takes.status(), Status::Recording(30..)) && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(5));
    }
    kill_encoder(folder.path());
    play(&mut processor, 48_000);
    rest(&mut processor, 4_800);
    play(&mut processor, 48_000);
    rest(&mut processor, 4_800);
    instance.takes.end();
    let said: Vec<String> = instance.take_notices().into_iter().map(|message| message.text).collect();
    assert!(said.iter().any(|text| text.contains("take (incomplete).mov") && text.contains("pictures are kept")), "{said:?}");
    assert!(said.iter().any(|text| text.contains("take.mov is written, 30 pictures")), "{said:?}");
    assert_eq!(sorted(folder.path()), ["take (incomplete).mov", "take.mov"]);
    assert_eq!(content(&folder.path().join("take.mov")), (30, 1.0));
}
