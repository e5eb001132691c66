//! Shaders on the graphics card: a pipeline for each program, and for each module what its shader remembers.
//!
//! With a workshop a program is made ready beside the picture. Until it is, its module shows what it showed before; without
//! one the picture waits, so that each is exact.

mod memory;
mod pipelines;
mod trial;

use std::collections::{HashMap, HashSet};

use videotracker_engine::shader::{IMAGES, Image, binding};

pub(super) use self::trial::Trial;
use self::{
    memory::{Memory, Pass, frame, frame_stride, params},
    pipelines::{Maker, Pipeline, State},
};
use super::{device::Gpu, layers::LINEAR, pass, scene::Effect, spectrum, uniforms::Uniforms};

/// Pictures that a module's memory outlives its absence by: a mixer that is turned off for a moment loses nothing.
const PATIENCE: u64 = 600;
/// Most pixels of all targets of one program together.
const MAX_PIXELS: u64 = 64 << 20;

/// An effect that is to be drawn, before the pass that shows it.
#[derive(Debug)]
pub(super) struct Draw {
    /// What it is.
    pub(super) effect: Effect,
    /// What comes in; `None` where nothing does.
    pub(super) inputs: Vec<Option<wgpu::TextureView>>,
    /// Where its picture goes.
    pub(super) target: wgpu::TextureView,
}

/// Everything effects are drawn with.
#[derive(Debug)]
pub(super) struct EffectPass {
    layout: wgpu::BindGroupLayout,
    maker: Maker,
    sampler: wgpu::Sampler,
    nothing: wgpu::TextureView,
    pipelines: HashMap<u64, Pipeline>,
    memories: HashMap<u32, Memory>,
    /// What each module showed last, and when.
    shown: HashMap<u32, (Effect, u64)>,
    /// Whether only a corner is drawn.
    glimpse: bool,
    /// Counts pictures.
    now: u64,
    problems: Vec<String>,
    /// What was complained about, by program: once for each, until a changed file brings another.
    complained: HashSet<(u64, String)>,
}

