//! Scales, chords and transposition.

pub mod chord;
pub mod scale;
mod scale_data;
mod transpose;
pub mod voicing;
mod voicing_data;

pub(crate) use scale::{scale, scale_transpose};
pub(crate) use transpose::transpose;
pub(crate) use voicing::voicing;
