//! What the window shows, moment by moment.

use std::{sync::Arc, time::Instant};

use videotracker_engine::{
    engine::{Engine, ViewReader},
    view::ViewFrame,
};

use super::clock::PlayClock;
use crate::video::{compose, scene::Scene};

/// Gives the scene for a moment. Called on the picture thread only.
pub trait Feed: Send {
    /// The scene that is to be shown at `moment`.
    fn scene(&mut self, moment: Instant) -> Scene;
}

/// What an engine plays. Its view reader follows the engine from processor to processor.
#[derive(Debug)]
pub struct EngineFeed {
    engine: Arc<Engine>,
    reader: ViewReader,
    clock: PlayClock,
}

impl EngineFeed {
    /// A feed with a view reader of its own.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        let reader = engine.view_reader();
        Self { engine, reader, clock: PlayClock::default() }
    }
}

impl Feed for EngineFeed {
    fn scene(&mut self, moment: Instant) -> Scene {
        let snapshot = self.engine.snapshot();
        let view: &ViewFrame = self.reader.read();
        let ahead = self.clock.ahead_secs(view.frame, view.sample_rate, moment);
        compose::main_scene(&snapshot, view, &*self.engine, ahead)
    }
}
