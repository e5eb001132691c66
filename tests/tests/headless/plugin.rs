//! The bundled CLAP in a host that does what hosts do: blocks of any length, loops, jumps, storms, saving, loading.
//!
//! The bundle is one that aborts when `process` allocates, unless `$VIDEOTRACKER_BUNDLES` names others.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "reports figures")]

use std::time::{Duration, Instant};

use videotracker_tests::{
    audio::Audio,
    bundle::bundles,
    host::{Blocks, Host, Instance, Roll, Send, Setup},
    transport::{Cut, TransportPlan},
};

const SECOND: u64 = 48_000;
const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };

fn host() -> Host {
    Host::load(&bundles().clap).expect("the bundle loads")
}

fn instance(host: &Host) -> Instance {
    host.active(OFFLINE).expect("a fresh instance activates")
}

/// What a fresh instance plays.
fn played(roll: &Roll) -> Audio {
    instance(&host()).roll(roll).expect("the host rolls").audio
}

#[track_caller]
fn same(what: &str, audio: &Audio, reference: &Audio) {
    if let Some(frame) = audio.first_difference(reference) {
        panic!("{what}: differs first at frame {frame} of {} ({})", reference.len(), audio.len());
    }
}

#[test]
fn a_fresh_instance_sounds_while_the_transport_plays_and_only_then() {
    let audio = played(&Roll::song(TransportPlan::at(120.0), 4 * SECOND));
    assert!(audio.peak() > 0.05 && audio.peak() <= 1.5 && audio.is_finite(), "peak {}", audio.peak());
    assert!(audio.peak_in(0..2400) > 0.01, "step 0 sounds");
    assert_eq!(played(&Roll::song(TransportPlan::standing(), SECOND)).peak(), 0.0, "silent while the transport stands");
    let none = Roll { transport: None, ..Roll::song(TransportPlan::standing(), SECOND) };
    assert_eq!(played(&none).peak(), 0.0, "silent in a host without a transport, until it is played");
    let stops = TransportPlan { playing: vec![(0, true), (SECOND, false)], ..TransportPlan::at(120.0) };
    let audio = played(&Roll::song(stops, 4 * SECOND));
    assert_eq!(audio.peak_in(3 * SECOND as usize..4 * SECOND as usize), 0.0, "what sounded ends after a stop");
}

#[test]
fn notes_are_heard_at_their_frames() {
    for (what, on, off) in [
        ("CLAP note", Send::NoteOn { key: 60, velocity: 0.8 }, Send::NoteOff { key: 60 }),
        ("MIDI note", Send::Midi([0x90, 60, 100]), Send::Midi([0x80, 60, 0])),
    ] {
        let roll = Roll::song(TransportPlan::standing(), SECOND).with(10_007, on).with(30_000, off);
        let audio = played(&roll);
        assert_eq!(audio.peak_in(0..10_007), 0.0, "{what}: nothing before");
        assert!(audio.peak_in(10_007..30_000) > 0.01, "{what}: heard");
        let first = audio.sounding().first().copied();
        assert!(first.is_some_and(|frame| frame <= 10_009), "{what}: begins at {first:?} instead of 10007");
    }
}

#[test]
fn block_lengths_change_no_sample() {
    let song = |blocks| {
        let roll = Roll::song(TransportPlan::at(133.7), 5 * SECOND).in_blocks(blocks);
        let notes = (0..20_u64).fold(roll, |roll, place| {
            let (at, key) = (place * 11_003, 50 + place as u8);
            roll.with(at, Send::NoteOn { key, velocity: 0.7 }).with(at + 5_000, Send::NoteOff { key })
        });
        played(&notes)
    };
    let reference = song(Blocks::Fixed(512));
    for frames in [32, 64, 441, 1024, 2048] {
        same(&format!("blocks of {frames}"), &song(Blocks::Fixed(frames)), &reference);
    }
    same("random blocks", &song(Blocks::Random { seed: 7, max: 2048 }), &reference);
}

#[test]
fn however_a_host_tells_tempo_and_loops_it_sounds_the_same() {
    let plan = |cut| TransportPlan { tempo_map: vec![(0.0, 120.0), (2.0, 90.0), (5.5, 171.0)], cut, ..TransportPlan::at(120.0) };
    let tempo = |cut| played(&Roll::song(plan(cut), 6 * SECOND).in_blocks(Blocks::Fixed(480)));
    same("a tempo map by events and by blocks", &tempo(Cut::Event), &tempo(Cut::Block));
    let plan = |cut| TransportPlan { loop_beats: Some((1.0, 2.5)), cut, ..TransportPlan::at(120.0) };
    let looped = |cut| played(&Roll::song(plan(cut), 6 * SECOND).in_blocks(Blocks::Fixed(480)));
    let by_blocks = looped(Cut::Block);
    same("a loop by events and by blocks", &looped(Cut::Event), &by_blocks);
    same("a loop that the host does not split", &looped(Cut::Never), &by_blocks);
}

