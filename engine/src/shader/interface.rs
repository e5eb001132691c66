//! What parameters a shader has.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    name::Name,
    param::{ParamKind, ParamSpec},
};

/// Most parameters of one shader: with the module's own they fit into a view.
pub const MAX_PARAMS: usize = 120;
/// Most different interfaces in one process. Each is kept for good, because module types are.
pub const MAX_INTERFACES: usize = 4096;
/// Longest description or choice, in bytes: what is kept for good is small.
const MAX_WORDS: usize = 1024;
/// Names that belong to the modules themselves.
const RESERVED: &[&str] = &["enabled", "shader", "opacity", "mix"];

/// What a shader's parameter takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamShape {
    /// Any number in the range.
    Float,
    /// A whole number in the range.
    Integer,
    /// On or off.
    Toggle,
    /// One of these names.
    Choice(Vec<String>),
}

/// One parameter of a shader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Its name in scripts, columns and links.
    pub name: String,
    /// What it takes.
    pub shape: ParamShape,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Value before anybody sets it.
    pub default: f64,
    /// One sentence for help.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
}

impl Param {
    /// A number between `min` and `max`.
    #[must_use]
    pub fn float(name: &str, min: f64, max: f64, default: f64, doc: &str) -> Self {
        Self { name: name.to_owned(), shape: ParamShape::Float, min, max, default, doc: doc.to_owned() }
    }

    /// Whether a module keeps this name for itself.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        RESERVED.contains(&name)
    }
}

/// What is kept of an interface.
#[derive(Debug)]
struct Kept {
    index: usize,
    params: Vec<Param>,
    specs: Vec<ParamSpec>,
}

/// A shader's parameters, checked. Two interfaces with the same parameters are the same one.
#[derive(Clone, Copy)]
pub struct Interface(&'static Kept);

impl Interface {
    /// The interface with these parameters.
    ///
    /// # Errors
    /// The parameter that can't be one, and why.
    pub fn new(params: Vec<Param>) -> Result<Self, String> {
        static KNOWN: Mutex<Option<HashMap<String, Interface>>> = Mutex::new(None);
        check(&params)?;
        let key = serde_json::to_string(&params).map_err(|error| error.to_string())?;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_with(HashMap::new);
        if let Some(interface) = known.get(&key) {
            return Ok(*interface);
        }
        if known.len() >= MAX_INTERFACES {
            return Err(format!("this process has met {MAX_INTERFACES} different sets of shader parameters; restart it to use more"));
        }
        let specs = params.iter().map(spec).collect();
        let interface = Self(Box::leak(Box::new(Kept { index: known.len(), params, specs })));
        known.insert(key, interface);
        Ok(interface)
    }

    /// The parameters.
    #[must_use]
    pub fn params(self) -> &'static [Param] {
        &self.0.params
    }

    /// The parameters as modules list them.
    #[must_use]
    pub fn specs(self) -> &'static [ParamSpec] {
        &self.0.specs
    }

    /// Its index among the interfaces of this process, below [`MAX_INTERFACES`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.index
    }
}

impl PartialEq for Interface {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl std::fmt::Debug for Interface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.params.iter().map(|param| &param.name)).finish()
    }
}

impl Serialize for Interface {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.params.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Interface {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::<Param>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn check(params: &[Param]) -> Result<(), String> {
    if params.len() > MAX_PARAMS {
        return Err(format!("it has {} parameters; a shader has at most {MAX_PARAMS}", params.len()));
    }
    for (index, param) in params.iter().enumerate() {
        let Param { name, min, max, default, .. } = param;
        if !Name::is_identifier(name) {
            return Err(format!("\"{name}\" can't name a parameter; a name starts with a letter and goes on with letters, digits and _"));
        }
        if Param::is_reserved(name) {
            return Err(format!("{name} is a parameter of every shader module; call this one something else"));
        }
        if params[..index].iter().any(|before| before.name == *name) {
            return Err(format!("{name} is declared twice; keep one of them"));
        }
        // A range whose ends differ by more than a double holds has no middle.
        if !(min.is_finite() && max.is_finite() && (max - min).is_finite() && min <= default && default <= max) {
            return Err(format!("{name} takes {min} to {max} and starts at {default}; give it a range that holds its default"));
        }
        if matches!(&param.shape, ParamShape::Choice(names) if names.is_empty() || names.len() > 256 || names.iter().any(|n| n.len() > MAX_WORDS))
        {
            return Err(format!("{name} has no choices, more than 256, or one of more than {MAX_WORDS} bytes"));
        }
        if param.doc.len() > MAX_WORDS {
            return Err(format!("{name} is described in more than {MAX_WORDS} bytes; be brief"));
        }
    }
    Ok(())
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn spec(param: &Param) -> ParamSpec {
    let kind = match &param.shape {
        ParamShape::Float => ParamKind::Float,
        ParamShape::Integer => ParamKind::Integer,
        ParamShape::Toggle => ParamKind::Toggle,
        ParamShape::Choice(names) => ParamKind::Choice(Box::leak(names.iter().map(|name| leaked(name)).collect())),
    };
    let Param { min, max, default, .. } = *param;
    ParamSpec { name: leaked(&param.name), aliases: &[], kind, min, max, default, unit: "", doc: leaked(&param.doc), reads: None }
}
