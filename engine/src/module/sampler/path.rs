//! A voice's way through its medium, in fixed point: exact after any number of frames.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions are fixed-point numbers below 2^62"
)]

use super::kernel::ONE;

/// Longest medium that is played, in frames; what lies behind is not heard.
pub const MAX_LENGTH: i64 = 1 << 30;
/// Frames left of a path that has no end.
pub const ENDLESS: u64 = u64::MAX;

/// Where a path runs within its medium: what may change while a voice is on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Beginning of the region as a share of the medium.
    pub region_start: f64,
    /// End of the region as a share of the medium.
    pub region_end: f64,
    /// Start as a share of the region, counted from where playing begins: in reverse from its end.
    pub position: f64,
    /// Whether it loops.
    pub looping: bool,
    /// Length of the loop from the start on, in [`ONE`]s; 0 for that of the region.
    pub grain: i64,
    /// Where the region's loop begins and ends, as shares of the medium; what of the region lies before it is played once.
    pub inner: (f64, f64),
    /// Whether it leaves its loop when its event ends, and plays on to the region's end.
    pub leaves: bool,
}

/// A medium as paths see it.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Its length in [`ONE`]s; 0 for a still.
    pub length: i64,
    /// Whether edges and start lie on whole frames: then media with sound plays back bit for bit at speed 1.
    pub whole: bool,
}

/// Edges of a shape in its extent.
struct Edges {
    /// The region's.
    region: (i64, i64),
    /// Those of what is played: the region's, its loop's, or the grain's.
    played: (i64, i64),
    /// Where a path begins that goes forwards.
    first: i64,
}

impl Extent {
    fn edges(&self, shape: &Shape) -> Edges {
        let length = self.length.clamp(ONE, MAX_LENGTH * ONE);
        let snap = |pos: f64| if self.whole { ((pos / ONE as f64).round() as i64) * ONE } else { pos.round() as i64 };
        let start = snap(shape.region_start * length as f64).clamp(0, length - ONE);
        let end = snap(shape.region_end * length as f64).clamp(start + ONE, length);
        let first = start + snap(shape.position * (end - start) as f64).clamp(0, end - start - ONE);
        let grain = first.saturating_add(snap(shape.grain as f64).max(ONE)).min(end);
        let played = match (shape.looping, shape.grain > 0) {
            (true, true) => (first, grain),
            (true, false) => {
                let begin = snap(shape.inner.0 * length as f64).clamp(start, end - ONE);
                (begin, snap(shape.inner.1 * length as f64).clamp(begin + ONE, end))
            }
            (false, _) => (start, end),
        };
        Edges { region: (start, end), played, first }
    }
}

/// What a path does when its shape changes under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It goes on where it is.
    On,
    /// It was outside of what is played now, and goes on inside.
    Jump,
    /// What is played now lies behind it.
    End,
}

/// A way through a medium. Positions are in [`ONE`]s of a media frame.
#[derive(Clone, Copy, Debug)]
pub struct Path {
    /// Position at this frame.
    pub pos: i64,
    /// Change for each frame.
    pub inc: i64,
    /// First position of the region or loop.
    pub start: i64,
    /// First position after the region or loop.
    pub end: i64,
    /// The region around it.
    pub region: (i64, i64),
    /// Whether it loops.
    pub looping: bool,
    /// Whether it has not come around its loop yet: what lies before the loop belongs to its way.
    pub fresh: bool,
    /// Frames left, this one included; [`ENDLESS`] where it does not end by itself.
    pub remaining: u64,
}

impl Path {
    /// The path at its first frame, with `inc` a frame; it goes on from `resume` where that lies in the region. A medium
    /// without length (a still) stands at 0 for ever.
    #[must_use]
    pub fn new(extent: &Extent, shape: &Shape, inc: i64, resume: Option<i64>) -> Self {
        if extent.length <= 0 {
            return Self { pos: 0, inc: 0, start: 0, end: 0, region: (0, 0), looping: false, fresh: false, remaining: ENDLESS };
        }
        let Edges { region, played: (start, end), first } = extent.edges(shape);
        let fresh = shape.looping && shape.grain == 0 && (start, end) != region;
        let mut path = Self { pos: first, inc, start, end, region, looping: shape.looping, fresh, remaining: ENDLESS };
        let (low, high) = if fresh { region } else { (start, end) };
        match resume {
            Some(pos) if (region.0..region.1).contains(&pos) => path.pos = pos,
            _ if inc < 0 => path.pos = low + high - ONE - first,
            _ => {}
        }
        path.come_around();
        path.count();
        path
    }

