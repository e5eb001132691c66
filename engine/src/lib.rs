//! The videoTracker engine.

pub mod audio;
pub mod command;
pub mod control;
pub mod dsp;
pub mod engine;
pub mod files;
pub mod media;
pub mod module;
pub mod name;
pub mod panics;
pub mod param;
pub mod pattern;
pub mod plan;
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
pub mod trust;
pub mod user;
pub mod view;
