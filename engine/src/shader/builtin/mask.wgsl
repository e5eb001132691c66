//! Keeps the picture where the second one is light.
//! toggle invert = false  Where it is dark instead.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    let by = second(uv);
    let cover = clamp(luminance(by.rgb) * by.a, 0.0, 1.0);
    return vec4<f32>(c.rgb, c.a * select(cover, 1.0 - cover, param.invert > 0.5));
}
