//! Commands applied to a project: every check, and every change, in one place.

mod patterns;

use std::sync::Arc;

use super::{
    Asset, BPM, Connection, Link, MACROS, MAX_MODULES, MAX_SAMPLES, Macro, Module, Project, Sample, Source, instruments::decides_finding,
};
use crate::{
    command::{Command, CommandError, Outcome, refuse},
    module::{MAX_INPUTS, MODULES, ModuleType, ParamKind, ParamRef, Port, PortKind, Role, Value, module_type, samples},
    name::{Name, did_you_mean_or},
};

/// Most patterns, chains or assets in a session.
pub const MAX_ENTRIES: usize = 65_536;
/// Longest hash of a medium, in characters; one of BLAKE3 has 64.
const MAX_HASH: usize = 128;

pub(super) type Checked = Result<Outcome, CommandError>;

impl Project {
    /// Applies one command.
    ///
    /// # Errors
    /// Says what is wrong with the command; the project is as before.
    pub fn apply(&mut self, command: &Command) -> Checked {
        let before = self.clone();
        let done = self.apply_unchecked(command);
        if done.is_err() {
            *self = before;
        }
        done
    }

    fn apply_unchecked(&mut self, command: &Command) -> Checked {
        match command {
            Command::SetParameter { module, param, value } => self.set_parameter(module, param, value),
            Command::SetEnabled { module, on } => self.set_parameter(module, "enabled", &Value::Bool(*on)),
            Command::SetBpm { bpm } => {
                if !(BPM.0..=BPM.1).contains(bpm) {
                    refuse!("the tempo is {bpm}, but takes {} to {} quarter notes a minute", BPM.0, BPM.1);
                }
                Ok(replace(&mut self.clock.bpm, *bpm))
            }
            Command::SetClockSource { source } => Ok(replace(&mut self.clock.source, *source)),
            Command::SetCycle { beats } => {
                let done = replace(&mut self.clock.cycle_beats, beats_in_range("a cycle", *beats)?);
                if done == Outcome::Changed {
                    let cycles = self.patterns.iter().filter_map(|(name, slot)| Some((name, slot.pattern.as_cycle()?)));
                    cycles.filter(|(_, cycle)| cycle.may_refer()).try_for_each(|(name, cycle)| self.check_pattern(name, cycle))?;
                }
                Ok(done)
            }
            Command::SetBar { beats } => Ok(replace(&mut self.clock.bar_beats, beats_in_range("a bar", *beats)?)),
            Command::SetAutoRoute { on } => Ok(replace(&mut self.auto_route, *on)),
            Command::SetTransport { .. } => Ok(Outcome::Changed),
            Command::AddModule { kind, name } => self.add_module(kind, name.as_ref()),
            Command::RemoveModule { module } => self.remove_module(module),
            Command::PutFirst { module } => self.put_first(module),
            Command::RenameModule { module, to } => self.rename_module(module, to),
            Command::SetSamples { module, samples } => self.set_samples(module, samples),
            Command::SetShader { module, shader, interface } => self.set_shader(module, shader, *interface),
            Command::Connect { from, to, kind, auto } => self.connect(from, to, *kind, *auto),
            Command::Disconnect { from, to, kind } => self.disconnect(from.as_deref(), to.as_deref(), *kind),
            Command::LinkParameter { link } => self.link(link),
            Command::UnlinkParameter { module, param } => self.unlink(module, param),
            Command::SetPattern { name, pattern } => self.set_pattern(name, pattern),
            Command::SetStep { name, step, value } => self.set_step(name, *step, value),
            Command::SetPatternState { name, action } => self.set_pattern_state(name, *action),
            Command::RemovePattern { name } => self.remove_pattern(name),
            Command::SetChain { name, chain } => self.set_chain(name, chain),
            Command::RemoveChain { name } => self.remove_chain(name),
            Command::Bind { sequencer, source } => self.bind(sequencer, source),
            Command::Unbind { sequencer } => {
                self.sequencer(sequencer)?;
                Ok(outcome(self.bindings.remove(sequencer).is_some()))
            }
            Command::SetMacro { index, value } => self.set_macro(*index, value.as_ref()),
            Command::AddAsset { path } => self.add_asset(path),
            Command::ExpectAsset { path, hash, size } => self.expect_asset(path, hash.as_ref(), *size),
            Command::RelinkAsset { path, to, same } => self.relink_asset(path, to, *same),
            Command::RemoveAsset { path } => self.remove_asset(path),
            Command::Clear => {
                let empty = Self { clock: self.clock.clone(), ..Self::default() };
                Ok(replace(self, empty))
            }
        }
    }

