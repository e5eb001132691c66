//! Low, high, band and notch filters with 12 or 24 dB for each octave.
//!
//! The two-pole section is the state-variable filter in topology-preserving form (Vadim Zavalishin, *The Art of VA Filter
//! Design*, chapter 4; Andrew Simper, *Linear Trapezoidal Integrated SVF*, Cytomic 2013). It is written here because its
//! coefficients must move with each frame and its state must be open to the flush to zero: the crates that have it either hide
//! both (`simper-filter`) or come with a synthesizer (`fundsp`). In this form any course of cutoff and resonance is stable.

use super::{Cell, Kernel, Move, Piece, TAIL, pair, settle};

/// What the filter lets through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterMode {
    /// Below the cutoff.
    #[default]
    Low,
    /// Above the cutoff.
    High,
    /// Around the cutoff, at 0 dB there.
    Band,
    /// Everything but the cutoff.
    Notch,
}

/// How fast the response falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterSlope {
    /// One two-pole section: 12 dB for each octave (6 dB on each side of a band).
    #[default]
    Db12,
    /// Two sections: 24 dB for each octave (12 dB on each side of a band).
    Db24,
}

/// What the filter needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FilterParams {
    /// What passes; a change fades over a cell.
    pub mode: FilterMode,
    /// How fast it falls; a change fades over a cell.
    pub slope: FilterSlope,
    /// Cutoff in hertz, held between 5 Hz and 0.49 of the rate.
    pub cutoff: Move,
    /// Resonance `Q`, held between 0.1 and 100. For low and high it is the gain at the cutoff with either slope: 0.7071 is a
    /// Butterworth response of order 2 or 4.
    pub resonance: Move,
}

impl Default for FilterParams {
    fn default() -> Self {
        let half = std::f32::consts::FRAC_1_SQRT_2;
        Self { mode: FilterMode::Low, slope: FilterSlope::Db12, cutoff: Move::still(1000.0), resonance: Move::still(half) }
    }
}

/// `Q` of the flatter section of a Butterworth response of order 4: `1/(2·cos(π/8))`.
const FLAT: f64 = 0.541_196_100_146_197;

/// A two-pole section's coefficients: `g` and `k` of the state-variable filter, and the shares of input, band and low in the
/// output.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Section {
    g: f64,
    k: f64,
    mix: [f64; 3],
}

impl Section {
    fn new(g: f64, q: f64, mode: FilterMode) -> Self {
        let k = 1.0 / q;
        let mix = match mode {
            FilterMode::Low => [0.0, 0.0, 1.0],
            FilterMode::High => [1.0, -k, -1.0],
            FilterMode::Band => [0.0, k, 0.0],
            FilterMode::Notch => [1.0, -k, 0.0],
        };
        Self { g, k, mix }
    }

    /// The section that hands its input on.
    const fn wire(self) -> Self {
        Self { mix: [1.0, 0.0, 0.0], ..self }
    }

    /// The magnitude of the slower pole: what is left of the state after a frame.
    fn radius(self) -> f64 {
        let (g, half) = (self.g, self.k * 0.5);
        if half < 1.0 {
            return ((1.0 - self.k * g + g * g) / (1.0 + self.k * g + g * g)).sqrt();
        }
        let root = (half * half - 1.0).sqrt();
        let size = |pole: f64| ((1.0 - g * pole) / (1.0 + g * pole)).abs();
        size(half - root).max(size(half + root))
    }

    fn between(self, to: Self, share: f64) -> Self {
        let line = |from: f64, to: f64| from * (1.0 - share) + to * share;
        let mix = [line(self.mix[0], to.mix[0]), line(self.mix[1], to.mix[1]), line(self.mix[2], to.mix[2])];
        Self { g: line(self.g, to.g), k: line(self.k, to.k), mix }
    }

    const fn solved(self) -> Solved {
        let a1 = 1.0 / (1.0 + self.g * (self.g + self.k));
        let a2 = self.g * a1;
        Solved { a1, a2, a3: self.g * a2, mix: self.mix }
    }
}

/// A section's loop without delay, solved for its outputs.
#[derive(Clone, Copy)]
struct Solved {
    a1: f64,
    a2: f64,
    a3: f64,
    mix: [f64; 3],
}

/// Both integrators of a section, for left and right.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    first: [f64; 2],
    second: [f64; 2],
}

