//! Import through ffmpeg: what comes out plays as long, as exactly and as long-lived as what went in.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{path::Path, process::Command};

use crate::{
    import_tools::{get, pictures, settings, take},
    media_tools::{Files, frames},
};
use videotracker_engine::media::{
    FrameBuffer, FrameReader, Library, Limits, Loaded, Texture,
    import::{Quality, Settings},
};

/// ffprobe's duration of a file, or of its picture.
fn probed(path: &Path) -> f64 {
    let output =
        Command::new("ffprobe").args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// A board that claps: frame `at` is white, and the sound has one sample at the same time.
fn clap(fps: &str, at: u32, sample: u32, secs: f64) -> String {
    format!(
        "-f lavfi -i color=black:s=96x64:r={fps}:d={secs},drawbox=c=white:t=fill:enable='eq(n\\,{at})' \
         -f lavfi -i aevalsrc='if(eq(n\\,{sample})\\,0.9\\,0)':s=48000:d={secs}"
    )
    .replace('\'', "")
}

#[test]
fn each_kind_of_file_plays_for_as_long_as_ffprobe_says() {
    let Some(files) = Files::with_ffmpeg("each_kind_of_file_plays_for_as_long_as_ffprobe_says") else { return };
    let both = "-f lavfi -i testsrc2=s=160x120:r=25:d=2 -f lavfi -i sine=440:r=48000:d=2";
    let picture = "-f lavfi -i testsrc2=s=160x120:r=25:d=2";
    let noise = "-f lavfi -i anoisesrc=d=2.345:seed=5:a=0.2";
    for (arguments, name, sound, video) in [
        (format!("{both} -c:v libx264 -c:a aac"), "h264.mp4", true, true),
        (format!("{both} -c:v libvpx-vp9 -deadline realtime -c:a libopus"), "vp9.webm", true, true),
        (format!("{both} -c:v libsvtav1 -preset 12 -c:a libopus"), "av1.mp4", true, true),
        (format!("{both} -c:v libaom-av1 -cpu-used 8 -usage realtime"), "av1.mkv", true, true),
        (format!("{both} -c:v mpeg4 -c:a mp3"), "old.avi", true, true),
        (format!("{both} -c:v prores_ks -c:a pcm_s16le"), "prores.mov", true, true),
        (format!("{both} -c:v libtheora -c:a libvorbis"), "theora.ogv", true, true),
        (picture.to_owned(), "a.gif", false, true),
        (format!("{noise}:r=96000 -ac 2 -c:a pcm_s24le"), "s24.wav", true, false),
        (format!("{noise}:r=44100 -c:a libmp3lame -q:a 4"), "vbr.mp3", true, false),
        (format!("{noise}:r=44100 -c:a aac"), "a.m4a", true, false),
        (format!("{noise}:r=48000 -c:a libopus"), "a.opus", true, false),
    ] {
        let path = files.make(&arguments, name);
        let media = take(&files, name);
        let (secs, frame) = (probed(&path), 1.0 / 25.0);
        assert!((media.info.secs - secs).abs() <= frame, "{name}: {} s, ffprobe says {secs} s", media.info.secs);
        assert_eq!((media.audio.is_some(), media.info.video.is_some()), (sound, video), "{name}");
        if let Some(info) = &media.info.video {
            // An AVI of MPEG-4 has a frame more than went in, and says so.
            let count = (secs * 25.0).round() as u32;
            assert_eq!((info.width, info.height, info.fps, info.frames), (160, 120, (25, 1), count), "{name}");
            assert_eq!(pictures(&media).len(), count as usize);
        }
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((&*media.info.hash, media.info.size), (blake3::hash(&bytes).to_hex().as_str(), bytes.len() as u64), "{name}");
    }
}

#[test]
fn a_clapping_board_is_heard_on_its_sample_and_seen_on_its_frame() {
    let Some(files) = Files::with_ffmpeg("a_clapping_board_is_heard_on_its_sample_and_seen_on_its_frame") else { return };
    let film = "30000/1001";
    // Encoders that swallow a lone sample keep a burst; the others show the very sample.
    for (fps, codecs, name, flash, click) in [
        ("25", "-c:v libx264 -c:a aac", "aac.mp4", 25, 48_000),
        ("25", "-c:v libx264 -c:a aac", "aac.mov", 25, 48_000),
        ("25", "-c:v libx264 -c:a flac", "flac.mkv", 25, 48_000),
        ("25", "-c:v libvpx-vp9 -deadline realtime -c:a libopus", "opus.webm", 25, 48_000),
        ("25", "-c:v libx264 -bf 3 -c:a libmp3lame", "mp3.mp4", 25, 48_000),
        (film, "-c:v libx264 -c:a aac", "film.mp4", 30, 48_048),
        (film, "-c:v mpeg4 -c:a pcm_s16le", "pcm.avi", 30, 48_048),
        ("25", "-c:v hap -c:a aac", "hap.mov", 25, 48_000),
    ] {
        files.make(&format!("{} {codecs}", clap(fps, flash, click, 2.0)), name);
        assert_claps(&take(&files, name), name, flash as usize, click as usize);
    }
    assert_eq!(frames(&take(&files, "aac.mp4")).len(), 96_000, "what the encoder padded is cut off");
    // Streams that do not begin together, to the sample.
    for (offset, name, flash, click) in [
        // The sound begins 0.25 s after the picture.
        ("-c copy -map 0:v -map 1:a", "late-sound.mkv", 25, 60_000),
        ("-c copy -map 1:v -map 0:a", "late-picture.mkv", 31, 48_000),
    ] {
        files.make(&format!("{} -c:v libx264 -c:a flac", clap("25", 25, 48_000, 2.0)), "plain.mkv");
        files.make(&format!("-i plain.mkv -itsoffset 0.25 -i plain.mkv {offset}"), name);
        assert_claps(&take(&files, name), name, flash, click);
    }
}

fn assert_claps(media: &Loaded, name: &str, flash: usize, click: usize) {
    let bright = |rgba: &Vec<u8>| rgba.as_chunks::<4>().0.iter().map(|p| u64::from(p[1])).sum::<u64>();
    let pictures = pictures(media);
    let seen = (0..pictures.len()).max_by_key(|i| bright(&pictures[*i])).unwrap();
    let sound = frames(media);
    let heard = (0..sound.len()).max_by(|a, b| sound[*a][0].abs().total_cmp(&sound[*b][0].abs())).unwrap();
    eprintln!("{name}: seen on frame {seen} of {}, heard on sample {heard} of {}", pictures.len(), sound.len());
    assert!(seen.abs_diff(flash) <= 1, "{name}: seen on frame {seen}, not {flash}");
    assert_eq!(heard, click, "{name}");
}

#[test]
fn transparency_and_odd_sizes_are_kept() {
    let Some(files) = Files::with_ffmpeg("transparency_and_odd_sizes_are_kept") else { return };
    // The left half transparent, 61 × 43.
    let half = "-f lavfi -i color=red:s=61x43:r=10:d=1,format=rgba,geq=r=255:g=32+N:b=32:a='if(lt(X\\,30)\\,0\\,255)'".replace('\'', "");
    std::fs::create_dir(files.path("walk@10")).unwrap();
    let folder = files.path("walk@10");
    files.make(&half, "walk@10/f_%03d.png");
    files.make(&format!("{half} -frames:v 1"), "still.png");
    for (make, name, alpha) in [
        (String::new(), "walk@10", true),
        (String::new(), "walk@10/f_%03d.png", true),
        (format!("{half} -c:v libvpx-vp9 -pix_fmt yuva420p -deadline realtime"), "alpha.webm", true),
        (format!("{half} -c:v qtrle"), "rle.mov", true),
        (format!("{half} -c:v png"), "png.mkv", true),
        (format!("{half} -plays 0 -f apng"), "apng.png", true),
        (format!("{half} -c:v libwebp_anim -lossless 1"), "anim.webp", true),
        (format!("{half} -vf split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse"), "half.gif", true),
        (format!("{half} -c:v ffv1 -pix_fmt bgr0"), "opaque.mkv", false),
    ] {
        if !make.is_empty() {
            files.make(&make, name);
        }
        let media = take(&files, name);
        let info = media.info.video.as_ref().unwrap();
        assert_eq!((info.width, info.height, info.fps, info.frames), (61, 43, (10, 1), 10), "{name}: {info:?}");
        let mut frame = FrameBuffer::default();
        FrameReader::open(&info.path).unwrap().read(5, &mut frame).unwrap();
        assert_eq!(frame.texture, if alpha { Texture::Bc3Rgba } else { Texture::Bc1Rgb }, "{name}");
        let rgba = frame.to_rgba8();
        let pixel = |x: usize, y: usize| &rgba[(y * 61 + x) * 4..][..4];
        let right = pixel(60, 42);
        // VP9 smears colours at the odd edge.
        assert!(right[0] > right[1].max(right[2]) + 70 && right[3] == 255, "{name}: {right:?}");
        assert!(!alpha || pixel(3, 42)[3] < 8, "{name}: {:?}", pixel(3, 42));
    }
    assert!(folder.join("f_010.png").is_file(), "the source is untouched");
    assert_eq!(take(&files, "still.png").info.video.as_ref().unwrap().codec, "png", "a still stays as it is");
}

#[test]
fn by_choice_it_is_hap_q() {
    let Some(files) = Files::with_ffmpeg("by_choice_it_is_hap_q") else { return };
    let path = files.make("-f lavfi -i testsrc2=s=64x48:d=0.2 -c:v libx264", "a.mp4");
    let library = Library::with_import(Limits::default(), Settings { quality: Quality::HapQ, ..settings(&files) });
    let media = get(&library, &path).unwrap();
    assert!(media.info.video.as_ref().unwrap().codec.ends_with("HAP Q"), "{:?}", media.info);
}

#[test]
fn pictures_stand_upright_with_square_pixels() {
    let Some(files) = Files::with_ffmpeg("pictures_stand_upright_with_square_pixels") else { return };
    files.make("-f lavfi -i testsrc2=s=64x32:d=0.2 -c:v libx264", "flat.mp4");
    files.make("-i flat.mp4 -c copy -metadata:s:v rotate=90", "turned.mp4");
    files.make("-i flat.mp4 -c:v libx264 -vf setsar=2/1", "wide.mp4");
    for (name, size) in [("flat.mp4", (64, 32)), ("turned.mp4", (32, 64)), ("wide.mp4", (128, 32))] {
        let media = take(&files, name);
        let info = media.info.video.as_ref().unwrap();
        assert_eq!((info.width, info.height), size, "{name}");
    }
}

#[test]
fn blocks_are_packed_only_where_unpacking_them_is_quick() {
    let Some(files) = Files::with_ffmpeg("blocks_are_packed_only_where_unpacking_them_is_quick") else { return };
    let noise = "-f lavfi -i testsrc2=s=320x192:r=25:d=4 -vf noise=alls=30:allf=t,format=rgba";
    files.make(&format!("{noise} -c:v ffv1"), "noisy.mkv");
    files.make("-f lavfi -i testsrc2=s=320x192:r=25:d=4 -vf format=rgba,scale=32:20,pad=320:192:40:40:black@0 -c:v ffv1", "sparse.mkv");
    // Empty for as long as the trial looks, and then noise.
    files.make("-f lavfi -i color=gray:s=320x192:r=25:d=4 -vf noise=alls=60:allf=t:enable=gte(n\\,60),format=rgba -c:v ffv1", "late.mkv");
    files.make("-f lavfi -i testsrc2=s=320x192:r=25:d=4 -vf noise=alls=30:allf=t -pix_fmt yuv444p -c:v ffv1", "solid.mkv");
    let large = 320 * 192;
    for (name, quality, at_least, at_most) in [
        ("noisy.mkv", Quality::Hap, large, large + 64),
        ("late.mkv", Quality::Hap, large, large + 64),
        ("sparse.mkv", Quality::Hap, 0, large / 4),
        ("solid.mkv", Quality::HapQ, large, large + 64),
        ("solid.mkv", Quality::Hap, large / 8, large / 2 + 128),
    ] {
        let library = Library::with_import(Limits::default(), Settings { quality, ..settings(&files) });
        let media = get(&library, &files.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let info = media.info.video.as_ref().unwrap();
        assert_eq!(info.frames, 100, "{name}: nothing of the trial stays");
        let each = std::fs::metadata(&info.path).unwrap().len() / 100;
        assert!((at_least..=at_most).contains(&each), "{name} takes {each} bytes a frame");
        assert_eq!(pictures(&media).len(), 100, "{name} is read whole");
    }
}
