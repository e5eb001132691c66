//! The pattern language in Lua: its table of combinators as functions, and as methods of patterns.

use std::{
    cell::{Cell, RefCell},
    iter::once,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use mlua::{Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value};

use super::live;
use crate::{
    module::event_params,
    name::{Name, did_you_mean_or},
    pattern::cycle::{
        core::Pattern,
        expr::{Argument, Expr, LUA_WORDS, REFERENCE, Surroundings},
        fault::Error,
        registry::{Arg, CallForm, Combinator, Takes, apply, apply_control, combinators, find, reify, sets_controls},
    },
    project::{Fact, Resolver},
    script::{
        args::{Args, begin_reading, check_read, long_text_of, name_of, number_of, shown, text_of},
        called,
        closure::{self, Shape},
        doubt, generative,
        host::{Fault, make_room, with_host},
        place::{self, ScriptError},
    },
    text::counted,
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
    /// Whether anything was made of it.
    used: Arc<AtomicBool>,
}

impl CyclePattern {
    fn new(pattern: Pattern, expr: Expr) -> Self {
        Self { pattern, expr, used: Arc::default() }
    }
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
        methods.add_function(live::METHOD.name, |lua, values: MultiValue| {
            super::call(lua, &live::METHOD, Args::new(live::METHOD.name, values))
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            this.used.store(true, Ordering::Relaxed);
            if this.expr.calls() {
                return Ok("a generative pattern: it calls a function while it plays, and is worked out ahead".to_owned());
            }
            Ok(this
                .pattern
                .period()
                .map_or_else(|| "a pattern".to_owned(), |cycles| format!("a pattern that repeats after {}", counted(cycles, "cycle"))))
        });
        methods.add_meta_function(MetaMethod::Concat, |lua, (left, right): (Value, Value)| {
            if !is_function(&left) && !is_function(&right) {
                let text =
                    "two patterns can't be joined by ..; write a:set(b), or a method, as in s(\"bd\"):speed(2); stack(a, b) plays both";
                return Err(Fault::Said(text.to_owned()).raise(lua, ".."));
            }
            CycleFunction::joined(lua, &left, &right)
        });
        methods.add_meta_method(MetaMethod::Index, |lua, _, key: Value| {
            let key = name_of(&key).unwrap_or_else(|| Name::new(&shown(&key)));
            own_method(lua, &key).map_err(|fault| fault.raise(lua, &key))
        });
    }
}

/// The method that sets a parameter which only this session's modules have: one that a shader file declares.
fn own_method(lua: &Lua, key: &str) -> Result<Value, Fault> {
    // Between runs there is no session. A cycle that is worked out is another one where the answer is.
    let asked = with_host(lua, |host| {
        host.ask(Fact::EventParam(Name::new(key)))?;
        Ok(host.session().event_params().map(|spec| spec.name).collect())
    });
    let own: Vec<&'static str> = asked.unwrap_or_default();
    if let Some(name) = own.iter().copied().find(|name| *name == key) {
        let method = lua.create_function(move |lua, mut values: MultiValue| {
            let receiver = values.pop_front().and_then(|first| held(&first));
            let receiver = receiver.ok_or_else(|| Fault::Said(format!("write pattern:{name}(…), with a colon")).raise(lua, name))?;
            call(lua, name, Some(&receiver), values).map_err(|fault| fault.raise(lua, name))
        })?;
        return Ok(Value::Function(method));
    }
    let hint = did_you_mean_or(key, method_names().chain(own), || "see the reference for what there is".to_owned());
    Err(Fault::Said(format!("a pattern has no \"{key}\"; {hint}")))
}

/// Every name, further ones too, of the combinators that are called so.
fn names(wanted: impl Fn(CallForm) -> bool) -> impl Iterator<Item = &'static str> {
    combinators()
        .iter()
        .filter(move |entry| wanted(entry.form))
        .flat_map(|entry: &Combinator| once(entry.name).chain(entry.aliases.iter().copied()))
}

