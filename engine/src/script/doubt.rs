//! Calls that are allowed and do nothing, or leave nothing: said where they stand.

use std::cell::Cell;

use crate::pattern::cycle::{
    core::{Cx, Pattern},
    fault::Fault,
    mini::mini,
    rational::Span,
    registry::{Arg, calculates, find},
    value::{Key, Value},
};

/// Steps for a look at a pattern's first events.
const FEW: u32 = 256;

/// Words whose first value makes silence where it is 0 or less.
const POSITIVE: &[&str] =
    &["fast", "slow", "hurry", "ply", "segment", "chop", "striate", "run", "loopAt", "linger", "iter", "chunk", "slice", "splice"];

/// What is doubtful about a call; nothing where it is as usual.
pub(super) fn doubt(name: &str, receiver: Option<&Pattern>, args: &[Arg<'_>]) -> Option<String> {
    let entry = find(name)?;
    if calculates(entry) {
        return receiver.and_then(|receiver| unheard(name, receiver, args));
    }
    if !POSITIVE.contains(&entry.name) {
        return None;
    }
    let wrong = numbers(args.first()?).into_iter().find(|number| *number <= 0.0)?;
    let hint = match entry.name {
        "fast" | "slow" if wrong < 0.0 => "; rev plays backwards",
        "fast" | "slow" => "; silence, or hush(), is what plays nothing",
        _ => "",
    };
    Some(format!("{name} takes more than 0 and was given {wrong}, which leaves nothing to hear{hint}"))
}

/// An operator on controls that is given a plain value: Strudel warns of it and leaves the controls as they are, as happens here.
fn unheard(name: &str, receiver: &Pattern, args: &[Arg<'_>]) -> Option<String> {
    let key = controls(receiver)?;
    let plain = args.first().filter(|arg| is_plain(arg))?;
    let shown = match plain {
        Arg::Number(number) => number.to_string(),
        Arg::Text(text) => format!("\"{text}\""),
        _ => "…".to_owned(),
    };
    let key = key.name();
    Some(format!(
        "{name}({shown}) changes nothing: the pattern holds controls, and it does not say which one; write {name}({key}({shown}))"
    ))
}

/// A control of a pattern's first event, where its values are controls.
fn controls(pattern: &Pattern) -> Option<Key> {
    let mut found = None;
    look(pattern, &mut |value| {
        found = match value {
            Value::Map(map) if map.get(Key::VALUE).is_none() => map.iter().next().map(|(key, _)| key),
            _ => None,
        };
        false
    });
    found
}

/// Whether an argument's first value is no control.
fn is_plain(arg: &Arg<'_>) -> bool {
    match arg {
        Arg::Number(_) => true,
        Arg::Text(text) => mini(text).is_ok_and(|pattern| is_plain_pattern(&pattern)),
        Arg::Pattern(pattern) => is_plain_pattern(pattern),
        _ => false,
    }
}

fn is_plain_pattern(pattern: &Pattern) -> bool {
    let mut plain = false;
    look(pattern, &mut |value| {
        plain = matches!(value, Value::Number(_) | Value::Text(_) | Value::Note(_));
        false
    });
    plain
}

/// The numbers of an argument's first cycle.
fn numbers(arg: &Arg<'_>) -> Vec<f64> {
    let mut all = Vec::new();
    let mut note = |value: Value<'_>| {
        all.extend(if let Value::Number(number) = value { Some(number) } else { None });
        true
    };
    match arg {
        Arg::Number(number) => return vec![*number],
        Arg::Text(text) => drop(mini(text).map(|pattern| look(&pattern, &mut note))),
        Arg::Pattern(pattern) => look(pattern, &mut note),
        _ => {}
    }
    all
}

/// Shows the values of a pattern's first cycle, as far as a short look goes, until `more` says that it has seen enough.
fn look(pattern: &Pattern, more: &mut dyn FnMut(Value<'_>) -> bool) {
    let work = Cell::new(FEW);
    // What can't be asked here is said when the whole pattern is.
    let _ = pattern.query(&Cx::new(&work), Span::cycle(0), &mut |event| if more(event.value) { Ok(()) } else { Err(Fault::SinkFull) });
}
