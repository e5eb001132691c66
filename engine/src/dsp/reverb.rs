//! A reverberator of sixteen delay lines.
//!
//! A feedback delay network with an orthogonal matrix: Jean-Marc Jot and Antoine Chaigne, *Digital Delay Networks for Designing
//! Artificial Reverberators*, AES 90th Convention (1991), with their gains and one-pole absorption for each line; the matrix is
//! Hadamard's. Four all-passes for each side before it make its beginning dense (Jon Dattorro, *Effect Design, Part 1*, JAES 45,
//! 1997). It is written here because the crates' reverberators fix their room when they are made (`fundsp`) or know no decay in
//! seconds (`freeverb`).
//!
//! All delays are longer than a piece of the grid, so that pieces are worked on line by line, in vectors of frames.

use super::{CHUNK, Cell, Kernel, Move, Piece, Quiet, keep, pair};

/// What the reverberator needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReverbParams {
    /// Seconds in which the sound falls by 60 dB, held between 0.1 and 100.
    pub decay: Move,
    /// How much faster the heights decay, from 0 to 1: at half the sample rate the time is `decay · (1 − damp)`.
    pub damp: Move,
    /// Size of the room from 0 to 1: lines of 12 to 70 ms on average. A change cross-fades within [`Reverb::FADE`] frames.
    pub size: f32,
    /// Seconds before the first reflection, from 0 to 0.5. A change cross-fades likewise.
    pub pre_delay: f32,
    /// Distance of the sides, from 0 (both the same) to 1 (nothing in common).
    pub width: Move,
}

impl Default for ReverbParams {
    fn default() -> Self {
        Self { decay: Move::still(1.8), damp: Move::still(0.5), size: 0.5, pre_delay: 0.01, width: Move::still(1.0) }
    }
}

const LINES: usize = 16;
const DIFFUSERS: usize = 4;

/// Dattorro's lengths of the all-passes, in seconds, and their largest coefficient.
const DIFFUSION: [f64; DIFFUSERS] = [0.004_771, 0.003_595, 0.012_735, 0.009_307];
const DENSITY: f32 = 0.7;

/// Longest time before the first reflection, in seconds.
const LONGEST_PRE: f64 = 0.5;

/// Shortest and longest line as shares of the average one.
const SHORTEST: f64 = 0.5;
const LONGEST: f64 = 1.6;

/// Average lengths in seconds for sizes of 0 and 1.
const SMALL: f64 = 0.012;
const LARGE: f64 = 0.070;

/// A ring of samples that is read and written in pieces.
#[derive(Clone, Debug)]
struct Ring(Box<[f32]>);

impl Ring {
    fn new(longest: usize) -> Self {
        // Each sample is written once, so that no page is first touched on the audio thread.
        Self((0..(longest + 2 * CHUNK).next_power_of_two()).map(|_| std::hint::black_box(0.0)).collect())
    }

    /// Copies the samples that lie `distance` before the ones at `at`.
    fn read(&self, at: Clock, distance: usize, out: &mut [f32]) {
        let start = at.head.wrapping_sub(distance) & (self.0.len() - 1);
        let whole = out.len().min(self.0.len() - start);
        let (first, rest) = out.split_at_mut(whole);
        first.copy_from_slice(&self.0[start..start + whole]);
        rest.copy_from_slice(&self.0[..rest.len()]);
        // What was written before the last reset is silence.
        let old = distance.saturating_sub(at.written).min(out.len());
        out[..old].fill(0.0);
    }

    fn write(&mut self, at: Clock, samples: &[f32]) {
        let start = at.head & (self.0.len() - 1);
        let whole = samples.len().min(self.0.len() - start);
        let (first, rest) = samples.split_at(whole);
        self.0[start..start + whole].copy_from_slice(first);
        self.0[..rest.len()].copy_from_slice(rest);
    }
}

/// Where the rings are written, and how much of them counts.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    head: usize,
    written: usize,
}

impl Clock {
    const fn pass(&mut self, frames: usize) {
        self.head = self.head.wrapping_add(frames);
        self.written = self.written.saturating_add(frames);
    }
}

