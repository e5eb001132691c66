//! The cache: one folder for each converted source, named by content; locks; the order of eviction.
//!
//! `KEY/` holds an entry, `KEY.part/` one that is being made, `KEY.lock` is locked exclusively by whoever makes or removes
//! it and shared by whoever uses it, across processes; the system lets go of a lock whose holder has died. An entry
//! appears by renaming, whole. What was used longest ago goes first when the limit is passed; what is in use stays.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::files;

use super::{
    super::{
        error::{About, MediaError},
        source,
    },
    PICTURE, SOUND, STILL, VERSION,
    source::{Stop, check},
};

/// The file that describes an entry; it is written last, and its time is that of the last use.
const NOTE: &str = "entry.json";
/// Bytes of a description that are read.
const NOTE_BYTES: u64 = 1 << 16;
/// Bytes of a piece of a file that is looked at, and how many there are beside the first.
const PIECE: usize = 1 << 14;
const PIECES: u64 = 63;
/// How often a lock that another holds is tried.
const TICK: Duration = Duration::from_millis(20);
/// How often an entry that went bad is looked at before whoever holds it is told of.
const MOST_LOOKS: u32 = 250;

/// What is known of a converted source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::media) struct Entry {
    pub version: u32,
    /// BLAKE3 of the source.
    pub hash: String,
    /// Bytes of the source.
    pub size: u64,
    /// Container and codecs of the source, as shown.
    pub codec: String,
    /// Duration in seconds that the source declares; 0 where it does not.
    pub secs: f64,
    /// Bytes of the picture's file.
    pub picture: Option<u64>,
    /// Bytes of the still's file.
    #[serde(default)]
    pub still: Option<u64>,
    /// Bytes of the sound's file.
    pub sound: Option<u64>,
    /// What a player should know of it.
    #[serde(default)]
    pub notes: Vec<String>,
    /// BLAKE3 of pieces of all files, so that a copy that went bad on the disk is told; written when it is kept.
    #[serde(default)]
    pub sample: String,
}

impl Entry {
    /// An entry for a sound that is still to be written, of a source.
    pub fn of_sound(hash: String, size: u64) -> Self {
        Self {
            version: VERSION,
            hash,
            size,
            codec: "sound".to_owned(),
            secs: 0.0,
            picture: None,
            still: None,
            sound: None,
            notes: Vec::new(),
            sample: String::new(),
        }
    }

    /// Reads the entry in a folder; `None` where it is not whole.
    fn read(home: &Path) -> Option<Self> {
        let note = home.join(NOTE);
        let entry: Self = serde_json::from_slice(&files::read(&note, NOTE_BYTES).ok()?).ok()?;
        let there = |(name, bytes): (&str, Option<u64>)| {
            bytes.is_none_or(|n| std::fs::metadata(home.join(name)).is_ok_and(|found| found.len() == n))
        };
        (entry.version == VERSION && entry.files().into_iter().all(there) && sampled(home, &entry).is_some_and(|s| s == entry.sample))
            .then_some(entry)
    }

    /// Its files, with their bytes where it has them.
    const fn files(&self) -> [(&'static str, Option<u64>); 3] {
        [(PICTURE, self.picture), (STILL, self.still), (SOUND, self.sound)]
    }
}

/// Keeps an entry in the cache while anything holds it.
#[derive(Clone, Debug)]
pub struct Pin(#[allow(dead_code, reason = "held for its lock")] Arc<File>);

/// The cache.
#[derive(Debug)]
pub(in crate::media) struct Store {
    pub folder: PathBuf,
    pub limit: u64,
}

/// What a key leads to.
pub(in crate::media) enum Place {
    /// An entry that stays while the pin is held.
    Ready(Entry, Pin),
    /// Nothing: whoever holds the ticket, and nobody else, may make it.
    Empty(Ticket),
}

/// The right to make an entry.
pub(in crate::media) struct Ticket {
    lock: File,
    home: PathBuf,
    /// An empty folder to make it in; removed with the ticket.
    pub part: PathBuf,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.part);
    }
}

impl Store {
    /// Where an entry lies.
    pub fn home(&self, key: &str) -> PathBuf {
        self.folder.join(key)
    }

    /// Looks a key up; waits while another makes it.
    pub fn open(&self, key: &str, about: About<'_>, stop: Stop<'_>) -> Result<Place, MediaError> {
        let failed = |e: io::Error| about.no_cache(&self.folder, &e);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let home = self.home(key);
        let mut spoilt = 0;
        loop {
            check(stop, about)?;
            let lock = lock_file(&self.folder, key).map_err(failed)?;
            if locked(lock.try_lock_shared()).map_err(failed)? {
                if let Some(entry) = Entry::read(&home) {
                    touch(&home);
                    return Ok(Place::Ready(entry, Pin(Arc::new(lock))));
                }
                // Others who may only look keep it from being made anew.
                spoilt += u32::from(home.exists());
            }
            let _ = lock.unlock();
            if spoilt > MOST_LOOKS {
                let what = "its converted copy in the cache went bad, and something still plays it".to_owned();
                return Err(about.refused(what, "take the medium out of the session everywhere, then import it again"));
            }
            if locked(lock.try_lock()).map_err(failed)? {
                if Entry::read(&home).is_some() {
                    // Made between the two looks.
                    continue;
                }
                let part = self.folder.join(format!("{key}.part"));
                for old in [&home, &part] {
                    remove(old).map_err(failed)?;
                }
                std::fs::create_dir(&part).map_err(failed)?;
                return Ok(Place::Empty(Ticket { lock, home, part }));
            }
            std::thread::sleep(TICK);
        }
    }

