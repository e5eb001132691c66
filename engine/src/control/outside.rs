//! What a session asks of whoever holds it: host parameters, and commands about things that are not the session's.

use std::fmt::Debug;

/// Whoever holds a session. No method may call the engine back: some are called while the Controller is held.
pub trait Outside: Debug + Send + Sync {
    /// The host's value of a macro, counted from 0; `None` where there is no host.
    fn macro_value(&self, index: usize) -> Option<f32>;

    /// Gives the host a macro's value as soon as that is possible; says whether it is possible now.
    fn move_macro(&self, index: usize, value: f32) -> bool;

    /// Answers a console command of its own. The Controller is not held.
    ///
    /// # Errors
    /// Why it can't be done.
    fn line(&self, word: &str, words: &[String]) -> Result<String, String>;
}
