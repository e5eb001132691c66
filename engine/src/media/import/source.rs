//! What is to be imported: a file, images in a row, or an animation that ffmpeg may not read.

use std::{
    ffi::OsString,
    io::Read,
    path::{Path, PathBuf},
};

pub(super) use crate::media::source::{Stop, check};

use super::{
    animation,
    hint::{self, Hint},
    probe::{NAMED, Report, input},
    sequence::{self, Sequence},
};
use crate::media::{
    Limits,
    error::{About, MediaError},
    source,
};

/// Bytes at a file's start that tell what it is.
const START: u64 = 1 << 16;

/// A source.
#[derive(Debug)]
pub(super) enum Source {
    /// A file, with the demuxer that must read it where guessing would go wrong.
    File(PathBuf, Option<&'static str>),
    /// A still, with its demuxer, and how it is to be turned: a number of EXIF's.
    Still(PathBuf, &'static str, u8),
    /// Images in a row.
    Images(Sequence),
    /// An animated WebP: older builds of ffmpeg read only stills.
    Animation(PathBuf),
}

/// What the two programs are given, and what is known better than they can tell.
pub(super) struct Input {
    /// A file that ffprobe can look at.
    pub look_at: PathBuf,
    pub demuxer: Option<&'static str>,
    /// What ffprobe would say, where it is not to be asked.
    pub report: Option<Report>,
    /// ffmpeg's arguments up to and with the input.
    pub words: Vec<OsString>,
    pub given: Given,
    /// What a player should know of it.
    pub notes: Vec<String>,
}

/// What is known of a source better than ffprobe knows it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    /// The rate at which images were put in a row.
    pub fps: Option<(u32, u32)>,
    /// Whether any image may be transparent.
    pub alpha: bool,
    /// Whether it is one picture that stands still.
    pub still: bool,
    /// How it is to be turned: a number of EXIF's, 0 or 1 where it stands upright.
    pub turn: u8,
}

impl Source {
    /// Tells what lies at a path.
    pub fn of(path: &Path, limits: &Limits, fps: (u32, u32)) -> Result<Self, MediaError> {
        if path.is_dir() {
            return sequence::in_folder(path, limits, fps).map(Self::Images);
        }
        if let Some(images) = sequence::of_pattern(path, limits, fps)? {
            return Ok(Self::Images(images));
        }
        Ok(match Look::at(path, limits)? {
            Look::AnimatedPng => Self::File(path.to_owned(), Some("apng")),
            Look::AnimatedWebp => Self::Animation(path.to_owned()),
            Look::Still(demuxer) => Self::Still(path.to_owned(), demuxer, turn(path)),
            Look::Here(demuxer) => Self::Still(path.to_owned(), demuxer, 0),
            Look::Foreign | Look::Other => Self::File(path.to_owned(), None),
        })
    }

    /// What it is, where ffmpeg can make nothing of it.
    pub fn hint(&self, limits: &Limits) -> Option<Hint> {
        match self {
            Self::File(path, _) | Self::Still(path, ..) => hint::of(&start(path, limits).ok()?),
            Self::Images(_) | Self::Animation(_) => None,
        }
    }

    /// Hash and size of the content, and what else decides how it looks when converted.
    pub fn hash(&self, limits: &Limits, stop: Stop<'_>) -> Result<(String, u64, String), MediaError> {
        match self {
            Self::File(path, _) | Self::Still(path, ..) | Self::Animation(path) => {
                source::hash(&[path], limits, stop).map(|(hash, size)| (hash, size, String::new()))
            }
            Self::Images(images) => {
                let files: Vec<&Path> = images.files.iter().map(PathBuf::as_path).collect();
                let (hash, size) = source::hash(&files, limits, stop)?;
                Ok((hash, size, format!("{} images at {:?}", files.len(), images.fps)))
            }
        }
    }

