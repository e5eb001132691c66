//! The session as Lua tables, for callbacks and reads. They are copies; writing to them changes nothing but them.

use mlua::{Lua, Result, Table};

use crate::{
    module::Value,
    pattern::{Chain, Column, Cycle, Step},
    project::{ClockSource, Curve, Macro, Module, PatternSlot, Project, Source},
    view::Playhead,
};

/// The word scripts use for a clock source.
pub(super) const fn source_word(source: ClockSource) -> &'static str {
    match source {
        ClockSource::Host => "host",
        ClockSource::Internal => "internal",
    }
}

/// The word scripts use for a curve.
pub(super) const fn curve_word(curve: Curve) -> &'static str {
    match curve {
        Curve::Linear => "linear",
        Curve::Square => "square",
        Curve::Root => "root",
    }
}

/// The word scripts use for a column.
pub(super) fn column_word(column: &Column) -> &str {
    match column {
        Column::Index => "index",
        Column::Note => "note",
        Column::Length => "length",
        Column::Chance => "chance",
        Column::Ratio => "ratio",
        Column::Param(name) => name,
    }
}

/// The whole session. Patterns come without their steps, which `patterns:get(name)` gives.
pub(super) fn table(lua: &Lua, project: &Project, version: u64, playhead: &Playhead) -> Result<Table> {
    let state = lua.create_table()?;
    state.raw_set("version", version)?;
    state.raw_set("autoRoute", project.auto_route)?;
    let clock = lua.create_table()?;
    clock.raw_set("bpm", project.clock.bpm)?;
    clock.raw_set("source", source_word(project.clock.source))?;
    clock.raw_set("cycle", project.clock.cycle_beats)?;
    clock.raw_set("bar", project.clock.bar_beats)?;
    state.raw_set("clock", clock)?;
    let transport = lua.create_table()?;
    transport.raw_set("playing", playhead.playing)?;
    transport.raw_set("beat", playhead.beat)?;
    transport.raw_set("bar", playhead.bar)?;
    transport.raw_set("bpm", playhead.bpm)?;
    transport.raw_set("host", playhead.host)?;
    state.raw_set("transport", transport)?;
    let modules = lua.create_table()?;
    for (name, of) in &project.modules {
        modules.raw_set(name.as_str(), module(lua, of)?)?;
    }
    state.raw_set("modules", modules)?;
    state.raw_set("connections", connections(lua, project)?)?;
    state.raw_set("links", links(lua, project)?)?;
    let patterns = lua.create_table()?;
    for (name, slot) in &project.patterns {
        patterns.raw_set(name.as_str(), pattern(lua, slot, false)?)?;
    }
    state.raw_set("patterns", patterns)?;
    let chains = lua.create_table()?;
    for (name, of) in &project.chains {
        chains.raw_set(name.as_str(), chain(lua, of)?)?;
    }
    state.raw_set("chains", chains)?;
    let bindings = lua.create_table()?;
    for (sequencer, source) in &project.bindings {
        let bound = lua.create_table()?;
        bound.raw_set(if matches!(source, Source::Chain(_)) { "chain" } else { "pattern" }, source.name().as_str())?;
        bindings.raw_set(sequencer.as_str(), bound)?;
    }
    state.raw_set("bindings", bindings)?;
    state.raw_set("macros", macros(lua, project)?)?;
    state.raw_set("assets", lua.create_sequence_from(project.assets.keys().map(|path| path.as_str()))?)?;
    Ok(state)
}

fn value(lua: &Lua, value: &Value) -> Result<mlua::Value> {
    Ok(match value {
        Value::Bool(on) => mlua::Value::Boolean(*on),
        Value::Number(number) => mlua::Value::Number(*number),
        Value::Text(text) => mlua::Value::String(lua.create_string(text.as_str())?),
    })
}

fn module(lua: &Lua, module: &Module) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("type", module.kind.as_str())?;
    let parameters = lua.create_table()?;
    for spec in module.module_type().params {
        let set = module.params.get(spec.name).cloned().unwrap_or_else(|| spec.default_value());
        parameters.raw_set(spec.name, value(lua, &set)?)?;
    }
    for (name, set) in &module.params {
        parameters.raw_set(name.as_str(), value(lua, set)?)?;
    }
    table.raw_set("enabled", parameters.raw_get::<mlua::Value>("enabled")?)?;
    table.raw_set("parameters", parameters)?;
    if let Some(listed_as) = module.module_type().lists() {
        let samples = lua.create_table()?;
        for sample in &module.samples {
            let entry = lua.create_table()?;
            entry.raw_set("asset", sample.asset.as_str())?;
            let parameters = lua.create_table()?;
            for (name, set) in &sample.params {
                parameters.raw_set(name.as_str(), value(lua, set)?)?;
            }
            entry.raw_set("parameters", parameters)?;
            samples.raw_push(entry)?;
        }
        table.raw_set(listed_as, samples)?;
    }
    Ok(table)
}

