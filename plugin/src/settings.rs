//! What a user has set for every session: a file of their own, which no session and no host writes.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use serde::{Deserialize, Serialize};
use videotracker_engine::{files, user};

/// The file's name in the folder of the user's data.
pub const FILE: &str = "settings.json";
/// Largest file that is read, in bytes.
const BYTES: u64 = 64 << 10;

/// The colours of the editor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Theme {
    /// Calm and dark.
    #[default]
    Dark,
    /// For daylight.
    Light,
    /// Black and bright, legible from a distance.
    Stage,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Stage];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dark => "Dark",
            Self::Light => "Light",
            Self::Stage => "High contrast",
        }
    }
}

/// What is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The colours of the editor.
    pub theme: Theme,
    /// Height of the code's letters in logical pixels; each session's own where nobody has set it.
    pub code_size: Option<f32>,
    /// What a newer version wrote stays in the file.
    #[serde(flatten)]
    pub others: serde_json::Map<String, serde_json::Value>,
}

/// The settings of this process, and the file they are in.
#[derive(Debug)]
struct Held {
    settings: Settings,
    file: Option<PathBuf>,
    complaint: Option<String>,
}

/// Held by whoever writes the file.
static WRITING: Mutex<()> = Mutex::new(());

fn held() -> MutexGuard<'static, Held> {
    static HELD: OnceLock<Mutex<Held>> = OnceLock::new();
    let read = || {
        // Tests leave nothing on the disk.
        let file = if cfg!(test) { None } else { user::data_folder().ok().map(|folder| folder.join(FILE)) };
        let place = file.clone();
        let settings = files::within_patience(move || place.map(|file| read(&file)).unwrap_or_default()).unwrap_or_default();
        Mutex::new(Held { settings, file, complaint: None })
    };
    HELD.get_or_init(read).lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a file says; the usual where there is none, or it can't be read.
fn read(file: &Path) -> Settings {
    let text = files::read_text(file, BYTES).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Writes a file whole, or leaves the one that is there.
fn write(file: &Path, settings: &Settings) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let part = file.with_extension(format!("{}.part", std::process::id()));
    // One that was cut off is of no use.
    let _ = fs::remove_file(&part);
    let mut out = files::create(&part)?;
    out.write_all(&serde_json::to_vec_pretty(settings).map_err(std::io::Error::other)?)?;
    out.sync_all()?;
    fs::rename(&part, file)
}

/// What is set.
#[must_use]
pub fn current() -> Settings {
    held().settings.clone()
}

/// Where the settings are kept; `None` where the system names no place.
#[must_use]
pub fn file() -> Option<PathBuf> {
    held().file.clone()
}

/// Sets something, for every window of this process at once; a thread writes it to the file. What keeps it from that is a [`complaint`].
pub fn change(set: impl FnOnce(&mut Settings)) {
    let file = {
        let mut held = held();
        set(&mut held.settings);
        held.file.clone()
    };
    let Some(file) = file else { return };
    let keep = move || {
        // One after the other, each what is set by then: the last one holds all.
        let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let complaint = write(&file, &current())
            .err()
            .map(|why| format!("{} can't be written, so what you set lasts until the program ends: {why}", file.display()));
        held().complaint = complaint;
    };
    if let Err(why) = std::thread::Builder::new().name("settings".to_owned()).spawn(keep) {
        held().complaint = Some(format!("what you set lasts until the program ends: no thread can be started ({why})"));
    }
}

/// Why what was set last is not kept.
#[must_use]
pub fn complaint() -> Option<String> {
    held().complaint.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_from_their_file_with_what_a_newer_version_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("of/me").join(FILE);
        assert_eq!(read(&file), Settings::default(), "none is there");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, r#"{"theme": "stage", "newer": [1]}"#).unwrap();
        let mut settings = read(&file);
        assert_eq!((settings.theme, settings.code_size), (Theme::Stage, None));
        settings.code_size = Some(18.0);
        write(&file, &settings).unwrap();
        assert_eq!(read(&file), settings);
        assert!(fs::read_to_string(&file).unwrap().contains("newer"));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no part is left");
        fs::write(&file, "{").unwrap();
        assert_eq!(read(&file), Settings::default(), "a damaged one is none");
    }
}
