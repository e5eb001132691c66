//! What softens the end of a sound whose cable or module was removed while it sounded.

use crate::{
    module::{PortKind, Role},
    plan::Plan,
    signal::ramp::RAMP_FRAMES,
};

/// The last value of what was cut off, fading to nothing in [`RAMP_FRAMES`] frames. Where mixers with a level of their
/// own lay between, it is an approximation; sounds that go on are not touched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tail {
    value: [f32; 2],
    begin: u64,
}

impl Tail {
    /// Takes up what `old` sent along cables that `new` no longer has. `last` is the last frame of the block before.
    pub fn cut(&mut self, old: &Plan, new: &Plan, last: usize, clock: u64) {
        let mut value = self.at(clock);
        let mut add = |(place, output): (usize, usize)| {
            if let Some(output) = old.slots[place].outputs.get(output).filter(|output| !output.silent) {
                value[0] += output.left[last];
                value[1] += output.right[last];
            }
        };
        for (place, slot) in old.slots.iter().enumerate() {
            match new.slots.iter().find(|now| now.carry == Some(place)) {
                Some(now) => {
                    let kept = |(slot, output): (usize, usize)| {
                        now.inputs.iter().any(|input| new.slots[input.0].carry == Some(slot) && input.1 == output)
                    };
                    slot.inputs.iter().filter(|from| !kept(**from)).for_each(|from| add(*from));
                }
                None if slot.role == Role::Master(PortKind::Audio) => add((place, 0)),
                None => {}
            }
        }
        *self = Self { value, begin: clock };
    }

    /// Takes up everything that leaves the plugin. `last` is the last frame of the block before.
    pub fn cut_all(&mut self, plan: &Plan, last: usize, clock: u64) {
        let mut value = self.at(clock);
        let masters = plan.slots.iter().filter(|slot| slot.role == Role::Master(PortKind::Audio));
        for output in masters.filter_map(|slot| slot.outputs.first()).filter(|output| !output.silent) {
            value[0] += output.left[last];
            value[1] += output.right[last];
        }
        *self = Self { value, begin: clock };
    }

    /// Its value at a frame.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "below RAMP_FRAMES")]
    pub fn at(&self, clock: u64) -> [f32; 2] {
        let since = clock.saturating_sub(self.begin);
        if since >= u64::from(RAMP_FRAMES) {
            return [0.0; 2];
        }
        let share = 1.0 - (since + 1) as f32 / RAMP_FRAMES as f32;
        [self.value[0] * share, self.value[1] * share]
    }

    /// Whether nothing is left of it.
    #[must_use]
    pub fn is_over(&self, clock: u64) -> bool {
        self.value == [0.0; 2] || clock.saturating_sub(self.begin) >= u64::from(RAMP_FRAMES)
    }
}
