//! The output bank: buses that each voice chooses by a number.
//!
//! A module whose voices have sends (its type has a port of [`SENDS`] buses) is given such buses once for each receiver that a
//! cable leads to, behind its other outputs. Each voice names its receiver by number and has a level of its own for each bus.

use super::Stereo;

/// Stereo buses of one receiver: a voice's sound as it is, what goes to the delay, what goes to the room.
pub const SENDS: usize = 3;

/// Places of the buses of one receiver.
pub mod send {
    /// The sound as it is.
    pub const DRY: usize = 0;
    /// What goes to the delay.
    pub const DELAY: usize = 1;
    /// What goes to the room.
    pub const ROOM: usize = 2;
}

/// Number of the receiver that voices go to which name none, or one that is not there.
pub const FIRST: u32 = 1;

/// Number of a voice's receiver, and the levels of what goes there.
pub type Sends = (u32, [f32; SENDS]);

/// The buses of a module's receivers for one block.
#[derive(Debug)]
pub struct Bank<'a> {
    numbers: &'a [u32],
    buses: &'a mut [Stereo],
    frames: usize,
}

impl<'a> Bank<'a> {
    /// The bank with the `numbers` of its receivers, in the order of their `buses`, which begin silent for `frames` frames.
    #[must_use]
    pub fn new(numbers: &'a [u32], buses: &'a mut [Stereo], frames: usize) -> Self {
        buses.iter_mut().for_each(|bus| bus.silence(frames));
        Self { numbers, buses, frames }
    }

    /// Whether no cable leads to a receiver.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The place of a receiver by its number; where there is none, that of number 1, or the first.
    #[must_use]
    pub fn receiver(&self, number: u32) -> Option<usize> {
        let index = |number: u32| self.numbers.iter().position(|known| *known == number);
        index(number).or_else(|| index(FIRST)).or_else(|| (!self.numbers.is_empty()).then_some(0))
    }

    /// Multiplies what all buses have in some frames of the block by a level for left and right; `level` is given the place in `frames`.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn scale(&mut self, frames: std::ops::Range<usize>, level: impl Fn(usize) -> [f32; 2]) {
        for bus in self.buses.iter_mut().filter(|bus| !bus.is_silent()) {
            for (frame, (left, right)) in bus.left[frames.clone()].iter_mut().zip(&mut bus.right[frames.clone()]).enumerate() {
                let [by_left, by_right] = level(frame);
                *left *= by_left;
                *right *= by_right;
            }
        }
    }

    /// Adds a voice's sound from a frame of the block on to a receiver's buses, each at its level.
    ///
    /// # Realtime safety
    /// Never allocates.
    pub fn add(&mut self, receiver: usize, from: usize, sound: &[[f32; 2]], levels: &[f32; SENDS]) {
        let end = (from + sound.len()).min(self.frames);
        let buses = self.buses.iter_mut().skip(receiver * SENDS).take(SENDS);
        for (bus, level) in buses.zip(levels).filter(|(_, level)| **level != 0.0) {
            let (left, right) = (bus.left[from..end].iter_mut(), bus.right[from..end].iter_mut());
            for ((left, right), frame) in left.zip(right).zip(sound) {
                *left += frame[0] * level;
                *right += frame[1] * level;
            }
            bus.set_silent(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_find_their_receiver_by_number_or_the_first() {
        let mut outputs = vec![Stereo::default(); 2 * SENDS];
        let bank = Bank::new(&[3, 1], &mut outputs, 8);
        assert_eq!([3, 1, 7].map(|number| bank.receiver(number)), [Some(0), Some(1), Some(1)]);
        let bank = Bank::new(&[3], &mut outputs, 8);
        assert_eq!(bank.receiver(1), Some(0));
        assert_eq!(Bank::new(&[], &mut [], 8).receiver(1), None);
    }

    #[test]
    fn a_voice_is_added_at_its_levels_and_nowhere_else() {
        let mut outputs = vec![Stereo::default(); 1 + 2 * SENDS];
        outputs.iter_mut().for_each(|output| {
            output.left[0] = 9.0;
            output.set_silent(false);
        });
        let mut bank = Bank::new(&[1, 2], &mut outputs[1..], 4);
        bank.add(1, 2, &[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &[1.0, 0.0, 0.5]);
        assert_eq!(outputs[0].left[0], 9.0);
        assert!(outputs[1..4].iter().all(|bus| bus.is_silent() && bus.left[..4] == [0.0; 4]));
        assert_eq!(outputs[4].left[..4], [0.0, 0.0, 1.0, 3.0]);
        assert!(outputs[5].is_silent());
        assert_eq!(outputs[6].right[..4], [0.0, 0.0, 1.0, 2.0]);
    }
}
