//! Patterns, chains and bindings.

use std::sync::Arc;

use mlua::{Lua, Table, Value};

use super::{Binding, cycle, modules::entries, strings, text};
use crate::{
    command::{Command, PatternAction},
    module::{ParamSpec, event_params},
    name::Name,
    pattern::{
        Chain, ChainEntry, Column, Cycle, Pattern, Step, Tracker,
        chain::{MAX_ENTRIES, MAX_REPEATS},
        cycle::expr::Expr,
        score::MAX_TEXT,
        steps::Grid,
        tracker::{MAX_LENGTH, MAX_RATIO, MAX_STEPS},
    },
    project::{Project, Source},
    script::{
        args::{Args, Config, long_text_of, name_of, number_of, shown, text_of, whole_of},
        generative::{self, Generative},
        host::{Fault, Host, Reply, with_host},
        state,
    },
    time::Ratio,
};

pub(super) const GLOBALS: &[Binding] = &[
    Binding {
        name: "pattern",
        signature: "pattern(patternName, {{index = 0, length = 2, note = 64, chance = 50, ratio = {1, 2}, volume = 0.7}, {}, …} | number of steps | \"bd(3,8) hh*8\" | s(\"bd\"):fast(2)[, {stepsPerBeat = 4, length, columns, seed, muted, origin, as = \"steps\", cycles = 1}]) → name",
        doc: "Writes a pattern. `{}` is a rest, a number alone an index; `values = {…}` takes parameters of any name. Steps past `length` are kept but not played. A text is mini-notation: a word plays the sample whose file is called so, a number the sample of that index, `c4` the note. What combinators make is kept as the expression that made it. Both take `muted` and `origin`, and `as = \"steps\"`, which writes their first `cycles` out as steps.",
        call: pattern,
    },
    Binding {
        name: generative::NAME,
        signature: "fn([[Lua]][, {seed = 0}]) → a pattern for pattern(name, …)",
        doc: "Generates: the Lua is called for each cycle, two ahead, with `cycle` and `seed`, and returns a pattern, mini-notation or a list of events such as `{at = 0, length = 0.25, n = 1}` (times in cycles). It sees the pattern language and Lua's own functions, and nothing of the script; `getParam` and `getMacro` read the session, and a commit that changes what was read works out again what has not played; `math.random` draws the same numbers whenever the same cycle plays.",
        call: generative::function,
    },
    Binding {
        name: "chain",
        signature: "chain(chainName, {{\"P0\", 2}, \"P1\", {\"P2\", 1, muted = true}}[, {enabled = true}]) → name",
        doc: "Writes a chain: patterns with the number of times each plays (1 to 99).",
        call: chain,
    },
    Binding {
        name: "bind",
        signature: "bind(sequencer, patternOrChain[, {quantize = \"bar\", kind = \"pattern\"|\"chain\"}])",
        doc: "Lets a sequencer play a pattern or chain, from the next boundary on.",
        call: bind,
    },
    Binding { name: "unbind", signature: "unbind(sequencer)", doc: "Leaves a sequencer with nothing to play.", call: unbind },
];

