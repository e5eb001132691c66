//! The presets that come with the instrument, rendered as a user would: by name, without a word of complaint, to the same bytes.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{path::Path, process::Command};

use videotracker_engine::presets::PRESETS;
use videotracker_tests::{audio::Audio, bundle};

/// Renders four bars of a preset; gives the bytes of the sound and what the program said.
fn render(word: &str, block: &str, folder: &Path) -> (Vec<u8>, String) {
    let file = folder.join(format!("{word}-{}.wav", block.replace(':', "-")));
    let mut command = Command::new(bundle::program());
    command.args(["render", word, "--bars", "4", "--block", block, "--audio"]).arg(&file);
    let output = command.current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{word} at {block}: {said}");
    (std::fs::read(&file).unwrap(), said)
}

#[test]
fn every_preset_sounds_says_nothing_and_is_the_same_twice_at_other_blocks() {
    let folder = tempfile::tempdir().unwrap();
    for preset in PRESETS {
        let (first, said) = render(preset.word, "512", folder.path());
        assert_eq!(said, "", "{}", preset.word);
        let sound = Audio::read_wav(&folder.path().join(format!("{}-512.wav", preset.word))).unwrap();
        let peak = sound.peak_in(0..sound.len());
        assert!((0.05..=1.0).contains(&peak), "{}: its peak is {peak}", preset.word);
        let (second, _) = render(preset.word, "random:5", folder.path());
        assert!(first == second, "{}: another sound in other blocks", preset.word);
    }
}

#[test]
fn running_a_preset_again_changes_nothing() {
    let engine = videotracker_engine::engine::Engine::empty();
    for preset in PRESETS {
        let ran = engine.run_script_and_wait("first", preset.source);
        assert_eq!(ran.error, None, "{}", preset.word);
        let version = engine.snapshot().version;
        let by_name = engine.run_script_and_wait("second", &format!("preset('{}')", preset.name()));
        assert_eq!((by_name.error, engine.snapshot().version), (None, version), "{}", preset.word);
    }
    let wrong = engine.run_script_and_wait("wrong", "\npreset('first-lihgt')").error.unwrap();
    assert!(wrong.starts_with("wrong:2:") && wrong.contains("first-light"), "{wrong}");
}
