//! How much sequencers may start at once.
//!
//! A few kilobytes of patterns can ask for millions of triggers in a block, or for hours of work to find them. So what sequencers
//! start within a [slot](SLOT) of the song is bounded: before a slot is played, every sequencer is asked for the whole of it, in
//! order, and one that no longer fits is left out of the slot. That depends on the song's position and nothing else, so the
//! same triggers are left out wherever blocks are cut. Sequencers that can't reach the bound together are not asked.

use super::sequencers::{any_solo, due_switch, is_muted, swing_of};
use crate::{
    pattern::cycle::program::MAX_WORK,
    plan::{Plan, Playing, Sequencer, Slot},
    time::{map::TimeMap, to_f64},
};

/// Song frames that are looked at together.
pub const SLOT: i64 = 512;
/// Most triggers that sequencers hand to modules within a slot, counted for each module that hears one. Sixty-four sequencers
/// that play chords of eight at each 64th note start a quarter of that.
pub const MOST: usize = 2048;
/// Most steps that asking all patterns for a slot takes.
pub const STEPS: u32 = 2 * MAX_WORK;

/// Which slot is looked at, and how much was left out.
#[derive(Debug, Default)]
pub struct Crowd {
    slot: Option<(i64, TimeMap)>,
    /// The length in quarter notes up to which all sequencers surely fit.
    fits: Option<f64>,
    /// Triggers that were handed over within the stretch.
    handed: usize,
    /// How many times a sequencer was left out of a slot.
    pub left_out: u64,
    /// One more than the module of the sequencer that was left out first since this was 0.
    pub first: u32,
}

impl Crowd {
    /// Looks again, because what sequencers play has changed.
    pub const fn forget(&mut self) {
        (self.slot, self.fits) = (None, None);
    }

    /// Decides which sequencers play in the slot of a song frame, unless that is decided.
    ///
    /// # Realtime safety
    /// Never allocates; takes at most [`STEPS`] steps and those of one pattern more.
    pub fn enter(&mut self, plan: &mut Plan, frame: i64, map: &TimeMap) {
        let slot = frame.div_euclid(SLOT);
        if self.slot == Some((slot, *map)) {
            return;
        }
        self.slot = Some((slot, *map));
        let begin = slot.saturating_mul(SLOT);
        let span = (map.beat_of(to_f64(begin)), map.beat_of(to_f64(begin.saturating_add(SLOT))));
        plan.sequencers.iter_mut().for_each(|sequencer| sequencer.left_out = false);
        let beats = span.1 - span.0;
        if self.fits.is_some_and(|fits| beats <= fits) {
            return;
        }
        // Slots of one tempo differ in their last digits.
        let longest = beats * (1.0 + 1e-9);
        if surely_fits(plan, longest) {
            self.fits = Some(longest);
        } else {
            self.decide(plan, span);
        }
    }

    fn decide(&mut self, plan: &mut Plan, span: (f64, f64)) {
        let solo = any_solo(plan);
        let Plan { slots, sequencers, supply, instruments, .. } = plan;
        slots.iter_mut().for_each(|slot| slot.due = 0);
        let mut room = MOST;
        supply.begin_looking(STEPS);
        for sequencer in sequencers.iter_mut() {
            let slot = &slots[sequencer.slot];
            if is_muted(slot, sequencer.by, solo) {
                continue;
            }
            let swing = swing_of(slot.params[sequencer.by.swing]);
            let mut found = 0_usize;
            let mut count = |playing: Option<&Playing>, from: f64, to: f64| {
                let Some(playing) = playing else { return };
                // What can't be asked says so when it is to play.
                let _ = playing.program.query(from, to, swing, supply, |_| found += 1);
            };
            match due_switch(sequencer, span.1) {
                None => count(sequencer.playing.as_ref(), span.0, span.1),
                Some(at) => {
                    count(sequencer.playing.as_ref(), span.0, at.min(span.1));
                    count(sequencer.pending.as_ref().map(|(pending, _)| pending), at.max(span.0), span.1);
                }
            }
            let handed = found.saturating_mul(targets(slots, sequencer));
            let fits = !supply.is_spent() && handed <= room && has_room(slots, instruments, sequencer, found);
            sequencer.left_out = !fits;
            if fits {
                room -= handed;
                expect(slots, instruments, sequencer, found);
            } else {
                self.leave_out(slots[sequencer.slot].id);
            }
        }
        supply.end_looking();
    }

    /// Begins a stretch of frames.
    pub const fn begin(&mut self) {
        self.handed = 0;
    }

    /// Says whether a further trigger may be handed to `targets` modules in this stretch. More than was decided on comes only of
    /// patterns whose cycles arrived since, or were muted.
    pub const fn may_hand(&mut self, targets: usize) -> bool {
        self.handed = self.handed.saturating_add(targets);
        self.handed <= 3 * MOST
    }

    /// Counts a sequencer that does not play all it should.
    pub const fn leave_out(&mut self, module: u32) {
        self.left_out += 1;
        if self.first == 0 {
            self.first = module.wrapping_add(1);
        }
    }
}

/// Whether all sequencers fit into a span of quarter notes, as far as that is known without asking them.
fn surely_fits(plan: &mut Plan, beats: f64) -> bool {
    let Plan { slots, sequencers, instruments, .. } = plan;
    slots.iter_mut().for_each(|slot| slot.due = 0);
    let mut room = MOST;
    sequencers.iter().all(|sequencer| {
        let all = sequencer.playing.iter().chain(sequencer.pending.iter().map(|(pending, _)| pending));
        let found = all.map(|playing| playing.program.at_most(beats)).try_fold(0_usize, |sum, most| Some(sum.saturating_add(most?)));
        let handed = found.map_or(usize::MAX, |found| found.saturating_mul(targets(slots, sequencer)));
        let fits = handed <= room && found.is_some_and(|found| has_room(slots, instruments, sequencer, found));
        if let Some(found) = found.filter(|_| fits) {
            room -= handed;
            expect(slots, instruments, sequencer, found);
        }
        fits
    })
}

/// How many modules each trigger of a sequencer is handed to, at most.
fn targets(slots: &[Slot], sequencer: &Sequencer) -> usize {
    slots[sequencer.slot].targets.len() + usize::from(sequencer.finds)
}

/// Whether the queues of all that may hear a sequencer have room for so many triggers more, whose gates may close in the same stretch;
/// a stretch may touch two slots. Which instruments triggers find is not looked at: each has to have room for all of them.
fn has_room(slots: &[Slot], instruments: &[usize], sequencer: &Sequencer, triggers: usize) -> bool {
    let found = if sequencer.finds { instruments } else { &[] };
    slots[sequencer.slot].targets.iter().chain(found).all(|target| {
        let slot = &slots[*target];
        slot.due.saturating_add(triggers).saturating_mul(4) <= slot.events.capacity()
    })
}

fn expect(slots: &mut [Slot], instruments: &[usize], sequencer: &Sequencer, triggers: usize) {
    for at in 0..slots[sequencer.slot].targets.len() {
        let target = slots[sequencer.slot].targets[at];
        slots[target].due += triggers;
    }
    for target in if sequencer.finds { instruments } else { &[] } {
        slots[*target].due += triggers;
    }
}