impl EffectPass {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let device = &gpu.device;
        let (layout, sampler) = (pass::bindings(device, "effect", read(gpu.uniforms)), pass::linear(device));
        let pipeline_layout = pass::layout(device, "effect", Some(&layout));
        let nothing = texture(gpu, (1, 1), LINEAR, wgpu::TextureUsages::TEXTURE_BINDING);
        Self {
            layout,
            maker: Maker {
                device: device.clone(),
                uniforms: gpu.uniforms,
                layout: pipeline_layout,
                cover: device.create_shader_module(wgpu::include_wgsl!("cover.wgsl")),
            },
            sampler,
            nothing: nothing.create_view(&wgpu::TextureViewDescriptor::default()),
            pipelines: HashMap::new(),
            memories: HashMap::new(),
            shown: HashMap::new(),
            glimpse: false,
            now: 0,
            problems: Vec::new(),
            complained: HashSet::new(),
        }
    }

    /// Forgets what shaders keep from picture to picture.
    pub(super) fn forget(&mut self) {
        self.memories.clear();
        self.shown.clear();
    }

    /// Begins a picture: what was not used for long is freed.
    pub(super) fn begin(&mut self) {
        self.now += 1;
        let now = self.now;
        self.memories.retain(|_, memory| now - memory.used < PATIENCE);
        self.shown.retain(|_, (_, used)| now - *used < PATIENCE);
        // What nobody waits for any more is not made.
        let patience = |state: &State| if matches!(state, State::Coming(_)) { 2 } else { PATIENCE };
        self.pipelines.retain(|_, pipeline| now - pipeline.used < patience(&pipeline.state));
        self.complained.retain(|(program, _)| self.pipelines.contains_key(program));
    }

    /// What could not be drawn since the last call, with the shader's name; each thing once for each program.
    pub(super) fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    /// Draws an effect that is ready into its target.
    pub(super) fn draw(&mut self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, draw: &Draw, canvas: (u32, u32)) {
        let program = &draw.effect.program;
        let limit = gpu.device.limits().max_texture_dimension_2d;
        let sizes: Vec<(u32, u32)> = program
            .targets
            .iter()
            .map(|target| (&target.size[0], &target.size[1]))
            .map(|(w, h)| (w.pixels(canvas, &draw.effect.values, limit), h.pixels(canvas, &draw.effect.values, limit)))
            .collect();
        if sizes.iter().map(|(w, h)| u64::from(*w) * u64::from(*h)).sum::<u64>() > MAX_PIXELS {
            self.problem(&draw.effect, format!("it asks for buffers of more than {MAX_PIXELS} pixels; make them smaller"));
            clear(encoder, &draw.target);
            return;
        }
        let mut memory = match self.memories.remove(&draw.effect.instance) {
            Some(memory) if memory.program == program.id && memory.canvas == canvas => memory,
            _ => Memory::new(gpu, program, canvas),
        };
        memory.fit(gpu, encoder, &sizes);
        memory.used = self.now;
        self.passes(gpu, encoder, draw, &mut memory);
        self.memories.insert(draw.effect.instance, memory);
    }

    fn problem(&mut self, effect: &Effect, text: String) {
        let key = (effect.program.id, text);
        if self.problems.len() < 64 && !self.complained.contains(&key) {
            self.problems.push(format!("{}: {}", effect.name, key.1));
            self.complained.insert(key);
        }
    }

    fn passes(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, draw: &Draw, memory: &mut Memory) {
        let (effect, program) = (&draw.effect, &draw.effect.program);
        let Some(Pipeline { state: State::Ready(pipeline), stills, .. }) = self.pipelines.get(&program.id) else {
            clear(encoder, &draw.target);
            return;
        };
        memory.hear(gpu, effect);
        gpu.queue.write_buffer(&memory.params, 0, bytemuck::cast_slice(&params(program, &effect.values)));
        let shows = program.shows_target.then_some(None);
        let passes: Vec<Option<usize>> = program.passes.iter().copied().chain(shows).collect();
        let stride = frame_stride(gpu);
        for (number, target) in (0_u64..).zip(&passes) {
            let views = self.views(draw, memory, stills);
            let size = target.and_then(|target| memory.targets.get(target)).map_or(memory.canvas, |pair| pair.size);
            let sizes: Vec<(u32, u32)> = views.iter().map(|(_, size)| *size).collect();
            let pass = Pass {
                number: u32::try_from(number).unwrap_or(0),
                size,
                to_picture: target.is_none(),
                shows: program.shows_target && usize::try_from(number).is_ok_and(|n| n == program.passes.len()),
                cut: target.and_then(|target| program.targets.get(target)).is_some_and(|target| !target.float),
            };
            let frame = frame(effect, memory, &pass, &sizes);
            gpu.queue.write_buffer(&memory.frames, number * stride, bytemuck::cast_slice(&frame));
            let uniform = wgpu::BufferBinding {
                buffer: &memory.frames,
                offset: number * stride,
                size: wgpu::BufferSize::new(size_of_val(&frame) as u64),
            };
            let mut bindings = vec![
                wgpu::BindGroupEntry { binding: binding::FRAME, resource: wgpu::BindingResource::Buffer(uniform) },
                wgpu::BindGroupEntry { binding: binding::PARAMS, resource: memory.params.as_entire_binding() },
                wgpu::BindGroupEntry { binding: binding::SAMPLER, resource: wgpu::BindingResource::Sampler(&self.sampler) },
            ];
            bindings.extend(
                (binding::IMAGES..)
                    .zip(&views)
                    .map(|(binding, (view, _))| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) }),
            );
            let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("effect"),
                layout: &self.layout,
                entries: &bindings,
            });
            let view = match target.and_then(|target| memory.targets.get(target)) {
                Some(pair) => &pair.views[1 - pair.shown],
                None => &draw.target,
            };
            let mut pass = begin(encoder, view);
            if self.glimpse {
                pass.set_scissor_rect(0, 0, 1, 1);
            }
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.draw(0..3, 0..1);
            drop(pass);
            if let Some(pair) = target.and_then(|target| memory.targets.get_mut(target)) {
                pair.shown = 1 - pair.shown;
            }
        }
        memory.count = memory.count.wrapping_add(1);
        memory.secs = effect.secs;
    }

    /// What each of a program's images is now, with its size; one pixel of nothing for what is not there.
    fn views(
        &self,
        draw: &Draw,
        memory: &Memory,
        stills: &HashMap<usize, (wgpu::TextureView, (u32, u32))>,
    ) -> Vec<(wgpu::TextureView, (u32, u32))> {
        let mut views = Vec::with_capacity(IMAGES);
        for (index, image) in draw.effect.program.images.iter().enumerate() {
            let sound = |row: usize, size: (u32, u32)| {
                let texture = memory.sound.as_ref().map(|sound| &sound[row]);
                texture.map(|texture| (texture.create_view(&wgpu::TextureViewDescriptor::default()), size))
            };
            let view = match image {
                Image::Input(index) => draw.inputs.get(*index).cloned().flatten().map(|view| (view, memory.canvas)),
                Image::Target(index) => memory.targets.get(*index).map(|pair| (pair.views[pair.shown].clone(), pair.size)),
                Image::Wave => sound(0, spectrum::WAVE_SIZE),
                Image::Spectrum => sound(1, spectrum::SPECTRUM_SIZE),
                Image::Still(_) => stills.get(&index).cloned(),
            };
            views.push(view.unwrap_or_else(|| (self.nothing.clone(), memory.canvas)));
        }
        views.resize_with(IMAGES, || (self.nothing.clone(), (1, 1)));
        views
    }
}

