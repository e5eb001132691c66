//! The preloaded counter sees nothing on the audio thread that an audio thread must not do.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "tells what was skipped and what was counted")]

use std::process::Command;

use videotracker_tests::{
    bundle::bundles,
    host::{Blocks, Host, Roll, Send, Setup},
    rtcheck::{self, Counts, Probe},
    transport::TransportPlan,
};

/// Names the run that the preloaded counter watches.
const WATCHED: &str = "VIDEOTRACKER_WATCHED";

#[test]
fn process_allocates_frees_locks_and_writes_nothing_live() {
    if std::env::var_os(WATCHED).is_some() {
        return live_run().unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let counter = rtcheck::compile(folder.path()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process_allocates_frees_locks_and_writes_nothing_live", "--nocapture"])
        .env("LD_PRELOAD", counter)
        .env(WATCHED, "1")
        .output()
        .unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", output.status);
}

/// Four seconds live with notes, automation, a loop, a stop and a state that is loaded meanwhile.
fn live_run() -> anyhow::Result<()> {
    let probe = Probe::preloaded().expect("the counter is preloaded");
    let host = Host::load(&bundles().clap)?;
    let mut instance = host.active(Setup::default())?;
    let param = instance.params()[0].id;
    let state = instance.save()?;
    let plan = TransportPlan {
        loop_beats: Some((0.0, 3.3)),
        playing: vec![(0, true), (150_000, false), (160_000, true)],
        ..TransportPlan::at(133.0)
    };
    let mut roll = Roll { real_time: true, ..Roll::song(plan, 192_000).in_blocks(Blocks::Fixed(256)) };
    for step in 0..400_u32 {
        let (frame, key) = (u64::from(step) * 480, (36 + step % 60) as u8);
        roll = roll.with(frame, Send::NoteOn { key, velocity: 0.8 }).with(frame + 300, Send::NoteOff { key });
        roll = roll.with(frame + 77, Send::Param(param, f64::from(step % 10) / 10.0));
    }
    let mut loads = 0;
    let take = instance.roll_while(&roll, |instance, frame| {
        if frame > 48_000 * (loads + 1) {
            loads += 1;
            instance.restore(&state)?;
        }
        Ok(())
    })?;
    println!("{loads} states loaded meanwhile, {} calls of process, the longest {:?}: {:?}", take.calls, take.longest, probe.counts());
    assert!(take.audio.peak() > 1e-3, "it sounds");
    assert!(loads >= 2, "states were loaded meanwhile");
    assert_eq!(take.counts, Some(Counts::default()));
    // The counter does see what happens inside the plugin: saving allocates.
    probe.enter();
    instance.save()?;
    probe.leave();
    assert!(probe.counts().allocations > 0 && probe.counts().frees > 0, "{:?}", probe.counts());
    Ok(())
}

#[test]
fn the_counter_counts() {
    const COUNTED: &str = "VIDEOTRACKER_COUNTED";
    if std::env::var_os(COUNTED).is_some() {
        let probe = Probe::preloaded().expect("the counter is preloaded");
        let before = Vec::<u8>::with_capacity(64);
        probe.enter();
        let kept = std::hint::black_box(Vec::<u8>::with_capacity(100));
        drop(std::hint::black_box(before));
        probe.leave();
        drop(kept);
        assert_eq!(probe.counts(), Counts { allocations: 1, frees: 1, ..Counts::default() });
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let counter = rtcheck::compile(folder.path()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_counter_counts"])
        .env("LD_PRELOAD", counter)
        .env(COUNTED, "1")
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}
