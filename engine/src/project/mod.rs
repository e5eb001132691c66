//! The session as plain values. Cloning a [`Project`] is cheap: everything large in it is shared and immutable.

mod apply;
mod fact;
mod instruments;
mod namer;
mod rebuild;
mod refit;
mod removed;
mod resolve;
mod shaders;
mod weight;
mod write_out;

pub use fact::{Answer, Fact, Facts, MAX_FACTS};
pub use instruments::{Finder, words_of};
pub use namer::Namer;
pub use removed::Removed;
pub use resolve::{Resolver, is_event_param};
pub use weight::MAX_BYTES;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};

use crate::{
    module::{Port, PortKind},
    name::Name,
    pattern::{Chain, Cycle},
};

/// Most modules in a session.
pub const MAX_MODULES: usize = 1024;
/// Most samples in one sampler.
pub const MAX_SAMPLES: usize = 1024;
pub use crate::{
    command::{ClockSource, Curve, Link, Macro, MacroTarget},
    module::{Module, Sample},
    pattern::{PatternSlot, Source},
    signal::MACROS,
};
/// Slowest and fastest internal tempo, in quarter notes a minute.
pub const BPM: (f64, f64) = (20.0, 480.0);

/// The session's clock settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Internal tempo in quarter notes a minute, 20–480.
    pub bpm: f64,
    /// Whose time counts.
    pub source: ClockSource,
    /// Quarter notes in a cycle.
    pub cycle_beats: f64,
    /// Quarter notes in a bar of the internal clock.
    pub bar_beats: f64,
}

/// A cable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Connection {
    /// The sending module.
    pub from: Name,
    /// The receiving module.
    pub to: Name,
    /// What travels.
    pub kind: PortKind,
    /// The sender's port; its first of that kind where absent.
    #[serde(default, rename = "output", skip_serializing_if = "Option::is_none")]
    pub from_port: Option<Name>,
    /// The receiver's port; its first of that kind where absent.
    #[serde(default, rename = "input", skip_serializing_if = "Option::is_none")]
    pub to_port: Option<Name>,
    /// Laid by default routing: gives way to the first cable that is laid on purpose from the same output.
    /// In a script: `connect(from, to, {type = "audio", auto = true})`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
}

fn end(module: &Name, port: Option<&str>) -> Name {
    port.map_or_else(|| module.clone(), |port| Name::new(&format!("{module}.{port}")))
}

impl Connection {
    /// The sender's port, where it is not the first of its kind.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        self.from_port.as_deref()
    }

    /// The receiver's port, where it is not the first of its kind.
    #[must_use]
    pub fn input(&self) -> Option<&str> {
        self.to_port.as_deref()
    }

    /// The sender as scripts write it, with its port where that is not the first of its kind.
    #[must_use]
    pub fn from_end(&self) -> Name {
        end(&self.from, self.output())
    }

    /// The receiver as scripts write it, with its port where that is not the first of its kind.
    #[must_use]
    pub fn to_end(&self) -> Name {
        end(&self.to, self.input())
    }

    /// Whether it is the same cable, whoever laid it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (&self.from, &self.from_port, &self.to, &self.to_port) == (&other.from, &other.from_port, &other.to, &other.to_port)
    }
}

/// Media the session names. The key in [`Project::assets`] is the path as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// BLAKE3 of the file in hex, once it has been read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Name>,
    /// Size in bytes, once it has been read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// For each module the modules whose numbers its parameters follow.
pub type Numbers<'a> = BTreeMap<&'a str, Vec<&'a Name>>;

/// The whole session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Tempo and clock source.
    pub clock: Clock,
    /// Modules by instance name.
    pub modules: OrdMap<Name, Arc<Module>>,
    /// The modules' names in the order in which they were made: of several instruments that know a word, the last one plays it.
    #[serde(default)]
    pub order: Vector<Name>,
    /// Cables, in the order in which they were made; a mixer's input `i` is its `i`th cable of that kind.
    pub connections: Vector<Connection>,
    /// Parameter links by target.
    pub links: Vector<Link>,
    /// Patterns by name.
    pub patterns: OrdMap<Name, PatternSlot>,
    /// Chains by name.
    pub chains: OrdMap<Name, Arc<Chain>>,
    /// What each sequencer plays.
    pub bindings: OrdMap<Name, Source>,
    /// Macros by number, counted from 0.
    pub macros: OrdMap<u32, Arc<Macro>>,
    /// Media by path as written.
    pub assets: OrdMap<Name, Asset>,
    /// New outputs go to the masters by themselves.
    pub auto_route: bool,
    /// Which defaults parameters that are not set stand for, [`EDITION`] but in a session that was saved before.
    #[serde(default)]
    pub edition: u32,
}

/// The edition of the modules' defaults. Sessions without one were saved before parameters with
/// [`formerly`](crate::module::ModuleType::formerly) existed.
pub const EDITION: u32 = 1;

impl Default for Project {
    fn default() -> Self {
        Self {
            clock: Clock { bpm: 120.0, source: ClockSource::Host, cycle_beats: 4.0, bar_beats: 4.0 },
            modules: OrdMap::new(),
            order: Vector::new(),
            connections: Vector::new(),
            links: Vector::new(),
            patterns: OrdMap::new(),
            chains: OrdMap::new(),
            bindings: OrdMap::new(),
            macros: OrdMap::new(),
            assets: OrdMap::new(),
            auto_route: true,
            edition: EDITION,
        }
    }
}

