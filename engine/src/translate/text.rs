//! Texts, names and comments.

use crate::pattern::cycle::expr::{LUA_WORDS, quoted};

/// White space and comments as Lua has them; everything else of a stretch between expressions is left out.
pub(super) fn gap(gap: &str) -> String {
    let (mut out, mut rest) = (String::new(), gap);
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = rest.strip_prefix("//") {
            let end = comment.find('\n').unwrap_or(comment.len());
            out.push_str("--");
            // Two brackets would begin a long comment.
            out.push_str(if comment.starts_with('[') { " " } else { "" });
            out.push_str(comment[..end].trim_end());
            end + 2
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/");
            let inner = &comment[..end.unwrap_or(comment.len())];
            let level = (0..).map(|n| "=".repeat(n)).find(|level| !inner.contains(&format!("]{level}]"))).unwrap_or_default();
            out.push_str(&format!("--[{level}[{inner}]{level}]"));
            end.map_or(rest.len(), |end| end + 4)
        } else {
            if first.is_whitespace() {
                out.push(first);
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// A comment that ends where it says, so that anything may follow in its line.
pub(super) fn aside(text: &str) -> String {
    let level = (0..).map(|n| "=".repeat(n)).find(|level| !text.contains(&format!("]{level}]"))).unwrap_or_default();
    format!("--[{level}[ {text} ]{level}]")
}

/// A text as Lua writes it, over several lines where it has them.
pub(super) fn lua_text(text: &str) -> String {
    let is_plain = text.contains('\n') && !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t');
    if is_plain && !text.contains("]]") && !text.ends_with(']') {
        // Lua drops a line's end right behind the brackets.
        let first = if text.starts_with('\n') { "\n" } else { "" };
        return format!("[[{first}{text}]]");
    }
    quoted(text)
}

/// What an escape of a JavaScript text stands for.
pub(super) fn unescaped(escape: &str) -> String {
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).map(String::from).unwrap_or_default();
    match escape.strip_prefix('\\').unwrap_or(escape) {
        "n" => "\n".to_owned(),
        "t" => "\t".to_owned(),
        "r" => "\r".to_owned(),
        "b" => "\u{8}".to_owned(),
        "f" => "\u{c}".to_owned(),
        "v" => "\u{b}".to_owned(),
        "0" => "\0".to_owned(),
        // A line that goes on.
        "\n" | "\r\n" => String::new(),
        other if other.starts_with("u{") => code(other.trim_start_matches("u{").trim_end_matches('}')),
        other if other.starts_with('u') || other.starts_with('x') && other.len() == 3 => code(&other[1..]),
        other => other.to_owned(),
    }
}

/// A name of the tune as Lua may have it.
pub(super) fn name(name: &str) -> String {
    let plain: String = name.replace('$', "_S");
    if LUA_WORDS.contains(&plain.as_str()) { format!("{plain}_") } else { plain }
}

/// A word of the language as it is spelled here.
pub(super) fn word(name: &str) -> &str {
    match name {
        "and" => "both",
        "or" => "either",
        "end" => "finish",
        "setCpm" | "setcpm" => "setcpm",
        "setCps" | "setcps" => "setcps",
        "m" | "h" => "mini",
        other => other,
    }
}

/// The suffix of an alignment that follows an operator, as in `add.squeeze`.
pub(super) fn alignment(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "in" => "In",
        "out" => "Out",
        "mix" => "Mix",
        "squeeze" => "Squeeze",
        "squeezeout" => "SqueezeOut",
        "reset" => "Reset",
        "restart" => "Restart",
        "poly" => "Poly",
        _ => return None,
    })
}

/// A number as Lua writes it.
pub(super) fn number(text: &str) -> String {
    let plain = text.replace('_', "");
    match plain.strip_prefix('.') {
        Some(rest) => format!("0.{rest}"),
        None if plain.ends_with('n') && !plain.starts_with("0x") => plain.trim_end_matches('n').to_owned(),
        None if plain.ends_with('.') => format!("{plain}0"),
        None if plain.starts_with("0o") || plain.starts_with("0O") => {
            u64::from_str_radix(&plain[2..], 8).map_or(plain.clone(), |value| value.to_string())
        }
        None => plain,
    }
}
