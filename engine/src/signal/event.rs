//! Events: what happens to a module at a frame.

use super::controls::{ControlMap, Values};
use crate::time::Ratio;

/// Where an event's controls lie in its block's [`Arena`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlRange {
    start: u32,
    len: u16,
}

/// The controls of one block's events. Events that go to several targets share theirs.
#[derive(Debug)]
pub struct Arena {
    ids: Vec<u16>,
    numbers: Vec<f64>,
}

impl Arena {
    /// An arena with room for this many controls, all of it allocated here.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { ids: Vec::with_capacity(capacity), numbers: Vec::with_capacity(capacity) }
    }

    /// Forgets the last block's controls.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.numbers.clear();
    }

    /// Takes in an event's controls; `None` where there is no room for them.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn add(&mut self, controls: ControlMap<'_>) -> Option<ControlRange> {
        let (room, len) = (self.ids.capacity().min(self.numbers.capacity()) - self.ids.len(), controls.len());
        let (start, short) = (u32::try_from(self.ids.len()).ok()?, u16::try_from(len).ok()?);
        if len > room {
            return None;
        }
        for (id, number) in controls.iter() {
            self.ids.push(id);
            self.numbers.push(number);
        }
        Some(ControlRange { start, len: short })
    }

    /// As [`Self::add`], of values.
    pub fn add_values(&mut self, values: &Values) -> Option<ControlRange> {
        self.add(values.map())
    }

    /// The controls that lie at `range`.
    #[must_use]
    pub fn get(&self, range: ControlRange) -> ControlMap<'_> {
        let range = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.start).unwrap_or(0) + usize::from(range.len);
        match (self.ids.get(range.clone()), self.numbers.get(range)) {
            (Some(ids), Some(numbers)) => ControlMap::new(ids, numbers),
            _ => ControlMap::default(),
        }
    }
}

/// A trigger: what starts a voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trigger {
    /// Names the gate, so that its end finds the voice it opened. Unique for the processor's life.
    pub gate: u64,
    /// Onset in quarter notes.
    pub beat: Ratio,
    /// What it carries, in the block's [`Arena`].
    pub controls: ControlRange,
}

/// Marks gates that a processor names by itself, such as those of MIDI keys; the scheduler leaves this bit clear.
pub const KEY_GATE: u64 = 1 << 63;

/// What changes of voices that sound: of those whose gate agrees with `gate` in the bits of `mask`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The gate, as far as it counts.
    pub gate: u64,
    /// Which bits of it count.
    pub mask: u64,
    /// What they carry from here on, in the block's [`Arena`].
    pub controls: ControlRange,
}

impl Change {
    /// Whether the voice that this gate opened changes.
    #[must_use]
    pub const fn is_of(&self, gate: u64) -> bool {
        (gate ^ self.gate) & self.mask == 0
    }
}

/// What happens to a module at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NodeEventKind {
    /// A voice starts.
    Trigger(Trigger),
    /// The gate of an earlier trigger closes: the voice is released.
    GateOff(u64),
    /// Every gate closes.
    AllOff,
    /// Voices that sound change.
    Change(Change),
}

/// An event with its frame within the block. A node gets them in frame order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeEvent {
    /// Frame within the block.
    pub frame: usize,
    /// What happens.
    pub kind: NodeEventKind,
}

/// Bits of an event's number in its queue.
const NUMBER_BITS: u32 = 32;

/// Adds an event to a queue; says whether there was room. Until [`put_in_order`] is called, frames of the queue's events hold the
/// order they will have: the frame, whether a gate opens or a voice changes, and the event's number.
pub fn enqueue(queue: &mut Vec<NodeEvent>, event: NodeEvent) -> bool {
    let number = queue.len();
    if number == queue.capacity() {
        return false;
    }
    let rank = usize::from(matches!(event.kind, NodeEventKind::Trigger(_) | NodeEventKind::Change(_)));
    queue.push(NodeEvent { frame: event.frame << (NUMBER_BITS + 1) | rank << NUMBER_BITS | number, ..event });
    true
}

/// Brings a queue's events into the order of their frames; within a frame gates close before new ones open, and what
/// changes voices comes where it was sent: a change behind a trigger is for its voice too.
pub fn put_in_order(queue: &mut [NodeEvent]) {
    if !queue.is_sorted_by_key(|event| event.frame) {
        queue.sort_unstable_by_key(|event| event.frame);
    }
    queue.iter_mut().for_each(|event| event.frame >>= NUMBER_BITS + 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_found_again_and_what_has_no_room_is_refused() {
        let mut arena = Arena::new(5);
        let mut values = Values::default();
        assert!(values.set(3, 1.5) && values.set(7, -2.0));
        let first = arena.add_values(&values).unwrap();
        let second = arena.add(values.map()).unwrap();
        assert_eq!(arena.add_values(&values), None);
        for range in [first, second] {
            assert_eq!(arena.get(range).iter().collect::<Vec<_>>(), [(3, 1.5), (7, -2.0)]);
        }
        arena.clear();
        assert!(arena.get(first).is_empty());
    }
}
