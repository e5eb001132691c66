//! What composing costs: milliseconds a picture, reading back included.
#![allow(clippy::print_stdout, reason = "figures are printed")]

#[path = "../tests/tools/video_common.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod video_common;

use std::time::Instant;

use video_common::{Clips, gradient, group, layer, picture, renderer};
use videotracker::video::{
    device::Options,
    scene::{Blend, Layer},
};
use videotracker_engine::view::Placement;

fn main() {
    let clips = Clips::default();
    let Some(mut renderer) = renderer(&clips, &Options::default()) else { return };
    println!("{renderer:?}");
    let clip = clips.add(gradient(1280, 720, 4));
    small_voices();
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

/// Sixteen voices at 640×360, small ones side by side and large ones over each other, both ways in turn.
fn small_voices() {
    let clips = Clips::default();
    let both = [false, true].map(|passes_only| renderer(&clips, &Options { passes_only, ..Options::default() }));
    let [Some(mut quads), Some(mut passes)] = both else { return };
    let clip = clips.add(gradient(1280, 720, 4));
    for (what, size, opacity, blend) in [
        ("0.3 as large", 0.3, 0.9, Blend::Alpha),
        ("0.3 as large", 0.3, 0.9, Blend::Screen),
        ("0.3 as large", 0.3, 0.9, Blend::Overlay),
        ("full size, opaque", 1.0, 1.0, Blend::Alpha),
        ("full size", 1.0, 0.9, Blend::Alpha),
        ("full size", 1.0, 0.3, Blend::Alpha),
    ] {
        let place = |n: u32| {
            let middle = [n % 4, n / 4].map(|cell| if size < 1.0 { (2 * cell + 1) as f32 / 4.0 - 1.0 } else { 0.0 });
            Placement { size, middle, ..Placement::default() }
        };
        let voice = |n: u32, k: u32| Layer { place: place(n), ..layer(picture(&clip, (n + k) % 4), opacity, blend) };
        let scene = |k: u32| group((0..16).map(|n| voice(n, k)).collect());
        let mut pixels = Vec::new();
        let mut times = [Vec::new(), Vec::new()];
        for k in 0..24 {
            for (renderer, times) in [&mut quads, &mut passes].into_iter().zip(&mut times) {
                let (began, cpu) = (Instant::now(), cpu_ms());
                renderer.render_into(&scene(k), 640, 360, &mut pixels).expect("renders");
                times.push((began.elapsed().as_secs_f64() * 1e3, cpu_ms() - cpu));
            }
        }
        let [quads, passes] = times.map(|times| {
            let mut wall: Vec<f64> = times[4..].iter().map(|time| time.0).collect();
            wall.sort_by(f64::total_cmp);
            let cpu: f64 = times[4..].iter().map(|time| time.1).sum();
            format!("{:.1} ms median, {:.1} ms of CPU", wall[wall.len() / 2], cpu / wall.len() as f64)
        });
        println!("640×360, 16 voices, {what} at {opacity}, {}: {quads}; in passes only {passes}", blend.word());
    }
}

/// Milliseconds of processor time this process has used so far; 0 where the system doesn't tell.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: f64 = stat.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks * 10.0
}
