//! MIDI that the bundled CLAP sends to a host, and what it hears of a host's controllers.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use crate::model;
use videotracker_tests::{
    bundle,
    events::Trigger,
    host::{Blocks, Host, Instance, Roll, Send, Sent, Setup, Take},
    transport::TransportPlan,
};

const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };
/// Frames in a quarter note at 120.
const BEAT: u64 = 24_000;

/// A key that goes down and comes up.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Note {
    frame: u64,
    channel: u8,
    key: u8,
    velocity: f64,
    frames: u64,
}

/// The notes that were sent, by frame and key; every key comes up.
fn notes(sent: &[(u64, Sent)]) -> Vec<Note> {
    let (mut down, mut notes): (Vec<Note>, Vec<Note>) = (Vec::new(), Vec::new());
    for (at, event) in sent {
        match *event {
            Sent::NoteOn { channel, key, velocity } => {
                assert!(!down.iter().any(|note| (note.channel, note.key) == (channel, key)), "{at}: {key} is down");
                down.push(Note { frame: *at, channel, key, velocity, frames: 0 });
            }
            Sent::NoteOff { channel, key } => {
                let place = down.iter().position(|note| (note.channel, note.key) == (channel, key));
                let note = down.swap_remove(place.unwrap_or_else(|| panic!("{at}: {key} is not down")));
                notes.push(Note { frames: at - note.frame, ..note });
            }
            Sent::Midi(_) => {}
        }
    }
    assert_eq!(down, [], "every key comes up");
    notes.sort_by_key(|note| (note.frame, note.key));
    notes
}

/// The note of a trigger, at this frame and for at most so many frames.
fn note(trigger: &Trigger, frame: u64, most: u64) -> Note {
    let number = |name: &str| trigger.values.get(name).and_then(serde_json::Value::as_f64);
    let key = number("note").unwrap() as u8;
    let velocity = f64::from(number("velocity").unwrap_or(0.8) as f32);
    Note { frame, channel: 2, key, velocity, frames: trigger.duration_frames.min(most) }
}

fn instance(host: &Host, script: &str) -> Instance {
    let state = model::state_of(host, script).unwrap();
    let mut instance = host.active(OFFLINE).unwrap();
    instance.restore(&state).unwrap();
    instance
}

fn roll(instance: &mut Instance, plan: TransportPlan, frames: u64) -> Take {
    instance.roll(&Roll::song(plan, frames)).unwrap()
}

/// The same draw everywhere (SplitMix64; Steele, Lea and Flood 2014).
fn draw(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Ten thousand moves of a host: where each begins, and the frame of the song it leads to, if the song plays.
fn moves() -> (Vec<(u64, Option<u64>)>, u64) {
    let (mut moves, mut at, mut song, mut stood) = (vec![(0, Some(0))], 0, Some(0), 0);
    for place in 0..10_000 {
        let frames = 1 + draw(3 * place) % 900;
        at += frames;
        let beat = draw(3 * place + 1) % 500 * BEAT / 16;
        let to = match (song, draw(3 * place + 2) % 4) {
            (Some(song), 0) => {
                stood = song + frames;
                None
            }
            (Some(_), _) => Some(beat),
            // What stood goes on where it stood.
            (None, _) => Some(stood),
        };
        song = to;
        moves.push((at, to));
    }
    moves.push((at + 900, None));
    (moves, at + 4_000)
}

#[test]
fn notes_that_are_sent_are_those_of_the_event_table_after_ten_thousand_moves_of_the_transport() {
    let table = model::rendered(model::MELODY, 10).unwrap();
    let (moves, frames) = moves();
    let mut expected = Vec::new();
    for (place, (at, song)) in moves.iter().enumerate() {
        let end = moves.get(place + 1).map_or(frames, |next| next.0);
        let Some(song) = song else { continue };
        let here = table.iter().filter(|trigger| (*song..song + end - at).contains(&(trigger.song_frame as u64)));
        expected.extend(here.map(|trigger| {
            let frame = at + trigger.song_frame as u64 - song;
            note(trigger, frame, end - frame)
        }));
    }
    expected.sort_by_key(|note| (note.frame, note.key));
    assert!(expected.len() > 1000);
    let beat = |song: u64| song as f64 / BEAT as f64;
    let playing = moves.iter().map(|(at, song)| (*at, song.is_some())).collect();
    let jumps = moves.iter().filter_map(|(at, song)| Some((*at, beat((*song)?)))).collect();
    let plan = TransportPlan { jumps, playing, ..TransportPlan::at(120.0) };
    let host = Host::load(&bundle::bundles().clap).unwrap();
    for blocks in [Blocks::Fixed(441), Blocks::Random { seed: 7, max: 2048 }] {
        let take = instance(&host, model::MELODY).roll(&Roll::song(plan.clone(), frames).in_blocks(blocks)).unwrap();
        let found = notes(&take.midi);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected);
        }
        assert_eq!(found.len(), expected.len());
    }
}

