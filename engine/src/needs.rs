//! What a run needs that nobody declared: outputs, the kit, a synthesizer and orbits for sequencers that find their instruments.
//!
//! They are ordinary modules, added by commands in the run's own transaction: the generated script shows them, undo removes them, and
//! a script that declares one by its name has its own.

use std::{cell::Cell, collections::BTreeSet};

use crate::{
    command::{Command, CommandError},
    media::words::holds,
    module::{Module, ModuleType, Plays, PortKind, Role, Value, type_that},
    name::Name,
    pattern::{Cycle, Pattern, cycle::meter::Meter},
    plan::{self, LOOKING, MAX_BYTES, MAX_WORK},
    project::{Connection, Finder, Project},
    session::kit,
    signal::{
        bank::FIRST,
        control::{DELAY, ORBIT, ROOM},
    },
    transaction::Transaction,
};

/// Cycles of a pattern that are looked through.
const CYCLES: u32 = 8;
/// Controls that orbits answer.
pub const SENT: [&str; 20] = [
    "orbit",
    "room",
    "delay",
    "roomsize",
    "roomfade",
    "roomlp",
    "roomdim",
    "delaytime",
    "delaysync",
    "delayfeedback",
    "duckorbit",
    "duckdepth",
    "duckonset",
    "duckattack",
    "compressor",
    "compressorRatio",
    "compressorKnee",
    "compressorAttack",
    "compressorRelease",
    "djf",
];
/// The names of the controls that say which orbit a voice goes to, and which ones it ducks.
const ORBIT_WORDS: [&str; 4] = ["orbit", "o", "duckorbit", "duck"];

/// Adds what sequencers need that a run gave something to play by `d1` and its kind, as far as it is not there. What a session says by
/// declarations and `bind` alone is taken as it is. What can't be added is told.
pub fn provide(transaction: &mut Transaction, played: &BTreeSet<Name>) -> Vec<String> {
    let project = transaction.project().clone();
    let played: BTreeSet<Name> = played.iter().filter(|name| project.finds(name)).cloned().collect();
    if played.is_empty() {
        return Vec::new();
    }
    let line = transaction.commands_by_line().filter(|(command, _)| binds(command, &played)).map(|(_, line)| line).last();
    let needs = Meter::new(MAX_BYTES, MAX_WORK, || None).during(|| Needs::of(&project, &played));
    let problems = needs.commands(&project).into_iter().filter_map(|command| transaction.apply(command).err()).map(|why| why.to_string());
    let problems = problems.collect();
    if let Some(line) = line {
        transaction.stand_in_line(line);
    }
    problems
}

fn binds(command: &Command, sequencers: &BTreeSet<Name>) -> bool {
    matches!(command, Command::Bind { sequencer, .. } if sequencers.contains(sequencer))
}

/// What sequencers ask for.
#[derive(Debug, Default)]
struct Needs {
    /// A session with all that may be added.
    trial: Project,
    /// The sampler and the synthesizer of the trial that the session may lack.
    kit: Name,
    synth: Name,
    /// The instruments that triggers find.
    found: BTreeSet<Name>,
    /// Numbers of orbits.
    orbits: BTreeSet<u32>,
}

/// The name of the type that something is true of.
fn name_of_type(is: impl Fn(&ModuleType) -> bool) -> Name {
    Name::new(type_that(is).map_or("", |kind| kind.name))
}

/// The wanted name where it is free or a module of that type has it, else the next free one. A sampler of the user's own that has the
/// kit's name is no kit.
fn called(project: &Project, wanted: &str, kind: &str) -> Name {
    let fits = |module: &Module| &*module.kind == kind && (!module.module_type().has_samples() || kit::is_kit(&module.samples));
    let is_ours = |name: &Name| project.modules.get(name).is_none_or(|module| fits(module));
    project.names_like(wanted).find(is_ours).unwrap_or_default()
}

