//! Values that get names, and names of roots.

use crate::pattern::cycle::core::{Cx, Pattern, Query, Sink, Traits};
use crate::pattern::cycle::fault::{Error, Fault, Flow};
use crate::pattern::cycle::note::NoteName;
use crate::pattern::cycle::param::Param;
use crate::pattern::cycle::rational::Span;
use crate::pattern::cycle::value::{Key, Map, Value};

struct As {
    keys: Box<[Key]>,
    pat: Pattern,
}

impl Query for As {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        self.pat.query(cx, span, &mut |e| {
            let single = [e.value];
            let items = if let Value::List(items) = e.value { items } else { &single };
            let mut m = Map::new();
            for (key, item) in self.keys.iter().zip(items) {
                m.set(*key, *item)?;
            }
            sink(&e.with_value(Value::Map(&m)))
        })
    }
}

/// The values of `pat`, or the items of lists in order, as controls.
pub(crate) fn named(keys: Vec<Key>, pat: &Pattern) -> Result<Pattern, Error> {
    Pattern::make(As { keys: keys.into(), pat: pat.clone() }, Traits { peak: f64::INFINITY, ..pat.traits().clone() }, &[pat])
}

struct RootNotes {
    octave: Param,
    pat: Pattern,
}

const NEEDS_CHORDS: Fault = Fault::Value { doing: "rootNotes", needs: "chord symbols such as C^7 or F#m" };

/// The root of a chord symbol: its letter, with a sharp or flat.
fn root(symbol: &str) -> Option<NoteName> {
    let letter = symbol.chars().next().filter(|c| matches!(c, 'a'..='g' | 'A'..='G'))?;
    let end = letter.len_utf8() + usize::from(symbol[1..].starts_with(['b', '#']));
    NoteName::parse(symbol.get(..end)?)
}

impl Query for RootNotes {
    fn query(&self, cx: &Cx<'_>, span: Span, sink: &mut Sink<'_>) -> Flow {
        let octave = self.octave.count(cx, i64::from(i16::MIN))?;
        self.pat.query(cx, span, &mut |e| {
            let chord = e.value.get(Key::CHORD);
            let symbol = match chord.unwrap_or(e.value) {
                Value::Text(symbol) => root(symbol),
                Value::Note(note) => Some(note),
                _ => None,
            };
            let octave = i16::try_from(octave).map_err(|_| NEEDS_CHORDS)?;
            let note = Value::Note(symbol.ok_or(NEEDS_CHORDS)?.at(octave));
            match chord {
                Some(_) => sink(&e.with_value(Value::Map(&Map::one(Key::NOTE, note)))),
                None => sink(&e.with_value(note)),
            }
        })
    }
}

/// The root of each chord symbol, in an octave.
pub(crate) fn root_notes(octave: &Param, pat: &Pattern) -> Result<Pattern, Error> {
    let t = pat.traits();
    let traits = Traits { period: octave.fixed().and(t.period), peak: f64::INFINITY, ..t.clone() };
    Pattern::make(RootNotes { octave: octave.clone(), pat: pat.clone() }, traits, &[pat])
}
