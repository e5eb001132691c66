//! Control values that nothing can be done with: a word where a number belongs, or a word that is no choice.

use std::{cell::Cell, collections::HashMap};

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

/// What becomes of a number that a control does not take, where that is so.
fn beyond(key: Key, name: &str, number: f64, specs: &[&ParamSpec]) -> Option<String> {
    if !number.is_finite() {
        return Some(format!("{name} takes a number and was given {number}"));
    }
    match key {
        Key::GAIN if number < 0.0 => return Some(format!("gain takes 0 and more and was given {number}, which is silent")),
        Key::BEGIN | Key::END if !(0.0..=1.0).contains(&number) => {
            return Some(format!(
                "{name} takes 0 to 1, the begin and the end of a sample, and was given {number}; slice and splice count their parts from 0"
            ));
        }
        Key::GAIN | Key::BEGIN | Key::END | Key::N | Key::NOTE => return None,
        _ => {}
    }
    if matches!(name, "orbit" | "o") {
        return (!(0.5..64.5).contains(&number)).then(|| format!("orbit takes 1 to 64 and was given {number}, which sounds in orbit 1"));
    }
    let is_number = |spec: &&&ParamSpec| matches!(spec.kind, ParamKind::Float | ParamKind::Integer);
    // Where several modules have a parameter of that name, one may take what others don't.
    if !specs.iter().all(|spec| is_number(&spec) && !(spec.min..=spec.max).contains(&number)) {
        return None;
    }
    let spec = specs.first()?;
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
    let nearest = number.clamp(spec.min, spec.max);
    Some(format!("{name} takes {} to {}{unit} and was given {number}; {nearest} is what is heard", spec.min, spec.max))
}

/// What of a pattern's first cycles nothing can be done with, each once: the control, the word or number, and what it takes. `specs` are the
/// parameters that a control sets; looking takes of `steps`.
#[must_use]
pub fn misfits<'s>(program: &Program, steps: &Cell<u32>, specs: impl Fn(&str) -> Vec<&'s ParamSpec>) -> Vec<String> {
    let (mut found, mut off): (Vec<String>, Vec<Key>) = (Vec::new(), Vec::new());
    let mut known: HashMap<Key, Vec<&ParamSpec>> = HashMap::new();
    for cycle in 0..i64::from(program.pattern().period().unwrap_or(8)).min(LOOKED_THROUGH) {
        // What can't be asked is reported when it plays.
        let _ = program.onsets_within(steps, Span::cycle(cycle), &mut |event| {
            let Value::Map(map) = event.value else { return Ok(()) };
            for (key, value) in map.iter() {
                let name = key.name();
                let specs = known.entry(key).or_insert_with(|| specs(&name));
                let said = match value {
                    Value::Text(word) => {
                        wanted(key, word, specs.first().copied()).map(|takes| format!("{name} takes {takes} and was given \"{word}\""))
                    }
                    // Of a control that gets many wrong numbers, the first tells enough.
                    Value::Number(number) if !off.contains(&key) => beyond(key, &name, number, specs).inspect(|_| off.push(key)),
                    _ => None,
                };
                if let Some(said) = said.filter(|said| found.len() < MOST && !found.contains(said)) {
                    found.push(said);
                }
            }
            Ok(())
        });
    }
    found
}
