//! What a loaded session may open: nothing, until a person here has given it.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::media_tools::Files;
use videotracker_engine::{
    audio::processor::Processor,
    command::Command,
    engine::{Engine, MediaRoots, SavedSession},
    media::import::Settings,
    name::Name,
    project::{Asset, Project},
    snapshot::{MediaState, Severity},
    trust::Trust,
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

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A playing engine of a machine whose user trusts what is written in `trust`.
fn machine(files: &Files, trust: &Trust) -> (Engine, Processor) {
    let engine = Engine::empty();
    engine.set_trust(trust.clone());
    engine.set_import(Settings { cache: Some(files.path("cache")), ..Settings::default() });
    let processor = engine.activate(48_000.0);
    (engine, processor)
}

fn idle(engine: &Engine) {
    let began = Instant::now();
    while engine.is_running() && began.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(engine.wait_for_media(LONG));
}

fn load(engine: &Engine, saved: &SavedSession) {
    assert_eq!(engine.restore(saved.clone()), []);
    idle(engine);
}

/// Lets callbacks have their turns.
fn turn(engine: &Engine) {
    for _ in 0..3 {
        let result = engine.run_script_and_wait("turn", "");
        assert!(result.success, "{result:?}");
        std::thread::sleep(Duration::from_millis(60));
    }
    idle(engine);
}

fn standing(engine: &Engine, asset: &str) -> &'static str {
    match engine.snapshot().media.get(asset) {
        Some(MediaState::Ready(_)) => "ready",
        Some(MediaState::Untrusted) => "untrusted",
        Some(MediaState::Missing(_)) => "missing",
        Some(MediaState::Failed(_)) => "failed",
        Some(MediaState::Loading) => "loading",
        None => "not listed",
    }
}

/// A stranger's session: it lists these media and has this script.
fn strangers(paths: &[String], script: &str) -> SavedSession {
    let mut project = Project::default();
    project.apply(&Command::AddModule { kind: Name::new("sampler"), name: Some(Name::new("k")) }).unwrap();
    for path in paths {
        project.apply(&Command::AddAsset { path: Name::new(path) }).unwrap();
    }
    SavedSession { project, script: script.to_owned(), ..SavedSession::default() }
}

fn run(engine: &Engine, script: &str) {
    let result = engine.run_script_and_wait("own", script);
    assert_eq!(result.error, None);
    idle(engine);
}

fn hashes(engine: &Engine) -> Vec<String> {
    let saved = engine.save();
    saved
        .project
        .assets
        .iter()
        .filter(|(_, asset)| asset.hash.is_some() || asset.size.is_some())
        .map(|(path, _)| path.to_string())
        .collect()
}

#[test]
fn callbacks_of_a_loaded_session_open_nothing_whatever_they_are_called_by() {
    let files = Files::new();
    let secret = text(&tone(&files.path("secret.wav"), 1));
    for call in [
        format!("import({secret:?})"),
        format!("sampler('k', {{samples = {{{secret:?}}}}})"),
        format!("exec('import {secret}')"),
        format!("pcall(import, {secret:?})"),
        format!("coroutine.wrap(import)({secret:?})"),
    ] {
        let (engine, _processor) = machine(&files, &Trust::of_nobody());
        let script = format!("getEngine():onStateChange(function() {call} end)\ngetEngine():onApplied(function() {call} end)");
        load(&engine, &strangers(&[], &script));
        // Something changes, so that they are called.
        engine.console_and_wait("set k volume 0.5").unwrap();
        std::thread::sleep(Duration::from_millis(200));
        idle(&engine);
        assert_eq!(standing(&engine, &secret), "untrusted", "{call}");
        assert_eq!(hashes(&engine), Vec::<String>::new(), "{call}");
        // Nor does it help them that the user runs something of his own.
        run(&engine, "sequencer('mine')");
        turn(&engine);
        assert_ne!(standing(&engine, &secret), "ready", "{call}");
    }
}

