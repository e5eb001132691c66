//! A compressor with a soft knee and a side-chain.
//!
//! Feed-forward, with its detector in the logarithmic domain behind the gain computer and a smooth branching of attack and
//! release: Giannoulis, Massberg and Reiss, *Digital Dynamic Range Compressor Design — A Tutorial and Analysis*, JAES 60 (2012),
//! equations 4 and 23. It is written here because no kept crate has one that stands alone.

use super::{
    CHUNK, Cell, Kernel, Move, Piece,
    math::{fast_db, fast_factor, keeps},
    pair,
};

/// What the compressor needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompressorParams {
    /// Level in dBFS above which the gain falls.
    pub threshold: Move,
    /// Decibels of input for one decibel of output above the threshold, from 1 on; ∞ limits.
    pub ratio: Move,
    /// Width in decibels of the curve around the threshold, from 0 on.
    pub knee: Move,
    /// Seconds in which the gain covers 1 − 1/e of its way down.
    pub attack: f32,
    /// Seconds in which it covers 1 − 1/e of its way up.
    pub release: f32,
    /// Decibels added afterwards.
    pub makeup: Move,
    /// How far each channel follows the louder one: 0 keeps them apart, 1 gives both the same gain.
    pub link: Move,
}

impl Default for CompressorParams {
    fn default() -> Self {
        Self {
            threshold: Move::still(-18.0),
            ratio: Move::still(4.0),
            knee: Move::still(6.0),
            attack: 0.01,
            release: 0.12,
            makeup: Move::still(0.0),
            link: Move::still(1.0),
        }
    }
}

/// Returns the decibels by which a threshold, a ratio and a knee lower a steady level, all in decibels but the ratio.
#[must_use]
pub fn lowered(level: f32, threshold: f32, ratio: f32, knee: f32) -> f32 {
    lowers(level - threshold, 1.0 - 1.0 / ratio.max(1.0), knee)
}

/// Lowers what is loud.
#[derive(Clone, Copy, Debug)]
pub struct Compressor {
    rate: f32,
    /// Decibels by which each channel is lowered.
    lowered: [f32; 2],
}

impl Compressor {
    /// A compressor at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate: rate as f32, lowered: [0.0; 2] }
    }

    /// Returns the decibels by which left and right are lowered after the last frame, for a meter.
    #[must_use]
    pub const fn lowered(&self) -> [f32; 2] {
        self.lowered
    }

    /// Renders like [`Kernel::process`], with the levels of another sound: `key` holds its channels for the same frames.
    pub fn process_keyed(&mut self, cell: Cell, params: &CompressorParams, key: Key<'_>, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let frames = left.len().min(key.0.len()).min(key.1.len());
        for piece in cell.pieces(frames) {
            let range = piece.start..piece.end;
            let gains = self.gains(&piece, params, [&key.0[range.clone()], &key.1[range.clone()]]);
            apply(&gains, &mut left[range.clone()], &mut right[range]);
        }
    }

    /// Returns the factors for both channels of a piece.
    fn gains(&mut self, piece: &Piece, params: &CompressorParams, key: [&[f32]; 2]) -> [[f32; CHUNK]; 2] {
        if piece.is_step {
            self.lowered = self.lowered.map(|db| if db > 1e-4 && db < 1e4 { db } else { 0.0 });
        }
        let shares = piece.shares();
        let mut wanted = wanted(params, &shares, key);
        let (attack, release) = (keeps(params.attack, self.rate), keeps(params.release, self.rate));
        for i in 0..piece.len() {
            for c in 0..2 {
                let keeps = if wanted[c][i] > self.lowered[c] { attack } else { release };
                self.lowered[c] = wanted[c][i] + (self.lowered[c] - wanted[c][i]) * keeps;
                wanted[c][i] = self.lowered[c];
            }
        }
        let makeup = params.makeup.within(-60.0, 60.0);
        for lowered in &mut wanted {
            for (db, share) in lowered.iter_mut().zip(&shares) {
                *db = fast_factor(makeup.at(*share) - *db);
            }
        }
        wanted
    }
}

/// The channels of the sound whose level counts.
pub type Key<'a> = (&'a [f32], &'a [f32]);

/// Returns the decibels by which the curve lowers each frame, before attack and release.
fn wanted(params: &CompressorParams, shares: &[f32; CHUNK], key: [&[f32]; 2]) -> [[f32; CHUNK]; 2] {
    let threshold = params.threshold.within(-120.0, 24.0);
    let slope = params.ratio.within(1.0, f32::MAX).map(|ratio| 1.0 - 1.0 / ratio);
    let knee = params.knee.within(0.0, 60.0);
    let link = params.link.within(0.0, 1.0);
    let mut peaks = [[0.0f32; CHUNK]; 2];
    for (peaks, key) in peaks.iter_mut().zip(key) {
        for (peak, x) in peaks.iter_mut().zip(key) {
            *peak = if x.abs() < super::CEILING { x.abs() } else { 0.0 };
        }
    }
    let mut found = [[0.0; CHUNK]; 2];
    for i in 0..CHUNK {
        let share = shares[i];
        let loudest = peaks[0][i].max(peaks[1][i]);
        let (threshold, slope, knee, link) = (threshold.at(share), slope.at(share), knee.at(share), link.at(share));
        for c in 0..2 {
            let peak = peaks[c][i] * (1.0 - link) + loudest * link;
            found[c][i] = lowers(fast_db(peak) - threshold, slope, knee);
        }
    }
    found
}

