//! More than two channels as two, after ITU-R BS.775-3, annex 4: centre and surrounds at −3 dB, effects (LFE) left out.
//!
//! Channels of which nothing says where they belong are taken in the order that WAV gives them by their number, of four as
//! left and right in front and behind. Beyond eight, odd ones are heard on the left and even ones on the right.

use std::{f32::consts::FRAC_1_SQRT_2, path::Path};

use symphonia::core::audio::{Channels, Position};

use super::riff;

/// What each channel adds to left and right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Downmix(Box<[[f32; 2]]>);

/// Places in the order of `WAVEFORMATEXTENSIBLE`'s mask, of files that say how many channels they have and no more.
const UNSAID: [&[u32]; 9] = [
    &[],
    &[2],
    &[0, 1],
    &[0, 1, 2],
    &[0, 1, 4, 5],
    &[0, 1, 2, 4, 5],
    &[0, 1, 2, 3, 4, 5],
    &[0, 1, 2, 3, 8, 9, 10],
    &[0, 1, 2, 3, 4, 5, 9, 10],
];

impl Downmix {
    /// The downmix of a sound with `count` channels, as its decoder places them.
    pub fn of(channels: &Channels, count: usize, said: bool) -> Self {
        let mixed = match channels {
            Channels::Positioned(places) if said => Self::placed(places.bits(), count),
            // ACN order: W, Y, …; microphones of the shape of an eight turned left and right.
            Channels::Ambisonic(1..) => {
                let mut shares = vec![[0.0; 2]; count];
                let heard = [[FRAC_1_SQRT_2; 2], [FRAC_1_SQRT_2, -FRAC_1_SQRT_2]];
                shares.iter_mut().zip(heard).for_each(|(share, heard)| *share = heard);
                Some(Self(shares.into()))
            }
            _ => None,
        };
        mixed.filter(|mixed| mixed.0.len() == count).unwrap_or_else(|| Self::unsaid(count))
    }

    /// The downmix of channels at the places whose bits are set, lowest first; `None` where those are not `count`.
    pub fn placed(mask: u64, count: usize) -> Option<Self> {
        let places: Vec<u32> = (0..64).filter(|bit| mask >> bit & 1 != 0).collect();
        (places.len() == count).then(|| Self::at(&places))
    }

    /// The downmix of channels whose places nothing tells.
    pub fn unsaid(count: usize) -> Self {
        if let Some(places) = UNSAID.get(count) {
            return Self::at(places);
        }
        let share = 1.0 / (count.div_ceil(2) as f32).sqrt();
        Self((0..count).map(|channel| if channel % 2 == 0 { [share, 0.0] } else { [0.0, share] }).collect())
    }

    /// The downmix of channels at places, in their order.
    pub fn at(places: &[u32]) -> Self {
        if let [_] = places {
            return Self([[1.0, 1.0]].into());
        }
        Self(places.iter().map(|place| share(*place)).collect())
    }

    /// Two samples of a frame's.
    pub fn frame(&self, mut sample: impl FnMut(usize) -> f32) -> [f32; 2] {
        let mut sum = [0.0; 2];
        for (channel, shares) in self.0.iter().enumerate() {
            let sample = sample(channel);
            for (out, share) in sum.iter_mut().zip(shares) {
                // No product with nothing: what is no number stays in its own channel, and plain stereo stays to the bit.
                if *share == 1.0 {
                    *out += sample;
                } else if *share != 0.0 {
                    *out += sample * share;
                }
            }
        }
        sum
    }

    /// The same for ffmpeg's filter `pan`.
    pub fn pan(&self) -> String {
        let side = |side: usize| {
            let terms = self.0.iter().enumerate().filter(|(_, shares)| shares[side] != 0.0);
            terms.map(|(channel, shares)| format!("{}*c{channel}", shares[side])).collect::<Vec<_>>().join("+")
        };
        format!("pan=stereo|c0={}|c1={}", side(0), side(1))
    }
}

/// What a channel at a place adds to left and right. Heights, of which BS.775 does not speak, are heard at −6 dB.
fn share(place: u32) -> [f32; 2] {
    let bit = Position::from_bits_truncate(1 << place.min(63));
    let (left, right) = (Position::REAR_LEFT | Position::SIDE_LEFT, Position::REAR_RIGHT | Position::SIDE_RIGHT);
    let front_left = Position::FRONT_LEFT | Position::FRONT_LEFT_CENTER | Position::FRONT_LEFT_WIDE;
    let front_right = Position::FRONT_RIGHT | Position::FRONT_RIGHT_CENTER | Position::FRONT_RIGHT_WIDE;
    let high_left = Position::TOP_FRONT_LEFT | Position::TOP_REAR_LEFT | Position::TOP_SIDE_LEFT | Position::BOTTOM_FRONT_LEFT;
    let high_right = Position::TOP_FRONT_RIGHT | Position::TOP_REAR_RIGHT | Position::TOP_SIDE_RIGHT | Position::BOTTOM_FRONT_RIGHT;
    if bit.is_empty() || (Position::LFE1 | Position::LFE2).contains(bit) {
        [0.0, 0.0]
    } else if front_left.contains(bit) {
        [1.0, 0.0]
    } else if front_right.contains(bit) {
        [0.0, 1.0]
    } else if bit == Position::FRONT_CENTER {
        [FRAC_1_SQRT_2; 2]
    } else if left.contains(bit) {
        [FRAC_1_SQRT_2, 0.0]
    } else if right.contains(bit) {
        [0.0, FRAC_1_SQRT_2]
    } else if high_left.contains(bit) {
        [0.5, 0.0]
    } else if high_right.contains(bit) {
        [0.0, 0.5]
    } else {
        // Behind or above the middle: at −3 dB, and −3 dB to each side.
        [0.5, 0.5]
    }
}

/// Whether a file says where its channels belong: a WAV without a mask and an AIFF only count them, whatever their decoder makes
/// of that.
pub(super) fn is_said(path: &Path) -> bool {
    match riff::Form::of(path) {
        Some(form @ riff::Form::Wave) => form.mask(path).is_some_and(|mask| mask != 0),
        Some(riff::Form::Aiff) => false,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_heard_where_it_belongs() {
        const H: f32 = FRAC_1_SQRT_2;
        let heard = |mix: Downmix, channel: usize| mix.frame(|at| if at == channel { 1.0 } else { 0.0 });
        for (what, mix, shares) in [
            ("mono", Downmix::unsaid(1), &[[1.0, 1.0]][..]),
            ("stereo", Downmix::unsaid(2), &[[1.0, 0.0], [0.0, 1.0]]),
            ("four without places", Downmix::unsaid(4), &[[1.0, 0.0], [0.0, 1.0], [H, 0.0], [0.0, H]]),
            ("5.1", Downmix::unsaid(6), &[[1.0, 0.0], [0.0, 1.0], [H, H], [0.0, 0.0], [H, 0.0], [0.0, H]]),
            ("4.0", Downmix::at(&[0, 1, 2, 8]), &[[1.0, 0.0], [0.0, 1.0], [H, H], [0.5, 0.5]]),
            ("nine", Downmix::unsaid(9), &[[1.0 / 5.0_f32.sqrt(), 0.0], [0.0, 1.0 / 5.0_f32.sqrt()]]),
        ] {
            for (channel, share) in shares.iter().enumerate() {
                assert_eq!(heard(mix.clone(), channel), *share, "{what}, channel {channel}");
            }
        }
        assert_eq!(Downmix::placed(0b11, 3), None);
        assert_eq!(Downmix::unsaid(2).pan(), "pan=stereo|c0=1*c0|c1=1*c1");
    }
}
