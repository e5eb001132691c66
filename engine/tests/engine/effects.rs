//! What every effect promises as a module; what its arithmetic promises is tested beside its kernel.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
};

use videotracker_engine::{
    dsp::{self, Cell, Kernel as _},
    module::{
        BuildContext, ModuleType, ParamKind, Value,
        audio_fx::{EFFECT, TYPE, param},
    },
    name::Name,
    project::Module,
    signal::{Controls, GRID, MAX_FRAMES, Node, Stereo, solo::Solo},
};

const RATE: f64 = 48_000.0;

fn module(effect: &str) -> Module {
    let params = BTreeMap::from([(Name::new("effect"), Value::Text(Name::new(effect)))]);
    Module { kind: Name::new("audioFx"), params, samples: Vec::new(), interface: None }
}

fn with_context<R>(effect: &str, f: impl FnOnce(&ModuleType, &BuildContext<'_>) -> R) -> R {
    let module = module(effect);
    f(module.module_type(), &BuildContext { module: &module, sample_rate: RATE, controls: &Controls::new(), id: 1 })
}

fn node(effect: &str) -> Box<dyn Node> {
    with_context(effect, |kind, context| (kind.build)(context).unwrap())
}

/// An effect as it comes for a module that has another one.
fn unit(effect: &str) -> Box<dyn Any + Send> {
    with_context(effect, |kind, context| (kind.renew)(context).unwrap())
}

fn params(effect: &str, set: &[(&str, f64)]) -> Vec<f64> {
    let kind = module(effect).module_type();
    let mut all: Vec<f64> = kind.params.iter().map(|spec| spec.default).collect();
    for (name, value) in set {
        all[kind.param(name).unwrap().index] = *value;
    }
    all
}

fn noise(frames: usize, mut seed: u32) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..frames).map(|_| next() * 0.5).collect()
}

fn sine(frames: usize, hertz: f64) -> Vec<f32> {
    (0..frames).map(|k| (0.5 * (std::f64::consts::TAU * hertz * k as f64 / RATE).sin()) as f32).collect()
}

fn jump(samples: &[f32]) -> f32 {
    samples.windows(2).fold(0.0, |most, pair| most.max((pair[1] - pair[0]).abs()))
}

/// A node at work: what it made so far.
struct Rig {
    node: Box<dyn Node>,
    solo: Solo,
    clock: u64,
    sound: [Vec<f32>; 2],
    silent: Vec<bool>,
}

impl Rig {
    fn new(effect: &str) -> Self {
        Self { node: node(effect), solo: Solo::new(RATE), clock: 0, sound: [Vec::new(), Vec::new()], silent: Vec::new() }
    }

    /// Plays an input on the left, and turned around on the right, in blocks of these lengths over and over.
    fn play(&mut self, input: &[f32], params: &[f64], blocks: &[usize]) {
        let mut done = 0;
        for block in blocks.iter().cycle() {
            let frames = (*block).min(input.len() - done).min(MAX_FRAMES);
            if frames == 0 {
                break;
            }
            let mut heard = Stereo::default();
            heard.left[..frames].copy_from_slice(&input[done..done + frames]);
            heard.right[..frames].iter_mut().zip(&input[done..]).for_each(|(right, left)| *right = -left);
            heard.set_silent(input[done..done + frames].iter().all(|sample| *sample == 0.0));
            let made = self.solo.block(&mut *self.node, self.clock, frames, params, &[], &[&heard]);
            assert_eq!(made.is_silent(), made.left[..frames].iter().chain(&made.right[..frames]).all(|sample| *sample == 0.0));
            self.silent.push(made.is_silent());
            self.sound[0].extend(&made.left[..frames]);
            self.sound[1].extend(&made.right[..frames]);
            self.clock += frames as u64;
            done += frames;
        }
    }

    fn bits(&self) -> Vec<u32> {
        self.sound.iter().flatten().map(|sample| sample.to_bits()).collect()
    }
}

