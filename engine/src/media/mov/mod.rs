//! The sample tables of QuickTime and MP4 files, after ISO/IEC 14496-12 and Apple's QuickTime File Format.
//!
//! Only what reading a constant stream of frames needs; a parser of our own because files come from strangers: every
//! count is checked against the bytes that are there before anything is allocated. Fragmented files are not read here.

mod pcm;
mod timeline;

use std::{
    io::{Seek, SeekFrom, Write},
    path::Path,
};

pub(super) use pcm::Pcm;
use timeline::Clock;
pub(super) use timeline::{Part, Steady};

use super::{
    Limits,
    error::{About, MediaError},
    source,
};

/// Largest `moov` box that is read: tables of 2^22 frames take some 34 MiB.
const MOOV_BYTES: u64 = 64 << 20;

/// A frame's place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub offset: u64,
    pub size: u32,
}

/// A video track.
#[derive(Debug)]
pub(super) struct VideoTrack {
    /// Codec.
    pub fourcc: [u8; 4],
    pub width: u16,
    pub height: u16,
    /// Which sample is on at each frame.
    pub steady: Steady,
    /// Where each sample lies.
    pub samples: Box<[Sample]>,
    /// Why it is shown otherwise than it is stored, where it is.
    pub altered: Option<&'static str>,
}

impl VideoTrack {
    /// The place of a frame.
    pub fn place(&self, frame: u32) -> Option<Sample> {
        self.samples.get(self.steady.sample(frame)).copied()
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Movie {
    /// The first video track.
    pub video: Option<VideoTrack>,
    /// The first sound track.
    pub sound: Option<SoundTrack>,
}

/// A sound track.
#[derive(Debug)]
pub(super) struct SoundTrack {
    /// Channels and rate.
    pub shape: (u32, u32),
    /// Its frames, where it is PCM.
    pub pcm: Option<Pcm>,
    /// What of it plays; `None` where its edit list cuts it into several parts.
    pub part: Option<Part>,
}

/// Reads the tables of a file.
///
/// # Errors
/// [`MediaError`] where the file contradicts the format or exceeds a limit.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Movie, MediaError> {
    let about = About(path);
    let (_, size) = source::open(path, limits)?;
    let (moov, _) = read_moov(path, limits)?;
    if inside(&moov, &[b"mvex"]).is_some() {
        return Err(about.unsupported("a fragmented movie"));
    }
    let mvhd = inside(&moov, &[b"mvhd"]);
    let mut movie = Movie::default();
    for (kind, trak) in Boxes(&moov) {
        if &kind == b"trak" {
            track(trak, mvhd, &mut movie, size, limits).map_err(|fault| match fault {
                Fault::Damaged(what) => about.damaged(what),
                Fault::Long => about.too_large(format!("more than {} frames", limits.video_frames)),
            })?;
        }
    }
    if movie.video.is_none() && movie.sound.is_none() {
        return Err(about.unsupported("a file without picture and sound"));
    }
    movie.align();
    Ok(movie)
}

impl Movie {
    /// Lets it begin with whatever is first, as ffmpeg plays it: the other one waits.
    fn align(&mut self) {
        let heard = self.sound.as_mut().and_then(|sound| sound.part.as_mut());
        match (&mut self.video, heard) {
            (Some(video), Some(part)) => {
                let units = f64::from(part.units.max(1));
                let (seen, heard) = (video.steady.start, part.wait as f64 / units);
                let first = seen.min(heard);
                let frames = (seen - first) * f64::from(video.steady.fps.0) / f64::from(video.steady.fps.1);
                video.steady.delay(frames.round() as u32);
                part.wait = ((heard - first) * units).round() as u64;
            }
            (None, Some(part)) => part.wait = 0,
            _ => {}
        }
    }
}

/// Writes the visible size into the description of a file's picture: an encoder that takes only whole blocks writes a
/// larger one.
///
/// # Errors
/// [`MediaError`] where the file has no picture, or can't be written.
pub(super) fn set_size(path: &Path, (width, height): (u32, u32), limits: &Limits) -> Result<(), MediaError> {
    let about = About(path);
    let (moov, start) = read_moov(path, limits)?;
    let is_video = |trak: &[u8]| inside(trak, &[b"mdia", b"hdlr"]).and_then(|h| h.get(8..12)) == Some(b"vide");
    let stsd = Boxes(&moov)
        .filter(|(kind, trak)| kind == b"trak" && is_video(trak))
        .find_map(|(_, trak)| inside(trak, &[b"mdia", b"minf", b"stbl", b"stsd"]));
    let stsd = stsd.filter(|s| s.len() >= 44).ok_or_else(|| about.damaged("its picture has no description"))?;
    let at = start + (stsd.as_ptr().addr() - moov.as_ptr().addr()) as u64 + 40;
    let size = [width, height].map(|side| u16::try_from(side).unwrap_or(u16::MAX).to_be_bytes());
    let mut file = std::fs::OpenOptions::new().write(true).open(path).map_err(|e| about.io(&e))?;
    let written = file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(size.as_flattened()));
    written.map_err(|e| about.io(&e))
}

