//! Sixteen voices of 720p HAP at 30 pictures a second, composed at 640×360, beside an audio thread in real time.
//!
//! Prints late frames, dropped pictures, what reading, uploading and a picture take, and how the audio thread fared.
//! Arguments: seconds (10), voices (16). Without `ffmpeg` or an adapter it prints a line and ends.
#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::{
    fmt::Write,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use videotracker::video::{
    Renderer,
    device::{Gpu, Options},
    textures::Reading,
    window::{EngineFeed, Feed},
};
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::{Engine, MediaRoots},
    project::MACROS,
};

const RATE: f64 = 48_000.0;
/// Frames of a block: 10.7 ms.
const BLOCK: usize = 512;
/// Blocks a sound card holds; one that comes later than that is a dropout.
const BUFFERED: u32 = 3;
const PICTURE: Duration = Duration::from_nanos(33_333_333);
/// Different clips; each is linked under several names, so that every voice has a file, a reader and frames of its own.
const CLIPS: usize = 4;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let (seconds, voices) = (numbers.next().unwrap_or(10), numbers.next().unwrap_or(16).clamp(1, 64));
    let folder = tempfile::tempdir().expect("a folder");
    if !make_clips(folder.path(), voices) {
        return println!("skipped: no ffmpeg with a HAP encoder");
    }
    let gpu = match Gpu::open(&Options::default()) {
        Ok(gpu) => gpu,
        Err(why) => return println!("skipped: {why}"),
    };
    println!("{}, {voices} voices for {seconds} s", gpu.name());
    let engine = Arc::new(Engine::new());
    engine.set_media_roots(MediaRoots(vec![folder.path().to_owned()]));
    let processor = engine.activate(RATE);
    let run = engine.run_script_and_wait("bench", &script(voices));
    assert!(run.success, "{run:?}");
    assert!(engine.wait_for_media(Duration::from_secs(60)), "media load");
    let stop = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&stop);
    let audio = std::thread::spawn(move || play(processor, &ended));
    let media: Arc<dyn videotracker::video::source::Media> = Arc::<Engine>::clone(&engine);
    let mut renderer = Renderer::on(gpu, &Options::default(), media, Reading::Live);
    let mut feed = EngineFeed::new(Arc::clone(&engine));
    let figures = show(&mut renderer, &mut feed, seconds);
    stop.store(true, Ordering::Release);
    let sound = audio.join().expect("the audio thread ends");
    println!("pictures  {figures}");
    let costs = renderer.textures().costs();
    let each = |(count, time): (u64, Duration)| format!("{count}, {:.3} ms each", time.as_secs_f64() * 1e3 / count.max(1) as f64);
    println!("read      {}", each(costs.read));
    println!("uploaded  {}", each(costs.uploaded));
    println!("on device {:.0} MiB", renderer.textures().bytes() as f64 / 1048576.0);
    println!("sound     {sound}");
}

fn make_clips(folder: &Path, voices: usize) -> bool {
    for clip in 0..CLIPS {
        let path = folder.join(format!("clip{clip}.mov"));
        let source = format!("testsrc2=s=1280x720:r=30,noise=alls=8:allf=t:all_seed={clip},hue=h={}", clip * 90);
        let made = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &source, "-frames:v", "90", "-c:v", "hap", "-chunks", "4"])
            .arg(&path)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return false;
        }
    }
    (0..voices)
        .all(|voice| std::fs::hard_link(folder.join(format!("clip{}.mov", voice % CLIPS)), folder.join(format!("v{voice}.mov"))).is_ok())
}

/// Every voice loops its own clip, in its own place, half transparent; the voices begin one after another.
fn script(voices: usize) -> String {
    let mut text = String::from(
        "session{}\naudioOut(\"out\")\nvideoOut(\"screen\")\nsampler(\"tone\", {samples = {\"factory:tone\"}, playStyle = \"loop\", volume = 0.1})\n",
    );
    let files: Vec<String> = (0..voices).map(|voice| format!("\"v{voice}.mov\"")).collect();
    let _ = writeln!(text, "sampler(\"clips\", {{samples = {{{}}}, playStyle = \"loop\", voices = 64, opacity = 0.9}})", files.join(", "));
    let side = voices.isqrt().max(1);
    let mut steps = String::new();
    for voice in 0..voices {
        let at = |place: usize| (2 * place + 1) as f64 / side as f64 - 1.0;
        let (x, y) = (at(voice % side), at(voice / side % side));
        let speed = [1.0, -1.0, 1.0, 2.0][voice % 4];
        let _ = write!(steps, "{{index = {voice}, length = 64, speed = {speed}, x = {x}, y = {y}, size = {}}},", 1.2 / side as f64);
    }
    let _ = writeln!(text, "sequencer(\"seq\") connect(\"seq\", \"clips\") connect(\"seq\", \"tone\")");
    // One step a sixteenth of a beat in the beginning, and then nothing for as long as the gates are open.
    let rests = "{},".repeat(64 - voices);
    let _ = writeln!(text, "pattern(\"all\", {{{steps}{rests}}}, {{stepsPerBeat = 16}})\nbind(\"seq\", \"all\")");
    text
}

/// Plays in real time and says how that went.
fn play(mut processor: Processor, stop: &AtomicBool) -> String {
    let macros = [0.0_f32; MACROS];
    let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
    let (began, mut blocks, mut dropouts) = (Instant::now(), 0_u32, 0_u32);
    let (mut longest, mut latest) = (Duration::ZERO, Duration::ZERO);
    let block_secs = BLOCK as f64 / RATE;
    while !stop.load(Ordering::Acquire) {
        let due = Duration::from_secs_f64(f64::from(blocks) * block_secs);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        let beat = f64::from(blocks) * block_secs * 2.0;
        let transport = HostTransport { playing: true, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let called = Instant::now();
        processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
        longest = longest.max(called.elapsed());
        let late = began.elapsed().saturating_sub(due);
        latest = latest.max(late);
        dropouts += u32::from(late.as_secs_f64() > f64::from(BUFFERED) * block_secs);
        blocks += 1;
    }
    format!("{blocks} blocks, {dropouts} dropouts, the longest {longest:?}, done at the latest {latest:?} after it was due")
}

/// Draws 30 pictures a second into memory.
fn show(renderer: &mut Renderer, feed: &mut EngineFeed, seconds: usize) -> String {
    let mut pixels = Vec::new();
    let mut times = Vec::new();
    let (mut late, mut dropped, mut layers) = (0, 0, 0);
    let warm = 60;
    let mut due = Instant::now();
    for picture in 0..warm + seconds * 30 {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let began = Instant::now();
        let scene = feed.scene(began + PICTURE);
        layers = layers.max(scene.pictures().count());
        let before = renderer.textures().late();
        renderer.render_into(&scene, 640, 360, &mut pixels).expect("renders");
        due += PICTURE;
        // Voices start, pipelines are made and files are opened in the first seconds.
        if picture >= warm {
            times.push(began.elapsed());
            late += renderer.textures().late() - before;
            let behind = Instant::now().saturating_duration_since(due);
            dropped += u32::from(!behind.is_zero());
        }
        while due < Instant::now() {
            due += PICTURE;
        }
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    format!(
        "{}, of {layers} layers, {late} frames late, {dropped} pictures dropped; a picture takes p50 {:?}, p99 {:?}, worst {:?}",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    )
}
