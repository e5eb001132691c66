//! A phaser: all-pass stages that swing, added to what they are made of.
//!
//! First-order all-passes in topology-preserving form (Vadim Zavalishin, *The Art of VA Filter Design*, chapters 3 and 10). It is
//! written here because the crates' phasers run oscillators of their own (`fundsp`), and this one's phase is the song's.

use super::{
    CEILING, Cell, FLOOR, Kernel, Move, Piece, TAIL,
    lfo::{Wave, lfo},
    pair,
};

/// What the phaser needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaserParams {
    /// Phase of the swinging in cycles, from the song's position.
    pub phase: Move<f64>,
    /// Form of the swinging.
    pub wave: Wave,
    /// What makes the numbers of the random waves.
    pub seed: u32,
    /// Middle of the swinging in hertz.
    pub centre: Move,
    /// Octaves that it swings to each side, from 0 to 6.
    pub depth: Move,
    /// Share of the last stage that comes back, from −0.95 to 0.95.
    pub feedback: Move,
    /// Cycles between left and right, from 0 to 0.5.
    pub spread: Move,
    /// Number of stages: 2, 4, 6 … up to [`Phaser::STAGES`]; each pair makes a notch. A change is heard at once.
    pub stages: u32,
}

impl Default for PhaserParams {
    fn default() -> Self {
        Self {
            phase: Move::still(0.0),
            wave: Wave::Sine,
            seed: 0,
            centre: Move::still(800.0),
            depth: Move::still(1.5),
            feedback: Move::still(0.3),
            spread: Move::still(0.0),
            stages: 6,
        }
    }
}

/// All-pass stages, and half of the input.
#[derive(Clone, Debug)]
pub struct Phaser {
    rate: f32,
    states: [[f32; 2]; Self::STAGES],
    back: [f32; 2],
    /// Coefficients of both channels at the beginning of the cell, at its end, and after the last frame.
    from: Option<[f32; 2]>,
    to: [f32; 2],
    last: [f32; 2],
}

impl Phaser {
    /// Stages at most.
    pub const STAGES: usize = 12;

    /// A phaser at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        let (back, to, last) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        Self { rate: rate as f32, states: [[0.0; 2]; Self::STAGES], back, from: None, to, last }
    }

    /// Returns the share `g / (1 + g)` of both channels at one end of a cell.
    fn shares(&self, params: &PhaserParams, phase: f64, centre: f32, depth: f32, spread: f32) -> [f32; 2] {
        [phase, phase + f64::from(spread)].map(|phase| {
            let frequency = centre * (depth * lfo(params.wave, phase, params.seed)).exp2();
            let g = (std::f32::consts::PI * frequency.max(10.0).min(0.48 * self.rate) / self.rate).tan();
            g / (1.0 + g)
        })
    }

    /// Returns how the coefficients go through the cell: they begin where they ended, even if the song jumped.
    fn enter(&mut self, cell: Cell, params: &PhaserParams) -> [Move; 2] {
        let (centre, depth) = (params.centre.within(10.0, self.rate), params.depth.within(0.0, 6.0));
        let spread = params.spread.within(-1.0, 1.0);
        let from = match self.from {
            Some(from) if cell.at != 0 => from,
            Some(_) => self.last,
            None => self.shares(params, params.phase.from, centre.from, depth.from, spread.from),
        };
        if cell.at == 0 || self.from.is_none() {
            self.to = self.shares(params, params.phase.to, centre.to, depth.to, spread.to);
        }
        self.from = Some(from);
        std::array::from_fn(|c| Move { from: from[c], to: self.to[c] })
    }

    /// Zeroes a channel's states where all of them are small: one alone would be a push that never ends.
    fn settle(&mut self) {
        for c in 0..2 {
            let states = self.states.iter().map(|state| state[c]).chain([self.back[c]]);
            let most = states.fold(0.0, |most, x| if x.abs() <= most { most } else { x.abs() });
            if !(most > FLOOR && most < CEILING) {
                self.states.iter_mut().for_each(|state| state[c] = 0.0);
                self.back[c] = 0.0;
            }
        }
    }

    fn piece<const N: usize>(&mut self, piece: &Piece, ways: &[Move; 2], feedback: Move, left: &mut [f32], right: &mut [f32]) {
        let mut states: [[f32; 2]; N] = std::array::from_fn(|k| self.states[k]);
        for i in piece.start..piece.end {
            let share = piece.cell.share(i - piece.start);
            let (g, feedback) = (ways.map(|way| way.at(share)), feedback.at(share));
            let input = [left[i], right[i]];
            let mut x: [f32; 2] = std::array::from_fn(|c| input[c] + self.back[c] * feedback);
            for state in &mut states {
                for c in 0..2 {
                    let v = (x[c] - state[c]) * g[c];
                    let low = v + state[c];
                    state[c] = low + v;
                    x[c] = low + low - x[c];
                }
            }
            self.back = x;
            [left[i], right[i]] = std::array::from_fn(|c| 0.5 * (input[c] + x[c]));
        }
        self.states[..N].copy_from_slice(&states);
        self.states[N..].fill([0.0; 2]);
    }
}

