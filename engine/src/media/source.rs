//! Files as the decoders see them: regular ones only, with a budget and a way to stop.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    Limits,
    error::{About, MediaError},
};
use crate::files;

/// Set by whoever no longer wants the result.
pub(super) type Stop<'a> = &'a AtomicBool;

thread_local! {
    /// Counts the steps of whoever reads on this thread, for whoever watches that it gets on.
    static BEAT: RefCell<Option<Arc<AtomicU64>>> = const { RefCell::new(None) };
}

/// Lets `beat` grow with every step of reading on this thread.
pub(super) fn beat_with(beat: Arc<AtomicU64>) {
    BEAT.with_borrow_mut(|held| *held = Some(beat));
}

/// Says that reading gets on.
pub(super) fn beat() {
    BEAT.with_borrow(|held| {
        if let Some(beat) = held {
            beat.fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// Refuses to go on once `stop` is set.
pub(super) fn check(stop: Stop<'_>, about: About<'_>) -> Result<(), MediaError> {
    beat();
    if stop.load(Ordering::Relaxed) { Err(about.cancelled()) } else { Ok(()) }
}

/// Runs a decoder. Where it panics over a hostile file, the file is damaged: a decoder's slip must not take the host down.
pub(super) fn contain<T>(about: About<'_>, decode: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(about.damaged("its decoder gave up")))
}

/// Opens a regular file and says how long it is.
pub(super) fn open(path: &Path, limits: &Limits) -> Result<(File, u64), MediaError> {
    let about = About(path);
    beat();
    let (file, found) = files::open(path).map_err(|e| about.io(&e))?;
    let size = found.len();
    if size > limits.file_bytes {
        return Err(about.too_large(format!("{size} bytes, the limit is {}", limits.file_bytes)));
    }
    Ok((file, size))
}

/// Reads exactly `buffer.len()` bytes at `offset`, without moving any shared position.
#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Reads exactly `buffer.len()` bytes at `offset`.
#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                buffer = &mut buffer[n..];
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Most bytes that are read for one step of a decoder: the header with its tags, or one packet. Decoders keep tags and packets
/// whole, and look for the next packet as far as the file goes.
const STEP: u64 = 16 << 20;

/// What is left of a decoder's step.
#[derive(Clone, Debug)]
pub(super) struct Step(Arc<AtomicU64>);

impl Step {
    /// Begins the next step.
    pub(super) fn begin(&self) {
        self.0.store(STEP, Ordering::Relaxed);
    }

    /// Whether it read more than a step may: decoders tell that in many ways.
    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// What is wrong with a file that a step does not suffice for.
    pub(super) fn excess() -> String {
        format!("its tags, or a stretch without sound, take more than {} MiB", STEP >> 20)
    }

    /// Takes what was read.
    fn take(&self, read: usize) -> io::Result<()> {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(read as u64);
        self.0.store(left, Ordering::Relaxed);
        if left == 0 { Err(io::Error::other(Self::excess())) } else { Ok(()) }
    }
}

/// A file that fails once its reader is no longer wanted, has read too much for one step, or far more than the file holds: a
/// decoder that goes in circles comes to an end.
pub(super) struct Guarded<'a> {
    file: File,
    /// Bytes of it that are read, and the next one's place.
    len: u64,
    at: u64,
    budget: u64,
    step: Step,
    stop: Stop<'a>,
}

impl<'a> Guarded<'a> {
    pub(super) fn new(file: File, len: u64, stop: Stop<'a>) -> Self {
        let step = Step(Arc::new(AtomicU64::new(STEP)));
        Self { file, len, at: 0, budget: len.saturating_mul(8).saturating_add(1 << 24), step, stop }
    }

    /// What is left of the step under way.
    pub(super) fn step(&self) -> Step {
        self.step.clone()
    }
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.at += read as u64;
        beat();
        self.step.take(read)?;
        self.budget =
            self.budget.checked_sub(read as u64 + 1).ok_or_else(|| io::Error::other("its parts refer to each other in circles"))?;
        Ok(read)
    }
}

impl Seek for Guarded<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = self.file.seek(SeekFrom::Start(to.ok_or(io::ErrorKind::InvalidInput)?))?;
        Ok(self.at)
    }
}

impl symphonia::core::io::MediaSource for Guarded<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}

/// Bytes of a file up to the tags at its end ("ID3v1"; "APE Tags Specification", version 2; "Lyrics3" 2.00; "ID3v2.4", 3.4).
/// Decoders that look for the next block find none behind the last one and take them for a part of it.
pub(super) fn without_tags(file: &File, size: u64) -> u64 {
    let mut end = size;
    // Writers put one kind behind another.
    for _ in 0..8 {
        let Some(bytes) = tag_before(file, end).filter(|bytes| *bytes > 0 && *bytes < end) else { break };
        end -= bytes;
    }
    end
}

/// Bytes of the tag that ends at a place.
fn tag_before(file: &File, end: u64) -> Option<u64> {
    let last = |count: usize| {
        let mut bytes = vec![0; count];
        read_exact_at(file, &mut bytes, end.checked_sub(count as u64)?).ok()?;
        Some(bytes)
    };
    if last(128).is_some_and(|tag| tag.starts_with(b"TAG")) {
        return Some(128);
    }
    let footer = last(32)?;
    let word = |at: usize| footer.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
    if footer.starts_with(b"APETAGEX") {
        let header = if word(20)? & 0x8000_0000 != 0 { 32 } else { 0 };
        return Some(u64::from(word(12)?) + header);
    }
    if footer.ends_with(b"LYRICS200") {
        return std::str::from_utf8(footer.get(17..23)?).ok()?.parse().ok().map(|bytes: u64| bytes + 15);
    }
    let id3 = footer.get(22..)?;
    let safe = id3.get(6..)?.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7F));
    id3.starts_with(b"3DI").then_some(safe + 20)
}

/// Hashes whole files, one after the other, into one BLAKE3.
pub(super) fn hash(files: &[&Path], limits: &Limits, stop: Stop<'_>) -> Result<(String, u64), MediaError> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    for path in files {
        let about = About(path);
        let (mut file, _) = open(path, limits)?;
        loop {
            check(stop, about)?;
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    hasher.update(&buffer[..n]);
                    size += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(about.io(&e)),
            }
        }
    }
    Ok((hasher.finalize().to_hex().to_string(), size))
}
