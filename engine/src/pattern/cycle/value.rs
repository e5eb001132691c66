//! What an event carries: a number, a word, a note name, a list, or a map of controls.
//!
//! [`Value`] borrows; it is made on the stack while a pattern is asked, so that asking
//! never allocates. [`Const`] owns; it is what a pattern stores.

use crate::pattern::cycle::fault::{Error, Fault, Got, Needs, call_error};
use crate::pattern::cycle::meter;
use crate::pattern::cycle::note::NoteName;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The most controls one event holds.
pub const MAP_CAPACITY: usize = 24;
/// The most items one list holds.
pub const LIST_CAPACITY: usize = 16;
/// The most control names one process knows that no module has.
const KEY_LIMIT: usize = 32_768;

/// The name of a control, as a number that compares in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u16);

macro_rules! known_keys {
    ($($ident:ident = $name:literal),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the controls are constants, the places stand for them")]
        #[repr(u16)]
        enum Known { $($ident),* }
        const KNOWN: &[&str] = &[$($name),*];
        impl Key {
            $(#[doc = concat!("The control `", $name, "`.")] pub const $ident: Self = Self(Known::$ident as u16);)*
        }
    };
}

known_keys! {
    VALUE = "value", S = "s", N = "n", NOTE = "note", GAIN = "gain", SPEED = "speed", PAN = "pan",
    BEGIN = "begin", END = "end", UNIT = "unit", SLICES = "_slices", CHORD = "chord",
    DICTIONARY = "dictionary", ANCHOR = "anchor", OFFSET = "offset", OCTAVES = "octaves", MODE = "mode",
    SLICE = "slice", CLIP = "clip", BANK = "bank",
}

struct Names {
    by_name: HashMap<Arc<str>, u16>,
    entries: Vec<Entry>,
    /// Places of names that nobody keeps any more, the oldest first: they are used again when there are no others.
    free: VecDeque<u16>,
}

struct Entry {
    name: Arc<str>,
    /// How many meters keep it; `None` where it stays for ever.
    keepers: Option<usize>,
}

impl Names {
    fn add(&mut self, name: &str, keepers: Option<usize>) -> Option<Key> {
        let entry = Entry { name: name.into(), keepers };
        // Names that stay for ever, those of modules, have places of their own.
        let limit = if keepers.is_some() { KEY_LIMIT } else { usize::from(u16::MAX) };
        let index = match u16::try_from(self.entries.len()) {
            Ok(new) if usize::from(new) < limit => {
                self.entries.push(entry);
                new
            }
            _ => {
                let old = self.free.pop_front()?;
                self.entries[usize::from(old)] = entry;
                old
            }
        };
        self.by_name.insert(name.into(), index);
        Some(Key(index))
    }
}

fn names() -> &'static RwLock<Names> {
    static NAMES: OnceLock<RwLock<Names>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Names { by_name: HashMap::new(), entries: Vec::new(), free: VecDeque::new() };
        for name in KNOWN {
            names.add(name, None);
        }
        RwLock::new(names)
    })
}

impl Key {
    /// Finds or registers a name. Not for the audio thread. Where a [`Meter`](super::meter::Meter) is in force, it keeps the name, and
    /// gives it back when all that was made under it is gone; otherwise the name stays for ever.
    ///
    /// # Errors
    /// Where the meter keeps too many names of its own, or all together do.
    pub fn intern(name: &str) -> Result<Self, Error> {
        let refused = |who: &str| call_error(name, format!("there are too many different control names{who}; use fewer"));
        let meter = meter::in_force();
        let full = || refused(" in this program");
        let mut names = names().write().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = names.by_name.get(name).copied().map(Self) {
            if let Entry { keepers: keepers @ Some(_), .. } = &mut names.entries[key.place()] {
                let Some(meter) = &meter else {
                    *keepers = None;
                    return Ok(key);
                };
                let is_new = meter.keep_name(key).ok_or_else(|| refused(" in one session"))?;
                *keepers = keepers.map(|count| count + usize::from(is_new));
            }
            return Ok(key);
        }
        let Some(meter) = &meter else { return names.add(name, None).ok_or_else(full) };
        if !meter.has_room_for_a_name() {
            return Err(refused(" in one session"));
        }
        let key = names.add(name, Some(1)).ok_or_else(full)?;
        meter.keep_name(key);
        Ok(key)
    }

