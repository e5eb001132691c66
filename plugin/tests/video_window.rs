//! The output window on a real display; skipped with a line where there is none.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

mod video_common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use video_common::{Clips, gradient, group, layer, picture, solid};
use videotracker::video::{
    OutputWindow, VideoError,
    scene::{Blend, Content, Layer, Scene, Trace},
    window::{Feed, WindowOptions},
};
use videotracker_engine::{media::VideoInfo, view::SCOPE_POINTS};

/// A clip in motion, a tinted one over it, and a figure.
struct Show {
    clip: Arc<VideoInfo>,
    tint: Arc<VideoInfo>,
    began: Instant,
}

impl Feed for Show {
    fn scene(&mut self, moment: Instant) -> Scene {
        let secs = (moment - self.began).as_secs_f64();
        let frame = (secs * 25.0) as u32 % self.clip.frames;
        let mut points = [[0.0_f32; 2]; SCOPE_POINTS];
        for (n, point) in points.iter_mut().enumerate() {
            let t = n as f64 / 512.0 * std::f64::consts::TAU;
            *point = [(3.0 * t).sin() as f32, (2.0 * t + secs).sin() as f32];
        }
        let trace = Trace { xy: true, scale: 0.7, point_size: 3.0, colour: [0.2, 1.0, 0.4], background: 0.0, points: Arc::new(points) };
        group(vec![
            layer(picture(&self.clip, frame), 1.0, Blend::Alpha),
            layer(picture(&self.tint, 0), 0.5, Blend::Multiply),
            Layer { content: Content::Trace(trace), opacity: 1.0, blend: Blend::Screen },
        ])
    }
}

fn open(clips: &Clips) -> Option<OutputWindow> {
    let show =
        Show { clip: clips.add(gradient(640, 480, 50)), tint: clips.add(solid(640, 480, [255, 120, 120, 255])), began: Instant::now() };
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none() {
        println!("skipped: no display (run under xvfb-run)");
        return None;
    }
    match OutputWindow::open_on(show, Arc::new(clips.clone()), WindowOptions::default()) {
        Ok(window) => Some(window),
        Err(error @ (VideoError::NoAdapter { .. } | VideoError::NoDevice { .. })) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Seconds to leave the window open, for a look at it.
fn seconds() -> f64 {
    std::env::var("VIDEO_WINDOW_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(1.5)
}

#[test]
fn the_window_shows_pictures_and_closes_within_a_second() {
    let clips = Clips::default();
    let Some(window) = open(&clips) else { return };
    let began = Instant::now();
    while window.is_open() && began.elapsed().as_secs_f64() < seconds() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let stats = window.stats();
    println!("{stats:?}, full screen: {}, open: {}", window.is_fullscreen(), window.is_open());
    assert!(stats.shown > 5, "{stats:?}");
    assert_eq!(stats.rebuilt, 0);
    let closing = Instant::now();
    drop(window);
    println!("closed in {:?}", closing.elapsed());
    assert!(closing.elapsed() < Duration::from_secs(1), "closing took {:?}", closing.elapsed());
}

#[test]
fn windows_open_and_close_again_and_again() {
    let clips = Clips::default();
    for _ in 0..3 {
        let Some(window) = open(&clips) else { return };
        assert!(window.is_open());
        drop(window);
    }
}
