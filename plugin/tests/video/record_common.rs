//! A song that plays offline, and films looked at with other eyes, for the recorder's tests.

use std::{path::Path, process::Command, sync::Arc};

use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::Engine,
    project::MACROS,
};

pub const RATE: u32 = 48_000;
pub const SCRIPT: &str = r#"
session{}
audioOut("out")
videoOut("screen")
sampler("k", {samples = {"factory:tone|counter"}, playStyle = "loop"})
pattern("p", {{index = 0, length = 4}, {}, {}, {}})
sequencer("seq")
connect("seq", "k")
bind("seq", "p")
"#;

pub fn engine(script: &str) -> (Arc<Engine>, Processor) {
    let engine = Arc::new(Engine::new());
    let processor = engine.activate(f64::from(RATE));
    let run = engine.run_script_and_wait("test", script);
    assert!(run.success, "{run:?}");
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)), "media load");
    (engine, processor)
}

/// Plays `frames` frames at 120 BPM offline, from the song's start.
pub fn play(processor: &mut Processor, frames: usize) {
    pass(processor, frames, true);
}

/// Lets the song stand for `frames` frames.
pub fn rest(processor: &mut Processor, frames: usize) {
    pass(processor, frames, false);
}

fn pass(processor: &mut Processor, frames: usize, playing: bool) {
    let macros = [0.0_f32; MACROS];
    for start in (0..frames).step_by(512) {
        let length = 512.min(frames - start);
        let (mut left, mut right) = (vec![0.0; length], vec![0.0; length]);
        let beat = start as f64 / f64::from(RATE) * 2.0;
        let transport = HostTransport { playing, tempo: Some(120.0), beat: Some(beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: true,
            midi: &[],
            macros: &macros,
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        processor.process(&block, &mut HostOutput::main(&mut left, &mut right));
    }
}

pub fn probe(path: &Path, stream: &str) -> Option<String> {
    let entries = "stream=nb_read_frames,duration,width,height,r_frame_rate,pix_fmt,codec_name,color_space,sample_rate,channels";
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-select_streams", stream, "-show_entries", entries, "-of", "compact=p=0"])
        .arg(path)
        .output();
    output.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub fn leftovers(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).expect("lists").map(|entry| entry.expect("lists").file_name().to_string_lossy().into_owned()).collect()
}
