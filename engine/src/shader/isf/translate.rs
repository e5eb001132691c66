//! From ISF's GLSL to the one the compiler takes: pictures and samplers apart, inputs in a uniform block, `main` called by ours.

use std::{collections::BTreeSet, fmt::Write as _};

use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::{
    Complaint, Header, ImageName, InputKind,
    corners::{self, Varying},
    names::{BUILT_IN, CALLS, QUALIFIERS, TAKEN},
    preprocess::preprocess,
    tokens::{Kind, Token},
};
use crate::shader::{
    FRAME_VECTORS, binding,
    guard::{bound_loops, check_shape},
    weight,
    wgsl::reason,
};

/// Compiles a fragment shader and the vertex shader beside it into one module.
pub(super) fn compile(
    source: &str,
    vertex: Option<&str>,
    header: &Header,
    images: &[ImageName],
    shown: Option<usize>,
) -> Result<naga::Module, Complaint> {
    let fragment = preprocess(source)?;
    // Without a place: a line of another file would mislead.
    let vertex = vertex.map(preprocess).transpose().map_err(|why| Complaint::new(format!("its vertex shader: {}", why.text)))?;
    vertex.as_deref().map_or(Ok(()), corners::check)?;
    let mut failure = None;
    for care in [
        Care::default(),
        Care { late: true, ..Care::default() },
        Care { returns: true, ..Care::default() },
        Care { late: true, returns: true },
    ] {
        let text = Text::assemble(&fragment, vertex.as_deref(), header, images, shown, care)?;
        match parsed(&text) {
            Ok(module) => return Ok(module),
            Err(complaint) => failure = failure.or(Some(complaint)),
        }
    }
    Err(failure.unwrap_or_default())
}

/// What other compilers do by themselves; tried only where the plain text fails.
#[derive(Clone, Copy, Default)]
struct Care {
    /// Constants that can't be computed before the shader runs are set when it does.
    late: bool,
    /// Functions give something back even where they end without saying what.
    returns: bool,
}

fn parsed(text: &Text) -> Result<naga::Module, Complaint> {
    // Macros may have made of it what the file does not look like.
    check_shape(&text.out).map_err(|why| Complaint::new(why.text))?;
    let mut front = naga::front::glsl::Frontend::default();
    let options = naga::front::glsl::Options::from(naga::ShaderStage::Fragment);
    let mut module = front.parse(&options, &text.out).map_err(|errors| {
        let first = errors.errors.first();
        text.complaint(first.and_then(|error| error.meta.to_range()), first.map_or_else(String::new, |error| error.kind.to_string()))
    })?;
    bound_loops(&mut module);
    // In the order of a later check by the renderer's own validator, with the same flags.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let info = validator.validate(&module).map_err(|error| {
        let place = error.spans().next().and_then(|(span, _)| span.to_range());
        text.complaint(place, reason(&error))
    })?;
    weight::check(&module, &info).map_err(|too| text.complaint(too.span.to_range(), too.text))?;
    Ok(module)
}

/// GLSL as it is written, with the place in the file for each of its tokens.
#[derive(Default)]
struct Text {
    out: String,
    /// Where in `out` a token of the file begins, and its line and column there; without one, ours.
    places: Vec<(usize, Option<(u32, u32)>)>,
}

impl Text {
    fn complaint(&self, range: Option<std::ops::Range<usize>>, text: String) -> Complaint {
        let place = range.and_then(|range| {
            let after = self.places.partition_point(|(begin, _)| *begin <= range.start);
            self.places.get(after.checked_sub(1)?)?.1
        });
        place.map_or_else(|| Complaint::new(text.clone()), |(line, column)| Complaint::at(line, column, text.clone()))
    }

