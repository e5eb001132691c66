//! Lua functions that a pattern calls with values or times, while its cycles are worked out.

use std::{cell::RefCell, sync::Arc};

use mlua::{IntoLua, Lua, Table, Value as LuaValue};

use super::{
    args::{begin_reading, name_of, number_of, shown, text_of},
    bindings::cycle::held_pattern,
    host::Fault as Refusal,
};
use crate::pattern::cycle::{
    called::{Function, Input, Output},
    fault::Fault,
    value::{Const, Key, LIST_CAPACITY, MAP_CAPACITY, Value},
};

/// Most functions that one cycle calls.
const MAX_FUNCTIONS: usize = 1024;

/// The functions of the cycle that is being worked out on this thread.
#[derive(Default)]
struct Round {
    /// Which one it is, so that a pattern of an earlier one finds nothing.
    number: u64,
    open: bool,
    functions: Vec<mlua::Function>,
    failure: Option<mlua::Error>,
}

thread_local! {
    static ROUND: RefCell<Round> = RefCell::default();
}

/// Runs `f`, in which patterns may call Lua functions.
pub(super) fn during<T>(f: impl FnOnce() -> T) -> T {
    /// Closes the round also where Lua ends it.
    struct Closing;

    impl Drop for Closing {
        fn drop(&mut self) {
            let functions = ROUND.with_borrow_mut(|round| {
                round.open = false;
                std::mem::take(&mut round.functions)
            });
            drop(functions);
        }
    }

    ROUND.with_borrow_mut(|round| {
        round.number += 1;
        round.open = true;
        round.failure = None;
    });
    let _closing = Closing;
    f()
}

/// What a function failed with last, in the open round.
pub(super) fn take_failure() -> Option<mlua::Error> {
    ROUND.with_borrow_mut(|round| round.failure.take())
}

/// Whether cycles are being worked out, so that functions are called as they are and need not be kept.
pub(super) fn is_open() -> bool {
    ROUND.with_borrow(|round| round.open)
}

/// Whether patterns of the open round were given functions.
pub(super) fn any() -> bool {
    ROUND.with_borrow(|round| round.open && !round.functions.is_empty())
}

/// A function for a pattern; outside of [`during`] one that fails when it is called.
pub(super) fn function(function: &mlua::Function) -> Result<Arc<dyn Function>, Refusal> {
    ROUND.with_borrow_mut(|round| {
        if !round.open {
            return Ok(Arc::new(Numbered { round: 0, index: 0 }) as Arc<dyn Function>);
        }
        if round.functions.len() >= MAX_FUNCTIONS {
            return Err(Refusal::Said(format!("a cycle calls more than {MAX_FUNCTIONS} functions; use fewer")));
        }
        round.functions.push(function.clone());
        Ok(Arc::new(Numbered { round: round.number, index: round.functions.len() - 1 }) as Arc<dyn Function>)
    })
}

/// A function by its round and its index there.
struct Numbered {
    round: u64,
    index: usize,
}

impl Function for Numbered {
    fn call(&self, input: Input<'_>) -> Result<Output, Fault> {
        let function = ROUND.with_borrow(|round| {
            let is_this = round.open && round.number == self.round;
            is_this.then(|| round.functions.get(self.index).cloned()).flatten()
        });
        let Some(function) = function else { return Err(Fault::Called) };
        function
            .call::<LuaValue>(Given(input))
            .and_then(|value| {
                begin_reading();
                output(&value)
            })
            .map_err(|error| {
                ROUND.with_borrow_mut(|round| round.failure = Some(error));
                Fault::Called
            })
    }
}

/// What a function is called with, as Lua has it.
struct Given<'a>(Input<'a>);