/// Names of every method of patterns: combinators, and parameters that triggers set.
fn method_names() -> impl Iterator<Item = &'static str> {
    let params = event_params().flat_map(|spec| once(spec.name).chain(spec.aliases.iter().copied()));
    names(|called| matches!(called, CallForm::Method | CallForm::Both)).chain(params.filter(|name| find(name).is_none()))
}

/// Names of every global of the pattern language.
pub(in crate::script) fn global_names() -> impl Iterator<Item = &'static str> {
    names(|_| true).filter(|name| !LUA_WORDS.contains(name)).chain(once(REFERENCE))
}

/// Puts functions and signals into `globals`.
pub(super) fn install(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    for name in names(|called| matches!(called, CallForm::Function | CallForm::Both)) {
        let function =
            lua.create_function(move |lua, values: MultiValue| call(lua, name, None, values).map_err(|fault| fault.raise(lua, name)))?;
        globals.raw_set(name, function)?;
    }
    for name in names(|called| matches!(called, CallForm::Method)).filter(|name| !LUA_WORDS.contains(name)) {
        // What the script language has under that name stays: there the method is called on a pattern only.
        if !matches!(globals.raw_get::<Value>(name)?, Value::Nil) {
            continue;
        }
        if find(name).is_some_and(|entry| entry.takes.is_empty()) {
            globals.raw_set(name, lua.create_userdata(CycleFunction { steps: vec![(name, Vec::new())] })?)?;
            continue;
        }
        let function = lua.create_function(move |lua, values: MultiValue| {
            CycleFunction::called(lua, name, values).map_err(|fault| fault.raise(lua, name))
        })?;
        globals.raw_set(name, function)?;
    }
    for name in names(|called| matches!(called, CallForm::Signal)) {
        let pattern = apply(name, None, vec![]).map_err(mlua::Error::external)?;
        globals.raw_set(name, lua.create_userdata(CyclePattern::new(pattern, Expr::call(name, None, vec![])))?)?;
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
    Ok(CyclePattern::new(pattern, Expr::reference(&name)))
}

/// How the pattern that a Lua value holds was made; `None` where it holds none.
pub(in crate::script) fn expr_of(value: &Value) -> Option<Expr> {
    held(value).map(|held| held.expr)
}

/// Whether a value is a function of patterns, such as `fast(2)`.
pub(super) fn is_function(value: &Value) -> bool {
    matches!(value, Value::UserData(data) if data.is::<CycleFunction>())
}

/// The silent pattern in the place of another, for functions that are given `hush`.
pub(super) fn silenced(lua: &Lua, pattern: &Value) -> Result<Value, Fault> {
    let pattern = held(pattern).ok_or_else(|| Fault::Said(format!("hush takes nothing, or a pattern, not {}", shown(pattern))))?;
    Ok(Value::UserData(lua.create_userdata(call(lua, "hush", Some(&pattern), MultiValue::new())?)?))
}

/// The pattern that a Lua value stands for: itself, mini-notation, a number, or a list as their sequence.
///
/// # Errors
/// Where it stands for none, or the mini-notation can't be read.
pub(in crate::script) fn pattern_of(lua: &Lua, value: &Value) -> Result<Pattern, String> {
    made_of(lua, value).map(|made| made.pattern)
}

/// The pattern that a Lua value holds.
pub(in crate::script) fn held_pattern(value: &Value) -> Option<Pattern> {
    held(value).map(|held| held.pattern)
}

fn made_of(lua: &Lua, value: &Value) -> Result<CyclePattern, String> {
    if let Some(held) = held(value) {
        return Ok(held);
    }
    let given = argument(lua, "pattern", value, 0, &mut 0).map_err(|fault| match fault {
        Fault::Said(text) => text,
        Fault::Lua(error) => place::locate(&error, "", "").text,
    })?;
    let pattern = reify("pattern", given.arg).map_err(|error| error.to_string())?;
    Ok(CyclePattern::new(pattern, given.expr.read()))
}

fn held(value: &Value) -> Option<CyclePattern> {
    match value {
        Value::UserData(data) => data.borrow::<CyclePattern>().ok().map(|held| {
            held.used.store(true, Ordering::Relaxed);
            held.clone()
        }),
        _ => None,
    }
}

fn call(lua: &Lua, name: &'static str, receiver: Option<&CyclePattern>, values: MultiValue) -> Result<CyclePattern, Fault> {
    make_room(lua)?;
    if CALLED.get() == 0 {
        begin_reading();
    }
    let made = call_on(lua, name, receiver, &values.into_iter().collect::<Vec<_>>())?;
    note_made(lua, &made.used);
    Ok(made)
}

fn call_on(lua: &Lua, name: &'static str, receiver: Option<&CyclePattern>, values: &[Value]) -> Result<CyclePattern, Fault> {
    let mut items = 0;
    let given = values.iter().map(|value| argument(lua, name, value, 0, &mut items)).collect::<Result<Vec<_>, Fault>>()?;
    let (args, exprs): (Vec<_>, Vec<_>) = given.into_iter().map(|given| (given.arg, given.expr)).unzip();
    let pattern = receiver.map(|receiver| &receiver.pattern);
    if let Some(text) = doubt::doubt(name, pattern, &args) {
        place::warn(lua, name, text);
    }
    let made = if find(name).is_some() { apply(name, pattern, args) } else { apply_control(name, pattern, args) };
    let inner = INNER.take().filter(|placed| placed.line.is_some());
    let pattern = made.map_err(|error| match inner {
        Some(placed) => Fault::Lua(mlua::Error::external(ScriptError { text: error.to_string(), ..placed })),
        None => Fault::Said(error.to_string()),
    })?;
    let exprs = exprs.into_iter().map(Made::read).collect();
    Ok(CyclePattern::new(pattern, Expr::call(name, receiver.map(|receiver| receiver.expr.clone()), exprs)))
}

/// Notes the line in which a pattern is made, to be told if nothing comes of it.
fn note_made(lua: &Lua, used: &Arc<AtomicBool>) {
    if with_host(lua, |host| Ok(host.loose.wants_more())).unwrap_or(false)
        && let (script, Some(line)) = place::here(lua)
    {
        // Without a host nobody is to be told.
        let _ = with_host(lua, |host| {
            if *host.script == *script {
                host.loose.note(Arc::clone(used), line);
            }
            Ok(())
        });
    }
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
    Table(Vec<(Arc<str>, Self)>),
    /// What a function gave each time that the combinator called it.
    Function(Argument, Arc<Mutex<Vec<Expr>>>),
}

impl Made {
    fn read(self) -> Expr {
        match self {
            Self::Known(expr) => expr,
            Self::List(items) => Expr::List(items.into_iter().map(Self::read).collect()),
            Self::Table(items) => Expr::Table(items.into_iter().map(|(name, item)| (name, item.read())).collect()),
            Self::Function(argument, results) => {
                let results = std::mem::take(&mut *results.lock().unwrap_or_else(PoisonError::into_inner));
                let mut all: Vec<Expr> = results.into_iter().map(|result| Expr::Function(argument, Arc::new(result))).collect();
                let texts: Vec<_> = all.iter().map(Expr::write).collect();
                // Copies that come out alike are one function; one that was never called changes nothing.
                if texts.iter().all(|text| text == &texts[0]) {
                    all.pop().unwrap_or_else(|| Expr::Function(argument, Arc::new(Expr::Argument(argument))))
                } else {
                    Expr::List(all.into())
                }
            }
        }
    }
}

fn argument<'a>(lua: &Lua, name: &'static str, value: &Value, depth: usize, all: &mut usize) -> Result<Given<'a>, Fault> {
    *all += 1;
    check_read()?;
    if *all > MAX_ALL_ITEMS {
        return Err(Fault::Said(format!("{name}: its lists hold more than {MAX_ALL_ITEMS} items; write less")));
    }
    let known = |arg, expr| Ok(Given { arg, expr: Made::Known(expr) });
    if let Some(number) = number_of(value) {
        return known(Arg::Number(number), Expr::Number(number));
    }
    if let Some(text) = long_text_of(value) {
        let expr = Expr::Text(text.as_str().into(), 0);
        return known(Arg::Text(text), expr);
    }
    if let Some(held) = held(value) {
        return known(Arg::Pattern(held.pattern), held.expr);
    }
    match value {
        Value::Boolean(on) => known(Arg::Bool(*on), Expr::Bool(*on)),
        Value::Table(table) if depth < MAX_DEPTH && table.raw_len() == 0 && !table.is_empty() => named_items(lua, name, table, depth, all),
        Value::Table(list) if depth < MAX_DEPTH && list.raw_len() <= MAX_ITEMS => {
            let items = list.sequence_values::<Value>().map(|item| argument(lua, name, &item?, depth + 1, all));
            let (args, exprs) = items.collect::<Result<Vec<_>, Fault>>()?.into_iter().map(|given| (given.arg, given.expr)).unzip();
            Ok(Given { arg: Arg::List(args), expr: Made::List(exprs) })
        }
        Value::Function(function) if is_calling(name) => {
            known(Arg::Called(called::function(function)?), Expr::Lua(function_text(lua, name, function)?.into()))
        }
        Value::Function(function) => Ok(function_argument(lua, name, Applied::Lua(function.clone()))),
        Value::UserData(data) if data.is::<CycleFunction>() => match data.borrow::<CycleFunction>() {
            Ok(function) => Ok(function_argument(lua, name, Applied::Steps(function.clone()))),
            Err(_) => Err(Fault::Said(format!("{name}: a function is in use"))),
        },
        other => Err(Fault::Said(format!("{name}: {} stands where a number, text, pattern, list or function belongs", shown(other)))),
    }
}

