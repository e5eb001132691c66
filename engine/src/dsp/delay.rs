//! Echoes.
//!
//! It is written here because the crates' delays are fixed when they are made, or move without a fade (`fundsp`). The distance
//! between two frames is read with Lagrange's polynomial (Laakso et al., *Splitting the Unit Delay*, 1996); the feedback goes
//! through a one-pole low-pass.

use super::{Cell, Kernel, Move, Quiet, TAIL, keep, line::Line, pair};

/// What the delay needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayParams {
    /// Time in frames, from 1 to the longest; a whole number that stands gives echoes on exact frames and exact samples.
    ///
    /// A time that moves by less than half a frame with each frame glides like a tape. One that moves faster, or jumps from one
    /// cell to the next, cross-fades to the new time within [`Delay::FADE`] frames.
    pub time: Move<f64>,
    /// Share of each echo in the next one, from 0 to 1.
    pub feedback: Move,
    /// Cutoff in hertz of the low-pass that each echo passes on its way to the next; from 0.45 of the rate on there is none.
    pub damp: Move,
    /// 0 keeps the channels apart; 1 sends the sum of both to the left first, and then from side to side.
    pub ping_pong: Move,
}

impl Default for DelayParams {
    fn default() -> Self {
        Self { time: Move::still(12_000.0), feedback: Move::still(0.4), damp: Move::still(20_000.0), ping_pong: Move::still(0.0) }
    }
}

/// Where a line is read, while its time glides or fades from one time to another.
#[derive(Clone, Copy, Debug)]
struct Head {
    /// Time that is read, or faded to, at the end of the cell.
    now: f64,
    /// The time that is faded away from, and the frames of the fade before the cell.
    fade: Option<(f64, u32)>,
    /// How `now` moves through the cell.
    way: Move<f64>,
}

impl Head {
    const fn new(time: f64) -> Self {
        Self { now: time, fade: None, way: Move::still(time) }
    }

    /// Decides the way through a cell, at its beginning; the cell before had `passed` frames, this one has `len`.
    fn enter(&mut self, time: Move<f64>, passed: u32, len: u32) {
        self.fade = self.fade.map(|(from, done)| (from, done + passed)).filter(|(_, done)| *done < Delay::FADE);
        let is_slow = (time.to - time.from).abs() <= 0.5 * f64::from(len);
        let is_steady = (time.from - self.now).abs() < 1e-3;
        self.way = if is_slow && is_steady {
            time
        } else if self.fade.is_none() {
            self.fade = Some((self.now, 0));
            Move::still(time.to)
        } else {
            Move::still(self.now)
        };
        self.now = self.way.to;
    }
}

/// A stereo delay with feedback.
#[derive(Clone, Debug)]
pub struct Delay {
    rate: f32,
    longest: f64,
    line: Line,
    head: Option<Head>,
    /// Frames of the cell at hand.
    len: u32,
    damped: [f32; 2],
    quiet: Quiet,
}

impl Delay {
    /// Frames of a cross-fade between two times.
    pub const FADE: u32 = 1024;

    /// A delay of at most `longest` seconds, up to 16.
    #[must_use]
    pub fn new(rate: f64, longest: f64) -> Self {
        let longest = (longest.clamp(0.0, 16.0) * rate).ceil().max(1.0);
        Self { rate: rate as f32, longest, line: Line::new(longest as usize), head: None, len: 0, damped: [0.0; 2], quiet: Quiet::new() }
    }

    /// Returns the head, which looks at the time at the beginning of a cell.
    fn head(&mut self, cell: Cell, time: Move<f64>) -> Head {
        let mut head = self.head.unwrap_or_else(|| Head::new(time.from));
        if cell.at == 0 || self.head.is_none() {
            head.enter(time, self.len, cell.len);
            self.len = cell.len;
        }
        self.head = Some(head);
        head
    }

