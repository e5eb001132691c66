//! Drives videoTracker the way a host does, and measures what it plays.
//!
//! - [`host`]: a headless CLAP host on `clack-host`: load, activate, roll, save, restore.
//! - [`transport`]: what such a host says about time: tempo maps, loops, stops, cut at frames or not.
//! - [`audio`]: what came out: peaks, onsets, comparison, WAV files.
//! - [`events`]: the tables that the recorder and `videotracker render --events` write.
//! - [`counter`]: counter clips as files, and which of their frames is shown when.
//! - [`film`]: which factory clip a film shows, and where in it.
//! - [`bundle`]: where the plugin under test lies, built on demand.
//! - [`rtcheck`]: the preloaded counter of calls that an audio thread must not make.

pub mod audio;
pub mod bundle;
pub mod counter;
pub mod events;
pub mod film;
pub mod host;
pub mod rtcheck;
pub mod transport;
