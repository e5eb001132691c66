//! The scheduler: asks patterns for their onsets and turns them into events of this block's frames.

use super::{
    clock::{Clock, SongSpan},
    crowd::{self, Crowd},
    queue::TriggerReport,
    sequencers::{any_solo, due_switch, is_muted, swing_of, switch_now},
};
use crate::{
    module::Quantize,
    pattern::Hit,
    plan::{Plan, Playing, Sequencer, Slot},
    signal::{Arena, KEY_GATE, NodeEvent, NodeEventKind, Trigger, Values, control, enqueue as push},
    time::{Ratio, to_f64},
    view::PlayingStep,
};

/// Gates open at once; the one that ends first gives way to a further one.
const OPEN_GATES: usize = 4096 + 4 * crowd::MOST;

/// A gate that will close.
#[derive(Clone, Copy, Debug)]
pub struct OpenGate {
    /// What opened it: pattern and step, as reports name them.
    pub step: PlayingStep,
    end: Ratio,
    sequencer: usize,
    /// The slot of the instrument that its trigger found.
    found: Option<usize>,
    gate: u64,
    carried: bool,
}

/// The sequencer of a gate whose sequencer is gone.
const ORPHAN: usize = usize::MAX;

/// What the scheduler remembers: open gates, and nothing of the song.
#[derive(Debug)]
pub struct Scheduler {
    gates: Vec<OpenGate>,
    next_gate: u64,
    /// Events that found no room, which the plan's capacities should never let happen.
    pub lost: u64,
    /// One more than the binding whose query failed last, or 0.
    pub failed: u32,
    /// What sequencers may start at once.
    pub crowd: Crowd,
}

impl Default for Scheduler {
    fn default() -> Self {
        Self { gates: Vec::with_capacity(OPEN_GATES), next_gate: 0, lost: 0, failed: 0, crowd: Crowd::default() }
    }
}

/// One stretch of frames to schedule.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// Frames.
    pub frames: usize,
    /// Where it stands in the song.
    pub song: Option<SongSpan>,
    /// Whether it is the last of its segment, where a loop's end may follow.
    pub last: bool,
    /// Frames since activation.
    pub clock: u64,
}

impl Scheduler {
    /// The gates that are open.
    #[must_use]
    pub fn open_gates(&self) -> &[OpenGate] {
        &self.gates
    }

    /// Lets go everything that sequencers hold, at this frame.
    pub fn cut(&mut self, plan: &mut Plan, frame: usize) {
        let mut lost = 0;
        for open in self.gates.drain(..) {
            lost += close(plan, &open, frame);
        }
        self.lost += lost;
    }

    /// Takes over a new plan's sequencers: `moved` says where each of the `count` old ones is now, and `slots` where each slot is. Gates
    /// of those that are gone, silent or lead elsewhere are orphaned until [`Self::release`].
    pub fn carry(&mut self, count: usize, slots: &[Option<usize>], moved: impl Fn(usize) -> Option<usize>) {
        for old in 0..count {
            let to = moved(old).unwrap_or(ORPHAN);
            for open in self.gates.iter_mut().filter(|open| !open.carried && open.sequencer == old) {
                (open.sequencer, open.carried) = (to, true);
            }
        }
        for open in &mut self.gates {
            open.carried = false;
            open.found = open.found.and_then(|slot| slots.get(slot).copied().flatten());
        }
    }

    /// Closes orphaned gates: nobody knows their targets any more, so everybody is told.
    pub fn release(&mut self, slots: &mut [Slot]) {
        self.gates.retain(|open| {
            if open.sequencer == ORPHAN {
                let event = NodeEvent { frame: 0, kind: NodeEventKind::GateOff(open.gate) };
                for slot in slots.iter_mut().filter(|slot| slot.node.is_some()) {
                    push(&mut slot.events, event);
                }
            }
            open.sequencer != ORPHAN
        });
    }

