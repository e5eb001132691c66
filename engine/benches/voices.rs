//! How many stereo voices one core plays in real time, and what an idle sampler costs.
//!
//! Every voice: 4-point interpolation at a speed of its own, envelope, gain and pan, in blocks of 256 frames at
//! 48 kHz, looping over one of 64 samples of 4 s (94 MiB in all). `moving` has the envelopes in a long attack,
//! `steady` in their sustain. Beside criterion's figures each line says the voices in real time (median).

#![allow(clippy::print_stdout, reason = "the figure that the bench is for")]

use std::{
    any::Any,
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use videotracker_engine::{
    media::{AudioData, Media, MediaInfo},
    module::{
        sampler::{Kernel, SamplerNode, TYPE, param},
        samples::{SampleContent, SamplerContent},
    },
    signal::{
        Node, Values, control,
        solo::{Play, Played, Solo},
    },
};

const RATE: f64 = 48_000.0;
const FRAMES: usize = 256;
const EACH: usize = 64;

fn samples() -> Vec<Media> {
    let mut seed = 1_u64;
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let info = Arc::new(MediaInfo {
        hash: String::new(),
        size: 0,
        secs: 4.0,
        audio: None,
        video: None,
        font: None,
        cues: Vec::new(),
        root: None,
        loops: None,
        cycle: None,
        replaced: 0,
        notes: Vec::new(),
    });
    (0..EACH)
        .map(|_| {
            let frames = (0..192_000).map(|_| [noise(), noise()]).collect();
            Media { info: Arc::clone(&info), audio: Some(Arc::new(AudioData { rate: RATE, frames })) }
        })
        .collect()
}

fn params(attack_ms: f64) -> Vec<f64> {
    let mut params: Vec<f64> = TYPE.params.iter().map(|spec| spec.default).collect();
    params[param::VOICES] = 64.0;
    params[param::PLAY_STYLE] = 1.0;
    params[param::ATTACK_MS] = attack_ms;
    params[param::SUSTAIN] = 0.7;
    params
}

/// A sampler with all its voices sounding.
fn sampler(kernel: Kernel, media: &[Media], params: &[f64], seed: usize) -> SamplerNode {
    let mut node = SamplerNode::with_kernel(RATE, kernel);
    let content = SamplerContent::new(media.iter().map(|media| SampleContent::new(Some(media), &BTreeMap::new())).collect());
    node.exchange(&mut (Box::new(content) as Box<dyn Any + Send>));
    let events: Vec<Played> = (0..EACH)
        .map(|k| {
            let place = (seed * EACH + k) as f32;
            let mut values = Values::default();
            values.set(control::INDEX, k as f32);
            values.set(control::SPEED, 0.5 + (place * 0.618_034).fract());
            values.set(control::POSITION, (place * 0.754_878).fract());
            values.set(control::PAN, (place * 0.569_84).fract() - 0.5);
            Played { frame: 0, kind: Play::Trigger { gate: k as u64, values } }
        })
        .collect();
    Solo::new(RATE).block(&mut node, 0, 1, params, &events, &[]);
    node
}

fn voices(criterion: &mut Criterion) {
    let media = samples();
    let mut group = criterion.benchmark_group("voices");
    group.sample_size(20).measurement_time(Duration::from_secs(4)).sampling_mode(SamplingMode::Flat);
    for (name, attack_ms) in [("steady", 0.0), ("moving", 10_000.0)] {
        for kernel in Kernel::available() {
            for count in [256, 1024] {
                let params = params(attack_ms);
                group.throughput(Throughput::Elements((count * FRAMES) as u64));
                let mut times = Vec::new();
                group.bench_function(BenchmarkId::new(format!("{name}/{kernel:?}"), count), |bencher| {
                    bencher.iter_custom(|rounds| {
                        let mut nodes: Vec<SamplerNode> = (0..count / EACH).map(|seed| sampler(kernel, &media, &params, seed)).collect();
                        let mut solo = Solo::new(RATE);
                        let mut spent = Duration::ZERO;
                        for round in 0..rounds {
                            // Within the attack's 1875 blocks.
                            let clock = 1 + round * FRAMES as u64;
                            let begin = Instant::now();
                            for node in &mut nodes {
                                solo.block(node, clock, FRAMES, &params, &[], &[]);
                            }
                            let time = begin.elapsed();
                            times.push(time);
                            spent += time;
                        }
                        spent
                    });
                });
                times.sort_unstable();
                if let Some(median) = times.get(times.len() / 2) {
                    let real_time = count as f64 * FRAMES as f64 / RATE / median.as_secs_f64();
                    println!("{name}/{kernel:?}/{count}: {real_time:.0} voices in real time");
                }
            }
        }
    }
    group.finish();
}

fn idle(criterion: &mut Criterion) {
    let params = params(0.0);
    let mut node = SamplerNode::new(RATE);
    let mut solo = Solo::new(RATE);
    let mut clock = 0;
    criterion.bench_function("idle sampler, 256 frames", |bencher| {
        bencher.iter(|| {
            solo.block(&mut node, clock, FRAMES, &params, &[], &[]);
            clock += FRAMES as u64;
        });
    });
}

criterion_group!(benches, voices, idle);
criterion_main!(benches);
