//! What all of an orbit goes through: the filter of a DJ, a compressor, and the gain that other voices' onsets lower.

#![allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]

use std::ops::Range;

use super::{Moves, Sound, param};
use crate::{
    dsp::{
        Cell, Kernel, Move,
        compressor::{Compressor, CompressorParams, lowered},
        duck::Duck,
        filter::{Filter, FilterMode, FilterParams, FilterSlope},
    },
    signal::{ControlMap, GRID, NodeEvent, NodeEventKind, Piece, Trigger, control},
};

/// Between these the filter of a DJ lets everything pass.
const OPEN: std::ops::RangeInclusive<f64> = 0.49..=0.51;
/// Its resonance.
const Q: f32 = 1.75;
/// Share of what the curve takes from full scale that is given back: Web Audio's, "1.20.1 Processing" of its DynamicsCompressorNode.
const MAKEUP: f32 = 0.6;
/// Decibels by which the makeup moves within a cell, so that it does not click.
const MAKEUP_STEP: f32 = 1.0;

/// Threshold, ratio and knee as the gain computer has them, and the makeup.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve {
    threshold: f32,
    ratio: f32,
    knee: f32,
    makeup: f32,
}

impl Curve {
    /// Web Audio's: the knee lies above the threshold, and makeup follows from the curve. A threshold of 0 is no compressor, but `before`
    /// with a ratio of 1.
    fn new(threshold: f64, ratio: f64, knee: f64, before: Self) -> Self {
        if threshold >= 0.0 {
            return Self { ratio: 1.0, makeup: 0.0, ..before };
        }
        let (ratio, knee) = (ratio as f32, knee as f32);
        let threshold = threshold as f32 + 0.5 * knee;
        Self { threshold, ratio, knee, makeup: MAKEUP * lowered(0.0, threshold, ratio, knee) }
    }

    const NONE: Self = Self { threshold: 0.0, ratio: 1.0, knee: 0.0, makeup: 0.0 };

    /// Whether it changes nothing.
    fn is_flat(&self) -> bool {
        self.ratio <= 1.0 && self.makeup == 0.0
    }
}

/// What all of an orbit goes through.
#[derive(Debug)]
pub(super) struct Bus {
    filter: Filter,
    tone: FilterParams,
    /// How far the filter is let through.
    wet: Move<f32>,
    compressor: Compressor,
    /// The curve at the beginning of the cell and at its end.
    curve: [Curve; 2],
    times: [f32; 2],
    /// Whether something sounded in the cell, and in how many before it.
    heard: bool,
    loud: u32,
    /// The gain that onsets lower.
    duck: Duck,
}

/// The corner of a value of `djf` in Hz, and whether it is a high-pass: Strudel's `(11·v)⁴`, where `v` goes from 0 to 1 on each side.
fn corner(value: f64) -> (f32, bool) {
    let is_high = value > 0.5;
    let share = if is_high { 2.0 * value - 1.0 } else { 2.0 * value };
    ((11.0 * share).powi(4).min(20_000.0) as f32, is_high)
}

impl Bus {
    pub fn new(rate: f64) -> Self {
        Self {
            filter: Filter::new(rate),
            tone: FilterParams::default(),
            wet: Move::still(0.0),
            compressor: Compressor::new(rate),
            curve: [Curve::NONE; 2],
            times: [0.0; 2],
            heard: false,
            loud: 0,
            duck: Duck::new(rate),
        }
    }

    /// Looks at the parameters where a cell begins; `anew` where the song starts, jumps or stops.
    pub fn enter(&mut self, moves: &Moves, anew: bool) {
        let is_on = moves[param::ENABLED].to >= 0.5;
        self.loud = if self.heard { self.loud.saturating_add(1) } else { 0 };
        self.heard = false;
        self.enter_filter(moves[param::DJF], is_on, anew);
        let to = |index: usize| moves[index].to;
        let before = self.curve[1];
        let mut curve =
            Curve::new(if is_on { to(param::COMPRESSOR) } else { 0.0 }, to(param::COMPRESSOR_RATIO), to(param::COMPRESSOR_KNEE), before);
        // Where a sound has just begun nothing has to be waited for.
        if !anew && self.loud > 1 {
            curve.makeup = curve.makeup.min(before.makeup + MAKEUP_STEP).max(before.makeup - MAKEUP_STEP);
        }
        // A threshold that counted for nothing moves at once.
        let from = if anew || before.ratio <= 1.0 { Curve { makeup: before.makeup, ratio: before.ratio, ..curve } } else { before };
        self.curve = [if anew { curve } else { from }, curve];
        self.times = [to(param::COMPRESSOR_ATTACK) as f32, to(param::COMPRESSOR_RELEASE) as f32];
    }

