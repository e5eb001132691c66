//! More colour, or less.
//! param amount: 0..8 = 2  0 is grey, 1 as it is.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let c = input(uv);
    return vec4<f32>(mix(vec3<f32>(luminance(c.rgb)), c.rgb, param.amount), c.a);
}
