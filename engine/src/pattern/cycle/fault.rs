//! What can go wrong: while a pattern is asked (`Fault`) and while it is made (`Error`).

use crate::pattern::cycle::value::Value;
use std::fmt;

/// Why a query gave up; small and copied, so that the audio thread can report it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A time no longer fits in 64-bit fractions.
    Overflow,
    /// Something was divided by zero: an empty span, or a rate of 0.
    DivisionByZero,
    /// The query took more steps than one block may.
    TooDense,
    /// The listener has no room for further events.
    SinkFull,
    /// A Euclidean rhythm with more pulses than steps, or numbers that aren't whole.
    Euclid {
        /// The pulses asked for.
        pulses: f64,
        /// The steps asked for.
        steps: f64,
    },
    /// An operation met a value it can't use.
    Value {
        /// What was being done.
        doing: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// An argument, or a value, that can't be used, with what it is.
    Given {
        /// The combinator.
        call: &'static str,
        /// What it needs.
        needs: Needs,
        /// What it was given.
        got: Got,
    },
    /// An event holds more control values, or a list more items, than there is room for.
    Full,
    /// A pattern given to a function was used outside of that function.
    Escaped,
    /// A function that is called with values failed, or was to be called where it may not run.
    Called,
}

impl Fault {
    /// Whether it lies in the values of one moment, so that other cycles may do without.
    #[must_use]
    pub const fn is_of_values(&self) -> bool {
        matches!(self, Self::Value { .. } | Self::Given { .. } | Self::Euclid { .. })
    }
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// A number.
    Number,
    /// A whole number.
    WholeNumber,
    /// A number or the name of a note.
    Numeral,
    /// A scale of the table.
    Scale,
    /// A chord symbol of the dictionary.
    Chord,
    /// Semitones or an interval.
    Interval,
}

impl Needs {
    const fn text(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::WholeNumber => "a whole number that is not too large",
            Self::Numeral => "numbers or note names",
            Self::Scale => "a scale it knows, such as C:major, A:minor:pentatonic or D4:dorian",
            Self::Chord => "a chord symbol of its dictionary, such as C^7, Dm7, G7 or F#o7",
            Self::Interval => "semitones or an interval such as 3M or -2m",
        }
    }
}

/// A value as a fault tells of it: its beginning, where it is long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Got {
    text: [u8; 13],
    len: u8,
    cut: bool,
}

impl fmt::Write for Got {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let at = usize::from(self.len);
            let room = self.text.get_mut(at..at + c.len_utf8()).filter(|_| !self.cut);
            let Some(room) = room else {
                self.cut = true;
                return Ok(());
            };
            c.encode_utf8(room);
            self.len += u8::try_from(c.len_utf8()).unwrap_or(0);
        }
        Ok(())
    }
}

impl Got {
    /// What a value looks like.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn of(value: &Value<'_>) -> Self {
        use fmt::Write as _;
        let mut got = Self::default();
        let _ = match value {
            Value::Number(x) => write!(got, "{x}"),
            Value::Bool(on) => write!(got, "{on}"),
            Value::Text(word) => got.write_str(word),
            Value::Note(note) => write!(got, "{note}"),
            Value::List(_) => got.write_str("a list"),
            Value::Map(_) => got.write_str("controls"),
        };
        got
    }
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.get(..usize::from(self.len)).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("");
        write!(f, "\"{text}{}\"", if self.cut { "…" } else { "" })
    }
}

/// What every query step returns.
pub type Flow = Result<(), Fault>;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => {
                write!(f, "a time in this pattern has too many digits to be exact; use rounder numbers for fast, slow, early and late")
            }
            Self::DivisionByZero => {
                write!(f, "a rate or a length in this pattern is 0; give one above 0")
            }
            Self::TooDense => {
                write!(f, "this pattern takes too many steps to work out; use fewer repeats or shorter spans")
            }
            Self::SinkFull => write!(f, "more events at once than there is room for; thin the pattern out"),
            Self::Euclid { pulses, steps } => write!(
                f,
                "a Euclidean rhythm can't place {pulses} pulses on {steps} steps; use whole numbers, no more pulses than steps, up to 512 steps"
            ),
            Self::Value { doing, needs } => write!(f, "{doing} needs {needs}"),
            Self::Given { call, needs, got } => write!(f, "{call} needs {} and was given {got}", needs.text()),
            Self::Full => write!(f, "an event holds more than 24 controls, or a list more than 16 items; use fewer"),
            Self::Called => {
                write!(f, "a function that is called while the pattern plays failed; it runs only where cycles are worked out ahead")
            }
            Self::Escaped => write!(f, "a pattern handed to a function was kept and used elsewhere; use it only inside that function"),
        }
    }
}

impl std::error::Error for Fault {}

/// Why a pattern couldn't be made, in a musician's words.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The mini-notation can't be read.
    Mini {
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
        /// What would have been right there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A combinator was called in a way it doesn't know.
    Call {
        /// The combinator.
        name: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The pattern is denser than the limit.
    Density {
        /// Events in its busiest cycle; exact where `exact`, else an estimate.
        events: f64,
        /// The most a cycle may hold.
        limit: u32,
        /// Whether `events` was counted.
        exact: bool,
    },
    /// Asking the pattern fails.
    Fault(Fault),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mini { line, column, expected, found } => {
                write!(f, "mini-notation, line {line}, column {column}: expected {expected}, found {found}")
            }
            Self::Call { name, reason } => write!(f, "{name}: {reason}"),
            Self::Density { events, limit, exact } => write!(
                f,
                "this pattern has {}{events} events in a cycle and the limit is {limit}; slow it down or repeat less",
                if *exact { "" } else { "about " }
            ),
            Self::Fault(fault) => write!(f, "{fault}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Fault> for Error {
    fn from(f: Fault) -> Self {
        Self::Fault(f)
    }
}

/// Makes the error of a call.
pub(crate) fn call_error(name: &str, reason: impl Into<String>) -> Error {
    Error::Call { name: name.into(), reason: reason.into() }
}
