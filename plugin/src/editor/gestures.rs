//! Keys of the code that mean something else here than in a plain text field: what would lose text is left out.

use std::ops::Range;

use egui::Event;

use super::{
    history::Selection,
    keys::{self, Act, Does, Edit},
};

/// Longest text the editor takes, in bytes; a script that runs is shorter.
pub const LONGEST: usize = 1 << 20;

/// What an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Something of the whole window's.
    Window(Act),
    /// A change of the code.
    Code(Edit),
    /// Put text in the place of the selection.
    Insert(String),
}

/// Whether an event comes from the keyboard or the clipboard, so that its order among its like counts.
#[must_use]
pub const fn is_key(event: &Event) -> bool {
    matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Copy | Event::Cut | Event::Ime(_))
}

/// What an event means in the code; `None` where a plain text field does the right thing.
#[must_use]
pub fn gesture(event: &Event) -> Option<Gesture> {
    match event {
        // A clipboard may come as either.
        Event::Text(text) | Event::Paste(text) if text.contains('\r') || text.len() > LONGEST / 16 => {
            Some(Gesture::Insert(text.replace("\r\n", "\n").replace('\r', "\n")))
        }
        Event::Key { key, pressed: true, modifiers, .. } => Some(match keys::meaning(*key, *modifiers, true)? {
            Does::Window(act) => Gesture::Window(act),
            Does::Code(edit) => Gesture::Code(edit),
        }),
        _ => None,
    }
}

/// What one step of indentation is in a text: a tab where its lines begin with tabs, else two spaces.
pub fn unit(text: &str) -> &'static str {
    if text.lines().any(|line| line.starts_with('\t')) { "\t" } else { "  " }
}

/// The place in bytes of a character.
pub fn byte(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

/// Where each line begins that a selection touches, in characters; a line whose start it just reaches does not count.
fn touched(text: &str, selection: &Selection) -> Vec<usize> {
    let last = selection.end.saturating_sub(1).max(selection.start);
    let begin = text.chars().take(selection.start).collect::<Vec<_>>().iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
    let breaks = text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(at, _)| at + 1);
    std::iter::once(begin).chain(breaks.filter(|at| *at > begin && *at <= last)).collect()
}

/// Moves the lines of a selection right by one step; without a selection, puts a step at the cursor.
#[must_use]
pub fn indent(text: &mut String, selection: Selection) -> Selection {
    let unit = unit(text);
    if selection.is_empty() {
        text.insert_str(byte(text, selection.start), unit);
        let at = selection.start + unit.len();
        return at..at;
    }
    let lines = touched(text, &selection);
    let mut moved = selection;
    for begin in lines.into_iter().rev() {
        let at = byte(text, begin);
        if text[at..].starts_with('\n') || at == text.len() {
            continue;
        }
        text.insert_str(at, unit);
        moved = after(moved, begin..begin, unit.len());
    }
    moved
}

/// Moves the lines of a selection, or the cursor's, left by one step.
#[must_use]
pub fn dedent(text: &mut String, selection: Selection) -> Selection {
    let unit = unit(text);
    let mut moved = selection.clone();
    for begin in touched(text, &selection).into_iter().rev() {
        let at = byte(text, begin);
        let line = &text[at..];
        let width = if line.starts_with('\t') { 1 } else { line.chars().take(unit.len().max(2)).take_while(|c| *c == ' ').count() };
        text.replace_range(at..at + width, "");
        moved = after(moved, begin..begin + width, 0);
    }
    moved
}

/// Where a selection stands after `range` was replaced by `length` characters.
fn after(selection: Selection, range: Range<usize>, length: usize) -> Selection {
    let end = |at: usize, sticks: bool| {
        if at > range.end || at == range.end && !sticks { at - range.len() + length } else { at.min(range.start) }
    };
    // What is put at the very start of a selection belongs to it.
    end(selection.start, range.is_empty())..end(selection.end, false)
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};

    use super::*;

    /// A text with the selection between `|` and `|`, or the cursor at one `|`.
    fn read(marked: &str) -> (String, Selection) {
        let places: Vec<usize> = marked.chars().enumerate().filter(|(_, c)| *c == '|').map(|(at, _)| at).collect();
        let end = places.get(1).map_or(places[0], |at| at - 1);
        (marked.replace('|', ""), places[0]..end)
    }

    #[test]
    fn tab_moves_selected_lines_and_erases_nothing() {
        for (before, right, left) in [
            ("ä = |1", "ä =   |1", "ä = |1"),
            ("a|b|c", "  a|b|c", "a|b|c"),
            ("|one\n\ntwo\n|three", "|  one\n\n  two\n|three", "|one\n\ntwo\n|three"),
            ("  o|ne\n  tw|o", "    o|ne\n    tw|o", "o|ne\ntw|o"),
            ("\tone|\n\ttwo|", "\t\tone|\n\t\ttwo|", "one|\ntwo|"),
            (" |x", "   |x", "|x"),
        ] {
            type Move = fn(&mut String, Selection) -> Selection;
            for (gesture, expected) in [(indent as Move, right), (dedent as Move, left)] {
                let (mut text, selection) = read(before);
                let moved = gesture(&mut text, selection);
                assert_eq!((text, moved), read(expected), "{before:?}");
            }
        }
    }

    #[test]
    fn keys_that_erase_in_a_terminal_do_nothing() {
        let key = |key, modifiers| gesture(&Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers });
        let ctrl = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
        for erases in [Key::K, Key::U, Key::W] {
            assert_eq!(key(erases, ctrl), if cfg!(target_os = "macos") { None } else { Some(Gesture::Code(Edit::Nothing)) });
            assert_eq!(key(erases, Modifiers::NONE), None);
        }
        assert_eq!(key(Key::H, ctrl), Some(Gesture::Window(Act::Replace)));
        assert_eq!(key(Key::Tab, ctrl), Some(Gesture::Code(Edit::Nothing)));
        assert_eq!(key(Key::Z, ctrl), Some(Gesture::Window(Act::Undo)));
        assert_eq!(key(Key::Z, ctrl | Modifiers::SHIFT), Some(Gesture::Window(Act::Redo)));
        assert_eq!(gesture(&Event::Text("a\r\nb\rc".into())), Some(Gesture::Insert("a\nb\nc".into())));
        assert_eq!(gesture(&Event::Text("a\nb".into())), None);
    }
}
