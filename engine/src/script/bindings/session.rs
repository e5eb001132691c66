//! Global functions about the session as a whole.

use mlua::{Lua, Value, chunk::ChunkMode};

use super::{Binding, object, single};
use crate::{
    command::Command,
    name::{Name, did_you_mean},
    presets,
    project::ClockSource,
    script::{
        RecordRequest, Request,
        args::{Args, Config},
        console,
        host::{Fault, Reply, joined, with_host},
        place::here,
    },
    snapshot::Severity,
};

pub(super) const GLOBALS: &[Binding] = &[
    Binding { name: "getEngine", signature: "getEngine() → engine", doc: "The engine object, as the global `engine`.", call: get_engine },
    Binding {
        name: "session",
        signature: "session({autoRoute = true, bpm, clock = \"host\"|\"internal\", cycle = 4, bar = 4})",
        doc: "Makes the run exact: what the script doesn't name is removed, what it names unchanged keeps sounding. Stands before everything else. Tempo and clock source stay unless named.",
        call: session,
    },
    Binding { name: "clear", signature: "clear()", doc: "Short for `session{}`.", call: clear },
    Binding {
        name: "autoRoute",
        signature: "autoRoute(on)",
        doc: "Turns default routing on or off: whether new outputs go to the masters by themselves.",
        call: auto_route,
    },
    Binding {
        name: "exec",
        signature: "exec(command) → answer",
        doc: "Carries out a console command and gives its answer: a text that has the fields `success`, `message` and `error` as well.",
        call: exec,
    },
    Binding {
        name: "executeCommandNative",
        signature: "executeCommandNative(command) → answer",
        doc: "The original's name for `exec`.",
        call: exec,
    },
    Binding {
        name: "record",
        signature: "record(path|on[, {size = \"1280x720\", fps = 30, bounce = false}])",
        doc: "Records a film with its sound whenever the song plays: live, and exact to the frame in the host's bounce (with `bounce` only there). The path ends in `.mp4` (H.264), `.mov` (HAP) or `/` (a folder of PNG images); takes that are there are numbered past, never overwritten. What was recorded until an encoder or a disk failed is kept as `film (incomplete).mp4`. `record(false)` ends it.",
        call: record,
    },
    Binding {
        name: "setcpm",
        signature: "setcpm(cyclesPerMinute)",
        doc: "Sets the tempo in cycles a minute. Where the host gives the tempo, it is kept for the internal clock, and a note says so.",
        call: |lua, args| set_tempo(lua, args, "cyclesPerMinute", 1.0),
    },
    Binding {
        name: "setcps",
        signature: "setcps(cyclesPerSecond)",
        doc: "Sets the tempo in cycles a second, as `setcpm` does.",
        call: |lua, args| set_tempo(lua, args, "cyclesPerSecond", 60.0),
    },
    Binding {
        name: "panic",
        signature: "panic()",
        doc: "Silences everything at once: notes, echoes, and the keys that MIDI out holds. The song goes on.",
        call: super::engine::panic,
    },
    Binding {
        name: "preset",
        signature: "preset(preset)",
        doc: "Runs a preset that comes with the instrument, as if its text stood here; each begins with `session{}`, so this stands before everything else. `videotracker presets` lists them, and `videotracker presets NAME` prints one.",
        call: preset,
    },
    Binding { name: "print", signature: "print(…)", doc: "Writes to the console.", call: print },
];

fn get_engine(lua: &Lua, _: &mut Args) -> Reply {
    Ok(single(lua, object::ENGINE)?)
}

/// Sets the tempo from a number of cycles, of which so many go into a minute's worth of one.
fn set_tempo(lua: &Lua, args: &mut Args, what: &str, per_minute: f64) -> Reply {
    let cycles = args.number(what)?;
    let beats = with_host(lua, |host| Ok(host.transaction.project().clock.cycle_beats))?;
    super::engine::tempo(lua, cycles * per_minute * beats)
}

fn clear(lua: &Lua, _: &mut Args) -> Reply {
    begin(lua, Config::new("clear", None)?)
}

fn session(lua: &Lua, args: &mut Args) -> Reply {
    let table = args.table_or_nil("settings")?;
    begin(lua, Config::new("session", table.as_ref())?)
}

