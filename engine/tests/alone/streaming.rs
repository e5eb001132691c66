//! Long sounds play from disk as they do from memory, and never hold anything up.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::{
    any::Any,
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use crate::counting::alone;
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    media::{Library, Limits, Media, import::Settings, load, stream::Streams},
    module::{
        sampler::{SamplerNode, TYPE, param},
        samples::{SampleContent, SamplerContent},
    },
    name::Name,
    project::MACROS,
    signal::{
        Node, Values, control,
        solo::{Play, Played, Solo},
    },
};

const RATE: f64 = 48_000.0;
const MINUTES: usize = 10;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / 16_777_216.0
    }
}

/// A WAV of 16-bit stereo noise, each channel its own.
fn noise(path: &Path, frames: usize, rate: u32) {
    let mut file = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
    let bytes = u32::try_from(frames * 4).unwrap();
    file.write_all(b"RIFF").unwrap();
    file.write_all(&(bytes + 36).to_le_bytes()).unwrap();
    file.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x02\0").unwrap();
    file.write_all(&rate.to_le_bytes()).unwrap();
    file.write_all(&(rate * 4).to_le_bytes()).unwrap();
    file.write_all(b"\x04\0\x10\0data").unwrap();
    file.write_all(&bytes.to_le_bytes()).unwrap();
    let mut seed = 7_u64;
    for _ in 0..frames {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        file.write_all(&((seed >> 32) as u32).to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
}

/// A folder with ten minutes of noise, and a cache.
struct Long(tempfile::TempDir);

impl Long {
    /// One for all tests that run at the time; the last one removes it.
    fn shared() -> Arc<Self> {
        static HELD: Mutex<Weak<Long>> = Mutex::new(Weak::new());
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.upgrade().unwrap_or_else(|| {
            let long = Arc::new(Self(tempfile::tempdir().unwrap()));
            noise(&long.path(), MINUTES * 60 * 48_000, 48_000);
            *held = Arc::downgrade(&long);
            long
        })
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("long.wav")
    }

    /// As a session loads it.
    fn media(&self) -> Media {
        let media = streamed(&self.path(), self.0.path(), Limits::default(), RATE);
        assert!(media.audio.as_ref().unwrap().frames.is_long());
        media
    }

    /// All in memory.
    fn whole(&self) -> Media {
        let media = load(&self.path(), RATE, Limits::default()).unwrap();
        assert!(!media.audio.as_ref().unwrap().frames.is_long());
        media
    }
}

fn settings(folder: &Path) -> Settings {
    Settings { cache: Some(folder.join("cache")), ..Settings::default() }
}

/// A medium as a session loads it.
fn streamed(path: &Path, folder: &Path, limits: Limits, rate: f64) -> Media {
    let library = Library::with_import(limits, settings(folder));
    library.request("long", vec![path.to_owned()], rate);
    assert!(library.wait_all(Duration::from_secs(120)));
    library.poll().unwrap().1.unwrap().media.clone()
}

fn sampler(media: &Media, streams: &Streams, own: &[(&str, f64)]) -> SamplerNode {
    let own: BTreeMap<_, _> =
        own.iter().map(|(name, value)| ((*name).into(), videotracker_engine::module::Value::Number(*value))).collect();
    let content = SamplerContent::new(vec![SampleContent::new(Some(media), &own)]).with_streams(streams);
    let mut node = SamplerNode::new(RATE);
    node.exchange(&mut (Box::new(content) as Box<dyn Any + Send>));
    node
}

fn params() -> Vec<f64> {
    TYPE.params.iter().map(|spec| spec.default).collect()
}

fn trigger(frame: usize, gate: u64, values: &[(u16, f64)]) -> Played {
    let mut all = Values::default();
    for (control, value) in values {
        all.set(*control, *value);
    }
    Played { frame, kind: Play::Trigger { gate, values: all } }
}

fn block(node: &mut SamplerNode, clock: &mut u64, frames: usize, params: &[f64], events: &[Played]) -> Vec<[f32; 2]> {
    let mut solo = Solo::new(RATE);
    let out = solo.block(node, *clock, frames, params, events, &[]);
    *clock += frames as u64;
    (0..frames).map(|k| [out.left[k], out.right[k]]).collect()
}

/// What a seed makes of a sampler: triggers anywhere, at any speed, both ways, in every style, and regions that move.
fn performance(node: &mut SamplerNode, seed: u64, blocks: usize) -> Vec<[u32; 2]> {
    let mut dice = Dice(seed);
    let (mut clock, mut params, mut all) = (0, params(), Vec::new());
    params[param::VOICES] = 12.0;
    for number in 0..blocks {
        let mut events = Vec::new();
        if number % 4 == 0 {
            let speed = [1.0, -1.0, 0.5, 10.0, -7.3, 2.0, 1.0][(dice.next() * 7.0) as usize];
            let values = [
                (control::POSITION, dice.next()),
                (control::SPEED, speed),
                (control::VOLUME, 0.3),
                (control::PLAY_STYLE, (dice.next() * 4.0).floor()),
                (control::GRAIN_SIZE, dice.next() * 0.6),
            ];
            events.push(trigger((dice.next() * 400.0) as usize, number as u64, &values));
        }
        if number % 7 == 3 {
            params[param::REGION_START] = dice.next() * 0.5;
            params[param::REGION_END] = params[param::REGION_START] + dice.next() * dice.next() * 0.5;
        }
        all.extend(block(node, &mut clock, 480, &params, &events).iter().map(|frame| frame.map(f32::to_bits)));
    }
    all
}

#[test]
fn from_disk_it_sounds_as_from_memory_to_the_bit() {
    let _alone = alone();
    let (file, streams) = (Long::shared(), Streams::default());
    let long = file.media();
    let whole = file.whole();
    assert_eq!(whole.audio.as_ref().unwrap().frames.len(), long.audio.as_ref().unwrap().frames.len());
    assert_eq!(whole.info.secs, long.info.secs);
    for seed in 1..5 {
        let mut disk = sampler(&long, &streams, &[]);
        disk.set_offline(true);
        let found = performance(&mut disk, seed, 300);
        let expected = performance(&mut sampler(&whole, &streams, &[]), seed, 300);
        let sounding = expected.iter().filter(|frame| frame[0] != 0).count();
        assert!(sounding > 100_000, "{sounding}");
        assert_eq!(found.iter().zip(&expected).position(|(a, b)| a != b), None, "seed {seed}");
    }
    assert_eq!(streams.missed(), 0);
}

#[test]
fn live_nothing_is_missed_where_the_disk_keeps_up() {
    let _alone = alone();
    let (file, streams) = (Long::shared(), Streams::default());
    let long = file.media();
    let whole = file.whole();
    // Regions, slices, reverse: their beginnings are at hand.
    for (own, values) in [
        (vec![], vec![]),
        (vec![("regionStart", 0.31)], vec![]),
        (vec![("regionEnd", 0.77), ("speed", -1.0)], vec![]),
        (vec![("slices", 16.0)], vec![(control::SLICE, 11.0)]),
        (vec![("regionStart", 0.5), ("regionEnd", 0.5005), ("playStyle", 1.0)], vec![]),
        (vec![("regionStart", 0.2), ("speed", 4.0)], vec![]),
    ] {
        let (mut disk, mut memory) = (sampler(&long, &streams, &own), sampler(&whole, &streams, &own));
        let (mut one, mut two, params) = (0, 0, params());
        for _ in 0..60 {
            block(&mut disk, &mut one, 512, &params, &[]);
            block(&mut memory, &mut two, 512, &params, &[]);
            std::thread::sleep(Duration::from_millis(5));
        }
        for number in 0..150 {
            let events = if number == 0 { vec![trigger(100, 1, &values)] } else { Vec::new() };
            let (found, expected) =
                (block(&mut disk, &mut one, 512, &params, &events), block(&mut memory, &mut two, 512, &params, &events));
            assert_eq!(found, expected, "{own:?}: block {number}, {} missed", streams.missed());
            std::thread::sleep(Duration::from_millis(8));
        }
    }
    assert_eq!(streams.missed(), 0);
}

#[test]
fn a_disk_that_does_not_keep_up_makes_silence_and_a_count_and_no_wait() {
    let _alone = alone();
    let (file, streams) = (Long::shared(), Streams::default());
    let long = file.media();
    let mut node = sampler(&long, &streams, &[]);
    let (mut clock, mut params) = (0, params());
    params[param::VOLUME] = 0.01;
    streams.slow_down(Duration::from_millis(400));
    let mut sound = Vec::new();
    let mut longest = Duration::ZERO;
    let mut play = |node: &mut SamplerNode, blocks: usize, events: &[Played]| {
        for number in 0..blocks {
            let began = Instant::now();
            sound.extend(block(node, &mut clock, 256, &params, if number == 0 { events } else { &[] }));
            longest = longest.max(began.elapsed());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    play(&mut node, 400, &[trigger(0, 1, &[(control::POSITION, 0.5)]), trigger(0, 2, &[(control::SPEED, 3.0)])]);
    assert!(streams.missed() >= 2, "{}", streams.missed());
    streams.slow_down(Duration::ZERO);
    play(&mut node, 300, &[]);
    let missed = streams.missed();
    play(&mut node, 100, &[]);
    assert_eq!(streams.missed(), missed, "it comes back");
    assert!(longest < Duration::from_millis(100), "{longest:?}");
    let loud = |frames: &[[f32; 2]]| frames.iter().any(|frame| frame[0] != 0.0);
    assert!(loud(&sound[sound.len() - 5000..]), "it comes back");
    assert!(!loud(&sound[60_000..60_256]), "silence while nothing comes");
    assert!(sound.iter().flatten().all(|sample| sample.is_finite() && sample.abs() < 0.05));
}

#[test]
fn where_a_pattern_began_before_it_begins_without_a_gap() {
    let _alone = alone();
    let (file, streams) = (Long::shared(), Streams::default());
    let (long, whole) = (file.media(), file.whole());
    let (mut disk, mut memory) = (sampler(&long, &streams, &[]), sampler(&whole, &streams, &[]));
    let (mut one, mut two, mut params) = (0, 0, params());
    params[param::POLYPHONY] = 1.0;
    let places = [(0.13, 1.0), (0.71, -1.0), (0.33, 2.0), (0.9, 1.0)];
    for turn in 0..3_u64 {
        for (k, (position, speed)) in (0..).zip(places) {
            for number in 0..30 {
                let values = [(control::POSITION, position), (control::SPEED, speed)];
                let events = if number == 0 { vec![trigger(0, turn * 4 + k, &values)] } else { Vec::new() };
                let found = block(&mut disk, &mut one, 512, &params, &events);
                let expected = block(&mut memory, &mut two, 512, &params, &events);
                assert!(turn == 0 || found == expected, "turn {turn}, place {k}, block {number}");
                std::thread::sleep(Duration::from_millis(6));
            }
        }
        if turn == 0 {
            assert!(streams.missed() <= 4, "{}", streams.missed());
        }
    }
    let first = streams.missed();
    assert!(first <= 4, "only the first turn had gaps: {first}");
}

#[test]
fn it_falls_silent_and_comes_back_without_a_click() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steady.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..2_000_000).for_each(|_| writer.write_sample(0.5_f32).unwrap());
    writer.finalize().unwrap();
    let media = streamed(&path, folder.path(), Limits { ram_frames: 100_000, ..Limits::default() }, RATE);
    let streams = Streams::default();
    let mut node = sampler(&media, &streams, &[("speed", 2.0)]);
    let (mut clock, mut sound) = (0, Vec::new());
    for number in 0..900 {
        match number {
            300 => streams.slow_down(Duration::from_millis(300)),
            600 => streams.slow_down(Duration::ZERO),
            _ => {}
        }
        let events = if number == 0 { vec![trigger(0, 1, &[])] } else { Vec::new() };
        sound.extend(block(&mut node, &mut clock, 256, &params(), &events).iter().map(|frame| frame[0]));
        std::thread::sleep(Duration::from_millis(4));
    }
    assert!(streams.missed() > 0);
    assert!(sound[100_000..].contains(&0.0) && sound[229_000] == 0.5, "{} missed, {} at the end", streams.missed(), sound[229_000]);
    let steepest = sound[8..].windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0_f32, f32::max);
    assert!(steepest < 0.5 / 60.0, "{steepest}");
}

/// A session that plays the long sound by `pattern`, with blocks of 512 at 120 BPM.
struct Session {
    engine: Engine,
    processor: Processor,
    sound: Vec<f32>,
}

impl Session {
    fn new(file: &Long, pattern: &str) -> Self {
        let engine = Engine::empty();
        engine.set_import(settings(file.0.path()));
        let name = file.path().to_str().unwrap().replace('\\', "/");
        let script = format!(
            "session{{}} audioOut('out', {{limit = false}}) sampler('tape', {{samples = {{'{name}'}}, releaseMs = 0}}) sequencer('q') connect('q', 'tape') \
             pattern('p', {pattern}) bind('q', 'p')"
        );
        assert_eq!(engine.run_script_and_wait("s", &script).error, None);
        let processor = engine.activate(RATE);
        assert!(engine.wait_for_media(Duration::from_secs(60)));
        Self { engine, processor, sound: Vec::new() }
    }

    fn block(&mut self, transport: HostTransport, offline: bool) {
        let transport = Some(HostTransport { tempo: Some(120.0), ..transport });
        let host =
            HostInput { transport, offline, midi: &[], macros: &[0.0; MACROS], master_volume: 1.0, video_opacity: 1.0, side_chain: None };
        let (mut left, mut right) = ([0.0; 512], [0.0; 512]);
        self.processor.process(&host, &mut HostOutput::main(&mut left, &mut right));
        self.sound.extend(left);
    }

    /// Plays blocks from a frame of the song on, each after a `pause`.
    fn play(&mut self, from: usize, blocks: usize, offline: bool, pause: Duration) {
        for at in (from..).step_by(512).take(blocks) {
            self.block(HostTransport { playing: true, beat: Some(at as f64 / 24_000.0), ..HostTransport::default() }, offline);
            std::thread::sleep(pause);
        }
    }
}

#[test]
fn a_session_plays_it_from_a_script_and_bounces_it_exactly() {
    let _alone = alone();
    let file = Long::shared();
    let whole = file.whole().audio.unwrap();
    let rest = "{}, ".repeat(15);
    let mut session = Session::new(&file, &format!("{{{{index = 0, position = 0.25, length = 16}}, {rest}}}"));
    session.play(0, 176, true, Duration::ZERO);
    let first = whole.frames.len() / 4;
    let sound = &session.sound[..90_000];
    let expected: Vec<f32> = whole.frames[first..first + sound.len()].iter().map(|frame| frame[0]).collect();
    assert!(sound == expected, "{:?}", sound.iter().zip(&expected).position(|(a, b)| a != b));
    let name = Name::new(&file.path().to_str().unwrap().replace('\\', "/"));
    assert!(session.engine.waveform(&name).is_none_or(|(_, audio)| audio.frames.is_long()));
}

#[test]
fn live_a_pattern_begins_without_a_gap_where_nothing_ever_played() {
    let _alone = alone();
    let file = Long::shared();
    let steps: Vec<String> = (0..16).map(|k| format!("{{index = 0, position = {}}}", f64::from(k * 7 % 16) / 16.0)).collect();
    let pace = Duration::from_millis(8);
    for pattern in [
        format!("{{{}}}", steps.join(", ")),
        "n('0*8'):position(rand):speed('<1 -1 4 0.5>')".to_owned(),
        "n('0(5,8)'):unit('c'):speed('<0.01 0.02>'):begin(rand)".to_owned(),
    ] {
        let (mut live, mut offline) = (Session::new(&file, &pattern), Session::new(&file, &pattern));
        // It stands at the song's beginning for a while, as before somebody presses play.
        for _ in 0..40 {
            live.block(HostTransport { playing: false, beat: Some(0.0), ..HostTransport::default() }, false);
            std::thread::sleep(pace);
        }
        live.sound.clear();
        live.play(0, 400, false, pace);
        offline.play(0, 400, true, Duration::ZERO);
        let differs = live.sound.iter().zip(&offline.sound).position(|(a, b)| a != b);
        assert_eq!(differs, None, "{pattern}");
        assert!(offline.sound.iter().filter(|x| **x != 0.0).count() > 100_000, "{pattern}");
    }
}

#[test]
fn offline_a_slow_disk_is_waited_for() {
    let _alone = alone();
    let (file, streams) = (Long::shared(), Streams::default());
    let long = file.media();
    streams.slow_down(Duration::from_millis(20));
    let mut disk = sampler(&long, &streams, &[]);
    disk.set_offline(true);
    let whole = file.whole();
    assert!(performance(&mut disk, 9, 24) == performance(&mut sampler(&whole, &streams, &[]), 9, 24));
    assert_eq!(streams.missed(), 0);
}

#[test]
fn what_is_written_at_another_rate_is_what_memory_would_hold() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.wav");
    noise(&path, 500_000, 44_100);
    let limits = Limits { ram_frames: 100_000, ..Limits::default() };
    let whole = load(&path, RATE, limits).unwrap().audio.unwrap();
    for way in ["written", "found"] {
        let disk = streamed(&path, folder.path(), limits, RATE).audio.unwrap();
        assert!(disk.frames.is_long() && disk.frames.len() == whole.frames.len(), "{way}");
        let mut frames = vec![[0.0; 2]; whole.frames.len()];
        disk.frames.read(0, &mut frames).unwrap();
        assert!(frames[..] == whole.frames[..], "{way}");
    }
    let entries = std::fs::read_dir(folder.path().join("cache")).unwrap().flatten().filter(|entry| entry.path().is_dir()).count();
    assert_eq!(entries, 1, "one file for both loads, and nothing left over");
    std::fs::write(folder.path().join("no folder"), "").unwrap();
    for cache in [None, Some(folder.path().join("no folder"))] {
        let library = Library::with_import(limits, Settings { cache: cache.clone(), ..Settings::default() });
        library.request("long", vec![path.clone()], RATE);
        assert!(library.wait_all(Duration::from_secs(60)));
        let audio = library.poll().unwrap().1.unwrap().media.audio.clone().unwrap();
        assert!(!audio.frames.is_long() && audio.frames[..] == whole.frames[..], "without a cache it is in memory: {cache:?}");
    }
    let short = streamed(&path, folder.path(), Limits::default(), RATE).audio.unwrap();
    assert!(!short.frames.is_long() && short.frames[..] == whole.frames[..], "what fits stays in memory");
}

