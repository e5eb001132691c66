//! The engine object and the clock.

use mlua::{Lua, Value};

use super::{Binding, object, session, single, text};
use crate::{
    command::{Command, TransportAction},
    project::ClockSource,
    script::{
        Request,
        args::Args,
        host::{Callback, Fault, Host, Reply, Waiting, with_host},
        state,
    },
    snapshot::Severity,
};

/// Most callbacks, and most functions that wait, at once.
const MAX_CALLBACKS: usize = 64;
/// How many functions given to `onApplied` may register each other, one after another.
const MAX_CHAIN: u32 = 64;

pub(super) const ENGINE: &[Binding] = &[
    Binding {
        name: "getClock",
        signature: "engine:getClock() → clock",
        doc: "Tempo and transport.",
        call: |lua, _| Ok(single(lua, object::CLOCK)?),
    },
    Binding {
        name: "getModuleRegistry",
        signature: "engine:getModuleRegistry() → registry",
        doc: "The modules.",
        call: |lua, _| Ok(single(lua, object::REGISTRY)?),
    },
    Binding {
        name: "getConnectionManager",
        signature: "engine:getConnectionManager() → connections",
        doc: "The cables.",
        call: |lua, _| Ok(single(lua, object::CONNECTIONS)?),
    },
    Binding {
        name: "getParameterRouter",
        signature: "engine:getParameterRouter() → router",
        doc: "The parameter links.",
        call: |lua, _| Ok(single(lua, object::ROUTER)?),
    },
    Binding {
        name: "getPatternRuntime",
        signature: "engine:getPatternRuntime() → patterns",
        doc: "Patterns and chains.",
        call: |lua, _| Ok(single(lua, object::PATTERNS)?),
    },
    Binding {
        name: "executeCommand",
        signature: "engine:executeCommand(command) → answer",
        doc: "Carries out a console command and gives its answer.",
        call: session::exec,
    },
    Binding {
        name: "onStateChange",
        signature: "engine:onStateChange(function(state) … end) → id",
        doc: "Calls the function with the session as a table after every change. A later run of the same script replaces what it registered; three failures in a row remove it.",
        call: on_state_change,
    },
    Binding {
        name: "removeStateChangeCallback",
        signature: "engine:removeStateChangeCallback(id) → bool",
        doc: "Forgets a callback; says whether it was there.",
        call: remove_callback,
    },
    Binding {
        name: "onApplied",
        signature: "engine:onApplied([receipt,] function(version) … end)",
        doc: "Calls the function once, when the version of the receipt is heard; without a receipt, that of this run.",
        call: on_applied,
    },
    Binding {
        name: "undo",
        signature: "engine:undo()",
        doc: "Goes back one step of the history, after the run.",
        call: |lua, _| ask(lua, Request::Undo),
    },
    Binding {
        name: "redo",
        signature: "engine:redo()",
        doc: "Goes forward one step, after the run.",
        call: |lua, _| ask(lua, Request::Redo),
    },
    Binding {
        name: "getState",
        signature: "engine:getState() → table",
        doc: "The session as a table: `version`, `clock.bpm`, `modules.kick.parameters.volume`, …",
        call: get_state,
    },
];

pub(super) const CLOCK: &[Binding] = &[
    Binding {
        name: "setBPM",
        signature: "clock:setBPM(bpm)",
        doc: "Sets the internal tempo, 20 to 480 quarter notes a minute. While the host gives the time, it is kept for later and a note says so.",
        call: set_bpm,
    },
    Binding { name: "getBPM", signature: "clock:getBPM() → number", doc: "The tempo in force.", call: get_bpm },
    Binding {
        name: "play",
        signature: "clock:play()",
        doc: "Plays on from where it stands: along with a host that rolls, otherwise on the instance's internal clock, until a host starts.",
        call: |lua, _| act(lua, TransportAction::Start),
    },
    Binding { name: "start", signature: "clock:start()", doc: "As `play`.", call: |lua, _| act(lua, TransportAction::Start) },
    Binding {
        name: "stop",
        signature: "clock:stop()",
        doc: "Stops and rewinds; where a host rolls, silences this instance.",
        call: |lua, _| act(lua, TransportAction::Stop),
    },
    Binding { name: "pause", signature: "clock:pause()", doc: "Stops; `play` resumes.", call: |lua, _| act(lua, TransportAction::Pause) },
    Binding { name: "reset", signature: "clock:reset()", doc: "Rewinds to beat 0.", call: |lua, _| act(lua, TransportAction::Reset) },
    Binding { name: "panic", signature: "clock:panic()", doc: "As the global `panic`.", call: panic },
    Binding { name: "isPlaying", signature: "clock:isPlaying() → bool", doc: "Whether the song moves.", call: is_playing },
    Binding {
        name: "getBeat",
        signature: "clock:getBeat() → number",
        doc: "Position in quarter notes from beat 0.",
        call: |lua, _| playhead(lua, |host| host.transaction.playhead().beat),
    },
    Binding {
        name: "getBar",
        signature: "clock:getBar() → number",
        doc: "Bars since beat 0, counted from 0.",
        call: |lua, _| playhead(lua, |host| host.transaction.playhead().bar),
    },
    Binding {
        name: "source",
        signature: "clock:source([\"host\"|\"internal\"]) → text",
        doc: "Chooses whose time counts; answers whose does.",
        call: source,
    },
    Binding {
        name: "setCycle",
        signature: "clock:setCycle(beats)",
        doc: "Sets how many quarter notes make a cycle (4).",
        call: |lua, args| {
            let beats = args.number("beats")?;
            with_host(lua, |host| host.apply(Command::SetCycle { beats }).map(|_| Value::Nil))
        },
    },
    Binding {
        name: "setBar",
        signature: "clock:setBar(beats)",
        doc: "Sets how many quarter notes make a bar of the internal clock (4).",
        call: |lua, args| {
            let beats = args.number("beats")?;
            with_host(lua, |host| host.apply(Command::SetBar { beats }).map(|_| Value::Nil))
        },
    },
];

