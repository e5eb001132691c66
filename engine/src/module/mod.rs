//! Modules: one file each, holding its parameters, its description and its processor.
//!
//! A new module is one new file and one line in [`MODULES`].

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{
    name::Name,
    signal::{Controls, Node, SENDS},
};

pub mod audio_fx;
pub mod audio_in;
pub mod audio_out;
pub mod envelope;
pub mod feedback;
pub mod follower;
mod instance;
pub mod lfo;
pub mod listener;
pub mod midi_in;
pub mod midi_out;
pub mod mixer;
pub mod orbit;
pub mod oscilloscope;
pub mod picture;
mod role;
pub mod sampler;
pub mod samples;
pub mod sequencer;
pub mod shader;
pub mod spectrogram;
pub mod synth;
pub mod video;

pub use instance::{Module, Sample};
pub use role::{Quantize, Role, Sequencing};

pub use crate::param::{ParamKind, ParamSpec, Reader, Value, joined};

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
    /// Stereo buses that go through it together: one, or [`SENDS`] where voices choose the receiver.
    pub buses: usize,
}

impl Port {
    /// A port by the name of its kind.
    #[must_use]
    pub const fn of(kind: PortKind) -> Self {
        Self { name: kind.word(), kind, buses: 1 }
    }

    /// A port with a name of its own.
    #[must_use]
    pub const fn named(name: &'static str, kind: PortKind) -> Self {
        Self { name, kind, buses: 1 }
    }

    /// What a module's voices send, or what a module that they choose by its number receives.
    #[must_use]
    pub const fn sends() -> Self {
        Self { name: "sends", kind: PortKind::Audio, buses: SENDS }
    }
}

/// What an instance holds beside its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    None,
    /// Samples.
    Samples,
    /// Wavetables, which an instance lists as another does its samples.
    Tables,
    /// A shader: a source's, or an effect's.
    Shader,
    /// A tape of what it hears, for whoever draws it.
    Tape,
    /// What [`ModuleType::renew`] makes whenever the instance's type, or one of its text parameters, changes.
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
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index into a short list")]
        let index = chosen.map_or(0, |number| number.max(0.0) as usize);
        Some(self.types.get(index).copied().unwrap_or(first))
    }

    /// The names of the choices whose types have this parameter.
    #[must_use]
    pub fn with_param(&self, param: &str) -> Vec<&'static str> {
        let names = self.types.first().and_then(|first| first.param(self.param)).map_or(&[][..], |found| found.spec.choices());
        names.iter().zip(self.types).filter(|(_, kind)| kind.param(param).is_some()).map(|(name, _)| *name).collect()
    }
}

