//! Names of modules, patterns and chains.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A shared, immutable text; cheap to clone and to order.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Name {
    /// Takes any text as a name.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether `text` can name a module: `[A-Za-z_][A-Za-z0-9_]*`, at most 64 bytes.
    #[must_use]
    pub fn is_identifier(text: &str) -> bool {
        let mut bytes = text.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && text.len() <= 64
    }

    /// The nearest name that a module may have: what a name can't hold stands as `_`.
    #[must_use]
    pub fn as_identifier(text: &str) -> String {
        let mut name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(63).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        name
    }
}

impl Default for Name {
    fn default() -> Self {
        Self::new("")
    }
}

impl Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Arc::from(text)))
    }
}

/// The known name nearest to `wanted` (edit distance of at most a third of its length), for "did you mean".
#[must_use]
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Of short names, most are two letters away from another.
    let limit = (wanted.chars().count() + 1) / 3;
    let wanted = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, name)| name)
}

/// `; did you mean "volume"?` where a known name is near, for the end of a message; else nothing.
#[must_use]
pub fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default()
}

/// `did you mean "volume"?` where a known name is near, else what `otherwise` says instead.
#[must_use]
pub fn did_you_mean_or<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>, otherwise: impl FnOnce() -> String) -> String {
    nearest(wanted, known).map_or_else(otherwise, |near| format!("did you mean \"{near}\"?"))
}

/// The edit distance in characters, where two neighbours that changed places count once (the "optimal string alignment" of
/// Damerau and Levenshtein), for texts of at most 128 characters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(128).collect(), b.chars().take(128).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, cb) in b.iter().enumerate() {
            let change = last[j] + usize::from(ca != cb);
            row[j + 1] = change.min(row[j] + 1).min(last[j + 1] + 1);
            if i > 0 && j > 0 && *ca == b[j - 1] && a[i - 1] == *cb {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_has_a_module_name_near_it() {
        for (text, name) in [("bass", "bass"), ("my-kick 2", "my_kick_2"), ("909", "_909"), ("", "_"), ("é", "_"), ("_a", "_a")] {
            assert_eq!(Name::as_identifier(text), name);
        }
        assert!(Name::is_identifier(&Name::as_identifier(&"1".repeat(99))));
    }

    #[test]
    fn a_typo_finds_its_name() {
        assert_eq!(nearest("volum", ["pan", "volume", "speed"]), Some("volume"));
        assert_eq!(nearest("xyz", ["pan", "volume"]), None);
        assert_eq!(nearest("fats", ["cat", "fast"]), Some("fast"), "letters that changed places are one slip");
        assert_eq!(nearest("lpf", ["off", "slow"]), None, "nothing is near");
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(did_you_mean("volmue", ["pan", "volume"]), "; did you mean \"volume\"?");
        assert_eq!(did_you_mean("xyz", ["pan", "volume"]), "");
        assert_eq!(did_you_mean_or("xyz", ["pan"], || "it has pan".to_owned()), "it has pan");
    }
}
