//! Four bands: a low shelf, two peaks and a high shelf.
//!
//! Coefficients and filters are those of the crate `biquad`, which has them from Robert Bristow-Johnson's *Audio EQ Cookbook*.
//! It works in `f64`, so that low bands lose nothing. Coefficients go in straight lines through a cell; the region of stable
//! ones is convex, so that all of them are stable.

use biquad::{Biquad, Coefficients, DirectForm2Transposed, Type};

use super::{Cell, Kernel, Move, Piece, TAIL, pair, settle};

/// A band of the equaliser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Centre of a peak, or middle of a shelf's slope, in hertz; held between 10 Hz and 0.49 of the rate.
    pub frequency: Move,
    /// Decibels at the peak or on the shelf, held between −48 and 48.
    pub gain: Move,
    /// Quality, held between 0.1 and 40; for a shelf 0.7071 is the steepest slope without an overshoot.
    pub q: Move,
}

impl Band {
    /// A band that stands.
    #[must_use]
    pub const fn still(frequency: f32, gain: f32, q: f32) -> Self {
        Self { frequency: Move::still(frequency), gain: Move::still(gain), q: Move::still(q) }
    }

    fn within(self) -> Self {
        Self { frequency: self.frequency.within(10.0, f32::MAX), gain: self.gain.within(-48.0, 48.0), q: self.q.within(0.1, 40.0) }
    }

    fn moves(&self) -> bool {
        self.frequency.moves() || self.gain.moves() || self.q.moves()
    }
}

/// What the equaliser needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EqParams {
    /// Low shelf, two peaks, high shelf.
    pub bands: [Band; 4],
}

impl Default for EqParams {
    fn default() -> Self {
        let shelf = std::f32::consts::FRAC_1_SQRT_2;
        let bands = [(120.0, shelf), (500.0, 1.0), (2500.0, 1.0), (8000.0, shelf)];
        Self { bands: bands.map(|(frequency, q)| Band::still(frequency, 0.0, q)) }
    }
}

/// Which curve a band has.
#[derive(Clone, Copy, Debug)]
enum Form {
    LowShelf,
    Peak,
    HighShelf,
}

const FORMS: [Form; 4] = [Form::LowShelf, Form::Peak, Form::Peak, Form::HighShelf];

/// Coefficients of a filter that hands its input on.
const WIRE: Coefficients<f64> = Coefficients { a1: 0.0, a2: 0.0, b0: 1.0, b1: 0.0, b2: 0.0 };

/// Frequency, gain and quality of one end of a band's way.
type Setting = [f32; 3];

/// A band's filters, for left and right, and the last coefficients that were worked out.
#[derive(Clone, Copy, Debug)]
struct Stage {
    form: Form,
    filters: [DirectForm2Transposed<f64>; 2],
    known: (Setting, Coefficients<f64>),
}

impl Stage {
    const fn new(form: Form) -> Self {
        Self { form, filters: [DirectForm2Transposed::new(WIRE); 2], known: ([f32::NAN; 3], WIRE) }
    }

    fn coefficients(&mut self, setting: Setting, rate: f64) -> Coefficients<f64> {
        if self.known.0 != setting {
            self.known = (setting, coefficients(self.form, setting, rate));
        }
        self.known.1
    }

    fn is_zero(&self) -> bool {
        self.filters.iter().all(|filter| filter.s1 == 0.0 && filter.s2 == 0.0)
    }

    fn settle(&mut self) {
        for filter in &mut self.filters {
            let mut states = [filter.s1, filter.s2];
            settle(&mut states);
            [filter.s1, filter.s2] = states;
        }
    }

    fn set(&mut self, coefficients: Coefficients<f64>) {
        self.filters.iter_mut().for_each(|filter| filter.update_coefficients(coefficients));
    }

