//! Modules: the declaring functions, the registry and the handles.

use mlua::{Lua, Table, Value};

use super::{
    Binding, ModuleHandle,
    banks::{self, Given},
    param_value,
    routing::param_path,
    strings, text,
};
use crate::{
    command::Command,
    files,
    media::{
        import::{banks as folders, listed},
        resolve, soundfont,
    },
    module::{ModuleType, ParamKind, ParamSpec, shader::SHADER},
    name::Name,
    project::{Answer, Fact},
    script::{
        args::{Args, Config, shown, value_of},
        host::{Fault, Host, Reply, with_host},
    },
};

pub(super) const GLOBALS: &[Binding] = &[
    Binding { name: "setParam", signature: "setParam(module, parameter, value)", doc: "Sets a parameter.", call: set_param },
    Binding {
        name: "getParam",
        signature: "getParam(module, parameter) → value, or getParam(\"module.parameter\")",
        doc: "A parameter's value in the session; a macro or link that drives it leaves that as it is. Lua that is called while a pattern plays, as `fn`'s is, reads parameters so as well, and is called again for what has not played once one that it read is set.",
        call: get_param,
    },
    Binding {
        name: "import",
        signature: "import(path[, {hash, size}]) → asset or {asset, …}",
        doc: "Lists media and gives its path, to be used as a sample. Hash and size say which file is meant. A folder gives all its media: sound and picture of one base name as one, numbered images as a clip; a folder of numbered images only is one clip. A folder of folders gives the media of each under its name, a `strudel.json` those of its map, an `.sfz` its regions, an `.sf2` its patches, as `samples` takes them.",
        call: import,
    },
];

pub(super) const REGISTRY: &[Binding] = &[
    Binding {
        name: "getModule", signature: "registry:getModule(module) → module or nil", doc: "A module by its name.", call: get_module
    },
    Binding {
        name: "getAllModuleNames",
        signature: "registry:getAllModuleNames() → {name, …}",
        doc: "Every module's name, sorted.",
        call: all_names,
    },
];

/// Methods whose first argument is the module itself.
pub(super) const HANDLE: &[Binding] = &[
    Binding { name: "setParameter", signature: "module:setParameter(parameter, value)", doc: "Sets a parameter.", call: set_param },
    Binding { name: "getParameter", signature: "module:getParameter(parameter) → value", doc: "A parameter's value.", call: get_param },
    Binding {
        name: "getParameters",
        signature: "module:getParameters() → {{name, type, min, max, default, unit, value}, …}",
        doc: "What the module's parameters are and hold.",
        call: get_params,
    },
    Binding { name: "getName", signature: "module:getName() → text", doc: "The module's type.", call: get_type },
    Binding { name: "getInstanceName", signature: "module:getInstanceName() → text", doc: "The module's name.", call: get_name },
    Binding { name: "setEnabled", signature: "module:setEnabled(on)", doc: "Turns the module on or off.", call: set_enabled },
    Binding { name: "remove", signature: "module:remove()", doc: "Removes the module with its cables, links and binding.", call: remove },
];

