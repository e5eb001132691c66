//! Arithmetic of the audio effects and of the signals that move their parameters.
//!
//! A kernel is one effect without its module: it knows numbers and samples, no tempo, no session and no graph. All of its
//! memory is allocated in `new`; afterwards it allocates, locks and panics never.
//!
//! # Time
//!
//! A caller cuts its blocks at multiples of [`Cell::LEN`] song frames and says, with each call, where in a [`Cell`] the call's
//! first frame lies. A parameter that moves is a [`Move`]: its values at the cell's first frame and at the first frame after
//! the cell, with a straight line between them. What a kernel does is a function of the cells, never of the calls: a cell that
//! is rendered in several calls gives the same samples, to the bit, as one that is rendered in a single call. Parameters that
//! are no [`Move`] (a mode, a time constant) hold for the whole cell and are the same in each of its calls. Where no parameter
//! moves, a cell may be longer than [`Cell::LEN`].
//!
//! # Silence
//!
//! State that fell below [`FLOOR`] becomes zero, so that denormal numbers never build up: after its tail a kernel gives exact
//! zeros for exact zeros, and [`Kernel::is_silent`] says so. Samples that are no numbers, or beyond [`CEILING`], count as zero
//! where they would otherwise stay in a state for ever.

#![allow(clippy::manual_clamp, reason = "`clamp` hands on what is no number; `max` and `min` give a bound for it")]
#![allow(clippy::needless_range_loop, reason = "loops over frames read several channels at one index, and run in vectors")]

pub mod adsr;
pub mod bitcrush;
pub mod chorus;
pub mod compressor;
pub mod delay;
pub mod drive;
pub mod duck;
pub mod envelope;
pub mod eq;
pub mod filter;
pub mod follower;
pub mod gate;
pub mod lfo;
pub mod limiter;
mod line;
mod math;
pub mod mix;
pub mod osc;
pub mod phaser;
#[cfg(test)]
mod proof;
pub mod reverb;
pub mod room;
pub mod strip;
pub mod tremolo;
pub mod wavetable;

pub use math::{are_same, from_db, to_db};

/// Magnitude below which a state counts as zero: −180 dBFS.
pub const FLOOR: f32 = 1e-9;

/// Magnitude above which a sample counts as a fault: 180 dB above full scale.
pub const CEILING: f32 = 1e9;

/// Magnitude at which a tail has ended: −100 dBFS.
pub const TAIL: f64 = 1e-5;

/// An effect on a pair of channels.
pub trait Kernel {
    /// What a cell needs to know.
    type Params;

    /// Renders the frames of `left` and `right` in place; the first of them is frame `cell.at` of the cell.
    ///
    /// The shorter of both slices counts. A call ends where its cell ends, or before.
    ///
    /// # Realtime safety
    /// Allocates, locks and panics never.
    fn process(&mut self, cell: Cell, params: &Self::Params, left: &mut [f32], right: &mut [f32]);

    /// Forgets everything heard, in a time that does not depend on the length of its memory.
    fn reset(&mut self);

    /// Returns the number of frames after which the answer to anything within full scale stays below [`TAIL`], for parameters
    /// that stand; `u64::MAX` where it never does.
    fn tail_frames(&self, params: &Self::Params) -> u64;

    /// Returns true where silence in gives exact silence out from here on, because nothing is left in the state.
    fn is_silent(&self) -> bool;
}

/// The part of the song over which parameters move in straight lines, and where in it a call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Song frame on which the cell begins, or frames since activation while the song stands.
    pub frame: u64,
    /// Frames between the cell's beginning and the call's first frame.
    pub at: u32,
    /// Frames of the whole cell.
    pub len: u32,
}

impl Cell {
    /// Frames of a cell on the grid.
    pub const LEN: u32 = 32;

    /// Returns the cell of the grid that holds a song frame, seen from that frame.
    #[must_use]
    pub const fn holding(frame: u64) -> Self {
        let at = frame % Self::LEN as u64;
        Self { frame: frame - at, at: at as u32, len: Self::LEN }
    }

    /// Returns the same cell seen from some frames later.
    #[must_use]
    pub const fn later(self, frames: usize) -> Self {
        Self { at: self.at.saturating_add(frames as u32), ..self }
    }

    /// Returns the share of the cell that lies before a frame of the call, from 0 to 1.
    #[must_use]
    pub fn share(self, frame: usize) -> f32 {
        let whole = self.len.max(1);
        (self.at.saturating_add(frame as u32)).min(whole) as f32 / whole as f32
    }

    /// Returns the call's frames in pieces that end at multiples of [`Self::LEN`] frames of the cell.
    fn pieces(self, frames: usize) -> Pieces {
        Pieces { cell: self, start: 0, frames }
    }
}

/// A piece of a call within one step of the grid.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// First frame of the call, and the first after the piece: at most [`Cell::LEN`] more.
    start: usize,
    end: usize,
    /// The cell seen from `start`.
    cell: Cell,
    /// Whether the piece begins a step of the grid: the moment to look at states.
    is_step: bool,
}

impl Piece {
    /// Returns the share of the cell before each frame of the piece.
    fn shares(&self) -> [f32; CHUNK] {
        std::array::from_fn(|i| self.cell.share(i))
    }

    const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Frames of a piece at most.
const CHUNK: usize = Cell::LEN as usize;

struct Pieces {
    cell: Cell,
    start: usize,
    frames: usize,
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.start >= self.frames {
            return None;
        }
        let cell = self.cell.later(self.start);
        let step = cell.at % Cell::LEN;
        let len = ((Cell::LEN - step) as usize).min(self.frames - self.start);
        let start = self.start;
        self.start += len;
        Some(Piece { start, end: start + len, cell, is_step: step == 0 })
    }
}