impl Kernel for Phaser {
    type Params = PhaserParams;

    fn process(&mut self, cell: Cell, params: &PhaserParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let ways = self.enter(cell, params);
        let feedback = params.feedback.within(-0.95, 0.95);
        for piece in cell.pieces(left.len()) {
            if piece.is_step {
                self.settle();
            }
            match params.stages {
                0..=2 => self.piece::<2>(&piece, &ways, feedback, left, right),
                3..=4 => self.piece::<4>(&piece, &ways, feedback, left, right),
                5..=6 => self.piece::<6>(&piece, &ways, feedback, left, right),
                7..=8 => self.piece::<8>(&piece, &ways, feedback, left, right),
                9..=10 => self.piece::<10>(&piece, &ways, feedback, left, right),
                _ => self.piece::<12>(&piece, &ways, feedback, left, right),
            }
        }
        self.last = ways.map(|way| way.at(cell.share(left.len())));
    }

    fn reset(&mut self) {
        *self = Self::new(f64::from(self.rate));
    }

    fn tail_frames(&self, params: &PhaserParams) -> u64 {
        let (centre, depth) = (params.centre.within(10.0, self.rate).to, params.depth.within(0.0, 6.0).to);
        let bent = |octaves: f32| {
            let frequency = (centre * octaves.exp2()).max(10.0).min(0.48 * self.rate);
            (std::f64::consts::PI * f64::from(frequency / self.rate)).tan()
        };
        // Frames by which a stage delays the lowest or the highest tones at most.
        let late = (1.0 / bent(-depth)).max(bent(depth)).max(1.0);
        let stages = f64::from(params.stages.clamp(2, Self::STAGES as u32));
        let feedback = f64::from(params.feedback.within(-0.95, 0.95).to.abs());
        let nepers = (stages * 8.0 / TAIL).ln();
        let stage = nepers * (1.0 + stages / 4.0) * late * 0.7;
        let round = if feedback > 0.0 { nepers / -feedback.ln() * stages * late } else { 0.0 };
        (stage + round) as u64 + 64
    }

    fn is_silent(&self) -> bool {
        self.back == [0.0; 2] && self.states.iter().all(|state| *state == [0.0; 2])
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, gain, holds, impulse, jump, render, sine};
    use super::*;

    fn still(stages: u32) -> PhaserParams {
        PhaserParams { depth: 0.0.into(), feedback: 0.0.into(), centre: 1000.0.into(), stages, ..PhaserParams::default() }
    }

    #[test]
    fn notches_lie_where_the_stages_turn_the_phase_by_half() {
        // Each stage turns by 2·atan(w): n of them by an odd multiple of π at w = tan(π·(2k + 1)/(2n)).
        for stages in [2, 4, 6, 12] {
            let (left, _) = impulse(&mut Phaser::new(RATE), |_| still(stages), 48_000);
            for k in 0..stages / 2 {
                let w = (std::f64::consts::PI * f64::from(2 * k + 1) / f64::from(2 * stages)).tan();
                let bent = (w * (std::f64::consts::PI * 1000.0 / RATE).tan()).atan() * RATE / std::f64::consts::PI;
                assert!(gain(&left, bent, RATE) < -50.0, "{stages} stages at {bent}: {}", gain(&left, bent, RATE));
            }
            assert!(gain(&left, 1.0, RATE).abs() < 0.1 && gain(&left, 23_990.0, RATE).abs() < 0.1);
        }
    }

    #[test]
    fn the_centre_follows_the_phase() {
        let params = |phase: f64| PhaserParams { phase: phase.into(), depth: 1.0.into(), ..still(2) };
        for (phase, centre) in [(0.0, 1000.0), (0.25, 2000.0), (0.75, 500.0)] {
            let (left, _) = impulse(&mut Phaser::new(RATE), |_| params(phase), 48_000);
            assert!(gain(&left, centre, RATE) < -50.0);
        }
    }

    #[test]
    fn a_jump_of_the_song_does_not_click() {
        let input = sine(20_000, 200.0, RATE);
        let params = |cell: u64| PhaserParams { phase: ((cell / 50) as f64 * 0.3).into(), centre: 400.0.into(), ..PhaserParams::default() };
        let (left, _) = render(&mut Phaser::new(RATE), params, &input, &input);
        assert!(jump(&left) < 0.1, "{}", jump(&left));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Phaser::new(RATE),
            |s, cell| PhaserParams {
                phase: Move { from: f64::from(s[0]) * cell as f64, to: f64::from(s[0]) * (cell + 1) as f64 },
                wave: Wave::ALL[(s[1] * 5.9) as usize],
                seed: 5,
                centre: (20.0 + s[2] * 10_000.0).into(),
                depth: (s[3] * 6.0).into(),
                feedback: if cell == 0 { (s[4] * 2.0 - 1.0).into() } else { Move { from: s[4], to: -s[5] } },
                spread: s[6].into(),
                stages: (s[7] * 12.0) as u32,
            },
        );
    }
}
