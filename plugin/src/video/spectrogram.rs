//! The spectrogram: spectra of what a module hears, as columns that stay where they were drawn, and their picture.
//!
//! A column is the spectrum of the samples before a moment, and these moments follow each other at a steady pace from the
//! first picture on, so that a film's pictures depend neither on blocks nor on when they are drawn.

use std::{collections::HashMap, sync::Arc};

use bytemuck::{Pod, Zeroable};
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};
use videotracker_engine::{name::Name, view::tape::Tape};

use super::{
    device::Gpu,
    pass::{self, Drawing},
    scene::Spectrogram,
};

/// Columns a picture holds.
const COLUMNS: usize = 600;
/// Rows of a column.
const ROWS: usize = 512;
/// Columns a second at speed 1.
const PACE: f64 = 60.0;
/// Lowest and highest frequency that shows.
const RANGE_HZ: (f64, f64) = (20.0, 20_000.0);
/// The level that shows as 0; 1 is a sine at full scale.
const FLOOR_DB: f32 = -120.0;
/// Pictures without a spectrogram after which its columns are forgotten.
const KEPT: u64 = 600;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Look {
    canvas: [f32; 2],
    rows: u32,
    columns: u32,
    newest: u32,
    pad: [u32; 3],
}

/// What is drawn of one spectrogram.
struct Memory {
    tape: Option<Arc<Tape>>,
    scale: usize,
    /// Where it begins, in frames since activation; what was heard before does not show.
    origin: u64,
    /// The moment of the next column.
    next: f64,
    newest: usize,
    levels: wgpu::Texture,
    uniform: wgpu::Buffer,
    used: u64,
}

/// Draws spectrograms.
pub(super) struct SpectrogramPass {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    spectra: Spectra,
    /// By output and module.
    memories: HashMap<(Name, u32), Memory>,
    now: u64,
}

impl SpectrogramPass {
    pub(super) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("spectrogram"),
            source: gpu.uniforms.source(concat!(include_str!("cover.wgsl"), include_str!("spectrogram.wgsl"))),
        });
        let stage = wgpu::ShaderStages::FRAGMENT;
        let layout = pass::bindings(&gpu.device, "spectrogram", [(stage, gpu.uniforms.binding()), (stage, pass::texture(false))]);
        let pipeline_layout = pass::layout(&gpu.device, "spectrogram", Some(&layout));
        let pipeline = Drawing::cover("spectrogram", &pipeline_layout, &module, "draw", format).pipeline(&gpu.device);
        Self { pipeline, layout, spectra: Spectra::default(), memories: HashMap::new(), now: 0 }
    }

    /// Begins a picture; what was not drawn for long is forgotten.
    pub(super) fn begin(&mut self) {
        self.now += 1;
        let now = self.now;
        self.memories.retain(|_, memory| memory.used + KEPT > now);
    }

    /// Forgets every column.
    pub(super) fn forget(&mut self) {
        self.memories.clear();
    }

    /// Adds the columns that are due and draws all there are over the whole of `target`.
    pub(super) fn draw(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        (output, spectrogram): (&Name, &Spectrogram),
        target: &wgpu::TextureView,
        canvas: (u32, u32),
    ) {
        let (now, key) = (self.now, (output.clone(), spectrogram.instance));
        let known = self.memories.remove(&key).filter(|memory| memory.goes_on(spectrogram));
        let mut memory = known.unwrap_or_else(|| Memory::new(gpu, spectrogram));
        memory.used = now;
        memory.catch_up(gpu, spectrogram, &mut self.spectra);
        memory.look(gpu, canvas);
        let levels = memory.levels.create_view(&wgpu::TextureViewDescriptor::default());
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("spectrogram"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: memory.uniform.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&levels) },
            ],
        });
        self.memories.insert(key, memory);
        let mut pass = pass::begin(encoder, "spectrogram", target, wgpu::LoadOp::Clear(wgpu::Color::BLACK));
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// Frames between two columns.
fn hop(spectrogram: &Spectrogram) -> f64 {
    (spectrogram.rate / (PACE * spectrogram.speed.clamp(0.1, 5.0))).max(1.0)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "frame counts are far below 2^53")]
