//! The whole session as a script that rebuilds it.
//!
//! Running the script gives a session equal to the one it was written from, whatever was there before. Default routing is
//! off while it runs and is turned on at its end, so that every cable stands where it stood.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use super::{
    bindings::{default_columns, is_plain, is_plain_column},
    state::{curve_word, source_word},
};
use crate::{
    module::{Value, samples::Cuts},
    name::Name,
    pattern::{
        Chain, Column, Pattern, Step, Tracker,
        cycle::expr::{LUA_WORDS, quoted},
    },
    project::{Connection, Curve, Link, Macro, Module, PatternSlot, Project, Sample, Source},
    time::Ratio,
};

/// Longest list that stays on one line, in characters.
const WIDTH: usize = 100;

/// Samples that a module lists one to a line at most, and how many stand on one where there are more.
const MANY_SAMPLES: usize = 16;
const SAMPLES_IN_A_ROW: usize = 8;

/// Steps on one line of a pattern that takes several.
const STEPS_IN_A_ROW: usize = 4;

/// Writes `project` as Lua: stable in order and formatting, without what is at its default.
#[must_use]
pub fn generate(project: &Project) -> String {
    let mut script = Script { text: String::new() };
    // Writing to a string can't fail.
    let _ = script.whole(project);
    script.text
}

struct Script {
    text: String,
}

impl Script {
    fn whole(&mut self, project: &Project) -> fmt::Result {
        self.session(project)?;
        self.assets(project)?;
        self.section("modules", project.modules_in_order(), |script, (name, module)| script.module(name, module))?;
        self.connections(project)?;
        self.links(project)?;
        self.section("patterns", project.patterns_in_order().into_iter(), |script, (name, slot)| script.pattern(name, slot))?;
        self.section("chains", project.chains.iter(), |script, (name, chain)| script.chain(name, chain))?;
        self.section("bindings", project.bindings.iter(), |script, (sequencer, source)| script.binding(project, sequencer, source))?;
        self.section("macros", project.macros.iter(), |script, (index, of)| script.one_macro(*index, of))?;
        if project.auto_route {
            writeln!(self.text, "\nautoRoute(true)")?;
        }
        Ok(())
    }

    /// Writes a heading and every item, or nothing where there is none.
    fn section<T>(
        &mut self,
        title: &str,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> fmt::Result,
    ) -> fmt::Result {
        let mut items = items.peekable();
        if items.peek().is_some() {
            writeln!(self.text, "\n-- {title}")?;
        }
        items.try_for_each(|item| write(self, item))
    }

    fn session(&mut self, project: &Project) -> fmt::Result {
        let clock = &project.clock;
        let mut fields = vec![
            "autoRoute = false".to_owned(),
            format!("bpm = {}", number(clock.bpm)),
            format!("clock = \"{}\"", source_word(clock.source)),
        ];
        if clock.cycle_beats != 4.0 {
            fields.push(format!("cycle = {}", number(clock.cycle_beats)));
        }
        if clock.bar_beats != 4.0 {
            fields.push(format!("bar = {}", number(clock.bar_beats)));
        }
        writeln!(self.text, "session({{{}}})", fields.join(", "))
    }

    /// Assets that no sampler lists, and those whose file is known.
    fn assets(&mut self, project: &Project) -> fmt::Result {
        let used: std::collections::BTreeSet<&Name> = project
            .modules
            .values()
            .flat_map(|module| module.samples.iter().map(|sample| &sample.asset).chain(module.shader_file()))
            .collect();
        let written = project.assets.iter().filter(|(path, asset)| asset.hash.is_some() || asset.size.is_some() || !used.contains(path));
        self.section("media", written, |script, (path, asset)| {
            let mut fields = Vec::new();
            if let Some(hash) = &asset.hash {
                fields.push(format!("hash = {}", quoted(hash)));
            }
            if let Some(size) = asset.size {
                fields.push(format!("size = {}", whole(size)));
            }
            let known = if fields.is_empty() { String::new() } else { format!(", {{{}}}", fields.join(", ")) };
            writeln!(script.text, "import({}{known})", quoted(path))
        })
    }

    fn module(&mut self, name: &Name, module: &Module) -> fmt::Result {
        let mut fields = Vec::new();
        if !module.samples.is_empty() {
            let samples: Vec<String> = module.samples.iter().map(sample).collect();
            // Many samples, such as a kit's, take few lines.
            let each = if samples.len() > MANY_SAMPLES { SAMPLES_IN_A_ROW } else { 1 };
            fields.push(format!("{} = {}", module.module_type().lists().unwrap_or("samples"), rows(&samples, 1, each)));
        }
        fields.extend(params(&module.params));
        let config = if fields.is_empty() { String::new() } else { format!(", {}", list(&fields, 0)) };
        writeln!(self.text, "{}({}{config})", module.module_type().name, quoted(name))
    }

