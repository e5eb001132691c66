//! The engine as hosts, views and tests hold it: one per plugin instance.

use std::{path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    audio::processor::Processor,
    command::{Command, CommandError},
    media::VideoInfo,
    name::Name,
    project::Project,
    script::RunResult,
    snapshot::{Message, Snapshot},
    view::ViewFrame,
};

/// What a host saves of a session. Each section stands on its own, so that a damaged one does not take the others along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The last script that ran with success.
    pub script: String,
    /// The text in the editor, where it differs.
    pub draft: String,
    /// The session.
    pub project: Project,
}

/// Where relative media paths are looked for, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaRoots(pub Vec<PathBuf>);

/// One plugin instance's engine.
#[derive(Debug, Default)]
pub struct Engine {}

/// A reader of what the audio thread shows. Each reader has its own triple buffer; nobody waits.
#[derive(Debug)]
pub struct ViewReader {
    latest: ViewFrame,
}

impl ViewReader {
    /// The newest view.
    pub fn read(&mut self) -> &ViewFrame {
        &self.latest
    }
}

impl Engine {
    /// An engine with the default session.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the processor for a sample rate; the one before becomes deaf. Waits at most 2 s for the first plan.
    #[must_use]
    pub fn activate(&self, _sample_rate: f64) -> Processor {
        unimplemented!()
    }

    /// Applies commands as one batch; `label` names it in the undo history.
    ///
    /// # Errors
    /// The first refused command's reason; nothing was applied.
    pub fn apply(&self, _label: &str, _commands: Vec<Command>) -> Result<u64, CommandError> {
        Err(CommandError(String::new()))
    }

    /// Queues a script run; its result arrives as messages. Never waits.
    pub fn run_script(&self, _name: &str, _source: &str) {}

    /// Runs a script and waits for its end (tests, command line).
    #[must_use]
    pub fn run_script_and_wait(&self, _name: &str, _source: &str) -> RunResult {
        RunResult::default()
    }

    /// Queues a console line; its answer arrives as messages. Never waits.
    pub fn console(&self, _line: &str) {}

    /// The newest snapshot; wait-free.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::default()
    }

    /// Messages with a number greater than `after`, with their numbers, oldest first (the last 1000 are kept).
    #[must_use]
    pub fn messages(&self, _after: u64) -> Vec<(u64, Message)> {
        Vec::new()
    }

    /// The result of the last finished script run, with a counter that grows by one with each run.
    #[must_use]
    pub fn last_run(&self) -> (u64, Option<RunResult>) {
        (0, None)
    }

    /// Whether a script is running right now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        false
    }

    /// Goes back one step of the undo history; the label of what was undone.
    pub fn undo(&self) -> Option<String> {
        None
    }

    /// Goes forward again.
    pub fn redo(&self) -> Option<String> {
        None
    }

    /// The whole session as Lua that rebuilds it (a view; makes no version).
    #[must_use]
    pub fn generated_script(&self) -> String {
        String::new()
    }

    /// What to save. Never waits for Lua.
    #[must_use]
    pub fn save(&self) -> SavedSession {
        SavedSession::default()
    }

    /// Takes over a saved session; the project is committed before this returns. The messages say what could not be kept.
    pub fn restore(&self, _saved: SavedSession) -> Vec<Message> {
        Vec::new()
    }

    /// Where relative media paths are looked for.
    pub fn set_media_roots(&self, _roots: MediaRoots) {}

    /// The picture of a sampler's sample, by the ids a [`ViewFrame`] names; `None` while it loads or where it has none.
    #[must_use]
    pub fn picture(&self, _module: u32, _sample: u32) -> Option<Arc<VideoInfo>> {
        None
    }

    /// Waits until all wanted media are ready or missing, at most `limit`; says whether they are.
    pub fn wait_for_media(&self, _limit: std::time::Duration) -> bool {
        true
    }

    /// A new reader of views (at most 8 for each activation; older ones go stale when the processor is made anew).
    #[must_use]
    pub fn view_reader(&self) -> ViewReader {
        ViewReader { latest: ViewFrame::default() }
    }

    /// Asks the processor for a view at exactly every `1/fps` second of song time from now on, in a queue that loses
    /// nothing while rendering offline and counts what it loses live. `None` ends it.
    pub fn film(&self, _fps: Option<(u32, u32)>) -> Option<FilmReader> {
        None
    }

    /// The id of a module, as [`ViewFrame`]s name it.
    #[must_use]
    pub fn module_id(&self, _name: &Name) -> Option<u32> {
        None
    }
}

/// The queue of exact views for a recorder.
#[derive(Debug)]
pub struct FilmReader {}

impl FilmReader {
    /// The next view, in order; `None` where none is there yet. Its `frame` field is the film's frame number.
    pub fn next(&mut self) -> Option<ViewFrame> {
        None
    }

    /// Views lost because the reader was too slow (always 0 offline).
    #[must_use]
    pub fn lost(&self) -> u64 {
        0
    }
}
