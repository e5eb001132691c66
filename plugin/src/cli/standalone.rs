//! The stand-alone instrument: its options, and the script it begins with.

use std::path::PathBuf;

use super::Failure;

/// How it is called.
pub const USAGE: &str = "[SCRIPT] [OPTIONS]";

/// An option that takes a value.
pub struct Choice {
    short: Option<char>,
    name: &'static str,
    value: &'static str,
    /// The numbers it takes, where it takes numbers.
    within: Option<(f64, f64)>,
    doc: &'static str,
}

/// What can be chosen; nice-plug's stand-alone wrapper reads the values.
pub const CHOICES: &[Choice] = &[
    Choice { short: Some('b'), name: "backend", value: BACKENDS, within: None, doc: "Where sound goes; auto takes the first that works" },
    Choice {
        short: Some('r'),
        name: "sample-rate",
        value: "HZ",
        within: Some((8000.0, 384_000.0)),
        doc: "Sample rate, 48000 unless given; JACK has its own",
    },
    Choice {
        short: Some('p'),
        name: "period-size",
        value: "FRAMES",
        within: Some((16.0, 65_536.0)),
        doc: "Length of a block, 512 unless given; JACK has its own",
    },
    Choice { short: None, name: "output-device", value: "NAME", within: None, doc: "Sound device; an empty name lists all" },
    Choice { short: None, name: "midi-input", value: "NAME", within: None, doc: "MIDI device; an empty name lists all" },
    Choice { short: None, name: "connect-jack-midi-input", value: "PORT", within: None, doc: "JACK's MIDI port to play from" },
    Choice {
        short: None,
        name: "tempo",
        value: "BPM",
        within: Some((10.0, 999.0)),
        doc: "Tempo of the transport, 120 unless given; JACK's counts first",
    },
    Choice { short: None, name: "timesig-num", value: "N", within: Some((1.0, 64.0)), doc: "Beats in a bar, 4 unless given" },
    Choice { short: None, name: "timesig-denom", value: "N", within: Some((1.0, 64.0)), doc: "What note a beat is, 4 unless given" },
];

#[cfg(target_os = "macos")]
const BACKENDS: &str = "auto|jack|core-audio|dummy";
#[cfg(target_os = "windows")]
const BACKENDS: &str = "auto|jack|wasapi|dummy";
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
const BACKENDS: &str = "auto|jack|alsa|dummy";

impl Choice {
    /// Refuses a number that no instrument can play with.
    fn check(&self, value: &str) -> Result<(), String> {
        let Some((least, most)) = self.within else { return Ok(()) };
        let is_power = |number: f64| self.name != "timesig-denom" || number.log2().fract() == 0.0;
        match value.parse::<f64>() {
            Ok(number) if (least..=most).contains(&number) && is_power(number) => Ok(()),
            _ if self.name == "timesig-denom" => Err(format!("--{} takes 1, 2, 4, 8, 16, 32 or 64, not \"{value}\"", self.name)),
            _ => Err(format!("--{} takes a number of {least} to {most}, not \"{value}\"", self.name)),
        }
    }

    pub fn line(&self) -> String {
        let short = self.short.map(|short| format!("-{short}, ")).unwrap_or_default();
        format!("    {short}--{} {}\n        {}\n", self.name, self.value, self.doc)
    }
}

/// The options, a line with a sentence for each.
pub fn help() -> String {
    CHOICES.iter().map(Choice::line).collect()
}

/// What the words of a command line ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The script to begin with.
    pub script: Option<PathBuf>,
    /// Options with their values, as the wrapper reads them.
    pub options: Vec<String>,
}

/// Reads the words.
pub fn parse(parser: &mut lexopt::Parser) -> Result<Asked, Failure> {
    use lexopt::prelude::*;
    let mut asked = Asked::default();
    while let Some(argument) = parser.next()? {
        let found = match &argument {
            Long(name) => CHOICES.iter().find(|choice| choice.name == *name),
            Short(letter) => CHOICES.iter().find(|choice| choice.short == Some(*letter)),
            Value(_) => None,
        };
        match (found, argument) {
            (Some(choice), _) => {
                let value = parser.value()?.string()?;
                choice.check(&value).map_err(Failure::Usage)?;
                asked.options.push(format!("--{}={value}", choice.name));
            }
            (None, Value(path)) if asked.script.is_none() => asked.script = Some(path.into()),
            (None, other) => return Err(other.unexpected().into()),
        }
    }
    Ok(asked)
}

/// Opens the window, and plays the script.
#[cfg(feature = "standalone")]
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    use videotracker::opening::Opening;
    let Asked { script, options } = parse(parser)?;
    let opening = script.map(|path| Opening::read(&path)).transpose().map_err(Failure::User)?;
    has_display()?;
    if videotracker::standalone(options, opening) {
        Ok(())
    } else {
        Err(Failure::User("the stand-alone instrument could not start; the lines above say why".to_owned()))
    }
}

/// Whether a window can open; without a display the window's thread would wait for one that never comes.
#[cfg(all(feature = "standalone", target_os = "linux"))]
fn has_display() -> Result<(), Failure> {
    match x11rb::connect(None) {
        Ok(_) => Ok(()),
        Err(why) => {
            let display =
                std::env::var("DISPLAY").map_or_else(|_| "DISPLAY is not set".to_owned(), |name| format!("DISPLAY is \"{name}\""));
            Err(Failure::User(format!(
                "no window can open: the X server can't be reached ({why}; {display}). Start it on a desktop, under XWayland where that is \
                 Wayland's, or play a script into a file: videotracker render SCRIPT --audio out.wav"
            )))
        }
    }
}

#[cfg(all(feature = "standalone", not(target_os = "linux")))]
#[allow(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
const fn has_display() -> Result<(), Failure> {
    Ok(())
}

/// Says that this build has no window.
#[cfg(not(feature = "standalone"))]
pub fn run(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    let Asked { script, .. } = parse(parser)?;
    let instead = script.map(|path| format!(", or `videotracker render {} --audio out.wav`", path.display())).unwrap_or_default();
    Err(Failure::User(format!(
        "this build has no stand-alone window; build with `--features standalone`, load the plugin in a host{instead}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_and_options_are_read_in_any_order_and_others_are_refused() {
        let read = |words: &[&str]| parse(&mut lexopt::Parser::from_args(words)).map_err(|_| ());
        let asked = |script: Option<&str>, options: &[&str]| {
            Ok(Asked { script: script.map(PathBuf::from), options: options.iter().map(ToString::to_string).collect() })
        };
        for (words, expected) in [
            (&[][..], asked(None, &[])),
            (&["glass.lua"][..], asked(Some("glass.lua"), &[])),
            (&["-b", "dummy", "a b.lua", "--tempo=90"][..], asked(Some("a b.lua"), &["--backend=dummy", "--tempo=90"])),
            (&["a.lua", "b.lua"][..], Err(())),
            (&["--dpi-scale", "2"][..], Err(())),
            (&["--backend"][..], Err(())),
            (&["--tempo", "0"][..], Err(())),
            (&["-r", "12"][..], Err(())),
            (&["--timesig-denom", "3"][..], Err(())),
            (&["--timesig-denom", "8"][..], asked(None, &["--timesig-denom=8"])),
        ] {
            assert_eq!(read(words), expected, "{words:?}");
        }
    }
}
