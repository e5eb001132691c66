//! The sample tables of QuickTime and MP4 files, after ISO/IEC 14496-12 and Apple's QuickTime File Format.
//!
//! Only what reading a constant stream of frames needs; a parser of our own because files come from strangers: every
//! count is checked against the bytes that are there before anything is allocated. Fragmented files are not read, edit
//! lists are ignored.

mod pcm;

use std::{
    collections::BTreeSet,
    io::{Seek, SeekFrom, Write},
    path::Path,
};

pub(super) use pcm::Pcm;

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
    /// Frames a second; of a track with varying durations the mean.
    pub fps: (u32, u32),
    /// The sample to show as each frame of a steady `fps`.
    pub samples: Box<[Sample]>,
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
}

/// Reads the tables of a file.
///
/// # Errors
/// [`MediaError`] where the file contradicts the format or exceeds a limit.
pub(super) fn read(path: &Path, limits: &Limits) -> Result<Movie, MediaError> {
    let about = About(path);
    let (_, size) = source::open(path, limits)?;
    let (moov, _) = read_moov(path, limits)?;
    let mut movie = Movie::default();
    for (kind, trak) in Boxes(&moov) {
        if &kind == b"trak" {
            track(trak, &mut movie, size, limits).map_err(|fault| match fault {
                Fault::Damaged(what) => about.damaged(what),
                Fault::Long => about.too_large(format!("more than {} frames", limits.video_frames)),
            })?;
        }
    }
    if movie.video.is_none() && movie.sound.is_none() {
        return Err(about.unsupported("a file without picture and sound"));
    }
    Ok(movie)
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
    let mut at = 0;
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
        if &header[4..8] == b"moov" {
            return Ok((at + header_length, length - header_length));
        }
        at += length;
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
fn track(trak: &[u8], movie: &mut Movie, file_size: u64, limits: &Limits) -> Result<(), Fault> {
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
    if is_video {
        // A sample entry: size, format, 6 reserved bytes, reference; then 16 bytes before the size of the picture.
        let (width, height) = be16(description, 32).zip(be16(description, 34)).ok_or("a track's description is cut off")?;
        let samples = samples(stbl, file_size, limits)?;
        let Steady { fps, samples } = steady(mdia, stbl, samples)?;
        movie.video = Some(VideoTrack { fourcc: *fourcc, width, height, fps, samples });
    } else {
        let (channels, rate) = be16(description, 24).zip(be16(description, 32)).ok_or("a track's description is cut off")?;
        let pcm = Pcm::of(description, stbl)?;
        movie.sound = Some(SoundTrack { shape: pcm.as_ref().map_or((channels.into(), rate.into()), Pcm::shape), pcm });
    }
    Ok(())
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

/// A track at a steady rate.
struct Steady {
    fps: (u32, u32),
    samples: Box<[Sample]>,
}

/// The rate of a track and the sample of each frame at that rate: where all samples last equally long, the samples
/// themselves; else, at the mean rate, the sample that is on at each frame's time.
fn steady(mdia: &[u8], stbl: &[u8], samples: Vec<Sample>) -> Result<Steady, Fault> {
    let mdhd = inside(mdia, &[b"mdhd"]).ok_or("a track lacks its header")?;
    let timescale = be32(mdhd, if mdhd.first() == Some(&1) { 20 } else { 12 }).filter(|t| *t > 0).ok_or("a track has no timescale")?;
    let stts = inside(stbl, &[b"stts"]).ok_or("a track lacks its durations")?;
    let runs = table::<8>(stts, 4)?;
    let runs = runs.iter().map(|run| (be32(run, 0).unwrap_or(0), be32(run, 4).unwrap_or(0)));
    let count = samples.len();
    if count == 0 {
        return Err("its picture has no frames".into());
    }
    // The last sample's duration says nothing about the rate.
    let mut deltas = BTreeSet::new();
    let (mut seen, mut total) = (0u64, 0u64);
    let mut starts = Vec::new();
    for (n, delta) in runs {
        let n = u64::from(n).min(count as u64 - seen);
        if n > 0 && seen < (count as u64 - 1).max(1) {
            deltas.insert(delta);
        }
        starts.extend((0..n).map(|i| total + i * u64::from(delta)));
        total += n * u64::from(delta);
        seen += n;
    }
    if seen < count as u64 || total == 0 || deltas.contains(&0) {
        return Err("a track's durations don't cover its frames".into());
    }
    if let (1, Some(delta)) = (deltas.len(), deltas.first()) {
        return Ok(Steady { fps: reduced(u64::from(timescale), u64::from(*delta)), samples: samples.into_boxed_slice() });
    }
    let fps = reduced(u64::from(timescale) * count as u64, total);
    let shown = |frame: usize| {
        // Frame `k` is on at k·total/count units.
        let time = frame as u128 * u128::from(total) / count as u128;
        samples[starts.partition_point(|start| u128::from(*start) <= time).saturating_sub(1)]
    };
    Ok(Steady { fps, samples: (0..count).map(shown).collect() })
}

/// A fraction in lowest terms that fits, rounded where it has to be.
fn reduced(numerator: u64, denominator: u64) -> (u32, u32) {
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a.max(1)
    };
    let divisor = gcd(numerator, denominator);
    let (mut n, mut d) = (numerator / divisor, denominator / divisor);
    while n > u64::from(u32::MAX) || d > u64::from(u32::MAX) {
        (n, d) = (n / 2, d / 2);
    }
    (n.max(1) as u32, d.max(1) as u32)
}
