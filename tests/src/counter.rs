//! Counter clips as real files, and the arithmetic that says which of their frames a voice shows.
//!
//! A clip's picture is grey with the frame's number as 16 squares along the bottom edge, as the factory clips have it,
//! so that [`read_counter`](videotracker_engine::media::factory::read_counter) reads it. A clip counts from a base of
//! its own, which tells clips apart.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// Width and height of a counter clip: each square is a whole HAP block.
pub const SIZE: (u32, u32) = (64, 36);

/// A counter clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Counter {
    /// Its file's name.
    pub file: &'static str,
    /// The number on its first frame.
    pub base: u32,
    /// Frames a second, as a fraction.
    pub fps: (u32, u32),
    /// Its frames.
    pub frames: u32,
    /// Frames of sound at [`SOUND_RATE`] in a WAV file beside it; 0 for none.
    pub sound: u32,
}

/// Frames a second of a clip's sound.
pub const SOUND_RATE: u32 = 48_000;

impl Counter {
    /// Makes its file, and its sound's, in a folder.
    ///
    /// # Errors
    /// What the `ffmpeg` program or the disk says.
    pub fn make(&self, folder: &Path) -> Result<()> {
        let (width, height) = SIZE;
        let path = folder.join(self.file);
        let mut child = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba"])
            .args(["-s", &format!("{width}x{height}"), "-r", &format!("{}/{}", self.fps.0, self.fps.1), "-i", "-"])
            .args(["-c:v", "hap"])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .context("cannot run ffmpeg")?;
        let mut pipe = child.stdin.take().context("ffmpeg takes pictures")?;
        for frame in 0..self.frames {
            pipe.write_all(&draw(self.base + frame))?;
        }
        drop(pipe);
        let status = child.wait()?;
        ensure!(status.success(), "ffmpeg: {status}");
        if self.sound > 0 {
            let spec =
                hound::WavSpec { channels: 1, sample_rate: SOUND_RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
            let mut wav = hound::WavWriter::create(path.with_extension("wav"), spec)?;
            (0..self.sound).try_for_each(|frame| wav.write_sample(if frame % 96 < 48 { 8000_i16 } else { -8000 }))?;
            wav.finalize()?;
        }
        Ok(())
    }

    /// Seconds that sound and picture last.
    #[must_use]
    pub fn secs(&self) -> f64 {
        let picture = f64::from(self.frames) * f64::from(self.fps.1) / f64::from(self.fps.0);
        picture.max(f64::from(self.sound) / f64::from(SOUND_RATE))
    }

    /// The number shown `after` seconds after a trigger; `None` where its voice has ended.
    #[must_use]
    pub fn shown(&self, play: &Play, after: f64, sample_rate: f64) -> Option<u32> {
        let time = play.media_time(self.secs(), after, sample_rate)?;
        // The frame's own start shows the frame, also where it is a hair below: a tie goes up.
        let frame = ((time + TIE) * f64::from(self.fps.0) / f64::from(self.fps.1)).floor();
        Some(self.base + frame.clamp(0.0, f64::from(self.frames - 1)) as u32)
    }
}

/// Seconds within which a time and a frame's start are the same.
const TIE: f64 = 1e-6;

/// How a voice moves through its medium, in the words of the sampler's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// Speed, negative backwards.
    pub speed: f64,
    /// Start within the region, 0–1.
    pub position: f64,
    /// The region, 0–1.
    pub region: (f64, f64),
    /// Whether it loops.
    pub looping: bool,
    /// Seconds that a grain loops from the position on; 0 for the region.
    pub grain: f64,
}

impl Default for Play {
    fn default() -> Self {
        Self { speed: 1.0, position: 0.0, region: (0.0, 1.0), looping: false, grain: 0.0 }
    }
}

impl Play {
    /// The media time `after` seconds after the onset, in a medium of `secs` seconds.
    ///
    /// Forwards a voice begins at its position. Backwards it begins with the last frame of sound (1/`sample_rate` second
    /// before the end of its region or grain), and its position is counted from that end; a grain is the same stretch
    /// of the medium in both directions.
    #[must_use]
    pub fn media_time(&self, secs: f64, after: f64, sample_rate: f64) -> Option<f64> {
        let one = 1.0 / sample_rate;
        let (begin, end) = (self.region.0 * secs, self.region.1 * secs);
        let skipped = self.position * (end - begin);
        let (low, high) = match self.looping && self.grain > 0.0 {
            true => (begin + skipped, (begin + skipped + self.grain).min(end)),
            false => (begin, end),
        };
        let first = match (self.speed < 0.0, self.looping && self.grain > 0.0) {
            (false, _) => begin + skipped,
            (true, true) => high - one,
            (true, false) => high - one - skipped,
        };
        let time = first + self.speed * after;
        if self.looping {
            // What ties with the end of a loop is its start.
            Some(low + (time - low + TIE).rem_euclid(high - low) - TIE)
        } else {
            (time < high - 1e-9 && time > low - one + 1e-9).then_some(time)
        }
    }
}

/// A clip's picture: RGBA.
fn draw(number: u32) -> Vec<u8> {
    let (width, height) = SIZE;
    let pixel = |at: u32| {
        let (x, y) = (at % width, at / width);
        let lit = if y < height - 4 { 128 } else { (number >> (15 - x / 4) & 1) as u8 * 255 };
        [lit, lit, lit, 255]
    };
    (0..width * height).flat_map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arithmetic_says_what_a_musician_counts_on_fingers() {
        let clip = Counter { file: "ten.mov", base: 100, fps: (10, 1), frames: 10, sound: 0 };
        let shown = |play: Play, at: &[f64]| -> Vec<Option<u32>> { at.iter().map(|after| clip.shown(&play, *after, 48_000.0)).collect() };
        let tenths = [0.0, 0.1, 0.25, 0.9, 1.0];
        let plain = Play::default();
        assert_eq!(shown(plain, &tenths), [Some(100), Some(101), Some(102), Some(109), None]);
        assert_eq!(shown(Play { speed: -1.0, ..plain }, &tenths), [Some(109), Some(108), Some(107), Some(100), None]);
        assert_eq!(shown(Play { speed: 2.0, looping: true, ..plain }, &tenths), [100, 102, 105, 108, 100].map(Some));
        assert_eq!(shown(Play { speed: 0.0, position: 0.5, ..plain }, &tenths), [Some(105); 5]);
        let grain = Play { position: 0.5, looping: true, grain: 0.2, ..plain };
        assert_eq!(shown(grain, &tenths), [105, 106, 105, 106, 105].map(Some));
        assert_eq!(shown(Play { speed: -1.0, ..grain }, &tenths), [106, 105, 106, 105, 106].map(Some));
    }
}
