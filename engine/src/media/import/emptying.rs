//! What the cache of converted media holds, and how a person empties it.

use std::path::Path;

use super::store::{Store, bytes_in, is_entry};

/// How many bytes the cache in a folder takes. Reads the disk.
#[must_use]
pub fn held(cache: &Path) -> u64 {
    let entries = std::fs::read_dir(cache).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir() && is_entry(path)).map(|path| bytes_in(&path)).sum()
}

/// Takes out of the cache what no session of this machine plays, and gives the bytes that are free then. What is taken out is converted
/// anew when a session wants it. Reads and writes the disk.
#[must_use]
pub fn empty(cache: &Path) -> u64 {
    let before = held(cache);
    Store { folder: cache.to_owned(), limit: 0 }.make_room();
    before.saturating_sub(held(cache))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emptied_cache_holds_nothing_and_leaves_alone_what_is_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("0".repeat(32), 100), ("1".repeat(32), 28), ("my songs".to_owned(), 7)] {
            let home = folder.path().join(name);
            std::fs::create_dir(&home).unwrap();
            std::fs::write(home.join("clip.mov"), vec![0; bytes]).unwrap();
        }
        assert_eq!(held(folder.path()), 128);
        assert_eq!(empty(folder.path()), 128);
        assert!(folder.path().join("my songs/clip.mov").exists(), "it is nobody's");
        assert_eq!((held(&folder.path().join("nowhere")), empty(&folder.path().join("nowhere"))), (0, 0));
    }
}
