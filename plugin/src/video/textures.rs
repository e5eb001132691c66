//! Frames on the device: read from their media, uploaded, and kept within a budget, the least recently shown leaving first.

mod loader;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use videotracker_engine::media::{FrameBuffer, Texture, VideoInfo};

use self::loader::{FrameRequest, Loader};
use super::{
    device::Gpu,
    scene::{Picture, Scene},
    source::{FrameSource, Media, check, decoded},
};

/// When frames are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As they are needed: every picture is exact. For files and tests.
    Exact,
    /// Ahead, on a thread of its own; where a frame is late, the nearest one there shows. For windows.
    Live,
}

/// How long a live picture waits for its frames before it shows their neighbours.
const PATIENCE: Duration = Duration::from_millis(4);
/// Pictures for which frames that were not shown yet stay, whatever else is read ahead.
const HELD: u64 = 30;
/// Frames kept at most, those that can't be read included.
const MAX_FRAMES: usize = 4096;
/// Clips known before those without a frame are forgotten.
const MAX_CLIPS: usize = 64;
/// Different messages that are told at all.
const MAX_PROBLEMS: usize = 64;

/// How a texture's texels become colours; the numbers are the shader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Texels {
    Straight = 0,
    YCoCg = 1,
    Premultiplied = 2,
    Opaque = 3,
}

impl Texels {
    /// Every kind, each at its number.
    pub(super) const ALL: [Self; 4] = [Self::Straight, Self::YCoCg, Self::Premultiplied, Self::Opaque];
}

/// A frame on the device.
#[derive(Clone, Debug)]
pub(super) struct Uploaded {
    pub(super) view: wgpu::TextureView,
    pub(super) texels: Texels,
    /// Whether no texel lets anything through.
    pub(super) opaque: bool,
    /// Visible size in pixels.
    pub(super) size: (u32, u32),
    /// Size of the texture in pixels.
    pub(super) padded: (u32, u32),
}

struct Entry {
    /// `None` where the frame can't be read.
    frame: Option<Uploaded>,
    bytes: usize,
    shown: u64,
}

/// A medium in use, with its reader where frames are read here.
struct Clip {
    info: Arc<VideoInfo>,
    id: u32,
    source: Option<Box<dyn FrameSource>>,
    /// The last scene that named it.
    named: u64,
}

/// What bringing frames onto the device has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Frames read, and how long that took, on whichever thread.
    pub read: (u64, Duration),
    /// Frames handed to the device, and how long that took.
    pub uploaded: (u64, Duration),
}

/// The frames on the device.
pub struct Textures {
    media: Arc<dyn Media>,
    loader: Option<Loader>,
    clips: Vec<Clip>,
    next_clip: u32,
    entries: HashMap<(u32, u32), Entry>,
    scratch: FrameBuffer,
    budget: usize,
    bytes: usize,
    now: u64,
    late: u64,
    costs: Costs,
    problems: Vec<String>,
    /// Every message so far.
    told: HashSet<String>,
}

impl std::fmt::Debug for Textures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Textures({} frames, {} of {} bytes)", self.entries.len(), self.bytes, self.budget)
    }
}

impl Textures {
    /// An empty cache for frames of `media`.
    #[must_use]
    pub fn new(media: Arc<dyn Media>, reading: Reading, budget: usize) -> Self {
        let loader = (reading == Reading::Live).then(|| Loader::start(Arc::clone(&media)));
        Self {
            media,
            loader,
            clips: Vec::new(),
            next_clip: 0,
            entries: HashMap::new(),
            scratch: FrameBuffer::default(),
            budget,
            bytes: 0,
            now: 0,
            late: 0,
            costs: Costs::default(),
            problems: Vec::new(),
            told: HashSet::new(),
        }
    }

    /// Bytes of frames on the device.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Pictures shown with a neighbour's frame because their own was late; always 0 where reading is exact.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// What reading and uploading have cost.
    #[must_use]
    pub fn costs(&self) -> Costs {
        self.costs
    }

    /// What could not be read since the last call, each thing once and never again.
    pub fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    /// Brings a scene's frames onto the device, as far as they can be had.
    pub(super) fn prepare(&mut self, gpu: &Gpu, scene: &Scene) {
        self.now += 1;
        let wanted: Vec<(Picture, u32)> = scene.pictures().map(|picture| (picture.clone(), self.clip(&picture.info))).collect();
        if self.loader.is_some() {
            let ahead: Vec<(Picture, u32)> = scene.ahead.iter().map(|picture| (picture.clone(), self.clip(&picture.info))).collect();
            self.prepare_live(gpu, &wanted, &ahead);
        } else {
            for (picture, clip) in &wanted {
                self.read_now(gpu, picture, *clip);
            }
        }
        for (picture, clip) in &wanted {
            self.touch(*clip, picture.frame);
        }
        self.evict();
    }

