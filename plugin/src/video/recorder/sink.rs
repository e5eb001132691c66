//! Where a take goes: a film through `ffmpeg`, or a folder of images; and its sound, in a WAV file beside until the end.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use hound::{SampleFormat, WavSpec, WavWriter};
use image::ImageEncoder;
use videotracker_engine::files;

use super::{
    Kind, RecordOptions, Scratch, VideoError, beside,
    ffmpeg::{Container, Ffmpeg},
};

/// Seconds of sound after which its file is made whole again: whatever happens to the process, it can be read up to there.
const WHOLE_SECS: u64 = 5;

/// A take being written. Dropping it leaves nothing behind; [`Self::close`] lets it appear, [`Self::keep`] what there is of it.
pub(super) struct Sink {
    pub(super) path: PathBuf,
    /// `None` once it is closed.
    pub(super) wav: Option<WavWriter<BufWriter<File>>>,
    pub(super) wav_file: Scratch,
    pub(super) pictures: Pictures,
    pub(super) frames: u64,
    audio_frames: u64,
    pub(super) sample_rate: u32,
}

pub(super) enum Pictures {
    /// An encoder until it is closed, with the film in parts that it writes.
    Film(&'static Container, Option<Box<Ffmpeg>>, Scratch),
    /// Whether the folder was made for this take.
    Folder(bool),
}

impl Sink {
    /// Begins a take at `path`.
    pub(super) fn open(options: &RecordOptions, path: &Path, sample_rate: u32) -> Result<Self, VideoError> {
        let kind = Kind::of(path)?;
        let folder = if kind == Kind::Images { Some(path) } else { path.parent() };
        let fresh = !files::is_taken(path);
        if files::is_link(path) {
            let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is a link; name the file or folder itself");
            return Err(VideoError::Write { path: path.to_owned(), source });
        }
        if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| VideoError::Write { path: folder.to_owned(), source })?;
        }
        let wav_file = Scratch(if kind == Kind::Images { path.join(".audio.part.wav") } else { beside(path, "wav") });
        let spec = WavSpec { channels: 2, sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let wav = make(&wav_file.0)
            .map_err(hound::Error::IoError)
            .and_then(|file| WavWriter::new(BufWriter::new(file), spec))
            .map_err(|error| unwritable(&wav_file.0, error))?;
        let pictures = match kind {
            Kind::Images => Pictures::Folder(fresh),
            Kind::Film(container) => {
                let target = Scratch(beside(path, container.name));
                // Made here, so that the program writes into no link.
                make(&target.0).map_err(|source| VideoError::Write { path: target.0.clone(), source })?;
                Pictures::Film(container, Some(Box::new(Ffmpeg::encode(options, container, &target.0)?)), target)
            }
        };
        Ok(Self { path: path.to_owned(), wav: Some(wav), wav_file, pictures, frames: 0, audio_frames: 0, sample_rate })
    }

    /// Takes the next picture, RGBA rows top down.
    pub(super) fn picture(&mut self, options: &RecordOptions, pixels: &[u8]) -> Result<(), VideoError> {
        let (width, height) = options.size;
        match &mut self.pictures {
            Pictures::Film(_, Some(ffmpeg), _) => ffmpeg.write(options, pixels)?,
            Pictures::Film(..) => {}
            Pictures::Folder(_) => write_png(&self.path.join(format!("{:06}.png", self.frames)), pixels, width, height)?,
        }
        self.frames += 1;
        Ok(())
    }

    /// Takes the next frame of sound.
    pub(super) fn sound(&mut self, [left, right]: [f32; 2]) -> Result<(), VideoError> {
        let Some(wav) = &mut self.wav else { return Ok(()) };
        self.audio_frames += 1;
        let mut wrote = wav.write_sample(left).and_then(|()| wav.write_sample(right));
        if self.audio_frames.is_multiple_of(WHOLE_SECS * u64::from(self.sample_rate.max(1))) {
            wrote = wrote.and_then(|()| wav.flush());
        }
        wrote.map_err(|error| unwritable(&self.wav_file.0, error))
    }

    /// Pictures so far.
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    /// Ends the take: it appears under its name, whole. One without pictures leaves nothing.
    pub(super) fn close(mut self, options: &RecordOptions) -> Result<(), VideoError> {
        if self.frames == 0 {
            return Ok(());
        }
        self.finish(options).map_err(|why| self.keep(options, why))
    }

    fn finish(&mut self, options: &RecordOptions) -> Result<(), VideoError> {
        if let Some(wav) = self.wav.take() {
            wav.finalize().map_err(|error| unwritable(&self.wav_file.0, error))?;
        }
        let rename = |from: &Path, to: &Path| put(from, to).map_err(|source| VideoError::Write { path: to.to_owned(), source });
        let sound = (self.audio_frames > 0).then_some(&*self.wav_file.0);
        match &mut self.pictures {
            Pictures::Folder(_) => sound.map_or(Ok(()), |sound| rename(sound, &self.path.join("audio.wav"))),
            Pictures::Film(container, ffmpeg, silent) => {
                if let Some(ffmpeg) = ffmpeg.take() {
                    ffmpeg.finish(options)?;
                }
                let whole = Scratch(beside(&self.path, container.name));
                make(&whole.0).map_err(|source| VideoError::Write { path: whole.0.clone(), source })?;
                Ffmpeg::join(options, container, &silent.0, sound, &whole.0)?;
                rename(&whole.0, &self.path)
            }
        }
    }
}

/// Makes a file of the take's own; what an earlier take left under the name goes, unless it is a link.
fn make(path: &Path) -> std::io::Result<File> {
    match files::create(path) {
        Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists && !files::is_link(path) => {
            std::fs::remove_file(path)?;
            files::create(path)
        }
        made => made,
    }
}

/// Gives a file its name, in the place of an earlier file, but never of a link.
fn put(from: &Path, to: &Path) -> std::io::Result<()> {
    if files::is_link(to) {
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, "a link has the name; remove it or choose another"));
    }
    std::fs::rename(from, to)
}

/// Writes a picture whole or not at all.
fn write_png(path: &Path, pixels: &[u8], width: u32, height: u32) -> Result<(), VideoError> {
    let unwritable = |source: std::io::Error| VideoError::Write { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new_with_quality(
        &mut bytes,
        image::codecs::png::CompressionType::Fast,
        image::codecs::png::FilterType::Adaptive,
    );
    encoder
        .write_image(pixels, width, height, image::ExtendedColorType::Rgba8)
        .map_err(|error| unwritable(std::io::Error::other(error)))?;
    make(path).and_then(|mut file| file.write_all(&bytes)).map_err(|error| {
        // What there is of it is no picture.
        drop(std::fs::remove_file(path));
        unwritable(error)
    })
}

fn unwritable(path: &Path, error: hound::Error) -> VideoError {
    let source = match error {
        hound::Error::IoError(source) => source,
        other => std::io::Error::other(other),
    };
    VideoError::Write { path: path.to_owned(), source }
}
