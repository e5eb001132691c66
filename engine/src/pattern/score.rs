//! Cycle patterns as the project keeps them, and compiled for the scheduler.

use serde::{Deserialize, Serialize};

use super::{
    cycle::{
        core::Event,
        mini::mini,
        note::note_to_midi,
        program::Program,
        rational::{Rational, Span},
        value::{Key, Map, Value},
    },
    program::Hit,
};
use crate::{
    audio::node::{Values, control},
    project::PatternSlot,
    time::{Ratio, floor_to_i64},
};

/// Longest mini-notation, in bytes.
pub const MAX_TEXT: usize = 4096;
/// Queries begin and end on this fraction of a cycle, so that times stay short fractions.
const GRID: i64 = 384;

/// A cycle pattern as the project keeps it: its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// Mini-notation.
    pub mini: String,
}

impl Cycle {
    /// Checks that the pattern can be compiled.
    ///
    /// # Errors
    /// Where the mini-notation can't be read, or the pattern is too dense.
    pub fn check(&self) -> Result<(), String> {
        self.program().map(|_| ())
    }

    fn program(&self) -> Result<Program, String> {
        if self.mini.len() > MAX_TEXT {
            return Err(format!("the mini-notation is longer than {MAX_TEXT} bytes; split it into several patterns"));
        }
        mini(&self.mini).and_then(|pattern| Program::compile(&pattern)).map_err(|error| error.to_string())
    }
}

/// A compiled cycle pattern.
#[derive(Clone, Debug)]
pub struct CycleProgram {
    pattern: u32,
    source: Cycle,
    program: Program,
    /// Quarter notes in a cycle.
    beats: Ratio,
    origin: Ratio,
    muted: bool,
    /// Words that stand for samples, with their numbers.
    sounds: Box<[(String, f64)]>,
}

impl PartialEq for CycleProgram {
    fn eq(&self, other: &Self) -> bool {
        let key = |p: &Self| (p.pattern, p.beats, p.origin, p.muted);
        key(self) == key(other) && self.source == other.source && self.sounds == other.sounds
    }
}

impl CycleProgram {
    /// Compiles a pattern of the project. `id` names it in reports, a cycle lasts `beats` quarter notes, `sounds` says which
    /// words stand for which sample.
    ///
    /// # Errors
    /// As [`Cycle::check`].
    pub fn compile(id: u32, cycle: &Cycle, slot: &PatternSlot, beats: f64, sounds: Vec<(String, f64)>) -> Result<Self, String> {
        let beats = Ratio::approximate(beats);
        Ok(Self {
            pattern: id,
            source: cycle.clone(),
            program: cycle.program()?,
            beats: if beats.num() > 0 { beats } else { Ratio::whole(4) },
            origin: Ratio::approximate(slot.origin),
            muted: slot.muted,
            sounds: sounds.into_boxed_slice(),
        })
    }

    /// Calls `sink` for every onset in `[from, to)` quarter notes. A query that fails gives nothing.
    ///
    /// # Realtime safety
    /// Never allocates; the work is bounded.
    pub(super) fn query(&self, (from, to): (f64, f64), sink: &mut impl FnMut(Hit)) {
        if self.muted || from >= to {
            return;
        }
        let (origin, beats) = (self.origin.to_f64(), self.beats.to_f64());
        #[allow(clippy::cast_precision_loss, reason = "a small constant")]
        let place = |beat: f64| floor_to_i64((beat - origin) / beats * GRID as f64);
        // Wider than asked by a step of the grid; the onsets themselves decide.
        let (begin, end) = (place(from).saturating_sub(1), place(to).saturating_add(2));
        let (Some(begin), Some(end)) = (Rational::new(begin, GRID), Rational::new(end, GRID)) else { return };
        let wide = Span::new(begin, end);
        // What a failing query gave until it failed must not be played.
        if self.program.onsets(wide, &mut |_| Ok(())).is_err() {
            return;
        }
        let _ = self.program.onsets(wide, &mut |event| {
            if let Some(hit) = self.hit(event).filter(|hit| (from..to).contains(&hit.beat.to_f64())) {
                sink(hit);
            }
            Ok(())
        });
    }

