//! Patterns of the pattern language in the bundled CLAP: through tempi, loops and jumps nothing is lost, doubled or late.
//!
//! What is expected comes from `videotracker query`, in exact fractions.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![allow(clippy::print_stdout, reason = "reports figures")]

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use videotracker_tests::{
    audio::Audio,
    bundle::{self, bundles},
    events::frame_of_beat,
    host::{Blocks, Host, Instance, Roll, Setup},
    transport::{Cut, TransportPlan},
};

const RATE: i64 = 48_000;
const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };
/// Cycles that are asked for; jumps stay below.
const CYCLES: i64 = 520;

/// A beat as a fraction, and whether the left and the right channel hear it.
type Onset = ((i64, i64), [bool; 2]);

/// The tempo in beats a minute, as a fraction.
type Bpm = (i64, i64);

struct Song {
    name: String,
    instance: Instance,
    onsets: Vec<Onset>,
}

fn fraction(value: &Value) -> Option<(i64, i64)> {
    let (over, under) = value.as_str()?.split_once('/')?;
    Some((over.parse().ok()?, under.parse().ok()?))
}

fn onset(event: &Value) -> Option<Onset> {
    let (whole, part) = (fraction(&event[0])?, fraction(&event[2])?);
    let pan = event[4]["pan"].as_f64();
    (whole == part).then_some(((whole.0 * 4, whole.1), [pan != Some(1.0), pan != Some(0.0)]))
}

