//! The pipelines of programs: made ready beside the picture where there is a workshop, in its way where there is none.

use std::collections::HashMap;

use videotracker_engine::shader::{Image, ShaderProgram};

use super::{EffectPass, uploaded};
use crate::video::{
    device::Gpu,
    layers::LINEAR,
    pass::Drawing,
    scene::Effect,
    uniforms::Uniforms,
    workshop::{Order, Progress, Workshop},
};

#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) state: State,
    pub(super) stills: HashMap<usize, (wgpu::TextureView, (u32, u32))>,
    pub(super) used: u64,
}

#[derive(Debug)]
pub(super) enum State {
    Coming(Order<Outcome>),
    Ready(wgpu::RenderPipeline),
    /// The device refused it, or it was no good when it was tried.
    Refused,
}

/// A program's pipeline, or why there is none.
pub(super) type Outcome = Result<Made, String>;

#[derive(Debug)]
pub(super) struct Made {
    pub(super) pipeline: wgpu::RenderPipeline,
    /// Whether it may be drawn without being tried first.
    pub(super) tried: bool,
}

/// What pipelines are made of, on whichever thread.
#[derive(Clone, Debug)]
pub(super) struct Maker {
    pub(super) device: wgpu::Device,
    pub(super) uniforms: Uniforms,
    pub(super) layout: wgpu::PipelineLayout,
    pub(super) cover: wgpu::ShaderModule,
}

impl EffectPass {
    /// What is drawn for an effect: itself, or while it is made ready, or refused, what its module showed before; `None` where
    /// that is nothing.
    pub(in crate::video) fn settle(
        &mut self,
        gpu: &Gpu,
        workshop: Option<&Workshop>,
        effect: &Effect,
        canvas: (u32, u32),
    ) -> Option<Effect> {
        let id = effect.program.id;
        if !self.pipelines.contains_key(&id) {
            let state = workshop.map(|workshop| State::Coming(self.maker.order(workshop, effect, canvas)));
            let made = state.is_none().then(|| self.maker.pipeline(&effect.program).map(|pipeline| Made { pipeline, tried: false }));
            let known = Pipeline { state: state.unwrap_or(State::Refused), stills: stills(gpu, &effect.program), used: self.now };
            self.pipelines.insert(id, known);
            if let Some(made) = made {
                self.take(gpu, effect, made, canvas);
            }
        }
        let known = self.pipelines.get_mut(&id)?;
        known.used = self.now;
        if let State::Coming(order) = &known.state {
            match order.look() {
                Progress::Coming => {}
                Progress::Made(outcome) => self.take(gpu, effect, outcome, canvas),
                Progress::Never => self.take(gpu, effect, Err("the graphics driver's compiler broke down on it".to_owned()), canvas),
            }
        }
        if matches!(self.pipelines.get(&id)?.state, State::Ready(_)) {
            self.shown.insert(effect.instance, (effect.clone(), self.now));
            return Some(effect.clone());
        }
        let (before, used) = self.shown.get_mut(&effect.instance)?;
        let known = self.pipelines.get_mut(&before.program.id).filter(|known| matches!(known.state, State::Ready(_)))?;
        (known.used, *used) = (self.now, self.now);
        Some(carried(before, effect))
    }

    /// Takes over what became of a program; one that was not tried is tried here.
    fn take(&mut self, gpu: &Gpu, effect: &Effect, outcome: Outcome, canvas: (u32, u32)) {
        let (state, tried) = match outcome {
            Ok(Made { pipeline, tried }) => (State::Ready(pipeline), tried || effect.program.trusted),
            Err(why) => {
                self.problem(effect, why);
                (State::Refused, true)
            }
        };
        if let Some(known) = self.pipelines.get_mut(&effect.program.id) {
            known.state = state;
        }
        if tried {
            return;
        }
        if let Err(why) = self.probe(gpu, effect, canvas) {
            self.problem(effect, why);
            if let Some(known) = self.pipelines.get_mut(&effect.program.id) {
                known.state = State::Refused;
            }
        }
    }
}

impl Maker {
    /// Makes a program's pipeline.
    pub(super) fn pipeline(&self, program: &ShaderProgram) -> Result<wgpu::RenderPipeline, String> {
        // A complaint about a user's shader must not count as the device's loss. Scopes hold for this thread only.
        let scopes = [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::Internal].map(|filter| self.device.push_error_scope(filter));
        let module =
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("effect"), source: self.uniforms.module(program) });
        let entry = program.module.entry_points.first().map(|entry| entry.name.as_str());
        let cover = Drawing::cover("effect", &self.layout, &self.cover, "", LINEAR);
        let pipeline = Drawing { fragment: (&module, entry), ..cover }.pipeline(&self.device);
        let mut refused = None;
        for scope in scopes.into_iter().rev() {
            refused = refused.or(pollster::block_on(scope.pop()));
        }
        refused.map_or(Ok(pipeline), |error| Err(format!("the graphics card refuses it: {error}")))
    }
}

/// Returns the effect that a module showed before, with the values that `effect` has for parameters of the same name.
fn carried(before: &Effect, effect: &Effect) -> Effect {
    let names = effect.program.interface.params().iter().map(|param| &param.name);
    let given: HashMap<_, _> = names.zip(&effect.values).collect();
    let own = before.program.interface.params().iter().zip(&before.values);
    let values = own.map(|(param, value)| **given.get(&param.name).unwrap_or(&value)).collect();
    Effect { program: before.program.clone(), name: before.name.clone(), values, ..effect.clone() }
}

/// The stills of a program, on the device.
pub(super) fn stills(gpu: &Gpu, program: &ShaderProgram) -> HashMap<usize, (wgpu::TextureView, (u32, u32))> {
    let mut stills = HashMap::new();
    for (index, image) in program.images.iter().enumerate() {
        if let Image::Still(still) = image {
            stills.insert(index, (uploaded(gpu, still.size, &still.pixels), still.size));
        }
    }
    stills
}
