//! Where frames come from: readers of media behind one small trait.

use std::sync::Arc;

use videotracker_engine::{
    engine::Engine,
    media::{FrameBuffer, FrameReader, Texture, VideoInfo},
    tape::Tape,
};

/// Reads frames of one medium, in any order.
pub trait FrameSource: Send {
    /// Reads a frame into `frame`, reusing its memory.
    ///
    /// # Errors
    /// The file, the reason and a remedy where there is one.
    fn read(&mut self, index: u32, frame: &mut FrameBuffer) -> Result<(), String>;
}

impl FrameSource for FrameReader {
    fn read(&mut self, index: u32, frame: &mut FrameBuffer) -> Result<(), String> {
        Self::read(self, index, frame).map_err(|error| error.to_string())
    }
}

/// Opens media by what is known of them; shared by the renderers of a session.
pub trait Media: Send + Sync {
    /// What is known of a sampler's sample; `None` while it loads or where it has no picture.
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>>;

    /// What a module that draws sound hears; `None` where it hears nothing.
    fn sound(&self, _module: u32) -> Option<Arc<Tape>> {
        None
    }

    /// Opens a reader.
    ///
    /// # Errors
    /// The file, the reason and a remedy where there is one.
    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String>;
}

impl Media for Engine {
    fn sound(&self, module: u32) -> Option<Arc<Tape>> {
        self.tape(module)
    }

    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        Self::picture(self, module, sample)
    }

    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String> {
        let reader = FrameReader::open(&info.path).map_err(|error| error.to_string())?;
        Ok(Box::new(reader))
    }
}

/// Checks that a frame's sizes and bytes belong together, before a device is handed them.
///
/// # Errors
/// What doesn't fit.
pub(super) fn check(frame: &FrameBuffer, longest_side: u32) -> Result<(), String> {
    let (width, height) = (frame.width, frame.height);
    if width == 0 || height == 0 || frame.stored_width > longest_side || frame.stored_height > longest_side {
        return Err(format!("a frame of {width}×{height} can't be shown; this graphics card shows up to {longest_side}×{longest_side}"));
    }
    let bytes = frame.texture.frame_bytes(width, height);
    if frame.data.len() != bytes || (frame.stored_width, frame.stored_height) != frame.texture.stored_size(width, height) {
        return Err(format!("a frame of {width}×{height} has {} bytes instead of {bytes}; its file is damaged", frame.data.len()));
    }
    Ok(())
}

/// A frame's visible pixels as [`Texture::Rgba8`], for adapters that don't read blocks.
pub(super) fn decoded(frame: &FrameBuffer) -> FrameBuffer {
    let (width, height) = (frame.width, frame.height);
    FrameBuffer { texture: Texture::Rgba8, width, height, stored_width: width, stored_height: height, data: frame.to_rgba8() }
}
