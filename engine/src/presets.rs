//! The presets that come with the instrument: whole scripts, each with a header that says what it is.
//!
//! A header is the comment lines at the top of the script:
//!
//! ```lua
//! -- name: Acid line
//! -- author: videoTracker
//! -- tags: synth, techno
//! -- description: A sawtooth whose filter opens and closes over a straight beat.
//! ```

use crate::name::did_you_mean;

/// A script that comes with the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What `preset("name")` calls it: its file's name without the ending.
    pub word: &'static str,
    /// The script.
    pub source: &'static str,
}

macro_rules! presets {
    ($($word:literal),* $(,)?) => {
        /// Every preset; the first is the default session.
        pub const PRESETS: &[Preset] = &[$(Preset { word: $word, source: include_str!(concat!("../../presets/", $word, ".lua")) }),*];
    };
}

presets![
    "first-light",
    "acid",
    "ambient",
    "break",
    "dub",
    "euclid",
    "footwork",
    "glass",
    "house",
    "keys",
    "phasing",
    "reactive",
    "tracker",
    "vj",
];

impl Preset {
    /// What the header calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.says("name").unwrap_or(self.word)
    }

    /// Who made it.
    #[must_use]
    pub fn author(&self) -> &'static str {
        self.says("author").unwrap_or_default()
    }

    /// Words to search by.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.says("tags").unwrap_or_default().split(',').map(str::trim).filter(|tag| !tag.is_empty())
    }

    /// What one hears and sees, and what there is to play with.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.says("description").unwrap_or_default()
    }

    fn says(&self, field: &str) -> Option<&'static str> {
        let header = self.source.lines().map_while(|line| line.strip_prefix("--"));
        header.filter_map(|line| line.trim().strip_prefix(field)?.strip_prefix(':')).map(str::trim).next()
    }
}

/// The preset of that word or name, whatever its case.
///
/// # Errors
/// Says which presets there are.
pub fn find(wanted: &str) -> Result<&'static Preset, String> {
    let is = |preset: &&Preset| preset.word.eq_ignore_ascii_case(wanted) || preset.name().eq_ignore_ascii_case(wanted);
    PRESETS.iter().find(is).ok_or_else(|| {
        let near = did_you_mean(wanted, PRESETS.iter().map(|preset| preset.word));
        let words: Vec<&str> = PRESETS.iter().map(|preset| preset.word).collect();
        format!("there is no preset \"{wanted}\"{near}; there are {}", words.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_it_is() {
        for preset in PRESETS {
            assert_ne!(preset.says("name"), None, "{}", preset.word);
            assert!(!preset.author().is_empty() && preset.tags().count() >= 2, "{}", preset.word);
            assert!((20..=160).contains(&preset.description().len()), "{}: {}", preset.word, preset.description());
        }
    }

    #[test]
    fn is_found_by_word_and_by_name_and_the_nearest_is_named() {
        assert_eq!(find("GLASS").unwrap().word, "glass");
        assert_eq!(find("First light").unwrap().word, "first-light");
        assert!(find("glas").unwrap_err().contains("glass"));
    }
}
