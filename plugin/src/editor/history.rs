//! The undo history of one text: small steps, each a word, a pause or a change made at once.

use std::{collections::VecDeque, ops::Range};

/// Most steps kept.
const STEPS: usize = 1000;
/// Most bytes that the steps hold; the oldest go first.
const BYTES: usize = 8 << 20;
/// A pause of so many seconds begins a step.
const PAUSE: f64 = 2.0;
/// Longest change that counts as typed; what is longer came at once.
const TYPED: usize = 32;

/// Selected characters, in order; empty where there is only a cursor.
pub type Selection = Range<usize>;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Typed,
    Erased,
    AtOnce,
}

/// A change at one place.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    kind: Kind,
    /// Where it happened, in bytes.
    at: usize,
    removed: String,
    inserted: String,
    before: Selection,
    after: Selection,
    /// When it last grew, in seconds.
    time: f64,
}

/// The steps of one text.
#[derive(Clone, Debug, Default)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// Whether the next change begins a step.
    closed: bool,
}

impl History {
    /// Takes in that `before` became `after`, with the selections there; how many steps that began.
    pub fn record(&mut self, before: (&str, Selection), after: (&str, Selection), time: f64) -> usize {
        step(before.0, after.0).map_or(0, |step| self.take_in(Step { before: before.1, after: after.1, time, ..step }))
    }

    /// The same of a change that came at once: it is one step by itself.
    pub fn record_as_one(&mut self, before: (&str, Selection), after: (&str, Selection), time: f64) -> usize {
        self.close();
        let one = |step: Step| Step { kind: Kind::AtOnce, before: before.1, after: after.1, time, ..step };
        let began = step(before.0, after.0).map_or(0, |step| self.take_in(one(step)));
        self.close();
        began
    }

    /// Takes in a step, word by word where it was typed.
    fn take_in(&mut self, step: Step) -> usize {
        self.undone.clear();
        let had = self.done.len();
        for piece in pieces(step) {
            self.push(piece);
        }
        let began = self.done.len() - had;
        let bytes = |steps: &VecDeque<Step>| steps.iter().map(|step| step.removed.len() + step.inserted.len()).sum::<usize>();
        while self.done.len() > 1 && (self.done.len() > STEPS || bytes(&self.done) > BYTES) {
            self.done.pop_front();
        }
        began
    }

    /// Lets the last step grow, or begins one.
    fn push(&mut self, step: Step) {
        let (closed, time) = (std::mem::take(&mut self.closed), step.time);
        match self.done.back_mut() {
            Some(last) if !closed && time - last.time < PAUSE && grows(last, &step) => {
                if step.kind == Kind::Typed {
                    last.inserted += &step.inserted;
                } else if step.at < last.at {
                    last.removed.insert_str(0, &step.removed);
                    last.at = step.at;
                } else {
                    last.removed += &step.removed;
                }
                (last.after, last.time) = (step.after, time);
            }
            _ => self.done.push_back(step),
        }
    }

    /// Lets the next change begin a step of its own, as moving the cursor does.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// Takes the last step back; gives the selection of before.
    pub fn undo(&mut self, text: &mut String) -> Option<Selection> {
        let step = self.done.pop_back()?;
        if !exchange(text, step.at, &step.inserted, &step.removed) {
            *self = Self::default();
            return None;
        }
        let selection = step.before.clone();
        self.undone.push(step);
        self.closed = true;
        Some(selection)
    }

    /// Does the last step again that was taken back.
    pub fn redo(&mut self, text: &mut String) -> Option<Selection> {
        let step = self.undone.pop()?;
        if !exchange(text, step.at, &step.removed, &step.inserted) {
            *self = Self::default();
            return None;
        }
        let selection = step.after.clone();
        self.done.push_back(step);
        self.closed = true;
        Some(selection)
    }
}

/// Puts `new` in the place of `old`; not where the text was replaced from elsewhere, so that `old` is not there.
fn exchange(text: &mut String, at: usize, old: &str, new: &str) -> bool {
    let there = text.get(at..at + old.len()) == Some(old);
    if there {
        text.replace_range(at..at + old.len(), new);
    }
    there
}

/// The one place where the texts differ; `None` where they do not.
fn step(before: &str, after: &str) -> Option<Step> {
    if before == after {
        return None;
    }
    let mut at = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    while !before.is_char_boundary(at) || !after.is_char_boundary(at) {
        at -= 1;
    }
    let (old, new) = (&before[at..], &after[at..]);
    let mut tail = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(old.len() - tail) || !new.is_char_boundary(new.len() - tail) {
        tail -= 1;
    }
    let (removed, inserted) = (old[..old.len() - tail].to_owned(), new[..new.len() - tail].to_owned());
    let kind = match (removed.len(), inserted.len()) {
        (0, 1..=TYPED) => Kind::Typed,
        (1..=TYPED, 0) => Kind::Erased,
        _ => Kind::AtOnce,
    };
    Some(Step { kind, at, removed, inserted, before: 0..0, after: 0..0, time: 0.0 })
}

