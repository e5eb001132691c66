//! Controls: the named numbers that events carry.

/// Most control values an event carries.
pub const MAX_CONTROLS: usize = 64;

/// Ids of control names, fixed for a [`crate::control::Controller`]'s life; events name controls by id. Those of [`WELL_KNOWN`] are the
/// same everywhere; a processor is told the others when it is built.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    names: Vec<crate::name::Name>,
}

/// Makes [`WELL_KNOWN`] and the ids of [`control`] from one list.
macro_rules! well_known {
    ($($(#[$doc:meta])* $id:ident = $name:literal,)*) => {
        /// Controls every engine knows; their ids are their indices here.
        pub const WELL_KNOWN: &[&str] = &[$($name),*];

        /// Ids of [`WELL_KNOWN`] controls.
        #[allow(missing_docs, reason = "each is the id of the name it bears")]
        pub mod control {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "they count the ids")]
            enum Id {
                $($id),*
            }

            $($(#[$doc])* pub const $id: u16 = Id::$id as u16;)*

            /// The id of a well-known control's name.
            #[must_use]
            #[allow(clippy::cast_possible_truncation, reason = "a few dozen")]
            pub const fn well_known(name: &str) -> Option<u16> {
                let mut id = 0;
                while id < super::WELL_KNOWN.len() {
                    if super::is_same(super::WELL_KNOWN[id].as_bytes(), name.as_bytes()) {
                        return Some(id as u16);
                    }
                    id += 1;
                }
                None
            }
        }
    };
}

well_known! {
    INDEX = "index",
    NOTE = "note",
    N = "n",
    S = "s",
    POSITION = "position",
    SPEED = "speed",
    VOLUME = "volume",
    GRAIN_SIZE = "grainSize",
    REGION_START = "regionStart",
    REGION_END = "regionEnd",
    PLAY_STYLE = "playStyle",
    ATTACK_MS = "attackMs",
    DECAY_MS = "decayMs",
    SUSTAIN = "sustain",
    RELEASE_MS = "releaseMs",
    PAN = "pan",
    TRANSPOSE = "transpose",
    OPACITY = "opacity",
    BLEND = "blend",
    GAIN = "gain",
    BEGIN = "begin",
    END = "end",
    VELOCITY = "velocity",
    /// First of the controls in the order of [`crate::module::picture::PLACE`].
    PLACE = "x",
    Y = "y",
    SIZE = "size",
    ROTATION = "rotation",
    CROP_LEFT = "cropLeft",
    CROP_RIGHT = "cropRight",
    CROP_TOP = "cropTop",
    CROP_BOTTOM = "cropBottom",
    FLIP = "flip",
    SLICE = "slice",
    /// Cycles a second, where `speed` counts sample lengths in a cycle.
    UNIT = "unit",
    /// Semitones added to the pitch, while the note sounds as well.
    TUNING = "tuning",
    /// Number of the receiver of a voice's sends.
    ORBIT = "orbit",
    /// Level of what goes to the delay; after it, in the order of [`crate::module::orbit`], what concerns the delay.
    DELAY = "delay",
    DELAY_TIME = "delaytime",
    DELAY_SYNC = "delaysync",
    DELAY_FEEDBACK = "delayfeedback",
    /// Level of what goes to the room; after it what concerns the room.
    ROOM = "room",
    ROOM_SIZE = "roomsize",
    ROOM_FADE = "roomfade",
    ROOM_LP = "roomlp",
    ROOM_DIM = "roomdim",
    // What synthesizers and the strips of voices hear, in the order of their parameters.
    OCTAVE = "octave",
    FREQ = "freq",
    GLIDE = "glide",
    POSTGAIN = "postgain",
    CUT = "cut",
    PW = "pw",
    PWRATE = "pwrate",
    PWSWEEP = "pwsweep",
    UNISON = "unison",
    DETUNE = "detune",
    SPREAD = "spread",
    DENSITY = "density",
    NOISE = "noise",
    VIB = "vib",
    VIBMOD = "vibmod",
    PENV = "penv",
    PATTACK = "pattack",
    PDECAY = "pdecay",
    PSUSTAIN = "psustain",
    PRELEASE = "prelease",
    PCURVE = "pcurve",
    PANCHOR = "panchor",
    ACCELERATE = "accelerate",
    FMI = "fmi",
    FMH = "fmh",
    FMATTACK = "fmattack",
    FMDECAY = "fmdecay",
    FMSUSTAIN = "fmsustain",
    FMRELEASE = "fmrelease",
    FMENV = "fmenv",
    FMWAVE = "fmwave",
    FMI2 = "fmi2",
    FMH2 = "fmh2",
    FMATTACK2 = "fmattack2",
    FMDECAY2 = "fmdecay2",
    FMSUSTAIN2 = "fmsustain2",
    FMRELEASE2 = "fmrelease2",
    FMENV2 = "fmenv2",
    FMWAVE2 = "fmwave2",
    FMI3 = "fmi3",
    FMH3 = "fmh3",
    FMATTACK3 = "fmattack3",
    FMDECAY3 = "fmdecay3",
    FMSUSTAIN3 = "fmsustain3",
    FMRELEASE3 = "fmrelease3",
    FMENV3 = "fmenv3",
    FMWAVE3 = "fmwave3",
    FMI4 = "fmi4",
    FMH4 = "fmh4",
    FMATTACK4 = "fmattack4",
    FMDECAY4 = "fmdecay4",
    FMSUSTAIN4 = "fmsustain4",
    FMRELEASE4 = "fmrelease4",
    FMENV4 = "fmenv4",
    FMWAVE4 = "fmwave4",
    CUTOFF = "cutoff",
    RESONANCE = "resonance",
    LPENV = "lpenv",
    LPATTACK = "lpattack",
    LPDECAY = "lpdecay",
    LPSUSTAIN = "lpsustain",
    LPRELEASE = "lprelease",
    LPRATE = "lprate",
    LPDEPTH = "lpdepth",
    LPSHAPE = "lpshape",
    LPDC = "lpdc",
    LPSKEW = "lpskew",
    HCUTOFF = "hcutoff",
    HRESONANCE = "hresonance",
    HPENV = "hpenv",
    HPATTACK = "hpattack",
    HPDECAY = "hpdecay",
    HPSUSTAIN = "hpsustain",
    HPRELEASE = "hprelease",
    HPRATE = "hprate",
    HPDEPTH = "hpdepth",
    HPSHAPE = "hpshape",
    HPDC = "hpdc",
    HPSKEW = "hpskew",
    BANDF = "bandf",
    BANDQ = "bandq",
    BPENV = "bpenv",
    BPATTACK = "bpattack",
    BPDECAY = "bpdecay",
    BPSUSTAIN = "bpsustain",
    BPRELEASE = "bprelease",
    BPRATE = "bprate",
    BPDEPTH = "bpdepth",
    BPSHAPE = "bpshape",
    BPDC = "bpdc",
    BPSKEW = "bpskew",
    FTYPE = "ftype",
    FANCHOR = "fanchor",
    DRIVE = "drive",
    VOWEL = "vowel",
    COARSE = "coarse",
    CRUSH = "crush",
    SHAPE = "shape",
    SHAPEVOL = "shapevol",
    DISTORT = "distort",
    DISTORTVOL = "distortvol",
    DISTORTTYPE = "distorttype",
    TREMOLO = "tremolo",
    TREMOLOSYNC = "tremolosync",
    TREMOLODEPTH = "tremolodepth",
    TREMOLOSKEW = "tremoloskew",
    TREMOLOPHASE = "tremolophase",
    TREMOLOSHAPE = "tremoloshape",
    PHASERRATE = "phaserrate",
    PHASERDEPTH = "phaserdepth",
    PHASERCENTER = "phasercenter",
    PHASERSWEEP = "phasersweep",
    /// MIDI note at which a sample sounds as recorded.
    ROOT = "root",
    /// Share of its event that a voice lasts, for those that would play on.
    CLIP = "clip",
    /// Numbers of orbits that an event ducks; `duckorbit` may hold several.
    DUCK_ORBIT = "duckorbit",
    DUCK_ORBIT_2 = "duckorbit2",
    DUCK_ORBIT_3 = "duckorbit3",
    DUCK_ORBIT_4 = "duckorbit4",
    DUCK_DEPTH = "duckdepth",
    DUCK_ONSET = "duckonset",
    DUCK_ATTACK = "duckattack",
    /// Threshold of an orbit's compressor, and what concerns that.
    COMPRESSOR = "compressor",
    COMPRESSOR_RATIO = "compressorRatio",
    COMPRESSOR_KNEE = "compressorKnee",
    COMPRESSOR_ATTACK = "compressorAttack",
    COMPRESSOR_RELEASE = "compressorRelease",
    DJF = "djf",
    // What keys change of voices that sound, beside pitch, gain and pan.
    /// Factor of the level.
    EXPRESSION = "expression",
    /// Octaves that the low-pass is opened by.
    BRIGHTNESS = "brightness",
    /// Semitones of vibrato.
    VIBRATO = "vibratoDepth",
    LOOP_BEGIN = "loopBegin",
    LOOP_END = "loopEnd",
    LPSYNC = "lpsync",
    HPSYNC = "hpsync",
    BPSYNC = "bpsync",
    WT = "wt",
    WTENV = "wtenv",
    WTATTACK = "wtattack",
    WTDECAY = "wtdecay",
    WTSUSTAIN = "wtsustain",
    WTRELEASE = "wtrelease",
    WTRATE = "wtrate",
    WTSYNC = "wtsync",
    WTDEPTH = "wtdepth",
    WTSHAPE = "wtshape",
    WTDC = "wtdc",
    WTSKEW = "wtskew",
}

/// Whether two texts are the same, where `==` can't be asked yet.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
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
        self.names.iter().position(|known| &**known == name).map(|index| index as u16)
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
        if let Some(index) = self.controls[..len].iter().position(|known| *known == control) {
            self.numbers[index] = value;
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
