//! Scenes of shaders, for the shader tests.

use std::sync::Arc;

use videotracker::video::scene::{Blend, Content, Effect, Group, Layer, Scene};
use videotracker_engine::{
    shader::{
        Image, ShaderProgram,
        builtin::{self, Builtin, Kind},
    },
    view::{Placement, SCOPE_POINTS},
};

/// A sound with two tones, a different one on each side.
pub fn sound() -> Arc<[[f32; 2]; SCOPE_POINTS]> {
    let mut points = [[0.0; 2]; SCOPE_POINTS];
    for (n, point) in points.iter_mut().enumerate() {
        let t = n as f32 / SCOPE_POINTS as f32 * std::f32::consts::TAU;
        *point = [(t * 8.0).sin() * 0.8, (t * 100.0).sin() * 0.5];
    }
    Arc::new(points)
}

/// An effect with its parameters at their defaults, at a beat of a song of 120 quarter notes a minute.
pub fn effect(program: &Arc<ShaderProgram>, instance: u32, inputs: Vec<usize>, beat: f64) -> Effect {
    let hears = program.images.iter().any(|image| matches!(image, Image::Wave | Image::Spectrum));
    Effect {
        program: Arc::clone(program),
        name: "a shader".into(),
        instance,
        values: program.interface.params().iter().map(|param| param.default as f32).collect(),
        inputs,
        mix: 1.0,
        secs: beat / 2.0,
        beat,
        bpm: 120.0,
        sound: hears.then(sound),
    }
}

pub fn group(layers: Vec<Layer>) -> Group {
    Group { layers, feedback: None }
}

pub fn layer(content: Content, blend: Blend) -> Layer {
    Layer { content, opacity: 1.0, blend, place: Placement::default() }
}

pub fn shown(effect: Effect) -> Layer {
    layer(Content::Effect(Box::new(effect)), Blend::Alpha)
}

fn program(name: &str) -> &'static Arc<ShaderProgram> {
    builtin::find(name).expect("a built-in").program().expect("it compiles")
}

/// A built-in shader's picture at a beat: effects work on a triangle over a gradient, driven by noise.
pub fn scene_of(shader: &Builtin, instance: u32, beat: f64) -> Scene {
    let program_of = shader.program().expect("it compiles");
    let mut groups = Vec::new();
    let mut inputs = Vec::new();
    if shader.kind != Kind::Source {
        groups.push(group(vec![shown(effect(program("gradient"), 1000, vec![], beat))]));
        groups.push(group(vec![shown(effect(program("shape"), 1001, vec![], beat))]));
        groups.push(group(vec![layer(Content::Group(0), Blend::Alpha), layer(Content::Group(1), Blend::Alpha)]));
        groups.push(group(vec![shown(effect(program("noise"), 1002, vec![], beat))]));
        inputs = vec![2, 3];
    }
    groups.push(group(vec![shown(effect(program_of, instance, inputs, beat))]));
    let last = groups.len() - 1;
    groups.push(group(vec![layer(Content::Group(last), Blend::Alpha)]));
    Scene { groups, opacity: 1.0, ..Scene::default() }
}

/// How two pictures differ: the mean over all channels, and the share of channels that differ by more than `step`.
pub fn difference(a: &[u8], b: &[u8], step: u8) -> (f64, f64) {
    assert_eq!(a.len(), b.len(), "pictures of the same size");
    let steps = || a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
    let count = a.len().max(1) as f64;
    (steps().map(f64::from).sum::<f64>() / count, steps().filter(|d| *d > step).count() as f64 / count)
}
