//! Hands an entry point's [`HostBlockSlot`], and the script to begin with, to the plugin that is being made.
//!
//! nice-plug makes plugins by `Default`, on the thread and within the call of whoever asks for one; so both wait
//! for it in places of that thread's own.

use std::{cell::RefCell, sync::Arc};

use crate::{opening::Opening, transport::HostBlockSlot};

thread_local! {
    static SLOT: RefCell<Option<Arc<HostBlockSlot>>> = const { RefCell::new(None) };
    static OPENING: RefCell<Option<Opening>> = const { RefCell::new(None) };
}

/// Runs `make`; a plugin made within gets `slot`.
pub fn with_slot<T>(slot: &Arc<HostBlockSlot>, make: impl FnOnce() -> T) -> T {
    SLOT.with_borrow_mut(|place| *place = Some(Arc::clone(slot)));
    let made = make();
    SLOT.with_borrow_mut(|place| *place = None);
    made
}

/// The slot for the plugin being made; one of its own where no entry point offers any.
pub fn slot() -> Arc<HostBlockSlot> {
    SLOT.with_borrow_mut(Option::take).unwrap_or_default()
}

/// Runs `make`; the first plugin made within begins with `opening`.
#[cfg(feature = "standalone")]
pub fn with_opening<T>(opening: Option<Opening>, make: impl FnOnce() -> T) -> T {
    OPENING.with_borrow_mut(|place| *place = opening);
    let made = make();
    OPENING.with_borrow_mut(|place| *place = None);
    made
}

/// What the plugin being made begins with.
pub fn opening() -> Option<Opening> {
    OPENING.with_borrow_mut(Option::take)
}
