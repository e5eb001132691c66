//! Commands: the one way in. Ids and values only.

mod values;

use serde::{Deserialize, Serialize};

use crate::{
    module::{PortKind, Sample, Value, shader::SHADER},
    name::Name,
    pattern::{Chain, Pattern, Source, Step},
    shader::{Interface, is_file},
    text::counted,
};

pub use values::{ClockSource, Curve, Link, Macro, MacroTarget};

/// Start, stop, pause, rewind or silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportAction {
    /// Plays on from where it stands.
    Start,
    /// Stops and rewinds the internal clock.
    Stop,
    /// Stops; the next start resumes.
    Pause,
    /// Rewinds the internal clock to beat 0.
    Reset,
    /// Silences everything that sounds, and every key that is down at the host; the song goes on.
    Panic,
}

/// What a pattern's transport does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatternAction {
    /// Unmutes it.
    Play,
    /// Mutes it.
    Pause,
    /// Mutes it and lets it count from the song's start again.
    Stop,
    /// Lets it count from this beat.
    Reset(f64),
}

/// One change of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "camelCase")]
pub enum Command {
    /// Sets one parameter of one module.
    SetParameter {
        /// Module name.
        module: Name,
        /// Parameter name or alias.
        param: Name,
        /// New value.
        value: Value,
    },
    /// Sets the internal tempo.
    SetBpm {
        /// Quarter notes a minute, 20–480.
        bpm: f64,
    },
    /// Chooses whose time counts.
    SetClockSource {
        /// Host or internal.
        source: ClockSource,
    },
    /// Sets how many quarter notes make a cycle.
    SetCycle {
        /// Quarter notes, more than 0.
        beats: f64,
    },
    /// Sets how many quarter notes make a bar of the internal clock.
    SetBar {
        /// Quarter notes, more than 0.
        beats: f64,
    },
    /// Turns default routing on or off.
    SetAutoRoute {
        /// On or off.
        on: bool,
    },
    /// Starts, stops, pauses or rewinds. Not undoable.
    SetTransport {
        /// What to do.
        action: TransportAction,
    },
    /// Adds a module; with default routing on, also its default cables.
    AddModule {
        /// Type name.
        kind: Name,
        /// Instance name; the type's name and a number where absent.
        name: Option<Name>,
    },
    /// Removes a module with its cables, links and binding.
    RemoveModule {
        /// Module name.
        module: Name,
    },
    /// Puts a module before all others, as if it had been made first, so that words find the others before it.
    PutFirst {
        /// Module name.
        module: Name,
    },
    /// Renames a module everywhere.
    RenameModule {
        /// Old name.
        module: Name,
        /// New name.
        to: Name,
    },
    /// Turns a module on or off.
    SetEnabled {
        /// Module name.
        module: Name,
        /// On or off.
        on: bool,
    },
    /// Gives a sampler its samples.
    SetSamples {
        /// Module name.
        module: Name,
        /// All its samples, in index order.
        samples: Vec<Sample>,
    },
    /// Gives a module with a shader another one. Parameters, links and macros that the new one does not have are dropped.
    SetShader {
        /// Module name.
        module: Name,
        /// A built-in's name or a file's; empty for none.
        shader: Name,
        /// The file's parameters; absent for built-ins.
        interface: Option<Interface>,
    },
    /// Lays a cable; without a kind, of the first kind both ends have.
    Connect {
        /// Sender.
        from: Name,
        /// Receiver.
        to: Name,
        /// Kind of signal.
        kind: Option<PortKind>,
        /// Laid as default routing does it (only the generator asks for that).
        auto: bool,
    },
    /// Removes cables; without a kind, all between the two; without a receiver, all that leave.
    Disconnect {
        /// Sender, or anybody.
        from: Option<Name>,
        /// Receiver, or anybody.
        to: Option<Name>,
        /// Kind of signal.
        kind: Option<PortKind>,
    },
    /// Makes a parameter follow another.
    LinkParameter {
        /// The link; replaces the one that reached its target before.
        link: Link,
    },
    /// Frees a parameter.
    UnlinkParameter {
        /// Target module.
        module: Name,
        /// Target parameter.
        param: Name,
    },
    /// Adds or replaces a pattern.
    SetPattern {
        /// Pattern name.
        name: Name,
        /// What it holds.
        pattern: Pattern,
    },
    /// Replaces one step of a tracker pattern.
    SetStep {
        /// Pattern name.
        name: Name,
        /// Step, counted from 0.
        step: usize,
        /// What it holds.
        value: Step,
    },
    /// Mutes, unmutes or rewinds a pattern.
    SetPatternState {
        /// Pattern name.
        name: Name,
        /// What to do.
        action: PatternAction,
    },
    /// Removes a pattern that no chain and no sequencer names.
    RemovePattern {
        /// Pattern name.
        name: Name,
    },
    /// Adds or replaces a chain.
    SetChain {
        /// Chain name.
        name: Name,
        /// What it holds.
        chain: Chain,
    },
    /// Removes a chain that no sequencer plays.
    RemoveChain {
        /// Chain name.
        name: Name,
    },
    /// Gives a sequencer something to play.
    Bind {
        /// Sequencer name.
        sequencer: Name,
        /// Pattern or chain.
        source: Source,
    },
    /// Leaves a sequencer with nothing to play.
    Unbind {
        /// Sequencer name.
        sequencer: Name,
    },
    /// Names a macro and says what it drives.
    SetMacro {
        /// Macro number, counted from 0, below 64.
        index: u32,
        /// Name and targets; `None` forgets the macro.
        value: Option<Macro>,
    },
    /// Lists media.
    AddAsset {
        /// Path as written.
        path: Name,
    },
    /// Says which content is expected of an asset.
    ExpectAsset {
        /// Path as written.
        path: Name,
        /// BLAKE3 of the file in hex, where it is known.
        hash: Option<Name>,
        /// Size in bytes, where it is known.
        size: Option<u64>,
    },
    /// Lets an asset, and all that play it, name another place; with `to` as before, whatever lies there is taken.
    RelinkAsset {
        /// Path as written.
        path: Name,
        /// Path to write instead.
        to: Name,
        /// Whether it is known to be the same content.
        same: bool,
    },
    /// Forgets media that no sampler uses.
    RemoveAsset {
        /// Path as written.
        path: Name,
    },
    /// Removes everything: the session becomes empty, tempo and clock source stay.
    Clear,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the session.
    Changed,
    /// The session already was so.
    Unchanged,
    /// A module was added under this name.
    Added(Name),
}

