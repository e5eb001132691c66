//! What is being typed into a cell, until it is put in or given up.

use egui::Key;
use videotracker_engine::{name::Name, pattern::Column};

/// Longest text of a cell.
const LONGEST: usize = 64;

/// What is being typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The pattern.
    pub pattern: Name,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: Column,
    /// What was typed so far.
    pub text: String,
    /// Before which letter the next one goes.
    pub caret: usize,
}

fn byte(text: &str, letter: usize) -> usize {
    text.char_indices().nth(letter).map_or(text.len(), |(at, _)| at)
}

impl Entry {
    /// Writes at the caret.
    pub fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let put: String = text.chars().filter(|c| !c.is_control()).take(room).collect();
        self.text.insert_str(byte(&self.text, self.caret), &put);
        self.caret += put.chars().count();
    }

    fn remove(&mut self, letter: usize) {
        if letter < self.text.chars().count() {
            self.text.remove(byte(&self.text, letter));
        }
    }

    /// Moves the caret or takes letters out; whether the key does that.
    pub fn press(&mut self, key: Key) -> bool {
        match key {
            Key::ArrowLeft => self.caret = self.caret.saturating_sub(1),
            Key::ArrowRight => self.caret = (self.caret + 1).min(self.text.chars().count()),
            Key::Home => self.caret = 0,
            Key::End => self.caret = self.text.chars().count(),
            Key::Delete => self.remove(self.caret),
            Key::Backspace => {
                if let Some(before) = self.caret.checked_sub(1) {
                    self.remove(before);
                    self.caret = before;
                }
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_in_and_out_at_the_caret() {
        let column = Column::Note;
        let mut entry = Entry { pattern: Name::new("p"), line: 0, column, text: String::new(), caret: 0 };
        let step = |entry: &mut Entry, what: &str| match what {
            "<" => assert!(entry.press(Key::ArrowLeft)),
            ">" => assert!(entry.press(Key::ArrowRight)),
            "home" => assert!(entry.press(Key::Home)),
            "end" => assert!(entry.press(Key::End)),
            "back" => assert!(entry.press(Key::Backspace)),
            "del" => assert!(entry.press(Key::Delete)),
            text => entry.insert(text),
        };
        for (what, text) in [
            ("back", ""),
            ("ä1\n", "ä1"),
            ("<", "ä1"),
            ("é", "äé1"),
            ("del", "äé"),
            ("del", "äé"),
            ("back", "ä"),
            ("home", "ä"),
            ("<", "ä"),
            ("x", "xä"),
            ("end", "xä"),
            (">", "xä"),
            ("y", "xäy"),
        ] {
            step(&mut entry, what);
            assert_eq!(entry.text, text, "{what}");
        }
        entry.insert(&"z".repeat(1000));
        assert_eq!(entry.text.chars().count(), LONGEST);
        assert!(!entry.press(Key::Enter));
    }
}
