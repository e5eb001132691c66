//! The recorder's thread: takes views and sound as they come, draws, writes, and closes the film.

use std::{
    collections::VecDeque,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hound::{SampleFormat, WavSpec, WavWriter};
use image::ImageEncoder;
use videotracker_engine::{snapshot::Snapshot, view::ViewFrame};

use super::{
    Film, Progress, RecordOptions, Scratch, Summary, VideoError, beside,
    ffmpeg::{Ffmpeg, survive_broken_pipes},
    tap::Sound,
};
use crate::video::{Renderer, Scene, compose, source::Media};

/// Pause while neither pictures nor sound are there.
const PAUSE: Duration = Duration::from_millis(1);
/// Sessions remembered, so that a picture is drawn with the one its view belongs to.
const SNAPSHOTS: usize = 64;

/// Where pictures go.
enum Sink {
    /// An encoder, with the film it writes.
    Film(Box<Ffmpeg>, Scratch),
    /// A folder of images.
    Folder(PathBuf),
}

/// Everything the recorder's thread owns.
pub(super) struct Work {
    film: Box<dyn Film>,
    media: Arc<dyn Media>,
    renderer: Renderer,
    sound: Sound,
    wav: WavWriter<BufWriter<File>>,
    wav_file: Scratch,
    sink: Sink,
    options: RecordOptions,
    progress: Arc<Progress>,
    snapshots: VecDeque<Arc<Snapshot>>,
    pixels: Vec<u8>,
    summary: Summary,
}

impl Work {
    /// Opens everything that can fail before the first picture.
    pub(super) fn begin(
        film: Box<dyn Film>,
        media: Arc<dyn Media>,
        sound: Sound,
        options: RecordOptions,
        progress: Arc<Progress>,
    ) -> Result<Self, VideoError> {
        let (width, height) = options.size;
        if options.fps.0 == 0 || options.fps.1 == 0 {
            return Err(VideoError::Record(format!("{}/{} pictures a second can't be recorded", options.fps.0, options.fps.1)));
        }
        if !options.is_folder() && (width % 2 == 1 || height % 2 == 1) {
            return Err(VideoError::Record(format!("a film's width and height are even numbers, not {width}×{height}")));
        }
        let renderer = Renderer::new(&options.device, Arc::clone(&media))?;
        let folder = if options.is_folder() { Some(options.path.clone()) } else { options.path.parent().map(Path::to_owned) };
        if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(&folder).map_err(|source| VideoError::Write { path: folder, source })?;
        }
        let wav_file = Scratch(if options.is_folder() { options.path.join(".audio.part.wav") } else { beside(&options.path, "wav") });
        let spec = WavSpec { channels: 2, sample_rate: options.sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let wav = WavWriter::create(&wav_file.0, spec).map_err(|error| unwritable(&wav_file.0, error))?;
        let sink = if options.is_folder() {
            Sink::Folder(options.path.clone())
        } else {
            let target = Scratch(beside(&options.path, "mp4"));
            Sink::Film(Box::new(Ffmpeg::encode(&options, &target.0)?), target)
        };
        let (snapshots, pixels, summary) = (VecDeque::new(), Vec::new(), Summary::default());
        Ok(Self { film, media, renderer, sound, wav, wav_file, sink, options, progress, snapshots, pixels, summary })
    }

    /// Records until it is told to finish and nothing is left.
    pub(super) fn run(mut self) -> Result<Summary, VideoError> {
        survive_broken_pipes();
        let progress = Arc::clone(&self.progress);
        let ended = self.take_all().and_then(|()| self.close());
        if ended.is_err() {
            progress.failed.store(true, Ordering::Release);
        }
        ended
    }

    fn take_all(&mut self) -> Result<(), VideoError> {
        loop {
            if self.progress.cancel.load(Ordering::Acquire) {
                return Err(VideoError::Record("it was cancelled".into()));
            }
            // Asked before looking: what comes in before `finish` is called is there to be seen.
            let last = self.progress.finish.load(Ordering::Acquire);
            self.remember();
            let heard = self.take_sound()?;
            match self.film.next() {
                Some(view) => self.picture(&view)?,
                None if last && heard == 0 => return Ok(()),
                None if heard == 0 => std::thread::sleep(PAUSE),
                None => {}
            }
        }
    }

    /// Keeps the newest session, so that later pictures find the one they were played from.
    fn remember(&mut self) {
        let newest = self.film.snapshot();
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

    fn take_sound(&mut self) -> Result<u64, VideoError> {
        let (wav, path) = (&mut self.wav, &self.wav_file.0);
        let write = |[left, right]: [f32; 2]| wav.write_sample(left).and_then(|()| wav.write_sample(right));
        let frames = self.sound.take(write).map_err(|error| unwritable(path, error))?;
        self.summary.audio_frames += frames;
        Ok(frames)
    }

    fn picture(&mut self, view: &ViewFrame) -> Result<(), VideoError> {
        let scene = match self.snapshot(view.version) {
            // The recording has a size of its own.
            Some(snapshot) => Scene { canvas: None, ..compose::main_scene(snapshot, view, &*self.media, 0.0) },
            None => return Ok(()),
        };
        let (width, height) = self.options.size;
        self.renderer.render_into(&scene, width, height, &mut self.pixels)?;
        match &mut self.sink {
            Sink::Film(ffmpeg, _) => ffmpeg.write(&self.options, &self.pixels)?,
            Sink::Folder(folder) => {
                let path = folder.join(format!("{:06}.png", self.summary.frames));
                write_png(&path, &self.pixels, width, height)?;
            }
        }
        self.summary.frames += 1;
        self.progress.frames.store(self.summary.frames, Ordering::Relaxed);
        Ok(())
    }

    fn close(mut self) -> Result<Summary, VideoError> {
        self.summary.dropped = self.film.lost();
        self.summary.audio_dropped = self.sound.lost();
        self.summary.problems = self.renderer.textures().take_problems();
        self.wav.finalize().map_err(|error| unwritable(&self.wav_file.0, error))?;
        let rename = |from: &Path, to: &Path| std::fs::rename(from, to).map_err(|source| VideoError::Write { path: to.to_owned(), source });
        match self.sink {
            Sink::Folder(folder) if self.summary.audio_frames > 0 => rename(&self.wav_file.0, &folder.join("audio.wav"))?,
            Sink::Folder(_) => {}
            Sink::Film(ffmpeg, silent) => {
                ffmpeg.finish(&self.options)?;
                if self.summary.audio_frames > 0 {
                    let whole = Scratch(beside(&self.options.path, "mp4"));
                    Ffmpeg::join(&self.options, &silent.0, &self.wav_file.0, &whole.0)?;
                    rename(&whole.0, &self.options.path)?;
                } else {
                    rename(&silent.0, &self.options.path)?;
                }
            }
        }
        Ok(self.summary)
    }
}

fn write_png(path: &Path, pixels: &[u8], width: u32, height: u32) -> Result<(), VideoError> {
    let unwritable = |source: std::io::Error| VideoError::Write { path: path.to_owned(), source };
    let file = BufWriter::new(File::create(path).map_err(unwritable)?);
    let encoder = image::codecs::png::PngEncoder::new_with_quality(
        file,
        image::codecs::png::CompressionType::Fast,
        image::codecs::png::FilterType::Adaptive,
    );
    encoder.write_image(pixels, width, height, image::ExtendedColorType::Rgba8).map_err(|error| unwritable(std::io::Error::other(error)))
}

fn unwritable(path: &Path, error: hound::Error) -> VideoError {
    let source = match error {
        hound::Error::IoError(source) => source,
        other => std::io::Error::other(other),
    };
    VideoError::Write { path: path.to_owned(), source }
}
