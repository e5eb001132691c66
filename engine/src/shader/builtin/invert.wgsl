//! The light that is missing.
//! param amount: 0..1 = 1  0 is as it is.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(mix(c.rgb, 1.0 - c.rgb, param.amount), c.a);
}
