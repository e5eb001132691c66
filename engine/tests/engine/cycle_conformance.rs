//! Every expression of the event tables gives their events, and gives the same however a query is cut.
//! The comparison follows `tests/conformance/compare.py`.

use serde_json::Value as Json;
use videotracker_engine::{
    pattern::{
        Cycle, Generator,
        cycle::{
            core::{Event, Pattern},
            json,
            mini::mini,
            program::Program,
            rational::{Rational, Span},
        },
    },
    project::Project,
    script::Vm,
    transaction::Transaction,
    translate,
    view::Playhead,
};

fn time(j: &Json) -> Option<Rational> {
    match j {
        Json::Null => None,
        Json::Number(n) => n.as_i64().map(Rational::int),
        Json::String(s) => {
            let (a, b) = s.split_once('/').unwrap_or((s, "1"));
            Rational::new(a.parse().ok()?, b.parse().ok()?)
        }
        _ => None,
    }
}

#[derive(Clone, Debug)]
struct Row {
    whole: (Option<Rational>, Option<Rational>),
    part: (Rational, Rational),
    value: Json,
}

fn near(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= 1e-9 * 1_f64.max(a.abs()).max(b.abs())
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b)),
        (Json::Object(a), Json::Object(b)) => a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| near(v, w))),
        (a, b) => a == b,
    }
}

/// Joins touching pieces of one event inside a cycle.
fn join(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|r| r.part);
    let mut out: Vec<Row> = vec![];
    for r in rows {
        let inside = r.part.0.sam() != r.part.0;
        let hit = out.iter_mut().find(|o| inside && o.part.1 == r.part.0 && o.whole == r.whole && near(&o.value, &r.value));
        match hit {
            Some(o) => o.part.1 = r.part.1,
            None => out.push(r),
        }
    }
    out
}

fn agree(a: Vec<Row>, b: Vec<Row>) -> bool {
    let (a, mut b) = (join(a), join(b));
    a.len() == b.len()
        && a.iter().all(|r| {
            let hit = b.iter().position(|s| s.whole == r.whole && s.part == r.part && near(&s.value, &r.value));
            hit.map(|i| b.swap_remove(i)).is_some()
        })
}

fn row(e: &Event<'_>) -> Row {
    Row { whole: (e.whole.map(|w| w.begin), e.whole.map(|w| w.end)), part: (e.part.begin, e.part.end), value: json::value(&e.value) }
}

fn rows(table: &Json) -> Vec<Row> {
    let row = |e: &Json| Some(Row { whole: (time(&e[0]), time(&e[1])), part: (time(&e[2])?, time(&e[3])?), value: e[4].clone() });
    table.as_array().map(|all| all.iter().map(|e| row(e).unwrap_or_else(|| panic!("{e} is no event"))).collect()).unwrap_or_default()
}

