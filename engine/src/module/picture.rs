//! How pictures lie on their canvas and over each other: what everything that brings one has for parameters.

use super::{ParamSpec, joined};

/// Ways to put a layer over what lies below; in linear light.
pub const BLEND: &[&str] = &["alpha", "add", "multiply", "screen", "difference", "lighten", "darken", "overlay"];

/// Mirrors a picture.
pub const FLIP: &[&str] = &["none", "horizontal", "vertical", "both"];

/// Where a picture lies on its canvas: parameters of everything that brings one.
pub const PLACE: [ParamSpec; 9] = [
    ParamSpec::float("x", -4.0, 4.0, 0.0, "", "Moves the picture right; at 1 its middle lies on the canvas' edge."),
    ParamSpec::float("y", -4.0, 4.0, 0.0, "", "Moves the picture down; at 1 its middle lies on the canvas' edge."),
    ParamSpec::float("size", 0.0, 16.0, 1.0, "", "Size of the picture; at 1 it fits into the canvas."),
    ParamSpec::float("rotation", -360.0, 360.0, 0.0, "°", "Turns the picture clockwise around its middle."),
    ParamSpec::float("cropLeft", 0.0, 1.0, 0.0, "", "Share of the picture that is cut off on the left."),
    ParamSpec::float("cropRight", 0.0, 1.0, 0.0, "", "Share of the picture that is cut off on the right."),
    ParamSpec::float("cropTop", 0.0, 1.0, 0.0, "", "Share of the picture that is cut off at the top."),
    ParamSpec::float("cropBottom", 0.0, 1.0, 0.0, "", "Share of the picture that is cut off at the bottom."),
    ParamSpec::choice("flip", FLIP, "Mirrors the picture."),
];

/// How a picture fills the canvas.
pub const FIT: &[&str] = &["contain", "cover", "stretch", "none"];

/// Where a medium's picture lies: [`PLACE`], and how it fills the canvas.
pub const SHOWN: [ParamSpec; 10] = joined(
    &PLACE,
    &[ParamSpec::choice(
        "fit",
        FIT,
        "How the picture fills the canvas at size 1. contain: all of it is seen; cover: the canvas is full, what is too wide or too high is cut off; stretch: the canvas is full, the picture's shape changes; none: one pixel for each pixel.",
    )],
);
