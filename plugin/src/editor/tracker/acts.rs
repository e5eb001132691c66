//! What keys and menus ask of the grid, and the two sets of keys for it.

use egui::{Key, KeyboardShortcut, Modifiers};
use serde::{Deserialize, Serialize};

use super::cursor::Move;

/// Whose keys the grid has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySet {
    /// Those of Renoise.
    #[default]
    Renoise,
    /// Those of FastTracker 2.
    FastTracker,
}

impl KeySet {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Renoise, Self::FastTracker];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Renoise => "Renoise",
            Self::FastTracker => "FastTracker",
        }
    }
}

/// What of a pattern is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is marked, else the cell at the cursor.
    Marked,
    /// What is marked, else the column at the cursor.
    Reach,
    /// The column at the cursor.
    Column,
    /// All of it.
    Pattern,
}

/// What a key or a menu asks of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// Move the cursor.
    Go(Move),
    /// Move it and mark what it passes.
    Mark(Move),
    /// Go a column on, or back.
    Column(isize),
    /// Mark the column, then everything.
    All,
    /// Let go what is marked, then leave the grid.
    Leave,
    /// Type into the cell.
    Open,
    /// Start the song, or stop it.
    Play,
    /// Follow what plays, or stay.
    Follow,
    /// The octave of the note keys, so much higher.
    Octave(i32),
    /// The octave of the note keys.
    OctaveAt(i32),
    /// Lines that the cursor goes on, so many more.
    Step(isize),
    /// Copy.
    Copy(Part),
    /// Copy and empty.
    Cut(Part),
    /// Put in what was copied.
    Paste(Part),
    /// Empty.
    Clear,
    /// Empty the whole line.
    ClearLine,
    /// Push what stands below down: in the column, or in all of them.
    Push {
        /// In all columns.
        line: bool,
    },
    /// Take out what stands here: in the column, or in all of them.
    Pull {
        /// In all columns.
        line: bool,
        /// What stands above the cursor, which goes there.
        above: bool,
    },
    /// Write what is marked, or the line, once more below.
    Duplicate,
    /// Raise notes and numbers, in what is marked, else in the column.
    Raise(f64, Part),
    /// Move what is marked, else the column, by lines.
    Shift(isize),
    /// The same, and what leaves comes in at the other end.
    Rotate(isize),
    /// Fill in a line between the first and the last number.
    Interpolate,
    /// Throw dice.
    Randomise,
    /// Let each step last until the next.
    Legato,
    /// End the note above.
    EndNote,
    /// Make the pattern twice as long.
    Double,
    /// Make it half as long.
    Halve,
    /// Put a rest after each step.
    Expand,
    /// Keep every second step.
    Shrink,
}

impl Act {
    /// Whether it changes the session.
    #[must_use]
    pub const fn is_edit(self) -> bool {
        !matches!(
            self,
            Self::Go(_)
                | Self::Mark(_)
                | Self::Column(_)
                | Self::All
                | Self::Leave
                | Self::Open
                | Self::Play
                | Self::Follow
                | Self::Octave(_)
                | Self::OctaveAt(_)
                | Self::Step(_)
                | Self::Copy(_)
        )
    }

    /// What it does to a pattern, for the undo history.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cut(_) => "cut from",
            Self::Paste(_) => "paste into",
            Self::Clear | Self::ClearLine => "clear in",
            Self::Push { .. } => "insert into",
            Self::Pull { .. } => "take out of",
            Self::Duplicate => "duplicate in",
            Self::Raise(..) => "transpose in",
            Self::Shift(_) => "shift in",
            Self::Rotate(_) => "rotate in",
            Self::Interpolate => "interpolate in",
            Self::Randomise => "randomise in",
            Self::Legato => "legato in",
            Self::EndNote => "end a note in",
            Self::Double => "double",
            Self::Halve => "halve",
            Self::Expand => "expand",
            Self::Shrink => "shrink",
            _ => "change",
        }
    }
}

/// A key of the grid.
#[derive(Debug)]
pub struct Binding {
    /// The keys; any of them does it.
    pub keys: &'static [KeyboardShortcut],
    /// What they do.
    pub act: Act,
    /// The same in words.
    pub text: &'static str,
}

const NONE: Modifiers = Modifiers::NONE;
const COMMAND: Modifiers = Modifiers::COMMAND;
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;

const fn key(held: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(held, key)
}

const fn row(keys: &'static [KeyboardShortcut], act: Act, text: &'static str) -> Binding {
    Binding { keys, act, text }
}

