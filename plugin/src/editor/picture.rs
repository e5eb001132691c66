//! The seam to the window with the picture, which outlives the editor's.

use std::sync::Arc;

use videotracker_engine::snapshot::{Message, Severity};

use crate::{
    instance::Instance,
    video::window::{OutputWindow, WindowOptions, WindowStats},
};

/// What opens and closes the window with the picture.
pub trait VideoWindow: Send {
    /// Whether it is open. What it complains of goes to the console.
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

/// The output window of an instance.
#[derive(Debug)]
pub struct EngineVideo {
    instance: Arc<Instance>,
    window: Option<OutputWindow>,
}

impl EngineVideo {
    /// A closed window.
    #[must_use]
    pub const fn new(instance: Arc<Instance>) -> Self {
        Self { instance, window: None }
    }
}

impl VideoWindow for EngineVideo {
    fn is_open(&mut self) -> bool {
        if let Some(window) = &self.window {
            let message = |text| Message { severity: Severity::Error, text, line: None, column: None };
            // A window that has closed has said everything.
            let is_open = window.is_open();
            self.instance.notify(window.take_complaints().into_iter().map(message));
            if !is_open {
                self.window = None;
            }
        }
        self.window.is_some()
    }

    fn open(&mut self) -> Result<(), String> {
        let options = WindowOptions { title: "videoTracker video".into(), ..WindowOptions::default() };
        let window = OutputWindow::open(Arc::clone(&self.instance.engine), options)
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
