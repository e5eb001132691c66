//! Where a take goes: a film through `ffmpeg`, or a folder of images; and its sound, in a WAV file beside until the end.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use hound::{SampleFormat, WavSpec, WavWriter};
use image::ImageEncoder;

use super::{Kind, RecordOptions, Scratch, VideoError, beside, ffmpeg::Ffmpeg};

/// A take being written. Dropping it leaves nothing behind; [`Self::close`] lets it appear.
pub(super) struct Sink {
    path: PathBuf,
    wav: WavWriter<BufWriter<File>>,
    wav_file: Scratch,
    pictures: Pictures,
    frames: u64,
    audio_frames: u64,
}

enum Pictures {
    /// An encoder, with the film it writes.
    Film(Box<Ffmpeg>, Scratch),
    Folder,
}

impl Sink {
    /// Begins a take at `path`.
    pub(super) fn open(options: &RecordOptions, path: &Path, sample_rate: u32) -> Result<Self, VideoError> {
        let kind = Kind::of(path)?;
        let folder = if kind == Kind::Images { Some(path) } else { path.parent() };
        if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| VideoError::Write { path: folder.to_owned(), source })?;
        }
        let wav_file = Scratch(if kind == Kind::Images { path.join(".audio.part.wav") } else { beside(path, "wav") });
        let spec = WavSpec { channels: 2, sample_rate, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let wav = WavWriter::create(&wav_file.0, spec).map_err(|error| unwritable(&wav_file.0, error))?;
        let pictures = match kind {
            Kind::Images => Pictures::Folder,
            Kind::Film(container) => {
                let target = Scratch(beside(path, container.name));
                Pictures::Film(Box::new(Ffmpeg::encode(options, container, &target.0)?), target)
            }
        };
        Ok(Self { path: path.to_owned(), wav, wav_file, pictures, frames: 0, audio_frames: 0 })
    }

    /// Takes the next picture, RGBA rows top down.
    pub(super) fn picture(&mut self, options: &RecordOptions, pixels: &[u8]) -> Result<(), VideoError> {
        let (width, height) = options.size;
        match &mut self.pictures {
            Pictures::Film(ffmpeg, _) => ffmpeg.write(options, pixels)?,
            Pictures::Folder => write_png(&self.path.join(format!("{:06}.png", self.frames)), pixels, width, height)?,
        }
        self.frames += 1;
        Ok(())
    }

    /// Takes the next frame of sound.
    pub(super) fn sound(&mut self, [left, right]: [f32; 2]) -> Result<(), VideoError> {
        let wrote = self.wav.write_sample(left).and_then(|()| self.wav.write_sample(right));
        self.audio_frames += 1;
        wrote.map_err(|error| unwritable(&self.wav_file.0, error))
    }

    /// Pictures so far.
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    /// Ends the take: it appears under its name, whole. One without pictures leaves nothing.
    pub(super) fn close(self, options: &RecordOptions) -> Result<(), VideoError> {
        if self.frames == 0 {
            return Ok(());
        }
        self.wav.finalize().map_err(|error| unwritable(&self.wav_file.0, error))?;
        let rename = |from: &Path, to: &Path| std::fs::rename(from, to).map_err(|source| VideoError::Write { path: to.to_owned(), source });
        match self.pictures {
            Pictures::Folder if self.audio_frames > 0 => rename(&self.wav_file.0, &self.path.join("audio.wav")),
            Pictures::Folder => Ok(()),
            Pictures::Film(ffmpeg, silent) => {
                ffmpeg.finish(options)?;
                let Kind::Film(container) = Kind::of(&self.path)? else { return Ok(()) };
                if self.audio_frames == 0 {
                    return rename(&silent.0, &self.path);
                }
                let whole = Scratch(beside(&self.path, container.name));
                Ffmpeg::join(options, container, &silent.0, &self.wav_file.0, &whole.0)?;
                rename(&whole.0, &self.path)
            }
        }
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