/// Reads the content of the `moov` box; with its place.
fn read_moov(path: &Path, limits: &Limits) -> Result<(Vec<u8>, u64), MediaError> {
    let about = About(path);
    let (file, size) = source::open(path, limits)?;
    let (start, length) = find_moov(&file, size, about)?;
    if length > MOOV_BYTES {
        return Err(about.too_large(format!("its tables take {length} bytes, the limit is {MOOV_BYTES}")));
    }
    let mut moov = Vec::new();
    moov.try_reserve_exact(length as usize).map_err(|_| about.memory())?;
    moov.resize(length as usize, 0);
    source::read_exact_at(&file, &mut moov, start).map_err(|e| about.io(&e))?;
    Ok((moov, start))
}

/// Finds the content of the `moov` box: its place and length.
fn find_moov(file: &std::fs::File, size: u64, about: About<'_>) -> Result<(u64, u64), MediaError> {
    let (mut at, mut parts) = (0, false);
    while size - at >= 8 {
        let mut header = [0; 16];
        let readable = (size - at).min(16) as usize;
        source::read_exact_at(file, &mut header[..readable], at).map_err(|e| about.io(&e))?;
        let (length, header_length) = match be32(&header, 0) {
            Some(1) if readable == 16 => (be64(&header, 8).unwrap_or(0), 16),
            Some(0) => (size - at, 8),
            short => (u64::from(short.unwrap_or(0)), 8),
        };
        if length < header_length || length > size - at {
            break;
        }
        parts |= &header[4..8] == b"moof";
        if &header[4..8] == b"moov" {
            return Ok((at + header_length, length - header_length));
        }
        at += length;
    }
    if parts {
        return Err(about.damaged("it is a piece of a stream without its beginning, which holds the tables (moov)"));
    }
    Err(about.damaged("its tables (moov) are missing, as in a recording that was never finished"))
}

/// What is wrong with a track.
enum Fault {
    Damaged(&'static str),
    Long,
}

impl From<&'static str> for Fault {
    fn from(what: &'static str) -> Self {
        Self::Damaged(what)
    }
}

/// Boxes inside a box: type and content. Ends at the first that does not fit.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = *self.0.get(4..)?.first_chunk()?;
        let (length, header) = match be32(self.0, 0)? {
            0 => (self.0.len(), 8),
            1 => (usize::try_from(be64(self.0, 8)?).ok()?, 16),
            n => (n as usize, 8),
        };
        let content = self.0.get(header..length)?;
        self.0 = &self.0[length..];
        Some((kind, content))
    }
}

/// The content of the box at a path of nested types.
fn inside<'a>(content: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(content, |content, wanted| Boxes(content).find(|(kind, _)| kind == *wanted).map(|(_, inner)| inner))
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_be_bytes(*b))
}

/// Takes over a track where it is the first of its kind.
fn track(trak: &[u8], mvhd: Option<&[u8]>, movie: &mut Movie, file_size: u64, limits: &Limits) -> Result<(), Fault> {
    let mdia = inside(trak, &[b"mdia"]).ok_or("a track lacks its media")?;
    let handler = inside(mdia, &[b"hdlr"]).and_then(|h| h.get(8..12)).ok_or("a track lacks its handler")?;
    // Other kinds of track (timecode, chapters) are passed over.
    let is_video = handler == b"vide";
    if !(is_video && movie.video.is_none() || handler == b"soun" && movie.sound.is_none()) {
        return Ok(());
    }
    let stbl = inside(mdia, &[b"minf", b"stbl"]).ok_or("a track lacks its sample table")?;
    let description = inside(stbl, &[b"stsd"]).and_then(|s| s.get(8..)).ok_or("a track lacks its description")?;
    let fourcc = description.get(4..).and_then(|d| d.first_chunk()).ok_or("a track's description is cut off")?;
    let clock = Clock::of(mdia, mvhd)?;
    if is_video {
        // A sample entry: size, format, 6 reserved bytes, reference; then 16 bytes before the size of the picture.
        let (width, height) = be16(description, 32).zip(be16(description, 34)).ok_or("a track's description is cut off")?;
        let samples = samples(stbl, file_size, limits)?;
        let steady = clock.steady(trak, stbl, samples.len(), limits.video_frames)?;
        let altered = altered(trak, mvhd, description, (width, height));
        movie.video = Some(VideoTrack { fourcc: *fourcc, width, height, steady, samples: samples.into_boxed_slice(), altered });
    } else {
        let (channels, rate) = be16(description, 24).zip(be16(description, 32)).ok_or("a track's description is cut off")?;
        let pcm = Pcm::of(description, stbl)?;
        let shape = pcm.as_ref().map_or((channels.into(), rate.into()), Pcm::shape);
        let part = clock.part(trak)?;
        movie.sound = Some(SoundTrack { shape, pcm, part });
    }
    Ok(())
}

