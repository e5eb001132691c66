//! What becomes of a panic on a thread of our own: it is said, and the thread goes on.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Runs `work`; where it panics, what the panic says.
///
/// # Errors
/// The panic's words.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let why = words(&*payload).to_owned();
        // What was thrown may panic again when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        why
    })
}

/// What a panic says.
#[must_use]
pub fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("an unknown error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_its_words_even_where_what_is_thrown_panics_again() {
        struct Trap;
        impl Drop for Trap {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(caught(|| 1), Ok(1));
        assert_eq!(caught(|| panic!("as {}", "told")), Err::<(), _>("as told".to_owned()));
        assert_eq!(caught(|| std::panic::panic_any(Trap)), Err::<(), _>("an unknown error".to_owned()));
    }
}
