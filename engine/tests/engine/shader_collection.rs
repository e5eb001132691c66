//! A folder of ISF files, named by `ISF_COLLECTION`: how many of them compile. Skipped without one.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::path::{Path, PathBuf};

use videotracker_engine::shader;

/// Every `.fs` file below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "fs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn nine_of_ten_files_of_a_collection_compile() {
    let Some(folder) = std::env::var_os("ISF_COLLECTION") else {
        println!("skipped: ISF_COLLECTION names no folder of ISF files");
        return;
    };
    let files = files(Path::new(&folder));
    assert!(!files.is_empty(), "{} has no .fs files", folder.display());
    let failures: Vec<String> = files.iter().filter_map(|path| shader::load(path).err()).map(|error| error.to_string()).collect();
    failures.iter().for_each(|failure| println!("{failure}"));
    let good = files.len() - failures.len();
    println!("{good} of {} compile ({:.1} %)", files.len(), 100.0 * good as f64 / files.len() as f64);
    assert!(good * 10 >= files.len() * 9);
}
