//! Small words of messages.

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
};

/// A count with what it counts, such as "1 voice" and "2 voices"; `one` is the word for one of them.
#[must_use]
pub fn counted(count: impl Display + PartialEq + From<u8>, one: &str) -> String {
    let ending = if count == From::from(1) {
        ""
    } else if one.ends_with(['s', 'x', 'z']) || one.ends_with("ch") || one.ends_with("sh") {
        "es"
    } else {
        "s"
    };
    format!("{count} {one}{ending}")
}

/// A count of media, such as "1 medium" and "2 media".
#[must_use]
pub fn media(count: usize) -> String {
    format!("{count} {}", if count == 1 { "medium" } else { "media" })
}

/// The text with characters that don't show as JSON writes them (`\u001b`): terminals obey those of control, and others turn the
/// order of what is read around, end a line, or can't be seen. Line ends and tabs stay, and so do the joiners that letters of many
/// scripts and emoji need.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does not show as itself: control characters, and those of the categories Cf, Zl and Zp ("Unicode Character
/// Database", version 16).
fn is_hidden(c: char) -> bool {
    let stays = matches!(c, '\n' | '\t' | '\u{200c}' | '\u{200d}');
    let format = matches!(
        u32::from(c),
        0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x890..=0x891 | 0x8E2 | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E
            | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB | 0x1_10BD | 0x1_10CD | 0x1_3430..=0x1_343F | 0x1_BCA0..=0x1_BCA3
            | 0x1_D173..=0x1_D17A | 0xE_0001 | 0xE_0020..=0xE_007F
    );
    !stays && (c.is_control() || format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_hide_or_turn_around_are_shown_as_text() {
        for (text, shown) in [
            ("one\n\ttwo äöü 日本 🥁 👩\u{200d}🎤", "one\n\ttwo äöü 日本 🥁 👩\u{200d}🎤"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "\\u001b[31mred\\u001b]0;title\\u0007"),
            ("back\u{8}\r\u{7f}\u{9b}2J\0", "back\\u0008\\u000d\\u007f\\u009b2J\\u0000"),
            ("song\u{202e}aul.exe", "song\\u202eaul.exe"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\\u2028b\\u2029c\\u0085d"),
            ("in\u{200b}vis\u{2066}ible\u{feff}\u{e0041}", "in\\u200bvis\\u2066ible\\ufeff\\ue0041"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn one_is_singular_and_all_else_plural() {
        let texts = [0_usize, 1, 2].map(|count| (counted(count, "voice"), counted(count, "patch"), media(count)));
        let expected = [("0 voices", "0 patches", "0 media"), ("1 voice", "1 patch", "1 medium"), ("2 voices", "2 patches", "2 media")];
        assert_eq!(texts, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }
}
