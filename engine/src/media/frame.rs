//! A frame of a picture in memory, compressed as the GPU takes it.

/// How a frame's pixels are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Texture {
    /// BC1 (DXT1) blocks, opaque: HAP.
    Bc1Rgb,
    /// BC3 (DXT5) blocks with alpha, not premultiplied: HAP Alpha.
    Bc3Rgba,
    /// BC3 (DXT5) blocks that hold scaled YCoCg: HAP Q.
    YCoCgBc3,
    /// BC7 (BPTC) blocks with alpha, not premultiplied: HAP R.
    Bc7Rgba,
    /// Four bytes a pixel, sRGB, alpha not premultiplied: stills and factory pictures.
    #[default]
    Rgba8,
}

impl Texture {
    /// Bytes of a block of 4 × 4 pixels; `None` where pixels stand alone.
    const fn block_bytes(self) -> Option<usize> {
        match self {
            Self::Bc1Rgb => Some(8),
            Self::Bc3Rgba | Self::YCoCgBc3 | Self::Bc7Rgba => Some(16),
            Self::Rgba8 => None,
        }
    }

    /// The size stored for a visible size: rounded up to whole blocks.
    #[must_use]
    pub const fn stored_size(self, width: u32, height: u32) -> (u32, u32) {
        match self.block_bytes() {
            Some(_) => (width.next_multiple_of(4), height.next_multiple_of(4)),
            None => (width, height),
        }
    }

    /// Bytes of a frame with a visible size.
    #[must_use]
    pub const fn frame_bytes(self, width: u32, height: u32) -> usize {
        match self.block_bytes() {
            Some(bytes) => width.div_ceil(4) as usize * height.div_ceil(4) as usize * bytes,
            None => width as usize * height as usize * 4,
        }
    }
}

/// One frame. Its memory is kept from read to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameBuffer {
    /// How `data` is stored.
    pub texture: Texture,
    /// Visible width in pixels.
    pub width: u32,
    /// Visible height in pixels.
    pub height: u32,
    /// Width of what is stored, a multiple of 4 for blocks: show `width / stored_width` of it.
    pub stored_width: u32,
    /// Height of what is stored.
    pub stored_height: u32,
    /// Blocks or pixels, row by row from the top left.
    pub data: Vec<u8>,
}

impl FrameBuffer {
    /// Takes over a format and size; `data` gets its length, reusing its memory.
    pub(super) fn shape(&mut self, texture: Texture, width: u32, height: u32) {
        (self.texture, self.width, self.height) = (texture, width, height);
        (self.stored_width, self.stored_height) = texture.stored_size(width, height);
        self.data.resize(texture.frame_bytes(width, height), 0);
    }

    /// The visible pixels as RGBA8 (sRGB, alpha not premultiplied), decoded on the CPU: for systems whose GPU lacks BC
    /// textures, for thumbnails and tests.
    #[must_use]
    pub fn to_rgba8(&self) -> Vec<u8> {
        let mut rgba = Vec::new();
        self.decode_into(&mut rgba);
        rgba
    }

    /// [`Self::to_rgba8`] into memory that is kept from frame to frame.
    pub fn decode_into(&self, rgba: &mut Vec<u8>) {
        rgba.clear();
        let Some(block_bytes) = self.texture.block_bytes() else {
            rgba.extend_from_slice(&self.data);
            return;
        };
        let (width, height) = (self.width as usize, self.height as usize);
        rgba.resize(width * height * 4, 0);
        let columns = self.width.div_ceil(4) as usize;
        let mut pixels = [0; 16];
        for (i, block) in self.data.chunks_exact(block_bytes).enumerate() {
            let (x, y) = (i % columns.max(1) * 4, i / columns.max(1) * 4);
            match self.texture {
                Texture::Bc1Rgb => texture2ddecoder::decode_bc1_block(block, &mut pixels),
                Texture::Bc7Rgba => texture2ddecoder::decode_bc7_block(block, &mut pixels),
                _ => texture2ddecoder::decode_bc3_block(block, &mut pixels),
            }
            for (row, line) in pixels.chunks_exact(4).enumerate().take(height.saturating_sub(y)) {
                for (column, pixel) in line.iter().enumerate().take(width.saturating_sub(x)) {
                    let at = ((y + row) * width + x + column) * 4;
                    rgba[at..at + 4].copy_from_slice(&self.rgba_of(*pixel));
                }
            }
        }
    }

    /// One pixel as the block decoder gives it (blue lowest) in RGBA.
    fn rgba_of(&self, pixel: u32) -> [u8; 4] {
        let [b, g, r, a] = pixel.to_le_bytes();
        match self.texture {
            Texture::YCoCgBc3 => ycocg_to_rgba(r, g, b, a),
            Texture::Bc1Rgb => [r, g, b, 255],
            Texture::Bc3Rgba | Texture::Bc7Rgba | Texture::Rgba8 => [r, g, b, a],
        }
    }
}

/// Scaled YCoCg to RGB: red holds Co, green Cg, blue the scale, alpha Y. J.M.P. van Waveren and I. Castaño, "Real-Time
/// YCoCg-DXT Compression", 2007: `scale = blue·255/8 + 1`, `Co = (red − 128/255)/scale`, `Cg` alike from green;
/// `R = Y + Co − Cg`, `G = Y + Cg`, `B = Y − Co − Cg`.
fn ycocg_to_rgba(co: u8, cg: u8, scale: u8, y: u8) -> [u8; 4] {
    let scale = f32::from(scale) / 8.0 + 1.0;
    let co = (f32::from(co) - 128.0) / scale;
    let cg = (f32::from(cg) - 128.0) / scale;
    let y = f32::from(y);
    // `as` saturates: what lies outside 0–255 is clipped.
    [y + co - cg, y + cg, y - co - cg, 255.0].map(|c| c.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sizes_round_up_to_blocks() {
        for (texture, size, stored, bytes) in [
            (Texture::Bc1Rgb, (322, 182), (324, 184), 81 * 46 * 8),
            (Texture::Bc3Rgba, (1, 1), (4, 4), 16),
            (Texture::YCoCgBc3, (1920, 1080), (1920, 1080), 480 * 270 * 16),
            (Texture::Rgba8, (3, 5), (3, 5), 60),
        ] {
            assert_eq!(texture.stored_size(size.0, size.1), stored);
            assert_eq!(texture.frame_bytes(size.0, size.1), bytes);
        }
    }

    #[test]
    fn neutral_chroma_is_grey_at_any_scale() {
        for scale in [0, 8, 24, 255] {
            assert_eq!(ycocg_to_rgba(128, 128, scale, 77), [77, 77, 77, 255]);
        }
    }
}