    /// Finds or registers a name that stays for ever, such as a module's parameter.
    ///
    /// # Errors
    /// Where there are more than 65,535 names.
    pub fn lasting(name: &str) -> Result<Self, Error> {
        let mut names = names().write().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = names.by_name.get(name).copied().map(Self) {
            names.entries[key.place()].keepers = None;
            return Ok(key);
        }
        names.add(name, None).ok_or_else(|| call_error(name, "there are too many different control names"))
    }

    /// Takes back names that a meter kept.
    pub(super) fn give_back(keys: HashSet<Self>) {
        if keys.is_empty() {
            return;
        }
        let mut names = names().write().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            let Names { by_name, entries, free } = &mut *names;
            let Some(Entry { name, keepers: Some(count) }) = entries.get_mut(key.place()) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                by_name.remove(name);
                free.push_back(key.0);
            }
        }
    }

    /// Its place among all keys.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize
    }

    /// The name. Not for the audio thread.
    #[must_use]
    pub fn name(self) -> Arc<str> {
        let known = names().read().ok().and_then(|names| names.entries.get(self.place()).map(|entry| Arc::clone(&entry.name)));
        known.unwrap_or_else(|| "".into())
    }
}

/// The value of an event while it is being asked for.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A word.
    Text(&'a str),
    /// The name of a note, made by `scale`, `voicing` or `transpose`; stands for a word.
    Note(NoteName),
    /// Several values, written `a:b:c`.
    List(&'a [Value<'a>]),
    /// Controls with their values.
    Map(&'a Map<'a>),
}

impl<'a> Value<'a> {
    /// Whether this counts as "yes": not 0, not false, not an empty word.
    #[must_use]
    pub fn truthy(&self) -> bool {
        match self {
            Self::Number(x) => *x != 0.0 && !x.is_nan(),
            Self::Bool(b) => *b,
            Self::Text(t) => !t.is_empty(),
            _ => true,
        }
    }

    /// The number this is, or the MIDI number of the note it names.
    ///
    /// # Errors
    /// [`Fault::Value`] for anything else.
    #[inline]
    pub fn numeral(&self) -> Result<f64, Fault> {
        match self {
            Self::Number(x) => Ok(*x),
            Self::Bool(b) => Ok(f64::from(u8::from(*b))),
            Self::Note(n) => Ok(f64::from(n.midi(3))),
            Self::Text(t) => match parse_number(t) {
                Some(x) => Ok(x),
                None => crate::pattern::cycle::note::note_to_midi(t, 3).ok_or_else(|| self.not_numeral()),
            },
            _ => Err(self.not_numeral()),
        }
    }

    #[cold]
    fn not_numeral(&self) -> Fault {
        Fault::Given { call: "arithmetic", needs: Needs::Numeral, got: Got::of(self) }
    }

    /// The control `key` of a map; `None` for everything else.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Value<'a>> {
        match self {
            Self::Map(m) => m.get(key),
            _ => None,
        }
    }
}

/// Controls with their values; holds [`MAP_CAPACITY`] of them without allocating.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a> {
    len: usize,
    keys: [Key; MAP_CAPACITY],
    vals: [Value<'a>; MAP_CAPACITY],
}

impl<'a> Map<'a> {
    /// Makes an empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, keys: [Key(0); MAP_CAPACITY], vals: [Value::Bool(false); MAP_CAPACITY] }
    }

    /// Makes a map of one control.
    #[must_use]
    pub const fn one(key: Key, value: Value<'a>) -> Self {
        let mut m = Self::new();
        m.keys[0] = key;
        m.vals[0] = value;
        m.len = 1;
        m
    }

    /// Sets a control, replacing what it was.
    ///
    /// # Errors
    /// [`Fault::Full`] where there is no room.
    #[inline]
    pub fn set(&mut self, key: Key, value: Value<'a>) -> Result<(), Fault> {
        let at = self.keys[..self.len].iter().position(|k| *k == key);
        let at = at.unwrap_or(self.len);
        let (Some(k), Some(v)) = (self.keys.get_mut(at), self.vals.get_mut(at)) else {
            return Err(Fault::Full);
        };
        *k = key;
        *v = value;
        self.len = self.len.max(at + 1);
        Ok(())
    }

    /// The value of a control.
    #[inline]
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Value<'a>> {
        self.entries().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// All controls in the order they were set, for those who play them.
    pub fn iter(&self) -> impl Iterator<Item = (Key, Value<'a>)> + '_ {
        self.entries().filter(|(k, _)| *k != Key::SLICES)
    }

    /// All controls, also those only other combinators read.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Key, Value<'a>)> + '_ {
        self.keys.iter().copied().zip(self.vals.iter().copied()).take(self.len)
    }

    /// A copy without some controls.
    #[must_use]
    pub fn without(&self, drop: &[Key]) -> Self {
        let mut m = Self::new();
        for (k, v) in self.entries().filter(|(k, _)| !drop.contains(k)) {
            m.keys[m.len] = k;
            m.vals[m.len] = v;
            m.len += 1;
        }
        m
    }

    /// How many controls it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Default for Map<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// A word: a stretch of a shared text.
