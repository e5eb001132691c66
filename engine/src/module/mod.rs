//! Modules: one file each, holding its parameters, its description and its processor.
//!
//! A new module is one new file and one line in [`MODULES`].

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{
    name::Name,
    project::Module,
    signal::{Controls, Node},
};

pub mod audio_fx;
pub mod audio_in;
pub mod audio_out;
pub mod envelope;
pub mod feedback;
pub mod follower;
pub mod lfo;
pub mod listener;
pub mod midi_in;
pub mod midi_out;
pub mod mixer;
pub mod oscilloscope;
pub mod sampler;
pub mod sequencer;
pub mod shader;
pub mod spectrogram;
pub mod synth;
pub mod video;

/// What a parameter holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Bool(bool),
    /// A number in the parameter's unit.
    Number(f64),
    /// One of a choice's names, or free text.
    Text(Name),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(on) => write!(f, "{on}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text}"),
        }
    }
}

/// The kind of values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// Any number in the range.
    Float,
    /// A whole number in the range.
    Integer,
    /// On or off.
    Toggle,
    /// One of these names; its number is its place in the list.
    Choice(&'static [&'static str]),
    /// Free text, this one by default; nothing drives it but commands.
    Text(&'static str),
    /// A whole number in the range, or a text that [`sampler::Cuts`] reads, whose number is 0.
    Cuts,
}

/// Reads a text, or says what it takes.
pub type Reader = fn(&str) -> Result<(), String>;

/// One parameter of a module type.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// Its name in scripts, columns and links.
    pub name: &'static str,
    /// Other names it answers to.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub kind: ParamKind,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Value before anybody sets it.
    pub default: f64,
    /// Unit as shown, empty when it has none.
    pub unit: &'static str,
    /// One sentence for help and the generated reference.
    pub doc: &'static str,
    /// Reads a text; says what it takes where it can't. None where any text will do.
    pub reads: Option<Reader>,
}

