//! The renderer: from a scene to pixels, on a surface or in memory.

use std::{collections::HashMap, sync::Arc};

use videotracker_engine::{name::Name, view::Placement};

use super::{
    VideoError,
    device::{Gpu, Options, instance},
    layers::{LAYERS, LINEAR, LayerPass, LayerUniform, PassUniform, Variant, fit},
    scene::{Blend, Content, Feedback, Layer, Scene},
    scope::{ScopePass, to_linear},
    source::Media,
    textures::{Reading, Textures, Uploaded},
};

/// What offscreen pictures are drawn in; the device encodes sRGB on writing.
const OFFSCREEN: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;

/// A texture to compose in.
struct Target {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

/// The memory that offscreen pictures pass through, kept for the next picture of the same size.
struct Offscreen {
    size: (u32, u32),
    target: Target,
    readback: wgpu::Buffer,
    row_bytes: u32,
}

/// A layer as it is drawn.
struct Drawn {
    uniform: LayerUniform,
    view: wgpu::TextureView,
    /// Corner and size on the canvas, in pixels.
    place: ([u32; 2], [u32; 2]),
    /// Whether nothing shows through it.
    hides: bool,
}

/// A group's picture before and the one that is drawn, in turn.
struct Echo {
    pair: [Target; 2],
    /// Which of the pair was drawn last; `None` before the first.
    last: Option<usize>,
    used: bool,
}

/// One pass of layers, ready to encode.
struct Planned {
    uniform: PassUniform,
    pictures: Vec<wgpu::TextureView>,
    backdrop: Option<wgpu::TextureView>,
    /// `None` is the picture's own target.
    target: Option<wgpu::TextureView>,
}

/// Draws scenes with one device.
pub struct Renderer {
    gpu: Gpu,
    textures: Textures,
    layers: LayerPass,
    scope: ScopePass,
    /// Canvases of the size drawn last, handed out anew for each picture.
    canvases: Vec<Target>,
    canvas_size: (u32, u32),
    used: usize,
    /// Pictures of groups with feedback, by output and group.
    echoes: HashMap<(Name, Name), Echo>,
    uniforms: Option<wgpu::Buffer>,
    offscreen: Option<Offscreen>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Renderer({}, {:?})", self.gpu.name(), self.textures)
    }
}

impl Renderer {
    /// A renderer for pictures in memory, every frame exact.
    ///
    /// # Errors
    /// [`VideoError::NoAdapter`] and [`VideoError::NoDevice`], where no graphics can be had.
    pub fn new(options: &Options, media: Arc<dyn Media>) -> Result<Self, VideoError> {
        Ok(Self::on(Gpu::open(options)?, options, media, Reading::Exact))
    }

