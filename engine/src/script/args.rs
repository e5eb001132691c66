//! Arguments of a binding: each taken by what it must be, refused with its place, what it is and what is wanted.

use std::{cell::Cell, collections::VecDeque};

use mlua::{Function, MultiValue, Table, Value};

use super::{bindings::ModuleHandle, host::Fault};
use crate::{name::Name, text::counted};

/// Longest text a binding takes, in bytes.
pub(super) const MAX_TEXT: usize = 4096;
/// Most keys of a table that a binding takes.
pub(super) const MAX_KEYS: usize = 4096;

/// Most bytes of texts, and of what holds them, that one call reads of Lua's memory.
const MAX_READ: usize = 32 << 20;
/// What a text counts beside its bytes.
const OF_A_TEXT: usize = 64;

thread_local! {
    /// Bytes that the call under way has read.
    static READ: Cell<usize> = const { Cell::new(0) };
}

/// Begins to count what a call reads: Lua's own limit knows nothing of the copies.
pub(super) fn begin_reading() {
    READ.set(0);
}

/// Refuses a call that has read too much.
pub(super) fn check_read() -> Result<(), Fault> {
    if READ.get() > MAX_READ {
        return Err(Fault::Said(format!("it is given more than {} MiB of texts; give less at once", MAX_READ >> 20)));
    }
    Ok(())
}

/// Counts a text; says whether the call may have it.
fn may_read(bytes: usize) -> bool {
    READ.set(READ.get().saturating_add(bytes + OF_A_TEXT));
    READ.get() <= MAX_READ
}

/// The arguments of one call.
#[derive(Debug)]
pub(super) struct Args {
    function: &'static str,
    values: VecDeque<Value>,
    taken: usize,
}

impl Args {
    pub fn new(function: &'static str, values: MultiValue) -> Self {
        begin_reading();
        Self { function, values: values.into_iter().collect(), taken: 0 }
    }

    /// The function that is called.
    pub const fn callee(&self) -> &'static str {
        self.function
    }

    /// The next argument, nil where there is none.
    pub fn next(&mut self) -> Value {
        self.taken += 1;
        self.values.pop_front().unwrap_or(Value::Nil)
    }

    /// The next argument, left in its place.
    pub fn peek(&self) -> Option<&Value> {
        self.values.front()
    }

    /// The next argument, where one was given.
    pub fn pop(&mut self) -> Option<Value> {
        self.values.pop_front()
    }

    /// Whether nothing, or only nil, is left.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Value::is_nil)
    }

    /// Refuses what is left.
    pub fn end(&self) -> Result<(), Fault> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Fault::Said(format!("{} takes {}, not {}", self.function, counted(self.taken, "argument"), self.taken + self.values.len())))
    }

    /// The fault of the argument taken last.
    pub fn refuse(&self, what: &str, wanted: &str, got: &Value) -> Fault {
        Fault::Said(format!("{}: argument {} ({what}) is {}, but takes {wanted}", self.function, self.taken, shown(got)))
    }

    /// A name, or a module handle as its name.
    pub fn name(&mut self, what: &str) -> Result<Name, Fault> {
        let value = self.next();
        name_of(&value).ok_or_else(|| self.refuse(what, "a name", &value))
    }

    /// A name, where there is one.
    pub fn name_or_nil(&mut self, what: &str) -> Result<Option<Name>, Fault> {
        match self.next() {
            Value::Nil => Ok(None),
            value => name_of(&value).map(Some).ok_or_else(|| self.refuse(what, "a name", &value)),
        }
    }

    /// A number.
    pub fn number(&mut self, what: &str) -> Result<f64, Fault> {
        let value = self.next();
        number_of(&value).ok_or_else(|| self.refuse(what, "a number", &value))
    }

    /// A number, where there is one.
    pub fn number_or_nil(&mut self, what: &str) -> Result<Option<f64>, Fault> {
        match self.next() {
            Value::Nil => Ok(None),
            value => number_of(&value).map(Some).ok_or_else(|| self.refuse(what, "a number", &value)),
        }
    }

    /// True or false.
    pub fn toggle(&mut self, what: &str) -> Result<bool, Fault> {
        match self.next() {
            Value::Boolean(on) => Ok(on),
            value => Err(self.refuse(what, "true or false", &value)),
        }
    }

    /// A table.
    pub fn table(&mut self, what: &str) -> Result<Table, Fault> {
        match self.next() {
            Value::Table(table) => Ok(table),
            value => Err(self.refuse(what, "a table", &value)),
        }
    }

    /// A table, where there is one.
    pub fn table_or_nil(&mut self, what: &str) -> Result<Option<Table>, Fault> {
        match self.next() {
            Value::Nil => Ok(None),
            Value::Table(table) => Ok(Some(table)),
            value => Err(self.refuse(what, "a table", &value)),
        }
    }

    /// A function.
    pub fn function(&mut self, what: &str) -> Result<Function, Fault> {
        match self.next() {
            Value::Function(function) => Ok(function),
            value => Err(self.refuse(what, "a function", &value)),
        }
    }

    /// A parameter's value: a number, a text or true or false.
    pub fn value(&mut self, what: &str) -> Result<crate::module::Value, Fault> {
        let value = self.next();
        value_of(&value).ok_or_else(|| self.refuse(what, "a number, a text or true or false", &value))
    }
}

