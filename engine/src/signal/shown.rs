//! What processors show of themselves to views: voices and meters, as plain values of fixed size.

/// Where a picture lies on its canvas, by the parameters in [`crate::module::picture::SHOWN`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Middle of the picture, in half canvases right of and below the canvas' middle.
    pub middle: [f32; 2],
    /// Size; at 1 the picture fits into the canvas.
    pub size: f32,
    /// Degrees clockwise.
    pub rotation: f32,
    /// Shares cut off on the left, on the right, at the top and at the bottom.
    pub crop: [f32; 4],
    /// Index into [`crate::module::picture::FLIP`].
    pub flip: u8,
    /// Index into [`crate::module::picture::FIT`].
    pub fit: u8,
}

impl Default for Placement {
    fn default() -> Self {
        Self { middle: [0.0; 2], size: 1.0, rotation: 0.0, crop: [0.0; 4], flip: 0, fit: 0 }
    }
}

impl From<[f32; 9]> for Placement {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    fn from([x, y, size, rotation, left, right, top, bottom, flip]: [f32; 9]) -> Self {
        Self { middle: [x, y], size, rotation, crop: [left, right, top, bottom], flip: flip as u8, fit: 0 }
    }
}

impl From<[f32; 10]> for Placement {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a choice has a handful of names")]
    fn from([x, y, size, rotation, left, right, top, bottom, flip, fit]: [f32; 10]) -> Self {
        Self { fit: fit as u8, ..[x, y, size, rotation, left, right, top, bottom, flip].into() }
    }
}

/// One sounding or showing voice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VoiceView {
    /// The module it belongs to: the id by which the snapshot lists it.
    pub module: u32,
    /// Sample index within the module.
    pub sample: u32,
    /// Counts onsets, so that a retriggered voice is a new one.
    pub serial: u64,
    /// Frames since activation at its onset, by which voices of several modules are put in order.
    pub onset: u64,
    /// Position in the media, in seconds, at the view's frame.
    pub media_secs: f64,
    /// Media seconds a second, negative in reverse.
    pub speed: f64,
    /// Position in the media where a loop wraps to and from, in seconds; equal where nothing loops.
    pub loop_secs: (f64, f64),
    /// Opacity, 0–1.
    pub opacity: f32,
    /// Index into [`crate::module::picture::BLEND`].
    pub blend: u8,
    /// Where the picture lies.
    pub place: Placement,
    /// Level of the voice's envelope, 0–1.
    pub level: f32,
}

/// Peak and RMS of a module's output, both channels, linear.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    /// The module's id.
    pub module: u32,
    /// Largest absolute sample since the last view.
    pub peak: [f32; 2],
    /// Root mean square over the block.
    pub rms: [f32; 2],
}
