//! Hue, saturation and value run on, and come round again.
//! param amount: -4..4 = 0.25  How far they run.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(from_hsv(fract(to_hsv(c.rgb) * (1.0 + param.amount) + param.amount)), c.a);
}
