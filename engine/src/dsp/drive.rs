//! Distortion by a curve, at a multiple of the sample rate.
//!
//! The curve makes overtones without end; above half the sample rate they would come back as tones that belong to nothing. The
//! sound is therefore brought to four times its rate (twice, from 64 kHz on) by the half-band filters of the crate `halfband`,
//! which are Laurent de Soras' *HIIR*, and back. That takes [`Drive::LATENCY`] frames.

use halfband::iir::{Downsampler6, Downsampler8, Upsampler6, Upsampler8};

use super::{CHUNK, Cell, Kernel, Move, Piece, from_db, keep, pair};

/// The curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriveShape {
    /// Hyperbolic tangent.
    #[default]
    Tanh,
    /// `x / (1 + |x|)`: bends early, and nears full scale slowly.
    Soft,
    /// Cut at full scale.
    Hard,
    /// What is above full scale is folded back: a triangle wave of the input.
    Fold,
}

/// What the drive needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriveParams {
    /// The curve; a change fades over a cell.
    pub shape: DriveShape,
    /// Decibels before the curve, held between −24 and 60.
    pub drive: Move,
    /// Decibels after it, held between −60 and 24.
    pub level: Move,
}

impl Default for DriveParams {
    fn default() -> Self {
        Self { shape: DriveShape::Tanh, drive: Move::still(12.0), level: Move::still(-6.0) }
    }
}

/// Frames at the highest rate for one of the sound's.
const FACTOR: usize = 4;

/// Frames after which the filters hold nothing that could be heard.
const RING: u64 = 1024;

/// One channel's way up and down.
#[derive(Debug)]
struct Channel {
    up: (Upsampler8, Upsampler6),
    down: (Downsampler6, Downsampler8),
}

impl Channel {
    fn new() -> Self {
        Self { up: (Upsampler8::default(), Upsampler6::default()), down: (Downsampler6::default(), Downsampler8::default()) }
    }

    fn up(&mut self, samples: &[f32], high: &mut [f32], is_twice: bool) {
        if is_twice {
            for (x, pair) in samples.iter().zip(high.chunks_exact_mut(2)) {
                pair.copy_from_slice(&self.up.0.process(keep(*x)));
            }
            return;
        }
        for (x, four) in samples.iter().zip(high.chunks_exact_mut(FACTOR)) {
            let [early, late] = self.up.0.process(keep(*x));
            four[..2].copy_from_slice(&self.up.1.process(early));
            four[2..].copy_from_slice(&self.up.1.process(late));
        }
    }

    fn down(&mut self, high: &[f32], samples: &mut [f32], is_twice: bool) {
        if is_twice {
            for (x, pair) in samples.iter_mut().zip(high.chunks_exact(2)) {
                *x = self.down.1.process(pair[0], pair[1]);
            }
            return;
        }
        for (x, four) in samples.iter_mut().zip(high.chunks_exact(FACTOR)) {
            let early = self.down.0.process(four[0], four[1]);
            let late = self.down.0.process(four[2], four[3]);
            *x = self.down.1.process(early, late);
        }
    }

    fn clear(&mut self) {
        self.up.0.clear();
        self.up.1.clear();
        self.down.0.clear();
        self.down.1.clear();
    }
}

/// Bends the sound.
#[derive(Debug)]
pub struct Drive {
    is_twice: bool,
    channels: [Channel; 2],
    /// Curves of the cell before and of the cell at hand.
    was: Option<DriveShape>,
    is: Option<DriveShape>,
    /// Frames of exact silence that came in, and whether the filters were cleared since.
    quiet: u64,
    is_clear: bool,
}

impl Drive {
    /// Frames by which the output is late, for tones of a few kilohertz and below.
    pub const LATENCY: usize = 4;

