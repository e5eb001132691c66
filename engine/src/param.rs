//! Parameters: what one is called, what it takes, and the values that scripts and sessions give it.

mod cuts;

use serde::{Deserialize, Serialize};

pub use cuts::{Cuts, MAX_SLICES};

use crate::name::Name;

/// What a parameter holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Bool(bool),
    /// A number in the parameter's unit.
    Number(f64),
    /// One of a choice's names, or free text.
    Text(Name),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(on) => write!(f, "{on}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text}"),
        }
    }
}

/// The kind of values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// Any number in the range.
    Float,
    /// A whole number in the range.
    Integer,
    /// On or off.
    Toggle,
    /// One of these names; its number is its index in the list.
    Choice(&'static [&'static str]),
    /// Free text, this one by default; nothing drives it but commands.
    Text(&'static str),
    /// A whole number in the range, or a text that [`Cuts`] reads, whose number is 0.
    Cuts,
}

/// Reads a text, or says what it takes.
pub type Reader = fn(&str) -> Result<(), String>;

/// One parameter of a module type.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its name in scripts, columns and links.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub kind: ParamKind,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Value before anybody sets it.
    pub default: f64,
    /// Unit as shown, empty when it has none.
    pub unit: &'static str,
    /// One sentence for help and the generated reference.
    pub doc: &'static str,
    /// Reads a text; says what it takes where it can't. None where any text will do.
    pub reads: Option<Reader>,
}

