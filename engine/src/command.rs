//! Commands: the one way in. Ids and values only.

use serde::{Deserialize, Serialize};

use crate::{
    module::{PortKind, Value},
    name::Name,
    pattern::{Chain, Pattern, Step},
    project::{ClockSource, Link, Macro, Sample, Source},
};

/// Start, stop, pause or rewind.
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
    /// Lays a cable; without a kind, of the first kind both ends have.
    Connect {
        /// Sender.
        from: Name,
        /// Receiver.
        to: Name,
        /// Kind of signal.
        kind: Option<PortKind>,
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
