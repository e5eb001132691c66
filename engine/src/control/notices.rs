//! What the console is told of how the session plays, each thing once.

use std::collections::HashSet;

use crate::{
    review::Finding,
    snapshot::{Message, Severity},
};

/// What was said, and what is to be said.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// What plays otherwise than it reads.
    pub findings: Vec<Finding>,
    /// What the plan that was sent last leaves out, in words.
    pub unplayed: Vec<String>,
    /// Warnings about what plays now.
    warned: HashSet<String>,
    /// Samples that were no sound, as far as that was said.
    pub unsound: u64,
    /// Buses of which it was said that they are not heard, a bit for each.
    pub unheard: u32,
    /// What nobody was told yet.
    pub unsaid: Vec<Message>,
}

impl Notices {
    /// Keeps what is to be said of the findings; what was said before and still holds is not said again.
    pub fn warn(&mut self) {
        let warnings = || self.findings.iter().filter(|finding| finding.always).map(|finding| &finding.text);
        self.unsaid.extend(warnings().filter(|warning| !self.warned.contains(*warning)).cloned().map(Message::warning));
        self.warned = warnings().cloned().collect();
    }

    /// Keeps an error to be said, unless it was said before and holds still.
    pub fn say_once(&mut self, text: String) {
        if self.warned.insert(text.clone()) {
            self.unsaid.push(Message { severity: Severity::Error, text, line: None, column: None });
        }
    }

    /// Keeps what a plan leaves out to be said, as far as the plan before did not leave it out.
    pub fn leave_out(&mut self, warnings: Vec<String>) {
        self.unsaid.extend(warnings.iter().filter(|warning| !self.unplayed.contains(*warning)).cloned().map(Message::warning));
        self.unplayed = warnings;
    }
}
