//! SoundFonts (SF2, and SF3, whose samples are compressed): instruments whose patches say which samples sound for which notes ("SoundFont Technical Specification", version
//! 2.04). One file is one medium; a sampler's samples name patches of it.

mod compressed;
mod file;
mod general_midi;
mod sound;
mod zones;

use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

pub(crate) use sound::Cut;
pub use zones::{Course, Looping, LowPass, Tone, Zone};

use super::{
    Limits, MediaError,
    error::About,
    source::{self, Stop},
    words::{spelled, words},
};
use file::Tables;
use sound::Samples;
use zones::Refusal;

/// Endings of the files.
pub(crate) const ENDINGS: &[&str] = &["sf2", "sf3"];

/// Longest name of a file that patches are called by, in bytes.
const LONGEST_WORD: usize = 100;

/// A patch's place in a font: bank and program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number {
    /// The bank; 128 has drum kits.
    pub bank: u16,
    /// The program in it.
    pub program: u16,
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.bank, self.program)
    }
}

impl std::str::FromStr for Number {
    type Err = String;

    /// Reads `bank:program`, or the program of bank 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<u16>().ok();
        let (bank, program) = text.split_once(':').map_or((Some(0), number(text)), |(bank, program)| (number(bank), number(program)));
        bank.zip(program)
            .map(|(bank, program)| Self { bank, program })
            .ok_or_else(|| format!("bank and program, such as \"0:32\", not \"{text}\""))
    }
}

/// What a font calls a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its place.
    pub number: Number,
    /// What patterns call it: by General MIDI, and by its own name.
    pub words: Vec<String>,
}

impl Named {
    fn of(number: Number, name: &str) -> Self {
        let mut words = general_midi::words(number.bank, number.program);
        let own = spelled(name).into_owned();
        if !own.is_empty() && !words.contains(&own) {
            words.push(own);
        }
        Self { number, words }
    }

    /// Its words, with that of its file where that is no sentence.
    #[must_use]
    pub fn words_in(&self, path: &str) -> String {
        let file = words(path).into_iter().next().filter(|word| word.len() <= LONGEST_WORD);
        let all: Vec<&str> = self.words.iter().map(String::as_str).chain(file.as_deref()).collect();
        all.join(" ")
    }
}

/// A patch.
#[derive(Debug, PartialEq)]
pub struct Patch {
    number: Number,
    /// Its name in the font.
    pub name: String,
    /// What sounds for which keys.
    pub zones: Box<[Zone]>,
}

/// A font that is read.
#[derive(Debug, PartialEq)]
pub struct SoundFont {
    /// By their numbers.
    patches: Vec<Arc<Patch>>,
    /// What a player should know of it.
    pub notes: Vec<String>,
}

/// The fonts that anything in this process holds, by the hashes of their files: their samples are large.
static HELD: Mutex<Vec<(String, Weak<SoundFont>)>> = Mutex::new(Vec::new());

impl SoundFont {
    /// A patch; the first one where there is no number.
    #[must_use]
    pub fn patch(&self, number: Option<Number>) -> Option<&Arc<Patch>> {
        let Some(number) = number else { return self.patches.first() };
        let at = self.patches.binary_search_by_key(&number, |patch| patch.number).ok()?;
        self.patches.get(at)
    }

    /// What its patches are called.
    #[must_use]
    pub fn named(&self) -> Vec<Named> {
        self.patches.iter().map(|patch| Named::of(patch.number, &patch.name)).collect()
    }

    /// How many patches there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patches.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patches.is_empty()
    }
}

/// Whether a path is named as a font is.
#[must_use]
pub fn is_named(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&&*ending.to_lowercase()))
}

/// Whether a file is a font.
pub(super) fn is_font(path: &Path) -> bool {
    crate::files::open(path).is_ok_and(|(file, _)| file::is_font(&file))
}

