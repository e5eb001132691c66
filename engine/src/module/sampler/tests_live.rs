//! What playing voices make of changes: of the module's parameters, and of their samples'.

use std::collections::BTreeMap;

use super::{tests::*, *};
use crate::{
    media::Media,
    module::{
        Value,
        samples::{SampleContent, SamplerContent},
    },
    name::Name,
    signal::control,
};

/// Sound whose samples are their own frame numbers, with a picture of the same length.
fn film(frames: u32) -> Media {
    let mut media = ramp(frames as usize);
    let video =
        crate::media::VideoInfo { path: "f.mov".into(), width: 4, height: 4, fps: (48, 1), frames: frames / 1000, codec: "hap".into() };
    std::sync::Arc::make_mut(&mut media.info).video = Some(video);
    media
}

/// What sounds where after a change at frame 1000 of a voice of 10,000 frames: frames and the media frames heard there.
/// Within the 64 frames of a jump nothing is said.
#[test]
fn a_change_reaches_the_voice_that_plays() {
    use param::*;
    type Case<'a> = (&'a str, &'a [(usize, f64)], &'a [(u16, f32)], &'a [(usize, f64)], &'a [(usize, f64)]);
    let secs = |frames: f64| frames / RATE;
    let cases: [Case<'_>; 22] = [
        ("an end moved nearer", &[], &[], &[(REGION_END, 0.2)], &[(1000, 1000.), (1999, 1999.), (2000, 0.)]),
        ("an end moved away", &[(REGION_END, 0.15)], &[], &[(REGION_END, 0.5)], &[(1000, 1000.), (4999, 4999.), (5000, 0.)]),
        ("an end moved behind it ends the voice", &[], &[], &[(REGION_END, 0.05)], &[(1000, 1000.), (1064, 0.), (3000, 0.)]),
        (
            "a start moved past it makes it jump there",
            &[],
            &[],
            &[(REGION_START, 0.5)],
            &[(1000, 1000.), (1064, 5064.), (5999, 9999.), (6000, 0.)],
        ),
        ("a start moved behind it changes nothing", &[], &[], &[(REGION_START, 0.05)], &[(1001, 1001.), (9999, 9999.), (10_000, 0.)]),
        (
            "in reverse an end moved before it makes it jump",
            &[(SPEED, -1.)],
            &[],
            &[(REGION_END, 0.5)],
            &[(999, 9000.), (1064, 4935.), (5999, 0.)],
        ),
        ("in reverse a start moved behind it ends it", &[(SPEED, -1.)], &[], &[(REGION_START, 0.95)], &[(999, 9000.), (1064, 0.)]),
        ("a loop's end", &[(PLAY_STYLE, 1.)], &[], &[(REGION_END, 0.12)], &[(1000, 1000.), (1199, 1199.), (1200, 0.), (1201, 1.)]),
        ("a loop wraps into its region", &[(PLAY_STYLE, 1.)], &[], &[(REGION_END, 0.03)], &[(1064, 164.), (1199, 299.), (1200, 0.)]),
        (
            "a loop wraps up into its region",
            &[(PLAY_STYLE, 1.)],
            &[],
            &[(REGION_START, 0.2)],
            &[(1064, 9064.), (1999, 9999.), (2000, 2000.)],
        ),
        ("a loop in reverse", &[(PLAY_STYLE, 1.), (SPEED, -1.)], &[], &[(REGION_END, 0.5)], &[(1064, 3935.), (5000, 4999.)]),
        (
            "a grain's size",
            &[(PLAY_STYLE, 2.), (GRAIN_SIZE, secs(500.))],
            &[],
            &[(GRAIN_SIZE, secs(400.))],
            &[(1100, 100.), (1399, 399.), (1400, 0.)],
        ),
        (
            "a grain moves with position",
            &[(PLAY_STYLE, 2.), (GRAIN_SIZE, secs(500.))],
            &[],
            &[(POSITION, 0.5)],
            &[(1064, 5064.), (1500, 5000.)],
        ),
        ("a position alone moves no other style", &[(PLAY_STYLE, 1.)], &[], &[(POSITION, 0.5)], &[(1001, 1001.), (2000, 2000.)]),
        ("once becomes a loop", &[(REGION_END, 0.2)], &[], &[(PLAY_STYLE, 1.)], &[(1999, 1999.), (2000, 0.), (2001, 1.)]),
        ("a loop becomes once", &[(REGION_END, 0.2), (PLAY_STYLE, 1.)], &[], &[(PLAY_STYLE, 0.)], &[(1999, 1999.), (2000, 0.), (2001, 0.)]),
        ("a loop becomes a grain", &[(PLAY_STYLE, 1.), (GRAIN_SIZE, secs(300.))], &[], &[(PLAY_STYLE, 2.)], &[(1064, 164.), (1200, 0.)]),
        ("another slice", &[(SLICES, 4.), (SLICE, 0.), (PLAY_STYLE, 1.)], &[], &[(SLICE, 2.)], &[(1064, 6064.), (2500, 5000.)]),
        ("more slices", &[(SLICES, 4.), (SLICE, 0.), (PLAY_STYLE, 1.)], &[], &[(SLICES, 8.)], &[(1001, 1001.), (1250, 0.)]),
        ("a trigger's end stays", &[], &[(control::END, 0.2)], &[(REGION_END, 0.05)], &[(1001, 1001.), (1999, 1999.), (2000, 0.)]),
        (
            "a trigger's style stays",
            &[],
            &[(control::PLAY_STYLE, 1.), (control::REGION_END, 0.1)],
            &[(PLAY_STYLE, 0.)],
            &[(999, 999.), (1001, 1.)],
        ),
        ("speed", &[], &[], &[(SPEED, 2.)], &[(1000, 1000.), (1001, 1002.), (2000, 3000.)]),
    ];
    for (name, before, values, change, heard) in cases {
        let film = film(10_000);
        let mut all = vec![(RELEASE_MS, 0.0)];
        all.extend_from_slice(before);
        let mut sounds = Vec::new();
        for block in [1_usize, 40, 200, 500] {
            let mut bench = Bench::new(&[&film], &all);
            let mut sound = Vec::new();
            for at in (0..12_000).step_by(block) {
                if at == 1000 {
                    change.iter().for_each(|(index, value)| bench.params[*index] = *value);
                }
                let events = if at == 0 { vec![trigger(0, 1, values)] } else { Vec::new() };
                let made = bench.block(block, &events);
                // The picture stands where the sound does, unless that is in the middle of a jump.
                if let Some(view) = bench.views().first().filter(|_| at > 0 && !(1000..1064).contains(&at)) {
                    let found = view.media_secs * RATE;
                    assert!((found - f64::from(made[0][0])).abs() < 1e-6, "{name}: frame {at}: picture at {found}, sound at {:?}", made[0]);
                }
                sound.extend(made.iter().map(|frame| frame[0].to_bits()));
            }
            sounds.push(sound);
        }
        assert!(sounds.windows(2).all(|pair| pair[0] == pair[1]), "{name}: block lengths change the sound");
        for (frame, wanted) in heard {
            let found = f64::from(f32::from_bits(sounds[0][*frame]));
            assert!((found - wanted).abs() < 1e-2, "{name}: frame {frame}: {found}, expected {wanted}");
        }
    }
}

