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
    super::error::{About, MediaError},
    PICTURE, SOUND, VERSION,
    source::{Stop, check},
};

/// The file that describes an entry; it is written last, and its time is that of the last use.
const NOTE: &str = "entry.json";
/// Bytes of a description that are read.
const NOTE_BYTES: u64 = 1 << 16;
/// How often a lock that another holds is tried.
const TICK: Duration = Duration::from_millis(20);

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
    /// Bytes of the sound's file.
    pub sound: Option<u64>,
}

impl Entry {
    /// An entry for a sound that is still to be written, of a source.
    pub fn of_sound(hash: String, size: u64) -> Self {
        Self { version: VERSION, hash, size, codec: "sound".to_owned(), secs: 0.0, picture: None, sound: None }
    }

    /// Reads the entry in a folder; `None` where it is not whole.
    fn read(home: &Path) -> Option<Self> {
        let note = home.join(NOTE);
        let entry: Self = serde_json::from_slice(&files::read(&note, NOTE_BYTES).ok()?).ok()?;
        let there = |name: &str, bytes: Option<u64>| bytes.is_none_or(|n| std::fs::metadata(home.join(name)).is_ok_and(|m| m.len() == n));
        (entry.version == VERSION && there(PICTURE, entry.picture) && there(SOUND, entry.sound)).then_some(entry)
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
        loop {
            check(stop, about)?;
            let lock = lock_file(&self.folder, key).map_err(failed)?;
            if locked(lock.try_lock_shared()).map_err(failed)?
                && let Some(entry) = Entry::read(&home)
            {
                touch(&home);
                return Ok(Place::Ready(entry, Pin(Arc::new(lock))));
            }
            let _ = lock.unlock();
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
        let note = serde_json::to_vec(entry).map_err(io::Error::other)?;
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

/// Keys are hex digits: nothing else in the folder is touched.
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
