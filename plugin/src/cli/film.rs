//! The picture of a render.

use std::{path::Path, sync::Arc};

use videotracker::video::recorder::{AudioTap, RecordOptions, Recorder};
use videotracker_engine::engine::Engine;

use super::{Failure, complain};

/// A film being written.
pub struct Film {
    recorder: Recorder,
    tap: AudioTap,
}

/// Starts writing a film, or a folder of images where the path ends in `/`.
pub fn start(engine: &Arc<Engine>, path: &Path, size: (u32, u32), fps: (u32, u32), rate: f64) -> Result<Film, Failure> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate, checked when parsed")]
    let options = RecordOptions { size, fps, ..RecordOptions::new(path, rate as u32) };
    let (recorder, tap) = Recorder::start(engine, options).map_err(|why| Failure::User(why.to_string()))?;
    Ok(Film { recorder, tap })
}

impl Film {
    /// Takes a block's sound.
    pub fn audio(&mut self, left: &[f32], right: &[f32]) {
        self.tap.push_waiting(left, right);
    }

    /// Ends the film; a sentence about it.
    pub fn finish(self) -> Result<String, Failure> {
        drop(self.tap);
        let summary = self.recorder.finish().map_err(|why| Failure::User(why.to_string()))?;
        summary.problems.iter().for_each(|problem| complain(problem));
        Ok(format!(", {} pictures, {} dropped", summary.frames, summary.dropped))
    }
}