    /// Finds a module.
    ///
    /// # Errors
    /// Names the nearest known one.
    pub fn module(&self, name: &str) -> Result<&Arc<Module>, CommandError> {
        self.modules.get(name).ok_or_else(|| unknown("module", name, self.modules.keys().map(Name::as_str)))
    }

    fn param(&self, module: &str, param: &str) -> Result<(Name, ParamRef), CommandError> {
        let kind = self.module(module)?.module_type();
        let Some(found) = kind.param(param) else {
            let known = kind.params.iter().chain(kind.per_input).map(|spec| spec.name);
            let hint = did_you_mean_or(param, known.clone(), || format!("it has {}", known.collect::<Vec<_>>().join(", ")));
            if let Some(variants) = self.module(module)?.base_type().variants
                && let others = variants.with_param(param)
                && !others.is_empty()
            {
                let here = self.module(module)?.param(variants.param).map(|value| value.to_string()).unwrap_or_default();
                refuse!(
                    "{module} is a {here} and has no parameter \"{param}\"; with {} = \"{}\" it has",
                    variants.param,
                    others.join("\" or \"")
                );
            }
            if kind.number(param).is_some() {
                refuse!("{module}.{param} is a number that {module} makes; link it to a parameter, but nothing sets it");
            }
            refuse!("{module} has no parameter \"{param}\"; {hint}");
        };
        Ok((kind.canonical(found), found))
    }

    fn set_parameter(&mut self, module: &str, param: &str, value: &Value) -> Checked {
        let (name, found) = self.param(module, param)?;
        let value = found.spec.check(value).map_err(|why| CommandError(format!("{module}: {why}")))?;
        let there = self.module(module)?;
        if let (true, ParamKind::Text(_), Value::Text(shader)) = (there.base_type().takes_shader(), found.spec.kind, &value) {
            return self.set_shader(module, shader, None);
        }
        if there.deciding() == Some(found.spec.name) {
            return self.set_deciding(module, &name, value, &found.spec.default_value());
        }
        if decides_finding(there, found) && value == Value::Bool(true) {
            self.check_finding(module)?;
        }
        Ok(self.edit_module(module, |m| {
            if value == found.spec.default_value() {
                m.params.remove(&name);
            } else {
                m.params.insert(name, value);
            }
        }))
    }

    /// Edits a module that is there; says whether that changed it.
    pub(super) fn edit_module(&mut self, name: &str, edit: impl FnOnce(&mut Module)) -> Outcome {
        let Some(slot) = self.modules.get_mut(name) else { return Outcome::Unchanged };
        let mut module = Module::clone(slot);
        edit(&mut module);
        if module == **slot {
            return Outcome::Unchanged;
        }
        *slot = Arc::new(module);
        Outcome::Changed
    }

    fn add_module(&mut self, kind: &str, name: Option<&Name>) -> Checked {
        let Some(kind) = module_type(kind) else {
            return Err(unknown("module type", kind, MODULES.iter().map(|t| t.name)));
        };
        let name = match name {
            Some(name) => name.clone(),
            None => self.free_name(kind.name),
        };
        if !Name::is_identifier(&name) {
            let near = Name::as_identifier(&name);
            refuse!("\"{name}\" can't name a module; a name starts with a letter and goes on with letters, digits and _, as in \"{near}\"");
        }
        if let Some(there) = self.modules.get(&name) {
            if &*there.kind == kind.name {
                return Ok(Outcome::Unchanged);
            }
            refuse!("{name} is a {} already; choose another name or remove it first", there.kind);
        }
        if self.modules.len() >= MAX_MODULES {
            refuse!("a session holds at most {MAX_MODULES} modules; remove some before adding {name}");
        }
        let module = Module { kind: Name::new(kind.name), params: std::collections::BTreeMap::new(), samples: Vec::new(), interface: None };
        self.modules.insert(name.clone(), Arc::new(module));
        self.order.push_back(name.clone());
        if self.auto_route {
            self.route_by_default(&name, kind);
            self.send_by_default(&name, kind);
        }
        Ok(Outcome::Added(name))
    }

    /// The type's name with the smallest free number.
    fn free_name(&self, stem: &str) -> Name {
        (1..).map(|n| Name::new(&format!("{stem}{n}"))).find(|name| !self.modules.contains_key(name)).unwrap_or_default()
    }