    /// Fills the slots' events for a stretch, their controls in `arena`; reports each trigger.
    pub fn schedule(&mut self, plan: &mut Plan, arena: &mut Arena, stretch: &Stretch, mut report: impl FnMut(TriggerReport)) {
        let Some(span) = stretch.song else { return };
        self.close_due(plan, &span, stretch);
        self.crowd.begin();
        plan.supply.allow(4 * crowd::STEPS);
        let mut begin = 0;
        while begin < stretch.frames {
            let at = span.frame + i64::try_from(begin).unwrap_or(0);
            let (left, slot) = (stretch.frames - begin, crowd::SLOT - at.rem_euclid(crowd::SLOT));
            let frames = left.min(usize::try_from(slot).unwrap_or(left));
            let after = if begin == 0 { span.after } else { f64::NEG_INFINITY };
            let song = SongSpan { frame: at, after, ..span };
            self.crowd.enter(plan, at, &span.map);
            let piece = Stretch { frames, song: Some(song), last: stretch.last && frames == left, ..*stretch };
            self.trigger(plan, arena, (&song, begin), &piece, &mut report);
            begin += frames;
        }
        // Gates that open and close within the stretch.
        self.close_due(plan, &span, stretch);
    }

    /// Fills the slots' events for a piece of a stretch, which begins at frame `begin` of it.
    fn trigger(
        &mut self,
        plan: &mut Plan,
        arena: &mut Arena,
        (span, begin): (&SongSpan, usize),
        stretch: &Stretch,
        report: &mut impl FnMut(TriggerReport),
    ) {
        let end = span.frame + i64::try_from(stretch.frames).unwrap_or(i64::MAX);
        // Wide enough for rounding either way; the integer frames below decide.
        let from = span.map.beat_of(to_f64(span.frame) - 1.0);
        let from = if span.after.is_finite() { from.min(span.after) } else { from };
        let to = span.map.beat_of(to_f64(end) + if stretch.last { 1.0 } else { 0.0 });
        let solo = any_solo(plan);
        for index in 0..plan.sequencers.len() {
            let Sequencer { slot, by, .. } = plan.sequencers[index];
            let muted = is_muted(&plan.slots[slot], by, solo);
            if muted {
                self.let_go(plan, index, begin);
            }
            let sequencer = &mut plan.sequencers[index];
            let slot = &plan.slots[sequencer.slot];
            let silent = muted || sequencer.left_out;
            let finds = sequencer.finds;
            let swing = swing_of(slot.params[sequencer.by.swing]);
            let id = slot.id;
            let switch = due_switch(sequencer, to);
            let Self { gates, next_gate, lost, failed, crowd } = self;
            let Plan { slots, sequencers, supply, finder, .. } = plan;
            let sequencer = &mut sequencers[index];
            let targets = sequencer.slot;
            let mut play = |playing: &Option<Playing>, from: f64, to: f64| {
                let Some(playing) = playing.as_ref().filter(|_| !silent) else { return };
                let asked = playing.program.query(from, to, swing, supply, |mut hit| {
                    let Some(frame) = frame_in(&hit, span, stretch, end).map(|frame| begin + frame) else { return };
                    let found = finder.find(hit.values.map()).filter(|found| finds && !slots[targets].targets.contains(found)).copied();
                    if !crowd.may_hand(slots[targets].targets.len() + usize::from(found.is_some())) {
                        return crowd.leave_out(id);
                    }
                    in_tempo(&mut hit.values, span.map.bpm());
                    let gate = *next_gate & !KEY_GATE;
                    *next_gate = next_gate.wrapping_add(1);
                    let Some(controls) = arena.add_values(&hit.values) else {
                        *lost += 1;
                        return;
                    };
                    let kind = NodeEventKind::Trigger(Trigger { gate, beat: hit.beat, controls });
                    for at in 0..slots[targets].targets.len() {
                        let target = slots[targets].targets[at];
                        *lost += u64::from(!push(&mut slots[target].events, NodeEvent { frame, kind }));
                    }
                    if let Some(found) = found {
                        *lost += u64::from(!push(&mut slots[found].events, NodeEvent { frame, kind }));
                    }
                    let end = hit.beat + hit.duration;
                    *lost += open(
                        gates,
                        OpenGate {
                            step: PlayingStep { pattern: hit.pattern, step: hit.step },
                            end,
                            sequencer: index,
                            found,
                            gate,
                            carried: false,
                        },
                    );
                    report(TriggerReport {
                        clock: stretch.clock + u64::try_from(frame).unwrap_or(0),
                        song_frame: span.frame + i64::try_from(frame - begin).unwrap_or(0),
                        beat: hit.beat,
                        sequencer: id,
                        pattern: hit.pattern,
                        step: hit.step,
                        values: hit.values,
                        duration_frames: span.map.frame_of(end) - span.map.frame_of(hit.beat),
                    });
                });
                if asked.is_err() {
                    *failed = playing.source.wrapping_add(1);
                }
            };
            match switch {
                None => play(&sequencer.playing, from, to),
                Some(at) => {
                    play(&sequencer.playing, from, at.min(to));
                    switch_now(sequencer);
                    play(&sequencer.playing, at.max(from), to);
                }
            }
        }
    }