/// The keys that write notes, from C of the octave on, a semitone each. A place on the keyboard counts, where it is known.
pub const NOTE_KEYS: &[(Key, i32)] = &[
    (Key::Z, 0),
    (Key::S, 1),
    (Key::X, 2),
    (Key::D, 3),
    (Key::C, 4),
    (Key::V, 5),
    (Key::G, 6),
    (Key::B, 7),
    (Key::H, 8),
    (Key::N, 9),
    (Key::J, 10),
    (Key::M, 11),
    (Key::Comma, 12),
    (Key::L, 13),
    (Key::Period, 14),
    (Key::Semicolon, 15),
    (Key::Slash, 16),
    (Key::Q, 12),
    (Key::Num2, 13),
    (Key::W, 14),
    (Key::Num3, 15),
    (Key::E, 16),
    (Key::R, 17),
    (Key::Num5, 18),
    (Key::T, 19),
    (Key::Num6, 20),
    (Key::Y, 21),
    (Key::Num7, 22),
    (Key::U, 23),
    (Key::I, 24),
    (Key::Num9, 25),
    (Key::O, 26),
    (Key::Num0, 27),
    (Key::P, 28),
];

/// What letters and digits do.
pub const TYPING: &[(&str, &str)] = &[
    ("Z S X D …, Q 2 W 3 …", "In the note column: notes of two octaves"),
    ("digits, letters", "Elsewhere: type; Enter, Up, Down or Tab put it in, Escape does not"),
    ("1/3, +12, (x-1)*2", "Numbers may be worked out; x is what the cell holds"),
];

/// The keys of both sets.
pub static BOTH: &[Binding] = &[
    row(&[key(NONE, Key::ArrowUp)], Act::Go(Move::Up), "A line up"),
    row(&[key(NONE, Key::ArrowDown)], Act::Go(Move::Down), "A line down"),
    row(&[key(NONE, Key::ArrowLeft)], Act::Go(Move::Left), "A column to the left"),
    row(&[key(NONE, Key::ArrowRight)], Act::Go(Move::Right), "A column to the right"),
    row(&[key(NONE, Key::Tab)], Act::Column(1), "The next column"),
    row(&[key(SHIFT, Key::Tab)], Act::Column(-1), "The column before"),
    row(&[key(NONE, Key::PageUp)], Act::Go(Move::PageUp), "Sixteen lines up"),
    row(&[key(NONE, Key::PageDown)], Act::Go(Move::PageDown), "Sixteen lines down"),
    row(&[key(NONE, Key::Home)], Act::Go(Move::First), "The first line"),
    row(&[key(NONE, Key::End)], Act::Go(Move::Last), "The last line"),
    row(&[key(NONE, Key::F9)], Act::Go(Move::Quarter(0)), "The line where the pattern begins"),
    row(&[key(NONE, Key::F10)], Act::Go(Move::Quarter(1)), "The line at its first quarter"),
    row(&[key(NONE, Key::F11)], Act::Go(Move::Quarter(2)), "The line at its half"),
    row(&[key(NONE, Key::F12)], Act::Go(Move::Quarter(3)), "The line at its third quarter"),
    row(&[key(SHIFT, Key::ArrowUp)], Act::Mark(Move::Up), "Mark lines upwards"),
    row(&[key(SHIFT, Key::ArrowDown)], Act::Mark(Move::Down), "Mark lines downwards"),
    row(&[key(SHIFT, Key::ArrowLeft)], Act::Mark(Move::Left), "Mark columns to the left"),
    row(&[key(SHIFT, Key::ArrowRight)], Act::Mark(Move::Right), "Mark columns to the right"),
    row(&[key(SHIFT, Key::PageUp)], Act::Mark(Move::PageUp), "Mark sixteen lines upwards"),
    row(&[key(SHIFT, Key::PageDown)], Act::Mark(Move::PageDown), "Mark sixteen lines downwards"),
    row(&[key(SHIFT, Key::Home)], Act::Mark(Move::First), "Mark up to the first line"),
    row(&[key(SHIFT, Key::End)], Act::Mark(Move::Last), "Mark down to the last line"),
    row(&[key(COMMAND, Key::A)], Act::All, "Mark the column, then everything"),
    row(&[key(NONE, Key::Escape)], Act::Leave, "Let go what is marked, then leave the grid"),
    row(&[key(NONE, Key::Enter)], Act::Open, "Type into the cell"),
    row(&[key(NONE, Key::Space)], Act::Play, "Start the song, or stop it"),
    row(&[key(COMMAND.plus(SHIFT), Key::F)], Act::Follow, "Follow what plays, or stay"),
    row(&[key(COMMAND, Key::C)], Act::Copy(Part::Marked), "Copy the cell or what is marked"),
    row(&[key(COMMAND, Key::X)], Act::Cut(Part::Marked), "Cut it"),
    row(&[key(COMMAND, Key::V)], Act::Paste(Part::Marked), "Put in what was copied"),
    row(&[key(COMMAND, Key::D)], Act::Duplicate, "Write the line, or what is marked, once more below"),
    row(&[key(NONE, Key::Delete)], Act::Clear, "Clear the cell or what is marked"),
    row(&[key(COMMAND, Key::ArrowUp)], Act::Rotate(-1), "Rotate what is marked, or the column, up"),
    row(&[key(COMMAND, Key::ArrowDown)], Act::Rotate(1), "Rotate it down"),
    row(&[key(COMMAND, Key::I)], Act::Interpolate, "Interpolate what is marked, or the column"),
    row(&[key(COMMAND, Key::U)], Act::Randomise, "Throw dice for what is marked, or the column"),
    row(&[key(COMMAND, Key::L)], Act::Legato, "Legato: each step lasts until the next one"),
    row(&[key(COMMAND.plus(SHIFT), Key::D)], Act::Double, "Double the pattern: all of it twice"),
    row(&[key(COMMAND.plus(SHIFT), Key::H)], Act::Halve, "Halve the pattern: what is cut off is kept behind its end"),
    row(&[key(COMMAND, Key::E)], Act::Expand, "Expand the pattern: a rest after each line"),
    row(&[key(COMMAND.plus(SHIFT), Key::E)], Act::Shrink, "Shrink the pattern: every second line"),
];

