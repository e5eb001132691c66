//! Oscilloscopes and spectrograms draw what is connected to them, the same in every film of the same song.

use std::{path::Path, sync::Arc};

use crate::video_common::{Clips, renderer};
use videotracker::video::{
    Renderer,
    compose::main_scene,
    device::Options,
    scene::{Content, Trace},
};
use videotracker_engine::{
    audio::{
        film::Cue,
        host::{HostInput, HostOutput, HostTransport},
        processor::Processor,
    },
    engine::{Engine, MediaRoots},
    project::MACROS,
    snapshot::Snapshot,
    view::ViewFrame,
};

const RATE: f64 = 48_000.0;
/// Beats a second.
const TEMPO: f64 = 120.0;

/// A second of a sine in each of two files.
fn tones(folder: &Path) {
    for (name, hz) in [("low.wav", 1000.0), ("high.wav", 5000.0)] {
        let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
        let mut wav = hound::WavWriter::create(folder.join(name), spec).expect("a file");
        for n in 0..48_000 {
            wav.write_sample(((std::f64::consts::TAU * hz * f64::from(n) / RATE).sin() * 0.5) as f32).expect("writes");
        }
        wav.finalize().expect("is whole");
    }
}

/// Two samplers, the first of which plays, an oscilloscope for each, and what `more` adds.
fn engine(folder: &Path, more: &str) -> (Arc<Engine>, Processor) {
    let engine = Arc::new(Engine::new());
    engine.set_media_roots(MediaRoots(vec![folder.to_owned()]));
    let processor = engine.activate(RATE);
    let script = format!(
        r#"session{{autoRoute = false}} audioOut("out") videoOut("screen")
        sampler("a", {{samples = {{"low.wav"}}, playStyle = "loop"}}) sampler("b", {{samples = {{"high.wav"}}, playStyle = "loop"}})
        oscilloscope("first") oscilloscope("second") connect("a", "first") connect("b", "second")
        connect("a", "out") connect("b", "out") sequencer("seq") connect("seq", "a")
        pattern("p", {{{{index = 0, length = 16}}}}) bind("seq", "p") {more}"#
    );
    let run = engine.run_script_and_wait("test", &script);
    assert!(run.success, "{run:?}");
    (engine, processor)
}

