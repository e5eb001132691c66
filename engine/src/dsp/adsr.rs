//! Envelopes, as functions of the frames since their trigger and release.

/// An envelope of four parts; times are in frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adsr {
    /// Frames from the trigger to the peak, which is 1.
    pub attack: f64,
    /// Frames from the peak to the sustained level.
    pub decay: f64,
    /// Level that is held until the release.
    pub sustain: f32,
    /// Frames from the release to 0.
    pub release: f64,
    /// Form of the parts, as in [`Point::bend`].
    pub bend: f32,
}

/// How long ago an envelope was triggered and released.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Frames since the trigger.
    pub since: f64,
    /// Frames between the trigger and the release, once it has been.
    pub held: Option<f64>,
    /// The level at the trigger, from which the attack starts: 0, or what an envelope under way had reached.
    pub start: f32,
}

impl Adsr {
    /// Returns the level between 0 and 1.
    #[must_use]
    pub fn level(&self, gate: Gate) -> f32 {
        match gate.held {
            Some(held) if gate.since >= held => {
                let from = self.held(held, gate.start);
                bent(from, 0.0, share(gate.since - held, self.release), self.bend)
            }
            _ => self.held(gate.since, gate.start),
        }
    }

    /// Returns whether nothing but 0 is to come.
    #[must_use]
    pub fn is_over(&self, gate: Gate) -> bool {
        gate.held.is_some_and(|held| gate.since - held >= self.release.max(0.0))
    }

    fn held(&self, since: f64, start: f32) -> f32 {
        let sustain = self.sustain.clamp(0.0, 1.0);
        if since < self.attack {
            bent(start, 1.0, share(since, self.attack), self.bend)
        } else {
            bent(1.0, sustain, share(since - self.attack, self.decay), self.bend)
        }
    }
}

/// A point of an envelope that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Frames since the trigger; no less than the point before.
    pub frame: f64,
    /// The level there.
    pub level: f32,
    /// Form of the way to the next point, from −1 to 1: 0 is a straight line, above it most of the way comes first (as a
    /// capacitor loads), below it last.
    pub bend: f32,
}

/// Returns the level of an envelope that is drawn as points in the order of their frames.
///
/// Where `hold` names a point, its level is held there until the release, from which the envelope goes on; an envelope released
/// before goes from the level it had reached to the points after the held one. Without it the envelope runs through. Before
/// the first point its level counts, after the last one that one's.
#[must_use]
pub fn drawn(points: &[Point], hold: Option<usize>, gate: Gate) -> f32 {
    let Some(hold) = hold.filter(|hold| *hold < points.len()) else { return along(points, gate.since) };
    let (before, after) = (&points[..=hold], &points[hold..]);
    match gate.held {
        Some(held) if gate.since >= held => {
            let from = Point { level: along(before, held), ..after[0] };
            let frame = from.frame + (gate.since - held);
            match after.get(1) {
                Some(next) if frame < next.frame => between(&from, next, frame),
                Some(_) => along(&after[1..], frame),
                None => from.level,
            }
        }
        _ => along(before, gate.since),
    }
}

fn along(points: &[Point], frame: f64) -> f32 {
    let next = points.partition_point(|point| point.frame <= frame);
    match (next.checked_sub(1).and_then(|last| points.get(last)), points.get(next)) {
        (Some(from), Some(to)) => between(from, to, frame),
        (Some(only), None) | (None, Some(only)) => only.level,
        (None, None) => 0.0,
    }
}

fn between(from: &Point, to: &Point, frame: f64) -> f32 {
    bent(from.level, to.level, share(frame - from.frame, to.frame - from.frame), from.bend)
}

fn share(frames: f64, whole: f64) -> f32 {
    if whole > 0.0 { (frames / whole).clamp(0.0, 1.0) as f32 } else { 1.0 }
}

