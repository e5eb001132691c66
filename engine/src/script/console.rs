//! The string commands.

use super::Request;
use crate::{command::CommandError, transaction::Transaction};

/// What a console line answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Text to show; empty where there is nothing to say.
    Text(String),
    /// Something only the caller can do.
    Ask(Request),
}

/// Carries out one console line.
///
/// # Errors
/// Says what is wrong with the line.
pub fn execute(_line: &str, _transaction: &mut Transaction) -> Result<Answer, CommandError> {
    Ok(Answer::Text(String::new()))
}
