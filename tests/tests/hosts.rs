//! The plugin in real hosts and validators, one at a time. A host that is not installed is skipped, and says so.
//!
//! `$VIDEOTRACKER_BUNDLES` names the folder with the bundles (else one that aborts when `process` allocates is built),
//! `$PYTHON` a Python with the Python hosts, `$VALIDATORS` a folder with clap-validator, validator and pluginval.

#![allow(clippy::print_stdout, reason = "tells what was skipped and what hosts said")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use videotracker_tests::{
    bundle::{self, bundles},
    events,
};

#[path = "headless/model.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod model;
/// One host at a time: they play in real time and share the machine.
static TURN: Mutex<()> = Mutex::new(());

fn scripts() -> PathBuf {
    bundle::workspace().join("tests/hosts")
}

fn has(program: &str) -> bool {
    program.contains('/') && Path::new(program).exists()
        || std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".into())
}

fn python_has(module: &str) -> bool {
    let found = Command::new(python()).args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Says that a host is skipped where one of the programs it needs is missing.
fn lacks(host: &str, programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !has(program)).collect();
    if !missing.is_empty() {
        println!("skipped: {host} needs {}", missing.join(", "));
    }
    !missing.is_empty()
}

/// Runs a check to its end, at most `limit`; fails with all it wrote.
#[track_caller]
fn passes(command: &mut Command, limit: Duration) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let log = tempfile::NamedTempFile::new().expect("a file for the host's words");
    let both = || log.reopen().expect("the same file again");
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(both()).stderr(append(&log)).spawn().expect("the host starts");
    let status = loop {
        if let Some(status) = child.try_wait().expect("the host can be waited for") {
            break Some(status);
        }
        if begun.elapsed() > limit {
            // It may have gone in this moment.
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let words = String::from_utf8_lossy(&std::fs::read(log.path()).unwrap_or_default()).into_owned();
    println!("{words}");
    match status {
        None => panic!("still running after {limit:?}:\n{words}"),
        Some(status) => assert!(status.success(), "{status}:\n{words}"),
    }
}

/// The log opened to append, so that both streams keep their order.
fn append(log: &tempfile::NamedTempFile) -> std::fs::File {
    std::fs::OpenOptions::new().append(true).open(log.path()).expect("the same file again")
}

#[test]
fn dawdreamer_plays_it() {
    if lacks("DawDreamer", &["xvfb-run", "openbox", "xprop", &python()]) {
        return;
    }
    if !python_has("dawdreamer") {
        return println!("skipped: this Python has no dawdreamer");
    }
    let scripts = scripts();
    passes(
        Command::new(scripts.join("xwm.sh")).arg(python()).arg(scripts.join("dawdreamer_check.py")).arg(&bundles().vst3),
        Duration::from_secs(180),
    );
}

#[test]
fn dawdreamer_hears_every_onset_of_cycles_on_its_frame() {
    if lacks("DawDreamer", &["xvfb-run", "openbox", "xprop", &python()]) {
        return;
    }
    if !python_has("dawdreamer") {
        return println!("skipped: this Python has no dawdreamer");
    }
    let (scripts, folder) = (scripts(), tempfile::tempdir().expect("a folder"));
    for (place, row) in model::cycles().expect("a table of patterns").iter().enumerate() {
        let fields = model::fields_of(&row.script).unwrap_or_else(|why| panic!("{}: {why:#}", row.name));
        let json = serde_json::to_vec(&fields).expect("is JSON");
        std::fs::write(folder.path().join(format!("{place}.json")), json).expect("a file");
    }
    let mut command = Command::new(scripts.join("xwm.sh"));
    command.arg(python()).arg(scripts.join("dawdreamer_cycles.py")).arg(&bundles().vst3).arg(bundle::program()).arg(folder.path());
    passes(&mut command, Duration::from_secs(480));
}

#[test]
fn dawdreamer_removes_automated_instances() {
    if lacks("DawDreamer", &["xvfb-run", "openbox", "xprop", &python()]) {
        return;
    }
    if !python_has("dawdreamer") {
        return println!("skipped: this Python has no dawdreamer");
    }
    let scripts = scripts();
    let mut command = Command::new(scripts.join("xwm.sh"));
    command.arg(python()).arg(scripts.join("remove_automated.py")).arg(&bundles().vst3).arg("20");
    passes(&mut command, Duration::from_secs(180));
}

#[test]
fn minihost_removes_automated_instances() {
    if lacks("minihost", &[&python()]) {
        return;
    }
    if !python_has("minihost, numpy") {
        return println!("skipped: this Python has no minihost");
    }
    passes(Command::new(python()).arg(scripts().join("remove_minihost.py")).arg(&bundles().vst3), Duration::from_secs(180));
}

#[test]
fn minihost_saves_what_it_has_set() {
    if lacks("minihost", &[&python()]) {
        return;
    }
    if !python_has("minihost, numpy") {
        return println!("skipped: this Python has no minihost");
    }
    let mut command = Command::new(python());
    command.arg(scripts().join("minihost_values.py")).arg(&bundles().vst3);
    passes(&mut command, Duration::from_secs(120));
}

#[test]
fn minihost_hears_each_bus_by_itself() {
    if lacks("minihost", &[&python()]) {
        return;
    }
    if !python_has("minihost, numpy") {
        return println!("skipped: this Python has no minihost");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, script: &str| {
        let fields = model::fields_of(script).unwrap_or_else(|why| panic!("{name}: {why:#}"));
        std::fs::write(folder.path().join(format!("{name}.json")), serde_json::to_vec(&fields).expect("is JSON")).expect("a file");
    };
    write("buses", &model::band(0..9, |place| place));
    write("follower", model::FOLLOWED);
    write("compressor", model::SQUEEZED);
    (0..9).for_each(|place| write(&place.to_string(), &model::band(std::iter::once(place), |_| 0)));
    let mut command = Command::new(python());
    command.arg(scripts().join("minihost_buses.py")).arg(&bundles().vst3).arg(folder.path());
    passes(&mut command, Duration::from_secs(180));
}

#[test]
fn minihost_is_sent_midi_and_is_heard() {
    if lacks("minihost", &[&python()]) {
        return;
    }
    if !python_has("minihost, numpy") {
        return println!("skipped: this Python has no minihost");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, json: Vec<u8>| std::fs::write(folder.path().join(format!("{name}.json")), json).expect("a file");
    for (name, script) in [("midi", model::MELODY), ("pressed", model::PRESSED)] {
        let fields = model::fields_of(script).unwrap_or_else(|why| panic!("{name}: {why:#}"));
        write(name, serde_json::to_vec(&fields).expect("is JSON"));
    }
    let triggers = model::rendered(model::MELODY, 1).expect("a table of events");
    let note = |trigger: &events::Trigger| {
        let number = |name: &str| trigger.values.get(name).and_then(serde_json::Value::as_f64);
        (trigger.frame, 2, number("note"), number("velocity").unwrap_or(0.8), trigger.duration_frames)
    };
    write("notes", serde_json::to_vec(&triggers.iter().map(note).collect::<Vec<_>>()).expect("is JSON"));
    let mut command = Command::new(python());
    command.arg(scripts().join("minihost_midi.py")).arg(&bundles().vst3).arg(folder.path());
    passes(&mut command, Duration::from_secs(180));
}

#[test]
fn ardour_removes_automated_instances_while_it_rolls() {
    if lacks("Ardour", &["ardour7-lua", "/usr/lib/ardour7/ardour-vst3-scanner"]) {
        return;
    }
    let mut command = Command::new(scripts().join("ardour_remove.sh"));
    command.arg(&bundles().vst3).arg("videoTracker").arg("10");
    passes(&mut command, Duration::from_secs(180));
}

#[test]
fn pedalboard_plays_it() {
    if lacks("pedalboard", &[&python()]) {
        return;
    }
    if !python_has("pedalboard, mido") {
        return println!("skipped: this Python has no pedalboard");
    }
    passes(Command::new(python()).arg(scripts().join("pedalboard_check.py")).arg(&bundles().vst3), Duration::from_secs(60));
}

#[test]
fn ardour_plays_saves_and_exports_it() {
    if lacks("Ardour", &["ardour7-lua", "/usr/lib/ardour7/ardour-vst3-scanner", &python()]) {
        return;
    }
    if !python_has("soundfile, numpy") {
        return println!("skipped: Ardour's check measures its export with soundfile and numpy, which this Python lacks");
    }
    let mut command = Command::new(scripts().join("ardour_check.sh"));
    command.arg(&bundles().vst3).arg("videoTracker").envs([("BPM", "90"), ("SECS", "4"), ("BLOCK", "1024")]).env("PYTHON", python());
    passes(&mut command, Duration::from_secs(150));
}

#[test]
fn qtractor_plays_saves_and_reopens_it() {
    let programs =
        ["qtractor", "Xvfb", "jackd", "jack_lsp", "jack_wait", "jack_rec", "jack_transport", "gcc", "python3", "import", &python()];
    if lacks("qtractor", &programs) {
        return;
    }
    if !python_has("soundfile, numpy") {
        return println!("skipped: qtractor's check measures its sound with soundfile and numpy, which this Python lacks");
    }
    let mut command = Command::new(scripts().join("qtractor_check.sh"));
    command.arg("CLAP").arg(&bundles().clap).envs([("BPM", "100"), ("SECS", "5")]).env("PYTHON", python());
    passes(&mut command, Duration::from_secs(150));
}

#[test]
fn a_vst3_state_saved_before_sounds_as_it_did() {
    if lacks("DawDreamer", &["xvfb-run", "openbox", "xprop", &python()]) {
        return;
    }
    if !python_has("dawdreamer, soundfile, numpy") {
        return println!("skipped: this Python has no dawdreamer, soundfile or numpy");
    }
    let mut command = Command::new(scripts().join("xwm.sh"));
    command.arg(python()).arg(scripts().join("fixtures.py")).arg("vst3").arg(&bundles().vst3);
    passes(&mut command, Duration::from_secs(120));
}

#[test]
fn a_clap_state_saved_before_sounds_as_it_did() {
    if !python_has("soundfile, numpy") {
        return println!("skipped: this Python has no soundfile or numpy");
    }
    let mut command = Command::new(python());
    command.arg(scripts().join("fixtures.py")).arg("clap").arg(&bundles().clap).arg(env!("CARGO_BIN_EXE_vt-host"));
    passes(&mut command, Duration::from_secs(120));
}

#[test]
fn an_ardour_session_saved_before_sounds_as_it_did() {
    if lacks("Ardour", &["ardour7-lua", "/usr/lib/ardour7/ardour-vst3-scanner", &python()]) {
        return;
    }
    if !python_has("soundfile, numpy") {
        return println!("skipped: this Python has no soundfile or numpy");
    }
    let mut command = Command::new(scripts().join("ardour_check.sh"));
    command.arg(&bundles().vst3).arg("videoTracker").env("FIXTURE", "1").env("PYTHON", python());
    passes(&mut command, Duration::from_secs(150));
}

#[test]
fn a_qtractor_session_saved_before_sounds_as_it_did() {
    let programs = ["qtractor", "Xvfb", "jackd", "jack_lsp", "jack_wait", "jack_rec", "jack_transport", "gcc", &python()];
    if lacks("qtractor", &programs) {
        return;
    }
    if !python_has("soundfile, numpy") {
        return println!("skipped: this Python has no soundfile or numpy");
    }
    let mut command = Command::new(scripts().join("qtractor_check.sh"));
    command.arg("CLAP").arg(&bundles().clap).envs([("FIXTURE", "1"), ("BPM", "120")]).env("PYTHON", python());
    passes(&mut command, Duration::from_secs(150));
}

/// A validator's path in `$VALIDATORS`.
fn validator(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("VALIDATORS") else {
        println!("skipped: $VALIDATORS names no folder with {name}");
        return None;
    };
    let path = Path::new(&folder).join(name);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn clap_validator_finds_nothing() {
    if let Some(validator) = validator("clap-validator") {
        passes(Command::new(validator).args(["validate", "--only-failed"]).arg(&bundles().clap), Duration::from_secs(300));
    }
}

#[test]
fn the_vst3_validator_finds_nothing() {
    if let Some(validator) = validator("validator") {
        passes(Command::new(validator).arg("-e").arg(&bundles().vst3), Duration::from_secs(300));
    }
}

#[test]
fn pluginval_finds_nothing_at_strictness_10() {
    if let Some(validator) = validator("pluginval") {
        let mut command = if has("xvfb-run") { Command::new(scripts().join("xwm.sh")) } else { Command::new("env") };
        command.arg(validator).args(["--strictness-level", "10", "--validate"]).arg(&bundles().vst3);
        passes(&mut command, Duration::from_secs(600));
    }
}
