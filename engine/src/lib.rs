//! The videoTracker engine: sessions that a script describes, played sample by sample inside a host's block, with views for whoever draws them.
//!
//! Nothing here knows a plugin format, a window or a graphics card; the crate `videotracker` brings those.
//!
//! # Three things to know
//!
//! 1. **A session is a value.** [`project::Project`] holds all of it, [`command::Command`] is the only way to change it, and a
//!    [`transaction::Transaction`] is a private copy that is committed whole or dropped. So undo is exact and nobody sees half a change.
//! 2. **Two sides.** The [`control::Controller`] owns the session and makes a [`plan::Plan`] of it, everything allocated in advance; the
//!    [`audio::processor::Processor`] plays plans on the audio thread, where nothing allocates, locks, frees or panics. Boxes go over through rings and come
//!    home through rings, and are freed where they were made.
//! 3. **A pattern is a question.** [`pattern::Program::query`] answers which events begin in a span of song time, and its answer depends on nothing else:
//!    a jump to bar 500 plays what playing there plays.
//!
//! An [`engine::Engine`] is one instance: Controller, Lua ([`script`]) and their thread.
//!
//! # Examples
//! A session from a script:
//!
//! ```
//! use videotracker_engine::engine::Engine;
//!
//! let engine = Engine::empty();
//! let ran = engine.run_script_and_wait("example", r#"audioOut("out") sampler("drums", {samples = {"factory:kick"}})"#);
//! assert_eq!(ran.error, None);
//! assert_eq!(engine.snapshot().project.modules.len(), 2);
//! ```
//!
//! # Rooms
//!
//! Each module below is a room, and uses only rooms that the table in ARCHITECTURE.md lists before it.

pub mod audio;
pub mod command;
pub mod control;
pub mod dsp;
pub mod engine;
pub mod files;
pub mod media;
pub mod module;
pub mod name;
mod needs;
pub mod panics;
pub mod param;
pub mod pattern;
pub mod plan;
pub mod presets;
pub mod project;
pub mod review;
pub mod script;
pub mod session;
pub mod shader;
pub mod signal;
pub mod snapshot;
pub mod text;
pub mod time;
pub mod transaction;
pub mod translate;
pub mod trust;
pub mod user;
pub mod view;
