//! The oscilloscope's figure: segments between samples, drawn into a canvas of their own.

use bytemuck::{Pod, Zeroable};
use videotracker_engine::view::SCOPE_POINTS;

use super::{
    device::Gpu,
    pass::{self, Drawing},
    scene::Trace,
};

/// Most segments a trace has: two curves over time.
const MAX_SEGMENTS: usize = 2 * (SCOPE_POINTS - 1);

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Beam {
    size: [f32; 2],
    radius: f32,
    pad: f32,
    colour: [f32; 4],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
struct Segment {
    from: [f32; 2],
    to: [f32; 2],
}

/// Draws traces.
#[derive(Debug)]
pub(super) struct ScopePass {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
}

impl ScopePass {
    pub(super) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("scope"),
            source: gpu.uniforms.source(include_str!("scope.wgsl")),
        });
        let layout = pass::bindings(&gpu.device, "beam", [(wgpu::ShaderStages::VERTEX_FRAGMENT, gpu.uniforms.binding())]);
        let pipeline = Drawing {
            vertex: (&module, "segment"),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Segment>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2],
            })],
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            target: wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            },
            ..Drawing::cover("scope", &pass::layout(&gpu.device, "scope", Some(&layout)), &module, "glow", format)
        }
        .pipeline(&gpu.device);
        Self { pipeline, layout }
    }

    /// Clears `target` to the trace's background and draws the trace over it.
    pub(super) fn draw(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        trace: &Trace,
        target: &wgpu::TextureView,
        (width, height): (u32, u32),
    ) {
        let size = [pixels(width), pixels(height)];
        let [red, green, blue] = trace.colour.map(to_linear);
        let beam = Beam { size, radius: trace.point_size.max(0.5) / 2.0, pad: 0.0, colour: [red, green, blue, 1.0] };
        let segments = segments(trace, size);
        let uniform = buffer(gpu, gpu.uniforms.usage(), bytemuck::bytes_of(&beam));
        let vertices = buffer(gpu, wgpu::BufferUsages::VERTEX, bytemuck::cast_slice(&segments));
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("beam"),
            layout: &self.layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniform.as_entire_binding() }],
        });
        let grey = f64::from(to_linear(trace.background));
        let alpha = if trace.background > 0.0 { 1.0 } else { 0.0 };
        let load = wgpu::LoadOp::Clear(wgpu::Color { r: grey, g: grey, b: grey, a: alpha });
        let mut pass = pass::begin(encoder, "scope", target, load);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.draw(0..4, 0..u32::try_from(segments.len()).unwrap_or(0));
    }
}

fn buffer(gpu: &Gpu, usage: wgpu::BufferUsages, bytes: &[u8]) -> wgpu::Buffer {
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("scope"),
        size: bytes.len() as u64,
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, bytes);
    buffer
}

/// sRGB to linear light (IEC 61966-2-1).
pub(super) fn to_linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[allow(clippy::cast_precision_loss, reason = "a canvas is at most a few ten thousand pixels wide")]
fn pixels(count: u32) -> f32 {
    count as f32
}

/// The figure in pixels, y down. XY: full scale at `scale` = 1 reaches the edges of the largest centred square.
/// Time: left around the upper quarter, right around the lower one.
fn segments(trace: &Trace, [width, height]: [f32; 2]) -> Vec<Segment> {
    let points = trace.points.as_slice();
    let mut out = Vec::with_capacity(MAX_SEGMENTS);
    let mut join = |curve: &mut dyn Iterator<Item = [f32; 2]>| {
        let Some(mut from) = curve.next() else { return };
        for to in curve {
            out.push(Segment { from, to });
            from = to;
        }
    };
    let finite = |value: f32| if value.is_finite() { value.clamp(-8.0, 8.0) } else { 0.0 };
    if trace.xy {
        let reach = width.min(height) / 2.0 * trace.scale;
        join(&mut points.iter().map(|[left, right]| [width / 2.0 + finite(*left) * reach, height / 2.0 - finite(*right) * reach]));
    } else {
        let step = width / pixels(u32::try_from(points.len() - 1).unwrap_or(1));
        for (channel, middle) in [(0, 0.25), (1, 0.75)] {
            let mut x = -step;
            join(&mut points.iter().map(|point| {
                x += step;
                [x, height * middle - finite(point[channel]) * height * 0.25 * trace.scale]
            }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn xy_puts_left_on_x_and_right_upwards() {
        let mut points = [[0.0; 2]; SCOPE_POINTS];
        points[0] = [1.0, 1.0];
        let trace = Trace { xy: true, scale: 0.5, point_size: 2.0, colour: [1.0; 3], background: 0.0, points: Arc::new(points) };
        let figure = segments(&trace, [200.0, 100.0]);
        assert_eq!(figure.len(), SCOPE_POINTS - 1);
        assert_eq!(figure[0], Segment { from: [125.0, 25.0], to: [100.0, 50.0] });
    }

    #[test]
    fn time_draws_both_channels_across_the_whole_width() {
        let trace = Trace {
            xy: false,
            scale: 1.0,
            point_size: 2.0,
            colour: [1.0; 3],
            background: 0.0,
            points: Arc::new([[0.5, -0.5]; SCOPE_POINTS]),
        };
        let figure = segments(&trace, [200.0, 80.0]);
        assert_eq!(figure.len(), MAX_SEGMENTS);
        assert_eq!((figure[0].from, figure[MAX_SEGMENTS - 1].from[1]), ([0.0, 10.0], 70.0));
        assert!((figure[SCOPE_POINTS - 2].to[0] - 200.0).abs() < 0.01);
    }
}
