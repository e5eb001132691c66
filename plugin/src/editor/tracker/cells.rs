//! Cells of the grid: what a step holds in a column, how that is written, and how what is typed is read.

use videotracker_engine::{
    module::{ParamKind, ParamSpec, Value},
    pattern::{
        Column, Step,
        tracker::{MAX_LENGTH, MAX_RATIO},
    },
    project::Project,
};

/// Highest number of a sample.
const MAX_INDEX: f64 = 1023.0;
/// Deepest brackets in what is typed.
const DEEPEST: usize = 16;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Held {
    /// What a step holds that says nothing.
    Nothing,
    /// A number.
    Number(f64),
    /// A turn of so many.
    Ratio(u32, u32),
}

/// A column as it is shown.
#[derive(Clone, Debug)]
pub struct Field {
    /// Which one.
    pub column: Column,
    /// What stands above it.
    pub title: String,
    /// What its values mean, where it is a parameter that something in the session has.
    pub spec: Option<&'static ParamSpec>,
}

/// The words that the columns are read and written with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// What the samples are called, by their number: the usual word of each, then its others.
    pub samples: Vec<Vec<String>>,
    /// The octave of a note that says none.
    pub octave: i32,
}

/// The name of a column in scripts.
#[must_use]
pub fn word(column: &Column) -> &str {
    match column {
        Column::Index => "index",
        Column::Note => "note",
        Column::Length => "length",
        Column::Chance => "chance",
        Column::Ratio => "ratio",
        Column::Param(name) => name,
    }
}

impl Field {
    /// A column of a session.
    #[must_use]
    pub fn of(project: &Project, column: &Column) -> Self {
        let spec = if let Column::Param(name) = column { project.event_param(name) } else { None };
        Self { column: column.clone(), title: word(column).to_owned(), spec }
    }

    /// What a step holds in the column.
    #[must_use]
    pub fn held(&self, step: &Step) -> Held {
        let number = |holds: bool, number: f64| if holds { Held::Number(number) } else { Held::Nothing };
        match &self.column {
            Column::Index => number(step.index >= 0, step.index.into()),
            Column::Note => number(step.note >= 0, step.note.into()),
            Column::Length => number(step.length != 1, step.length.into()),
            Column::Chance => number(step.chance != 100, step.chance.into()),
            Column::Ratio if step.ratio == (1, 1) => Held::Nothing,
            Column::Ratio => Held::Ratio(step.ratio.0, step.ratio.1),
            Column::Param(name) => step.values.get(name).map_or(Held::Nothing, |value| Held::Number(*value)),
        }
    }

    /// Puts something into a step's cell; what does not belong there changes nothing.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded first")]
    pub fn put(&self, step: &mut Step, held: Held) {
        let fresh = Step::default();
        let whole = |low: f64, high: f64, nothing: f64| match held {
            Held::Number(number) => number.round().clamp(low, high),
            _ => nothing,
        };
        match &self.column {
            Column::Index => step.index = whole(-1.0, MAX_INDEX, -1.0) as i32,
            Column::Note => step.note = whole(-1.0, 127.0, -1.0) as i32,
            Column::Length => step.length = whole(1.0, MAX_LENGTH.into(), fresh.length.into()) as u32,
            Column::Chance => step.chance = whole(0.0, 100.0, fresh.chance.into()) as u32,
            Column::Ratio => step.ratio = if let Held::Ratio(turn, of) = held { (turn, of) } else { fresh.ratio },
            Column::Param(name) => match held {
                Held::Number(number) => drop(step.values.insert(name.clone(), self.within(number))),
                _ => drop(step.values.remove(name)),
            },
        }
    }

    /// The nearest value that the column takes.
    #[must_use]
    pub fn within(&self, number: f64) -> f64 {
        let (low, high) = self.range();
        let number = if number.is_finite() { number.clamp(low, high) } else { low };
        if self.is_whole() { number.round() } else { number }
    }

