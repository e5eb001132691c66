//! Which texts of a script make each pattern: the calls that write one, and what the names in them stand for. The script is read, not
//! run; what can't be followed so (a text that a function is given) belongs to no call.

use std::ops::Range;

use videotracker_engine::script::lua::{Kind, Token, begins_statement, content, tokens};

/// How many names may stand for each other, one after another.
const MAX_DEPTH: usize = 16;
/// Most texts of one call.
const MAX_TEXTS: usize = 4096;

/// A call that writes a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The pattern's name.
    pub name: String,
    /// Where the call stands, in bytes.
    pub at: usize,
    /// The content of the texts that it is made of, in bytes, in the order in which they are read.
    pub texts: Vec<Range<usize>>,
}

/// What a name was given.
#[derive(Debug)]
struct Given<'a> {
    name: &'a str,
    /// The tokens of it.
    value: Range<usize>,
}

/// A script in pieces, without comments.
struct Script<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    given: Vec<Given<'a>>,
}

/// The content of a text as a script sees it, in bytes; none where escapes stand in it.
#[must_use]
pub fn literal(script: &str, token: &Token) -> Option<Range<usize>> {
    let mut inside = content(script, token);
    if script[token.range.clone()].starts_with('[') {
        // Lua drops a line's end right behind the bracket.
        inside.start += usize::from(script[inside.clone()].starts_with('\n'));
    } else if script[inside.clone()].contains('\\') {
        return None;
    }
    matches!(token.kind, Kind::Text(_)).then_some(inside)
}

