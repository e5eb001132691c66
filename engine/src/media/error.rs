//! What can go wrong with a medium, in words a player understands.

use std::path::Path;

use super::import::NO_FFMPEG;
use crate::files::NotRegular;

/// Why a medium can't be used. Each message names the file, the reason and a remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Nothing lies at any of the places that were looked at.
    #[error("{name}: not found (looked in {looked}); put the file there, or correct the path")]
    NotFound {
        /// The path as written.
        name: String,
        /// Where it was looked for.
        looked: String,
    },
    /// The system refused to read it.
    #[error("{name}: can't be read: {reason}; check the file's permissions and its disk")]
    Unreadable {
        /// The file.
        name: String,
        /// The system's reason.
        reason: String,
    },
    /// The format is not one of those read here.
    #[error("{name}: {what} is not supported; {remedy}")]
    Unsupported {
        /// The file.
        name: String,
        /// The format or codec.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The file contradicts its format.
    #[error("{name}: damaged: {what}; export or copy the file again")]
    Damaged {
        /// The file.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// It exceeds one of [`super::Limits`], or memory ran out.
    #[error("{name}: too large: {what}; use a shorter or smaller file")]
    TooLarge {
        /// The file.
        name: String,
        /// What exceeds which limit.
        what: String,
    },
    /// A `factory:` name that is unknown.
    #[error("{name}: no such factory medium{hint} Sounds: {sounds}; pictures: {pictures}; both: factory:kick|counter")]
    NoFactory {
        /// The path as written.
        name: String,
        /// "; did you mean …?", or a full stop.
        hint: String,
        /// The sounds there are.
        sounds: String,
        /// The pictures there are.
        pictures: String,
    },
    /// A frame that the picture does not have.
    #[error("{name}: has no frame {frame}, its frames are 0 to {last}; ask for one of those")]
    NoFrame {
        /// The file.
        name: String,
        /// The frame asked for.
        frame: u32,
        /// The last frame.
        last: u32,
    },
    /// It can't be imported.
    #[error("{name}: can't be imported: {what}; {remedy}")]
    Refused {
        /// What was to be imported.
        name: String,
        /// Why not.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Whoever asked for it is gone.
    #[error("{name}: reading was cancelled; ask for it again")]
    Cancelled {
        /// The file.
        name: String,
    },
}

impl MediaError {
    /// Whether there is no such file, in contrast to one that is of no use.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Of two reasons why a file does not play, ffmpeg's and our own, the one that helps: where ffmpeg could not look, that; else
    /// what is known to be wrong with the file.
    pub(super) fn instead_of(self, own: Option<Self>) -> Self {
        match (own, &self) {
            (Some(own @ Self::Damaged { .. }), Self::Refused { remedy, .. }) if *remedy == BY_HAND => own,
            (Some(Self::Damaged { name, what }), Self::Refused { remedy, .. }) if *remedy == NO_FFMPEG => {
                Self::Damaged { name, what: format!("{what} (there is no ffmpeg to try it with)") }
            }
            _ => self,
        }
    }
}

/// The remedy where ffmpeg can make nothing of a file.
pub(super) const BY_HAND: &str = "play it elsewhere to see whether it is whole, or convert it by hand";

/// The remedy for files of a foreign container or codec.
pub(super) const CONVERT: &str = "convert sound to WAV or FLAC, and pictures with: ffmpeg -i IN -c:v hap -chunks 4 -c:a pcm_s16le OUT.mov";

/// Makes errors about one file.
#[derive(Clone, Copy)]
pub(super) struct About<'a>(pub &'a Path);

impl About<'_> {
    fn name(self) -> String {
        self.0.display().to_string()
    }

    pub(super) fn io(self, error: &std::io::Error) -> MediaError {
        let name = self.name();
        if let Some(NotRegular(what)) = NotRegular::of(error) {
            return MediaError::Unsupported { name, what: what.to_owned(), remedy: "only regular files are read; name one" };
        }
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                let looked = self.0.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
                MediaError::NotFound { looked: looked.display().to_string(), name }
            }
            std::io::ErrorKind::UnexpectedEof => self.damaged("it ends early"),

            _ => MediaError::Unreadable { name, reason: error.to_string() },
        }
    }

    pub(super) fn damaged(self, what: impl Into<String>) -> MediaError {
        MediaError::Damaged { name: self.name(), what: what.into() }
    }

    pub(super) fn unsupported(self, what: impl Into<String>) -> MediaError {
        MediaError::Unsupported { name: self.name(), what: what.into(), remedy: CONVERT }
    }

    pub(super) fn too_large(self, what: impl Into<String>) -> MediaError {
        MediaError::TooLarge { name: self.name(), what: what.into() }
    }

    pub(super) fn memory(self) -> MediaError {
        self.too_large("there is not enough memory for it")
    }

    pub(super) fn refused(self, what: impl Into<String>, remedy: &'static str) -> MediaError {
        MediaError::Refused { name: self.name(), what: what.into(), remedy }
    }

    pub(super) fn no_cache(self, folder: &Path, error: &std::io::Error) -> MediaError {
        let what = format!("the cache in {} can't be written: {error}", folder.display());
        self.refused(what, "make room on its disk, or set VIDEOTRACKER_CACHE to another folder")
    }

    pub(super) fn cancelled(self) -> MediaError {
        MediaError::Cancelled { name: self.name() }
    }
}