impl mlua::IntoLuaMulti for Given<'_> {
    fn into_lua_multi(self, lua: &Lua) -> mlua::Result<mlua::MultiValue> {
        let value = match self.0 {
            Input::Value(value) => lua_value(lua, value)?,
            Input::Time(time) => LuaValue::Number(time),
            Input::Chord(values) => {
                let list = lua.create_table()?;
                for value in values {
                    list.raw_push(lua_const(lua, value)?)?;
                }
                LuaValue::Table(list)
            }
            Input::Event(event) => {
                let table = lua.create_table()?;
                let whole = event.whole_or_part();
                table.raw_set("value", lua_value(lua, &event.value)?)?;
                table.raw_set("begin", whole.begin.to_f64())?;
                table.raw_set("finish", whole.end.to_f64())?;
                LuaValue::Table(table)
            }
        };
        Ok(mlua::MultiValue::from_iter([value]))
    }
}

/// A value as Lua has it: numbers, texts, lists from 1, tables of controls.
fn lua_value(lua: &Lua, value: &Value<'_>) -> mlua::Result<LuaValue> {
    match value {
        Value::Number(number) => Ok(LuaValue::Number(*number)),
        Value::Bool(on) => Ok(LuaValue::Boolean(*on)),
        Value::Text(text) => text.into_lua(lua),
        Value::Note(note) => note.to_string().into_lua(lua),
        Value::List(items) => {
            let list = lua.create_table()?;
            for item in *items {
                list.raw_push(lua_value(lua, item)?)?;
            }
            Ok(LuaValue::Table(list))
        }
        Value::Map(map) => {
            let table = lua.create_table()?;
            for (key, value) in map.iter() {
                table.raw_set(&*key.name(), lua_value(lua, &value)?)?;
            }
            Ok(LuaValue::Table(table))
        }
    }
}

fn lua_const(lua: &Lua, value: &Const) -> mlua::Result<LuaValue> {
    let mut made = Ok(LuaValue::Nil);
    let lent = value.lend(|value| {
        made = lua_value(lua, &value);
        Ok(())
    });
    lent.map_err(mlua::Error::external).and(made)
}

fn output(value: &LuaValue) -> mlua::Result<Output> {
    if matches!(value, LuaValue::Nil) {
        return Ok(Output::Nothing);
    }
    match held_pattern(value) {
        Some(pattern) => Ok(Output::Pattern(pattern)),
        None => constant(value, true).map(Output::Value),
    }
}

/// A value of the pattern language; a list or a table holds plain ones.
fn constant(value: &LuaValue, may_hold: bool) -> mlua::Result<Const> {
    if let Some(number) = number_of(value) {
        return Ok(Const::Number(number));
    }
    match value {
        LuaValue::Boolean(on) => Ok(Const::Bool(*on)),
        LuaValue::String(_) => match text_of(value) {
            Some(text) => Ok(Const::Text(text.as_str().into())),
            None => Err(refused("a text that is too long, or in no UTF-8")),
        },
        LuaValue::Table(table) if may_hold && table.raw_len() > 0 => list(table),
        LuaValue::Table(table) if may_hold => {
            let mut entries = Vec::new();
            for pair in table.pairs::<LuaValue, LuaValue>() {
                let (key, value) = pair?;
                let name = name_of(&key).ok_or_else(|| refused(&format!("a table with the key {}", shown(&key))))?;
                let is_list = matches!(&value, LuaValue::Table(table) if table.raw_len() > 0);
                entries.push((Key::intern(&name).map_err(mlua::Error::external)?, constant(&value, is_list)?));
                if entries.len() > MAP_CAPACITY {
                    return Err(refused(&format!("a table of more than {MAP_CAPACITY} controls")));
                }
            }
            // Tables have no order; events have one.
            entries.sort_by_key(|(key, _)| *key);
            Ok(Const::Map(entries.into()))
        }
        other => Err(refused(&shown(other))),
    }
}

fn list(table: &Table) -> mlua::Result<Const> {
    if table.raw_len() > LIST_CAPACITY {
        return Err(refused(&format!("a list of more than {LIST_CAPACITY} items")));
    }
    let items = table.sequence_values::<LuaValue>().map(|item| constant(&item?, false)).collect::<mlua::Result<Vec<_>>>()?;
    Ok(Const::List(items.into()))
}

fn refused(what: &str) -> mlua::Error {
    mlua::Error::runtime(format!(
        "a function that is called while the pattern plays gave {what}, but gives a number, a text, a list or a table of controls"
    ))
}
