//! What the session asks of the plugin around it: host parameters, and what was kept of damaged states.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use nice_plug::params::Param;
use videotracker_engine::{engine::Outside, user};

use crate::{
    drafts::{Keeper, Offer, Text},
    params::HostParams,
    state::kept::Kept,
};

/// The plugin's side of one session.
#[derive(Debug, Default)]
pub struct Desk {
    params: OnceLock<Weak<HostParams>>,
    kept: Mutex<Kept>,
    /// Values of macros that the host is to be told once that is possible, by macro counted from 0.
    gestures: Mutex<BTreeMap<usize, f32>>,
    /// Whether a window is open, through which the host takes values.
    reachable: AtomicBool,
    drafts: Keeper,
    /// Texts that wait for an editor to show them.
    to_open: Mutex<Vec<Text>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// One that keeps unsaved texts in a folder of its own.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { drafts: Keeper::in_folder(Some(folder)), ..Self::default() }
    }

    /// Learns which host parameters there are.
    pub(crate) fn meet(&self, params: &Arc<HostParams>) {
        let _ = self.params.set(Arc::downgrade(params));
    }

    /// The host parameters, where there are any.
    pub(crate) fn params(&self) -> Option<Arc<HostParams>> {
        self.params.get()?.upgrade()
    }

    /// What of a loaded state could not be used.
    #[must_use]
    pub fn kept(&self) -> Kept {
        lock(&self.kept).clone()
    }

    /// Replaces what is kept, as a newly loaded state does. What the session before wanted of the host is void.
    pub fn keep(&self, kept: Kept) {
        *lock(&self.kept) = kept;
        lock(&self.gestures).clear();
    }

    /// How many damaged originals there are, and their bytes.
    #[must_use]
    pub fn kept_count(&self) -> (usize, usize) {
        lock(&self.kept).count()
    }

    /// The macros that the host is to be told of, for whoever can do that now.
    #[must_use]
    pub fn take_gestures(&self) -> BTreeMap<usize, f32> {
        std::mem::take(&mut *lock(&self.gestures))
    }

    /// Unsaved texts on the disk.
    #[must_use]
    pub const fn drafts(&self) -> &Keeper {
        &self.drafts
    }

    /// Lets the editor show the texts of an instance that is gone; they are taken off the disk.
    pub fn open_draft(&self, offer: &Offer) {
        lock(&self.to_open).extend(offer.texts.iter().cloned());
        self.drafts.discard(offer);
    }

    /// The texts that wait for an editor to show them.
    #[must_use]
    pub fn take_opened(&self) -> Vec<Text> {
        std::mem::take(&mut *lock(&self.to_open))
    }

    fn drafts_line(&self, words: &[String]) -> Result<String, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (_, offers) = self.drafts.offers(&[]);
        let offer = |word: &str| {
            let place = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            place.and_then(|place| offers.get(place)).ok_or_else(|| format!("there is no unsaved script {word}; drafts ls lists them"))
        };
        match words.as_slice() {
            [] | ["ls"] if offers.is_empty() => {
                self.drafts.look();
                Ok("there are no unsaved scripts of instances that are gone".to_owned())
            }
            [] | ["ls"] => {
                let rows = offers.iter().enumerate().map(|(number, offer)| format!("{}: {}", number + 1, offer.describe()));
                Ok(rows.collect::<Vec<_>>().join("\n"))
            }
            ["open", which] => {
                self.open_draft(offer(which)?);
                Ok(format!("unsaved script {which} is in the editor"))
            }
            ["discard", "all"] => {
                offers.iter().for_each(|offer| self.drafts.discard(offer));
                Ok(format!("{} unsaved scripts were thrown away", offers.len()))
            }
            ["discard", which] => {
                self.drafts.discard(offer(which)?);
                Ok(format!("unsaved script {which} was thrown away"))
            }
            _ => Err("drafts takes ls, open <number>, discard <number> or discard all".to_owned()),
        }
    }

    /// Says whether a window is open, through which the host takes values.
    pub fn set_reachable(&self, reachable: bool) {
        self.reachable.store(reachable, Ordering::Relaxed);
    }

    fn kept_line(&self, words: &[String]) -> Result<String, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let number = |word: &str| word.parse::<usize>().map_err(|_| format!("{word} is no number; kept ls lists what is kept"));
        match words.as_slice() {
            [] | ["ls"] => Ok(lock(&self.kept).list()),
            ["export"] => lock(&self.kept).export_all(&user::data_folder()?.join("kept")),
            ["export", which, file @ ..] if !file.is_empty() => lock(&self.kept).export(number(which)?, Path::new(&file.join(" "))),
            ["forget", "all"] => lock(&self.kept).forget(None),
            ["forget", which] => lock(&self.kept).forget(Some(number(which)?)),
            _ => Err("kept takes ls, export, export <number> <file>, forget <number> or forget all".to_owned()),
        }
    }
}

impl Outside for Desk {
    fn macro_value(&self, index: usize) -> Option<f32> {
        Some(self.params()?.macros.get(index)?.value.unmodulated_plain_value())
    }

    fn move_macro(&self, index: usize, value: f32) -> bool {
        lock(&self.gestures).insert(index, value);
        self.reachable.load(Ordering::Relaxed)
    }

    fn line(&self, word: &str, words: &[String]) -> Result<String, String> {
        match word {
            "kept" => self.kept_line(words),
            "drafts" => self.drafts_line(words),
            _ => Err(format!("{word} is not known here")),
        }
    }
}
