//! Commands about patterns and chains.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Checked, MAX_ENTRIES, check_free_text, outcome, replace, unknown};
use crate::{
    command::{CommandError, Outcome, PatternAction, refuse},
    name::Name,
    pattern::{Chain, Cycle, Pattern, Step, chain, cycle::meter},
    project::{PatternSlot, Project, Resolver, Source},
};

impl Project {
    fn pattern_slot(&mut self, name: &str) -> Result<&mut PatternSlot, CommandError> {
        if !self.patterns.contains_key(name) {
            return Err(unknown("pattern", name, self.patterns.keys().map(Name::as_str)));
        }
        self.patterns.get_mut(name).ok_or_else(|| CommandError(String::new()))
    }

    pub(super) fn set_pattern(&mut self, name: &Name, pattern: &Pattern) -> Checked {
        check_free_text("pattern", name)?;
        if self.patterns.get(name).is_some_and(|slot| *slot.pattern == *pattern) {
            return Ok(Outcome::Unchanged);
        }
        pattern.check(&Resolver::of(self, name)).map_err(|why| CommandError(format!("pattern {name}: {why}")))?;
        if let Some(slot) = self.patterns.get_mut(name) {
            slot.pattern = Arc::new(pattern.clone());
            self.check_followers(name)?;
            return Ok(Outcome::Changed);
        }
        if self.patterns.len() >= MAX_ENTRIES {
            refuse!("a session holds at most {MAX_ENTRIES} patterns; remove some before adding {name}");
        }
        self.patterns.insert(name.clone(), PatternSlot { pattern: Arc::new(pattern.clone()), muted: false, origin: 0.0 });
        Ok(Outcome::Changed)
    }

    pub(super) fn set_step(&mut self, name: &Name, step: usize, value: &Step) -> Checked {
        let slot = self.pattern_slot(name)?;
        let Some(tracker) = slot.pattern.as_tracker() else {
            refuse!("pattern {name} has no steps; write it out as steps first, with pattern(…, {{as = \"steps\"}}) or pattern steps");
        };
        if step >= tracker.steps.len() {
            refuse!("pattern {name} has steps 0 to {}; there is no step {step}", tracker.steps.len() - 1);
        }
        if tracker.steps[step] == *value {
            return Ok(Outcome::Unchanged);
        }
        let mut tracker = tracker.clone();
        tracker.steps[step] = value.clone();
        tracker.check().map_err(|why| CommandError(format!("pattern {name}: {why}")))?;
        slot.pattern = Arc::new(Pattern::Tracker(tracker));
        self.check_followers(name)?;
        Ok(Outcome::Changed)
    }

    /// Refuses a change after which a pattern that names `name`, or one that names that, could not be made.
    fn check_followers(&self, name: &Name) -> Result<(), CommandError> {
        let refers = self.patterns.iter().filter_map(|(name, slot)| Some((name, slot.pattern.as_cycle().filter(|c| c.may_refer())?)));
        let mut followers: HashMap<Arc<str>, Vec<(&Name, &Cycle)>> = HashMap::new();
        for (follower, cycle) in refers {
            meter::check().map_err(|why| CommandError(why.to_string()))?;
            for named in cycle.references() {
                followers.entry(named).or_default().push((follower, cycle));
            }
        }
        let mut changed = vec![name];
        let mut seen = HashSet::from([name]);
        while let Some(named) = changed.pop() {
            for (follower, cycle) in followers.get(named.as_str()).into_iter().flatten() {
                if seen.insert(follower) {
                    self.check_pattern(follower, cycle)?;
                    changed.push(follower);
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_pattern(&self, name: &Name, cycle: &Cycle) -> Result<(), CommandError> {
        cycle.check(&Resolver::of(self, name)).map_err(|why| CommandError(format!("pattern {name} follows it, and refuses: {why}")))
    }

    pub(super) fn set_pattern_state(&mut self, name: &Name, action: PatternAction) -> Checked {
        let slot = self.pattern_slot(name)?;
        let (muted, origin) = match action {
            PatternAction::Play => (false, slot.origin),
            PatternAction::Pause => (true, slot.origin),
            PatternAction::Stop => (true, 0.0),
            PatternAction::Reset(beat) if beat.is_finite() && beat.abs() < 1e9 => (slot.muted, beat),
            PatternAction::Reset(beat) => refuse!("pattern {name} can't count from beat {beat}; give it a beat of the song"),
        };
        let muted = replace(&mut slot.muted, muted);
        let origin = replace(&mut slot.origin, origin);
        Ok(outcome(muted == Outcome::Changed || origin == Outcome::Changed))
    }

    pub(super) fn remove_pattern(&mut self, name: &Name) -> Checked {
        self.pattern_slot(name)?;
        if let Some((chain, _)) = self.chains.iter().find(|(_, c)| c.entries.iter().any(|e| e.pattern == *name)) {
            refuse!("chain {chain} plays pattern {name}; drop it there first");
        }
        if let Some((sequencer, _)) = self.bindings.iter().find(|(_, s)| matches!(s, Source::Pattern(p) if p == name)) {
            refuse!("{sequencer} plays pattern {name}; unbind it first");
        }
        let names_it = |slot: &PatternSlot| slot.pattern.as_cycle().is_some_and(|c| c.references().iter().any(|named| **named == **name));
        if let Some((other, _)) = self.patterns.iter().find(|(_, slot)| names_it(slot)) {
            refuse!("pattern {other} names pattern {name}; change it first");
        }
        self.patterns.remove(name);
        Ok(Outcome::Changed)
    }

    pub(super) fn set_chain(&mut self, name: &Name, value: &Chain) -> Checked {
        check_free_text("chain", name)?;
        if value.entries.len() > chain::MAX_ENTRIES {
            refuse!("chain {name} has {} entries, but holds at most {}", value.entries.len(), chain::MAX_ENTRIES);
        }
        for entry in &value.entries {
            if !self.patterns.contains_key(&entry.pattern) {
                return Err(unknown("pattern", &entry.pattern, self.patterns.keys().map(Name::as_str)));
            }
            if !(1..=chain::MAX_REPEATS).contains(&entry.repeats) {
                refuse!("chain {name} repeats {} {} times, but takes 1 to {}", entry.pattern, entry.repeats, chain::MAX_REPEATS);
            }
        }
        if let Some(slot) = self.chains.get_mut(name) {
            if **slot == *value {
                return Ok(Outcome::Unchanged);
            }
            *slot = Arc::new(value.clone());
            return Ok(Outcome::Changed);
        }
        if self.chains.len() >= MAX_ENTRIES {
            refuse!("a session holds at most {MAX_ENTRIES} chains; remove some before adding {name}");
        }
        self.chains.insert(name.clone(), Arc::new(value.clone()));
        Ok(Outcome::Changed)
    }

    pub(super) fn remove_chain(&mut self, name: &Name) -> Checked {
        if !self.chains.contains_key(name) {
            return Err(unknown("chain", name, self.chains.keys().map(Name::as_str)));
        }
        if let Some((sequencer, _)) = self.bindings.iter().find(|(_, s)| matches!(s, Source::Chain(c) if c == name)) {
            refuse!("{sequencer} plays chain {name}; unbind it first");
        }
        self.chains.remove(name);
        Ok(Outcome::Changed)
    }
}
