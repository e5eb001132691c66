//! Where `ffmpeg` and `ffprobe` are, and whether they can write HAP.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    child::{Task, Trouble},
    source::Stop,
};

/// Names the program, or the folder it is in.
const VARIABLE: &str = "VIDEOTRACKER_FFMPEG";
/// Longest that asking a program for its encoders may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Further folders to look in: that of the plugin's own file.
static BESIDE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// Programs that were seen to write HAP.
static ABLE: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// Adds a folder in which the programs are looked for: where the plugin's own file lies.
pub fn look_in(folder: PathBuf) {
    let mut folders = BESIDE.lock().unwrap_or_else(PoisonError::into_inner);
    if !folders.contains(&folder) {
        folders.push(folder);
    }
}

/// The two programs.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
}

impl Tools {
    /// Finds the programs: `named` where given, else what the environment names, else beside the plugin or program, on
    /// the PATH, and where package managers put them.
    ///
    /// # Errors
    /// What is missing.
    pub fn find(named: Option<&Path>) -> Result<Self, String> {
        let ffmpeg = ffmpeg(named)?;
        let beside = ffmpeg.with_file_name(program("ffprobe"));
        let ffprobe = if beside.is_file() { Some(beside) } else { search("ffprobe") };
        Ok(Self { ffprobe: ffprobe.ok_or("the ffprobe program, which belongs to ffmpeg, was not found")?, ffmpeg })
    }

    /// Makes sure that the program has the HAP encoder; asked once for each program.
    pub fn check(&self, stop: Stop<'_>) -> Result<(), Trouble> {
        let known = || ABLE.lock().unwrap_or_else(PoisonError::into_inner);
        if known().as_ref().is_some_and(|able| able.contains(&self.ffmpeg)) {
            return Ok(());
        }
        let task = Task { program: &self.ffmpeg, folder: None, stop, stall: PATIENCE, limit: PATIENCE };
        let text = task.output(&["-hide_banner", "-encoders"].map(Into::into), 1 << 20)?;
        // A line such as ` V....D hap    Vidvox Hap`.
        if !text.lines().any(|line| line.split_whitespace().nth(1) == Some("hap")) {
            return Err(Trouble::Unable(format!("{} can't write HAP", self.ffmpeg.display())));
        }
        known().get_or_insert_default().insert(self.ffmpeg.clone());
        Ok(())
    }
}

/// Finds the `ffmpeg` program: `named` where given, else what the environment names, else beside the plugin or program, on
/// the PATH, and where package managers put it.
///
/// # Errors
/// What is missing.
pub fn ffmpeg(named: Option<&Path>) -> Result<PathBuf, String> {
    let named = named.map(Path::to_path_buf).or_else(|| std::env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from));
    let Some(named) = named else { return search("ffmpeg").ok_or_else(|| "the ffmpeg program was not found".to_owned()) };
    let file = if named.is_dir() { named.join(program("ffmpeg")) } else { named };
    if file.is_file() { Ok(file) } else { Err(format!("there is no ffmpeg program at {}", file.display())) }
}

fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn search(name: &str) -> Option<PathBuf> {
    let name = program(name);
    let beside = BESIDE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let own = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_path_buf()));
    let on_path: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    // Programs started from a desktop may have a short PATH.
    let usual = ["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin"].into_iter().map(PathBuf::from).filter(|_| cfg!(unix));
    beside.into_iter().chain(own).chain(on_path).chain(usual).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// How to get a program that can do it, for this system.
pub(in crate::media) const REMEDY: &str = if cfg!(target_os = "macos") {
    "install it (brew install ffmpeg), or set VIDEOTRACKER_FFMPEG to a build with HAP"
} else if cfg!(windows) {
    "install it (winget install ffmpeg), or set VIDEOTRACKER_FFMPEG to a build with HAP"
} else {
    "install it (on Debian: apt install ffmpeg), or set VIDEOTRACKER_FFMPEG to a build with HAP"
};
