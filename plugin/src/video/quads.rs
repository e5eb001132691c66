//! Layers that the adapter blends by itself, each a quad no larger than its picture; `quads.wgsl` holds the formulas.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};

use super::{
    device::Gpu,
    layers::{LINEAR, LayerUniform},
    scene::Blend,
    textures::Texels,
    uniforms::Uniforms,
    workshop::{Stock, Workshop},
};

/// A layer's quad as the shader reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(super) struct QuadUniform {
    layer: LayerUniform,
    canvas: [f32; 2],
    pad: [f32; 2],
}

impl QuadUniform {
    #[allow(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
    pub(super) fn new(layer: LayerUniform, (width, height): (u32, u32)) -> Self {
        Self { layer, canvas: [width as f32, height as f32], pad: [0.0; 2] }
    }
}

/// What a quad does to what lies below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    Alpha,
    Add,
    Screen,
    /// Cuts off what is brighter than white, everywhere.
    Cut,
}

/// How the adapter blends each way: colours and alpha.
const WAYS: [(Way, wgpu::BlendComponent, wgpu::BlendComponent); 4] = {
    use wgpu::BlendFactor::{One, OneMinusSrc, OneMinusSrcAlpha};
    const fn add(dst_factor: wgpu::BlendFactor) -> wgpu::BlendComponent {
        wgpu::BlendComponent { src_factor: One, dst_factor, operation: wgpu::BlendOperation::Add }
    }
    const SMALLER: wgpu::BlendComponent = wgpu::BlendComponent { src_factor: One, dst_factor: One, operation: wgpu::BlendOperation::Min };
    [
        (Way::Alpha, add(OneMinusSrcAlpha), add(OneMinusSrcAlpha)),
        (Way::Add, add(One), add(OneMinusSrcAlpha)),
        (Way::Screen, add(OneMinusSrc), add(OneMinusSrcAlpha)),
        (Way::Cut, SMALLER, SMALLER),
    ]
};

const fn way(blend: Blend) -> Option<Way> {
    match blend {
        Blend::Alpha => Some(Way::Alpha),
        Blend::Add => Some(Way::Add),
        Blend::Screen => Some(Way::Screen),
        _ => None,
    }
}

/// Whether the adapter can blend so by itself.
pub(super) const fn is_simple(blend: Blend) -> bool {
    way(blend).is_some()
}

/// What one draw of a run of quads does.
pub(super) enum Quad<'a> {
    /// Lays a picture over what is there.
    Layer { blend: Blend, texels: Texels, view: &'a wgpu::TextureView, uniform: wgpu::BufferBinding<'a> },
    /// Cuts off what is brighter than white.
    Cut,
}

/// A pipeline's way, and whether its texture is scaled YCoCg.
type Variant = (Way, bool);

/// Every variant there is.
const VARIANTS: [Variant; 7] = [
    (Way::Alpha, false),
    (Way::Add, false),
    (Way::Screen, false),
    (Way::Cut, false),
    (Way::Alpha, true),
    (Way::Add, true),
    (Way::Screen, true),
];

/// What pipelines are made of, on whichever thread.
#[derive(Clone, Debug)]
struct Maker {
    device: wgpu::Device,
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
}

/// The pipelines, one for each variant in use.
#[derive(Debug)]
pub(super) struct QuadPass {
    maker: Maker,
    pipelines: HashMap<Variant, Stock<wgpu::RenderPipeline>>,
    sampler: wgpu::Sampler,
}

