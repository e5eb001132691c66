//! Media loaded in the background; foreign ones are imported first.
//!
//! One thread reads, so that memory is taken by one medium at a time; up to [`Settings::jobs`](import::Settings::jobs)
//! others wait for conversions, which happen in child processes, so that a film under way keeps no drum waiting.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    AudioData, Lack, Limits, Media, MediaError, MediaInfo, Onsets, Reading as Read,
    error::About,
    factory, holds,
    import::{self, Imported, Progress, Settings},
    load_imported, load_sound, load_until, search, sound, soundfont, source, still,
    tables::{self, Cut},
};
use crate::dsp::wavetable::Wavetable;

/// How long dropping a library waits for its threads.
const JOIN_LIMIT: Duration = Duration::from_secs(1);
/// Longest that a disk may take over one step of reading: then its medium is given up, so that others are read.
const DISK_PATIENCE: Duration = Duration::from_secs(60);

/// What became of a request: its key, and the medium or why there is none.
pub type Finished = (String, Result<Loaded, MediaError>);

/// A medium with where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The medium.
    pub media: Media,
    /// Where it came from.
    pub origin: Arc<Origin>,
}

impl std::ops::Deref for Loaded {
    type Target = Media;

    fn deref(&self) -> &Media {
        &self.media
    }
}

/// Where a medium came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The file, folder or row of images that was found.
    pub path: PathBuf,
    /// The sound file beside it that was taken with it.
    pub beside: Option<PathBuf>,
    /// Whether it was found elsewhere, by its content.
    pub moved: bool,
    /// What plays in its place, where it was imported.
    pub imported: Option<Imported>,
}

/// A request for a medium.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaRequest {
    /// Names the request.
    pub key: String,
    /// Where it may lie, best first.
    pub candidates: Vec<PathBuf>,
    /// The session's rate.
    pub rate: f64,
    /// Hash and size, where they are known from before.
    pub known: Option<(String, u64)>,
    /// Whether only that content will do.
    pub strict: bool,
    /// Folders in which it is searched for by content, where it is not found.
    pub roots: Vec<PathBuf>,
}

/// Loads media on one background thread, which starts with the first request and ends with the library.
///
/// A file's sound is decoded once for each rate while anything still holds it, whatever it is called.
pub struct Library {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    limits: Limits,
    settings: Mutex<Settings>,
    state: Mutex<State>,
    changed: Condvar,
    stop: AtomicBool,
    importers: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// What waits for a conversion.
    conversions: VecDeque<Job>,
    /// Threads that see to conversions.
    importing: usize,
    /// Each key's newest request that is not finished; results of older ones are dropped.
    wanted: HashMap<String, Wanted>,
    next: u64,
    finished: VecDeque<Finished>,
    /// What is being read, where a thread reads.
    reading: Option<Reading>,
    /// Counts reading threads: one that was given up ends when it returns.
    worker: u64,
    /// Sounds that are to be looked into, and what was found.
    studies: VecDeque<(String, Study)>,
    findings: VecDeque<(String, Finding)>,
}

/// What a sound is to be looked into for.
#[derive(Clone, Debug)]
pub enum Study {
    /// Its onsets.
    Onsets(Arc<AudioData>),
    /// Its cycles.
    Wavetable(Arc<AudioData>, Cut),
}

/// What was found in a sound.
#[derive(Clone, Debug)]
pub enum Finding {
    /// Its onsets.
    Onsets(Arc<Onsets>),
    /// Its cycles; `None` where it has none.
    Wavetable(Option<Arc<Wavetable>>),
}

/// What is being read, and whether reading gets on.
struct Reading {
    key: String,
    number: u64,
    beat: Arc<AtomicU64>,
    /// The beat that was seen last, and when it was new.
    seen: (u64, Instant),
}

impl Reading {
    /// Whether nothing was read for too long.
    fn hangs(&mut self, now: Instant) -> bool {
        let beat = self.beat.load(Ordering::Relaxed);
        if beat != self.seen.0 {
            self.seen = (beat, now);
        }
        now.duration_since(self.seen.1) >= DISK_PATIENCE
    }
}

