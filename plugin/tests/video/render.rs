//! The offscreen renderer against the formulas, computed here in double precision.

use std::{sync::Arc, time::Duration};

use crate::video_common::{Clips, group, layer, picture, renderer, solid};
use videotracker::video::{
    device::Options,
    scene::{Blend, Content, Feedback, Group, Layer, Picture, Scene, Trace},
    textures::Reading,
};
use videotracker_engine::view::{Placement, SCOPE_POINTS};

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
                let scene = Scene { groups: vec![Group { layers, feedback: None }], opacity: 0.8, ..Scene::default() };
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
    let inner = Group { layers: vec![layer(picture(one), 0.6, Blend::Alpha), layer(picture(two), 0.5, Blend::Difference)], feedback: None };
    let outer =
        Group { layers: vec![layer(picture(base), 1.0, Blend::Alpha), layer(Content::Group(0), 0.7, Blend::Screen)], feedback: None };
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
    let clip = clips.add(crate::video_common::greys(32, 32, 40));
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
    let broken = clips.add(crate::video_common::broken());
    let scene = group(vec![
        layer(picture(&clips.add(solid(4, 4, [255, 0, 0, 255])), 0), 1.0, Blend::Alpha),
        layer(picture(&broken, 0), 1.0, Blend::Alpha),
    ]);
    for _ in 0..3 {
        assert_eq!(renderer.render_rgba(&scene, 4, 4).expect("renders")[..4], [255, 0, 0, 255]);
    }
    assert_eq!(renderer.textures().take_problems(), ["broken can't be read: it is broken"]);
    let again = group(vec![layer(picture(&broken, 0), 1.0, Blend::Alpha)]);
    renderer.render_rgba(&again, 4, 4).expect("renders");
    assert_eq!(renderer.textures().take_problems(), Vec::<String>::new());
}

#[test]
fn an_oscilloscope_draws_its_beam_over_its_background() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let mut points = [[0.0_f32; 2]; SCOPE_POINTS];
    points.iter_mut().enumerate().for_each(|(n, point)| point[0] = n as f32 / 256.0 - 1.0);
    let trace = |background| Trace { xy: true, scale: 1.0, point_size: 4.0, colour: [0.0, 1.0, 0.0], background, points: Arc::new(points) };
    for (background, grey) in [(0.0_f32, 0), (0.4, 102)] {
        let layers = vec![layer(Content::Trace(trace(background)), 1.0, Blend::Alpha)];
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

#[test]
fn what_an_opaque_layer_hides_is_left_out_but_nothing_beside_it() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let red = layer(picture(&clips.add(solid(16, 9, [255, 0, 0, 255])), 0), 1.0, Blend::Alpha);
    let green = layer(picture(&clips.add(solid(9, 9, [0, 255, 0, 255])), 0), 1.0, Blend::Alpha);
    let glass = layer(picture(&clips.add(solid(16, 9, [0, 0, 255, 0])), 0), 1.0, Blend::Alpha);
    let white = layer(picture(&clips.add(solid(16, 9, [255; 4])), 0), 1.0, Blend::Difference);
    let mut middle_and_edge = |layers: &[&Layer]| {
        let layers = layers.iter().copied().cloned().collect();
        let pixels = renderer.render_rgba(&group(layers), 160, 90).expect("renders");
        let at = |x: usize| -> [u8; 3] { pixels[(45 * 160 + x) * 4..][..3].try_into().expect("three bytes") };
        (at(80), at(2))
    };
    let (r, g, cyan) = ([255, 0, 0], [0, 255, 0], [0, 255, 255]);
    assert_eq!(middle_and_edge(&[&red, &green]), (g, r));
    assert_eq!(middle_and_edge(&[&green, &red]), (r, r));
    assert_eq!(middle_and_edge(&[&red, &glass]), (r, r));
    assert_eq!(middle_and_edge(&[&green, &red, &white]), (cyan, cyan));
}

/// The colour of a pixel.
fn at(pixels: &[u8], width: usize, x: usize, y: usize) -> [u8; 3] {
    pixels[(y * width + x) * 4..][..3].try_into().expect("three bytes")
}

