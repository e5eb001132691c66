//! Adds light, or takes some.
//! param amount: -1..1 = 0.2  How much.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(c.rgb + param.amount, c.a);
}
