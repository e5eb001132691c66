//! The recorder: exact pictures at every `1/fps` second and the sound beside them, into a film or a folder of images.
//!
//! The audio thread's side is the engine's (`audio::film`): it hands over views and sound, take by take. Everything else
//! happens on the recorder's own thread. Pictures go to the `ffmpeg` program as they are drawn; sound goes to a WAV file
//! beside, and the two are joined at the end, so that neither can hold up the other. A film appears under its name only
//! when it is whole; what a recording that failed had got is kept as `film (incomplete).mp4`. A [`Recorder`] makes one film from now on; [`Takes`] make one of each time the song plays.
//!
//! Non-goals: sound longer than a WAV file holds (4 GiB, 3 hours at 48 kHz).

mod ffmpeg;
mod pace;
mod rescue;
mod sink;
mod takes;
mod work;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use videotracker_engine::{
    audio::film::{self, Cue},
    engine::Engine,
    files,
    media::import,
};

pub use self::takes::{Notices, Status, Takes};
use self::{ffmpeg::Container, work::Work};
use super::{VideoError, device::Options};

/// What to record, and how.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The film (`.mp4`: H.264 and AAC, `.mov`: HAP and PCM), or a folder for PNG images where it ends in `/`.
    pub path: PathBuf,
    /// Width and height in pixels, even numbers for a film, multiples of 4 for HAP.
    pub size: (u32, u32),
    /// Pictures a second, as a fraction.
    pub fps: (u32, u32),
    /// Encodes on one core and without marks of version or time, so that equal pictures make equal files.
    pub reproducible: bool,
    /// The ffmpeg program.
    pub ffmpeg: PathBuf,
    /// Longest time that program may take for one picture; one that hangs for longer is ended. A bounce waits for twice as long.
    pub patience: Duration,
    /// The device.
    pub device: Options,
}

impl RecordOptions {
    /// 1280×720 at 30 pictures a second, with the ffmpeg that imports use.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            size: (1280, 720),
            fps: (30, 1),
            reproducible: true,
            // Where it is missing, the name says so when it is started.
            ffmpeg: import::ffmpeg(None).unwrap_or_else(|_| "ffmpeg".into()),
            patience: film::PATIENCE / 2,
            device: Options::default(),
        }
    }

    fn check(&self) -> Result<(), VideoError> {
        let (width, height) = self.size;
        if self.fps.0 == 0 || self.fps.1 == 0 {
            return Err(VideoError::Record(format!("{}/{} pictures a second can't be recorded", self.fps.0, self.fps.1)));
        }
        let Kind::Film(container) = Kind::of(&self.path)? else { return Ok(()) };
        if width % container.grid > 0 || height % container.grid > 0 {
            let (ending, grid) = (container.name, container.grid);
            return Err(VideoError::Record(format!("width and height of a .{ending} are multiples of {grid}, unlike {width}×{height}")));
        }
        Ok(())
    }
}

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Film(&'static Container),
    Images,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, VideoError> {
        let text = path.to_string_lossy();
        if text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR) {
            return Ok(Self::Images);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        ffmpeg::CONTAINERS.iter().find(|container| container.name == ending).map(Self::Film).ok_or_else(|| {
            let known: Vec<String> = ffmpeg::CONTAINERS.iter().map(|container| format!(".{}", container.name)).collect();
            VideoError::Record(format!("{text} is no film: end the name in {}, or in / for a folder of images", known.join(" or ")))
        })
    }
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Pictures written.
    pub frames: u64,
    /// How many of them came too late, so that the picture before stands in their place; always 0 offline.
    pub dropped: u64,
    /// Why they did, as it was measured.
    pub reason: Option<String>,
    /// Frames of sound written.
    pub audio_frames: u64,
    /// Frames of sound that had to be replaced by silence; always 0 offline.
    pub audio_dropped: u64,
    /// What could not be shown, each thing once.
    pub problems: Vec<String>,
}

/// How long a film may stand still while it is finished: joining its parts writes no picture.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long a recording that is cancelled is waited for.
const CLOSING: Duration = Duration::from_secs(30);

/// How far a recording is.
#[derive(Debug, Default)]
struct Progress {
    /// Ends the take under way, on the frame that is played next, and the recording.
    finish: Arc<AtomicBool>,
    cancel: AtomicBool,
    /// Whether a take is under way.
    taking: AtomicBool,
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
    /// Starts recording what an engine plays from its next block on.
    ///
    /// # Errors
    /// No adapter, no ffmpeg, a path that says no film, an engine that is being recorded already.
    pub fn start(engine: &Arc<Engine>, options: RecordOptions) -> Result<Self, VideoError> {
        let (progress, path) = (Arc::<Progress>::default(), options.path.clone());
        let mut work = Work::begin(engine, Cue::Now, options, Arc::clone(&progress))?;
        let mut run = move || {
            ffmpeg::survive_broken_pipes();
            work.next_take()?.map_or_else(|| Ok(Summary::default()), |edge| work.take(edge, &path))
        };
        let whole = Arc::clone(&progress);
        let thread = spawn(move || run().inspect_err(|_| whole.failed.store(true, Ordering::Release)))?;
        Ok(Self { progress, thread: Some(thread) })
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
    /// Whatever stopped the recording; then there is no film under its name, and the error says what is kept.
    pub fn finish(mut self) -> Result<Summary, VideoError> {
        self.progress.finish.store(true, Ordering::Release);
        let gone = || VideoError::Record("its thread ended in an error".into());
        let Some(thread) = self.thread.take() else { return Err(gone()) };
        let (mut frames, mut since) = (self.frames(), Instant::now());
        while !thread.is_finished() {
            if self.frames() != frames {
                (frames, since) = (self.frames(), Instant::now());
            } else if since.elapsed() >= PATIENCE {
                let minutes = PATIENCE.as_secs() / 60;
                let text = format!(
                    "nothing of it was written for {minutes} minutes, so it is not waited for any longer: \
                     the disk or ffmpeg does not answer. What there is lies beside it"
                );
                return Err(VideoError::Record(text));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        thread.join().unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.progress.cancel.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A cancelled recording has no result. One whose disk does not answer is left behind; it removes what it wrote when the
            // disk answers.
            files::join_within(thread, CLOSING);
        }
    }
}

fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, VideoError> {
    std::thread::Builder::new().name("video-recorder".into()).spawn(run).map_err(|error| VideoError::Record(error.to_string()))
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
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been made.
        drop(std::fs::remove_file(&self.0));
    }
}