impl Needs {
    fn of(project: &Project, sequencers: &BTreeSet<Name>) -> Self {
        let sampler = name_of_type(ModuleType::has_samples);
        let synth = name_of_type(|kind| kind.plays == Plays::Tones);
        let mut needs = Self {
            trial: project.clone(),
            kit: called(project, "kit", &sampler),
            synth: called(project, "synth", &synth),
            ..Self::default()
        };
        for (name, kind) in [(&needs.kit, sampler), (&needs.synth, synth)] {
            instrument(&needs.trial, name, kind).iter().for_each(|command| drop(needs.trial.apply(command)));
        }
        let finder = Finder::new(&needs.trial, Name::clone);
        let steps = Cell::new(LOOKING);
        for sequencer in sequencers {
            needs.hear(sequencer, &finder, &steps);
        }
        if needs.found.is_empty() {
            // Nothing sounds that could go to one.
            needs.orbits.clear();
        }
        if !needs.orbits.is_empty() {
            // Where voices name no orbit they go to the first.
            needs.orbits.insert(FIRST);
        }
        needs
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a small number")]
    fn hear(&mut self, sequencer: &Name, finder: &Finder<Name>, steps: &Cell<u32>) {
        let Self { trial, found, orbits, .. } = self;
        plan::each_coming(trial, sequencer, CYCLES, steps, |values| {
            if let Some(name) = finder.find(values.map()).filter(|name| !found.contains(*name)) {
                found.insert(name.clone());
            }
            let sends = [DELAY, ROOM].iter().any(|control| values.get(*control).is_some_and(|level| level > 0.0));
            if sends || values.get(ORBIT).is_some() {
                orbits.insert(FIRST);
            }
        });
        for slot in trial.played(sequencer).iter().filter_map(|name| trial.patterns.get(name)) {
            let written = match &*slot.pattern {
                // What it gives is not known ahead.
                Pattern::Cycle(Cycle::Fn(_)) => {
                    found.extend([self.kit.clone(), self.synth.clone()]);
                    Vec::new()
                }
                Pattern::Cycle(cycle) => {
                    if cycle.controls().iter().any(|control| SENT.contains(&&**control)) {
                        orbits.insert(FIRST);
                    }
                    cycle.written(&ORBIT_WORDS)
                }
                Pattern::Tracker(tracker) => {
                    let said = tracker.steps.iter().flat_map(|step| ORBIT_WORDS.map(|word| step.values.get(word).copied()));
                    said.flatten().collect()
                }
            };
            orbits.extend(written.into_iter().filter(|number| (1.0..=64.0).contains(number)).map(|number| number.round() as u32));
        }
    }

    /// The commands that add what is missing. What comes last stands first among the modules.
    fn commands(&self, project: &Project) -> Vec<Command> {
        let mut making = Making { project: project.clone(), commands: Vec::new() };
        let orbit = name_of_type(|kind| kind.plays == Plays::All);
        let mut orbits = Vec::new();
        for number in self.orbits.iter().rev() {
            let is_it = |module: &Module| module.kind == orbit && module.number() == *number;
            let there = project.modules.iter().find(|(_, module)| is_it(module)).map(|(name, _)| name.clone());
            orbits.push(there.unwrap_or_else(|| making.orbit(&orbit, *number)));
        }
        for (name, kind) in
            [(&self.synth, name_of_type(|kind| kind.plays == Plays::Tones)), (&self.kit, name_of_type(ModuleType::has_samples))]
        {
            if self.found.contains(name) {
                making.all(instrument(&making.project, name, kind));
            }
        }
        let shows = |name: &Name| {
            let samples = self.trial.modules.get(name).map_or(&[][..], |module| &module.samples);
            samples.iter().any(|sample| holds(&sample.asset).picture != Some(false))
        };
        if self.found.iter().any(shows) {
            making.master("screen", PortKind::Video);
        }
        if !self.found.is_empty() {
            making.master("out", PortKind::Audio);
        }
        orbits.iter().rev().for_each(|orbit| making.lead_to(orbit, &self.found));
        making.commands
    }
}

/// The commands that make an instrument where there is none of the name, and give the kit its samples.
fn instrument(project: &Project, name: &Name, kind: Name) -> Vec<Command> {
    let there = project.modules.get(name);
    let mut commands = Vec::new();
    if there.is_none() {
        commands.push(Command::AddModule { kind: kind.clone(), name: Some(name.clone()) });
        commands.push(Command::PutFirst { module: name.clone() });
    }
    let is_empty = there.is_none_or(|module| module.samples.is_empty());
    if is_empty && kind == name_of_type(ModuleType::has_samples) {
        commands.extend(kit::commands(name));
    }
    commands
}

/// Commands, and the session as they make it.
struct Making {
    project: Project,
    commands: Vec<Command>,
}

impl Making {
    fn all(&mut self, commands: Vec<Command>) {
        for command in commands {
            // What is refused here is refused, and told, where it is given.
            let _: Result<_, CommandError> = self.project.apply(&command);
            self.commands.push(command);
        }
    }