/// Every pattern of the table, loaded.
fn songs() -> Vec<Song> {
    let rows = crate::model::cycles().unwrap();
    let mut query =
        Command::new(bundle::program()).args(["query", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = query.stdin.take().unwrap();
    let asked: Vec<Value> = rows.iter().map(|row| row.query.clone()).collect();
    let writer = std::thread::spawn(move || {
        for mut line in asked {
            line["cycles"] = json!(CYCLES);
            writeln!(lines, "{line}").unwrap();
        }
    });
    let output = query.wait_with_output().unwrap();
    writer.join().unwrap();
    let answers: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    assert_eq!(answers.len(), rows.len());
    let host = Host::load(&bundles().clap).unwrap();
    let song = |(row, answer): (&crate::model::Row, &Value)| {
        let events = answer["events"].as_array().unwrap_or_else(|| panic!("{}: {answer}", row.name));
        let mut instance = host.active(OFFLINE).unwrap();
        instance.restore(&crate::model::state_of(&host, &row.script).unwrap()).unwrap();
        Song { name: row.name.clone(), instance, onsets: events.iter().filter_map(onset).collect() }
    };
    rows.iter().zip(&answers).map(song).collect()
}

/// From a frame on the song goes on from a beat, until the next stretch.
type Stretch = (i64, (i64, i64));

/// How many onsets each channel hears in each frame.
type Heard = [BTreeMap<i64, i64>; 2];

fn expected(onsets: &[Onset], stretches: &[Stretch], bpm: Bpm, frames: i64) -> Heard {
    let mut wanted = Heard::default();
    for (place, &(begin, from)) in stretches.iter().enumerate() {
        let end = stretches.get(place + 1).map_or(frames, |next| next.0);
        for (beat, sides) in onsets {
            let since = (beat.0 * from.1 - from.0 * beat.1, beat.1 * from.1);
            let frame = begin + frame_of_beat(since, bpm, RATE);
            if since.0 < 0 || frame >= end {
                continue;
            }
            for (side, heard) in wanted.iter_mut().zip(sides) {
                if *heard {
                    *side.entry(frame).or_default() += 1;
                }
            }
        }
    }
    wanted
}

fn heard(audio: &Audio) -> Heard {
    [&audio.left, &audio.right].map(|side| {
        // A pan may leave a trace far below hearing in the other channel.
        let loud = side.iter().enumerate().filter(|(_, sample)| sample.abs() > 1e-6);
        let loud: Vec<(usize, f32)> = loud.map(|(frame, sample)| (frame, *sample)).collect();
        let least = loud.iter().map(|(_, sample)| sample.abs()).fold(f32::INFINITY, f32::min);
        loud.into_iter().map(|(frame, sample)| (frame as i64, (sample / least).round() as i64)).collect()
    })
}

#[track_caller]
fn plays(song: &mut Song, what: &str, roll: &Roll, stretches: &[Stretch], bpm: Bpm) -> usize {
    let take = song.instance.roll(roll).unwrap();
    let frames = roll.frames as i64;
    let (heard, wanted) = (heard(&take.audio), expected(&song.onsets, stretches, bpm, frames));
    for side in 0..2 {
        let missing: Vec<_> = wanted[side].iter().filter(|(frame, _)| !heard[side].contains_key(frame)).take(4).collect();
        let extra: Vec<_> = heard[side].iter().filter(|(frame, _)| !wanted[side].contains_key(frame)).take(4).collect();
        assert!(missing.is_empty() && extra.is_empty(), "{} {what}, channel {side}: lost {missing:?}, too many {extra:?}", song.name);
        // Where each sounds at least once alone, how many sound at a time shows, too.
        if wanted[side].values().any(|count| *count == 1) {
            assert_eq!(heard[side], wanted[side], "{} {what}, channel {side}", song.name);
        }
    }
    wanted.iter().map(|side| side.values().sum::<i64>() as usize).sum()
}

const BLOCKS: [Blocks; 3] = [Blocks::Fixed(441), Blocks::Fixed(2048), Blocks::Random { seed: 11, max: 2048 }];

#[test]
fn onsets_are_on_their_frames_at_every_tempo() {
    let mut onsets = 0;
    for mut song in songs() {
        for (tempo, bpm) in [(120.0, (120, 1)), (90.0, (90, 1)), (133.7, (1337, 10)), (97.33, (9733, 100)), (240.5, (481, 2))] {
            let roll = Roll::song(TransportPlan::at(tempo), 8 * RATE as u64).in_blocks(Blocks::Random { seed: 3, max: 1024 });
            onsets += plays(&mut song, &format!("at {tempo} BPM"), &roll, &[(0, (0, 1))], bpm);
        }
    }
    println!("{onsets} onsets, both channels counted");
}

#[test]
fn a_loop_loses_doubles_and_delays_nothing() {
    let mut onsets = 0;
    for mut song in songs() {
        // Loops on whole frames: 24 000 and 30 000 frames a beat.
        for (bpm, from, to) in [(120, (1, 1), (3, 1)), (120, (5, 2), (17, 2)), (96, (0, 1), (12, 1)), (96, (13, 4), (7, 2))] {
            let beats = |(over, under): (i64, i64)| over as f64 / under as f64;
            for (cut, blocks) in [(Cut::Event, BLOCKS[0].clone()), (Cut::Block, BLOCKS[1].clone()), (Cut::Never, BLOCKS[2].clone())] {
                let plan = TransportPlan { loop_beats: Some((beats(from), beats(to))), cut, ..TransportPlan::at(bpm as f64) };
                let frames = 6 * RATE;
                let frame = |beat| frame_of_beat(beat, (bpm, 1), RATE);
                let turn = frame(to) - frame(from);
                let turns = (0..).map(|turn_number| (frame(to) + turn_number * turn, from)).take_while(|(begin, _)| *begin < frames);
                let stretches: Vec<Stretch> = std::iter::once((0, (0, 1))).chain(turns).collect();
                let roll = Roll::song(plan, frames as u64).in_blocks(blocks);
                let what = format!("looped from {} to {} at {bpm} BPM, {cut:?}", beats(from), beats(to));
                onsets += plays(&mut song, &what, &roll, &stretches, (bpm, 1));
            }
        }
    }
    println!("{onsets} onsets, both channels counted");
}

#[test]
fn a_jump_lands_on_the_very_events_that_playing_there_gives() {
    let mut onsets = 0;
    for mut song in songs() {
        let jumps =
            [(30_011, (2000, 1)), (99_000, (29, 4)), (150_000, (1601, 2)), (150_480, (0, 1)), (260_001, (1234, 3)), (300_000, (8, 1))];
        for (cut, blocks) in [(Cut::Event, BLOCKS[0].clone()), (Cut::Block, BLOCKS[1].clone()), (Cut::Block, BLOCKS[2].clone())] {
            let to = jumps.map(|(frame, (over, under)): (i64, (i64, i64))| (frame as u64, over as f64 / under as f64));
            let plan = TransportPlan { start_beat: 70.0, jumps: to.to_vec(), cut, ..TransportPlan::at(120.0) };
            let roll = Roll::song(plan, 8 * RATE as u64).in_blocks(blocks);
            let stretches: Vec<Stretch> = std::iter::once((0, (70, 1))).chain(jumps).collect();
            onsets += plays(&mut song, &format!("jumping, {cut:?}"), &roll, &stretches, (120, 1));
        }
    }
    println!("{onsets} onsets, both channels counted");
}