#[test]
fn a_saved_state_comes_back_whole() {
    let host = host();
    let mut first = instance(&host);
    let params = first.params();
    assert!(params.len() >= 66, "master volume, video opacity and 64 macros, found {}", params.len());
    let moved: Vec<(u32, f64)> =
        params.iter().take(12).filter(|param| param.range == (0.0, 1.0) && param.name != "Bypass").map(|param| (param.id, 0.3)).collect();
    let sends =
        moved.iter().fold(Roll::song(TransportPlan::at(120.0), SECOND), |roll, &(id, value)| roll.with(500, Send::Param(id, value)));
    first.roll(&sends).unwrap();
    let state = first.save().unwrap();
    let mut second = instance(&host);
    second.restore(&state).unwrap();
    for (id, value) in moved {
        let found = second.param(id).unwrap();
        assert!((found - value).abs() < 1e-6, "parameter {id}: {found} instead of {value}");
    }
    let after = |instance: &mut Instance| instance.roll(&Roll::song(TransportPlan::at(120.0), SECOND)).unwrap().audio;
    let (one, two) = (after(&mut first), after(&mut second));
    assert!(one.peak() > 1e-3, "it sounds");
    same("the restored instance", &two, &one);
    assert_eq!(state, second.save().unwrap(), "saving again gives the same state");
}

#[test]
fn a_damaged_state_breaks_nothing() {
    let host = host();
    let mut instance = instance(&host);
    let state = instance.save().unwrap();
    let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), vec![0; 7], vec![0xff; 64], state[..state.len() / 2].to_vec(), b"{}".to_vec()];
    for place in (0..state.len()).step_by((state.len() / 60).max(1)) {
        let mut flipped = state.clone();
        flipped[place] ^= 1 << (place % 8);
        damaged.push(flipped);
    }
    for bytes in &damaged {
        // Refusing it is as good as taking what is whole.
        let _ = instance.restore(bytes);
    }
    instance.restore(&state).unwrap();
    let audio = instance.roll(&Roll::song(TransportPlan::at(120.0), SECOND)).unwrap().audio;
    assert!(audio.peak() > 1e-3 && audio.is_finite(), "it still sounds");
}

#[test]
fn a_scan_is_quick() {
    let mut times: Vec<Duration> = (0..9)
        .map(|_| {
            let begun = Instant::now();
            drop(host().instance().unwrap());
            begun.elapsed()
        })
        .collect();
    times.sort();
    println!("scan: load and destroy in {:?} (median of 9)", times[4]);
    // A host that scans gives up after seconds; a quiet machine takes milliseconds.
    assert!(times[4] <= Duration::from_secs(2), "{times:?}");
}

/// Notes all over, four at a frame, with automation between them.
fn storm(instance: &mut Instance, frames: u64) -> Roll {
    let params: Vec<u32> = instance.params().iter().take(8).map(|param| param.id).collect();
    let mut sends = Vec::new();
    for frame in (0..frames).step_by(16) {
        let key = (frame / 16 % 128) as u8;
        sends.extend([60, 64, 67, 71].map(|other: u8| (frame, Send::NoteOn { key: key ^ other, velocity: 0.9 })));
        sends.push((frame + 5, Send::Param(params[(frame / 16) as usize % params.len()], (frame % 97) as f64 / 97.0)));
        sends.extend([60, 64, 67, 71].map(|other: u8| (frame + 9, Send::NoteOff { key: key ^ other })));
    }
    Roll { sends, ..Roll::song(TransportPlan::at(300.0), frames) }
}

#[test]
fn a_storm_of_notes_neither_allocates_nor_breaks_the_sound() {
    let host = host();
    for setup in [OFFLINE, Setup { offline: false, ..OFFLINE }] {
        let mut instance = host.active(setup).unwrap();
        let roll = storm(&mut instance, SECOND).in_blocks(Blocks::Fixed(128));
        let take = instance.roll(&roll).unwrap();
        assert!(take.audio.is_finite() && take.audio.peak() > 1e-3, "peak {}", take.audio.peak());
        println!("storm: the longest of {} calls took {:?}", take.calls, take.longest);
        let quiet = instance.roll(&Roll::song(TransportPlan::standing(), 4 * SECOND)).unwrap().audio;
        assert_eq!(quiet.peak_in(3 * SECOND as usize..4 * SECOND as usize), 0.0, "no note hangs");
    }
}

#[test]
fn a_host_may_change_rate_and_block_at_any_time() {
    let host = host();
    let mut instance = host.instance().unwrap();
    for (sample_rate, max_frames) in [(44_100.0, 64), (192_000.0, 8192), (22_050.0, 1), (48_000.0, 512)] {
        instance.activate(Setup { sample_rate, max_frames, offline: true }).unwrap();
        let frames = if max_frames == 1 { 5_000 } else { sample_rate as u64 };
        let audio = instance.roll(&Roll::song(TransportPlan::at(120.0), frames).in_blocks(Blocks::Fixed(max_frames))).unwrap().audio;
        assert!(audio.is_finite() && audio.peak() > 1e-3, "{sample_rate} Hz in blocks of {max_frames}: peak {}", audio.peak());
    }
}
