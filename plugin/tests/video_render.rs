//! The offscreen renderer against the formulas, computed here in double precision.

mod video_common;

use std::sync::Arc;

use video_common::{Clips, group, layer, picture, renderer, solid};
use videotracker::video::{
    device::Options,
    scene::{Blend, Content, Group, Layer, Scene, Trace},
};
use videotracker_engine::view::SCOPE_POINTS;

fn to_linear(byte: u8) -> f64 {
    let c = f64::from(byte) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

fn to_byte(linear: f64) -> i32 {
    let c = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (c.clamp(0.0, 1.0) * 255.0).round() as i32
}

/// W3C Compositing and Blending Level 1: B(cb, cs), straight colours in linear light.
fn blended(mode: Blend, below: f64, above: f64) -> f64 {
    match mode {
        Blend::Alpha => above,
        Blend::Add => below + above,
        Blend::Multiply => below * above,
        Blend::Screen => below + above - below * above,
        Blend::Difference => (below - above).abs(),
        Blend::Lighten => below.max(above),
        Blend::Darken => below.min(above),
        Blend::Overlay if below <= 0.5 => 2.0 * below * above,
        Blend::Overlay => 1.0 - 2.0 * (1.0 - below) * (1.0 - above),
    }
}

/// One layer over a premultiplied backdrop.
fn over(below: [f64; 4], colour: [u8; 4], opacity: f64, mode: Blend) -> [f64; 4] {
    let alpha = f64::from(colour[3]) / 255.0 * opacity;
    let mut out = [0.0; 4];
    for channel in 0..3 {
        let above = to_linear(colour[channel]);
        let straight = if below[3] > 0.0 { below[channel] / below[3] } else { 0.0 };
        let mixed = (1.0 - below[3]) * above + below[3] * blended(mode, straight, above);
        out[channel] = ((1.0 - alpha) * below[channel] + alpha * mixed).min(1.0);
    }
    out[3] = alpha + below[3] * (1.0 - alpha);
    out
}

fn assert_close(got: &[u8], want: [f64; 4], what: &str) {
    for channel in 0..3 {
        let (got, want) = (i32::from(got[channel]), to_byte(want[channel]));
        assert!((got - want).abs() <= 2, "{what}: channel {channel} is {got}, not {want}");
    }
    assert_eq!(got[3], 255, "{what}: the picture is opaque");
}

#[test]
fn every_blend_agrees_with_its_formula_in_linear_light() {
    let pairs: [([u8; 4], [u8; 4]); 6] = [
        ([200, 100, 50, 255], [60, 180, 220, 255]),
        ([255, 255, 255, 255], [128, 128, 128, 255]),
        ([0, 0, 0, 255], [255, 30, 1, 255]),
        ([10, 128, 250, 255], [250, 128, 10, 128]),
        ([200, 100, 50, 90], [60, 180, 220, 255]),
        ([188, 187, 189, 200], [90, 255, 0, 40]),
    ];
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    for (below, above) in pairs {
        for mode in Blend::ALL {
            for opacity in [1.0_f32, 0.5, 0.15] {
                let layers = vec![
                    layer(picture(&clips.add(solid(8, 8, below)), 0), 0.9, Blend::Alpha),
                    layer(picture(&clips.add(solid(8, 8, above)), 0), opacity, mode),
                ];
                let scene = Scene { groups: vec![Group { layers }], opacity: 0.8, ..Scene::default() };
                let pixels = renderer.render_rgba(&scene, 8, 8).expect("renders");
                let mut want = over(over([0.0; 4], below, f64::from(0.9_f32), Blend::Alpha), above, f64::from(opacity), mode);
                want.iter_mut().for_each(|channel| *channel *= f64::from(0.8_f32));
                assert_close(&pixels[4 * 36..4 * 37], want, &format!("{} of {above:?} at {opacity} over {below:?}", mode.word()));
            }
        }
    }
}

#[test]
fn layers_lie_in_their_order_also_beyond_one_pass() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    for count in [1_u8, 2, 7, 8, 9, 16, 17, 40] {
        let mut want = [0.0; 4];
        let layers: Vec<Layer> = (0..count)
            .map(|n| {
                let colour = [n.wrapping_mul(67), n.wrapping_mul(31).wrapping_add(40), 255 - n.wrapping_mul(5), 255];
                let mode = Blend::ALL[usize::from(n) % 8];
                want = over(want, colour, 0.5, mode);
                layer(picture(&clips.add(solid(4, 4, colour)), 0), 0.5, mode)
            })
            .collect();
        let pixels = renderer.render_rgba(&group(layers), 4, 4).expect("renders");
        assert_close(&pixels[..4], want, &format!("{count} layers"));
    }
}

