//! Generative patterns: cycles that somebody else works out ahead of time and the audio thread only reads.

use std::{cell::Cell, sync::Arc};

use super::cycle::program::Program;

/// Cycles asked for ahead of what plays.
pub const AHEAD: i64 = 2;
/// Cycles kept at once.
const SLOTS: i64 = 8;

/// A cycle that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The pattern.
    pub pattern: u32,
    /// Which generation of it: an edit, and a commit that changes what it reads, make another.
    pub generation: u32,
    /// The cycle.
    pub cycle: i64,
}

/// A cycle that was worked out; after it was taken in, what it replaced.
#[derive(Debug)]
pub struct Given {
    /// What it answers.
    pub wanted: Wanted,
    /// Its events, asked for in that cycle only.
    pub program: Option<Arc<Program>>,
}

/// A cycle that was given.
#[derive(Debug)]
struct Slot {
    cycle: i64,
    /// The generation that it belongs to.
    generation: u32,
    program: Arc<Program>,
}

/// What was given of one pattern. A cycle of an earlier generation plays until that of the present one is there.
#[derive(Debug)]
pub struct Supplied {
    pattern: u32,
    generation: u32,
    slots: [Option<Slot>; SLOTS as usize],
    asked: [Option<i64>; SLOTS as usize],
    /// A cycle that played before it was given.
    missed: Option<i64>,
}

/// What was given of all generative patterns of a plan, and how much work asking patterns may take.
#[derive(Debug)]
pub struct Supply {
    patterns: Vec<Supplied>,
    /// Steps that queries may still take together.
    steps: Cell<u32>,
    /// Whether queries only look at what is there, and play nothing.
    looking: bool,
    /// Events that should have begun before they were known.
    pub late: u64,
}

impl Default for Supply {
    fn default() -> Self {
        Self { patterns: Vec::new(), steps: Cell::new(u32::MAX), looking: false, late: 0 }
    }
}

fn place(cycle: i64) -> usize {
    usize::try_from(cycle.rem_euclid(SLOTS)).unwrap_or(0)
}

impl Supply {
    /// Makes room for a pattern.
    pub fn add(&mut self, pattern: u32, generation: u32) {
        if self.of(pattern).is_none() {
            self.patterns.push(Supplied { pattern, generation, slots: Default::default(), asked: [None; SLOTS as usize], missed: None });
        }
    }

    /// Allows so many steps for the queries that follow.
    pub const fn allow(&mut self, steps: u32) {
        self.steps = Cell::new(steps);
    }

    /// Has queries only look at what is there, within so many steps.
    pub const fn begin_looking(&mut self, steps: u32) {
        self.allow(steps);
        self.looking = true;
    }

    /// Has queries play again, as long as they like.
    pub const fn end_looking(&mut self) {
        self.allow(u32::MAX);
        self.looking = false;
    }

    /// Whether queries only look.
    #[must_use]
    pub const fn is_looking(&self) -> bool {
        self.looking
    }

    /// Steps that are left.
    #[must_use]
    pub const fn steps(&self) -> &Cell<u32> {
        &self.steps
    }

    /// Whether queries have taken all steps that they may.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// Whether there is no generative pattern.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Takes over what was given to the supply before of the same patterns.
    ///
    /// # Realtime safety
    /// Never allocates or frees.
    pub fn carry(&mut self, old: &mut Self) {
        self.late = old.late;
        for supplied in &mut self.patterns {
            let generation = supplied.generation;
            if let Some(before) = old.patterns.iter_mut().find(|before| before.pattern == supplied.pattern) {
                std::mem::swap(supplied, before);
                supplied.renew(generation);
            }
        }
    }

    /// Begins a generation of a pattern: its cycles are asked for again, and what there is plays until they are there.
    ///
    /// # Realtime safety
    /// Never allocates or frees.
    pub fn renew(&mut self, pattern: u32, generation: u32) {
        if let Some(supplied) = self.of(pattern) {
            supplied.renew(generation);
        }
    }

    /// What was given of a pattern.
    pub fn of(&mut self, pattern: u32) -> Option<&mut Supplied> {
        self.patterns.iter_mut().find(|supplied| supplied.pattern == pattern)
    }

    /// Takes in a cycle; what it replaces stays in `given`.
    ///
    /// # Realtime safety
    /// Never allocates or frees.
    pub fn take(&mut self, given: &mut Given) {
        let Wanted { pattern, generation, cycle } = given.wanted;
        let Some(supplied) = self.of(pattern).filter(|supplied| supplied.generation == generation) else { return };
        let slot = &mut supplied.slots[place(cycle)];
        let new = given.program.take().map(|program| Slot { cycle, generation, program });
        given.program = std::mem::replace(slot, new).map(|slot| slot.program);
    }

