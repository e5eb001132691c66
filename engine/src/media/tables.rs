//! A sound as a wavetable.

use std::sync::atomic::AtomicBool;

use super::{AudioData, Limits, error::About, resample::resample};
use crate::dsp::wavetable::{CYCLE, MOST_CYCLES, Wavetable};

/// Frames of a cycle where nobody says it, as most wavetables have it.
const USUAL: usize = 2048;
/// Frames beyond the last cycle that are read along, so that resampling has what lies behind it.
const MARGIN: usize = 8192;

/// How a sound is cut into cycles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Frames a second of its file, which counts the frames of its cycles.
    pub rate: u32,
    /// Frames of each cycle, where they are known.
    pub length: Option<usize>,
}

/// The wavetable of a sound; one that is shorter than a cycle is a single one. `None` where it can't be one, or `stop` is set.
pub(super) fn table(sound: &AudioData, cut: Cut, stop: &AtomicBool) -> Option<Wavetable> {
    let rate = f64::from(cut.rate.max(1));
    let length = cut.length.unwrap_or(USUAL);
    let wanted = MOST_CYCLES * length.min(*CYCLE.end()) + MARGIN;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a few million frames")]
    let read = ((wanted as f64 * sound.rate / rate).ceil() as usize).min(sound.frames.len());
    let mut frames = vec![[0.0; 2]; read];
    sound.frames.read(0, &mut frames)?;
    // The session's rate is a whole number, or as good as one.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate")]
    let from = sound.rate.round() as u32;
    let frames = resample(frames, from, rate, &Limits::default(), stop, About(std::path::Path::new(""))).ok()?;
    let mono: Vec<f32> = frames.iter().map(|[left, right]| 0.5 * (left + right)).collect();
    Wavetable::new(&mono, if mono.len() < length { mono.len() } else { length }, stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of 44.1 kHz in a session of 48 kHz: its cycles have their frames all the same.
    #[test]
    fn cycles_are_those_of_the_file_at_any_rate() {
        let wave = |frame: usize| (std::f64::consts::TAU * frame as f64 / 600.0).sin() as f32;
        let silence = std::iter::repeat_n(0.0, 600);
        let sound: Vec<[f32; 2]> = (0..600).map(wave).chain(silence).map(|value| [value, value]).collect();
        let stop = AtomicBool::new(false);
        let about = About(std::path::Path::new(""));
        for session in [44_100.0, 48_000.0, 96_000.0] {
            let frames = resample(sound.clone(), 44_100, session, &Limits::default(), &stop, about).unwrap();
            let audio = AudioData { rate: session, frames: frames.into() };
            let found = table(&audio, Cut { rate: 44_100, length: Some(600) }, &stop).unwrap();
            assert_eq!(found.cycles(), 2);
            let at = |position| found.at(found.level(9.0), 1 << 62, position);
            assert!((at(0.0) - 1.0).abs() < 0.01 && at(1.0).abs() < 0.01, "{session}: {} {}", at(0.0), at(1.0));
            let single = table(&audio, Cut { rate: 44_100, length: None }, &stop).unwrap();
            assert_eq!(single.cycles(), 1);
        }
    }
}
