//! What a person trusts on this machine: media that may be opened without a question, and scripts that were run here.
//!
//! A session that is loaded comes from a stranger until this says otherwise. What it lists is opened only where the place and
//! the content are among those that somebody gave here: by a script that was run, an import, a drop, or a click on *Trust*.
//! That is kept in a file of the user's, never in a session; so one's own sessions open without a question, in an offline
//! host as well, and a stranger's ask once.
//!
//! All instances of a process share one [`Trust`]. The file is read and written by short-lived threads, so that a home folder
//! that does not answer holds up neither the host nor the music; what several processes add is joined (`trust/file.rs`).

mod file;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use file::Entry;

use crate::{panics::caught, user};

/// Names another file than the one in the user's data folder; empty to remember nothing beyond the process.
const VARIABLE: &str = "VIDEOTRACKER_TRUST";
/// Contents that are remembered of one place: a file is exported anew now and then.
const CONTENTS: usize = 8;
/// What is remembered; of each kind the oldest go first. Places that scripts named have a share of their own, so that no script
/// pushes out what a person chose.
const MOST: Most = Most { chosen: 3 << 14, named: 1 << 14, scripts: 1 << 14 };
/// How long a change waits for others before it is written.
const GATHER: Duration = Duration::from_millis(50);

/// How many entries of each kind are remembered.
#[derive(Clone, Copy, Debug)]
struct Most {
    chosen: usize,
    named: usize,
    scripts: usize,
}

/// Who gave a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    /// A person, by a click, a drop or a line of the console.
    Person,
    /// A script that a person ran.
    Script,
}

/// A content: BLAKE3 in hex, and bytes.
pub type Content = (String, u64);

/// Where a session's medium may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At these places, and where a content is named, only that.
    Open(Vec<PathBuf>, Option<Content>),
    /// Nowhere, until a person says so.
    Ask,
    /// Not known yet: the file is still being read.
    Unread,
}

/// What a person trusts. Cloning it gives another handle on the same.
#[derive(Clone, Debug)]
pub struct Trust(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: Option<PathBuf>,
    book: Mutex<Book>,
    changed: Condvar,
    generation: AtomicU64,
}

#[derive(Debug, Default)]
struct Book {
    places: HashMap<String, Held>,
    /// Places by content.
    by_hash: HashMap<String, Vec<String>>,
    /// The order in which places came: those that persons chose, and those that scripts named.
    order: [VecDeque<String>; 2],
    scripts: HashSet<String>,
    script_order: VecDeque<String>,
    /// Scripts that were run in this process and are remembered once a session is saved with them.
    ran: HashSet<String>,
    /// What is still to be written.
    unsaved: Vec<Entry>,
    /// Whether the file was read, and what it was then.
    read: Option<Option<file::Stamp>>,
    /// Whether a thread reads or writes.
    busy: bool,
    complaints: Vec<String>,
}

/// What is known of a place.
#[derive(Debug)]
struct Held {
    /// Its contents, the newest last; none where it was given and not read yet.
    contents: Vec<Content>,
    giver: Giver,
}

impl Trust {
    /// What the user of this machine trusts, as every instance of this process knows it. `VIDEOTRACKER_TRUST` names another
    /// file than the one in the user's own folder.
    #[must_use]
    pub fn of_this_machine() -> Self {
        static MACHINE: OnceLock<Trust> = OnceLock::new();
        MACHINE.get_or_init(|| Self::new(usual_file())).clone()
    }

    /// What is written in a file.
    #[must_use]
    pub fn at(file: PathBuf) -> Self {
        Self::new(Some(file))
    }

