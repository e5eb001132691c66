//! Sound files against what was written into them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::f64::consts::TAU;

use crate::media_tools::{Files, Random, frames, load_at};
use videotracker_engine::media::{Limits, MediaError, load};

/// Writes stereo 16-bit frames and gives them as the loader must.
fn wav16(files: &Files, name: &str, rate: u32, count: usize) -> (std::path::PathBuf, Vec<[f32; 2]>) {
    let path = files.path(name);
    let spec = hound::WavSpec { channels: 2, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    let mut random = Random(7);
    let mut expected = Vec::new();
    for _ in 0..count {
        let frame = [random.next() as i16, random.next() as i16];
        for sample in frame {
            writer.write_sample(sample).unwrap();
        }
        expected.push(frame.map(|s| f32::from(s) / 32768.0));
    }
    writer.finalize().unwrap();
    (path, expected)
}

#[test]
fn samples_that_no_sound_has_are_silent_and_counted() {
    let files = Files::new();
    let path = files.path("absurd.wav");
    let spec = hound::WavSpec { channels: 2, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    let written = [0.5, 1e38, f32::NAN, f32::INFINITY, -f32::INFINITY, -1e9, 999.0, -1.5];
    for sample in written {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    let media = load_at(&path, 48_000.0).unwrap();
    assert_eq!(frames(&media).as_flattened(), [0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 999.0, -1.5]);
    assert_eq!(media.info.replaced, 5);
    let engine = videotracker_engine::engine::Engine::empty();
    engine.set_media_roots(videotracker_engine::engine::MediaRoots(vec![path.parent().unwrap().to_owned()]));
    assert!(engine.run_script_and_wait("x", "sampler('s', {samples = {'absurd.wav'}})").success);
    drop(engine.activate(48_000.0));
    assert!(engine.wait_for_media(std::time::Duration::from_secs(60)));
    let said: Vec<_> = engine.messages(0).into_iter().map(|(_, message)| message.text).collect();
    assert!(said.iter().any(|text| text.starts_with("absurd.wav: 5 of its samples are silent")), "{said:?}");
}

#[test]
fn lossless_formats_keep_every_sample() {
    let Some(files) = Files::with_ffmpeg("lossless_formats_keep_every_sample") else { return };
    let (wav, expected) = wav16(&files, "a.wav", 44_100, 5_000);
    assert_eq!(frames(&load_at(&wav, 44_100.0).unwrap()), expected);
    for (arguments, name) in [
        ("-i a.wav -c:a pcm_s24le", "s24.wav"),
        ("-i a.wav -c:a pcm_s32le", "s32.wav"),
        ("-i a.wav -c:a pcm_f32le", "f32.wav"),
        ("-i a.wav -c:a pcm_f64le", "f64.wav"),
        ("-i a.wav -c:a pcm_s16be", "s16.aiff"),
        ("-i a.wav -c:a pcm_s24be", "s24.aif"),
        ("-i a.wav", "a.flac"),
        ("-i a.wav -c:a pcm_s16le", "s16.mov"),
        ("-i a.wav -c:a pcm_s16be", "s16be.mov"),
        ("-i a.wav -c:a pcm_s24be", "s24be.mov"),
        ("-i a.wav -c:a pcm_s24le", "s24le.mov"),
        ("-i a.wav -c:a pcm_s32be", "s32be.mov"),
        ("-i a.wav -c:a pcm_s32le", "s32le.mov"),
        ("-i a.wav -c:a pcm_f32be", "f32be.mov"),
        ("-i a.wav -c:a pcm_f32le", "f32le.mov"),
        ("-i a.wav -c:a pcm_f64le", "f64le.mov"),
        ("-i a.wav -c:a alac", "a.m4a"),
    ] {
        let media = load_at(&files.make(arguments, name), 44_100.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(media.info.audio, Some((2, 44_100)), "{name}");
        assert!(media.info.video.is_none());
        assert!(frames(&media) == expected, "{name}: {} frames", frames(&media).len());
        assert_eq!(media.info.secs, 5_000.0 / 44_100.0, "{name}");
    }
}

#[test]
fn lossy_formats_decode_as_ffmpeg_does_and_start_on_time() {
    let Some(files) = Files::with_ffmpeg("lossy_formats_decode_as_ffmpeg_does_and_start_on_time") else { return };
    // Noise: a shift by one frame would spoil the likeness.
    files.make("-f lavfi -i anoisesrc=r=44100:d=1.2345:seed=3:a=0.3 -af lowpass=f=6000 -ac 2 -c:a pcm_f32le", "n.wav");
    let original = load_at(&files.path("n.wav"), 44_100.0).unwrap();
    for (arguments, name) in [
        ("-i n.wav -c:a libmp3lame -b:a 192k", "cbr.mp3"),
        ("-i n.wav -c:a libmp3lame -q:a 2", "vbr.mp3"),
        ("-i n.wav -c:a libvorbis -q:a 8", "q8.ogg"),
    ] {
        let media = load_at(&files.make(arguments, name), 44_100.0).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(frames(&media).len(), frames(&original).len(), "{name}");
        let theirs = load_at(&files.make(&format!("-i {name} -c:a pcm_f32le"), "theirs.wav"), 44_100.0).unwrap();
        let off = error(frames(&media), frames(&theirs));
        assert!(off < 1e-3, "{name}: off ffmpeg's decode by {off}");
        let off = error(frames(&media), frames(&original));
        assert!(off < 0.25, "{name}: off the original by {off}");
    }
}

/// Root of the mean squared difference over that of the second sound.
fn error(one: &[[f32; 2]], two: &[[f32; 2]]) -> f64 {
    let power = |f: &dyn Fn(usize) -> f32| (0..one.len().min(two.len())).map(|i| f64::from(f(i)).powi(2)).sum::<f64>();
    (power(&|i| one[i][0] - two[i][0]) / power(&|i| two[i][0])).sqrt()
}

#[test]
fn an_impulse_stays_one_frame() {
    let files = Files::new();
    let path = files.path("impulse.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    writer.write_sample(1.0f32).unwrap();
    writer.finalize().unwrap();
    let media = load_at(&path, 48_000.0).unwrap();
    assert_eq!(frames(&media), [[1.0, 1.0]], "mono fills both channels");
    assert_eq!(media.info.audio, Some((1, 48_000)));
    assert_eq!(frames(&load_at("factory:impulse".as_ref(), 44_100.0).unwrap()), [[1.0, 1.0]]);
}

#[test]
fn resampling_keeps_time_level_and_exact_length() {
    let files = Files::new();
    for (from, to) in [(44_100, 48_000), (48_000, 44_100), (22_050, 48_000), (96_000, 44_100), (44_101, 48_000), (8_000, 192_000)] {
        let path = files.path(&format!("{from}.wav"));
        let spec = hound::WavSpec { channels: 1, sample_rate: from, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        let count = from + 77;
        for i in 0..count {
            writer.write_sample((TAU * 997.0 * f64::from(i) / f64::from(from)).sin() as f32 * 0.5).unwrap();
        }
        writer.finalize().unwrap();
        let media = load_at(&path, f64::from(to)).unwrap();
        let expected = (f64::from(count) * f64::from(to) / f64::from(from)).round() as usize;
        assert_eq!(frames(&media).len(), expected, "{from} to {to}");
        // Away from the ends, where the filter sees the cut, it is the same sine.
        let middle = expected / 4..expected * 3 / 4;
        let worst = middle
            .map(|i| ((TAU * 997.0 * i as f64 / f64::from(to)).sin() * 0.5 - f64::from(frames(&media)[i][0])).abs())
            .fold(0.0, f64::max);
        assert!(worst < 2e-5, "{from} to {to}: off by {worst}");
    }
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let files = Files::new();
    let (path, _) = wav16(&files, "long.wav", 44_100, 2_000);
    let limits = Limits { frames: 1_999, ..Limits::default() };
    assert!(matches!(load(&path, 44_100.0, limits), Err(MediaError::TooLarge { .. })));
    let limits = Limits { frames: 2_000, ..Limits::default() };
    assert!(load(&path, 44_100.0, limits).is_ok());
    assert!(matches!(load(&path, 48_000.0, limits), Err(MediaError::TooLarge { .. })), "longer after resampling");
    let limits = Limits { file_bytes: 100, ..Limits::default() };
    assert!(matches!(load(&path, 44_100.0, limits), Err(MediaError::TooLarge { .. })));
}

#[test]
fn errors_name_file_reason_and_remedy() {
    let files = Files::new();
    files.write("empty.wav", b"");
    files.write("text.wav", b"this is no sound at all, only words");
    std::fs::create_dir(files.path("folder.wav")).unwrap();
    for (name, reason) in [
        ("none.wav", "not found"),
        ("empty.wav", "damaged: it is empty"),
        ("text.wav", "not supported; convert"),
        ("folder.wav", "a folder is not supported"),
    ] {
        let message = load_at(&files.path(name), 48_000.0).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains(reason) && message.contains(';'), "{message}");
    }
    let message = load_at("factory:kik".as_ref(), 48_000.0).unwrap_err().to_string();
    assert!(message.contains("; did you mean \"kick\"? Sounds: kick"), "{message}");
    assert!(load_at("factory:kick|snare".as_ref(), 48_000.0).is_err(), "two sounds");
    assert!(load_at("factory:".as_ref(), 48_000.0).is_err());
    assert!(load_at("factory:kick".as_ref(), f64::NAN).is_err());
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_before_they_are_opened() {
    let files = Files::new();
    let pipe = files.path("pipe.wav");
    // Opening a pipe that nobody writes to would wait for ever.
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), "/dev/zero".as_ref()] {
        assert!(matches!(load_at(path, 48_000.0), Err(MediaError::Unsupported { .. })), "{}", path.display());
    }
}

#[test]
fn the_hash_is_that_of_the_file() {
    let files = Files::new();
    let (path, _) = wav16(&files, "a.wav", 44_100, 10);
    let bytes = std::fs::read(&path).unwrap();
    let info = load_at(&path, 44_100.0).unwrap().info;
    assert_eq!(info.hash, blake3::hash(&bytes).to_hex().as_str());
    assert_eq!(info.size, bytes.len() as u64);
}

#[test]
fn factory_sounds_are_the_same_every_time_and_never_too_loud() {
    for name in ["kick", "snare", "hat", "clap", "bass", "tone"] {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let path = format!("factory:{name}");
            let (one, two) = (load_at(path.as_ref(), rate).unwrap(), load_at(path.as_ref(), rate).unwrap());
            assert_eq!(frames(&one), frames(&two), "{name}");
            assert_eq!(one.info, two.info);
            let peak = frames(&one).iter().fold(0.0f32, |peak, f| peak.max(f[0].abs()));
            assert!((0.3..=0.95).contains(&peak), "{name}: peak {peak}");
            assert!(frames(&one).iter().all(|f| f[0] == f[1] && f[0].is_finite()));
            // Struck sounds are heard at once and end in silence.
            if name != "tone" {
                let start = frames(&one)[..(rate / 200.0) as usize].iter().fold(0.0f32, |peak, f| peak.max(f[0].abs()));
                let end = frames(&one).last().unwrap()[0].abs();
                assert!(start > peak * 0.3 && end < 1e-3, "{name}: starts at {start}, ends at {end}");
            }
        }
    }
}