#[test]
fn each_effect_has_its_parameters_behind_the_common_ones() {
    let types = TYPE.variants.unwrap().types;
    assert_eq!(EFFECT.len(), types.len());
    for (effect, kind) in EFFECT.iter().zip(types) {
        assert_eq!(module(effect).module_type().mark(), kind.mark(), "{effect}");
        for (name, place) in [("enabled", param::ENABLED), ("effect", param::EFFECT), ("mix", param::MIX)] {
            assert_eq!(kind.param(name).unwrap().index, place, "{effect}");
        }
        let names: BTreeSet<&str> = kind.params.iter().flat_map(|spec| std::iter::once(&spec.name).chain(spec.aliases)).copied().collect();
        assert_eq!(names.len(), kind.params.iter().map(|spec| 1 + spec.aliases.len()).sum::<usize>(), "{effect} has a name twice");
        assert!(!kind.doc.is_empty() && kind.params.iter().all(|spec| !spec.doc.is_empty()), "{effect}");
    }
}

#[test]
fn blocks_may_be_cut_anywhere() {
    // Bursts that begin and end within cells, and a second and more of silence between.
    let mut input = vec![0.0; 90_000];
    for (from, len, seed) in [(1000, 3000, 1), (4500, 77, 2), (60_013, 1, 3), (80_007, 4000, 4)] {
        input[from..from + len].copy_from_slice(&noise(len, seed));
    }
    for effect in EFFECT {
        let kind = module(effect).module_type();
        let mut moved = params(effect, &[("mix", 0.7)]);
        for (place, spec) in kind.params.iter().enumerate().skip(param::OWN) {
            moved[place] = if spec.max - spec.min < 5.0 { spec.min + (spec.max - spec.min) * 0.6 } else { spec.default * 1.1 };
            if matches!(spec.kind, ParamKind::Choice(_) | ParamKind::Integer) {
                moved[place] = moved[place].round().min(spec.max);
            }
        }
        let off = params(effect, &[("enabled", 0.0)]);
        let render = |blocks: &[usize]| {
            let mut rig = Rig::new(effect);
            for (from, to, params) in
                [(0, 2001, &params(effect, &[])), (2001, 59_000, &moved), (59_000, 81_111, &off), (81_111, 90_000, &moved)]
            {
                rig.play(&input[from..to], params, blocks);
            }
            rig.bits()
        };
        let whole = render(&[512]);
        for blocks in [&[32][..], &[441], &[1, 100, 31, 512, 7, 33]] {
            assert!(render(blocks) == whole, "{effect} in blocks of {blocks:?}");
        }
    }
}

/// What a kernel makes of the input, cell by cell, on the left.
fn arithmetic(input: &[f32], mut kernel: impl FnMut(Cell, &mut [f32], &mut [f32])) -> Vec<f32> {
    let (mut left, mut right) = (input.to_vec(), input.iter().map(|sample| -sample).collect::<Vec<_>>());
    for (cell, (left, right)) in left.chunks_mut(GRID).zip(right.chunks_mut(GRID)).enumerate() {
        kernel(Cell::holding((cell * GRID) as u64), left, right);
    }
    left
}

#[test]
fn dry_is_the_input_and_wet_is_the_kernel() {
    let input = noise(4096, 5);
    for effect in EFFECT {
        for set in [("mix", 0.0), ("enabled", 0.0)] {
            let mut rig = Rig::new(effect);
            rig.play(&input, &params(effect, &[set]), &[300]);
            let late = if *effect == "drive" { dsp::drive::Drive::new(RATE).latency() } else { 0 };
            assert!(rig.sound[0][late..] == input[..input.len() - late], "{effect} with {set:?}");
        }
    }
    let through = |effect: &str, set: &[(&str, f64)]| {
        let mut rig = Rig::new(effect);
        rig.play(&input, &params(effect, &[&[("mix", 1.0)], set].concat()), &[300]);
        rig.sound[0].clone()
    };
    let mut kernel = dsp::filter::Filter::new(RATE);
    let known = dsp::filter::FilterParams {
        mode: dsp::filter::FilterMode::High,
        slope: dsp::filter::FilterSlope::Db24,
        cutoff: 777.0.into(),
        resonance: dsp::from_db(6.0).into(),
    };
    let expected = arithmetic(&input, |cell, left, right| kernel.process(cell, &known, left, right));
    assert!(through("filter", &[("cutoff", 777.0), ("resonance", 6.0), ("mode", 1.0), ("slope", 1.0)]) == expected);
    let mut kernel = dsp::compressor::Compressor::new(RATE);
    let known = dsp::compressor::CompressorParams {
        threshold: (-30.0).into(),
        ratio: 4.0.into(),
        knee: 10.0.into(),
        attack: 0.002,
        release: 0.05,
        makeup: 6.0.into(),
        link: 1.0.into(),
    };
    let expected = arithmetic(&input, |cell, left, right| kernel.process(cell, &known, left, right));
    assert!(through("compressor", &[("threshold", -30.0), ("ratio", 4.0), ("attackMs", 2.0), ("makeup", 6.0)]) == expected);
    let mut kernel = dsp::eq::Eq::new(RATE);
    let mut known = dsp::eq::EqParams::default();
    known.bands[1] = dsp::eq::Band::still(600.0, -9.0, 2.0);
    known.bands[3] = dsp::eq::Band::still(8000.0, 4.0, 0.707);
    let expected = arithmetic(&input, |cell, left, right| kernel.process(cell, &known, left, right));
    assert!(through("eq", &[("mid1Freq", 600.0), ("mid1Gain", -9.0), ("mid1Q", 2.0), ("highGain", 4.0)]) == expected);
    // Half a second of room, to the bit, though its size is no default.
    let mut kernel = dsp::reverb::Reverb::new(RATE);
    let known = dsp::reverb::ReverbParams { decay: 0.5.into(), damp: 0.5.into(), size: 0.2, pre_delay: 0.0, width: 1.0.into() };
    let expected = arithmetic(&input, |cell, left, right| kernel.process(cell, &known, left, right));
    assert!(through("reverb", &[("decay", 0.5), ("size", 0.2), ("preDelayMs", 0.0)]) == expected);
}

