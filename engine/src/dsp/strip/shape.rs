//! Curves that bend a voice's samples, its coarse rate, and its vowels.

/// Kinds of distortion, in the order of their numbers.
pub const DISTORTIONS: &[&str] = &["scurve", "soft", "hard", "cubic", "diode", "asym", "fold", "sinefold", "chebyshev"];

/// A curve over samples, with the level after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Place in [`DISTORTIONS`].
    pub kind: u8,
    /// How far the curve bends, from 0 on.
    pub k: f32,
    /// Level after it.
    pub volume: f32,
}

impl Curve {
    /// `distort`: k = e^amount − 1.
    #[must_use]
    pub fn distort(kind: u8, amount: f32, volume: f32) -> Self {
        Self { kind, k: amount.max(0.0).min(16.0).exp_m1(), volume }
    }

    /// `shape`: the S-curve with k = 2s/(1 − s).
    #[must_use]
    pub fn shape(amount: f32, volume: f32) -> Self {
        let amount = amount.max(0.0).min(0.999);
        Self { kind: 0, k: 2.0 * amount / (1.0 - amount), volume }
    }

    /// A sample through the curve.
    #[must_use]
    pub fn of(&self, x: f32) -> f32 {
        let (k, driven) = (self.k, (1.0 + self.k) * x);
        let y = match self.kind {
            1 => driven.tanh(),
            2 => driven.max(-1.0).min(1.0),
            3 => {
                let bend = k.ln_1p() / (1.0 + k.ln_1p()) / 3.0;
                let y = driven.tanh();
                (y - bend * y * y * y) / (1.0 - bend)
            }
            4 => 0.6 * (driven / 0.6).tanh(),
            5 => {
                let side = if driven < 0.0 { 0.62 } else { 0.56 };
                side * (driven / side).tanh()
            }
            6 => fold(x, k),
            7 => (std::f32::consts::FRAC_PI_2 * fold(x, k)).sin(),
            8 => {
                // The third and fifth Chebyshev polynomials bring in harmonics 3 and 5.
                let y = driven.tanh();
                let (share, square) = (k.ln_1p() / (1.0 + k.ln_1p()), y * y);
                let (third, fifth) = (y * (4.0 * square - 3.0), y * (16.0 * square * square - 20.0 * square + 5.0));
                (1.0 - share) * y + share * 0.5 * (fifth - third)
            }
            _ => driven / (1.0 + k * x.abs()),
        };
        y * self.volume
    }
}

/// Folds a sample back into −1 to 1.
fn fold(x: f32, k: f32) -> f32 {
    let driven = (1.0 + 0.5 * k) * x;
    1.0 - ((driven + 1.0).rem_euclid(4.0) - 2.0).abs()
}

/// A sample at so many steps for each unit; halves go up.
#[inline]
pub(super) fn crushed(x: f32, steps: f32) -> f32 {
    (x * steps + 0.5).floor() / steps
}

/// Holds samples for a number of frames, which need not be whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hold {
    value: f32,
    /// Frames until the next sample is taken.
    left: f32,
}

impl Hold {
    #[inline]
    pub(super) fn next(&mut self, x: f32, frames: f32) -> f32 {
        if self.left < 0.5 {
            self.value = x;
            self.left += frames;
        }
        self.left -= 1.0;
        self.value
    }
}

/// Vowels, in the order of their numbers.
pub const VOWELS: &[&str] = &["a", "e", "i", "o", "u", "ae", "aa", "oe", "ue", "y", "uh", "un", "en", "an", "on"];

/// A formant: corner in Hz, Q, level.
type Formant = (f32, f32, f32);

