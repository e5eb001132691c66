//! Cycle patterns compiled for the scheduler: what their events mean to modules.

use std::{cell::Cell, sync::Arc};

use super::{
    PatternSlot,
    cycle::{
        core::{Event, Pattern, Sink},
        fault::{Error, Fault},
        note::note_to_midi,
        program::Program,
        rational::{Rational, Span},
        value::{Key, Map, Value},
    },
    given::Supply,
    program::Hit,
};
use crate::{
    param::ParamSpec,
    signal::{
        Controls, Values, control,
        word::{Word, WordTable},
    },
    time::{Ratio, floor_to_i64},
};

/// Queries begin and end on this fraction of a cycle, so that times stay short fractions.
const GRID: i64 = 384;
/// Steps that an onset takes of those who only look: about as long as so many of a query.
const HIT: u32 = 16;
/// Cycles that are looked through for words without a sample.
const LOOKED_THROUGH: i64 = 8;

/// Spellings of parameters: what patterns call them, the parameter, and the factor between their units.
const SPELLINGS: [(&str, u16, f64); 5] = [
    ("attack", control::ATTACK_MS, 1000.0),
    ("decay", control::DECAY_MS, 1000.0),
    ("release", control::RELEASE_MS, 1000.0),
    // The second of the styles.
    ("loop", control::PLAY_STYLE, 1.0),
    // Not a parameter: it names orbits.
    ("duckorbit", control::DUCK_ORBIT, 1.0),
];

/// Whether a control's name is a spelling of a parameter, or is heard before any module, as `clip` is, which shortens events.
#[must_use]
pub fn is_spelling(name: &str) -> bool {
    name == "clip" || SPELLINGS.iter().any(|(known, ..)| *known == name)
}

/// What a control of patterns sets.
#[derive(Clone, Copy, Debug)]
struct TableEntry {
    control: u16,
    /// What its numbers are multiplied by.
    factor: f64,
    /// Words and their numbers, where it takes words.
    choices: &'static [&'static str],
}

/// What the controls of patterns set, by key: every parameter that a trigger can set, and the pattern language's own.
#[derive(Clone, Debug)]
pub struct ControlTable(Arc<[Option<TableEntry>]>);

impl ControlTable {
    /// The controls that modules hear: those of every session, and this one's `own`, which take no other's place.
    #[must_use]
    pub fn new(
        controls: &mut Controls,
        usual: impl Iterator<Item = &'static ParamSpec> + Clone,
        own: impl Iterator<Item = &'static ParamSpec>,
    ) -> Self {
        let mut entry: Vec<Option<TableEntry>> = Vec::new();
        let mut set = |key: Key, control: u16, factor: f64, choices| {
            if entry.len() <= key.place() {
                entry.resize(key.place() + 1, None);
            }
            entry[key.place()] = Some(TableEntry { control, factor, choices });
        };
        for spec in usual.clone().chain(own.filter(|spec| !usual.clone().any(|known| known.is_called(spec.name)))) {
            let choices = spec.choices();
            for name in std::iter::once(&spec.name).chain(spec.aliases) {
                if let Ok(key) = Key::lasting(name) {
                    set(key, controls.intern(spec.name), 1.0, choices);
                }
            }
        }
        for (key, control) in [(Key::GAIN, control::GAIN), (Key::BEGIN, control::BEGIN), (Key::END, control::END)] {
            set(key, control, 1.0, &[]);
        }
        for (name, control, factor) in SPELLINGS {
            if let Ok(key) = Key::lasting(name) {
                set(key, control, factor, &[]);
            }
        }
        Self(entry.into())
    }

    /// The same, with the `clip` of events for modules whose voices would play on when they end.
    #[must_use]
    pub fn with_clip(self) -> Self {
        let mut entry = self.0.to_vec();
        if entry.len() <= Key::CLIP.place() {
            entry.resize(Key::CLIP.place() + 1, None);
        }
        entry[Key::CLIP.place()] = Some(TableEntry { control: control::CLIP, factor: 1.0, choices: &[] });
        Self(entry.into())
    }

    fn get(&self, key: Key) -> Option<TableEntry> {
        *self.0.get(key.place())?
    }
}

/// Words that the modules know which hear a pattern.
#[derive(Clone, Debug, Default)]
pub struct Sounds(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    words: Vec<String>,
    exact: WordTable<()>,
    /// The spelling of a word whose upper and lower case does not count.
    folded: WordTable<f64>,
}