/// A setting that fades to another one.
#[derive(Clone, Copy, Debug)]
struct Change<T> {
    now: T,
    next: Option<T>,
    /// Frames of the fade before the cell.
    done: u32,
}

impl<T: Copy + PartialEq> Change<T> {
    const fn still(now: T) -> Self {
        Self { now, next: None, done: 0 }
    }

    /// Goes on by a cell of `passed` frames and takes a new request where no fade is under way.
    fn enter(&mut self, wanted: T, passed: u32) {
        self.done += passed;
        if let Some(next) = self.next.filter(|_| self.done >= Reverb::FADE) {
            (self.now, self.next) = (next, None);
        }
        if self.next.is_none() && wanted != self.now {
            (self.next, self.done) = (Some(wanted), 0);
        }
    }

    /// Returns the share of the new setting at the piece's frames.
    fn faded(&self, piece: &Piece) -> [f32; CHUNK] {
        std::array::from_fn(|i| ((self.done + piece.cell.at + i as u32) as f32 / Reverb::FADE as f32).min(1.0))
    }
}

/// What follows from decay, damping and size.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tuning {
    /// Share of a line's sound that comes back.
    gains: [f32; LINES],
    /// Share of the last sample that a line's low-pass keeps.
    keeps: [f32; LINES],
    diffusion: [f32; DIFFUSERS],
    /// Factor that makes the reverberation of a steady noise as loud as the noise.
    level: f32,
}

impl Tuning {
    fn new(decay: f32, damp: f32, lengths: &[usize; LINES], rate: f64) -> Self {
        let (decay, rate) = (f64::from(decay), rate);
        let high = decay * f64::from(1.0 - damp).max(0.01);
        let falls = |frames: f64, seconds: f64| 10f64.powf(-3.0 * frames / (seconds * rate));
        let keeps = lengths.map(|length| {
            // A low-pass that takes more than 40 dB at a time would hardly move at all.
            let ratio = (falls(length as f64, high) / falls(length as f64, decay)).max(0.01);
            (1.0 - ratio) / (1.0 + ratio)
        });
        // The low-pass delays the low tones by so many frames more.
        let gains = std::array::from_fn(|k| falls(lengths[k] as f64 + keeps[k] / (1.0 - keeps[k]), decay) as f32);
        let keeps = keeps.map(|keeps| keeps as f32);
        // An all-pass rings by itself: no longer than half the decay.
        let diffusion = DIFFUSION.map(|seconds| DENSITY.min(falls(seconds * rate, decay * 0.5) as f32));
        let power = gains.iter().map(|gain: &f32| gain * gain).sum::<f32>() / LINES as f32;
        Self { gains, keeps, diffusion, level: (1.0 - power).max(0.0).sqrt() }
    }
}

/// A room.
#[derive(Clone, Debug)]
pub struct Reverb {
    rate: f64,
    clock: Clock,
    pre: [Ring; 2],
    diffusers: [[Ring; DIFFUSERS]; 2],
    diffusion: [[usize; DIFFUSERS]; 2],
    lines: [Ring; LINES],
    low: [f32; LINES],
    pre_delay: Change<usize>,
    lengths: Change<[usize; LINES]>,
    /// The size and what decay and damping the tuning was worked out for.
    known: Option<[f32; 3]>,
    wanted: [usize; LINES],
    from: Tuning,
    to: Tuning,
    /// Frames of the cell at hand.
    len: u32,
    quiet: Quiet,
}

impl Reverb {
    /// Frames in which size and pre-delay fade.
    pub const FADE: u32 = 2048;