    fn enter_filter(&mut self, djf: Move<f64>, is_on: bool, anew: bool) {
        let wet = if is_on && !OPEN.contains(&djf.to) { 1.0 } else { 0.0 };
        let from = if anew { wet } else { self.wet.to };
        if from == 0.0 && wet > 0.0 {
            self.filter.reset();
        }
        self.wet = Move { from, to: wet };
        if wet > 0.0 {
            let ((first, was_high), (last, is_high)) = (corner(djf.from), corner(djf.to));
            let cutoff = if was_high == is_high { Move { from: first, to: last } } else { Move::still(last) };
            let mode = if is_high { FilterMode::High } else { FilterMode::Low };
            self.tone = FilterParams { mode, slope: FilterSlope::Db12, cutoff, resonance: Q.into() };
        }
    }

    /// Ducks where an event names this orbit by its `number`.
    pub fn hear(&mut self, moves: &Moves, controls: ControlMap<'_>, number: f64) {
        let is_it = |control: u16| controls.get(control).is_some_and(|wanted| wanted.round() == number.round());
        if moves[param::ENABLED].to < 0.5 || !(control::DUCK_ORBIT..=control::DUCK_ORBIT_4).any(is_it) {
            return;
        }
        let value = |control: u16, index: usize| controls.get(control).filter(|value| value.is_finite()).unwrap_or(moves[index].to);
        let depth = value(control::DUCK_DEPTH, param::DUCK_DEPTH);
        let (onset, back) = (value(control::DUCK_ONSET, param::DUCK_ONSET), value(control::DUCK_ATTACK, param::DUCK_ATTACK));
        self.duck.strike(depth, onset, back);
    }

    /// Lowers a piece by the gain; `hear` is told of each trigger where it comes, so that it counts from its frame on.
    pub fn duck(&mut self, frames: &Range<usize>, sound: &mut Sound, events: &[NodeEvent], mut hear: impl FnMut(&mut Self, &Trigger)) {
        let [left, right] = sound;
        let (mut done, count) = (0, frames.len());
        for event in events {
            let until = event.frame.saturating_sub(frames.start).clamp(done, count);
            self.duck.process(&mut left[done..until], &mut right[done..until]);
            done = until;
            if let NodeEventKind::Trigger(trigger) = &event.kind {
                hear(self, trigger);
            }
        }
        self.duck.process(&mut left[done..count], &mut right[done..count]);
    }

    /// Whether nothing would be changed.
    pub fn is_open(&self) -> bool {
        self.wet == Move::still(0.0) && self.is_uncompressed()
    }

    fn is_uncompressed(&self) -> bool {
        self.curve.iter().all(Curve::is_flat) && self.compressor.lowered() == [0.0; 2]
    }

    /// Sends a piece through filter and compressor.
    pub fn process(&mut self, piece: &Piece, sound: &mut Sound, dry: &mut Sound) {
        let count = piece.frames.len();
        self.heard |= sound.iter().any(|channel| channel[..count].iter().any(|sample| *sample != 0.0));
        if self.is_open() {
            return;
        }
        let cell = Cell { frame: 0, at: piece.at as u32, len: Cell::LEN };
        let [left, right] = sound;
        let (left, right) = (&mut left[..count], &mut right[..count]);
        if self.wet != Move::still(0.0) {
            if self.wet.moves() {
                dry[0][..count].copy_from_slice(left);
                dry[1][..count].copy_from_slice(right);
            }
            self.filter.process(cell, &self.tone, left, right);
            if self.wet.moves() {
                for (wet, dry) in [&mut *left, &mut *right].into_iter().zip(dry) {
                    for (k, (wet, dry)) in wet.iter_mut().zip(dry).enumerate() {
                        let share = self.wet.at(cell.share(k));
                        *wet = *wet * share + *dry * (1.0 - share);
                    }
                }
            }
        }
        if !self.is_uncompressed() {
            let [from, to] = self.curve;
            let way = |of: fn(&Curve) -> f32| Move { from: of(&from), to: of(&to) };
            let params = CompressorParams {
                threshold: way(|curve| curve.threshold),
                ratio: way(|curve| curve.ratio),
                knee: way(|curve| curve.knee),
                attack: self.times[0],
                release: self.times[1],
                makeup: way(|curve| curve.makeup),
                link: 1.0.into(),
            };
            self.compressor.process(cell, &params, left, right);
        }
    }

    /// Frames that the filter goes on sounding.
    pub fn tail(&self) -> u64 {
        if self.wet == Move::still(0.0) { 0 } else { self.filter.tail_frames(&self.tone) }
    }

    pub fn reset(&mut self) {
        self.filter.reset();
        self.compressor.reset();
        self.duck.reset();
        (self.wet, self.curve) = (Move::still(0.0), [Curve::NONE; 2]);
        (self.heard, self.loud) = (false, 0);
    }
}

const _: () = assert!(GRID == Cell::LEN as usize, "a piece lies within a cell");
