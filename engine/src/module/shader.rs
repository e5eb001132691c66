//! Modules whose picture a shader computes: sources, and effects on other pictures.
//!
//! An instance's type follows from its `shader`: the module's own parameters, then the shader's
//! ([`Interface`]). Its drawing is the video renderer's.

use std::sync::{LazyLock, OnceLock};

use super::{Content, Module, ModuleType, PLAIN, ParamKind, ParamSpec, Picture, Port, PortKind};
use crate::{
    shader::{
        Interface, MAX_INTERFACES,
        builtin::{self, Builtin},
    },
    signal::{ControlMap, Controls, Io, MAX_CONTROLS, Node, NodeEventKind},
};

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
    doc: "Shows what its shader computes. Triggers set the shader's parameters until the next one, or until they are set otherwise.",
    content: Content::Shader,
    picture: Picture::Shader,
    inputs: &[Port::of(PortKind::Video), Port::of(PortKind::Event)],
    outputs: &[Port::of(PortKind::Video)],
    params: SOURCE_PARAMS,
    build: |_| Some(Box::new(ShaderNode::default())),
    ..PLAIN
};

/// Pictures changed by a shader; the type of an instance whose shader has no parameters.
pub static FX: ModuleType = ModuleType {
    name: "videoFx",
    doc: "Sends its first video input through a shader; a second one drives shaders that take two. Triggers set the shader's parameters until the next one, or until they are set otherwise.",
    content: Content::Shader,
    picture: Picture::Effect,
    inputs: &[Port::of(PortKind::Video), Port::of(PortKind::Event)],
    outputs: &[Port::of(PortKind::Video)],
    params: FX_PARAMS,
    build: |_| Some(Box::new(ShaderNode::default())),
    ..PLAIN
};

/// The type of a module of this base type whose shader has this interface; the base type itself where it takes no shaders.
#[must_use]
pub fn typed(interface: Interface, base: &'static ModuleType) -> &'static ModuleType {
    type Types = LazyLock<Box<[OnceLock<Box<ModuleType>>]>>;
    /// The types of each interface, by its index. Like interfaces they are kept for good.
    static SOURCES: Types = LazyLock::new(|| (0..MAX_INTERFACES).map(|_| OnceLock::new()).collect());
    static EFFECTS: Types = LazyLock::new(|| (0..MAX_INTERFACES).map(|_| OnceLock::new()).collect());
    let (base, types) = match base.picture {
        Picture::Shader => (&SOURCE, &SOURCES),
        Picture::Effect => (&FX, &EFFECTS),
        _ => return base,
    };
    types.get(interface.index()).map_or(base, |kept| &**kept.get_or_init(|| Box::new(with_params(base, interface.specs()))))
}

/// A base type with a shader's parameters behind its own; they are kept for good.
fn with_params(base: &'static ModuleType, own: &[ParamSpec]) -> ModuleType {
    let params: Vec<ParamSpec> = base.params.iter().chain(own).copied().collect();
    ModuleType { params: Box::leak(params.into_boxed_slice()), ..*base }
}

/// Whether modules of a type draw with a built-in shader.
#[must_use]
pub fn suits(shader: &Builtin, kind: &str) -> bool {
    (kind == SOURCE.name) == (shader.kind == builtin::Kind::Source)
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
    interface.map_or(base, |interface| typed(interface, base))
}

/// Which controls of events set which parameters of an instance.
#[derive(Debug, Default)]
pub struct Routes {
    mark: usize,
    /// Control id, flat parameter index, and the parameter's range.
    routes: Vec<(u16, usize, f64, f64)>,
}

impl Routes {
    /// The routes to every number of a type, by name.
    #[must_use]
    pub fn new(kind: &'static ModuleType, controls: &mut Controls) -> Self {
        let numbers = kind.params.iter().enumerate().filter(|(_, spec)| !matches!(spec.kind, ParamKind::Text(_)));
        let routes = numbers.map(|(index, spec)| (controls.intern(spec.name), index, spec.min, spec.max)).collect();
        Self { mark: kind.mark(), routes }
    }
}

/// Numbers that triggers hold.
#[derive(Clone, Copy, Debug)]
struct Held {
    count: usize,
    /// Flat parameter index, the trigger's value, and the module's own then.
    items: [(usize, f32, f64); MAX_CONTROLS],
}

impl Default for Held {
    fn default() -> Self {
        Self { count: 0, items: [(0, 0.0, 0.0); MAX_CONTROLS] }
    }
}

impl Held {
    /// Lets go of parameters that were set otherwise since.
    fn release(&mut self, own: &[f64]) {
        let mut index = 0;
        while index < self.count {
            let (param, _, then) = self.items[index];
            if own.get(param).is_some_and(|now| now.to_bits() == then.to_bits()) {
                index += 1;
            } else {
                self.count -= 1;
                self.items[index] = self.items[self.count];
            }
        }
    }
}

/// Holds what the last trigger set, for the renderer to see. It makes no sound.
#[derive(Debug, Default)]
struct ShaderNode {
    routes: Routes,
    held: Held,
    /// As it was at the first frame of the last block.
    shown: Held,
}

impl ShaderNode {
    #[allow(clippy::cast_possible_truncation, reason = "views are single precision")]
    fn take(&mut self, controls: ControlMap<'_>, own: &[f64]) {
        self.held.count = 0;
        for (control, value) in controls.iter() {
            let route = self.routes.routes.iter().find(|route| route.0 == control);
            if let (Some((_, param, min, max)), Some(slot)) = (route, self.held.items.get_mut(self.held.count)) {
                let value = if value.is_nan() { *min } else { value.clamp(*min, *max) };
                *slot = (*param, value as f32, own.get(*param).copied().unwrap_or(0.0));
                self.held.count += 1;
            }
        }
    }
}

impl Node for ShaderNode {
    fn process(&mut self, io: &mut Io<'_>) {
        self.held.release(io.params);
        self.shown = self.held;
        for event in io.events {
            match &event.kind {
                NodeEventKind::Trigger(trigger) => self.take(io.controls(trigger), io.params),
                NodeEventKind::AllOff => self.held.count = 0,
                NodeEventKind::GateOff(_) | NodeEventKind::Change(_) => {}
            }
            if event.frame == 0 {
                self.shown = self.held;
            }
        }
    }

    fn reset(&mut self) {
        (self.held.count, self.shown.count) = (0, 0);
    }

    fn overrides(&self, set: &mut dyn FnMut(usize, f32)) {
        self.shown.items[..self.shown.count].iter().for_each(|(param, value, _)| set(*param, *value));
    }

    fn exchange(&mut self, content: &mut Box<dyn std::any::Any + Send>) {
        if let Some(routes) = content.downcast_mut::<Routes>().filter(|routes| routes.mark != self.routes.mark) {
            std::mem::swap(&mut self.routes, routes);
            self.reset();
        }
    }
}
