//! Who plays what sequencers trigger: the modules that cables lead to, and the instruments that words find.

use std::{borrow::Cow, sync::Arc};

use super::{Connection, Project, apply::Checked};
use crate::{
    command::{CommandError, Outcome, refuse},
    module::{MAX_INPUTS, Module, ModuleType, ParamRef, Plays, PortKind, samples},
    name::Name,
    signal::{
        ControlMap, control,
        word::{Word, WordTable},
    },
};

impl Project {
    /// The modules in the order in which they were made.
    pub fn modules_in_order(&self) -> impl Iterator<Item = (&Name, &Arc<Module>)> {
        let known: std::collections::HashSet<&Name> = self.order.iter().collect();
        let rest = self.modules.keys().filter(move |name| !known.contains(name));
        self.order.iter().chain(rest).filter_map(|name| self.modules.get_key_value(name))
    }

    /// Whether the triggers of a sequencer find their instruments by themselves.
    #[must_use]
    pub fn finds(&self, sequencer: &str) -> bool {
        self.modules.get(sequencer).is_some_and(|module| module.is_auto())
    }

    /// The sequencers whose triggers find their instruments by themselves.
    pub fn finding(&self) -> impl Iterator<Item = &Name> {
        self.modules.iter().filter(|(_, module)| module.is_auto()).map(|(name, _)| name)
    }

    /// The modules that play what their words name, the latest made first, so that it wins where several know a word.
    #[must_use]
    pub fn instruments(&self) -> Vec<&Name> {
        let mut all: Vec<&Name> =
            self.modules_in_order().filter(|(_, module)| module.module_type().is_instrument()).map(|(name, _)| name).collect();
        all.reverse();
        all
    }

    /// The modules that hear every trigger of a sequencer: those that its cables lead to, in cable order, and with `auto` those that
    /// hear all there are.
    #[must_use]
    pub fn listeners<'a>(&'a self, sequencer: &'a str) -> Vec<&'a Name> {
        let mut all: Vec<&Name> = self.targets(sequencer, PortKind::Event).collect();
        if self.finds(sequencer) {
            let hears = |module: &Module| module.module_type().plays == Plays::All;
            let found = self.modules.iter().filter(|(_, module)| hears(module)).map(|(name, _)| name);
            all.extend(found.filter(|name| self.targets(sequencer, PortKind::Event).all(|to| to != *name)).collect::<Vec<_>>());
        }
        all
    }

    /// The modules that may hear a sequencer: its listeners, and with `auto` every instrument.
    #[must_use]
    pub fn hearers<'a>(&'a self, sequencer: &'a str) -> Vec<&'a Name> {
        let mut all = self.listeners(sequencer);
        if self.finds(sequencer) {
            let found: Vec<&Name> = self.instruments().into_iter().filter(|name| !all.contains(name)).collect();
            all.extend(found);
        }
        all
    }

    /// The modules whose events a module may hear: those that cables lead from, in cable order, and the sequencers that may find it.
    pub fn event_senders<'a>(&'a self, to: &'a str) -> impl Iterator<Item = &'a Name> {
        let is_found = self.modules.get(to).is_some_and(|module| module.module_type().plays != Plays::Cabled);
        let cabled = move |name: &Name| self.inputs(to, PortKind::Event).any(|from| from == name);
        let found = self.finding().filter(move |name| is_found && !cabled(name));
        self.inputs(to, PortKind::Event).chain(found)
    }
}

impl Project {
    /// Puts a module before all others in the order.
    pub(super) fn put_first(&mut self, name: &Name) -> Checked {
        self.module(name)?;
        if self.order.front() == Some(name) {
            return Ok(Outcome::Unchanged);
        }
        self.order.retain(|known| known != name);
        self.order.push_front(name.clone());
        Ok(Outcome::Changed)
    }

