//! The sampler's promises.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    media::{AudioData, Media, MediaInfo, VideoInfo},
    module::{
        Value,
        samples::{Cuts, SampleContent, SamplerContent},
    },
    signal::{
        MAX_FRAMES, Node, Values, control,
        solo::{Play, Played, Solo},
    },
    view::VoiceView,
};

pub const RATE: f64 = 48_000.0;

/// A sampler with a clock, played block by block.
pub struct Bench {
    pub node: SamplerNode,
    pub params: Vec<f64>,
    clock: u64,
    solo: Solo,
}

pub fn medium(frames: Vec<[f32; 2]>) -> Media {
    let info = MediaInfo {
        hash: String::new(),
        size: 0,
        secs: frames.len() as f64 / RATE,
        audio: Some((2, 48_000)),
        video: None,
        font: None,
        cues: Vec::new(),
        root: None,
        loops: None,
        cycle: None,
        replaced: 0,
        notes: Vec::new(),
    };
    Media { info: Arc::new(info), audio: Some(Arc::new(AudioData { rate: RATE, frames: frames.into() })) }
}

pub fn mono(samples: impl IntoIterator<Item = f32>) -> Media {
    medium(samples.into_iter().map(|x| [x, x]).collect())
}

pub fn ramp(count: usize) -> Media {
    mono((0..count).map(|x| x as f32))
}

pub fn picture(frames: u32, fps: u32) -> Media {
    let video = VideoInfo { path: "clip.mov".into(), width: 4, height: 4, fps: (fps, 1), frames, codec: "hap".into() };
    let secs = f64::from(frames) / f64::from(fps);
    Media {
        info: Arc::new(MediaInfo {
            hash: String::new(),
            size: 0,
            secs,
            audio: None,
            video: Some(video),
            font: None,
            cues: Vec::new(),
            root: None,
            loops: None,
            cycle: None,
            replaced: 0,
            notes: Vec::new(),
        }),
        audio: None,
    }
}

pub fn content(media: &[&Media]) -> SamplerContent {
    SamplerContent::new(media.iter().map(|media| SampleContent::new(Some(media), &BTreeMap::new())).collect())
}

pub fn trigger(frame: usize, gate: u64, values: &[(u16, f32)]) -> Played {
    let mut all = Values::default();
    for (control, value) in values {
        all.set(*control, *value);
    }
    Played { frame, kind: Play::Trigger { gate, values: all } }
}

pub fn off(frame: usize, gate: u64) -> Played {
    Played { frame, kind: Play::GateOff(gate) }
}

impl Bench {
    pub fn new(media: &[&Media], params: &[(usize, f64)]) -> Self {
        let mut all: Vec<f64> = TYPE.params.iter().map(|spec| spec.default).collect();
        for (index, value) in params {
            all[*index] = *value;
        }
        let mut bench = Self { node: SamplerNode::new(RATE), params: all, clock: 0, solo: Solo::new(RATE) };
        bench.exchange(content(media));
        bench
    }

    pub fn exchange(&mut self, content: SamplerContent) -> SamplerContent {
        let mut handed: Box<dyn std::any::Any + Send> = Box::new(content);
        self.node.exchange(&mut handed);
        *handed.downcast::<SamplerContent>().unwrap()
    }

    pub fn block(&mut self, frames: usize, events: &[Played]) -> Vec<[f32; 2]> {
        self.solo.outputs[0].left.fill(f32::NAN);
        self.solo.outputs[0].right.fill(f32::NAN);
        self.solo.outputs[0].set_silent(false);
        let out = self.solo.block(&mut self.node, self.clock, frames, &self.params, events, &[]);
        self.clock += frames as u64;
        let made: Vec<[f32; 2]> = (0..frames).map(|k| [out.left[k], out.right[k]]).collect();
        assert_eq!(out.is_silent(), made.iter().all(|frame| *frame == [0.0; 2]), "what it says of silence must be true to the block");
        made
    }

    /// The left channel of `frames` frames in blocks of [`MAX_FRAMES`], with events at absolute frames.
    pub fn left(&mut self, frames: usize, events: &[Played]) -> Vec<f32> {
        let mut all = Vec::new();
        let begin = self.clock;
        while all.len() < frames {
            let at = all.len();
            let count = (frames - at).min(MAX_FRAMES);
            let due: Vec<Played> = events
                .iter()
                .filter(|event| (at..at + count).contains(&event.frame))
                .map(|event| Played { frame: event.frame - at, ..*event })
                .collect();
            all.extend(self.block(count, &due).iter().map(|frame| frame[0]));
        }
        assert_eq!(self.clock - begin, frames as u64);
        all
    }

    pub fn views(&self) -> Vec<VoiceView> {
        let mut all = Vec::new();
        self.node.voices(&mut |view| all.push(view));
        all
    }
}