    fn connections(&mut self, project: &Project) -> fmt::Result {
        let cables: Vec<&Connection> = project.connections.iter().collect();
        self.section("connections", cables.iter().enumerate(), |script, (index, cable)| {
            let ends = format!("{}, {}", quoted(&cable.from_end()), quoted(&cable.to_end()));
            let kind = cable.kind.word();
            let same = |other: &&&Connection| other.auto && other.from == cable.from && other.kind == cable.kind;
            // A cable laid on purpose removes earlier default ones from its output; one that is laid as a default first does not.
            if cable.auto || cables[..index].iter().any(|other| same(&other)) {
                writeln!(script.text, "connect({ends}, {{type = \"{kind}\", auto = true}})")?;
            }
            if cable.auto { Ok(()) } else { writeln!(script.text, "connect({ends}, \"{kind}\")") }
        })
    }

    fn links(&mut self, project: &Project) -> fmt::Result {
        if project.links.is_empty() {
            return Ok(());
        }
        writeln!(self.text, "\n-- parameter links\nlocal router = engine:getParameterRouter()")?;
        project.links.iter().try_for_each(|link| writeln!(self.text, "router:link({})", link_arguments(link)))
    }

    fn pattern(&mut self, name: &Name, slot: &PatternSlot) -> fmt::Result {
        let mut options = slot.pattern.as_tracker().map(tracker_options).unwrap_or_default();
        if slot.muted {
            options.push("muted = true".to_owned());
        }
        if slot.origin != 0.0 {
            options.push(format!("origin = {}", number(slot.origin)));
        }
        let steps = match &*slot.pattern {
            Pattern::Cycle(cycle) => cycle.source(),
            Pattern::Tracker(tracker) if tracker.steps.iter().all(|step| *step == Step::default()) => tracker.steps.len().to_string(),
            Pattern::Tracker(tracker) => rows(&tracker.steps.iter().map(step).collect::<Vec<_>>(), 0, STEPS_IN_A_ROW),
        };
        let options = if options.is_empty() { String::new() } else { format!(", {{{}}}", options.join(", ")) };
        writeln!(self.text, "pattern({}, {steps}{options})", quoted(name))
    }

    fn chain(&mut self, name: &Name, chain: &Chain) -> fmt::Result {
        let entries: Vec<String> = chain
            .entries
            .iter()
            .map(|entry| match (entry.repeats, entry.muted) {
                (1, false) => quoted(&entry.pattern),
                (repeats, false) => format!("{{{}, {repeats}}}", quoted(&entry.pattern)),
                (repeats, true) => format!("{{{}, {repeats}, muted = true}}", quoted(&entry.pattern)),
            })
            .collect();
        let options = if chain.enabled { "" } else { ", {enabled = false}" };
        writeln!(self.text, "chain({}, {}{options})", quoted(name), list(&entries, 0))
    }

    fn binding(&mut self, project: &Project, sequencer: &Name, source: &Source) -> fmt::Result {
        // A name alone means the pattern, so a chain that is called like one says what it is.
        let kind = match source {
            Source::Chain(name) if project.patterns.contains_key(name) => ", {kind = \"chain\"}",
            _ => "",
        };
        writeln!(self.text, "bind({}, {}{kind})", quoted(sequencer), quoted(source.name()))
    }

    fn one_macro(&mut self, index: u32, of: &Macro) -> fmt::Result {
        let targets: Vec<String> = of
            .targets
            .iter()
            .map(|target| {
                let path = quoted(&format!("{}.{}", target.module, target.param));
                format!("{{{path}, min = {}, max = {}}}", number(target.min), number(target.max))
            })
            .collect();
        writeln!(self.text, "macro({}, {}, {})", index + 1, quoted(&of.name), list(&targets, 0))
    }
}

fn link_arguments(link: &Link) -> String {
    let path = |(module, param): &(Name, Name)| quoted(&format!("{module}.{param}"));
    let mut fields = Vec::new();
    if link.scale != 1.0 {
        fields.push(format!("scale = {}", number(link.scale)));
    }
    if link.offset != 0.0 {
        fields.push(format!("offset = {}", number(link.offset)));
    }
    if let Some(min) = link.min {
        fields.push(format!("min = {}", number(min)));
    }
    if let Some(max) = link.max {
        fields.push(format!("max = {}", number(max)));
    }
    if link.curve != Curve::Linear {
        fields.push(format!("curve = \"{}\"", curve_word(link.curve)));
    }
    let mapping = if fields.is_empty() { String::new() } else { format!(", {{{}}}", fields.join(", ")) };
    format!("{}, {}{mapping}", path(&link.source), path(&link.target))
}