    fn ours(&mut self, text: &str) {
        self.places.push((self.out.len(), None));
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn theirs(&mut self, tokens: &[Token], placed: bool) {
        let mut line = 0;
        for token in tokens {
            self.out.push(if token.line == line { ' ' } else { '\n' });
            line = token.line;
            self.places.push((self.out.len(), placed.then_some((token.line, token.column))));
            self.out.push_str(&token.text);
        }
        self.out.push('\n');
    }

    fn assemble(
        fragment: &[Token],
        vertex: Option<&[Token]>,
        header: &Header,
        images: &[ImageName],
        shown: Option<usize>,
        care: Care,
    ) -> Result<Self, Complaint> {
        let mut text = Self::default();
        text.prelude(header, images);
        let fragment = rewritten(fragment, images, "isf_main")?;
        let mut parts = Parts { care, inputs: header.inputs.iter().map(|input| input.name.as_str()).collect(), ..Parts::default() };
        let defined = defined_functions(&fragment);
        let mut body = Self::default();
        if let Some(vertex) = vertex {
            let own = |name: &str| defined.contains(name) && name != "isf_main";
            let mut vertex =
                rewritten(vertex, images, "isf_vertex").map_err(|why| Complaint::new(format!("its vertex shader: {}", why.text)))?;
            for token in vertex.iter_mut().filter(|token| own(&token.text)) {
                *token = token.named(&format!("{}_vertex", token.text));
            }
            parts.take(&vertex, &mut body, false);
        }
        parts.take(&fragment, &mut body, true);
        for declaration in &parts.handed_over {
            text.ours(declaration);
        }
        text.append(body);
        text.main(header, images, shown, vertex.is_some(), &parts);
        Ok(text)
    }

    fn append(&mut self, other: Self) {
        let base = self.out.len();
        self.places.extend(other.places.into_iter().map(|(begin, place)| (base + begin, place)));
        self.out.push_str(&other.out);
    }

    /// Everything that stands before the file's own text.
    fn prelude(&mut self, header: &Header, images: &[ImageName]) {
        let mut text = format!(
            "#version 450\n\
             layout(std140, set=0, binding={}) uniform isf_Frame {{ vec4 isf_frame[{FRAME_VECTORS}]; }};\n",
            binding::FRAME
        );
        let floats: usize = header.inputs.iter().map(|input| input.kind.floats()).sum();
        let _ = write!(text, "layout(std140, set=0, binding={}) uniform isf_Params {{ ", binding::PARAMS);
        text.extend((0..floats.max(1)).map(|n| format!("float isf_p{n}; ")));
        let _ = writeln!(text, "}};\nlayout(set=0, binding={}) uniform sampler isf_linear;", binding::SAMPLER);
        // Halves of 16 bits miss the levels of 8 bits by a little, by which floor() and == would go wrong. GLSL leaves open what pow
        // makes of negative numbers; shaders square differences with it.
        text.push_str(
            "layout(location=0) out vec4 isf_out;\n\
             vec2 RENDERSIZE; float TIME; float TIMEDELTA; vec4 DATE; int FRAMEINDEX; int PASSINDEX;\n\
             vec4 isf_FragColor; vec4 isf_FragCoord; vec2 isf_FragNormCoord; vec2 vv_FragNormCoord; vec4 isf_Position;\n\
             void isf_vertShaderInit() { isf_Position = vec4(isf_FragNormCoord * 2.0 - 1.0, 0.0, 1.0); }\n\
             void vv_vertShaderInit() { isf_vertShaderInit(); }\n\
             vec3 isf_encoded(vec3 c) { return mix(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, c * 12.92, lessThanEqual(c, vec3(0.0031308))); }\n\
             vec3 isf_decoded(vec3 c) { return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, lessThanEqual(c, vec3(0.04045))); }\n\
             vec3 isf_levelled(vec3 c) { vec3 n = floor(c * 255.0 + 0.5) / 255.0; return mix(c, n, lessThan(abs(c - n), vec3(0.0005))); }\n\
             vec4 isf_taken(vec4 c) { return vec4(isf_levelled(isf_encoded(clamp(c.rgb / max(c.a, 1e-6), vec3(0.0), vec3(1.0)))), c.a); }\n\
             float isf_pow(float x, float y) { return pow(abs(x), y); }\n\
             vec2 isf_pow(vec2 x, vec2 y) { return pow(abs(x), y); }\n\
             vec3 isf_pow(vec3 x, vec3 y) { return pow(abs(x), y); }\n\
             vec4 isf_pow(vec4 x, vec4 y) { return pow(abs(x), y); }\n",
        );
        for (index, image) in images.iter().enumerate() {
            image_functions(&mut text, index, image);
        }
        for input in &header.inputs {
            if let Some(word) = input.kind.word() {
                let _ = writeln!(text, "{word} {};", safe(&input.name));
            }
        }
        self.ours(&text);
    }

    /// The entry point: sets everything, runs the file's own `main`, hands the colour over.
    fn main(&mut self, header: &Header, images: &[ImageName], shown: Option<usize>, vertex: bool, parts: &Parts) {
        let mut text = String::from(
            "void main() {\n\
             RENDERSIZE = isf_frame[0].xy; TIME = isf_frame[0].z; TIMEDELTA = isf_frame[1].z;\n\
             FRAMEINDEX = int(isf_frame[1].y); PASSINDEX = int(isf_frame[1].w); DATE = vec4(2000.0, 1.0, 1.0, TIME);\n\
             isf_FragCoord = vec4(gl_FragCoord.x, RENDERSIZE.y - gl_FragCoord.y, 0.0, 1.0);\n\
             isf_FragNormCoord = isf_FragCoord.xy / RENDERSIZE; vv_FragNormCoord = isf_FragNormCoord; isf_FragColor = vec4(0.0);\n",
        );
        let mut next = 0;
        for input in &header.inputs {
            let p: Vec<String> = (next..next + input.kind.floats()).map(|n| format!("isf_p{n}")).collect();
            next += p.len();
            let name = safe(&input.name);
            let value = match &input.kind {
                InputKind::Float { .. } => p[0].clone(),
                InputKind::Bool { .. } => format!("{} > 0.5", p[0]),
                InputKind::Long { .. } => format!("int(floor({} + 0.5))", p[0]),
                InputKind::Point { .. } | InputKind::Color { .. } => format!("vec{}({})", p.len(), p.join(", ")),
                InputKind::Image | InputKind::Audio | InputKind::AudioFft => continue,
            };
            let _ = writeln!(text, "{name} = {value};");
        }
        for image in images {
            let ImageName { name, .. } = image;
            let _ =
                writeln!(text, "_{name}_imgSize = isf_size_{name}(); _{name}_imgRect = vec4(0.0, 0.0, 1.0, 1.0); _{name}_flip = false;");
        }
        self.ours(&text);
        if let Some(name) = shown.and_then(|shown| images.iter().find(|image| image.target == Some(shown))).map(|image| &image.name) {
            self.ours(&format!("if (isf_frame[2].z > 0.5) {{ isf_FragColor = isf_norm_{name}(isf_FragNormCoord); }} else {{"));
        } else {
            self.ours("{");
        }
        for (assignment, placed) in &parts.late_values {
            self.theirs(assignment, *placed);
        }
        if vertex {
            self.ours(&corners::run(&parts.varyings));
        }
        let first = images.iter().position(|image| image.linear);
        let mix = first.map_or(String::new(), |n| {
            format!(
                "if (isf_frame[2].x < 1.0) {{ isf_out = mix(textureLod(sampler2D(isf_t{n}, isf_linear), gl_FragCoord.xy / RENDERSIZE, 0.0), isf_out, isf_frame[2].x); }}"
            )
        });
        self.ours(&format!(
            "isf_main(); }}\n\
             if (isf_frame[2].y > 0.5) {{\n\
             vec4 isf_c = clamp(isf_FragColor, vec4(0.0), vec4(1.0)); isf_out = vec4(isf_decoded(isf_c.rgb) * isf_c.a, isf_c.a);\n{mix}\n\
             }} else if (isf_frame[2].w > 0.5) {{ isf_out = clamp(isf_FragColor, vec4(0.0), vec4(1.0)); }} else {{ isf_out = isf_FragColor; }}\n}}"
        ));
    }
}

impl InputKind {
    /// Floats of the parameters' uniform it takes.
    fn floats(&self) -> usize {
        match self {
            Self::Float { .. } | Self::Bool { .. } | Self::Long { .. } => 1,
            Self::Point { .. } => 2,
            Self::Color { .. } => 4,
            Self::Image | Self::Audio | Self::AudioFft => 0,
        }
    }

