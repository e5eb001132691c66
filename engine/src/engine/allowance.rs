//! How much of the time callbacks may take: each has a limit of its own, and all together have this one.

use std::time::{Duration, Instant};

/// Callbacks may take one of so many seconds.
const SHARE: u32 = 8;
/// Time that they may take at once after a rest.
const BURST: Duration = Duration::from_millis(500);
/// A call from here on counts as costly.
const COSTLY: Duration = Duration::from_millis(20);
/// So many costly calls, each with nothing left to spend, are too many.
const STRIKES: u32 = 20;

/// Time that callbacks have left, which grows with the time that passes.
#[derive(Debug)]
pub(super) struct Allowance {
    left: Duration,
    owed: Duration,
    at: Instant,
    strikes: u32,
}

/// What becomes of callbacks after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They go on.
    Fine,
    /// They go on, but less often from now on.
    Slowed,
    /// They took too much, again and again.
    TooMuch,
}

impl Allowance {
    /// A full allowance.
    pub const fn new(now: Instant) -> Self {
        Self { left: BURST, owed: Duration::ZERO, at: now, strikes: 0 }
    }

    /// Whether callbacks may be called at `now`; otherwise they wait.
    pub fn may_call(&mut self, now: Instant) -> bool {
        let mut earned = now.saturating_duration_since(self.at) / SHARE;
        self.at = now;
        let paid = earned.min(self.owed);
        self.owed -= paid;
        earned -= paid;
        self.left = (self.left + earned).min(BURST);
        if self.left == BURST {
            self.strikes = 0;
        }
        self.owed.is_zero()
    }

    /// Counts a call that took so long, with what became of its commands.
    pub fn spend(&mut self, took: Duration) -> Verdict {
        let could = !self.left.is_zero();
        self.owed += took.saturating_sub(self.left);
        self.left = self.left.saturating_sub(took);
        if !self.left.is_zero() {
            return Verdict::Fine;
        }
        self.strikes += u32::from(took >= COSTLY);
        if self.strikes >= STRIKES {
            self.strikes = 0;
            return Verdict::TooMuch;
        }
        if could { Verdict::Slowed } else { Verdict::Fine }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Calls that take `each`, as often as they may within `during`: how many there were, and the verdicts other than fine.
    fn calls(each: Duration, during: Duration) -> (u32, Vec<Verdict>) {
        let start = Instant::now();
        let (mut now, mut allowance, mut count, mut said) = (start, Allowance::new(start), 0, Vec::new());
        while now < start + during {
            if allowance.may_call(now) {
                count += 1;
                now += each;
                match allowance.spend(each) {
                    Verdict::Fine => {}
                    other => said.push(other),
                }
            }
            now += 10 * MS;
        }
        (count, said)
    }

    #[test]
    fn cheap_calls_are_never_held_back() {
        let (count, said) = calls(MS, Duration::from_secs(60));
        assert!(count > 5000 && said.is_empty(), "{count} {said:?}");
    }

    #[test]
    fn what_is_called_too_often_is_slowed_to_its_share() {
        let (count, said) = calls(8 * MS, Duration::from_secs(60));
        assert!((900..1100).contains(&count), "{count}");
        assert_eq!(said.first(), Some(&Verdict::Slowed));
        assert!(!said.contains(&Verdict::TooMuch));
    }

    #[test]
    fn what_costs_too_much_again_and_again_is_ended() {
        let (_, said) = calls(100 * MS, Duration::from_secs(60));
        assert!(said.contains(&Verdict::TooMuch));
        // Once in a while it may.
        let mut allowance = Allowance::new(Instant::now());
        for second in 0..100 {
            assert!(allowance.may_call(allowance.at + Duration::from_secs(u64::from(second > 0))));
            assert_eq!(allowance.spend(100 * MS), Verdict::Fine);
        }
    }
}