const ONCE: f64 = 0.0;
const LOOP: f64 = 1.0;
const GRAIN: f64 = 2.0;
const NEXT: f64 = 3.0;

#[test]
fn an_impulse_sounds_in_exactly_its_frame_at_full_level() {
    let impulse = mono([1.0]);
    for frame in [0, 1, 17, 255] {
        for style in [ONCE, NEXT] {
            let mut bench = Bench::new(&[&impulse], &[(param::PLAY_STYLE, style)]);
            let out = bench.block(256, &[trigger(frame, 1, &[])]);
            for (k, found) in out.iter().enumerate() {
                assert_eq!(*found, if k == frame { [1.0; 2] } else { [0.0; 2] }, "frame {k} for a trigger at {frame}");
            }
            assert!(bench.block(64, &[]).iter().all(|frame| *frame == [0.0; 2]));
            assert!(bench.views().is_empty());
        }
    }
}

#[test]
fn the_places_are_those_of_the_list() {
    for (name, index) in [
        ("enabled", param::ENABLED),
        ("index", param::INDEX),
        ("grainSize", param::GRAIN_SIZE),
        ("playStyle", param::PLAY_STYLE),
        ("voices", param::VOICES),
        ("releaseMs", param::RELEASE_MS),
        ("blend", param::BLEND),
    ] {
        assert_eq!(TYPE.param(name).unwrap().index, index, "{name}");
    }
}

/// First frames of media whose samples are their own frame numbers (10 of them, counted from 1), with no release.
#[test]
fn every_style_goes_its_way_through_the_region() {
    use param::*;
    let media = mono((1..=10).map(|x| x as f32));
    let quarter = 4.0 / RATE;
    for (name, params, values, expected) in [
        ("once", &[][..], &[][..], &[1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 0., 0., 0., 0.][..]),
        ("once, in reverse from the region's end", &[(SPEED, -1.0)], &[], &[10., 9., 8., 7., 6., 5., 4., 3., 2., 1., 0., 0.]),
        ("a region", &[(REGION_START, 0.2), (REGION_END, 0.5)], &[], &[3., 4., 5., 0., 0.]),
        ("a region in reverse", &[(REGION_START, 0.2), (REGION_END, 0.5), (SPEED, -1.0)], &[], &[5., 4., 3., 0., 0.]),
        ("begin and end of the trigger", &[], &[(control::BEGIN, 0.2), (control::END, 0.5)], &[3., 4., 5., 0., 0.]),
        ("a position", &[(POSITION, 0.5)], &[], &[6., 7., 8., 9., 10., 0., 0.]),
        ("a position in reverse counts from the end", &[(POSITION, 0.5), (SPEED, -1.0)], &[], &[5., 4., 3., 2., 1., 0.]),
        ("double speed", &[(SPEED, 2.0)], &[], &[1., 3., 5., 7., 9., 0., 0.]),
        ("double speed in reverse", &[(SPEED, -2.0)], &[], &[10., 8., 6., 4., 2., 0., 0.]),
        ("loop", &[(PLAY_STYLE, LOOP), (REGION_END, 0.3)], &[], &[1., 2., 3., 1., 2., 3., 1.]),
        ("loop from a position", &[(PLAY_STYLE, LOOP), (REGION_END, 0.4), (POSITION, 0.5)], &[], &[3., 4., 1., 2., 3., 4., 1.]),
        ("loop in reverse", &[(PLAY_STYLE, LOOP), (REGION_END, 0.3), (SPEED, -1.0)], &[], &[3., 2., 1., 3., 2., 1., 3.]),
        ("loop by twos", &[(PLAY_STYLE, LOOP), (REGION_END, 0.3), (SPEED, 2.0)], &[], &[1., 3., 2., 1., 3., 2.]),
        ("a speed longer than the loop", &[(PLAY_STYLE, LOOP), (REGION_END, 0.3), (SPEED, 10.0)], &[], &[1., 2., 3., 1., 2.]),
        ("a loop within its region", &[(PLAY_STYLE, LOOP), (LOOP_BEGIN, 0.2), (LOOP_END, 0.5)], &[], &[1., 2., 3., 4., 5., 3., 4., 5., 3.]),
        (
            "a loop of the trigger",
            &[],
            &[(control::PLAY_STYLE, 1.0), (control::LOOP_BEGIN, 0.7)],
            &[1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 8., 9.],
        ),
        (
            "a loop within, in reverse",
            &[(PLAY_STYLE, LOOP), (LOOP_BEGIN, 0.6), (LOOP_END, 0.8), (SPEED, -1.0)],
            &[],
            &[10., 9., 8., 7., 8., 7., 8.],
        ),
        ("a loop within, by twos", &[(PLAY_STYLE, LOOP), (LOOP_BEGIN, 0.2), (LOOP_END, 0.5), (SPEED, 2.0)], &[], &[1., 3., 5., 4., 3., 5.]),
        (
            "a loop ends with its region",
            &[(PLAY_STYLE, LOOP), (REGION_END, 0.4), (LOOP_BEGIN, 0.2), (LOOP_END, 0.9)],
            &[],
            &[1., 2., 3., 4., 3., 4.],
        ),
        ("from behind a loop into it", &[(PLAY_STYLE, LOOP), (LOOP_BEGIN, 0.2), (LOOP_END, 0.5), (POSITION, 0.6)], &[], &[4., 5., 3., 4.]),
        ("a loop of the wrong order", &[(PLAY_STYLE, LOOP), (LOOP_BEGIN, 0.5), (LOOP_END, 0.2)], &[], &[1., 2., 3., 4., 5., 6., 6., 6.]),
        ("grain", &[(PLAY_STYLE, GRAIN), (GRAIN_SIZE, quarter), (POSITION, 0.3)], &[], &[4., 5., 6., 7., 4., 5., 6., 7., 4.]),
        ("grain in reverse", &[(PLAY_STYLE, GRAIN), (GRAIN_SIZE, quarter), (SPEED, -1.0)], &[], &[4., 3., 2., 1., 4., 3.]),
        ("grain at the region's end", &[(PLAY_STYLE, GRAIN), (GRAIN_SIZE, quarter), (POSITION, 0.8)], &[], &[9., 10., 9., 10.]),
        ("grain of the region", &[(PLAY_STYLE, GRAIN), (REGION_END, 0.3)], &[], &[1., 2., 3., 1., 2.]),
        ("style of the trigger", &[], &[(control::PLAY_STYLE, 1.0), (control::REGION_END, 0.2)], &[1., 2., 1., 2., 1.]),
        ("a note two octaves up", &[], &[(control::NOTE, 84.0)], &[1., 5., 9., 0., 0.]),
        ("transposed an octave up", &[(TRANSPOSE, 12.0)], &[], &[1., 3., 5., 7., 9., 0.]),
        ("a note and a transposition that cancel", &[(TRANSPOSE, -12.0)], &[(control::NOTE, 72.0)], &[1., 2., 3., 4.]),
        ("level, gain and velocity", &[(VOLUME, 2.0)], &[(control::GAIN, 4.0), (control::VELOCITY, 0.5)], &[4., 8., 12., 16.]),
        ("no level, but time goes on", &[(VOLUME, 0.0)], &[], &[0., 0., 0.]),
        ("standing still is silent", &[(SPEED, 0.0)], &[], &[0., 0., 0.]),
        ("a value out of range is held to it", &[], &[(control::VOLUME, 99.0)], &[2., 4., 6.]),
    ] {
        let mut all = vec![(RELEASE_MS, 0.0)];
        all.extend_from_slice(params);
        let mut bench = Bench::new(&[&media], &all);
        let out = bench.left(expected.len(), &[trigger(0, 1, values)]);
        assert_eq!(out, expected, "{name}");
    }
}

