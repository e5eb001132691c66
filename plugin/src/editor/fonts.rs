//! Letters that the editor's own fonts lack: looked for among the system's fonts, on a thread of their own.
//!
//! egui brings letters of Europe and emoji of one colour (0.7 MB). No font for Chinese, Japanese and Korean is carried along, for
//! it would take 5 to 20 MB. What no font of the system has is drawn as a box, and the console says which characters these are.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use egui::{
    Context, FontData, FontFamily,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily},
};
use skrifa::{FontRef, MetadataProvider as _};
use videotracker_engine::{panics::caught, snapshot::Severity};

use super::{console::Log, watch::Wake};

/// Largest font file that is read.
const LARGEST: u64 = 64 << 20;
/// Most bytes of fonts that one search reads.
const MOST_READ: u64 = 512 << 20;
/// Most fonts a collection holds.
const MOST_FACES: u32 = 64;
/// Deepest folder below those where fonts lie.
const DEEPEST: usize = 6;
/// How long characters are gathered before a search.
const GATHER: Duration = Duration::from_millis(40);

/// What a search found.
#[derive(Debug, Default)]
struct Found {
    fonts: Vec<FontInsert>,
    missing: BTreeSet<char>,
    /// What went wrong inside of a search.
    failure: Option<String>,
}

/// Fonts on their way to the editor.
#[derive(Debug, Default)]
pub struct Fonts {
    found: Arc<Mutex<Found>>,
    /// Whether it was said that characters are missing: once for a window, so that it pushes nothing else out of sight.
    complained: bool,
}

fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fonts {
    /// Hears from now on which characters a window's fonts lack. The search ends with the window.
    pub fn install(&mut self, ctx: &Context, wake: Wake) {
        *lock(&self.found) = Found::default();
        self.complained = false;
        let (lacking, wanted) = mpsc::channel();
        let found = Arc::clone(&self.found);
        let search = move || {
            let mut files = None;
            let look = |lacking: &mut BTreeSet<char>| fonts_with(lacking, files.get_or_insert_with(|| font_files(&folders())));
            search(&wanted, look, &found, &wake);
        };
        if std::thread::Builder::new().name("fonts".to_owned()).spawn(search).is_err() {
            return;
        }
        ctx.add_font_provider(Arc::new(move |request: &FallbackRequest<'_>| {
            if let Some(c) = request.cluster.chars().next().filter(|c| is_drawn(*c)) {
                let _ = lacking.send(c);
            }
            None
        }));
    }

    /// Takes over what was found, and says what was not.
    pub fn update(&mut self, ctx: &Context, console: &mut Log) {
        let Found { fonts, missing, failure } = std::mem::take(&mut *lock(&self.found));
        fonts.into_iter().for_each(|font| ctx.add_font(font));
        if (!missing.is_empty() || failure.is_some()) && !std::mem::replace(&mut self.complained, true) {
            let broken = |why| format!("An error inside videoTracker ({why}) broke off the search for fonts: characters show as boxes.");
            console.say(Severity::Warning, failure.map_or_else(|| complaint(&missing), broken));
        }
    }
}

/// Whether a character is one that fonts have.
fn is_drawn(c: char) -> bool {
    let private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    let joins = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{fe00}'..='\u{fe0f}');
    !(c.is_control() || c.is_whitespace() || private || joins)
}

fn complaint(missing: &BTreeSet<char>) -> String {
    let mut named: Vec<String> = missing.iter().take(6).map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
    if missing.len() > named.len() {
        named.push(format!("{} more", missing.len() - named.len()));
    }
    format!(
        "No font of this computer has {}: characters without a font show as boxes. Install a font that has them; on Debian fonts-noto-cjk has \
         Chinese, Japanese and Korean.",
        named.join(", ")
    )
}

/// Serves what is asked for until nobody asks any more.
fn search(wanted: &mpsc::Receiver<char>, mut look: impl FnMut(&mut BTreeSet<char>) -> Vec<FontInsert>, found: &Mutex<Found>, wake: &Wake) {
    let mut known = BTreeSet::new();
    while let Ok(first) = wanted.recv() {
        std::thread::sleep(GATHER);
        let mut lacking: BTreeSet<char> = std::iter::once(first).chain(wanted.try_iter()).filter(|c| known.insert(*c)).collect();
        if lacking.is_empty() {
            continue;
        }
        let fonts = caught(|| look(&mut lacking));
        let mut found = lock(found);
        match fonts {
            Ok(fonts) => {
                found.fonts.extend(fonts);
                found.missing.extend(lacking);
            }
            Err(why) => found.failure = Some(why),
        }
        drop(found);
        wake.wake();
    }
}

/// Fonts that have some of `lacking`; what they have is taken out of it.
fn fonts_with(lacking: &mut BTreeSet<char>, files: &[PathBuf]) -> Vec<FontInsert> {
    let (mut fonts, mut read) = (Vec::new(), 0);
    for path in files {
        if lacking.is_empty() || read > MOST_READ {
            break;
        }
        let Some(size) = fs::metadata(path).ok().filter(|about| about.is_file() && about.len() <= LARGEST).map(|about| about.len()) else {
            continue;
        };
        read += size;
        let Ok(bytes) = fs::read(path) else { continue };
        let faces = (0..MOST_FACES).map_while(|index| Some((index, FontRef::from_index(&bytes, index).ok()?)));
        let best = faces
            .map(|(index, face)| (index, lacking.iter().copied().filter(|c| draws(&face, *c)).collect::<Vec<_>>()))
            .max_by_key(|(index, has)| (has.len(), u32::MAX - index));
        let Some((index, has)) = best.filter(|(_, has)| !has.is_empty()) else { continue };
        lacking.retain(|c| !has.contains(c));
        let last = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
        fonts.push(FontInsert {
            name: format!("{} {index}", path.display()),
            data: FontData { index, ..FontData::from_owned(bytes) },
            families: vec![last(FontFamily::Proportional), last(FontFamily::Monospace)],
        });
    }
    fonts
}