    /// The frame a picture shows: its own, or in a live window the nearest one there.
    pub(super) fn get(&mut self, picture: &Picture) -> Option<Uploaded> {
        let clip = self.clip(&picture.info);
        if let Some(entry) = self.entries.get(&(clip, picture.frame)) {
            return entry.frame.clone();
        }
        self.late += 1;
        let near = self.entries.iter().filter(|((id, _), entry)| *id == clip && entry.frame.is_some());
        let (&(_, frame), _) = near.min_by_key(|((_, frame), _)| (frame.abs_diff(picture.frame), *frame))?;
        self.touch(clip, frame);
        self.entries.get(&(clip, frame))?.frame.clone()
    }

    fn touch(&mut self, clip: u32, frame: u32) {
        if let Some(entry) = self.entries.get_mut(&(clip, frame)) {
            entry.shown = self.now;
        }
    }

    /// The number under which a medium's frames are kept. A medium that changed on disk is a new one.
    fn clip(&mut self, info: &Arc<VideoInfo>) -> u32 {
        if let Some(clip) = self.clips.iter_mut().find(|clip| Arc::ptr_eq(&clip.info, info) || clip.info == *info) {
            clip.named = self.now;
            return clip.id;
        }
        self.next_clip += 1;
        self.clips.push(Clip { info: Arc::clone(info), id: self.next_clip, source: None, named: self.now });
        self.next_clip
    }

    fn read_now(&mut self, gpu: &Gpu, picture: &Picture, id: u32) {
        if self.entries.contains_key(&(id, picture.frame)) {
            return;
        }
        let Some(clip) = self.clips.iter_mut().find(|clip| clip.id == id) else { return };
        let mut frame = std::mem::take(&mut self.scratch);
        let began = Instant::now();
        let read = match &mut clip.source {
            Some(source) => source.read(picture.frame, &mut frame),
            None => self.media.open(&clip.info).and_then(|mut source| {
                let read = source.read(picture.frame, &mut frame);
                clip.source = Some(source);
                read
            }),
        };
        let took = began.elapsed();
        self.insert(gpu, (id, picture.frame), read.map(|()| &frame), took);
        self.scratch = frame;
    }

    fn prepare_live(&mut self, gpu: &Gpu, wanted: &[(Picture, u32)], ahead: &[(Picture, u32)]) {
        let mut requests: Vec<FrameRequest> = Vec::new();
        let mut asked = HashSet::new();
        let mut urgent = Vec::new();
        for (picture, clip) in wanted {
            let key = (*clip, picture.frame);
            if !self.entries.contains_key(&key) && asked.insert(key) {
                requests.push(FrameRequest { key, info: Arc::clone(&picture.info) });
                urgent.push(key);
            }
        }
        let mut room = self.room();
        for (picture, clip) in ahead {
            let key = (*clip, picture.frame);
            if let Some(entry) = self.entries.get_mut(&key) {
                // It counts as older than what is shown, so that shown pictures may push it out of memory.
                entry.shown = entry.shown.max(self.now - 1);
                continue;
            }
            let bytes = about(gpu, &picture.info);
            if bytes > room {
                break;
            }
            if asked.insert(key) {
                room -= bytes;
                requests.push(FrameRequest { key, info: Arc::clone(&picture.info) });
            }
        }
        let Some(loader) = &self.loader else { return };
        for done in loader.exchange(requests, &urgent, PATIENCE) {
            self.insert(gpu, done.key, done.read.as_ref().map_err(Clone::clone), done.took);
            if let (Some(loader), Ok(frame)) = (&self.loader, done.read) {
                loader.give_back(frame);
            }
        }
    }

    /// Bytes of the budget that nothing recent holds: reading more ahead than that would push out what was read before.
    fn room(&self) -> usize {
        let held: usize = self.entries.values().filter(|entry| entry.shown + HELD > self.now).map(|entry| entry.bytes).sum();
        self.budget.saturating_sub(held)
    }

