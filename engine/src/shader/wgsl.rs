//! Shaders in WGSL: the built-in ones, and the user's own, by the same contract.
//!
//! A shader is a text with one function, `fn color(uv: vec2<f32>) -> vec4<f32>`: the picture's colour at a place, in linear
//! light with straight alpha; `uv` runs from (0, 0), top left, to (1, 1). It has no bindings and no entry points of its own.
//! It may use what stands in `prelude.wgsl`: `input(uv)` and `second(uv)`, the pictures that come in; `previous(uv)`, what
//! it showed before; `frame.secs` and `frame.beat`, the song's time; `wave(x)` and `spectrum(x)`, the sound; and `param.x`
//! for each parameter `x` it declares. Lines that begin with `//!` declare them, and say what the shader does:
//!
//! ```text
//! //! Stripes that move with the song.
//! //! param frequency: 0..200 = 60  Stripes across the picture.
//! //! whole sides: 3..12 = 5  Sides.
//! //! toggle soft = true  Soft edges.
//! //! choice mode: add, screen, darken  How.
//! ```
//!
//! Branches and loops may depend on parameters and on the song. The renderer's software driver can keep a copy of the
//! shader for each value they have, so there the same numbers are read from storage
//! ([`reading_storage`](super::ShaderProgram::reading_storage)).

use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::{
    Complaint, Image, Interface, Number, Param, ParamShape, ShaderProgram, Target, binding,
    guard::{bound_loops, check_text, contained},
    isf::Size,
    next_id,
    weight::{self, with_bounded_arrays},
};

const PRELUDE: &str = include_str!("prelude.wgsl");
/// The textures of the prelude, in the order of their bindings.
const PREVIOUS: u32 = binding::IMAGES + 2;

/// What a text says of itself.
#[derive(Debug)]
pub(super) struct Header {
    /// What the shader does.
    pub doc: String,
    /// Its parameters.
    pub params: Vec<Param>,
}

/// Reads the `//!` lines.
pub(super) fn header(source: &str) -> Result<Header, Complaint> {
    let (mut doc, mut params) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(source.lines()) {
        let Some(text) = line.trim_start().strip_prefix("//!") else { continue };
        let text = text.trim();
        match text.split_once(char::is_whitespace) {
            Some((word @ ("param" | "whole" | "toggle" | "choice"), rest)) => {
                params.push(declared(word, rest.trim()).map_err(|why| Complaint::at(number, 1, why))?);
            }
            _ if !text.is_empty() => doc.push(text),
            _ => {}
        }
    }
    Ok(Header { doc: doc.join(" "), params })
}

fn declared(word: &str, rest: &str) -> Result<Param, String> {
    // The sentence stands behind two spaces.
    let (what, doc) = rest.split_once("  ").map_or((rest, ""), |(what, doc)| (what.trim(), doc.trim()));
    let (head, default) = what.split_once('=').map_or((what, None), |(head, default)| (head.trim(), Some(default.trim())));
    let (name, takes) = head.split_once(':').map_or((head, ""), |(name, takes)| (name.trim(), takes.trim()));
    let number = |text: &str| text.parse::<f64>().map_err(|_| format!("{name}: \"{text}\" is no number; write {word} {name}: 0..1 = 0.5"));
    let mut param = Param::float(name, 0.0, 1.0, 0.0, doc);
    match word {
        "toggle" => {
            param.shape = ParamShape::Toggle;
            param.default = match default {
                None | Some("false") => 0.0,
                Some("true") => 1.0,
                Some(other) => return Err(format!("{name} is {other}, but a toggle starts as true or false")),
            };
        }
        "choice" => {
            let names: Vec<String> = takes.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
            param.max = crate::time::to_f64(i64::try_from(names.len()).unwrap_or(1)) - 1.0;
            if let Some(default) = default {
                let index = names.iter().position(|name| name == default).ok_or_else(|| format!("{name} has no choice {default}"))?;
                param.default = crate::time::to_f64(i64::try_from(index).unwrap_or(0));
            }
            param.shape = ParamShape::Choice(names);
        }
        _ => {
            let (low, high) = takes.split_once("..").ok_or_else(|| format!("{name} has no range; write {word} {name}: 0..1 = 0.5"))?;
            (param.min, param.max) = (number(low.trim())?, number(high.trim())?);
            param.default = default.map_or(Ok(param.min), number)?;
            if word == "whole" {
                param.shape = ParamShape::Integer;
            }
        }
    }
    Ok(param)
}

/// Compiles a shader; `Complaint`s lie on its own lines.
pub(super) fn compile(source: &str) -> Result<ShaderProgram, Complaint> {
    check_text(source)?;
    let header = header(source)?;
    let interface = Interface::new(header.params).map_err(Complaint::new)?;
    contained(|| build(source, interface))
}