#[test]
fn trigger_overrides_sample_overrides_module() {
    let media = mono(vec![1.0; 100]);
    for (of_sample, of_trigger, expected) in
        [(None, None, 0.5), (Some(0.25), None, 0.25), (Some(0.25), Some(0.125), 0.125), (None, Some(0.0), 0.0)]
    {
        let mut bench = Bench::new(&[], &[(param::VOLUME, 0.5)]);
        let own = of_sample.map(|value| (crate::name::Name::new("volume"), Value::Number(value))).into_iter().collect();
        bench.exchange(SamplerContent::new(vec![SampleContent::new(Some(&media), &own)]));
        let values: Vec<(u16, f32)> = of_trigger.into_iter().map(|value| (control::VOLUME, value)).collect();
        assert_eq!(bench.left(4, &[trigger(0, 1, &values)]), [expected; 4]);
    }
}

#[test]
fn once_is_released_so_that_it_ends_at_the_region_end() {
    let media = mono(vec![1.0; 1000]);
    for (frames, release_ms, released_at) in
        [(1000, 10.0, 520), (1000, 0.0, 1000), (600, 10.0, 300), (2, 10.0, 1), (3, 10.0, 2), (1, 10.0, 1)]
    {
        let mut bench = Bench::new(&[&media], &[(param::RELEASE_MS, release_ms), (param::REGION_END, f64::from(frames) / 1000.0)]);
        let out = bench.left(1100, &[trigger(0, 1, &[])]);
        let release = frames as usize - released_at;
        for (k, level) in out.iter().enumerate() {
            let expected = match k {
                k if k <= released_at && k < frames as usize => 1.0,
                k if k < frames as usize => 1.0 - (k - released_at) as f32 / release as f32,
                _ => 0.0,
            };
            assert!((level - expected).abs() < 1e-5, "frame {k} of {frames}: {level}, expected {expected}");
        }
    }
}

