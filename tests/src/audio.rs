//! Stereo audio and what can be measured in it.

use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Stereo samples of a known rate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audio {
    /// Frames a second.
    pub sample_rate: u32,
    /// Left samples.
    pub left: Vec<f32>,
    /// Right samples; as many as `left`.
    pub right: Vec<f32>,
}

/// What [`Audio::onset_near`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onset {
    /// A sound sets in, so many frames late (early where negative).
    Off(i64),
    /// What sounded before is too restless to tell.
    Hidden,
    /// Nothing sets in.
    Missing,
}

impl Audio {
    /// No frames yet, with room for `frames`.
    #[must_use]
    pub fn with_capacity(sample_rate: u32, frames: usize) -> Self {
        Self { sample_rate, left: Vec::with_capacity(frames), right: Vec::with_capacity(frames) }
    }

    /// Frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Whether there is not a single frame.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Loudness of a frame: the larger absolute sample.
    #[must_use]
    pub fn level(&self, frame: usize) -> f32 {
        self.left[frame].abs().max(self.right[frame].abs())
    }

    /// The largest absolute sample of some frames.
    #[must_use]
    pub fn peak_in(&self, frames: std::ops::Range<usize>) -> f32 {
        (frames.start.min(self.len())..frames.end.min(self.len())).map(|frame| self.level(frame)).fold(0.0, f32::max)
    }

    /// The largest absolute sample.
    #[must_use]
    pub fn peak(&self) -> f32 {
        self.peak_in(0..self.len())
    }

    /// Whether every sample is a number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.left.iter().chain(&self.right).all(|sample| sample.is_finite())
    }

    /// Frames in which anything sounds.
    #[must_use]
    pub fn sounding(&self) -> Vec<usize> {
        (0..self.len()).filter(|&frame| self.level(frame) != 0.0).collect()
    }

    /// The first frame at which two recordings differ in a bit, or at which one ends before the other.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<usize> {
        let bits = |audio: &Self, frame: usize| (audio.left[frame].to_bits(), audio.right[frame].to_bits());
        let common = self.len().min(other.len());
        (0..common).find(|&frame| bits(self, frame) != bits(other, frame)).or_else(|| (self.len() != other.len()).then_some(common))
    }

    /// The tail from a frame on.
    #[must_use]
    pub fn tail(&self, from: usize) -> Self {
        let from = from.min(self.len());
        Self { sample_rate: self.sample_rate, left: self.left[from..].to_vec(), right: self.right[from..].to_vec() }
    }

    /// How far from `frame` a sound sets in, searched within `reach` frames: the first step from sample to sample that
    /// is four times as large as any in the 256 frames before the search begins, and at least 1e-4.
    #[must_use]
    pub fn onset_near(&self, frame: usize, reach: usize) -> Onset {
        let step = |at: usize| {
            let before = at.checked_sub(1).map_or((0.0, 0.0), |before| (self.left[before], self.right[before]));
            (self.left[at] - before.0).abs().max((self.right[at] - before.1).abs())
        };
        let first = frame.saturating_sub(reach);
        let unrest = (first.saturating_sub(256)..first.min(self.len())).map(step).fold(0.0, f32::max);
        if unrest > 0.05 {
            return Onset::Hidden;
        }
        match (first..(frame + reach + 1).min(self.len())).find(|&at| step(at) >= (4.0 * unrest).max(1e-4)) {
            Some(at) => Onset::Off(at as i64 - frame as i64),
            None => Onset::Missing,
        }
    }

    /// Writes a WAV file of 32-bit floats.
    ///
    /// # Errors
    /// The file's, with its name.
    pub fn write_wav(&self, path: &Path) -> Result<()> {
        let spec =
            hound::WavSpec { channels: 2, sample_rate: self.sample_rate, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
        let mut file = hound::WavWriter::create(path, spec).with_context(|| format!("cannot write {}", path.display()))?;
        for (&left, &right) in self.left.iter().zip(&self.right) {
            file.write_sample(left)?;
            file.write_sample(right)?;
        }
        file.finalize().with_context(|| format!("cannot finish {}", path.display()))
    }

    /// Reads a WAV file of 32-bit floats or of whole numbers, mono or stereo.
    ///
    /// # Errors
    /// What the file is not.
    pub fn read_wav(path: &Path) -> Result<Self> {
        let mut file = hound::WavReader::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let spec = file.spec();
        ensure!(matches!(spec.channels, 1 | 2), "{} has {} channels, expected 1 or 2", path.display(), spec.channels);
        let samples: Vec<f32> = match spec.sample_format {
            hound::SampleFormat::Float => file.samples::<f32>().collect::<Result<_, _>>()?,
            hound::SampleFormat::Int => {
                let scale = 1.0 / (1_i64 << (spec.bits_per_sample - 1)) as f32;
                file.samples::<i32>().map(|sample| sample.map(|sample| sample as f32 * scale)).collect::<Result<_, _>>()?
            }
        };
        let channels = usize::from(spec.channels);
        Ok(Self {
            sample_rate: spec.sample_rate,
            left: samples.iter().step_by(channels).copied().collect(),
            right: samples.iter().skip(channels - 1).step_by(channels).copied().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mono(samples: &[f32]) -> Audio {
        Audio { sample_rate: 48_000, left: samples.to_vec(), right: samples.to_vec() }
    }

    #[test]
    fn an_onset_is_found_where_it_is() {
        let mut samples: Vec<f32> = (0..800).map(|frame| 0.01 * (frame as f32 * 0.1).sin()).collect();
        samples[400] = 0.1;
        for (expected, offset) in [(400, 0), (398, 2), (403, -3)] {
            assert_eq!(mono(&samples).onset_near(expected, 8), Onset::Off(offset), "from {expected}");
        }
        assert_eq!(mono(&samples).onset_near(390, 8), Onset::Missing);
        samples[300] = 0.9;
        assert_eq!(mono(&samples).onset_near(400, 8), Onset::Hidden);
    }

    #[test]
    fn a_wav_file_comes_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let audio = mono(&[0.0, 0.25, -1.0, f32::MIN_POSITIVE]);
        audio.write_wav(&folder.path().join("a.wav")).unwrap();
        assert_eq!(Audio::read_wav(&folder.path().join("a.wav")).unwrap().first_difference(&audio), None);
    }
}
