//! The bundled CLAP in a host that stands: the instance's internal clock plays, until the host starts.
//!
//! One test, because the script that starts the clock goes through the environment to the process's first instance.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]

use videotracker_tests::{
    audio::Audio,
    bundle::bundles,
    host::{Blocks, Host, Roll, Setup},
    transport::TransportPlan,
};

const SECOND: u64 = 48_000;
const LIVE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: false };
const OFFLINE: Setup = Setup { offline: true, ..LIVE };

/// What an instance of the script plays in a host that rolls from a beat, in blocks of 512.
fn rolled(host: &Host, state: &[u8], beat: f64, frames: u64) -> Audio {
    let mut instance = host.active(OFFLINE).unwrap();
    instance.restore(state).unwrap();
    instance.roll(&Roll::song(TransportPlan { start_beat: beat, ..TransportPlan::at(120.0) }, frames)).unwrap().audio
}

#[test]
fn play_sounds_while_the_host_stands_and_a_host_that_starts_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("song.lua");
    let song = "session{}\naudioOut('out') sampler('k', {samples = {'factory:kick', 'factory:hat'}}) sequencer('s') connect('s', 'k')\n\
                pattern('p', 'kick hat [hat kick] hat') bind('s', 'p')\nengine:getClock():play()";
    std::fs::write(&script, song).unwrap();
    #[allow(unsafe_code, reason = "the environment is how a script gets into an instance")]
    // SAFETY: this is the binary's only test, and nothing has been started yet.
    unsafe {
        std::env::set_var("VIDEOTRACKER_SCRIPT", &script);
    }
    let host = Host::load(&bundles().clap).unwrap();
    let mut instance = host.active(LIVE).unwrap();
    let state = instance.save().unwrap();
    let roll = |plan, frames, blocks| Roll::song(plan, frames).in_blocks(blocks);
    let random = || Blocks::Random { seed: 3, max: 2048 };

    // Live, the script's play may come some blocks late; the engine's tests hold it to its frame.
    let mut standing = 0.0_f32;
    for _ in 0..100 {
        standing = instance.roll(&roll(TransportPlan::standing(), SECOND, random())).unwrap().audio.peak();
        if standing > 0.0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(standing > 0.05, "the internal clock is heard");

    // The host starts at beat 33 in the midst of a block.
    let starts = TransportPlan { start_beat: 33.0, playing: vec![(0, false), (10_007, true)], ..TransportPlan::at(120.0) };
    let taken = instance.roll(&roll(starts, 10_007 + 4 * SECOND, random())).unwrap().audio;
    let from_host = rolled(&host, &state, 33.0, 4 * SECOND);
    let tail = 24_000;
    let after = |audio: &Audio, from: usize| audio.left[from..from + 3 * SECOND as usize].to_vec();
    assert!(after(&taken, 10_007 + tail) == after(&from_host, tail), "the host leads from its frame on");

    let stops = instance.roll(&roll(TransportPlan::standing(), 4 * SECOND, random())).unwrap().audio;
    assert_eq!(stops.peak_in(2 * SECOND as usize..4 * SECOND as usize), 0.0, "the host that stops is obeyed");

    // Nothing of it is saved, and offline a host that stands is silent.
    let mut bounce = host.active(OFFLINE).unwrap();
    bounce.restore(&state).unwrap();
    assert_eq!(bounce.roll(&roll(TransportPlan::standing(), 2 * SECOND, random())).unwrap().audio.peak(), 0.0);
    let mut loaded = host.active(LIVE).unwrap();
    loaded.restore(&state).unwrap();
    assert_eq!(loaded.roll(&roll(TransportPlan::standing(), 2 * SECOND, random())).unwrap().audio.peak(), 0.0);
}
