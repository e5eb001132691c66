//! Plans: a project made ready to play. Built on the Controller's side, everything allocated in advance.

mod ahead;
mod compiled;
mod routing;
mod writings;

use std::collections::HashMap;

use crate::{
    module::{
        BuildContext, Content, ModuleType, ParamKind, ParamSpec, Picture, PortKind, Role, Sequencing, Value, event_params,
        samples::outlasts_events, shader,
    },
    name::Name,
    pattern::{
        ControlTable, Cycle, CycleProgram, Pattern,
        cycle::meter::Meter,
        given::Supply,
        play::Setting,
        program::{ChainProgram, Entry, Program, TrackerProgram},
    },
    project::{Curve, Finder, Module, Project, Source},
    signal::{Controls, Driven, Level, Made, Node, NodeEvent, SENDS, Stereo},
};

pub use ahead::{coming, each_coming};
pub use compiled::Compiled;
pub(crate) use compiled::{LOOKING, MAX_BYTES, MAX_SHOWN, MAX_WARNINGS, MAX_WORK};
pub use writings::Writings;

/// A number that names a module for the life of its instance, in views and reports.
pub type ModuleId = u32;

/// Events that a processor sends in one block, at most.
const SENT: usize = 4096;

/// One module in a plan.
pub struct Slot {
    /// The module's id.
    pub id: ModuleId,
    /// Which type it has ([`crate::module::ModuleType::mark`]).
    pub kind: usize,
    /// What it is to the graph.
    pub role: Role,
    /// Whether its parameters go into views, because its picture follows them.
    pub shown: bool,
    /// How many numbers its type makes.
    pub numbers: usize,
    /// Whether its sound comes late by [`MAX_FRAMES`](crate::signal::MAX_FRAMES), so that it may hear slots behind it.
    pub delays: bool,
    /// The slot of the plan before that goes on here, with its processor and its buffer.
    pub carry: Option<usize>,
    /// Its processor, where its type has one and it does not come from the plan before.
    pub node: Option<Box<dyn Node>>,
    /// Its audio outputs, port by port, then those of its bank; they come from the plan before where `carry` says so.
    pub outputs: Box<[Stereo]>,
    /// Numbers of the receivers of its bank, in the order of their buses.
    pub bank: Box<[u32]>,
    /// The numbers it makes; empty where nobody follows one.
    pub made: Box<[Made]>,
    /// What follows the level of its sound, where a link follows that.
    pub level: Option<Level>,
    /// New content for its processor, or, once exchanged, the old.
    pub content: Option<Box<dyn std::any::Any + Send>>,
    /// The project's numbers, by flat parameter index.
    pub base: Box<[f64]>,
    /// Numbers in force: `base` with macros and links over it.
    pub params: Box<[f64]>,
    /// What its parameters follow, as `driven` lists them.
    pub drives: Box<[Drive]>,
    /// Parameters that follow a number from point to point.
    pub driven: Box<[Driven]>,
    /// Whose sound it hears, port by port, in cable order: slot and audio output.
    pub inputs: Box<[(usize, usize)]>,
    /// Where each audio port's inputs end in `inputs`.
    pub ports: Box<[usize]>,
    /// Buses of the host that its sound gets to, a bit for each, while that is being worked out.
    pub reaches: u16,
    /// Slots that hear all its triggers.
    pub targets: Box<[usize]>,
    /// Events that its processor sends in this block.
    pub sent: Vec<NodeEvent>,
    /// This block's events; what sequencers may start at once follows from the capacity.
    pub events: Vec<NodeEvent>,
    /// Frames for which it goes on sounding, while that is being worked out.
    pub tail: u64,
    /// Triggers that are expected of sequencers, while that is being worked out.
    pub due: usize,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({}, {:?})", self.id, self.role)
    }
}

/// A program with the name it goes by.
#[derive(Debug)]
pub struct Playing {
    /// Names what the sequencer is bound to; an edit keeps it, another binding changes it.
    pub source: u32,
    /// What it plays.
    pub program: Box<Program>,
}

/// A sequencer in a plan.
#[derive(Debug)]
pub struct Sequencer {
    /// Its slot.
    pub slot: usize,
    /// Which of the slot's numbers it is played by.
    pub by: Sequencing,
    /// The sequencer of the plan before that goes on here.
    pub carry: Option<usize>,
    /// Whether each of its triggers also goes to the instrument that it finds.
    pub finds: bool,
    /// What it is bound to.
    pub wanted: Option<Playing>,
    /// What it plays.
    pub playing: Option<Playing>,
    /// What it plays from this beat on.
    pub pending: Option<(Playing, f64)>,
    /// The program it played before, kept here until the plan goes back to the Controller's side to be freed.
    pub spent: Option<Playing>,
    /// Whether it is silent in the slot of the song that plays, because all together start too much.
    pub left_out: bool,
}

