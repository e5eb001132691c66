//! Kinds of picture that people drop on it: each plays as ffmpeg shows it, or says why not.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::{
    import_tools::{get, mean, off, pictures, settings, take, theirs, try_take},
    media_tools::{Files, frames},
};
use videotracker_engine::media::{Library, Limits, import::Settings};

const SMALL: &str = "-f lavfi -i testsrc2=s=64x36:r=25:d=0.32";
const TONE: &str = "-f lavfi -i sine=440:r=48000:d=0.32";

/// Grey pictures that grow lighter: the `n`th of eight has the value `32 n + 16`.
fn ramp(files: &Files, folder: &str, end: &str, more: &str) {
    std::fs::create_dir_all(files.path(folder)).unwrap();
    let grey = "-f lavfi -i color=black:s=64x36:r=25:d=0.32,format=rgb24,geq=r=32*N+16:g=32*N+16:b=32*N+16";
    files.make(&format!("{grey} {more} -start_number 1"), &format!("{folder}/f_%04d.{end}"));
}

fn is_ramp(pictures: &[Vec<u8>], what: &str) {
    assert_eq!(pictures.len(), 8, "{what}");
    for (n, picture) in pictures.iter().enumerate() {
        let [r, g, b, _] = mean(picture);
        let wanted = (n * 32 + 16) as f64;
        assert!([r, g, b].iter().all(|part| (part - wanted).abs() < 5.0), "{what}, frame {n}: {r} {g} {b}, not {wanted}");
    }
}

#[test]
fn fragmented_movies_play_whole() {
    let Some(files) = Files::with_ffmpeg("fragmented_movies_play_whole") else { return };
    for (flags, name) in [
        ("-movflags frag_keyframe+empty_moov", "a.mp4"),
        ("-movflags frag_keyframe+empty_moov", "a.mov"),
        ("-movflags frag_every_frame+empty_moov+default_base_moof", "frames.mp4"),
        ("-movflags dash+frag_keyframe", "dash.mp4"),
        ("-movflags cmaf+frag_keyframe+separate_moof", "cmaf.mp4"),
        // Recorders that write the tables twice.
        ("-movflags frag_keyframe", "late.mp4"),
    ] {
        files.make(&format!("{SMALL} {TONE} -c:v libx264 -pix_fmt yuv420p -bf 0 -c:a aac {flags}"), name);
        let media = take(&files, name);
        let wanted = theirs(&files, &format!("-i {name}"), (64, 36));
        let found = pictures(&media);
        // Sound that begins before the picture lets ffmpeg show its first frame twice.
        assert!(found.len() == wanted.len() && (8..=9).contains(&found.len()), "{name}: {} and {}", found.len(), wanted.len());
        assert!((0..8).all(|n| off(&found[n], &wanted[n]) < 14.0), "{name}");
        let secs = frames(&media).len() as f64 / 48_000.0;
        assert!((0.30..0.42).contains(&secs), "{name}: {secs} s of sound");
    }
    files.make(&format!("{SMALL} -c:v hap -movflags frag_keyframe+empty_moov"), "hap.mov");
    assert_eq!(pictures(&take(&files, "hap.mov")).len(), 8);
    // A piece without its beginning says that it is one.
    let whole = std::fs::read(files.path("a.mp4")).unwrap();
    let at = whole.windows(4).position(|w| w == b"moof").unwrap() - 4;
    files.write("piece.m4s", &whole[at..]);
    let message = try_take(&files, "piece.m4s").unwrap_err().to_string();
    assert!(message.contains("piece of a stream"), "{message}");
}

#[test]
fn images_in_a_row_are_a_clip_whatever_their_kind() {
    let Some(files) = Files::with_ffmpeg("images_in_a_row_are_a_clip_whatever_their_kind") else { return };
    for (end, more) in [
        ("jpg", "-q:v 1"),
        ("JPEG", "-q:v 1 -c:v mjpeg"),
        ("png", ""),
        ("bmp", ""),
        ("tif", ""),
        ("tga", ""),
        ("webp", "-lossless 1 -c:v libwebp -f image2"),
        ("ppm", ""),
        ("qoi", ""),
        ("dpx", ""),
        ("sgi", ""),
        ("jp2", "-c:v jpeg2000 -pred 1"),
    ] {
        ramp(&files, end, end, more);
        is_ramp(&pictures(&take(&files, end)), end);
    }
    is_ramp(&pictures(&take(&files, "jpg/f_%04d.jpg")), "by its pattern");
    is_ramp(&pictures(&take(&files, "jpg/f_####.jpg")), "by signs");
}

