//! HAP that plays as it is: its times, its shape and its kinds, as ffmpeg shows them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::{
    import_tools::{mean, off, pictures, take, theirs},
    media_tools::{Files, frames},
};
use videotracker_engine::media::Loaded;

/// A movie of frames that grow lighter, of HAP, with a click in its sound at 0.16 s.
fn ramp(files: &Files, name: &str, more: &str) {
    let grey = "-f lavfi -i color=black:s=64x36:r=25:d=0.32,format=rgb24,geq=r=32*N+16:g=32*N+16:b=32*N+16";
    let click = "-f lavfi -i aevalsrc=if(between(n\\,7680\\,7690)\\,0.9\\,0):s=48000:d=0.32";
    files.make(&format!("{grey} {click} -c:v hap {more}"), name);
}

fn greys(media: &Loaded) -> Vec<usize> {
    pictures(media).iter().map(|picture| (mean(picture)[1] / 32.0) as usize).collect()
}

fn click(media: &Loaded) -> usize {
    frames(media).iter().position(|frame| frame[0].abs() > 0.4).unwrap()
}

fn atom(kind: &[u8; 4], inner: &[u8]) -> Vec<u8> {
    [&u32::try_from(inner.len() + 8).unwrap().to_be_bytes()[..], kind, inner].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A movie of one picture track: its codec, its visible size, its frames, each as long as one of 25 a second.
fn movie(codec: &[u8; 4], (width, height): (u16, u16), packets: &[Vec<u8>], matrix: [u32; 9]) -> Vec<u8> {
    let count = u32::try_from(packets.len()).unwrap();
    let size = [&width.to_be_bytes()[..], &height.to_be_bytes()].concat();
    let entry = atom(
        codec,
        &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 16], &size, &[0, 72, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 0, 1], &[0; 32], &[0, 24, 255, 255]]
            .concat(),
    );
    let sizes: Vec<u32> = packets.iter().map(|packet| u32::try_from(packet.len()).unwrap()).collect();
    let stbl = [
        atom(b"stsd", &[words(&[0, 1]), entry].concat()),
        atom(b"stts", &words(&[0, 1, count, 1])),
        atom(b"stsc", &words(&[0, 1, 1, count, 1])),
        atom(b"stsz", &[words(&[0, 0, count]), words(&sizes)].concat()),
        atom(b"stco", &words(&[0, 1, 28])),
    ]
    .concat();
    let handler = atom(b"hdlr", &[words(&[0, 0]), b"vide".to_vec(), vec![0; 13]].concat());
    let dref = atom(b"dinf", &atom(b"dref", &[words(&[0, 1]), atom(b"url ", &words(&[1]))].concat()));
    let minf = atom(b"minf", &[atom(b"vmhd", &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), dref, atom(b"stbl", &stbl)].concat());
    let mdia = atom(b"mdia", &[atom(b"mdhd", &words(&[0, 0, 0, 25, count, 0])), handler, minf].concat());
    let sides = [u32::from(width) << 16, u32::from(height) << 16];
    let tkhd = atom(b"tkhd", &words(&[&[3, 0, 0, 1, 0, count, 0, 0, 0, 0][..], &matrix, &sides].concat()));
    let plain = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let mvhd = atom(b"mvhd", &words(&[&[0, 0, 0, 25, count, 0x1_0000, 0x100_0000, 0, 0][..], &plain, &[0, 0, 0, 0, 0, 0, 2]].concat()));
    let moov = atom(b"moov", &[mvhd, atom(b"trak", &[tkhd, mdia].concat())].concat());
    [atom(b"ftyp", b"qt  \0\0\x02\0qt  "), atom(b"mdat", &packets.concat()), moov].concat()
}

const PLAIN: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

