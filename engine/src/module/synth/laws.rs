//! Strudel's laws that every kind of voice shares, as measured on its own sound engine (version 1.3.0 of superdough).

/// Level of a voice whose trigger says none.
const GAIN: f64 = 0.8;
/// Most that a trigger's gain and velocity make together.
const MAX_GAIN: f64 = 16.0;

/// The level of a voice: a trigger's gain and velocity are factors.
#[must_use]
pub fn level(gain: Option<f64>, velocity: Option<f64>) -> f64 {
    (gain.unwrap_or(GAIN) * velocity.unwrap_or(1.0)).clamp(0.0, MAX_GAIN)
}

/// Attack, decay, sustain and release where any of them is given, which changes the others: times in the unit they are given in,
/// `least` long, and `shortest` for the release.
#[must_use]
pub fn envelope([attack, decay, sustain, release]: [Option<f64>; 4], (least, shortest): (f64, f64)) -> Option<[f64; 4]> {
    if [attack, decay, sustain, release].iter().all(Option::is_none) {
        return None;
    }
    // With a decay, what is not said of the sustain level is silence.
    let held = sustain.unwrap_or(if decay.is_some() { 0.001 } else { 1.0 });
    let time = |overrides: Option<f64>, least: f64| overrides.unwrap_or(least).max(least);
    Some([time(attack, least), time(decay, least), held.min(1.0), time(release, shortest)])
}

/// The pitch of a frequency in Hz, as a MIDI number (equal temperament, a' = 440 Hz); `None` where there is none.
#[must_use]
pub fn note_of(hz: f64) -> Option<f64> {
    Some((hz / 440.0).log2().mul_add(12.0, 69.0)).filter(|note| note.is_finite())
}
