//! Cables, parameter links and macros.

use mlua::{Lua, Value};

use super::{Binding, modules::entries};
use crate::{
    command::{Command, Outcome},
    module::PortKind,
    name::{Name, did_you_mean},
    project::{Answer, Curve, Fact, Link, Macro, MacroTarget, Project},
    script::{
        args::{Args, Config, name_of, shown, value_of, whole_of},
        host::{Fault, Host, Reply, with_host},
        state,
    },
};

/// Most targets of one macro that a script lists.
const MAX_TARGETS: usize = 1024;

pub(super) const GLOBALS: &[Binding] = &[
    Binding {
        name: "connect",
        signature: "connect(from, to[, \"audio\"|\"video\"|\"event\"|\"parameter\"|{type, volume, pan, mute, solo, opacity, blend}])",
        doc: "Lays a cable, of the first kind both modules have unless one is named. A number and a parameter, connect(\"lfo1.value\", \"drums.pan\"), make a link that spreads the number's range over the parameter's. Further keys set the receiver's parameters of that input (`connectionVolume_i`, …). A cable that is there already stays.",
        call: connect,
    },
    Binding {
        name: "disconnect",
        signature: "disconnect(from[, to[, type]])",
        doc: "Removes the cables between two modules, or all that leave one; or lets a parameter go from a number.",
        call: disconnect,
    },
    Binding {
        name: "macro",
        signature: "macro(n, \"Name\", {target, {target, min = 0.5, max = 2}})",
        doc: "Names host macro n (1 to 64) and says what it drives: 0 gives a target's `min`, 1 its `max`. `macro(n)` forgets it.",
        call: set_macro,
    },
    Binding {
        name: "getMacro",
        signature: "getMacro(n) → {name, targets = {{target, min, max}, …}} or nil",
        doc: "What host macro n (1 to 64) is called and drives; never its value, which is the host's. Lua that is called while a pattern plays reads it as it reads parameters with `getParam`.",
        call: get_macro,
    },
];

pub(super) const CONNECTIONS: &[Binding] = &[
    Binding { name: "connect", signature: "connections:connect(from, to[, type])", doc: "As the global `connect`.", call: connect },
    Binding {
        name: "disconnect",
        signature: "connections:disconnect(from[, to[, type]])",
        doc: "As the global `disconnect`.",
        call: disconnect,
    },
    Binding {
        name: "list",
        signature: "connections:list() → {{from, to, type, auto}, …}",
        doc: "Every cable, in the order in which they were laid.",
        call: |lua, _| {
            let project = with_host(lua, |host| Ok(host.transaction.project().clone()))?;
            Ok(Value::Table(state::connections(lua, &project)?))
        },
    },
];

pub(super) const ROUTER: &[Binding] = &[
    Binding {
        name: "link",
        signature: "router:link(source, target[, {scale = 1, offset = 0, min, max, curve = \"linear\"|\"square\"|\"root\"}])",
        doc: "Makes the second parameter follow the first: `clamp(curve(source) · scale + offset, min, max)`.",
        call: link,
    },
    Binding { name: "unlink", signature: "router:unlink([source,] target)", doc: "Frees a parameter.", call: unlink },
    Binding {
        name: "list",
        signature: "router:list() → {{source, target, scale, offset, min, max, curve}, …}",
        doc: "Every link.",
        call: |lua, _| {
            let project = with_host(lua, |host| Ok(host.transaction.project().clone()))?;
            Ok(Value::Table(state::links(lua, &project)?))
        },
    },
];

/// Reads a kind of signal.
pub(in crate::script) fn port_kind(word: &str) -> Result<PortKind, String> {
    PortKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word)).ok_or_else(|| {
        let known = PortKind::ALL.map(PortKind::word);
        let hint = did_you_mean(word, known);
        format!("a cable carries {}, not \"{word}\"{hint}", known.join(", "))
    })
}

fn connect(lua: &Lua, args: &mut Args) -> Reply {
    let (from, to) = (args.name("from")?, args.name("to")?);
    let mut kind = None;
    let mut auto = false;
    let mut settings = Vec::new();
    match args.next() {
        Value::Nil => {}
        Value::Table(table) => {
            let mut config = Config::new("connect", Some(&table))?;
            kind = config.text("type")?.map(|word| port_kind(&word)).transpose()?;
            auto = config.toggle("auto")?.unwrap_or(false);
            for (key, param) in INPUT_KEYS {
                match config.take(key) {
                    Value::Nil => {}
                    value => settings.push((*key, *param, value)),
                }
            }
            config.end()?;
        }
        other => {
            let word = name_of(&other).ok_or_else(|| args.refuse("type", "a kind of signal or a table", &other))?;
            kind = Some(port_kind(&word)?);
        }
    }
    with_host(lua, |host| {
        host.apply(Command::Connect { from: from.clone(), to: to.clone(), kind, auto })?;
        for (key, param, value) in settings {
            set_input(host, &from, &to, kind, key, param, &value)?;
        }
        Ok(Value::Nil)
    })
}

const INPUT_KEYS: &[(&str, &str)] = &[
    ("volume", "connectionVolume"),
    ("pan", "connectionPan"),
    ("mute", "connectionMute"),
    ("solo", "connectionSolo"),
    ("opacity", "connectionOpacity"),
    ("blend", "connectionBlend"),
];

