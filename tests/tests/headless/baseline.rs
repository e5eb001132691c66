//! The sessions of `tests/baseline` cover every module, play style and family of combinators. Each renders to the same bytes in blocks
//! of any length and triggers what the kept table of it says; `UPDATE_EVENTS=1` writes the tables anew.
//!
//! `$BASELINE_KEEP` names a folder for what the tests heard, so that two versions of the program can be compared.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::model;
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    module::{MODULES, ParamKind, ParamRef, ParamSpec},
    project::MACROS,
};
use videotracker_tests::{
    audio::Audio,
    bundle,
    events::{self, Trigger},
    host::{Blocks, Host, Roll, Send, Setup},
    transport::TransportPlan,
};

const RATE: u32 = 48_000;
const BLOCKS: [&str; 4] = ["32", "441", "1024", "random:7"];
/// The tempo map that sessions name as `tempo.txt`: changes between frames, and a very quick end.
const TEMPO: &str = "0 120\n3 60\n7.5 173.3\n11 91.7\n13.25 300\n";

fn folder() -> PathBuf {
    bundle::workspace().join("tests/baseline")
}

/// A session file.
struct Session {
    name: String,
    text: String,
}

impl Session {
    /// All of them, by name.
    fn all() -> Vec<Self> {
        let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut scripts: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|extension| extension == "lua")).collect();
        scripts.sort();
        let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        scripts.iter().map(|path| Self { name: name(path), text: std::fs::read_to_string(path).unwrap() }).collect()
    }

    /// The words of the comment that begins with `-- KEY:`.
    fn words(&self, key: &str) -> Vec<&str> {
        let mark = format!("-- {key}: ");
        self.text.lines().find_map(|line| line.strip_prefix(&mark)).map(|line| line.split_whitespace().collect()).unwrap_or_default()
    }

    /// Renders it in a folder of its own that holds the media; gives the bytes of the sound and the events.
    fn render(&self, media: &Path, block: &str) -> (Vec<u8>, Vec<Trigger>) {
        let work = tempfile::tempdir_in(media).unwrap();
        for file in ["strikes.wav", "low.wav", "long.wav", "tempo.txt"] {
            std::fs::hard_link(media.join(file), work.path().join(file)).unwrap();
        }
        std::fs::write(work.path().join("song.lua"), &self.text).unwrap();
        let mut command = Command::new(bundle::program());
        command.args(["render", "song.lua", "--block", block, "--audio", "out.wav", "--events", "out.jsonl"]).args(self.words("render"));
        // Long sounds are spooled into the cache.
        let output = command.current_dir(work.path()).env("XDG_CACHE_HOME", media.join("cache")).output().unwrap();
        assert!(output.status.success(), "{} at {block}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        (std::fs::read(work.path().join("out.wav")).unwrap(), events::read(&work.path().join("out.jsonl")).unwrap())
    }

    fn check(&self, media: &Path) {
        let (sound, triggers) = self.render(media, BLOCKS[0]);
        assert!(!triggers.is_empty() && sound.iter().skip(64).any(|byte| *byte != 0), "{} is silent", self.name);
        let table = table(&triggers);
        compare_with_kept(&self.name, &table);
        for block in &BLOCKS[1..] {
            let (other, triggers) = self.render(media, block);
            assert!(other == sound, "{} at {block}: another sound than at {}", self.name, BLOCKS[0]);
            assert!(self::table(&triggers) == table, "{} at {block}: other events than at {}", self.name, BLOCKS[0]);
        }
    }
}

/// Triggers as text: a line each, with frame, frame of the song, beat, sequencer, pattern, step, targets, duration and values.
fn table(triggers: &[Trigger]) -> String {
    let mut text = String::new();
    for trigger in triggers {
        let Trigger { frame, song_frame, beat, sequencer, pattern, step, targets, values, duration_frames } = trigger;
        let step = step.map_or("-".to_owned(), |step| step.to_string());
        let targets = targets.join("+");
        let _ = write!(text, "{frame} {song_frame} {beat} {sequencer} \"{pattern}\" {step} {targets} {duration_frames}");
        for (name, value) in values {
            let _ = write!(text, " {name} {value}");
        }
        text.push('\n');
    }
    text
}

