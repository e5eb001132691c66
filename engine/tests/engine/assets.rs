//! A session's media on the move: missing, found by content, relinked, collected, listed by folder, previewed.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::media_tools::Files;
use videotracker_engine::{
    audio::processor::Processor,
    engine::{Engine, MediaRoots, SavedSession},
    media::import::Settings,
    name::Name,
    snapshot::{MediaState, Severity},
};

const LONG: Duration = Duration::from_secs(60);

fn tone(path: &Path, first: i16) -> PathBuf {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    (0..1000).for_each(|i: i16| writer.write_sample(first + i).unwrap());
    writer.finalize().unwrap();
    path.to_owned()
}

/// A playing engine whose media lie below `root`.
fn engine(files: &Files, root: &Path) -> (Engine, Processor) {
    let engine = Engine::empty();
    engine.set_import(Settings { cache: Some(files.path("cache")), ..Settings::default() });
    engine.set_media_roots(MediaRoots(vec![root.to_owned()]));
    let processor = engine.activate(48_000.0);
    (engine, processor)
}

fn run(engine: &Engine, script: &str) {
    let result = engine.run_script_and_wait("test", script);
    assert_eq!(result.error, None);
    assert!(engine.wait_for_media(LONG));
}

fn loaded(files: &Files, root: &Path, saved: SavedSession) -> (Engine, Processor) {
    let (engine, processor) = engine(files, root);
    assert_eq!(engine.restore(saved), []);
    let began = Instant::now();
    while engine.is_running() && began.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(engine.wait_for_media(LONG));
    (engine, processor)
}

fn state(engine: &Engine, asset: &str) -> Result<(), String> {
    match engine.snapshot().media.get(asset) {
        Some(MediaState::Ready(_)) => Ok(()),
        Some(MediaState::Missing(why) | MediaState::Failed(why)) => Err(why.clone()),
        other => panic!("{asset}: {other:?}"),
    }
}

fn assets(engine: &Engine) -> Vec<String> {
    engine.snapshot().project.assets.keys().map(ToString::to_string).collect()
}

fn samples(engine: &Engine, module: &str) -> Vec<String> {
    engine.snapshot().project.modules[module].samples.iter().map(|s| s.asset.to_string()).collect()
}

#[test]
fn a_moved_file_is_found_by_its_content_and_another_under_its_name_is_not_opened() {
    let files = Files::new();
    let root = files.path("song");
    let kick = tone(&root.join("kick.wav"), 1);
    let (first, _processor) = engine(&files, &root);
    run(&first, "sampler('k', {samples = {'kick.wav'}})");
    let saved = first.save();
    std::fs::create_dir(root.join("sub")).unwrap();
    std::fs::rename(&kick, root.join("sub/renamed.wav")).unwrap();
    let (second, _processor) = loaded(&files, &root, saved.clone());
    let facts = second.asset_facts("kick.wav").unwrap();
    assert!(facts.moved && facts.path.ends_with("sub/renamed.wav"), "{facts:?}");
    assert_eq!((facts.size, facts.sound), (2044, Some((1, 48_000))));
    assert!(second.messages(0).iter().any(|(_, m)| m.text.contains("kick.wav: found as")));
    // Another file takes the name: the one that was meant is still found.
    tone(&kick, 7);
    let (third, _processor) = loaded(&files, &root, saved.clone());
    assert!(third.asset_facts("kick.wav").unwrap().moved);
    // Without it, the other is not opened until somebody says so.
    std::fs::remove_dir_all(root.join("sub")).unwrap();
    let (fourth, _processor) = loaded(&files, &root, saved);
    assert!(state(&fourth, "kick.wav").unwrap_err().contains("another one"));
    fourth.console_and_wait("missing").unwrap();
    assert!(fourth.messages(0).iter().any(|(_, m)| m.severity == Severity::Note && m.text.starts_with("kick.wav: can't be imported")));
    fourth.console_and_wait("relink kick.wav").unwrap();
    assert!(fourth.wait_for_media(LONG));
    assert_eq!(state(&fourth, "kick.wav"), Ok(()));
}

#[test]
fn relinking_reaches_every_player_and_can_be_undone() {
    let files = Files::new();
    let root = files.path("song");
    tone(&root.join("there.wav"), 1);
    let (engine, _processor) = engine(&files, &root);
    run(&engine, "sampler('a', {samples = {'gone.wav', 'there.wav'}}) sampler('b', {samples = {{'gone.wav', volume = 0.5}}})");
    assert!(state(&engine, "gone.wav").unwrap_err().contains("not found"));
    run(&engine, r"sampler('c', {samples = {'C:\Sounds\kick.wav'}})");
    assert!(state(&engine, "C:Soundskick.wav").unwrap_err().contains("write / instead"));
    assert!(engine.undo().is_some());
    engine.console_and_wait("relink gone.wav there.wav").unwrap();
    assert!(engine.wait_for_media(LONG));
    assert_eq!((samples(&engine, "a"), samples(&engine, "b")), (vec!["there.wav".into(); 2], vec!["there.wav".to_owned()]));
    assert_eq!(assets(&engine), ["there.wav"]);
    assert!(engine.undo().is_some());
    assert_eq!((samples(&engine, "b"), assets(&engine).len()), (vec!["gone.wav".to_owned()], 2));
    let error = engine.relink("gonewav", "x.wav").unwrap_err().to_string();
    assert!(error.contains("did you mean \"gone.wav\"?"), "{error}");
}

