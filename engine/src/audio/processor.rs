//! The processor: everything the audio thread owns.

/// The host's transport for one block. Everything may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// Whether the host plays.
    pub playing: bool,
    /// Quarter notes a minute.
    pub tempo: Option<f64>,
    /// Position of the block's first frame in quarter notes.
    pub beat: Option<f64>,
    /// Position of the block's first frame in frames.
    pub samples: Option<i64>,
    /// Where the bar at the block's start began, in quarter notes.
    pub bar_start: Option<f64>,
    /// Time signature: numerator and denominator.
    pub metre: Option<(u32, u32)>,
    /// The loop in quarter notes, while it is on: a block may contain its end.
    pub loop_beats: Option<(f64, f64)>,
}

/// A MIDI message with its frame in the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Midi {
    /// A key goes down. `velocity` 0–1.
    NoteOn {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        note: u8,
        /// Strength, 0–1.
        velocity: f32,
    },
    /// A key comes up.
    NoteOff {
        /// Frame within the block.
        frame: u32,
        /// Channel, 0–15.
        channel: u8,
        /// Key, 0–127.
        note: u8,
    },
    /// All notes off.
    AllOff {
        /// Frame within the block.
        frame: u32,
    },
}

/// Everything the host hands over with a block.
#[derive(Clone, Copy, Debug)]
pub struct HostBlock<'a> {
    /// The host's transport; `None` for a host without one.
    pub transport: Option<HostTransport>,
    /// Whether the host renders offline: then the processor may wait for plans and media.
    pub offline: bool,
    /// MIDI in frame order.
    pub midi: &'a [Midi],
    /// Macro values in force from the block's first frame on, 0–1.
    pub macros: &'a [f32; crate::project::MACROS],
    /// Master volume in force from the block's first frame on, linear.
    pub master_volume: f32,
    /// Video opacity in force from the block's first frame on, 0–1.
    pub video_opacity: f32,
}

/// Everything the audio thread owns.
#[derive(Debug, Default)]
pub struct Processor {}

impl Processor {
    /// Renders one block, any number of frames, into `left` and `right` (equal length; overwritten).
    ///
    /// # Realtime safety
    /// Never allocates, locks, blocks, logs or panics, unless `block.offline`: then it may wait for the controller.
    pub fn process(&mut self, _block: &HostBlock<'_>, left: &mut [f32], right: &mut [f32]) {
        left.fill(0.0);
        right.fill(0.0);
    }

    /// Silences everything, as a host's reset asks.
    pub fn reset(&mut self) {}
}
