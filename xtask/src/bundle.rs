//! `cargo xtask bundle`.

use std::path::{Path, PathBuf};

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

/// The same plugin and program for real hosts on every push, in a folder of their own: as they are shipped but for the
/// optimisation, which takes most of the time of a release build.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run_for_hosts(ask: Ask) -> Result<Built> {
    setup::prepare(Task::Build, ask)?;
    let target = hosts_target();
    let mut build = shell::cargo(["build", "--release", "--package", "videotracker"]);
    build.args(["--config", "profile.release.opt-level=1"]);
    build.args(["--config", "profile.release.package.videotracker-engine.codegen-units=16"]);
    shell::run(build.arg("--target-dir").arg(&target))?;
    nice_plug_xtask::bundle(&target, "videotracker", &["--release".into()], false)?;
    Ok(Built::for_hosts())
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
        Self::below(&shell::target())
    }

    /// Where `run_for_hosts` leaves it.
    pub fn for_hosts() -> Self {
        Self::below(&hosts_target())
    }

    fn below(target: &Path) -> Self {
        Self { bundles: target.join("bundled"), program: target.join("release").join(program_name()) }
    }
}

fn hosts_target() -> PathBuf {
    shell::target().join("hosts")
}

/// What the program's file is called.
pub fn program_name() -> String {
    format!("videotracker{}", std::env::consts::EXE_SUFFIX)
}
