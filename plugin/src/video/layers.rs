//! The pipeline that puts layers over each other in passes, and layers' places; `layers.wgsl` holds the formulas.

use std::collections::HashMap;

use bytemuck::{Pod, Zeroable};
use videotracker_engine::view::Placement;

use super::{
    device::Gpu,
    pass::{self, Drawing},
    scene::Blend,
    steps::{Extent, Rect},
    textures::{Texels, Uploaded},
    workshop::{Stock, Workshop},
};

/// Layers composed in one pass: with the backdrop they use 9 of the 16 textures every adapter offers a shader.
pub(super) const LAYERS: usize = 8;
/// What groups are composed in: linear light, premultiplied.
pub(super) const LINEAR: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// One layer as the shader reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(super) struct LayerUniform {
    /// Rows of what turns an offset in canvas pixels into the picture's unit square.
    inverse: [f32; 4],
    /// Left, top, right and bottom of what shows of the unit square.
    shown: [f32; 4],
    origin: [f32; 2],
    visible: [f32; 2],
    half_texel: [f32; 2],
    opacity: f32,
    blend: u32,
    texels: u32,
    pad: [u32; 3],
}

/// Where a picture's unit square lies on the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lay {
    origin: [f32; 2],
    inverse: [f32; 4],
    shown: [f32; 4],
}

#[allow(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
impl Lay {
    /// A rectangle of canvas pixels, placed.
    pub(super) fn of(([x, y], [w, h]): Frame, canvas: (u32, u32), place: &Placement) -> Self {
        if (Placement { fit: 0, ..*place }) == Placement::default() {
            let shown = [0.0, 0.0, 1.0, 1.0];
            return Self { origin: [x, y], inverse: [1.0 / w, 0.0, 0.0, 1.0 / h], shown };
        }
        // A picture without size shows nothing, but needs an inverse.
        let size = place.size.max(1e-3);
        let (sin, cos) = place.rotation.to_radians().sin_cos();
        let flips = [matches!(place.flip, 1 | 3), matches!(place.flip, 2 | 3)].map(|flip| if flip { -1.0 } else { 1.0 });
        // Edges of the unit square on the canvas: turned clockwise, since y points down.
        let (across, down) = (w * size * flips[0], h * size * flips[1]);
        let edges = [[across * cos, across * sin], [-down * sin, down * cos]];
        let half_canvas = [canvas.0 as f32 / 2.0, canvas.1 as f32 / 2.0];
        let fitted = [x + w / 2.0, y + h / 2.0];
        let origin = [0, 1].map(|axis| fitted[axis] + place.middle[axis] * half_canvas[axis] - (edges[0][axis] + edges[1][axis]) / 2.0);
        let inverse = [cos / across, sin / across, -sin / down, cos / down];
        let [left, right, top, bottom] = place.crop;
        let shown = if place.size > 0.0 { [left, top, 1.0 - right, 1.0 - bottom] } else { [0.0; 4] };
        Self { origin, inverse, shown }
    }
}

#[allow(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
impl LayerUniform {
    /// A frame fitted into the canvas, and placed.
    pub(super) fn picture(frame: &Uploaded, opacity: f32, blend: Blend, canvas: (u32, u32), place: &Placement) -> Self {
        let padded = [frame.padded.0 as f32, frame.padded.1 as f32];
        let visible = [frame.size.0 as f32 / padded[0], frame.size.1 as f32 / padded[1]];
        let lay = Lay::of(framed(place.fit, frame.size, canvas), canvas, place);
        Self::laid(lay, visible, padded.map(|side| 0.5 / side), frame.texels, (opacity, blend))
    }

    /// A canvas composed before, pixel by pixel unless it is placed elsewhere.
    pub(super) fn canvas(opacity: f32, blend: Blend, (width, height): (u32, u32), place: &Placement) -> Self {
        let half_texel = [0.5 / width as f32, 0.5 / height as f32];
        let lay = Lay::of(([0.0; 2], [width as f32, height as f32]), (width, height), place);
        Self::laid(lay, [1.0; 2], half_texel, Texels::Premultiplied, (opacity, blend))
    }

    /// A canvas fitted into a target of another size.
    pub(super) fn fitted(canvas: (u32, u32), target: (u32, u32)) -> Self {
        let lay = Lay::of(framed(0, canvas, target), target, &Placement::default());
        Self::laid(lay, [1.0; 2], [0.5 / canvas.0 as f32, 0.5 / canvas.1 as f32], Texels::Premultiplied, (1.0, Blend::Alpha))
    }