    /// Lays the cables a new module gets by itself: its outputs to the masters, the masters' sound to scopes,
    /// and, for a new master, everything that leads nowhere.
    fn route_by_default(&mut self, name: &Name, kind: &ModuleType) {
        for signal in [PortKind::Audio, PortKind::Video] {
            let is_master = |kind: &ModuleType| kind.role == Role::Master(signal);
            // The first by name, of those on the main bus where there are any.
            let masters = self.modules.iter().filter(|(_, m)| is_master(m.module_type()));
            let first_master = masters.min_by_key(|(_, m)| m.bus() != 0).map(|(n, _)| n.clone());
            if is_master(kind) {
                let lone: Vec<Name> = self
                    .modules
                    .iter()
                    .filter(|(n, m)| {
                        !is_master(m.module_type()) && m.module_type().sends(signal) && self.targets(n, signal).next().is_none()
                    })
                    .map(|(n, _)| n.clone())
                    .collect();
                for from in lone {
                    self.lay_default(from, name.clone(), signal);
                }
            } else if let Some(to) = first_master
                && kind.sends(signal)
            {
                self.lay_default(name.clone(), to, signal);
            }
        }
        let is_master = |kind: &ModuleType| kind.role == Role::Master(PortKind::Audio);
        if kind.is_scope() {
            let masters = self.modules.iter().filter(|(_, m)| is_master(m.module_type()));
            let master = masters.min_by_key(|(_, m)| m.bus() != 0).map(|(n, _)| n.clone());
            if let Some(from) = master {
                self.lay_default(from, name.clone(), PortKind::Audio);
            }
        } else if is_master(kind) {
            let deaf: Vec<Name> = self
                .modules
                .iter()
                .filter(|(n, m)| m.module_type().is_scope() && self.inputs(n, PortKind::Audio).next().is_none())
                .map(|(n, _)| n.clone())
                .collect();
            for to in deaf {
                self.lay_default(name.clone(), to, PortKind::Audio);
            }
        }
    }

    fn lay_default(&mut self, from: Name, to: Name, kind: PortKind) {
        let cable = Connection { from, to, kind, from_port: None, to_port: None, auto: true };
        if self.inputs(&cable.to, kind).count() < MAX_INPUTS && !self.closes_circle(&cable) {
            self.connections.push_back(cable);
        }
    }

    fn remove_module(&mut self, name: &str) -> Checked {
        self.module(name)?;
        self.remove_cables(|c| &*c.from == name || &*c.to == name);
        self.links.retain(|l| &*l.source.0 != name && &*l.target.0 != name);
        self.bindings.remove(name);
        self.each_macro(|m| m.targets.retain(|t| &*t.module != name));
        self.modules.remove(name);
        self.order.retain(|known| &**known != name);
        Ok(Outcome::Changed)
    }

    pub(super) fn each_macro(&mut self, edit: impl Fn(&mut Macro)) {
        let changed: Vec<(u32, Arc<Macro>)> = self
            .macros
            .iter()
            .filter_map(|(index, old)| {
                let mut new = Macro::clone(old);
                edit(&mut new);
                (new != **old).then(|| (*index, Arc::new(new)))
            })
            .collect();
        self.macros.extend(changed);
    }

    fn rename_module(&mut self, name: &Name, to: &Name) -> Checked {
        let module = Arc::clone(self.module(name)?);
        if name == to {
            return Ok(Outcome::Unchanged);
        }
        if !Name::is_identifier(to) {
            refuse!("\"{to}\" can't name a module; a name starts with a letter and goes on with letters, digits and _");
        }
        if self.modules.contains_key(to) {
            refuse!("{to} is taken; choose another name for {name}");
        }
        let renamed = |n: &mut Name| {
            if n == name {
                *n = to.clone();
            }
        };
        self.modules.remove(name);
        self.modules.insert(to.clone(), module);
        self.order.iter_mut().for_each(renamed);
        self.connections.iter_mut().for_each(|c| {
            renamed(&mut c.from);
            renamed(&mut c.to);
        });
        self.links.iter_mut().for_each(|l| {
            renamed(&mut l.source.0);
            renamed(&mut l.target.0);
        });
        if let Some(source) = self.bindings.remove(name) {
            self.bindings.insert(to.clone(), source);
        }
        self.each_macro(|m| m.targets.iter_mut().for_each(|t| renamed(&mut t.module)));
        Ok(Outcome::Changed)
    }