impl ParamSpec {
    /// A number between `min` and `max`.
    #[must_use]
    pub const fn float(name: &'static str, min: f64, max: f64, default: f64, unit: &'static str, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Float, min, max, default, unit, doc, reads: None }
    }

    /// A whole number between `min` and `max`.
    #[must_use]
    pub const fn integer(name: &'static str, min: f64, max: f64, default: f64, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Integer, min, max, default, unit: "", doc, reads: None }
    }

    /// On or off.
    #[must_use]
    pub const fn toggle(name: &'static str, default: bool, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind: ParamKind::Toggle,
            min: 0.0,
            max: 1.0,
            default: if default { 1.0 } else { 0.0 },
            unit: "",
            doc,
            reads: None,
        }
    }

    /// One of `names`; the first is the default.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a choice has a handful of names")]
    pub const fn choice(name: &'static str, names: &'static [&'static str], doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind: ParamKind::Choice(names),
            min: 0.0,
            max: names.len() as f64 - 1.0,
            default: 0.0,
            unit: "",
            doc,
            reads: None,
        }
    }

    /// The names that it chooses among; none where it is no choice.
    #[must_use]
    pub const fn choices(&self) -> &'static [&'static str] {
        if let ParamKind::Choice(names) = self.kind { names } else { &[] }
    }

    /// Free text, `default` before anybody sets it.
    #[must_use]
    pub const fn text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Text(default), min: 0.0, max: 0.0, default: 0.0, unit: "", doc, reads: None }
    }

    /// How samples are cut: into one by default.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "256 is exact")]
    pub const fn cuts(name: &'static str, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Cuts, min: 1.0, max: MAX_SLICES as f64, default: 1.0, unit: "", doc, reads: None }
    }

    /// The same parameter answering to further names.
    #[must_use]
    pub const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same text, which `reads` has to understand.
    #[must_use]
    pub const fn read_by(mut self, reads: Reader) -> Self {
        self.reads = Some(reads);
        self
    }

    /// The same choice or number with another default.
    #[must_use]
    pub const fn starting_at(mut self, default: f64) -> Self {
        self.default = default;
        self
    }

    /// Whether it has this name or alias.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The default as scripts see it.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.value_of(self.default)
    }

    /// A number as this parameter's value (choices by name, toggles as booleans).
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the table first")]
    pub fn value_of(&self, number: f64) -> Value {
        match self.kind {
            ParamKind::Float | ParamKind::Integer | ParamKind::Cuts => Value::Number(number),
            ParamKind::Toggle => Value::Bool(number >= 0.5),
            ParamKind::Text(default) => Value::Text(Name::new(default)),
            ParamKind::Choice(names) => {
                let index = (number.max(0.0).round() as usize).min(names.len().saturating_sub(1));
                Value::Text(Name::new(names.get(index).copied().unwrap_or("")))
            }
        }
    }

    /// The number the audio thread works with; `None` where the value does not fit the kind.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a choice has a handful of names")]
    pub fn number_of(&self, value: &Value) -> Option<f64> {
        match (self.kind, value) {
            (ParamKind::Choice(names), Value::Text(text)) => {
                names.iter().position(|name| plain(name).eq(plain(text))).map(|index| index as f64)
            }
            (ParamKind::Cuts, Value::Text(text)) => Cuts::parse(text).ok().map(|_| 0.0),
            (_, Value::Number(number)) if !matches!(self.kind, ParamKind::Text(_)) => Some(*number),
            (ParamKind::Toggle, Value::Bool(on)) => Some(f64::from(u8::from(*on))),
            _ => None,
        }
    }

    /// Checks a value and brings it into its canonical form.
    ///
    /// # Errors
    /// A sentence with the allowed range or names, where the value does not fit.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        let number = self.number_of(value);
        if let (ParamKind::Text(_), Value::Text(text)) = (self.kind, value)
            && text.len() <= 4096
            && !text.contains('\0')
        {
            if let Some(reads) = self.reads {
                reads(text).map_err(|why| format!("{} takes {why}", self.name))?;
            }
            return Ok(value.clone());
        }
        if let (ParamKind::Cuts, Value::Text(text)) = (self.kind, value) {
            let cuts = Cuts::parse(text).map_err(|why| format!("{} takes {why}", self.name))?;
            return Ok(Value::Text(Name::new(&cuts.to_string())));
        }
        match (self.kind, number) {
            (ParamKind::Choice(names), None) => {
                let hint = match value {
                    Value::Text(text) => crate::name::did_you_mean(text, names.iter().copied()),
                    _ => String::new(),
                };
                Err(format!("{} takes one of {}, not {}{hint}", self.name, names.join(", "), quoted(value)))
            }
            (_, None) => Err(format!("{} takes {}, not {}", self.name, self.range_text(), quoted(value))),
            (_, Some(number)) if !number.is_finite() || number < self.min || number > self.max => {
                Err(format!("{} is {number}, but takes {}", self.name, self.range_text()))
            }
            (ParamKind::Integer | ParamKind::Choice(_) | ParamKind::Cuts, Some(number)) if number.fract() != 0.0 => {
                Err(format!("{} is {number}, but takes {}", self.name, self.range_text()))
            }
            (_, Some(number)) => Ok(self.value_of(number)),
        }
    }

    fn range_text(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        match self.kind {
            ParamKind::Float => format!("a number from {} to {}{unit}", self.min, self.max),
            ParamKind::Integer => format!("a whole number from {} to {}{unit}", self.min, self.max),
            ParamKind::Toggle => "true or false".to_owned(),
            ParamKind::Choice(names) => format!("one of {}", names.join(", ")),
            ParamKind::Text(_) => "a text of at most 4096 bytes".to_owned(),
            ParamKind::Cuts => format!("a whole number from {} to {}, \"onsets\" or positions", self.min, self.max),
        }
    }
}

/// Two tables of parameters as one of `N`, which is the sum of their lengths.
#[must_use]
pub const fn joined<const N: usize>(first: &[ParamSpec], second: &[ParamSpec]) -> [ParamSpec; N] {
    assert!(first.len() + second.len() == N, "N is the sum of both lengths");
    let mut all = [first[0]; N];
    let mut index = 1;
    while index < N {
        all[index] = if index < first.len() { first[index] } else { second[index - first.len()] };
        index += 1;
    }
    all
}

/// A choice's name as it is compared: without case, spaces, hyphens and underscores ("Aux 1" is `aux1`).
fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase())
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}