impl Memory {
    fn new(gpu: &Gpu, spectrogram: &Spectrogram) -> Self {
        let levels = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("spectrogram"),
            size: wgpu::Extent3d { width: ROWS as u32, height: COLUMNS as u32, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let uniform = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("spectrogram"),
            size: size_of::<Look>() as u64,
            usage: gpu.uniforms.usage(),
            mapped_at_creation: false,
        });
        let (origin, tape) = (spectrogram.end, spectrogram.tape.clone());
        let next = origin as f64 + hop(spectrogram);
        Self { tape, scale: spectrogram.scale, origin, next, newest: 0, levels, uniform, used: 0 }
    }

    /// Whether what was drawn is of the same sound and lies in the same places.
    fn goes_on(&self, spectrogram: &Spectrogram) -> bool {
        self.tape == spectrogram.tape && self.scale == spectrogram.scale
    }

    /// Draws the columns up to the moment that is shown.
    fn catch_up(&mut self, gpu: &Gpu, spectrogram: &Spectrogram, spectra: &mut Spectra) {
        let (hop, end) = (hop(spectrogram), spectrogram.end as f64);
        // Nobody looked for longer than a picture holds.
        self.next = self.next.max(end - hop * COLUMNS as f64);
        while self.next <= end {
            self.newest = (self.newest + 1) % COLUMNS;
            let column = spectra.column(spectrogram, self.origin, self.next as u64);
            gpu.queue.write_texture(
                wgpu::TexelCopyTextureInfo { origin: wgpu::Origin3d { x: 0, y: self.newest as u32, z: 0 }, ..self.levels.as_image_copy() },
                &column,
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(ROWS as u32), rows_per_image: Some(1) },
                wgpu::Extent3d { width: ROWS as u32, height: 1, depth_or_array_layers: 1 },
            );
            self.next += hop;
        }
    }

    fn look(&self, gpu: &Gpu, (width, height): (u32, u32)) {
        let canvas = [width as f32, height as f32];
        let look = Look { canvas, rows: ROWS as u32, columns: COLUMNS as u32, newest: self.newest as u32, pad: [0; 3] };
        gpu.queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(&look));
    }
}

/// A way to a spectrum: of a length, by a window.
struct Plan {
    key: (usize, usize),
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Size of a full-scale sine's peak.
    full: f32,
}

/// Works spectra out, with memory that is used again.
#[derive(Default)]
struct Spectra {
    plan: Option<Plan>,
    heard: Vec<[f32; 2]>,
    samples: Vec<f32>,
    bins: Vec<Complex<f32>>,
    sizes: Vec<f32>,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "counts of a few thousand")]
impl Spectra {
    /// The levels of a column's rows, for the sum of both channels from `origin` to `end`.
    fn column(&mut self, spectrogram: &Spectrogram, origin: u64, end: u64) -> [u8; ROWS] {
        let Spectrogram { tape, length, rate, window, scale, .. } = spectrogram;
        self.heard.resize(*length, [0.0; 2]);
        let heard = tape.as_ref().is_some_and(|tape| tape.read(end, &mut self.heard));
        let before = (origin + *length as u64).saturating_sub(end).min(*length as u64);
        self.heard[..before as usize].fill([0.0; 2]);
        // Silence needs no work.
        if !heard || self.heard.iter().all(|frame| *frame == [0.0; 2]) {
            return [0; ROWS];
        }
        self.transform((*length, *window));
        let hz = rate / *length as f64;
        std::array::from_fn(|row| {
            let edge = |row: usize| frequency(*scale, row as f64 / ROWS as f64);
            let size = loudest(&self.sizes, edge(row) / hz, edge(row + 1) / hz);
            let level = 1.0 - 20.0 * size.max(1e-9).log10() / FLOOR_DB;
            (level.clamp(0.0, 1.0) * 255.0).round() as u8
        })
    }

    /// Fills in the sizes of the bins; 1 is a sine at full scale.
    fn transform(&mut self, key: (usize, usize)) {
        if self.plan.as_ref().is_none_or(|plan| plan.key != key) {
            let window: Vec<f32> = (0..key.0).map(|n| weight(key.1, n as f64 / key.0 as f64) as f32).collect();
            let full = window.iter().sum::<f32>() / 2.0;
            self.plan = Some(Plan { key, transform: RealFftPlanner::new().plan_fft_forward(key.0), window, full });
        }
        let Some(plan) = &self.plan else { return };
        let finite = |sample: f32| if sample.is_finite() { sample } else { 0.0 };
        self.samples.clear();
        self.samples.extend(self.heard.iter().zip(&plan.window).map(|([left, right], weight)| finite(0.5 * (left + right)) * weight));
        self.bins.resize(key.0 / 2 + 1, Complex::default());
        self.sizes.clear();
        // It refuses only buffers of other lengths.
        if plan.transform.process(&mut self.samples, &mut self.bins).is_ok() {
            self.sizes.extend(self.bins.iter().map(|bin| bin.norm() / plan.full));
        }
    }
}

