//! What a script may reach: which libraries, how much memory, how long.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mlua::{Lua, LuaOptions, StdLib, VmState, ffi};

use super::{
    bindings, generative,
    host::Host,
    place::{ScriptError, here},
};
use crate::pattern::cycle::meter::Meter;

/// Longest script, in bytes, and in words and signs. The compiler can't be interrupted, and its tree lies outside of the VM:
/// about 50 to 90 bytes for each byte of the densest scripts there are, and about a second for a million words.
const MAX_SOURCE: usize = 2 << 20;
const MAX_WORDS: usize = 800_000;
/// As many words a function counts for: the time that functions take grows with the square of their number.
const FUNCTION: usize = 30;

/// Whether a text is compiled within a fraction of a second, as a stranger's has to be: closing an instance waits for the compiler.
#[must_use]
pub fn is_quick(source: &str) -> bool {
    source.len() <= MAX_SOURCE / 4 && words(source) <= MAX_WORDS / 4
}

/// Refuses a text that takes the compiler too long; `what` names it.
///
/// # Errors
/// Says how long it may be.
pub(super) fn check_length(what: &str, source: &str) -> Result<(), String> {
    if source.len() > MAX_SOURCE {
        return Err(format!("the {what} is longer than {} MiB; split it", MAX_SOURCE >> 20));
    }
    // Shorter ones can't hold as many.
    if source.len() > MAX_WORDS / 4 && words(source) > MAX_WORDS {
        return Err(format!("the {what} has more than {MAX_WORDS} words and signs; split it"));
    }
    Ok(())
}

/// Words and signs of a text, as far as the compiler sees that many.
fn words(source: &str) -> usize {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let (mut count, mut within) = (0, false);
    for byte in source.bytes() {
        let begins = is_part(byte) && !within;
        count += usize::from(begins || byte.is_ascii_punctuation() && byte != b'_');
        within = is_part(byte);
    }
    count + FUNCTION * source.matches("function").count()
}

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

/// Library functions that would work long without asking whether they may, behind Lua functions that see to it.
const PRELUDE: &str = include_str!("prelude.luau");

/// Makes a sandboxed Lua with every binding in it.
pub(super) fn build(meter: &Arc<Meter>, memory: usize, watch: &Arc<Watch>) -> mlua::Result<Lua> {
    let libraries =
        StdLib::COROUTINE | StdLib::TABLE | StdLib::STRING | StdLib::UTF8 | StdLib::BIT | StdLib::MATH | StdLib::BUFFER | StdLib::VECTOR;
    let lua = Lua::new_with(libraries, LuaOptions::default())?;
    let globals = lua.globals();
    globals.raw_set("require", mlua::Nil)?;
    globals.raw_set("os", clock_library(&lua)?)?;
    lua.load(PRELUDE).set_name("=[prelude]").exec()?;
    lua.set_app_data(Host::new(Arc::clone(meter), memory));
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
    step_by_step(&lua)?;
    Ok(lua)
}

thread_local! {
    /// Instructions that this thread's VM took.
    static STEPS: Cell<u8> = const { Cell::new(0) };
}

/// Lets the VM ask whether it may go on within stretches of code without calls and loops, too: joining two long texts
/// takes a fiftieth of a second, and a script has room for thousands of joins in a row. A script takes about three times as
/// long for it.
#[allow(unsafe_code, reason = "mlua has no way to set the hook that Luau calls before each instruction")]
fn step_by_step(lua: &Lua) -> mlua::Result<()> {
    unsafe extern "C-unwind" fn step(state: *mut ffi::lua_State, _: *mut ffi::lua_Debug) {
        let steps = STEPS.get().wrapping_add(1);
        STEPS.set(steps);
        if steps.is_multiple_of(4) {
            // SAFETY: Luau calls this hook with its running state, whose callbacks live as long as it does.
            let interrupt = unsafe { (*ffi::lua_callbacks(state)).interrupt };
            if let Some(interrupt) = interrupt {
                // SAFETY: mlua's interrupt may be called wherever Luau may raise an error, which a hook of this kind is.
                // −1 stands for no phase of the collector.
                unsafe { interrupt(state, -1) };
            }
        }
    }
    // SAFETY: the state is valid for the call, and the hook is a function of this program.
    unsafe {
        lua.exec_raw((), |state| {
            (*ffi::lua_callbacks(state)).debugstep = Some(step);
            ffi::lua_singlestep(state, 1);
        })
    }
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
