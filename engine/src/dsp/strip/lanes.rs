//! Eight lanes of numbers, and how they move from one point of the grid to the next.

/// Voices that are rendered side by side.
pub const LANES: usize = 8;

/// One number for each lane.
///
/// What is computed over them does the same operations in the same order on each lane, whatever the width of the processor's
/// registers, so that results are the same everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub struct Lanes(pub [f32; LANES]);

/// Which lanes something counts for, as bits that are all set or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask([u32; LANES]);

impl Mask {
    pub(super) fn set(&mut self, lane: usize, is_set: bool) {
        self.0[lane] = if is_set { u32::MAX } else { 0 };
    }

    pub(super) const fn has(&self, lane: usize) -> bool {
        self.0[lane] != 0
    }

    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|bits| *bits != 0)
    }

    /// `yes` where it is set, else `no`.
    #[inline]
    pub(super) fn choose(&self, yes: &Lanes, no: &Lanes) -> Lanes {
        Lanes(std::array::from_fn(|l| f32::from_bits(yes.0[l].to_bits() & self.0[l] | no.0[l].to_bits() & !self.0[l])))
    }
}

/// A number of each lane on its straight way to the next point.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) now: Lanes,
    pub(super) step: Lanes,
    to: Lanes,
}

impl Way {
    /// Stands at a value.
    pub(super) fn put(&mut self, lane: usize, value: f32) {
        (self.now.0[lane], self.step.0[lane], self.to.0[lane]) = (value, 0.0, value);
    }

    /// Arrives at a point.
    pub(super) fn arrive(&mut self, lane: usize) {
        (self.now.0[lane], self.step.0[lane]) = (self.to.0[lane], 0.0);
    }

    /// Leads from where it is to a value within so many frames.
    pub(super) fn aim(&mut self, lane: usize, to: f32, frames: u32) {
        self.to.0[lane] = to;
        self.step.0[lane] = (to - self.now.0[lane]) / frames.max(1) as f32;
    }

    pub(super) fn is_still(&self) -> bool {
        self.step.0.iter().all(|step| *step == 0.0)
    }

    #[inline]
    pub(super) fn next(&mut self) {
        for (now, step) in self.now.0.iter_mut().zip(&self.step.0) {
            *now += step;
        }
    }
}