    /// A drive at a sample rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let channels = [Channel::new(), Channel::new()];
        Self { is_twice: rate >= 64_000.0, channels, was: None, is: None, quiet: 0, is_clear: true }
    }

    /// Returns the frames by which the output is late at this rate.
    #[must_use]
    pub const fn latency(&self) -> usize {
        if self.is_twice { Self::LATENCY - 1 } else { Self::LATENCY }
    }

    /// Counts silence on steps of the grid; returns true while there is nothing to do.
    fn rests(&mut self, piece: &Piece, left: &[f32], right: &[f32]) -> bool {
        if piece.is_step && self.quiet >= RING && !self.is_clear {
            self.channels.iter_mut().for_each(Channel::clear);
            self.is_clear = true;
        }
        match left.iter().zip(right).rposition(|(l, r)| keep(*l) != 0.0 || keep(*r) != 0.0) {
            Some(last) => (self.quiet, self.is_clear) = ((left.len() - 1 - last) as u64, false),
            None => self.quiet += left.len() as u64,
        }
        self.is_clear
    }

    fn piece(&mut self, piece: &Piece, shapes: [DriveShape; 2], drive: Move, level: Move, sides: [&mut [f32]; 2]) {
        let factor = if self.is_twice { 2 } else { FACTOR };
        let mut high = [0.0; CHUNK * FACTOR];
        let high = &mut high[..piece.len() * factor];
        for (channel, samples) in self.channels.iter_mut().zip(sides) {
            for (i, x) in samples.iter_mut().enumerate() {
                *x *= drive.at(piece.cell.share(i));
            }
            channel.up(samples, high, self.is_twice);
            if shapes[0] == shapes[1] {
                bend(shapes[1], high);
            } else {
                let mut other = [0.0; CHUNK * FACTOR];
                let other = &mut other[..high.len()];
                other.copy_from_slice(high);
                bend(shapes[0], other);
                bend(shapes[1], high);
                for (i, (x, other)) in high.iter_mut().zip(other).enumerate() {
                    let share = piece.cell.share(i / factor);
                    *x = *other * (1.0 - share) + *x * share;
                }
            }
            channel.down(high, samples, self.is_twice);
            for (i, x) in samples.iter_mut().enumerate() {
                *x *= level.at(piece.cell.share(i));
            }
        }
    }
}

/// Sends samples through a curve.
fn bend(shape: DriveShape, samples: &mut [f32]) {
    match shape {
        DriveShape::Tanh => samples.iter_mut().for_each(|x| *x = tanh(*x)),
        DriveShape::Soft => samples.iter_mut().for_each(|x| *x /= 1.0 + x.abs()),
        DriveShape::Hard => samples.iter_mut().for_each(|x| *x = x.max(-1.0).min(1.0)),
        DriveShape::Fold => samples.iter_mut().for_each(|x| *x = fold(*x)),
    }
}

/// The hyperbolic tangent within 2e-4: the seventh convergent of Lambert's continued fraction, which reaches 1 at 4.97.
#[inline]
fn tanh(x: f32) -> f32 {
    let x = x.max(-4.97).min(4.97);
    let x2 = x * x;
    let above = x * (135_135.0 + x2 * (17_325.0 + x2 * (378.0 + x2)));
    let below = 135_135.0 + x2 * (62_370.0 + x2 * (3150.0 + x2 * 28.0));
    (above / below).max(-1.0).min(1.0)
}

/// The triangle wave with a slope of 1 at 0 and turns at ±1; far out, where a wave has no place left, it is 0.
#[inline]
fn fold(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23: adding it leaves whole numbers
    let turn = x * 0.25;
    let whole = (turn + ROUND) - ROUND;
    let part = if turn.abs() < 4_194_304.0 { turn - whole } else { 0.0 };
    // From −½ to ½: the middle half is the rising side.
    let beyond = (part.abs() - 0.25).max(0.0);
    4.0 * (part.abs() - 2.0 * beyond).copysign(part)
}

impl Kernel for Drive {
    type Params = DriveParams;

    fn process(&mut self, cell: Cell, params: &DriveParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        if cell.at == 0 || self.is.is_none() {
            self.was = self.is.or(Some(params.shape));
            self.is = Some(params.shape);
        }
        let drive = params.drive.within(-24.0, 60.0).map(from_db);
        let level = params.level.within(-60.0, 24.0).map(from_db);
        for piece in cell.pieces(left.len()) {
            let (left, right) = (&mut left[piece.start..piece.end], &mut right[piece.start..piece.end]);
            if self.rests(&piece, left, right) {
                left.fill(0.0);
                right.fill(0.0);
            } else {
                self.piece(&piece, [self.was.unwrap_or(params.shape), params.shape], drive, level, [left, right]);
            }
        }
    }

