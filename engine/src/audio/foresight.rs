//! Looking ahead of the song, for those who must have something ready when a trigger comes: long sounds, which lie on disk.

use super::{crowd::STEPS, scheduler::in_tempo, sequencers::swing_of};
use crate::{pattern::given::Supply, plan::Plan};

/// How far it looks ahead: a disk that seeks and a thread that sleeps take a tenth of it.
const AHEAD_SECS: f64 = 0.5;
/// Triggers of one pattern that are told at once, at most.
const MOST: usize = 256;

/// Tells processors what will be triggered.
#[derive(Debug)]
pub struct Foresight {
    /// Whether any processor wants to know.
    wanted: bool,
    /// Quarter note up to which they know.
    until: f64,
    /// Whether they know what follows the loop's end.
    wrapped: bool,
}

impl Default for Foresight {
    fn default() -> Self {
        Self { wanted: false, until: f64::NAN, wrapped: false }
    }
}

impl Foresight {
    /// Begins anew with a new plan.
    pub fn begin(&mut self, plan: &Plan) {
        let wanted = plan.slots.iter().any(|slot| slot.node.as_ref().is_some_and(|node| node.foresees()));
        *self = Self { wanted, ..Self::default() };
    }

    /// Tells what comes within the next half second of a song that stands at the quarter note `here`. What generative patterns
    /// give is not told.
    ///
    /// # Realtime safety
    /// Never allocates; the work is bounded by the onsets within the span.
    pub fn look(&mut self, plan: &mut Plan, here: f64, bpm: f64, loop_beats: Option<(f64, f64)>) {
        if !self.wanted {
            return;
        }
        let ahead = AHEAD_SECS * bpm / 60.0;
        let horizon = here + ahead;
        // After a jump all of it is news.
        let from = if (here..=horizon).contains(&self.until) { self.until } else { here };
        tell(plan, (from, horizon), bpm);
        self.until = horizon;
        let near = loop_beats.filter(|(start, end)| start.is_finite() && start < end && (here..horizon).contains(end));
        if let Some((start, _)) = near.filter(|_| !self.wrapped) {
            tell(plan, (start, start + ahead), bpm);
        }
        self.wrapped = near.is_some();
    }
}

/// Tells processors what sequencers will trigger in them within a span of quarter notes.
fn tell(plan: &mut Plan, (from, to): (f64, f64), bpm: f64) {
    let Plan { slots, sequencers, finder, instruments, .. } = plan;
    let mut supply = Supply::default();
    supply.allow(STEPS);
    for sequencer in sequencers.iter() {
        let index = sequencer.slot;
        let found = if sequencer.finds { &instruments[..] } else { &[] };
        if !slots[index].targets.iter().chain(found).any(|target| slots[*target].node.as_ref().is_some_and(|node| node.foresees())) {
            continue;
        }
        let swing = swing_of(slots[index].params[sequencer.by.swing]);
        for playing in sequencer.playing.iter().chain(sequencer.pending.iter().map(|(pending, _)| pending)) {
            let mut told = 0;
            // What can't be asked triggers nothing.
            let _ = playing.program.query(from, to, swing, &mut supply, |mut hit| {
                told += 1;
                if told > MOST {
                    return;
                }
                in_tempo(&mut hit.values, bpm);
                let found = finder.find(hit.values.map()).filter(|_| sequencer.finds);
                if let Some(node) = found.and_then(|found| slots[*found].node.as_mut()) {
                    node.foresee(hit.values.map());
                }
                for at in 0..slots[index].targets.len() {
                    let target = slots[index].targets[at];
                    if let Some(node) = &mut slots[target].node {
                        node.foresee(hit.values.map());
                    }
                }
            });
        }
    }
}
