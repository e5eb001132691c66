//! The audio thread.

pub mod node;
pub mod processor;

pub use node::{Block, Controls, Node, NodeEvent, NodeEventKind, Stereo, Trigger, Values};
