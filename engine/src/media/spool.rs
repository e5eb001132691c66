//! Where decoded frames go: into memory, or, where they are too many, resampled into a file of the cache.
//!
//! A sound that would take more than [`Limits::ram_frames`] of memory is written once, at the session's rate, as a WAV of floats
//! beside the imports, named by the content of its source and by the rate. Loading it again finds the file after decoding no
//! more than the limit, and neither way holds more than that in memory.

use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

use super::{
    LOUDEST, Limits, MediaError,
    error::About,
    frames::Disk,
    import::{Entry, Place, SOUND, Settings, Store, Ticket},
    resample::Resampling,
    sound::check_rate,
    source::{self, Stop},
};
use crate::files;

/// Grows when the same sound would be written differently.
const VERSION: u32 = 3;
/// Bytes before the first frame.
const HEADER: usize = 58;

/// Where sounds go that are too long for memory, and at which rate.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    pub settings: &'a Settings,
    pub rate: f64,
}

/// Takes in the frames of one sound.
pub(super) struct Spool<'a> {
    about: About<'a>,
    path: &'a Path,
    limits: &'a Limits,
    stop: Stop<'a>,
    shelf: Option<Shelf<'a>>,
    frames: Vec<[f32; 2]>,
    /// Frames that were taken in and written.
    written: usize,
    /// Samples that no sound has.
    replaced: u64,
    writer: Option<Writer>,
    found: Option<Disk>,
}

/// A sound's frames: in memory at the file's own rate, or on disk at the session's.
pub(super) enum Spooled {
    Memory(Vec<[f32; 2]>),
    Disk(Disk),
}

impl<'a> Spool<'a> {
    pub fn new(path: &'a Path, limits: &'a Limits, stop: Stop<'a>, shelf: Option<Shelf<'a>>) -> Self {
        let shelf = shelf.filter(|shelf| shelf.settings.cache.is_some());
        Self { about: About(path), path, limits, stop, shelf, frames: Vec::new(), written: 0, replaced: 0, writer: None, found: None }
    }

    /// Makes room ahead for as many frames as are expected and will lie in memory.
    pub fn expect(&mut self, frames: u64) -> Result<(), MediaError> {
        let most = if self.shelf.is_some() { self.limits.ram_frames } else { self.limits.frames };
        let frames = usize::try_from(frames).unwrap_or(usize::MAX).min(most);
        self.frames.try_reserve_exact(frames).map_err(|_| self.about.memory())
    }

    /// Makes room for frames that follow through [`Self::extend`].
    pub fn room_for(&mut self, count: usize) -> Result<(), MediaError> {
        if self.written + self.frames.len() + count > self.limits.frames {
            return Err(self.about.too_large(format!("its sound is longer than {} frames", self.limits.frames)));
        }
        self.frames.try_reserve(count).map_err(|_| self.about.memory())
    }

    /// Takes frames in; samples that no sound has become silent.
    pub fn extend(&mut self, frames: impl Iterator<Item = [f32; 2]>) {
        let replaced = &mut self.replaced;
        let mut sound = |sample: f32| {
            let is_sound = sample.abs() <= LOUDEST;
            *replaced += u64::from(!is_sound);
            if is_sound { sample } else { 0.0 }
        };
        self.frames.extend(frames.map(|frame| frame.map(&mut sound)));
    }

    /// Samples that were made silent so far.
    pub const fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Moves what is too much for memory on, for a sound of `rate` frames a second; says whether more is to come: not where
    /// the whole sound was found.
    pub fn settle(&mut self, rate: u32) -> Result<bool, MediaError> {
        let Some(shelf) = self.shelf else { return Ok(true) };
        if self.writer.is_none() {
            let frames = self.frames.len() as f64 * shelf.rate / f64::from(rate.max(1));
            if frames <= self.limits.ram_frames as f64 || rate == 0 {
                return Ok(true);
            }
            check_rate(rate, self.about)?;
            match Writer::open(self, shelf, rate)? {
                Opened::Found(disk) => {
                    self.found = Some(disk);
                    self.frames = Vec::new();
                    return Ok(false);
                }
                Opened::New(writer) => self.writer = Some(writer),
            }
        }
        if let Some(writer) = &mut self.writer {
            writer.take(&self.frames, self.about)?;
            self.written += self.frames.len();
            self.frames.clear();
            self.frames.shrink_to(1 << 16);
        }
        Ok(true)
    }

    /// Everything that came.
    pub fn finish(mut self, rate: u32) -> Result<Spooled, MediaError> {
        self.settle(rate)?;
        match (self.found, self.writer) {
            (Some(disk), _) => Ok(Spooled::Disk(disk)),
            (None, Some(writer)) => writer.finish(self.about).map(Spooled::Disk),
            (None, None) => Ok(Spooled::Memory(self.frames)),
        }
    }
}

