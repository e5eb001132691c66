//! The plugin's buses in a CLAP host: what an `audioOut` sends to a bus arrives there and nowhere else, and the side-chain comes in.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use std::process::Command;

use crate::model::{FOLLOWED, SQUEEZED, band, bus, state_of};
use videotracker_tests::{
    audio::Audio,
    bundle::{bundles, program},
    host::{Blocks, Host, Port, Roll, Setup, Take},
    transport::TransportPlan,
};

const RATE: u64 = 48_000;
const BUSES: usize = 9;
const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };
struct Played {
    ports: [Vec<Port>; 2],
    take: Take,
}

/// Plays a script in a layout, as many frames as `roll` says.
fn played(script: &str, layout: Option<u32>, roll: &Roll) -> Played {
    let host = Host::load(&bundles().clap).unwrap();
    let state = state_of(&host, script).unwrap();
    let mut instance = host.instance().unwrap();
    if let Some(layout) = layout {
        instance.choose_layout(layout).unwrap();
    }
    instance.activate(OFFLINE).unwrap();
    instance.restore(&state).unwrap();
    let take = instance.roll(roll).unwrap();
    Played { ports: [instance.ports(true), instance.ports(false)], take }
}

fn song(outputs: usize) -> Roll {
    Roll { outputs, ..Roll::song(TransportPlan::at(120.0), 4 * RATE) }
}

/// The main bus and the others of a take.
fn all(take: &Take) -> Vec<&Audio> {
    std::iter::once(&take.audio).chain(&take.aux).collect()
}

#[test]
fn hosts_can_choose_with_and_without_extra_buses() {
    let host = Host::load(&bundles().clap).unwrap();
    let mut instance = host.instance().unwrap();
    assert_eq!(instance.layouts(), ["Main, 8 aux and side-chain", "Main and side-chain", "Main"]);
    for (layout, inputs, outputs) in [(0, 1, 9), (1, 1, 1), (2, 0, 1)] {
        instance.choose_layout(layout).unwrap();
        let (into, out) = (instance.ports(true), instance.ports(false));
        assert_eq!((into.len(), out.len()), (inputs, outputs), "layout {layout}");
        assert!(into.iter().chain(&out).all(|port| port.channels == 2), "layout {layout}");
        // A port is the same one in every layout: hosts route by id.
        assert!(into.iter().chain(&out).zip((0..inputs).chain(0..outputs)).all(|(port, place)| port.id as usize == place));
        assert!(into.iter().all(|port| port.name == "Side-chain"));
        assert!(out.iter().enumerate().skip(1).all(|(place, port)| port.name == format!("Aux {place}")));
    }
    assert!(instance.choose_layout(3).is_err());
}

#[test]
fn each_bus_carries_what_its_output_says_and_nothing_else() {
    let whole = played(&band(0..BUSES, |place| place), None, &song(BUSES));
    assert_eq!(whole.take.aux.len(), BUSES - 1);
    for (place, heard) in all(&whole.take).into_iter().enumerate() {
        // The same voice alone, on the main bus.
        let alone = played(&band(std::iter::once(place), |_| 0), None, &song(BUSES)).take;
        assert!(alone.audio.peak() > 0.02, "{place} sounds");
        assert!(*heard == alone.audio, "{}: differs at {:?}", bus(place), heard.first_difference(&alone.audio));
        assert!(alone.aux.iter().all(|aux| aux.peak() == 0.0), "{place} alone is on the main bus alone");
    }
}

#[test]
fn several_outputs_on_a_bus_sum_up() {
    let both = played(&band(0..2, |_| 5), None, &song(BUSES)).take;
    let one = |place: usize| played(&band(std::iter::once(place), |_| 5), None, &song(BUSES)).take;
    let (first, second) = (one(0), one(1));
    let sums = both.aux[4].left.iter().zip(first.aux[4].left.iter().zip(&second.aux[4].left));
    assert!(both.aux[4].peak() > 0.1 && sums.into_iter().all(|(sum, (a, b))| *sum == a + b));
    assert!(all(&both).iter().enumerate().all(|(place, audio)| place == 5 || audio.peak() == 0.0));
}

