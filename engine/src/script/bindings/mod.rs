//! Every Lua function: tables of name, signature, sentence and body, from which Lua's globals, its objects and the
//! reference are made. A new function is one entry in a table.

mod banks;
pub(super) mod cycle;
mod engine;
mod live;
mod modules;
mod patterns;
mod routing;
mod session;

use mlua::{Lua, MetaMethod, MultiValue, Table, UserData, UserDataMethods, Value};

use super::{
    args::{Args, name_of, shown},
    host::{Fault, Host, Reply},
    place::here,
};
use crate::{
    module::{MODULES, ModuleType},
    name::{Name, did_you_mean_or},
    pattern::cycle::meter,
};

pub(super) use cycle::global_names as pattern_names;
pub(super) use modules::kind_word;
pub(super) use patterns::{big_whole, default_columns, event_param, is_plain, is_plain_column};
pub(super) use routing::port_kind;

/// One Lua function.
#[derive(Debug)]
pub(super) struct Binding {
    pub name: &'static str,
    /// Arguments and answer, as the reference shows them.
    pub signature: &'static str,
    /// One sentence or two.
    pub doc: &'static str,
    pub call: fn(&Lua, &mut Args) -> Reply,
}

/// One Lua object with methods.
#[derive(Debug)]
pub(super) struct Object {
    pub name: &'static str,
    /// The way a script gets it.
    pub from: &'static str,
    pub doc: &'static str,
    pub methods: &'static [Binding],
}

/// Indices of the objects of which each script has exactly one.
pub(super) mod object {
    pub const ENGINE: usize = 0;
    pub const CLOCK: usize = 1;
    pub const REGISTRY: usize = 2;
    pub const CONNECTIONS: usize = 3;
    pub const ROUTER: usize = 4;
    pub const PATTERNS: usize = 5;
}

/// The objects that there is one of, by their place.
pub(super) static OBJECTS: [Object; 6] = [
    Object { name: "engine", from: "the global `engine`, or `getEngine()`", doc: "The way to everything else.", methods: engine::ENGINE },
    Object {
        name: "clock",
        from: "`engine:getClock()`",
        doc: "Tempo and transport. In a host the host's tempo and position count, unless the source is internal.",
        methods: engine::CLOCK,
    },
    Object { name: "registry", from: "`engine:getModuleRegistry()`", doc: "The modules there are.", methods: modules::REGISTRY },
    Object { name: "connections", from: "`engine:getConnectionManager()`", doc: "Cables.", methods: routing::CONNECTIONS },
    Object { name: "router", from: "`engine:getParameterRouter()`", doc: "Parameters that follow others.", methods: routing::ROUTER },
    Object {
        name: "patterns",
        from: "`engine:getPatternRuntime()`",
        doc: "Patterns, chains and what plays them.",
        methods: patterns::RUNTIME,
    },
];

/// Methods of a module handle.
pub(super) static MODULE: Object = Object {
    name: "module",
    from: "a declaring function such as `sampler(…)`, or `registry:getModule(name)`",
    doc: "A module. It can be given wherever a module's name is wanted.",
    methods: modules::HANDLE,
};

/// Every global function but those that declare modules.
pub(super) fn globals() -> impl Iterator<Item = &'static Binding> {
    [live::GLOBALS, session::GLOBALS, modules::GLOBALS, routing::GLOBALS, patterns::GLOBALS].into_iter().flatten()
}

/// Names of every global function, for "did you mean".
pub(super) fn global_names() -> impl Iterator<Item = &'static str> {
    globals().map(|binding| binding.name).chain(MODULES.iter().map(|kind| kind.name)).chain(cycle::global_names())
}

/// Says whether `name` is a global function.
pub(super) fn is_global(name: &str) -> bool {
    global_names().any(|known| known == name)
}

/// A module as scripts hold it: its name.
#[derive(Clone, Debug)]
pub(super) struct ModuleHandle(pub Name);

/// One of [`OBJECTS`].
#[derive(Clone, Copy, Debug)]
struct Single<const PLACE: usize>;

impl UserData for ModuleHandle {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for binding in MODULE.methods {
            methods.add_function(binding.name, move |lua, values: MultiValue| {
                let itself = values.front().is_some_and(|first| matches!(first, Value::UserData(data) if data.is::<Self>()));
                if !itself {
                    return Err(colon("module", binding).raise(lua, binding.name));
                }
                call(lua, binding, Args::new(binding.name, values))
            });
        }
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.to_string()));
        methods.add_meta_method(MetaMethod::Eq, |_, this, other: Value| Ok(name_of(&other).as_ref() == Some(&this.0)));
        methods.add_meta_function(MetaMethod::Concat, |_, (left, right): (Value, Value)| Ok(left.to_string()? + &right.to_string()?));
        methods.add_meta_method(MetaMethod::Index, |lua, _, key: Value| Err::<Value, _>(unknown_method(lua, &MODULE, &key)));
    }
}