/// Sets a parameter of the input at which `from` reaches `to`.
fn set_input(
    host: &mut Host,
    from: &Name,
    to: &Name,
    kind: Option<PortKind>,
    key: &str,
    param: &str,
    value: &Value,
) -> Result<Outcome, Fault> {
    let project = host.transaction.project();
    let receiver = project.module(to)?.module_type();
    let input = kind
        .or_else(|| PortKind::ALL.into_iter().find(|k| receiver.takes(*k) && project.inputs(to, *k).any(|name| name == from)))
        .and_then(|kind| project.inputs(to, kind).position(|name| name == from));
    let value = value_of(value).ok_or_else(|| Fault::Said(format!("connect: {key} is {}, but takes a value", shown(value))))?;
    let Some(input) = input else { return Err(Fault::Said(format!("connect: {from} does not reach {to}"))) };
    if project.module(to)?.module_type().param(&format!("{param}_{input}")).is_none() {
        return Err(Fault::Said(format!("connect: {to} has no {key} for each input; only mixers and outputs do")));
    }
    host.apply(Command::SetParameter { module: to.clone(), param: Name::new(&format!("{param}_{input}")), value })
}

fn disconnect(lua: &Lua, args: &mut Args) -> Reply {
    let from = args.name_or_nil("from")?;
    let to = args.name_or_nil("to")?;
    let kind = args.name_or_nil("type")?.map(|word| port_kind(&word)).transpose()?;
    with_host(lua, |host| host.apply(Command::Disconnect { from, to, kind }).map(|_| Value::Nil))
}

/// Splits `kick.volume`.
pub(in crate::script) fn param_path(path: &str) -> Result<(Name, Name), String> {
    match path.split_once('.') {
        Some((module, param)) if !module.is_empty() && !param.is_empty() => Ok((Name::new(module), Name::new(param))),
        _ => Err(format!("\"{path}\" is no parameter; write module.parameter, such as \"kick.volume\"")),
    }
}

fn link(lua: &Lua, args: &mut Args) -> Reply {
    let source = param_path(&args.name("source")?)?;
    let target = param_path(&args.name("target")?)?;
    let table = args.table_or_nil("mapping")?;
    let mut config = Config::new("link", table.as_ref())?;
    let link = Link {
        source,
        target,
        scale: config.number("scale")?.unwrap_or(1.0),
        offset: config.number("offset")?.unwrap_or(0.0),
        min: config.number("min")?,
        max: config.number("max")?,
        curve: config.text("curve")?.map_or(Ok(Curve::Linear), |word| curve(&word))?,
    };
    config.end()?;
    with_host(lua, |host| host.apply(Command::LinkParameter { link }).map(|_| Value::Nil))
}

fn curve(word: &str) -> Result<Curve, Fault> {
    match word {
        "linear" => Ok(Curve::Linear),
        "square" => Ok(Curve::Square),
        "root" => Ok(Curve::Root),
        other => Err(Fault::Said(format!("link: curve is \"{other}\", but takes \"linear\", \"square\" or \"root\""))),
    }
}

fn unlink(lua: &Lua, args: &mut Args) -> Reply {
    let first = args.name("target")?;
    let (module, param) = param_path(&args.name_or_nil("target")?.unwrap_or(first))?;
    with_host(lua, |host| host.apply(Command::UnlinkParameter { module, param }).map(|_| Value::Nil))
}

/// Takes a macro's number; answers its index, counted from 0.
fn macro_index(args: &mut Args) -> Result<u32, Fault> {
    let number = args.next();
    whole_of(&number)
        .filter(|n| (1..=64).contains(n))
        .and_then(|n| u32::try_from(n - 1).ok())
        .ok_or_else(|| args.refuse("number", "a whole number from 1 to 64", &number))
}

fn get_macro(lua: &Lua, args: &mut Args) -> Reply {
    let index = macro_index(args)?;
    Ok(match with_host(lua, |host| host.ask(Fact::Macro(index)))? {
        Answer::Macro(found) => Value::Table(state::one_macro(lua, &found)?),
        _ => Value::Nil,
    })
}

fn set_macro(lua: &Lua, args: &mut Args) -> Reply {
    let number = macro_index(args)?;
    let name = args.name_or_nil("name")?;
    let targets = args.table_or_nil("targets")?;
    with_host(lua, |host| {
        let value = match name {
            None => None,
            Some(name) => {
                let mut list = Vec::new();
                for entry in targets.map_or_else(|| Ok(Vec::new()), |table| entries("macro", &table, MAX_TARGETS))? {
                    list.push(macro_target(host.transaction.project(), &entry)?);
                }
                Some(Macro { name, targets: list })
            }
        };
        host.apply(Command::SetMacro { index: number, value }).map(|_| Value::Nil)
    })
}

fn macro_target(project: &Project, entry: &Value) -> Result<MacroTarget, Fault> {
    let (path, mut config) = match entry {
        Value::Table(table) => {
            let path: Value = table.raw_get(1)?;
            let copy = table.clone();
            (path, Some(copy))
        }
        other => (other.clone(), None),
    };
    let path = name_of(&path).ok_or_else(|| Fault::Said(format!("macro: a target is {}, but takes \"module.parameter\"", shown(&path))))?;
    let (module, param) = param_path(&path)?;
    let kind = project.module(&module)?.module_type();
    let found = kind.param(&param).ok_or_else(|| super::modules::unknown_param(&module, &param, kind))?;
    let mut ends = (found.spec.min, found.spec.max);
    if let Some(table) = config.take() {
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            let number = crate::script::args::number_of(&value);
            match (name_of(&key).as_deref(), number) {
                (Some("min"), Some(number)) => ends.0 = number,
                (Some("max"), Some(number)) => ends.1 = number,
                (None, _) if key == Value::Integer(1) => {}
                _ => {
                    return Err(Fault::Said(format!(
                        "macro: target {path} takes min and max as numbers, not {} = {}",
                        shown(&key),
                        shown(&value)
                    )));
                }
            }
        }
    }
    Ok(MacroTarget { module, param, min: ends.0, max: ends.1 })
}
