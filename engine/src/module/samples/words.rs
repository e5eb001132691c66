//! What triggers call samples by.

use super::{
    super::Sample,
    zone::{Zone, words_of},
};
use crate::signal::{
    ControlMap, control,
    word::{Word, WordTable},
};

/// What an index may lack of a whole number after some arithmetic.
const NEARLY: f64 = 1e-6;

/// What a trigger names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The sample, or the slice after the samples, at an index.
    Sample(usize),
    /// A rest: an index below 0.
    Rest,
    /// Something of another module's: a word that no sample is called by.
    Other,
}

/// The samples of a word.
#[derive(Clone, Debug)]
struct Bank {
    samples: Box<[usize]>,
    /// What each of them is for; empty where none says it.
    zones: Box<[Zone]>,
}

/// Samples by their words: those that share a word are its bank, in order.
#[derive(Clone, Debug, Default)]
pub struct SampleWords(WordTable<Bank>);

impl SampleWords {
    /// The words of samples: see [`words_of`].
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut banks: Vec<(Word, Vec<usize>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (index, sample) in samples.iter().enumerate() {
            for word in words_of(sample) {
                let bank = *places.entry(word.clone().into_owned()).or_insert(banks.len());
                if bank == banks.len() {
                    banks.push((Word::of(&word), Vec::new()));
                }
                banks[bank].1.push(index);
            }
        }
        let zone = |index: &usize| Zone::of(&samples[*index]);
        let bank = |members: Vec<usize>| {
            let is_zoned = members.iter().any(|index| zone(index).is_some());
            let zones = members.iter().filter(|_| is_zoned).map(|index| zone(index).unwrap_or(Zone::ALL)).collect();
            Bank { samples: members.into_boxed_slice(), zones }
        };
        Self(WordTable::new(banks.into_iter().map(|(word, members)| (word, bank(members)))))
    }

    /// What a trigger names among `count` samples and slices; `own` is the index of one that names nothing. A number (`n`) counts within
    /// the word's samples, or within all where there is no word, and begins again behind the last. Where a word's samples say which notes and
    /// velocities they are for, it counts within those that are nearest to the trigger's.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn named(&self, controls: ControlMap<'_>, count: impl FnOnce() -> usize, own: f64) -> Named {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        match (value_of(control::S), value_of(control::INDEX), value_of(control::N)) {
            (Some(word), _, n) => {
                let Some(bank) = self.0.get(word) else { return Named::Other };
                let note = value_of(control::NOTE);
                let velocity = value_of(control::VELOCITY).unwrap_or(1.0).clamp(0.0, 1.0) * 127.0;
                bank.pick(note.map(|note| (note, velocity)), n.unwrap_or(0.0)).map_or(Named::Other, Named::Sample)
            }
            (None, Some(index), _) => at(index),
            // Without samples the number itself is missed.
            (None, None, Some(n)) => wrapped(n, count()).map_or_else(|| at(n), Named::Sample),
            (None, None, None) => at(own),
        }
    }
}

