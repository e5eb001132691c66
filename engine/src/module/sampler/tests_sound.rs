//! What a sampler does to its sounds: the strips of its voices, and how well it reads between frames.

use super::{
    tests::{Bench, RATE, mono, off, trigger},
    *,
};
use crate::signal::control::well_known;

fn place(name: &str) -> usize {
    TYPE.param(name).unwrap().index
}

/// A square of 600 Hz.
fn square() -> crate::media::Media {
    mono((0..9600).map(|k| if k / 40 % 2 == 0 { 0.5 } else { -0.5 }))
}

#[test]
fn what_a_sampler_says_of_strips_is_what_a_trigger_says_of_its_own() {
    let media = square();
    let plain = Bench::new(&[&media], &[]).left(4000, &[trigger(0, 1, &[])]);
    for (name, value) in [
        ("cutoff", 500.0),
        ("hcutoff", 2000.0),
        ("bandf", 1000.0),
        ("crush", 1.0),
        ("coarse", 7.0),
        ("postgain", 0.5),
        ("vowel", 2.0),
        ("tremolo", 4.0),
        ("phaserrate", 2.0),
        ("distort", 2.0),
        ("shape", 0.5),
    ] {
        let said = Bench::new(&[&media], &[]).left(4000, &[trigger(0, 1, &[(well_known(name).unwrap(), value as f32)])]);
        let own = Bench::new(&[&media], &[(place(name), value)]).left(4000, &[trigger(0, 1, &[])]);
        assert_eq!(own, said, "{name}");
        assert_ne!(own, plain, "{name}");
    }
    let both = |own: f64, said: f32| {
        let values = [(well_known("cutoff").unwrap(), said)];
        Bench::new(&[&media], &[(place("cutoff"), own)]).left(4000, &[trigger(0, 1, &values)])
    };
    assert_eq!(both(500.0, 3000.0), both(20_000.0, 3000.0), "a trigger counts before the module");
}

#[test]
fn a_voice_that_sounds_follows_its_modules_strip_and_gets_one_where_it_has_none() {
    let media = square();
    let loud = |sound: &[f32]| (sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / sound.len() as f64).sqrt();
    let mut bench = Bench::new(&[&media], &[(param::PLAY_STYLE, 1.0)]);
    let before = bench.left(1024, &[trigger(0, 1, &[])]);
    bench.params[place("cutoff")] = 100.0;
    let low = bench.left(2048, &[]);
    bench.params[place("cutoff")] = 20_000.0;
    let again = bench.left(4096, &[off(4000, 1)]);
    assert!((loud(&before) - 0.5).abs() < 0.01);
    assert!(loud(&low[1024..]) < 0.1, "{}", loud(&low[1024..]));
    assert!((loud(&again[1024..3900]) - 0.5).abs() < 0.01);
    assert!(bench.left(2048, &[])[1500..].iter().all(|x| *x == 0.0), "its release ends it");
}

#[test]
fn a_shot_outlasts_its_event_and_file_loops_where_its_file_says() {
    let plain = square();
    let mut looped = square();
    std::sync::Arc::make_mut(&mut looped.info).loops = Some((0.1, 0.2));
    let style = |name: &str| PLAY_STYLE.iter().position(|style| *style == name).unwrap() as f64;
    // Whether it is heard behind the end of its event at 2000 frames, and behind that of its sound at 9600.
    for (name, media, ends, wanted) in [
        ("once", &looped, true, [false, false]),
        ("once", &looped, false, [true, false]),
        ("shot", &looped, true, [true, false]),
        ("file", &plain, true, [false, false]),
        ("file", &plain, false, [true, false]),
        ("file", &looped, true, [false, false]),
        ("file", &looped, false, [true, true]),
    ] {
        let events = [trigger(0, 1, &[]), off(2000, 1)];
        let sound = Bench::new(&[media], &[(param::PLAY_STYLE, style(name))]).left(14_000, &events[..if ends { 2 } else { 1 }]);
        let heard = [5000..6000, 12_000..13_000].map(|frames| sound[frames].iter().any(|x| *x != 0.0));
        assert_eq!(heard, wanted, "{name}, ends: {ends}");
    }
}

