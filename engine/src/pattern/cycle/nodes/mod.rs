//! The kinds of pattern there are, one family per file.

pub(crate) mod align;
pub(crate) mod arrange;
pub(crate) mod basic;
pub(crate) mod binary;
pub(crate) mod choose;
pub(crate) mod combine;
pub(crate) mod control;
pub(crate) mod copies;
pub(crate) mod morph;
pub(crate) mod naming;
pub(crate) mod rhythm;
pub(crate) mod sample;
pub(crate) mod signal;
pub(crate) mod steps;
pub(crate) mod time;
pub(crate) mod values;
