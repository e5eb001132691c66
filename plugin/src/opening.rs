//! A script that an instance begins with, in place of the default session.

use std::path::{Path, PathBuf};

use videotracker_engine::{
    engine::MediaRoots,
    snapshot::{Message, Severity},
};

use crate::{instance::Instance, script_files};

/// A script with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    name: String,
    text: String,
    path: PathBuf,
    folder: PathBuf,
}

impl Opening {
    /// Reads a script file.
    ///
    /// # Errors
    /// Why it can't be read, and what to give instead.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = script_files::read(path)?;
        let name = path.file_name().map_or_else(|| "script".to_owned(), |name| name.to_string_lossy().into_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        // The program may be told to work elsewhere later.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Ok(Self { name, text, path, folder })
    }

    /// Runs it; what it says goes to the console, and its text into the editor.
    pub fn run(self, instance: &Instance) {
        instance.engine.set_media_roots(MediaRoots(vec![self.folder]));
        let result = instance.engine.run_script_and_wait(&self.name, &self.text);
        instance.scripts(|scripts| scripts.open_file(&self.path, self.text));
        if result.error.is_some() {
            let text = format!("{} did not run: what plays is the session that was there", self.name);
            instance.notify([Message { severity: Severity::Warning, text, line: None, column: None }]);
        }
    }
}
