//! The tables of a SoundFont file ("SoundFont Technical Specification", version 2.04, sections 4 to 7).
//!
//! The parsers that are published as crates panic over damaged files and reserve what a header asks for, so that this one reads the
//! tables itself: each is a row of records of one length.

use std::{fs::File, ops::Range};

use super::super::source::read_exact_at;

/// Bytes of a table that are read; the largest fonts there are stay below a tenth of it.
const MOST_BYTES: u64 = 32 << 20;
/// Chunks that are looked at.
const MOST_CHUNKS: usize = 256;

/// A row of a table of patches or instruments: its name, the place of its first zone, and for patches program and bank.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub name: String,
    pub program: u16,
    pub bank: u16,
    first: u16,
}

/// A generator: a number of a zone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Generator {
    pub kind: u16,
    pub amount: i16,
}

/// A modulator: how a controller changes a generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Modulator {
    pub source: u16,
    pub target: u16,
    pub amount: i16,
    pub by: u16,
}

/// What a sample's header says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SampleHeader {
    pub name: String,
    pub start: u32,
    pub end: u32,
    pub loop_start: u32,
    pub loop_end: u32,
    pub rate: u32,
    pub key: u8,
    pub cents: i8,
    pub kind: u16,
}

/// Patches or instruments with their zones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Level {
    pub headers: Vec<Header>,
    /// Places of each zone's first generator and first modulator.
    bags: Vec<[u16; 2]>,
    generators: Vec<Generator>,
    modulators: Vec<Modulator>,
}

impl Level {
    /// The zones of a patch or instrument.
    pub fn zones(&self, index: usize) -> Range<usize> {
        let first = |index: usize| self.headers.get(index).map_or(0, |header| usize::from(header.first));
        // The last header and the last zone only say where those before them end.
        let last = self.bags.len().saturating_sub(1);
        first(index).min(last)..first(index + 1).min(last)
    }

    /// The generators of a zone.
    pub fn generators(&self, zone: usize) -> &[Generator] {
        part(&self.generators, self.between(zone, 0))
    }

    /// The modulators of a zone.
    pub fn modulators(&self, zone: usize) -> &[Modulator] {
        part(&self.modulators, self.between(zone, 1))
    }

    fn between(&self, zone: usize, which: usize) -> Range<usize> {
        let at = |zone: usize| self.bags.get(zone).map_or(0, |bag| usize::from(bag[which]));
        at(zone)..at(zone + 1)
    }

    /// How many patches or instruments there are.
    pub fn len(&self) -> usize {
        self.headers.len().saturating_sub(1)
    }
}

/// What lies in a range, as far as there is something.
fn part<T>(all: &[T], range: Range<usize>) -> &[T] {
    all.get(range.start..range.end.min(all.len())).unwrap_or_default()
}

/// Where something lies in the file.
pub(super) type Place = Range<u64>;

/// A font's tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tables {
    pub patches: Level,
    pub instruments: Level,
    pub samples: Vec<SampleHeader>,
    /// All samples, one after the other, in 16 bits.
    pub sound: Place,
    /// Eight further bits of each.
    pub low: Option<Place>,
}

/// Whether a file begins as a SoundFont does.
pub(super) fn is_font(file: &File) -> bool {
    let mut head = [0; 12];
    read_exact_at(file, &mut head, 0).is_ok() && head.starts_with(b"RIFF") && head.ends_with(b"sfbk")
}

/// The chunks in a range of a file: their names and places. Each ends within the range.
///
/// # Errors
/// Where one is said to go on beyond it.
fn chunks(file: &File, range: Place) -> Result<Vec<([u8; 4], Place)>, String> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at + 8 <= range.end && found.len() < MOST_CHUNKS {
        let mut head = [0; 8];
        read_exact_at(file, &mut head, at).map_err(|why| why.to_string())?;
        let [a, b, c, d, size @ ..] = head;
        let (name, size) = ([a, b, c, d], u64::from(u32::from_le_bytes(size)));
        let end = at + 8 + size;
        if end > range.end {
            let missing = end - range.end;
            return Err(format!("its part \"{}\" is {size} bytes long, of which {missing} are not there", String::from_utf8_lossy(&name)));
        }
        found.push((name, at + 8..end));
        // Chunks begin at even places, but some writers forget that.
        let mut next = [0; 4];
        let is_padded = size % 2 == 1 && !(read_exact_at(file, &mut next, end).is_ok() && next.iter().all(u8::is_ascii_alphanumeric));
        at = end + u64::from(is_padded);
    }
    Ok(found)
}