    fn reset(&mut self) {
        self.channels.iter_mut().for_each(Channel::clear);
        (self.was, self.is, self.quiet, self.is_clear) = (None, None, 0, true);
    }

    fn tail_frames(&self, _params: &DriveParams) -> u64 {
        RING + u64::from(Cell::LEN)
    }

    fn is_silent(&self) -> bool {
        self.is_clear
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, gain, holds, jump, render, rms, sine};
    use super::*;

    const SHAPES: [DriveShape; 4] = [DriveShape::Tanh, DriveShape::Soft, DriveShape::Hard, DriveShape::Fold];

    fn params(shape: DriveShape, drive: f32) -> DriveParams {
        DriveParams { shape, drive: drive.into(), level: 0.0.into() }
    }

    fn curve(shape: DriveShape, x: f32) -> f32 {
        let mut x = [x];
        bend(shape, &mut x);
        x[0]
    }

    #[test]
    fn curves_have_their_values() {
        for i in -400..400 {
            let x = i as f32 * 0.05;
            assert!((curve(DriveShape::Tanh, x) - x.tanh()).abs() < 2e-4, "{x}");
            assert_eq!(curve(DriveShape::Hard, x), x.clamp(-1.0, 1.0));
            assert!(
                (curve(DriveShape::Fold, x) - (x * std::f32::consts::FRAC_PI_2).sin().asin() / std::f32::consts::FRAC_PI_2).abs() < 1e-4
            );
        }
        assert_eq!(curve(DriveShape::Soft, -1.0), -0.5);
        for shape in SHAPES {
            assert!(curve(shape, 0.0) == 0.0 && curve(shape, f32::MAX).abs() <= 1.0 && curve(shape, 1e9).abs() <= 1.0);
        }
    }

    #[test]
    fn a_straight_part_is_the_input_late() {
        for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            let input: Vec<_> = sine(9600, 440.0, rate).iter().map(|x| x * 0.5).collect();
            let mut drive = Drive::new(rate);
            let (left, _) = render(&mut drive, |_| params(DriveShape::Hard, 0.0), &input, &input);
            let late = drive.latency();
            let error: Vec<_> = left[late..].iter().zip(&input).map(|(x, y)| x - y).collect();
            assert!(rms(&error[2000..]) < 0.01, "{rate}: {}", rms(&error[2000..]));
        }
    }

    #[test]
    fn overtones_beyond_the_rate_stay_away() {
        // 5 kHz has its odd overtones at 15 kHz and, folded back without oversampling, at 13, 3, 7, 17 kHz.
        let input = sine(48_000, 5000.0, RATE);
        for (shape, most) in [(DriveShape::Tanh, -100.0), (DriveShape::Soft, -60.0), (DriveShape::Hard, -50.0)] {
            let (left, _) = render(&mut Drive::new(RATE), |_| params(shape, 12.0), &input, &input);
            let tone = gain(&left[4800..43_200], 5000.0, RATE);
            assert!(gain(&left[4800..43_200], 15_000.0, RATE) - tone > -30.0);
            for alias in [13_000.0, 3000.0, 7000.0, 17_000.0] {
                let found = gain(&left[4800..43_200], alias, RATE) - tone;
                assert!(found < most, "{shape:?}: {found} dB at {alias}");
            }
        }
    }

    #[test]
    fn a_change_of_curve_does_not_click() {
        let input = sine(20_000, 100.0, RATE);
        let at = |cell: u64| params(SHAPES[cell as usize / 50 % 3], 6.0);
        let (left, _) = render(&mut Drive::new(RATE), at, &input, &input);
        assert!(jump(&left) < 0.06, "{}", jump(&left));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        for rate in [RATE, 96_000.0] {
            holds(
                || Drive::new(rate),
                |s, cell| DriveParams {
                    shape: SHAPES[((s[0] + if cell % 5 == 3 { 0.3 } else { 0.0 }) * 3.9) as usize % 4],
                    drive: Move { from: s[1] * 84.0 - 24.0, to: s[2] * 84.0 - 24.0 },
                    level: Move { from: s[3] * 84.0 - 60.0, to: s[4] * 84.0 - 60.0 },
                },
            );
        }
    }
}
