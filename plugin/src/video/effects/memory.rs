//! What a module's shader remembers from picture to picture, and what it is told of each.

use videotracker_engine::shader::{FRAME_VECTORS, Number, ShaderProgram};

use super::{clear, texture, write};
use crate::video::{device::Gpu, layers::LINEAR, scene::Effect, spectrum};

/// Largest step of time between two pictures that a shader is told, in seconds.
const LONGEST_STEP: f64 = 0.25;

/// What a module's shader remembers from picture to picture.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) program: u64,
    pub(super) canvas: (u32, u32),
    pub(super) targets: Vec<Pair>,
    pub(super) frames: wgpu::Buffer,
    pub(super) params: wgpu::Buffer,
    pub(super) sound: Option<[wgpu::Texture; 2]>,
    /// Pictures drawn, and the song's seconds at the last.
    pub(super) count: u32,
    pub(super) secs: f64,
    pub(super) used: u64,
}

/// A target: what it shows, and what it is written to next.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) size: (u32, u32),
    pub(super) views: [wgpu::TextureView; 2],
    pub(super) shown: usize,
}

impl Memory {
    pub(super) fn new(gpu: &Gpu, program: &ShaderProgram, canvas: (u32, u32)) -> Self {
        let buffer = |size: u64| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("effect"),
                size,
                usage: gpu.uniforms.usage(),
                mapped_at_creation: false,
            })
        };
        let passes = program.passes.len() as u64 + 1;
        Self {
            program: program.id,
            canvas,
            targets: Vec::new(),
            frames: buffer(frame_stride(gpu) * passes),
            params: buffer(size_of_val(params(program, &[]).as_slice()) as u64),
            sound: None,
            count: 0,
            secs: f64::NEG_INFINITY,
            used: 0,
        }
    }

    /// Makes targets of the sizes wanted; one whose size changes begins empty.
    pub(super) fn fit(&mut self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder, sizes: &[(u32, u32)]) {
        self.targets.truncate(sizes.len());
        for (index, &size) in sizes.iter().enumerate() {
            if self.targets.get(index).is_some_and(|pair| pair.size == size) {
                continue;
            }
            let views = [(); 2].map(|()| {
                let texture = texture(gpu, size, LINEAR, wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT);
                texture.create_view(&wgpu::TextureViewDescriptor::default())
            });
            views.iter().for_each(|view| clear(encoder, view));
            let pair = Pair { size, views, shown: 0 };
            if index < self.targets.len() { self.targets[index] = pair } else { self.targets.push(pair) }
        }
    }

    /// Hands the sound over, where the program reads it.
    pub(super) fn hear(&mut self, gpu: &Gpu, effect: &Effect) {
        let Some(points) = &effect.sound else { return };
        let sizes = [spectrum::WAVE_SIZE, spectrum::SPECTRUM_SIZE];
        let sound = self.sound.get_or_insert_with(|| {
            let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
            sizes.map(|size| texture(gpu, size, wgpu::TextureFormat::R16Float, usage))
        });
        for ((texture, size), data) in sound.iter().zip(sizes).zip([spectrum::wave(points), spectrum::spectrum(points)]) {
            write(gpu, texture, size, 2, bytemuck::cast_slice(&data));
        }
    }
}

/// One pass of a program.
pub(super) struct Pass {
    pub(super) number: u32,
    pub(super) size: (u32, u32),
    pub(super) to_picture: bool,
    pub(super) shows: bool,
    pub(super) cut: bool,
}

/// The frame's uniform; what is what stands at [`FRAME_VECTORS`].
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shaders compute in single precision")]
pub(super) fn frame(effect: &Effect, memory: &Memory, pass: &Pass, sizes: &[(u32, u32)]) -> [[f32; 4]; FRAME_VECTORS] {
    let on = |on: bool| f32::from(u8::from(on));
    let step = effect.secs - memory.secs;
    let delta = if step.is_finite() && step >= 0.0 { step.min(LONGEST_STEP) } else { 1.0 / 60.0 };
    let mut frame = [[0.0; 4]; FRAME_VECTORS];
    frame[0] = [pass.size.0 as f32, pass.size.1 as f32, effect.secs as f32, effect.beat as f32];
    frame[1] = [effect.bpm as f32, memory.count as f32, delta as f32, pass.number as f32];
    frame[2] = [effect.mix, on(pass.to_picture), on(pass.shows), on(pass.cut)];
    for (slot, (width, height)) in frame[4..].iter_mut().zip(sizes) {
        let (width, height) = (*width as f32, *height as f32);
        *slot = [width, height, 1.0 / width.max(1.0), 1.0 / height.max(1.0)];
    }
    frame
}

/// The parameters' uniform, padded to whole vectors.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the list first")]
pub(super) fn params(program: &ShaderProgram, values: &[f32]) -> Vec<f32> {
    let listed = |number: &Number, value: f32| match number {
        Number::Plain => value,
        Number::Listed(list) => list.get((value.max(0.0).round() as usize).min(list.len().saturating_sub(1))).copied().unwrap_or(value),
    };
    let given = values.iter().copied().chain(std::iter::repeat(0.0));
    let mut floats: Vec<f32> = program.numbers.iter().zip(given).map(|(number, value)| listed(number, value)).collect();
    floats.resize(floats.len().max(1).next_multiple_of(4), 0.0);
    floats
}

pub(super) fn frame_stride(gpu: &Gpu) -> u64 {
    let bytes = size_of::<[[f32; 4]; FRAME_VECTORS]>() as u64;
    bytes.next_multiple_of(u64::from(gpu.uniforms.alignment(&gpu.device.limits())))
}
