//! Import: foreign media become HAP and WAV in a cache, through the `ffmpeg` program as a child process.
//!
//! Nothing foreign is decoded in the host's process: a file that crashes or hangs a decoder costs one child and one failed
//! import. Results lie in a folder named by the content (BLAKE3) and the way it was converted, so that a second import,
//! also after a restart, in another instance or of a copy of the file, is found there.
//!
//! | file | what lives there |
//! |---|---|
//! | `tools` | where the programs are, and whether they can do it |
//! | `child` | a child with a time limit, a way to stop, and an end |
//! | `probe` | what `ffprobe` says of a file |
//! | `recipe` | what `ffmpeg` is told to do: rate, size, alpha, packing, and the alignment of sound and picture |
//! | `tone` | pictures of a high dynamic range |
//! | `source` | what is to be imported: a file, a sequence of images, an animation |
//! | `convert` | one conversion, from the look at the source to the checked result |
//! | `hint` | what a file is that nobody here reads |
//! | `store` | the cache: places, locks, the order of eviction |
//! | `gate` | how many conversions run at once in this process |

mod animation;
mod child;
mod convert;
mod emptying;
mod gate;
mod hint;
mod probe;
mod recipe;
mod sequence;
mod source;
mod store;
mod tone;
mod tools;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

pub use emptying::{empty, held};
pub(super) use sequence::{CLIPS, IMAGES, SOUNDS};
pub use sequence::{banks, listed, row_files, sequence_name, spread};
pub use store::Pin;
pub use tools::{ffmpeg, look_in};
pub(super) use {
    sequence::{beside, has_row},
    source::is_foreign,
    store::{Entry, Place, Store, Ticket},
    tools::REMEDY as NO_FFMPEG,
};

use super::{
    Limits, MediaError,
    error::About,
    source::{Stop, check},
};
use convert::Terms;
use source::Source;

/// Grows when the same source would be converted differently: older results are then no longer found.
const VERSION: u32 = 3;
/// The files of an entry: a clip or a still, and a sound.
const PICTURE: &str = "clip.mov";
const STILL: &str = "still.png";
pub(super) const SOUND: &str = "sound.wav";

/// Where the cache lies, where it is not named otherwise.
const CACHE_VARIABLE: &str = "VIDEOTRACKER_CACHE";
/// How large the cache may grow: bytes, or with K, M, G or T behind.
const LIMIT_VARIABLE: &str = "VIDEOTRACKER_CACHE_LIMIT";
/// `hap` or `hap_q`.
const QUALITY_VARIABLE: &str = "VIDEOTRACKER_IMPORT";
/// Size of the cache where nothing is said: half an hour of 1080p.
const CACHE_BYTES: u64 = 32 << 30;

/// Which HAP opaque pictures become; those with alpha become HAP Alpha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// HAP: half a byte a pixel, quickest.
    #[default]
    Hap,
    /// HAP Q: a byte a pixel, finer colours.
    HapQ,
}

/// How media are imported.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Folder of the cache, absolute; `None` where the system names no place for one.
    pub cache: Option<PathBuf>,
    /// Size of the cache in bytes; also the most that one import may take.
    pub cache_bytes: u64,
    /// Which HAP.
    pub quality: Quality,
    /// The `ffmpeg` program to use; `None` looks for it.
    pub ffmpeg: Option<PathBuf>,
    /// Conversions at once in this process.
    pub jobs: usize,
    /// Longest a conversion may stand still.
    pub stall: Duration,
    /// Longest a conversion may take.
    pub limit: Duration,
    /// Rate of images in a row whose name gives none.
    pub sequence_fps: (u32, u32),
}

impl Default for Settings {
    /// The user's cache folder, 32 GiB, HAP, half the cores, half a minute of standstill, six hours; `VIDEOTRACKER_CACHE`,
    /// `VIDEOTRACKER_CACHE_LIMIT`, `VIDEOTRACKER_IMPORT` (`hap_q`) and `VIDEOTRACKER_FFMPEG` in the environment say otherwise.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let text = |name| std::env::var(name).unwrap_or_default();
        Self {
            cache: cache_folder(),
            cache_bytes: bytes_of(&text(LIMIT_VARIABLE)).unwrap_or(CACHE_BYTES),
            quality: if text(QUALITY_VARIABLE).eq_ignore_ascii_case("hap_q") { Quality::HapQ } else { Quality::Hap },
            ffmpeg: None,
            jobs: (cores / 2).max(1),
            stall: Duration::from_secs(30),
            limit: Duration::from_secs(6 * 3600),
            sequence_fps: (25, 1),
        }
    }
}

