//! `scale` and `scaleTranspose`: scale degrees become notes, notes move along a scale.
//!
//! Names and spelling follow @tonaljs; what counts as a degree follows @strudel/tonal.

use super::scale_data::SCALES;
use crate::pattern::cycle::core::{Cx, Event, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow, Got, Needs};
use crate::pattern::cycle::note::{Interval, NoteName, is_note, note_to_midi};
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::{Rational, Span};
use crate::pattern::cycle::value::{Key, Value, parse_number};

/// A scale: a tonic, perhaps with an octave, and a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    tonic: Option<NoteName>,
    row: u16,
}

/// The fault that there is no scale of a name.
#[cold]
fn unknown(name: &Value<'_>) -> Fault {
    Fault::Given { call: "scale", needs: Needs::Scale, got: Got::of(name) }
}

/// Room for the longest name, so that joining its words never allocates.
struct Words {
    bytes: [u8; 64],
    len: usize,
}

impl Words {
    fn push(&mut self, text: &str) -> Flow {
        let sep = usize::from(self.len > 0);
        let end = self.len + sep + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or_else(|| unknown(&Value::Text(text)))?;
        if sep == 1 {
            room[0] = b' ';
        }
        room[sep..].copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn collect(v: &Value<'_>, out: &mut Words) -> Flow {
    match v {
        Value::Text(t) => t.split([':', ' ']).filter(|w| !w.is_empty()).try_for_each(|w| out.push(w)),
        Value::List(items) => items.iter().try_for_each(|v| collect(v, out)),
        Value::Number(x) if *x >= 0.0 && *x < 10.0 && x.fract() == 0.0 => {
            let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
            let at = usize::try_from(Rational::from_f64(*x)?.floor()).map_err(|_| unknown(v))?;
            out.push(digits.get(at).ok_or_else(|| unknown(v))?)
        }
        other => Err(unknown(other)),
    }
}

/// The names of all scales, further names behind each.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCALES.iter().flat_map(|(names, _)| names.iter().copied())
}

impl Scale {
    /// Finds the scale a value names: a word, or a list of words such as `C:minor:pentatonic`.
    ///
    /// # Errors
    /// [`Fault::Value`] for names that aren't in the table.
    pub fn from_value(v: &Value<'_>) -> Result<Self, Fault> {
        let mut words = Words { bytes: [0; 64], len: 0 };
        collect(v, &mut words)?;
        Self::parse(std::str::from_utf8(&words.bytes[..words.len]).map_err(|_| unknown(v))?)
    }

    fn parse(name: &str) -> Result<Self, Fault> {
        let (tonic, kind) = match name.split_once(' ') {
            Some((first, rest)) => match NoteName::parse(first) {
                Some(n) => (Some(n), rest),
                None => (None, name),
            },
            None => (None, name),
        };
        let known = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(kind));
        let row = SCALES.iter().position(|(names, _)| known(names)).ok_or_else(|| unknown(&Value::Text(name)))?;
        Ok(Self { tonic, row: u16::try_from(row).map_err(|_| unknown(&Value::Text(name)))? })
    }

