//! Slices by onsets, from the script to what is heard.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use crate::rig::{RATE, Rig};
use videotracker_engine::engine::Engine;

/// Frames at which the loop is struck: each stroke is a noise of its own level.
const STRUCK: [usize; 5] = [2000, 21_000, 45_500, 60_000, 84_321];

/// A loop on disk, and the folder it lies in.
fn drum_loop() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loop.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    let mut seed = 5_u64;
    for frame in 0..96_000_usize {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = (seed >> 40) as f32 / 8_388_608.0 - 1.0;
        let since = STRUCK.iter().rev().find(|at| **at <= frame).map(|at| (frame - at) as f32);
        writer.write_sample(since.map_or(0.0, |since| noise * 0.7 * (-since / 1500.0).exp())).unwrap();
    }
    writer.finalize().unwrap();
    let name = path.to_str().unwrap().replace('\\', "/");
    (folder, name)
}

/// What each step of a pattern of five plays, as frames of the loop.
fn heard(script: &str) -> Vec<f64> {
    let mut rig = Rig::new(script);
    let mut views = rig.engine.view_reader();
    let mut begun = Vec::new();
    let mut serials = std::collections::BTreeSet::new();
    rig.offline = true;
    for _ in 0..2000 {
        rig.block(64);
        let view = views.read();
        for voice in &view.voices[..view.voice_count] {
            if serials.insert(voice.serial) {
                let since = (view.frame - voice.onset) as f64;
                begun.push(voice.media_secs * RATE - since);
            }
        }
    }
    begun
}

#[test]
fn a_loop_cut_at_onsets_plays_its_strokes_by_index_by_n_and_by_the_slice_control() {
    let (_folder, name) = drum_loop();
    let session = |config: &str, pattern: &str| {
        format!(
            "session{{}} audioOut('out') sampler('d', {{{config}}}) sequencer('q') connect('q', 'd') pattern('p', {pattern}) bind('q', 'p')"
        )
    };
    let steps = "{{index = 1}, {index = 2}, {index = 3}, {index = 4}, {index = 5}, {}}";
    for (what, config, pattern) in [
        ("the sample's", format!("samples = {{{{'{name}', slices = 'onsets'}}}}"), steps),
        ("the module's", format!("samples = {{'{name}'}}, slices = {{onsets = 0.5}}"), steps),
        ("n", format!("samples = {{'{name}'}}, slices = 'onsets'"), "n('1 2 3 4 5 ~').fast(2)"),
        ("slice", format!("samples = {{'{name}'}}, slices = 'onsets'"), "n(0):slice('onsets', '0 1 2 3 4').fast(2)"),
        (
            "the control",
            format!("samples = {{'{name}'}}, slices = 'onsets'"),
            "{{slice = 0, index = 0}, {slice = 1, index = 0}, {slice = 2, index = 0}, {slice = 3, index = 0}, {slice = 4, index = 0}}",
        ),
    ] {
        let pattern = pattern.replace(").fast", "):fast");
        let begun = heard(&session(&config, &pattern));
        assert!(begun.len() >= 5, "{what}: {begun:?}");
        for (found, struck) in begun.iter().zip(STRUCK) {
            assert!((found - struck as f64).abs() <= 48.0, "{what}: begun at {begun:?}, struck at {STRUCK:?}");
        }
    }
}

#[test]
fn a_sample_has_no_value_of_its_own_for_what_concerns_all() {
    let engine = Engine::empty();
    for param in ["polyphony = 'mono'", "voices = 3", "index = 1", "enabled = false"] {
        let script = format!("sampler('d', {{samples = {{{{'factory:kick', {param}}}}}}})");
        let error = engine.run_script_and_wait("s", &script).error.unwrap_or_default();
        assert!(error.contains("concerns all samples; set it for d"), "{param}: {error}");
    }
    // A session from before keeps its samples, without the value that never had an effect.
    let saved = r#"{"script":"","draft":"","project":{"clock":{"bpm":120.0,"source":"host","cycle_beats":4.0,"bar_beats":4.0},
        "modules":{"d":{"type":"sampler","samples":[{"asset":"factory:kick","params":{"voices":3.0,"volume":0.5}}]}},"connections":[],
        "links":[],"patterns":{},"chains":{},"bindings":{},"macros":{},"assets":{"factory:kick":{}},"auto_route":true}}"#;
    assert!(engine.restore(serde_json::from_str(saved).unwrap()).is_empty());
    let params = &engine.snapshot().project.modules["d"].samples[0].params;
    assert_eq!(params.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["volume"]);
}

#[test]
fn slices_change_while_the_session_plays_and_are_kept() {
    let (_folder, name) = drum_loop();
    let engine = Engine::empty();
    let result = engine.run_script_and_wait("s", &format!("session{{}} sampler('d', {{samples = {{'{name}'}}, slices = 'onsets'}})"));
    assert_eq!(result.error, None);
    let processor = engine.activate(RATE);
    assert!(engine.wait_for_media(std::time::Duration::from_secs(20)));
    for (set, kept) in [
        ("{onsets = 0.25}", "slices = {onsets = 0.25}"),
        ("'onsets'", "slices = \"onsets\""),
        ("{0, 0.25, 0.7}", "slices = {0.0, 0.25, 0.7}"),
        ("16", "slices = 16"),
    ] {
        let result = engine.run_script_and_wait("s", &format!("setParam('d', 'slices', {set})"));
        assert_eq!(result.error, None, "{set}");
        let script = engine.generated_script();
        assert!(script.contains(kept), "{script}");
        let saved = engine.save();
        let other = Engine::empty();
        assert!(other.restore(saved.clone()).is_empty());
        assert_eq!(other.save().project, saved.project, "{set}");
    }
    for (wrong, why) in
        [("'onset'", "onsets"), ("{0.5, 0.25}", "in order"), ("{onset = 1}", "a table"), ("300", "1 to 256"), ("{onsets = 2}", "0 to 1")]
    {
        let error = engine.run_script_and_wait("s", &format!("setParam('d', 'slices', {wrong})")).error.unwrap_or_default();
        assert!(error.contains(why), "{wrong}: {error}");
    }
    drop(processor);
}

#[test]
fn a_view_shows_the_cuts_that_are_heard() {
    let (_folder, name) = drum_loop();
    let mut rig = Rig::new(&format!("session{{}} sampler('d', {{samples = {{'{name}'}}, slices = 'onsets'}})"));
    rig.offline = true;
    rig.block(64);
    let asset = videotracker_engine::name::Name::new(&name);
    let began = std::time::Instant::now();
    while rig.engine.onsets(&asset, 0.5).is_empty() && began.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let frames: Vec<f64> = rig.engine.onsets(&asset, 0.5).into_iter().map(|share| share * 96_000.0).collect();
    assert!(frames.len() == STRUCK.len() && frames.iter().zip(STRUCK).all(|(at, struck)| (at - struck as f64).abs() < 100.0), "{frames:?}");
}
