//! How samples are cut into slices, other than into equal ones: where they are struck, or at positions that are given.

use std::fmt;

use super::Value;

/// Most slices of a sample.
pub const MAX_SLICES: usize = 256;
/// Sensitivity where none is given.
pub const SENSITIVITY: f64 = 0.5;
/// The word for cuts at onsets.
const ONSETS: &str = "onsets";
/// The word for cuts at the file's own marks.
const CUES: &str = "cues";

/// Where a sample is cut. As text: `onsets 0.5`, or positions such as `0 0.25 0.7`.
#[derive(Clone, Debug, PartialEq)]
pub enum Cuts {
    /// Where it is struck; 0 finds the strongest onsets only, 1 finds the faintest.
    Onsets(f64),
    /// At the cue points of its file.
    Cues,
    /// At these shares of the medium, in order. Each is where a slice begins; the last lasts to the end.
    At(Vec<f64>),
}

impl Cuts {
    /// Reads a text.
    ///
    /// # Errors
    /// A sentence that says what is possible.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "a whole number from 1 to {MAX_SLICES}, \"onsets\", {{onsets = 0 to 1}}, \"cues\" or positions in order such as {{0, 0.25, 0.7}}, not \"{text}\""
            )
        };
        if text.trim().eq_ignore_ascii_case(CUES) {
            return Ok(Self::Cues);
        }
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
        let onsets = words.next_if(|word| word.eq_ignore_ascii_case(ONSETS)).is_some();
        let numbers = words.map(str::parse::<f64>).collect::<Result<Vec<f64>, _>>().map_err(|_| wrong())?;
        let inside = numbers.iter().all(|number| (0.0..=1.0).contains(number));
        match numbers.as_slice() {
            [] if onsets => Ok(Self::Onsets(SENSITIVITY)),
            [sensitivity] if onsets && inside => Ok(Self::Onsets(*sensitivity + 0.0)),
            [_, ..] if !onsets && inside && numbers.len() <= MAX_SLICES => {
                let rising = numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.last().is_some_and(|last| *last < 1.0);
                // −0 is 0.
                if rising { Ok(Self::At(numbers.into_iter().map(|number| number + 0.0).collect())) } else { Err(wrong()) }
            }
            _ => Err(wrong()),
        }
    }

    /// The cuts that a value names; `None` where it is no text, or none that names cuts.
    #[must_use]
    pub fn of_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Self::parse(text).ok() } else { None }
    }

    /// As a script writes them.
    #[must_use]
    pub fn as_lua(&self) -> String {
        match self {
            Self::Onsets(sensitivity) if *sensitivity == SENSITIVITY => format!("\"{ONSETS}\""),
            Self::Onsets(sensitivity) => format!("{{{ONSETS} = {sensitivity:?}}}"),
            Self::Cues => format!("\"{CUES}\""),
            Self::At(positions) => format!("{{{}}}", listed(positions, ", ")),
        }
    }
}

impl fmt::Display for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Onsets(sensitivity) => write!(f, "{ONSETS} {sensitivity:?}"),
            Self::Cues => f.write_str(CUES),
            Self::At(positions) => f.write_str(&listed(positions, " ")),
        }
    }
}

/// Numbers that read back as the very same.
fn listed(numbers: &[f64], between: &str) -> String {
    numbers.iter().map(|number| format!("{number:?}")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for (text, canonical, lua) in [
            ("onsets", "onsets 0.5", "\"onsets\""),
            ("Onsets 0.25", "onsets 0.25", "{onsets = 0.25}"),
            ("Cues", "cues", "\"cues\""),
            ("onsets 1", "onsets 1.0", "{onsets = 1.0}"),
            ("0, 0.25,0.7", "0.0 0.25 0.7", "{0.0, 0.25, 0.7}"),
            ("0.1", "0.1", "{0.1}"),
            ("-0 1e-17", "0.0 1e-17", "{0.0, 1e-17}"),
        ] {
            let cuts = Cuts::parse(text).unwrap();
            assert_eq!((cuts.to_string().as_str(), cuts.as_lua().as_str()), (canonical, lua), "{text}");
            assert_eq!(Cuts::parse(canonical), Ok(cuts), "{text}");
        }
        let many = (0..257).map(|k| (f64::from(k) / 300.0).to_string()).collect::<Vec<_>>().join(" ");
        for wrong in ["", "onset", "onsets 2", "onsets 0.1 0.2", "cues 0.5", "16", "0 0", "0.5 0.25", "0 1", "nan", "inf", many.as_str()] {
            assert!(Cuts::parse(wrong).is_err(), "{wrong}");
        }
    }
}
