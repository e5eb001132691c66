//! What is printed to terminals.

use std::{borrow::Cow, fmt::Write as _};

/// The text with control characters as JSON writes them (`\u001b`): terminals obey those that scripts and file names bring along.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_obeyed(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_shown_as_text() {
        for (text, shown) in [
            ("one\n\ttwo äöü 日本 🥁", "one\n\ttwo äöü 日本 🥁"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "\\u001b[31mred\\u001b]0;title\\u0007"),
            ("back\u{8}\r\u{7f}\u{9b}2J\0", "back\\u0008\\u000d\\u007f\\u009b2J\\u0000"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