    /// Its type in GLSL.
    fn word(&self) -> Option<&'static str> {
        match self {
            Self::Float { .. } => Some("float"),
            Self::Bool { .. } => Some("bool"),
            Self::Long { .. } => Some("int"),
            Self::Point { .. } => Some("vec2"),
            Self::Color { .. } => Some("vec4"),
            Self::Image | Self::Audio | Self::AudioFft => None,
        }
    }
}

/// A name that the compiler takes as one.
fn safe(name: &str) -> String {
    if TAKEN.contains(&name) { format!("{name}_isf") } else { name.to_owned() }
}

/// The functions that reading a picture becomes.
fn image_functions(text: &mut String, index: usize, image: &ImageName) {
    let ImageName { name, linear, upright, .. } = image;
    let (slot, size) = (binding::IMAGES as usize + index, 4 + index);
    // The sound's rows lie as they are; pictures stand upside down for a shader whose y goes up.
    let coordinate = if *upright { "p" } else { "vec2(p.x, 1.0 - p.y)" };
    let read = format!("textureLod(sampler2D(isf_t{index}, isf_linear), {coordinate}, 0.0)");
    let read = if *linear { format!("isf_taken({read})") } else { read };
    let _ = writeln!(
        text,
        "layout(set=0, binding={slot}) uniform texture2D isf_t{index};\n\
         vec4 isf_norm_{name}(vec2 p) {{ return {read}; }}\n\
         vec4 isf_norm_{name}(vec2 p, float bias) {{ return isf_norm_{name}(p); }}\n\
         vec4 isf_pixel_{name}(vec2 p) {{ return isf_norm_{name}(p * isf_frame[{size}].zw); }}\n\
         vec4 isf_texel_{name}(ivec2 p, int level) {{ return isf_norm_{name}((vec2(p) + 0.5) * isf_frame[{size}].zw); }}\n\
         vec4 isf_this_{name}() {{ return isf_norm_{name}(isf_FragNormCoord); }}\n\
         vec2 isf_size_{name}() {{ return isf_frame[{size}].xy; }}\n\
         ivec2 isf_isize_{name}(int level) {{ return ivec2(isf_frame[{size}].xy); }}\n\
         vec2 _{name}_imgSize; vec4 _{name}_imgRect; bool _{name}_flip;"
    );
}