/// What the reading thread does next.
enum Task {
    Read(Box<Job>),
    Study(String, Study),
}

struct Wanted {
    number: u64,
    stop: Arc<AtomicBool>,
    progress: Option<Progress>,
}

struct Job {
    request: MediaRequest,
    number: u64,
    stop: Arc<AtomicBool>,
    /// What is to be converted, and what became of it.
    conversion: Option<Conversion>,
}

struct Conversion {
    path: PathBuf,
    moved: bool,
    /// What is converted: all of `path`, or the sound beside it.
    source: PathBuf,
    /// What plays where it can't be converted: a picture without its sound.
    fallback: Option<Media>,
    /// Where the picture was imported already.
    picture: Option<Imported>,
    /// Why it is not read here.
    why: Option<MediaError>,
    result: Option<Result<Imported, MediaError>>,
}

impl Conversion {
    /// All of a medium.
    fn whole(path: &Path, moved: bool, why: Option<MediaError>) -> Self {
        let path = path.to_owned();
        Self { source: path.clone(), path, moved, fallback: None, picture: None, why, result: None }
    }

    /// The sound that a picture lacks.
    fn of_sound(path: &Path, moved: bool, lack: Lack, media: Media, picture: Option<Imported>) -> Self {
        Self { source: lack.file, fallback: Some(media), picture, why: Some(lack.why), ..Self::whole(path, moved, None) }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Library({} pending)", self.pending())
    }
}

impl Default for Library {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Library {
    /// An idle library that imports as the environment says.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_import(limits, Settings::default())
    }

    /// An idle library.
    #[must_use]
    pub fn with_import(limits: Limits, settings: Settings) -> Self {
        let shared = Shared {
            limits,
            settings: Mutex::new(settings),
            state: Mutex::default(),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
            importers: Mutex::default(),
        };
        Self { shared: Arc::new(shared), worker: Mutex::new(None) }
    }

