//! What sounds of the kit are made with: oscillators, filters, envelopes, and levels that match.

use super::super::{
    exact::{exp, exp2, sine, tangent, tanh},
    sound::Noise,
};

/// Stereo frames as they are made.
pub(super) type Take = Vec<[f64; 2]>;

/// Where a sound is made: at a rate, and so long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Desk {
    /// Frames a second.
    pub rate: f64,
    /// Its length in seconds.
    pub secs: f64,
}

/// Seconds in which every sound fades at its end, besides falling by itself.
const FADE_SECS: f64 = 0.012;
/// Largest sample.
const PEAK: f64 = 0.95;

impl Desk {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    fn count(self) -> usize {
        (self.secs * self.rate).round().max(1.0) as usize
    }

    /// Makes both channels alike; the function is asked for one frame after the other, with the time in seconds.
    pub fn mono(self, mut sample: impl FnMut(f64) -> f64) -> Take {
        self.stereo(|t| [sample(t); 2])
    }

    /// Makes two channels.
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn stereo(self, mut frame: impl FnMut(f64) -> [f64; 2]) -> Take {
        (0..self.count()).map(|i| frame(i as f64 / self.rate)).collect()
    }

    /// A sine that begins at an angle, in turns.
    pub const fn sine(self, phase: f64) -> Sine {
        Sine { phase, step: 1.0 / self.rate }
    }

    /// A sawtooth or square that begins at an angle, in turns.
    pub const fn edge(self, phase: f64) -> Edge {
        Edge { phase, step: 1.0 / self.rate }
    }

    /// A filter.
    pub fn filter(self, hz: f64, q: f64) -> Svf {
        let mut filter = Svf { rate: self.rate, ..Svf::default() };
        filter.tune(hz, q);
        filter
    }

    /// Noise from a seed of its own.
    pub const fn noise(self, seed: u32) -> Noise {
        Noise::new(seed)
    }

    /// Fades the end, brings the level to `loudness` (LUFS of the loudest tenth of a second, both channels' mean) and keeps the peak.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "far below 2^53; sound has single precision")]
    pub fn finish(self, mut take: Take, loudness: f64) -> Box<[[f32; 2]]> {
        let count = take.len();
        for (left, frame) in take.iter_mut().rev().enumerate().take((FADE_SECS * self.rate) as usize) {
            let gain = (left as f64 / (FADE_SECS * self.rate)).min(1.0);
            *frame = frame.map(|sample| sample * gain);
        }
        debug_assert_eq!(count, self.count());
        let largest = take.iter().flatten().fold(f64::MIN_POSITIVE, |most, sample| most.max(sample.abs()));
        let wanted = exp2((loudness + 0.691) / 10.0 * std::f64::consts::LOG2_10);
        let gain = (wanted / loudest(&take, self.rate).max(1e-12)).sqrt().min(PEAK / largest);
        take.iter().map(|frame| frame.map(|sample| (sample * gain) as f32)).collect()
    }
}

/// Mean square of the loudest tenth of a second, weighted for the ear (ITU-R BS.1770-4, its two filters for any rate as in B. De
/// Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement", 2018); mean of both channels.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds of sound")]
pub(super) fn loudest(take: &[[f64; 2]], rate: f64) -> f64 {
    const PARTS: usize = 10;
    let hop = (0.1 * rate) as usize / PARTS;
    let mut weights = [Weight::new(rate), Weight::new(rate)];
    let sums: Vec<f64> = take
        .chunks(hop.max(1))
        .map(|part| part.iter().flat_map(|frame| [weights[0].next(frame[0]), weights[1].next(frame[1])]).map(|x| x * x).sum())
        .collect();
    let most = (0..sums.len()).map(|from| sums[from..].iter().take(PARTS).sum()).fold(0.0, f64::max);
    most / (2 * hop.max(1) * PARTS) as f64
}

/// A filter of two poles and two zeros in transposed form.
#[derive(Clone, Copy, Debug, Default)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    held: [f64; 2],
}

impl Biquad {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.held[0];
        self.held = [self.b[1] * x - self.a[0] * y + self.held[1], self.b[2] * x - self.a[1] * y];
        y
    }
}

/// The weighting of BS.1770: a shelf for the head, and a high-pass.
struct Weight([Biquad; 2]);