/// Every cable.
pub(super) fn connections(lua: &Lua, project: &Project) -> Result<Table> {
    let list = lua.create_table()?;
    for cable in &project.connections {
        let entry = lua.create_table()?;
        entry.raw_set("from", cable.from_end().as_str())?;
        entry.raw_set("to", cable.to_end().as_str())?;
        entry.raw_set("type", cable.kind.word())?;
        entry.raw_set("auto", cable.auto)?;
        list.raw_push(entry)?;
    }
    Ok(list)
}

/// Every parameter link.
pub(super) fn links(lua: &Lua, project: &Project) -> Result<Table> {
    let list = lua.create_table()?;
    for link in &project.links {
        let entry = lua.create_table()?;
        entry.raw_set("source", format!("{}.{}", link.source.0, link.source.1))?;
        entry.raw_set("target", format!("{}.{}", link.target.0, link.target.1))?;
        entry.raw_set("scale", link.scale)?;
        entry.raw_set("offset", link.offset)?;
        entry.raw_set("min", link.min)?;
        entry.raw_set("max", link.max)?;
        entry.raw_set("curve", curve_word(link.curve))?;
        list.raw_push(entry)?;
    }
    Ok(list)
}

fn macros(lua: &Lua, project: &Project) -> Result<Table> {
    let table = lua.create_table()?;
    for (index, of) in &project.macros {
        table.raw_set(index + 1, one_macro(lua, of)?)?;
    }
    Ok(table)
}

/// A macro's name and targets.
pub(super) fn one_macro(lua: &Lua, of: &Macro) -> Result<Table> {
    let entry = lua.create_table()?;
    entry.raw_set("name", of.name.as_str())?;
    let targets = lua.create_table()?;
    for target in &of.targets {
        let inner = lua.create_table()?;
        inner.raw_set("target", format!("{}.{}", target.module, target.param))?;
        inner.raw_set("min", target.min)?;
        inner.raw_set("max", target.max)?;
        targets.raw_push(inner)?;
    }
    entry.raw_set("targets", targets)?;
    Ok(entry)
}

/// A pattern, with or without its steps.
pub(super) fn pattern(lua: &Lua, slot: &PatternSlot, with_steps: bool) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("muted", slot.muted)?;
    table.raw_set("origin", slot.origin)?;
    if let Some(cycle) = slot.pattern.as_cycle() {
        match cycle {
            Cycle::Mini(text) => table.raw_set("mini", text.as_str())?,
            Cycle::Expr(source) => table.raw_set("source", source.as_str())?,
            Cycle::Fn(generator) => {
                table.raw_set("fn", generator.source.as_str())?;
                table.raw_set("seed", generator.seed.to_string())?;
            }
        }
    }
    let Some(tracker) = slot.pattern.as_tracker() else { return Ok(table) };
    table.raw_set("length", tracker.length)?;
    table.raw_set("stepsPerBeat", tracker.steps_per_beat.to_f64())?;
    table.raw_set("seed", tracker.seed.to_string())?;
    table.raw_set("columns", lua.create_sequence_from(tracker.columns.iter().map(column_word))?)?;
    if with_steps {
        let steps = lua.create_table()?;
        for of in &tracker.steps {
            steps.raw_push(step(lua, of)?)?;
        }
        table.raw_set("steps", steps)?;
    }
    Ok(table)
}

fn step(lua: &Lua, step: &Step) -> Result<Table> {
    let table = lua.create_table()?;
    for (name, value) in &step.values {
        table.raw_set(name.as_str(), *value)?;
    }
    table.raw_set("index", step.index)?;
    table.raw_set("length", step.length)?;
    table.raw_set("note", step.note)?;
    table.raw_set("chance", step.chance)?;
    table.raw_set("ratio", [step.ratio.0, step.ratio.1])?;
    Ok(table)
}

/// A chain.
pub(super) fn chain(lua: &Lua, chain: &Chain) -> Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("enabled", chain.enabled)?;
    let entries = lua.create_table()?;
    for of in &chain.entries {
        let entry = lua.create_table()?;
        entry.raw_set("pattern", of.pattern.as_str())?;
        entry.raw_set("repeats", of.repeats)?;
        entry.raw_set("muted", of.muted)?;
        entries.raw_push(entry)?;
    }
    table.raw_set("entries", entries)?;
    Ok(table)
}