impl QuadPass {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let source = concat!(include_str!("layer.wgsl"), include_str!("quads.wgsl"));
        let module =
            gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("quads"), source: gpu.uniforms.source(source) });
        let layout =
            gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("quad"), entries: &entries(gpu.uniforms) });
        let sampler = gpu.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("linear"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..wgpu::SamplerDescriptor::default()
        });
        Self { maker: Maker { device: gpu.device.clone(), module, layout }, pipelines: HashMap::new(), sampler }
    }

    /// Whether it can draw whatever comes without making a picture wait; with a workshop everything is made there first.
    pub(super) fn is_ready(&mut self, workshop: Option<&Workshop>) -> bool {
        let Some(workshop) = workshop.filter(|workshop| !workshop.compiles_late()) else { return true };
        let mut ready = true;
        for variant in VARIANTS {
            let made = self.pipelines.entry(variant).or_insert_with(|| {
                let maker = self.maker.clone();
                Stock::Coming(workshop.order(move |_| maker.pipeline(variant)))
            });
            ready &= made.get().is_some();
        }
        ready
    }

    /// Draws quads over `target`, whose content stays where `over` says so; else they begin from nothing.
    pub(super) fn draw(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::TextureView,
        over: bool,
        quads: &[Quad<'_>],
    ) {
        for quad in quads {
            self.pipelines.entry(variant(quad)).or_insert_with(|| Stock::There(self.maker.pipeline(variant(quad))));
        }
        let load = if over { wgpu::LoadOp::Load } else { wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT) };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("quads"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
            })],
            ..wgpu::RenderPassDescriptor::default()
        });
        let mut set = None;
        for quad in quads {
            let wanted = variant(quad);
            let Some(Stock::There(pipeline)) = self.pipelines.get(&wanted) else { continue };
            if set.replace(wanted) != Some(wanted) {
                pass.set_pipeline(pipeline);
            }
            match quad {
                Quad::Layer { view, uniform, .. } => {
                    let bindings = [
                        wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(uniform.clone()) },
                        wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&self.sampler) },
                        wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(view) },
                    ];
                    let descriptor = wgpu::BindGroupDescriptor { label: Some("quad"), layout: &self.maker.layout, entries: &bindings };
                    pass.set_bind_group(0, &gpu.device.create_bind_group(&descriptor), &[]);
                    pass.draw(0..4, 0..1);
                }
                Quad::Cut => pass.draw(0..3, 0..1),
            }
        }
    }
}

impl Maker {
    fn pipeline(&self, (way, ycocg): Variant) -> wgpu::RenderPipeline {
        let cuts = way == Way::Cut;
        let blend = WAYS.iter().find(|(known, ..)| *known == way).map(|&(_, color, alpha)| wgpu::BlendState { color, alpha });
        let layouts = [Some(&self.layout)];
        let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("quads"),
            bind_group_layouts: if cuts { &[] } else { &layouts },
            immediate_size: 0,
        });
        let constants = [("YCOCG", f64::from(u8::from(ycocg)))];
        let topology = if cuts { wgpu::PrimitiveTopology::TriangleList } else { wgpu::PrimitiveTopology::TriangleStrip };
        self.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("quads"),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: &self.module,
                entry_point: Some(if cuts { "cover" } else { "corner" }),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState { topology, ..wgpu::PrimitiveState::default() },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &self.module,
                entry_point: Some(if cuts { "white" } else { "lay" }),
                compilation_options: wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() },
                targets: &[Some(wgpu::ColorTargetState { format: LINEAR, blend, write_mask: wgpu::ColorWrites::ALL })],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

fn variant(quad: &Quad<'_>) -> Variant {
    match quad {
        Quad::Layer { blend, texels, .. } => (way(*blend).unwrap_or(Way::Alpha), *texels == Texels::YCoCg),
        Quad::Cut => (Way::Cut, false),
    }
}

fn entries(uniforms: Uniforms) -> [wgpu::BindGroupLayoutEntry; 3] {
    let both = wgpu::ShaderStages::VERTEX_FRAGMENT;
    let entry = |binding, visibility, ty| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    [
        entry(0, both, uniforms.binding()),
        entry(1, wgpu::ShaderStages::FRAGMENT, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering)),
        entry(2, wgpu::ShaderStages::FRAGMENT, texture),
    ]
}
