//! The Lua reference, written from the tables that define the bindings and the modules.

use std::fmt::Write as _;

use super::{
    bindings::{self, Binding, MODULE, OBJECTS, kind_word},
    console,
};
use crate::media::factory::KIT;
use crate::module::{
    MODULES, ModuleType, ParamKind, ParamSpec, Picture, Port, Variants, event_params,
    samples::{CHOICE, OF_TABLE},
    type_that,
};
use crate::pattern::cycle::{reference, registry};
use crate::shader::builtin;

/// The reference as Markdown: every Lua function, every module type with its parameters, every console command.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Lua reference\n\n\
         Written from the program's own tables; `UPDATE_DOCS=1 cargo test -p videotracker-engine --test engine script_reference` writes it anew.\n\n\
         Scripts are Luau. A script describes the session: run again, it changes nothing; what it doesn't name stays, unless \
         `session{}` at its top makes the run exact. Every function refuses unknown names, wrong types and values out of range \
         with an error that names the line.\n\n\
         ## Functions\n\n",
    );
    // Writing to a string can't fail.
    let mut shown = "";
    for binding in bindings::globals() {
        // Functions of one signature are told together.
        if std::mem::replace(&mut shown, binding.signature) != binding.signature {
            let _ = entry(&mut text, binding);
        }
    }
    let _ = writeln!(
        text,
        "- `TYPE(name[, {{parameter = value, …}}]) → module`: Declares a module of one of the types below: `{}`.",
        MODULES.iter().map(|kind| kind.name).collect::<Vec<_>>().join("`, `")
    );
    for object in OBJECTS.iter().chain([&MODULE]) {
        let _ = writeln!(text, "\n## {}\n\nFrom {}. {}\n", object.name, object.from, object.doc);
        for binding in object.methods {
            let _ = entry(&mut text, binding);
        }
    }
    text.push_str(
        "\n## Pattern language\n\n`x` stands for a pattern; functions and signals are globals. Arguments are numbers, mini-notation, \
         patterns, lists and, where the table says so, functions such as `function(x) return x:fast(2) end`. Controls, such as \
         `gain`, are functions as well as methods.\n\n",
    );
    text.push_str(&reference::markdown());
    controls(&mut text);
    text.push_str("\n## Modules\n");
    for kind in MODULES {
        let _ = module(&mut text, kind);
    }
    let _ = shaders(&mut text);
    let _ = kit(&mut text);
    text.push_str("\n## Console\n\nCommand words and names ignore case; `exec(command)` carries one out from a script.\n\n");
    for command in console::commands() {
        let heads = std::iter::once(&command.words).chain(command.aliases).copied().collect::<Vec<_>>().join("`, `");
        let usage = if command.usage.is_empty() { String::new() } else { format!(" {}", command.usage.replace('<', "&lt;")) };
        let _ = writeln!(text, "- `{heads}`{usage}: {}", command.doc);
    }
    text
}

/// The words of the kit, and its sounds.
fn kit(text: &mut String) -> std::fmt::Result {
    text.push_str(
        "\n## Sounds of the kit\n\nMade by videoTracker when they are first used, each with a picture of its own. A sampler takes them as media: \
         `samples = {\"factory:bd:0\", \"factory:bd:1\"}`; patterns then call them `bd`, `bd:1`, numbers begin again behind the last. \
         `\"factory:bd:1|red\"` puts another picture in place of its own. Sounds marked 808 and 909 are made as those machines make them, and \
         answer to their names as well: `s(\"bd\"):bank(\"RolandTR909\")`, or `TR909` for short.\n\n| word | also | what | sounds |\n|---|---|---|---|\n",
    );
    for bank in KIT {
        let also = bank.aliases.iter().map(|alias| format!("`{alias}`")).collect::<Vec<_>>().join(", ");
        let sounds = bank.docs().enumerate().map(|(number, doc)| format!("`{number}` {doc}")).collect::<Vec<_>>().join("; ");
        writeln!(text, "| `{}` | {also} | {} | {sounds} |", bank.word, bank.doc)?;
    }
    Ok(())
}

