//! Unsaved scripts, kept beside the user's settings as one types, so that a host that dies takes no text with it.
//!
//! Each instance that is typed into has a file of its own, replaced whole by a thread of its own a moment after the last
//! key, and beside it a locked file that says that the instance lives. Closing in good order removes both where the
//! host has saved the text since; else the text stays and is offered in the next editor. Files are bounded in
//! number and age.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use videotracker_engine::{
    files,
    panics::caught,
    text::{counted, printable},
    user,
};

/// How long after the last key a text is written, and how long at most after the first.
const PAUSE: (Duration, Duration) = (Duration::from_millis(400), Duration::from_secs(3));
/// Most texts of instances that are gone; older ones are removed.
const MOST: usize = 32;
/// How long they stay.
const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);
/// Most bytes of one instance's texts.
const BYTES: u64 = 8 << 20;
/// How long a closing instance waits for its last text to be written; a disk that does not answer gets it later, or never.
const CLOSING: Duration = Duration::from_secs(5);

/// One text of the editor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What its tab is called.
    pub title: String,
    /// What was typed.
    pub text: String,
    /// Whether its tab was closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What a file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// Seconds since 1970.
    written: u64,
    texts: Vec<Text>,
}

/// The texts of an instance that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    file: PathBuf,
    /// When they were written, in seconds since 1970.
    pub written: u64,
    /// The texts.
    pub texts: Vec<Text>,
}

impl Offer {
    /// One line that tells it from others: its age, its length and its first words.
    #[must_use]
    pub fn describe(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let age = match now.saturating_sub(self.written) {
            seconds if seconds < 90 => "a moment ago".to_owned(),
            seconds if seconds < 90 * 60 => format!("{} ago", counted(seconds / 60, "minute")),
            seconds if seconds < 36 * 3600 => format!("{} ago", counted(seconds / 3600, "hour")),
            seconds => format!("{} ago", counted(seconds / 86400, "day")),
        };
        let lines = self.texts.iter().map(|text| text.text.lines().count()).sum::<usize>();
        let first = self.texts.iter().flat_map(|text| text.text.lines()).map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let first = printable(&first.chars().take(40).collect::<String>()).into_owned();
        let texts = self.texts.iter().filter(|text| !text.text.trim().is_empty()).count();
        let texts = if texts > 1 { format!("{}, ", counted(texts, "script")) } else { String::new() };
        format!("{age}, {texts}{}: {first}", counted(lines, "line"))
    }
}

/// The end of a file.
#[derive(Debug)]
struct Ended {
    /// The last texts, where they were not written yet.
    texts: Option<Vec<Text>>,
    /// Whether the host has saved them.
    saved: bool,
}

impl State {
    /// Ends the file, if something was typed since it was begun.
    fn end(&mut self) {
        if std::mem::take(&mut self.typed) {
            let texts = self.pending.take().map(|(texts, ..)| texts);
            self.ended.push(Ended { texts, saved: self.saved });
        }
    }
}

/// Writes texts into the instance's file, which is begun where there is none.
type Writer = fn(&mut Option<Living>, &Path, Vec<Text>) -> std::io::Result<()>;

/// Keeps the texts of one instance, and finds those of instances that are gone.
#[derive(Debug)]
pub struct Keeper {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    folder: Option<PathBuf>,
    /// How a text is written.
    write: Writer,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The newest texts, where they were not written yet, and when the first and the last of them came.
    pending: Option<(Vec<Text>, Instant, Instant)>,
    /// Whether the host has saved what was typed last.
    saved: bool,
    /// Whether something was typed since the last file was ended.
    typed: bool,
    /// Files to end, in order; the next text begins another.
    ended: Vec<Ended>,
    look: bool,
    discard: Vec<PathBuf>,
    offers: Vec<Offer>,
    /// Grows with every look.
    looks: u64,
    /// What the thread has to say, and whether it said something before.
    complaint: (Option<String>, bool),
    quit: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Keeper {
    fn default() -> Self {
        // Unit tests make instances of which nothing may stay on the disk.
        Self::in_folder(if cfg!(test) { None } else { user::data_folder().ok().map(|folder| folder.join("drafts")) })
    }
}

impl Keeper {
    /// Keeps texts in a folder, or nowhere.
    #[must_use]
    pub fn in_folder(folder: Option<PathBuf>) -> Self {
        Self::with(folder, write)
    }

