//! Hands an entry point's [`HostBlockSlot`] to the plugin that is being made.
//!
//! nice-plug makes plugins by `Default`, on the thread and within the call of whoever asks for one; so the slot waits
//! for it in a place of that thread's own.

use std::{cell::RefCell, sync::Arc};

use crate::transport::HostBlockSlot;

thread_local! {
    static SLOT: RefCell<Option<Arc<HostBlockSlot>>> = const { RefCell::new(None) };
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
