//! The pattern language in Lua: its table of combinators as functions, and as methods of patterns.

use std::{
    iter::once,
    sync::{Arc, Mutex, PoisonError},
};

use mlua::{Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value};

use crate::{
    module::event_params,
    name::{Name, nearest},
    pattern::cycle::{
        core::Pattern,
        expr::{Argument, Expr, REFERENCE, Surroundings},
        fault::Error,
        registry::{Arg, Called, Combinator, apply, apply_control, combinators, find, reify},
    },
    project::Resolver,
    script::{
        args::{name_of, number_of, shown, text_of},
        host::{Fault, make_room, with_host},
        place,
    },
};

/// Deepest list an argument holds.
const MAX_DEPTH: usize = 16;
/// Most items of a list, and of all lists that an argument holds.
const MAX_ITEMS: usize = 4096;
const MAX_ALL_ITEMS: usize = 16_384;

/// A pattern as scripts hold it: itself, and how it was made.
#[derive(Clone, Debug)]
struct CyclePattern {
    pattern: Pattern,
    expr: Expr,
}

impl UserData for CyclePattern {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for name in method_names() {
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
            Ok(this
                .pattern
                .period()
                .map_or_else(|| "a pattern".to_owned(), |cycles| format!("a pattern that repeats after {cycles} cycles")))
        });
        methods.add_meta_method(MetaMethod::Index, |lua, _, key: Value| {
            let key = name_of(&key).unwrap_or_else(|| Name::new(&shown(&key)));
            own_method(lua, &key).map_err(|fault| fault.raise(lua, &key))
        });
    }
}

/// The method that sets a parameter which only this session's modules have: one that a shader file declares.
fn own_method(lua: &Lua, key: &str) -> Result<Value, Fault> {
    // Between runs there is no session, and a generative pattern needs none.
    let own: Vec<&'static str> =
        with_host(lua, |host| Ok(host.transaction.project().event_params().map(|spec| spec.name).collect())).unwrap_or_default();
    if let Some(name) = own.iter().copied().find(|name| *name == key) {
        let method = lua.create_function(move |lua, mut values: MultiValue| {
            let receiver = values.pop_front().and_then(|first| held(&first));
            let receiver = receiver.ok_or_else(|| Fault::Said(format!("write pattern:{name}(…), with a colon")).raise(lua, name))?;
            call(lua, name, Some(&receiver), values).map_err(|fault| fault.raise(lua, name))
        })?;
        return Ok(Value::Function(method));
    }
    let hint = nearest(key, method_names().chain(own))
        .map_or_else(|| "see the reference for what there is".to_owned(), |near| format!("did you mean \"{near}\"?"));
    Err(Fault::Said(format!("a pattern has no \"{key}\"; {hint}")))
}

/// Every name, further ones too, of the combinators that are called so.
fn names(called: impl Fn(Called) -> bool) -> impl Iterator<Item = &'static str> {
    combinators()
        .iter()
        .filter(move |entry| called(entry.called))
        .flat_map(|entry: &Combinator| once(entry.name).chain(entry.aliases.iter().copied()))
}

/// Names of every method of patterns: combinators, and parameters that triggers set.
fn method_names() -> impl Iterator<Item = &'static str> {
    let params = event_params().flat_map(|spec| once(spec.name).chain(spec.aliases.iter().copied()));
    names(|called| matches!(called, Called::Method | Called::Both)).chain(params.filter(|name| find(name).is_none()))
}

/// Names of every global of the pattern language.
pub(in crate::script) fn global_names() -> impl Iterator<Item = &'static str> {
    names(|called| !matches!(called, Called::Method)).chain(once(REFERENCE))
}

/// Puts functions and signals into `globals`.
pub(super) fn install(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    for name in names(|called| matches!(called, Called::Function | Called::Both)) {
        let function =
            lua.create_function(move |lua, values: MultiValue| call(lua, name, None, values).map_err(|fault| fault.raise(lua, name)))?;
        globals.raw_set(name, function)?;
    }
    for name in names(|called| matches!(called, Called::Signal)) {
        let pattern = apply(name, None, vec![]).map_err(mlua::Error::external)?;
        globals.raw_set(name, lua.create_userdata(CyclePattern { pattern, expr: Expr::call(name, None, vec![]) })?)?;
    }
    let get = lua.create_function(|lua, name: Value| get_pattern(lua, &name).map_err(|fault| fault.raise(lua, REFERENCE)))?;
    globals.raw_set(REFERENCE, get)
}

/// A pattern of the session, for others to be made of; they follow it when it changes.
fn get_pattern(lua: &Lua, name: &Value) -> Result<CyclePattern, Fault> {
    make_room(lua)?;
    let name = text_of(name).ok_or_else(|| Fault::Said(format!("the pattern is {}, but takes a name", shown(name))))?;
    let made = with_host(lua, |host| Ok(Resolver::new(host.transaction.project()).pattern(&name)))?;
    let pattern = made.map_err(|error| Fault::Said(error.to_string()))?;
    Ok(CyclePattern { pattern, expr: Expr::reference(&name) })
}

/// How the pattern that a Lua value holds was made; `None` where it holds none.
pub(in crate::script) fn expr_of(value: &Value) -> Option<Expr> {
    held(value).map(|held| held.expr)
}

