//! `cargo xtask demo`.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    bundle,
    setup::{self, Ask, Task},
    shell,
};

/// The factory preset that is played.
const PRESET: &str = "presets/first-light.lua";
/// Its sampler with the clips of its samples, by index.
const CLIPS: &str = "drums=red,blue,green";

/// Plays 8 bars of a factory preset through the bundled plugin in a headless host and keeps sound and picture.
///
/// The film and the event table are made inside the plugin by its own recorder, which the environment switches on
/// (`plugin/src/record.rs`).
///
/// # Errors
/// What doesn't build, doesn't load or plays wrongly.
pub fn run(ask: Ask) -> Result<ExitCode> {
    setup::prepare(Task::Demo, ask)?;
    let bundles = bundle::run_with(ask, &["videotracker-tests"])?.bundles;
    let folder = Path::new("demo");
    fs::create_dir_all(folder).context("cannot make the folder demo")?;
    let (wav, film, events) = (folder.join("demo.wav"), folder.join("demo.mp4"), folder.join("demo.jsonl"));
    for old in [&wav, &film, &events] {
        if old.exists() {
            fs::remove_file(old).with_context(|| format!("cannot replace {}", old.display()))?;
        }
    }
    let absolute = |path: &Path| std::path::absolute(path).with_context(|| format!("cannot place {}", path.display()));
    let mut host = std::process::Command::new(shell::target().join(format!("release/vt-host{}", std::env::consts::EXE_SUFFIX)));
    host.arg(bundles.join("videoTracker.clap"))
        .args(["--bars", "8", "--bpm", "128", "--sample-rate", "48000", "--block", "512", "--wav"])
        .arg(&wav)
        .arg("--events")
        .arg(&events)
        .arg("--film")
        .arg(&film)
        .args(["--clips", CLIPS])
        .env("VIDEOTRACKER_SCRIPT", absolute(Path::new(PRESET))?)
        .env("VIDEOTRACKER_RECORD", absolute(&film)?)
        .env("VIDEOTRACKER_RECORD_EVENTS", absolute(&events)?);
    println!("\nplaying {PRESET} in a headless host");
    shell::run(&mut host)?;
    println!(
        "\nListen to {} and look at {}.\nNext, in your DAW: cargo xtask install, let the DAW scan its plugins, put videoTracker on an instrument track and press play.",
        wav.display(),
        film.display()
    );
    Ok(ExitCode::SUCCESS)
}