    fn add(&mut self, kind: &Name, name: &Name) {
        self.all(vec![Command::AddModule { kind: kind.clone(), name: Some(name.clone()) }, Command::PutFirst { module: name.clone() }]);
    }

    fn orbit(&mut self, kind: &Name, number: u32) -> Name {
        let name = self.project.names_like(&format!("orbit{number}")).find(|name| !self.project.modules.contains_key(name));
        let name = name.unwrap_or_default();
        self.add(kind, &name);
        let value = Value::Number(f64::from(number));
        self.all(vec![Command::SetParameter { module: name.clone(), param: Name::new("number"), value }]);
        name
    }

    /// Makes an output where there is none, and leads to it what these commands made and what leads nowhere yet.
    fn master(&mut self, wanted: &str, signal: PortKind) {
        let is_master = |kind: &ModuleType| kind.role == Role::Master(signal);
        let there = self.project.modules.iter().find(|(_, module)| is_master(module.module_type())).map(|(name, _)| name.clone());
        let master = there.unwrap_or_else(|| {
            let kind = name_of_type(is_master);
            let name = called(&self.project, wanted, &kind);
            self.add(&kind, &name);
            name
        });
        let made = self.commands.iter().filter_map(|command| match command {
            Command::AddModule { name: Some(name), .. } if *name != master => Some(name.clone()),
            _ => None,
        });
        let sends = |name: &Name| self.project.modules.get(name).is_some_and(|module| module.module_type().sends(signal));
        let lone = made.filter(|name| sends(name) && self.project.targets(name, signal).next().is_none());
        let cable = |from: Name| Command::Connect { from, to: master.clone(), kind: Some(signal), auto: true };
        let cables = lone.map(cable).collect();
        self.all(cables);
    }

    /// Leads what instruments send to an orbit, but for those whose sound goes where a cable was laid on purpose. The orbit passes their dry
    /// sound on, so that the cable that led it straight to an output goes.
    fn lead_to(&mut self, orbit: &Name, instruments: &BTreeSet<Name>) {
        let sends = |name: &Name| {
            self.project.modules.get(name).is_some_and(|module| module.module_type().outputs.iter().any(|port| port.buses > 1))
        };
        let is_led = |name: &Name| {
            self.project
                .connections
                .iter()
                .any(|cable| cable.from == *name && cable.kind == PortKind::Audio && (!cable.auto || cable.to == *orbit))
        };
        let cable = |from: &Name| Command::Connect { from: from.clone(), to: orbit.clone(), kind: Some(PortKind::Audio), auto: true };
        let led: Vec<&Name> = instruments.iter().filter(|name| sends(name) && !is_led(name)).collect();
        let is_straight =
            |cable: &&Connection| cable.auto && cable.kind == PortKind::Audio && cable.from_port.is_none() && led.contains(&&cable.from);
        let straight = self.project.connections.iter().filter(is_straight).map(|cable| Command::Disconnect {
            from: Some(cable.from.clone()),
            to: Some(cable.to.clone()),
            kind: Some(PortKind::Audio),
        });
        let commands = led.iter().copied().map(cable).chain(straight).collect();
        self.all(commands);
    }
}
