//! `voicing`: chord symbols become notes, laid out near an anchor.
//!
//! The layout follows @strudel/tonal: of all voicings of a symbol the one whose top note (or
//! bottom note, by mode) lies nearest below the anchor.

use super::voicing_data::VOICINGS;
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Flow};
use crate::pattern::cycle::nodes::combine::modulo;
use crate::pattern::cycle::note::{NoteName, note_to_midi};
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Key, Map, Value};

/// The voicings of a chord symbol; `m`, `M` and `aug` may stand for `-`, `^` and `+`.
fn voicings(symbol: &str) -> Option<&'static [&'static [i8]]> {
    let find = |s: &str| VOICINGS.iter().find(|(name, _)| *name == s).map(|(_, v)| *v);
    if symbol.is_empty() {
        return find("^");
    }
    let alias = |name: &str, from: char, to: &str| match name.split_once(from) {
        Some((head, tail)) => symbol.strip_prefix(head).and_then(|s| s.strip_prefix(to)).is_some_and(|rest| rest == tail),
        None => false,
    };
    find(symbol).or_else(|| {
        let known = |name: &str| alias(name, '-', "m") || alias(name, '^', "M") || alias(name, '+', "aug");
        VOICINGS.iter().find(|(name, _)| known(name)).map(|(_, v)| *v)
    })
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
    chord: &'a str,
    anchor: f64,
    offset: f64,
    mode: &'a str,
    n: Option<f64>,
    octaves: f64,
}

impl<'a> Layout<'a> {
    fn of(value: &Value<'a>) -> Option<Self> {
        let mut l = Layout { chord: "", anchor: 72.0, offset: 0.0, mode: "below", n: None, octaves: 1.0 };
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

    /// Calls `f` with each note of the chord; `None` where the chord isn't known.
    fn notes(&self, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Option<Flow> {
        let (root, symbol) = split_chord(self.chord)?;
        let all = voicings(symbol)?;
        let target = |v: &[i8]| -> Option<f64> {
            let t = if matches!(self.mode, "above" | "root") { v.first() } else { v.last() };
            t.map(|t| f64::from(*t))
        };
        let diff = |v: &[i8]| Some(modulo(self.anchor % 12.0 - target(v)? - f64::from(root), 12.0));
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
        let base = self.anchor - diff(v)? - target(v)? + 12.0 * Rational::int(octaves).to_f64();
        match self.n {
            None => Some(self.chord_notes(v, base, f)),
            Some(n) => {
                let count = f64::from(u32::try_from(v.len()).ok()?);
                let at = modulo(n, count);
                let (_, tone) = (0_u8..).zip(v.iter()).find(|(i, _)| f64::from(*i).to_bits() == at.to_bits())?;
                Some(f(Value::Number(base + f64::from(*tone) + (n / count).floor() * self.octaves * 12.0)))
            }
        }
    }

    fn chord_notes(&self, v: &[i8], base: f64, f: &mut dyn FnMut(Value<'_>) -> Flow) -> Flow {
        for tone in v {
            let midi = base + f64::from(*tone);
            #[allow(clippy::float_cmp, reason = "both are whole semitones")]
            if self.mode == "duck" && midi == self.anchor {
                continue;
            }
            let whole = i32::try_from(Rational::from_f64(midi.floor())?.floor()).unwrap_or(0);
            f(Value::Note(NoteName::from_midi_flat(whole)))?;
        }
        Ok(())
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
            let done = layout.notes(&mut |note| {
                let mut m = Map::one(Key::NOTE, note);
                rest.entries().try_for_each(|(k, v)| m.set(k, v))?;
                e.part.cycles(|part| sink(&Event { part, ..e.with_value(Value::Map(&m)) }))
            });
            done.unwrap_or(Ok(()))
        })
    }
}

/// Chord symbols as notes.
pub(crate) fn voicing(pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { density: t.density * 6.0, peak: f64::INFINITY, ..t.clone() };
    Pattern::make(Voicing(pat.clone()), traits, &[pat])
}
