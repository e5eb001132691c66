//! `cargo xtask bundle`.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    setup::{self, Ask, Task},
    shell,
};

/// Builds the plugin and its program in release and lays the plugin out as bundles.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run(ask: Ask) -> Result<Built> {
    run_with(ask, &[])
}

/// The same, with further packages built in one go: what they share is then built once.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run_with(ask: Ask, packages: &[&str]) -> Result<Built> {
    setup::prepare(Task::Build, ask)?;
    let mut build = shell::cargo(["build", "--release", "--package", "videotracker"]);
    for package in packages {
        build.args(["--package", package]);
    }
    shell::run(&mut build)?;
    // Reads the plugin's names from bundler.toml.
    nice_plug_xtask::bundle(&shell::target(), "videotracker", &["--release".into()], false)?;
    Ok(Built::shipped())
}

/// What a build left.
pub struct Built {
    /// The folder of the bundles.
    pub bundles: PathBuf,
    /// The program `videotracker`.
    pub program: PathBuf,
}

impl Built {
    /// Where `run` leaves it.
    pub fn shipped() -> Self {
        let target = shell::target();
        Self { bundles: target.join("bundled"), program: target.join("release").join(program_name()) }
    }
}

/// What the program's file is called.
pub fn program_name() -> String {
    format!("videotracker{}", std::env::consts::EXE_SUFFIX)
}
