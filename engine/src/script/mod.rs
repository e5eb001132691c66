//! The Lua VM, its sandbox, the bindings (Lua → commands), the console and the generator (project → Lua).

use crate::{snapshot::Message, transaction::Transaction};

/// How a script run ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunResult {
    /// Whether the run's commands were committed.
    pub success: bool,
    /// What to tell the player, printed lines first.
    pub messages: Vec<Message>,
    /// The error's text, name and place first.
    pub error: Option<String>,
    /// Line of the error, counted from 1.
    pub line: Option<u32>,
    /// Version the run committed, or the one in force where it changed nothing.
    pub receipt: u64,
}

/// A script of the session. Filled in by the VM.
#[derive(Debug, Default)]
pub struct Vm {}

impl Vm {
    /// Runs `source` against `transaction`.
    pub fn run(&mut self, _source: &str, _name: &str, _transaction: &mut Transaction) -> RunResult {
        RunResult::default()
    }
}