/// Whether two lines say the same. Signals come from the machine's library of mathematics, so the last digits of numbers may differ.
fn alike(one: &str, two: &str) -> bool {
    let same = |(a, b): (&str, &str)| a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if (a - b).abs() < 1e-9);
    one.split(' ').count() == two.split(' ').count() && one.split(' ').zip(two.split(' ')).all(same)
}

#[track_caller]
fn compare_with_kept(name: &str, table: &str) {
    let path = folder().join("events").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_EVENTS").is_some() {
        std::fs::write(&path, table).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{name}: {}: {why}; UPDATE_EVENTS=1 writes it", path.display()));
    for (number, (kept, found)) in kept.lines().zip(table.lines()).enumerate() {
        assert!(alike(kept, found), "{name}, event {number}:\n  {found}\ninstead of\n  {kept}");
    }
    assert_eq!(table.lines().count(), kept.lines().count(), "{name}: number of events");
}

/// Noise from a linear congruential generator (Numerical Recipes, 2nd edition), from -32768 to 32767.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> i64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i64::from(self.0 >> 16) - 32_768
    }
}

/// Writes the media that sessions name, in whole numbers, so that they are the same everywhere.
fn make_media(folder: &Path) {
    let wav = |name: &str, sample_rate: u32, channels: u16, samples: &mut dyn Iterator<Item = i64>| {
        let spec = hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut file = hound::WavWriter::create(folder.join(name), spec).unwrap();
        samples.for_each(|sample| file.write_sample(i16::try_from(sample).unwrap()).unwrap());
        file.finalize().unwrap();
    };
    // Eight strokes of noise that decay.
    let strokes = [(0, 60), (9_000, 20), (24_000, 44), (33_000, 12), (48_000, 60), (60_000, 30), (75_000, 8), (84_000, 50)]
        .map(|(at, s)| (at, s << 10));
    let (mut noise, mut level) = (Noise(1), 0_i64);
    wav(
        "strikes.wav",
        48_000,
        1,
        &mut (0..96_000).map(|frame| {
            level = strokes.iter().find(|(at, _)| *at == frame).map_or(level, |(_, strength)| *strength);
            let sample = (noise.next() * level) >> 16;
            level -= level >> 9;
            sample
        }),
    );
    // Two triangle waves that fade, at a rate of their own.
    let triangle = |frame: i64, period: i64| (frame % period).min(period - frame % period) * 48_000 / period - 12_000;
    let low = (0..52_920).flat_map(|frame| [200, 150].map(|period| (triangle(frame, period) * (52_920 - frame)) >> 16));
    wav("low.wav", 44_100, 2, &mut low.into_iter());
    // Noise that swells each second, longer than what is kept in memory.
    let mut noise = Noise(3);
    wav("long.wav", 48_000, 1, &mut (0..95 * 48_000).map(|frame| (noise.next() * (frame % 48_000)) >> 17));
    std::fs::write(folder.join("tempo.txt"), TEMPO).unwrap();
}

#[test]
fn every_session_is_the_same_in_blocks_of_any_length_and_triggers_what_its_table_says() {
    let media = tempfile::tempdir().unwrap();
    make_media(media.path());
    let (mut sessions, next) = (Session::all(), AtomicUsize::new(0));
    assert!(sessions.len() >= 40, "{} sessions", sessions.len());
    if let Ok(wanted) = std::env::var("BASELINE") {
        sessions.retain(|session| session.name == wanted);
        assert!(!sessions.is_empty(), "there is no session {wanted} in tests/baseline");
    }
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(session) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    session.check(media.path());
                }
            });
        }
    });
}

#[test]
fn each_module_and_each_effect_occurs_in_a_session() {
    let sessions: String = Session::all().into_iter().map(|session| session.text).collect();
    let names = MODULES.iter().map(|kind| format!("{}(", kind.name));
    let effects = MODULES.iter().filter_map(|kind| kind.variants).flat_map(|variants| match variants.types[0].param(variants.param) {
        Some(ParamRef { spec: ParamSpec { kind: ParamKind::Choice(names), .. }, .. }) => names.to_vec(),
        _ => Vec::new(),
    });
    let missing: Vec<String> =
        names.chain(effects.map(|effect| format!("effect = \"{effect}\""))).filter(|wanted| !sessions.contains(wanted)).collect();
    assert!(
        missing.is_empty(),
        "no session of tests/baseline holds {}: write one there (its README says how), and UPDATE_EVENTS=1 writes its table",
        missing.join(", ")
    );
}

