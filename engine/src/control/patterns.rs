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
    plan::generation,
    signal::BUS_NAMES,
    snapshot::Message,
};

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

    /// The cycles of generative patterns that are wanted, each with what works it out; those of patterns that are gone or
    /// were edited are forgotten.
    pub fn take_wanted(&mut self) -> Vec<(Wanted, Name, Generator)> {
        let wanted = std::mem::take(&mut self.line.wanted);
        let known = wanted.into_iter().filter_map(|wanted| {
            let name = self.ids.patterns.name(wanted.pattern)?.clone();
            let slot = self.project.patterns.get(&name)?;
            let Some(Cycle::Fn(generator)) = slot.pattern.as_cycle() else { return None };
            let current = generation(&mut self.ids.sources, generator) == wanted.generation;
            current.then(|| (wanted, name, generator.clone()))
        });
        let known: Vec<_> = known.collect();
        self.line.owe(known.len());
        known
    }

    /// Wants the first cycles of every generative pattern: most songs begin there, and hosts that outrun time begin at once.
    pub(super) fn anticipate(&mut self) {
        self.line.wanted.clear();
        for (name, slot) in &self.project.patterns {
            if let (Some(Cycle::Fn(generator)), pattern) = (slot.pattern.as_cycle(), self.ids.patterns.of(name)) {
                let generation = generation(&mut self.ids.sources, generator);
                self.line.wanted.extend((0..=AHEAD).map(|cycle| Wanted { pattern, generation, cycle }));
            }
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

    /// Hands a cycle that was worked out to the audio thread; where the way is full, the cycle is wanted again.
    pub fn give(&mut self, given: Given) {
        self.line.give(given);
    }
}
