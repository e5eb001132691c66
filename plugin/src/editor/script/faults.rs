//! What a run says of single lines: its error, and what it warns of. Each goes with its line while that reads as it did.

use videotracker_engine::{script::RunResult, snapshot::Severity};

use crate::editor::lights::fault_in_text;

/// Most warnings that are marked.
const MOST: usize = 100;

/// An error of the last run, or a warning, at its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Line, counted from 0.
    pub line: usize,
    /// What is wrong.
    pub text: String,
    /// The character inside a text of mini-notation that can't be read.
    pub character: Option<usize>,
    /// The line as it was in the run: once it reads otherwise, this says nothing of it.
    reads: String,
    /// How many steps redo could go forward then: where it can go further, the session went back.
    redo_depth: usize,
}

impl Fault {
    /// What was said of a line of `script`.
    pub fn of(script: &str, line: usize, text: String, redo_depth: usize) -> Self {
        let character = fault_in_text(script, line, &text).map(|at| script[..at].chars().count());
        let reads = script.split('\n').nth(line).unwrap_or_default().to_owned();
        Self { line, text, character, reads, redo_depth }
    }

    /// Goes with its line to where that stands in a text that was changed; whether it still says something of it.
    pub fn follows(&mut self, lines: &[&str], redo_depth: usize) -> bool {
        if redo_depth > self.redo_depth {
            return false;
        }
        let alike = |at: &usize| lines.get(*at).is_some_and(|line| *line == self.reads);
        // One of many empty lines is no other one.
        let far = if self.reads.trim().is_empty() { 0 } else { lines.len().max(self.line) };
        let near = (0..=far).flat_map(|away| [self.line.checked_sub(away), self.line.checked_add(away)]);
        let Some(line) = near.flatten().find(alike) else { return false };
        if line != self.line {
            // The character was counted in the text as it was.
            self.character = None;
        }
        self.line = line;
        true
    }
}

/// What a run that ended well warns of, each at its line; the place that a message names itself is left out.
pub(super) fn warnings(script: &str, name: &str, result: &RunResult, redo_depth: usize) -> Vec<Fault> {
    let warned = result.messages.iter().filter(|message| message.severity == Severity::Warning);
    let placed = warned.filter_map(|message| Some((usize::try_from(message.line?).ok()?.checked_sub(1)?, &*message.text)));
    placed.take(MOST).map(|(line, text)| Fault::of(script, line, without_place(text, name).to_owned(), redo_depth)).collect()
}

/// A text without the name, line and column that it begins with.
fn without_place<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text.strip_prefix(name).unwrap_or(text);
    while let Some((number, after)) = rest.strip_prefix(':').and_then(|rest| rest.split_once(':')) {
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
        rest = &rest[number.len() + 1..];
        if !after.starts_with(|next: char| next.is_ascii_digit()) {
            return after.trim_start();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_message_is_left_out_where_it_begins_with_one() {
        for (text, expected) in [
            ("Script:3: silent", "silent"),
            ("Script:3:12: silent: 4", "silent: 4"),
            ("Script: silent", "Script: silent"),
            ("nothing knows the word bd", "nothing knows the word bd"),
        ] {
            assert_eq!(without_place(text, "Script"), expected, "{text}");
        }
    }

    #[test]
    fn a_mark_goes_with_its_line_until_that_reads_otherwise() {
        let begin = Fault::of("a\nb\nc", 1, "wrong".into(), 0);
        for (text, line) in
            [("a\nb\nc", Some(1)), ("x\na\nb\nc", Some(2)), ("b", Some(0)), ("b\n\n\nb", Some(0)), ("a\nbb\nc", None), ("", None)]
        {
            let mut fault = begin.clone();
            let lines: Vec<&str> = text.split('\n').collect();
            assert_eq!(fault.follows(&lines, 0).then_some(fault.line), line, "{text:?}");
        }
        assert!(!begin.clone().follows(&["a", "b"], 1), "the session went back");
    }
}
