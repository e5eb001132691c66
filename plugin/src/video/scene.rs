//! Scenes: what one picture shows, as plain values.

use std::sync::Arc;

use videotracker_engine::{
    media::VideoInfo,
    module::picture::BLEND,
    name::Name,
    shader::ShaderProgram,
    view::{Placement, SCOPE_POINTS, tape::Tape},
};

/// How a layer is put over what lies below, in linear light; the order is that of [`BLEND`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Blend {
    /// Covers by its opacity.
    #[default]
    Alpha,
    /// Adds light.
    Add,
    /// Multiplies light.
    Multiply,
    /// Multiplies the complements.
    Screen,
    /// The absolute difference.
    Difference,
    /// The lighter of both, channel by channel.
    Lighten,
    /// The darker of both, channel by channel.
    Darken,
    /// Multiplies where it is dark below, screens where it is light.
    Overlay,
}

impl Blend {
    /// Every blend, in the order of [`BLEND`].
    pub const ALL: [Self; 8] =
        [Self::Alpha, Self::Add, Self::Multiply, Self::Screen, Self::Difference, Self::Lighten, Self::Darken, Self::Overlay];

    /// The blend at a place in [`BLEND`]; a place beyond it means [`Blend::Alpha`].
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self::ALL.get(index).copied().unwrap_or_default()
    }

    /// The word scripts use.
    #[must_use]
    pub fn word(self) -> &'static str {
        BLEND[self as usize]
    }
}

/// One frame of a medium.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The medium.
    pub info: Arc<VideoInfo>,
    /// The frame, counted from 0, always less than `info.frames`.
    pub frame: u32,
}

/// What an oscilloscope draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Left against right, instead of both over time.
    pub xy: bool,
    /// Size of the figure.
    pub scale: f32,
    /// Thickness of the beam in pixels.
    pub point_size: f32,
    /// Colour of the beam, sRGB, 0–1.
    pub colour: [f32; 3],
    /// Grey of the background, sRGB, 0–1; 0 is transparent.
    pub background: f32,
    /// Left and right, oldest first.
    pub points: Arc<[[f32; 2]; SCOPE_POINTS]>,
}

/// What a spectrogram draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrogram {
    /// Names the columns it has drawn: its module's id.
    pub instance: u32,
    /// What it hears.
    pub tape: Option<Arc<Tape>>,
    /// Frames since activation up to which it has heard that.
    pub end: u64,
    /// Frames a second.
    pub rate: f64,
    /// Frames of a spectrum: a power of two.
    pub length: usize,
    /// How they are weighed: an index into [`WINDOW`](videotracker_engine::module::spectrogram::WINDOW).
    pub window: usize,
    /// Speed of the picture.
    pub speed: f64,
    /// How frequencies lie: an index into [`SCALE`](videotracker_engine::module::spectrogram::SCALE).
    pub scale: usize,
}

/// What a shader computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The shader.
    pub program: Arc<ShaderProgram>,
    /// What complaints call it: its file, or the built-in's name.
    pub name: Name,
    /// Names the memory it has from picture to picture: its module's id.
    pub instance: u32,
    /// Its parameters, in the order of [`ShaderProgram::interface`].
    pub values: Vec<f32>,
    /// What comes in: places in [`Scene::groups`].
    pub inputs: Vec<usize>,
    /// From the first input as it is, 0, to the effect alone, 1.
    pub mix: f32,
    /// Where the song stands, in seconds.
    pub secs: f64,
    /// Where the song stands, in quarter notes.
    pub beat: f64,
    /// Quarter notes a minute.
    pub bpm: f64,
    /// The main output's last samples, where the shader reads them.
    pub sound: Option<Arc<[[f32; 2]; SCOPE_POINTS]>>,
}

/// What a layer shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A medium's frame, fitted into the canvas with its aspect kept.
    Picture(Picture),
    /// A group composed before: its place in [`Scene::groups`].
    Group(usize),
    /// An oscilloscope's figure.
    Trace(Trace),
    /// A spectrogram's picture.
    Spectrogram(Spectrogram),
    /// A shader's picture.
    Effect(Box<Effect>),
}

/// One layer of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it shows.
    pub content: Content,
    /// How much of it shows, 0–1.
    pub opacity: f32,
    /// How it is put over the layers below.
    pub blend: Blend,
    /// Where it lies on the canvas.
    pub place: Placement,
}

/// A group's own picture before, laid below its layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// Names the group from picture to picture.
    pub key: Name,
    /// How much of the picture before shows, 0–1.
    pub opacity: f32,
    /// Where the picture before lies.
    pub place: Placement,
}

/// Layers composed into one picture, the lowest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The layers.
    pub layers: Vec<Layer>,
    /// What of the group's picture before lies below them.
    pub feedback: Option<Feedback>,
}

/// An output's place in the picture that all instances of the host's process show together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Higher ones lie on top.
    pub order: i32,
    /// How it is put over those below.
    pub blend: Blend,
}

/// One output's picture. Groups refer only to groups before them; the last is what the output shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The videoOut it belongs to; empty where the session has none.
    pub output: Name,
    /// Every mixer's picture, those that are needed first first.
    pub groups: Vec<Group>,
    /// Opacity of the whole picture over black, 0–1.
    pub opacity: f32,
    /// Colour behind the last group's layers, sRGB, 0–1.
    pub background: [f32; 3],
    /// Width and height that the picture is composed in, whatever the target's size; `None` takes the target's.
    pub canvas: Option<(u32, u32)>,
    /// Media frames that may be shown next, the most likely first: a live renderer reads them ahead.
    pub ahead: Vec<Picture>,
    /// Its place in the shared picture, where it is part of that.
    pub share: Option<Share>,
}

impl Scene {
    /// The media frames it shows, in no particular order; the same one may come twice.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.groups.iter().flat_map(|group| &group.layers).filter_map(|layer| match &layer.content {
            Content::Picture(picture) => Some(picture),
            Content::Group(_) | Content::Trace(_) | Content::Spectrogram(_) | Content::Effect(_) => None,
        })
    }
}
