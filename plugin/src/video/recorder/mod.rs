//! Recording.

/// The recorder.
#[derive(Debug)]
pub struct Recorder {}
/// The audio tap.
#[derive(Debug)]
pub struct AudioTap {}
