//! Instances come and go. Alone in its process, because it counts the process's threads.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails loudly")]
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use anyhow::Result;
use videotracker_tests::{
    bundle::bundles,
    host::{Host, Instance, Roll, Setup},
    transport::TransportPlan,
};

const SECOND: u64 = 48_000;
const OFFLINE: Setup = Setup { sample_rate: 48_000.0, max_frames: 2048, offline: true };

/// Threads of this process.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[test]
fn twenty_instances_come_and_go_and_leave_no_thread() {
    let host = Host::load(&bundles().clap).unwrap();
    let cycle = || -> Result<()> {
        let mut instance = host.active(OFFLINE)?;
        instance.roll(&Roll::song(TransportPlan::at(120.0), SECOND / 10))?;
        instance.save().map(|_| ())
    };
    cycle().unwrap();
    let before = threads();
    for _ in 0..20 {
        cycle().unwrap();
    }
    let end = Instant::now() + Duration::from_secs(2);
    while threads() > before && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(threads() <= before, "{} threads instead of {before}", threads());
    let mut many: Vec<Instance> = (0..8).map(|_| host.active(OFFLINE).unwrap()).collect();
    for instance in &mut many {
        assert!(
            instance.roll(&Roll::song(TransportPlan::at(120.0), SECOND / 4)).unwrap().audio.peak() > 1e-3,
            "each of eight at once sounds"
        );
    }
}
