//! The audio thread.

pub mod node;
pub mod processor;
pub mod ramp;

pub use node::{Block, Controls, Node, NodeEvent, NodeEventKind, Stereo, Trigger, Values};