impl<const PLACE: usize> UserData for Single<PLACE> {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        let object = &OBJECTS[PLACE];
        for binding in object.methods {
            methods.add_function(binding.name, move |lua, mut values: MultiValue| {
                match values.pop_front() {
                    Some(Value::UserData(data)) if data.is::<Self>() => {}
                    _ => return Err(colon(object.name, binding).raise(lua, binding.name)),
                }
                call(lua, binding, Args::new(binding.name, values))
            });
        }
        methods.add_meta_method(MetaMethod::ToString, move |_, _, ()| Ok(object.name));
        methods.add_meta_method(MetaMethod::Index, move |lua, _, key: Value| Err::<Value, _>(unknown_method(lua, object, &key)));
    }
}

fn call(lua: &Lua, binding: &'static Binding, mut args: Args) -> mlua::Result<Value> {
    go_on().map_err(|fault| fault.raise(lua, binding.name))?;
    let before = commands(lua);
    let done =
        (binding.call)(lua, &mut args).and_then(|answer| args.end().map(|()| answer)).map_err(|fault| fault.raise(lua, binding.name));
    place_commands(lua, before);
    done
}

/// How many commands the run has given.
fn commands(lua: &Lua) -> usize {
    lua.try_app_data_ref::<Host>().ok().flatten().map_or(0, |host| host.transaction.commands().len())
}

/// Notes the line that a run's commands from the `before`th on stand in.
fn place_commands(lua: &Lua, before: usize) {
    if commands(lua) <= before {
        return;
    }
    let (script, line) = here(lua);
    if let (Some(line), Ok(Some(mut host))) = (line, lua.try_app_data_mut::<Host>())
        && *host.script == *script
    {
        host.transaction.stand_in_line(line);
    }
}

/// Ends a binding whose script must end: native functions that call it ask nobody else.
fn go_on() -> Result<(), Fault> {
    meter::over().map_or(Ok(()), |why| Err(Fault::Said(why)))
}

fn colon(object: &str, binding: &Binding) -> Fault {
    Fault::Said(format!("write {object}:{}(…), with a colon", binding.name))
}

fn unknown_method(lua: &Lua, object: &Object, key: &Value) -> mlua::Error {
    let key = name_of(key).unwrap_or_else(|| Name::new(&shown(key)));
    let known = || object.methods.iter().map(|binding| binding.name);
    let hint = did_you_mean_or(&key, known(), || format!("it has {}", known().collect::<Vec<_>>().join(", ")));
    Fault::Said(format!("{} has no \"{key}\"; {hint}", object.name)).raise(lua, &key)
}

/// Puts every function and object into `globals`.
pub(super) fn install(lua: &Lua, globals_table: &Table) -> mlua::Result<()> {
    cycle::install(lua, globals_table)?;
    for binding in globals() {
        let function = lua.create_function(move |lua, values: MultiValue| call(lua, binding, Args::new(binding.name, values)))?;
        globals_table.raw_set(binding.name, function)?;
    }
    for kind in MODULES {
        globals_table.raw_set(kind.name, declaring(lua, kind)?)?;
    }
    lua.set_named_registry_value(OBJECTS[object::ENGINE].name, Single::<{ object::ENGINE }>)?;
    lua.set_named_registry_value(OBJECTS[object::CLOCK].name, Single::<{ object::CLOCK }>)?;
    lua.set_named_registry_value(OBJECTS[object::REGISTRY].name, Single::<{ object::REGISTRY }>)?;
    lua.set_named_registry_value(OBJECTS[object::CONNECTIONS].name, Single::<{ object::CONNECTIONS }>)?;
    lua.set_named_registry_value(OBJECTS[object::ROUTER].name, Single::<{ object::ROUTER }>)?;
    lua.set_named_registry_value(OBJECTS[object::PATTERNS].name, Single::<{ object::PATTERNS }>)?;
    globals_table.raw_set("engine", single(lua, object::ENGINE)?)
}

/// The function that declares modules of one type.
fn declaring(lua: &Lua, kind: &'static ModuleType) -> mlua::Result<mlua::Function> {
    lua.create_function(move |lua, values: MultiValue| {
        let mut args = Args::new(kind.name, values);
        go_on().map_err(|fault| fault.raise(lua, kind.name))?;
        let before = commands(lua);
        let done = modules::declare(lua, kind, &mut args).and_then(|answer| args.end().map(|()| answer));
        place_commands(lua, before);
        done.map_err(|fault| fault.raise(lua, kind.name))
    })
}

/// One of [`OBJECTS`] as a Lua value, always the same one.
fn single(lua: &Lua, index: usize) -> mlua::Result<Value> {
    lua.named_registry_value(OBJECTS[index].name)
}

fn text(lua: &Lua, text: &str) -> Reply {
    Ok(Value::String(lua.create_string(text)?))
}

fn strings<'a>(lua: &Lua, texts: impl Iterator<Item = &'a str>) -> Reply {
    Ok(Value::Table(lua.create_sequence_from(texts)?))
}

fn param_value(lua: &Lua, value: &crate::module::Value) -> Reply {
    match value {
        crate::module::Value::Bool(on) => Ok(Value::Boolean(*on)),
        crate::module::Value::Number(number) => Ok(Value::Number(*number)),
        crate::module::Value::Text(word) => text(lua, word),
    }
}
