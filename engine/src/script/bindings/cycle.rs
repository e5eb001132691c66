//! The pattern language in Lua: its table of combinators as functions, and as methods of patterns.

use std::iter::once;

use mlua::{Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value};

use crate::{
    name::{Name, nearest},
    pattern::cycle::{
        core::Pattern,
        fault::Error,
        registry::{Arg, Called, Combinator, apply, combinators, reify},
    },
    script::{
        args::{name_of, number_of, shown, text_of},
        host::{Fault, with_host},
        place,
    },
};

/// Deepest list an argument holds.
const MAX_DEPTH: usize = 16;
/// Most items of a list.
const MAX_ITEMS: usize = 4096;

/// A pattern as scripts hold it.
#[derive(Clone, Debug)]
struct CyclePattern(Pattern);

impl UserData for CyclePattern {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for name in names(|called| matches!(called, Called::Method | Called::Both)) {
            methods.add_function(name, move |lua, mut values: MultiValue| {
                let receiver = values.pop_front().and_then(|first| held(&first));
                let made = match receiver {
                    Some(receiver) => call(lua, name, Some(&receiver), values),
                    None => Err(Fault::Said(format!("write pattern:{name}(…), with a colon"))),
                };
                made.map_err(|fault| fault.raise(lua, name))
            });
        }
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            Ok(this.0.period().map_or_else(|| "a pattern".to_owned(), |cycles| format!("a pattern that repeats after {cycles} cycles")))
        });
        methods.add_meta_method(MetaMethod::Index, |lua, _, key: Value| {
            let key = name_of(&key).unwrap_or_else(|| Name::new(&shown(&key)));
            let known = names(|called| matches!(called, Called::Method | Called::Both));
            let hint = nearest(&key, known)
                .map_or_else(|| "see the reference for what there is".to_owned(), |near| format!("did you mean \"{near}\"?"));
            Err::<Value, _>(Fault::Said(format!("a pattern has no \"{key}\"; {hint}")).raise(lua, &key))
        });
    }
}

/// Every name, further ones too, of the combinators that are called so.
fn names(called: impl Fn(Called) -> bool) -> impl Iterator<Item = &'static str> {
    combinators()
        .iter()
        .filter(move |entry| called(entry.called))
        .flat_map(|entry: &Combinator| once(entry.name).chain(entry.aliases.iter().copied()))
}

/// Names of every global of the pattern language.
pub(super) fn global_names() -> impl Iterator<Item = &'static str> {
    names(|called| !matches!(called, Called::Method))
}

/// Puts functions and signals into `globals`.
pub(super) fn install(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    for name in names(|called| matches!(called, Called::Function | Called::Both)) {
        let function =
            lua.create_function(move |lua, values: MultiValue| call(lua, name, None, values).map_err(|fault| fault.raise(lua, name)))?;
        globals.raw_set(name, function)?;
    }
    for name in names(|called| matches!(called, Called::Signal)) {
        let signal = apply(name, None, vec![]).map_err(mlua::Error::external)?;
        globals.raw_set(name, lua.create_userdata(CyclePattern(signal))?)?;
    }
    Ok(())
}

/// The pattern that a Lua value stands for: itself, mini-notation, a number, or a list as their sequence.
///
/// # Errors
/// Where it stands for none, or the mini-notation can't be read.
pub(in crate::script) fn pattern_of(value: &Value) -> Result<Pattern, String> {
    let arg = argument("pattern", value, 0).map_err(|fault| match fault {
        Fault::Said(text) => text,
        Fault::Lua(error) => place::locate(&error, "", "").text,
    })?;
    reify("pattern", arg).map_err(|error| error.to_string())
}

fn held(value: &Value) -> Option<Pattern> {
    match value {
        Value::UserData(data) => data.borrow::<CyclePattern>().ok().map(|held| held.0.clone()),
        _ => None,
    }
}

fn call(lua: &Lua, name: &'static str, receiver: Option<&Pattern>, values: MultiValue) -> Result<CyclePattern, Fault> {
    let args = values.iter().map(|value| argument(name, value, 0)).collect::<Result<Vec<_>, Fault>>()?;
    let made = apply(name, receiver, args).map_err(|error| Fault::Said(error.to_string()))?;
    with_host(lua, |host| host.charge(made.footprint()))?;
    Ok(CyclePattern(made))
}

fn argument<'a>(name: &'static str, value: &Value, depth: usize) -> Result<Arg<'a>, Fault> {
    if let Some(number) = number_of(value) {
        return Ok(Arg::Number(number));
    }
    if let Some(text) = text_of(value) {
        return Ok(Arg::Text(text));
    }
    if let Some(pattern) = held(value) {
        return Ok(Arg::Pattern(pattern));
    }
    match value {
        Value::Boolean(on) => Ok(Arg::Bool(*on)),
        Value::Table(list) if depth < MAX_DEPTH && list.raw_len() <= MAX_ITEMS => {
            let items = list.sequence_values::<Value>().map(|item| argument(name, &item?, depth + 1));
            Ok(Arg::List(items.collect::<Result<_, Fault>>()?))
        }
        Value::Function(function) => {
            let function = function.clone();
            Ok(Arg::Function(Box::new(move |pattern| {
                let refused = |reason: String| Error::Call { name: name.to_owned(), reason };
                let value: Value = function
                    .call(CyclePattern(pattern.clone()))
                    .map_err(|error| refused(format!("in its function: {}", place::locate(&error, "", "").text)))?;
                pattern_of(&value).map_err(|why| refused(format!("its function gave no pattern: {why}")))
            })))
        }
        other => Err(Fault::Said(format!("{name}: {} stands where a number, text, pattern, list or function belongs", shown(other)))),
    }
}
