//! Ends the stand-alone instrument as its window's close button does when the system asks for it: Ctrl+C, SIGTERM, SIGHUP.
//! So a film that is being recorded is finished.

use std::{
    process,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use nice_plug_egui::RepaintNotifier;

static WANTED: AtomicBool = AtomicBool::new(false);
static WINDOW: OnceLock<RepaintNotifier> = OnceLock::new();

/// Has the window that `notifier` wakes close when the end is wanted.
pub fn watch(notifier: &RepaintNotifier) {
    // The program has one window.
    let _ = WINDOW.set(notifier.clone());
}

/// Asks the window to close; asked again, the program ends at once.
pub fn want() {
    if WANTED.swap(true, Ordering::AcqRel) {
        process::exit(1);
    }
    if let Some(window) = WINDOW.get() {
        window.request_repaint();
    }
}

/// Whether the window is to close.
#[must_use]
pub fn is_wanted() -> bool {
    WANTED.load(Ordering::Acquire)
}
