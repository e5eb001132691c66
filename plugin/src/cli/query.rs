//! `query`: a pattern's events as JSON, in the form of the event tables.

use std::io::BufRead as _;

use serde_json::{Value, json};
use videotracker_engine::{
    pattern::cycle::{json, mini::mini, program::Program},
    script::Vm,
    text::counted,
};

use super::{Failure, say};

/// How `query` is called.
pub const USAGE: &str = "query (--mini TEXT|--lua EXPRESSION|--batch) [--cycles N]";

/// Cycles where none are named, as in the event tables.
const CYCLES: i64 = 4;
/// Most cycles one query gives.
const MAX_CYCLES: i64 = 4096;

/// What a pattern is made of.
enum Source {
    Mini(String),
    Lua(String),
}

/// `query (--mini TEXT|--lua EXPRESSION|--batch) [--cycles N]`.
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    use lexopt::ValueExt as _;
    let (mut source, mut batch, mut cycles) = (None, false, CYCLES);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("mini") if source.is_none() => source = Some(Source::Mini(parser.value()?.string()?)),
            lexopt::Arg::Long("lua") if source.is_none() => source = Some(Source::Lua(parser.value()?.string()?)),
            lexopt::Arg::Long("batch") => batch = true,
            lexopt::Arg::Long("cycles") => cycles = checked(parser.value()?.parse()?).map_err(Failure::Usage)?,
            other => return Err(other.unexpected().into()),
        }
    }
    let mut vm = Vm::default();
    match (source, batch) {
        (Some(source), false) => say(&events(&mut vm, &source, cycles).map_err(Failure::User)?.to_string()),
        (None, true) => answer_lines(&mut vm, cycles),
        _ => Err(Failure::Usage("query takes one of --mini, --lua and --batch".to_owned())),
    }
}

/// Answers each line of standard input with one line; an expression that fails, with its error, and the whole with exit status 1.
fn answer_lines(vm: &mut Vm, cycles: i64) -> Result<(), Failure> {
    let mut failed = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|why| Failure::User(format!("standard input can't be read: {why}; give JSON lines in UTF-8")))?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = request(&line, cycles).and_then(|(source, cycles)| events(vm, &source, cycles));
        failed += usize::from(answer.is_err());
        say(&answer.unwrap_or_else(|why| json!({ "error": why })).to_string())?;
    }
    match failed {
        0 => Ok(()),
        failed => Err(Failure::User(format!("{} failed; each answer says why", counted(failed, "line")))),
    }
}

/// Reads `{"mini": …}` or `{"lua": …}`, perhaps with `"cycles"`.
fn request(line: &str, cycles: i64) -> Result<(Source, i64), String> {
    let request: Value =
        serde_json::from_str(line).map_err(|why| format!("this line is no JSON: {why}; write {{\"mini\": \"bd sn\", \"cycles\": 4}}"))?;
    let source = match (request["mini"].as_str(), request["lua"].as_str()) {
        (Some(text), None) => Source::Mini(text.to_owned()),
        (None, Some(text)) => Source::Lua(text.to_owned()),
        _ => return Err("a line takes either \"mini\" or \"lua\", as a text".to_owned()),
    };
    let cycles = match &request["cycles"] {
        Value::Null => cycles,
        given => checked(given.as_i64().unwrap_or(0))?,
    };
    Ok((source, cycles))
}

fn checked(cycles: i64) -> Result<i64, String> {
    if (1..=MAX_CYCLES).contains(&cycles) { Ok(cycles) } else { Err(format!("cycles takes a whole number from 1 to {MAX_CYCLES}")) }
}

fn events(vm: &mut Vm, source: &Source, cycles: i64) -> Result<Value, String> {
    let pattern = match source {
        Source::Mini(text) => mini(text).map_err(|error| error.to_string())?,
        Source::Lua(text) => vm.cycles_of(text, "expression", 0..cycles)?,
    };
    let program = Program::compile(&pattern).map_err(|error| error.to_string())?;
    let events = json::events(&program, cycles).map_err(|fault| fault.to_string())?;
    Ok(json!({ "cycles": cycles, "events": events }))
}