/// The patches of a font, by their numbers; its samples are not read.
///
/// # Errors
/// Why it can't be read.
pub fn patches(path: &Path) -> Result<Vec<Named>, MediaError> {
    let about = About(path);
    source::contain(about, || {
        let (file, size) = source::open(path, &Limits::default())?;
        let tables = tables(&file, size, about)?;
        let mut all: Vec<Named> = headers(&tables).map(|(_, number, name)| Named::of(number, &name)).collect();
        all.sort_by_key(|named| named.number);
        all.dedup_by_key(|named| named.number);
        Ok(all)
    })
}

/// Index, number and name of each patch.
fn headers(tables: &Tables) -> impl Iterator<Item = (usize, Number, String)> {
    let named =
        |(index, header): (usize, &file::Header)| (index, Number { bank: header.bank, program: header.program }, header.name.clone());
    tables.patches.headers.iter().take(tables.patches.len()).enumerate().map(named)
}

fn tables(file: &File, size: u64, about: About<'_>) -> Result<Tables, MediaError> {
    if !file::is_font(file) {
        return Err(about.damaged("it does not begin as a SoundFont does"));
    }
    let tables = Tables::read(file, size).map_err(|what| about.damaged(what))?;
    if tables.patches.len() == 0 {
        return Err(about.damaged("it has no patches"));
    }
    Ok(tables)
}

/// The font in a file with a hash, which is read where nothing in this process holds it.
///
/// # Errors
/// [`MediaError`], where it can't be read, has nothing to play or is too large.
pub(super) fn of_file(path: &Path, hash: &str, limits: &Limits, stop: Stop<'_>) -> Result<Arc<SoundFont>, MediaError> {
    let held = || HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let found = held().iter().find(|(own, _)| own == hash).and_then(|(_, font)| font.upgrade());
    if let Some(font) = found {
        return Ok(font);
    }
    let font = Arc::new(load(path, limits, stop)?);
    let mut held = held();
    held.retain(|(_, font)| font.strong_count() > 0);
    held.push((hash.to_owned(), Arc::downgrade(&font)));
    Ok(font)
}

/// Reads a font with all of its samples.
fn load(path: &Path, limits: &Limits, stop: Stop<'_>) -> Result<SoundFont, MediaError> {
    let about = About(path);
    source::contain(about, || {
        let (file, size) = source::open(path, limits)?;
        let mut tables = tables(&file, size, about)?;
        let samples = if compressed::is_compressed(&tables) {
            Samples::new(compressed::decode(&file, &mut tables, limits.frames, about, stop)?)
        } else {
            Samples::read(&file, (&tables.sound, tables.low.as_ref()), limits.frames, about, stop)?
        };
        let samples = Arc::new(samples);
        let (sounds, faults) = zones::sounds(&tables, &samples);
        let zones = zones::zones(&tables, &sounds).map_err(|refusal| match refusal {
            Refusal::Damaged(what) => about.damaged(what),
            Refusal::TooMuch(what) => about.too_large(what),
        })?;
        let named = headers(&tables).zip(zones).map(|((_, number, name), zones)| Arc::new(Patch { number, name, zones }));
        let mut patches: Vec<Arc<Patch>> = named.collect();
        patches.sort_by_key(|patch| patch.number);
        patches.dedup_by_key(|patch| patch.number);
        if patches.iter().all(|patch| patch.zones.is_empty()) {
            let why = faults.first().map_or_else(String::new, |fault| format!(": {fault}"));
            return Err(about.damaged(format!("none of its patches has a sample that can be played{why}")));
        }
        let mut notes = Vec::new();
        if let Some(first) = faults.first() {
            notes.push(format!("{} of its samples can't be played, so what they are for is silent: {first}", faults.len()));
        }
        let silent = patches.iter().filter(|patch| patch.zones.is_empty()).count();
        if silent > 0 {
            notes.push(format!("{silent} of its patches have nothing to play"));
        }
        Ok(SoundFont { patches, notes })
    })
}