#[test]
fn a_collected_session_plays_from_its_folder_alone() {
    let Some(files) = Files::with_ffmpeg("a_collected_session_plays_from_its_folder_alone") else { return };
    let (one, two, project) = (files.path("one"), files.path("two"), files.path("project"));
    let (a, b, same) = (tone(&one.join("kick.wav"), 1), tone(&two.join("kick.wav"), 2), tone(&two.join("x/kick.wav"), 1));
    std::fs::create_dir_all(one.join("walk")).unwrap();
    files.make("-f lavfi -i testsrc2=s=32x32:r=25:d=0.2", "one/walk/f_%03d.png");
    files.make("-f lavfi -i testsrc2=s=32x32:r=25:d=0.2 -c:v libx264", "one/film.mp4");
    tone(&one.join("film.wav"), 3);
    let (engine, _processor) = engine(&files, &files.path("."));
    let list = [&a, &b, &same, &one.join("walk"), &one.join("film.mp4"), &one.join("no.wav")].map(|p| format!("{p:?}")).join(", ");
    run(&engine, &format!("sampler('k', {{samples = {{{list}, 'factory:hat'}}}})"));
    let (before, undo) = (engine.snapshot().version, engine.snapshot().undo_depth);
    let done = engine.collect(&project).unwrap();
    assert_eq!((done.media, done.left.len()), (5, 1), "{done}");
    let names = samples(&engine, "k");
    assert_eq!(names[..2], ["media/kick.wav", "media/kick 2.wav"]);
    assert_eq!(names[3..5], ["media/walk", "media/film.mp4"]);
    assert!(names[5].ends_with("no.wav") && names[6] == "factory:hat");
    let now = engine.snapshot();
    assert_eq!((now.version, now.undo_depth), (before + 1, undo + 1), "one step");
    assert!(engine.asset_facts("media/kick.wav").is_some(), "it goes on with what it has");
    assert!(project.join("media/film.wav").is_file(), "the paired sound came along");
    assert!(!std::fs::read_dir(project.join("media")).unwrap().flatten().any(|e| e.path().extension().is_some_and(|x| x == "part")));
    // Again: nothing to copy, nothing to change.
    assert_eq!(engine.collect(&project).unwrap().bytes, 0);
    assert_eq!(engine.snapshot().version, before + 1);
    let saved = engine.save();
    for folder in [one, two] {
        std::fs::remove_dir_all(folder).unwrap();
    }
    let (moved, _processor) = loaded(&files, &project, saved);
    for name in &names[..5] {
        assert_eq!(state(&moved, name), Ok(()), "{name}");
    }
}

#[test]
fn a_folder_gives_its_media_to_scripts_and_the_console_paired_by_base_name() {
    let files = Files::new();
    let root = files.path("song");
    for name in ["drums/kick.wav", "drums/snare.wav", "drums/sub/deep.wav"] {
        tone(&root.join(name), 1);
    }
    std::fs::write(root.join("drums/snare.mov"), b"no film").unwrap();
    std::fs::write(root.join("drums/notes.txt"), b"no medium").unwrap();
    let script = "sampler('k', {samples = import('drums')})\nassert(import('drums/kick.wav') == 'drums/kick.wav')";
    let (engine, _processor) = self::engine(&files, &root);
    run(&engine, script);
    assert_eq!(samples(&engine, "k"), ["drums/kick.wav", "drums/snare.mov"]);
    let version = engine.snapshot().version;
    run(&engine, script);
    assert_eq!(engine.snapshot().version, version, "run again, it changes nothing");
    // The script of a loaded state looks at no disk, and means the same.
    let saved = engine.save();
    std::fs::remove_dir_all(root.join("drums")).unwrap();
    let (again, _processor) = loaded(&files, &root, saved);
    assert_eq!(samples(&again, "k").len(), 2);
    // What could never be read is trusted by nobody, and asked for again.
    let warned: Vec<_> = again.messages(0).into_iter().filter(|(_, m)| m.severity == Severity::Warning).collect();
    assert!(warned.iter().all(|(_, m)| m.text.contains("none of it was opened: drums/snare.mov.")), "{warned:?}");
    for line in ["collect /tmp/x", "relink a b"] {
        let error = engine.run_script_and_wait("greedy", &format!("exec({line:?})")).error.unwrap_or_default();
        assert!(error.contains("for the console"), "{error}");
    }
    let (console, _processor) = self::engine(&files, &root);
    tone(&root.join("bass/low.wav"), 1);
    console.console_and_wait("import bass").unwrap();
    assert_eq!(assets(&console), ["bass/low.wav"]);
}

