//! Shader files: where they lie, and what they say.

use std::{
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{Complaint, MAX_SOURCE, ShaderProgram, Still, isf, wgsl};
use crate::{
    files,
    media::{Limits, still},
};

/// Longest picture beside a shader, in bytes.
const MAX_STILL: u64 = 64 << 20;
/// Longest side of a picture beside a shader.
const MAX_SIDE: u32 = 4096;

/// Files that a program came from, with their states then: when one of them changes, the shader is read anew.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin(Vec<(PathBuf, Option<(SystemTime, u64)>)>);

/// What reading a file gives, and what it was read from.
pub(super) type Reading = (Origin, Result<Read_, Complaint>);

impl Origin {
    fn add(&mut self, path: &Path) {
        let state = std::fs::metadata(path).ok().and_then(|data| Some((data.modified().ok()?, data.len())));
        self.0.push((path.to_owned(), state));
    }

    /// What the first of these files that is there stands at; of all where none is.
    pub(super) fn of(candidates: &[PathBuf]) -> Self {
        let mut origin = Self::default();
        match candidates.iter().find(|path| path.exists()) {
            Some(path) => origin.add(path),
            None => candidates.iter().for_each(|path| origin.add(path)),
        }
        origin
    }

    /// The shader's own file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.first().map(|(path, _)| path.as_path())
    }

    /// Whether a file is not what it was.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let mut now = Self::default();
        self.0.iter().for_each(|(path, _)| now.add(path));
        now != *self
    }
}

/// Whether a name is a shader file's rather than a built-in's.
#[must_use]
pub fn is_file(name: &str) -> bool {
    kind_of(name).is_some()
}

#[derive(Clone, Copy, PartialEq)]
enum FileKind {
    Wgsl,
    Isf,
}

fn kind_of(name: &str) -> Option<FileKind> {
    match Path::new(name).extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "wgsl" => Some(FileKind::Wgsl),
        "fs" | "isf" | "frag" => Some(FileKind::Isf),
        _ => None,
    }
}

/// What was read of a file: the program, its hash (BLAKE3, in hex) and its size.
pub(super) struct Read_ {
    pub program: ShaderProgram,
    pub hash: String,
    pub size: u64,
}

/// Reads and compiles the first of `candidates` that is there.
pub(super) fn read(candidates: &[PathBuf]) -> Reading {
    let mut origin = Origin::of(candidates);
    let Some(path) = candidates.iter().find(|path| path.exists()) else {
        let looked: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        let looked = if looked.is_empty() { "no folder that the session may read".to_owned() } else { looked.join(", ") };
        return (origin, Err(Complaint::new(format!("it is not there (looked at {looked}); put it there or name another"))));
    };
    let done = compile(path, &mut origin);
    (origin, done)
}

fn compile(path: &Path, origin: &mut Origin) -> Result<Read_, Complaint> {
    let source = text(path)?;
    let kind = path.to_str().and_then(kind_of).ok_or_else(|| Complaint::new("it is no shader file; those end in .wgsl or .fs"))?;
    let program = match kind {
        FileKind::Wgsl => wgsl::compile(&source)?,
        FileKind::Isf => {
            let vertex_path = path.with_extension("vs");
            origin.add(&vertex_path);
            let vertex = if files::is_regular(&vertex_path) { Some(text(&vertex_path)?) } else { None };
            let folder = path.parent().unwrap_or(Path::new(""));
            for picture in isf::imported(&source).into_iter().filter(|name| is_inside(name)) {
                origin.add(&folder.join(picture));
            }
            let still = |name: &str| still(folder, name);
            isf::compile(&source, &isf::Beside { vertex: vertex.as_deref(), still: &still })?
        }
    };
    let size = u64::try_from(source.len()).unwrap_or(u64::MAX);
    Ok(Read_ { program, hash: blake3::hash(source.as_bytes()).to_hex().to_string(), size })
}

/// A text file, no longer than a shader may be.
fn text(path: &Path) -> Result<String, Complaint> {
    let unreadable = |why: std::io::Error| Complaint::new(format!("it can't be read ({why})"));
    let (file, _) = files::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_SOURCE).unwrap_or(u64::MAX) + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_SOURCE {
        return Err(Complaint::new(format!("it has more than {MAX_SOURCE} bytes; a shader has at most that")));
    }
    // Comments in old files are in old encodings; what a compiler reads of them is ASCII.
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n"))
}

/// Whether a name stays below the folder that it counts from.
fn is_inside(name: &Path) -> bool {
    use std::path::Component::{CurDir, Normal};
    name.components().all(|part| matches!(part, Normal(_) | CurDir))
}

/// A picture beside a shader: below its folder, so that a stranger's shader shows nothing else of the disk.
fn still(folder: &Path, name: &str) -> Result<Still, String> {
    if !is_inside(Path::new(name)) {
        return Err("it lies outside the shader's folder; put it beside the shader".to_owned());
    }
    let limits = Limits { file_bytes: MAX_STILL, pixels: MAX_SIDE * MAX_SIDE, ..Limits::default() };
    let (width, height, pixels) = still::decode(&folder.join(name), &limits).map_err(|why| why.to_string())?;
    if width.max(height) > MAX_SIDE {
        return Err(format!("it has {width} × {height} pixels; make it {MAX_SIDE} pixels wide and high at most"));
    }
    Ok(Still { size: (width, height), pixels })
}