    fn set_samples(&mut self, module: &str, samples: &[Sample]) -> Checked {
        let kind = self.module(module)?.module_type();
        let Some(listed_as) = kind.lists() else { refuse!("{module} is a {} and holds no samples; only samplers do", kind.name) };
        if samples.len() > MAX_SAMPLES {
            refuse!("{module} is given {} {listed_as}, but holds at most {MAX_SAMPLES}", samples.len());
        }
        let mut checked = Vec::with_capacity(samples.len());
        for sample in samples {
            let mut canonical = Sample { asset: sample.asset.clone(), params: std::collections::BTreeMap::new() };
            for (param, value) in &sample.params {
                let (name, spec) = match samples::choice(kind, param) {
                    Some(spec) => (Name::new(spec.name), spec),
                    None if kind.has_tables() => {
                        refuse!("{module}, table {}: there is no \"{param}\"; a table takes word and cycle", sample.asset)
                    }
                    None => {
                        let (name, found) = self.param(module, param)?;
                        if !samples::is_of_samples(found.index) {
                            refuse!("{module}, sample {}: {name} concerns all samples; set it for {module}", sample.asset);
                        }
                        (name, found.spec)
                    }
                };
                let value = spec.check(value).map_err(|why| CommandError(format!("{module}, sample {}: {why}", sample.asset)))?;
                canonical.params.insert(name, value);
            }
            checked.push(canonical);
        }
        let mut listed = false;
        for sample in &checked {
            listed |= self.add_asset(&sample.asset)? == Outcome::Changed;
        }
        let changed = self.edit_module(module, |m| m.samples = checked);
        Ok(if listed { Outcome::Changed } else { changed })
    }