impl Sounds {
    /// These words; of several that differ in upper and lower case only, the first counts for other spellings.
    #[must_use]
    pub fn new(words: Vec<String>) -> Self {
        let exact = WordTable::new(words.iter().map(|word| (Word::of(word), ())));
        let folded = WordTable::new(words.iter().map(|word| (Word::folded(word), Word::of(word).number())));
        Self(Arc::new(Known { words, exact, folded }))
    }

    /// The words.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.0.words
    }

    /// What a word stands for: a sample called so, else a note, else a sample called so but for upper and lower case. A `bank` stands
    /// before the word, as in `tr808_bd`.
    fn meaning(&self, bank: Option<&str>, word: &str) -> Meaning {
        let whole = |begin: Word| begin.and(word).number();
        let number = bank.map_or_else(|| whole(Word::default()), |bank| whole(Word::of(bank).and("_")));
        if self.0.exact.get(number).is_some() {
            return Meaning::Sample(number);
        }
        if let Some(note) = word_note(word).filter(|_| bank.is_none()) {
            return Meaning::Note(note);
        }
        let folded = bank.map_or_else(|| Word::folded(word), |bank| Word::folded(bank).and("_").and_folded(word));
        self.0.folded.get(folded.number()).map_or(Meaning::Nothing(number), |known| Meaning::Sample(*known))
    }
}

/// What a cycle pattern is compiled with.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Names the pattern in reports.
    pub id: u32,
    /// The pattern's playing state.
    pub slot: &'a PatternSlot,
    /// Quarter notes in a cycle.
    pub beats: f64,
    /// Words that stand for samples.
    pub sounds: Sounds,
    /// What its controls set.
    pub table: ControlTable,
}

/// A compiled cycle pattern.
#[derive(Clone, Debug)]
pub struct CycleProgram {
    pattern: u32,
    events: Events,
    /// Quarter notes in a cycle.
    beats: Ratio,
    origin: Ratio,
    muted: bool,
    sounds: Sounds,
    table: ControlTable,
}

/// Where a pattern's events come from.
#[derive(Clone, Debug)]
enum Events {
    /// It is asked.
    Asked(Program),
    /// They are given, cycle by cycle.
    Given,
}

