//! A sound along a path: from memory, or from pages of what lies on the disk, to the same bits.

use super::{
    kernel::{Amplitude, Kernel, ONE, Stretch, add_frame, fraction},
    path::Path,
};
use crate::media::{
    AudioData, Frames,
    stream::{PAGE, Pages, Piece},
};

/// Where a sound's frames lie.
trait Held {
    /// How many frames there are.
    fn len(&self) -> i64;

    /// The piece of the sound in memory that holds the frame at a position, where there is one.
    fn piece(&mut self, at: i64) -> Option<Piece<'_>>;
}

/// All of them in memory.
struct InMemory<'a>(&'a [[f32; 2]]);

impl Held for InMemory<'_> {
    #[allow(clippy::cast_possible_wrap, reason = "media are shorter than 2^30 frames")]
    fn len(&self) -> i64 {
        self.0.len() as i64
    }

    fn piece(&mut self, _: i64) -> Option<Piece<'_>> {
        Some(Piece { frames: self.0, base: 0, within: (0, self.len()) })
    }
}

/// On the disk, a few pages of them in memory.
struct InPages<'a>(&'a Frames, &'a mut Pages);

impl Held for InPages<'_> {
    #[allow(clippy::cast_possible_wrap, reason = "media are shorter than 2^30 frames")]
    fn len(&self) -> i64 {
        self.0.len() as i64
    }

    fn piece(&mut self, at: i64) -> Option<Piece<'_>> {
        self.1.piece(self.0, at)
    }
}

/// Adds a stretch of a sound and moves the path on.
pub fn add(path: &mut Path, audio: &AudioData, pages: Option<&mut Pages>, kernel: Kernel, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    match pages {
        Some(pages) => mix(path, InPages(&audio.frames, pages), kernel, amplitude, out),
        None => mix(path, InMemory(&audio.frames), kernel, amplitude, out),
    }
}

/// Adds a stretch of constant amplitude pieces, over the medium's and the loop's edges, and moves the path on. What is not there is
/// silent.
#[allow(clippy::cast_possible_wrap, reason = "a page is short")]
fn mix(path: &mut Path, mut held: impl Held, kernel: Kernel, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    let length = held.len();
    let (low, high) = if path.looping { (path.start >> 32, (path.end >> 32).min(length)) } else { (0, length) };
    let mut done = 0;
    while done < out.len() {
        let left = out.len() - done;
        let at = path.pos >> 32;
        let inside = (low + 1..high - 2).contains(&at);
        if let Some(piece) = held.piece(at).filter(|_| inside) {
            let (first, last) = (piece.within.0.max(low + 1), piece.within.1.min(high - 2));
            let count = path.frames_within(first * ONE, last * ONE, left);
            if count > 0 {
                let pos = path.pos - piece.base * ONE;
                let stretch = Stretch { frames: piece.frames, pos, inc: path.inc, amplitude: amplitude.after(done) };
                stretch.add_to(kernel, &mut out[done..done + count]);
                path.advance(count);
                done += count;
                continue;
            }
        } else if inside {
            // Not there: silent as far as this page goes.
            let page = at.div_euclid(PAGE as i64) * PAGE as i64;
            let count = path.frames_within(page * ONE, (page + PAGE as i64) * ONE, left).max(1);
            path.advance(count);
            done += count;
            continue;
        }
        let silent_end = if path.looping { ((path.end >> 32) - 3) * ONE } else { i64::MAX };
        let behind = path.frames_within((length + 2) * ONE, silent_end, left);
        if behind > 0 {
            path.advance(behind);
            done += behind;
            continue;
        }
        let taps = [-1, 0, 1, 2].map(|tap| read(path, &mut held, at + tap));
        add_frame(taps, fraction(path.pos), amplitude.at(done), &mut out[done]);
        path.advance(1);
        done += 1;
    }
}

/// A frame by its position: wrapped into the loop, silence outside the medium and where nothing is there.
fn read(path: &Path, held: &mut impl Held, mut at: i64) -> [f32; 2] {
    if path.looping {
        let (start, end) = (path.start >> 32, path.end >> 32);
        if at < start || at >= end {
            at = start + (at - start).rem_euclid((end - start).max(1));
        }
    }
    let piece = held.piece(at);
    piece.and_then(|piece| piece.frames.get(usize::try_from(at - piece.base).ok()?)).copied().unwrap_or([0.0; 2])
}
