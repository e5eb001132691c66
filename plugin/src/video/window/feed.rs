//! What the window shows, moment by moment.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use videotracker_engine::{
    engine::{Engine, ViewReader},
    view::ViewFrame,
};

use super::clock::PlayClock;
use crate::video::{compose, scene::Scene};

/// A view that has not moved for this long may come from a processor that is gone: a new reader is asked for.
const STALE: Duration = Duration::from_secs(1);

/// Gives the scene for a moment. Called on the picture thread only.
pub trait Feed: Send {
    /// The scene that is to be shown at `moment`.
    fn scene(&mut self, moment: Instant) -> Scene;
}

/// What an engine plays.
#[derive(Debug)]
pub struct EngineFeed {
    engine: Arc<Engine>,
    reader: ViewReader,
    clock: PlayClock,
    moved: (u64, Instant),
}

impl EngineFeed {
    /// A feed with a view reader of its own.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        let reader = engine.view_reader();
        Self { engine, reader, clock: PlayClock::default(), moved: (0, Instant::now()) }
    }

    /// Replaces a reader whose view stands still.
    fn refresh(&mut self, moment: Instant) {
        let frame = self.reader.read().frame;
        if frame != self.moved.0 {
            self.moved = (frame, moment);
        } else if moment.saturating_duration_since(self.moved.1) > STALE {
            self.reader = self.engine.view_reader();
            self.moved.1 = moment;
        }
    }
}

impl Feed for EngineFeed {
    fn scene(&mut self, moment: Instant) -> Scene {
        self.refresh(moment);
        let snapshot = self.engine.snapshot();
        let view: &ViewFrame = self.reader.read();
        let ahead = self.clock.ahead_secs(view.frame, view.sample_rate, moment);
        compose::main_scene(&snapshot, view, &*self.engine, ahead)
    }
}
