//! Figures of the renderer, printed; run by hand with `--ignored --nocapture`.

mod video_common;

use std::time::Instant;

use video_common::{Clips, gradient, group, layer, picture, renderer};
use videotracker::video::{device::Options, scene::Blend};

#[test]
#[ignore = "prints figures; nothing to assert on a shared machine"]
fn milliseconds_for_layers() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    println!("{renderer:?}");
    let clip = clips.add(gradient(1280, 720, 4));
    for (width, height) in [(1280, 720), (1920, 1080)] {
        for count in [1, 2, 4, 8] {
            let scene = |n: u32| group((0..count).map(|_| layer(picture(&clip, n % 4), 0.5, Blend::Screen)).collect());
            let mut pixels = Vec::new();
            (0..4).for_each(|n| renderer.render_into(&scene(n), width, height, &mut pixels).unwrap());
            let began = Instant::now();
            (0..20).for_each(|n| renderer.render_into(&scene(n), width, height, &mut pixels).unwrap());
            println!("{width}×{height}, {count} layers: {:.1} ms", began.elapsed().as_secs_f64() * 50.0);
        }
    }
}
