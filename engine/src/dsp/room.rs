//! A room of an orbit: the reverberator behind a low-pass, as loud as its size says.
//!
//! The law is that of Strudel's rooms, which are noise that falls by 60 dB within their size, of one energy whatever its low-pass: a
//! white noise comes back at `0.00125 · 44100/rate · √(1.5 · size · rate)` of its level. Their low-pass falls from one corner to another
//! while they sound; here the first corner lies before the room, and the heights end as much sooner as that low-pass takes from them.

use super::{
    Cell, Kernel, Move,
    filter::{Filter, FilterMode, FilterParams, FilterSlope},
    pair,
    reverb::{Reverb, ReverbParams},
};

/// What the room needs for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoomParams {
    /// Seconds in which the sound falls by 60 dB, held between 0.1 and 100.
    pub size: Move,
    /// Seconds in which the sound begins, from 0 to 2.
    pub fade: f32,
    /// Corner in Hz of the low-pass where the sound begins.
    pub low: Move,
    /// Corner in Hz where it ends.
    pub dim: Move,
}

impl Default for RoomParams {
    fn default() -> Self {
        Self { size: Move::still(2.0), fade: 0.1, low: Move::still(15_000.0), dim: Move::still(1000.0) }
    }
}

/// Size of the reverberator, whatever that of the room: echoes as dense as that of a hall.
const WALLS: f32 = 0.5;
/// Loudest that is made of what a low corner leaves: 12 dB more.
const LOUDEST: f64 = 4.0;
/// Frequencies at which energies are summed.
const BANDS: usize = 24;
/// The −3 dB point of the low-pass as a multiple of its corner: its Q is 0 dB.
const WIDE: f64 = 1.27;

/// What follows from size and corners, at the end of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tuning {
    known: [f32; 3],
    damp: f32,
    level: f32,
}

impl Tuning {
    fn new(known: [f32; 3], rate: f64) -> Self {
        let [size, low, dim] = known.map(f64::from);
        let damp = damp(low, dim, rate);
        let cutoff = (std::f64::consts::PI * low.clamp(5.0, 0.49 * rate) / rate).tan();
        let passed = |frequency: f64| {
            let squared = ((std::f64::consts::PI * frequency).tan() / cutoff).powi(2);
            1.0 / ((1.0 - squared).powi(2) + squared)
        };
        let energy = Reverb::energy(known[0], damp, WALLS, rate, BANDS, passed);
        let wanted = 0.001_25 * 44_100.0 / rate * (1.5 * size * rate).sqrt();
        Self { known, damp, level: (wanted * (1.0 / energy.max(1e-9).sqrt()).min(LOUDEST)) as f32 }
    }
}

/// How much sooner the heights end, by the reverberator's measure: what the falling low-pass takes from a frequency a little above its
/// first corner between a tenth and two fifths of the room's length, where a fall is heard.
fn damp(low: f64, dim: f64, rate: f64) -> f32 {
    let seen = (1.2 * low).clamp(50.0, 0.45 * rate);
    let taken = |share: f64| 40.0 * (seen / (WIDE * (low + (dim - low) * share)).max(1.0)).max(1.0).log10();
    let more = (taken(0.4) - taken(0.1)).max(0.0) / 0.3;
    // A one-pole low-pass takes so much less there than at half the sample rate.
    let share = 0.5 - 0.5 * (std::f64::consts::TAU * seen / rate).cos();
    let most = more / share.max(1e-3);
    (1.0 - 60.0 / (60.0 + most)).min(0.95) as f32
}

/// A room.
#[derive(Clone, Debug)]
pub struct Room {
    rate: f64,
    filter: Filter,
    reverb: Reverb,
    from: Option<Tuning>,
    to: Tuning,
}

