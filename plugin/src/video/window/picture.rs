//! The picture thread: draws scenes onto the window's surface until it is told to stop.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use baseview::PlatformHandle;
use videotracker_engine::{
    media::{FrameReader, VideoInfo, factory},
    view::Placement,
};

use super::{Feed, Shared, Start};
use crate::video::{
    Renderer, VideoError,
    device::{Options, instance},
    scene::{Blend, Content, Group, Layer, Picture, Scene},
    source::{FrameSource, Media},
};

/// Pace where the display gives none.
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// A loop faster than this isn't held by any display.
const UNPACED: Duration = Duration::from_micros(3_500);
/// How often a picture that stays the same is drawn anew: a window that was covered may have lost it, and media and shaders come later.
const REFRESH: Duration = Duration::from_millis(500);
/// How long to wait before trying again for a device that is gone.
const RETRY: Duration = Duration::from_millis(500);
/// Times it tries before it gives the window up: ten seconds, a driver's reset and more.
const RETRIES: u32 = 20;

/// Draws until `shared.stop`; tells `start.ready_tx` whether the first device could be had.
pub(super) fn run(handle: PlatformHandle, start: Start, shared: &Arc<Shared>) {
    let Start { mut feed, media, options, ready_tx } = start;
    let media: Arc<dyn Media> = Arc::new(WithCard(media));
    let mut stage = match Stage::new(&handle, &options.device, &media, shared) {
        Ok(stage) => {
            drop(ready_tx.send(Ok(())));
            Some(stage)
        }
        Err(error) => {
            drop(ready_tx.send(Err(error)));
            shared.stop.store(true, Ordering::Release);
            None
        }
    };
    let mut pace = Pace::new();
    let (mut failures, mut told) = (0, String::new());
    while !shared.stop.load(Ordering::Acquire) {
        let Some(current) = &mut stage else {
            failures += 1;
            if failures > RETRIES {
                // The window itself is gone, or its graphics for good; closing tells the player more than black.
                shared.stop.store(true, Ordering::Release);
                break;
            }
            std::thread::sleep(RETRY);
            stage = Stage::new(&handle, &options.device, &media, shared).ok();
            continue;
        };
        match current.show(&mut *feed, shared, pace.ahead()) {
            Shown::Yes { took, offset } => {
                failures = 0;
                pace.shown(shared, took, offset, current.software);
            }
            Shown::Later => std::thread::sleep(FRAME),
            Shown::Already => {
                std::thread::sleep(FRAME);
                pace.rest();
            }
            Shown::Lost(why) => {
                shared.rebuilt.fetch_add(1, Ordering::Relaxed);
                if why != told && !why.is_empty() {
                    shared.complain(vec![format!(
                        "the picture broke off ({why}); it is built anew. If it stays away, update the graphics driver, or set WGPU_BACKEND \
                         to vulkan, dx12 or metal before the host starts"
                    )]);
                    told = why;
                }
                // The old surface goes before the new one is made: a window has one at a time.
                drop(stage.take());
                // One that never showed anything is tried again later, and not for ever.
                if failures == 0 {
                    failures = 1;
                    stage = Stage::new(&handle, &options.device, &media, shared).ok();
                }
            }
        }
    }
}

/// What became of one picture.
enum Shown {
    /// It was handed to the display.
    Yes {
        /// How long that took.
        took: Duration,
        /// Seconds after the moment it was composed for.
        offset: f32,
    },
    /// It is what the window shows already.
    Already,
    /// The window can't show anything right now.
    Later,
    /// Surface or device is gone, for this reason, where there is one.
    Lost(String),
}

/// A surface with the device that draws on it.
struct Stage {
    // In the order in which they are dropped: the surface outlives nothing that it was made from.
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    renderer: Renderer,
    software: bool,
    /// What was handed to the display last, and when.
    shown: Option<(Scene, Instant)>,
}

