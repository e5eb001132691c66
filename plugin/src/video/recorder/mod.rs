//! The recorder: exact pictures at every `1/fps` second and the sound beside them, into a film or a folder of images.
//!
//! The audio thread's side is a [`FilmReader`](videotracker_engine::engine::FilmReader), which the engine fills, and an
//! [`AudioTap`], which the caller of `process` feeds. Everything else happens on the recorder's own thread. Pictures go
//! to the `ffmpeg` program as they are drawn; sound goes to a WAV file beside, and the two are joined at the end, so
//! that neither can hold up the other. The film appears under its name only when it is whole.
//!
//! Non-goals: sound longer than a WAV file holds (4 GiB, 3 hours at 48 kHz); other codecs than H.264 and AAC.

mod ffmpeg;
mod tap;
mod work;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use videotracker_engine::{engine::Engine, snapshot::Snapshot, view::ViewFrame};

pub use self::tap::AudioTap;
use super::{VideoError, device::Options, source::Media};

/// What to record, and how.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The film (`.mp4`), or a folder for PNG images where it ends in `/`.
    pub path: PathBuf,
    /// Width and height in pixels, even numbers for a film.
    pub size: (u32, u32),
    /// Pictures a second, as a fraction.
    pub fps: (u32, u32),
    /// Frames of sound a second.
    pub sample_rate: u32,
    /// Encodes on one core and without marks of version or time, so that equal pictures make equal files.
    pub reproducible: bool,
    /// The ffmpeg program.
    pub ffmpeg: PathBuf,
    /// The device.
    pub device: Options,
}

impl RecordOptions {
    /// 1280×720 at 30 pictures a second with the system's ffmpeg.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, sample_rate: u32) -> Self {
        Self {
            path: path.into(),
            size: (1280, 720),
            fps: (30, 1),
            sample_rate,
            reproducible: true,
            ffmpeg: "ffmpeg".into(),
            device: Options::default(),
        }
    }

    fn is_folder(&self) -> bool {
        let text = self.path.to_string_lossy();
        text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR)
    }
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pictures written.
    pub frames: u64,
    /// Pictures that the audio thread had to drop because the recorder was too slow; always 0 offline.
    pub dropped: u64,
    /// Frames of sound written.
    pub audio_frames: u64,
    /// Frames of sound that had to be replaced by silence; always 0 offline.
    pub audio_dropped: u64,
    /// What could not be shown, each thing once.
    pub problems: Vec<String>,
}

/// Where a recorder's pictures come from. [`FilmReader`](videotracker_engine::engine::FilmReader) with its engine is one.
pub trait Film: Send {
    /// The next view, in order; `None` where none is there yet.
    fn next(&mut self) -> Option<ViewFrame>;

    /// Views lost because the recorder was too slow.
    fn lost(&self) -> u64;

    /// The session as it is.
    fn snapshot(&self) -> Arc<Snapshot>;
}

/// How far a recording is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    finish: AtomicBool,
    cancel: AtomicBool,
    frames: AtomicU64,
    failed: AtomicBool,
}

/// A running recording. Dropping it without [`Self::finish`] cancels it and leaves nothing behind.
#[derive(Debug)]
pub struct Recorder {
    progress: Arc<Progress>,
    thread: Option<JoinHandle<Result<Summary, VideoError>>>,
}

impl Recorder {
    /// Starts recording what an engine plays from now on. The tap is for the caller of `process`, block by block.
    ///
    /// # Errors
    /// No adapter, no ffmpeg, a file that can't be written, an engine that isn't active or is being recorded already.
    pub fn start(engine: &Arc<Engine>, options: RecordOptions) -> Result<(Self, AudioTap), VideoError> {
        let film = engine
            .film(Some(options.fps))
            .ok_or_else(|| VideoError::Record("the engine isn't active, or is being recorded already".into()))?;
        let media: Arc<dyn Media> = Arc::<Engine>::clone(engine);
        let started = Self::start_on(EngineFilm { engine: Arc::clone(engine), film }, media, options);
        if started.is_err() {
            drop(engine.film(None));
        }
        started
    }

    /// Starts recording any film.
    ///
    /// # Errors
    /// No adapter, no ffmpeg, a file that can't be written.
    pub fn start_on(film: impl Film + 'static, media: Arc<dyn Media>, options: RecordOptions) -> Result<(Self, AudioTap), VideoError> {
        let (tap, sound) = tap::tap(options.sample_rate);
        let progress = Arc::new(Progress::default());
        let work = work::Work::begin(Box::new(film), media, sound, options, Arc::clone(&progress))?;
        let thread = std::thread::Builder::new()
            .name("video-recorder".into())
            .spawn(move || work.run())
            .map_err(|error| VideoError::Record(error.to_string()))?;
        Ok((Self { progress, thread: Some(thread) }, tap))
    }

    /// Pictures written so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.progress.frames.load(Ordering::Relaxed)
    }

    /// Whether it has failed; [`Self::finish`] says why.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.progress.failed.load(Ordering::Acquire)
    }

    /// Writes what is still under way, closes the film and says what is in it. Call it when the last block is processed.
    ///
    /// # Errors
    /// Whatever stopped the recording; then there is no film.
    pub fn finish(mut self) -> Result<Summary, VideoError> {
        self.progress.finish.store(true, Ordering::Release);
        let gone = || VideoError::Record("its thread ended in an error".into());
        self.thread.take().map_or_else(|| Err(gone()), |thread| thread.join().unwrap_or_else(|_| Err(gone())))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.progress.cancel.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A cancelled recording has no result.
            drop(thread.join());
        }
    }
}

struct EngineFilm {
    engine: Arc<Engine>,
    film: videotracker_engine::engine::FilmReader,
}

impl Film for EngineFilm {
    fn next(&mut self) -> Option<ViewFrame> {
        self.film.next()
    }

    fn lost(&self) -> u64 {
        self.film.lost()
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshot()
    }
}

impl Drop for EngineFilm {
    fn drop(&mut self) {
        // Else an offline `process` would wait for a reader that is gone.
        drop(self.engine.film(None));
    }
}

/// A hidden name beside `path`, for a file that isn't whole yet.
fn beside(path: &Path, ending: &str) -> PathBuf {
    use std::sync::atomic::AtomicU32;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{number}.part.{ending}", std::process::id()))
}

/// A file that is deleted unless it is kept.
#[derive(Debug)]
pub(super) struct Scratch(pub(super) PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been made.
        drop(std::fs::remove_file(&self.0));
    }
}
