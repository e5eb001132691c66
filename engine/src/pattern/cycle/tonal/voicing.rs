//! `voicing`: chord symbols become notes, laid out near an anchor.
//!
//! The layout follows @strudel/tonal: of all voicings of a symbol the one whose top note (or
//! bottom note, by mode) lies nearest below the anchor.

use super::voicing_data::{GUIDE_TONES, IREAL, IREAL_EXT, LEFT_HAND, Row, TRIADS};
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow, Got, Needs};
use crate::pattern::cycle::nodes::combine::modulo;
use crate::pattern::cycle::note::{NoteName, note_to_midi};
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Key, Map, Value};

/// The voicings of a symbol, several for each.
type Voicings = &'static [&'static [i8]];

/// The chord symbols of dictionaries by name; some look into two.
static DICTIONARIES: [(&str, &[&[Row]]); 6] = [
    (IREAL_NAME, &[IREAL]),
    ("ireal-ext", &[IREAL_EXT, IREAL]),
    ("lefthand", &[LEFT_HAND]),
    ("guidetones", &[GUIDE_TONES]),
    ("triads", &[TRIADS]),
    ("legacy", &[TRIADS, LEFT_HAND]),
];
const IREAL_NAME: &str = "ireal";

/// How chords are written elsewhere, beside `m`, `M` and `aug`, with the usual dictionary's symbol.
const SPELLINGS: [(&str, &str); 19] = [
    ("maj", "^"),
    ("major", "^"),
    ("maj7", "^7"),
    ("maj9", "^9"),
    ("maj13", "^13"),
    ("min", "-"),
    ("minor", "-"),
    ("min6", "-6"),
    ("min7", "-7"),
    ("min9", "-9"),
    ("min11", "-11"),
    ("min7b5", "-7b5"),
    ("mmaj7", "-^7"),
    ("dim", "o"),
    ("dim7", "o7"),
    ("dom7", "7"),
    ("sus4", "sus"),
    ("7sus4", "7sus"),
    ("9sus4", "9sus"),
];

/// The dictionaries of voicings, each with its chord symbols.
pub fn dictionaries() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    DICTIONARIES.iter().map(|(name, rows)| (*name, rows.iter().copied().flatten().map(|(symbol, _)| *symbol)))
}

/// Further spellings of the usual dictionary's symbols.
pub fn spellings() -> impl Iterator<Item = &'static str> {
    SPELLINGS.iter().map(|(other, _)| *other)
}

/// The voicings of a chord symbol in a dictionary; in the usual one `m`, `M` and `aug` may stand for `-`, `^` and `+`.
fn voicings(dictionary: &str, symbol: &str) -> Result<Option<Voicings>, Fault> {
    const UNKNOWN: Fault =
        Fault::Value { doing: "voicing", needs: "a dictionary it knows: ireal, ireal-ext, lefthand, guidetones, triads or legacy" };
    let (name, rows) = DICTIONARIES.iter().find(|(name, _)| *name == dictionary).ok_or(UNKNOWN)?;
    let find = |s: &str| rows.iter().copied().flatten().find(|(name, _)| *name == s).map(|(_, v)| *v);
    Ok(if name.starts_with(IREAL_NAME) {
        find(if symbol.is_empty() { "^" } else { symbol })
            .or_else(|| spelt_otherwise(rows, symbol))
            .or_else(|| SPELLINGS.iter().find(|(other, _)| *other == symbol).and_then(|(_, usual)| find(usual)))
    } else {
        find(symbol)
    })
}

/// The voicings of a symbol spelt with letters for signs.
fn spelt_otherwise(rows: &[&'static [Row]], symbol: &str) -> Option<Voicings> {
    let alias = |name: &str, from: char, to: &str| match name.split_once(from) {
        Some((head, tail)) => symbol.strip_prefix(head).and_then(|s| s.strip_prefix(to)).is_some_and(|rest| rest == tail),
        None => false,
    };
    let known = |name: &str| alias(name, '-', "m") || alias(name, '^', "M") || alias(name, '+', "aug");
    rows.iter().copied().flatten().find(|(name, _)| known(name)).map(|(_, v)| *v)
}

/// Splits `Eb^7/G` into the root's semitone and the symbol.
fn split_chord(chord: &str) -> Option<(i32, &str)> {
    let root_len = 1 + chord.get(1..)?.bytes().take_while(|c| matches!(c, b'b' | b'#')).count();
    if !chord.as_bytes().first().is_some_and(|c| (b'A'..=b'G').contains(c)) {
        return None;
    }
    let (root, rest) = chord.split_at(root_len);
    // The root may mix sharps and flats.
    let base = NoteName::parse(&root[..1])?.chroma();
    let acc: i32 = root[1..].bytes().map(|c| if c == b'#' { 1 } else { -1 }).sum();
    let symbol = rest.split_once('/').map_or(rest, |(s, _)| s);
    Some((base + acc, symbol))
}

/// How a chord is to be laid out.
struct Layout<'a> {
    dictionary: &'a str,
    chord: &'a str,
    anchor: f64,
    offset: f64,
    mode: &'a str,
    n: Option<f64>,
    octaves: f64,
}