#[test]
fn no_key_stays_down_when_the_plugin_is_bypassed_restarted_or_loaded_anew() {
    let host = Host::load(&bundle::bundles().clap).unwrap();
    let held = "session{} midiOut('m') sequencer('s') connect('s', 'm') pattern('p', note('c4'):slow(100)) bind('s', 'p')";
    let silent = model::state_of(&host, "session{}").unwrap();
    let song = || TransportPlan::at(120.0);
    let begin = || {
        let mut instance = instance(&host, held);
        let take = roll(&mut instance, song(), 4800);
        assert!(matches!(take.midi[..], [(0, Sent::NoteOn { channel: 0, key: 60, .. })]), "{:?}", take.midi);
        instance
    };
    let off = [(0, Sent::NoteOff { channel: 0, key: 60 })];
    // Where it goes on it begins no note, and what was begun ends at once.
    let later = || TransportPlan { start_beat: 0.2, ..song() };
    let mut bypassed = begin();
    let id = bypassed.params().iter().find(|param| param.name == "Bypass").unwrap().id;
    let take = bypassed.roll(&Roll::song(later(), 4800).with(0, Send::Param(id, 1.0))).unwrap();
    assert_eq!(take.midi, off, "bypassed");
    let mut restarted = begin();
    restarted.deactivate();
    restarted.activate(OFFLINE).unwrap();
    assert_eq!(roll(&mut restarted, later(), 4800).midi, off, "restarted");
    let mut loaded = begin();
    loaded.restore(&silent).unwrap();
    assert_eq!(roll(&mut loaded, later(), 4800).midi, off, "loaded");
    let mut stopped = begin();
    assert_eq!(roll(&mut stopped, TransportPlan::standing(), 4800).midi, off, "stopped");
    let mut jumped = begin();
    assert_eq!(roll(&mut jumped, TransportPlan { start_beat: 40.0, ..song() }, 4800).midi, off, "jumped");
}

#[test]
fn controllers_and_the_wheel_move_what_follows_them() {
    let host = Host::load(&bundle::bundles().clap).unwrap();
    let script = "session{} midiIn('midi') midiOut('m', {ccn = 74}) connect('midi.cc1', 'm.ccv') connect('midi.bend', 'm.midibend')";
    let mut instance = instance(&host, script);
    let standing = Roll::song(TransportPlan::standing(), 9600);
    let roll = standing.with(3_200, Send::Midi([0xb0, 1, 64])).with(6_401, Send::Midi([0xe5, 0x7f, 0x7f]));
    let take = instance.roll(&roll.in_blocks(Blocks::Fixed(441))).unwrap();
    let messages: Vec<(u64, [u8; 3])> =
        take.midi.iter().map(|(at, sent)| if let Sent::Midi(bytes) = sent { (*at, *bytes) } else { panic!("{sent:?}") }).collect();
    // What moves between two points of the grid is there at the next one.
    assert_eq!(messages, [(0, [0xb0, 74, 0]), (3_200, [0xb0, 74, 64]), (6_432, [0xe0, 0x7f, 0x7f])]);
}