#[test]
fn a_script_of_ones_own_trusts_what_it_names_and_nothing_else() {
    let files = Files::new();
    let (theirs, mine) = (text(&tone(&files.path("theirs.wav"), 1)), text(&tone(&files.path("mine.wav"), 2)));
    let (engine, _processor) = machine(&files, &Trust::of_nobody());
    load(&engine, &strangers(std::slice::from_ref(&theirs), ""));
    assert_eq!(standing(&engine, &theirs), "untrusted");
    run(&engine, &format!("import({mine:?})"));
    for line in ["set k volume 0.25", "sample k factory:kick", "undo", "redo"] {
        engine.console_and_wait(line).unwrap();
    }
    engine.apply("again", vec![Command::AddAsset { path: Name::new(&theirs) }]).unwrap();
    idle(&engine);
    assert_eq!((standing(&engine, &theirs), standing(&engine, &mine)), ("untrusted", "ready"));
    assert_eq!(hashes(&engine), [mine.clone(), "factory:kick".to_owned()]);
    // Giving it to a sampler, as the panel's + does, is not trusting it.
    engine.console_and_wait(&format!("sample k {theirs}")).unwrap();
    idle(&engine);
    assert_eq!(standing(&engine, &theirs), "untrusted");
    // A script that names it, does.
    run(&engine, &format!("import({theirs:?})"));
    assert_eq!(standing(&engine, &theirs), "ready");
}

#[test]
fn functions_that_a_strangers_script_leaves_behind_name_nothing_in_the_users_name() {
    let files = Files::new();
    let secret = text(&tone(&files.path("secret.wav"), 1));
    let script =
        format!("local real = import\nfunction import(path) real({secret:?}) return real(path) end\nfunction sampler() import('x') end");
    let (engine, _processor) = machine(&files, &Trust::of_nobody());
    load(&engine, &strangers(&[], &script));
    run(&engine, "import('factory:kick')\nsampler('k', {samples = {'factory:kick'}})");
    assert_eq!(standing(&engine, &secret), "not listed");
}

#[test]
fn a_strangers_session_asks_once_with_everything_it_wants() {
    let files = Files::new();
    let trust = Trust::at(files.path("data/trust"));
    let all: Vec<String> = (0..3).map(|n| text(&tone(&files.path(&format!("set/{n}.wav")), n))).collect();
    let state = strangers(&all, "");
    {
        let (engine, _processor) = machine(&files, &trust);
        load(&engine, &state);
        let asked: Vec<_> = engine.messages(0).into_iter().filter(|(_, m)| m.severity == Severity::Warning).collect();
        assert!(asked.len() == 1 && all.iter().all(|path| asked[0].1.text.contains(path)), "{asked:?}");
        assert_eq!(engine.untrusted().len(), 3);
        assert!(engine.console_and_wait("trust none.wav").is_ok(), "the answer comes as a message");
        for name in ["trust", "trust none.wav"] {
            engine.console_and_wait(name).unwrap();
            idle(&engine);
            assert_eq!(engine.untrusted().len(), 3, "{name}");
        }
        let refused = engine.run_script_and_wait("greedy", "exec('trust all')").error.unwrap_or_default();
        assert!(refused.contains("for the console"), "{refused}");
        engine.console_and_wait(&format!("trust {}", all[1])).unwrap();
        idle(&engine);
        assert_eq!([0, 1, 2].map(|n| standing(&engine, &all[n])), ["untrusted", "ready", "untrusted"]);
        assert_eq!(hashes(&engine), [all[1].clone()]);
        engine.console_and_wait("trust all").unwrap();
        idle(&engine);
        assert_eq!([0, 1, 2].map(|n| standing(&engine, &all[n])), ["ready"; 3]);
    }
    // Another program on this machine, which knows only the file.
    let (engine, _processor) = machine(&files, &Trust::at(files.path("data/trust")));
    load(&engine, &state);
    assert_eq!([0, 1, 2].map(|n| standing(&engine, &all[n])), ["ready"; 3]);
    assert!(!engine.messages(0).iter().any(|(_, message)| message.severity == Severity::Warning), "{:?}", engine.messages(0));
    // What is taken back is asked about again.
    engine.console_and_wait(&format!("distrust {}", all[0])).unwrap();
    idle(&engine);
    assert_eq!(standing(&engine, &all[0]), "untrusted");
    drop((engine, _processor));
    let (engine, _processor) = machine(&files, &Trust::at(files.path("data/trust")));
    load(&engine, &state);
    assert_eq!([0, 1, 2].map(|n| standing(&engine, &all[n])), ["untrusted", "ready", "ready"]);
}

