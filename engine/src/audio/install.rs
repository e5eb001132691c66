//! What comes from outside: batches of the Controller's, and the host's macros and volume.

use std::sync::atomic::Ordering;

use super::{
    host::HostInput,
    processor::Processor,
    queue::{Batch, Rearm},
    scheduler::boundary,
    sequencers::hand_over,
};
use crate::{
    command::TransportAction,
    plan::Plan,
    signal::{MACROS, NodeEvent, NodeEventKind, enqueue, ramp::Ramp},
};

impl Processor {
    pub(super) fn apply_batches(&mut self) {
        while let Ok(mut batch) = self.ends.from_control_rx.pop() {
            self.apply(&mut batch);
            self.version = batch.version;
            self.gauges.applied.store(batch.version, Ordering::Release);
            // The Controller keeps a place free on the way home for every batch it sends. Should it ever not be so,
            // the batch is leaked rather than freed here.
            if let Err(rtrb::PushError::Full(batch)) = self.ends.retired_tx.push(batch) {
                std::mem::forget(batch);
            }
        }
    }

    fn apply(&mut self, batch: &mut Batch) {
        if let Some(bpm) = batch.bpm {
            self.clock.internal.bpm = bpm;
        }
        if let Some(forced) = batch.internal {
            self.clock.force(forced);
        }
        if let Some(plan) = &mut batch.plan {
            self.install(plan);
        }
        for (slot, param, number) in &batch.params {
            let Some(slot) = self.plan.slots.get_mut(*slot) else { continue };
            if let (Some(base), Some(now)) = (slot.base.get_mut(*param), slot.params.get_mut(*param)) {
                (*base, *now) = (*number, *number);
            }
        }
        for (pattern, generation) in &batch.generations {
            self.plan.supply.renew(*pattern, *generation);
        }
        self.rearm(&batch.rearm);
        if !batch.params.is_empty() || batch.plan.is_some() || !batch.rearm.is_empty() {
            self.route_macros();
            self.follow_links();
        }
        for action in &batch.transport {
            self.clock.obey(*action);
            if *action == TransportAction::Panic {
                self.tail.cut_all(&self.plan, self.last, self.frames);
                self.reset();
            }
        }
        if batch.view.is_some() {
            self.views.add(&mut batch.view);
        }
        if let Some(film) = &mut batch.film {
            self.views.set_film(film);
        }
    }

    /// Puts a new plan in place of the old, which stays in `plan` and goes home with it.
    fn install(&mut self, plan: &mut Box<Plan>) {
        std::mem::swap(&mut self.plan, plan);
        self.told_offline = None;
        let (new, old) = (&mut *self.plan, &mut **plan);
        self.tail.cut(old, new, self.last, self.frames);
        for slot in &mut new.slots {
            if let Some(before) = slot.carry.and_then(|at| old.slots.get_mut(at)) {
                std::mem::swap(&mut slot.node, &mut before.node);
                // Where the bank has other receivers, its buses are new.
                if slot.outputs.len() == before.outputs.len() {
                    std::mem::swap(&mut slot.outputs, &mut before.outputs);
                }
                if let (Some(level), Some(before)) = (&mut slot.level, &before.level) {
                    level.carry(before);
                }
                // What leads elsewhere by now begins where it stood, as long as it is the same parameter.
                let params = if before.kind == slot.kind { &before.params[..] } else { &[] };
                for (number, now) in slot.driven.iter().map(|driven| driven.param).filter_map(|param| Some((params.get(param)?, param))) {
                    if let Some(held) = slot.params.get_mut(now) {
                        *held = *number;
                    }
                }
            }
            if let (Some(node), Some(content)) = (&mut slot.node, &mut slot.content) {
                node.exchange(content);
            }
        }
        // Those that go on have left the old plan.
        for node in old.slots.iter_mut().filter_map(|slot| slot.node.as_mut()) {
            node.leave(&mut self.graph.midi_out);
        }
        for route in &mut new.macros {
            if let Some(before) = route.carry.and_then(|at| old.macros.get(at)) {
                route.hold = before.hold;
            }
        }
        unplug(old, new);
        self.foresight.begin(new);
        self.scheduler.crowd.forget();
        new.supply.carry(&mut old.supply);
        let moving = self.clock.is_playing();
        for sequencer in &mut new.sequencers {
            let quantize = new.slots[sequencer.slot].params[sequencer.by.quantize];
            let before = sequencer.carry.and_then(|at| old.sequencers.get_mut(at));
            let (clock, cycle) = (&self.clock, new.cycle_beats);
            hand_over(sequencer, before, moving, |playing| boundary(quantize, clock, playing, cycle));
        }
        let Plan { slots, sequencers, moved: places, .. } = new;
        let moved = |index: usize| {
            let at = sequencers.iter().position(|s| s.carry == Some(index))?;
            let leads_there = same_targets(old, index, slots, sequencers[at].slot) && old.sequencers[index].finds <= sequencers[at].finds;
            (sequencers[at].playing.is_some() && leads_there).then_some(at)
        };
        self.scheduler.carry(old.sequencers.len(), places, moved);
        self.scheduler.release(slots);
    }

