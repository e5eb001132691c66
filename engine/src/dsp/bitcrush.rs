//! Fewer bits and a lower sample rate, without any filter: the quantiser and the sample-and-hold of early samplers.

use super::{Cell, Kernel, Move, keep, math::exp2, pair};

/// What the crusher needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BitcrushParams {
    /// Bits of a sample, from 1 to 24; parts of a bit count. From 24 on nothing is rounded.
    pub bits: Move,
    /// Frames each sample is held, from 1 on; holds begin where `frame / hold` of the song's frame passes a whole number.
    ///
    /// It holds for the whole cell.
    pub hold: f32,
}

impl Default for BitcrushParams {
    fn default() -> Self {
        Self { bits: Move::still(8.0), hold: 4.0 }
    }
}

/// Rounds samples and holds them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bitcrush {
    held: [f32; 2],
}

impl Bitcrush {
    /// A crusher.
    #[must_use]
    pub const fn new(_rate: f64) -> Self {
        Self { held: [0.0; 2] }
    }

    fn hold(&mut self, cell: Cell, hold: f64, left: &mut [f32], right: &mut [f32]) {
        let first = cell.frame as f64 + f64::from(cell.at);
        let mut before = ((first - 1.0) / hold).floor();
        for (i, (l, r)) in left.iter_mut().zip(right).enumerate() {
            let turn = ((first + i as f64) / hold).floor();
            if turn != before {
                self.held = [keep(*l), keep(*r)];
                before = turn;
            }
            [*l, *r] = self.held;
        }
    }
}

/// Rounds to steps of `2/2^bits`, of which one is 0.
fn round(samples: &mut [f32], cell: Cell, bits: Move) {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23: adding it leaves whole numbers
    for (i, x) in samples.iter_mut().enumerate() {
        let bits = bits.at(cell.share(i));
        let steps = exp2(bits - 1.0);
        let scaled = *x * steps;
        let rounded = ((scaled + ROUND) - ROUND) / steps;
        // What is too large for the trick has no parts of a step left.
        let is_small = scaled.abs() < 4_194_304.0;
        *x = if is_small && bits < 24.0 { rounded } else { *x };
    }
}

impl Kernel for Bitcrush {
    type Params = BitcrushParams;

    fn process(&mut self, cell: Cell, params: &BitcrushParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let hold = f64::from(params.hold.max(1.0).min(1e6));
        if hold > 1.0 {
            self.hold(cell, hold, left, right);
        } else {
            self.held = [0.0; 2];
        }
        let bits = params.bits.within(1.0, 24.0);
        round(left, cell, bits);
        round(right, cell, bits);
    }

    fn reset(&mut self) {
        self.held = [0.0; 2];
    }

    fn tail_frames(&self, params: &BitcrushParams) -> u64 {
        params.hold.max(1.0).min(1e6).ceil() as u64
    }

    fn is_silent(&self) -> bool {
        self.held == [0.0; 2]
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, noise, render};
    use super::*;

    fn params(bits: f32, hold: f32) -> BitcrushParams {
        BitcrushParams { bits: bits.into(), hold }
    }

    #[test]
    fn samples_lie_on_the_steps() {
        let input = noise(2000, 1);
        for bits in [1.0, 3.0, 8.0, 16.0] {
            let (left, _) = render(&mut Bitcrush::new(RATE), |_| params(bits, 1.0), &input, &input);
            let step = 2.0f32.powf(1.0 - bits);
            for (x, y) in input.iter().zip(&left) {
                assert_eq!((y / step).fract(), 0.0);
                assert!((x - y).abs() <= step * 0.5);
            }
        }
        let (left, _) = render(&mut Bitcrush::new(RATE), |_| params(24.0, 1.0), &input, &input);
        assert_eq!(left, input);
    }

    #[test]
    fn holds_begin_on_frames_of_the_song() {
        let input: Vec<f32> = (0..1000).map(|i| (i + 1) as f32).collect();
        for hold in [2.0, 2.5, 7.0, 41.3] {
            let (left, _) = render(&mut Bitcrush::new(RATE), |_| params(24.0, hold), &input, &input);
            for (i, x) in left.iter().enumerate() {
                let first = ((i as f64 / f64::from(hold)).floor() * f64::from(hold)).ceil();
                assert_eq!(f64::from(*x), first + 1.0, "frame {i} at {hold}");
            }
        }
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Bitcrush::new(RATE),
            |s, _| BitcrushParams { bits: Move { from: 1.0 + s[0] * 23.0, to: 1.0 + s[1] * 23.0 }, hold: 1.0 + s[2] * 50.0 },
        );
    }
}