#[derive(Clone, Debug)]
pub struct Word {
    text: Arc<str>,
    start: u32,
    end: u32,
}

impl Word {
    /// The stretch `start..end` of `text`, in bytes; empty where that isn't one.
    #[must_use]
    pub fn slice(text: &Arc<str>, start: u32, end: u32) -> Self {
        Self { text: text.clone(), start, end }
    }

    /// The word itself.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl From<&str> for Word {
    fn from(t: &str) -> Self {
        Self { text: t.into(), start: 0, end: u32::try_from(t.len()).unwrap_or(0) }
    }
}

impl PartialEq for Word {
    fn eq(&self, o: &Self) -> bool {
        self.as_str() == o.as_str()
    }
}

/// A value a pattern owns.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A word.
    Text(Word),
    /// The name of a note.
    Note(NoteName),
    /// Several values.
    List(Arc<[Const]>),
    /// Controls with their values.
    Map(Arc<[(Key, Const)]>),
}

impl Const {
    /// About how many bytes it holds beside itself. Words of one text share it: a text counts where it is another than
    /// the one before, whose place is `before`.
    pub(crate) fn heap(&self, before: &mut usize) -> usize {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Note(_) => 0,
            Self::Text(word) => {
                let place = word.text.as_ptr().addr();
                if std::mem::replace(before, place) == place { 0 } else { 16 + word.text.len() }
            }
            Self::List(items) => items.iter().fold(16, |sum, item| sum + size_of::<Self>() + item.heap(before)),
            Self::Map(entries) => entries.iter().fold(16, |sum, (_, item)| sum + size_of::<(Key, Self)>() + item.heap(before)),
        }
    }
}

impl Const {
    /// Owns a copy of `v`. Allocates.
    #[must_use]
    pub fn own(v: &Value<'_>) -> Self {
        match v {
            Value::Number(x) => Self::Number(*x),
            Value::Bool(b) => Self::Bool(*b),
            Value::Text(t) => Self::Text((*t).into()),
            Value::Note(n) => Self::Note(*n),
            Value::List(l) => Self::List(l.iter().map(Self::own).collect()),
            Value::Map(m) => Self::Map(m.entries().map(|(k, v)| (k, Self::own(&v))).collect()),
        }
    }

    /// The number or word that a stretch of a text stands for.
    #[must_use]
    pub fn word(text: &Arc<str>, start: u32, end: u32) -> Self {
        let word = Word::slice(text, start, end);
        match parse_number(word.as_str()) {
            Some(x) => Self::Number(x),
            None => Self::Text(word),
        }
    }