/// Whether a combinator calls its function while the pattern plays.
fn is_calling(name: &str) -> bool {
    find(name).is_some_and(|entry| entry.takes.iter().any(|takes| matches!(takes, Takes::Called(_))))
}

/// The text of a function that is called while the pattern plays; none is needed where that is so already.
fn function_text(lua: &Lua, name: &'static str, function: &mlua::Function) -> Result<String, Fault> {
    if called::is_open() {
        return Ok("nil".to_owned());
    }
    let info = function.info();
    let (script, source) = with_host(lua, |host| Ok((Arc::clone(&host.script), Arc::clone(&host.source))))?;
    let is_here = info.what != "C" && info.short_src.as_deref() == Some(&*script);
    let shape = Shape {
        line: info.line_defined.filter(|_| is_here).unwrap_or(0),
        arguments: info.num_params.into(),
        open: info.is_vararg,
        upvalues: info.num_upvalues.into(),
    };
    let is_word = |word: &str| find(word).is_some();
    let is_known = |word: &str| generative::means_the_same(lua, word);
    closure::text_of(&source, shape, name, &is_word, &is_known).map_err(|why| Fault::Said(why.text(name)))
}

/// A table of named items, in the order of their names.
fn named_items<'a>(lua: &Lua, name: &'static str, table: &Table, depth: usize, all: &mut usize) -> Result<Given<'a>, Fault> {
    let mut items: Vec<(String, Given<'a>)> = Vec::new();
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let key = match (text_of(&key), number_of(&key)) {
            (Some(key), _) => key,
            (None, Some(key)) => key.to_string(),
            _ => return Err(Fault::Said(format!("{name}: {} stands where the name of a choice belongs", shown(&key)))),
        };
        items.push((key, argument(lua, name, &value, depth + 1, all)?));
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    let (args, exprs) = items.into_iter().map(|(key, given)| ((key.clone(), given.arg), (key.as_str().into(), given.expr))).unzip();
    Ok(Given { arg: Arg::Table(args), expr: Made::Table(exprs) })
}