pub(super) const RUNTIME: &[Binding] = &[
    Binding {
        name: "add",
        signature: "patterns:add(patternName, steps[, options]) → name",
        doc: "As the global `pattern`, for a new pattern.",
        call: add,
    },
    Binding {
        name: "update",
        signature: "patterns:update(patternName, steps[, options]) → name",
        doc: "As the global `pattern`, for one there is.",
        call: update,
    },
    Binding {
        name: "remove",
        signature: "patterns:remove(patternName)",
        doc: "Removes a pattern that no chain and no sequencer names.",
        call: |lua, args| {
            let name = args.name("name")?;
            with_host(lua, |host| host.apply(Command::RemovePattern { name }).map(|_| Value::Nil))
        },
    },
    Binding { name: "get", signature: "patterns:get(patternName) → table or nil", doc: "A pattern's steps and options.", call: get },
    Binding { name: "list", signature: "patterns:list() → {name, …}", doc: "Every pattern's name, sorted.", call: list },
    Binding {
        name: "setStep",
        signature: "patterns:setStep(patternName, step, {index = 0, …})",
        doc: "Replaces one step, counted from 0.",
        call: set_step,
    },
    Binding {
        name: "play",
        signature: "patterns:play(patternName)",
        doc: "Unmutes a pattern.",
        call: |lua, args| act(lua, args, PatternAction::Play),
    },
    Binding {
        name: "pause",
        signature: "patterns:pause(patternName)",
        doc: "Mutes a pattern.",
        call: |lua, args| act(lua, args, PatternAction::Pause),
    },
    Binding {
        name: "stop",
        signature: "patterns:stop(patternName)",
        doc: "Mutes a pattern and lets it count from the song's start.",
        call: |lua, args| act(lua, args, PatternAction::Stop),
    },
    Binding {
        name: "reset",
        signature: "patterns:reset(patternName[, beat])",
        doc: "Lets a pattern count from a beat, from here where none is given.",
        call: reset,
    },
    Binding {
        name: "addChain",
        signature: "patterns:addChain(chainName, entries[, options]) → name",
        doc: "As the global `chain`.",
        call: chain,
    },
    Binding {
        name: "removeChain",
        signature: "patterns:removeChain(chainName)",
        doc: "Removes a chain that no sequencer plays.",
        call: |lua, args| {
            let name = args.name("name")?;
            with_host(lua, |host| host.apply(Command::RemoveChain { name }).map(|_| Value::Nil))
        },
    },
    Binding { name: "getChain", signature: "patterns:getChain(chainName) → table or nil", doc: "A chain's entries.", call: get_chain },
    Binding {
        name: "listChains", signature: "patterns:listChains() → {name, …}", doc: "Every chain's name, sorted.", call: list_chains
    },
    Binding { name: "bind", signature: "patterns:bind(sequencer, patternOrChain[, options])", doc: "As the global `bind`.", call: bind },
    Binding { name: "unbind", signature: "patterns:unbind(sequencer)", doc: "As the global `unbind`.", call: unbind },
];

/// The pattern that a Lua value describes. Every way to write a pattern enters here.
pub(in crate::script) fn pattern_from_value(lua: &Lua, name: &str, value: &Value, options: &mut Config) -> Result<Pattern, Fault> {
    let (steps, given) = match value {
        Value::String(_) => {
            let mini = long_text_of(value).ok_or_else(|| {
                Fault::Said(format!("pattern {name}: the mini-notation is longer than {MAX_TEXT} bytes, or no UTF-8; split it"))
            })?;
            let seed = seed_of(name, options)?.filter(|seed| *seed > 0);
            let Some(seed) = seed else { return Ok(Pattern::Cycle(Cycle::Mini(mini))) };
            return seeded(name, Expr::call("mini", None, vec![Expr::Text(mini.into(), 0)]), seed);
        }
        Value::UserData(data) if data.is::<Generative>() => {
            let generator = data.borrow::<Generative>()?.generator.clone();
            return Ok(Pattern::Cycle(Cycle::Fn(generator)));
        }
        Value::UserData(_) => {
            let Some(expr) = cycle::expr_of(value) else {
                return Err(Fault::Said(format!("pattern {name} is {}, but takes a pattern, such as s(\"bd*2\"):fast(2)", shown(value))));
            };
            let seed = seed_of(name, options)?.filter(|seed| *seed > 0);
            let Some(seed) = seed else { return kept(name, &expr) };
            return seeded(name, expr, seed);
        }
        Value::Table(table) => {
            let mut steps = Vec::new();
            for (index, entry) in entries(&format!("pattern {name}"), table, MAX_STEPS)?.iter().enumerate() {
                steps.push(step_from_value(lua, &format!("pattern {name}, step {index}"), entry)?);
            }
            let given = steps.len();
            (steps, given)
        }
        other => {
            let count = whole_of(other).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=MAX_STEPS).contains(n));
            let Some(count) = count else {
                return Err(Fault::Said(format!(
                    "pattern {name} is {}, but takes a list of steps or a number of steps from 1 to {MAX_STEPS}",
                    shown(other)
                )));
            };
            (vec![Step::default(); count], count)
        }
    };
    let most = i64::try_from(given).unwrap_or(1);
    let length = options.whole("length", 1, most.max(1))?.and_then(|n| usize::try_from(n).ok()).unwrap_or(given);
    let steps_per_beat = match options.take("stepsPerBeat") {
        Value::Nil => Ratio::whole(4),
        value => ratio_of(&value).ok_or_else(|| {
            Fault::Said(format!("pattern {name}: stepsPerBeat is {}, but takes a number from 1/16 to 96, or one below 0", shown(&value)))
        })?,
    };
    let columns = match options.table("columns")? {
        None => default_columns(&steps),
        Some(table) => columns(lua, name, &table)?,
    };
    let seed = seed_of(name, options)?.unwrap_or(0);
    Ok(Pattern::Tracker(Tracker { steps, length, steps_per_beat, columns, seed }))
}

