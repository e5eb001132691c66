//! What a sequencer of a plan plays, from when on, and whether it is heard.

use crate::{
    module::Sequencing,
    plan::{Plan, Playing, Sequencer, Slot},
    time::Ratio,
};

/// Lets every waiting switch take effect at once, as while the song stands, jumps or loops.
pub fn switch_all(plan: &mut Plan) {
    for sequencer in &mut plan.sequencers {
        switch_now(sequencer);
    }
}

/// Gives a sequencer of a new plan its program. The new program plays at once where the song stands, the binding is the same and was
/// edited, or the sequencer played nothing, unless that finds its instruments. Otherwise it takes over at the beat that `boundary`
/// computes, and the old program plays on until then.
pub fn hand_over(sequencer: &mut Sequencer, old: Option<&mut Sequencer>, moving: bool, boundary: impl FnOnce(&Playing) -> Option<f64>) {
    let (playing, pending) = old.map_or((None, None), |old| (old.playing.take(), old.pending.take()));
    let Some(wanted) = sequencer.wanted.take() else {
        sequencer.spent = playing;
        if let Some((pending, _)) = pending {
            // The plan carries both programs back to be freed: the playing one in `spent`, the pending one in `wanted`, which is empty here.
            sequencer.wanted = Some(pending);
        }
        return;
    };
    let same = playing.as_ref().is_some_and(|p| p.source == wanted.source);
    let at = match (&playing, &pending) {
        _ if same || !moving => None,
        (_, Some((waiting, at))) if waiting.source == wanted.source => Some(*at),
        (None, _) if sequencer.finds => boundary(&wanted),
        (None, _) => None,
        (Some(playing), _) => boundary(playing),
    };
    match at {
        Some(at) => {
            sequencer.pending = Some((wanted, at));
            sequencer.playing = playing;
        }
        None => {
            sequencer.playing = Some(wanted);
            sequencer.spent = playing;
        }
    }
    sequencer.wanted = pending.map(|(pending, _)| pending);
}

/// Lets the waiting switch of a sequencer take effect.
pub(super) fn switch_now(sequencer: &mut Sequencer) {
    // A plan brings at most one waiting switch, and fills `spent` only where it brings none.
    if sequencer.spent.is_none()
        && let Some((next, _)) = sequencer.pending.take()
    {
        sequencer.spent = sequencer.playing.replace(next);
    }
}

/// When a waiting switch takes effect, where that is before a beat.
pub(super) fn due_switch(sequencer: &Sequencer, to: f64) -> Option<f64> {
    sequencer.pending.as_ref().map(|(_, at)| *at).filter(|at| *at < to)
}

/// Whether any sequencer is solo.
pub(super) fn any_solo(plan: &Plan) -> bool {
    plan.sequencers.iter().any(|sequencer| plan.slots[sequencer.slot].params[sequencer.by.solo] >= 0.5)
}

/// Whether a sequencer is off or muted, or not `solo` where another is.
pub(super) fn is_muted(slot: &Slot, by: Sequencing, solo: bool) -> bool {
    slot.params[by.enabled] < 0.5 || slot.params[by.muted] >= 0.5 || solo && slot.params[by.solo] < 0.5
}

/// The share of a step by which every second one is late.
#[allow(clippy::cast_possible_truncation, reason = "0 to 1024")]
pub(super) fn swing_of(share: f64) -> Ratio {
    if share <= 0.0 { Ratio::ZERO } else { Ratio::new((share * 512.0).round() as i64, 1024) }
}
