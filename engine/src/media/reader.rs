//! Frames of a picture, one at a time, in any order.

use std::{fs::File, path::Path};

use super::{
    FrameBuffer, Limits, MediaError, Texture, VideoInfo,
    error::About,
    factory::{self, Picture},
    hap,
    mov::{self, VideoTrack},
    source, still,
};

/// Reads frames of one picture: HAP in `.mov`, a still, or a factory picture. Each reader has its own file handle and
/// memory; reading a frame costs the same anywhere in the file and allocates nothing once the buffers have grown.
pub struct FrameReader {
    info: VideoInfo,
    source: Source,
}

enum Source {
    Hap { file: File, texture: Texture, track: VideoTrack, packet: Vec<u8>, snappy: snap::raw::Decoder },
    Still(Vec<u8>),
    Factory(Picture),
}

impl std::fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FrameReader({}, {})", self.info.path.display(), self.info.codec)
    }
}

impl FrameReader {
    /// Opens a picture. A still is decoded here, whole.
    ///
    /// # Errors
    /// [`MediaError`], which names the file, the reason and a remedy.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        let limits = Limits::default();
        if factory::is_factory(path) {
            let (picture, info) = factory::open(path)?;
            return Ok(Self { info, source: Source::Factory(picture) });
        }
        let about = About(path);
        match still::Kind::of(path, &limits)? {
            still::Kind::Still(codec) => {
                let (width, height, pixels) = still::decode(path, &limits)?;
                let info = VideoInfo { path: path.to_owned(), width, height, fps: (1, 1), frames: 1, codec: codec.to_owned() };
                Ok(Self { info, source: Source::Still(pixels) })
            }
            still::Kind::Movie => {
                let track = mov::read(path, &limits)?.video.ok_or_else(|| about.unsupported("a file without a picture"))?;
                let info = hap::info(path, &track, &limits)?;
                let texture = hap::codec(track.fourcc).map_or(Texture::Rgba8, |(texture, _)| texture);
                let (file, _) = source::open(path, &limits)?;
                let (packet, snappy) = (Vec::new(), snap::raw::Decoder::new());
                Ok(Self { info, source: Source::Hap { file, texture, track, packet, snappy } })
            }
            still::Kind::Other => Err(about.unsupported("a file without a picture")),
        }
    }

    /// What is known of the picture.
    #[must_use]
    pub fn info(&self) -> &VideoInfo {
        &self.info
    }

    /// Reads frame `index` (a still has only frame 0) into `frame`, whose memory is reused.
    ///
    /// # Errors
    /// [`MediaError`] where there is no such frame, or it can't be read or decoded; `frame` then holds
    /// anything.
    pub fn read(&mut self, index: u32, frame: &mut FrameBuffer) -> Result<(), MediaError> {
        let VideoInfo { width, height, frames, .. } = self.info;
        let about = About(&self.info.path);
        if index >= frames {
            return Err(MediaError::NoFrame { name: self.info.path.display().to_string(), frame: index, last: frames.saturating_sub(1) });
        }
        match &mut self.source {
            Source::Still(pixels) => {
                frame.shape(Texture::Rgba8, width, height);
                frame.data.copy_from_slice(pixels);
            }
            Source::Factory(picture) => {
                frame.shape(Texture::Rgba8, width, height);
                picture.draw(index, &mut frame.data);
            }
            Source::Hap { file, texture, track, packet, snappy } => {
                let sample = track.place(index).ok_or_else(|| about.damaged(format!("frame {index} has no place in the file")))?;
                // Blocks take at most a few bytes more than they are, and Snappy packs 64 bytes into no less than 2:
                // what lies outside is damage, seen before memory is taken for it.
                let (packed, blocks) = (sample.size as usize, texture.frame_bytes(width, height));
                if packed > blocks * 2 + (1 << 16) || blocks > packed * 64 {
                    return Err(about.damaged(format!("frame {index} does not fit its picture's size")));
                }
                frame.shape(*texture, width, height);
                packet.resize(sample.size as usize, 0);
                source::read_exact_at(file, packet, sample.offset).map_err(|e| about.io(&e))?;
                hap::decode(packet, *texture, snappy, &mut frame.data).map_err(|what| about.damaged(format!("frame {index}: {what}")))?;
            }
        }
        Ok(())
    }
}
