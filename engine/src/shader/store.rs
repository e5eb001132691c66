//! The shader files of a session: what each was when it last compiled, and what is wrong with it since.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    Complaint, Interface, ShaderError, ShaderProgram,
    source::{self, Reading},
};
use crate::{media::resolve, name::Name, panics::caught};

/// Where a shader file stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShaderState {
    /// What it was when it last compiled.
    pub program: Option<Arc<ShaderProgram>>,
    /// What is wrong with it as it is.
    pub error: Option<ShaderError>,
    /// BLAKE3 of the text that last compiled, in hex, and its bytes.
    pub file: Option<(String, u64)>,
}

/// What looking at a file again brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Refreshed {
    /// It is what it was.
    Same,
    /// It compiles, and is another program than before.
    New(Arc<ShaderProgram>),
    /// It does not compile; what it was before stays.
    Broken(ShaderError),
}

/// Longest that whoever names a shader waits for it: compilers take seconds at most, and a disk may never answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shader files by the names a session gives them. Reading and compiling hold no lock on them.
#[derive(Debug, Default)]
pub struct Store {
    entries: Mutex<HashMap<Name, Entry>>,
    /// What reads files and took longer than it was waited for.
    reading: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    state: ShaderState,
    candidates: Vec<PathBuf>,
    origin: source::Origin,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads files that are not what they were, on a thread of its own that is waited for as long as `limit`; whether it got
    /// through. Where a disk does not answer, that thread waits for it, and nothing else is read meanwhile.
    pub fn look(self: &Arc<Self>, files: &[(Name, Vec<PathBuf>)], limit: Duration) -> bool {
        let began = Instant::now();
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let done = |thread: &Option<JoinHandle<()>>| {
            while thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
                if began.elapsed() >= limit {
                    return false;
                }
                std::thread::sleep(Duration::from_micros(200));
            }
            true
        };
        // Whoever only looks does not wait for what an earlier look waits for.
        let held_up = reading.as_ref().is_some_and(|thread| !thread.is_finished());
        if held_up && (limit < PATIENCE || !done(&reading)) {
            return false;
        }
        let (store, files) = (Arc::clone(self), files.to_vec());
        let read = move || files.iter().for_each(|(name, candidates)| drop(store.refresh(name, candidates)));
        *reading = std::thread::Builder::new().name("shader-files".to_owned()).spawn(read).ok();
        done(&reading)
    }

    /// Where a file stands; `None` where nobody has looked yet.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<ShaderState> {
        self.lock().get(name).map(|entry| entry.state.clone())
    }

    /// Where a file was found; `None` where nobody has looked yet.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<PathBuf> {
        self.lock().get(name)?.origin.path().map(PathBuf::from)
    }

    /// Reads a file, unless it is what it was. May take as long as a compiler takes.
    pub fn refresh(&self, name: &Name, candidates: &[PathBuf]) -> Refreshed {
        let known = self.lock().get(name).map(|entry| (entry.candidates == candidates, entry.origin.clone()));
        if known.is_some_and(|(same, origin)| same && !origin.has_changed()) {
            return Refreshed::Same;
        }
        self.keep(name, candidates, || source::read(candidates))
    }

    /// Takes in what reading a file gives; a panic on the way is what is wrong with the file.
    fn keep(&self, name: &Name, candidates: &[PathBuf], read: impl FnOnce() -> Reading) -> Refreshed {
        let (origin, read) = caught(read).unwrap_or_else(|why| {
            let text = format!("an error inside videoTracker ({why}) broke off its reading; change it to have it read again");
            (source::Origin::of(candidates), Err(Complaint::new(text)))
        });
        let mut entries = self.lock();
        let entry = entries.entry(name.clone()).or_default();
        (entry.origin, entry.candidates) = (origin, candidates.to_vec());
        match read {
            Ok(read) => {
                let program = Arc::new(read.program);
                entry.state = ShaderState { program: Some(Arc::clone(&program)), error: None, file: Some((read.hash, read.size)) };
                Refreshed::New(program)
            }
            Err(complaint) => {
                let error = complaint.of(name);
                entry.state.error = Some(error.clone());
                Refreshed::Broken(error)
            }
        }
    }

    /// Forgets the files that nobody uses any more.
    pub fn retain(&self, used: impl Fn(&Name) -> bool) {
        self.lock().retain(|name, _| used(name));
    }
}

/// What a transaction reads shader files with.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The session's shader files.
    pub store: Arc<Store>,
    /// Where relative paths are looked for.
    pub roots: Vec<PathBuf>,
    /// Whether a person here gives what is named: then files are read, wherever they lie. Else only those count that were read.
    pub trusted: bool,
}

impl Shelf {
    /// Returns the parameters of a file: those of its last version that compiled.
    ///
    /// # Errors
    /// What is wrong with a file that never compiled.
    pub fn interface(&self, name: &Name) -> Result<Interface, ShaderError> {
        let read = !self.trusted || self.store.look(&[(name.clone(), resolve(name, &self.roots))], PATIENCE);
        let state = self.store.state(name).unwrap_or_default();
        let error = || {
            state.error.unwrap_or_else(|| {
                if !read {
                    let text = "it is still being read: its disk does not answer, or the compiler is slow; try again when it does";
                    return Complaint::new(text).of(name);
                }
                Complaint::new("it was not read, because nobody has trusted it here; run a script that names it, or type: trust all")
                    .of(name)
            })
        };
        state.program.map(|program| program.interface).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_while_a_file_is_read_is_what_is_wrong_with_it_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (name, files) = (Name::new("a.wgsl"), [folder.path().join("a.wgsl")]);
        std::fs::write(&files[0], "fn color(uv: vec2<f32>) -> vec4<f32> { return vec4(1.0); }").unwrap();
        let store = Store::default();
        let Refreshed::New(program) = store.refresh(&name, &files) else { panic!("it does not compile") };
        std::fs::write(&files[0], "fn color(uv: vec2<f32>) -> vec4<f32> { return vec4(uv, 0.0, 1.0); }").unwrap();
        let Refreshed::Broken(error) = store.keep(&name, &files, || panic!("as told")) else { panic!("nothing was said") };
        assert!(error.text.contains("as told"), "{error}");
        assert_eq!(store.state("a.wgsl").unwrap().program, Some(program), "what compiled last stays");
        assert_eq!(store.refresh(&name, &files), Refreshed::Same, "it is not tried at every look");
        std::fs::write(&files[0], "fn color(uv: vec2<f32>) -> vec4<f32> { return vec4(0.0); }").unwrap();
        assert!(matches!(store.refresh(&name, &files), Refreshed::New(_)));
    }
}