/// A parameter link in a plan.
#[derive(Clone, Copy, Debug)]
pub struct PlannedLink {
    /// Source slot and parameter.
    pub source: (usize, usize),
    /// Target slot and parameter.
    pub target: (usize, usize),
    /// How the source's value becomes the target's.
    pub way: Way,
}

/// How a link makes one number of another.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The source's range.
    pub range: (f64, f64),
    /// Factor.
    pub scale: f64,
    /// Added after scaling.
    pub offset: f64,
    /// Bounds.
    pub bounds: (f64, f64),
    /// Shape.
    pub curve: Curve,
}

impl Way {
    /// The target's value for one of the source.
    #[must_use]
    pub fn value(&self, source: f64) -> f64 {
        let (low, high) = self.range;
        let width = high - low;
        let share = if width > 0.0 { ((source - low) / width).clamp(0.0, 1.0) } else { 0.0 };
        let shaped = match self.curve {
            Curve::Linear => source,
            Curve::Square => low + share * share * width,
            Curve::Root => low + share.sqrt() * width,
        };
        (shaped * self.scale + self.offset).clamp(self.bounds.0, self.bounds.1)
    }
}

/// A number that a parameter follows from point to point.
#[derive(Clone, Debug)]
pub struct Drive {
    /// Where the number comes from: a slot, and an index in its list of numbers.
    pub from: (usize, usize),
    /// How it becomes the parameter's value: one way for each link in between.
    pub ways: Box<[Way]>,
}

/// A macro's target in a plan.
#[derive(Clone, Copy, Debug)]
pub struct MacroRoute {
    /// Macro, counted from 0.
    pub index: usize,
    /// Target slot and parameter.
    pub target: (usize, usize),
    /// Values at 0 and at 1.
    pub ends: (f64, f64),
    /// Present while the target keeps its own value.
    pub hold: Option<Hold>,
    /// The route of the plan before whose hold goes on here.
    pub carry: Option<usize>,
}

/// Which values of a macro are no move of the host's: while it has one of them, the target keeps its own value.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// The value the macro had; NaN where that is not known, or does not count any more.
    reference: f32,
    /// The value it is given by a gesture of ours; NaN where there is none.
    expected: f32,
}

impl Hold {
    /// Holds while the macro keeps the value in which it is first seen.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { reference: f32::NAN, expected: f32::NAN }
    }

    /// Holds while the macro has this value.
    #[must_use]
    pub const fn at(value: f32) -> Self {
        Self { reference: value, expected: f32::NAN }
    }

    /// Holds also once a gesture of ours has moved the macro to `value`; from then on, only there.
    #[must_use]
    pub const fn then(self, value: f32) -> Self {
        Self { expected: value, ..self }
    }

    /// Whether the target still keeps its own value while the macro has `value`.
    pub fn holds(&mut self, value: f32) -> bool {
        // Hosts may keep values in steps of their own.
        let near = |other: f32| (value - other).abs() < 5e-4;
        if near(self.expected) {
            self.reference = f32::NAN;
            return true;
        }
        if self.reference.is_nan() && self.expected.is_nan() {
            self.reference = value;
        }
        near(self.reference)
    }

    /// The value at which it rests, as far as that is known.
    #[must_use]
    pub const fn resting(&self) -> f32 {
        if self.reference.is_nan() { self.expected } else { self.reference }
    }
}

/// A project made ready to play.
#[derive(Debug, Default)]
pub struct Plan {
    /// Modules in processing order: senders of sound before receivers.
    pub slots: Vec<Slot>,
    /// Sequencers, by name.
    pub sequencers: Vec<Sequencer>,
    /// Which slots play the triggers of sequencers that find instruments.
    pub finder: Finder<usize>,
    /// The slots of all instruments, where a sequencer finds them.
    pub instruments: Box<[usize]>,
    /// Where each slot of the plan before is now.
    pub moved: Box<[Option<usize>]>,
    /// Links, sources before those that follow them.
    pub links: Vec<PlannedLink>,
    /// Macro targets.
    pub macros: Vec<MacroRoute>,
    /// Cycles of generative patterns.
    pub supply: Supply,
    /// Quarter notes in a cycle.
    pub cycle_beats: f64,
    /// Quarter notes in a bar of the internal clock.
    pub bar_beats: f64,
}

