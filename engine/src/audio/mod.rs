//! The audio thread: everything between a host's call of `process` and its return.
//!
//! A host block goes this way, each step in its own file:
//!
//! 1. [`processor`] takes in what the Controller sent ([`queue`]; `install` puts a new plan into the old one's place and hands over what goes on).
//! 2. [`clock`] cuts the host's block into segments in which the song neither jumps nor changes its tempo, and gives each its map from beats to frames.
//! 3. [`scheduler`] asks every sequencer's program for its onsets in each piece of at most 512 frames, as far as [`crowd`] lets it, and puts events
//!    into the slots' queues; `foresight` says beforehand what is to come, for media that are read from the disk.
//! 4. `graph` lets every module's processor make its block, senders before receivers.
//! 5. [`host`] is what goes in and out: transport, macros, MIDI, buses; `tail` says how long it will go on.
//! 6. [`view`] shows what sounds, [`film`] gives recorders every view and the sound.
//!
//! [`stack`] lends all that a stack of its own, and [`pace`] notices hosts that render faster than time.
//!
//! # Realtime safety
//! Nothing here allocates, locks, frees, waits (unless the host renders offline), logs or panics once `activate` has returned.

pub mod clock;
pub mod crowd;
pub mod film;
mod foresight;
mod graph;
pub mod host;
mod install;
pub mod pace;
pub mod processor;
pub mod queue;
pub mod scheduler;
mod sequencers;
pub mod stack;
mod tail;
pub mod view;
