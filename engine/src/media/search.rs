//! Looking for media on the disk: whether one is there, and where it went.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    Limits, MediaError,
    error::About,
    import,
    source::{self, Stop},
};
use crate::{files, name::nearest};

/// Most files and folders one search looks at.
const MAX_ENTRIES: usize = 100_000;
/// Entries of a folder among which a similar name is looked for.
const MAX_LISTED: usize = 4096;
/// How deep a search goes below its roots.
const MAX_DEPTH: usize = 8;
/// How long a list of files is believed: a session misses many at once.
const FRESH: Duration = Duration::from_secs(5);

/// Whether something lies at a path: a file, a folder, or images in a row.
pub(super) fn exists(path: &Path) -> bool {
    // Where the system won't say, reading it gives the reason.
    path.try_exists().unwrap_or(true) || import::sequence_name(path) && import::has_row(path)
}

/// The name beside one of the places that is most like the one looked for there: of another case, or with a slip of the hand.
pub(super) fn near(places: &[PathBuf]) -> Option<String> {
    places.iter().find_map(|place| {
        let wanted = place.file_name()?.to_str()?;
        let listed = std::fs::read_dir(place.parent()?).ok()?.take(MAX_LISTED).flatten();
        let mut names: Vec<String> = listed.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        // Without their endings, which are alike among files that are not.
        let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        let end = |name: &str| name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
        names.sort_by_key(|name| (end(name) != end(wanted), name.clone()));
        let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
        let near = nearest(&stem(wanted), stems.iter().map(String::as_str))?;
        names.into_iter().find(|name| stem(name) == near)
    })
}

/// Finds files by their content.
#[derive(Default)]
pub(super) struct Search(Option<Files>);

/// The files below some folders by size, as they were a moment ago.
struct Files {
    roots: Vec<PathBuf>,
    seen: Instant,
    by_size: HashMap<u64, Vec<PathBuf>>,
}

impl Search {
    /// The first file below `roots` of that size and hash; hidden folders and links to folders are passed over.
    ///
    /// # Errors
    /// Only where the search was stopped.
    pub fn by_content(
        &mut self,
        roots: &[PathBuf],
        (hash, size): &(String, u64),
        limits: &Limits,
        stop: Stop<'_>,
    ) -> Result<Option<PathBuf>, MediaError> {
        let listed = match self.0.take().filter(|files| files.roots == roots && files.seen.elapsed() < FRESH) {
            Some(listed) => listed,
            None => Files { roots: roots.to_vec(), by_size: list(roots, stop)?, seen: Instant::now() },
        };
        let alike = self.0.insert(listed).by_size.get(size);
        Ok(alike.into_iter().flatten().find(|path| source::hash(&[path], limits, stop).is_ok_and(|(found, _)| found == *hash)).cloned())
    }
}

fn list(roots: &[PathBuf], stop: Stop<'_>) -> Result<HashMap<u64, Vec<PathBuf>>, MediaError> {
    let mut by_size: HashMap<u64, Vec<PathBuf>> = HashMap::new();
    let mut folders: Vec<(PathBuf, usize)> = roots.iter().rev().map(|root| (root.clone(), 0)).collect();
    let mut seen = 0;
    while let Some((folder, depth)) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(&folder).into_iter().flatten().flatten().take(MAX_ENTRIES - seen).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        seen += entries.len();
        for entry in entries {
            source::check(stop, About(&folder))?;
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if depth < MAX_DEPTH && !entry.file_name().to_string_lossy().starts_with('.') {
                    folders.push((entry.path(), depth + 1));
                }
            } else if let Ok(meta) = files::regular(&entry.path()) {
                by_size.entry(meta.len()).or_default().push(entry.path());
            }
        }
    }
    Ok(by_size)
}