    fn with(folder: Option<PathBuf>, write: Writer) -> Self {
        let shared = Shared { folder, write, state: Mutex::default(), news: Condvar::new() };
        Self { shared: Arc::new(shared), thread: Mutex::default() }
    }

    /// What went wrong inside of the thread, once.
    pub(crate) fn take_complaint(&self) -> Option<String> {
        lock(&self.shared.state).complaint.0.take()
    }

    /// Whether there is such a thing that nobody took.
    pub(crate) fn complains(&self) -> bool {
        lock(&self.shared.state).complaint.0.is_some()
    }

    /// Takes the texts as they are after something was typed. Never waits for the disk.
    pub fn note(&self, texts: Vec<Text>) {
        if self.shared.folder.is_none() {
            return;
        }
        let now = Instant::now();
        {
            let mut state = lock(&self.shared.state);
            let first = state.pending.as_ref().map_or(now, |(_, first, _)| *first);
            state.pending = Some((texts, first, now));
            (state.saved, state.typed) = (false, true);
        }
        self.wake();
    }

    /// Says that the host has just saved what was typed.
    pub fn saved(&self) {
        lock(&self.shared.state).saved = true;
    }

    /// Says that another text takes the place of this instance's, which is then offered, unless the host has saved it.
    pub fn turn_over(&self) {
        let ended = {
            let mut state = lock(&self.shared.state);
            state.end();
            !state.ended.is_empty()
        };
        if ended {
            self.wake();
        }
    }

    /// Looks for texts of instances that are gone; they arrive as [`Self::offers`].
    pub fn look(&self) {
        if self.shared.folder.is_some() {
            lock(&self.shared.state).look = true;
            self.wake();
        }
    }

    /// The texts that were found, newest first, without those that are `here` already; and how often was looked.
    #[must_use]
    pub fn offers(&self, here: impl Fn(&str) -> bool) -> (u64, Vec<Offer>) {
        let state = lock(&self.shared.state);
        let new = |offer: &&Offer| offer.texts.iter().any(|text| !text.text.trim().is_empty() && !here(&text.text));
        (state.looks, state.offers.iter().filter(new).cloned().collect())
    }

    /// Removes texts that were opened or are not wanted.
    pub fn discard(&self, offer: &Offer) {
        {
            let mut state = lock(&self.shared.state);
            state.offers.retain(|other| other.file != offer.file);
            state.discard.push(offer.file.clone());
        }
        self.wake();
    }

    fn wake(&self) {
        let mut thread = lock(&self.thread);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            *thread = std::thread::Builder::new().name("drafts".to_owned()).spawn(move || shared.run()).ok();
        }
        self.shared.news.notify_all();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        {
            let mut state = lock(&self.shared.state);
            state.end();
            state.quit = true;
        }
        self.shared.news.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            files::join_within(thread, CLOSING);
        }
    }
}

/// What the thread is to do next.
#[derive(Default)]
struct Work {
    ended: Vec<Ended>,
    write: Option<Vec<Text>>,
    discard: Vec<PathBuf>,
    look: bool,
    quit: bool,
}

impl Shared {
    fn run(&self) {
        let Some(folder) = &self.folder else { return };
        let mut file: Option<Living> = None;
        loop {
            let work = self.wait();
            let quit = work.quit;
            if let Err(why) = caught(|| self.serve(work, &mut file, folder)) {
                self.complain(&format!("an error inside videoTracker: {why}"));
            }
            if quit {
                return;
            }
        }
    }

    /// Does what is due.
    fn serve(&self, work: Work, file: &mut Option<Living>, folder: &Path) {
        for Ended { texts, saved } in work.ended {
            if !saved && let Some(texts) = texts {
                self.put(file, folder, texts);
            }
            if let Some(file) = file.take().filter(|_| saved) {
                file.remove();
            }
        }
        if let Some(texts) = work.write {
            self.put(file, folder, texts);
        }
        for file in work.discard {
            take_away(&file);
        }
        if work.look {
            let offers = find(folder);
            let mut state = lock(&self.state);
            state.offers = offers;
            state.looks += 1;
        }
    }

    /// Writes texts into the instance's file, and says why where that fails. It must not end the session; the next key tries again.
    fn put(&self, file: &mut Option<Living>, folder: &Path, texts: Vec<Text>) {
        if let Err(why) = (self.write)(file, folder, texts) {
            self.complain(&format!("{} can't be written: {why}", folder.display()));
        }
    }

