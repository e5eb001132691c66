//! Macros and the parameters they drive: who counts, the macro or the parameter's own value.
//!
//! A parameter that a macro comes to drive keeps its own value until the host moves the macro: a macro that stands at 0
//! would else mute what it is mapped to. The matching macro value goes to the host as a gesture, where a host can be
//! reached; it is not a move. Setting a driven parameter does the same again. Callbacks and loaded sessions never
//! send values to the host.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};

use serde::{Deserialize, Serialize};

use super::{Controller, Outside};
use crate::{
    audio::queue::Rearm,
    command::Command,
    name::Name,
    plan::Hold,
    project::{MacroTarget, Project},
    snapshot::Message,
    transaction::{Author, Transaction},
};

/// Most targets that are remembered beyond those of the session, for undo.
const REMEMBERED: usize = 4096;

/// A macro target: the macro counted from 0, the module and the parameter's canonical name.
pub(super) type Target = (u32, Name, Name);

/// A macro target that keeps its own value until the host moves the macro, as it is saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// The macro, counted from 0.
    #[serde(rename = "macro")]
    pub index: u32,
    /// The module.
    pub module: Name,
    /// The parameter's canonical name.
    pub param: Name,
    /// The macro's value while the target waits: any other takes the target over.
    pub at: f32,
}

/// What the Controller knows of macros.
#[derive(Debug, Default)]
pub(super) struct Macros {
    holds: HashMap<Target, Hold>,
    outside: Option<Arc<dyn Outside>>,
    /// Targets of which it was said that a callback can't move their macro.
    told: HashSet<Target>,
}

impl Macros {
    /// The holds of targets that keep their own value.
    pub(super) const fn holds(&self) -> &HashMap<Target, Hold> {
        &self.holds
    }
}

/// What a commit means for one macro.
#[derive(Debug, Default)]
struct Touched {
    /// Targets that are mapped anew or were set.
    targets: Vec<Target>,
    /// The value the host is to be given.
    gesture: Option<f32>,
}

impl Controller {
    /// Lets the session ask something of whoever holds it.
    pub fn set_outside(&mut self, outside: Arc<dyn Outside>) {
        self.macros.outside = Some(outside);
    }

    /// Whoever holds the session, where somebody answers.
    #[must_use]
    pub fn outside(&self) -> Option<Arc<dyn Outside>> {
        self.macros.outside.clone()
    }

    fn host_value(&self, index: u32) -> Option<f32> {
        self.macros.outside.as_ref()?.macro_value(usize::try_from(index).ok()?)
    }

    /// Forgets the holds of macros that the audio thread saw moving.
    pub(super) fn note_moved_macros(&mut self) {
        let moved = self.gauges.moved_macros.swap(0, Ordering::AcqRel);
        if moved != 0 {
            self.macros.holds.retain(|(index, ..), _| moved >> index & 1 == 0);
        }
    }

    /// Forgets the holds of macros that moved while nothing was processed.
    pub(super) fn note_values(&mut self) {
        self.note_moved_macros();
        let Some(outside) = self.macros.outside.clone() else { return };
        self.macros.holds.retain(|(index, ..), hold| {
            let value = usize::try_from(*index).ok().and_then(|index| outside.macro_value(index));
            value.is_none_or(|value| hold.holds(value))
        });
    }

    /// The targets that keep their own value, to be saved.
    #[must_use]
    pub fn waiting(&mut self) -> Vec<Waiting> {
        self.note_values();
        let mut list: Vec<Waiting> = Vec::new();
        for (index, of) in &self.project.macros {
            for target in &of.targets {
                if let Some(hold) = self.macros.holds.get(&key(*index, target)) {
                    let at = self.host_value(*index).unwrap_or_else(|| hold.resting());
                    list.push(Waiting { index: *index, module: target.module.clone(), param: target.param.clone(), at });
                }
            }
        }
        list
    }

    /// Takes over which targets of a loaded session wait.
    pub(super) fn restore_waiting(&mut self, project: &Project, waiting: &[Waiting]) {
        self.note_moved_macros();
        let targets: HashSet<Target> = all(project).collect();
        let known = waiting.iter().filter(|one| one.at.is_finite());
        let holds = known.map(|one| ((one.index, one.module.clone(), one.param.clone()), Hold::at(one.at)));
        self.macros.holds = holds.filter(|(target, _)| targets.contains(target)).collect();
    }

    /// Finds what a transaction maps and sets among macro targets, before its project takes the place of this one. Gives
    /// back what the audio thread must know of targets that it has already.
    pub(super) fn settle_macros(&mut self, transaction: &Transaction, project: &Project) -> Vec<Target> {
        if project.macros.is_empty() {
            return Vec::new();
        }
        self.note_moved_macros();
        let before = self.follow_renames(transaction.commands());
        let set = (transaction.author() == Author::Hand).then(|| set_by(transaction.commands(), project));
        let mut changed = Vec::new();
        for (index, of) in &project.macros {
            let mut touched = Touched::default();
            let fresh = !of.targets.iter().any(|target| before.contains_key(&key(*index, target)));
            for target in &of.targets {
                let place = key(*index, target);
                let own = own_value(project, target);
                let was = before.get(&place);
                let moved = was.is_some_and(|was| was.map(f64::to_bits) != own.map(f64::to_bits))
                    || set.as_ref().is_some_and(|set| set.contains(&(target.module.clone(), target.param.clone())));
                if was.is_none() || moved {
                    touched.targets.push(place);
                }
                if moved || (fresh && touched.gesture.is_none()) {
                    touched.gesture = self.matching(*index, target, own, moved).or(touched.gesture);
                }
            }
            changed.extend(self.hold(*index, touched, transaction.author()));
        }
        if self.macros.holds.len() > REMEMBERED {
            let known: HashSet<Target> = all(project).collect();
            self.macros.holds.retain(|target, _| known.contains(target));
        }
        changed
    }