    /// Refuses to let a sequencer find instruments that it waits for.
    pub(super) fn check_finding(&self, sequencer: &str) -> Result<(), CommandError> {
        let numbers = self.numbers();
        let needed = self.reachable(sequencer, |here| self.before(here, &numbers).collect());
        if let Some(name) = self.instruments().into_iter().find(|name| needed.contains(name.as_str())) {
            refuse!("{sequencer} follows a number that needs what {name} makes, so it can't play {name}; unlink that first");
        }
        Ok(())
    }

    /// Leads what the voices of a new module send to every module that default cables lead such sends to.
    pub(super) fn send_by_default(&mut self, from: &Name, kind: &ModuleType) {
        let Some(port) = kind.outputs.iter().find(|port| port.buses > 1) else { return };
        let is_send = |cable: &&Connection| cable.auto && cable.output() == Some(port.name);
        let mut receivers: Vec<(Name, Option<Name>)> =
            self.connections.iter().filter(is_send).map(|cable| (cable.to.clone(), cable.to_port.clone())).collect();
        receivers.sort();
        receivers.dedup();
        let mut sent = false;
        for (to, to_port) in receivers {
            let taken = self.connections.iter().filter(|cable| cable.kind == port.kind && cable.to == to).count();
            let from_port = Some(Name::new(port.name));
            let cable = Connection { from: from.clone(), to, kind: port.kind, from_port, to_port, auto: true };
            if (taken + 1) * port.buses <= MAX_INPUTS && !self.closes_circle(&cable) {
                self.connections.push_back(cable);
                sent = true;
            }
        }
        if sent {
            // Orbits pass the dry sound on.
            self.remove_cables(|cable| cable.auto && cable.kind == port.kind && cable.from == *from && cable.from_port.is_none());
        }
    }
}

/// Whether a parameter says that a sequencer's triggers find their instruments.
pub(super) fn decides_finding(module: &Module, found: ParamRef) -> bool {
    module.module_type().sequencing().is_some_and(|sequencing| found.index == sequencing.auto)
}

/// The words that an instrument knows, the usual word of each of its samples first.
#[must_use]
pub fn words_of(module: &Module) -> Vec<Cow<'_, str>> {
    let called: Vec<Vec<Cow<'_, str>>> = module.samples.iter().map(samples::words_of).collect();
    let usual = called.iter().filter_map(|words| words.first().cloned());
    let others = called.iter().flat_map(|words| words.iter().skip(1).cloned());
    usual.chain(others).chain(module.module_type().words.iter().map(|word| Cow::Borrowed(*word))).collect()
}

/// Where triggers sound that find their instruments by themselves.
#[derive(Clone, Debug)]
pub struct Finder<T> {
    words: WordTable<T>,
    /// What plays triggers that give the number of a sample and no word.
    numbered: Option<T>,
    /// What plays triggers that name nothing.
    unnamed: Option<T>,
}

impl<T> Default for Finder<T> {
    fn default() -> Self {
        Self { words: WordTable::default(), numbered: None, unnamed: None }
    }
}

impl<T> Finder<T> {
    /// The instruments of a session; `of` says how each is called.
    #[must_use]
    pub fn new(project: &Project, of: impl Fn(&Name) -> T) -> Self {
        let all: Vec<(&Name, &Module)> =
            project.instruments().into_iter().filter_map(|name| Some((name, &**project.modules.get(name)?))).collect();
        let first = |is: &dyn Fn(&Module) -> bool| all.iter().find(|(_, module)| is(module)).map(|(name, _)| of(name));
        Self {
            numbered: first(&|module| module.module_type().has_samples() && !module.samples.is_empty()),
            unnamed: first(&|module| module.module_type().plays == Plays::Tones),
            words: WordTable::new(
                all.iter().flat_map(|(name, module)| words_of(module).into_iter().map(|word| (Word::of(&word), of(name)))),
            ),
        }
    }

    /// The instrument in which a trigger sounds.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn find(&self, values: ControlMap<'_>) -> Option<&T> {
        match (values.get(control::S), values.get(control::INDEX)) {
            (Some(word), _) => self.words.get(word),
            (None, Some(_)) => self.numbered.as_ref(),
            (None, None) => self.unnamed.as_ref(),
        }
    }
}