impl Bank {
    /// The `n`-th sample of those nearest to a note and a velocity, or of all.
    fn pick(&self, played: Option<(f64, f64)>, n: f64) -> Option<usize> {
        let Some((note, velocity)) = played.filter(|_| !self.zones.is_empty()) else {
            return wrapped(n, self.samples.len()).and_then(|index| self.samples.get(index)).copied();
        };
        let distances = || self.zones.iter().map(|zone| zone.distance(note, velocity));
        let nearest = distances().fold((f64::INFINITY, f64::INFINITY), |least, one| if one < least { one } else { least });
        let is_near = |distance: (f64, f64)| distance <= nearest;
        let nth = wrapped(n, distances().filter(|one| is_near(*one)).count())?;
        self.samples.iter().zip(distances()).filter(|(_, one)| is_near(*one)).nth(nth).map(|(index, _)| *index)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be 0 or more")]
fn at(index: f64) -> Named {
    if index >= 0.0 { Named::Sample((index + NEARLY) as usize) } else { Named::Rest }
}

/// The nearest whole number, within `count`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "within the count")]
fn wrapped(n: f64, count: usize) -> Option<usize> {
    // As Strudel rounds: halves up.
    (count > 0).then(|| ((n + 0.5).floor().rem_euclid(count as f64) as usize).min(count - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{name::Name, signal::Values};

    #[test]
    fn words_numbers_and_indices_name_samples() {
        let sample = |asset: &str| Sample { asset: Name::new(asset), params: std::collections::BTreeMap::new() };
        let words = SampleWords::of(&["a/bd.wav", "factory:hat|spark", "b/bd.wav", "c/cp.wav"].map(sample));
        let named = |overrides: &[(u16, f64)]| {
            let mut values = Values::default();
            overrides.iter().for_each(|(control, value)| assert!(values.set(*control, *value)));
            words.named(values.map(), || 4, 3.0)
        };
        let word = |text: &str| (control::S, Word::of(text).number());
        let table: &[(&[(u16, f64)], Named)] = &[
            (&[word("bd")], Named::Sample(0)),
            (&[word("bd"), (control::N, 1.0)], Named::Sample(2)),
            (&[word("bd"), (control::N, 2.0)], Named::Sample(0)),
            (&[word("bd"), (control::N, -1.0)], Named::Sample(2)),
            (&[word("cp"), (control::N, 7.0)], Named::Sample(3)),
            (&[word("spark")], Named::Sample(1)),
            (&[word("sd")], Named::Other),
            (&[word("sd"), (control::INDEX, 1.0)], Named::Other),
            (&[(control::N, 5.0)], Named::Sample(1)),
            (&[(control::N, 1.5)], Named::Sample(2)),
            (&[(control::INDEX, 7.0)], Named::Sample(7)),
            (&[(control::INDEX, -1.0)], Named::Rest),
            (&[], Named::Sample(3)),
        ];
        for (overrides, expected) in table {
            assert_eq!(named(overrides), *expected, "{overrides:?}");
        }
    }

    #[test]
    fn notes_and_velocities_choose_among_the_samples_of_a_word() {
        use crate::param::Value;
        let sample = |params: &[(&str, f64)]| {
            let mut all: std::collections::BTreeMap<Name, Value> =
                params.iter().map(|(name, value)| (Name::new(name), Value::Number(*value))).collect();
            all.insert(Name::new("word"), Value::Text(Name::new("piano")));
            Sample { asset: Name::new("x.wav"), params: all }
        };
        let low = [("keyLow", 57.0), ("keyHigh", 57.0)];
        let soft = [("keyLow", 60.0), ("keyHigh", 60.0), ("velocityHigh", 63.0)];
        let loud = [("keyLow", 60.0), ("keyHigh", 60.0), ("velocityLow", 64.0)];
        let words = SampleWords::of(&[sample(&low), sample(&soft), sample(&loud), sample(&loud)]);
        let named = |overrides: &[(u16, f64)]| {
            let mut values = Values::default();
            assert!(values.set(control::S, Word::of("piano").number()));
            overrides.iter().for_each(|(control, value)| assert!(values.set(*control, *value)));
            words.named(values.map(), || 4, 0.0)
        };
        let (note, velocity, n) = (control::NOTE, control::VELOCITY, control::N);
        let table: &[(&[(u16, f64)], usize)] = &[
            (&[(note, 57.0)], 0),
            (&[(note, 20.0)], 0),
            (&[(note, 58.4)], 0),
            (&[(note, 58.6)], 2),
            (&[(note, 127.0)], 2),
            (&[(note, 60.0), (velocity, 0.3)], 1),
            (&[(note, 60.0), (n, 1.0)], 3),
            (&[(note, 60.0), (n, 2.0)], 2),
            (&[(note, 57.0), (n, 5.0)], 0),
            (&[], 0),
            (&[(n, 3.0)], 3),
            (&[(n, 4.0)], 0),
        ];
        for (overrides, index) in table {
            assert_eq!(named(overrides), Named::Sample(*index), "{overrides:?}");
        }
        // The file's own word is not one.
        assert_eq!(
            words.named(
                {
                    let mut v = Values::default();
                    v.set(control::S, Word::of("x").number());
                    v
                }
                .map(),
                || 4,
                0.0
            ),
            Named::Other
        );
    }
}