/// What is applied to a pattern.
enum Applied {
    Lua(mlua::Function),
    Steps(CycleFunction),
}

/// How deep functions of patterns may call each other.
const MAX_CALLED: usize = 64;

thread_local! {
    /// How many functions of patterns are being called, one within the other.
    static CALLED: Cell<usize> = const { Cell::new(0) };
}

impl Applied {
    fn call(&self, lua: &Lua, given: CyclePattern, number: Option<u32>) -> Result<CyclePattern, String> {
        let depth = CALLED.get();
        if depth >= MAX_CALLED {
            return Err(format!("functions of patterns call each other more than {MAX_CALLED} deep; write it flatter"));
        }
        CALLED.set(depth + 1);
        let made = self.call_here(lua, given, number);
        CALLED.set(depth);
        made
    }

    fn call_here(&self, lua: &Lua, given: CyclePattern, number: Option<u32>) -> Result<CyclePattern, String> {
        match self {
            Self::Lua(function) => {
                let value: Value = match number {
                    Some(number) => function.call((given, number)),
                    None => function.call(given),
                }
                .map_err(|error| format!("{WITHIN}{}", note_place(lua, &error)))?;
                if is_function(&value)
                    && let Ok(CycleFunction { steps }) = CycleFunction::of(&value)
                {
                    let name = steps.first().map_or("it", |(name, _)| *name);
                    let takes: Vec<&str> = find(name).map_or(&[][..], |entry| entry.takes).iter().map(Takes::name).collect();
                    return Err(format!(
                        "its function gave another function; {name} takes its values first, as {name}({})",
                        takes.join(", ")
                    ));
                }
                made_of(lua, &value).map_err(|why| format!("its function gave no pattern: {why}"))
            }
            Self::Steps(function) => function.apply(lua, given),
        }
    }
}