/// The option `seed`, where it is given.
fn seed_of(name: &str, options: &mut Config) -> Result<Option<u64>, Fault> {
    match options.take("seed") {
        Value::Nil => Ok(None),
        value => big_whole(&value)
            .map(Some)
            .ok_or_else(|| Fault::Said(format!("pattern {name}: seed is {}, but takes a whole number from 0", shown(&value)))),
    }
}

fn kept(name: &str, expr: &Expr) -> Result<Pattern, Fault> {
    Cycle::of(expr).map(Pattern::Cycle).map_err(|why| Fault::Said(format!("pattern {name}: {why}")))
}

/// An expression with other draws.
#[allow(clippy::cast_precision_loss, reason = "draws repeat after 300 cycles")]
fn seeded(name: &str, expr: Expr, seed: u64) -> Result<Pattern, Fault> {
    kept(name, &Expr::call("seed", Some(expr), vec![Expr::Number(seed as f64)]))
}

/// The columns of a pattern that names none: the five fixed ones and every parameter its steps hold, sorted.
pub(in crate::script) fn default_columns(steps: &[Step]) -> Vec<Column> {
    let mut names: Vec<&Name> = steps.iter().flat_map(|step| step.values.keys()).collect();
    names.sort();
    names.dedup();
    let fixed = [Column::Index, Column::Note, Column::Length, Column::Chance, Column::Ratio];
    fixed.into_iter().chain(names.into_iter().map(|name| Column::Param(name.clone()))).collect()
}

/// A fixed column by the word scripts use.
pub(in crate::script) fn fixed_column(word: &str) -> Option<Column> {
    match word {
        "index" => Some(Column::Index),
        "note" => Some(Column::Note),
        "length" => Some(Column::Length),
        "chance" => Some(Column::Chance),
        "ratio" => Some(Column::Ratio),
        _ => None,
    }
}

fn columns(lua: &Lua, name: &str, table: &Table) -> Result<Vec<Column>, Fault> {
    let mut columns = Vec::new();
    for entry in entries(&format!("pattern {name}: columns"), table, 4096)? {
        let column = match &entry {
            // Any name, as the generator writes what no module knows.
            Value::Table(inner) => name_of(&inner.raw_get::<Value>("param")?).map(Column::Param),
            other => match text_of(other) {
                Some(word) => match fixed_column(&word) {
                    Some(column) => Some(column),
                    None => Some(Column::Param(known_column(lua, name, &word)?)),
                },
                None => None,
            },
        };
        columns.push(column.ok_or_else(|| Fault::Said(format!("pattern {name}: a column is {}, but takes a name", shown(&entry))))?);
    }
    Ok(columns)
}