    /// Whether it is on its way to its loop.
    const fn is_before_loop(&self) -> bool {
        self.looping && self.fresh && if self.inc < 0 { self.pos >= self.end } else { self.pos < self.start }
    }

    /// Leaves its loop, and goes on to the end of the region.
    pub fn leave_loop(&mut self) {
        if self.looping {
            (self.start, self.end) = self.region;
            (self.looping, self.fresh) = (false, false);
            self.count();
        }
    }

    /// Continues in another shape, which has a region of its own. A path inside of the new region goes on from its position. Outside of it, a
    /// loop wraps into the region; any other path jumps to the region's beginning where it has not reached it, and stays as it was where it
    /// has passed it.
    pub fn reshape(&mut self, extent: &Extent, shape: &Shape) -> Turn {
        if self.end <= self.start {
            return Turn::On;
        }
        let Edges { region, played: (start, end), .. } = extent.edges(shape);
        let fresh = shape.looping && shape.grain == 0 && (start, end) != region && (self.fresh || !self.looping);
        let mut path = Self { start, end, region, looping: shape.looping, fresh, ..*self };
        if path.is_before_loop() && (region.0..region.1).contains(&path.pos) {
            path.count();
            *self = path;
            return Turn::On;
        }
        let (behind, beyond) = (if shape.looping { path.pos < start } else { path.pos <= start - ONE }, path.pos >= end);
        let turn = match (behind, beyond) {
            (false, false) => Turn::On,
            _ if shape.looping => {
                (path.pos, path.fresh) = (start + (path.pos - start).rem_euclid(end - start), false);
                Turn::Jump
            }
            (true, _) if self.inc >= 0 => {
                path.pos = start;
                Turn::Jump
            }
            (_, true) if self.inc < 0 => {
                path.pos = end - ONE;
                Turn::Jump
            }
            _ => return Turn::End,
        };
        path.count();
        *self = path;
        turn
    }

    /// The same way without an end of its own.
    #[must_use]
    pub const fn endless(self) -> Self {
        Self { remaining: ENDLESS, ..self }
    }

    fn count(&mut self) {
        self.remaining = match (self.looping, self.inc) {
            (true, _) | (_, 0) => ENDLESS,
            (false, 1..) => frames_to_cover(self.end - self.pos, self.inc),
            (false, _) => frames_to_cover(self.pos - (self.start - ONE), self.inc.saturating_neg()),
        };
    }

    /// Plays on at another speed. A still stands.
    pub fn set_speed(&mut self, inc: i64) {
        if inc != self.inc && self.end > self.start {
            let was_before = self.is_before_loop();
            self.inc = inc;
            // Turned around before it reached its loop, it has none in front of it.
            if was_before && !self.is_before_loop() {
                self.leave_loop();
            }
            self.count();
        }
    }

    /// Moves on by `frames`, at most [`Self::remaining`].
    #[inline]
    pub fn advance(&mut self, frames: usize) {
        self.pos += self.inc * frames as i64;
        if self.looping {
            self.come_around();
        } else if self.remaining != ENDLESS {
            self.remaining -= frames as u64;
        }
    }

    /// Wraps a position that has left the loop into it.
    #[inline]
    fn come_around(&mut self) {
        if self.looping && (self.pos < self.start || self.pos >= self.end) && !self.is_before_loop() {
            self.pos = self.start + (self.pos - self.start).rem_euclid((self.end - self.start).max(1));
            self.fresh = false;
        }
    }

    /// The edges that positions around its own are read within; what lies beyond them is on the loop's other side.
    #[must_use]
    pub const fn seam(&self) -> (i64, i64) {
        match (self.looping, self.fresh, self.inc < 0) {
            (false, ..) => (i64::MIN, i64::MAX),
            (true, true, false) => (i64::MIN, self.end),
            (true, true, true) => (self.start, i64::MAX),
            (true, false, _) => (self.start, self.end),
        }
    }

    /// How many of the next `wanted` frames keep their position at `low` or above and below `high`.
    #[must_use]
    #[inline]
    pub fn frames_within(&self, low: i64, high: i64, wanted: usize) -> usize {
        if self.pos < low || self.pos >= high || wanted == 0 {
            return 0;
        }
        let last = self.pos + self.inc * (wanted as i64 - 1);
        if (low..high).contains(&last) {
            return wanted;
        }
        let count = if self.inc > 0 { frames_to_cover(high - self.pos, self.inc) } else { frames_to_cover(self.pos - low + 1, -self.inc) };
        (count as usize).min(wanted)
    }
}

/// Frames whose position lies within `way` at `inc` a frame, the one at its start included.
const fn frames_to_cover(way: i64, inc: i64) -> u64 {
    if way <= 0 { 0 } else { (way as u64).div_ceil(inc as u64) }
}