impl Tables {
    /// Reads the tables of a font of `size` bytes, and where its sound lies, which is not read.
    ///
    /// # Errors
    /// What is wrong with the file, as the end of a sentence about it.
    pub fn read(file: &File, size: u64) -> Result<Self, String> {
        let mut tables = Self::default();
        let mut found = Vec::new();
        for (name, place) in chunks(file, 12..size)? {
            let mut kind = [0; 4];
            if &name == b"LIST" && place.end - place.start >= 4 {
                read_exact_at(file, &mut kind, place.start).map_err(|why| why.to_string())?;
                // What is told of the font itself is not needed.
                let is_wanted = matches!(&kind, b"sdta" | b"pdta");
                found.push((kind, if is_wanted { chunks(file, place.start + 4..place.end)? } else { Vec::new() }));
            }
        }
        let list = |wanted: &[u8; 4]| found.iter().find(|(kind, _)| kind == wanted).map(|(_, chunks)| chunks.as_slice());
        let one =
            |chunks: &[([u8; 4], Place)], wanted: &[u8; 4]| chunks.iter().find(|(name, _)| name == wanted).map(|(_, place)| place.clone());
        let sound = list(b"sdta").unwrap_or_default();
        tables.sound = one(sound, b"smpl").ok_or("it has no samples (smpl)")?;
        tables.low = one(sound, b"sm24").filter(|low| low.end - low.start >= (tables.sound.end - tables.sound.start) / 2);
        let data = list(b"pdta").ok_or("it has no tables of patches and samples (pdta)")?;
        let table = |name: &'static [u8; 4], length: usize| {
            let place = one(data, name).ok_or_else(|| format!("its table \"{}\" is missing", String::from_utf8_lossy(name)))?;
            records(file, name, &place, length)
        };
        tables.patches = Level {
            headers: rows(&table(b"phdr", 38)?, 38, |row| Header {
                name: name(row),
                program: word(row, 20),
                bank: word(row, 22),
                first: word(row, 24),
            }),
            ..level(&table(b"pbag", 4)?, &table(b"pmod", 10)?, &table(b"pgen", 4)?)
        };
        tables.instruments = Level {
            headers: rows(&table(b"inst", 22)?, 22, |row| Header { name: name(row), program: 0, bank: 0, first: word(row, 20) }),
            ..level(&table(b"ibag", 4)?, &table(b"imod", 10)?, &table(b"igen", 4)?)
        };
        tables.samples = rows(&table(b"shdr", 46)?, 46, sample);
        // The last one is the end's.
        tables.samples.pop();
        Ok(tables)
    }
}

fn records(file: &File, name: &[u8; 4], place: &Place, length: usize) -> Result<Vec<u8>, String> {
    let (size, shown) = (place.end - place.start, String::from_utf8_lossy(name));
    if size > MOST_BYTES {
        return Err(format!("its table \"{shown}\" has {size} bytes, and at most {MOST_BYTES} are read"));
    }
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    if bytes.len() % length != 0 {
        return Err(format!("its table \"{shown}\" has {size} bytes, and its rows have {length} each"));
    }
    read_exact_at(file, &mut bytes, place.start).map_err(|why| why.to_string())?;
    Ok(bytes)
}

fn level(bags: &[u8], modulators: &[u8], generators: &[u8]) -> Level {
    Level {
        headers: Vec::new(),
        bags: rows(bags, 4, |row| [word(row, 0), word(row, 2)]),
        generators: rows(generators, 4, |row| Generator { kind: word(row, 0), amount: signed(row, 2) }),
        modulators: rows(modulators, 10, |row| Modulator {
            source: word(row, 0),
            target: word(row, 2),
            amount: signed(row, 4),
            by: word(row, 6),
        }),
    }
}

fn sample(row: &[u8]) -> SampleHeader {
    SampleHeader {
        name: name(row),
        start: double(row, 20),
        end: double(row, 24),
        loop_start: double(row, 28),
        loop_end: double(row, 32),
        rate: double(row, 36),
        key: row.get(40).copied().unwrap_or(60),
        cents: i8::from_ne_bytes([row.get(41).copied().unwrap_or(0)]),
        kind: word(row, 44),
    }
}

fn rows<T>(bytes: &[u8], length: usize, row: impl Fn(&[u8]) -> T) -> Vec<T> {
    bytes.chunks_exact(length).map(row).collect()
}

/// The name with which a row begins.
fn name(row: &[u8]) -> String {
    let bytes = row.get(..20).unwrap_or_default();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = String::from_utf8_lossy(&bytes[..end]);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn word(row: &[u8], at: usize) -> u16 {
    row.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn signed(row: &[u8], at: usize) -> i16 {
    row.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| i16::from_le_bytes(*bytes))
}

fn double(row: &[u8], at: usize) -> u32 {
    row.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
