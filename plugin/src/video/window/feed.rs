//! What the window shows, moment by moment.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use videotracker_engine::{
    engine::{Engine, ViewReader},
    snapshot::Snapshot,
    view::ViewFrame,
};

use super::clock::PlayClock;
use crate::video::{
    compose,
    scene::{Picture, Scene},
    targets::targets,
};

/// Views remembered, so that the one that is heard when a picture shows is there: a quarter of a second.
const VIEWS: usize = 32;

/// Gives the scene for a moment. Called on the picture thread only.
pub trait Feed: Send {
    /// The scene that is to be shown at `moment`, which lies a little ahead.
    fn scene(&mut self, moment: Instant) -> Scene;
}

/// What an engine plays. Its view reader follows the engine from processor to processor.
#[derive(Debug)]
pub struct EngineFeed {
    engine: Arc<Engine>,
    reader: ViewReader,
    clock: PlayClock,
    /// The latest views, oldest first.
    views: VecDeque<Box<ViewFrame>>,
    /// Where triggers may begin, in the session they were looked up in.
    targets: (Arc<Snapshot>, Vec<Picture>),
}

impl EngineFeed {
    /// A feed with a view reader of its own.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        let reader = engine.view_reader();
        let snapshot = engine.snapshot();
        let targets = targets(&snapshot);
        Self { engine, reader, clock: PlayClock::default(), views: VecDeque::new(), targets: (snapshot, targets) }
    }
}

impl EngineFeed {
    /// Takes the newest view.
    fn look(&mut self) {
        let newest = self.reader.read();
        match self.views.back() {
            Some(last) if last.frame == newest.frame => {
                self.views.pop_back();
            }
            // Another processor counts anew.
            Some(last) if last.frame > newest.frame => self.views.clear(),
            _ => {}
        }
        let mut spare = if self.views.len() >= VIEWS { self.views.pop_front() } else { None }.unwrap_or_default();
        (*spare).clone_from(newest);
        self.views.push_back(spare);
    }
}

impl Feed for EngineFeed {
    #[allow(clippy::cast_precision_loss, reason = "2^53 frames are thousands of years")]
    fn scene(&mut self, moment: Instant) -> Scene {
        let snapshot = self.engine.snapshot();
        self.look();
        let Some(newest) = self.views.back() else { return Scene::default() };
        let (rate, now) = (newest.sample_rate, Instant::now());
        let ahead = self.clock.ahead_secs(newest.frame, rate, now) + moment.saturating_duration_since(now).as_secs_f64();
        let late = f64::from(newest.heard_secs) + self.engine.output_latency() + compose::offset_secs(&snapshot, newest);
        // The frame that is heard when the picture shows, and the view that knows it: it has no voice that starts later.
        let heard = newest.frame as f64 + (ahead - late) * rate;
        let view = self.views.iter().rev().find(|view| view.frame as f64 <= heard).unwrap_or(&self.views[0]);
        let mut scene = compose::main_scene(&snapshot, view, &*self.engine, (heard - view.frame as f64) / rate.max(1.0));
        if !Arc::ptr_eq(&self.targets.0, &snapshot) {
            let targets = targets(&snapshot);
            self.targets = (snapshot, targets);
        }
        scene.ahead.extend(self.targets.1.iter().cloned());
        scene
    }
}
