//! Where a sound is struck: onsets, found by how much its spectrum grows, placed where the attack begins.
//!
//! The spectral flux is that of SuperFlux (Böck and Widmer, "Maximum Filter Vibrato Suppression for Onset Detection", DAFx-13):
//! logarithmic magnitudes in bands of a quarter tone, each compared with the loudest of its neighbours two windows before. Peaks
//! are picked against the mean around them, as there. Each is then placed in the samples themselves: where the level first
//! leaves what came before, back to the zero or minimum before that.

use realfft::RealFftPlanner;

use super::{AudioData, source::Stop};

/// Seconds of a window, and between two.
const WINDOW_SECS: f64 = 0.0213;
const HOP_SECS: f64 = 0.00533;
/// Windows between those that are compared.
const LAG: usize = 2;
/// Bands in an octave, and the frequencies they cover.
const BANDS_PER_OCTAVE: f64 = 24.0;
const RANGE_HZ: (f64, f64) = (30.0, 17_000.0);
/// Windows before and after a peak that it must exceed (30 ms), and over whose mean (100 ms before, 70 ms after).
const PEAK: usize = 6;
const MEAN: (usize, usize) = (19, 13);
/// Two onsets lie at least this far apart.
const APART_SECS: f64 = 0.03;
/// Softest attack, as a share of the sound's peak (−60 dB).
const SOFTEST: f32 = 0.001;
/// Share of an attack's rise that counts as its beginning.
const RISE: f32 = 0.1;
/// Strength that every sensitivity finds.
const STRONG: f64 = 0.6;
/// Frames that are read at a time.
const CHUNK: usize = 1 << 13;

/// Where an attack begins.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Onset {
    frame: usize,
    /// Its flux above the mean around, as a share of the greatest.
    strength: f64,
}

/// The onsets of a sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Onsets(Box<[Onset]>);

impl Onsets {
    /// Finds them. A sound that can't be read, or whose search is stopped, has none.
    #[must_use]
    pub(super) fn of(sound: &AudioData, stop: Stop<'_>) -> Self {
        let length = sound.frames.len();
        let mut window = Window::new(sound.rate);
        let Some((flux, peak)) = window.flux(sound, length, stop) else { return Self::default() };
        let peaks = peaks(&flux);
        let greatest = peaks.iter().map(|(_, height)| *height).fold(0.0_f32, f32::max);
        let apart = (APART_SECS * sound.rate) as usize;
        let mut found: Vec<Onset> = Vec::new();
        for (at, height) in peaks {
            let Some(frame) = window.place(sound, length, at, peak) else { continue };
            let strength = f64::from(height / greatest);
            match found.last_mut() {
                Some(before) if frame < before.frame + apart => before.strength = before.strength.max(strength),
                _ => found.push(Onset { frame, strength }),
            }
        }
        Self(found.into())
    }

    /// The frames of those that a sensitivity of 0–1 finds, in order.
    pub fn above(&self, sensitivity: f64) -> impl Iterator<Item = usize> {
        let weakest = STRONG * (1.0 - sensitivity.clamp(0.0, 1.0)).powi(2);
        self.0.iter().filter(move |onset| onset.strength >= weakest).map(|onset| onset.frame)
    }
}

/// What is computed for each window.
struct Window {
    frames: usize,
    hop: usize,
    weights: Vec<f32>,
    /// First and last bin of each band.
    bands: Vec<(usize, usize)>,
}

impl Window {
    fn new(rate: f64) -> Self {
        let frames = ((WINDOW_SECS * rate) as usize).next_power_of_two().max(64);
        let hop = ((HOP_SECS * rate) as usize).max(16);
        let turn = |k: usize| std::f64::consts::TAU * k as f64 / frames as f64;
        let weights = (0..frames).map(|k| ((1.0 - turn(k).cos()) / 2.0) as f32).collect();
        let bin = |hz: f64| ((hz * frames as f64 / rate).round() as usize).clamp(1, frames / 2);
        let steps = ((RANGE_HZ.1 / RANGE_HZ.0).log2() * BANDS_PER_OCTAVE) as usize;
        let mut edges: Vec<usize> = (0..=steps).map(|step| bin(RANGE_HZ.0 * (step as f64 / BANDS_PER_OCTAVE).exp2())).collect();
        edges.dedup();
        let bands = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
        Self { frames, hop, weights, bands }
    }

