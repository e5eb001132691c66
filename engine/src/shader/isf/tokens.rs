//! GLSL as words, each with its place in the file.

use std::rc::Rc;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A number.
    Number,
    /// A sign.
    Sign,
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub text: Rc<str>,
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1.
    pub column: u32,
    /// Whether it follows the one before without a space, which is what tells `F (x)` from `F(x)` in a definition.
    pub touches: bool,
}

impl Token {
    /// Whether it is written so.
    pub fn is(&self, text: &str) -> bool {
        &*self.text == text
    }

    /// Another token at the same place.
    pub fn named(&self, text: &str) -> Self {
        Self { text: Rc::from(text), ..self.clone() }
    }
}

/// A source line: its tokens, and whether it is a directive.
#[derive(Debug)]
pub(super) struct Line {
    /// Begins with `#`; the tokens are those behind it.
    pub directive: bool,
    /// The tokens.
    pub tokens: Vec<Token>,
}

const SIGNS: &[&str] =
    &["<<=", ">>=", "##", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "^^", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|="];

/// Cuts a source into lines of tokens: comments are gone, lines that end in a backslash are joined.
pub(super) fn lines(source: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut tokens = Vec::new();
    let (mut rest, mut line, mut column) = (source, 1_u32, 1_u32);
    let mut touches = false;
    let mut directive = false;
    while let Some(first) = rest.chars().next() {
        let mut step = first.len_utf8();
        match first {
            '\n' => {
                lines.push(Line { directive, tokens: std::mem::take(&mut tokens) });
                (directive, touches) = (false, false);
            }
            '\\' if rest[1..].trim_start_matches([' ', '\t', '\r']).starts_with('\n') => {
                step = rest.find('\n').map_or(1, |end| end + 1);
                touches = false;
            }
            '/' if rest.starts_with("//") => step = rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                step = rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
                touches = false;
            }
            '#' if tokens.is_empty() && !rest.starts_with("##") => directive = true,
            c if c.is_ascii_alphanumeric() || c == '_' || c == '.' && rest[1..].starts_with(|d: char| d.is_ascii_digit()) => {
                let number = !(c.is_ascii_alphabetic() || c == '_');
                step = if number { number_length(rest) } else { word_length(rest) };
                let kind = if number { Kind::Number } else { Kind::Word };
                tokens.push(Token { kind, text: Rc::from(&rest[..step]), line, column, touches });
                touches = true;
            }
            c if c.is_whitespace() => touches = false,
            _ => {
                step = SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(step, |sign| sign.len());
                tokens.push(Token { kind: Kind::Sign, text: Rc::from(&rest[..step]), line, column, touches });
                touches = true;
            }
        }
        for c in rest[..step].chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        rest = &rest[step..];
    }
    lines.push(Line { directive, tokens });
    lines
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let signed = matches!(byte, b'+' | b'-') && matches!(bytes[length.saturating_sub(1)], b'e' | b'E') && !text.starts_with("0x");
        if !(byte.is_ascii_alphanumeric() || *byte == b'.' || signed) {
            break;
        }
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_their_places_and_comments_are_gone() {
        let lines = lines("a/*x\n*/ += 1.5e-3; // b\n#define F(x) \\\n x##y\n.5f");
        let told: Vec<(bool, Vec<String>)> =
            lines.iter().map(|l| (l.directive, l.tokens.iter().map(|t| format!("{}@{}:{}", t.text, t.line, t.column)).collect())).collect();
        let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told[0], (false, texts(&["a@1:1", "+=@2:4", "1.5e-3@2:7", ";@2:13"])));
        assert_eq!(told[1], (true, texts(&["define@3:2", "F@3:9", "(@3:10", "x@3:11", ")@3:12", "x@4:2", "##@4:3", "y@4:5"])));
        assert_eq!(told[2], (false, texts(&[".5f@5:1"])));
    }
}
