//! Small words of messages.

use std::fmt::Display;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        let texts = [0_usize, 1, 2].map(|count| (counted(count, "voice"), counted(count, "patch"), media(count)));
        let expected = [("0 voices", "0 patches", "0 media"), ("1 voice", "1 patch", "1 medium"), ("2 voices", "2 patches", "2 media")];
        assert_eq!(texts, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    }
}