/// The keys as in Renoise.
pub static RENOISE: &[Binding] = &[
    row(&[key(NONE, Key::A)], Act::EndNote, "In the note column: end the note above here"),
    row(&[key(NONE, Key::OpenBracket)], Act::Octave(-1), "The octave below"),
    row(&[key(NONE, Key::CloseBracket)], Act::Octave(1), "The octave above"),
    row(&[key(COMMAND, Key::OpenBracket)], Act::Step(-1), "A shorter edit step"),
    row(&[key(COMMAND, Key::CloseBracket)], Act::Step(1), "A longer edit step"),
    row(&[key(NONE, Key::Insert)], Act::Push { line: true }, "Insert a line"),
    row(&[key(SHIFT, Key::Insert)], Act::Push { line: false }, "Insert a cell in the column"),
    row(&[key(NONE, Key::Backspace)], Act::Pull { line: true, above: true }, "Take out the line above"),
    row(&[key(SHIFT, Key::Backspace)], Act::Pull { line: false, above: true }, "Take out the cell above, in the column"),
    row(&[key(SHIFT, Key::Delete)], Act::ClearLine, "Clear the line"),
    row(&[key(COMMAND, Key::F1)], Act::Raise(-1.0, Part::Reach), "Transpose what is marked, or the column, down"),
    row(&[key(COMMAND, Key::F2)], Act::Raise(1.0, Part::Reach), "Transpose it up"),
    row(&[key(COMMAND, Key::F11)], Act::Raise(-12.0, Part::Reach), "Transpose it down by an octave"),
    row(&[key(COMMAND, Key::F12)], Act::Raise(12.0, Part::Reach), "Transpose it up by an octave"),
    row(&[key(ALT, Key::ArrowUp)], Act::Shift(-1), "Shift what is marked, or the column, up"),
    row(&[key(ALT, Key::ArrowDown)], Act::Shift(1), "Shift it down"),
];