fn build(source: &str, interface: Interface) -> Result<ShaderProgram, Complaint> {
    let lines = u32::try_from(source.lines().count()).unwrap_or(u32::MAX);
    let whole = format!("{}\n{}{PRELUDE}", with_bounded_arrays(source), params_text(interface));
    let placed = |location: Option<naga::SourceLocation>, text: String| match location {
        Some(place) if place.line_number <= lines => Complaint::at(place.line_number, place.line_position, text),
        // Behind the shader's own text: it lacks what the prelude calls, or names something as the prelude does.
        _ => Complaint::new(format!("{text}; a shader has fn color(uv: vec2<f32>) -> vec4<f32> and no names of the prelude's")),
    };
    let mut module = naga::front::wgsl::parse_str(&whole).map_err(|error| {
        // Some errors begin with what has no place, such as a type that follows from the language.
        let place = error.labels().map(|(span, _)| span).find(naga::Span::is_defined);
        placed(place.map(|span| span.location(&whole)), error.message().to_owned())
    })?;
    if module.entry_points.len() != 1 {
        return Err(Complaint::new("it has an entry point of its own; a shader has fn color(uv: vec2<f32>) -> vec4<f32> only"));
    }
    own_bindings(&module, &whole, &placed)?;
    let check = |module: &naga::Module| {
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
        validator.validate(module).map_err(|error| placed(error.location(&whole), reason(&error)))
    };
    let info = check(&module)?;
    weight::check(&module, &info).map_err(|too| {
        let place = too.span.is_defined().then(|| too.span.location(&whole)).filter(|place| place.line_number <= lines);
        place.map_or_else(|| Complaint::new(too.text.clone()), |at| Complaint::at(at.line_number, at.line_position, too.text.clone()))
    })?;
    bound_loops(&mut module);
    let info = check(&module)?;
    let used = |number: u32| {
        let found = module.global_variables.iter().find(|(_, global)| global.binding.as_ref().is_some_and(|b| b.binding == number));
        // Every shader can show what it showed before, so the previous picture counts where `previous` itself is called.
        found.is_some_and(|(handle, _)| !info.get_entry_point(0)[handle].is_empty())
    };
    let remembers = calls(&module, "previous");
    let nothing = Image::Input(usize::MAX);
    let images = vec![
        Image::Input(0),
        Image::Input(1),
        if remembers { Image::Target(0) } else { nothing.clone() },
        if used(PREVIOUS + 1) { Image::Wave } else { nothing.clone() },
        if used(PREVIOUS + 2) { Image::Spectrum } else { nothing },
    ];
    let target = Target { persistent: true, float: true, size: [Size::canvas_width(), Size::canvas_height()] };
    Ok(ShaderProgram {
        id: next_id(),
        interface,
        numbers: vec![Number::Plain; interface.params().len()],
        module,
        images,
        targets: if remembers { vec![target] } else { Vec::new() },
        passes: vec![remembers.then_some(0)],
        trusted: false,
        shows_target: remembers,
    })
}

/// The declaration of a shader's parameters.
fn params_text(interface: Interface) -> String {
    let members: String = interface.params().iter().map(|param| format!("{}: f32,", param.name)).collect();
    let members = if members.is_empty() { "vt_none: f32,".to_owned() } else { members };
    format!("struct Params {{ {members} }} @group(0) @binding(1) var<uniform> param: Params;\n")
}

/// Refuses bindings besides the prelude's.
fn own_bindings(
    module: &naga::Module,
    whole: &str,
    placed: &dyn Fn(Option<naga::SourceLocation>, String) -> Complaint,
) -> Result<(), Complaint> {
    let ours = ["frame", "param", "vt_linear", "vt_input", "vt_second", "vt_previous", "vt_wave", "vt_spectrum"];
    for (handle, global) in module.global_variables.iter() {
        let name = global.name.as_deref().unwrap_or("a variable");
        if global.space != naga::AddressSpace::Private && !ours.contains(&name) {
            let place = module.global_variables.get_span(handle).location(whole);
            return Err(placed(Some(place), format!("{name} is a binding; a shader declares none, only parameters (//! param …)")));
        }
    }
    Ok(())
}

/// Whether anything that the picture's colour needs calls this function of the prelude.
fn calls(module: &naga::Module, name: &str) -> bool {
    let called = module.functions.iter().find(|(_, function)| function.name.as_deref() == Some(name)).map(|(handle, _)| handle);
    let mut found = false;
    for (_, function) in module.functions.iter() {
        found |= function.expressions.iter().any(|(_, e)| matches!(e, naga::Expression::CallResult(of) if Some(*of) == called));
    }
    found
}

/// A validator's error, down to its cause.
pub(super) fn reason(error: &naga::WithSpan<naga::valid::ValidationError>) -> String {
    let mut text = error.as_inner().to_string();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error.as_inner());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
