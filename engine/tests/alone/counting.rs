//! The system's allocator with everything counted, for each thread and for the process; Luau's VM allocates here, too.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// One test at a time: they measure what is the whole process's.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
    static ASKED: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
    static MOST: Cell<i64> = const { Cell::new(0) };
}

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(0);

/// Times that this thread called the allocator, to get memory or to give it back.
pub fn calls() -> u64 {
    CALLS.get()
}

/// Bytes that this thread has asked for so far.
pub fn asked() -> u64 {
    ASKED.get()
}

/// Runs `f`; the most bytes that this thread held at a time beyond what it held before.
pub fn most(f: impl FnOnce()) -> i64 {
    let before = HELD.get();
    MOST.set(before);
    f();
    MOST.get() - before
}

/// Bytes that the process holds.
pub fn live() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// Runs `f`; what it gives, and the most bytes that the process held at a time beyond what it held before.
pub fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let before = live();
    PEAK.store(before, Ordering::Relaxed);
    let answer = f();
    (answer, PEAK.load(Ordering::Relaxed).saturating_sub(before))
}

/// Runs `f`; the most bytes that any thread asked for in one piece.
pub fn largest(f: impl FnOnce()) -> usize {
    LARGEST.store(0, Ordering::Relaxed);
    f();
    LARGEST.load(Ordering::Relaxed)
}

/// Notes `size` bytes that this thread gets, for `before` bytes that it had in their place.
fn got(size: usize, before: usize) {
    let signed = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    // A thread that ends may have no counters any more.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    let _ = ASKED.try_with(|asked| asked.set(asked.get() + size as u64));
    let _ = HELD.try_with(|held| {
        // Both are there for a moment.
        let both = held.get() + signed(size);
        let _ = MOST.try_with(|most| most.set(most.get().max(both)));
        held.set(both - signed(before));
    });
    let grown = size.saturating_sub(before);
    PEAK.fetch_max(LIVE.fetch_add(grown, Ordering::Relaxed) + grown, Ordering::Relaxed);
    LIVE.fetch_sub(before.saturating_sub(size), Ordering::Relaxed);
    LARGEST.fetch_max(size, Ordering::Relaxed);
}

fn gave(size: usize) {
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    let _ = HELD.try_with(|held| held.set(held.get() - i64::try_from(size).unwrap_or(i64::MAX)));
    LIVE.fetch_sub(size, Ordering::Relaxed);
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(unsafe_code, reason = "an allocator is unsafe by nature")]
// SAFETY: everything is handed on to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        got(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        got(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) };
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        got(size, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[test]
fn the_counter_counts() {
    let _alone = alone();
    let before = calls();
    let most = most(|| drop(std::hint::black_box(vec![0_u8; 1000])));
    assert_eq!((calls() - before, most), (2, 1000));
    let largest = largest(|| drop(std::hint::black_box(vec![0_u8; 1 << 20])));
    assert!(largest >= 1 << 20, "{largest}");
}
