//! The file of what is trusted: one entry a line, each with a checksum, so that damage costs only the lines it hits.
//!
//! It is replaced whole, by renaming, while `trust.lock` is locked, so that processes which write at the same time lose nothing
//! of each other's. A damaged file is kept beside under another name before it is replaced.

use std::{
    fs::{File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use super::{Content, Giver, Most};
use crate::files;

/// The first line.
const HEAD: &str = "videotracker trust 1";
/// What the first line of any version begins with.
const ANY_HEAD: &str = "videotracker trust ";
/// Longest file, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Longest a lock that another process holds is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Damaged files that are kept.
const KEPT: u32 = 8;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A place that was given, what it holds, and who gave it.
    Place(String, Content, Giver),
    /// A place that was taken back.
    Gone(String),
    /// A script that was run, by its hash.
    Script(String),
}

/// What tells a file from the one it replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(SystemTime, u64);

impl Stamp {
    /// The file's; `None` where there is none.
    pub fn of(path: &Path) -> Option<Self> {
        let found = files::regular(path).ok()?;
        Some(Self(found.modified().ok()?, found.len()))
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub entries: Vec<Entry>,
    pub complaint: Option<String>,
}

impl Entry {
    fn line(&self) -> String {
        let text = |place: &str| serde_json::Value::from(place).to_string();
        let body = match self {
            Self::Place(place, (hash, size), giver) => {
                let word = if *giver == Giver::Person { "chosen" } else { "medium" };
                format!("{word} {hash} {size} {}", text(place))
            }
            Self::Gone(place) => format!("gone {}", text(place)),
            Self::Script(hash) => format!("script {hash}"),
        };
        format!("{:08x} {body}\n", crc32fast::hash(body.as_bytes()))
    }

    fn read(line: &str) -> Option<Self> {
        let (sum, body) = line.split_once(' ')?;
        if u32::from_str_radix(sum, 16).ok()? != crc32fast::hash(body.as_bytes()) {
            return None;
        }
        let (kind, rest) = body.split_once(' ')?;
        let text = |json: &str| serde_json::from_str::<String>(json).ok();
        Some(match kind {
            "chosen" | "medium" => {
                let giver = if kind == "chosen" { Giver::Person } else { Giver::Script };
                let mut words = rest.splitn(3, ' ');
                let (hash, size) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
                Self::Place(text(words.next()?)?, (hash, size), giver)
            }
            "gone" => Self::Gone(text(rest)?),
            "script" => Self::Script(rest.to_owned()),
            _ => return None,
        })
    }
}

/// Reads a file; where it is damaged, keeps a copy of it and what of it is whole.
///
/// # Errors
/// In words, where nothing of it may be used.
pub(super) fn read(path: &Path) -> Result<Read, String> {
    let Some((read, damaged)) = parse(path)? else { return Ok(Read::default()) };
    if !damaged {
        return Ok(read);
    }
    let mended = || -> io::Result<PathBuf> {
        let _lock = lock(path)?;
        let kept = keep_aside(path)?;
        replace(path, read.entries.iter())?;
        Ok(kept)
    };
    let kept = mended().map_or_else(|why| format!("it could not be kept aside: {why}"), |kept| format!("it is kept as {}", kept.display()));
    let complaint = format!(
        "{}, where what you trust is remembered, was damaged ({kept}); sessions whose media stood in the damaged part ask again",
        path.display()
    );
    Ok(Read { complaint: Some(complaint), ..read })
}

/// The entries of a file, and whether any of it is damaged; `None` where there is no file.
fn parse(path: &Path) -> Result<Option<(Read, bool)>, String> {
    let bytes = match files::read(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(format!("{}, where what you trust is remembered, can't be read: {why}", path.display())),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default();
    if head != HEAD && head.starts_with(ANY_HEAD) {
        return Err(format!("{} was written by a newer videoTracker and stays as it is; update to use it", path.display()));
    }
    let mut damaged = head != HEAD || !text.ends_with('\n');
    let mut entries = Vec::new();
    for line in lines {
        match Entry::read(line) {
            Some(entry) => entries.push(entry),
            None => damaged = true,
        }
    }
    Ok(Some((Read { entries, complaint: None }, damaged)))
}

/// Adds entries to what the file holds; of more than `most` of a kind the oldest go.
pub(super) fn write(path: &Path, added: &[Entry], most: Most) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let _lock = lock(path)?;
    let (held, damaged) = parse(path).map_err(io::Error::other)?.unwrap_or_default();
    if damaged {
        keep_aside(path)?;
    }
    let all: Vec<&Entry> = held.entries.iter().chain(added).collect();
    replace(path, newest(&all, most).into_iter())
}

/// What still counts of entries in the order they came: each once, nothing that was taken back later, the newest of too many.
fn newest<'a>(all: &[&'a Entry], most: Most) -> Vec<&'a Entry> {
    use std::collections::{HashMap, HashSet};
    let (mut seen, mut named, mut gone) = (HashSet::new(), HashMap::<&str, usize>::new(), HashSet::new());
    let (mut places, mut scripts) = ([0; 2], 0);
    let mut kept: Vec<&Entry> = Vec::new();
    for entry in all.iter().rev().copied() {
        let keep = match entry {
            Entry::Gone(place) => {
                gone.insert(place.as_str());
                false
            }
            Entry::Place(place, content, giver) => {
                let contents = named.entry(place).or_default();
                let held = &mut places[*giver as usize];
                let counts = !gone.contains(place.as_str())
                    && *contents < super::CONTENTS
                    && *held < [most.chosen, most.named][*giver as usize]
                    && seen.insert(format!("{place}\0{content:?}"));
                *contents += usize::from(counts);
                *held += usize::from(counts);
                counts
            }
            Entry::Script(hash) => {
                let counts = scripts < most.scripts && seen.insert(hash.clone());
                scripts += usize::from(counts);
                counts
            }
        };
        if keep {
            kept.push(entry);
        }
    }
    kept.reverse();
    kept
}

fn replace<'a>(path: &Path, entries: impl Iterator<Item = &'a Entry>) -> io::Result<()> {
    let mut text = format!("{HEAD}\n");
    entries.for_each(|entry| text.push_str(&entry.line()));
    let part = beside(path, &format!("{}.part", std::process::id()));
    // One of a process of the same number that died.
    let _ = std::fs::remove_file(&part);
    let mut file = private(&part)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&part, path));
    written.inspect_err(|_| drop(std::fs::remove_file(&part)))
}

/// Copies a damaged file to the first free name; the last one is reused.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let name = |number: u32| beside(path, &format!("damaged-{number}"));
    let kept = (1..KEPT).map(name).find(|name| !files::is_taken(name)).unwrap_or_else(|| name(KEPT));
    let bytes = files::read(path, MOST_BYTES)?;
    let _ = std::fs::remove_file(&kept);
    private(&kept)?.write_all(&bytes)?;
    Ok(kept)
}

/// The lock that whoever writes holds.
fn lock(path: &Path) -> io::Result<File> {
    let name = beside(path, "lock");
    let file = match private(&name) {
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => files::open(&name)?.0,
        other => other?,
    };
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another process holds its lock")),
            // A file system without locks: all is taken to be well.
            Err(TryLockError::Error(why)) if why.kind() == io::ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(why)) => return Err(why),
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Makes a file that only the user reads.
fn private(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
