//! Recordings of a real engine, looked at with other eyes.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use std::path::Path;

use crate::record_common::{SCRIPT, engine, leftovers, play, probe};
use videotracker::video::{
    Recorder, VideoError,
    recorder::{RecordOptions, Summary},
};
use videotracker_engine::media::{FrameBuffer, FrameReader};

/// Records; `None`, with a line, where adapter or ffmpeg are missing.
fn record(script: &str, options: RecordOptions, frames: usize) -> Option<Summary> {
    let (engine, mut processor) = engine(script);
    let recorder = match Recorder::start(&engine, options) {
        Ok(started) => started,
        Err(error @ (VideoError::NoAdapter { .. } | VideoError::NoDevice { .. } | VideoError::NoFfmpeg { .. })) => {
            println!("skipped: {error}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    play(&mut processor, frames);
    Some(recorder.finish().expect("the recording is whole"))
}

#[test]
fn a_film_has_every_frame_and_its_sound_in_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let options = RecordOptions { size: (320, 180), ..RecordOptions::new(&path) };
    let Some(summary) = record(SCRIPT, options, 96_000) else { return };
    println!("{summary:?}");
    assert_eq!(summary, Summary { frames: 60, audio_frames: 96_000, ..Summary::default() });
    assert_eq!(leftovers(folder.path()), ["film.mp4"]);
    let (Some(video), Some(audio)) = (probe(&path, "v"), probe(&path, "a")) else { return println!("skipped: no ffprobe") };
    println!("{video}\n{audio}");
    for want in [
        "codec_name=h264",
        "width=320",
        "height=180",
        "pix_fmt=yuv420p",
        "color_space=bt709",
        "r_frame_rate=30/1",
        "duration=2.000000",
        "nb_read_frames=60",
    ] {
        assert!(video.contains(want), "{want} is missing in {video}");
    }
    for want in ["codec_name=aac", "sample_rate=48000", "channels=2", "duration=2.000000"] {
        assert!(audio.contains(want), "{want} is missing in {audio}");
    }
}

#[test]
fn frame_k_shows_the_media_time_at_k_over_fps() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = format!("{}/", folder.path().join("images").display());
    let mut reader = FrameReader::open(Path::new("factory:tone|counter")).expect("opens");
    let info = reader.info().clone();
    let fps = f64::from(info.fps.0) / f64::from(info.fps.1);
    println!("{info:?}");
    let options = RecordOptions { size: (info.width, info.height), fps: (24, 1), ..RecordOptions::new(&path) };
    // One trigger a beat at 120 BPM, so the media time starts anew every half second.
    let Some(summary) = record(SCRIPT, options, 72_000) else { return };
    assert_eq!((summary.frames, summary.dropped, summary.problems.len()), (36, 0, 0));
    let mut buffer = FrameBuffer::default();
    for frame in 0..36_u32 {
        let shown = image::open(format!("{path}{frame:06}.png")).expect("opens").into_rgba8();
        let media = f64::from(frame % 12) / 24.0;
        reader.read((((media + 1e-6) * fps) as u32).min(info.frames - 1), &mut buffer).expect("reads");
        let wanted = buffer.to_rgba8();
        let off = shown.as_raw().iter().zip(&wanted).filter(|(a, b)| a.abs_diff(**b) > 2).count();
        assert_eq!(off, 0, "picture {frame} differs from the media at {media} s in {off} of {} bytes", wanted.len());
    }
    assert!(folder.path().join("images/audio.wav").exists());
}

#[test]
fn equal_recordings_are_equal_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let film = |name: &str| {
        let path = folder.path().join(name);
        let options = RecordOptions { size: (64, 36), ..RecordOptions::new(&path) };
        record(SCRIPT, options, 24_000).map(|_| std::fs::read(path).expect("reads"))
    };
    let (Some(one), Some(two)) = (film("one.mp4"), film("two.mp4")) else { return };
    assert!(one == two, "two renders of the same song differ");
}

#[test]
fn a_missing_or_failing_ffmpeg_is_named_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let (engine, mut processor) = engine(SCRIPT);
    let options = |program: &str| RecordOptions { size: (64, 36), ffmpeg: program.into(), ..RecordOptions::new(&path) };
    match Recorder::start(&engine, options("no-such-program")) {
        Err(VideoError::NoAdapter { .. } | VideoError::NoDevice { .. }) => return println!("skipped: no adapter"),
        Err(error) => assert!(error.to_string().contains("needs the ffmpeg program"), "{error}"),
        Ok(_) => panic!("there is no such program"),
    }
    if cfg!(unix) {
        let recorder = Recorder::start(&engine, options("false")).expect("starts");
        play(&mut processor, 48_000);
        let error = recorder.finish().expect_err("it failed").to_string();
        assert!(error.contains("ffmpeg failed while writing"), "{error}");
    }
    assert_eq!(leftovers(folder.path()), Vec::<String>::new());
}

#[test]
fn images_need_no_ffmpeg() {
    let folder = tempfile::tempdir().expect("a folder");
    let (engine, mut processor) = engine(SCRIPT);
    let path = format!("{}/", folder.path().join("images").display());
    let options = RecordOptions { size: (64, 36), ffmpeg: "no-such-program".into(), ..RecordOptions::new(&path) };
    let recorder = match Recorder::start(&engine, options) {
        Err(VideoError::NoAdapter { .. } | VideoError::NoDevice { .. }) => return println!("skipped: no adapter"),
        started => started.expect("starts"),
    };
    play(&mut processor, 24_000);
    assert_eq!(recorder.finish().expect("whole").frames, 15);
    assert!(folder.path().join("images/000014.png").exists());
}

#[test]
fn a_cancelled_recording_leaves_nothing_and_the_next_one_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("film.mp4");
    let (engine, mut processor) = engine(SCRIPT);
    for finish in [false, true] {
        let options = RecordOptions { size: (64, 36), ..RecordOptions::new(&path) };
        let recorder = match Recorder::start(&engine, options) {
            Ok(started) => started,
            Err(error) => return println!("skipped: {error}"),
        };
        play(&mut processor, 24_000);
        if finish {
            assert_eq!(recorder.finish().expect("whole").frames, 15);
        } else {
            drop(recorder);
            assert_eq!(leftovers(folder.path()), Vec::<String>::new());
        }
    }
}