    /// The targets of the session as it is, under the names they have after the transaction, with their own values.
    fn follow_renames(&mut self, commands: &[Command]) -> HashMap<Target, Option<f64>> {
        let mut before: HashMap<Target, Option<f64>> = HashMap::new();
        for (index, of) in &self.project.macros {
            before.extend(of.targets.iter().map(|target| (key(*index, target), own_value(&self.project, target))));
        }
        for command in commands {
            let Command::RenameModule { module, to } = command else { continue };
            let moved: Vec<Target> = before.keys().filter(|(_, name, _)| name == module).cloned().collect();
            for (index, name, param) in moved {
                let (old, new) = ((index, name, param.clone()), (index, to.clone(), param));
                if let Some(own) = before.remove(&old) {
                    before.insert(new.clone(), own);
                }
                // The old name keeps its hold, for undo.
                if let Some(hold) = self.macros.holds.get(&old).copied() {
                    self.macros.holds.insert(new, hold);
                }
            }
        }
        before
    }

    /// The macro value at which a target has its own value; says where there is none, if the target was set.
    #[allow(clippy::cast_possible_truncation, reason = "a share from 0 to 1")]
    fn matching(&mut self, index: u32, target: &MacroTarget, own: Option<f64>, was_set: bool) -> Option<f32> {
        let own = own?;
        let (MacroTarget { module, param, min, max }, number) = (target, index + 1);
        let share = (own - min) / (max - min);
        if !share.is_finite() {
            if was_set {
                self.notices.unsaid.push(Message::warning(format!(
                    "macro {number} gives {module}.{param} {min} wherever it stands, so it can't follow; {module}.{param} is {own} until the macro moves"
                )));
            }
            return None;
        }
        if was_set && !(-1e-9..=1.0 + 1e-9).contains(&share) {
            self.notices.unsaid.push(Message::warning(format!(
                "macro {number} gives {module}.{param} {min} to {max}, so it goes to its nearest end; {module}.{param} is {own} until the macro moves"
            )));
        }
        Some(share.clamp(0.0, 1.0) as f32)
    }

    /// Lets targets wait, and sends the host the macro's matching value. Gives back every target whose hold changed.
    fn hold(&mut self, index: u32, touched: Touched, author: Author) -> Vec<Target> {
        if touched.targets.is_empty() {
            return Vec::new();
        }
        let now = self.host_value(index);
        let gesture = touched.gesture.filter(|_| author != Author::Callback && now.is_some());
        let mut hold = now.map_or_else(Hold::unknown, Hold::at);
        if let (Some(value), Some(outside)) = (gesture, self.macros.outside.clone()) {
            hold = hold.then(value);
            let reached = outside.move_macro(usize::try_from(index).unwrap_or(usize::MAX), value);
            if !reached && author == Author::Hand {
                self.notices.unsaid.push(Message::warning(format!(
                    "macro {} follows once the editor is open: hosts take values from there only",
                    index + 1
                )));
            }
        }
        if author == Author::Callback {
            for target in &touched.targets {
                if self.macros.told.len() < REMEMBERED && self.macros.told.insert(target.clone()) {
                    let (_, module, param) = target;
                    let text = "which a macro drives: a callback can't move the macro, which takes over when it moves next";
                    self.notices.unsaid.push(Message::warning(format!("a callback sets or maps {module}.{param}, {text}")));
                }
            }
        }
        let mut changed = touched.targets;
        for target in &changed {
            self.macros.holds.insert(target.clone(), hold);
        }
        if gesture.is_some() {
            // The others that wait don't take our own gesture for a move.
            for (target, other) in self.macros.holds.iter_mut().filter(|(target, _)| target.0 == index) {
                if !changed.contains(target) {
                    *other = hold;
                    changed.push(target.clone());
                }
            }
        }
        changed
    }

    /// What the audio thread must know of targets whose hold changed, by their places in the plan sent last.
    pub(super) fn rearmed(&self, changed: &[Target]) -> Vec<Rearm> {
        let rearm = |target: &Target| {
            let (index, module, param) = target;
            let slot = *self.layout.slots.get(&self.ids.modules.get(module)?)?;
            let param = self.project.modules.get(module)?.module_type().param(param)?.index;
            let hold = *self.macros.holds.get(target)?;
            Some(Rearm { index: usize::try_from(*index).ok()?, target: (slot, param), hold })
        };
        changed.iter().filter_map(rearm).collect()
    }
}

fn key(index: u32, target: &MacroTarget) -> Target {
    (index, target.module.clone(), target.param.clone())
}

fn all(project: &Project) -> impl Iterator<Item = Target> {
    project.macros.iter().flat_map(|(index, of)| of.targets.iter().map(|target| key(*index, target)))
}

/// A target's value without its macro.
fn own_value(project: &Project, target: &MacroTarget) -> Option<f64> {
    let module = project.modules.get(&target.module)?;
    let found = module.module_type().param(&target.param)?;
    found.spec.number_of(&module.param(&target.param)?)
}

/// The parameters that commands set, by module and canonical name.
fn set_by(commands: &[Command], project: &Project) -> HashSet<(Name, Name)> {
    let of = |command: &Command| {
        let Command::SetParameter { module, param, .. } = command else { return None };
        let kind = project.modules.get(module)?.module_type();
        Some((module.clone(), kind.canonical(kind.param(param)?)))
    };
    commands.iter().filter_map(of).collect()
}
