//! A level that swings, and a panorama that does.

use super::{
    Cell, Kernel, Move,
    lfo::{Wave, lfo},
    pair,
};

/// What the tremolo needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TremoloParams {
    /// Phase of the wave in cycles, from the song's position.
    pub phase: Move<f64>,
    /// Form of the wave; its values between the ends of a cell lie on a line, so that a square does not click.
    pub wave: Wave,
    /// What makes the numbers of the random waves.
    pub seed: u32,
    /// How far the level falls, from 0 to 1.
    pub depth: Move,
    /// How many cycles the right channel is ahead: 0.5 swings from side to side.
    pub spread: Move,
}

impl Default for TremoloParams {
    fn default() -> Self {
        Self { phase: Move::still(0.0), wave: Wave::Sine, seed: 0, depth: Move::still(0.5), spread: Move::still(0.0) }
    }
}

/// Swings the level between 1 and 1 − depth.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tremolo {
    /// Levels at the beginning of the cell and at its end.
    from: Option<[f32; 2]>,
    to: [f32; 2],
    /// Levels after the last frame, where the next cell begins even if the song jumped.
    last: [f32; 2],
}

impl Tremolo {
    /// A tremolo.
    #[must_use]
    pub const fn new(_rate: f64) -> Self {
        Self { from: None, to: [1.0; 2], last: [1.0; 2] }
    }
}

/// Returns the levels of both channels at one end of a cell.
fn levels(params: &TremoloParams, phase: f64, depth: f32, spread: f32) -> [f32; 2] {
    [phase, phase + f64::from(spread)].map(|phase| 1.0 - depth * (0.5 - 0.5 * lfo(params.wave, phase, params.seed)))
}

impl Kernel for Tremolo {
    type Params = TremoloParams;

    fn process(&mut self, cell: Cell, params: &TremoloParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let (depth, spread) = (params.depth.within(0.0, 1.0), params.spread.within(-1.0, 1.0));
        let from = match self.from {
            Some(from) if cell.at != 0 => from,
            Some(_) => self.last,
            None => levels(params, params.phase.from, depth.from, spread.from),
        };
        if cell.at == 0 || self.from.is_none() {
            self.to = levels(params, params.phase.to, depth.to, spread.to);
        }
        self.from = Some(from);
        let ways: [Move; 2] = std::array::from_fn(|c| Move { from: from[c], to: self.to[c] });
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let share = cell.share(i);
            *l *= ways[0].at(share);
            *r *= ways[1].at(share);
        }
        self.last = ways.map(|way| way.at(cell.share(left.len())));
    }

    fn reset(&mut self) {
        *self = Self::new(0.0);
    }

    fn tail_frames(&self, _params: &TremoloParams) -> u64 {
        0
    }

    fn is_silent(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, jump, render};
    use super::*;

    /// Four cycles a second.
    fn params(cell: u64, wave: Wave) -> TremoloParams {
        let phase = |cell: u64| cell as f64 * 32.0 * 4.0 / RATE;
        TremoloParams { phase: Move { from: phase(cell), to: phase(cell + 1) }, wave, depth: 0.8.into(), ..TremoloParams::default() }
    }

    #[test]
    fn the_level_is_the_waves() {
        let ones = vec![1.0; 24_000];
        let (left, right) = render(&mut Tremolo::new(RATE), |cell| params(cell, Wave::Sine), &ones, &ones);
        for (i, x) in left.iter().enumerate() {
            let wanted = 1.0 - 0.8 * (0.5 - 0.5 * (std::f64::consts::TAU * 4.0 * i as f64 / RATE).sin());
            assert!((f64::from(*x) - wanted).abs() < 1e-4, "{x} at {i}, not {wanted}");
        }
        assert_eq!(left, right);
    }

    #[test]
    fn a_spread_of_half_a_cycle_swings_from_side_to_side() {
        let ones = vec![1.0; 12_000];
        let params = |cell| TremoloParams { spread: 0.5.into(), depth: 1.0.into(), ..params(cell, Wave::Triangle) };
        let (left, right) = render(&mut Tremolo::new(RATE), params, &ones, &ones);
        assert!(left.iter().zip(&right).all(|(l, r)| (l + r - 1.0).abs() < 1e-5));
    }

    #[test]
    fn neither_a_square_nor_a_jump_of_the_song_clicks() {
        let ones = vec![1.0; 24_000];
        let (left, _) = render(&mut Tremolo::new(RATE), |cell| params(cell, Wave::Square), &ones, &ones);
        assert!(jump(&left) < 0.03);
        let (left, _) = render(&mut Tremolo::new(RATE), |cell| params(cell * cell % 1000, Wave::Saw), &ones, &ones);
        assert!(jump(&left) < 0.03);
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Tremolo::new(RATE),
            |s, cell| {
                let phase = |cell: u64| f64::from(s[0]) * cell as f64 * 0.3;
                TremoloParams {
                    phase: Move { from: phase(cell), to: phase(cell + 1) },
                    wave: Wave::ALL[(s[1] * 5.9) as usize],
                    seed: 3,
                    depth: Move { from: s[2], to: s[3] },
                    spread: Move { from: s[4], to: s[5] },
                }
            },
        );
    }
}
