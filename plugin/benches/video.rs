//! What composing costs: milliseconds a picture, reading back included.
#![allow(clippy::print_stdout, reason = "figures are printed")]

#[path = "../tests/video_common/mod.rs"]
mod video_common;

use std::time::Instant;

use video_common::{Clips, gradient, group, layer, picture, renderer};
use videotracker::video::{device::Options, scene::Blend};

fn main() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    println!("{renderer:?}");
    let clip = clips.add(gradient(1280, 720, 4));
    for (width, height, blend) in [(1280, 720, Blend::Screen), (1280, 720, Blend::Alpha), (1920, 1080, Blend::Alpha)] {
        for count in [1, 2, 4] {
            let scene = |n: u32| group((0..count).map(|_| layer(picture(&clip, n % 4), 0.5, blend)).collect());
            let mut pixels = Vec::new();
            (0..4).for_each(|n| renderer.render_into(&scene(n), width, height, &mut pixels).expect("renders"));
            let (began, cpu) = (Instant::now(), cpu_ms());
            (0..20).for_each(|n| renderer.render_into(&scene(n), width, height, &mut pixels).expect("renders"));
            let (wall, cpu) = (began.elapsed().as_secs_f64() * 50.0, (cpu_ms() - cpu) / 20.0);
            println!("{width}×{height}, {count} layers, {}: {wall:.1} ms, {cpu:.1} ms of CPU", blend.word());
        }
    }
}

/// Milliseconds of processor time this process has used so far; 0 where the system doesn't tell.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: f64 = stat.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks * 10.0
}