    fn run(&mut self, piece: &Piece, ways: &[Coefficients<f64>; 2], moves: bool, samples: &mut [[f64; 2]]) {
        self.set(ways[0]);
        for (i, frame) in samples.iter_mut().enumerate() {
            if moves {
                self.set(between(&ways[0], &ways[1], f64::from(piece.cell.share(i))));
            }
            *frame = [self.filters[0].run(frame[0]), self.filters[1].run(frame[1])];
        }
    }
}

fn coefficients(form: Form, [frequency, gain, q]: Setting, rate: f64) -> Coefficients<f64> {
    let (gain, q) = (f64::from(gain), f64::from(q));
    let form = match form {
        Form::LowShelf => Type::LowShelf(gain),
        Form::Peak => Type::PeakingEQ(gain),
        Form::HighShelf => Type::HighShelf(gain),
    };
    let share = (f64::from(frequency) / (0.5 * rate)).clamp(1e-6, 0.98);
    Coefficients::from_normalized_params(form, share, q).unwrap_or(WIRE)
}

fn between(from: &Coefficients<f64>, to: &Coefficients<f64>, share: f64) -> Coefficients<f64> {
    let line = |from: f64, to: f64| from * (1.0 - share) + to * share;
    Coefficients {
        a1: line(from.a1, to.a1),
        a2: line(from.a2, to.a2),
        b0: line(from.b0, to.b0),
        b1: line(from.b1, to.b1),
        b2: line(from.b2, to.b2),
    }
}

/// An equaliser of four bands.
#[derive(Clone, Debug)]
pub struct Eq {
    rate: f64,
    stages: [Stage; 4],
}

impl Eq {
    /// An equaliser at a sample rate.
    #[must_use]
    pub const fn new(rate: f64) -> Self {
        Self { rate, stages: [Stage::new(Form::LowShelf), Stage::new(Form::Peak), Stage::new(Form::Peak), Stage::new(Form::HighShelf)] }
    }
}

impl Kernel for Eq {
    type Params = EqParams;

    fn process(&mut self, cell: Cell, params: &EqParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        for piece in cell.pieces(left.len()) {
            let (left, right) = (&mut left[piece.start..piece.end], &mut right[piece.start..piece.end]);
            let mut samples = [[0.0; 2]; super::CHUNK];
            let samples = &mut samples[..piece.len()];
            for (frame, (l, r)) in samples.iter_mut().zip(left.iter().zip(right.iter())) {
                *frame = [f64::from(*l), f64::from(*r)];
            }
            for (stage, band) in self.stages.iter_mut().zip(&params.bands) {
                if piece.is_step {
                    stage.settle();
                }
                let band = band.within();
                // A flat band changes nothing once what it held is gone.
                if band.gain == Move::still(0.0) && stage.is_zero() {
                    continue;
                }
                let from = stage.coefficients([band.frequency.from, band.gain.from, band.q.from], self.rate);
                let to = stage.coefficients([band.frequency.to, band.gain.to, band.q.to], self.rate);
                stage.run(&piece, &[from, to], band.moves(), samples);
            }
            for (frame, (l, r)) in samples.iter().zip(left.iter_mut().zip(right.iter_mut())) {
                [*l, *r] = frame.map(|x| x as f32);
            }
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.rate);
    }

    fn tail_frames(&self, params: &EqParams) -> u64 {
        let tail = |(form, band): (Form, &Band)| {
            let band = band.within();
            if band.gain == Move::still(0.0) {
                return 0.0;
            }
            let c = coefficients(form, [band.frequency.to, band.gain.to, band.q.to], self.rate);
            let pole = radius(&c);
            // Ten times the gain, and a hundred for poles that are nearly equal.
            (10f64.powf(f64::from(band.gain.to.abs()) / 20.0) * 1e3 / TAIL).ln() / -pole.ln()
        };
        FORMS.into_iter().zip(&params.bands).map(tail).sum::<f64>() as u64 + 64
    }

    fn is_silent(&self) -> bool {
        self.stages.iter().all(Stage::is_zero)
    }
}