    /// Closes the gates of a sequencer, at this frame.
    fn let_go(&mut self, plan: &mut Plan, index: usize, frame: usize) {
        let mut lost = 0;
        self.gates.retain(|open| {
            let is_its = open.sequencer == index;
            if is_its {
                lost += close(plan, open, frame);
            }
            !is_its
        });
        self.lost += lost;
    }

    /// Closes the gates that end within a stretch.
    fn close_due(&mut self, plan: &mut Plan, span: &SongSpan, stretch: &Stretch) {
        let end = span.frame + i64::try_from(stretch.frames).unwrap_or(i64::MAX);
        let mut lost = 0;
        self.gates.retain(|open| {
            let at = span.map.frame_of(open.end);
            if at < end {
                lost += close(plan, open, usize::try_from(at - span.frame).unwrap_or(0));
            }
            at >= end
        });
        self.lost += lost;
    }
}

/// Makes a speed that counts sample lengths in a cycle one in a second: `unit` holds cycles a beat, then cycles a second.
pub(super) fn in_tempo(values: &mut Values, bpm: f64) {
    if let Some(per_beat) = values.get(control::UNIT) {
        values.set(control::UNIT, per_beat * bpm / 60.0);
    }
}

/// The frame of a hit within a stretch, or `None` where it belongs to another.
fn frame_in(hit: &Hit, span: &SongSpan, stretch: &Stretch, end: i64) -> Option<usize> {
    let beat = hit.beat.to_f64();
    if beat >= span.before - 1e-9 {
        return None;
    }
    let mut frame = span.map.frame_of(hit.beat);
    if span.after.is_finite() {
        // The map was drawn anew at the segment's first frame: what the old map had reached was played.
        if beat < span.after {
            return None;
        }
        frame = frame.max(span.frame);
    }
    if stretch.last && span.before.is_finite() {
        // What rounds to the loop's end but lies before it still belongs to this turn.
        frame = frame.min(end - 1);
    }
    (frame >= span.frame && frame < end).then(|| usize::try_from(frame - span.frame).unwrap_or(0))
}

/// Remembers a gate; 1 where another had to be forgotten for it.
fn open(gates: &mut Vec<OpenGate>, gate: OpenGate) -> u64 {
    let full = gates.len() == gates.capacity();
    if full {
        gates.swap_remove(0);
    }
    gates.push(gate);
    u64::from(full)
}

fn close(plan: &mut Plan, open: &OpenGate, frame: usize) -> u64 {
    let Some(sequencer) = plan.sequencers.get(open.sequencer) else { return 0 };
    let from = sequencer.slot;
    let event = NodeEvent { frame, kind: NodeEventKind::GateOff(open.gate) };
    let mut lost = 0;
    for at in 0..plan.slots[from].targets.len() {
        let target = plan.slots[from].targets[at];
        lost += u64::from(!push(&mut plan.slots[target].events, event));
    }
    if let Some(found) = open.found.and_then(|found| plan.slots.get_mut(found)) {
        lost += u64::from(!push(&mut found.events, event));
    }
    lost
}

/// Where a newly bound pattern takes over, by the sequencer's `quantize`.
#[must_use]
pub fn boundary(quantize: f64, clock: &Clock, playing: &Playing, cycle_beats: f64) -> Option<f64> {
    let beat = clock.beat();
    match Quantize::of(quantize) {
        Quantize::Bar => Some(clock.next_bar(beat)),
        Quantize::Beat => Some(Clock::next_multiple(beat, 0.0, 1.0)),
        Quantize::Cycle => Some(Clock::next_multiple(beat, 0.0, cycle_beats)),
        Quantize::Pattern => {
            let (zero, turn) = playing.program.turn();
            Some(if turn > 0.0 { Clock::next_multiple(beat, zero, turn) } else { beat })
        }
        Quantize::None => None,
    }
}
