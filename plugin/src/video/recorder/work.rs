//! The recorder's thread: takes views and sound as they come, draws, and writes them.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use videotracker_engine::{
    audio::film::{Cue, Edge},
    engine::{Engine, FilmReader},
    snapshot::Snapshot,
    view::{Placement, ViewFrame},
};

use super::{Progress, RecordOptions, Summary, VideoError, ffmpeg, pace::Pace, sink::Sink};
use crate::video::{
    Renderer, Scene, compose,
    scene::{Blend, Content, Layer},
    source::Media,
    targets::targets,
};

/// Pause while neither pictures nor sound are there.
const PAUSE: Duration = Duration::from_millis(1);
/// How long the audio thread is waited for to say where a take ends; a host that no longer plays says nothing.
const ENDING: Duration = Duration::from_millis(500);
/// Sessions remembered, so that a picture is drawn with the one its view belongs to.
const SNAPSHOTS: usize = 64;
/// Pictures that are drawn at once before a take.
const WARM: usize = 2;

/// Everything the recorder's thread owns.
pub(super) struct Work {
    engine: Arc<Engine>,
    film: FilmReader,
    renderer: Renderer,
    options: RecordOptions,
    progress: Arc<Progress>,
    snapshots: VecDeque<Arc<Snapshot>>,
    pixels: Vec<u8>,
    cue: Cue,
    pace: Pace,
    /// The session that was drawn before the take, and how many of its media were there.
    warmed: Option<(u64, usize)>,
}

impl Work {
    /// Checks and opens everything that can fail before the first picture.
    pub(super) fn begin(engine: &Arc<Engine>, cue: Cue, options: RecordOptions, progress: Arc<Progress>) -> Result<Self, VideoError> {
        options.check()?;
        ffmpeg::look_for(&options)?;
        let media: Arc<dyn Media> = Arc::<Engine>::clone(engine);
        let renderer = Renderer::new(&options.device, media)?;
        let film = engine
            .film(options.fps, cue, &progress.finish)
            .ok_or_else(|| VideoError::Record("this instance is being recorded already".into()))?;
        let (snapshots, pixels, pace) = (VecDeque::new(), Vec::new(), Pace::default());
        Ok(Self { engine: Arc::clone(engine), film, renderer, options, progress, snapshots, pixels, cue, pace, warmed: None })
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
                None => {
                    self.warm_up();
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Draws what an armed recorder may have to draw first, once for each session: shaders are compiled and media open before
    /// the take begins.
    fn warm_up(&mut self) {
        let snapshot = self.engine.snapshot();
        let known = (snapshot.version, snapshot.media.len());
        if self.cue == Cue::Now || self.warmed == Some(known) {
            return;
        }
        self.warmed = Some(known);
        let mut scene = Scene { canvas: None, ..compose::main_scene(&snapshot, &ViewFrame::default(), &*self.engine, 0.0) };
        let layer = |picture| Layer { content: Content::Picture(picture), opacity: 0.5, blend: Blend::Alpha, place: Placement::default() };
        if let Some(last) = scene.groups.last_mut() {
            last.layers.extend(targets(&snapshot).into_iter().take(WARM).map(layer));
        }
        let (width, height) = self.options.size;
        // A device that fails here fails in the take, which says so.
        drop(self.renderer.render_into(&scene, width, height, &mut self.pixels));
    }

    /// Records the take that has begun, until it ends or it is told to finish, and nothing is left.
    pub(super) fn take(&mut self, edge: Edge, path: &Path) -> Result<Summary, VideoError> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sample rate")]
        let rate = edge.sample_rate.round() as u32;
        // Only a bounce is the same each time; live the encoder may use every core.
        let options = RecordOptions { reproducible: self.options.reproducible && edge.offline, ..self.options.clone() };
        let mut sink = Sink::open(&options, path, rate)?;
        self.renderer.forget_pictures();
        self.pace = Pace::default();
        let audio_frames = match self.fill(Some(&mut sink)) {
            Ok(audio_frames) => audio_frames,
            // Nobody wants it.
            Err(why) if self.heed_cancel().is_err() => return Err(why),
            Err(why) => return Err(sink.keep(&options, why)),
        };
        let (dropped, audio_dropped) = self.film.lost();
        if dropped > 0
            && let Err(why) = self.catch_up(&mut sink, frames_in(audio_frames, options.fps, edge.sample_rate))
        {
            return Err(sink.keep(&options, why));
        }
        let mut problems = self.renderer.textures().take_problems();
        problems.extend(self.renderer.take_shader_problems());
        let frames = sink.frames();
        sink.close(&options)?;
        let reason = (dropped > 0).then(|| self.pace.reason(options.fps, &self.renderer.gpu().adapter.get_info().name));
        Ok(Summary { frames, dropped, reason, audio_frames, audio_dropped, problems })
    }

    /// Lets the rest of a take that failed go by, so that the next one is recorded from its beginning.
    pub(super) fn pass_over(&mut self) -> Result<(), VideoError> {
        self.fill(None).map(drop)
    }

    /// Hands the take's pictures and sound over until it ends, or lets them go by; how many frames of sound.
    fn fill(&mut self, mut sink: Option<&mut Sink>) -> Result<u64, VideoError> {
        let mut audio_frames = 0;
        // Since when nothing has come.
        let mut quiet = Instant::now();
        let patience = if self.cue == Cue::Now { Duration::ZERO } else { ENDING };
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
                (None, _) if heard == 0 && self.film.is_over() => return Ok(audio_frames),
                (None, _) if heard == 0 && last && quiet.elapsed() >= patience => return Ok(audio_frames),
                (None, _) if heard == 0 => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                _ => {}
            }
            quiet = Instant::now();
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
        if sink.frames() > 0 {
            self.catch_up(sink, view.frame)?;
        }
        let (width, height) = self.options.size;
        let begun = Instant::now();
        self.renderer.render_into(&scene, width, height, &mut self.pixels)?;
        let drawn = Instant::now();
        self.catch_up(sink, view.frame + 1)?;
        self.pace.count(begun, drawn, Instant::now());
        Ok(())
    }

    /// Writes the picture drawn last until the film has so many: for itself, and in place of those that came too late, so that
    /// picture and sound stay together.
    fn catch_up(&self, sink: &mut Sink, frames: u64) -> Result<(), VideoError> {
        while sink.frames() < frames && !self.pixels.is_empty() {
            self.heed_cancel()?;
            sink.picture(&self.options, &self.pixels)?;
        }
        self.progress.frames.store(sink.frames(), Ordering::Relaxed);
        Ok(())
    }
}

/// Film frames that begin within so many frames of sound.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "far below 2^53")]
fn frames_in(sound: u64, fps: (u32, u32), rate: f64) -> u64 {
    let exact = (sound as f64 - 1e-6) * f64::from(fps.0) / (f64::from(fps.1.max(1)) * rate.max(1.0));
    exact.max(0.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_has_as_many_pictures_as_begin_within_its_sound() {
        for (sound, fps, want) in [(0, (30, 1), 0), (1, (30, 1), 1), (1600, (30, 1), 1), (1601, (30, 1), 2), (48_000, (30_000, 1001), 30)] {
            assert_eq!(frames_in(sound, fps, 48_000.0), want, "{sound} frames at {fps:?}");
        }
    }
}
