//! A script's words: what colours, brackets and completion need of Luau's text, also where it is half written.

use std::ops::Range;

/// What a piece of a script is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A comment.
    Comment,
    /// A text in quotes or long brackets, with its marks; the flag says whether it is closed.
    Text(bool),
    /// A number.
    Number,
    /// A word of Lua's own.
    Keyword,
    /// A name.
    Name,
    /// One character of anything else.
    Mark,
}

/// A piece of a script. What lies between pieces is white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// The words that Luau keeps for itself.
pub const KEYWORDS: [&str; 22] = [
    "and", "break", "continue", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
];

const fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a byte belongs to a name.
#[must_use]
pub const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The pieces of a script, in order.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at).copied() {
        let start = at;
        let rest = &bytes[at..];
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'-' if rest.starts_with(b"--") => {
                at = match long_bracket(&bytes[at + 2..]) {
                    Some((end, _)) => at + 2 + end,
                    None => rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end),
                };
                Kind::Comment
            }
            b'"' | b'\'' | b'`' => {
                let (end, closed) = quoted(rest, byte);
                at += end;
                Kind::Text(closed)
            }
            b'[' if let Some((end, closed)) = long_bracket(rest) => {
                at += end;
                Kind::Text(closed)
            }
            b'0'..=b'9' => {
                at += number(rest);
                Kind::Number
            }
            b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => {
                at += number(rest);
                Kind::Number
            }
            _ if is_name_start(byte) => {
                at += rest.iter().take_while(|byte| is_name(**byte)).count();
                if KEYWORDS.contains(&&text[start..at]) { Kind::Keyword } else { Kind::Name }
            }
            _ => {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                Kind::Mark
            }
        };
        found.push(Token { kind, range: start..at });
    }
    found
}

/// The end of a text in quotes; a line's end ends it as well, except in backquotes.
fn quoted(text: &[u8], quote: u8) -> (usize, bool) {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return (at, false),
            byte if *byte == quote => return (at + 1, true),
            _ => {}
        }
        at += 1;
    }
    (text.len(), false)
}

/// The end of a long text that begins here, and whether it is closed.
fn long_bracket(text: &[u8]) -> Option<(usize, bool)> {
    let level = text.strip_prefix(b"[")?.iter().take_while(|byte| **byte == b'=').count();
    if text.get(level + 1) != Some(&b'[') {
        return None;
    }
    let mut close = vec![b']'];
    close.extend(std::iter::repeat_n(b'=', level));
    close.push(b']');
    let end = text.windows(close.len()).skip(level + 2).position(|window| window == close);
    Some(end.map_or((text.len(), false), |end| (level + 2 + end + close.len(), true)))
}

fn number(text: &[u8]) -> usize {
    let mut before = 0;
    let part = |byte: &&u8| {
        let sign = matches!(**byte, b'+' | b'-') && matches!(before, b'e' | b'E');
        before = **byte;
        byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'_') || sign
    };
    let length = text.iter().take_while(part).count();
    // Two dots join texts.
    text[..length].windows(2).position(|two| two == b"..").unwrap_or(length).max(1)
}

/// The content of a text that stands there, without its marks.
#[must_use]
pub fn content(text: &str, token: &Token) -> Range<usize> {
    let Kind::Text(closed) = token.kind else { return token.range.clone() };
    let whole = &text[token.range.clone()];
    let mark = whole.strip_prefix('[').map_or(1, |rest| {
        let bracket = 2 + rest.bytes().take_while(|b| *b == b'=').count();
        whole.find(|c| c != '[' && c != '=').unwrap_or(1).min(bracket)
    });
    let end = if closed { token.range.end - mark } else { token.range.end };
    token.range.start + mark..end.max(token.range.start + mark)
}

/// The places of two brackets that belong together, one of which the cursor touches, in bytes.
#[must_use]
pub fn brackets(text: &str, tokens: &[Token], cursor: usize) -> Option<(usize, usize)> {
    let mark = |token: &Token| (token.kind == Kind::Mark).then(|| text.as_bytes()[token.range.start]);
    let open = |byte| matches!(byte, b'(' | b'[' | b'{');
    let close = |byte| matches!(byte, b')' | b']' | b'}');
    let touches = |token: &Token| token.range.start == cursor || token.range.end == cursor;
    let is_bracket = |token: &Token| mark(token).is_some_and(|byte| open(byte) || close(byte));
    // The one before the cursor counts first.
    let at = tokens.iter().position(|token| touches(token) && is_bracket(token))?;
    let forward = mark(&tokens[at]).is_some_and(open);
    let mut depth = 0_i32;
    let mut step = |token: &Token| {
        depth += match mark(token) {
            Some(byte) if open(byte) => 1,
            Some(byte) if close(byte) => -1,
            _ => 0,
        };
        depth == 0
    };
    let other = if forward { tokens[at..].iter().position(&mut step).map(|more| at + more) } else { tokens[..=at].iter().rposition(step) }?;
    let pair = (mark(&tokens[at])?, mark(&tokens[other])?);
    let alike = matches!(pair, (b'(', b')') | (b')', b'(') | (b'[', b']') | (b']', b'[') | (b'{', b'}') | (b'}', b'{'));
    alike.then(|| (tokens[at].range.start, tokens[other].range.start))
}

