//! Running what wants to do harm: how long it takes, and how much memory it takes at once.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// One at a time: they measure time and memory.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts what is allocated; Luau's VM allocates here, too.
pub struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

#[allow(unsafe_code, reason = "an allocator that counts")]
// SAFETY: everything is handed to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) };
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size.saturating_sub(layout.size()));
        LIVE.fetch_sub(layout.size().saturating_sub(size), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// Bytes that are allocated.
pub fn live() -> usize {
    LIVE.load(Ordering::Relaxed)
}

#[allow(dead_code, reason = "not every test measures time")]
/// Time this thread has had on a core, where the system says so, else time on the wall: a busy machine proves nothing.
fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[allow(dead_code, reason = "not every test measures time")]
/// Runs `f`: what it gives, how long it took, and how many bytes were allocated beyond what was, at most.
pub fn measured<R>(f: impl FnOnce() -> R) -> (R, Duration, usize) {
    let (wall, core, before) = (Instant::now(), on_core(), live());
    PEAK.store(before, Ordering::Relaxed);
    let answer = f();
    let took = match (core, on_core()) {
        (Some(before), Some(now)) => now - before,
        _ => wall.elapsed(),
    };
    (answer, took, PEAK.load(Ordering::Relaxed).saturating_sub(before))
}