#[test]
fn a_rate_that_no_sound_has_is_refused_before_a_frame_becomes_a_second() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.wav");
    // Made into 48 kHz these few frames would take 2.5 GB.
    noise(&path, 6_000, 1);
    let library = Library::with_import(Limits::default(), settings(folder.path()));
    library.request("slow", vec![path], RATE);
    assert!(library.wait_all(Duration::from_secs(60)));
    let why = library.poll().unwrap().1.unwrap_err().to_string();
    assert!(why.contains("slow.wav") && why.contains("1 Hz"), "{why}");
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak: Option<u64> = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    // Other tests of this file hold ten minutes of sound in memory where they share its process.
    assert!(peak.is_none_or(|kilobytes| kilobytes < 2_000_000), "{peak:?} KB");
}

#[test]
fn compressed_and_imported_sounds_are_on_disk_what_they_are_in_memory() {
    let _alone = alone();
    let Some(files) = crate::media_tools::Files::with_ffmpeg("compressed_and_imported_sounds") else { return };
    let source = "-f lavfi -i anoisesrc=d=12:c=pink:r=44100:seed=4:a=0.5";
    let cases = [
        ("flac", "a.flac", ""),
        ("mp3", "a.mp3", "-b:a 128k"),
        ("ogg", "a.ogg", "-c:a libvorbis"),
        ("aiff", "a.aiff", "-c:a pcm_s24be"),
        ("aac, imported", "a.m4a", "-c:a aac"),
        ("a clip with its sound", "a.mov", "-f lavfi -i testsrc=d=12:s=64x64:r=10 -c:v hap -c:a pcm_s16le"),
    ];
    for (what, name, codec) in cases {
        let path = files.make(&format!("{source} {codec}"), name);
        let folder = tempfile::tempdir().unwrap();
        let whole = streamed(&path, folder.path(), Limits::default(), RATE);
        let disk = streamed(&path, folder.path(), Limits { ram_frames: 100_000, ..Limits::default() }, RATE);
        assert_eq!(whole.info, disk.info, "{what}");
        let (whole, disk) = (whole.audio.unwrap().frames.clone(), disk.audio.unwrap().frames.clone());
        assert!(!whole.is_long() && disk.is_long() && whole.len() == disk.len() && whole.len() > 500_000, "{what}");
        let mut frames = vec![[0.0; 2]; whole.len()];
        disk.read(0, &mut frames).unwrap();
        assert!(frames[..] == whole[..], "{what}");
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "writes 2 GiB; its figure is in the change log"]
#[allow(clippy::print_stdout, reason = "the figure that the test is for")]
fn an_hour_takes_little_memory() {
    let _alone = alone();
    let resident = |what: &str| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hour.wav");
    noise(&path, 3600 * 48_000, 48_000);
    let before = resident("VmRSS");
    let began = Instant::now();
    let media = streamed(&path, folder.path(), Limits::default(), RATE);
    let (loading, took) = (resident("VmHWM"), began.elapsed());
    let began = Instant::now();
    drop(streamed(&path, folder.path(), Limits::default(), RATE));
    let again = began.elapsed();
    let streams = Streams::default();
    let mut node = sampler(&media, &streams, &[]);
    node.set_offline(true);
    performance(&mut node, 3, 600);
    let playing = resident("VmRSS");
    println!(
        "an hour: {before} MiB before, {loading} MiB at most while it is written ({took:.1?}; found again in {again:.1?}), {playing} MiB while 12 voices play it"
    );
    assert!(loading - before < 200 && playing - before < 120, "{before} {loading} {playing}");
}