    /// How its texture's texels become colours.
    pub(super) fn texels(&self) -> Texels {
        Texels::ALL.get(self.texels as usize).copied().unwrap_or(Texels::Straight)
    }

    pub(super) fn blend(&self) -> Blend {
        Blend::at(self.blend as usize)
    }

    /// Which pixels of a canvas it changes, and how. `opaque` says that no texel lets anything through.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped into the canvas first")]
    pub(super) fn extent(&self, (width, height): (u32, u32), opaque: bool) -> Extent {
        let [left, top, right, bottom] = self.shown;
        let [a, b, c, d] = self.inverse;
        let area = a * d - b * c;
        let corners = [[left, top], [right, top], [left, bottom], [right, bottom]]
            .map(|[x, y]| [self.origin[0] + (d * x - b * y) / area, self.origin[1] + (a * y - c * x) / area]);
        let low = [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).fold(f32::INFINITY, f32::min));
        let high = [0, 1].map(|axis| corners.iter().map(|corner| corner[axis]).fold(f32::NEG_INFINITY, f32::max));
        let cropped_away = left >= right || top >= bottom;
        // A pixel shows what its middle shows; an edge this close to a middle may lie on either side of it.
        let within = |slack: f32| {
            let side = |at: f32, slack: f32, length: u32| ((at - 0.5 + slack).ceil().max(0.0) as u32).min(length);
            let (low, high) = (low.map(|at| (at, -slack)), high.map(|at| (at, slack)));
            let [(left, back), (top, _)] = low;
            let [(right, on), (bottom, _)] = high;
            let rect = Rect {
                left: side(left, back, width),
                top: side(top, back, height),
                right: side(right, on, width),
                bottom: side(bottom, on, height),
            };
            if cropped_away { Rect::default() } else { rect }
        };
        let upright = b == 0.0 && c == 0.0;
        let reach = within(0.01);
        let blend = self.blend();
        let covers = if upright { within(-0.01) } else { Rect::default() };
        let through = if opaque && blend == Blend::Alpha { (1.0 - self.opacity).max(0.0) } else { 1.0 };
        // A shader's picture may be brighter than white; it is cut off there.
        let peak = if self.texels == Texels::Premultiplied as u32 { 1.0 } else { self.opacity };
        Extent { reach, covers, share: self.share(area, reach, (width, height)), through, blend, peak }
    }

    /// Share of a canvas that its quad takes.
    fn share(&self, area: f32, reach: Rect, (width, height): (u32, u32)) -> f32 {
        let [left, top, right, bottom] = self.shown;
        let own = ((right - left) * (bottom - top) / area).abs();
        let within = (reach.right.saturating_sub(reach.left) as f32) * (reach.bottom.saturating_sub(reach.top) as f32);
        own.min(within) / (width as f32 * height as f32)
    }

    fn laid(lay: Lay, visible: [f32; 2], half_texel: [f32; 2], texels: Texels, (opacity, blend): (f32, Blend)) -> Self {
        let Lay { origin, inverse, shown } = lay;
        Self { inverse, shown, origin, visible, half_texel, opacity, blend: blend as u32, texels: texels as u32, pad: [0; 3] }
    }
}

/// A pass as the shader reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(super) struct PassUniform {
    pub(super) layers: [LayerUniform; LAYERS],
    /// Colour behind the layers of the last pass, in linear light.
    pub(super) background: [f32; 4],
    pub(super) count: u32,
    pub(super) last: u32,
    pub(super) opacity: f32,
    pub(super) pad: f32,
}

/// What a pipeline is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Variant {
    /// The target's format.
    format: wgpu::TextureFormat,
    /// Layers it can draw.
    layers: u32,
    /// Whether one of them may be scaled YCoCg.
    ycocg: bool,
    /// Whether it starts from a backdrop.
    backdrop: bool,
    /// Whether every layer blends by alpha.
    plain: bool,
    /// Whether it finishes the picture itself.
    last: bool,
}

impl Variant {
    /// The smallest variant that draws a pass; few sizes, because a new one costs a software adapter a compilation.
    pub(super) fn of(uniform: &PassUniform, backdrop: bool, format: wgpu::TextureFormat) -> Self {
        let count = uniform.count;
        let layers = [0, 1, 2, 3, 4, 6, 8].into_iter().find(|layers| *layers >= count).unwrap_or(8);
        let used = &uniform.layers[..LAYERS.min(count as usize)];
        let ycocg = used.iter().any(|layer| layer.texels == Texels::YCoCg as u32);
        let plain = used.iter().all(|layer| layer.blend == Blend::Alpha as u32);
        Self { format, layers, ycocg, backdrop, plain, last: uniform.last > 0 }
    }

