//! How far a host is ahead of real time.
//!
//! Some hosts render faster than real time without saying so (DawDreamer). One that has got a whole second ahead is no live
//! one, and may be made to wait for what is under way, as long as it stays ahead.

use std::time::{Duration, Instant};

/// How far ahead a live host may get by what it buffers.
const LIVE: Duration = Duration::from_secs(1);
/// Longest that anything is waited for offline.
const OFFLINE: Duration = Duration::from_secs(20);

/// Measures a host's pace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Since when the host has been ahead, and what it rendered since.
    since: Option<(Instant, Duration)>,
}

impl Pace {
    /// How long a block that begins `now` may wait: none at all in a live host.
    pub fn patience(&mut self, now: Instant, frames: usize, rate: f64, offline: bool) -> Duration {
        #[allow(clippy::cast_precision_loss, reason = "frames of one block")]
        let block = Duration::try_from_secs_f64(frames as f64 / rate).unwrap_or_default();
        let (since, rendered) = self.since.unwrap_or((now, Duration::ZERO));
        let lead = rendered.checked_sub(now.saturating_duration_since(since));
        // One that falls behind begins anew.
        self.since = Some(lead.map_or((now, block), |_| (since, rendered + block)));
        if offline { OFFLINE } else { lead.unwrap_or_default().saturating_sub(LIVE).min(OFFLINE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays 10 ms blocks, each so many milliseconds after the one before, and gives the last one's patience.
    fn played(blocks: impl IntoIterator<Item = u64>) -> Duration {
        let (mut pace, mut now, mut last) = (Pace::default(), Instant::now(), Duration::ZERO);
        for pause in blocks {
            now += Duration::from_millis(pause);
            last = pace.patience(now, 480, 48_000.0, false);
        }
        last
    }

    #[test]
    fn a_live_host_never_waits_whatever_it_buffers_and_however_it_stalls() {
        assert_eq!(played([10; 1000]), Duration::ZERO);
        let bursts = (0..1000).map(|block| if block % 50 == 0 { 500 } else { 0 });
        assert_eq!(played(bursts), Duration::ZERO);
        assert_eq!(played([10; 500].into_iter().chain([5000]).chain([10; 10]).chain([0; 90])), Duration::ZERO);
    }

    #[test]
    fn a_host_that_outruns_time_waits_as_long_as_it_stays_a_second_ahead() {
        assert_eq!(played([0; 100]), Duration::ZERO);
        assert_eq!(played([0; 401]), Duration::from_secs(3));
        assert_eq!(played([0; 401].into_iter().chain([2500])), Duration::from_millis(510));
        assert_eq!(played([0; 401].into_iter().chain([10_000])), Duration::ZERO);
    }
}
