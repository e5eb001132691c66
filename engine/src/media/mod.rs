//! Media: sound decoded into memory, pictures read frame by frame.
//!
//! [`load`] reads what is known of a medium and its sound; [`FrameReader`] reads frames of its picture; [`Library`] does
//! the loading in the background. Nothing here runs on the audio thread. Foreign containers are not decoded here:
//! decoding them in the host's process would let a broken file take the host along.

mod downmix;
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
mod root;
mod search;
pub mod sfz;
mod sound;
pub mod soundfont;
mod source;
mod spool;
pub(crate) mod still;
pub mod stream;
mod tables;
pub mod words;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

pub use error::MediaError;
pub use frame::{FrameBuffer, Texture};
pub use frames::Frames;
pub use library::{Finding, Finished, Library, Loaded, MediaRequest, Origin, Study};
pub use onset::Onsets;
pub use reader::FrameReader;
pub use resolve::resolve;
pub use tables::Cut;

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
    /// Where its file says that its sound loops: begin and end, in seconds.
    pub loops: Option<(f64, f64)>,
    /// Frames of each cycle of its file's sound, where that says that it is a wavetable.
    pub cycle: Option<u32>,
    /// What it is where its file is a SoundFont, whose patches samples name; such a medium has no sound of its own.
    pub font: Option<Arc<soundfont::SoundFont>>,
    /// Where its file marks places in its sound, in seconds, in order: cue points of a WAV, markers of an AIFF.
    pub cues: Vec<f64>,
    /// Samples in the file that no sound has, and that are silent: those that are no numbers, or beyond [`LOUDEST`].
    pub replaced: u64,
    /// What a player should know of it, in sentences without its name: parts that don't play, how it was read.
    pub notes: Vec<String>,
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
/// Sound: WAV, AIFF, FLAC, MP3, Ogg Vorbis. Mono fills both channels; more than two are mixed after ITU-R BS.775.
/// At an equal rate the samples are the file's, to the bit. Pictures: PNG, JPEG and WebP stills; HAP, HAP Alpha, HAP Q and HAP R in
/// `.mov`, with a sound track in PCM or, where they have none, that of a sound file of the same base name. Paths that begin
/// with `factory:` are made in code ([`factory`]). The whole sound is in memory: only a [`Library`] leaves long ones on disk.
///
/// # Errors
/// [`MediaError`], which names the file, the reason and a remedy.
pub fn load(path: &Path, rate: f64, limits: Limits) -> Result<Media, MediaError> {
    load_until(path, rate, &limits, &AtomicBool::new(false), None).map(|read| read.media)
}

/// A medium that was read, and the sound that belongs to it and is not read here.
struct Reading {
    media: Media,
    lack: Option<Lack>,
}

/// A sound that is not read here: the medium's own file, or the one beside it; and why.
struct Lack {
    file: PathBuf,
    why: MediaError,
}