/// Ids given to names; none is given twice in the life of a Controller.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    known: HashMap<Name, u32>,
    names: HashMap<u32, Name>,
    next: u32,
    /// Names that were left after the last that nothing bears were forgotten.
    kept: usize,
}

impl Ids {
    /// The id of a name, given on first use.
    pub fn of(&mut self, name: &Name) -> u32 {
        if let Some(id) = self.known.get(name) {
            return *id;
        }
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.names.insert(id, name.clone());
        self.known.insert(name.clone(), id);
        id
    }

    /// The id of a name that has one.
    #[must_use]
    pub fn get(&self, name: &Name) -> Option<u32> {
        self.known.get(name).copied()
    }

    /// The name of an id.
    #[must_use]
    pub fn name(&self, id: u32) -> Option<&Name> {
        self.names.get(&id)
    }

    /// Lets a name's id go on under another name.
    pub fn rename(&mut self, from: &Name, to: &Name) {
        if let Some(id) = self.known.remove(from) {
            self.known.insert(to.clone(), id);
            if let Some(name) = self.names.get_mut(&id) {
                *name = to.clone();
            }
        }
    }

    /// Gives a name a new id, because what bore it is gone.
    pub fn forget(&mut self, name: &Name) {
        self.known.remove(name);
    }

    /// Forgets the names that nothing bears any more, once there are thousands; reports about them have come home by then.
    pub fn tidy(&mut self, bears: impl Fn(&Name) -> bool) {
        if self.names.len() < 2 * self.kept.max(4096) {
            return;
        }
        self.known.retain(|name, _| bears(name));
        let known = &self.known;
        self.names.retain(|id, name| known.get(name) == Some(id));
        self.kept = self.names.len();
    }
}

/// Where the slots of the plan sent last lie, so that the next one can carry on.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Slot by module id.
    pub slots: HashMap<ModuleId, usize>,
    /// Sequencer by module id.
    pub sequencers: HashMap<ModuleId, usize>,
    /// Macro route by macro, module id and parameter.
    pub macros: HashMap<(u32, ModuleId, usize), usize>,
    /// From what the content of modules follows that is renewed ([`Content::Renewed`]), by module id: type and texts.
    pub renewed: HashMap<ModuleId, (usize, Vec<Name>)>,
}

/// What plans are built with.
pub struct Planner<'a> {
    /// Module ids.
    pub modules: &'a mut Ids,
    /// Pattern ids, as reports name them.
    pub patterns: &'a mut Ids,
    /// Binding ids (`p:` and a pattern's, `c:` and a chain's name).
    pub sources: &'a mut Ids,
    /// Numbers of generative patterns.
    pub writings: &'a mut Writings,
    /// Control ids.
    pub controls: &'a mut Controls,
    /// Frames a second.
    pub sample_rate: f64,
    /// The plan before, empty for the first.
    pub before: &'a Layout,
    /// Content of samplers that is new with this plan, by module name.
    pub content: HashMap<Name, Box<dyn std::any::Any + Send>>,
    /// What controls of cycle patterns set; made with the first.
    pub table: Option<ControlTable>,
    /// Macro targets that keep their own value.
    pub holds: &'a HashMap<(u32, Name, Name), Hold>,
    /// Which patterns can't be played, in words.
    pub warnings: Vec<String>,
    /// Generative patterns, with the generation of each.
    pub generations: Vec<(u32, u32)>,
    /// What is compiled so far.
    pub compiled: Compiled,
}