/// Whether a font has an outline for a character. Coloured pictures would stay blank: egui draws them with a feature that is off.
fn draws(face: &FontRef<'_>, c: char) -> bool {
    let Some(glyph) = face.charmap().map(c) else { return false };
    face.outline_glyphs().get(glyph).is_some() && face.color_glyphs().get(glyph).is_none()
}

/// The font files below folders, plain upright ones first.
fn font_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    folders.iter().for_each(|folder| gather(folder, DEEPEST, &mut files));
    files.sort_by_cached_key(|path| (unlike_ours(path), path.clone()));
    files.dedup();
    files
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        let is_font = |ending: &OsStr| ["ttf", "otf", "ttc", "otc"].iter().any(|known| ending.eq_ignore_ascii_case(known));
        if kind.is_dir() && depth > 0 {
            gather(&path, depth - 1, files);
        } else if !kind.is_dir() && path.extension().is_some_and(is_font) {
            files.push(path);
        }
    }
}

/// How little a font goes with the editor's, by the words of its file's name.
fn unlike_ours(path: &Path) -> u32 {
    let name = path.file_stem().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let has = |words: &[&str]| u32::from(words.iter().any(|word| name.contains(word)));
    8 * has(&["italic", "oblique"]) + 4 * has(&["bold", "black", "heavy", "thin", "light"]) + 2 * has(&["serif", "ming", "song", "batang"])
}

/// Where this system keeps fonts.
fn folders() -> Vec<PathBuf> {
    let home = |below: &str| std::env::home_dir().map(|home| home.join(below));
    let named = |variable: &str, below: &str| std::env::var_os(variable).map(|folder| Path::new(&folder).join(below));
    let fixed = |path: &str| Some(PathBuf::from(path));
    let folders = if cfg!(target_os = "windows") {
        vec![named("WINDIR", "Fonts"), named("LOCALAPPDATA", "Microsoft/Windows/Fonts")]
    } else if cfg!(target_os = "macos") {
        vec![fixed("/System/Library/Fonts"), fixed("/Library/Fonts"), home("Library/Fonts")]
    } else {
        let own = [named("XDG_DATA_HOME", "fonts"), home(".local/share/fonts"), home(".fonts")];
        own.into_iter().chain([fixed("/usr/share/fonts"), fixed("/usr/local/share/fonts")]).collect()
    };
    folders.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wake() -> Wake {
        Wake::new(nice_plug_egui::RepaintNotifier::new(), None)
    }

    #[test]
    fn a_font_of_the_system_is_found_by_what_it_draws_and_what_none_has_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("below")).expect("a folder");
        // The editor's own fonts stand for the system's.
        let own = egui::FontDefinitions::default();
        for (index, name) in ["Hack", "NotoEmoji-Regular"].into_iter().enumerate() {
            let path = folder.path().join(["below", "."][index]).join(format!("{name}.ttf"));
            fs::write(path, (*own.font_data[name].font).as_ref()).expect("a file");
        }
        fs::write(folder.path().join("broken.otf"), b"no font").expect("a file");
        let (tx, rx) = mpsc::channel();
        let found = Mutex::default();
        for c in ['é', '🎵', '\u{10ffff}', '日'] {
            tx.send(c).expect("it listens");
        }
        drop(tx);
        let files = font_files(&[folder.path().to_owned(), folder.path().join("nowhere")]);
        search(&rx, |lacking| fonts_with(lacking, &files), &found, &wake());
        let found = found.into_inner().expect("nobody panicked");
        assert_eq!(found.fonts.len(), 2, "{:?}", found.missing);
        assert!(found.missing.contains(&'日') && complaint(&found.missing).contains("日 (U+65E5)"));
        assert!(!found.missing.contains(&'🎵'));
    }

    #[test]
    fn a_search_that_panics_is_said_and_the_next_one_goes_on() {
        let (tx, rx) = mpsc::channel();
        tx.send('日').expect("it listens");
        let (found, mut more) = (Mutex::default(), Some(tx));
        let look = |_: &mut BTreeSet<char>| {
            if let Some(tx) = more.take() {
                tx.send('月').expect("it listens");
                panic!("as told");
            }
            Vec::new()
        };
        search(&rx, look, &found, &wake());
        let found = found.into_inner().expect("nobody panicked with it");
        assert_eq!((found.failure.as_deref(), found.missing), (Some("as told"), BTreeSet::from(['月'])));
    }

    #[test]
    fn what_no_font_draws_is_not_looked_for() {
        for c in ['\n', ' ', '\u{200d}', '\u{fe0f}', '\u{e000}'] {
            assert!(!is_drawn(c), "{c:?}");
        }
        assert!(is_drawn('日') && is_drawn('🎵'));
    }
}
