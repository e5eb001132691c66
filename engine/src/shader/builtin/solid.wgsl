//! One colour.
//! param red: 0..1 = 1  Its red light.
//! param green: 0..1 = 1  Its green light.
//! param blue: 0..1 = 1  Its blue light.
//! param alpha: 0..1 = 1  How far it covers.

fn color(uv: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(param.red, param.green, param.blue, param.alpha);
}