/// The tokens with what ISF provides under its own names, and `main` under another.
fn rewritten(tokens: &[Token], images: &[ImageName], main: &str) -> Result<Vec<Token>, Complaint> {
    let defined = defined_functions(tokens);
    let own = |name: &str| (BUILT_IN.contains(&name) || CALLS.iter().any(|(word, _)| *word == name)) && defined.contains(name);
    let mut out = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        if token.kind != Kind::Word {
            out.push(token.clone());
            continue;
        }
        let member = out.last().is_some_and(|before: &Token| before.is("."));
        let called = tokens.get(index).is_some_and(|next| next.is("("));
        let stem = CALLS.iter().find(|(word, _)| token.is(word)).map(|(_, stem)| *stem).filter(|_| called && !own(&token.text));
        if let Some(stem) = stem {
            let name = tokens.get(index + 1);
            let known = name.and_then(|name| images.iter().find(|image| name.is(&image.name)));
            let Some(known) = known else {
                let name = name.map_or("nothing", |name| &*name.text);
                return Err(Complaint::at(
                    token.line,
                    token.column,
                    format!("{} reads {name}, which is no picture of this shader", token.text),
                ));
            };
            out.push(token.named(&format!("isf_{stem}_{}", known.name)));
            out.push(tokens[index].clone());
            // The picture's name and the comma behind it are in the function's name.
            index += 2 + usize::from(tokens.get(index + 2).is_some_and(|next| next.is(",")));
            continue;
        }
        let text = match &*token.text {
            _ if member => token.text.to_string(),
            "gl_FragColor" => "isf_FragColor".to_owned(),
            "gl_FragCoord" | "isf_fragCoord" | "vv_FragCoord" => "isf_FragCoord".to_owned(),
            "isf_fragNormCoord" | "vv_fragNormCoord" => "isf_FragNormCoord".to_owned(),
            "gl_Position" => "isf_Position".to_owned(),
            "main" if called => main.to_owned(),
            "pow" if called && !defined.contains("pow") => "isf_pow".to_owned(),
            text if called && own(text) => format!("{text}_isf"),
            text => {
                if TAKEN.contains(&text) && !QUALIFIERS.contains(&text) && !["switch", "case", "default"].contains(&text) {
                    format!("{text}_isf")
                } else {
                    text.to_owned()
                }
            }
        };
        out.push(token.named(&text));
    }
    Ok(out)
}