    /// A room at a sample rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let longest = (LARGE * LONGEST * rate) as usize * 2;
        let diffusion = [1.0, 1.07].map(|side| DIFFUSION.map(|seconds| prime(((seconds * side * rate) as usize).max(CHUNK))));
        let lengths = lengths(0.5, rate);
        let tuning = Tuning::new(1.0, 0.0, &lengths, rate);
        Self {
            rate,
            clock: Clock::default(),
            pre: std::array::from_fn(|_| Ring::new((LONGEST_PRE * rate) as usize)),
            diffusers: diffusion.map(|lengths| lengths.map(Ring::new)),
            diffusion,
            lines: std::array::from_fn(|_| Ring::new(longest)),
            low: [0.0; LINES],
            pre_delay: Change::still(0),
            lengths: Change::still(lengths),
            known: None,
            wanted: lengths,
            from: tuning,
            to: tuning,
            len: 0,
            quiet: Quiet::new(),
        }
    }

    /// Looks at the parameters at the beginning of a cell.
    #[allow(clippy::float_cmp, reason = "looks whether they are the same numbers")]
    fn enter(&mut self, params: &ReverbParams, len: u32) {
        let size = params.size.max(0.0).min(1.0);
        let pre_delay = (f64::from(params.pre_delay.max(0.0)).min(LONGEST_PRE) * self.rate) as usize;
        let (decay, damp) = (params.decay.within(0.1, 100.0).to, params.damp.within(0.0, 1.0).to);
        let is_new = self.known.is_none();
        if self.known.is_none_or(|known| known[0] != size) {
            self.wanted = lengths(size, self.rate);
        }
        if is_new {
            self.lengths = Change::still(self.wanted);
            self.pre_delay = Change::still(pre_delay);
        }
        self.lengths.enter(self.wanted, self.len);
        self.pre_delay.enter(pre_delay, self.len);
        self.from = self.to;
        let heads_for = self.lengths.next.unwrap_or(self.lengths.now);
        if self.known != Some([size, decay, damp]) || self.lengths.done == 0 {
            self.to = Tuning::new(decay, damp, &heads_for, self.rate);
        }
        if is_new {
            self.from = self.to;
        }
        (self.known, self.len) = (Some([size, decay, damp]), len);
    }

    /// Delays the input and sends it through the all-passes.
    fn diffuse(&mut self, piece: &Piece, sides: &mut [[f32; CHUNK]; 2]) {
        let frames = piece.len();
        let mut delayed = [0.0; CHUNK];
        for (c, side) in sides.iter_mut().enumerate() {
            let side = &mut side[..frames];
            side.iter_mut().for_each(|x| *x = keep(*x));
            self.quiet.is_loud |= side.iter().any(|x| *x != 0.0);
            self.pre[c].write(self.clock, side);
            self.pre[c].read(self.clock, self.pre_delay.now, side);
            if let Some(next) = self.pre_delay.next {
                self.pre[c].read(self.clock, next, &mut delayed[..frames]);
                fade(side, &delayed, &self.pre_delay.faded(piece));
            }
            for (k, (ring, length)) in self.diffusers[c].iter_mut().zip(self.diffusion[c]).enumerate() {
                let way = Move { from: self.from.diffusion[k], to: self.to.diffusion[k] };
                ring.read(self.clock, length, &mut delayed[..frames]);
                let mut written = [0.0; CHUNK];
                for i in 0..frames {
                    let g = way.at(piece.cell.share(i));
                    written[i] = keep(side[i] + g * delayed[i]);
                    side[i] = delayed[i] - g * written[i];
                }
                ring.write(self.clock, &written[..frames]);
                self.quiet.is_loud |= written != [0.0; CHUNK];
            }
        }
    }

    /// Reads the lines through their low-passes.
    fn absorb(&mut self, piece: &Piece, block: &mut [[f32; CHUNK]; LINES]) {
        let frames = piece.len();
        let mut other = [0.0; CHUNK];
        let faded = self.lengths.next.map(|next| (next, self.lengths.faded(piece)));
        for (k, (line, out)) in self.lines.iter().zip(block.iter_mut()).enumerate() {
            line.read(self.clock, self.lengths.now[k], &mut out[..frames]);
            if let Some((next, faded)) = &faded {
                line.read(self.clock, next[k], &mut other[..frames]);
                fade(&mut out[..frames], &other, faded);
            }
        }
        if self.to.keeps == [0.0; LINES] && self.low == [0.0; LINES] {
            return;
        }
        // Eight chains at a time, because each waits for its own last sample.
        let chains = block.chunks_exact_mut(8).zip(self.low.chunks_exact_mut(8)).zip(self.to.keeps.chunks_exact(8));
        for ((lines, low), keeps) in chains {
            for i in 0..frames {
                for k in 0..8 {
                    let x = lines[k][i];
                    low[k] = x + (low[k] - x) * keeps[k];
                    lines[k][i] = low[k];
                }
            }
        }
    }

    fn piece(&mut self, piece: &Piece, width: Move, left: &mut [f32], right: &mut [f32]) {
        let frames = piece.len();
        let shares = piece.shares();
        let mut sides = [[0.0; CHUNK]; 2];
        sides[0][..frames].copy_from_slice(left);
        sides[1][..frames].copy_from_slice(right);
        self.diffuse(piece, &mut sides);
        let mut block = [[0.0; CHUNK]; LINES];
        self.absorb(piece, &mut block);
        let level = Move { from: self.from.level, to: self.to.level };
        let out = gather(&block);
        for (i, (l, r)) in left.iter_mut().zip(right).enumerate() {
            let level = level.at(shares[i]);
            let (middle, side) = ((out[0][i] + out[1][i]) * 0.5, (out[0][i] - out[1][i]) * 0.5 * width.at(shares[i]));
            (*l, *r) = ((middle + side) * level, (middle - side) * level);
        }
        for (k, line) in block.iter_mut().enumerate() {
            let way = Move { from: self.from.gains[k] * 0.25, to: self.to.gains[k] * 0.25 };
            line.iter_mut().zip(&shares).for_each(|(x, share)| *x *= way.at(*share));
        }
        hadamard(&mut block);
        for (k, line) in block.iter_mut().enumerate() {
            // Left feeds the even lines and right the odd ones, with signs that do not add up.
            let sign = if k & 4 == 0 { INJECTION } else { -INJECTION };
            line.iter_mut().zip(&sides[k & 1]).for_each(|(x, input)| *x = keep(*x + input * sign));
            let line = &line[..frames];
            self.quiet.is_loud |= line.iter().fold(0, |bits, x| bits | x.to_bits()) != 0;
            self.lines[k].write(self.clock, line);
        }
        self.clock.pass(frames);
    }

    /// Energy of the answer to an impulse of 1 on both sides, for each side: the mean of what comes back of equal powers in `bands`
    /// frequencies, each counted as much as `weight` says of it (a share of the sample rate). Lines are taken for unlike each other.
    pub(super) fn energy(decay: f32, damp: f32, size: f32, rate: f64, bands: usize, weight: impl Fn(f64) -> f64) -> f64 {
        let tuning = Tuning::new(decay, damp, &lengths(size, rate), rate);
        let band = |band: usize| {
            let frequency = (band as f64 + 0.5) / (2 * bands) as f64;
            let cosine = (std::f64::consts::TAU * frequency).cos();
            let (mut out, mut back) = (0.0, 0.0);
            for (keeps, gain) in tuning.keeps.iter().zip(&tuning.gains) {
                let (keeps, gain) = (f64::from(*keeps), f64::from(*gain));
                let passed = (1.0 - keeps).powi(2) / (1.0 - 2.0 * keeps * cosine + keeps * keeps);
                (out, back) = (out + passed, back + passed * gain * gain);
            }
            let lines = LINES as f64;
            weight(frequency) * (out / lines) / (1.0 - back / lines).max(1e-6)
        };
        (0..bands).map(band).sum::<f64>() / bands as f64 * f64::from(tuning.level).powi(2)
    }

    fn longest(&self) -> u64 {
        let rest = LARGE * LONGEST * 2.0 + LONGEST_PRE + DIFFUSION.iter().sum::<f64>() * 2.0;
        (rest * self.rate) as u64 + 1024
    }
}

