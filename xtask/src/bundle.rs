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
    run_with(ask, &[])
}

/// The same, with further packages built in one go: what they share is then built once.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run_with(ask: Ask, packages: &[&str]) -> Result<PathBuf> {
    setup::prepare(Task::Build, ask)?;
    let mut build = shell::cargo(["build", "--release", "--package", "videotracker"]);
    for package in packages {
        build.args(["--package", package]);
    }
    shell::run(&mut build)?;
    // Reads the plugin's names from bundler.toml.
    nice_plug_xtask::bundle(&shell::target(), "videotracker", &["--release".into()], false)?;
    Ok(folder())
}

/// Where bundles are put.
pub fn folder() -> PathBuf {
    shell::target().join("bundled")
}
