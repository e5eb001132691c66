//! Generative patterns: Lua that is called for each cycle, sees nothing of scripts, and reads parameters and macros of the session.

use std::sync::Arc;

use mlua::{Lua, Table, Value, chunk::ChunkMode};

use super::{
    args::{Args, Config, begin_reading, check_read, name_of, number_of, shown},
    bindings, called,
    host::{Fault, Reply, make_room},
};
use crate::pattern::{
    Generator,
    cycle::{
        called::worked_out,
        core::Pattern,
        expr::REFERENCE,
        listed::{Listed, listed},
        meter::Kept,
        value::{Const, Key, MAP_CAPACITY},
    },
    score::MAX_LUA,
};

/// What it is called in errors.
pub(super) const NAME: &str = "fn";
/// Where the VM keeps what generative patterns see.
const WORLD: &str = "generative world";
/// What generative patterns see of Lua, beside the pattern language.
const KNOWN: &[&str] = &[
    "assert", "bit32", "error", "ipairs", "next", "pairs", "pcall", "print", "select", "string", "table", "tonumber", "tostring", "type",
    "unpack", "utf8",
];
/// What generative patterns see of the session.
const READS: &[&str] = &["getParam", "getMacro"];
/// Most events of one cycle.
const MAX_EVENTS: usize = 4096;

/// What `fn` gives.
#[derive(Clone, Debug)]
pub(super) struct Generative {
    pub generator: Generator,
    _kept: Kept,
}

impl mlua::UserData for Generative {
    fn add_methods<M: mlua::UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(mlua::MetaMethod::ToString, |_, _, ()| Ok("a generative pattern"));
        methods.add_meta_method(mlua::MetaMethod::Index, |lua, _, key: Value| {
            let key = name_of(&key).map_or_else(|| shown(&key), |name| name.to_string());
            let text = format!("what fn gives has no \"{key}\"; its cycles are known only when they play, so write {key} inside of it");
            Err::<Value, _>(Fault::Said(text).raise(lua, &key))
        });
    }
}

/// `fn([[source]][, {seed = 0}])`.
pub(super) fn function(lua: &Lua, args: &mut Args) -> Reply {
    let source = args.name("source")?.to_string();
    let table = args.table_or_nil("options")?;
    let mut options = Config::new(NAME, table.as_ref())?;
    let seed = match options.take("seed") {
        Value::Nil => 0,
        value => bindings::big_whole(&value)
            .ok_or_else(|| Fault::Said(format!("fn: seed is {}, but takes a whole number from 0", shown(&value))))?,
    };
    options.end()?;
    if source.len() > MAX_LUA {
        return Err(Fault::Said(format!("fn: its Lua is longer than {MAX_LUA} bytes; write less")));
    }
    compile(lua, &source).map_err(|error| Fault::Said(super::place::locate(&error, NAME, &source).to_string()))?;
    make_room(lua)?;
    let _kept = Kept::new(source.len());
    Ok(Value::UserData(lua.create_userdata(Generative { generator: Generator { source, seed }, _kept })?))
}

/// Makes what generative patterns see, before any script has run.
pub(super) fn install(lua: &Lua, globals: &Table) -> mlua::Result<()> {
    let world = lua.create_table()?;
    for name in KNOWN.iter().chain(READS).copied().chain(bindings::pattern_names().filter(|name| *name != REFERENCE)) {
        world.raw_set(name, globals.raw_get::<Value>(name)?)?;
    }
    let math = lua.create_table()?;
    for pair in globals.raw_get::<Table>("math")?.pairs::<Value, Value>() {
        let (key, value) = pair?;
        math.raw_set(key, value)?;
    }
    math.set_readonly(true);
    world.raw_set("math", math)?;
    world.set_readonly(true);
    lua.set_named_registry_value(WORLD, world)
}

/// Whether a name means in a generative pattern what it means in the script that runs.
pub(super) fn means_the_same(lua: &Lua, name: &str) -> bool {
    let world: mlua::Result<Table> = lua.named_registry_value(WORLD);
    let there = world.and_then(|world| world.raw_get::<Value>(name));
    let here = lua.globals().get::<Value>(name);
    let (Ok(there), Ok(here)) = (there, here) else { return false };
    match &there {
        // What cycles are told of themselves.
        Value::Nil => here.is_nil() && matches!(name, "cycle" | "seed"),
        // It has a copy of its own, for its random numbers.
        Value::Table(_) if name == "math" => matches!(here, Value::Table(_)),
        there => *there == here,
    }
}

fn compile(lua: &Lua, source: &str) -> mlua::Result<mlua::Function> {
    lua.load(source).set_name(format!("={NAME}")).set_mode(ChunkMode::Text).into_function()
}