    /// Asks for a cycle of the present generation that is neither there nor asked for; `ask` says whether it could be asked. Says whether
    /// it is there.
    pub fn want(&mut self, pattern: u32, cycle: i64, ask: impl FnOnce(Wanted) -> bool) -> bool {
        let Some(supplied) = self.of(pattern) else { return true };
        let generation = supplied.generation;
        if supplied.slot(cycle).is_some_and(|slot| slot.generation == generation) {
            return true;
        }
        let asked = &mut supplied.asked[place(cycle)];
        if *asked != Some(cycle) && ask(Wanted { pattern, generation, cycle }) {
            *asked = Some(cycle);
        }
        false
    }
}

impl Supplied {
    fn slot(&self, cycle: i64) -> Option<&Slot> {
        self.slots[place(cycle)].as_ref().filter(|slot| slot.cycle == cycle)
    }

    /// A cycle's events, where they were given.
    #[must_use]
    pub fn get(&self, cycle: i64) -> Option<&Program> {
        self.slot(cycle).map(|slot| &*slot.program)
    }

    fn renew(&mut self, generation: u32) {
        if self.generation != generation {
            (self.generation, self.asked) = (generation, [None; SLOTS as usize]);
        }
    }

    /// Notes that a cycle should play now and is not there.
    pub const fn miss(&mut self, cycle: i64) {
        self.missed = Some(cycle);
    }

    /// Whether a cycle was missed at first; says so once.
    pub fn was_missed(&mut self, cycle: i64) -> bool {
        let missed = self.missed == Some(cycle);
        if missed {
            self.missed = None;
        }
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::cycle::mini::mini;

    fn program(text: &str) -> Option<Arc<Program>> {
        Some(Arc::new(Program::compile(&mini(text).unwrap()).unwrap()))
    }

    #[test]
    fn a_cycle_is_asked_for_once_and_then_there() {
        let mut supply = Supply::default();
        supply.add(3, 1);
        let mut asked = Vec::new();
        for _ in 0..3 {
            assert!(!supply.want(3, 20, |wanted| {
                asked.push(wanted);
                true
            }));
        }
        assert_eq!(asked, [Wanted { pattern: 3, generation: 1, cycle: 20 }]);
        let mut given = Given { wanted: asked[0], program: program("a b") };
        supply.take(&mut given);
        assert!(given.program.is_none() && supply.want(3, 20, |_| panic!("it is there")));
        let mut next = Given { wanted: Wanted { cycle: 28, ..asked[0] }, program: program("c") };
        supply.take(&mut next);
        assert!(next.program.is_some(), "what it replaced goes home");
        assert!(!supply.want(3, 20, |_| false));
        let mut stale = Given { wanted: Wanted { generation: 7, ..asked[0] }, program: program("c") };
        supply.take(&mut stale);
        assert!(stale.program.is_some() && supply.of(3).unwrap().get(20).is_none(), "another writing's cycle is refused");
    }

    #[test]
    fn what_was_given_plays_until_the_cycle_of_a_new_generation_is_there() {
        let (mut old, mut new) = (Supply::default(), Supply::default());
        [(1, 1), (2, 1), (3, 1)].into_iter().for_each(|(pattern, generation)| old.add(pattern, generation));
        [(1, 1), (2, 2)].into_iter().for_each(|(pattern, generation)| new.add(pattern, generation));
        for pattern in [1, 2, 3] {
            old.take(&mut Given { wanted: Wanted { pattern, generation: 1, cycle: 0 }, program: program("a") });
        }
        new.carry(&mut old);
        assert!(new.want(1, 0, |_| panic!("it is there")));
        // As a commit without a plan has it.
        new.renew(1, 5);
        for (pattern, generation) in [(1, 5), (2, 2)] {
            let before: *const Program = new.of(pattern).unwrap().get(0).unwrap();
            let mut asked = Vec::new();
            for _ in 0..2 {
                assert!(!new.want(pattern, 0, |wanted| {
                    asked.push(wanted);
                    true
                }));
            }
            assert_eq!(asked, [Wanted { pattern, generation, cycle: 0 }]);
            let mut late = Given { wanted: Wanted { generation: 1, ..asked[0] }, program: program("b") };
            new.take(&mut late);
            assert!(late.program.is_some() && std::ptr::eq(new.of(pattern).unwrap().get(0).unwrap(), before));
            let mut given = Given { wanted: asked[0], program: program("c") };
            new.take(&mut given);
            assert!(given.program.is_some() && !std::ptr::eq(new.of(pattern).unwrap().get(0).unwrap(), before));
            assert!(new.want(pattern, 0, |_| panic!("it is there")));
        }
    }
}
