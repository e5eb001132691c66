//! The container a saved session travels in: sections that stand alone.
//!
//! Each section is `sync · tag · format · length · header CRC · payload CRC · payload` (numbers little-endian, CRC-32
//! as in IEEE 802.3). A reader that meets damage looks for the next header that proves itself, so that one spoilt
//! section never takes another along.

use std::ops::Range;

/// How often each byte of a container may be summed on average: headers that lie may claim the same bytes again and again.
const PASSES: usize = 16;
/// Starts every section; its first byte is in no ASCII text.
const SYNC: [u8; 4] = [0x9d, b'V', b'T', b's'];
pub const HEADER: usize = 4 + 4 + 2 + 4 + 4 + 4;

/// Names a section's kind.
pub type Tag = [u8; 4];

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is.
    pub tag: Tag,
    /// Version of the payload's format.
    pub format: u16,
    /// What it holds.
    pub payload: Vec<u8>,
}

/// What was found in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Sections whose checksums hold, in order.
    pub good: Vec<Section>,
    /// Where each of them lies.
    pub places: Vec<Range<usize>>,
    /// Sections whose header holds but whose payload does not: the tag, and where the section lies as far as it is known.
    pub spoilt: Vec<(Tag, Range<usize>)>,
    /// Byte ranges that belong to no good section.
    pub broken: Vec<Range<usize>>,
}

/// Writes sections one after the other.
pub fn write<'a>(sections: impl IntoIterator<Item = &'a Section>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for section in sections {
        let Ok(length) = u32::try_from(section.payload.len()) else {
            // A payload of 4 GiB cannot be: hosts and nice-plug refuse states long before.
            continue;
        };
        let start = bytes.len();
        bytes.extend_from_slice(&SYNC);
        bytes.extend_from_slice(&section.tag);
        bytes.extend_from_slice(&section.format.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        let proof = crc32fast::hash(&bytes[start..]);
        bytes.extend_from_slice(&proof.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&section.payload).to_le_bytes());
        bytes.extend_from_slice(&section.payload);
    }
    bytes
}

struct Header {
    tag: Tag,
    format: u16,
    length: usize,
    payload_crc: u32,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The header at the start of `bytes`, if it proves itself.
fn header(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(&SYNC) || crc32fast::hash(bytes.get(..14)?) != word(bytes, 14)? {
        return None;
    }
    Some(Header {
        tag: bytes.get(4..8)?.try_into().ok()?,
        format: u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?),
        length: usize::try_from(word(bytes, 10)?).ok()?,
        payload_crc: word(bytes, 18)?,
    })
}

/// Reads whatever of a container is whole.
#[cfg(test)]
pub fn read(bytes: &[u8]) -> Contents {
    read_only(bytes, None)
}

/// Reads whatever of a container is whole. Where a tag is `wanted`, sections of other tags come without their payload.
pub fn read_only(bytes: &[u8], wanted: Option<Tag>) -> Contents {
    let mut contents = Contents::default();
    let mut at = 0;
    let mut patience = bytes.len().saturating_mul(PASSES);
    while at < bytes.len() {
        let Some(found) = header(&bytes[at..]) else {
            let next = next_header(bytes, at + 1);
            contents.broken.push(at..next);
            at = next;
            continue;
        };
        let start = at + HEADER;
        let whole = start.checked_add(found.length).filter(|end| *end <= bytes.len() && found.length <= patience);
        patience = patience.saturating_sub(found.length);
        match whole {
            Some(end) if crc32fast::hash(&bytes[start..end]) == found.payload_crc => {
                let taken = wanted.is_none_or(|wanted| wanted == found.tag);
                let payload = if taken { bytes[start..end].to_vec() } else { Vec::new() };
                contents.good.push(Section { tag: found.tag, format: found.format, payload });
                contents.places.push(at..end);
                at = end;
            }
            // Bytes may have been lost within the payload: the next header need not lie at its end.
            _ => {
                let next = next_header(bytes, start);
                contents.spoilt.push((found.tag, at..next.min(start.saturating_add(found.length))));
                contents.broken.push(at..next);
                at = next;
            }
        }
    }
    contents
}

/// Where the next header that proves itself begins, or the end.
fn next_header(bytes: &[u8], from: usize) -> usize {
    (from..bytes.len()).find(|at| bytes[*at] == SYNC[0] && header(&bytes[*at..]).is_some()).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        vec![
            Section { tag: *b"SCRP", format: 1, payload: b"print('hello')".to_vec() },
            Section { tag: *b"DRFT", format: 1, payload: Vec::new() },
            Section { tag: *b"PROJ", format: 3, payload: (0..=255).collect() },
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = write(&sections());
        let found = read(&bytes);
        assert_eq!((found.good, found.spoilt.len(), found.broken.len()), (sections(), 0, 0));
        assert_eq!(found.places.iter().map(ExactSizeIterator::len).sum::<usize>(), bytes.len());
        assert_eq!(read(&[]), Contents::default());
    }

    #[test]
    fn truncated_at_every_length_the_sections_before_the_cut_load() {
        let bytes = write(&sections());
        let ends: Vec<usize> = (1..=3).map(|count| write(&sections()[..count]).len()).collect();
        for len in 0..bytes.len() {
            let contents = read(&bytes[..len]);
            let whole = ends.iter().filter(|end| **end <= len).count();
            assert_eq!(contents.good, sections()[..whole], "cut at {len}");
            let kept: usize = contents.broken.iter().map(ExactSizeIterator::len).sum();
            assert_eq!(kept, len - if whole == 0 { 0 } else { ends[whole - 1] }, "cut at {len}");
        }
    }

    #[test]
    fn a_flipped_bit_spoils_only_its_section() {
        let bytes = write(&sections());
        let ends: Vec<usize> = (1..=3).map(|count| write(&sections()[..count]).len()).collect();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let hit = ends.iter().position(|end| bit / 8 < *end).unwrap();
            let mut expected = sections();
            expected.remove(hit);
            assert_eq!(read(&flipped).good, expected, "bit {bit}");
        }
    }

    #[test]
    fn headers_that_claim_everything_behind_them_are_not_summed_for_ever() {
        let mut bytes = Vec::new();
        for left in (0..200_000_u32).rev() {
            let start = bytes.len();
            bytes.extend_from_slice(&SYNC);
            bytes.extend_from_slice(b"LIES\x01\0");
            bytes.extend_from_slice(&(left * 22).to_le_bytes());
            let proof = crc32fast::hash(&bytes[start..]);
            bytes.extend_from_slice(&proof.to_le_bytes());
            bytes.extend_from_slice(&[1, 2, 3, 4]);
        }
        let began = std::time::Instant::now();
        assert!(read(&bytes).good.is_empty());
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    #[test]
    fn lost_and_added_bytes_spoil_only_their_section() {
        let bytes = write(&sections());
        let first = write(&sections()[..1]).len();
        for at in HEADER..first {
            let mut lost = bytes.clone();
            lost.remove(at);
            assert_eq!(read(&lost).good, sections()[1..], "byte {at} lost");
            let mut added = bytes.clone();
            added.insert(at, 0);
            assert_eq!(read(&added).good, sections()[1..], "byte added at {at}");
        }
    }
}
