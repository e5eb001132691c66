//! x

pub mod video;
