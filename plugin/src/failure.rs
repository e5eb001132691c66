//! What becomes of a panic: the host lives on, and the instance falls silent and says so.
//!
//! A panic that leaves a function which the host calls would abort the host. nice-plug's functions catch what happens in
//! them and tell [`Instance::panic_handler`](crate::instance::Instance::panic_handler); what is ours alone (blocks, the editor's panels, entry points) is caught here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nice_plug::{util::permit_alloc, wrapper::guard::catch_panic};
use videotracker_engine::{
    panics::words as words_of,
    snapshot::{Message, Severity},
};

/// Runs `work` where no instance is known; a panic in it is only logged, and there is no result.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    caught(work, |_| ())
}

/// Runs a thread's work; where it panics, what the panic says.
///
/// # Errors
/// The panic's words.
pub fn contained_with_words<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let mut words = String::new();
    caught(work, |why| why.clone_into(&mut words)).ok_or(words)
}

/// Runs `work`; what a panic in it says goes to `report`, and there is no result.
pub fn caught<T>(work: impl FnOnce() -> T, report: impl FnOnce(&str)) -> Option<T> {
    match catch_panic(work) {
        Ok(result) => Some(result),
        Err(payload) => {
            // What is thrown may panic again when it is dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                permit_alloc(|| {
                    report(words_of(&*payload));
                    drop(payload);
                });
            }));
            None
        }
    }
}

/// What the console says of a failed instance.
#[must_use]
pub fn words(doing: &str, why: &str) -> Message {
    let text = format!(
        "An error inside videoTracker ({doing}: {why}) stopped this instance: it stays silent. Your script and session are still saved with the project; save it and open it again to go on."
    );
    Message { severity: Severity::Error, text, line: None, column: None }
}

/// Where a test may have an instance panic; builds without debug assertions know no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the middle of a block.
    Process,
    /// While the editor draws.
    Editor,
    /// While a state is loaded.
    State,
    /// While a state is saved.
    Save,
}

#[cfg(debug_assertions)]
mod provoked {
    use std::cell::Cell;

    use super::Place;

    thread_local! {
        static NEXT: Cell<Option<Place>> = const { Cell::new(None) };
    }

    /// Has the next instance that this thread makes panic at a place.
    pub fn provoke_next(place: Place) {
        NEXT.set(Some(place));
    }

    /// Where a new instance is to panic: as [`provoke_next`] said, else as `VIDEOTRACKER_PANIC` says.
    pub(crate) fn take() -> Option<Place> {
        NEXT.take().or_else(|| match std::env::var("VIDEOTRACKER_PANIC").ok()?.as_str() {
            "process" => Some(Place::Process),
            "editor" => Some(Place::Editor),
            "state" => Some(Place::State),
            "save" => Some(Place::Save),
            _ => None,
        })
    }
}

#[cfg(debug_assertions)]
pub use provoked::provoke_next;
#[cfg(debug_assertions)]
pub(crate) use provoked::take;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_thrown_may_panic_when_it_is_dropped() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(contained(|| std::panic::panic_any(Trap)), None::<()>);
    }
}
