//! ISF, the Interactive Shader Format: a JSON header in a comment, then GLSL ([format and built-in names](https://docs.isf.video)).
//!
//! One way through: `header` reads what the file says of itself, `preprocess` resolves `#` lines and macros with a bound on
//! what they may grow to, `translate` turns the rest into GLSL that the compiler's front end takes. A vertex shader beside
//! the file runs for the corners of the picture (`corners`).
//!
//! What comes in is handed over as ISF expects it, sRGB values with straight alpha, y upwards; what goes out is taken so.
//!
//! Non-goals: quantising buffers to 8 bits (they hold 16-bit floats), cube maps, `DATE` (a film has none: it counts the song's
//! seconds from midnight on).

mod corners;
mod header;
mod names;
mod preprocess;
mod size;
mod tokens;
mod translate;

pub use size::Size;

use std::path::PathBuf;

use super::{
    Complaint, Image, Interface, Number, Param, ParamShape, ShaderProgram, Still, Target,
    guard::{check_text, contained},
    next_id,
};
use header::{Header, Input, InputKind};

/// What a shader wants beside its own text.
pub(super) struct Beside<'a> {
    /// The vertex shader's text, where there is one.
    pub vertex: Option<&'a str>,
    /// Reads a picture that the header names.
    pub still: &'a (dyn Fn(&str) -> Result<Still, String> + Sync),
}

/// The pictures a header names: paths relative to the shader.
pub(super) fn imported(source: &str) -> Vec<PathBuf> {
    header::read(source).map(|header| header.imported.into_iter().map(|(_, path)| PathBuf::from(path)).collect()).unwrap_or_default()
}

/// Compiles a shader; `Complaint`s lie on its own lines.
pub(super) fn compile(source: &str, beside: &Beside<'_>) -> Result<ShaderProgram, Complaint> {
    check_text(source)?;
    beside.vertex.map_or(Ok(()), check_text)?;
    let header = header::read(source)?;
    let (params, numbers) = parameters(&header);
    let interface = Interface::new(params).map_err(Complaint::new)?;
    let (images, names) = images(&header, beside)?;
    let mut targets = Vec::new();
    for (_, pass) in header.targets() {
        let side = |text: &Option<String>, canvas: Size| match text {
            Some(text) => Size::parse(text, interface.params()).map_err(Complaint::new),
            None => Ok(canvas),
        };
        let size = [side(&pass.width, Size::canvas_width())?, side(&pass.height, Size::canvas_height())?];
        targets.push(Target { persistent: pass.persistent, float: pass.float, size });
    }
    let passes: Vec<Option<usize>> = header.passes.iter().map(|pass| header.target_of(pass)).collect();
    let passes = if passes.is_empty() { vec![None] } else { passes };
    let shows_target = passes.last().is_some_and(Option::is_some);
    let last_target = passes.last().copied().flatten();
    let module = contained(|| translate::compile(source, beside.vertex, &header, &names, last_target))?;
    Ok(ShaderProgram { id: next_id(), interface, numbers, module, images, targets, passes, trusted: false, shows_target })
}

/// A picture as the shader calls it.
#[derive(Debug)]
pub(super) struct ImageName {
    name: String,
    /// Whether it comes in from the session, in linear light.
    linear: bool,
    /// Whether its rows lie as the shader counts them: the sound's do.
    upright: bool,
    /// The target it is.
    target: Option<usize>,
}

fn images(header: &Header, beside: &Beside<'_>) -> Result<(Vec<Image>, Vec<ImageName>), Complaint> {
    let (mut images, mut names) = (Vec::new(), Vec::new());
    let mut add = |image: Image, name: &str| {
        let target = if let Image::Target(index) = image { Some(index) } else { None };
        let upright = matches!(image, Image::Wave | Image::Spectrum);
        names.push(ImageName { name: name.to_owned(), linear: matches!(image, Image::Input(_)), upright, target });
        images.push(image);
    };
    let mut inputs = 0;
    for Input { name, kind, .. } in &header.inputs {
        match kind {
            InputKind::Image => {
                add(Image::Input(inputs), name);
                inputs += 1;
            }
            InputKind::Audio => add(Image::Wave, name),
            InputKind::AudioFft => add(Image::Spectrum, name),
            _ => {}
        }
    }
    for (index, (name, _)) in header.targets().enumerate() {
        add(Image::Target(index), name);
    }
    for (name, path) in &header.imported {
        let still = (beside.still)(path).map_err(|why| Complaint::new(format!("its picture {path}: {why}")))?;
        add(Image::Still(std::sync::Arc::new(still)), name);
    }
    if images.len() > super::IMAGES {
        return Err(Complaint::new(format!("it reads {} pictures; a shader reads at most {}", images.len(), super::IMAGES)));
    }
    Ok((images, names))
}

/// The parameters that a header's inputs become, and how their numbers reach the shader.
fn parameters(header: &Header) -> (Vec<Param>, Vec<Number>) {
    let (mut params, mut numbers) = (Vec::new(), Vec::new());
    for input in &header.inputs {
        let own = input.param_name();
        let doc = &input.label;
        let mut add = |name: String, shape: ParamShape, [min, max, default]: [f64; 3], number: Number| {
            params.push(Param { name, shape, min, max, default, doc: doc.clone() });
            numbers.push(number);
        };
        match &input.kind {
            InputKind::Float { range } => add(own, ParamShape::Float, *range, Number::Plain),
            InputKind::Bool { default } => {
                add(own, ParamShape::Toggle, [0.0, 1.0, f64::from(u8::from(*default))], Number::Plain);
            }
            InputKind::Long { range, values, labels } if !values.is_empty() => {
                let last = crate::time::to_f64(i64::try_from(values.len()).unwrap_or(1)) - 1.0;
                let index = values.iter().position(|value| (f64::from(*value) - range[2]).abs() < 0.5).unwrap_or(0);
                let default = crate::time::to_f64(i64::try_from(index).unwrap_or(0));
                add(own, ParamShape::Choice(labels.clone()), [0.0, last, default], Number::Listed(values.clone()));
            }
            InputKind::Long { range, .. } => add(own, ParamShape::Integer, *range, Number::Plain),
            InputKind::Point { x, y } => {
                add(format!("{own}X"), ParamShape::Float, *x, Number::Plain);
                add(format!("{own}Y"), ParamShape::Float, *y, Number::Plain);
            }
            InputKind::Color { default } => {
                for (part, value) in ["Red", "Green", "Blue", "Alpha"].into_iter().zip(default) {
                    add(format!("{own}{part}"), ParamShape::Float, [0.0, 1.0, *value], Number::Plain);
                }
            }
            InputKind::Image | InputKind::Audio | InputKind::AudioFft => {}
        }
    }
    (params, numbers)
}