/// The names of functions with a body.
fn defined_functions(tokens: &[Token]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match &*token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "(" if depth == 0 && index >= 2 && tokens[index - 1].kind == Kind::Word && tokens[index - 2].kind == Kind::Word => {
                let close = tokens[index..].iter().position(|t| t.is(")")).map(|length| index + length + 1);
                if close.and_then(|close| tokens.get(close)).is_some_and(|next| next.is("{")) {
                    names.insert(tokens[index - 1].text.to_string());
                }
            }
            _ => {}
        }
    }
    names
}

/// The globals of a file, sorted by what becomes of them.
#[derive(Default)]
struct Parts<'a> {
    care: Care,
    /// Names that the header declares.
    inputs: Vec<&'a str>,
    /// Declarations of what a vertex shader hands over, each once.
    handed_over: BTreeSet<String>,
    /// What the vertex shader hands over, of types that have values between others.
    varyings: BTreeSet<Varying>,
    /// Assignments for globals whose values are not constant, and whether they are the fragment shader's.
    late_values: Vec<(Vec<Token>, bool)>,
}

impl Parts<'_> {
    /// Goes through the global declarations and functions of a file.
    fn take(&mut self, tokens: &[Token], text: &mut Text, placed: bool) {
        let mut begin = 0;
        let (mut depth, mut round) = (0_usize, 0_usize);
        for (index, token) in tokens.iter().enumerate() {
            let mut ends = false;
            match &*token.text {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    // A structure goes on to its semicolon; a function ends here.
                    ends = depth == 0 && round == 0 && !tokens[begin].is("struct") && !tokens.get(index + 1).is_some_and(|t| t.is(";"));
                }
                "(" => round += 1,
                ")" => round = round.saturating_sub(1),
                ";" => ends = depth == 0 && round == 0,
                _ => {}
            }
            if ends {
                self.item(&tokens[begin..=index], text, placed);
                begin = index + 1;
            }
        }
        // Whatever is left is an error, which the compiler places.
        text.theirs(&tokens[begin..], placed);
    }

    fn item(&mut self, item: &[Token], text: &mut Text, placed: bool) {
        let first = item.first().map_or("", |token| &*token.text);
        if item.len() == 1 || first == "precision" {
            return;
        }
        let skip = layout_length(item);
        let item = &item[skip..];
        let qualifiers = item.iter().take_while(|token| QUALIFIERS.contains(&&*token.text)).count();
        let is_function = item.last().is_some_and(|token| token.is("}"));
        if qualifiers > 0 && !is_function {
            let varies = !placed && !item[..qualifiers].iter().any(|token| token.is("uniform") || token.is("attribute"));
            self.handed_over(&item[qualifiers..], varies);
            return;
        }
        let constant = item.first().is_some_and(|token| token.is("const"));
        let rest = &item[usize::from(constant)..];
        let value = top_level(rest, "=");
        let declares = rest.first().is_some_and(|token| token.kind == Kind::Word) && !is_function && !rest[0].is("struct");
        let whole = rest.first().is_some_and(|token| token.is("int"));
        match value {
            Some(_) if declares && (!constant || self.care.late && !whole) => self.late(rest, text, placed),
            _ if is_function && self.care.returns => {
                let item = &converted(item);
                let (end, body) = item.split_last().map_or((&item[..0], item.as_slice()), |(end, body)| (std::slice::from_ref(end), body));
                text.theirs(body, placed);
                text.ours(last_return(&item[0].text));
                text.theirs(end, placed);
            }
            _ if is_function => text.theirs(&converted(item), placed),
            _ => text.theirs(item, placed),
        }
    }

    /// `type a, b[2];`, without the qualifiers before.
    fn handed_over(&mut self, item: &[Token], varies: bool) {
        let precision = item.iter().take_while(|token| QUALIFIERS.contains(&&*token.text)).count();
        let Some((kind, names)) = item[precision..].split_first() else { return };
        for name in split(names, ",") {
            let Some(word) = name.first() else { continue };
            let provided =
                ["isf_FragNormCoord", "vv_FragNormCoord", "isf_FragCoord", "isf_FragColor", "isf_Position", "RENDERSIZE", "TIME"];
            if self.inputs.contains(&&*word.text) || provided.contains(&&*word.text) {
                continue;
            }
            if varies {
                self.varyings.extend(corners::varying(&kind.text, name));
            }
            let written: Vec<&str> = name.iter().filter(|token| !token.is(";")).map(|token| &*token.text).collect();
            self.handed_over.insert(format!("{} {};", kind.text, written.join(" ")));
        }
    }

    /// Declares without values; they are assigned when the shader runs.
    fn late(&mut self, rest: &[Token], text: &mut Text, placed: bool) {
        let (kind, names) = (&rest[0], &rest[1..rest.len() - 1]);
        // `float[3] a = …` keeps its size with the type.
        let sized = if names.first().is_some_and(|token| token.is("[")) {
            names.iter().position(|token| token.is("]")).map_or(0, |end| end + 1)
        } else {
            0
        };
        for name in split(&names[sized..], ",") {
            let end = top_level(name, "=").unwrap_or(name.len());
            let mut declaration = vec![kind.clone()];
            declaration.extend_from_slice(&names[..sized]);
            declaration.extend_from_slice(&name[..end]);
            declaration.push(kind.named(";"));
            text.theirs(&declaration, placed);
            if let (Some(word), Some(_)) = (name.first(), name.get(end)) {
                let mut assignment = vec![word.clone()];
                assignment.extend_from_slice(&name[end..]);
                assignment.push(word.named(";"));
                self.late_values.push((assignment, placed));
            }
        }
    }
}