/// Whether the token at an index begins a statement: what stands before it can't go on with it. A bracket that is open there, but for
/// those around a function's body, was never closed.
#[must_use]
pub fn begins_statement(text: &str, tokens: &[Token], at: usize) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.range.clone()]);
    let is_code = |token: &Token| token.kind != Kind::Comment;
    let Some(token) = tokens.get(at).filter(|token| is_code(token)) else { return false };
    let could = match (token.kind, word(at)) {
        (Kind::Keyword, "local" | "for" | "while" | "repeat" | "return" | "break" | "continue") => return true,
        // Behind `=`, a condition is a value; a function without a name always is one.
        (Kind::Keyword, "if") => true,
        (Kind::Keyword, "function") => tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Name),
        (kind, _) => kind == Kind::Name,
    };
    let Some(before) = tokens[..at].iter().rposition(is_code) else { return could };
    let ends = match (tokens[before].kind, word(before)) {
        (Kind::Name | Kind::Number | Kind::Text(_), _) => true,
        (Kind::Mark, mark) => matches!(mark, ")" | "]" | "}" | ";"),
        (Kind::Keyword, word) => matches!(word, "end" | "true" | "false" | "nil" | "then" | "else" | "do" | "repeat"),
        (Kind::Comment, _) => false,
    };
    could && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_begins_where_nothing_before_it_can_go_on() {
        // Each word in front of which `|` stands begins one; no other does.
        for marked in [
            "|a = 1 |b = 2 + c -- x\n|d(e, f) |g:h 'x' :i() |j = {k = l}",
            "|d1(s('bd'\n|d2(s('hh'))",
            "|local function a(b) |return b |end",
            "|a = function(b) |return b |end |c()",
            "|if a then |b() else |c() |end",
            "|for i = 1, 2 do |f(i) |end |function g() |end",
            "|a = not b and c or nil |d = e .. f",
        ] {
            let text: String = marked.replace("|end", "end").replace('|', "");
            let all = tokens(&text);
            let found: Vec<usize> = (0..all.len()).filter(|at| begins_statement(&text, &all, *at)).map(|at| all[at].range.start).collect();
            let plain = marked.replace("|end", "end");
            let wanted: Vec<usize> = plain.match_indices('|').enumerate().map(|(count, (at, _))| at - count).collect();
            assert_eq!(found, wanted, "{marked}");
        }
    }

    fn pieces(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).into_iter().map(|token| (token.kind, &text[token.range])).collect()
    }

    #[test]
    fn half_written_scripts_fall_into_pieces_and_lose_nothing() {
        use Kind::{Comment, Keyword, Mark, Name, Number, Text};
        assert_eq!(
            pieces("local ä = s'bd' -- x\n--[[ a\n]] 1e-3..[==[\n]]\n]==]"),
            [
                (Keyword, "local"),
                (Mark, "ä"),
                (Mark, "="),
                (Name, "s"),
                (Text(true), "'bd'"),
                (Comment, "-- x"),
                (Comment, "--[[ a\n]]"),
                (Number, "1e-3"),
                (Mark, "."),
                (Mark, "."),
                (Text(true), "[==[\n]]\n]==]"),
            ]
        );
        assert_eq!(pieces("f('a\\'\nend"), [(Name, "f"), (Mark, "("), (Text(false), "'a\\'"), (Keyword, "end")]);
        assert_eq!(pieces("[[x"), [(Text(false), "[[x")]);
        for text in ["\\", "'\\", "`{", "--[", "é\"ü", "0x", "[=", "\u{1f941}"] {
            let all: Vec<Token> = tokens(text);
            assert!(all.iter().all(|token| text.get(token.range.clone()).is_some()), "{text}");
            all.iter().for_each(|token| assert!(text.get(content(text, token)).is_some(), "{text}"));
        }
    }

    #[test]
    fn the_content_of_a_text_is_what_stands_between_its_marks() {
        for (text, inside) in [("'a'", "a"), ("[[a]]", "a"), ("[=[a]=]", "a"), ("\"a", "a"), ("''", ""), ("[[]]", ""), ("'", "")] {
            assert_eq!(&text[content(text, &tokens(text)[0])], inside, "{text}");
        }
    }

    #[test]
    fn brackets_find_each_other_past_texts_and_comments() {
        let text = "f({')', g[1]}) -- )";
        let all = tokens(text);
        for (cursor, pair) in
            [(1, Some((1, 13))), (14, Some((13, 1))), (2, Some((1, 13))), (3, Some((2, 12))), (5, None), (9, Some((9, 11)))]
        {
            assert_eq!(brackets(text, &all, cursor), pair, "{cursor}");
        }
        assert_eq!(brackets("(]", &tokens("(]"), 0), None);
    }
}
