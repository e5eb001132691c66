//! The audio mixer.

use super::{LEVEL, MAX_INPUTS, ModuleType, PLAIN, ParamSpec, Port, PortKind};
use crate::signal::{
    Io, MAX_FRAMES, Node,
    ramp::{Ramp, pan_gains},
};

/// Indices in the parameter list.
pub mod param {
    /// On or off.
    pub const ENABLED: usize = 0;
    /// Level of the sum.
    pub const MASTER_VOLUME: usize = 1;
    /// First per-input parameter.
    pub const PER_INPUT: usize = 2;
    /// Parameters each input has.
    pub const EACH: usize = 4;
    /// Level of one input, within its own.
    pub const VOLUME: usize = 0;
    /// Left to right of one input.
    pub const PAN: usize = 1;
    /// Silences one input.
    pub const MUTE: usize = 2;
    /// Silences the others.
    pub const SOLO: usize = 3;
}

const PARAMS: &[ParamSpec] = &[ENABLED, MASTER_VOLUME];

/// On or off.
pub(super) const ENABLED: ParamSpec = ParamSpec::toggle("enabled", true, "Off: silent.");
/// Level of the sum.
pub(super) const MASTER_VOLUME: ParamSpec = ParamSpec::float("masterVolume", 0.0, 1.0, 1.0, "", "Level of the sum.").also(&["volume"]);

/// What each input has.
pub(super) const PER_INPUT: &[ParamSpec] = &[
    ParamSpec::float("connectionVolume", 0.0, 1.0, 1.0, "", "Level of one input."),
    ParamSpec::float("connectionPan", -1.0, 1.0, 0.0, "", "Left to right for one input; equal power, centre at full level."),
    ParamSpec::toggle("connectionMute", false, "Silences one input."),
    ParamSpec::toggle("connectionSolo", false, "Silences every input that is not solo."),
];

/// The audio mixer.
pub static MIXER: ModuleType = ModuleType {
    name: "audioMixer",
    doc: "Sums its audio inputs.",
    inputs: &[Port::of(PortKind::Audio)],
    outputs: &[Port::of(PortKind::Audio)],
    params: PARAMS,
    per_input: PER_INPUT,
    made: &[LEVEL],
    build: |_| Some(Box::new(MixerNode::default())),
    ..PLAIN
};

/// Sums its inputs, in cable order, each with its gain; then the master's.
#[derive(Debug)]
pub struct MixerNode {
    /// Where its parameters for the first input lie.
    first: usize,
    /// Says that no block has been made yet: gains then begin where they stand.
    fresh: bool,
    /// Inputs of the last block; further ones begin where their gains stand.
    inputs: usize,
    gains: [Ramp; MAX_INPUTS],
    master: Ramp,
}

