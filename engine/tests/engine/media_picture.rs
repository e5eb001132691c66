//! Pictures against ffmpeg's own decode of the same frames, and what tells a clip's position.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use crate::media_tools::{Files, frames, load_at};
use videotracker_engine::media::{FrameBuffer, FrameReader, MediaError, Texture, factory};

/// Peak signal-to-noise ratio in dB of two RGBA pictures, over the given channels.
fn psnr(a: &[u8], b: &[u8], channels: usize) -> f64 {
    assert_eq!(a.len(), b.len(), "pictures of equal size");
    let squares = a
        .as_chunks::<4>()
        .0
        .iter()
        .zip(b.as_chunks::<4>().0)
        .flat_map(|(a, b)| (0..channels).map(|c| f64::from(a[c].abs_diff(b[c])).powi(2)));
    let mean = squares.sum::<f64>() / (a.len() / 4 * channels) as f64;
    if mean == 0.0 { f64::INFINITY } else { 10.0 * (255.0 * 255.0 / mean).log10() }
}

/// Writes the visible size into a movie's description of its picture.
fn set_size(path: &Path, width: u16, height: u16) {
    let mut bytes = std::fs::read(path).unwrap();
    let entry = bytes.windows(4).position(|w| w == b"stsd").unwrap() + 12;
    bytes[entry + 32..entry + 34].copy_from_slice(&width.to_be_bytes());
    bytes[entry + 34..entry + 36].copy_from_slice(&height.to_be_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn hap_frames_are_those_ffmpeg_decodes_at_any_size_and_in_any_order() {
    let Some(files) = Files::with_ffmpeg("hap_frames_are_those_ffmpeg_decodes_at_any_size_and_in_any_order") else { return };
    for (format, texture, channels) in [("hap", Texture::Bc1Rgb, 3), ("hap_alpha", Texture::Bc3Rgba, 4), ("hap_q", Texture::YCoCgBc3, 3)] {
        for ((width, height), chunks, compressor) in [
            ((320u16, 180u16), 4, "snappy"),
            ((322, 182), 1, "snappy"),
            ((321, 181), 4, "snappy"),
            ((64, 48), 1, "none"),
            ((5, 3), 1, "snappy"),
        ] {
            let name = format!("{format}-{width}-{chunks}.mov");
            let source = format!("testsrc2=s={}x{}:r=30000/1001:d=0.5", width.next_multiple_of(4), height.next_multiple_of(4));
            let fade = "format=rgba,colorchannelmixer=aa=0.5";
            let codec = format!("-c:v hap -format {format} -chunks {chunks} -compressor {compressor}");
            let path = files.make(&format!("-f lavfi -i {source} -vf {fade} {codec}"), &name);
            // ffmpeg's encoder wants multiples of 4; other encoders write the visible size, and so does this.
            set_size(&path, width, height);
            let media = load_at(&files.path(&name), 48_000.0).unwrap();
            assert!(media.audio.is_none());
            let info = media.info.video.clone().unwrap();
            assert_eq!((info.fps, info.frames), ((30_000, 1_001), 15), "{name}");
            assert_eq!((info.width, info.height), (width.into(), height.into()));
            let theirs = std::fs::read(files.make(&format!("-i {name} -pix_fmt rgba -f rawvideo"), "raw")).unwrap();
            let theirs: Vec<_> = theirs.chunks_exact((info.width * info.height * 4) as usize).collect();
            assert_eq!(theirs.len(), 15);
            let mut reader = FrameReader::open(&info.path).unwrap();
            assert_eq!(reader.info(), &info);
            let mut frame = FrameBuffer::default();
            for index in [14, 0, 7, 6, 7] {
                reader.read(index, &mut frame).unwrap();
                assert_eq!((frame.texture, frame.width, frame.height), (texture, info.width, info.height));
                assert_eq!((frame.stored_width % 4, frame.stored_height % 4), (0, 0));
                let likeness = psnr(&frame.to_rgba8(), theirs[index as usize], channels);
                assert!(likeness > 45.0, "{name}, frame {index}: {likeness:.1} dB");
            }
            assert!(matches!(reader.read(15, &mut frame), Err(MediaError::NoFrame { last: 14, .. })));
        }
    }
}

#[test]
fn a_clip_of_varying_durations_shows_what_is_on_at_each_time() {
    let Some(files) = Files::with_ffmpeg("a_clip_of_varying_durations_shows_what_is_on_at_each_time") else { return };
    // 10 frames at 10 a second, of which 4 are dropped: 0 1 2 3 . . . . 8 9.
    files.make("-f lavfi -i testsrc2=s=64x48:r=10:d=1 -vf select=lt(n\\,4)+gte(n\\,8) -fps_mode vfr -c:v hap", "vfr.mov");
    let mut reader = FrameReader::open(&files.path("vfr.mov")).unwrap();
    let secs = reader.info().secs();
    assert!((secs - 1.0).abs() < 0.11, "{secs} s");
    let mut frame = FrameBuffer::default();
    let mut seen = Vec::new();
    for index in 0..reader.info().frames {
        reader.read(index, &mut frame).unwrap();
        seen.push(frame.data.clone());
    }
    assert_eq!((seen.len(), reader.info().fps), (10, (10, 1)));
    // 0 1 2 3 3 3 3 3 8 9.
    assert!(seen[3..8].iter().all(|frame| *frame == seen[3]));
    assert!([0, 1, 2, 7, 8].iter().all(|at| seen[*at] != seen[at + 1]));
}

#[test]
fn sound_and_picture_come_as_one_medium() {
    let Some(files) = Files::with_ffmpeg("sound_and_picture_come_as_one_medium") else { return };
    let (picture, sound) = ("-f lavfi -i testsrc2=s=64x48:r=25:d=1", "-f lavfi -i sine=r=48000:d=1.5");
    files.make(&format!("{picture} {sound} -c:v hap -c:a pcm_s16le"), "inside.mov");
    files.make(&format!("{picture} -c:v hap"), "beside.mov");
    files.make(sound, "beside.wav");
    files.make(&format!("{picture} -c:v hap"), "silent.mov");
    files.make(&format!("{picture} {sound} -c:v hap -c:a aac"), "aac.mov");
    let lone = frames(&load_at(&files.path("beside.wav"), 48_000.0).unwrap()).to_vec();
    for name in ["inside.mov", "beside.mov"] {
        let media = load_at(&files.path(name), 48_000.0).unwrap();
        assert_eq!(frames(&media), lone, "{name}");
        assert_eq!(media.info.secs, 1.5);
        assert_eq!(media.info.video.as_ref().unwrap().secs(), 1.0);
        assert_eq!(media.info.audio, Some((1, 48_000)));
    }
    let both = [std::fs::read(files.path("beside.mov")).unwrap(), std::fs::read(files.path("beside.wav")).unwrap()].concat();
    assert_eq!(load_at(&files.path("beside.mov"), 48_000.0).unwrap().info.hash, blake3::hash(&both).to_hex().as_str());
    let silent = load_at(&files.path("silent.mov"), 48_000.0).unwrap();
    assert!(silent.audio.is_none() && silent.info.audio.is_none() && silent.info.secs == 1.0);
    let foreign = load_at(&files.path("aac.mov"), 48_000.0).unwrap();
    assert!(foreign.audio.is_none() && foreign.info.audio.is_some(), "the picture plays, the sound is known of");
}

#[test]
fn foreign_codecs_are_refused_with_the_way_out() {
    let Some(files) = Files::with_ffmpeg("foreign_codecs_are_refused_with_the_way_out") else { return };
    files.make("-f lavfi -i testsrc2=s=64x48:r=25:d=0.2 -c:v mpeg4", "foreign.mp4");
    for message in [
        load_at(&files.path("foreign.mp4"), 48_000.0).unwrap_err().to_string(),
        FrameReader::open(&files.path("foreign.mp4")).unwrap_err().to_string(),
    ] {
        assert!(message.contains("the video codec mp4v is not supported") && message.contains("-c:v hap"), "{message}");
    }
}

#[test]
fn stills_are_one_frame_of_rgba() {
    let Some(files) = Files::with_ffmpeg("stills_are_one_frame_of_rgba") else { return };
    let source = "-f lavfi -i testsrc2=s=322x182:d=0.04 -frames:v 1 -vf";
    let raw = std::fs::read(files.make(&format!("{source} format=rgba -f rawvideo"), "raw")).unwrap();
    for (arguments, name, codec, likeness) in [
        ("format=rgba", "a.png", "png", f64::INFINITY),
        ("format=rgb48be", "deep.png", "png", 45.0),
        ("format=yuvj444p -q:v 2", "a.jpg", "jpeg", 28.0),
    ] {
        let path = files.make(&format!("{source} {arguments}"), name);
        let media = load_at(&path, 48_000.0).unwrap();
        let info = media.info.video.as_ref().unwrap();
        assert_eq!((info.width, info.height, info.frames, &*info.codec, media.info.secs), (322, 182, 1, codec, 0.0));
        let mut reader = FrameReader::open(&path).unwrap();
        let mut frame = FrameBuffer::default();
        reader.read(0, &mut frame).unwrap();
        assert_eq!(frame.texture, Texture::Rgba8);
        let found = psnr(&frame.to_rgba8(), &raw, 3);
        assert!(found >= likeness, "{name}: {found} dB");
        assert!(reader.read(1, &mut frame).is_err());
    }
}

#[test]
fn a_counter_clip_tells_its_frame_at_any_scale_and_after_compression() {
    let mut frame = FrameBuffer::default();
    for name in ["counter", "red", "green", "blue", "yellow", "magenta", "cyan"] {
        let mut reader = FrameReader::open(format!("factory:{name}").as_ref()).unwrap();
        let colour = factory::clip_colour(name).unwrap();
        assert_eq!((reader.info().frames, reader.info().fps), (300, (30, 1)));
        for index in [0, 1, 2, 127, 128, 255, 256, 299] {
            reader.read(index, &mut frame).unwrap();
            assert_eq!((frame.width, frame.height, frame.data.len()), (320, 180, 320 * 180 * 4));
            assert_eq!(factory::read_counter(&frame.data, 320, 180), Some(index), "{name}");
            assert_eq!(frame.data[..3], colour, "{name}: the band along the top");
        }
        assert!(reader.read(300, &mut frame).is_err());
    }
    let Some(files) = Files::with_ffmpeg("a_counter_clip_tells_its_frame_at_any_scale_and_after_compression") else { return };
    let mut reader = FrameReader::open("factory:kick|yellow".as_ref()).unwrap();
    reader.read(171, &mut frame).unwrap();
    files.write("frame.raw", &frame.data);
    for (w, h) in [(1280, 720), (1920, 1080), (160, 90)] {
        let arguments = format!("-f rawvideo -pix_fmt rgba -s 320x180 -i frame.raw -vf scale={w}:{h} -c:v mpeg4 -q:v 6");
        files.make(&arguments, "scaled.mp4");
        let rgba = std::fs::read(files.make("-i scaled.mp4 -f rawvideo -pix_fmt rgba", "scaled.raw")).unwrap();
        assert_eq!(factory::read_counter(&rgba, w, h), Some(171), "{w} × {h}");
    }
    assert_eq!(factory::read_counter(&[128; 320 * 180 * 4], 320, 180), None, "grey is no number");
    assert_eq!(factory::read_counter(&[0; 16], 320, 180), None, "too few pixels");
}

#[test]
fn factory_sound_and_picture_pair_in_one_name() {
    let media = load_at("factory:kick|red".as_ref(), 48_000.0).unwrap();
    assert_eq!(media.info.secs, 10.0);
    assert!(media.audio.is_some());
    assert_eq!(media.info.video.as_ref().unwrap().path.to_str(), Some("factory:kick|red"));
    let card = load_at("factory:testcard".as_ref(), 48_000.0).unwrap();
    assert!(card.audio.is_none() && card.info.secs == 0.0);
    let mut frame = FrameBuffer::default();
    FrameReader::open("factory:testcard".as_ref()).unwrap().read(0, &mut frame).unwrap();
    assert_eq!((frame.width, frame.height), (640, 360));
    assert!(FrameReader::open("factory:kick".as_ref()).is_err(), "a sound has no frames");
}
