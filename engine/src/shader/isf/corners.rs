//! A vertex shader beside an ISF file: run at the corners of the picture, and what it hands over carried from there to each pixel.
//!
//! ISF draws a picture as two triangles, from the lower left and from the upper right corner, with the other two in common. What a
//! vertex shader computes need not be linear in the place, so it is asked for the three corners of the triangle that a pixel lies in.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{Complaint, tokens::Token};

/// Longest array of values that is carried over.
const LONGEST: u32 = 64;

/// A value that a vertex shader hands over: its type, its name, and how many there are of an array.
pub(super) type Varying = (String, String, Option<u32>);

/// Takes a declaration such as `vec2 a` or `vec2 a[3]` where it is of a type that has values between others.
pub(super) fn varying(kind: &str, name: &[Token]) -> Option<Varying> {
    let carried = ["float", "vec2", "vec3", "vec4", "mat2", "mat3", "mat4"].contains(&kind);
    let word = name.first().filter(|_| carried)?.text.to_string();
    match name.get(1..).unwrap_or_default() {
        [open, count, ..] if open.is("[") => {
            Some((kind.to_owned(), word, Some(count.text.parse().ok().filter(|count| (1..=LONGEST).contains(count))?)))
        }
        _ => Some((kind.to_owned(), word, None)),
    }
}

/// GLSL that runs `isf_vertex` at the corners and sets the values at a pixel.
pub(super) fn run(varyings: &BTreeSet<Varying>) -> String {
    let mut text = String::from(
        "vec2 isf_at = isf_FragNormCoord; bool isf_upper = isf_at.x + isf_at.y > 1.0;\n\
         vec3 isf_share = isf_upper ? vec3(isf_at.x + isf_at.y - 1.0, 1.0 - isf_at.y, 1.0 - isf_at.x)\n\
         : vec3(1.0 - isf_at.x - isf_at.y, isf_at.x, isf_at.y);\n",
    );
    let parts: Vec<(&str, String, String)> = varyings
        .iter()
        .flat_map(|(kind, name, count)| match count {
            None => vec![(kind.as_str(), name.clone(), name.clone())],
            Some(count) => (0..*count).map(|n| (kind.as_str(), format!("{name}[{n}]"), format!("{name}_{n}"))).collect(),
        })
        .collect();
    for (corner, place) in ["isf_upper ? vec2(1.0) : vec2(0.0)", "vec2(1.0, 0.0)", "vec2(0.0, 1.0)"].into_iter().enumerate() {
        let _ = writeln!(text, "isf_FragNormCoord = {place}; vv_FragNormCoord = isf_FragNormCoord; isf_vertex();");
        for (kind, value, kept) in &parts {
            let _ = match corner {
                2 => writeln!(text, "{value} = isf_0_{kept} * isf_share.x + isf_1_{kept} * isf_share.y + {value} * isf_share.z;"),
                _ => writeln!(text, "{kind} isf_{corner}_{kept} = {value};"),
            };
        }
    }
    text + "isf_FragNormCoord = isf_at; vv_FragNormCoord = isf_at;"
}

/// Refuses a vertex shader that moves the corners: there is one picture, which fills its canvas.
pub(super) fn check(tokens: &[Token]) -> Result<(), Complaint> {
    for (at, token) in tokens.iter().enumerate() {
        if !(token.is("gl_Position") || token.is("isf_Position")) {
            continue;
        }
        let mut rest = tokens[at + 1..].iter().skip_while(|next| next.is(".") || next.text.chars().all(|c| "xyzwrgba".contains(c)));
        let next = rest.next().map_or("", |next| &*next.text);
        let after = rest.next().map_or("", |next| &*next.text);
        if ["=", "+=", "-=", "*=", "/="].contains(&next) || (["+", "-", "*", "/"].contains(&next) && after == "=") {
            return Err(Complaint::new(
                "its vertex shader moves the corners of the picture (gl_Position), which is not supported; move the picture with x, y, size and rotation instead",
            ));
        }
    }
    Ok(())
}
