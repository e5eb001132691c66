//! The recorder's thread: takes views and sound as they come, draws, and writes them.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use videotracker_engine::{
    audio::film::{Cue, Edge},
    engine::{Engine, FilmReader},
    snapshot::Snapshot,
    view::ViewFrame,
};

use super::{Kind, Progress, RecordOptions, Summary, VideoError, ffmpeg, sink::Sink};
use crate::video::{Renderer, Scene, compose, source::Media};

/// Pause while neither pictures nor sound are there.
const PAUSE: Duration = Duration::from_millis(1);
/// Sessions remembered, so that a picture is drawn with the one its view belongs to.
const SNAPSHOTS: usize = 64;

/// Everything the recorder's thread owns.
pub(super) struct Work {
    engine: Arc<Engine>,
    film: FilmReader,
    renderer: Renderer,
    options: RecordOptions,
    progress: Arc<Progress>,
    snapshots: VecDeque<Arc<Snapshot>>,
    pixels: Vec<u8>,
}

impl Work {
    /// Checks and opens everything that can fail before the first picture.
    pub(super) fn begin(engine: &Arc<Engine>, cue: Cue, options: RecordOptions, progress: Arc<Progress>) -> Result<Self, VideoError> {
        options.check()?;
        if let Kind::Film(_) = Kind::of(&options.path)? {
            ffmpeg::look_for(&options)?;
        }
        let media: Arc<dyn Media> = Arc::<Engine>::clone(engine);
        let renderer = Renderer::new(&options.device, media)?;
        let film = engine.film(options.fps, cue).ok_or_else(|| VideoError::Record("this instance is being recorded already".into()))?;
        Ok(Self { engine: Arc::clone(engine), film, renderer, options, progress, snapshots: VecDeque::new(), pixels: Vec::new() })
    }

    /// Waits for the next take; `None` where it is told to finish before one begins.
    pub(super) fn next_take(&mut self) -> Result<Option<Edge>, VideoError> {
        loop {
            self.heed_cancel()?;
            // Asked before looking: what came in before `finish` is called is there to be seen.
            let last = self.progress.finish.load(Ordering::Acquire);
            match self.film.begin() {
                Some(edge) => return Ok(Some(edge)),
                None if last => return Ok(None),
                None => std::thread::sleep(PAUSE),
            }
        }
    }

    /// Records the take that has begun, until it ends or it is told to finish, and nothing is left.
    pub(super) fn take(&mut self, edge: Edge, path: &Path) -> Result<Summary, VideoError> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate")]
        let mut sink = Sink::open(&self.options, path, edge.sample_rate.round() as u32)?;
        self.renderer.forget_pictures();
        let before = self.film.lost();
        let audio_frames = match self.fill(Some(&mut sink)) {
            Ok(audio_frames) => audio_frames,
            // Nobody wants it.
            Err(why) if self.heed_cancel().is_err() => return Err(why),
            Err(why) => return Err(sink.keep(&self.options, why)),
        };
        let after = self.film.lost();
        let mut problems = self.renderer.textures().take_problems();
        problems.extend(self.renderer.take_shader_problems());
        let frames = sink.frames();
        sink.close(&self.options)?;
        Ok(Summary { frames, dropped: after.0 - before.0, audio_frames, audio_dropped: after.1 - before.1, problems })
    }

    /// Lets the rest of a take that failed go by, so that the next one is recorded from its beginning.
    pub(super) fn pass_over(&mut self) -> Result<(), VideoError> {
        self.fill(None).map(drop)
    }

    /// Hands the take's pictures and sound over until it ends, or lets them go by; how many frames of sound.
    fn fill(&mut self, mut sink: Option<&mut Sink>) -> Result<u64, VideoError> {
        let mut audio_frames = 0;
        loop {
            self.heed_cancel()?;
            let last = self.progress.finish.load(Ordering::Acquire);
            self.remember();
            let mut wrote = Ok(());
            // All of it is taken even where it can't be written: the reader counts.
            let heard = self.film.take_sound(|frame| {
                if let (Ok(()), Some(sink)) = (&wrote, &mut sink) {
                    wrote = sink.sound(frame);
                }
                Ok::<(), VideoError>(())
            })?;
            wrote?;
            audio_frames += heard;
            match (self.film.next_view(), &mut sink) {
                (Some(view), Some(sink)) => self.picture(&view, sink)?,
                (None, _) if heard == 0 && (self.film.is_over() || last) => return Ok(audio_frames),
                (None, _) if heard == 0 => std::thread::sleep(PAUSE),
                _ => {}
            }
        }
    }

    fn heed_cancel(&self) -> Result<(), VideoError> {
        if self.progress.cancel.load(Ordering::Acquire) { Err(VideoError::Record("it was cancelled".into())) } else { Ok(()) }
    }

    /// Keeps the newest session, so that later pictures find the one they were played from.
    fn remember(&mut self) {
        let newest = self.engine.snapshot();
        if self.snapshots.back().is_none_or(|last| last.version != newest.version) {
            self.snapshots.push_back(newest);
            if self.snapshots.len() > SNAPSHOTS {
                self.snapshots.pop_front();
            }
        }
    }

    /// The newest session that the audio thread had applied when a view was made; the oldest known where all are newer.
    fn snapshot(&self, version: u64) -> Option<&Arc<Snapshot>> {
        self.snapshots.iter().rev().find(|snapshot| snapshot.version <= version).or_else(|| self.snapshots.front())
    }

    fn picture(&mut self, view: &ViewFrame, sink: &mut Sink) -> Result<(), VideoError> {
        let scene = match self.snapshot(view.version) {
            // The recording has a size of its own.
            Some(snapshot) => Scene { canvas: None, ..compose::main_scene(snapshot, view, &*self.engine, 0.0) },
            None => return Ok(()),
        };
        let (width, height) = self.options.size;
        self.renderer.render_into(&scene, width, height, &mut self.pixels)?;
        sink.picture(&self.options, &self.pixels)?;
        self.progress.frames.store(sink.frames(), Ordering::Relaxed);
        Ok(())
    }
}
