//! Where the user's own files of this program lie.

use std::path::PathBuf;

/// Names another folder for them.
pub const VARIABLE: &str = "VIDEOTRACKER_DATA";

/// The folder of the user's data on this system; it need not exist yet.
///
/// # Errors
/// Says that the system names none.
pub fn data_folder() -> Result<PathBuf, String> {
    let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || folder("HOME");
    let system = if cfg!(windows) {
        folder("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))
    };
    folder(VARIABLE)
        .or_else(|| Some(system?.join("videotracker")))
        .ok_or_else(|| format!("the system names no folder for the user's data; set {VARIABLE} to one"))
}