#[test]
fn no_change_of_the_region_clicks() {
    use param::*;
    let media = mono(vec![1.0; 20_000]);
    for (style, speed) in [(0.0, 1.0), (1.0, 1.0), (1.0, -0.7), (2.0, 1.3), (3.0, 0.5)] {
        let mut bench = Bench::new(&[&media], &[(PLAY_STYLE, style), (SPEED, speed), (GRAIN_SIZE, 0.01)]);
        let mut out: Vec<f32> = bench.block(32, &[trigger(0, 1, &[])]).iter().map(|frame| frame[0]).collect();
        for round in 0..200_u32 {
            // Every 32 frames, which is faster than a jump takes.
            bench.params[REGION_START] = f64::from(round * 7 % 11) * 0.05;
            bench.params[REGION_END] = bench.params[REGION_START] + 0.02 + f64::from(round % 3) * 0.2;
            bench.params[POSITION] = f64::from(round % 5) * 0.2;
            out.extend(bench.block(32, &[]).iter().map(|frame| frame[0]));
        }
        // The first frames interpolate from the silence before the medium.
        let steepest = out[4..].windows(2).map(|pair| (pair[0] - pair[1]).abs()).fold(0.0_f32, f32::max);
        assert!(steepest < 0.02, "style {style}: {steepest}");
        let lowest = out[100..].iter().fold(1.0_f32, |low, x| low.min(*x));
        assert!(!(1.0..=2.0).contains(&style) || lowest > 0.99, "style {style}: a loop goes on: {lowest}");
    }
}

#[test]
fn the_envelope_to_come_is_the_new_one() {
    use param::*;
    let media = mono(vec![1.0; 48_000]);
    let mut bench = Bench::new(&[&media], &[(SUSTAIN, 0.5)]);
    assert_eq!(bench.block(100, &[trigger(0, 1, &[]), trigger(0, 2, &[(control::RELEASE_MS, 0.0)])])[99], [1.0; 2]);
    bench.params[SUSTAIN] = 1.0;
    bench.params[RELEASE_MS] = 100.0 / 48.0;
    let out = bench.left(100, &[]);
    assert_eq!((out[0], out[32], out[64]), (1.0, 1.5, 2.0), "the sustain leads over");
    let out = bench.left(200, &[off(0, 1), off(0, 2)]);
    assert_eq!((out[50], out[100]), (0.5, 0.0), "each with its release: its trigger's, and the module's");
}

#[test]
fn what_a_sample_overrides_reaches_its_voices_too() {
    let media = ramp(10_000);
    let content = |values: &[(&str, f64)]| {
        let own: BTreeMap<Name, Value> = values.iter().map(|(name, value)| (Name::new(name), Value::Number(*value))).collect();
        SamplerContent::new(vec![SampleContent::new(Some(&media), &own)])
    };
    let mut bench = Bench::new(&[], &[(param::RELEASE_MS, 0.0), (param::VOLUME, 0.5)]);
    bench.exchange(content(&[("regionEnd", 0.5)]));
    assert_eq!(bench.left(1000, &[trigger(0, 1, &[])])[999], 499.5);
    bench.exchange(content(&[("regionEnd", 0.2), ("volume", 1.0)]));
    let out = bench.left(1001, &[]);
    assert_eq!((out[0], out[64], out[999], out[1000]), (500.0, 1064.0, 1999.0, 0.0));
}
