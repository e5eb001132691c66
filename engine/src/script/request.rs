//! Requests: what a script or a console line asks of whoever holds the session.

use crate::name::Name;

/// What a player or a script wants recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordRequest {
    /// Where to, as written: a film (`.mp4`, `.mov`) or a folder of images (ends in `/`). Takes that are there already are
    /// never overwritten. `None`: a new one beside the last.
    pub path: Option<String>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// Pictures a second, as a fraction.
    pub fps: Option<(u32, u32)>,
    /// Only while the host renders offline.
    pub bounce: bool,
    /// Whether somebody typed the path into the window: then it may lead anywhere, else below the folder of the script or session or that
    /// of films.
    pub typed: bool,
}

/// Which media that wait for it are to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustRequest {
    /// None: say which wait.
    None,
    /// All that wait.
    All,
    /// One, as it is written.
    One(String),
}

/// Something a script or a console line asks of whoever holds the session; carried out after the run's commit, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Go back one step of the undo history.
    Undo,
    /// Go forward one step.
    Redo,
    /// Empty the console's display.
    ClearConsole,
    /// List a file, or every medium of a folder, under this path as written.
    Import(String),
    /// List a file, or every medium of a folder, and let a sampler play it.
    Sample {
        /// The sampler.
        sampler: Name,
        /// The path as written.
        path: String,
    },
    /// End the reading of an asset.
    Cancel(String),
    /// Say which media are missing.
    Missing,
    /// Trust media that a loaded session names.
    Trust(TrustRequest),
    /// Trust an asset no more.
    Distrust(String),
    /// Let an asset name another file.
    Relink {
        /// The asset's path as written.
        asset: String,
        /// The path to write instead.
        to: String,
    },
    /// Record films as requested, or end that.
    Record(Option<RecordRequest>),
    /// Ask whoever holds the session for something of theirs.
    Outside {
        /// The command's word.
        word: String,
        /// What stood behind it.
        words: Vec<String>,
    },
    /// Copy the session's media into a folder and name them there.
    Collect(String),
}