#[test]
fn rows_whose_images_differ_show_each_once_in_order() {
    let Some(files) = Files::with_ffmpeg("rows_whose_images_differ_show_each_once_in_order") else { return };
    ramp(&files, "mixed", "png", "");
    let again = |n: u32, more: &str, name: &str| {
        let arguments = format!("-f image2 -i mixed/f_{n:04}.png -frames:v 1 {more}");
        files.make(&arguments, name);
        std::fs::copy(files.path(name), files.path(&format!("mixed/f_{n:04}.png"))).unwrap();
    };
    for (n, more, name) in
        [(3, "-pix_fmt rgba", "a.png"), (4, "-pix_fmt pal8", "b.png"), (5, "-vf scale=32:18", "c.png"), (6, "-pix_fmt gray16be", "d.png")]
    {
        again(n, more, name);
    }
    let media = take(&files, "mixed");
    is_ramp(&pictures(&media), "forms and sizes");
    assert_eq!(media.info.secs, 0.32);
    // Names lie, too.
    again(7, "-q:v 1", "e.jpg");
    again(8, "-c:v libwebp -lossless 1", "f.webp");
    is_ramp(&pictures(&take(&files, "mixed")), "kinds");
    // What is broken shows what came before, and is said.
    files.write("mixed/f_0002.png", b"");
    let media = take(&files, "mixed");
    let found = pictures(&media);
    assert_eq!(found.len(), 8);
    assert!(off(&found[0], &found[1]) < 1.0 && off(&found[1], &found[2]) > 20.0);
    assert!(media.info.notes.iter().any(|note| note.contains("1 of its images")), "{:?}", media.info.notes);
}

