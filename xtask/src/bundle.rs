//! `cargo xtask bundle`.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    setup::{self, Ask, Task},
    shell,
};

/// Builds the plugin and its program in release and lays the plugin out as bundles; gives the folder they are in.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run(ask: Ask) -> Result<PathBuf> {
    setup::prepare(Task::Build, ask)?;
    shell::run(&mut shell::cargo(["build", "--release", "--package", "videotracker"]))?;
    // Reads the plugin's names from bundler.toml.
    nice_plug_xtask::bundle(&shell::target(), "videotracker", &["--release".into()], false)?;
    Ok(folder())
}

/// Where bundles are put.
pub fn folder() -> PathBuf {
    shell::target().join("bundled")
}