    /// The variant that draws whatever this one does, more slowly.
    const fn general(self) -> Self {
        Self { layers: 8, ycocg: true, plain: false, ..self }
    }
}

/// A rectangle on the canvas, in pixels: its corner, which may lie outside, and its size.
type Frame = ([f32; 2], [f32; 2]);

/// Where a picture lies that is not moved: by an index into [`FIT`](videotracker_engine::module::picture::FIT), in the middle.
#[allow(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
pub(super) fn framed(how: u8, picture: (u32, u32), canvas: (u32, u32)) -> Frame {
    let [size, whole] = [picture, canvas].map(|(width, height)| [width as f32, height as f32]);
    let size = match how {
        1 => {
            let scale = (whole[0] / size[0].max(1.0)).max(whole[1] / size[1].max(1.0));
            size.map(|side| side * scale)
        }
        2 => whole,
        3 => size,
        _ => {
            let (corner, size) = fit(picture, canvas);
            return (corner.map(|side| side as f32), size.map(|side| side as f32));
        }
    };
    // Whole pixels stay whole: a picture of an odd side lies half a pixel from the middle.
    ([0, 1].map(|axis| ((whole[axis] - size[axis]) / 2.0).floor()), size)
}

/// The largest centred rectangle with a picture's aspect in a canvas: its corner and its size, in whole pixels.
#[must_use]
pub(super) fn fit((width, height): (u32, u32), (canvas_width, canvas_height): (u32, u32)) -> ([u32; 2], [u32; 2]) {
    let scaled = |side: u32, by: u32, over: u32| {
        let rounded = (u64::from(side) * u64::from(by) + u64::from(over) / 2) / u64::from(over.max(1));
        u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
    };
    let wide = u64::from(width) * u64::from(canvas_height) >= u64::from(height) * u64::from(canvas_width);
    let (w, h) = if wide {
        (canvas_width, scaled(height, canvas_width, width).min(canvas_height))
    } else {
        (scaled(width, canvas_height, height).min(canvas_width), canvas_height)
    };
    ([(canvas_width - w) / 2, (canvas_height - h) / 2], [w, h])
}

/// What pipelines are made of, on whichever thread.
#[derive(Clone, Debug)]
struct Maker {
    device: wgpu::Device,
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
}

impl Maker {
    fn pipeline(&self, variant: Variant) -> wgpu::RenderPipeline {
        let on = |on: bool| f64::from(u8::from(on));
        let constants = [
            ("LAYERS", f64::from(variant.layers)),
            ("YCOCG", on(variant.ycocg)),
            ("BACKDROP", on(variant.backdrop)),
            ("ENCODE", on(!variant.format.is_srgb())),
            ("PLAIN", on(variant.plain)),
            ("LAST", on(variant.last)),
        ];
        Drawing { constants: &constants, ..Drawing::cover("layers", &self.layout, &self.module, "compose", variant.format) }
            .pipeline(&self.device)
    }
}

/// The pipelines, one for each variant in use.
#[derive(Debug)]
pub(super) struct LayerPass {
    maker: Maker,
    layout: wgpu::BindGroupLayout,
    pipelines: HashMap<Variant, Stock<wgpu::RenderPipeline>>,
    sampler: wgpu::Sampler,
    /// Stands in where a pass has fewer textures than the shader.
    nothing: wgpu::TextureView,
}