/// Level at which a side feeds each of its eight lines: together they hold its power.
const INJECTION: f32 = 0.353_553_4;

fn fade(from: &mut [f32], to: &[f32; CHUNK], faded: &[f32; CHUNK]) {
    for (i, x) in from.iter_mut().enumerate() {
        *x = *x * (1.0 - faded[i]) + to[i] * faded[i];
    }
}

/// Adds the even lines up to the left and the odd ones to the right, with signs that differ from the input's.
fn gather(block: &[[f32; CHUNK]; LINES]) -> [[f32; CHUNK]; 2] {
    let mut out = [[0.0; CHUNK]; 2];
    for (k, line) in block.iter().enumerate() {
        let sign = if k & 2 == 0 { 1.0 } else { -1.0 };
        out[k & 1].iter_mut().zip(line).for_each(|(sum, x)| *sum += x * sign);
    }
    out
}

/// Multiplies by Hadamard's matrix of order 16, line against line.
fn hadamard(block: &mut [[f32; CHUNK]; LINES]) {
    let mut half = LINES / 2;
    while half > 0 {
        for group in block.chunks_exact_mut(half * 2) {
            let (upper, lower) = group.split_at_mut(half);
            for (a, b) in upper.iter_mut().zip(lower) {
                for (a, b) in a.iter_mut().zip(b) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
        }
        half /= 2;
    }
}

/// Returns the lengths of the lines: primes at equal ratios, so that their echoes seldom meet.
fn lengths(size: f32, rate: f64) -> [usize; LINES] {
    let average = (SMALL + (LARGE - SMALL) * f64::from(size)) * rate;
    std::array::from_fn(|k| {
        let ratio = SHORTEST * (LONGEST / SHORTEST).powf(k as f64 / (LINES - 1) as f64);
        prime(((average * ratio) as usize).max(CHUNK))
    })
}

/// Returns the first prime from a number on.
fn prime(from: usize) -> usize {
    let is_prime = |n: &usize| (3..).step_by(2).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (from | 1..).step_by(2).find(is_prime).unwrap_or(from)
}

impl Kernel for Reverb {
    type Params = ReverbParams;

    fn process(&mut self, cell: Cell, params: &ReverbParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        if cell.at == 0 || self.known.is_none() {
            self.enter(params, cell.len);
        }
        let width = params.width.within(0.0, 1.0);
        for piece in cell.pieces(left.len()) {
            let (left, right) = (&mut left[piece.start..piece.end], &mut right[piece.start..piece.end]);
            if piece.is_step {
                self.quiet.step();
                self.low = self.low.map(keep);
            }
            let is_zero = |samples: &[f32]| samples.iter().all(|x| keep(*x) == 0.0);
            if self.is_silent() && is_zero(left) && is_zero(right) {
                left.fill(0.0);
                right.fill(0.0);
            } else {
                self.piece(&piece, width, left, right);
            }
            self.quiet.hear(&piece, left, right);
        }
    }

    fn reset(&mut self) {
        self.clock.written = 0;
        (self.low, self.known, self.len, self.quiet) = ([0.0; LINES], None, 0, Quiet::new());
    }

    fn tail_frames(&self, params: &ReverbParams) -> u64 {
        let seconds = f64::from(params.decay.within(0.1, 100.0).to) * 110.0 / 60.0 + f64::from(params.pre_delay) + 0.5;
        (seconds * self.rate) as u64
    }

    fn is_silent(&self) -> bool {
        self.quiet.frames() > self.longest() && self.low == [0.0; LINES]
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, gain, holds, impulse, jump, noise, render, rms, sine};
    use super::*;

    fn params(decay: f32, damp: f32, size: f32) -> ReverbParams {
        ReverbParams { decay: decay.into(), damp: damp.into(), size, pre_delay: 0.0, width: 1.0.into() }
    }

    /// The time of a fall by 60 dB, from the slope between −5 and −35 dB of Schroeder's backward integral.
    fn rt60(answer: &[f32], rate: f64) -> f64 {
        let mut sum = 0.0;
        let mut energy: Vec<f64> = answer
            .iter()
            .rev()
            .map(|x| {
                sum += f64::from(*x).powi(2);
                sum
            })
            .collect();
        energy.reverse();
        let at = |db: f64| energy.iter().position(|e| 10.0 * (e / energy[0]).log10() < db).unwrap() as f64 / rate;
        (at(-35.0) - at(-5.0)) * 2.0
    }

    #[test]
    fn the_decay_is_the_wanted_one() {
        for rate in [44_100.0, 96_000.0] {
            for decay in [0.3, 1.0, 2.5, 6.0] {
                for size in [0.0, 0.5, 1.0] {
                    let frames = (f64::from(decay) * rate * 1.5) as usize;
                    let (left, right) = impulse(&mut Reverb::new(rate), |_| params(decay, 0.0, size), frames);
                    for found in [rt60(&left, rate), rt60(&right, rate)] {
                        assert!((found / f64::from(decay) - 1.0).abs() < 0.1, "{decay} s at size {size}: {found} s");
                    }
                }
            }
        }
    }

    #[test]
    fn damping_shortens_the_heights_only() {
        let (left, _) = impulse(&mut Reverb::new(RATE), |_| params(2.0, 0.8, 0.5), 144_000);
        let window = |frames: std::ops::Range<usize>, f: f64| -> f64 {
            (0..20).map(|k| 10f64.powf(gain(&left[frames.clone()], f * (1.0 + 0.002 * f64::from(k)), RATE) / 10.0)).sum::<f64>().log10()
                * 10.0
        };
        let falls = |f: f64| window(9600..19_200, f) - window(57_600..67_200, f);
        assert!((falls(100.0) - 30.0).abs() < 5.0, "{}", falls(100.0));
        assert!(falls(12_000.0) > 60.0, "{}", falls(12_000.0));
    }

    #[test]
    fn the_sides_have_nothing_in_common() {
        let (left, right) = impulse(&mut Reverb::new(RATE), |_| params(2.0, 0.3, 0.5), 96_000);
        let product: f64 = left.iter().zip(&right).map(|(l, r)| f64::from(*l) * f64::from(*r)).sum();
        let correlation = product / (rms(&left) * rms(&right) * 96_000.0);
        assert!(correlation.abs() < 0.1, "{correlation}");
        let (left, right) = impulse(&mut Reverb::new(RATE), |_| ReverbParams { width: 0.0.into(), ..params(2.0, 0.3, 0.5) }, 9600);
        assert_eq!(left, right);
    }

    #[test]
    fn a_steady_noise_keeps_its_loudness() {
        let (left, right) = (noise(240_000, 1), noise(240_000, 2));
        for decay in [0.2, 1.0, 3.0] {
            let (wet, _) = render(&mut Reverb::new(RATE), |_| params(decay, 0.0, 0.5), &left, &right);
            let level = 20.0 * (rms(&wet[200_000..]) / rms(&left)).log10();
            assert!(level.abs() < 1.5, "{decay} s: {level} dB");
        }
    }

    #[test]
    fn the_first_reflection_waits_for_the_pre_delay() {
        let first = |pre_delay: f32| {
            let (left, _) = impulse(&mut Reverb::new(RATE), |_| ReverbParams { pre_delay, ..params(1.0, 0.0, 0.0) }, 48_000);
            left.iter().position(|x| *x != 0.0).unwrap()
        };
        assert_eq!(first(0.25) - first(0.0), 12_000);
    }

    #[test]
    fn the_tail_is_dense() {
        // Of a Gaussian tail a third lies beyond one standard deviation (Abel and Huang, 2006).
        let (left, _) = impulse(&mut Reverb::new(RATE), |_| params(2.0, 0.0, 0.5), 48_000);
        let window = &left[9600..10_560];
        let beyond = window.iter().filter(|x| f64::from(x.abs()) > rms(window)).count() as f64 / 960.0;
        assert!((beyond / 0.317 - 1.0).abs() < 0.15, "{beyond}");
    }

    #[test]
    fn a_change_of_room_does_not_click() {
        let input = sine(60_000, 200.0, RATE);
        let at = |cell: u64| ReverbParams {
            pre_delay: [0.0, 0.1][cell as usize / 300 % 2],
            ..params([0.5, 4.0][cell as usize / 200 % 2], 0.2, [0.0, 1.0, 0.3][cell as usize / 100 % 3])
        };
        let (left, _) = render(&mut Reverb::new(RATE), at, &input, &input);
        assert!(jump(&left[3000..]) < jump(&input) * 4.0, "{} against {}", jump(&left[3000..]), jump(&input));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Reverb::new(RATE),
            |s, cell| ReverbParams {
                decay: Move { from: 0.1 + s[0] * 3.0, to: 0.1 + s[0] * 3.0 + if cell % 3 == 2 { s[1] } else { 0.0 } },
                damp: s[2].into(),
                size: if cell > 20 { s[3] } else { s[4] },
                pre_delay: if cell > 30 { s[5] * 0.5 } else { s[6] * 0.1 },
                width: Move { from: s[7], to: s[0] },
            },
        );
    }
}
