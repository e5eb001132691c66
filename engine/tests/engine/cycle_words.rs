//! The table of the words of Strudel (`tests/conformance/functions.tsv`) and the words that are there hold each other.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::collections::HashSet;

use videotracker_engine::pattern::cycle::{
    json, program, reference,
    registry::{Takes, combinators, find},
};
use videotracker_engine::script::Vm;

fn text(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// A row of the table: name, further names, spelling in Lua, arity, kind, keys.
fn rows() -> Vec<Vec<String>> {
    let table = text("tests/conformance/functions.tsv");
    table.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The words that the page on other systems says are not there.
fn missing() -> HashSet<String> {
    let page = text("docs/coming-from.md");
    let lists = page.split("\n\n").filter_map(|paragraph| paragraph.strip_prefix("Not there: "));
    lists.flat_map(|list| list.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

const OPERATORS: &[&str] = &[
    "set", "add", "sub", "mul", "div", "mod", "pow", "band", "bor", "bxor", "blshift", "brshift", "lt", "gt", "lte", "gte", "eq", "eqt",
    "ne", "net", "both", "either", "keep", "keepif",
];

/// Names that something else of the program has; the other name serves.
const TAKEN: &[&str] = &["invert"];

#[test]
fn every_word_of_the_table_is_there_or_said_to_be_missing() {
    let (missing, mut wrong) = (missing(), Vec::new());
    for row in rows() {
        let [name, aliases, lua, arity, kind, keys] = &row[..6] else { panic!("{row:?}") };
        if let Some(alignment) = name.strip_prefix("OP") {
            wrong.extend(OPERATORS.iter().map(|op| format!("{op}{alignment}")).filter(|word| find(word).is_none()));
            continue;
        }
        if missing.contains(lua) {
            continue;
        }
        let names = std::iter::once(lua.as_str()).chain(aliases.split_whitespace()).filter(|name| !TAKEN.contains(name));
        wrong.extend(names.clone().filter(|name| find(name).is_none()).map(str::to_owned));
        let Some(entry) = find(lua) else { continue };
        wrong.extend(
            names.filter(|name| find(name).is_some_and(|other| other.name != entry.name)).map(|name| format!("{name} is another word")),
        );
        let open = entry.takes.len() != 1 || !matches!(entry.takes[0], Takes::Patterns);
        if kind != "control" && open && arity.parse::<usize>().is_ok_and(|arity| arity != entry.takes.len()) {
            wrong.push(format!("{lua} takes {}, not {arity}", entry.takes.len()));
        }
        let keys: Vec<&str> = keys.split(':').filter(|key| !key.is_empty() && !key.starts_with('(')).collect();
        if kind == "control" && !entry.sets().is_empty() && !keys.is_empty() && entry.sets()[..keys.len()] != keys[..] {
            wrong.push(format!("{lua} sets {:?}, not {keys:?}", entry.sets()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(rows().len(), 477);
}

#[test]
fn every_word_that_is_there_stands_in_the_table() {
    // Those that are no words of Strudel's, or its own name of what the table spells otherwise.
    const OWN: &[&str] = &["end"];
    let table: HashSet<String> = rows().iter().flat_map(|row| [row[0].clone(), row[2].clone()]).collect();
    let extra: Vec<&str> = combinators()
        .iter()
        .filter(|entry| !entry.is_alignment())
        .map(|entry| entry.name)
        .filter(|name| !table.contains(*name) && !OWN.contains(name))
        .collect();
    assert!(extra.is_empty(), "{extra:?}");
}

#[test]
fn every_word_has_an_example_that_plays_and_a_meaning() {
    let mut vm = Vm::default();
    let mut wrong = Vec::new();
    for entry in combinators().iter().filter(|entry| !entry.is_alignment()) {
        let Some(shown) = reference::shown(entry.name) else {
            wrong.push(format!("{} has no line in words/meaning.tsv", entry.name));
            continue;
        };
        let names = std::iter::once(entry.name).chain(entry.aliases.iter().copied());
        if !names.clone().any(|name| shown.example.split(|c: char| !c.is_alphanumeric()).any(|word| word == name)) {
            wrong.push(format!("{}: {} is no example of it", entry.name, shown.example));
        }
        let events = vm.cycle_pattern(shown.example, "example").and_then(|pattern| {
            let program = program::Program::compile(&pattern).map_err(|why| why.to_string())?;
            json::events(&program, 4).map_err(|why| why.to_string())
        });
        match events {
            Ok(events) if events.is_empty() => wrong.push(format!("{} plays nothing", shown.example)),
            Ok(_) => {}
            Err(why) => wrong.push(format!("{}: {why}", shown.example)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn methods_without_their_pattern_are_functions() {
    let mut vm = Vm::default();
    let mut events = |source: &str| {
        let pattern = vm.cycle_pattern(source, "expression").unwrap_or_else(|why| panic!("{source}: {why}"));
        let program = videotracker_engine::pattern::cycle::program::Program::compile(&pattern).unwrap();
        videotracker_engine::pattern::cycle::json::events(&program, 4).unwrap()
    };
    for (short, long) in [
        ("s(\"bd sn\"):jux(rev)", "s(\"bd sn\"):jux(function(x) return x:rev() end)"),
        ("s(\"bd sn\"):every(4, fast(2))", "s(\"bd sn\"):every(4, function(x) return x:fast(2) end)"),
        ("note(\"c e\"):off(1/8, add(note(7)))", "note(\"c e\"):off(1/8, function(x) return x:add(note(7)) end)"),
        ("s(\"bd sn\"):sometimes(ply(\"2\"))", "s(\"bd sn\"):sometimes(function(x) return x:ply(\"2\") end)"),
        ("s(\"bd sn\"):every(2, fast(2) .. rev)", "s(\"bd sn\"):every(2, function(x) return x:fast(2):rev() end)"),
        ("s(\"bd sn\"):every(2, fast(2):rev())", "s(\"bd sn\"):every(2, function(x) return x:fast(2):rev() end)"),
        ("s(\"bd sn\"):layer(rev, fast(3), rev .. ply(2))", "s(\"bd sn\"):layer(rev(), fast(3), function(x) return x:rev():ply(2) end)"),
        ("fast(2, s(\"bd sn\"))", "s(\"bd sn\"):fast(2)"),
        ("rev(s(\"bd sn\"))", "s(\"bd sn\"):rev()"),
        ("n(\"0 .. 2\"):pickF(\"0 1\", {rev, fast(2)})", "n(\"0 .. 2\"):pickF(\"0 1\", {function(x) return x:rev() end, fast(2)})"),
    ] {
        assert_eq!(events(short), events(long), "{short}");
    }
}

#[test]
fn a_wrong_function_says_what_was_expected() {
    let mut vm = Vm::default();
    for (source, wanted) in [
        ("s(\"bd\"):every(4, fast)", "fast takes its values first, as fast(factor)"),
        ("s(\"bd\"):every(4, mini(\"0.5\"))", "must be a function"),
        ("s(\"bd\"):jux(fast(2) .. \"rev\")", "fast(2) .. rev"),
        ("s(\"bd\"):jux(fast())", "fast takes 1 (factor) and was given 0"),
        ("s(\"bd\"):jux(fast(2):nonsense())", "nonsense"),
        ("fast(2)", "stands where"),
    ] {
        let why = vm.cycle_pattern(source, "expression").err().unwrap_or_default();
        assert!(why.contains(wanted), "{source}: {why}");
    }
}

#[test]
fn texts_may_be_long_and_deep() {
    let mut vm = Vm::default();
    let deep = format!("s(\"{}bd{}\")", "[".repeat(250), "]".repeat(250));
    assert!(vm.cycle_pattern(&deep, "expression").is_ok());
    let deepest = format!("s(\"{}bd{}\")", "[".repeat(300), "]".repeat(300));
    assert!(vm.cycle_pattern(&deepest, "expression").is_err());
    let long = format!("s(\"<{}>\")", "bd ".repeat(20_000));
    assert!(vm.cycle_pattern(&long, "expression").is_ok());
    assert!(vm.cycle_pattern(&format!("s(\"{}\")", "bd ".repeat(30_000)), "expression").is_err());
    // Deep texts of every kind fit on a small stack.
    for (open, close) in [("[", "]*<1 2>"), ("<", ">"), ("{", "}%4"), ("[a|", "]"), ("[a,", "]?")] {
        let text = format!("{}bd{}", open.repeat(250), close.repeat(250));
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let made = thread.spawn(move || videotracker_engine::pattern::cycle::mini::mini(&text).map(drop));
        assert!(made.is_ok_and(|made| made.join().is_ok()), "{open}");
    }
}

#[test]
fn values_that_cannot_be_used_are_named_with_the_call() {
    let mut vm = Vm::default();
    for (source, wanted) in [
        ("n(\"0\"):scale(\"C:wrong\")", "scale needs a scale it knows"),
        ("n(\"0\"):scale(\"C:wrong\")", "given \"C wrong\""),
        ("n(\"0\"):fast(\"x\")", "fast needs a number and was given \"x\""),
        ("chord(\"Cnonsense\"):voicing()", "given \"Cnonsense\""),
        ("note(\"c e\"):transpose(\"foo\")", "transpose needs semitones or an interval such as 3M or -2m and was given \"foo\""),
        ("mini(\"h4 q\"):add(1)", "given \"h4\""),
        ("s(\"bd\"):lpff(3)", "did you mean \"lpf\"?"),
        ("s(\"bd\"):fats(2)", "did you mean \"fast\"?"),
    ] {
        let made = vm
            .cycle_pattern(source, "expression")
            .and_then(|pattern| videotracker_engine::pattern::cycle::program::Program::compile(&pattern).map_err(|why| why.to_string()));
        let why = made.err().unwrap_or_default();
        assert!(why.contains(wanted), "{source}: {why}");
    }
    assert!(vm.cycle_pattern("chord(\"<Cdim Cmaj7>\"):voicing()", "expression").is_ok_and(|pattern| {
        let mut events = 0;
        let program = videotracker_engine::pattern::cycle::program::Program::compile(&pattern).unwrap();
        program
            .query(videotracker_engine::pattern::cycle::rational::Span::cycle(0), &mut |_| {
                events += 1;
                Ok(())
            })
            .unwrap();
        events > 2
    }));
}
