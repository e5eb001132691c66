//! Looking for media on the disk: whether one is there, and where it went.

use std::path::{Path, PathBuf};

use super::{
    Limits, MediaError, import,
    source::{self, Stop},
};

/// Most files and folders one search looks at.
const MAX_ENTRIES: usize = 100_000;
/// How deep a search goes below its roots.
const MAX_DEPTH: usize = 8;

/// Whether something lies at a path: a file, a folder, or images in a row.
pub(super) fn exists(path: &Path) -> bool {
    // Where the system won't say, reading it gives the reason.
    path.try_exists().unwrap_or(true) || import::sequence_name(path) && import::has_row(path)
}

/// The first file below `roots` of that size and hash; hidden folders and links to folders are passed over.
///
/// # Errors
/// Only where the search was stopped.
pub(super) fn by_content(roots: &[PathBuf], hash: &str, size: u64, limits: &Limits, stop: Stop<'_>) -> Result<Option<PathBuf>, MediaError> {
    let mut folders: Vec<(PathBuf, usize)> = roots.iter().rev().map(|root| (root.clone(), 0)).collect();
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().take(MAX_ENTRIES).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            seen += 1;
            source::check(stop, super::error::About(&folder))?;
            if seen > MAX_ENTRIES {
                return Ok(None);
            }
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                if depth < MAX_DEPTH && !entry.file_name().to_string_lossy().starts_with('.') {
                    folders.push((path, depth + 1));
                }
            } else if entry.metadata().is_ok_and(|m| m.is_file() && m.len() == size)
                && source::hash(&[&path], limits, stop).is_ok_and(|(found, _)| found == hash)
            {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}