fn begin(lua: &Lua, mut config: Config) -> Reply {
    let auto_route = config.toggle("autoRoute")?;
    let bpm = config.number("bpm")?;
    let source = config.text("clock")?.map(|word| clock_source(&word)).transpose()?;
    let cycle = config.number("cycle")?.unwrap_or(4.0);
    let bar = config.number("bar")?.unwrap_or(4.0);
    config.end()?;
    with_host(lua, |host| {
        if host.in_callback {
            return Err(Fault::Said("session{…} belongs to a script; a callback changes what is there".to_owned()));
        }
        if host.transaction.commands().len() > host.first_command {
            return Err(Fault::Said("session{…} makes a run exact and stands at the top of the script, before everything else".to_owned()));
        }
        host.exact = true;
        host.apply(Command::Clear)?;
        host.apply(Command::SetCycle { beats: cycle })?;
        host.apply(Command::SetBar { beats: bar })?;
        if let Some(on) = auto_route {
            host.apply(Command::SetAutoRoute { on })?;
        }
        if let Some(bpm) = bpm {
            host.apply(Command::SetBpm { bpm })?;
        }
        if let Some(source) = source {
            host.apply(Command::SetClockSource { source })?;
        }
        Ok(Value::Nil)
    })
}

fn preset(lua: &Lua, args: &mut Args) -> Reply {
    let preset = presets::find(&args.name("name")?).map_err(Fault::Said)?;
    let chunk = lua.load(preset.source).set_name(format!("=preset {}", preset.word)).set_mode(ChunkMode::Text);
    chunk.into_function()?.call::<()>(())?;
    Ok(Value::Nil)
}

pub(super) fn clock_source(word: &str) -> Result<ClockSource, Fault> {
    match word {
        "host" => Ok(ClockSource::Host),
        "internal" => Ok(ClockSource::Internal),
        other => {
            let hint = did_you_mean(other, ["host", "internal"]);
            Err(Fault::Said(format!("the clock's source is \"host\" or \"internal\", not \"{other}\"{hint}")))
        }
    }
}

fn auto_route(lua: &Lua, args: &mut Args) -> Reply {
    let on = args.toggle("on")?;
    with_host(lua, |host| host.apply(Command::SetAutoRoute { on }).map(|_| Value::Nil))
}

pub(super) fn exec(lua: &Lua, args: &mut Args) -> Reply {
    let line = args.name("command")?;
    let answer = with_host(lua, |host| {
        let first = host.transaction.commands().len();
        let answer = console::execute(&line, &mut host.transaction)?;
        host.charge_from(first)?;
        Ok(match answer {
            console::Answer::Text(text) => text,
            // A file is listed by the run itself, so that the script names it; a folder takes somebody who may read it.
            console::Answer::Ask(Request::Import(path)) if std::path::Path::new(&path).extension().is_some() => {
                host.apply(Command::AddAsset { path: Name::new(&path) })?;
                path
            }
            console::Answer::Ask(
                Request::Collect(_)
                | Request::Relink { .. }
                | Request::Missing
                | Request::Sample { .. }
                | Request::Cancel(_)
                | Request::Trust(_)
                | Request::Distrust(_)
                | Request::Outside { .. },
            ) => {
                let word = line.split_whitespace().next().unwrap_or_default();
                return Err(Fault::Said(format!("{word} is for the console: a script reads and writes no files")));
            }
            console::Answer::Ask(request) => {
                request_after(host, request)?;
                "after the run".to_owned()
            }
        })
    })?;
    Ok(Value::UserData(lua.create_userdata(Answer(answer))?))
}

/// What a console command answers: a text, with the three fields that the original gave: `success`, `message`, `error`. A command that
/// fails ends the script with its line, so that `success` is true.
struct Answer(String);

