//! Modules of a session, as plain values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ModuleType, Value, module_type, sequencer, shader};
use crate::{
    name::Name,
    shader::{Interface, is_file},
    signal::BUS_NAMES,
};

/// A sample of a sampler: which media it plays, with values that override the module's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Key into [`Project::assets`](crate::project::Project::assets).
    pub asset: Name,
    /// Parameters that differ from the module's, by canonical name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Name, Value>,
}

/// A module instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// Its type's name, always one of [`super::MODULES`].
    #[serde(rename = "type")]
    pub kind: Name,
    /// Parameters that were set, by canonical name; absent ones are at their default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<Name, Value>,
    /// Its samples, where its type has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// The parameters of its shader, where that is a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Interface>,
}

impl Module {
    /// Its type. For a module with a shader or with variants this depends on which one it is.
    ///
    /// # Panics
    /// Never for a module that came through a command or [`Project::rebuilt`](crate::project::Project::rebuilt): both refuse unknown types.
    #[must_use]
    pub fn module_type(&self) -> &'static ModuleType {
        let base = self.base_type();
        if base.takes_shader() { shader::type_of(self, base) } else { base.variants.and_then(|variants| variants.of(self)).unwrap_or(base) }
    }

    /// The type that bears the name of its kind, whichever variant it is.
    #[must_use]
    pub fn base_type(&self) -> &'static ModuleType {
        module_type(&self.kind).unwrap_or(&sequencer::TYPE)
    }

    /// Whether it is a sequencer whose triggers find their instruments.
    #[must_use]
    pub fn is_auto(&self) -> bool {
        let kind = self.module_type();
        kind.sequencing().is_some_and(|sequencing| self.params.get(kind.params[sequencing.auto].name) == Some(&Value::Bool(true)))
    }

    /// The parameter on which its other parameters depend, where there is one besides a shader.
    #[must_use]
    pub fn deciding(&self) -> Option<&'static str> {
        self.base_type().variants.map(|variants| variants.param)
    }

    /// The host's bus that it sends to, where it is an output: 0 is the main one.
    #[must_use]
    pub fn bus(&self) -> usize {
        match self.params.get("bus") {
            Some(Value::Text(bus)) => BUS_NAMES.iter().position(|known| *known == &**bus).unwrap_or(0),
            _ => 0,
        }
    }

    /// The number by which voices choose it, where their sends lead to it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in a small range")]
    pub fn number(&self) -> u32 {
        match self.param("number") {
            Some(Value::Number(number)) => number as u32,
            _ => 0,
        }
    }

    /// A parameter's value, set or default; `None` for a name the type does not know.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Value> {
        let found = self.module_type().param(name)?;
        let canonical = self.module_type().canonical(found);
        Some(self.params.get(&canonical).cloned().unwrap_or_else(|| found.spec.default_value()))
    }

    /// The shader file it draws with, where it does.
    #[must_use]
    pub fn shader_file(&self) -> Option<&Name> {
        match self.params.get(shader::SHADER) {
            Some(Value::Text(name)) if is_file(name) => Some(name),
            _ => None,
        }
    }
}