/// A picture of four colours: red and green above, blue and white below.
fn quarters() -> crate::video_common::Clip {
    let pixel = |at: u32| match (at % 16 < 8, at / 16 < 8) {
        (true, true) => [255, 0, 0, 255],
        (false, true) => [0, 255, 0, 255],
        (true, false) => [0, 0, 255, 255],
        (false, false) => [255; 4],
    };
    let frame = crate::video_common::rgba(16, 16, (0..256).flat_map(pixel).collect());
    crate::video_common::Clip { width: 16, height: 16, frames: 1, draw: Arc::new(move |_| Ok(frame.clone())) }
}

#[test]
fn a_picture_is_moved_sized_turned_cropped_and_mirrored_as_its_parameters_say() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let clip = clips.add(quarters());
    let (r, g, b, w, none) = ([255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3], [0; 3]);
    let place = Placement::default();
    // What shows in the middles of the canvas' quarters: left and right above, left and right below.
    for (what, place, want) in [
        ("as it is", place, [r, g, b, w]),
        ("moved right by half", Placement { middle: [1.0, 0.0], ..place }, [none, r, none, b]),
        ("moved up by half", Placement { middle: [0.0, -1.0], ..place }, [b, w, none, none]),
        ("a quarter as large", Placement { size: 0.25, ..place }, [none; 4]),
        ("small, in a quarter", Placement { size: 0.25, middle: [0.6, 0.6], ..place }, [none, none, none, r]),
        ("large", Placement { size: 4.0, middle: [3.0, 3.0], ..place }, [r; 4]),
        ("a quarter turn", Placement { rotation: 90.0, ..place }, [b, r, w, g]),
        ("mirrored", Placement { flip: 1, ..place }, [g, r, w, b]),
        ("upside down", Placement { flip: 2, ..place }, [b, w, r, g]),
        ("turned and mirrored both ways", Placement { flip: 3, rotation: 180.0, ..place }, [r, g, b, w]),
        ("cropped", Placement { crop: [0.5, 0.0, 0.0, 0.5], ..place }, [none, g, none, none]),
        ("cropped away", Placement { crop: [0.7, 0.7, 0.0, 0.0], ..place }, [none; 4]),
        ("without size", Placement { size: 0.0, ..place }, [none; 4]),
    ] {
        let layers = vec![Layer { place, ..layer(picture(&clip, 0), 1.0, Blend::Alpha) }];
        let pixels = renderer.render_rgba(&group(layers), 32, 32).expect("renders");
        let seen = [(8, 8), (24, 8), (8, 24), (24, 24)].map(|(x, y)| at(&pixels, 32, x, y));
        assert_eq!(seen, want, "{what}");
    }
}

#[test]
fn a_picture_fills_the_canvas_as_fit_says() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    // The left half red, the right half blue; twice as wide as high.
    let data = (0..128).flat_map(|at| if at % 16 < 8 { [255, 0, 0, 255] } else { [0, 0, 255, 255] }).collect();
    let frame = crate::video_common::rgba(16, 8, data);
    let clip = clips.add(crate::video_common::Clip { width: 16, height: 8, frames: 1, draw: Arc::new(move |_| Ok(frame.clone())) });
    let (r, b, none) = ([255, 0, 0], [0, 0, 255], [0; 3]);
    // Above, at the left edge, left and right of the middle.
    for (what, fit, want) in
        [("contain", 0, [none, r, r, b]), ("cover", 1, [r, r, r, b]), ("stretch", 2, [r, r, r, b]), ("none", 3, [none, none, r, b])]
    {
        let layers = vec![Layer { place: Placement { fit, ..Placement::default() }, ..layer(picture(&clip, 0), 1.0, Blend::Alpha) }];
        let pixels = renderer.render_rgba(&group(layers), 32, 32).expect("renders");
        let seen = [(12, 2), (2, 16), (12, 16), (20, 16)].map(|(x, y)| at(&pixels, 32, x, y));
        assert_eq!(seen, want, "{what}");
    }
}

