//! Controls: the named numbers that events carry.

/// Most control values an event carries.
pub const MAX_CONTROLS: usize = 64;

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
    "tuning",
    "midichan",
    "midibend",
    "miditouch",
    "progNum",
    "ccn",
    "ccv",
    "octave",
    "freq",
    "glide",
    "postgain",
    "cut",
    "pw",
    "pwrate",
    "pwsweep",
    "unison",
    "detune",
    "spread",
    "density",
    "noise",
    "vib",
    "vibmod",
    "penv",
    "pattack",
    "pdecay",
    "psustain",
    "prelease",
    "pcurve",
    "panchor",
    "accelerate",
    "fmi",
    "fmh",
    "fmattack",
    "fmdecay",
    "fmsustain",
    "fmrelease",
    "fmenv",
    "fmwave",
    "fmi2",
    "fmh2",
    "fmattack2",
    "fmdecay2",
    "fmsustain2",
    "fmrelease2",
    "fmenv2",
    "fmwave2",
    "fmi3",
    "fmh3",
    "fmattack3",
    "fmdecay3",
    "fmsustain3",
    "fmrelease3",
    "fmenv3",
    "fmwave3",
    "fmi4",
    "fmh4",
    "fmattack4",
    "fmdecay4",
    "fmsustain4",
    "fmrelease4",
    "fmenv4",
    "fmwave4",
    "cutoff",
    "resonance",
    "lpenv",
    "lpattack",
    "lpdecay",
    "lpsustain",
    "lprelease",
    "lprate",
    "lpdepth",
    "lpshape",
    "lpdc",
    "lpskew",
    "hcutoff",
    "hresonance",
    "hpenv",
    "hpattack",
    "hpdecay",
    "hpsustain",
    "hprelease",
    "hprate",
    "hpdepth",
    "hpshape",
    "hpdc",
    "hpskew",
    "bandf",
    "bandq",
    "bpenv",
    "bpattack",
    "bpdecay",
    "bpsustain",
    "bprelease",
    "bprate",
    "bpdepth",
    "bpshape",
    "bpdc",
    "bpskew",
    "ftype",
    "fanchor",
    "drive",
    "vowel",
    "coarse",
    "crush",
    "shape",
    "shapevol",
    "distort",
    "distortvol",
    "distorttype",
    "tremolo",
    "tremolosync",
    "tremolodepth",
    "tremoloskew",
    "tremolophase",
    "tremoloshape",
    "phaserrate",
    "phaserdepth",
    "phasercenter",
    "phasersweep",
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
    /// Semitones added to the pitch, while the note sounds as well.
    pub const TUNING: u16 = 34;
    pub const MIDI_CHANNEL: u16 = 35;
    pub const MIDI_BEND: u16 = 36;
    pub const MIDI_TOUCH: u16 = 37;
    pub const PROGRAM: u16 = 38;
    pub const CC_NUMBER: u16 = 39;
    pub const CC_VALUE: u16 = 40;
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

/// Control values as events carry them: numbers by control id. Double precision, because a position in a long clip names its
/// frame to the microsecond.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ControlMap<'a> {
    ids: &'a [u16],
    numbers: &'a [f64],
}

impl<'a> ControlMap<'a> {
    /// The map of `ids` to `numbers`, place by place.
    #[must_use]
    pub const fn new(ids: &'a [u16], numbers: &'a [f64]) -> Self {
        Self { ids, numbers }
    }

    /// The value of a control.
    #[must_use]
    pub fn get(&self, control: u16) -> Option<f64> {
        self.iter().find(|item| item.0 == control).map(|item| item.1)
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (u16, f64)> + 'a {
        self.ids.iter().copied().zip(self.numbers.iter().copied())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// The control values of one event while it is made or reported: up to [`MAX_CONTROLS`].
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

    /// The values as events carry them.
    #[must_use]
    pub fn map(&self) -> ControlMap<'_> {
        let len = usize::from(self.len);
        ControlMap { ids: &self.controls[..len], numbers: &self.numbers[..len] }
    }

    /// The value of a control.
    #[must_use]
    pub fn get(&self, control: u16) -> Option<f64> {
        self.map().get(control)
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (u16, f64)> + '_ {
        let ControlMap { ids, numbers } = self.map();
        ids.iter().copied().zip(numbers.iter().copied())
    }
}