/// Why a command was refused. Its text names the thing, the reason and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CommandError(pub String);

/// Builds a [`CommandError`] from a format.
macro_rules! refuse {
    ($($arg:tt)*) => {
        return Err($crate::command::CommandError(format!($($arg)*)))
    };
}
pub(crate) use refuse;

impl Command {
    /// Says in a few words what the command does, for the undo history and the console.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::SetParameter { module, param, value } => format!("set {module}.{param} to {value}"),
            Self::SetBpm { bpm } => format!("set the tempo to {bpm} bpm"),
            Self::SetClockSource { source } => format!("follow the {source:?} clock").to_lowercase(),
            Self::SetCycle { beats } => format!("make a cycle {beats} beats long"),
            Self::SetBar { beats } => format!("make a bar {beats} beats long"),
            Self::SetAutoRoute { on } => format!("turn default routing {}", if *on { "on" } else { "off" }),
            Self::SetTransport { action } => format!("{action:?} the transport").to_lowercase(),
            Self::AddModule { kind, name } => match name {
                Some(name) => format!("add {kind} {name}"),
                None => format!("add a {kind}"),
            },
            Self::RemoveModule { module } => format!("remove {module}"),
            Self::PutFirst { module } => format!("let words find {module} last"),
            Self::RenameModule { module, to } => format!("rename {module} to {to}"),
            Self::SetEnabled { module, on } => format!("turn {module} {}", if *on { "on" } else { "off" }),
            Self::SetSamples { module, samples } => format!("give {module} {}", counted(samples.len(), "sample")),
            Self::SetShader { module, shader, .. } => format!("give {module} the shader {shader}"),
            Self::Connect { from, to, .. } => format!("connect {from} to {to}"),
            Self::Disconnect { from, to, .. } => {
                let end = |name: &Option<Name>| name.as_ref().map_or_else(|| "anything".to_owned(), ToString::to_string);
                format!("disconnect {} from {}", end(from), end(to))
            }
            Self::LinkParameter { link } => {
                format!("link {}.{} to {}.{}", link.source.0, link.source.1, link.target.0, link.target.1)
            }
            Self::UnlinkParameter { module, param } => format!("unlink {module}.{param}"),
            Self::SetPattern { name, .. } => format!("write pattern {name}"),
            Self::SetStep { name, step, .. } => format!("write step {step} of pattern {name}"),
            Self::SetPatternState { name, action } => match action {
                PatternAction::Play => format!("play pattern {name}"),
                PatternAction::Pause => format!("pause pattern {name}"),
                PatternAction::Stop => format!("stop pattern {name}"),
                PatternAction::Reset(beat) => format!("let pattern {name} count from beat {beat}"),
            },
            Self::RemovePattern { name } => format!("remove pattern {name}"),
            Self::SetChain { name, .. } => format!("write chain {name}"),
            Self::RemoveChain { name } => format!("remove chain {name}"),
            Self::Bind { sequencer, source } => format!("let {sequencer} play {}", source.name()),
            Self::Unbind { sequencer } => format!("let {sequencer} play nothing"),
            Self::SetMacro { index, value: Some(value) } => format!("name macro {} \"{}\"", u64::from(*index) + 1, value.name),
            Self::SetMacro { index, value: None } => format!("forget macro {}", u64::from(*index) + 1),
            Self::AddAsset { path } => format!("add {path}"),
            Self::ExpectAsset { path, .. } => format!("say which content {path} has"),
            Self::RelinkAsset { path, to, .. } => format!("relink {path} to {to}"),
            Self::RemoveAsset { path } => format!("forget {path}"),
            Self::Clear => "clear the session".to_owned(),
        }
    }

    /// The media it names, as they are written.
    pub fn media(&self) -> impl Iterator<Item = &Name> {
        let (one, samples): (Option<&Name>, &[Sample]) = match self {
            Self::AddAsset { path } => (Some(path), &[]),
            Self::RelinkAsset { to, .. } => (Some(to), &[]),
            Self::SetShader { shader, .. } => (Some(shader).filter(|shader| is_file(shader)), &[]),
            Self::SetParameter { param, value: Value::Text(shader), .. } if &**param == SHADER => {
                (Some(shader).filter(|shader| is_file(shader)), &[])
            }
            Self::SetSamples { samples, .. } => (None, samples),
            _ => (None, &[]),
        };
        one.into_iter().chain(samples.iter().map(|sample| &sample.asset))
    }

    /// Says whether undo can take it back; transport is no edit.
    #[must_use]
    pub const fn is_edit(&self) -> bool {
        !matches!(self, Self::SetTransport { .. })
    }
}
