//! Opening files: regular ones only.
//!
//! Whatever lies at a path that a session, a script or a person names is opened here. A pipe or a device can wait for ever, or
//! act when it is merely opened; what the system makes up as it is read (`/proc`, `/sys`) claims to be a regular file and is
//! none. The kind is therefore looked at before the file is opened, and once more on the open file.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::{Component, Path},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Longest text that a person names as a script or a table, in bytes: more than any that is of use.
pub const TEXT: u64 = 16 << 20;
/// Folders that belong to the system: what lies below them is not opened, whatever it claims to be.
const SYSTEMS_OWN: [&str; 3] = ["/proc", "/sys", "/dev"];
/// The part of [`SYSTEMS_OWN`] that holds ordinary files.
const SHARED_MEMORY: &str = "/dev/shm";

/// Opens a regular file for reading.
///
/// # Errors
/// The system's, or [`NotRegular`] with what lies there instead.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    regular(path)?;
    let file = reading().open(path)?;
    let found = file.metadata()?;
    check(&found)?;
    check_system(path, Some(&file))?;
    Ok((file, found))
}

/// What is known of a regular file; it is not opened.
///
/// # Errors
/// As [`open`].
pub fn regular(path: &Path) -> io::Result<Metadata> {
    if belongs_to_the_system(path) {
        return Err(refused("a file of the system's own"));
    }
    let found = std::fs::metadata(path)?;
    check(&found)?;
    check_system(path, None)?;
    Ok(found)
}

/// Whether a regular file lies at a path.
#[must_use]
pub fn is_regular(path: &Path) -> bool {
    regular(path).is_ok()
}

/// Reads a regular file of at most `most` bytes.
///
/// # Errors
/// As [`open`], and where it is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, most.saturating_add(1)), &mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads a regular file of text, of at most `most` bytes.
///
/// # Errors
/// As [`read`], and where it is no UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let bytes = read(path, most)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
}

/// Makes a file that was not there; a link of its name counts as being there.
///
/// # Errors
/// The system's.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Whether anything has a name: a link that leads nowhere has it too.
#[must_use]
pub fn is_taken(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether a name is a link's.
#[must_use]
pub fn is_link(path: &Path) -> bool {
    // A folder written with a `/` behind is looked at itself.
    let bare: std::path::PathBuf = path.components().collect();
    std::fs::symlink_metadata(bare).is_ok_and(|found| found.is_symlink())
}

/// Waits for a thread to end, but no longer than `limit`; says whether it ended. One that hangs, on a disk that does not answer,
/// is left behind: it ends by itself when the disk answers.
pub fn join_within<T>(thread: JoinHandle<T>, limit: Duration) -> bool {
    // What it had to say of a panic was said where it happened.
    result_within(thread, limit).is_some()
}

/// As [`join_within`], with what the thread gave; `None` where it was left behind.
pub fn result_within<T>(thread: JoinHandle<T>, limit: Duration) -> Option<std::thread::Result<T>> {
    let began = Instant::now();
    while !thread.is_finished() {
        if began.elapsed() >= limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Some(thread.join())
}

/// How long somebody who waits gives a disk to answer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Does something with a disk on a thread of its own, and waits for it no longer than [`PATIENCE`]; `None` where the disk did not answer.
pub fn within_patience<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    result_within(std::thread::spawn(f), PATIENCE)?.ok()
}

/// What lies at a path in the place of a regular file; the source of the [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is {0}, and only regular files are read")]
pub struct NotRegular(pub &'static str);

impl NotRegular {
    /// What an error says of that, where it does.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|source| source.downcast_ref()).copied()
    }
}

fn refused(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, NotRegular(what))
}

fn check(found: &Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(refused(if found.is_dir() { "a folder" } else { "a device, pipe or socket" }))
}

/// Whether a path leads into the system's own folders as it is written.
fn belongs_to_the_system(path: &Path) -> bool {
    if cfg!(windows) {
        return is_device(path);
    }
    let mut plain = std::path::PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    SYSTEMS_OWN.iter().any(|folder| plain.starts_with(folder)) && !plain.starts_with(SHARED_MEMORY)
}

