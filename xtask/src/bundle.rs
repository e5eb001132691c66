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

/// The same plugin and program for real hosts on every push, in a folder of their own: what the tests' build has made, but for the
/// check that aborts where `process` allocates, which no host's own thread would pass. Only what holds that check is compiled anew.
///
/// # Errors
/// What is missing or doesn't compile.
pub fn run_for_hosts(ask: Ask) -> Result<Built> {
    setup::prepare(Task::Build, ask)?;
    let mut build = shell::cargo(["build", "--workspace", "--lib", "--bins"]);
    for package in ["nice-plug", "videotracker"] {
        build.args(["--config", &format!("profile.dev.package.{package}.debug-assertions=false")]);
    }
    shell::run(&mut build)?;
    let (from, target) = (shell::target().join("debug"), hosts_target());
    let to = target.join("debug");
    std::fs::create_dir_all(&to)?;
    for file in [library_name(), program_name()] {
        std::fs::copy(from.join(&file), to.join(&file))?;
    }
    nice_plug_xtask::bundle(&target, "videotracker", &[], false)?;
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
        Self::below(&shell::target(), "release")
    }

    /// Where `run_for_hosts` leaves it.
    pub fn for_hosts() -> Self {
        Self::below(&hosts_target(), "debug")
    }

    fn below(target: &Path, profile: &str) -> Self {
        Self { bundles: target.join("bundled"), program: target.join(profile).join(program_name()) }
    }
}

fn hosts_target() -> PathBuf {
    shell::target().join("hosts")
}

/// What the plugin's library is called before it is bundled.
fn library_name() -> String {
    format!("{}videotracker{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// What the program's file is called.
pub fn program_name() -> String {
    format!("videotracker{}", std::env::consts::EXE_SUFFIX)
}
