//! What a module's processor is to the audio thread.

use crate::{
    time::Ratio,
    view::{Meter, VoiceView},
};

/// Most frames a processor is asked for at once; larger host blocks are split.
pub const MAX_FRAMES: usize = 512;
/// Most control values an event carries.
pub const MAX_CONTROLS: usize = 24;

/// Ids of control names, fixed for a [`crate::control::Controller`]'s life; events name controls by id.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    names: Vec<crate::name::Name>,
}

/// Controls every engine knows, at these ids.
pub static WELL_KNOWN: &[&str] = &[
    "index",
    "note",
    "n",
    "s",
    "position",
    "speed",
    "volume",
    "grainSize",
    "regionStart",
    "regionEnd",
    "playStyle",
    "attackMs",
    "decayMs",
    "sustain",
    "releaseMs",
    "pan",
    "transpose",
    "opacity",
    "blend",
    "gain",
    "begin",
    "end",
    "velocity",
    "x",
    "y",
    "size",
    "rotation",
    "cropLeft",
    "cropRight",
    "cropTop",
    "cropBottom",
    "flip",
    "slice",
    "unit",
];

/// Ids of [`WELL_KNOWN`] controls.
#[allow(missing_docs, reason = "each is the place of the name it bears")]
pub mod control {
    pub const INDEX: u16 = 0;
    pub const NOTE: u16 = 1;
    pub const N: u16 = 2;
    pub const S: u16 = 3;
    pub const POSITION: u16 = 4;
    pub const SPEED: u16 = 5;
    pub const VOLUME: u16 = 6;
    pub const GRAIN_SIZE: u16 = 7;
    pub const REGION_START: u16 = 8;
    pub const REGION_END: u16 = 9;
    pub const PLAY_STYLE: u16 = 10;
    pub const ATTACK_MS: u16 = 11;
    pub const DECAY_MS: u16 = 12;
    pub const SUSTAIN: u16 = 13;
    pub const RELEASE_MS: u16 = 14;
    pub const PAN: u16 = 15;
    pub const TRANSPOSE: u16 = 16;
    pub const OPACITY: u16 = 17;
    pub const BLEND: u16 = 18;
    pub const GAIN: u16 = 19;
    pub const BEGIN: u16 = 20;
    pub const END: u16 = 21;
    pub const VELOCITY: u16 = 22;
    /// First of the controls in the order of [`crate::module::video::PLACE`].
    pub const PLACE: u16 = 23;
    pub const SLICE: u16 = 32;
    /// Cycles a second, where `speed` counts sample lengths in a cycle.
    pub const UNIT: u16 = 33;
}

impl Controls {
    /// The well-known controls.
    #[must_use]
    pub fn new() -> Self {
        Self { names: WELL_KNOWN.iter().map(|name| crate::name::Name::new(name)).collect() }
    }

    /// The id of a name, given to it on first use.
    #[allow(clippy::cast_possible_truncation, reason = "names are bounded by the parameters and columns of a session")]
    pub fn intern(&mut self, name: &str) -> u16 {
        if let Some(id) = self.id(name) {
            return id;
        }
        self.names.push(crate::name::Name::new(name));
        (self.names.len() - 1).min(usize::from(u16::MAX)) as u16
    }

    /// The id of a name that has one.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "as in `intern`")]
    pub fn id(&self, name: &str) -> Option<u16> {
        self.names.iter().position(|known| &**known == name).map(|place| place as u16)
    }

    /// How many names have an id; ids count from 0.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "as in `intern`")]
    pub fn len(&self) -> u16 {
        self.names.len() as u16
    }

    /// Never: some controls are always known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of an id.
    #[must_use]
    pub fn name(&self, id: u16) -> &str {
        self.names.get(usize::from(id)).map_or("", |name| name)
    }
}

/// The control values of one event: up to [`MAX_CONTROLS`] numbers by control id. Double precision, because a position in
/// a long clip names its frame to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    len: u8,
    controls: [u16; MAX_CONTROLS],
    numbers: [f64; MAX_CONTROLS],
}

impl Default for Values {
    fn default() -> Self {
        Self { len: 0, controls: [0; MAX_CONTROLS], numbers: [0.0; MAX_CONTROLS] }
    }
}