    /// Imports differently from the next conversion on.
    pub fn set_import(&self, settings: Settings) {
        *self.shared.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Asks for the first of `candidates` that exists, at a rate. A newer request for the same key takes the place of
    /// the older one, whose result is never seen. Never waits for the disk.
    pub fn request(&self, key: &str, candidates: Vec<PathBuf>, rate: f64) {
        self.ask(MediaRequest { key: key.to_owned(), candidates, rate, ..MediaRequest::default() });
    }

    /// [`Self::request`], with what is known of the medium from before.
    pub fn ask(&self, request: MediaRequest) {
        self.forget(&request.key);
        {
            let mut state = self.shared.lock();
            let number = state.next;
            state.next += 1;
            let stop = Arc::new(AtomicBool::new(false));
            state.wanted.insert(request.key.clone(), Wanted { number, stop: Arc::clone(&stop), progress: None });
            state.queue.push_back(Job { request, number, stop, conversion: None });
        }
        self.run();
    }

    /// Looks into a sound, after what is still to be read.
    pub fn study(&self, key: &str, study: Study) {
        self.shared.lock().studies.push_back((key.to_owned(), study));
        self.run();
    }

    /// The next thing that was found in a sound; `None` where nothing was. Never waits.
    #[must_use]
    pub fn poll_finding(&self) -> Option<(String, Finding)> {
        self.shared.lock().findings.pop_front()
    }

    /// Wakes or starts the thread.
    fn run(&self) {
        self.shared.changed.notify_all();
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.is_none() {
            let shared = Arc::clone(&self.shared);
            // Without a thread the request stays pending, and is tried again with the next one.
            *worker = std::thread::Builder::new().name("media".to_owned()).spawn(move || work_on(&shared)).ok();
        }
    }

    /// Gives a medium up whose disk does not answer, and leaves the thread that waits for it behind.
    fn give_up_what_hangs(&self) {
        let mut state = self.shared.lock();
        let Some(hung) = state.reading.take_if(|reading| reading.hangs(Instant::now())) else { return };
        state.worker += 1;
        if let Some(wanted) = state.wanted.remove(&hung.key) {
            wanted.stop.store(true, Ordering::Relaxed);
            if wanted.number == hung.number {
                let reason = format!("its disk has not answered for {} s", DISK_PATIENCE.as_secs());
                state.finished.push_back((hung.key.clone(), Err(MediaError::Unreadable { name: hung.key, reason })));
            }
        }
        drop(state);
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.run();
    }

    /// Forgets a request: its result is never seen, its conversion is ended.
    pub fn forget(&self, key: &str) {
        let mut state = self.shared.lock();
        state.queue.retain(|job| job.request.key != key);
        state.conversions.retain(|job| job.request.key != key);
        state.finished.retain(|(k, _)| k != key);
        if let Some(wanted) = state.wanted.remove(key) {
            wanted.stop.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// The next finished request, oldest first; `None` where none is finished. Never waits.
    #[must_use]
    pub fn poll(&self) -> Option<Finished> {
        self.give_up_what_hangs();
        self.shared.lock().finished.pop_front()
    }

    /// How many requests are not finished.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().wanted.len()
    }

    /// Whether a request is not finished.
    #[must_use]
    pub fn is_pending(&self, key: &str) -> bool {
        self.shared.lock().wanted.contains_key(key)
    }

    /// Where the imports under way stand, by key.
    #[must_use]
    pub fn progress(&self) -> Vec<(String, Progress)> {
        let state = self.shared.lock();
        let mut list: Vec<_> = state.wanted.iter().filter_map(|(key, wanted)| Some((key.clone(), wanted.progress?))).collect();
        list.sort_by(|a, b| a.0.cmp(&b.0));
        list
    }

    /// Waits until every request is finished, at most `limit`; says whether they are. Results stay to be polled.
    #[must_use]
    pub fn wait_all(&self, limit: Duration) -> bool {
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, limit, |state| !state.wanted.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.wanted.is_empty()
    }
}

impl Drop for Library {
    /// Cancels what is being read, ends every conversion and joins the threads, at most 1 s: a disk that hangs is not
    /// waited for.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Taking the lock makes sure that a thread either sees `stop` or is waiting for this notice.
        for wanted in self.shared.lock().wanted.values() {
            wanted.stop.store(true, Ordering::Relaxed);
        }
        self.shared.changed.notify_all();
        let started = Instant::now();
        let worker = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let importers = std::mem::take(&mut *self.shared.importers.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in importers.into_iter().chain(worker) {
            while !thread.is_finished() && started.elapsed() < JOIN_LIMIT {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // A panic of the thread was answered where it happened.
                thread.join().ok();
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task, or `None` once the library is gone or another thread has taken this one's place.
    fn next(&self, worker: u64, beat: &Arc<AtomicU64>) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if self.stop.load(Ordering::Relaxed) || state.worker != worker {
                return None;
            }
            state.reading = None;
            if let Some(job) = state.queue.pop_front() {
                let seen = (beat.load(Ordering::Relaxed), Instant::now());
                state.reading = Some(Reading { key: job.request.key.clone(), number: job.number, beat: Arc::clone(beat), seen });
                return Some(Task::Read(Box::new(job)));
            }
            if let Some((key, study)) = state.studies.pop_front() {
                return Some(Task::Study(key, study));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, job: &Job, result: Result<Loaded, MediaError>) {
        let mut state = self.lock();
        if state.wanted.get(&job.request.key).is_some_and(|wanted| wanted.number == job.number) {
            state.wanted.remove(&job.request.key);
            state.finished.push_back((job.request.key.clone(), result));
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Hands a job to the threads that see to conversions.
    fn convert(self: &Arc<Self>, mut job: Job, conversion: Conversion) {
        job.conversion = Some(conversion);
        let jobs = self.settings.lock().unwrap_or_else(PoisonError::into_inner).jobs.max(1);
        let mut state = self.lock();
        state.conversions.push_back(job);
        if state.importing >= jobs {
            return;
        }
        let shared = Arc::clone(self);
        match std::thread::Builder::new().name("import".to_owned()).spawn(move || convert(&shared)) {
            Ok(thread) => {
                state.importing += 1;
                drop(state);
                let mut importers = self.importers.lock().unwrap_or_else(PoisonError::into_inner);
                importers.retain(|thread| !thread.is_finished());
                importers.push(thread);
            }
            Err(why) => {
                let job = state.conversions.pop_back();
                drop(state);
                if let Some(job) = job {
                    let name = job.request.key.clone();
                    let what = format!("no thread can be started ({why})");
                    self.finish(&job, Err(MediaError::Refused { name, what, remedy: "close other programs" }));
                }
            }
        }
    }

    /// The next conversion; `None` once there is none, or the library is gone.
    fn next_conversion(&self) -> Option<Job> {
        let mut state = self.lock();
        let job = if self.stop.load(Ordering::Relaxed) { None } else { state.conversions.pop_front() };
        if job.is_none() {
            state.importing -= 1;
        }
        job
    }

    fn note_progress(&self, job: &Job, progress: Progress) {
        let mut state = self.lock();
        if let Some(wanted) = state.wanted.get_mut(&job.request.key).filter(|wanted| wanted.number == job.number) {
            wanted.progress = Some(progress);
        }
    }
}

/// The life of a thread that sees to conversions.
fn convert(shared: &Shared) {
    while let Some(mut job) = shared.next_conversion() {
        let Some(mut conversion) = job.conversion.take() else { continue };
        let settings = shared.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let told = |progress| shared.note_progress(&job, progress);
        let about = About(&conversion.source);
        let result = source::contain(about, || import::import(&conversion.source, &settings, &shared.limits, &job.stop, &told));
        conversion.result = Some(result);
        job.conversion = Some(conversion);
        shared.lock().queue.push_front(job);
        shared.changed.notify_all();
    }
}

/// The reading thread's life: what an error inside of it had at hand is given up, and the rest is read.
fn work_on(shared: &Arc<Shared>) {
    while let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(shared))) {
        let mut state = shared.lock();
        let failed = state.reading.take();
        if let Some(Reading { key, number, .. }) = failed
            && state.wanted.get(&key).is_some_and(|wanted| wanted.number == number)
        {
            state.wanted.remove(&key);
            let reason = "an error inside videoTracker".to_owned();
            state.finished.push_back((key.clone(), Err(MediaError::Unreadable { name: key, reason })));
        }
        drop(state);
        shared.changed.notify_all();
        // What is thrown may panic when it is dropped.
        std::mem::forget(payload);
    }
}

/// Reads what is asked for, one medium after the other.
fn work(shared: &Arc<Shared>) {
    let mut cache = Cache::default();
    let (worker, beat) = (shared.lock().worker, Arc::<AtomicU64>::default());
    source::beat_with(Arc::clone(&beat));
    while let Some(task) = shared.next(worker, &beat) {
        let mut job = match task {
            Task::Read(job) => *job,
            Task::Study(key, study) => {
                let about = About(Path::new(&key));
                let finding = match study {
                    Study::Onsets(sound) => {
                        let found = source::contain(about, || Ok(Onsets::of(&sound, &shared.stop)));
                        Finding::Onsets(Arc::new(found.unwrap_or_default()))
                    }
                    Study::Wavetable(sound, cut) => {
                        let found = source::contain(about, || Ok(tables::table(&sound, cut, &shared.stop)));
                        Finding::Wavetable(found.ok().flatten().map(Arc::new))
                    }
                };
                shared.lock().findings.push_back((key, finding));
                continue;
            }
        };
        let conversion = job.conversion.take();
        let settings = shared.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let outcome = source::contain(About(Path::new(&job.request.key)), || match conversion {
            Some(conversion) => cache.take_in(&job, conversion, &shared.limits, &settings),
            None => cache.load(&job, &shared.limits, &settings),
        });
        match outcome {
            Ok(Outcome::Ready(loaded)) => shared.finish(&job, Ok(loaded)),
            Ok(Outcome::Convert(conversion)) => shared.convert(job, *conversion),
            Err(error) => shared.finish(&job, Err(error)),
        }
    }
}

/// What reading came to.
enum Outcome {
    Ready(Loaded),
    Convert(Box<Conversion>),
}

/// Media that something may still hold, by content and rate; and where files went.
#[derive(Default)]
struct Cache {
    held: HashMap<(String, u64), Held>,
    search: search::Search,
}

struct Held {
    info: Weak<MediaInfo>,
    audio: Weak<AudioData>,
}

impl Cache {
    fn load(&mut self, job: &Job, limits: &Limits, settings: &Settings) -> Result<Outcome, MediaError> {
        let request = &job.request;
        let there = request.candidates.iter().find(|path| factory::is_factory(path) || search::exists(path));
        if let Some(path) = there {
            // Nothing of another content is decoded, nor given to a child.
            let meant = match request.known.as_ref().filter(|_| request.strict && !factory::is_factory(path)) {
                Some(known) => holds(path, known, limits, &job.stop)?,
                None => true,
            };
            if meant {
                return self.load_file(path, false, job, limits, settings);
            }
        }
        if let Some(known) = &request.known
            && let Some(path) = self.search.by_content(&request.roots, known, limits, &job.stop)?
        {
            return self.load_file(&path, true, job, limits, settings);
        }
        if there.is_some() {
            return Err(another(&request.key));
        }
        let looked: Vec<_> = request.candidates.iter().map(|path| path.display().to_string()).collect();
        let mut looked = if looked.is_empty() { "no folder that the session may read".to_owned() } else { looked.join(", ") };
        // A drive, and no folder: `"C:\Users\kick.wav"` is read as `C:Userskick.wav`.
        if request.key.chars().nth(1) == Some(':') && !request.key.contains(['/', '\\']) {
            looked.push_str("; a \\ in a Lua text is lost, so write / instead");
        }
        if let Some(near) = search::near(&request.candidates) {
            looked.push_str(&format!("; did you mean \"{near}\"?"));
        }
        Err(MediaError::NotFound { name: request.key.clone(), looked })
    }

    fn load_file(&mut self, path: &Path, moved: bool, job: &Job, limits: &Limits, settings: &Settings) -> Result<Outcome, MediaError> {
        let rate = job.request.rate;
        let convert = |why| Ok(Outcome::Convert(Box::new(Conversion::whole(path, moved, why))));
        if !factory::is_factory(path) && import::is_foreign(path, limits)? {
            return convert(None);
        }
        let ready = |media| Ok(Outcome::Ready(Loaded::new(media, path, moved, None)));
        let is_font = !factory::is_factory(path) && soundfont::is_font(path);
        if !factory::is_factory(path) && !is_font && still::Kind::of(path, limits)? == still::Kind::Other {
            // Before all of it is read to be told from others.
            sound::measure(path, limits, &job.stop)?;
        }
        if let Some(media) = self.held(path, rate, limits, &job.stop)? {
            return ready(media);
        }
        let media = match on_disk_if_possible(settings, |settings| load_until(path, rate, limits, &job.stop, settings)) {
            // What seems damaged here may be a kind of file that is not known here.
            Err(why @ (MediaError::Unsupported { .. } | MediaError::Damaged { .. })) if !is_font => return convert(Some(why)),
            Ok(Read { media, lack: Some(lack) }) => {
                return Ok(Outcome::Convert(Box::new(Conversion::of_sound(path, moved, lack, media, None))));
            }
            Ok(Read { media, lack: None }) => media,
            Err(other) => return Err(other),
        };
        self.held.retain(|_, held| held.audio.strong_count() > 0);
        if let (Some(audio), None) = (&media.audio, &media.info.video) {
            let held = Held { info: Arc::downgrade(&media.info), audio: Arc::downgrade(audio) };
            self.held.insert((media.info.hash.clone(), rate.to_bits()), held);
        }
        ready(media)
    }

    /// Reads what a conversion made.
    fn take_in(&mut self, job: &Job, conversion: Conversion, limits: &Limits, settings: &Settings) -> Result<Outcome, MediaError> {
        let Conversion { path, moved, source, fallback, picture, why, result } = conversion;
        let (request, stop) = (&job.request, &job.stop);
        let (media, imported) = match (result, fallback) {
            (Some(Ok(sound)), Some(fallback)) if source != path => {
                let beside = (&*source, &sound);
                match on_disk_if_possible(settings, |settings| load_sound(&fallback, &path, beside, request.rate, limits, stop, settings)) {
                    Ok(media) => (media, picture),
                    Err(error) => (without(fallback, error), picture),
                }
            }
            (Some(Ok(imported)), _) => {
                let mut read =
                    on_disk_if_possible(settings, |settings| load_imported(&imported, &path, request.rate, limits, stop, settings))?;
                if let Some(MediaError::Damaged { what, .. }) = &why {
                    Arc::make_mut(&mut read.media.info).notes.push(format!("it seems damaged ({what}); what ffmpeg can read of it plays"));
                }
                match read.lack {
                    Some(lack) => {
                        return Ok(Outcome::Convert(Box::new(Conversion::of_sound(&path, moved, lack, read.media, Some(imported)))));
                    }
                    None => (read.media, Some(imported)),
                }
            }
            (Some(Err(error @ MediaError::Cancelled { .. })), _) => return Err(error),
            (Some(Err(error)), Some(media)) => (without(media, error.instead_of(why)), picture),
            (Some(Err(error)), None) => return Err(error.instead_of(why)),
            (None, _) => return Err(About(&path).cancelled()),
        };
        if !moved && request.strict && request.known.as_ref().is_some_and(|(hash, _)| *hash != media.info.hash) {
            return Err(another(&request.key));
        }
        Ok(Outcome::Ready(Loaded::new(media, &path, moved, imported)))
    }

    /// A medium of the same content and rate that something holds. Only sound without a picture is shared: a picture's
    /// frames are read from its own file.
    fn held(&self, path: &Path, rate: f64, limits: &Limits, stop: &AtomicBool) -> Result<Option<Media>, MediaError> {
        if self.held.is_empty() || factory::is_factory(path) || still::Kind::of(path, limits)? != still::Kind::Other {
            return Ok(None);
        }
        let (hash, _) = source::hash(&[path], limits, stop)?;
        let held = self.held.get(&(hash, rate.to_bits()));
        Ok(held.and_then(|held| Some(Media { info: held.info.upgrade()?, audio: Some(held.audio.upgrade()?) })))
    }
}

/// A picture that plays without its sound, and says why.
fn without(mut media: Media, why: MediaError) -> Media {
    Arc::make_mut(&mut media.info).notes.push(format!("its picture plays without its sound: {why}"));
    media
}

/// Loads with a place for long sounds, or, where that can't be written, without one.
fn on_disk_if_possible<T>(settings: &Settings, load: impl Fn(Option<&Settings>) -> Result<T, MediaError>) -> Result<T, MediaError> {
    match load(Some(settings)) {
        Err(MediaError::Refused { .. }) => load(None),
        other => other,
    }
}

impl Loaded {
    fn new(media: Media, path: &Path, moved: bool, imported: Option<Imported>) -> Self {
        if factory::is_factory(path) {
            // No file, and nothing lies beside it.
            return Self { media, origin: Arc::new(Origin { path: path.to_owned(), beside: None, moved, imported }) };
        }
        // A pair counts the bytes of both.
        let alone = imported.as_ref().map(|i| i.size).or_else(|| std::fs::metadata(path).map(|m| m.len()).ok());
        let beside = if alone == Some(media.info.size) || media.audio.is_none() { None } else { import::beside(path) };
        Self { media, origin: Arc::new(Origin { path: path.to_owned(), beside, moved, imported }) }
    }
}

/// A loaded state comes from a stranger: under a name it gives, only the content it was saved with is opened.
fn another(key: &str) -> MediaError {
    let what = "the file there is another one than the session was saved with".to_owned();
    MediaError::Refused { name: key.to_owned(), what, remedy: "relink it, or run the session's script yourself" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_hangs_where_no_step_is_made_for_too_long_and_never_while_steps_are_made() {
        let beat = Arc::<AtomicU64>::default();
        let began = Instant::now();
        let mut reading = Reading { key: String::new(), number: 0, beat: Arc::clone(&beat), seen: (0, began) };
        let half = DISK_PATIENCE / 2;
        for step in 1..6 {
            assert!(!reading.hangs(began + half * step), "step {step}");
            beat.fetch_add(1, Ordering::Relaxed);
        }
        assert!(!reading.hangs(began + half * 6));
        assert!(!reading.hangs(began + half * 7));
        assert!(reading.hangs(began + half * 8));
    }
}
