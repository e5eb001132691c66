//! Ramps of fixed length that keep a change of level from clicking.

/// Frames a change of level takes.
pub const RAMP_FRAMES: u32 = 64;

/// A pair of levels (left, right) that follows its target in [`RAMP_FRAMES`] frames.
///
/// Everything is counted from the clock, so that where blocks are cut never changes a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    from: [f32; 2],
    step: [f32; 2],
    to: [f32; 2],
    start: u64,
}

/// A ramp's values from one frame on: frame `k` has `from + step · (at + k)`, for `frames` frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RampPiece {
    /// Level at the ramp's start.
    pub from: [f32; 2],
    /// Change for each frame.
    pub step: [f32; 2],
    /// Frames since the ramp's start.
    pub at: u32,
    /// Frames for which this holds.
    pub frames: usize,
}

impl Ramp {
    /// A pair that stands at `to`.
    #[must_use]
    pub const fn still(to: [f32; 2]) -> Self {
        Self { from: to, step: [0.0; 2], to, start: 0 }
    }

    /// Where it leads.
    #[must_use]
    pub const fn target(&self) -> [f32; 2] {
        self.to
    }

    /// Heads for `to` from the value at `clock` on; does nothing where it already heads there.
    #[allow(clippy::cast_precision_loss, reason = "64 is exact")]
    pub fn head_for(&mut self, to: [f32; 2], clock: u64) {
        if to == self.to {
            return;
        }
        let from = self.value(clock);
        let share = 1.0 / RAMP_FRAMES as f32;
        *self = Self { from, step: [(to[0] - from[0]) * share, (to[1] - from[1]) * share], to, start: clock };
    }

    /// Whether it stands at its target at `clock`.
    #[must_use]
    pub fn is_still(&self, clock: u64) -> bool {
        self.step == [0.0; 2] || clock.saturating_sub(self.start) >= u64::from(RAMP_FRAMES)
    }

    /// Whether it is and stays at zero from `clock` on.
    #[must_use]
    pub fn is_zero(&self, clock: u64) -> bool {
        self.to == [0.0; 2] && self.is_still(clock)
    }

    /// The pair at `clock`.
    #[must_use]
    pub fn value(&self, clock: u64) -> [f32; 2] {
        self.piece(clock).at(0)
    }

    /// The straight piece that begins at `clock`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "below RAMP_FRAMES")]
    pub fn piece(&self, clock: u64) -> RampPiece {
        if self.is_still(clock) {
            return RampPiece { from: self.to, step: [0.0; 2], at: 0, frames: usize::MAX };
        }
        let at = clock.saturating_sub(self.start) as u32;
        RampPiece { from: self.from, step: self.step, at, frames: (RAMP_FRAMES - at) as usize }
    }
}

impl RampPiece {
    /// Whether it is zero throughout.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.from == [0.0; 2] && self.step == [0.0; 2]
    }

    /// The pair `k` frames after the piece's beginning.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "frame counts within a ramp are small")]
    pub fn at(&self, k: usize) -> [f32; 2] {
        let k = (self.at as usize + k) as f32;
        [self.from[0] + self.step[0] * k, self.from[1] + self.step[1] * k]
    }
}

/// Gains of the left and right channel for a pan of −1 to 1: equal power, 1 at the centre, √2 and 0 at the sides.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "a gain needs no more than single precision")]
pub fn pan_gains(pan: f32) -> [f32; 2] {
    if pan == 0.0 {
        return [1.0; 2];
    }
    if pan >= 1.0 {
        return [0.0, std::f32::consts::SQRT_2];
    }
    if pan <= -1.0 {
        return [std::f32::consts::SQRT_2, 0.0];
    }
    let (sin, cos) = ((f64::from(pan) + 1.0) * std::f64::consts::FRAC_PI_4).sin_cos();
    [(cos * std::f64::consts::SQRT_2) as f32, (sin * std::f64::consts::SQRT_2) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_lasts_its_frames_from_where_it_was() {
        let mut ramp = Ramp::still([1.0, 0.0]);
        ramp.head_for([0.0, 1.0], 1000);
        assert_eq!(ramp.value(1000), [1.0, 0.0]);
        assert_eq!(ramp.value(1032), [0.5, 0.5]);
        ramp.head_for([0.0, 0.0], 1032);
        assert_eq!(ramp.value(1032), [0.5, 0.5]);
        assert!(!ramp.is_zero(1095) && ramp.is_zero(1096));
    }

    #[test]
    fn pan_keeps_the_power_and_the_centre_is_exact() {
        assert_eq!(pan_gains(0.0), [1.0, 1.0]);
        for pan in [-1.0_f32, -0.7, -0.1, 0.3, 0.99, 1.0] {
            let [left, right] = pan_gains(pan);
            assert!((left * left + right * right - 2.0).abs() < 1e-5, "{pan}: {left} {right}");
        }
    }
}
