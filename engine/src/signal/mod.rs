//! What travels through the graph, and the contract of everything that it travels through.
//!
//! A module's processor is a [`Node`]. For each block it is given an [`Io`]: the block's facts, the module's parameters, the events
//! and the sound that reach it, and places for the sound, the events and the numbers that it makes. Sound goes in stereo buffers of
//! at most [`MAX_FRAMES`] frames; events ([`NodeEvent`]) carry controls, which lie in an [`Arena`]; numbers are one for each point
//! of a grid of [`GRID`] song frames, and whoever follows them ramps from point to point ([`Followed`]).
//!
//! Nothing here knows a module, a session or a host.

pub mod bank;
pub mod controls;
pub mod event;
pub mod grid;
pub mod level;
pub mod midi;
pub mod node;
pub mod ramp;
pub mod shown;
pub mod solo;
pub mod word;

pub use bank::{Bank, SENDS, send};
pub use controls::{ControlMap, Controls, MAX_CONTROLS, Values, WELL_KNOWN, control};
pub use event::{Arena, Change, ControlRange, KEY_GATE, NodeEvent, NodeEventKind, Trigger, enqueue, put_in_order};
pub use grid::{Driven, Followed, GRID, MAX_POINTS, Made, Move, Piece, Points};
pub use level::Level;
pub use midi::{Expression, Midi, MidiOut};
pub use node::{Block, Io, Node, Song, Stereo};
pub use shown::{Meter, Placement, VoiceView};

/// Most frames a processor is asked for at once; larger host blocks are split.
pub const MAX_FRAMES: usize = 512;

/// Most audio cables into one module.
pub const MAX_INPUTS: usize = 64;

/// Stereo buses that leave the plugin: the main one, then the auxiliary ones.
pub const BUSES: usize = 9;

/// Their names in scripts and hosts.
pub const BUS_NAMES: &[&str; BUSES] = &["main", "aux1", "aux2", "aux3", "aux4", "aux5", "aux6", "aux7", "aux8"];

/// Samples beyond this are no sound: 60 dB above full scale, far above music.
pub const LOUDEST: f32 = 1000.0;

/// Whether samples are sound: numbers up to [`LOUDEST`].
#[must_use]
pub fn is_sound(samples: &[f32]) -> bool {
    samples.iter().fold(true, |all, sample| all & (sample.abs() <= LOUDEST))
}

/// Macros that a host drives.
pub const MACROS: usize = 64;