/// Which triggers an instance is sent by sequencers that find their instruments themselves (`auto`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plays {
    /// None: it hears what cables bring.
    Cabled,
    /// Those whose word it knows; it is an instrument.
    Words,
    /// Those whose word it knows, and those that name nothing; it is an instrument.
    Tones,
    /// All of them, whichever instrument they sound in.
    All,
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
///
/// # Examples
/// A whole module. In a file of its own here it would be `pub static TYPE`, with a line in [`MODULES`]; nothing else has to know of it:
///
/// ```
/// use videotracker_engine::{
///     module::{ModuleType, PLAIN, ParamSpec, Port, PortKind},
///     signal::{Followed, Io, MAX_FRAMES, Node, Stereo, solo::Solo},
/// };
///
/// /// Turns sound down, and says by how much. Its parameters are on their way from point to point of the grid, whoever moves them.
/// struct Quieter(Followed);
///
/// impl Node for Quieter {
///     fn process(&mut self, io: &mut Io<'_>) {
///         io.silence();
///         self.0.pieces(io, |io, piece, ways| {
///             // Nobody asks for the number unless a link takes it.
///             if let (Some(point), Some(made)) = (piece.point, io.made.first_mut()) {
///                 made.points[point] = io.params[0];
///             }
///             for heard in io.inputs(0) {
///                 for frame in piece.frames.clone() {
///                     let gain = ways[0].map(|gain| gain as f32).at(piece.share(frame) as f32);
///                     io.outputs[0].left[frame] += gain * heard.left[frame];
///                     io.outputs[0].right[frame] += gain * heard.right[frame];
///                 }
///                 if !heard.is_silent() {
///                     io.outputs[0].set_silent(false);
///                 }
///             }
///         });
///     }
///
///     fn reset(&mut self) {
///         self.0.reset();
///     }
/// }
///
/// static QUIETER: ModuleType = ModuleType {
///     name: "quieter",
///     doc: "Turns its inputs down.",
///     inputs: &[Port::of(PortKind::Audio)],
///     outputs: &[Port::of(PortKind::Audio)],
///     params: &[ParamSpec::float("gain", 0.0, 1.0, 0.5, "", "Factor.")],
///     made: &[ParamSpec::float("value", 0.0, 1.0, 0.5, "", "The factor in force.")],
///     build: |_| Some(Box::new(Quieter(Followed::new(1)))),
///     ..PLAIN
/// };
///
/// // Scripts, completion and links find what is in the description.
/// assert_eq!(QUIETER.param("gain").map(|found| found.index), Some(0));
/// assert!(QUIETER.takes(PortKind::Audio) && QUIETER.number("value").is_some());
///
/// // One block of it by itself, as tests run processors.
/// let (mut solo, mut node) = (Solo::new(48_000.0), Quieter(Followed::new(1)));
/// let input = Stereo::holding([0.5; MAX_FRAMES], [-0.5; MAX_FRAMES]);
/// let output = solo.block(&mut node, 0, 64, &[0.25], &[], &[&input]);
/// assert_eq!((output.left[63], output.right[63], output.left[64]), (0.125, -0.125, 0.0));
/// ```
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
    /// Which triggers find it without a cable.
    pub plays: Plays,
    /// Whether a trigger that names one of its parameters sets it while its voice sounds.
    pub set_by_triggers: bool,
    /// Whether its sound comes [`MAX_FRAMES`](crate::signal::MAX_FRAMES) frames late, so that cables may lead back through it.
    pub delays: bool,
    /// The types that instances have in its place, where their parameters follow from one of them.
    pub variants: Option<Variants>,
    /// Makes what the processor of an instance takes over ([`Node::exchange`]) once the instance's type is this one and was another, or one of
    /// its text parameters changed; called on the Controller's side.
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
    plays: Plays::Cabled,
    set_by_triggers: true,
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
    /// Index in the instance's flat list: `params` first, then `per_input` once for each input.
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
        let own = plain(self.per_input, stem)?;
        Some(ParamRef { index: self.params.len() + input * self.per_input.len() + own, spec: &self.per_input[own], input: Some(input) })
    }

    /// The canonical name of a parameter.
    #[must_use]
    pub fn canonical(&self, param: ParamRef) -> Name {
        match param.input {
            None => Name::new(param.spec.name),
            Some(input) => Name::new(&format!("{}_{input}", param.spec.name)),
        }
    }

    /// Audio outputs of its own, without its bank.
    #[must_use]
    pub fn own_outputs(&self) -> usize {
        self.outputs.iter().filter(|port| port.kind == PortKind::Audio && port.buses == 1).count()
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

    /// Whether it plays triggers that find it by their word.
    #[must_use]
    pub const fn is_instrument(&self) -> bool {
        matches!(self.plays, Plays::Words | Plays::Tones)
    }

    /// What the scheduler plays it by, where it is a sequencer.
    #[must_use]
    pub const fn sequencing(&self) -> Option<Sequencing> {
        match self.role {
            Role::Sequencer(sequencing) => Some(sequencing),
            Role::Part | Role::Master(_) => None,
        }
    }

    /// Whether it plays patterns.
    #[must_use]
    pub const fn is_sequencer(&self) -> bool {
        self.sequencing().is_some()
    }

    /// Whether instances hold samples.
    #[must_use]
    pub const fn has_samples(&self) -> bool {
        matches!(self.content, Content::Samples)
    }

    /// Whether instances hold wavetables.
    #[must_use]
    pub const fn has_tables(&self) -> bool {
        matches!(self.content, Content::Tables)
    }

    /// What scripts call the media that instances list.
    #[must_use]
    pub const fn lists(&self) -> Option<&'static str> {
        match self.content {
            Content::Samples => Some("samples"),
            Content::Tables => Some("tables"),
            Content::None | Content::Shader | Content::Tape | Content::Renewed => None,
        }
    }

    /// Whether an instance's type follows from its shader.
    #[must_use]
    pub const fn takes_shader(&self) -> bool {
        matches!(self.content, Content::Shader)
    }

    /// The index of a port's name among the ports of its kind.
    #[must_use]
    pub fn port(ports: &[Port], kind: PortKind, name: &str) -> Option<usize> {
        ports.iter().filter(|port| port.kind == kind).position(|port| port.name == name)
    }

    /// The index and range of a number it makes.
    #[must_use]
    pub fn number(&'static self, name: &str) -> Option<(usize, &'static ParamSpec)> {
        self.made.iter().enumerate().find(|(_, spec)| spec.is_called(name))
    }

    /// The index of [`LEVEL`] among the numbers it makes.
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
pub fn event_params() -> impl Iterator<Item = &'static ParamSpec> + Clone {
    static ALL: LazyLock<Vec<&'static ParamSpec>> = LazyLock::new(|| {
        let sets = |kind: &&&ModuleType| kind.takes(PortKind::Event) && kind.set_by_triggers;
        let hearing = MODULES.iter().filter(sets).flat_map(|kind| kind.params);
        let shaders = crate::shader::builtin::all().iter().flat_map(|known| shader::typed(known.interface, &shader::SOURCE).params);
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

/// Ids of every control that modules hear: the well-known ones, and those of [`event_params`].
#[must_use]
pub fn known_controls() -> Controls {
    static ALL: LazyLock<Controls> = LazyLock::new(|| {
        let mut controls = Controls::new();
        event_params().for_each(|spec| _ = controls.intern(spec.name));
        controls
    });
    ALL.clone()
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
    &orbit::TYPE,
    &audio_fx::TYPE,
    &shader::SOURCE,
    &shader::FX,
];

/// What plays a pattern where a script names no module for it.
pub static PLAYER: &ModuleType = &sequencer::TYPE;

/// The first of the module types that something is true of.
#[must_use]
pub fn type_that(is: impl Fn(&ModuleType) -> bool) -> Option<&'static ModuleType> {
    MODULES.iter().copied().find(|kind| is(kind))
}

/// Finds a module type by its name or an alias, ignoring case.
#[must_use]
pub fn module_type(name: &str) -> Option<&'static ModuleType> {
    MODULES.iter().copied().find(|t| t.name.eq_ignore_ascii_case(name) || t.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
}
