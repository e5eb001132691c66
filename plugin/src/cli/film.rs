//! The picture of a render.

use std::{path::Path, sync::Arc};

use videotracker::video::recorder::{RecordOptions, Recorder};
use videotracker_engine::{engine::Engine, text::counted};

use super::Failure;

/// Lets the system's drivers draw without looking for a display: on Linux, a layer of Mesa's asks Wayland which GPU the display hangs on, and
/// complains where there is none. Whoever chose a GPU through that layer keeps it. To be called before any thread starts.
pub fn without_display() {
    let is_asked = ["NODEVICE_SELECT", "MESA_VK_DEVICE_SELECT", "DRI_PRIME"].iter().any(|name| std::env::var_os(name).is_some());
    if cfg!(target_os = "linux") && !is_asked {
        // SAFETY: a command line that begins has one thread, so that nobody reads the environment meanwhile.
        #[allow(unsafe_code, reason = "the layer is turned off by nothing else")]
        unsafe {
            std::env::set_var("NODEVICE_SELECT", "1");
        }
    }
}

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
