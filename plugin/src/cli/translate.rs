//! `translate`: a tune of Strudel's as a script.

use std::path::Path;

use videotracker_engine::{files, text::counted, translate::translate};

use super::{Failure, complain, say};

/// How it is called.
pub const USAGE: &str = "translate TUNE.js";

/// `translate TUNE.js`.
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let mut path = None;
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Value(value) if path.is_none() => path = Some(value),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = path.ok_or_else(|| Failure::Usage("translate takes the path of a tune".to_owned()))?;
    let path = Path::new(&path);
    let shown = path.display();
    let tune = files::read_text(path, files::TEXT)
        .map_err(|why| Failure::User(format!("{shown} can't be read: {why}; give the path of a text with a tune")))?;
    let translation = translate(&tune).map_err(|why| Failure::User(format!("{shown}: {why}")))?;
    for mark in &translation.marks {
        complain(&format!("{shown}:{}: {}", mark.line, mark.text));
    }
    say(&translation.lua)?;
    match translation.unread {
        0 => Ok(()),
        unread => Err(Failure::User(format!(
            "{shown}: {} can't be read as JavaScript; the rest is written, and a script that is Lua already needs no translation",
            counted(unread, "statement")
        ))),
    }
}
