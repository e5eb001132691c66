//! The audio thread.

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
