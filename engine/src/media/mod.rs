//! Media: sound decoded into memory, pictures read frame by frame.
//!
//! [`load`] reads what is known of a medium and its sound; [`FrameReader`] reads frames of its picture; [`Library`] does
//! the loading in the background. Nothing here runs on the audio thread. Foreign containers are not decoded here:
//! decoding them in the host's process would let a broken file take the host along.

mod error;
pub mod factory;
mod frame;
mod frames;
mod hap;
pub mod import;
mod library;
mod mov;
mod onset;
pub mod preview;
mod reader;
mod resample;
mod resolve;
mod riff;
mod search;
pub mod sfz;
mod sound;
mod source;
mod spool;
pub(crate) mod still;
pub mod stream;
pub mod words;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

pub use error::MediaError;
pub use frame::{FrameBuffer, Texture};
pub use frames::Frames;
pub use library::{Finished, Library, Loaded, MediaRequest, Origin};
pub use onset::Onsets;
pub use reader::FrameReader;
pub use resolve::resolve;

use error::About;
use source::Stop;
use spool::{Shelf, Spooled};

use crate::files;

/// Sound, decoded and resampled to the session's rate.
#[derive(Clone, PartialEq)]
pub struct AudioData {
    /// Frames a second, the session's.
    pub rate: f64,
    /// Stereo frames; mono media has both channels alike.
    pub frames: Frames,
}

impl std::fmt::Debug for AudioData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AudioData({} frames at {} Hz)", self.frames.len(), self.rate)
    }
}

/// Samples beyond this are no sound: 60 dB above full scale.
pub const LOUDEST: f32 = 1000.0;

/// What is known of a medium's picture.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// The file the frames are read from.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second, as a fraction.
    pub fps: (u32, u32),
    /// Frames in all; 1 for a still.
    pub frames: u32,
    /// Container and codec, as shown.
    pub codec: String,
}

impl VideoInfo {
    /// Duration in seconds; 0 for a still, which has none of its own.
    #[must_use]
    pub fn secs(&self) -> f64 {
        if self.frames <= 1 { 0.0 } else { f64::from(self.frames) * f64::from(self.fps.1) / f64::from(self.fps.0.max(1)) }
    }
}

/// What is known of a medium.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaInfo {
    /// BLAKE3 of the file, in hex; where a picture was paired with a sound file, of the picture's file followed by the
    /// sound's. A factory medium's is that of its name.
    pub hash: String,
    /// Bytes that were hashed.
    pub size: u64,
    /// Duration in seconds of the longer of sound and picture; a still has none of its own.
    pub secs: f64,
    /// Channels and rate of the sound in the file, before decoding. Without [`Media::audio`] beside it, the sound is
    /// in a codec that is not read here.
    pub audio: Option<(u32, u32)>,
    /// The picture.
    pub video: Option<VideoInfo>,
    /// MIDI note at which its sound has the pitch that it was recorded at, where it says so.
    pub root: Option<f64>,
    /// Samples in the file that no sound has, and that are silent: those that are no numbers, or beyond [`LOUDEST`].
    pub replaced: u64,
}

/// A medium ready to play.
#[derive(Clone, Debug)]
pub struct Media {
    /// What is known of it.
    pub info: Arc<MediaInfo>,
    /// Its sound.
    pub audio: Option<Arc<AudioData>>,
}

/// What a medium may cost at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Frames of sound, before and after resampling; each takes 8 bytes.
    pub frames: usize,
    /// Frames of sound that are kept in memory. What is longer is read from disk while it plays, where there is a cache.
    pub ram_frames: usize,
    /// Pixels of a picture.
    pub pixels: u32,
    /// Frames of a clip.
    pub video_frames: u32,
}

impl Default for Limits {
    /// 64 GiB of file, 2^28 frames of sound (93 minutes at 48 kHz, 2 GiB), 2^22 of them in memory (87 s, 32 MiB: drums, loops and
    /// phrases are never read from disk, a folder of songs does not fill the memory), 8192 × 8192 pixels, 2^22 frames of a clip
    /// (19 hours at 60 frames a second).
    fn default() -> Self {
        Self { file_bytes: 1 << 36, frames: 1 << 28, ram_frames: 1 << 22, pixels: 1 << 26, video_frames: 1 << 22 }
    }
}

