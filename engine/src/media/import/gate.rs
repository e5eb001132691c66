//! How many conversions run at once in this process, however many instances want some.

use std::{
    sync::{Condvar, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use super::source::Stop;

static RUNNING: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// The right to run one conversion, until dropped.
pub(super) struct Permit(());

/// Waits until fewer than `most` conversions run; `None` once stopped.
pub(super) fn enter(most: usize, stop: Stop<'_>) -> Option<Permit> {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    while *running >= most.max(1) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        running = LEFT.wait_timeout(running, Duration::from_millis(20)).unwrap_or_else(PoisonError::into_inner).0;
    }
    *running += 1;
    Some(Permit(()))
}

impl Drop for Permit {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        LEFT.notify_one();
    }
}
