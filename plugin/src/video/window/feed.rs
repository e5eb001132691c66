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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use videotracker_engine::{
        audio::host::{HostInput, HostOutput, HostTransport},
        project::MACROS,
    };

    use super::*;
    use crate::{
        instance::{Instance, Layout},
        video::scene::Content,
    };

    /// The counter's number on the screen after a second of song, with the speakers so far away.
    fn number(latency_ms: f32) -> Option<u32> {
        let instance = Instance::new(Arc::new(Engine::empty()));
        instance.set_layout(Layout { latency_ms, ..Layout::default() });
        let script = "videoOut('screen') sampler('k', {samples = {'factory:counter'}}) sequencer('s') connect('s', 'k') \
                      pattern('p', {{index = 0, length = 64}, {}}, {stepsPerBeat = 1/16}) bind('s', 'p')";
        assert_eq!(instance.engine.run_script_and_wait("test", script).error, None);
        let mut processor = instance.engine.activate(48_000.0);
        let mut feed = EngineFeed::new(Arc::clone(&instance.engine));
        let (mut left, mut right) = (vec![0.0; 1024], vec![0.0; 1024]);
        let mut shown = None;
        for block in 0..47_u32 {
            let beat = f64::from(block) * 1024.0 / 48_000.0 * 2.0;
            let transport = HostTransport { playing: true, beat: Some(beat), tempo: Some(120.0), ..HostTransport::default() };
            let block = HostInput {
                transport: Some(transport),
                offline: true,
                midi: &[],
                macros: &[0.0; MACROS],
                master_volume: 1.0,
                video_opacity: 1.0,
                side_chain: None,
            };
            processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
            let scene = feed.scene(Instant::now());
            let pictures = scene.groups.iter().flat_map(|group| &group.layers);
            shown = pictures
                .filter_map(|layer| if let Content::Picture(picture) = &layer.content { Some(picture.frame) } else { None })
                .next_back();
            // The pace of a host, for the clock that follows it.
            std::thread::sleep(Duration::from_micros(21_333));
        }
        shown
    }

    #[test]
    fn the_picture_waits_for_the_sound_on_its_way_to_the_speakers() {
        let (near, far) = (number(0.0).expect("a picture"), number(300.0).expect("a picture"));
        // 300 ms are 9 pictures at 30 a second; a loaded machine may be one off.
        assert!((8..=10).contains(&near.abs_diff(far)) && far < near, "{near}, and {far} with the speakers 300 ms away");
    }
}