/// Reads a medium: its sound decoded and resampled to `rate`, and what is known of its picture.
///
/// Sound: WAV, AIFF, FLAC, MP3, Ogg Vorbis. Mono fills both channels; of more than two channels the first two are kept.
/// At an equal rate the samples are the file's, to the bit. Pictures: PNG, JPEG and WebP stills; HAP, HAP Alpha and HAP Q in
/// `.mov`, with a sound track in PCM or, where they have none, that of a sound file of the same base name. Paths that begin
/// with `factory:` are made in code ([`factory`]). The whole sound is in memory: only a [`Library`] leaves long ones on disk.
///
/// # Errors
/// [`MediaError`], which names the file, the reason and a remedy.
pub fn load(path: &Path, rate: f64, limits: Limits) -> Result<Media, MediaError> {
    load_until(path, rate, &limits, &AtomicBool::new(false), None)
}

/// Whether two files exist and hold the same bytes.
pub(crate) fn same_content(one: &Path, two: &Path) -> bool {
    let size = |path: &Path| files::regular(path).ok().map(|m| m.len());
    let hash = |path: &Path| source::hash(&[path], &Limits::default(), &AtomicBool::new(false)).ok();
    size(one).is_some_and(|bytes| size(two) == Some(bytes)) && hash(one).is_some_and(|h| hash(two) == Some(h))
}

/// Whether what lies at a path is a content, before anything of it is decoded: the hash and the size that its [`MediaInfo`] would
/// have. Nothing but bytes is read.
fn holds(path: &Path, (hash, size): &(String, u64), limits: &Limits, stop: Stop<'_>) -> Result<bool, MediaError> {
    if path.is_dir() || import::sequence_name(path) && !path.exists() {
        let images = import::row_files(path).map_err(|e| About(path).io(&e))?;
        return Ok(source::hash(&images.iter().map(PathBuf::as_path).collect::<Vec<_>>(), limits, stop)?.0 == *hash);
    }
    let bytes = |path: &Path| files::regular(path).map_or(0, |found| found.len());
    let alone = bytes(path);
    if alone == *size && source::hash(&[path], limits, stop)?.0 == *hash {
        return Ok(true);
    }
    let pair = import::beside(path).filter(|beside| alone.checked_add(bytes(beside)) == Some(*size));
    pair.map_or(Ok(false), |beside| Ok(source::hash(&[path, &beside], limits, stop)?.0 == *hash))
}

/// [`load`], until `stop` is set; long sounds stay on disk where `settings` name a cache.
fn load_until(path: &Path, rate: f64, limits: &Limits, stop: Stop<'_>, settings: Option<&import::Settings>) -> Result<Media, MediaError> {
    if !(1_000.0..=768_000.0).contains(&rate) {
        return Err(About(path).unsupported(format!("a session rate of {rate} Hz")));
    }
    if factory::is_factory(path) {
        return factory::load(path, rate);
    }
    let shelf = settings.map(|settings| Shelf { settings, rate });
    match still::Kind::of(path, limits)? {
        still::Kind::Still(codec) => load_still(path, codec, limits, stop),
        still::Kind::Movie => load_movie(path, rate, limits, stop, shelf),
        still::Kind::Other => {
            let sound = sound::decode(path, limits, stop, shelf)?;
            let mut media = assemble(path, None, Some((path, sound)), rate, limits, stop)?;
            Arc::make_mut(&mut media.info).root = riff::root(path);
            Ok(media)
        }
    }
}

fn load_still(path: &Path, codec: &'static str, limits: &Limits, stop: Stop<'_>) -> Result<Media, MediaError> {
    // Decoding it whole shows damage when the medium is loaded, not when it is to be shown.
    let (width, height, _) = still::decode(path, limits)?;
    let video = VideoInfo { path: path.to_owned(), width, height, fps: (1, 1), frames: 1, codec: codec.to_owned() };
    assemble(path, Some(video), None, 1.0, limits, stop)
}

