//! Tests that measure the memory of their process: they take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};

mod drawing;
mod hostile_states;
#[path = "../tools/shader_common.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod shader_common;
#[path = "../../../engine/tests/tools/shader_tools.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod shader_tools;
#[path = "../tools/video_common.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod video_common;

/// One at a time: memory is the process's.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
