//! The sampler's and the mixer's processors allocate and free nothing while they play.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{any::Any, collections::BTreeMap, sync::Arc};

use crate::{
    counting::{self, alone},
    soundfont_tools::{Font, looped, range},
};
use videotracker_engine::{
    media::{AudioData, Library, Limits, Media, MediaInfo, import::Settings, stream::Streams},
    module::{
        BuildContext, module_type,
        sampler::param,
        samples::{SampleContent, SamplerContent},
    },
    project::Module,
    signal::{
        Controls, Node, Values, control,
        solo::{Play, Played, Solo},
    },
};

/// Allocator calls that `act` makes on this thread.
fn calls(act: impl FnOnce()) -> u64 {
    let before = counting::calls();
    act();
    counting::calls() - before
}

fn build(name: &str) -> (Box<dyn Node>, Vec<f64>) {
    let kind = module_type(name).unwrap();
    let module = Module { kind: name.into(), params: BTreeMap::new(), samples: Vec::new(), interface: None };
    let context = BuildContext { module: &module, sample_rate: 48_000.0, controls: &Controls::new(), id: 0 };
    let params = kind.params.iter().chain([kind.per_input; 2].into_iter().flatten()).map(|spec| spec.default).collect();
    ((kind.build)(&context).unwrap(), params)
}

fn content() -> Box<dyn Any + Send> {
    let info = Arc::new(MediaInfo {
        hash: String::new(),
        size: 0,
        secs: 0.1,
        audio: None,
        video: None,
        font: None,
        cues: Vec::new(),
        root: None,
        loops: None,
        cycle: None,
        replaced: 0,
        notes: Vec::new(),
    });
    let samples = (0..4).map(|_| {
        let audio = Arc::new(AudioData { rate: 48_000.0, frames: vec![[0.1; 2]; 4800].into() });
        SampleContent::new(Some(&Media { info: Arc::clone(&info), audio: Some(audio) }), &BTreeMap::new())
    });
    Box::new(SamplerContent::new(samples.collect()))
}

fn storm(round: u64) -> Vec<Played> {
    let event = |k: u64| {
        let gate = round * 100 + k;
        let mut values = Values::default();
        values.set(control::INDEX, (k % 5) as f32);
        values.set(control::PLAY_STYLE, (k / 5 % 4) as f32);
        values.set(control::SPEED, (k % 7) as f32 - 3.0);
        let trigger = Play::Trigger { gate, values };
        Played { frame: k as usize, kind: if k % 11 == 3 { Play::GateOff(gate - 2) } else { trigger } }
    };
    (0..round % 90).map(event).collect()
}

#[test]
fn long_sounds_allocate_and_free_nothing_while_they_play_starve_and_come_back() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let spec = hound::WavSpec { channels: 2, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..2_000_000_i32).for_each(|k| writer.write_sample((k % 30_000) as i16).unwrap());
    writer.finalize().unwrap();
    let settings = Settings { cache: Some(folder.path().join("cache")), ..Settings::default() };
    let library = Library::with_import(Limits { ram_frames: 100_000, ..Limits::default() }, settings);
    library.request("long", vec![path], 48_000.0);
    assert!(library.wait_all(std::time::Duration::from_secs(60)));
    let media = library.poll().unwrap().1.unwrap().media.clone();
    assert!(media.audio.as_ref().unwrap().frames.is_long());
    let streams = Streams::default();
    let content = || -> Box<dyn Any + Send> {
        let samples = (0..4).map(|_| SampleContent::new(Some(&media), &BTreeMap::new())).collect();
        Box::new(SamplerContent::new(samples).with_streams(&streams))
    };
    let (mut sampler, mut params) = build("sampler");
    let mut solo = Solo::new(48_000.0);
    params[param::VOICES] = 64.0;
    let mut home = Vec::new();
    for round in 0..600_u64 {
        let (events, coming) = (storm(round), storm(round + 3));
        params[param::REGION_START] = (round / 10 % 4) as f64 * 0.2;
        params[param::SLICES] = (1 + round / 50 % 9) as f64;
        streams.slow_down(std::time::Duration::from_millis(if round % 200 < 100 { 0 } else { 5 }));
        let mut new = (round % 50 == 0).then(content);
        let made = calls(|| {
            if let Some(content) = &mut new {
                sampler.exchange(content);
            }
            solo.block(&mut *sampler, round * 128, 128, &params, &events, &[]);
            for event in &coming {
                if let Play::Trigger { values, .. } = event.kind {
                    sampler.foresee(values.map());
                }
            }
        });
        assert_eq!(made, 0, "round {round}");
        home.extend(new);
        std::thread::sleep(std::time::Duration::from_micros(500));
    }
    assert!(streams.missed() > 0, "the storm must be one");
}

