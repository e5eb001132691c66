//! What softens the end of a sound whose cable or module was removed while it sounded.

use crate::{
    plan::{Plan, Slot},
    signal::{BUSES, ramp::RAMP_FRAMES},
};

/// For each bus the last value of what was cut off, fading to nothing in [`RAMP_FRAMES`] frames. Where mixers with a level of their
/// own lay between, it is an approximation; sounds that go on are not touched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tail {
    values: [[f32; 2]; BUSES],
    begin: u64,
}

impl Tail {
    /// Takes up what `old` sent along cables that `new` no longer has, and that got to a bus. `last` is the last frame of the
    /// block before. The processors of `old` are still in it.
    pub fn cut(&mut self, old: &mut Plan, new: &Plan, last: usize, clock: u64) {
        find_ways(&mut old.slots);
        let mut values: [[f32; 2]; BUSES] = std::array::from_fn(|bus| self.at(bus, clock));
        let mut add = |(index, output): (usize, usize), buses: u16| {
            if let Some(output) = old.slots[index].outputs.get(output).filter(|output| !output.is_silent()) {
                for value in values.iter_mut().enumerate().filter(|(bus, _)| buses & 1 << bus != 0).map(|(_, value)| value) {
                    value[0] += output.left[last];
                    value[1] += output.right[last];
                }
            }
        };
        for (index, slot) in old.slots.iter().enumerate() {
            match new.slots.iter().find(|now| now.carry == Some(index)) {
                Some(now) => {
                    let kept = |(from, output): (usize, usize)| {
                        now.inputs.iter().any(|input| new.slots[input.0].carry == Some(from) && input.1 == output)
                    };
                    slot.inputs.iter().filter(|from| !kept(**from)).for_each(|from| add(*from, slot.reaches));
                }
                None => add((index, 0), own_buses(slot)),
            }
        }
        *self = Self { values, begin: clock };
    }

    /// Takes up everything that leaves the plugin. `last` is the last frame of the block before.
    pub fn cut_all(&mut self, plan: &Plan, last: usize, clock: u64) {
        let mut values: [[f32; 2]; BUSES] = std::array::from_fn(|bus| self.at(bus, clock));
        for slot in &plan.slots {
            let Some(output) = slot.outputs.first().filter(|output| !output.is_silent()) else { continue };
            let buses = own_buses(slot);
            for (_, value) in values.iter_mut().enumerate().filter(|(bus, _)| buses & 1 << bus != 0) {
                value[0] += output.left[last];
                value[1] += output.right[last];
            }
        }
        *self = Self { values, begin: clock };
    }

    /// Its value in a bus at a frame.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "below RAMP_FRAMES")]
    pub fn at(&self, bus: usize, clock: u64) -> [f32; 2] {
        let since = clock.saturating_sub(self.begin);
        if since >= u64::from(RAMP_FRAMES) {
            return [0.0; 2];
        }
        let share = 1.0 - (since + 1) as f32 / RAMP_FRAMES as f32;
        self.values.get(bus).map_or([0.0; 2], |value| value.map(|value| value * share))
    }

    /// Whether nothing is left of it in a bus.
    #[must_use]
    pub fn is_over(&self, bus: usize, clock: u64) -> bool {
        self.values.get(bus).is_none_or(|value| *value == [0.0; 2]) || clock.saturating_sub(self.begin) >= u64::from(RAMP_FRAMES)
    }
}

/// The buses that a slot itself sends to.
fn own_buses(slot: &Slot) -> u16 {
    slot.node.as_ref().map_or(0, |node| node.buses())
}

/// Finds the buses that each slot's sound gets to. Receivers come after senders, but for cables that lead back; those are seen in
/// the second turn.
fn find_ways(slots: &mut [Slot]) {
    slots.iter_mut().for_each(|slot| slot.reaches = own_buses(slot));
    for _ in 0..2 {
        for index in (0..slots.len()).rev() {
            let reaches = slots[index].reaches;
            for input in 0..slots[index].inputs.len() {
                let (from, _) = slots[index].inputs[input];
                if let Some(from) = slots.get_mut(from) {
                    from.reaches |= reaches;
                }
            }
        }
    }
}