impl LayerPass {
    pub(super) fn new(gpu: &Gpu) -> Self {
        let device = &gpu.device;
        let stage = wgpu::ShaderStages::FRAGMENT;
        let pictures = std::iter::repeat_n(pass::texture(true), LAYERS + 1);
        let read = [gpu.uniforms.binding(), pass::SAMPLER].into_iter().chain(pictures);
        let layout = pass::bindings(device, "layers", read.map(|binding| (stage, binding)));
        let (pipeline_layout, sampler) = (pass::layout(device, "layers", Some(&layout)), pass::linear(device));
        let nothing = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("nothing"),
            size: wgpu::Extent3d { width: 1, height: 1, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("layers"),
            source: gpu.uniforms.source(concat!(include_str!("layer.wgsl"), include_str!("layers.wgsl"))),
        });
        Self {
            maker: Maker { device: device.clone(), module, layout: pipeline_layout },
            layout,
            pipelines: HashMap::new(),
            sampler,
            nothing: nothing.create_view(&wgpu::TextureViewDescriptor::default()),
        }
    }

    /// Makes a variant's pipeline, if there is none yet; which variant draws until then.
    ///
    /// With a workshop it is made there, and the general variant draws meanwhile. That one is made here when the first pass
    /// into a format is drawn, with a backdrop and without, so that no later picture waits for it.
    pub(super) fn ready_for(&mut self, workshop: Option<&Workshop>, variant: Variant) -> Variant {
        let Some(workshop) = workshop.filter(|workshop| !workshop.compiles_late()) else {
            self.make(variant);
            return variant;
        };
        for backdrop in [false, true] {
            self.make(Variant { backdrop, ..variant.general() });
        }
        let wanted = self.pipelines.entry(variant).or_insert_with(|| {
            let make = self.maker.clone();
            Stock::Coming(workshop.order(move |_| make.pipeline(variant)))
        });
        if wanted.get().is_some() { variant } else { variant.general() }
    }

    fn make(&mut self, variant: Variant) {
        self.pipelines.entry(variant).or_insert_with(|| Stock::There(self.maker.pipeline(variant)));
    }

    /// Encodes one pass over the whole of `target`, with a variant that [`Self::ready_for`] knows.
    #[allow(clippy::too_many_arguments, reason = "a pass has a target, inputs and a uniform; a struct for one call would hide that")]
    pub(super) fn draw(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        target: &wgpu::TextureView,
        variant: Variant,
        uniform: wgpu::BufferBinding<'_>,
        backdrop: Option<&wgpu::TextureView>,
        pictures: &[wgpu::TextureView],
    ) {
        let Some(Stock::There(pipeline)) = self.pipelines.get(&variant) else { return };
        let mut bindings = vec![
            wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(uniform) },
            wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&self.sampler) },
        ];
        let views = std::iter::once(backdrop.unwrap_or(&self.nothing)).chain(pictures).chain(std::iter::repeat(&self.nothing));
        bindings.extend(
            (2..)
                .zip(views.take(LAYERS + 1))
                .map(|(binding, view)| wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) }),
        );
        let group =
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("layers"), layout: &self.layout, entries: &bindings });
        let mut pass = pass::begin(encoder, "layers", target, wgpu::LoadOp::Clear(wgpu::Color::BLACK));
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a canvas pixel falls in the picture, and whether it shows.
    fn unit(lay: Lay, pixel: [f32; 2]) -> ([f32; 2], bool) {
        let [x, y] = [pixel[0] - lay.origin[0], pixel[1] - lay.origin[1]];
        let at = [lay.inverse[0] * x + lay.inverse[1] * y, lay.inverse[2] * x + lay.inverse[3] * y];
        let [left, top, right, bottom] = lay.shown;
        (at, at[0] >= left && at[0] < right && at[1] >= top && at[1] < bottom)
    }

    #[test]
    fn a_placed_picture_is_moved_sized_turned_cropped_and_mirrored_around_its_middle() {
        let (rect, canvas) = (([0.0, 0.0], [200.0, 100.0]), (200, 100));
        let none = Placement::default();
        for (what, place, pixel, want) in [
            ("as it is", none, [50.0, 25.0], ([0.25, 0.25], true)),
            ("moved by half a canvas", Placement { middle: [1.0, -1.0], ..none }, [150.0, 25.0], ([0.25, 0.75], true)),
            ("half as large", Placement { size: 0.5, ..none }, [51.0, 26.0], ([0.01, 0.02], true)),
            ("half as large, beside", Placement { size: 0.5, ..none }, [49.0, 30.0], ([-0.01, 0.1], false)),
            ("turned to the right", Placement { rotation: 90.0, ..none }, [149.0, 50.0], ([0.5, 0.01], true)),
            ("upside down", Placement { rotation: 180.0, ..none }, [50.0, 25.0], ([0.75, 0.75], true)),
            ("mirrored", Placement { flip: 1, ..none }, [50.0, 25.0], ([0.75, 0.25], true)),
            ("mirrored both ways", Placement { flip: 3, ..none }, [50.0, 25.0], ([0.75, 0.75], true)),
            ("cropped on the left", Placement { crop: [0.3, 0.0, 0.0, 0.0], ..none }, [50.0, 25.0], ([0.25, 0.25], false)),
            ("cropped at the bottom", Placement { crop: [0.0, 0.0, 0.0, 0.8], ..none }, [50.0, 25.0], ([0.25, 0.25], false)),
            ("without size", Placement { size: 0.0, ..none }, [100.0, 50.0], ([0.5, 0.5], false)),
        ] {
            let (at, shows) = unit(Lay::of(rect, canvas, &place), pixel);
            let near = at.iter().zip(want.0).all(|(got, want)| (got - want).abs() < 1e-3);
            assert!(near && shows == want.1, "{what}: {at:?} {shows}, not {want:?}");
        }
    }

    #[test]
    fn the_pixels_a_picture_changes_are_known_before_it_is_drawn() {
        let (rect, canvas, none) = (([0.0, 0.0], [200.0, 100.0]), (200, 100), Placement::default());
        let place = |left, top, right, bottom| Rect { left, top, right, bottom };
        for (what, at, reach, covers) in [
            ("as it is", none, place(0, 0, 200, 100), place(0, 0, 200, 100)),
            ("half as large", Placement { size: 0.5, ..none }, place(50, 25, 150, 75), place(50, 25, 150, 75)),
            ("half way out", Placement { middle: [1.0, 0.0], ..none }, place(100, 0, 200, 100), place(100, 0, 200, 100)),
            ("mirrored, cropped", Placement { flip: 1, crop: [0.25, 0.0, 0.0, 0.0], ..none }, place(0, 0, 150, 100), place(0, 0, 150, 100)),
            ("a quarter turn", Placement { rotation: 90.0, ..none }, place(50, 0, 150, 100), Rect::default()),
            ("outside", Placement { middle: [4.0, 0.0], ..none }, place(200, 0, 200, 100), place(200, 0, 200, 100)),
            ("without size", Placement { size: 0.0, ..none }, Rect::default(), Rect::default()),
        ] {
            let lay = Lay::of(rect, canvas, &at);
            let extent = LayerUniform::laid(lay, [1.0; 2], [0.0; 2], Texels::Opaque, (0.5, Blend::Alpha)).extent(canvas, true);
            assert_eq!((extent.reach, extent.covers), (reach, covers), "{what}");
            assert_eq!(extent.through, 0.5);
        }
    }

    #[test]
    fn each_way_to_fit_fills_the_canvas_as_it_says() {
        for (picture, canvas, wanted) in [
            ((640, 480), (1280, 720), [([160.0, 0.0], [960.0, 720.0]), ([0.0, -120.0], [1280.0, 960.0]), ([320.0, 120.0], [640.0, 480.0])]),
            ((480, 960), (640, 320), [([240.0, 0.0], [160.0, 320.0]), ([0.0, -480.0], [640.0, 1280.0]), ([80.0, -320.0], [480.0, 960.0])]),
            ((4, 4), (4, 4), [([0.0, 0.0], [4.0, 4.0]); 3]),
            ((3, 3), (6, 6), [([0.0, 0.0], [6.0, 6.0]), ([0.0, 0.0], [6.0, 6.0]), ([1.0, 1.0], [3.0, 3.0])]),
        ] {
            let [contain, cover, none] = wanted;
            let stretch = ([0.0, 0.0], [canvas.0 as f32, canvas.1 as f32]);
            for (how, wanted) in (0..).zip([contain, cover, stretch, none]) {
                assert_eq!(framed(how, picture, canvas), wanted, "{picture:?} in {canvas:?}, {how}");
            }
        }
        // Of what goes beyond the canvas nothing is drawn.
        let lay = Lay::of(framed(1, (640, 480), (1280, 720)), (1280, 720), &Placement { fit: 1, ..Placement::default() });
        let extent = LayerUniform::laid(lay, [1.0; 2], [0.0; 2], Texels::Opaque, (1.0, Blend::Alpha)).extent((1280, 720), true);
        assert_eq!(extent.covers, Rect { left: 0, top: 0, right: 1280, bottom: 720 });
    }

    #[test]
    fn a_picture_keeps_its_aspect_in_the_middle_of_the_canvas() {
        for (picture, canvas, want) in [
            ((1920, 1080), (1280, 720), ([0, 0], [1280, 720])),
            ((640, 480), (1280, 720), ([160, 0], [960, 720])),
            ((1920, 800), (1920, 1080), ([0, 140], [1920, 800])),
            ((1, 1000), (4, 4), ([1, 0], [1, 4])),
            ((1000, 1), (4, 4), ([0, 1], [4, 1])),
            ((3, 3), (1, 1), ([0, 0], [1, 1])),
        ] {
            assert_eq!(fit(picture, canvas), want, "{picture:?} in {canvas:?}");
        }
    }
}
