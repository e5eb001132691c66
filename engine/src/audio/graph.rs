//! One block of the graph: every slot makes its sound, its events and its numbers, senders before receivers.

use arrayvec::ArrayVec;

use super::scheduler::Stretch;
use crate::{
    module::{PortKind, Role},
    plan::{Drive, Plan, Slot},
    signal::{Arena, BUSES, Block, Driven, GRID, Io, MAX_INPUTS, Midi, MidiOut, Node, Points, Song, Stereo, enqueue, put_in_order},
};

/// Controls of one block's events, all together.
const CONTROLS: usize = 1 << 16;
/// MIDI messages for the host in one block of it.
const MIDI_MESSAGES: usize = 4096;

/// What slots are given beside the plan.
#[derive(Debug)]
pub struct Graph {
    /// The controls of this block's events.
    pub arena: Arena,
    /// MIDI for the host.
    pub midi_out: MidiOut,
    /// The host's side-chain input for this block.
    pub side_chain: Box<Stereo>,
    /// What a slot that delays hears while it makes its outputs.
    nothing: Box<Stereo>,
    /// Where the last block ended on the grid: whether the song moved, and the frame that counts.
    reached: Option<(bool, i64)>,
    /// What leaves through each bus of the host in this block.
    pub buses: Box<[Stereo; BUSES]>,
    /// Events that found no room.
    pub lost: u64,
    /// Samples that would have left the plugin and were no sound.
    pub unsound: u64,
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            arena: Arena::new(CONTROLS),
            midi_out: MidiOut::new(MIDI_MESSAGES),
            side_chain: Box::default(),
            nothing: Box::default(),
            reached: None,
            buses: Box::new(std::array::from_fn(|_| Stereo::default())),
            lost: 0,
            unsound: 0,
        }
    }
}

/// What a block is to all slots alike.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its facts.
    pub block: Block,
    /// The host's MIDI of the whole host block.
    pub midi: &'a [Midi],
    /// Frame of the host's block at which it begins.
    pub begin: usize,
}

impl Graph {
    /// The points of the grid in a stretch: song frames count, or, while the song stands, frames since activation.
    #[allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "2^63 frames are millions of years; a remainder is not negative")]
    fn points(&mut self, stretch: &Stretch) -> Points {
        let (moves, frame) = (stretch.song.is_some(), stretch.song.map_or(stretch.clock as i64, |song| song.frame));
        let fresh = self.reached != Some((moves, frame));
        self.reached = Some((moves, frame.saturating_add(stretch.frames as i64)));
        Points::new(stretch.frames, frame.rem_euclid(GRID as i64) as usize, fresh)
    }

    /// The facts of a stretch; `beats` are those of a bar and of a cycle.
    #[must_use]
    pub fn facts<'a>(&mut self, stretch: &Stretch, rate: f64, bpm: f64, beats: (f64, f64), midi: &'a [Midi], begin: usize) -> Facts<'a> {
        let points = self.points(stretch);
        let (bar_beats, cycle_beats) = beats;
        let song = stretch.song.map(|span| Song { frame: span.frame, map: span.map });
        let block = Block { frames: stretch.frames, clock: stretch.clock, rate, song, bpm, bar_beats, cycle_beats, points };
        Facts { block, midi, begin }
    }

    /// Lets every slot make the block.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn run(&mut self, plan: &mut Plan, facts: &Facts<'_>) {
        self.midi_out.begin_at(facts.begin);
        let slots = &mut plan.slots[..];
        let mut delays = false;
        for index in 0..slots.len() {
            let (before, rest) = slots.split_at_mut(index);
            let Some((slot, after)) = rest.split_first_mut() else { break };
            if !slot.drives.is_empty() {
                drive(slot, before, facts.block.points);
            }
            if slot.node.is_some() {
                put_in_order(&mut slot.events);
                delays |= slot.delays;
                self.process(slot, before, facts);
                if let (Some(level), Some(sound)) = (&mut slot.level, slot.outputs.first()) {
                    level.hear(sound, facts.block.points, &mut slot.made);
                }
                self.lost += deliver(slot, index, before, after);
            }
            settle(slot, facts.block.points);
        }
        if delays {
            self.absorb(slots, facts);
        }
    }

    fn process(&mut self, slot: &mut Slot, before: &[Slot], facts: &Facts<'_>) {
        let delays = slot.delays;
        // What a slot that delays hears comes after every slot has made its own.
        self.call(slot, |from| before.get(from).filter(|_| !delays), facts, |node, io| node.process(io));
    }

    /// Lets slots that delay take in what was made after them.
    fn absorb(&mut self, slots: &mut [Slot], facts: &Facts<'_>) {
        for index in 0..slots.len() {
            if !slots[index].delays {
                continue;
            }
            let (before, rest) = slots.split_at_mut(index);
            let Some((slot, after)) = rest.split_first_mut() else { break };
            let (before, after) = (&*before, &*after);
            let other = |from: usize| if from < index { before.get(from) } else { after.get(from.checked_sub(index + 1)?) };
            self.call(slot, other, facts, |node, io| node.absorb(io));
        }
    }

    /// Calls a slot's processor with what surrounds it; `other` finds the slots that it hears, and those it does not find are silent.
    fn call<'a>(
        &'a mut self,
        slot: &'a mut Slot,
        other: impl Fn(usize) -> Option<&'a Slot>,
        facts: &Facts<'a>,
        call: impl FnOnce(&mut dyn Node, &mut Io<'_>),
    ) {
        let Self { arena, midi_out, side_chain, nothing, buses, lost, unsound, .. } = self;
        let heard = |(from, output): &(usize, usize)| other(*from).and_then(|from| from.outputs.get(*output)).unwrap_or(nothing);
        let audio: ArrayVec<&Stereo, MAX_INPUTS> = slot.inputs.iter().take(MAX_INPUTS).map(heard).collect();
        let Slot { node, params, driven, events, ports, outputs, bank, made, sent, .. } = slot;
        let Some(node) = node else { return };
        let mut io = Io {
            block: facts.block,
            params,
            driven,
            events,
            arena,
            audio: &audio,
            ports,
            outputs,
            bank,
            made,
            sent,
            lost,
            midi: facts.midi,
            begin: facts.begin,
            midi_out,
            side_chain,
            buses: &mut buses[..],
            unsound,
        };
        call(&mut **node, &mut io);
    }
}

