//! A console line: words, some of them in quotes, taken one by one.

use crate::{
    command::{CommandError, refuse},
    module::Value,
    name::{Name, did_you_mean},
};

/// A line's words.
#[derive(Debug)]
pub(super) struct Line<'a> {
    words: Vec<std::borrow::Cow<'a, str>>,
    at: usize,
    usage: String,
}

impl<'a> Line<'a> {
    /// Splits at blanks; quotes keep blanks.
    pub fn new(text: &'a str) -> Result<Self, CommandError> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (word, after) = first_word(rest)?;
            words.push(word);
            rest = after.trim_start();
        }
        Ok(Self { words, at: 0, usage: String::new() })
    }

    pub const fn is_empty(&self) -> bool {
        self.at >= self.words.len()
    }

    /// Says how the command that was found is used, for what goes wrong from here on.
    pub fn begin(&mut self, words: &str, usage: &str) {
        self.usage = format!("{words} {usage}").trim_end().to_owned();
    }

    pub fn starts_with(&self, words: &str) -> bool {
        let wanted: Vec<&str> = words.split(' ').collect();
        self.words.len() >= wanted.len() && wanted.iter().zip(&self.words).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    pub fn skip(&mut self, count: usize) {
        self.at += count;
    }

    pub fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(|word| &**word)
    }

    /// Takes `module.param` for two words, as scripts write it, where `is_module` knows the first and not the whole.
    pub fn split_at_dot(&mut self, is_module: impl Fn(&str) -> bool) {
        let Some(word) = self.peek().filter(|word| !is_module(word)) else { return };
        if let Some((module, param)) = word.split_once('.').filter(|(module, param)| is_module(module) && !param.is_empty()) {
            let both = [module.to_owned().into(), param.to_owned().into()];
            self.words.splice(self.at..=self.at, both);
        }
    }

    /// The next word, where there is one.
    pub fn next(&mut self) -> Option<String> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word.clone().into_owned())
    }

    /// The next word.
    pub fn word(&mut self, what: &str) -> Result<String, CommandError> {
        match self.next() {
            Some(word) => Ok(word),
            None => refuse!("{what} is missing; write {}", self.usage),
        }
    }

    /// Takes the next word where it is `wanted`, ignoring case.
    pub fn takes(&mut self, wanted: &str) -> bool {
        let is = self.peek().is_some_and(|word| word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(is);
        is
    }

    /// A number.
    pub fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<T, CommandError> {
        let word = self.word(what)?;
        match word.parse() {
            Ok(number) => Ok(number),
            Err(_) => refuse!("{what} is \"{word}\", but takes a number; write {}", self.usage),
        }
    }

    /// A name among `known`, ignoring case where only that fits.
    pub fn known<'k>(&mut self, what: &str, known: impl Iterator<Item = &'k Name>) -> Result<Name, CommandError> {
        let word = self.word(what)?;
        let known: Vec<&Name> = known.collect();
        match resolve(&word, known.iter().copied()) {
            Some(name) => Ok(name.clone()),
            None => {
                let hint = did_you_mean(&word, known.into_iter().map(Name::as_str));
                refuse!("there is no {what} \"{word}\"{hint}")
            }
        }
    }

    /// Every word that is left.
    pub fn rest(&mut self) -> Vec<String> {
        let rest = self.words[self.at.min(self.words.len())..].iter().map(|word| word.clone().into_owned()).collect();
        self.at = self.words.len();
        rest
    }

    /// Refuses words that nobody took.
    pub fn end(&self) -> Result<(), CommandError> {
        match self.peek() {
            Some(word) => refuse!("\"{word}\" is too much; write {}", self.usage),
            None => Ok(()),
        }
    }

    /// Refuses, saying how the command is used.
    pub fn wrong<T>(&self, why: &str) -> Result<T, CommandError> {
        refuse!("{why}; write {}", self.usage)
    }
}

fn first_word(text: &str) -> Result<(std::borrow::Cow<'_, str>, &str), CommandError> {
    let mut word = String::new();
    let mut quoted = None;
    let mut was_quoted = false;
    for (at, c) in text.char_indices() {
        match quoted {
            Some(quote) if c == quote => quoted = None,
            None if c == '"' || c == '\'' => (quoted, was_quoted) = (Some(c), true),
            None if c.is_whitespace() => {
                let plain = !was_quoted;
                return Ok((if plain { text[..at].into() } else { word.into() }, &text[at..]));
            }
            _ => word.push(c),
        }
    }
    if let Some(quote) = quoted {
        refuse!("a quote {quote} has no end; close it");
    }
    Ok((word.into(), ""))
}

/// The known name that `word` means: the same one, else the only one that differs in case.
pub(super) fn resolve<'k>(word: &str, known: impl Iterator<Item = &'k Name>) -> Option<&'k Name> {
    let alike: Vec<&Name> = known.filter(|name| name.to_lowercase() == word.to_lowercase()).collect();
    match alike[..] {
        [one] => Some(one),
        _ => alike.into_iter().find(|name| &***name == word),
    }
}

/// A value as a line writes it.
pub(super) fn value(word: &str) -> Value {
    match word.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" => Value::Bool(true),
        "false" | "off" | "no" => Value::Bool(false),
        _ => word.parse::<f64>().ok().filter(|n| n.is_finite()).map_or_else(|| Value::Text(Name::new(word)), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_blanks_outside_quotes() {
        for (text, wanted) in [
            ("  set kick  volume 1 ", vec!["set", "kick", "volume", "1"]),
            ("rename 'a b' \"c\"d", vec!["rename", "a b", "cd"]),
            ("x \"\"", vec!["x", ""]),
            ("", vec![]),
        ] {
            let mut line = Line::new(text).unwrap();
            assert_eq!(line.rest(), wanted, "{text}");
        }
        assert!(Line::new("x 'y").is_err());
    }
}
