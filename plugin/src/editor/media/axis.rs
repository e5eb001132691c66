//! The part of a medium that is seen, and how wheel and hand change it.

/// A stretch of a medium, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Where the view begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

impl Axis {
    /// All of a medium.
    #[must_use]
    pub fn whole(secs: f64) -> Self {
        Self { from: 0.0, to: secs.max(1e-6) }
    }

    /// Seconds that are seen.
    #[must_use]
    pub fn span(self) -> f64 {
        self.to - self.from
    }

    /// The moment at a share of the view.
    #[must_use]
    pub fn at(self, share: f64) -> f64 {
        self.from + self.span() * share
    }

    /// The share of the view at which a moment lies; outside 0 to 1 where it is not seen.
    #[must_use]
    pub fn share(self, secs: f64) -> f64 {
        (secs - self.from) / self.span()
    }

    /// The view of `factor` times the length in which the moment at `share` stays where it is; `least` seconds at
    /// least, never beyond the medium's `secs`.
    #[must_use]
    pub fn zoomed(self, share: f64, factor: f64, secs: f64, least: f64) -> Self {
        let span = (self.span() * factor).max(least).min(secs.max(least));
        let from = self.at(share) - span * share;
        Self { from, to: from + span }.within(secs)
    }

    /// The view moved by some seconds, as far as the medium goes.
    #[must_use]
    pub fn moved(self, by: f64, secs: f64) -> Self {
        Self { from: self.from + by, to: self.to + by }.within(secs)
    }

    fn within(self, secs: f64) -> Self {
        let from = self.from.min(secs - self.span()).max(0.0);
        Self { from, to: from + self.span() }
    }

    /// The distance of marks of which at most `count` are seen: 1, 2 or 5 times a power of ten.
    #[must_use]
    pub fn step(self, count: f64) -> f64 {
        let rough = self.span() / count.max(1.0);
        let power = 10f64.powf(rough.log10().floor());
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999).unwrap_or(rough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_under_the_pointer_stays_there_down_to_single_frames_and_back() {
        let frame = 1.0 / 48_000.0;
        let (secs, share) = (10.0, 0.3);
        let mut axis = Axis::whole(secs);
        let moment = axis.at(share);
        for _ in 0..200 {
            axis = axis.zoomed(share, 0.8, secs, 8.0 * frame);
            assert!((axis.at(share) - moment).abs() < frame, "{axis:?}");
        }
        assert!((axis.span() - 8.0 * frame).abs() < 1e-9, "{axis:?}");
        for _ in 0..200 {
            axis = axis.zoomed(share, 1.25, secs, 8.0 * frame);
            assert!(axis.from >= 0.0 && axis.to <= secs + 1e-9, "{axis:?}");
        }
        assert!((axis.span() - secs).abs() < 1e-9);
    }

    #[test]
    fn the_hand_moves_no_further_than_the_medium_goes() {
        let axis = Axis { from: 2.0, to: 3.0 };
        for (by, from) in [(1.0, 3.0), (-5.0, 0.0), (50.0, 9.0)] {
            assert!((axis.moved(by, 10.0).from - from).abs() < 1e-9, "{by}");
        }
    }

    #[test]
    fn marks_stand_at_round_numbers() {
        for (span, count, step) in [(10.0, 5.0, 2.0), (1.0, 7.0, 0.2), (0.003, 4.0, 0.001), (100.0, 3.0, 50.0)] {
            assert!((Axis { from: 0.0, to: span }.step(count) - step).abs() < 1e-9, "{span} in {count}");
        }
    }
}
