//! Note names and intervals, by letter, accidental and octave.
//!
//! Spelling follows @tonaljs (MIT): a note is a letter step and an alteration, an interval a
//! number of letter steps and a number of semitones.

use std::fmt;

const NATURAL: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const LETTERS: [char; 7] = ['C', 'D', 'E', 'F', 'G', 'A', 'B'];

/// The name of a note: a letter, sharps or flats, and maybe an octave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteName {
    /// 0 for C to 6 for B.
    pub step: u8,
    /// Semitones up (sharps) or down (flats).
    pub alt: i8,
    /// The octave; middle C starts octave 4 where MIDI 60 is C4.
    pub oct: Option<i16>,
}

/// A distance between notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Letter steps, negative downwards.
    pub steps: i32,
    /// Semitones, negative downwards.
    pub semitones: i32,
}

impl NoteName {
    /// Reads a note as @tonaljs does: a letter, `#`, `b` or `x`, and an octave.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letter = text.chars().next()?.to_ascii_uppercase();
        let step = LETTERS.iter().position(|l| *l == letter)?;
        let tail = text.get(1..)?;
        let sign = tail.bytes().next().filter(|c| matches!(c, b'#' | b'b' | b'x'));
        let count = tail.bytes().take_while(|c| Some(*c) == sign).count();
        let each = match sign {
            Some(b'#') => 1,
            Some(b'x') => 2,
            _ => -1,
        };
        let alt = i32::try_from(count).ok()?.checked_mul(each)?;
        let rest = tail.get(count..)?;
        let oct = if rest.is_empty() { None } else { Some(rest.parse().ok()?) };
        Some(Self { step: u8::try_from(step).ok()?, alt: i8::try_from(alt).ok()?, oct })
    }

    /// The semitone of the pitch class, unbounded: `Cb` is -1.
    #[must_use]
    pub fn chroma(self) -> i32 {
        NATURAL[usize::from(self.step) % 7] + i32::from(self.alt)
    }

    /// The MIDI number, in `default` octave where the name has none.
    #[must_use]
    pub fn midi(self, default: i16) -> i32 {
        (i32::from(self.oct.unwrap_or(default)) + 1) * 12 + self.chroma()
    }

    /// The same letter and accidental in another octave.
    #[must_use]
    pub const fn at(self, oct: i16) -> Self {
        Self { oct: Some(oct), ..self }
    }

    /// The note an interval away, spelt by letter; `None` beyond 100 accidentals.
    #[must_use]
    pub fn transpose(self, by: Interval) -> Option<Self> {
        let position = i32::from(self.step) + by.steps;
        let step = position.rem_euclid(7);
        let octaves = position.div_euclid(7);
        let natural = NATURAL[usize::try_from(step).ok()?] + 12 * octaves;
        let alt = self.chroma() + by.semitones - natural;
        let oct = match self.oct {
            Some(o) => Some(i16::try_from(i32::from(o) + octaves).ok()?),
            None => None,
        };
        Some(Self { step: u8::try_from(step).ok()?, alt: i8::try_from(alt).ok().filter(|a| a.abs() < 100)?, oct })
    }

    /// The note of a MIDI number, spelt with flats.
    #[must_use]
    pub fn from_midi_flat(midi: i32) -> Self {
        const STEPS: [(u8, i8); 12] = [(0, 0), (1, -1), (1, 0), (2, -1), (2, 0), (3, 0), (4, -1), (4, 0), (5, -1), (5, 0), (6, -1), (6, 0)];
        let (step, alt) = STEPS[usize::try_from(midi.rem_euclid(12)).unwrap_or(0)];
        Self { step, alt, oct: i16::try_from(midi.div_euclid(12) - 1).ok() }
    }
}

impl fmt::Display for NoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", LETTERS[usize::from(self.step) % 7])?;
        let acc = if self.alt < 0 { 'b' } else { '#' };
        for _ in 0..self.alt.unsigned_abs() {
            write!(f, "{acc}")?;
        }
        match self.oct {
            Some(o) => write!(f, "{o}"),
            None => Ok(()),
        }
    }
}