#[test]
fn patches_of_fonts_allocate_and_free_nothing() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let paths = ["one.sf2", "two.sf2"].map(|name| folder.path().join(name));
    let zone = |pan: i16, more: &[(u16, i16)]| [&[(17, pan), (38, -2400), (54, 1)][..], more].concat();
    let zones = vec![zone(-500, &[(8, 8000), (11, 2000)]), zone(500, &[(57, 1)]), zone(0, &[(43, range(50, 70)), (33, -3600)])];
    for (path, name) in paths.iter().zip(["a", "b"]) {
        std::fs::write(path, Font::of(looped(name), zones.clone()).bytes()).unwrap();
    }
    // Contents are of one font and of the other in turn, so that every exchange ends what sounds.
    let content = |round: u64| -> Box<dyn Any + Send> {
        let path = &paths[(round / 5 % 2) as usize];
        let media = videotracker_engine::media::load(path, 48_000.0, Limits::default()).unwrap();
        let samples = (0..4).map(|_| SampleContent::new(Some(&media), &BTreeMap::new())).collect();
        Box::new(SamplerContent::new(samples))
    };
    let (mut sampler, mut params) = build("sampler");
    let mut solo = Solo::new(48_000.0);
    params[param::VOICES] = 64.0;
    let (mut home, mut sounded) = (Vec::new(), 0);
    for round in 0..300_u64 {
        let mut events = storm(round);
        for (at, event) in events.iter_mut().enumerate() {
            if let Play::Trigger { values, .. } = &mut event.kind {
                values.set(control::NOTE, 40.0 + (at % 40) as f32);
                values.set(control::VELOCITY, (at % 5) as f32 * 0.25);
            }
        }
        params[param::QUALITY] = (round / 100) as f64;
        params[param::RELEASE_MS] = (round % 4) as f64 * 10.0;
        let mut new = (round % 5 == 0).then(|| content(round));
        let made = calls(|| {
            if let Some(content) = &mut new {
                sampler.exchange(content);
            }
            let out = solo.block(&mut *sampler, round * 128, 128, &params, &events, &[]);
            sounded += usize::from(out.left.iter().any(|sample| *sample != 0.0));
            if round % 100 == 99 {
                sampler.reset();
            }
        });
        assert_eq!(made, 0, "round {round}");
        home.extend(new);
    }
    assert!(sounded > 200, "{sounded} blocks sounded");
}

#[test]
fn storms_edits_and_exchanges_allocate_and_free_nothing() {
    let _alone = alone();
    let (mut sampler, mut params) = build("sampler");
    let (mut mixer, mixer_params) = build("audioMixer");
    let (mut solo, mut sum) = (Solo::new(48_000.0), Solo::new(48_000.0));
    params[param::VOICES] = 64.0;
    let mut home = Vec::new();
    let mut heard = 0;
    for round in 0..400_u64 {
        let events = storm(round);
        params[param::VOLUME] = (round % 3) as f64 * 0.5;
        params[param::REGION_START] = (round % 4) as f64 * 0.2;
        params[param::REGION_END] = 0.4 + (round % 3) as f64 * 0.3;
        params[param::PLAY_STYLE] = (round / 7 % 4) as f64;
        params[param::POLYPHONY] = f64::from(u8::from(round % 50 > 40));
        params[param::ENABLED] = f64::from(u8::from(round % 37 != 0));
        let mut new = (round % 5 == 0).then(content);
        let made = calls(|| {
            if let Some(content) = &mut new {
                sampler.exchange(content);
            }
            let out = solo.block(&mut *sampler, round * 128, 128, &params, &events, &[]);
            sum.block(&mut *mixer, round * 128, 128, &mixer_params, &[], &[out, out]);
            sampler.voices(&mut |_| heard += 1);
            if round % 100 == 99 {
                sampler.reset();
                mixer.reset();
            }
        });
        assert_eq!(made, 0, "round {round}");
        home.extend(new);
    }
    assert!(heard > 5000, "the storm must be one: {heard}");
}
