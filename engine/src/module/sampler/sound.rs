//! A sound along a path: from memory, from pages of what lies on the disk, or from the samples of a font, to the same bits.

use super::{
    kernel::{Amplitude, Kernel, ONE, Stretch, add_frame, fraction},
    path::Path,
    sinc::{self, MOST, Sinc, Table},
};
use crate::media::{
    AudioData, Frames,
    soundfont::Cut,
    stream::{PAGE, Pages, Piece},
};

/// Frames of a font's samples that are worked out at once.
const AT_ONCE: usize = 512;

/// How well what lies between frames is worked out, by place in [`super::QUALITY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// In straight lines.
    Draft,
    /// In curves through four frames.
    Normal,
    /// By a low-pass, so that nothing folds back and nothing is mirrored.
    Best,
}

/// How sounds are read.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// How the usual inner loop is computed.
    pub kernel: Kernel,
    /// How well.
    pub quality: Quality,
    table: &'static Table,
}

impl Reader {
    /// A reader; makes the table of the low-pass where there is none yet.
    pub fn new(kernel: Kernel) -> Self {
        Self { kernel, quality: Quality::Normal, table: sinc::table() }
    }

    /// The same with the quality of a number.
    #[must_use]
    pub fn of(self, number: f64) -> Self {
        let quality = match number {
            x if x >= 1.5 => Quality::Best,
            x if x >= 0.5 => Quality::Normal,
            _ => Quality::Draft,
        };
        Self { quality, ..self }
    }
}

/// Where a sound's frames lie.
trait Held {
    /// How many frames there are.
    fn len(&self) -> i64;

    /// The piece of the sound in memory that holds the frame at a position, where there is one.
    fn piece(&mut self, at: i64) -> Option<Piece<'_>>;

    /// The frame at a position; silence where there is none.
    fn frame(&mut self, at: i64) -> [f32; 2] {
        let piece = self.piece(at);
        piece.and_then(|piece| piece.frames.get(usize::try_from(at - piece.base).ok()?)).copied().unwrap_or([0.0; 2])
    }
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

/// A cut of the samples of a font, of which those around a position are worked out at once.
struct InSamples<'a> {
    cut: &'a Cut,
    frames: [[f32; 2]; AT_ONCE],
    /// The first one's position, and how many there are.
    base: i64,
    count: usize,
    /// Samples on both sides of a position that belong to it.
    near: i64,
    /// Samples that are worked out before a position, and in all.
    before: i64,
    span: usize,
}

impl<'a> InSamples<'a> {
    /// For a way of `steps` frames of sound along a path, each of which takes `near` samples on both sides.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "a few hundred samples")]
    fn new(cut: &'a Cut, path: &Path, steps: usize, near: i64) -> Self {
        let way = ((path.inc.unsigned_abs() >> 32) + 1).saturating_mul(steps as u64).min(AT_ONCE as u64) as i64;
        let span = (way + 2 * near + 4).clamp(1, AT_ONCE as i64);
        // Backwards it is what lies before that comes next.
        let before = if path.inc < 0 { (span - near - 3).max(near + 1) } else { near + 1 };
        Self { cut, frames: [[0.0; 2]; AT_ONCE], base: 0, count: 0, near, before, span: span as usize }
    }

    /// The positions all of whose neighbours are worked out.
    #[allow(clippy::cast_possible_wrap, reason = "a few hundred samples")]
    const fn within(&self) -> (i64, i64) {
        let first = if self.base == 0 { 0 } else { self.base + self.near };
        (first, self.base + self.count as i64 - 1 - self.near)
    }
}

