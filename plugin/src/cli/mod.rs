//! The command line: a table of subcommands, each in its own file.

mod film;
mod host;
mod import;
mod query;
mod render;
mod script;
mod standalone;
mod translate;

use std::{ffi::OsString, io::Write as _, path::Path, process::ExitCode};

use videotracker_engine::{name::did_you_mean_or, presets, text::printable};

/// What the exit status says.
const EXIT: &str = "\nExit status: 0 where all is well, warnings included; 1 where anything failed or is missing, which is said on standard error \
                    even if the rest is written; 2 where the command line is wrong.\n";

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// The words of the command line are off: exit status 2.
    Usage(String),
    /// The work can't be done: exit status 1.
    User(String),
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// One subcommand.
struct Subcommand {
    name: &'static str,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut lexopt::Parser) -> Result<(), Failure>,
}

impl Subcommand {
    fn help(&self) -> String {
        format!("videotracker {}\n    {}\n", self.usage, self.doc)
    }
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "render",
        usage: render::USAGE,
        doc: "Plays a script faster than real time and writes what is heard, seen and triggered. Ends with 1 where a medium is missing or a fn, callback or shader failed, unless --allow-missing.",
        run: render::run,
    },
    Subcommand {
        name: "check",
        usage: "check SCRIPT",
        doc: "Runs a script and says what is wrong with it, and what plays otherwise than it reads.",
        run: script::check,
    },
    Subcommand {
        name: "state",
        usage: "state SCRIPT [--lua|--json]",
        doc: "Runs a script and prints the session it makes.",
        run: script::state,
    },
    Subcommand {
        name: "import",
        usage: import::USAGE,
        doc: "Makes media ready: each file, folder or name_%04d.png, with duration, size, rate, codec and place in the cache.",
        run: import::run,
    },
    Subcommand {
        name: "presets",
        usage: "presets [NAME]",
        doc: "Lists the presets that come with the instrument, or prints the script of one. render, check, state and the stand-alone instrument take their names too.",
        run: script::presets,
    },
    Subcommand {
        name: "translate",
        usage: translate::USAGE,
        doc: "Prints a tune of Strudel's as Lua; what has no counterpart is a comment in its line and is said. Nothing of the tune is run.",
        run: translate::run,
    },
    Subcommand { name: "query", usage: query::USAGE, doc: "Prints a pattern's events as JSON, times as exact fractions.", run: query::run },
];

/// Runs a command line; an empty one opens the stand-alone instrument.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let first = arguments.first().map(|word| word.to_string_lossy().into_owned());
    let mut parser = lexopt::Parser::from_args(arguments);
    match dispatch(&mut parser) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::User(why)) => {
            complain(&why);
            ExitCode::from(1)
        }
        Err(Failure::Usage(why)) => {
            complain(&format!("{why}\n{}", hint(first.as_deref())));
            ExitCode::from(2)
        }
    }
}

fn dispatch(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let first = parser.raw_args()?.peek().map(|word| word.to_string_lossy().into_owned());
    match first.as_deref() {
        Some("help" | "--help" | "-h") => say(&help()),
        Some("--version" | "-V") => say(&format!("videotracker {}", env!("CARGO_PKG_VERSION"))),
        Some(word) => match SUBCOMMANDS.iter().find(|s| s.name == word) {
            Some(subcommand) => {
                let _ = parser.next();
                let asks = |word: &OsString| word == "--help" || word == "-h";
                if parser.raw_args()?.as_slice().iter().any(asks) {
                    return say(&subcommand.help());
                }
                (subcommand.run)(parser)
            }
            None if word.starts_with('-') || is_script(word) || presets::find(word).is_ok() => standalone::run(parser),
            None => Err(Failure::Usage(format!("there is no command and no script \"{word}\""))),
        },
        None => standalone::run(parser),
    }
}

/// The line behind what is wrong with a command line: how the command is called, or the nearest one.
fn hint(first: Option<&str>) -> String {
    if let Some(subcommand) = SUBCOMMANDS.iter().find(|s| Some(s.name) == first) {
        return format!("usage: videotracker {}; videotracker help says more", subcommand.usage);
    }
    let near =
        first.filter(|word| !word.starts_with('-')).map(|word| did_you_mean_or(word, SUBCOMMANDS.iter().map(|s| s.name), String::new));
    match near.filter(|near| !near.is_empty()) {
        Some(near) => format!("{near} videotracker help lists what there is"),
        None => "videotracker help lists what there is".to_owned(),
    }
}

/// Whether a word means a script: by its ending, also where it is written wrong, or because there is such a file.
fn is_script(word: &str) -> bool {
    let path = Path::new(word);
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("lua") || ending.eq_ignore_ascii_case("luau")) || path.is_file()
}

fn help() -> String {
    let mut text = format!(
        "videotracker: an audio-video live-coding instrument\n\nvideotracker {}\n    Opens the stand-alone instrument; a script plays at once.\n",
        standalone::USAGE
    );
    for s in SUBCOMMANDS {
        text += &s.help();
    }
    text += "videotracker help, --help, -h\n    Prints this.\nvideotracker --version, -V\n    Prints the version.\n\n";
    text += &format!("Options of the stand-alone instrument:\n{}\n", standalone::help());
    text + EXIT
}

/// Prints to standard output. A reader that went away is no failure; anything else, such as a full disk, is. Characters that
/// terminals obey are shown, not passed on.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", printable(text)).and_then(|()| out.flush()) {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::User(format!("standard output can't be written: {why}; make room, or send it elsewhere")))
        }
        _ => Ok(()),
    }
}

/// Prints to standard error. Control characters are shown, not passed on.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_that_is_accepted_stands_in_the_help() {
        let help = help();
        for choice in standalone::CHOICES {
            assert!(help.contains(&choice.line()), "{}", choice.line());
        }
        for word in SUBCOMMANDS.iter().map(|s| s.usage).chain(["help", "--help", "-h", "--version", "-V"]) {
            assert!(help.contains(word), "{word}");
        }
    }

    #[test]
    fn a_lua_file_is_a_script_and_a_slip_of_the_pen_is_not() {
        for (word, expected) in [("glass.lua", true), ("presets/Glass.LUA", true), ("rendr", false), ("", false)] {
            assert_eq!(is_script(word), expected, "{word}");
        }
    }
}
