//! Filters of two poles on eight lanes, and the ladder.
//!
//! The two-pole filter is the trapezoidal state-variable filter (Simper, *Solving the continuous SVF equations using trapezoidal
//! integration*, 2013): the bilinear transform of the analogue one, with the magnitude of the usual biquads (Bristow-Johnson,
//! *Cookbook formulae for audio EQ biquad filter coefficients*), and stable while its corner moves.

use super::lanes::{LANES, Lanes, Mask, Way};

/// What a two-pole filter lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    Low,
    High,
    Band,
    /// All but its corner.
    Notch,
}

/// The highest corner, as a share of the sample rate.
const HIGHEST: f32 = 0.49;

/// The filter's coefficient of a corner in Hz: tan(π·f/rate), within a millionth.
///
/// Half the angle goes through the Padé approximant of the tangent of order 5/4, the rest is tan 2t = 2·tan t/(1 − tan² t).
#[inline(always)]
pub(super) fn corner(hz: f32, rate: f32) -> f32 {
    let share = (hz / rate).max(0.000_01).min(HIGHEST);
    let t = std::f32::consts::FRAC_PI_2 * share;
    let square = t * t;
    let (over, under) = (t * (945.0 + square * (square - 105.0)), 945.0 + square * (15.0 * square - 420.0));
    // 2·(over/under)/(1 − (over/under)²)
    2.0 * over * under / (under * under - over * over)
}

/// The same of each lane.
#[inline(always)]
pub(super) fn corners(hz: &Lanes, rate: f32) -> Lanes {
    let mut all = Lanes::default();
    for l in 0..LANES {
        all.0[l] = corner(hz.0[l], rate);
    }
    all
}

/// Two filters in series, of which the second counts for some lanes only.
#[derive(Clone, Debug, Default)]
pub(super) struct Bank {
    pub(super) g: Way,
    /// 1/Q.
    pub(super) k: Way,
    states: [[Lanes; 2]; 2],
    pub(super) used: Mask,
    pub(super) twice: Mask,
}

/// A state that is small enough to be 0, or no number any more.
fn settled(state: f32) -> f32 {
    if state.abs() > 1e-12 && state.abs() < 1e6 { state } else { 0.0 }
}

impl Bank {
    pub(super) fn clear(&mut self, lane: usize) {
        self.used.set(lane, false);
        self.twice.set(lane, false);
        self.g.put(lane, 0.0);
        self.k.put(lane, 1.0);
        self.states.iter_mut().flatten().for_each(|state| state.0[lane] = 0.0);
    }