/// A file under way.
struct Writer {
    store: Store,
    key: String,
    ticket: Ticket,
    entry: Entry,
    file: BufWriter<File>,
    resampling: Option<Resampling>,
    rate: f64,
    frames: usize,
    limit: usize,
    out: Vec<[f32; 2]>,
}

#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Opened {
    Found(Disk),
    New(Writer),
}

impl Writer {
    fn open(spool: &Spool<'_>, shelf: Shelf<'_>, rate: u32) -> Result<Opened, MediaError> {
        let about = spool.about;
        let Some(folder) = shelf.settings.cache.clone() else { return Err(about.memory()) };
        let (hash, size) = source::hash(&[spool.path], spool.limits, spool.stop)?;
        let named = format!("sound {VERSION} {hash} {:x}", shelf.rate.to_bits());
        let key = blake3::hash(named.as_bytes()).to_hex()[..32].to_owned();
        let store = Store { folder: folder.clone(), limit: shelf.settings.cache_bytes };
        let failed = |e: std::io::Error| about.no_cache(&folder, &e);
        let ticket = match store.open(&key, about, spool.stop)? {
            Place::Ready(entry, pin) => {
                let (file, _) = files::open(&store.home(&key).join(SOUND)).map_err(failed)?;
                let bytes = entry.sound.unwrap_or(0).saturating_sub(HEADER as u64);
                let length = usize::try_from(bytes / 8).unwrap_or(0);
                return Ok(Opened::Found(Disk::new(file, HEADER as u64, length, pin)));
            }
            Place::Empty(ticket) => ticket,
        };
        let mut file = BufWriter::with_capacity(1 << 16, File::create(ticket.part.join(SOUND)).map_err(failed)?);
        file.write_all(&[0; HEADER]).map_err(failed)?;
        let resampling = Resampling::new(rate, shelf.rate, about)?;
        let entry = Entry::of_sound(hash, size);
        let limit = spool.limits.frames;
        Ok(Opened::New(Self { store, key, ticket, entry, file, resampling, rate: shelf.rate, frames: 0, limit, out: Vec::new() }))
    }

    fn take(&mut self, frames: &[[f32; 2]], about: About<'_>) -> Result<(), MediaError> {
        match &mut self.resampling {
            Some(resampling) => {
                resampling.push(frames, &mut self.out, about)?;
                let out = std::mem::take(&mut self.out);
                self.write(&out, about)?;
                self.out = out;
                self.out.clear();
                Ok(())
            }
            None => self.write(frames, about),
        }
    }

    fn write(&mut self, frames: &[[f32; 2]], about: About<'_>) -> Result<(), MediaError> {
        self.frames += frames.len();
        if self.frames > self.limit {
            return Err(about.too_large(format!("its sound is longer than {} frames", self.limit)));
        }
        frames
            .as_flattened()
            .iter()
            .try_for_each(|sample| self.file.write_all(&sample.to_le_bytes()))
            .map_err(|e| about.no_cache(&self.store.folder, &e))
    }

    fn finish(mut self, about: About<'_>) -> Result<Disk, MediaError> {
        if let Some(resampling) = &mut self.resampling {
            let mut out = std::mem::take(&mut self.out);
            resampling.finish(&mut out, about)?;
            self.write(&out, about)?;
        }
        let folder = self.store.folder.clone();
        let failed = |e: std::io::Error| about.no_cache(&folder, &e);
        let mut file = self.file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        file.write_all(&header(self.frames, self.rate)).map_err(failed)?;
        drop(file);
        self.entry.sound = Some((HEADER + self.frames * 8) as u64);
        self.entry.secs = self.frames as f64 / self.rate;
        let pin = self.ticket.keep(&self.entry).map_err(failed)?;
        self.store.make_room();
        let (file, _) = files::open(&self.store.home(&self.key).join(SOUND)).map_err(failed)?;
        Ok(Disk::new(file, HEADER as u64, self.frames, pin))
    }
}

/// The beginning of a WAV of stereo floats ("Multimedia Programming Interface and Data Specifications", format 3).
fn header(frames: usize, rate: f64) -> [u8; HEADER] {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let rate = rate.round() as usize;
    let parts: [&[u8]; 15] = [
        b"RIFF",
        &number(HEADER - 8 + frames * 8),
        b"WAVEfmt ",
        &number(18),
        &3_u16.to_le_bytes(),
        &2_u16.to_le_bytes(),
        &number(rate),
        &number(rate * 8),
        &[8, 0, 32, 0, 0, 0],
        b"fact",
        &number(4),
        &number(frames),
        b"data",
        &number(frames * 8),
        &[],
    ];
    let mut header = [0; HEADER];
    header.iter_mut().zip(parts.concat()).for_each(|(to, from)| *to = from);
    header
}
