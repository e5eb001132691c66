//! What of loaded states could not be used, kept to be saved again: each damaged original once, within bounds.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use videotracker_engine::text::counted;

use super::{
    container::{Section, Tag},
    extras::Extra,
    rescue, salvage,
};

/// Most damaged originals that a state carries.
pub const MOST: usize = 8;
/// Most bytes that they take together.
pub const BYTES: usize = 32 << 20;
/// The ending of exported originals.
const ENDING: &str = "vtstate";

/// Everything that is saved again although it could not be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Sections that only a newer version knows.
    pub unknown: Vec<Section>,
    /// Damaged originals, oldest first.
    originals: Vec<Arc<[u8]>>,
    /// Originals for which there is no room: they are not saved, but can be exported until the instance closes.
    leaving: Vec<Arc<[u8]>>,
    /// How many originals were left out of this state or those it came from.
    pub dropped: u32,
    /// Fields that only a newer version knows, by section.
    pub extras: BTreeMap<Tag, Extra>,
}

impl Kept {
    /// Takes in a damaged original and, before it, every original that was nested in it.
    pub fn add<'a>(&mut self, original: impl Into<Cow<'a, [u8]>>) {
        for original in unnest(original.into()) {
            if !original.is_empty() && !self.originals.iter().any(|other| **other == *original) {
                self.originals.push(Arc::from(original));
            }
        }
    }

    /// Leaves out the oldest originals where there are more than a state carries; how many.
    pub fn bound(&mut self) -> usize {
        let before = self.leaving.len();
        let bytes = |originals: &[Arc<[u8]>]| originals.iter().map(|original| original.len()).sum::<usize>();
        while self.originals.len() > MOST || bytes(&self.originals) > BYTES {
            self.leaving.push(self.originals.remove(0));
        }
        let gone = self.leaving.len() - before;
        self.dropped = self.dropped.saturating_add(u32::try_from(gone).unwrap_or(u32::MAX));
        gone
    }

    /// The originals that are saved again, oldest first.
    #[must_use]
    pub fn originals(&self) -> &[Arc<[u8]>] {
        &self.originals
    }

    /// Every original that can be exported: those that are not saved again come first.
    fn all(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.leaving.iter().chain(&self.originals)
    }

    /// How many originals can be exported, and how many bytes they hold.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.all().count(), self.all().map(|original| original.len()).sum())
    }

    /// The list of originals, as the console shows it.
    #[must_use]
    pub fn list(&self) -> String {
        let fate = |number: usize| if number < self.leaving.len() { "not saved again, no room" } else { "saved again with the session" };
        let row =
            |(number, original): (usize, &Arc<[u8]>)| format!("{}: {}, {}", number + 1, counted(original.len(), "byte"), fate(number));
        let rows: Vec<String> = self.all().enumerate().map(row).collect();
        if rows.is_empty() { "no damaged original is kept".to_owned() } else { rows.join("\n") }
    }

    /// Writes an original (counted from 1) to a file that is not there yet.
    ///
    /// # Errors
    /// Why that can't be done.
    pub fn export(&self, number: usize, file: &Path) -> Result<String, String> {
        let Some(original) = number.checked_sub(1).and_then(|number| self.all().nth(number)) else {
            return Err(format!("there is no damaged original {number}; kept ls lists them"));
        };
        write_new(file, original).map_err(|why| format!("{} can't be written: {why}; give another file", file.display()))?;
        Ok(format!("damaged original {number} was written to {}", file.display()))
    }

    /// Writes every original into a folder, each to a new file.
    ///
    /// # Errors
    /// Why that can't be done.
    pub fn export_all(&self, folder: &Path) -> Result<String, String> {
        std::fs::create_dir_all(folder).map_err(|why| format!("{} can't be made: {why}", folder.display()))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        for (number, original) in self.all().enumerate() {
            let name = format!("damaged-{now}-{}-{:08x}.{ENDING}", number + 1, crc32fast::hash(original));
            let file = folder.join(name);
            match write_new(&file, original) {
                Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(format!("{} can't be written: {why}", file.display()));
                }
                _ => {}
            }
        }
        Ok(format!("written into {}: {}", folder.display(), counted(self.all().count(), "damaged original")))
    }

    /// Forgets one original (counted from 1), or all.
    ///
    /// # Errors
    /// Says that there is none of that number.
    pub fn forget(&mut self, number: Option<usize>) -> Result<String, String> {
        let Some(number) = number else {
            let count = self.all().count();
            (self.originals, self.leaving) = (Vec::new(), Vec::new());
            return Ok(format!("forgotten: {}", counted(count, "damaged original")));
        };
        let index = number.checked_sub(1).filter(|index| *index < self.all().count());
        let Some(index) = index else { return Err(format!("there is no damaged original {number}; kept ls lists them")) };
        match index.checked_sub(self.leaving.len()) {
            Some(index) => drop(self.originals.remove(index)),
            None => drop(self.leaving.remove(index)),
        }
        Ok(format!("damaged original {number} was forgotten"))
    }
}