#[test]
fn once_ends_softly_while_its_speed_keeps_changing() {
    let media = mono(vec![1.0; 5000]);
    let mut bench = Bench::new(&[&media], &[]);
    let mut out: Vec<f32> = bench.block(32, &[trigger(0, 1, &[])]).iter().map(|frame| frame[0]).collect();
    for round in 0..200 {
        bench.params[param::SPEED] = 1.0 + f64::from(round % 7) * 0.05;
        out.extend(bench.block(32, &[]).iter().map(|frame| frame[0]));
    }
    assert!(out[6000] == 0.0 && out[3000] == 1.0);
    let steepest = out.windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0_f32, f32::max);
    assert!(steepest < 0.02, "{steepest}");
}

#[test]
fn a_closed_gate_releases_its_voice_alone() {
    let media = mono(vec![1.0; 10_000]);
    let mut bench = Bench::new(&[&media], &[(param::RELEASE_MS, 1.0)]);
    let out = bench.left(2000, &[trigger(0, 1, &[]), trigger(100, 2, &[]), off(500, 1), off(600, 99)]);
    for (frame, expected) in [(0, 1.0), (99, 1.0), (100, 2.0), (500, 2.0), (524, 1.5), (548, 1.0), (1999, 1.0)] {
        assert!((out[frame] - expected).abs() < 1e-5, "frame {frame}: {}", out[frame]);
    }
    let out = bench.left(100, &[Played { frame: 10, kind: Play::AllOff }]);
    assert_eq!((out[10], out[58]), (1.0, 0.0));
}

#[test]
fn the_envelope_shapes_the_voice() {
    use param::*;
    let media = mono(vec![1.0; 10_000]);
    let ms = |frames: f64| frames * 1000.0 / RATE;
    let mut bench = Bench::new(&[&media], &[(ATTACK_MS, ms(100.0)), (DECAY_MS, ms(200.0)), (SUSTAIN, 0.5), (RELEASE_MS, ms(100.0))]);
    let out = bench.left(1200, &[trigger(0, 1, &[]), off(1000, 1)]);
    for (frame, expected) in [(0, 0.0), (50, 0.5), (100, 1.0), (200, 0.75), (300, 0.5), (999, 0.5), (1050, 0.25), (1100, 0.0), (1199, 0.0)]
    {
        assert!((out[frame] - expected).abs() < 1e-5, "frame {frame}: {}", out[frame]);
    }
}

#[test]
fn a_loop_of_whole_periods_is_a_seamless_sine() {
    let period = 64.0;
    let sine = |at: f64| (at * std::f64::consts::TAU / period).sin();
    // Outside the loop lies noise that must not be heard.
    let media = mono((0..1280).map(|k| if (640..960).contains(&k) { sine(f64::from(k)) as f32 } else { 1.0 - (k % 2) as f32 * 2.0 }));
    for speed in [1.0, 0.37, 1.9, -1.0, -0.61, 3.3] {
        let region = [(param::REGION_START, 0.5), (param::REGION_END, 0.75), (param::PLAY_STYLE, LOOP), (param::SPEED, speed)];
        let mut bench = Bench::new(&[&media], &region);
        let out = bench.left(4000, &[trigger(0, 1, &[])]);
        let begin = if speed < 0.0 { -1.0 } else { 0.0 };
        for (k, found) in out.iter().enumerate() {
            let expected = sine(begin + k as f64 * speed);
            assert!((f64::from(*found) - expected).abs() < 2e-3, "frame {k} at speed {speed}: {found}, expected {expected}");
        }
    }
}

#[test]
fn notes_play_at_their_pitch() {
    let period = 96.0;
    let media = mono((0..96_000).map(|k| (f64::from(k) * std::f64::consts::TAU / period).sin() as f32));
    for (note, ratio) in [(60.0, 1.0), (69.0, 2.0_f64.powf(0.75)), (72.0, 2.0), (48.0, 0.5)] {
        let mut bench = Bench::new(&[&media], &[(param::PLAY_STYLE, LOOP)]);
        let out = bench.left(48_000, &[trigger(0, 1, &[(control::NOTE, note)])]);
        let rises = out.windows(2).filter(|pair| pair[0] <= 0.0 && pair[1] > 0.0).count();
        let expected = 48_000.0 / period * ratio;
        assert!((rises as f64 - expected).abs() <= 1.0, "note {note}: {rises} periods, expected {expected}");
    }
}