    /// A renderer for a window's surface, which must come from `instance`; frames are read ahead.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_surface(
        instance: wgpu::Instance,
        surface: &wgpu::Surface<'_>,
        options: &Options,
        media: Arc<dyn Media>,
    ) -> Result<Self, VideoError> {
        Ok(Self::on(Gpu::open_for(instance, Some(surface), options)?, options, media, Reading::Live))
    }

    /// A renderer on a device.
    #[must_use]
    pub fn on(gpu: Gpu, options: &Options, media: Arc<dyn Media>, reading: Reading) -> Self {
        let layers = LayerPass::new(&gpu);
        let scope = ScopePass::new(&gpu, LINEAR);
        Self {
            textures: Textures::new(media, reading, options.texture_budget),
            layers,
            scope,
            canvases: Vec::new(),
            canvas_size: (0, 0),
            used: 0,
            echoes: HashMap::new(),
            uniforms: None,
            offscreen: None,
            gpu,
        }
    }

    /// Whether there is an adapter at all, asked without keeping anything.
    ///
    /// # Errors
    /// [`VideoError::NoAdapter`], in words for the musician.
    pub fn probe(options: &Options) -> Result<String, VideoError> {
        Gpu::open_for(instance(), None, options).map(|gpu| gpu.name())
    }

    /// The device.
    #[must_use]
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The frames on the device.
    pub fn textures(&mut self) -> &mut Textures {
        &mut self.textures
    }

    /// Draws a scene into memory: RGBA, 8 bits, sRGB, opaque, rows top down.
    ///
    /// # Errors
    /// A size the device can't draw, and the loss of the device.
    pub fn render_rgba(&mut self, scene: &Scene, width: u32, height: u32) -> Result<Vec<u8>, VideoError> {
        let mut pixels = Vec::new();
        self.render_into(scene, width, height, &mut pixels)?;
        Ok(pixels)
    }

    /// As [`Self::render_rgba`], into memory that is used again.
    ///
    /// # Errors
    /// As [`Self::render_rgba`].
    pub fn render_into(&mut self, scene: &Scene, width: u32, height: u32, pixels: &mut Vec<u8>) -> Result<(), VideoError> {
        let limit = self.gpu.device.limits().max_texture_dimension_2d;
        if width == 0 || height == 0 || width > limit || height > limit {
            return Err(VideoError::Size { width, height, limit });
        }
        let offscreen = match self.offscreen.take() {
            Some(offscreen) if offscreen.size == (width, height) => offscreen,
            _ => Offscreen::new(&self.gpu, width, height),
        };
        let mut encoder = self.draw(scene, &offscreen.target.view, OFFSCREEN, (width, height));
        offscreen.copy(&mut encoder);
        self.gpu.queue.submit([encoder.finish()]);
        let read = offscreen.read(&self.gpu, pixels);
        self.offscreen = Some(offscreen);
        match read {
            Ok(()) if self.gpu.is_lost() => Err(VideoError::Lost(format!("{} reported an error", self.gpu.name()))),
            other => other,
        }
    }

    /// Encodes the drawing of a scene over the whole of `target`; the caller submits it.
    pub fn draw(
        &mut self,
        scene: &Scene,
        target: &wgpu::TextureView,
        format: wgpu::TextureFormat,
        size: (u32, u32),
    ) -> wgpu::CommandEncoder {
        self.textures.prepare(&self.gpu, scene);
        let limit = self.gpu.device.limits().max_texture_dimension_2d;
        let canvas = scene.canvas.filter(|(width, height)| (1..=limit).contains(width) && (1..=limit).contains(height)).unwrap_or(size);
        if self.canvas_size != canvas {
            self.canvases.clear();
            self.echoes.clear();
            self.canvas_size = canvas;
        }
        self.used = 0;
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("scene") });
        let plan = self.plan(scene, size, &mut encoder);
        self.encode(&plan, &mut encoder, target, format);
        self.echoes.retain(|_, echo| std::mem::take(&mut echo.used));
        // One spare canvas stays for a scene that grows; the others of a scene that shrank are freed.
        self.canvases.truncate(self.used + 1);
        encoder
    }

    /// Lays out the passes: each group in passes of at most [`LAYERS`] layers, the last group's last pass into the target.
    fn plan(&mut self, scene: &Scene, size: (u32, u32), encoder: &mut wgpu::CommandEncoder) -> Vec<Planned> {
        let mut plan: Vec<Planned> = Vec::new();
        let mut done: Vec<Option<wgpu::TextureView>> = Vec::new();
        let last = scene.groups.len().saturating_sub(1);
        for place in 0..=last {
            let group = scene.groups.get(place);
            let layers = group.map_or(&[][..], |group| &group.layers);
            let mut drawn: Vec<Drawn> = layers.iter().filter_map(|layer| self.layer(layer, &done, encoder)).collect();
            let echo = group.and_then(|group| group.feedback.as_ref()).map(|feedback| {
                let (before, now) = self.echo(&scene.output, feedback);
                drawn.splice(0..0, before.map(|view| self.canvas_layer(view, feedback.opacity, Blend::Alpha, &feedback.place)));
                now
            });
            let whole = place == last && echo.is_none() && size == self.canvas_size;
            let mut composed = self.passes(&mut plan, visible(&drawn), whole.then_some(scene), echo);
            if place == last && !whole {
                let view = composed.take();
                let drawn = view.map(|view| Drawn { uniform: LayerUniform::fitted(self.canvas_size, size), ..self.still(view) });
                self.passes(&mut plan, drawn.as_slice(), Some(scene), None);
            }
            done.push(composed);
        }
        plan
    }

    /// Plans one group's passes: into the picture's own target where that is `scene`'s, else into `target` or a canvas,
    /// which is given back.
    fn passes(
        &mut self,
        plan: &mut Vec<Planned>,
        drawn: &[Drawn],
        scene: Option<&Scene>,
        target: Option<wgpu::TextureView>,
    ) -> Option<wgpu::TextureView> {
        let mut backdrop: Option<wgpu::TextureView> = None;
        let chunks = drawn.len().div_ceil(LAYERS).max(1);
        for chunk in 0..chunks {
            let part = &drawn[chunk * LAYERS..drawn.len().min((chunk + 1) * LAYERS)];
            let ends = chunk + 1 == chunks;
            let mut uniform = PassUniform { count: u32::try_from(part.len()).unwrap_or(0), ..PassUniform::default() };
            if let Some(scene) = scene.filter(|_| ends) {
                let [red, green, blue] = scene.background.map(to_linear);
                (uniform.last, uniform.opacity, uniform.background) = (1, scene.opacity, [red, green, blue, 1.0]);
            }
            uniform.layers.iter_mut().zip(part).for_each(|(slot, drawn)| *slot = drawn.uniform);
            let target = match (uniform.last, &target) {
                (1, _) => None,
                (_, Some(target)) if ends => Some(target.clone()),
                _ => Some(self.canvas()),
            };
            let pictures = part.iter().map(|drawn| drawn.view.clone()).collect();
            plan.push(Planned { uniform, pictures, backdrop: backdrop.take(), target: target.clone() });
            backdrop = target;
        }
        backdrop
    }

    /// A group's picture before, if there is one, and where its next one goes.
    fn echo(&mut self, output: &Name, feedback: &Feedback) -> (Option<wgpu::TextureView>, wgpu::TextureView) {
        let (gpu, size) = (&self.gpu, self.canvas_size);
        let echo = self.echoes.entry((output.clone(), feedback.key.clone())).or_insert_with(|| {
            let target = || Target::new(gpu, size, LINEAR, wgpu::TextureUsages::TEXTURE_BINDING);
            Echo { pair: [target(), target()], last: None, used: true }
        });
        let before = echo.last.map(|last| echo.pair[last].view.clone());
        let now = usize::from(echo.last == Some(0));
        (echo.last, echo.used) = (Some(now), true);
        (before, echo.pair[now].view.clone())
    }

    /// A canvas as a layer.
    fn canvas_layer(&self, view: wgpu::TextureView, opacity: f32, blend: Blend, place: &Placement) -> Drawn {
        Drawn { uniform: LayerUniform::canvas(opacity, blend, self.canvas_size, place), ..self.still(view) }
    }

    /// A canvas pixel by pixel.
    fn still(&self, view: wgpu::TextureView) -> Drawn {
        let (width, height) = self.canvas_size;
        let uniform = LayerUniform::canvas(1.0, Blend::Alpha, (width, height), &Placement::default());
        Drawn { uniform, view, place: ([0, 0], [width, height]), hides: false }
    }

    /// What the shader needs for a layer; `None` where there is nothing to show.
    fn layer(&mut self, layer: &Layer, done: &[Option<wgpu::TextureView>], encoder: &mut wgpu::CommandEncoder) -> Option<Drawn> {
        let size = self.canvas_size;
        match &layer.content {
            Content::Picture(picture) => {
                let frame: Uploaded = self.textures.get(picture)?;
                let uniform = LayerUniform::picture(&frame, layer.opacity, layer.blend, size, &layer.place);
                // A picture that was moved may lie anywhere, and hides nothing for sure.
                let still = layer.place == Placement::default();
                let hides = still && frame.opaque && layer.blend == Blend::Alpha && layer.opacity >= 1.0;
                let place = if still { fit(frame.size, size) } else { ([0, 0], [size.0, size.1]) };
                Some(Drawn { uniform, place, view: frame.view, hides })
            }
            Content::Group(place) => Some(self.canvas_layer(done.get(*place)?.clone()?, layer.opacity, layer.blend, &layer.place)),
            Content::Trace(trace) => {
                let view = self.canvas();
                self.scope.draw(&self.gpu, encoder, trace, &view, size);
                Some(self.canvas_layer(view, layer.opacity, layer.blend, &layer.place))
            }
        }
    }

    fn encode(&mut self, plan: &[Planned], encoder: &mut wgpu::CommandEncoder, target: &wgpu::TextureView, format: wgpu::TextureFormat) {
        let bytes = size_of::<PassUniform>() as u64;
        let stride = bytes.next_multiple_of(u64::from(self.gpu.device.limits().min_uniform_buffer_offset_alignment));
        let needed = stride * plan.len() as u64;
        let uniforms = match self.uniforms.take() {
            Some(buffer) if buffer.size() >= needed => buffer,
            _ => self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("passes"),
                size: needed,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
        };
        for (place, planned) in (0_u64..).zip(plan) {
            self.gpu.queue.write_buffer(&uniforms, place * stride, bytemuck::bytes_of(&planned.uniform));
            let uniform = wgpu::BufferBinding { buffer: &uniforms, offset: place * stride, size: wgpu::BufferSize::new(bytes) };
            let (target, format) = planned.target.as_ref().map_or((target, format), |canvas| (canvas, LINEAR));
            let variant = Variant::of(&planned.uniform, planned.backdrop.is_some(), format);
            self.layers.ready_for(&self.gpu, variant);
            self.layers.draw(&self.gpu, encoder, target, variant, uniform, planned.backdrop.as_ref(), &planned.pictures);
        }
        self.uniforms = Some(uniforms);
    }

    /// A canvas that this picture hasn't used yet.
    fn canvas(&mut self) -> wgpu::TextureView {
        if self.used == self.canvases.len() {
            self.canvases.push(Target::new(&self.gpu, self.canvas_size, LINEAR, wgpu::TextureUsages::TEXTURE_BINDING));
        }
        self.used += 1;
        self.canvases[self.used - 1].view.clone()
    }
}