fn known_column(lua: &Lua, pattern: &str, word: &str) -> Result<Name, Fault> {
    let spec =
        with_host(lua, |host| Ok(param_of_events(host.transaction.project(), word)))?.map_err(|why| format!("pattern {pattern}: {why}"))?;
    Ok(Name::new(spec.name))
}

/// The parameter that a step's value reaches in modules that hear triggers.
///
/// # Errors
/// Where there is none of that name in the session, or the value is out of its range.
pub(in crate::script) fn event_param(project: &Project, name: &str, value: f64) -> Result<&'static ParamSpec, String> {
    let checked = |spec: &'static ParamSpec| spec.check(&crate::module::Value::Number(value)).map(|_| spec);
    // Shaders may declare one name with several ranges; each module clamps to its own.
    let mut others = project.event_params().filter(|spec| spec.is_called(name));
    param_of_events(project, name).and_then(checked).or_else(|why| others.find_map(|spec| checked(spec).ok()).ok_or(why))
}

fn param_of_events(project: &Project, name: &str) -> Result<&'static ParamSpec, String> {
    project.event_param(name).ok_or_else(|| {
        let known: Vec<&str> =
            ["index", "note", "length", "chance", "ratio"].into_iter().chain(project.event_params().map(|spec| spec.name)).collect();
        let hint = crate::name::did_you_mean_or(name, known.iter().copied(), || format!("a step takes {}", known.join(", ")));
        format!("there is no parameter \"{name}\" that a step could set; {hint}")
    })
}

/// Whether a column of this name is read back as it is.
pub(in crate::script) fn is_plain_column(name: &str) -> bool {
    fixed_column(name).is_none() && event_params().any(|spec| spec.name == name)
}

/// Whether the short form of a step's value, `name = value`, is read back as it is.
pub(in crate::script) fn is_plain(name: &str, value: f64) -> bool {
    let any = Project::default();
    fixed_column(name).is_none() && event_param(&any, name, value).is_ok_and(|spec| spec.name == name)
}

/// Reads one step.
fn step_from_value(lua: &Lua, context: &str, value: &Value) -> Result<Step, Fault> {
    let table = match value {
        Value::Table(table) => table,
        Value::Nil => return Ok(Step::default()),
        other => {
            let index = whole_of(other).filter(|n| (-1..=1023).contains(n)).and_then(|n| i32::try_from(n).ok());
            let Some(index) = index else {
                return Err(Fault::Said(format!("{context} is {}, but takes a table or an index from -1 to 1023", shown(other))));
            };
            return Ok(Step { index, ..Step::default() });
        }
    };
    let mut config = Config::new(context, Some(table))?;
    let small = |n: i64| i32::try_from(n).unwrap_or(-1);
    let count = |n: i64| u32::try_from(n).unwrap_or(1);
    let mut step = Step::default();
    if let Some(index) = config.whole("index", -1, 1023)? {
        step.index = small(index);
    }
    if let Some(length) = config.whole("length", 1, MAX_LENGTH.into())? {
        step.length = count(length);
    }
    if let Some(note) = config.whole("note", -1, 127)? {
        step.note = small(note);
    }
    if let Some(chance) = config.whole("chance", 0, 100)? {
        step.chance = count(chance);
    }
    match config.take("ratio") {
        Value::Nil => {}
        value => step.ratio = cycle_ratio(context, &value)?,
    }
    // Any name and number, as the generator writes what no module knows.
    if let Some(values) = config.table("values")? {
        for (key, value) in Config::new(context, Some(&values))?.rest() {
            step.values.insert(key.clone(), step_number(context, &key, &value)?);
        }
    }
    for (key, value) in config.rest() {
        let number = number_of(&value).unwrap_or(0.0);
        let found = with_host(lua, |host| Ok(event_param(host.transaction.project(), &key, number)))?;
        let spec = found.map_err(|why| format!("{context}: {why}"))?;
        step.values.insert(Name::new(spec.name), step_number(context, &key, &value)?);
    }
    Ok(step)
}

