//! The renderer: from a scene to pixels, on a surface or in memory.

use std::{collections::HashMap, sync::Arc};

use videotracker_engine::{name::Name, view::Placement};

use super::{
    VideoError,
    device::{Gpu, Options, instance},
    effects::{Draw, EffectPass},
    layers::{LAYERS, LINEAR, LayerPass, LayerUniform, PassUniform, Variant},
    quads::{Quad, QuadPass, QuadUniform},
    scene::{Blend, Content, Feedback, Layer, Scene},
    scope::{ScopePass, to_linear},
    source::Media,
    spectrogram::SpectrogramPass,
    steps::{Step, cuts, seen, steps},
    textures::{Reading, Textures, Uploaded},
    workshop::Workshop,
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
#[derive(Clone)]
struct Drawn {
    uniform: LayerUniform,
    view: wgpu::TextureView,
    /// Whether no texel lets anything through.
    opaque: bool,
}

/// A group's picture before and the one that is drawn, in turn.
struct Echo {
    pair: [Target; 2],
    /// Which of the pair was drawn last; `None` before the first.
    last: Option<usize>,
    used: bool,
}

/// One step of drawing, ready to encode.
struct Planned {
    /// Shaders' pictures that are drawn before.
    effects: Vec<Draw>,
    work: Work,
    /// `None` is the picture's own target.
    target: Option<wgpu::TextureView>,
}

/// What a step draws.
enum Work {
    /// Layers composed in one pass, over a backdrop.
    Pass { uniform: Box<PassUniform>, pictures: Vec<wgpu::TextureView>, backdrop: Option<wgpu::TextureView> },
    /// Layers that the adapter blends, over what the target holds where `over` says so. `None` cuts off at white.
    Quads { quads: Vec<Option<Drawn>>, over: bool },
}

/// Draws scenes with one device.
pub struct Renderer {
    gpu: Gpu,
    textures: Textures,
    layers: LayerPass,
    quads: QuadPass,
    passes_only: bool,
    scope: ScopePass,
    spectrograms: SpectrogramPass,
    effects: EffectPass,
    /// Shaders' pictures that the next pass needs.
    pending: Vec<Draw>,
    /// Canvases of the size drawn last, handed out anew for each picture.
    canvases: Vec<Target>,
    canvas_size: (u32, u32),
    used: usize,
    /// Pictures of groups with feedback, by output and group.
    echoes: HashMap<(Name, Name), Echo>,
    uniforms: Option<wgpu::Buffer>,
    /// What goes into `uniforms`.
    bytes: Vec<u8>,
    offscreen: Option<Offscreen>,
    /// Where pipelines are made that a live picture doesn't wait for; dropped after everything that waits for one.
    workshop: Option<Workshop>,
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

    /// A renderer on a device. A live one shows what it can while pipelines are made; an exact one waits for them.
    #[must_use]
    pub fn on(gpu: Gpu, options: &Options, media: Arc<dyn Media>, reading: Reading) -> Self {
        let (layers, quads) = (LayerPass::new(&gpu), QuadPass::new(&gpu));
        let scope = ScopePass::new(&gpu, LINEAR);
        let spectrograms = SpectrogramPass::new(&gpu, LINEAR);
        let effects = EffectPass::new(&gpu);
        let late = options.compiles_late.unwrap_or_else(|| gpu.is_software());
        Self {
            workshop: if reading == Reading::Live { Workshop::open(&gpu, late) } else { None },
            textures: Textures::new(media, reading, options.texture_budget),
            layers,
            quads,
            passes_only: options.passes_only,
            scope,
            spectrograms,
            effects,
            pending: Vec::new(),
            canvases: Vec::new(),
            canvas_size: (0, 0),
            used: 0,
            echoes: HashMap::new(),
            uniforms: None,
            bytes: Vec::new(),
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

    /// What shaders the device refused since the last call, and what broke off while they were made ready.
    pub fn take_shader_problems(&mut self) -> Vec<String> {
        let mut problems = self.effects.take_problems();
        problems.extend(self.workshop.iter().flat_map(Workshop::take_failures));
        problems
    }

    /// Forgets what pictures leave for later ones: feedback, what shaders keep, a spectrogram's columns. A film begins so.
    pub fn forget_pictures(&mut self) {
        self.echoes.clear();
        self.effects.forget();
        self.spectrograms.forget();
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
            Ok(()) => self.gpu.loss().map_or(Ok(()), |why| Err(VideoError::Lost(why))),
            failed => failed,
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
        self.effects.begin();
        self.spectrograms.begin();
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("scene") });
        let plan = self.plan(scene, size, &mut encoder);
        self.encode(&plan, &mut encoder, target, format);
        self.echoes.retain(|_, echo| std::mem::take(&mut echo.used));
        // One spare canvas stays for a scene that grows; the others of a scene that shrank are freed.
        self.canvases.truncate(self.used + 1);
        encoder
    }

    /// Lays out the steps, group by group; the last group's last one goes into the target.
    fn plan(&mut self, scene: &Scene, size: (u32, u32), encoder: &mut wgpu::CommandEncoder) -> Vec<Planned> {
        let mut plan: Vec<Planned> = Vec::new();
        let mut done: Vec<Option<wgpu::TextureView>> = Vec::new();
        let last = scene.groups.len().saturating_sub(1);
        for index in 0..=last {
            let group = scene.groups.get(index);
            let layers = group.map_or(&[][..], |group| &group.layers);
            let mut drawn: Vec<Drawn> = layers.iter().filter_map(|layer| self.layer(&scene.output, layer, &done, encoder)).collect();
            if let ([Layer { content: Content::Effect(_), opacity: 1.0.., blend: Blend::Alpha, place: at }], true) =
                (layers, index < last && group.is_some_and(|group| group.feedback.is_none()))
                && *at == Placement::default()
            {
                // A shader's picture alone needs no pass that copies it.
                done.push(drawn.into_iter().next().map(|drawn| drawn.view));
                continue;
            }
            let echo = group.and_then(|group| group.feedback.as_ref()).map(|feedback| {
                let (before, now) = self.echo(&scene.output, feedback);
                drawn.splice(0..0, before.map(|view| self.canvas_layer(view, feedback.opacity, Blend::Alpha, &feedback.place)));
                now
            });
            let whole = index == last && echo.is_none() && size == self.canvas_size;
            let mut composed = self.steps(&mut plan, drawn, self.canvas_size, whole.then_some(scene), echo);
            if index == last && !whole {
                let view = composed.take();
                let drawn = view.map(|view| Drawn { uniform: LayerUniform::fitted(self.canvas_size, size), ..self.still(view) });
                self.steps(&mut plan, drawn.into_iter().collect(), size, Some(scene), None);
            }
            done.push(composed);
        }
        plan
    }

    /// Plans one group's steps on a canvas of a size: into the picture's own target where that is `scene`'s, else into
    /// `target` or a canvas, which is given back.
    fn steps(
        &mut self,
        plan: &mut Vec<Planned>,
        mut drawn: Vec<Drawn>,
        size: (u32, u32),
        scene: Option<&Scene>,
        target: Option<wgpu::TextureView>,
    ) -> Option<wgpu::TextureView> {
        let mut extents: Vec<_> = drawn.iter().map(|drawn| drawn.uniform.extent(size, drawn.opaque)).collect();
        let seen = seen(&extents);
        let (mut of_drawn, mut of_extents) = (seen.iter().copied(), seen.iter().copied());
        drawn.retain(|_| of_drawn.next().unwrap_or(true));
        extents.retain(|_| of_extents.next().unwrap_or(true));
        // Quads need a canvas of the size that canvases have.
        let quads = !self.passes_only && size == self.canvas_size && self.quads.is_ready(self.workshop.as_ref());
        let mut steps = steps(&extents, LAYERS, quads);
        if scene.is_some() && matches!(steps.last(), Some(Step::Quads(_))) {
            // The picture's own target takes the finished picture only.
            steps.push(Step::Pass(0..0));
        }
        // Every pass begins a canvas, and so do quads with nothing below; `target` is the last.
        let mut begun = steps.iter().enumerate().filter(|(index, step)| *index == 0 || matches!(step, Step::Pass(_))).count();
        let mut below: Option<wgpu::TextureView> = None;
        for step in &steps {
            let own = |this: &mut Self, left: usize| target.clone().filter(|_| left == 1).unwrap_or_else(|| this.canvas());
            let (work, into) = match step {
                Step::Quads(run) => {
                    let over = below.is_some();
                    let canvas = below.take().unwrap_or_else(|| {
                        begun -= 1;
                        own(self, begun + 1)
                    });
                    let mut quads: Vec<_> = drawn[run.clone()].iter().cloned().map(Some).collect();
                    for cut in cuts(&extents[run.clone()], over).into_iter().rev() {
                        quads.insert(cut, None);
                    }
                    (Work::Quads { quads, over }, Some(canvas))
                }
                Step::Pass(part) => {
                    let finished = scene.filter(|_| begun == 1);
                    let uniform = Box::new(pass(&drawn[part.clone()], finished));
                    let pictures = drawn[part.clone()].iter().map(|drawn| drawn.view.clone()).collect();
                    let canvas = if finished.is_some() { None } else { Some(own(self, begun)) };
                    begun -= 1;
                    (Work::Pass { uniform, pictures, backdrop: below.take() }, canvas)
                }
            };
            plan.push(Planned { effects: std::mem::take(&mut self.pending), work, target: into.clone() });
            below = into;
        }
        below
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
        Drawn { uniform: LayerUniform::canvas(1.0, Blend::Alpha, self.canvas_size, &Placement::default()), view, opaque: false }
    }

    /// What the shader needs for a layer; `None` where there is nothing to show.
    fn layer(
        &mut self,
        output: &Name,
        layer: &Layer,
        done: &[Option<wgpu::TextureView>],
        encoder: &mut wgpu::CommandEncoder,
    ) -> Option<Drawn> {
        let size = self.canvas_size;
        match &layer.content {
            Content::Picture(picture) => {
                let frame: Uploaded = self.textures.get(picture)?;
                let uniform = LayerUniform::picture(&frame, layer.opacity, layer.blend, size, &layer.place);
                Some(Drawn { uniform, view: frame.view, opaque: frame.opaque })
            }
            Content::Group(place) => Some(self.canvas_layer(done.get(*place)?.clone()?, layer.opacity, layer.blend, &layer.place)),
            Content::Trace(trace) => {
                let view = self.canvas();
                self.scope.draw(&self.gpu, encoder, trace, &view, size);
                Some(self.canvas_layer(view, layer.opacity, layer.blend, &layer.place))
            }
            Content::Spectrogram(spectrogram) => {
                let view = self.canvas();
                self.spectrograms.draw(&self.gpu, encoder, (output, spectrogram), &view, size);
                Some(self.canvas_layer(view, layer.opacity, layer.blend, &layer.place))
            }
            Content::Effect(effect) => {
                let mut inputs = effect.inputs.iter().map(|place| done.get(*place).cloned().flatten());
                let view = match self.effects.settle(&self.gpu, self.workshop.as_ref(), effect, size) {
                    Some(effect) => {
                        let (inputs, target) = (inputs.collect(), self.canvas());
                        self.pending.push(Draw { effect, inputs, target: target.clone() });
                        target
                    }
                    // As where there is no shader: what comes in goes on.
                    None => inputs.next().flatten()?,
                };
                Some(self.canvas_layer(view, layer.opacity, layer.blend, &layer.place))
            }
        }
    }

    fn encode(&mut self, plan: &[Planned], encoder: &mut wgpu::CommandEncoder, target: &wgpu::TextureView, format: wgpu::TextureFormat) {
        let places = self.write_uniforms(plan);
        let Some(buffer) = self.uniforms.take() else { return };
        let uniform =
            |place: u64, bytes: usize| wgpu::BufferBinding { buffer: &buffer, offset: place, size: wgpu::BufferSize::new(bytes as u64) };
        let mut places = places.into_iter();
        for planned in plan {
            for draw in &planned.effects {
                self.effects.draw(&self.gpu, encoder, draw, self.canvas_size);
            }
            let (target, format) = planned.target.as_ref().map_or((target, format), |canvas| (canvas, LINEAR));
            match &planned.work {
                Work::Pass { uniform: pass, pictures, backdrop } => {
                    let variant = self.layers.ready_for(self.workshop.as_ref(), Variant::of(pass, backdrop.is_some(), format));
                    let uniform = uniform(places.next().unwrap_or(0), size_of::<PassUniform>());
                    self.layers.draw(&self.gpu, encoder, target, variant, uniform, backdrop.as_ref(), pictures);
                }
                Work::Quads { quads, over } => {
                    let mut ready = Vec::with_capacity(quads.len());
                    for drawn in quads {
                        ready.push(match drawn {
                            Some(Drawn { uniform: layer, view, .. }) => {
                                let uniform = uniform(places.next().unwrap_or(0), size_of::<QuadUniform>());
                                Quad::Layer { blend: layer.blend(), texels: layer.texels(), view, uniform }
                            }
                            None => Quad::Cut,
                        });
                    }
                    self.quads.draw(&self.gpu, encoder, target, *over, &ready);
                }
            }
        }
        self.uniforms = Some(buffer);
    }

    /// Hands every uniform of a plan to the device; where each lies, in order.
    fn write_uniforms(&mut self, plan: &[Planned]) -> Vec<u64> {
        let align = self.gpu.uniforms.alignment(&self.gpu.device.limits()) as usize;
        let (mut places, bytes) = (Vec::new(), &mut self.bytes);
        bytes.clear();
        let mut put = |uniform: &[u8]| {
            bytes.resize(bytes.len().next_multiple_of(align.max(4)), 0);
            places.push(bytes.len() as u64);
            bytes.extend_from_slice(uniform);
        };
        for planned in plan {
            match &planned.work {
                Work::Pass { uniform, .. } => put(bytemuck::bytes_of(&**uniform)),
                Work::Quads { quads, .. } => {
                    for drawn in quads.iter().flatten() {
                        put(bytemuck::bytes_of(&QuadUniform::new(drawn.uniform, self.canvas_size)));
                    }
                }
            }
        }
        let needed = self.bytes.len() as u64;
        if self.uniforms.as_ref().is_none_or(|buffer| buffer.size() < needed) {
            self.uniforms = Some(self.gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("steps"),
                size: needed.next_power_of_two(),
                usage: self.gpu.uniforms.usage(),
                mapped_at_creation: false,
            }));
        }
        if let Some(buffer) = &self.uniforms {
            self.gpu.queue.write_buffer(buffer, 0, &self.bytes);
        }
        places
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

/// A pass of layers; over `finished`'s background where it is the picture itself.
fn pass(layers: &[Drawn], finished: Option<&Scene>) -> PassUniform {
    let mut uniform = PassUniform { count: u32::try_from(layers.len()).unwrap_or(0), ..PassUniform::default() };
    if let Some(scene) = finished {
        let [red, green, blue] = scene.background.map(to_linear);
        (uniform.last, uniform.opacity, uniform.background) = (1, scene.opacity, [red, green, blue, 1.0]);
    }
    uniform.layers.iter_mut().zip(layers).for_each(|(slot, drawn)| *slot = drawn.uniform);
    uniform
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