impl Stage {
    fn new(handle: &PlatformHandle, options: &Options, media: &Arc<dyn Media>, shared: &Shared) -> Result<Self, VideoError> {
        let instance = instance();
        let surface = instance.create_surface(handle.clone()).map_err(|error| VideoError::NoAdapter { reason: error.to_string() })?;
        let renderer = Renderer::for_surface(instance, &surface, options, Arc::clone(media))?;
        let gpu = renderer.gpu();
        let capabilities = surface.get_capabilities(&gpu.adapter);
        let (width, height) = shared.size();
        let mut config = surface
            .get_default_config(&gpu.adapter, width.max(1), height.max(1))
            .ok_or_else(|| VideoError::Surface { adapter: gpu.name(), reason: "it offers no format for it".to_owned() })?;
        let preferred = [wgpu::TextureFormat::Bgra8UnormSrgb, wgpu::TextureFormat::Rgba8UnormSrgb];
        if let Some(format) = preferred.into_iter().find(|format| capabilities.formats.contains(format)) {
            config.format = format;
        }
        if capabilities.alpha_modes.contains(&wgpu::CompositeAlphaMode::Opaque) {
            config.alpha_mode = wgpu::CompositeAlphaMode::Opaque;
        }
        config.present_mode = wgpu::PresentMode::Fifo;
        config.desired_maximum_frame_latency = 1;
        surface.configure(&gpu.device, &config);
        let software = gpu.is_software();
        Ok(Self { surface, config, renderer, software, shown: None })
    }

    fn configure(&mut self, (width, height): (u32, u32)) {
        self.shown = None;
        let limit = self.renderer.gpu().device.limits().max_texture_dimension_2d;
        (self.config.width, self.config.height) = (width.clamp(1, limit), height.clamp(1, limit));
        self.surface.configure(&self.renderer.gpu().device, &self.config);
    }

    fn show(&mut self, feed: &mut dyn Feed, shared: &Shared, ahead: Duration) -> Shown {
        let size = shared.size();
        if size.0 == 0 || size.1 == 0 {
            return Shown::Later;
        }
        if size != (self.config.width, self.config.height) {
            self.configure(size);
        }
        let began = Instant::now();
        let moment = began + ahead;
        let scene = if shared.card.load(Ordering::Relaxed) { card() } else { feed.scene(moment) };
        let is_same = self.shown.as_ref().is_some_and(|(last, at)| *last == scene && began - *at < REFRESH);
        if is_same && !shared.anew.load(Ordering::Acquire) {
            return Shown::Already;
        }
        let texture = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(texture) | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => texture,
            wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Occluded => return Shown::Later,
            wgpu::CurrentSurfaceTexture::Outdated => {
                self.configure(size);
                return Shown::Later;
            }
            wgpu::CurrentSurfaceTexture::Lost | wgpu::CurrentSurfaceTexture::Validation => return Shown::Lost(String::new()),
        };
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        let drawn = (texture.texture.width(), texture.texture.height());
        let encoder = self.renderer.draw(&scene, &view, self.config.format, drawn);
        let queue = &self.renderer.gpu().queue;
        queue.submit([encoder.finish()]);
        queue.present(texture);
        if shared.anew.swap(false, Ordering::AcqRel) {
            self.renderer.gpu().device.destroy();
        }
        if let Some(why) = self.renderer.gpu().loss() {
            return Shown::Lost(why);
        }
        let mut problems = self.renderer.take_shader_problems();
        problems.append(&mut self.renderer.textures().take_problems());
        if !problems.is_empty() {
            shared.complain(problems);
        }
        shared.late.store(self.renderer.textures().late(), Ordering::Relaxed);
        self.shown = Some((scene, began));
        let now = Instant::now();
        let offset = now.saturating_duration_since(moment).as_secs_f32() - moment.saturating_duration_since(now).as_secs_f32();
        Shown::Yes { took: now - began, offset }
    }
}