/// A parameter's straight way through a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Move<T = f32> {
    /// Value at the cell's first frame.
    pub from: T,
    /// Value at the first frame after the cell.
    pub to: T,
}

impl<T: Copy + PartialEq> Move<T> {
    /// Returns the way of a value that stands.
    #[must_use]
    pub const fn still(value: T) -> Self {
        Self { from: value, to: value }
    }

    /// Returns whether the value changes within the cell.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.from != self.to
    }

    /// Returns the way of what `f` makes of both ends.
    #[must_use]
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Move<U> {
        Move { from: f(self.from), to: f(self.to) }
    }
}

impl Move<f32> {
    /// Returns the value at a share of the cell; both ends are exact.
    #[must_use]
    pub fn at(self, share: f32) -> f32 {
        self.from * (1.0 - share) + self.to * share
    }

    /// Returns the way within bounds; what is no number counts as the lower bound.
    #[must_use]
    pub fn within(self, low: f32, high: f32) -> Self {
        self.map(|v| v.max(low).min(high))
    }
}

impl Move<f64> {
    /// Returns the value at a share of the cell; both ends are exact.
    #[must_use]
    pub fn at(self, share: f64) -> f64 {
        self.from * (1.0 - share) + self.to * share
    }

    /// Returns the way within bounds; what is no number counts as the lower bound.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Self {
        self.map(|v| v.max(low).min(high))
    }
}

impl<T: Copy + PartialEq> From<T> for Move<T> {
    fn from(value: T) -> Self {
        Self::still(value)
    }
}

/// Returns a sample that may enter a state: zero where it is too small, too large or no number.
#[inline]
fn keep(sample: f32) -> f32 {
    let size = sample.abs();
    if size > FLOOR && size < CEILING { sample } else { 0.0 }
}

/// Zeroes the states of a filter where all of them are very small, or one is too large or no number.
///
/// They go together: zeroing a single one of a slow filter is a push that may keep the others alive for ever.
#[inline]
fn settle(states: &mut [f64; 2]) {
    let most = states[0].abs().max(states[1].abs());
    let is_number = states[0].is_finite() && states[1].is_finite();
    if !(is_number && most > 1e-12 && most < 1e12) {
        *states = [0.0; 2];
    }
}

/// Returns both channels cut to the same length.
fn pair<'a>(left: &'a mut [f32], right: &'a mut [f32]) -> (&'a mut [f32], &'a mut [f32]) {
    let frames = left.len().min(right.len());
    (&mut left[..frames], &mut right[..frames])
}

/// Counts the frames since something last was to be heard.
///
/// The count moves only on steps of the grid, so that it does not depend on how calls are cut.
#[derive(Clone, Copy, Debug, Default)]
struct Quiet {
    is_loud: bool,
    pending: u32,
    frames: u64,
}

impl Quiet {
    /// Nothing was ever heard.
    const fn new() -> Self {
        Self { is_loud: false, pending: 0, frames: u64::MAX }
    }

    /// Takes note of a piece's samples; only exact zeros are quiet.
    fn hear(&mut self, piece: &Piece, left: &[f32], right: &[f32]) {
        self.is_loud |= left.iter().chain(right).fold(0, |bits, x| bits | (x.to_bits() << 1)) != 0;
        self.pending += piece.len() as u32;
        if self.is_loud {
            self.frames = 0;
        }
    }

    /// Closes the step before; returns the quiet frames up to it.
    fn step(&mut self) -> u64 {
        self.frames = if self.is_loud { 0 } else { self.frames.saturating_add(u64::from(self.pending)) };
        self.pending = 0;
        self.is_loud = false;
        self.frames
    }

    /// Returns the quiet frames up to the last step; 0 where something was heard after it.
    const fn frames(&self) -> u64 {
        if self.is_loud { 0 } else { self.frames }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_falls_into_pieces_at_steps_of_the_grid() {
        let cell = Cell { frame: 0, at: 20, len: 512 };
        let found: Vec<_> = cell.pieces(80).map(|p| (p.start, p.end, p.is_step)).collect();
        assert_eq!(found, [(0, 12, false), (12, 44, true), (44, 76, true), (76, 80, true)]);
        assert_eq!(Cell::holding(70), Cell { frame: 64, at: 6, len: 32 });
        assert!(Cell::holding(64).pieces(1).all(|p| p.is_step));
    }

    #[test]
    fn a_move_is_exact_at_both_ends() {
        let way = Move { from: 0.1_f32, to: 0.7 };
        assert_eq!((way.at(0.0), way.at(1.0)), (0.1, 0.7));
        assert_eq!(Move::<f32>::still(f32::NAN).within(1.0, 2.0), Move::still(1.0));
    }

    #[test]
    fn what_is_no_sample_is_not_kept() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-10, -1e-10, 1e-40, 1e10] {
            assert_eq!(keep(bad), 0.0);
        }
        assert_eq!(keep(-0.5), -0.5);
    }

    #[test]
    fn quiet_frames_are_counted_on_steps() {
        let mut quiet = Quiet::new();
        assert_eq!(quiet.frames(), u64::MAX);
        let piece = |at, len| Piece { start: 0, end: len, cell: Cell { frame: 0, at, len: 32 }, is_step: at == 0 };
        quiet.hear(&piece(0, 10), &[0.0, 1.0], &[0.0]);
        assert_eq!(quiet.frames(), 0);
        quiet.hear(&piece(10, 22), &[0.0], &[-0.0]);
        assert_eq!(quiet.step(), 0);
        quiet.hear(&piece(0, 32), &[0.0], &[-0.0]);
        assert_eq!(quiet.frames(), 0);
        assert_eq!(quiet.step(), 32);
    }
}