#[test]
fn edit_lists_trim_and_delay_as_ffmpeg_does() {
    let Some(files) = Files::with_ffmpeg("edit_lists_trim_and_delay_as_ffmpeg_does") else { return };
    for sound in ["-c:a pcm_s16le", "-c:a alac", "-c:a libmp3lame -b:a 320k"] {
        ramp(&files, "plain.mov", sound);
        let media = take(&files, "plain.mov");
        assert_eq!(greys(&media), [0, 1, 2, 3, 4, 5, 6, 7], "{sound}");
        assert!(click(&media).abs_diff(7680) < 12, "{sound}: {}", click(&media));
        assert!(media.origin.imported.is_none(), "{sound} plays as it is");
    }
    ramp(&files, "plain.mov", "-c:a pcm_s16le");
    for (name, make, seen, heard) in [
        // The sound begins 0.08 s after the picture, and the other way round.
        ("late-sound.mov", "-i plain.mov -itsoffset 0.08 -i plain.mov -map 0:v -map 1:a -c copy", &[0, 1, 2, 3, 4, 5, 6, 7][..], 11_520),
        ("late-picture.mov", "-i plain.mov -itsoffset 0.08 -i plain.mov -map 1:v -map 0:a -c copy", &[0, 0, 0, 1, 2, 3, 4, 5, 6, 7], 7680),
        ("both-late.mov", "-itsoffset 0.5 -i plain.mov -c copy", &[0, 1, 2, 3, 4, 5, 6, 7], 7680),
    ] {
        files.make(make, name);
        let media = take(&files, name);
        assert_eq!(greys(&media), seen, "{name}");
        assert!(click(&media).abs_diff(heard) <= 24, "{name}: {}", click(&media));
        assert!(media.origin.imported.is_none(), "{name} plays as it is");
    }
    // A trim: the entry of the picture's list that ffmpeg wrote begins two frames later, and lasts four.
    let mut bytes =
        std::fs::read(files.make("-i plain.mov -an -c copy -video_track_timescale 25 -movie_timescale 25", "trim.mov")).unwrap();
    let at = bytes.windows(4).position(|w| w == b"elst").unwrap() + 12;
    bytes[at..at + 8].copy_from_slice(&words(&[4, 2]));
    files.write("trim.mov", &bytes);
    let wanted = theirs(&files, "-i trim.mov", (64, 36));
    assert_eq!(wanted.len(), 4);
    assert_eq!(greys(&take(&files, "trim.mov")), [2, 3, 4, 5]);
}

#[test]
fn turned_mirrored_and_stretched_pictures_are_shown_so() {
    let Some(files) = Files::with_ffmpeg("turned_mirrored_and_stretched_pictures_are_shown_so") else { return };
    files.make("-f lavfi -i testsrc2=s=64x36:r=25:d=0.32 -c:v hap", "plain.mov");
    files.make("-i plain.mov -c copy -metadata:s:v rotate=90", "turned.mov");
    files.make("-i plain.mov -c copy -metadata:s:v rotate=180", "over.mov");
    files.make("-f lavfi -i testsrc2=s=64x36:r=25:d=0.32 -vf setsar=2/1 -c:v hap", "wide.mov");
    // The left half red, the right half blue, in blocks of one colour.
    let block = |colour: u16| [&colour.to_le_bytes()[..], &colour.to_le_bytes(), &[0; 4]].concat();
    let halves = raw(0xB, &[block(0xF800), block(0x001F)].concat().repeat(2));
    let minus = 0_u32.wrapping_sub(0x1_0000);
    files.write("mirrored.mov", &movie(b"Hap1", (8, 8), &vec![halves.clone(); 8], [minus, 0, 0, 0, 0x1_0000, 0, 8 << 16, 0, 0x4000_0000]));
    files.write("as-it-is.mov", &movie(b"Hap1", (8, 8), &vec![halves; 8], PLAIN));
    for (name, size) in
        [("turned.mov", (36, 64)), ("over.mov", (64, 36)), ("wide.mov", (128, 36)), ("mirrored.mov", (8, 8)), ("as-it-is.mov", (8, 8))]
    {
        let media = take(&files, name);
        let video = media.info.video.clone().unwrap();
        assert_eq!((video.width, video.height, video.frames), (size.0, size.1, 8), "{name}");
        let more = if name == "wide.mov" { "-vf scale=128:36" } else { "" };
        let wanted = theirs(&files, &format!("-i {name} {more}"), size);
        assert!(off(&pictures(&media)[3], &wanted[3]) < 10.0, "{name}");
        assert_eq!(media.origin.imported.is_none(), name == "as-it-is.mov", "{name}");
    }
    // ffmpeg 5 does not mirror by itself, later ones do.
    let left = pictures(&take(&files, "mirrored.mov"))[0][..4].to_vec();
    eprintln!("mirrored: the left is {left:?}");
}