impl ParamSpec {
    /// A number between `min` and `max`.
    #[must_use]
    pub const fn float(name: &'static str, min: f64, max: f64, default: f64, unit: &'static str, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Float, min, max, default, unit, doc, reads: None }
    }

    /// A whole number between `min` and `max`.
    #[must_use]
    pub const fn integer(name: &'static str, min: f64, max: f64, default: f64, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Integer, min, max, default, unit: "", doc, reads: None }
    }

    /// On or off.
    #[must_use]
    pub const fn toggle(name: &'static str, default: bool, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind: ParamKind::Toggle,
            min: 0.0,
            max: 1.0,
            default: if default { 1.0 } else { 0.0 },
            unit: "",
            doc,
            reads: None,
        }
    }

    /// One of `names`; the first is the default.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a choice has a handful of names")]
    pub const fn choice(name: &'static str, names: &'static [&'static str], doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind: ParamKind::Choice(names),
            min: 0.0,
            max: names.len() as f64 - 1.0,
            default: 0.0,
            unit: "",
            doc,
            reads: None,
        }
    }

    /// Free text, `default` before anybody sets it.
    #[must_use]
    pub const fn text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self { name, aliases: &[], kind: ParamKind::Text(default), min: 0.0, max: 0.0, default: 0.0, unit: "", doc, reads: None }
    }

    /// How samples are cut: into one by default.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "256 is exact")]
    pub const fn cuts(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            kind: ParamKind::Cuts,
            min: 1.0,
            max: sampler::MAX_SLICES as f64,
            default: 1.0,
            unit: "",
            doc,
            reads: None,
        }
    }

    /// The same parameter answering to further names.
    #[must_use]
    pub const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same text, which `reads` has to understand.
    #[must_use]
    pub const fn read_by(mut self, reads: Reader) -> Self {
        self.reads = Some(reads);
        self
    }

    /// The same choice or number with another default.
    #[must_use]
    pub const fn starting_at(mut self, default: f64) -> Self {
        self.default = default;
        self
    }

    /// Whether it has this name or alias.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The default as scripts see it.
    #[must_use]
    pub fn default_value(&self) -> Value {
        self.value_of(self.default)
    }

    /// A number as this parameter's value (choices by name, toggles as booleans).
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the table first")]
    pub fn value_of(&self, number: f64) -> Value {
        match self.kind {
            ParamKind::Float | ParamKind::Integer | ParamKind::Cuts => Value::Number(number),
            ParamKind::Toggle => Value::Bool(number >= 0.5),
            ParamKind::Text(default) => Value::Text(Name::new(default)),
            ParamKind::Choice(names) => {
                let place = (number.max(0.0).round() as usize).min(names.len().saturating_sub(1));
                Value::Text(Name::new(names.get(place).copied().unwrap_or("")))
            }
        }
    }

    /// The number the audio thread works with; `None` where the value does not fit the kind.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a choice has a handful of names")]
    pub fn number_of(&self, value: &Value) -> Option<f64> {
        match (self.kind, value) {
            (ParamKind::Choice(names), Value::Text(text)) => {
                names.iter().position(|name| plain(name).eq(plain(text))).map(|place| place as f64)
            }
            (ParamKind::Cuts, Value::Text(text)) => sampler::Cuts::parse(text).ok().map(|_| 0.0),
            (_, Value::Number(number)) if !matches!(self.kind, ParamKind::Text(_)) => Some(*number),
            (ParamKind::Toggle, Value::Bool(on)) => Some(f64::from(u8::from(*on))),
            _ => None,
        }
    }

    /// Checks a value and brings it into its canonical form.
    ///
    /// # Errors
    /// A sentence with the allowed range or names, where the value does not fit.
    pub fn check(&self, value: &Value) -> Result<Value, String> {
        let number = self.number_of(value);
        if let (ParamKind::Text(_), Value::Text(text)) = (self.kind, value)
            && text.len() <= 4096
            && !text.contains('\0')
        {
            if let Some(reads) = self.reads {
                reads(text).map_err(|why| format!("{} takes {why}", self.name))?;
            }
            return Ok(value.clone());
        }
        if let (ParamKind::Cuts, Value::Text(text)) = (self.kind, value) {
            let cuts = sampler::Cuts::parse(text).map_err(|why| format!("{} takes {why}", self.name))?;
            return Ok(Value::Text(Name::new(&cuts.to_string())));
        }
        match (self.kind, number) {
            (ParamKind::Choice(names), None) => {
                let hint = match value {
                    Value::Text(text) => crate::name::nearest(text, names.iter().copied())
                        .map(|near| format!(" (did you mean \"{near}\"?)"))
                        .unwrap_or_default(),
                    _ => String::new(),
                };
                Err(format!("{} takes one of {}, not {}{hint}", self.name, names.join(", "), quoted(value)))
            }
            (_, None) => Err(format!("{} takes {}, not {}", self.name, self.range_text(), quoted(value))),
            (_, Some(number)) if !number.is_finite() || number < self.min || number > self.max => {
                Err(format!("{} is {number}, but takes {}", self.name, self.range_text()))
            }
            (ParamKind::Integer | ParamKind::Choice(_) | ParamKind::Cuts, Some(number)) if number.fract() != 0.0 => {
                Err(format!("{} is {number}, but takes {}", self.name, self.range_text()))
            }
            (_, Some(number)) => Ok(self.value_of(number)),
        }
    }

    fn range_text(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        match self.kind {
            ParamKind::Float => format!("a number from {} to {}{unit}", self.min, self.max),
            ParamKind::Integer => format!("a whole number from {} to {}{unit}", self.min, self.max),
            ParamKind::Toggle => "true or false".to_owned(),
            ParamKind::Choice(names) => format!("one of {}", names.join(", ")),
            ParamKind::Text(_) => "a text of at most 4096 bytes".to_owned(),
            ParamKind::Cuts => format!("a whole number from {} to {}, \"onsets\" or positions", self.min, self.max),
        }
    }
}

/// Two tables of parameters as one of `N`, which is the sum of their lengths.
#[must_use]
pub const fn joined<const N: usize>(first: &[ParamSpec], second: &[ParamSpec]) -> [ParamSpec; N] {
    assert!(first.len() + second.len() == N, "N is the sum of both lengths");
    let mut all = [first[0]; N];
    let mut place = 1;
    while place < N {
        all[place] = if place < first.len() { first[place] } else { second[place - first.len()] };
        place += 1;
    }
    all
}

