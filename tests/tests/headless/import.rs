//! Imported media from the outside: the command line, and a clapping board in a rendered film.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "tells what was skipped")]

use std::{
    path::Path,
    process::{Command, Output},
};

use videotracker_tests::{bundle, film::Film};

/// Claps once: frame 25 is white, and sample 48,000 is loud. A trigger every two seconds at 120 bpm.
const SCRIPT: &str = r#"
session{}
audioOut("out")
videoOut("screen")
sampler("board", {samples = {"board.mp4"}, polyphony = "mono"})
sequencer("seq") connect("seq", "board")
pattern("p", {{index = 0, length = 16}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}})
bind("seq", "p")
"#;

fn make(folder: &Path, arguments: &str) -> bool {
    let made = Command::new("ffmpeg").args(["-nostdin", "-v", "error", "-y"]).args(arguments.split(' ')).current_dir(folder).status();
    made.is_ok_and(|status| status.success())
}

fn board(folder: &Path) -> bool {
    let picture = "-f lavfi -i color=black:s=64x48:r=25:d=2,drawbox=c=white:t=fill:enable=eq(n\\,25)";
    let sound = "-f lavfi -i aevalsrc=if(eq(n\\,48000)\\,0.9\\,0):s=48000:d=2";
    make(folder, &format!("{picture} {sound} -c:v libx264 -c:a aac board.mp4"))
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(bundle::program());
    command.args(arguments).current_dir(folder).env("VIDEOTRACKER_CACHE", folder.join("cache")).output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_command_line_imports_each_file_with_one_line_and_says_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !board(folder) {
        return println!("skipped: ffmpeg is not installed");
    }
    assert!(make(folder, "-f lavfi -i sine=440:r=96000:d=1 -c:a pcm_s24le tone.wav"));
    for again in [false, true] {
        let output = run(folder, &["import", "board.mp4", "tone.wav"]);
        let lines: Vec<_> = words(&output.stdout).lines().map(str::to_owned).collect();
        assert_eq!((output.status.code(), lines.len()), (Some(0), 2), "{lines:?} {}", words(&output.stderr));
        for part in ["board.mp4: 2.0", "64x48", "25 fps", "50 frames", "48000 Hz", "h264", "aac", "HAP", "cache"] {
            assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
        }
        assert_eq!(lines[0].contains("was there"), again);
        assert!(lines[1].contains("1.000 s") && lines[1].contains("96000 Hz") && lines[1].contains("plays as it is"), "{}", lines[1]);
    }
    let output = run(folder, &["import", "nowhere.mp4", "tone.wav"]);
    assert_eq!((output.status.code(), words(&output.stdout).lines().count()), (Some(1), 1));
    assert!(words(&output.stderr).contains("nowhere.mp4: not found"), "{}", words(&output.stderr));
    for wrong in [&["import"][..], &["import", "--fps", "0", "x"], &["import", "--loudly", "x"]] {
        assert_eq!(run(folder, wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn an_imported_clip_claps_on_its_frame_and_on_its_sample_in_the_film() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if !board(folder) {
        return println!("skipped: ffmpeg is not installed");
    }
    std::fs::write(folder.join("song.lua"), SCRIPT).unwrap();
    let output = run(
        folder,
        &[
            "render",
            "song.lua",
            "--bpm",
            "120",
            "--seconds",
            "4",
            "--fps",
            "25",
            "--size",
            "64x48",
            "--video",
            "film.mp4",
            "--audio",
            "film.wav",
        ],
    );
    if words(&output.stderr).contains("no graphics adapter") {
        return println!("skipped: {}", words(&output.stderr));
    }
    assert!(output.status.success(), "{}", words(&output.stderr));
    let film = Film::read(&folder.join("film.mp4")).unwrap();
    let bright = |frame: &[u8]| frame.iter().map(|b| u64::from(*b)).sum::<u64>() > 255 * frame.len() as u64 / 2;
    let white: Vec<usize> = (0..film.frames.len()).filter(|i| bright(&film.frames[*i])).collect();
    assert_eq!(white, [25, 75], "frames that are white");
    let mut wav = hound::WavReader::open(folder.join("film.wav")).unwrap();
    let channels = usize::from(wav.spec().channels);
    let loud: Vec<f32> = wav.samples::<f32>().map(|s| s.unwrap().abs()).collect();
    let loudest =
        |half: usize| (half * 96_000..(half + 1) * 96_000).max_by(|a, b| loud[a * channels].total_cmp(&loud[b * channels])).unwrap();
    assert_eq!((loudest(0), loudest(1)), (48_000, 144_000), "samples that are loudest");
}