impl Project {
    /// The inputs of a module for one kind of signal, in input order.
    pub fn inputs<'a>(&'a self, to: &'a str, kind: PortKind) -> impl Iterator<Item = &'a Name> {
        self.connections.iter().filter(move |c| c.kind == kind && &*c.to == to).map(|c| &c.from)
    }

    /// The cables into one of a module's ports, in input order.
    pub fn cables_into<'a>(&'a self, to: &'a str, port: Port) -> impl Iterator<Item = &'a Connection> {
        let first = self.modules.get(to).and_then(|module| module.module_type().inputs.iter().find(|known| known.kind == port.kind));
        let is_first = first == Some(&port);
        self.connections.iter().filter(move |c| c.kind == port.kind && &*c.to == to && c.input().map_or(is_first, |name| name == port.name))
    }

    /// Whose sound, events and numbers a module needs before it can make its own, each in the order of its cables and links.
    /// A module that delays hears what was made a block before. `numbers` are [`Self::numbers`].
    pub fn before<'a, 'n>(&'a self, name: &'a str, numbers: &'n Numbers<'a>) -> impl Iterator<Item = &'a Name> + use<'a, 'n> {
        let delays = self.modules.get(name).is_some_and(|module| module.module_type().delays);
        let audio = self.inputs(name, PortKind::Audio).filter(move |_| !delays);
        let made = numbers.get(name).into_iter().flatten().copied();
        audio.chain(self.event_senders(name)).chain(made)
    }

    /// For each module those that make the numbers that its parameters follow, however many links lie between.
    #[must_use]
    pub fn numbers(&self) -> Numbers<'_> {
        let makes =
            |(module, number): &(Name, Name)| self.modules.get(module).is_some_and(|module| module.module_type().number(number).is_some());
        let mut open: Vec<(&Link, &Name)> =
            self.links.iter().filter(|link| makes(&link.source)).map(|link| (link, &link.source.0)).collect();
        let mut found = Numbers::new();
        if open.is_empty() {
            return found;
        }
        let mut from: BTreeMap<&(Name, Name), Vec<&Link>> = BTreeMap::new();
        self.links.iter().for_each(|link| from.entry(&link.source).or_default().push(link));
        while let Some((link, maker)) = open.pop() {
            found.entry(&*link.target.0).or_default().push(maker);
            open.extend(from.remove(&link.target).into_iter().flatten().map(|next| (next, maker)));
        }
        found
    }

    /// The names of the modules that play patterns.
    pub fn sequencers(&self) -> impl Iterator<Item = &Name> {
        self.modules.iter().filter(|(_, module)| module.module_type().is_sequencer()).map(|(name, _)| name)
    }

    /// The patterns that a sequencer plays, with those that they name.
    #[must_use]
    pub fn played(&self, sequencer: &str) -> BTreeSet<Name> {
        self.reached(self.bindings.get(sequencer))
    }

    /// The patterns that any sequencer plays, and those that they name.
    #[must_use]
    pub fn all_played(&self) -> BTreeSet<Name> {
        self.reached(self.bindings.values())
    }

    fn reached<'p>(&'p self, sources: impl IntoIterator<Item = &'p Source>) -> BTreeSet<Name> {
        let mut open: Vec<Name> = Vec::new();
        for source in sources {
            match source {
                Source::Pattern(name) => open.push(name.clone()),
                Source::Chain(chain) => {
                    open.extend(self.chains.get(chain).into_iter().flat_map(|chain| &chain.entries).map(|entry| entry.pattern.clone()));
                }
            }
        }
        let mut played = BTreeSet::new();
        while let Some(name) = open.pop() {
            if played.insert(name.clone()) {
                let cycle = self.patterns.get(&name).and_then(|slot| slot.pattern.as_cycle());
                open.extend(cycle.map(Cycle::references).unwrap_or_default().iter().map(|name| Name::new(name)));
            }
        }
        played
    }

    /// A name and those that stand in for it where it is taken: `kit`, `kit2`, `kit3`, …; `orbit1`, `orbit1_2`, ….
    pub fn names_like(&self, wanted: &str) -> impl Iterator<Item = Name> + use<> {
        let wanted = wanted.to_owned();
        let gap = if wanted.ends_with(|c: char| c.is_ascii_digit()) { "_" } else { "" };
        (1_u32..).map(move |n| Name::new(&if n == 1 { wanted.clone() } else { format!("{wanted}{gap}{n}") }))
    }

    /// The patterns, by name but each behind those it names.
    #[must_use]
    pub fn patterns_in_order(&self) -> Vec<(&Name, &PatternSlot)> {
        fn visit<'a>(project: &'a Project, name: &str, done: &mut BTreeSet<&'a Name>, order: &mut Vec<(&'a Name, &'a PatternSlot)>) {
            let Some((name, slot)) = project.patterns.get_key_value(name) else { return };
            if done.insert(name) {
                for named in slot.pattern.as_cycle().map(Cycle::references).unwrap_or_default() {
                    visit(project, &named, done, order);
                }
                order.push((name, slot));
            }
        }
        let (mut done, mut order) = (BTreeSet::new(), Vec::with_capacity(self.patterns.len()));
        self.patterns.keys().for_each(|name| visit(self, name, &mut done, &mut order));
        order
    }

    /// The targets of a module for one kind of signal, in cable order.
    pub fn targets<'a>(&'a self, from: &'a str, kind: PortKind) -> impl Iterator<Item = &'a Name> {
        self.connections.iter().filter(move |c| c.kind == kind && &*c.from == from).map(|c| &c.to)
    }
}