/// The keys as in FastTracker 2.
pub static FAST_TRACKER: &[Binding] = &[
    row(&[key(NONE, Key::Num1)], Act::EndNote, "In the note column: end the note above here"),
    row(&[key(NONE, Key::F2)], Act::OctaveAt(2), "Octave 2"),
    row(&[key(NONE, Key::F3)], Act::OctaveAt(3), "Octave 3"),
    row(&[key(NONE, Key::F4)], Act::OctaveAt(4), "Octave 4"),
    row(&[key(NONE, Key::F5)], Act::OctaveAt(5), "Octave 5"),
    row(&[key(NONE, Key::F6)], Act::OctaveAt(6), "Octave 6"),
    row(&[key(NONE, Key::F7)], Act::OctaveAt(7), "Octave 7"),
    row(&[key(NONE, Key::Backtick)], Act::Step(1), "A longer edit step"),
    row(&[key(SHIFT, Key::Backtick)], Act::Step(-1), "A shorter edit step"),
    row(&[key(NONE, Key::Insert)], Act::Push { line: false }, "Insert a cell in the column"),
    row(&[key(SHIFT, Key::Insert)], Act::Push { line: true }, "Insert a line"),
    row(&[key(NONE, Key::Backspace)], Act::Pull { line: false, above: true }, "Take out the cell above, in the column"),
    row(&[key(SHIFT, Key::Backspace)], Act::Pull { line: true, above: true }, "Take out the line above"),
    row(&[key(SHIFT, Key::Delete)], Act::ClearLine, "Clear the line"),
    row(&[key(ALT, Key::ArrowUp)], Act::Mark(Move::Up), "Mark lines upwards"),
    row(&[key(ALT, Key::ArrowDown)], Act::Mark(Move::Down), "Mark lines downwards"),
    row(&[key(ALT, Key::ArrowLeft)], Act::Mark(Move::Left), "Mark columns to the left"),
    row(&[key(ALT, Key::ArrowRight)], Act::Mark(Move::Right), "Mark columns to the right"),
    row(&[key(ALT, Key::F3)], Act::Cut(Part::Marked), "Cut what is marked"),
    row(&[key(ALT, Key::F4)], Act::Copy(Part::Marked), "Copy what is marked"),
    row(&[key(ALT, Key::F5)], Act::Paste(Part::Marked), "Put in what was copied"),
    row(&[key(SHIFT, Key::F3)], Act::Cut(Part::Column), "Cut the column"),
    row(&[key(SHIFT, Key::F4)], Act::Copy(Part::Column), "Copy the column"),
    row(&[key(SHIFT, Key::F5)], Act::Paste(Part::Column), "Put in what was copied, from the first line on"),
    row(&[key(COMMAND, Key::F3)], Act::Cut(Part::Pattern), "Cut the pattern"),
    row(&[key(COMMAND, Key::F4)], Act::Copy(Part::Pattern), "Copy the pattern"),
    row(&[key(COMMAND, Key::F5)], Act::Paste(Part::Pattern), "Put in what was copied, from the first cell on"),
    row(&[key(ALT, Key::F1), key(ALT, Key::F7)], Act::Raise(-1.0, Part::Marked), "Transpose what is marked down"),
    row(&[key(ALT, Key::F2), key(ALT, Key::F8)], Act::Raise(1.0, Part::Marked), "Transpose what is marked up"),
    row(&[key(SHIFT, Key::F1), key(SHIFT, Key::F7)], Act::Raise(-1.0, Part::Column), "Transpose the column down"),
    row(&[key(SHIFT, Key::F2), key(SHIFT, Key::F8)], Act::Raise(1.0, Part::Column), "Transpose the column up"),
    row(&[key(COMMAND, Key::F1), key(COMMAND, Key::F7)], Act::Raise(-1.0, Part::Pattern), "Transpose the pattern down"),
    row(&[key(COMMAND, Key::F2), key(COMMAND, Key::F8)], Act::Raise(1.0, Part::Pattern), "Transpose the pattern up"),
];

/// What is done by the menu alone.
pub static MENU: &[Binding] = &[
    row(&[], Act::Shift(-1), "Shift what is marked, or the column, up"),
    row(&[], Act::Shift(1), "Shift it down"),
    row(&[], Act::Raise(12.0, Part::Reach), "Transpose what is marked, or the column, up by an octave"),
    row(&[], Act::Raise(-12.0, Part::Reach), "Transpose it down by an octave"),
];

/// The keys that a set has beside those of both.
#[must_use]
pub fn own(set: KeySet) -> &'static [Binding] {
    match set {
        KeySet::Renoise => RENOISE,
        KeySet::FastTracker => FAST_TRACKER,
    }
}

/// Every key of a set.
pub fn all(set: KeySet) -> impl Iterator<Item = &'static Binding> {
    BOTH.iter().chain(own(set))
}

/// What a key does that is pressed with others held.
#[must_use]
pub fn meaning(set: KeySet, pressed: Key, held: Modifiers) -> Option<Act> {
    let fits = |keys: &KeyboardShortcut| {
        let wanted = keys.modifiers;
        let command = (held.command || held.ctrl) == (wanted.command || wanted.ctrl);
        keys.logical_key == pressed && held.alt == wanted.alt && held.shift == wanted.shift && command
    };
    all(set).find(|binding| binding.keys.iter().any(fits)).map(|binding| binding.act)
}

/// How many semitones above C a key of the keyboard writes.
#[must_use]
pub fn note_of(key: Key) -> Option<i32> {
    NOTE_KEYS.iter().find(|(known, _)| *known == key).map(|(_, semitones)| *semitones)
}

#[cfg(test)]
mod tests {
    use super::{super::super::keys, *};

    #[test]
    fn no_key_of_a_set_means_two_things_nor_what_the_window_takes() {
        for set in KeySet::ALL {
            let mut seen = Vec::new();
            for binding in all(set) {
                for keys in binding.keys {
                    assert!(!seen.contains(keys), "{keys:?} stands twice for {set:?}");
                    seen.push(*keys);
                    assert_eq!(meaning(set, keys.logical_key, keys.modifiers), Some(binding.act), "{keys:?}");
                    assert_eq!(keys::meaning(keys.logical_key, keys.modifiers, false), None, "the window takes {keys:?}");
                }
            }
            for (key, _) in NOTE_KEYS {
                assert_eq!(meaning(set, *key, Modifiers::NONE), None, "{key:?} is a note");
            }
        }
    }
}
