//! Layers that the adapter blends by itself, each a quad no larger than its picture; `quads.wgsl` holds the formulas.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};

use super::{
    device::Gpu,
    layers::{LINEAR, LayerUniform},
    pass::{self, Drawing},
    scene::Blend,
    textures::Texels,
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
        let fragment = wgpu::ShaderStages::FRAGMENT;
        let read =
            [(wgpu::ShaderStages::VERTEX_FRAGMENT, gpu.uniforms.binding()), (fragment, pass::SAMPLER), (fragment, pass::texture(true))];
        let (layout, sampler) = (pass::bindings(&gpu.device, "quad", read), pass::linear(&gpu.device));
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
        let mut pass = pass::begin(encoder, "quads", target, load);
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
        let layout = pass::layout(&self.device, "quads", Some(&self.layout).filter(|_| !cuts));
        let constants = [("YCOCG", f64::from(u8::from(ycocg)))];
        let target = wgpu::ColorTargetState { format: LINEAR, blend, write_mask: wgpu::ColorWrites::ALL };
        let drawing = Drawing { constants: &constants, target, ..Drawing::cover("quads", &layout, &self.module, "white", LINEAR) };
        if cuts {
            return drawing.pipeline(&self.device);
        }
        let (vertex, fragment) = ((&self.module, "corner"), (&self.module, Some("lay")));
        Drawing { vertex, fragment, topology: wgpu::PrimitiveTopology::TriangleStrip, ..drawing }.pipeline(&self.device)
    }
}

fn variant(quad: &Quad<'_>) -> Variant {
    match quad {
        Quad::Layer { blend, texels, .. } => (way(*blend).unwrap_or(Way::Alpha), *texels == Texels::YCoCg),
        Quad::Cut => (Way::Cut, false),
    }
}