/// Whether a path names a device of Windows: `\\.\…`, or one of the names that are devices in every folder ("Naming Files,
/// Paths, and Namespaces").
fn is_device(path: &Path) -> bool {
    let text = path.to_string_lossy().replace('/', "\\");
    let name = text.rsplit('\\').next().unwrap_or_default();
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.len() == 1 && rest != "0");
    text.starts_with(r"\\.\") || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*stem) || numbered("COM") || numbered("LPT")
}

#[cfg(unix)]
fn reading() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    // Should a pipe or a terminal have taken the file's place since it was looked at, opening it still returns at once.
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    options
}

#[cfg(not(unix))]
fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

/// File systems whose files the kernel makes up as they are read, by their numbers (`linux/magic.h`).
#[cfg(target_os = "linux")]
const MADE_UP: [i64; 16] = [
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x1cd1,      // devpts
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x7363_6673, // securityfs
    0x6265_6570, // configfs
    0xcafe_4a11, // bpf
    0xde5e_81e4, // efivarfs
    0x6165_676c, // pstore
    0xf97c_ff8c, // selinuxfs
    0x1980_0202, // mqueue
    0x6e73_6673, // nsfs
    0x4249_4e4d, // binfmt_misc
];

/// Refuses what the kernel makes up, wherever it is mounted. Asked of the path before it is opened, and of the open file.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the standard library does not tell file systems apart")]
fn check_system(path: &Path, file: Option<&File>) -> io::Result<()> {
    use std::os::{fd::AsRawFd as _, unix::ffi::OsStrExt as _};
    let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let mut found = std::mem::MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the name ends in a zero, the descriptor is open for as long as `file` is borrowed, and both calls fill `found`
    // where they return 0.
    let kind = unsafe {
        let told = match file {
            Some(file) => libc::fstatfs(file.as_raw_fd(), found.as_mut_ptr()),
            None => libc::statfs(name.as_ptr(), found.as_mut_ptr()),
        };
        if told != 0 {
            return Err(io::Error::last_os_error());
        }
        found.assume_init().f_type
    };
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions, reason = "its type differs between machines")]
    let kind = i64::try_from(kind).unwrap_or(0) & 0xffff_ffff;
    if MADE_UP.contains(&kind) { Err(refused("a file of the system's own")) } else { Ok(()) }
}

#[cfg(not(target_os = "linux"))]
fn check_system(_: &Path, _: Option<&File>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn paths_into_the_systems_folders_are_known_as_they_are_written() {
        for (path, own) in [
            ("/proc/kmsg", true),
            ("/proc/self/fd/0", true),
            ("/sys/kernel/x", true),
            ("/dev/zero", true),
            ("/dev/shm/a.wav", false),
            ("/home/me/../../dev/zero", true),
            ("/./dev//tty", true),
            ("/device/a.wav", false),
            ("dev/a.wav", false),
            ("/home/dev/a.wav", false),
        ] {
            assert_eq!(belongs_to_the_system(Path::new(path)), own && cfg!(unix), "{path}");
        }
        for (path, device) in [
            (r"\\.\PhysicalDrive0", true),
            (r"C:\x\NUL", true),
            ("com1.wav", true),
            ("aux:", true),
            ("con.fs", true),
            ("com10.wav", false),
            ("consonant.wav", false),
            (r"C:\x\kick.wav", false),
        ] {
            assert_eq!(is_device(Path::new(path)), device, "{path}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_but_regular_files_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        std::fs::write(at("file"), b"text").unwrap();
        for (link, to) in [
            ("device", "/dev/zero"),
            ("made up", "/proc/version"),
            ("log", "/proc/kmsg"),
            ("system", "/sys/kernel/notes"),
            ("nowhere", "/none"),
        ] {
            std::os::unix::fs::symlink(to, at(link)).unwrap();
        }
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        let began = Instant::now();
        for name in ["pipe", "socket", "device", "made up", "log", "system", "nowhere", "."] {
            assert!(open(&at(name)).is_err(), "{name}");
        }
        assert!(began.elapsed() < Duration::from_secs(10), "opening waits");
        assert_eq!(read(&at("link"), 4).unwrap(), b"text");
        assert!(read(&at("file"), 3).unwrap_err().to_string().contains("more than 3 bytes"));
        assert!(is_taken(&at("nowhere")) && is_link(&at("nowhere")) && !is_link(&at("file")));
        assert!(create(&at("nowhere")).is_err(), "a link is not written through");
    }
}