impl CycleProgram {
    /// Compiles a pattern of the project.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile(pattern: &Pattern, setting: Setting<'_>) -> Result<Self, Error> {
        Program::compile(pattern).map(|program| Self::of(Events::Asked(program), setting))
    }

    /// A program of the project's patterns.
    #[must_use]
    pub fn asked(program: Program, setting: Setting<'_>) -> Self {
        Self::of(Events::Asked(program), setting)
    }

    /// A generative pattern of the project.
    #[must_use]
    pub fn given(setting: Setting<'_>) -> Self {
        Self::of(Events::Given, setting)
    }

    fn of(events: Events, setting: Setting<'_>) -> Self {
        let beats = Ratio::approximate(setting.beats);
        Self {
            pattern: setting.id,
            events,
            beats: if beats.num() > 0 { beats } else { Ratio::whole(4) },
            origin: Ratio::approximate(setting.slot.origin),
            muted: setting.slot.muted,
            sounds: setting.sounds,
            table: setting.table,
        }
    }

    /// Calls `sink` for every onset in `[from, to)` quarter notes.
    ///
    /// # Errors
    /// A query that fails gives nothing, and says why.
    ///
    /// # Realtime safety
    /// Never allocates; the work is bounded.
    pub(super) fn query(&self, span: (f64, f64), supply: &mut Supply, sink: &mut impl FnMut(Hit)) -> Result<(), Fault> {
        self.query_from((self.origin, 0), span, supply, sink)
    }

    /// As [`Self::query`], where cycle `zero.1` begins at beat `zero.0`.
    pub(super) fn query_from(
        &self,
        zero: (Ratio, i64),
        (from, to): (f64, f64),
        supply: &mut Supply,
        sink: &mut impl FnMut(Hit),
    ) -> Result<(), Fault> {
        if self.muted || from >= to {
            return Ok(());
        }
        // Wider than asked by a step of the grid; the onsets themselves decide.
        let (begin, end) = (self.place(zero, from).saturating_sub(1), self.place(zero, to).saturating_add(2));
        let wide = Span::new(Rational::new(begin, GRID).ok_or(Fault::Overflow)?, Rational::new(end, GRID).ok_or(Fault::Overflow)?);
        let (looking, steps) = (supply.is_looking(), supply.steps().clone());
        let mut hit = |event: &Event<'_>| {
            if looking {
                let left = steps.get().checked_sub(HIT);
                steps.set(left.unwrap_or(0));
                left.ok_or(Fault::TooDense)?;
            }
            if let Some(hit) = self.hit(event, zero).filter(|hit| (from..to).contains(&hit.beat.to_f64())) {
                sink(hit);
            }
            Ok(())
        };
        let asked = match &self.events {
            Events::Asked(program) if looking => program.onsets_within(&steps, wide, &mut hit),
            Events::Asked(program) => ask(program, &steps, wide, &mut hit),
            Events::Given => {
                let Some(supplied) = supply.of(self.pattern) else { return Ok(()) };
                let (mut late, mut asked) = (0, Ok(()));
                for cycle in self.cycles(zero, (from, to)) {
                    if asked.is_err() {
                        break;
                    }
                    let was_missed = !looking && supplied.was_missed(cycle);
                    let Some(program) = supplied.get(cycle) else {
                        if !looking {
                            supplied.miss(cycle);
                        }
                        continue;
                    };
                    if was_missed && let Some(gone) = Span::new(Rational::int(cycle), wide.begin).sect(Span::cycle(cycle)) {
                        program.onsets(gone, &mut |_| {
                            late += 1;
                            Ok(())
                        })?;
                    }
                    if let Some(part) = wide.sect(Span::cycle(cycle)) {
                        asked = ask(program, &steps, part, &mut hit);
                    }
                }
                supply.late += late;
                asked
            }
        };
        supply.allow(steps.get());
        asked
    }

    /// The place of a beat on the grid of cycles, where cycle `zero.1` begins at beat `zero.0`.
    #[allow(clippy::cast_precision_loss, reason = "a small constant")]
    fn place(&self, zero: (Ratio, i64), beat: f64) -> i64 {
        floor_to_i64((beat - zero.0.to_f64()) / self.beats.to_f64() * GRID as f64).saturating_add(zero.1.saturating_mul(GRID))
    }

    /// The cycles that a span of quarter notes touches, at most as many as are kept.
    fn cycles(&self, zero: (Ratio, i64), (from, to): (f64, f64)) -> std::ops::RangeInclusive<i64> {
        let cycle = |beat: f64| self.place(zero, beat).div_euclid(GRID);
        let first = cycle(from);
        first..=cycle(to - 1e-9).clamp(first, first + 7)
    }

    /// Names each cycle that has to be given for a span of quarter notes, and `ahead` cycles beyond.
    pub(super) fn wanted(&self, zero: (Ratio, i64), span: (f64, f64), ahead: i64, want: &mut impl FnMut(u32, i64)) {
        if let Events::Given = self.events {
            let cycles = self.cycles(zero, span);
            (*cycles.start()..=cycles.end() + ahead).for_each(|cycle| want(self.pattern, cycle));
        }
    }

    /// The beat that its first cycle begins at.
    pub(super) const fn origin(&self) -> Ratio {
        self.origin
    }

    /// A bound of its onsets within so many quarter notes, where one is known without asking.
    pub(super) fn at_most(&self, beats: f64) -> Option<usize> {
        match &self.events {
            _ if self.muted => Some(0),
            Events::Asked(program) if program.is_certain() => {
                let cycles = floor_to_i64(beats / self.beats.to_f64()).saturating_add(2);
                usize::try_from(cycles).ok()?.checked_mul(usize::try_from(program.busiest()).ok()?)
            }
            Events::Asked(_) | Events::Given => None,
        }
    }

    fn period(&self) -> Option<u32> {
        match &self.events {
            Events::Asked(program) => program.pattern().period(),
            Events::Given => None,
        }
    }

    /// Quarter notes in a cycle.
    pub(super) const fn cycle_beats(&self) -> Ratio {
        self.beats
    }

    /// Words in the pattern's first cycles that stand for no sample and no note.
    #[must_use]
    pub fn unknown_words(&self) -> Vec<String> {
        let Events::Asked(program) = &self.events else { return Vec::new() };
        unknown_words(program, &self.sounds)
    }

    /// The duration of one turn in quarter notes, with where it counts from.
    pub(super) fn turn(&self) -> (f64, f64) {
        let cycles = self.period().unwrap_or(1).max(1);
        (self.origin.to_f64(), self.beats.to_f64() * f64::from(cycles))
    }

    fn hit(&self, event: &Event<'_>, zero: (Ratio, i64)) -> Option<Hit> {
        let whole = event.whole?;
        let length = whole.duration().ok()?;
        let begin = whole.begin.sub(Rational::int(zero.1)).ok()?;
        let beats = |time: Rational| Ratio::new(time.num(), time.den()) * self.beats;
        Some(Hit {
            beat: zero.0 + beats(begin),
            duration: clipped(beats(length), &event.value),
            pattern: self.pattern,
            step: if event.loc.start < event.loc.end { event.loc.start } else { Hit::NOWHERE },
            values: self.values(&event.value)?,
        })
    }

    /// What an event's value means to a module; `None` for a rest.
    fn values(&self, value: &Value<'_>) -> Option<Values> {
        let mut values = Values::default();
        match value {
            Value::List(parts) => {
                let [first, rest @ ..] = parts else { return None };
                let sound = self.sound(None, first, &mut values)?;
                if let Some(Value::Number(n)) = rest.first() {
                    vary(sound, *n, &mut values);
                }
                if let Some(Value::Number(gain)) = rest.get(1) {
                    values.set(control::GAIN, *gain);
                }
            }
            Value::Map(map) => self.controls(map, &mut values)?,
            other => {
                self.sound(None, other, &mut values)?;
            }
        }
        Some(values)
    }

    /// Sets what a value by itself means: a sample's number or name, or a note. Answers the number that a variation adds to, where it
    /// is one.
    fn sound(&self, bank: Option<&str>, value: &Value<'_>, values: &mut Values) -> Option<Option<f64>> {
        match value {
            Value::Number(index) if *index >= 0.0 => {
                values.set(control::INDEX, *index);
                Some(Some(*index))
            }
            Value::Bool(true) => Some(None),
            Value::Note(note) => {
                values.set(control::NOTE, f64::from(note.midi(3)));
                Some(None)
            }
            Value::Text(word) => {
                match self.sounds.meaning(bank, word) {
                    Meaning::Sample(number) | Meaning::Nothing(number) => drop(values.set(control::S, number)),
                    Meaning::Note(note) => drop(values.set(control::NOTE, note)),
                }
                Some(None)
            }
            _ => None,
        }
    }

    fn controls(&self, map: &Map<'_>, values: &mut Values) -> Option<()> {
        let number = |key: Key| match map.get(key) {
            Some(Value::Number(x)) => Some(x),
            _ => None,
        };
        let bank = match map.get(Key::BANK) {
            Some(Value::Text(bank)) => Some(bank),
            _ => None,
        };
        let sound = match map.get(Key::S) {
            Some(word) => self.sound(bank, &word, values)?,
            None => None,
        };
        if let Some(n) = number(Key::N) {
            vary(sound, n, values);
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
        if let Some(Value::Text("c")) = map.get(Key::UNIT) {
            // The scheduler knows the tempo and makes it cycles a second.
            values.set(control::UNIT, self.beats.to_f64().recip());
        }
        for (key, value) in map.iter().filter(|(key, _)| ![Key::S, Key::N, Key::NOTE, Key::PAN, Key::BANK].contains(key)) {
            let Some(entry) = self.table.get(key) else { continue };
            let number = match value {
                Value::Number(x) => Some(x),
                Value::List(numbers) if entry.control == control::DUCK_ORBIT => {
                    for (control, number) in (control::DUCK_ORBIT..=control::DUCK_ORBIT_4).zip(numbers) {
                        if let Value::Number(number) = number {
                            values.set(control, *number);
                        }
                    }
                    None
                }
                Value::Bool(on) => Some(f64::from(u8::from(on))),
                Value::Text(word) => entry.choices.iter().zip(0_u8..).find(|(known, _)| **known == word).map(|(_, place)| f64::from(place)),
                _ => None,
            };
            if let Some(number) = number {
                values.set(entry.control, number * entry.factor);
            }
        }
        Some(())
    }
}

