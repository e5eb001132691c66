//! Lua and the console: how words that a player types become commands, and how a session becomes a script again.
//!
//! Nothing here changes a session by itself. A binding reads its arguments, applies a [`Command`](crate::command::Command) to the run's private copy, and returns;
//! what is no change of the session (undo, import of a folder, a film) is a [`Request`] to whoever holds it.
//!
//! A run holds a [`Transaction`](crate::transaction::Transaction): every binding applies its command to it at once, so an error carries the
//! line that caused it and later reads see earlier writes. Whoever calls [`Vm::run`] commits the transaction or drops it.
//!
//! | file | what lives there |
//! |---|---|
//! | `vm` | [`Vm`]: runs, callbacks, the way out of an endless script |
//! | `sandbox` | what a script may reach: libraries, memory, time |
//! | `host` | what a binding sees of the run it serves |
//! | `args` | arguments checked, refused with a reason |
//! | `place` | line and column of an error |
//! | `bindings` | tables of every Lua function: name, signature, sentence, body |
//! | `state` | the session as Lua tables |
//! | `console` | the string commands |
//! | `generate` | the session as a script |
//! | `reference` | the Lua reference, written from the tables |
//! | `lua` | the words of a script's text, also where it is half written |
//! | `foreign` | other languages' spelling |
//! | `doubt` | calls that do nothing |
//! | `closure`, `called` | functions that patterns call with values: their text, and their calls |

mod args;
mod bindings;
mod called;
mod closure;
pub mod console;
mod doubt;
mod foreign;
pub mod generate;
mod generative;
mod host;
mod live;
pub mod lua;
mod place;
pub mod reference;
mod request;
mod sandbox;
mod state;
mod vm;

pub use request::{RecordRequest, Request, TrustRequest};
pub use sandbox::is_quick;
pub use vm::{InterruptHandle, Limits, NoCycle, RunResult, Vm};