    #[inline]
    fn read(&self, head: &Head, share: f32, frame: u32) -> [f32; 2] {
        let distance = head.way.at(f64::from(share));
        let Some((before, done)) = head.fade else {
            if !head.way.moves() && distance.fract() == 0.0 {
                return self.line.read(distance as usize);
            }
            return [self.line.between(0, distance), self.line.between(1, distance)];
        };
        let faded = ((done + frame) as f32 / Self::FADE as f32).min(1.0);
        std::array::from_fn(|c| self.line.between(c, before) * (1.0 - faded) + self.line.between(c, distance) * faded)
    }
}

impl Kernel for Delay {
    type Params = DelayParams;

    fn process(&mut self, cell: Cell, params: &DelayParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let time = params.time.within(1.0, self.longest);
        let head = self.head(cell, time);
        let feedback = params.feedback.within(0.0, 1.0);
        let across = params.ping_pong.within(0.0, 1.0);
        let damp = params.damp.within(1.0, f32::MAX).map(|f| damping(f, self.rate));
        for piece in cell.pieces(left.len()) {
            if piece.is_step {
                self.quiet.step();
                self.damped = self.damped.map(keep);
            }
            for i in piece.start..piece.end {
                let frame = i - piece.start;
                let share = piece.cell.share(frame);
                let echo = self.read(&head, share, piece.cell.at + frame as u32);
                let (feedback, across, damp) = (feedback.at(share), across.at(share), damp.at(share));
                for c in 0..2 {
                    self.damped[c] += (echo[c] - self.damped[c]) * damp;
                }
                let back = [self.damped[0] * feedback, self.damped[1] * feedback];
                let middle = (left[i] + right[i]) * 0.5 + back[1];
                let straight = [left[i] + back[0], right[i] + back[1]];
                let crossed = [middle, back[0]];
                self.line.write(std::array::from_fn(|c| straight[c] * (1.0 - across) + crossed[c] * across));
                self.quiet.is_loud |= self.line.read(1) != [0.0; 2];
                [left[i], right[i]] = echo;
            }
            self.quiet.hear(&piece, &left[piece.start..piece.end], &right[piece.start..piece.end]);
        }
    }

    fn reset(&mut self) {
        self.line.reset();
        self.head = None;
        self.damped = [0.0; 2];
        self.quiet = Quiet::new();
    }

    fn tail_frames(&self, params: &DelayParams) -> u64 {
        let feedback = f64::from(params.feedback.within(0.0, 1.0).to);
        if feedback >= 1.0 {
            return u64::MAX;
        }
        // Each echo sounds a little longer than the one before because of the low-pass.
        let echoes = if feedback > 0.0 { (TAIL * 0.1 * (1.0 - feedback)).ln() / feedback.ln() } else { 0.0 };
        let time = params.time.within(1.0, self.longest).to;
        let damp = f64::from(damping(params.damp.within(1.0, f32::MAX).to, self.rate));
        let rest = if damp < 1.0 { (echoes + 12.0) / damp } else { 0.0 };
        let fade = self.head.and_then(|head| head.fade).map_or(0.0, |_| f64::from(Self::FADE));
        (time * (echoes.ceil() + 1.0) + rest + fade) as u64 + 64
    }

    fn is_silent(&self) -> bool {
        self.quiet.frames() > self.longest as u64 && self.damped == [0.0; 2]
    }
}

