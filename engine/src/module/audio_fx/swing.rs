//! What swings within an effect: its rate in cycles a second or in beats, from the song's position.

use super::{unit::At, whole};
use crate::{
    dsp::{Move, lfo::Wave},
    module::{ParamSpec, lfo::cycles},
};

/// Parameters of everything that swings.
pub(super) const COUNT: usize = 4;

/// Places among the effect's own parameters.
const RATE: usize = 0;
const BEATS: usize = 1;
const WAVE: usize = 2;
const PHASE: usize = 3;

/// The parameters, with the effect's usual rate and other names of it.
pub(super) const fn params(rate: f64, aliases: &'static [&'static str]) -> [ParamSpec; COUNT] {
    [
        ParamSpec::float("rate", 0.001, 100.0, rate, "Hz", "Cycles a second, where `beats` is 0.").also(aliases),
        ParamSpec::float("beats", 0.0, 1024.0, 0.0, "beats", "Quarter notes in a cycle; 0 lets `rate` count."),
        ParamSpec::choice("wave", crate::module::lfo::WAVE, "Form of the swinging."),
        ParamSpec::float("phase", 0.0, 1.0, 0.0, "", "Where in its cycle it stands at the song's start."),
    ]
}

/// The phase over a cell, and the wave.
pub(super) fn swing(at: &At<'_>, moves: &[Move<f64>]) -> (Move<f64>, Wave) {
    let phase = |frame: f64, end: fn(&Move<f64>) -> f64| cycles(at.block, frame, end(&moves[RATE]), end(&moves[BEATS]), end(&moves[PHASE]));
    let way = Move { from: phase(at.start, |way| way.from), to: phase(at.start + f64::from(at.cell.len), |way| way.to) };
    (way, Wave::ALL.get(whole(moves[WAVE].to)).copied().unwrap_or_default())
}