impl Room {
    /// A room at a sample rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let to = Tuning::new([2.0, 15_000.0, 1000.0], rate);
        Self { rate, filter: Filter::new(rate), reverb: Reverb::new(rate), from: None, to }
    }

    fn reverb_params(&self, params: &RoomParams) -> ReverbParams {
        let from = self.from.unwrap_or(self.to);
        ReverbParams {
            decay: params.size.within(0.1, 100.0),
            damp: Move { from: from.damp, to: self.to.damp },
            size: WALLS,
            // The diffusion spreads the beginning; the rest of the fade is waited for.
            pre_delay: params.fade.max(0.0).min(2.0) * 0.25,
            width: 1.0.into(),
        }
    }
}

const fn filter_params(params: &RoomParams) -> FilterParams {
    FilterParams { mode: FilterMode::Low, slope: FilterSlope::Db12, cutoff: params.low, resonance: Move::still(1.0) }
}

impl Kernel for Room {
    type Params = RoomParams;

    fn process(&mut self, cell: Cell, params: &RoomParams, left: &mut [f32], right: &mut [f32]) {
        let (left, right) = pair(left, right);
        if cell.at == 0 || self.from.is_none() {
            let known = [params.size.within(0.1, 100.0).to, params.low.to, params.dim.to];
            let is_new = self.from.is_none();
            self.from = Some(self.to);
            if known != self.to.known {
                self.to = Tuning::new(known, self.rate);
            }
            if is_new {
                self.from = Some(self.to);
            }
        }
        self.filter.process(cell, &filter_params(params), left, right);
        self.reverb.process(cell, &self.reverb_params(params), left, right);
        let level = Move { from: self.from.unwrap_or(self.to).level, to: self.to.level };
        for (k, (l, r)) in left.iter_mut().zip(right).enumerate() {
            let level = level.at(cell.share(k));
            *l *= level;
            *r *= level;
        }
    }

    fn reset(&mut self) {
        self.filter.reset();
        self.reverb.reset();
        self.from = None;
    }

    fn tail_frames(&self, params: &RoomParams) -> u64 {
        self.reverb.tail_frames(&self.reverb_params(params)).saturating_add(self.filter.tail_frames(&filter_params(params)))
    }

    fn is_silent(&self) -> bool {
        self.reverb.is_silent() && self.filter.is_silent()
    }
}

#[cfg(test)]
mod tests {
    use super::super::proof::{RATE, holds, noise, render, rms};
    use super::*;

    #[test]
    fn a_noise_comes_back_as_loud_as_the_size_says_whatever_the_corners() {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let (left, right) = (noise((rate * 5.0) as usize, 1), noise((rate * 5.0) as usize, 2));
            for (size, low, dim) in [
                (0.2, 15_000.0, 1000.0),
                (0.5, 15_000.0, 1000.0),
                (1.0, 15_000.0, 1000.0),
                (2.0, 5000.0, 1000.0),
                (2.0, 20_000.0, 20_000.0),
            ] {
                let params = RoomParams { size: size.into(), low: Move::still(low), dim: Move::still(dim), ..Default::default() };
                let (wet, _) = render(&mut Room::new(rate), |_| params, &left, &right);
                let got = rms(&wet[(rate * 3.0) as usize..]) / rms(&left);
                let wanted = 0.001_25 * 44_100.0 / rate * (1.5 * f64::from(size) * rate).sqrt();
                assert!((got / wanted - 1.0).abs() < 0.1, "{rate}, {params:?}: {got} for {wanted}");
            }
        }
    }

    #[test]
    fn it_keeps_the_promises_of_every_kernel() {
        assert!(Tuning::new([0.1, 0.0, 0.0], RATE).level.is_finite());
        holds(
            || Room::new(RATE),
            |s, cell| RoomParams {
                size: Move { from: 0.1 + s[0] * 3.0, to: 0.1 + s[0] * 3.0 + if cell % 3 == 2 { s[1] } else { 0.0 } },
                fade: if cell > 20 { s[2] } else { 0.1 },
                low: Move { from: 2000.0 + 15_000.0 * s[3], to: 2000.0 + 15_000.0 * s[3] },
                dim: Move { from: 1000.0 + 15_000.0 * s[4], to: 1000.0 + 15_000.0 * s[4] },
            },
        );
    }
}