/// A choice's name as it is compared: without case, spaces, hyphens and underscores ("Aux 1" is `aux1`).
fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase())
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}

/// What travels through a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortKind {
    /// Stereo sound.
    Audio,
    /// Pictures.
    Video,
    /// Control values.
    Parameter,
    /// Triggers and gates.
    Event,
}

impl PortKind {
    /// Every kind, in the order in which an untyped `connect` tries them.
    pub const ALL: [Self; 4] = [Self::Audio, Self::Video, Self::Event, Self::Parameter];

    /// The word scripts use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Parameter => "parameter",
            Self::Event => "event",
        }
    }
}

/// A place where a cable ends or begins. A cable that names no port takes the first one of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name in scripts, unique among the inputs, or the outputs, of its module.
    pub name: &'static str,
    /// What travels through it.
    pub kind: PortKind,
}

impl Port {
    /// A port by the name of its kind.
    #[must_use]
    pub const fn of(kind: PortKind) -> Self {
        Self { name: kind.word(), kind }
    }

    /// A port with a name of its own.
    #[must_use]
    pub const fn named(name: &'static str, kind: PortKind) -> Self {
        Self { name, kind }
    }
}

/// What a module is to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A part between others.
    Part,
    /// Plays patterns: the scheduler asks them in its place.
    Sequencer,
    /// What it is sent leaves the plugin: sound to a bus of the host's, pictures to the output window.
    Master(PortKind),
}

/// What an instance holds beside its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    None,
    /// Samples.
    Samples,
    /// A shader: a source's, or an effect's.
    Shader,
    /// A tape of what it hears, for whoever draws it.
    Tape,
    /// What [`ModuleType::renew`] makes whenever the instance's type changes.
    Renewed,
}

/// Types among which a parameter chooses: an instance's parameters and ports follow from it.
#[derive(Clone, Copy, Debug)]
pub struct Variants {
    /// The parameter, a choice, which every one of the types has.
    pub param: &'static str,
    /// A type for each of the choice's names.
    pub types: &'static [&'static ModuleType],
}

impl Variants {
    /// The type of an instance.
    #[must_use]
    pub fn of(&self, module: &Module) -> Option<&'static ModuleType> {
        let first = self.types.first()?;
        let chosen = module.params.get(self.param).and_then(|value| first.param(self.param)?.spec.number_of(value));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
        let place = chosen.map_or(0, |number| number.max(0.0) as usize);
        Some(self.types.get(place).copied().unwrap_or(first))
    }

    /// The names of the choices whose types have this parameter.
    #[must_use]
    pub fn with_param(&self, param: &str) -> Vec<&'static str> {
        let names = match self.types.first().and_then(|first| first.param(self.param)).map(|found| found.spec.kind) {
            Some(ParamKind::Choice(names)) => names,
            _ => &[],
        };
        names.iter().zip(self.types).filter(|(_, kind)| kind.param(param).is_some()).map(|(name, _)| *name).collect()
    }
}

/// Where an instance's picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// It has none.
    None,
    /// Its voices show their media.
    Voices,
    /// It puts its video inputs over each other.
    Layers,
    /// It draws the wave of what it hears.
    Wave,
    /// It draws the spectrum of what it hears.
    Spectrum,
    /// A shader makes it.
    Shader,
    /// A shader makes it from its video inputs.
    Effect,
}

