//! Who hears whom: the order in which slots are made, their inputs, and what their parameters follow.

use std::collections::{HashMap, HashSet};

use super::{Drive, Plan, PlannedLink, Way};
use crate::{
    module::{ModuleType, PortKind},
    name::Name,
    project::{Connection, Link, Numbers, Project},
    signal::{Driven, Level, Made, SENDS},
};

/// Module names with every sender before its receivers, whatever it sends; otherwise by name.
pub(super) fn processing_order(project: &Project) -> Vec<&Name> {
    fn visit<'a>(project: &'a Project, numbers: &Numbers<'a>, name: &'a Name, done: &mut HashSet<&'a Name>, order: &mut Vec<&'a Name>) {
        if done.insert(name) {
            let before: Vec<&'a Name> = project.before(name, numbers).collect();
            before.into_iter().for_each(|from| visit(project, numbers, from, done, order));
            order.push(name);
        }
    }
    let (mut order, mut done) = (Vec::with_capacity(project.modules.len()), HashSet::new());
    let numbers = project.numbers();
    for name in project.modules.keys() {
        visit(project, &numbers, name, &mut done, &mut order);
    }
    order
}

/// Slots and audio outputs.
type Inputs = Box<[(usize, usize)]>;

/// Whose sound a module hears, port by port: slot and audio output; and where each port's inputs end.
pub(super) fn audio_inputs(project: &Project, name: &Name, kind: &ModuleType, place: &HashMap<&Name, usize>) -> (Inputs, Box<[usize]>) {
    let (mut inputs, mut ends) = (Vec::new(), Vec::new());
    for port in kind.inputs.iter().filter(|port| port.kind == PortKind::Audio) {
        for cable in project.cables_into(name, *port) {
            let Some(sender) = project.modules.get(&cable.from).map(|module| module.module_type()) else { continue };
            let Some(slot) = place.get(&cable.from) else { continue };
            if port.buses == 1 {
                let output = cable.output().and_then(|output| ModuleType::port(sender.outputs, PortKind::Audio, output)).unwrap_or(0);
                inputs.push((*slot, output));
            } else if let Some(receiver) = sends(project, &cable.from).position(|other| other == cable) {
                let first = sender.own_outputs() + receiver * SENDS;
                inputs.extend((first..first + SENDS).map(|output| (*slot, output)));
            }
        }
        ends.push(inputs.len());
    }
    (inputs.into_boxed_slice(), ends.into_boxed_slice())
}

/// The cables that a module's voices choose among, in their order.
fn sends<'a>(project: &'a Project, name: &'a str) -> impl Iterator<Item = &'a Connection> {
    let ports = project.modules.get(name).map_or(&[][..], |module| module.module_type().outputs);
    let is_sends = move |cable: &Connection| {
        cable.kind == PortKind::Audio && cable.output().is_some_and(|name| ports.iter().any(|port| port.buses > 1 && port.name == name))
    };
    project.connections.iter().filter(move |cable| &*cable.from == name && is_sends(cable))
}

/// The numbers of the modules that a module's voices choose among.
pub(super) fn bank(project: &Project, name: &Name, kind: &ModuleType) -> Box<[u32]> {
    if kind.outputs.iter().all(|port| port.buses == 1) {
        return Box::default();
    }
    sends(project, name).map(|cable| project.modules.get(&cable.to).map_or(0, |module| module.number())).collect()
}

/// Plans the links: those that follow a number, however far it comes, go from point to point; the others hold for a block.
pub(super) fn link(project: &Project, place: &HashMap<&Name, usize>, plan: &mut Plan, sample_rate: f64) {
    let mut drives: HashMap<usize, Vec<(usize, Drive)>> = HashMap::new();
    let mut open: Vec<&Link> = project.links.iter().collect();
    let mut followed: HashSet<usize> = HashSet::new();
    // A link is ready when nothing that is still open ends where it begins; circles are refused by the project.
    while let Some(ready) = open.iter().position(|link| !open.iter().any(|other| other.target == link.source)) {
        let link = open.remove(ready);
        let kind = |module: &Name| project.modules.get(module).map(|module| module.module_type());
        let (Some(from), Some(to)) = (place.get(&link.source.0), place.get(&link.target.0)) else { continue };
        let Some(target) = kind(&link.target.0).and_then(|kind| kind.param(&link.target.1)) else { continue };
        let Some(sender) = kind(&link.source.0) else { continue };
        let way = |spec: &crate::module::ParamSpec| Way {
            range: (spec.min, spec.max),
            scale: link.scale,
            offset: link.offset,
            bounds: (link.min.unwrap_or(target.spec.min), link.max.unwrap_or(target.spec.max)),
            curve: link.curve,
        };
        let drive = if let Some((made, spec)) = sender.number(&link.source.1) {
            followed.insert(*from);
            if sender.level() == Some(made) {
                plan.slots[*from].level = Some(Level::new(made, sample_rate));
            }
            Drive { from: (*from, made), ways: Box::new([way(spec)]) }
        } else if let Some(source) = sender.param(&link.source.1) {
            let before = drives.get(from).and_then(|all| all.iter().find(|(param, _)| *param == source.index));
            let Some((_, before)) = before else {
                plan.links.push(PlannedLink { source: (*from, source.index), target: (*to, target.index), way: way(source.spec) });
                continue;
            };
            Drive { from: before.from, ways: before.ways.iter().copied().chain([way(source.spec)]).collect() }
        } else {
            continue;
        };
        drives.entry(*to).or_default().push((target.index, drive));
    }
    for (slot, drives) in drives {
        let slot = &mut plan.slots[slot];
        slot.driven = drives.iter().map(|(param, _)| Driven { param: *param, made: Made::default() }).collect();
        slot.drives = drives.into_iter().map(|(_, drive)| drive).collect();
    }
    for slot in followed {
        let slot = &mut plan.slots[slot];
        slot.made = vec![Made::default(); slot.numbers].into_boxed_slice();
    }
}