/// A Lua number as a double.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(whole) => Some(crate::time::to_f64(*whole)),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// A Lua number that is whole and fits.
pub(super) fn whole_of(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(whole) => Some(*whole),
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(crate::time::floor_to_i64(*number)),
        _ => None,
    }
}

/// A Lua string that is text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.as_bytes().len() <= MAX_TEXT && may_read(text.as_bytes().len()) => {
            text.to_str().ok().map(|text| text.to_owned())
        }
        _ => None,
    }
}

/// A Lua string as long as mini-notation may be.
pub(super) fn long_text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.as_bytes().len() <= crate::pattern::score::MAX_TEXT && may_read(text.as_bytes().len()) => {
            text.to_str().ok().map(|text| text.to_owned())
        }
        _ => None,
    }
}

/// A name, given as text or as a module handle.
pub(super) fn name_of(value: &Value) -> Option<Name> {
    match value {
        Value::UserData(data) => data.borrow::<ModuleHandle>().ok().map(|handle| handle.0.clone()),
        other => text_of(other).map(|text| Name::new(&text)),
    }
}

/// A value as a module parameter takes it.
pub(super) fn value_of(value: &Value) -> Option<crate::module::Value> {
    match value {
        Value::Boolean(on) => Some(crate::module::Value::Bool(*on)),
        Value::Integer(_) | Value::Number(_) => number_of(value).map(crate::module::Value::Number),
        Value::Table(table) => cuts_of(table).map(|text| crate::module::Value::Text(Name::new(&text))),
        other => text_of(other).map(|text| crate::module::Value::Text(Name::new(&text))),
    }
}

/// `{onsets = 0.5}` or `{0, 0.25, 0.7}` as the text that [`crate::module::samples::Cuts`] reads.
fn cuts_of(table: &mlua::Table) -> Option<String> {
    let length = table.raw_len();
    if length > crate::module::samples::MAX_SLICES {
        return None;
    }
    let entries = table.pairs::<Value, Value>().take(length + 2).count();
    if length == 0 && entries == 1 {
        return number_of(&table.raw_get("onsets").ok()?).map(|sensitivity| format!("onsets {sensitivity:?}"));
    }
    if length == 0 || length != entries {
        return None;
    }
    let positions = (1..=length).map(|index| number_of(&table.raw_get(index).ok()?).map(|position| format!("{position:?}")));
    positions.collect::<Option<Vec<String>>>().map(|positions| positions.join(" "))
}

