//! A script that an instance begins with, in place of the default session.

use std::path::{Path, PathBuf};

use videotracker_engine::{
    engine::MediaRoots,
    presets,
    snapshot::{Message, Severity},
};

use crate::{instance::Instance, script_files};

/// A script with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    name: String,
    text: String,
    /// The file, and the folder in which it may find media; a preset has neither.
    file: Option<(PathBuf, PathBuf)>,
}

impl Opening {
    /// Reads a script file, or takes the preset of that name where there is no such file.
    ///
    /// # Errors
    /// Why it can't be read, and what to give instead.
    pub fn read(path: &Path) -> Result<Self, String> {
        let preset = path.to_str().filter(|_| !path.exists()).and_then(|word| presets::find(word).ok());
        if let Some(preset) = preset {
            return Ok(Self { name: preset.word.to_owned(), text: preset.source.to_owned(), file: None });
        }
        let text = script_files::read(path)?;
        let name = path.file_name().map_or_else(|| "script".to_owned(), |name| name.to_string_lossy().into_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        // The program may be told to work elsewhere later.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Ok(Self { name, text, file: Some((path, folder)) })
    }

    /// Runs it; what it says goes to the console, and its text into the editor.
    pub fn run(self, instance: &Instance) {
        if let Some((_, folder)) = &self.file {
            instance.engine.set_media_roots(MediaRoots(vec![folder.clone()]));
        }
        let result = instance.engine.run_script_and_wait(&self.name, &self.text);
        instance.scripts(|scripts| match &self.file {
            Some((path, _)) => scripts.open_file(path, self.text),
            None => scripts.open(&self.name, self.text, false),
        });
        if result.error.is_some() {
            let text = format!("{} did not run: what plays is the session that was there", self.name);
            instance.notify([Message { severity: Severity::Warning, text, line: None, column: None }]);
        }
    }
}
