//! The kinds of pattern there are, one family per file.

pub(crate) mod arrange;
pub(crate) mod basic;
pub(crate) mod combine;
pub(crate) mod control;
pub(crate) mod rhythm;
pub(crate) mod sample;
pub(crate) mod signal;
pub(crate) mod time;
