//! How long each effect takes for a block of 512 frames; the times are for the whole block.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use videotracker_engine::dsp::{
    Cell, Kernel, Move,
    bitcrush::{Bitcrush, BitcrushParams},
    chorus::{Chorus, ChorusParams},
    compressor::{Compressor, CompressorParams},
    delay::{Delay, DelayParams},
    drive::{Drive, DriveParams, DriveShape},
    eq::{Band, Eq, EqParams},
    filter::{Filter, FilterParams, FilterSlope},
    gate::{Gate, GateParams},
    limiter::{Limiter, LimiterParams},
    phaser::{Phaser, PhaserParams},
    reverb::{Reverb, ReverbParams},
    tremolo::{Tremolo, TremoloParams},
};

const RATE: f64 = 48_000.0;
const FRAMES: usize = 512;

/// White noise between −½ and ½.
fn noise() -> Vec<f32> {
    let mut state = 1u32;
    (0..FRAMES)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) as f32 / 4_294_967_296.0 - 0.5
        })
        .collect()
}

/// Renders a block cell by cell, as the engine does.
fn effect<K: Kernel>(c: &mut Criterion, name: &str, mut kernel: K, params: &K::Params) {
    let input = noise();
    let (mut left, mut right) = (input.clone(), input.clone());
    let mut frame = 0u64;
    c.bench_function(&format!("512 frames of {name}"), |b| {
        b.iter(|| {
            left.copy_from_slice(&input);
            right.copy_from_slice(&input);
            for (left, right) in left.chunks_mut(32).zip(right.chunks_mut(32)) {
                kernel.process(Cell::holding(frame), params, left, right);
                frame += 32;
            }
            black_box((&left, &right));
        });
    });
}

fn filters(c: &mut Criterion) {
    let params = FilterParams::default();
    effect(c, "filter 12 dB", Filter::new(RATE), &params);
    effect(c, "filter 24 dB", Filter::new(RATE), &FilterParams { slope: FilterSlope::Db24, ..params });
    let cutoff = Move { from: 500.0, to: 600.0 };
    effect(c, "filter 24 dB that moves", Filter::new(RATE), &FilterParams { slope: FilterSlope::Db24, cutoff, ..params });
    let mut eq = EqParams::default();
    eq.bands.iter_mut().for_each(|band| *band = Band { gain: 3.0.into(), ..*band });
    effect(c, "eq", Eq::new(RATE), &eq);
}

fn times(c: &mut Criterion) {
    effect(c, "delay", Delay::new(RATE, 4.0), &DelayParams::default());
    let time = Move { from: 12_000.0, to: 12_001.0 };
    effect(c, "delay that moves", Delay::new(RATE, 4.0), &DelayParams { time, ..DelayParams::default() });
    effect(c, "reverb", Reverb::new(RATE), &ReverbParams::default());
    let phase = Move { from: 0.1, to: 0.101 };
    effect(c, "chorus", Chorus::new(RATE), &ChorusParams { phase, ..ChorusParams::default() });
    effect(c, "phaser", Phaser::new(RATE), &PhaserParams { phase, ..PhaserParams::default() });
    effect(c, "tremolo", Tremolo::new(RATE), &TremoloParams { phase, ..TremoloParams::default() });
}

fn levels(c: &mut Criterion) {
    effect(c, "drive", Drive::new(RATE), &DriveParams::default());
    effect(c, "drive that folds", Drive::new(RATE), &DriveParams { shape: DriveShape::Fold, ..DriveParams::default() });
    effect(c, "bitcrush", Bitcrush::new(RATE), &BitcrushParams::default());
    effect(c, "compressor", Compressor::new(RATE), &CompressorParams::default());
    effect(c, "gate", Gate::new(RATE), &GateParams::default());
    effect(c, "limiter", Limiter::new(RATE), &LimiterParams::default());
}

criterion_group!(benches, filters, times, levels);
criterion_main!(benches);