/// The length of an event with its `clip`, a factor.
fn clipped(length: Ratio, value: &Value<'_>) -> Ratio {
    let Value::Map(map) = value else { return length };
    match map.get(Key::CLIP) {
        Some(Value::Number(factor)) if factor != 1.0 && factor.is_finite() => length * Ratio::approximate(factor.clamp(0.0, 1024.0)),
        _ => length,
    }
}

/// Asks a program for its onsets within `steps`; where that fails, nothing of what it gave until then reaches `sink`.
fn ask(program: &Program, steps: &Cell<u32>, span: Span, sink: &mut Sink<'_>) -> Result<(), Fault> {
    if !program.is_certain() {
        program.onsets_within(steps, span, &mut |_| Ok(()))?;
    }
    program.onsets_within(steps, span, sink)
}

/// Sets the variation of a sound: a number adds to an index, and counts within what a word or nothing names.
fn vary(sound: Option<f64>, n: f64, values: &mut Values) {
    match sound {
        Some(index) => values.set(control::INDEX, index + n),
        None => values.set(control::N, n),
    };
}

/// What a word stands for.
enum Meaning {
    /// Samples, by the number of their word.
    Sample(f64),
    Note(f64),
    /// Nothing that is known; the number of the word.
    Nothing(f64),
}