    /// The duration of one turn in quarter notes, with where it counts from.
    pub(super) fn turn(&self) -> (f64, f64) {
        let cycles = self.program.pattern().period().unwrap_or(1).max(1);
        (self.origin.to_f64(), self.beats.to_f64() * f64::from(cycles))
    }

    fn hit(&self, event: &Event<'_>) -> Option<Hit> {
        let whole = event.whole?;
        let length = whole.duration().ok()?;
        let beats = |time: Rational| Ratio::new(time.num(), time.den()) * self.beats;
        Some(Hit {
            beat: self.origin + beats(whole.begin),
            duration: beats(length),
            pattern: self.pattern,
            step: event.loc.start,
            values: self.values(&event.value)?,
        })
    }

    /// What an event's value means to a module; `None` for a rest.
    fn values(&self, value: &Value<'_>) -> Option<Values> {
        let mut values = Values::default();
        match value {
            Value::List(parts) => {
                let [first, rest @ ..] = parts else { return None };
                let sound = self.sound(first, &mut values)?;
                if let Some(Value::Number(n)) = rest.first() {
                    values.set(control::INDEX, sound + *n);
                }
                if let Some(Value::Number(gain)) = rest.get(1) {
                    values.set(control::GAIN, *gain);
                }
            }
            Value::Map(map) => self.controls(map, &mut values)?,
            other => {
                self.sound(other, &mut values)?;
            }
        }
        Some(values)
    }

    /// Sets what a value by itself means: a sample's number or name, or a note. Answers the number that a variation adds to.
    fn sound(&self, value: &Value<'_>, values: &mut Values) -> Option<f64> {
        match value {
            Value::Number(index) if *index >= 0.0 => {
                values.set(control::INDEX, *index);
                Some(*index)
            }
            Value::Bool(true) => Some(0.0),
            Value::Note(note) => {
                values.set(control::NOTE, f64::from(note.midi(3)));
                Some(0.0)
            }
            Value::Text(word) => {
                if let Some((_, index)) = self.sounds.iter().find(|(known, _)| known == word) {
                    values.set(control::INDEX, *index);
                    return Some(*index);
                }
                // A word that no sample bears and that ends in an octave is a note.
                if let Some(note) = note_to_midi(word, 3).filter(|_| word.ends_with(|c: char| c.is_ascii_digit())) {
                    values.set(control::NOTE, note);
                }
                Some(0.0)
            }
            _ => None,
        }
    }

