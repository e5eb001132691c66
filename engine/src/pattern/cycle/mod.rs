//! The pattern language: mini-notation, combinators, scales and chords, exact time.
//!
//! Patterns are made on the Controller's side and asked, compiled, on the audio thread.
//! Adding a combinator: a constructor and a `Query` in its family's file under `nodes/`, and one entry in its family's file under `words/`.
//!
//! The semantics follow Strudel 1.2.6, read for behaviour. Differences, on purpose: a Euclidean rhythm with more
//! pulses than steps, a value an operation can't use and an unknown scale are errors when the pattern is compiled;
//! songs may stand before 0, where `every`, `lastOf` and `palindrome` count on; chords such as `c'maj7'i` are read.
//! Not done: `^` elsewhere than at a sequence's beginning, dictionaries of voicings other than "ireal".

pub mod called;
pub mod core;
pub mod expr;
pub mod fault;
pub mod json;
pub mod listed;
pub mod meter;
pub mod mini;
mod nodes;
pub mod note;
mod param;
pub mod program;
pub mod rational;
pub mod reference;
pub mod registry;
mod table;
pub mod tonal;
pub mod value;
mod words;
