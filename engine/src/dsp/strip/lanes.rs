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

/// Most frames that lanes are rendered in at once.
pub const MOST: usize = super::super::Cell::LEN as usize;

/// Up to 32 frames of each lane, one lane after the other.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub struct Rows(pub [[f32; MOST]; LANES]);

impl Default for Rows {
    fn default() -> Self {
        Self([[0.0; MOST]; LANES])
    }
}

impl Rows {
    /// The same, one frame after the other.
    #[inline(always)]
    pub(super) fn frames(&self, frames: &mut [Lanes; MOST]) {
        for eight in (0..MOST).step_by(LANES) {
            for frame in 0..LANES {
                let lanes = &mut frames[eight + frame].0;
                for lane in 0..LANES {
                    lanes[lane] = self.0[lane][eight + frame];
                }
            }
        }
    }

    /// Takes back what [`Self::frames`] gave.
    #[inline(always)]
    pub(super) fn take(&mut self, frames: &[Lanes; MOST]) {
        for eight in (0..MOST).step_by(LANES) {
            for lane in 0..LANES {
                let row = &mut self.0[lane];
                for frame in 0..LANES {
                    row[eight + frame] = frames[eight + frame].0[lane];
                }
            }
        }
    }
}

/// Which lanes something counts for, as bits that are all set or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask([u32; LANES]);

impl Mask {
    /// One lane's.
    pub(super) fn of(lane: usize) -> Self {
        let mut mask = Self::default();
        mask.set(lane, true);
        mask
    }

    pub(super) fn set(&mut self, lane: usize, is_set: bool) {
        self.0[lane] = if is_set { u32::MAX } else { 0 };
    }

    pub(super) const fn has(&self, lane: usize) -> bool {
        self.0[lane] != 0
    }

    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|bits| *bits != 0)
    }

    /// Lanes that it is set for.
    pub(super) fn lanes(&self) -> impl Iterator<Item = usize> + use<> {
        let bits = self.0;
        (0..LANES).filter(move |lane| bits[*lane] != 0)
    }

    /// Lanes that both are set for.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|l| self.0[l] & other.0[l]))
    }

    /// `yes` where it is set, else `no`.
    #[inline(always)]
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
    /// Where its next ways lead.
    pub(super) goal: Lanes,
}

impl Way {
    /// Stands at a value.
    pub(super) fn put(&mut self, lane: usize, value: f32) {
        (self.now.0[lane], self.step.0[lane], self.to.0[lane]) = (value, 0.0, value);
    }

    /// Some lanes arrive at a point.
    #[inline(always)]
    pub(super) fn arrive(&mut self, which: &Mask) {
        self.now = which.choose(&self.to, &self.now);
        self.step = which.choose(&Lanes::default(), &self.step);
    }

    /// Leads some lanes from where they are to their goal within so many frames.
    #[inline(always)]
    pub(super) fn aim(&mut self, which: &Mask, frames: u32) {
        let frames = frames.max(1) as f32;
        let mut step = Lanes::default();
        for l in 0..LANES {
            step.0[l] = (self.goal.0[l] - self.now.0[l]) / frames;
        }
        self.to = which.choose(&self.goal, &self.to);
        self.step = which.choose(&step, &self.step);
    }

    /// Multiplies the samples of a lane, and moves it on.
    #[inline(always)]
    pub(super) fn scale(&mut self, lane: usize, row: &mut [f32]) {
        let (mut now, step) = (self.now.0[lane], self.step.0[lane]);
        if step == 0.0 {
            row.iter_mut().for_each(|sample| *sample *= now);
            return;
        }
        for sample in row {
            *sample *= now;
            now += step;
        }
        self.now.0[lane] = now;
    }

    pub(super) fn is_still(&self) -> bool {
        self.step.0.iter().all(|step| *step == 0.0)
    }

    #[inline(always)]
    pub(super) fn next(&mut self) {
        for (now, step) in self.now.0.iter_mut().zip(&self.step.0) {
            *now += step;
        }
    }
}
