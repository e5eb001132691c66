//! The preloaded counter of calls that an audio thread must not make (`hosts/rtcheck.c`).

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// Calls counted on the audio thread between entering and leaving `process`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `malloc`, `calloc`, `realloc` and the aligned ones.
    pub allocations: u64,
    /// `free`.
    pub frees: u64,
    /// `futex` calls and the lock, wait and wake functions of pthread.
    pub futexes: u64,
    /// `write` and `writev`.
    pub writes: u64,
}

/// The counter's entry points, where it is preloaded.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    enter: unsafe extern "C" fn(),
    leave: unsafe extern "C" fn(),
    counts: unsafe extern "C" fn(*mut Counts),
}

impl Probe {
    /// The preloaded counter; `None` where it isn't.
    #[must_use]
    #[allow(unsafe_code, reason = "looks up symbols of a library that the loader may have preloaded")]
    pub fn preloaded() -> Option<Self> {
        #[cfg(unix)]
        {
            let this = libloading::os::unix::Library::this();
            // SAFETY: only `hosts/rtcheck.c` defines these names, with these signatures; a preloaded library stays
            // loaded until the process ends.
            unsafe {
                Some(Self {
                    enter: *this.get(b"rtcheck_enter\0").ok()?,
                    leave: *this.get(b"rtcheck_leave\0").ok()?,
                    counts: *this.get(b"rtcheck_counts\0").ok()?,
                })
            }
        }
        #[cfg(not(unix))]
        None
    }

    /// Begins to count on this thread.
    #[allow(unsafe_code, reason = "calls the preloaded counter")]
    pub fn enter(&self) {
        // SAFETY: takes nothing, sets a thread-local flag.
        unsafe { (self.enter)() }
    }

    /// Ends counting on this thread.
    #[allow(unsafe_code, reason = "calls the preloaded counter")]
    pub fn leave(&self) {
        // SAFETY: takes nothing, clears a thread-local flag.
        unsafe { (self.leave)() }
    }

    /// What was counted so far, on all threads.
    #[must_use]
    #[allow(unsafe_code, reason = "calls the preloaded counter")]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        // SAFETY: fills in the four numbers of a `Counts`, whose layout is C's.
        unsafe { (self.counts)(&raw mut counts) }
        counts
    }
}

/// Compiles the counter into `folder` with the system's C compiler.
///
/// # Errors
/// The compiler's.
pub fn compile(folder: &Path) -> Result<PathBuf> {
    let library = folder.join("rtcheck.so");
    let source = crate::bundle::workspace().join("tests/hosts/rtcheck.c");
    let output = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-Wall", "-o"]).arg(&library).arg(source).arg("-ldl").output();
    let output = output.context("cannot run cc; install a C compiler")?;
    if !output.status.success() {
        bail!("cc refused tests/hosts/rtcheck.c:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(library)
}