    /// Says once that something was not done: what fails with every key is not said with every key.
    fn complain(&self, why: &str) {
        let mut state = lock(&self.state);
        if !std::mem::replace(&mut state.complaint.1, true) {
            let text = format!("unsaved texts are not kept ({why}); what you type may not be offered after a crash, so save often");
            state.complaint.0 = Some(text);
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) -> Work {
        let mut state = lock(&self.state);
        loop {
            let due = state.pending.as_ref().map(|(_, first, last)| (*first + PAUSE.1).min(*last + PAUSE.0));
            let now = Instant::now();
            let write = due.is_some_and(|due| due <= now);
            if write || state.quit || state.look || !state.ended.is_empty() || !state.discard.is_empty() {
                return Work {
                    ended: std::mem::take(&mut state.ended),
                    write: if write { state.pending.take().map(|(texts, ..)| texts) } else { None },
                    discard: std::mem::take(&mut state.discard),
                    look: std::mem::take(&mut state.look),
                    quit: state.quit,
                };
            }
            let pause = due.map_or(Duration::from_secs(3600), |due| due.saturating_duration_since(now));
            state = self.news.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Writes texts into the instance's file, which is begun where there is none.
fn write(file: &mut Option<Living>, folder: &Path, texts: Vec<Text>) -> std::io::Result<()> {
    let living = match file {
        Some(living) => living,
        none => none.insert(Living::begin(folder)?),
    };
    living.write(texts)
}

/// The files of a living instance.
struct Living {
    path: PathBuf,
    /// Locked while the instance lives; the system lets go of it with the process.
    _lock: File,
}

impl Living {
    fn begin(folder: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let path = folder.join(format!("{}-{now:x}.json", std::process::id()));
        let lock = files::create(&lock_of(&path))?;
        lock.try_lock().map_err(std::io::Error::from)?;
        Ok(Self { path, _lock: lock })
    }

    fn write(&self, texts: Vec<Text>) -> std::io::Result<()> {
        let written = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let bytes = serde_json::to_vec(&Record { written, texts })?;
        if bytes.len() as u64 > BYTES {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let part = self.path.with_extension("part");
        // One that could not be finished.
        let _ = fs::remove_file(&part);
        let mut file = files::create(&part)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&part, &self.path)
    }

    fn remove(self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(lock_of(&self.path));
    }
}

fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Whether nobody lives who writes this file. A lock that can't be looked at counts as held; who only looks shares it, so that
/// others who look at the same time see it free as well.
fn is_left(path: &Path) -> bool {
    match files::open(&lock_of(path)) {
        Ok((lock, _)) => lock.try_lock_shared().is_ok(),
        Err(why) => why.kind() == std::io::ErrorKind::NotFound,
    }
}

fn take_away(path: &Path) {
    if is_left(path) {
        for file in [path.to_path_buf(), lock_of(path), path.with_extension("part")] {
            let _ = fs::remove_file(file);
        }
    }
}

/// The texts of instances that are gone, newest first; removes what is too old or too much.
fn find(folder: &Path) -> Vec<Offer> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut left: Vec<(SystemTime, PathBuf)> = Vec::new();
    for path in entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.is_file() && about.len() <= BYTES && is_left(&path) {
            left.push((about.modified().unwrap_or(UNIX_EPOCH), path));
        }
    }
    left.sort_by(|a, b| b.cmp(a));
    let now = SystemTime::now();
    let mut offers = Vec::new();
    for (modified, path) in left {
        let old = now.duration_since(modified).is_ok_and(|age| age > LONGEST);
        let record = if old || offers.len() >= MOST { None } else { read(&path) };
        match record {
            Some(record) => offers.push(Offer { file: path, written: record.written, texts: record.texts }),
            None => take_away(&path),
        }
    }
    offers
}

fn read(path: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&files::read(path, BYTES).ok()?).ok()?;
    record.texts.iter().any(|text| !text.text.trim().is_empty()).then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<Text> {
        vec![Text { title: "Script".to_owned(), text: text.to_owned(), closed: false }]
    }

    fn found(folder: &Path) -> Vec<String> {
        find(folder).into_iter().map(|offer| offer.texts[0].text.clone()).collect()
    }

    fn patiently(mut done: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        while !done() {
            assert!(Instant::now() < end, "it never happens");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn what_is_typed_is_on_the_disk_while_the_instance_lives_and_is_not_offered() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        keeper.note(text("kick"));
        keeper.note(text("kick hat"));
        let written = || fs::read_dir(folder.path()).unwrap().filter_map(Result::ok).find(|e| e.path().extension().unwrap() == "json");
        patiently(|| written().is_some());
        assert!(read(&written().unwrap().path()).unwrap().texts == text("kick hat"));
        assert!(found(folder.path()).is_empty(), "the instance lives");
    }

    #[test]
    fn a_panic_is_said_once_and_the_next_text_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::with(Some(folder.path().to_owned()), |file, folder, texts| {
            assert!(!texts[0].text.contains("bad"), "as told");
            write(file, folder, texts)
        });
        for _ in 0..2 {
            keeper.note(text("bad"));
            patiently(|| lock(&keeper.shared.state).pending.is_none());
        }
        keeper.note(text("good"));
        drop(keeper);
        assert_eq!(found(folder.path()), ["good"]);
        let keeper = Keeper::with(Some(folder.path().to_owned()), |_, _, _| panic!("as told"));
        keeper.note(text("bad"));
        patiently(|| keeper.complains());
        assert!(keeper.take_complaint().is_some_and(|text| text.contains("as told")));
        keeper.turn_over();
        keeper.look();
        patiently(|| keeper.offers(|_| false).0 > 0);
        assert!(!keeper.complains(), "it is said once");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let keeper = Keeper::in_folder(Some(file.path().join("drafts")));
        keeper.note(text("kick"));
        patiently(|| keeper.complains());
        assert!(keeper.take_complaint().is_some_and(|text| text.contains("can't be written")));
        keeper.note(text("kick hat"));
        // Closing waits until that was tried as well.
        let shared = Arc::clone(&keeper.shared);
        drop(keeper);
        assert!(lock(&shared.state).complaint.0.is_none());
    }

    #[test]
    fn a_text_that_no_host_saved_stays_and_is_offered_until_it_is_discarded() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = |text_of: Option<&str>| {
            let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
            text_of.into_iter().for_each(|typed| keeper.note(text(typed)));
            keeper
        };
        drop(keeper(Some("never saved")));
        let saved = keeper(Some("saved"));
        saved.saved();
        drop(saved);
        let again = keeper(Some("saved, then typed into"));
        again.saved();
        again.note(text("typed"));
        drop(again);
        let next = keeper(None);
        next.look();
        patiently(|| next.offers(|_| false).0 > 0);
        let (_, offers) = next.offers(|_| false);
        assert_eq!(offers.iter().map(|offer| offer.texts[0].text.as_str()).collect::<Vec<_>>(), ["typed", "never saved"]);
        assert_eq!(next.offers(|here| here == "typed").1.len(), 1, "what is here already is not offered");
        assert_eq!(offers[1].describe(), "a moment ago, 1 line: never saved");
        let aged = |seconds| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            Offer { written: now - seconds, ..offers[1].clone() }.describe()
        };
        assert!(aged(100).starts_with("1 minute ago") && aged(6000).starts_with("1 hour ago") && aged(140_000).starts_with("1 day ago"));
        next.discard(&offers[1]);
        patiently(|| found(folder.path()) == ["typed"]);
    }

    #[test]
    fn another_text_in_its_place_leaves_the_unsaved_one_reachable() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        keeper.note(text("mine"));
        keeper.turn_over();
        patiently(|| found(folder.path()) == ["mine"]);
        keeper.turn_over();
        drop(keeper);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "a text and its lock");
    }

    #[test]
    fn who_looks_keeps_nobody_from_looking() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::in_folder(Some(folder.path().to_owned()));
        keeper.note(text("left"));
        drop(keeper);
        let path = find(folder.path()).remove(0).file;
        let (looked_at, _) = files::open(&lock_of(&path)).unwrap();
        looked_at.try_lock_shared().unwrap();
        assert!(is_left(&path));
        take_away(&path);
        assert!(!path.exists());
    }

    #[test]
    fn texts_are_bounded_in_number_and_nothing_but_texts_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MOST + 5 {
            let record = Record { written: 0, texts: text(&format!("{number}")) };
            fs::write(folder.path().join(format!("1-{number:03}.json")), serde_json::to_vec(&record).unwrap()).unwrap();
        }
        fs::write(folder.path().join("noise.json"), b"{no json").unwrap();
        fs::create_dir(folder.path().join("folder.json")).unwrap();
        assert_eq!(found(folder.path()).len(), MOST);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), MOST + 1);
    }
}