impl mlua::UserData for Answer {
    fn add_fields<F: mlua::UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("success", |_, _| Ok(true));
        fields.add_field_method_get("message", |_, this| Ok(this.0.clone()));
        fields.add_field_method_get("error", |_, _| Ok(""));
    }

    fn add_methods<M: mlua::UserDataMethods<Self>>(methods: &mut M) {
        use mlua::MetaMethod;
        let shown = |value: &Value| match value {
            Value::UserData(data) => data.borrow::<Self>().map(|answer| answer.0.clone()),
            other => other.to_string(),
        };
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.clone()));
        methods.add_meta_method(MetaMethod::Len, |_, this, ()| Ok(this.0.len()));
        methods.add_meta_function(MetaMethod::Concat, move |_, (left, right): (Value, Value)| Ok(shown(&left)? + &shown(&right)?));
        // Methods of texts, such as find.
        methods.add_meta_method(MetaMethod::Index, |lua, this, key: Value| {
            let method: Value = lua.globals().get::<mlua::Table>("string")?.get(key)?;
            let Value::Function(method) = method else { return Ok(Value::Nil) };
            let text = this.0.clone();
            let bound =
                lua.create_function(move |_, (_, rest): (Value, mlua::MultiValue)| method.call::<mlua::MultiValue>((text.as_str(), rest)))?;
            Ok(Value::Function(bound))
        });
    }
}

/// Keeps a request for after the run.
pub(super) fn request_after(host: &mut crate::script::host::Host, request: Request) -> Result<(), Fault> {
    if host.in_callback {
        return Err(Fault::Said("undo, redo, record and import of folders are for scripts and the console, not for callbacks".to_owned()));
    }
    // Only what is typed into the window leads anywhere.
    let request = match request {
        Request::Record(Some(request)) => Request::Record(Some(RecordRequest { typed: false, ..request })),
        other => other,
    };
    if host.requests.len() >= 1024 {
        return Err(Fault::Said("a run asks for at most 1024 undo, redo, record and import steps".to_owned()));
    }
    host.requests.push(request);
    Ok(())
}

fn record(lua: &Lua, args: &mut Args) -> Reply {
    let request = match args.next() {
        Value::Boolean(on) => on.then(RecordRequest::default),
        Value::String(path) => Some(RecordRequest { path: Some(path.to_string_lossy()), ..RecordRequest::default() }),
        other => return Err(args.refuse("path", "the film's path, true or false", &other)),
    };
    let table = args.table_or_nil("settings")?;
    let mut config = Config::new("record", table.as_ref())?;
    let size = config.text("size")?.map(|text| picture_size(&text)).transpose()?;
    let fps = match config.number("fps")? {
        None => None,
        Some(fps) if (1.0..=240.0).contains(&fps) => Some(film_rate(fps)),
        Some(fps) => return Err(Fault::Said(format!("record: fps is {fps}, but goes from 1 to 240"))),
    };
    let bounce = config.toggle("bounce")?.unwrap_or(false);
    config.end()?;
    let request = request.map(|request| RecordRequest { size, fps, bounce, ..request });
    with_host(lua, |host| request_after(host, Request::Record(request)).map(|()| Value::Nil))
}

/// A size as in `1280x720`, even numbers as films want them.
fn picture_size(text: &str) -> Result<(u32, u32), Fault> {
    let even = |side: &str| side.trim().parse().ok().filter(|side: &u32| (16..=8192).contains(side) && side.is_multiple_of(2));
    let sides = text.split_once(['x', '×']).and_then(|(width, height)| Some((even(width)?, even(height)?)));
    sides.ok_or_else(|| Fault::Said(format!("record: size is \"{text}\", but is written \"1280x720\", even numbers from 16 to 8192")))
}

/// Pictures a second as a fraction; 29.97 and its kind are thousand-and-firsts.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 240")]
fn film_rate(fps: f64) -> (u32, u32) {
    let whole = fps.round();
    let broadcast = whole * 1000.0 / 1001.0;
    if (fps - whole).abs() > 1e-9 && (fps - broadcast).abs() < 0.005 {
        (whole as u32 * 1000, 1001)
    } else {
        ((fps * 1000.0).round() as u32, 1000)
    }
}

fn print(lua: &Lua, args: &mut Args) -> Reply {
    // Calls `__tostring`, so the host must be free.
    let shown = joined(std::iter::from_fn(|| args.pop()).collect::<Vec<_>>(), "\t")?;
    let (_, line) = here(lua);
    with_host(lua, |host| {
        host.say(Severity::Note, shown, line);
        Ok(Value::Nil)
    })
}