#[test]
fn previews_and_progress_come_without_waiting() {
    let Some(files) = Files::with_ffmpeg("previews_and_progress_come_without_waiting") else { return };
    let root = files.path("song");
    std::fs::create_dir(&root).unwrap();
    files.make("-f lavfi -i color=red:s=192x64:r=25:d=4 -f lavfi -i sine=440:d=4 -c:v libx264 -c:a aac", "song/film.mp4");
    let (engine, _processor) = engine(&files, &root);
    let result = engine.run_script_and_wait("test", "sampler('k', {samples = {'film.mp4'}})");
    assert_eq!(result.error, None);
    let began = Instant::now();
    let mut seen = Vec::new();
    while !engine.wait_for_media(Duration::ZERO) {
        seen.extend(engine.import_progress());
        assert!(began.elapsed() < LONG);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(seen.iter().any(|(name, _)| &**name == "film.mp4"), "{seen:?}");
    let name = Name::new("film.mp4");
    let facts = engine.asset_facts("film.mp4").unwrap();
    assert_eq!((facts.picture, facts.fps), (Some((192, 64)), Some((25, 1))));
    assert!(facts.codec.contains("h264") && facts.codec.contains("HAP") && facts.cache.is_some(), "{facts:?}");
    let wait = |ready: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !ready() {
            assert!(began.elapsed() < LONG);
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    wait(&|| engine.waveform(&name).is_some() && engine.thumbnails(&name).is_some());
    let (waveform, sound) = engine.waveform(&name).unwrap();
    let peaks = waveform.peaks(&sound, 0.0, sound.frames.len() as f64, 100);
    assert!(peaks[50].max[0] > 0.1 && peaks[50].min[0] < -0.1);
    let strip = engine.thumbnails(&name).unwrap();
    assert_eq!((strip.width, strip.height, strip.frames.len()), (96, 32, 16));
    let pixel = &strip.rgba[..4];
    assert!(pixel[0] > 200 && pixel[1] < 60 && pixel[3] == 255, "{pixel:?}");
}

#[cfg(unix)]
#[test]
fn a_cancelled_import_ends_its_child_and_begins_again_when_it_is_relinked() {
    use std::os::unix::fs::PermissionsExt;

    let Some(files) = Files::with_ffmpeg("a_cancelled_import_ends_its_child_and_begins_again_when_it_is_relinked") else { return };
    let film = files.make("-f lavfi -i testsrc2=s=64x36:r=25:d=0.4 -c:v mjpeg", "film.avi");
    // Waits for a while, then does what it is for.
    let slow = files.write("slow", b"#!/bin/sh\ncase \"$*\" in *clip.mov*) [ -e \"$0.go\" ] || exec sleep 60;; esac\nexec ffmpeg \"$@\"\n");
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (engine, _processor) = engine(&files, &files.path(""));
    engine.set_import(Settings { cache: Some(files.path("cache")), ffmpeg: Some(slow), ..Settings::default() });
    let asset = film.to_string_lossy().into_owned();
    engine.console_and_wait(&format!("import {asset}")).unwrap();
    let began = Instant::now();
    while !matches!(engine.import_progress()[..], [(_, videotracker_engine::media::import::Progress::Converting(_))]) {
        assert!(began.elapsed() < LONG, "{:?}", engine.import_progress());
        std::thread::sleep(Duration::from_millis(5));
    }
    engine.console_and_wait(&format!("cancel {asset}")).unwrap();
    assert!(engine.import_progress().is_empty());
    assert!(engine.wait_for_media(Duration::from_secs(2)));
    assert!(state(&engine, &asset).unwrap_err().contains("cancelled"));
    std::fs::write(files.path("slow.go"), "").unwrap();
    engine.console_and_wait(&format!("relink {asset}")).unwrap();
    assert!(engine.wait_for_media(LONG));
    assert_eq!(state(&engine, &asset), Ok(()));
    engine.console_and_wait(&format!("cancel {asset}")).unwrap();
    assert!(engine.messages(0).iter().any(|(_, message)| message.text.contains("is not being read")));
}

#[test]
fn a_sampler_is_given_a_file_or_a_folder_in_one_step_that_undo_takes_back() {
    let files = Files::new();
    tone(&files.path("kit/a.wav"), 1);
    tone(&files.path("kit/b.wav"), 2);
    let (engine, _processor) = engine(&files, &files.path(""));
    run(&engine, "sampler('drum', {samples = {'factory:kick'}})");
    engine.console_and_wait("sample drum kit").unwrap();
    assert_eq!(samples(&engine, "drum"), ["factory:kick", "kit/a.wav", "kit/b.wav"]);
    assert!(engine.undo().is_some());
    assert_eq!(samples(&engine, "drum"), ["factory:kick"]);
    assert_eq!(assets(&engine), ["factory:kick"]);
    let refused = engine.console_and_wait("sample drumm kit").unwrap_err();
    assert!(refused.contains("did you mean \"drum\""), "{refused}");
    assert!(engine.console_and_wait("forget factory:kick").unwrap_err().contains("drum"));
}