impl Default for MixerNode {
    fn default() -> Self {
        Self::new(param::PER_INPUT)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the audio thread works in single precision")]
fn value(params: &[f64], index: usize, spec: &ParamSpec) -> f32 {
    params.get(index).copied().filter(|value| value.is_finite()).unwrap_or(spec.default) as f32
}

impl MixerNode {
    /// A mixer whose parameters for the first input begin at a place of the list.
    #[must_use]
    pub const fn new(first: usize) -> Self {
        let (gains, master) = ([Ramp::still([0.0; 2]); MAX_INPUTS], Ramp::still([0.0; 2]));
        Self { first, fresh: true, inputs: 0, gains, master }
    }

    fn follow(&mut self, params: &[f64], clock: u64, inputs: usize) {
        let first = self.first;
        let input_value =
            |params: &[f64], input: usize, index: usize| value(params, first + input * param::EACH + index, &PER_INPUT[index]);
        let on = |index: usize| value(params, index, &PARAMS[index]);
        let master = if on(param::ENABLED) >= 0.5 { on(param::MASTER_VOLUME) } else { 0.0 };
        head(&mut self.master, [master; 2], self.fresh, clock);
        let solo = (0..inputs).any(|input| input_value(params, input, param::SOLO) >= 0.5);
        for (input, gain) in self.gains[..inputs].iter_mut().enumerate() {
            let heard = input_value(params, input, param::MUTE) < 0.5 && (!solo || input_value(params, input, param::SOLO) >= 0.5);
            let level = if heard { input_value(params, input, param::VOLUME) } else { 0.0 };
            let [left, right] = pan_gains(input_value(params, input, param::PAN));
            head(gain, [left * level, right * level], input >= self.inputs, clock);
        }
        self.inputs = inputs;
        self.fresh = false;
    }
}

fn head(ramp: &mut Ramp, to: [f32; 2], at_once: bool, clock: u64) {
    if at_once {
        *ramp = Ramp::still(to);
    } else {
        ramp.head_for(to, clock);
    }
}

/// Goes through the straight pieces of a ramp over a block of one channel: `mix(frames, start, step, frames since the start)`.
fn in_pieces(ramp: &Ramp, clock: u64, frames: usize, channel: usize, mut mix: impl FnMut(std::ops::Range<usize>, f32, f32, u32)) {
    let mut at = 0;
    while at < frames {
        let piece = ramp.piece(clock + at as u64);
        let to = frames.min(at.saturating_add(piece.frames));
        mix(at..to, piece.from[channel], piece.step[channel], piece.at);
        at = to;
    }
}

/// The gain `k` frames after a piece's frame `at`.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "at most a block and a ramp")]
fn gain(from: f32, step: f32, at: u32, k: usize) -> f32 {
    from + step * (at as usize + k) as f32
}

/// Adds one channel of an input to the sum.
fn add(ramp: &Ramp, clock: u64, channel: usize, input: &[f32], sum: &mut [f32]) {
    in_pieces(ramp, clock, sum.len(), channel, |frames, from, step, at| {
        let pairs = sum[frames.clone()].iter_mut().zip(&input[frames]);
        if step != 0.0 {
            pairs.enumerate().for_each(|(k, (sum, input))| *sum += input * gain(from, step, at, k));
        } else if from == 1.0 {
            pairs.for_each(|(sum, input)| *sum += input);
        } else {
            pairs.for_each(|(sum, input)| *sum += input * from);
        }
    });
}

/// Applies the master's gain to one channel of the sum.
fn scale(ramp: &Ramp, clock: u64, channel: usize, sum: &mut [f32]) {
    in_pieces(ramp, clock, sum.len(), channel, |frames, from, step, at| {
        let sum = sum[frames].iter_mut();
        if step != 0.0 {
            sum.enumerate().for_each(|(k, sum)| *sum *= gain(from, step, at, k));
        } else if from != 1.0 {
            sum.for_each(|sum| *sum *= from);
        }
    });
}

impl MixerNode {
    /// Mixes a piece of the inputs into the output, which is silent so far. Parameters stand still in it.
    pub(super) fn mix(&mut self, io: &mut Io<'_>, piece: std::ops::Range<usize>) {
        let inputs = io.inputs(0);
        let inputs = &inputs[..inputs.len().min(MAX_INPUTS)];
        let clock = io.block.clock + piece.start as u64;
        self.follow(io.params, clock, inputs.len());
        let Some(output) = io.outputs.first_mut().filter(|_| !self.master.is_zero(clock)) else { return };
        let mut sounds = false;
        for (input, gain) in inputs.iter().zip(&self.gains).filter(|(input, gain)| !input.is_silent() && !gain.is_zero(clock)) {
            add(gain, clock, 0, &input.left[piece.clone()], &mut output.left[piece.clone()]);
            add(gain, clock, 1, &input.right[piece.clone()], &mut output.right[piece.clone()]);
            sounds = true;
        }
        if sounds {
            scale(&self.master, clock, 0, &mut output.left[piece.clone()]);
            scale(&self.master, clock, 1, &mut output.right[piece]);
            output.set_silent(false);
        }
    }
}

impl Node for MixerNode {
    fn process(&mut self, io: &mut Io<'_>) {
        io.silence();
        for piece in io.pieces() {
            if let Some(point) = piece.point {
                io.arrive(point);
            }
            self.mix(io, piece.frames.start..piece.frames.end.min(MAX_FRAMES));
        }
        io.find_silence();
    }

    fn reset(&mut self) {
        *self = Self::new(self.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Stereo, solo::Solo};

    fn constant(level: f32) -> Stereo {
        let mut sound = Stereo::holding([level; MAX_FRAMES], [level; MAX_FRAMES]);
        sound.set_silent(level == 0.0);
        sound
    }

    fn params(set: &[(&str, f64)]) -> Vec<f64> {
        let mut all: Vec<f64> = PARAMS.iter().chain([PER_INPUT; 3].concat().iter()).map(|spec| spec.default).collect();
        for (name, value) in set {
            all[MIXER.param(name).unwrap().index] = *value;
        }
        all
    }

    /// Both channels of a block's last frame, after ramps have ended.
    fn settled(set: &[(&str, f64)], levels: &[f32]) -> [f32; 2] {
        let inputs: Vec<Stereo> = levels.iter().map(|level| constant(*level)).collect();
        let inputs: Vec<&Stereo> = inputs.iter().collect();
        let (mut solo, mut node) = (Solo::new(48_000.0), MixerNode::default());
        solo.block(&mut node, 0, 100, &params(&[]), &[], &inputs);
        let out = solo.block(&mut node, 100, 100, &params(set), &[], &inputs);
        assert_eq!(out.is_silent(), out.left[..100].iter().chain(&out.right[..100]).all(|x| *x == 0.0));
        [out.left[99], out.right[99]]
    }

    #[test]
    fn the_places_are_those_of_the_list() {
        assert_eq!(MIXER.param("masterVolume").unwrap().index, param::MASTER_VOLUME);
        assert_eq!(MIXER.param("connectionSolo_2").unwrap().index, param::PER_INPUT + 2 * param::EACH + param::SOLO);
    }

    #[test]
    fn levels_pans_mutes_and_solos_settle_where_they_should() {
        let side = std::f32::consts::SQRT_2;
        for (set, levels, expected) in [
            (&[][..], &[0.5, 0.25][..], [0.75, 0.75]),
            (&[("masterVolume", 0.5)], &[0.5, 0.25], [0.375, 0.375]),
            (&[("connectionVolume_1", 0.0)], &[0.5, 0.25], [0.5, 0.5]),
            (&[("connectionMute_0", 1.0)], &[0.5, 0.25], [0.25, 0.25]),
            (&[("connectionSolo_0", 1.0)], &[0.5, 0.25], [0.5, 0.5]),
            (&[("connectionSolo_0", 1.0), ("connectionMute_0", 1.0)], &[0.5, 0.25], [0.0, 0.0]),
            (&[("connectionPan_0", -1.0)], &[1.0], [side, 0.0]),
            (&[("connectionPan_0", 1.0)], &[1.0, 0.25], [0.25, side + 0.25]),
            (&[("enabled", 0.0)], &[0.5, 0.25], [0.0, 0.0]),
            (&[], &[0.0, 0.25], [0.25, 0.25]),
            (&[], &[], [0.0, 0.0]),
        ] {
            assert_eq!(settled(set, levels), expected, "{set:?} of {levels:?}");
        }
    }

    #[test]
    fn a_change_takes_its_ramp_wherever_blocks_are_cut() {
        let render = |cuts: &[usize]| {
            let (loud, soft) = (params(&[]), params(&[("masterVolume", 0.25), ("connectionMute_0", 1.0), ("connectionPan_1", 0.5)]));
            let (mut node, mut solo, mut all) = (MixerNode::default(), Solo::new(48_000.0), Vec::new());
            let mut clock = 0;
            for frames in cuts {
                let params = if clock < 120 { &loud } else { &soft };
                let out = solo.block(&mut node, clock, *frames, params, &[], &[&constant(0.5), &constant(0.3)]);
                all.extend((0..*frames).map(|k| (out.left[k].to_bits(), out.right[k].to_bits())));
                clock += *frames as u64;
            }
            all
        };
        let whole = render(&[120, 200]);
        assert_eq!(whole, render(&[1; 320]));
        assert_eq!(whole, render(&[50, 70, 63, 2, 5, 130]));
        let first = f32::from_bits(whole[120].0);
        assert_eq!(first.to_bits(), whole[119].0, "the ramp begins where the level was");
    }
}