/// Keeps what a test heard where `$BASELINE_KEEP` asks for it.
fn keep(name: &str, audio: &Audio) {
    if let Some(folder) = std::env::var_os("BASELINE_KEEP") {
        std::fs::create_dir_all(&folder).unwrap();
        audio.write_wav(&Path::new(&folder).join(format!("{name}.wav"))).unwrap();
    }
}

/// The same draw everywhere (SplitMix64; Steele, Lea and Flood 2014).
fn draw(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Frames between two moves of a macro, more or less.
const MOVE: u64 = 4096;
const FRAMES: u64 = 24 * MOVE;

/// What a host sends in the course of a session, at any frame.
fn sends(session: &Session, macros: &[u32]) -> Vec<(u64, Send)> {
    let mut sends = Vec::new();
    let wants = session.words("host");
    if wants.contains(&"notes") {
        for note in 0..20 {
            let (at, key) = (note * 4_507 + draw(note) % 97, 48 + (draw(note + 50) % 24) as u8);
            if note % 3 == 0 {
                let channel = (note % 2) as u8;
                sends.extend([(at, Send::Midi([0x90 + channel, key, 100])), (at + 7_001, Send::Midi([0x80 + channel, key, 0]))]);
            } else {
                sends.extend([(at, Send::NoteOn { key, velocity: 0.6 }), (at + 3_003, Send::NoteOff { key })]);
            }
        }
    }
    if wants.contains(&"macros") {
        for place in 1..FRAMES / MOVE {
            let value = (draw(place) % 1000) as f64 / 1000.0;
            sends.push((place * MOVE + draw(place + 500) % 97, Send::Param(macros[place as usize % 4], value)));
        }
    }
    sends.sort_by_key(|(frame, _)| *frame);
    sends
}

#[test]
fn host_automation_and_notes_sound_the_same_in_blocks_of_any_length() {
    let host = Host::load(&bundle::bundles().clap).unwrap();
    let sessions: Vec<Session> = Session::all().into_iter().filter(|session| !session.words("host").is_empty()).collect();
    assert!(sessions.len() >= 3);
    for session in &sessions {
        let state = model::state_of(&host, &session.text).unwrap();
        let play = |blocks: &Blocks| {
            let mut instance = host.active(Setup { sample_rate: f64::from(RATE), max_frames: 2048, offline: true }).unwrap();
            instance.restore(&state).unwrap();
            let macros: Vec<u32> = instance.params().iter().filter(|param| param.name.starts_with("Macro")).map(|param| param.id).collect();
            assert_eq!(macros.len(), MACROS);
            let roll = Roll { sends: sends(session, &macros), ..Roll::song(TransportPlan::at(133.7), FRAMES) };
            instance.roll(&roll.in_blocks(blocks.clone())).unwrap().audio
        };
        let whole = [Blocks::Fixed(32), Blocks::Fixed(128), Blocks::Fixed(1024)];
        let other = [Blocks::Fixed(441), Blocks::Random { seed: 7, max: 2048 }];
        let reference = play(&whole[0]);
        assert!(reference.peak() > 0.05, "{} is silent", session.name);
        for (place, blocks) in whole.iter().chain(&other).enumerate() {
            let audio = play(blocks);
            keep(&format!("{}-host{place}", session.name), &audio);
            assert!(audio == reference, "{}, {blocks:?}: differs at {:?}", session.name, audio.first_difference(&reference));
        }
    }
}

/// A session that is played while the lines of [`LINES`] are typed.
const LIVE: &str = r#"
session{}
audioOut("out")
audioMixer("mix") connect("mix", "out")
sampler("drums", {samples = {"factory:kick", "factory:snare", "factory:hat"}, volume = 0.5}) connect("drums", "mix")
sampler("pad", {samples = {"factory:tone"}, playStyle = "loop", attackMs = 20, releaseMs = 300, volume = 0.2})
sequencer("a") sequencer("b", {quantize = "beat"})
connect("a", "drums") connect("b", "pad")
pattern("one", {{index = 0}, {index = 2}, {index = 1}, {index = 2}})
pattern("two", "kick(3,8) hat*3")
pattern("held", note("<[c4,e4] g4>"))
chain("both", {"one", {"two", 2}})
bind("a", "one") bind("b", "held")
engine:getParameterRouter():link("drums.pan", "mix.connectionPan_1", {scale = 0.5})
macro(1, "Level", {"pad.volume"})
"#;

/// Console lines, with the frame before which each is carried out.
const LINES: [(u64, &str); 18] = [
    (10_000, "seq a bind pattern two"),
    (30_001, "set drums pan -0.6"),
    (50_000, "set pad transpose 5"),
    (77_777, "pattern set one 1 index=1 note=72"),
    (90_000, "seq a bind chain both"),
    (100_123, "seq b unbind"),
    (120_000, "add sampler extra"),
    (130_000, "seq b bind pattern one"),
    (140_000, "unroute drums to mix"),
    (150_000, "route drums mix"),
    (171_717, "set mix masterVolume 0.4"),
    (180_000, "pattern stop one"),
    (200_000, "pattern play one"),
    (210_000, "undo"),
    (222_222, "redo"),
    (230_000, "rename drums kit"),
    (240_000, "set kit polyphony mono"),
    (250_000, "remove pad"),
];

/// One block through the engine's processor.
fn process(processor: &mut Processor, at: u64, left: &mut [f32], right: &mut [f32]) {
    let beat = at as f64 * 2.0 / f64::from(RATE);
    let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
    let macros = [0.0; MACROS];
    let block = HostInput {
        transport: Some(transport),
        offline: true,
        midi: &[],
        macros: &macros,
        master_volume: 1.0,
        video_opacity: 1.0,
        side_chain: None,
    };
    processor.process(&block, &mut HostOutput::main(left, right));
}

/// Plays [`LIVE`] while its lines are typed, in blocks that end where a line comes; `size` gives the length of a block that begins at a frame.
fn typed(size: impl Fn(u64) -> u64) -> (Audio, String) {
    let engine = Engine::empty();
    assert_eq!(engine.run_script_and_wait("live", LIVE).error, None);
    let mut processor = engine.activate(f64::from(RATE));
    assert!(engine.wait_for_media(Duration::from_secs(60)));
    let mut audio = Audio { sample_rate: RATE, ..Audio::default() };
    let (mut at, mut lines, mut triggers) = (0, LINES.as_slice(), String::new());
    while at < 270_000 {
        while let Some(((due, line), rest)) = lines.split_first().filter(|((due, _), _)| *due <= at) {
            engine.console_and_wait(line).unwrap_or_else(|why| panic!("{line} at {due}: {why}"));
            lines = rest;
        }
        let next = lines.first().map_or(270_000, |(due, _)| *due);
        let frames = size(at).min(next - at);
        let (mut left, mut right) = (vec![0.0; frames as usize], vec![0.0; frames as usize]);
        process(&mut processor, at, &mut left, &mut right);
        audio.left.extend(left);
        audio.right.extend(right);
        let mut heard = engine.take_triggers();
        heard.sort_by_key(|trigger| trigger.report.clock);
        for trigger in &heard {
            let _ = writeln!(triggers, "{}", videotracker::events::row(trigger));
        }
        at += frames;
    }
    (audio, triggers)
}

#[test]
fn what_is_typed_while_it_plays_sounds_the_same_in_blocks_of_any_length() {
    let (reference, rows) = typed(|_| 32);
    keep("typed", &reference);
    assert!(reference.peak() > 0.05);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &rows).unwrap();
    compare_with_kept("typed", &table(&events::read(file.path()).unwrap()));
    for (what, (audio, others)) in [("441", typed(|_| 441)), ("1024", typed(|_| 1024)), ("random", typed(|at| 1 + draw(at) % 2048))] {
        assert_eq!(audio.first_difference(&reference), None, "blocks of {what}");
        assert!(others == rows, "blocks of {what}: other events");
    }
}
