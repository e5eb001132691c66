//! What patterns need beside their plan: cycles that Lua gives, and words about what plays otherwise than it reads.

use std::sync::atomic::Ordering;

use super::Controller;
use crate::{
    audio::crowd::{MOST, SLOT},
    name::Name,
    pattern::{
        Cycle, Generator,
        given::{AHEAD, Given, Wanted},
    },
    project::{Facts, Project},
    signal::BUS_NAMES,
    snapshot::Message,
};

/// A cycle of a generative pattern that is to be worked out.
#[derive(Debug)]
pub struct Due {
    /// What is wanted.
    pub wanted: Wanted,
    /// The pattern's name.
    pub name: Name,
    /// What works it out.
    pub generator: Generator,
    /// The number of its writing, which an edit changes and a commit does not.
    pub writing: u32,
    /// The session that it reads.
    pub session: Project,
}

impl Controller {
    /// Says once that what a binding plays could not be asked somewhere.
    pub(super) fn tell_failure(&mut self, source: u32) {
        let name = self.ids.source_name(source);
        let text =
            format!("{name} is silent where a value can't be used, a time has too many digits or too much happens at once; simplify it");
        self.notices.say_once(text);
    }

    /// Says once that a sequencer is left out where all together start too much.
    pub(super) fn tell_crowd(&mut self, module: u32) {
        let name = self.ids.modules.name(module).map_or("", |name| name);
        let text = format!(
            "{name} is left out where the sequencers together start more than {MOST} notes within {SLOT} frames of the song, or finding \
             them takes too much work; play fewer notes at once, or slower"
        );
        self.notices.say_once(text);
    }

    /// Says once that the output held what is no sound.
    pub(super) fn tell_unsound(&mut self) {
        let count = self.gauges.unsound.load(Ordering::Relaxed);
        if std::mem::replace(&mut self.notices.unsound, count) == count {
            return;
        }
        let text = "the output rose more than 60 dB above full scale, or was no number, and is cut off there; look for volumes and gains that \
                    are far too large";
        self.notices.say_once(text.to_owned());
    }

    /// Says once for each bus that what goes there is not heard.
    pub(super) fn tell_unheard(&mut self) {
        let buses = self.gauges.unheard.load(Ordering::Relaxed);
        for (index, bus) in BUS_NAMES.iter().enumerate().filter(|(index, _)| buses & 1 << index != 0) {
            if self.notices.unheard & 1 << index != 0 {
                continue;
            }
            self.notices.unheard |= 1 << index;
            let senders = self.project.modules.iter().filter(|(_, module)| module.bus() == index);
            let names: Vec<&str> = senders.map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() { "audioOut".to_owned() } else { names.join(", ") };
            self.notices.unsaid.push(Message::warning(format!(
                "{names}: what goes to {bus} is not heard, because the host gives the plugin no such output; switch the plugin's auxiliary \
                 outputs on in the host, or set the bus to \"{}\"",
                BUS_NAMES[0]
            )));
        }
    }

    /// Takes the cycles of generative patterns that are wanted; [`due`](Self::due) says of each whether it still is.
    pub fn take_wanted(&mut self) -> Vec<Wanted> {
        self.line.take_wanted()
    }

    /// What works out a cycle that was wanted; `None` where its pattern is gone or has another generation by now, so that nobody waits
    /// for it.
    pub fn due(&mut self, wanted: Wanted) -> Option<Due> {
        let due = self.still_due(wanted);
        if due.is_none() {
            self.line.disown();
        }
        due
    }

    fn still_due(&mut self, wanted: Wanted) -> Option<Due> {
        let name = self.ids.patterns.name(wanted.pattern)?;
        let Some(Cycle::Fn(generator)) = self.project.patterns.get(name)?.pattern.as_cycle() else { return None };
        let (writing, generation) = self.ids.writings.numbers(generator);
        let (name, generator) = (name.clone(), generator.clone());
        (generation == wanted.generation).then(|| Due { wanted, name, generator, writing, session: self.project.clone() })
    }

    /// Returns the generation of every generative pattern.
    pub(super) fn generations(&mut self) -> Vec<(u32, u32)> {
        let Self { project, ids, .. } = self;
        let generative = project.patterns.iter().filter_map(|(name, slot)| match slot.pattern.as_cycle() {
            Some(Cycle::Fn(generator)) => Some((name, generator)),
            _ => None,
        });
        generative.map(|(name, generator)| (ids.patterns.of(name), ids.writings.generation(generator))).collect()
    }

    /// Wants the first cycles of every generative pattern: most songs begin there, and hosts that outrun time begin at once.
    pub(super) fn anticipate(&mut self) {
        self.line.wanted.clear();
        for (pattern, generation) in self.generations() {
            self.line.wanted.extend((0..=AHEAD).map(|cycle| Wanted { pattern, generation, cycle }));
        }
    }

    /// Whether nothing is left to be worked out.
    #[must_use]
    pub const fn cycles_settled(&self) -> bool {
        self.line.cycles_settled()
    }

    /// Wants a cycle again that could not be worked out now.
    pub fn want_again(&mut self, wanted: Wanted) {
        self.line.want_again(wanted);
    }

    /// Hands a cycle that was worked out to the audio thread; `facts` are what it was told of the session. Where the session says something
    /// else by now, or the way is full, the cycle is wanted again.
    pub fn give(&mut self, given: Given, generator: &Generator, facts: &Facts) {
        if !facts.hold(&self.project) {
            return self.line.want_again(given.wanted);
        }
        self.ids.writings.note(generator, facts);
        self.line.give(given);
    }
}