fn step_number(context: &str, key: &str, value: &Value) -> Result<f64, Fault> {
    number_of(value).ok_or_else(|| Fault::Said(format!("{context}: {key} is {}, but takes a number", shown(value))))
}

/// Reads `{1, 2}` or `"1:2"`.
fn cycle_ratio(context: &str, value: &Value) -> Result<(u32, u32), Fault> {
    let parts = match value {
        Value::Table(table) => (whole_of(&table.raw_get(1)?), whole_of(&table.raw_get(2)?)),
        other => text_of(other)
            .and_then(|text| text.split_once(':').map(|(a, b)| (a.trim().parse().ok(), b.trim().parse().ok())))
            .unwrap_or((None, None)),
    };
    let part = |n: Option<i64>| n.and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=MAX_RATIO).contains(n));
    match (part(parts.0), part(parts.1)) {
        (Some(a), Some(b)) if a <= b => Ok((a, b)),
        _ => Err(Fault::Said(format!(
            "{context}: ratio takes {{a, b}} or \"a:b\", which plays in cycle a of every b, with a and b from 1 to {MAX_RATIO} and a not above b"
        ))),
    }
}

/// Reads `4`, `"1/3"` or `{1, 3}` as an exact fraction.
fn ratio_of(value: &Value) -> Option<Ratio> {
    match value {
        Value::Table(table) => fraction(whole_of(&table.raw_get(1).ok()?)?, whole_of(&table.raw_get(2).ok()?)?),
        Value::String(_) => {
            let text = text_of(value)?;
            match text.split_once('/') {
                Some((a, b)) => fraction(a.trim().parse().ok()?, b.trim().parse().ok()?),
                None => text.trim().parse().ok().map(Ratio::approximate),
            }
        }
        other => number_of(other).filter(|n| n.is_finite()).map(Ratio::approximate),
    }
}

fn fraction(num: i64, den: i64) -> Option<Ratio> {
    (den != 0).then(|| Ratio::new(num, den))
}

/// Reads a whole number from 0, given as a number or, past 2^53, as text.
pub(in crate::script) fn big_whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(_) => text_of(value)?.parse().ok(),
        other => whole_of(other).and_then(|n| u64::try_from(n).ok()),
    }
}

fn pattern(lua: &Lua, args: &mut Args) -> Reply {
    let (name, value) = (args.name("name")?, args.next());
    write(lua, args, &name, &value)
}

/// Writes a pattern; options are the next argument.
pub(super) fn write(lua: &Lua, args: &mut Args, name: &Name, value: &Value) -> Reply {
    let table = args.table_or_nil("options")?;
    let mut options = Config::new(&format!("pattern {name}"), table.as_ref())?;
    let steps = options.text("as")?;
    let pattern = match steps.as_deref() {
        None => pattern_from_value(lua, name, value, &mut options)?,
        Some("steps") => written_out(lua, name, value, &mut options)?,
        Some(other) => return Err(Fault::Said(format!("pattern {name}: as is \"{other}\", but takes \"steps\""))),
    };
    let muted = options.toggle("muted")?;
    let origin = options.number("origin")?;
    options.end()?;
    with_host(lua, |host| {
        host.apply(Command::SetPattern { name: name.clone(), pattern })?;
        if let Some(beat) = origin {
            host.apply(Command::SetPatternState { name: name.clone(), action: PatternAction::Reset(beat) })?;
        }
        if let Some(muted) = muted {
            let action = if muted { PatternAction::Pause } else { PatternAction::Play };
            host.apply(Command::SetPatternState { name: name.clone(), action })?;
        }
        Ok(())
    })?;
    text(lua, name)
}

