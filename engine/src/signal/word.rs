//! Words of patterns as numbers, as events carry them.
//!
//! A word's number follows from its letters alone, so that whoever reads a word needs no list that others keep: a pattern's `kick`
//! and a sampler's are the same number.

/// Bits of a word's number: as many as a double holds exactly.
const BITS: u32 = 52;
/// FNV-1a for 64 bits (Fowler, Noll and Vo, <http://www.isthe.com/chongo/tech/comp/fnv/>): where it begins, and its factor.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The number of a word that is put together piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(u64);

impl Default for Word {
    fn default() -> Self {
        Self(BASIS)
    }
}

impl Word {
    /// A whole word.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::default().and(text)
    }

    /// A word whose upper and lower case is the same.
    #[must_use]
    pub fn folded(text: &str) -> Self {
        Self::default().and_folded(text)
    }

    /// The word with `text` after it, whose upper and lower case is the same.
    #[must_use]
    pub fn and_folded(self, text: &str) -> Self {
        let mut letters = [0; 4];
        text.chars().flat_map(char::to_lowercase).fold(self, |word, letter| word.and(letter.encode_utf8(&mut letters)))
    }

    /// The word with `text` after it.
    #[must_use]
    pub fn and(self, text: &str) -> Self {
        Self(text.bytes().fold(self.0, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    /// Its number, as an event carries it: whole, and below 2^52. Two words of a session share one with a chance of less than one in
    /// a million million.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "52 bits are exact")]
    pub const fn number(self) -> f64 {
        (self.0 >> BITS ^ self.0 & ((1 << BITS) - 1)) as f64
    }
}

/// Lists by word: what each word stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct WordTable<T>(Box<[(f64, T)]>);

impl<T> Default for WordTable<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T> WordTable<T> {
    /// A table of words; of several entries for one the first counts.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (Word, T)>) -> Self {
        let mut all: Vec<(f64, T)> = entries.into_iter().map(|(word, value)| (word.number(), value)).collect();
        // Stable, so that the first stays the first.
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|later, first| later.0.to_bits() == first.0.to_bits());
        Self(all.into_boxed_slice())
    }

    /// What a word's number stands for.
    ///
    /// # Realtime safety
    /// Never allocates.
    #[must_use]
    pub fn get(&self, number: f64) -> Option<&T> {
        self.0.binary_search_by(|(known, _)| known.total_cmp(&number)).ok().map(|index| &self.0[index].1)
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_words_number_follows_from_its_letters() {
        assert_eq!(Word::of("tr808").and("_").and("bd"), Word::of("tr808_bd"));
        assert_eq!(Word::folded("BD_Étude"), Word::of("bd_étude"));
        assert_ne!(Word::of("bd").number().to_bits(), Word::of("BD").number().to_bits());
        // Test vectors of the authors': the hash of nothing and of "a".
        assert_eq!((Word::of("").0, Word::of("a").0), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c));
        let words: std::collections::BTreeSet<u64> = (0..100_000).map(|k| Word::of(&format!("word{k}")).number() as u64).collect();
        assert_eq!(words.len(), 100_000);
    }

    #[test]
    fn words_are_found_and_the_first_of_several_counts() {
        let table = WordTable::new([("kick", 1), ("hat", 2), ("kick", 3)].map(|(word, value)| (Word::of(word), value)));
        let get = |word: &str| table.get(Word::of(word).number()).copied();
        assert_eq!((get("kick"), get("hat"), get("snare")), (Some(1), Some(2), None));
        assert_eq!(table.get(f64::NAN), None);
    }
}
