//! How many voices of the synthesizer one core plays in real time: a sawtooth through 24 dB an octave with both envelopes, plain
//! waves, and supersaws of five. In blocks of 256 frames at 48 kHz; each line says the voices in real time
//! beside criterion's figures, in time of the processor. `scsynth.py` measures the same of scsynth, to be run in turn.

#![allow(clippy::print_stdout, reason = "the figure that the bench is for")]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use videotracker_engine::{
    module::synth::{SynthNode, TYPE, param},
    signal::{
        Controls, Values, control,
        solo::{Play, Played, Solo},
        word::Word,
    },
};

/// What a trigger says.
type Said<'a> = &'a [(&'a str, f64)];

const RATE: f64 = 48_000.0;
const FRAMES: usize = 256;
const EACH: usize = 64;

/// A synthesizer with all its voices sounding, at an age of some blocks.
fn synth(wave: &str, said: &[(&str, f64)], solo: &mut Solo, params: &[f64]) -> SynthNode {
    let controls = Controls::new();
    let mut node = SynthNode::new(RATE, &controls);
    let events: Vec<Played> = (0..EACH)
        .map(|k| {
            let mut values = Values::default();
            values.set(control::S, Word::of(wave).number());
            values.set(control::NOTE, 36.0 + (k % 48) as f64);
            for (name, value) in said {
                values.set(controls.id(name).unwrap_or_default(), *value);
            }
            Played { frame: k, kind: Play::Trigger { gate: k as u64, values } }
        })
        .collect();
    solo.block(&mut node, 0, FRAMES, params, &events, &[]);
    node
}

/// How long this thread was computing, where the system says it: what other programs take does not count.
fn computing() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn voices(c: &mut Criterion) {
    let filtered = [
        ("cutoff", 800.0),
        ("ftype", 2.0),
        ("lpenv", 4.0),
        ("lpattack", 10.0),
        ("lpdecay", 60.0),
        ("attackMs", 10_000.0),
        ("decayMs", 10_000.0),
        ("sustain", 0.5),
    ];
    let plain = [("sustain", 0.7)];
    let cases: [(&str, &str, Said<'_>); 4] = [
        ("sawtooth, 24 dB, envelopes", "sawtooth", &filtered),
        ("sawtooth", "sawtooth", &plain),
        ("sine", "sine", &plain),
        ("supersaw of 5", "supersaw", &plain),
    ];
    let mut params: Vec<f64> = TYPE.params.iter().map(|spec| spec.default).collect();
    params[param::VOICES] = 64.0;
    let mut group = c.benchmark_group("synth");
    group.throughput(Throughput::Elements((EACH * FRAMES) as u64));
    for (name, wave, said) in cases {
        let mut solo = Solo::new(RATE);
        let mut node = synth(wave, said, &mut solo, &params);
        let mut clock = FRAMES as u64;
        let mut block = |rounds: u64| {
            let (began, computed) = (Instant::now(), computing());
            for _ in 0..rounds {
                solo.block(&mut node, clock, FRAMES, &params, &[], &[]);
                clock += FRAMES as u64;
            }
            computing().zip(computed).map_or_else(|| began.elapsed(), |(now, before)| now - before)
        };
        let secs = block(400).as_secs_f64() / 400.0;
        println!("{name}: {:.0} voices", EACH as f64 * FRAMES as f64 / RATE / secs);
        group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter_custom(&mut block));
    }
    group.finish();
}

criterion_group!(benches, voices);
criterion_main!(benches);
