//! What a medium's path says by itself, without a look at the disk: the words that patterns call it by, and whether it sounds
//! or shows.

use std::borrow::Cow;

use super::{factory, import, soundfont};

/// What a medium holds; `None` where its path does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Sound.
    pub sound: Option<bool>,
    /// A picture.
    pub picture: Option<bool>,
}

/// The words that patterns call a medium by, the usual one first: its file's name without folder, ending, numbers of images
/// and rate; a factory medium's sound and picture. What mini-notation can't spell stands as `_`.
#[must_use]
pub fn words(path: &str) -> Vec<Cow<'_, str>> {
    match path.strip_prefix(factory::PREFIX) {
        Some(parts) => parts.split('|').filter(|part| !part.is_empty()).flat_map(made).collect(),
        None => vec![spelled(file_word(path))],
    }
}

/// The words of a part of a factory name: a sound of the kit has several.
fn made(part: &str) -> Vec<Cow<'_, str>> {
    factory::words(part).map_or_else(|| vec![spelled(part)], |words| words.map(Cow::Owned).collect())
}

/// What a medium holds.
#[must_use]
pub fn holds(path: &str) -> Holds {
    if let Some(parts) = path.strip_prefix(factory::PREFIX) {
        let pictures = || parts.split('|').map(factory::is_picture);
        let picture = if pictures().any(|is| is == Some(true)) { Some(true) } else { pictures().all(|is| is.is_some()).then_some(false) };
        return Holds { sound: Some(parts.split('|').any(factory::is_sound)), picture };
    }
    let ending = file(path).rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase());
    if import::SOUNDS.contains(&&*ending) || soundfont::ENDINGS.contains(&&*ending) {
        return Holds { sound: Some(true), picture: Some(false) };
    }
    // A still may have a sound beside it; a clip may have one inside.
    Holds { sound: None, picture: (import::IMAGES.contains(&&*ending) || import::CLIPS.contains(&&*ending)).then_some(true) }
}

/// The last part of a path, also where a separator follows.
fn file(path: &str) -> &str {
    let path = path.trim_end_matches(['/', '\\']);
    path.rsplit(['/', '\\', ':']).next().unwrap_or(path)
}

fn file_word(path: &str) -> &str {
    let file = file(path);
    let (stem, ending) = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((file, ""));
    let is_image = import::IMAGES.contains(&&*ending.to_lowercase());
    let number = |at: usize| stem[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('d');
    let numbers = stem.match_indices('%').map(|(at, _)| at).find(|at| number(*at));
    let numbers = numbers.or_else(|| stem.find('#').filter(|_| is_image)).unwrap_or(stem.len());
    let rate = stem.match_indices('@').map(|(at, _)| at).find(|at| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let cut = numbers.min(rate.unwrap_or(stem.len()));
    let word = if cut == stem.len() { stem } else { stem[..cut].trim_end_matches(['_', '-', '.', ' ']) };
    if !word.is_empty() {
        return word;
    }
    // Images that are called by their number alone have their folder's name.
    let folder = path.trim_end_matches(['/', '\\']).rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
    if folder.is_empty() { file } else { file_word(folder) }
}

/// As mini-notation can spell it.
#[must_use]
pub fn spelled(word: &str) -> Cow<'_, str> {
    if is_spelled(word) { word.into() } else { word.chars().map(|c| if can_spell(c) { c } else { '_' }).collect() }
}

/// Whether mini-notation can spell a word.
#[must_use]
pub fn is_spelled(word: &str) -> bool {
    word.chars().all(can_spell)
}

fn can_spell(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '~' | '-' | '#' | '.' | '^' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_a_musician_calls_the_medium() {
        for (path, wanted) in [
            ("kick.wav", &["kick"][..]),
            ("drums/kick.wav", &["kick"]),
            ("C:\\drums\\kick.WAV", &["kick"]),
            ("kick.v2.wav", &["kick.v2"]),
            (".hidden", &[".hidden"]),
            ("factory:kick", &["kick"]),
            ("factory:kick|red", &["kick", "red"]),
            ("factory:bd:1", &["bd", "kick", "bassdrum", "RolandTR909_bd", "TR909_bd"]),
            ("factory:bass", &["bass"]),
            ("factory:kick|pad:1", &["kick", "pad"]),
            ("factory:red", &["red"]),
            ("clips/walk/", &["walk"]),
            ("walk@12/", &["walk"]),
            ("walk@29.97_%04d.png", &["walk"]),
            ("film/walk_%04d.png", &["walk"]),
            ("film/walk_####.png", &["walk"]),
            ("film/%04d.png", &["film"]),
            ("film@12/####.png", &["film"]),
            ("C#4.wav", &["C#4"]),
            ("me@home.mov", &["me_home"]),
            ("50% off.wav", &["50__off"]),
            ("Kick 808 (loud).wav", &["Kick_808__loud_"]),
            ("überfall.wav", &["überfall"]),
        ] {
            assert_eq!(words(path), wanted, "{path}");
        }
    }

    #[test]
    fn a_path_says_what_it_can() {
        let holds = |path| {
            let Holds { sound, picture } = holds(path);
            (sound, picture)
        };
        assert_eq!(holds("factory:kick|red"), (Some(true), Some(true)));
        assert_eq!(holds("factory:kick"), (Some(true), Some(false)));
        assert_eq!(holds("factory:red"), (Some(false), Some(true)));
        // Its own picture need not be shown.
        assert_eq!(holds("factory:bd:1"), (Some(true), None));
        assert_eq!(holds("factory:bd:1|red"), (Some(true), Some(true)));
        assert_eq!(holds("a/kick.WAV"), (Some(true), Some(false)));
        assert_eq!(holds("a/still.png"), (None, Some(true)));
        assert_eq!(holds("a/clip.mov"), (None, Some(true)));
        assert_eq!(holds("a/folder/"), (None, None));
    }
}