/// Plays seconds offline in blocks of these lengths, in turn, and hands every film frame to `each` as it comes.
fn film(
    (engine, mut processor): (Arc<Engine>, Processor),
    secs: f64,
    blocks: &'static [usize],
    fps: (u32, u32),
    mut each: impl FnMut(&Engine, &Snapshot, &ViewFrame),
) {
    let mut film = engine.film(fps, Cue::Now, &Arc::default()).expect("nobody else films");
    let play = std::thread::spawn(move || {
        let (mut left, mut right) = ([0.0; 8192], [0.0; 8192]);
        let (mut done, mut lengths) = (0_u32, blocks.iter().cycle());
        while f64::from(done) < secs * RATE {
            let frames = *lengths.next().unwrap_or(&512);
            let beat = f64::from(done) / RATE * TEMPO / 60.0;
            let transport = HostTransport { playing: true, tempo: Some(TEMPO), beat: Some(beat), ..HostTransport::default() };
            let macros = [0.0; MACROS];
            let block = HostInput {
                transport: Some(transport),
                offline: true,
                midi: &[],
                macros: &macros,
                master_volume: 1.0,
                video_opacity: 1.0,
                side_chain: None,
            };
            processor.process(&block, &mut HostOutput::main(&mut left[..frames], &mut right[..frames]));
            done += frames as u32;
        }
    });
    while film.begin().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mut count = 0;
    while count < (secs * f64::from(fps.0) / f64::from(fps.1)) as u32 {
        // The sound is part of what is filmed.
        film.take_sound(|_| Ok::<_, ()>(())).expect("no errors");
        match film.next_view() {
            Some(view) => {
                each(&engine, &engine.snapshot(), &view);
                count += 1;
            }
            None => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
    drop(film);
    play.join().expect("plays");
}

/// The film's pictures.
fn pictures(renderer: &mut Renderer, made: (Arc<Engine>, Processor), secs: f64, blocks: &'static [usize], fps: (u32, u32)) -> Vec<Vec<u8>> {
    let mut pictures = Vec::new();
    film(made, secs, blocks, fps, |engine, snapshot, view| {
        pictures.push(renderer.render_rgba(&main_scene(snapshot, view, engine, 0.0), 128, 128).expect("renders"));
    });
    pictures
}

#[test]
fn an_oscilloscope_shows_its_own_sampler_and_not_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    tones(folder.path());
    let made = engine(folder.path(), r#"connect("first", "screen") connect("second", "screen") bind("seq", "p")"#);
    let mut last = Vec::new();
    film(made, 0.5, &[512], (30, 1), |engine, snapshot, view| {
        let scene = main_scene(snapshot, view, engine, 0.0);
        let trace = |layer: &videotracker::video::scene::Layer| match &layer.content {
            Content::Trace(Trace { points, .. }) => points.iter().map(|[left, _]| left.abs()).fold(0.0, f32::max),
            _ => f32::NAN,
        };
        last = scene.groups.iter().flat_map(|group| group.layers.iter().map(trace)).collect();
    });
    assert_eq!(last.len(), 2);
    assert!(last[0] > 0.3, "the first one draws what plays: {last:?}");
    assert!(last[1] == 0.0, "and the second silence: {last:?}");
}

#[test]
fn films_of_scopes_are_the_same_whatever_the_blocks_and_every_time() {
    let clips = Clips::default();
    if renderer(&clips, &Options::default()).is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    tones(folder.path());
    let more = r#"spectrogram("s", {speed = 3, fftSize = 1024}) connect("a", "s") setParam("second", "enabled", false)
        setParam("s", "opacity", 0.7) connect("s", "screen") connect("first", "screen")"#;
    for fps in [(30, 1), (1, 1)] {
        let secs = if fps == (1, 1) { 12.0 } else { 1.0 };
        let mut before: Option<Vec<Vec<u8>>> = None;
        for blocks in [&[512][..], &[512], &[64], &[441, 1, 2000], &[8192]] {
            let mut renderer = renderer(&clips, &Options::default()).expect("another one");
            let pictures = pictures(&mut renderer, engine(folder.path(), more), secs, blocks, fps);
            assert!(pictures.last().is_some_and(|last| last.chunks(4).any(|pixel| pixel[0] > 100)), "something shows");
            if let Some(before) = &before {
                let same = before.iter().zip(&pictures).position(|(one, other)| one != other);
                assert_eq!((same, before.len()), (None, pictures.len()), "blocks of {blocks:?} at {fps:?}");
            }
            before = Some(pictures);
        }
    }
}

#[test]
fn a_sine_draws_a_line_at_its_height_on_every_scale() {
    let clips = Clips::default();
    let Some(mut drawing) = renderer(&clips, &Options::default()) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    tones(folder.path());
    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    for (scale, share) in [
        ("lin", (1000.0 - 20.0) / (20_000.0 - 20.0)),
        ("log", (1000.0_f64 / 20.0).ln() / 1000.0_f64.ln()),
        ("mel", (mel(1000.0) - mel(20.0)) / (mel(20_000.0) - mel(20.0))),
    ] {
        let more =
            format!(r#"spectrogram("s", {{scale = "{scale}", speed = 5, fftSize = 4096}}) connect("a", "s") connect("s", "screen")"#);
        let pictures = pictures(&mut drawing, engine(folder.path(), &more), 1.0, &[512], (30, 1));
        let last = pictures.last().expect("pictures");
        let light = |x: usize, y: usize| last[(y * 128 + x) * 4..][..3].iter().map(|c| u32::from(*c)).sum::<u32>();
        let want = (1.0 - share) * 128.0;
        for x in [127, 110, 90] {
            let line = (0..128).max_by_key(|y| light(x, *y)).unwrap_or(0);
            assert!((line as f64 + 0.5 - want).abs() <= 1.5, "{scale}: the line is at {line}, not {want:.1}, at {x}");
            assert!(light(x, line) > 400 && light(x, 2) < 200, "{scale}: a line on a dark ground: {} {}", light(x, line), light(x, 2));
        }
        assert_eq!(light(2, 64), 0, "nothing was heard so long ago");
    }
}
