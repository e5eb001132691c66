//! Line and column of an error.

use mlua::Lua;

use super::{
    bindings, foreign,
    host::{Host, shorten},
};
use crate::{name::did_you_mean, snapshot::Severity};

/// What the sandbox's own Lua is called.
pub(super) const PRELUDE: &str = "[prelude]";

/// An error raised by a binding or a limit, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct ScriptError {
    pub text: String,
    /// The script's name.
    pub script: String,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1, in characters.
    pub column: Option<u32>,
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{}:{line}:{column}: {}", self.script, self.text),
            (Some(line), None) => write!(f, "{}:{line}: {}", self.script, self.text),
            _ if self.script.is_empty() => f.write_str(&self.text),
            _ => write!(f, "{}: {}", self.script, self.text),
        }
    }
}

impl std::error::Error for ScriptError {}

/// The innermost line of Lua that runs now, with its script's name.
pub(super) fn here(lua: &Lua) -> (String, Option<u32>) {
    // 64 levels: bindings are called straight from Lua, so a script's frame is among the first few.
    for level in 0..64 {
        let frame = lua.inspect_stack(level, |frame| {
            let line = frame.current_line().and_then(|line| u32::try_from(line).ok());
            (frame.source().short_src.map(|name| name.into_owned()).unwrap_or_default(), line)
        });
        match frame {
            Some((name, Some(line))) if line > 0 && !is_glue(&name) => return (name, Some(line)),
            Some(_) => {}
            None => break,
        }
    }
    (String::new(), None)
}

/// Frames that are no script's: native ones, the sandbox's own, and what mlua wraps around methods.
fn is_glue(name: &str) -> bool {
    name == "[C]" || name == PRELUDE || name.starts_with("__mlua")
}

/// An error at the innermost running line; its column is that of the call of `function`, where the line shows one.
pub(super) fn at_call(lua: &Lua, function: &str, text: String) -> ScriptError {
    let (script, line) = here(lua);
    let column = lua.try_app_data_ref::<Host>().ok().flatten().and_then(|host| {
        if *host.script != *script {
            return None;
        }
        column_of(line_of(&host.source, line?)?, function)
    });
    ScriptError { text, script, line, column }
}

/// Warns of something at the innermost running line, where the script that runs is somebody's here.
pub(super) fn warn(lua: &Lua, function: &str, text: String) {
    let placed = at_call(lua, function, text);
    // Without a host nobody is to be told.
    if let Ok(Some(mut host)) = lua.try_app_data_mut::<Host>()
        && !host.guest
    {
        let (line, column) = (placed.line, placed.column);
        host.say(Severity::Warning, placed.to_string(), line);
        if let Some(last) = host.messages.last_mut().filter(|last| last.line == line) {
            last.column = column;
        }
    }
}

fn line_of(source: &str, line: u32) -> Option<&str> {
    source.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)
}

/// Where `word` stands in `line` as a word of its own, counted in characters from 1.
fn column_of(line: &str, word: &str) -> Option<u32> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let found = line.match_indices(word).find(|(at, _)| {
        !line[..*at].chars().next_back().is_some_and(is_part) && !line[at + word.len()..].chars().next().is_some_and(is_part)
    });
    found.and_then(|(at, _)| u32::try_from(line[..at].chars().count() + 1).ok())
}

