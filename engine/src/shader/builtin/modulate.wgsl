//! Moves each pixel by the second picture's red and green.
//! param amount: -1..1 = 0.1  How far, in sizes of the picture.

fn color(uv: vec2<f32>) -> vec4<f32> {
    let by = second(uv);
    return wrapped(uv + by.rg * by.a * param.amount);
}