fn load_movie(path: &Path, rate: f64, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Media, MediaError> {
    let movie = mov::read(path, limits)?;
    let video = match &movie.video {
        Some(track) => Some(hap::info(path, track, limits)?),
        None => None,
    };
    let Some(track) = movie.sound else {
        let sibling = import::beside(path);
        let sound = sibling.as_deref().map(|p| sound::decode(p, limits, stop, shelf).map(|s| (p, s))).transpose()?;
        return assemble(path, video, sound, rate, limits, stop);
    };
    let sound = match &track.pcm {
        Some(pcm) => pcm.read(path, limits, stop, shelf),
        None => sound::decode(path, limits, stop, shelf),
    };
    match sound {
        Ok(sound) => assemble(path, video, Some((path, sound)), rate, limits, stop),
        // The picture plays all the same; the info says that there is a sound.
        Err(MediaError::Unsupported { .. }) if video.is_some() => {
            let mut media = assemble(path, video, None, rate, limits, stop)?;
            Arc::make_mut(&mut media.info).audio = Some(track.shape);
            Ok(media)
        }
        Err(other) => Err(other),
    }
}

/// Reads what was imported from `path`, under the content of the source.
fn load_imported(
    imported: &import::Imported,
    path: &Path,
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
    settings: Option<&import::Settings>,
) -> Result<Media, MediaError> {
    let shelf = settings.map(|settings| Shelf { settings, rate });
    let video = match &imported.picture {
        Some(clip) => {
            let track = mov::read(clip, limits)?.video.ok_or_else(|| About(clip).damaged("its picture is gone"))?;
            let mut info = hap::info(clip, &track, limits)?;
            info.codec = format!("{} as {}", imported.codec, info.codec);
            Some(info)
        }
        None => None,
    };
    let beside = if imported.sound.is_none() { import::beside(path) } else { None };
    let sound = match imported.sound.as_ref().or(beside.as_ref()) {
        Some(file) => Some((file.as_path(), sound::decode(file, limits, stop, shelf)?)),
        None => None,
    };
    let content = match &beside {
        Some(beside) if files::is_regular(path) => source::hash(&[path, beside], limits, stop)?,
        _ => (imported.hash.clone(), imported.size),
    };
    combine(content, video, sound, rate, limits, stop)
}

fn assemble(
    path: &Path,
    video: Option<VideoInfo>,
    sound: Option<(&Path, sound::Sound)>,
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
) -> Result<Media, MediaError> {
    let beside = sound.as_ref().map(|(p, _)| *p).filter(|p| *p != path);
    let content = source::hash(&[Some(path), beside].into_iter().flatten().collect::<Vec<_>>(), limits, stop)?;
    combine(content, video, sound, rate, limits, stop)
}

/// Puts picture and sound together; `content` is the hash and size they are known by.
fn combine(
    (hash, size): (String, u64),
    video: Option<VideoInfo>,
    sound: Option<(&Path, sound::Sound)>,
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
) -> Result<Media, MediaError> {
    let in_file = sound.as_ref().map(|(_, s)| (s.channels, s.rate));
    let replaced = sound.as_ref().map_or(0, |(_, s)| s.replaced);
    let audio = match sound {
        Some((p, s)) => {
            let frames = match s.frames {
                Spooled::Memory(frames) => resample::resample(frames, s.rate, rate, limits, stop, About(p))?.into(),
                Spooled::Disk(disk) => {
                    Frames::long(disk).ok_or_else(|| About(p).damaged("its decoded sound in the cache can't be read"))?
                }
            };
            Some(Arc::new(AudioData { rate, frames }))
        }
        None => None,
    };
    let sound_secs = audio.as_ref().map_or(0.0, |a| a.frames.len() as f64 / rate);
    let secs = sound_secs.max(video.as_ref().map_or(0.0, VideoInfo::secs));
    Ok(Media { info: Arc::new(MediaInfo { hash, size, secs, audio: in_file, video, root: None, replaced }), audio })
}