/// The parameters of modules that patterns set, besides the controls among the combinators.
fn controls(text: &mut String) {
    text.push_str(
        "\nEvery parameter that a trigger can set is a control as well, as a method: `x:volume(\"0.5 1\")`. Choices take their words, \
         as in `x:playStyle(\"loop\")`. So is every parameter that a shader file declares, once a module draws with it: \
         `videoFx(\"warm\", {shader = \"warm.wgsl\"})`, then `x:warmth(\"0 1\")`.\n\n| control | takes | what it sets |\n|---|---|---|\n",
    );
    for spec in event_params().filter(|spec| registry::find(spec.name).is_none()) {
        let _ = writeln!(text, "| `x:{}(patterns…)` | {} | {}{} |", spec.name, takes(spec), spec.doc, also(spec));
    }
}

/// A Lua function as completion and hover help show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The object it is a method of, as the reference calls it; `None` for a global.
    pub object: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
    /// Arguments and answer.
    pub signature: &'static str,
    /// One sentence or two.
    pub doc: &'static str,
}

/// Every Lua function, globals first. Those that declare modules are named like the module types and are not among them.
pub fn functions() -> impl Iterator<Item = Function> {
    let shown = |object, binding: &Binding| Function { object, name: binding.name, signature: binding.signature, doc: binding.doc };
    let methods = OBJECTS.iter().chain([&MODULE]).flat_map(move |object| object.methods.iter().map(move |b| shown(Some(object.name), b)));
    bindings::globals().map(move |binding| shown(None, binding)).chain(methods)
}

fn entry(text: &mut String, binding: &Binding) -> std::fmt::Result {
    writeln!(text, "- `{}`: {}", binding.signature, binding.doc)
}

fn port_words(port: &Port) -> String {
    let word = port.kind.word();
    if port.name == word { word.to_owned() } else { format!("{word} at `{}`", port.name) }
}

/// What each medium of a list says of itself.
fn of_each(text: &mut String, specs: &[ParamSpec]) -> std::fmt::Result {
    specs.iter().try_for_each(|spec| {
        let takes = match spec.kind {
            ParamKind::Text(_) => String::new(),
            _ => format!(" {} to {}.", spec.min, spec.max),
        };
        writeln!(text, "- `{}`: {}{takes}", spec.name, spec.doc)
    })
}

fn module(text: &mut String, kind: &ModuleType) -> std::fmt::Result {
    let ports = |ports: &[Port]| match ports {
        [] => "nothing".to_owned(),
        ports => ports.iter().map(port_words).collect::<Vec<_>>().join(", "),
    };
    writeln!(text, "\n### {}\n\n{} Takes {}, sends {}.", kind.name, kind.doc, ports(kind.inputs), ports(kind.outputs))?;
    if !kind.aliases.is_empty() {
        writeln!(text, "Also called {}.", kind.aliases.join(", "))?;
    }
    if kind.has_samples() {
        writeln!(
            text,
            "`samples = {{\"kick.wav\", asset, {{\"loop.wav\", regionEnd = 0.5}}}}` gives it media, with parameters of their own; \
             `samples = {{bd = {{\"a.wav\", \"b.wav\"}}, piano = {{a3 = \"a3.wav\", c4 = \"c4.wav\"}}}}` under words and for notes, with \
             `root = 36` and `rules = \"strudel\"` unless they are said. Which of a word's samples plays:"
        )?;
        of_each(text, CHOICE)?;
    }
    if kind.has_tables() {
        writeln!(
            text,
            "`tables = {{voice = \"voice.wav\", {{\"saws.wav\", cycle = 1024}}}}` gives it wavetables: sounds of up to 256 cycles in a row, which `s(\"voice\")` plays and \
             `wt` goes through. Of each:"
        )?;
        of_each(text, OF_TABLE)?;
    }
    writeln!(text, "\n| parameter | type | takes | default | |\n|---|---|---|---|---|")?;
    for spec in kind.params {
        parameter(text, spec, spec.name)?;
    }
    for spec in kind.per_input {
        parameter(text, spec, &format!("{}_i", spec.name))?;
    }
    made(text, kind.made)?;
    kind.variants.map_or(Ok(()), |variants| variants_of(text, kind, variants))
}

