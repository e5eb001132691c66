//! Values that commands carry and a session keeps.

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// Whose time the session follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockSource {
    /// The host's transport where there is one.
    Host,
    /// The session's own tempo and transport.
    Internal,
}

/// The way a link maps its source's range onto its target's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Curve {
    /// Straight.
    #[default]
    Linear,
    /// Slow start: the square.
    Square,
    /// Fast start: the square root.
    Root,
}

/// A parameter that follows another: `target = clamp(curve(source) · scale + offset, min, max)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Source module and parameter.
    pub source: (Name, Name),
    /// Target module and parameter; at most one link reaches a parameter.
    pub target: (Name, Name),
    /// Factor.
    pub scale: f64,
    /// Added after scaling.
    pub offset: f64,
    /// Lower bound; the target's own where absent.
    pub min: Option<f64>,
    /// Upper bound; the target's own where absent.
    pub max: Option<f64>,
    /// Shape over the source's range.
    pub curve: Curve,
}

/// A host macro: its name and the parameters it drives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Macro {
    /// Shown to the player.
    pub name: Name,
    /// What it drives.
    pub targets: Vec<MacroTarget>,
}

/// One parameter a macro drives: 0 gives `min`, 1 gives `max`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MacroTarget {
    /// Module name.
    pub module: Name,
    /// Canonical parameter name.
    pub param: Name,
    /// Value at 0.
    pub min: f64,
    /// Value at 1.
    pub max: f64,
}
