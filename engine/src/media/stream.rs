//! Long sounds on their way from disk to the voices that play them.
//!
//! A sampler's processor holds [`Pages`]: pieces of sound that it asks for ahead of its voices and that one thread reads
//! ([`Streams`]). Pages change hands through two rings, so that nobody shares or frees what another uses: an order takes the
//! page's memory along, the page comes back filled. The processor never waits for one, unless it renders offline, where it must.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rtrb::{Consumer, Producer, RingBuffer};

use super::frames::{Disk, Frames};

/// Frames of a page: 64 KiB, 0.17 s at 48 kHz.
pub const PAGE: usize = 1 << 13;
/// Frames before and after a page's own that it holds as well, so that interpolation finds its neighbours in one place.
const BEFORE: usize = 1;
const AFTER: usize = 2;
/// Pages of one sampler at most: 64 MiB, which is 16 voices at ten times the speed.
const MAX_PAGES: usize = 1024;
/// Orders under way at most.
const ORDERS: usize = 256;
/// The table: sets of places a page may lie in. Twice as many places as pages keep sets from filling up.
const SETS: usize = 256;
const WAYS: usize = 8;
/// Blocks after which a page that nobody asked for is given back.
const KEPT_BLOCKS: u32 = 1024;
/// Places looked at in each block for pages to give back.
const SWEPT: usize = 16;
/// Longest an offline block waits for a page.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the thread looks for orders: while some came within the last second, and else.
const TICK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(10));

/// The frames of a page, with their neighbours.
type Page = Box<[[f32; 2]; BEFORE + PAGE + AFTER]>;

/// What the processor wants of the thread.
enum Order {
    /// A page to be read, into memory that comes along where there is some.
    Read { sound: Arc<Disk>, page: u32, memory: Option<Page> },
    /// Memory that is no longer used.
    Free(#[allow(dead_code, reason = "taken along to be freed by the thread")] Page),
}

/// A page that was read. One that could not be is silent.
struct Delivery {
    sound: u64,
    page: u32,
    frames: Page,
    whole: bool,
}

/// The thread's ends of a processor's rings.
struct Seat {
    orders_rx: Consumer<Order>,
    pages_tx: Producer<Delivery>,
}

#[derive(Default)]
struct Shared {
    /// Seats that the thread has not taken yet.
    new: Mutex<Vec<Seat>>,
    stop: AtomicBool,
    missed: Arc<AtomicU64>,
    /// Nanoseconds that each page takes longer.
    delay: AtomicU64,
}

/// Reads pages for any number of processors, in one thread, which starts with the first of them.
#[derive(Default)]
pub struct Streams {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Streams({} missed)", self.missed())
    }
}

impl Streams {
    /// What a processor plays long sounds with.
    #[must_use]
    pub fn pages(&self) -> Pages {
        let (orders_tx, orders_rx) = RingBuffer::new(ORDERS);
        let (pages_tx, pages_rx) = RingBuffer::new(ORDERS);
        self.shared.new.lock().unwrap_or_else(PoisonError::into_inner).push(Seat { orders_rx, pages_tx });
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            let shared = Arc::clone(&self.shared);
            // Without a thread every page is missing, which is counted.
            *thread = std::thread::Builder::new().name("streams".to_owned()).spawn(move || serve(&shared)).ok();
        }
        Pages {
            orders_tx,
            pages_rx,
            places: (0..SETS * WAYS).map(|_| None).collect(),
            held: 0,
            ordered: 0,
            now: 0,
            swept: 0,
            offline: false,
            missed: Arc::clone(&self.shared.missed),
        }
    }

    /// Times that voices fell silent because a piece of sound was not read in time.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }

    /// Makes reading a page take longer, as a slow disk would.
    pub fn slow_down(&self, by: Duration) {
        self.shared.delay.store(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            let began = Instant::now();
            while !thread.is_finished() && began.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                thread.join().ok();
            }
        }
    }
}

/// The thread's life.
fn serve(shared: &Shared) {
    let mut seats: Vec<Seat> = Vec::new();
    let mut busy = Instant::now();
    while !shared.stop.load(Ordering::Relaxed) {
        seats.append(&mut shared.new.lock().unwrap_or_else(PoisonError::into_inner));
        seats.retain(|seat| !(seat.orders_rx.is_abandoned() && seat.orders_rx.is_empty()));
        let mut any = false;
        for seat in &mut seats {
            any |= seat.serve_one(shared);
        }
        if any {
            busy = Instant::now();
        } else {
            std::thread::sleep(if busy.elapsed() < Duration::from_secs(1) { TICK.0 } else { TICK.1 });
        }
    }
}

