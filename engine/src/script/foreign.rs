//! What of other languages' spelling stands in a script that Lua can't read, and how it is written here.

use super::lua::{Kind, Token, tokens};

/// How a whole tune becomes a script.
const WHOLE: &str = "videotracker translate TUNE.js, or Ctrl+Shift+L in the editor, turns a whole tune of Strudel's into Lua";

/// The first sign of another language in a script, up to the line of an error: its line and column, counted from 1, and what to write.
pub(super) fn sign(source: &str, line: u32) -> Option<(u32, u32, String)> {
    let all: Vec<Token> = tokens(source).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let words = |at: usize| [0, 1, 2].map(|more| all.get(at + more).map_or("", |token| &source[token.range.clone()]));
    let touch = |at: usize| all.get(at + 1).is_some_and(|next| next.range.start == all[at].range.end);
    let place = |at: usize| {
        let start = all[at].range.start;
        let begin = source[..start].rfind('\n').map_or(0, |end| end + 1);
        let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        (u32::try_from(source[..start].matches('\n').count() + 1).unwrap_or(u32::MAX), count(&source[begin..start]) + 1)
    };
    let found = (0..all.len()).filter(|at| all[*at].kind != Kind::Text(true)).find_map(|at| {
        let [one, two, _] = words(at);
        let text = match (one, two) {
            ("$", ":") if touch(at) => format!("$: is how Strudel plays a pattern; write d1(…), d2(…), each its own; {WHOLE}"),
            ("=", ">") if touch(at) => {
                format!("x => … is a function of Strudel's; write function(x) return … end, or fast(2) alone; {WHOLE}")
            }
            ("/", "/") if touch(at) => "// divides in Lua; a comment begins with --".to_owned(),
            ("/", "*") if touch(at) => "/* … */ is no comment of Lua's; write --[[ … ]]".to_owned(),
            ("const" | "let" | "var", _) if all.get(at + 1).is_some_and(|next| next.kind == Kind::Name) => {
                format!("{one} is JavaScript's; write local {two} = …; {WHOLE}")
            }
            ("$", _) => {
                "$ is Tidal's; brackets and methods stand for it, as in d1(s(\"bd sd\"):fast(2)); docs/coming-from.md lists both".to_owned()
            }
            ("#", _) if at > 0 && is_value_end(&all[at - 1], source) => {
                "# is Tidal's; a method sets a control, as in s(\"bd\"):speed(2); docs/coming-from.md lists both".to_owned()
            }
            ("await", _) => format!("await is JavaScript's; {WHOLE}"),
            _ => return None,
        };
        Some((at, text))
    });
    let (at, text) = found?;
    let (found_line, column) = place(at);
    (found_line <= line).then_some((found_line, column, text))
}

/// Whether a value ends with this token, so that no operator of one value can follow.
fn is_value_end(token: &Token, source: &str) -> bool {
    matches!(token.kind, Kind::Name | Kind::Number | Kind::Text(_)) || matches!(&source[token.range.clone()], ")" | "]" | "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_languages_write_is_said_as_it_is_written_here() {
        for (source, wanted) in [
            ("$: s(\"bd\")", Some((1, 1, "d1(…)"))),
            ("d1 $ sound \"bd\"", Some((1, 4, "Tidal"))),
            ("d1(s \"bd\" # speed 2)", Some((1, 11, ":speed(2)"))),
            ("d1(s(\"bd\"))\n  // a word", Some((2, 3, "begins with --"))),
            ("d1(s(\"bd\"):every(2, x => x:rev()))", Some((1, 23, "function(x)"))),
            ("/* a */ d1(1)", Some((1, 1, "--[["))),
            ("const a = 2", Some((1, 1, "local a"))),
            ("d1(s(\"$: // =>\")) -- $: =>\nlocal n = #t", None),
            ("local a = 7 / 2 f(a == 2)", None),
        ] {
            let found = sign(source, 9);
            match (found, wanted) {
                (None, None) => {}
                (Some((line, column, text)), Some(wanted)) => {
                    assert_eq!((line, column), (wanted.0, wanted.1), "{source}: {text}");
                    assert!(text.contains(wanted.2), "{source}: {text}");
                }
                (found, wanted) => panic!("{source}: {found:?}, not {wanted:?}"),
            }
        }
        assert_eq!(sign("f(\n$: s('bd')", 1), None, "what stands behind the error did not cause it");
    }
}
