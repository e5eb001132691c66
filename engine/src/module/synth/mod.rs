//! The synthesizer: one trigger starts a tone.
//!
//! Each value of a voice is its trigger's, else the module's. A parameter that stands at its default counts as not said where a law
//! asks what was said: one given value of an envelope changes the defaults of the others, as in Strudel (`values.rs`). What a trigger
//! says holds for its voice; changes of the module reach the voices that play on the grid of 32 song frames, but for envelopes of
//! the level, `voices`, `polyphony`, `cut`, `glide` and the wave, which count for the next trigger.

use super::{Content, ModuleType, PLAIN, ParamSpec, Picture, Plays, Port, PortKind};
use crate::dsp::strip::{DISTORTIONS, SHAPES, SLOPES};

pub mod laws;
mod node;
mod source;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_facts;
mod values;
mod voice;

pub use node::SynthNode;
pub(in crate::module) use node::moment;
pub use source::WAVES;
pub(in crate::module) use values::{TriggerOverrides, VoiceStrip};

/// Most lanes at once, those of voices that fade out included; a stereo voice takes two.
pub const MAX_LANES: usize = 128;

/// Vowels as a choice: none, then [`crate::dsp::strip::VOWELS`].
const VOWEL: &[&str] = &["none", "a", "e", "i", "o", "u", "ae", "aa", "oe", "ue", "y", "uh", "un", "en", "an", "on"];
/// Waves of modulators.
const FM_WAVES: &[&str] = &["sine", "square", "triangle", "sawtooth", "white", "pink", "brown", "crackle"];
/// Courses of the envelopes of modulators.
const FM_COURSES: &[&str] = &["exp", "lin"];

macro_rules! params {
    ($($place:ident = $spec:expr;)*) => {
        /// Places in the parameter list.
        #[allow(missing_docs, clippy::upper_case_acronyms, reason = "each is the place of the parameter it bears the name of")]
        pub mod param {
            #[allow(non_camel_case_types, reason = "names of constants")]
            enum Place { $($place),* }
            $(pub const $place: usize = Place::$place as usize;)*
        }

        const PARAMS: &[ParamSpec] = &[$($spec),*];
    };
}

const fn float(name: &'static str, min: f64, max: f64, default: f64, unit: &'static str, doc: &'static str) -> ParamSpec {
    ParamSpec::float(name, min, max, default, unit, doc)
}

/// A time in seconds.
const fn secs(name: &'static str, default: f64, doc: &'static str) -> ParamSpec {
    float(name, 0.0, 60.0, default, "s", doc)
}

/// A level.
const fn level(name: &'static str, default: f64, doc: &'static str) -> ParamSpec {
    float(name, 0.0, 1.0, default, "", doc)
}

