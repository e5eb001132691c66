//! The frames of a sound: all in memory, or their beginning there and all of them on disk; or a cut of the samples of a font.

use std::{
    fs::File,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{import::Pin, soundfont::Cut, source};

/// Frames with which a sound on disk begins in memory: 8 pages, 1.4 s at 48 kHz, 0.5 MiB; and the neighbours of the last.
const HEAD: usize = (1 << 16) + 2;

/// Stereo frames. As a slice: those in memory, which are the first ones; of a cut none, since its samples are the font's.
#[derive(Clone, PartialEq)]
pub struct Frames {
    head: Box<[[f32; 2]]>,
    rest: Rest,
}

/// Where those are that are not in memory as frames.
#[derive(Clone, PartialEq)]
enum Rest {
    None,
    Disk(Arc<Disk>),
    Cut(Cut),
}

/// Frames in a file, as little-endian floats.
pub(crate) struct Disk {
    file: File,
    /// Where the first frame lies.
    offset: u64,
    /// How many there are.
    length: usize,
    /// Told from every other sound of this process by it.
    number: u64,
    /// Keeps the file in the cache.
    _pin: Pin,
}

impl Disk {
    pub(super) fn new(file: File, offset: u64, length: usize, pin: Pin) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { file, offset, length, number: NEXT.fetch_add(1, Ordering::Relaxed), _pin: pin }
    }

    /// How many frames there are.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Told from every other sound of this process by it.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Reads the frames from `at` on; `None` where they can't be read. Waits for the disk.
    pub(crate) fn read(&self, at: usize, out: &mut [[f32; 2]]) -> Option<()> {
        if at.checked_add(out.len())? > self.length {
            return None;
        }
        let mut bytes = [0_u8; 1 << 13];
        let mut offset = self.offset + at as u64 * 8;
        for part in out.chunks_mut(bytes.len() / 8) {
            let bytes = &mut bytes[..part.len() * 8];
            source::read_exact_at(&self.file, bytes, offset).ok()?;
            offset += bytes.len() as u64;
            for (frame, bytes) in part.iter_mut().zip(bytes.chunks_exact(8)) {
                let sample = |at: usize| bytes.get(at..at + 4).and_then(|b| b.first_chunk()).map_or(0.0, |b| f32::from_le_bytes(*b));
                *frame = [sample(0), sample(4)];
            }
        }
        Some(())
    }
}

impl PartialEq for Disk {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disk({} frames)", self.length)
    }
}

impl Frames {
    /// A sound on disk; its beginning is read.
    pub(super) fn long(disk: Disk) -> Option<Self> {
        let mut head = vec![[0.0; 2]; HEAD.min(disk.length)];
        disk.read(0, &mut head)?;
        Some(Self { head: head.into(), rest: Rest::Disk(Arc::new(disk)) })
    }

    /// A cut of the samples of a font.
    pub(super) fn cut(cut: Cut) -> Self {
        Self { head: Box::default(), rest: Rest::Cut(cut) }
    }

    /// How many there are, those on disk included.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.rest {
            Rest::None => self.head.len(),
            Rest::Disk(disk) => disk.length,
            Rest::Cut(cut) => cut.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all but the first are read from disk when they are played.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.disk().is_some()
    }

    pub(crate) const fn disk(&self) -> Option<&Arc<Disk>> {
        if let Rest::Disk(disk) = &self.rest { Some(disk) } else { None }
    }

    /// The samples that they are a cut of.
    pub(crate) const fn samples(&self) -> Option<&Cut> {
        if let Rest::Cut(cut) = &self.rest { Some(cut) } else { None }
    }

    /// Reads the frames from `at` on, from memory or from disk; `None` where there are none, or they can't be read.
    #[must_use]
    pub fn read(&self, at: usize, out: &mut [[f32; 2]]) -> Option<()> {
        match (self.head.get(at..at.checked_add(out.len())?), &self.rest) {
            (_, Rest::Cut(cut)) => (cut.read(at, out) == out.len()).then_some(()),
            (Some(frames), _) => {
                out.copy_from_slice(frames);
                Some(())
            }
            (None, Rest::Disk(disk)) => disk.read(at, out),
            (None, Rest::None) => None,
        }
    }
}

impl Deref for Frames {
    type Target = [[f32; 2]];

    fn deref(&self) -> &[[f32; 2]] {
        &self.head
    }
}

impl From<Box<[[f32; 2]]>> for Frames {
    fn from(head: Box<[[f32; 2]]>) -> Self {
        Self { head, rest: Rest::None }
    }
}

impl From<Vec<[f32; 2]>> for Frames {
    fn from(frames: Vec<[f32; 2]>) -> Self {
        frames.into_boxed_slice().into()
    }
}

impl FromIterator<[f32; 2]> for Frames {
    fn from_iter<I: IntoIterator<Item = [f32; 2]>>(frames: I) -> Self {
        frames.into_iter().collect::<Vec<_>>().into()
    }
}