    /// Makes it ready to be read, where needed with files in `part`, and no more than `most` bytes of them.
    pub fn prepare(&self, part: &Path, limits: &Limits, most: u64, stop: Stop<'_>) -> Result<Input, MediaError> {
        match self {
            Self::File(path, demuxer) => {
                let (path, demuxer) = (path.clone(), *demuxer);
                Ok(Input { words: input(&path, demuxer), look_at: path, demuxer, report: None, given: Given::default(), notes: Vec::new() })
            }
            Self::Still(path, demuxer, turn) => {
                let given = Given { still: true, turn: *turn, ..Given::default() };
                Ok(Input {
                    words: input(path, Some(demuxer)),
                    look_at: path.clone(),
                    demuxer: Some(demuxer),
                    report: None,
                    given,
                    notes: Vec::new(),
                })
            }
            Self::Images(images) => images.stage(part, limits, stop),
            Self::Animation(path) => source::contain(About(path), || animation::unroll(path, part, limits, most, stop)),
        }
    }
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    AnimatedPng,
    AnimatedWebp,
    /// A still of a kind that is never read here, with ffmpeg's demuxer for it.
    Still(&'static str),
    /// A still of a kind that is read here, as far as it is of the usual form; ffmpeg's demuxer for the others.
    Here(&'static str),
    /// Of a kind that is never read here.
    Foreign,
    /// Perhaps read here.
    Other,
}

/// Whether a path must be imported: what is read here would be taken for something else, or for less than it is.
pub(in crate::media) fn is_foreign(path: &Path, limits: &Limits) -> Result<bool, MediaError> {
    if path.is_dir() || sequence::sequence_name(path) && !path.exists() {
        return Ok(true);
    }
    Ok(!matches!(Look::at(path, limits)?, Look::Here(_) | Look::Other))
}

/// Stills that are told by how they begin, after their formats' specifications, with ffmpeg's demuxers.
const STILLS: &[(&[u8], &str)] = &[
    (b"II*\0", "tiff_pipe"),
    (b"MM\0*", "tiff_pipe"),
    (b"v/1\x01", "exr_pipe"),
    (b"SDPX", "dpx_pipe"),
    (b"XPDS", "dpx_pipe"),
    (b"qoif", "qoi_pipe"),
    (b"8BPS", "psd_pipe"),
    (b"DDS ", "dds_pipe"),
    (b"\x01\xDA", "sgi_pipe"),
    (b"\x59\xA6\x6A\x95", "sunrast_pipe"),
    (b"#?RADIANCE", "hdr_pipe"),
    (b"#?RGBE", "hdr_pipe"),
    (b"\0\0\0\x0CjP  \r\n\x87\n", "j2k_pipe"),
    (b"\xFF\x4F\xFF\x51", "j2k_pipe"),
    (b"\xFF\x0A", "jpegxl_pipe"),
    (b"\0\0\0\x0CJXL \r\n\x87\n", "jpegxl_pipe"),
    (b"PF\n", "pfm_pipe"),
    (b"Pf\n", "pfm_pipe"),
];

impl Look {
    pub(super) fn at(path: &Path, limits: &Limits) -> Result<Self, MediaError> {
        Ok(Self::named(Self::of(&start(path, limits)?), path))
    }

    /// What a file's beginning says, or where that says nothing its name.
    pub(super) fn named(look: Self, path: &Path) -> Self {
        // A TGA says nothing at its begin; its ending does.
        let named = || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("tga"));
        if look == Self::Other && named() { Self::Still(NAMED) } else { look }
    }

    pub(super) fn of(start: &[u8]) -> Self {
        // Signatures after the formats' own specifications.
        match start {
            [0x89, b'P', b'N', b'G', ..] if is_animated_png(start) => Self::AnimatedPng,
            [0x89, b'P', b'N', b'G', ..] => Self::Here("png_pipe"),
            [0xFF, 0xD8, 0xFF, 0xF7, ..] => Self::Still("jpegls_pipe"),
            [0xFF, 0xD8, 0xFF, ..] => Self::Here("jpeg_pipe"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                // The extended header's flags: bit 1 is animation.
                let animated = start.get(12..16) == Some(b"VP8X") && start.get(20).is_some_and(|flags| flags & 2 != 0);
                if animated { Self::AnimatedWebp } else { Self::Here("webp_pipe") }
            }
            [b'P', kind @ b'1'..=b'7', b' ' | b'\t' | b'\n' | b'\r', ..] => Self::Still(match kind {
                b'1' | b'4' => "pbm_pipe",
                b'2' | b'5' => "pgm_pipe",
                b'3' | b'6' => "ppm_pipe",
                _ => "pam_pipe",
            }),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Still("bmp_pipe"),
            // A cursor or icon has a count of pictures behind its kind; MPEG's start codes differ.
            [0, 0, 1, 0, count, 0, ..] if *count > 0 => Self::Still("ico"),
            [0x0A, 0 | 2..=5, 1, 1 | 2 | 4 | 8, ..] => Self::Still("pcx_pipe"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..]
            | [b'R', b'I', b'F', b'X', ..]
            | [b'G', b'I', b'F', b'8', ..]
            | [0x1A, 0x45, 0xDF, 0xA3, ..]
            | [0x30, 0x26, 0xB2, 0x75, ..]
            | [b'F', b'L', b'V', 1, ..]
            | [0, 0, 1, 0xB3 | 0xBA, ..] => Self::Foreign,
            // HEIC and AVIF, with one picture ("ISO/IEC 23008-12").
            [_, _, _, _, b'f', b't', b'y', b'p', b'm', b'i', b'f', b'1', ..]
            | [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i', b'c' | b'x' | b'm' | b's', ..]
            | [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => Self::Still("mov"),
            [0x47, ..] if start.get(188) == Some(&0x47) && start.get(376) == Some(&0x47) => Self::Foreign,
            // Ogg with a picture: its sound alone is read here.
            [b'O', b'g', b'g', b'S', ..] if start.windows(7).take(4096).any(|w| w == b"\x80theora") => Self::Foreign,
            _ if is_svg(start) => Self::Still("svg_pipe"),
            _ => {
                let known = STILLS.iter().find(|(sign, _)| start.starts_with(sign));
                known.map_or(Self::Other, |(_, demuxer)| Self::Still(demuxer))
            }
        }
    }

    /// ffmpeg's demuxer for an image of a row.
    pub(super) const fn demuxer(self) -> Option<&'static str> {
        match self {
            Self::Still(demuxer) | Self::Here(demuxer) => Some(demuxer),
            Self::AnimatedPng => Some("png_pipe"),
            Self::AnimatedWebp => Some("webp_pipe"),
            Self::Foreign | Self::Other => None,
        }
    }
}

/// An SVG begins with its element, or with what XML may have before it.
pub(super) fn is_svg(start: &[u8]) -> bool {
    let head = &start[..start.len().min(4096)];
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let page = [&b"<!doctype html"[..], b"<html"].iter().any(|sign| text.get(..sign.len()).is_some_and(|t| t.eq_ignore_ascii_case(sign)));
    let begins = |sign: &[u8]| text.starts_with(sign);
    begins(b"<svg") || !page && (begins(b"<?xml") || begins(b"<!")) && text.windows(4).any(|w| w == b"<svg")
}

/// How a TIFF is to be turned: its orientation, which has EXIF's numbers, in its first directory ("TIFF 6.0", 2); else 0.
fn turn(path: &Path) -> u8 {
    fn read(path: &Path) -> Option<u8> {
        let (file, _) = crate::files::open(path).ok()?;
        let mut head = [0; 8];
        source::read_exact_at(&file, &mut head, 0).ok()?;
        let [a, b, c, d, place @ ..] = head;
        let big = match [a, b, c, d] {
            [b'I', b'I', b'*', 0] => false,
            [b'M', b'M', 0, b'*'] => true,
            _ => return None,
        };
        let short = |bytes: [u8; 2]| if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
        let at = u64::from(if big { u32::from_be_bytes(place) } else { u32::from_le_bytes(place) });
        let mut count = [0; 2];
        source::read_exact_at(&file, &mut count, at).ok()?;
        for entry in 0..u64::from(short(count)) {
            let mut tag = [0; 12];
            source::read_exact_at(&file, &mut tag, at + 2 + entry * 12).ok()?;
            if short([tag[0], tag[1]]) == 274 {
                return u8::try_from(short([tag[8], tag[9]])).ok().filter(|turn| *turn <= 8);
            }
        }
        None
    }
    read(path).unwrap_or(0)
}

/// The first bytes of a file.
pub(super) fn start(path: &Path, limits: &Limits) -> Result<Vec<u8>, MediaError> {
    let (file, _) = source::open(path, limits)?;
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start).map_err(|e| About(path).io(&e))?;
    Ok(start)
}

/// An `acTL` chunk stands before the first `IDAT` ("APNG Specification" 1.0).
fn is_animated_png(start: &[u8]) -> bool {
    let mut rest = start.get(8..).unwrap_or_default();
    while let Some((length, chunk)) = rest.split_first_chunk::<4>() {
        match chunk.get(..4) {
            Some(b"acTL") => return true,
            Some(b"IDAT") | None => return false,
            Some(_) => {}
        }
        rest = chunk.get(8 + u32::from_be_bytes(*length) as usize..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let chunk = |kind: &[u8; 4], data: &[u8]| [&(data.len() as u32).to_be_bytes(), &kind[..], data, &[0; 4]].concat();
        let png = |chunks: &[Vec<u8>]| [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat();
        let webp = |flags: u8| [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".as_slice(), &[flags, 0, 0, 0]].concat();
        for (name, start, look) in [
            ("still png", png(&[chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", &[])]), Look::Here("png_pipe")),
            ("animated png", png(&[chunk(b"IHDR", &[0; 13]), chunk(b"acTL", &[0; 8])]), Look::AnimatedPng),
            ("endless chunk", png(&[vec![0xFF; 12]]), Look::Here("png_pipe")),
            ("still webp", webp(0x10), Look::Here("webp_pipe")),
            ("jpeg", vec![0xFF, 0xD8, 0xFF, 0xE0], Look::Here("jpeg_pipe")),
            ("tiff", b"II*\0\x08\0\0\0".to_vec(), Look::Still("tiff_pipe")),
            ("icon", vec![0, 0, 1, 0, 2, 0, 16, 16], Look::Still("ico")),
            ("svg", b"<?xml version='1.0'?>\n<!-- a -->\n<svg/>".to_vec(), Look::Still("svg_pipe")),
            ("other xml", b"<?xml version='1.0'?><plist/>".to_vec(), Look::Other),
            ("big-endian wav", b"RIFX\0\0\0\0WAVE".to_vec(), Look::Foreign),
            ("animated webp", webp(0x12), Look::AnimatedWebp),
            ("gif", b"GIF89a".to_vec(), Look::Foreign),
            ("webm", vec![0x1A, 0x45, 0xDF, 0xA3], Look::Foreign),
            ("theora", b"OggS\0\x02..............\x80theora".to_vec(), Look::Foreign),
            ("vorbis", b"OggS\0\x02..............\x01vorbis".to_vec(), Look::Other),
            ("wav", b"RIFF\0\0\0\0WAVE".to_vec(), Look::Other),
            ("nothing", vec![], Look::Other),
        ] {
            assert_eq!(Look::of(&start), look, "{name}");
        }
    }
}