    fn intervals(self) -> &'static [(i8, i8)] {
        SCALES.get(usize::from(self.row)).map_or(&[], |(_, i)| i)
    }

    fn tonic(self) -> NoteName {
        self.tonic.unwrap_or(NoteName { step: 0, alt: 0, oct: None })
    }

    /// The interval of degree `i`, which counts on through the octaves.
    fn degree(self, i: i64) -> Option<Interval> {
        let all = self.intervals();
        let len = i64::try_from(all.len()).ok().filter(|n| *n > 0)?;
        let (steps, semitones) = *all.get(usize::try_from(i.rem_euclid(len)).ok()?)?;
        let octaves = i32::try_from(i.div_euclid(len)).ok().filter(|o| o.abs() < 1000)?;
        Some(Interval { steps: steps.into(), semitones: semitones.into() }.plus_octaves(octaves))
    }

    /// The note of a degree, from octave 3 where the tonic names none.
    fn note(self, degree: f64) -> Option<NoteName> {
        let i = Rational::from_f64(degree.ceil()).ok()?.floor();
        let tonic = self.tonic();
        tonic.at(tonic.oct.unwrap_or(3)).transpose(self.degree(i)?)
    }

    /// The note of the scale nearest to a MIDI number, the higher of two.
    fn nearest(self, midi: f64) -> Option<NoteName> {
        let root = self.tonic().at(0);
        let shift = ((midi - f64::from(root.midi(0))) / 12.0).floor();
        let octave = i32::try_from(Rational::from_f64(shift).ok()?.floor()).ok()?;
        let octave_step = Interval { steps: 7, semitones: 12 };
        let inner = self.intervals().iter().map(|(s, t)| Interval { steps: (*s).into(), semitones: (*t).into() });
        let mut best: Option<(f64, NoteName)> = None;
        for i in inner.chain(std::iter::once(octave_step)) {
            let note = root.transpose(i.plus_octaves(octave))?;
            let diff = (f64::from(note.midi(0)) - midi).abs();
            if best.is_none_or(|(d, _)| diff <= d) {
                best = Some((diff, note));
            }
        }
        best.map(|(_, n)| n)
    }

    /// The MIDI number `degree` steps from the scale note nearest to `anchor`.
    fn anchored(self, degree: f64, anchor: f64) -> Option<f64> {
        let root = self.tonic();
        let root_chroma = root.midi(3).rem_euclid(12);
        let diff = crate::pattern::cycle::nodes::combine::modulo(anchor.rem_euclid(12.0) - f64::from(root_chroma), 12.0);
        let mut nearest = (0_i64, f64::INFINITY);
        for (i, (_, s)) in (0_i64..).zip(self.intervals()) {
            let d = (f64::from(*s) - diff).abs();
            if d < nearest.1 {
                nearest = (i, d);
            }
        }
        let at = Rational::from_f64(degree.floor()).ok()?.floor() + nearest.0;
        Some(f64::from(self.degree(at)?.semitones) + anchor - diff)
    }

    /// `note` moved `by` notes along the scale.
    fn walk(self, note: NoteName, by: f64) -> Result<NoteName, Fault> {
        const OUTSIDE: Fault = Fault::Value { doing: "scaleTranspose", needs: "notes that lie in their scale" };
        let Some(tonic) = self.tonic else {
            return Err(Fault::Value { doing: "scaleTranspose", needs: "a scale with a tonic, such as C:major" });
        };
        let tonic = NoteName { oct: None, ..tonic };
        let len = i64::try_from(self.intervals().len()).map_err(|_| OUTSIDE)?;
        let pitch = |i: i64| tonic.transpose(self.degree(i.rem_euclid(len))?);
        let is_it = |i: &i64| pitch(*i).is_some_and(|n| n.step == note.step && n.alt == note.alt);
        let start = (0..len).find(is_it).ok_or(OUTSIDE)?;
        if by.is_nan() || by.abs() > 1000.0 {
            return Err(OUTSIDE);
        }
        let dir = if by < 0.0 { -1_i16 } else { 1 };
        let (mut i, mut oct, mut at) = (start, note.oct.unwrap_or(3), note);
        while Rational::int((i - start).abs()).to_f64() < by.abs() {
            i += i64::from(dir);
            // The octave number changes between B and C.
            if dir < 0 && at.step == 0 {
                oct += dir;
            }
            at = pitch(i).ok_or(OUTSIDE)?;
            if dir > 0 && at.step == 0 {
                oct += dir;
            }
        }
        Ok(at.at(oct))
    }
}