/// Returns the share of its way that the low-pass goes with each frame.
fn damping(cutoff: f32, rate: f32) -> f32 {
    if cutoff >= 0.45 * rate { 1.0 } else { 1.0 - (-std::f32::consts::TAU * cutoff / rate).exp() }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, impulse, jump, render, sine};
    use super::*;

    fn params(time: f64, feedback: f32) -> DelayParams {
        DelayParams { time: time.into(), feedback: feedback.into(), damp: 1e6.into(), ping_pong: 0.0.into() }
    }

    #[test]
    fn echoes_lie_on_their_exact_frames() {
        for tempo in [60.0, 97.0, 120.0, 133.7, 174.0] {
            let time = (60.0 / tempo * RATE * 0.25_f64).round();
            let (left, _) = impulse(&mut Delay::new(RATE, 2.0), |_| params(time, 0.5), 48_000);
            let found: Vec<_> = left.iter().enumerate().filter(|(_, x)| **x != 0.0).map(|(i, x)| (i, *x)).take(3).collect();
            let time = time as usize;
            assert_eq!(found, [(time, 1.0), (time * 2, 0.5), (time * 3, 0.25)]);
        }
        let (left, _) = impulse(&mut Delay::new(RATE, 0.1), |_| params(1.0, 0.0), 64);
        assert_eq!((left[0], left[1], left[2]), (0.0, 1.0, 0.0));
    }

    #[test]
    fn ping_pong_goes_from_side_to_side() {
        let params = DelayParams { ping_pong: 1.0.into(), ..params(100.0, 0.5) };
        let (left, right) = impulse(&mut Delay::new(RATE, 0.1), |_| params, 500);
        assert_eq!([left[100], left[200], left[300]], [1.0, 0.0, 0.25]);
        assert_eq!([right[100], right[200], right[300]], [0.0, 0.5, 0.0]);
    }

    #[test]
    fn a_change_of_time_does_not_click() {
        let input = sine(30_000, 200.0, RATE);
        let steady = jump(&input);
        let jumps = |cell: u64| params([500.0, 9000.0, 777.5][cell as usize / 100 % 3], 0.0);
        let (left, _) = render(&mut Delay::new(RATE, 1.0), jumps, &input[..], &input);
        assert!(jump(&left[600..]) < steady * 2.1, "{} against {steady}", jump(&left[600..]));
        let glides = |cell: u64| {
            let time = |cell: u64| 2000.0 + 400.0 * (cell as f64 * 0.02).sin();
            DelayParams { time: Move { from: time(cell), to: time(cell + 1) }, ..params(0.0, 0.0) }
        };
        let (left, _) = render(&mut Delay::new(RATE, 1.0), glides, &input, &input);
        assert!(jump(&left[2600..]) < steady * 1.5, "{} against {steady}", jump(&left[2600..]));
    }

    #[test]
    fn damping_takes_the_heights_from_later_echoes_only() {
        let params = DelayParams { damp: 2000.0.into(), ..params(5000.0, 0.9) };
        let (left, _) = impulse(&mut Delay::new(RATE, 1.0), |_| params, 20_000);
        let (first, second) = (&left[5000..9000], &left[10_000..14_000]);
        assert_eq!((first[0], first[1]), (1.0, 0.0));
        let at = |x: &[f32], f| super::super::proof::gain(x, f, RATE);
        assert!((at(second, 50.0) + 0.92).abs() < 0.1, "{}", at(second, 50.0));
        assert!((at(second, 2000.0) + 0.92 + 3.0).abs() < 0.6, "{}", at(second, 2000.0));
        assert!(at(second, 10_000.0) < -12.0);
    }

    #[test]
    fn endless_feedback_has_no_end() {
        assert_eq!(Delay::new(RATE, 1.0).tail_frames(&params(100.0, 1.0)), u64::MAX);
        assert_eq!(Delay::new(RATE, 1.0).tail_frames(&params(100.0, 0.0)), 164);
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Delay::new(RATE, 0.05),
            |s, cell| DelayParams {
                time: match cell {
                    0 => f64::from(1.0 + s[0] * 1000.0).into(),
                    _ if s[6] < 0.5 => Move { from: f64::from(s[0] * 3000.0), to: f64::from(s[1] * 3000.0 * s[7]) },
                    _ => {
                        let time = |cell: u64| f64::from(s[1] * 1000.0 + 10.0 * s[7] * cell as f32);
                        Move { from: time(cell), to: time(cell + 1) }
                    }
                },
                feedback: if cell == 0 { s[2].into() } else { Move { from: s[2], to: s[3] } },
                damp: (s[4] * 25_000.0).into(),
                ping_pong: if cell == 0 { s[5].into() } else { Move { from: s[5], to: s[2] } },
            },
        );
    }
}