impl Planner<'_> {
    /// Builds a plan. What patterns take once compiled is bounded: those beyond are silent, and a warning names the first.
    #[must_use]
    pub fn plan(self, project: &Project) -> (Plan, Layout, Vec<String>) {
        Meter::new(MAX_BYTES, MAX_WORK, || None).during(|| self.planned(project))
    }

    fn planned(mut self, project: &Project) -> (Plan, Layout, Vec<String>) {
        let order = routing::processing_order(project);
        let indices: HashMap<&Name, usize> = order.iter().enumerate().map(|(index, name)| (*name, index)).collect();
        let mut layout = Layout::default();
        let mut plan = Plan { cycle_beats: project.clock.cycle_beats, bar_beats: project.clock.bar_beats, ..Plan::default() };
        for (at, name) in order.iter().enumerate() {
            let slot = self.slot(project, name, &indices);
            layout.slots.insert(slot.id, at);
            if let Some(made_from) = project.modules.get(*name).and_then(|module| renewed_by(module)) {
                layout.renewed.insert(slot.id, made_from);
            }
            plan.slots.push(slot);
        }
        let sequencers = project.modules.iter().filter_map(|(name, module)| Some((name, module.module_type().sequencing()?)));
        for (name, by) in sequencers {
            let id = self.modules.of(name);
            let wanted = project.bindings.get(name).and_then(|source| self.playing(project, name, source));
            layout.sequencers.insert(id, plan.sequencers.len());
            plan.sequencers.push(Sequencer {
                slot: indices[name],
                by,
                carry: self.before.sequencers.get(&id).copied(),
                finds: project.finds(name),
                wanted,
                playing: None,
                pending: None,
                spent: None,
                left_out: false,
            });
        }
        if plan.sequencers.iter().any(|sequencer| sequencer.finds) {
            plan.finder = Finder::new(project, |name| indices[name]);
            plan.instruments = project.instruments().into_iter().map(|name| indices[name]).collect();
        }
        plan.moved = vec![None; self.before.slots.values().max().map_or(0, |last| last + 1)].into_boxed_slice();
        for (at, before) in plan.slots.iter().enumerate().filter_map(|(at, slot)| Some((at, slot.carry?))) {
            plan.moved[before] = Some(at);
        }
        for (pattern, generation) in std::mem::take(&mut self.generations) {
            plan.supply.add(pattern, generation);
        }
        routing::link(project, &indices, &mut plan, self.sample_rate);
        plan.macros = self.macros(project, &indices, &mut layout);
        (plan, layout, self.warnings)
    }

    fn macros(&mut self, project: &Project, indices: &HashMap<&Name, usize>, layout: &mut Layout) -> Vec<MacroRoute> {
        let mut routes = Vec::new();
        for (index, value) in &project.macros {
            for target in &value.targets {
                let Some(found) = project.modules.get(&target.module).and_then(|m| m.module_type().param(&target.param)) else { continue };
                let Some(slot) = indices.get(&target.module) else { continue };
                let key = (*index, self.modules.of(&target.module), found.index);
                layout.macros.insert(key, routes.len());
                routes.push(MacroRoute {
                    index: usize::try_from(*index).unwrap_or(0),
                    target: (*slot, found.index),
                    ends: (target.min, target.max),
                    hold: self.holds.get(&(*index, target.module.clone(), target.param.clone())).copied(),
                    carry: self.before.macros.get(&key).copied(),
                });
            }
        }
        routes
    }

    fn slot(&mut self, project: &Project, name: &Name, indices: &HashMap<&Name, usize>) -> Slot {
        let module = &project.modules[name];
        let kind = module.module_type();
        let id = self.modules.of(name);
        let carry = self.before.slots.get(&id).copied();
        let content = self.content.remove(name).or_else(|| shader_content(kind, self.controls));
        let context = BuildContext { module, sample_rate: self.sample_rate, controls: self.controls, id };
        let is_other = carry.is_some() && self.before.renewed.get(&id) != renewed_by(module).as_ref();
        let content = content.or_else(|| is_other.then(|| (kind.renew)(&context)).flatten());
        let bank = routing::bank(project, name, kind);
        let audio_outputs = kind.own_outputs() + bank.len() * SENDS;
        let node = match carry {
            Some(_) => None,
            None => (kind.build)(&context),
        };
        let (inputs, ports) = routing::audio_inputs(project, name, kind, indices);
        let input_count = kind.inputs.first().map_or(0, |port| project.inputs(name, port.kind).count());
        let base = numbers(project, name, input_count);
        let senders = project.event_senders(name).count();
        Slot {
            id,
            kind: kind.mark(),
            role: kind.role,
            shown: !matches!(kind.picture, Picture::None | Picture::Voices),
            numbers: kind.made.len(),
            delays: kind.delays,
            carry,
            node,
            outputs: vec![Stereo::default(); audio_outputs].into_boxed_slice(),
            bank,
            made: Box::default(),
            level: None,
            content,
            params: base.clone(),
            base,
            drives: Box::default(),
            driven: Box::default(),
            inputs,
            ports,
            reaches: 0,
            sent: Vec::with_capacity(if kind.sends(PortKind::Event) && !kind.is_sequencer() { SENT } else { 0 }),
            targets: project.listeners(name).into_iter().map(|to| indices[to]).collect(),
            events: Vec::with_capacity(event_capacity(senders)),
            tail: 0,
            due: 0,
        }
    }

    fn playing(&mut self, project: &Project, sequencer: &Name, source: &Source) -> Option<Playing> {
        let (tag, program) = match source {
            Source::Pattern(name) => (format!("p:{name}"), self.program(project, sequencer, name)?),
            Source::Chain(name) => {
                let chain = project.chains.get(name)?;
                let program = ChainProgram::compile(chain, |pattern| self.entry(project, sequencer, pattern));
                (format!("c:{name}"), Program::Chain(program))
            }
        };
        Some(Playing { source: self.sources.of(&Name::new(&tag)), program: Box::new(program) })
    }

    fn program(&mut self, project: &Project, sequencer: &Name, name: &Name) -> Option<Program> {
        Some(match self.entry(project, sequencer, name)? {
            Entry::Tracker(tracker) => Program::Tracker(tracker),
            Entry::Cycle(cycle) => Program::Cycle(cycle),
        })
    }

    /// Compiles a pattern for a sequencer; commands refuse what can't be compiled.
    fn entry(&mut self, project: &Project, sequencer: &Name, name: &Name) -> Option<Entry> {
        let slot = project.patterns.get(name)?;
        let id = self.patterns.of(name);
        match &*slot.pattern {
            Pattern::Tracker(tracker) => match self.compiled.tracker(tracker) {
                Ok(()) => Some(Entry::Tracker(TrackerProgram::compile(name, id, tracker, slot, self.controls))),
                Err(why) => self.silent(name, &why),
            },
            Pattern::Cycle(cycle) => {
                let table = self.table.get_or_insert_with(|| control_table(project, self.controls)).clone();
                let setting =
                    Setting { id, slot, beats: project.clock.cycle_beats, sounds: self.compiled.sounds(project, sequencer), table };
                if let Cycle::Fn(generator) = cycle {
                    self.generations.push((id, self.writings.generation(generator)));
                    return Some(Entry::Cycle(CycleProgram::given(setting)));
                }
                let made = match self.compiled.program(project, name, cycle) {
                    Ok(made) => made,
                    Err(why) => return self.silent(name, &why),
                };
                let program = CycleProgram::asked(made, setting);
                Some(Entry::Cycle(program))
            }
        }
    }
}

