//! Where frames come from: readers of media behind one small trait.

use std::sync::Arc;

use videotracker_engine::{engine::Engine, media::VideoInfo};

/// How a frame's bytes are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrameFormat {
    /// Blocks of 4×4 pixels, 8 bytes each, sRGB without alpha (BC1, HAP).
    Bc1Rgb,
    /// Blocks of 4×4 pixels, 16 bytes each, sRGB with straight alpha (BC3, HAP Alpha).
    Bc3Rgba,
    /// BC3 blocks that hold scaled YCoCg (HAP Q).
    YCoCgBc3,
    /// 4 bytes a pixel, sRGB with straight alpha, rows top down.
    #[default]
    Rgba8,
}

/// One frame in memory. Block formats are padded to multiples of 4 pixels at the right and at the bottom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// How `data` is laid out.
    pub format: FrameFormat,
    /// Visible width in pixels.
    pub width: u32,
    /// Visible height in pixels.
    pub height: u32,
    /// Width of the texture in pixels.
    pub padded_width: u32,
    /// Height of the texture in pixels.
    pub padded_height: u32,
    /// The texture's bytes.
    pub data: Vec<u8>,
}

/// Reads frames of one medium, in any order.
pub trait FrameSource: Send {
    /// Reads a frame into `frame`, reusing its memory.
    ///
    /// # Errors
    /// The file, the reason and a remedy where there is one.
    fn read(&mut self, index: u32, frame: &mut Frame) -> Result<(), String>;
}

/// Opens media by what is known of them; shared by the renderers of a session.
pub trait Media: Send + Sync {
    /// What is known of a sampler's sample; `None` while it loads or where it has no picture.
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>>;

    /// Opens a reader.
    ///
    /// # Errors
    /// The file, the reason and a remedy where there is one.
    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String>;
}

impl Media for Engine {
    fn picture(&self, module: u32, sample: u32) -> Option<Arc<VideoInfo>> {
        Self::picture(self, module, sample)
    }

    fn open(&self, info: &VideoInfo) -> Result<Box<dyn FrameSource>, String> {
        Err(format!("{} can't be read: no reader for it", info.path.display()))
    }
}

impl Frame {
    /// Checks that sizes and bytes belong together.
    ///
    /// # Errors
    /// What doesn't fit.
    pub fn check(&self, longest_side: u32) -> Result<(), String> {
        let (width, height) = (self.padded_width, self.padded_height);
        if width == 0 || height == 0 || width > longest_side || height > longest_side {
            return Err(format!(
                "a frame of {width}×{height} can't be shown; this graphics card shows up to {longest_side}×{longest_side}"
            ));
        }
        let (w, h) = (width as usize, height as usize);
        let whole_blocks = width % 4 == 0 && height % 4 == 0;
        let (bytes, fits) = match self.format {
            FrameFormat::Bc1Rgb => (w * h / 2, whole_blocks),
            FrameFormat::Bc3Rgba | FrameFormat::YCoCgBc3 => (w * h, whole_blocks),
            FrameFormat::Rgba8 => (w * h * 4, true),
        };
        if !fits || self.data.len() != bytes || self.width > width || self.height > height || self.width == 0 || self.height == 0 {
            return Err(format!(
                "a frame of {}×{} has {} bytes instead of {bytes}; its file is damaged",
                self.width,
                self.height,
                self.data.len()
            ));
        }
        Ok(())
    }

    /// The frame as [`FrameFormat::Rgba8`], for adapters that don't read blocks.
    ///
    /// # Errors
    /// Where the bytes don't fit the sizes.
    pub fn decoded(&self) -> Result<Self, String> {
        self.check(u32::MAX)?;
        let (width, height) = (self.padded_width as usize, self.padded_height as usize);
        let mut pixels = vec![0_u32; width * height];
        match self.format {
            FrameFormat::Rgba8 => return Ok(self.clone()),
            FrameFormat::Bc1Rgb => texture2ddecoder::decode_bc1(&self.data, width, height, &mut pixels),
            FrameFormat::Bc3Rgba | FrameFormat::YCoCgBc3 => texture2ddecoder::decode_bc3(&self.data, width, height, &mut pixels),
        }
        .map_err(|reason| format!("a frame can't be decoded: {reason}"))?;
        let rgb = self.format == FrameFormat::Bc1Rgb;
        let ycocg = self.format == FrameFormat::YCoCgBc3;
        let data = pixels
            .iter()
            .flat_map(|pixel| {
                let [blue, green, red, alpha] = pixel.to_le_bytes();
                if ycocg { from_ycocg([red, green, blue, alpha]) } else { [red, green, blue, if rgb { 255 } else { alpha }] }
            })
            .collect();
        Ok(Self { format: FrameFormat::Rgba8, data, ..*self })
    }
}

/// Scaled YCoCg to RGB, as the shader does it: J.M.P. van Waveren and I. Castaño, "Real-Time YCoCg-DXT Compression" (2007).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte first")]
fn from_ycocg([co, cg, scale, y]: [u8; 4]) -> [u8; 4] {
    let scale = f32::from(scale) / 8.0 + 1.0;
    let (co, cg, y) = ((f32::from(co) - 128.0) / scale, (f32::from(cg) - 128.0) / scale, f32::from(y));
    let byte = |value: f32| value.clamp(0.0, 255.0).round() as u8;
    [byte(y + co - cg), byte(y + cg), byte(y - co - cg), 255]
}
