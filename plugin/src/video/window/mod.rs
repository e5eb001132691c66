//! The output window.

/// The output window.
#[derive(Debug)]
pub struct OutputWindow {}