    /// The flux of each window, the first of which ends with the sound's first hop, and the sound's peak.
    fn flux(&self, sound: &AudioData, length: usize, stop: Stop<'_>) -> Option<(Vec<f32>, f32)> {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(self.frames);
        let (mut input, mut output, mut scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
        // The last windows' bands, oldest first, and the samples the next window begins with.
        let mut before: Vec<Vec<f32>> = vec![vec![0.0; self.bands.len()]; LAG];
        let mut samples = vec![0.0_f32; self.frames - self.hop];
        let (mut flux, mut peak, mut read) = (Vec::with_capacity(length / self.hop + 1), 0.0_f32, 0);
        let mut chunk = vec![[0.0_f32; 2]; CHUNK];
        // What cuts a sound off at its end is no attack.
        let windows = length.max(self.frames) / self.hop;
        while flux.len() < windows {
            if stop.load(std::sync::atomic::Ordering::Relaxed) {
                return None;
            }
            let part = CHUNK.min(length.saturating_sub(read));
            sound.frames.read(read, &mut chunk[..part])?;
            samples.extend(chunk[..part].iter().map(|frame| mono(*frame)));
            samples.resize(samples.len() + CHUNK - part, 0.0);
            read += CHUNK;
            let mut at = 0;
            while at + self.frames <= samples.len() && flux.len() < windows {
                let window = &samples[at..at + self.frames];
                peak = window.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
                input.iter_mut().zip(window).zip(&self.weights).for_each(|((to, sample), weight)| *to = sample * weight);
                fft.process_with_scratch(&mut input, &mut output, &mut scratch).ok()?;
                let level = |(low, high): &(usize, usize)| output[*low..*high].iter().map(|bin| bin.norm()).sum::<f32>();
                let bands: Vec<f32> = self.bands.iter().map(|band| (1.0 + level(band)).log10()).collect();
                flux.push(growth(&bands, &before[0]));
                before.rotate_left(1);
                before[LAG - 1] = bands;
                at += self.hop;
            }
            samples.drain(..at);
        }
        Some((flux, peak))
    }

    /// The frame at which the attack begins that made the flux of window `at` a peak.
    fn place(&mut self, sound: &AudioData, length: usize, at: usize, peak: f32) -> Option<usize> {
        // The window began this many frames before the sound; what made it grow lies in its newer half.
        let end = (at + 1) * self.hop;
        let (from, to) = (end.saturating_sub(self.frames / 2 + LAG * self.hop), end.min(length));
        let lead = self.hop;
        let first = from.saturating_sub(lead);
        let last = (to + self.frames / 2).min(length);
        if to <= from || last <= first {
            return None;
        }
        let mut frames = vec![[0.0; 2]; last - first];
        sound.frames.read(first, &mut frames)?;
        let samples: Vec<f32> = frames.into_iter().map(mono).collect();
        // Differences: what rings on below hides an attack less there.
        let slopes: Vec<f32> = (0..samples.len()).map(|at| samples[at] - at.checked_sub(1).map_or(0.0, |before| samples[before])).collect();
        let loudest = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let (base, top) = (loudest(&slopes[1.min(from - first)..from - first]), loudest(&slopes[from - first..]));
        if loudest(&samples[from - first..]) < peak * SOFTEST {
            return None;
        }
        // Within what decays from before, the attack is where it grows most; otherwise where it leaves what was there.
        let start = if base >= top * 0.7 { steepest(&slopes, from - first, to - first, self.hop / 4) } else { from - first };
        let base = if start > from - first { loudest(&slopes[start.saturating_sub(lead)..start]) } else { base };
        let threshold = base + (top - base).max(0.0) * RISE;
        let beyond = (start..to - first).find(|at| slopes[*at].abs() > threshold).unwrap_or(start);
        Some(first + quiet_before(&samples, beyond, self.hop / 10))
    }
}

fn mono(frame: [f32; 2]) -> f32 {
    (frame[0] + frame[1]) * 0.5
}

/// How much bands grew, each against the loudest of its neighbours before.
fn growth(bands: &[f32], before: &[f32]) -> f32 {
    let around = |at: usize| before[at.saturating_sub(1)..(at + 2).min(before.len())].iter().copied().fold(0.0_f32, f32::max);
    bands.iter().enumerate().map(|(at, level)| (level - around(at)).max(0.0)).sum()
}

/// Windows whose flux stands out, and by how much.
fn peaks(flux: &[f32]) -> Vec<(usize, f32)> {
    let around = |at: usize, before: usize, after: usize| &flux[at.saturating_sub(before)..(at + after + 1).min(flux.len())];
    let rising = |at: &usize| {
        let (level, near) = (flux[*at], around(*at, PEAK, PEAK));
        // Of equal ones the first counts.
        level > 0.0 && near.iter().all(|other| *other <= level) && !around(*at, PEAK, 0)[..PEAK.min(*at)].contains(&level)
    };
    let height = |at: usize| {
        let near = around(at, MEAN.0, MEAN.1);
        flux[at] - near.iter().sum::<f32>() / near.len() as f32
    };
    (0..flux.len()).filter(rising).map(|at| (at, height(at))).filter(|(_, height)| *height > 0.0).collect()
}

/// Where, between `from` and `to`, stretches of `size` samples get louder most.
fn steepest(samples: &[f32], from: usize, to: usize, size: usize) -> usize {
    let size = size.max(1);
    let energy = |at: usize| samples[at..(at + size).min(samples.len())].iter().map(|sample| sample * sample).sum::<f32>();
    let growth = |at: usize| energy(at) - energy(at.saturating_sub(size));
    (from..to).step_by(size.div_ceil(4)).fold((from, f32::MIN), |best, at| if growth(at) > best.1 { (at, growth(at)) } else { best }).0
}

/// The zero or minimum before `at`, at most `reach` samples before; `at` itself where there is none.
fn quiet_before(samples: &[f32], at: usize, reach: usize) -> usize {
    let is_quiet = |index: &usize| {
        let (here, before) = (samples[*index], index.checked_sub(1).map_or(0.0, |before| samples[before]));
        here == 0.0 || here.signum() != before.signum() || before.abs() > here.abs()
    };
    (at.saturating_sub(reach)..=at).rev().find(is_quiet).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    const RATE: f64 = 48_000.0;

    struct Noise(u64);

    impl Noise {
        fn next(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 40) as f32 / 8_388_608.0 - 1.0
        }
    }