    /// The module and the port that an end of a cable names: `comp`, or `comp.sidechain`.
    fn end<'a>(&self, end: &'a str) -> Result<(&'a str, &'static ModuleType, Option<&'a str>), CommandError> {
        let (module, port) = end.split_once('.').map_or((end, None), |(module, port)| (module, Some(port)));
        Ok((module, self.module(module)?.module_type(), port))
    }

    fn connect(&mut self, from: &Name, to: &Name, kind: Option<PortKind>, auto: bool) -> Checked {
        let ((sender_name, sender, output), (receiver_name, receiver, input)) = (self.end(from)?, self.end(to)?);
        if kind.is_none_or(|kind| kind == PortKind::Parameter)
            && let Some(link) = number_link((sender_name, sender, output), (receiver_name, receiver, input))
        {
            return self.link(&link);
        }
        if kind == Some(PortKind::Parameter) || kind.is_none() && !sender.made.is_empty() && sender.outputs.is_empty() {
            return Err(no_number((from, sender), (to, receiver)));
        }
        let ends = |ports: &'static [Port], name: Option<&str>, kind: PortKind| {
            ports.iter().any(|port| port.kind == kind && name.is_none_or(|name| port.name == name))
        };
        let fits = |kind: &PortKind| ends(sender.outputs, output, *kind) && ends(receiver.inputs, input, *kind);
        let kind = match kind {
            Some(kind) if fits(&kind) => kind,
            Some(kind) => refuse!("{from} can't send {} to {to}: {}", kind.word(), ports_text(sender, receiver)),
            None => match PortKind::ALL.into_iter().find(fits) {
                Some(kind) => kind,
                None => refuse!("{from} and {to} share no kind of signal: {}", ports_text(sender, receiver)),
            },
        };
        // A module's first port of a kind goes without a name.
        let named = |ports: &'static [Port], name: Option<&str>| {
            let first = ports.iter().find(|port| port.kind == kind).map(|port| port.name);
            name.filter(|name| first != Some(name)).map(Name::new)
        };
        // Voices that choose among receivers do so where both ends can, unless a port is named.
        let sends = |ports: &'static [Port]| ports.iter().find(|port| port.kind == kind && port.buses > 1).map(|port| port.name);
        let (output, input) = match (output, input, sends(sender.outputs), sends(receiver.inputs)) {
            (None, None, Some(output), Some(input)) => (Some(output), Some(input)),
            _ => (output, input),
        };
        let buses = |ports: &'static [Port], name: Option<&str>| {
            ports.iter().find(|port| port.kind == kind && name.is_none_or(|name| port.name == name)).map_or(1, |port| port.buses)
        };
        if buses(sender.outputs, output) != buses(receiver.inputs, input) {
            refuse!("what voices send goes to modules that they choose by a number, such as an orbit: {from} and {to} share no such port");
        }
        let (from, to) = (Name::new(sender_name), Name::new(receiver_name));
        let (from_port, to_port) = (named(sender.outputs, output), named(receiver.inputs, input));
        let cable = Connection { from, to, kind, from_port, to_port, auto };
        if let Some(index) = self.connections.iter().position(|c| c.is_same(&cable)) {
            if auto || !self.connections[index].auto {
                return Ok(Outcome::Unchanged);
            }
            self.connections[index].auto = false;
            return Ok(Outcome::Changed);
        }
        if self.closes_circle(&cable) {
            let way_out =
                if kind == PortKind::Audio { "put it elsewhere, or lead it through a feedback module" } else { "put it elsewhere" };
            refuse!("{} to {} would close a circle of {}; {way_out}", cable.from_end(), cable.to_end(), kind.word());
        }
        if !auto {
            self.remove_cables(|c| c.auto && c.kind == kind && c.from == cable.from);
        }
        let taken: usize =
            self.connections.iter().filter(|c| c.kind == kind && c.to == cable.to).map(|c| buses(receiver.inputs, c.input())).sum();
        if taken + buses(receiver.inputs, cable.input()) > MAX_INPUTS {
            refuse!("{} has {taken} {} inputs, which is all it takes; mix some of them before", cable.to, kind.word());
        }
        self.connections.push_back(cable);
        Ok(Outcome::Changed)
    }

    /// Says whether a cable would let a module wait for itself. Pictures and sound go their own ways.
    pub(super) fn closes_circle(&self, cable: &Connection) -> bool {
        if cable.kind == PortKind::Video {
            return self.reaches(&cable.to, &cable.from, |here| self.targets(here, PortKind::Video).collect());
        }
        let delays = self.modules.get(&cable.to).is_some_and(|module| module.module_type().delays);
        cable.from == cable.to || !(delays && cable.kind == PortKind::Audio) && self.waits_for(&cable.from, &cable.to)
    }

    /// Refuses a link that would let `maker`, whose number it carries, wait for what follows that number.
    fn check_number(&self, maker: &str, link: &Link) -> Result<(), CommandError> {
        let mut linked = self.clone();
        linked.links.retain(|old| old.target != link.target);
        linked.links.push_back(link.clone());
        let numbers = linked.numbers();
        let needed = linked.reachable(maker, |here| linked.before(here, &numbers).collect());
        // What the link itself moves, then what follows that.
        let mut followers = vec![&link.target];
        let mut index = 0;
        while let Some(target) = followers.get(index).copied() {
            if needed.contains(target.0.as_str()) {
                refuse!("{maker} needs what {0} makes, so a number of {maker}'s can't move {0}; take it from elsewhere", target.0);
            }
            followers.extend(linked.links.iter().filter(|next| next.source == *target).map(|next| &next.target));
            index += 1;
        }
        Ok(())
    }

    /// Says whether `module` needs sound, events or numbers of `other`, or is it.
    fn waits_for(&self, module: &str, other: &str) -> bool {
        let numbers = self.numbers();
        self.reaches(module, other, |here| self.before(here, &numbers).collect())
    }

    /// Says whether one gets from `from` to `to` by steps to `next`.
    fn reaches<'a>(&'a self, from: &'a str, to: &str, next: impl Fn(&'a str) -> Vec<&'a Name>) -> bool {
        self.reachable(from, next).contains(to)
    }

    /// All that one gets to from `from` by steps to `next`, `from` included.
    pub(super) fn reachable<'a>(&'a self, from: &'a str, next: impl Fn(&'a str) -> Vec<&'a Name>) -> std::collections::BTreeSet<&'a str> {
        let (mut seen, mut open) = (std::collections::BTreeSet::new(), vec![from]);
        while let Some(here) = open.pop() {
            if seen.insert(here) {
                open.extend(next(here).into_iter().map(Name::as_str));
            }
        }
        seen
    }

    fn disconnect(&mut self, from: Option<&str>, to: Option<&str>, kind: Option<PortKind>) -> Checked {
        for end in [from, to].into_iter().flatten() {
            self.end(end)?;
        }
        if from.is_none() && to.is_none() {
            refuse!("disconnect needs a module at one end at least");
        }
        if let (Some(from), Some(to)) = (from, to)
            && let Some(link) = number_link(self.end(from)?, self.end(to)?)
            && self.links.iter().any(|old| (&old.source, &old.target) == (&link.source, &link.target))
        {
            return self.unlink(&link.target.0, &link.target.1);
        }
        // A name without a port is every port.
        let is = |end: &str, module: &Name, port: Option<&str>| match end.split_once('.') {
            None => &**module == end,
            Some((name, wanted)) => &**module == name && port == Some(wanted),
        };
        Ok(outcome(self.remove_cables(|c| {
            from.is_none_or(|end| is(end, &c.from, c.output()))
                && to.is_none_or(|end| is(end, &c.to, c.input()))
                && kind.is_none_or(|k| c.kind == k)
        })))
    }

    /// Removes cables; the receivers' per-input parameters move along with the cables that stay.
    pub(super) fn remove_cables(&mut self, gone: impl Fn(&Connection) -> bool) -> bool {
        let mut removed = false;
        while let Some(index) = self.connections.iter().position(&gone) {
            removed = true;
            let cable = self.connections[index].clone();
            let input = self.connections.iter().take(index).filter(|c| c.kind == cable.kind && c.to == cable.to).count();
            self.connections.remove(index);
            let kind = self.modules.get(&cable.to).map(|m| m.module_type());
            // Per-input parameters belong to the module's first input kind (mixers have one).
            if let Some(kind) = kind.filter(|t| !t.per_input.is_empty() && t.inputs.first().map(|port| port.kind) == Some(cable.kind)) {
                self.edit_module(&cable.to, |m| close_input_gap(m, kind, input));
            }
        }
        removed
    }

    fn link(&mut self, link: &Link) -> Checked {
        let made = self.module(&link.source.0)?.module_type().number(&link.source.1);
        let source_name = match made {
            Some((_, spec)) => Name::new(spec.name),
            None => {
                let (name, source) = self.param(&link.source.0, &link.source.1)?;
                check_is_number(&link.source.0, &name, source)?;
                name
            }
        };
        let (target_name, target) = self.param(&link.target.0, &link.target.1)?;
        check_is_number(&link.target.0, &target_name, target)?;
        self.check_decides_nothing(&link.target.0, target)?;
        for (what, number) in [("scale", Some(link.scale)), ("offset", Some(link.offset)), ("min", link.min), ("max", link.max)] {
            if number.is_some_and(|n| !n.is_finite()) {
                refuse!("the link's {what} is not a number; give it one");
            }
        }
        let (low, high) = (link.min.unwrap_or(target.spec.min), link.max.unwrap_or(target.spec.max));
        if low > high || low < target.spec.min || high > target.spec.max {
            refuse!(
                "the link's range {low} to {high} does not fit {}.{target_name}, which takes {} to {}",
                link.target.0,
                target.spec.min,
                target.spec.max
            );
        }
        let mut link = link.clone();
        (link.source.1, link.target.1) = (source_name, target_name);
        let mut here = link.source.clone();
        loop {
            if here == link.target {
                refuse!("{}.{} would follow itself; break the circle of links first", link.target.0, link.target.1);
            }
            match self.links.iter().find(|l| l.target == here && l.target != link.target) {
                Some(next) => here = next.source.clone(),
                None => break,
            }
        }
        if self.module(&here.0)?.module_type().number(&here.1).is_some() {
            self.check_number(&here.0, &link)?;
        }
        if let Some(old) = self.links.iter_mut().find(|l| l.target == link.target) {
            return Ok(replace(old, link));
        }
        self.links.push_back(link);
        Ok(Outcome::Changed)
    }

    /// Links and macros move numbers, not what a module's parameters are, nor whom it plays.
    fn check_decides_nothing(&self, module: &str, found: ParamRef) -> Result<(), CommandError> {
        if decides_finding(self.module(module)?, found) {
            refuse!("{module}.{} decides whom {module} plays, so links and macros don't move it; set it with a command", found.spec.name);
        }
        if self.module(module)?.deciding() == Some(found.spec.name) {
            refuse!(
                "{module}.{} decides which parameters there are, so links and macros don't move it; set it with a command",
                found.spec.name
            );
        }
        Ok(())
    }

    fn unlink(&mut self, module: &str, param: &str) -> Checked {
        let (name, _) = self.param(module, param)?;
        let before = self.links.len();
        self.links.retain(|l| &*l.target.0 != module || l.target.1 != name);
        Ok(outcome(self.links.len() != before))
    }

    fn sequencer(&self, name: &str) -> Result<(), CommandError> {
        let module = self.module(name)?;
        if !module.module_type().is_sequencer() {
            refuse!("{name} is a {} and plays no patterns; bind a sequencer", module.kind);
        }
        Ok(())
    }

    fn bind(&mut self, sequencer: &Name, source: &Source) -> Checked {
        self.sequencer(sequencer)?;
        match source {
            Source::Pattern(name) if !self.patterns.contains_key(name) => {
                return Err(unknown("pattern", name, self.patterns.keys().map(Name::as_str)));
            }
            Source::Chain(name) if !self.chains.contains_key(name) => {
                return Err(unknown("chain", name, self.chains.keys().map(Name::as_str)));
            }
            _ => {}
        }
        let before = self.bindings.insert(sequencer.clone(), source.clone());
        Ok(outcome(before.as_ref() != Some(source)))
    }

    fn set_macro(&mut self, index: u32, value: Option<&Macro>) -> Checked {
        if usize::try_from(index).is_ok_and(|i| i >= MACROS) {
            refuse!("there are macros 1 to {MACROS}; there is no macro {}", u64::from(index) + 1);
        }
        let Some(value) = value else { return Ok(outcome(self.macros.remove(&index).is_some())) };
        let mut value = value.clone();
        for target in &mut value.targets {
            let (name, found) = self.param(&target.module, &target.param)?;
            check_is_number(&target.module, &name, found)?;
            self.check_decides_nothing(&target.module, found)?;
            for end in [target.min, target.max] {
                if !(found.spec.min..=found.spec.max).contains(&end) {
                    refuse!(
                        "macro {} drives {}.{name} to {end}, but that takes {} to {}",
                        index + 1,
                        target.module,
                        found.spec.min,
                        found.spec.max
                    );
                }
            }
            target.param = name;
        }
        if self.macros.get(&index).is_some_and(|old| **old == value) {
            return Ok(Outcome::Unchanged);
        }
        self.macros.insert(index, Arc::new(value));
        Ok(Outcome::Changed)
    }

    pub(super) fn add_asset(&mut self, path: &Name) -> Checked {
        if path.is_empty() || path.len() > 4096 || path.contains('\0') {
            refuse!("a media path is empty, too long or holds a zero byte; give the path of a file");
        }
        if self.assets.contains_key(path) {
            return Ok(Outcome::Unchanged);
        }
        if self.assets.len() >= MAX_ENTRIES {
            refuse!("a session holds at most {MAX_ENTRIES} media; forget some before adding {path}");
        }
        self.assets.insert(path.clone(), Asset { hash: None, size: None });
        Ok(Outcome::Changed)
    }

    fn expect_asset(&mut self, path: &Name, hash: Option<&Name>, size: Option<u64>) -> Checked {
        let Some(asset) = self.assets.get_mut(path) else {
            return Err(unknown("media", path, self.assets.keys().map(Name::as_str)));
        };
        if hash.is_some_and(|hash| hash.len() > MAX_HASH) {
            refuse!("the hash of {path} has more than {MAX_HASH} characters; give the BLAKE3 of the file in hex");
        }
        let expected = Asset { hash: hash.cloned(), size };
        let outcome = if *asset == expected { Outcome::Unchanged } else { Outcome::Changed };
        *asset = expected;
        Ok(outcome)
    }

    fn relink_asset(&mut self, path: &Name, to: &Name, same: bool) -> Checked {
        let Some(asset) = self.assets.get(path).cloned() else {
            return Err(unknown("media", path, self.assets.keys().map(Name::as_str)));
        };
        let before = self.clone();
        self.assets.remove(path);
        if let Err(why) = self.add_asset(to) {
            self.assets.insert(path.clone(), asset);
            return Err(why);
        }
        self.assets.insert(to.clone(), if same { asset } else { Asset { hash: None, size: None } });
        let players: Vec<Name> =
            self.modules.iter().filter(|(_, m)| m.samples.iter().any(|s| s.asset == *path)).map(|(name, _)| name.clone()).collect();
        for name in players.iter().filter(|_| to != path) {
            if let Some(module) = self.modules.get_mut(name) {
                for sample in Arc::make_mut(module).samples.iter_mut().filter(|s| s.asset == *path) {
                    sample.asset = to.clone();
                }
            }
        }
        Ok(if *self == before { Outcome::Unchanged } else { Outcome::Changed })
    }

    fn remove_asset(&mut self, path: &Name) -> Checked {
        if !self.assets.contains_key(path) {
            return Err(unknown("media", path, self.assets.keys().map(Name::as_str)));
        }
        if let Some((user, _)) = self.modules.iter().find(|(_, m)| m.samples.iter().any(|s| s.asset == *path)) {
            refuse!("{user} plays {path}; take it out of its samples first");
        }
        if let Some((user, _)) = self.modules.iter().find(|(_, m)| m.shader_file() == Some(path)) {
            refuse!("{user} draws with {path}; give it another shader first");
        }
        self.assets.remove(path);
        Ok(Outcome::Changed)
    }
}