    /// Lends this as a [`Value`] to `f`; lists and maps are laid out on the stack.
    ///
    /// # Errors
    /// Whatever `f` reports, or [`Fault::Full`].
    #[inline]
    pub fn lend<R>(&self, f: impl FnOnce(Value<'_>) -> Result<R, Fault>) -> Result<R, Fault> {
        match self {
            Self::Number(x) => f(Value::Number(*x)),
            Self::Text(t) => f(Value::Text(t.as_str())),
            Self::Bool(b) => f(Value::Bool(*b)),
            Self::Note(n) => f(Value::Note(*n)),
            Self::List(_) | Self::Map(_) => self.lend_composite(&mut Some(f)),
        }
    }

    #[inline(never)]
    fn lend_composite<R, F>(&self, f: &mut Option<F>) -> Result<R, Fault>
    where
        F: FnOnce(Value<'_>) -> Result<R, Fault>,
    {
        let Some(f) = f.take() else { return Err(Fault::Full) };
        match self {
            Self::List(items) => {
                let mut buf = [Value::Bool(false); LIST_CAPACITY];
                if items.len() > buf.len() {
                    return Err(Fault::Full);
                }
                for (slot, item) in buf.iter_mut().zip(items.iter()) {
                    *slot = item.flat()?;
                }
                f(Value::List(&buf[..items.len()]))
            }
            Self::Map(items) => {
                let mut m = Map::new();
                // Lists inside of maps get room of their own, one at most.
                let mut room = [Value::Bool(false); LIST_CAPACITY];
                let mut list = None;
                for (k, v) in items.iter() {
                    match v {
                        Self::List(l) if list.is_none() && l.len() <= room.len() => {
                            for (slot, item) in room.iter_mut().zip(l.iter()) {
                                *slot = item.flat()?;
                            }
                            list = Some((*k, l.len()));
                        }
                        _ => m.set(*k, v.flat()?)?,
                    }
                }
                if let Some((k, len)) = list {
                    m.set(k, Value::List(&room[..len]))?;
                }
                f(Value::Map(&m))
            }
            _ => Err(Fault::Full),
        }
    }

    fn flat(&self) -> Result<Value<'_>, Fault> {
        match self {
            Self::Number(x) => Ok(Value::Number(*x)),
            Self::Text(t) => Ok(Value::Text(t.as_str())),
            Self::Bool(b) => Ok(Value::Bool(*b)),
            Self::Note(n) => Ok(Value::Note(*n)),
            Self::List(_) => Err(Fault::Value { doing: "a list", needs: "plain items, not lists in lists" }),
            Self::Map(_) => Err(Fault::Value { doing: "a list or a control", needs: "plain values, not controls with their values" }),
        }
    }
}

/// Reads a word as a number by JavaScript's rules (`Number()` of ECMA-262), which Strudel uses.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    let b = text.as_bytes();
    let first = *b.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'.' | b'-' | b'+' | b'I')) {
        return None;
    }
    if b.len() <= 6 && b.iter().all(u8::is_ascii_digit) {
        return Some(f64::from(b.iter().fold(0_u32, |n, d| n * 10 + u32::from(d - b'0'))));
    }
    let radix = match b.get(..2) {
        Some(b"0x" | b"0X") => Some(16),
        Some(b"0o" | b"0O") => Some(8),
        Some(b"0b" | b"0B") => Some(2),
        _ => None,
    };
    if let Some(radix) = radix {
        let digits = text.get(2..).filter(|d| !d.is_empty())?;
        return digits.chars().try_fold(0.0, |n, c| Some(n * f64::from(radix) + f64::from(c.to_digit(radix)?)));
    }
    match text {
        "Infinity" | "+Infinity" => return Some(f64::INFINITY),
        "-Infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let plain = b.iter().all(|c| c.is_ascii_digit() || matches!(c, b'.' | b'-' | b'+' | b'e' | b'E'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::cycle::meter::{MAX_NAMES, Meter};

    #[test]
    fn names_of_one_script_are_bounded_and_given_back_with_its_last_pattern() {
        let own = |meter: &Arc<Meter>, from: usize| {
            meter.during(|| (from..2 * MAX_NAMES + from).map_while(|number| Key::intern(&format!("hostile{number}")).ok()).count())
        };
        let meter = Meter::new(1 << 20, u64::MAX, || None);
        assert_eq!(own(&meter, 0), MAX_NAMES);
        assert!(meter.during(|| Key::intern("gain").is_ok() && Key::intern("hostile0").is_ok()), "known names go on");
        // Whoever comes after finds room, however many come.
        let other = Meter::new(1 << 20, u64::MAX, || None);
        for round in 0..2 * KEY_LIMIT / MAX_NAMES {
            let short = Meter::new(1 << 20, u64::MAX, || None);
            assert_eq!(own(&short, 10_000 + round * MAX_NAMES), MAX_NAMES, "round {round}");
        }
        let shared = other.during(|| Key::intern("hostile1")).unwrap();
        drop(meter);
        assert_eq!(other.during(|| Key::intern("hostile1")).unwrap(), shared, "another still keeps it");
        assert_eq!(&*shared.name(), "hostile1");
        assert!(!names().read().unwrap().by_name.contains_key("hostile2"));
    }

    #[test]
    fn a_modules_name_stays_whoever_named_it_first() {
        let meter = Meter::new(1 << 20, u64::MAX, || None);
        let key = meter.during(|| Key::intern("namedByAScript")).unwrap();
        assert_eq!(Key::lasting("namedByAScript").unwrap(), key);
        drop(meter);
        assert_eq!(Key::intern("namedByAScript").unwrap(), key);
    }
}
