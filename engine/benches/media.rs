//! Random access to 1080p HAP, from the page cache to blocks in memory, and decoding of sound.
//!
//! The clips are made by the `ffmpeg` program; without it the bench prints a line and passes. Besides criterion's
//! means it prints the percentiles that count for a picture: the 99th must stay below 1 ms.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use videotracker_engine::media::{
    FrameBuffer, FrameReader, Limits,
    import::{Settings, import},
    load,
};

/// Frames of the clip.
const FRAMES: u32 = 120;

fn ffmpeg(arguments: &str, path: &Path) -> bool {
    Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(path)
        .status()
        .is_ok_and(|s| s.success())
}

/// The next of a full cycle of scattered frame numbers.
fn scattered(index: u32) -> u32 {
    (index + 73) % FRAMES
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!("p50 {:?}, p99 {:?}, worst {:?}", at(0.5), at(0.99), at(1.0))
}

/// A clip as the importer stores it.
fn imported(source: &str, folder: &Path) -> Option<PathBuf> {
    let path = folder.join("source.mkv");
    if !ffmpeg(&format!("{source} -c:v ffv1"), &path) {
        return None;
    }
    let settings = Settings { cache: Some(folder.join("cache")), ..Settings::default() };
    import(&path, &settings, &Limits::default(), &AtomicBool::new(false), &|_| ()).ok()?.picture
}

fn random_access(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = format!("-f lavfi -i testsrc2=s=1920x1080:r=30 -vf noise=alls=12:allf=t,format=rgba -frames:v {FRAMES}");
    // Packed as ffmpeg packs by itself, and as the importer stores it.
    for format in ["hap", "hap_alpha", "hap_q", "hap_alpha imported"] {
        let path = folder.path().join(format).with_extension("mov");
        let path = match format.strip_suffix(" imported") {
            None => ffmpeg(&format!("{source} -c:v hap -format {format} -chunks 4"), &path).then_some(path),
            Some(_) => imported(&source, folder.path()),
        };
        let Some(path) = path else {
            eprintln!("skipped: no ffmpeg with a HAP encoder on the PATH");
            return;
        };
        let mut reader = FrameReader::open(&path).expect("the clip opens");
        let mut frame = FrameBuffer::default();
        let mut index = 0;
        for i in 0..FRAMES {
            reader.read(i, &mut frame).expect("the frame is read");
        }
        let mut all = Vec::new();
        let mut best = vec![Duration::MAX; FRAMES as usize];
        for _ in 0..FRAMES * 20 {
            index = scattered(index);
            let started = Instant::now();
            reader.read(index, &mut frame).expect("the frame is read");
            all.push(started.elapsed());
            best[index as usize] = best[index as usize].min(all[all.len() - 1]);
        }
        // A machine with other work to do interrupts some reads: each frame's best of 20 is what the frame costs.
        eprintln!("{format} 1080p: {}; each frame's best of 20: {}", percentiles(&mut all), percentiles(&mut best));
        c.bench_function(&format!("{format} 1080p frame, random access"), |b| {
            b.iter(|| {
                index = scattered(index);
                reader.read(index, &mut frame).expect("the frame is read");
            });
        });
        let mut rgba = Vec::new();
        c.bench_function(&format!("{format} 1080p frame to RGBA8 on the CPU"), |b| b.iter(|| frame.decode_into(&mut rgba)));
    }
}

fn sound(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for extension in ["wav", "flac", "mp3", "ogg"] {
        let path = folder.path().join("a").with_extension(extension);
        let codec = if extension == "ogg" { "-c:a libvorbis" } else { "" };
        if !ffmpeg(&format!("-f lavfi -i anoisesrc=r=44100:d=10:a=0.2 -ac 2 {codec}"), &path) {
            eprintln!("skipped: no ffmpeg on the PATH");
            return;
        }
        for rate in [44_100.0, 48_000.0] {
            c.bench_function(&format!("10 s of 44.1 kHz {extension} to {rate} Hz"), |b| {
                b.iter(|| load(&path, rate, Limits::default()).expect("the file is read"));
            });
        }
    }
}

fn factory(c: &mut Criterion) {
    let mut reader = FrameReader::open("factory:red".as_ref()).expect("a factory clip opens");
    let mut frame = FrameBuffer::default();
    c.bench_function("factory clip frame", |b| b.iter(|| reader.read(123, &mut frame).expect("the frame is drawn")));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(300));
    targets = random_access, sound, factory
}
criterion_main!(benches);
