//! The undo history.

use std::sync::Arc;

use crate::project::Project;

/// Steps undo goes back, and the memory they may take.
pub const UNDO_STEPS: usize = 4096;
const UNDO_BYTES: usize = 64 << 20;

/// One step of the history: both ends of a change, so that undoing is exact by construction. Projects share
/// everything they have in common, which makes a step as small as the change.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub label: String,
    pub before: Project,
    pub after: Project,
    /// The script before and after: what is saved with the session is the one that made it.
    pub scripts: [Arc<str>; 2],
    /// Bytes that the step keeps alive, at most, its script aside.
    pub bytes: usize,
}

/// Steps to go back, and those that were gone back.
#[derive(Debug, Default)]
pub(super) struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
}

impl History {
    /// Keeps a step, and forgets those that were gone back and the oldest ones where there are too many or too large ones.
    pub fn remember(&mut self, mut step: Step) {
        self.redo.clear();
        step.bytes = step.bytes.saturating_add(step.scripts[0].len());
        self.undo.push(step);
        let mut kept = 0;
        let large = self.undo.iter().rev().take_while(|step| {
            kept += step.bytes;
            kept <= UNDO_BYTES
        });
        let keep = large.count().clamp(1, UNDO_STEPS);
        self.undo.drain(..self.undo.len().saturating_sub(keep));
    }

    /// Goes back: the step whose beginning counts from here on.
    pub fn back(&mut self) -> Option<&Step> {
        self.redo.push(self.undo.pop()?);
        self.redo.last()
    }

    /// Goes forward: the step whose end counts from here on.
    pub fn forth(&mut self) -> Option<&Step> {
        self.undo.push(self.redo.pop()?);
        self.undo.last()
    }

    /// How many steps can be undone.
    pub const fn depth(&self) -> usize {
        self.undo.len()
    }

    /// How many steps can be redone.
    pub const fn redo_depth(&self) -> usize {
        self.redo.len()
    }
}