/// Declares a module: adds it where it is missing and sets what the configuration names.
pub(super) fn declare(lua: &Lua, kind: &'static ModuleType, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let table = args.table_or_nil("configuration")?;
    let mut config = Config::new(&name, table.as_ref())?;
    let listed_as = kind.lists().unwrap_or_default();
    let samples = match if listed_as.is_empty() { Value::Nil } else { config.take(listed_as) } {
        Value::Nil => None,
        // What import gives of a single file, or of a path where nothing is.
        Value::String(path) => Some(banks::samples(&name, &lua.create_sequence_from([path])?)?),
        Value::Table(list) => Some(banks::samples(&name, &list)?),
        other => {
            let text =
                format!("{name}: {listed_as} is {}, but takes a list such as {{\"kick.wav\"}}, or what import(…) gives", shown(&other));
            return Err(Fault::Said(text));
        }
    };
    let mut values = Vec::new();
    for (key, value) in config.rest() {
        // What a shader or a variant takes is known once it is.
        let known = kind.param(&key).is_some() || kind.takes_shader() || kind.variants.is_some();
        let value = value_of(&value).ok_or_else(|| Fault::Said(format!("{name}: {key} is {}, but takes a value", shown(&value))));
        if kind.has_samples() && &*key == "sample" {
            return Err(Fault::Said(format!(
                "{name}: there is no key \"sample\"; it takes samples, a list: {{samples = {{\"kick.wav\"}}}}"
            )));
        }
        // A wrong key matters more than what it holds.
        values.push((key, if known { value? } else { crate::module::Value::Bool(true) }));
    }
    if kind.has_samples() && samples.as_ref().is_some_and(|given| given.banks) {
        as_banks(&mut values);
    }
    // First, because the other parameters follow from it.
    let deciding = kind.variants.map_or(SHADER, |variants| variants.param);
    values.sort_by_key(|(key, _)| &**key != deciding);
    with_host(lua, |host| {
        host.apply(Command::AddModule { kind: Name::new(kind.name), name: Some(name.clone()) })?;
        if let Some(Given { samples, .. }) = samples {
            host.apply(Command::SetSamples { module: name.clone(), samples })?;
        }
        for (param, value) in values {
            host.apply(Command::SetParameter { module: name.clone(), param, value })?;
        }
        Ok(())
    })?;
    handle(lua, name)
}

/// Samples under words of their own play as live coders have them, unless the script says otherwise.
fn as_banks(values: &mut Vec<(Name, crate::module::Value)>) {
    use crate::module::Value as Held;
    for (param, value) in [("root", Held::Number(36.0)), ("rules", Held::Text(Name::new("strudel")))] {
        if values.iter().all(|(name, _)| &**name != param) {
            values.push((Name::new(param), value));
        }
    }
}

pub(super) fn handle(lua: &Lua, name: Name) -> Reply {
    Ok(Value::UserData(lua.create_userdata(ModuleHandle(name))?))
}

/// The values of a list, whose keys are 1, 2, … without a gap.
pub(super) fn entries(what: &str, list: &Table, most: usize) -> Result<Vec<Value>, Fault> {
    let length = list.raw_len();
    if length > most {
        return Err(Fault::Said(format!("{what}: {length} entries are too many; it takes at most {most}")));
    }
    let mut values = Vec::with_capacity(length);
    for index in 1..=length {
        values.push(list.raw_get::<Value>(index)?);
    }
    for pair in list.pairs::<Value, Value>() {
        let (key, _) = pair?;
        let inside = crate::script::args::whole_of(&key).and_then(|n| usize::try_from(n).ok()).is_some_and(|n| (1..=length).contains(&n));
        if !inside {
            return Err(Fault::Said(format!("{what}: there is no place for {}; write a list without gaps", shown(&key))));
        }
    }
    Ok(values)
}

fn set_param(lua: &Lua, args: &mut Args) -> Reply {
    let (module, param, value) = (args.name("module")?, args.name("parameter")?, args.value("value")?);
    with_host(lua, |host| host.apply(Command::SetParameter { module, param, value }).map(|_| Value::Nil))
}

fn get_param(lua: &Lua, args: &mut Args) -> Reply {
    let module = args.name("module")?;
    let (module, param) = match module.split_once('.') {
        Some(_) if args.is_empty() => param_path(&module)?,
        _ => (module, args.name("parameter")?),
    };
    let value = with_host(lua, |host| {
        if let Answer::Value(value) = host.ask(Fact::Param(module.clone(), param.clone()))? {
            return Ok(value);
        }
        Err(unknown_param(&module, &param, host.session().module(&module)?.module_type()))
    })?;
    param_value(lua, &value)
}