params! {
    ENABLED = ParamSpec::toggle("enabled", true, "Off: silent.");
    WAVE = ParamSpec::choice("wave", source::WAVES, "Wave of triggers that name none by s. For the next trigger.");
    VOLUME = float("volume", 0.0, 2.0, 1.0, "", "Level of the module.");
    PAN = float("pan", -1.0, 1.0, 0.0, "", "Left to right; equal power, centre at full level.");
    POLYPHONY = ParamSpec::choice("polyphony", super::sampler::POLYPHONY, "poly: voices overlap; mono: a trigger releases the voice before. For the next trigger.");
    VOICES = ParamSpec::integer("voices", 1.0, 64.0, 32.0, "Most voices at once; the oldest is stolen. For the next trigger.");
    TRANSPOSE = float("transpose", -48.0, 48.0, 0.0, "st", "Transposes.");
    OCTAVE = float("octave", -10.0, 10.0, 0.0, "", "Octaves up or down.").also(&["oct"]);
    FREQ = float("freq", 0.0, 20_000.0, 0.0, "Hz", "Pitch in place of the note; 0 lets the note count.");
    GLIDE = secs("glide", 0.0, "Time of the way from the last voice's pitch. For the next trigger.");
    ATTACK_MS = float("attackMs", 0.0, 10_000.0, 1.0, "ms", "Attack of the envelope.");
    DECAY_MS = float("decayMs", 0.0, 10_000.0, 50.0, "ms", "Decay of the envelope; 1 where only another of its values is said.");
    SUSTAIN = level("sustain", 0.6, "Sustain level of the envelope; where only other values are said 1, or 0.001 with a decay.");
    RELEASE_MS = float("releaseMs", 0.0, 10_000.0, 10.0, "ms", "Release of the envelope, at least 10.");
    POSTGAIN = float("postgain", 0.0, 16.0, 1.0, "", "Level after the effects of the voice.");
    CUT = ParamSpec::integer("cut", 0.0, 65_535.0, 0.0, "Group in which a trigger ends the voices before it; 0 is none. For the next trigger.");
    PW = float("pw", -0.99, 0.99, 0.5, "", "Width of pulse: 0 is a square, 0.5 a quarter.");
    PWRATE = float("pwrate", 0.0, 100.0, 0.0, "Hz", "Rate of the triangle that moves pw.");
    PWSWEEP = float("pwsweep", 0.0, 2.0, 0.0, "", "How far it moves pw; 0.3 where only pwrate is said.");
    UNISON = ParamSpec::integer("unison", 1.0, 32.0, 5.0, "Saws of supersaw; of a wavetable, whose are 1 where it is not said, how many sound at once.");
    DETUNE = float("detune", 0.0, 24.0, 0.18, "st", "Semitones from the lowest to the highest saw of supersaw.").also(&["det"]);
    SPREAD = level("spread", 0.6, "How far the saws of supersaw lean left and right.");
    DENSITY = float("density", 0.0, 100.0, 0.02, "", "Impulses of crackle, in hundredths of a frame.");
    NOISE = level("noise", 0.0, "Pink noise mixed into tones.");
    VIB = float("vib", 0.0, 200.0, 0.0, "Hz", "Rate of the vibrato.").also(&["vibrato"]);
    VIBMOD = float("vibmod", 0.0, 48.0, 0.5, "st", "Depth of the vibrato, up and down.").also(&["vmod"]);
    PENV = float("penv", -96.0, 96.0, 0.0, "st", "Depth of the pitch envelope; 1 where only other values of it are said.");
    PATTACK = secs("pattack", 0.2, "Attack of the pitch envelope; 0.001 where another value of it is said.").also(&["patt"]);
    PDECAY = secs("pdecay", 0.001, "Decay of the pitch envelope.").also(&["pdec"]);
    PSUSTAIN = level("psustain", 1.0, "Sustain level of the pitch envelope; 0.001 with a decay.").also(&["psus"]);
    PRELEASE = secs("prelease", 0.001, "Release of the pitch envelope; 0.01 where another value of it is said.").also(&["prel"]);
    PCURVE = ParamSpec::toggle("pcurve", false, "On: ways of the pitch envelope are exponential.");
    PANCHOR = level("panchor", 1.0, "Level of the pitch envelope that is the written pitch; psustain where it is not said.");
    ACCELERATE = float("accelerate", -20.0, 20.0, 0.0, "oct/s", "Change of pitch while the voice sounds.");
    FMI = float("fmi", 0.0, 1000.0, 0.0, "", "Frequency modulation: peak deviation as a multiple of the modulator's frequency.").also(&["fm"]);
    FMH = float("fmh", 0.0, 100.0, 1.0, "", "Frequency of the modulator as a multiple of the voice's.");
    FMATTACK = secs("fmattack", 0.001, "Attack of fmi's envelope; there is none where nothing of it is said.").also(&["fmatt"]);
    FMDECAY = secs("fmdecay", 0.001, "Decay of fmi's envelope.").also(&["fmdec"]);
    FMSUSTAIN = level("fmsustain", 1.0, "Sustain level of fmi's envelope; 0.001 with a decay.").also(&["fmsus"]);
    FMRELEASE = secs("fmrelease", 0.01, "Release of fmi's envelope.").also(&["fmrel"]);
    FMENV = ParamSpec::choice("fmenv", FM_COURSES, "Form of fmi's envelope.");
    FMWAVE = ParamSpec::choice("fmwave", FM_WAVES, "Wave of the modulator.");
    FMI2 = float("fmi2", 0.0, 1000.0, 0.0, "", "As fmi, of modulator 2, which moves modulator 1.").also(&["fm2"]);
    FMH2 = float("fmh2", 0.0, 100.0, 1.0, "", "As fmh, of modulator 2.");
    FMATTACK2 = secs("fmattack2", 0.001, "As fmattack, of modulator 2.").also(&["fmatt2"]);
    FMDECAY2 = secs("fmdecay2", 0.001, "As fmdecay, of modulator 2.").also(&["fmdec2"]);
    FMSUSTAIN2 = level("fmsustain2", 1.0, "As fmsustain, of modulator 2.").also(&["fmsus2"]);
    FMRELEASE2 = secs("fmrelease2", 0.01, "As fmrelease, of modulator 2.").also(&["fmrel2"]);
    FMENV2 = ParamSpec::choice("fmenv2", FM_COURSES, "As fmenv, of modulator 2.");
    FMWAVE2 = ParamSpec::choice("fmwave2", FM_WAVES, "As fmwave, of modulator 2.");
    FMI3 = float("fmi3", 0.0, 1000.0, 0.0, "", "As fmi, of modulator 3, which moves modulator 2.").also(&["fm3"]);
    FMH3 = float("fmh3", 0.0, 100.0, 1.0, "", "As fmh, of modulator 3.");
    FMATTACK3 = secs("fmattack3", 0.001, "As fmattack, of modulator 3.").also(&["fmatt3"]);
    FMDECAY3 = secs("fmdecay3", 0.001, "As fmdecay, of modulator 3.").also(&["fmdec3"]);
    FMSUSTAIN3 = level("fmsustain3", 1.0, "As fmsustain, of modulator 3.").also(&["fmsus3"]);
    FMRELEASE3 = secs("fmrelease3", 0.01, "As fmrelease, of modulator 3.").also(&["fmrel3"]);
    FMENV3 = ParamSpec::choice("fmenv3", FM_COURSES, "As fmenv, of modulator 3.");
    FMWAVE3 = ParamSpec::choice("fmwave3", FM_WAVES, "As fmwave, of modulator 3.");
    FMI4 = float("fmi4", 0.0, 1000.0, 0.0, "", "As fmi, of modulator 4, which moves modulator 3.").also(&["fm4"]);
    FMH4 = float("fmh4", 0.0, 100.0, 1.0, "", "As fmh, of modulator 4.");
    FMATTACK4 = secs("fmattack4", 0.001, "As fmattack, of modulator 4.").also(&["fmatt4"]);
    FMDECAY4 = secs("fmdecay4", 0.001, "As fmdecay, of modulator 4.").also(&["fmdec4"]);
    FMSUSTAIN4 = level("fmsustain4", 1.0, "As fmsustain, of modulator 4.").also(&["fmsus4"]);
    FMRELEASE4 = secs("fmrelease4", 0.01, "As fmrelease, of modulator 4.").also(&["fmrel4"]);
    FMENV4 = ParamSpec::choice("fmenv4", FM_COURSES, "As fmenv, of modulator 4.");
    FMWAVE4 = ParamSpec::choice("fmwave4", FM_WAVES, "As fmwave, of modulator 4.");
    CUTOFF = float("cutoff", 0.0, 20_000.0, 20_000.0, "Hz", "Corner of the low-pass filter; 20000 is none.").also(&["lpf", "lp", "ctf"]);
    RESONANCE = float("resonance", -20.0, 40.0, 1.0, "dB", "Gain of the low-pass filter at its corner.").also(&["lpq"]);
    LPENV = float("lpenv", -16.0, 16.0, 0.0, "oct", "Way of the low-pass filter's envelope; 1 where only other values of it are said.").also(&["lpe"]);
    LPATTACK = secs("lpattack", 0.005, "Attack of that envelope; 0.001 where another of its times or its sustain is said.").also(&["lpa"]);
    LPDECAY = secs("lpdecay", 0.14, "Decay of that envelope; 0.001 where another value is said.").also(&["lpd"]);
    LPSUSTAIN = level("lpsustain", 0.0, "Sustain level of that envelope; where other values are said 1, or 0.001 with a decay.").also(&["lps"]);
    LPRELEASE = secs("lprelease", 0.1, "Release of that envelope; 0.01 where another value is said.").also(&["lpr"]);
    LPRATE = float("lprate", 0.0, 200.0, 0.0, "Hz", "Rate of the wave that moves the low-pass filter's corner; 0 is none.");
    LPSYNC = float("lpsync", 0.0, 1024.0, 0.0, "", "Periods of that wave in a bar; 0 lets lprate count.");
    LPDEPTH = float("lpdepth", 0.0, 16.0, 1.0, "", "How far it moves, as a multiple of the corner.");
    LPSHAPE = ParamSpec::choice("lpshape", SHAPES, "Form of that wave.");
    LPDC = float("lpdc", -16.0, 16.0, -0.5, "", "Added to that wave, which goes from 0 to 1.");
    LPSKEW = level("lpskew", 0.5, "Where in a period that wave is highest.");
    HCUTOFF = float("hcutoff", 0.0, 20_000.0, 0.0, "Hz", "Corner of the high-pass filter; 0 is none.").also(&["hpf", "hp"]);
    HRESONANCE = float("hresonance", -20.0, 40.0, 1.0, "dB", "Gain of the high-pass filter at its corner.").also(&["hpq"]);
    HPENV = float("hpenv", -16.0, 16.0, 0.0, "oct", "As lpenv, of the high-pass filter.").also(&["hpe"]);
    HPATTACK = secs("hpattack", 0.005, "As lpattack, of the high-pass filter.").also(&["hpa"]);
    HPDECAY = secs("hpdecay", 0.14, "As lpdecay, of the high-pass filter.").also(&["hpd"]);
    HPSUSTAIN = level("hpsustain", 0.0, "As lpsustain, of the high-pass filter.").also(&["hps"]);
    HPRELEASE = secs("hprelease", 0.1, "As lprelease, of the high-pass filter.").also(&["hpr"]);
    HPRATE = float("hprate", 0.0, 200.0, 0.0, "Hz", "As lprate, of the high-pass filter.");
    HPSYNC = float("hpsync", 0.0, 1024.0, 0.0, "", "As lpsync, of the high-pass filter.");
    HPDEPTH = float("hpdepth", 0.0, 16.0, 1.0, "", "As lpdepth, of the high-pass filter.");
    HPSHAPE = ParamSpec::choice("hpshape", SHAPES, "As lpshape, of the high-pass filter.");
    HPDC = float("hpdc", -16.0, 16.0, -0.5, "", "As lpdc, of the high-pass filter.");
    HPSKEW = level("hpskew", 0.5, "As lpskew, of the high-pass filter.");
    BANDF = float("bandf", 0.0, 20_000.0, 0.0, "Hz", "Corner of the band-pass filter; 0 is none.").also(&["bpf", "bp"]);
    BANDQ = float("bandq", 0.0, 200.0, 1.0, "", "Corner of the band-pass filter over its bandwidth.").also(&["bpq"]);
    BPENV = float("bpenv", -16.0, 16.0, 0.0, "oct", "As lpenv, of the band-pass filter.").also(&["bpe"]);
    BPATTACK = secs("bpattack", 0.005, "As lpattack, of the band-pass filter.").also(&["bpa"]);
    BPDECAY = secs("bpdecay", 0.14, "As lpdecay, of the band-pass filter.").also(&["bpd"]);
    BPSUSTAIN = level("bpsustain", 0.0, "As lpsustain, of the band-pass filter.").also(&["bps"]);
    BPRELEASE = secs("bprelease", 0.1, "As lprelease, of the band-pass filter.").also(&["bpr"]);
    BPRATE = float("bprate", 0.0, 200.0, 0.0, "Hz", "As lprate, of the band-pass filter.");
    BPSYNC = float("bpsync", 0.0, 1024.0, 0.0, "", "As lpsync, of the band-pass filter.");
    BPDEPTH = float("bpdepth", 0.0, 16.0, 1.0, "", "As lpdepth, of the band-pass filter.");
    BPSHAPE = ParamSpec::choice("bpshape", SHAPES, "As lpshape, of the band-pass filter.");
    BPDC = float("bpdc", -16.0, 16.0, -0.5, "", "As lpdc, of the band-pass filter.");
    BPSKEW = level("bpskew", 0.5, "As lpskew, of the band-pass filter.");
    FTYPE = ParamSpec::choice("ftype", SLOPES, "Kind of the filters: 12 or 24 dB an octave, or a ladder as the low-pass, beside which the others have 24.");
    FANCHOR = level("fanchor", 0.0, "Share of the way of the filters' envelopes that lies below the written corner.");
    DRIVE = float("drive", 0.0, 6.0, 0.69, "", "Drive of the ladder, as an exponent.");
    VOWEL = ParamSpec::choice("vowel", VOWEL, "Vowel filter.");
    COARSE = float("coarse", 0.0, 1024.0, 0.0, "frames", "Frames that a sample is held; below 1 none.");
    CRUSH = float("crush", 0.0, 32.0, 0.0, "bits", "Bits that samples are rounded to, at least 1; 0 is none.");
    SHAPE = level("shape", 0.0, "How far an S-curve bends the wave.");
    SHAPEVOL = level("shapevol", 1.0, "Level after shape.");
    DISTORT = float("distort", 0.0, 16.0, 0.0, "", "How far the curve of distorttype bends the wave; 0 not at all.").also(&["dist"]);
    DISTORTVOL = level("distortvol", 1.0, "Level after distort.").also(&["distvol"]);
    DISTORTTYPE = ParamSpec::choice("distorttype", DISTORTIONS, "Curve of distort.").also(&["disttype"]);
    TREMOLO = float("tremolo", 0.0, 200.0, 0.0, "Hz", "Rate of the tremolo; 0 is none.").also(&["trem"]);
    TREMOLOSYNC = float("tremolosync", 0.0, 1024.0, 0.0, "", "Periods of the tremolo in a bar; 0 lets tremolo count.").also(&["tremsync"]);
    TREMOLODEPTH = float("tremolodepth", 0.0, 16.0, 1.0, "", "Depth of the tremolo; 1 goes down to silence.").also(&["tremdepth"]);
    TREMOLOSKEW = level("tremoloskew", 1.0, "Where in a period the tremolo is loudest; 0.5 where tremoloshape is said.").also(&["tremskew"]);
    TREMOLOPHASE = float("tremolophase", -1.0, 1.0, 0.0, "", "Where in its period the tremolo stands at the song's start.").also(&["tremphase"]);
    TREMOLOSHAPE = ParamSpec::choice("tremoloshape", SHAPES, "Form of the tremolo.").also(&["tremshape"]);
    PHASERRATE = float("phaserrate", 0.0, 200.0, 0.0, "Hz", "Rate of the phaser; 0 is none.").also(&["phaser", "ph"]);
    PHASERDEPTH = level("phaserdepth", 0.75, "Width of the phaser's notch; 0 is none.").also(&["phd", "phasdp"]);
    PHASERCENTER = float("phasercenter", 0.0, 20_000.0, 1000.0, "Hz", "Middle of the phaser's sweep, 282 Hz lower than its notch.").also(&["phc"]);
    PHASERSWEEP = float("phasersweep", 0.0, 9600.0, 2000.0, "cents", "Sweep of the phaser, up and down.").also(&["phs"]);
    ORBIT = ParamSpec::integer("orbit", 1.0, 64.0, 1.0, "Number of the orbit that a voice goes to, of those that a cable leads to. For the next trigger.").also(&["o"]);
    DELAY = float("delay", 0.0, 2.0, 0.0, "", "Level of what goes to the orbit's delay. For the next trigger.");
    ROOM = float("room", 0.0, 2.0, 0.0, "", "Level of what goes to the orbit's room. For the next trigger.");
    WT = level("wt", 0.0, "Place among the cycles of a wavetable: 0 is the first, 1 the last.");
    WTENV = float("wtenv", -1.0, 1.0, 0.0, "", "How far an envelope moves wt; 0.5 where only other values of it are said.");
    WTATTACK = secs("wtattack", 0.0, "Attack of that envelope; 0.001 where another value of it is said.").also(&["wtatt"]);
    WTDECAY = secs("wtdecay", 0.5, "Decay of that envelope; 0.001 where another value is said.").also(&["wtdec"]);
    WTSUSTAIN = level("wtsustain", 0.0, "Sustain level of that envelope; where other values are said 1, or 0.001 with a decay.").also(&["wtsus"]);
    WTRELEASE = secs("wtrelease", 0.1, "Release of that envelope; 0.01 where another value is said.").also(&["wtrel"]);
    WTRATE = float("wtrate", 0.0, 200.0, 0.0, "Hz", "Rate of the wave that moves wt; 0 is none.");
    WTSYNC = float("wtsync", 0.0, 1024.0, 0.0, "", "Periods of that wave in a bar; 0 lets wtrate count.");
    WTDEPTH = float("wtdepth", 0.0, 4.0, 0.5, "", "How far that wave moves wt.");
    WTSHAPE = ParamSpec::choice("wtshape", SHAPES, "Form of that wave.");
    WTDC = float("wtdc", -16.0, 16.0, 0.0, "", "Added to that wave, which goes from 0 to 1.");
    WTSKEW = level("wtskew", 0.5, "Where in a period that wave is highest.");
}

