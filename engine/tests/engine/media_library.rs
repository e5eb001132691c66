//! The background library: once for each content, newest request wins, gone when dropped.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::media_tools::{Files, frames};
use videotracker_engine::media::{Finished, Library, MediaError};

const LONG: Duration = Duration::from_secs(20);

fn tone(files: &Files, name: &str, rate: u32, count: i32) -> PathBuf {
    let path = files.path(name);
    let spec = hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for i in 0..count {
        writer.write_sample(i as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

/// Waits for everything asked for; the results by key.
fn all(library: &Library) -> Vec<Finished> {
    assert!(library.wait_all(LONG));
    assert_eq!(library.pending(), 0);
    let mut finished: Vec<_> = std::iter::from_fn(|| library.poll()).collect();
    finished.sort_by(|a, b| a.0.cmp(&b.0));
    finished
}

#[test]
fn the_same_content_is_decoded_once_while_it_is_held() {
    let files = Files::new();
    let one = tone(&files, "one.wav", 48_000, 1000);
    let two = files.path("two.wav");
    std::fs::copy(&one, &two).unwrap();
    let library = Library::default();
    library.request("one", vec![one.clone()], 48_000.0);
    library.request("two", vec![two], 48_000.0);
    library.request("slow", vec![one.clone()], 24_000.0);
    let finished = all(&library);
    let audio: Vec<_> = finished.iter().map(|(_, media)| media.as_ref().unwrap().audio.clone().unwrap()).collect();
    let [first, slow, second] = &audio[..] else { panic!("{} results", audio.len()) };
    assert!(Arc::ptr_eq(first, second), "one copy of one content");
    assert_eq!((first.frames.len(), slow.frames.len(), slow.rate), (1000, 500, 24_000.0));
    // The library itself holds nothing.
    let watch = Arc::downgrade(first);
    drop((finished, audio));
    assert!(watch.upgrade().is_none());
    library.request("one", vec![one], 48_000.0);
    assert!(all(&library)[0].1.is_ok(), "decoded anew");
}

#[test]
fn a_changed_file_is_read_anew() {
    let files = Files::new();
    let path = tone(&files, "a.wav", 48_000, 100);
    let library = Library::default();
    library.request("a", vec![path.clone()], 48_000.0);
    let before = all(&library);
    tone(&files, "a.wav", 48_000, 101);
    library.request("a", vec![path], 48_000.0);
    let after = all(&library);
    assert_eq!(frames(before[0].1.as_ref().unwrap()).len(), 100);
    assert_eq!(frames(after[0].1.as_ref().unwrap()).len(), 101);
}

#[test]
fn the_first_candidate_that_exists_is_taken_and_a_missing_one_says_where_it_was_looked_for() {
    let files = Files::new();
    let there = tone(&files, "there.wav", 48_000, 10);
    let broken = files.write("broken.wav", b"RIFF");
    let library = Library::default();
    library.request("a", vec![files.path("not.wav"), there.clone(), broken.clone()], 48_000.0);
    library.request("b", vec![broken, there], 48_000.0);
    library.request("c", vec![files.path("x/c.wav"), files.path("y/c.wav")], 48_000.0);
    library.request("d", Vec::new(), 48_000.0);
    library.request("e", vec!["factory:kick|counter".into()], 48_000.0);
    let finished = all(&library);
    let outcome = |i: usize| finished[i].1.as_ref().map_err(ToString::to_string);
    assert!(outcome(0).is_ok());
    assert!(outcome(1).unwrap_err().contains("broken.wav"), "what lies there is what is meant");
    let message = outcome(2).unwrap_err();
    assert!(message.starts_with("c: not found") && message.contains("x/c.wav") && message.contains("y/c.wav"), "{message}");
    assert!(matches!(&finished[3].1, Err(MediaError::NotFound { .. })));
    assert!(outcome(4).unwrap().info.video.is_some());
}

#[test]
fn a_newer_request_takes_the_place_of_the_older_and_a_forgotten_one_is_never_seen() {
    let files = Files::new();
    let path = tone(&files, "a.wav", 48_000, 4800);
    let library = Library::default();
    for rate in [44_100.0, 88_200.0, 96_000.0] {
        library.request("a", vec![path.clone()], rate);
        library.request("b", vec![path.clone()], rate);
    }
    library.forget("b");
    let finished = all(&library);
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0].1.as_ref().unwrap().audio.as_ref().unwrap().rate, 96_000.0);
}

#[test]
fn dropping_it_while_it_reads_returns_at_once() {
    // An hour of sound at a small rate: long to resample, quick to write.
    let files = Files::new();
    let path = tone(&files, "long.wav", 8_000, 3600 * 8_000);
    for wait in [0, 50, 200] {
        let library = Library::default();
        library.request("a", vec![path.clone()], 48_000.0);
        assert!(!library.wait_all(Duration::from_millis(wait)), "it is still reading");
        let started = Instant::now();
        drop(library);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "took {took:?}");
    }
    drop(Library::default());
}
