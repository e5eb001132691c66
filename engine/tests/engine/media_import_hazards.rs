//! Import when things go wrong: missing programs, hanging and dying children, hostile files, a full cache, a restart.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use crate::media_tools::{Files, Random};
use videotracker_engine::media::{
    Library, Limits, Loaded, MediaError,
    import::{Imported, Progress, Settings, import},
};

const LONG: Duration = Duration::from_secs(60);

fn settings(files: &Files) -> Settings {
    Settings { cache: Some(files.path("cache")), ..Settings::default() }
}

fn get(library: &Library, path: &Path) -> Result<Loaded, MediaError> {
    library.request("x", vec![path.to_owned()], 48_000.0);
    assert!(library.wait_all(LONG), "{} takes too long", path.display());
    library.poll().unwrap().1
}

fn bring_in(path: &Path, settings: &Settings) -> Result<Imported, MediaError> {
    import(path, settings, &Limits::default(), &AtomicBool::new(false), &|_| {})
}

fn clip(files: &Files, name: &str, secs: f64) -> PathBuf {
    let source = format!("-f lavfi -i testsrc2=s=160x120:r=25:d={secs} -f lavfi -i sine=440:d={secs}");
    files.make(&format!("{source} -c:v libx264 -preset ultrafast -c:a aac"), name)
}

/// Entries and half-made entries of a cache.
fn entries(files: &Files) -> Vec<String> {
    let list = std::fs::read_dir(files.path("cache")).into_iter().flatten().flatten();
    list.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_same_content_is_converted_once_also_after_a_restart() {
    let Some(files) = Files::with_ffmpeg("the_same_content_is_converted_once_also_after_a_restart") else { return };
    let path = clip(&files, "a.mp4", 1.0);
    std::fs::copy(&path, files.path("copy.mp4")).unwrap();
    let settings = settings(&files);
    let first = bring_in(&path, &settings).unwrap();
    assert!(!first.cached && entries(&files).len() == 1);
    for name in ["a.mp4", "copy.mp4"] {
        let again = bring_in(&files.path(name), &settings).unwrap();
        assert!(again.cached && again.picture == first.picture, "{name}");
    }
    // A restart without ffmpeg still finds it.
    let without = Settings { ffmpeg: Some(files.path("none")), ..settings.clone() };
    assert!(get(&Library::with_import(Limits::default(), without), &path).is_ok());
    // What was damaged is made anew.
    let clip = first.picture.clone().unwrap();
    drop(first);
    std::fs::write(&clip, b"short").unwrap();
    assert!(!bring_in(&path, &settings).unwrap().cached);
    assert!(std::fs::metadata(&clip).unwrap().len() > 1000);
    // Eight at once are still one conversion.
    let other = self::clip(&files, "b.mp4", 1.2);
    let fresh = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(|| bring_in(&other, &settings).unwrap())).collect();
        all.into_iter().map(|t| t.join().unwrap()).filter(|i| !i.cached).count()
    });
    assert_eq!((fresh, entries(&files).len()), (1, 2));
}

#[test]
fn what_was_used_longest_ago_goes_first_and_what_is_in_use_stays() {
    let Some(files) = Files::with_ffmpeg("what_was_used_longest_ago_goes_first_and_what_is_in_use_stays") else { return };
    let paths: Vec<_> = (1..=4).map(|i| clip(&files, &format!("{i}.mp4"), 0.2 * f64::from(i))).collect();
    let mut settings = settings(&files);
    let homes: Vec<_> = paths[..3].iter().map(|path| bring_in(path, &settings).unwrap().picture.unwrap()).collect();
    std::fs::create_dir(files.path("cache").join("0123456789abcdef0123456789abcdef.part")).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    // The first is used again and let go; the second is held; the third is the oldest of what is free.
    let held = bring_in(&paths[1], &settings).unwrap();
    std::thread::sleep(Duration::from_millis(20));
    drop(bring_in(&paths[0], &settings).unwrap());
    let total: u64 =
        homes.iter().map(|p| std::fs::metadata(p).unwrap().len() + std::fs::metadata(p.with_file_name("sound.wav")).unwrap().len()).sum();
    settings.cache_bytes = total + 200_000;
    let newest = bring_in(&paths[3], &settings).unwrap();
    let there: Vec<_> = homes.iter().map(|path| path.is_file()).collect();
    assert!(!there[2] && there[1] && newest.picture.as_ref().unwrap().is_file(), "{there:?}");
    assert!(!entries(&files).iter().any(|name| name.contains('.')), "what was interrupted is swept away");
    drop((held, newest));
    settings.cache_bytes = 1000;
    let message = bring_in(&files.make("-f lavfi -i testsrc2=s=640x480:d=3 -c:v libx264", "big.mp4"), &settings).unwrap_err().to_string();
    assert!(message.contains("big.mp4") && message.contains("VIDEOTRACKER_CACHE_LIMIT"), "{message}");
}