impl Values {
    /// Adds or replaces a value; a value past the capacity is refused (compilers check the count before).
    #[allow(clippy::cast_possible_truncation, reason = "len stays at most MAX_CONTROLS")]
    pub fn set(&mut self, control: u16, value: impl Into<f64>) -> bool {
        let value = value.into();
        let len = usize::from(self.len);
        if let Some(place) = self.controls[..len].iter().position(|known| *known == control) {
            self.numbers[place] = value;
            return true;
        }
        if len == MAX_CONTROLS {
            return false;
        }
        (self.controls[len], self.numbers[len]) = (control, value);
        self.len = (len + 1) as u8;
        true
    }

    /// The value of a control.
    #[must_use]
    pub fn get(&self, control: u16) -> Option<f64> {
        self.iter().find(|item| item.0 == control).map(|item| item.1)
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (u16, f64)> + '_ {
        self.controls.iter().copied().zip(self.numbers).take(usize::from(self.len))
    }
}

/// A trigger: what starts a voice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trigger {
    /// Names the gate, so that its end finds the voice it opened. Unique for the processor's life.
    pub gate: u64,
    /// Onset in quarter notes.
    pub beat: Ratio,
    /// What it carries.
    pub values: Values,
}

/// What happens to a module at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "events lie in queues made beforehand; a box would be allocated on the audio thread")]
pub enum NodeEventKind {
    /// A voice starts.
    Trigger(Trigger),
    /// The gate of an earlier trigger closes: the voice is released.
    GateOff(u64),
    /// Every gate closes.
    AllOff,
}

/// An event with its frame within the block. A node gets them in frame order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeEvent {
    /// Frame within the block.
    pub frame: usize,
    /// What happens.
    pub kind: NodeEventKind,
}

/// A stereo buffer of [`MAX_FRAMES`] frames.
#[derive(Clone, Debug)]
pub struct Stereo {
    /// Left samples.
    pub left: [f32; MAX_FRAMES],
    /// Right samples.
    pub right: [f32; MAX_FRAMES],
    /// Says that all samples of the block are 0, so that readers can skip it.
    pub silent: bool,
}

impl Default for Stereo {
    fn default() -> Self {
        Self { left: [0.0; MAX_FRAMES], right: [0.0; MAX_FRAMES], silent: true }
    }
}

/// What a node is given for one block.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Frames to make, 1–[`MAX_FRAMES`].
    pub frames: usize,
    /// Frames since activation at the block's start. Ramps and envelopes count from this, so that where
    /// the host cuts its blocks never changes a sample.
    pub clock: u64,
    /// The module's parameters by flat index, constant over the block. A change is heard from the block's
    /// first frame on, through the node's own ramp of fixed length.
    pub params: &'a [f64],
    /// Events in frame order.
    pub events: &'a [NodeEvent],
}

/// A module's processor.
///
/// # Realtime safety
/// Everything but `Drop` runs on the audio thread: no allocation, no lock, no system call, no panic; no waiting, unless offline.
pub trait Node: Send {
    /// Makes one block. `inputs` are the audio inputs in cable order; `output` has unspecified content
    /// and must be filled for `block.frames` frames with `silent` set truthfully.
    fn process(&mut self, block: &Block<'_>, inputs: &[&Stereo], output: &mut Stereo);

    /// Says whether the host renders offline: then `process` may wait for what it needs.
    fn set_offline(&mut self, _offline: bool) {}

    /// Whether it wants to be told of triggers before they come.
    fn foresees(&self) -> bool {
        false
    }

    /// Hears of a trigger that will come with these values in less than a second, if the song goes on.
    fn foresee(&mut self, _values: &Values) {}

    /// Forgets everything that sounds.
    fn reset(&mut self);

    /// Shows the sounding voices as they were at the first frame of the last block, in onset order,
    /// through `show`; the caller fills in `module`.
    fn voices(&self, _show: &mut dyn FnMut(VoiceView)) {}

    /// Peak and RMS of the last block.
    fn meter(&self) -> Option<Meter> {
        None
    }

    /// Parameters that triggers hold at other values at the first frame of the last block: flat index and value, through `set`.
    fn overrides(&self, _set: &mut dyn FnMut(usize, f32)) {}

    /// Takes over new content (samples) built by the Controller; what it replaces stays in `content`,
    /// to be freed where it was made.
    fn exchange(&mut self, _content: &mut Box<dyn std::any::Any + Send>) {}
}