fn write_new(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::fs::File::create_new(file)?;
    std::io::Write::write_all(&mut out, bytes)
}

/// An original without those that were nested in it, behind them. No level is held while the next is read: a text of
/// megabytes can nest dozens of them.
fn unnest(original: Cow<'_, [u8]>) -> Vec<Vec<u8>> {
    let mut flat = Vec::new();
    let mut left = vec![original];
    while let Some(original) = left.pop() {
        let text = rescue::ascii(&original);
        let range = if text.contains('"') { rescue::session_range(&text) } else { 0..text.len() };
        let found = salvage::read(&text[range.clone()]);
        let mut stripped = original[..range.start].to_vec();
        stripped.extend(without(&original[range.clone()], &found.nested));
        stripped.extend_from_slice(&original[range.end..]);
        flat.push(stripped);
        flat.extend(found.scraps.into_iter().rev());
        let nested = found.sections.into_iter().filter(|section| section.tag == super::KEPT);
        left.extend(nested.map(|section| Cow::Owned(section.payload)));
    }
    flat.reverse();
    flat
}

/// The bytes outside of sorted ranges.
pub fn without(bytes: &[u8], ranges: &[std::ops::Range<usize>]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for range in ranges {
        kept.extend_from_slice(bytes.get(at..range.start).unwrap_or_default());
        at = at.max(range.end.min(bytes.len()));
    }
    kept.extend_from_slice(&bytes[at..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_original_is_kept_once_and_the_oldest_leave_with_a_word() {
        let mut kept = Kept::default();
        for number in 0..MOST + 3 {
            let original = format!("no state at all, number {number}");
            kept.add(original.as_bytes());
            kept.add(original.as_bytes());
        }
        assert_eq!(kept.bound(), 3);
        assert_eq!((kept.originals().len(), kept.dropped, kept.count().0), (MOST, 3, MOST + 3));
        assert!(kept.list().starts_with("1: 25 bytes, not saved again"), "{}", kept.list());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.vtstate");
        kept.export(1, &file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"no state at all, number 0");
        assert!(kept.export(1, &file).unwrap_err().contains("can't be written"), "nothing is written over");
        assert!(kept.export(99, &file).unwrap_err().contains("no damaged original 99"));
        kept.export_all(&folder.path().join("all")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("all")).unwrap().count(), MOST + 3);
        kept.forget(Some(1)).unwrap();
        kept.forget(None).unwrap();
        assert_eq!(kept.count(), (0, 0));
    }

    /// As the first version nested them, each in the next, with something of each one's own before it.
    #[test]
    fn originals_within_originals_come_out_innermost_first() {
        let mut nested = String::new();
        for number in 0..40_u8 {
            let own = Section { tag: *b"SCRP", format: 1, payload: vec![number; 3] };
            let earlier = Section { tag: super::super::KEPT, format: 1, payload: nested.into_bytes() };
            nested = super::super::base64::encode(&super::super::container::write(&[own, earlier]));
        }
        let mut kept = Kept::default();
        kept.add(nested.as_bytes());
        let own: Vec<u8> = kept
            .originals()
            .iter()
            .map(|text| salvage::section(std::str::from_utf8(text).unwrap(), *b"SCRP").unwrap().payload[0])
            .collect();
        assert_eq!(own, (0..40).collect::<Vec<u8>>());
    }

    #[test]
    fn an_original_beyond_all_bounds_is_not_saved_but_can_be_exported() {
        let mut kept = Kept::default();
        kept.add(vec![b'"'; BYTES + 1]);
        assert_eq!((kept.bound(), kept.originals().len(), kept.count().0), (1, 0, 1));
    }
}