#[test]
fn the_oldest_voice_is_stolen_without_a_click() {
    let media = mono(vec![0.25; 48_000]);
    let mut bench = Bench::new(&[&media], &[(param::VOICES, 2.0)]);
    let out = bench.left(1000, &[trigger(0, 1, &[]), trigger(100, 2, &[]), trigger(200, 3, &[])]);
    assert_eq!((out[0], out[100], out[200], out[232], out[264]), (0.25, 0.5, 0.75, 0.625, 0.5));
    assert!(out[200..300].windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.005), "the stolen voice must fade");
    assert_eq!(bench.views().iter().map(|voice| voice.serial).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_storm_of_triggers_keeps_to_its_voices() {
    let media = mono(vec![0.25; 48_000]);
    let mut bench = Bench::new(&[&media], &[(param::VOICES, 64.0)]);
    let storm: Vec<Played> = (0..2000).map(|k| trigger(k / 100, k as u64, &[])).collect();
    bench.block(64, &storm);
    bench.block(256, &[]);
    bench.block(1, &[]);
    assert_eq!(bench.views().len(), 64);
    assert_eq!(bench.block(1, &[])[0], [16.0; 2]);
}

#[test]
fn mono_releases_the_voice_before_and_a_rest_stops_it() {
    let media = mono(vec![1.0; 48_000]);
    let mut bench = Bench::new(&[&media], &[(param::POLYPHONY, 1.0), (param::RELEASE_MS, 1.0)]);
    let out = bench.left(2000, &[trigger(0, 1, &[]), trigger(500, 2, &[]), trigger(1000, 3, &[(control::INDEX, -1.0)])]);
    for (frame, expected) in [(499, 1.0), (500, 2.0), (524, 1.5), (548, 1.0), (999, 1.0), (1024, 0.5), (1048, 0.0)] {
        assert!((out[frame] - expected).abs() < 1e-5, "frame {frame}: {}", out[frame]);
    }
}

#[test]
fn next_resumes_where_it_left_off() {
    let media = mono((1..=100).map(|x| x as f32));
    let mut bench = Bench::new(&[&media], &[(param::PLAY_STYLE, NEXT), (param::RELEASE_MS, 0.0)]);
    let out = bench.left(300, &[trigger(0, 1, &[]), off(40, 1), trigger(50, 2, &[]), off(70, 2), trigger(200, 3, &[])]);
    assert_eq!((out[0], out[39], out[40]), (1.0, 40.0, 0.0));
    assert_eq!((out[50], out[69], out[70]), (41.0, 60.0, 0.0));
    assert_eq!((out[200], out[239], out[240]), (61.0, 100.0, 0.0));
    let out = bench.left(10, &[trigger(0, 4, &[])]);
    assert_eq!(out[0], 1.0, "after the end it begins again");
}

#[test]
fn next_takes_over_a_sounding_voice_without_a_bump() {
    let media = mono(vec![1.0; 10_000]);
    let mut bench = Bench::new(&[&media], &[(param::PLAY_STYLE, NEXT)]);
    let out = bench.left(3000, &[trigger(0, 1, &[]), off(1000, 1), trigger(1000, 2, &[]), trigger(2000, 3, &[])]);
    for (frame, level) in out.iter().enumerate() {
        assert!((level - 1.0).abs() < 0.07, "frame {frame}: {level}");
    }
    assert!((bench.views()[0].media_secs - (3000.0 - 440.0) / RATE).abs() < 1e-9, "{:?}", bench.views());
}

#[test]
fn a_change_of_the_module_reaches_playing_voices_in_a_ramp() {
    let media = mono(vec![1.0; 48_000]);
    let mut bench = Bench::new(&[&media], &[]);
    assert_eq!(bench.block(100, &[trigger(0, 1, &[]), trigger(0, 2, &[(control::VOLUME, 1.0)])])[99], [2.0; 2]);
    bench.params[param::VOLUME] = 0.5;
    let out = bench.block(100, &[]);
    assert_eq!((out[0][0], out[32][0], out[64][0]), (2.0, 1.75, 1.5), "a voice with a level of its own keeps it");
    bench.params[param::ENABLED] = 0.0;
    let out = bench.block(100, &[trigger(0, 3, &[])]);
    assert_eq!((out[0][0], out[32][0], out[64][0]), (1.5, 0.75, 0.0));
    assert!(bench.block(10, &[]).iter().all(|frame| *frame == [0.0; 2]) && bench.views().is_empty());
}

#[test]
fn pan_moves_the_voice() {
    let media = mono(vec![1.0; 1000]);
    for (pan, expected) in [(0.0, [1.0, 1.0]), (-1.0, [std::f32::consts::SQRT_2, 0.0]), (1.0, [0.0, std::f32::consts::SQRT_2])] {
        let mut bench = Bench::new(&[&media], &[(param::PAN, pan)]);
        assert_eq!(bench.block(10, &[trigger(0, 1, &[])])[5], expected);
    }
}

#[test]
fn views_show_voices_at_the_first_frame_of_the_block() {
    let (sound, clip, still) = (mono(vec![1.0; 48_000]), picture(50, 25), picture(1, 25));
    let mut bench = Bench::new(&[&sound, &clip, &still], &[(param::OPACITY, 0.5), (param::BLEND, 1.0)]);
    bench.block(100, &[trigger(0, 1, &[]), trigger(50, 2, &[(control::INDEX, 1.0), (control::OPACITY, 0.25), (control::SPEED, -2.0)])]);
    let views = bench.views();
    assert_eq!(views.len(), 1, "a voice that begins later in the block is not there yet");
    assert_eq!((views[0].media_secs, views[0].speed, views[0].opacity, views[0].blend, views[0].level), (0.0, 1.0, 0.5, 1, 1.0));
    bench.block(100, &[trigger(0, 3, &[(control::INDEX, 2.0), (control::PLAY_STYLE, 1.0)])]);
    let views = bench.views();
    assert_eq!(views.iter().map(|view| (view.sample, view.serial)).collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 2)]);
    assert!((views[0].media_secs - 100.0 / RATE).abs() < 1e-12);
    assert!((views[1].media_secs - (2.0 - 1.0 / RATE - 100.0 / RATE)).abs() < 1e-9, "{}", views[1].media_secs);
    assert_eq!((views[1].speed, views[1].opacity), (-2.0, 0.25));
    assert_eq!((views[2].media_secs, views[2].speed), (0.0, 0.0));
    bench.left(96_000, &[]);
    bench.block(1, &[]);
    assert_eq!(bench.views().iter().map(|view| view.sample).collect::<Vec<_>>(), [2], "a still stays until its gate closes");
    bench.left(1000, &[off(0, 3)]);
    bench.block(1, &[]);
    assert!(bench.views().is_empty());
}

