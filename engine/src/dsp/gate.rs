//! A gate with hysteresis, hold and a side-chain.
//!
//! It is written here because no kept crate has one. The key's louder channel opens it at the threshold and keeps it open down
//! to the threshold less the hysteresis; the gain opens in a straight line and closes in an exponential.

use super::{Cell, Kernel, Move, Piece, compressor::Key, from_db, math::keeps, pair};

/// What the gate needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GateParams {
    /// Level in dBFS that opens the gate.
    pub threshold: Move,
    /// Decibels below the threshold down to which it stays open.
    pub hysteresis: Move,
    /// Seconds of the way from closed to open.
    pub attack: f32,
    /// Seconds that it stays open after the last frame that was loud enough; at least half the period of the lowest tone.
    pub hold: f32,
    /// Seconds in which it covers 1 − 1/e of its way down.
    pub release: f32,
    /// Level of the closed gate in decibels; below −90 it is silence.
    pub floor: Move,
}

impl Default for GateParams {
    fn default() -> Self {
        Self {
            threshold: Move::still(-40.0),
            hysteresis: Move::still(6.0),
            attack: 0.001,
            hold: 0.02,
            release: 0.1,
            floor: Move::still(-100.0),
        }
    }
}

/// Lets pass what is loud.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    rate: f32,
    /// How far it is open, from 0 to 1.
    open: f32,
    /// Frames for which it stays open.
    held: u32,
}

/// A gate's parameters as factors and frames.
struct Scaled {
    opens: Move,
    closes: Move,
    floor: Move,
    rise: f32,
    hold: u32,
    keeps: f32,
}

impl Gate {
    /// A closed gate at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate: rate as f32, open: 0.0, held: 0 }
    }

    /// Returns how far it is open after the last frame, from 0 to 1.
    #[must_use]
    pub const fn open(&self) -> f32 {
        self.open
    }

    /// Renders like [`Kernel::process`], with the levels of another sound: `key` holds its channels for the same frames.
    pub fn process_keyed(&mut self, cell: Cell, params: &GateParams, key: Key<'_>, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let frames = left.len().min(key.0.len()).min(key.1.len());
        let scaled = self.scaled(params);
        for piece in cell.pieces(frames) {
            self.enter(&piece);
            for i in piece.start..piece.end {
                let peak = key.0[i].abs().max(key.1[i].abs());
                let gain = self.gain(&scaled, cell.share(i), peak);
                left[i] *= gain;
                right[i] *= gain;
            }
        }
    }

    fn scaled(&self, params: &GateParams) -> Scaled {
        let (threshold, hysteresis) = (params.threshold.within(-120.0, 24.0), params.hysteresis.within(0.0, 60.0));
        let closes = Move { from: threshold.from - hysteresis.from, to: threshold.to - hysteresis.to };
        let frames = |seconds: f32| seconds.max(0.0).min(60.0) * self.rate;
        Scaled {
            opens: threshold.map(from_db),
            closes: closes.map(from_db),
            floor: params.floor.within(-120.0, 0.0).map(|db| if db < -90.0 { 0.0 } else { from_db(db) }),
            rise: 1.0 / frames(params.attack).max(1.0),
            hold: frames(params.hold) as u32,
            keeps: keeps(params.release, self.rate),
        }
    }

    fn enter(&mut self, piece: &Piece) {
        if piece.is_step && self.held == 0 && self.open < 1e-6 {
            self.open = 0.0;
        }
    }

    #[inline]
    fn gain(&mut self, params: &Scaled, share: f32, peak: f32) -> f32 {
        let is_open = self.held > 0;
        let bound = if is_open { params.closes.at(share) } else { params.opens.at(share) };
        if peak >= bound {
            self.held = params.hold + 1;
        } else {
            self.held = self.held.saturating_sub(1);
        }
        self.open = if self.held > 0 { (self.open + params.rise).min(1.0) } else { self.open * params.keeps };
        let floor = params.floor.at(share);
        floor + (1.0 - floor) * self.open
    }
}

impl Kernel for Gate {
    type Params = GateParams;

    fn process(&mut self, cell: Cell, params: &GateParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let scaled = self.scaled(params);
        for piece in cell.pieces(left.len()) {
            self.enter(&piece);
            for i in piece.start..piece.end {
                let peak = left[i].abs().max(right[i].abs());
                let gain = self.gain(&scaled, cell.share(i), peak);
                left[i] *= gain;
                right[i] *= gain;
            }
        }
    }

    fn reset(&mut self) {
        (self.open, self.held) = (0.0, 0);
    }

    fn tail_frames(&self, _params: &GateParams) -> u64 {
        0
    }

    fn is_silent(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, render, sine};
    use super::*;

    fn params() -> GateParams {
        GateParams { threshold: (-20.0).into(), hysteresis: 6.0.into(), attack: 0.001, hold: 0.01, release: 0.02, floor: (-100.0).into() }
    }

    fn run(gate: &mut Gate, params: GateParams, level: f32, frames: usize) -> Vec<f32> {
        let input = vec![from_db(level); frames];
        render(gate, |_| params, &input, &input).0
    }

    #[test]
    fn it_opens_at_the_threshold_and_closes_below_the_hysteresis() {
        let mut gate = Gate::new(RATE);
        run(&mut gate, params(), -20.1, 960);
        assert_eq!(gate.open(), 0.0);
        run(&mut gate, params(), -19.9, 960);
        assert_eq!(gate.open(), 1.0);
        run(&mut gate, params(), -25.9, 9600);
        assert_eq!(gate.open(), 1.0);
        run(&mut gate, params(), -26.1, 48_000);
        assert_eq!(gate.open(), 0.0);
    }

    #[test]
    fn attack_hold_and_release_take_their_times() {
        let mut gate = Gate::new(RATE);
        let loud = run(&mut gate, params(), 0.0, 960);
        assert!((loud[23] - 0.5).abs() < 1e-3 && loud[46] < 1.0 && loud[48] == 1.0);
        let soft = run(&mut gate, params(), -60.0, 4800);
        let level = from_db(-60.0);
        assert_eq!((soft[479], soft[480] < level), (level, true));
        assert!((soft[480 + 959] / level - 0.368).abs() < 0.001);
    }

    #[test]
    fn a_low_tone_does_not_chatter() {
        let tone: Vec<_> = sine(48_000, 50.0, RATE).iter().map(|x| x * 0.2).collect();
        let (left, _) = render(&mut Gate::new(RATE), |_| params(), &tone, &tone);
        assert_eq!(left[1000..], tone[1000..]);
    }

    #[test]
    fn the_floor_is_what_a_closed_gate_lets_pass() {
        let params = GateParams { floor: (-12.0).into(), ..params() };
        let out = run(&mut Gate::new(RATE), params, -40.0, 320);
        assert!((out[319] / from_db(-52.0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn the_key_opens_it() {
        let mut gate = Gate::new(RATE);
        let (mut left, mut right) = ([0.001; 96], [0.001; 96]);
        gate.process_keyed(Cell { frame: 0, at: 0, len: 96 }, &params(), (&[0.0; 96], &[1.0; 96]), &mut left, &mut right);
        assert_eq!((gate.open(), left[95]), (1.0, 0.001));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Gate::new(RATE),
            |s, _| GateParams {
                threshold: Move { from: -60.0 * s[0], to: -60.0 * s[1] },
                hysteresis: (12.0 * s[2]).into(),
                attack: s[3] * 0.1,
                hold: s[4] * 0.1,
                release: s[5] * 0.5,
                floor: Move { from: -120.0 * s[6], to: -120.0 * s[7] },
            },
        );
    }
}