impl Planner<'_> {
    /// A pattern that can't be compiled; the first of a plan is named.
    fn silent(&mut self, name: &Name, why: &str) -> Option<Entry> {
        if self.compiled.is_first_silent() {
            self.warnings.push(format!("pattern {name} is silent: {why}"));
        }
        None
    }
}

/// From what a module's content follows, where it is renewed: its type and its texts.
pub(crate) fn renewed_by(module: &Module) -> Option<(usize, Vec<Name>)> {
    let kind = module.module_type();
    let text = |spec: &&ParamSpec| matches!(spec.kind, ParamKind::Text(_));
    let texts = kind.params.iter().filter(text).filter_map(|spec| match module.param(spec.name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    });
    (kind.content == Content::Renewed).then(|| (kind.mark(), texts.collect()))
}

/// Which controls set which parameters of a module with a shader.
fn shader_content(kind: &'static ModuleType, controls: &mut Controls) -> Option<Box<dyn std::any::Any + Send>> {
    (kind.content == Content::Shader).then(|| Box::new(shader::Routes::new(kind, controls)) as Box<dyn std::any::Any + Send>)
}

/// Events that a module takes at once: onsets and gates of what plays it, and room for the host's MIDI.
fn event_capacity(senders: usize) -> usize {
    if senders == 0 { 8 } else { (senders * 512).min(8192) + 512 }
}

/// A module's numbers by flat parameter index.
pub(crate) fn numbers(project: &Project, name: &Name, inputs: usize) -> Box<[f64]> {
    let module = &project.modules[name];
    let kind = module.module_type();
    let set = module.params.keys().filter_map(|param| kind.param(param)).filter_map(|found| found.input).max();
    let inputs = inputs.max(set.map_or(0, |input| input + 1));
    let mut numbers: Vec<f64> = kind.params.iter().map(|spec| spec.default).collect();
    for _ in 0..inputs {
        numbers.extend(kind.per_input.iter().map(|spec| spec.default));
    }
    for (param, value) in &module.params {
        if let Some(found) = kind.param(param)
            && let (Some(held), Some(number)) = (numbers.get_mut(found.index), found.spec.number_of(value))
        {
            *held = number;
        }
    }
    numbers.into_boxed_slice()
}

/// What the controls of a project's patterns set.
fn control_table(project: &Project, controls: &mut Controls) -> ControlTable {
    let table = ControlTable::new(controls, event_params(), project.event_params());
    let outlasts = |module: &Module| module.module_type().has_samples() && outlasts_events(module);
    if project.modules.values().any(|module| outlasts(module)) { table.with_clip() } else { table }
}
