//! The shader files of a session: what each was when it last compiled, and what is wrong with it since.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Complaint, Interface, Program, ShaderError, source};
use crate::{media::resolve, name::Name};

/// Where a shader file stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShaderState {
    /// What it was when it last compiled.
    pub program: Option<Arc<Program>>,
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
    New(Arc<Program>),
    /// It does not compile; what it was before stays.
    Broken(ShaderError),
}

/// Shader files by the names a session gives them. Reading and compiling hold no lock.
#[derive(Debug, Default)]
pub struct Store(Mutex<HashMap<Name, Entry>>);

#[derive(Clone, Debug, Default)]
struct Entry {
    state: ShaderState,
    candidates: Vec<PathBuf>,
    origin: source::Origin,
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (origin, read) = source::read(candidates);
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
    /// The parameters of a file. One that compiled before and does not as it is keeps those it had.
    ///
    /// # Errors
    /// What is wrong with a file that never compiled.
    pub fn interface(&self, name: &Name) -> Result<Interface, ShaderError> {
        if self.trusted {
            self.store.refresh(name, &resolve(name, &self.roots));
        }
        let state = self.store.state(name).unwrap_or_default();
        let error = || {
            state.error.unwrap_or_else(|| {
                Complaint::new("it was not read, because nobody has trusted it here; run a script that names it, or type: trust all")
                    .of(name)
            })
        };
        state.program.map(|program| program.interface).ok_or_else(error)
    }
}
