//! A new program is tried small before it is drawn large, and beside a live picture on a device of its own.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use videotracker_engine::shader::ShaderProgram;

use super::{
    Draw, EffectPass, clear,
    pipelines::{Made, Maker, Outcome, Pipeline, State, stills},
    texture,
};
use crate::video::{
    device::Gpu,
    layers::LINEAR,
    scene::Effect,
    workshop::{Order, Workshop},
};

/// Sides of the small pictures that a new program is tried with.
const PROBE: (u32, u32) = (8, 32);
/// A small picture that takes no longer than this is no danger at any size.
const HARMLESS_SECS: f64 = 1e-3;
/// The fewest pixels take no longer than this, unless something else holds them up or their shader is refused.
const CALM_SECS: f64 = 5e-3;
/// How often both sizes are drawn, and how often at most while something else holds them up.
const ROUNDS: u32 = 3;
const MOST_ROUNDS: u32 = 16;
/// Longest that a picture may take.
const LONGEST_PICTURE_SECS: f64 = 60.0;
/// Times that a software driver's cache is asked for what was compiled, and how long before the first.
const ASKING: (u32, Duration) = (4, Duration::from_millis(20));
/// A pipeline that draws as soon as this was not compiled anew.
const CACHED: Duration = Duration::from_millis(20);

impl Maker {
    /// Orders a program's pipeline: tried first, and then made for this device.
    pub(super) fn order(&self, workshop: &Workshop, effect: &Effect, canvas: (u32, u32)) -> Order<Outcome> {
        let (maker, effect) = (self.clone(), effect.clone());
        workshop.order(move |bench| {
            let tried = bench.trial().map(|trial| trial.run(&effect, canvas)).transpose()?.is_some();
            Ok(Made { pipeline: maker.pipeline(&effect.program)?, tried })
        })
    }
}

/// A device that programs are tried on, beside the one that draws.
#[derive(Debug)]
pub(in crate::video) struct Trial {
    gpu: Gpu,
    effects: EffectPass,
    compiles_late: bool,
}

impl Trial {
    pub(in crate::video) fn new(gpu: Gpu, compiles_late: bool) -> Self {
        Self { effects: EffectPass::new(&gpu), gpu, compiles_late }
    }

    pub(in crate::video) fn is_lost(&self) -> bool {
        self.gpu.is_lost()
    }

    /// Compiles a program, draws it small and then the corner of a whole picture.
    fn run(&mut self, effect: &Effect, canvas: (u32, u32)) -> Result<(), String> {
        let tried = self.compiled(effect, canvas);
        self.effects.forget();
        self.effects.pipelines.clear();
        // What it says of a picture's buffers is said again where it is drawn.
        self.effects.take_problems();
        self.effects.complained.clear();
        tried?;
        if self.gpu.is_lost() { Err("the graphics card fails on it".to_owned()) } else { Ok(()) }
    }

    fn compiled(&mut self, effect: &Effect, canvas: (u32, u32)) -> Result<(), String> {
        let began = Instant::now();
        self.make(&effect.program)?;
        if !effect.program.trusted {
            self.effects.probe(&self.gpu, effect, canvas)?;
        }
        self.glimpse(effect, canvas);
        let took = began.elapsed();
        if self.compiles_late {
            // Its cache is written on a thread of the driver's own, some time after.
            for turn in 0..ASKING.0 {
                std::thread::sleep(ASKING.1 * 2_u32.pow(turn));
                let began = Instant::now();
                self.make(&effect.program)?;
                self.glimpse(effect, canvas);
                if began.elapsed() < CACHED.max(took / 8) {
                    break;
                }
            }
        }
        Ok(())
    }

    fn make(&mut self, program: &Arc<ShaderProgram>) -> Result<(), String> {
        let state = State::Ready(self.effects.maker.pipeline(program)?);
        self.effects.pipelines.insert(program.id, Pipeline { state, stills: stills(&self.gpu, program), used: 0 });
        Ok(())
    }

    /// Draws the corner of a picture that is as large as the real one, so that the driver compiles what that one needs.
    fn glimpse(&mut self, effect: &Effect, canvas: (u32, u32)) {
        self.effects.glimpse = true;
        self.effects.drawn(&self.gpu, effect, canvas, canvas);
        self.effects.glimpse = false;
    }
}

impl EffectPass {
    /// Draws a new program small; an error where a picture of the canvas's size would hold everything up.
    ///
    /// All loops of a shader end, but on a software adapter what is bounded may still take minutes. How long a small picture
    /// takes says how long a large one will; what depends on time or parameters may change later.
    pub(super) fn probe(&mut self, gpu: &Gpu, effect: &Effect, canvas: (u32, u32)) -> Result<(), String> {
        let effect = Effect { instance: u32::MAX, ..effect.clone() };
        let mut measured = |side: u32| {
            let began = Instant::now();
            self.drawn(gpu, &effect, (side, side), canvas);
            began.elapsed().as_secs_f64()
        };
        // The first run compiles; of the others the fastest is the one that nothing else held up.
        measured(PROBE.0);
        let (mut few, mut many, mut wanted) = (f64::INFINITY, f64::INFINITY, 0.0);
        let pixels = |(width, height): (u32, u32)| f64::from(width) * f64::from(height);
        for round in 1..=MOST_ROUNDS {
            few = few.min(measured(PROBE.0));
            many = many.min(measured(PROBE.1));
            let each = (many - few).max(0.0) / (pixels((PROBE.1, PROBE.1)) - pixels((PROBE.0, PROBE.0)));
            wanted = each * pixels(canvas);
            let refused = wanted > LONGEST_PICTURE_SECS;
            // A busy machine can hold up the few pixels for longer than the many take: then nothing is known yet.
            if round >= ROUNDS && (refused || few < CALM_SECS) || many < HARMLESS_SECS {
                break;
            }
        }
        self.memories.remove(&u32::MAX);
        if wanted > LONGEST_PICTURE_SECS {
            return Err(format!("it would take {wanted:.0} s for each picture here; its loops hardly end"));
        }
        Ok(())
    }

    /// Draws a picture of a size, with inputs of another, that nobody sees, and waits for it.
    fn drawn(&mut self, gpu: &Gpu, effect: &Effect, size: (u32, u32), inputs: (u32, u32)) {
        let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
        let blank = |size| texture(gpu, size, LINEAR, usage).create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("trial") });
        let input = (!effect.inputs.is_empty()).then(|| blank(inputs));
        input.iter().for_each(|view| clear(&mut encoder, view));
        let inputs = effect.inputs.iter().map(|_| input.clone()).collect();
        let draw = Draw { effect: effect.clone(), inputs, target: blank(size) };
        self.draw(gpu, &mut encoder, &draw, size);
        gpu.queue.submit([encoder.finish()]);
        // A device that is gone is noticed by whoever submits the picture itself.
        drop(gpu.device.poll(wgpu::PollType::wait_indefinitely()));
    }
}