thread_local! {
    /// Where the function that a combinator called went wrong; the innermost place.
    static INNER: RefCell<Option<ScriptError>> = const { RefCell::new(None) };
}

/// Notes where a function went wrong, for the error of the call it was given to; gives the text.
fn note_place(lua: &Lua, error: &mlua::Error) -> String {
    let script = with_host(lua, |host| Ok((Arc::clone(&host.script), Arc::clone(&host.source))));
    let (script, source) = script.unwrap_or_else(|_| (Arc::from(""), Arc::from("")));
    let placed = place::locate(error, &script, &source);
    let text = placed.text.clone();
    INNER.set(Some(placed));
    text
}

/// How the reason of a call begins whose function failed.
const WITHIN: &str = "in its function: ";

/// The error of a call whose function failed. Where functions stand within functions, it names the innermost call with a function,
/// rather than each of those around it.
fn innermost(name: &str, reason: &str) -> Error {
    let (mut name, mut reason) = (name, reason);
    loop {
        let bare = reason.strip_prefix(WITHIN).unwrap_or(reason);
        let call = |text: &'_ str| text.split_once(": ").is_some_and(|(word, _)| find(word).is_some());
        match bare.split_once(": ") {
            Some((word, rest)) if call(bare) && (rest.starts_with(WITHIN) || call(rest)) => (name, reason) = (word, rest),
            _ => return Error::Call { name: name.to_owned(), reason: reason.to_owned() },
        }
    }
}

/// A function, which notes what it does to its argument.
fn function_argument<'a>(lua: &Lua, name: &'static str, function: Applied) -> Given<'a> {
    let lua = lua.clone();
    let (argument, results) = (Argument::fresh(), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&results);
    let called = move |pattern: &Pattern, number: Option<u32>| {
        let given = CyclePattern::new(pattern.clone(), Expr::Argument(argument));
        let made = function.call(&lua, given, number).map_err(|reason| innermost(name, &reason))?;
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(made.expr);
        Ok(made.pattern)
    };
    Given { arg: Arg::Function(Box::new(called)), expr: Made::Function(argument, results) }
}

/// A method called without its pattern, or several: a function of patterns.
#[derive(Clone, Debug)]
struct CycleFunction {
    steps: Vec<(&'static str, Vec<Value>)>,
}

/// Most methods that one function applies.
const MAX_STEPS: usize = 64;

impl CycleFunction {
    /// The methods of this one, then those of `next`.
    fn then(mut self, next: Self) -> Result<Self, Fault> {
        self.steps.extend(next.steps);
        if self.steps.len() > MAX_STEPS {
            return Err(Fault::Said(format!("a function applies {} methods, but {MAX_STEPS} is the most", self.steps.len())));
        }
        Ok(self)
    }

