//! Cycles of generative patterns that were worked out, kept for a while: loops and new plans ask for them again.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    control::Due,
    pattern::cycle::{meter::Kept, program::Program},
    project::Facts,
};

/// Cycles kept of one writing of a pattern, and writings kept.
const KEPT: (usize, usize) = (512, 256);

/// So many forms of one cycle are kept, which differ by what it was told of the session.
const FORMS: usize = 4;

/// So often in a row a writing may run out of time.
const MAX_SLOW: u32 = 3;

/// A cycle that was worked out, with what it was told of the session.
#[derive(Clone, Debug)]
pub(super) struct WorkedOut {
    pub program: Arc<Program>,
    pub facts: Arc<Facts>,
    /// What the facts take counts towards what scripts may.
    _kept: Arc<Kept>,
}

impl WorkedOut {
    /// A cycle's program; one that could not be worked out is silent.
    pub fn new(program: Option<Program>, facts: Facts, kept: Kept) -> Self {
        Self { program: Arc::new(program.unwrap_or_else(Program::silence)), facts: Arc::new(facts), _kept: Arc::new(kept) }
    }
}

/// What was worked out.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    /// By writing and cycle.
    kept: HashMap<u32, BTreeMap<i64, Vec<WorkedOut>>>,
    /// Writings whose failure was told.
    told: HashSet<u32>,
    /// How often in a row a generation ran out of time.
    slow: HashMap<u32, u32>,
}

impl Cycles {
    /// A cycle that was worked out before, from what the session says.
    pub fn get(&self, due: &Due) -> Option<WorkedOut> {
        let forms = self.kept.get(&due.writing)?.get(&due.wanted.cycle)?;
        forms.iter().find(|form| form.facts.hold(&due.session)).cloned()
    }

    /// Keeps a cycle.
    pub fn keep(&mut self, due: &Due, form: &WorkedOut) {
        if self.kept.len() >= KEPT.1 {
            self.kept.clear();
        }
        let cycles = self.kept.entry(due.writing).or_default();
        if cycles.len() >= KEPT.0 {
            cycles.clear();
        }
        let forms = cycles.entry(due.wanted.cycle).or_default();
        if forms.len() >= FORMS {
            forms.remove(0);
        }
        forms.push(form.clone());
    }

    /// Forgets what was worked out.
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// Whether a generation ran out of time so often that it is not tried any more.
    pub fn is_hopeless(&self, generation: u32) -> bool {
        self.slow.get(&generation).is_some_and(|times| *times >= MAX_SLOW)
    }

    /// Notes whether a generation ran out of time; says whether that was once too often.
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
    pub fn is_news(&mut self, writing: u32) -> bool {
        self.told.insert(writing)
    }
}
