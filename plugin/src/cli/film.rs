//! The picture of a render.

use std::{path::Path, sync::Arc};

use videotracker::video::recorder::{RecordOptions, Recorder};
use videotracker_engine::{engine::Engine, text::counted};

use super::Failure;

/// A film being written.
pub struct Film(Recorder);

/// Starts writing a film, or a folder of images where the path ends in `/`.
pub fn start(engine: &Arc<Engine>, path: &Path, size: (u32, u32), fps: (u32, u32)) -> Result<Film, Failure> {
    let options = RecordOptions { size, fps, ..RecordOptions::new(path) };
    Recorder::start(engine, options).map(Film).map_err(|why| Failure::User(why.to_string()))
}

impl Film {
    /// Ends the film; a sentence about it, and what went wrong.
    pub fn finish(self) -> Result<(String, Vec<String>), Failure> {
        let summary = self.0.finish().map_err(|why| Failure::User(why.to_string()))?;
        let mut problems = summary.problems;
        if summary.dropped > 0 && problems.is_empty() {
            problems.push(format!("{} of the film's pictures are missing", summary.dropped));
        }
        Ok((format!(", {}, {} dropped", counted(summary.frames, "picture"), summary.dropped), problems))
    }
}