#[test]
fn a_nested_mixer_is_composed_on_its_own_and_then_blended() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let (base, one, two) = ([90, 60, 200, 255], [200, 40, 10, 255], [10, 250, 90, 255]);
    let picture = |colour| picture(&clips.add(solid(4, 4, colour)), 0);
    let inner = Group { layers: vec![layer(picture(one), 0.6, Blend::Alpha), layer(picture(two), 0.5, Blend::Difference)] };
    let outer = Group {
        layers: vec![layer(picture(base), 1.0, Blend::Alpha), Layer { content: Content::Group(0), opacity: 0.7, blend: Blend::Screen }],
    };
    let scene = Scene { groups: vec![inner, outer], opacity: 1.0, ..Scene::default() };
    let pixels = renderer.render_rgba(&scene, 4, 4).expect("renders");

    let inner = over(over([0.0; 4], one, f64::from(0.6_f32), Blend::Alpha), two, 0.5, Blend::Difference);
    let base = over([0.0; 4], base, 1.0, Blend::Alpha);
    let alpha = inner[3] * f64::from(0.7_f32);
    let mut want = [0.0, 0.0, 0.0, 1.0];
    for channel in 0..3 {
        let above = inner[channel] / inner[3];
        want[channel] = (1.0 - alpha) * base[channel] + alpha * blended(Blend::Screen, base[channel], above);
    }
    assert_close(&pixels[..4], want, "a screened group");
}

#[test]
fn a_picture_of_another_aspect_gets_black_bars_and_sharp_edges() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let white = clips.add(solid(40, 30, [255, 255, 255, 255]));
    let pixels = renderer.render_rgba(&group(vec![layer(picture(&white, 0), 1.0, Blend::Alpha)]), 160, 90).expect("renders");
    for y in [0, 45, 89] {
        for x in 0..160 {
            let inside = (20..140).contains(&x);
            let at = (y * 160 + x) * 4;
            assert_eq!(pixels[at..at + 4], if inside { [255; 4] } else { [0, 0, 0, 255] }, "at {x}, {y}");
        }
    }
}

#[test]
fn frames_that_differ_show_their_own_number() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options { texture_budget: 40_000, ..Options::default() }) else { return };
    // Each frame is a grey of its own; the budget holds 9 of 40.
    let clip = clips.add(video_common::greys(32, 32, 40));
    for frame in (0..40).chain((0..40).rev()).chain([7, 31, 2, 7]) {
        let pixels = renderer.render_rgba(&group(vec![layer(picture(&clip, frame), 1.0, Blend::Alpha)]), 32, 32).expect("renders");
        assert_eq!(u32::from(pixels[0]), frame * 5, "frame {frame}");
        assert!(renderer.textures().bytes() <= 40_000, "the budget holds");
    }
    assert_eq!(renderer.textures().late(), 0);
}

#[test]
fn an_empty_scene_is_black_and_an_impossible_size_is_refused() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let pixels = renderer.render_rgba(&Scene::default(), 3, 5).expect("renders");
    assert_eq!(pixels, [0, 0, 0, 255].repeat(15));
    for (width, height) in [(0, 10), (10, 0), (1 << 20, 10)] {
        let error = renderer.render_rgba(&Scene::default(), width, height).expect_err("no such picture");
        assert!(error.to_string().contains("can't be drawn"), "{error}");
    }
}

#[test]
fn a_missing_frame_shows_nothing_and_is_told_once() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let broken = clips.add(video_common::broken());
    let scene = group(vec![
        layer(picture(&clips.add(solid(4, 4, [255, 0, 0, 255])), 0), 1.0, Blend::Alpha),
        layer(picture(&broken, 0), 1.0, Blend::Alpha),
    ]);
    for _ in 0..3 {
        assert_eq!(renderer.render_rgba(&scene, 4, 4).expect("renders")[..4], [255, 0, 0, 255]);
    }
    assert_eq!(renderer.textures().take_problems(), ["broken can't be read: it is broken"]);
}

#[test]
fn an_oscilloscope_draws_its_beam_over_its_background() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let mut points = [[0.0_f32; 2]; SCOPE_POINTS];
    points.iter_mut().enumerate().for_each(|(n, point)| point[0] = n as f32 / 256.0 - 1.0);
    let trace = |background| Trace { xy: true, scale: 1.0, point_size: 4.0, colour: [0.0, 1.0, 0.0], background, points: Arc::new(points) };
    for (background, grey) in [(0.0_f32, 0), (0.4, 102)] {
        let layers = vec![Layer { content: Content::Trace(trace(background)), opacity: 1.0, blend: Blend::Alpha }];
        let pixels = renderer.render_rgba(&group(layers), 64, 64).expect("renders");
        let at = |x: usize, y: usize| &pixels[(y * 64 + x) * 4..][..3];
        for x in 1..63 {
            assert_eq!(at(x, 31), [0, 255, 0], "the beam is on the middle line at {x}");
            assert_eq!(at(x, 10), [grey; 3], "beside it is the background at {x}");
        }
    }
}

#[test]
fn a_lost_device_is_an_error_and_a_new_renderer_draws_again() {
    let clips = Clips::default();
    let Some(mut lost) = renderer(&clips, &Options::default()) else { return };
    let scene = group(vec![layer(picture(&clips.add(solid(4, 4, [9, 200, 30, 255])), 0), 1.0, Blend::Alpha)]);
    lost.render_rgba(&scene, 4, 4).expect("renders");
    lost.gpu().device.destroy();
    for _ in 0..2 {
        let error = lost.render_rgba(&scene, 4, 4).expect_err("the device is gone").to_string();
        assert!(error.contains("lost"), "{error}");
    }
    assert!(lost.gpu().is_lost());
    let mut anew = renderer(&clips, &Options::default()).expect("an adapter");
    assert_eq!(anew.render_rgba(&scene, 4, 4).expect("renders")[..4], [9, 200, 30, 255]);
}