    /// The smallest and the largest value.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        match (&self.column, self.spec) {
            (Column::Index, _) => (0.0, MAX_INDEX),
            (Column::Note, _) => (0.0, 127.0),
            (Column::Length, _) => (1.0, MAX_LENGTH.into()),
            (Column::Chance, _) => (0.0, 100.0),
            (Column::Ratio, _) => (1.0, MAX_RATIO.into()),
            (Column::Param(_), Some(spec)) => (spec.min, spec.max),
            (Column::Param(_), None) => (f64::MIN, f64::MAX),
        }
    }

    /// Whether only whole numbers belong there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match (&self.column, self.spec) {
            (Column::Param(_), Some(spec)) => spec.kind != ParamKind::Float,
            (Column::Param(_), None) => false,
            _ => true,
        }
    }

    /// Whether letters written on the keyboard are notes there.
    #[must_use]
    pub const fn is_note(&self) -> bool {
        matches!(self.column, Column::Note)
    }

    /// What a cell shows; empty where it holds nothing.
    #[must_use]
    pub fn shown(&self, held: Held, words: &Words) -> String {
        match (held, &self.column) {
            (Held::Nothing, _) => String::new(),
            (Held::Ratio(turn, of), _) => format!("{turn}:{of}"),
            (Held::Number(number), Column::Note) => note_name(number),
            (Held::Number(number), Column::Index) => match words.usual(number) {
                Some(word) => format!("{number:02} {word}"),
                None => format!("{number:02}"),
            },
            (Held::Number(number), _) => match self.spec.map(|spec| (spec, spec.kind)) {
                Some((spec, ParamKind::Choice(_))) => spec.value_of(number).to_string(),
                Some((_, ParamKind::Toggle)) => (if number >= 0.5 { "on" } else { "off" }).to_owned(),
                _ => short(number),
            },
        }
    }

    /// What a cell holds, so that it is read back as it is.
    #[must_use]
    pub fn written(&self, held: Held) -> String {
        match (held, self.spec) {
            (Held::Number(number), Some(spec)) if matches!(spec.kind, ParamKind::Choice(_)) => spec.value_of(number).to_string(),
            (Held::Number(number), _) if self.is_note() => note_name(number),
            (Held::Number(number), _) => number.to_string(),
            (other, _) => self.shown(other, &Words::default()),
        }
    }

    /// Reads what was typed into a cell that holds `now`.
    ///
    /// # Errors
    /// Says what the column takes.
    pub fn read(&self, text: &str, now: Held, words: &Words) -> Result<Held, String> {
        let text = text.trim();
        if text.is_empty() || text.chars().all(|c| matches!(c, '.' | '·')) {
            return Ok(Held::Nothing);
        }
        let had = if let Held::Number(number) = now { Some(number) } else { None };
        match &self.column {
            Column::Ratio => ratio(text).ok_or_else(|| format!("ratio is \"{text}\", but takes a:b, each from 1 to {MAX_RATIO}")),
            Column::Note => match note(text, words.octave).or_else(|| arithmetic(text, had)) {
                Some(number) => self.bounded(number, text),
                None => Err(format!("note is \"{text}\", but takes a name such as c4 or f#3, or a number from 0 to 127")),
            },
            Column::Index => match words.number(text).or_else(|| arithmetic(text, had)) {
                Some(number) => self.bounded(number, text),
                None => Err(format!("index is \"{text}\", but takes a sample's number, or a word of {}", words.some())),
            },
            Column::Length | Column::Chance => match arithmetic(text, had) {
                Some(number) => self.bounded(number, text),
                None => Err(format!("{} is \"{text}\", but takes a number", self.title)),
            },
            Column::Param(_) => self.value(text, had),
        }
    }

    /// A number that the column takes.
    fn bounded(&self, number: f64, text: &str) -> Result<Held, String> {
        let (low, high) = self.range();
        let number = if self.is_whole() { (number * 1e6).round() / 1e6 } else { number };
        if !(low..=high).contains(&number) || self.is_whole() && number.fract() != 0.0 {
            return Err(format!("{} is {text}, but takes {low} to {high}, whole", self.title));
        }
        Ok(Held::Number(number))
    }

    fn value(&self, text: &str, had: Option<f64>) -> Result<Held, String> {
        let number = arithmetic(text, had);
        let Some(spec) = self.spec else {
            return number
                .filter(|number| number.is_finite())
                .map(Held::Number)
                .ok_or_else(|| format!("{} is \"{text}\", but takes a number", self.title));
        };
        let value = match (spec.kind, number) {
            (ParamKind::Toggle, _) if ["on", "true", "yes"].contains(&text) => Value::Bool(true),
            (ParamKind::Toggle, _) if ["off", "false", "no"].contains(&text) => Value::Bool(false),
            (_, Some(number)) => Value::Number(number),
            (_, None) => Value::Text(text.into()),
        };
        let checked = spec.check(&value)?;
        spec.number_of(&checked).map(Held::Number).ok_or_else(|| format!("{} is \"{text}\", but takes a number", self.title))
    }
}