impl From<Media> for Reading {
    fn from(media: Media) -> Self {
        Self { media, lack: None }
    }
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
fn load_until(path: &Path, rate: f64, limits: &Limits, stop: Stop<'_>, settings: Option<&import::Settings>) -> Result<Reading, MediaError> {
    if !(1_000.0..=768_000.0).contains(&rate) {
        return Err(About(path).unsupported(format!("a session rate of {rate} Hz")));
    }
    if factory::is_factory(path) {
        return factory::load(path, rate).map(Into::into);
    }
    let shelf = settings.map(|settings| Shelf { settings, rate });
    match still::Kind::of(path, limits)? {
        still::Kind::Still(codec) => load_still(path, codec, rate, limits, stop, shelf),
        still::Kind::Movie => load_movie(path, rate, limits, stop, shelf),
        still::Kind::Other if soundfont::is_font(path) => {
            let mut media = assemble(path, None, None, rate, limits, stop)?;
            let font = soundfont::of_file(path, &media.info.hash, limits, stop)?;
            let info = Arc::make_mut(&mut media.info);
            (info.notes, info.font) = (font.notes.clone(), Some(font));
            Ok(media.into())
        }
        still::Kind::Other => {
            let sound = sound::decode(path, limits, stop, shelf)?;
            let cues = riff::cues(path, sound.rate);
            let mut media = assemble(path, None, Some((path, sound)), rate, limits, stop)?;
            let info = Arc::make_mut(&mut media.info);
            let (said, of_aiff) = (root::of(path), riff::instrument(path));
            let rate = info.audio.map(|(_, rate)| f64::from(rate.max(1)));
            let secs = |frame: u32| rate.map(|rate| f64::from(frame) / rate);
            (info.cues, info.root, info.cycle) = (cues, said.note.or(of_aiff.0), said.cycle);
            // The last frame belongs to the loop.
            info.loops = said.frames.or(of_aiff.1).and_then(|(begin, last)| Some((secs(begin)?, secs(last.saturating_add(1))?)));
            Ok(media.into())
        }
    }
}

fn load_still(
    path: &Path,
    codec: &'static str,
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
    shelf: Option<Shelf<'_>>,
) -> Result<Reading, MediaError> {
    // Decoding it whole shows damage when the medium is loaded, not when it is to be shown.
    let (width, height, _) = still::decode(path, limits)?;
    let video = VideoInfo { path: path.to_owned(), width, height, fps: (1, 1), frames: 1, codec: codec.to_owned() };
    with_beside(path, Some(video), rate, limits, stop, shelf)
}

fn load_movie(path: &Path, rate: f64, limits: &Limits, stop: Stop<'_>, shelf: Option<Shelf<'_>>) -> Result<Reading, MediaError> {
    let about = About(path);
    let movie = mov::read(path, limits)?;
    let video = movie.video.as_ref().map(|track| hap::info(path, track, limits)).transpose()?;
    let Some(track) = movie.sound else { return with_beside(path, video, rate, limits, stop, shelf) };
    let sound = match (&track.pcm, track.part) {
        (_, None) => Err(about.unsupported("a sound that is cut into parts by an edit list")),
        (Some(pcm), Some(part)) => pcm.read(part, path, limits, stop, shelf),
        (None, Some(part)) => sound::decode_part(path, part, limits, stop, shelf),
    };
    match sound {
        Ok(sound) => assemble(path, video, Some((path, sound)), rate, limits, stop).map(Into::into),
        // The picture plays all the same; the info says that there is a sound.
        Err(why @ (MediaError::Unsupported { .. } | MediaError::Damaged { .. })) if video.is_some() => {
            let mut media = assemble(path, video, None, rate, limits, stop)?;
            Arc::make_mut(&mut media.info).audio = Some(track.shape);
            Ok(Reading { media, lack: Some(Lack { file: path.to_owned(), why }) })
        }
        Err(other) => Err(other),
    }
}

/// A picture, with the sound of the file beside it where there is one.
fn with_beside(
    path: &Path,
    video: Option<VideoInfo>,
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
    shelf: Option<Shelf<'_>>,
) -> Result<Reading, MediaError> {
    let Some(beside) = import::beside(path) else { return assemble(path, video, None, rate, limits, stop).map(Into::into) };
    match sound::decode(&beside, limits, stop, shelf) {
        Ok(sound) => assemble(path, video, Some((&beside, sound)), rate, limits, stop).map(Into::into),
        Err(why @ (MediaError::Cancelled { .. } | MediaError::Refused { .. })) => Err(why),
        // The picture plays without it.
        Err(why) => {
            let media = assemble(path, video, None, rate, limits, stop)?;
            Ok(Reading { media, lack: Some(Lack { file: beside, why }) })
        }
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
) -> Result<Reading, MediaError> {
    let shelf = settings.map(|settings| Shelf { settings, rate });
    let video = imported_picture(imported, limits)?;
    let content = (imported.hash.clone(), imported.size);
    let beside = if imported.sound.is_none() { import::beside(path) } else { None };
    let (sound, content, lack) = match (&imported.sound, beside) {
        (Some(file), _) => (Some((file.clone(), sound::decode(file, limits, stop, shelf)?)), content, None),
        (None, None) => (None, content, None),
        (None, Some(beside)) => match sound::decode(&beside, limits, stop, shelf) {
            Ok(sound) => {
                let content = if files::is_regular(path) { source::hash(&[path, &beside], limits, stop)? } else { content };
                (Some((beside, sound)), content, None)
            }
            Err(why @ (MediaError::Cancelled { .. } | MediaError::Refused { .. })) => return Err(why),
            Err(why) => (None, content, Some(Lack { file: beside, why })),
        },
    };
    let (file, sound) = sound.unzip();
    let mut media = combine(content, video, file.as_deref().zip(sound), rate, limits, stop)?;
    Arc::make_mut(&mut media.info).notes.extend(imported.notes.iter().cloned());
    Ok(Reading { media, lack })
}

/// The picture of what was imported.
fn imported_picture(imported: &import::Imported, limits: &Limits) -> Result<Option<VideoInfo>, MediaError> {
    let Some(file) = &imported.picture else { return Ok(None) };
    if let still::Kind::Still(codec) = still::Kind::of(file, limits)? {
        let (width, height, _) = still::decode(file, limits)?;
        let codec = format!("{} as {codec}", imported.codec);
        return Ok(Some(VideoInfo { path: file.clone(), width, height, fps: (1, 1), frames: 1, codec }));
    }
    let track = mov::read(file, limits)?.video.ok_or_else(|| About(file).damaged("its picture is gone"))?;
    let mut info = hap::info(file, &track, limits)?;
    info.codec = format!("{} as {}", imported.codec, info.codec);
    Ok(Some(info))
}

/// Puts the sound beside `path`, which was imported, to the picture that plays already.
fn load_sound(
    picture: &Media,
    path: &Path,
    (beside, imported): (&Path, &import::Imported),
    rate: f64,
    limits: &Limits,
    stop: Stop<'_>,
    settings: Option<&import::Settings>,
) -> Result<Media, MediaError> {
    let shelf = settings.map(|settings| Shelf { settings, rate });
    let file = imported.sound.as_deref().ok_or_else(|| About(beside).unsupported("a file without sound"))?;
    let sound = sound::decode(file, limits, stop, shelf)?;
    let content = match files::is_regular(path) {
        true => source::hash(&[path, beside], limits, stop)?,
        false => (picture.info.hash.clone(), picture.info.size),
    };
    let mut media = combine(content, picture.info.video.clone(), Some((file, sound)), rate, limits, stop)?;
    Arc::make_mut(&mut media.info).notes.clone_from(&picture.info.notes);
    Ok(media)
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
    Ok(Media {
        info: Arc::new(MediaInfo {
            hash,
            size,
            secs,
            audio: in_file,
            video,
            font: None,
            cues: Vec::new(),
            root: None,
            loops: None,
            cycle: None,
            replaced,
            notes: Vec::new(),
        }),
        audio,
    })
}