/// The pattern that a Lua value stands for: itself, mini-notation, a number, or a list as their sequence.
///
/// # Errors
/// Where it stands for none, or the mini-notation can't be read.
pub(in crate::script) fn pattern_of(value: &Value) -> Result<Pattern, String> {
    made_of(value).map(|made| made.pattern)
}

fn made_of(value: &Value) -> Result<CyclePattern, String> {
    if let Some(held) = held(value) {
        return Ok(held);
    }
    let given = argument("pattern", value, 0, &mut 0).map_err(|fault| match fault {
        Fault::Said(text) => text,
        Fault::Lua(error) => place::locate(&error, "", "").text,
    })?;
    let pattern = reify("pattern", given.arg).map_err(|error| error.to_string())?;
    Ok(CyclePattern { pattern, expr: given.expr.read() })
}

fn held(value: &Value) -> Option<CyclePattern> {
    match value {
        Value::UserData(data) => data.borrow::<CyclePattern>().ok().map(|held| held.clone()),
        _ => None,
    }
}

fn call(lua: &Lua, name: &'static str, receiver: Option<&CyclePattern>, values: MultiValue) -> Result<CyclePattern, Fault> {
    make_room(lua)?;
    let mut items = 0;
    let given = values.iter().map(|value| argument(name, value, 0, &mut items)).collect::<Result<Vec<_>, Fault>>()?;
    let (args, exprs): (Vec<_>, Vec<_>) = given.into_iter().map(|given| (given.arg, given.expr)).unzip();
    let pattern = receiver.map(|receiver| &receiver.pattern);
    let made = if find(name).is_some() { apply(name, pattern, args) } else { apply_control(name, pattern, args) };
    let pattern = made.map_err(|error| Fault::Said(error.to_string()))?;
    let exprs = exprs.into_iter().map(Made::read).collect();
    Ok(CyclePattern { pattern, expr: Expr::call(name, receiver.map(|receiver| receiver.expr.clone()), exprs) })
}

/// An argument, and how it was made.
struct Given<'a> {
    arg: Arg<'a>,
    expr: Made,
}

/// How an argument was made.
enum Made {
    Known(Expr),
    List(Vec<Self>),
    /// A function's result, known once the combinator has called it.
    Function(Argument, Arc<Mutex<Option<Expr>>>),
}

impl Made {
    fn read(self) -> Expr {
        match self {
            Self::Known(expr) => expr,
            Self::List(items) => Expr::List(items.into_iter().map(Self::read).collect()),
            Self::Function(argument, result) => {
                let result = result.lock().unwrap_or_else(PoisonError::into_inner).take();
                // One that was never called changes nothing.
                Expr::Function(argument, Arc::new(result.unwrap_or(Expr::Argument(argument))))
            }
        }
    }
}

fn argument<'a>(name: &'static str, value: &Value, depth: usize, all: &mut usize) -> Result<Given<'a>, Fault> {
    *all += 1;
    if *all > MAX_ALL_ITEMS {
        return Err(Fault::Said(format!("{name}: its lists hold more than {MAX_ALL_ITEMS} items; write less")));
    }
    let known = |arg, expr| Ok(Given { arg, expr: Made::Known(expr) });
    if let Some(number) = number_of(value) {
        return known(Arg::Number(number), Expr::Number(number));
    }
    if let Some(text) = text_of(value) {
        let expr = Expr::Text(text.as_str().into(), 0);
        return known(Arg::Text(text), expr);
    }
    if let Some(held) = held(value) {
        return known(Arg::Pattern(held.pattern), held.expr);
    }
    match value {
        Value::Boolean(on) => known(Arg::Bool(*on), Expr::Bool(*on)),
        Value::Table(list) if depth < MAX_DEPTH && list.raw_len() <= MAX_ITEMS => {
            let items = list.sequence_values::<Value>().map(|item| argument(name, &item?, depth + 1, all));
            let (args, exprs) = items.collect::<Result<Vec<_>, Fault>>()?.into_iter().map(|given| (given.arg, given.expr)).unzip();
            Ok(Given { arg: Arg::List(args), expr: Made::List(exprs) })
        }
        Value::Function(function) => Ok(function_argument(name, function.clone())),
        other => Err(Fault::Said(format!("{name}: {} stands where a number, text, pattern, list or function belongs", shown(other)))),
    }
}

/// A Lua function, which notes what it does to its argument.
fn function_argument<'a>(name: &'static str, function: mlua::Function) -> Given<'a> {
    let (argument, result) = (Argument::fresh(), Arc::new(Mutex::new(None)));
    let noted = Arc::clone(&result);
    let called = move |pattern: &Pattern| {
        let refused = |reason: String| Error::Call { name: name.to_owned(), reason };
        let given = CyclePattern { pattern: pattern.clone(), expr: Expr::Argument(argument) };
        let value: Value =
            function.call(given).map_err(|error| refused(format!("in its function: {}", place::locate(&error, "", "").text)))?;
        let made = made_of(&value).map_err(|why| refused(format!("its function gave no pattern: {why}")))?;
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.expr);
        Ok(made.pattern)
    };
    Given { arg: Arg::Function(Box::new(called)), expr: Made::Function(argument, result) }
}