/// The largest bin between two places; between two bins what a line through both says.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places within the bins")]
fn loudest(sizes: &[f32], from: f64, to: f64) -> f32 {
    let (first, end) = (from.max(0.0).ceil() as usize, to.max(0.0).ceil() as usize);
    if let Some(found) = sizes.get(first..end.min(sizes.len())).filter(|found| !found.is_empty()) {
        return found.iter().copied().fold(0.0, f32::max);
    }
    let middle = f64::midpoint(from, to);
    let (low, share) = (middle.floor() as usize, middle.fract() as f32);
    match (sizes.get(low), sizes.get(low + 1)) {
        (Some(low), Some(high)) => low + (high - low) * share,
        _ => 0.0,
    }
}

/// The frequency at a share of the height. Mel: D. O'Shaughnessy, "Speech Communication" (1987), 2595·log₁₀(1 + f/700).
fn frequency(scale: usize, share: f64) -> f64 {
    let (low, high) = RANGE_HZ;
    let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
    match scale {
        0 => low + (high - low) * share,
        1 => low * (high / low).powf(share),
        _ => 700.0 * (10.0_f64.powf((mel(low) + (mel(high) - mel(low)) * share) / 2595.0) - 1.0),
    }
}

/// What a sample at a share of the spectrum's length weighs (F. J. Harris, "On the Use of Windows for Harmonic Analysis with
/// the Discrete Fourier Transform", 1978; periodic forms).
fn weight(window: usize, share: f64) -> f64 {
    let turn = (std::f64::consts::TAU * share).cos();
    match window {
        0 => 1.0,
        1 => 1.0 - (2.0 * share - 1.0).abs(),
        2 => 0.5 - 0.5 * turn,
        3 => 0.54 - 0.46 * turn,
        _ => (std::f64::consts::PI * share).sin(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tape: &Arc<Tape>, length: usize, window: usize, scale: usize) -> Spectrogram {
        Spectrogram { instance: 0, tape: Some(Arc::clone(tape)), end: 48_000, rate: 48_000.0, length, window, speed: 1.0, scale }
    }

    fn sine(hz: f64, level: f64) -> Arc<Tape> {
        let tape = Tape::new(48_000.0);
        let sample = |at: u64| (std::f64::consts::TAU * hz * at as f64 / 48_000.0).sin() * level;
        tape.write(0, (0..48_000_usize).map(|at| [sample(at as u64) as f32; 2]));
        Arc::new(tape)
    }

    #[test]
    fn a_sine_stands_at_its_frequency_and_its_level_under_every_window_and_length() {
        // The 22nd bin of 1024 and its like in the other lengths.
        let hz = 48_000.0 * 22.0 / 1024.0;
        for (level, byte) in [(1.0, 255), (0.1, 213), (0.001, 128)] {
            let tape = sine(hz, level);
            for length in [1024, 2048, 4096, 8192] {
                for window in 0..5 {
                    let column = Spectra::default().column(&of(&tape, length, window, 1), 0, 48_000);
                    let row = (0..ROWS).max_by_key(|row| column[*row]).unwrap_or(0);
                    let [low, high] = [row, row + 1].map(|row| frequency(1, row as f64 / ROWS as f64));
                    let what = format!("{level} in {length}, window {window}: {} at {low} to {high}", column[row]);
                    // The bins of a short spectrum are farther apart than rows.
                    let slack = 48_000.0 / length as f64;
                    assert!(low - slack <= hz && hz <= high + slack && column[row].abs_diff(byte) <= 1, "{what}");
                }
            }
        }
    }

    #[test]
    fn scales_begin_at_20_hz_end_at_20_khz_and_silence_is_dark() {
        for scale in 0..3 {
            let [low, middle, high] = [0.0, 0.5, 1.0].map(|share| frequency(scale, share));
            assert!((low - 20.0).abs() < 1e-6 && (high - 20_000.0).abs() < 1e-6, "scale {scale}: {low} to {high}");
            let want = [10_010.0, 632.455_532, 3_160.0][scale];
            assert!((middle / want - 1.0).abs() < 0.02, "scale {scale}: {middle} in the middle");
        }
        assert_eq!(Spectra::default().column(&of(&Arc::new(Tape::new(48_000.0)), 2048, 2, 1), 0, 48_000), [0; ROWS]);
    }
}
