//! The Lua VM, its sandbox, the bindings (Lua → commands), the console and the generator (project → Lua).
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

mod args;
mod bindings;
pub mod console;
pub mod generate;
mod generative;
mod host;
mod place;
pub mod reference;
mod sandbox;
mod state;
mod vm;

pub use sandbox::is_quick;
pub use vm::{InterruptHandle, Limits, NoCycle, RunResult, Vm};

use crate::name::Name;

/// Which media that wait for it are to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustWish {
    /// None: say which wait.
    None,
    /// All that wait.
    All,
    /// One, as it is written.
    One(String),
}

/// Something a script or a console line asks of whoever holds the session; carried out after the run's commit, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Go back one step of the undo history.
    Undo,
    /// Go forward one step.
    Redo,
    /// Empty the console's display.
    ClearConsole,
    /// List a file, or every medium of a folder, under this path as written.
    Import(String),
    /// List a file, or every medium of a folder, and let a sampler play it.
    Sample {
        /// The sampler.
        sampler: Name,
        /// The path as written.
        path: String,
    },
    /// End the reading of an asset.
    Cancel(String),
    /// Say which media are missing.
    Missing,
    /// Trust media that a loaded session names.
    Trust(TrustWish),
    /// Trust an asset no more.
    Distrust(String),
    /// Let an asset name another file.
    Relink {
        /// The asset's path as written.
        asset: String,
        /// The path to write instead.
        to: String,
    },
    /// Record films as wished, or end that.
    Record(Option<crate::engine::RecordWish>),
    /// Ask whoever holds the session for something of theirs.
    Outside {
        /// The command's word.
        word: String,
        /// What stood behind it.
        words: Vec<String>,
    },
    /// Copy the session's media into a folder and name them there.
    Collect(String),
}
