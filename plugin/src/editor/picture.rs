//! The seam to the window with the picture, which outlives the editor's.

use std::sync::Arc;

use videotracker_engine::engine::Engine;

use crate::video::window::{OutputWindow, WindowOptions, WindowStats};

/// What opens and closes the window with the picture.
pub trait VideoWindow: Send {
    /// Whether it is open.
    fn is_open(&mut self) -> bool;
    /// Opens it.
    ///
    /// # Errors
    /// Says why there is no picture; the sound goes on.
    fn open(&mut self) -> Result<(), String>;
    /// Closes it.
    fn close(&mut self);
    /// How it fares, while it is open.
    fn stats(&self) -> Option<WindowStats> {
        None
    }
}

/// The output window of an engine.
#[derive(Debug)]
pub struct EngineVideo {
    engine: Arc<Engine>,
    window: Option<OutputWindow>,
}

impl EngineVideo {
    /// A closed window.
    #[must_use]
    pub const fn new(engine: Arc<Engine>) -> Self {
        Self { engine, window: None }
    }
}

impl VideoWindow for EngineVideo {
    fn is_open(&mut self) -> bool {
        if self.window.as_ref().is_some_and(|window| !window.is_open()) {
            self.window = None;
        }
        self.window.is_some()
    }

    fn open(&mut self) -> Result<(), String> {
        let options = WindowOptions { title: "videoTracker · video".into(), ..WindowOptions::default() };
        let window = OutputWindow::open(Arc::clone(&self.engine), options)
            .map_err(|why| format!("{why}. There is no picture; the sound goes on."))?;
        self.window = Some(window);
        Ok(())
    }

    fn close(&mut self) {
        self.window = None;
    }

    fn stats(&self) -> Option<WindowStats> {
        self.window.as_ref().map(OutputWindow::stats)
    }
}