/// Places of a voice's strip in the parameter list, in order: two values, and all from the low-pass filter to the phaser.
const OF_STRIP: [usize; 2 + param::PHASERSWEEP + 1 - param::CUTOFF] = {
    let mut places = [param::POSTGAIN; 2 + param::PHASERSWEEP + 1 - param::CUTOFF];
    places[1] = param::CUT;
    let mut at = 2;
    while at < places.len() {
        places[at] = param::CUTOFF + at - 2;
        at += 1;
    }
    places
};

/// The parameters of a voice's strip, which samplers have as well.
pub(in crate::module) const STRIP: [ParamSpec; OF_STRIP.len()] = {
    let mut specs = [PARAMS[0]; OF_STRIP.len()];
    let mut at = 0;
    while at < specs.len() {
        specs[at] = PARAMS[OF_STRIP[at]];
        at += 1;
    }
    specs
};

/// The synthesizer's description.
pub static TYPE: ModuleType = ModuleType {
    name: "synth",
    doc: "Plays tones and noises when it is triggered: s names the wave (sine, triangle, square, sawtooth, pulse, supersaw, white, pink, brown, crackle, sbd) or one of its wavetables, note or freq the pitch. What a trigger sets holds for its voice, before what the module sets; its levels and envelopes follow Strudel's rules.",
    content: Content::Tables,
    picture: Picture::None,
    inputs: &[Port::of(PortKind::Event)],
    outputs: &[Port::of(PortKind::Audio), Port::sends()],
    params: PARAMS,
    made: &[super::LEVEL],
    words: source::WORDS,
    plays: Plays::Tones,
    build: |context| Some(Box::new(SynthNode::new(context.sample_rate, context.controls))),
    ..PLAIN
};
