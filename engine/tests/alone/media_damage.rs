//! Broken files: cut short and with flipped bits. Whatever they hold, nothing panics, hangs or takes memory that the
//! file does not warrant.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::counting::{alone, largest};
use crate::media_tools::{Files, Random, load_at};
use videotracker_engine::media::{FrameBuffer, FrameReader, MediaError};

/// Variants of each file.
const VARIANTS: usize = 60;
/// Largest single allocation allowed for files of some 100 KB.
const LARGEST_ALLOWED: usize = 64 << 20;

/// A variant of a file: cut short, or with up to 8 flipped bits, most of them where headers and tables are.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut broken = bytes.to_vec();
    if random.below(4) == 0 {
        broken.truncate(random.below(bytes.len()));
        return broken;
    }
    for _ in 0..1 + random.below(8) {
        let edge = bytes.len().min(1024);
        let at = match random.below(4) {
            0 => random.below(bytes.len()),
            1 => bytes.len() - 1 - random.below(edge),
            2 => random.below(edge.min(64)),
            _ => random.below(edge),
        };
        broken[at] ^= 1 << random.below(8);
    }
    broken
}

/// Loads a medium and reads its frames; the error, if any.
fn play(path: &Path) -> Result<(), MediaError> {
    load_at(path, 48_000.0)?;
    Ok(())
}

/// Reads the frames of a picture.
fn watch(path: &Path) -> Result<(), MediaError> {
    let mut reader = FrameReader::open(path)?;
    let mut frame = FrameBuffer::default();
    for index in 0..reader.info().frames.min(50) {
        if reader.read(index, &mut frame).is_ok() && index == 0 {
            assert!(!frame.to_rgba8().is_empty());
        }
    }
    Ok(())
}

#[test]
fn broken_files_neither_panic_nor_hang_nor_take_memory() {
    let _alone = alone();
    let Some(files) = Files::with_ffmpeg("broken_files_neither_panic_nor_hang_nor_take_memory") else { return };
    let tone = "-f lavfi -i anoisesrc=r=44100:d=0.5:seed=1:a=0.2 -ac 2";
    let picture = "-f lavfi -i testsrc2=s=160x120:r=25:d=0.4";
    for (arguments, name) in [
        (format!("{tone} -c:a pcm_s16le"), "a.wav"),
        (format!("{tone} -c:a adpcm_ms"), "adpcm.wav"),
        (format!("{tone} -c:a pcm_s24be"), "a.aiff"),
        (tone.to_owned(), "a.flac"),
        (format!("{tone} -c:a libmp3lame"), "a.mp3"),
        (format!("{tone} -c:a libvorbis"), "a.ogg"),
        (format!("{tone} -c:a alac"), "a.m4a"),
        (format!("{picture} {tone} -c:v hap -chunks 4 -c:a pcm_s16le"), "a.mov"),
        (format!("{picture} -c:v hap -format hap_q -movflags faststart"), "q.mov"),
        (format!("{picture} -frames:v 1"), "a.png"),
        (format!("{picture} -frames:v 1"), "a.jpg"),
    ] {
        let whole = files.make(&arguments, name);
        play(&whole).unwrap_or_else(|e| panic!("{name}: {e}"));
        let bytes = std::fs::read(&whole).unwrap();
        let mut random = Random(0x5EED_0000 + name.len() as u64 * 977 + bytes.len() as u64);
        let (mut refused, mut contained) = (0, 0);
        for variant in 0..VARIANTS {
            let broken = files.write(&format!("broken-{name}"), &damage(&bytes, &mut random));
            let started = Instant::now();
            let largest = largest(|| {
                for outcome in [play(&broken), watch(&broken)] {
                    let Err(error) = outcome else { continue };
                    refused += 1;
                    contained += usize::from(error.to_string().contains("its decoder gave up"));
                    assert!(error.to_string().contains("broken-"), "{error}");
                }
            });
            let took = started.elapsed();
            let keep = || std::fs::copy(&broken, std::env::temp_dir().join(format!("damage-{variant}-{name}")));
            if largest > LARGEST_ALLOWED || took > Duration::from_secs(3) {
                keep().ok();
                panic!("{name}, variant {variant}: largest allocation {largest}, took {took:?}");
            }
        }
        eprintln!("{name}: {refused} of {} refused, {contained} panics contained", 2 * VARIANTS);
    }
}