    /// Zeroes what has become too small or too large, at a point.
    pub(super) fn settle(&mut self) {
        for [first, second] in &mut self.states {
            for lane in 0..LANES {
                let (a, b) = (settled(first.0[lane]), settled(second.0[lane]));
                if a == 0.0 && b == 0.0 || !first.0[lane].is_finite() || !second.0[lane].is_finite() {
                    (first.0[lane], second.0[lane]) = (0.0, 0.0);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn process(&mut self, pass: Pass, frames: &mut [Lanes]) {
        match pass {
            Pass::Low => self.run(frames, |_, _, low, _| low),
            Pass::High => self.run(frames, |x, band, low, k| x - k * band - low),
            Pass::Band => self.run(frames, |_, band, _, k| k * band),
            Pass::Notch => self.run(frames, |x, band, _, k| x - k * band),
        }
    }

    #[inline(always)]
    fn run(&mut self, frames: &mut [Lanes], out: impl Fn(f32, f32, f32, f32) -> f32 + Copy) {
        let is_still = self.g.is_still() && self.k.is_still();
        let has_second = self.twice.any();
        let (mut g, mut k) = (self.g, self.k);
        let [mut once, mut again] = self.states;
        let mut parts = parts(&g.now, &k.now);
        for frame in frames {
            if !is_still {
                parts = self::parts(&g.now, &k.now);
            }
            let first = step(&mut once, frame, &k.now, &parts, out);
            let all = if has_second {
                let second = step(&mut again, &first, &k.now, &parts, out);
                self.twice.choose(&second, &first)
            } else {
                first
            };
            *frame = self.used.choose(&all, frame);
            if !is_still {
                g.next();
                k.next();
            }
        }
        self.states = [once, again];
        (self.g, self.k) = (g, k);
    }
}

/// What a frame takes of both states and of what comes in: 1/(1 + g·(g + k)), and that times g and g².
#[inline(always)]
fn parts(g: &Lanes, k: &Lanes) -> [Lanes; 3] {
    let mut parts = [Lanes::default(); 3];
    for l in 0..LANES {
        let first = 1.0 / (1.0 + g.0[l] * (g.0[l] + k.0[l]));
        let second = g.0[l] * first;
        (parts[0].0[l], parts[1].0[l], parts[2].0[l]) = (first, second, g.0[l] * second);
    }
    parts
}

#[inline(always)]
fn step(states: &mut [Lanes; 2], x: &Lanes, k: &Lanes, parts: &[Lanes; 3], out: impl Fn(f32, f32, f32, f32) -> f32) -> Lanes {
    let [first, second] = states;
    let mut y = Lanes::default();
    for l in 0..LANES {
        let (was1, was2) = (first.0[l], second.0[l]);
        let v3 = x.0[l] - was2;
        let v1 = parts[0].0[l] * was1 + parts[1].0[l] * v3;
        let v2 = was2 + parts[1].0[l] * was1 + parts[2].0[l] * v3;
        first.0[l] = v1 + v1 - was1;
        second.0[l] = v2 + v2 - was2;
        y.0[l] = out(x.0[l], v1, v2, k.0[l]);
    }
    y
}

/// A transistor ladder: four one-pole filters in a row, each with its saturation, and feedback around them.
///
/// The poles are Euler steps of Huovilainen's model (*Non-linear digital implementation of the Moog ladder filter*, DAFx 2004); the
/// output is delayed by a fraction of a frame through a short symmetric filter, so that the corner lies where it is set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ladder {
    poles: [f32; 4],
    past: [f32; 3],
    out: f32,
}

/// tanh within 0.02, and exactly ±1 from ±3 on: x·(27 + x²)/(27 + 9·x²).
#[inline]
pub(super) fn saturated(x: f32) -> f32 {
    let x = x.max(-3.0).min(3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// What a ladder is set to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LadderSetting {
    /// Gain of the loop.
    pub(super) feedback: f32,
    pub(super) drive: f32,
}

impl LadderSetting {
    /// Resonance counts 0.13 of a loop gain for each unit; the drive is e^drive.
    pub(super) fn new(resonance: f32, drive: f32) -> Self {
        Self { feedback: (resonance * 0.13).max(0.0).min(8.0), drive: drive.max(0.0).min(6.0).exp() }
    }
}

impl Ladder {
    pub(super) fn settle(&mut self) {
        let all = [self.poles[0], self.poles[1], self.poles[2], self.poles[3], self.out];
        if !all.iter().all(|state| state.is_finite()) || all.iter().all(|state| state.abs() < 1e-12) {
            *self = Self::default();
        }
    }

    /// One frame; `step` is 2π·corner/rate.
    #[inline]
    pub(super) fn next(&mut self, x: f32, step: f32, setting: &LadderSetting) -> f32 {
        let step = step.min(1.0);
        let makeup = (1.0 + setting.feedback).min(1.75) / setting.drive;
        let out = self.poles[3] * 0.360_891 + self.past[0] * 0.417_29 + self.past[1] * 0.177_896 + self.past[2] * 0.043_972_5;
        self.past = [self.poles[3], self.past[0], self.past[1]];
        let mut input = saturated(x * setting.drive - setting.feedback * out);
        for pole in &mut self.poles {
            *pole += (input - saturated(*pole)) * step;
            input = saturated(*pole);
        }
        self.out = out;
        out * makeup
    }
}
