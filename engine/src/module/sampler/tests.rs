//! The sampler's promises.

use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    audio::{
        Block, Node, NodeEvent, NodeEventKind, Stereo, Trigger, Values,
        node::{MAX_FRAMES, control},
    },
    media::{AudioData, Media, MediaInfo, VideoInfo},
    time::Ratio,
    view::VoiceView,
};

pub const RATE: f64 = 48_000.0;

/// A sampler with a clock, played block by block.
struct Bench {
    node: SamplerNode,
    params: Vec<f64>,
    clock: u64,
    out: Box<Stereo>,
}

fn medium(frames: Vec<[f32; 2]>) -> Media {
    let info = MediaInfo { hash: String::new(), size: 0, secs: frames.len() as f64 / RATE, audio: Some((2, 48_000)), video: None };
    Media { info: Arc::new(info), audio: Some(Arc::new(AudioData { rate: RATE, frames: frames.into() })) }
}

fn mono(samples: impl IntoIterator<Item = f32>) -> Media {
    medium(samples.into_iter().map(|x| [x, x]).collect())
}

fn ramp(count: usize) -> Media {
    mono((0..count).map(|x| x as f32))
}

fn picture(frames: u32, fps: u32) -> Media {
    let video = VideoInfo { path: "clip.mov".into(), width: 4, height: 4, fps: (fps, 1), frames, codec: "hap".into() };
    let secs = f64::from(frames) / f64::from(fps);
    Media { info: Arc::new(MediaInfo { hash: String::new(), size: 0, secs, audio: None, video: Some(video) }), audio: None }
}

fn content(media: &[&Media]) -> SamplerContent {
    SamplerContent::new(media.iter().map(|media| SampleContent::new(Some(media), &BTreeMap::new())).collect())
}

fn trigger(frame: usize, gate: u64, values: &[(u16, f32)]) -> NodeEvent {
    let mut all = Values::default();
    for (control, value) in values {
        all.set(*control, *value);
    }
    NodeEvent { frame, kind: NodeEventKind::Trigger(Trigger { gate, beat: Ratio::ZERO, values: all }) }
}

fn off(frame: usize, gate: u64) -> NodeEvent {
    NodeEvent { frame, kind: NodeEventKind::GateOff(gate) }
}

impl Bench {
    fn new(media: &[&Media], params: &[(usize, f64)]) -> Self {
        let mut all: Vec<f64> = TYPE.params.iter().map(|spec| spec.default).collect();
        for (place, value) in params {
            all[*place] = *value;
        }
        let mut bench = Self { node: SamplerNode::new(RATE), params: all, clock: 0, out: Box::default() };
        bench.exchange(content(media));
        bench
    }

    fn exchange(&mut self, content: SamplerContent) -> SamplerContent {
        let mut handed: Box<dyn std::any::Any + Send> = Box::new(content);
        self.node.exchange(&mut handed);
        *handed.downcast::<SamplerContent>().unwrap()
    }

    fn block(&mut self, frames: usize, events: &[NodeEvent]) -> Vec<[f32; 2]> {
        self.out.left.fill(f32::NAN);
        self.out.right.fill(f32::NAN);
        let block = Block { frames, clock: self.clock, params: &self.params, events };
        self.node.process(&block, &[], &mut self.out);
        self.clock += frames as u64;
        let made: Vec<[f32; 2]> = (0..frames).map(|k| [self.out.left[k], self.out.right[k]]).collect();
        assert_eq!(self.out.silent, made.iter().all(|frame| *frame == [0.0; 2]), "`silent` must be true to the block");
        made
    }

    /// The left channel of `frames` frames in blocks of [`MAX_FRAMES`], with events at absolute frames.
    fn left(&mut self, frames: usize, events: &[NodeEvent]) -> Vec<f32> {
        let mut all = Vec::new();
        let begin = self.clock;
        while all.len() < frames {
            let at = all.len();
            let count = (frames - at).min(MAX_FRAMES);
            let due: Vec<NodeEvent> = events
                .iter()
                .filter(|event| (at..at + count).contains(&event.frame))
                .map(|event| NodeEvent { frame: event.frame - at, ..*event })
                .collect();
            all.extend(self.block(count, &due).iter().map(|frame| frame[0]));
        }
        assert_eq!(self.clock - begin, frames as u64);
        all
    }

    fn views(&self) -> Vec<VoiceView> {
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