fn on_state_change(lua: &Lua, args: &mut Args) -> Reply {
    let function = args.function("callback")?;
    with_host(lua, |host| {
        if host.callbacks.len() >= MAX_CALLBACKS {
            return Err(Fault::Said(format!("there are {MAX_CALLBACKS} callbacks already; remove some with removeStateChangeCallback")));
        }
        let id = next_id(host);
        host.callbacks.push(Callback { id, function, script: host.script.clone(), failures: 0, guest: host.guest });
        Ok(whole(id))
    })
}

fn remove_callback(lua: &Lua, args: &mut Args) -> Reply {
    let wanted = args.number("id")?;
    with_host(lua, |host| {
        let before = host.callbacks.len();
        host.callbacks.retain(|callback| crate::time::to_f64(i64::try_from(callback.id).unwrap_or(0)) != wanted);
        Ok(Value::Boolean(host.callbacks.len() < before))
    })
}

fn on_applied(lua: &Lua, args: &mut Args) -> Reply {
    let first = args.next();
    let (receipt, function) = match first {
        Value::Function(function) => (None, function),
        Value::Nil => (None, args.function("callback")?),
        value => {
            let receipt = crate::script::args::whole_of(&value).and_then(|n| u64::try_from(n).ok());
            (Some(receipt.ok_or_else(|| args.refuse("receipt", "a run's receipt or a function", &value))?), args.function("callback")?)
        }
    };
    with_host(lua, |host| {
        if host.waiting.len() >= MAX_CALLBACKS {
            return Err(Fault::Said(format!("{MAX_CALLBACKS} functions wait already; let some of them be called first")));
        }
        let callback = Callback { id: next_id(host), function, script: host.script.clone(), failures: 0, guest: host.guest };
        // A callback has no receipt of its own; what it was told about counts.
        let receipt = if host.in_callback { receipt.or(Some(host.version)) } else { receipt };
        let depth = host.depth + 1;
        if depth > MAX_CHAIN {
            let text =
                format!("a function that onApplied calls registers the next, {MAX_CHAIN} times in a row; use a pattern, or onStateChange");
            return Err(Fault::Said(text));
        }
        host.waiting.push(Waiting { receipt, callback, depth });
        Ok(Value::Nil)
    })
}

const fn next_id(host: &mut Host) -> u64 {
    let id = host.next_id;
    host.next_id += 1;
    id
}

fn whole(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn ask(lua: &Lua, request: Request) -> Reply {
    with_host(lua, |host| session::request_after(host, request).map(|()| Value::Nil))
}

fn get_state(lua: &Lua, _: &mut Args) -> Reply {
    let (project, version, playhead) =
        with_host(lua, |host| Ok((host.transaction.project().clone(), host.version, *host.transaction.playhead())))?;
    Ok(Value::Table(state::table(lua, &project, version, &playhead)?))
}

fn set_bpm(lua: &Lua, args: &mut Args) -> Reply {
    let bpm = args.number("bpm")?;
    tempo(lua, bpm)
}

/// Sets the tempo; where the host gives it, a note says so.
pub(super) fn tempo(lua: &Lua, bpm: f64) -> Reply {
    with_host(lua, |host| {
        host.apply(Command::SetBpm { bpm })?;
        let playhead = *host.transaction.playhead();
        if playhead.host && host.transaction.project().clock.source == ClockSource::Host {
            host.say(Severity::Note, format!("the host gives the tempo ({}); {bpm} is kept for the internal clock", playhead.bpm), None);
        }
        Ok(Value::Nil)
    })
}

fn get_bpm(lua: &Lua, _: &mut Args) -> Reply {
    playhead(lua, |host| {
        let (playhead, clock) = (host.transaction.playhead(), &host.transaction.project().clock);
        if playhead.host && clock.source == ClockSource::Host { playhead.bpm } else { clock.bpm }
    })
}

/// Silences everything.
pub(super) fn panic(lua: &Lua, _: &mut Args) -> Reply {
    act(lua, TransportAction::Panic)
}

fn act(lua: &Lua, action: TransportAction) -> Reply {
    with_host(lua, |host| host.apply(Command::SetTransport { action }).map(|_| Value::Nil))
}

fn is_playing(lua: &Lua, _: &mut Args) -> Reply {
    with_host(lua, |host| {
        let own = host.transaction.transport().iter().rev().find_map(|action| match action {
            TransportAction::Start => Some(true),
            TransportAction::Stop | TransportAction::Pause => Some(false),
            TransportAction::Reset | TransportAction::Panic => None,
        });
        Ok(Value::Boolean(own.unwrap_or(host.transaction.playhead().playing)))
    })
}

fn playhead(lua: &Lua, read: impl FnOnce(&Host) -> f64) -> Reply {
    with_host(lua, |host| Ok(Value::Number(read(host))))
}

fn source(lua: &Lua, args: &mut Args) -> Reply {
    let wanted = args.name_or_nil("source")?;
    let now = with_host(lua, |host| {
        if let Some(word) = wanted {
            host.apply(Command::SetClockSource { source: session::clock_source(&word)? })?;
        }
        Ok(host.transaction.project().clock.source)
    })?;
    text(lua, state::source_word(now))
}