/// Whether a query cut at an odd place gives what the whole query gives.
fn cuts_cleanly(p: &Program) -> Result<bool, String> {
    let q = |a: Rational, b: Rational| -> Result<Vec<Row>, String> {
        let mut out = vec![];
        p.query(Span::new(a, b), &mut |e| {
            // Continuous signals are new in every query by nature.
            if e.whole.is_some() {
                out.push(row(e));
            }
            Ok(())
        })
        .map_err(|f| f.to_string())?;
        Ok(out)
    };
    let r = |n, d| Rational::new(n, d).unwrap_or(Rational::ZERO);
    for (a, b, c) in [(r(0, 1), r(7, 13), r(1, 1)), (r(2, 1), r(21, 8), r(3, 1)), (r(1, 5), r(1, 2), r(4, 5))] {
        let mut parts = q(a, b)?;
        parts.extend(q(b, c)?);
        let whole = q(a, c)?;
        // Where the same event stands twice, its pieces can be joined in several ways: then they are compared as they are.
        if !agree(whole.clone(), parts.clone()) && pieces(&whole, b) != pieces(&parts, b) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rows as texts, in order, those that go past `cut` in two pieces.
fn pieces(rows: &[Row], cut: Rational) -> Vec<String> {
    let time = |time: Option<Rational>| time.map_or_else(String::new, |time| time.to_string());
    let text =
        |row: &Row, (from, to): (Rational, Rational)| format!("{} {} {from} {to} {:?}", time(row.whole.0), time(row.whole.1), row.value);
    let all = rows.iter().flat_map(|row| match row.part {
        (from, to) if from < cut && cut < to => vec![text(row, (from, cut)), text(row, (cut, to))],
        part => vec![text(row, part)],
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

fn make(table: &Json) -> Result<Pattern, String> {
    match (table["mini"].as_str(), table["lua"].as_str()) {
        (Some(text), _) => mini(text).map_err(|e| e.to_string()),
        (_, Some(text)) => crate::cycle_tools::run(text),
        _ => Err("neither mini nor lua".into()),
    }
}

/// Of the expressions, the tests' own evaluator and Luau make the same patterns.
fn make_in_lua(vm: &mut Vm, table: &Json) -> Result<Pattern, String> {
    vm.cycle_pattern(table["lua"].as_str().unwrap_or_default(), "expression")
}

fn disagreement(table: &Json, make: &mut dyn FnMut(&Json) -> Result<Pattern, String>) -> Option<String> {
    let program = match make(table).and_then(|p| Program::compile(&p).map_err(|e| e.to_string())) {
        Ok(program) => program,
        Err(why) => return Some(why),
    };
    match cuts_cleanly(&program) {
        Ok(true) => {}
        Ok(false) => return Some("a cut query gives something else".into()),
        Err(why) => return Some(why),
    }
    let got = match json::events(&program, table["cycles"].as_i64().unwrap_or(4)) {
        Ok(events) => rows(&Json::Array(events)),
        Err(fault) => return Some(fault.to_string()),
    };
    let want = rows(&table["events"]);
    (!agree(want.clone(), got.clone())).then(|| format!("\n want {:?}\n got {:?}", join(want), join(got)))
}

/// A file of tables; a whole path is taken as it is.
fn conformance(file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    format!("{}/../tests/conformance/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// What a table of events is of.
fn expression(table: &Json) -> &str {
    table["mini"].as_str().or(table["lua"].as_str()).unwrap_or("?")
}

/// How many tables a file has, and the expressions of those that disagree, with the reason.
fn disagreements(file: &str, make: &mut dyn FnMut(&Json) -> Result<Pattern, String>) -> (usize, Vec<(String, String)>) {
    let path = conformance(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
    let tables: Vec<Json> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}")))
        .collect();
    let wrong = tables.iter().filter_map(|table| disagreement(table, make).map(|why| (expression(table).to_owned(), why)));
    (tables.len(), wrong.collect())
}

fn file_agrees(file: &str, at_least: usize, make: &mut dyn FnMut(&Json) -> Result<Pattern, String>) {
    let (count, wrong) = disagreements(file, make);
    assert!(count >= at_least, "{file} has {count} tables only");
    let wrong: Vec<String> = wrong.into_iter().map(|(name, why)| format!("{name}: {why}")).collect();
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// The tables of the functions that the first tables leave out. Those listed in `given3.open` do not agree yet; the list may
/// only shrink, and `UPDATE_OPEN=1` takes off what agrees.
#[test]
fn further_functions_give_the_events_of_their_tables() {
    let mut vm = Vm::default();
    let (count, wrong) = disagreements("given3.jsonl", &mut |table| make_in_lua(&mut vm, table));
    assert!(count >= 402, "given3.jsonl has {count} tables only");
    let path = conformance("given3.open");
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let open: Vec<&str> = listed.lines().collect();
    let fresh: Vec<String> =
        wrong.iter().filter(|(name, _)| !open.contains(&name.as_str())).map(|(name, why)| format!("{name}: {why}")).collect();
    if std::env::var_os("SHOW_OPEN").is_some() {
        wrong.iter().for_each(|(name, why)| eprintln!("{name}: {why}"));
    }
    assert!(fresh.is_empty(), "{} of {count} differ\n{}", fresh.len(), fresh.join("\n"));
    let still: Vec<&str> = open.iter().copied().filter(|name| wrong.iter().any(|(other, _)| other == name)).collect();
    if std::env::var_os("UPDATE_OPEN").is_some() {
        std::fs::write(&path, still.iter().map(|name| format!("{name}\n")).collect::<String>())
            .unwrap_or_else(|why| panic!("{path}: {why}"));
    } else {
        let agree: Vec<&&str> = open.iter().filter(|name| !still.contains(name)).collect();
        assert!(agree.is_empty(), "these agree, take them off given3.open with UPDATE_OPEN=1: {agree:#?}");
    }
}

/// What a session keeps of a pattern that calls functions: its Lua, which needs no script. Worked out cycle by cycle it gives the table.
#[test]
fn functions_called_while_playing_are_kept_with_the_pattern() {
    let text = std::fs::read_to_string(conformance("given3.jsonl")).unwrap_or_default();
    let calls = |table: &Json| {
        let lua = table["lua"].as_str().unwrap_or_default();
        ["filter", "filterWhen", "func", "withValue", "fmap", "arpWith", "signal"]
            .iter()
            .any(|word| lua.contains(&format!("{word}(function")))
    };
    let tables: Vec<Json> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(calls).collect();
    assert_eq!(tables.len(), 12);
    for table in &tables {
        let lua = table["lua"].as_str().unwrap_or_default();
        let mut vm = Vm::default();
        let mut session = Transaction::new(Project::default(), Playhead::default());
        let ran = vm.run(&format!("local it = {lua}\npattern('p', it)"), "song", &mut session);
        assert_eq!(ran.error, None, "{lua}");
        let project = session.project();
        let kept = project.patterns.values().next().and_then(|slot| slot.pattern.as_cycle());
        assert!(kept.is_some_and(|kept| matches!(kept, Cycle::Fn(_))), "{lua}: {kept:?}");
        let got = kept.map(kept_events).unwrap_or(Ok(vec![])).unwrap_or_else(|why| panic!("{lua}: {why}"));
        assert!(agree(rows(&table["events"]), got), "{lua}");
    }
}

/// The events of a pattern that a session keeps, in its first four cycles.
fn kept_events(kept: &Cycle) -> Result<Vec<Row>, String> {
    let (mut vm, mut got) = (Vm::default(), vec![]);
    for cycle in 0..4 {
        let pattern = match kept {
            Cycle::Fn(generator) => vm.cycle_of(&Project::default(), generator, cycle).ok_or("interrupted")?.0.map_err(|why| why.text),
            other => vm.cycle_pattern(&other.source(), "expression"),
        };
        let program = Program::compile(&pattern?).map_err(|why| why.to_string())?;
        let asked = program.query(Span::cycle(cycle), &mut |event| {
            got.push(row(event));
            Ok(())
        });
        asked.map_err(|why| why.to_string())?;
    }
    Ok(got)
}

/// Tunes as people write them for Strudel, read, translated and run: each pattern plays what Strudel plays.
#[test]
fn translated_tunes_play_what_strudel_plays() {
    // What the players are called is the session's; here each pattern keeps its own name.
    const PLAYERS: &str = "local function d(n) return function(x) pattern('d' .. n, x) end end local d1, d2, d3, d4, d5, d6, d7 = \
                           d(1), d(2), d(3), d(4), d(5), d(6), d(7) local function p(name, x) pattern(name, x) end ";
    let text = std::fs::read_to_string(conformance("tunes.jsonl")).unwrap_or_default();
    let tunes: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"))).collect();
    assert!(tunes.len() >= 21, "{}", tunes.len());
    let mut wrong = Vec::new();
    for tune in &tunes {
        let name = tune["tune"].as_str().unwrap_or_default();
        let javascript = std::fs::read_to_string(conformance(&format!("tunes/{name}"))).unwrap_or_default();
        assert!(translate::is_tune(&javascript), "{name}");
        let lua = translate::translate(&javascript).unwrap_or_else(|why| panic!("{name}: {why}")).lua;
        assert!(!translate::is_tune(&lua), "{lua}");
        let mut session = Transaction::new(Project::default(), Playhead::default());
        if let Some(error) = Vm::default().run(&format!("{PLAYERS}{lua}"), name, &mut session).error {
            wrong.push(format!("{error}\n{lua}"));
            continue;
        }
        let players = tune["players"].as_object().cloned().unwrap_or_default();
        let project = session.project();
        assert_eq!(project.patterns.len(), players.len(), "{lua}");
        for (player, table) in &players {
            let slot = project.patterns.iter().find(|(name, _)| ***name == **player).map(|(_, slot)| slot);
            let Some(kept) = slot.and_then(|slot| slot.pattern.as_cycle()) else { panic!("{name} has no {player}\n{lua}") };
            match kept_events(kept) {
                Err(why) => wrong.push(format!("{name}, {player}: {why}\n{lua}")),
                Ok(got) if !agree(rows(table), got.clone()) => {
                    wrong.push(format!("{name}, {player}\n{lua}\n want {:?}\n got {:?}", join(rows(table)), join(got)));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_function_that_can_not_be_kept_is_refused_with_what_it_uses() {
    for (script, wanted) in [
        ("local k = 2\npattern('p', n('0 3'):filter(function(h) return h.value.n > k end))", "uses k, which stands outside"),
        ("limit = 2\npattern('p', n('0 3'):filter(function(h) return h.value.n > limit end))", "uses limit"),
        ("local n2, note = n, 3\nn2('0'):fmap(function(v) return note end)", "uses note"),
        ("local note = n\nnote = s\nn('0'):fmap(function(v) return note end)", "uses note"),
        ("rev = 3\nn('0'):fmap(function(v) return rev end)", "uses rev"),
        ("n('0'):fmap(math.abs)", "write function(v) return"),
        ("n('0'):fmap(function(v) return 1 end):fmap(function(v) return 2 end)", "several functions"),
        ("n('0'):fmap(3)", "takes a function of values"),
        ("signal(3)", "takes a function of the time"),
        ("pattern('a', 'x') pattern('p', stack(getPattern('a'), n('0'):fmap(function(v) return v end)))", "sees no others"),
    ] {
        let mut session = Transaction::new(Project::default(), Playhead::default());
        let error = Vm::default().run(script, "song", &mut session).error.unwrap_or_default();
        assert!(error.contains(wanted) && error.contains("song:"), "{script}: {error}");
    }
    for (source, wanted) in [
        ("return n('0'):fmap(function(v) return v.n + nil end)", "fn:1"),
        ("return n('0'):fmap(function(v) while true do end end)", "ran too long"),
        ("return n('0'):fmap(function(v) return function() end end)", "gave a function"),
        ("return n('0'):fmap(function(v) end)", "to give a number"),
        ("kept = n('0'):filter(function() return true end) return kept:fast(100):fast(60)", "limit is 4096"),
    ] {
        let generator = Generator { source: source.to_owned(), seed: 0 };
        let why = Vm::default()
            .cycle_of(&Project::default(), &generator, 0)
            .and_then(|made| made.0.err())
            .map(|why| why.text)
            .unwrap_or_default();
        assert!(why.contains(wanted), "{source}: {why}");
    }
}

#[test]
fn mini_notation_gives_the_events_of_its_tables() {
    file_agrees("mini.jsonl", 300, &mut make);
}

#[test]
fn combinators_give_the_events_of_their_tables() {
    file_agrees("combinators.jsonl", 350, &mut make);
}

#[test]
fn lua_gives_the_events_of_the_tables() {
    let mut vm = Vm::default();
    file_agrees("combinators.jsonl", 350, &mut |table| make_in_lua(&mut vm, table));
}

/// Compares with the tables of a file that `EVENT_TABLES` names, such as those of random expressions, and lists what differs.
#[test]
fn further_tables_agree_where_there_are_some() {
    let Ok(file) = std::env::var("EVENT_TABLES") else { return };
    let mut vm = Vm::default();
    file_agrees(&file, 1, &mut |table| make_in_lua(&mut vm, table));
}

/// Measured from Strudel 1.2.6: a line for each disagreement that a comparison of random expressions has found, and
/// some of the expressions that agreed.
#[test]
fn expressions_beyond_the_given_tables_give_strudels_events() {
    let mut vm = Vm::default();
    file_agrees("beyond.jsonl", 250, &mut |table| if table["mini"].is_string() { make(table) } else { make_in_lua(&mut vm, table) });
}

#[test]
fn lua_says_what_is_wrong_with_a_pattern_and_where() {
    let mut vm = Vm::default();
    let table = [
        ("s(\"bd\"):fasst(2)", "did you mean \"fast\"?"),
        ("s(\"bd [sn\")", "closing ]"),
        ("s(\"bd\").fast(2)", "with a colon"),
        ("s(\"bd\"):fast(nil)", "fast: missing stands where"),
        ("s(\"bd\"):every(2, 3)", "must be a function"),
        ("s(\"bd\"):every(2, function(x) return x:frobnicate() end)", "in its function"),
        ("s(\"bd\"):every(2, function(x) while true do end end)", "ran too long"),
        ("s(\"bd\"", "expression:1"),
        ("getEngine()", "stands where"),
        ("(function() local t = {} while true do t[#t + 1] = mini(\"a*4000\") end end)()", "keep fewer patterns"),
    ];
    for (source, part) in table {
        match vm.cycle_pattern(source, "expression") {
            Err(why) => assert!(why.contains(part), "{source}: {why}"),
            Ok(_) => panic!("{source} made a pattern"),
        }
    }
    assert!(vm.cycle_pattern("\"bd sn\"", "expression").is_ok());
    assert!(vm.cycle_pattern("local x = mini(\"bd sn\") return stack(x, x:rev())", "expression").is_ok());
}
