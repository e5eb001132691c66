//! A script that an instance begins with, in place of the default session.

use std::path::{Path, PathBuf};

use videotracker_engine::{
    engine::MediaRoots,
    snapshot::{Message, Severity},
};

use crate::instance::Instance;

/// A script with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    name: String,
    text: String,
    folder: PathBuf,
}

impl Opening {
    /// Reads a script file.
    ///
    /// # Errors
    /// Why it can't be read, and what to give instead.
    pub fn read(path: &Path) -> Result<Self, String> {
        let refused = |why: &dyn std::fmt::Display| format!("{} can't be read: {why}; give the path of a Lua script", path.display());
        if !path.metadata().map_err(|why| refused(&why))?.is_file() {
            return Err(refused(&"it is no file"));
        }
        let text = std::fs::read_to_string(path).map_err(|why| refused(&why))?;
        let name = path.file_name().map_or_else(|| "script".to_owned(), |name| name.to_string_lossy().into_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        Ok(Self { name, text, folder })
    }

    /// Runs it; what it says goes to the console, and its text into the editor.
    pub fn run(self, instance: &Instance) {
        instance.engine.set_media_roots(MediaRoots(vec![self.folder]));
        let result = instance.engine.run_script_and_wait(&self.name, &self.text);
        instance.set_draft(self.text);
        if result.error.is_some() {
            let text = format!("{} did not run: what plays is the session that was there", self.name);
            instance.notify([Message { severity: Severity::Warning, text, line: None, column: None }]);
        }
    }
}
