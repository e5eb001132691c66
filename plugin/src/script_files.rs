//! Scripts as files: read into tabs and written from them. What lies on the disk is replaced whole or not at all, and only where
//! it is what this instance read or wrote there last, unless a person says otherwise.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use videotracker_engine::files;

use crate::scripts::Content;

/// Longest script that is opened, in bytes: what the editor takes.
pub const LONGEST: u64 = 1 << 20;

/// Why a script was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The file holds what this instance neither read nor wrote.
    Foreign(String),
    /// It can't be written.
    Failed(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign(why) | Self::Failed(why) => f.write_str(why),
        }
    }
}

/// A path as a person writes it: `~` is the home folder, and what is relative lies in `folder`, else where the program was started.
#[must_use]
pub fn meant(written: &str, folder: Option<&Path>) -> PathBuf {
    let written = written.trim();
    let path = match (written.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(written),
    };
    match folder {
        Some(folder) => folder.join(path),
        None => std::path::absolute(&path).unwrap_or(path),
    }
}

/// Reads a script.
///
/// # Errors
/// Why it can't be read, and what to do.
pub fn read(path: &Path) -> Result<String, String> {
    let text = files::read_text(path, LONGEST);
    text.map(|text| text.replace("\r\n", "\n"))
        .map_err(|why| format!("{} can't be opened: {why}; give the path of a Lua script", path.display()))
}

/// Writes a script. `held` is what the file held when this instance last read or wrote it; what else lies there is replaced only
/// where it is `wanted`.
///
/// # Errors
/// [`Refused`], with what to do; the file is as it was.
pub fn write(path: &Path, text: &str, held: Option<Content>, wanted: bool) -> Result<(), Refused> {
    let failed = |why: &dyn std::fmt::Display| {
        Refused::Failed(format!("{} can't be written: {why}; nothing was saved, save <path> writes elsewhere", path.display()))
    };
    // A link's file is replaced, not the link.
    let target = if files::is_taken(path) { fs::canonicalize(path).map_err(|why| failed(&why))? } else { path.to_path_buf() };
    let there = if files::is_taken(&target) {
        files::regular(&target).map_err(|why| failed(&why))?;
        Some(files::read_text(&target, files::TEXT).ok())
    } else {
        None
    };
    if let Some(there) = &there {
        let known = there.as_ref().is_some_and(|there| there == text || held == Some(Content::of(&there.replace("\r\n", "\n"))));
        if !known && !wanted {
            let what = if held.is_some() { "was changed on the disk since it was opened or saved here" } else { "is there already" };
            return Err(Refused::Foreign(format!(
                "{} {what}; nothing was saved. overwrite replaces it, open shows it in a tab of its own, save <path> writes elsewhere",
                path.display()
            )));
        }
    }
    // A file whose lines end as Windows' do keeps that.
    let windows = there.flatten().is_some_and(|there| there.contains("\r\n"));
    let text = if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
    replace(&target, &text).map_err(|why| failed(&why))
}

/// Replaces a file whole: what a crash leaves is the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut part_name = std::ffi::OsString::from(".");
    part_name.push(name);
    part_name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part_name);
    let written = fs::remove_file(&part).or_else(|why| if why.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(why) });
    let written = written.and_then(|()| {
        let mut file = files::create(&part)?;
        file.write_all(text.as_bytes())?;
        if let Ok(before) = fs::metadata(path) {
            file.set_permissions(before.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&part, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_or_written_here_is_replaced_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("song.lua");
        write(&path, "one", None, false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(&path, "two", Some(Content::of("one")), false).unwrap();
        for held in [None, Some(Content::of("one"))] {
            let refused = write(&path, "three", held, false).unwrap_err();
            assert!(matches!(&refused, Refused::Foreign(why) if why.contains("song.lua") && why.contains("overwrite")), "{refused:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        }
        write(&path, "two", None, false).unwrap();
        write(&path, "three", None, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        fs::write(&path, "one\r\ntwo\r\n").unwrap();
        let text = read(&path).unwrap();
        write(&path, "one\nthree\n", Some(Content::of(&text)), false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\r\nthree\r\n");
        fs::remove_file(&path).unwrap();
        write(&path, "four", Some(Content::of("three")), false).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_can_not_be_written_stays_as_it_was_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a folder")).unwrap();
        for path in [folder.path().join("a folder"), folder.path().join("none/song.lua"), PathBuf::from("/proc/self/comm")] {
            assert!(matches!(write(&path, "x", None, true), Err(Refused::Failed(why)) if why.contains("nothing was saved")), "{path:?}");
        }
        assert!(read(&folder.path().join("a folder")).unwrap_err().contains("a folder"));
        fs::write(folder.path().join("large"), vec![b'x'; (LONGEST + 1) as usize]).unwrap();
        assert!(read(&folder.path().join("large")).unwrap_err().contains("bytes"));
    }

    #[cfg(unix)]
    #[test]
    fn a_links_file_is_replaced_and_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("song.lua"), folder.path().join("link.lua"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, "two", Some(Content::of("one")), false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert!(files::is_link(&link));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
