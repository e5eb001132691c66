//! Modules whose picture a shader computes: sources, and effects on other pictures.
//!
//! An instance's type follows from its `shader`: the module's own parameters, then the shader's
//! ([`crate::shader::Interface`]). Its drawing is the video renderer's.

use super::{ModuleType, ParamSpec, PortKind};
use crate::{project::Module, shader::builtin};

/// The parameter that names the shader.
pub const SHADER: &str = "shader";

const SOURCE_PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: shows nothing."),
    ParamSpec::text(SHADER, "osc", "A built-in source, or a .wgsl or ISF (.fs) file; its parameters are the module's."),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
];

const FX_PARAMS: &[ParamSpec] = &[
    ParamSpec::toggle("enabled", true, "Off: passes its first input on."),
    ParamSpec::text(SHADER, "", "A built-in effect, or a .wgsl or ISF (.fs) file; its parameters are the module's. Empty passes on."),
    ParamSpec::float("opacity", 0.0, 1.0, 1.0, "", "Opacity of the picture."),
    ParamSpec::float("mix", 0.0, 1.0, 1.0, "", "From the first input as it is, 0, to the effect alone, 1."),
];

/// A picture made by a shader; the type of an instance whose shader has no parameters.
pub static SOURCE: ModuleType = ModuleType {
    name: "videoSource",
    aliases: &[],
    doc: "Shows what its shader computes. Triggers set the shader's parameters until the next one.",
    inputs: &[PortKind::Video, PortKind::Event],
    outputs: &[PortKind::Video],
    params: SOURCE_PARAMS,
    per_input: &[],
    has_samples: false,
    build: |_| None,
};

/// Pictures changed by a shader; the type of an instance whose shader has no parameters.
pub static FX: ModuleType = ModuleType {
    name: "videoFx",
    aliases: &[],
    doc: "Sends its first video input through a shader; a second one drives shaders that take two. Triggers set the shader's parameters until the next one.",
    inputs: &[PortKind::Video, PortKind::Event],
    outputs: &[PortKind::Video],
    params: FX_PARAMS,
    per_input: &[],
    has_samples: false,
    build: |_| None,
};

/// Whether instances of a type take a shader.
#[must_use]
pub fn takes_shader(kind: &str) -> bool {
    kind == SOURCE.name || kind == FX.name
}

/// A base type with a shader's parameters behind its own; they are kept for good.
pub(crate) fn with_params(base: &'static ModuleType, own: &[ParamSpec]) -> ModuleType {
    let params: Vec<ParamSpec> = base.params.iter().chain(own).copied().collect();
    ModuleType { params: Box::leak(params.into_boxed_slice()), ..*base }
}

/// The name of a module's shader.
#[must_use]
pub fn shader_of(module: &Module) -> &str {
    match module.params.get(SHADER) {
        Some(super::Value::Text(name)) => name,
        _ if *module.kind == *SOURCE.name => "osc",
        _ => "",
    }
}

/// The type of an instance of a shader module.
pub(crate) fn type_of(module: &Module, base: &'static ModuleType) -> &'static ModuleType {
    let interface = module.interface.or_else(|| builtin::find(shader_of(module)).map(|found| found.interface));
    interface.map_or(base, |interface| interface.typed(base))
}
