//! How long something takes.

use std::time::{Duration, Instant};

use crate::counting::peak;

/// Time this thread has had on a core, where the system says so, else time on the wall: a busy machine proves nothing.
pub struct Stopwatch(Instant, Option<Duration>);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now(), Self::on_core())
    }

    pub fn elapsed(&self) -> Duration {
        match (self.1, Self::on_core()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed(),
        }
    }

    fn on_core() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }
}

/// Runs `f`: what it gives, how long it took, and how many bytes were allocated beyond what was, at most.
pub fn measured<R>(f: impl FnOnce() -> R) -> (R, Duration, usize) {
    let began = Stopwatch::start();
    let (answer, bytes) = peak(f);
    (answer, began.elapsed(), bytes)
}