/// A cycle pattern as steps: `{as = "steps", cycles = 1, stepsPerBeat}`.
fn written_out(lua: &Lua, name: &Name, value: &Value, options: &mut Config) -> Result<Pattern, Fault> {
    let cycles = options.whole("cycles", 1, 64)?.and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let steps_per_beat = match options.take("stepsPerBeat") {
        Value::Nil => None,
        value => Some(ratio_of(&value).filter(|rate| rate.num() > 0).ok_or_else(|| {
            Fault::Said(format!("pattern {name}: stepsPerBeat is {}, but takes a number from 1/16 to 96", shown(&value)))
        })?),
    };
    let Pattern::Cycle(cycle) = pattern_from_value(lua, name, value, options)? else {
        return Err(Fault::Said(format!("pattern {name} has steps already; as = \"steps\" is for mini-notation and combinators")));
    };
    let grid = Grid { cycles, steps_per_beat };
    let written = with_host(lua, |host| Ok(host.transaction.project().write_out(name, &cycle, grid)))?;
    written.map(Pattern::Tracker).map_err(|why| Fault::Said(format!("pattern {name}: {why}")))
}

fn add(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    if with_host(lua, |host| Ok(host.transaction.project().patterns.contains_key(&name)))? {
        return Err(Fault::Said(format!("there is a pattern {name} already; write patterns:update or choose another name")));
    }
    let value = args.next();
    write(lua, args, &name, &value)
}

fn update(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    with_host(lua, |host| known(host, &name))?;
    let value = args.next();
    write(lua, args, &name, &value)
}

fn known(host: &Host, name: &str) -> Result<(), Fault> {
    let patterns = &host.transaction.project().patterns;
    if patterns.contains_key(name) {
        return Ok(());
    }
    let hint = crate::name::did_you_mean(name, patterns.keys().map(Name::as_str));
    Err(Fault::Said(format!("there is no pattern \"{name}\"{hint}")))
}

fn get(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let slot = with_host(lua, |host| Ok(host.transaction.project().patterns.get(&name).cloned()))?;
    match slot {
        Some(slot) => Ok(Value::Table(state::pattern(lua, &slot, true)?)),
        None => Ok(Value::Nil),
    }
}

fn list(lua: &Lua, _: &mut Args) -> Reply {
    let names: Vec<Name> = with_host(lua, |host| Ok(host.transaction.project().patterns.keys().cloned().collect()))?;
    strings(lua, names.iter().map(Name::as_str))
}

fn set_step(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let place = args.next();
    let step =
        whole_of(&place).and_then(|n| usize::try_from(n).ok()).ok_or_else(|| args.refuse("step", "a whole number from 0", &place))?;
    let value = step_from_value(lua, &format!("pattern {name}, step {step}"), &args.next())?;
    with_host(lua, |host| host.apply(Command::SetStep { name, step, value }).map(|_| Value::Nil))
}

fn act(lua: &Lua, args: &mut Args, action: PatternAction) -> Reply {
    let name = args.name("name")?;
    with_host(lua, |host| host.apply(Command::SetPatternState { name, action }).map(|_| Value::Nil))
}

fn reset(lua: &Lua, args: &mut Args) -> Reply {
    let (name, beat) = (args.name("name")?, args.number_or_nil("beat")?);
    with_host(lua, |host| {
        let beat = beat.unwrap_or(host.transaction.playhead().beat);
        host.apply(Command::SetPatternState { name, action: PatternAction::Reset(beat) }).map(|_| Value::Nil)
    })
}

fn chain(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let table = args.table("entries")?;
    let options = args.table_or_nil("options")?;
    let mut options = Config::new(&format!("chain {name}"), options.as_ref())?;
    let enabled = options.toggle("enabled")?.unwrap_or(true);
    options.end()?;
    let mut list = Vec::new();
    for entry in entries(&format!("chain {name}"), &table, MAX_ENTRIES)? {
        list.push(chain_entry(&name, &entry)?);
    }
    with_host(lua, |host| {
        host.apply(Command::SetChain { name: name.clone(), chain: Chain { entries: list, enabled } })?;
        Ok(())
    })?;
    text(lua, &name)
}