/// What each variant of a type has beside what all have.
fn variants_of(text: &mut String, base: &ModuleType, variants: Variants) -> std::fmt::Result {
    for kind in variants.types {
        let Some(choice) = kind.param(variants.param).map(|found| found.spec) else { continue };
        let own = |spec: &&ParamSpec| base.param(spec.name).is_none_or(|found| found.spec.default.to_bits() != spec.default.to_bits());
        let index = variants.types.iter().position(|other| other.mark() == kind.mark()).unwrap_or(0);
        let name = match choice.kind {
            ParamKind::Choice(names) => names.get(index).copied().unwrap_or_default(),
            _ => "",
        };
        let ports: Vec<String> = kind.inputs.iter().filter(|port| !base.inputs.contains(port)).map(port_words).collect();
        let ports = if ports.is_empty() { String::new() } else { format!(" Takes {} as well.", ports.join(", ")) };
        writeln!(
            text,
            "\n#### {} = \"{name}\"\n\n{}{ports}\n\n| parameter | type | takes | default | |\n|---|---|---|---|---|",
            variants.param, kind.doc
        )?;
        kind.params.iter().filter(own).filter(|spec| spec.name != variants.param).try_for_each(|spec| parameter(text, spec, spec.name))?;
    }
    Ok(())
}

/// The numbers that a module makes. Neighbours that are counted through are one.
fn made(text: &mut String, numbers: &[ParamSpec]) -> std::fmt::Result {
    if numbers.is_empty() {
        return Ok(());
    }
    text.push_str("\nMakes numbers, which links take:\n\n");
    let stem = |spec: &ParamSpec| spec.name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_like = |a: &ParamSpec, b: &ParamSpec| stem(a) == stem(b) && stem(a) != a.name && (a.min, a.max, a.doc) == (b.min, b.max, b.doc);
    for alike in numbers.chunk_by(is_like) {
        if let [first, .., last] = alike {
            writeln!(text, "- `{}` … `{}`, each {} to {}: {}", first.name, last.name, first.min, first.max, first.doc)?;
        } else {
            alike.iter().try_for_each(|spec| writeln!(text, "- `{}`, {} to {}: {}", spec.name, spec.min, spec.max, spec.doc))?;
        }
    }
    Ok(())
}

fn shaders(text: &mut String) -> std::fmt::Result {
    text.push_str(
        "\n## Shaders\n\n`videoSource(\"o\", {shader = \"osc\", frequency = 40})` and `videoFx(\"k\", {shader = \"kaleid\", sides = 5})` \
         draw with these, or with a `.wgsl` or ISF (`.fs`) file of your own, which is read again whenever it changes. A shader's \
         parameters are its module's.\n",
    );
    let [source, effect] =
        [Picture::Shader, Picture::Effect].map(|picture| type_that(|kind| kind.picture == picture).map_or("", |kind| kind.name));
    for shader in builtin::all() {
        let kind = match shader.kind {
            builtin::Kind::Source => source.to_owned(),
            builtin::Kind::Effect => effect.to_owned(),
            builtin::Kind::Modulator => format!("{effect} with two inputs"),
        };
        writeln!(text, "\n### {} ({kind})\n\n{}", shader.name, shader.doc)?;
        let own = shader.interface.specs();
        if !own.is_empty() {
            writeln!(text, "\n| parameter | type | takes | default | |\n|---|---|---|---|---|")?;
        }
        own.iter().try_for_each(|spec| parameter(text, spec, spec.name))?;
    }
    Ok(())
}

fn parameter(text: &mut String, spec: &ParamSpec, name: &str) -> std::fmt::Result {
    let (kind, takes, also) = (kind_word(spec.kind), takes(spec), also(spec));
    writeln!(text, "| `{name}` | {kind} | {takes} | {} | {}{also} |", spec.default_value(), spec.doc)
}

/// The values a parameter takes, in words: its range and unit, or its names.
#[must_use]
pub fn takes(spec: &ParamSpec) -> String {
    match spec.kind {
        ParamKind::Toggle => "true, false".to_owned(),
        ParamKind::Choice(names) => names.join(", "),
        ParamKind::Text(_) => "a text".to_owned(),
        ParamKind::Cuts => format!("{} to {}, \"onsets\", positions", spec.min, spec.max),
        ParamKind::Float | ParamKind::Integer => {
            format!("{} to {}{}{}", spec.min, spec.max, if spec.unit.is_empty() { "" } else { " " }, spec.unit)
        }
    }
}

/// A parameter's further names, as a sentence.
fn also(spec: &ParamSpec) -> String {
    if spec.aliases.is_empty() { String::new() } else { format!(" Also `{}`.", spec.aliases.join("`, `")) }
}