/// The events that a generative pattern gives for a cycle: what its Lua returns, which is a pattern, mini-notation, or a list
/// of events `{at = 0, length = 0.25, n = 1}`. Functions that the pattern calls are called here.
///
/// # Errors
/// What Lua reports, or that it returned something else.
pub(super) fn cycle_of(lua: &Lua, generator: &Generator, cycle: i64) -> mlua::Result<Result<Pattern, String>> {
    called::during(|| {
        let made = pattern_in(lua, generator, cycle)?;
        played(made, cycle..cycle + 1)
    })
}

/// A pattern as it plays in some cycles, where it calls functions; what one of them failed with is why it can't.
fn played(made: Result<Pattern, String>, cycles: std::ops::Range<i64>) -> mlua::Result<Result<Pattern, String>> {
    match made {
        Ok(made) if called::any() => match worked_out(&made, cycles) {
            Ok(known) => Ok(Ok(known)),
            Err(why) => called::take_failure().map_or_else(|| Ok(Err(why.to_string())), Err),
        },
        made => Ok(made),
    }
}

/// The pattern that Lua returns for a cycle.
fn pattern_in(lua: &Lua, generator: &Generator, cycle: i64) -> mlua::Result<Result<Pattern, String>> {
    let world: Table = lua.named_registry_value(WORLD)?;
    let around = lua.create_table()?;
    let meta = lua.create_table()?;
    meta.raw_set("__index", &world)?;
    meta.raw_set("__metatable", false)?;
    around.set_metatable(Some(meta))?;
    around.raw_set("cycle", cycle)?;
    around.raw_set("seed", generator.seed)?;
    // Every cycle draws its own numbers, the same ones each time.
    let draws = generator.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(cycle.cast_unsigned());
    world.raw_get::<Table>("math")?.raw_get::<mlua::Function>("randomseed")?.call::<()>((draws >> 16) & 0x7fff_ffff)?;
    let function = compile(lua, &generator.source)?;
    function.set_environment(around)?;
    let value: Value = function.call(())?;
    Ok(match &value {
        Value::Nil => bindings::cycle::pattern_of(lua, &Value::String(lua.create_string("~")?)),
        Value::Table(list) if matches!(list.raw_get::<Value>(1)?, Value::Table(first) if first.contains_key("at")?) => events(list),
        other => bindings::cycle::pattern_of(lua, other),
    })
}

/// The pattern that Lua returns, as it plays in some cycles where it calls functions.
///
/// # Errors
/// As [`cycle_of`].
pub(super) fn first_cycles(lua: &Lua, source: mlua::Function, cycles: std::ops::Range<i64>) -> mlua::Result<Result<Pattern, String>> {
    called::during(|| {
        let made = bindings::cycle::pattern_of(lua, &source.call::<Value>(())?);
        played(made, cycles)
    })
}

fn events(list: &Table) -> Result<Pattern, String> {
    if list.raw_len() > MAX_EVENTS {
        return Err(format!("it gave {} events, but a cycle holds {MAX_EVENTS}; give fewer", list.raw_len()));
    }
    begin_reading();
    let all = list.sequence_values::<Table>().enumerate().map(|(index, event)| {
        let said = |why: &str| format!("event {}: {why}", index + 1);
        let too_much = |fault: Fault| match fault {
            Fault::Said(why) => said(&why),
            Fault::Lua(why) => said(&why.to_string()),
        };
        let event = event.map_err(|_| said("it is no table such as {at = 0, length = 0.25, n = 1}"))?;
        let (mut at, mut length, mut controls) = (None, 0.25, Vec::new());
        for pair in event.pairs::<Value, Value>() {
            let (key, value) = pair.map_err(|error| said(&error.to_string()))?;
            check_read().map_err(too_much)?;
            if controls.len() >= MAP_CAPACITY {
                return Err(said(&format!("it has more than {MAP_CAPACITY} controls; give fewer")));
            }
            let name = name_of(&key).ok_or_else(|| said("its keys are names"))?;
            let value = match (number_of(&value), super::args::text_of(&value)) {
                (Some(number), _) => Const::Number(number),
                (None, Some(word)) => Const::Text(word.as_str().into()),
                _ => return Err(said(&format!("{name} is {}, but takes a number or a word", shown(&value)))),
            };
            match (&*name, &value) {
                ("at", Const::Number(number)) => at = Some(*number),
                ("length", Const::Number(number)) => length = *number,
                _ => controls.push((Key::intern(&name).map_err(|error| error.to_string())?, value)),
            }
        }
        let at = at.ok_or_else(|| said("it has no at, which says when in the cycle it begins"))?;
        Ok(Listed { at, length, value: Const::Map(Arc::from(controls)) })
    });
    listed(all.collect::<Result<_, String>>()?).map_err(|error| error.to_string())
}