    fn controls(&self, map: &Map<'_>, values: &mut Values) -> Option<()> {
        let number = |key: Key| match map.get(key) {
            Some(Value::Number(x)) => Some(x),
            _ => None,
        };
        let sound = match map.get(Key::S) {
            Some(word) => self.sound(&word, values)?,
            None => 0.0,
        };
        if let Some(n) = number(Key::N) {
            values.set(control::INDEX, sound + n);
        }
        match map.get(Key::NOTE) {
            Some(Value::Number(note)) => drop(values.set(control::NOTE, note)),
            Some(Value::Note(note)) => drop(values.set(control::NOTE, f64::from(note.midi(3)))),
            Some(Value::Text(word)) => drop(values.set(control::NOTE, note_to_midi(word, 3)?)),
            _ => {}
        }
        if let Some(pan) = number(Key::PAN) {
            values.set(control::PAN, pan * 2.0 - 1.0);
        }
        let plain = [(Key::GAIN, control::GAIN), (Key::SPEED, control::SPEED), (Key::BEGIN, control::BEGIN), (Key::END, control::END)];
        for (key, control) in plain {
            if let Some(x) = number(key) {
                values.set(control, x);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pattern::{Pattern, Program as Playable};

    fn compile(text: &str, origin: f64) -> Playable {
        let cycle = Cycle { mini: text.to_owned() };
        let slot = PatternSlot { pattern: Arc::new(Pattern::Cycle(cycle.clone())), muted: false, origin };
        let sounds = vec![("bd".to_owned(), 0.0), ("hh".to_owned(), 2.0)];
        Playable::Cycle(CycleProgram::compile(7, &cycle, &slot, 4.0, sounds).unwrap())
    }

    fn onsets(program: &Playable, from: f64, to: f64) -> Vec<(f64, f64)> {
        let mut found = Vec::new();
        program.query(from, to, Ratio::ZERO, |hit| found.push((hit.beat.to_f64(), hit.duration.to_f64())));
        found.sort_by(|a, b| a.partial_cmp(b).unwrap());
        found
    }

    #[test]
    fn a_cycle_lasts_its_beats_and_counts_from_its_origin() {
        let p = compile("bd hh", 0.0);
        assert_eq!(onsets(&p, 0.0, 4.0), [(0.0, 2.0), (2.0, 2.0)]);
        assert_eq!(onsets(&p, -2.0, 0.0), [(-2.0, 2.0)]);
        assert_eq!(onsets(&p, 0.0, 0.0), []);
        let later = compile("bd hh <bd ~ hh>", 1.5);
        assert_eq!(onsets(&later, 1.5, 1.6), [(1.5, 4.0 / 3.0)]);
        assert_eq!(later.turn(), (1.5, 12.0));
    }

    #[test]
    fn cutting_a_span_neither_loses_nor_doubles() {
        for text in ["bd(3,8) hh*8 [sn cp]*2 <a b c>/2", "{a b c}%8, [d e]*4 , f(5,8,2)?0.5", "bd*7 hh*11?"] {
            let p = compile(text, 0.25);
            let whole = onsets(&p, -10.0, 100.0);
            let mut pieces = Vec::new();
            let mut at = -10.0;
            while at < 100.0 {
                pieces.extend(onsets(&p, at, (at + 0.0107_f64).min(100.0)));
                at += 0.0107;
            }
            pieces.sort_by(|a, b| a.partial_cmp(b).unwrap());
            assert_eq!(whole, pieces, "{text}");
            assert!(whole.len() > 100, "{text}");
        }
    }

    #[test]
    fn words_and_numbers_become_controls() {
        use control::{GAIN, INDEX, NOTE};
        let table: &[(&str, &[(u16, f64)])] = &[
            ("hh", &[(INDEX, 2.0)]),
            ("3", &[(INDEX, 3.0)]),
            ("hh:1", &[(INDEX, 3.0)]),
            ("bd:1:0.5", &[(INDEX, 1.0), (GAIN, 0.5)]),
            ("c4", &[(NOTE, 60.0)]),
            ("cp", &[]),
        ];
        for (text, want) in table {
            let mut got = Vec::new();
            compile(text, 0.0).query(0.0, 4.0, Ratio::ZERO, |hit| got.push(hit.values.iter().collect::<Vec<_>>()));
            assert_eq!(got, [want.to_vec()], "{text}");
        }
        assert_eq!(onsets(&compile("-1 bd", 0.0), 0.0, 4.0), [(2.0, 2.0)], "a negative index is a rest");
    }

    #[test]
    fn a_control_map_sets_every_control_there_is() {
        let map = |pairs: &[(Key, Value<'static>)]| {
            let mut map = Map::new();
            for (key, value) in pairs {
                map.set(*key, *value).unwrap();
            }
            map
        };
        let Playable::Cycle(p) = compile("bd", 0.0) else { panic!("a cycle") };
        let all = map(&[
            (Key::S, Value::Text("hh")),
            (Key::N, Value::Number(1.0)),
            (Key::NOTE, Value::Text("c4")),
            (Key::PAN, Value::Number(0.0)),
            (Key::GAIN, Value::Number(0.5)),
        ]);
        let values = p.values(&Value::Map(&all)).unwrap();
        let got = [control::INDEX, control::NOTE, control::PAN, control::GAIN, control::SPEED].map(|c| values.get(c));
        assert_eq!(got, [Some(3.0), Some(60.0), Some(-1.0), Some(0.5), None]);
    }
}
