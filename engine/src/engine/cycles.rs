//! Cycles of generative patterns that were worked out, kept for a while: loops and new plans ask for them again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use crate::pattern::{cycle::program::Program, given::Wanted};

/// Cycles kept of one writing of a pattern, and writings kept.
const KEPT: (usize, usize) = (512, 256);

/// So often in a row a writing may run out of time.
const MAX_SLOW: u32 = 3;

/// What was worked out.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    kept: HashMap<u32, BTreeMap<i64, Arc<Program>>>,
    /// Writings whose failure was told.
    told: HashSet<u32>,
    /// How often in a row a writing ran out of time.
    slow: HashMap<u32, u32>,
}

impl Cycles {
    /// A cycle that was worked out before.
    pub fn get(&self, wanted: Wanted) -> Option<Arc<Program>> {
        self.kept.get(&wanted.generation)?.get(&wanted.cycle).cloned()
    }

    /// Keeps a cycle; one that could not be worked out is silent.
    pub fn keep(&mut self, wanted: Wanted, program: Option<Program>) -> Arc<Program> {
        let program = Arc::new(program.unwrap_or_else(Program::silence));
        if self.kept.len() >= KEPT.1 {
            self.kept.clear();
        }
        let cycles = self.kept.entry(wanted.generation).or_default();
        if cycles.len() >= KEPT.0 {
            cycles.clear();
        }
        cycles.insert(wanted.cycle, Arc::clone(&program));
        program
    }

    /// Forgets what was worked out.
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// Whether a writing ran out of time so often that it is not tried any more.
    pub fn is_hopeless(&self, generation: u32) -> bool {
        self.slow.get(&generation).is_some_and(|times| *times >= MAX_SLOW)
    }

    /// Notes whether a writing ran out of time; says whether that was once too often.
    pub fn fails_for_good(&mut self, generation: u32, is_slow: bool) -> bool {
        if !is_slow {
            self.slow.remove(&generation);
            return false;
        }
        let times = self.slow.entry(generation).or_default();
        *times += 1;
        *times == MAX_SLOW
    }

    /// Whether a writing fails for the first time.
    pub fn is_news(&mut self, generation: u32) -> bool {
        self.told.insert(generation)
    }
}