fn chain_entry(chain: &str, value: &Value) -> Result<ChainEntry, Fault> {
    let wrong = || {
        Fault::Said(format!(
            "chain {chain}: an entry is {}, but takes a pattern's name or {{name, repeats from 1 to {MAX_REPEATS}, muted = true}}",
            shown(value)
        ))
    };
    let Value::Table(table) = value else {
        return Ok(ChainEntry { pattern: name_of(value).ok_or_else(wrong)?, repeats: 1, muted: false });
    };
    let mut entry = ChainEntry { pattern: Name::default(), repeats: 1, muted: false };
    let mut named = false;
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        match (&key, name_of(&key).as_deref()) {
            (Value::Integer(1), _) => {
                entry.pattern = name_of(&value).ok_or_else(wrong)?;
                named = true;
            }
            (Value::Integer(2), _) => {
                entry.repeats = whole_of(&value).and_then(|n| u32::try_from(n).ok()).ok_or_else(wrong)?;
            }
            (_, Some("muted")) => entry.muted = value.as_boolean().ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
    }
    if named { Ok(entry) } else { Err(wrong()) }
}

fn get_chain(lua: &Lua, args: &mut Args) -> Reply {
    let name = args.name("name")?;
    let chain = with_host(lua, |host| Ok(host.transaction.project().chains.get(&name).map(Arc::clone)))?;
    match chain {
        Some(chain) => Ok(Value::Table(state::chain(lua, &chain)?)),
        None => Ok(Value::Nil),
    }
}

fn list_chains(lua: &Lua, _: &mut Args) -> Reply {
    let names: Vec<Name> = with_host(lua, |host| Ok(host.transaction.project().chains.keys().cloned().collect()))?;
    strings(lua, names.iter().map(Name::as_str))
}

fn bind(lua: &Lua, args: &mut Args) -> Reply {
    let (sequencer, played) = (args.name("sequencer")?, args.name("pattern or chain")?);
    let options = args.table_or_nil("options")?;
    let mut options = Config::new("bind", options.as_ref())?;
    let quantize = options.text("quantize")?;
    let kind = options.text("kind")?;
    options.end()?;
    with_host(lua, |host| {
        let source = source_called(host.transaction.project(), &played, kind.as_deref())?;
        if let Some(word) = quantize {
            let value = crate::module::Value::Text(word);
            host.apply(Command::SetParameter { module: sequencer.clone(), param: Name::new("quantize"), value })?;
        }
        host.apply(Command::Bind { sequencer, source }).map(|_| Value::Nil)
    })
}

/// The pattern, or else the chain, of a name.
fn source_called(project: &crate::project::Project, name: &Name, kind: Option<&str>) -> Result<Source, Fault> {
    match kind {
        Some("pattern") => Ok(Source::Pattern(name.clone())),
        Some("chain") => Ok(Source::Chain(name.clone())),
        Some(other) => Err(Fault::Said(format!("bind: kind is \"{other}\", but takes \"pattern\" or \"chain\""))),
        None if project.patterns.contains_key(name) => Ok(Source::Pattern(name.clone())),
        None if project.chains.contains_key(name) => Ok(Source::Chain(name.clone())),
        None => {
            let known = project.patterns.keys().chain(project.chains.keys()).map(Name::as_str);
            let hint = crate::name::did_you_mean(name, known);
            Err(Fault::Said(format!("there is no pattern or chain \"{name}\"{hint}")))
        }
    }
}

fn unbind(lua: &Lua, args: &mut Args) -> Reply {
    let sequencer = args.name("sequencer")?;
    with_host(lua, |host| host.apply(Command::Unbind { sequencer }).map(|_| Value::Nil))
}