pub(in crate::script) fn unknown_param(module: &str, param: &str, kind: &ModuleType) -> Fault {
    let known = kind.params.iter().chain(kind.per_input).map(|spec| spec.name);
    let hint = crate::name::did_you_mean_or(param, known.clone(), || format!("it has {}", known.collect::<Vec<_>>().join(", ")));
    Fault::Said(format!("{module} has no parameter \"{param}\"; {hint}"))
}

fn import(lua: &Lua, args: &mut Args) -> Reply {
    let path = args.name("path")?;
    let table = args.table_or_nil("file")?;
    let mut config = Config::new("import", table.as_ref())?;
    let hash = config.text("hash")?;
    let size = match config.take("size") {
        Value::Nil => None,
        value => Some(
            super::patterns::big_whole(&value).ok_or_else(|| Fault::Said(format!("import: size is {}, but takes bytes", shown(&value))))?,
        ),
    };
    config.end()?;
    if hash.is_none() && size.is_none() {
        if let Some(table) = imported(lua, &path)? {
            return Ok(Value::Table(table));
        }
        let media = with_host(lua, |host| media_at(host, &path))?;
        if media.len() != 1 || media.first().is_some_and(|only| **only != *path) {
            with_host(lua, |host| media.iter().try_for_each(|path| host.apply(Command::AddAsset { path: Name::new(path) }).map(drop)))?;
            return strings(lua, media.iter().map(String::as_str));
        }
    }
    with_host(lua, |host| {
        host.apply(Command::AddAsset { path: path.clone() })?;
        if hash.is_some() || size.is_some() {
            host.apply(Command::ExpectAsset { path: path.clone(), hash, size })?;
        }
        Ok(())
    })?;
    text(lua, &path)
}

/// Most bytes of a list of samples.
const MAX_LIST: u64 = 1 << 20;

/// Does something with a disk for `import`, which waits for it only so long.
fn on_disk<T: Send + 'static>(path: &str, f: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    files::within_patience(f).ok_or_else(|| {
        Fault::Said(format!("import: the disk of {path} does not answer; see that it is connected, or give files of another"))
    })
}

/// The samples that a map in JSON, an SFZ instrument or a folder of folders names, as `samples` takes them; `None` for any other path.
fn imported(lua: &Lua, path: &str) -> Result<Option<Table>, Fault> {
    let (guest, roots) = with_host(lua, |host| Ok((host.guest, host.roots.clone())))?;
    let ending = path.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase());
    let is_font = soundfont::is_named(path);
    let is_list = is_font || matches!(&*ending, "json" | "sfz");
    if guest {
        // What came with a loaded session may not look at the disk.
        let refused =
            || Fault::Said(format!("import: {path} names files, and a loaded session names its own; import it in a script that you run"));
        return if is_list { Err(refused()) } else { Ok(None) };
    }
    if !is_list {
        let place = path.to_owned();
        let found = on_disk(path, move || {
            if listed(&place, &roots).is_empty() { folders(&place, &roots, crate::project::MAX_SAMPLES) } else { Vec::new() }
        })?;
        return if found.is_empty() { Ok(None) } else { Ok(Some(banks::table(lua, &found)?)) };
    }
    let places = resolve(path, &roots);
    if is_font {
        let written = std::path::PathBuf::from(path);
        let patches = on_disk(path, move || {
            let there = places.iter().find(|place| files::is_regular(place)).or(places.first());
            soundfont::patches(there.unwrap_or(&written))
        })?;
        let patches = patches.map_err(|why| Fault::Said(format!("import: {why}")))?;
        return banks::of_font(lua, path, &patches).map(Some);
    }
    let text = on_disk(path, move || {
        let there = places.iter().find(|place| files::is_regular(place)).or(places.first());
        there.map_or_else(|| Err(std::io::ErrorKind::NotFound.into()), |place| files::read_text(place, MAX_LIST))
    })?;
    let text =
        text.map_err(|why| Fault::Said(format!("import: {path} can't be read: {why}; give the path of a file beside the script")))?;
    if ending == "sfz" { banks::of_sfz(lua, path, &text) } else { banks::of_json(lua, path, &text) }.map(Some)
}

