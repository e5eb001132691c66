//! Frames on the device: read from their media, uploaded, and kept within a budget, the least recently shown leaving first.

mod loader;

use std::{collections::HashMap, sync::Arc, time::Duration};

use videotracker_engine::media::{FrameBuffer, Texture, VideoInfo};

use self::loader::{Loader, Wish};
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
/// Frames read ahead in the playing direction, for each picture.
const AHEAD: u32 = 2;
/// Messages kept for the caller.
const MAX_PROBLEMS: usize = 16;

/// How a texture's texels become colours; the numbers are the shader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Texels {
    Straight = 0,
    YCoCg = 1,
    Premultiplied = 2,
    Opaque = 3,
}

/// A frame on the device.
#[derive(Clone, Debug)]
pub(super) struct Uploaded {
    pub(super) view: wgpu::TextureView,
    pub(super) texels: Texels,
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
    problems: Vec<String>,
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
            problems: Vec::new(),
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

    /// What could not be read since the last call, each thing once.
    pub fn take_problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    /// Brings a scene's frames onto the device, as far as they can be had.
    pub(super) fn prepare(&mut self, gpu: &Gpu, scene: &Scene) {
        self.now += 1;
        let wanted: Vec<(Picture, u32)> = scene.pictures().map(|picture| (picture.clone(), self.clip(&picture.info))).collect();
        if self.loader.is_some() {
            self.prepare_live(gpu, &wanted);
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
        if let Some(clip) = self.clips.iter().find(|clip| Arc::ptr_eq(&clip.info, info) || clip.info == *info) {
            return clip.id;
        }
        self.next_clip += 1;
        self.clips.push(Clip { info: Arc::clone(info), id: self.next_clip, source: None });
        self.next_clip
    }

    fn read_now(&mut self, gpu: &Gpu, picture: &Picture, id: u32) {
        if self.entries.contains_key(&(id, picture.frame)) {
            return;
        }
        let Some(clip) = self.clips.iter_mut().find(|clip| clip.id == id) else { return };
        let mut frame = std::mem::take(&mut self.scratch);
        let read = match &mut clip.source {
            Some(source) => source.read(picture.frame, &mut frame),
            None => self.media.open(&clip.info).and_then(|mut source| {
                let read = source.read(picture.frame, &mut frame);
                clip.source = Some(source);
                read
            }),
        };
        self.insert(gpu, (id, picture.frame), read.map(|()| &frame));
        self.scratch = frame;
    }

    fn prepare_live(&mut self, gpu: &Gpu, wanted: &[(Picture, u32)]) {
        let mut wishes = Vec::new();
        let mut wish = |picture: &Picture, clip: u32, frame: u32, entries: &HashMap<(u32, u32), Entry>| {
            let key = (clip, frame);
            if !entries.contains_key(&key) && wishes.iter().all(|other: &Wish| other.key != key) {
                wishes.push(Wish { key, info: Arc::clone(&picture.info) });
            }
        };
        for (picture, clip) in wanted {
            wish(picture, *clip, picture.frame, &self.entries);
        }
        for ahead in 1..=AHEAD {
            for (picture, clip) in wanted.iter().filter(|(picture, _)| picture.direction != 0) {
                let last = picture.info.frames.saturating_sub(1);
                let forwards = (picture.frame + ahead).min(last);
                let backwards = picture.frame.saturating_sub(ahead);
                wish(picture, *clip, if picture.direction > 0 { forwards } else { backwards }, &self.entries);
            }
        }
        let urgent: Vec<(u32, u32)> =
            wanted.iter().map(|(picture, clip)| (*clip, picture.frame)).filter(|key| !self.entries.contains_key(key)).collect();
        let Some(loader) = &self.loader else { return };
        let arrived = loader.exchange(wishes, &urgent, PATIENCE);
        for done in arrived {
            self.insert(gpu, done.key, done.read.as_ref().map_err(Clone::clone));
            if let (Some(loader), Ok(frame)) = (&self.loader, done.read) {
                loader.give_back(frame);
            }
        }
    }

    fn insert(&mut self, gpu: &Gpu, key: (u32, u32), read: Result<&FrameBuffer, String>) {
        let uploaded = read.and_then(|frame| upload(gpu, frame).map(|up| (up, frame.data.len())));
        let (frame, bytes) = match uploaded {
            Ok((frame, bytes)) => (Some(frame), bytes),
            Err(problem) => {
                if self.problems.len() < MAX_PROBLEMS && !self.problems.contains(&problem) {
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
        while self.bytes > self.budget {
            let oldest = self.entries.iter().filter(|(_, entry)| entry.shown < self.now && entry.bytes > 0);
            let Some((&key, _)) = oldest.min_by_key(|(_, entry)| entry.shown) else { break };
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
            }
        }
        // Clips without frames and without a place in the picture close their files.
        let entries = &self.entries;
        if self.clips.len() > 64 {
            self.clips.retain(|clip| entries.keys().any(|(id, _)| *id == clip.id));
        }
    }
}

/// Uploads a frame, decoding blocks on the way where the adapter can't read them.
fn upload(gpu: &Gpu, frame: &FrameBuffer) -> Result<Uploaded, String> {
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
        Texture::Rgba8 => (wgpu::TextureFormat::Rgba8UnormSrgb, Texels::Straight, columns * 4, rows),
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
    Ok(Uploaded { view, texels, size: (frame.width, frame.height), padded: (frame.stored_width, frame.stored_height) })
}