impl Words {
    /// The usual word of a sample.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index from 0")]
    fn usual(&self, number: f64) -> Option<&str> {
        self.samples.get(number as usize)?.first().map(String::as_str)
    }

    /// The first sample that is called so.
    #[allow(clippy::cast_precision_loss, reason = "a session has far fewer")]
    fn number(&self, word: &str) -> Option<f64> {
        let called = |exact: bool| {
            let is = |known: &String| if exact { known == word } else { known.eq_ignore_ascii_case(word) };
            self.samples.iter().position(|words| words.iter().any(is))
        };
        called(true).or_else(|| called(false)).map(|number| number as f64)
    }

    fn some(&self) -> String {
        let known: Vec<&str> = self.samples.iter().filter_map(|words| words.first()).take(6).map(String::as_str).collect();
        if known.is_empty() { "a connected sampler".to_owned() } else { format!("its sampler, such as {}", known.join(", ")) }
    }
}

const NOTES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// A note as trackers write it: `C-4`, `F#3`. MIDI note 60 is `C-4`, as in patterns; the octave below `C-0` is written `C -1`.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "0 to 127")]
pub fn note_name(number: f64) -> String {
    let number = number.clamp(0.0, 127.0) as i32;
    let name = NOTES.get(usize::try_from(number % 12).unwrap_or(0)).copied().unwrap_or_default();
    let octave = number / 12 - 1;
    let gap = match (name.len(), octave < 0) {
        (1, true) => " ",
        (1, false) => "-",
        _ => "",
    };
    format!("{name}{gap}{octave}")
}

/// A note by its name, as trackers or patterns write it.
fn note(text: &str, octave: i32) -> Option<f64> {
    let mut letters = text.chars();
    let base = match letters.next()?.to_ascii_lowercase() {
        'c' => 0,
        'd' => 2,
        'e' => 4,
        'f' => 5,
        'g' => 7,
        'a' => 9,
        'b' | 'h' => 11,
        _ => return None,
    };
    let rest = letters.as_str();
    let (by, rest) = match rest.chars().next() {
        Some('#' | 's') => (1, &rest[1..]),
        Some('b') => (-1, &rest[1..]),
        _ => (0, rest),
    };
    // A single hyphen only parts letter and octave.
    let octave = match rest.strip_prefix('-').unwrap_or(rest).trim() {
        "" => octave,
        digits => digits.parse().ok().filter(|octave| (-1..=9).contains(octave))?,
    };
    Some(f64::from((octave + 1) * 12 + base + by))
}

fn ratio(text: &str) -> Option<Held> {
    let (turn, of) = text.split_once([':', '/'])?;
    let part = |text: &str| text.trim().parse::<u32>().ok().filter(|part| (1..=MAX_RATIO).contains(part));
    let (turn, of) = (part(turn)?, part(of)?);
    (turn <= of).then_some(if of == 1 { Held::Nothing } else { Held::Ratio(turn, of) })
}

/// A number in few characters.
#[must_use]
pub fn short(number: f64) -> String {
    let size = number.abs();
    let text = if size >= 100.0 || number.fract() == 0.0 {
        format!("{number:.0}")
    } else if size >= 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.3}")
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Works out what was typed: numbers, `+ - * /`, brackets, and `x` for what the cell holds. What begins with `+`, `*` or `/` goes on
/// from what the cell holds.
#[must_use]
pub fn arithmetic(text: &str, now: Option<f64>) -> Option<f64> {
    let text = text.trim();
    let mut sum = Sum { rest: text, now, depth: 0 };
    let begin = if text.starts_with(['+', '*', '/']) { Some(now?) } else { None };
    let value = sum.all(begin)?;
    (sum.rest.is_empty() && value.is_finite()).then_some(value)
}

struct Sum<'a> {
    rest: &'a str,
    now: Option<f64>,
    depth: usize,
}

