//! `cargo xtask bench`: medians beside the figures to beat.

use std::{path::Path, process::ExitCode};

use anyhow::Result;

use crate::{
    setup::{self, Ask, Task},
    shell,
};

/// A figure to beat: the bench's name, nanoseconds, and where the figure comes from.
type Figure = (&'static str, f64, &'static str);

/// One core of the machine kind that the figures were taken on.
const FIGURES: &[Figure] = &[
    ("process idle 256 frames", 2_000.0, "an idle session, 256 frames: ≤ 2 µs"),
    ("process 64 sequencers without a due event", 6_400.0, "0.1 µs for each sequencer and block"),
    ("script of 100 lines, over nothing", 2e6, "100 lines, run to published snapshot: ≤ 2 ms"),
    ("cycle query rhythm", 1e3, "a cycle of mini-notation: ≤ 1 µs"),
    ("cycle query chance", 1e3, "a cycle of mini-notation: ≤ 1 µs"),
    ("cycle query 8x64", 1e4, "512 events: ≤ 10 µs"),
    ("cycle block 8x64", 100.0, "256 frames of 512 events a cycle: ≤ 0.1 µs"),
    ("cycle compile rhythm", 2e3, "from text to compiled: ≤ 2 µs"),
    ("hap 1080p frame, random access", 1e6, "p99 ≤ 1 ms to blocks in memory; the bench prints it"),
    ("voices/steady_Sse2/256", 227_556.0, "6000 voices on baseline x86-64; scsynth 2160"),
    ("voices/steady_Avx2/256", 136_533.0, "10 000 voices with AVX2; scsynth 2160"),
];

/// Runs all benches and prints their medians beside the figures to beat.
///
/// # Errors
/// If a bench does not build or run.
pub fn run(ask: Ask) -> Result<ExitCode> {
    setup::prepare(Task::Build, ask)?;
    shell::run(&mut shell::cargo(["bench", "--workspace", "--benches"]))?;
    let folder = shell::target().join("criterion");
    let mut medians = Vec::new();
    collect(&folder, &folder, &mut medians);
    medians.sort_by(|a, b| a.0.cmp(&b.0));
    println!("\n{:48} {:>12}  to beat", "bench", "median");
    for (name, nanoseconds) in &medians {
        let figure = FIGURES.iter().find(|(bench, ..)| name == bench);
        let beside = figure.map_or(String::new(), |(_, limit, source)| {
            format!("{:>12}  {}  ({source})", time(*limit), if nanoseconds <= limit { "beaten" } else { "NOT BEATEN" })
        });
        println!("{name:48} {:>12}  {beside}", time(*nanoseconds));
    }
    Ok(ExitCode::SUCCESS)
}

/// Medians below a folder of criterion's results, in nanoseconds: `NAME/new/estimates.json`.
fn collect(root: &Path, folder: &Path, medians: &mut Vec<(String, f64)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let found = path.join("new/estimates.json");
        if let Some(median) = std::fs::read_to_string(&found).ok().and_then(|text| median(&text)) {
            medians.push((name_of(root, &path), median));
        }
        collect(root, &path, medians);
    }
}

fn name_of(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// `"median":{…,"point_estimate":N` of criterion's estimates.
fn median(text: &str) -> Option<f64> {
    let after = text.split_once("\"median\"")?.1.split_once("\"point_estimate\":")?.1;
    after[..after.find([',', '}'])?].trim().parse().ok()
}

/// A time in the unit that suits it.
fn time(nanoseconds: f64) -> String {
    let (unit, scale) = [("s", 1e9), ("ms", 1e6), ("µs", 1e3)].into_iter().find(|(_, scale)| nanoseconds >= *scale).unwrap_or(("ns", 1.0));
    format!("{:.2} {unit}", nanoseconds / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_read_from_criterions_estimates() {
        let text = r#"{"mean":{"point_estimate":9.0},"median":{"confidence_interval":{"lower_bound":1.0},"point_estimate":1234.5,"standard_error":0.1}}"#;
        assert_eq!(median(text), Some(1234.5));
        assert_eq!(median("{}"), None);
        assert_eq!([time(12.0), time(1500.0), time(2e6)], ["12.00 ns", "1.50 µs", "2.00 ms"]);
    }
}