impl<'a> Layout<'a> {
    fn of(value: &Value<'a>) -> Option<Self> {
        let mut l = Layout { dictionary: IREAL_NAME, chord: "", anchor: 72.0, offset: 0.0, mode: "below", n: None, octaves: 1.0 };
        match value {
            Value::Text(t) => l.chord = t,
            Value::Map(m) => {
                let number = |k, d: f64| m.get(k).map_or(Some(d), |v| v.numeral().ok());
                match m.get(Key::CHORD)? {
                    Value::Text(t) => l.chord = t,
                    _ => return None,
                }
                l.offset = number(Key::OFFSET, 0.0)?;
                l.octaves = number(Key::OCTAVES, 1.0)?;
                if let Some(n) = m.get(Key::N) {
                    l.n = Some(n.numeral().ok()?);
                }
                if let Some(Value::Text(t)) = m.get(Key::DICTIONARY) {
                    l.dictionary = t;
                }
                if let Some(Value::Text(t)) = m.get(Key::MODE) {
                    l.mode = t;
                }
                if let Some(a) = m.get(Key::ANCHOR) {
                    l.anchor = match a.get(Key::NOTE).unwrap_or(a) {
                        Value::Text(t) => note_to_midi(t, 4)?,
                        Value::Note(n) => f64::from(n.midi(4)),
                        v => v.numeral().ok()?,
                    };
                }
            }
            _ => return None,
        }
        Some(l)
    }

    /// Which tone of a voicing meets the anchor; `None` where there is no such mode.
    fn target(&self, v: &[i8]) -> Option<f64> {
        let tone = match self.mode {
            "below" | "duck" => v.last(),
            "above" | "root" => v.first(),
            _ => None,
        };
        tone.map(|t| f64::from(*t))
    }

    /// Calls `f` with each note of the chord; with none where the chord isn't known.
    fn notes(&self, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        let unknown = || Fault::Given { call: "voicing", needs: Needs::Chord, got: Got::of(&Value::Text(self.chord)) };
        let (root, symbol) = split_chord(self.chord).ok_or_else(unknown)?;
        let Some(all) = voicings(self.dictionary, symbol)? else {
            // A chord that another dictionary voices is silent in this one, as in Strudel.
            let elsewhere = DICTIONARIES.iter().any(|(name, _)| voicings(name, symbol).is_ok_and(|found| found.is_some()));
            return if elsewhere { Ok(()) } else { Err(unknown()) };
        };
        self.pick(root, all).map_or(Ok(()), |(v, base)| self.chord_notes(v, base, f))
    }

    /// The voicing that lies best and its root as a MIDI number.
    fn pick(&self, root: i32, all: Voicings) -> Option<(&'static [i8], f64)> {
        let diff = |v: &[i8]| Some(modulo(self.anchor % 12.0 - self.target(v)? - f64::from(root), 12.0));
        let mut best = (0_i64, f64::INFINITY);
        for (i, v) in (0_i64..).zip(all) {
            let d = diff(v)?;
            if d < best.1 {
                best = (i, d);
            }
        }
        if self.mode == "root" {
            best.0 = 0;
        }
        let len = i64::try_from(all.len()).ok()?;
        let offset = Rational::from_f64(self.offset).ok().filter(|r| r.sam() == *r)?.floor();
        let octaves = Rational::new(offset, len)?.neg().ok()?.floor().checked_neg()?;
        let v = all.get(usize::try_from((best.0 + offset).rem_euclid(len)).ok()?)?;
        Some((v, self.anchor - diff(v)? - self.target(v)? + 12.0 * Rational::int(octaves).to_f64()))
    }

    /// Calls `f` with the notes that sound: all, or the one that `n` counts.
    fn chord_notes(&self, v: &[i8], base: f64, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        #[allow(clippy::float_cmp, reason = "both are whole semitones")]
        let sounding = || v.iter().map(|tone| base + f64::from(*tone)).filter(|midi| self.mode != "duck" || *midi != self.anchor);
        let Some(n) = self.n else {
            return sounding().try_for_each(|midi| {
                let whole = i32::try_from(Rational::from_f64(midi.floor())?.floor()).unwrap_or(0);
                f(Value::Note(NoteName::from_midi_flat(whole)))
            });
        };
        let count = f64::from(u32::try_from(sounding().count()).unwrap_or(u32::MAX));
        let at = modulo(n, count);
        // Between two notes there is none.
        let Some((_, midi)) = (0_u8..).zip(sounding()).find(|(i, _)| f64::from(*i).to_bits() == at.to_bits()) else { return Ok(()) };
        f(Value::Number(midi + (n / count).floor() * self.octaves * 12.0))
    }
}

struct Voicing(Pattern);

impl Query for Voicing {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        const USED: [Key; 7] = [Key::DICTIONARY, Key::CHORD, Key::ANCHOR, Key::OFFSET, Key::MODE, Key::N, Key::OCTAVES];
        self.0.query(cx, span, &mut |e| {
            let Some(layout) = Layout::of(&e.value) else { return Ok(()) };
            let rest = match e.value {
                Value::Map(m) => m.without(&USED),
                _ => Map::new(),
            };
            layout.notes(&mut |note| {
                let mut m = Map::one(Key::NOTE, note);
                rest.entries().try_for_each(|(k, v)| m.set(k, v))?;
                cx.cycles(e.part, |part| sink(&Event { part, ..e.with_value(Value::Map(&m)) }))
            })
        })
    }
}

/// Chord symbols as notes.
pub(crate) fn voicing(pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { density: t.density * 6.0, peak: f64::INFINITY, ..t.clone() };
    Pattern::make(Voicing(pat.clone()), traits, &[pat])
}
