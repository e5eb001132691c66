//! What is to be imported: a file, images in a row, or an animation that ffmpeg may not read.

use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

pub(super) use crate::media::source::{Stop, check};

use super::{
    animation,
    probe::{Report, input},
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
    pub fps: Option<(u32, u32)>,
    pub alpha: bool,
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
            Look::Foreign | Look::Other => Self::File(path.to_owned(), None),
        })
    }

    /// Hash and size of the content, and what else decides how it looks when converted.
    pub fn hash(&self, limits: &Limits, stop: Stop<'_>) -> Result<(String, u64, String), MediaError> {
        match self {
            Self::File(path, _) | Self::Animation(path) => {
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
                Ok(Input { words: input(&path, demuxer), look_at: path, demuxer, report: None, fps: None, alpha: false })
            }
            Self::Images(images) => images.stage(part),
            Self::Animation(path) => source::contain(About(path), || animation::unroll(path, part, limits, most, stop)),
        }
    }
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    AnimatedPng,
    AnimatedWebp,
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
    Ok(Look::at(path, limits)? != Look::Other)
}

impl Look {
    fn at(path: &Path, limits: &Limits) -> Result<Self, MediaError> {
        let (file, _) = source::open(path, limits)?;
        Ok(Self::of(&start_of(file).map_err(|e| About(path).io(&e))?))
    }

    fn of(start: &[u8]) -> Self {
        // Signatures after the formats' own specifications.
        match start {
            [0x89, b'P', b'N', b'G', ..] if is_animated_png(start) => Self::AnimatedPng,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                // The extended header's flags: bit 1 is animation.
                let animated = start.get(12..16) == Some(b"VP8X") && start.get(20).is_some_and(|flags| flags & 2 != 0);
                if animated { Self::AnimatedWebp } else { Self::Other }
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..]
            | [b'G', b'I', b'F', b'8', ..]
            | [0x1A, 0x45, 0xDF, 0xA3, ..]
            | [0x30, 0x26, 0xB2, 0x75, ..]
            | [b'F', b'L', b'V', 1, ..]
            | [0, 0, 1, 0xB3 | 0xBA, ..]
            | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..]
            | [b'I', b'I', b'*', 0, ..]
            | [b'M', b'M', 0, b'*', ..] => Self::Foreign,
            [0x47, ..] if start.get(188) == Some(&0x47) && start.get(376) == Some(&0x47) => Self::Foreign,
            // Ogg with a picture: its sound alone is read here.
            [b'O', b'g', b'g', b'S', ..] if start.windows(7).take(4096).any(|w| w == b"\x80theora") => Self::Foreign,
            _ => Self::Other,
        }
    }
}

fn start_of(file: File) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start)?;
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
            ("still png", png(&[chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", &[])]), Look::Other),
            ("animated png", png(&[chunk(b"IHDR", &[0; 13]), chunk(b"acTL", &[0; 8])]), Look::AnimatedPng),
            ("endless chunk", png(&[vec![0xFF; 12]]), Look::Other),
            ("still webp", webp(0x10), Look::Other),
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