fn texture(gpu: &Gpu, (width, height): (u32, u32), format: wgpu::TextureFormat, usage: wgpu::TextureUsages) -> wgpu::Texture {
    gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("effect"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

fn write(gpu: &Gpu, texture: &wgpu::Texture, (width, height): (u32, u32), texel_bytes: u32, data: &[u8]) {
    gpu.queue.write_texture(
        texture.as_image_copy(),
        data,
        wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width * texel_bytes), rows_per_image: Some(height) },
        wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
    );
}

/// A still as it is: ISF wants sRGB values.
fn uploaded(gpu: &Gpu, size: (u32, u32), pixels: &[u8]) -> wgpu::TextureView {
    let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
    let made = texture(gpu, size, wgpu::TextureFormat::Rgba8Unorm, usage);
    write(gpu, &made, size, 4, pixels);
    made.create_view(&wgpu::TextureViewDescriptor::default())
}

fn begin<'a>(encoder: &'a mut wgpu::CommandEncoder, view: &wgpu::TextureView) -> wgpu::RenderPass<'a> {
    pass::begin(encoder, "effect", view, wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT))
}

fn clear(encoder: &mut wgpu::CommandEncoder, view: &wgpu::TextureView) {
    drop(begin(encoder, view));
}

/// What an effect's fragments read, in the order of [`binding`].
fn read(uniforms: Uniforms) -> impl Iterator<Item = (wgpu::ShaderStages, wgpu::BindingType)> {
    const { assert!(binding::FRAME == 0 && binding::PARAMS == 1 && binding::SAMPLER == 2 && binding::IMAGES == 3) };
    let images = std::iter::repeat_n(pass::texture(true), IMAGES);
    let all = [uniforms.binding(), uniforms.binding(), pass::SAMPLER].into_iter().chain(images);
    all.map(|ty| (wgpu::ShaderStages::FRAGMENT, ty))
}