impl State {
    #[inline]
    fn run(&mut self, s: &Solved, input: [f64; 2]) -> [f64; 2] {
        let mut out = [0.0; 2];
        for c in 0..2 {
            let v3 = input[c] - self.second[c];
            let band = s.a1 * self.first[c] + s.a2 * v3;
            let low = self.second[c] + s.a2 * self.first[c] + s.a3 * v3;
            self.first[c] = 2.0 * band - self.first[c];
            self.second[c] = 2.0 * low - self.second[c];
            out[c] = s.mix[0] * input[c] + s.mix[1] * band + s.mix[2] * low;
        }
        out
    }

    fn settle(&mut self) {
        for c in 0..2 {
            let mut states = [self.first[c], self.second[c]];
            settle(&mut states);
            [self.first[c], self.second[c]] = states;
        }
    }

    fn is_zero(&self) -> bool {
        self.first.iter().chain(&self.second).all(|x| *x == 0.0)
    }
}

/// A resonant filter.
#[derive(Clone, Debug)]
pub struct Filter {
    rate: f64,
    states: [State; 2],
    /// Mode and slope of the cell before, and of the cell at hand.
    was: Option<(FilterMode, FilterSlope)>,
    is: Option<(FilterMode, FilterSlope)>,
}

impl Filter {
    /// A filter at a sample rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, states: [State::default(); 2], was: None, is: None }
    }

    fn sections(&self, cutoff: f32, q: f32, (mode, slope): (FilterMode, FilterSlope)) -> [Section; 2] {
        let cutoff = f64::from(cutoff).clamp(5.0, 0.49 * self.rate);
        let g = (std::f64::consts::PI * cutoff / self.rate).tan();
        let q = f64::from(q);
        match (slope, mode) {
            (FilterSlope::Db12, _) => [Section::new(g, q, mode), Section::new(g, q, mode).wire()],
            // The first section is flat and the second one holds the resonance: together they have the gain q at the cutoff.
            (FilterSlope::Db24, FilterMode::Low | FilterMode::High) => [Section::new(g, FLAT, mode), Section::new(g, q / FLAT, mode)],
            (FilterSlope::Db24, _) => [Section::new(g, q, mode); 2],
        }
    }

    fn piece(&mut self, ends: &[[Section; 2]; 2], piece: &Piece, left: &mut [f32], right: &mut [f32]) {
        let [from, to] = ends;
        let mut solved = from.map(Section::solved);
        let moves = from != to;
        let frames = left[piece.start..piece.end].iter_mut().zip(&mut right[piece.start..piece.end]).enumerate();
        for (i, (l, r)) in frames {
            if moves {
                let share = f64::from(piece.cell.share(i));
                solved = [from[0].between(to[0], share).solved(), from[1].between(to[1], share).solved()];
            }
            let first = self.states[0].run(&solved[0], [f64::from(*l), f64::from(*r)]);
            let second = self.states[1].run(&solved[1], first);
            [*l, *r] = second.map(|x| x as f32);
        }
    }
}

impl Kernel for Filter {
    type Params = FilterParams;

    fn process(&mut self, cell: Cell, params: &FilterParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        let kind = (params.mode, params.slope);
        if cell.at == 0 || self.is.is_none() {
            self.was = self.is.or(Some(kind));
            self.is = Some(kind);
        }
        let q = params.resonance.within(0.1, 100.0);
        let cutoff = params.cutoff.within(0.0, f32::MAX);
        let was = self.was.unwrap_or(kind);
        let from = self.sections(cutoff.from, q.from, was);
        let to = if cutoff.moves() || q.moves() || was != kind { self.sections(cutoff.to, q.to, kind) } else { from };
        for piece in cell.pieces(left.len()) {
            if piece.is_step {
                self.states.iter_mut().for_each(State::settle);
            }
            self.piece(&[from, to], &piece, left, right);
        }
    }

    fn reset(&mut self) {
        self.states = [State::default(); 2];
        (self.was, self.is) = (None, None);
    }

    fn tail_frames(&self, params: &FilterParams) -> u64 {
        let (cutoff, q) = (params.cutoff.within(0.0, f32::MAX).to, params.resonance.within(0.1, 100.0).to);
        let radius = self.sections(cutoff, q, (params.mode, params.slope)).map(Section::radius);
        // A hundred for equal poles, which together die a little later.
        (((f64::from(q.max(1.0)) * 1e2 / TAIL).ln() / -radius[0].max(radius[1]).ln()) as u64).saturating_add(64)
    }