    /// Nothing but what is given in this process.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self::new(None)
    }

    fn new(file: Option<PathBuf>) -> Self {
        let book = Book { read: file.is_none().then_some(None), ..Book::default() };
        Self(Arc::new(Shared { file, book: Mutex::new(book), changed: Condvar::new(), generation: AtomicU64::new(0) }))
    }

    /// Grows whenever more, or less, is trusted than before.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Reads the file, in the background, unless it was read and is as it was. Until then every verdict is
    /// [`Verdict::Unread`].
    pub fn refresh(&self) {
        self.work();
    }

    /// Waits until the file was read and everything is written, at most `limit`; whether it is.
    pub fn settle(&self, limit: Duration) -> bool {
        if !self.0.lock().unsaved.is_empty() {
            self.work();
        }
        let book = self.0.lock();
        let pending = |book: &mut Book| book.busy || book.read.is_none();
        if book.read.is_none() && !book.busy {
            // Nobody has asked for it.
            return true;
        }
        let waited = self.0.changed.wait_timeout_while(book, limit, pending);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Where a medium may be opened that a loaded session names `written`. `candidates` are the places where it may lie, `known`
    /// is the content it was saved with. Asks no disk.
    #[must_use]
    pub fn verdict(&self, written: &str, candidates: &[PathBuf], known: Option<&Content>) -> Verdict {
        let mut book = self.0.lock();
        if book.read.is_none() {
            drop(book);
            self.refresh();
            book = self.0.lock();
        }
        let mut places: Vec<String> = candidates.iter().filter_map(|path| place(path)).filter(|at| book.vouches(at, known)).collect();
        if let Some((hash, _)) = known
            && candidates.is_empty()
        {
            // A session names its media below a folder of which a host knows nothing: they are where they were given.
            let there = book.by_hash.get(hash).into_iter().flatten().filter(|at| Path::new(at).ends_with(written));
            places.extend(there.cloned());
        }
        if places.is_empty() {
            return if book.read.is_none() { Verdict::Unread } else { Verdict::Ask };
        }
        let content = known.cloned().or_else(|| book.places.get(&places[0])?.contents.last().cloned());
        places.dedup();
        Verdict::Open(places.into_iter().map(PathBuf::from).collect(), content)
    }

    /// Says that these places were given; their content is not known yet. They are written once it is, so that names of nothing
    /// take no room.
    pub fn give(&self, paths: &[PathBuf], giver: Giver) {
        let new = {
            let mut book = self.0.lock();
            let given = paths.iter().filter_map(|path| place(path)).map(|place| book.hold(&place, None, giver));
            given.fold(false, |any, new| any | new)
        };
        if new {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Says that a medium at a place that was given holds this content.
    pub fn remember(&self, path: &Path, hash: &str, size: u64) {
        let Some(place) = place(path) else { return };
        let giver = self.0.lock().places.get(&place).map_or(Giver::Script, |held| held.giver);
        self.add([Entry::Place(place, (hash.to_owned(), size), giver)]);
    }

    /// Says that nothing at these places can be used: where no content of one is known, it was not given.
    pub fn failed(&self, paths: &[PathBuf]) {
        let mut book = self.0.lock();
        let bare: Vec<String> = paths.iter().filter_map(|path| place(path)).filter(|place| book.is_bare(place)).collect();
        bare.iter().for_each(|place| book.drop_place(place));
        if !bare.is_empty() {
            self.0.generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Takes places back: sessions that name them ask again.
    pub fn forget(&self, paths: &[PathBuf]) {
        self.add(paths.iter().filter_map(|path| Some(Entry::Gone(place(path)?))));
    }

    /// Says that the user ran a script.
    pub fn ran(&self, script: &str) {
        if !script.trim().is_empty() {
            self.0.lock().ran.insert(hash_of(script));
        }
    }

    /// Remembers a script that a session is saved with, where the user ran it. Never waits for the disk.
    pub fn saved(&self, script: &str) {
        if self.0.lock().ran.is_empty() || script.trim().is_empty() {
            return;
        }
        let hash = hash_of(script);
        let ran = self.0.lock().ran.contains(&hash);
        self.add(ran.then_some(Entry::Script(hash)));
    }

    /// Whether the user ran this script here. Waits a moment where the file is still being read.
    #[must_use]
    pub fn is_own_script(&self, script: &str) -> bool {
        let hash = hash_of(script);
        let known = |book: &Book| book.scripts.contains(&hash) || book.ran.contains(&hash);
        if known(&self.0.lock()) {
            return true;
        }
        self.refresh();
        self.settle(Duration::from_millis(500));
        known(&self.0.lock())
    }

    /// What went wrong with the file since the last call.
    #[must_use]
    pub fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().complaints)
    }

    fn add(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut book = self.0.lock();
        let before = book.unsaved.len();
        for entry in entries {
            if book.take(&entry) {
                book.unsaved.push(entry);
            }
        }
        if book.unsaved.len() > before {
            drop(book);
            self.0.generation.fetch_add(1, Ordering::AcqRel);
            self.work();
        }
    }

    /// Starts a thread that reads and writes what is due, unless one is at it or there is no file.
    fn work(&self) {
        let Some(file) = self.0.file.clone() else {
            self.0.lock().unsaved.clear();
            return;
        };
        let mut book = self.0.lock();
        if book.busy {
            return;
        }
        book.busy = true;
        drop(book);
        let shared = Arc::clone(&self.0);
        let spawned = std::thread::Builder::new().name("trust".to_owned()).spawn(move || shared.contain(|| shared.work(&file)));
        if let Err(why) = spawned {
            let mut book = self.0.lock();
            (book.busy, book.read) = (false, book.read.take().or(Some(None)));
            book.complaints.push(format!("what you trust on this machine can't be read: no thread can be started ({why})"));
            drop(book);
            self.0.changed.notify_all();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a thread's life. A panic in it is said, and the next change starts another thread.
    fn contain(&self, life: impl FnOnce()) {
        let Err(why) = caught(life) else { return };
        let mut book = self.lock();
        (book.busy, book.read) = (false, book.read.take().or(Some(None)));
        let text = format!(
            "an error inside videoTracker ({why}) broke off the reading or writing of what you trust on this machine; sessions may ask again"
        );
        book.complaints.push(text);
        drop(book);
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_all();
    }

    /// The life of a thread: reads where the file is another than before, writes until nothing is left.
    fn work(&self, file: &Path) {
        loop {
            let stamp = file::Stamp::of(file);
            let fresh = self.lock().read.as_ref().is_none_or(|read| *read != stamp);
            if fresh {
                let read = file::read(file);
                self.take_in(read, stamp);
            }
            let due = !self.lock().unsaved.is_empty();
            if due {
                let began = Instant::now();
                while began.elapsed() < GATHER {
                    std::thread::sleep(Duration::from_millis(5));
                }
                let entries = std::mem::take(&mut self.lock().unsaved);
                let written = file::write(file, &entries, MOST);
                let mut book = self.lock();
                match written {
                    // What others wrote meanwhile is read with it.
                    Ok(()) => continue,
                    Err(why) => {
                        let text = format!("{} can't be written ({why}); sessions with these media will ask again", file.display());
                        book.complaints.push(text);
                    }
                }
            }
            let mut book = self.lock();
            if book.unsaved.is_empty() {
                book.busy = false;
                drop(book);
                self.changed.notify_all();
                return;
            }
        }
    }

    fn take_in(&self, read: Result<file::Read, String>, stamp: Option<file::Stamp>) {
        let mut book = self.lock();
        match read {
            Ok(file::Read { entries, complaint }) => {
                for entry in &entries {
                    book.take(entry);
                }
                book.complaints.extend(complaint);
            }
            Err(why) => book.complaints.push(why),
        }
        book.read = Some(stamp);
        drop(book);
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_all();
    }
}

impl Book {
    /// Whether a place was given with this content; with any, where none is named.
    fn vouches(&self, place: &str, known: Option<&Content>) -> bool {
        let Some(Held { contents, .. }) = self.places.get(place) else { return false };
        // A place that was given and not read yet stands for whatever lies there.
        contents.is_empty() || known.is_none_or(|(hash, _)| contents.iter().any(|(held, _)| held == hash))
    }

    /// Whether nothing is known of a place but that it was given.
    fn is_bare(&self, place: &str) -> bool {
        self.places.get(place).is_some_and(|held| held.contents.is_empty())
    }

    /// Takes an entry in; whether it says anything new.
    fn take(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::Place(place, content, giver) => self.hold(place, Some(content), *giver),
            Entry::Gone(place) => {
                let there = self.places.contains_key(place);
                self.drop_place(place);
                there
            }
            Entry::Script(hash) => {
                let new = self.scripts.insert(hash.clone());
                if new {
                    self.script_order.push_back(hash.clone());
                    if self.script_order.len() > MOST.scripts
                        && let Some(oldest) = self.script_order.pop_front()
                    {
                        self.scripts.remove(&oldest);
                    }
                }
                new
            }
        }
    }

    /// Takes a place in, and its content where that is known; whether that is anything new. What a person chose stays chosen.
    fn hold(&mut self, place: &str, content: Option<&Content>, giver: Giver) -> bool {
        let before = self.places.get(place).map(|held| held.giver);
        let moves = before.is_none_or(|before| before == Giver::Script && giver == Giver::Person);
        let held = self.places.entry(place.to_owned()).or_insert_with(|| Held { contents: Vec::new(), giver });
        let known = content.is_none_or(|content| held.contents.last() == Some(content));
        if let Some(content) = content.filter(|_| !known) {
            held.contents.retain(|held| held != content);
            held.contents.push(content.clone());
            let surplus = held.contents.len().saturating_sub(CONTENTS);
            held.contents.drain(..surplus);
            let there = self.by_hash.entry(content.0.clone()).or_default();
            if !there.iter().any(|at| at == place) {
                there.push(place.to_owned());
            }
        }
        if moves {
            held.giver = giver;
            if before.is_some() {
                self.order[Giver::Script as usize].retain(|held| held != place);
            }
            let order = &mut self.order[giver as usize];
            order.push_back(place.to_owned());
            let most = [MOST.chosen, MOST.named][giver as usize];
            if order.len() > most
                && let Some(oldest) = order.pop_front()
            {
                self.release(&oldest);
            }
        }
        moves || !known
    }

    fn drop_place(&mut self, place: &str) {
        if let Some(held) = self.places.get(place) {
            self.order[held.giver as usize].retain(|other| other != place);
            self.release(place);
        }
    }

    /// Forgets a place that is in no order any more.
    fn release(&mut self, place: &str) {
        for (hash, _) in self.places.remove(place).map(|held| held.contents).unwrap_or_default() {
            if let Some(there) = self.by_hash.get_mut(&hash) {
                there.retain(|held| held != place);
            }
        }
    }
}

/// How a place is written: absolute, as text. The disk is not asked, so `a/../b` is another place than `b`.
fn place(path: &Path) -> Option<String> {
    std::path::absolute(path).ok()?.to_str().map(str::to_owned)
}

fn hash_of(script: &str) -> String {
    blake3::hash(script.as_bytes()).to_hex().to_string()
}

/// The file in the user's data folder.
fn usual_file() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(named) => (!named.is_empty()).then(|| PathBuf::from(named)),
        None => user::data_folder().ok().map(|folder| folder.join("trust")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(number: usize) -> Content {
        (format!("{number:064x}"), 7)
    }

    fn opens(trust: &Trust, place: &str, content: Option<&Content>) -> bool {
        matches!(trust.verdict("x", &[PathBuf::from(place)], content), Verdict::Open(..))
    }

    #[test]
    fn what_scripts_name_pushes_out_nothing_that_a_person_chose() {
        let trust = Trust::of_nobody();
        let mine = PathBuf::from("/mine/kick.wav");
        trust.give(std::slice::from_ref(&mine), Giver::Person);
        trust.remember(&mine, &known(1).0, 7);
        let theirs: Vec<PathBuf> = (0..MOST.chosen + MOST.named + 9).map(|n| PathBuf::from(format!("/theirs/{n}.wav"))).collect();
        trust.give(&theirs, Giver::Script);
        assert!(opens(&trust, "/mine/kick.wav", Some(&known(1))));
        assert!(!opens(&trust, "/theirs/0.wav", None) && opens(&trust, &theirs.last().unwrap().to_string_lossy(), None));
        assert!(trust.0.lock().places.len() <= MOST.named + 1);
        // A script that names it as well takes nothing from it.
        trust.give(std::slice::from_ref(&mine), Giver::Script);
        assert_eq!(trust.0.lock().places["/mine/kick.wav"].giver, Giver::Person);
    }

    #[test]
    fn a_file_keeps_what_persons_chose_whatever_scripts_named() {
        let place = |n: usize, giver| Entry::Place(format!("/{giver:?}/{n}"), known(n), giver);
        let most = Most { chosen: 3, named: 2, scripts: 1 };
        let mine: Vec<Entry> = (0..3).map(|n| place(n, Giver::Person)).collect();
        let theirs: Vec<Entry> = (0..50).map(|n| place(n, Giver::Script)).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trust");
        file::write(&path, &mine, most).unwrap();
        file::write(&path, &theirs, most).unwrap();
        let read = file::read(&path).unwrap();
        assert_eq!(read.complaint, None);
        assert_eq!(read.entries, [&mine[..], &theirs[48..]].concat());
    }

    #[test]
    fn a_thread_that_panics_says_so_and_the_next_change_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trust");
        let trust = Trust::at(file.clone());
        trust.0.lock().busy = true;
        trust.0.contain(|| panic!("as told"));
        let said = trust.take_complaints();
        assert!(said.len() == 1 && said[0].contains("as told"), "{said:?}");
        trust.remember(&PathBuf::from("/mine/kick.wav"), &known(1).0, 7);
        trust.give(&[PathBuf::from("/mine/kick.wav")], Giver::Person);
        let end = Instant::now() + Duration::from_secs(60);
        while file::read(&file).is_ok_and(|read| read.entries.is_empty()) {
            assert!(Instant::now() < end, "nothing is written any more");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_place_at_which_nothing_could_be_read_is_not_given_any_more() {
        let trust = Trust::of_nobody();
        let [bad, good] = ["/bad.wav", "/good.wav"].map(PathBuf::from);
        trust.give(&[bad.clone(), good.clone()], Giver::Person);
        trust.remember(&good, &known(1).0, 7);
        assert!(opens(&trust, "/bad.wav", None));
        trust.failed(&[bad, good]);
        assert!(!opens(&trust, "/bad.wav", None), "whatever comes to lie there later");
        assert!(opens(&trust, "/good.wav", Some(&known(1))));
    }
}
