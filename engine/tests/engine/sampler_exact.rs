//! Where blocks are cut, and which kernel computes, never changes a sample.

use std::{any::Any, collections::BTreeMap, sync::Arc};

use proptest::prelude::*;
use videotracker_engine::{
    media::{AudioData, Media, MediaInfo, VideoInfo},
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

/// Something that happens at a frame, in a whole render.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful in a test")]
enum Happening {
    Event(Play),
    Param(usize, f64),
    Exchange(Vec<usize>),
}

/// A medium of one frame, some shorter than a chunk of any kernel, long ones, one at another rate; with and without pictures.
fn media() -> Vec<Media> {
    let mut seed = 99_u64;
    let mut noise = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let kinds: [(usize, f64, Option<u32>); 7] = [
        (1, RATE, None),
        (3, RATE, None),
        (7, RATE, None),
        (500, RATE, None),
        (1800, RATE, Some(2)),
        (2000, 44_100.0, None),
        (0, RATE, Some(5)),
    ];
    let medium = |(frames, rate, picture): (usize, f64, Option<u32>)| {
        let clip = |frames| VideoInfo { path: "x.mov".into(), width: 4, height: 4, fps: (30_000, 1001), frames, codec: String::new() };
        let info = MediaInfo {
            hash: String::new(),
            size: 0,
            secs: 0.0,
            audio: None,
            video: picture.map(clip),
            font: None,
            cues: Vec::new(),
            root: None,
            loops: None,
            cycle: None,
            replaced: 0,
            notes: Vec::new(),
        };
        let audio = (frames > 0).then(|| Arc::new(AudioData { rate, frames: (0..frames).map(|_| [noise(), noise()]).collect() }));
        Media { info: Arc::new(info), audio }
    };
    kinds.map(medium).into()
}

fn content(media: &[Media], order: &[usize]) -> Box<dyn Any + Send> {
    Box::new(SamplerContent::new(order.iter().map(|at| SampleContent::new(Some(&media[*at]), &BTreeMap::new())).collect()))
}

fn control_value() -> impl Strategy<Value = (u16, f32)> {
    prop_oneof![
        4 => (0..8_i32).prop_map(|x| (control::INDEX, x as f32 - 0.5)),
        1 => (24..96_i32).prop_map(|x| (control::NOTE, x as f32)),
        1 => (-3.0..3.0_f32).prop_map(|x| (control::SPEED, x)),
        1 => Just((control::SPEED, 0.0)),
        1 => (0.0..2.0_f32).prop_map(|x| (control::VOLUME, x)),
        1 => (0.0..1.0_f32).prop_map(|x| (control::POSITION, x)),
        1 => (0.0..1.0_f32).prop_map(|x| (control::REGION_START, x)),
        1 => (0.0..1.0_f32).prop_map(|x| (control::REGION_END, x)),
        2 => (0..4_i32).prop_map(|x| (control::PLAY_STYLE, x as f32)),
        1 => (0.0..0.01_f32).prop_map(|x| (control::GRAIN_SIZE, x)),
        1 => (0.0..20.0_f32).prop_map(|x| (control::ATTACK_MS, x)),
        1 => (0.0..20.0_f32).prop_map(|x| (control::DECAY_MS, x)),
        1 => (0.0..1.0_f32).prop_map(|x| (control::SUSTAIN, x)),
        1 => (0.0..20.0_f32).prop_map(|x| (control::RELEASE_MS, x)),
        1 => (-1.0..1.0_f32).prop_map(|x| (control::PAN, x)),
        1 => (0.0..1.0_f32).prop_map(|x| (control::VELOCITY, x)),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let trigger = (0..6_u64, prop::collection::vec(control_value(), 0..6)).prop_map(|(gate, all)| {
        let mut values = Values::default();
        for (control, value) in all {
            values.set(control, value);
        }
        Happening::Event(Play::Trigger { gate, values })
    });
    let param = (1..TYPE.params.len(), 0.0..=1.0_f64).prop_map(|(place, share)| {
        let spec = &TYPE.params[place];
        // Long envelopes and many voices would leave nothing to see.
        let max = if place == param::VOICES { 6.0 } else { spec.max.min(20.0) };
        Happening::Param(place, spec.min + share * (max - spec.min))
    });
    prop_oneof![
        8 => trigger,
        3 => (0..6_u64).prop_map(|gate| Happening::Event(Play::GateOff(gate))),
        1 => Just(Happening::Event(Play::AllOff)),
        6 => param,
        1 => prop::bool::weighted(0.8).prop_map(|on| Happening::Param(param::ENABLED, f64::from(u8::from(on)))),
        1 => prop::collection::vec(0..7_usize, 0..8).prop_map(Happening::Exchange),
    ]
}

/// Renders `frames` frames, cut at `cuts` and wherever a parameter or the content changes.
fn render(kernel: Kernel, media: &[Media], plot: &[(usize, Happening)], cuts: &[usize], frames: usize) -> Vec<[u32; 2]> {
    let mut node = SamplerNode::with_kernel(RATE, kernel);
    let mut params: Vec<f64> = TYPE.params.iter().map(|spec| spec.default).collect();
    node.exchange(&mut content(media, &[0, 1, 2, 3, 4, 5, 6]));
    let mut edges: Vec<usize> = plot.iter().filter(|(_, what)| !matches!(what, Happening::Event(_))).map(|(at, _)| *at).collect();
    edges.extend(cuts);
    edges.extend((0..frames).step_by(512));
    edges.push(frames);
    edges.sort_unstable();
    edges.dedup();
    let (mut all, mut solo) = (Vec::new(), Solo::new(RATE));
    for edge in edges.windows(2) {
        let mut events = Vec::new();
        for (at, what) in plot.iter().filter(|(at, _)| (edge[0]..edge[1]).contains(at)) {
            match what {
                Happening::Event(kind) => events.push(Played { frame: at - edge[0], kind: *kind }),
                Happening::Param(place, value) => params[*place] = *value,
                Happening::Exchange(order) => node.exchange(&mut content(media, order)),
            }
        }
        let frames = edge[1] - edge[0];
        let out = solo.block(&mut node, edge[0] as u64, frames, &params, &events, &[]);
        all.extend((0..frames).map(|k| [out.left[k].to_bits(), out.right[k].to_bits()]));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn block_cuts_and_kernels_never_change_a_bit(
        plot in prop::collection::vec((0..3000_usize, happening()), 1..60),
        cuts in prop::collection::vec(1..3000_usize, 0..100),
    ) {
        let media = media();
        let mut plot = plot;
        plot.sort_by_key(|(at, _)| *at);
        let frames = 3000;
        let single: Vec<usize> = (0..frames).collect();
        let expected = render(Kernel::Scalar, &media, &plot, &single, frames);
        prop_assert!(expected.iter().flatten().all(|bits| f32::from_bits(*bits).is_finite()));
        for kernel in Kernel::available() {
            let found = render(kernel, &media, &plot, &cuts, frames);
            let differs = expected.iter().zip(&found).position(|(a, b)| a != b);
            prop_assert_eq!(differs, None, "{:?}", kernel);
        }
    }
}