/// A value as an error shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Nil => "missing".to_owned(),
        Value::Boolean(on) => on.to_string(),
        Value::Integer(whole) => whole.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.as_bytes().len() > 80 => "a long text".to_owned(),
        Value::String(text) => format!("\"{}\"", text.to_string_lossy()),
        other => format!("a {}", other.type_name()),
    }
}

/// A table with text keys that must all be used: what is left over is an unknown key.
#[derive(Debug)]
pub(super) struct Config {
    context: String,
    entries: Vec<(Name, Value)>,
    asked: Vec<&'static str>,
}

impl Config {
    /// Reads a table whose keys are texts.
    pub fn new(context: &str, table: Option<&Table>) -> Result<Self, Fault> {
        let mut entries = Vec::new();
        if let Some(table) = table {
            for pair in table.pairs::<Value, Value>() {
                let (key, value) = pair?;
                check_read()?;
                if entries.len() >= MAX_KEYS {
                    return Err(Fault::Said(format!("{context}: more than {MAX_KEYS} keys; write fewer")));
                }
                let Some(key) = name_of(&key) else {
                    return Err(Fault::Said(format!("{context}: {} is no key; write name = value", shown(&key))));
                };
                entries.push((key, value));
            }
        }
        // Tables have no order; errors and effects do.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self { context: context.to_owned(), entries, asked: Vec::new() })
    }

    /// Takes a key out, nil where it is absent.
    pub fn take(&mut self, key: &'static str) -> Value {
        self.asked.push(key);
        match self.entries.iter().position(|(name, _)| &**name == key) {
            Some(index) => self.entries.remove(index).1,
            None => Value::Nil,
        }
    }

    fn wrong(&self, key: &str, wanted: &str, got: &Value) -> Fault {
        Fault::Said(format!("{}: {key} is {}, but takes {wanted}", self.context, shown(got)))
    }

    pub fn number(&mut self, key: &'static str) -> Result<Option<f64>, Fault> {
        match self.take(key) {
            Value::Nil => Ok(None),
            value => number_of(&value).map(Some).ok_or_else(|| self.wrong(key, "a number", &value)),
        }
    }

    pub fn whole(&mut self, key: &'static str, low: i64, high: i64) -> Result<Option<i64>, Fault> {
        match self.take(key) {
            Value::Nil => Ok(None),
            value => whole_of(&value)
                .filter(|n| (low..=high).contains(n))
                .map(Some)
                .ok_or_else(|| self.wrong(key, &format!("a whole number from {low} to {high}"), &value)),
        }
    }

    pub fn toggle(&mut self, key: &'static str) -> Result<Option<bool>, Fault> {
        match self.take(key) {
            Value::Nil => Ok(None),
            Value::Boolean(on) => Ok(Some(on)),
            value => Err(self.wrong(key, "true or false", &value)),
        }
    }

    pub fn text(&mut self, key: &'static str) -> Result<Option<Name>, Fault> {
        match self.take(key) {
            Value::Nil => Ok(None),
            value => name_of(&value).map(Some).ok_or_else(|| self.wrong(key, "a text", &value)),
        }
    }

    pub fn table(&mut self, key: &'static str) -> Result<Option<Table>, Fault> {
        match self.take(key) {
            Value::Nil => Ok(None),
            Value::Table(table) => Ok(Some(table)),
            value => Err(self.wrong(key, "a table", &value)),
        }
    }

    /// What was not asked for.
    pub fn rest(self) -> Vec<(Name, Value)> {
        self.entries
    }

    /// Refuses keys nobody asked for.
    pub fn end(self) -> Result<(), Fault> {
        let Some((key, _)) = self.entries.first() else { return Ok(()) };
        let hint = crate::name::did_you_mean_or(key, self.asked.iter().copied(), || format!("it takes {}", self.asked.join(", ")));
        Err(Fault::Said(format!("{}: there is no key \"{key}\"; {hint}", self.context)))
    }
}