impl Seat {
    /// Carries one order out; says whether there was one.
    fn serve_one(&mut self, shared: &Shared) -> bool {
        let Ok(order) = self.orders_rx.pop() else { return false };
        if let Order::Read { sound, page, memory } = order {
            let delay = shared.delay.load(Ordering::Relaxed);
            if delay > 0 {
                std::thread::sleep(Duration::from_nanos(delay));
            }
            let mut frames = memory.unwrap_or_else(|| Box::new([[0.0; 2]; BEFORE + PAGE + AFTER]));
            // A page that can't be read is silent, and counted.
            let whole = catch_unwind(AssertUnwindSafe(|| fill(&sound, page, &mut frames[..]))).is_ok_and(|read| read.is_some());
            // As many fit as may be ordered; where the processor is gone nobody needs it.
            let _ = self.pages_tx.push(Delivery { sound: sound.number(), page, frames, whole });
        }
        true
    }
}

/// Reads a page; frames outside of the sound are silent.
fn fill(sound: &Disk, page: u32, out: &mut [[f32; 2]]) -> Option<()> {
    out.fill([0.0; 2]);
    let first = usize::try_from(page).ok()?.checked_mul(PAGE)?;
    let skipped = BEFORE.saturating_sub(first);
    let from = (first + skipped).checked_sub(BEFORE)?;
    let count = (out.len() - skipped).min(sound.len().saturating_sub(from));
    sound.read(from, &mut out[skipped..skipped + count])
}

/// A place in the table.
struct Place {
    sound: u64,
    page: u32,
    /// The block that asked for it last.
    asked: u32,
    /// Its frames, once they are there.
    frames: Option<Page>,
}

/// The pages of long sounds that a processor holds.
///
/// # Realtime safety
/// Everything but dropping it is wait-free and allocates nothing, unless it is told that the render is offline: then it waits for
/// the pages it needs.
pub struct Pages {
    orders_tx: Producer<Order>,
    pages_rx: Consumer<Delivery>,
    places: Box<[Option<Place>]>,
    /// Places that are taken.
    held: usize,
    /// Pages ordered and not delivered.
    ordered: usize,
    /// Counts blocks.
    now: u32,
    /// Where the sweep goes on.
    swept: usize,
    offline: bool,
    missed: Arc<AtomicU64>,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pages({} held, {} ordered)", self.held, self.ordered)
    }
}

/// Frames that lie in one piece of memory.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The sound's frame that is the first of them.
    pub base: i64,
    /// The frames.
    pub frames: &'a [[f32; 2]],
    /// The first frame all of whose neighbours are among them, and the first after it that has not.
    pub within: (i64, i64),
}

impl Pages {
    /// Begins a block: takes in what was read, and gives back what nobody asked for in a long time.
    pub fn begin(&mut self, offline: bool) {
        self.offline = offline;
        self.now = self.now.wrapping_add(1);
        self.take_deliveries();
        for _ in 0..SWEPT {
            self.swept = (self.swept + 1) % self.places.len();
            let place = &mut self.places[self.swept];
            let stale = |place: &Place| place.frames.is_some() && self.now.wrapping_sub(place.asked) > KEPT_BLOCKS;
            if place.as_ref().is_some_and(stale)
                && !self.orders_tx.is_full()
                && let Some(Place { frames: Some(frames), .. }) = place.take()
            {
                self.held -= 1;
                // There is room, as was just seen.
                if let Err(rtrb::PushError::Full(order)) = self.orders_tx.push(Order::Free(frames)) {
                    std::mem::forget(order);
                }
            }
        }
    }