/// Why a picture is shown otherwise than it is stored: the matrices of the movie and its track, and how wide pixels are.
fn altered(trak: &[u8], mvhd: Option<&[u8]>, entry: &[u8], size: (u16, u16)) -> Option<&'static str> {
    // Headers of version 1 have longer times.
    let matrix = |header: &[u8], short: usize| short + if header.first() == Some(&1) { 12 } else { 0 };
    let turned = |header: &[u8], at: usize| {
        let one = |n: usize| be32(header, at + n * 4).unwrap_or(0);
        let numbers = [one(0), one(1), one(3), one(4)];
        numbers != [0x1_0000, 0, 0, 0x1_0000] && numbers != [0; 4]
    };
    let tkhd = inside(trak, &[b"tkhd"]);
    if mvhd.is_some_and(|header| turned(header, matrix(header, 36))) || tkhd.is_some_and(|header| turned(header, matrix(header, 40))) {
        return Some("a picture that is to be turned or mirrored");
    }
    let pasp = Boxes(entry.get(86..).unwrap_or_default()).find(|(kind, _)| kind == b"pasp").map(|(_, content)| content);
    let pixel = pasp.and_then(|pasp| be32(pasp, 0).zip(be32(pasp, 4))).filter(|(x, y)| *x > 0 && *y > 0);
    // Without it the size that the track is to have says it; encoders round that up to whole blocks.
    let shown = tkhd.and_then(|header| {
        let at = matrix(header, 40) + 36;
        be32(header, at).zip(be32(header, at + 4)).map(|(x, y)| (x >> 16, y >> 16))
    });
    let (width, height) = (u32::from(size.0), u32::from(size.1));
    let wide = match (pixel, shown) {
        (Some((x, y)), _) => x != y,
        (None, Some((x, y))) if x > 0 && y > 0 => x.div_ceil(4) * height.div_ceil(4) != y.div_ceil(4) * width.div_ceil(4),
        _ => false,
    };
    wide.then_some("a picture whose pixels are not square")
}

/// A full box's table: the number of entries at `at`, and entries of `N` bytes after it, all of them there.
fn table<const N: usize>(content: &[u8], at: usize) -> Result<&[[u8; N]], Fault> {
    let count = be32(content, at).ok_or("a table is cut off")? as usize;
    let entries = content.get(at + 4..).unwrap_or_default().as_chunks().0;
    Ok(entries.get(..count).ok_or("a table is shorter than it says")?)
}

/// The places of all samples that lie inside the file, up to the first that does not.
fn samples(stbl: &[u8], file_size: u64, limits: &Limits) -> Result<Vec<Sample>, Fault> {
    let stsz = inside(stbl, &[b"stsz"]).ok_or("a track lacks its sample sizes")?;
    let common = be32(stsz, 4).ok_or("a table is cut off")?;
    let count = be32(stsz, 8).ok_or("a table is cut off")?;
    let sizes: &[[u8; 4]] = if common == 0 { table(stsz, 8)? } else { &[] };
    if count > limits.video_frames {
        return Err(Fault::Long);
    }
    let mut samples = Vec::new();
    let mut held = 0;
    for chunk in chunks(stbl)? {
        let (mut offset, in_chunk) = chunk?;
        for _ in 0..in_chunk {
            let index = samples.len();
            if index == count as usize {
                return Ok(samples);
            }
            let size = if common == 0 { sizes.get(index).map_or(0, |s| u32::from_be_bytes(*s)) } else { common };
            let end = offset.checked_add(u64::from(size)).ok_or("a sample lies outside the file")?;
            // Each frame has bytes of its own, so that a small file has no tables of millions.
            held += u64::from(size).max(1);
            if end > file_size || held > file_size {
                return Ok(samples);
            }
            samples.push(Sample { offset, size });
            offset = end;
        }
    }
    Ok(samples)
}

/// Offset and number of samples of each chunk.
fn chunks(stbl: &[u8]) -> Result<impl Iterator<Item = Result<(u64, u32), Fault>>, Fault> {
    let runs: &[[u8; 12]] = table(inside(stbl, &[b"stsc"]).ok_or("a track lacks its chunk table")?, 4)?;
    let mut run = 0;
    Ok((1u32..).zip(chunk_offsets(stbl)?).map(move |(chunk, offset)| {
        while runs.get(run + 1).and_then(|r| be32(r, 0)).is_some_and(|first| first <= chunk) {
            run += 1;
        }
        let in_chunk = runs.get(run).and_then(|r| be32(r, 4)).ok_or("a track's chunk table is empty")?;
        Ok((offset, in_chunk))
    }))
}

/// Where chunks begin, from either form of the table.
fn chunk_offsets(stbl: &[u8]) -> Result<Box<dyn Iterator<Item = u64> + '_>, Fault> {
    if let Some(stco) = inside(stbl, &[b"stco"]) {
        return Ok(Box::new(table(stco, 4)?.iter().map(|o| u64::from(u32::from_be_bytes(*o)))));
    }
    let co64 = inside(stbl, &[b"co64"]).ok_or("a track lacks its chunk offsets")?;
    Ok(Box::new(table(co64, 4)?.iter().map(|o| u64::from_be_bytes(*o))))
}
