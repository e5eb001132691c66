//! Set-up, bundling, demo, tests and benches of videoTracker: `cargo xtask help`.

#![allow(clippy::print_stdout, reason = "a command line program speaks on its standard output")]

mod bench;
mod bundle;
mod demo;
mod install;
mod setup;
mod shell;
mod suite;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::prelude::*;

const USAGE: &str = "cargo xtask COMMAND [--yes] [--release]

  bundle   builds the plugin and makes target/bundled/videoTracker.clap and .vst3
  install  copies the bundles to your plugin folders, where your DAW looks for them
  demo     plays 8 bars of a factory preset through the bundled plugin into demo/demo.wav and demo/demo.mp4
  test     formats, lints, docs, all tests, real hosts included
  bench    measures what has to be fast, beside the figures to beat
  help     this text

  --release  for test: also makes the bundles as they are shipped, fully optimised, and tries them in real hosts
  --yes      installs missing packages without asking (also when CI=true)

Each command sets up what it needs. What it installs, and why, it says first.";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut command = None;
    let mut release = false;
    let mut yes = std::env::var("CI").is_ok_and(|value| value == "true");
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(name) if command.is_none() => command = Some(name.string()?),
            Long("release") => release = true,
            Long("yes") | Short('y') => yes = true,
            Long("help") | Short('h') => command = Some("help".into()),
            other => bail!("{}\n\n{USAGE}", other.unexpected()),
        }
    }
    std::env::set_current_dir(shell::root())?;
    let ask = if yes { setup::Ask::No } else { setup::Ask::First };
    match command.as_deref() {
        Some("bundle") => bundle::run(ask).map(|_| ExitCode::SUCCESS),
        Some("install") => install::run(ask),
        Some("demo") => demo::run(ask),
        Some("test") => suite::run(ask, release),
        Some("bench") => bench::run(ask),
        Some("help") | None => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => bail!("there is no command \"{other}\"\n\n{USAGE}"),
    }
}
