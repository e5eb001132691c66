//! Mini-notation: a line of text becomes a pattern.
//!
//! The grammar and its oddities are those of Strudel 1.2 (`krill.pegjs`, read for behaviour):
//! what counts as a step, where spaces may stand, which operators ignore which, and in which
//! order `?`, `|` and `.` take their random seeds.

mod ast;
mod build;
mod parse;
mod unroll;

use crate::pattern::cycle::core::Pattern;
use crate::pattern::cycle::fault::Error;

/// Reads mini-notation.
///
/// # Errors
/// [`Error::Mini`] with line, column, what was expected there and what was found.
///
/// # Examples
/// ```
/// let p = videotracker_engine::pattern::cycle::mini::mini("bd(3,8) hh*8 [sn cp]*2 <a b c>/2")?;
/// assert_eq!(p.period(), Some(6));
/// # Ok::<(), videotracker_engine::pattern::cycle::fault::Error>(())
/// ```
pub fn mini(text: &str) -> Result<Pattern, Error> {
    mini_at(text, 0)
}

/// [`mini`], for a text that begins `base` bytes into the texts of its pattern: its events' places count from there.
pub(crate) fn mini_at(text: &str, base: u32) -> Result<Pattern, Error> {
    build::build(&parse::parse(text, base)?)
}
