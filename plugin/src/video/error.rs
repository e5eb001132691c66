//! What can go wrong with pictures, in words a musician can act on.

use std::{io, path::PathBuf};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// No graphics adapter answers.
    #[error(
        "no graphics adapter can draw video ({reason}); sound goes on without it. \
         Install your graphics card's Vulkan driver, or the software one (on Debian: apt install mesa-vulkan-drivers)"
    )]
    NoAdapter {
        /// What the system said.
        reason: String,
    },
    /// The adapter refused a device.
    #[error(
        "the graphics adapter {adapter} gives no device ({reason}); sound goes on. Close other programs that use it, or update its driver"
    )]
    NoDevice {
        /// The adapter's name.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// The device went away while drawing.
    #[error("the graphics device was lost while drawing ({0}); the window rebuilds it, a recording has to be started again")]
    Lost(String),
    /// The wanted picture is larger than the device can draw.
    #[error("a picture of {width}×{height} can't be drawn; sizes from 1×1 to {limit}×{limit} can")]
    Size {
        /// Wanted width in pixels.
        width: u32,
        /// Wanted height in pixels.
        height: u32,
        /// Longest side the device draws.
        limit: u32,
    },
    /// The window system refused the output window.
    #[error("the output window can't be opened ({0}); sound goes on{hint}", hint = no_display())]
    Window(String),
    /// The window is there, but the graphics adapter can't draw on it.
    #[error(
        "the graphics adapter {adapter} can't draw on the output window ({reason}); sound goes on. Choose another driver with \
         WGPU_BACKEND=vulkan in the environment, update the card's, or record to a file instead"
    )]
    Surface {
        /// The adapter's name.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// Another recording is running, or the engine isn't active.
    #[error("the recording can't start: {0}")]
    Record(String),
    /// The ffmpeg program is missing.
    #[error(
        "recording {path} needs the ffmpeg program, which can't be started ({source}); install it (on Debian: apt install ffmpeg), or record to a folder of images (a path that ends in /)"
    )]
    NoFfmpeg {
        /// The film wanted.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The ffmpeg program failed.
    #[error("ffmpeg failed while writing {path}: {reason}")]
    Ffmpeg {
        /// The film wanted.
        path: PathBuf,
        /// Its last words.
        reason: String,
    },
    /// A recording failed; what it had got until then is kept.
    #[error("{path} is incomplete: {why}. {pictures} of {of} pictures are kept in {kept}. {remedy}")]
    Incomplete {
        /// The film wanted.
        path: PathBuf,
        /// What failed.
        why: Box<VideoError>,
        /// Pictures that are kept.
        pictures: u64,
        /// Pictures that were drawn.
        of: u64,
        /// The files.
        kept: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file can't be written.
    #[error("{path} can't be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The likely reason on a system whose windows need a display that nobody named.
fn no_display() -> &'static str {
    let needed = cfg!(all(unix, not(target_os = "macos")));
    if needed && std::env::var_os("DISPLAY").is_none_or(|name| name.is_empty()) {
        ". There is no X display: DISPLAY is not set"
    } else {
        ""
    }
}

impl VideoError {
    /// Whether the device went away.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Incomplete { why, .. } => why.is_loss(),
            _ => false,
        }
    }
}
