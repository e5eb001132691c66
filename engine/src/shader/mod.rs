//! Shaders: pictures computed on the graphics card, from a module's parameters, the song's time and other pictures.
//!
//! Three kinds come out as the same [`ShaderProgram`]: the [`builtin`] ones, a user's WGSL ([`wgsl`]) and ISF files ([`isf`]).
//! What parameters a shader has is its [`Interface`], and that is the type of a module which uses it: so patterns, links,
//! macros, scripts, saved sessions and the console know them like any other parameter. Everything here is text and values;
//! the graphics card is the video renderer's.
//!
//! Nothing here runs on the audio thread. A file from a stranger costs at most one refused shader: sizes and nesting are
//! bounded before the compiler sees them, its panics are contained, and every loop ends (`guard`).

pub mod builtin;
mod guard;
mod interface;
pub mod isf;
mod source;
mod store;
mod weight;
pub mod wgsl;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use interface::{Interface, MAX_INTERFACES, Param, ParamShape};
pub use source::{Origin, is_file};
pub use store::{Refreshed, ShaderState, Shelf, Store};

/// Most pictures one program reads: every adapter offers a shader sixteen textures.
pub const IMAGES: usize = 14;
/// Longest source, in bytes.
pub const MAX_SOURCE: usize = 256 << 10;
/// Most passes one program makes.
pub const MAX_PASSES: usize = 32;

/// Where an error lies in a source, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShaderError {
    /// The shader, as the session names it.
    pub shader: String,
    /// What is wrong, and what to do.
    pub text: String,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// Column, counted from 1.
    pub column: Option<u32>,
}

impl std::fmt::Display for ShaderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{}:{line}:{column}: {}", self.shader, self.text),
            (Some(line), None) => write!(f, "{}:{line}: {}", self.shader, self.text),
            _ => write!(f, "{}: {}", self.shader, self.text),
        }
    }
}

impl std::error::Error for ShaderError {}

/// What is wrong with a source, before it is known what the session calls it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub text: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

impl Complaint {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), line: None, column: None }
    }

    pub fn at(line: u32, column: u32, text: impl Into<String>) -> Self {
        Self { text: text.into(), line: Some(line), column: Some(column) }
    }

    pub fn of(self, shader: &str) -> ShaderError {
        ShaderError { shader: shader.to_owned(), text: self.text, line: self.line, column: self.column }
    }
}

/// A picture a program reads.
#[derive(Clone, Debug)]
pub enum Image {
    /// What the module's n-th video input brings; nothing where there is none.
    Input(usize),
    /// One of the program's own targets, as it was written last.
    Target(usize),
    /// The main output's last samples: a row for each channel, 0–1 with silence at 0.5.
    Wave,
    /// The main output's spectrum: one row, lowest frequency first, 0–1.
    Spectrum,
    /// A still that belongs to the shader: its size and its sRGB pixels with straight alpha, rows top down.
    Still(Arc<Still>),
}

/// A still picture in memory.
#[derive(Debug)]
pub struct Still {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// RGBA, 8 bits, rows top down.
    pub pixels: Vec<u8>,
}

/// A picture a program writes and may read again.
#[derive(Clone, Debug)]
pub struct Target {
    /// Keeps what it shows from picture to picture.
    pub persistent: bool,
    /// Holds values beyond 0–1.
    pub float: bool,
    /// Width and height in pixels, from the canvas's.
    pub size: [isf::Size; 2],
}

/// How the numbers of one parameter reach the shader.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// As it is.
    Plain,
    /// The parameter is a place in this list.
    Listed(Vec<f32>),
}

/// A shader ready for the graphics card.
pub struct ShaderProgram {
    /// Differs between any two programs.
    pub id: u64,
    /// Its parameters.
    pub interface: Interface,
    /// How they are handed over: the n-th float of the parameters' uniform is the n-th of these.
    pub numbers: Vec<Number>,
    /// The validated module; its only entry point is a fragment shader.
    pub module: naga::Module,
    /// What it reads, in the order of its bindings.
    pub images: Vec<Image>,
    /// What it writes besides its picture.
    pub targets: Vec<Target>,
    /// Its passes in order: the target each one writes, `None` for the picture itself.
    pub passes: Vec<Option<usize>>,
    /// Whether it is known to be harmless: built in.
    pub trusted: bool,
    /// Whether one more pass shows the last target, because no pass writes the picture.
    pub shows_target: bool,
}

impl ShaderProgram {
    /// The module, for drivers that read uniform buffers badly: it reads the same numbers from storage buffers that it can't
    /// write, with the same bindings and layout.
    #[must_use]
    pub fn reading_storage(&self) -> naga::Module {
        let mut module = self.module.clone();
        // Pointers into either space can't be handed to functions, so no other type names the space.
        for (_, global) in module.global_variables.iter_mut().filter(|(_, global)| global.space == naga::AddressSpace::Uniform) {
            global.space = naga::AddressSpace::Storage { access: naga::StorageAccess::LOAD };
        }
        module
    }
}

/// Programs are alike where they are the same one.
impl PartialEq for ShaderProgram {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl std::fmt::Debug for ShaderProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShaderProgram({}, {} images, {} passes)", self.id, self.images.len(), self.passes.len())
    }
}

/// A number for a new program.
pub(crate) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Reads and compiles a shader file.
///
/// # Errors
/// What is wrong with it, and where.
pub fn load(path: &std::path::Path) -> Result<ShaderProgram, ShaderError> {
    let (_, read) = source::read(&[path.to_owned()]);
    read.map(|read| read.program).map_err(|complaint| complaint.of(&path.display().to_string()))
}

/// Compiles a shader's text: ISF where it begins with ISF's comment, else WGSL.
///
/// # Errors
/// What is wrong with it, and where.
pub fn compile(name: &str, text: &str) -> Result<ShaderProgram, ShaderError> {
    let still = |_: &str| Err("a text without a file has no pictures beside it".to_owned());
    let beside = isf::Beside { vertex: None, still: &still };
    let done = if text.trim_start().starts_with("/*") { isf::compile(text, &beside) } else { wgsl::compile(text) };
    done.map_err(|complaint| complaint.of(name))
}

/// Binding numbers every program keeps to, in group 0; images follow from [`binding::IMAGES`] on.
pub mod binding {
    /// The frame's uniform: `vec4` × [`super::FRAME_VECTORS`].
    pub const FRAME: u32 = 0;
    /// The parameters' uniform: one `f32` after the other.
    pub const PARAMS: u32 = 1;
    /// The linear, clamping sampler.
    pub const SAMPLER: u32 = 2;
    /// The first image.
    pub const IMAGES: u32 = 3;
}

/// Vectors of the frame's uniform. 0: width, height, seconds, beats. 1: bpm, pictures, seconds since the last, pass.
/// 2: mix, whether this pass writes the picture, whether it shows the last target, whether its target is cut to 0–1.
/// 3: reserved. From 4 on: width and height of each image and their inverses.
pub const FRAME_VECTORS: usize = 4 + IMAGES;