#[test]
fn a_looping_picture_shows_its_loop() {
    let clip = picture(100, 25);
    let region = [(param::PLAY_STYLE, LOOP), (param::REGION_START, 0.25), (param::REGION_END, 0.75)];
    let mut bench = Bench::new(&[&clip], &region);
    assert!(bench.left(144_000, &[trigger(0, 1, &[])]).iter().all(|x| *x == 0.0));
    bench.block(1, &[]);
    let view = bench.views()[0];
    assert_eq!((view.loop_secs, view.media_secs), ((1.0, 3.0), 2.0));
}

#[test]
fn a_trigger_without_a_sample_is_counted() {
    let media = mono([1.0]);
    let mut bench = Bench::new(&[&media], &[]);
    bench.block(16, &[trigger(0, 1, &[(control::INDEX, 1.0)]), trigger(0, 2, &[(control::INDEX, 1e9)])]);
    assert!(bench.views().is_empty());
    assert_eq!(bench.exchange(content(&[])).unplayed, 2);
    bench.block(16, &[trigger(0, 1, &[])]);
    assert_eq!(bench.exchange(content(&[])).unplayed, 1);
}

#[test]
fn an_unchanged_sample_plays_on_through_an_exchange_and_a_replaced_one_fades() {
    let (a, b, c) = (ramp(10_000), mono(vec![0.5; 10_000]), mono([1.0]));
    let mut bench = Bench::new(&[&a, &b], &[]);
    bench.block(100, &[trigger(0, 1, &[]), trigger(0, 2, &[(control::INDEX, 1.0)])]);
    let back = bench.exchange(content(&[&c, &a]));
    assert!(back.samples[0].audio.is_some() && back.samples[1].audio.is_none(), "sound that still plays stays");
    let out = bench.block(100, &[]);
    assert_eq!((out[0][0], out[32][0], out[64][0], out[99][0]), (100.5, 132.25, 164.0, 199.0));
    assert_eq!(bench.views().iter().map(|view| view.sample).collect::<Vec<_>>(), [1]);
    let held = Arc::strong_count(b.audio.as_ref().unwrap());
    let back = bench.exchange(content(&[&c, &a]));
    assert_eq!(back.retired.len(), 1, "and goes home once it has faded");
    drop(back);
    assert_eq!(Arc::strong_count(b.audio.as_ref().unwrap()), held - 1);
    assert_eq!(bench.block(1, &[])[0][0], 200.0);
}

#[test]
fn nothing_is_freed_by_the_node_however_content_changes() {
    // The bench's owner holds nothing but weak references: a sound that the node frees itself dies before it came home.
    let mut bench = Bench::new(&[], &[(param::PLAY_STYLE, LOOP), (param::VOICES, 64.0)]);
    let mut seed = 1_u64;
    let mut home = Vec::new();
    let mut weak = Vec::new();
    for round in 0..200_u64 {
        let media: Vec<Media> = (0..3).map(|_| mono(vec![0.1; 50])).collect();
        weak.extend(media.iter().map(|media| Arc::downgrade(media.audio.as_ref().unwrap())));
        let new = content(&media.iter().collect::<Vec<_>>());
        drop(media);
        home.push(bench.exchange(new));
        assert!(weak.iter().all(|weak| weak.strong_count() > 0), "round {round}");
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let events: Vec<Played> = (0..3).map(|k| trigger(k, round * 3 + k as u64, &[(control::INDEX, k as f32)])).collect();
        bench.block((seed >> 60) as usize * 8 + 4, &events);
        assert!(weak.iter().all(|weak| weak.strong_count() > 0), "round {round}");
    }
}

