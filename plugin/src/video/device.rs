//! The graphics device: one adapter, one device, and word of its loss.

use std::sync::{Arc, OnceLock};

use super::{VideoError, uniforms::Uniforms};

/// How to choose and use a device.
#[derive(Clone, Debug)]
pub struct Options {
    /// Takes the software adapter even where there is a real one.
    pub software: bool,
    /// Sends block-compressed frames decoded, as where the adapter can't read blocks.
    pub decode_blocks: bool,
    /// Memory for frames on the device, in bytes.
    pub texture_budget: usize,
    /// Whether the driver compiles a pipeline only when it first draws, as software ones do; `None` goes by the adapter's kind.
    pub compiles_late: Option<bool>,
    /// Composes every layer in passes that read what lies below, and none as a quad that the adapter blends: for comparisons.
    pub passes_only: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { software: false, decode_blocks: false, texture_budget: 256 << 20, compiles_late: None, passes_only: false }
    }
}

/// An adapter's device.
#[derive(Clone, Debug)]
pub struct Gpu {
    /// What surfaces are made from.
    pub instance: wgpu::Instance,
    /// The graphics card, or software.
    pub adapter: wgpu::Adapter,
    /// Makes everything that lives on the adapter.
    pub device: wgpu::Device,
    /// Takes work and data.
    pub queue: wgpu::Queue,
    /// Whether it samples block-compressed textures.
    pub blocks: bool,
    /// Where shaders read a picture's numbers.
    pub(super) uniforms: Uniforms,
    /// Why it is lost, once it is.
    lost: Arc<OnceLock<String>>,
}

impl Gpu {
    /// Opens a device for drawing into memory.
    ///
    /// # Errors
    /// [`VideoError::NoAdapter`] and [`VideoError::NoDevice`].
    pub fn open(options: &Options) -> Result<Self, VideoError> {
        Self::open_for(instance(), None, options)
    }

    /// Opens a device that can present to `surface`, which must come from `instance`.
    ///
    /// # Errors
    /// [`VideoError::NoAdapter`] and [`VideoError::NoDevice`].
    pub fn open_for(instance: wgpu::Instance, surface: Option<&wgpu::Surface<'_>>, options: &Options) -> Result<Self, VideoError> {
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            force_fallback_adapter: options.software,
            compatible_surface: surface,
            ..Default::default()
        }))
        .map_err(|error| VideoError::NoAdapter { reason: error.to_string() })?;
        let blocks = adapter.features().contains(wgpu::Features::TEXTURE_COMPRESSION_BC) && !options.decode_blocks;
        Self::on(instance, adapter, blocks)
    }

    /// Opens another device on the same adapter, with a queue of its own.
    ///
    /// # Errors
    /// [`VideoError::NoDevice`].
    pub(super) fn another(&self) -> Result<Self, VideoError> {
        Self::on(self.instance.clone(), self.adapter.clone(), self.blocks)
    }

    fn on(instance: wgpu::Instance, adapter: wgpu::Adapter, blocks: bool) -> Result<Self, VideoError> {
        let features = if blocks { wgpu::Features::TEXTURE_COMPRESSION_BC } else { wgpu::Features::empty() };
        let limits =
            wgpu::Limits { max_texture_dimension_2d: adapter.limits().max_texture_dimension_2d, ..wgpu::Limits::downlevel_defaults() };
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("videoTracker"),
            required_features: features,
            required_limits: limits,
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        }))
        .map_err(|error| VideoError::NoDevice { adapter: adapter.get_info().name, reason: error.to_string() })?;
        let lost = Arc::new(OnceLock::new());
        let reason = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, why| drop(reason.set(one_line(&why))));
        // The default handler panics; a host must outlive a driver's complaint. What failed shows as a lost picture.
        let reason = Arc::clone(&lost);
        device.on_uncaptured_error(Arc::new(move |why| drop(reason.set(one_line(&why.to_string())))));
        let uniforms = Uniforms::for_adapter(&adapter.get_info());
        Ok(Self { instance, adapter, device, queue, blocks, uniforms, lost })
    }

    /// Whether the device is gone, or in a state it can't be trusted in; then a new one is needed.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.get().is_some()
    }

    /// The adapter's name, and why its device can't be used any more, where it can't.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        self.lost.get().map(|why| format!("{}: {why}", self.name()))
    }

    /// Whether the adapter is a program.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.adapter.get_info().device_type == wgpu::DeviceType::Cpu
    }

    /// The adapter's name and kind, as shown.
    #[must_use]
    pub fn name(&self) -> String {
        shown(&self.adapter.get_info())
    }
}

fn shown(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({:?}, {})", info.name, info.device_type, info.backend)
}

/// The adapter that windows and films take, as shown, or why there is none. Asks the drivers, which may take a moment.
#[must_use]
pub fn preferred() -> String {
    let options = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    match pollster::block_on(instance().request_adapter(&options)) {
        Ok(adapter) => shown(&adapter.get_info()),
        Err(why) => VideoError::NoAdapter { reason: why.to_string() }.to_string(),
    }
}

/// What adapters and surfaces are asked from.
#[must_use]
pub fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        // A driver that fails can be gone round: `WGPU_BACKEND=vulkan`, `dx12` or `metal`.
        backends: wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY),
        // Validation layers are a developer's tool and slow the picture down.
        flags: wgpu::InstanceFlags::empty(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() { "the driver gives no reason".to_owned() } else { lines.join(" ") }
}