#[test]
fn what_was_moved_hides_nothing_but_what_it_covers() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let (red, blue) = (clips.add(solid(8, 8, [255, 0, 0, 255])), clips.add(solid(8, 8, [0, 0, 255, 255])));
    let moved = Placement { middle: [1.0, 0.0], ..Placement::default() };
    let above = Layer { place: moved, ..layer(picture(&blue, 0), 1.0, Blend::Alpha) };
    let pixels = renderer.render_rgba(&group(vec![layer(picture(&red, 0), 1.0, Blend::Alpha), above.clone()]), 8, 8).expect("renders");
    assert_eq!((at(&pixels, 8, 1, 4), at(&pixels, 8, 6, 4)), ([255, 0, 0], [0, 0, 255]));
    let pixels = renderer.render_rgba(&group(vec![above, layer(picture(&red, 0), 1.0, Blend::Alpha)]), 8, 8).expect("renders");
    assert_eq!((at(&pixels, 8, 1, 4), at(&pixels, 8, 6, 4)), ([255, 0, 0], [255, 0, 0]));
}

#[test]
fn the_background_shows_where_nothing_covers_it_and_fades_with_the_picture() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let half = layer(picture(&clips.add(solid(4, 8, [255, 255, 255, 128])), 0), 1.0, Blend::Alpha);
    let scene = |layers, opacity| Scene { background: [1.0, 0.0, 0.5], opacity, ..group(layers) };
    assert_close(&renderer.render_rgba(&scene(vec![], 1.0), 8, 8).expect("renders"), [1.0, 0.0, to_linear(128), 1.0], "alone");
    assert_close(&renderer.render_rgba(&scene(vec![], 0.5), 8, 8).expect("renders"), [0.5, 0.0, to_linear(128) / 2.0, 1.0], "faded");
    let pixels = renderer.render_rgba(&scene(vec![half], 1.0), 8, 8).expect("renders");
    let alpha = 128.0 / 255.0;
    assert_close(&pixels[4 * 4..], [1.0, alpha, alpha + (1.0 - alpha) * to_linear(128), 1.0], "through the picture");
    assert_close(&pixels, [1.0, 0.0, to_linear(128), 1.0], "beside the picture");
}

#[test]
fn feedback_lays_the_picture_before_below_and_two_renderers_agree_on_every_picture() {
    let clips = Clips::default();
    let Some(mut first) = renderer(&clips, &Options::default()) else { return };
    let mut second = renderer(&clips, &Options::default()).expect("a second one");
    let white = clips.add(solid(8, 8, [255; 4]));
    let key: videotracker_engine::name::Name = "mix".into();
    let scene = |n: i32| {
        let place = Placement { size: 0.25, middle: [n as f32 * 0.5 - 1.0, 0.0], ..Placement::default() };
        let layers = vec![Layer { place, ..layer(picture(&white, 0), 1.0, Blend::Alpha) }];
        let feedback = Some(Feedback { key: key.clone(), opacity: 0.5, place: Placement::default() });
        Scene { groups: vec![Group { layers, feedback }], opacity: 1.0, ..Scene::default() }
    };
    for n in 0..5 {
        let pixels = first.render_rgba(&scene(n), 64, 64).expect("renders");
        assert!(second.render_rgba(&scene(n), 64, 64).expect("renders") == pixels, "picture {n}");
        for back in 0..=n {
            let x = ((f64::from(n - back) * 0.5 - 1.0) * 32.0 + 32.0) as usize;
            let want = 0.5_f64.powi(back);
            assert_close(&pixels[(32 * 64 + x.min(62)) * 4..], [want, want, want, 1.0], &format!("picture {n}, {back} pictures old"));
        }
    }
    let without = Scene { groups: vec![Group::default()], opacity: 1.0, ..Scene::default() };
    first.render_rgba(&without, 64, 64).expect("renders");
    let pixels = first.render_rgba(&scene(4), 64, 64).expect("renders");
    assert_eq!(at(&pixels, 64, 32, 32), [0; 3], "a picture without feedback ends the trail");
}

