//! What triggers call a sampler's samples by.

use super::super::Sample;
use crate::{
    media::words::words,
    signal::{
        ControlMap, control,
        word::{Word, WordTable},
    },
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

/// A sampler's samples by their words: those that share a word are its bank, in order.
#[derive(Clone, Debug, Default)]
pub struct SampleWords(WordTable<Box<[usize]>>);

impl SampleWords {
    /// The words of samples: see [`words`].
    #[must_use]
    pub fn of(samples: &[Sample]) -> Self {
        let mut banks: Vec<(Word, Vec<usize>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (index, sample) in samples.iter().enumerate() {
            for word in words(&sample.asset) {
                let place = *places.entry(word.clone().into_owned()).or_insert(banks.len());
                if place == banks.len() {
                    banks.push((Word::of(&word), Vec::new()));
                }
                banks[place].1.push(index);
            }
        }
        Self(WordTable::new(banks.into_iter().map(|(word, bank)| (word, bank.into_boxed_slice()))))
    }

    /// What a trigger names among `count` samples and slices; `own` is the index of one that names nothing. A number (`n`) counts within
    /// the word's samples, or within all where there is no word, and begins again behind the last.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn named(&self, controls: ControlMap<'_>, count: impl FnOnce() -> usize, own: f64) -> Named {
        let value_of = |control: u16| controls.get(control).filter(|value| value.is_finite());
        match (value_of(control::S), value_of(control::INDEX), value_of(control::N)) {
            (Some(word), _, n) => {
                let Some(bank) = self.0.get(word) else { return Named::Other };
                wrapped(n.unwrap_or(0.0), bank.len()).and_then(|place| bank.get(place)).map_or(Named::Other, |index| Named::Sample(*index))
            }
            (None, Some(index), _) => at(index),
            // Without samples the number itself is missed.
            (None, None, Some(n)) => wrapped(n, count()).map_or_else(|| at(n), Named::Sample),
            (None, None, None) => at(own),
        }
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
}
