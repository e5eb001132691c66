//! Pictures: from the voices the audio thread shows to the output window, and to files.
//!
//! A picture is computed from two values and nothing else: the session as it is, and what sounds at one moment. So a live window that draws what is heard now
//! and a recorder that draws each frame of a bounce run the same code, and a test can draw a moment without a window.
//!
//! One way through, every step in its own file:
//!
//! 1. [`compose`] turns a [`Snapshot`](videotracker_engine::snapshot::Snapshot) and a
//!    [`ViewFrame`](videotracker_engine::view::ViewFrame) into a [`scene::Scene`]: plain values, no device.
//! 2. [`textures`] brings the frames a scene names onto the device, out of [`source`]s, within a budget of memory.
//! 3. [`render`] composes the layers in linear light and gives pixels, to a window's surface or to memory.
//! 4. [`window`] shows them at the display's pace, [`recorder`] writes them, every frame exact.
//!
//! Nothing here runs on the audio thread, and nothing here is waited for by it except an offline recording.
//!
//! Non-goals: mip maps (a clip shown much smaller than it is aliases), colour spaces other than sRGB and its
//! BT.709 primaries, and more than one output window at a time.

pub mod compose;
mod compose_effect;
pub mod device;
mod effects;
pub mod error;
mod layers;
mod pass;
mod quads;
pub mod recorder;
pub mod render;
pub mod scene;
mod scope;
pub mod source;
mod spectrogram;
mod spectrum;
mod steps;
pub mod targets;
pub mod textures;
mod uniforms;
pub mod window;
mod workshop;

pub use error::VideoError;
pub use recorder::Recorder;
pub use render::Renderer;
pub use scene::Scene;
pub use window::OutputWindow;