    pub(super) fn take_host_values(&mut self, block: &HostInput<'_>) {
        self.video_opacity = block.video_opacity;
        let clock = self.frames;
        match &mut self.master {
            Some(ramp) => ramp.head_for([block.master_volume; 2], clock),
            none => *none = Some(Ramp::still([block.master_volume; 2])),
        }
        // The comparison does not stop at the first difference, so that the compiler compares several values at once.
        let differ = self.macros.iter().zip(block.macros).fold(0, |all, (known, new)| all | (known.to_bits() ^ new.to_bits()));
        if !self.macros_known || differ != 0 {
            (self.macros, self.macros_known) = (*block.macros, true);
            self.route_macros();
        }
    }

    /// Lets macros drive their targets, except for those that keep their own value because the host has not moved the
    /// macro yet.
    fn route_macros(&mut self) {
        if !self.macros_known {
            return;
        }
        let Plan { macros, slots, .. } = &mut *self.plan;
        let mut moved = 0_u64;
        for route in macros.iter_mut() {
            let value = self.macros.get(route.index).copied().unwrap_or(0.0);
            if let Some(hold) = &mut route.hold {
                if hold.holds(value) {
                    continue;
                }
                route.hold = None;
                moved |= 1 << (route.index % MACROS);
            }
            let number = route.ends.0 + (route.ends.1 - route.ends.0) * f64::from(value);
            if let Some(held) = slots.get_mut(route.target.0).and_then(|slot| slot.params.get_mut(route.target.1)) {
                *held = number;
            }
        }
        if moved != 0 {
            self.gauges.moved_macros.fetch_or(moved, Ordering::AcqRel);
        }
    }

    /// Gives macro targets back their own value until the host moves the macro.
    fn rearm(&mut self, targets: &[Rearm]) {
        let Plan { macros, slots, .. } = &mut *self.plan;
        for Rearm { index, target, hold } in targets {
            for route in macros.iter_mut().filter(|route| route.index == *index && route.target == *target) {
                route.hold = Some(*hold);
                if let Some(slot) = slots.get_mut(target.0)
                    && let (Some(base), Some(now)) = (slot.base.get(target.1), slot.params.get_mut(target.1))
                {
                    *now = *base;
                }
            }
        }
    }

    /// Lets linked parameters follow their sources; sources come before those that follow them.
    pub(super) fn follow_links(&mut self) {
        let Plan { links, slots, .. } = &mut *self.plan;
        for link in links.iter() {
            let (slot, param) = link.source;
            let Some(source) = slots.get(slot).and_then(|slot| slot.params.get(param)) else { continue };
            let number = link.way.value(*source);
            if let Some(held) = slots.get_mut(link.target.0).and_then(|slot| slot.params.get_mut(link.target.1)) {
                *held = number;
            }
        }
    }
}

/// Lets go of what a module that sends events of its own holds where it leads no more: nobody else knows of it.
fn unplug(old: &Plan, new: &mut Plan) {
    for (index, before) in old.slots.iter().enumerate().filter(|(_, slot)| slot.sent.capacity() > 0) {
        let sender = new.slots.iter().position(|slot| slot.carry == Some(index));
        for target in before.targets.iter().filter_map(|target| old.slots.get(*target)) {
            let Some(to) = new.slots.iter().position(|slot| slot.id == target.id) else { continue };
            if !sender.is_some_and(|sender| new.slots[sender].targets.contains(&to)) {
                enqueue(&mut new.slots[to].events, NodeEvent { frame: 0, kind: NodeEventKind::AllOff });
            }
        }
    }
}

/// Whether a sequencer still reaches every module it reached before.
fn same_targets(old: &Plan, index: usize, slots: &[crate::plan::Slot], slot: usize) -> bool {
    let Some(before) = old.sequencers.get(index).and_then(|s| old.slots.get(s.slot)) else { return false };
    before.targets.iter().filter_map(|t| old.slots.get(*t)).all(|t| slots[slot].targets.iter().any(|n| slots[*n].id == t.id))
}
