//! What a plan's patterns take once compiled: each is compiled once, and all together are bounded.

use std::collections::HashMap;

use crate::{
    name::Name,
    pattern::{Cycle, Tracker, cycle::program::Program, play::Sounds, program::TrackerProgram},
    project::{Project, Resolver},
};

/// Most bytes that the compiled patterns of one plan take.
pub(crate) const MAX_BYTES: usize = 128 << 20;
/// Most steps of trying patterns out that one plan takes: about a second.
pub(crate) const MAX_WORK: u64 = 50_000_000;
/// Most steps of asking patterns that looking through a session takes, for what it needs or for what is to be said of it; some tenths of a
/// second at worst. What comes after is not looked at.
pub(crate) const LOOKING: u32 = 4_000_000;
/// Most warnings of one plan, and most names that one of them lists.
pub(crate) const MAX_WARNINGS: usize = 16;
pub(crate) const MAX_SHOWN: usize = 12;
/// Most comparisons of one plan that look for words no sample is called by.
const MAX_SEARCH: usize = 20_000_000;

/// What was compiled for a plan so far.
#[derive(Debug, Default)]
pub struct Compiled {
    programs: HashMap<Name, Result<Program, String>>,
    sounds: HashMap<Name, Sounds>,
    bytes: usize,
    searched: usize,
    silent: usize,
}

impl Compiled {
    /// A cycle pattern's program.
    ///
    /// # Errors
    /// Why the pattern can't be made, or that there is too much already.
    pub(crate) fn program(&mut self, project: &Project, name: &Name, cycle: &Cycle) -> Result<Program, String> {
        self.take(size_of::<Program>() + 512)?;
        let make = || {
            let pattern = cycle.pattern(&Resolver::of(project, name)).map_err(|why| why.to_string())?;
            Program::compile(&pattern).map_err(|why| why.to_string())
        };
        self.programs.entry(name.clone()).or_insert_with(make).clone()
    }

    /// Makes room for a tracker pattern.
    ///
    /// # Errors
    /// Says that there is too much already.
    pub(crate) fn tracker(&mut self, tracker: &Tracker) -> Result<(), String> {
        self.take(TrackerProgram::bytes(tracker))
    }

    fn take(&mut self, bytes: usize) -> Result<(), String> {
        if self.bytes + bytes > MAX_BYTES {
            return Err(format!("what the sequencers play takes more than {} MiB; bind fewer patterns or shorter chains", MAX_BYTES >> 20));
        }
        self.bytes += bytes;
        Ok(())
    }

    /// The words that stand for samples in what a sequencer plays.
    pub(crate) fn sounds(&mut self, project: &Project, sequencer: &Name) -> Sounds {
        self.sounds.entry(sequencer.clone()).or_insert_with(|| Sounds::new(project.sounds(sequencer))).clone()
    }

    /// Whether `events` words may still be looked for among `known` ones.
    pub(crate) fn may_search(&mut self, events: u32, known: usize) -> bool {
        self.searched = self.searched.saturating_add(usize::try_from(events).unwrap_or(usize::MAX).saturating_mul(known + 64));
        self.searched <= MAX_SEARCH
    }

    /// Counts a pattern that is silent; says whether it is the first.
    pub(crate) const fn is_first_silent(&mut self) -> bool {
        self.silent += 1;
        self.silent == 1
    }
}
