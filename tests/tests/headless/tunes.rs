//! Tunes written for Strudel, taken as they are: read, turned into Lua, and heard.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{path::Path, process::Command};

use videotracker_tests::{audio::Audio, bundle};

/// Tunes that play samples of their writers' own, whose files nobody has here.
const OF_FILES: &[&str] = &["08-samples", "16-breaks"];
/// Tunes whose instruments come from a soundfont, which nobody named here; the rest of them sounds.
const OF_SOUNDFONTS: &[&str] = &["13-voicings"];

fn run(arguments: &[&str], folder: &Path) -> (String, String) {
    let output = Command::new(bundle::program()).args(arguments).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    (String::from_utf8_lossy(&output.stdout).into_owned(), said)
}

#[test]
fn tunes_of_strudels_are_heard_and_what_is_silent_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let tunes = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/tunes");
    let mut files: Vec<_> = std::fs::read_dir(tunes).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 21);
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let (lua, _) = run(&["translate", file.to_str().unwrap()], folder.path());
        std::fs::write(folder.path().join("tune.lua"), lua).unwrap();
        let (_, said) = run(&["render", "tune.lua", "--bars", "4", "--audio", "tune.wav"], folder.path());
        let sound = Audio::read_wav(&folder.path().join("tune.wav")).unwrap();
        let (peak, is_heard) = (sound.peak_in(0..sound.len()), !OF_FILES.contains(&name));
        assert_eq!(peak > 0.1, is_heard, "{name}: its peak is {peak}; {said}");
        assert!(peak <= 1.0, "{name}: its peak is {peak}");
        let lacks = OF_FILES.contains(&name) || OF_SOUNDFONTS.contains(&name);
        assert_eq!(said.contains("no instrument knows"), lacks, "{name}: {said}");
    }
}