/// Amplitude of a tone within a sound of whole periods, and of all beside it.
fn tone(sound: &[f32], hz: f64) -> (f64, f64) {
    let count = sound.len() as f64;
    let (mut re, mut im) = (0.0, 0.0);
    let window = |t: usize| 1.0 - (std::f64::consts::TAU * t as f64 / count).cos();
    for (t, x) in sound.iter().enumerate() {
        let (sin, cos) = (std::f64::consts::TAU * hz * t as f64 / RATE).sin_cos();
        re += f64::from(*x) * cos * window(t) * 2.0 / count;
        im += f64::from(*x) * sin * window(t) * 2.0 / count;
    }
    let rest = sound.iter().enumerate().map(|(t, x)| {
        let (sin, cos) = (std::f64::consts::TAU * hz * t as f64 / RATE).sin_cos();
        (f64::from(*x) - re * cos - im * sin).powi(2)
    });
    (f64::hypot(re, im), (2.0 * rest.sum::<f64>() / count).sqrt())
}

#[test]
fn the_best_quality_folds_nothing_back_and_mirrors_nothing() {
    let media = mono((0..96_000).map(|t| (std::f64::consts::TAU * 10_000.0 * f64::from(t) / RATE).sin() as f32));
    let played = |quality: f64, speed: f64| {
        let mut bench = Bench::new(&[&media], &[(param::QUALITY, quality), (param::SPEED, speed)]);
        bench.left(9600, &[trigger(0, 1, &[])])[4800..].to_vec()
    };
    let db = |x: f64| 20.0 * x.max(1e-12).log10();
    for speed in [0.37, 0.9, 1.1, 1.7, 2.0, 2.5, 3.1, 4.0, 7.3] {
        let (passed, rest) = tone(&played(2.0, speed), (10_000.0 * speed).min(24_000.0));
        if speed < 2.01 {
            assert!(passed > 0.99, "{speed}: {passed}");
            assert!(db(rest) < -60.0, "{speed}: {} dB", db(rest));
        } else {
            let sound = played(2.0, speed);
            let all = (2.0 * sound.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / sound.len() as f64).sqrt();
            assert!(db(all) < -60.0, "{speed}: {} dB", db(all));
        }
    }
    // What the others leave: a tone that is mirrored, and one that folds back.
    assert!(
        db(tone(&played(1.0, 0.37), 3700.0).1) > -45.0 && db(tone(&played(0.0, 0.37), 3700.0).1) > db(tone(&played(1.0, 0.37), 3700.0).1)
    );
    for quality in [0.0, 2.0] {
        assert_eq!(played(quality, 1.0), played(1.0, 1.0), "at the recorded speed all are the same");
        assert_eq!(played(quality, -1.0), played(1.0, -1.0));
    }
}

#[test]
fn every_quality_plays_the_same_however_blocks_are_cut() {
    let media = mono((0..4000).map(|k| ((k * 37 % 101) as f32 / 50.0) - 1.0));
    for quality in [0.0, 1.0, 2.0] {
        let params =
            [(param::QUALITY, quality), (param::SPEED, 1.37), (param::PLAY_STYLE, 1.0), (param::LOOP_BEGIN, 0.3), (param::LOOP_END, 0.6)];
        let whole = Bench::new(&[&media], &params).left(4096, &[trigger(7, 1, &[])]);
        let mut bench = Bench::new(&[&media], &params);
        let (mut sound, mut turn) = (Vec::new(), 0);
        while sound.len() < 4096 {
            let count = [1, 33, 200, 7][turn % 4].min(4096 - sound.len());
            let begins = (sound.len()..sound.len() + count).contains(&7);
            let events: Vec<_> = begins.then(|| trigger(7 - sound.len(), 1, &[])).into_iter().collect();
            sound.extend(bench.block(count, &events).iter().map(|frame| frame[0]));
            turn += 1;
        }
        assert_eq!(sound, whole, "{quality}");
    }
}