    fn is_silent(&self) -> bool {
        self.states.iter().all(State::is_zero)
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, gain, holds, impulse, jump, render, sine};
    use super::*;

    fn params(mode: FilterMode, slope: FilterSlope, cutoff: f32, q: f32) -> FilterParams {
        FilterParams { mode, slope, cutoff: cutoff.into(), resonance: q.into() }
    }

    /// The named design: the analog response, in decibels, with the frequencies bent as the bilinear transform bends them.
    fn design(mode: FilterMode, slope: FilterSlope, cutoff: f64, q: f64, at: f64) -> f64 {
        let bend = |f: f64| (std::f64::consts::PI * f / RATE).tan();
        let w = bend(at) / bend(cutoff);
        let section = |q: f64| {
            let denominator = ((1.0 - w * w).powi(2) + (w / q).powi(2)).sqrt();
            20.0 * match mode {
                FilterMode::Low => 1.0 / denominator,
                FilterMode::High => w * w / denominator,
                FilterMode::Band => (w / q) / denominator,
                FilterMode::Notch => (1.0 - w * w).abs() / denominator,
            }
            .log10()
        };
        match (slope, mode) {
            (FilterSlope::Db12, _) => section(q),
            (FilterSlope::Db24, FilterMode::Low | FilterMode::High) => section(FLAT) + section(q / FLAT),
            (FilterSlope::Db24, _) => 2.0 * section(q),
        }
    }

    #[test]
    fn the_response_is_the_named_designs_at_the_cutoff_and_an_octave_beyond() {
        for mode in [FilterMode::Low, FilterMode::High, FilterMode::Band, FilterMode::Notch] {
            for slope in [FilterSlope::Db12, FilterSlope::Db24] {
                for (cutoff, q) in [(100.0, 0.7), (1000.0, 0.7), (1000.0, 5.0), (6000.0, 2.0)] {
                    let params = params(mode, slope, cutoff, q);
                    let (left, _) = impulse(&mut Filter::new(RATE), |_| params, 48_000);
                    for at in [f64::from(cutoff) * 0.5, f64::from(cutoff), f64::from(cutoff) * 2.0] {
                        let (found, wanted) = (gain(&left, at, RATE), design(mode, slope, f64::from(cutoff), f64::from(q), at));
                        let deep = found < -80.0 && wanted < -80.0;
                        assert!(deep || (found - wanted).abs() < 0.1, "{params:?} at {at}: {found} dB, not {wanted} dB");
                    }
                }
            }
        }
    }

    #[test]
    fn a_butterworth_low_pass_falls_by_12_or_24_db() {
        for (slope, octave) in [(FilterSlope::Db12, -12.3), (FilterSlope::Db24, -24.1)] {
            let (left, _) =
                impulse(&mut Filter::new(RATE), |_| params(FilterMode::Low, slope, 500.0, std::f32::consts::FRAC_1_SQRT_2), 48_000);
            assert!((gain(&left, 500.0, RATE) + 3.01).abs() < 0.1);
            assert!((gain(&left, 1000.0, RATE) - octave).abs() < 0.5, "{}", gain(&left, 1000.0, RATE));
        }
    }

    #[test]
    fn a_change_of_mode_does_not_click() {
        let modes = [FilterMode::Low, FilterMode::High, FilterMode::Band, FilterMode::Notch];
        let slopes = [FilterSlope::Db12, FilterSlope::Db24];
        let input = sine(20_000, 200.0, RATE);
        let at = |cell: u64| params(modes[cell as usize / 64 % 4], slopes[cell as usize / 128 % 2], 400.0, std::f32::consts::FRAC_1_SQRT_2);
        let (left, _) = render(&mut Filter::new(RATE), at, &input, &input);
        assert!(jump(&left) < 0.1, "{}", jump(&left));
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        holds(
            || Filter::new(RATE),
            |s, cell| FilterParams {
                mode: [FilterMode::Low, FilterMode::High, FilterMode::Band, FilterMode::Notch][(s[0] * 3.9) as usize],
                slope: if (s[1] > 0.5) ^ (cell % 7 == 5) { FilterSlope::Db12 } else { FilterSlope::Db24 },
                cutoff: if cell == 0 { (20.0 + s[2] * 20_000.0).into() } else { Move { from: s[2] * 20_000.0, to: s[3] * 30_000.0 } },
                resonance: if cell == 0 { (s[4] * 30.0).into() } else { Move { from: s[4] * 30.0, to: s[5] * 30.0 } },
            },
        );
    }
}
