//! A thousand clips in one sampler: what they cost, and that each plays.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "the figures that the test is for")]

use std::time::{Duration, Instant};

use crate::counting::alone;
use videotracker_engine::{
    audio::{
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    command::Command,
    engine::Engine,
    module::Value,
    name::Name,
    project::MACROS,
};

const CLIPS: usize = 1000;
const RATE: f64 = 48_000.0;

/// A folder of clips, each a steady level of its own.
fn clips() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    for clip in 0..CLIPS {
        let mut writer = hound::WavWriter::create(folder.path().join(format!("clip {clip:04}x.wav")), spec).unwrap();
        (0..2400).for_each(|_| writer.write_sample((clip + 1) as f32 / 1024.0).unwrap());
        writer.finalize().unwrap();
    }
    folder
}

struct Stage {
    engine: Engine,
    processor: Processor,
    frame: usize,
}

impl Stage {
    fn block(&mut self, frames: usize) -> (Vec<f32>, Duration) {
        let transport =
            HostTransport { playing: true, tempo: Some(120.0), beat: Some(self.frame as f64 / 24_000.0), ..HostTransport::default() };
        let host = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &[0.0; MACROS],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let began = Instant::now();
        self.processor.process(&host, &mut HostOutput::main(&mut left, &mut right));
        let took = began.elapsed();
        self.frame += frames;
        (left, took)
    }

    /// Median time of a block of 256 frames.
    fn median(&mut self) -> Duration {
        let mut times: Vec<Duration> = (0..400).map(|_| self.block(256).1).collect();
        times.sort_unstable();
        times[times.len() / 2]
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    line.unwrap_or(0) / 1024
}

#[test]
fn a_thousand_clips_are_listed_edited_and_played_without_delay() {
    let _alone = alone();
    let folder = clips();
    let before = resident();
    let engine = Engine::empty();
    let mut stage = Stage { processor: engine.activate(RATE), engine, frame: 0 };
    let one = "session{} audioOut('out', {limit = false}) sampler('one', {samples = {'factory:kick'}}) sequencer('q') connect('q', 'one')";
    assert_eq!(stage.engine.run_script_and_wait("s", one).error, None);
    assert!(stage.engine.wait_for_media(Duration::from_secs(20)));
    stage.block(256);
    let idle_of_one = stage.median();

    let name = folder.path().to_str().unwrap().replace('\\', "/");
    let script = format!(
        "session{{}} audioOut('out', {{limit = false}}) sampler('s', {{samples = import('{name}'), releaseMs = 0}}) sequencer('q') connect('q', 's') \
         local steps = {{}} for k = 0, 255 do steps[k + 1] = {{index = k * 4 % 1000 + (k >= 250 and 1 or 0)}} end \
         pattern('p', steps, {{stepsPerBeat = 16}})"
    );
    let began = Instant::now();
    assert_eq!(stage.engine.run_script_and_wait("s", &script).error, None);
    let commit = began.elapsed();
    assert!(stage.engine.wait_for_media(Duration::from_secs(60)));
    let loaded = began.elapsed();
    stage.block(256);
    std::thread::sleep(Duration::from_millis(50));
    let memory = resident() - before;
    let snapshot = stage.engine.snapshot();
    assert_eq!(snapshot.project.modules["s"].samples.len(), CLIPS);
    stage.block(256);
    let idle = stage.median();

    let timed = |act: &dyn Fn(u64)| {
        let began = Instant::now();
        (0..50).for_each(act);
        began.elapsed() / 50
    };
    let set =
        |k: u64| Command::SetParameter { module: Name::new("s"), param: Name::new("volume"), value: Value::Number(1.0 - k as f64 / 100.0) };
    let knob = timed(&|k| {
        stage.engine.apply("volume", vec![set(k)]).unwrap();
    });
    let samples = &snapshot.project.modules["s"].samples;
    let own = timed(&|k| {
        let mut samples = samples.clone();
        samples[500].params.insert(Name::new("regionEnd"), Value::Number(1.0 - k as f64 / 1000.0));
        stage.engine.apply("a sample's own", vec![Command::SetSamples { module: Name::new("s"), samples }]).unwrap();
    });
    let again = Instant::now();
    assert_eq!(stage.engine.run_script_and_wait("s", &script).error, None);
    let again = again.elapsed();
    let generating = Instant::now();
    let generated = stage.engine.generated_script();
    let generating = generating.elapsed();
    println!(
        "1000 clips: {commit:.1?} to run the script, {loaded:.1?} until all are read, {again:.1?} to run it again, {knob:.1?} to turn a knob, \
         {own:.1?} to edit a sample, {generating:.1?} to write the script; idle block {idle:.1?} (with one clip {idle_of_one:.1?}); {memory} MiB, \
         of which 18 are frames"
    );
    assert!(generated.contains("clip 0999x.wav"));

    // Every step plays its clip, on its frame.
    assert_eq!(stage.engine.run_script_and_wait("s", "setParam('s', 'volume', 1) bind('q', 'p')").error, None);
    stage.block(256);
    let begin = stage.frame.next_multiple_of(1500 * 256);
    stage.frame = begin;
    let mut sound = Vec::new();
    while sound.len() < 1500 * 256 {
        sound.extend(stage.block(250).0);
    }
    for step in 0..256 {
        let clip = step * 4 % 1000 + usize::from(step >= 250);
        let wanted = (clip + 1) as f32 / 1024.0;
        assert_eq!(sound[step * 1500 + 1000], wanted, "step {step} plays clip {clip}");
    }
    assert!(
        commit < Duration::from_secs(20) && knob < Duration::from_secs(1) && own < Duration::from_secs(1),
        "{commit:?} {knob:?} {own:?}"
    );
}
