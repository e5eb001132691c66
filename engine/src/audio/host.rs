//! What the host hands over with a block, and what it gets back: one value each.

use crate::signal::{MACROS, MAX_FRAMES, Midi, MidiOut, Stereo};

pub use crate::signal::BUSES;

/// The host's transport for one block. Everything may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// Whether the host plays.
    pub playing: bool,
    /// Quarter notes a minute.
    pub tempo: Option<f64>,
    /// Position of the block's first frame in quarter notes.
    pub beat: Option<f64>,
    /// Position of the block's first frame in frames.
    pub samples: Option<i64>,
    /// Where the bar at the block's start began, in quarter notes.
    pub bar_start: Option<f64>,
    /// Time signature: numerator and denominator.
    pub metre: Option<(u32, u32)>,
    /// The loop in quarter notes, while it is on: a block may contain its end.
    pub loop_beats: Option<(f64, f64)>,
}

/// Everything the host hands over with a block.
#[derive(Clone, Copy, Debug)]
pub struct HostInput<'a> {
    /// The host's transport; `None` for a host without one.
    pub transport: Option<HostTransport>,
    /// Whether the host renders offline: then the processor may wait for plans and media.
    pub offline: bool,
    /// MIDI in frame order.
    pub midi: &'a [Midi],
    /// Macro values in force from the block's first frame on, 0–1.
    pub macros: &'a [f32; MACROS],
    /// Master volume in force from the block's first frame on, linear.
    pub master_volume: f32,
    /// Video opacity in force from the block's first frame on, 0–1.
    pub video_opacity: f32,
    /// Left and right of the side-chain input, where the host has one; as long as the block.
    pub side_chain: Option<[&'a [f32]; 2]>,
}

/// A stereo bus of the host's: left and right, of equal length.
pub type Bus<'a> = [&'a mut [f32]; 2];

/// What the host gets back: its buses, overwritten for the whole block, and MIDI.
#[derive(Debug)]
pub struct HostOutput<'a> {
    /// Main and auxiliary buses; those the host has not are absent. What would go there is not heard.
    pub buses: [Option<Bus<'a>>; BUSES],
    /// Where MIDI for the host is sent; absent where the host takes none.
    pub midi: Option<&'a mut MidiOut>,
}

impl<'a> HostOutput<'a> {
    /// A host with a main bus only.
    #[must_use]
    pub fn main(left: &'a mut [f32], right: &'a mut [f32]) -> Self {
        let mut buses = [const { None }; BUSES];
        buses[0] = Some([left, right]);
        Self { buses, midi: None }
    }

    /// Frames of the block: those of the shortest bus.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.buses.iter().flatten().flatten().map(|channel| channel.len()).min().unwrap_or(0)
    }

    /// Fills every bus with silence.
    pub fn silence(&mut self) {
        self.buses.iter_mut().flatten().flatten().for_each(|channel| channel.fill(0.0));
    }

    /// Writes the first frames of a buffer to a bus, from `begin` on.
    pub(super) fn write(&mut self, bus: usize, begin: usize, frames: usize, from: &Stereo) {
        let Some(Some([left, right])) = self.buses.get_mut(bus) else { return };
        let frames = frames.min(MAX_FRAMES);
        for (to, from) in [(left, &from.left), (right, &from.right)] {
            if let Some(to) = to.get_mut(begin..begin + frames) {
                to.copy_from_slice(&from[..frames]);
            }
        }
    }
}
