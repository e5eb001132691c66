//! Whole blocks: an idle session, many sequencers without a due event, an edit on its way to the sound.
//!
//! To beat: idle 2 µs for 256 frames; 0.1 µs for each sequencer and block without a due event.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
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

const RATE: f64 = 48_000.0;
const FRAMES: usize = 256;

struct Rig {
    engine: Engine,
    processor: Processor,
    beat: f64,
    left: [f32; FRAMES],
    right: [f32; FRAMES],
}

impl Rig {
    fn new(engine: Engine) -> Self {
        let processor = engine.activate(RATE);
        assert!(engine.wait_for_media(Duration::from_secs(20)));
        let mut rig = Self { engine, processor, beat: 0.25, left: [0.0; FRAMES], right: [0.0; FRAMES] };
        rig.block(false);
        rig
    }

    fn script(script: &str) -> Self {
        let engine = Engine::empty();
        let result = engine.run_script_and_wait("bench", script);
        assert_eq!(result.error, None);
        Self::new(engine)
    }

    fn block(&mut self, playing: bool) {
        let transport = HostTransport { playing, tempo: Some(120.0), beat: Some(self.beat), ..HostTransport::default() };
        let block = HostInput {
            transport: Some(transport),
            offline: false,
            midi: &[],
            macros: &[0.0; MACROS],
            master_volume: 1.0,
            video_opacity: 1.0,
            side_chain: None,
        };
        self.processor.process(black_box(&block), &mut HostOutput::main(&mut self.left, &mut self.right));
        if playing {
            self.beat += 256.0 * 120.0 / (60.0 * RATE);
        }
    }
}

fn idle(c: &mut Criterion) {
    let mut rig = Rig::new(Engine::new());
    c.bench_function("process idle 256 frames", |b| b.iter(|| rig.block(false)));
    let mut rig = Rig::script("audioOut('out') sampler('a') sequencer('s') connect('s', 'a')");
    c.bench_function("process playing with nothing bound", |b| b.iter(|| rig.block(true)));
}

/// Patterns of 64 steps whose onsets lie four hours away, so that no block of the bench has one.
fn sequencers(c: &mut Criterion) {
    let mut script = String::from("audioOut('out') sampler('a', {samples = {'factory:impulse'}})\n");
    for n in 0..64 {
        script += &format!(
            "sequencer('s{n}') connect('s{n}', 'a') local t = {{}} for i = 1, 64 do t[i] = {{}} end t[64] = {{index = 0, ratio = {{16, 16}}}} \
             pattern('p{n}', t, {{stepsPerBeat = 4}}) bind('s{n}', 'p{n}')\n"
        );
    }
    let mut rig = Rig::script(&script);
    c.bench_function("process 64 sequencers without a due event", |b| b.iter(|| rig.block(true)));
}

/// 64 sequencers, each with a sampler whose voices go through a filter, and eight effects.
fn session(c: &mut Criterion) {
    let mut script = String::from("audioOut('out') audioMixer('mix') connect('mix', 'out')\n");
    for (n, effect) in ["filter", "delay", "reverb", "drive", "compressor", "eq", "chorus", "phaser"].into_iter().enumerate() {
        script += &format!("audioFx('fx{n}', {{effect = '{effect}'}}) connect('fx{n}', 'mix')\n");
    }
    for n in 0..64 {
        script += &format!(
            "sampler('a{n}', {{samples = {{'factory:tone'}}, volume = 0.1}}) connect('a{n}', 'fx{}') sequencer('s{n}') connect('s{n}', 'a{n}') \
             pattern('p{n}', n('0*4'):lpf({}):lpq(4)) bind('s{n}', 'p{n}')\n",
            n % 8,
            400 + 50 * n
        );
    }
    let mut rig = Rig::script(&script);
    c.bench_function("process 64 sequencers, 64 filtered samplers, 8 effects", |b| b.iter(|| rig.block(true)));
}

/// From a command to the first block that plays it.
fn edit(c: &mut Criterion) {
    let mut rig = Rig::new(Engine::new());
    let mut level = 0.0;
    c.bench_function("edit to the next block", |b| {
        b.iter(|| {
            level = if level > 0.9 { 0.1 } else { level + 0.1 };
            let command = Command::SetParameter { module: Name::new("drums"), param: Name::new("volume"), value: Value::Number(level) };
            let version = rig.engine.apply("bench", vec![command]);
            rig.block(false);
            // Takes home what was replaced, as the engine's thread does between blocks.
            let _ = rig.engine.take_triggers();
            assert_eq!(Some(rig.engine.gauges().applied.load(std::sync::atomic::Ordering::Acquire)), version.ok());
        });
    });
}

criterion_group!(benches, idle, sequencers, session, edit);
criterion_main!(benches);