/// Words in a pattern's first cycles that stand for no sample and no note, each once.
#[must_use]
pub fn unknown_words(program: &Program, sounds: &Sounds) -> Vec<String> {
    let mut unknown: Vec<String> = Vec::new();
    for cycle in 0..i64::from(program.pattern().period().unwrap_or(8)).min(LOOKED_THROUGH) {
        // What can't be asked is reported when it plays.
        let _ = program.onsets(Span::cycle(cycle), &mut |event| {
            let (bank, word) = match event.value {
                Value::List(parts) => (None, parts.first().copied()),
                Value::Map(map) => (map.get(Key::BANK), map.get(Key::S)),
                other => (None, Some(other)),
            };
            let bank = if let Some(Value::Text(bank)) = bank { Some(bank) } else { None };
            if let Some(Value::Text(word)) = word
                && let Meaning::Nothing(_) = sounds.meaning(bank, word)
            {
                let whole = bank.map_or_else(|| word.to_owned(), |bank| format!("{bank}_{word}"));
                if !unknown.contains(&whole) {
                    unknown.push(whole);
                }
            }
            Ok(())
        });
    }
    unknown
}

/// The note of a word that no sample bears: only one that ends in an octave is one.
fn word_note(word: &str) -> Option<f64> {
    note_to_midi(word, 3).filter(|_| word.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pattern::{Cycle, Pattern as Kept, Program as Playable, cycle::mini::mini};

    fn compile(text: &str, origin: f64) -> Playable {
        let slot = PatternSlot { pattern: Arc::new(Kept::Cycle(Cycle::Mini(text.to_owned()))), muted: false, origin };
        let sounds = Sounds::new(["bd", "hh"].map(str::to_owned).to_vec());
        let table = ControlTable::new(&mut Controls::new(), crate::module::event_params(), std::iter::empty());
        let setting = Setting { id: 7, slot: &slot, beats: 4.0, sounds, table };
        Playable::Cycle(CycleProgram::compile(&mini(text).unwrap(), setting).unwrap())
    }

    fn onsets(program: &Playable, from: f64, to: f64) -> Vec<(f64, f64)> {
        let mut found = Vec::new();
        program.query(from, to, Ratio::ZERO, &mut Supply::default(), |hit| found.push((hit.beat.to_f64(), hit.duration.to_f64()))).unwrap();
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
        use control::{GAIN, INDEX, N, NOTE, S};
        let number = |word: &str| Word::of(word).number();
        let table: &[(&str, &[(u16, f64)])] = &[
            ("hh", &[(S, number("hh"))]),
            ("HH", &[(S, number("hh"))]),
            ("3", &[(INDEX, 3.0)]),
            ("3:1", &[(INDEX, 4.0)]),
            ("hh:1", &[(S, number("hh")), (N, 1.0)]),
            ("bd:1:0.5", &[(S, number("bd")), (N, 1.0), (GAIN, 0.5)]),
            ("c4", &[(NOTE, 60.0)]),
            ("cp", &[(S, number("cp"))]),
        ];
        for (text, want) in table {
            let mut got = Vec::new();
            compile(text, 0.0)
                .query(0.0, 4.0, Ratio::ZERO, &mut Supply::default(), |hit| got.push(hit.values.iter().collect::<Vec<_>>()))
                .unwrap();
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
        let got = [control::S, control::N, control::NOTE, control::PAN, control::GAIN, control::SPEED].map(|c| values.get(c));
        assert_eq!(got, [Some(Word::of("hh").number()), Some(1.0), Some(60.0), Some(-1.0), Some(0.5), None]);
    }
}
