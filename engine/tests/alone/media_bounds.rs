//! What a file makes its reader hold: a picture its pixels, a sound its frames, and a fixed amount beside them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    io::Cursor,
    path::Path,
    time::{Duration, Instant},
};

use crate::counting::{alone as turn, peak as most_of};
use crate::media_tools::{Files, Random, load_at};
use videotracker_engine::media::{FrameBuffer, FrameReader, MediaError};

const MIB: usize = 1 << 20;
/// What a file may take beside its pixels or frames.
const BESIDE: usize = 24 * MIB;

fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _turn = turn();
    work()
}

/// The pixels of a still.
fn pixels(path: &Path) -> Result<Vec<u8>, MediaError> {
    let mut reader = FrameReader::open(path)?;
    let mut frame = FrameBuffer::default();
    reader.read(0, &mut frame)?;
    Ok(frame.to_rgba8())
}

fn encode_png(width: u32, height: u32, colour: png::ColorType, depth: png::BitDepth, data: &[u8], palette: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if palette {
        encoder.set_palette((0..=255_u8).flat_map(|n| [n, 255 - n, n / 2]).collect::<Vec<u8>>());
        encoder.set_trns((0..=255_u8).collect::<Vec<u8>>());
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// So many zeros, deflated: the data of a grey picture.
fn deflated(zeros: usize) -> Vec<u8> {
    let (width, height) = (1 << 15, zeros >> 15);
    let png = encode_png(width, u32::try_from(height).unwrap(), png::ColorType::Grayscale, png::BitDepth::Eight, &vec![0; zeros], false);
    let (mut at, mut data) = (8, Vec::new());
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        if &png[at + 4..at + 8] == b"IDAT" {
            data.extend(&png[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    data
}

fn png_with(base: &[u8], kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = base[..33].to_vec();
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let body = [&kind[..], data].concat();
    bytes.extend(&body);
    bytes.extend(crc32fast::hash(&body).to_be_bytes());
    bytes.extend(&base[33..]);
    bytes
}

#[test]
fn pngs_with_bombs_beside_their_picture_take_no_more_than_the_picture() {
    alone(|| {
        let files = Files::new();
        let base = encode_png(4, 4, png::ColorType::Rgb, png::BitDepth::Eight, &[7; 48], false);
        let bomb = deflated(256 * MIB);
        assert!(bomb.len() < 2 * MIB);
        for (what, kind, data, opens) in [
            ("a colour profile", b"iCCP", [b"x\0\0", &bomb[..]].concat(), true),
            ("a packed text", b"zTXt", [b"x\0\0", &bomb[..]].concat(), true),
            ("a text in Unicode", b"iTXt", [b"x\0\x01\0\0\0", &bomb[..]].concat(), true),
            ("a long text", b"tEXt", [&b"x\0"[..], &vec![b'a'; 64 * MIB]].concat(), true),
            ("a chunk of nobody's", b"vtRk", vec![0; 64 * MIB], true),
            ("an EXIF", b"eXIf", vec![0; 64 * MIB], false),
        ] {
            let path = files.write("bomb.png", &png_with(&base, kind, &data));
            drop(data);
            let (read, most) = most_of(|| pixels(&path));
            assert_eq!(read.is_ok(), opens, "{what}: {read:?}");
            assert!(most < BESIDE, "{what} takes {} MiB", most / MIB);
        }
    });
}

#[test]
fn a_picture_of_sixteen_bits_takes_four_bytes_for_each_pixel() {
    alone(|| {
        let files = Files::new();
        let side = 2048;
        let data = vec![0x7F; side * side * 8];
        let side = u32::try_from(side).unwrap();
        let path = files.write("deep.png", &encode_png(side, side, png::ColorType::Rgba, png::BitDepth::Sixteen, &data, false));
        drop(data);
        let (read, most) = most_of(|| load_at(&path, 48_000.0).map(drop));
        read.unwrap();
        assert!(most < 16 * MIB + BESIDE, "{} MiB", most / MIB);
    });
}

#[test]
fn jpegs_and_webps_with_much_beside_their_picture_take_no_more_than_the_picture() {
    alone(|| {
        let files = Files::new();
        let image = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, 99]));
        let mut jpeg = Vec::new();
        image.write_to(&mut Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
        let segment = [&[0xFF, 0xE2, 0xFF, 0xFF][..], &[0; 65_533]].concat();
        let heavy = [&jpeg[..2], &segment.repeat(1000), &jpeg[2..], &vec![0; 64 * MIB]].concat();
        let scans = [&jpeg[..jpeg.len() - 2], &vec![0; 64 * MIB]].concat();
        let mut webp = Vec::new();
        image.write_to(&mut Cursor::new(&mut webp), image::ImageFormat::WebP).unwrap();
        let chunk = |kind: &[u8; 4], data: &[u8]| [kind, &u32::try_from(data.len()).unwrap().to_le_bytes()[..], data].concat();
        let riff = |chunks: &[Vec<u8>]| chunk(b"RIFF", &[b"WEBP".to_vec(), chunks.concat()].concat());
        let extended = chunk(b"VP8X", &[0x28, 0, 0, 0, 63, 0, 0, 47, 0, 0]);
        let profile = riff(&[extended, chunk(b"ICCP", &vec![0; 64 * MIB]), webp[12..].to_vec(), chunk(b"EXIF", &vec![0; 64 * MIB])]);
        let long = riff(&[chunk(b"VP8L", &[&webp[20..], &vec![0; 64 * MIB]].concat())]);
        for (what, name, bytes, opens) in [
            ("segments and a tail", "heavy.jpg", heavy, true),
            ("a scan without end", "scan.jpg", scans, false),
            ("a profile and an EXIF", "heavy.webp", profile, true),
            ("a chunk that is longer than its picture", "long.webp", long, false),
        ] {
            let path = files.write(name, &bytes);
            drop(bytes);
            let (read, most) = most_of(|| pixels(&path));
            assert_eq!(read.is_ok(), opens, "{what}: {:?}", read.err());
            assert!(most < BESIDE, "{what} takes {} MiB", most / MIB);
        }
    });
}

#[test]
fn stills_of_every_form_are_what_the_image_crate_makes_of_them() {
    alone(|| {
        use png::{BitDepth::*, ColorType::*};
        let files = Files::new();
        let same = |path: &Path, what: &str| {
            let theirs = image::open(path).unwrap().into_rgba8().into_raw();
            let ours = pixels(path).unwrap();
            assert!(ours == theirs, "{what} differs");
        };
        let mut random = Random(7);
        for (colour, depths) in [
            (Grayscale, &[One, Two, Four, Eight, Sixteen][..]),
            (GrayscaleAlpha, &[Eight, Sixteen]),
            (Rgb, &[Eight, Sixteen]),
            (Rgba, &[Eight, Sixteen]),
            (Indexed, &[One, Two, Four, Eight]),
        ] {
            for depth in depths {
                let row = (13 * colour.samples() * *depth as usize).div_ceil(8);
                let data: Vec<u8> = (0..row * 11).map(|_| random.below(256) as u8).collect();
                let path = files.write("form.png", &encode_png(13, 11, colour, *depth, &data, colour == Indexed));
                same(&path, &format!("{colour:?} {depth:?}"));
            }
        }
        for (name, format) in [("grey.jpg", image::ImageFormat::Jpeg), ("colour.webp", image::ImageFormat::WebP)] {
            let path = files.path(name);
            let colour = image::RgbaImage::from_fn(37, 23, |x, y| image::Rgba([x as u8 * 6, y as u8 * 9, 50, (x * y % 256) as u8]));
            let picture = image::DynamicImage::ImageRgba8(colour);
            let picture = if name.starts_with("grey") { picture.to_luma8().into() } else { picture };
            picture.save_with_format(&path, format).unwrap();
            same(&path, name);
        }
        if let Some(files) = Files::with_ffmpeg("interlaced stills") {
            for format in ["rgb24", "rgba64be", "gray", "monob"] {
                let made = files.make(&format!("-f lavfi -i testsrc2=s=45x37 -frames:v 1 -pix_fmt {format} -flags +ildct"), "laced.png");
                assert_eq!(std::fs::read(&made).unwrap()[28], 1, "{format} is interlaced");
                same(&made, format);
            }
        }
    });
}

#[test]
fn a_movie_of_frames_without_bytes_takes_no_tables_of_millions() {
    alone(|| {
        let files = Files::new();
        let atom = |kind: &[u8; 4], data: &[u8]| [&u32::try_from(data.len() + 8).unwrap().to_be_bytes()[..], kind, data].concat();
        let words = |words: &[u32]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
        let entry = atom(b"Hap1", &[&[0; 24][..], &[0, 64, 0, 64], &[0; 50]].concat());
        let stbl = atom(
            b"stbl",
            &[
                atom(b"stsd", &[words(&[0, 1]), entry].concat()),
                atom(b"stts", &words(&[0, 1, 4_000_000, 1])),
                atom(b"stsc", &words(&[0, 1, 1, 4_000_000, 1])),
                atom(b"stsz", &words(&[0, 0, 4_000_000])),
                atom(b"stsz", &words(&[0, 1, 4_000_000])),
                atom(b"stco", &words(&[0, 1, 8])),
            ]
            .concat(),
        );
        let handler = atom(b"hdlr", &[words(&[0, 0]), b"vide".to_vec(), vec![0; 12]].concat());
        let header = atom(b"mdhd", &words(&[0, 0, 0, 25, 4_000_000, 0]));
        for first in [0, 1] {
            // A table of sizes that are none, and one common size that is a byte.
            let stbl = if first == 0 {
                stbl.clone()
            } else {
                stbl.windows(4).position(|w| w == b"stsz").map_or_else(Vec::new, |at| [&stbl[..at], b"skip", &stbl[at + 4..]].concat())
            };
            let mdia = atom(b"mdia", &[header.clone(), handler.clone(), atom(b"minf", &stbl)].concat());
            let path = files.write("empty.mov", &[atom(b"moov", &atom(b"trak", &mdia)), vec![0; 64]].concat());
            let (read, most) = most_of(|| load_at(&path, 48_000.0).map(drop));
            assert!(most < MIB, "{} KiB: {read:?}", most / 1024);
        }
    });
}

/// A tag before an MP3, with a picture of so many bytes ("ID3 tag version 2.4.0").
fn tag(picture: usize) -> Vec<u8> {
    let safe = |n: usize| [n >> 21, n >> 14, n >> 7, n].map(|part| (part & 0x7F) as u8);
    let frame = [&b"APIC"[..], &safe(picture), &[0, 0], b"\0image/png\0\x03\0", &vec![1; picture - 13]].concat();
    [&b"ID3\x04\0\0"[..], &safe(frame.len()), &frame].concat()
}

#[test]
fn sounds_with_large_tags_or_without_end_take_no_more_than_their_frames() {
    let Some(files) = Files::with_ffmpeg("sounds_with_large_tags_or_without_end_take_no_more_than_their_frames") else { return };
    alone(|| {
        let tone = "-f lavfi -i anoisesrc=r=44100:d=2:seed=1:a=0.2 -ac 2";
        let [mp3, flac, wav] = [("a.mp3", "-write_xing 0 -id3v2_version 0"), ("a.flac", ""), ("a.wav", "-c:a pcm_s16le")]
            .map(|(name, options)| std::fs::read(files.make(&format!("{tone} {options}"), name)).unwrap());
        // A picture of type 3 without words, as long as it says ("FLAC format", METADATA_BLOCK_PICTURE).
        let words = |words: &[usize]| words.iter().flat_map(|w| u32::try_from(*w).unwrap().to_be_bytes()).collect::<Vec<u8>>();
        let block = |bytes: usize| [&[6][..], &words(&[bytes + 32])[1..], &words(&[3, 0, 0, 1, 1, 24, 0, bytes]), &vec![0; bytes]].concat();
        let pictures = [&flac[..42], &block(12 * MIB).repeat(5), &flac[42..]].concat();
        let list = |bytes: usize| {
            [
                &b"LIST"[..],
                &u32::try_from(bytes).unwrap().to_le_bytes(),
                b"INFOINAM",
                &u32::try_from(bytes - 12).unwrap().to_le_bytes(),
                &vec![b'a'; bytes - 12],
            ]
            .concat()
        };
        let whole = u32::try_from(wav.len() + 64 * MIB).unwrap().to_le_bytes();
        let listed = [&wav[..4], &whole, &wav[8..36], &list(64 * MIB), &wav[36..]].concat();
        for (what, name, bytes, opens) in [
            ("a cover", "cover.mp3", [tag(8 * MIB), mp3.clone()].concat(), true),
            ("a huge cover", "huge.mp3", [tag(64 * MIB), mp3.clone()].concat(), false),
            ("pictures", "pictures.flac", pictures, false),
            ("a long list", "list.wav", listed, false),
        ] {
            let path = files.write(name, &bytes);
            drop(bytes);
            let (read, most) = most_of(|| load_at(&path, 48_000.0));
            assert_eq!(read.is_ok(), opens, "{what}: {:?}", read.as_ref().err());
            assert!(most < 64 * MIB, "{what} takes {} MiB", most / MIB);
            let told = read.err().map_or_else(|| "16 MiB".to_owned(), |why| why.to_string());
            assert!(told.contains("16 MiB"), "{what}: {told}");
        }
        for (name, bytes) in [("sparse.mp3", &mp3), ("sparse.flac", &flac)] {
            let path = files.write(name, bytes);
            std::fs::File::options().write(true).open(&path).unwrap().set_len(4 << 30).unwrap();
            let began = Instant::now();
            let (read, most) = most_of(|| load_at(&path, 48_000.0));
            let secs = read.map_or(2.0, |media| media.info.secs);
            assert!((1.8..2.3).contains(&secs), "{name}: what there is plays, {secs} s");
            assert!(most < 64 * MIB, "{name} takes {} MiB", most / MIB);
            // The content is hashed, which reads 4 GiB of zeros once.
            assert!(began.elapsed() < Duration::from_secs(120), "{name}: {:?}", began.elapsed());
        }
        let late = files.make("-f lavfi -i anoisesrc=r=44100:d=200:seed=1:a=0.2 -ac 2 -c:a alac", "late.m4a");
        assert!(late.metadata().unwrap().len() > 24 << 20);
        assert!((load_at(&late, 44_100.0).unwrap().info.secs - 200.0).abs() < 0.2, "tables behind the sound");
    });
}