#[test]
fn hostile_and_damaged_files_cost_one_failed_import_with_its_reason() {
    let Some(files) = Files::with_ffmpeg("hostile_and_damaged_files_cost_one_failed_import_with_its_reason") else { return };
    let whole = std::fs::read(clip(&files, "a.mp4", 1.0)).unwrap();
    files.make("-f lavfi -i testsrc2=s=64x48:d=0.2 -c:v mpeg2video", "secret.ts");
    files.write("playlist.webm", b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nsecret.ts\n#EXT-X-ENDLIST\n");
    files.write("concat.mkv", b"ffconcat version 1.0\nfile secret.ts\n");
    files.write("text.avi", b"RIFF\0\0\0\0AVI this is no film");
    files.write("words.mp4", b"only words, and nothing else at all");
    files.write("empty.webm", b"");
    files.write("cut.mp4", &whole[..whole.len() / 2]);
    files.write("-y.mkv", &whole[..100]);
    std::fs::create_dir(files.path("folder")).unwrap();
    let library = Library::with_import(Limits::default(), settings(&files));
    for name in ["playlist.webm", "concat.mkv", "text.avi", "words.mp4", "empty.webm", "cut.mp4", "-y.mkv", "folder"] {
        let message = get(&library, &files.path(name)).unwrap_err().to_string();
        eprintln!("{message}");
        assert!(message.contains(name) && message.contains(';'), "{message}");
    }
    assert!(entries(&files).is_empty(), "nothing stays: {:?}", entries(&files));
    assert!(get(&library, &files.path("a.mp4")).is_ok(), "and the next one plays");
}

#[test]
fn damaged_sources_play_or_fail_with_a_reason_and_never_hang() {
    let Some(files) = Files::with_ffmpeg("damaged_sources_play_or_fail_with_a_reason_and_never_hang") else { return };
    let picture = "-f lavfi -i testsrc2=s=64x48:r=25:d=0.4";
    let mut random = Random(0x0DD_B175);
    let limits = Limits { pixels: 1 << 20, ..Limits::default() };
    let (mut played, mut refused) = (0, 0);
    for (arguments, name) in [
        (format!("{picture} -f lavfi -i sine=440:d=0.4 -c:v libx264 -c:a aac"), "a.mp4"),
        (format!("{picture} -c:v libvpx-vp9 -deadline realtime"), "a.webm"),
        (picture.to_owned(), "a.gif"),
        (format!("{picture} -plays 0 -f apng"), "a.png"),
        (format!("{picture} -c:v libwebp_anim"), "a.webp"),
        (format!("{picture} -frames:v 1 -c:v libwebp"), "still.webp"),
    ] {
        let whole = std::fs::read(files.make(&arguments, name)).unwrap();
        for variant in 0..12 {
            let mut broken = whole.clone();
            for _ in 0..1 + random.below(6) {
                let at = if random.below(2) == 0 { random.below(broken.len()) } else { random.below(broken.len().min(600)) };
                broken[at] ^= 1 << random.below(8);
            }
            if variant % 3 == 0 {
                broken.truncate(random.below(broken.len()));
            }
            let path = files.write(&format!("broken-{variant}-{name}"), &broken);
            let began = Instant::now();
            let library = Library::with_import(limits, Settings { stall: Duration::from_secs(10), ..settings(&files) });
            match get(&library, &path) {
                Ok(_) => played += 1,
                Err(why) => {
                    refused += 1;
                    assert!(why.to_string().contains(name) && why.to_string().contains(';'), "{why}");
                }
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{}", path.display());
        }
    }
    eprintln!("{played} played, {refused} refused");
    assert!(played > 0 && refused > 0);
    assert!(!entries(&files).iter().any(|name| name.contains('.')), "nothing half-made stays");
}

#[cfg(unix)]
mod programs {
    use super::*;

    /// An `ffmpeg` that answers what encoders it has, and does something else than its work.
    fn fake(files: &Files, name: &str, encoders: &str, work: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = files.path(name);
        std::fs::create_dir_all(&folder).unwrap();
        let real = std::process::Command::new("sh").args(["-c", "command -v ffprobe"]).output().unwrap();
        std::os::unix::fs::symlink(String::from_utf8(real.stdout).unwrap().trim(), folder.join("ffprobe")).unwrap();
        let script = format!("#!/bin/sh\ncase \"$*\" in *-encoders*) echo ' {encoders}'; exit 0;; esac\n{work}\n");
        let path = folder.join("ffmpeg");
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    const HAP: &str = "V..... hap                  Vidvox Hap";

    /// Running processes whose command line holds a text.
    fn running(text: &str) -> usize {
        let list = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        list.filter(|e| std::fs::read(e.path().join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))).count()
    }

    #[test]
    fn a_program_that_is_missing_unable_hanging_killed_or_talkative_is_reported() {
        let Some(files) = Files::with_ffmpeg("a_program_that_is_missing_unable_hanging_killed_or_talkative_is_reported") else { return };
        let path = clip(&files, "a.mp4", 0.5);
        let mut base = settings(&files);
        base.stall = Duration::from_millis(600);
        for (name, program, reason) in [
            ("missing", files.path("nowhere/ffmpeg"), "no ffmpeg program at"),
            ("no hap", fake(&files, "nohap", "V..... libx264 H.264", ""), "can't write HAP"),
            ("hanging", fake(&files, "hang", HAP, "exec sleep 987"), "did not get on for"),
            ("hanging while it talks", fake(&files, "talk", HAP, "while :; do echo frame=0; sleep 0.05; done"), "did not get on for"),
            ("killed", fake(&files, "kill", HAP, "kill -9 $$"), "signal: 9"),
            ("failing", fake(&files, "fail", HAP, "echo '[hap @ 0x1] no room for it' >&2; exit 3"), "ffmpeg says: no room for it"),
            ("silent", fake(&files, "silent", HAP, "exit 0"), "no picture in it could be decoded"),
            ("no program", fake(&files, "text", HAP, "this_is_no_program"), "ffmpeg says:"),
        ] {
            let began = Instant::now();
            let library = Library::with_import(Limits::default(), Settings { ffmpeg: Some(program), ..base.clone() });
            let message = get(&library, &path).unwrap_err().to_string();
            eprintln!("{name}: {message}");
            assert!(message.contains("a.mp4") && message.contains(reason) && message.contains(';'), "{name}: {message}");
            assert!(began.elapsed() < Duration::from_secs(60), "{name}");
        }
        base.limit = Duration::from_millis(400);
        base.stall = LONG;
        let endless = fake(&files, "endless", HAP, "i=0; while :; do i=$((i+1)); echo frame=$i; sleep 0.05; done");
        let message = bring_in(&path, &Settings { ffmpeg: Some(endless), ..base }).unwrap_err().to_string();
        assert!(message.contains("took longer than 0.4 s"), "{message}");
        assert!(entries(&files).is_empty());
    }

    #[test]
    fn no_child_outlives_the_library_or_a_forgotten_request() {
        let Some(files) = Files::with_ffmpeg("no_child_outlives_the_library_or_a_forgotten_request") else { return };
        let path = clip(&files, "a.mp4", 0.5);
        let program = fake(&files, "hang", HAP, "exec sleep 98765");
        let settings = Settings { ffmpeg: Some(program), ..settings(&files) };
        for forget in [true, false] {
            let library = Library::with_import(Limits::default(), settings.clone());
            library.request("x", vec![path.clone()], 48_000.0);
            let began = Instant::now();
            while running("98765") == 0 {
                assert!(began.elapsed() < LONG, "it never started");
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(matches!(library.progress()[..], [(_, Progress::Converting(_))]), "{:?}", library.progress());
            let ended = Instant::now();
            if forget {
                library.forget("x");
                while running("98765") > 0 {
                    assert!(ended.elapsed() < LONG, "it lives on");
                    std::thread::sleep(Duration::from_millis(5));
                }
                assert_eq!(library.pending(), 0);
            }
            drop(library);
            assert_eq!(running("98765"), 0, "it outlived the library");
            assert!(ended.elapsed() < Duration::from_secs(60));
        }
        assert!(entries(&files).is_empty());
    }

    #[test]
    fn at_most_so_many_run_at_once_and_sounds_do_not_wait_for_films() {
        let Some(files) = Files::with_ffmpeg("at_most_so_many_run_at_once_and_sounds_do_not_wait_for_films") else { return };
        let program = fake(&files, "slow", HAP, "sleep 0.1; exec sleep 13.579");
        let settings = Settings { ffmpeg: Some(program), jobs: 2, ..settings(&files) };
        let library = Library::with_import(Limits::default(), settings);
        for i in 1..=4 {
            library.request(&i.to_string(), vec![clip(&files, &format!("{i}.mp4"), 0.1 * f64::from(i))], 48_000.0);
        }
        library.request("kick", vec!["factory:kick".into()], 48_000.0);
        let (began, mut full, mut kick) = (Instant::now(), None, false);
        // Once both places are taken, a third would show itself within a second.
        while full.is_none_or(|full: Instant| full.elapsed() < Duration::from_secs(1)) || !kick {
            let now = running("13.579");
            assert!(now <= 2 && began.elapsed() < LONG, "{now} at once, kick {kick}");
            full = full.or((now == 2).then(Instant::now));
            kick |= library.poll().is_some_and(|(key, result)| key == "kick" && result.is_ok());
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(library);
        assert_eq!(running("13.579"), 0);
    }
}
