//! The numbers of generative patterns: of each as it is written, and of the answers that the session gave it.

use std::collections::{HashMap, HashSet};

use crate::{
    pattern::{Cycle, Generator},
    project::{Facts, Project},
};

/// Most facts of one writing that are compared one by one; one that asks for more is worked out anew after every commit.
const MAX_COMPARED: usize = 4096;
/// Writings after which those that nothing bears any more are forgotten.
const MAX_KEPT: usize = 1024;

/// A generative pattern by its seed and the hash of its Lua.
type Key = (u64, [u8; 32]);

/// The generative patterns of an instance, as they are written.
///
/// An edit makes another *writing*. What plays of a writing is a *generation*: a commit that changes an answer which one of its cycles
/// was given makes a new one, and whoever has cycles of the generation before asks for them again.
#[derive(Debug, Default)]
pub struct Writings {
    known: HashMap<Key, Writing>,
    /// The number that is given next, to a writing or a generation.
    next: u32,
    /// Writings that were left after the last were forgotten.
    kept: usize,
}

#[derive(Debug)]
struct Writing {
    number: u32,
    generation: u32,
    /// What cycles of this generation were told of the session.
    facts: Facts,
}

fn key(generator: &Generator) -> Key {
    (generator.seed, *blake3::hash(generator.source.as_bytes()).as_bytes())
}

impl Writings {
    fn of(&mut self, generator: &Generator) -> &mut Writing {
        let Self { known, next, .. } = self;
        known.entry(key(generator)).or_insert_with(|| {
            let number = *next;
            *next = number.wrapping_add(2);
            Writing { number, generation: number.wrapping_add(1), facts: Facts::default() }
        })
    }

    /// The number of a writing and that of its generation.
    pub fn numbers(&mut self, generator: &Generator) -> (u32, u32) {
        let writing = self.of(generator);
        (writing.number, writing.generation)
    }

    /// The number of a writing's generation.
    pub fn generation(&mut self, generator: &Generator) -> u32 {
        self.of(generator).generation
    }

    /// Notes what a cycle of a writing was told of the session that is in force.
    pub fn note(&mut self, generator: &Generator, facts: &Facts) {
        if !facts.is_empty() {
            self.of(generator).facts.extend(facts);
        }
    }

    /// Begins new generations of the writings that were told what the session no longer says; says whether there are any.
    pub fn renew(&mut self, project: &Project) -> bool {
        let mut next = self.next;
        let is_over = |writing: &&mut Writing| writing.facts.len() > MAX_COMPARED || !writing.facts.hold(project);
        for writing in self.known.values_mut().filter(is_over) {
            (writing.generation, writing.facts) = (next, Facts::default());
            next = next.wrapping_add(1);
        }
        std::mem::replace(&mut self.next, next) != next
    }

    /// Forgets the writings that nothing in the session bears any more, once there are many.
    pub fn tidy(&mut self, project: &Project) {
        if self.known.len() < 2 * self.kept.max(MAX_KEPT) {
            return;
        }
        let bearers = project.patterns.values().filter_map(|slot| match slot.pattern.as_cycle() {
            Some(Cycle::Fn(generator)) => Some(key(generator)),
            _ => None,
        });
        let borne: HashSet<Key> = bearers.collect();
        self.known.retain(|key, _| borne.contains(key));
        self.kept = self.known.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        command::{Command, Macro},
        module::Value,
        name::Name,
        project::Fact,
    };

    #[test]
    fn only_writings_that_read_what_changed_get_a_new_generation() {
        let [session, louder, mapped] = [0, 1, 2].map(|step| {
            let mut session = Project::default();
            let add = Command::AddModule { kind: Name::new("sampler"), name: Some(Name::new("a")) };
            session.apply(&add).expect("adds one");
            if step == 1 {
                let set = Command::SetParameter { module: Name::new("a"), param: Name::new("volume"), value: Value::Number(0.25) };
                session.apply(&set).expect("sets it");
            }
            if step == 2 {
                let value = Some(Macro { name: Name::new("Tone"), targets: Vec::new() });
                session.apply(&Command::SetMacro { index: 3, value }).expect("names it");
            }
            session
        });
        let read = [
            vec![],
            vec![Fact::Param(Name::new("a"), Name::new("volume"))],
            vec![Fact::Param(Name::new("a"), Name::new("speed")), Fact::Macro(3)],
            vec![Fact::Param(Name::new("nobody"), Name::new("volume"))],
        ];
        let writing = |seed| Generator { source: "return 'a'".to_owned(), seed };
        let mut writings = Writings::default();
        let note = |writings: &mut Writings, session: &Project| {
            for (asked, seed) in read.iter().zip(0..) {
                let mut facts = Facts::default();
                asked.iter().for_each(|fact| assert!(facts.ask(session, fact.clone()).is_some()));
                writings.note(&writing(seed), &facts);
            }
        };
        let numbers = |writings: &mut Writings| [0, 1, 2, 3].map(|seed| writings.numbers(&writing(seed)));
        let begun = numbers(&mut writings);
        note(&mut writings, &session);
        assert!(!writings.renew(&session));
        for (now, changed) in [(&louder, 1), (&session, 1), (&mapped, 2)] {
            let before = numbers(&mut writings);
            assert!(writings.renew(now));
            let after = numbers(&mut writings);
            for place in 0..4 {
                assert_eq!(before[place].1 != after[place].1, place == changed, "writing {place}");
                assert_eq!(begun[place].0, after[place].0);
            }
            note(&mut writings, now);
        }
    }
}