impl Held for InSamples<'_> {
    #[allow(clippy::cast_possible_wrap, reason = "media are shorter than 2^30 frames")]
    fn len(&self) -> i64 {
        self.cut.len() as i64
    }

    #[allow(
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "media are shorter than 2^30 frames"
    )]
    fn piece(&mut self, at: i64) -> Option<Piece<'_>> {
        // The longest low-passes take each sample by itself.
        if (self.span as i64) < 2 * self.near + 4 {
            return None;
        }
        let (first, last) = self.within();
        if !(first..last).contains(&at) {
            self.base = (at - self.before).max(0);
            self.count = self.cut.read(self.base as usize, &mut self.frames[..self.span]);
        }
        Some(Piece { frames: &self.frames[..self.count], base: self.base, within: self.within() })
    }

    fn frame(&mut self, at: i64) -> [f32; 2] {
        self.cut.frame(at)
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
pub fn add(path: &mut Path, audio: &AudioData, pages: Option<&mut Pages>, reader: Reader, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    match (pages, audio.frames.samples()) {
        (Some(pages), _) => read_out(path, InPages(&audio.frames, pages), reader, amplitude, out),
        (None, Some(cut)) => {
            let near = if reader.quality == Quality::Best { Sinc::new(reader.table, path.inc).half } else { 1 };
            read_out(path, InSamples::new(cut, path, out.len(), near), reader, amplitude, out);
        }
        (None, None) => read_out(path, InMemory(&audio.frames), reader, amplitude, out),
    }
}

/// Adds a stretch in the reader's quality. Frame by frame at the recorded speed all are the same.
fn read_out(path: &mut Path, held: impl Held, reader: Reader, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    let is_exact = path.inc.abs() == ONE && path.pos & (ONE - 1) == 0;
    match reader.quality {
        Quality::Draft if !is_exact => in_lines(path, held, amplitude, out),
        Quality::Best if !is_exact => filtered(path, held, Sinc::new(reader.table, path.inc), amplitude, out),
        _ => mix(path, held, reader.kernel, amplitude, out),
    }
}

/// Adds a stretch in straight lines from frame to frame.
fn in_lines(path: &mut Path, mut held: impl Held, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    for (k, out) in out.iter_mut().enumerate() {
        let (at, t) = (path.pos >> 32, fraction(path.pos));
        let ([a, b], level) = ([at, at + 1].map(|at| read(path, &mut held, at)), amplitude.at(k));
        for side in 0..2 {
            out[side] += (a[side] + (b[side] - a[side]) * t) * level[side];
        }
        path.advance(1);
    }
}

/// Adds a stretch through a low-pass.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred frames")]
fn filtered(path: &mut Path, mut held: impl Held, sinc: Sinc, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    let mut taps = [[0.0; 2]; 2 * MOST];
    let count = (2 * sinc.half) as usize;
    let (low, high) = path.seam();
    let (low, high) = ((low >> 32).max(0), (high >> 32).min(held.len()));
    for (k, out) in out.iter_mut().enumerate() {
        let (at, t, level) = (path.pos >> 32, fraction(path.pos), amplitude.at(k));
        let first = at + 1 - sinc.half;
        let is_inside = first >= low && first + 2 * sinc.half <= high;
        let piece = if is_inside { held.piece(at) } else { None };
        let near = piece.and_then(|piece| {
            let begin = usize::try_from(first - piece.base).ok()?;
            piece.frames.get(begin..begin + count)
        });
        let sum = if let Some(near) = near {
            sinc.at(near, t)
        } else {
            (first..).zip(&mut taps[..count]).for_each(|(at, tap)| *tap = read(path, &mut held, at));
            sinc.at(&taps[..count], t)
        };
        for side in 0..2 {
            out[side] += sum[side] * level[side];
        }
        path.advance(1);
    }
}

/// Adds a stretch of constant amplitude pieces, over the medium's and the loop's edges, and moves the path on. What is not there is
/// silent.
#[allow(clippy::cast_possible_wrap, reason = "a page is short")]
fn mix(path: &mut Path, mut held: impl Held, kernel: Kernel, amplitude: Amplitude, out: &mut [[f32; 2]]) {
    let length = held.len();
    let mut done = 0;
    while done < out.len() {
        let (low, high) = path.seam();
        let (low, high) = ((low >> 32).max(0), (high >> 32).min(length));
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
    let (low, high) = path.seam();
    if at < low >> 32 || at >= high >> 32 {
        let (start, end) = (path.start >> 32, path.end >> 32);
        at = start + (at - start).rem_euclid((end - start).max(1));
    }
    held.frame(at)
}
