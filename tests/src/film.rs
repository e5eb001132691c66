//! Films of factory clips: which clip a frame shows, and where in the clip.
//!
//! Frames are read with the `ffmpeg` program, scaled to the clips' own size.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, bail, ensure};
use videotracker_engine::media::factory::{CLIP_FPS, CLIP_SIZE, clip_colour, read_counter};

use crate::events::Trigger;

/// A film in memory.
#[derive(Clone, Debug)]
pub struct Film {
    /// Frames a second.
    pub fps: f64,
    /// Width and height of the file's picture.
    pub size: (u32, u32),
    /// RGBA frames of [`CLIP_SIZE`].
    pub frames: Vec<Vec<u8>>,
}

impl Film {
    /// Reads a film.
    ///
    /// # Errors
    /// What ffmpeg and ffprobe say.
    pub fn read(path: &Path) -> Result<Self> {
        let probe = ["-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate", "-of", "csv=p=0"];
        let line = output(Command::new("ffprobe").args(probe).arg(path))?;
        let line = String::from_utf8_lossy(&line);
        let fields: Vec<&str> = line.trim().trim_end_matches(',').split(',').collect();
        let [width, height, rate] = fields[..] else { bail!("{} has no picture", path.display()) };
        let (numerator, denominator) = rate.split_once('/').unwrap_or((rate, "1"));
        let fps = numerator.parse::<f64>()? / denominator.parse::<f64>()?;
        let (clip_width, clip_height) = CLIP_SIZE;
        let scale = format!("scale={clip_width}:{clip_height}:flags=area");
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-nostdin", "-v", "error", "-i"]).arg(path);
        let bytes = output(ffmpeg.args(["-an", "-vf", &scale, "-f", "rawvideo", "-pix_fmt", "rgba", "-"]))?;
        let frames = bytes.chunks_exact((clip_width * clip_height * 4) as usize).map(<[u8]>::to_vec).collect();
        Ok(Self { fps, size: (width.parse()?, height.parse()?), frames })
    }

    /// Which of `clips` a frame shows, by the colour of its band, and which of the clip's frames, by its counter.
    /// `None` where it shows none of them.
    #[must_use]
    pub fn shows<'a>(&self, frame: usize, clips: &[&'a str]) -> Option<(&'a str, u32)> {
        let rgba = self.frames.get(frame)?;
        let (width, height) = CLIP_SIZE;
        // The middle of the band, between its left end and the digits.
        let at = ((12 * width + width / 2) * 4) as usize;
        let off = |name: &str| {
            let colour = clip_colour(name)?;
            (0..3).map(|channel| rgba[at + channel].abs_diff(colour[channel])).max()
        };
        let (difference, name) = clips.iter().filter_map(|name| Some((off(name)?, *name))).min()?;
        // Chroma at half resolution and a lossy codec take their toll.
        (difference < 40).then_some(())?;
        Some((name, read_counter(rgba, width, height)?))
    }
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {name}; install ffmpeg"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// Checks that the first film frame at or after each trigger shows the clip of the trigger's sample at its beginning;
/// says how many triggers were checked.
///
/// `clips` are the clips of the samples by index, on module `module`, which shows one voice at a time. A trigger that a
/// later one covers before the next film frame is passed over.
///
/// # Errors
/// The first frame that shows something else.
pub fn check(film: &Film, triggers: &[Trigger], sample_rate: f64, module: &str, clips: &[&str]) -> Result<usize> {
    let shown: Vec<&Trigger> = triggers.iter().filter(|trigger| trigger.targets.iter().any(|target| target == module)).collect();
    let mut checked = 0;
    for (place, trigger) in shown.iter().enumerate() {
        let begin = trigger.frame as f64 / sample_rate;
        let frame = (begin * film.fps - 1e-6).ceil();
        let time = frame / film.fps;
        let covered = shown.get(place + 1).is_some_and(|next| next.frame as f64 / sample_rate <= time + 1e-9);
        if covered || frame as usize >= film.frames.len() {
            continue;
        }
        let index = trigger.values.get("index").and_then(serde_json::Value::as_f64).unwrap_or(0.0) as usize;
        let clip = clips.get(index).with_context(|| format!("a trigger names sample {index}, which has no clip"))?;
        let position = ((time - begin) * f64::from(CLIP_FPS.0) / f64::from(CLIP_FPS.1) + 1e-6).floor() as u32;
        let seen = film.shows(frame as usize, clips);
        ensure!(
            seen == Some((clip, position)),
            "film frame {frame} at {time:.4} s shows {seen:?} instead of frame {position} of {clip}, which was triggered at {begin:.4} s"
        );
        checked += 1;
    }
    Ok(checked)
}
