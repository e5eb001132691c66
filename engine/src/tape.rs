//! The last seconds of a module's sound, for pictures: written by the audio thread, read by anybody, nobody waits.

use std::sync::atomic::{AtomicU64, Ordering, fence};

/// Seconds of sound that a tape keeps, besides the longest piece that is read at once.
pub const TAPE_SECS: f64 = 4.0;
/// Longest piece that is read at once, in frames.
pub const LONGEST: usize = 8192;

/// A ring of stereo frames. A frame has its place by the count since activation, so that what is read for a moment does not
/// depend on how the sound was cut into blocks, nor on when it is read.
///
/// The way of a sequence lock (H.-J. Boehm, "Can seqlocks get along with programming language memory models?", 2012): the
/// writer says how far it will have written, writes, and says that it has; a reader takes a copy and then looks whether
/// the writer may have come round to it meanwhile.
pub struct Tape {
    /// Left in the upper half, right in the lower.
    frames: Box<[AtomicU64]>,
    /// Where the sound begins; all before it is silence.
    begun: AtomicU64,
    claimed: AtomicU64,
    written: AtomicU64,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tape({} of {} frames)", self.written(), self.frames.len())
    }
}

/// A tape is equal to itself only.
impl PartialEq for Tape {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Tape {
    /// An empty tape for a rate in frames a second. Allocates.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count of seconds at an audio rate")]
    pub fn new(rate: f64) -> Self {
        let frames = (rate.clamp(1.0, 768_000.0) * TAPE_SECS) as usize + 2 * LONGEST;
        let frames = (0..frames.next_power_of_two()).map(|_| AtomicU64::new(0)).collect();
        let count = || AtomicU64::new(0);
        Self { frames, begun: count(), claimed: count(), written: count() }
    }

    /// Frames since activation up to which sound is there.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Writes what sounds from `clock` on. One thread writes.
    ///
    /// # Realtime safety
    /// Wait-free; never allocates.
    pub fn write(&self, clock: u64, frames: impl ExactSizeIterator<Item = [f32; 2]>) {
        if self.written.load(Ordering::Relaxed) != clock {
            self.begun.store(clock, Ordering::Relaxed);
        }
        let end = clock + frames.len() as u64;
        self.claimed.store(end, Ordering::Relaxed);
        fence(Ordering::Release);
        for (at, [left, right]) in (clock..).zip(frames) {
            let both = u64::from(left.to_bits()) << 32 | u64::from(right.to_bits());
            self.frames[self.place(at)].store(both, Ordering::Relaxed);
        }
        self.written.store(end, Ordering::Release);
    }

    /// Copies the frames before `end`, the last one last; what was never written is silence. False where they are no longer
    /// all there: then `into` is silence.
    #[allow(clippy::cast_possible_truncation, reason = "the halves of a number")]
    pub fn read(&self, end: u64, into: &mut [[f32; 2]]) -> bool {
        let (written, begun) = (self.written(), self.begun.load(Ordering::Relaxed));
        let length = into.len() as u64;
        for (back, frame) in (1..=length).rev().zip(into.iter_mut()) {
            *frame = match end.checked_sub(back).filter(|at| (begun..written).contains(at)) {
                Some(at) => {
                    let both = self.frames[self.place(at)].load(Ordering::Relaxed);
                    [f32::from_bits((both >> 32) as u32), f32::from_bits(both as u32)]
                }
                None => [0.0; 2],
            };
        }
        fence(Ordering::Acquire);
        let whole = self.claimed.load(Ordering::Relaxed) <= end.saturating_sub(length).max(begun) + self.frames.len() as u64;
        if !whole {
            into.fill([0.0; 2]);
        }
        whole
    }

    #[allow(clippy::cast_possible_truncation, reason = "masked to the length first")]
    fn place(&self, at: u64) -> usize {
        (at & (self.frames.len() as u64 - 1)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(clock: u64, count: u64) -> Vec<[f32; 2]> {
        (clock..clock + count).map(|at| [(at % 65_536) as f32, -((at % 65_536) as f32)]).collect()
    }

    #[test]
    fn what_is_read_for_a_moment_does_not_depend_on_blocks() {
        let mut seen = Vec::new();
        for block in [1, 64, 441, 512] {
            let tape = Tape::new(8000.0);
            let mut at = 1000;
            while at < 30_000 {
                tape.write(at, numbered(at, block).into_iter());
                at += block;
            }
            let mut into = [[0.0; 2]; 700];
            assert!(tape.read(29_000, &mut into));
            assert_eq!(into[..], numbered(28_300, 700)[..]);
            assert!(tape.read(1100, &mut into), "its beginning is there");
            assert_eq!((into[599], into[600], into[699]), ([0.0; 2], [1000.0, -1000.0], [1099.0, -1099.0]), "silence before it");
            seen.push(into);
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn what_was_overwritten_is_not_taken_for_sound() {
        let tape = Tape::new(8000.0);
        let length = tape.frames.len() as u64;
        tape.write(0, numbered(0, length).into_iter());
        tape.write(length, numbered(length, 100).into_iter());
        let mut into = [[1.0; 2]; 10];
        assert!(!tape.read(100, &mut into));
        assert_eq!(into, [[0.0; 2]; 10]);
        assert!(tape.read(110, &mut into));
        assert_eq!(into[..], numbered(100, 10)[..]);
        assert!(tape.read(5, &mut into) || into == [[0.0; 2]; 10]);
    }

    #[test]
    fn a_reader_beside_the_writer_never_takes_a_torn_piece_for_whole() {
        let tape = Tape::new(1.0);
        let length = tape.frames.len() as u64;
        std::thread::scope(|threads| {
            let writer = threads.spawn(|| {
                for block in 0..2000 {
                    tape.write(block * 512, numbered(block * 512, 512).into_iter());
                }
            });
            let (mut whole, mut into) = (0, vec![[0.0; 2]; 4096]);
            while !writer.is_finished() {
                let end = tape.written().saturating_sub(length - 6000).max(4096);
                if end <= tape.written() && tape.read(end, &mut into) {
                    assert_eq!(into, numbered(end - 4096, 4096), "up to {end}");
                    whole += 1;
                }
            }
            eprintln!("{whole} whole pieces");
        });
    }
}