/// Formants of the vowels, fitted to the magnitudes that the reference measured; the first five are those of a countertenor in
/// Csound's table of formant values.
const FORMANTS: [[Formant; 5]; 15] = [
    [(660.0, 80.0, 1.0), (1120.0, 90.0, 0.5012), (2750.0, 120.0, 0.0708), (3000.0, 130.0, 0.0631), (3350.0, 140.0, 0.0126)],
    [(440.0, 70.0, 1.0), (1800.0, 80.0, 0.1995), (2700.0, 100.0, 0.1259), (3000.0, 120.0, 0.1), (3300.0, 120.0, 0.1)],
    [(270.0, 40.0, 1.0), (1850.0, 90.0, 0.0631), (2900.0, 100.0, 0.0631), (3350.0, 120.0, 0.0158), (3590.0, 120.0, 0.0158)],
    [(430.0, 40.0, 1.0), (820.0, 80.0, 0.3162), (2700.0, 100.0, 0.0501), (3000.0, 120.0, 0.0794), (3300.0, 120.0, 0.0199)],
    [(370.0, 40.0, 1.0), (630.0, 60.0, 0.1), (2750.0, 100.0, 0.0708), (3000.0, 120.0, 0.0316), (3400.0, 120.0, 0.0199)],
    [(650.0, 80.0, 1.0), (1515.0, 90.0, 0.5), (2400.0, 120.0, 0.1008), (3000.0, 130.0, 0.0631), (3350.0, 140.0, 0.0126)],
    [(560.0, 80.0, 1.0), (900.0, 90.0, 0.5), (2570.0, 120.0, 0.0708), (3000.0, 130.0, 0.0631), (3300.0, 140.0, 0.0126)],
    [(500.0, 40.0, 1.0), (1430.0, 60.0, 0.2), (2300.0, 100.0, 0.0708), (3000.0, 120.0, 0.0316), (3300.0, 120.0, 0.0199)],
    [(250.0, 40.0, 1.0), (1750.0, 60.0, 0.1), (2150.0, 100.0, 0.0708), (3200.0, 120.0, 0.0316), (3300.0, 120.0, 0.0199)],
    [(400.0, 40.0, 1.0), (1460.0, 60.0, 0.2), (2400.0, 100.0, 0.0708), (3000.0, 120.0, 0.0316), (3300.0, 120.0, 0.0299)],
    [(600.0, 40.0, 1.0), (1250.0, 70.0, 0.3), (2100.0, 100.0, 0.0605), (3100.0, 120.0, 0.0315), (3500.0, 130.0, 0.0198)],
    [(500.0, 40.0, 1.0), (1240.0, 60.0, 0.1), (2280.0, 100.0, 0.1708), (3000.0, 120.0, 0.0216), (3500.0, 120.0, 0.0299)],
    [(600.0, 40.0, 1.0), (1480.0, 60.0, 0.15), (2450.0, 100.0, 0.0708), (3200.0, 120.0, 0.0316), (3300.0, 120.0, 0.0299)],
    [(700.0, 40.0, 1.0), (1050.0, 60.0, 0.1), (2500.0, 100.0, 0.0708), (3000.0, 120.0, 0.0316), (3300.0, 120.0, 0.0299)],
    [(500.0, 40.0, 1.0), (1080.0, 60.0, 0.1), (2350.0, 100.0, 0.0708), (3000.0, 120.0, 0.0316), (3300.0, 120.0, 0.0299)],
];

/// Five band-passes side by side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vowel {
    /// Corner coefficient, 1/Q, 1/(1 + g·(g + k)) and level of each.
    formants: [[f32; 4]; 5],
    states: [[f32; 2]; 5],
}

impl Vowel {
    pub(super) fn set(&mut self, vowel: usize, rate: f32) {
        let Some(formants) = FORMANTS.get(vowel) else { return };
        for (into, (hz, q, level)) in self.formants.iter_mut().zip(formants) {
            let (g, k) = (super::filter::corner(*hz, rate), 1.0 / q);
            *into = [g, k, 1.0 / (1.0 + g * (g + k)), level * 8.0];
        }
    }

    pub(super) fn settle(&mut self) {
        for state in &mut self.states {
            let most = state[0].abs().max(state[1].abs());
            if !(most > 1e-12 && most < 1e6) {
                *state = [0.0; 2];
            }
        }
    }

    #[inline]
    pub(super) fn next(&mut self, x: f32) -> f32 {
        let mut sum = 0.0;
        for ([first, second], [g, k, divided, level]) in self.states.iter_mut().zip(&self.formants) {
            let v1 = divided * (*first + g * (x - *second));
            let v2 = *second + g * v1;
            *first = v1 + v1 - *first;
            *second = v2 + v2 - *second;
            sum += k * v1 * level;
        }
        sum
    }
}

/// Goes over the samples of one lane.
#[inline]
pub(super) fn each(row: &mut [f32], mut f: impl FnMut(f32) -> f32) {
    row.iter_mut().for_each(|sample| *sample = f(*sample));
}
