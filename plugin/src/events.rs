//! Event tables: one JSON object for each trigger.

use serde_json::{Map, Value, json};
use videotracker_engine::{control::Triggered, pattern::Hit};

/// One line of an event table. Frames count from the processor's activation.
#[must_use]
pub fn row(trigger: &Triggered) -> Value {
    let report = &trigger.report;
    let mut values: Map<String, Value> = trigger.values.iter().map(|(name, value)| (name.clone(), number(*value))).collect();
    values.extend(trigger.word.iter().map(|word| ("s".to_owned(), json!(word))));
    let targets: Vec<&str> = trigger.targets.iter().map(|name| name.as_str()).collect();
    json!({
        "frame": report.clock,
        "song_frame": report.song_frame,
        "beat": report.beat.to_f64(),
        "sequencer": trigger.sequencer.as_str(),
        "pattern": trigger.pattern.as_str(),
        "step": (report.step != Hit::NOWHERE).then_some(report.step),
        "targets": targets,
        "values": values,
        "duration_frames": report.duration_frames,
    })
}

/// A control value as the shortest decimal that gives the same number.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e9 {
        #[allow(clippy::cast_possible_truncation, reason = "whole and small")]
        return json!(value as i64);
    }
    json!(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_short_as_they_can_be_read_back() {
        for (value, text) in [(0.5, "0.5"), (0.3, "0.3"), (2.0, "2"), (-60.0, "-60"), (f64::NAN, "null")] {
            assert_eq!(number(value).to_string(), text);
        }
    }
}
