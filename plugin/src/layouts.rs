//! The buses that the plugin offers to hosts, and those that a host gives it for a block.

use std::{array, num::NonZeroU32, ops::Range};

use nice_plug::prelude::{AudioIOLayout, Buffer, PortNames, new_nonzero_u32};
use videotracker_engine::audio::host::{BUSES, Bus};

const STEREO: NonZeroU32 = new_nonzero_u32(2);
const SIDE_CHAIN: &[NonZeroU32] = &[STEREO];

const NAMES: PortNames = PortNames {
    aux_inputs: &["Side-chain"],
    aux_outputs: &["Aux 1", "Aux 2", "Aux 3", "Aux 4", "Aux 5", "Aux 6", "Aux 7", "Aux 8"],
    ..PortNames::const_default()
};

const fn layout(name: &'static str, inputs: &'static [NonZeroU32], outputs: &'static [NonZeroU32]) -> AudioIOLayout {
    AudioIOLayout {
        main_output_channels: Some(STEREO),
        aux_input_ports: inputs,
        aux_output_ports: outputs,
        names: PortNames { layout: Some(name), ..NAMES },
        ..AudioIOLayout::const_default()
    }
}

/// Every set of buses that a host may choose; in CLAP the first is the one of a host that does not choose, in VST3 it follows from the
/// class ([`crate::vst3_entry`]).
pub const ALL: &[AudioIOLayout] = &[
    layout("Main, 8 aux and side-chain", SIDE_CHAIN, &[STEREO; BUSES - 1]),
    layout("Main and side-chain", SIDE_CHAIN, &[]),
    layout("Main", &[], &[]),
];

/// Left and right of a bus, where the host gives both for all frames of the block.
pub fn stereo<'a>(buffer: &'a mut Buffer<'_>, frames: usize) -> Option<Bus<'a>> {
    match buffer.as_slice() {
        [left, right] if left.len() == frames && right.len() == frames => Some([left, right]),
        _ => None,
    }
}

/// The output buses that the host gives for a block.
pub fn outputs<'a>(main: Bus<'a>, aux: &'a mut [Buffer<'_>], frames: usize) -> Outputs<'a> {
    let mut outputs = [const { None }; BUSES];
    outputs[0] = Some(main);
    for (place, buffer) in outputs[1..].iter_mut().zip(aux) {
        *place = stereo(buffer, frames);
    }
    outputs
}

/// A bus at its place where the host gives it.
pub type Outputs<'a> = [Option<Bus<'a>>; BUSES];

/// A part of the block of every bus.
pub fn part<'a>(outputs: &'a mut Outputs<'_>, frames: &Range<usize>) -> Outputs<'a> {
    let mut buses = outputs.iter_mut();
    array::from_fn(|_| {
        let [left, right] = buses.next()?.as_mut()?;
        Some([left.get_mut(frames.clone())?, right.get_mut(frames.clone())?])
    })
}