/// The gain computer: the decibels by which a level so far above the threshold is lowered.
#[inline]
fn lowers(over: f32, slope: f32, knee: f32) -> f32 {
    let half = 0.5 * knee;
    let inside = (over + half).max(0.0).min(knee);
    let bend = if knee > 0.0 { inside * inside / (2.0 * knee) } else { 0.0 };
    slope * (bend + (over - half).max(0.0))
}

fn apply(gains: &[[f32; CHUNK]; 2], left: &mut [f32], right: &mut [f32]) {
    left.iter_mut().zip(&gains[0]).for_each(|(x, gain)| *x *= gain);
    right.iter_mut().zip(&gains[1]).for_each(|(x, gain)| *x *= gain);
}

impl Kernel for Compressor {
    type Params = CompressorParams;

    fn process(&mut self, cell: Cell, params: &CompressorParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        for piece in cell.pieces(left.len()) {
            let range = piece.start..piece.end;
            let gains = self.gains(&piece, params, [&left[range.clone()], &right[range.clone()]]);
            apply(&gains, &mut left[range.clone()], &mut right[range]);
        }
    }

    fn reset(&mut self) {
        self.lowered = [0.0; 2];
    }

    fn tail_frames(&self, _params: &CompressorParams) -> u64 {
        0
    }

    fn is_silent(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, peak, render, sine};
    use super::super::{from_db, to_db};
    use super::*;

    fn params(threshold: f32, ratio: f32, knee: f32) -> CompressorParams {
        CompressorParams { threshold: threshold.into(), ratio: ratio.into(), knee: knee.into(), attack: 0.001, ..Default::default() }
    }

    /// The tutorial's equation 4, in decibels.
    fn curve(level: f32, threshold: f32, ratio: f32, knee: f32) -> f32 {
        let over = level - threshold;
        if 2.0 * over < -knee {
            level
        } else if 2.0 * over.abs() <= knee {
            level + (1.0 / ratio - 1.0) * (over + knee / 2.0).powi(2) / (2.0 * knee)
        } else {
            threshold + over / ratio
        }
    }

    #[test]
    fn the_static_curve_is_the_equations() {
        for (threshold, ratio, knee) in
            [(-20.0, 4.0, 0.0), (-20.0, 4.0, 12.0), (-30.0, 1.0, 6.0), (-10.0, f32::INFINITY, 6.0), (-40.0, 2.0, 24.0)]
        {
            for level in (-60..=0).step_by(3) {
                let level = level as f32;
                let params = CompressorParams { release: 0.5, ..params(threshold, ratio, knee) };
                let wanted = curve(level, threshold, ratio, knee);
                let steady = vec![from_db(level); 24_000];
                let (left, _) = render(&mut Compressor::new(RATE), |_| params, &steady, &steady);
                assert!((to_db(left[23_999]) - wanted).abs() < 0.01, "{params:?} at {level}: {}", to_db(left[23_999]));
                let tone: Vec<_> = sine(48_000, 1000.0, RATE).iter().map(|x| x * from_db(level)).collect();
                let (left, _) = render(&mut Compressor::new(RATE), |_| params, &tone, &tone);
                let found = to_db(peak(&left[40_000..]));
                assert!((found - wanted).abs() < 0.5, "{params:?} at {level} dB: {found} dB, not {wanted} dB");
            }
        }
    }

    #[test]
    fn attack_and_release_take_their_times() {
        let params = CompressorParams { attack: 0.01, release: 0.1, ..params(-20.0, 4.0, 0.0) };
        let mut compressor = Compressor::new(RATE);
        let mut run = |level: f32, frames: usize| {
            let input = vec![level; frames];
            render(&mut compressor, |_| params, &input, &input);
            compressor.lowered()[0]
        };
        assert!((run(1.0, 480) - 15.0 * 0.632).abs() < 0.05);
        run(1.0, 48_000);
        assert!((run(0.001, 4800) - 15.0 * 0.368).abs() < 0.05);
    }

    #[test]
    fn the_key_decides_and_the_link_joins_the_channels() {
        let (loud, soft) = (vec![1.0; 960], vec![0.01; 960]);
        let keyed = |key: (&[f32], &[f32]), link: f32| {
            let params = CompressorParams { attack: 0.0, link: link.into(), ..params(-20.0, 4.0, 0.0) };
            let (mut left, mut right) = (vec![0.5; 960], vec![0.5; 960]);
            Compressor::new(RATE).process_keyed(Cell { frame: 0, at: 0, len: 960 }, &params, key, &mut left, &mut right);
            [to_db(left[959] * 2.0), to_db(right[959] * 2.0)]
        };
        let near = |found: [f32; 2], wanted: [f32; 2]| found.iter().zip(wanted).all(|(x, y)| (x - y).abs() < 0.01);
        assert!(near(keyed((&loud, &soft), 1.0), [-15.0, -15.0]));
        assert!(near(keyed((&loud, &soft), 0.0), [-15.0, 0.0]));
        assert!(near(keyed((&soft, &soft), 1.0), [0.0, 0.0]));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Compressor::new(RATE),
            |s, _| CompressorParams {
                threshold: Move { from: -60.0 * s[0], to: -60.0 * s[1] },
                ratio: Move { from: 1.0 + 20.0 * s[2], to: f32::INFINITY },
                knee: (24.0 * s[3]).into(),
                attack: s[4] * 0.1,
                release: s[5],
                makeup: (s[6] * 24.0).into(),
                link: s[7].into(),
            },
        );
    }
}
