//! What of a session's text is whole, wherever characters were changed, lost or added.
//!
//! Four characters carry three bytes, so that a lost or an added character shifts everything behind it. A text with
//! damage is therefore read from each of its first four characters on: behind the damage one of these readings is
//! in step again, and each section proves itself.

use std::ops::Range;

use super::{
    KEPT, base64,
    container::{self, HEADER, Section, Tag},
};

/// Most sections that are taken; a state has about ten.
const MOST: usize = 4096;

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Sections that are whole, in order.
    pub sections: Vec<Section>,
    /// Tags of sections that can be told but are damaged.
    pub spoilt: Vec<Tag>,
    /// Originals that were kept before and are damaged now, as far as they go.
    pub scraps: Vec<Vec<u8>>,
    /// Whether nothing is wrong: every character is one of ours and every byte belongs to a whole section.
    pub clean: bool,
    /// The characters of originals that were kept before, in order. Without them the text holds no nested text.
    pub nested: Vec<Range<usize>>,
    /// The bytes before the last section, summed, for the end mark.
    pub sum: u32,
}

/// Reads a text.
pub fn read(text: &str) -> Found {
    read_only(text, None)
}

/// The first whole section of a text that has this tag.
pub fn section(text: &str, tag: Tag) -> Option<Section> {
    read_only(text, Some(tag)).sections.into_iter().find(|section| section.tag == tag)
}

/// Reads a text; of sections that have another tag than `wanted`, nothing is copied.
fn read_only(text: &str, wanted: Option<Tag>) -> Found {
    let (bytes, clean) = base64::decode(text);
    let contents = container::read_only(&bytes, wanted);
    let mut found = Found { clean: clean && contents.broken.is_empty(), ..Found::default() };
    if found.clean {
        let last = contents.places.last().map_or(0, |place| place.start);
        found.sum = crc32fast::hash(&bytes[..last]);
    }
    take(&mut found, contents, &bytes, 0);
    if !found.clean {
        for phase in 1..4 {
            let Some((at, _)) = text.char_indices().nth(phase) else { break };
            let (bytes, _) = base64::decode(&text[at..]);
            take(&mut found, container::read_only(&bytes, wanted), &bytes, phase);
        }
    }
    found.nested.sort_by_key(|range| range.start);
    found
}

fn take(found: &mut Found, contents: container::Contents, bytes: &[u8], phase: usize) {
    for (section, place) in contents.good.into_iter().zip(contents.places) {
        if section.tag == KEPT {
            found.nested.push(characters(&place, phase));
        }
        if found.sections.len() >= MOST {
            found.clean = false;
        } else if phase == 0 || !found.sections.contains(&section) {
            found.sections.push(section);
        }
    }
    for (tag, place) in contents.spoilt {
        if tag == KEPT {
            found.nested.push(characters(&place, phase));
            found.scraps.push(bytes[(place.start + HEADER).min(place.end)..place.end].to_vec());
        } else if !found.spoilt.contains(&tag) {
            found.spoilt.push(tag);
        }
    }
}

/// The characters that hold nothing but these bytes.
fn characters(bytes: &Range<usize>, phase: usize) -> Range<usize> {
    let (from, to) = ((bytes.start * 8).div_ceil(6), bytes.end * 8 / 6);
    from + phase..to.max(from) + phase
}

/// The text without what was nested in it.
pub fn without_nested(text: &str, nested: &[Range<usize>]) -> String {
    let mut ranges = nested.iter().peekable();
    let mut kept = String::new();
    for (at, character) in text.chars().enumerate() {
        while ranges.peek().is_some_and(|range| range.end <= at) {
            ranges.next();
        }
        if ranges.peek().is_none_or(|range| at < range.start) {
            kept.push(character);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(tag: Tag, payload: &[u8]) -> Section {
        Section { tag, format: 1, payload: payload.to_vec() }
    }

    #[test]
    fn behind_a_lost_or_an_added_character_everything_is_read_again() {
        let sections = [section(*b"SCRP", &[7; 40]), section(KEPT, b"an earlier text"), section(*b"PROJ", &[8; 40])];
        let text = base64::encode(&container::write(&sections));
        for at in 30..60 {
            let mut lost = text.clone();
            lost.remove(at);
            assert_eq!(read(&lost).sections, sections[1..], "character {at} lost");
            let mut added = text.clone();
            added.insert(at, 'x');
            let found = read(&added);
            assert_eq!(found.sections, sections[1..], "character added at {at}");
            let rest = without_nested(&added, &found.nested);
            assert!(read(&rest).sections.iter().all(|section| section.tag != KEPT));
            assert!(rest.len() + 24 > text.len() - 50 && rest.starts_with(&added[..30]));
        }
    }

    #[test]
    fn what_is_whole_is_clean() {
        let text = base64::encode(&container::write(&[section(*b"SCRP", b"x")]));
        assert!(read(&text).clean);
        assert!(!read(&text[1..]).clean);
    }
}
