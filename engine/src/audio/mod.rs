//! The audio thread.

pub mod clock;
pub mod crowd;
pub mod film;
mod foresight;
pub mod node;
pub mod pace;
pub mod processor;
pub mod queue;
pub mod ramp;
pub mod scheduler;
pub mod stack;
mod tail;
pub mod view;

pub use node::{Block, Controls, Node, NodeEvent, NodeEventKind, Stereo, Trigger, Values};