#[test]
fn ones_own_session_opens_and_bounces_without_a_question_in_a_program_that_has_no_window() {
    let files = Files::new();
    let file = files.path("data/trust");
    let (kick, hat) = (text(&tone(&files.path("song/kick.wav"), 1)), text(&tone(&files.path("drops/hat.wav"), 2)));
    let saved = {
        let (engine, _processor) = machine(&files, &Trust::at(file.clone()));
        engine.set_media_roots(MediaRoots(vec![files.path("song")]));
        run(&engine, "function helper() return 5 end\nsampler('k', {samples = {'kick.wav'}})");
        engine.console_and_wait(&format!("sample k {hat}")).unwrap();
        idle(&engine);
        engine.save()
    };
    let (engine, mut processor) = machine(&files, &Trust::at(file.clone()));
    // The host knows of no folder, so the relative one is where it was when it was given.
    load(&engine, &saved);
    assert_eq!((standing(&engine, "kick.wav"), standing(&engine, &hat)), ("ready", "ready"), "{:?}", engine.messages(0));
    assert!(!engine.messages(0).iter().any(|(_, message)| message.text.contains("trust")), "{:?}", engine.messages(0));
    // The script is one's own as well: what it defined is there for the next block that is run.
    run(&engine, "assert(helper() == 5)");
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    let block = videotracker_engine::audio::host::HostInput {
        transport: None,
        offline: true,
        midi: &[],
        macros: &[0.0; videotracker_engine::project::MACROS],
        master_volume: 1.0,
        video_opacity: 1.0,
        side_chain: None,
    };
    processor.process(&block, &mut videotracker_engine::audio::host::HostOutput::main(&mut left, &mut right));
    // A session that names the place of one's own with another content asks.
    let mut forged = saved;
    forged.project.assets.insert(Name::new(&kick), Asset { hash: Some(Name::new(&"0".repeat(64))), size: Some(2044) });
    let (engine, _processor) = machine(&files, &Trust::at(file));
    load(&engine, &forged);
    assert_eq!(standing(&engine, &kick), "untrusted");
}

#[test]
fn media_beside_a_strangers_session_are_not_opened_unasked() {
    let files = Files::new();
    tone(&files.path("theirs/media/kick.wav"), 1);
    std::fs::write(files.path("theirs/glow.fs"), "/*{}*/ void main() { gl_FragColor = vec4(1.0); }").unwrap();
    let (engine, _processor) = machine(&files, &Trust::of_nobody());
    engine.set_media_roots(MediaRoots(vec![files.path("theirs")]));
    load(&engine, &strangers(&["media/kick.wav".to_owned(), "glow.fs".to_owned()], "videoFx('fx', {shader = 'glow.fs'})"));
    assert_eq!((standing(&engine, "media/kick.wav"), standing(&engine, "glow.fs")), ("untrusted", "untrusted"));
    assert!(engine.snapshot().shaders["glow.fs"].program.is_none());
    engine.console_and_wait("trust all").unwrap();
    idle(&engine);
    assert_eq!((standing(&engine, "media/kick.wav"), standing(&engine, "glow.fs")), ("ready", "ready"));
}

#[test]
fn a_name_that_an_earlier_session_gave_opens_nothing_for_the_next() {
    let files = Files::new();
    let (engine, _processor) = machine(&files, &Trust::of_nobody());
    tone(&files.path("mine/kick.wav"), 1);
    tone(&files.path("theirs/kick.wav"), 2);
    engine.set_media_roots(MediaRoots(vec![files.path("mine")]));
    run(&engine, "import('kick.wav') import('later.wav')");
    engine.set_media_roots(MediaRoots(vec![files.path("theirs")]));
    tone(&files.path("theirs/later.wav"), 3);
    let mut state = strangers(&["kick.wav".to_owned(), "later.wav".to_owned()], "");
    state.project.assets.insert(Name::new("kick.wav"), Asset { hash: Some(Name::new(&"1".repeat(64))), size: Some(2044) });
    load(&engine, &state);
    assert_eq!((standing(&engine, "kick.wav"), standing(&engine, "later.wav")), ("untrusted", "untrusted"));
}