#[test]
fn frames_of_changing_length_are_on_when_they_should() {
    let Some(files) = Files::with_ffmpeg("frames_of_changing_length_are_on_when_they_should") else { return };
    ramp(&files, "plain.mov", "-an");
    files.make("-i plain.mov -an -vf select=lt(n\\,2)+gte(n\\,5) -fps_mode vfr -c:v hap", "gap.mov");
    assert_eq!(greys(&take(&files, "gap.mov")), [0, 1, 1, 1, 1, 5, 6, 7]);
    // A clock of milliseconds at 30 frames a second.
    files.make(
        "-i plain.mov -an -vf settb=1/1000,setpts=N*33.34/1000/TB -fps_mode passthrough -enc_time_base -1 -video_track_timescale 1000 -c:v hap",
        "thirty.mov",
    );
    let media = take(&files, "thirty.mov");
    let fps = media.info.video.as_ref().unwrap().fps;
    assert_eq!(greys(&media)[..7], [0, 1, 2, 3, 4, 5, 6], "{fps:?}");
    assert!((f64::from(fps.0) / f64::from(fps.1) - 30.0).abs() < 0.3, "{fps:?}");
}

/// A section of a HAP frame with a short header.
fn section(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..3], &[kind], bytes].concat()
}

/// Blocks as they are.
fn raw(kind: u8, bytes: &[u8]) -> Vec<u8> {
    section(0xA0 | kind, bytes)
}

#[test]
fn every_kind_of_hap_plays() {
    let Some(files) = Files::with_ffmpeg("every_kind_of_hap_plays") else { return };
    let packed = |kind: u8, bytes: &[u8]| section(0xB0 | kind, &snap::raw::Encoder::new().compress_vec(bytes).unwrap());
    let chunked = |kind: u8, bytes: &[u8]| {
        let halves =
            [&bytes[..bytes.len() / 2], &bytes[bytes.len() / 2..]].map(|half| snap::raw::Encoder::new().compress_vec(half).unwrap());
        let sizes = [0, 1].map(|at| u32::try_from(halves[at].len()).unwrap().to_le_bytes()).concat();
        let tables = [section(2, &[0xB, 0xB]), section(3, &sizes)].concat();
        section(0xC0 | kind, &[section(1, &tables), halves.concat()].concat())
    };
    // Blocks of one colour. BC1: orange; BC4: alpha 128; scaled YCoCg: Y 128, no colour; BC7 in mode 6: 7 bits a part and one
    // that the two ends share ("BC7 Format", Microsoft).
    let bc1 = [0xE0, 0xFB, 0xE0, 0xFB, 0, 0, 0, 0].to_vec();
    let bc4 = [128, 128, 0, 0, 0, 0, 0, 0].to_vec();
    let ycocg = [&[128, 128, 0, 0, 0, 0, 0, 0][..], &[0x10, 0x84, 0x10, 0x84, 0, 0, 0, 0]].concat();
    let bc7 = |r: u128, g: u128, b: u128, a: u128| {
        let ends = [r, r, g, g, b, b, a, a];
        ends.iter().enumerate().fold(1_u128 << 6, |block, (at, end)| block | (end >> 1) << (7 + at * 7)).to_le_bytes().to_vec()
    };
    let blocks = |block: &[u8]| block.repeat(16 * 9);
    let seven = blocks(&bc7(200, 100, 50, 128));
    for (what, codec, packet, wanted) in [
        ("R, as it is", b"Hap7", raw(0xC, &seven), [200.0, 100.0, 50.0, 128.0]),
        ("R, packed", b"Hap7", packed(0xC, &seven), [200.0, 100.0, 50.0, 128.0]),
        ("R, in chunks", b"Hap7", chunked(0xC, &seven), [200.0, 100.0, 50.0, 128.0]),
        ("HAP in chunks", b"Hap1", chunked(0xB, &blocks(&bc1)), [255.0, 125.0, 0.0, 255.0]),
        (
            "Q with alpha",
            b"HapM",
            section(0x0D, &[raw(0xF, &blocks(&ycocg)), raw(0x1, &blocks(&bc4))].concat()),
            [128.0, 128.0, 128.0, 128.0],
        ),
        ("alpha alone", b"HapA", packed(0x1, &blocks(&bc4)), [128.0, 128.0, 128.0, 255.0]),
    ] {
        files.write("kind.mov", &movie(codec, (64, 36), &vec![packet; 8], PLAIN));
        let media = take(&files, "kind.mov");
        let found = pictures(&media);
        assert_eq!(found.len(), 8, "{what}");
        let colours = mean(&found[5]);
        assert!(colours.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 6.0), "{what}: {colours:?}, not {wanted:?}");
    }
}