/// A scale degree as a number and the semitones of its accidentals.
fn degree_of(v: &Value<'_>) -> Option<(f64, i32)> {
    match v {
        Value::Number(x) => Some((*x, 0)),
        Value::Bool(b) => Some((f64::from(u8::from(*b)), 0)),
        Value::Text(t) => {
            if let Some(x) = parse_number(t) {
                return Some((x, 0));
            }
            let digits = t.trim_end_matches(['#', 'b', 's', 'f']);
            let offset = t[digits.len()..].chars().map(|c| if matches!(c, '#' | 's') { 1 } else { -1 }).sum();
            let n: i32 = digits.parse().ok()?;
            Some((f64::from(n), offset))
        }
        _ => None,
    }
}

struct InScale {
    scale: Param,
    pat: Pattern,
}

impl InScale {
    fn place(scale: Scale, e: &Event<'_>, sink: &mut Sink<'_>) -> Flow {
        let (base, what) = match e.value {
            Value::Map(m) => {
                let found = m.get(Key::NOTE).or_else(|| m.get(Key::N)).or_else(|| m.get(Key::VALUE));
                let Some(v) = found else { return sink(e) };
                (Some(m.without(&[Key::NOTE, Key::N, Key::VALUE])), v)
            }
            Value::List(_) => return sink(e),
            v => (None, v),
        };
        let note = match what {
            Value::Note(n) => scale.nearest(f64::from(n.midi(3))).map(Value::Note),
            Value::Text(t) if is_note(t) => note_to_midi(t, 3).and_then(|m| scale.nearest(m)).map(Value::Note),
            v => {
                // What is neither a degree nor a note is left out, as in Strudel.
                let Some((degree, offset)) = degree_of(&v) else { return Ok(()) };
                let anchor = base.as_ref().and_then(|m| m.get(Key::ANCHOR));
                match anchor {
                    Some(a) => scale.anchored(degree, a.numeral()?).map(|m| Value::Number(m + f64::from(offset))),
                    None => Interval::from_semitones(offset).and_then(|i| scale.note(degree)?.transpose(i)).map(Value::Note),
                }
            }
        };
        let Some(note) = note else { return Err(Fault::Overflow) };
        match base {
            Some(mut m) => {
                m.set(Key::NOTE, note)?;
                sink(&Event { scale: Some(scale), ..e.with_value(Value::Map(&m)) })
            }
            None => sink(&Event { scale: Some(scale), ..e.with_value(note) }),
        }
    }
}

impl Query for InScale {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let scale = self.scale.lend(cx, |v| Scale::from_value(&v))?;
        self.pat.query(cx, span, &mut |e| Self::place(scale, e, sink))
    }
}

/// Degrees as notes of a scale, notes moved to the nearest of the scale.
pub(crate) fn scale(scale: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    if let Param::Const { value, .. } = scale {
        value.lend(|v| Scale::from_value(&v))?;
    }
    let t = pat.traits();
    let period = matches!(scale, Param::Const { .. }).then_some(1).and(t.period);
    let traits = Traits { period, peak: f64::INFINITY, ..t.clone() };
    Pattern::make(InScale { scale: scale.clone(), pat: pat.clone() }, traits, &[pat])
}

struct Walk {
    by: Param,
    pat: Pattern,
}

impl Query for Walk {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        const NEEDS: Fault = Fault::Value { doing: "scaleTranspose", needs: "notes put in a scale before, with scale(…)" };
        let by = self.by.lend(cx, |v| v.numeral())?;
        self.pat.query(cx, span, &mut |e| {
            let scale = e.scale.ok_or(NEEDS)?;
            let note = match e.value {
                Value::Map(m) => m.get(Key::NOTE).ok_or(NEEDS)?,
                v => v,
            };
            let name = match note {
                Value::Note(n) => n,
                Value::Text(t) => NoteName::parse(t).ok_or(NEEDS)?,
                _ => return Err(NEEDS),
            };
            super::transpose::put(e, Value::Note(scale.walk(name, by)?), sink)
        })
    }
}

/// Notes moved `by` notes along their scale.
pub(crate) fn scale_transpose(by: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: by.fixed().and(t.period), ..t.clone() };
    Pattern::make(Walk { by: by.clone(), pat: pat.clone() }, traits, &[pat])
}