/// The cache's folder on this system.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = |name: &str| named(name).filter(|p| p.is_absolute());
    let home = || folder("HOME");
    let system = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| home().map(|home| home.join(".cache")))
    };
    // What a person names counts from where the program was started; what the system names must be absolute ("XDG Base Directory").
    named(CACHE_VARIABLE).and_then(|p| std::path::absolute(p).ok()).or_else(|| Some(system?.join("videotracker").join("media")))
}

/// Bytes such as `500M`, `20G`.
fn bytes_of(text: &str) -> Option<u64> {
    let text = text.trim().trim_end_matches(['B', 'b', 'i']);
    let unit = text.chars().next_back().and_then(|c| "KMGT".find(c.to_ascii_uppercase()));
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim();
    digits.parse::<u64>().ok()?.checked_mul(unit.map_or(1, |power| 1024u64.pow(u32::try_from(power + 1).unwrap_or(0))))
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// Its content is being told from others.
    Hashing,
    /// Others are converted before it.
    Waiting,
    /// It is being converted: the share that is done, where the source says how long it is.
    Converting(Option<f32>),
}

/// An imported source: what plays in its place, for as long as the pin is held.
#[derive(Clone, Debug)]
pub struct Imported {
    /// BLAKE3 of the source, in hex.
    pub hash: String,
    /// Bytes of the source.
    pub size: u64,
    /// Duration in seconds that the source declares; 0 where it does not.
    pub secs: f64,
    /// Container and codecs of the source.
    pub codec: String,
    /// The picture, in HAP; a still in PNG.
    pub picture: Option<PathBuf>,
    /// The sound, in WAV.
    pub sound: Option<PathBuf>,
    /// What a player should know of it.
    pub notes: Vec<String>,
    /// Whether it was there before.
    pub cached: bool,
    /// Keeps the files.
    pub pin: Pin,
}

/// Imports a source: a file, a folder of numbered images, or a name with a number to fill in ([`sequence_name`]).
/// Returns once it is converted, or found in the cache; `stop` ends it early.
///
/// # Errors
/// [`MediaError`], which names the source, the reason and a remedy. Nothing of a failed import stays.
pub fn import(
    path: &Path,
    settings: &Settings,
    limits: &Limits,
    stop: Stop<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Imported, MediaError> {
    let about = About(path);
    let Some(folder) = &settings.cache else {
        return Err(about.refused("there is no folder for the cache", "set VIDEOTRACKER_CACHE to one"));
    };
    let source = Source::of(path, limits, settings.sequence_fps)?;
    progress(Progress::Hashing);
    let (hash, size, rest) = source.hash(limits, stop)?;
    let key = blake3::hash(format!("{VERSION} {hash} {rest} {:?}", settings.quality).as_bytes()).to_hex()[..32].to_owned();
    let store = Store { folder: folder.clone(), limit: settings.cache_bytes };
    progress(Progress::Waiting);
    let ticket = match store.open(&key, about, stop)? {
        Place::Ready(entry, pin) => return Ok(Imported::new(entry, &store.home(&key), true, pin)),
        Place::Empty(ticket) => ticket,
    };
    let Some(_permit) = gate::enter(settings.jobs, stop) else { return Err(about.cancelled()) };
    let entry = convert::convert(&source, path, &ticket.part, (hash, size), Terms { settings, limits, stop, progress })?;
    check(stop, about)?;
    let pin = ticket.keep(&entry).map_err(|e| about.no_cache(folder, &e))?;
    store.make_room();
    Ok(Imported::new(entry, &store.home(&key), false, pin))
}

impl Imported {
    fn new(entry: Entry, home: &Path, cached: bool, pin: Pin) -> Self {
        Self {
            picture: entry.picture.map(|_| home.join(PICTURE)).or_else(|| entry.still.map(|_| home.join(STILL))),
            sound: entry.sound.map(|_| home.join(SOUND)),
            hash: entry.hash,
            size: entry.size,
            secs: entry.secs,
            codec: entry.codec,
            notes: entry.notes,
            cached,
            pin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_may_have_a_unit() {
        for (text, bytes) in
            [("1000", Some(1000)), ("2K", Some(2048)), ("3 GiB", Some(3 << 30)), ("1t", Some(1 << 40)), ("", None), ("x", None)]
        {
            assert_eq!(bytes_of(text), bytes, "{text}");
        }
    }
}
