//! Snapshots: what views read. Immutable, published whole after every batch.

use std::sync::Arc;

use imbl::OrdMap;

use crate::{
    media::{MediaInfo, Origin},
    name::Name,
    project::Project,
    shader::ShaderState,
};

/// How serious a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Printed by a script or a command.
    Note,
    /// Something works less than it could.
    Warning,
    /// Something was refused.
    Error,
}

/// A message for the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How serious it is.
    pub severity: Severity,
    /// What it says.
    pub text: String,
    /// Line in the script, counted from 1.
    pub line: Option<u32>,
    /// Column in the line, counted from 1.
    pub column: Option<u32>,
}

impl Message {
    /// A warning that belongs to no line.
    #[must_use]
    pub const fn warning(text: String) -> Self {
        Self { severity: Severity::Warning, text, line: None, column: None }
    }
}

/// Where a wanted medium stands.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaState {
    /// Being read.
    Loading,
    /// Playable.
    Ready(Arc<MediaInfo>),
    /// Not found where the session names it, with what to do.
    Missing(String),
    /// There, but of no use, or no longer wanted: the reason.
    Failed(String),
    /// Named by a loaded session and trusted by nobody on this machine: nothing of it was opened.
    Untrusted,
}

/// Why an untrusted medium is silent, and what to do.
pub const UNTRUSTED: &str = "a loaded session names it and nobody has trusted it on this machine, so it was not opened; Trust in the panel Media, or the console's trust, allows it";

/// The session at one version.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Grows by one with every batch that changed something.
    pub version: u64,
    /// The session.
    pub project: Project,
    /// Numeric ids of modules, as views from the audio thread name them.
    pub ids: Arc<OrdMap<Name, u32>>,
    /// Numeric ids of patterns, as views from the audio thread name them.
    pub pattern_ids: Arc<OrdMap<Name, u32>>,
    /// Where each asset stands.
    pub media: OrdMap<Name, MediaState>,
    /// Where each shader file stands.
    pub shaders: OrdMap<Name, ShaderState>,
    /// Where each playable asset came from.
    pub origins: OrdMap<Name, Arc<Origin>>,
    /// The script that was last run with success.
    pub script: Arc<str>,
    /// How many steps undo can go back.
    pub undo_depth: usize,
    /// How many steps redo can go forward.
    pub redo_depth: usize,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            version: 0,
            project: Project::default(),
            ids: Arc::default(),
            pattern_ids: Arc::default(),
            media: OrdMap::new(),
            shaders: OrdMap::new(),
            origins: OrdMap::new(),
            script: Arc::from(""),
            undo_depth: 0,
            redo_depth: 0,
        }
    }
}