impl Weight {
    fn new(rate: f64) -> Self {
        let poles = |hz: f64, q: f64| {
            let k = tangent(0.5 * hz / rate);
            let whole = 1.0 + k / q + k * k;
            (k, whole, [2.0 * (k * k - 1.0) / whole, (1.0 - k / q + k * k) / whole])
        };
        // Four decibels, and about half of them at the shelf's edge.
        const HIGH: f64 = 1.584_864_701_130_855;
        const EDGE: f64 = 1.258_720_930_232_562;
        let q = 0.707_175_236_955_419_6;
        let (k, whole, a) = poles(1_681.974_450_955_533, q);
        let b = [HIGH + EDGE * k / q + k * k, 2.0 * (k * k - HIGH), HIGH - EDGE * k / q + k * k].map(|b| b / whole);
        let shelf = Biquad { b, a, ..Biquad::default() };
        let (_, _, a) = poles(38.135_470_876_024_44, 0.500_327_037_323_877_3);
        Self([shelf, Biquad { b: [1.0, -2.0, 1.0], a, ..Biquad::default() }])
    }

    fn next(&mut self, x: f64) -> f64 {
        let shelved = self.0[0].next(x);
        self.0[1].next(shelved)
    }
}

/// What an exponential leaves of 1 after `t` seconds, where it leaves 1/e after `tau`; 1 before the time 0.
pub(super) fn fall(t: f64, tau: f64) -> f64 {
    exp(-t.max(0.0) / tau)
}

/// What an exponential has reached of 1 after `t` seconds.
pub(super) fn rise(t: f64, tau: f64) -> f64 {
    1.0 - fall(t, tau)
}

/// Soft clipping, without a constant part.
pub(super) fn soft(x: f64) -> f64 {
    tanh(x)
}

/// A sine whose frequency may change with every frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sine {
    phase: f64,
    step: f64,
}

impl Sine {
    /// The next sample, at a frequency in Hz.
    pub fn next(&mut self, hz: f64) -> f64 {
        self.bent(hz, 0.0)
    }

    /// The next sample, its angle moved by so many turns.
    pub fn bent(&mut self, hz: f64, turns: f64) -> f64 {
        let value = sine(self.phase + turns);
        self.phase += hz * self.step;
        self.phase -= self.phase.floor();
        value
    }
}

/// A wave with edges, smoothed by polynomials where they fall between frames (V. Välimäki and A. Huovilainen, "Antialiasing
/// Oscillators in Subtractive Synthesis", IEEE Signal Processing Magazine, 2007).
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    phase: f64,
    step: f64,
}

impl Edge {
    fn smoothed(phase: f64, step: f64) -> f64 {
        if phase < step {
            let t = phase / step;
            t + t - t * t - 1.0
        } else if phase > 1.0 - step {
            let t = (phase - 1.0) / step;
            t * t + t + t + 1.0
        } else {
            0.0
        }
    }

    fn turn(&mut self, hz: f64) -> (f64, f64) {
        let (phase, step) = (self.phase, (hz * self.step).min(0.5));
        self.phase += step;
        self.phase -= self.phase.floor();
        (phase, step)
    }

    /// The next sample of a sawtooth, at a frequency in Hz.
    pub fn saw(&mut self, hz: f64) -> f64 {
        let (phase, step) = self.turn(hz);
        2.0 * phase - 1.0 - Self::smoothed(phase, step)
    }

    /// The next sample of a square.
    pub fn square(&mut self, hz: f64) -> f64 {
        let (phase, step) = self.turn(hz);
        let half = phase + 0.5;
        let raw = if phase < 0.5 { 1.0 } else { -1.0 };
        raw + Self::smoothed(phase, step) - Self::smoothed(half - half.floor(), step)
    }
}

/// A state-variable filter of two poles (V. Zavalishin, "The Art of VA Filter Design", 2012, chapter 4): low, band and high at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Svf {
    rate: f64,
    g: f64,
    k: f64,
    held: [f64; 2],
}

impl Svf {
    /// Tunes it to a frequency and a quality.
    pub fn tune(&mut self, hz: f64, q: f64) {
        (self.g, self.k) = (tangent(0.5 * hz.min(0.45 * self.rate) / self.rate), 1.0 / q);
    }

    fn next(&mut self, x: f64) -> [f64; 3] {
        let [one, two] = self.held;
        let high = (x - (self.g + self.k) * one - two) / (1.0 + self.g * (self.g + self.k));
        let band = self.g * high + one;
        let low = self.g * band + two;
        self.held = [self.g * high + band, self.g * band + low];
        [low, band * self.k, high]
    }

    /// Low-pass, 12 dB an octave.
    pub fn low(&mut self, x: f64) -> f64 {
        self.next(x)[0]
    }

    /// Band-pass, 1 in its middle.
    pub fn band(&mut self, x: f64) -> f64 {
        self.next(x)[1]
    }

    /// High-pass, 12 dB an octave.
    pub fn high(&mut self, x: f64) -> f64 {
        self.next(x)[2]
    }
}