/// A function of floats that gives back whole numbers where it likes, as GLSL allows: each value that it returns is made a float.
fn converted(function: &[Token]) -> Vec<Token> {
    if !function.first().is_some_and(|kind| kind.is("float")) {
        return function.to_vec();
    }
    let mut out = Vec::with_capacity(function.len());
    let mut open = false;
    for (at, token) in function.iter().enumerate() {
        if open && token.is(";") {
            out.push(token.named(")"));
            open = false;
        }
        out.push(token.clone());
        if token.is("return") && !function.get(at + 1).is_some_and(|next| next.is(";")) {
            out.extend([token.named("float"), token.named("(")]);
            open = true;
        }
    }
    out
}

/// What a function of a type gives back where nothing else is said.
fn last_return(kind: &str) -> &'static str {
    match kind {
        "float" => "return 0.0;",
        "int" => "return 0;",
        "bool" => "return false;",
        "vec2" => "return vec2(0.0);",
        "vec3" => "return vec3(0.0);",
        "vec4" => "return vec4(0.0);",
        _ => "",
    }
}

/// How long a `layout(…)` at the beginning is.
fn layout_length(item: &[Token]) -> usize {
    if !item.first().is_some_and(|token| token.is("layout")) {
        return 0;
    }
    item.iter().position(|token| token.is(")")).map_or(0, |end| end + 1)
}

/// Where a sign stands outside all brackets.
fn top_level(tokens: &[Token], sign: &str) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match &*token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is(sign)
    })
}

/// Cuts at a sign that stands outside all brackets.
fn split<'a>(mut tokens: &'a [Token], sign: &str) -> Vec<&'a [Token]> {
    let mut parts = Vec::new();
    while let Some(index) = top_level(tokens, sign) {
        parts.push(&tokens[..index]);
        tokens = &tokens[index + 1..];
    }
    parts.push(tokens);
    parts
}