/// Returns the value at a share of a bent way: `(1 − e^(−c·t)) / (1 − e^(−c))` with `c` up to 6 at a bend of 1.
fn bent(from: f32, to: f32, share: f32, bend: f32) -> f32 {
    let c = bend.max(-1.0).min(1.0) * 6.0;
    let share = if c.abs() < 1e-3 { share } else { (-c * share).exp_m1() / (-c).exp_m1() };
    from * (1.0 - share) + to * share
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: Adsr = Adsr { attack: 100.0, decay: 200.0, sustain: 0.5, release: 400.0, bend: 0.0 };

    fn level(envelope: Adsr, since: f64, held: Option<f64>) -> f32 {
        envelope.level(Gate { since, held, start: 0.0 })
    }

    #[test]
    fn an_envelope_goes_through_its_parts() {
        let at = |since| level(ENVELOPE, since, Some(1000.0));
        assert_eq!([0.0, 50.0, 100.0, 200.0, 300.0, 999.0].map(at), [0.0, 0.5, 1.0, 0.75, 0.5, 0.5]);
        assert_eq!([1000.0, 1200.0, 1400.0, 5000.0].map(at), [0.5, 0.25, 0.0, 0.0]);
        assert_eq!(level(ENVELOPE, 5000.0, None), 0.5);
        assert!(ENVELOPE.is_over(Gate { since: 1400.0, held: Some(1000.0), start: 0.0 }));
        assert!(!ENVELOPE.is_over(Gate { since: 1399.0, held: Some(1000.0), start: 0.0 }));
    }

    #[test]
    fn a_release_within_the_attack_falls_from_there() {
        assert_eq!(level(ENVELOPE, 50.0, Some(50.0)), 0.5);
        assert_eq!(level(ENVELOPE, 250.0, Some(50.0)), 0.25);
    }

    #[test]
    fn a_retrigger_starts_where_it_was() {
        assert_eq!(ENVELOPE.level(Gate { since: 0.0, held: None, start: 0.8 }), 0.8);
        assert_eq!(ENVELOPE.level(Gate { since: 100.0, held: None, start: 0.8 }), 1.0);
    }

    #[test]
    fn parts_without_a_time_are_jumps() {
        let click = Adsr { attack: 0.0, decay: 0.0, sustain: 0.3, release: 0.0, bend: 0.7 };
        assert_eq!(level(click, 0.0, None), 0.3);
        assert_eq!(level(click, 10.0, Some(10.0)), 0.0);
    }

    #[test]
    fn a_bend_keeps_the_ends() {
        for bend in [-1.0, -0.3, 0.3, 1.0, f32::NAN] {
            assert_eq!((bent(0.2, 0.9, 0.0, bend), bent(0.2, 0.9, 1.0, bend)), (0.2, 0.9));
        }
        assert!(bent(0.0, 1.0, 0.5, 1.0) > 0.9 && bent(0.0, 1.0, 0.5, -1.0) < 0.1);
    }

    #[test]
    fn a_drawn_envelope_holds_and_goes_on() {
        let point = |frame, level| Point { frame, level, bend: 0.0 };
        let points = [point(0.0, 0.0), point(100.0, 1.0), point(200.0, 0.5), point(300.0, 0.0)];
        let at = |hold, since, held| drawn(&points, hold, Gate { since, held, start: 0.0 });
        assert_eq!([0.0, 50.0, 150.0, 250.0, 900.0].map(|f| at(None, f, None)), [0.0, 0.5, 0.75, 0.25, 0.0]);
        assert_eq!([150.0, 200.0, 5000.0].map(|f| at(Some(2), f, None)), [0.75, 0.5, 0.5]);
        assert_eq!([5000.0, 5050.0, 5100.0, 9000.0].map(|f| at(Some(2), f, Some(5000.0))), [0.5, 0.25, 0.0, 0.0]);
        assert_eq!([50.0, 100.0, 150.0].map(|f| at(Some(2), f, Some(50.0))), [0.5, 0.25, 0.0]);
        assert_eq!(drawn(&[], Some(0), Gate { since: 1.0, held: None, start: 0.0 }), 0.0);
    }
}