/// What a path stands for. What came with a loaded session may not look at the disk: there a folder is what the session
/// lists of it.
fn media_at(host: &Host, path: &str) -> Result<Vec<String>, Fault> {
    if !host.guest {
        let (place, roots) = (path.to_owned(), host.roots.clone());
        return on_disk(path, move || listed(&place, &roots));
    }
    let assets = &host.transaction.project().assets;
    let inside = |asset: &&Name| std::path::Path::new(asset.as_str()).parent() == Some(std::path::Path::new(path));
    let found: Vec<String> = assets.keys().filter(inside).map(ToString::to_string).collect();
    Ok(if found.is_empty() || assets.contains_key(path) { vec![path.to_owned()] } else { found })
}

fn get_module(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let found = with_host(lua, |host| Ok(host.transaction.project().modules.contains_key(&name)))?;
    if found { handle(lua, name) } else { Ok(Value::Nil) }
}

fn all_names(lua: &Lua, _: &mut Args) -> Reply {
    let names = with_host(lua, |host| Ok(host.transaction.project().modules.keys().cloned().collect::<Vec<_>>()))?;
    strings(lua, names.iter().map(Name::as_str))
}

fn get_params(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("module")?;
    let module = with_host(lua, |host| Ok(std::sync::Arc::clone(host.transaction.project().module(&name)?)))?;
    let kind = module.module_type();
    let list = lua.create_table()?;
    for spec in kind.params {
        let value = module.param(spec.name).unwrap_or_else(|| spec.default_value());
        list.raw_push(described(lua, spec, spec.name, &value)?)?;
    }
    for (param, value) in module.params.iter() {
        if let Some(found) = kind.param(param).filter(|found| found.input.is_some()) {
            list.raw_push(described(lua, found.spec, param, value)?)?;
        }
    }
    Ok(Value::Table(list))
}

fn described(lua: &Lua, spec: &'static ParamSpec, name: &str, value: &crate::module::Value) -> Result<Table, Fault> {
    let table = lua.create_table()?;
    table.raw_set("name", name)?;
    table.raw_set("type", kind_word(spec.kind))?;
    table.raw_set("min", spec.min)?;
    table.raw_set("max", spec.max)?;
    table.raw_set("default", param_value(lua, &spec.default_value())?)?;
    table.raw_set("unit", spec.unit)?;
    table.raw_set("value", param_value(lua, value)?)?;
    if let ParamKind::Choice(names) = spec.kind {
        table.raw_set("choices", lua.create_sequence_from(names.iter().copied())?)?;
    }
    Ok(table)
}

/// What the reference and `getParameters` call a kind of parameter.
pub(in crate::script) const fn kind_word(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Float => "number",
        ParamKind::Integer => "whole",
        ParamKind::Toggle => "bool",
        ParamKind::Choice(_) => "choice",
        ParamKind::Text(_) => "text",
        ParamKind::Cuts => "slices",
    }
}

fn get_type(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("module")?;
    let kind = with_host(lua, |host| Ok(host.transaction.project().module(&name)?.kind.clone()))?;
    text(lua, &kind)
}

fn get_name(lua: &Lua, args: &mut Args) -> Reply {
    text(lua, &args.name("module")?)
}

fn set_enabled(lua: &Lua, args: &mut Args) -> Reply {
    let (module, on) = (args.name("module")?, args.toggle("on")?);
    with_host(lua, |host| host.apply(Command::SetEnabled { module, on }).map(|_| Value::Nil))
}

fn remove(lua: &Lua, args: &mut Args) -> Reply {
    let module = args.name("module")?;
    with_host(lua, |host| host.apply(Command::RemoveModule { module }).map(|_| Value::Nil))
}
