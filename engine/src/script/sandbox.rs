//! What a script may reach: which libraries, how much memory, how long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mlua::{Lua, LuaOptions, StdLib, VmState};

use super::{
    bindings, generative,
    host::Host,
    place::{ScriptError, here},
};

/// Longest script, in bytes: the compiler takes memory beside the VM's and can't be interrupted. It takes about 0.1 s a MiB.
pub(super) const MAX_SOURCE: usize = 4 << 20;

/// Ends a script that runs too long or is told to stop.
#[derive(Debug)]
pub(super) struct Watch {
    stop: AtomicBool,
    /// Nanoseconds after `born`; `u64::MAX` for none.
    deadline: AtomicU64,
    born: Instant,
}

/// Why a script must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its time is up.
    TimeUp,
    /// Somebody told it to.
    Interrupted,
}

impl Watch {
    pub fn new() -> Self {
        Self { stop: AtomicBool::new(false), deadline: AtomicU64::new(u64::MAX), born: Instant::now() }
    }

    pub fn interrupt(&self, stop: bool) {
        self.stop.store(stop, Ordering::Release);
    }

    pub fn begin(&self, limit: Duration) {
        let end = self.born.elapsed().saturating_add(limit);
        self.deadline.store(u64::try_from(end.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn end(&self) {
        self.deadline.store(u64::MAX, Ordering::Relaxed);
    }

    /// Says whether the script must end. Once it must, it must until the outermost call has returned.
    pub fn ended(&self) -> Option<Ended> {
        if self.stop.load(Ordering::Acquire) {
            return Some(Ended::Interrupted);
        }
        let deadline = self.deadline.load(Ordering::Relaxed);
        let over = deadline != u64::MAX && u64::try_from(self.born.elapsed().as_nanos()).is_ok_and(|now| now >= deadline);
        over.then_some(Ended::TimeUp)
    }
}

impl Ended {
    pub const fn text(self) -> &'static str {
        match self {
            Self::TimeUp => "it ran too long and was stopped; a script describes a session and returns at once",
            Self::Interrupted => "it was stopped from outside",
        }
    }
}

/// Native functions that work long without asking whether they may: wrapped, so that what they are given stays small enough.
const PRELUDE: &str = r#"
-- Errors that native functions raise are objects; scripts take errors for texts and join them to others.
local call, guard, resume = pcall, xpcall, coroutine.resume
local function as_text(why)
    return if type(why) == "userdata" then tostring(why) else why
end
local function outcome(done, ...)
    if done then
        return true, ...
    end
    return false, as_text((...))
end
pcall = function(...)
    return outcome(call(...))
end
xpcall = function(f, handler, ...)
    if type(handler) ~= "function" then
        error("xpcall: argument 2 takes a function", 2)
    end
    return guard(f, function(why)
        return handler(as_text(why))
    end, ...)
end
coroutine.resume = function(...)
    return outcome(resume(...))
end
local find, split, move, sort, compile = string.find, string.split, table.move, table.sort, loadstring
local function product(what, a, b)
    if type(a) == "string" and type(b) == "string" and #a * #b > 1e9 then
        error(what .. ": the texts are too long to search", 3)
    end
end
string.find = function(s, pattern, ...)
    product("string.find", s, pattern)
    return find(s, pattern, ...)
end
string.split = function(s, separator, ...)
    product("string.split", s, separator)
    return split(s, separator, ...)
end
table.move = function(a, first, last, ...)
    if type(first) == "number" and type(last) == "number" and last - first > 1e6 then
        error("table.move: more than a million places", 2)
    end
    return move(a, first, last, ...)
end
table.sort = function(t, ...)
    if type(t) == "table" and #t > 1e6 then
        error("table.sort: more than a million values", 2)
    end
    return sort(t, ...)
end
loadstring = function(text, name)
    if type(text) ~= "string" or #text > 1048576 then
        return nil, "loadstring takes a text of at most 1 MiB"
    end
    if string.byte(text, 1) ~= nil and string.byte(text, 1) < 9 then
        return nil, "loadstring takes text, not compiled code"
    end
    return compile(text, name)
end
"#;

/// Makes a sandboxed Lua with every binding in it.
pub(super) fn build(memory: usize, watch: &Arc<Watch>) -> mlua::Result<Lua> {
    let libraries =
        StdLib::COROUTINE | StdLib::TABLE | StdLib::STRING | StdLib::UTF8 | StdLib::BIT | StdLib::MATH | StdLib::BUFFER | StdLib::VECTOR;
    let lua = Lua::new_with(libraries, LuaOptions::default())?;
    let globals = lua.globals();
    globals.raw_set("require", mlua::Nil)?;
    globals.raw_set("os", clock_library(&lua)?)?;
    lua.load(PRELUDE).set_name("=[prelude]").exec()?;
    lua.set_app_data(Host::new());
    bindings::install(&lua, &globals)?;
    generative::install(&lua, &globals)?;
    lua.sandbox(true)?;
    lua.globals().raw_set("_G", lua.globals())?;
    lua.set_memory_limit(memory)?;
    let watch = Arc::clone(watch);
    lua.set_interrupt(move |lua| {
        let Some(why) = watch.ended() else { return Ok(VmState::Continue) };
        let (script, line) = here(lua);
        Err(mlua::Error::external(ScriptError { text: why.text().to_owned(), script, line, column: None }))
    });
    Ok(lua)
}

/// `os.clock` and `os.time`, the only two.
fn clock_library(lua: &Lua) -> mlua::Result<mlua::Table> {
    let born = Instant::now();
    let os = lua.create_table()?;
    os.raw_set("clock", lua.create_function(move |_, ()| Ok(born.elapsed().as_secs_f64()))?)?;
    os.raw_set(
        "time",
        lua.create_function(|_, ()| Ok(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64().floor())))?,
    )?;
    Ok(os)
}
