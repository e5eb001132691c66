//! Event tables: one JSON object per trigger, in playing order.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// One trigger, as the recorder and `videotracker render --events` write it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Frame from the start of the render.
    pub frame: u64,
    /// Frame from beat 0.
    pub song_frame: i64,
    /// Onset in quarter notes.
    pub beat: f64,
    /// The sequencer it came from.
    pub sequencer: String,
    /// The pattern it stands in.
    pub pattern: String,
    /// The step it stands in, where the pattern has steps.
    pub step: Option<u64>,
    /// The modules it went to.
    pub targets: Vec<String>,
    /// What it carries.
    pub values: Map<String, Value>,
    /// How long its gate stays open.
    pub duration_frames: u64,
}

impl Trigger {
    fn parse(line: &str) -> Result<Self> {
        let object: Value = serde_json::from_str(line)?;
        let field = |name: &str| object.get(name).with_context(|| format!("no field \"{name}\""));
        let text = |name: &str| -> Result<String> { Ok(field(name)?.as_str().with_context(|| format!("\"{name}\" is no text"))?.into()) };
        let whole = |name: &str| -> Result<u64> { field(name)?.as_u64().with_context(|| format!("\"{name}\" is no whole number ≥ 0")) };
        Ok(Self {
            frame: whole("frame")?,
            song_frame: field("song_frame")?.as_i64().context("\"song_frame\" is no whole number")?,
            beat: field("beat")?.as_f64().context("\"beat\" is no number")?,
            sequencer: text("sequencer")?,
            pattern: text("pattern")?,
            step: field("step")?.as_u64(),
            targets: field("targets")?
                .as_array()
                .context("\"targets\" is no list")?
                .iter()
                .map(|name| name.as_str().unwrap_or_default().into())
                .collect(),
            values: field("values")?.as_object().context("\"values\" is no object")?.clone(),
            duration_frames: whole("duration_frames")?,
        })
    }
}

/// Reads a table.
///
/// # Errors
/// The file and line that cannot be read, and why.
pub fn read(path: &Path) -> Result<Vec<Trigger>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(place, line)| Trigger::parse(line).with_context(|| format!("{}, line {}", path.display(), place + 1))).collect()
}

/// Where a beat falls at constant tempo: `floor(beat·60/bpm·rate + ½)`, computed in whole numbers.
///
/// `beat` and `bpm` are fractions (numerator, denominator > 0); `rate` is in frames a second.
#[must_use]
pub fn frame_of_beat(beat: (i64, i64), bpm: (i64, i64), rate: i64) -> i64 {
    let wide = |number: i64| i128::from(number);
    let numerator = wide(beat.0) * 60 * wide(bpm.1) * wide(rate);
    let denominator = wide(beat.1) * wide(bpm.0);
    let frame = (2 * numerator + denominator).div_euclid(2 * denominator);
    i64::try_from(frame).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_a_beat_is_rounded_half_up() {
        for (beat, bpm, rate, frame) in [
            ((0, 1), (120, 1), 48_000, 0),
            ((1, 1), (120, 1), 48_000, 24_000),
            ((1, 4), (128, 1), 48_000, 5_625),
            ((1, 2), (90, 1), 44_100, 14_700),
            ((1, 3), (130, 1), 44_100, 6_785),
            ((1, 4), (120, 1), 44_100, 5_513), // 5512.5
            ((-1, 4), (120, 1), 44_100, -5_512),
        ] {
            assert_eq!(frame_of_beat(beat, bpm, rate), frame, "beat {beat:?} at {bpm:?} bpm, {rate} Hz");
        }
    }

    #[test]
    fn a_table_with_a_broken_line_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let good = r#"{"frame":0,"song_frame":0,"beat":0.0,"sequencer":"s","pattern":"P0","step":0,"targets":["k"],"values":{"index":0},"duration_frames":6}"#;
        std::fs::write(&path, format!("{good}\n\n{{\"frame\":-1}}\n")).unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(error.contains("line 3") && error.contains("frame"), "{error}");
        std::fs::write(&path, good).unwrap();
        assert_eq!(read(&path).unwrap()[0].targets, ["k"]);
    }
}