#[test]
fn slices_are_equal_parts_of_the_region_by_control_by_parameter_and_by_an_index_after_the_samples() {
    let (whole, cut) = (ramp(160), ramp(80));
    let none = BTreeMap::new();
    let sixteen = BTreeMap::from([(crate::name::Name::new("slices"), Value::Number(16.0))]);
    let content = || SamplerContent::new(vec![SampleContent::new(Some(&whole), &none), SampleContent::new(Some(&cut), &sixteen)]);
    let slice = |index: f32, slice: Option<f32>, params: &[(usize, f64)]| {
        let mut bench = Bench::new(&[], &[params, &[(param::RELEASE_MS, 0.0)]].concat());
        bench.exchange(content());
        let mut values = vec![(control::INDEX, index)];
        values.extend(slice.map(|slice| (control::SLICE, slice)));
        let heard: Vec<f32> = bench.left(200, &[trigger(0, 1, &values)]);
        heard[..heard.iter().rposition(|x| *x != 0.0).map_or(0, |last| last + 1)].to_vec()
    };
    let range = |from: u8, to: u8| -> Vec<f32> { (from..to).map(f32::from).collect() };
    for (what, heard, wanted) in [
        ("the whole", slice(1.0, None, &[]), range(0, 80)),
        ("by control", slice(1.0, Some(3.0), &[]), range(15, 20)),
        ("beyond the last", slice(1.0, Some(99.0), &[]), range(75, 80)),
        ("by index", slice(2.0 + 5.0, None, &[]), range(25, 30)),
        ("the last by index", slice(2.0 + 15.0, None, &[]), range(75, 80)),
        ("after the last", slice(2.0 + 16.0, None, &[]), vec![]),
        ("the module cuts the first as well", slice(2.0 + 1.0, None, &[(param::SLICES, 8.0)]), range(20, 40)),
        ("and then comes the second", slice(2.0 + 8.0 + 1.0, None, &[(param::SLICES, 8.0)]), range(5, 10)),
        ("of the region", slice(1.0, Some(1.0), &[(param::REGION_START, 0.2)]), range(20, 24)),
    ] {
        assert_eq!(heard, wanted, "{what}");
    }
}

#[test]
fn listed_slices_begin_where_they_are_cut() {
    let (one, two) = (ramp(100), ramp(50));
    let none = BTreeMap::new();
    let sample = |media: &Media, cuts: &str| {
        let own = BTreeMap::from([(crate::name::Name::new("slices"), Value::Text(crate::name::Name::new(cuts)))]);
        SampleContent::new(Some(media), &own).cut(&Cuts::parse(cuts).unwrap(), None)
    };
    let heard = |index: f32, slice: Option<f32>, params: &[(usize, f64)]| {
        let mut bench = Bench::new(&[], &[params, &[(param::RELEASE_MS, 0.0)]].concat());
        bench.exchange(SamplerContent::new(vec![
            sample(&one, "0 0.25 0.7"),
            sample(&two, "0.5"),
            sample(&two, "onsets"),
            SampleContent::new(Some(&one), &none),
        ]));
        let mut values = vec![(control::INDEX, index)];
        values.extend(slice.map(|slice| (control::SLICE, slice)));
        let out = bench.left(200, &[trigger(0, 1, &values)]);
        let first = out.iter().position(|x| *x != 0.0);
        first.map(|first| (out[first], out.iter().copied().fold(0.0_f32, f32::max)))
    };
    for (what, found, wanted) in [
        ("the whole", heard(0.0, None, &[]), Some((1.0, 99.0))),
        ("the first", heard(0.0, Some(0.0), &[]), Some((1.0, 24.0))),
        ("the second", heard(0.0, Some(1.0), &[]), Some((25.0, 69.0))),
        ("the last lasts to the end", heard(0.0, Some(2.0), &[]), Some((70.0, 99.0))),
        ("beyond the last", heard(0.0, Some(9.0), &[]), Some((70.0, 99.0))),
        ("by index", heard(4.0 + 1.0, None, &[]), Some((25.0, 69.0))),
        ("a single one by index", heard(4.0 + 3.0, None, &[]), Some((25.0, 49.0))),
        ("where onsets are not known yet there is none", heard(4.0 + 4.0, None, &[]), None),
        ("and the sample is whole", heard(2.0, Some(1.0), &[]), Some((1.0, 49.0))),
        ("the module's equal ones are those of the others", heard(4.0 + 4.0 + 1.0, None, &[(param::SLICES, 4.0)]), Some((25.0, 49.0))),
        ("a region does not move them", heard(0.0, Some(1.0), &[(param::REGION_END, 0.5)]), Some((25.0, 69.0))),
    ] {
        assert_eq!(found, wanted, "{what}");
    }
    // The marks of its file, as far as they lie in it.
    let mut marked = one.clone();
    Arc::make_mut(&mut marked.info).cues = vec![0.0, 25.0 / RATE, 70.0 / RATE, 5.0];
    for (slice, wanted) in [(0.0, (1.0, 24.0)), (1.0, (25.0, 69.0)), (2.0, (70.0, 99.0)), (3.0, (70.0, 99.0))] {
        let mut bench = Bench::new(&[], &[(param::RELEASE_MS, 0.0)]);
        bench.exchange(SamplerContent::new(vec![sample(&marked, "cues")]));
        let out = bench.left(200, &[trigger(0, 1, &[(control::INDEX, 0.0), (control::SLICE, slice)])]);
        let first = out.iter().copied().find(|x| *x != 0.0);
        assert_eq!((first, out.iter().copied().fold(0.0_f32, f32::max)), (Some(wanted.0), wanted.1), "cue {slice}");
    }
}