impl Sum<'_> {
    fn take(&mut self, signs: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let sign = self.rest.chars().next().filter(|sign| signs.contains(sign))?;
        self.rest = &self.rest[sign.len_utf8()..];
        Some(sign)
    }

    /// A sum; `begin` is what stands before its first sign, where that is not written.
    fn all(&mut self, begin: Option<f64>) -> Option<f64> {
        let mut total = self.product(begin)?;
        while let Some(sign) = self.take(&['+', '-']) {
            let next = self.product(None)?;
            total = if sign == '+' { total + next } else { total - next };
        }
        self.rest = self.rest.trim_start();
        Some(total)
    }

    fn product(&mut self, begin: Option<f64>) -> Option<f64> {
        let mut total = match begin {
            Some(begin) => begin,
            None => self.one()?,
        };
        while let Some(sign) = self.take(&['*', '/']) {
            let next = self.one()?;
            total = if sign == '*' { total * next } else { total / next };
        }
        Some(total)
    }

    fn one(&mut self) -> Option<f64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = match self.take(&['-', '(', 'x']) {
            Some('-') => -self.one()?,
            Some('(') => {
                let inner = self.all(None)?;
                self.take(&[')'])?;
                inner
            }
            Some(_) => self.now?,
            None => {
                let end = self.rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(self.rest.len());
                let (digits, rest) = self.rest.split_at(end);
                self.rest = rest;
                digits.parse().ok()?
            }
        };
        self.depth -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(column: Column) -> Field {
        Field::of(&Project::default(), &column)
    }

    fn words() -> Words {
        Words { samples: vec![vec!["kick".into(), "bd".into()], vec!["hat".into()]], octave: 4 }
    }

    #[test]
    fn what_is_typed_is_read_and_what_a_cell_holds_is_read_back() {
        let volume = Column::Param("volume".into());
        let style = Column::Param("playStyle".into());
        for (column, text, shown) in [
            (Column::Note, "c4", "C-4"),
            (Column::Note, "C-4", "C-4"),
            (Column::Note, "f#3", "F#3"),
            (Column::Note, "eb", "D#4"),
            (Column::Note, "60", "C-4"),
            (Column::Note, "c -1", "C -1"),
            (Column::Note, "c-1", "C-1"),
            (Column::Index, "hat", "01 hat"),
            (Column::Index, "BD", "00 kick"),
            (Column::Index, "7", "07"),
            (Column::Length, "8/2", "4"),
            (Column::Chance, "50", "50"),
            (Column::Chance, "100", ""),
            (Column::Ratio, "2:3", "2:3"),
            (Column::Ratio, "1/2", "1:2"),
            (Column::Ratio, "1:1", ""),
            (volume.clone(), "1/3", "0.333"),
            (volume.clone(), "(1+2)*0.25", "0.75"),
            (volume.clone(), "", ""),
            (style, "loop", "loop"),
        ] {
            let field = field(column);
            let held = field.read(text, Held::Nothing, &words()).unwrap_or_else(|why| panic!("{text}: {why}"));
            let mut step = Step::default();
            field.put(&mut step, held);
            assert_eq!(field.shown(field.held(&step), &words()), shown, "{text}");
            let again = field.read(&field.written(held), Held::Nothing, &words()).unwrap();
            assert_eq!(again, held, "{text} as {}", field.written(held));
        }
    }

    #[test]
    fn arithmetic_goes_on_from_what_the_cell_holds() {
        for (text, now, expected) in [
            ("+12", Some(60.0), Some(72.0)),
            ("*0.5", Some(0.5), Some(0.25)),
            ("/4 + 1", Some(8.0), Some(3.0)),
            ("x - 1", Some(8.0), Some(7.0)),
            ("-1", Some(8.0), Some(-1.0)),
            ("2 * (3 - x)", Some(1.0), Some(4.0)),
            ("+1", None, None),
            ("1 +", None, None),
            ("1/0", None, None),
            ("2 3", None, None),
            ("", None, None),
            ("((((((((((((((((((((1", None, None),
        ] {
            assert_eq!(arithmetic(text, now), expected, "{text}");
        }
    }

    #[test]
    fn what_a_column_does_not_take_is_refused_with_what_it_takes() {
        for (column, text, says) in [
            (Column::Note, "h#99", "c4"),
            (Column::Note, "128", "127"),
            (Column::Index, "snare", "kick, hat"),
            (Column::Length, "65", "1 to 64"),
            (Column::Length, "1.5", "whole"),
            (Column::Chance, "101", "100"),
            (Column::Ratio, "3:2", "a:b"),
            (Column::Param("volume".into()), "3", "to 2"),
            (Column::Param("playStyle".into()), "lop", "loop"),
        ] {
            let why = field(column).read(text, Held::Nothing, &words()).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }
}