/// Reads an error that ended a run of `script`, whose text is `source`.
pub(super) fn locate(error: &mlua::Error, script: &str, source: &str) -> ScriptError {
    if let Some(placed) = error.downcast_ref::<ScriptError>() {
        return placed.clone();
    }
    let (text, memory) = match root(error) {
        mlua::Error::RuntimeError(text) | mlua::Error::SyntaxError { message: text, .. } => (text.clone(), false),
        mlua::Error::MemoryError(_) => (String::new(), true),
        other => (other.to_string(), false),
    };
    if memory || text.contains("not enough memory") {
        let text = "it needs more memory than a script may take; build less at once".to_owned();
        return ScriptError { text, script: script.to_owned(), line: None, column: None };
    }
    let (text, trace) = text.split_once("\nstack traceback:").unwrap_or((&text, ""));
    let mut placed = read_place(text.trim(), script);
    if placed.script == PRELUDE {
        // A library function's place is nobody's business: that of its caller is.
        (placed.script, placed.line) = (script.to_owned(), None);
        let callers = trace.lines().filter_map(|frame| frame.trim().strip_prefix(script)?.strip_prefix(':'));
        let lines = callers.filter_map(|frame| frame.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        placed.line = lines.into_iter().next();
    }
    shorten(&mut placed.text);
    let is_misread = matches!(root(error), mlua::Error::SyntaxError { .. }) || placed.text.contains("arithmetic (idiv)");
    if is_misread
        && placed.script == script
        && let Some((line, column, hint)) = foreign::sign(source, placed.line.unwrap_or(u32::MAX))
    {
        return ScriptError { text: hint, line: Some(line), column: Some(column), ..placed };
    }
    if placed.script == script
        && let Some(open) = unclosed(&placed, source)
    {
        return open;
    }
    if placed.column.is_none()
        && placed.script == script
        && let Some(shown) = placed.line.and_then(|line| line_of(source, line))
    {
        point(&mut placed, shown);
    }
    placed
}

/// An error at the end of a script, `Expected ')' (to close '(' at line 3), got <eof>`, placed where the bracket or word stands that
/// nothing closes; Luau says `at column 5` where that is the script's last line.
fn unclosed(error: &ScriptError, source: &str) -> Option<ScriptError> {
    let (expected, rest) = error.text.strip_prefix("Expected '")?.split_once("' (to close '")?;
    let (opening, rest) = rest.split_once("' at ")?;
    let (kind, number) = rest.strip_suffix("), got <eof>")?.split_once(' ')?;
    let number: u32 = number.parse().ok()?;
    let (line, column) = if kind == "line" { (number, None) } else { (error.line?, Some(number)) };
    let shown = line_of(source, line)?;
    // Of several brackets in the line, the last that the line itself does not close.
    let open = || {
        let mut open = Vec::new();
        for (at, letter) in shown.char_indices() {
            match letter {
                _ if shown[at..].starts_with(opening) => open.push(at),
                _ if shown[at..].starts_with(expected) => drop(open.pop()),
                _ => {}
            }
        }
        open.pop().and_then(|at| u32::try_from(shown[..at].chars().count() + 1).ok())
    };
    let column = column.or_else(|| if opening.starts_with(char::is_alphabetic) { column_of(shown, opening) } else { open() });
    let text = format!("nothing closes this \"{opening}\"; \"{expected}\" is missing");
    Some(ScriptError { text, script: error.script.clone(), line: Some(line), column })
}

/// Reads `song:12: text`, `song:12:3: text` and what becomes of them when scripts pass them on: `again: song:12:3: text`
/// and `song:20: song:12:3: text`, where the inner place counts.
fn read_place(text: &str, script: &str) -> ScriptError {
    let mut placed = ScriptError { text: text.to_owned(), script: script.to_owned(), ..ScriptError::default() };
    let own = text.match_indices(script).find_map(|(at, _)| Some((at, lines_place(&text[at + script.len()..])?)));
    let Some((start, mut found)) = own else {
        if let Some((at, found)) = text.match_indices(':').find_map(|(at, _)| Some((at, lines_place(&text[at..])?))) {
            placed.script = text[..at].to_owned();
            (placed.line, placed.column, placed.text) = (Some(found.0), found.1, found.2.to_owned());
        }
        return placed;
    };
    while let Some(inner) = found.2.strip_prefix(script).and_then(lines_place) {
        found = inner;
    }
    (placed.line, placed.column, placed.text) = (Some(found.0), found.1, format!("{}{}", &text[..start], found.2));
    placed
}

/// Reads `:12: text` or `:12:3: text`.
fn lines_place(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (line, rest) = text.strip_prefix(':')?.split_once(':')?;
    let line = line.parse().ok()?;
    match rest.split_once(':').map(|(column, rest)| (column.parse().ok(), rest)) {
        Some((Some(column), rest)) => Some((line, Some(column), rest.trim_start())),
        _ => Some((line, None, rest.trim_start())),
    }
}

fn root(error: &mlua::Error) -> &mlua::Error {
    match error {
        mlua::Error::CallbackError { cause, .. } | mlua::Error::WithContext { cause, .. } | mlua::Error::BadArgument { cause, .. } => {
            root(cause)
        }
        other => other,
    }
}

/// Finds the column of one of Luau's own errors, and the name that was meant, in the line it names.
fn point(error: &mut ScriptError, shown: &str) {
    if error.text.starts_with("attempt to call a nil value") {
        let unknown = called_names(shown).find(|(name, method)| !*method && !bindings::is_global(name));
        if let Some((name, _)) = unknown {
            error.column = column_of(shown, name);
            error.text = match name.strip_prefix('d').and_then(|rest| rest.parse::<u32>().ok()) {
                Some(number) => format!("there is no {name}, but d1 … d16; p({number}, …) plays more, and p(\"name\", …) under a name"),
                None => format!("there is no function \"{name}\"{}", did_you_mean(name, bindings::global_names())),
            };
        }
        return;
    }
    if error.text.contains("malformed escape sequence") {
        error.column = shown.find('\\').and_then(|at| u32::try_from(shown[..at].chars().count() + 1).ok());
        error.text = "a text has a \\ that stands for nothing; write / in paths, and \\\\ for a \\ elsewhere".to_owned();
        return;
    }
    // Syntax errors quote what they met: `Expected 'end' (to close 'function' at line 1), got 'local'`.
    if let Some(got) = error.text.split("got '").nth(1).and_then(|rest| rest.strip_suffix('\'')) {
        // Only where there is one such token: the message does not say which.
        error.column = match shown.matches(got).count() {
            1 => shown.find(got).and_then(|at| u32::try_from(shown[..at].chars().count() + 1).ok()),
            _ => None,
        };
    }
}

/// Names in a line that something is called by, and whether as a method or field.
fn called_names(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let code = line.split("--").next().unwrap_or_default();
    // Texts may hold anything; every second stretch between quotes is one.
    let inside = move |at: usize| code[..at].matches(['"', '\'']).count() % 2 == 1;
    code.char_indices().filter(move |(at, _)| !inside(*at)).filter_map(move |(at, c)| {
        if !matches!(c, '(' | '{' | '"' | '\'') {
            return None;
        }
        let before = code[..at].trim_end();
        let start = before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last()?.0;
        let name = &before[start..];
        let method = code[..start].trim_end().ends_with(['.', ':']);
        (!name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, method))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_luaus_text() {
        for (text, wanted) in [
            ("kick:12: boom", ("kick", Some(12), None, "boom")),
            ("kick:12:3: boom", ("kick", Some(12), Some(3), "boom")),
            ("kick:20: kick:12:3: boom", ("kick", Some(12), Some(3), "boom")),
            ("again: kick:12:3: boom", ("kick", Some(12), Some(3), "again: boom")),
            ("C:/x.lua:3: a: b", ("C:/x.lua", Some(3), None, "a: b")),
            ("boom", ("kick", None, None, "boom")),
            ("kick it: boom", ("kick", None, None, "kick it: boom")),
        ] {
            let read = read_place(text, "kick");
            assert_eq!((&*read.script, read.line, read.column, &*read.text), wanted, "{text}");
        }
    }

    #[test]
    fn a_column_is_that_of_the_whole_word() {
        assert_eq!(column_of("  resampler(); sampler('k')", "sampler"), Some(16));
        assert_eq!(column_of("ä sampler", "sampler"), Some(3));
        assert_eq!(column_of("x", "sampler"), None);
    }
}
