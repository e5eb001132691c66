//! The engine's side of [`Outside`].

use std::sync::Arc;

use super::{Engine, Shared, lock};
use crate::control::{Outside, Waiting};

impl Engine {
    /// Lets the session ask something of whoever holds it.
    pub fn set_outside(&self, outside: Arc<dyn Outside>) {
        lock(&self.shared.controller).set_outside(outside);
    }

    /// The macro targets that keep their own value until the host moves the macro, to be saved.
    #[must_use]
    pub fn waiting(&self) -> Vec<Waiting> {
        lock(&self.shared.controller).waiting()
    }
}

impl Shared {
    /// The answer of whoever holds the session to a console command.
    pub(super) fn outside(&self, word: &str, words: &[String]) -> Result<String, String> {
        let outside = lock(&self.controller).outside();
        outside.map_or_else(|| Err(format!("{word} is for the plugin's own console")), |outside| outside.line(word, words))
    }
}
