//! Shader modules in a scene: each becomes a group of its own, so that it is computed once however many cables leave it.

use std::sync::Arc;

use videotracker_engine::{
    module::{Picture, PortKind, shader::shader_of},
    name::Name,
    shader::{Image, ShaderProgram, builtin},
    view::Placement,
};

use super::{
    compose::{Composer, MAX_DEPTH, Params},
    scene::{Blend, Content, Effect, Group, Layer},
};

impl Composer<'_> {
    /// The layer that a shader module brings.
    pub(super) fn effect(&mut self, name: &Name, blend: Blend, depth: usize) -> Option<Layer> {
        let opacity = self.params(name)?.unit("opacity");
        let group = match self.done.get(name) {
            Some(done) => *done,
            None => {
                // A cable that came round to here finds nothing instead of going round for ever.
                self.done.insert(name.clone(), None);
                let group = if depth < MAX_DEPTH { self.computed(name, depth) } else { None };
                self.done.insert(name.clone(), group);
                group
            }
        };
        group.map(|group| Layer { content: Content::Group(group), opacity, blend, place: Placement::default() })
    }

    /// The group that holds a module's picture; where an effect is off or has no shader, that of its first input.
    fn computed(&mut self, name: &Name, depth: usize) -> Option<usize> {
        let (snapshot, view) = (self.snapshot, self.view);
        let module = snapshot.project.modules.get(name)?;
        let is_fx = module.module_type().picture == Picture::Effect;
        let program = if self.params(name)?.on("enabled") { self.program(shader_of(module)) } else { None };
        if program.is_none() && !is_fx {
            return None;
        }
        let wanted = program.as_ref().map_or(1, |program| inputs(program));
        let from: Vec<&Name> = snapshot.project.inputs(name, PortKind::Video).take(wanted).collect();
        let mut groups = Vec::with_capacity(from.len());
        for from in from {
            let layers = self.input(from, Blend::Alpha, depth).into_iter().map(|brought| brought.layer).collect();
            groups.push(self.group(layers));
        }
        let Some(program) = program else { return groups.first().copied() };
        let params = self.params(name)?;
        let ahead = if view.playhead.playing { self.offset_secs } else { 0.0 };
        let effect = Effect {
            name: Name::new(shader_of(module)),
            instance: snapshot.ids.get(name).copied().unwrap_or(u32::MAX),
            values: values(&params, &program),
            inputs: groups,
            mix: if is_fx { params.unit("mix") } else { 1.0 },
            secs: view.playhead.secs + ahead,
            beat: view.playhead.beat + ahead * view.playhead.bpm / 60.0,
            bpm: view.playhead.bpm,
            sound: hears(&program).then(|| Arc::new(view.scope)),
            program,
        };
        let layer = Layer { content: Content::Effect(Box::new(effect)), opacity: 1.0, blend: Blend::Alpha, place: Placement::default() };
        self.groups.push(Group { layers: vec![layer], feedback: None });
        Some(self.groups.len() - 1)
    }

    /// A group of layers; the one there is, where they are nothing but that.
    fn group(&mut self, layers: Vec<Layer>) -> usize {
        if let [Layer { content: Content::Group(group), opacity, place, .. }] = layers.as_slice()
            && *opacity >= 1.0
            && *place == Placement::default()
        {
            return *group;
        }
        self.groups.push(Group { layers, feedback: None });
        self.groups.len() - 1
    }

    /// The shader of this name; `None` where there is none, or none that ever compiled.
    fn program(&self, shader: &str) -> Option<Arc<ShaderProgram>> {
        if let Some(found) = builtin::find(shader) {
            return found.program().ok().cloned();
        }
        self.snapshot.shaders.get(shader)?.program.clone()
    }
}

/// Video inputs a program reads.
fn inputs(program: &ShaderProgram) -> usize {
    let read = program.images.iter().filter_map(|image| if let Image::Input(place) = image { place.checked_add(1) } else { None });
    read.max().unwrap_or(0)
}

fn hears(program: &ShaderProgram) -> bool {
    program.images.iter().any(|image| matches!(image, Image::Wave | Image::Spectrum))
}

/// A program's parameters in force. They go by name: what a shader that was read again declares may be newer than the module.
#[allow(clippy::cast_possible_truncation, reason = "shaders compute in single precision")]
fn values(params: &Params<'_>, program: &ShaderProgram) -> Vec<f32> {
    let kind = params.module.module_type();
    let value = |param: &videotracker_engine::shader::Param| {
        let number = if kind.param(&param.name).is_some() { params.number(&param.name) } else { param.default };
        number.clamp(param.min, param.max) as f32
    };
    program.interface.params().iter().map(value).collect()
}
