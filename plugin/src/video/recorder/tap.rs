//! Sound from `process` to the recorder: a ring whose writer never waits unless it is asked to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rtrb::{Consumer, Producer, RingBuffer};

/// Seconds of sound the ring holds.
const SECONDS: u32 = 4;
/// Gaps on their way to the recorder; a block that comes while they are all taken is lost into the next one.
const GAPS: usize = 256;

/// Silence in place of lost sound: where, counted in frames that came through, and how long.
#[derive(Clone, Copy, Debug)]
struct Gap {
    at: u64,
    frames: u64,
}

/// The audio thread's end. Dropping it may free memory, so it travels home from the audio thread before it is dropped.
#[derive(Debug)]
pub struct AudioTap {
    frames_tx: Producer<[f32; 2]>,
    gaps_tx: Producer<Gap>,
    sent: u64,
    /// Frames lost since the last that came through.
    missing: u64,
    lost: Arc<AtomicU64>,
}

/// The recorder's end.
#[derive(Debug)]
pub(super) struct Sound {
    frames_rx: Consumer<[f32; 2]>,
    gaps_rx: Consumer<Gap>,
    next_gap: Option<Gap>,
    taken: u64,
    lost: Arc<AtomicU64>,
}

/// A tap and where it leads, for a sample rate.
pub(super) fn tap(sample_rate: u32) -> (AudioTap, Sound) {
    let frames = usize::try_from(sample_rate.max(8000).saturating_mul(SECONDS)).unwrap_or(1 << 18);
    let (frames_tx, frames_rx) = RingBuffer::new(frames);
    let (gaps_tx, gaps_rx) = RingBuffer::new(GAPS);
    let lost = Arc::new(AtomicU64::new(0));
    let tap = AudioTap { frames_tx, gaps_tx, sent: 0, missing: 0, lost: Arc::clone(&lost) };
    (tap, Sound { frames_rx, gaps_rx, next_gap: None, taken: 0, lost })
}

impl AudioTap {
    /// Hands over a block, as many frames as the shorter side has; a block that finds no room becomes silence in the
    /// recording and is counted.
    ///
    /// # Realtime safety
    /// Wait-free; never allocates.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        let frames = left.len().min(right.len());
        if self.frames_tx.slots() < frames || !self.tell_gap() {
            self.missing += frames as u64;
            self.lost.fetch_add(frames as u64, Ordering::Relaxed);
            return;
        }
        if let Ok(chunk) = self.frames_tx.write_chunk_uninit(frames) {
            chunk.fill_from_iter(left.iter().zip(right).map(|(left, right)| [*left, *right]));
            self.sent += frames as u64;
        }
    }

    /// As [`Self::push`], but waits for room while the recorder is there. For offline renders only.
    pub fn push_waiting(&mut self, left: &[f32], right: &[f32]) {
        let most = self.frames_tx.buffer().capacity() / 2;
        for (left, right) in left.chunks(most).zip(right.chunks(most)) {
            while self.frames_tx.slots() < left.len() && !self.frames_tx.is_abandoned() {
                std::thread::sleep(Duration::from_micros(500));
            }
            self.push(left, right);
        }
    }

    /// Announces the frames missing before the next ones; whether that worked.
    fn tell_gap(&mut self) -> bool {
        if self.missing > 0 {
            if self.gaps_tx.push(Gap { at: self.sent, frames: self.missing }).is_err() {
                return false;
            }
            self.missing = 0;
        }
        true
    }
}

impl Sound {
    /// Takes everything there is, in order, with silence where sound was lost.
    ///
    /// # Errors
    /// The first error of `write`.
    pub(super) fn take<E>(&mut self, mut write: impl FnMut([f32; 2]) -> Result<(), E>) -> Result<u64, E> {
        let mut written = 0;
        // The count is read before the gaps: a gap is always told before the frames behind it.
        let mut there = self.frames_rx.slots() as u64;
        loop {
            if self.next_gap.is_none() {
                self.next_gap = self.gaps_rx.pop().ok();
            }
            if let Some(gap) = self.next_gap.take_if(|gap| gap.at == self.taken) {
                for _ in 0..gap.frames {
                    write([0.0; 2])?;
                }
                written += gap.frames;
                continue;
            }
            let until_gap = self.next_gap.map_or(there, |gap| there.min(gap.at - self.taken));
            let Ok(chunk) = self.frames_rx.read_chunk(usize::try_from(until_gap).unwrap_or(0)) else { return Ok(written) };
            if until_gap == 0 {
                return Ok(written);
            }
            for frame in chunk {
                write(frame)?;
            }
            self.taken += until_gap;
            there -= until_gap;
            written += until_gap;
        }
    }

    /// Frames that found no room.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_blocks_become_silence_of_their_length_in_their_place() {
        let (mut tap, mut sound) = tap(8000);
        let block = |value: f32| [value; 8000];
        let mut heard = Vec::new();
        let mut take = |sound: &mut Sound| {
            sound
                .take(|frame| {
                    heard.push(frame[0]);
                    Ok::<_, ()>(())
                })
                .expect("no errors")
        };
        for value in 1..=6 {
            tap.push(&block(value as f32), &block(0.0));
        }
        assert_eq!(take(&mut sound), 32_000);
        tap.push(&block(7.0), &block(0.0));
        assert_eq!(take(&mut sound), 24_000);
        assert_eq!(sound.lost(), 16_000);
        let want: Vec<f32> = [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 7.0].into_iter().flat_map(block).collect();
        assert_eq!(heard, want);
    }

    #[test]
    fn an_offline_render_waits_for_room_but_not_for_a_recorder_that_is_gone() {
        let (mut tap, mut sound) = tap(8000);
        let reader = std::thread::spawn(move || {
            let mut frames = 0;
            while frames < 320_000 {
                frames += sound.take(|_| Ok::<_, ()>(())).expect("no errors");
            }
            (frames, sound.lost())
        });
        (0..40).for_each(|_| tap.push_waiting(&[0.5; 8000], &[0.5; 8000]));
        assert_eq!(reader.join().expect("reads"), (320_000, 0));
        (0..40).for_each(|_| tap.push_waiting(&[0.5; 8000], &[0.5; 8000]));
    }
}
