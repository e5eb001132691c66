//! Media loaded in the background.

use std::{
    collections::{HashMap, VecDeque},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{AudioData, Limits, Media, MediaError, MediaInfo, error::About, factory, load_until, source, still};

/// How long dropping a library waits for its thread.
const JOIN_LIMIT: Duration = Duration::from_secs(1);

/// What became of a request: its key, and the medium or why there is none.
pub type Finished = (String, Result<Media, MediaError>);

/// Loads media on one background thread, which starts with the first request and ends with the library.
///
/// A file's sound is decoded once for each rate while anything still holds it, whatever it is called.
pub struct Library {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    limits: Limits,
    state: Mutex<State>,
    changed: Condvar,
    stop: AtomicBool,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    /// The number of each key's newest request that is not finished; results of older ones are dropped.
    wanted: HashMap<String, u64>,
    next: u64,
    finished: VecDeque<Finished>,
}

struct Job {
    key: String,
    number: u64,
    candidates: Vec<PathBuf>,
    rate: f64,
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
    /// An idle library.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let shared = Shared { limits, state: Mutex::default(), changed: Condvar::new(), stop: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), worker: Mutex::new(None) }
    }

    /// Asks for the first of `candidates` that exists, at a rate. A newer request for the same key takes the place of
    /// the older one, whose result is never seen. Never waits for the disk.
    pub fn request(&self, key: &str, candidates: Vec<PathBuf>, rate: f64) {
        {
            let mut state = self.shared.lock();
            let number = state.next;
            state.next += 1;
            state.queue.retain(|job| job.key != key);
            state.finished.retain(|(k, _)| k != key);
            state.wanted.insert(key.to_owned(), number);
            state.queue.push_back(Job { key: key.to_owned(), number, candidates, rate });
        }
        self.shared.changed.notify_all();
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.is_none() {
            let shared = Arc::clone(&self.shared);
            // Without a thread the request stays pending, and is tried again with the next one.
            *worker = std::thread::Builder::new().name("media".to_owned()).spawn(move || work(&shared)).ok();
        }
    }

    /// Forgets a request: its result is never seen.
    pub fn forget(&self, key: &str) {
        let mut state = self.shared.lock();
        state.queue.retain(|job| job.key != key);
        state.finished.retain(|(k, _)| k != key);
        state.wanted.remove(key);
        drop(state);
        self.shared.changed.notify_all();
    }

    /// The next finished request, oldest first; `None` where none is finished. Never waits.
    #[must_use]
    pub fn poll(&self) -> Option<Finished> {
        self.shared.lock().finished.pop_front()
    }

    /// How many requests are not finished.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().wanted.len()
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
    /// Cancels what is being read and joins the thread, at most 1 s: a disk that hangs is not waited for.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Taking the lock makes sure that the worker either sees `stop` or is waiting for this notice.
        drop(self.shared.lock());
        self.shared.changed.notify_all();
        let Some(worker) = self.worker.get_mut().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let started = Instant::now();
        while !worker.is_finished() && started.elapsed() < JOIN_LIMIT {
            std::thread::sleep(Duration::from_millis(1));
        }
        if worker.is_finished() {
            // A panic of the worker was answered where it happened.
            worker.join().ok();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, or `None` once the library is gone.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self, job: &Job, result: Result<Media, MediaError>) {
        let mut state = self.lock();
        if state.wanted.get(&job.key) == Some(&job.number) {
            state.wanted.remove(&job.key);
            state.finished.push_back((job.key.clone(), result));
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The worker's life.
fn work(shared: &Shared) {
    let mut cache = Cache::default();
    while let Some(job) = shared.next() {
        let result = source::contain(About(Path::new(&job.key)), || cache.load(&job, &shared.limits, &shared.stop));
        shared.finish(&job, result);
    }
}

/// Media that something may still hold, by content and rate.
#[derive(Default)]
struct Cache(HashMap<(String, u64), Held>);

struct Held {
    info: Weak<MediaInfo>,
    audio: Weak<AudioData>,
}

impl Cache {
    fn load(&mut self, job: &Job, limits: &Limits, stop: &AtomicBool) -> Result<Media, MediaError> {
        let mut looked = Vec::new();
        for path in &job.candidates {
            if factory::is_factory(path) || path.try_exists().unwrap_or(true) {
                return self.load_file(path, job.rate, limits, stop);
            }
            looked.push(path.display().to_string());
        }
        let looked = if looked.is_empty() { "no folder that the session may read".to_owned() } else { looked.join(", ") };
        Err(MediaError::NotFound { name: job.key.clone(), looked })
    }

    fn load_file(&mut self, path: &Path, rate: f64, limits: &Limits, stop: &AtomicBool) -> Result<Media, MediaError> {
        if let Some(media) = self.held(path, rate, limits, stop)? {
            return Ok(media);
        }
        let media = load_until(path, rate, limits, stop)?;
        self.0.retain(|_, held| held.audio.strong_count() > 0);
        if let (Some(audio), None) = (&media.audio, &media.info.video) {
            let held = Held { info: Arc::downgrade(&media.info), audio: Arc::downgrade(audio) };
            self.0.insert((media.info.hash.clone(), rate.to_bits()), held);
        }
        Ok(media)
    }

    /// A medium of the same content and rate that something holds. Only sound without a picture is shared: a picture's
    /// frames are read from its own file.
    fn held(&self, path: &Path, rate: f64, limits: &Limits, stop: &AtomicBool) -> Result<Option<Media>, MediaError> {
        if self.0.is_empty() || factory::is_factory(path) || still::Kind::of(path, limits)? != still::Kind::Other {
            return Ok(None);
        }
        let (hash, _) = source::hash(&[path], limits, stop)?;
        let held = self.0.get(&(hash, rate.to_bits()));
        Ok(held.and_then(|held| Some(Media { info: held.info.upgrade()?, audio: Some(held.audio.upgrade()?) })))
    }
}