#[test]
fn a_picture_composed_in_a_size_of_its_own_is_fitted_into_the_target() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    let clip = clips.add(quarters());
    let scene = Scene { canvas: Some((16, 16)), background: [0.0, 0.0, 1.0], ..group(vec![layer(picture(&clip, 0), 1.0, Blend::Alpha)]) };
    let pixels = renderer.render_rgba(&scene, 64, 32).expect("renders");
    let seen = [(24, 8), (40, 8), (24, 24), (40, 24)].map(|(x, y)| at(&pixels, 64, x, y));
    assert_eq!(seen, [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]]);
    assert_eq!(at(&pixels, 64, 4, 16), [0, 0, 255], "the background goes on beside it");
}

#[test]
fn of_many_clips_that_are_named_ahead_each_is_read_once() {
    let clips = Clips::default();
    let options = Options::default();
    let Ok(gpu) = videotracker::video::device::Gpu::open(&options) else { return };
    let mut renderer = videotracker::video::Renderer::on(gpu, &options, Arc::new(clips.clone()), Reading::Live);
    let slow = || {
        let fast = crate::video_common::greys(8, 8, 1);
        let draw = Arc::clone(&fast.draw);
        crate::video_common::Clip {
            draw: Arc::new(move |n| {
                std::thread::sleep(Duration::from_millis(2));
                draw(n)
            }),
            ..fast
        }
    };
    let many: Vec<_> = (0..100).map(|_| clips.add(slow())).collect();
    let ahead = many.iter().map(|clip| Picture { info: Arc::clone(clip), frame: 0 }).collect();
    let scene = Scene { ahead, ..group(vec![layer(picture(&many[0], 0), 1.0, Blend::Alpha)]) };
    let mut read = || {
        renderer.render_rgba(&scene, 8, 8).expect("renders");
        std::thread::sleep(Duration::from_millis(5));
        renderer.textures().costs().read.0
    };
    let all = (0..1000).map(|_| read()).find(|read| *read >= 100);
    assert_eq!(all, Some(100), "all are read");
    let later = (0..20).map(|_| read()).last();
    assert_eq!(later, Some(100), "none is read again");
}

#[test]
fn frames_named_ahead_are_there_in_time_although_their_source_is_slow_and_the_budget_holds() {
    let clips = Clips::default();
    let options = Options { texture_budget: 5 * 32 * 32 * 4, ..Options::default() };
    let gpu = match videotracker::video::device::Gpu::open(&options) {
        Ok(gpu) => gpu,
        Err(_) => return,
    };
    let mut renderer = videotracker::video::Renderer::on(gpu, &options, Arc::new(clips.clone()), Reading::Live);
    let fast = crate::video_common::greys(32, 32, 40);
    let draw = Arc::clone(&fast.draw);
    let slow = clips.add(crate::video_common::Clip {
        draw: Arc::new(move |n| {
            std::thread::sleep(Duration::from_millis(30));
            draw(n)
        }),
        ..fast
    });
    let named = |frames: &[u32]| frames.iter().map(|frame| Picture { info: Arc::clone(&slow), frame: *frame }).collect::<Vec<_>>();
    let scene = |frame: u32, ahead: &[u32]| Scene { ahead: named(ahead), ..group(vec![layer(picture(&slow, frame), 1.0, Blend::Alpha)]) };
    // The loop's start and a step's are far from where the clip stands; more is named than the budget holds.
    let mut show = |scene: &Scene| {
        let pixels = renderer.render_rgba(scene, 32, 32).expect("renders");
        assert!(renderer.textures().bytes() <= options.texture_budget, "the budget holds");
        (pixels[0], renderer.textures().late())
    };
    let ahead: Vec<u32> = [3, 30].into_iter().chain(10..25).collect();
    for _ in 0..20 {
        show(&scene(7, &ahead));
        std::thread::sleep(Duration::from_millis(15));
    }
    let late = show(&scene(7, &ahead)).1;
    assert_eq!(show(&scene(3, &ahead)), (15, late), "the loop's start is there");
    assert_eq!(show(&scene(30, &ahead)), (150, late), "and so is the step's");
    assert_eq!(show(&scene(39, &[])).1, late + 1, "what nobody named is late");
}