/// Whether Strudel takes a word for a note: a letter, any of `#bsf`, maybe an octave.
#[must_use]
pub fn is_note(text: &str) -> bool {
    split_note(text).is_some()
}

/// Splits a note word into letter semitone, accidental semitones and octave digits.
fn split_note(text: &str) -> Option<(i32, i32, &str)> {
    let b = text.as_bytes();
    let base = match b.first()?.to_ascii_lowercase() {
        b'c' => 0,
        b'd' => 2,
        b'e' => 4,
        b'f' => 5,
        b'g' => 7,
        b'a' => 9,
        b'b' => 11,
        _ => return None,
    };
    let mut acc = 0;
    let mut i = 1;
    while let Some(c) = b.get(i) {
        acc += match c {
            b'#' | b's' => 1,
            b'b' | b'f' => -1,
            _ => break,
        };
        i += 1;
    }
    let oct = text.get(i..)?;
    let digits = oct.strip_prefix('-').unwrap_or(oct);
    digits.bytes().all(|c| c.is_ascii_digit()).then_some((base, acc, oct))
}

/// The MIDI number of a note word, in `default` octave where it names none.
#[must_use]
pub fn note_to_midi(text: &str, default: i32) -> Option<f64> {
    let (base, acc, oct) = split_note(text)?;
    let oct = if oct.is_empty() { default } else { oct.parse().ok()? };
    Some((f64::from(oct) + 1.0) * 12.0 + f64::from(base + acc))
}

impl Interval {
    /// Reads an interval such as `3M`, `-2m`, `5P` or `P5`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |t: &str| t.strip_prefix(['-', '+']).unwrap_or(t).bytes().take_while(u8::is_ascii_digit).count();
        let signed = usize::from(text.starts_with(['-', '+']));
        let n = digits(text);
        let (num, quality) = if n > 0 {
            text.split_at(signed + n)
        } else {
            let q = text.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (q, num) = text.split_at(q);
            (num, q)
        };
        let num: i32 = num.strip_prefix('+').unwrap_or(num).parse().ok()?;
        Self::named(num, quality)
    }

    /// The interval of a number and a quality.
    #[must_use]
    pub fn named(num: i32, quality: &str) -> Option<Self> {
        let size = num.checked_abs()?.checked_sub(1).filter(|s| (0..1000).contains(s))?;
        let step = size % 7;
        let perfect = matches!(step, 0 | 3 | 4);
        let len = i32::try_from(quality.len()).ok().filter(|l| *l <= 4)?;
        let alt = match quality.as_bytes() {
            b"M" if !perfect => 0,
            b"P" if perfect => 0,
            b"P" => return None,
            b"m" if !perfect => -1,
            b"M" | b"m" => 0,
            q if len > 0 && q.iter().all(|c| *c == b'A') => len,
            q if len > 0 && q.iter().all(|c| *c == b'd') => -(len + i32::from(!perfect)),
            _ => return None,
        };
        let semitones = NATURAL[usize::try_from(step).ok()?] + alt + 12 * (size / 7);
        let sign = num.signum();
        Some(Self { steps: sign * size, semitones: sign * semitones })
    }

    /// The usual spelling of a number of semitones.
    #[must_use]
    pub fn from_semitones(semitones: i32) -> Option<Self> {
        const STEPS: [i32; 12] = [0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6];
        let n = semitones.checked_abs()?;
        let steps = STEPS[usize::try_from(n % 12).ok()?] + 7 * (n / 12);
        Some(Self { steps: semitones.signum() * steps, semitones })
    }

    /// This interval and a number of octaves.
    #[must_use]
    pub const fn plus_octaves(self, octaves: i32) -> Self {
        Self { steps: self.steps + 7 * octaves, semitones: self.semitones + 12 * octaves }
    }
}