#[test]
fn what_changed_under_a_trusted_name_is_told_by_its_bytes_before_anything_decodes_it() {
    let files = Files::new();
    let trust = Trust::of_nobody();
    let path = tone(&files.path("a.wav"), 1);
    let saved = {
        let (engine, _processor) = machine(&files, &trust);
        run(&engine, &format!("import({:?})", text(&path)));
        engine.save()
    };
    // As long as before, and nothing that a decoder here would take: it would go to ffmpeg.
    std::fs::write(&path, vec![b'x'; 2044]).unwrap();
    let called = files.path("called");
    let spy = files.write("spy", format!("#!/bin/sh\ntouch {}\nexit 1\n", called.display()).as_bytes());
    #[cfg(unix)]
    std::fs::set_permissions(&spy, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (engine, _processor) = machine(&files, &trust);
    engine.set_import(Settings { cache: Some(files.path("cache")), ffmpeg: Some(spy), ..Settings::default() });
    load(&engine, &saved);
    assert_eq!(standing(&engine, &text(&path)), "failed");
    assert!(!called.exists(), "a child was given what nobody trusts");
}

#[test]
fn the_file_survives_damage_and_writers_at_the_same_time_and_says_so() {
    let files = Files::new();
    let file = files.path("data/trust");
    // As if from several programs.
    let programs: Vec<Trust> = (0..8).map(|_| Trust::at(file.clone())).collect();
    let threads: Vec<_> = programs
        .into_iter()
        .enumerate()
        .map(|(n, trust)| {
            std::thread::spawn(move || {
                for i in 0..20 {
                    trust.remember(Path::new(&format!("/media/{n}/{i}.wav")), &format!("{:064x}", n * 100 + i), 7);
                }
                assert!(trust.settle(LONG), "{:?}", trust.take_complaints());
                assert_eq!(trust.take_complaints(), Vec::<String>::new());
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let opens = |trust: &Trust, n: usize, i: usize| {
        let place = PathBuf::from(format!("/media/{n}/{i}.wav"));
        let known = (format!("{:064x}", n * 100 + i), 7);
        matches!(trust.verdict("x", &[place], Some(&known)), videotracker_engine::trust::Verdict::Open(..))
    };
    let read = || {
        let trust = Trust::at(file.clone());
        trust.refresh();
        assert!(trust.settle(LONG));
        trust
    };
    let trust = read();
    assert!((0..8).all(|n| (0..20).all(|i| opens(&trust, n, i))), "an entry was lost");
    // One bit of one line.
    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let trust = read();
    let complaints = trust.take_complaints();
    assert!(complaints.len() == 1 && complaints[0].contains("damaged") && complaints[0].contains("trust.damaged-1"), "{complaints:?}");
    assert_eq!(std::fs::read(files.path("data/trust.damaged-1")).unwrap(), bytes);
    let left = (0..8).flat_map(|n| (0..20).map(move |i| (n, i))).filter(|(n, i)| opens(&trust, *n, *i)).count();
    assert!((158..160).contains(&left), "{left} of 160 are left");
    assert_eq!(read().take_complaints(), Vec::<String>::new(), "it is mended");
    // Cut off, empty, no file at all but something else, and from the future.
    let whole = std::fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() / 3], b"", b"\0\xff\n\n\n"] {
        std::fs::write(&file, damaged).unwrap();
        assert_eq!(read().take_complaints().len(), 1, "{damaged:?}");
    }
    let future = b"videotracker trust 2\nwhatever\n";
    std::fs::write(&file, future).unwrap();
    let trust = read();
    assert!(trust.take_complaints().iter().any(|text| text.contains("newer")));
    trust.remember(Path::new("/a.wav"), "00", 1);
    assert!(trust.settle(LONG));
    assert_eq!(std::fs::read(&file).unwrap(), future, "it stays as it is");
}

#[cfg(unix)]
#[test]
fn nothing_but_regular_files_is_opened_and_closing_does_not_wait() {
    let files = Files::new();
    let made = std::process::Command::new("mkfifo").arg(files.path("pipe.wav")).arg(files.path("pipe.png")).status().unwrap();
    assert!(made.success());
    std::fs::write(files.path("shader.fs"), r#"/*{"IMPORTED": {"p": {"PATH": "pipe.png"}}}*/ void main() { gl_FragColor = vec4(1.0); }"#)
        .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(files.path("socket.wav")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", files.path("zero.wav")).unwrap();
    std::os::unix::fs::symlink(files.path("pipe.png"), files.path("glow.fs")).unwrap();
    let mut wanted: Vec<String> = ["pipe.wav", "socket.wav", "zero.wav"].map(|name| text(&files.path(name))).into();
    wanted.extend(["/proc/kmsg", "/proc/self/mem", "/proc/version", "/dev/zero", "/dev/tty", "/sys/kernel/notes"].map(str::to_owned));
    let began = Instant::now();
    {
        let (engine, _processor) = machine(&files, &Trust::of_nobody());
        let list = wanted.iter().map(|path| format!("import({path:?})")).collect::<Vec<_>>().join("\n");
        run(&engine, &list);
        for path in &wanted {
            assert_eq!(standing(&engine, path), "failed", "{path}");
        }
        for shader in ["shader.fs", "glow.fs"] {
            let script = format!("videoFx('fx', {{shader = {:?}}})", text(&files.path(shader)));
            let why = engine.run_script_and_wait("shaders", &script).error.unwrap_or_default();
            assert!(why.contains("only regular files are read"), "{shader}: {why}");
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20), "it waited {:?}", began.elapsed());
}

#[test]
fn a_sound_that_is_too_long_is_refused_from_its_header() {
    // Sparse, so that it takes no room: 2 GB of silence, or of what claims to be.
    let files = Files::new();
    let header = |riff: u32, data: u32| {
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(riff.to_le_bytes());
        bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data");
        bytes.extend(data.to_le_bytes());
        bytes
    };
    let sparse = |name: &str, start: &[u8], length: u64| {
        let path = files.write(name, start);
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        path
    };
    let mut aiff = b"FORM\x7f\xff\xff\xf0AIFFCOMM\0\0\0\x12\0\x01\x3f\xff\xff\xe0\0\x10\x40\x0e\xbb\x80\0\0\0\0\0\0SSND\x7f\xff\xff\xc0\0\0\0\0\0\0\0\0".to_vec();
    aiff.resize(60, 0);
    let mut made = vec![
        (sparse("long.wav", &header(0x7fff_fff0, 0x7fff_ff00), 2 << 30), true),
        (sparse("stream.wav", &header(u32::MAX, u32::MAX), 2 << 30), true),
        (sparse("long.aiff", &aiff, 0x7fff_fff8), true),
        // A header that lies about a short file.
        (sparse("liar.wav", &header(u32::MAX, u32::MAX), 44 + 9600), false),
    ];
    if let Some(encoder) = Files::with_ffmpeg("a part of a_sound_that_is_too_long_is_refused_from_its_header") {
        let flac = encoder.make("-f lavfi -i sine=440:d=1:r=48000", "short.flac");
        let mut bytes = std::fs::read(flac).unwrap();
        // The highest bit of the number of samples in STREAMINFO.
        bytes[8 + 13] |= 8;
        made.push((files.write("long.flac", &bytes), true));
    }
    for (path, refused) in made {
        let began = Instant::now();
        let loaded = videotracker_engine::media::load(&path, 48_000.0, videotracker_engine::media::Limits::default());
        assert!(began.elapsed() < Duration::from_secs(5), "{}: {:?}", path.display(), began.elapsed());
        match loaded {
            Err(why) => assert!(refused && why.to_string().contains("minutes long"), "{}: {why}", path.display()),
            Ok(media) => assert!(!refused && media.audio.is_some(), "{} is not refused", path.display()),
        }
    }
}

/// Everything that a hostile session may name, below a folder and beside it. Each name holds the folder's own, so that a trace of
/// system calls shows who was asked for.
fn hostile(folder: &Path) -> Vec<String> {
    let (at, mark) = (text(folder), folder.file_name().unwrap().to_str().unwrap().to_owned());
    let mut paths: Vec<String> = Vec::new();
    for name in [
        "kick.wav",
        "KICK.WAV",
        "a.aiff",
        "a.flac",
        "a.mp3",
        "a.ogg",
        "a.mp4",
        "a.mov",
        "a.gif",
        "a.webp",
        "a.png",
        "a.m3u8",
        "a.sdp",
        "a.ffconcat",
        "pipe.wav",
        "socket.wav",
        "link.wav",
        "dangling.wav",
        "row",
        "row/",
        "row/f_%04d.png",
        "row/f_####.png",
        "row/%d.png",
        "glow.fs",
        "glow.wgsl",
        "glow.isf",
        "glow.frag",
        "deep/er/../kick.wav",
        "./kick.wav",
        "",
        ".",
        "..",
        "../kick.wav",
        "kick.wav/",
        "kick.wav/x",
        "no ending",
        "größe.wav",
        "two words.wav",
        "line\nbreak.wav",
        "tab\t.wav",
        "quote\".wav",
        "\u{1b}[31m.wav",
        "\u{202e}vaw.kcik",
        "{}.wav",
        "$HOME.wav",
        "~.wav",
        "%USERPROFILE%.wav",
    ] {
        paths.push(format!("{at}/{name}"));
        paths.push(format!("x/{mark}/{name}"));
    }
    for begin in [
        "//{}/share/a.wav",
        "\\\\{}\\share\\a.wav",
        "\\\\?\\UNC\\{}\\a.wav",
        "\\\\.\\pipe\\{}",
        "smb://{}/a.wav",
        "http://{}/a.mp4",
        "https://{}/a.m3u8",
        "ftp://{}/a",
        "rtsp://{}/a",
        "tcp://{}:80",
        "udp://{}:80",
        "file:///{}/a.wav",
        "file:{}.wav",
        "concat:{}.wav|b.wav",
        "subfile,,start,0,end,9,,:{}.wav",
        "pipe:{}",
        "data:{}",
        "crypto:{}.wav",
        "C:\\{}\\a.wav",
        "C:{}.wav",
        "~/{}.wav",
        "$HOME/{}.wav",
        "../{}.wav",
        "../../../{}/a.wav",
        "/dev/shm/{}.wav",
        "/proc/{}/mem",
        "/proc/self/root/{}.wav",
        "/sys/{}",
        "/dev/{}",
        "/net/{}/a.wav",
        "/mnt/{}/a.wav",
        "/run/user/0/gvfs/{}/a.wav",
        "factory:{}",
        "factory:../{}.wav",
        "factory:/{}.wav",
        "{}.fs",
        "{}.wgsl",
        "http://{}/a.fs",
        "//{}/share/a.fs",
    ] {
        paths.push(begin.replace("{}", &mark));
    }
    paths
}

/// Runs in a child whose system calls are traced.
#[test]
#[ignore = "the other half of a_hostile_session_touches_nothing_that_it_names"]
fn a_hostile_session_is_loaded() {
    let Some(folder) = std::env::var_os("VIDEOTRACKER_TEST_HOSTILE").map(PathBuf::from) else { return };
    let paths = hostile(&folder);
    for known in [false, true] {
        let engine = Engine::empty();
        engine.set_trust(Trust::of_nobody());
        engine.set_media_roots(MediaRoots(vec![folder.clone()]));
        let mut calls = String::new();
        for path in &paths {
            for call in [
                "import(%)",
                "sampler('k', {samples = {%}})",
                "exec('import ' .. %)",
                "videoFx('fx', {shader = %})",
                "import(%, {hash = '00', size = 1})",
            ] {
                calls.push_str(&format!(
                    "pcall(function() {} end)\n",
                    call.replace('%', &format!("{path:?}").replace("\\u{1b}", "\\27").replace("\\u{202e}", "x"))
                ));
            }
        }
        let script = format!(
            "local function all()\n{calls}end\nall()\ngetEngine():onStateChange(all)\ngetEngine():onApplied(all)\npattern('p', fn([[pcall(import, 'x') return 'a']]))"
        );
        let mut state = strangers(&paths, &script);
        if known {
            for path in &paths {
                let asset = Asset { hash: Some(Name::new(&"ab".repeat(32))), size: Some(2044) };
                if state.project.assets.contains_key(&**path) {
                    state.project.assets.insert(Name::new(path), asset);
                }
            }
        }
        let _ = engine.restore(state);
        let mut processor = engine.activate(48_000.0);
        idle(&engine);
        for line in ["set k volume 0.5", "missing", "undo", "redo", "trust", "set k volume 0.25"] {
            engine.console_and_wait(line).unwrap();
            let block = videotracker_engine::audio::host::HostInput {
                transport: None,
                offline: false,
                midi: &[],
                macros: &[0.0; videotracker_engine::project::MACROS],
                master_volume: 1.0,
                video_opacity: 1.0,
                side_chain: None,
            };
            processor.process(&block, &mut videotracker_engine::audio::host::HostOutput::main(&mut [0.0; 256], &mut [0.0; 256]));
            std::thread::sleep(Duration::from_millis(150));
        }
        run(&engine, "import('factory:kick')");
        let (waiting, listed) = (engine.untrusted().len(), engine.snapshot().project.assets.len());
        assert!(waiting >= 100, "{waiting} of {listed} wait to be trusted");
        let saved = engine.save();
        // What the session itself claims stays as it is.
        let claims = ["00".to_owned(), "ab".repeat(32)];
        let learnt = |(path, asset): (&Name, &Asset)| {
            !path.starts_with("factory:") && asset.hash.as_ref().is_some_and(|hash| !claims.contains(&hash.to_string()))
        };
        assert!(!saved.project.assets.iter().any(learnt));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hostile_session_touches_nothing_that_it_names() {
    let there =
        std::process::Command::new("strace").arg("-V").stdout(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped a_hostile_session_touches_nothing_that_it_names: no strace on the PATH");
        return;
    }
    let files = Files::new();
    let folder = files.path("vt-hostile");
    tone(&folder.join("kick.wav"), 1);
    std::fs::create_dir_all(folder.join("row")).unwrap();
    std::fs::create_dir_all(folder.join("x/vt-hostile")).unwrap();
    for name in ["a.mp4", "glow.fs", "row/f_0001.png", "x/vt-hostile/kick.wav", "x/vt-hostile/glow.fs"] {
        std::fs::write(folder.join(name), b"something").unwrap();
    }
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe.wav")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket.wav")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("link.wav")).unwrap();
    let log = files.path("trace");
    let output = std::process::Command::new("strace")
        .args(["-f", "-qq", "-s", "4096", "-e", "trace=%file,%network,%process", "-o"])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "trust::a_hostile_session_is_loaded", "--ignored", "--nocapture"])
        .env("VIDEOTRACKER_TEST_HOSTILE", &folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let trace = String::from_utf8_lossy(&std::fs::read(&log).unwrap()).into_owned();
    assert!(trace.lines().count() > 20, "nothing was traced");
    let touched: Vec<&str> = trace
        .lines()
        .filter(|line| {
            line.contains("vt-hostile") || line.contains("connect(") || line.contains("AF_INET") || line.matches("execve(").count() > 0
        })
        .skip_while(|line| line.contains("execve(") && line.contains("a_hostile_session_is_loaded"))
        .collect();
    assert!(touched.is_empty(), "{}", touched.join("\n"));
}

/// Runs in a child for which opening these files takes 25 seconds.
#[test]
#[ignore = "the other half of closing_waits_for_no_disk_that_does_not_answer"]
fn what_a_slow_disk_holds_is_wanted() {
    let Some(folder) = std::env::var_os("VIDEOTRACKER_TEST_SLOW").map(PathBuf::from) else { return };
    for line in [
        format!("import({:?})", text(&folder.join("slow.wav"))),
        format!("videoFx('fx', {{shader = {:?}}})", text(&folder.join("slow.fs"))),
    ] {
        let engine = Engine::empty();
        let processor = engine.activate(48_000.0);
        engine.run_script("slow", &line);
        std::thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        let _ = engine.save();
        assert!(began.elapsed() < Duration::from_secs(5), "saving waits for the disk");
        let _ = engine.console_and_wait("help");
        assert!(began.elapsed() < Duration::from_secs(20), "the console answered after {:?}", began.elapsed());
        let began = Instant::now();
        drop((engine, processor));
        assert!(began.elapsed() < Duration::from_secs(15), "closing took {:?}", began.elapsed());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn closing_waits_for_no_disk_that_does_not_answer() {
    let there =
        std::process::Command::new("strace").arg("-V").stdout(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
    if !there {
        eprintln!("skipped closing_waits_for_no_disk_that_does_not_answer: no strace on the PATH");
        return;
    }
    let files = Files::new();
    let (wav, shader) = (tone(&files.path("slow.wav"), 1), files.write("slow.fs", b"/*{}*/ void main() { gl_FragColor = vec4(1.0); }"));
    let log = files.path("trace");
    let output = std::process::Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .arg("-P")
        .arg(&wav)
        .arg("-P")
        .arg(&shader)
        .args(["-e", "trace=openat", "-e", "inject=openat:delay_enter=25000000"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "trust::what_a_slow_disk_holds_is_wanted", "--ignored", "--nocapture"])
        .env("VIDEOTRACKER_TEST_SLOW", files.path(""))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