/// A module type: everything that is known of it without an instance.
#[derive(Debug)]
pub struct ModuleType {
    /// Type name in scripts, also the stem of default names (`sampler1`).
    pub name: &'static str,
    /// Other names it answers to, such as the original's class name.
    pub aliases: &'static [&'static str],
    /// One sentence for help and the generated reference.
    pub doc: &'static str,
    /// What it is to the graph.
    pub role: Role,
    /// What instances hold beside their parameters.
    pub content: Content,
    /// Where an instance's picture comes from.
    pub picture: Picture,
    /// Where cables end.
    pub inputs: &'static [Port],
    /// Where cables begin.
    pub outputs: &'static [Port],
    /// Its parameters.
    pub params: &'static [ParamSpec],
    /// What parameters are in sessions that were saved before they existed, where that is not their default.
    pub formerly: &'static [(&'static str, f64)],
    /// Parameters that exist once for each input connection; scripts write `connectionVolume_0`, `connectionVolume_1`, ….
    pub per_input: &'static [ParamSpec],
    /// Numbers it makes, which links take like parameters (`lfo1.value`): name, range and unit of each.
    pub made: &'static [ParamSpec],
    /// Words that triggers may name to it, besides those of its samples.
    pub words: &'static [&'static str],
    /// Whether its sound comes [`MAX_FRAMES`](crate::signal::MAX_FRAMES) frames late, so that cables may lead back through it.
    pub delays: bool,
    /// The types that instances have in its place, where their parameters follow from one of them.
    pub variants: Option<Variants>,
    /// Makes what the processor of an instance takes over ([`Node::exchange`]) once the instance's type is this one and was another;
    /// called on the Controller's side.
    pub renew: fn(&BuildContext<'_>) -> Option<Box<dyn std::any::Any + Send>>,
    /// Makes an instance's processor; called on the Controller's side, where allocating is fine. `None` for modules without one.
    pub build: fn(&BuildContext<'_>) -> Option<Box<dyn Node>>,
}

/// The number that every module with a sound of its own makes: how loud it is. The graph follows it, and only where a link does.
pub const LEVEL: ParamSpec =
    ParamSpec::float("level", 0.0, 1.0, 0.0, "", "How loud its sound is, 1 at full scale; it rises within 5 ms and falls within 100.");

/// What types are made from; each names only what differs.
pub const PLAIN: ModuleType = ModuleType {
    name: "",
    aliases: &[],
    doc: "",
    role: Role::Part,
    content: Content::None,
    picture: Picture::None,
    inputs: &[],
    outputs: &[],
    params: &[],
    formerly: &[],
    per_input: &[],
    made: &[],
    words: &[],
    delays: false,
    variants: None,
    renew: |_| None,
    build: |_| None,
};

/// What a processor is built from.
#[derive(Debug)]
pub struct BuildContext<'a> {
    /// The module as the project has it.
    pub module: &'a Module,
    /// Frames a second.
    pub sample_rate: f64,
    /// Ids of the control names events carry.
    pub controls: &'a Controls,
    /// Names the module for the life of its instance.
    pub id: u32,
}

/// A parameter of an instance: where its number lies and what it takes.
#[derive(Clone, Copy, Debug)]
pub struct ParamRef {
    /// Place in the instance's flat list: `params` first, then `per_input` once for each input.
    pub index: usize,
    /// What it takes.
    pub spec: &'static ParamSpec,
    /// The input connection it belongs to, for `per_input` parameters.
    pub input: Option<usize>,
}

pub use crate::signal::MAX_INPUTS;