/// Why a number can't move what it is connected to.
fn no_number((from, sender): (&str, &ModuleType), (to, receiver): (&str, &ModuleType)) -> CommandError {
    let (module, number) = (from.split('.').next().unwrap_or(from), sender.made.first().map(|spec| spec.name));
    let target = to.split('.').next().unwrap_or(to);
    let param = receiver.params.iter().find(|spec| matches!(spec.kind, ParamKind::Float)).map_or("volume", |spec| spec.name);
    CommandError(match number {
        Some(number) => {
            format!("a number moves one parameter: name both, such as connect(\"{module}.{number}\", \"{target}.{param}\")")
        }
        None => format!("a {} makes no numbers; an lfo or a follower does, and router:link lets a parameter follow another", sender.name),
    })
}

/// The link that a cable between a number and a parameter stands for: it spreads the number's range over the parameter's.
fn number_link(
    (sender_name, sender, output): (&str, &'static ModuleType, Option<&str>),
    (receiver_name, receiver, input): (&str, &'static ModuleType, Option<&str>),
) -> Option<Link> {
    let (_, number) = match output {
        Some(name) => sender.number(name)?,
        None => sender.made.first().map(|spec| (0, spec))?,
    };
    let target = receiver.param(input?)?;
    let scale = (target.spec.max - target.spec.min) / (number.max - number.min);
    Some(Link {
        source: (Name::new(sender_name), Name::new(number.name)),
        target: (Name::new(receiver_name), receiver.canonical(target)),
        scale,
        offset: target.spec.min - number.min * scale,
        min: None,
        max: None,
        curve: super::Curve::Linear,
    })
}

/// Links and macros move numbers.
fn check_is_number(module: &str, param: &str, found: ParamRef) -> Result<(), CommandError> {
    if matches!(found.spec.kind, ParamKind::Text(_)) {
        refuse!("{module}.{param} is a text, which links and macros don't move; set it with a command");
    }
    Ok(())
}

/// Moves per-input parameters after `gap` one input down and forgets those of `gap`.
fn close_input_gap(module: &mut Module, kind: &ModuleType, gap: usize) {
    module.params = std::mem::take(&mut module.params)
        .into_iter()
        .filter_map(|(name, value)| {
            let Some(found) = kind.param(&name) else { return Some((name, value)) };
            match found.input {
                Some(input) if input == gap => None,
                Some(input) if input > gap => Some((kind.canonical(ParamRef { input: Some(input - 1), ..found }), value)),
                _ => Some((name, value)),
            }
        })
        .collect();
}

fn replace<T: PartialEq>(place: &mut T, value: T) -> Outcome {
    let changed = *place != value;
    *place = value;
    outcome(changed)
}

const fn outcome(changed: bool) -> Outcome {
    if changed { Outcome::Changed } else { Outcome::Unchanged }
}

fn beats_in_range(what: &str, beats: f64) -> Result<f64, CommandError> {
    if !(1.0 / 64.0..=4096.0).contains(&beats) {
        refuse!("{what} of {beats} beats is not possible; it takes 1/64 to 4096");
    }
    Ok(beats)
}

fn check_free_text(what: &str, name: &str) -> Result<(), CommandError> {
    if name.is_empty() || name.len() > 256 || name.contains('\0') {
        refuse!("a {what}'s name is empty, longer than 256 bytes or holds a zero byte; give it a name");
    }
    Ok(())
}

fn ports_text(sender: &ModuleType, receiver: &ModuleType) -> String {
    let list = |ports: &[Port]| {
        let words: Vec<String> = ports
            .iter()
            .map(|port| if port.name == port.kind.word() { port.name.to_owned() } else { format!("{} at {}", port.kind.word(), port.name) })
            .collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(" and ") }
    };
    format!("a {} sends {}, a {} takes {}", sender.name, list(sender.outputs), receiver.name, list(receiver.inputs))
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> CommandError {
    let known: Vec<&str> = known.collect();
    let hint = did_you_mean_or(name, known.iter().copied(), || match known.as_slice() {
        [] => "there is none yet".to_owned(),
        names => format!("there is {}{}", names[..names.len().min(8)].join(", "), if names.len() > 8 { ", …" } else { "" }),
    });
    CommandError(format!("there is no {what} \"{name}\"; {hint}"))
}