    /// Adds a drum: a kick that falls in pitch, a snare of tone and noise, a hat of bright noise.
    fn strike(sound: &mut [[f32; 2]], at: usize, drum: usize, level: f32, noise: &mut Noise) {
        let mut last = 0.0;
        for (k, frame) in sound[at..].iter_mut().take(24_000).enumerate() {
            let t = k as f32 / RATE as f32;
            let white = noise.next();
            let bright = white - std::mem::replace(&mut last, white);
            let tone = |hz: f32| (std::f32::consts::TAU * hz * t).sin();
            let sample = match drum {
                0 => (-t * 18.0).exp() * (std::f32::consts::TAU * (50.0 * t + 6.0 * (1.0 - (-t * 40.0).exp()))).sin(),
                1 => (-t * 25.0).exp() * (0.4 * tone(190.0) + 0.6 * white),
                _ => (-t * 90.0).exp() * 0.5 * bright,
            };
            frame[0] += sample * level;
            frame[1] += sample * level * 0.8;
        }
    }

    fn found(frames: Vec<[f32; 2]>, sensitivity: f64) -> Vec<usize> {
        let sound = AudioData { rate: RATE, frames: frames.into() };
        let onsets = Onsets::of(&sound, &AtomicBool::new(false));
        assert_eq!(onsets, Onsets::of(&sound, &AtomicBool::new(false)), "the same each time");
        onsets.above(sensitivity).collect()
    }

    #[test]
    fn every_stroke_of_a_drum_loop_is_found_within_a_millisecond_and_nothing_else() {
        for seed in 0..8_u64 {
            let mut noise = Noise(seed);
            let mut sound = vec![[0.0; 2]; 192_000];
            // A bar of sixteenths at 120, off the grid by some, and some left out.
            let mut struck = Vec::new();
            for (step, drum) in [0, 2, 1, 2, 0, 0, 1, 2, 2, 0, 1, 2, 0, 2, 1, 1].into_iter().enumerate() {
                if (seed + step as u64) % 5 == 3 {
                    continue;
                }
                let at = step * 12_000 + (noise.next().abs() * 700.0) as usize + if seed % 2 == 0 { 0 } else { 3000 };
                strike(&mut sound, at.min(190_000), drum, 0.35 + noise.next().abs() * 0.5, &mut noise);
                struck.push(at.min(190_000));
            }
            let onsets = found(sound, 0.5);
            let errors: Vec<i64> = struck.iter().zip(&onsets).map(|(a, b)| *b as i64 - *a as i64).collect();
            assert_eq!(onsets.len(), struck.len(), "loop {seed}: struck at {struck:?}, found {onsets:?}");
            assert!(errors.iter().all(|error| error.abs() <= 48), "loop {seed}: {errors:?} of {struck:?}");
        }
    }

    #[test]
    fn silence_and_a_steady_tone_have_none_beyond_their_beginning() {
        assert_eq!(found(vec![[0.0; 2]; 48_000], 1.0), [0; 0]);
        assert_eq!(found(Vec::new(), 1.0), [0; 0]);
        let tone = (0..96_000).map(|k| [(k as f32 * 0.05).sin() * 0.5; 2]).collect();
        assert_eq!(found(tone, 0.5), [0]);
    }

    #[test]
    fn sensitivity_finds_fainter_strokes() {
        let mut sound = vec![[0.0; 2]; 96_000];
        let mut noise = Noise(3);
        for (at, level) in [(1000, 1.0), (25_000, 0.004), (49_000, 0.8), (73_000, 0.02)] {
            strike(&mut sound, at, 1, level, &mut noise);
        }
        let counts = [0.0, 0.5, 1.0].map(|sensitivity| found(sound.clone(), sensitivity).len());
        assert!(counts[0] == 2 && counts[0] <= counts[1] && counts[1] <= counts[2] && counts[2] >= 4, "{counts:?}");
    }
}
