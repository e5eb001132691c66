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
            kept = step.bytes.saturating_add(kept);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn step(label: usize, bytes: usize) -> Step {
        let script: Arc<str> = Arc::from("");
        Step { label: label.to_string(), before: Project::default(), after: Project::default(), scripts: [script.clone(), script], bytes }
    }

    #[test]
    fn the_oldest_steps_are_forgotten_where_there_are_too_many_or_too_large_ones() {
        for (bytes, kept) in [(0, UNDO_STEPS), (UNDO_BYTES / 100, 100), (UNDO_BYTES / 2 + 1, 1), (usize::MAX, 1)] {
            let mut history = History::default();
            (0..UNDO_STEPS + 10).for_each(|label| history.remember(step(label, bytes)));
            assert_eq!(history.depth(), kept, "{bytes} bytes each");
            assert_eq!(history.back().map(|step| step.label.clone()), Some((UNDO_STEPS + 9).to_string()), "the newest stays");
        }
    }

    #[test]
    fn a_new_step_forgets_those_that_were_gone_back() {
        let mut history = History::default();
        (0..3).for_each(|label| history.remember(step(label, 1)));
        assert!(history.back().is_some() && history.back().is_some());
        assert_eq!((history.depth(), history.redo_depth()), (1, 2));
        history.remember(step(9, 1));
        assert_eq!((history.depth(), history.redo_depth()), (2, 0));
        assert!(history.forth().is_none());
    }
}
