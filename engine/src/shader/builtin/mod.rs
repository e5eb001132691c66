//! The built-in shaders. A new one is a `.wgsl` file here, by the contract of [`super::wgsl`], and a line in the list below.
//!
//! In the spirit of Hydra by O. Jack, whose documented functions lend their names; the formulas are this project's own.
//! Colours are linear light, as everywhere in the renderer; time is the song's.

use std::sync::{Arc, LazyLock};

use super::{Interface, ShaderProgram, wgsl};

/// What a built-in shader is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes a picture.
    Source,
    /// Changes a picture.
    Effect,
    /// Changes a picture, driven by a second one.
    Modulator,
}

/// A built-in shader.
#[derive(Debug)]
pub struct Builtin {
    /// Its name in scripts.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// Its text.
    pub source: &'static str,
    /// What it does, for help and the reference.
    pub doc: String,
    /// Its parameters.
    pub interface: Interface,
    program: LazyLock<Compiled, Box<dyn FnOnce() -> Compiled + Send>>,
}

type Compiled = Result<Arc<ShaderProgram>, String>;

impl Builtin {
    fn new(name: &'static str, kind: Kind, source: &'static str) -> Option<Self> {
        let header = wgsl::header(source).ok()?;
        let interface = Interface::new(header.params).ok()?;
        let compile = move || {
            wgsl::compile(source)
                .map(|program| Arc::new(ShaderProgram { trusted: true, ..program }))
                .map_err(|why| why.of(name).to_string())
        };
        let program: Box<dyn FnOnce() -> Compiled + Send> = Box::new(compile);
        Some(Self { name, kind, source, doc: header.doc, interface, program: LazyLock::new(program) })
    }

    /// The compiled shader; compiled when it is first asked for.
    ///
    /// # Errors
    /// Never for a list whose tests pass; else what the compiler says.
    pub fn program(&self) -> Result<&Arc<ShaderProgram>, &str> {
        self.program.as_ref().map_err(String::as_str)
    }
}

/// Lists shaders whose files are called as they are.
macro_rules! builtins {
    ($($kind:ident $name:ident;)*) => {
        [$(Builtin::new(stringify!($name), Kind::$kind, include_str!(concat!(stringify!($name), ".wgsl")))),*]
    };
}

static ALL: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
    let all = builtins! {
        Source osc;
        Source noise;
        Source voronoi;
        Source gradient;
        Source shape;
        Source solid;
        Source checker;
        Source bars;
        Effect rotate;
        Effect scale;
        Effect scroll;
        Effect kaleid;
        Effect pixelate;
        Effect repeat;
        Effect mirror;
        Modulator modulate;
        Modulator modulateRotate;
        Modulator modulateScale;
        Modulator modulateKaleid;
        Modulator modulatePixelate;
        Modulator modulateHue;
        Modulator mask;
        Effect hue;
        Effect saturate;
        Effect contrast;
        Effect brightness;
        Effect invert;
        Effect thresh;
        Effect posterize;
        Effect luma;
        Effect colorama;
        Effect tint;
        Effect blur;
        Effect edge;
        Effect feedback;
    };
    all.into_iter().flatten().collect()
});

/// Every built-in shader: sources, then effects.
#[must_use]
pub fn all() -> &'static [Builtin] {
    &ALL
}

/// Finds a built-in shader, case-sensitively, as files are.
#[must_use]
pub fn find(name: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|known| known.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_is_listed_and_compiles() {
        assert_eq!(all().len(), 35, "a file whose header is wrong is left out");
        for shader in all() {
            assert!(shader.program().is_ok(), "{:?}", shader.program());
            assert!(!shader.doc.is_empty() && shader.interface.params().iter().all(|param| !param.doc.is_empty()), "{}", shader.name);
        }
    }

    #[test]
    fn only_feedback_remembers_and_only_bars_hear() {
        for shader in all() {
            let program = shader.program().expect("compiles");
            assert_eq!(!program.targets.is_empty(), shader.name == "feedback", "{}", shader.name);
            assert_eq!(matches!(program.images[4], crate::shader::Image::Spectrum), shader.name == "bars", "{}", shader.name);
        }
    }
}
