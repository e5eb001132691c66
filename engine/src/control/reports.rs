//! Reports of triggers, kept for whoever asks for them: tables of triggers, `render`, tests.

use std::collections::VecDeque;

use crate::{
    audio::queue::{REPORTS, TriggerReport},
    signal::Values,
    time::Ratio,
};

/// Reports kept between two questions.
const KEPT: usize = 65_536;

/// A report with no more values than it has: a [`TriggerReport`] has room for all that there can be.
#[derive(Debug)]
struct Packed {
    clock: u64,
    song_frame: i64,
    beat: Ratio,
    sequencer: u32,
    pattern: u32,
    step: u32,
    duration_frames: i64,
    values: Box<[(u16, f64)]>,
}

/// Reports that nobody has asked for yet, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Reports {
    kept: VecDeque<Packed>,
    asked: bool,
}

impl Reports {
    /// Keeps a report; the oldest goes where there are too many. In most instances nobody ever asks, so until the first
    /// question there are no more than the audio thread's ring holds anyway.
    pub fn keep(&mut self, report: &TriggerReport) {
        if self.kept.len() >= if self.asked { KEPT } else { REPORTS } {
            self.kept.pop_front();
        }
        self.kept.push_back(Packed {
            clock: report.clock,
            song_frame: report.song_frame,
            beat: report.beat,
            sequencer: report.sequencer,
            pattern: report.pattern,
            step: report.step,
            duration_frames: report.duration_frames,
            values: report.values.iter().collect(),
        });
    }

    /// The reports since the last call.
    pub fn take(&mut self) -> impl Iterator<Item = TriggerReport> + use<> {
        self.asked = true;
        std::mem::take(&mut self.kept).into_iter().map(|packed| {
            let mut values = Values::default();
            for (control, value) in packed.values {
                values.set(control, value);
            }
            let Packed { clock, song_frame, beat, sequencer, pattern, step, duration_frames, .. } = packed;
            TriggerReport { clock, song_frame, beat, sequencer, pattern, step, values, duration_frames }
        })
    }
}