#[test]
fn silence_follows_what_the_tail_says() {
    for effect in EFFECT {
        let set: &[(&str, f64)] = match *effect {
            "reverb" => &[("decay", 0.4)],
            "delay" => &[("timeMs", 20.0), ("feedback", 0.6)],
            "eq" => &[("mid1Gain", 12.0), ("lowGain", -6.0)],
            _ => &[],
        };
        let params = params(effect, set);
        let mut rig = Rig::new(effect);
        rig.play(&[0.0; 2048], &params, &[512]);
        assert!(rig.silent.iter().all(|silent| *silent), "{effect} makes something of nothing");
        rig.play(&noise(9600, 7), &params, &[512]);
        let tail = usize::try_from(rig.node.tail(false)).unwrap();
        assert!(tail < 200_000, "{effect}: {tail}");
        let from = rig.sound[0].len() + tail;
        // A delay rests once its whole line is empty.
        rig.play(&vec![0.0; tail + 850_000], &params, &[512]);
        let rest = rig.sound.iter().flat_map(|channel| &channel[from..]).fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(rest <= dsp::TAIL as f32 * 2.0, "{effect}: {rest} after {tail} frames");
        assert_eq!(rig.silent.last(), Some(&true), "{effect}");
        assert_eq!(rig.node.tail(false), 0, "{effect} does not rest");
        let normal = |sample: &f32| *sample == 0.0 || sample.is_normal();
        assert!(rig.sound.iter().flatten().all(normal), "{effect} leaves denormal numbers");
    }
}

#[test]
fn a_bypass_and_another_effect_do_not_click() {
    let input = sine(20_000, 200.0);
    for effect in EFFECT.iter().filter(|effect| !["bitcrush", "tremolo"].contains(effect)) {
        let on = params(effect, &[("mix", 1.0)]);
        let off = params(effect, &[("enabled", 0.0)]);
        let mut rig = Rig::new(effect);
        rig.play(&input[..10_000], &on, &[512]);
        let steady = jump(&rig.sound[0][6000..]).max(jump(&input));
        rig.play(&input[10_000..14_000], &off, &[512]);
        rig.play(&input[14_000..], &on, &[512]);
        let found = jump(&rig.sound[0][9_000..]);
        assert!(found < steady * 2.5 + 0.004, "{effect}: {found} against {steady}");
        for other in ["filter", "delay", "chorus"] {
            let mut rig = Rig::new(effect);
            rig.play(&input[..10_000], &on, &[512]);
            let steady = jump(&rig.sound[0][6000..]).max(jump(&input));
            let mut content = unit(other);
            rig.node.exchange(&mut content);
            rig.play(&input[10_000..], &params(other, &[("mix", 1.0)]), &[512]);
            let found = jump(&rig.sound[0][9_000..14_000]);
            assert!(found < steady * 2.5 + 0.004, "{effect} to {other}: {found} against {steady}");
        }
    }
}