/// The layers from the highest that hides all below it on; a sampler's older voices mostly lie under its newest.
fn visible(drawn: &[Drawn]) -> &[Drawn] {
    let within = |inner: &Drawn, outer: &Drawn| {
        let (([x, y], [w, h]), ([left, top], [width, height])) = (inner.place, outer.place);
        x >= left && y >= top && x + w <= left + width && y + h <= top + height
    };
    let hiding = (0..drawn.len()).rev().find(|&top| drawn[top].hides && drawn[..top].iter().all(|below| within(below, &drawn[top])));
    &drawn[hiding.unwrap_or(0)..]
}

impl Target {
    fn new(gpu: &Gpu, (width, height): (u32, u32), format: wgpu::TextureFormat, usage: wgpu::TextureUsages) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: usage | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        Self { texture, view }
    }
}

impl Offscreen {
    fn new(gpu: &Gpu, width: u32, height: u32) -> Self {
        let row_bytes = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let readback = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("readback"),
            size: u64::from(row_bytes) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let target = Target::new(gpu, (width, height), OFFSCREEN, wgpu::TextureUsages::COPY_SRC);
        Self { size: (width, height), target, readback, row_bytes }
    }

    fn copy(&self, encoder: &mut wgpu::CommandEncoder) {
        let (width, height) = self.size;
        encoder.copy_texture_to_buffer(
            self.target.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &self.readback,
                layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(self.row_bytes), rows_per_image: Some(height) },
            },
            wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        );
    }

    fn read(&self, gpu: &Gpu, pixels: &mut Vec<u8>) -> Result<(), VideoError> {
        let lost = |reason: String| VideoError::Lost(reason);
        let (mapped_tx, mapped_rx) = std::sync::mpsc::channel();
        self.readback.map_async(wgpu::MapMode::Read, .., move |mapped| drop(mapped_tx.send(mapped)));
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| lost(error.to_string()))?;
        mapped_rx.recv().map_err(|error| lost(error.to_string()))?.map_err(|error| lost(error.to_string()))?;
        let view = self.readback.get_mapped_range(..).map_err(|error| lost(error.to_string()))?;
        pixels.clear();
        let visible = self.size.0 as usize * 4;
        for row in view.chunks_exact(self.row_bytes as usize) {
            pixels.extend_from_slice(&row[..visible]);
        }
        drop(view);
        self.readback.unmap();
        Ok(())
    }
}