    /// Removes what was used longest ago until the cache fits its limit, and what interrupted imports left behind.
    pub fn make_room(&self) {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return };
        let mut entries = Vec::new();
        let mut total = 0;
        for path in folder.flatten().map(|e| e.path()).filter(|path| path.is_dir()) {
            match path.extension().and_then(|e| e.to_str()) {
                Some("part" | "gone") => self.remove_unused(&path),
                None => {
                    let bytes = bytes_in(&path);
                    total += bytes;
                    entries.push((last_use(&path), bytes, path));
                }
                Some(_) => {}
            }
        }
        entries.sort();
        for (_, bytes, path) in entries {
            if total <= self.limit {
                break;
            }
            self.remove_unused(&path);
            if !path.exists() {
                total = total.saturating_sub(bytes);
            }
        }
    }

    /// Removes a folder unless somebody uses or makes it.
    fn remove_unused(&self, path: &Path) {
        let Some(key) = path.file_stem().and_then(|s| s.to_str()).filter(|key| is_key(key)) else { return };
        let Ok(lock) = lock_file(&self.folder, key) else { return };
        if !matches!(locked(lock.try_lock()), Ok(true)) {
            return;
        }
        // Renamed first, so that what is cut off in the middle is no entry.
        let gone = path.with_extension("gone");
        if path == gone || std::fs::rename(path, &gone).is_ok() {
            let _ = remove(&gone);
        }
    }
}

impl Ticket {
    /// Makes what lies in [`Self::part`] the entry.
    pub fn keep(self, entry: &Entry) -> io::Result<Pin> {
        let sample = sampled(&self.part, entry).ok_or(io::ErrorKind::UnexpectedEof)?;
        let note = serde_json::to_vec(&Entry { sample, ..entry.clone() }).map_err(io::Error::other)?;
        std::fs::write(self.part.join(NOTE), note)?;
        std::fs::rename(&self.part, &self.home)?;
        // A second handle, because the ticket's own is dropped with it; on the way nobody can remove the entry that
        // would not be made again.
        let lock = self.lock.try_clone()?;
        let _ = lock.unlock();
        lock.lock_shared().or_else(unsupported)?;
        Ok(Pin(Arc::new(lock)))
    }
}

/// BLAKE3 of pieces of an entry's files, spread over each from its begin to its end; `None` where they can't be read. A power cut
/// leaves files of the right length whose end, or all of which, is zeros.
fn sampled(home: &Path, entry: &Entry) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE];
    for (name, bytes) in entry.files() {
        let Some(bytes) = bytes else { continue };
        let (file, _) = files::open(&home.join(name)).ok()?;
        let last = bytes.saturating_sub(PIECE as u64);
        let steps = last.div_ceil(PIECE as u64).min(PIECES);
        for step in 0..=steps {
            let at = last.checked_mul(step).map_or(last, |along| along / steps.max(1));
            let length = usize::try_from(bytes - at).unwrap_or(PIECE).min(PIECE);
            source::read_exact_at(&file, &mut piece[..length], at).ok()?;
            hasher.update(&piece[..length]);
        }
    }
    Some(hasher.finalize().to_hex().to_string())
}

/// Keys are hex digits: nothing else in the folder is touched.
/// Whether a path is that of an entry, or of what is left of one.
pub(super) fn is_entry(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_key)
}

fn is_key(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn lock_file(folder: &Path, key: &str) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(folder.join(format!("{key}.lock")))
}

/// Whether a lock was taken. Where the file system knows no locks, all is taken to be well.
fn locked(result: Result<(), TryLockError>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(e)) => unsupported(e).map(|()| true),
    }
}

fn unsupported(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(()) } else { Err(error) }
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Bytes of the files in a folder.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|e| e.metadata().ok()).filter(std::fs::Metadata::is_file).map(|m| m.len()).sum()
}

fn last_use(home: &Path) -> SystemTime {
    std::fs::metadata(home.join(NOTE)).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Notes a use. Where the time can't be set, the entry only grows old sooner.
fn touch(home: &Path) {
    if let Ok(file) = OpenOptions::new().append(true).open(home.join(NOTE)) {
        let _ = file.set_modified(SystemTime::now());
    }
}
