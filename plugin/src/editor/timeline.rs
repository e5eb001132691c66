//! One undo for everything: the steps of the texts, those of the session, and the knobs, in the order in which they were made.
//!
//! A text has its own history and the session the engine's. This only remembers whose turn it is, and which steps of the session one
//! drag made: they go back together.

use egui::Id;

use super::host::Turn;

/// Most entries kept.
const MOST: usize = 4000;

/// One thing that undo takes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// A step of a tab's text.
    Text(u64),
    /// What a hand did with a knob of the host's parameters.
    Turn(Turn),
    /// Steps of the session, all of one hand's drag where they are several.
    Session {
        /// How many.
        steps: usize,
        /// What was dragged.
        drag: Option<Id>,
    },
}

/// What was done, and what was taken back.
#[derive(Debug, Default)]
pub struct Timeline {
    done: Vec<Entry>,
    undone: Vec<Entry>,
    /// How many steps the session's undo and redo could go when it was last looked at.
    depths: Option<(usize, usize)>,
}

impl Timeline {
    /// Forgets everything, as a loaded session does.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes in steps of a tab's text.
    pub fn wrote(&mut self, tab: u64, steps: usize) {
        if steps > 0 {
            self.undone.clear();
            self.done.extend(std::iter::repeat_n(Entry::Text(tab), steps));
            self.bound();
        }
    }

    /// Takes in what a hand did with a knob.
    pub fn turned(&mut self, turn: Turn) {
        self.undone.clear();
        self.done.push(Entry::Turn(turn));
        self.bound();
    }

    /// Takes in how many steps the session's undo and redo can go now, and what a hand drags.
    pub fn watch(&mut self, undo: usize, redo: usize, drag: Option<Id>) {
        let Some((undo_before, redo_before)) = self.depths.replace((undo, redo)) else { return };
        if redo == 0 && undo > undo_before {
            let more = undo - undo_before;
            match self.done.last_mut() {
                Some(Entry::Session { steps, drag: before }) if drag.is_some() && *before == drag => *steps += more,
                // Steps that nobody made by one drag go back one by one.
                _ if drag.is_some() => self.done.push(Entry::Session { steps: more, drag }),
                _ => self.done.extend(std::iter::repeat_n(Entry::Session { steps: 1, drag: None }, more)),
            }
            self.undone.clear();
            self.bound();
        } else if redo > redo_before {
            // Taken back elsewhere, as in the console.
            for _ in 0..redo - redo_before {
                Self::shift(&mut self.done, &mut self.undone);
            }
        } else if redo < redo_before && undo > undo_before {
            for _ in 0..undo - undo_before {
                Self::shift(&mut self.undone, &mut self.done);
            }
        }
    }

    /// Moves the last step of the session over.
    fn shift(from: &mut Vec<Entry>, to: &mut Vec<Entry>) {
        let Some(at) = from.iter().rposition(|entry| matches!(entry, Entry::Session { .. })) else { return };
        if let Some(Entry::Session { steps, .. }) = from.get_mut(at) {
            *steps -= 1;
            if *steps == 0 {
                from.remove(at);
            }
            to.push(Entry::Session { steps: 1, drag: None });
        }
    }

    fn bound(&mut self) {
        self.done.drain(..self.done.len().saturating_sub(MOST));
    }

    /// What undo takes back next; where nothing is remembered, a step of the session, if it has one.
    #[must_use]
    pub fn next_undo(&self) -> Option<Entry> {
        let more = self.depths.is_some_and(|(undo, _)| undo > 0).then_some(Entry::Session { steps: 1, drag: None });
        self.done.last().copied().or(more)
    }

    /// What redo does again next.
    #[must_use]
    pub fn next_redo(&self) -> Option<Entry> {
        let more = self.depths.is_some_and(|(_, redo)| redo > 0).then_some(Entry::Session { steps: 1, drag: None });
        self.undone.last().copied().or(more)
    }

    /// Says what became of the entry that undo takes back next: `done` or nothing, because what it names is gone.
    pub fn undid(&mut self, done: bool, depths: (usize, usize)) {
        let entry = self.done.pop().or_else(|| self.next_undo());
        self.undone.extend(entry.filter(|_| done));
        self.depths = Some(depths);
    }

    /// The same of redo.
    pub fn redid(&mut self, done: bool, depths: (usize, usize)) {
        let entry = self.undone.pop().or_else(|| self.next_redo());
        self.done.extend(entry.filter(|_| done));
        self.depths = Some(depths);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::host::Knob, *};

    const fn session(steps: usize) -> Option<Entry> {
        Some(Entry::Session { steps, drag: None })
    }

    #[test]
    fn a_knob_goes_back_in_its_turn() {
        let mut line = Timeline::default();
        line.watch(0, 0, None);
        line.watch(1, 0, None);
        let turn = Turn { knob: Knob::Macro(0), from: 0.5, to: 0.0 };
        line.turned(turn);
        assert_eq!(line.next_undo(), Some(Entry::Turn(turn)));
        line.undid(true, (1, 0));
        assert_eq!((line.next_undo(), line.next_redo()), (session(1), Some(Entry::Turn(turn))));
    }

    #[test]
    fn texts_and_session_are_taken_back_in_the_order_they_were_made() {
        let mut line = Timeline::default();
        line.watch(0, 0, None);
        line.wrote(1, 2);
        line.watch(1, 0, None);
        line.wrote(1, 1);
        for (expected, depths) in
            [(Some(Entry::Text(1)), (1, 0)), (session(1), (0, 1)), (Some(Entry::Text(1)), (0, 1)), (Some(Entry::Text(1)), (0, 1))]
        {
            assert_eq!(line.next_undo(), expected);
            line.undid(true, depths);
        }
        assert_eq!(line.next_undo(), None);
        assert_eq!(line.next_redo(), Some(Entry::Text(1)));
        line.redid(true, (0, 1));
        line.redid(true, (0, 1));
        assert_eq!(line.next_redo(), session(1));
        line.redid(true, (1, 0));
        // Something new makes an end of redo.
        line.wrote(2, 1);
        assert_eq!(line.next_redo(), None);
    }

    #[test]
    fn what_one_drag_made_goes_back_at_once() {
        let (mut line, drag) = (Timeline::default(), Some(Id::unique("knob")));
        for depth in 0..5 {
            line.watch(depth, 0, drag);
        }
        assert_eq!(line.next_undo(), Some(Entry::Session { steps: 4, drag }));
        line.watch(6, 0, None);
        assert_eq!(line.next_undo(), session(1));
    }

    #[test]
    fn what_the_console_takes_back_is_known() {
        let mut line = Timeline::default();
        line.watch(0, 0, None);
        line.watch(1, 0, None);
        line.wrote(1, 1);
        line.watch(0, 1, None);
        assert_eq!((line.next_undo(), line.next_redo()), (Some(Entry::Text(1)), session(1)));
        line.watch(1, 0, None);
        assert_eq!(line.next_undo(), session(1));
        let mut old = Timeline::default();
        old.watch(3, 0, None);
        assert_eq!(old.next_undo(), session(1), "steps from before the window was opened");
    }
}
