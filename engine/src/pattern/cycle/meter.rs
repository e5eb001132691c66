//! What patterns cost whoever makes them: memory for as long as they live, time and work while they are made.
//!
//! A [`Meter`] is in force on one thread while [`Meter::during`] runs. Every node of a pattern and every expression made
//! meanwhile counts towards it until its last owner drops it, on whichever thread that is. Lua's own memory limit knows
//! nothing of patterns; the meter of a VM does, and that of a plan bounds what a session's patterns take once compiled.

use std::{
    cell::RefCell,
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{
    fault::{Error, call_error},
    value::Key,
};

/// Most control names that no module knows and that one meter keeps.
pub const MAX_NAMES: usize = 1024;

/// What a check of time says: why making has to end, where it has to.
type Over = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// Bounds on what is made while it is in force.
pub struct Meter {
    kept: AtomicUsize,
    limit: usize,
    /// Steps of compiling that are left.
    work: AtomicU64,
    over: Over,
    /// Control names that it keeps for what is made under it.
    names: Mutex<HashSet<Key>>,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes kept", self.kept(), self.limit)
    }
}

thread_local! {
    static IN_FORCE: RefCell<Option<Arc<Meter>>> = const { RefCell::new(None) };
}

/// Puts the meter before back into force when it is dropped.
struct Before(Option<Arc<Meter>>);

impl Drop for Before {
    fn drop(&mut self) {
        IN_FORCE.replace(self.0.take());
    }
}

impl Meter {
    /// A meter that allows `limit` bytes at once and `work` steps of compiling in all, and asks `over` whether to go on.
    #[must_use]
    pub fn new(limit: usize, work: u64, over: impl Fn() -> Option<String> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { kept: AtomicUsize::new(0), limit, work: AtomicU64::new(work), over: Box::new(over), names: Mutex::default() })
    }

    /// Runs `f` with this meter in force.
    pub fn during<R>(self: &Arc<Self>, f: impl FnOnce() -> R) -> R {
        let _before = Before(IN_FORCE.replace(Some(Arc::clone(self))));
        f()
    }

    /// Bytes that what was made under it holds.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.kept.load(Ordering::Relaxed)
    }

    /// Keeps a control name for what is made under it; says whether it did not before. `None` where it keeps too many already.
    pub(super) fn keep_name(&self, key: Key) -> Option<bool> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        (names.contains(&key) || names.len() < MAX_NAMES).then(|| names.insert(key))
    }

    /// Whether it may keep a further control name.
    pub(super) fn has_room_for_a_name(&self) -> bool {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).len() < MAX_NAMES
    }

    fn check(&self) -> Result<(), Error> {
        if self.kept() > self.limit {
            return Err(call_error("pattern", format!("patterns take more than {} MiB of memory at once; keep fewer", self.limit >> 20)));
        }
        (self.over)().map_or(Ok(()), |why| Err(call_error("pattern", why)))
    }
}

impl Drop for Meter {
    /// Gives back the control names: nothing is left that was made under it.
    fn drop(&mut self) {
        Key::give_back(std::mem::take(self.names.get_mut().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// The meter in force on this thread.
pub(super) fn in_force() -> Option<Arc<Meter>> {
    IN_FORCE.with_borrow(Clone::clone)
}

/// Says whether making may go on, where a meter is in force.
///
/// # Errors
/// Where more is kept than the meter allows, or time is up.
pub fn check() -> Result<(), Error> {
    IN_FORCE.with_borrow(|meter| meter.as_ref().map_or(Ok(()), |meter| meter.check()))
}

/// Why making has to end, where a meter is in force and says so.
#[must_use]
pub fn over() -> Option<String> {
    IN_FORCE.with_borrow(|meter| meter.as_ref().and_then(|meter| (meter.over)()))
}

/// Counts steps of compiling, where a meter is in force.
///
/// # Errors
/// Where the meter's work is used up, or as [`check`].
pub fn work(steps: u64) -> Result<(), Error> {
    IN_FORCE.with_borrow(|meter| {
        let Some(meter) = meter else { return Ok(()) };
        let left = meter.work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(steps));
        left.map_err(|_| call_error("pattern", "the session's patterns take too much work to compile; simplify some"))?;
        meter.check()
    })
}

/// Bytes that count towards a meter until this is dropped.
pub struct Kept(Option<(Arc<Meter>, usize)>);

impl Kept {
    /// Counts `bytes` towards the meter in force, where there is one.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(IN_FORCE.with_borrow(|meter| {
            let meter = meter.as_ref()?;
            meter.kept.fetch_add(bytes, Ordering::Relaxed);
            Some((Arc::clone(meter), bytes))
        }))
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        if let Some((meter, bytes)) = &self.0 {
            meter.kept.fetch_add(*bytes, Ordering::Relaxed);
        }
        Self(self.0.clone())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((meter, bytes)) = self.0.take() {
            meter.kept.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes kept", self.0.as_ref().map_or(0, |(_, bytes)| *bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::cycle::mini::mini;

    #[test]
    fn what_is_made_counts_until_its_last_owner_is_gone() {
        let meter = Meter::new(1 << 20, u64::MAX, || None);
        let made = meter.during(|| mini("bd*64 sn(3,8)")).expect("it can be made");
        let kept = meter.kept();
        assert!(kept > 64 * 20, "{kept}");
        let copy = made.clone();
        drop(made);
        assert_eq!(meter.kept(), kept);
        let elsewhere = std::thread::spawn(move || drop(copy));
        assert!(elsewhere.join().is_ok());
        assert_eq!(meter.kept(), 0);
        drop(mini("bd*64"));
        assert_eq!(meter.kept(), 0, "nothing counts where no meter is in force");
    }

    #[test]
    fn a_meter_that_is_full_or_out_of_work_refuses() {
        let meter = Meter::new(1000, 10, || None);
        meter.during(|| {
            assert!(check().is_ok() && work(10).is_ok());
            assert!(work(1).is_err_and(|why| why.to_string().contains("too much work")));
            let _much = Kept::new(2000);
            assert!(check().is_err_and(|why| why.to_string().contains("memory")));
        });
        assert!(check().is_ok());
        let ended = Meter::new(1000, 10, || Some("it ran too long".to_owned()));
        assert!(ended.during(check).is_err());
    }
}