#[test]
fn clips_that_change_their_size_show_each_frame_once() {
    let Some(files) = Files::with_ffmpeg("clips_that_change_their_size_show_each_frame_once") else { return };
    let join = |parts: &[&str], name: &str| {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| std::fs::read(files.path(part)).unwrap()).collect();
        files.write(name, &bytes);
    };
    let grey = |level: u32, size: &str| format!("-f lavfi -i color=0x{level:02x}{level:02x}{level:02x}:s={size}:r=25:d=0.16");
    files.make(&format!("{} -c:v mpeg2video -q:v 1", grey(64, "64x36")), "a.ts");
    files.make(&format!("{} -c:v mpeg2video -q:v 1 -output_ts_offset 0.16", grey(192, "96x54")), "b.ts");
    join(&["a.ts", "b.ts"], "both.ts");
    files.make(&format!("{} -c:v libx264 -pix_fmt yuv420p -bf 0", grey(64, "64x36")), "a.h264");
    files.make(&format!("{} -c:v libx264 -pix_fmt yuv420p -bf 0", grey(192, "96x54")), "b.h264");
    join(&["a.h264", "b.h264"], "both.h264");
    for name in ["both.ts", "both.h264"] {
        let media = take(&files, name);
        let found: Vec<f64> = pictures(&media).iter().map(|picture| mean(picture)[1]).collect();
        // A picture at the change that ffmpeg itself loses (5.1 does, in transport streams) is not ours to have.
        let most = if name == "both.ts" { 7..=8 } else { 8..=8 };
        assert!(most.contains(&found.len()), "{name}: {found:?}");
        let change = found.len() - 4;
        assert!(
            found[..change].iter().all(|v| (v - 64.0).abs() < 6.0) && found[change..].iter().all(|v| (v - 192.0).abs() < 6.0),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn the_smallest_pictures_and_the_fastest_play() {
    let Some(files) = Files::with_ffmpeg("the_smallest_pictures_and_the_fastest_play") else { return };
    for (width, height) in [(1, 1), (17, 1), (1, 200), (2, 3), (3, 2), (7, 5), (9, 8)] {
        let name = format!("{width}x{height}.mkv");
        let crop = format!("format=gbrp,crop={width}:{height}:30:30");
        files.make(&format!("-f lavfi -i testsrc2=s=320x240:r=25:d=0.32 -vf {crop} -c:v ffv1 -pix_fmt bgr0"), &name);
        let media = take(&files, &name);
        let wanted = theirs(&files, &format!("-i {name}"), (width, height));
        let found = pictures(&media);
        assert_eq!(found.len(), 8, "{name}");
        assert!((0..8).all(|n| off(&found[n], &wanted[n]) < 24.0), "{name}: {:?} {:?}", found[0], wanted[0]);
    }
    for (fps, shown) in [(120, 120), (240, 240), (300, 300)] {
        let name = format!("{fps}.mkv");
        files.make(&format!("-f lavfi -i testsrc2=s=64x36:r={fps}:d=0.1 -c:v ffv1"), &name);
        let video = take(&files, &name).info.video.clone().unwrap();
        assert_eq!((video.fps, video.frames), ((shown, 1), shown / 10), "{name}");
    }
}

#[test]
fn interlaced_pictures_are_whole() {
    let Some(files) = Files::with_ffmpeg("interlaced_pictures_are_whole") else { return };
    // An edge that moves a tenth of the width from field to field.
    let field = |size: &str, more: &str| {
        format!(
            "-f lavfi -i color=black:s={size}:r=50:d=0.32,format=gray,geq=lum=255*gt(mod(X+N*W/10\\,W)\\,W/2) -vf tinterlace=interleave_top{more}"
        )
    };
    // How much rows differ from their neighbours, and how little from the next but one.
    let combs = |picture: &[u8], width: usize| {
        let row = |y: usize| &picture[y * width * 4..(y + 1) * width * 4];
        let rows = picture.len() / (width * 4);
        (1..rows - 1).map(|y| off(row(y), row(y - 1)).min(off(row(y), row(y + 1)))).sum::<f64>() / rows as f64
    };
    let laced = "-flags +ildct+ilme -top 1";
    for (source, name, width) in [
        (format!("{} -c:v libx264 -pix_fmt yuv420p -bf 0 -crf 10 {laced}", field("64x36", "")), "a.mp4", 64),
        (format!("{} -c:v prores_ks {laced}", field("64x48", ",setfield=tff")), "a.mov", 64),
        (format!("{} -c:v mpeg2video -q:v 2 {laced}", field("64x48", "")), "a.ts", 64),
        (format!("{} -pix_fmt yuv420p -c:v dvvideo -r 25", field("720x576", ",fieldorder=bff")), "a.dv", 720),
    ] {
        files.make(&source, name);
        let media = take(&files, name);
        let (found, video) = (pictures(&media), media.info.video.clone().unwrap());
        assert_eq!(found.len(), 8, "{name}");
        let raw = theirs(&files, &format!("-i {name}"), (width, video.height));
        let (ours, combed) = (combs(&found[4], video.width as usize), combs(&raw[4], width as usize));
        assert!(combed > 6.0 && ours < combed / 4.0, "{name}: {ours}, as it was {combed}");
    }
    files.make(&format!("{SMALL} -c:v libx264 -pix_fmt yuv420p -crf 10"), "whole.mp4");
    let (found, wanted) = (pictures(&take(&files, "whole.mp4")), theirs(&files, "-i whole.mp4", (64, 36)));
    assert!((0..8).all(|n| off(&found[n], &wanted[n]) < 14.0), "progressive pictures stay");
}

#[test]
fn untagged_pictures_have_the_colours_that_players_give_them() {
    let Some(files) = Files::with_ffmpeg("untagged_pictures_have_the_colours_that_players_give_them") else { return };
    // Green, whose numbers differ most between the matrices.
    for (size, matrix) in
        [((1920, 640), "bt709"), ((1280, 536), "bt709"), ((640, 720), "bt709"), ((720, 576), "bt601"), ((640, 360), "bt601")]
    {
        let name = format!("{}x{}.mkv", size.0, size.1);
        let green = format!("-f lavfi -i color=0x20C040:s={}x{}:r=25:d=0.08,format=gbrp", size.0, size.1);
        files.make(&format!("{green} -vf scale=out_color_matrix={matrix},format=yuv420p -c:v ffv1 -colorspace unknown"), &name);
        let [r, g, b, _] = mean(&pictures(&take(&files, &name))[0]);
        assert!((r - 32.0).abs() < 8.0 && (g - 192.0).abs() < 6.0 && (b - 64.0).abs() < 8.0, "{name}: {r} {g} {b}");
    }
    // What says its matrix has that one, whatever its size.
    for matrix in ["bt709", "bt601", "smpte240m"] {
        let tag = if matrix == "bt601" { "smpte170m" } else { matrix };
        let green = "-f lavfi -i color=0x20C040:s=64x36:r=25:d=0.08,format=gbrp";
        files.make(
            &format!("{green} -vf scale=out_color_matrix={matrix},format=yuv420p -c:v libx264 -qp 0 -colorspace {tag}"),
            "tagged.mp4",
        );
        let [r, g, b, _] = mean(&pictures(&take(&files, "tagged.mp4"))[0]);
        assert!((r - 32.0).abs() < 8.0 && (g - 192.0).abs() < 6.0 && (b - 64.0).abs() < 8.0, "{matrix}: {r} {g} {b}");
    }
}

#[test]
fn a_high_dynamic_range_has_white_where_white_is() {
    let Some(files) = Files::with_ffmpeg("a_high_dynamic_range_has_white_where_white_is") else { return };
    // Numbers of 10 bits, of 64 to 940: 203 cd/m² is 58 % in PQ and 75 % in HLG (ITU-R BT.2408), black is black; a fifth of white
    // is 42 % of PQ and shows as 124 of 255.
    for (transfer, share, wanted) in [
        ("smpte2084", 0.5806, 251.0),
        ("smpte2084", 0.0, 0.0),
        ("smpte2084", 0.9, 255.0),
        ("smpte2084", 0.4195, 124.0),
        ("arib-std-b67", 0.75, 251.0),
        ("arib-std-b67", 0.0, 0.0),
    ] {
        let level = 64.0 + share * 876.0_f64;
        let source = format!("-f lavfi -i color=black:s=64x36:r=25:d=0.08,format=yuv420p10,geq=lum={level:.0}:cb=512:cr=512");
        let tags = format!("-color_trc {transfer} -color_primaries bt2020 -colorspace bt2020nc");
        files.make(&format!("{source} -c:v libx265 -x265-params log-level=none:lossless=1 {tags}"), "hdr.mp4");
        let [r, g, b, _] = mean(&pictures(&take(&files, "hdr.mp4"))[0]);
        assert!([r, g, b].iter().all(|part| (part - wanted).abs() < 9.0), "{transfer} at {share}: {r} {g} {b}, not {wanted}");
    }
}

#[test]
fn numbers_that_are_light_are_shown_as_bright_as_they_are() {
    let Some(files) = Files::with_ffmpeg("numbers_that_are_light_are_shown_as_bright_as_they_are") else { return };
    // Half of the light is 188 of sRGB's 255, a tenth is 89; all above 1 is white.
    for (name, format) in [("a.exr", "gbrpf32"), ("a.pfm", "gbrpf32")] {
        for (light, wanted) in [(0x80, 188.0), (0x1A, 89.0), (0xFF, 255.0), (0, 0.0)] {
            let grey = format!("-f lavfi -i color=0x{light:02x}{light:02x}{light:02x}:s=64x36 -frames:v 1 -vf format={format}");
            files.make(&grey, name);
            let media = take(&files, name);
            assert_eq!(media.info.video.as_ref().unwrap().frames, 1, "{name}");
            let [r, g, b, _] = mean(&pictures(&media)[0]);
            assert!([r, g, b].iter().all(|part| (part - wanted).abs() < 2.5), "{name} at {light}: {r} {g} {b}, not {wanted}");
        }
    }
    // Half transparent, with its light multiplied by that.
    let half = "-f lavfi -i color=0x404040@0.5:s=64x36,format=rgba,format=gbrapf32 -frames:v 1";
    files.make(half, "half.exr");
    let [r, _, _, alpha] = mean(&pictures(&take(&files, "half.exr"))[0]);
    assert!((r - 188.0).abs() < 3.0 && (alpha - 128.0).abs() < 2.0, "{r} {alpha}");
}

#[test]
fn stills_of_other_kinds_stand_upright_and_lose_nothing() {
    let Some(files) = Files::with_ffmpeg("stills_of_other_kinds_stand_upright_and_lose_nothing") else { return };
    let source = "-f lavfi -i testsrc2=s=62x34 -frames:v 1";
    files.make(&format!("{source} -pix_fmt rgb24"), "plain.png");
    let plain = pictures(&take(&files, "plain.png")).remove(0);
    for (name, more) in [
        ("a.tga", "-pix_fmt bgr24"),
        ("b.TGA", "-pix_fmt bgr24 -c:v targa -f image2"),
        ("a.tif", "-pix_fmt rgb24"),
        ("a.bmp", "-pix_fmt bgr24"),
        ("a.pam", "-pix_fmt rgb24"),
        ("a.ppm", "-pix_fmt rgb24"),
        ("a.qoi", "-pix_fmt rgb24"),
        ("a.dpx", "-pix_fmt rgb24"),
        ("a.sgi", "-pix_fmt rgb24"),
        ("a.pcx", "-pix_fmt rgb24"),
        ("a.ico", "-pix_fmt bgra -c:v bmp -f ico"),
        ("a.jp2", "-pix_fmt rgb24 -c:v jpeg2000 -pred 1 -q:v 1"),
        ("percent %d [1].tif", "-pix_fmt rgb24 -f image2 -update 1"),
    ] {
        let made = files.make(&format!("{source} {more}"), name);
        assert!(made.is_file(), "{name}");
        let media = take(&files, name);
        let video = media.info.video.clone().unwrap();
        assert_eq!((video.width, video.height, video.frames, media.info.secs), (62, 34, 1, 0.0), "{name}");
        let near = off(&pictures(&media)[0], &plain);
        assert!(near < if name == "a.jp2" { 4.0 } else { 0.01 }, "{name} is off by {near}");
    }
    // Each orientation of a TIFF is what EXIF's number says.
    let bytes = std::fs::read(files.path("a.tif")).unwrap();
    let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let count = u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    for turn in 1..=8_u16 {
        // The directory anew, at the end, with the orientation in its place.
        let mut entries: Vec<[u8; 12]> = bytes[at + 2..].as_chunks::<12>().0[..count.into()].to_vec();
        entries.retain(|entry| entry[..2] != 274_u16.to_le_bytes());
        let entry = [274_u16, 3, 1, 0, turn, 0].map(u16::to_le_bytes).concat();
        entries.push(entry.try_into().unwrap());
        entries.sort_by_key(|entry| u16::from_le_bytes([entry[0], entry[1]]));
        let mut turned = bytes.clone();
        turned[4..8].copy_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
        turned.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        turned.extend(entries.as_flattened());
        turned.extend([0; 4]);
        files.write("turned.tif", &turned);
        let media = take(&files, "turned.tif");
        let mut wanted = image::DynamicImage::ImageRgba8(image::RgbaImage::from_raw(62, 34, plain.clone()).unwrap());
        wanted.apply_orientation(image::metadata::Orientation::from_exif(u8::try_from(turn).unwrap()).unwrap());
        let video = media.info.video.clone().unwrap();
        assert_eq!((video.width, video.height), (wanted.width(), wanted.height()), "orientation {turn}");
        assert!(off(&pictures(&media)[0], wanted.into_rgba8().as_raw()) < 0.01, "orientation {turn}");
    }
    files.write(
        "a.svg",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='64' height='36'><rect width='64' height='36' fill='#20C040'/></svg>",
    );
    match try_take(&files, "a.svg") {
        Ok(media) => assert!(off(&pictures(&media)[0], &[32, 192, 64, 255].repeat(64 * 36)) < 1.0),
        Err(why) => assert!(why.to_string().contains("SVG") && why.to_string().contains("PNG"), "{why}"),
    }
}

#[test]
fn what_seems_damaged_and_ffmpeg_reads_plays_and_says_so() {
    let Some(files) = Files::with_ffmpeg("what_seems_damaged_and_ffmpeg_reads_plays_and_says_so") else { return };
    let flac = std::fs::read(files.make("-f lavfi -i sine=440:r=48000:d=0.32", "a.flac")).unwrap();
    let mut zero = flac.clone();
    zero[8..10].copy_from_slice(&[0, 0]);
    files.write("zero.flac", &zero);
    let wav = std::fs::read(files.make("-f lavfi -i sine=440:r=48000:d=0.32 -c:a pcm_s16le", "a.wav")).unwrap();
    let mut short = wav.clone();
    short[4..8].copy_from_slice(&100_u32.to_le_bytes());
    files.write("short.wav", &short);
    files.make("-f lavfi -i sine=440:r=16000:d=0.32 -c:a libspeex", "a.spx");
    for name in ["zero.flac", "short.wav", "a.spx"] {
        let media = take(&files, name);
        let secs = frames(&media).len() as f64 / 48_000.0;
        assert!((0.31..0.37).contains(&secs), "{name}: {secs} s");
        let loud = frames(&media).iter().fold(0.0_f32, |most, frame| most.max(frame[0].abs()));
        assert!((0.08..0.2).contains(&loud), "{name}: {loud}");
        eprintln!("{name}: {:?}", media.info.notes);
    }
    let png = std::fs::read(files.make("-f lavfi -i testsrc2=s=64x36 -frames:v 1 -pix_fmt rgb24", "a.png")).unwrap();
    files.write("cut.png", &png[..png.len() * 2 / 3]);
    if let Ok(media) = try_take(&files, "cut.png") {
        assert!(media.info.notes.iter().any(|note| note.contains("damaged")), "{:?}", media.info.notes);
    }
}

#[test]
fn a_picture_and_the_sound_of_its_name_are_a_pair_and_a_broken_half_is_said() {
    let Some(files) = Files::with_ffmpeg("a_picture_and_the_sound_of_its_name_are_a_pair_and_a_broken_half_is_said") else { return };
    files.make(TONE, "tone.wav");
    files.make(&format!("{TONE} -c:a aac"), "tone.m4a");
    files.make(&format!("{TONE} -c:a libopus"), "tone.opus");
    files.make(&format!("{SMALL} -frames:v 1"), "still.png");
    files.make(&format!("{SMALL} -frames:v 1"), "still.tif");
    files.make(&format!("{SMALL} -c:v hap"), "hap.mov");
    files.make(&format!("{SMALL} -c:v libx264 -pix_fmt yuv420p"), "foreign.mp4");
    let place = |from: &str, to: &str| {
        std::fs::copy(files.path(from), files.path(to)).unwrap();
    };
    for (n, picture) in ["still.png", "still.tif", "hap.mov", "foreign.mp4"].into_iter().enumerate() {
        let end = picture.split('.').nth(1).unwrap();
        for (sound, plays) in [("tone.wav", true), ("tone.m4a", true), ("tone.opus", true), ("empty.wav", false), ("broken.wav", false)] {
            let stem = format!("{n}-{}", sound.replace('.', "-"));
            place(picture, &format!("{stem}.{end}"));
            let beside = format!("{stem}.{}", sound.split('.').nth(1).unwrap());
            match sound {
                "empty.wav" => drop(files.write(&beside, b"")),
                "broken.wav" => drop(files.write(&beside, &[7; 500])),
                _ => place(sound, &beside),
            }
            let media = take(&files, &format!("{stem}.{end}"));
            assert!(media.info.video.is_some(), "{picture} with {sound}");
            assert_eq!(media.audio.is_some(), plays, "{picture} with {sound}: {:?}", media.info.notes);
            let said = media.info.notes.iter().any(|note| note.contains(&beside));
            assert_eq!(said, !plays, "{picture} with {sound}: {:?}", media.info.notes);
            if plays {
                let both = [format!("{stem}.{end}"), beside.clone()].map(|name| std::fs::read(files.path(&name)).unwrap()).concat();
                assert_eq!(media.info.hash, blake3::hash(&both).to_hex().as_str(), "{picture} with {sound}");
                assert_eq!(media.origin.beside.as_deref(), Some(&*files.path(&beside)));
            }
        }
    }
    // One that holds nothing does not hide one that does.
    place("hap.mov", "both.mov");
    files.write("both.wav", b"");
    place("tone.m4a", "both.m4a");
    assert!(take(&files, "both.mov").audio.is_some());
}

#[test]
fn a_copy_in_the_cache_that_went_bad_is_made_again() {
    let Some(files) = Files::with_ffmpeg("a_copy_in_the_cache_that_went_bad_is_made_again") else { return };
    files.make(&format!("{SMALL} {TONE} -c:v libx264 -pix_fmt yuv420p -c:a aac"), "a.mp4");
    files.make(&format!("{SMALL} -frames:v 1"), "a.tif");
    for (source, name) in [("a.mp4", "clip.mov"), ("a.mp4", "sound.wav"), ("a.tif", "still.png")] {
        let whole = take(&files, source);
        let path = whole.origin.imported.as_ref().unwrap().picture.clone().unwrap().with_file_name(name);
        let (bytes, wanted) = (std::fs::read(&path).unwrap(), (pictures(&whole), whole.audio.clone()));
        drop(whole);
        for spoil in [0..bytes.len(), bytes.len() / 2..bytes.len(), bytes.len() - 200..bytes.len()] {
            let mut bad = bytes.clone();
            bad[spoil.clone()].fill(0);
            std::fs::write(&path, &bad).unwrap();
            let media = take(&files, source);
            assert!(!media.origin.imported.as_ref().unwrap().cached, "{name} {spoil:?}");
            assert!((pictures(&media), media.audio.clone()) == wanted, "{name} {spoil:?}");
        }
        assert!(take(&files, source).origin.imported.as_ref().unwrap().cached);
    }
}

#[test]
fn what_can_not_play_says_what_it_is_and_what_to_do() {
    let Some(files) = Files::with_ffmpeg("what_can_not_play_says_what_it_is_and_what_to_do") else { return };
    files.write("page.mp4", b"<!DOCTYPE html><html><body>404</body></html>");
    files.write("pack.wav", b"PK\x03\x04\x14\0\0\0\x08\0 and more of an archive");
    files.write("notes.wav", b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xFF\x2F\0");
    files.write("words.png", b"only words, and nothing else at all");
    files.write("empty.mov", b"");
    files.write("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nsecret.ts\n");
    files.write("photo.heic", &[b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", &[0; 600][..]].concat());
    files.write("noise.bin", &[0x93; 3000]);
    for (name, what, remedy) in [
        ("page.mp4", "a web page", "download it again"),
        ("pack.wav", "a ZIP archive", "unpack it"),
        ("notes.wav", "a MIDI file", "render it"),
        ("words.png", "a text", "name a sound or a picture"),
        ("empty.mov", "empty", "copy the file again"),
        ("list.m3u8", "a playlist", "name the file"),
        ("photo.heic", "a HEIC picture", "JPEG or PNG"),
        ("noise.bin", "neither videoTracker nor ffmpeg", "convert it by hand"),
    ] {
        let message = try_take(&files, name).unwrap_err().to_string();
        eprintln!("{message}");
        assert!(message.contains(name) && message.contains(what) && message.contains(remedy), "{message}");
        assert!(!message.contains("ffmpeg says") && !message.contains("Invalid"), "{message}");
    }
    // A name of another case, with a slip of the hand, or with another ending.
    files.write("Snare 808.wav", b"x");
    for name in ["snare 808.wav", "Snrae 808.wav", "Snare 808.aif"] {
        let message = try_take(&files, name).unwrap_err().to_string();
        assert!(message.contains("did you mean \"Snare 808.wav\"?"), "{message}");
    }
    assert!(!try_take(&files, "hat.wav").unwrap_err().to_string().contains("did you mean"));
    // A cache that can't be written says so.
    files.write("file", b"");
    files.make(&format!("{SMALL} -c:v libx264 -pix_fmt yuv420p"), "a.mp4");
    let library = Library::with_import(Limits::default(), Settings { cache: Some(files.path("file").join("cache")), ..settings(&files) });
    let message = get(&library, &files.path("a.mp4")).unwrap_err().to_string();
    assert!(message.contains("the cache in") && message.contains("VIDEOTRACKER_CACHE"), "{message}");
}
