//! Layers that the adapter blends, against the same layers in passes that read what lies below.

use std::sync::Arc;

use crate::video_common::{Clip, Clips, layer, picture, renderer, rgba};
use videotracker::video::{
    Renderer,
    device::Options,
    scene::{Blend, Content, Feedback, Group, Layer, Scene},
};
use videotracker_engine::{media::VideoInfo, view::Placement};

/// Largest difference of a channel where every blend is one the adapter knows, and where others are among them. Canvases
/// hold 11 bits of a colour and are written once for each quad; a difference of two light colours shows what is lost.
const TOLERANCE: [u8; 2] = [2, 5];

/// A small generator of numbers (G. Marsaglia, "Xorshift RNGs", 2003).
struct Draws(u64);

impl Draws {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn unit(&mut self) -> f32 {
        self.next(1 << 20) as f32 / (1 << 20) as f32
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.next(all.len() as u64) as usize]
    }
}

/// Noise of 24 × 16 pixels, opaque or not.
fn noise(draws: &mut Draws, opaque: bool) -> Clip {
    let data = (0..24 * 16).flat_map(|_| [0, 1, 2, 3].map(|c| if c == 3 && opaque { 255 } else { draws.next(256) as u8 })).collect();
    let frame = rgba(24, 16, data);
    Clip { width: 24, height: 16, frames: 1, draw: Arc::new(move |_| Ok(frame.clone())) }
}

fn placed(draws: &mut Draws) -> Placement {
    let none = Placement::default();
    match draws.next(4) {
        0 => none,
        1 => Placement { size: 0.2 + 0.5 * draws.unit(), middle: [draws.unit() * 2.0 - 1.0, draws.unit() * 2.0 - 1.0], ..none },
        2 => Placement { size: 0.5, rotation: draws.unit() * 360.0, flip: draws.next(4) as u8, ..none },
        _ => Placement { crop: [0.0, draws.unit(), draws.unit() * 0.5, 0.2], size: 1.5 * draws.unit(), ..none },
    }
}

fn stack(draws: &mut Draws, clips: &[Arc<VideoInfo>], blends: &[Blend], count: u64) -> Vec<Layer> {
    let mut one = || Layer {
        place: placed(draws),
        ..layer(picture(&clips[draws.next(clips.len() as u64) as usize], 0), draws.one_of(&[1.0, 0.9, 0.5, 0.1]), draws.one_of(blends))
    };
    (0..count).map(|_| one()).collect()
}

/// Both ways' pictures, and the largest difference between them.
fn both(quads: &mut Renderer, passes: &mut Renderer, scene: &Scene) -> (Vec<u8>, u8) {
    let [one, other] = [quads, passes].map(|renderer| renderer.render_rgba(scene, 160, 90).expect("renders"));
    let largest = one.iter().zip(&other).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
    (one, largest)
}

#[test]
fn random_stacks_look_the_same_whether_the_adapter_blends_or_a_pass_reads() {
    let clips = Clips::default();
    let Some(mut quads) = renderer(&clips, &Options::default()) else { return };
    let mut passes = renderer(&clips, &Options { passes_only: true, ..Options::default() }).expect("a second one");
    let mut draws = Draws(0x9e37_79b9_7f4a_7c15);
    let media: Vec<_> = (0..6).map(|n| clips.add(noise(&mut draws, n % 2 == 0))).collect();
    let simple = [Blend::Alpha, Blend::Add, Blend::Screen];
    let mut worst = [0; 2];
    for turn in 0..48 {
        let kind = turn % 2;
        let blends: &[Blend] = if kind == 0 { &simple } else { &Blend::ALL };
        let (below, above) = (draws.next(6), 1 + draws.next(20));
        let inner = Group { layers: stack(&mut draws, &media, blends, below), feedback: None };
        let mut layers = stack(&mut draws, &media, blends, above);
        let place = draws.next(layers.len() as u64) as usize;
        layers.insert(place, Layer { place: placed(&mut draws), ..layer(Content::Group(0), 0.8, draws.one_of(blends)) });
        let feedback = (turn % 5 == 0).then(|| Feedback { key: "mix".into(), opacity: 0.6, place: Placement::default() });
        let groups = vec![inner, Group { layers, feedback }];
        let scene = Scene { groups, opacity: 0.9, background: [0.2, 0.0, 0.4], ..Scene::default() };
        let (_, largest) = both(&mut quads, &mut passes, &scene);
        assert!(largest <= TOLERANCE[kind], "stack {turn} differs by {largest}: {scene:?}");
        worst[kind] = worst[kind].max(largest);
    }
    println!("48 stacks differ by {worst:?} at most");
}

#[test]
fn sixteen_small_voices_that_add_light_stop_at_white_and_are_covered_by_their_opacity() {
    let clips = Clips::default();
    let Some(mut quads) = renderer(&clips, &Options::default()) else { return };
    let mut passes = renderer(&clips, &Options { passes_only: true, ..Options::default() }).expect("a second one");
    let grey = clips.add(crate::video_common::solid(16, 9, [188, 188, 188, 255]));
    let black = clips.add(crate::video_common::solid(16, 9, [0, 0, 0, 255]));
    let small = Placement { size: 0.4, ..Placement::default() };
    let mut layers: Vec<Layer> = (0..16).map(|_| Layer { place: small, ..layer(picture(&grey, 0), 1.0, Blend::Add) }).collect();
    layers.push(Layer { place: small, ..layer(picture(&black, 0), 0.5, Blend::Alpha) });
    let (pixels, largest) = both(&mut quads, &mut passes, &crate::video_common::group(layers));
    assert!(largest <= 1, "differs by {largest}");
    assert!(pixels[(45 * 160 + 80) * 4].abs_diff(188) <= 1, "half of white, not half of eight times white");
}