#[test]
fn a_voice_shows_where_its_picture_lies_and_follows_what_it_did_not_set_itself() {
    let mut bench = Bench::new(&[&picture(50, 25)], &[(param::PLACE, 0.5)]);
    let place = |offset: u16| control::PLACE + offset;
    bench.block(64, &[trigger(0, 1, &[(place(2), 2.0), (place(4), 0.25), (place(8), 3.0)])]);
    let shown = bench.views()[0].place;
    assert_eq!((shown.middle, shown.size, shown.crop, shown.flip), ([0.5, 0.0], 2.0, [0.25, 0.0, 0.0, 0.0], 3));
    bench.params[param::PLACE + 1] = -1.0;
    bench.params[param::PLACE + 2] = 7.0;
    bench.params[param::PLACE + 3] = 90.0;
    bench.params[param::PLACE + 9] = 1.0;
    bench.block(64, &[]);
    let shown = bench.views()[0].place;
    assert_eq!((shown.middle, shown.size, shown.rotation, shown.fit), ([0.5, -1.0], 2.0, 90.0, 1));
}

#[test]
fn a_loop_that_lasts_as_long_as_its_event_is_left_for_the_regions_end() {
    let media = mono((1..=10).map(|x| x as f32));
    let params = [(param::PLAY_STYLE, 4.0), (param::LOOP_BEGIN, 0.2), (param::LOOP_END, 0.5), (param::RELEASE_MS, 1000.0)];
    let mut bench = Bench::new(&[&media], &params);
    let out = bench.left(24, &[trigger(0, 1, &[]), off(12, 1)]);
    assert_eq!(out[..12], [1., 2., 3., 4., 5., 3., 4., 5., 3., 4., 5., 3.]);
    // Released, it ends with its path.
    let wanted = [4., 5., 6., 7., 8., 9., 10.];
    for (k, (found, wanted)) in out[12..19].iter().zip(wanted).enumerate() {
        assert!((found - wanted * (1.0 - k as f32 / 7.0)).abs() < 1e-4, "{k}: {found}");
    }
    assert_eq!(out[19..], [0.0; 5]);
}

#[test]
fn frames_of_a_sample_and_of_its_file_say_where_it_loops() {
    let looped = |params: &[(&str, f64)], loops: Option<(f64, f64)>| {
        let mut media = mono((1..=10).map(|x| x as f32));
        Arc::make_mut(&mut media.info).loops = loops;
        let own = params.iter().map(|(name, value)| (crate::name::Name::new(name), Value::Number(*value))).collect();
        let mut bench = Bench::new(&[], &[(param::PLAY_STYLE, LOOP)]);
        bench.exchange(SamplerContent::new(vec![SampleContent::new(Some(&media), &own)]));
        bench.left(8, &[trigger(0, 1, &[])])
    };
    let of_file = Some((4.0 / RATE, 6.0 / RATE));
    assert_eq!(looped(&[], of_file), [1., 2., 3., 4., 5., 6., 5., 6.]);
    assert_eq!(looped(&[("loopFrameBegin", 2.0), ("loopFrameEnd", 3.0)], of_file), [1., 2., 3., 4., 3., 4., 3., 4.]);
    assert_eq!(looped(&[("loopBegin", 0.8)], of_file), [1., 2., 3., 4., 5., 6., 7., 8.], "to the end, as the sample says nothing of that");
    assert_eq!(looped(&[("frameBegin", 5.0), ("frameEnd", 7.0)], None), [6., 7., 8., 6., 7., 8., 6., 7.]);
}