/// Typed words one by one: a window that draws slowly gets several letters at once.
fn pieces(step: Step) -> Vec<Step> {
    if step.kind != Kind::Typed {
        return vec![step];
    }
    let (mut pieces, mut begin, mut cursor) = (Vec::new(), 0, step.before.clone());
    let ends: Vec<usize> = step.inserted.char_indices().map(|(at, _)| at).skip(1).collect();
    for end in ends.into_iter().chain([step.inserted.len()]) {
        if end < step.inserted.len() && !word_begins(&step.inserted[begin..end], &step.inserted[end..]) {
            continue;
        }
        let inserted = step.inserted[begin..end].to_owned();
        let at = cursor.start + inserted.chars().count();
        pieces.push(Step { at: step.at + begin, before: cursor, after: at..at, inserted, ..step.clone() });
        (begin, cursor) = (end, at..at);
    }
    pieces
}

/// Whether a new word, or a line, begins between two texts.
fn word_begins(before: &str, after: &str) -> bool {
    before.ends_with('\n') || after.starts_with('\n') || before.ends_with(char::is_whitespace) && !after.starts_with(char::is_whitespace)
}

/// Whether a change goes on with a step: letters after letters of one word, with the space behind it.
fn grows(last: &Step, next: &Step) -> bool {
    match (last.kind, next.kind) {
        (Kind::Typed, Kind::Typed) => last.at + last.inserted.len() == next.at && !word_begins(&last.inserted, &next.inserted),
        (Kind::Erased, Kind::Erased) if next.at + next.removed.len() == last.at => !word_begins(&next.removed, &last.removed),
        (Kind::Erased, Kind::Erased) => next.at == last.at && !word_begins(&last.removed, &next.removed),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that is typed letter by letter; `<` erases one.
    fn typed(keys: &str) -> (String, History) {
        let (mut text, mut history, mut time) = (String::new(), History::default(), 0.0);
        for key in keys.chars() {
            let before = text.clone();
            if key == '<' {
                text.pop();
            } else {
                text.push(key);
            }
            time += 0.1;
            history.record((&before, 0..0), (&text, 0..0), time);
        }
        (text, history)
    }

    #[test]
    fn undo_takes_back_words_and_lines_one_by_one_and_redo_brings_them_back() {
        let (mut text, mut history) = typed("bpm = 90\nlocal ä = 'kick'");
        let mut seen = Vec::new();
        while history.undo(&mut text).is_some() {
            seen.push(text.clone());
        }
        let expected = ["bpm = 90\nlocal ä = ", "bpm = 90\nlocal ä ", "bpm = 90\nlocal ", "bpm = 90\n", "bpm = 90", "bpm = ", "bpm ", ""];
        assert_eq!(seen, expected);
        while history.redo(&mut text).is_some() {}
        assert_eq!(text, "bpm = 90\nlocal ä = 'kick'");
    }

    #[test]
    fn letters_that_a_slow_window_gets_at_once_are_taken_back_word_by_word() {
        let (mut history, mut text) = (History::default(), "local b = 2\nprint(b)".to_owned());
        history.record(("", 0..0), (&text, 20..20), 0.0);
        let mut seen = Vec::new();
        while history.undo(&mut text).is_some() {
            seen.push(text.clone());
        }
        assert_eq!(seen, ["local b = 2\n", "local b = 2", "local b = ", "local b ", "local ", ""]);
    }

    #[test]
    fn what_was_erased_comes_back_word_by_word() {
        let (mut text, mut history) = typed("one two<<<<");
        assert_eq!(text, "one");
        assert!(history.undo(&mut text).is_some());
        assert_eq!(text, "one ");
        assert!(history.undo(&mut text).is_some());
        assert_eq!(text, "one two");
    }

    #[test]
    fn a_pause_a_moved_cursor_and_a_paste_begin_a_step() {
        let mut history = History::default();
        history.record(("", 0..0), ("a", 1..1), 0.0);
        history.record(("a", 1..1), ("ab", 2..2), 5.0);
        history.close();
        history.record(("ab", 2..2), ("abc", 3..3), 5.1);
        let pasted = "x".repeat(TYPED + 1);
        history.record(("abc", 3..3), (&format!("abc{pasted}"), 9..9), 5.2);
        let mut text = format!("abc{pasted}");
        for expected in ["abc", "ab", "a", ""] {
            assert!(history.undo(&mut text).is_some());
            assert_eq!(text, expected);
        }
        assert_eq!(history.undo(&mut text), None);
    }

    #[test]
    fn a_text_that_was_replaced_from_elsewhere_is_left_alone() {
        let (_, mut history) = typed("mine");
        let mut text = "theirs".to_owned();
        assert_eq!(history.undo(&mut text), None);
        assert_eq!(text, "theirs");
    }
}