    /// Whether pages are waited for.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.offline
    }

    /// Counts a voice that fell silent.
    pub fn count_missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    fn take_deliveries(&mut self) {
        while let Ok(Delivery { sound, page, frames, whole }) = self.pages_rx.pop() {
            self.ordered -= 1;
            if !whole {
                self.count_missed();
            }
            match self.find(sound, page).and_then(|at| self.places[at].as_mut()) {
                Some(place) => place.frames = Some(frames),
                // A place that was ordered stays until it is delivered.
                None => std::mem::forget(frames),
            }
        }
    }

    /// Where the places of a page begin.
    fn set(sound: u64, page: u32) -> usize {
        // Fibonacci hashing (Knuth, TAOCP 6.4).
        let mixed = (sound.wrapping_mul(0x9e37_79b9).wrapping_add(u64::from(page))).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(mixed >> 56).unwrap_or(0) % SETS * WAYS
    }

    fn find(&self, sound: u64, page: u32) -> Option<usize> {
        let set = Self::set(sound, page);
        (set..set + WAYS).find(|at| self.places[*at].as_ref().is_some_and(|place| place.sound == sound && place.page == page))
    }

    /// Asks for a page, unless it is there or on its way; `urgent` takes the place of any other page.
    fn ask(&mut self, sound: &Arc<Disk>, page: u32, urgent: bool) {
        let now = self.now;
        if let Some(place) = self.find(sound.number(), page).and_then(|at| self.places[at].as_mut()) {
            place.asked = now;
            return;
        }
        if self.ordered >= ORDERS || self.orders_tx.is_full() {
            return;
        }
        let set = Self::set(sound.number(), page);
        let free = if self.held < MAX_PAGES || urgent { (set..set + WAYS).find(|at| self.places[*at].is_none()) } else { None };
        let oldest = || {
            let age =
                |at: &usize| self.places[*at].as_ref().filter(|place| place.frames.is_some()).map(|place| now.wrapping_sub(place.asked));
            (set..set + WAYS).filter_map(|at| Some((age(&at)?, at))).filter(|(age, _)| *age > 0 || urgent).max()
        };
        let Some(at) = free.or_else(|| oldest().map(|(_, at)| at)) else { return };
        let before = self.places[at].replace(Place { sound: sound.number(), page, asked: now, frames: None });
        self.held += usize::from(before.is_none());
        self.ordered += 1;
        let memory = before.and_then(|place| place.frames);
        if let Err(rtrb::PushError::Full(order)) = self.orders_tx.push(Order::Read { sound: Arc::clone(sound), page, memory }) {
            // There is room, as was seen above.
            std::mem::forget(order);
        }
    }

    /// Asks for the page that holds a frame, and for the one `beside` it.
    pub fn want(&mut self, frames: &Frames, at: i64, beside: i64) {
        let Some(disk) = frames.disk() else { return };
        for at in [at, at + beside * PAGE as i64] {
            if (0..frames.len() as i64).contains(&at)
                && usize::try_from(at).is_ok_and(|at| at + AFTER >= frames.as_ref().len())
                && let Ok(page) = u32::try_from(at / PAGE as i64)
            {
                self.ask(disk, page, false);
            }
        }
    }

    /// The piece around a frame of the sound, if it is there; offline it is waited for.
    pub fn piece<'a>(&'a mut self, frames: &'a Frames, at: i64) -> Option<Piece<'a>> {
        if let Some(piece) = head(frames, at) {
            return Some(piece);
        }
        let disk = frames.disk()?;
        let page = u32::try_from(at.div_euclid(PAGE as i64)).ok().filter(|_| at < frames.len() as i64)?;
        let mut found = self.find(disk.number(), page).filter(|at| self.places[*at].as_ref().is_some_and(|place| place.frames.is_some()));
        if found.is_none() && self.offline {
            found = self.wait(disk, page);
        }
        let frames = self.places[found?].as_ref()?.frames.as_ref()?;
        let first = i64::from(page) * PAGE as i64;
        Some(Piece { base: first - BEFORE as i64, frames: &frames[..], within: (first, first + PAGE as i64) })
    }

    /// The frames around a frame that are there, without waiting.
    #[must_use]
    pub fn there(&self, frames: &Frames, at: i64) -> Option<(i64, i64)> {
        if let Some(piece) = head(frames, at) {
            return Some(piece.within);
        }
        let page = u32::try_from(at.div_euclid(PAGE as i64)).ok()?;
        let index = self.find(frames.disk()?.number(), page)?;
        self.places[index].as_ref()?.frames.as_ref()?;
        let first = i64::from(page) * PAGE as i64;
        Some((first, first + PAGE as i64))
    }

    /// Offline only: the place of a page, once it is there.
    fn wait(&mut self, sound: &Arc<Disk>, page: u32) -> Option<usize> {
        let began = Instant::now();
        loop {
            self.take_deliveries();
            self.ask(sound, page, true);
            let there = |at: &usize| self.places[*at].as_ref().is_some_and(|place| place.frames.is_some());
            if let Some(at) = self.find(sound.number(), page).filter(there) {
                return Some(at);
            }
            if began.elapsed() > PATIENCE || self.orders_tx.is_abandoned() {
                self.count_missed();
                return None;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
    }
}

/// The piece of the frames in memory around a frame.
fn head(frames: &Frames, at: i64) -> Option<Piece<'_>> {
    let length = frames.as_ref().len() as i64;
    let last = if frames.is_long() { length - AFTER as i64 } else { length };
    (0..last).contains(&at).then_some(Piece { base: 0, frames, within: (BEFORE as i64, length - AFTER as i64) })
}
