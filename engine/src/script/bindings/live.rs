//! The first sound in one line: sequencers that find their instruments, and what silences them.

use mlua::{Lua, Value};

use super::{Binding, cycle, modules::handle, patterns};
use crate::{
    command::Command,
    module::PLAYER,
    name::Name,
    project::Source,
    script::{
        args::{Args, name_of, shown, whole_of},
        host::{Fault, Reply, with_host},
        live,
        place::warn,
    },
    transaction::Transaction,
};

const PLAY: &str = "d1(pattern[, options]) → sequencer, …, d16(…)";
const DOC: &str = "Plays a pattern from the next bar on: `d1(s(\"bd*4, hh*8\"))`. It is written under the name d1 and bound to a sequencer of that name, whose triggers find their instruments: a word sounds in the one that knows it, notes without a word in a synth. A kit, a synth, orbits and outputs are added where something needs them. Run again, the new pattern takes the old one's place at once. Pattern and options are those of `pattern`.";

const fn numbered(name: &'static str) -> Binding {
    Binding { name, signature: PLAY, doc: DOC, call: play_numbered }
}

pub(super) const GLOBALS: &[Binding] = &[
    numbered("d1"),
    numbered("d2"),
    numbered("d3"),
    numbered("d4"),
    numbered("d5"),
    numbered("d6"),
    numbered("d7"),
    numbered("d8"),
    numbered("d9"),
    numbered("d10"),
    numbered("d11"),
    numbered("d12"),
    numbered("d13"),
    numbered("d14"),
    numbered("d15"),
    numbered("d16"),
    Binding {
        name: "p",
        signature: "p(patternName, pattern[, options]) → sequencer, or pattern:p(patternName) → pattern",
        doc: "As `d1`, under a name of your own; a number stands for d1, d2, …. Where another module has the name, the sequencer takes the next free one.",
        call: play_named,
    },
    Binding {
        name: "hush",
        signature: "hush()",
        doc: "Lets d1 … d16 and all that `p` made play nothing, until they are given a pattern again, and forgets what was muted or alone. The song goes on, and so do sequencers with cables alone; `panic()` ends every sound at once. `hush(pattern)` is the silent pattern.",
        call: hush,
    },
    Binding {
        name: "solo",
        signature: "solo(sequencer, …)",
        doc: "Lets only these sequencers be heard, given by name or number: `solo(1, \"bass\")`. `solo()` lets all be heard again.",
        call: |lua, args| with_names(lua, args, live::solo),
    },
    Binding {
        name: "mute",
        signature: "mute(sequencer, …)",
        doc: "Mutes sequencers, given by name or number; they keep their place. `mute()` mutes d1 … d16 and all that `p` made.",
        call: |lua, args| with_names(lua, args, |transaction, names| live::mute(transaction, names, true)),
    },
    Binding {
        name: "unmute",
        signature: "unmute(sequencer, …)",
        doc: "Lets muted sequencers be heard again; `unmute()` all that `mute()` mutes.",
        call: |lua, args| with_names(lua, args, |transaction, names| live::mute(transaction, names, false)),
    },
];

/// The method of patterns that plays them.
pub(super) static METHOD: Binding = Binding { name: "p", signature: "pattern:p(name)", doc: DOC, call: play_this };

fn play_numbered(lua: &Lua, args: &mut Args) -> Reply {
    let (name, pattern) = (Name::new(args.callee()), args.next());
    play(lua, args, &name, &pattern)
}

fn play_named(lua: &Lua, args: &mut Args) -> Reply {
    let name = played_name(args)?;
    let pattern = args.next();
    play(lua, args, &name, &pattern)
}

fn play_this(lua: &Lua, args: &mut Args) -> Reply {
    let pattern = args.next();
    let name = played_name(args)?;
    play(lua, args, &name, &pattern)?;
    Ok(pattern)
}

fn played_name(args: &mut Args) -> Result<Name, Fault> {
    let value = args.next();
    let number = whole_of(&value).filter(|number| *number > 0).map(live::numbered);
    number.or_else(|| name_of(&value)).ok_or_else(|| args.refuse("name", "a name, or a number for d1, d2, …", &value))
}

/// Refuses what is no pattern, in a musician's words.
fn check_pattern(args: &Args, pattern: &Value) -> Result<(), Fault> {
    let call = args.callee();
    let wrong = match pattern {
        Value::Nil => format!(
            "{call} was given no pattern (nil): is there one, and is its name spelled right? It takes one such as s(\"bd*4\"); \
             silence is the one that plays nothing"
        ),
        Value::Integer(_) | Value::Number(_) => {
            let number = shown(pattern);
            format!(
                "{call} takes a pattern, not the number {number}; n(\"{number}\") plays a note or a sample by its number, s(\"bd*4\") by its word"
            )
        }
        Value::UserData(_) if cycle::is_function(pattern) => {
            format!("{call} takes a pattern, and was given a function of patterns; write it behind one, as in s(\"bd*4\"):fast(2)")
        }
        Value::Function(_) => {
            format!("{call} takes a pattern, and was given a function; call it, or write fn([[…]]) for one that is called while it plays")
        }
        Value::Boolean(_) => format!("{call} takes a pattern such as s(\"bd*4\"), not {}", shown(pattern)),
        _ => return Ok(()),
    };
    Err(Fault::Said(wrong))
}

fn play(lua: &Lua, args: &mut Args, name: &Name, pattern: &Value) -> Reply {
    check_pattern(args, pattern)?;
    if args.peek().is_some_and(|next| cycle::expr_of(next).is_some() || matches!(next, Value::String(_))) {
        let call = args.callee();
        return Err(Fault::Said(format!("{call} plays one pattern; stack(a, b) plays several at once, cat(a, b) one after the other")));
    }
    patterns::write(lua, args, name, pattern)?;
    let player = with_host(lua, |host| {
        let player = live::player(host.transaction.project(), name);
        host.apply(Command::AddModule { kind: Name::new(PLAYER.name), name: Some(player.clone()) })?;
        if let Some(sequencing) = PLAYER.sequencing() {
            let (param, value) = (Name::new(PLAYER.params[sequencing.auto].name), crate::module::Value::Bool(true));
            host.apply(Command::SetParameter { module: player.clone(), param, value })?;
        }
        host.apply(Command::Bind { sequencer: player.clone(), source: Source::Pattern(name.clone()) })?;
        host.played.insert(player.clone());
        Ok(player)
    })?;
    handle(lua, player)
}

fn hush(lua: &Lua, args: &mut Args) -> Reply {
    match args.next() {
        Value::Nil => with_host(lua, |host| {
            let first = host.transaction.commands().len();
            live::hush(&mut host.transaction)?;
            host.charge_from(first).map(|()| Value::Nil)
        }),
        // A function of patterns, as in every(4, hush).
        pattern => cycle::silenced(lua, &pattern),
    }
}

fn with_names(lua: &Lua, args: &mut Args, act: impl Fn(&mut Transaction, &[Name]) -> live::Done) -> Reply {
    let mut names = Vec::new();
    while !args.is_empty() {
        names.push(played_name(args)?);
    }
    let told = with_host(lua, |host| {
        let first = host.transaction.commands().len();
        let told = act(&mut host.transaction, &names)?;
        host.charge_from(first).map(|()| told)
    })?;
    told.into_iter().for_each(|text| warn(lua, args.callee(), text));
    Ok(Value::Nil)
}
