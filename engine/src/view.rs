//! What the audio thread shows to views: plain values of fixed size, copied through triple buffers and rings.

pub mod tape;

use crate::signal::MACROS;
pub use crate::signal::{Meter, Placement, VoiceView};

/// Where the song stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playhead {
    /// Whether the song moves.
    pub playing: bool,
    /// Position in quarter notes.
    pub beat: f64,
    /// Position in seconds: `beat · 60 / bpm` where the song started or jumped last, real time from there on.
    pub secs: f64,
    /// Bars since beat 0, counted from 0.
    pub bar: f64,
    /// Quarter notes a minute in force.
    pub bpm: f64,
    /// Whether the host says where the song stands and how fast it goes.
    pub host: bool,
    /// Whether that host rolls. Where it stands and the song moves, the instance's internal clock runs; where it rolls and the song
    /// stands, the instance was stopped.
    pub rolling: bool,
}

/// Most voices a view shows.
pub const MAX_VOICE_VIEWS: usize = 256;
/// Most video modules whose parameters a view shows.
pub const MAX_VIDEO_MODULES: usize = 64;
/// Parameters a video module shows, per-input ones included.
pub const VIDEO_PARAMS: usize = 216;
/// Most modules whose meters a view shows.
pub const MAX_METERS: usize = 64;

/// A video module's parameters in force, by flat parameter index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoParams {
    /// The module's id.
    pub module: u32,
    /// Which type its parameters are those of ([`crate::module::ModuleType::mark`]); 0 where that is not said.
    pub kind: usize,
    /// Numbers by flat parameter index.
    pub values: [f32; VIDEO_PARAMS],
}

impl Default for VideoParams {
    fn default() -> Self {
        Self { module: 0, kind: 0, values: [0.0; VIDEO_PARAMS] }
    }
}

/// Most steps a view shows as playing.
pub const MAX_PLAYING: usize = 128;

/// A step of a pattern that sounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlayingStep {
    /// The pattern's id, as the snapshot names it.
    pub pattern: u32,
    /// The step of a tracker pattern; in a cycle pattern the byte of its texts that the event's word begins at.
    pub step: u32,
}

/// Points an oscilloscope shows, and a shader reads.
pub const SCOPE_POINTS: usize = 512;

/// Everything a picture needs, at one frame.
#[derive(Clone, Debug)]
pub struct ViewFrame {
    /// Version of the session the audio thread plays.
    pub version: u64,
    /// Frames since activation, at which everything here holds.
    pub frame: u64,
    /// The same, also in a film, where `frame` counts the film's.
    pub clock: u64,
    /// Which of its session's processors made it.
    pub activation: u32,
    /// Frames a second.
    pub sample_rate: f64,
    /// Seconds from the making of this view until its frame is heard, as far as the host's blocks tell: a block that was
    /// just made is played after the one before.
    pub heard_secs: f32,
    /// Where the song stands.
    pub playhead: Playhead,
    /// How many voices sound, those that are not listed included.
    pub sounding: usize,
    /// How many of `voices` count.
    pub voice_count: usize,
    /// The voices, in onset order.
    pub voices: [VoiceView; MAX_VOICE_VIEWS],
    /// How many of `video` count.
    pub video_count: usize,
    /// Video modules' parameters.
    pub video: [VideoParams; MAX_VIDEO_MODULES],
    /// How many of `meters` count.
    pub meter_count: usize,
    /// Audio modules' meters.
    pub meters: [Meter; MAX_METERS],
    /// How many of `playing` count.
    pub playing_count: usize,
    /// Steps whose gates are open.
    pub playing: [PlayingStep; MAX_PLAYING],
    /// Macro values in force, 0–1.
    pub macros: [f32; MACROS],
    /// Host video opacity in force, 0–1.
    pub video_opacity: f32,
    /// The last samples of what the host hears, all its buses together, left and right, for shaders; oldest first.
    pub scope: [[f32; 2]; SCOPE_POINTS],
    /// Share of the block's time that processing took, smoothed.
    pub load: f32,
}

impl Default for ViewFrame {
    fn default() -> Self {
        Self {
            version: 0,
            frame: 0,
            clock: 0,
            activation: 0,
            sample_rate: 48_000.0,
            heard_secs: 0.0,
            playhead: Playhead::default(),
            sounding: 0,
            voice_count: 0,
            voices: [VoiceView::default(); MAX_VOICE_VIEWS],
            video_count: 0,
            video: [VideoParams::default(); MAX_VIDEO_MODULES],
            meter_count: 0,
            meters: [Meter::default(); MAX_METERS],
            playing_count: 0,
            playing: [PlayingStep::default(); MAX_PLAYING],
            macros: [0.0; MACROS],
            video_opacity: 1.0,
            scope: [[0.0; 2]; SCOPE_POINTS],
            load: 0.0,
        }
    }
}
