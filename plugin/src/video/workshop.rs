//! Where pipelines are made while the picture goes on: a thread beside a live renderer's.
//!
//! A driver compiles for 20 ms to seconds. Graphics cards do so when a pipeline is made, software adapters when it first
//! draws, in the order of its device's queue; so shaders are tried on a second device ([`Bench::trial`]), whose queue holds
//! up nobody. What it compiled lies in the driver's cache then, where the first device finds it.
//!
//! A compiler that hangs holds up the orders behind it, and nothing else: closing leaves the thread to itself. (On Linux a
//! library stays loaded while one of its threads runs.)
//!
//! Non-goals: a software adapter whose cache is switched off compiles in the picture's way after all; the steps that lay
//! layers over each other are compiled there the first time that a machine draws them, once for good.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use videotracker_engine::panics::caught;

use super::{device::Gpu, effects::Trial};

/// How long the second device is kept without work.
const IDLE: Duration = Duration::from_secs(20);
/// How long closing waits for what is being made.
const CLOSING: Duration = Duration::from_millis(100);

type Job = Box<dyn FnOnce(&mut Bench) + Send>;
type Failures = Arc<Mutex<Vec<String>>>;

/// Most failures that wait for somebody to take them.
const FAILURES: usize = 8;

/// What a thread that makes pipelines works with.
pub(super) struct Bench {
    gpu: Gpu,
    compiles_late: bool,
    trial: Option<Trial>,
}

impl Bench {
    /// The device that shaders are tried on; `None` where the adapter gives no second one.
    pub(super) fn trial(&mut self) -> Option<&mut Trial> {
        if self.trial.as_ref().is_none_or(Trial::is_lost) {
            self.trial = self.gpu.another().ok().map(|gpu| Trial::new(gpu, self.compiles_late));
        }
        self.trial.as_mut()
    }
}

/// A thread that makes what is ordered, one thing after the other.
pub(super) struct Workshop {
    jobs_tx: Option<Sender<Job>>,
    closed: Arc<AtomicBool>,
    /// What panics said that nobody took yet.
    failures: Failures,
    thread: JoinHandle<()>,
    compiles_late: bool,
}

impl Workshop {
    /// Opens one for a device; `None` where the system gives no thread.
    pub(super) fn open(gpu: &Gpu, compiles_late: bool) -> Option<Self> {
        let bench = Bench { gpu: gpu.clone(), compiles_late, trial: None };
        let (jobs_tx, jobs_rx) = mpsc::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let failures = Failures::default();
        let (ends, says) = (Arc::clone(&closed), Arc::clone(&failures));
        let life = move || work(&jobs_rx, &ends, &says, bench);
        let thread = std::thread::Builder::new().name("video-compiler".into()).spawn(life).ok()?;
        Some(Self { jobs_tx: Some(jobs_tx), closed, failures, thread, compiles_late })
    }

    /// Whether pipelines are compiled when they first draw, so that making one costs nothing worth a thread.
    pub(super) const fn compiles_late(&self) -> bool {
        self.compiles_late
    }

    /// What went wrong inside of the thread since the last call.
    pub(super) fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut *self.failures.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Orders what `make` makes. An order that is dropped before its turn is left out.
    pub(super) fn order<T: Send + 'static>(&self, make: impl FnOnce(&mut Bench) -> T + Send + 'static) -> Order<T> {
        let (made_tx, made_rx) = mpsc::channel();
        let wanted = Arc::new(());
        let still = Arc::downgrade(&wanted);
        let job: Job = Box::new(move |bench| {
            if still.strong_count() > 0 {
                drop(made_tx.send(make(bench)));
            }
        });
        // Where nobody works any more the job is dropped, and whoever waits sees that.
        drop(self.jobs_tx.as_ref().map(|jobs_tx| jobs_tx.send(job)));
        Order { made_rx, _wanted: wanted }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        drop(self.jobs_tx.take());
        let began = Instant::now();
        while !self.thread.is_finished() && began.elapsed() < CLOSING {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn work(jobs_rx: &Receiver<Job>, closed: &AtomicBool, failures: &Failures, mut bench: Bench) {
    while !closed.load(Ordering::Acquire) {
        match jobs_rx.recv_timeout(IDLE) {
            // A compiler that panics has lost its order; whoever waits sees that.
            Ok(job) => {
                if let Err(why) = caught(|| job(&mut bench)) {
                    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                    if failures.len() < FAILURES {
                        failures.push(format!(
                            "an error inside videoTracker or the graphics driver ({why}) broke off the making of a picture's part"
                        ));
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => bench.trial = None,
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Something that is being made.
#[derive(Debug)]
pub(super) struct Order<T> {
    made_rx: Receiver<T>,
    _wanted: Arc<()>,
}

/// How far an order is.
#[derive(Debug)]
pub(super) enum Progress<T> {
    Coming,
    Made(T),
    /// Whoever made it failed.
    Never,
}

impl<T> Order<T> {
    pub(super) fn look(&self) -> Progress<T> {
        match self.made_rx.try_recv() {
            Ok(made) => Progress::Made(made),
            Err(TryRecvError::Empty) => Progress::Coming,
            Err(TryRecvError::Disconnected) => Progress::Never,
        }
    }
}

/// Something that is there or will be.
#[derive(Debug)]
pub(super) enum Stock<T> {
    There(T),
    Coming(Order<T>),
    Never,
}

impl<T> Stock<T> {
    /// It, if it is there.
    pub(super) fn get(&mut self) -> Option<&T> {
        if let Self::Coming(order) = self {
            match order.look() {
                Progress::Made(made) => *self = Self::There(made),
                Progress::Never => *self = Self::Never,
                Progress::Coming => {}
            }
        }
        if let Self::There(made) = self { Some(made) } else { None }
    }
}
