//! The two ends of the way between Controller and Processor.

use rtrb::{Consumer, Producer, RingBuffer};

use super::film::Film;
use crate::{
    command::TransportAction,
    pattern::given::{Given, Wanted},
    plan::{Hold, Plan},
    signal::Values,
    time::Ratio,
    view::ViewFrame,
};

/// Messages under way in each direction.
pub const CAPACITY: usize = 1024;
/// Trigger reports under way; what does not fit is counted, not waited for.
pub const REPORTS: usize = 8192;

/// Cycles of generative patterns under way in each direction; a further one waits on the Controller's side.
pub const CYCLES: usize = 256;

/// One batch: everything a transaction changes, applied at the start of one block.
#[derive(Debug, Default)]
pub struct Batch {
    /// Version of the session it leads to.
    pub version: u64,
    /// A new plan; after the batch was applied, the old one.
    pub plan: Option<Box<Plan>>,
    /// Single parameters: slot, parameter, number.
    pub params: Vec<(usize, usize, f64)>,
    /// Generative patterns that read what changed, with their new generations, where there is no new plan.
    pub generations: Vec<(u32, u32)>,
    /// Macro targets that keep their own value again.
    pub rearm: Vec<Rearm>,
    /// What the transport is told, in order.
    pub transport: Vec<TransportAction>,
    /// The internal tempo.
    pub bpm: Option<f64>,
    /// Whether the internal clock counts even where the host has one.
    pub internal: Option<bool>,
    /// A new reader of views; after the batch was applied, the one it replaced.
    pub view: Option<ViewWriter>,
    /// A recorder's rings; after the batch was applied, those they replaced. `Some(None)` takes them away.
    pub film: Option<Option<Film>>,
}

/// Says that a macro target keeps its own value until the host moves the macro.
#[derive(Clone, Copy, Debug)]
pub struct Rearm {
    /// Macro, counted from 0.
    pub index: usize,
    /// Target slot and parameter.
    pub target: (usize, usize),
    /// Which values of the macro are no move.
    pub hold: Hold,
}

/// The audio thread's end of a reader of views.
#[derive(Debug)]
pub struct ViewWriter {
    /// Where views are written.
    pub input: triple_buffer::Input<ViewFrame>,
    /// False once the reader is gone.
    pub alive: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

/// A trigger that went out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TriggerReport {
    /// Frames since activation.
    pub clock: u64,
    /// Song frame.
    pub song_frame: i64,
    /// Onset in quarter notes.
    pub beat: Ratio,
    /// Module id of the sequencer.
    pub sequencer: u32,
    /// Pattern id.
    pub pattern: u32,
    /// Step in the pattern.
    pub step: u32,
    /// What it carried.
    pub values: Values,
    /// Gate length in frames.
    pub duration_frames: i64,
}

/// The Processor's ends.
#[derive(Debug)]
pub struct AudioEnds {
    /// Batches to apply.
    pub from_control_rx: Consumer<Box<Batch>>,
    /// Applied batches, with what they replaced, to be freed where they were made.
    pub retired_tx: Producer<Box<Batch>>,
    /// Triggers, for views and event tables.
    pub reports_tx: Producer<TriggerReport>,
    /// Cycles of generative patterns that are wanted.
    pub wanted_tx: Producer<Wanted>,
    /// Cycles that were worked out.
    pub given_rx: Consumer<Given>,
    /// What they replaced, to be freed where it was made.
    pub spent_tx: Producer<Given>,
}

/// The Controller's ends.
#[derive(Debug)]
pub struct ControlEnds {
    /// Batches to apply.
    pub to_audio_tx: Producer<Box<Batch>>,
    /// Applied batches on their way home.
    pub retired_rx: Consumer<Box<Batch>>,
    /// Triggers.
    pub reports_rx: Consumer<TriggerReport>,
    /// Cycles of generative patterns that are wanted.
    pub wanted_rx: Consumer<Wanted>,
    /// Cycles that were worked out.
    pub given_tx: Producer<Given>,
    /// What they replaced.
    pub spent_rx: Consumer<Given>,
}

/// Makes both ends. A batch is sent only while fewer than [`CAPACITY`] are out, so the way home never fills up.
#[must_use]
pub fn queues() -> (ControlEnds, AudioEnds) {
    let (to_audio_tx, from_control_rx) = RingBuffer::new(CAPACITY);
    let (retired_tx, retired_rx) = RingBuffer::new(CAPACITY);
    let (reports_tx, reports_rx) = RingBuffer::new(REPORTS);
    let (wanted_tx, wanted_rx) = RingBuffer::new(CYCLES);
    let (given_tx, given_rx) = RingBuffer::new(CYCLES);
    let (spent_tx, spent_rx) = RingBuffer::new(CYCLES);
    (
        ControlEnds { to_audio_tx, retired_rx, reports_rx, wanted_rx, given_tx, spent_rx },
        AudioEnds { from_control_rx, retired_tx, reports_tx, wanted_tx, given_rx, spent_tx },
    )
}