impl ModuleType {
    /// Finds a parameter by its name or an alias, case-sensitively; `volume_2` style names reach `per_input`, also as `volume[2]`.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<ParamRef> {
        let plain =
            |specs: &'static [ParamSpec], wanted: &str| specs.iter().position(|spec| spec.name == wanted || spec.aliases.contains(&wanted));
        if let Some(index) = plain(self.params, name) {
            return Some(ParamRef { index, spec: &self.params[index], input: None });
        }
        let (stem, number) = match name.strip_suffix(']') {
            Some(open) => open.rsplit_once('[')?,
            None => name.rsplit_once('_')?,
        };
        let input: usize = number.parse().ok().filter(|input| *input < MAX_INPUTS)?;
        let place = plain(self.per_input, stem)?;
        Some(ParamRef { index: self.params.len() + input * self.per_input.len() + place, spec: &self.per_input[place], input: Some(input) })
    }

    /// The canonical name of a parameter.
    #[must_use]
    pub fn canonical(&self, param: ParamRef) -> Name {
        match param.input {
            None => Name::new(param.spec.name),
            Some(input) => Name::new(&format!("{}_{input}", param.spec.name)),
        }
    }

    /// Whether it receives this kind of signal.
    #[must_use]
    pub fn takes(&self, kind: PortKind) -> bool {
        self.inputs.iter().any(|port| port.kind == kind)
    }

    /// Whether it sends this kind of signal.
    #[must_use]
    pub fn sends(&self, kind: PortKind) -> bool {
        self.outputs.iter().any(|port| port.kind == kind)
    }

    /// Whether it draws what it hears.
    #[must_use]
    pub const fn is_scope(&self) -> bool {
        matches!(self.picture, Picture::Wave | Picture::Spectrum)
    }

    /// Whether instances hold samples.
    #[must_use]
    pub const fn has_samples(&self) -> bool {
        matches!(self.content, Content::Samples)
    }

    /// Whether an instance's type follows from its shader.
    #[must_use]
    pub const fn takes_shader(&self) -> bool {
        matches!(self.content, Content::Shader)
    }

    /// The place of a port's name among the ports of its kind.
    #[must_use]
    pub fn port(ports: &[Port], kind: PortKind, name: &str) -> Option<usize> {
        ports.iter().filter(|port| port.kind == kind).position(|port| port.name == name)
    }

    /// The place and range of a number it makes.
    #[must_use]
    pub fn number(&'static self, name: &str) -> Option<(usize, &'static ParamSpec)> {
        self.made.iter().enumerate().find(|(_, spec)| spec.is_called(name))
    }

    /// The place of [`LEVEL`] among the numbers it makes.
    #[must_use]
    pub fn level(&self) -> Option<usize> {
        self.made.iter().position(|spec| spec.name == LEVEL.name).filter(|_| self.sends(PortKind::Audio))
    }

    /// A number that differs between any two types, those of different shaders included.
    #[must_use]
    pub fn mark(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Every plain parameter's name, for completion and "did you mean".
    pub fn param_names(&self) -> impl Iterator<Item = &'static str> {
        self.params.iter().map(|spec| spec.name)
    }
}

/// Every parameter that a trigger can set: those of modules that hear triggers, and of the built-in shaders. Each name once,
/// as the first that bears it.
pub fn event_params() -> impl Iterator<Item = &'static ParamSpec> {
    static ALL: LazyLock<Vec<&'static ParamSpec>> = LazyLock::new(|| {
        // An envelope takes from a trigger what it shares with voices.
        let sets = |kind: &&&ModuleType| kind.takes(PortKind::Event) && kind.content != Content::Renewed;
        let hearing = MODULES.iter().filter(sets).flat_map(|kind| kind.params);
        let shaders = crate::shader::builtin::all().iter().flat_map(|known| known.interface.typed(&shader::SOURCE).params);
        let mut all: Vec<&'static ParamSpec> = Vec::new();
        for spec in hearing.chain(shaders).filter(|spec| !matches!(spec.kind, ParamKind::Text(_))) {
            if !all.iter().any(|known| known.name == spec.name || known.aliases.contains(&spec.name)) {
                all.push(spec);
            }
        }
        all
    });
    ALL.iter().copied()
}

/// Every module type there is.
pub static MODULES: &[&ModuleType] = &[
    &sampler::TYPE,
    &synth::TYPE,
    &sequencer::TYPE,
    &mixer::MIXER,
    &audio_out::TYPE,
    &audio_in::TYPE,
    &video::MIXER,
    &video::OUT,
    &oscilloscope::TYPE,
    &spectrogram::TYPE,
    &midi_in::TYPE,
    &midi_out::TYPE,
    &lfo::TYPE,
    &envelope::TYPE,
    &follower::TYPE,
    &feedback::TYPE,
    &audio_fx::TYPE,
    &shader::SOURCE,
    &shader::FX,
];

/// Finds a module type by its name or an alias, ignoring case.
#[must_use]
pub fn module_type(name: &str) -> Option<&'static ModuleType> {
    MODULES.iter().copied().find(|t| t.name.eq_ignore_ascii_case(name) || t.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
}