fn tracker_options(tracker: &Tracker) -> Vec<String> {
    let mut options = Vec::new();
    if tracker.steps_per_beat != Ratio::whole(4) {
        options.push(format!("stepsPerBeat = {}", ratio(tracker.steps_per_beat)));
    }
    if tracker.length != tracker.steps.len() {
        options.push(format!("length = {}", tracker.length));
    }
    if tracker.columns != default_columns(&tracker.steps) {
        let columns: Vec<String> = tracker
            .columns
            .iter()
            .map(|column| match column {
                Column::Param(name) if !is_plain_column(name) => format!("{{param = {}}}", quoted(name)),
                other => quoted(super::state::column_word(other)),
            })
            .collect();
        options.push(format!("columns = {{{}}}", columns.join(", ")));
    }
    if tracker.seed != 0 {
        options.push(format!("seed = {}", whole(tracker.seed)));
    }
    options
}

fn step(step: &Step) -> String {
    let mut fields = Vec::new();
    let fresh = Step::default();
    if step.index != fresh.index {
        fields.push(format!("index = {}", step.index));
    }
    if step.note != fresh.note {
        fields.push(format!("note = {}", step.note));
    }
    if step.length != fresh.length {
        fields.push(format!("length = {}", step.length));
    }
    if step.chance != fresh.chance {
        fields.push(format!("chance = {}", step.chance));
    }
    if step.ratio != fresh.ratio {
        fields.push(format!("ratio = {{{}, {}}}", step.ratio.0, step.ratio.1));
    }
    // What the short form would refuse or read as something else goes into a table of its own.
    let (plain, odd): (Vec<_>, Vec<_>) = step.values.iter().partition(|(name, value)| is_plain(name, **value));
    fields.extend(plain.into_iter().map(|(name, value)| format!("{} = {}", key(name), number(*value))));
    if !odd.is_empty() {
        let inner: Vec<String> = odd.into_iter().map(|(name, value)| format!("{} = {}", key(name), number(*value))).collect();
        fields.push(format!("values = {{{}}}", inner.join(", ")));
    }
    format!("{{{}}}", fields.join(", "))
}

fn sample(sample: &Sample) -> String {
    if sample.params.is_empty() {
        return quoted(&sample.asset);
    }
    let fields: Vec<String> = params(&sample.params).collect();
    format!("{{{}, {}}}", quoted(&sample.asset), fields.join(", "))
}

fn params(params: &BTreeMap<Name, Value>) -> impl Iterator<Item = String> {
    params.iter().map(|(name, value)| {
        let value = match value {
            Value::Bool(on) => on.to_string(),
            Value::Number(set) => number(*set),
            Value::Text(text) if &**name == "slices" => Cuts::parse(text).map_or_else(|_| quoted(text), |cuts| cuts.as_lua()),
            Value::Text(text) => quoted(text),
        };
        format!("{} = {value}", key(name))
    })
}

/// A Lua table of `items`, on one line where it fits, else with one item a line.
fn list(items: &[String], depth: usize) -> String {
    rows(items, depth, 1)
}

/// A Lua table of `items`, on one line where it fits, else with `each` items a line.
fn rows(items: &[String], depth: usize, each: usize) -> String {
    let width: usize = items.iter().map(|item| item.chars().count() + 2).sum();
    if width <= WIDTH && !items.iter().any(|item| item.contains('\n')) {
        return format!("{{{}}}", items.join(", "));
    }
    let indent = "    ".repeat(depth);
    let mut text = String::from("{\n");
    for row in items.chunks(each) {
        let _ = writeln!(text, "{indent}    {},", row.join(", "));
    }
    text.push_str(&indent);
    text.push('}');
    text
}

/// A number that Lua reads back as the very same.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value:?}") }
}

/// A whole number, as text where a Lua number can't hold it.
fn whole(value: u64) -> String {
    if value <= 1 << 53 { value.to_string() } else { format!("\"{value}\"") }
}

fn ratio(value: Ratio) -> String {
    let short = value.to_f64();
    if value.den() == 1 || (Ratio::approximate(short) == value && short.to_string().len() <= 6) {
        number(short)
    } else {
        format!("\"{}/{}\"", value.num(), value.den())
    }
}

/// A table's key: bare where Lua takes it so.
fn key(name: &str) -> String {
    if Name::is_identifier(name) && !LUA_WORDS.contains(&name) { name.to_owned() } else { format!("[{}]", quoted(name)) }
}