/// Frames after which no slot sounds any more if no gate opens, through the longest way to what leaves the plugin.
///
/// # Realtime safety
/// Never allocates.
pub fn tail(plan: &mut Plan) -> u64 {
    let mut longest = 0;
    for index in 0..plan.slots.len() {
        let (before, rest) = plan.slots.split_at_mut(index);
        let Some(slot) = rest.first_mut() else { break };
        let own = |fed: bool| slot.node.as_ref().map_or(0, |node| node.tail(fed));
        // What delays hears slots behind it, and knows itself whether anything leads back.
        let heard = slot.inputs.iter().filter_map(|(from, _)| before.get(*from)).map(|from| from.tail).max().unwrap_or(0);
        slot.tail = if slot.delays { own(false) } else { heard.saturating_add(own(heard > 0)) };
        if slot.role == Role::Master(PortKind::Audio) {
            longest = longest.max(slot.tail);
        }
    }
    longest
}

/// Works out a slot's driven parameters at the block's points; those at its first frame count from there on.
fn drive(slot: &mut Slot, before: &[Slot], points: Points) {
    let count = points.len();
    for (Drive { from, ways }, driven) in slot.drives.iter().zip(slot.driven.iter_mut()) {
        let Some(source) = before.get(from.0).and_then(|slot| slot.made.get(from.1)) else { continue };
        for (value, source) in driven.made.points.iter_mut().zip(source.points.iter().take(count)) {
            *value = ways.iter().fold(*source, |value, way| way.value(value));
        }
    }
    if points.iter().next() == Some(0) {
        arrive(&slot.driven, &mut slot.params, 0);
    }
}

/// Leaves a slot's driven parameters at their last point.
fn settle(slot: &mut Slot, points: Points) {
    if !slot.driven.is_empty()
        && let Some(last) = points.len().checked_sub(1)
    {
        arrive(&slot.driven, &mut slot.params, last);
    }
}

fn arrive(driven: &[Driven], params: &mut [f64], point: usize) {
    for driven in driven {
        if let (Some(param), Some(value)) = (params.get_mut(driven.param), driven.made.points.get(point)) {
            *param = *value;
        }
    }
}

/// Hands what a slot sent to those who hear it; how much found no room.
fn deliver(slot: &mut Slot, index: usize, before: &mut [Slot], after: &mut [Slot]) -> u64 {
    if slot.sent.is_empty() {
        return 0;
    }
    let mut lost = 0;
    for target in &slot.targets {
        let to = if *target < index { before.get_mut(*target) } else { target.checked_sub(index + 1).and_then(|at| after.get_mut(at)) };
        let Some(to) = to else { continue };
        for event in &slot.sent {
            lost += u64::from(!enqueue(&mut to.events, *event));
        }
    }
    slot.sent.clear();
    lost
}
