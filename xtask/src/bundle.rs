//! `cargo xtask bundle`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

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
    share_dependencies(&target.join(HOSTS));
    // The choice of packages that the tests are built with: cargo makes parts of the dependencies anew for another one.
    let mut build = shell::cargo(["build", "--workspace", "--lib", "--bins", "--profile", HOSTS]);
    shell::run(build.arg("--target-dir").arg(&target))?;
    nice_plug_xtask::bundle(&target, "videotracker", &["--profile".into(), HOSTS.into()], false)?;
    Ok(Built::for_hosts())
}

/// The profile in Cargo.toml, and the folder of what is built with it.
const HOSTS: &str = "hosts";

/// Lays the dependencies that the tests' build left into the profile's folder, where nothing is yet: they are the same there,
/// and cargo takes them as its own. Where that fails, cargo makes them.
fn share_dependencies(to: &Path) {
    if to.exists() {
        return;
    }
    for folder in ["deps", "build", ".fingerprint"] {
        if let Err(why) = link_all(&shell::target().join("debug").join(folder), &to.join(folder)) {
            println!("nothing is shared with the tests' build: {why}");
            let _ = fs::remove_dir_all(to);
            return;
        }
    }
}

/// Fills a folder with links to the files of another, without those of our own packages, which differ.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name().to_string_lossy().contains("videotracker") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            link_all(&from, &to)?;
        } else {
            fs::hard_link(&from, &to)?;
        }
    }
    Ok(())
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
        Self::below(&hosts_target(), HOSTS)
    }

    fn below(target: &Path, profile: &str) -> Self {
        Self { bundles: target.join("bundled"), program: target.join(profile).join(program_name()) }
    }
}

fn hosts_target() -> PathBuf {
    shell::target().join("hosts")
}

/// What the program's file is called.
pub fn program_name() -> String {
    format!("videotracker{}", std::env::consts::EXE_SUFFIX)
}
