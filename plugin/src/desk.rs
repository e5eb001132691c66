//! What the session asks of the plugin around it: host parameters, scripts as files, and what was kept of damaged states.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use nice_plug::params::Param;
use videotracker_engine::{
    engine::Outside,
    files,
    panics::caught,
    snapshot::{Message, Severity},
    user,
};

use crate::{
    drafts::{Keeper, Offer, Text},
    params::HostParams,
    script_files::{self, Refused},
    scripts::{Scripts, Tab},
    state::kept::Kept,
};

/// Bytes of unsaved texts up to which closed ones are kept beside the user's settings too.
const CLOSED_BYTES: usize = 4 << 20;
/// Longest that closing waits for a script that is being saved: a disk may not answer.
const SAVING: Duration = Duration::from_secs(5);

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
    /// The editor's texts.
    scripts: Mutex<Scripts>,
    /// Whether a script was opened that no window has shown yet.
    opened: AtomicBool,
    /// The save that waits for a person to say whether a file is to be replaced.
    doubt: Mutex<Option<Doubt>>,
    /// The thread that saves, and what it has to say.
    saving: Mutex<Option<JoinHandle<()>>>,
    said: Mutex<Vec<Message>>,
}

/// A save that found another file than it knew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The tab.
    pub tab: u64,
    /// Where it was to be saved.
    pub path: PathBuf,
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
        // Where nothing but closed texts is left, they are what somebody wants to see.
        let all_closed = offer.texts.iter().all(|text| text.closed);
        lock(&self.to_open).extend(offer.texts.iter().map(|text| Text { closed: text.closed && !all_closed, ..text.clone() }));
        self.drafts.discard(offer);
    }

    /// The texts that wait for an editor to show them.
    #[must_use]
    pub fn take_opened(&self) -> Vec<Text> {
        std::mem::take(&mut *lock(&self.to_open))
    }

    fn drafts_line(&self, words: &[String]) -> Result<String, String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (_, offers) = self.drafts.offers(|_| false);
        let offer = |word: &str| {
            let index = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            index.and_then(|index| offers.get(index)).ok_or_else(|| format!("there is no unsaved script {word}; drafts ls lists them"))
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

    /// The editor's texts.
    pub(crate) fn scripts(&self) -> MutexGuard<'_, Scripts> {
        lock(&self.scripts)
    }

    /// Keeps the unsaved texts beside the user's settings.
    pub(crate) fn note_drafts(&self, scripts: &Scripts) {
        let is_unsaved = |tab: &&Tab| tab.is_touched() && (tab.file.is_none() || tab.is_unsaved());
        let kept = |tab: &Tab, closed: bool| Text { title: tab.name.clone(), text: tab.text.clone(), closed };
        let mut texts: Vec<Text> = scripts.tabs().iter().filter(is_unsaved).map(|tab| kept(tab, false)).collect();
        // The one that was closed last comes first, since there may not be room for all of them.
        let closed = scripts.closed().iter().rev().map(|one| &one.tab).filter(is_unsaved);
        let mut bytes = texts.iter().map(|text| text.text.len()).sum::<usize>();
        for tab in closed {
            bytes += tab.text.len();
            if bytes > CLOSED_BYTES {
                break;
            }
            texts.push(kept(tab, true));
        }
        self.drafts.note(texts);
    }

    /// Whether a script was opened since the last call.
    #[must_use]
    pub fn take_opening(&self) -> bool {
        self.opened.swap(false, Ordering::Relaxed)
    }

    /// The save that waits for a person's word.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        lock(&self.doubt).clone()
    }

    /// Forgets the save that waits.
    pub fn drop_doubt(&self) {
        *lock(&self.doubt) = None;
    }

    /// What was said since the last call by threads that nobody waits for.
    pub(crate) fn take_said(&self) -> Vec<Message> {
        let mut said = std::mem::take(&mut *lock(&self.said));
        said.extend(self.drafts.take_complaint().map(Message::warning));
        said
    }

    /// Whether such a thread said something.
    pub(crate) fn has_said(&self) -> bool {
        !lock(&self.said).is_empty() || self.drafts.complains()
    }

    /// Opens a script in a tab.
    ///
    /// # Errors
    /// Why it can't be read.
    pub fn open_script(&self, written: &str) -> Result<String, String> {
        let path = script_files::meant(written, None);
        let text = script_files::read(&path)?;
        let mut scripts = self.scripts();
        scripts.open_file(&path, text);
        self.opened.store(true, Ordering::Relaxed);
        let name = scripts.chosen().map(|tab| tab.name.clone()).unwrap_or_default();
        Ok(format!("{} is open in the tab {name}; Run all plays it", path.display()))
    }

    /// Saves a tab to a path, else to its own file; what lies there and is not known here is replaced only where it is `wanted`.
    ///
    /// # Errors
    /// Why it was not saved, and what to do.
    pub fn save_script(&self, id: u64, written: Option<&str>, wanted: bool) -> Result<String, Refused> {
        let Some(tab) = self.scripts().tab(id).cloned() else {
            return Err(Refused::Failed("this tab was closed meanwhile; nothing was saved".to_owned()));
        };
        let own = tab.file.as_ref().filter(|file| file.is_given);
        let path = match (written, own) {
            (Some(written), _) => script_files::meant(written, None),
            (None, Some(file)) => file.path.clone(),
            (None, None) => {
                return Err(Refused::Failed(format!("the tab {} belongs to no file yet; write save <path>", tab.name)));
            }
        };
        let held = tab.file.as_ref().filter(|file| file.path == path).map(|file| file.held);
        match script_files::write(&path, &tab.text, held, wanted) {
            Ok(()) => {
                let mut scripts = self.scripts();
                scripts.saved(id, &path, &tab.text);
                self.note_drafts(&scripts);
                drop(scripts);
                self.drop_doubt();
                Ok(format!("saved {}", path.display()))
            }
            Err(refused) => {
                if matches!(refused, Refused::Foreign(_)) {
                    *lock(&self.doubt) = Some(Doubt { tab: id, path });
                }
                Err(refused)
            }
        }
    }

    /// Saves a tab without waiting for the disk, or for a script that runs; what came of it is said.
    pub fn save_behind(self: &Arc<Self>, id: u64, written: Option<PathBuf>, wanted: bool) {
        let mut saving = lock(&self.saving);
        if saving.as_ref().is_some_and(|thread| !thread.is_finished()) {
            let text = "nothing was saved: the disk has not finished the save before".to_owned();
            lock(&self.said).push(Message::warning(text));
            return;
        }
        let desk = Arc::clone(self);
        let save = move || {
            let written = written.map(|path| path.to_string_lossy().into_owned());
            let (severity, text) = match caught(|| desk.save_script(id, written.as_deref(), wanted)) {
                Ok(Ok(text)) => (Severity::Note, text),
                Ok(Err(refused)) => (Severity::Warning, refused.to_string()),
                Err(why) => {
                    (Severity::Error, format!("nothing was saved: an error inside videoTracker ({why}); save it under another name"))
                }
            };
            lock(&desk.said).push(Message { severity, text, line: None, column: None });
        };
        match std::thread::Builder::new().name("saving".to_owned()).spawn(save) {
            Ok(thread) => *saving = Some(thread),
            Err(why) => lock(&self.said).push(Message::warning(format!("nothing was saved: no thread can be started ({why})"))),
        }
    }

    /// Waits a bounded time for a script that is being saved.
    pub(crate) fn settle(&self) {
        if let Some(thread) = lock(&self.saving).take() {
            files::join_within(thread, SAVING);
        }
    }

    fn script_line(&self, word: &str, words: &[String]) -> Result<String, String> {
        let path = words.join(" ");
        if word == "open" {
            return if path.is_empty() { Err("a path is missing; write open <path>".to_owned()) } else { self.open_script(&path) };
        }
        let (tab, doubt) = (self.scripts().chosen().map(|tab| tab.id), self.doubt());
        let Some(tab) = tab else { return Err("there is no script yet".to_owned()) };
        let wanted = word == "overwrite";
        let path = match doubt.filter(|doubt| wanted && path.is_empty() && doubt.tab == tab) {
            Some(doubt) => Some(doubt.path.to_string_lossy().into_owned()),
            None => Some(path).filter(|path| !path.is_empty()),
        };
        self.save_script(tab, path.as_deref(), wanted).map_err(|refused| refused.to_string())
    }

    /// Whether a window is open, through which the host takes values.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
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
            "open" | "save" | "overwrite" => self.script_line(word, words),
            _ => Err(format!("{word} is not known here")),
        }
    }
}
