//! Chains: patterns one after another, chosen by the song position alone.

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// One entry of a chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainEntry {
    /// The pattern that plays.
    pub pattern: Name,
    /// How often it plays before the next entry, 1–99.
    pub repeats: u32,
    /// Keeps its time but sends nothing.
    pub muted: bool,
}

/// A list of patterns that wraps around.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// The entries in playing order.
    pub entries: Vec<ChainEntry>,
    /// Off: sequencers bound to it are silent.
    pub enabled: bool,
}

/// Most entries a chain holds.
pub const MAX_ENTRIES: usize = 1024;
/// Most repeats an entry takes.
pub const MAX_REPEATS: u32 = 99;
