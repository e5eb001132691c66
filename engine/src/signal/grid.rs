//! The grid on which numbers travel.
//!
//! A number that a module makes (an oscillator's value, a level) has one value for each point of the grid: each multiple of
//! [`GRID`] song frames, and each frame at which the song starts, jumps or stops. While the song stands, frames since activation
//! count. Whoever follows a number takes it up at a point and ramps to it until the next one, so that where the host cuts its
//! blocks changes nothing.
//!
//! What a processor decides from time to time (a coefficient, where something heads) it decides at a point: where [`Piece::point`] is
//! some. It keeps that until the next point and starts from it there; after a jump, the point off the multiples is one too, and the
//! next comes at the next multiple. What moves by itself (an LFO, a sweep) is worked out from the song's position at a point, not counted.

use std::ops::Range;

use super::{MAX_FRAMES, node::Io};
use crate::dsp;
pub use crate::dsp::Move;

/// Song frames between two points of the grid.
pub const GRID: usize = dsp::Cell::LEN as usize;
/// Most points in a block: one where a jump begins it, and those of the grid.
pub const MAX_POINTS: usize = MAX_FRAMES / GRID + 1;

/// The points of one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    frames: usize,
    /// Frames from the last point of the grid to the block's first frame.
    into: usize,
    fresh: bool,
}

impl Points {
    /// The points of a block of `frames` frames whose first one lies `into` frames behind a multiple of [`GRID`]; where it is
    /// `fresh`, the song starts, jumps or stops there, and that is a point as well.
    #[must_use]
    pub const fn new(frames: usize, into: usize, fresh: bool) -> Self {
        Self { frames, into: into % GRID, fresh }
    }

    /// Whether the block begins anew: what is followed has its value at once.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The block's first frame on a multiple of [`GRID`]; it may lie behind the block.
    const fn first(&self) -> usize {
        if self.into == 0 { 0 } else { GRID - self.into }
    }

    /// Whether the block begins with a point off the multiples.
    const fn jumps(&self) -> bool {
        self.fresh && self.into != 0 && self.frames > 0
    }

    /// The frame of point `k`; behind the last one, that of the next block's first multiple of [`GRID`].
    const fn frame(&self, k: usize) -> usize {
        match (self.jumps(), k) {
            (true, 0) => 0,
            (jumps, k) => self.first() + (k - jumps as usize) * GRID,
        }
    }

    /// The frames of the points, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        let points = *self;
        (0..points.len()).map(move |k| points.frame(k))
    }

    /// How many points there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.frames.saturating_sub(self.first()).div_ceil(GRID) + self.jumps() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The block in one piece, without its points.
    #[must_use]
    pub const fn whole(&self) -> Piece {
        Piece { frames: 0..self.frames, point: None, at: self.into }
    }

    /// The frames from one point to the next, the block's edges included: which point begins them (none for what goes on from the
    /// block before), and how far their first frame lies behind a multiple of [`GRID`].
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + use<> {
        let points = *self;
        (0..points.pieces_len()).map(move |k| points.piece(k))
    }

    /// Whether the block goes on from the one before for some frames.
    const fn goes_on(&self) -> bool {
        self.is_empty() || self.frame(0) > 0
    }

    /// How many pieces the points make of the block.
    #[must_use]
    pub const fn pieces_len(&self) -> usize {
        self.len() + self.goes_on() as usize
    }

    /// Piece `k` of [`Self::pieces`].
    #[must_use]
    pub fn piece(&self, k: usize) -> Piece {
        let next = k + usize::from(!self.goes_on());
        let (point, begin) = match next.checked_sub(1) {
            Some(point) => (Some(point), self.frame(point)),
            None => (None, 0),
        };
        let end = if next < self.len() { self.frame(next) } else { self.frames };
        Piece { frames: begin..end, point, at: (self.into + begin) % GRID }
    }
}

/// What of a block lies between two points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its frames.
    pub frames: Range<usize>,
    /// The point that begins it, counted in the block; none where it began in the block before.
    pub point: Option<usize>,
    /// How far its first frame lies behind a multiple of [`GRID`].
    pub at: usize,
}

impl Piece {
    /// The share of its cell of the grid that lies before a frame of the block.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "at most 32")]
    pub fn share(&self, frame: usize) -> f64 {
        (self.at + frame.saturating_sub(self.frames.start)) as f64 / GRID as f64
    }
}

/// A number that a module makes: its value at each point of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Made {
    /// Values, as many as the block has points; further places are stale.
    pub points: [f64; MAX_POINTS],
}

/// A parameter that follows a number from point to point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driven {
    /// Its flat index.
    pub param: usize,
    /// Its values at the block's points.
    pub made: Made,
}

/// Parameters on their way from point to point: what a processor keeps to ramp over all that it is told, by hand, macro or link.
#[derive(Clone, Debug)]
pub struct Followed {
    moves: Box<[Move<f64>]>,
    started: bool,
}

impl Followed {
    /// Follows the first `count` parameters.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self { moves: vec![Move::still(0.0); count].into_boxed_slice(), started: false }
    }

    /// Takes up new values at once with the next block.
    pub const fn reset(&mut self) {
        self.started = false;
    }

    /// The ways of the parameters over the cell of the grid that was reached last.
    #[must_use]
    pub fn moves(&self) -> &[Move<f64>] {
        &self.moves
    }

    /// Lets every parameter stand at the end of its way.
    pub fn hold(&mut self) {
        self.moves.iter_mut().for_each(|way| *way = Move::still(way.to));
    }

    /// Goes through the pieces of a block: `render` is given each with the ways of all parameters over its cell of the grid.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn pieces(&mut self, io: &mut Io<'_>, mut render: impl FnMut(&mut Io<'_>, &Piece, &[Move<f64>])) {
        let points = io.block.points;
        for piece in points.pieces() {
            if let Some(point) = piece.point {
                io.arrive(point);
            }
            let anew = !self.started || (points.is_fresh() && piece.frames.start == 0);
            if anew || piece.point.is_some() {
                for (way, now) in self.moves.iter_mut().zip(io.params.iter()) {
                    *way = if anew { Move::still(*now) } else { Move { from: way.to, to: *now } };
                }
                self.started = true;
            }
            render(io, &piece, &self.moves);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(frames: usize, into: usize, fresh: bool) -> Vec<usize> {
        Points::new(frames, into, fresh).iter().collect()
    }

    #[test]
    fn points_lie_on_the_grid_and_where_the_song_jumps() {
        assert_eq!(points(64, 0, false), [0, 32]);
        assert_eq!(points(64, 0, true), [0, 32]);
        assert_eq!(points(64, 5, false), [27, 59]);
        assert_eq!(points(64, 5, true), [0, 27, 59]);
        assert_eq!(points(10, 5, false), [0; 0]);
        assert_eq!(Points::new(512, 1, true).len(), MAX_POINTS);
    }

    #[test]
    fn pieces_cover_the_block() {
        for (frames, into, fresh) in [(64, 0, false), (64, 5, false), (64, 5, true), (10, 5, false), (1, 31, true), (512, 17, false)] {
            let pieces: Vec<Piece> = Points::new(frames, into, fresh).pieces().collect();
            assert_eq!(pieces.iter().flat_map(|piece| piece.frames.clone()).collect::<Vec<_>>(), (0..frames).collect::<Vec<_>>());
            for piece in &pieces {
                assert_eq!(piece.at, (into + piece.frames.start) % GRID);
                assert!(!piece.frames.is_empty());
            }
            assert_eq!(pieces.iter().filter(|piece| piece.point.is_some()).count(), Points::new(frames, into, fresh).len());
        }
    }
}