#[test]
fn blocks_of_any_length_give_every_bus_the_same_and_a_render_writes_that() {
    let script = band(0..BUSES, |place| (place * 2) % BUSES);
    let reference = played(&script, None, &song(BUSES).in_blocks(Blocks::Fixed(512))).take;
    for blocks in [Blocks::Fixed(32), Blocks::Fixed(441), Blocks::Fixed(1024), Blocks::Random { seed: 7, max: 2048 }] {
        let take = played(&script, None, &song(BUSES).in_blocks(blocks.clone())).take;
        for (place, (one, other)) in all(&take).into_iter().zip(all(&reference)).enumerate() {
            assert!(one == other, "{} in {blocks:?}: differs at {:?}", bus(place), one.first_difference(other));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("song.lua"), &script).unwrap();
    let mut command = Command::new(program());
    command.args(["render", "song.lua", "--seconds", "4", "--bpm", "120", "--stems", "stems", "--block", "333"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (place, heard) in all(&reference).into_iter().enumerate() {
        let stem = Audio::read_wav(&folder.path().join(format!("stems/{}.wav", bus(place)))).unwrap();
        assert!(stem == *heard, "{}: differs at {:?}", bus(place), stem.first_difference(heard));
    }
}

#[test]
fn a_host_without_a_bus_does_not_hear_it_and_hears_the_others_as_before() {
    let script = band(0..BUSES, |place| place);
    let reference = played(&script, None, &song(BUSES)).take;
    for (layout, outputs, heard) in [(None, 1, 1), (None, 4, 4), (Some(1), 9, 1), (Some(2), 9, 1)] {
        let played = played(&script, layout, &song(outputs));
        assert_eq!(1 + played.take.aux.len(), heard, "{layout:?} with {outputs} outputs");
        assert_eq!(played.ports[0].len(), usize::from(layout != Some(2)));
        for (one, other) in all(&played.take).into_iter().zip(all(&reference)) {
            assert!(one == other, "{layout:?} with {outputs} outputs: differs at {:?}", one.first_difference(other));
        }
    }
}

/// Strokes of a tone that swell and end, half a second each.
fn strokes() -> Audio {
    let mut audio = Audio::with_capacity(RATE as u32, 4 * RATE as usize);
    for frame in 0..4 * RATE {
        let (stroke, into) = (frame / (RATE / 2), (frame % (RATE / 2)) as f32 / (RATE / 2) as f32);
        let level = if stroke % 2 == 1 { into * 0.8 } else { 0.0 };
        let sample = (frame as f32 * 0.05).sin() * level;
        audio.left.push(sample);
        audio.right.push(-sample);
    }
    audio
}

#[test]
fn the_side_chain_is_a_sound_like_any_other() {
    let script =
        "session{} audioOut('out') audioOut('copy', {bus = 'aux2'}) audioIn('kick') connect('kick', 'out') connect('kick', 'copy')";
    let side_chain = strokes();
    for blocks in [Blocks::Fixed(512), Blocks::Fixed(441), Blocks::Random { seed: 3, max: 2048 }] {
        let roll = Roll { side_chain: side_chain.clone(), ..song(BUSES) }.in_blocks(blocks);
        let take = played(script, None, &roll).take;
        for heard in [&take.audio, &take.aux[1]] {
            assert!(*heard == side_chain, "differs at {:?}", heard.first_difference(&side_chain));
        }
        // In a host that has no side-chain there is silence.
        let take = played(script, Some(2), &roll).take;
        assert_eq!(take.audio.peak(), 0.0);
    }
}

#[test]
fn the_side_chain_moves_a_follower() {
    let without = played(FOLLOWED, None, &song(1)).take.audio;
    assert_eq!(without.peak(), 0.0, "nothing comes in, so the level stays at 0");
    let roll = Roll { side_chain: strokes(), ..song(1) };
    let reference = played(FOLLOWED, None, &roll).take.audio;
    let half = RATE as usize / 2;
    for stroke in 0..8 {
        let peak = |from: f64| reference.peak_in((stroke * half) + (half as f64 * from) as usize..(stroke + 1) * half);
        if stroke % 2 == 1 {
            assert!(peak(0.8) > 0.02, "stroke {stroke}: {}", peak(0.8));
        } else {
            // Ten time constants after its end.
            assert!(peak(0.5) < 1e-4, "rest {stroke}: {}", peak(0.5));
        }
    }
    for blocks in [Blocks::Fixed(32), Blocks::Fixed(441), Blocks::Fixed(1024), Blocks::Random { seed: 7, max: 2048 }] {
        let heard = played(FOLLOWED, None, &roll.clone().in_blocks(blocks.clone())).take.audio;
        assert!(heard == reference, "{blocks:?}: differs at {:?}", heard.first_difference(&reference));
    }
}

#[test]
fn the_side_chain_moves_a_compressor() {
    let without = played(SQUEEZED, None, &song(1)).take.audio;
    let heard = played(SQUEEZED, None, &Roll { side_chain: strokes(), ..song(1) }).take.audio;
    let half = RATE as usize / 2;
    for stroke in 0..8 {
        let share = |from: f64| {
            let frames = (stroke * half) + (half as f64 * from) as usize..(stroke + 1) * half;
            heard.peak_in(frames.clone()) / without.peak_in(frames)
        };
        if stroke % 2 == 1 {
            assert!(share(0.8) < 0.3, "stroke {stroke}: {}", share(0.8));
        } else {
            // Ten time constants after its end.
            assert!(share(0.5) > 0.99, "rest {stroke}: {}", share(0.5));
        }
    }
}