    fn apply(&self, lua: &Lua, mut given: CyclePattern) -> Result<CyclePattern, String> {
        for (name, values) in &self.steps {
            given = call_on(lua, name, Some(&given), values).map_err(|fault| match fault {
                Fault::Said(text) => text,
                Fault::Lua(error) => place::locate(&error, "", "").text,
            })?;
        }
        Ok(given)
    }

    /// `left .. right`.
    fn joined(lua: &Lua, left: &Value, right: &Value) -> mlua::Result<Self> {
        let joined = Self::of(left).and_then(|first| Self::of(right).and_then(|second| first.then(second)));
        joined.map_err(|fault| fault.raise(lua, "a function of patterns"))
    }

    fn of(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::UserData(data) if data.is::<Self>() => Ok(data.borrow::<Self>()?.clone()),
            // A control stands for setting it, as behind Tidal's #.
            Value::UserData(data) if data.is::<CyclePattern>() && sets_controls(&data.borrow::<CyclePattern>()?.pattern) => {
                Ok(Self { steps: vec![("set", vec![value.clone()])] })
            }
            other => Err(Fault::Said(format!("{} can't be joined to a function of patterns; write fast(2) .. rev", shown(other)))),
        }
    }

    /// Calls the method `name` of no pattern yet: with its pattern as the last argument it makes one at once.
    fn called(lua: &Lua, name: &'static str, mut values: MultiValue) -> Result<Value, Fault> {
        let takes = find(name).map_or(&[][..], |entry| entry.takes);
        let open = matches!(takes, [Takes::Patterns | Takes::Functions | Takes::Weighted | Takes::Parts | Takes::Groups]);
        if !open && values.len() == takes.len() + 1 && values.back().is_some_and(|last| held(last).is_some()) {
            let pattern = values.pop_back().and_then(|last| held(&last));
            return Ok(Value::UserData(lua.create_userdata(call(lua, name, pattern.as_ref(), values)?)?));
        }
        if !open && values.len() != takes.len() && !(takes.len() == 1 && values.len() > 1) {
            let names: Vec<&str> = takes.iter().map(Takes::name).collect();
            return Err(Fault::Said(format!("{name} takes {} ({}) and was given {}", takes.len(), names.join(", "), values.len())));
        }
        Ok(Value::UserData(lua.create_userdata(Self { steps: vec![(name, values.into_iter().collect())] })?))
    }
}

impl UserData for CycleFunction {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| {
            let names: Vec<&str> = this.steps.iter().map(|(name, _)| *name).collect();
            Ok(format!("a function of patterns: {}", names.join(" .. ")))
        });
        methods.add_meta_function(MetaMethod::Concat, |lua, (left, right): (Value, Value)| Self::joined(lua, &left, &right));
        methods.add_meta_method(MetaMethod::Call, |lua, this, values: MultiValue| {
            let applied = match (values.front().and_then(held), values.len()) {
                (Some(pattern), 1) => {
                    this.apply(lua, pattern).map_err(Fault::Said).and_then(|made| Ok(Value::UserData(lua.create_userdata(made)?)))
                }
                (None, 0) => Ok(Value::UserData(lua.create_userdata(this.clone())?)),
                _ => Err(Fault::Said(format!("{} takes one pattern", this.steps.first().map_or("it", |(name, _)| *name)))),
            };
            applied.map_err(|fault| fault.raise(lua, this.steps.first().map_or("function", |(name, _)| *name)))
        });
        for name in method_names().filter(|name| find(name).is_some()) {
            methods.add_function(name, move |lua, mut values: MultiValue| {
                let before = values.pop_front().ok_or_else(|| Fault::Said(format!("write function:{name}(…), with a colon")));
                let made = before
                    .and_then(|before| Self::of(&before))
                    .and_then(|before| before.then(Self { steps: vec![(name, values.into_iter().collect())] }));
                made.map_err(|fault| fault.raise(lua, name))
            });
        }
    }
}