    fn insert(&mut self, gpu: &Gpu, key: (u32, u32), read: Result<&FrameBuffer, String>, took: Duration) {
        let began = Instant::now();
        let uploaded = read.and_then(|frame| upload(gpu, frame));
        add(&mut self.costs.read, took);
        add(&mut self.costs.uploaded, began.elapsed());
        let (frame, bytes) = match uploaded {
            Ok((frame, bytes)) => (Some(frame), bytes),
            Err(problem) => {
                if self.told.len() < MAX_PROBLEMS && self.told.insert(problem.clone()) {
                    self.problems.push(problem);
                }
                (None, 0)
            }
        };
        self.bytes += bytes;
        if let Some(old) = self.entries.insert(key, Entry { frame, bytes, shown: self.now }) {
            self.bytes -= old.bytes;
        }
    }

    /// Drops the least recently shown frames until the budget holds; what this picture shows stays.
    fn evict(&mut self) {
        if self.bytes <= self.budget && self.entries.len() <= MAX_FRAMES {
            return self.close_clips();
        }
        let idle = self.entries.iter().filter(|(_, entry)| entry.shown < self.now);
        let mut idle: Vec<(u64, (u32, u32))> = idle.map(|(key, entry)| (entry.shown, *key)).collect();
        idle.sort_unstable();
        for (_, key) in idle {
            if self.bytes <= self.budget && self.entries.len() <= MAX_FRAMES {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
            }
        }
        self.close_clips();
    }

    /// Clips without a frame here close their files, once there are many. One that the scene names keeps its number: its frame is on the way,
    /// and would be read again and again.
    fn close_clips(&mut self) {
        if self.clips.len() > MAX_CLIPS {
            let held: HashSet<u32> = self.entries.keys().map(|(id, _)| *id).collect();
            self.clips.retain(|clip| clip.named == self.now || held.contains(&clip.id));
        }
    }
}

/// Counts one more.
fn add(sum: &mut (u64, Duration), took: Duration) {
    (sum.0, sum.1) = (sum.0 + 1, sum.1 + took);
}

/// About what a frame takes on the device: blocks of 16 bytes, or pixels where it is uploaded as such.
fn about(gpu: &Gpu, info: &VideoInfo) -> usize {
    let pixels = info.width as usize * info.height as usize;
    if gpu.blocks && info.codec.starts_with("mov") { pixels } else { pixels * 4 }
}

/// Uploads a frame, decoding blocks on the way where the adapter can't read them; with the bytes it takes there.
fn upload(gpu: &Gpu, frame: &FrameBuffer) -> Result<(Uploaded, usize), String> {
    check(frame, gpu.device.limits().max_texture_dimension_2d)?;
    let pixels;
    let frame = if gpu.blocks || frame.texture == Texture::Rgba8 {
        frame
    } else {
        pixels = decoded(frame);
        &pixels
    };
    let (columns, rows) = (frame.stored_width, frame.stored_height);
    let (format, texels, row_bytes, rows) = match frame.texture {
        Texture::Bc1Rgb => (wgpu::TextureFormat::Bc1RgbaUnormSrgb, Texels::Opaque, columns / 4 * 8, rows / 4),
        Texture::Bc3Rgba => (wgpu::TextureFormat::Bc3RgbaUnormSrgb, Texels::Straight, columns / 4 * 16, rows / 4),
        Texture::YCoCgBc3 => (wgpu::TextureFormat::Bc3RgbaUnorm, Texels::YCoCg, columns / 4 * 16, rows / 4),
        Texture::Bc7Rgba => (wgpu::TextureFormat::Bc7RgbaUnormSrgb, Texels::Straight, columns / 4 * 16, rows / 4),
        Texture::Rgba8 => (wgpu::TextureFormat::Rgba8UnormSrgb, Texels::Straight, columns * 4, rows),
    };
    let opaque = match frame.texture {
        Texture::Bc1Rgb | Texture::YCoCgBc3 => true,
        Texture::Bc3Rgba | Texture::Bc7Rgba => false,
        Texture::Rgba8 => frame.data.chunks_exact(4).all(|pixel| pixel[3] == 255),
    };
    let size = wgpu::Extent3d { width: frame.stored_width, height: frame.stored_height, depth_or_array_layers: 1 };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("frame"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes), rows_per_image: Some(rows) };
    gpu.queue.write_texture(texture.as_image_copy(), &frame.data, layout, size);
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let (size, padded) = ((frame.width, frame.height), (frame.stored_width, frame.stored_height));
    Ok((Uploaded { view, texels, opaque, size, padded }, frame.data.len()))
}
