//! Control values that nothing can be done with: a word where a number belongs, or a word that is no choice.

use super::cycle::{
    note::note_to_midi,
    program::Program,
    rational::Span,
    value::{Key, Value},
};
use crate::param::{ParamKind, ParamSpec};

/// Cycles that are looked through.
const LOOKED_THROUGH: i64 = 8;
/// Most that is said of one pattern.
const MOST: usize = 16;

/// What a control takes, where it does not take this word.
fn wanted(key: Key, word: &str, spec: Option<&ParamSpec>) -> Option<String> {
    let number = || Some("a number".to_owned());
    match key {
        Key::NOTE => note_to_midi(word, 3).is_none().then(|| "notes such as c4 or eb, or MIDI numbers".to_owned()),
        Key::N | Key::GAIN | Key::PAN | Key::BEGIN | Key::END | Key::SPEED => number(),
        _ => match spec?.kind {
            ParamKind::Float | ParamKind::Integer | ParamKind::Toggle => number(),
            ParamKind::Choice(names) => (!names.contains(&word)).then(|| names.join(", ")),
            ParamKind::Text(_) | ParamKind::Cuts => None,
        },
    }
}

/// What of a pattern's first cycles nothing can be done with, each once: the control, the word, and what it takes.
#[must_use]
pub fn misfits<'s>(program: &Program, spec: impl Fn(&str) -> Option<&'s ParamSpec>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for cycle in 0..i64::from(program.pattern().period().unwrap_or(8)).min(LOOKED_THROUGH) {
        // What can't be asked is reported when it plays.
        let _ = program.onsets(Span::cycle(cycle), &mut |event| {
            let Value::Map(map) = event.value else { return Ok(()) };
            for (key, value) in map.iter() {
                let Value::Text(word) = value else { continue };
                let name = key.name();
                let Some(takes) = wanted(key, word, spec(&name)) else { continue };
                let said = format!("{name} takes {takes} and was given \"{word}\"");
                if found.len() < MOST && !found.contains(&said) {
                    found.push(said);
                }
            }
            Ok(())
        });
    }
    found
}