/// The magnitude of the slower pole.
fn radius(c: &Coefficients<f64>) -> f64 {
    let root = c.a1 * c.a1 * 0.25 - c.a2;
    if root < 0.0 { c.a2.sqrt() } else { (c.a1 * 0.5).abs() + root.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, gain, holds, impulse, jump, noise, render, sine};
    use super::*;

    fn with(band: usize, frequency: f32, gain: f32, q: f32) -> EqParams {
        let mut params = EqParams::default();
        params.bands[band] = Band::still(frequency, gain, q);
        params
    }

    /// The cookbook's analog prototypes, in decibels, at frequencies bent as the bilinear transform bends them.
    fn design(band: usize, frequency: f64, db: f64, q: f64, at: f64) -> f64 {
        let bend = |f: f64| (std::f64::consts::PI * f / RATE).tan();
        let w = bend(at) / bend(frequency);
        let a = 10f64.powf(db / 40.0);
        // Squared magnitude of (x2·s² + x1·s + x0) at s = iw.
        let square = |x2: f64, x1: f64, x0: f64| (x0 - x2 * w * w).powi(2) + (x1 * w).powi(2);
        let root = a.sqrt() / q;
        10.0 * match band {
            0 => a * a * square(1.0, root, a) / square(a, root, 1.0),
            3 => a * a * square(a, root, 1.0) / square(1.0, root, a),
            _ => square(1.0, a / q, 1.0) / square(1.0, 1.0 / (a * q), 1.0),
        }
        .log10()
    }

    #[test]
    fn each_band_has_the_cookbooks_response() {
        for band in 0..4 {
            for (frequency, db, q) in [(100.0, 12.0, 0.7), (1000.0, -12.0, 0.7), (5000.0, 6.0, 2.0), (300.0, -24.0, 5.0)] {
                let (left, _) = impulse(&mut Eq::new(RATE), |_| with(band, frequency, db, q), 48_000);
                for at in [0.25, 0.5, 1.0, 2.0, 4.0].map(|octave| f64::from(frequency) * octave) {
                    let wanted = design(band, f64::from(frequency), f64::from(db), f64::from(q), at);
                    let found = gain(&left, at, RATE);
                    assert!((found - wanted).abs() < 0.05, "band {band}, {frequency} Hz {db} dB at {at}: {found}, not {wanted}");
                }
            }
        }
    }

    #[test]
    fn flat_bands_change_nothing() {
        let input = noise(2000, 1);
        assert_eq!(render(&mut Eq::new(RATE), |_| EqParams::default(), &input, &input).0, input);
    }

    #[test]
    fn a_moving_band_does_not_click() {
        let input = sine(20_000, 200.0, RATE);
        let params = |cell: u64| {
            let (from, to) = if cell % 20 == 10 {
                (-12.0, 12.0)
            } else if cell % 20 < 10 {
                (-12.0, -12.0)
            } else {
                (12.0, 12.0)
            };
            let to = if cell % 20 == 19 { -12.0 } else { to };
            let mut params = with(1, 250.0, 0.0, 1.0);
            params.bands[1].gain = Move { from, to };
            params
        };
        let (left, _) = render(&mut Eq::new(RATE), params, &input, &input);
        assert!(jump(&left) < 0.3, "{}", jump(&left));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Eq::new(RATE),
            |s, cell| {
                let mut params = EqParams::default();
                for (i, band) in params.bands.iter_mut().enumerate() {
                    band.frequency = Move { from: s[i] * 24_000.0, to: s[(i + 1) % 8] * 24_000.0 };
                    band.gain = Move { from: s[i + 4] * 60.0 - 30.0, to: s[(i + 5) % 8] * 60.0 - 30.0 };
                    band.q = Move { from: s[(i + 2) % 8] * 10.0, to: s[(i + 3) % 8] * 10.0 };
                    if cell == 0 {
                        *band = Band::still(20.0 + band.frequency.from, band.gain.from, band.q.from);
                    }
                }
                params
            },
        );
    }
}