/// The calls of a script that write patterns, in their order.
#[must_use]
pub fn writers(text: &str) -> Vec<Writer> {
    let tokens = tokens(text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
    let mut script = Script { text, tokens, given: Vec::new() };
    script.given = script.all_given();
    (0..script.tokens.len()).filter_map(|at| script.writer(at)).collect()
}

impl<'a> Script<'a> {
    fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| &self.text[token.range.clone()])
    }

    fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Name)
    }

    /// Whether a name stands for a variable: not for a method or for an entry of a table.
    fn is_variable(&self, at: usize) -> bool {
        self.is_name(at) && !matches!(at.checked_sub(1).map(|before| self.word(before)), Some(":" | "."))
    }

    /// The end of what begins at a token and stands in `brackets` and `blocks`: where either is closed, or with neither, where the
    /// statement ends.
    fn end(&self, from: usize, mut brackets: usize, mut blocks: usize) -> usize {
        let whole = brackets == 0 && blocks == 0;
        for at in from..self.tokens.len() {
            let begins = at > from && begins_statement(self.text, &self.tokens, at);
            if begins && blocks == 0 {
                return at;
            }
            match (self.tokens[at].kind, self.word(at)) {
                (Kind::Mark, "(" | "{" | "[") => brackets += 1,
                (Kind::Mark, ")" | "}" | "]") => match brackets.checked_sub(1) {
                    None if whole => return at,
                    // More closed than opened: the blocks say where it ends.
                    None => {}
                    Some(left) => {
                        brackets = left;
                        if left == 0 && blocks == 0 && !whole {
                            return at;
                        }
                    }
                },
                (Kind::Mark, ";") if whole && brackets == 0 && blocks == 0 => return at,
                (Kind::Keyword, "function" | "do" | "repeat") => blocks += 1,
                (Kind::Keyword, "if") if begins => blocks += 1,
                (Kind::Keyword, "end" | "until") => match blocks.checked_sub(1) {
                    None => return at,
                    Some(left) => {
                        blocks = left;
                        if left == 0 && brackets == 0 && !whole {
                            return at;
                        }
                    }
                },
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// What every name of the script is given, in order.
    fn all_given(&self) -> Vec<Given<'a>> {
        let (mut found, mut open) = (Vec::new(), Vec::new());
        for at in 0..self.tokens.len() {
            match (self.tokens[at].kind, self.word(at)) {
                (Kind::Mark, mark @ ("(" | "{" | "[")) => open.push(mark),
                (Kind::Mark, ")" | "}" | "]") => drop(open.pop()),
                (Kind::Keyword, "function") if self.is_name(at + 1) => {
                    found.push(Given { name: self.word(at + 1), value: at + 2..self.end(at + 2, 0, 1) });
                }
                // In braces it is an entry of a table.
                (Kind::Mark, "=") if open.last() != Some(&"{") && self.word(at + 1) != "=" => {
                    let value = at + 1..self.end(at + 1, 0, 0);
                    let mut name = at;
                    while name > 0 && self.is_variable(name - 1) {
                        found.push(Given { name: self.word(name - 1), value: value.clone() });
                        if name < 2 || self.word(name - 2) != "," {
                            break;
                        }
                        name -= 2;
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The call at a token, where it writes a pattern.
    fn writer(&self, at: usize) -> Option<Writer> {
        let (word, opens) = (self.word(at), self.word(at + 1) == "(");
        if !self.is_name(at) {
            return None;
        }
        let made = |name: String, body: Range<usize>| {
            let mut texts = Vec::new();
            self.collect(body, at, &mut Vec::new(), &mut texts);
            Some(Writer { name, at: self.tokens[at].range.start, texts })
        };
        if !self.is_variable(at) {
            let ends = word == "p" && opens && self.word(at + 3) == ")" && self.word(at - 1) == ":";
            return made(self.named(at + 2).filter(|_| ends)?, self.receiver(at.checked_sub(2)?)..at - 1);
        }
        if word == "pattern" || word == "p" {
            let name = self.named(at + 2).filter(|_| opens && self.word(at + 3) == ",")?;
            return made(name, at + 4..self.end(at + 4, 1, 0));
        }
        let number = word.strip_prefix('d').filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        number.parse::<u8>().ok().filter(|number| (1..=16).contains(number))?;
        let body = if opens { at + 2..self.end(at + 2, 1, 0) } else { at + 1..at + 2 };
        made(word.to_owned(), body)
    }

    /// The name that a text, or a number that stands for d1, d2 and so on, gives.
    fn named(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        match token.kind {
            Kind::Number => Some(format!("d{}", self.word(at))),
            _ => literal(self.text, token).map(|name| self.text[name].to_owned()),
        }
    }

    /// Where the expression begins that ends with a token and has a method called on it.
    fn receiver(&self, mut at: usize) -> usize {
        let is_value = |at: usize| self.tokens.get(at).is_some_and(|token| matches!(token.kind, Kind::Name | Kind::Text(_)));
        loop {
            if matches!(self.word(at), ")" | "]" | "}") {
                let mut depth = 0_i32;
                let open = (0..=at).rev().find(|at| {
                    depth += match self.word(*at) {
                        ")" | "]" | "}" => 1,
                        "(" | "[" | "{" => -1,
                        _ => 0,
                    };
                    depth == 0
                });
                at = open.unwrap_or(0);
            }
            let is_called = matches!(self.word(at), "(" | "[" | "{") || self.tokens.get(at).is_some_and(|token| token.kind != Kind::Name);
            let Some(before) = at.checked_sub(1) else { return at };
            if is_called && (is_value(before) || matches!(self.word(before), ")" | "]" | "}")) {
                at = before;
            } else if matches!(self.word(before), ":" | ".") && before > 0 {
                at = before - 1;
            } else {
                return at;
            }
        }
    }

    /// Adds the texts of tokens, and of what the names among them were given before `call`, else behind it.
    fn collect(&self, body: Range<usize>, call: usize, within: &mut Vec<usize>, texts: &mut Vec<Range<usize>>) {
        for at in body {
            if texts.len() >= MAX_TEXTS {
                return;
            }
            if let Some(text) = self.tokens.get(at).and_then(|token| literal(self.text, token)) {
                texts.push(text);
            }
            // In front of `=` a name is given something, or is an entry's.
            if within.len() >= MAX_DEPTH || !self.is_variable(at) || self.word(at + 1) == "=" {
                continue;
            }
            let named = |given: &&(usize, &Given<'_>)| given.1.name == self.word(at) && !given.1.value.contains(&at);
            let all = || self.given.iter().enumerate();
            let given = all().filter(|(_, given)| given.value.start < call).rfind(|given| named(&given));
            let Some((index, given)) = given.or_else(|| all().find(|given| named(&given))) else { continue };
            if !within.contains(&index) {
                within.push(index);
                self.collect(given.value.clone(), call, within, texts);
                within.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_each_pattern_are_those_that_its_call_is_made_of() {
        for (script, expected) in [
            ("pattern('p', 'a') pattern('q', stack('b', s('c'):fast(2)))", "p: a | q: b c"),
            ("d1(s('a'))\nd16 'b' d17(s('c')) x.d1('d')", "d1: a | d16: b"),
            ("s('a'):fast(2):p('x') y = 1\nn('b'):s('c'):p(3)", "x: a | d3: b c"),
            ("local a = s('x')\nb = stack(a, n('y'))\nd1(b) d2(a:fast('z'))", "d1: x y | d2: x z"),
            ("a = 'x' d1(a)\na = 'y' d2(a)", "d1: x | d2: y"),
            ("d1(f('y')) function f(g) return s('x'):n(g) end", "d1: x y"),
            ("local a, b = s('x'), s('y') d1(b)", "d1: x y"),
            ("d1(s('a')\nd2(s('b'))", "d1: a | d2: b"),
            ("d1(s('a'):every(4, function(x) local y = 'b' return x:fast(y) end))", "d1: a b b"),
            ("d1(s({a = 'x'})) a = 'y'", "d1: x"),
            ("p('n', 'a') p('n' .. 1, 'b') p(2, [[\nc]]) pattern('e', 'a\\n')", "n: a | d2: c | e: "),
            ("a = a:fast('x') d1(a)", "d1: x"),
            ("d1( -- 'no'\n'a'", "d1: a"),
        ] {
            let found: Vec<String> = writers(script)
                .iter()
                .map(|writer| {
                    let texts: Vec<&str> = writer.texts.iter().map(|text| &script[text.clone()]).collect();
                    format!("{}: {}", writer.name, texts.join(" "))
                })
                .collect();
            assert_eq!(found.join(" | "), expected, "{script}");
        }
    }

    #[test]
    fn half_written_scripts_are_read_as_far_as_they_go() {
        for script in [
            "",
            "d1",
            "d1(",
            "pattern('",
            "pattern('p'",
            ":p(1)",
            "s:p(1)",
            ")):p(1)",
            "p(",
            "function",
            "a =",
            "= 1",
            "local a,",
            "d1 d1 d1(d1",
        ] {
            let _ = writers(script);
        }
    }
}