/// A session's media, and the test card, which every window has.
struct WithCard(Arc<dyn Media>);

impl Media for WithCard {
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        self.0.picture(module, sample)
    }

    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String> {
        if factory::is_factory(&info.path) {
            return FrameReader::open(&info.path).map(|reader| Box::new(reader) as _).map_err(|error| error.to_string());
        }
        self.0.open(info)
    }
}

/// The test card.
fn card() -> Scene {
    let Ok(reader) = FrameReader::open("factory:testcard".as_ref()) else { return Scene::default() };
    let picture = Picture { info: Arc::new(reader.info().clone()), frame: 0 };
    let layer = Layer { content: Content::Picture(picture), opacity: 1.0, blend: Blend::Alpha, place: Placement::default() };
    Scene { groups: vec![Group { layers: vec![layer], feedback: None }], opacity: 1.0, ..Scene::default() }
}

/// Keeps the pace where the display doesn't, and the figures.
struct Pace {
    next: Instant,
    last: Instant,
    period_secs: f32,
    draw_ms: f32,
    offset_ms: f32,
}

impl Pace {
    fn new() -> Self {
        let now = Instant::now();
        Self { next: now, last: now, period_secs: FRAME.as_secs_f32(), draw_ms: 0.0, offset_ms: 0.0 }
    }

    /// How long after its drawing begins a picture is seen: at the display's next turn.
    fn ahead(&self) -> Duration {
        Duration::try_from_secs_f32(self.period_secs).map_or(FRAME, |period| period.min(2 * FRAME))
    }

    /// Nothing new was to be shown: that is no picture that was left out.
    fn rest(&mut self) {
        let now = Instant::now();
        (self.next, self.last) = (now, now);
    }

    fn shown(&mut self, shared: &Shared, took: Duration, offset: f32, software: bool) {
        let now = Instant::now();
        // Software drawing is never worth more than 60 pictures a second: those cores are for sound.
        if software || now - self.last < UNPACED {
            self.next = (self.next + FRAME).max(now);
            // A pace that fell behind by more than a picture starts anew.
            std::thread::sleep(self.next.saturating_duration_since(now).min(FRAME));
        } else {
            self.next = now;
        }
        let now = Instant::now();
        let period = (now - self.last).as_secs_f32();
        self.last = now;
        // The first interval holds the opening.
        if shared.shown.load(Ordering::Relaxed) > 0 {
            shared.dropped.fetch_add(missed(period, self.period_secs.min(FRAME.as_secs_f32())), Ordering::Relaxed);
        }
        self.offset_ms += (offset * 1000.0 - self.offset_ms) * 0.05;
        shared.offset_ms.store(self.offset_ms.to_bits(), Ordering::Relaxed);
        self.period_secs += (period - self.period_secs) * 0.05;
        self.draw_ms += (took.as_secs_f32() * 1000.0 - self.draw_ms) * 0.05;
        shared.shown.fetch_add(1, Ordering::Relaxed);
        shared.fps.store((1.0 / self.period_secs.max(1e-6)).to_bits(), Ordering::Relaxed);
        shared.draw_ms.store(self.draw_ms.to_bits(), Ordering::Relaxed);
    }
}

/// Turns of the display that an interval between two pictures left out.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a small range")]
fn missed(interval: f32, period: f32) -> u64 {
    ((interval / period.max(1e-3)).round().clamp(1.0, 1000.0) as u64) - 1
}

#[cfg(test)]
mod tests {
    use super::missed;

    #[test]
    fn a_picture_that_comes_a_turn_later_counts_as_one_dropped() {
        let period = 1.0 / 60.0;
        for (turns, count) in [(0.3, 0), (1.0, 0), (1.3, 0), (2.0, 1), (2.8, 2), (61.0, 60)] {
            assert_eq!(missed(turns * period, period), count, "{turns} turns");
        }
    }
}
