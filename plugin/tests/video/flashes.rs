//! What a fresh instance shows doesn't flash, in the words of WCAG 2.3.1 (general and red flashes).
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are printed")]

use crate::record_common::{RATE, engine, play};
use videotracker::video::{Recorder, VideoError, recorder::RecordOptions};
use videotracker_engine::session::DEFAULT_SCRIPT;

const SIZE: (usize, usize) = (96, 54);
const FPS: usize = 30;
/// Flashes in a second that are too many.
const MOST: usize = 3;

/// Linear light of sRGB (IEC 61966-2-1).
fn linear(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Times at which a value has changed by `least` against the last extreme, turn by turn up and down.
/// `counts` says whether a change from one value to another counts.
fn turns(values: &[f64], least: f64, counts: impl Fn(f64, f64) -> bool) -> Vec<usize> {
    let mut turns = Vec::new();
    let (mut low, mut high, mut rising) = (values[0], values[0], None);
    for (time, value) in values.iter().copied().enumerate() {
        if rising != Some(true) && value - low >= least && counts(low, value) {
            turns.push(time);
            (rising, high) = (Some(true), value);
        } else if rising != Some(false) && high - value >= least && counts(value, high) {
            turns.push(time);
            (rising, low) = (Some(false), value);
        }
        match rising {
            Some(true) => (high, low) = (high.max(value), value.min(high)),
            Some(false) => (low, high) = (low.min(value), value.max(low)),
            None => (low, high) = (low.min(value), high.max(value)),
        }
    }
    turns
}

/// The largest share of any field of ten degrees (a third of the picture's width and height) in which more than `MOST`
/// flashes, of two turns each, fall into one second.
fn flashing(film: &[Vec<[f64; 3]>]) -> f64 {
    let (width, height) = SIZE;
    let second = |turns: &[usize]| {
        turns
            .windows(2 * MOST + 1)
            .map(|few| (few[0], few[2 * MOST]))
            .filter(|(first, last)| last - first < FPS)
            .map(|(first, _)| first)
            .collect::<Vec<_>>()
    };
    // For each cell, the seconds in which it flashes too often.
    let mut cells = vec![vec![false; width * height]; film.len()];
    for cell in 0..width * height {
        let light: Vec<f64> = film
            .iter()
            .map(|frame| {
                let [r, g, b] = frame[cell];
                0.2126 * r + 0.7152 * g + 0.0722 * b
            })
            .collect();
        let red: Vec<f64> = film
            .iter()
            .map(|frame| {
                let [r, g, b] = frame[cell];
                if r >= 0.8 * (r + g + b) { ((r - g - b) * 320.0).max(0.0) } else { 0.0 }
            })
            .collect();
        let general = turns(&light, 0.1, |dark, _| dark < 0.8);
        for begin in second(&general).into_iter().chain(second(&turns(&red, 20.0, |_, _| true))) {
            cells[begin..(begin + FPS).min(film.len())].iter_mut().for_each(|frame| frame[cell] = true);
        }
    }
    let (field_width, field_height) = (width / 3, height / 3);
    let mut worst: f64 = 0.0;
    for frame in &cells {
        for top in (0..=height - field_height).step_by(3) {
            for left in (0..=width - field_width).step_by(3) {
                let rows = (top..top + field_height).map(|row| &frame[row * width + left..row * width + left + field_width]);
                let lit: usize = rows.map(|row| row.iter().filter(|flashes| **flashes).count()).sum();
                worst = worst.max(lit as f64 / (field_width * field_height) as f64);
            }
        }
    }
    worst
}

/// The first seconds of a session's film; `None`, with a line, where there is no adapter.
fn film(script: &str, secs: usize) -> Option<Vec<Vec<[f64; 3]>>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = format!("{}/", folder.path().join("film").display());
    let (engine, mut processor) = engine(script);
    let options = RecordOptions { size: (SIZE.0 as u32, SIZE.1 as u32), fps: (FPS as u32, 1), ..RecordOptions::new(&path) };
    let recorder = match Recorder::start(&engine, options) {
        Ok(started) => started,
        Err(error @ (VideoError::NoAdapter { .. } | VideoError::NoDevice { .. })) => {
            println!("skipped: {error}");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    play(&mut processor, secs * RATE as usize);
    let summary = recorder.finish().expect("the recording is whole");
    assert_eq!(summary.frames, (secs * FPS) as u64);
    let frame = |number: usize| {
        let pixels = image::open(format!("{path}{number:06}.png")).expect("opens").into_rgb8();
        pixels.pixels().map(|pixel| pixel.0.map(linear)).collect()
    };
    Some((0..secs * FPS).map(frame).collect())
}

#[test]
fn the_measure_counts_flashes_as_they_are_defined() {
    let (width, height) = SIZE;
    let shown = |frame: usize, every: usize, bright: f64| if (frame / every).is_multiple_of(2) { [0.0; 3] } else { [bright; 3] };
    let whole = |every, bright| (0..60).map(|frame| vec![shown(frame, every, bright); width * height]).collect::<Vec<_>>();
    for (what, film, too_many) in [
        ("fifteen a second", whole(1, 1.0), true),
        ("five a second", whole(3, 0.2), true),
        ("three a second", whole(5, 1.0), false),
        ("too dim", whole(1, 0.09), false),
    ] {
        assert_eq!(flashing(&film) > 0.25, too_many, "{what}: {}", flashing(&film));
    }
    let small: Vec<_> = (0..60)
        .map(|frame| (0..width * height).map(|cell| if cell % width < 3 { shown(frame, 1, 1.0) } else { [0.0; 3] }).collect())
        .collect();
    assert!((0.05..0.25).contains(&flashing(&small)), "a narrow stripe: {}", flashing(&small));
}

#[test]
fn nothing_that_a_fresh_instance_shows_flashes_more_than_three_times_a_second() {
    let Some(shown) = film(DEFAULT_SCRIPT, 9) else { return };
    let bright = shown.iter().flatten().any(|[r, g, b]| r + g + b > 0.5);
    assert!(bright, "it shows something");
    let worst = flashing(&shown);
    println!("{:.1} % of a field", worst * 100.0);
    assert!(worst <= 0.25, "{:.0} % of a field of ten degrees flashes", worst * 100.0);
    // Counting clips in its place would.
    let counters = DEFAULT_SCRIPT.replace("|ember", "|red").replace("|halo", "|blue").replace("|spark", "|green");
    let Some(shown) = film(&counters, 9) else { return };
    assert!(flashing(&shown) > 0.25, "the measure sees the counters strobe: {}", flashing(&shown));
}

#[test]
fn the_glass_preset_does_not_flash_either() {
    let Some(shown) = film(include_str!("../../../presets/glass.lua"), 9) else { return };
    let worst = flashing(&shown);
    println!("{:.1} % of a field", worst * 100.0);
    assert!(worst <= 0.25, "{:.0} % of a field of ten degrees flashes", worst * 100.0);
}
