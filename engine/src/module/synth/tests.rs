//! The synthesizer's promises.

use std::sync::Arc;

use super::*;
use crate::{
    dsp::{osc::Dice, wavetable::Wavetable},
    module::{Sample, Value, samples::Tables},
    name::Name,
    signal::{
        Controls, MAX_FRAMES, Node, Values, WELL_KNOWN,
        solo::{Play, Played, Solo},
        word::Word,
    },
};

pub const RATE: f64 = 48_000.0;
/// Level of a voice in the middle.
const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// What a trigger says.
type TriggerOverrides<'a> = &'a [(&'a str, f64)];

/// A synthesizer with a clock, played block by block.
pub struct Bench {
    node: SynthNode,
    pub params: Vec<f64>,
    clock: u64,
    solo: Solo,
    controls: Controls,
}

impl Bench {
    pub fn new() -> Self {
        let controls = Controls::new();
        let node = SynthNode::new(RATE, &controls);
        Self { node, params: TYPE.params.iter().map(|spec| spec.default).collect(), clock: 0, solo: Solo::new(RATE), controls }
    }

    /// With wavetables, of the words they are given under.
    pub fn with_tables(list: &[(&str, &[f32], usize)]) -> Self {
        let mut bench = Self::new();
        bench.give(list);
        bench
    }

    pub fn give(&mut self, list: &[(&str, &[f32], usize)]) -> Box<dyn std::any::Any + Send> {
        let stop = std::sync::atomic::AtomicBool::new(false);
        let sample = |word: &str| {
            let params = [(Name::new("word"), Value::Text(Name::new(word)))];
            Sample { asset: Name::new("a.wav"), params: params.into() }
        };
        let samples: Vec<Sample> = list.iter().map(|(word, ..)| sample(word)).collect();
        let made = list.iter().map(|(_, sound, length)| Wavetable::new(sound, *length, &stop).map(Arc::new)).collect();
        let mut content: Box<dyn std::any::Any + Send> = Box::new(Tables::new(&samples, made));
        self.node.exchange(&mut content);
        content
    }

    pub fn block(&mut self, frames: usize, events: &[Played]) -> Vec<[f32; 2]> {
        self.solo.outputs[0].left.fill(f32::NAN);
        let out = self.solo.block(&mut self.node, self.clock, frames, &self.params, events, &[]);
        self.clock += frames as u64;
        let made = out.left[..frames].iter().zip(&out.right[..frames]).map(|(left, right)| [*left, *right]).collect();
        if out.is_silent() { vec![[0.0; 2]; frames] } else { made }
    }

    /// Plays one event of so many frames for so long, in blocks of these lengths.
    pub fn play(&mut self, overrides: &[(&str, f64)], (held, total): (usize, usize), cuts: &[usize]) -> Vec<[f32; 2]> {
        let (mut out, mut at, mut cut) = (Vec::new(), 0, 0);
        while at < total {
            let count = cuts[cut % cuts.len()].min(MAX_FRAMES).min(total - at);
            cut += 1;
            let mut events = Vec::new();
            if at == 0 {
                events.push(self.trigger(0, 1, overrides));
            }
            if (at..at + count).contains(&held) {
                events.push(Played { frame: held - at, kind: Play::GateOff(1) });
            }
            out.extend(self.block(count, &events));
            at += count;
        }
        out
    }

    pub fn trigger(&self, frame: usize, gate: u64, overrides: &[(&str, f64)]) -> Played {
        let mut values = Values::default();
        for (name, value) in overrides {
            values.set(self.controls.id(name).unwrap_or_else(|| panic!("{name} is known")), *value);
        }
        Played { frame, kind: Play::Trigger { gate, values } }
    }
}

fn word(text: &str) -> f64 {
    Word::of(text).number()
}

fn played(overrides: &[(&str, f64)], held: f64, total: f64) -> Vec<f32> {
    let frames = |secs: f64| (secs * RATE) as usize;
    Bench::new().play(overrides, (frames(held), frames(total)), &[512]).iter().map(|[left, _]| *left).collect()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |most: f32, x| most.max(x.abs()))
}

fn rms(samples: &[f32]) -> f64 {
    (samples.iter().map(|x| f64::from(x * x)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn every_parameter_is_a_control_that_every_engine_knows() {
    let own = ["enabled", "wave", "volume", "polyphony", "voices", "transpose"];
    for spec in TYPE.params.iter().filter(|spec| !own.contains(&spec.name)) {
        assert!(WELL_KNOWN.contains(&spec.name), "{}", spec.name);
        assert!((spec.min..=spec.max).contains(&spec.default), "{}", spec.name);
    }
    assert_eq!(source::WAVES.len() + 4, source::WORDS.len());
}

#[test]
fn waves_sound_at_their_levels() {
    for (wave, want) in [("sine", 0.12728), ("triangle", 0.10392), ("sawtooth", 0.10326), ("square", 0.17923), ("white", 0.10391)] {
        let sound = played(&[("s", word(wave)), ("freq", 220.0), ("gain", 1.0)], 1.0, 1.0);
        let got = rms(&sound[24_000..]);
        assert!((got / want - 1.0).abs() < 0.02, "{wave}: {got} for {want}");
    }
    let unknown = played(&[("s", word("bd"))], 1.0, 1.0);
    assert_eq!(peak(&unknown), 0.0, "a word of others is silent");
    let loud = |gain: f64| peak(&played(&[("s", word("one")), ("sustain", 1.0), ("gain", gain)], 0.2, 0.2));
    assert!((loud(1.0) - 0.3).abs() < 1e-6 && (loud(0.25) - 0.075).abs() < 1e-6);
    assert!((peak(&played(&[("s", word("one")), ("sustain", 1.0)], 0.2, 0.2)) - 0.24).abs() < 1e-6, "gain is 0.8 where none is said");
}

#[test]
fn one_value_of_the_envelope_changes_the_others() {
    let at = |overrides: &[(&str, f64)], secs: f64| {
        let mut all = vec![("s", word("one")), ("gain", 1.0)];
        all.extend(overrides);
        played(&all, 1.0, 1.3)[(secs * RATE) as usize] / 0.3
    };
    let table: &[(TriggerOverrides<'_>, &[(f64, f32)])] = &[
        (&[], &[(0.01, 0.928), (0.05, 0.608), (0.1, 0.6)]),
        (&[("attackMs", 100.0)], &[(0.01, 0.1), (0.05, 0.5), (0.2, 1.0)]),
        (&[("decayMs", 100.0)], &[(0.01, 0.91009), (0.05, 0.51049), (0.2, 0.001)]),
        (&[("sustain", 0.3)], &[(0.01, 0.3), (0.9, 0.3)]),
        (&[("decayMs", 200.0), ("sustain", 0.4)], &[(0.1, 0.703), (0.3, 0.4)]),
        (&[("releaseMs", 300.0)], &[(0.5, 1.0), (1.15, 0.5)]),
    ];
    for (overrides, points) in table {
        for (secs, want) in *points {
            let got = at(overrides, *secs);
            assert!((got - want).abs() < 0.005, "{overrides:?} at {secs}: {got} for {want}");
        }
    }
}

#[test]
fn blocks_of_any_length_give_the_same_bytes() {
    let overrides: &[&[(&str, f64)]] = &[
        &[("s", word("supersaw")), ("note", 50.0), ("cutoff", 900.0), ("lpenv", 3.0), ("ftype", 2.0), ("vib", 5.0)],
        &[
            ("s", word("sawtooth")),
            ("note", 61.0),
            ("penv", 12.0),
            ("fmi", 2.0),
            ("fmi2", 0.5),
            ("noise", 0.3),
            ("ftype", 1.0),
            ("cutoff", 2000.0),
        ],
        &[("s", word("pulse")), ("pwrate", 3.0), ("distort", 2.0), ("crush", 5.0), ("vowel", 2.0), ("phaserrate", 1.0), ("pan", 0.5)],
        &[("s", word("sbd"))],
    ];
    for overrides in overrides {
        let whole = Bench::new().play(overrides, (9000, 24_000), &[512]);
        assert!(whole.iter().any(|[left, _]| left.abs() > 0.01));
        for cuts in [&[32][..], &[441], &[1, 500, 33, 7]] {
            assert!(Bench::new().play(overrides, (9000, 24_000), cuts) == whole, "{overrides:?} in blocks of {cuts:?}");
        }
    }
}

/// Frequency of a tone between two zero crossings upwards.
fn hz(sound: &[f32]) -> f64 {
    let rising: Vec<f64> = sound
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(at, pair)| at as f64 + f64::from(-pair[0] / (pair[1] - pair[0])))
        .collect();
    (rising.len() - 1) as f64 * RATE / (rising[rising.len() - 1] - rising[0])
}

#[test]
fn pitches_follow_notes_and_what_moves_them() {
    let tone = |overrides: &[(&str, f64)], from: f64, to: f64| {
        let mut all = vec![("s", word("sine"))];
        all.extend(overrides);
        let sound = played(&all, 1.0, 1.0);
        hz(&sound[(from * RATE) as usize..(to * RATE) as usize])
    };
    let table: &[(&[(&str, f64)], f64)] = &[
        (&[], 65.406),
        (&[("note", 57.0)], 220.0),
        (&[("note", 0.0)], 65.406),
        (&[("note", 57.0), ("octave", 1.0)], 440.0),
        (&[("note", 60.0), ("freq", 100.0)], 100.0),
        (&[("note", 60.5)], 269.29),
    ];
    for (overrides, want) in table {
        let got = tone(overrides, 0.2, 0.9);
        assert!((got / want - 1.0).abs() < 0.001, "{overrides:?}: {got} for {want}");
    }
    let cents = |overrides: &[(&str, f64)], at: f64| {
        let mut all = vec![("freq", 1000.0)];
        all.extend(overrides);
        1200.0 * (tone(&all, at - 0.005, at + 0.005) / 1000.0).log2()
    };
    let table: &[(TriggerOverrides<'_>, &[(f64, f64)])] = &[
        (&[("penv", 12.0)], &[(0.05, -894.0), (0.1, -600.0), (0.3, 0.0)]),
        (&[("penv", 12.0), ("pdecay", 0.2)], &[(0.05, 905.0), (0.15, 306.0), (0.4, 0.0)]),
        (&[("penv", 12.0), ("pattack", 0.1), ("pdecay", 0.2), ("psustain", 0.5)], &[(0.05, 0.0), (0.2, 300.0)]),
        (&[("vib", 5.0), ("vibmod", 1.0)], &[(0.05, 100.0), (0.15, -100.0)]),
    ];
    for (overrides, points) in table {
        for (at, want) in *points {
            let got = cents(overrides, *at);
            assert!((got - want).abs() < 20.0, "{overrides:?} at {at}: {got} for {want}");
        }
    }
}

#[test]
fn what_a_trigger_says_of_its_place_is_heard() {
    let sides = |overrides: &[(&str, f64)]| {
        let mut all = vec![("sustain", 1.0), ("gain", 1.0), ("freq", 200.0)];
        all.extend(overrides);
        let sound = Bench::new().play(&all, (20_000, 14_400), &[512]);
        [0, 1].map(|side| rms(&sound[4800..].iter().map(|frame| frame[side]).collect::<Vec<_>>()))
    };
    for (wave, table) in [
        ("sine", [(-1.0, 1.0, 0.0), (-0.5, 0.92388, 0.38268), (0.0, HALF, HALF), (1.0, 0.0, 1.0)]),
        ("pulse", [(-1.0, 2.0, 0.0), (-0.5, 1.7071, HALF), (0.0, 1.0, 1.0), (1.0, 0.0, 2.0)]),
    ] {
        let [whole, _] = sides(&[("s", word(wave))]);
        for (pan, left, right) in table {
            let [l, r] = sides(&[("s", word(wave)), ("pan", pan)]);
            assert!((l / whole - left).abs() < 0.002 && (r / whole - right).abs() < 0.002, "{wave} at {pan}: {} {}", l / whole, r / whole);
        }
    }
}

#[test]
fn a_cut_group_ends_the_voice_before() {
    let mut bench = Bench::new();
    let one = |bench: &Bench, frame, gate, gain| {
        bench.trigger(frame, gate, &[("s", word("one")), ("sustain", 1.0), ("gain", gain), ("cut", 3.0)])
    };
    let event = one(&bench, 0, 1, 1.0);
    bench.block(480, &[event]);
    let event = one(&bench, 0, 2, 0.0);
    let sound: Vec<[f32; 2]> = (0..2).flat_map(|k| bench.block(480, if k == 0 { std::slice::from_ref(&event) } else { &[] })).collect();
    let at = |frame: usize| sound[frame][0] / 0.3;
    assert!((at(0) - 1.0).abs() < 0.01 && (at(240) - 0.5).abs() < 0.01 && at(480) == 0.0, "{} {} {}", at(0), at(240), at(480));
}

#[test]
fn voices_are_stolen_and_lanes_come_back() {
    let mut bench = Bench::new();
    for gate in 0..2000_u64 {
        let wave = if gate % 3 == 0 { "supersaw" } else { "sawtooth" };
        let event =
            bench.trigger((gate % 100) as usize, gate, &[("s", word(wave)), ("note", 40.0 + (gate % 40) as f64), ("cutoff", 500.0)]);
        let sound = bench.block(100, &[event]);
        assert!(sound.iter().flatten().all(|x| x.is_finite()));
    }
    bench.block(1, &[Played { frame: 0, kind: Play::AllOff }]);
    (0..40).for_each(|_| drop(bench.block(512, &[])));
    assert!(bench.block(512, &[]).iter().flatten().all(|x| *x == 0.0));
}

/// Random controls, within their ranges, at any rate of change.
#[test]
fn any_controls_stay_sound() {
    let mut bench = Bench::new();
    let mut dice = Dice::new(5);
    let mut share = move || f64::from(dice.bipolar()) * 0.5 + 0.5;
    let names: Vec<(&str, f64, f64)> = TYPE
        .params
        .iter()
        .filter(|spec| !["enabled", "wave", "volume", "polyphony", "voices", "transpose"].contains(&spec.name))
        .map(|spec| (spec.name, spec.min, spec.max))
        .collect();
    let mut loudest = 0.0_f32;
    for round in 0..1500_u64 {
        let mut overrides =
            vec![("s", word(source::WORDS[(share() * 12.0) as usize % 12])), ("note", share() * 127.0), ("gain", share() * 2.0)];
        for _ in 0..12 {
            let (name, min, max) = names[(share() * names.len() as f64) as usize % names.len()];
            // Most values lie near the lower end, some at the edges.
            let at = share();
            overrides.push((name, min + (max - min) * if at > 0.9 { 1.0 } else { at * at * at }));
        }
        for _ in 0..3 {
            let index = (share() * bench.params.len() as f64) as usize % bench.params.len();
            let spec = &TYPE.params[index];
            bench.params[index] = spec.min + (spec.max - spec.min) * share();
        }
        if round % 10 == 0 {
            bench.params = TYPE.params.iter().map(|spec| spec.default).collect();
        }
        let event = bench.trigger((share() * 400.0) as usize, round, &overrides);
        let mut events = vec![event];
        if round > 8 {
            events.push(Played { frame: 200, kind: Play::GateOff(round - 8) });
        }
        for (k, events) in [&events[..], &[]].into_iter().enumerate() {
            let sound = bench.block(401 + k, events);
            assert!(sound.iter().flatten().all(|x| x.is_finite()), "{overrides:?}");
            loudest = sound.iter().flatten().fold(loudest, |most, x| most.max(x.abs()));
        }
    }
    assert!((0.1..=15.85).contains(&loudest), "{loudest}");
}

/// A sine and a square.
fn two_cycles(length: usize) -> Vec<f32> {
    let sine = (0..length).map(|frame| (std::f64::consts::TAU * frame as f64 / length as f64).sin() as f32);
    sine.chain((0..length).map(|frame| if frame < length / 2 { 1.0 } else { -1.0 })).collect()
}

#[test]
fn wavetables_are_called_by_their_words_and_gone_through() {
    let cycles = two_cycles(256);
    let flat = vec![0.0; 512];
    let list: &[(&str, &[f32], usize)] = &[("vox", &cycles, 256), ("vox", &flat, 256), ("sine", &cycles[256..], 256)];
    let mut sounds = Vec::new();
    for said in [
        &[("s", word("vox"))][..],
        &[("s", word("vox")), ("wt", 1.0)],
        &[("s", word("vox")), ("wt", 0.5)],
        &[("s", word("vox")), ("n", 1.0)],
        &[("s", word("vox")), ("n", 2.0)],
        &[("s", word("sine"))],
    ] {
        let all: Vec<_> = said.iter().copied().chain([("freq", 100.0), ("gain", 1.0), ("sustain", 1.0)]).collect();
        let sound = Bench::with_tables(list).play(&all, (48_000, 48_000), &[512]);
        sounds.push(rms(&sound[24_000..].iter().map(|frame| frame[0]).collect::<Vec<_>>()));
    }
    let [sine, square, between, other, again, own] = sounds[..] else { panic!("six") };
    // 0.3 · √½, of a sine's and a square's RMS.
    assert!((sine - 0.15).abs() < 0.001 && (square - 0.212).abs() < 0.003, "{sounds:?}");
    assert!(between > sine && between < square && other == 0.0 && again == sine, "{sounds:?}");
    assert_eq!(own, square, "a word of the user's own stands before a wave's");
}

#[test]
fn what_moves_a_wavetable_moves_it_at_any_block_size() {
    let cycles = two_cycles(2048);
    let cases: &[TriggerOverrides<'_>] = &[
        &[("wtenv", 1.0), ("wtdecay", 0.1)],
        &[("wtrate", 3.0), ("wtdepth", 1.0)],
        &[("wtsync", 4.0), ("wtdepth", 1.0), ("unison", 5.0), ("detune", 0.3)],
        &[("fmi", 2.0), ("wt", 0.3)],
        &[("penv", 24.0), ("pattack", 0.2), ("wt", 0.7)],
    ];
    for case in cases {
        let all: Vec<_> = case.iter().copied().chain([("s", word("vox")), ("note", 62.0)]).collect();
        let whole = Bench::with_tables(&[("vox", &cycles, 2048)]).play(&all, (20_000, 30_000), &[512]);
        assert!(peak(&whole.iter().map(|frame| frame[0]).collect::<Vec<_>>()) > 0.05, "{case:?}");
        let still: Vec<_> = all.iter().copied().filter(|(name, _)| matches!(*name, "s" | "note")).collect();
        assert_ne!(whole, Bench::with_tables(&[("vox", &cycles, 2048)]).play(&still, (20_000, 30_000), &[512]));
        for cuts in [&[32][..], &[441], &[1, 7, 500]] {
            assert_eq!(whole, Bench::with_tables(&[("vox", &cycles, 2048)]).play(&all, (20_000, 30_000), cuts), "{case:?} {cuts:?}");
        }
    }
}

/// A voice goes on with the wavetable that it began with, which comes back once it has ended, and is not freed by the processor.
#[test]
fn a_wavetable_that_is_replaced_sounds_to_its_voices_end_and_goes_home() {
    let cycles = two_cycles(256);
    let mut bench = Bench::with_tables(&[("vox", &cycles, 256)]);
    let on = bench.trigger(0, 1, &[("s", word("vox")), ("sustain", 1.0)]);
    bench.block(512, &[on]);
    drop(bench.give(&[("vox", &vec![0.0; 256], 256)]));
    let held = bench.block(512, &[]);
    assert!(held.iter().any(|frame| frame[0].abs() > 0.1));
    let off = Played { frame: 0, kind: Play::GateOff(1) };
    (0..8).for_each(|at| drop(bench.block(512, if at == 0 { std::slice::from_ref(&off) } else { &[] })));
    let home = bench.give(&[]);
    let home = home.downcast_ref::<Tables>().unwrap();
    assert_eq!(home.retired(), 1);
    // What is not there is silent, and no other instrument's.
    let gone = bench.trigger(0, 2, &[("s", word("vox"))]);
    assert!(bench.block(512, &[gone]).iter().all(|frame| *frame == [0.0; 2]));
}
