//! Media: sound decoded into memory, pictures read frame by frame.

use std::{path::PathBuf, sync::Arc};

/// Sound, decoded and resampled to the session's rate.
#[derive(Clone, PartialEq)]
pub struct AudioData {
    /// Frames a second, the session's.
    pub rate: f64,
    /// Stereo frames; mono media has both channels alike.
    pub frames: Box<[[f32; 2]]>,
}

impl std::fmt::Debug for AudioData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AudioData({} frames at {} Hz)", self.frames.len(), self.rate)
    }
}

/// What is known of a medium's picture.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// The file the frames are read from.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames a second, as a fraction.
    pub fps: (u32, u32),
    /// Frames in all; 1 for a still.
    pub frames: u32,
    /// Container and codec, as shown.
    pub codec: String,
}

/// What is known of a medium.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaInfo {
    /// BLAKE3 of the file, in hex.
    pub hash: String,
    /// Bytes.
    pub size: u64,
    /// Duration in seconds of the longer of sound and picture; a still has none of its own.
    pub secs: f64,
    /// Channels and rate of the sound in the file, before decoding.
    pub audio: Option<(u32, u32)>,
    /// The picture.
    pub video: Option<VideoInfo>,
}

/// A medium ready to play.
#[derive(Clone, Debug)]
pub struct Media {
    /// What is known of it.
    pub info: Arc<MediaInfo>,
    /// Its sound.
    pub audio: Option<Arc<AudioData>>,
}
